//! Failed sign-ins slow down further ones.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// So many failures are taken for slips of the finger.
const FREE: u32 = 3;

/// The longest wait.
const LONGEST_SECONDS: i64 = 300;

/// Failures are forgotten after this time without another.
const FORGET_SECONDS: i64 = 3600;

/// So many names are remembered; a flood of made-up ones drops those whose wait is over.
const NAMES: usize = 10_000;

/// Failed sign-ins by the name that was tried, whether there is such an account or not.
#[derive(Debug, Default)]
pub(crate) struct Attempts(HashMap<String, Failures>);

#[derive(Debug)]
struct Failures {
    count: u32,
    last: DateTime<Utc>,
}

impl Failures {
    /// Doubles with each failure beyond the free ones: 1 s, 2 s, 4 s ...
    fn until(&self) -> DateTime<Utc> {
        match self.count.checked_sub(FREE) {
            None | Some(0) => self.last,
            Some(beyond) => {
                let seconds = 1_i64.checked_shl(beyond - 1).unwrap_or(LONGEST_SECONDS).clamp(1, LONGEST_SECONDS);
                self.last + TimeDelta::seconds(seconds)
            }
        }
    }
}

impl Attempts {
    /// How long a name has to wait before it may be tried again, if it has to.
    pub(crate) fn wait(&self, name: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
        let wait = self.0.get(name)?.until() - now;
        (wait > TimeDelta::zero()).then_some(wait)
    }

    pub(crate) fn failed(&mut self, name: &str, now: DateTime<Utc>) {
        if self.0.len() >= NAMES {
            self.0.retain(|_, failures| failures.until() > now);
        }
        let failures = self.0.entry(name.to_owned()).or_insert(Failures { count: 0, last: now });
        if now - failures.last > TimeDelta::seconds(FORGET_SECONDS) {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    pub(crate) fn succeeded(&mut self, name: &str) {
        self.0.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_after_three_failures_up_to_five_minutes_and_end_with_success() {
        let (mut attempts, mut now) = (Attempts::default(), DateTime::UNIX_EPOCH);
        let mut waits = Vec::new();
        for _ in 0..14 {
            attempts.failed("a", now);
            let wait = attempts.wait("a", now).unwrap_or_default();
            waits.push(wait.num_seconds());
            now += wait;
            assert_eq!(attempts.wait("a", now), None);
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(attempts.wait("b", now), None);
        attempts.succeeded("a");
        attempts.failed("a", now);
        assert_eq!(attempts.wait("a", now), None);
    }

    #[test]
    fn failures_of_an_hour_ago_are_forgotten() {
        let (mut attempts, start) = (Attempts::default(), DateTime::UNIX_EPOCH);
        for _ in 0..9 {
            attempts.failed("a", start);
        }
        let later = start + TimeDelta::seconds(FORGET_SECONDS + 1);
        attempts.failed("a", later);
        assert_eq!(attempts.wait("a", later), None);
    }

    #[test]
    fn a_flood_of_names_does_not_grow_the_memory() {
        let mut attempts = Attempts::default();
        for name in 0..3 * NAMES {
            attempts.failed(&name.to_string(), DateTime::UNIX_EPOCH);
        }
        assert!(attempts.0.len() <= NAMES);
    }
}
