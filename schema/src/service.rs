//! What is offered.

use crate::vocabulary::vocabulary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What sort of thing a registration is about.
    pub enum Kind {
        Service = "service", "服务", "Service";
        Venue = "venue", "场所", "Venue";
        Team = "team", "队伍", "Team";
        Equipment = "equipment", "设备物资", "Equipment";
    }
}

/// The category of a service, in the county's own words, e.g. `助餐`. Open: an office may bring a new one; the known ones
/// are in [`Category::KNOWN`] and an unknown one is a doubt, not an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Category(pub String);

impl Category {
    /// The categories that the county's catalogue of basic elder services and its neighbours name.
    pub const KNOWN: &'static [&'static str] = &[
        "助餐",
        "助洁",
        "助浴",
        "助医",
        "助购",
        "助行",
        "助急",
        "助老服务",
        "康复护理",
        "日间照料",
        "短期托养",
        "精神慰藉",
        "探访关爱",
        "儿童关爱",
        "文体活动",
        "法律援助",
        "健康管理",
        "志愿服务",
        "便民服务",
    ];

    /// The same with their names in Chinese, which the offices write, and in English.
    pub const WORDS: &'static [(&'static str, &'static str, &'static str)] = &[
        ("助餐", "助餐", "Meals"),
        ("助洁", "助洁", "Cleaning"),
        ("助浴", "助浴", "Bathing"),
        ("助医", "助医", "Medical help"),
        ("助购", "助购", "Shopping"),
        ("助行", "助行", "Getting about"),
        ("助急", "助急", "Emergency help"),
        ("助老服务", "助老服务", "Help for elders"),
        ("康复护理", "康复护理", "Rehabilitation and nursing"),
        ("日间照料", "日间照料", "Day care"),
        ("短期托养", "短期托养", "Short stays"),
        ("精神慰藉", "精神慰藉", "Company and counselling"),
        ("探访关爱", "探访关爱", "Visits"),
        ("儿童关爱", "儿童关爱", "Care for children"),
        ("文体活动", "文体活动", "Culture and sports"),
        ("法律援助", "法律援助", "Legal aid"),
        ("健康管理", "健康管理", "Health management"),
        ("志愿服务", "志愿服务", "Volunteering"),
        ("便民服务", "便民服务", "Everyday services"),
    ];

    /// Whether the category is one of the known ones.
    pub fn is_known(&self) -> bool {
        Category::KNOWN.contains(&self.0.as_str())
    }
}
