//! Holidays and working days, year by year, as the State Council's office or a local government declares them, and where the
//! months of the lunar calendar begin. Streams `calendar-<scope>`: the nation's is `calendar-000000`; what a narrower scope
//! declares for a year stands there instead of it.
//!
//! Nothing of it is computed: which days are off is decided each autumn for the next year, and changed in a crisis.

use crate::event::event_enum;
use crate::vocabulary::vocabulary;
use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// A holiday of all citizens (全国年节及纪念日放假办法, revised in November 2024, article 2).
    pub enum Holiday {
        NewYear = "new_year", "元旦", "New Year's Day";
        SpringFestival = "spring_festival", "春节", "Spring Festival";
        TombSweeping = "tomb_sweeping", "清明节", "Tomb-Sweeping Day";
        Labour = "labour", "劳动节", "Labour Day";
        DragonBoat = "dragon_boat", "端午节", "Dragon Boat Festival";
        MidAutumn = "mid_autumn", "中秋节", "Mid-Autumn Festival";
        National = "national", "国庆节", "National Day";
    }
}

/// A day on which nobody works, with the days that were moved to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayOff {
    /// Which.
    pub day: NaiveDate,
    /// For which holidays: 国庆节 and 中秋节 may be one.
    pub of: Vec<Holiday>,
}

/// A month of the lunar calendar (GB/T 33661-2017).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LunarMonth {
    /// Its first day, 初一.
    pub first: NaiveDate,
    /// From 1, 正月, to 12, 腊月.
    pub month: u8,
    /// 闰月: a second one of that number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leap: bool,
}

/// What a year's days are. Said anew, it stands instead of what was said of that year in its scope before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HolidaysDeclared {
    /// The year of the calendar.
    pub year: i32,
    /// The days off, in order. Weekends that belong to no holiday are none.
    pub days_off: Vec<DayOff>,
    /// 调休: weekends on which one works, in order.
    pub working_days: Vec<NaiveDate>,
    /// The lunar months that begin in the year, in order. Empty where they were not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lunar_months: Vec<LunarMonth>,
    /// The document that declares it: `国办发明电〔2025〕7号`.
    pub document: String,
}

/// The longest month of the lunar calendar, in days.
const LUNAR_DAYS: i64 = 30;

/// What a day is by a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarDay<'c> {
    /// For which holidays it is off; empty when it is not.
    pub off: &'c [Holiday],
    /// A weekend on which one works.
    pub makes_up: bool,
}

impl CalendarDay<'_> {
    /// Whether one works on it.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        self.makes_up || (self.off.is_empty() && day.weekday().num_days_from_monday() < 5)
    }
}

impl HolidaysDeclared {
    /// What a day of the year is.
    pub fn day(&self, day: NaiveDate) -> CalendarDay<'_> {
        let off = self.days_off.iter().find(|off| off.day == day);
        CalendarDay {
            off: off.map(|off| off.of.as_slice()).unwrap_or_default(),
            makes_up: self.working_days.contains(&day),
        }
    }

    /// The last lunar month that begins in the year on a day or before it, as the day of it that the day is.
    pub fn lunar_day(&self, day: NaiveDate) -> Option<u8> {
        let month = self.lunar_months.iter().rev().find(|month| month.first <= day)?;
        let since = (day - month.first).num_days();
        u8::try_from(since).ok().filter(|_| since < LUNAR_DAYS).map(|since| since + 1)
    }
}

event_enum! {
    /// What a calendar is told.
    pub enum CalendarEvent {
        /// Which days of a year are off.
        HolidaysDeclared(HolidaysDeclared),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_off_or_made_up_for_as_declared_and_lunar_from_the_first_of_its_month() {
        let declared = HolidaysDeclared {
            year: 2025,
            days_off: vec![DayOff { day: day("2025-10-06"), of: vec![Holiday::MidAutumn, Holiday::National] }],
            working_days: vec![day("2025-10-11")],
            lunar_months: vec![
                LunarMonth { first: day("2025-09-22"), month: 8, leap: false },
                LunarMonth { first: day("2025-10-21"), month: 9, leap: false },
            ],
            document: "国办发明电〔2024〕12号".to_owned(),
        };
        for (on, works) in [
            ("2025-10-06", false), // a Monday, off
            ("2025-10-09", true),  // a Thursday
            ("2025-10-11", true),  // a Saturday, made up for
            ("2025-10-12", false), // a Sunday
        ] {
            assert_eq!(declared.day(day(on)).is_working(day(on)), works, "{on}");
        }
        for (on, lunar) in [
            ("2025-09-21", None),
            ("2025-09-22", Some(1)),
            ("2025-10-06", Some(15)),
            ("2025-10-20", Some(29)),
            ("2025-10-21", Some(1)),
            ("2025-11-30", None),
        ] {
            assert_eq!(declared.lunar_day(day(on)), lunar, "{on}");
        }
    }
}
