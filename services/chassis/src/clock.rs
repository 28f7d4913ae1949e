//! Where time enters a service.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// A clock that is handed to whoever needs the time. Clones of a fixed clock show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Kind::System)
    }

    /// A clock that stands at `time` until it is moved.
    pub fn fixed(time: DateTime<Utc>) -> Clock {
        Clock(Kind::Fixed(Arc::new(Mutex::new(time))))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Kind::System => Utc::now(),
            Kind::Fixed(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The date in the county, which is in UTC+8 whatever the machine's zone.
    pub fn today(&self) -> NaiveDate {
        county_date(self.now())
    }

    /// Moves a fixed clock, and every clone of it; the machine's clock does not move.
    pub fn advance(&self, by: TimeDelta) {
        if let Kind::Fixed(time) = &self.0 {
            let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
            *time += by;
        }
    }
}

/// The offset of the county's clocks: eight hours east of UTC, all year (no summer time since 1991).
const EAST_8_SECONDS: i32 = 8 * 3600;

/// The date that a moment falls on in UTC+8.
pub fn county_date(moment: DateTime<Utc>) -> NaiveDate {
    match FixedOffset::east_opt(EAST_8_SECONDS) {
        Some(zone) => moment.with_timezone(&zone).date_naive(),
        None => moment.date_naive(),
    }
}

/// 00:00 of a date in UTC+8, as the moment it is.
pub fn county_midnight(date: NaiveDate) -> DateTime<Utc> {
    let evening_before = date.checked_sub_days(Days::new(1)).unwrap_or(date);
    evening_before.and_hms_opt(16, 0, 0).unwrap_or_default().and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_county_is_a_day_ahead_in_the_evening_of_utc() {
        let clock = Clock::fixed("2026-03-01T16:30:00Z".parse().unwrap());
        assert_eq!(clock.today(), "2026-03-02".parse().unwrap());
        clock.clone().advance(TimeDelta::minutes(-31));
        assert_eq!(clock.today(), "2026-03-01".parse().unwrap());
    }

    #[test]
    fn midnight_of_a_date_falls_on_that_date() {
        let date = "2026-01-01".parse().unwrap();
        let midnight = county_midnight(date);
        assert_eq!(midnight, "2025-12-31T16:00:00Z".parse::<DateTime<Utc>>().unwrap());
        assert_eq!(county_date(midnight), date);
        assert_eq!(county_date(midnight - TimeDelta::seconds(1)), "2025-12-31".parse().unwrap());
    }
}
