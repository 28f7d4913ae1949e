//! The centre.
pub mod decisions;
pub mod matching;
pub mod publication;
pub mod reading;
pub mod registry;
#[cfg(test)]
mod samples;
pub mod survivorship;
