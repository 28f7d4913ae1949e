//! What became of a hand-in, for people and for programs.

use crate::books::HandIn;
use crate::counts::{Counts, count};
use chassis::log::Recorded;
use schema::finding::{CellFinding, Words};
use schema::hand_in::{
    AbsentWithdrawn, Finding, HandInEvent, Note, RowFate, SettledRow, Severity, WithdrawalTakenBack,
};
use schema::position::LogId;
use schema::{DecodeError, Extent, HandInId, Office, Quote, RegistrationId, Sealed};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Opens a sealed value; none when the person was erased, or the reader may not see it.
pub type Open<'a> = dyn Fn(&Sealed) -> Option<String> + 'a;

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
    pub findings: Vec<ReportFinding>,
}

/// Something found in a row, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportFinding {
    /// The column, as the file calls it; empty when it is about the row as a whole.
    pub column: String,
    /// What stood there; empty when nothing did, and for who may not see what is said of a person.
    pub value: String,
    /// The code.
    pub code: String,
    /// Whether the row was refused for it.
    pub severity: Severity,
    /// The reason, in Chinese.
    pub reason_zh: String,
    /// The reason, in English.
    pub reason_en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

/// A remark on a file as a whole, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportNote {
    /// The code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
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
    /// Whether the file was the whole list or some of its rows.
    pub extent: Extent,
    /// The file's name.
    pub file: String,
    /// A digest of its bytes under a secret of the key store, in hexadecimal.
    pub digest: String,
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
    pub notes: Vec<ReportNote>,
    /// Every row, in order.
    pub rows: Vec<ReportRow>,
    /// Registrations of earlier hand-ins of the list that no row is about, still in force until the clerk confirms.
    pub absent: Vec<RegistrationId>,
    /// Of those, the ones withdrawn since by [`crate::Desk::withdraw_absent`] and not put back.
    pub withdrawn: Vec<RegistrationId>,
    /// Those whose withdrawal was taken back by [`crate::Desk::take_back`].
    #[serde(default)]
    pub taken_back: Vec<RegistrationId>,
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

impl ReportRow {
    pub(crate) fn of(settled: &SettledRow, open: &Open<'_>) -> Self {
        let findings = settled.findings.iter().map(|finding| ReportFinding::of(finding, open)).collect();
        ReportRow { row: settled.row, fate: settled.fate, registration: settled.registration, findings }
    }
}

impl ReportRow {
    /// The same without what was found in it: something of its registration was retracted, and it may quote that.
    pub(crate) fn withheld(self) -> Self {
        let findings = self.findings.iter().map(ReportFinding::withheld).collect();
        ReportRow { findings, ..self }
    }
}

impl ReportFinding {
    fn withheld(&self) -> Self {
        let column = Some(self.column.clone()).filter(|column| !column.is_empty());
        let code = CellFinding::Retracted.into();
        ReportFinding::of(&Finding { column, value: None, code, severity: self.severity }, &|_| None)
    }

    /// A finding in words.
    pub fn of(finding: &Finding, open: &Open<'_>) -> Self {
        let Words { reason_zh, reason_en, remedy_zh, remedy_en } = finding.code.words();
        ReportFinding {
            column: finding.column.clone().unwrap_or_default(),
            value: shown(finding.value.as_ref(), open),
            code: finding.code.code().to_owned(),
            severity: finding.severity,
            reason_zh,
            reason_en,
            remedy_zh,
            remedy_en,
        }
    }
}

impl ReportNote {
    /// A remark in words.
    pub fn of(note: &Note) -> Self {
        let (zh, en) = note.code.words().whole();
        ReportNote { code: note.code.code().to_owned(), zh, en }
    }
}

/// What stood in a cell, as far as the reader may see it.
pub(crate) fn shown(quote: Option<&Quote>, open: &Open<'_>) -> String {
    match quote {
        Some(Quote::Said(text)) => text.clone(),
        Some(Quote::Sealed(sealed)) => open(sealed).unwrap_or_default(),
        None => String::new(),
    }
}

impl Summary {
    pub(crate) fn of(hand_in: &HandIn) -> Self {
        Summary {
            id: hand_in.id,
            list: hand_in.list.clone(),
            file: hand_in.file.clone(),
            received_at: hand_in.received_at,
            actor: hand_in.actor.clone(),
            complete: hand_in.complete,
            counts: hand_in.counts,
        }
    }
}

