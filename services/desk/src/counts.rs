//! How many rows of a hand-in met which fate.

use schema::hand_in::{RowFate, SettledRow, Severity};
use serde::{Deserialize, Serialize};

/// How many rows met which fate. The four fates add up to `rows`; `warned` rows are counted among the first three as
/// well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// Adds a row to the sums.
pub(crate) fn count(counts: &mut Counts, row: &SettledRow) {
    let fate = match row.fate {
        RowFate::Registered => &mut counts.registered,
        RowFate::Revised => &mut counts.revised,
        RowFate::Unchanged => &mut counts.unchanged,
        RowFate::Refused => &mut counts.refused,
    };
    *fate += 1;
    let warned =
        row.fate != RowFate::Refused && row.findings.iter().any(|finding| finding.severity == Severity::Warning);
    counts.warned += u32::from(warned);
}
