//! When each event was recorded, and what the counters said after it.

use super::{MergeStatus, Stamp, Status};
use crate::journal::Journal;
use crate::segments::{Damaged, Segments};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use schema::{Office, Position, Scope};
use serde::{Deserialize, Serialize};

/// How many there are of everything, after one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Registrations by office, in the order of [`Office::ALL`].
    pub offices: [OfficeCount; Office::ALL.len()],
    /// Resources that are shown.
    pub resources: u32,
    /// Merges proposed and not yet decided, by a steward or by other merges that made the two one.
    pub proposals: u32,
    /// Merges in force.
    pub merges: u32,
    /// Proposals refused.
    pub refusals: u32,
    /// Merges undone.
    pub undone: u32,
    /// Files handed in and settled.
    pub hand_ins: u32,
    /// Up to where the centre had acted.
    pub through: Position,
}

/// The registrations of one office.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeCount {
    /// In force.
    pub registered: u32,
    /// Suspended.
    pub suspended: u32,
    /// Withdrawn.
    pub withdrawn: u32,
    /// Of which something was said that this program cannot read: where they stand is not known.
    pub unknown: u32,
}

impl OfficeCount {
    /// All that were ever registered.
    pub fn total(self) -> u32 {
        self.registered + self.suspended + self.withdrawn + self.unknown
    }

    fn of(&mut self, status: Status) -> &mut u32 {
        match status {
            Status::Registered => &mut self.registered,
            Status::Suspended => &mut self.suspended,
            Status::Withdrawn => &mut self.withdrawn,
        }
    }
}

impl Counters {
    /// The registrations of one office.
    pub fn office(&self, office: Office) -> OfficeCount {
        self.offices.get(office as usize).copied().unwrap_or_default()
    }

    fn count(&mut self, office: Office, how: impl FnOnce(&mut OfficeCount)) {
        // There is one for each, in their order.
        if let Some(count) = self.offices.get_mut(office as usize) {
            how(count);
        }
    }

    /// A registration went from one status (or from nothing) to another.
    pub(super) fn registration_moved(&mut self, office: Office, from: Option<Status>, to: Status) {
        self.count(office, |count| {
            if let Some(from) = from {
                lower(count.of(from), 1);
            }
            *count.of(to) += 1;
        });
    }

    /// Something was said of a registration that cannot be read.
    pub(super) fn registration_unknown(&mut self, office: Office, was: Status) {
        self.count(office, |count| {
            lower(count.of(was), 1);
            count.unknown += 1;
        });
    }

    /// A merge went from one status (or from nothing that counts) to another (or to nothing that counts).
    pub(super) fn merge_moved(&mut self, from: Option<MergeStatus>, to: Option<MergeStatus>) {
        if let Some(from) = from {
            lower(self.merge(from), 1);
        }
        if let Some(to) = to {
            *self.merge(to) += 1;
        }
    }

    /// Some proposals were settled by another merge, or are open again.
    pub(super) fn proposals_moved(&mut self, settled: u32, opened: u32) {
        lower(&mut self.proposals, settled);
        self.proposals += opened;
    }

    fn merge(&mut self, status: MergeStatus) -> &mut u32 {
        match status {
            MergeStatus::Proposed => &mut self.proposals,
            MergeStatus::InForce => &mut self.merges,
            MergeStatus::Refused => &mut self.refusals,
            MergeStatus::Undone => &mut self.undone,
        }
    }

    /// A resource came into sight or went out of it.
    pub(super) fn resource_moved(&mut self, was_shown: bool, is_shown: bool) {
        match (was_shown, is_shown) {
            (false, true) => self.resources += 1,
            (true, false) => lower(&mut self.resources, 1),
            (true, true) | (false, false) => {}
        }
    }
}

fn lower(count: &mut u32, by: u32) {
    *count = count.saturating_sub(by);
}

/// One event: its position, its time, the counters after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Moment {
    position: Position,
    /// The greatest `recorded_at` up to here: a clock may be put back, a moment's time never goes back.
    #[serde(with = "crate::times")]
    time: DateTime<Utc>,
    counters: Counters,
}

/// Every event that was taken in, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    list: Journal<Moment>,
    /// The last of the list.
    last: Option<(Position, DateTime<Utc>)>,
    latest: Counters,
    /// The greatest `recorded_at` of each scope.
    times: OrdMap<Scope, DateTime<Utc>>,
}

impl Moments {
    pub(super) fn push(&mut self, scope: Scope, stamp: Stamp, counters: Counters, segments: &Segments) {
        self.latest = counters.clone();
        self.times.insert(scope, stamp.recorded_at);
        let time = self.last.map_or(stamp.recorded_at, |(_, last)| last.max(stamp.recorded_at));
        self.last = Some((stamp.position, time));
        self.list.push(Moment { position: stamp.position, time, counters }, segments);
    }

    /// When an event of a scope that comes now counts as recorded, if its envelope says `recorded_at`: never before what
    /// came before it in the scope. Other scopes have clocks of their own, and a directory that does not read them tells
    /// the same.
    pub(super) fn time_of(&self, scope: Scope, recorded_at: DateTime<Utc>) -> DateTime<Utc> {
        self.times.get(&scope).map_or(recorded_at, |last| recorded_at.max(*last))
    }

    /// The position of the last event.
    pub fn last_position(&self) -> Option<Position> {
        self.last.map(|(position, _)| position)
    }

    /// The greatest `recorded_at` of any event.
    pub fn last_time(&self) -> Option<DateTime<Utc>> {
        self.last.map(|(_, time)| time)
    }

    /// The counters now.
    pub fn latest(&self) -> &Counters {
        &self.latest
    }

    /// The counters after the last event up to and including `position`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn counters_at(&self, position: Position, segments: &Segments) -> Result<Counters, Damaged> {
        let after = self.list.partition_point(|moment| moment.position <= position, segments)?;
        let last = after.checked_sub(1).map(|index| self.list.get(index, segments)).transpose()?.flatten();
        Ok(last.map(|moment| moment.counters).unwrap_or_default())
    }

    /// The last position whose time is not after `time`; none when everything is later.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn position_at(&self, time: DateTime<Utc>, segments: &Segments) -> Result<Option<Position>, Damaged> {
        let after = self.list.partition_point(|moment| moment.time <= time, segments)?;
        let last = after.checked_sub(1).map(|index| self.list.get(index, segments)).transpose()?.flatten();
        Ok(last.map(|moment| moment.position))
    }

    /// How many events were taken in.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
