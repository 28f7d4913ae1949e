//! Whether a place is open at a moment: the recurrence rules of [`schema::hours`], compiled once into small tables.
//!
//! Understood are the rules that [`schema::hours`] can hold and offices write: `FREQ` daily, weekly by days, monthly
//! by days of the month or by the n-th weekday, yearly by months and days; with `BYMONTH`, `INTERVAL` counted from a
//! start, and `UNTIL`; days on which a rule does not count, or counts besides (`EXDATE`, `RDATE`). Anything else is *not
//! understood*, and then a place is open when another rule says so and unknown otherwise: never closed. Times are local, in
//! UTC+8, where no clock is ever put forward or back.
//!
//! Rules that go by the calendar of holidays (working days, days off, days of the lunar month) ask for what was declared of the
//! year of the day on which the opening begins. Of a year of which nothing was declared nobody knows: a rule that would say
//! open but for the calendar says unknown, and one that says closed by its weekdays and times stays closed. Working days may
//! be weekends, so every day is unknown there.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc, Weekday};
use schema::calendar::{Holiday, HolidaysDeclared};
use schema::hours::{Hours, OnlyOn, Schedule};
use serde::{Deserialize, Serialize};

/// The hours of one resource, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    schedules: Vec<Schedule>,
    rules: Vec<Rule>,
    /// Whether a rule was not understood.
    incomplete: bool,
}

/// One recurring opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rule {
    days: DayRule,
    /// Bit 0 is January; all ones when no month is named.
    months: u16,
    /// The first day that may count.
    start: Option<NaiveDate>,
    /// The last moment, local, at which it may begin.
    until: Option<NaiveDateTime>,
    opens_minute: u32,
    duration_minutes: u32,
    except: Vec<NaiveDate>,
    also: Vec<NaiveDate>,
    only: Option<OnlyOn>,
    closed_on: Vec<Holiday>,
    lunar_days: Vec<u8>,
}

/// On which days a rule begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum DayRule {
    /// Every n-th day from the start.
    Daily { interval: u32 },
    /// On weekdays (bit 0 is Monday) of every n-th week from the start.
    Weekly { weekdays: u8, interval: u32 },
    /// In every n-th month from the start.
    Monthly { days: MonthDays, interval: u32 },
}

/// Days within a month. When both are named, both must hold (RFC 5545, page 44).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct MonthDays {
    /// Days of the month; below zero from its end.
    month_days: Vec<i8>,
    /// Weekdays, each with its ordinal in the month; zero is every one, below zero from the end.
    weekdays: Vec<(i8, Weekday)>,
}

/// Hours between local time in the county and UTC.
const EAST: TimeDelta = TimeDelta::hours(8);

impl Opening {
    /// Compiles the hours of a resource.
    pub fn compile(hours: &Hours) -> Opening {
        let mut opening = Opening { schedules: hours.schedules.clone(), ..Opening::default() };
        for schedule in &hours.schedules {
            match compile(schedule) {
                Some(rule) => opening.rules.push(rule),
                None => opening.incomplete = true,
            }
        }
        opening
    }

    /// What it was compiled from.
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// Whether it is open at a moment, by what was declared of the years asked for; `None` when that is not known.
    pub fn is_open<'c>(
        &self,
        at: DateTime<Utc>,
        of_year: impl Fn(i32) -> Option<&'c HolidaysDeclared>,
    ) -> Option<bool> {
        let local = at.naive_utc().checked_add_signed(EAST)?;
        let mut is_known = !self.incomplete && !self.rules.is_empty();
        for rule in &self.rules {
            match rule.covers(local, &of_year) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        is_known.then_some(false)
    }
}

