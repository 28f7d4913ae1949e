//! Bounds of age within a group.

use super::words::{AUDIENCES, FILLING};
use super::{Group, TAKEN};
use crate::cell::chinese_number;
use schema::eligibility::OLDEST_AGE;

/// Stands where an age was, until what is said about it is read.
const AGE: char = '\u{2}';

/// Words before or behind an age that make it a bound below which, above which.
const BELOW_IT: &[&str] = &["不满", "未满", "不足", "不到", "未到", "小于", "低于", "<"];
const UP_TO_IT: &[&str] = &["不超过", "不大于", "不高于", "至多", "最大", "≤", "<="];
const ABOVE_IT: &[&str] = &["超过", "大于", "高于", ">"];
const FROM_IT: &[&str] = &["不低于", "不小于", "不少于", "年满", "已满", "满", "自", "从", "≥", ">="];
const BEHIND_FROM: &[&str] = &["以上", "起", "+"];
const BEHIND_UP_TO: &[&str] = &["以下", "以内"];
/// A number alone below this is hardly an age: it may be a grade.
const LEAST_ALONE: u8 = 14;
const BETWEEN: &[&str] = &["至", "到", "-", "~", "—", "——", "--", "–", ""];

/// `六十五岁` as `65岁`, `六个月` as `6个月`.
pub(super) fn in_digits(text: &str) -> String {
    let text = years_in_digits(text);
    let mut written = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once("个月") {
        let words = before.trim_end_matches(is_numeral);
        let number = before.get(words.len()..).filter(|numeral| !numeral.is_empty()).and_then(chinese_number);
        match number {
            Some(number) => written.push_str(&format!("{words}{number}")),
            None => written.push_str(before),
        }
        written.push_str("个月");
        rest = behind;
    }
    written.push_str(rest);
    written
}

fn is_numeral(character: char) -> bool {
    "零〇一二三四五六七八九十".contains(character)
}

fn years_in_digits(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for part in text.split_inclusive(['岁', '周']) {
        let (body, end) = part.char_indices().next_back().map_or((part, ""), |(last, _)| part.split_at(last));
        let words = body.trim_end_matches(is_numeral);
        let number = body.get(words.len()..).filter(|numeral| !numeral.is_empty()).and_then(chinese_number);
        match number {
            Some(number) if matches!(end, "岁" | "周") => written.push_str(&format!("{words}{number}{end}")),
            Some(_) | None => written.push_str(part),
        }
    }
    written
}

/// An age as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Years(u8),
    Months(u16),
}

impl Age {
    /// One less, of its own unit.
    fn before(self) -> Age {
        match self {
            Age::Years(years) => Age::Years(years.saturating_sub(1)),
            Age::Months(months) => Age::Months(months.saturating_sub(1)),
        }
    }

    /// One more, of its own unit.
    fn after(self) -> Age {
        match self {
            Age::Years(years) => Age::Years(years.saturating_add(1)),
            Age::Months(months) => Age::Months(months.saturating_add(1)),
        }
    }

    fn years(self) -> u8 {
        match self {
            Age::Years(years) => years,
            Age::Months(months) => u8::try_from(months / 12).unwrap_or(OLDEST_AGE),
        }
    }

    fn months(self) -> Option<u16> {
        match self {
            Age::Years(_) => None,
            Age::Months(months) => Some(months),
        }
    }
}

impl Group {
    fn from(&mut self, age: Age) {
        (self.minimum_age, self.minimum_months) = (Some(age.years()), age.months());
    }

    fn up_to(&mut self, age: Age) {
        (self.maximum_age, self.maximum_months) = (Some(age.years()), age.months());
    }
}

