//! What was said of which days, into rules.

use super::days::Days;
use super::words::{ALL_HOLIDAYS, Half};
use super::{DAY, Failure};
use chrono::NaiveTime;
use schema::Schedule;
use schema::calendar::Holiday;
use schema::finding::HoursDoubt;

const NOON: u32 = 12 * 60;

/// One stretch of days and the spans on them: when it opens, and for how many minutes.
#[derive(Clone, Debug, Default)]
pub(super) struct Clause {
    pub days: Option<Days>,
    pub spans: Vec<(u32, u32)>,
    /// It says 全天, and no time with it unless there are spans.
    pub whole_day: bool,
    /// It is said of some of the days before.
    pub among: bool,
    /// Days of another sort of which it is said as well: 工作日及周六, 周末和节假日.
    pub also: Vec<Days>,
}

impl Clause {
    pub(super) fn on(days: Days) -> Clause {
        Clause { days: Some(days), ..Clause::default() }
    }
}

/// The rules of all clauses, without the weekdays and halves of days on which it is closed.
pub(super) fn schedules(
    clauses: Vec<Clause>,
    closed: u8,
    half_closed: &[(u8, Half)],
    closed_on: u8,
) -> Result<Vec<Schedule>, Failure> {
    if clauses.is_empty() {
        return Err(Failure::Unknown(HoursDoubt::Words));
    }
    let mut stretches = Vec::new();
    for clause in clauses {
        match clause.days {
            None if clause.spans.is_empty() => return Err(Failure::Unknown(HoursDoubt::NoTimes)),
            None => return Err(Failure::Unknown(HoursDoubt::NoDays)),
            Some(_) if clause.spans.is_empty() => return Err(Failure::Unknown(HoursDoubt::NoTimes)),
            Some(days) => {
                for also in clause.also {
                    put(&mut stretches, also.without(closed), clause.spans.clone(), clause.among)?;
                }
                put(&mut stretches, days.without(closed), clause.spans, clause.among)?;
            }
        }
    }
    for (weekdays, half) in half_closed {
        stretches = without_half(stretches, *weekdays & !closed, *half)?;
    }
    let mut schedules = Vec::new();
    // What is said of days off holds instead of what is said of the rest, where that differs.
    let on_days_off = stretches.iter().find(|(days, _)| *days == Days::Off).map(|(_, spans)| spans.clone());
    for (days, spans) in stretches {
        let replaced = days != Days::Off && on_days_off.as_ref().is_some_and(|other| *other != spans);
        let closed_on = if replaced { ALL_HOLIDAYS } else { closed_on };
        let Some(rrule) = days.rrule() else { continue };
        for (opens, duration_minutes) in spans {
            let opens_at = NaiveTime::from_num_seconds_from_midnight_opt(opens * 60, 0).unwrap_or_default();
            let schedule = Schedule {
                rrule: rrule.clone(),
                opens_at,
                duration_minutes,
                only: days.only(),
                closed_on: holidays(closed_on),
                lunar_days: days.lunar_days(),
                ..Schedule::default()
            };
            if !schedules.contains(&schedule) {
                schedules.push(schedule);
            }
        }
    }
    if schedules.is_empty() { Err(Failure::Unknown(HoursDoubt::Words)) } else { Ok(schedules) }
}

/// The holidays of a set, a bit each.
fn holidays(set: u8) -> Vec<Holiday> {
    Holiday::ALL.iter().enumerate().filter(|(place, _)| set & (1 << place) != 0).map(|(_, holiday)| *holiday).collect()
}

type Stretches = Vec<(Days, Vec<(u32, u32)>)>;

/// Adds one clause. Days that were said before and have other times now: if they are some of those days, the later times
/// are theirs; otherwise nobody can tell.
fn put(stretches: &mut Stretches, days: Days, spans: Vec<(u32, u32)>, among: bool) -> Result<(), Failure> {
    let overlap = |one: &[(u32, u32)], other: &[(u32, u32)]| {
        one.iter().any(|(a, long)| other.iter().any(|(b, last)| *a < b + last && *b < a + long))
    };
    for (known, times) in stretches.iter_mut() {
        if !known.meets(&days) || *times == spans {
            continue;
        }
        let overlaps = overlap(times, &spans);
        if !overlaps && !among {
            continue;
        }
        let within = match (&*known, &days) {
            (Days::Weekly(known), Days::Weekly(some)) => some & !known == 0 && some != known,
            _ => false,
        };
        match known.split(weekdays(&days)) {
            Some((_, others)) if within && overlaps => *known = others,
            _ => return Err(Failure::Unknown(HoursDoubt::DaysTwice)),
        }
    }
    stretches.push((days, spans));
    Ok(())
}

fn weekdays(days: &Days) -> u8 {
    match days {
        Days::Weekly(mask) | Days::Working(mask) => *mask,
        Days::Nth(_) | Days::Monthly(_) | Days::Off | Days::Lunar(_) => 0,
    }
}

/// The stretches without a half of some weekdays: the afternoon begins at noon.
fn without_half(stretches: Stretches, weekdays: u8, half: Half) -> Result<Stretches, Failure> {
    let in_doubt = || Failure::Unknown(HoursDoubt::Words);
    let (from, to) = match half {
        Half::Morning => (NOON, DAY),
        Half::Afternoon => (0, NOON),
        Half::Noon | Half::Evening => return Err(in_doubt()),
    };
    let mut left = Stretches::new();
    for (days, spans) in stretches {
        let (some, others) = days.split(weekdays).ok_or_else(in_doubt)?;
        if others.rrule().is_some() {
            left.push((others, spans.clone()));
        }
        // What reaches past midnight belongs to two days.
        if some.rrule().is_some() && spans.iter().any(|(opens, minutes)| opens + minutes > DAY) {
            return Err(in_doubt());
        }
        let within = |(opens, minutes): (u32, u32)| {
            let (opens, closes) = (opens.max(from), (opens + minutes).min(to));
            (closes > opens).then(|| (opens, closes - opens))
        };
        let kept: Vec<(u32, u32)> = spans.into_iter().filter_map(within).collect();
        if some.rrule().is_some() && !kept.is_empty() {
            left.push((some, kept));
        }
    }
    Ok(left)
}
