//! The centre on a real log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod api;
mod counties;
mod private_phones;
mod process;
mod retractions;
mod scopes;
mod stage;