impl Report {
    /// The report that the events of one hand-in tell; none of no events.
    pub(crate) fn of_stream(recorded: &[Recorded], log: LogId, open: &Open<'_>) -> Result<Option<Report>, DecodeError> {
        let mut report: Option<Report> = None;
        for event in recorded {
            let happened = event.decode::<HandInEvent>()?;
            if let HandInEvent::HandInReceived(received) = happened {
                report = Some(Report {
                    id: received.id,
                    office: received.office,
                    list: received.list,
                    extent: received.extent,
                    file: received.file,
                    digest: received.digest,
                    check: false,
                    repeated: false,
                    complete: false,
                    counts: Counts { rows: received.rows, ..Counts::default() },
                    notes: received.notes.iter().map(ReportNote::of).collect(),
                    rows: Vec::new(),
                    absent: Vec::new(),
                    withdrawn: Vec::new(),
                    taken_back: Vec::new(),
                    position: None,
                });
            } else if let Some(report) = &mut report {
                report.take(happened, open);
            }
            if let Some(report) = &mut report {
                report.position = Some(event.position.token(log));
            }
        }
        Ok(report)
    }

    fn take(&mut self, happened: HandInEvent, open: &Open<'_>) {
        match happened {
            HandInEvent::HandInReceived(_) => {}
            HandInEvent::RowsSettled(settled) => {
                for row in settled.rows {
                    count(&mut self.counts, &row);
                    self.rows.push(ReportRow::of(&row, open));
                }
            }
            HandInEvent::AbsentFound(absent) => self.absent.extend(absent.registrations),
            HandInEvent::HandInCompleted(completed) => {
                self.complete = true;
                self.counts.absent = completed.absent;
            }
            HandInEvent::AbsentWithdrawn(AbsentWithdrawn { registrations }) => {
                let again: BTreeSet<&RegistrationId> = registrations.iter().collect();
                self.taken_back.retain(|put_back| !again.contains(put_back));
                self.withdrawn.extend(registrations);
            }
            HandInEvent::WithdrawalTakenBack(WithdrawalTakenBack { registrations }) => {
                let put_back: BTreeSet<&RegistrationId> = registrations.iter().collect();
                self.withdrawn.retain(|gone| !put_back.contains(gone));
                self.taken_back.extend(registrations);
            }
        }
    }

    /// The report as a table for a spreadsheet: CSV in UTF-8 with a byte-order mark, headings and words in Chinese and
    /// English, one line per finding (or per row without one), then the remarks on the file and the absent registrations.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut table = csv::Writer::from_writer("\u{FEFF}".as_bytes().to_vec());
        // Writing into memory does not fail.
        let mut line = |fields: [&str; 10]| drop(table.write_record(fields.map(inert)));
        line([
            "行号 Row",
            "结果 Result",
            "级别 Severity",
            "列 Column",
            "原值 Value",
            "代码 Code",
            "原因 Reason",
            "办法 Remedy",
            "Reason in English",
            "Remedy in English",
        ]);
        for row in &self.rows {
            let (number, fate) = (row.row.to_string(), fate_words(row.fate));
            if row.findings.is_empty() {
                line([&number, fate, "", "", "", "", "", "", "", ""]);
            }
            for finding in &row.findings {
                let severity = match finding.severity {
                    Severity::Warning => "提醒 warning",
                    Severity::Error => "错误 error",
                };
                line([
                    &number,
                    fate,
                    severity,
                    &finding.column,
                    &finding.value,
                    &finding.code,
                    &finding.reason_zh,
                    &finding.remedy_zh,
                    &finding.reason_en,
                    &finding.remedy_en,
                ]);
            }
        }
        for note in &self.notes {
            line(["", "说明 note", "", "", "", &note.code, &note.zh, "", &note.en, ""]);
        }
        for registration in &self.absent {
            let id = registration.to_string();
            let (zh, en) = if self.withdrawn.contains(registration) {
                ("已经办人确认注销", "withdrawn, as the clerk confirmed")
            } else {
                (
                    "上次有、这次文件里没有；仍有效，确认后才注销",
                    "in an earlier file and not in this one; in force until withdrawal is confirmed",
                )
            };
            line(["", "缺席 absent", "", "登记号 registration", &id, "ABSENT", zh, "", en, ""]);
        }
        table.into_inner().unwrap_or_default()
    }
}

fn fate_words(fate: RowFate) -> &'static str {
    match fate {
        RowFate::Registered => "新登记 registered",
        RowFate::Revised => "已变更 revised",
        RowFate::Unchanged => "无变化 unchanged",
        RowFate::Refused => "未导入 refused",
    }
}

/// A spreadsheet must not take a cell of the report for a formula.
fn inert(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}
