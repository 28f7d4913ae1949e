//! The directory as a pure fold of the log: [`Snapshot::apply`] takes in one event after another, a clone of a
//! [`Snapshot`] is a consistent picture that costs a few reference counts, and a [`View`] reads one as it was at a past
//! position.
//!
//! Nothing is ever overwritten, but for what was retracted: that is taken out of all that was told before. What changes is kept as dated values ([`Dated`]), what is shown as versions with
//! [from, to) positions, and the index by area names whatever was ever there; so a question about the past filters, never
//! replays, and costs no more for how often something changed. Replayed events are recognised by their position and
//! change nothing. An event that cannot be read, or that cannot be true after those before it, is refused as a [`Poison`]
//! and leaves the picture as it was.

mod areas;
mod basic_services;
mod calendars;
mod changes;
mod decoded;
mod hand_ins;
mod merges;
mod moments;
mod population;
mod progress;
mod questions;
mod registrations;
mod resources;
mod touched;
mod unread;
mod view;

pub use areas::Areas;
pub use basic_services::{BasicServiceLists, OwedService};
pub use calendars::Calendars;
pub use changes::{Change, ChangeKind, Cursor, Party};
pub use decoded::Decoded;
pub use hand_ins::{Completed, HandIn, HandIns, RowPlace};
pub use merges::{Merge, MergeState, MergeStatus, Merges, Undo};
pub use moments::{Counters, Moments, OfficeCount};
pub use population::{ByCommunity, CountedPersons, Population};
pub use progress::Progress;
pub use questions::Questions;
pub use registrations::distinct;
pub use registrations::{Registration, RegistrationState, Registrations, Retraction, Status};
pub(crate) use resources::{Beside, Records, Restoring, Row, Rows};
pub use resources::{
    Brief, Details, Fate, JudgedAs, Lately, Resolved, ResourceRecord, Resources, Serving, Shown, Version,
};
pub use schema::{AsOf, Dated};
pub use touched::Touched;
pub use unread::Unread;
pub use view::View;

use crate::follower::Mark;
use crate::journal::Journal;
use crate::scopes::Reads;
use crate::segments::{Damaged, Segments};
use chrono::{DateTime, Utc};
use decoded::Said;
use schema::answering::center_answers;
use schema::erasures::{ErasureEvent, ValueRetracted};
use schema::ids::{RegistrationId, ResourceId};
use schema::policy::PolicyEvent;
use schema::population::PopulationEvent;
use schema::position::{LogId, PositionError};
use schema::progress::ProgressEvent;
use schema::questions::QuestionsEvent;
use schema::resource::RetractableField;
use schema::scopes::ScopeBook;
use schema::selection::ScopeSelection;
use schema::streams::{Category, UnknownStream};
use schema::{AreaCode, DecodeError, Office, Position, Stream};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The prefixes of the streams that a directory of these scopes follows: theirs, and those of the levels above.
pub fn prefixes(scopes: &ScopeSelection) -> Vec<String> {
    let offices = Office::ALL.into_iter().map(Category::Office);
    let others = [
        Category::Decisions,
        Category::Resource,
        Category::Areas,
        Category::HandIn,
        Category::Erasures,
        Category::Population,
        Category::Policy,
        Category::Questions,
        Category::Calendar,
        Category::Checkpoint,
        Category::Scopes,
    ];
    scopes.prefixes(&[], &offices.chain(others).collect::<Vec<_>>())
}

/// One event of the log, as it was recorded.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its stream.
    pub stream: &'a str,
    /// Its type.
    pub event_type: &'a str,
    /// Its data, JSON.
    pub data: &'a [u8],
    /// Its metadata, JSON.
    pub metadata: &'a [u8],
    /// Where it stands in `$all`.
    pub position: Position,
    /// The log that it was read in.
    pub log: LogId,
}

