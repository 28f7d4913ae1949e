//! The list of findings: every code has a sample that still means what it meant, and words in both languages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what it does is part of the tests")]

use schema::FindingCode;
use schema::finding::UnknownFinding;
use schema::hand_in::{Finding, Severity};
use schema::registration::{Doubt, Quote};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The list as it is kept: lines are only ever added.
const LIST: &str = include_str!("../findings.jsonl");

fn samples() -> Vec<(Value, FindingCode)> {
    LIST.lines()
        .map(|line| {
            let sample: Value = serde_json::from_str(line).unwrap_or_else(|problem| panic!("{line}: {problem}"));
            let code = serde_json::from_value(sample.clone()).unwrap_or_else(|problem| panic!("{line}: {problem}"));
            (sample, code)
        })
        .collect()
}

#[test]
fn every_code_that_was_ever_given_out_is_known_and_written_again_as_it_was() {
    for (sample, code) in samples() {
        assert!(!matches!(code, FindingCode::Unknown(_)), "{sample} is not known any more, or means something else");
        assert_eq!(serde_json::to_value(&code).unwrap(), sample);
        assert_eq!(code.code(), sample["code"]);
    }
}

#[test]
fn the_list_has_every_code() {
    let listed: BTreeSet<String> = samples().into_iter().map(|(_, code)| code.code().to_owned()).collect();
    let known: BTreeSet<String> = FindingCode::all().map(str::to_owned).collect();
    assert_eq!(FindingCode::all().count(), known.len(), "two families have the same code");
    assert_eq!(listed, known, "add a line with a sample to schema/findings.jsonl");
}

#[test]
fn every_code_has_words_in_both_languages() {
    let is_han = |character: char| ('\u{4E00}'..='\u{9FFF}').contains(&character);
    for (sample, code) in samples() {
        let words = code.words();
        for zh in [&words.reason_zh, &words.remedy_zh] {
            assert!(zh.chars().any(is_han) || (zh.is_empty() && code_is_about_a_file(&code)), "{sample}: {zh:?}");
        }
        for en in [&words.reason_en, &words.remedy_en] {
            let has_letters = en.chars().any(|character| character.is_ascii_alphabetic());
            assert!(has_letters || (en.is_empty() && code_is_about_a_file(&code)), "{sample}: {en:?}");
        }
        assert!(!words.reason_zh.is_empty() && !words.reason_en.is_empty(), "{sample}");
        assert!(!words.reason_zh.ends_with('。') && !words.reason_en.ends_with('.'), "{sample}");
    }
}

fn code_is_about_a_file(code: &FindingCode) -> bool {
    matches!(code, FindingCode::FileFinding(_))
}

#[test]
fn words_name_what_the_arguments_say() {
    for (sample, zh, en) in [
        (json!({ "code": "DATE_SHORT_YEAR", "arguments": { "year": 2025 } }), "2025年", "2025"),
        (
            json!({ "code": "RENEWAL_NOT_LATER", "arguments": { "expires": "2027-01-31", "known": "2028-02-29" } }),
            "2027-01-31不晚于已登记的2028-02-29",
            "until 2028-02-29; 2027-01-31 is not later",
        ),
        (
            json!({ "code": "AREA_BY_NAME", "arguments": { "area": { "code": "130306100209", "name": "抚宁镇大李官营村委会" } } }),
            "抚宁镇大李官营村委会（130306100209）",
            "130306100209",
        ),
        (
            json!({ "code": "WITHDRAWN", "arguments": { "office": "youth_league", "reason": "毕业" } }),
            "该队伍已注销：毕业",
            "this team was withdrawn: 毕业",
        ),
    ] {
        let code: FindingCode = serde_json::from_value(sample).unwrap();
        let words = code.words();
        assert!(words.reason_zh.contains(zh) && words.reason_en.contains(en), "{words:?}");
    }
}

#[test]
fn a_code_of_a_newer_version_is_kept_as_it_was_written_and_shown_as_its_code() {
    for written in
        [json!({ "code": "FROM_TOMORROW" }), json!({ "code": "FROM_TOMORROW", "arguments": { "by": [1, "x"] } })]
    {
        let code: FindingCode = serde_json::from_value(written.clone()).unwrap();
        let arguments = written.get("arguments").cloned();
        assert_eq!(code, FindingCode::Unknown(UnknownFinding { code: "FROM_TOMORROW".into(), arguments }));
        assert!(code.words().reason_zh.contains("FROM_TOMORROW") && code.words().reason_en.contains("FROM_TOMORROW"));
        let finding = Finding { column: None, value: None, code, severity: Severity::Warning };
        let again: Finding = serde_json::from_value(serde_json::to_value(&finding).unwrap()).unwrap();
        assert_eq!(again, finding);
        assert_eq!(serde_json::to_value(&finding.code).unwrap(), written);
    }
}

#[test]
fn a_finding_and_a_doubt_hold_place_and_code_side_by_side() {
    let code: FindingCode =
        serde_json::from_value(json!({ "code": "DATE_SHORT_YEAR", "arguments": { "year": 2025 } })).unwrap();
    let value = Some(Quote::Said("25.3.5".into()));
    let finding = Finding {
        column: Some("登记日期".into()),
        value: value.clone(),
        code: code.clone(),
        severity: Severity::Warning,
    };
    assert_eq!(
        serde_json::to_value(&finding).unwrap(),
        json!({ "column": "登记日期", "value": { "said": "25.3.5" }, "code": "DATE_SHORT_YEAR", "arguments": { "year": 2025 }, "severity": "warning" })
    );
    let doubt = Doubt { column: "登记日期".into(), value, code };
    let written = serde_json::to_value(&doubt).unwrap();
    assert_eq!(serde_json::from_value::<Doubt>(written).unwrap(), doubt);
}
