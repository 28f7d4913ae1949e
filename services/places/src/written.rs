//! How names are compared: what people type, and what lists have, in one form.

use hanconv::RawDictionary;
use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// The simplified character of each traditional one.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs = RawDictionary::TSCharacters.iter();
    pairs.filter_map(|(from, into)| Some((from.chars().next()?, into.chars().next()?))).collect()
});

/// A text as it is compared: full width made narrow, capitals small, traditional characters simplified, and nothing but letters,
/// characters and digits left.
pub fn normal(text: &str) -> String {
    let kept = text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    kept.map(|c| if c.is_ascii() { c } else { SIMPLIFIED.get(&c).copied().unwrap_or(c) }).map(without_marks).collect()
}

/// A letter of pinyin without its tone: `ā` is `a`, and `ü` is written `v`.
fn without_marks(c: char) -> char {
    match c {
        'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => 'v',
        'À'..='ɏ' | 'Ḁ'..='ỿ' => c.nfd().next().unwrap_or(c),
        c => c,
    }
}

/// Whether a normal text has a character of Chinese.
pub fn has_han(text: &str) -> bool {
    text.chars().any(is_han)
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// What says of which sort a division is, and people leave out or write otherwise. The longest first; what is typed may break off
/// in the midst of one.
const ENDINGS: &[&str] = &[
    "社区居民委员会",
    "社区居民委员",
    "村民委员会",
    "居民委员会",
    "街道办事处",
    "社区居民委",
    "社区居委会",
    "村民委会",
    "居民委会",
    "村民委员",
    "居民委员",
    "街道办事",
    "社区居民",
    "社区居委",
    "特别行政区",
    "村民委",
    "居民委",
    "街道办",
    "社区居",
    "村委会",
    "居委会",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "民族乡",
    "办事处",
    "村民",
    "居民",
    "村委",
    "居委",
    "社区",
    "街道",
    "地区",
    "苏木",
    "省",
    "市",
    "州",
    "盟",
    "县",
    "区",
    "旗",
    "镇",
    "乡",
    "村",
];

/// Peoples after whom autonomous divisions are named: 青龙满族自治县 is 青龙.
const PEOPLES: &[&str] = &[
    "维吾尔族",
    "哈萨克族",
    "柯尔克孜族",
    "塔吉克族",
    "乌孜别克族",
    "塔塔尔族",
    "达斡尔族",
    "鄂温克族",
    "鄂伦春族",
    "俄罗斯族",
    "布依族",
    "土家族",
    "哈尼族",
    "傈僳族",
    "高山族",
    "拉祜族",
    "东乡族",
    "纳西族",
    "景颇族",
    "仫佬族",
    "布朗族",
    "撒拉族",
    "毛南族",
    "仡佬族",
    "锡伯族",
    "阿昌族",
    "普米族",
    "保安族",
    "裕固族",
    "德昂族",
    "独龙族",
    "赫哲族",
    "门巴族",
    "珞巴族",
    "基诺族",
    "蒙古族",
    "朝鲜族",
    "维吾尔",
    "哈萨克",
    "柯尔克孜",
    "塔吉克",
    "达斡尔",
    "鄂温克",
    "鄂伦春",
    "蒙古",
    "各族",
    "满族",
    "回族",
    "藏族",
    "苗族",
    "彝族",
    "壮族",
    "侗族",
    "瑶族",
    "白族",
    "傣族",
    "黎族",
    "佤族",
    "畲族",
    "水族",
    "土族",
    "羌族",
    "怒族",
    "京族",
];

/// How many endings a name may have, one behind the other: 王堂村村民居委会.
const MOST: usize = 3;

/// What is left at least when endings go.
const LEAST: usize = 2;

/// How long a normal name is, in bytes, without what says of which sort its division is.
pub(crate) fn core_length(normal: &str) -> usize {
    let mut core = normal;
    for _ in 0..MOST {
        let Some(rest) = ENDINGS.iter().find_map(|ending| without(core, ending)) else { break };
        core = rest;
        if core.len() < normal.len() && is_of_a_people(normal, core) {
            while let Some(rest) = PEOPLES.iter().find_map(|people| without(core, people)) {
                core = rest;
            }
        }
    }
    core.len()
}

/// What is a division's own in its normal name.
pub fn core(normal: &str) -> &str {
    normal.get(..core_length(normal)).unwrap_or(normal)
}

/// Whether what was taken off a name is what a people's division is called.
fn is_of_a_people(normal: &str, core: &str) -> bool {
    let ending = normal.get(core.len()..).unwrap_or_default();
    ["自治", "乡", "民族乡", "苏木"].iter().any(|of| ending.starts_with(of))
}

fn without<'a>(text: &'a str, ending: &str) -> Option<&'a str> {
    text.strip_suffix(ending).filter(|rest| rest.chars().count() >= LEAST)
}

/// What follows the endings with which a text begins, for each that it may begin with, and the text itself.
pub(crate) fn behind_endings(text: &str) -> Vec<&str> {
    let mut behind = vec![text];
    let mut from = 0;
    for _ in 0..=MOST {
        let before = behind.get(from..).unwrap_or_default().to_vec();
        from = behind.len();
        for rest in before {
            let words = PEOPLES.iter().chain(ENDINGS);
            for rest in words.filter_map(|word| rest.strip_prefix(word)) {
                if !behind.contains(&rest) {
                    behind.push(rest);
                }
            }
        }
    }
    behind
}

/// The peoples after whom divisions are named.
pub(crate) fn peoples() -> impl Iterator<Item = &'static str> {
    PEOPLES.iter().copied()
}

/// The endings of divisions.
pub(crate) fn endings() -> impl Iterator<Item = &'static str> {
    ENDINGS.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_compared_without_width_case_marks_and_script() {
        assert_eq!(normal(" 抚宁镇，大李官营（村） "), "抚宁镇大李官营村");
        assert_eq!(normal("撫寧縣"), "抚宁县");
        assert_eq!(normal("ＤａＬｉ 0335-123"), "dali0335123");
        assert_eq!(normal("Lǚ Xī’ān"), "lvxian");
        assert_eq!(normal("…—。\u{0}\u{200b}"), "");
    }

    #[test]
    fn what_stands_behind_a_name_may_begin_with_several_endings() {
        assert!(behind_endings("村街道北沙滩社区").contains(&"北沙滩社区"));
        assert!(behind_endings("彝族苗族乡歹鸡村").contains(&"歹鸡村"));
        assert_eq!(behind_endings("大李官营"), ["大李官营"]);
    }

    #[test]
    fn a_core_is_what_is_own_and_never_less_than_two_characters() {
        for (name, own) in [
            ("大李官营村委会", "大李官营"),
            ("大李官营村村民委员会", "大李官营"),
            ("大李官营", "大李官营"),
            ("光明里社区居委会", "光明里"),
            ("新村村委会", "新村"),
            ("三村村委会", "三村"),
            ("村", "村"),
            ("骊城街道办事处", "骊城"),
            ("抚宁县", "抚宁"),
            ("郊区", "郊区"),
            ("青龙满族自治县", "青龙"),
            ("新疆维吾尔自治区", "新疆"),
            ("内蒙古自治区", "内蒙古"),
            ("凉山彝族自治州", "凉山"),
            ("陈店子社区居", "陈店子"),
            ("王堂村村民居委会", "王堂"),
            ("竹园彝族苗族乡", "竹园"),
        ] {
            assert_eq!(core(name), own, "{name}");
        }
    }
}
