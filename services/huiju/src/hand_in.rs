//! `huiju import`: hands a file in to a running server, as a clerk would by the page.
//!
//! Ends well when the hand-in was taken, even if rows of it were refused: the report says which, and the good rows are in.

use crate::Failure;
use crate::arguments::Import;
use crate::server::problem_text;
use crate::table::Files;
use desk::Report;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::multipart::{Form, Part};
use schema::hand_in::Severity;
use schema::{Extent, Office};
use serde::Deserialize;

/// How many findings are shown on the screen; all of them are in the report.
const SHOWN: usize = 40;

/// One line of the answer to an import that asks for progress.
#[derive(Deserialize)]
#[serde(untagged)]
enum ImportLine {
    Progress { settled: u64, of: u64 },
    Report(Box<Report>),
    Problem(serde_json::Value),
}

/// Hands the file in and says what became of it.
pub(crate) async fn run(import: Import) -> Result<(), Failure> {
    let bytes = std::fs::read(&import.file)
        .map_err(|error| format!("读不到文件 cannot read {}: {error}", import.file.display()))?;
    let name = import.file.file_name().map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
    match import.what {
        Files::Divisions => whole(&import, "/api/areas/imports", name, bytes).await,
        Files::Calendar => whole(&import, "/api/calendar/imports", name, bytes).await,
        Files::Policy => whole(&import, "/api/policy/imports", name, bytes).await,
        Files::Population => population(&import, name, bytes).await,
        Files::List(of) => list(&import, of.office, name, bytes).await,
    }
}

/// A file that is taken in whole or not at all.
async fn whole(import: &Import, path: &str, name: String, bytes: Vec<u8>) -> Result<(), Failure> {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name));
    let mut request = import.server.request(Method::POST, path)?.multipart(form);
    if import.check {
        request = request.query(&[("check", "true")]);
    }
    if let Some(scope) = &import.of_scope {
        request = request.query(&[("scope", scope)]);
    }
    let answer = request.send().await?;
    let ok = answer.status().is_success();
    let text = answer.text().await?;
    if !ok {
        return Err(problem_text(&text).into());
    }
    println!("{text}");
    Ok(())
}

/// Counts of people: what is said of single rows comes first, then the sums.
async fn population(import: &Import, name: String, bytes: Vec<u8>) -> Result<(), Failure> {
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name));
    let mut request = import.server.request(Method::POST, "/api/population/imports")?.multipart(form);
    if import.check {
        request = request.query(&[("check", "true")]);
    }
    if let Some(on) = import.on {
        request = request.query(&[("on", on.to_string())]);
    }
    let answer = request.send().await?;
    let ok = answer.status().is_success();
    let text = answer.text().await?;
    if !ok {
        return Err(problem_text(&text).into());
    }
    let report: CountsReport = serde_json::from_str(&text)?;
    for note in &report.notes {
        println!("  {} {}", note.zh, note.en);
    }
    for row in report.rows.iter().take(SHOWN) {
        for finding in &row.findings {
            println!(
                "  第{}行 row {}  {}  {}{}；{} {}; {}",
                row.row,
                row.row,
                if row.refused { "未导入 refused" } else { "提醒 warning" },
                if finding.column.is_empty() { String::new() } else { format!("{}：", finding.column) },
                finding.reason_zh,
                finding.remedy_zh,
                finding.reason_en,
                finding.remedy_en,
            );
        }
    }
    if report.rows.len() > SHOWN {
        println!("  ……共{}行有提示 {} rows have findings", report.rows.len(), report.rows.len());
    }
    let CountsSums { rows, counted, unchanged, refused, doubted } = report.counts;
    let check = if report.check { "（预检，未写入 a check, nothing written）" } else { "" };
    println!(
        "{}{check}：{rows}行 rows，新记入{counted} counted，已有{unchanged} unchanged，未导入{refused} refused，有疑问{doubted} doubted",
        report.file
    );
    if let Some(path) = &import.report {
        std::fs::write(path, &text)
            .map_err(|error| format!("报告写不进 cannot write the report to {}: {error}", path.display()))?;
        println!("报告 report: {}", path.display());
    }
    Ok(())
}

/// What the import of counts answers.
#[derive(Deserialize)]
struct CountsReport {
    file: String,
    check: bool,
    counts: CountsSums,
    notes: Vec<desk::ReportNote>,
    rows: Vec<CountsRow>,
}

