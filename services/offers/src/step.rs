//! What an office's event does to a registration, in words that are the same for all offices.

use crate::offer::Offer;
use chrono::{DateTime, NaiveDate, Utc};
use schema::resource::RetractableField;
use schema::{Doubt, RegistrationId, Source};
use serde::{Deserialize, Serialize};

/// What an event does to a registration.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Said whole, for the first time or again after a withdrawal.
    Registered(Box<Said>),
    /// Said anew, whole.
    Revised(Box<Said>),
    /// The licence holds longer.
    LicenceRenewed {
        /// Its number, if it was said again.
        number: Option<String>,
        /// The new last day.
        expires: NaiveDate,
    },
    /// So many places are offered now.
    PlacesOffered(u32),
    /// Those who work with children were cleared.
    Cleared,
    /// Elders pay so many fen.
    ElderPriceAgreed(u32),
    /// The premises were inspected; whether they passed.
    Inspected {
        /// The day, if said.
        on: Option<NaiveDate>,
        /// Whether they passed.
        passed: bool,
    },
    /// Something that only the office keeps.
    Noted,
    /// Stopped for a while, and why.
    Suspended(String),
    /// Goes on.
    Resumed,
    /// No longer offered, and why.
    Withdrawn(String),
    /// Opened under a new id, having come from another county.
    MovedIn {
        /// What is registered, whole.
        said: Box<Said>,
        /// What it was there.
        from: RegistrationId,
        /// When it was first registered, wherever that was.
        first_registered_at: DateTime<Utc>,
        /// The fields of which what is said was retracted before.
        retracted: Vec<RetractableField>,
    },
    /// Closed: it goes on in another county under this id.
    MovedOut(RegistrationId),
}

impl Step {
    /// Whether it registers, for the first time, again after a withdrawal, or having come from another county.
    pub fn registers(&self) -> bool {
        matches!(self, Step::Registered(_) | Step::MovedIn { .. })
    }

    /// Where it came from, if it opens what came from another county.
    pub fn transferred_from(&self) -> Option<RegistrationId> {
        match self {
            Step::MovedIn { from, .. } => Some(*from),
            Step::Registered(_)
            | Step::Revised(_)
            | Step::LicenceRenewed { .. }
            | Step::PlacesOffered(_)
            | Step::Cleared
            | Step::ElderPriceAgreed(_)
            | Step::Inspected { .. }
            | Step::Noted
            | Step::Suspended(_)
            | Step::Resumed
            | Step::Withdrawn(_)
            | Step::MovedOut(_) => None,
        }
    }
}

/// What an office said, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// What is offered. What a merchant costs elders is in `terms`.
    pub offer: Offer,
    /// A merchant's terms for elders, out of which its fees are put into words.
    pub terms: Option<Terms>,
    /// How it stands with the safeguarding clearance.
    pub clearance: Clearance,
    /// An inspection that was said with it: whether it was passed, and when.
    pub inspection: Option<(bool, Option<NaiveDate>)>,
    /// 登记日期, as the office wrote it.
    pub registered_on: Option<NaiveDate>,
    /// Where this came from.
    pub source: Source,
    /// What was not understood.
    pub doubts: Vec<Doubt>,
}

/// How it stands with the safeguarding clearance, without which work with children is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clearance {
    /// None of it is work with children.
    NotNeeded,
    /// Some of it is, and nobody was cleared for it yet.
    Awaited,
    /// Those who do it were cleared.
    Given,
}

/// A merchant's terms for elders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// 老年人协议价, in fen.
    pub elder_price_fen: Option<u32>,
    /// 老年优惠, in the merchant's words.
    pub elder_discount: Option<String>,
    /// 起送价, in fen.
    pub minimum_order_fen: Option<u32>,
}
