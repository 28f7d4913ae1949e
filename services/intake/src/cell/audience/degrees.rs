//! Degrees of 失能 (`中度以上失能`, `轻、中度失能`, `失能（重度）`) and grades of 残疾 (`一、二级残疾人`, `残疾人（1-2级）`, `重度残疾人`).
//!
//! They are marked before a cell is cut at its commas, since what is listed of them belongs together; what they are said of
//! is known once the group is read.

use super::Group;
use schema::{Audience, CareDegree, Condition, DisabilityGrade};

/// Stand for a level in words, from 轻度 to 完全, once it is read. Nobody's own: what a cell holds of them is taken out.
const LEVELS: [char; 4] = ['\u{e011}', '\u{e012}', '\u{e013}', '\u{e014}'];
/// Stand for a grade in numbers, from the first to the fourth.
const GRADES: [char; 4] = ['\u{e001}', '\u{e002}', '\u{e003}', '\u{e004}'];

/// Between two that are both meant.
const BESIDE: &[char] = &['、', ',', '/', '和', '与', '及', '或'];
/// Between the first and the last that are meant.
const BETWEEN: &[char] = &['-', '~', '至', '到', '—', '–'];

/// Whether a character stands for a level or a grade.
pub(super) fn is_mark(character: char) -> bool {
    LEVELS.contains(&character) || GRADES.contains(&character)
}

/// The text with a mark in the place of each level and each grade; grades only where a disability is spoken of, as numbers
/// of grades may be of anything.
pub(super) fn marked(text: &str) -> String {
    let text: String = text.chars().filter(|character| !is_mark(*character)).collect();
    let text = text.replace("重残", "重度残疾");
    let of_disability = text.contains("残疾") || text.contains("残障");
    let characters: Vec<char> = text.chars().collect();
    let (mut written, mut rest) = (String::with_capacity(text.len()), characters.as_slice());
    while let Some((first, tail)) = rest.split_first() {
        let numbered = of_disability && !written.ends_with(|last: char| last.is_ascii_digit() || is_numeral(last));
        if let Some((levels, behind)) = levels(rest) {
            written.extend(marks(levels, &LEVELS));
            rest = behind;
        } else if let Some((grades, behind)) = numbered.then(|| grades(rest)).flatten() {
            written.extend(marks(grades, &GRADES));
            rest = behind;
        } else {
            written.push(*first);
            rest = tail;
        }
    }
    written
}

/// The marks of a set, a bit each.
fn marks(set: u8, of: &[char; 4]) -> impl Iterator<Item = char> {
    of.iter().enumerate().filter(move |(place, _)| set & (1 << place) != 0).map(|(_, mark)| *mark)
}

fn is_numeral(character: char) -> bool {
    "一二三四五六七八九十".contains(character)
}

fn after<'t>(rest: &'t [char], word: &str) -> Option<&'t [char]> {
    let length = word.chars().count();
    let begins = rest.len() >= length && rest.iter().zip(word.chars()).all(|(one, other)| *one == other);
    if begins { rest.get(length..) } else { None }
}

/// One level at the beginning, whether it is written out, and what follows.
fn level(rest: &[char]) -> Option<(usize, bool, &[char])> {
    for (place, word) in ["轻度", "中度", "重度"].into_iter().enumerate() {
        if let Some(behind) = after(rest, word) {
            return Some((place, true, behind));
        }
    }
    if let Some(behind) = after(rest, "完全").filter(|behind| after(behind, "失能").is_some()) {
        return Some((3, true, behind));
    }
    // 轻、中度, 中重度.
    let (first, behind) = rest.split_first()?;
    ['轻', '中'].iter().position(|short| short == first).map(|place| (place, false, behind))
}

/// The levels at the beginning of a text, and what follows them.
fn levels(rest: &[char]) -> Option<(u8, &[char])> {
    let (mut last, mut whole, mut behind) = level(rest)?;
    let mut set = 1u8 << last;
    loop {
        let (is_range, next) = match behind.split_first() {
            Some((sign, tail)) if BESIDE.contains(sign) => (false, tail),
            Some((sign, tail)) if BETWEEN.contains(sign) => (true, tail),
            _ => (false, behind),
        };
        let Some((place, written_out, tail)) = level(next) else { break };
        if is_range && place < last {
            return None;
        }
        set |= if is_range { span(last, place) } else { 1 << place };
        (last, whole, behind) = (place, written_out, tail);
    }
    if !whole {
        return None;
    }
    if let Some(tail) = after(behind, "以上") {
        (set, behind) = (set | span(last, 3), tail);
    } else if let Some(tail) = after(behind, "以下") {
        (set, behind) = (set | span(0, last), tail);
    }
    Some((set, behind))
}

