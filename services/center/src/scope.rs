//! The centre of one scope: its registry behind a lock of its own, its checkpoint, and what it writes.
//!
//! Decisions are appended at the revision that they were made on, publications likewise. Whoever finds that somebody
//! else wrote first reads the stream again and looks again. `ProgressReached` is written after all that follows from
//! everything up to its `through` stands. A crash between any two of these writes loses nothing: a start folds all
//! that stands, doubts everything, and writes what is missing.

mod retraction;
mod state;

pub(crate) use state::{Areas, State};

use crate::decisions::{Command, Decisions, Refusal};
use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::registry::{Cause, Due, Publication, Registry, Remembered};
use chassis::clock::Clock;
use chassis::command::{self, body_hash};
use chassis::decide::{self, CommandError};
use chassis::log::{Expected, Log, LogError, NewEvent, Recorded};
use chassis::sealed::KeyStore;
use futures::StreamExt;
use schema::decisions::{Decider, DecisionEvent};
use schema::model::ModelEvent;
use schema::progress::{ProgressEvent, ProgressReached};
use schema::resource::ResourceEvent;
use schema::scope::Scope;
use schema::streams::{Processor, Stream};
use schema::{EncodeError, Event, MergeId, Position, RegistrationId, ResourceId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};

/// The centre as the envelopes of its events name it.
pub const ACTOR: &str = "service:center";
/// What a scope applies before it acts: what waits, but no more.
const BATCH: usize = 512;
/// Publications on their way at a time.
const IN_FLIGHT: usize = 32;
/// How often publishing is looked at again because somebody else wrote first, before it counts as a failure.
const ROUNDS: u32 = 50;
/// How often a steward's command is decided again because somebody else decided first.
const ATTEMPTS: u32 = 12;
/// The first and the longest pause after a failure.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// What the scopes of a process share.
pub(crate) struct Shared {
    pub(crate) log: Log,
    /// What opens the numbers that offices sealed.
    pub(crate) keys: Arc<KeyStore>,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) readiness: Readiness,
}

/// The centre of one scope. Clones are the same.
#[derive(Clone)]
pub(crate) struct ScopeCenter(Arc<Inner>);

struct Inner {
    scope: Scope,
    shared: Arc<Shared>,
    /// It has acted on all that stood when it started.
    started: AtomicBool,
    state: Mutex<State>,
}

/// What is given to a scope.
pub(crate) enum Item {
    /// An event of one of its streams.
    Event(Stream, Box<Recorded>),
    /// The divisions as they are known after the event at a position.
    Areas(Areas, Position),
}

/// A steward's decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    /// The merge that it is about.
    pub(crate) id: MergeId,
    /// Where in the log it stands.
    pub(crate) position: Position,
}

/// A steward's command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StewardError {
    /// As any command.
    #[error(transparent)]
    Command(#[from] CommandError<Refusal>),
    /// Nothing is decided in this scope.
    #[error("nothing is decided in {scope}: {reason}")]
    Unreadable {
        /// Which.
        scope: Scope,
        /// Why.
        reason: String,
    },
}

impl ScopeCenter {
    /// The centre of a scope that has folded so much, and acted on none of it yet.
    pub(crate) fn new(scope: Scope, shared: Arc<Shared>, state: State) -> ScopeCenter {
        ScopeCenter(Arc::new(Inner { scope, shared, started: AtomicBool::new(false), state: Mutex::new(state) }))
    }

