//! The directory: everything that the offices registered and the centre decided, folded into memory.
//!
//! - [`projection`] folds the log (pure), [`eligibility`] judges who may use a service (pure), [`opening`] whether it
//!   is open (pure), [`nearness`] how far it is (pure).
//! - [`follower`] is the one writer; whoever asks takes an immutable snapshot from the [`read_model`] without a lock.
//! - [`search`] finds divisions, services, organizations and numbers by what people type.
//! - [`unanswered`] counts questions that found nothing, and tells the log.

pub mod eligibility;
pub mod follower;
mod image;
pub mod journal;
pub mod metrics;
pub mod nearness;
pub mod opening;
pub mod projection;
pub mod read_model;
pub mod scopes;
pub mod search;
pub mod segments;
mod times;
pub mod unanswered;

#[cfg(test)]
extern crate self as directory;
#[cfg(test)]
mod tale;

use chassis::service::{Service, StartError};
use metrics::Metrics;
use read_model::ReadModel;
use schema::selection::ScopeSelection;
use std::sync::Arc;

/// Starts the directory of some scopes: it follows the log until the process ends, and is ready once it has caught up.
///
/// # Errors
/// When its metrics cannot be registered.
pub fn start(service: &Service, scopes: ScopeSelection) -> Result<Arc<ReadModel>, StartError> {
    let read_model = ReadModel::new(service.log.id(), service.clock.clone(), service.shutdown.clone(), scopes);
    let (read_model, metrics) = (Arc::new(read_model), Metrics::default());
    metrics.register(&service.metrics)?;
    let (log, health) = (service.log.clone(), service.health.clone());
    // Not ready from now on, also while the image is read.
    health.register(follower::NAME);
    let folder = Some(follower::folder(&service.data));
    service.tasks.spawn(follower::run(log, health, Arc::clone(&read_model), metrics, folder));
    let (log, clock, shutdown) = (service.log.clone(), service.clock.clone(), service.shutdown.clone());
    service.tasks.spawn(unanswered::run(log, clock, Arc::clone(&read_model), shutdown));
    Ok(read_model)
}
