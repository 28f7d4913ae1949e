//! How many places there are, and how many are free.
//!
//! Clerks write both in one cell (`50张（空3张）`, `核定50,在住47`) or in columns of their own. A word beside a number says which it
//! is; without one it is what the column is about. Two numbers of which nothing says which is which (`3/50`) are doubted, unless the
//! heading does (`空床/总床位`).

use super::number::count;
use super::{date, is_blank, normalise};
use crate::read::{Read, Trouble};
use chrono::NaiveDate;
use schema::finding::CellFinding;

/// What a cell says of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// All that there are.
    pub all: Option<u32>,
    /// Those that are free.
    pub free: Option<u32>,
    /// Those that are not.
    pub taken: Option<u32>,
    /// The day on which it was so.
    pub on: Option<NaiveDate>,
}

/// Which places a number is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// The free ones.
    Free,
    /// Those that are taken.
    Taken,
}

/// What is said of the free ones by words alone.
const FULL: &[&str] = &[
    "满员",
    "已满",
    "已满员",
    "客满",
    "住满",
    "已住满",
    "满",
    "满床",
    "名额已满",
    "床位已满",
    "无空床",
    "无空余",
    "无空位",
    "无空余床位",
    "无空余名额",
    "没有空床",
    "没有空位",
    "没有空余",
    "没有空余床位",
    "没有空余名额",
    "无剩余",
    "无余位",
    "无剩余名额",
    "无剩余床位",
    "全满",
    "均已满",
];

/// Words of each sort, those that hold another first: 可入住 is free, 已入住 is taken.
const FREE: &[&str] = &[
    "空余床位",
    "空余名额",
    "空闲床位",
    "剩余床位",
    "剩余名额",
    "可用床位",
    "可入住",
    "可收住",
    "可接收",
    "空余",
    "空闲",
    "空缺",
    "空床位",
    "空床",
    "空位",
    "空",
    "剩余",
    "尚余",
    "还余",
    "尚有",
    "还剩",
    "剩",
    "余位",
    "余",
];
const TAKEN: &[&str] = &[
    "已入住",
    "已使用",
    "已占用",
    "已收住",
    "已结对",
    "在住",
    "入住",
    "在院",
    "已住",
    "住了",
    "已用",
    "占用",
    "已占",
    "已收",
    "已有",
];
const ALL: &[&str] = &[
    "核定床位",
    "编制床位",
    "开放床位",
    "设置床位",
    "床位总数",
    "总床位",
    "总名额",
    "床位数",
    "总数",
    "核定",
    "编制",
    "设置",
    "开放",
    "共有",
    "总共",
    "合计",
    "共计",
    "全部",
    "床位",
    "名额",
    "总",
    "共",
    "计",
];

/// What a cell says, of a column that is about `which` places under a heading.
pub fn places(written: &str, which: Which, heading: &str) -> Read<Places> {
    if is_blank(written) {
        return Read::blank();
    }
    let text = normalise(written).replace(' ', "");
    let mut read = Read { value: None, troubles: Vec::new() };
    let mut said = Places::default();
    let mut unnamed: Vec<u32> = Vec::new();
    for part in text.split([',', ';', '、', '(', ')', '/', '。', '，', '；']).filter(|part| !part.is_empty()) {
        if FULL.contains(&part) {
            said.free = Some(0);
            continue;
        }
        if let Some(day) = ["截至", "截止"].iter().find_map(|word| part.strip_prefix(word)) {
            let day = date::date(day);
            read.troubles.extend(day.troubles);
            said.on = day.value;
            continue;
        }
        let (named, number) = named(part);
        let counted = count(number);
        read.troubles.extend(counted.troubles);
        let Some(number) = counted.value else { continue };
        match named {
            Some(named) => said.say(named, number),
            None => unnamed.push(number),
        }
    }
    if !read.troubles.is_empty() {
        return read;
    }
    match unnamed.as_slice() {
        [] => {}
        [one] => said.say(which, *one),
        [one, other]
            if text.contains('/')
                && let Some((first, second)) = order(heading) =>
        {
            said.say(first, *one);
            said.say(second, *other);
        }
        _ => return Read::trouble(Trouble::doubt(CellFinding::PlacesUnclear)),
    }
    if said == Places::default() { Read::blank() } else { Read::value(said) }
}