/// An event that the directory cannot take in. It is left out, and everything after it goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Poison {
    /// Its type is unknown or its data are not of its type's shape.
    #[error(transparent)]
    Unreadable(#[from] DecodeError),
    /// It says a position of another log.
    #[error("it does not count: {0}")]
    AnotherLog(#[from] PositionError),
    /// What was told before cannot be read any more.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// Its stream has a prefix that is followed, and is not named as such streams are.
    #[error(transparent)]
    StrangeStream(#[from] UnknownStream),
    /// It speaks of something that no earlier event made known.
    #[error("{event_type} speaks of {what}, which no earlier event made known")]
    OutOfTheBlue {
        /// Its type.
        event_type: &'static str,
        /// What it speaks of.
        what: String,
    },
}

/// When and where an event was recorded, for what is folded from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) position: Position,
    /// By the greatest `recorded_at` of the scope so far: a clock that is put back does not make time go back.
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Stamp {
    pub(crate) fn dated<T>(self, value: T) -> Dated<T> {
        Dated { from: self.position, value }
    }
}

/// Everything the directory knows, up to a position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// How far the log is folded; at least the position of the last event that was.
    pub position: Position,
    /// Which scopes are held: what is counted. The levels above are only read.
    pub held: Arc<ScopeSelection>,
    /// Which division belongs to which scope.
    pub scopes: Arc<ScopeBook>,
    /// Up to where the centres have acted.
    pub progress: Progress,
    /// Every event's time, and the counters after it.
    pub moments: Moments,
    /// What the offices registered.
    pub registrations: Registrations,
    /// What the centre shows.
    pub resources: Resources,
    /// What the centre decided.
    pub merges: Merges,
    /// The divisions.
    pub areas: Areas,
    /// How many people live in them.
    pub population: Population,
    /// What is owed to elders.
    pub basic_services: BasicServiceLists,
    /// Questions that found nothing.
    pub questions: Questions,
    /// Which days are off.
    pub calendars: Calendars,
    /// The files that were handed in.
    pub hand_ins: HandIns,
    /// What could not be read, and is not known since.
    pub unread: Unread,
    /// What happened, in order; only ever appended to.
    pub changes: Journal<Arc<Change>>,
    /// When something was told that may change any answer.
    touched: Touched,
    /// The last event that came, taken in or refused.
    last: Option<Position>,
    /// An event by which the log is known again.
    pub(crate) mark: Option<Mark>,
    /// Where that stands which is too much for memory.
    pub segments: Arc<Segments>,
    /// What stands there and must not any more: blocks that hold what was retracted.
    pub(crate) retracted: Vec<u64>,
}

/// A snapshot but for its resources, as an image tells it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Imaged {
    position: Position,
    scopes: Arc<ScopeBook>,
    progress: Progress,
    moments: Moments,
    registrations: Registrations,
    merges: Merges,
    areas: Areas,
    population: Population,
    basic_services: BasicServiceLists,
    questions: Questions,
    calendars: Calendars,
    hand_ins: HandIns,
    unread: Unread,
    changes: Journal<Arc<Change>>,
    last: Option<Position>,
    mark: Option<Mark>,
}

impl Snapshot {
    /// Nothing yet, of these scopes.
    pub fn of(held: ScopeSelection) -> Snapshot {
        Snapshot { held: Arc::new(held), ..Snapshot::default() }
    }

    /// The same, with a place on disk for what is too much for memory.
    pub(crate) fn on_disk(held: ScopeSelection, segments: Arc<Segments>) -> Snapshot {
        Snapshot { segments, ..Snapshot::of(held) }
    }

    /// All but the resources, for an image.
    pub(crate) fn imaged(&self) -> Imaged {
        Imaged {
            position: self.position,
            scopes: Arc::clone(&self.scopes),
            progress: self.progress.clone(),
            moments: self.moments.clone(),
            registrations: self.registrations.clone(),
            merges: self.merges.clone(),
            areas: self.areas.clone(),
            population: self.population.clone(),
            basic_services: self.basic_services.clone(),
            questions: self.questions.clone(),
            calendars: self.calendars.clone(),
            hand_ins: self.hand_ins.clone(),
            unread: self.unread.clone(),
            changes: self.changes.clone(),
            last: self.last,
            mark: self.mark.clone(),
        }
    }

    /// Where the last event stands that came.
    pub(crate) fn last_event(&self) -> Position {
        self.last.unwrap_or_default()
    }

    /// What an image held.
    pub(crate) fn restored(
        imaged: Imaged,
        resources: Resources,
        held: ScopeSelection,
        segments: Arc<Segments>,
    ) -> Snapshot {
        let Imaged {
            position,
            scopes,
            progress,
            moments,
            registrations,
            merges,
            areas,
            population,
            basic_services,
            questions,
            calendars,
            hand_ins,
            unread,
            changes,
            last,
            mark,
        } = imaged;
        let (held, touched, retracted) = (Arc::new(held), Touched::default(), Vec::new());
        Snapshot {
            position,
            held,
            scopes,
            progress,
            moments,
            registrations,
            resources,
            merges,
            areas,
            population,
            basic_services,
            questions,
            calendars,
            hand_ins,
            unread,
            changes,
            touched,
            last,
            mark,
            segments,
            retracted,
        }
    }

    /// Begins to fold a log from which nothing was folded yet and about which nobody asks before [`Snapshot::index`].
    pub(crate) fn index_later(&mut self) {
        self.resources.index_later();
    }

