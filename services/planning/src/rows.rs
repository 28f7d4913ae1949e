//! What became of the rows of a file, in words.

use crate::counting::CountedRow;
use desk::ReportFinding;
use schema::hand_in::Severity;
use serde::Serialize;

/// A row of which there is something to say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowReport {
    /// Counted from 1, header not counted.
    pub row: u32,
    /// Whether it was refused.
    pub refused: bool,
    /// What was found wrong or doubtful.
    pub findings: Vec<ReportFinding>,
}

/// How many rows there are, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Data rows of the file.
    pub rows: usize,
    /// Rows whose counts were new, or differ from those known for that day.
    pub counted: usize,
    /// Rows whose counts were known already.
    pub unchanged: usize,
    /// Rows that were refused.
    pub refused: usize,
    /// Rows that went in with a doubt.
    pub doubted: usize,
}

/// The rows of which there is something to say.
pub(crate) fn reported(rows: &[CountedRow]) -> Vec<RowReport> {
    let report = |row: &CountedRow| RowReport {
        row: row.row,
        refused: row.counted.is_none(),
        findings: row.findings.iter().map(|finding| ReportFinding::of(finding, &|_| None)).collect(),
    };
    rows.iter().filter(|row| !row.findings.is_empty()).map(report).collect()
}

/// The sums, but for what is known already.
pub(crate) fn sums(rows: &[CountedRow]) -> Sums {
    let is_doubted = |row: &&CountedRow| {
        row.counted.is_some() && row.findings.iter().any(|finding| finding.severity == Severity::Warning)
    };
    Sums {
        rows: rows.len(),
        refused: rows.iter().filter(|row| row.counted.is_none()).count(),
        doubted: rows.iter().filter(is_doubted).count(),
        ..Sums::default()
    }
}
