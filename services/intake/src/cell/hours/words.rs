//! The words of opening hours.

use super::super::chinese_number;
use std::fmt::Write as _;

/// One word, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Days(Days),
    /// A half of the day before a time.
    Half(Half),
    /// Minutes since midnight; `bare` when only a number stood there, `led` when a zero leads it (`08:00`).
    Time {
        minutes: u32,
        bare: bool,
        led: bool,
    },
    Dash,
    Break,
    NextDay,
    /// 24小时.
    AllDay,
    /// 全天: as long as it is open on that day, whenever that is.
    WholeDay,
    /// What follows is said of some of the days before: 其中, or an opening bracket.
    Among,
    AlwaysOpen,
    Holidays,
    Closed,
    Except,
    /// A time that no clock shows, as written.
    Impossible(String),
    Unknown,
}

/// Which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// A bit per weekday, Monday the lowest.
    Weekly(u8),
    /// The n-th (or, -1, the last) of a weekday in the month.
    Nth(Vec<(i8, u8)>),
    /// Days of the month.
    Monthly(Vec<u8>),
}

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
            (Days::Weekly(_) | Days::Nth(_) | Days::Monthly(_), _) => None,
        }
    }

    /// These weekdays of it and the others, if it is of weekdays.
    pub(super) fn split(&self, weekdays: u8) -> Option<(Days, Days)> {
        match self {
            Days::Weekly(mask) => Some((Days::Weekly(mask & weekdays), Days::Weekly(mask & !weekdays))),
            Days::Nth(_) | Days::Monthly(_) => None,
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
            Days::Monthly(days) => Days::Monthly(days),
        }
    }

    /// The rule, or none when no day is left.
    pub(super) fn rrule(&self) -> Option<String> {
        let name = |weekday: u8| NAMES.get(usize::from(weekday)).copied().unwrap_or_default();
        let mut rule = String::new();
        match self {
            Days::Weekly(0b111_1111) => rule.push_str("FREQ=DAILY"),
            Days::Weekly(mask) => {
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

/// A half of the day, as people name it before a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

impl Half {
    /// The time of day that is meant by a time of the clock.
    pub(super) fn of_day(self, minutes: u32) -> u32 {
        let noon = 12 * 60;
        match self {
            Half::Morning => minutes,
            Half::Noon if minutes < 4 * 60 => minutes + noon,
            Half::Noon => minutes,
            Half::Afternoon if minutes < noon => minutes + noon,
            Half::Afternoon => minutes,
            // 晚上12点 is midnight, the end of the day.
            Half::Evening if minutes == noon => 2 * noon,
            Half::Evening if minutes < noon => minutes + noon,
            Half::Evening => minutes,
        }
    }
}

/// Words that mean something; where one begins with another, the longer first.
const WORDS: &[(&str, Word)] = &[
    ("全天24小时", Word::AllDay),
    ("7*24小时", Word::AllDay),
    ("7×24小时", Word::AllDay),
    ("7x24小时", Word::AllDay),
    ("7X24小时", Word::AllDay),
    ("7*24", Word::AllDay),
    ("7×24", Word::AllDay),
    ("7x24", Word::AllDay),
    ("7X24", Word::AllDay),
    ("24小时", Word::AllDay),
    ("24h", Word::AllDay),
    ("24H", Word::AllDay),
    ("二十四小时", Word::AllDay),
    ("全天候", Word::WholeDay),
    ("全天", Word::WholeDay),
    ("整天", Word::WholeDay),
    ("全日", Word::WholeDay),
    ("昼夜", Word::AllDay),
    ("其中", Word::Among),
    ("全年365天", Word::AlwaysOpen),
    ("365天", Word::AlwaysOpen),
    ("全年无休", Word::AlwaysOpen),
    ("全年开放", Word::AlwaysOpen),
    ("全年", Word::AlwaysOpen),
    ("照常", Word::AlwaysOpen),
    ("不休息", Word::AlwaysOpen),
    ("不打烊", Word::AlwaysOpen),
    ("无休", Word::AlwaysOpen),
    ("不休", Word::AlwaysOpen),
    ("每天", Word::Days(Days::Weekly(0b111_1111))),
    ("每日", Word::Days(Days::Weekly(0b111_1111))),
    ("天天", Word::Days(Days::Weekly(0b111_1111))),
    ("全周", Word::Days(Days::Weekly(0b111_1111))),
    ("法定工作日", Word::Days(Days::Weekly(0b001_1111))),
    ("正常工作日", Word::Days(Days::Weekly(0b001_1111))),
    ("工作日", Word::Days(Days::Weekly(0b001_1111))),
    ("双休日", Word::Days(Days::Weekly(0b110_0000))),
    ("周末", Word::Days(Days::Weekly(0b110_0000))),
    ("国家法定节假日", Word::Holidays),
    ("法定节假日", Word::Holidays),
    ("法定假日", Word::Holidays),
    ("节假日", Word::Holidays),
    ("节日", Word::Holidays),
    ("假日", Word::Holidays),
    ("休息", Word::Closed),
    ("不开放", Word::Closed),
    ("不营业", Word::Closed),
    ("不开门", Word::Closed),
    ("不上班", Word::Closed),
    ("除外", Word::Closed),
    ("闭馆", Word::Closed),
    ("关门", Word::Closed),
    ("停诊", Word::Closed),
    ("闭店", Word::Closed),
    ("闭门", Word::Closed),
    ("停业", Word::Closed),
    ("关闭", Word::Closed),
    ("歇业", Word::Closed),
    ("不接诊", Word::Closed),
    ("不坐诊", Word::Closed),
    ("不对外开放", Word::Closed),
    ("不服务", Word::Closed),
    ("放假", Word::Closed),
    ("除", Word::Except),
    ("次日", Word::NextDay),
    ("翌日", Word::NextDay),
    ("第二天", Word::NextDay),
    ("凌晨", Word::Half(Half::Morning)),
    ("清晨", Word::Half(Half::Morning)),
    ("早晨", Word::Half(Half::Morning)),
    ("早上", Word::Half(Half::Morning)),
    ("上午", Word::Half(Half::Morning)),
    ("中午", Word::Half(Half::Noon)),
    ("下午", Word::Half(Half::Afternoon)),
    ("午后", Word::Half(Half::Afternoon)),
    ("傍晚", Word::Half(Half::Afternoon)),
    ("晚上", Word::Half(Half::Evening)),
    ("夜间", Word::Half(Half::Evening)),
    ("晚间", Word::Half(Half::Evening)),
];

/// Words that add nothing.
const FILLING: &[&str] = &[
    "营业时间",
    "开放时间",
    "服务时间",
    "活动时间",
    "门诊时间",
    "上班时间",
    "供餐时间",
    "就餐时间",
    "用餐时间",
    "工作时间",
    "营业",
    "开放",
    "服务",
    "活动",
    "门诊",
    "接诊",
    "供餐",
    "就餐",
    "用餐",
    "早餐",
    "午餐",
    "中餐",
    "晚餐",
    "开门",
    "上班",
    "办公",
    "接待",
    "时间",
    "时段",
    "对外",
    "均",
    "为",
    "的",
    "外",
];

/// The words of a normalised text.
pub(super) fn read(text: &str) -> Vec<Word> {
    let characters = in_one_form(text);
    let mut words = Vec::new();
    let mut rest = characters.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        let (word, after) = next(rest).unwrap_or_else(|| match first {
            '(' => (Some(Word::Among), tail),
            ' ' | ',' | '、' | ';' | '。' | ':' | ')' | '/' | '|' | '及' | '和' | '[' | ']' | '【' | '】' => {
                (Some(Word::Break), tail)
            }
            '-' | '—' | '–' | '―' | '~' | '至' | '到' | '─' => (Some(Word::Dash), tail),
            // A number that is no time is one word: what looks like a time at its end is none.
            '0'..='9' => (Some(Word::Unknown), after_digits(rest)),
            _ => (Some(Word::Unknown), tail),
        });
        if let Some(word) = word {
            let twice = matches!((&word, words.last()), (Word::Dash, Some(Word::Dash)));
            if !twice {
                words.push(word);
            }
        }
        rest = after;
    }
    // Blanks around a dash are part of it: 8:00 - 12:00.
    let mut joined: Vec<Word> = Vec::new();
    for word in words {
        match (&word, joined.last()) {
            (Word::Break, Some(Word::Dash)) => continue,
            (Word::Dash, Some(Word::Break | Word::Among)) => {
                joined.pop();
            }
            _ => {}
        }
        joined.push(word);
    }
    // A stroke alone says nothing.
    if joined.iter().all(|word| matches!(word, Word::Break | Word::Among | Word::Dash)) {
        vec![Word::Unknown]
    } else {
        joined
    }
}

/// The characters with signs that look alike made one: every stroke between times a dash, every colon a colon. 一 between
/// two figures is a dash that was typed in the wrong mode.
fn in_one_form(text: &str) -> Vec<char> {
    let text = text.replace("24 小时", "24小时");
    let mut characters: Vec<char> = text
        .chars()
        .map(|character| match character {
            '〜' | '−' | '‐' | '‑' | '‒' | '―' | '━' | 'ー' | '→' => '-',
            '∶' | '︓' | 'ː' => ':',
            other => other,
        })
        .collect();
    let typed: Vec<usize> = characters
        .windows(3)
        .enumerate()
        .filter(
            |(_, window)| matches!(window, [before, '一', after] if before.is_ascii_digit() && after.is_ascii_digit()),
        )
        .map(|(at, _)| at + 1)
        .collect();
    for at in typed {
        if let Some(character) = characters.get_mut(at) {
            *character = '-';
        }
    }
    characters
}

/// A word of more than punctuation, and what is left. No word for filling.
fn next(rest: &[char]) -> Option<(Option<Word>, &[char])> {
    if let Some((days, after)) = monthly(rest) {
        return Some((Some(days), after));
    }
    for (written, word) in WORDS {
        if let Some(after) = after(rest, written) {
            return Some((Some(word.clone()), after));
        }
    }
    if let Some((days, after)) = weekly(rest) {
        return Some((Some(days), after));
    }
    // 早8点到晚7点.
    for (written, half) in [('早', Half::Morning), ('晚', Half::Evening), ('午', Half::Noon)] {
        if let Some((_, tail)) = rest.split_first().filter(|(first, _)| **first == written)
            && time(tail).is_some()
        {
            return Some((Some(Word::Half(half)), tail));
        }
    }
    if let Some((word, after)) = time(rest) {
        return Some((Some(word), after));
    }
    FILLING.iter().find_map(|word| after(rest, word)).map(|after| (None, after))
}

/// What follows a word, if the text begins with it.
fn after<'c>(rest: &'c [char], word: &str) -> Option<&'c [char]> {
    let mut left = rest;
    for character in word.chars() {
        let (first, tail) = left.split_first()?;
        if *first != character {
            return None;
        }
        left = tail;
    }
    Some(left)
}

