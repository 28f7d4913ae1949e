//! The service centre (民政事业服务中心): turns many overlapping registrations into one directory.
//!
//! It follows the offices' events ([`reading`]), finds out which registrations are of one thing ([`matching`]), merges
//! and proposes ([`decisions`]), works out what each group is shown as ([`survivorship`]) and publishes that
//! ([`publication`]). All of these are pure; [`registry`] folds them together, [`process`] reads and writes the log,
//! [`mount`] starts it and takes what stewards ask.

mod api;
pub mod decisions;
#[cfg(test)]
mod laws;
pub mod matching;
pub mod metrics;
pub mod process;
pub mod publication;
pub mod reading;
pub mod registry;
#[cfg(test)]
mod samples;
pub mod survivorship;

use chassis::log::LogError;
use chassis::service::{Mounted, Service, StartError};
use metrics::Metrics;
use process::Center;
use schema::Position;

/// Starts the centre of a process. It is ready, by its probe, once it has acted on all that stood in the log.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let metrics = Metrics::new(&service.metrics)?;
    let center = Center::new(service.log.clone(), service.clock.clone(), metrics, &service.health);
    service.tasks.spawn(center.clone().run(service.health.clone(), service.shutdown.clone()));
    Ok(api::mounted(service, center))
}

/// Waits until a centre, of this process or another, has acted on everything up to a position.
pub async fn wait_through(service: &Service, position: Position) -> Result<(), LogError> {
    process::wait_through(&service.log, position).await
}
