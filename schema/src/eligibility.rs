//! Whom a service is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A group of the public that a service is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// 老年人: people of 60 and over.
    Elders,
    /// 儿童: under 18.
    Children,
    /// 妇女
    Women,
    /// 残疾人
    Disabled,
    /// 全体居民: everyone; asked for elders, a service for everyone answers too.
    All,
}

/// A circumstance that entitles, as the civil-affairs rules name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// 特困人员: the five guarantees.
    FiveGuarantee,
    /// 低保
    LowIncome,
    /// 低保边缘
    NearLowIncome,
    /// 独居
    LivesAlone,
    /// 空巢
    EmptyNest,
    /// 留守
    LeftBehind,
    /// 失能
    CareDependent,
    /// 半失能
    PartlyCareDependent,
    /// 失智
    Dementia,
    /// 残疾
    Disabled,
    /// 计划生育特殊家庭（失独）
    LostOnlyChild,
    /// 优抚对象、退役军人
    Veteran,
}

/// Whom a service is for, as far as its office said.
///
/// `audiences` empty means the office did not say. A person is within the audiences if they belong to any of them.
/// `conditions` empty means none is asked; otherwise any one of them is enough. An absent age bound is open.
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
}
