//! Waiting for what will be so, not for time to pass.

use std::fmt::Display;
use std::time::{Duration, Instant};

/// How often a condition is asked about.
const EVERY: Duration = Duration::from_millis(20);

/// Long enough for anything that one command sets off, on a slow machine with a debug build.
pub const SOON: Duration = Duration::from_secs(60);

/// Long enough for the whole demonstration to be loaded by a debug build on a busy machine.
pub const LOADED: Duration = Duration::from_secs(420);

/// Asks `attempt` until it succeeds and gives what it gave. When `deadline` has passed, panics with `what` was waited
/// for and what the last attempt said.
pub async fn until<T, E: Display>(what: &str, deadline: Duration, mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let start = Instant::now();
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        match attempt().await {
            Ok(value) => return value,
            Err(problem) if start.elapsed() > deadline => {
                panic!("waited {} s for {what}; at last: {problem}", deadline.as_secs())
            }
            Err(_) => {}
        }
    }
}
