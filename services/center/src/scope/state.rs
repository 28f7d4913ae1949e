//! What is known of one scope: the fold of its streams, and how far it is.

use crate::RULES;
use crate::matching::PrivatePhone;
use crate::registry::{Cause, Registry, Remembered};
use chassis::log::Recorded;
use chassis::sealed::KeyStore;
use offers::OfficeEvent;
use schema::answering::{Content, center_answers};
use schema::area_book::AreaBook;
use schema::decisions::DecisionEvent;
use schema::erasures::{ErasureEvent, ValueRetracted};
use schema::model::ModelEvent;
use schema::position::LogId;
use schema::progress::ProgressEvent;
use schema::resource::ResourceEvent;
use schema::scope::Scope;
use schema::streams::{Processor, Stream};
use schema::{Envelope, PersonalField, Position, RegistrationId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// So much a start is willing to check again that no checkpoint vouches for.
const MOST_ANSWERS: usize = 1024;

/// The divisions that a scope reads, as far as they are known.
pub(crate) struct Areas {
    pub(crate) book: Arc<AreaBook>,
    /// Why they are not all known: one of their events cannot be read.
    pub(crate) unreadable: Option<Arc<str>>,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) registry: Registry,
    /// Whose decisions in memory may not be what the log has.
    pub(super) stale: Option<BTreeSet<RegistrationId>>,
    /// The last position applied.
    pub(super) reached: Position,
    /// The position of the last input applied.
    pub(super) last_input: Position,
    /// The `through` of the last checkpoint; zero when there is none.
    pub(super) through: Position,
    /// The last `through` of a centre that went by the same rules and left nothing undone.
    vouched: Position,
    /// The last position of what concerns every registration.
    general: Position,
    /// What centres wrote in answer and was applied since the last checkpoint.
    pub(super) answers: usize,
}

impl State {
    /// Of a scope whose divisions are still to come.
    pub(crate) fn before_areas() -> State {
        State { registry: Registry::before_areas(), ..State::default() }
    }

    /// Applies one event of the scope; says why nothing can be made of it. One that cannot be read stops what depends on
    /// it.
    pub(crate) fn apply(
        &mut self,
        log: LogId,
        keys: &KeyStore,
        stream: &Stream,
        event: &Recorded,
    ) -> Result<(), String> {
        self.registry.stand_at(event.position);
        let taken = self.read(log, keys, stream, event);
        self.reached = self.reached.max(event.position);
        taken
    }

    /// Has what depends on an event that cannot be read wait until it can be; says so.
    fn stopped_by(&mut self, stream: &Stream, event: &Recorded, problem: String) -> String {
        let reason = format!("event {} of {}: {problem}", event.revision, event.stream);
        match stream {
            Stream::Registration(_, id) => self.registry.note_unreadable_office(*id, reason.clone()),
            Stream::Resource(id) => self.registry.note_unreadable_published(*id, reason.clone()),
            Stream::Decisions(_) => self.registry.note_unreadable_decision(event.revision, reason.clone()),
            // Of an erasure that cannot be read, nobody knows whose value it hides.
            Stream::Model(_) | Stream::Erasures(_) => self.registry.decide_no_more(reason.clone()),
            // A checkpoint that cannot be read, or is one of another log, does not count; everything is looked at again.
            // The others are not given to a scope.
            Stream::Checkpoint(..)
            | Stream::HandIn(_)
            | Stream::Areas(..)
            | Stream::Policy(_)
            | Stream::Population(_)
            | Stream::Questions(_)
            | Stream::Calendar(_)
            | Stream::Scopes
            | Stream::Log => return problem,
        }
        format!("nothing is decided in {} until this can be read: {reason}", stream.scope().unwrap_or_default())
    }

    /// Applies one event without noting how far that is.
    pub(super) fn read(
        &mut self,
        log: LogId,
        keys: &KeyStore,
        stream: &Stream,
        event: &Recorded,
    ) -> Result<(), String> {
        self.fold(log, keys, stream, event).map_err(|problem| self.stopped_by(stream, event, problem))
    }