fn after_digits(rest: &[char]) -> &[char] {
    let digits = rest.iter().take_while(|character| character.is_ascii_digit()).count();
    rest.get(digits..).unwrap_or_default()
}

fn skip_blanks(mut rest: &[char]) -> &[char] {
    while let Some((' ', tail)) = rest.split_first().map(|(first, tail)| (*first, tail)) {
        rest = tail;
    }
    rest
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

/// `周一至周五`, `周一、三、五`, `星期六日`.
fn weekly(rest: &[char]) -> Option<(Word, &[char])> {
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
    Some((Word::Days(Days::Weekly(mask)), rest))
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

/// `每月第一个周六`, `每月最后一个周五`, `每月1日、15日`.
fn monthly(rest: &[char]) -> Option<(Word, &[char])> {
    let rest = after(rest, "每个月").or_else(|| after(rest, "每月"))?;
    let rest = skip_blanks(after(rest, "的").unwrap_or(rest));
    nth_weekdays(rest).or_else(|| days_of_month(rest))
}

fn nth_weekdays(rest: &[char]) -> Option<(Word, &[char])> {
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
    Some((Word::Days(Days::Nth(nths.into_iter().map(|nth| (nth, day)).collect())), rest))
}

fn days_of_month(mut rest: &[char]) -> Option<(Word, &[char])> {
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
            _ if named => return Some((Word::Days(Days::Monthly(days)), rest)),
            _ => return None,
        }
    }
}

