//! The four offices that register what they share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An office. In JSON and in stream names `snake_case`, in paths and commands `kebab-case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// 社区医院: community clinics and health stations.
    Clinic,
    /// 妇联: the women's federation.
    WomensFederation,
    /// 共青团: the youth league.
    YouthLeague,
    /// 商务: the commerce office.
    Commerce,
}

impl Office {
    /// All of them, in the order in which pages list them.
    pub const ALL: [Office; 4] = [Office::Clinic, Office::WomensFederation, Office::YouthLeague, Office::Commerce];

    /// The stream category, and the office's name in JSON and files. Holds no hyphen: EventStoreDB splits there.
    pub fn category(self) -> &'static str {
        match self {
            Office::Clinic => "clinic",
            Office::WomensFederation => "womens_federation",
            Office::YouthLeague => "youth_league",
            Office::Commerce => "commerce",
        }
    }

    /// The office's name in paths and commands.
    pub fn path(self) -> &'static str {
        match self {
            Office::Clinic => "clinic",
            Office::WomensFederation => "womens-federation",
            Office::YouthLeague => "youth-league",
            Office::Commerce => "commerce",
        }
    }

    /// The name on pages, in Chinese.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Office::Clinic => "社区医院",
            Office::WomensFederation => "妇联",
            Office::YouthLeague => "共青团",
            Office::Commerce => "商务局",
        }
    }

    /// The name on pages, in English.
    pub const fn name_en(self) -> &'static str {
        match self {
            Office::Clinic => "Community clinics",
            Office::WomensFederation => "Women's Federation",
            Office::YouthLeague => "Youth League",
            Office::Commerce => "Commerce office",
        }
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// No office of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no office is called {0:?}; there are clinic, womens-federation, youth-league and commerce")]
pub struct UnknownOffice(pub String);

impl FromStr for Office {
    type Err = UnknownOffice;
    /// Takes the kebab-case and the snake_case form.
    fn from_str(text: &str) -> Result<Self, UnknownOffice> {
        Office::ALL
            .into_iter()
            .find(|office| text == office.path() || text == office.category())
            .ok_or_else(|| UnknownOffice(text.to_owned()))
    }
}
