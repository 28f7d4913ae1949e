//! What the centre decides. Streams `decisions-<scope>`, one for each county.
//!
//! The merges in force are a forest: each joins two registrations that stood in different groups when it was made, so
//! undoing any of them, at any time and in any order, splits one group exactly in two.

use crate::event::event_enum;
use crate::ids::{MergeId, RegistrationId};
use crate::office::Office;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Decider {
    /// A rule of the matching model.
    Rule {
        /// Its name, e.g. `above_merge_threshold`.
        name: String,
    },
    /// A steward: the subject of their token.
    Steward {
        /// The subject.
        name: String,
    },
}

impl Decider {
    /// Whether it is a steward rather than a rule.
    pub fn is_steward(&self) -> bool {
        match self {
            Decider::Steward { .. } => true,
            Decider::Rule { .. } => false,
        }
    }
}

/// One comparison of two registrations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// What was compared, e.g. `name`.
    pub comparison: String,
    /// How well it agreed, e.g. `exact`, `similar`, `different`, `missing`.
    pub level: String,
    /// The match weight, in bits (log2 of the Bayes factor).
    pub weight: f64,
    /// The value of the pair's first registration.
    pub left: Option<String>,
    /// The value of its second.
    pub right: Option<String>,
}

/// Why: everything a steward or an auditor needs to judge a decision years later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Grounds {
    /// The probability that both are the same real thing, 0 to 1. None when a steward decided without the model.
    pub probability: Option<f64>,
    /// The sum of the prior and all weights, in bits.
    pub weight: Option<f64>,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
    /// The version of the matching model.
    pub model: String,
    /// Who decided.
    pub decided_by: Decider,
    /// On behalf of which office, if one objected or asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Office>,
    /// Why, in the decider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Two registrations may be the same; a steward is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeProposed {
    /// The merge it would be.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Why.
    pub grounds: Grounds,
}

/// Two registrations are the same thing; their groups are one from here on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegistrationsMerged {
    /// The merge.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Why.
    pub grounds: Grounds,
}

/// A steward refused a proposal; the two groups are kept apart from here on and not asked about again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeRefused {
    /// The proposal.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// The subject of the steward's token.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A merge was undone: its group is split in two, as if the merge had never been made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MergeUndone {
    /// The merge.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// Whether the halves stay apart from here on.
    pub keep_apart: bool,
    /// The subject of the steward's token.
    pub by: String,
    /// Why.
    pub reason: String,
}

event_enum! {
    /// What the centre decides.
    pub enum DecisionEvent {
        /// A steward is asked.
        MergeProposed(MergeProposed),
        /// Two groups became one.
        RegistrationsMerged(RegistrationsMerged),
        /// A proposal was refused.
        MergeRefused(MergeRefused),
        /// A merge was undone.
        MergeUndone(MergeUndone),
    }
}

impl DecisionEvent {
    /// The merge that it is about.
    pub fn id(&self) -> MergeId {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.id,
            DecisionEvent::RegistrationsMerged(merged) => merged.id,
            DecisionEvent::MergeRefused(refused) => refused.id,
            DecisionEvent::MergeUndone(undone) => undone.id,
        }
    }

    /// The two registrations that it is about.
    pub fn pair(&self) -> [RegistrationId; 2] {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.pair,
            DecisionEvent::RegistrationsMerged(merged) => merged.pair,
            DecisionEvent::MergeRefused(refused) => refused.pair,
            DecisionEvent::MergeUndone(undone) => undone.pair,
        }
    }

    /// Whether a steward decided it rather than a rule. Only stewards refuse and undo.
    pub fn by_steward(&self) -> bool {
        match self {
            DecisionEvent::MergeProposed(proposed) => proposed.grounds.decided_by.is_steward(),
            DecisionEvent::RegistrationsMerged(merged) => merged.grounds.decided_by.is_steward(),
            DecisionEvent::MergeRefused(_) | DecisionEvent::MergeUndone(_) => true,
        }
    }
}
