//! The four offices that register what they share.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Makes the offices of one row each, with everything that the contract says of them beside their events.
macro_rules! offices {
    ($($(#[doc = $doc:literal])+ $office:ident {
        category: $category:literal, path: $path:literal, code: $code:literal, zh: $zh:literal, en: $en:literal,
        thing_zh: $thing_zh:literal, thing_en: $thing_en:literal, back_zh: $back_zh:literal,
    })+) => {
        /// An office. In JSON and in stream names `snake_case`, in paths and commands `kebab-case`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Office {
            $($(#[doc = $doc])+ $office,)+
        }

        impl Office {
            /// All of them, in the order in which pages list them.
            pub const ALL: [Office; [$($path),+].len()] = [$(Office::$office),+];

            /// The code of each in GraphQL, with its names on pages in Chinese and English.
            pub const WORDS: &'static [(&'static str, &'static str, &'static str)] = &[$(($code, $zh, $en)),+];

            /// The stream category, and the office's name in JSON and files. Holds no hyphen: EventStoreDB splits there.
            pub const fn category(self) -> &'static str {
                match self { $(Office::$office => $category,)+ }
            }

            /// The office's name in paths and commands.
            pub const fn path(self) -> &'static str {
                match self { $(Office::$office => $path,)+ }
            }

            /// The name on pages, in Chinese.
            pub const fn name_zh(self) -> &'static str {
                match self { $(Office::$office => $zh,)+ }
            }

            /// The name on pages, in English.
            pub const fn name_en(self) -> &'static str {
                match self { $(Office::$office => $en,)+ }
            }

            /// What it calls the thing that it registers, in Chinese.
            pub(crate) const fn thing_zh(self) -> &'static str {
                match self { $(Office::$office => $thing_zh,)+ }
            }

            /// What it calls the thing that it registers, in English.
            pub(crate) const fn thing_en(self) -> &'static str {
                match self { $(Office::$office => $thing_en,)+ }
            }

            /// What that thing does again when it comes back, in Chinese.
            pub(crate) const fn back_zh(self) -> &'static str {
                match self { $(Office::$office => $back_zh,)+ }
            }
        }
    };
}

offices! {
    /// 社区医院: community clinics and health stations.
    Clinic {
        category: "clinic", path: "clinic", code: "CLINIC", zh: "社区医院", en: "Community clinics",
        thing_zh: "机构", thing_en: "practice", back_zh: "恢复服务",
    }
    /// 妇联: the women's federation.
    WomensFederation {
        category: "womens_federation", path: "womens-federation", code: "WOMENS_FEDERATION", zh: "妇联",
        en: "Women's Federation", thing_zh: "站点", thing_en: "station", back_zh: "恢复服务",
    }
    /// 共青团: the youth league.
    YouthLeague {
        category: "youth_league", path: "youth-league", code: "YOUTH_LEAGUE", zh: "共青团", en: "Youth League",
        thing_zh: "队伍", thing_en: "team", back_zh: "恢复活动",
    }
    /// 商务: the commerce office.
    Commerce {
        category: "commerce", path: "commerce", code: "COMMERCE", zh: "商务局", en: "Commerce office",
        thing_zh: "商户", thing_en: "merchant", back_zh: "恢复营业",
    }
}

impl fmt::Display for Office {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

/// No office of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no office is called {0:?}; there are {names}", names = Office::ALL.map(Office::path).join(", "))]
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