/// Takes the bounds of age out of a group. A number that is no age stays, and is not understood.
pub(super) fn take(part: &str, group: &mut Group) -> String {
    let (mut rest, numbers) = marked(part);
    if numbers.is_empty() {
        return rest;
    }
    if rest.chars().any(|character| character.is_ascii_digit()) {
        // 2026年满60岁: what the other number says of it is not known.
        group.unknown = true;
        return rest.replace(AGE, TAKEN);
    }
    match numbers.as_slice() {
        [age] => one(&mut rest, *age, group),
        [youngest, oldest] if youngest == oldest => {
            // 60岁以上含60岁.
            if let Some(second) = rest.rfind(AGE) {
                rest.replace_range(second..second + AGE.len_utf8(), TAKEN);
            }
            one(&mut rest, *youngest, group);
        }
        [youngest, oldest] => two(&mut rest, *youngest, *oldest, group),
        _ => {
            group.unknown = true;
            rest = rest.replace(AGE, TAKEN);
        }
    }
    rest
}

/// Behind a number, what makes it an age in months; the longer first.
const MONTHS: &[&str] = &["个月龄", "个月", "月龄"];

/// The text with a mark in the place of each age, and the ages.
fn marked(part: &str) -> (String, Vec<Age>) {
    let characters: Vec<char> = part.chars().collect();
    let alone = stands_alone(part);
    let (mut rest, mut numbers, mut at) = (String::new(), Vec::new(), 0);
    while let Some(character) = characters.get(at) {
        if !character.is_ascii_digit() {
            rest.push(*character);
            at += 1;
            continue;
        }
        let digits: String = characters.iter().skip(at).take_while(|c| c.is_ascii_digit()).collect();
        at += digits.len();
        let behind: String = characters.iter().skip(at).collect();
        let unit = MONTHS.iter().find(|unit| behind.starts_with(**unit));
        let months = digits.parse::<u16>().ok().filter(|months| *months <= u16::from(OLDEST_AGE) * 12);
        if let Some(months) = months.filter(|_| unit.is_some() || begins_a_range(&behind, MONTHS)) {
            numbers.push(Age::Months(months));
            rest.push(AGE);
            at += unit.map_or(0, |unit| unit.chars().count());
            continue;
        }
        let years = digits.parse::<u8>().ok().filter(|years| *years <= OLDEST_AGE);
        let is_age = |years: &u8| {
            behind.starts_with('岁')
                || begins_a_range(&behind, &["岁"])
                || (alone && *years >= LEAST_ALONE && ends(&behind))
        };
        match years.filter(is_age) {
            Some(years) => {
                numbers.push(Age::Years(years));
                rest.push(AGE);
                if behind.starts_with('岁') {
                    at += 1;
                }
            }
            None => rest.push_str(&digits),
        }
    }
    (rest, numbers)
}

/// `-80岁` behind `65`.
fn begins_a_range(behind: &str, units: &[&str]) -> bool {
    let after_dash = behind.trim_start_matches(['至', '到', '-', '~', '—', '–']);
    let after_number = after_dash.trim_start_matches(|character: char| character.is_ascii_digit());
    after_dash.len() < behind.len()
        && after_number.len() < after_dash.len()
        && units.iter().any(|unit| after_number.starts_with(unit))
}

/// Whether nothing but words of a bound and people stand around the numbers: `60+`, `≥60`, `60以上老人`.
fn stands_alone(part: &str) -> bool {
    let mut left: String = part.chars().filter(|character| !character.is_ascii_digit()).collect();
    let bounds = [BELOW_IT, UP_TO_IT, ABOVE_IT, FROM_IT, BEHIND_FROM, BEHIND_UP_TO].into_iter().flatten().copied();
    let people = AUDIENCES.iter().map(|(word, _)| *word);
    let signs = ["至", "到", "-", "~", "—", "–", "=", "岁", "含"];
    for word in bounds.chain(people).chain(signs).chain(FILLING.iter().copied()) {
        left = left.replace(word, "");
    }
    // A number with nothing around it may be the number of anything.
    let bounds = [BELOW_IT, UP_TO_IT, ABOVE_IT, FROM_IT, BEHIND_FROM, BEHIND_UP_TO].into_iter().flatten();
    let is_bound = bounds.chain(&["至", "到", "-", "~", "—", "–"]).any(|word| part.contains(word));
    left.is_empty() && is_bound
}

