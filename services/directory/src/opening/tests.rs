use super::*;
use chrono::NaiveTime;
use proptest::prelude::*;
use rrule::{RRuleSet, Tz};

fn local(text: &str) -> DateTime<Utc> {
    format!("{text}+08:00").parse().unwrap()
}

fn schedule(rrule: &str, opens: &str, minutes: u32) -> Schedule {
    Schedule {
        rrule: rrule.to_owned(),
        dtstart: None,
        opens_at: NaiveTime::parse_from_str(opens, "%H:%M").unwrap(),
        duration_minutes: minutes,
        ..Schedule::default()
    }
}

impl Opening {
    /// As of a time when nothing was declared of any year.
    fn opens(&self, at: DateTime<Utc>) -> Option<bool> {
        self.is_open(at, |_| None)
    }
}

fn opening(schedules: Vec<Schedule>) -> Opening {
    Opening::compile(&Hours { text: String::new(), schedules })
}

#[test]
fn monday_wednesday_friday_mornings_in_the_countys_time() {
    let clinic = opening(vec![schedule("FREQ=WEEKLY;BYDAY=MO,WE,FR", "09:00", 150)]);
    for (at, expected) in [
        ("2026-03-02T08:59:59", false),
        ("2026-03-02T09:00:00", true),
        ("2026-03-02T11:29:59", true),
        ("2026-03-02T11:30:00", false),
        ("2026-03-03T10:00:00", false),
        ("2026-03-04T10:00:00", true),
    ] {
        assert_eq!(clinic.opens(local(at)), Some(expected), "{at}");
    }
}

#[test]
fn the_first_saturday_of_the_month_and_the_last() {
    let team = opening(vec![
        schedule("FREQ=MONTHLY;BYDAY=1SA", "09:00", 120),
        schedule("FREQ=MONTHLY;BYDAY=-1SU", "14:00", 60),
    ]);
    assert_eq!(team.opens(local("2026-03-07T09:30:00")), Some(true));
    assert_eq!(team.opens(local("2026-03-14T09:30:00")), Some(false));
    assert_eq!(team.opens(local("2026-03-29T14:30:00")), Some(true));
    assert_eq!(team.opens(local("2026-03-22T14:30:00")), Some(false));
}

#[test]
fn a_night_shift_reaches_past_midnight_and_round_the_clock_never_closes() {
    let night = opening(vec![schedule("FREQ=WEEKLY;BYDAY=SA", "22:00", 480)]);
    assert_eq!(night.opens(local("2026-03-08T05:59:00")), Some(true), "Sunday morning");
    assert_eq!(night.opens(local("2026-03-08T06:00:00")), Some(false));
    assert_eq!(night.opens(local("2026-03-07T05:00:00")), Some(false), "Saturday morning");
    let always = opening(vec![schedule("FREQ=DAILY", "00:00", 1440)]);
    assert_eq!(always.opens(local("2026-03-08T00:00:00")), Some(true));
    assert_eq!(always.opens(local("2026-03-08T23:59:59")), Some(true));
}

#[test]
fn an_excepted_day_and_days_outside_the_rules_term_do_not_count() {
    let mut summer = schedule("FREQ=DAILY;UNTIL=20260310", "08:00", 60);
    summer.dtstart = Some("2026-03-02".parse().unwrap());
    summer.except = vec!["2026-03-05".parse().unwrap()];
    let summer = opening(vec![summer]);
    let open_on = |day: &str| summer.opens(local(&format!("{day}T08:30:00")));
    assert_eq!(
        ["2026-03-01", "2026-03-02", "2026-03-05", "2026-03-10", "2026-03-11"].map(open_on),
        [Some(false), Some(true), Some(false), Some(true), Some(false)]
    );
}

