//! From when until when something is offered, where a cell about people says it: `（有效期至2026年12月31日）`, `自2026年1月1日起`.

use chrono::NaiveDate;

/// Words before a day that make it the last; the longer first.
const UNTIL_BEFORE: &[&str] =
    &["有效期截止到", "有效期截至", "有效期至", "有效期到", "截止到", "截止至", "截至", "截止", "至", "到"];
/// Words behind a day that make it the last.
const UNTIL_BEHIND: &[&str] = &["截止", "为止", "止"];
/// Words before a day that make it the first.
const FROM_BEFORE: &[&str] = &["有效期自", "有效期从", "自", "从"];
/// Words behind a day that make it the first.
const FROM_BEHIND: &[&str] = &["开始", "起"];

/// A text without the days of its term, and the first and the last of them. A day that is neither stays, and is not understood.
pub(super) fn take(text: &str) -> (String, Option<NaiveDate>, Option<NaiveDate>) {
    let (mut left, mut from, mut until) = (String::with_capacity(text.len()), None, None);
    let mut rest = text;
    while let Some((before, day, behind)) = next_day(rest) {
        left.push_str(before);
        let first = FROM_BEHIND.iter().find_map(|word| behind.strip_prefix(word));
        let last = UNTIL_BEHIND.iter().find_map(|word| behind.strip_prefix(word));
        let until_before = UNTIL_BEFORE.iter().find(|word| left.ends_with(**word));
        match (first, last, until_before) {
            (Some(behind), _, None) if from.is_none() => {
                let from_before = FROM_BEFORE.iter().find(|word| left.ends_with(**word)).map_or(0, |word| word.len());
                left.truncate(left.len() - from_before);
                (from, rest) = (Some(day), behind);
            }
            (None, last, until_before) if (last.is_some() || until_before.is_some()) && until.is_none() => {
                left.truncate(left.len() - until_before.map_or(0, |word| word.len()));
                (until, rest) = (Some(day), last.unwrap_or(behind));
            }
            _ => {
                let taken = rest.len() - behind.len();
                left.push_str(rest.get(before.len()..taken).unwrap_or_default());
                rest = behind;
            }
        }
    }
    left.push_str(rest);
    (left, from, until)
}

/// The first day that is written in a text, with what stands before and behind it.
fn next_day(text: &str) -> Option<(&str, NaiveDate, &str)> {
    let mut starts = text.char_indices().filter(|(_, character)| character.is_ascii_digit()).map(|(at, _)| at);
    starts.find_map(|at| {
        let (before, written) = text.split_at(at);
        if before.ends_with(|last: char| last.is_ascii_digit()) {
            return None;
        }
        let (day, behind) = day(written)?;
        Some((before, day, behind))
    })
}

/// `2026年12月31日`, `2026-12-31`, `2026.12.31`, `2026/12/31` at the beginning of a text.
fn day(text: &str) -> Option<(NaiveDate, &str)> {
    let number = |text: &str, most: usize| {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        (1..=most).contains(&digits).then_some(digits)
    };
    for (year_sign, month_sign, day_sign) in [("年", "月", "日"), ("-", "-", ""), (".", ".", ""), ("/", "/", "")] {
        let read = || {
            let length = number(text, 4).filter(|length| *length == 4)?;
            let (year, rest) = text.split_at(length);
            let rest = rest.strip_prefix(year_sign)?;
            let (month, rest) = rest.split_at(number(rest, 2)?);
            let rest = rest.strip_prefix(month_sign)?;
            let (day, rest) = rest.split_at(number(rest, 2)?);
            let rest = rest.strip_prefix(day_sign)?;
            let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
            Some((date, rest))
        };
        if let Some(found) = read() {
            return Some(found);
        }
    }
    None
}