    /// Makes the indexes that were left for later: now there may be asked.
    pub(crate) fn index(&mut self, beside: &impl Beside) {
        self.resources.index(beside);
    }

    /// Takes in one event. One that was taken in before changes nothing.
    ///
    /// # Errors
    /// [`Poison`] when it cannot be taken in; then nothing has changed but how far the log is folded, and that what the
    /// event concerns is not known any more if it could not be read.
    pub fn apply(&mut self, input: &Input<'_>) -> Result<(), Poison> {
        self.take_in(Decoded::of(input), input)
    }

    /// The same of one that was read before.
    ///
    /// # Errors
    /// As [`Snapshot::apply`].
    pub fn take_in(&mut self, decoded: Decoded, input: &Input<'_>) -> Result<(), Poison> {
        let Decoded { stream, recorded_at, said } = decoded;
        let position = input.position;
        if self.last.is_some_and(|last| position <= last) {
            return Ok(());
        }
        self.last = Some(position);
        self.reach(position);
        let stream = stream?;
        if !self.follows(stream) {
            return Ok(());
        }
        let told = said.as_ref().ok().and_then(Said::to_centers);
        if let Some(asked) = center_answers(stream, told) {
            self.progress.ask(asked, position);
        }
        let scope = stream.scope().unwrap_or_default();
        let recorded_at = self.moments.time_of(scope, recorded_at.or(self.moments.last_time()).unwrap_or_default());
        let stamp = Stamp { position, recorded_at };
        let mut counters = self.moments.latest().clone();
        let folded = match said {
            Err(unreadable) => Err(unreadable.into()),
            Ok(said) => self.fold(said, input, stamp, &mut counters),
        };
        // Of what could not be taken in, it may be that nothing is known any more.
        if folded.is_err() || touched::touches_everything(stream) {
            self.touched.touch(stamp.position);
        }
        if let Err(Poison::Unreadable(_)) = &folded {
            counters = self.moments.latest().clone();
            if let Stream::Calendar(scope) = stream {
                self.calendars.doubt(scope, stamp);
            }
            let is_first = self.unread.note(stream, stamp.position) && self.held.holds(scope);
            if let (Stream::Registration(office, id), true) = (stream, is_first)
                && let Some(was) = self.registrations.get(id, AsOf::Latest).and_then(|known| known.state(AsOf::Latest))
            {
                counters.registration_unknown(office, was.status());
            }
            self.moments.push(scope, stamp, counters.clone(), &self.segments);
        }
        let changes = folded?;
        for (ordinal, change) in changes.into_iter().enumerate() {
            let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
            let cursor = Cursor { position: stamp.position, ordinal };
            self.changes.push(Arc::new(Change { cursor, ..change }), &self.segments);
        }
        if !stream.scope().is_some_and(|scope| self.held.holds(scope)) {
            counters = self.moments.latest().clone();
        }
        counters.through = self.progress.through();
        self.moments.push(scope, stamp, counters, &self.segments);
        Ok(())
    }

    /// Notes that everything up to `position` has been seen, whether or not it was of a stream that is followed.
    pub fn reach(&mut self, position: Position) {
        self.position = self.position.max(position);
    }

    /// Whether what is available in a division may be other than it was at a position: an event since then was of something
    /// that serves it, or served it, or of what any answer depends on.
    pub fn is_touched_since(&self, position: Position, area: AreaCode) -> bool {
        self.touched.is_since(position) || self.resources.is_touched_since(position, area)
    }

