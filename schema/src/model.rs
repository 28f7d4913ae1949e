//! The matching models that come into use. Streams `model-<scope>`.

use crate::event::event_enum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A matching model came into use in a scope. Only this makes the centre look again at pairs that it has decided on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MatchingModelAdopted {
    /// Its version.
    pub model: String,
    /// From this probability on, pairs are merged by rule.
    pub merge_from: f64,
    /// From this probability on, pairs are proposed to a steward.
    pub propose_from: f64,
    /// How many decisions stood in the scope: what a steward parted by one of these, without keeping it apart, may be
    /// judged anew.
    pub after: u64,
}

event_enum! {
    /// What happens to the model of a scope.
    pub enum ModelEvent {
        /// A model came into use.
        MatchingModelAdopted(MatchingModelAdopted),
    }
}