impl Rule {
    /// Whether an opening that began on some day reaches over `local`; none when that is not known.
    fn covers<'c>(&self, local: NaiveDateTime, of_year: &impl Fn(i32) -> Option<&'c HolidaysDeclared>) -> Option<bool> {
        let today = local.date();
        let minute = local.time().num_seconds_from_midnight() / 60;
        let days_back = (self.opens_minute + self.duration_minutes) / MINUTES_A_DAY;
        let mut is_known = true;
        for back in 0..=days_back {
            let since_midnight = back * MINUTES_A_DAY + minute;
            if since_midnight < self.opens_minute || since_midnight >= self.opens_minute + self.duration_minutes {
                continue;
            }
            let Some(day) = today.checked_sub_days(Days::new(u64::from(back))) else { continue };
            match self.begins_on(day, of_year) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        is_known.then_some(false)
    }

    /// Whether it opens on a day, by its rule, its exceptions and the calendar; none when that is not known.
    fn begins_on<'c>(&self, day: NaiveDate, of_year: &impl Fn(i32) -> Option<&'c HolidaysDeclared>) -> Option<bool> {
        if self.except.contains(&day) {
            return Some(false);
        }
        if self.also.contains(&day) {
            return Some(true);
        }
        if !self.recurs_on(day) {
            return Some(false);
        }
        let by_lunar = self.lunar_days.is_empty() || {
            // Until the first month of a year begins, the last one of the year before goes on.
            let lunar = of_year(day.year())?.lunar_day(day);
            let lunar = lunar.or_else(|| of_year(day.year() - 1)?.lunar_day(day))?;
            self.lunar_days.contains(&lunar)
        };
        if !by_lunar {
            return Some(false);
        }
        if self.only.is_none() && self.closed_on.is_empty() {
            return Some(true);
        }
        let of_day = of_year(day.year())?.day(day);
        let counts = match self.only {
            None => true,
            Some(OnlyOn::WorkingDays) => of_day.is_working(day),
            Some(OnlyOn::DaysOff) => !of_day.off.is_empty(),
        };
        Some(counts && !of_day.off.iter().any(|holiday| self.closed_on.contains(holiday)))
    }

    /// Whether the rule has a day, whatever the calendar says.
    fn recurs_on(&self, day: NaiveDate) -> bool {
        if self.months & (1 << day.month0()) == 0 || self.start.is_some_and(|start| day < start) {
            return false;
        }
        if let Some(until) = self.until
            && day.and_hms_opt(0, 0, 0).map(|midnight| midnight + TimeDelta::minutes(i64::from(self.opens_minute)))
                > Some(until)
        {
            return false;
        }
        match &self.days {
            DayRule::Daily { interval } => self.every(*interval, |start| (day - start).num_days()),
            DayRule::Weekly { weekdays, interval } => {
                weekdays & (1 << day.weekday().num_days_from_monday()) != 0
                    && self.every(*interval, |start| (monday_of(day) - monday_of(start)).num_days() / 7)
            }
            DayRule::Monthly { days, interval } => {
                days.hold(day)
                    && self.every(*interval, |start| {
                        i64::from(day.year() - start.year()) * 12 + i64::from(day.month0()) - i64::from(start.month0())
                    })
            }
        }
    }

    fn every(&self, interval: u32, count: impl Fn(NaiveDate) -> i64) -> bool {
        interval == 1 || self.start.is_some_and(|start| count(start).rem_euclid(i64::from(interval)) == 0)
    }
}

impl MonthDays {
    fn hold(&self, day: NaiveDate) -> bool {
        let length = i64::from(days_in_month(day));
        let from_start = i64::from(day.day());
        let from_end = from_start - length - 1;
        let by_month_day = self.month_days.is_empty()
            || self.month_days.iter().any(|wanted| [from_start, from_end].contains(&i64::from(*wanted)));
        let by_weekday = self.weekdays.is_empty()
            || self.weekdays.iter().any(|(ordinal, weekday)| {
                *weekday == day.weekday()
                    && match *ordinal {
                        0 => true,
                        ordinal if ordinal > 0 => i64::from(ordinal) == (from_start - 1) / 7 + 1,
                        ordinal => i64::from(ordinal) == -((length - from_start) / 7 + 1),
                    }
            });
        by_month_day && by_weekday
    }
}

const MINUTES_A_DAY: u32 = 24 * 60;
/// An opening longer than this is taken for a slip, and is not understood.
const LONGEST_MINUTES: u32 = 7 * MINUTES_A_DAY;

fn monday_of(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day)
}

fn days_in_month(day: NaiveDate) -> u32 {
    let next = if day.month() == 12 {
        NaiveDate::from_ymd_opt(day.year() + 1, 1, 1)
    } else {
        NaiveDate::from_ymd_opt(day.year(), day.month() + 1, 1)
    };
    next.and_then(|first| first.pred_opt()).map_or(31, |last| last.day())
}

/// The parts of a rule as they were written.
#[derive(Default)]
struct Parts<'a> {
    freq: &'a str,
    interval: Option<u32>,
    months: Vec<u32>,
    month_days: Vec<i8>,
    weekdays: Vec<(i8, Weekday)>,
    until: Option<NaiveDateTime>,
}

