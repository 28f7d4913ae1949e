//! What the centre decided: each merge from its proposal to its undoing.

use super::changes::{Change, ChangeKind, Cursor, Party};
use super::registrations::distinct;
use super::{AsOf, Counters, Dated, Poison, Registrations, Stamp};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use schema::decisions::{Decider, DecisionEvent, Grounds};
use schema::ids::{MergeId, RegistrationId};
use schema::{Event, Position, Quote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a merge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MergeStatus {
    /// 待核归并
    Proposed,
    /// 已归并
    InForce,
    /// 不归并
    Refused,
    /// 已撤销
    Undone,
}

/// The undoing of a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Who: the subject of a token.
    pub by: String,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Whether the halves stay apart from then on.
    pub keep_apart: bool,
}

/// A merge between two events about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeState {
    /// Where it stands.
    pub status: MergeStatus,
    /// The grounds of the decision, or of the proposal.
    pub grounds: Arc<Grounds>,
    /// Who decided; while proposed, what proposed it.
    pub decided_by: Decider,
    /// When that was recorded.
    pub decided_at: DateTime<Utc>,
    /// When it was proposed, if it was.
    pub proposed_at: Option<DateTime<Utc>>,
    /// Why, in the decider's words.
    pub reason: Option<String>,
    /// How it was undone, if it was.
    pub undo: Option<Undo>,
}

impl MergeState {
    /// Takes out of its grounds what was retracted of the two.
    fn hide(&mut self, [one, other]: [RegistrationId; 2], registrations: &Registrations) {
        let (ours, theirs) = (registrations.hidden(one), registrations.hidden(other));
        if ours.is_none() && theirs.is_none() {
            return;
        }
        for comparison in &mut Arc::make_mut(&mut self.grounds).comparisons {
            let compared = comparison.comparison;
            for (hidden, values) in [(ours, &mut comparison.left), (theirs, &mut comparison.right)] {
                values.retain(|value| match value {
                    Quote::Said(value) => !hidden.is_some_and(|hidden| hidden.hides_compared(compared, value)),
                    // It was never public: who may open it is asked when it is shown.
                    Quote::Sealed(_) => true,
                });
            }
        }
    }
}

/// One merge of two registrations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// The position of the first event about it.
    pub from: Position,
    /// Every state it was in, the first one first.
    pub states: Vec<Dated<MergeState>>,
}

impl Merge {
    /// The state that is seen.
    pub fn state(&self, as_of: AsOf) -> Option<&MergeState> {
        as_of.latest(&self.states)
    }
}

/// Every merge.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Merges {
    by_id: OrdMap<MergeId, Arc<Merge>>,
    in_order: OrdMap<Position, MergeId>,
    of_registration: OrdMap<RegistrationId, Vec<MergeId>>,
}

