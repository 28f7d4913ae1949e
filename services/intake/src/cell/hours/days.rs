//! Which days: `周一至周五`, `每月第一个周六`, `每月1日、15日`.

use super::scan::{after, skip_blanks};
use schema::hours::OnlyOn;
use std::fmt::Write as _;

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// A bit per weekday, Monday the lowest.
    Weekly(u8),
    /// The n-th (or, -1, the last) of a weekday in the month.
    Nth(Vec<(i8, u8)>),
    /// Days of the month.
    Monthly(Vec<u8>),
    /// 工作日, those of them that fall on these weekdays: a weekend may be one.
    Working(u8),
    /// 节假日: the days off of holidays.
    Off,
    /// Days of the lunar month, 1 being 初一.
    Lunar(Vec<u8>),
}

/// Monday to Friday.
const WEEKDAYS: u8 = 0b001_1111;

const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

impl Days {
    pub(super) fn every_day() -> Days {
        Days::Weekly(0b111_1111)
    }

    /// Both, if they are of one sort.
    pub(super) fn and(self, other: &Days) -> Option<Days> {
        match (self, other) {
            (Days::Weekly(mask), Days::Weekly(more)) => Some(Days::Weekly(mask | more)),
            (Days::Nth(mut days), Days::Nth(more)) => {
                days.extend(more);
                Some(Days::Nth(days))
            }
            (Days::Monthly(mut days), Days::Monthly(more)) => {
                days.extend(more);
                Some(Days::Monthly(days))
            }
            (Days::Lunar(mut days), Days::Lunar(more)) => {
                days.extend(more);
                Some(Days::Lunar(days))
            }
            (Days::Working(mask), Days::Working(more)) => Some(Days::Working(mask | more)),
            (Days::Off, Days::Off) => Some(Days::Off),
            (Days::Weekly(_) | Days::Nth(_) | Days::Monthly(_) | Days::Working(_) | Days::Off | Days::Lunar(_), _) => {
                None
            }
        }
    }

    /// These weekdays of it and the others, if it is of weekdays.
    pub(super) fn split(&self, weekdays: u8) -> Option<(Days, Days)> {
        match self {
            Days::Weekly(mask) => Some((Days::Weekly(mask & weekdays), Days::Weekly(mask & !weekdays))),
            Days::Working(mask) => Some((Days::Working(mask & weekdays), Days::Working(mask & !weekdays))),
            Days::Nth(_) | Days::Monthly(_) | Days::Off | Days::Lunar(_) => None,
        }
    }

    /// Whether a day can be of both; as far as one can tell without a calendar.
    pub(super) fn meets(&self, other: &Days) -> bool {
        match (self, other) {
            (Days::Weekly(mask), Days::Weekly(more)) => mask & more != 0,
            (Days::Weekly(mask), Days::Nth(days)) | (Days::Nth(days), Days::Weekly(mask)) => {
                days.iter().any(|(_, weekday)| mask & (1 << weekday) != 0)
            }
            (Days::Nth(days), Days::Nth(more)) => days.iter().any(|day| more.contains(day)),
            (Days::Monthly(days), Days::Monthly(more)) => days.iter().any(|day| more.contains(day)),
            // A weekend that is worked has both.
            (Days::Working(mask), Days::Weekly(more)) | (Days::Weekly(more), Days::Working(mask)) => {
                mask & more & WEEKDAYS != 0
            }
            (Days::Working(mask), Days::Working(more)) => mask & more != 0,
            // What holds on days off holds instead of all else.
            (Days::Off, other) | (other, Days::Off) => *other == Days::Off,
            (Days::Lunar(_) | Days::Working(_), _) | (_, Days::Lunar(_) | Days::Working(_)) => true,
            // A day of the month falls on any weekday.
            (Days::Monthly(_), Days::Weekly(_) | Days::Nth(_)) | (Days::Weekly(_) | Days::Nth(_), Days::Monthly(_)) => {
                true
            }
        }
    }

    /// Without these weekdays.
    pub(super) fn without(self, closed: u8) -> Days {
        match self {
            Days::Weekly(mask) => Days::Weekly(mask & !closed),
            Days::Nth(days) => {
                Days::Nth(days.into_iter().filter(|(_, weekday)| closed & (1 << weekday) == 0).collect())
            }
            Days::Working(mask) => Days::Working(mask & !closed),
            Days::Monthly(_) | Days::Off | Days::Lunar(_) => self,
        }
    }

    /// Which of its rule's days count by the calendar of holidays.
    pub(super) fn only(&self) -> Option<OnlyOn> {
        match self {
            Days::Working(_) => Some(OnlyOn::WorkingDays),
            Days::Off => Some(OnlyOn::DaysOff),
            Days::Weekly(_) | Days::Nth(_) | Days::Monthly(_) | Days::Lunar(_) => None,
        }
    }

