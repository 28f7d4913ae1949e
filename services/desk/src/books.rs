//! What a desk remembers of the log: the divisions, which registrations its lists have made, and its hand-ins.
//!
//! A fold of `$all`, kept in memory between requests and advanced from the last position before each.

mod list_book;

use crate::counts::{Counts, count};
use crate::description::Description;
use crate::hand_in::{Ask, File};
use chassis::follow::park;
use chassis::health::Probe;
use chassis::log::{Log, LogError, Recorded, Unreadable};
use chrono::{DateTime, Utc};
use intake::Gazetteer;
use intake::lineage::RowKey;
use schema::areas::AreasEvent;
use schema::hand_in::{HandInEvent, RowMark};
use schema::scopes::ScopesEvent;
use schema::streams::Category;
use schema::{AreaCode, Event, Extent, HandInId, Position, RegistrationId, Scope, Source, Stream};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) use list_book::ListBook;

/// One registration that some list of the office has made.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub list: String,
    /// The hand-in that registered it.
    pub first: HandInId,
    /// Which of the list's completed hand-ins was the latest that had a row for it, from 1.
    pub last: Option<u32>,
    pub key: RowKey,
    /// Its key in that hand-in, when a form has said since that it stands in another county.
    pub key_before: Option<RowKey>,
    pub number: Option<String>,
    pub cells: Option<String>,
    pub sealed: Option<String>,
    /// As whose contact those were sealed: another registration's, when a form moved it since.
    pub sealed_as: RegistrationId,
    pub place: u32,
    pub withdrawn: bool,
    /// The latest hand-in that registered it again after it was withdrawn.
    pub returned_by: Option<HandInId>,
    /// What it is in another county now.
    pub moved_to: Option<RegistrationId>,
}

/// One hand-in.
#[derive(Clone, Debug)]
pub(crate) struct HandIn {
    pub id: HandInId,
    pub list: String,
    pub extent: Extent,
    pub file: String,
    pub digest: String,
    pub actor: String,
    pub received_at: DateTime<Utc>,
    /// The id of its first event, the cause of all others.
    pub received: Uuid,
    /// The act of handing it in: what its first event correlates with.
    pub act: Uuid,
    pub complete: bool,
    pub counts: Counts,
    /// What to remember once it is complete.
    pending: Vec<(RegistrationId, RowMark, u32)>,
}

/// A list of the office.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct List {
    /// How many of its hand-ins were completed.
    pub completed: u32,
    pub latest: Option<HandInId>,
    /// Which of them was the latest that was the whole list, from 1, and its id.
    pub whole: u32,
    pub latest_whole: Option<HandInId>,
}

/// The first event of each stream that cannot be read: what follows from the stream is not known since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unread(BTreeMap<Stream, Unreadable>);

impl Unread {
    /// That of a registration, if there is one.
    pub(crate) fn of_registration(&self, registration: RegistrationId) -> Option<&Unreadable> {
        let of_it = |stream: &Stream| matches!(stream, Stream::Registration(_, id) if *id == registration);
        self.0.iter().find(|(stream, _)| of_it(stream)).map(|(_, unreadable)| unreadable)
    }

    /// Whether everything is known that a hand-in of a scope depends on beside its registrations: its earlier hand-ins,
    /// and the divisions.
    pub(crate) fn hand_in_of(&self, scope: Scope) -> Result<(), Unreadable> {
        let is_earlier = |stream: &Stream| matches!(stream, Stream::HandIn(id) if is_around(scope, id.scope()));
        self.divisions_of(scope)?;
        self.none(is_earlier)
    }

    /// Whether the divisions of a scope and of those around it are known.
    pub(crate) fn divisions_of(&self, scope: Scope) -> Result<(), Unreadable> {
        self.none(|stream| match stream {
            Stream::Areas(unit, ..) => is_around(scope, *unit) || unit.above().any(|above| above == scope),
            Stream::Scopes => true,
            Stream::HandIn(_)
            | Stream::Registration(..)
            | Stream::Resource(_)
            | Stream::Decisions(_)
            | Stream::Policy(_)
            | Stream::Population(_)
            | Stream::Questions(_)
            | Stream::Model(_)
            | Stream::Calendar(_)
            | Stream::Erasures(_)
            | Stream::Checkpoint(..)
            | Stream::Log => false,
        })
    }

    fn none(&self, concerns: impl Fn(&Stream) -> bool) -> Result<(), Unreadable> {
        self.0.iter().find(|(stream, _)| concerns(stream)).map_or(Ok(()), |(_, first)| Err(first.clone()))
    }
}

fn is_around(scope: Scope, other: Scope) -> bool {
    other == scope || scope.above().any(|above| above == other)
}

/// Everything remembered.
pub(crate) struct Books {
    /// Where it is told what cannot be read.
    probe: Probe,
    pub unread: Arc<Unread>,
    reached: Option<Position>,
    pub areas: Arc<Gazetteer>,
    pub registrations: HashMap<RegistrationId, Known>,
    pub lists: HashMap<String, List>,
    pub hand_ins: HashMap<HandInId, HandIn>,
    /// Idempotency keys, and what each was used for.
    pub keys: HashMap<String, HandInId>,
    /// The idempotency keys of forms, and the registration that each made.
    pub forms: HashMap<String, RegistrationId>,
}

