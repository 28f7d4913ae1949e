//! The codes that answers hold, each with its words in both languages: for a partner's software that shows them, or asks by them.

use super::enums::Verdict;
use super::errors;
use async_graphql::SimpleObject;
use directory::eligibility;
use directory::projection::View;
use schema::Category;
use schema::finding::FindingCode as Finding;
use std::collections::BTreeSet;

/// A code and its words.
#[derive(SimpleObject)]
pub struct Code {
    /// The code, as answers hold it and as it is asked by. It stays; more may come.
    pub code: String,
    /// What it means, in Chinese.
    pub zh: String,
    /// What it means, in English; the Chinese word where none is known.
    pub en: String,
}

/// A reason of a verdict.
#[derive(SimpleObject)]
pub struct ReasonCode {
    /// The code, as `Reason.code` holds it.
    pub code: String,
    /// What it means, in Chinese.
    pub zh: String,
    /// What it means, in English.
    pub en: String,
    /// The verdict to which it leads alone.
    pub verdict: Verdict,
}

/// What may be found in a file that is handed in.
#[derive(SimpleObject)]
pub struct FindingCode {
    /// The code, as `Finding.code` holds it.
    pub code: String,
    /// What is wrong or doubtful, in Chinese, said of an example.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// What to do about it, in Chinese.
    pub remedy_zh: String,
    /// The same in English.
    pub remedy_en: String,
}

/// The categories that the catalogue names and those that are in the directory, in code order.
pub fn categories(view: &View) -> Vec<Code> {
    let shown = view.snapshot.resources.iter(view.as_of);
    let mut names: BTreeSet<&str> = shown.iter().map(|shown| &*shown.resource.category).collect();
    names.extend(Category::KNOWN);
    let words = |name| Category::WORDS.iter().find(|(code, ..)| *code == name).copied().unwrap_or((name, name, name));
    let code = |(code, zh, en): (&str, &str, &str)| Code { code: code.into(), zh: zh.into(), en: en.into() };
    names.into_iter().map(words).map(code).collect()
}

/// What a question can be refused for.
pub fn errors() -> Vec<Code> {
    let code = |(code, zh, en): &(&str, &str, &str)| Code { code: (*code).into(), zh: (*zh).into(), en: (*en).into() };
    errors::CODES.iter().map(code).collect()
}

/// What a reason means whatever the service; of one service, `Reason.message` says it with its ages and conditions.
const REASONS: [(&str, &str, &str); 18] = [
    ("AUDIENCE_MET", "属于服务对象", "It is for them."),
    ("AGE_MET", "年龄符合", "The age is within the bounds."),
    ("CONDITION_MET", "符合所列条件之一", "One of the conditions holds."),
    ("AUDIENCE_UNKNOWN", "登记单位未写明服务对象", "The office did not say whom it is for."),
    ("AGE_UNKNOWN", "有年龄要求，须核对年龄", "There are bounds of age, and the age is to be checked."),
    ("CONDITION_UNKNOWN", "须符合所列条件之一，待核实", "One of its conditions must hold, which is to be checked."),
    ("LIMIT_UNCLEAR", "服务对象另有限制，未能识别", "There is a further limit that was not understood."),
    ("LICENCE_UNKNOWN", "登记单位未写明许可证有效期", "The office did not say until when the licence holds."),
    ("COVERAGE_UNKNOWN", "登记单位未写明服务范围", "The office did not say which area it serves."),
    ("RESIDENCE_UNKNOWN", "只服务居住地的一部分", "It serves a part of where the person lives."),
    (
        "HOUSEHOLD_UNKNOWN",
        "户籍不在服务范围内，登记单位未写明是否限本地户籍",
        "The household is registered elsewhere, and the office did not say whether it asks for that.",
    ),
    ("LATEST_UNREADABLE", "最新登记内容暂时无法识别", "The latest that was said of it cannot be read here."),
    ("AUDIENCE_NOT_MET", "不属于服务对象", "It is for others."),
    ("AGE_BELOW_MINIMUM", "年龄低于要求", "Too young."),
    ("AGE_ABOVE_MAXIMUM", "年龄超过要求", "Too old."),
    ("CONDITION_NOT_MET", "不符合所列条件", "None of the conditions holds."),
    ("LICENCE_LAPSED", "许可证已过期", "Its licence has lapsed."),
    ("RESIDENCE_NOT_SERVED", "居住地不在服务范围内", "It does not serve where the person lives."),
];

/// Why a verdict is what it is: those for yes first, then for unknown, then for no.
pub fn reasons() -> Vec<ReasonCode> {
    let reason = |reason: eligibility::Reason| {
        let code = reason.code();
        // A test holds that each has its words.
        let (_, zh, en) = REASONS.into_iter().find(|(of, ..)| *of == code).unwrap_or((code, code, code));
        ReasonCode { code: code.into(), zh: zh.into(), en: en.into(), verdict: reason.verdict().into() }
    };
    eligibility::Reason::ALL.into_iter().map(reason).collect()
}

/// The list of findings, each with an example.
const FINDINGS: &str = include_str!("../../../schema/findings.jsonl");

/// What may be found in a file.
pub fn findings() -> Vec<FindingCode> {
    let read = FINDINGS.lines().filter_map(|line| serde_json::from_str::<Finding>(line).ok());
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for finding in read {
        if told.insert(finding.code().to_owned()) {
            let words = finding.words();
            findings.push(FindingCode {
                code: finding.code().to_owned(),
                zh: words.reason_zh,
                en: words.reason_en,
                remedy_zh: words.remedy_zh,
                remedy_en: words.remedy_en,
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_category_and_finding_that_is_known_has_its_words() {
        for reason in reasons() {
            assert!(reason.zh != reason.code && reason.en.is_ascii() && !reason.zh.is_ascii(), "{}", reason.code);
        }
        assert!(Category::WORDS.iter().map(|(code, ..)| code).eq(Category::KNOWN));
        let found: BTreeSet<String> = findings().into_iter().map(|finding| finding.code).collect();
        let known: BTreeSet<String> = Finding::all().map(str::to_owned).collect();
        assert_eq!(found, known);
    }
}
