//! One registration as everyone but its office sees it.

use crate::hidden::Hidden;
use crate::offer::Offer;
use chrono::{DateTime, NaiveDate, Utc};
use schema::resource::{NAME_RETRACTED, NotShown, RetractableField};
use schema::{Audience, Doubt, Office, RegistrationId, Source};
use serde::{Deserialize, Serialize};

/// Where a registration stands with its office.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// In force.
    InForce,
    /// Stopped for a while.
    Suspended(SuspendedBy),
    /// No longer offered.
    Withdrawn {
        /// Why, in the clerk's words.
        reason: String,
    },
    /// Closed here: it goes on in another county.
    MovedOut {
        /// What it is there.
        to: RegistrationId,
    },
}

/// What stopped a registration for a while.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SuspendedBy {
    /// A clerk of its office.
    Clerk {
        /// Why, in the clerk's words.
        reason: String,
    },
    /// An inspection that was not passed.
    Inspection {
        /// The day, if said.
        on: Option<NaiveDate>,
    },
}

/// A part of an offer that is not shown, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Withheld {
    /// What is not shown.
    pub part: WithheldPart,
    /// Why not.
    pub because: NotShown,
}

/// What of an offer is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WithheldPart {
    /// All of it: there is no resource of it.
    Everything,
    /// That it is for this group.
    Audience(Audience),
    /// A value of this field, or all of them.
    Field(RetractableField),
}

impl WithheldPart {
    /// The field, where it is a value that was retracted.
    pub fn retracted(self) -> Option<RetractableField> {
        match self {
            WithheldPart::Field(field) => Some(field),
            WithheldPart::Everything | WithheldPart::Audience(_) => None,
        }
    }
}

/// One registration, in the directory's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// Which.
    pub id: RegistrationId,
    /// Whose.
    pub office: Office,
    /// When it was first registered, in the world's time: orders the members of a group.
    pub registered_at: DateTime<Utc>,
    /// When it was last said whole, in the world's time: the more recent of two disagreeing values.
    pub said_at: DateTime<Utc>,
    /// What it was in another county before, if its provider came from there.
    pub transferred_from: Option<RegistrationId>,
    /// The county in which it was first registered: decisions about it stand in this scope for good.
    pub scope: String,
    /// Where it stands with its office.
    pub standing: Standing,
    /// What of it is not shown although it is in force; empty when all is.
    pub withheld: Vec<Withheld>,
    /// What is offered, without what is withheld.
    pub offer: Offer,
    /// 登记日期, as the office wrote it.
    pub registered_on: Option<NaiveDate>,
    /// Where the office's last words came from.
    pub source: Source,
    /// What was not understood.
    pub doubts: Vec<Doubt>,
}

impl Registered {
    /// Why none of it is shown in the directory; none when it is.
    pub fn not_shown(&self) -> Option<NotShown> {
        match &self.standing {
            Standing::Withdrawn { .. } | Standing::MovedOut { .. } => Some(NotShown::Withdrawn),
            Standing::Suspended(SuspendedBy::Clerk { .. }) => Some(NotShown::Suspended),
            Standing::Suspended(SuspendedBy::Inspection { .. }) => Some(NotShown::FailedInspection),
            Standing::InForce => self
                .withheld
                .iter()
                .find(|withheld| withheld.part == WithheldPart::Everything)
                .map(|withheld| withheld.because),
        }
    }

    /// Takes out what was retracted, and says so.
    pub fn hide(&mut self, hidden: &Hidden) {
        for field in hidden.hide_in(&mut self.offer) {
            self.withhold(field);
        }
        if !hidden.is_empty() {
            self.doubts = self.doubts.iter().map(Doubt::withheld).collect();
        }
    }

    /// Notes that something of a field is not shown because it was retracted.
    pub(crate) fn withhold(&mut self, field: RetractableField) {
        let withheld = Withheld { part: WithheldPart::Field(field), because: NotShown::Retracted };
        if !self.withheld.contains(&withheld) {
            self.withheld.push(withheld);
        }
    }

    /// Whether its name is shown, rather than words in its place.
    pub fn is_named(&self) -> bool {
        self.offer.name != NAME_RETRACTED
    }

    /// What it is in another county now, if its provider moved there.
    pub fn transferred_to(&self) -> Option<RegistrationId> {
        match self.standing {
            Standing::MovedOut { to } => Some(to),
            Standing::InForce | Standing::Suspended(_) | Standing::Withdrawn { .. } => None,
        }
    }

    /// The order of the members of a group: earliest registered first.
    pub fn seniority(&self) -> (DateTime<Utc>, RegistrationId) {
        (self.registered_at, self.id)
    }

    /// Orders by how lately it was said; the greater is the more recent.
    pub fn recency(&self) -> (DateTime<Utc>, DateTime<Utc>, RegistrationId) {
        (self.said_at, self.registered_at, self.id)
    }
}
