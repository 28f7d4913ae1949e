//! The process manager: folds the log into the registry, and writes what follows from it.
//!
//! Every event of the offices, of hand-ins, of divisions, of decisions and of resources is followed. The first three
//! and what stewards decide are *inputs*: acting on them moves `through`. What rules decide and what the centre
//! publishes are its own outputs, or those of another centre: they are folded, and cause no write of their own, so
//! that the centre never answers itself.
//!
//! Decisions are appended at the revision that they were made on, publications likewise. Whoever finds that somebody
//! else wrote first reads the stream again and looks again. `ProgressReached` is written after all that follows from
//! everything up to its `through` stands. A crash between any two of these writes loses nothing: a start folds all
//! that stands, doubts everything, and writes what is missing.

use crate::decisions::{Command, Decisions, Refusal};
use crate::metrics::Metrics;
use crate::reading::OfficeEvent;
use crate::registry::{Cause, Due, Publication, Registry};
use chassis::clock::Clock;
use chassis::command::{self, CommandError, Outcome, body_hash};
use chassis::follow::{FollowedOwned, follow_stream, park};
use chassis::health::{Health, Probe};
use chassis::log::{Expected, Log, LogError, NewEvent, Recorded};
use futures::StreamExt;
use schema::areas::AreasEvent;
use schema::decisions::{Decider, DecisionEvent};
use schema::position::LogId;
use schema::progress::{CENTER_CHECKPOINT, ProgressEvent, ProgressReached, center_answers, center_inputs};
use schema::resource::ResourceEvent;
use schema::streams::{Category, UnknownStream};
use schema::{EncodeError, Envelope, Event, Position, ResourceId, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// The centre as the envelopes of its events name it.
pub const ACTOR: &str = "service:center";
/// The name of its follower.
const FOLLOWER: &str = "center_follow";
/// Events taken from the log at a time: what waits, but no more.
const BATCH: usize = 512;
/// Decisions appended at a time. Each carries its grounds, some two kilobytes.
const DECISIONS_AT_A_TIME: usize = 100;
/// Publications on their way at a time.
const IN_FLIGHT: usize = 32;
/// How often publishing is looked at again because somebody else wrote first, before it counts as a failure.
const ROUNDS: u32 = 50;
/// The first and the longest pause after a failure.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
/// The pause between two looks at the checkpoint.
const WAIT: Duration = Duration::from_millis(50);

/// The centre: its registry, and the means to write. Clones are the same centre.
#[derive(Clone)]
pub struct Center(Arc<Inner>);

struct Inner {
    log: Log,
    clock: Clock,
    metrics: Metrics,
    probe: Probe,
    state: Mutex<State>,
}

/// What the lock guards.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) registry: Registry,
    /// Scopes whose decisions in memory may not be what the log has.
    stale: BTreeMap<String, Due>,
    /// The last position taken in.
    reached: Position,
    /// The position of the last input taken in.
    last_input: Position,
    /// The `through` of the last checkpoint.
    through: Position,
    /// Everything that stood at the start is folded.
    started: bool,
}

/// The streams that the centre follows.
fn prefixes() -> Vec<String> {
    center_inputs().into_iter().chain([Category::Resource]).map(Category::prefix).collect()
}

impl Center {
    /// A centre that knows nothing yet.
    pub fn new(log: Log, clock: Clock, metrics: Metrics, health: &Health) -> Center {
        let probe = health.register("center");
        Center(Arc::new(Inner { log, clock, metrics, probe, state: Mutex::default() }))
    }

