//! The words of opening hours.

use super::super::chinese_number;
use super::days::{Days, lunar, monthly, weekly};
use super::scan::{after, after_digits, skip_blanks};

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
    /// The days off of holidays, a bit each in the order of [`schema::calendar::Holiday`].
    Holidays(u8),
    Closed,
    Except,
    /// 外: what is excepted ends here.
    Outside,
    /// A time that no clock shows, as written.
    Impossible(String),
    Unknown,
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

/// Every holiday.
pub(super) const ALL_HOLIDAYS: u8 = 0b111_1111;

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
    ("法定工作日", Word::Days(Days::Working(0b111_1111))),
    ("正常工作日", Word::Days(Days::Working(0b111_1111))),
    ("工作日", Word::Days(Days::Working(0b111_1111))),
    ("双休日", Word::Days(Days::Weekly(0b110_0000))),
    ("周末", Word::Days(Days::Weekly(0b110_0000))),
    ("国家法定节假日", Word::Holidays(ALL_HOLIDAYS)),
    ("法定节假日", Word::Holidays(ALL_HOLIDAYS)),
    ("法定假日", Word::Holidays(ALL_HOLIDAYS)),
    ("节假日", Word::Holidays(ALL_HOLIDAYS)),
    ("节日", Word::Holidays(ALL_HOLIDAYS)),
    ("假日", Word::Holidays(ALL_HOLIDAYS)),
    ("元旦节", Word::Holidays(1)),
    ("元旦", Word::Holidays(1)),
    ("春节", Word::Holidays(1 << 1)),
    ("清明节", Word::Holidays(1 << 2)),
    ("清明", Word::Holidays(1 << 2)),
    ("劳动节", Word::Holidays(1 << 3)),
    ("五一", Word::Holidays(1 << 3)),
    ("端午节", Word::Holidays(1 << 4)),
    ("端午", Word::Holidays(1 << 4)),
    ("中秋节", Word::Holidays(1 << 5)),
    ("中秋", Word::Holidays(1 << 5)),
    ("国庆节", Word::Holidays(1 << 6)),
    ("国庆", Word::Holidays(1 << 6)),
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
    ("以外", Word::Outside),
    ("之外", Word::Outside),
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
    "期间",
    "均",
    "为",
    "的",
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
    if let Some((days, after)) = lunar(rest).or_else(|| monthly(rest)) {
        return Some((Some(Word::Days(days)), after));
    }
    for (written, word) in WORDS {
        if let Some(after) = after(rest, written) {
            return Some((Some(word.clone()), after));
        }
    }
    if let Some((days, after)) = weekly(rest) {
        return Some((Some(Word::Days(days)), after));
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
    let filling = FILLING.iter().find_map(|word| after(rest, word)).map(|after| (None, after));
    filling.or_else(|| after(rest, "外").map(|after| (Some(Word::Outside), after)))
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
