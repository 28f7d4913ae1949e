//! What a centre says of itself: how far it is, whether it has acted on what stood when it started, what stands in its
//! way, and in which scope.

use crate::metrics::Metrics;
use chassis::follow::{park, park_unwritten};
use chassis::health::{Health, Probe, Why};
use chassis::log::{LogError, Recorded};
use schema::Position;
use schema::scope::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The name under which it reports.
const NAME: &str = "center";

/// What a centre says of itself, out of what its scopes say.
pub(crate) struct Readiness {
    probe: Probe,
    metrics: Metrics,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    /// Everything up to here was given to the scopes.
    given: Position,
    /// Items given that no scope has acted on yet.
    outstanding: usize,
    /// Everything that stood when the process started is folded.
    folded: bool,
    /// Scopes that have yet to act for the first time.
    starting: usize,
    /// What stands in whose way at the moment.
    troubles: BTreeMap<Scope, String>,
    /// Where nothing is decided, and why: something cannot be read.
    stopped: BTreeMap<Scope, String>,
}

impl Readiness {
    pub(crate) fn new(health: &Health, metrics: Metrics) -> Readiness {
        Readiness { probe: health.register(NAME), metrics, counts: Mutex::default() }
    }

    /// An item is given to a scope.
    pub(crate) fn given(&self) {
        self.counts().outstanding += 1;
    }

    /// Everything up to a position was given.
    pub(crate) fn reached(&self, position: Position) {
        let mut counts = self.counts();
        counts.given = counts.given.max(position);
        self.show(&counts);
    }

    /// There is one scope more.
    pub(crate) fn added(&self) {
        self.counts().starting += 1;
    }

    /// Everything that stood when the process started is folded.
    pub(crate) fn folded(&self) {
        let mut counts = self.counts();
        counts.folded = true;
        self.show(&counts);
    }

    /// A scope has acted on so many items, and for the `first` time since it started.
    pub(crate) fn acted(&self, scope: Scope, items: usize, first: bool) {
        let mut counts = self.counts();
        counts.outstanding = counts.outstanding.saturating_sub(items);
        counts.starting = counts.starting.saturating_sub(usize::from(first));
        counts.troubles.remove(&scope);
        self.show(&counts);
    }

    /// In a scope nothing is decided any more because something cannot be read, or nothing is in the way.
    pub(crate) fn stopped(&self, scope: Scope, reason: Option<&str>) {
        if let Some(reason) = reason {
            self.counts().stopped.entry(scope).or_insert_with(|| format!("nothing is decided: {reason}"));
        }
    }

    /// A scope cannot write what follows from them at the moment.
    pub(crate) fn troubled(&self, scope: Scope, problem: String) {
        let mut counts = self.counts();
        counts.troubles.insert(scope, problem);
        self.show(&counts);
    }

    /// The log cannot be read at the moment, or can again.
    pub(crate) fn reading(&self, problem: Option<String>) {
        self.probe.trouble(problem);
    }

    /// Sets an event aside that nothing can be made of.
    pub(crate) fn park(&self, event: &Recorded, reason: impl Into<Why>) {
        park(&self.probe, NAME, event, reason);
    }

    /// Sets something aside that is to be published and that the log refuses for good.
    pub(crate) fn park_unwritten(&self, stream: String, event_type: &str, refusal: &LogError) {
        park_unwritten(&self.probe, NAME, stream, event_type, refusal);
    }

    /// A stream was written of which something was set aside before, perhaps.
    pub(crate) fn written(&self, stream: &str) {
        self.probe.unpark(stream);
    }

    fn show(&self, counts: &Counts) {
        if counts.folded && counts.starting == 0 {
            self.probe.ready(true);
            if counts.outstanding == 0 {
                self.probe.at(counts.given);
                self.metrics.through.set(i64::try_from(counts.given.commit).unwrap_or(i64::MAX));
            }
        }
        let all = counts.troubles.iter().chain(&counts.stopped);
        let trouble = all.map(|(scope, problem)| format!("{scope}: {problem}"));
        let trouble: Vec<String> = trouble.collect();
        self.probe.trouble((!trouble.is_empty()).then(|| trouble.join("; ")));
        let troubled = counts.troubles.keys().chain(counts.stopped.keys()).collect::<BTreeSet<_>>().len();
        self.metrics.troubled.set(i64::try_from(troubled).unwrap_or(i64::MAX));
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
