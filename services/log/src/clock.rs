//! The time that events carry: ticks of 100 ns since the Unix epoch, which is the unit of `created` on the wire.

/// How many ticks a second has.
pub const TICKS_PER_SECOND: i64 = 10_000_000;

/// Now, by the machine's clock; zero if the clock stands before 1970.
///
/// This crate knows nothing of the services' clock: it is the one place that stamps events for all of them.
#[expect(clippy::disallowed_methods, reason = "the log is where time is recorded")]
pub fn now() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos() / 100).unwrap_or(i64::MAX)
}

/// The time of an event written now when the one before it carried `last`: never the same, never earlier, even if
/// the machine's clock was set back.
pub fn after(last: i64, now: i64) -> i64 {
    now.max(last.saturating_add(1))
}

/// Ticks as the timestamp message of the protocol.
pub fn timestamp(ticks: i64) -> prost_types::Timestamp {
    let nanos = i32::try_from(ticks.rem_euclid(TICKS_PER_SECOND) * 100).unwrap_or_default();
    prost_types::Timestamp { seconds: ticks.div_euclid(TICKS_PER_SECOND), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_stands_still_or_runs_back() {
        assert_eq!(after(10, 50), 50);
        assert_eq!(after(50, 50), 51);
        assert_eq!(after(90, 50), 91);
    }

    #[test]
    fn a_timestamp_keeps_the_ticks() {
        assert_eq!(timestamp(15_000_001), prost_types::Timestamp { seconds: 1, nanos: 500_000_100 });
    }
}
