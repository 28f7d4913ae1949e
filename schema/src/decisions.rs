//! What the centre decides. Streams `decisions-<scope>`, one for each county.
//!
//! The merges in force are a forest: each joins two registrations that stood in different groups when it was made, so
//! undoing any of them, at any time and in any order, splits one group exactly in two.

use crate::event::event_enum;
use crate::ids::{MergeId, RegistrationId};
use crate::office::Office;
use crate::registration::Quote;
use crate::vocabulary::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decider {
    /// A rule of the matching model.
    Rule {
        /// Which.
        name: DecidingRule,
    },
    /// A steward: the subject of their token.
    Steward {
        /// The subject.
        name: String,
    },
}

impl Decider {
    /// Whether it is a steward rather than a rule.
    pub fn is_steward(&self) -> bool {
        match self {
            Decider::Steward { .. } => true,
            Decider::Rule { .. } => false,
        }
    }
}

vocabulary! {
    /// What two registrations are compared by.
    pub enum Compared {
        Area = "area", "所在村居", "Village";
        Name = "name", "名称", "Name";
        Category = "category", "服务类别", "Category";
        Office = "office", "登记部门", "Office";
        Phones = "phones", "电话", "Telephone";
        Address = "address", "地址", "Address";
        RegisteredBody = "registered_body", "登记主体（信用代码、许可证号、队伍编号）",
            "Registered body (credit code, licence, team number)";
        Hours = "hours", "开放时间", "Hours";
        /// A [`Veto`]: its level is that of the same name.
        Veto = "veto", "必须分开的情形", "What keeps them apart";
    }
}

vocabulary! {
    /// How well two values agree, or which veto keeps the two apart.
    pub enum Level {
        Exact = "exact", "完全一致", "exactly the same";
        Same = "same", "一致", "the same";
        SameButForTown = "same_but_for_town", "只差乡镇名", "the same but for the town";
        SameButForForm = "same_but_for_form", "只差站、点、室、中心等后缀",
            "the same but for the form (station, centre, room)";
        OfAKind = "of_a_kind", "同类名称，各有其名", "names of one kind, each its own";
        Close = "close", "很接近", "very close";
        Similar = "similar", "相近", "similar";
        SameVillage = "same_village", "同一村居", "the same village";
        AnotherVillage = "another_village", "在不同的村居", "in another village";
        SameTown = "same_town", "同一乡镇", "the same town";
        AnotherTown = "another_town", "不同乡镇", "another town";
        SameHouse = "same_house", "同一门牌", "the same house";
        SamePlace = "same_place", "同一处，没有门牌号", "the same place, without a number";
        SameCreditCode = "same_credit_code", "信用代码一致", "the same credit code";
        DifferentCreditCode = "different_credit_code", "信用代码不同", "another credit code";
        SameLicence = "same_licence", "许可证号一致", "the same licence";
        DifferentLicence = "different_licence", "许可证号不同", "another licence";
        LicenceOfTheCreditCode = "licence_of_the_credit_code", "许可证号属于同一信用代码",
            "the licence belongs to the credit code";
        SameRegisterNumber = "same_register_number", "登记编号一致", "the same register number";
        OneDigitApart = "one_digit_apart", "只差一位数字", "one digit apart";
        Vague = "vague", "类别太笼统", "too vague a category";
        Unclear = "unclear", "看不出来", "unclear";
        Different = "different", "不同", "different";
        Missing = "missing", "缺失", "missing";
        NumberedSiblings = "numbered_siblings", "编号不同的兄弟站点", "numbered siblings";
        BranchAndParent = "branch_and_parent", "一个是分店、分站", "a branch and its parent";
        SharedHotline = "shared_hotline", "只是共用一个热线", "only a hotline shared by many";
        ToldApart = "told_apart", "同一部门分类别登记的不同服务", "services that one office registers apart";
    }
}

