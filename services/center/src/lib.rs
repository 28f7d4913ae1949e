//! The service centre (民政事业服务中心): turns many overlapping registrations into one directory.
//!
//! It follows the offices' events ([`offers`]), finds out which registrations are of one thing ([`matching`]), merges
//! and proposes ([`decisions`]), works out what each group is shown as ([`survivorship`]) and publishes that
//! ([`publication`]). All of these are pure; [`registry`] folds them together for one scope, [`process`] follows the log
//! for all that it holds, each of them writes what is its own, and [`mount`] starts it and takes what stewards ask.

mod api;
pub mod decisions;
#[cfg(test)]
mod laws;
pub mod matching;
pub mod metrics;
mod parallel;
mod placed;
pub mod process;
mod progress;
pub mod publication;
mod readiness;
pub mod registry;
#[cfg(test)]
mod samples;
mod scope;
pub mod survivorship;

pub use progress::wait_through;

use chassis::service::{Mounted, Service, StartError};
use metrics::Metrics;
use process::Center;
use schema::selection::ScopeSelection;

/// The rules that this program decides and publishes by: a digest of their source, made by the build script. A start looks
/// again at everything that no centre of the same rules vouches for.
pub const RULES: &str = env!("CENTER_RULES");

/// Starts the centre of a process for these scopes. It is ready, by its probe, once it has acted on all that stood in the
/// log.
pub fn mount(service: &Service, held: ScopeSelection) -> Result<Mounted, StartError> {
    let metrics = Metrics::new(&service.metrics)?;
    let log = service.log.clone();
    let center = Center::new(log, service.keys.clone(), service.clock.clone(), metrics, &service.health, held);
    service.tasks.spawn(center.clone().run(service.health.clone(), service.shutdown.clone()));
    Ok(api::mounted(service, center))
}
