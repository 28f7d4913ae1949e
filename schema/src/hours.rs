//! When a service is open: RFC 5545 recurrence rules in the county's own time (Asia/Shanghai, UTC+8 all year since 1991).

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
}

impl Hours {
    /// Whether anything is known of the hours.
    pub fn is_known(&self) -> bool {
        !self.schedules.is_empty()
    }
}
