//! From a file to the log.

use crate::file::{self, Content, SaidName};
use crate::scopes;
use crate::writing::{ATTEMPTS, ImportError, append};
use chassis::clock::{county_date, county_midnight};
use chassis::command::{self, Command};
use chassis::decide;
use chassis::log::{Expected, Log, LogError, Recorded};
use chassis::service::Service;
use chrono::NaiveDate;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use intake::whole::{FileError, WrongRows};
use schema::area_book::AreaBook;
use schema::areas::{Area, AreaCalled, AreaChanged, AreasEvent, AreasListed, Lists};
use schema::scopes::ScopeBook;
use schema::{AreaCode, AreaLevel, Position, Scheme, Scope, Stream};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How many units are written at one time.
const IN_FLIGHT: usize = 16;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AreasReport {
    /// The file's name.
    pub file: String,
    /// The list that its codes are of.
    pub scheme: Scheme,
    /// Whether nothing was written because this was a check.
    pub check: bool,
    /// Divisions, or changes, in the file.
    pub rows: usize,
    /// County-level units (the province and the city have their own) that got a new list.
    pub units_listed: usize,
    /// Units whose list was the same already.
    pub units_unchanged: usize,
    /// Divisions that were not known.
    pub added: usize,
    /// Divisions that are no longer on the list of a unit.
    pub removed: usize,
    /// Divisions whose name or place changed.
    pub altered: usize,
    /// Dated changes that were not known.
    pub changes_recorded: usize,
    /// Dated changes that were known already.
    pub changes_known: usize,
    /// Names beside those of the list that were not known, or are no longer used.
    pub names_recorded: usize,
    /// Those of which this was known already.
    pub names_known: usize,
    /// The position of the last event written, as an opaque token; none when nothing was.
    pub position: Option<String>,
}

/// Imports a file of the declared scheme, on behalf of the process itself.
pub async fn import(service: &Service, bytes: &[u8], file_name: &str) -> Result<AreasReport, ImportError> {
    import_as(service, bytes, file_name, Scheme::default(), "service:areas").await
}

/// Imports a file on behalf of somebody.
pub async fn import_as(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scheme: Scheme,
    actor: &str,
) -> Result<AreasReport, ImportError> {
    run(service, bytes, file_name, scheme, Some(actor)).await
}

/// What taking in a file would come to.
pub async fn check(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scheme: Scheme,
) -> Result<AreasReport, ImportError> {
    run(service, bytes, file_name, scheme, None).await
}

async fn run(
    service: &Service,
    bytes: &[u8],
    file_name: &str,
    scheme: Scheme,
    actor: Option<&str>,
) -> Result<AreasReport, ImportError> {
    let now = service.clock.now();
    intake::sheet::check_names(file_name, "").map_err(FileError::from)?;
    let content = file::read(bytes, file_name, scheme, county_date(now))?;
    let mut report =
        AreasReport { file: file_name.to_owned(), scheme, check: actor.is_none(), ..AreasReport::default() };
    // The same file of the same person is the same act.
    let act = match actor {
        Some(actor) => {
            let key = command::body_hash(&(scheme, bytes)).map_err(LogError::from)?;
            Some(Command::of(actor, key, &file_name, now).map_err(LogError::from)?)
        }
        None => None,
    };
    if let Content::Names(names) = &content {
        names_of_known_divisions(service, file_name, names, scheme).await?;
    }
    // Before the divisions: whoever sees a county sees which scope it belongs to.
    let (scopes, mut last) = scopes::settle(&service.log, &content, scheme, act.as_ref()).await?;
    let mut units: BTreeMap<Scope, Unit> = BTreeMap::new();
    match content {
        Content::List(lists) => {
            let levels: BTreeSet<AreaLevel> = lists.values().flatten().map(|area| area.level).collect();
            for (unit, areas) in lists {
                report.rows += areas.len();
                units.insert(unit, Unit::List { areas, levels: levels.clone() });
            }
        }
        Content::Names(names) => {
            report.rows = names.len();
            for said in names {
                let unit = units.entry(Scope::of_digits(said.called.code)).or_insert_with(|| Unit::Names(Vec::new()));
                if let Unit::Names(of_unit) = unit {
                    of_unit.push(said);
                }
            }
        }
        Content::Changes(changes) => {
            report.rows = changes.len();
            for change in changes {
                // Whoever follows one of the two units sees it; it is counted where it leads to.
                let Some(home) = change.new_code.or(change.old_code).map(Scope::of_digits) else { continue };
                let left = change.old_code.map(Scope::of_digits);
                let left = left.filter(|left| scope_of(*left, &scopes) != scope_of(home, &scopes));
                for (unit, counts) in [(Some(home), true), (left, false)] {
                    let Some(unit) = unit else { continue };
                    if let Unit::Changes(of_unit) = units.entry(unit).or_insert_with(|| Unit::Changes(Vec::new())) {
                        of_unit.push((change.clone(), counts));
                    }
                }
            }
        }
    }
    let today = county_date(now);
    let mut waiting: Vec<BoxFuture<'_, Result<Step, ImportError>>> = Vec::new();
    for (unit, wanted) in units {
        let scope = scope_of(unit, &scopes);
        waiting.push(Box::pin(step(&service.log, (scheme, today), scope, unit, wanted, act.as_ref())));
    }
    let mut steps = futures::stream::iter(waiting).buffer_unordered(IN_FLIGHT);
    while let Some(step) = steps.next().await {
        let step = step?;
        step.add_to(&mut report);
        last = last.max(step.position);
    }
    report.position = last.map(|position| position.token(service.log.id()));
    Ok(report)
}

