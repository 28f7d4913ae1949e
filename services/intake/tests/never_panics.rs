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
