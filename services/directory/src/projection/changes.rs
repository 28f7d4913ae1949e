//! What happened, one entry for each thing a person at the live page would want to read: the material of the
//! subscriptions. Holds nothing personal.

use chrono::{DateTime, Utc};
use schema::area::AreaCode;
use schema::area_book::AreaView;
use schema::ids::{MergeId, RegistrationId, ResourceId};
use schema::position::{LogId, PositionError};
use schema::{Office, Position, Scope};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A place in the list of changes: an event, and which of its changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The event.
    pub position: Position,
    /// Which of the changes that the event brought, from zero.
    pub ordinal: u32,
}

impl Cursor {
    /// The opaque form that leaves the system: a position token, a dot, the ordinal.
    pub fn token(self, log: LogId) -> String {
        format!("{}.{:x}", self.position.token(log), self.ordinal)
    }

    /// Reads it back. A bare position token stands for the end of its event.
    ///
    /// # Errors
    /// When it is no such token, or one of another log.
    pub fn from_token(token: &str, log: LogId) -> Result<Cursor, PositionError> {
        match token.split_once('.') {
            None => Ok(Cursor { position: Position::from_token(token, log)?, ordinal: u32::MAX }),
            Some((position, ordinal)) => Ok(Cursor {
                position: Position::from_token(position, log)?,
                ordinal: u32::from_str_radix(ordinal, 16).map_err(|_| PositionError::Malformed)?,
            }),
        }
    }
}

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    /// An office registered something.
    Registered,
    /// An office said something anew.
    Revised,
    /// A registration stopped for a while.
    Suspended,
    /// A registration goes on.
    Resumed,
    /// A registration was withdrawn.
    Withdrawn,
    /// A value of a registration was retracted: whoever keeps a copy drops it.
    Retracted,
    /// A resource is shown for the first time.
    Published,
    /// A resource is shown with other fields.
    ResourceRevised,
    /// A resource became part of another.
    Absorbed,
    /// A resource is shown again.
    Restored,
    /// A resource is no longer shown.
    ResourceWithdrawn,
    /// A steward is asked about two registrations.
    Proposed,
    /// Two registrations were merged.
    Merged,
    /// A proposal was refused.
    Refused,
    /// A merge was undone.
    Undone,
}

/// A registration that a change is about, as it was when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Which.
    pub id: RegistrationId,
    /// Whose.
    pub office: Office,
    /// Its name.
    pub name: Arc<str>,
    /// Where it is.
    pub area: AreaCode,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where it stands in the list.
    pub cursor: Cursor,
    /// What sort of thing it is.
    pub kind: ChangeKind,
    /// When it was recorded.
    #[serde(with = "crate::times")]
    pub at: DateTime<Utc>,
    /// The name of the registration or resource; of a merge, that of its first registration.
    pub name: Arc<str>,
    /// Its category; none of a merge.
    pub category: Option<Arc<str>>,
    /// Where it is, then the areas it serves or served before: whoever watches one of them, or one inside or around
    /// it, is told.
    pub areas: Box<[AreaCode]>,
    /// The office, of a registration.
    pub office: Option<Office>,
    /// The resource, of a change to one.
    pub resource: Option<ResourceId>,
    /// The resource that absorbed it.
    pub into: Option<ResourceId>,
    /// The merge, of a decision.
    pub merge: Option<MergeId>,
    /// The registrations it is about: one, or the two of a merge; of a resource, none.
    pub parties: Box<[Party]>,
}

impl Change {
    /// Whether it concerns an area: it is there, inside it, or serves it, by the codes that divisions have now.
    pub fn concerns(&self, area: AreaCode, divisions: AreaView<'_>) -> bool {
        let now = |code: AreaCode| divisions.carried(code, None);
        let areas = now(area);
        self.areas
            .iter()
            .flat_map(|touched| now(*touched))
            .any(|touched| areas.iter().any(|area| area.contains(touched) || touched.contains(*area)))
    }

    /// The same, with a party under another name. The first gives it its own.
    pub(super) fn with_party(&self, index: usize, name: Arc<str>) -> Change {
        let mut change = self.clone();
        if index == 0 {
            change.name = Arc::clone(&name);
        }
        if let Some(party) = change.parties.get_mut(index) {
            party.name = name;
        }
        change
    }

    /// The scope of what it is about.
    pub fn scope(&self) -> Option<Scope> {
        let resource = self.resource.map(ResourceId::scope);
        let merge = self.merge.map(MergeId::scope);
        resource.or(merge).or_else(|| self.parties.first().map(|party| party.id.scope()))
    }

    /// Whether it is a decision of the centre.
    pub fn is_decision(&self) -> bool {
        self.merge.is_some()
    }
}
