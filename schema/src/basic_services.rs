//! 基本养老服务清单: which services are owed to which elders, as the nation, a province, a city or a county has settled it. A list
//! is an event of the policy of its scope ([`crate::policy`]), dated, and cites its document.

use crate::eligibility::Condition;
use crate::identity_number::{self, Within};
use crate::limits::{is_longer, length};
use crate::population::CountedGroup;
use crate::vocabulary::vocabulary;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

vocabulary! {
    /// What sort of service a list owes (《关于推进基本养老服务体系建设的意见》, 2023).
    pub enum BasicServiceKind {
        MaterialHelp = "material_help", "物质帮助", "material help";
        Care = "care", "照护服务", "care";
        Concern = "concern", "关爱服务", "concern";
    }
}

/// To whom an item is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwedTo {
    /// In the words of the list.
    pub words: String,
    /// From which age on, in full years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<u8>,
    /// Circumstances that must all hold, as far as they are among those that are known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Whether age and circumstances say all of it, so that those to whom it is owed can be told from counts.
    pub says_all: bool,
}

impl OwedTo {
    /// The group that is counted and to whom, all of them and nobody else, the item is owed; none where counts do not say.
    pub fn counted(&self) -> Option<CountedGroup> {
        if !self.says_all {
            return None;
        }
        match (self.minimum_age, self.conditions.as_slice()) {
            (None | Some(60), []) => Some(CountedGroup::SixtyAndOver),
            (Some(65), []) => Some(CountedGroup::SixtyFiveAndOver),
            (Some(80), []) => Some(CountedGroup::EightyAndOver),
            (None | Some(60), [one]) => match one {
                Condition::LivesAlone => Some(CountedGroup::LivingAlone),
                Condition::EmptyNest => Some(CountedGroup::EmptyNest),
                Condition::LeftBehind => Some(CountedGroup::LeftBehind),
                Condition::CareDependent => Some(CountedGroup::CareDependent),
                Condition::PartlyCareDependent => Some(CountedGroup::PartlyCareDependent),
                Condition::Dementia => Some(CountedGroup::Dementia),
                Condition::FiveGuarantee => Some(CountedGroup::FiveGuarantee),
                Condition::LowIncome => Some(CountedGroup::LowIncome),
                Condition::Disabled => Some(CountedGroup::Disabled),
                Condition::SpecialFamily => Some(CountedGroup::SpecialFamily),
                Condition::NearLowIncome
                | Condition::RigidExpenditure
                | Condition::LostOnlyChild
                | Condition::PreferentialTreatment
                | Condition::Veteran => None,
            },
            (Some(_), _) | (None, [_, _, ..]) => None,
        }
    }
}

/// One item of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BasicService {
    /// By which lists of narrower scopes name it again, e.g. `visits`. A list that has an item of this code puts its own in the
    /// place of the wider one's.
    pub code: String,
    /// What it is called, e.g. `探访服务`.
    pub name: String,
    /// What sort of service it is.
    pub kind: BasicServiceKind,
    /// What it consists of, in the words of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// To whom it is owed.
    pub owed_to: OwedTo,
    /// The categories of the directory any of which fulfils it. None where the directory holds nothing of the sort (a pension).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// What of this could not be confirmed, in the words of whoever wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<String>,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BasicServiceList {
    /// What it is called.
    pub name: String,
    /// Who issued it.
    pub issued_by: String,
    /// The document that has it, with its number where there is one.
    pub document: String,
    /// The day on which it was issued, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_on: Option<NaiveDate>,
    /// The first day on which it counts.
    pub in_force_from: NaiveDate,
    /// In the order of the document.
    pub items: Vec<BasicService>,
    /// What of this could not be confirmed, in the words of whoever wrote it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<String>,
}

/// A list came to count in its scope, in the place of the one that counted there until its first day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BasicServiceListAdopted {
    /// The list.
    pub list: BasicServiceList,
    /// Who adopted it here: the subject of a token.
    pub adopted_by: String,
}

