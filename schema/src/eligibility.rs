//! Whom a service is for.

use crate::vocabulary::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// A group of the public that a service is addressed to.
    pub enum Audience {
        /// People of 60 and over.
        Elders = "elders", "老年人", "elders";
        /// Under 18.
        Children = "children", "儿童", "children";
        Women = "women", "妇女", "women";
        Disabled = "disabled", "残疾人", "disabled people";
        /// Asked for elders, a service for everyone answers too.
        All = "all", "全体居民", "everyone";
    }
}

vocabulary! {
    /// A circumstance that entitles, as the rules of civil affairs, of the health commission and of veterans' affairs name
    /// it.
    ///
    /// Those of want, from 特困人员 to 刚性支出困难家庭, are the tiers of social assistance (国办发〔2023〕39号).
    pub enum Condition {
        /// 特困人员, who are supported with the five guarantees (社会救助暂行办法, chapter 3).
        FiveGuarantee = "five_guarantee", "特困人员", "destitute (five guarantees)";
        /// 最低生活保障对象.
        LowIncome = "low_income", "低保对象", "minimum living allowance";
        /// 最低生活保障边缘家庭 (最低生活保障审核确认办法, article 9).
        NearLowIncome = "near_low_income", "低保边缘家庭", "just above the minimum living allowance";
        /// Whose income is not low, and whose unavoidable expenses for illness, care or schooling leave too little.
        RigidExpenditure = "rigid_expenditure", "刚性支出困难家庭", "hardship through unavoidable expenses";
        LivesAlone = "lives_alone", "独居", "lives alone";
        EmptyNest = "empty_nest", "空巢", "children live elsewhere";
        /// By those who went to work elsewhere.
        LeftBehind = "left_behind", "留守", "left behind in the village";
        /// Of any degree, from 轻度 to 完全 (GB/T 42195-2022).
        CareDependent = "care_dependent", "失能", "dependent on care";
        /// An older word; the standard has 轻度失能 and 中度失能.
        PartlyCareDependent = "partly_care_dependent", "半失能", "partly dependent on care";
        Dementia = "dementia", "失智", "dementia";
        Disabled = "disabled", "残疾", "disabled";
        /// Whose only child died or is disabled, and who has no other.
        SpecialFamily = "special_family", "计划生育特殊家庭", "special family of family planning";
        /// A [`Condition::SpecialFamily`] whose only child died.
        LostOnlyChild = "lost_only_child", "失独家庭", "lost an only child";
        /// Soldiers, the bereaved of martyrs and of the fallen, the wounded and others whom 军人抚恤优待条例 names.
        PreferentialTreatment = "preferential_treatment", "优抚对象", "entitled to preferential treatment";
        Veteran = "veteran", "退役军人", "veteran";
    }
}

impl Condition {
    /// The conditions that also hold of whoever this one holds of. Who lost the only child is a special family; nothing
    /// else follows from another.
    pub fn implies(self) -> Option<Condition> {
        match self {
            Condition::LostOnlyChild => Some(Condition::SpecialFamily),
            Condition::FiveGuarantee
            | Condition::LowIncome
            | Condition::NearLowIncome
            | Condition::RigidExpenditure
            | Condition::LivesAlone
            | Condition::EmptyNest
            | Condition::LeftBehind
            | Condition::CareDependent
            | Condition::PartlyCareDependent
            | Condition::Dementia
            | Condition::Disabled
            | Condition::SpecialFamily
            | Condition::PreferentialTreatment
            | Condition::Veteran => None,
        }
    }

    /// The word before a group of people, as clerks write it: 低保 of 低保老年人.
    pub fn attribute_zh(self) -> &'static str {
        match self {
            Condition::FiveGuarantee => "特困",
            Condition::LowIncome => "低保",
            Condition::NearLowIncome => "低保边缘",
            Condition::RigidExpenditure => "刚性支出困难",
            Condition::SpecialFamily => "计划生育特殊",
            Condition::LostOnlyChild => "失独",
            Condition::PreferentialTreatment => "优抚",
            Condition::LivesAlone
            | Condition::EmptyNest
            | Condition::LeftBehind
            | Condition::CareDependent
            | Condition::PartlyCareDependent
            | Condition::Dementia
            | Condition::Disabled
            | Condition::Veteran => self.name_zh(),
        }
    }
}

/// The greatest age in full years that is believed of a person, asked about or written in a file. The oldest whose age
/// was proven died at 122; what is above 130 is a slip of the pen.
pub const OLDEST_AGE: u8 = 130;

/// Whom a service is for, as far as its office said.
///
/// `audiences` empty means the office did not say. A person is within the audiences if they belong to any of them.
/// `conditions` empty means none is asked; otherwise any one of them is enough. An absent age bound is open, but a word
/// for an age is one: elders are 60 and over, children under 18, unless the bounds say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Eligibility {
    /// The groups, without repetition, in the order of [`Audience`].
    pub audiences: Vec<Audience>,
    /// The youngest age that is served, in full years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<u8>,
    /// The oldest age that is served, in full years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<u8>,
    /// Circumstances of which one is enough; in the order of [`Condition`]. Empty when none is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The office's own words, kept when they say more than the fields above (e.g. `慢病患者`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The groups one by one, where they differ or where the fields above say too much: whoever is of one of them is
    /// served. Empty where the fields above say it all; otherwise those are only what the groups span.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<EligibleGroup>,
}

/// One of the groups that a service is for, with bounds of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct EligibleGroup {
    /// As in [`Eligibility`]. Empty beside conditions: whoever is known to be in such circumstances. Empty beside none:
    /// nobody can tell who is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<Audience>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<u8>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<u8>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The office's words limit the group in a way that no field holds (`失能老人除外`, `低保且独居`): whoever is outside
    /// the fields is not served, and of whoever is inside nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
}

impl EligibleGroup {
    /// A group of which nobody can tell who is meant.
    pub fn unclear() -> EligibleGroup {
        EligibleGroup { limited: true, ..EligibleGroup::default() }
    }
}

impl Eligibility {
    /// The same for nobody below an age: every group has passed both bounds.
    pub fn from_age(mut self, youngest: Option<u8>) -> Eligibility {
        self.minimum_age = self.minimum_age.max(youngest);
        for group in &mut self.groups {
            group.minimum_age = group.minimum_age.max(youngest);
        }
        self
    }

    /// Whether it may be for children: they are named, or the words speak of them and were not understood.
    pub fn may_be_for_children(&self) -> bool {
        const WORDS: [&str; 6] = ["儿童", "少年", "未成年", "婴", "幼", "孤儿"];
        let unclear = self.audiences.is_empty() || self.groups.iter().any(|group| group.audiences.is_empty());
        let spoken_of = || self.note.iter().any(|note| WORDS.iter().any(|word| note.contains(word)));
        self.audiences.contains(&Audience::Children) || (unclear && spoken_of())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_said_beside_it_bounds_every_group() {
        let group = |minimum_age| EligibleGroup { minimum_age, ..EligibleGroup::default() };
        let eligibility = Eligibility { groups: vec![group(None), group(Some(90))], ..Eligibility::default() };
        let from_80 = eligibility.clone().from_age(Some(80));
        assert_eq!((from_80.minimum_age, from_80.groups), (Some(80), vec![group(Some(80)), group(Some(90))]));
        assert_eq!(eligibility.clone().from_age(None), eligibility);
    }
}
