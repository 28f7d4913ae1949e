//! The centre.
pub mod matching;
pub mod reading;
#[cfg(test)]
mod samples;