#[test]
fn what_is_not_understood_is_unknown_unless_another_rule_says_open() {
    assert_eq!(opening(Vec::new()).opens(local("2026-03-02T10:00:00")), None);
    let odd = schedule("FREQ=MONTHLY;BYSETPOS=1;BYDAY=MO,TU", "09:00", 60);
    let known = schedule("FREQ=DAILY", "09:00", 60);
    let both = opening(vec![odd, known]);
    assert_eq!(both.opens(local("2026-03-02T09:30:00")), Some(true));
    assert_eq!(both.opens(local("2026-03-02T12:00:00")), None);
    for rule in ["", "FREQ=SOLAR", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;COUNT=3", "FREQ=DAILY;INTERVAL=2"]
    {
        assert_eq!(opening(vec![schedule(rule, "09:00", 60)]).opens(local("2026-03-02T12:00:00")), None, "{rule}");
    }
}

/// Rules of the kinds that offices write.
fn rules() -> impl Strategy<Value = (String, Option<NaiveDate>)> {
    let days = proptest::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..=7)
        .prop_map(|days| days.join(","));
    let nth = proptest::collection::vec(
        (prop_oneof![-4i8..=-1, 1i8..=5], proptest::sample::select(vec!["MO", "WE", "SA", "SU"])),
        1..3,
    )
    .prop_map(|days| days.iter().map(|(nth, day)| format!("{nth}{day}")).collect::<Vec<_>>().join(","));
    let month_days = proptest::collection::btree_set(prop_oneof![-31i8..=-1, 1i8..=31], 1..4)
        .prop_map(|days| days.iter().map(i8::to_string).collect::<Vec<_>>().join(","));
    let months = proptest::collection::btree_set(1u8..=12, 0..4).prop_map(|months| {
        let list: Vec<String> = months.iter().map(u8::to_string).collect();
        if list.is_empty() { String::new() } else { format!(";BYMONTH={}", list.join(",")) }
    });
    let start = proptest::option::of((0u64..600).prop_map(|days| first_day() + Days::new(days)));
    let interval = 1u32..4;
    (0u8..6, days, nth, month_days, months, start, interval).prop_map(
        |(kind, days, nth, month_days, months, start, interval)| {
            let every = match start {
                Some(_) if interval > 1 => format!(";INTERVAL={interval}"),
                _ => String::new(),
            };
            let rule = match kind {
                0 => format!("FREQ=DAILY{every}{months}"),
                1 => format!("FREQ=WEEKLY{every}{months};BYDAY={days}"),
                2 => format!("FREQ=MONTHLY{every}{months};BYDAY={nth}"),
                3 => format!("FREQ=MONTHLY{every}{months};BYMONTHDAY={month_days}"),
                4 => format!("FREQ=YEARLY{months};BYMONTHDAY={month_days}"),
                _ => format!("FREQ=MONTHLY{every}{months};BYMONTHDAY={month_days};BYDAY={days}"),
            };
            (rule, start)
        },
    )
}

/// A Monday: a rule without a start is given one for the reference, from which it would have held.
fn first_day() -> NaiveDate {
    "2024-01-01".parse().unwrap()
}