    /// Acts on what is folded, then on what comes, until nothing comes any more. What cannot be written now is tried
    /// again; nothing else waits for it.
    pub(crate) async fn run(self, mut queue: mpsc::UnboundedReceiver<Item>) {
        let Inner { scope, shared, started, state } = &*self.0;
        let mut batch = Vec::new();
        let mut pause = PAUSE.0;
        // Items applied since it last acted.
        let mut taken = 0;
        let (mut registrations, mut too_common) = (0, 0);
        loop {
            taken += batch.len();
            let (acted, progress) = {
                let mut state = state.lock().await;
                for item in batch.drain(..) {
                    match item {
                        Item::Event(stream, event) => {
                            if let Err(reason) = state.apply(shared.log.id(), &shared.keys, &stream, &event) {
                                shared.readiness.park(&event, reason);
                            }
                        }
                        Item::Areas(areas, position) => state.apply_areas(areas, position),
                    }
                }
                let acted = self.settle(&mut state).await;
                let known = i64::try_from(state.registry.len()).unwrap_or(i64::MAX);
                shared.metrics.registrations.add(known - registrations);
                shared.readiness.stopped(*scope, state.registry.unreadable());
                registrations = known;
                let common = i64::try_from(state.registry.keys_too_common()).unwrap_or(i64::MAX);
                shared.metrics.keys_too_common.add(common - too_common);
                too_common = common;
                (acted, state.due_progress().map(|reached| (reached, state.rules())))
            };
            // Nobody waits for this: a steward's command may be carried out meanwhile.
            let acted = match (acted, progress) {
                (Ok(()), Some((reached, rules))) => self.say_how_far(reached, rules).await,
                (acted, _) => acted,
            };
            match acted {
                Ok(()) => {
                    pause = PAUSE.0;
                    let first = !started.swap(true, Ordering::AcqRel);
                    shared.readiness.acted(*scope, std::mem::take(&mut taken), first);
                    if queue.recv_many(&mut batch, BATCH).await == 0 {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%scope, %error, "the centre cannot write at the moment");
                    shared.readiness.troubled(*scope, error.to_string());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE.1);
                    while batch.len() < BATCH
                        && let Ok(item) = queue.try_recv()
                    {
                        batch.push(item);
                    }
                }
            }
        }
    }

    /// Looks at what is known of the scope; none before it has acted on what stood at its start.
    pub(crate) async fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> Option<T> {
        if !self.0.started.load(Ordering::Acquire) {
            return None;
        }
        Some(look(&self.0.state.lock().await.registry))
    }

    /// Says that everything up to here was acted on. The task of the scope alone says so.
    async fn say_how_far(&self, reached: Position, rules: Option<String>) -> Result<(), LogError> {
        let shared = &self.0.shared;
        let stream = Stream::Checkpoint(self.0.scope, Processor::Center).to_string();
        if self.0.state.lock().await.through == Position::default() {
            // Only the last one says anything. `$all` keeps the others until it is scavenged.
            shared.log.keep_last(&stream, 1).await?;
        }
        let progress = ProgressEvent::ProgressReached(ProgressReached { through: reached.of(shared.log.id()), rules });
        let through = format!("{}-{}", reached.commit, reached.prepare);
        let said = Written::of(&progress)?;
        let event = self.event(&stream, format!("center:progress:{through}"), &progress, said, None);
        shared.log.append(&stream, Expected::Any, vec![event]).await?;
        let mut state = self.0.state.lock().await;
        state.through = reached;
        state.answers = 0;
        Ok(())
    }

    /// Decides and publishes what is due.
    async fn settle(&self, state: &mut State) -> Result<(), LogError> {
        loop {
            if let Some(about) = state.stale.clone() {
                self.reload(state, &about).await?;
                state.stale = None;
            }
            while let Some((registration, office)) = state.registry.taken_back() {
                if let Err(error) = self.hide_taken_back(registration, office).await {
                    state.registry.still_taken_back(registration);
                    return Err(error);
                }
            }
            let Some(due) = state.registry.decide() else { break };
            if let Err(error) = self.write(&state.registry, &due).await {
                state.stale = Some(match due {
                    Due::Adopt { .. } => BTreeSet::new(),
                    Due::Decide { about, .. } => about,
                });
                if !matches!(error, LogError::WrongExpectedRevision { .. }) {
                    return Err(error);
                }
                self.0.shared.metrics.conflicts.inc();
            }
        }
        self.publish(state).await
    }

    /// Writes what rules decided, at the revision that it was decided on.
    async fn write(&self, registry: &Registry, due: &Due) -> Result<(), LogError> {
        match due {
            Due::Adopt { after, event } => {
                let stream = Stream::Model(self.0.scope).to_string();
                let events = self.answer(&stream, *after, event.clone(), None)?;
                self.0.shared.log.append(&stream, expected(*after), events).await?;
                Ok(())
            }
            Due::Decide { after, events, .. } => self.append_decisions(registry, *after, events).await,
        }
    }

    async fn append_decisions(
        &self,
        registry: &Registry,
        mut after: u64,
        decisions: &[DecisionEvent],
    ) -> Result<(), LogError> {
        let stream = Stream::Decisions(self.0.scope).to_string();
        let mut events = Vec::with_capacity(decisions.len());
        for (event, revision) in decisions.iter().zip(after..) {
            events.extend(self.answer(&stream, revision, event.clone(), registry.cause_of(event))?);
        }
        let mut decided = decisions.iter();
        for run in decide::appends(events)? {
            let count = run.len();
            self.0.shared.log.append(&stream, expected(after), run).await?;
            after += u64::try_from(count).unwrap_or_default();
            for event in decided.by_ref().take(count) {
                self.count(event);
            }
        }
        Ok(())
    }

    /// Reads the scope's decisions and models again and has its rules look again.
    async fn reload(&self, state: &mut State, about: &BTreeSet<RegistrationId>) -> Result<(), LogError> {
        let mut decisions = Decisions::default();
        for event in self.0.shared.log.read_stream(&Stream::Decisions(self.0.scope).to_string()).await? {
            match event.decode::<DecisionEvent>() {
                Ok(read) => {
                    state.remember(&event, &read);
                    decisions.apply(&read);
                }
                Err(problem) => {
                    decisions.skip();
                    state.registry.decide_no_more(problem.to_string());
                }
            }
        }
        for event in self.0.shared.log.read_stream(&Stream::Model(self.0.scope).to_string()).await? {
            match event.decode::<ModelEvent>() {
                Ok(event) => decisions.adopted(&event),
                Err(problem) => state.registry.decide_no_more(problem.to_string()),
            }
        }
        state.registry.replace_decisions(decisions);
        state.registry.look_again(about);
        Ok(())
    }

    /// Publishes until what stands is what should stand.
    async fn publish(&self, state: &mut State) -> Result<(), LogError> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let mut first = state.registry.publications();
            if first.is_empty() {
                state.registry.settled();
                return Ok(());
            }
            let then = first.split_off(first.iter().take_while(|publication| publication.shows()).count());
            // What stands then is what should, if all of it was written as it was worked out.
            let mut is_as_due = true;
            for part in [first, then] {
                let appends = futures::stream::iter(part).map(|publication| self.append(publication));
                let results: Vec<_> = appends.buffer_unordered(IN_FLIGHT).collect().await;
                for (publication, result) in results {
                    match result {
                        Ok(revision) => state.registry.apply_published(publication.id, revision, &publication.event),
                        Err(LogError::WrongExpectedRevision { .. }) => {
                            self.0.shared.metrics.conflicts.inc();
                            self.reread(state, publication.id).await?;
                            is_as_due = false;
                        }
                        // Trying again would not help, and all others would wait for it.
                        Err(error) if is_for_good(&error) => {
                            let stream = Stream::Resource(publication.id).to_string();
                            let event_type = publication.event.event_type();
                            self.0.shared.readiness.park_unwritten(stream, event_type, &error);
                            state.registry.note_refused(publication);
                        }
                        Err(error) => last = Some(error),
                    }
                }
            }
            if let Some(error) = last.take() {
                return Err(error);
            }
            if is_as_due {
                state.registry.settled();
                return Ok(());
            }
        }
        Err(LogError::Unavailable("others keep publishing the same resources".to_owned()))
    }

    async fn append(&self, publication: Publication) -> (Publication, Result<u64, LogError>) {
        let shared = &self.0.shared;
        let stream = Stream::Resource(publication.id).to_string();
        let appended = match self.answer(&stream, publication.after, publication.event.clone(), publication.cause) {
            Ok(events) => shared.log.append(&stream, expected(publication.after), events).await,
            Err(unwritable) => Err(unwritable.into()),
        };
        if appended.is_ok() {
            shared.readiness.written(&stream);
            shared.metrics.published.inc();
            if let Some(cause) = publication.cause {
                let lag = shared.clock.now().signed_duration_since(cause.recorded).num_milliseconds();
                shared.metrics.publish_lag.observe(u32::try_from(lag).map_or(0.0, f64::from) / 1000.0);
            }
        }
        (publication, appended.map(|appended| appended.revision))
    }

    async fn reread(&self, state: &mut State, id: ResourceId) -> Result<(), LogError> {
        for event in self.0.shared.log.read_stream(&Stream::Resource(id).to_string()).await? {
            match event.decode::<ResourceEvent>() {
                Ok(published) => state.registry.apply_published(id, event.revision, &published),
                Err(problem) => {
                    state.registry.note_unreadable_published(id, problem.to_string());
                    self.0.shared.readiness.park(&event, &problem);
                }
            }
        }
        Ok(())
    }

    /// Carries out a steward's command, and publishes what follows before anything else is decided. Decides on what is
    /// folded; only when somebody else decided first are those decisions read. Answers once the decision stands: a
    /// publication that fails then is made up for.
    pub(crate) async fn steward(&self, said: &command::Command, wants: &Command) -> Result<Decided, StewardError> {
        let mut state = self.0.state.lock().await;
        for _ in 0..ATTEMPTS {
            if let Some(about) = state.stale.clone() {
                self.reload(&mut state, &about).await.map_err(CommandError::Log)?;
                state.stale = None;
            }
            if let Some(done) = state.registry.remembered(said.key()) {
                said.repeats(&done.body).map_err(CommandError::from)?;
                return Ok(Decided { id: done.merge, position: done.position });
            }
            if let Some(reason) = state.registry.unreadable() {
                return Err(StewardError::Unreadable { scope: self.0.scope, reason: reason.to_owned() });
            }
            let event = state.registry.decisions().decide(wants).map_err(CommandError::Refused)?;
            let after = state.registry.decisions().folded();
            let stream = Stream::Decisions(self.0.scope).to_string();
            let new = decide::new_events(&stream, said, std::slice::from_ref(&event));
            let new = new.map_err(|unwritable| CommandError::Log(unwritable.into()))?;
            match self.0.shared.log.append(&stream, expected(after), new).await {
                Ok(appended) => {
                    self.decided(&mut state, said, &event, after, appended.position);
                    if state.stale.is_none()
                        && let Err(error) = self.publish(&mut state).await
                    {
                        tracing::warn!(scope = %self.0.scope, %error, "a decision stands and is not published yet");
                    }
                    return Ok(Decided { id: event.id(), position: appended.position });
                }
                Err(LogError::WrongExpectedRevision { .. }) => {
                    self.0.shared.metrics.conflicts.inc();
                    self.catch_up_decisions(&mut state, after).await.map_err(CommandError::Log)?;
                }
                Err(error) => return Err(CommandError::Log(error).into()),
            }
        }
        Err(CommandError::Conflict.into())
    }

    /// Folds a steward's decision that was just written.
    fn decided(
        &self,
        state: &mut State,
        said: &command::Command,
        event: &DecisionEvent,
        revision: u64,
        position: Position,
    ) {
        let stream = Stream::Decisions(self.0.scope).to_string();
        let id = decide::event_id(&stream, said.key(), 0);
        let cause = Cause { event: id, correlation: said.correlation_id(), recorded: self.0.shared.clock.now() };
        let done = Remembered { body: said.body().to_owned(), merge: event.id(), position };
        state.registry.remember(said.key().to_owned(), done);
        state.registry.apply_decision(revision, event, Some(cause));
        self.count(event);
    }

    /// Folds what others decided since.
    async fn catch_up_decisions(&self, state: &mut State, from: u64) -> Result<(), LogError> {
        let stream = Stream::Decisions(self.0.scope);
        for event in self.0.shared.log.read_stream_from(&stream.to_string(), from).await? {
            // It comes again with the others, and is set aside then if nothing can be made of it.
            let _ = state.read(self.0.shared.log.id(), &self.0.shared.keys, &stream, &event);
        }
        Ok(())
    }

    /// An event that the centre writes at a revision of a stream. Its id tells what it says: another centre may say
    /// something else there, and only one of them is right.
    fn answer<E: Event>(
        &self,
        stream: &str,
        revision: u64,
        event: E,
        cause: Option<Cause>,
    ) -> Result<Vec<NewEvent>, EncodeError> {
        let said = Written::of(&event)?;
        let key = format!("center:{stream}:{revision}:{}", said.hash);
        Ok(vec![self.event(stream, key, &event, said, cause)])
    }

    /// An event of the centre's own, as part of the act that set it off.
    fn event<E: Event>(&self, stream: &str, key: String, event: &E, said: Written, cause: Option<Cause>) -> NewEvent {
        let own = command::Command::of_hashed(ACTOR, key, said.hash, self.0.shared.clock.now());
        let command = match cause {
            Some(cause) => own.within(cause.correlation).answering(cause.event),
            None => own,
        };
        decide::new_event(stream, &command, 0, event, said.data)
    }

    fn count(&self, event: &DecisionEvent) {
        let metrics = &self.0.shared.metrics;
        match event {
            DecisionEvent::MergeRefused(_) => {}
            DecisionEvent::MergeProposed(_) => metrics.proposals.inc(),
            DecisionEvent::RegistrationsMerged(merged) => {
                let decided_by = match merged.grounds.decided_by {
                    Decider::Rule { .. } => "rule",
                    Decider::Steward { .. } => "steward",
                };
                metrics.merges.with_label_values(&[decided_by]).inc();
            }
            DecisionEvent::MergeUndone(_) => metrics.undone.inc(),
        }
    }
}

/// An event's data as they are written, once.
struct Written {
    data: serde_json::Value,
    hash: String,
}

impl Written {
    fn of<E: Event>(event: &E) -> Result<Written, EncodeError> {
        let data = event.data()?;
        let hash = body_hash(&data)?;
        Ok(Written { data, hash })
    }
}

/// Whether the log will never take this, however often it is tried.
fn is_for_good(error: &LogError) -> bool {
    match error {
        LogError::Unwritable(_) | LogError::Refused(_) | LogError::StreamDeleted => true,
        LogError::WrongExpectedRevision { .. }
        | LogError::Unavailable(_)
        | LogError::AnotherLog
        | LogError::Nonsense(_)
        | LogError::Address { .. } => false,
    }
}

fn expected(after: u64) -> Expected {
    after.checked_sub(1).map_or(Expected::NoStream, Expected::Revision)
}
