//! Days, in the forms that people and spreadsheets write.
//!
//! `2025-03-05`, `2025.3.5`, `2025/3/5`, `2025年3月5日`, `20250305`, `25.3.5`, `二〇二五年三月五日`, with or without a time
//! or a weekday behind, and the serial number of a spreadsheet (days since 1899-12-30, 20000 to 80000: 1954 to 2119). A
//! month alone is its first day, or its last when it says until when something holds; of a period (`2020.3.1-2025.2.28`)
//! that is its end.
//!
//! A day that cannot be (`2025-02-30`, month 13) refuses the row. What is not a day (`长期`, `2024年`), or could be two
//! (`3/5/2025`), is doubted and dropped.

use super::{chinese_number, is_blank, is_scientific, normalise};
use crate::read::{Read, Trouble};
use chrono::{Days, Months, NaiveDate};
use schema::finding::CellFinding;

/// A day; a month alone is its first.
pub fn date(written: &str) -> Read<NaiveDate> {
    read(written, false)
}

/// A day until which something holds; a month alone is its last, and a period its end.
pub fn last_day(written: &str) -> Read<NaiveDate> {
    let read = read(written, true);
    if read.value.is_some() || read.troubles.is_empty() {
        return read;
    }
    let text = normalise(written);
    const WITHOUT_END: [&str; 14] = [
        "长期",
        "永久",
        "无固定期限",
        "无期限",
        "不限期",
        "无限期",
        "终身",
        "长久",
        "长年",
        "不设期限",
        "无终止",
        "无截止",
        "持续有效",
        "期限不限",
    ];
    // As registers and spreadsheets write it: 9999-12-31, which is day 2958465.
    let is_last_of_all = text.contains("9999") || text.contains("2999-12-31") || text.trim() == "2958465";
    if is_last_of_all || WITHOUT_END.iter().any(|word| text.contains(word)) {
        return Read::trouble(Trouble::doubt(CellFinding::DateOpenEnded));
    }
    end_of_period(&text).unwrap_or(read)
}

/// The end of `2020.3.1-2025.2.28` and the like, where both sides are days and in order.
fn end_of_period(text: &str) -> Option<Read<NaiveDate>> {
    let dashes = ['至', '到', '~', '-', '—', '–', '―'];
    text.char_indices().filter(|(_, character)| dashes.contains(character)).find_map(|(at, _)| {
        let (before, after) = text.split_at(at);
        let begin = read(before, false).value?;
        let end = read(after.trim_start_matches(dashes), true);
        (end.value? >= begin).then_some(end)
    })
}

fn read(written: &str, last: bool) -> Read<NaiveDate> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written);
    let text = without_time(text.trim_matches(['\'', '"', '`', '。', '(', ')', ' ']));
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !text.is_empty()
        && let Some(read) = number(text, last)
    {
        return read;
    }
    if is_scientific(text) {
        return unknown();
    }
    match parts(text).as_deref() {
        Some([year, month, day]) if year.len() == 4 => day_of(year, month, day),
        Some([year, month, day]) if year.len() == 2 && day.len() <= 2 && in_short_year(year) => {
            let year = 2000 + number_of(year).and_then(|year| u16::try_from(year).ok()).unwrap_or_default();
            let mut read = day_of(&year.to_string(), month, day);
            if read.value.is_some() {
                read.troubles.push(Trouble::doubt(CellFinding::DateShortYear { year }));
            }
            read
        }
        // As an American spreadsheet writes it: only where no other reading is possible.
        Some([month, day, year]) if year.len() == 4 && number_of(day).is_some_and(|day| day > 12) => {
            day_of(year, month, day)
        }
        Some([year, month]) if year.len() == 4 => month_of(year, month, last),
        _ => unknown(),
    }
}

/// Digits without separators: eight of them a day, six a month, a serial number, or a year and month with a point.
fn number(text: &str, last: bool) -> Option<Read<NaiveDate>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.contains('.') || whole.is_empty() {
        return None;
    }
    match (whole.len(), fraction.len()) {
        (8, 0) => Some(day_of(whole.get(..4)?, whole.get(4..6)?, whole.get(6..)?)),
        (6, 0) if matches!(whole.get(..2), Some("19" | "20")) => Some(month_of(whole.get(..4)?, whole.get(4..)?, last)),
        // 2025.1 is January, or October whose zero a spreadsheet dropped.
        (4, 1) if fraction == "1" => Some(ambiguous()),
        (4, 1 | 2) => Some(month_of(whole, fraction, last)),
        (5, _) => {
            let serial: u64 = whole.parse().ok()?;
            let epoch = NaiveDate::from_ymd_opt(1899, 12, 30)?;
            match epoch.checked_add_days(Days::new(serial)) {
                Some(day) if (20_000..=80_000).contains(&serial) => Some(Read::value(day)),
                Some(_) | None => Some(unknown()),
            }
        }
        _ => Some(unknown()),
    }
}

