//! The chassis against a real log server, through the official client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod auth;
mod command;
mod commands;
mod edge;
mod events;
mod follow;
mod http;
mod log;
mod oidc;
mod stage;
