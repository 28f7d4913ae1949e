//! Stories about Huiju as the people who use it would tell them. Each drives the real binary, in processes of its own,
//! through its published interfaces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is best met by a panic that says where"
)]

mod coverage;
mod demo;
mod divisions;
mod erased;
mod hostile;
mod in_a_browser;
mod kept;
mod killed;
mod main_question;
mod merges;
mod mobiles;
mod moving;
mod one_provider;
mod one_thread;
mod openapi;
mod other_issuer;
mod proxy;
mod records;
mod replicas;
mod retracted;
mod retries;
mod rows;
mod scopes;
mod searching;
mod started_again;
mod steward;
mod stopping;
mod structure;
mod subscriptions;
mod third_party;
mod without_scripts;
