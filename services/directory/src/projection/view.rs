//! A snapshot, read as it was at a position.

use super::{Counters, Snapshot};
use crate::segments::Damaged;
use schema::area_book::AreaView;
use schema::{AsOf, Position, Scheme};
use std::sync::Arc;

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
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn counters(&self) -> Result<Counters, Damaged> {
        Ok(match self.as_of {
            AsOf::Latest => self.snapshot.moments.latest().clone(),
            AsOf::Through(position) => self.snapshot.moments.counters_at(position, &self.snapshot.segments)?,
            AsOf::BeforeAll => Counters::default(),
        })
    }

    /// The position that is seen.
    pub fn position(&self) -> Position {
        match self.as_of {
            AsOf::Latest => self.snapshot.position,
            AsOf::Through(position) => position,
            AsOf::BeforeAll => Position::default(),
        }
    }

    /// The divisions of the declared list, the one in which registrations are kept.
    pub fn divisions(&self) -> AreaView<'_> {
        self.divisions_of(Scheme::default())
    }

    /// The divisions of a list.
    pub fn divisions_of(&self, scheme: Scheme) -> AreaView<'_> {
        self.snapshot.areas.at(scheme, self.as_of)
    }
}
