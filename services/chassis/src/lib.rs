//! What every service stands on: the log and its client, the decide loop, the follow loop, HTTP, callers, sealed
//! values, health, time.
//!
//! The chassis knows no event by name and no service. It is the only crate that speaks to the log ([`log`]), and the
//! only place where time ([`clock`]) and randomness ([`keys`]) enter a service.
//!
//! A service crate gives `pub fn mount(service: &Service) -> Result<Mounted, StartError>`, which starts its tasks on the
//! running tokio and waits for nothing; whoever starts the process builds one [`service::Service`], mounts what it wants
//! and serves [`app::app`] of it.

pub mod clock;
mod digest;
pub mod keys;

pub mod log;

pub mod command;
pub mod commands;
pub mod decide;
pub mod follow;

pub mod answers;
pub mod app;
pub mod auth;
pub mod child;
pub mod http;
pub mod sealed;

pub mod health;
pub mod metrics;
pub mod records;
pub mod service;
pub mod telemetry;