fn span(first: usize, last: usize) -> u8 {
    (first..=last).fold(0, |set, place| set | 1 << place)
}

/// The grades at the beginning of a text: `一、二级`, `1-2级`, `一级、二级`. What is said to be above or below a grade is left:
/// some count the severer as the higher, some the number.
fn grades(rest: &[char]) -> Option<(u8, &[char])> {
    let number = |rest: &[char]| -> Option<usize> {
        let first = rest.first()?;
        ["1一", "2二", "3三", "4四"].iter().position(|written| written.contains(*first))
    };
    let mut last = number(rest)?;
    let (mut set, mut behind) = (1u8 << last, rest.get(1..)?);
    let graded = loop {
        let graded = after(behind, "级");
        let tail = graded.unwrap_or(behind);
        let (is_range, next) = match tail.split_first() {
            Some((sign, next)) if BESIDE.contains(sign) => (false, next),
            Some((sign, next)) if BETWEEN.contains(sign) => (true, next),
            _ => {
                behind = tail;
                break graded.is_some();
            }
        };
        // 一级、60岁以上: the number behind the comma is no grade.
        let Some(place) = number(next).filter(|_| goes_on(next)) else {
            behind = tail;
            break graded.is_some();
        };
        if is_range && place < last {
            return None;
        }
        set |= if is_range { span(last, place) } else { 1 << place };
        (last, behind) = (place, next.get(1..)?);
    };
    let bound = ["以上", "以下", "以内"].iter().any(|word| after(behind, word).is_some());
    (graded && !bound).then_some((set, behind))
}

/// Whether a number is followed by the sign of a grade, or by another number that is.
fn goes_on(rest: &[char]) -> bool {
    let sign = rest.iter().position(|character| *character == '级').unwrap_or(usize::MAX);
    rest.iter().take(sign).all(|character| {
        character.is_ascii_digit()
            || is_numeral(*character)
            || BESIDE.contains(character)
            || BETWEEN.contains(character)
    }) && sign < rest.len()
        && rest.get(1).is_some_and(|next| !next.is_ascii_digit() && !is_numeral(*next))
}

/// What a part says of degrees, and nothing of whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Degrees {
    levels: u8,
    grades: u8,
}

impl Degrees {
    /// Takes the marks out of a part.
    pub(super) fn take(rest: &mut String) -> Degrees {
        let set = |of: &[char; 4]| {
            of.iter()
                .enumerate()
                .fold(0, |set, (place, mark)| if rest.contains(*mark) { set | 1 << place } else { set })
        };
        let degrees = Degrees { levels: set(&LEVELS), grades: set(&GRADES) };
        rest.retain(|character| !is_mark(character));
        degrees
    }

    pub(super) fn are_none(self) -> bool {
        self == Degrees::default()
    }

    /// The grades of disability that are meant. A level in words stands for grades too: 重度 is the first and the second.
    fn of_disability(self) -> Vec<DisabilityGrade> {
        use DisabilityGrade::{First, Fourth, Second, Third};
        let by_level = [&[Fourth][..], &[Third], &[First, Second], &[First]];
        let worded = by_level.iter().enumerate().filter(|(place, _)| self.levels & (1 << place) != 0);
        let numbered = DisabilityGrade::ALL.iter().enumerate().filter(|(place, _)| self.grades & (1 << place) != 0);
        let mut grades: Vec<DisabilityGrade> =
            worded.flat_map(|(_, grades)| grades.iter().copied()).chain(numbered.map(|(_, grade)| *grade)).collect();
        grades.sort_unstable();
        grades.dedup();
        grades
    }

    fn of_care(self) -> Vec<CareDegree> {
        CareDegree::ALL
            .iter()
            .enumerate()
            .filter(|(place, _)| self.levels & (1 << place) != 0)
            .map(|(_, one)| *one)
            .collect()
    }
}

impl Group {
    /// Whether anybody in it is disabled by its words.
    pub(super) fn is_of_disability(&self) -> bool {
        self.audiences.contains(&Audience::Disabled) || self.conditions.contains(&Condition::Disabled)
    }

    /// Takes degrees that are said of it. Where nobody can tell of what, it is limited.
    pub(super) fn take_degrees(&mut self, said: Degrees) {
        if said.are_none() {
            return;
        }
        let of_care = self.conditions.contains(&Condition::CareDependent);
        let others =
            [Condition::Dementia, Condition::PartlyCareDependent].iter().any(|one| self.conditions.contains(one));
        match (of_care, self.is_of_disability()) {
            (true, false) if said.grades == 0 && !others && self.care_degrees.is_empty() => {
                self.care_degrees = said.of_care();
            }
            (false, true) if !others && self.disability_grades.is_empty() => {
                self.disability_grades = said.of_disability();
            }
            _ => self.limited = true,
        }
    }
}