fn reference(rule: &str, start: Option<NaiveDate>) -> Vec<NaiveDate> {
    let start = start.unwrap_or_else(first_day);
    let text = format!("DTSTART:{}T000000Z\nRRULE:{rule}", start.format("%Y%m%d"));
    let set: RRuleSet = text.parse().unwrap();
    let end = (first_day() + Days::new(900)).and_hms_opt(0, 0, 0).unwrap().and_utc().with_timezone(&Tz::UTC);
    set.before(end).all(u16::MAX).dates.into_iter().map(|date| date.date_naive()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn compiled_hours_agree_with_a_library_that_expands_the_rule(
        (rule, start) in rules(),
        opens in 0u32..1440,
        minutes in 1u32..=1440,
        probes in proptest::collection::vec((0u64..880, 0i64..1440), 40),
    ) {
        let days = reference(&rule, start);
        let opens_at = NaiveTime::from_num_seconds_from_midnight_opt(opens * 60, 0).unwrap();
        let schedule =
            Schedule { rrule: rule.clone(), dtstart: start, opens_at, duration_minutes: minutes, ..Schedule::default() };
        let compiled = opening(vec![schedule]);
        prop_assert!(!compiled.incomplete, "{rule} is not understood");
        // A rule without a start reaches back further than its reference: nothing is probed on the first day.
        for (day, minute) in probes {
            let at = (first_day() + Days::new(day + 1)).and_hms_opt(0, 0, 0).unwrap() + TimeDelta::minutes(minute);
            let expected = days.iter().any(|day| {
                let begins = day.and_time(opens_at);
                begins <= at && at < begins + TimeDelta::minutes(minutes.into())
            });
            prop_assert_eq!(compiled.opens((at - EAST).and_utc()), Some(expected), "{} at {}", rule, at);
        }
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A week of October 2025 and New Year of 2026, as the State Council's office declared them.
fn declared(year: i32) -> HolidaysDeclared {
    use schema::calendar::{DayOff, LunarMonth};
    let off = |text: &str, of: &[Holiday]| DayOff { day: day(text), of: of.to_vec() };
    let month = |first: &str, month| LunarMonth { first: day(first), month, leap: false };
    match year {
        2025 => HolidaysDeclared {
            year,
            days_off: (1..=8)
                .map(|n| off(&format!("2025-10-0{n}"), &[Holiday::MidAutumn, Holiday::National]))
                .collect(),
            working_days: vec![day("2025-09-28"), day("2025-10-11")],
            lunar_months: vec![month("2025-09-22", 8), month("2025-10-21", 9), month("2025-12-20", 11)],
            document: "国办发明电〔2024〕12号".to_owned(),
        },
        _ => HolidaysDeclared {
            year,
            days_off: vec![off("2026-01-01", &[Holiday::NewYear]), off("2026-01-02", &[Holiday::NewYear])],
            working_days: vec![day("2026-01-04")],
            lunar_months: vec![month("2026-01-19", 12)],
            document: "国办发明电〔2025〕7号".to_owned(),
        },
    }
}

#[test]
fn hours_that_go_by_the_calendar_are_unknown_without_one_and_never_open() {
    let (of_2025, of_2026) = (declared(2025), declared(2026));
    let weekdays = || schedule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "08:00", 600);
    let daily = || schedule("FREQ=DAILY", "08:00", 600);
    let working = Schedule { only: Some(OnlyOn::WorkingDays), ..daily() };
    let off = Schedule { only: Some(OnlyOn::DaysOff), ..daily() };
    let not_on_holidays = Schedule { closed_on: Holiday::ALL.to_vec(), ..weekdays() };
    let not_at_national = Schedule { closed_on: vec![Holiday::National], ..daily() };
    let lunar = Schedule { lunar_days: vec![1, 15], ..daily() };
    let with_exceptions = Schedule { except: vec![day("2025-09-29")], also: vec![day("2025-10-12")], ..weekdays() };
    let no = Some(false);
    let yes = Some(true);
    // With the calendar, and without: what goes by it is unknown then, but where the rule itself says no.
    for (what, schedule, on, with, without) in [
        ("working day, a Monday", &working, "2025-09-29", yes, None),
        ("working day, a Sunday that is worked", &working, "2025-09-28", yes, None),
        ("working day, a Sunday", &working, "2025-10-12", no, None),
        ("working day, a Wednesday that is off", &working, "2025-10-01", no, None),
        ("day off, off", &off, "2025-10-05", yes, None),
        ("day off, a common Sunday", &off, "2025-10-12", no, None),
        ("weekdays but holidays, a Thursday that is off", &not_on_holidays, "2025-10-02", no, None),
        ("weekdays but holidays, a Thursday", &not_on_holidays, "2025-10-09", yes, None),
        ("weekdays but holidays, a Saturday", &not_on_holidays, "2025-10-25", no, no),
        ("all but National Day, off for it", &not_at_national, "2025-10-08", no, None),
        ("all but National Day, off for New Year", &not_at_national, "2026-01-01", yes, None),
        ("初一、十五, the first", &lunar, "2025-09-22", yes, None),
        ("初一、十五, the fifteenth", &lunar, "2025-10-06", yes, None),
        ("初一、十五, the fourteenth", &lunar, "2025-10-05", no, None),
        ("初一、十五, in a month that began in the year before", &lunar, "2026-01-03", yes, None),
        ("初一、十五, in a month of which nobody said when it began", &lunar, "2025-11-25", None, None),
        ("an exception", &with_exceptions, "2025-09-29", no, no),
        ("a day besides", &with_exceptions, "2025-10-12", yes, yes),
    ] {
        let opening = opening(vec![schedule.clone()]);
        let at = local(&format!("{on}T09:00:00"));
        let of_year = |year| match year {
            2025 => Some(&of_2025),
            2026 => Some(&of_2026),
            _ => None,
        };
        assert_eq!(opening.is_open(at, of_year), with, "{what}, {on}");
        assert_eq!(opening.opens(at), without, "{what}, {on}, without a calendar");
        assert_eq!(opening.opens(local(&format!("{on}T07:00:00"))), no, "{what}, {on}, before it opens");
    }
    let both = opening(vec![working, schedule("FREQ=DAILY", "09:00", 60)]);
    assert_eq!(both.opens(local("2025-10-02T09:30:00")), yes, "another rule says that it is open");
}
