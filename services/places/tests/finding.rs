//! Finding the real divisions of a city, by however their names are written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use places::{Asked, Found, LONGEST, Manner, NameSort, Named, Places, sound, written};
use proptest::prelude::*;
use schema::{AreaCode, AreaLevel};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const LISTED: &[u8] = include_bytes!("../../../schema/areas/130300.csv");

/// Names that divisions have beside those of the list: code, name, sort.
const BESIDE: &[(&str, &str, NameSort)] = &[
    ("130306000000", "抚宁县", NameSort::Former),
    ("130321000000", "青龙县", NameSort::Former),
    ("130302106000", "抚宁县", NameSort::LayIn),
    ("130306100209", "官营大庄", NameSort::AlsoCalled),
];

static DIVISIONS: LazyLock<BTreeMap<AreaCode, String>> = LazyLock::new(|| {
    let mut rows = csv::Reader::from_reader(LISTED);
    let rows = rows.records().map(Result::unwrap);
    rows.map(|row| (row[0].trim_start_matches('\u{feff}').parse().unwrap(), row[1].to_owned())).collect()
});

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let own = DIVISIONS.iter().map(|(code, name)| Named { code: *code, name, sort: NameSort::Own });
    let beside = BESIDE.iter().map(|(code, name, sort)| Named { code: code.parse().unwrap(), name, sort: *sort });
    Places::of(own.chain(beside))
});

fn find(text: &str) -> Vec<Found> {
    PLACES.find(&Asked { text, within: None, near: None, most: 20 })
}

