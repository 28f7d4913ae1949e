//! From a file to the log.

use crate::file;
use chassis::clock::county_midnight;
use chassis::command::{self, Command};
use chassis::decide;
use chassis::log::{Expected, LogError};
use chassis::service::Service;
use chrono::NaiveDate;
use intake::whole::FileError;
use schema::calendar::{CalendarEvent, HolidaysDeclared};
use schema::{DecodeError, Scope, Stream};
use serde::Serialize;
use std::collections::BTreeMap;

/// How often the stream is looked at again after somebody else wrote to it.
const ATTEMPTS: usize = 5;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CalendarReport {
    /// The file's name.
    pub file: String,
    /// Whose calendar it is.
    pub scope: Scope,
    /// Whether nothing was written because this was a check.
    pub check: bool,
    /// The years that are declared now, or would be.
    pub years_declared: Vec<i32>,
    /// The years of which the same was said before.
    pub years_unchanged: Vec<i32>,
    /// The position of the last event written, as an opaque token; none when nothing was.
    pub position: Option<String>,
}

/// A file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The calendar cannot be read.
    #[error("the calendar in the log cannot be read: {0}")]
    Corrupt(#[from] DecodeError),
}

/// Imports a file as the nation's, on behalf of the process itself.
///
/// # Errors
/// When the file is wrong or the log is away.
pub async fn import(service: &Service, bytes: &[u8], file_name: &str) -> Result<CalendarReport, ImportError> {
    run(service, bytes, file_name, Scope::NATION, Some("service:calendar")).await
}

/// Imports a file on behalf of somebody.
///
/// # Errors
/// As [`import`].
pub async fn import_as(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scope: Scope,
    actor: &str,
) -> Result<CalendarReport, ImportError> {
    run(service, bytes, file_name, scope, Some(actor)).await
}

/// What taking in a file would come to.
///
/// # Errors
/// As [`import`].
pub async fn check(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scope: Scope,
) -> Result<CalendarReport, ImportError> {
    run(service, bytes, file_name, scope, None).await
}

async fn run(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scope: Scope,
    actor: Option<&str>,
) -> Result<CalendarReport, ImportError> {
    intake::sheet::check_names(file_name, "").map_err(FileError::from)?;
    let years = file::read(bytes, file_name)?;
    // The same file of the same person is the same act.
    let act = match actor {
        Some(actor) => {
            let key = command::body_hash(&(scope, bytes)).map_err(LogError::from)?;
            Some(Command::of(actor, key, &file_name, service.clock.now()).map_err(LogError::from)?)
        }
        None => None,
    };
    let stream = Stream::Calendar(scope).to_string();
    let mut attempt = 0;
    loop {
        let recorded = service.log.read_stream(&stream).await?;
        let mut known: BTreeMap<i32, HolidaysDeclared> = BTreeMap::new();
        for event in &recorded {
            let CalendarEvent::HolidaysDeclared(declared) = event.decode()?;
            known.insert(declared.year, declared);
        }
        let (unchanged, new): (Vec<_>, Vec<_>) = years.iter().partition(|one| known.get(&one.year) == Some(*one));
        let of = |years: &[&HolidaysDeclared]| years.iter().map(|one| one.year).collect();
        let mut report = CalendarReport {
            file: file_name.to_owned(),
            scope,
            check: actor.is_none(),
            years_declared: of(&new),
            years_unchanged: of(&unchanged),
            position: None,
        };
        let Some(act) = act.as_ref().filter(|_| !new.is_empty()) else { return Ok(report) };
        let expected = recorded.last().map_or(Expected::NoStream, |event| Expected::Revision(event.revision));
        let mut events = Vec::new();
        for declared in new {
            // The place in the stream is part of the key: the same may be said again after something else was.
            let key = format!("{stream}:{}:{}", recorded.len(), declared.year);
            let first = NaiveDate::from_ymd_opt(declared.year, 1, 1).unwrap_or_default();
            let event = CalendarEvent::HolidaysDeclared(declared.clone());
            let command = act.part(key, &event, county_midnight(first)).map_err(LogError::from)?;
            events.extend(decide::new_events(&stream, &command, &[event]).map_err(LogError::from)?);
        }
        match service.log.append(&stream, expected, events).await {
            Ok(appended) => {
                report.position = Some(appended.position.token(service.log.id()));
                return Ok(report);
            }
            Err(LogError::WrongExpectedRevision { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}
