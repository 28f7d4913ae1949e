//! One resource, through time.

use super::shown::Shown;
use chrono::{DateTime, Utc};
use schema::ids::ResourceId;
use schema::resource::NotShown;
use schema::{AsOf, Position};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A resource over [from, to).
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The position of the event that showed it.
    pub from: Position,
    /// The position of the event that showed it otherwise, or no longer.
    pub to: Option<Position>,
    /// What was shown.
    pub shown: Arc<Shown>,
}

/// What became of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Shown, with the fields of the version of the same position.
    Shown,
    /// Part of another.
    Absorbed {
        /// Which.
        into: ResourceId,
    },
    /// No longer shown.
    Withdrawn {
        /// Why.
        reason: NotShown,
    },
}

/// One event of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Shown(Arc<Shown>),
    Gone(Arc<Gone>),
}

/// That a resource is no longer shown, or became part of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) from: Position,
    #[serde(with = "crate::times")]
    pub(super) at: DateTime<Utc>,
    pub(super) fate: Fate,
}

impl Step {
    pub(super) fn from(&self) -> Position {
        match self {
            Step::Shown(shown) => shown.from,
            Step::Gone(gone) => gone.from,
        }
    }

    pub(super) fn at(&self) -> DateTime<Utc> {
        match self {
            Step::Shown(shown) => shown.at,
            Step::Gone(gone) => gone.at,
        }
    }

    pub(super) fn fate(&self) -> Fate {
        match self {
            Step::Shown(_) => Fate::Shown,
            Step::Gone(gone) => gone.fate,
        }
    }

    pub(super) fn shown(&self) -> Option<&Arc<Shown>> {
        match self {
            Step::Shown(shown) => Some(shown),
            Step::Gone(_) => None,
        }
    }
}

/// One resource, through time. Most have one event and are held as that.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceRecord(pub(super) Steps);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Steps {
    One(Step),
    More(Arc<Vec<Step>>),
}

impl ResourceRecord {
    pub(super) fn steps(&self) -> &[Step] {
        match &self.0 {
            Steps::One(step) => std::slice::from_ref(step),
            Steps::More(steps) => steps,
        }
    }

    pub(super) fn seen(&self, as_of: AsOf) -> &[Step] {
        let steps = self.steps();
        steps.get(..steps.partition_point(|step| as_of.sees(step.from()))).unwrap_or_default()
    }

    pub(super) fn and(before: Option<&ResourceRecord>, step: Step) -> ResourceRecord {
        match before {
            None => ResourceRecord(Steps::One(step)),
            Some(record) => {
                let mut steps = record.steps().to_vec();
                steps.push(step);
                ResourceRecord(Steps::More(Arc::new(steps)))
            }
        }
    }

    /// Everything that was shown of it, the first one first.
    pub fn versions(&self) -> impl DoubleEndedIterator<Item = Version> + '_ {
        let steps = self.steps();
        let version = move |(index, step): (usize, &Step)| {
            let shown = Arc::clone(step.shown()?);
            Some(Version { from: shown.from, to: steps.get(index + 1).map(Step::from), shown })
        };
        steps.iter().enumerate().filter_map(version)
    }

    /// What became of it, from which position and when that was recorded, the first one first.
    pub fn fates(&self, as_of: AsOf) -> impl Iterator<Item = (Position, Fate, DateTime<Utc>)> + '_ {
        self.seen(as_of).iter().map(|step| (step.from(), step.fate(), step.at()))
    }

    /// The version that is seen: the one shown then, or the last one before it went out of sight.
    pub fn version(&self, as_of: AsOf) -> Option<&Arc<Shown>> {
        self.seen(as_of).iter().rev().find_map(Step::shown)
    }

    /// The version of one position.
    pub fn version_from(&self, from: Position) -> Option<&Arc<Shown>> {
        self.steps().iter().filter_map(Step::shown).find(|shown| shown.from == from)
    }

    /// The version before the one of a position.
    pub fn version_before(&self, from: Position) -> Option<&Arc<Shown>> {
        self.steps().iter().rev().filter_map(Step::shown).find(|shown| shown.from < from)
    }

    /// When it was first shown.
    pub fn first_shown(&self) -> Option<&Arc<Shown>> {
        self.steps().iter().find_map(Step::shown)
    }

    /// What had become of it.
    pub fn fate(&self, as_of: AsOf) -> Option<Fate> {
        self.seen(as_of).last().map(Step::fate)
    }

    /// When what had become of it was recorded.
    pub fn changed_at(&self, as_of: AsOf) -> Option<DateTime<Utc>> {
        self.seen(as_of).last().map(Step::at)
    }

    pub(super) fn shown(&self) -> Option<&Arc<Shown>> {
        self.steps().last().and_then(Step::shown)
    }
}