/// Refuses names of what is no division of today: nobody would find it by them.
async fn names_of_known_divisions(
    service: &Service,
    file_name: &str,
    names: &[SaidName],
    scheme: Scheme,
) -> Result<(), ImportError> {
    let mut book = AreaBook::new(scheme);
    service
        .log
        .catch_up(&["areas-".to_owned()], None, |event| {
            // What cannot be read, whoever decides by divisions is told.
            if let Ok(event) = event.decode::<AreasEvent>() {
                book.apply(&event);
            }
        })
        .await?;
    let mut faults = WrongRows::default();
    for SaidName { row, called, .. } in names {
        if book.get(called.code).is_none() {
            let code = called.code.to_string();
            faults.add(*row, "code", &code, "现行区划中没有该代码", "no division of today has this code");
        }
    }
    Ok(faults.none_of(file_name)?)
}

/// The scope of a unit of county level or above.
fn scope_of(unit: Scope, scopes: &ScopeBook) -> Scope {
    unit.to_string().parse().map_or(unit, |code: AreaCode| scopes.scope_of(code))
}

enum Unit {
    /// The unit's divisions, and the levels that the file has anywhere: national lists come as one file for each level,
    /// and one of them says nothing of the others.
    List { areas: Vec<Area>, levels: BTreeSet<AreaLevel> },
    /// The changes that concern the unit, each with whether it is counted here.
    Changes(Vec<(AreaChanged, bool)>),
    /// What people call its divisions beside.
    Names(Vec<SaidName>),
}

/// What one unit came to.
#[derive(Default)]
struct Step {
    is_list: bool,
    added: usize,
    removed: usize,
    altered: usize,
    listed: bool,
    recorded: usize,
    known: usize,
    names_recorded: usize,
    names_known: usize,
    position: Option<Position>,
}

impl Step {
    fn add_to(&self, report: &mut AreasReport) {
        report.units_listed += usize::from(self.is_list && self.listed);
        report.units_unchanged += usize::from(self.is_list && !self.listed);
        report.added += self.added;
        report.removed += self.removed;
        report.altered += self.altered;
        report.changes_recorded += self.recorded;
        report.changes_known += self.known;
        report.names_recorded += self.names_recorded;
        report.names_known += self.names_known;
    }
}

