//! The process manager: follows the log once for all scopes that it holds, and gives each scope what is its own.
//!
//! Every event of the offices, of divisions, of decisions, of erasures and of resources is followed. The first two, what
//! stewards decide and retractions are *inputs*: acting on them moves `through`. What rules decide and what the centre
//! publishes are its own outputs, or those of another centre: they are folded, and cause no write of their own, so that the
//! centre never answers itself.
//!
//! Scopes are disjoint: each has a registry, a lock, a queue and a task of its own (`scope`), so that one that
//! is slow or cannot write holds up no other. The divisions are one book that all of them read.

use crate::metrics::Metrics;
use crate::readiness::Readiness;
use crate::scope::{Areas, Item, ScopeCenter, Shared, State};
use chassis::clock::Clock;
use chassis::follow::{FollowedOwned, follow_stream};
use chassis::health::Health;
use chassis::log::{Log, LogError, Recorded};
use chassis::sealed::KeyStore;
use schema::area_book::AreaBook;
use schema::areas::AreasEvent;
use schema::scope::Scope;
use schema::selection::{ScopeSelection, reads_areas};
use schema::streams::{Category, Stream};
use schema::{Office, Position};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The name of its follower.
const FOLLOWER: &str = "center_follow";
/// Events taken from the log at a time: what waits, but no more.
const BATCH: usize = 512;
/// The first and the longest pause after the log could not be read.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// The centre: one for each scope that it holds. Clones are the same centre.
#[derive(Clone)]
pub struct Center(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    held: ScopeSelection,
    /// Everything that stood at the start is folded.
    folded: AtomicBool,
    scopes: RwLock<BTreeMap<Scope, ScopeCenter>>,
}

/// Why a scope cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// It is held by another process.
    OutOfScope,
    /// It has not acted yet on all that stood when the process started.
    NotReady,
}

/// The streams of a scope that its centre folds.
fn categories() -> Vec<Category> {
    let offices = Office::ALL.into_iter().map(Category::Office);
    offices.chain([Category::Decisions, Category::Model, Category::Resource, Category::Erasures]).collect()
}

/// Where the events of the log go.
struct Dispatcher<'c> {
    center: &'c Center,
    queues: BTreeMap<Scope, mpsc::UnboundedSender<Item>>,
    running: JoinSet<()>,
    areas: Divisions,
}

/// The divisions, and what of them the scopes have yet to hear.
#[derive(Default)]
struct Divisions {
    book: Arc<AreaBook>,
    /// The units of which something new is known, and its position.
    news: BTreeMap<Scope, Position>,
    /// The units of which something cannot be read, and what.
    unreadable: BTreeMap<Scope, Arc<str>>,
}

impl Divisions {
    fn apply(&mut self, unit: Scope, event: &Recorded) -> Result<(), String> {
        // Whoever reads the unit is told in any case: it may wait for the position.
        self.news.insert(unit, event.position);
        match event.decode::<AreasEvent>() {
            Ok(read) => {
                Arc::make_mut(&mut self.book).apply(&read);
                Ok(())
            }
            Err(problem) => {
                let reason = format!("event {} of {}: {problem}", event.revision, event.stream);
                self.unreadable.entry(unit).or_insert_with(|| reason.as_str().into());
                Err(format!("nothing is decided where these divisions are read: {reason}"))
            }
        }
    }

    /// The divisions that a scope reads.
    fn of(&self, scope: Scope) -> Areas {
        let unreadable = self.unreadable.iter().find(|(unit, _)| reads_areas(scope, **unit));
        Areas { book: Arc::clone(&self.book), unreadable: unreadable.map(|(_, reason)| Arc::clone(reason)) }
    }
}

/// Where the latest news stands that a scope is to hear.
fn news_for(scope: Scope, news: &BTreeMap<Scope, Position>) -> Option<Position> {
    news.iter().filter(|(unit, _)| reads_areas(scope, **unit)).map(|(_, position)| *position).max()
}