#[derive(Deserialize)]
struct CountsSums {
    rows: u64,
    counted: u64,
    unchanged: u64,
    refused: u64,
    doubted: u64,
}

#[derive(Deserialize)]
struct CountsRow {
    row: u32,
    refused: bool,
    findings: Vec<desk::ReportFinding>,
}

async fn list(import: &Import, office: Office, name: String, bytes: Vec<u8>) -> Result<(), Failure> {
    let extent = if import.changes { Extent::Changes } else { Extent::Whole };
    let form = Form::new()
        .text("list", import.list.clone())
        .text("extent", extent.name())
        .part("file", Part::bytes(bytes).file_name(name));
    let mut request = import
        .server
        .request(Method::POST, &format!("/api/{}/imports", office.path()))?
        .header(ACCEPT, "application/x-ndjson, application/problem+json")
        .multipart(form);
    if import.check {
        request = request.query(&[("check", "true")]);
    }
    let mut answer = request.send().await?;
    if !answer.status().is_success() {
        return Err(problem_text(&answer.text().await?).into());
    }
    let is_stream =
        answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-ndjson"));
    let report = if is_stream {
        let bar = progress_bar(&import.file.display().to_string());
        let mut waiting = Vec::new();
        let mut report = None;
        while let Some(chunk) = answer.chunk().await? {
            waiting.extend_from_slice(&chunk);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                take(&line, &bar, &mut report)?;
            }
        }
        take(&waiting, &bar, &mut report)?;
        bar.finish_and_clear();
        *report.ok_or("连接中断，请用同一文件再导入一次 the connection broke: hand the same file in again")?
    } else {
        answer.json::<Report>().await?
    };
    println!("{}", summary(&report));
    for note in &report.notes {
        println!("  {} {}", note.zh, note.en);
    }
    print_findings(&report);
    if !report.absent.is_empty() && !report.check {
        println!(
            "  缺失的登记仍有效，在网页的导入报告里勾选确认后才注销；若文件只有变动的行，请用 --changes \
             what is absent stays in force until a clerk says which of it is withdrawn; for a file of changes use --changes: \
             {}/hand-ins/{}",
            import.server.server, report.id,
        );
    }
    if let Some(path) = &import.report {
        std::fs::write(path, report.to_csv())
            .map_err(|error| format!("报告写不进 cannot write the report to {}: {error}", path.display()))?;
        println!("报告 report: {}", path.display());
    }
    Ok(())
}

fn take(line: &[u8], bar: &ProgressBar, report: &mut Option<Box<Report>>) -> Result<(), Failure> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    match serde_json::from_slice::<ImportLine>(line)? {
        ImportLine::Progress { settled, of } => {
            bar.set_length(of);
            bar.set_position(settled);
        }
        ImportLine::Report(whole) => *report = Some(whole),
        ImportLine::Problem(problem) => return Err(problem_text(&problem.to_string()).into()),
    }
    Ok(())
}

/// One line on a hand-in: the file and the sums.
pub(crate) fn summary(report: &Report) -> String {
    let counts = report.counts;
    let how = match (report.check, report.repeated) {
        (true, _) => "预检 check",
        (false, true) => "已导入过 already in",
        (false, false) => "已导入 imported",
    };
    format!(
        "{} {}：{how}，{} 行 rows = 新登记 registered {} + 变更 revised {} + 未变 unchanged {} + 未收 refused {}；\
         有疑问 warned {}，缺失 absent {}",
        report.office.name_zh(),
        report.file,
        counts.rows,
        counts.registered,
        counts.revised,
        counts.unchanged,
        counts.refused,
        counts.warned,
        counts.absent,
    )
}

fn print_findings(report: &Report) {
    let mut shown = 0;
    let all: usize = report.rows.iter().map(|row| row.findings.len()).sum();
    for row in &report.rows {
        for finding in &row.findings {
            if shown == SHOWN {
                println!("  ……共 {all} 条，其余见 --report in all {all}, see --report");
                return;
            }
            shown += 1;
            let mark = match finding.severity {
                Severity::Error => "未收 refused",
                Severity::Warning => "有疑问 warned",
            };
            println!("  第 {} 行 row {} {mark} {}「{}」", row.row, row.row, finding.column, finding.value);
            println!("      {} {}", finding.reason_zh, finding.remedy_zh);
            println!("      {} {}", finding.reason_en, finding.remedy_en);
        }
    }
}

fn progress_bar(name: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style).with_message(name.to_owned())
}
