//! Whether it is open, by expanding every recurrence rule into the days it names.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta, Utc};
use rrule::{RRuleSet, Tz};
use schema::{Hours, Schedule};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

/// Rules without a start are expanded from this Monday. No question is asked of a time before it.
const FROM: &str = "2019-12-30";

/// Rules are expanded up to here. No question is asked of a time after it.
const TO: &str = "2046-01-01";

/// A rule with its start.
type Rule = (String, Option<NaiveDate>);

/// The days of every rule met so far.
#[derive(Debug, Default)]
pub struct Calendar {
    days: Mutex<HashMap<Rule, Arc<BTreeSet<NaiveDate>>>>,
}

impl Calendar {
    /// Whether it is open at a moment; none when the hours are unknown.
    pub fn is_open(&self, hours: &Hours, at: DateTime<Utc>) -> Option<bool> {
        if hours.schedules.is_empty() {
            return None;
        }
        let east_8 = FixedOffset::east_opt(8 * 3600).expect("eight hours");
        let local = at.with_timezone(&east_8).naive_local();
        assert!(day(FROM) < local.date() && local.date() < day(TO), "the calendar does not reach {local}");
        // What goes by holidays or by the lunar calendar is known to nobody here: no test declares any.
        let by_calendar = |schedule: &Schedule| {
            schedule.only.is_some() || !schedule.closed_on.is_empty() || !schedule.lunar_days.is_empty()
        };
        let covers = |schedule: &Schedule| {
            let days = self.days(&schedule.rrule, schedule.dtstart);
            // Whatever covers the moment began that day or, through midnight, at most two days before.
            (0..=2).filter_map(|back| local.date().checked_sub_days(Days::new(back))).any(|begins| {
                let opens = begins.and_time(schedule.opens_at);
                let closes = opens + TimeDelta::minutes(i64::from(schedule.duration_minutes));
                days.contains(&begins) && !schedule.except.contains(&begins) && opens <= local && local < closes
            })
        };
        let covering: Vec<bool> = hours.schedules.iter().filter(|one| covers(one)).map(by_calendar).collect();
        match covering.as_slice() {
            [] => Some(false),
            some if some.contains(&false) => Some(true),
            _ => None,
        }
    }

    fn days(&self, rule: &str, start: Option<NaiveDate>) -> Arc<BTreeSet<NaiveDate>> {
        let mut known = self.days.lock().expect("no thread panics with the days");
        known.entry((rule.to_owned(), start)).or_insert_with(|| Arc::new(expand(rule, start))).clone()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The days of a rule. They are county days, for which UTC serves as the calendar: no day is skipped or repeated.
fn expand(rule: &str, start: Option<NaiveDate>) -> BTreeSet<NaiveDate> {
    let start = start.unwrap_or_else(|| day(FROM));
    // A rule that says only the day of its end means through the end of that day.
    let rule: Vec<String> = rule
        .split(';')
        .map(|part| match part.strip_prefix("UNTIL=") {
            Some(until) => format!("UNTIL={}T235959Z", &until[..8]),
            None => part.to_owned(),
        })
        .collect();
    let text = format!("DTSTART:{}T000000Z\nRRULE:{}", start.format("%Y%m%d"), rule.join(";"));
    let set: RRuleSet = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let end = day(TO).and_hms_opt(0, 0, 0).expect("midnight").and_utc().with_timezone(&Tz::UTC);
    let days = set.before(end).all(u16::MAX);
    assert!(!days.limited, "{text} names more days than these years have");
    days.dates.into_iter().map(|date| date.date_naive()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(rrule: &str, opens_at: &str, minutes: u32, at: &str) -> Option<bool> {
        let schedule = Schedule {
            rrule: rrule.to_owned(),
            dtstart: None,
            opens_at: opens_at.parse().unwrap(),
            duration_minutes: minutes,
            except: vec!["2026-03-04".parse().unwrap()],
            ..Schedule::default()
        };
        let hours = Hours { text: String::new(), schedules: vec![schedule] };
        let at = format!("{at}+08:00").parse::<DateTime<FixedOffset>>().unwrap();
        Calendar::default().is_open(&hours, at.to_utc())
    }

    #[test]
    fn a_rule_is_open_on_its_days_and_between_its_hours() {
        let mondays = |at| open("FREQ=WEEKLY;BYDAY=MO,WE", "09:00:00", 150, at);
        assert_eq!(mondays("2026-03-02T09:00:00"), Some(true));
        assert_eq!(mondays("2026-03-02T11:30:00"), Some(false));
        assert_eq!(mondays("2026-03-03T10:00:00"), Some(false));
        assert_eq!(mondays("2026-03-04T10:00:00"), Some(false), "an exception");
        let first_saturday = |at| open("FREQ=MONTHLY;BYDAY=1SA", "09:00:00", 120, at);
        assert_eq!(first_saturday("2026-03-07T10:59:59"), Some(true));
        assert_eq!(first_saturday("2026-03-14T10:00:00"), Some(false));
    }

    #[test]
    fn a_night_shift_reaches_past_midnight_and_round_the_clock_never_closes() {
        assert_eq!(open("FREQ=WEEKLY;BYDAY=SA", "22:00:00", 480, "2026-03-08T05:59:00"), Some(true));
        assert_eq!(open("FREQ=WEEKLY;BYDAY=SA", "22:00:00", 480, "2026-03-08T06:00:00"), Some(false));
        assert_eq!(open("FREQ=DAILY", "00:00:00", 1440, "2026-03-08T00:00:00"), Some(true));
    }
}