impl Center {
    /// A centre of these scopes that knows nothing yet.
    pub fn new(
        log: Log,
        keys: Arc<KeyStore>,
        clock: Clock,
        metrics: Metrics,
        health: &Health,
        held: ScopeSelection,
    ) -> Center {
        let readiness = Readiness::new(health, metrics.clone());
        let shared = Arc::new(Shared { log, keys, clock, metrics, readiness });
        Center(Arc::new(Inner { shared, held, folded: AtomicBool::new(false), scopes: RwLock::default() }))
    }

    /// The scopes that it holds.
    pub(crate) fn held(&self) -> &ScopeSelection {
        &self.0.held
    }

    /// The centre of a scope; none when nothing was ever registered there.
    pub(crate) fn scope(&self, scope: Scope) -> Result<Option<ScopeCenter>, Unavailable> {
        if !self.0.held.holds(scope) {
            return Err(Unavailable::OutOfScope);
        }
        if !self.0.folded.load(Ordering::Acquire) {
            return Err(Unavailable::NotReady);
        }
        Ok(self.0.scopes.read().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned())
    }

    /// Folds the log and acts on it, then follows it, until shut down.
    pub async fn run(self, health: Health, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.start_and_follow(&health, &shutdown) => {}
        }
    }

    async fn start_and_follow(&self, health: &Health, shutdown: &CancellationToken) {
        let shared = &self.0.shared;
        let mut pause = PAUSE.0;
        let (states, areas, reached) = loop {
            match self.fold().await {
                Ok(folded) => break folded,
                Err(error) => {
                    tracing::warn!(%error, "the centre cannot read the log at the moment");
                    shared.readiness.reading(Some(error.to_string()));
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE.1);
                }
            }
        };
        let mut dispatcher = Dispatcher { center: self, queues: BTreeMap::new(), running: JoinSet::new(), areas };
        for (scope, state) in states {
            dispatcher.add(scope, state);
        }
        shared.readiness.reached(reached);
        shared.readiness.folded();
        self.0.folded.store(true, Ordering::Release);
        let after = Some(reached).filter(|reached| *reached != Position::default());
        let mut followed = follow_stream(&shared.log, FOLLOWER, self.prefixes(), after, health, shutdown.clone());
        let mut batch = Vec::with_capacity(BATCH);
        while followed.recv_many(&mut batch, BATCH).await > 0 {
            for item in batch.drain(..) {
                match item {
                    FollowedOwned::Event(event) => dispatcher.give(event),
                    FollowedOwned::CaughtUp(position) | FollowedOwned::Checkpoint(position) => {
                        dispatcher.tell_of_areas();
                        dispatcher.note(position);
                    }
                }
            }
            dispatcher.tell_of_areas();
            dispatcher.look_after();
        }
    }

    /// What to follow. The checkpoints are read at the start alone: after that nobody needs to tell a centre how far it is.
    fn prefixes(&self) -> Vec<String> {
        self.0.held.prefixes(&categories(), &[Category::Areas])
    }

    /// Folds everything that stands, scope by scope.
    async fn fold(&self) -> Result<(BTreeMap<Scope, State>, Divisions, Position), LogError> {
        let (shared, held) = (&self.0.shared, &self.0.held);
        let log = shared.log.id();
        let mut states: BTreeMap<Scope, State> = BTreeMap::new();
        let mut areas = Divisions::default();
        let mut of_scope = categories();
        of_scope.push(Category::Checkpoint);
        let prefixes = held.prefixes(&of_scope, &[Category::Areas]);
        let each = |event: Recorded| {
            let taken = match Address::of(&event, held) {
                Err(reason) => Err(reason),
                Ok(None) => Ok(()),
                Ok(Some(Address::Areas(unit))) => areas.apply(unit, &event),
                Ok(Some(Address::Scope(scope, stream @ Stream::Erasures(_)))) => {
                    states.get_mut(&scope).map_or(Ok(()), |state| state.apply(log, &shared.keys, &stream, &event))
                }
                Ok(Some(Address::Scope(scope, stream))) => {
                    states.entry(scope).or_insert_with(State::before_areas).apply(log, &shared.keys, &stream, &event)
                }
            };
            if let Err(reason) = taken {
                shared.readiness.park(&event, reason);
            }
        };
        let reached = shared.log.catch_up(&prefixes, None, each).await?.unwrap_or_default();
        let news = std::mem::take(&mut areas.news);
        for (scope, state) in &mut states {
            state.start(areas.of(*scope), news_for(*scope, &news).unwrap_or_default());
        }
        Ok((states, areas, reached))
    }
}

