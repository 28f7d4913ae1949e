//! What a person must bring to use a service.

use crate::vocabulary::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// A paper or a card that offices ask for.
    pub enum Document {
        IdentityCard = "identity_card", "身份证", "identity card";
        HouseholdRegister = "household_register", "户口簿", "household register";
        ResidencePermit = "residence_permit", "居住证", "residence permit";
        /// 中华人民共和国残疾人证.
        DisabilityCertificate = "disability_certificate", "残疾人证", "disability certificate";
        /// By GB/T 42195-2022.
        AssessmentReport = "assessment_report", "老年人能力评估报告", "report of the assessment of an elder's abilities";
        SocialSecurityCard = "social_security_card", "社会保障卡", "social security card";
        MedicalInsuranceCard = "medical_insurance_card", "医保卡", "medical insurance card";
        /// 老年证, under any of its names.
        ElderCard = "elder_card", "老年人优待证", "card of entitlement for elders";
        VeteranCard = "veteran_card", "退役军人优待证", "card of entitlement for veterans";
        LowIncomeCertificate = "low_income_certificate", "低保证", "certificate of the minimum living allowance";
        FiveGuaranteeCertificate = "five_guarantee_certificate", "特困人员救助供养证", "certificate of the destitute";
        HealthReport = "health_report", "体检报告", "report of a physical examination";
        /// 诊断证明, 病历.
        MedicalRecord = "medical_record", "诊断证明或病历", "diagnosis or medical record";
        BirthCertificate = "birth_certificate", "出生医学证明", "birth certificate";
        VaccinationRecord = "vaccination_record", "预防接种证", "vaccination record";
        GuardiansIdentityCard = "guardians_identity_card", "监护人身份证", "identity card of the guardian";
        ApplicationForm = "application_form", "申请表", "application form";
        Photograph = "photograph", "照片", "photograph";
        BankCard = "bank_card", "银行卡", "bank card";
    }
}

/// What is to be brought, as far as its office said. Nothing in it: the office did not say, or asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Documents {
    /// All of these, in the order of [`Document`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Document>,
    /// The office's own words, where they say more than that (`身份证复印件两份`, `身份证或户口簿`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Documents {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.note.is_none()
    }

    /// In words, in Chinese or in English: the office's own, where it has any.
    pub fn in_words(&self, chinese: bool) -> String {
        if let Some(note) = &self.note {
            return note.clone();
        }
        let names = self.kinds.iter().map(|kind| if chinese { kind.words().zh } else { kind.words().en });
        names.collect::<Vec<_>>().join(if chinese { "、" } else { ", " })
    }
}
