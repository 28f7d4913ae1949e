//! The events of a service that counts.

use schema::event_enum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Added {
    pub by: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cleared {}

/// What no JSON can hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Weighed {
    pub weight: f64,
    pub pairs: BTreeMap<(u8, u8), u8>,
}

event_enum! {
    /// What happens to a counter.
    pub enum Counted {
        /// It went up.
        Added(Added),
        /// It went to zero.
        Cleared(Cleared),
        /// It was weighed, which changes nothing.
        Weighed(Weighed),
    }
}

pub fn added(by: i64) -> Counted {
    Counted::Added(Added { by })
}

pub fn evolve(total: i64, event: &Counted) -> i64 {
    match event {
        Counted::Added(added) => total + added.by,
        Counted::Cleared(_) => 0,
        Counted::Weighed(_) => total,
    }
}