impl Places {
    fn say(&mut self, which: Which, number: u32) {
        match which {
            Which::All => self.all = Some(number),
            Which::Free => self.free = Some(number),
            Which::Taken => self.taken = Some(number),
        }
    }
}

/// Of which places a part speaks, if it says so, and what it says besides.
fn named(part: &str) -> (Option<Which>, &str) {
    for (which, words) in [(Which::Free, FREE), (Which::Taken, TAKEN), (Which::All, ALL)] {
        for word in words {
            if let Some(rest) = part.strip_prefix(word).or_else(|| part.strip_suffix(word)) {
                return (Some(which), rest);
            }
        }
    }
    (None, part)
}

/// Which of two numbers comes first by a heading: `空床/总床位`, `床位(总数/已住)`.
fn order(heading: &str) -> Option<(Which, Which)> {
    let heading = normalise(heading).replace(' ', "");
    let (before, after) = heading.split_once('/')?;
    // Of 床位(空/总) the words before the bracket are about both.
    let before = before.rsplit('(').next()?;
    let after = after.split(')').next()?;
    let of = |words: &str| named(words).0;
    let (first, second) = (of(before)?, of(after)?);
    (first != second).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(all: Option<u32>, free: Option<u32>, taken: Option<u32>) -> Read<Places> {
        Read::value(Places { all, free, taken, on: None })
    }

    #[test]
    fn a_number_is_of_what_its_column_is_about_unless_a_word_beside_it_says_otherwise() {
        for (written, all, free, taken) in [
            ("50", Some(50), None, None),
            ("50张", Some(50), None, None),
            ("核定床位50张", Some(50), None, None),
            ("50张（空3张）", Some(50), Some(3), None),
            ("50（余3）", Some(50), Some(3), None),
            ("50张，空床3张", Some(50), Some(3), None),
            ("共50张、已住47张", Some(50), None, Some(47)),
            ("总床位：50；空余：3", Some(50), Some(3), None),
            ("50张（满员）", Some(50), Some(0), None),
            ("满员", None, Some(0), None),
            ("20人，无空余名额", Some(20), Some(0), None),
            ("空3/总50", Some(50), Some(3), None),
            ("剩余名额5个", None, Some(5), None),
        ] {
            assert_eq!(places(written, Which::All, "床位数"), said(all, free, taken), "{written}");
        }
        for (written, all, free) in [
            ("3", None, Some(3)),
            ("3张", None, Some(3)),
            ("0", None, Some(0)),
            ("已满", None, Some(0)),
            ("3（共50）", Some(50), Some(3)),
        ] {
            assert_eq!(places(written, Which::Free, "空床"), said(all, free, None), "{written}");
        }
        assert_eq!(places("无", Which::Free, "空床"), Read::blank(), "which says as little as in any other column");
        let dated = Places { free: Some(3), on: "2026-03-01".parse().ok(), ..Places::default() };
        assert_eq!(places("3张（截至2026年3月1日）", Which::Free, "空床"), Read::value(dated));
    }

    #[test]
    fn two_numbers_are_told_apart_by_the_heading_or_doubted() {
        for (written, heading, all, free, taken) in [
            ("3/50", "空床/总床位", Some(50), Some(3), None),
            ("50/3", "床位数/空床数", Some(50), Some(3), None),
            ("47张/50张", "床位（已住/总数）", Some(50), None, Some(47)),
        ] {
            assert_eq!(places(written, Which::All, heading), said(all, free, taken), "{written} under {heading}");
        }
        for (written, heading) in
            [("3/50", "床位数"), ("3/50", "空床"), ("3/50", "床位/名额"), ("50,3", "空床/总床位"), ("若干", "床位数")]
        {
            let read = places(written, Which::All, heading);
            assert!(read.value.is_none() && read.troubles.len() == 1 && !read.is_error(), "{written} under {heading}");
        }
        for doubtful in ["有", "20余人", "3（若干）"] {
            assert!(places(doubtful, Which::Free, "空床").value.is_none(), "{doubtful}");
        }
        assert!(places("-3", Which::Free, "空床").is_error());
    }
}
