//! What a county has settled. Streams `policy-<scope>`.
//!
//! So far: how many registrations of the scope one hand-in may leave out of force without a steward's agreement (suspending for
//! safety is no withdrawal, and waits for nobody), and which services are owed to elders ([`crate::basic_services`]).

use crate::basic_services::BasicServiceListAdopted;
use crate::event::event_enum;
use crate::ids::HandInId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From here on one hand-in withdraws so many registrations of the scope without a steward's agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithdrawalLimitSet {
    /// So many; none asks for agreement to each.
    pub most: u32,
    /// Who settled it: the subject of a token.
    pub set_by: String,
}

/// A steward agrees that what a hand-in left out is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LargeWithdrawalAgreed {
    /// Which hand-in's.
    pub hand_in: HandInId,
    /// So many registrations of the scope at most.
    pub most: u32,
    /// Who agreed: the subject of a token.
    pub agreed_by: String,
}

event_enum! {
    /// What a county settles.
    pub enum PolicyEvent {
        /// How many may be withdrawn at once.
        WithdrawalLimitSet(WithdrawalLimitSet),
        /// More may be, for once.
        LargeWithdrawalAgreed(LargeWithdrawalAgreed),
        /// What is owed to elders.
        BasicServiceListAdopted(BasicServiceListAdopted),
    }
}

/// What is settled of withdrawals in a scope: the fold of its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithdrawalPolicy {
    most: Option<u32>,
    agreed: BTreeMap<HandInId, u32>,
}

impl WithdrawalPolicy {
    /// The limit of a county that has settled none: more than a list loses in a month, fewer than a slip withdraws.
    pub const DEFAULT_MOST: u32 = 100;

    /// What is settled once an event is.
    #[must_use]
    pub fn evolve(mut self, event: &PolicyEvent) -> WithdrawalPolicy {
        match event {
            PolicyEvent::WithdrawalLimitSet(set) => self.most = Some(set.most),
            PolicyEvent::LargeWithdrawalAgreed(agreed) => {
                self.agreed.insert(agreed.hand_in, agreed.most);
            }
            // What is owed is nothing to withdrawals.
            PolicyEvent::BasicServiceListAdopted(_) => {}
        }
        self
    }

    /// So many registrations of the scope a hand-in withdraws by itself.
    pub fn most(&self) -> u32 {
        self.most.unwrap_or(Self::DEFAULT_MOST)
    }

    /// So many a steward has agreed to, last.
    pub fn agreed(&self, hand_in: HandInId) -> Option<u32> {
        self.agreed.get(&hand_in).copied()
    }

    /// Whether a hand-in may withdraw so many registrations of the scope in all.
    pub fn allows(&self, hand_in: HandInId, count: usize) -> bool {
        let within = |most: u32| count <= usize::try_from(most).unwrap_or(usize::MAX);
        within(self.most()) || self.agreed(hand_in).is_some_and(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::office::Office;
    use crate::{Extent, Scope};

    fn hand_in(name: &str) -> HandInId {
        HandInId::of(Scope::NATION, Office::Clinic, name, 0, Extent::Whole, "digest")
    }

    #[test]
    fn more_than_the_limit_is_withdrawn_only_where_a_steward_agreed_to_that_hand_in() {
        let set = |most| PolicyEvent::WithdrawalLimitSet(WithdrawalLimitSet { most, set_by: "wang".into() });
        let agreed = |name: &str, most| {
            let agreed = LargeWithdrawalAgreed { hand_in: hand_in(name), most, agreed_by: "wang".into() };
            PolicyEvent::LargeWithdrawalAgreed(agreed)
        };
        for (events, count, allowed) in [
            (vec![], 100, true),
            (vec![], 101, false),
            (vec![set(5)], 5, true),
            (vec![set(5)], 6, false),
            (vec![set(5), set(800)], 766, true),
            (vec![set(0)], 1, false),
            (vec![agreed("a", 766)], 766, true),
            (vec![agreed("a", 766)], 767, false),
            (vec![agreed("b", 766)], 766, false),
            (vec![agreed("a", 766), agreed("a", 200)], 766, false),
            (vec![agreed("a", 1)], 100, true),
        ] {
            let policy = events.iter().fold(WithdrawalPolicy::default(), WithdrawalPolicy::evolve);
            assert_eq!(policy.allows(hand_in("a"), count), allowed, "{events:?} {count}");
        }
    }
}
