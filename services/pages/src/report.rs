//! The report of a hand-in, or of a check, for a browser without scripts; with them `office.js` shows it.

use super::chrome::{Chrome, office_in_words};
use super::format;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chassis::http::Problem;
use schema::Office;
use serde::Deserialize;
use serde_json::Value;

/// So many findings stand on the page; all of them are in the file that can be saved.
const LINES: usize = 500;

/// What the page shows of a report.
#[derive(Deserialize)]
struct Report {
    id: String,
    office: Office,
    file: String,
    check: bool,
    repeated: bool,
    complete: bool,
    counts: Counts,
    notes: Vec<Note>,
    rows: Vec<FoundRow>,
}

#[derive(Deserialize)]
struct Counts {
    rows: i64,
    registered: i64,
    revised: i64,
    unchanged: i64,
    refused: i64,
    warned: i64,
    absent: i64,
}

#[derive(Deserialize)]
struct Note {
    zh: String,
    en: String,
}

#[derive(Deserialize)]
struct FoundRow {
    row: u32,
    fate: String,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    column: String,
    value: String,
    reason_zh: String,
    reason_en: String,
    remedy_zh: String,
    remedy_en: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    p: Chrome,
    office: &'static str,
    office_name: &'static str,
    id: String,
    file: String,
    check: bool,
    /// How it went: good, with doubts, or bad.
    mark: &'static str,
    head: String,
    text: String,
    tallies: Vec<(&'static str, String)>,
    notes: Vec<String>,
    lines: Vec<FoundLine>,
    left_out: usize,
}

struct FoundLine {
    row: u32,
    fate: &'static str,
    refused: bool,
    column: String,
    value: String,
    reason: String,
    remedy: String,
}

/// The page of a report as the service gives it to programs.
pub(super) fn page(p: &Chrome, report: Value) -> Response {
    let report: Report = match serde_json::from_value(report) {
        Ok(report) => report,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    // Language and print are chosen on a page that can be asked for again.
    let here = match report.check {
        true => format!("/office?office={}", report.office.path()),
        false => format!("/hand-ins/{}", report.id),
    };
    let p = &p.at(here);
    let (head, text) = verdict(&report, p);
    let counts = &report.counts;
    let tallies = [
        (p.t("数据行", "Data rows"), counts.rows),
        (p.t("新登记", "Registered"), counts.registered),
        (p.t("变更", "Revised"), counts.revised),
        (p.t("未变化", "Unchanged"), counts.unchanged),
        (p.t("未登记", "Refused"), counts.refused),
        (p.t("有提醒", "With a warning"), counts.warned),
        (p.t("上次有、这次没有", "Absent this time"), counts.absent),
    ];
    let found: usize = report.rows.iter().map(|row| row.findings.len()).sum();
    let lines: Vec<FoundLine> =
        report.rows.iter().flat_map(|row| row.findings.iter().map(|found| line(row, found, p))).take(LINES).collect();
    let template = ReportPage {
        office: report.office.path(),
        office_name: office_in_words(report.office, p.lang),
        mark: match (counts.refused, counts.warned) {
            (0, 0) => "good",
            (0, _) => "care",
            _ => "bad",
        },
        head,
        text,
        tallies: tallies.into_iter().map(|(name, count)| (name, format::thousands(count))).collect(),
        notes: report.notes.iter().map(|note| p.t(&note.zh, &note.en).to_owned()).collect(),
        left_out: found - lines.len(),
        lines,
        id: report.id,
        file: report.file,
        check: report.check,
        p: p.clone(),
    };
    p.page(StatusCode::OK, &template)
}

fn line(row: &FoundRow, finding: &Finding, p: &Chrome) -> FoundLine {
    FoundLine {
        row: row.row,
        fate: match row.fate.as_str() {
            "registered" => p.t("新登记", "Registered"),
            "revised" => p.t("变更", "Revised"),
            "unchanged" => p.t("未变化", "Unchanged"),
            _ => p.t("未登记", "Refused"),
        },
        refused: row.fate == "refused",
        column: finding.column.clone(),
        value: finding.value.clone(),
        reason: p.t(&finding.reason_zh, &finding.reason_en).to_owned(),
        remedy: p.t(&finding.remedy_zh, &finding.remedy_en).to_owned(),
    }
}

/// How it went, and what is to be done now.
fn verdict(report: &Report, p: &Chrome) -> (String, String) {
    let refused = format::thousands(report.counts.refused);
    let (head, text) = if report.check {
        let head = match report.counts.refused {
            0 => p.t("预检完成：每一行都可以登记", "Checked: every row can be taken in").to_owned(),
            _ => p.lang.pick(
                format!("预检完成：有 {refused} 行不能登记"),
                format!("Checked: {refused} rows cannot be taken in"),
            ),
        };
        let text = p.t(
            "现在还没有写入任何登记。请返回上一页：改好文件再预检，或者按“直接登记”。",
            "Nothing has been taken in yet. Go back: correct the file and check it again, or press \"Take in without checking\".",
        );
        (head, text)
    } else if !report.complete {
        let text = p.t(
            "已登记的行不会丢，也不会重复。请把同一个文件再上传一次，会接着办完。",
            "No row is lost or doubled. Hand in the same file again and it goes on where it stopped.",
        );
        (p.t("这次上传中断了", "This hand-in was interrupted").to_owned(), text)
    } else if report.repeated {
        let text = p.t("没有新的变化，下面是上次的结果。", "Nothing changed; this is the report of that time.");
        (p.t("这个文件已经登记过", "This file had been handed in already").to_owned(), text)
    } else {
        let head = match report.counts.refused {
            0 => p.t("已全部登记", "Everything was taken in").to_owned(),
            _ => {
                p.lang.pick(format!("已登记，其中 {refused} 行未登记"), format!("Taken in, except for {refused} rows"))
            }
        };
        (head, p.t("目录会在几秒钟内更新。", "The directory follows within seconds."))
    };
    (head, text.to_owned())
}
