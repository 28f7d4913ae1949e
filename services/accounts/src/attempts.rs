//! Failed sign-ins slow down further ones: of one account from one place, from one place at all, and of one account from
//! everywhere. A browser that has signed in to the account before counts for itself, so that no stranger's guesses keep its
//! owner out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

use crate::device::Device;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;

/// So many failures at one account are taken for slips of the finger.
const SLIPS: u32 = 3;

/// So many from one place: a whole office may share an address.
const SLIPS_OF_A_PLACE: u32 = 30;

/// So many at one account, wherever they come from (NIST SP 800-63B, 5.2.2).
const SLIPS_OF_ALL: u32 = 100;

/// The longest wait.
const LONGEST_SECONDS: i64 = 300;

/// Failures are forgotten after this time without another.
const FORGET_SECONDS: i64 = 3600;

/// So much is remembered; a flood drops what nobody has to wait for, then what has to wait least.
const MOST: usize = 10_000;

/// Something of which failures are counted. Names stand in it as a hash that this process alone can make: somebody may have
/// typed a password where the name goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    hash: u64,
    free: u32,
}

/// Failed sign-ins, whether there is such an account or not.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    hasher: RandomState,
    failures: HashMap<u64, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    free: u32,
    last: DateTime<Utc>,
}

impl Failures {
    /// Doubles with each failure beyond the free ones: 1 s, 2 s, 4 s ... A clock that was put back makes nobody wait longer.
    fn wait(&self, now: DateTime<Utc>) -> TimeDelta {
        let beyond = self.count.saturating_sub(self.free);
        let Some(doublings) = beyond.checked_sub(1) else { return TimeDelta::zero() };
        let seconds = 1_i64.checked_shl(doublings).unwrap_or(LONGEST_SECONDS).clamp(1, LONGEST_SECONDS);
        let wait = TimeDelta::seconds(seconds);
        (self.last + wait - now).clamp(TimeDelta::zero(), wait)
    }
}

impl Attempts {
    /// What an attempt is counted under, the narrowest first.
    pub(crate) fn counted(&self, name: &str, place: IpAddr, device: Option<Device>) -> Vec<Counted> {
        let of = |what: u8, name: &str, place: Option<IpAddr>, device: Option<Device>, free| Counted {
            hash: self.hasher.hash_one((what, name, place, device)),
            free,
        };
        match device {
            Some(_) => vec![of(0, name, None, device, SLIPS)],
            None => vec![
                of(1, name, Some(place), None, SLIPS),
                of(2, "", Some(place), None, SLIPS_OF_A_PLACE),
                of(3, name, None, None, SLIPS_OF_ALL),
            ],
        }
    }

    /// How long one has to wait before the next attempt, if at all.
    pub(crate) fn wait(&self, counted: &[Counted], now: DateTime<Utc>) -> Option<TimeDelta> {
        let waits = counted.iter().filter_map(|counted| self.failures.get(&counted.hash)).map(|of| of.wait(now));
        waits.max().filter(|wait| *wait > TimeDelta::zero())
    }

    pub(crate) fn failed(&mut self, counted: &[Counted], now: DateTime<Utc>) {
        for Counted { hash, free } in counted {
            if !self.failures.contains_key(hash) {
                self.make_room(now);
            }
            let failures = self.failures.entry(*hash).or_insert(Failures { count: 0, free: *free, last: now });
            if now - failures.last > TimeDelta::seconds(FORGET_SECONDS) {
                failures.count = 0;
            }
            failures.count = failures.count.saturating_add(1);
            failures.last = now;
        }
    }

    fn make_room(&mut self, now: DateTime<Utc>) {
        if self.failures.len() < MOST {
            return;
        }
        self.failures.retain(|_, failures| failures.wait(now) > TimeDelta::zero());
        if self.failures.len() >= MOST {
            let least = self.failures.iter().min_by_key(|(_, failures)| failures.wait(now)).map(|(hash, _)| *hash);
            least.map(|hash| self.failures.remove(&hash));
        }
    }

