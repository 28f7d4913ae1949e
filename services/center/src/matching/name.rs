//! Names of services, taken apart: the place in them, the number of a sibling, the mark of a branch, the words that
//! everyone adds or leaves out, and what is left.

use super::place::{Place, without_leading_ending};
use unicode_normalization::UnicodeNormalization;

/// Characters that are one to the eye of whoever typed them: forms of the abandoned second simplification, and
/// look-alikes of the radicals.
const SAME_TO_THE_EYE: &[(char, char)] =
    &[('歺', '餐'), ('囗', '口'), ('褔', '福'), ('菅', '营'), ('昻', '昂'), ('旳', '的')];

/// Words that name no particular service: each is added or left out at will. The longest first.
const FILLERS: &[&str] = &[
    "有限责任公司",
    "有限公司",
    "老年人",
    "志愿者",
    "老年",
    "长者",
    "老人",
    "互助",
    "服务",
    "公司",
    "中心",
    "站",
    "点",
];

/// What a filler leaves behind, where it is not nothing.
const FILLERS_THAT_LEAVE: &[(&str, &str)] = &[("志愿者", "志愿")];

/// Words after which a numeral counts sites of one provider (`第二分点`, `二部`).
const SITE_COUNTERS: &[&str] = &[
    "号分店",
    "号店",
    "分点",
    "分店",
    "分部",
    "分站",
    "分院",
    "分社",
    "分队",
    "门店",
    "院区",
    "店",
    "部",
    "队",
    "点",
    "站",
];

/// Of these, the ones that count sites without 第 before the numeral: `一店` could be a village's name, `二部` is not.
const COUNTERS_WITHOUT_ORDINAL: &[&str] = &["号分店", "号店", "分点", "分店", "分部", "分站", "分院", "分社", "部"];

/// Marks of a branch whose parent is another site.
const BRANCH_MARKS: &[&str] = &["分院", "分店", "分点", "分部", "分站", "分中心", "分社", "分校", "分公司"];

/// A name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// As written, without spaces and in one width.
    pub plain: String,
    /// Without places, numbers of siblings and fillers: what the service is called.
    pub bare: Vec<char>,
    /// Without places and numbers of siblings, with fillers.
    pub full: Vec<char>,
    /// `bare` after the village's name: compares a name whose village is misspelt with one whose village is not.
    pub with_village: Vec<char>,
    /// Whether the village's name was found in it.
    pub names_village: bool,
    /// Whether the town's name stands before the village's.
    pub names_town: bool,
    /// Which of several sites of one provider in one place it is, if it says so.
    pub ordinal: Option<u32>,
    /// Whether it calls itself a branch.
    pub branch: bool,
}

/// Takes a name apart, knowing its place.
pub fn read(written: &str, place: &Place) -> Name {
    let plain = plain(written);
    let mut rest = plain.clone();
    for wider in &place.wider_names {
        if let Some(after) = rest.strip_prefix(wider.as_str()) {
            rest = after.to_owned();
        }
    }
    let (without_village, names_village) = without_village(&rest, place);
    let (without_town, names_town) = without_town(&without_village, place, names_village);
    let (unnumbered, ordinal) = take_ordinal(&without_town);
    let full: String = unnumbered.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let bare = without_fillers(&full);
    let branch = BRANCH_MARKS.iter().any(|mark| full.contains(mark));
    let with_village = place.village_core.chars().filter(|_| names_village).chain(bare.chars()).collect();
    Name {
        plain,
        bare: bare.chars().collect(),
        full: full.chars().collect(),
        with_village,
        names_village,
        names_town,
        ordinal,
        branch,
    }
}

/// One width, no spaces or ornaments, look-alikes folded.
pub fn plain(written: &str) -> String {
    let fold = |c: char| SAME_TO_THE_EYE.iter().find(|(seen, _)| *seen == c).map_or(c, |(_, meant)| *meant);
    let ornament =
        |c: char| c.is_whitespace() || matches!(c, '·' | '-' | '—' | '_' | '"' | '“' | '”' | '\'' | '.' | ',');
    let bracket = |c: char| match c {
        '[' | '【' | '〔' | '{' | '<' | '《' => '(',
        ']' | '】' | '〕' | '}' | '>' | '》' => ')',
        other => other,
    };
    written.nfkc().filter(|c| !ornament(*c)).map(fold).map(bracket).collect::<String>().to_uppercase()
}

