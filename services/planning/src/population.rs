//! From a table of counts to the log.

use crate::counting::{self, COLUMNS, Counted, Reading};
use crate::divisions::{DivisionsError, divisions};
use crate::rows::{RowReport, Sums, reported, sums};
use chassis::clock::{county_date, county_midnight};
use chassis::command::{self, Command};
use chassis::decide;
use chassis::log::{Expected, Log, LogError, NewEvent, Recorded, Unreadable};
use chassis::service::Service;
use chrono::NaiveDate;
use desk::{ReportNote, unfold_workbook};
use intake::sheet::{self, Sheet, SheetError};
use schema::identity_number::{self, Within};
use schema::limits::{is_longer, length};
use schema::population::{CommunityCount, CountedGroup, PopulationCounted, PopulationEvent};
use schema::{AreaCode, Position, Scope, Stream};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often a scope is looked at again after somebody else wrote to it.
const ATTEMPTS: usize = 5;

/// A file of counts, and what is wanted of it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Its name.
    pub file: String,
    /// The day of rows that name none.
    pub on: Option<NaiveDate>,
    /// Where the counts come from; the file's name when not said.
    pub source: Option<String>,
    /// Only say what would happen.
    pub check: bool,
    /// Who hands it in: the subject of a token.
    pub actor: String,
    /// The area for which they act; none for everywhere.
    pub within: Option<AreaCode>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PopulationReport {
    /// The file's name.
    pub file: String,
    /// Where the counts come from, as the log keeps it.
    pub source: String,
    /// Whether nothing was written because this was a check.
    pub check: bool,
    /// The sums.
    pub counts: Sums,
    /// The days for which there are counts.
    pub days: Vec<NaiveDate>,
    /// The groups that were counted.
    pub groups: Vec<CountedGroup>,
    /// Remarks on the file as a whole.
    pub notes: Vec<ReportNote>,
    /// The rows of which there is something to say.
    pub rows: Vec<RowReport>,
    /// The position of the last event written, as an opaque token; none when nothing was.
    pub position: Option<String>,
}

/// A file of counts was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    File(#[from] SheetError),
    /// What is said of where the counts come from cannot be kept.
    #[error("the source is too long, or holds an identity number")]
    Source,
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Something in the log on which the import depends cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Reading the file broke off.
    #[error("reading the file broke off: {0}")]
    Reading(String),
}

impl From<DivisionsError> for ImportError {
    fn from(error: DivisionsError) -> ImportError {
        match error {
            DivisionsError::Log(error) => ImportError::Log(error),
            DivisionsError::Unreadable(error) => ImportError::Unreadable(error),
        }
    }
}

/// Takes a file in, or says what that would come to. Handing in the same file again appends nothing.
///
/// # Errors
/// When nothing of the file could be taken in.
pub async fn import(service: &Service, order: Order) -> Result<PopulationReport, ImportError> {
    sheet::check_names(&order.file, "")?;
    let source = order.source.clone().unwrap_or_else(|| order.file.clone());
    if is_longer(&source, length::CITATION) || identity_number::last_four_in(&source, Within::Text).is_some() {
        return Err(ImportError::Source);
    }
    let now = service.clock.now();
    let Sheet { lines, notes, .. } = sheet_of(service, &order).await?;
    let areas = divisions(&service.log).await?;
    let reading = Reading { areas: &areas, within: order.within, on: order.on, today: county_date(now) };
    let rows = counting::read(&lines, reading);
    let counted: Vec<&Counted> = rows.iter().filter_map(|row| row.counted.as_ref()).collect();
    let mut by_scope: BTreeMap<Scope, Vec<&Counted>> = BTreeMap::new();
    for one in &counted {
        by_scope.entry(areas.scope_of(one.count.area)).or_default().push(one);
    }
    let mut days: Vec<NaiveDate> = counted.iter().map(|one| one.on).collect();
    days.sort_unstable();
    days.dedup();
    let has = |group: &CountedGroup| counted.iter().any(|one| one.count.counts.contains_key(group));
    let mut report = PopulationReport {
        counts: sums(&rows),
        days,
        groups: CountedGroup::ALL.iter().copied().filter(has).collect(),
        notes: notes.iter().map(ReportNote::of).collect(),
        rows: reported(&rows),
        file: order.file.clone(),
        check: order.check,
        position: None,
        source: source.clone(),
    };
    let act = match order.check {
        true => None,
        false => {
            let key = command::body_hash(&(order.on, &source, &*order.bytes)).map_err(LogError::from)?;
            Some(Command::of(&order.actor, key, &order.file, now).map_err(LogError::from)?)
        }
    };
    let mut last: Option<Position> = None;
    for (scope, counted) in by_scope {
        let (new, position) = settle(&service.log, scope, &counted, &source, act.as_ref()).await?;
        report.counts.counted += new;
        report.counts.unchanged += counted.len() - new;
        last = last.max(position);
    }
    report.position = last.map(|position| position.token(service.log.id()));
    Ok(report)
}

