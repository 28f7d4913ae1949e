//! A snapshot, read as it was at a position.

use super::{Counters, Dated, Snapshot};
use schema::Position;
use std::sync::Arc;

/// How much of a snapshot is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// All of it.
    Latest,
    /// What was recorded up to and including a position.
    Through(Position),
    /// Nothing: the time asked about is before everything.
    BeforeAll,
}

impl AsOf {
    /// Whether what was recorded at `from` is seen.
    pub fn sees(self, from: Position) -> bool {
        match self {
            AsOf::Latest => true,
            AsOf::Through(position) => from <= position,
            AsOf::BeforeAll => false,
        }
    }

    /// Whether a version that holds over [from, to) is the one that is seen.
    pub fn within(self, from: Position, to: Option<Position>) -> bool {
        self.sees(from) && !to.is_some_and(|to| self.sees(to))
    }

    /// The last value of a list that is seen.
    pub fn latest<T>(self, list: &[Dated<T>]) -> Option<&T> {
        let behind = list.partition_point(|dated| self.sees(dated.from));
        behind.checked_sub(1).and_then(|last| list.get(last)).map(|dated| &dated.value)
    }
}

/// A snapshot and how much of it is seen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    /// The snapshot.
    pub snapshot: Arc<Snapshot>,
    /// How much of it.
    pub as_of: AsOf,
}

impl View {
    /// All of a snapshot.
    pub fn latest(snapshot: Arc<Snapshot>) -> View {
        View { snapshot, as_of: AsOf::Latest }
    }

    /// The counters as they were.
    pub fn counters(&self) -> Counters {
        match self.as_of {
            AsOf::Latest => self.snapshot.moments.latest().clone(),
            AsOf::Through(position) => self.snapshot.moments.counters_at(position),
            AsOf::BeforeAll => Counters::default(),
        }
    }

    /// The position that is seen.
    pub fn position(&self) -> Position {
        match self.as_of {
            AsOf::Latest => self.snapshot.position,
            AsOf::Through(position) => position,
            AsOf::BeforeAll => Position::default(),
        }
    }
}
