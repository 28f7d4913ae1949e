//! What was found wrong or doubtful in what an office wrote: a closed list of codes, each with its arguments.
//!
//! An event keeps the code and the arguments, never a sentence. The words are made here, and only here, when a finding is
//! shown; so a better wording reaches old events as well. `schema/findings.jsonl` has a sample of every code: lines are
//! only ever added to it. A code is never renamed or used again, and its arguments never change their meaning; what is to
//! be said differently gets a code of its own.
//!
//! A code that a newer Huiju wrote is kept as it was written and shown as its code. Nothing is decided on a finding, so it
//! stops nothing.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

use crate::area::AreaCode;

/// Declares a family of codes. Each stands once, with its arguments, the reason (zh, en) and what to do (zh, en).
macro_rules! finding_codes {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $code:literal $variant:ident
            $({ $($(#[$field_doc:meta])* $field:ident: $type:ty,)+ })?
            => $reason_zh:expr, $reason_en:expr; $remedy_zh:expr, $remedy_en:expr;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(tag = "code", content = "arguments")]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant $({ $($(#[$field_doc])* $field: $type,)+ })?,)+
        }

        impl $name {
            /// Every code of the family.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The code, in `SCREAMING_SNAKE_CASE`.
            pub fn code(&self) -> &'static str {
                match self {
                    $($name::$variant { .. } => $code,)+
                }
            }

            /// What it says to people.
            pub fn words(&self) -> $crate::finding::Words {
                match self {
                    $($name::$variant $({ $($field),+ })? =>
                        $crate::finding::Words::new($reason_zh, $reason_en, $remedy_zh, $remedy_en),)+
                }
            }
        }

        impl From<$name> for $crate::finding::FindingCode {
            fn from(code: $name) -> Self {
                $crate::finding::FindingCode::$name(code)
            }
        }
    };
}

mod area;
mod cell;
mod file;
mod population;
mod rule;

pub use area::{AreaFinding, Ended};
pub use cell::{CellFinding, HoursDoubt};
pub use file::FileFinding;
pub use population::PopulationFinding;
pub use rule::RuleFinding;

/// A code with its arguments. In JSON `{"code": "DATE_SHORT_YEAR", "arguments": {"year": 2025}}`, without `arguments`
/// where the code has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FindingCode {
    /// What a cell or a field holds.
    CellFinding(CellFinding),
    /// Which division is meant.
    AreaFinding(AreaFinding),
    /// What an office's rules say.
    RuleFinding(RuleFinding),
    /// What there is to know about a file as a whole.
    FileFinding(FileFinding),
    /// Counts of people.
    PopulationFinding(PopulationFinding),
    /// Not known here: written by a newer Huiju, and kept as it was written.
    Unknown(UnknownFinding),
}

/// A code that is not known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownFinding {
    /// The code.
    pub code: String,
    /// Its arguments, as they were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
}

/// What a finding says to people, in both languages. Both are clauses without a full stop; a remedy may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The reason, in Chinese.
    pub reason_zh: String,
    /// The reason, in English.
    pub reason_en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl Words {
    fn new(
        reason_zh: impl Into<String>,
        reason_en: impl Into<String>,
        remedy_zh: impl Into<String>,
        remedy_en: impl Into<String>,
    ) -> Words {
        let (reason_zh, reason_en) = (reason_zh.into(), reason_en.into());
        Words { reason_zh, reason_en, remedy_zh: remedy_zh.into(), remedy_en: remedy_en.into() }
    }

    /// Reason and remedy in one, in Chinese and in English.
    pub fn whole(self) -> (String, String) {
        let Words { reason_zh, reason_en, remedy_zh, remedy_en } = self;
        let whole = |reason: String, remedy: String, between: &str| match remedy.as_str() {
            "" => reason,
            remedy => format!("{reason}{between}{remedy}"),
        };
        (whole(reason_zh, remedy_zh, "；"), whole(reason_en, remedy_en, "; "))
    }
}

impl FindingCode {
    /// Every code that is known here, family by family.
    pub fn all() -> impl Iterator<Item = &'static str> {
        [CellFinding::CODES, AreaFinding::CODES, RuleFinding::CODES, FileFinding::CODES, PopulationFinding::CODES]
            .into_iter()
            .flatten()
            .copied()
    }

    /// The code, in `SCREAMING_SNAKE_CASE`, if it is known here.
    pub fn known(&self) -> Option<&'static str> {
        match self {
            FindingCode::CellFinding(finding) => Some(finding.code()),
            FindingCode::AreaFinding(finding) => Some(finding.code()),
            FindingCode::RuleFinding(finding) => Some(finding.code()),
            FindingCode::FileFinding(finding) => Some(finding.code()),
            FindingCode::PopulationFinding(finding) => Some(finding.code()),
            FindingCode::Unknown(_) => None,
        }
    }

    /// The code, in `SCREAMING_SNAKE_CASE`, known here or not.
    pub fn code(&self) -> &str {
        match self {
            FindingCode::Unknown(finding) => &finding.code,
            FindingCode::CellFinding(_)
            | FindingCode::AreaFinding(_)
            | FindingCode::RuleFinding(_)
            | FindingCode::FileFinding(_)
            | FindingCode::PopulationFinding(_) => self.known().unwrap_or_default(),
        }
    }

    /// What it says to people.
    pub fn words(&self) -> Words {
        match self {
            FindingCode::CellFinding(finding) => finding.words(),
            FindingCode::AreaFinding(finding) => finding.words(),
            FindingCode::RuleFinding(finding) => finding.words(),
            FindingCode::FileFinding(finding) => finding.words(),
            FindingCode::PopulationFinding(finding) => finding.words(),
            FindingCode::Unknown(UnknownFinding { code, .. }) => Words::new(
                format!("这个版本还不认识代码{code}"),
                format!("this version does not know the code {code}"),
                "请升级后再看",
                "upgrade to see what it means",
            ),
        }
    }
}

impl JsonSchema for FindingCode {
    fn schema_name() -> Cow<'static, str> {
        "FindingCode".into()
    }

    /// Open, because codes are added: a reader that checks against the list of today must not fail tomorrow.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A code of schema/findings.jsonl with its arguments.",
            "type": "object",
            "properties": { "code": { "type": "string" }, "arguments": { "type": "object" } },
            "required": ["code"],
        })
    }
}

/// A division as an argument of a finding: as it was called when the finding was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedArea {
    /// Its code.
    pub code: AreaCode,
    /// Its name, with those of the divisions above it.
    pub name: String,
}

impl NamedArea {
    fn listed(areas: &[NamedArea]) -> String {
        areas.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
    }
}

impl std::fmt::Display for NamedArea {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}（{}）", self.name, self.code)
    }
}

/// A column of an office's form as an argument of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormColumn {
    /// As the form prints it.
    pub name: String,
    /// In English.
    pub english: String,
}