/// The table of a file: a workbook is unfolded in a child process, where there is one.
async fn sheet_of(service: &Service, order: &Order) -> Result<Sheet, ImportError> {
    let (bytes, name) = (Arc::clone(&order.bytes), order.file.clone());
    let unfolded = match &service.helper {
        Some(program) if sheet::is_workbook(&bytes) => {
            Some(unfold_workbook(program, &bytes).await.map_err(ImportError::Reading)?)
        }
        Some(_) | None => None,
    };
    let unfold = |bytes: &[u8]| unfolded.unwrap_or_else(|| sheet::unfold(bytes));
    let reading = tokio::task::spawn_blocking(move || sheet::read_by(&bytes, &name, COLUMNS, unfold));
    Ok(reading.await.map_err(|error| ImportError::Reading(error.to_string()))??)
}

/// What is known of a community, a group and a day.
type Known = BTreeMap<(AreaCode, CountedGroup, NaiveDate), (u32, String)>;

fn known(recorded: &[Recorded]) -> Result<Known, Unreadable> {
    let mut known = Known::new();
    for event in recorded {
        let PopulationEvent::PopulationCounted(counted) =
            event.decode().map_err(|problem| event.unreadable(problem))?;
        for community in counted.communities {
            for (group, count) in community.counts {
                known.insert((community.area, group, counted.on), (count, counted.source.clone()));
            }
        }
    }
    Ok(known)
}

/// Writes what is not known yet of a scope; without an act, says only how many rows that would be.
async fn settle(
    log: &Log,
    scope: Scope,
    counted: &[&Counted],
    source: &str,
    act: Option<&Command>,
) -> Result<(usize, Option<Position>), ImportError> {
    let stream = Stream::Population(scope).to_string();
    let mut attempt = 0;
    loop {
        let recorded = log.read_stream(&stream).await?;
        let known = known(&recorded)?;
        let is_new = |one: &&&Counted| {
            one.count.counts.iter().any(|(group, count)| {
                known.get(&(one.count.area, *group, one.on)) != Some(&(*count, source.to_owned()))
            })
        };
        let new: Vec<&Counted> = counted.iter().filter(is_new).copied().collect();
        let Some(act) = act.filter(|_| !new.is_empty()) else { return Ok((new.len(), None)) };
        let mut by_day: BTreeMap<NaiveDate, Vec<CommunityCount>> = BTreeMap::new();
        for one in &new {
            by_day.entry(one.on).or_default().push(one.count.clone());
        }
        let expected = recorded.last().map_or(Expected::NoStream, |event| Expected::Revision(event.revision));
        let events = events(&stream, recorded.len(), by_day, source, act).map_err(LogError::from)?;
        match append(log, &stream, expected, events).await {
            Ok(position) => return Ok((new.len(), position)),
            Err(LogError::WrongExpectedRevision { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn events(
    stream: &str,
    place: usize,
    by_day: BTreeMap<NaiveDate, Vec<CommunityCount>>,
    source: &str,
    act: &Command,
) -> Result<Vec<NewEvent>, schema::EncodeError> {
    let mut events = Vec::new();
    for (on, mut communities) in by_day {
        communities.sort_unstable_by_key(|community| community.area);
        for counted in PopulationCounted::cut(on, source, communities)? {
            let event = PopulationEvent::PopulationCounted(counted);
            // The place in the stream is part of the key: the same counts may come back after others.
            let key = format!("{stream}:{place}:{}", events.len());
            let command = act.part(key, &event, county_midnight(on))?;
            events.extend(decide::new_events(stream, &command, std::slice::from_ref(&event))?);
        }
    }
    Ok(events)
}

/// Appends events one run after the other, each as large as the log takes at once. Whoever was interrupted between two finds
/// what is there when the same file is handed in again.
async fn append(
    log: &Log,
    stream: &str,
    expected: Expected,
    events: Vec<NewEvent>,
) -> Result<Option<Position>, LogError> {
    let (mut expected, mut position) = (expected, None);
    for run in decide::appends(events)? {
        let appended = log.append(stream, expected, run).await?;
        expected = Expected::Revision(appended.revision);
        position = Some(appended.position);
    }
    Ok(position)
}