    /// Folds the log and acts on it, then follows it, until shut down.
    pub async fn run(self, health: Health, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.start_and_follow(&health, &shutdown) => {}
        }
    }

    async fn start_and_follow(&self, health: &Health, shutdown: &CancellationToken) {
        let mut pause = PAUSE.0;
        while let Err(error) = self.start().await {
            self.troubled(&error, &mut pause).await;
        }
        let after = Some(self.0.state.lock().await.reached).filter(|reached| *reached != Position::default());
        let mut followed = follow_stream(&self.0.log, FOLLOWER, prefixes(), after, health, shutdown.clone());
        let mut batch = Vec::with_capacity(BATCH);
        while followed.recv_many(&mut batch, BATCH).await > 0 {
            let caught_up = batch.iter().any(|item| matches!(item, FollowedOwned::CaughtUp(_)));
            let mut state = self.0.state.lock().await;
            for item in batch.drain(..) {
                match item {
                    FollowedOwned::Event(event) => self.take(&mut state, &event),
                    FollowedOwned::CaughtUp(position) | FollowedOwned::Checkpoint(position) => {
                        state.reached = state.reached.max(position);
                    }
                }
            }
            let mut pause = PAUSE.0;
            while let Err(error) = self.act(&mut state).await {
                self.troubled(&error, &mut pause).await;
            }
            self.0.probe.trouble(None);
            if caught_up {
                self.0.probe.ready(true);
            }
        }
    }

    async fn troubled(&self, error: &LogError, pause: &mut Duration) {
        tracing::warn!(%error, "the centre cannot write at the moment");
        self.0.probe.trouble(Some(error.to_string()));
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(PAUSE.1);
    }

    /// Folds everything that stands, and writes what a crash may have left out.
    pub(crate) async fn start(&self) -> Result<(), LogError> {
        let mut state = self.0.state.lock().await;
        *state = State::default();
        let mut prefixes = prefixes();
        prefixes.push(CENTER_CHECKPOINT.to_string());
        let reached = self.0.log.catch_up(&prefixes, None, |event| self.take(&mut state, &event)).await?;
        state.reached = state.reached.max(reached.unwrap_or_default());
        state.registry.doubt_everything();
        state.started = true;
        self.act(&mut state).await
    }

    /// Takes in one event. One that nothing can be made of is set aside.
    fn take(&self, state: &mut State, event: &Recorded) {
        if let Err(reason) = take(state, self.0.log.id(), event) {
            park(&self.0.probe, "center", event, reason);
        }
        state.reached = state.reached.max(event.position);
    }

    /// Decides and publishes what is due, and says how far that is.
    pub(crate) async fn act(&self, state: &mut State) -> Result<(), LogError> {
        self.settle(state).await?;
        if state.last_input > state.through {
            let progress =
                ProgressEvent::ProgressReached(ProgressReached { through: state.reached.of(self.0.log.id()) });
            let through = format!("{}-{}", state.reached.commit, state.reached.prepare);
            let stream = CENTER_CHECKPOINT.to_string();
            let events = self.events(&stream, &format!("center:progress:{through}"), progress, None)?;
            self.0.log.append(&stream, Expected::Any, events).await?;
            state.through = state.reached;
        }
        self.0.probe.at(state.reached);
        self.0.metrics.through.set(i64::try_from(state.through.commit).unwrap_or(i64::MAX));
        self.0.metrics.registrations.set(i64::try_from(state.registry.len()).unwrap_or(i64::MAX));
        Ok(())
    }

    /// Decides and publishes what is due.
    async fn settle(&self, state: &mut State) -> Result<(), LogError> {
        loop {
            while let Some((_, due)) = state.stale.first_key_value() {
                let due = due.clone();
                self.reload(state, &due).await?;
                state.stale.remove(&due.scope);
            }
            let Some(due) = state.registry.decide() else { break };
            if let Err(error) = self.append_decisions(&state.registry, &due).await {
                let conflict = matches!(error, LogError::WrongExpectedRevision { .. });
                state.stale.insert(due.scope.clone(), due);
                if !conflict {
                    return Err(error);
                }
                self.0.metrics.conflicts.inc();
            }
        }
        self.publish(state).await
    }

    /// Writes decisions at the revision that they were made on.
    async fn append_decisions(&self, registry: &Registry, due: &Due) -> Result<(), LogError> {
        let stream = format!("{}{}", Category::Decisions.prefix(), due.scope);
        let mut after = due.after;
        for chunk in due.events.chunks(DECISIONS_AT_A_TIME) {
            let mut events = Vec::with_capacity(chunk.len());
            for (event, revision) in chunk.iter().zip(after..) {
                events.extend(self.answer(&stream, revision, event.clone(), registry.cause_of(event))?);
            }
            let count = events.len();
            self.0.log.append(&stream, expected(after), events).await?;
            after += u64::try_from(count).unwrap_or_default();
            for event in chunk {
                self.count(event);
            }
        }
        Ok(())
    }

    /// Reads a scope's decisions again and has its rules look again.
    async fn reload(&self, state: &mut State, due: &Due) -> Result<(), LogError> {
        let stream = format!("{}{}", Category::Decisions.prefix(), due.scope);
        let recorded = self.0.log.read_stream(&stream).await?;
        let folded = recorded.last().map_or(0, |event| event.revision + 1);
        let mut decisions = Decisions::default();
        let mut unreadable = false;
        for event in &recorded {
            match event.decode::<DecisionEvent>() {
                Ok(event) => decisions.apply(&event),
                Err(_) => unreadable = true,
            }
        }
        state.registry.replace_decisions(&due.scope, decisions, folded, None);
        if unreadable {
            state.registry.decide_no_more(&due.scope);
        }
        state.registry.look_again(due);
        Ok(())
    }

    /// Publishes until what stands is what should stand.
    pub(crate) async fn publish(&self, state: &mut State) -> Result<(), LogError> {
        let mut last = None;
        for _ in 0..ROUNDS {
            let mut first = state.registry.publications();
            if first.is_empty() {
                state.registry.settled();
                return Ok(());
            }
            let then = first.split_off(first.iter().take_while(|publication| publication.shows()).count());
            for part in [first, then] {
                let appends = futures::stream::iter(part).map(|publication| self.append(publication));
                let results: Vec<_> = appends.buffer_unordered(IN_FLIGHT).collect().await;
                for (publication, result) in results {
                    match result {
                        Ok(revision) => state.registry.take_published(publication.id, revision, &publication.event),
                        Err(LogError::WrongExpectedRevision { .. }) => {
                            self.0.metrics.conflicts.inc();
                            self.reread(state, publication.id).await?;
                        }
                        Err(error) => last = Some(error),
                    }
                }
            }
            if let Some(error) = last.take() {
                return Err(error);
            }
        }
        Err(LogError::Unavailable("others keep publishing the same resources".to_owned()))
    }

    async fn append(&self, publication: Publication) -> (Publication, Result<u64, LogError>) {
        let stream = Stream::Resource(publication.id).to_string();
        let appended = match self.answer(&stream, publication.after, publication.event.clone(), publication.cause) {
            Ok(events) => self.0.log.append(&stream, expected(publication.after), events).await,
            Err(unwritable) => Err(unwritable.into()),
        };
        if appended.is_ok() {
            self.0.metrics.published.inc();
            if let Some(cause) = publication.cause {
                let lag = self.0.clock.now().signed_duration_since(cause.recorded).num_milliseconds();
                self.0.metrics.publish_lag.observe(u32::try_from(lag).map_or(0.0, f64::from) / 1000.0);
            }
        }
        (publication, appended.map(|appended| appended.revision))
    }

    async fn reread(&self, state: &mut State, id: ResourceId) -> Result<(), LogError> {
        for event in self.0.log.read_stream(&Stream::Resource(id).to_string()).await? {
            match event.decode::<ResourceEvent>() {
                Ok(published) => state.registry.take_published(id, event.revision, &published),
                Err(problem) => park(&self.0.probe, "center", &event, problem.to_string()),
            }
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
        let key = format!("center:{stream}:{revision}:{}", body_hash(&event.data()?)?);
        self.events(stream, &key, event, cause)
    }

    /// An event of the centre's own, as part of the act that set it off.
    fn events<E: Event>(
        &self,
        stream: &str,
        key: &str,
        event: E,
        cause: Option<Cause>,
    ) -> Result<Vec<NewEvent>, EncodeError> {
        let own = command::Command::of(ACTOR, key, &event.data()?, self.0.clock.now())?;
        let command = match cause {
            Some(cause) => own.within(cause.correlation).answering(cause.event),
            None => own,
        };
        command::new_events(stream, &command, &[event])
    }

    fn count(&self, event: &DecisionEvent) {
        match event {
            DecisionEvent::MatchingModelAdopted(_) | DecisionEvent::MergeRefused(_) => {}
            DecisionEvent::MergeProposed(_) => self.0.metrics.proposals.inc(),
            DecisionEvent::RegistrationsMerged(merged) => {
                let decided_by = match merged.grounds.decided_by {
                    Decider::Rule { .. } => "rule",
                    Decider::Steward { .. } => "steward",
                };
                self.0.metrics.merges.with_label_values(&[decided_by]).inc();
            }
            DecisionEvent::MergeUndone(_) => self.0.metrics.undone.inc(),
        }
    }

    /// Looks at what the centre knows; none before it has folded what stood at its start.
    pub(crate) async fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> Option<T> {
        let state = self.0.state.lock().await;
        state.started.then(|| look(&state.registry))
    }

    /// Carries out a steward's command on a scope, and publishes what follows before anything else is decided. Answers
    /// once the decision stands; a publication that fails then is made up for by the process. The decisions that come
    /// with the outcome are those right after the command was carried out, even if that was long ago.
    pub(crate) async fn steward(
        &self,
        scope: &str,
        said: &command::Command,
        wants: &Command,
    ) -> Result<(Outcome, Decisions), CommandError<Refusal>> {
        let mut state = self.0.state.lock().await;
        let stream = format!("{}{scope}", Category::Decisions.prefix());
        let evolve = |decisions: Decisions, event: &DecisionEvent| decisions.evolve(event);
        let (outcome, decisions) =
            command::handle(&self.0.log, &stream, said, Decisions::default(), evolve, |decisions| {
                decisions.decide(wants)
            })
            .await?;
        if outcome.repeated {
            return Ok((outcome, decisions));
        }
        let id = command::event_id(&stream, said.key(), 0);
        let cause = Cause { event: id, correlation: said.correlation_id(), recorded: self.0.clock.now() };
        // As a rule the command follows on what is known, and touches two groups; what another wrote in between, or this
        // centre could not write, has everything looked at.
        let folded = outcome.revision + 1;
        let follows =
            !state.stale.contains_key(scope) && state.registry.take_command(scope, wants, folded, Some(cause));
        if !follows {
            state.registry.replace_decisions(scope, decisions.clone(), folded, Some(cause));
        }
        match wants {
            Command::Merge { .. } | Command::Accept { .. } => {
                self.0.metrics.merges.with_label_values(&["steward"]).inc();
            }
            Command::Undo { .. } => self.0.metrics.undone.inc(),
            Command::Refuse { .. } => {}
        }
        // A decision of a rule that may not stand must not be published; the process sees to both.
        if state.stale.is_empty()
            && let Err(error) = self.publish(&mut state).await
        {
            tracing::warn!(%error, "a decision stands and is not published yet");
        }
        Ok((outcome, decisions))
    }
}

