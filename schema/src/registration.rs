//! What every registration carries, whichever office made it.

use crate::ids::HandInId;
use crate::sealed::Sealed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a registration came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Source {
    /// A row of a hand-in. Later hand-ins of the list may move the row; `import-` streams say where to.
    HandIn {
        /// The hand-in that wrote this event.
        hand_in: HandInId,
        /// The list within the office.
        list: String,
        /// The file's name as it was handed in.
        file: String,
        /// The data row, from 1, header not counted.
        row: u32,
    },
    /// A form or another program, one registration at a time.
    Form,
}

/// Who answers for a registration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// The person's name.
    pub name: Sealed,
}

/// Something a clerk wrote that could not be understood. The registration went in without it; the words are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Doubt {
    /// The column, or the field of the form, as the office calls it.
    pub column: String,
    /// What stood there.
    pub value: String,
    /// Why it was doubted: a stable code in `SCREAMING_SNAKE_CASE`, e.g. `HOURS_UNKNOWN`.
    pub code: String,
}