fn looks_like_time(rest: &[char]) -> bool {
    rest.iter()
        .find(|character| !character.is_ascii_digit())
        .is_some_and(|character| matches!(character, ':' | '点' | '时' | '.'))
}

/// A time of the clock: `8:00`, `8.30`, `8点半`, `8时30分`, `0830`, `八点`, or a number alone.
fn time(rest: &[char]) -> Option<(Word, &[char])> {
    let digits: String = rest.iter().take_while(|character| character.is_ascii_digit()).collect();
    if digits.is_empty() {
        return time_in_characters(rest);
    }
    let written = |behind: &[char]| rest.iter().take(rest.len() - behind.len()).collect::<String>();
    let behind = rest.get(digits.len()..)?;
    if digits.len() == 4 && !matches!(behind.first(), Some('年' | ':' | '点' | '时')) {
        let (hour, minute) = (digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?);
        // Four figures that no clock shows need not be a time: a number of people, the end of a telephone number.
        return Some(match on_the_clock(hour, minute, false, digits) {
            Word::Impossible(_) => (Word::Unknown, behind),
            time => (time, behind),
        });
    }
    if digits.len() > 2 {
        return None;
    }
    let hour: u32 = digits.parse().ok()?;
    if after(behind, "小时").is_some() {
        return None;
    }
    match behind.split_first() {
        Some((':' | '.', tail)) => {
            let tail = if behind.first() == Some(&':') { skip_blanks(tail) } else { tail };
            let minutes: String = tail.iter().take_while(|character| character.is_ascii_digit()).collect();
            if minutes.len() != 2 {
                return None;
            }
            let mut behind = tail.get(2..)?;
            // 8:00:00, as a spreadsheet writes a time.
            if let Some((':', seconds)) = behind.split_first().map(|(first, tail)| (*first, tail))
                && seconds.iter().take(2).filter(|character| **character == '0').count() == 2
            {
                behind = seconds.get(2..)?;
            }
            let time = on_the_clock(hour, minutes.parse().ok()?, false, written(behind));
            // 8.75 need not be a time.
            let is_one = written(behind).contains(':') || !matches!(time, Word::Impossible(_));
            Some((if is_one { time } else { Word::Unknown }, behind))
        }
        Some(('点' | '时', tail)) => {
            let (minute, behind) = minutes_behind(tail);
            Some((on_the_clock(hour, minute, false, written(behind)), behind))
        }
        _ if hour <= 24 => Some((on_the_clock(hour, 0, true, digits), behind)),
        _ => None,
    }
}