async fn step(
    log: &Log,
    (scheme, today): (Scheme, NaiveDate),
    scope: Scope,
    unit: Scope,
    wanted: Unit,
    act: Option<&Command>,
) -> Result<Step, ImportError> {
    let stream = Stream::Areas(scope, scheme).to_string();
    let mut attempt = 0;
    loop {
        let recorded = log.read_stream(&stream).await?;
        let (mut step, events) = compare(&recorded, scheme, unit, &wanted)?;
        let Some(act) = act.filter(|_| !events.is_empty()) else { return Ok(step) };
        let expected = recorded.last().map_or(Expected::NoStream, |event| Expected::Revision(event.revision));
        // The place in the stream is part of the key: the same list may come back after another one.
        let key = format!("{stream}:{}", recorded.len());
        let of_event = |(index, event): (usize, &AreasEvent)| {
            let effective_at = match event {
                AreasEvent::AreasListed(_) => county_midnight(scheme.edition()),
                AreasEvent::AreaChanged(change) => county_midnight(change.on.day()),
                AreasEvent::AreaAlsoCalled(_) | AreasEvent::AreaNoLongerCalled(_) => county_midnight(today),
            };
            let command = act.part(format!("{key}:{index}"), event, effective_at)?;
            decide::new_events(&stream, &command, std::slice::from_ref(event))
        };
        let events = events.iter().enumerate().map(of_event).collect::<Result<Vec<_>, _>>().map_err(LogError::from)?;
        match append(log, &stream, expected, events.into_iter().flatten().collect()).await {
            Ok(position) => {
                step.position = position;
                return Ok(step);
            }
            Err(LogError::WrongExpectedRevision { .. }) if attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a unit's stream lacks.
fn compare(
    recorded: &[Recorded],
    scheme: Scheme,
    unit: Scope,
    wanted: &Unit,
) -> Result<(Step, Vec<AreasEvent>), ImportError> {
    let mut listed: Vec<Area> = Vec::new();
    let mut changes: Vec<AreaChanged> = Vec::new();
    let mut lists = Lists::default();
    let mut called: HashSet<AreaCalled> = HashSet::new();
    for event in recorded {
        match event.decode::<AreasEvent>()? {
            // A re-coded county's list stands in the stream of the scope that it joined under.
            AreasEvent::AreasListed(list)
                if list.areas.first().map(|area| Scope::of_digits(area.code)) != Some(unit) => {}
            AreasEvent::AreasListed(list) => listed = lists.take(&list).unwrap_or(listed),
            AreasEvent::AreaChanged(change) => changes.push(change),
            AreasEvent::AreaAlsoCalled(name) => {
                called.insert(name);
            }
            AreasEvent::AreaNoLongerCalled(name) => {
                called.remove(&name);
            }
        }
    }
    match wanted {
        Unit::List { areas, levels } => {
            let is_said = |code| areas.binary_search_by_key(&code, |area| area.code).is_ok();
            // A list of villages that has a county for its own village (金门县) is no list of counties.
            let is_head = |area: &Area| area.level <= AreaLevel::County && !is_said(area.code);
            let others = listed.iter().filter(|area| !levels.contains(&area.level) || is_head(area)).cloned();
            let mut areas: Vec<Area> = areas.iter().cloned().chain(others).collect();
            areas.sort_unstable_by_key(|area| area.code);
            let mut step = Step { is_list: true, ..differences(&listed, &areas) };
            step.listed = listed != areas;
            let events =
                if step.listed { AreasListed::cut(scheme, areas).map_err(LogError::from)? } else { Vec::new() };
            Ok((step, events.into_iter().map(AreasEvent::AreasListed).collect()))
        }
        Unit::Names(wanted) => {
            let (mut step, mut new) = (Step::default(), Vec::new());
            for SaidName { called: name, is_called, .. } in wanted {
                let is_news = if *is_called { called.insert(name.clone()) } else { called.remove(name) };
                step.names_recorded += usize::from(is_news);
                step.names_known += usize::from(!is_news);
                match (is_news, is_called) {
                    (true, true) => new.push(AreasEvent::AreaAlsoCalled(name.clone())),
                    (true, false) => new.push(AreasEvent::AreaNoLongerCalled(name.clone())),
                    (false, _) => {}
                }
            }
            Ok((step, new))
        }
        Unit::Changes(wanted) => {
            let (mut step, mut new) = (Step::default(), Vec::new());
            for (change, counts) in wanted {
                if changes.contains(change) {
                    step.known += usize::from(*counts);
                } else {
                    step.recorded += usize::from(*counts);
                    changes.push(change.clone());
                    new.push(AreasEvent::AreaChanged(change.clone()));
                }
            }
            Ok((step, new))
        }
    }
}

fn differences(before: &[Area], now: &[Area]) -> Step {
    let by_code = |areas: &[Area]| areas.iter().map(|area| (area.code, area.clone())).collect::<BTreeMap<_, _>>();
    let (before, now) = (by_code(before), by_code(now));
    Step {
        added: now.keys().filter(|code| !before.contains_key(code)).count(),
        removed: before.keys().filter(|code| !now.contains_key(code)).count(),
        altered: now.iter().filter(|(code, area)| before.get(code).is_some_and(|known| known != *area)).count(),
        ..Step::default()
    }
}