impl Merges {
    pub(super) fn fold(
        &mut self,
        event: DecisionEvent,
        registrations: &Registrations,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<Vec<Change>, Poison> {
        let event_type = event.event_type();
        let (id, pair) = (event.id(), event.pair());
        let kind = match &event {
            DecisionEvent::MergeProposed(_) => ChangeKind::Proposed,
            DecisionEvent::RegistrationsMerged(_) => ChangeKind::Merged,
            DecisionEvent::MergeRefused(_) => ChangeKind::Refused,
            DecisionEvent::MergeUndone(_) => ChangeKind::Undone,
        };
        let before = self.by_id.get(&id).and_then(|merge| merge.state(AsOf::Latest)).cloned();
        let Some(mut state) = after(event, before.as_ref(), stamp) else {
            return Err(Poison::OutOfTheBlue { event_type, what: format!("merge {id}") });
        };
        // The centre may not have heard of a retraction when it decided.
        state.hide(pair, registrations);
        let (was, is) = (before.as_ref().map(|before| before.status), state.status);
        match self.by_id.get_mut(&id) {
            Some(merge) => Arc::make_mut(merge).states.push(stamp.dated(state)),
            None => {
                self.by_id
                    .insert(id, Arc::new(Merge { id, pair, from: stamp.position, states: vec![stamp.dated(state)] }));
                self.in_order.insert(stamp.position, id);
                for member in pair {
                    self.of_registration.entry(member).or_default().push(id);
                }
            }
        }
        self.count(id, pair, (was, is), counters);
        let parties: Box<[Party]> = pair.iter().filter_map(|member| registrations.party(*member)).collect();
        Ok(vec![Change {
            cursor: Cursor::default(),
            kind,
            at: stamp.recorded_at,
            name: parties.first().map(|party| Arc::clone(&party.name)).unwrap_or_default(),
            category: None,
            areas: distinct(parties.iter().map(|party| party.area).collect()),
            office: None,
            resource: None,
            into: None,
            merge: Some(id),
            parties,
        }])
    }

    /// Hides what was retracted of a registration in the grounds of every merge that it is one of the two of.
    pub(super) fn hide(&mut self, registration: RegistrationId, registrations: &Registrations) {
        for id in self.of_registration.get(&registration).into_iter().flatten() {
            if let Some(merge) = self.by_id.get_mut(id).map(Arc::make_mut) {
                for state in &mut merge.states {
                    state.value.hide(merge.pair, registrations);
                }
            }
        }
    }

    /// Counts a merge that went from one status (or from nothing) to another, and with it the proposals that were settled
    /// because it joined their two groups, or that are open again because it no longer does.
    fn count(
        &self,
        id: MergeId,
        pair: [RegistrationId; 2],
        (was, is): (Option<MergeStatus>, MergeStatus),
        counters: &mut Counters,
    ) {
        let [one, other] = pair;
        // The groups with this merge left out.
        let (ours, theirs) = (self.group(one, Some(pair), AsOf::Latest), self.group(other, Some(pair), AsOf::Latest));
        let is_apart = !ours.contains(&other);
        let counts = |status| status != MergeStatus::Proposed || is_apart;
        counters.merge_moved(was.filter(|was| counts(*was)), Some(is).filter(|is| counts(*is)));
        if is_apart {
            let between = self.proposed_between(&ours, &theirs, id);
            match (was == Some(MergeStatus::InForce), is == MergeStatus::InForce) {
                (false, true) => counters.proposals_moved(between, 0),
                (true, false) => counters.proposals_moved(0, between),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// How many proposals other than one ask about two groups.
    fn proposed_between(
        &self,
        ours: &BTreeSet<RegistrationId>,
        theirs: &BTreeSet<RegistrationId>,
        but: MergeId,
    ) -> u32 {
        let of_ours = ours.iter().flat_map(|one| self.of(*one, AsOf::Latest));
        let asks = of_ours.filter(|merge| {
            merge.id != but
                && merge.state(AsOf::Latest).is_some_and(|state| state.status == MergeStatus::Proposed)
                && merge.pair.iter().any(|one| theirs.contains(one))
        });
        u32::try_from(asks.count()).unwrap_or(u32::MAX)
    }

    /// The registrations that merges in force make one with this, itself among them; over no merge of the pair `without`.
    fn group(&self, of: RegistrationId, without: Option<[RegistrationId; 2]>, as_of: AsOf) -> BTreeSet<RegistrationId> {
        let mut group = BTreeSet::from([of]);
        let mut unvisited = vec![of];
        while let Some(one) = unvisited.pop() {
            let in_force = self.of(one, as_of).filter(|merge| {
                Some(merge.pair) != without
                    && merge.state(as_of).is_some_and(|state| state.status == MergeStatus::InForce)
            });
            for member in in_force.flat_map(|merge| merge.pair) {
                if group.insert(member) {
                    unvisited.push(member);
                }
            }
        }
        group
    }

    /// Whether merges in force have made a pair one, so that a proposal of it leaves nothing to decide.
    pub fn are_one(&self, [one, other]: [RegistrationId; 2], as_of: AsOf) -> bool {
        self.group(one, None, as_of).contains(&other)
    }

    /// A merge, if it is known and seen.
    pub fn get(&self, id: MergeId, as_of: AsOf) -> Option<&Arc<Merge>> {
        self.by_id.get(&id).filter(|merge| as_of.sees(merge.from))
    }

    /// Every merge that is seen, the newest first by its first event.
    pub fn newest_first(&self, as_of: AsOf) -> impl Iterator<Item = &Arc<Merge>> {
        self.in_order
            .iter()
            .rev()
            .skip_while(move |(from, _)| !as_of.sees(**from))
            .filter_map(|(_, id)| self.by_id.get(id))
    }

    /// The merges that a registration is one of the two of, the newest first.
    pub fn of(&self, registration: RegistrationId, as_of: AsOf) -> impl Iterator<Item = &Arc<Merge>> {
        self.of_registration.get(&registration).into_iter().flatten().rev().filter_map(move |id| self.get(*id, as_of))
    }
}

fn after(event: DecisionEvent, before: Option<&MergeState>, stamp: Stamp) -> Option<MergeState> {
    match event {
        DecisionEvent::MergeProposed(proposed) => Some(MergeState {
            status: MergeStatus::Proposed,
            decided_by: proposed.grounds.decided_by.clone(),
            decided_at: stamp.recorded_at,
            proposed_at: Some(stamp.recorded_at),
            reason: proposed.grounds.reason.clone(),
            grounds: Arc::new(proposed.grounds),
            undo: None,
        }),
        DecisionEvent::RegistrationsMerged(merged) => Some(MergeState {
            status: MergeStatus::InForce,
            decided_by: merged.grounds.decided_by.clone(),
            decided_at: stamp.recorded_at,
            proposed_at: before.and_then(|before| before.proposed_at),
            reason: merged.grounds.reason.clone(),
            grounds: Arc::new(merged.grounds),
            undo: None,
        }),
        DecisionEvent::MergeRefused(refused) => Some(MergeState {
            status: MergeStatus::Refused,
            decided_by: Decider::Steward { name: refused.by },
            decided_at: stamp.recorded_at,
            reason: Some(refused.reason),
            ..before?.clone()
        }),
        DecisionEvent::MergeUndone(undone) => Some(MergeState {
            status: MergeStatus::Undone,
            undo: Some(Undo {
                by: undone.by,
                at: stamp.recorded_at,
                reason: undone.reason,
                keep_apart: undone.keep_apart,
            }),
            ..before?.clone()
        }),
    }
}
