//! Values in the form in which people of the county read them: dates, times, telephone numbers, opening hours.

use chassis::http::Lang;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc, Weekday};

/// The county's offset from UTC, in seconds.
const OFFSET_SECONDS: i32 = 8 * 3600;

/// An instant as the county's clocks show it.
pub fn local(at: DateTime<Utc>) -> NaiveDateTime {
    match FixedOffset::east_opt(OFFSET_SECONDS) {
        Some(offset) => at.with_timezone(&offset).naive_local(),
        None => at.naive_utc(),
    }
}

/// The instant at which the county's clocks show `at`.
pub fn instant(at: NaiveDateTime) -> Option<DateTime<Utc>> {
    let offset = FixedOffset::east_opt(OFFSET_SECONDS)?;
    offset.from_local_datetime(&at).single().map(|at| at.with_timezone(&Utc))
}

/// `2026年11月23日`, or `23 November 2026`.
pub fn date(day: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Lang::En => day.format("%-d %B %Y").to_string(),
    }
}

/// `2026年11月23日 9:05`, in the county's time.
pub fn date_time(at: DateTime<Utc>, lang: Lang) -> String {
    let at = local(at);
    format!("{} {}:{:02}", date(at.date(), lang), at.hour(), at.minute())
}

/// The time of day of an instant, in the county's time; with the day, when that is not today's.
pub fn clock(at: DateTime<Utc>, now: DateTime<Utc>, lang: Lang) -> String {
    let (at, now) = (local(at), local(now));
    let time = format!("{}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    match (at.date() == now.date(), lang) {
        (true, _) => time,
        (false, Lang::Zh) => format!("{}月{}日 {}:{:02}", at.month(), at.day(), at.hour(), at.minute()),
        (false, Lang::En) => format!("{} {}:{:02}", at.format("%-d %b"), at.hour(), at.minute()),
    }
}

/// A number in E.164 as the county dials it: `0335-5669699`, `158 1234 5678`, `400-123-4567`; another form stays as it is.
pub fn phone(e164: &str) -> String {
    let Some(national) = e164.strip_prefix("+86") else { return e164.to_owned() };
    let cut = |at: usize| national.split_at_checked(at).unwrap_or((national, ""));
    let mobile = national.len() == 11 && national.starts_with('1') && !national.starts_with("10");
    if mobile {
        let (first, rest) = cut(3);
        let (middle, last) = rest.split_at_checked(4).unwrap_or((rest, ""));
        return format!("{first} {middle} {last}");
    }
    if (national.starts_with("400") || national.starts_with("800")) && national.len() == 10 {
        let (first, rest) = cut(3);
        let (middle, last) = rest.split_at_checked(3).unwrap_or((rest, ""));
        return format!("{first}-{middle}-{last}");
    }
    if national.len() <= 8 {
        return national.to_owned();
    }
    let area_digits = if national.starts_with("10") || national.starts_with('2') { 2 } else { 3 };
    let (area, subscriber) = cut(area_digits);
    format!("0{area}-{subscriber}")
}

/// What a `tel:` link holds.
pub fn phone_link(e164: &str) -> String {
    let dialled: String = e164.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{dialled}")
}

/// A number to call.
pub struct PhoneLink {
    /// As the county dials it.
    pub shown: String,
    /// The `tel:` address.
    pub link: String,
}

impl PhoneLink {
    /// The link for a number in E.164.
    pub fn of(e164: &str) -> Self {
        PhoneLink { shown: phone(e164), link: phone_link(e164) }
    }
}

/// A count with a comma before every three digits.
pub fn thousands(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    if count < 0 { format!("-{shown}") } else { shown }
}

/// A probability as a percentage that never claims to be certain.
pub fn percent(probability: f64) -> String {
    if probability >= 0.9995 {
        ">99.9%".to_owned()
    } else if probability < 0.0005 {
        "<0.1%".to_owned()
    } else {
        format!("{:.1}%", probability * 100.0)
    }
}

/// A match weight in bits, with its sign.
pub fn weight(bits: f64) -> String {
    format!("{bits:+.1}").replace('-', "−")
}

/// One recurring opening in words, e.g. `每周一、三、五 9:00-11:30`. None when the rule says more than these words can.
pub fn schedule(rrule: &str, opens_at: NaiveTime, duration_minutes: u32, lang: Lang) -> Option<String> {
    let days = days(rrule, lang)?;
    if duration_minutes == 1440 && opens_at == NaiveTime::MIN {
        return Some(match lang {
            Lang::Zh => format!("{days} 全天24小时"),
            Lang::En => format!("{days}, round the clock"),
        });
    }
    let opens = opens_at.hour() * 60 + opens_at.minute();
    let closes = opens + duration_minutes;
    let next_day = match (closes > 1440, lang) {
        (false, _) => "",
        (true, Lang::Zh) => "次日",
        (true, Lang::En) => "next day ",
    };
    let closes = if closes > 1440 { closes - 1440 } else { closes };
    Some(format!("{days} {}:{:02}-{next_day}{}:{:02}", opens / 60, opens % 60, closes / 60, closes % 60))
}

/// The days of a recurrence in words.
fn days(rrule: &str, lang: Lang) -> Option<String> {
    let mut frequency = "";
    let (mut by_day, mut by_month_day) = (Vec::new(), Vec::new());
    for part in rrule.split(';') {
        match part.split_once('=')? {
            ("FREQ", value) => frequency = value,
            ("BYDAY", value) => by_day = value.split(',').collect(),
            ("BYMONTHDAY", value) => by_month_day = value.split(',').collect(),
            (_, _) => return None,
        }
    }
    match (frequency, by_day.is_empty(), by_month_day.is_empty()) {
        ("DAILY", true, true) => Some(every_day(lang).to_owned()),
        ("WEEKLY", false, true) => weekly(&by_day, lang),
        ("MONTHLY", false, true) => monthly(&by_day, lang),
        ("MONTHLY", true, false) => Some(match lang {
            Lang::Zh => format!("每月{}日", by_month_day.join("、")),
            Lang::En => format!("day {} of every month", by_month_day.join(", ")),
        }),
        (_, _, _) => None,
    }
}

