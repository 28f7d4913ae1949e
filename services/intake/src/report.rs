//! What became of a hand-in, for people and for programs.

use schema::hand_in::{Finding, Note, RowFate};
use schema::{HandInId, Office, RegistrationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many rows met which fate. The four fates add up to `rows`; `warned` rows are counted among the first three as
/// well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Data rows in the file.
    pub rows: u32,
    /// New registrations.
    pub registered: u32,
    /// Changed ones.
    pub revised: u32,
    /// Unchanged ones.
    pub unchanged: u32,
    /// Rows not taken in.
    pub refused: u32,
    /// Rows that went in with a warning.
    pub warned: u32,
    /// Registrations of earlier hand-ins of the list that no row is about.
    pub absent: u32,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// The data row, from 1, header not counted.
    pub row: u32,
    /// Its fate.
    pub fate: RowFate,
    /// The registration it is about; none when it was refused.
    pub registration: Option<RegistrationId>,
    /// What was found wrong or doubtful.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// The whole report of a hand-in, or of a check of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The hand-in; for a check, the one that handing in the file now would make.
    pub id: HandInId,
    /// Whose.
    pub office: Office,
    /// The list within the office.
    pub list: String,
    /// The file's name.
    pub file: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Whether this was only a check: nothing was taken in.
    pub check: bool,
    /// Whether this file was the list's latest already, so that the report is that of an earlier hand-in and nothing was
    /// appended.
    pub repeated: bool,
    /// Whether every row is settled. False for a hand-in that was interrupted; hand the file in again.
    pub complete: bool,
    /// The sums.
    pub counts: Counts,
    /// Remarks on the file as a whole.
    pub notes: Vec<Note>,
    /// Every row, in order.
    pub rows: Vec<ReportRow>,
    /// Registrations of earlier hand-ins of the list that no row is about, still in force until the clerk confirms.
    pub absent: Vec<RegistrationId>,
    /// Of those, the ones withdrawn since by [`crate::Desk::withdraw_absent`].
    pub withdrawn: Vec<RegistrationId>,
    /// The position of the hand-in's last event, as an opaque token; none for a check.
    pub position: Option<String>,
}

/// One hand-in in a list of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The hand-in.
    pub id: HandInId,
    /// The list within the office.
    pub list: String,
    /// The file's name.
    pub file: String,
    /// When it was received.
    pub received_at: chrono::DateTime<chrono::Utc>,
    /// Who handed it in.
    pub actor: String,
    /// Whether every row is settled.
    pub complete: bool,
    /// The sums so far.
    pub counts: Counts,
}