/// Asks each text, and compares the first that is found: its name, and how it was found.
fn check(rows: &[(&str, &str, Manner, NameSort)]) {
    let mut wrong = Vec::new();
    for (text, name, manner, sort) in rows {
        let found = find(text);
        let first = found.first().map(|found| (DIVISIONS[&found.code].as_str(), found.manner, found.sort));
        if first != Some((*name, *manner, *sort)) {
            wrong.push(format!("{text}: {name} {manner:?} {sort:?} is wanted, {first:?} comes"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_place_is_found_however_it_is_written() {
    use Manner::{Contained, Exact, Homophone, Initials, NearSpelling, Pinyin, PinyinPrefix, Prefix};
    use NameSort::{AlsoCalled, Former, Own};
    // Learned on 抚宁区.
    check(&[
        ("抚宁镇大李官营村", "大李官营村委会", Exact, Own),
        ("大李官营", "大李官营村委会", Exact, Own),
        ("大李官营村民委员会", "大李官营村委会", Exact, Own),
        ("大李官营村委", "大李官营村委会", Exact, Own),
        ("河北省秦皇岛市抚宁区抚宁镇大李官营村", "大李官营村委会", Exact, Own),
        ("抚宁县大李官营", "大李官营村委会", Exact, Own),
        ("撫寧縣大李官營", "大李官营村委会", Exact, Own),
        ("抚宁　大李官营（村）", "大李官营村委会", Exact, Own),
        ("daliguanying", "大李官营村委会", Pinyin, Own),
        ("Da Li Guan Ying Cun", "大李官营村委会", Pinyin, Own),
        ("dà lǐ guān yíng", "大李官营村委会", Pinyin, Own),
        ("funing daliguanying", "大李官营村委会", Pinyin, Own),
        ("dlgy", "大李官营村委会", Initials, Own),
        ("DLGYC", "大李官营村委会", Initials, Own),
        ("daligua", "大李官营村委会", PinyinPrefix, Own),
        ("大李官", "大李官营村委会", Prefix, Own),
        ("李官", "李官营村委会", Prefix, Own),
        ("里官营", "李官营村委会", Homophone, Own),
        ("各庄", "朱各庄镇", Contained, Own),
        ("大里关营", "大李官营村委会", Homophone, Own),
        ("抚宁镇大里关营村", "大李官营村委会", Homophone, Own),
        ("扶宁镇大李官营", "大李官营村委会", Exact, Own),
        ("大李官营村委惠", "大李官营村委会", Homophone, Own),
        ("大李宫营", "大李官营村委会", NearSpelling, Own),
        ("daliguaning", "大李官营村委会", NearSpelling, Own),
        ("官营大庄", "大李官营村委会", Exact, AlsoCalled),
        ("抚宁镇官营大庄", "大李官营村委会", Exact, AlsoCalled),
        ("抚宁镇 guanyingdazhuang", "大李官营村委会", Pinyin, AlsoCalled),
        ("抚宁县", "抚宁区", Exact, Former),
        ("抚宁镇", "抚宁镇", Exact, Own),
        ("抚宁", "抚宁区", Exact, Own),
    ]);
    // Judged on the counties around it.
    check(&[
        ("石门寨", "石门寨镇", Exact, Own),
        ("抚宁县石门寨镇", "石门寨镇", Exact, Own),
        ("海港区石门寨", "石门寨镇", Exact, Own),
        ("青龙", "青龙满族自治县", Exact, Own),
        ("青龙县", "青龙满族自治县", Exact, Former),
        ("青龙满族自治县青龙镇", "青龙镇", Exact, Own),
        ("qinglong manzu zizhixian", "青龙满族自治县", Pinyin, Own),
        ("卢龙县卢龙镇", "卢龙镇", Exact, Own),
        ("lulong", "卢龙县", Pinyin, Own),
        ("芦龙", "卢龙县", Homophone, Own),
        ("昌梨县", "昌黎县", Homophone, Own),
        ("changli", "昌黎县", Pinyin, Own),
        ("秦皇岛", "秦皇岛市", Exact, Own),
        ("qhd", "秦皇岛市", Initials, Own),
        ("河北", "河北省", Exact, Own),
    ]);
}

#[test]
fn what_is_near_comes_first_of_what_fits_equally() {
    let near = |code: &str| {
        let near = code.parse().ok();
        let found = PLACES.find(&Asked { text: "南关", within: None, near, most: 1 });
        found.first().map(|found| found.code)
    };
    let all = find("南关");
    let codes: Vec<AreaCode> =
        all.iter().filter(|found| found.manner == Manner::Exact).map(|found| found.code).collect();
    assert!(codes.len() > 1, "{all:?}");
    for code in codes {
        let there = near(&code.to_string()).unwrap();
        assert_eq!(there.at_level(AreaLevel::Town), code.at_level(AreaLevel::Town), "near {code}");
    }
}

#[test]
fn only_what_lies_in_a_division_is_found_there() {
    let within = "130322".parse().ok();
    let found = PLACES.find(&Asked { text: "李", within, near: None, most: 50 });
    assert!(found.len() > 3 && found.iter().all(|found| found.code.to_string().starts_with("130322")), "{found:?}");
    assert!(
        PLACES
            .find(&Asked { text: "大李官营", within, near: None, most: 50 })
            .iter()
            .all(|found| found.manner > Manner::Exact)
    );
}

#[test]
fn nothing_is_found_of_what_is_no_name() {
    for text in [
        "",
        "   ",
        "。，！…",
        "\u{0}\u{7}\u{200b}",
        "🙂🙂",
        &"大".repeat(LONGEST + 1),
        &"大李官营".repeat(2_500),
        &" ".repeat(10_000),
    ] {
        assert_eq!(find(text), [], "{:.40}", text);
    }
}

#[test]
fn an_index_of_nothing_answers() {
    let nothing = Places::of([]);
    for text in ["大李官营", "daliguanying", "d"] {
        assert!(nothing.is_empty() && nothing.find(&Asked { text, within: None, near: None, most: 5 }).is_empty());
    }
}

/// Any division, of which `core` has at least so many characters.
fn divisions(least: usize) -> impl Strategy<Value = (AreaCode, String)> {
    let own = |name: &str| written::core(&written::normal(name)).chars().count();
    let all: Vec<(AreaCode, String)> =
        DIVISIONS.iter().filter(|(_, name)| own(name) >= least).map(|(code, name)| (*code, name.clone())).collect();
    proptest::sample::select(all)
}

fn finds(text: &str, code: AreaCode) -> bool {
    let near = Some(code.at_level(AreaLevel::County));
    PLACES.find(&Asked { text, within: None, near, most: 200 }).iter().any(|found| found.code == code)
}

/// Characters that are read alike.
fn homophones(c: char) -> Vec<char> {
    let same =
        |other: char| sound::reading(other.encode_utf8(&mut [0; 4])) == sound::reading(c.encode_utf8(&mut [0; 4]));
    // But for those that are written otherwise in simplified characters, of which some have no reading.
    let is_simplified = |c: &char| written::normal(c.encode_utf8(&mut [0; 4])).starts_with(*c);
    ('一'..='龥').filter(|other| *other != c && same(*other)).filter(is_simplified).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_division_is_found_by_its_name_however_much_of_it_is_said((code, name) in divisions(1)) {
        let normal = written::normal(&name);
        let core = written::core(&normal);
        prop_assert!(finds(&name, code), "{name}");
        prop_assert!(finds(core, code), "{core}");
        for above in code.with_ancestors().skip(1).filter_map(|above| DIVISIONS.get(&above)) {
            prop_assert!(finds(&format!("{above}{name}"), code), "{above}{name}");
            prop_assert!(finds(&format!("{}{core}", written::core(above)), code), "{above} and {core}");
        }
    }

    #[test]
    fn any_division_is_found_by_its_sound((code, name) in divisions(1)) {
        let normal = written::normal(&name);
        for reading in sound::readings(written::core(&normal)) {
            prop_assert!(finds(&reading.letters, code), "{}", reading.letters);
            prop_assert!(finds(&reading.initials(), code), "{}", reading.initials());
        }
        let whole = sound::reading(&normal).letters;
        prop_assert!(finds(&whole, code), "{whole}");
    }

    #[test]
    fn any_division_is_found_with_a_character_that_sounds_alike((code, name) in divisions(2), at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
        let mut chars: Vec<char> = name.chars().collect();
        let at = at.index(chars.len());
        let alike = homophones(chars[at]);
        prop_assume!(!alike.is_empty());
        chars[at] = alike[other.index(alike.len())];
        let text: String = chars.into_iter().collect();
        prop_assert!(finds(&text, code), "{text} for {name}");
    }

    #[test]
    fn any_division_of_three_characters_is_found_with_one_left_out((code, name) in divisions(4), at in any::<prop::sample::Index>()) {
        let normal = written::normal(&name);
        let mut chars: Vec<char> = written::core(&normal).chars().collect();
        chars.remove(at.index(chars.len()));
        let text: String = chars.into_iter().collect();
        // Unless something is called just that.
        let found = find(&text);
        let is_another = found.iter().any(|found| found.manner == Manner::Exact);
        prop_assert!(is_another || finds(&text, code), "{text} for {name}");
    }

    #[test]
    fn any_text_whatever_has_an_answer_and_always_the_same(text in "\\PC{0,40}|[a-z]{1,40}|[大李官营抚宁镇村县0-9a-z ]{0,120}", near in divisions(1)) {
        let asked = Asked { text: &text, within: None, near: Some(near.0), most: 10 };
        let found = PLACES.find(&asked);
        prop_assert!(found.len() <= 10);
        prop_assert_eq!(found, PLACES.find(&asked));
    }
}
