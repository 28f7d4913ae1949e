//! Puts services together: what each needs to stand up, and one router over those that run here.

use crate::Failure;
use axum::Router;
use chassis::auth::Verifier;
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::Log;
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service};
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

/// One router over everything mounted, with the routes and layers of the platform around it.
pub(crate) fn router(service: &Service, mounted: Vec<Mounted>) -> Router {
    let mut openapi = utoipa::openapi::OpenApiBuilder::new()
        .info(utoipa::openapi::InfoBuilder::new().title("Huiju 汇聚").version(env!("CARGO_PKG_VERSION")).build())
        .build();
    let mut router = Router::new();
    for part in mounted {
        tracing::debug!(service = part.name, "mounted");
        openapi.merge(part.openapi);
        router = router.merge(part.router);
    }
    chassis::http::platform(service, openapi, router)
}