    fn fold(
        &mut self,
        said: Said,
        input: &Input<'_>,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<Vec<Change>, Poison> {
        match said {
            Said::OfOffice(id, event, effective_at) => {
                // Once something of it could not be read, it is counted as unknown, whatever else is said.
                let mut uncounted = counters.clone();
                let is_unread = self.unread.of_registration(id, AsOf::Latest);
                let counters = if is_unread { &mut uncounted } else { counters };
                self.registrations.fold(id, &event, effective_at, stamp, counters)
            }
            Said::Resource(told) => {
                let whole = || decoded::resource(input);
                self.resources.fold(*told, whole, &self.registrations, stamp, counters, &self.segments)
            }
            Said::Decision(decision) => self.merges.fold(*decision, &self.registrations, stamp, counters),
            Said::Areas(event) => {
                self.areas.fold(&event, stamp);
                Ok(Vec::new())
            }
            Said::HandIn(id, event, by) => {
                self.hand_ins.fold(id, event, Some(by), &self.registrations, stamp, counters)?;
                Ok(Vec::new())
            }
            Said::Progress(scope, ProgressEvent::ProgressReached(reached)) => {
                self.progress.reached(scope, reached.through.in_log(input.log)?);
                Ok(Vec::new())
            }
            Said::Erasure(event) => match event {
                ErasureEvent::ValueRetracted(retracted) => Ok(vec![self.retract(&retracted, stamp)?]),
                // No key opens anything here.
                ErasureEvent::KeyStoreAdopted(_)
                | ErasureEvent::PersonErasureOrdered(_)
                | ErasureEvent::PersonErased(_) => Ok(Vec::new()),
            },
            Said::Scopes(event) => {
                Arc::make_mut(&mut self.scopes).apply(&event);
                Ok(Vec::new())
            }
            Said::Calendar(scope, event) => {
                self.calendars.fold(scope, event, stamp);
                Ok(Vec::new())
            }
            Said::Population(PopulationEvent::PopulationCounted(counted)) => {
                self.population.fold(counted, stamp);
                Ok(Vec::new())
            }
            Said::Policy(scope, event) => {
                match *event {
                    PolicyEvent::BasicServiceListAdopted(adopted) => {
                        self.basic_services.fold(scope, adopted.list, stamp);
                    }
                    // What a hand-in may withdraw, its desk asks the log.
                    PolicyEvent::WithdrawalLimitSet(_) | PolicyEvent::LargeWithdrawalAgreed(_) => {}
                }
                Ok(Vec::new())
            }
            Said::Questions(QuestionsEvent::QuestionsUnanswered(told)) => {
                self.questions.fold(told, stamp);
                Ok(Vec::new())
            }
            Said::Nothing => Ok(Vec::new()),
        }
    }

    /// Hides a value in everything that was told so far; what is folded from here on leaves it out. So nobody who reads a
    /// snapshot, as of whatever time, needs to think of it.
    fn retract(&mut self, retracted: &ValueRetracted, stamp: Stamp) -> Result<Change, Poison> {
        let id = retracted.registration;
        let change = self.registrations.retract(retracted, stamp)?;
        let (shown_under, left) = self.resources.hide(id, &self.registrations, &self.segments)?;
        self.retracted.extend(left);
        self.merges.hide(id, &self.registrations);
        self.hand_ins.withhold(id);
        if retracted.field == RetractableField::Name {
            self.name_anew(id, &shown_under)?;
        }
        Ok(change)
    }

    /// Names what changes tell of a registration, or of what it was shown under, as it is named now that its name is
    /// hidden.
    fn name_anew(&mut self, id: RegistrationId, shown_under: &BTreeSet<ResourceId>) -> Result<(), Damaged> {
        let (registrations, resources) = (&self.registrations, &self.resources);
        let named = |change: &Arc<Change>| -> Option<Arc<Change>> {
            let as_of = AsOf::Through(change.cursor.position);
            if let Some(party) = change.parties.iter().position(|party| party.id == id) {
                let state = registrations.get(id, as_of).and_then(|registration| registration.state(as_of));
                let name = state.map(|state| Arc::clone(&state.name));
                name.map(|name| Arc::new(change.with_party(party, name)))
            } else {
                let resource = change.resource.filter(|resource| shown_under.contains(resource))?;
                let version = resources.record(resource, as_of).and_then(|record| record.version(as_of))?;
                let name = (*version.resource.name).into();
                Some(Arc::new(Change { name, ..Change::clone(change) }))
            }
        };
        let left = self.changes.amend(named, &self.segments)?;
        self.retracted.extend(left);
        Ok(())
    }

    /// Whether a stream is followed: above 64 prefixes, more comes than is.
    fn follows(&self, stream: Stream) -> bool {
        match stream {
            Stream::Areas(unit, _) => self.held.reads_areas_of(unit),
            Stream::Scopes => true,
            Stream::Registration(..)
            | Stream::Resource(_)
            | Stream::HandIn(_)
            | Stream::Decisions(_)
            | Stream::Policy(_)
            | Stream::Population(_)
            | Stream::Questions(_)
            | Stream::Model(_)
            | Stream::Calendar(_)
            | Stream::Erasures(_)
            | Stream::Checkpoint(..)
            | Stream::Log => stream.scope().is_some_and(|scope| self.held.reads(scope)),
        }
    }

    /// Whether everything up to `position` is folded and the centres have acted on what of it an answer reads: their
    /// checkpoints say so, or what lies behind these is nothing that they answer to. Their own decisions and publications
    /// are acted on by being there.
    pub fn has_settled(&self, position: Position, reads: Reads) -> bool {
        self.position >= position && self.progress.has_settled(position, |scope| reads.reads(self, scope))
    }
}

#[cfg(test)]
mod tests;
