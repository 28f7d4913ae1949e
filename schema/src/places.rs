//! How many places a service has, and how many of them are free.
//!
//! The two are told apart: of fifty beds three may be free. Capacity is a plain number and changes seldom; what is free changes
//! by the day, so it bears the day on which it was said, and is believed for a while only.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Free places, as an office said on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Vacancy {
    /// How many are free; 0 is full (满员).
    pub free: u32,
    /// The day on which it was so: the one that the office wrote, else the one on which it said so.
    pub as_of: NaiveDate,
}

impl Vacancy {
    /// For so many days after its own a number of free places is believed: a list that comes every month holds until the next.
    /// A habit of ours, and no rule of anybody's.
    pub const HOLDS_DAYS: u64 = 31;

    /// How many are free on a day, as far as can be told: none of a day before, and of one too long after.
    pub fn on(&self, day: NaiveDate) -> Option<u32> {
        let holds = self.as_of <= day && self.until().is_none_or(|last| day <= last);
        holds.then_some(self.free)
    }

    /// The last day on which it is believed.
    pub fn until(&self) -> Option<NaiveDate> {
        self.as_of.checked_add_days(Days::new(Vacancy::HOLDS_DAYS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_known_for_a_month_from_its_day_on() {
        let vacancy = Vacancy { free: 3, as_of: "2026-03-01".parse().unwrap() };
        let on = |day: &str| vacancy.on(day.parse().unwrap());
        assert_eq!((on("2026-02-28"), on("2026-03-01")), (None, Some(3)));
        assert_eq!((on("2026-04-01"), on("2026-04-02")), (Some(3), None));
    }
}
