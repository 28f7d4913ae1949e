//! The licence under which a service may be given.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of the licence a service needs. A lapsed one takes the service off the directory on the day after
/// `expires`, with no event; an unknown one is said, not assumed.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Licence {
    /// None is needed.
    #[default]
    NotRequired,
    /// One is needed; the office did not say until when it holds.
    Unknown {
        /// Its number, if that much was said.
        number: Option<String>,
    },
    /// Holds up to and including a day.
    Until {
        /// Its number.
        number: Option<String>,
        /// The last day, in the county's own time.
        expires: NaiveDate,
    },
}

impl Licence {
    /// Its number, if one was said.
    pub fn number(&self) -> Option<&str> {
        match self {
            Licence::NotRequired => None,
            Licence::Unknown { number } | Licence::Until { number, .. } => number.as_deref(),
        }
    }

    /// Whether the licence has lapsed on `day`. Unknown is not lapsed.
    pub fn has_lapsed(&self, day: NaiveDate) -> bool {
        match self {
            Licence::NotRequired | Licence::Unknown { .. } => false,
            Licence::Until { expires, .. } => day > *expires,
        }
    }
}
