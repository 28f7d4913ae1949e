//! What every service of a process shares.

use crate::Failure;
use chassis::auth::Verifier;
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::Log;
use chassis::sealed::KeyStore;
use chassis::service::Service;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The parts of a [`Service`] that every service of a process shares.
pub(crate) fn service(log: Log, data: &Path, auth: Verifier, shutdown: CancellationToken) -> Result<Service, Failure> {
    Ok(Service {
        log,
        data: data.to_path_buf(),
        auth,
        clock: Clock::system(),
        keys: Arc::new(KeyStore::open(&data.join("keys.db"))?),
        shutdown,
        tasks: TaskTracker::new(),
        health: Health::default(),
        metrics: prometheus::Registry::new(),
    })
}