    fn fold(&mut self, log: LogId, keys: &KeyStore, stream: &Stream, event: &Recorded) -> Result<(), String> {
        let problem = |problem: schema::DecodeError| problem.to_string();
        if let Stream::Decisions(scope) = stream {
            return self.read_decision(*scope, event);
        }
        if center_answers(*stream, None).is_some() {
            self.last_input = self.last_input.max(event.position);
        }
        match stream {
            Stream::Registration(office, id) => {
                let envelope = event.envelope().map_err(problem)?;
                let read = OfficeEvent::decode(*office, &envelope.schema, &event.data).map_err(problem)?;
                self.registry.apply_office(*id, &read, envelope.effective_at, Some(cause(event, &envelope)));
                self.open_phones(*id, keys);
            }
            Stream::Model(_) => {
                self.general = self.general.max(event.position);
                let read = event.decode::<ModelEvent>().map_err(problem)?;
                self.registry.apply_model(event.revision, &read);
            }
            Stream::Resource(id) => {
                self.answers += 1;
                let read = event.decode::<ResourceEvent>().map_err(problem)?;
                self.registry.apply_published(*id, event.revision, &read);
            }
            Stream::Erasures(_) => {
                let envelope = event.envelope().map_err(problem)?;
                let read = event.decode::<ErasureEvent>().map_err(problem)?;
                if center_answers(*stream, Some(Content::Erasure(&read))).is_some() {
                    self.last_input = self.last_input.max(event.position);
                }
                match read {
                    ErasureEvent::ValueRetracted(retracted) => {
                        let cause = Some(cause(event, &envelope));
                        let ValueRetracted { registration, field, reason, .. } = retracted;
                        self.registry.apply_retracted(registration, field, reason, cause);
                    }
                    // The key is gone, or will be on the day; what was opened with it is not used any more.
                    ErasureEvent::PersonErasureOrdered(ordered) => self.registry.forget(ordered.person),
                    ErasureEvent::PersonErased(erased) => self.registry.forget(erased.person),
                    ErasureEvent::KeyStoreAdopted(_) => {}
                }
            }
            Stream::Checkpoint(_, Processor::Center) => {
                let ProgressEvent::ProgressReached(progress) = event.decode().map_err(problem)?;
                let through =
                    progress.through.in_log(log).map_err(|problem| format!("it does not count: {problem}"))?;
                self.through = self.through.max(through);
                if progress.rules.as_deref() == Some(RULES) {
                    self.vouched = self.vouched.max(through);
                }
                self.answers = 0;
            }
            // None of these is given to a scope: the divisions come as a book, decisions are read above.
            Stream::HandIn(_)
            | Stream::Decisions(_)
            | Stream::Areas(..)
            | Stream::Policy(_)
            | Stream::Population(_)
            | Stream::Questions(_)
            | Stream::Calendar(_)
            | Stream::Scopes
            | Stream::Log => {}
        }
        Ok(())
    }

    /// Opens what the office sealed of a registration's numbers, for matching alone. Of who was erased nothing opens.
    fn open_phones(&mut self, id: RegistrationId, keys: &KeyStore) {
        let sealed = self.registry.sealed_phones(id);
        let open = |sealed: schema::Sealed| {
            let number = keys.open_sealed(PersonalField::ContactPhone, &sealed)?.parse().ok()?;
            Some(PrivatePhone { sealed, number })
        };
        let opened: Vec<PrivatePhone> = sealed.into_iter().filter_map(open).collect();
        if !opened.is_empty() {
            self.registry.note_opened(id, opened);
        }
    }

    fn read_decision(&mut self, scope: Scope, event: &Recorded) -> Result<(), String> {
        let read = event.decode::<DecisionEvent>().map_err(|problem| problem.to_string())?;
        if center_answers(Stream::Decisions(scope), Some(Content::Decision(&read))).is_some() {
            self.last_input = self.last_input.max(event.position);
        }
        self.remember(event, &read);
        let cause = event.envelope().ok().map(|envelope| cause(event, &envelope));
        self.registry.apply_decision(event.revision, &read, cause);
        Ok(())
    }

    /// Remembers a steward's command by the decision that it led to.
    pub(super) fn remember(&mut self, event: &Recorded, read: &DecisionEvent) {
        if read.by_steward()
            && let Ok(envelope) = event.envelope()
        {
            let done = Remembered { body: envelope.body, merge: read.id(), position: event.position };
            self.registry.remember(envelope.key, done);
        }
    }

    /// Ends the reading of what stands, with the divisions as they are known by then. What a centre of the same rules
    /// vouches for is not looked at again; without that, everything is.
    pub(crate) fn start(&mut self, areas: Areas, news: Position) {
        self.apply_areas(areas, news);
        if news.max(self.general) <= self.vouched {
            self.registry.vouched_up_to(self.vouched);
        } else {
            self.registry.doubt_everything();
        }
    }

    /// How far it may be said to have acted: no more than it has applied, and only when there is something to say.
    pub(super) fn due_progress(&self) -> Option<Position> {
        let is_due = self.last_input > self.through || self.answers >= MOST_ANSWERS;
        // Where something cannot be read, nobody says that all before it was acted on.
        (is_due && self.registry.unreadable().is_none()).then_some(self.reached)
    }

    /// The rules that it has acted by; none when something of what is due was left undone.
    pub(super) fn rules(&self) -> Option<String> {
        (!self.registry.is_refused()).then(|| RULES.to_owned())
    }

    /// Takes the divisions as they are known after the event at a position.
    pub(crate) fn apply_areas(&mut self, areas: Areas, position: Position) {
        if let Some(reason) = areas.unreadable {
            self.registry.decide_no_more(reason.to_string());
        }
        self.registry.apply_areas(areas.book);
        self.last_input = self.last_input.max(position);
        self.reached = self.reached.max(position);
    }
}

fn cause(event: &Recorded, envelope: &Envelope) -> Cause {
    Cause { event: event.id, correlation: envelope.correlation_id, recorded: envelope.recorded_at }
}
