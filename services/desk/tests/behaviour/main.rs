//! Hand-ins of the smallest office against a real log: repeated, corrected, interrupted, withdrawn; and their routes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod absent;
#[path = "../county/mod.rs"]
mod county;
mod hand_ins;
mod keeping;
mod killed;
mod lineage;
mod office;
mod routes;
mod unreadable;
mod villages;