/// `八点半`, `十二时`.
fn time_in_characters(rest: &[char]) -> Option<(Word, &[char])> {
    let sign = rest.iter().take(4).position(|character| matches!(character, '点' | '时'))?;
    let (numeral, behind) = rest.split_at(sign);
    let hour = chinese_number(&numeral.iter().collect::<String>())?;
    let (minute, behind) = minutes_behind(behind.get(1..)?);
    let written: String = rest.iter().take(rest.len() - behind.len()).collect();
    Some((on_the_clock(hour, minute, false, written), behind))
}

/// What stands behind 点: nothing, 整, 半, 一刻, 30分, 30, 三十分.
fn minutes_behind(rest: &[char]) -> (u32, &[char]) {
    for (word, minutes) in [("整", 0), ("钟", 0), ("半", 30), ("一刻", 15), ("三刻", 45)] {
        if let Some(behind) = after(rest, word) {
            return (minutes, behind);
        }
    }
    let digits: String = rest.iter().take_while(|character| character.is_ascii_digit()).collect();
    if let (1..=2, Ok(minutes)) = (digits.len(), digits.parse()) {
        let behind = rest.get(digits.len()..).unwrap_or_default();
        return (minutes, after(behind, "分").unwrap_or(behind));
    }
    let sign = rest.iter().take(4).position(|character| *character == '分');
    if let Some((numeral, behind)) = sign.map(|sign| rest.split_at(sign))
        && let Some(minutes) = chinese_number(&numeral.iter().collect::<String>())
    {
        return (minutes, behind.get(1..).unwrap_or_default());
    }
    (0, rest)
}

fn on_the_clock(hour: u32, minute: u32, bare: bool, written: String) -> Word {
    if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
        return Word::Impossible(written);
    }
    Word::Time { minutes: hour * 60 + minute, bare, led: written.starts_with('0') && hour > 0 }
}
