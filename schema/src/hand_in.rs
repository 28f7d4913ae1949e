//! A hand-in of a whole list: what became of every row. Streams `import-<id>`: received, rows and what is absent in parts
//! that each fit into an event, completed.

use crate::event::event_enum;
use crate::extent::Extent;
use crate::finding::{CellFinding, FindingCode};
use crate::ids::{HandInId, RegistrationId};
use crate::office::Office;
use crate::registration::Quote;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file arrived and could be read as a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandInReceived {
    /// Which hand-in.
    pub id: HandInId,
    /// Whose.
    pub office: Office,
    /// The list within the office.
    pub list: String,
    /// Whether the file is the whole list or some of its rows.
    #[serde(default)]
    pub extent: Extent,
    /// The file's name.
    pub file: String,
    /// A digest of its bytes under a secret of the key store, in hexadecimal: the same file has the same in one
    /// installation, and nobody can try out whom it names.
    pub digest: String,
    /// How many data rows it holds.
    pub rows: u32,
    /// The columns that were read, in the file's order and words.
    pub columns: Vec<String>,
    /// What was left alone, and what a clerk should know about the file as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A remark on a file as a whole, e.g. that a hidden sheet was left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What there is to know.
    #[serde(flatten)]
    pub code: FindingCode,
}

/// What became of some of the rows: as many as fit into an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowsSettled {
    /// The rows, in order.
    pub rows: Vec<SettledRow>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettledRow {
    /// The data row, from 1.
    pub row: u32,
    /// Its fate.
    pub fate: RowFate,
    /// The registration it is about; none when it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<RegistrationId>,
    /// What was found wrong or doubtful.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// By what a later hand-in knows the row again; none when it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<RowMark>,
}

/// By what a later hand-in of the same list knows a row again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowMark {
    /// Name, community and category, as compared.
    pub key: [String; 3],
    /// The licence or team number, where the list has one and the row gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The SHA-256 over all cells that hold no personal data, and over what is public in the others, in hexadecimal.
    pub cells: String,
    /// The SHA-256 over the sealed cells about a person, in hexadecimal; none when the row has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
}

/// The fate of a row. One that went in with doubts has findings of severity `warning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowFate {
    /// A new registration.
    Registered,
    /// A registration of an earlier hand-in, changed.
    Revised,
    /// A registration of an earlier hand-in, as it was.
    Unchanged,
    /// Not taken in.
    Refused,
}

/// Something found in a row: a code with its arguments, and where. Its words are made when it is shown
/// ([`FindingCode::words`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The column, as the file calls it; none when it is about the row as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What stood there; none when nothing did, or nothing that may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Quote>,
    /// What is wrong or doubtful.
    #[serde(flatten)]
    pub code: FindingCode,
    /// Whether the row was refused for it.
    pub severity: Severity,
}

impl Finding {
    /// That something was found, and no more: for a row whose registration had something retracted.
    #[must_use]
    pub fn withheld(&self) -> Finding {
        let Finding { column, severity, .. } = self;
        Finding { column: column.clone(), value: None, code: CellFinding::Retracted.into(), severity: *severity }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The row went in; the words were kept.
    Warning,
    /// The row was refused.
    Error,
}

/// Every row is settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandInCompleted {
    /// New registrations.
    pub registered: u32,
    /// Changed ones.
    pub revised: u32,
    /// Unchanged ones.
    pub unchanged: u32,
    /// Rows not taken in.
    pub refused: u32,
    /// Rows that went in with a warning (counted above as well).
    pub warned: u32,
    /// How many registrations were found absent.
    pub absent: u32,
}

/// Registrations of earlier hand-ins of the list that no row is about: some of them, as many as fit into an event. Still in
/// force until the clerk confirms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AbsentFound {
    /// Which, each once in a hand-in.
    pub registrations: Vec<RegistrationId>,
}

/// The clerk confirmed that absent registrations are withdrawn: some of them, as many as fit into an event. Each is
/// withdrawn in its own stream first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AbsentWithdrawn {
    /// Those withdrawn.
    pub registrations: Vec<RegistrationId>,
}

/// The clerk took the withdrawal of absent registrations back: some of them, as many as fit into an event. Each stands in its
/// own stream as it did before; one that changed since it was withdrawn is left as it is and not named here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalTakenBack {
    /// Those put back.
    pub registrations: Vec<RegistrationId>,
}

event_enum! {
    /// What happens to a hand-in.
    pub enum HandInEvent {
        /// A file arrived.
        HandInReceived(HandInReceived),
        /// Some rows are settled.
        RowsSettled(RowsSettled),
        /// Some registrations are absent.
        AbsentFound(AbsentFound),
        /// All rows are settled, and all that is absent is found.
        HandInCompleted(HandInCompleted),
        /// Absent registrations were withdrawn.
        AbsentWithdrawn(AbsentWithdrawn),
        /// The withdrawal of absent registrations was taken back.
        WithdrawalTakenBack(WithdrawalTakenBack),
    }
}
