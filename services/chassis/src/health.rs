//! Whether the process can be relied on, and what its parts say of themselves.

use schema::Position;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many parked events a probe keeps to show; the count goes on beyond.
const PARKED_SHOWN: usize = 100;

/// The health of a process: all its probes. Clones are the same health.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Vec<Probe>>>);

/// What one part of the process says of itself. Clones are the same probe. Not ready until it says so.
#[derive(Clone, Debug)]
pub struct Probe(Arc<State>);

#[derive(Debug)]
struct State {
    name: String,
    ready: AtomicBool,
    commit: AtomicU64,
    prepare: AtomicU64,
    parked: AtomicU64,
    text: Mutex<Text>,
}

#[derive(Debug, Default)]
struct Text {
    trouble: Option<String>,
    parked: Vec<Parked>,
}

/// An event that a follower could make nothing of and set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// Its stream.
    pub stream: String,
    /// Its number in the stream.
    pub revision: u64,
    /// Its place in the log.
    pub position: Position,
    /// Its type.
    #[serde(rename = "eventType")]
    pub event_type: String,
    /// Why.
    pub reason: String,
}

/// A probe at one moment, as `/readyz` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The part.
    pub name: String,
    /// Whether it does its work.
    pub ready: bool,
    /// How far in the log it has come, if it follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What stands in its way at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// How many events it has set aside since the process started.
    #[serde(skip_serializing_if = "is_zero", rename = "parkedCount")]
    pub parked_count: u64,
    /// The latest of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<Parked>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Health {
    /// A health without probes, which is ready.
    pub fn new() -> Health {
        Health::default()
    }

    /// The probe of that name; a new one is not ready.
    pub fn register(&self, name: impl Into<String>) -> Probe {
        let name = name.into();
        let mut probes = lock(&self.0);
        if let Some(probe) = probes.iter().find(|probe| probe.0.name == name) {
            return probe.clone();
        }
        let probe = Probe(Arc::new(State {
            name,
            ready: AtomicBool::new(false),
            commit: AtomicU64::new(0),
            prepare: AtomicU64::new(0),
            parked: AtomicU64::new(0),
            text: Mutex::default(),
        }));
        probes.push(probe.clone());
        probe
    }

    /// Whether every probe is ready.
    pub fn is_ready(&self) -> bool {
        lock(&self.0).iter().all(Probe::is_ready)
    }

    /// All probes, in the order in which they registered.
    pub fn reports(&self) -> Vec<Report> {
        lock(&self.0).iter().map(Probe::report).collect()
    }
}

impl Probe {
    /// Says whether this part does its work.
    pub fn ready(&self, ready: bool) {
        self.0.ready.store(ready, Ordering::Release);
    }

    /// Says how far in the log this part has come.
    pub fn at(&self, position: Position) {
        self.0.commit.store(position.commit, Ordering::Release);
        self.0.prepare.store(position.prepare, Ordering::Release);
    }

    /// Says what stands in its way, or that nothing does any more. Does not change whether it is ready: a directory
    /// that has lost the log still answers from what it knows.
    pub fn trouble(&self, trouble: Option<String>) {
        lock(&self.0.text).trouble = trouble;
    }

    /// Records an event that was set aside.
    pub fn park(&self, parked: Parked) {
        self.0.parked.fetch_add(1, Ordering::AcqRel);
        let mut text = lock(&self.0.text);
        if text.parked.len() >= PARKED_SHOWN {
            text.parked.remove(0);
        }
        text.parked.push(parked);
    }

    /// Whether it said that it does its work.
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    /// The probe at this moment.
    pub fn report(&self) -> Report {
        let position =
            Position { commit: self.0.commit.load(Ordering::Acquire), prepare: self.0.prepare.load(Ordering::Acquire) };
        let text = lock(&self.0.text);
        Report {
            name: self.0.name.clone(),
            ready: self.is_ready(),
            position: (position != Position::default()).then_some(position),
            trouble: text.trouble.clone(),
            parked_count: self.0.parked.load(Ordering::Acquire),
            parked: text.parked.clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_when_all_its_parts_are() {
        let health = Health::new();
        assert!(health.is_ready());
        let (one, other) = (health.register("one"), health.register("other"));
        one.ready(true);
        assert!(!health.is_ready());
        other.ready(true);
        assert!(health.is_ready());
    }

    #[test]
    fn the_same_name_is_the_same_probe() {
        let health = Health::new();
        health.register("one").ready(true);
        assert!(health.register("one").is_ready());
        assert_eq!(health.reports().len(), 1);
    }

    #[test]
    fn parked_events_are_counted_beyond_what_is_shown() {
        let probe = Health::new().register("one");
        for revision in 0..150 {
            let (stream, event_type, reason) = ("s".to_owned(), "T".to_owned(), "r".to_owned());
            probe.park(Parked { stream, revision, position: Position::default(), event_type, reason });
        }
        let report = probe.report();
        assert_eq!((report.parked_count, report.parked.len()), (150, PARKED_SHOWN));
        assert_eq!(report.parked.last().map(|parked| parked.revision), Some(149));
    }
}