    /// Somebody got in: what they mistyped before is forgotten, what a place or all together failed at is not.
    pub(crate) fn succeeded(&mut self, counted: &[Counted]) {
        if let Some(narrowest) = counted.first() {
            self.failures.remove(&narrowest.hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    #[test]
    fn waits_double_after_three_failures_up_to_five_minutes_and_end_with_success() {
        let (mut attempts, mut now) = (Attempts::default(), NOW);
        let (a, b) = (attempts.counted("a", at("10.0.0.1"), None), attempts.counted("b", at("10.0.0.1"), None));
        let mut waits = Vec::new();
        for _ in 0..14 {
            attempts.failed(&a, now);
            let wait = attempts.wait(&a, now).unwrap_or_default();
            waits.push(wait.num_seconds());
            now += wait;
            assert_eq!(attempts.wait(&a, now), None);
        }
        assert_eq!(waits, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(attempts.wait(&b, now), None);
        attempts.succeeded(&a);
        attempts.failed(&a, now);
        assert_eq!(attempts.wait(&a, now), None);
    }

    #[test]
    fn a_strangers_guesses_keep_out_nobody_who_sits_elsewhere_or_has_been_there_before() {
        let mut attempts = Attempts::default();
        let stranger = attempts.counted("admin", at("203.0.113.7"), None);
        for _ in 0..9 {
            attempts.failed(&stranger, NOW);
        }
        assert!(attempts.wait(&stranger, NOW).is_some());
        assert_eq!(attempts.wait(&attempts.counted("admin", at("10.0.0.1"), None), NOW), None);
        let known = attempts.counted("admin", at("203.0.113.7"), Some(Device([7; 16])));
        assert_eq!(attempts.wait(&known, NOW), None);
        // A browser that was stolen is slowed down like anybody, and slows down nobody else.
        for _ in 0..9 {
            attempts.failed(&known, NOW);
        }
        assert!(attempts.wait(&known, NOW).is_some());
        assert_eq!(attempts.wait(&attempts.counted("admin", at("10.0.0.1"), Some(Device([8; 16]))), NOW), None);
    }

    #[test]
    fn guesses_at_many_accounts_from_one_place_and_at_one_account_from_many_are_slowed_down() {
        let mut attempts = Attempts::default();
        for n in 0..=SLIPS_OF_A_PLACE {
            attempts.failed(&attempts.counted(&format!("clerk-{n}"), at("203.0.113.7"), None), NOW);
        }
        assert!(attempts.wait(&attempts.counted("clerk-1000", at("203.0.113.7"), None), NOW).is_some());
        for n in 0..=SLIPS_OF_ALL {
            attempts.failed(&attempts.counted("admin", at(&format!("198.51.100.{n}")), None), NOW);
        }
        assert!(attempts.wait(&attempts.counted("admin", at("192.0.2.1"), None), NOW).is_some());
        assert_eq!(attempts.wait(&attempts.counted("admin", at("192.0.2.1"), Some(Device([7; 16]))), NOW), None);
    }

    #[test]
    fn failures_of_an_hour_ago_are_forgotten_and_a_clock_put_back_makes_nobody_wait_longer() {
        let mut attempts = Attempts::default();
        let a = attempts.counted("a", at("10.0.0.1"), None);
        for _ in 0..9 {
            attempts.failed(&a, NOW);
        }
        assert_eq!(attempts.wait(&a, NOW), attempts.wait(&a, NOW - TimeDelta::days(3)));
        let later = NOW + TimeDelta::seconds(FORGET_SECONDS + 1);
        attempts.failed(&a, later);
        assert_eq!(attempts.wait(&a, later), None);
    }

    #[test]
    fn a_flood_of_names_does_not_grow_the_memory_nor_end_a_wait() {
        let mut attempts = Attempts::default();
        let a = attempts.counted("a", at("10.0.0.1"), None);
        for _ in 0..9 {
            attempts.failed(&a, NOW);
        }
        for name in 0..3 * MOST {
            // From as many places, each of which guesses once.
            let place = IpAddr::from(u128::try_from(name).unwrap().to_be_bytes());
            attempts.failed(&attempts.counted(&name.to_string(), place, None), NOW);
        }
        assert!(attempts.failures.len() <= MOST);
        assert!(attempts.wait(&a, NOW).is_some());
    }
}
