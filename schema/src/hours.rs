//! When a service is open: RFC 5545 recurrence rules in the county's own time (Asia/Shanghai, UTC+8 all year since 1991).

use crate::calendar::Holiday;
use crate::vocabulary::vocabulary;
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opening hours: what the office wrote, and the rules it was understood as.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Hours {
    /// The office's own words. Empty when it wrote nothing.
    pub text: String,
    /// Open whenever any of these is. Empty means that the hours are unknown, never that it is closed.
    pub schedules: Vec<Schedule>,
}

/// One recurring time of opening (HSDS `schedule`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    /// The recurrence without its start, e.g. `FREQ=WEEKLY;BYDAY=MO,WE,FR` or `FREQ=MONTHLY;BYDAY=1SA`
    /// (RFC 5545, section 3.3.10). Parts in the order FREQ, INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, UNTIL.
    pub rrule: String,
    /// The first day on which the rule counts, if the office gave one; otherwise it has always held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtstart: Option<NaiveDate>,
    /// When it opens on such a day, local time.
    pub opens_at: NaiveTime,
    /// For how long, in minutes; 1440 is round the clock. May reach past midnight.
    pub duration_minutes: u32,
    /// Days on which the rule does not count (RFC 5545, section 3.8.5.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<NaiveDate>,
    /// Days on which it opens beside those of the rule (RFC 5545, section 3.8.5.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<NaiveDate>,
    /// Which of the rule's days count by the calendar of holidays ([`crate::calendar`]); all of them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<OnlyOn>,
    /// The holidays on whose days off the rule does not count, in order. Of days off of which no calendar is known, nobody can
    /// tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_on: Vec<Holiday>,
    /// The days of the lunar month on which alone the rule counts (1 is 初一), in order; any where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lunar_days: Vec<u8>,
}

vocabulary! {
    /// Which days of a rule count by the calendar of holidays.
    pub enum OnlyOn {
        /// Weekdays that are not off, and weekends that are worked instead.
        WorkingDays = "working_days", "工作日", "working days";
        /// The days off of holidays.
        DaysOff = "days_off", "法定节假日", "days off of holidays";
    }
}

impl Hours {
    /// Whether anything is known of the hours.
    pub fn is_known(&self) -> bool {
        !self.schedules.is_empty()
    }
}