/// The text without a time of day behind it.
fn without_time(text: &str) -> &str {
    let end = text.find('T').filter(|_| text.starts_with(|c: char| c.is_ascii_digit())).or_else(|| {
        let (before, after) = text.split_once(' ')?;
        (after.contains(':') && after.trim_start().starts_with(|c: char| c.is_ascii_digit())).then_some(before.len())
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// The two or three numbers of a written day, as digits.
fn parts(text: &str) -> Option<Vec<String>> {
    let text = match text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ') {
        // 2025 3 5
        true => text.replace(' ', "."),
        false => text.replace(' ', ""),
    };
    let text = without_weekday(&text);
    let text = text.trim_end_matches("之前").trim_end_matches(['止', '前', '起', '始']);
    let text = text.trim_end_matches(['日', '号', '月', '.']);
    let text = text.trim_start_matches("有效期限").trim_start_matches("有效期");
    let text =
        text.trim_start_matches(['至', '到', '自', '从', ':']).trim_start_matches("截止").trim_start_matches("截至");
    let parts: Vec<&str> = text.split(['-', '.', '/', '年', '月', '\\', ',', '、', '—', '–', '_']).collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    parts
        .into_iter()
        .map(|part| {
            if !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Some(part.to_owned());
            }
            let digits: Option<String> = (part.chars().count() == 4)
                .then(|| {
                    part.chars()
                        // 二O二五, with the letter for the round zero.
                        .map(|digit| if matches!(digit, 'O' | 'o') { '〇' } else { digit })
                        .map(|digit| chinese_number(&digit.to_string()).filter(|n| *n < 10))
                        .map(|n| Some(n?.to_string()))
                        .collect()
                })
                .flatten();
            digits.or_else(|| chinese_number(part).map(|number| number.to_string()))
        })
        .collect()
}

/// The text without `星期三`, `(周三)` behind it.
fn without_weekday(text: &str) -> &str {
    let bare = text.trim_end_matches([')', ']']);
    let week = ["星期", "礼拜", "周"].iter().find_map(|week| bare.rfind(week).map(|at| (at, week.len())));
    match week.map(|(at, length)| (bare.get(..at), bare.get(at + length..))) {
        Some((Some(before), Some(day))) if day.chars().count() == 1 => before.trim_end_matches(['(', '[']),
        _ => text,
    }
}

fn number_of(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

fn in_short_year(year: &str) -> bool {
    number_of(year).is_some_and(|year| year < 50)
}

fn day_of(year: &str, month: &str, day: &str) -> Read<NaiveDate> {
    match calendar(year, month, Some(day)) {
        Some(day) => Read::value(day),
        None => impossible(),
    }
}

fn month_of(year: &str, month: &str, last: bool) -> Read<NaiveDate> {
    let Some(first) = calendar(year, month, None) else { return impossible() };
    let day =
        if last { first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()) } else { Some(first) };
    day.map_or_else(impossible, Read::value)
}

fn calendar(year: &str, month: &str, day: Option<&str>) -> Option<NaiveDate> {
    let year: i32 = year.parse().ok().filter(|year| (1900..=2200).contains(year))?;
    NaiveDate::from_ymd_opt(year, number_of(month)?, day.map_or(Some(1), number_of)?)
}

fn impossible() -> Read<NaiveDate> {
    Read::trouble(Trouble::error(CellFinding::DateImpossible))
}

fn unknown() -> Read<NaiveDate> {
    Read::trouble(Trouble::doubt(CellFinding::DateUnknown))
}

fn ambiguous() -> Read<NaiveDate> {
    Read::trouble(Trouble::doubt(CellFinding::DateAmbiguous))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_in_every_form() {
        for (written, expected) in [
            ("2025-03-05", "2025-03-05"),
            ("2025.3.5", "2025-03-05"),
            ("2025．3．5", "2025-03-05"),
            ("2025/3/5", "2025-03-05"),
            ("2025年3月5日", "2025-03-05"),
            ("2025年03月05号", "2025-03-05"),
            ("2025 年 3 月 5 日", "2025-03-05"),
            ("２０２５年３月５日", "2025-03-05"),
            ("2025、3、5", "2025-03-05"),
            ("2025.3.5.", "2025-03-05"),
            ("20250305", "2025-03-05"),
            ("2025-03-05 00:00:00", "2025-03-05"),
            ("2025/3/5 8:30", "2025-03-05"),
            ("2025-03-05T00:00:00", "2025-03-05"),
            ("45231", "2023-11-01"),
            ("45231.0", "2023-11-01"),
            ("45231.5", "2023-11-01"),
            ("43499", "2019-02-03"),
            ("二〇二五年三月五日", "2025-03-05"),
            ("二〇二五年十二月三十一日", "2025-12-31"),
            ("二Ｏ二五年三月五日", "2025-03-05"),
            ("2025 3 5", "2025-03-05"),
            ("2025年3月5日 星期三", "2025-03-05"),
            ("2025年3月5日（周三）", "2025-03-05"),
            ("2025年3月", "2025-03-01"),
            ("2025-03", "2025-03-01"),
            ("2025.3", "2025-03-01"),
            ("2025.12", "2025-12-01"),
            ("202503", "2025-03-01"),
            ("3/25/2025", "2025-03-25"),
            ("2024-02-29", "2024-02-29"),
        ] {
            assert_eq!(date(written), Read::value(day(expected)), "{written}");
        }
        for blank in ["", "/", "-", "无"] {
            assert_eq!(date(blank), Read::blank(), "{blank}");
        }
    }

    #[test]
    fn until_a_month_means_until_its_last_day() {
        assert_eq!(last_day("2025年2月"), Read::value(day("2025-02-28")));
        assert_eq!(last_day("2024.12"), Read::value(day("2024-12-31")));
        assert_eq!(last_day("2025年3月5日"), Read::value(day("2025-03-05")));
        assert_eq!(last_day("至2025年3月5日止"), Read::value(day("2025-03-05")));
        assert_eq!(last_day("有效期至2025年3月5日"), Read::value(day("2025-03-05")));
    }

    #[test]
    fn a_period_holds_until_its_end() {
        for written in [
            "2020.3.1-2025.2.28",
            "2020-03-01至2025-02-28",
            "2020-03-01-2025-02-28",
            "2020年3月1日至2025年2月28日",
            "自2020年3月1日起至2025年2月28日止",
            "2020/3/1～2025/2/28",
            "2020.03.01——2025.02.28",
            "2020年3月-2025年2月",
        ] {
            assert_eq!(last_day(written), Read::value(day("2025-02-28")), "{written}");
            assert!(date(written).value.is_none(), "{written}");
        }
        assert!(last_day("2025.3.1-2020.2.28").value.is_none(), "it ends before it begins");
        for written in [
            "长期",
            "永久",
            "长期有效",
            "9999-12-31",
            "9999年12月31日",
            "9999/12/31",
            "99991231",
            "9999.12.31",
            "9999-12-31 00:00:00",
            "2958465",
            "2020-01-01至9999-12-31",
            "2020年3月1日至长期",
            "2020.3.1-长期",
            "无固定期限",
            "终身有效",
            "无限期",
            "长期（无固定期限）",
        ] {
            let read = last_day(written);
            assert_eq!(
                (read.value, read.troubles[0].code.code(), read.is_error()),
                (None, "DATE_OPEN_ENDED", false),
                "{written}"
            );
        }
    }

    #[test]
    fn a_day_that_cannot_be_refuses_the_row() {
        for written in [
            "2025-02-30",
            "2025.13.5",
            "2025年3月32日",
            "20251301",
            "2025-00-01",
            "3025-01-01",
            "2025年13月",
            "2023-02-29",
        ] {
            assert!(date(written).is_error(), "{written}");
        }
    }

    #[test]
    fn what_is_no_day_is_doubted() {
        for written in [
            "长期",
            "待定",
            "2024",
            "2024年",
            "3/5/2025",
            "2025.1",
            "去年春天",
            "12345",
            "99999",
            "5E+4",
            "2025年3月上旬",
            "1.2.3.4",
            "1月5日",
        ] {
            let read = date(written);
            assert!(!read.is_error() && read.value.is_none() && read.troubles.len() == 1, "{written}: {read:?}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_taken_and_doubted() {
        let read = date("25.3.5");
        assert_eq!((read.value, read.troubles[0].code.code()), (Some(day("2025-03-05")), "DATE_SHORT_YEAR"));
    }
}