/// Whom an event is for.
enum Address {
    /// Everyone who reads the divisions of this unit.
    Areas(Scope),
    /// A scope that is held.
    Scope(Scope, Stream),
}

impl Address {
    /// None when it is for nobody here; why not, when its stream is no stream of Huiju.
    fn of(event: &Recorded, held: &ScopeSelection) -> Result<Option<Address>, String> {
        let stream: Stream =
            event.stream.parse().map_err(|unknown: schema::streams::UnknownStream| unknown.to_string())?;
        Ok(match (&stream, stream.scope()) {
            (Stream::Areas(unit, _), _) => held.reads_areas_of(*unit).then_some(Address::Areas(*unit)),
            (_, Some(scope)) if held.holds(scope) => Some(Address::Scope(scope, stream)),
            (_, Some(_) | None) => None,
        })
    }
}

impl Dispatcher<'_> {
    /// Adds a scope that has folded so much.
    fn add(&mut self, scope: Scope, state: State) {
        self.center.0.shared.readiness.added();
        let (queue, items) = mpsc::unbounded_channel();
        let center = ScopeCenter::new(scope, Arc::clone(&self.center.0.shared), state);
        self.running.spawn(center.clone().run(items));
        self.queues.insert(scope, queue);
        let mut scopes = self.center.0.scopes.write().unwrap_or_else(PoisonError::into_inner);
        scopes.insert(scope, center);
        self.center.0.shared.metrics.scopes.set(i64::try_from(scopes.len()).unwrap_or(i64::MAX));
    }

    /// Gives one event to whom it is for. Whoever reads the divisions has heard of all before it by then, so that a
    /// scope that has acted on an event has acted on everything before.
    fn give(&mut self, event: Recorded) {
        let position = event.position;
        match Address::of(&event, &self.center.0.held) {
            Err(reason) => self.center.0.shared.readiness.park(&event, reason),
            Ok(None) => {}
            Ok(Some(Address::Areas(unit))) => {
                if let Err(reason) = self.areas.apply(unit, &event) {
                    self.center.0.shared.readiness.park(&event, reason);
                }
                // Noted with the news of it.
                return;
            }
            Ok(Some(Address::Scope(scope, stream))) => {
                self.tell_of_areas();
                let is_erasure = matches!(stream, Stream::Erasures(_));
                // Nothing was opened where nothing is known.
                if !is_erasure && !self.queues.contains_key(&scope) {
                    let mut state = State::default();
                    state.apply_areas(self.areas.of(scope), Position::default());
                    self.add(scope, state);
                }
                self.send(scope, Item::Event(stream, Box::new(event)));
            }
        }
        self.note(position);
    }

    /// Tells the scopes what is new of the divisions that they read.
    fn tell_of_areas(&mut self) {
        let news = std::mem::take(&mut self.areas.news);
        let Some(last) = news.values().max().copied() else { return };
        let scopes: Vec<Scope> = self.queues.keys().copied().collect();
        for scope in scopes {
            if let Some(position) = news_for(scope, &news) {
                self.send(scope, Item::Areas(self.areas.of(scope), position));
            }
        }
        self.note(last);
    }

    fn send(&mut self, scope: Scope, item: Item) {
        // The task of a scope ends only with the process, or by a panic, which is told of.
        if let Some(queue) = self.queues.get(&scope) {
            // Counted before it is given: whoever acts on it finds it counted.
            self.center.0.shared.readiness.given();
            let _ = queue.send(item);
        }
    }

    /// Notes that everything up to a position was given.
    fn note(&self, position: Position) {
        self.center.0.shared.readiness.reached(position);
    }

    /// Says so when the task of a scope has ended before the process.
    fn look_after(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "the centre of a scope ended");
                self.center.0.shared.readiness.reading(Some(error.to_string()));
            }
        }
    }
}