impl Books {
    /// Books without anything in them, told of under this name.
    pub(crate) fn of(probe: Probe) -> Books {
        // They are read before each use: nothing has to be waited for.
        probe.ready(true);
        Books {
            probe,
            unread: Arc::default(),
            reached: None,
            areas: Arc::default(),
            registrations: HashMap::new(),
            lists: HashMap::new(),
            hand_ins: HashMap::new(),
            keys: HashMap::new(),
            forms: HashMap::new(),
        }
    }

    /// Takes in whatever the log has had since the last time.
    pub(crate) async fn catch_up<P, S, E: Event>(
        &mut self,
        log: &Log,
        description: &Description<P, S, E>,
    ) -> Result<(), LogError> {
        let categories = [Category::Office(description.office), Category::HandIn, Category::Areas, Category::Scopes];
        let prefixes = categories.map(Category::prefix);
        let after = self.reached;
        let reached = log.catch_up(&prefixes, after, |event| self.take(&event, description)).await?;
        self.reached = self.reached.max(reached);
        Ok(())
    }

    /// Takes in an event once, also when an earlier reading was broken off behind it.
    fn take<P, S, E: Event>(&mut self, event: &Recorded, description: &Description<P, S, E>) {
        if self.reached.is_none_or(|reached| event.position > reached) {
            self.apply(event, description);
            self.reached = Some(event.position);
        }
    }

    fn apply<P, S, E: Event>(&mut self, event: &Recorded, description: &Description<P, S, E>) {
        let Ok(stream) = event.stream.parse::<Stream>() else { return };
        let read = match stream {
            Stream::Areas(..) => event.decode::<AreasEvent>().map(|areas| Arc::make_mut(&mut self.areas).apply(&areas)),
            Stream::Scopes => {
                event.decode::<ScopesEvent>().map(|scoped| Arc::make_mut(&mut self.areas).apply_scopes(&scoped))
            }
            Stream::HandIn(id) => {
                event.decode::<HandInEvent>().map(|happened| self.hand_in(id, event, happened, description))
            }
            Stream::Registration(_, id) => self.registration(id, event, description),
            // The prefixes let nothing else through.
            Stream::Resource(_)
            | Stream::Decisions(_)
            | Stream::Policy(_)
            | Stream::Population(_)
            | Stream::Questions(_)
            | Stream::Model(_)
            | Stream::Calendar(_)
            | Stream::Erasures(_)
            | Stream::Checkpoint(..)
            | Stream::Log => Ok(()),
        };
        if let Err(problem) = read {
            let unreadable = event.unreadable(problem);
            park(&self.probe, "books", event, &unreadable.problem);
            Arc::make_mut(&mut self.unread).0.entry(stream).or_insert(unreadable);
        }
    }

    fn registration<P, S, E: Event>(
        &mut self,
        id: RegistrationId,
        event: &Recorded,
        description: &Description<P, S, E>,
    ) -> Result<(), schema::DecodeError> {
        let happened = event.decode::<E>()?;
        if let Some(known) = self.registrations.get_mut(&id) {
            match (description.payload)(&happened) {
                // Registered again is in force again.
                Some(payload) if known.withdrawn => {
                    known.withdrawn = false;
                    known.returned_by = match (description.source)(payload) {
                        Source::HandIn { hand_in, .. } => Some(*hand_in),
                        Source::Form => None,
                    };
                }
                Some(_) => {}
                None => known.withdrawn |= description.withdrawn_by.contains(&event.event_type.as_str()),
            }
            return Ok(());
        }
        let Some(payload) = (description.payload)(&happened) else { return Ok(()) };
        let came_from = (description.moves.came)(&happened).map(|moved| moved.transferred_from);
        let before = came_from.and_then(|from| self.registrations.get_mut(&from)).map(|before| {
            before.moved_to = Some(id);
            before.clone()
        });
        let key = (description.key_of)(payload);
        let number = (description.number_of)(payload).map(|number| intake::cell::fold(&number));
        match (description.source)(payload) {
            Source::HandIn { hand_in, list, row, .. } => {
                let known = Known { key, number, ..Known::new(id, list, *hand_in, *row) };
                self.registrations.insert(id, known);
            }
            Source::Form => match before {
                // Its list knows it as what it was, until it has a row for what it is.
                Some(before) => {
                    let key_before = Some(before.key.clone());
                    let known = Known { key, key_before, number, withdrawn: false, moved_to: None, ..before };
                    self.registrations.insert(id, known);
                }
                None if event.revision == 0 && came_from.is_none() => {
                    self.forms.insert(event.envelope()?.key, id);
                }
                None => {}
            },
        }
        Ok(())
    }

