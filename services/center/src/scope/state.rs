//! What is known of one scope: the fold of its streams, and how far it is.

use crate::reading::OfficeEvent;
use crate::registry::{Cause, Registry, Remembered};
use chassis::log::Recorded;
use schema::area_book::AreaBook;
use schema::decisions::DecisionEvent;
use schema::model::ModelEvent;
use schema::position::LogId;
use schema::progress::{ProgressEvent, center_answers};
use schema::resource::ResourceEvent;
use schema::scope::Scope;
use schema::streams::{Processor, Stream};
use schema::{Envelope, Position, RegistrationId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) registry: Registry,
    /// Whose decisions in memory may not be what the log has.
    pub(super) stale: Option<BTreeSet<RegistrationId>>,
    /// The last position taken in.
    pub(super) reached: Position,
    /// The position of the last input taken in.
    pub(super) last_input: Position,
    /// The `through` of the last checkpoint; zero when there is none.
    pub(super) through: Position,
}

impl State {
    /// Takes in one event of the scope; says why nothing can be made of it.
    pub(crate) fn take(&mut self, log: LogId, stream: &Stream, event: &Recorded) -> Result<(), String> {
        let taken = self.read(log, stream, event);
        self.reached = self.reached.max(event.position);
        taken
    }

    /// Takes in one event without noting how far that is.
    pub(super) fn read(&mut self, log: LogId, stream: &Stream, event: &Recorded) -> Result<(), String> {
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
                self.registry.take_office(*id, &read, envelope.effective_at, Some(cause(event, &envelope)));
            }
            Stream::Model(scope) => match event.decode::<ModelEvent>() {
                Ok(read) => self.registry.take_model(event.revision, &read),
                Err(problem) => {
                    let reason = format!("event {} of model-{scope}: {problem}", event.revision);
                    self.registry.decide_no_more(reason.clone());
                    return Err(format!("nothing is decided in {scope} until this can be read: {reason}"));
                }
            },
            Stream::Resource(id) => {
                let read = event.decode::<ResourceEvent>().map_err(problem)?;
                self.registry.take_published(*id, event.revision, &read);
            }
            Stream::Checkpoint(_, Processor::Center) => {
                let ProgressEvent::ProgressReached(progress) = event.decode().map_err(problem)?;
                let through =
                    progress.through.in_log(log).map_err(|problem| format!("it does not count: {problem}"))?;
                self.through = self.through.max(through);
            }
            // None of these is given to a scope: the divisions come as a book, decisions are read above.
            Stream::HandIn(_)
            | Stream::Decisions(_)
            | Stream::Areas(..)
            | Stream::Policy(_)
            | Stream::Calendar(_)
            | Stream::Erasures(_)
            | Stream::Scopes
            | Stream::Log => {}
        }
        Ok(())
    }

    fn read_decision(&mut self, scope: Scope, event: &Recorded) -> Result<(), String> {
        match event.decode::<DecisionEvent>() {
            Ok(read) => {
                if center_answers(Stream::Decisions(scope), Some(&read)).is_some() {
                    self.last_input = self.last_input.max(event.position);
                }
                self.remember(event, &read);
                let cause = event.envelope().ok().map(|envelope| cause(event, &envelope));
                self.registry.take_decision(event.revision, &read, cause);
                Ok(())
            }
            Err(problem) => {
                let reason = format!("event {} of decisions-{scope}: {problem}", event.revision);
                self.registry.take_unreadable_decision(event.revision, reason.clone());
                Err(format!("nothing is decided in {scope} until this can be read: {reason}"))
            }
        }
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

    /// Takes the divisions as they are known after the event at a position.
    pub(crate) fn take_areas(&mut self, areas: Arc<AreaBook>, position: Position) {
        self.registry.take_areas(areas);
        self.last_input = self.last_input.max(position);
        self.reached = self.reached.max(position);
    }
}

fn cause(event: &Recorded, envelope: &Envelope) -> Cause {
    Cause { event: event.id, correlation: envelope.correlation_id, recorded: envelope.recorded_at }
}
