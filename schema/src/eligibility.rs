//! Whom a service is for.

use crate::vocabulary::vocabulary;
use chrono::NaiveDate;
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

vocabulary! {
    /// How far somebody depends on the care of others, as assessed by GB/T 42195-2022 (老年人能力评估规范): its levels 1 to 4. Level
    /// 0 (能力完好) is no 失能 at all.
    pub enum CareDegree {
        Mild = "mild", "轻度失能", "mildly dependent on care";
        Moderate = "moderate", "中度失能", "moderately dependent on care";
        Severe = "severe", "重度失能", "severely dependent on care";
        Total = "total", "完全失能", "wholly dependent on care";
    }
}

vocabulary! {
    /// The grade of a disability by GB/T 26341-2010 (残疾人残疾分类和分级), the first being the severest. 重度残疾 is the first and
    /// the second (国发〔2015〕52号).
    pub enum DisabilityGrade {
        First = "first", "残疾一级", "disability grade 1";
        Second = "second", "残疾二级", "disability grade 2";
        Third = "third", "残疾三级", "disability grade 3";
        Fourth = "fourth", "残疾四级", "disability grade 4";
    }
}

impl DisabilityGrade {
    /// From 1, the severest, to 4.
    pub fn number(self) -> u8 {
        match self {
            DisabilityGrade::First => 1,
            DisabilityGrade::Second => 2,
            DisabilityGrade::Third => 3,
            DisabilityGrade::Fourth => 4,
        }
    }

    /// The grade of a number; none but 1 to 4 has one.
    pub fn of_number(number: u8) -> Option<DisabilityGrade> {
        DisabilityGrade::ALL.iter().copied().find(|grade| grade.number() == number)
    }
}

vocabulary! {
    /// Where a household must be registered (户籍), as the office wrote.
    pub enum LocalHousehold {
        /// 本地户籍, and nothing on how far that reaches.
        Served = "served", "本地户籍", "registered locally";
        Village = "village", "本村（社区）户籍", "registered in the village or community where it is";
        Town = "town", "本乡镇（街道）户籍", "registered in the town where it is";
        County = "county", "本县（区）户籍", "registered in the county where it is";
        City = "city", "本市户籍", "registered in the city where it is";
        Province = "province", "本省户籍", "registered in the province where it is";
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
    /// The youngest age in full months, where the office counts in months (婴幼儿照护). Holds beside the bound in years, which is then
    /// the full years of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_months: Option<u16>,
    /// The oldest age in full months; as the youngest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_months: Option<u16>,
    /// The degrees in which 失能 is meant, in order; any where empty. They bear on [`Condition::CareDependent`] alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub care_degrees: Vec<CareDegree>,
    /// The grades in which 残疾 is meant, in order; any where empty. They bear on [`Audience::Disabled`] and
    /// [`Condition::Disabled`] alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disability_grades: Vec<DisabilityGrade>,
    /// Where the household must be registered (户籍), if the office asks for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_household: Option<LocalHousehold>,
    /// The first day on which it is offered to anybody, if the office gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it is, if the office gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
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
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_months: Option<u16>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_months: Option<u16>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub care_degrees: Vec<CareDegree>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disability_grades: Vec<DisabilityGrade>,
    /// As in [`Eligibility`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_household: Option<LocalHousehold>,
    /// The office's words limit the group in a way that no field holds (`失能老人除外`, `低保且独居`): whoever is outside
    /// the fields is not served, and of whoever is inside nobody can tell.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
}

impl EligibleGroup {
    /// All that a service is for as one group, where its groups do not differ.
    pub fn whole(eligibility: &Eligibility) -> EligibleGroup {
        EligibleGroup {
            audiences: eligibility.audiences.clone(),
            minimum_age: eligibility.minimum_age,
            maximum_age: eligibility.maximum_age,
            conditions: eligibility.conditions.clone(),
            minimum_months: eligibility.minimum_months,
            maximum_months: eligibility.maximum_months,
            care_degrees: eligibility.care_degrees.clone(),
            disability_grades: eligibility.disability_grades.clone(),
            local_household: eligibility.local_household,
            limited: false,
        }
    }

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

    /// Whether any of its words names somebody or something: groups, ages, circumstances, a household.
    pub fn says_whom(&self) -> bool {
        let Eligibility { audiences, minimum_age, maximum_age, conditions, minimum_months, maximum_months, .. } = self;
        let Eligibility { care_degrees, disability_grades, local_household, .. } = self;
        let ages =
            minimum_age.is_some() || maximum_age.is_some() || minimum_months.is_some() || maximum_months.is_some();
        let degrees = !care_degrees.is_empty() || !disability_grades.is_empty();
        !audiences.is_empty() || !conditions.is_empty() || ages || degrees || local_household.is_some()
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