/// Why two registrations must stay apart, whatever else agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Veto {
    /// In two villages: another village of the same name, or one programme at many sites.
    AnotherVillage,
    /// One is numbered and the other is not, or has another number.
    NumberedSiblings,
    /// One calls itself a branch and the other does not.
    BranchAndParent,
    /// One number, but another house and another name: a hotline shared by many sites.
    SharedHotline,
    /// One office registers them under two categories: services of one provider are several.
    ToldApart,
}

impl Veto {
    /// How grounds name it, as the level of [`Compared::Veto`].
    pub fn level(self) -> Level {
        match self {
            Veto::AnotherVillage => Level::AnotherVillage,
            Veto::NumberedSiblings => Level::NumberedSiblings,
            Veto::BranchAndParent => Level::BranchAndParent,
            Veto::SharedHotline => Level::SharedHotline,
            Veto::ToldApart => Level::ToldApart,
        }
    }
}

vocabulary! {
    /// A rule of the matching model that decides on a pair.
    pub enum DecidingRule {
        AboveMergeThreshold = "above_merge_threshold", "相符度达到自动归并线", "above the threshold for merging by rule";
        AboveProposalThreshold = "above_proposal_threshold", "相符度达到待核线",
            "above the threshold for asking a steward";
    }
}

/// One comparison of two registrations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What was compared.
    pub comparison: Compared,
    /// How well it agreed.
    pub level: Level,
    /// The match weight, in bits (log2 of the Bayes factor).
    pub weight: f64,
    /// What the pair's first registration says; nothing when it says nothing. A number that its office sealed stands here
    /// as it was sealed there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Quote>,
    /// What its second says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub right: Vec<Quote>,
}

/// Why: everything a steward or an auditor needs to judge a decision years later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grounds {
    /// The probability that both are the same real thing, 0 to 1. None when a steward decided without the model.
    pub probability: Option<f64>,
    /// The sum of the prior and all weights, in bits.
    pub weight: Option<f64>,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
    /// The version of the matching model.
    pub model: String,
    /// Who decided.
    pub decided_by: Decider,
    /// On behalf of which office, if one objected or asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Office>,
    /// Why, in the decider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Two registrations may be the same; a steward is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeProposed {
    /// The merge it would be.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Why.
    pub grounds: Grounds,
}

/// Two registrations are the same thing; their groups are one from here on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationsMerged {
    /// The merge.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Why.
    pub grounds: Grounds,
}

/// A steward refused a proposal; the two groups are kept apart from here on and not asked about again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeRefused {
    /// The proposal.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// The subject of the steward's token.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A merge was undone: its group is split in two, as if the merge had never been made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeUndone {
    /// The merge.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Whether the halves stay apart from here on.
    pub keep_apart: bool,
    /// The subject of the steward's token.
    pub by: String,
    /// Why.
    pub reason: String,
}

event_enum! {
    /// What the centre decides.
    pub enum DecisionEvent {
        /// A steward is asked.
        MergeProposed(MergeProposed),
        /// Two groups became one.
        RegistrationsMerged(RegistrationsMerged),
        /// A proposal was refused.
        MergeRefused(MergeRefused),
        /// A merge was undone.
        MergeUndone(MergeUndone),
    }
}

impl DecisionEvent {
    /// The merge that it is about.
    pub fn id(&self) -> MergeId {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.id,
            DecisionEvent::RegistrationsMerged(merged) => merged.id,
            DecisionEvent::MergeRefused(refused) => refused.id,
            DecisionEvent::MergeUndone(undone) => undone.id,
        }
    }

    /// The two registrations that it is about.
    pub fn pair(&self) -> [RegistrationId; 2] {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.pair,
            DecisionEvent::RegistrationsMerged(merged) => merged.pair,
            DecisionEvent::MergeRefused(refused) => refused.pair,
            DecisionEvent::MergeUndone(undone) => undone.pair,
        }
    }

    /// Whether a steward decided it rather than a rule. Only stewards refuse and undo.
    pub fn by_steward(&self) -> bool {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.grounds.decided_by.is_steward(),
            DecisionEvent::RegistrationsMerged(merged) => merged.grounds.decided_by.is_steward(),
            DecisionEvent::MergeRefused(_) | DecisionEvent::MergeUndone(_) => true,
        }
    }
}
