//! What the stories and the bench stand on: the real `huiju` binary as operating-system processes, clients that know
//! nothing but its published interfaces, and an [`oracle`] that answers the main question from the log by itself.
//!
//! Nothing here waits by the clock: [`wait::until`] asks again until what is waited for is so, and says what it saw
//! last when its time is up.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is best met by a panic that says where"
)]

pub mod api;
pub mod browser;
pub mod dice;
pub mod divisions;
pub mod files;
pub mod matching;
pub mod mobiles;
pub mod oracle;
pub mod process;
pub mod proxy;
pub mod question;
pub mod registrations;
pub mod subscription;
pub mod wait;
pub mod world;