    /// The days of the lunar month on which alone its rule counts.
    pub(super) fn lunar_days(&self) -> Vec<u8> {
        let Days::Lunar(days) = self else { return Vec::new() };
        let mut days = days.clone();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The rule, or none when no day is left.
    pub(super) fn rrule(&self) -> Option<String> {
        let name = |weekday: u8| NAMES.get(usize::from(weekday)).copied().unwrap_or_default();
        let mut rule = String::new();
        match self {
            Days::Weekly(0b111_1111) | Days::Working(0b111_1111) | Days::Off | Days::Lunar(_) => {
                rule.push_str("FREQ=DAILY");
            }
            Days::Weekly(mask) | Days::Working(mask) => {
                let days: Vec<&str> = (0..7).filter(|weekday| mask & (1 << weekday) != 0).map(name).collect();
                (!days.is_empty()).then(|| write!(rule, "FREQ=WEEKLY;BYDAY={}", days.join(",")))?.ok()?;
            }
            Days::Nth(days) => {
                let mut days = days.clone();
                days.sort_unstable_by_key(|(nth, weekday)| (*nth < 0, *nth, *weekday));
                days.dedup();
                let days: Vec<String> =
                    days.into_iter().map(|(nth, weekday)| format!("{nth}{}", name(weekday))).collect();
                (!days.is_empty()).then(|| write!(rule, "FREQ=MONTHLY;BYDAY={}", days.join(",")))?.ok()?;
            }
            Days::Monthly(days) => {
                let mut days = days.clone();
                days.sort_unstable();
                days.dedup();
                let days: Vec<String> = days.iter().map(u8::to_string).collect();
                (!days.is_empty()).then(|| write!(rule, "FREQ=MONTHLY;BYMONTHDAY={}", days.join(",")))?.ok()?;
            }
        }
        Some(rule)
    }
}

/// `周一至周五`, `周一、三、五`, `星期六日`.
pub(super) fn weekly(rest: &[char]) -> Option<(Days, &[char])> {
    let rest = after(rest, "每").or_else(|| after(rest, "逢")).unwrap_or(rest);
    let (first, mut rest) = weekday(skip_blanks(week(rest)?))?;
    let (mut mask, mut last) = (1u8 << first, first);
    loop {
        let between = skip_blanks(rest);
        let separated = between.split_first();
        let (range, behind) = match separated {
            Some(('至' | '到' | '-' | '—' | '–' | '~' | '─', tail)) => (true, skip_dashes(tail)),
            Some((',' | '、' | '和' | '及' | '/' | '与', tail)) => (false, tail),
            _ => (false, rest),
        };
        let behind = skip_blanks(behind);
        let with_sign = week(behind).map(skip_blanks);
        // A digit that follows without any sign belongs to the time.
        let bare_digit =
            with_sign.is_none() && behind.len() == rest.len() && behind.first().is_some_and(char::is_ascii_digit);
        let after_blank =
            with_sign.is_none() && behind.len() < rest.len() && separated.is_none_or(|(sign, _)| !is_sign(*sign));
        let Some((day, tail)) = weekday(with_sign.unwrap_or(behind)).filter(|_| !bare_digit && !after_blank) else {
            break;
        };
        if range {
            let mut between = last;
            while between != day {
                between = (between + 1) % 7;
                mask |= 1 << between;
            }
        }
        mask |= 1 << day;
        (last, rest) = (day, tail);
    }
    Some((Days::Weekly(mask), rest))
}

/// `每月第一个周六`, `每月最后一个周五`, `每月1日、15日`.
pub(super) fn monthly(rest: &[char]) -> Option<(Days, &[char])> {
    let rest = after(rest, "每个月").or_else(|| after(rest, "每月"))?;
    let rest = skip_blanks(after(rest, "的").unwrap_or(rest));
    nth_weekdays(rest).or_else(|| days_of_month(rest))
}

fn nth_weekdays(rest: &[char]) -> Option<(Days, &[char])> {
    let (nths, rest) = if let Some(rest) = after(rest, "最后一个").or_else(|| after(rest, "最末一个")) {
        (vec![-1], rest)
    } else if let Some(rest) = after(rest, "首个") {
        (vec![1], rest)
    } else {
        let mut rest = after(rest, "第")?;
        let mut nths = Vec::new();
        loop {
            let (first, tail) = rest.split_first()?;
            let nth = match first {
                '一' | '1' => 1,
                '二' | '2' => 2,
                '三' | '3' => 3,
                '四' | '4' => 4,
                '五' | '5' => 5,
                _ => return None,
            };
            nths.push(nth);
            rest = tail;
            match rest.split_first()? {
                ('、' | ',' | '和' | '及', tail) => rest = after(tail, "第").unwrap_or(tail),
                ('个', tail) => match after(tail, "、第").or_else(|| after(tail, "和第")) {
                    Some(tail) => rest = tail,
                    None => break (nths, tail),
                },
                _ => return None,
            }
        }
    };
    let (day, rest) = weekday(week(skip_blanks(rest))?)?;
    Some((Days::Nth(nths.into_iter().map(|nth| (nth, day)).collect()), rest))
}

fn days_of_month(mut rest: &[char]) -> Option<(Days, &[char])> {
    let (mut days, mut range): (Vec<u8>, bool) = (Vec::new(), false);
    loop {
        let digits: String = rest.iter().take_while(|character| character.is_ascii_digit()).collect();
        let day: u8 = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
        rest = rest.get(digits.len()..)?;
        let from = days.last().copied().filter(|_| range);
        days.extend(from.map_or(day, |from| from.saturating_add(1))..=day);
        let (named, tail) = match rest.split_first() {
            Some(('日' | '号', tail)) => (true, tail),
            _ => (false, rest),
        };
        rest = tail;
        match rest.split_first() {
            Some(('、' | ',' | '和' | '及', tail))
                if tail.first().is_some_and(char::is_ascii_digit) && !looks_like_time(tail) =>
            {
                (range, rest) = (false, tail);
            }
            Some(('-' | '至' | '到' | '~', tail))
                if tail.first().is_some_and(char::is_ascii_digit) && !looks_like_time(tail) =>
            {
                (range, rest) = (true, tail);
            }
            _ if named => return Some((Days::Monthly(days), rest)),
            _ => return None,
        }
    }
}

/// `农历初一、十五`, `每月农历初一`, `每逢初一、十五`.
pub(super) fn lunar(rest: &[char]) -> Option<(Days, &[char])> {
    let every = |rest| ["每月", "每逢", "逢", "每"].into_iter().find_map(|word| after(rest, word)).unwrap_or(rest);
    let rest = every(rest);
    let named = ["农历", "阴历"].into_iter().find_map(|word| after(rest, word));
    let mut rest = skip_blanks(every(skip_blanks(after(named.unwrap_or(rest), "的").unwrap_or(named.unwrap_or(rest)))));
    if named.is_none() && rest.first() != Some(&'初') {
        return None;
    }
    let mut days = Vec::new();
    loop {
        let (day, tail) = lunar_day(rest)?;
        days.push(day);
        rest = tail;
        match rest.split_first() {
            Some(('、' | ',' | '和' | '及' | '/' | '与', tail)) if lunar_day(tail).is_some() => rest = tail,
            _ => return Some((Days::Lunar(days), rest)),
        }
    }
}

/// A day of the lunar month: 初一 to 三十.
fn lunar_day(rest: &[char]) -> Option<(u8, &[char])> {
    let ones = |character: &char| "一二三四五六七八九".chars().position(|one| one == *character);
    let ones = |character: Option<&char>| character.and_then(ones).and_then(|one| u8::try_from(one + 1).ok());
    let (day, length) = match rest {
        ['初', '十', ..] => (10, 2),
        ['初', one, ..] => (ones(Some(one))?, 2),
        ['二', '十', ..] => (20, 2),
        ['三', '十', ..] => (30, 2),
        ['廿', one, ..] => (20 + ones(Some(one))?, 2),
        ['十', one, ..] => (10 + ones(Some(one))?, 2),
        _ => return None,
    };
    let behind = rest.get(length..)?;
    (!matches!(behind.first(), Some('点' | '时' | '分' | '月' | '个' | '日'))).then_some((day, behind))
}

/// The sign of the week: 周, 星期, 礼拜.
fn week(rest: &[char]) -> Option<&[char]> {
    ["周", "星期", "礼拜"].into_iter().find_map(|word| after(rest, word))
}

/// A weekday after the sign of the week, Monday 0. A digit only if it is not the beginning of a time.
fn weekday(rest: &[char]) -> Option<(u8, &[char])> {
    let (first, tail) = rest.split_first()?;
    let number = match first {
        '一' | '1' => 0,
        '二' | '2' => 1,
        '三' | '3' => 2,
        '四' | '4' => 3,
        '五' | '5' => 4,
        '六' | '6' => 5,
        '日' | '天' | '七' | '7' => 6,
        _ => return None,
    };
    let begins_a_time = match tail.first() {
        Some(next) if first.is_ascii_digit() => next.is_ascii_digit() || matches!(next, ':' | '点' | '时' | '.'),
        Some(next) => matches!(next, '点' | '时'),
        None => false,
    };
    (!begins_a_time).then_some((number, tail))
}

fn is_sign(character: char) -> bool {
    matches!(character, '至' | '到' | '-' | '—' | '–' | '~' | '─' | ',' | '、' | '和' | '及' | '/' | '与')
}

fn skip_dashes(mut rest: &[char]) -> &[char] {
    while let Some(('-' | '—' | '–' | '─', tail)) = rest.split_first() {
        rest = tail;
    }
    rest
}

fn looks_like_time(rest: &[char]) -> bool {
    rest.iter()
        .find(|character| !character.is_ascii_digit())
        .is_some_and(|character| matches!(character, ':' | '点' | '时' | '.'))
}
