//! What a service is given, and what it gives back.

use crate::auth::Verifier;
use crate::clock::Clock;
use crate::health::Health;
use crate::log::Log;
use crate::sealed::KeyStore;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that a service needs of its process. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// The log.
    pub log: Log,
    /// Where this process keeps its files.
    pub data: PathBuf,
    /// The program to run as a child process for work on strangers' bytes ([`crate::child`]). Without one, as in tests, this
    /// process does it.
    pub helper: Option<PathBuf>,
    /// Tells who calls.
    pub auth: Verifier,
    /// What time it is.
    pub clock: Clock,
    /// The keys of sealed personal values.
    pub keys: Arc<KeyStore>,
    /// Cancelled when the process is to end.
    pub shutdown: CancellationToken,
    /// Every task that must end before the process does is spawned on it.
    pub tasks: TaskTracker,
    /// What the parts of the process say of themselves.
    pub health: Health,
    /// What `/metrics` shows.
    pub metrics: prometheus::Registry,
}

/// A service that has started: what it answers over HTTP.
pub struct Mounted {
    /// Its name: the folder, the command, the tag in the OpenAPI document.
    pub name: &'static str,
    /// Its routes, with whole paths.
    pub router: axum::Router,
    /// Their description, with whole paths.
    pub openapi: utoipa::openapi::OpenApi,
}

/// A service could not start.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;
