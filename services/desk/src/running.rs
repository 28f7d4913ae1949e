//! One hand-in, or a check of one: every row recognised, read, and settled.

mod rows;

use crate::books::{HandIn, Known, ListBook};
use crate::cells::{SealedCells, cells_digest, keeps_mobiles, personal_cells, sealed_digest};
use crate::counts::{Counts, count};
use crate::description::Description;
use crate::hand_in::{Ask, File, HandInError, OnProgress, Progress};
use crate::report::{Open, Report, ReportNote, ReportRow};
use crate::sealing::ContactKey;
use chassis::command::Command;
use chassis::decide;
use chassis::log::{Expected, Log, LogError, Unreadable};
use chassis::sealed::{KeyError, KeyStore};
use chrono::{DateTime, Utc};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use intake::cell::numbering::Numbering;
use intake::lineage::{self, By, Now, Recognised, RowKey};
use intake::{Gazetteer, Line, Sheet, says_vacancy};
use schema::finding::FileFinding;
use schema::hand_in::{AbsentFound, HandInCompleted, HandInEvent, HandInReceived, Note, RowsSettled, SettledRow};
use schema::limits;
use schema::{AreaCode, Event, Extent, HandInId, PersonId, PersonalField, Position, RegistrationId, Stream};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// Rows that are settled before it is written that they are, in as many events as that takes.
const CHUNK: usize = 200;
/// Rows after which progress is told again.
const A_STEP: usize = 20;
/// Rows being appended at one time: each waits for the disk with the others that come by then. With 32 a hand-in took a sixth
/// longer.
pub(crate) const IN_FLIGHT: usize = 96;

/// Whether anything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Check,
    Run,
}

/// What a run is made of.
pub(crate) struct Parts<'d, P, S, E> {
    pub description: &'d Description<P, S, E>,
    pub log: &'d Log,
    pub keys: &'d KeyStore,
    pub areas: Arc<Gazetteer>,
    pub now: DateTime<Utc>,
    pub mode: Mode,
    pub ask: Ask,
    pub id: HandInId,
}

/// One row, recognised and not yet read.
struct Planned {
    line: Line,
    recognised: Recognised,
    key: RowKey,
    number: Option<String>,
    cells: String,
    /// Whether it says what it said the last time.
    unchanged: bool,
    /// Whether it brings back what was withdrawn.
    returns: bool,
    /// What cannot be read of the registration that it is about.
    unreadable: Option<Unreadable>,
}

/// The last revision and position of a hand-in's stream; none before it has any.
type At = Option<(u64, Position)>;

/// A hand-in on its way.
pub(crate) struct Run<'d, P, S, E> {
    parts: Parts<'d, P, S, E>,
    list: String,
    extent: Extent,
    file: String,
    columns: Vec<String>,
    notes: Vec<Note>,
    rows: Vec<Planned>,
    absent: Vec<RegistrationId>,
    /// Those of them that the stream has already.
    absent_found: BTreeSet<RegistrationId>,
    settled: Vec<SettledRow>,
    at: At,
    /// The stream's first event.
    received: Option<Uuid>,
    /// The act that an earlier attempt was part of.
    act: Option<Uuid>,
    complete: bool,
}

