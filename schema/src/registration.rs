//! What every registration carries, whichever office made it.

use crate::finding::{CellFinding, FindingCode};
use crate::ids::{HandInId, PersonId};
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

/// Who answers for a registration: a name, numbers of their own, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// The person's name; none when only a number of theirs was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
    /// The numbers of theirs that are not the service's, each sealed by itself, in E.164. The public ones stand with what
    /// is registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Sealed>,
}

impl Contact {
    /// The person whose data they are; none when nothing is kept of anybody.
    pub fn person(&self) -> Option<PersonId> {
        self.name.iter().chain(&self.phones).next().map(|sealed| sealed.person)
    }
}

/// What stood in a cell or a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// Words about the service: the office's own, and as public as the rest.
    Said(String),
    /// Words in a column about a person.
    Sealed(Sealed),
}

/// Something a clerk wrote that could not be understood. The registration went in without it; the words are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Doubt {
    /// The column, or the field of the form, as the office calls it.
    pub column: String,
    /// What stood there; none when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Quote>,
    /// Why it was doubted.
    #[serde(flatten)]
    pub code: FindingCode,
}

impl Doubt {
    /// That something was doubted, and no more: for a registration of which something was retracted.
    #[must_use]
    pub fn withheld(&self) -> Doubt {
        Doubt { column: self.column.clone(), value: None, code: CellFinding::Retracted.into() }
    }
}