/// What is wrong with a list: where, in Chinese, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListFault {
    /// The field, e.g. `items[3].code`.
    pub at: String,
    /// The reason, in Chinese.
    pub zh: String,
    /// The reason, in English.
    pub en: String,
}

/// More items than any list has.
const MOST_ITEMS: usize = 300;

impl BasicServiceList {
    /// What is wrong with it; nothing for one that may be adopted.
    pub fn faults(&self) -> Vec<ListFault> {
        let mut faults = Vec::new();
        let mut add = |at: String, zh: String, en: String| faults.push(ListFault { at, zh, en });
        for (at, text, most) in self.texts() {
            if is_longer(text, most) {
                add(at, format!("超过{most}个字"), format!("more than {most} characters"));
            } else if text.trim().is_empty() {
                add(at, "没有填写".to_owned(), "it is empty".to_owned());
            } else if identity_number::last_four_in(text, Within::Text).is_some() {
                add(at, "里面写有公民身份号码".to_owned(), "it holds an identity number".to_owned());
            }
        }
        if self.items.is_empty() || self.items.len() > MOST_ITEMS {
            add("items".to_owned(), format!("应有1到{MOST_ITEMS}项"), format!("a list has 1 to {MOST_ITEMS} items"));
        }
        let mut seen = BTreeSet::new();
        for (place, item) in self.items.iter().enumerate() {
            if !seen.insert(item.code.as_str()) {
                add(format!("items[{place}].code"), "与前面的项目重复".to_owned(), "an earlier item has it".to_owned());
            }
        }
        faults
    }

    /// Every text with its place and how long it may be.
    fn texts(&self) -> Vec<(String, &str, usize)> {
        let mut texts = vec![
            ("name".to_owned(), self.name.as_str(), length::NAME),
            ("issued_by".to_owned(), self.issued_by.as_str(), length::NAME),
            ("document".to_owned(), self.document.as_str(), length::CITATION),
        ];
        texts.extend(self.unconfirmed.iter().map(|text| ("unconfirmed".to_owned(), text.as_str(), length::REASON)));
        for (place, item) in self.items.iter().enumerate() {
            let at = |field: &str| format!("items[{place}].{field}");
            texts.push((at("code"), &item.code, length::CATEGORY));
            texts.push((at("name"), &item.name, length::NAME));
            texts.push((at("owed_to.words"), &item.owed_to.words, length::REASON));
            texts.extend(item.content.iter().map(|text| (at("content"), text.as_str(), length::REASON)));
            texts.extend(item.unconfirmed.iter().map(|text| (at("unconfirmed"), text.as_str(), length::REASON)));
            texts.extend(item.categories.iter().map(|text| (at("categories"), text.as_str(), length::CATEGORY)));
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(minimum_age: Option<u8>, conditions: &[Condition], says_all: bool) -> Option<CountedGroup> {
        OwedTo { words: "老年人".to_owned(), minimum_age, conditions: conditions.to_vec(), says_all }.counted()
    }

    #[test]
    fn those_to_whom_an_item_is_owed_are_counted_where_a_count_is_of_just_them() {
        for (age, conditions, says_all, counted) in [
            (None, &[][..], true, Some(CountedGroup::SixtyAndOver)),
            (Some(65), &[], true, Some(CountedGroup::SixtyFiveAndOver)),
            (Some(80), &[], true, Some(CountedGroup::EightyAndOver)),
            (Some(70), &[], true, None),
            (None, &[Condition::CareDependent], true, Some(CountedGroup::CareDependent)),
            (Some(80), &[Condition::CareDependent], true, None),
            (None, &[Condition::CareDependent, Condition::LowIncome], true, None),
            (None, &[Condition::CareDependent], false, None),
            (None, &[Condition::Veteran], true, None),
        ] {
            assert_eq!(owed(age, conditions, says_all), counted, "{age:?} {conditions:?} {says_all}");
        }
    }
}
