//! Whatever is handed in, nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use intake::{Column, Gazetteer, cell, sheet};
use proptest::prelude::*;

use schema::hand_in::Severity;

const COLUMNS: &[Column] =
    &[Column::required("名称", "Name"), Column::required("代码", "Code"), Column::optional("电话", "Telephone")];

/// Characters that the parsers look at, and some that nobody expects.
fn words() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "周",
        "星期",
        "一",
        "三",
        "五",
        "日",
        "至",
        "、",
        "，",
        "8",
        ":",
        "00",
        "-",
        "每月",
        "第",
        "个",
        "最后",
        "上午",
        "下午",
        "点",
        "半",
        "24小时",
        "休息",
        "节假日",
        "次日",
        "除",
        "外",
        "0335",
        "138",
        "1234567",
        "+86",
        "(",
        ")",
        "/",
        " ",
        "　",
        "年",
        "月",
        "2025",
        "13",
        "32",
        ".",
        "E+17",
        "老年人",
        "岁以上",
        "80",
        "低保",
        "失能",
        "残疾",
        "不满",
        "９",
        "①",
        "\u{200B}",
        "\u{0}",
        "𠀀",
        "é",
        "\"",
        "同上",
        "130306",
        "100209",
        "免费",
        "元",
        "￥",
        "-5",
        "十",
        "二",
    ]);
    prop_oneof![prop::collection::vec(parts, 0..14).prop_map(|parts| parts.concat()), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_cell_panics_and_every_trouble_is_said_in_both_languages(text in words()) {
        let areas = Gazetteer::default();
        let mut troubles = Vec::new();
        troubles.extend(cell::text::text(&text).troubles);
        troubles.extend(cell::text::category(&text).troubles);
        troubles.extend(cell::area::area(&text, &areas, None, "").troubles);
        troubles.extend(cell::area::areas(&text, &areas, None).troubles);
        troubles.extend(cell::phone::phones(&text, cell::numbering::Numbering::of("130306".parse().unwrap())).troubles);
        troubles.extend(cell::hours::hours(&text).troubles);
        troubles.extend(cell::date::date(&text).troubles);
        troubles.extend(cell::date::last_day(&text).troubles);
        troubles.extend(cell::audience::audience(&text).troubles);
        troubles.extend(cell::number::count(&text).troubles);
        troubles.extend(cell::number::age(&text).troubles);
        troubles.extend(cell::number::fen(&text).troubles);
        troubles.extend(cell::number::yes_no(&text).troubles);
        troubles.extend(cell::credit::credit_code(&text).troubles);
        for trouble in troubles {
            let words = trouble.code.words();
            let said = [words.reason_zh, words.reason_en, words.remedy_zh, words.remedy_en];
            prop_assert!(said.iter().all(|said| !said.is_empty()), "{said:?}");
            prop_assert!(trouble.severity == Severity::Error || trouble.severity == Severity::Warning);
        }
    }

    #[test]
    fn hours_that_are_understood_are_rules_that_can_be(text in words()) {
        if let Some(hours) = cell::hours::hours(&text).value {
            for schedule in hours.schedules {
                prop_assert!(schedule.rrule.starts_with("FREQ="));
                prop_assert!((1..=1440).contains(&schedule.duration_minutes), "{text}: {schedule:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = sheet::read(&bytes, "x", COLUMNS);
    }

    #[test]
    fn no_text_panics(lines in prop::collection::vec(words(), 0..12)) {
        let _ = sheet::read(format!("名称,代码,电话\n{}", lines.join("\n")).as_bytes(), "x", COLUMNS);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_workbook_that_was_damaged_is_refused_or_read(at in 0usize..20_000, byte in any::<u8>(), cut in 0usize..20_000) {
        let mut bytes = include_bytes!("../../../tests/data/messy/womens_federation.xlsx").to_vec();
        let length = bytes.len();
        bytes[at % length] = byte;
        if cut % 3 == 0 {
            bytes.truncate(length - cut % length);
        }
        let _ = sheet::read(&bytes, "x", COLUMNS);
    }
}

/// The vocabulary of the readers, both what they know and what they must not misread.
fn said() -> impl Strategy<Value = String> {
    let people = [
        "老年人",
        "老人",
        "残疾人",
        "儿童",
        "居民",
        "失能",
        "低保",
        "独居",
        "失智",
        "特困",
        "60岁以上",
        "65岁",
        "18岁以下",
        "高龄",
    ];
    let joints = ["、", "，", "和", "或", "且", "（", "）", "；", " ", "：", "的", "优先"];
    let denials = ["非", "不含", "除", "外", "除外", "谢绝", "不收", "未", "无", "勿入", "拒收", "以外"];
    let noise = ["级", "1-2", "3", "人", "户", "每周2次", "夏季", "患者", "乡贤", "\u{200B}", "①", "é"];
    let times = [
        "周一至周五",
        "周六",
        "周三",
        "每天",
        "8:00-12:00",
        "1:30-5:00",
        "14:00-17:00",
        "下午",
        "上午",
        "休息",
        "全天",
        "24小时",
        "节假日",
        "除",
        "其中",
    ];
    let calls = ["传真", "电话", "0335-7130092", "13833507493", "/", "兼", "FAX"];
    let words: Vec<&str> =
        [&people[..], &joints, &denials, &noise, &times, &calls].into_iter().flatten().copied().collect();
    prop::collection::vec(prop::sample::select(words), 0..16).prop_map(|words| words.concat())
}

/// Denials as anybody sees them, without the reader's list: a text with one of them asks nobody for a circumstance.
fn denies(text: &str) -> bool {
    ["非", "不含", "除外", "谢绝", "不收", "勿入", "拒收", "以外"].iter().any(|word| text.contains(word))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn what_is_denied_is_never_asked_for_and_every_age_was_written(text in said()) {
        let read = cell::audience::audience(&text);
        let Some(read_as) = read.value else { return Ok(()) };
        let conditions = read_as.groups.iter().flat_map(|group| &group.conditions).chain(&read_as.conditions);
        if denies(&text) {
            prop_assert_eq!(conditions.count(), 0, "{}: {:?}", text, read_as);
            prop_assert!(!read.troubles.is_empty(), "{}: no doubt", text);
            let nobody_named = read_as.groups.is_empty() && read_as.audiences.is_empty();
            let limited = !read_as.groups.is_empty() && read_as.groups.iter().all(|group| group.limited);
            prop_assert!(nobody_named || limited, "{}: {:?}", text, read_as);
        }
        let ages = read_as.groups.iter().flat_map(|group| [group.minimum_age, group.maximum_age]);
        for age in ages.chain([read_as.minimum_age, read_as.maximum_age]).flatten() {
            let written = ["60岁", "65岁", "18岁", "高龄"].iter().any(|word| text.contains(word));
            prop_assert!(written && [60, 65, 18, 80].contains(&age), "{text}: {age}");
        }
    }

    #[test]
    fn no_hours_are_made_of_words_that_say_none(text in said()) {
        let Some(hours) = cell::hours::hours(&text).value else { return Ok(()) };
        let noisy = ["夏季", "乡贤", "患者", "级", "每周2次", "é", "①", "谢绝"].iter().any(|word| text.contains(word));
        prop_assert!(!(noisy && hours.is_known()), "{text}: {hours:?}");
        for schedule in &hours.schedules {
            let minutes = schedule.duration_minutes;
            prop_assert!(minutes < 1440 || text.contains("24小时"), "{text}: round the clock");
            let opens = schedule.opens_at.format("%H:%M").to_string();
            let may_be = ["00:00", "08:00", "12:00", "13:30", "14:00", "01:30"].contains(&opens.as_str());
            prop_assert!(may_be && (opens != "01:30" || text.contains("上午")), "{text}: {opens}");
        }
    }

    #[test]
    fn no_fax_is_called_and_no_price_is_guessed(text in said()) {
        let numbering = cell::numbering::Numbering::of("130306".parse().unwrap());
        let phones = cell::phone::phones(&text, numbering).value.unwrap_or_default();
        prop_assert!(phones.iter().all(|phone| ["+863357130092", "+8613833507493"].contains(&phone.as_str())), "{text}: {phones:?}");
        let fax_alone = format!("传真0335-7130092{text}");
        let both = ["电话", "兼", "/"].iter().any(|word| fax_alone.contains(word));
        let again = text.contains("0335-7130092");
        if !both && !again {
            let phones = cell::phone::phones(&fax_alone, numbering).value.unwrap_or_default();
            prop_assert!(!phones.iter().any(|phone| phone.as_str() == "+863357130092"), "{fax_alone}");
        }
        if cell::number::fen(&text).value == Some(0) {
            prop_assert!(text.contains("免") || text.contains('0') || text.contains('无'), "{text}");
        }
        prop_assert!(cell::date::date(&text).value.is_none(), "{text} is no day");
        let areas = Gazetteer::default();
        prop_assert!(cell::area::areas(&text, &areas, "130306100".parse().ok()).value.is_none(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_long_cell_costs_a_time_in_proportion(text in said(), times in 200usize..400) {
        // What doubles with every word would not end with a thousand of them.
        let long = text.repeat(times);
        let long: String = long.chars().take(4_000).collect();
        let areas = Gazetteer::default();
        let _ = cell::audience::audience(&long);
        let _ = cell::hours::hours(&long);
        let _ = cell::phone::phones(&long, None);
        let _ = cell::area::areas(&long, &areas, None);
        let _ = cell::date::last_day(&long);
    }
}