fn every_day(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "每天",
        Lang::En => "every day",
    }
}

fn weekly(by_day: &[&str], lang: Lang) -> Option<String> {
    let days: Vec<Weekday> = by_day.iter().map(|day| weekday(day)).collect::<Option<_>>()?;
    let numbers: Vec<u32> = days.iter().map(|day| day.num_days_from_monday()).collect();
    let run = numbers.len() > 2 && numbers.iter().zip(numbers.iter().skip(1)).all(|(one, next)| one + 1 == *next);
    if numbers.len() == 7 {
        return Some(every_day(lang).to_owned());
    }
    let (first, last) = (days.first()?, days.last()?);
    Some(match (lang, run) {
        (Lang::Zh, true) => format!("周{}至周{}", chinese(*first), chinese(*last)),
        (Lang::Zh, false) => {
            format!("每周{}", days.iter().map(|day| chinese(*day)).collect::<Vec<_>>().join("、"))
        }
        (Lang::En, true) => format!("{first} to {last}"),
        (Lang::En, false) => days.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    })
}

fn monthly(by_day: &[&str], lang: Lang) -> Option<String> {
    let mut words = Vec::new();
    for day in by_day {
        let (ordinal, name) = day.split_at_checked(day.len().checked_sub(2)?)?;
        let (day, ordinal) = (weekday(name)?, ordinal.parse::<i8>().ok()?);
        words.push(match (lang, ordinal) {
            (Lang::Zh, -1) => format!("最后一个周{}", chinese(day)),
            (Lang::Zh, 1..=5) => format!("第{}个周{}", ordinal_zh(ordinal), chinese(day)),
            (Lang::En, -1) => format!("last {day}"),
            (Lang::En, 1..=5) => format!("{} {day}", ordinal_en(ordinal)),
            (_, _) => return None,
        });
    }
    Some(match lang {
        Lang::Zh => format!("每月{}", words.join("、")),
        Lang::En => format!("{} of every month", words.join(", ")),
    })
}

fn weekday(code: &str) -> Option<Weekday> {
    Some(match code {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn chinese(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "一",
        Weekday::Tue => "二",
        Weekday::Wed => "三",
        Weekday::Thu => "四",
        Weekday::Fri => "五",
        Weekday::Sat => "六",
        Weekday::Sun => "日",
    }
}

fn ordinal_zh(ordinal: i8) -> &'static str {
    match ordinal {
        1 => "一",
        2 => "二",
        3 => "三",
        4 => "四",
        _ => "五",
    }
}

fn ordinal_en(ordinal: i8) -> &'static str {
    match ordinal {
        1 => "first",
        2 => "second",
        3 => "third",
        4 => "fourth",
        _ => "fifth",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_the_county_dials_it() {
        let rows = [
            ("+863355669699", "0335-5669699"),
            ("+8615057812656", "150 5781 2656"),
            ("+861065669699", "010-65669699"),
            ("+864001234567", "400-123-4567"),
            ("+8612345", "12345"),
            ("+14155550100", "+14155550100"),
            ("", ""),
            ("+86", ""),
        ];
        for (number, shown) in rows {
            assert_eq!(phone(number), shown);
        }
    }

    #[test]
    fn a_rule_is_read_out_in_words() {
        let at = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let rows = [
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", at(9, 0), 150, "每周一、三、五 9:00-11:30"),
            ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", at(8, 0), 240, "周一至周五 8:00-12:00"),
            ("FREQ=MONTHLY;BYDAY=1SA", at(9, 0), 120, "每月第一个周六 9:00-11:00"),
            ("FREQ=MONTHLY;BYDAY=-1SU", at(9, 0), 120, "每月最后一个周日 9:00-11:00"),
            ("FREQ=MONTHLY;BYMONTHDAY=1,15", at(9, 0), 120, "每月1、15日 9:00-11:00"),
            ("FREQ=DAILY", at(0, 0), 1440, "每天 全天24小时"),
            ("FREQ=DAILY", at(20, 0), 600, "每天 20:00-次日6:00"),
        ];
        for (rule, opens, minutes, words) in rows {
            assert_eq!(schedule(rule, opens, minutes, Lang::Zh).as_deref(), Some(words));
        }
        assert_eq!(schedule("FREQ=YEARLY;BYMONTH=5", at(9, 0), 60, Lang::Zh), None);
    }

    #[test]
    fn a_day_is_written_the_county_s_way_and_in_its_own_time() {
        let at = DateTime::parse_from_rfc3339("2026-11-22T16:05:00Z").unwrap().with_timezone(&Utc);
        assert_eq!(date_time(at, Lang::Zh), "2026年11月23日 0:05");
        assert_eq!(date_time(at, Lang::En), "23 November 2026 0:05");
        assert_eq!(instant(local(at)), Some(at));
    }

    #[test]
    fn no_probability_is_shown_as_certainty() {
        assert_eq!(percent(0.99999), ">99.9%");
        assert_eq!(percent(0.934), "93.4%");
        assert_eq!(weight(-3.25), "−3.2");
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1000, 3734, 1234567].map(thousands), ["0", "999", "1,000", "3,734", "1,234,567"]);
    }
}