/// Whether nothing stands behind a number, or what makes it a bound: no unit of anything else.
fn ends(behind: &str) -> bool {
    let signs = ["至", "到", "-", "~", "—", "–"];
    behind.is_empty() || BEHIND_FROM.iter().chain(BEHIND_UP_TO).chain(&signs).any(|word| behind.starts_with(word))
}

/// What is said of one age.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Below,
    UpTo,
    Above,
    From,
}

const BOUNDS: [(Bound, &[&str], bool); 6] = [
    (Bound::Below, BELOW_IT, false),
    (Bound::UpTo, UP_TO_IT, false),
    (Bound::Above, ABOVE_IT, false),
    (Bound::From, FROM_IT, false),
    (Bound::UpTo, BEHIND_UP_TO, true),
    (Bound::From, BEHIND_FROM, true),
];

/// Takes out the word before or behind the age: the longest, since 不满 holds 满.
fn bound(rest: &mut String, is_behind: bool) -> Option<Bound> {
    let words = BOUNDS.iter().filter(|(.., behind)| *behind == is_behind);
    let (bound, word) = words
        .flat_map(|(bound, words, _)| words.iter().map(|word| (*bound, *word)))
        .filter(|(_, word)| rest.contains(&if is_behind { format!("{AGE}{word}") } else { format!("{word}{AGE}") }))
        .max_by_key(|(_, word)| word.len())?;
    let written = if is_behind { format!("{AGE}{word}") } else { format!("{word}{AGE}") };
    *rest = rest.replace(&written, &AGE.to_string());
    Some(bound)
}

fn one(rest: &mut String, age: Age, group: &mut Group) {
    let (before, behind) = (bound(rest, false), bound(rest, true));
    *rest = rest.replace(AGE, TAKEN);
    match (before, behind) {
        (Some(Bound::Below), None) => group.up_to(age.before()),
        (Some(Bound::UpTo), None | Some(Bound::UpTo)) | (None, Some(Bound::UpTo)) => group.up_to(age),
        (Some(Bound::Above), None | Some(Bound::From)) => group.from(age.after()),
        (Some(Bound::From) | None, Some(Bound::From) | None) => group.from(age),
        (Some(_), Some(_)) | (None, Some(Bound::Below | Bound::Above)) => group.unknown = true,
    }
}

/// `65-80岁`, `60岁以上80岁以下`, `满3岁不满16岁`.
fn two(rest: &mut String, youngest: Age, oldest: Age, group: &mut Group) {
    let Some((head, tail)) = rest.split_once(AGE) else { return };
    let Some((between, tail)) = tail.split_once(AGE) else { return };
    let (mut head, mut between, mut tail) = (head.to_owned(), between.to_owned(), tail.to_owned());
    let length = between.len();
    let from = FROM_IT.iter().find(|word| head.ends_with(**word)).map(|word| word.len());
    if let Some(length) = from {
        head.truncate(head.len() - length);
    }
    for word in BEHIND_FROM {
        between = between.strip_prefix(word).unwrap_or(&between).to_owned();
    }
    let below = BELOW_IT.iter().find(|word| between.ends_with(**word)).map(|word| word.len());
    if let Some(length) = below.or_else(|| UP_TO_IT.iter().find(|w| between.ends_with(**w)).map(|word| word.len())) {
        between.truncate(between.len() - length);
    }
    for word in BEHIND_UP_TO.iter().chain(&["之间", "的"]) {
        tail = tail.strip_prefix(word).unwrap_or(&tail).to_owned();
    }
    let said = between.len() < length || !between.is_empty();
    let exact = said && BETWEEN.contains(&between.as_str()) && !tail.starts_with("以上");
    *rest = format!("{head}{TAKEN}{tail}");
    if exact {
        group.from(youngest);
        group.up_to(if below.is_some() { oldest.before() } else { oldest });
    } else {
        group.unknown = true;
    }
}
