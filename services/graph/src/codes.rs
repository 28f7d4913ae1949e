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

/// Why a verdict is what it is: those for yes first, then for unknown, then for no. Of one service, `Reason.message` says it with its
/// ages and conditions.
pub fn reasons() -> Vec<ReasonCode> {
    let reason = |reason: &eligibility::Reason| {
        let words = reason.words();
        let (zh, en) = (words.zh.to_owned(), words.en.to_owned());
        ReasonCode { code: reason.code().to_owned(), zh, en, verdict: reason.verdict().into() }
    };
    eligibility::Reason::ALL.iter().map(reason).collect()
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