/// Waits until a centre has acted on everything up to a position, whichever process it runs in. Its own decisions and
/// publications are acted on by being there: only what it answers to is waited for.
pub async fn wait_through(log: &Log, position: Position) -> Result<(), LogError> {
    let inputs: Vec<String> = center_inputs().into_iter().map(Category::prefix).collect();
    let mut through = Position::default();
    let mut checked = None;
    let mut next = 0;
    loop {
        for event in log.read_stream_from(&CENTER_CHECKPOINT.to_string(), next).await? {
            next = event.revision + 1;
            if let Ok(ProgressEvent::ProgressReached(reached)) = event.decode() {
                through = through.max(reached.through.in_log(log.id()).unwrap_or_default());
            }
        }
        if through < position && checked != Some(through) {
            let mut waiting = false;
            let after = (through != Position::default()).then_some(through);
            let answered = |event: &Recorded| {
                event.stream.parse().is_ok_and(|stream| center_answers(stream, event.decode().ok().as_ref()))
            };
            log.catch_up(&inputs, after, |event| waiting |= event.position <= position && answered(&event)).await?;
            if !waiting {
                return Ok(());
            }
            checked = Some(through);
        } else if through >= position {
            return Ok(());
        }
        tokio::time::sleep(WAIT).await;
    }
}

