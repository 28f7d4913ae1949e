//! What was known up to a place in the log.

use crate::position::Position;
use serde::{Deserialize, Serialize};

/// How much of what is known is seen.
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

/// A value that holds from a position on, until the next one in its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// The position of the event that made it so.
    pub from: Position,
    /// The value.
    pub value: T,
}
