//! What a person must bring: a list of papers, under the names that clerks have for them.

use super::{is_blank, normalise, text};
use crate::read::Read;
use schema::{Document, Documents};

/// Names of papers, as they stand alone between commas.
const NAMES: &[(Document, &[&str])] = &[
    (
        Document::IdentityCard,
        &["身份证", "居民身份证", "本人身份证", "身份证件", "二代身份证", "老人身份证", "有效身份证件", "有效身份证"],
    ),
    (Document::HouseholdRegister, &["户口簿", "户口本", "居民户口簿", "户籍本", "户籍证明"]),
    (Document::ResidencePermit, &["居住证", "居住证明"]),
    (
        Document::DisabilityCertificate,
        &["残疾人证", "残疾证", "中华人民共和国残疾人证", "二代残疾人证", "第二代残疾人证", "残疾证件"],
    ),
    (
        Document::AssessmentReport,
        &[
            "老年人能力评估报告",
            "能力评估报告",
            "评估报告",
            "失能评估报告",
            "失能等级评估报告",
            "老年人能力评估结果",
            "评估结果",
            "失能评估结果",
        ],
    ),
    (Document::SocialSecurityCard, &["社会保障卡", "社保卡"]),
    (Document::MedicalInsuranceCard, &["医保卡", "医疗保险卡", "医保电子凭证", "医保证"]),
    (Document::ElderCard, &["老年人优待证", "老年证", "老年优待证", "老年卡", "敬老卡", "老年人优待卡"]),
    (Document::VeteranCard, &["退役军人优待证", "优待证", "退役军人证", "退伍证"]),
    (Document::LowIncomeCertificate, &["低保证", "低保证明", "最低生活保障证", "低保金领取证"]),
    (
        Document::FiveGuaranteeCertificate,
        &["特困人员救助供养证", "特困供养证", "特困证", "五保证", "五保供养证", "特困证明"],
    ),
    (Document::HealthReport, &["体检报告", "体检表", "健康体检报告", "体检证明", "健康证明"]),
    (Document::MedicalRecord, &["诊断证明", "病历", "诊断书", "诊断证明书", "病历本", "门诊病历", "疾病诊断证明"]),
    (Document::BirthCertificate, &["出生医学证明", "出生证", "出生证明"]),
    (Document::VaccinationRecord, &["预防接种证", "接种证", "疫苗本", "预防接种本"]),
    (
        Document::GuardiansIdentityCard,
        &["监护人身份证", "家属身份证", "家长身份证", "代办人身份证", "委托人身份证", "经办人身份证"],
    ),
    (Document::ApplicationForm, &["申请表", "申请书", "登记表", "审批表", "入住申请表", "申请审批表", "报名表"]),
    (Document::Photograph, &["照片", "免冠照片", "一寸照片", "寸照", "近期照片", "1寸照片", "2寸照片", "二寸照片"]),
    (Document::BankCard, &["银行卡", "存折", "银行账户", "银行卡(存折)"]),
];

/// The papers of a list. Its own words stay where they say more than the names of papers: copies, which of two, anything that
/// is no paper known here.
pub fn documents(written: &str) -> Read<Documents> {
    const NONE: &[&str] =
        &["不需要", "无需", "不用", "无需材料", "无要求", "不限", "无需携带", "无需证件", "不需要材料"];
    if is_blank(written) || NONE.contains(&normalise(written).as_str()) {
        return Read::blank();
    }
    let words = normalise(written);
    let (mut kinds, mut is_all): (Vec<Document>, bool) = (Vec::new(), true);
    let parts = words.split([',', ';', '、', '。', '+', '\n', ' ', '和', '及', '与', '；', '，']);
    for part in parts.map(unnumbered).filter(|part| !part.is_empty()) {
        match NAMES.iter().find(|(kind, names)| kind.name_zh() == part || names.contains(&part)) {
            Some((kind, _)) if !kinds.contains(kind) => kinds.push(*kind),
            Some(_) => {}
            None => is_all = false,
        }
    }
    kinds.sort_unstable();
    let note = if is_all { None } else { text::text(written).value };
    Read::value(Documents { kinds, note })
}

/// A part without what only counts it or asks for it: `1.身份证`, `①户口本`, `携带残疾证`, `残疾证等`.
fn unnumbered(part: &str) -> &str {
    let part = part.trim_matches(|one: char| one.is_ascii_digit() || matches!(one, '.' | '(' | ')' | ':' | '-' | '/'));
    let part = ["需携带", "须携带", "请携带", "携带", "需带", "凭", "提供", "需提供", "须提供", "本人"]
        .iter()
        .find_map(|word| part.strip_prefix(word))
        .unwrap_or(part);
    part.strip_suffix("原件").unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_are_known_by_the_names_that_clerks_have_for_them() {
        use Document::{AssessmentReport, DisabilityCertificate, ElderCard, HouseholdRegister, IdentityCard};
        for (written, kinds) in [
            ("身份证", vec![IdentityCard]),
            ("户口本、身份证", vec![IdentityCard, HouseholdRegister]),
            ("1.身份证 2.户口簿 3.残疾证", vec![IdentityCard, HouseholdRegister, DisabilityCertificate]),
            ("①身份证；②评估报告", vec![IdentityCard, AssessmentReport]),
            ("身份证和残疾人证", vec![IdentityCard, DisabilityCertificate]),
            ("凭老年证", vec![ElderCard]),
            ("本人身份证原件", vec![IdentityCard]),
        ] {
            assert_eq!(documents(written), Read::value(Documents { kinds, note: None }), "{written}");
        }
        for blank in ["", "无", "/", "不需要", "无需材料"] {
            assert_eq!(documents(blank), Read::blank(), "{blank}");
        }
    }

    #[test]
    fn words_that_say_more_than_names_stay() {
        use Document::{HouseholdRegister, IdentityCard};
        for (written, kinds) in [
            ("身份证、户口本复印件两份", vec![IdentityCard]),
            ("身份证或户口本", vec![]),
            ("身份证，户口本，村委会证明", vec![IdentityCard, HouseholdRegister]),
        ] {
            let expected = Documents { kinds, note: Some(written.to_owned()) };
            assert_eq!(documents(written), Read::value(expected), "{written}");
        }
    }
}