impl<'d, P, S, E> Run<'d, P, S, E>
where
    P: Clone + Send + Sync,
    S: Send + Sync,
    E: Event + Send + Sync,
{
    /// Recognises every row.
    pub(crate) fn plan(
        parts: Parts<'d, P, S, E>,
        file: &File,
        sheet: Sheet,
        list_book: &ListBook,
    ) -> Result<Self, HandInError> {
        let key = parts.description.key;
        // A village is the same whether a file gives its code or its name.
        let mut mobiles_kept = 0;
        let rows: Vec<Now> = sheet
            .lines
            .iter()
            .map(|line| {
                let code = key.community.read(line, &parts.areas, parts.ask.area);
                let community = code.map_or_else(|| key.community.of(line).1.into_owned(), |code| code.to_string());
                let numbering = code.and_then(Numbering::of);
                mobiles_kept += u32::from(keeps_mobiles(line, parts.description, numbering));
                Now {
                    key: RowKey::of_cells(line.cell(key.name), &community, line.cell(key.category)),
                    number: key
                        .number
                        .map(|column| intake::cell::fold(line.cell(column)))
                        .filter(|number| !intake::cell::is_blank(number)),
                    cells: cells_digest(line, parts.description, numbering),
                }
            })
            .collect();
        let failure: RefCell<Option<KeyError>> = RefCell::new(None);
        let same_person = |line: &Line, known: &Known| {
            let contact = ContactKey::if_there(parts.keys, known.sealed_as);
            match sealed_digest(parts.description, line, &contact) {
                Ok(SealedCells::None) => known.sealed.is_none(),
                // Whoever was erased stays so: an unchanged row does not bring the name back.
                Ok(SealedCells::NoKey) => known.sealed.is_some(),
                Ok(SealedCells::Digest(digest)) => known.sealed.as_ref() == Some(&digest),
                Err(error) => {
                    failure.borrow_mut().get_or_insert(error);
                    false
                }
            }
        };
        let alike = |row: usize, registration: RegistrationId| {
            let known = list_book.registrations.get(&registration);
            sheet.lines.get(row).zip(known).is_some_and(|(line, known)| same_person(line, known))
        };
        let earlier = list_book.earlier(parts.id);
        let taken = |registration| list_book.is_taken(registration, parts.id);
        let lineage = lineage::recognise(
            parts.description.office,
            &file.list,
            &earlier,
            &rows,
            |community| list_book.areas.scope_of(community),
            taken,
            alike,
        );
        let mut planned = Vec::with_capacity(rows.len());
        for ((line, now), recognised) in sheet.lines.iter().zip(rows).zip(lineage.rows) {
            let known = list_book.registrations.get(&recognised.registration).filter(|_| recognised.by != By::New);
            let returns = recognised.by != By::New && list_book.returns(recognised.registration, parts.id);
            let unchanged = !returns
                && line.set_aside().is_empty()
                && !says_vacancy(line, parts.description.columns)
                && known.is_some_and(|known| known.cells.as_ref() == Some(&now.cells) && same_person(line, known));
            let unreadable = list_book.unread.of_registration(recognised.registration).cloned();
            let Now { key, number, cells } = now;
            planned.push(Planned {
                line: line.clone(),
                recognised,
                key,
                number,
                cells,
                unchanged,
                returns,
                unreadable,
            });
        }
        if let Some(error) = failure.into_inner() {
            return Err(error.into());
        }
        let within = |registration: &RegistrationId| match (parts.ask.area, list_book.registrations.get(registration)) {
            (Some(area), Some(known)) => is_within(area, &known.key, &parts.areas),
            _ => true,
        };
        let absent = match file.extent {
            Extent::Whole => lineage.absent.into_iter().filter(within).collect(),
            Extent::Changes => Vec::new(),
        };
        let File { list, extent, name: file, .. } = file.clone();
        let Sheet { columns, mut notes, .. } = sheet;
        if mobiles_kept > 0 {
            notes.push(Note { code: FileFinding::MobilesKept { count: mobiles_kept }.into() });
        }
        let (rows, settled) = (planned, Vec::new());
        Ok(Run {
            parts,
            list,
            extent,
            file,
            columns,
            notes,
            rows,
            absent,
            absent_found: BTreeSet::new(),
            settled,
            at: None,
            received: None,
            act: None,
            complete: false,
        })
    }

    /// Makes the keys of all persons that the file names, in one go.
    pub(crate) fn make_keys(&self) -> Result<(), HandInError> {
        let personal: Vec<PersonId> = self
            .rows
            .iter()
            .filter(|row| !row.unchanged && personal_cells(self.parts.description, &row.line).next().is_some())
            .map(|row| PersonId::contact_of(row.recognised.registration))
            .collect();
        Ok(self.parts.keys.prepare(&personal)?)
    }

    /// Writes that the file arrived, or picks up what an interrupted run of it has settled.
    pub(crate) async fn receive(&mut self, digest: &str, before: Option<&HandIn>) -> Result<(), HandInError> {
        if let Some(before) = before {
            return self.resume(before).await;
        }
        let received = HandInEvent::HandInReceived(HandInReceived {
            id: self.parts.id,
            office: self.parts.description.office,
            list: self.list.clone(),
            extent: self.extent,
            file: self.file.clone(),
            digest: digest.to_owned(),
            rows: u32::try_from(self.rows.len()).unwrap_or(u32::MAX),
            columns: self.columns.clone(),
            notes: self.notes.clone(),
        });
        let key = self.act_key();
        self.append(key, received).await
    }

    async fn resume(&mut self, before: &HandIn) -> Result<(), HandInError> {
        // The day and hour of a resumed hand-in are those of its first attempt.
        self.parts.now = before.received_at;
        self.received = Some(before.received);
        self.act = Some(before.act);
        for event in self.parts.log.read_stream(&Stream::HandIn(self.parts.id).to_string()).await? {
            self.at = Some((event.revision, event.position));
            match event.decode::<HandInEvent>().map_err(|problem| event.unreadable(problem))? {
                HandInEvent::RowsSettled(settled) => self.settled.extend(settled.rows),
                HandInEvent::AbsentFound(found) => self.absent_found.extend(found.registrations),
                HandInEvent::HandInCompleted(_) => self.complete = true,
                HandInEvent::HandInReceived(_)
                | HandInEvent::AbsentWithdrawn(_)
                | HandInEvent::WithdrawalTakenBack(_) => {}
            }
        }
        Ok(())
    }

    /// Settles every row that is not settled yet. That some are is written while the next ones are settled.
    pub(crate) async fn settle(&mut self, on_progress: OnProgress<'_>) -> Result<(), HandInError> {
        let of = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let mut report = |settled: usize| on_progress(Progress { settled: u32::try_from(settled).unwrap_or(of), of });
        let done = self.settled.len();
        report(done);
        let (mut at, mut settled) = (self.at, Vec::with_capacity(self.rows.len() - done.min(self.rows.len())));
        {
            let run = &*self;
            let mut settling = futures::stream::iter(ToSettle { run, next: done }).buffered(IN_FLIGHT);
            let mut chunk: Vec<SettledRow> = Vec::new();
            loop {
                let before = done + settled.len();
                // Chunks end at the same rows whoever goes on, so that two who do write the same events.
                let most = CHUNK - (before + chunk.len()) % CHUNK;
                let next = async {
                    let mut next = Vec::with_capacity(most);
                    while next.len() < most
                        && let Some(row) = settling.next().await
                    {
                        next.push(row?);
                        if next.len().is_multiple_of(A_STEP) {
                            report(before + chunk.len() + next.len());
                        }
                    }
                    Ok::<_, HandInError>(next)
                };
                let (next, after) = futures::future::try_join(next, run.write_settled(at, before, &chunk)).await?;
                at = after;
                settled.append(&mut chunk);
                if next.is_empty() {
                    break;
                }
                chunk = next;
            }
        }
        self.at = at;
        self.settled.append(&mut settled);
        report(self.settled.len());
        Ok(())
    }

    /// Writes that rows are settled, behind those `before` them; gives where the stream then stands.
    async fn write_settled(&self, mut at: At, mut before: usize, rows: &[SettledRow]) -> Result<At, HandInError> {
        if self.parts.mode == Mode::Check {
            return Ok(at);
        }
        for rows in limits::parts(rows.to_vec()).map_err(LogError::from)? {
            let (key, count) = (format!("{}:rows:{before}", self.parts.id), rows.len());
            at = self.append_at(at, key, HandInEvent::RowsSettled(RowsSettled { rows })).await?.0;
            before += count;
        }
        Ok(at)
    }

    /// Writes what is absent, and that every row is settled.
    pub(crate) async fn complete(&mut self) -> Result<(), HandInError> {
        if self.complete {
            self.absent = self.absent_found.iter().copied().collect();
            return Ok(());
        }
        // What an earlier attempt has written stands, whatever became of it since.
        let is_found = |absent: &RegistrationId| self.absent_found.contains(absent);
        let lacking: Vec<RegistrationId> = self.absent.iter().copied().filter(|absent| !is_found(absent)).collect();
        for registrations in limits::parts(lacking).map_err(LogError::from)? {
            let key = format!("{}:absent:{}", self.parts.id, self.absent_found.len());
            self.append(key, HandInEvent::AbsentFound(AbsentFound { registrations: registrations.clone() })).await?;
            self.absent_found.extend(registrations);
        }
        self.absent = self.absent_found.iter().copied().collect();
        let Counts { registered, revised, unchanged, refused, warned, absent, .. } = self.counts();
        let completed = HandInCompleted { registered, revised, unchanged, refused, warned, absent };
        self.append(format!("{}:completed", self.parts.id), HandInEvent::HandInCompleted(completed)).await?;
        self.complete = true;
        Ok(())
    }

    /// The report so far.
    pub(crate) fn report(&self, digest: String) -> Report {
        // Whoever hands a file in knows what stands in it.
        let open: &Open<'_> = &|sealed| self.parts.keys.open_sealed(PersonalField::NotUnderstood, sealed);
        let check = self.parts.mode == Mode::Check;
        let position = self.at.map(|(_, position)| position.token(self.parts.log.id())).filter(|_| !check);
        Report {
            id: self.parts.id,
            office: self.parts.description.office,
            list: self.list.clone(),
            extent: self.extent,
            file: self.file.clone(),
            digest,
            check,
            repeated: false,
            complete: check || self.complete,
            counts: self.counts(),
            notes: self.notes.iter().map(ReportNote::of).collect(),
            rows: self.settled.iter().map(|row| ReportRow::of(row, open)).collect(),
            absent: self.absent.clone(),
            withdrawn: Vec::new(),
            taken_back: Vec::new(),
            position,
        }
    }

    fn counts(&self) -> Counts {
        let rows = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let absent = u32::try_from(self.absent.len()).unwrap_or(u32::MAX);
        let mut counts = Counts { rows, absent, ..Counts::default() };
        for row in &self.settled {
            count(&mut counts, row);
        }
        counts
    }

    /// Appends to the hand-in's own stream. Event ids derive from the key, so that an append that is not known to have
    /// happened is repeated safely.
    async fn append(&mut self, key: String, event: HandInEvent) -> Result<(), HandInError> {
        let (at, id) = self.append_at(self.at, key, event).await?;
        self.at = at;
        self.received = self.received.or(id);
        Ok(())
    }

    /// The same where the stream stands at a place; gives where it stands then, and the event's id.
    async fn append_at(&self, at: At, key: String, event: HandInEvent) -> Result<(At, Option<Uuid>), HandInError> {
        let stream = Stream::HandIn(self.parts.id).to_string();
        let command = self.command(key, &self.parts.id, self.parts.now)?;
        let events = decide::new_events(&stream, &command, &[event]).map_err(LogError::from)?;
        let expected = at.map_or(Expected::NoStream, |(revision, _)| Expected::Revision(revision));
        let id = events.first().map(|event| event.id);
        let appended = self.parts.log.append(&stream, expected, events).await?;
        Ok((Some((appended.revision, appended.position)), id))
    }

    /// The idempotency key of the act of handing in.
    fn act_key(&self) -> String {
        self.parts.ask.key.clone().unwrap_or_else(|| self.parts.id.to_string())
    }

    /// One of the commands that the act of handing in comes to. One that goes on where another was interrupted goes on
    /// with the other's act.
    fn command(&self, key: String, body: &impl Serialize, effective_at: DateTime<Utc>) -> Result<Command, LogError> {
        let act = Command::of(&self.parts.ask.actor, self.act_key(), &self.parts.id, self.parts.now)?
            .on_behalf_of(self.parts.description.office)
            .traced(self.parts.ask.traceparent.clone())
            .answering(self.received);
        let command = act.part(key, body, effective_at)?;
        Ok(match self.act {
            Some(begun) => command.within(begun),
            None => command,
        })
    }
}

/// The rows that are to be settled, each as the future that does it. A type of its own, since the compiler cannot see that
/// a closure's would be `Send`.
struct ToSettle<'r, 'd, P, S, E> {
    run: &'r Run<'d, P, S, E>,
    next: usize,
}

impl<'r, P, S, E> Iterator for ToSettle<'r, '_, P, S, E>
where
    P: Clone + Send + Sync,
    S: Send + Sync,
    E: Event + Send + Sync,
{
    type Item = BoxFuture<'r, Result<SettledRow, HandInError>>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.run.rows.get(self.next)?;
        self.next += 1;
        Some(Box::pin(self.run.settle_row(row)))
    }
}

/// Whether a community lies in an area, by the codes that both have today.
pub(crate) fn is_within(area: AreaCode, key: &RowKey, areas: &Gazetteer) -> bool {
    let now = |code| areas.now().carried(code, None);
    let within = now(area);
    key.community().is_some_and(|community| {
        now(community).iter().any(|community| within.iter().any(|area| area.contains(*community)))
    })
}