    fn hand_in<P, S, E>(
        &mut self,
        id: HandInId,
        event: &Recorded,
        happened: HandInEvent,
        description: &Description<P, S, E>,
    ) {
        match happened {
            HandInEvent::HandInReceived(received) => {
                if received.office != description.office {
                    return;
                }
                let Ok(envelope) = event.envelope() else { return };
                let counts = Counts { rows: received.rows, ..Counts::default() };
                self.keys.insert(envelope.key, id);
                self.hand_ins.entry(id).or_insert(HandIn {
                    id,
                    list: received.list,
                    extent: received.extent,
                    file: received.file,
                    digest: received.digest,
                    actor: envelope.actor,
                    received_at: envelope.effective_at,
                    received: event.id,
                    act: envelope.correlation_id,
                    complete: false,
                    counts,
                    pending: Vec::new(),
                });
            }
            HandInEvent::RowsSettled(settled) => {
                let Some(hand_in) = self.hand_ins.get_mut(&id).filter(|hand_in| !hand_in.complete) else { return };
                for row in settled.rows {
                    count(&mut hand_in.counts, &row);
                    let (Some(registration), Some(mark)) = (row.registration, row.mark) else { continue };
                    // Should the hand-in never be completed, another one recognises its registrations by this.
                    if let Some(known) = self.registrations.get_mut(&registration)
                        && known.last.is_none()
                        && known.first == id
                    {
                        known.remember(registration, &mark, row.row);
                    }
                    hand_in.pending.push((registration, mark, row.row));
                }
            }
            HandInEvent::HandInCompleted(completed) => {
                let Some(hand_in) = self.hand_ins.get_mut(&id).filter(|hand_in| !hand_in.complete) else { return };
                hand_in.complete = true;
                hand_in.counts.absent = completed.absent;
                let list = self.lists.entry(hand_in.list.clone()).or_default();
                list.completed += 1;
                list.latest = Some(id);
                if hand_in.extent == Extent::Whole {
                    (list.whole, list.latest_whole) = (list.completed, Some(id));
                }
                for (registration, mark, row) in std::mem::take(&mut hand_in.pending) {
                    let unknown = || Known::new(registration, &hand_in.list, id, row);
                    let known = self.registrations.entry(registration).or_insert_with(unknown);
                    known.remember(registration, &mark, row);
                    known.last = Some(list.completed);
                }
            }
            // What is absent follows from the rows; that it is withdrawn, each registration's own stream says as well.
            HandInEvent::AbsentFound(_) | HandInEvent::AbsentWithdrawn(_) | HandInEvent::WithdrawalTakenBack(_) => {}
        }
    }

    /// What a hand-in of a list looks at, as it is now.
    pub(crate) fn of_list(&self, list: &str) -> ListBook {
        let of_list = self.registrations.iter().filter(|(_, known)| &*known.list == list);
        ListBook {
            areas: self.areas.clone(),
            unread: self.unread.clone(),
            registrations: of_list.map(|(id, known)| (*id, known.clone())).collect(),
            list: self.lists.get(list).copied().unwrap_or_default(),
        }
    }

    /// The latest completed hand-in of a list.
    pub(crate) fn latest(&self, list: &str) -> Option<&HandIn> {
        self.lists.get(list).and_then(|list| list.latest).and_then(|id| self.hand_ins.get(&id))
    }

    /// The hand-in that the key of a request was used for before.
    pub(crate) fn used_for(&self, ask: &Ask) -> Option<&HandIn> {
        ask.key.as_ref().and_then(|key| self.keys.get(key)).and_then(|id| self.hand_ins.get(id))
    }

    /// The scope of a hand-in: that of the clerk's area, or of all counties together for who is bound to none.
    pub(crate) fn scope_of_hand_in(&self, area: Option<AreaCode>) -> Scope {
        area.map_or_else(|| self.areas.common_scope(), |area| self.areas.scope_of(area))
    }
}

impl HandIn {
    /// Whether a file is the one that was handed in, and as what.
    pub(crate) fn is(&self, file: &File, digest: &str) -> bool {
        self.digest == digest && self.list == file.list && self.extent == file.extent
    }
}

impl Known {
    /// One of which nothing is known yet but which row of which hand-in made it.
    fn new(id: RegistrationId, list: &str, hand_in: HandInId, row: u32) -> Known {
        Known {
            list: list.to_owned(),
            first: hand_in,
            last: None,
            key: RowKey::default(),
            key_before: None,
            number: None,
            cells: None,
            sealed: None,
            sealed_as: id,
            place: row,
            withdrawn: false,
            returned_by: None,
            moved_to: None,
        }
    }

    fn remember(&mut self, id: RegistrationId, mark: &RowMark, row: u32) {
        self.key = RowKey::of_mark(mark);
        self.key_before = None;
        self.sealed_as = id;
        self.number.clone_from(&mark.number);
        self.cells = Some(mark.cells.clone());
        self.sealed.clone_from(&mark.sealed);
        self.place = row;
    }

    /// Whether it was no longer in force, under this id or another, when a hand-in began. One that was interrupted may have
    /// brought it back since.
    fn was_gone(&self, hand_in: HandInId) -> bool {
        (self.withdrawn || self.returned_by == Some(hand_in)) && self.moved_to.is_none()
    }

    fn is_of(&self, hand_in: HandInId) -> bool {
        self.last.is_none() && self.first == hand_in
    }
}