/// Leaves out the village's own name, wherever it stands, with or without its ending. Many a village is called as its
/// town: where the town's whole name stands, the town is meant.
fn without_village(name: &str, place: &Place) -> (String, bool) {
    let core = plain(&place.village_core);
    if core.is_empty() {
        return (name.to_owned(), false);
    }
    let long_enough = core.chars().count() >= 2;
    for (at, _) in name.match_indices(core.as_str()) {
        let (before, from) = name.split_at(at);
        let after = from.strip_prefix(core.as_str()).unwrap_or_default();
        let is_town = place.town_names.first().is_some_and(|town| from.starts_with(town.as_str()));
        let short_but_clear = before.is_empty() && after.starts_with('村');
        if !is_town && (long_enough || short_but_clear) {
            return (format!("{before}{}", without_leading_ending(after)).replace("()", ""), true);
        }
    }
    (name.to_owned(), false)
}

/// Leaves out the town's name at the beginning, and says whether it stood there as the place before a village. In
/// `骊城街道卫生院` it belongs to the parent, whom every branch names, and says nothing either.
fn without_town(name: &str, place: &Place, names_village: bool) -> (String, bool) {
    let town = |rest: &str| {
        let after = place.town_names.iter().find_map(|town| rest.strip_prefix(town.as_str()));
        after.filter(|after| after.chars().count() >= 2).map(str::to_owned)
    };
    let Some(after) = town(name) else { return (name.to_owned(), false) };
    let of_the_parent = after.starts_with("卫生院") || after.starts_with("中心");
    // 荒佃庄镇荒佃庄镇卫生院欧坨村分院: the first is the place, the second belongs to the parent.
    let rest = town(&after).unwrap_or(after);
    (rest, names_village && !of_the_parent)
}

/// Takes out the number of a sibling: `(二)`, `二部`, `第2分点`.
fn take_ordinal(name: &str) -> (String, Option<u32>) {
    for (at, _) in name.char_indices() {
        let Some(tail) = name.get(at..) else { continue };
        let before = name.get(..at).unwrap_or_default();
        if let Some((length, number)) = numbered(tail).filter(|_| !before.is_empty()) {
            let after = tail.get(length..).unwrap_or_default();
            return (format!("{before}{after}"), Some(number));
        }
    }
    (name.to_owned(), None)
}

/// If `text` begins with the number of a sibling: how many bytes it takes, and the number.
fn numbered(text: &str) -> Option<(usize, u32)> {
    if let Some(inside) = text.strip_prefix('(') {
        let inside = inside.strip_prefix('第').unwrap_or(inside);
        let (number, after) = numeral(inside)?;
        let after = SITE_COUNTERS.iter().chain(&["号"]).find_map(|word| after.strip_prefix(word)).unwrap_or(after);
        let after = after.strip_prefix(')')?;
        return Some((text.len() - after.len(), number));
    }
    let (counters, inside) = match text.strip_prefix('第') {
        Some(inside) => (SITE_COUNTERS, inside),
        None => (COUNTERS_WITHOUT_ORDINAL, text),
    };
    let (number, after) = numeral(inside)?;
    let after = counters.iter().find_map(|counter| after.strip_prefix(counter))?;
    Some((text.len() - after.len(), number))
}

/// A numeral at the beginning of `text`, below a hundred.
fn numeral(text: &str) -> Option<(u32, &str)> {
    const DIGITS: &str = "零一二三四五六七八九";
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    if !digits.is_empty() {
        let number = digits.parse().ok().filter(|number| *number < 100)?;
        return Some((number, text.get(digits.len()..)?));
    }
    let value = |c: char| DIGITS.chars().position(|digit| digit == c).and_then(|value| u32::try_from(value).ok());
    let mut characters = text.chars();
    let first = characters.next()?;
    if first == '十' {
        let rest = characters.as_str();
        let units = characters.next().and_then(value);
        return Some((10 + units.unwrap_or(0), if units.is_some() { characters.as_str() } else { rest }));
    }
    let tens = if first == '两' { 2 } else { value(first)? };
    let rest = characters.as_str();
    if characters.next() == Some('十') {
        let after_ten = characters.as_str();
        let units = characters.next().and_then(value);
        return Some((tens * 10 + units.unwrap_or(0), if units.is_some() { characters.as_str() } else { after_ten }));
    }
    Some((tens, rest))
}