impl<'a> Parts<'a> {
    fn read(rrule: &'a str) -> Option<Parts<'a>> {
        let mut parts = Parts::default();
        for part in rrule.trim().trim_start_matches("RRULE:").split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=')?;
            match name {
                "FREQ" => parts.freq = value,
                "INTERVAL" => parts.interval = Some(value.parse().ok().filter(|interval| *interval > 0)?),
                "BYMONTH" => {
                    parts.months = list(value, |month| month.parse().ok().filter(|month| (1..=12).contains(month)))?;
                }
                "BYMONTHDAY" => {
                    parts.month_days =
                        list(value, |day| day.parse().ok().filter(|day: &i8| *day != 0 && (-31..=31).contains(day)))?;
                }
                "BYDAY" => parts.weekdays = list(value, weekday)?,
                "UNTIL" => parts.until = Some(until(value)?),
                "WKST" if value == "MO" => {}
                // COUNT, BYSETPOS, BYHOUR and the rest are not understood.
                _ => return None,
            }
        }
        Some(parts)
    }
}

fn compile(schedule: &Schedule) -> Option<Rule> {
    let parts = Parts::read(&schedule.rrule)?;
    let interval = parts.interval.unwrap_or(1);
    if (interval > 1 && schedule.dtstart.is_none())
        || schedule.duration_minutes == 0
        || schedule.duration_minutes > LONGEST_MINUTES
    {
        return None;
    }
    let has_ordinals = parts.weekdays.iter().any(|(ordinal, _)| *ordinal != 0);
    let mut months = parts.months.iter().fold(0u16, |set, month| set | 1 << (month - 1));
    let days = match parts.freq {
        "DAILY" if !has_ordinals && parts.month_days.is_empty() && interval == 1 && !parts.weekdays.is_empty() => {
            DayRule::Weekly { weekdays: weekday_set(&parts.weekdays), interval: 1 }
        }
        "DAILY" if parts.weekdays.is_empty() && parts.month_days.is_empty() => DayRule::Daily { interval },
        "WEEKLY" if !has_ordinals && parts.month_days.is_empty() => {
            let weekdays = match (&parts.weekdays[..], schedule.dtstart) {
                ([], Some(start)) => 1 << start.weekday().num_days_from_monday(),
                ([], None) => return None,
                (named, _) => weekday_set(named),
            };
            DayRule::Weekly { weekdays, interval }
        }
        "MONTHLY" => {
            let mut month_days = parts.month_days;
            if month_days.is_empty() && parts.weekdays.is_empty() {
                month_days.push(i8::try_from(schedule.dtstart?.day()).ok()?);
            }
            DayRule::Monthly { days: MonthDays { month_days, weekdays: parts.weekdays }, interval }
        }
        // Once a year: in months that are named, on days that are named, or on the day of the start.
        "YEARLY" if interval == 1 && !has_ordinals => {
            let mut month_days = parts.month_days;
            if parts.weekdays.is_empty() {
                if months == 0 && month_days.is_empty() {
                    months = 1 << schedule.dtstart?.month0();
                }
                if month_days.is_empty() {
                    month_days.push(i8::try_from(schedule.dtstart?.day()).ok()?);
                }
            }
            DayRule::Monthly { days: MonthDays { month_days, weekdays: parts.weekdays }, interval: 1 }
        }
        _ => return None,
    };
    Some(Rule {
        days,
        months: if months == 0 { u16::MAX } else { months },
        start: schedule.dtstart,
        until: parts.until,
        opens_minute: schedule.opens_at.num_seconds_from_midnight() / 60,
        duration_minutes: schedule.duration_minutes,
        except: schedule.except.clone(),
        also: schedule.also.clone(),
        only: schedule.only,
        closed_on: schedule.closed_on.clone(),
        lunar_days: schedule.lunar_days.clone(),
    })
}

fn list<'a, T>(value: &'a str, read: impl Fn(&'a str) -> Option<T>) -> Option<Vec<T>> {
    value.split(',').map(|item| read(item.trim())).collect()
}

fn weekday_set(weekdays: &[(i8, Weekday)]) -> u8 {
    weekdays.iter().fold(0, |set, (_, weekday)| set | 1 << weekday.num_days_from_monday())
}

fn weekday(text: &str) -> Option<(i8, Weekday)> {
    let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    match ordinal {
        "" => Some((0, weekday)),
        written => written.parse().ok().filter(|n: &i8| *n != 0 && (-5..=5).contains(n)).map(|n| (n, weekday)),
    }
}

/// `UNTIL` as a local moment: a date means the whole of it; a time in UTC is moved to local.
fn until(text: &str) -> Option<NaiveDateTime> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return day.and_hms_opt(23, 59, 59);
    }
    match text.strip_suffix('Z') {
        Some(utc) => NaiveDateTime::parse_from_str(utc, "%Y%m%dT%H%M%S").ok()?.checked_add_signed(EAST),
        None => NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").ok(),
    }
}

#[cfg(test)]
mod tests;