fn expected(after: u64) -> Expected {
    after.checked_sub(1).map_or(Expected::NoStream, Expected::Revision)
}

/// Takes in one event; says why nothing can be made of it.
fn take(state: &mut State, log: LogId, event: &Recorded) -> Result<(), String> {
    let stream: Stream = event.stream.parse().map_err(|unknown: UnknownStream| unknown.to_string())?;
    let decision = matches!(stream, Stream::Decisions(_)).then(|| event.decode::<DecisionEvent>());
    if center_answers(stream, decision.as_ref().and_then(|decision| decision.as_ref().ok())) {
        state.last_input = state.last_input.max(event.position);
    }
    if let Stream::Registration(office, id) = stream {
        let envelope = event.envelope().map_err(|problem| problem.to_string())?;
        let read = OfficeEvent::decode(office, &envelope.schema, &event.data).map_err(|problem| problem.to_string())?;
        state.registry.take_office(id, &read, envelope.effective_at, Some(cause(event, &envelope)));
        return Ok(());
    }
    if let (Stream::Decisions(scope), Some(decision)) = (stream, decision) {
        let scope = scope.to_string();
        let decision = decision.map_err(|problem| {
            state.registry.take_unreadable_decision(&scope, event.revision);
            format!("no rule decides in {scope} until this can be read: {problem}")
        })?;
        let cause = event.envelope().ok().map(|envelope| cause(event, &envelope));
        state.registry.take_decision(&scope, event.revision, &decision, cause);
        return Ok(());
    }
    match stream {
        Stream::Areas(..) => {
            let read = event.decode::<AreasEvent>().map_err(|problem| problem.to_string())?;
            state.registry.take_areas(&read);
        }
        Stream::Resource(id) => {
            let read = event.decode::<ResourceEvent>().map_err(|problem| problem.to_string())?;
            state.registry.take_published(id, event.revision, &read);
        }
        Stream::Checkpoint(..) => match event.decode::<ProgressEvent>().map_err(|problem| problem.to_string())? {
            ProgressEvent::ProgressReached(progress) => {
                let through =
                    progress.through.in_log(log).map_err(|problem| format!("it does not count: {problem}"))?;
                state.through = state.through.max(through);
            }
        },
        // Taken in above; of hand-ins the centre needs no more than that they are answered to; the prefixes let nothing
        // else through.
        Stream::Registration(..)
        | Stream::Decisions(_)
        | Stream::HandIn(_)
        | Stream::Policy(_)
        | Stream::Model(_)
        | Stream::Calendar(_)
        | Stream::Erasures(_)
        | Stream::Scopes
        | Stream::Log => {}
    }
    Ok(())
}

fn cause(event: &Recorded, envelope: &Envelope) -> Cause {
    Cause { event: event.id, correlation: envelope.correlation_id, recorded: envelope.recorded_at }
}