/// Leaves out the words that name no particular service, unless nothing would be left.
fn without_fillers(name: &str) -> String {
    let mut rest = name.to_owned();
    for filler in FILLERS {
        let left = FILLERS_THAT_LEAVE.iter().find(|(word, _)| word == filler).map_or("", |(_, left)| left);
        let shorter = rest.replace(filler, left);
        if shorter.chars().count() >= 2 {
            rest = shorter;
        }
    }
    rest
}

/// In how few insertions, removals and replacements of a character one becomes the other, if in fewer than three.
pub fn edits(one: &[char], other: &[char]) -> Option<usize> {
    if one.len().abs_diff(other.len()) > 2 {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, (b, above)) in other.iter().zip(row.windows(2)).enumerate() {
            let [diagonal, up] = above else { continue };
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(a != b)).min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().filter(|edits| *edits <= 2)
}

/// How many pairs of neighbouring characters two texts share (Dice's coefficient), 0 to 1.
pub fn likeness(one: &[char], other: &[char]) -> f64 {
    let mut theirs: Vec<&[char]> = other.windows(2).collect();
    let total = one.len().saturating_sub(1) + theirs.len();
    if total == 0 {
        return 0.0;
    }
    let mut shared = 0_u32;
    for pair in one.windows(2) {
        if let Some(at) = theirs.iter().position(|their| *their == pair) {
            theirs.swap_remove(at);
            shared += 1;
        }
    }
    2.0 * f64::from(shared) / u32::try_from(total).map_or(1.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            village_core: "大李官营".into(),
            town_names: vec!["抚宁镇".into(), "抚宁".into()],
            wider_names: vec!["抚宁区".into()],
            ..Place::default()
        }
    }

    fn bare(written: &str) -> String {
        read(written, &place()).bare.into_iter().collect()
    }

    #[test]
    fn one_service_written_in_two_ways_has_one_bare_name() {
        for (one, other) in [
            ("大李官营村康乐助餐服务点", "大李官营康乐助餐点"),
            ("大李官营老年食堂", "大李官营村长者食堂"),
            ("大李官营青年志愿者服务队", "大李官营村青年志愿服务队"),
            ("康乐家政服务公司大李官营店", "康乐家政公司大李官营村店"),
            ("康乐理发店（大李官营）", "大李官营康乐理发店"),
            ("大李官营暖阳长者餐厅", "大李官营暖阳长者歺厅"),
        ] {
            assert_eq!(bare(one), bare(other), "{one} and {other}");
        }
        assert_ne!(bare("大李官营康乐助餐点"), bare("大李官营和谐助餐点"));
    }

    #[test]
    fn numbers_of_siblings_are_told_from_numerals_in_names() {
        let ordinal = |written: &str| read(written, &place()).ordinal;
        assert_eq!(ordinal("大李官营居家养老服务站（二）"), Some(2));
        assert_eq!(ordinal("大李官营卫生服务站二部"), Some(2));
        assert_eq!(ordinal("康乐理发店（大李官营）二部"), Some(2));
        assert_eq!(ordinal("大李官营健康大讲堂第十二分点"), Some(12));
        assert_eq!(ordinal("大李官营康乐家政3号店"), Some(3));
        assert_eq!(ordinal("三里庄一村老年食堂"), None);
        assert_eq!(ordinal("七家寨村卫生室"), None);
        assert_eq!(bare("大李官营卫生服务站二部"), bare("大李官营卫生服务站"));
    }

    #[test]
    fn a_town_before_the_village_is_noticed_a_parent_is_not_a_town() {
        assert!(read("抚宁镇大李官营村卫生室", &place()).names_town);
        let branch = read("抚宁镇卫生院大李官营分院", &place());
        assert!(!branch.names_town && branch.branch);
        assert!(!read("大李官营村卫生室", &place()).names_town);
    }

    #[test]
    fn edits_are_counted_up_to_two() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(edits(&chars("康乐助餐"), &chars("庚乐助餐")), Some(1));
        assert_eq!(edits(&chars("老年堂"), &chars("老年食堂")), Some(1));
        assert_eq!(edits(&chars("一"), &chars("一二三四")), None);
        assert!(likeness(&chars("长食堂"), &chars("老年食堂")) > 0.3);
    }
}
