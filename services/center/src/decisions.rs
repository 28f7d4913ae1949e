//! What the centre has decided in one scope, and what it may decide next. Pure.
//!
//! The merges in force are a forest: each joins two registrations that stood in different groups when it was made.
//! A merge that a steward undid or refused is remembered; no merge, by whomever, joins a pair that is kept apart. No rule
//! joins anyone who was in one half with anyone who was in the other, nor what joins them later; where the steward did not
//! say that the halves stay apart, until another model is adopted.
//!
//! Rules reach the same groups whatever the order in which registrations arrive: a rule merges every pair that its
//! evidence reaches, so the groups are the connected parts of those pairs. Which of a part's pairs become merges, and
//! which stay evidence, does depend on the order, and changes no group. One thing is left to the order: a registration
//! whose category is a word for everything goes with the first of two services that it fits, and a steward is asked about
//! the other ([`crate::matching::service`]).

use crate::matching::{Band, Evidence, model};
use schema::decisions::{
    Decider, DecidingRule, DecisionEvent, Grounds, MergeProposed, MergeRefused, MergeUndone, RegistrationsMerged,
};
use schema::model::{MatchingModelAdopted, ModelEvent};
use schema::{MergeId, RegistrationId};
use std::collections::{BTreeMap, BTreeSet};

/// Two registrations, smaller id first.
pub type Pair = [RegistrationId; 2];

/// Puts two registrations in order.
pub fn pair(one: RegistrationId, other: RegistrationId) -> Pair {
    if one <= other { [one, other] } else { [other, one] }
}

/// Where a merge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A steward is asked.
    Proposed,
    /// The two are one.
    InForce,
    /// A steward said no.
    Refused,
    /// It was taken back.
    Undone,
}

/// One merge, from its proposal on.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The two.
    pub pair: Pair,
    /// Where it stands.
    pub status: Status,
}

/// Where a registration stood when a steward parted two groups, or refused to join them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PartedSide {
    /// The number of the steward's decision.
    decision: u64,
    /// Whether with the second of its pair.
    second: bool,
    /// Whether the two stay apart whatever model is adopted.
    keep_apart: bool,
}

/// The decisions of one scope and the models that came into use there, folded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decisions {
    /// How many decisions are folded.
    folded: u64,
    model: Option<MatchingModelAdopted>,
    /// How many events about models are folded.
    models: u64,
    merges: BTreeMap<MergeId, Merge>,
    undone: BTreeMap<Pair, u32>,
    joined: Links,
    kept_apart: Links,
    /// On which side of stewards' undos and refusals a registration stood.
    sides: BTreeMap<RegistrationId, Vec<PartedSide>>,
    /// The open proposals about a registration.
    open: BTreeMap<RegistrationId, Vec<MergeId>>,
    /// Why what is open was proposed. Of what is settled the log alone says why.
    grounds: BTreeMap<MergeId, Grounds>,
}

/// What a steward asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Two registrations are one.
    Merge {
        /// The evidence for and against, as far as there is any, with the steward and the reason.
        grounds: Grounds,
        /// The two.
        pair: Pair,
    },
    /// A proposal is right.
    Accept {
        /// Which.
        id: MergeId,
        /// The subject of the steward's token.
        by: String,
        /// Why, if the steward said.
        reason: Option<String>,
    },
    /// A proposal is wrong.
    Refuse {
        /// Which.
        id: MergeId,
        /// The subject of the steward's token.
        by: String,
        /// Why.
        reason: String,
    },
    /// A merge is wrong.
    Undo {
        /// Which.
        id: MergeId,
        /// Whether the halves stay apart from here on.
        keep_apart: bool,
        /// The subject of the steward's token.
        by: String,
        /// Why.
        reason: String,
    },
}

/// Why a steward's command is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A registration with itself.
    #[error("a registration cannot be merged with itself")]
    Itself,
    /// There is no such merge or proposal.
    #[error("there is no merge {0}")]
    Unknown(MergeId),
    /// Both are in one group already.
    #[error("the two registrations are one already")]
    AlreadyTogether,
    /// A steward decided that the two groups stay apart.
    #[error("it was decided that {} and {} stay apart", .0[0], .0[1])]
    KeptApart(Pair),
    /// Only an open proposal can be accepted or refused.
    #[error("{id} is no open proposal")]
    NotProposed {
        /// Which.
        id: MergeId,
        /// Where it stands.
        status: Status,
    },
    /// Only a merge in force can be undone.
    #[error("{id} is not in force")]
    NotInForce {
        /// Which.
        id: MergeId,
        /// Where it stands.
        status: Status,
    },
}

impl Decisions {
    /// What is decided after an event.
    #[must_use]
    pub fn evolve(mut self, event: &DecisionEvent) -> Decisions {
        self.apply(event);
        self
    }

    /// Applies the next event of the scope's stream of models.
    pub fn adopted(&mut self, event: &ModelEvent) {
        let ModelEvent::MatchingModelAdopted(adopted) = event;
        self.model = Some(adopted.clone());
        self.models += 1;
    }

    /// Passes over the next decision, which cannot be read.
    pub fn skip(&mut self) {
        self.folded += 1;
    }

    /// How many decisions are folded: the number of the next one.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// How many events of the stream of models are folded.
    pub fn models(&self) -> u64 {
        self.models
    }

    /// Applies the next decision.
    pub fn apply(&mut self, event: &DecisionEvent) {
        let number = self.folded;
        self.folded += 1;
        match event {
            DecisionEvent::MergeProposed(proposed) => {
                self.stand(proposed.id, proposed.pair, Status::Proposed, Some(&proposed.grounds));
            }
            DecisionEvent::RegistrationsMerged(merged) => {
                self.stand(merged.id, merged.pair, Status::InForce, Some(&merged.grounds));
                link(&mut self.joined, merged.pair);
            }
            DecisionEvent::MergeRefused(refused) => {
                self.stand(refused.id, refused.pair, Status::Refused, None);
                link(&mut self.kept_apart, refused.pair);
                self.hold_apart(refused.pair, number, true);
            }
            DecisionEvent::MergeUndone(undone) => {
                self.stand(undone.id, undone.pair, Status::Undone, None);
                unlink(&mut self.joined, undone.pair);
                *self.undone.entry(undone.pair).or_default() += 1;
                if undone.keep_apart {
                    link(&mut self.kept_apart, undone.pair);
                }
                self.hold_apart(undone.pair, number, undone.keep_apart);
            }
        }
    }

    /// Notes who stands on which side of a pair, now that a steward holds its groups apart.
    fn hold_apart(&mut self, pair: Pair, decision: u64, keep_apart: bool) {
        for (one, second) in pair.into_iter().zip([false, true]) {
            for member in self.group(one) {
                self.sides.entry(member).or_default().push(PartedSide { decision, second, keep_apart });
            }
        }
    }

    fn stand(&mut self, id: MergeId, pair: Pair, status: Status, grounds: Option<&Grounds>) {
        self.settle(id, pair);
        if let Some(grounds) = grounds.filter(|_| status == Status::Proposed) {
            self.grounds.insert(id, grounds.clone());
            for one in pair {
                self.open.entry(one).or_default().push(id);
            }
        }
        match self.merges.get_mut(&id) {
            Some(merge) => merge.status = status,
            // A refusal or an undo of what was never said is none.
            None if grounds.is_some() => {
                self.merges.insert(id, Merge { pair, status });
            }
            None => {}
        }
    }

    /// Whatever was asked about a pair under this id is asked no more.
    fn settle(&mut self, id: MergeId, pair: Pair) {
        if self.grounds.remove(&id).is_none() {
            return;
        }
        for one in pair {
            if let Some(open) = self.open.get_mut(&one) {
                open.retain(|other| *other != id);
                if open.is_empty() {
                    self.open.remove(&one);
                }
            }
        }
    }

    /// The version of the model in use, if any.
    pub fn model(&self) -> Option<&str> {
        self.model.as_ref().map(|adopted| adopted.model.as_str())
    }

    /// One merge.
    pub fn merge(&self, id: MergeId) -> Option<&Merge> {
        self.merges.get(&id)
    }

    /// Every merge, by id.
    pub fn merges(&self) -> impl Iterator<Item = (MergeId, &Merge)> {
        self.merges.iter().map(|(id, merge)| (*id, merge))
    }

    /// The registrations that are one with this, itself among them.
    pub fn group(&self, of: RegistrationId) -> BTreeSet<RegistrationId> {
        reached(&self.joined, of, None)
    }

    /// The two groups into which undoing this merge splits its group, the half of the pair's first registration first;
    /// none when it is not in force.
    pub fn halves(&self, id: MergeId) -> Option<[BTreeSet<RegistrationId>; 2]> {
        let merge = self.merges.get(&id).filter(|merge| merge.status == Status::InForce)?;
        Some(merge.pair.map(|one| reached(&self.joined, one, Some(merge.pair))))
    }

    /// The pairs that were undone more often than in `before`.
    pub fn undone_since(&self, before: &Decisions) -> Vec<Pair> {
        let often = |decisions: &Decisions, pair: &Pair| decisions.undone.get(pair).copied().unwrap_or_default();
        self.undone.keys().filter(|pair| often(self, pair) > often(before, pair)).copied().collect()
    }

    /// The id that a merge of this pair has, made now.
    pub fn id_of(&self, pair: Pair) -> MergeId {
        let [one, other] = pair;
        MergeId::of(one, other, self.undone.get(&pair).copied().unwrap_or_default())
    }

    /// A pair that stands for the decision to keep two groups apart, if there is one.
    pub fn kept_apart(&self, one: &BTreeSet<RegistrationId>, other: &BTreeSet<RegistrationId>) -> Option<Pair> {
        between(&self.kept_apart, one, other)
    }

    /// The event that takes this model into use; none when it is in use.
    pub fn adopt(&self) -> Option<ModelEvent> {
        (self.model() != Some(model::VERSION)).then(|| {
            ModelEvent::MatchingModelAdopted(MatchingModelAdopted {
                model: model::VERSION.to_owned(),
                merge_from: model::MERGE_FROM,
                propose_from: model::PROPOSE_FROM,
                after: self.folded,
            })
        })
    }

    /// Whether no rule may join two groups: a steward held apart a group of which one of ours was and one of which one of
    /// theirs was. What was not to be kept apart is free again when another model comes into use, and a steward who joined
    /// the two sides all the same took it back for whoever is in that group.
    pub fn held_apart(&self, ours: &BTreeSet<RegistrationId>, theirs: &BTreeSet<RegistrationId>) -> bool {
        let since = self.model.as_ref().map_or(0, |model| model.after);
        let sides = |group: &BTreeSet<RegistrationId>| {
            let mut sides: BTreeMap<u64, Option<bool>> = BTreeMap::new();
            let all = group.iter().filter_map(|one| self.sides.get(one)).flatten();
            for PartedSide { decision, second, .. } in all.filter(|side| side.keep_apart || side.decision >= since) {
                let side = sides.entry(*decision).or_insert(Some(*second));
                *side = side.filter(|side| side == second);
            }
            sides
        };
        let (ours, theirs) = (sides(ours), sides(theirs));
        ours.iter().any(|(decision, one)| {
            let other = theirs.get(decision).copied().flatten();
            one.zip(other).is_some_and(|(one, other)| one != other)
        })
    }

    /// What a rule decides on the evidence of a pair; none when there is nothing to decide, or it is decided already.
    pub fn consider(&self, evidence: &Evidence) -> Option<DecisionEvent> {
        if evidence.band == Band::Leave {
            return None;
        }
        let [one, other] = evidence.pair;
        let ours = self.group(one);
        if ours.contains(&other) {
            return None;
        }
        let theirs = self.group(other);
        if self.kept_apart(&ours, &theirs).is_some() || self.held_apart(&ours, &theirs) {
            return None;
        }
        let id = self.id_of(evidence.pair);
        let grounds = |name: DecidingRule| evidence.grounds(Decider::Rule { name }, None);
        match evidence.band {
            Band::Leave => None,
            Band::Merge => Some(DecisionEvent::RegistrationsMerged(RegistrationsMerged {
                id,
                pair: evidence.pair,
                grounds: grounds(DecidingRule::AboveMergeThreshold),
            })),
            // One question about two groups is enough.
            Band::Propose if self.asks_about(&ours, &theirs) => None,
            Band::Propose => Some(DecisionEvent::MergeProposed(MergeProposed {
                id,
                pair: evidence.pair,
                grounds: grounds(DecidingRule::AboveProposalThreshold),
            })),
        }
    }

    /// Whether a proposal to join these groups is open.
    fn asks_about(&self, ours: &BTreeSet<RegistrationId>, theirs: &BTreeSet<RegistrationId>) -> bool {
        let open = ours.iter().filter_map(|one| self.open.get(one)).flatten();
        open.filter_map(|id| self.merges.get(id)).any(|merge| merge.pair.iter().any(|one| theirs.contains(one)))
    }

    /// What happens when a steward asks.
    pub fn decide(&self, command: &Command) -> Result<DecisionEvent, Refusal> {
        match command {
            Command::Merge { pair, grounds } => {
                self.may_join(*pair)?;
                let id = self.id_of(*pair);
                Ok(DecisionEvent::RegistrationsMerged(RegistrationsMerged {
                    id,
                    pair: *pair,
                    grounds: grounds.clone(),
                }))
            }
            Command::Accept { id, by, reason } => {
                let merge = self.proposal(*id)?;
                self.may_join(merge.pair)?;
                let grounds = Grounds {
                    decided_by: Decider::Steward { name: by.clone() },
                    reason: reason.clone(),
                    ..self.grounds.get(id).cloned().ok_or(Refusal::Unknown(*id))?
                };
                Ok(DecisionEvent::RegistrationsMerged(RegistrationsMerged { id: *id, pair: merge.pair, grounds }))
            }
            Command::Refuse { id, by, reason } => {
                let merge = self.proposal(*id)?;
                let [one, other] = merge.pair;
                if self.group(one).contains(&other) {
                    return Err(Refusal::AlreadyTogether);
                }
                Ok(DecisionEvent::MergeRefused(MergeRefused {
                    id: *id,
                    pair: merge.pair,
                    by: by.clone(),
                    reason: reason.clone(),
                }))
            }
            Command::Undo { id, keep_apart, by, reason } => {
                let merge = self.merges.get(id).ok_or(Refusal::Unknown(*id))?;
                if merge.status != Status::InForce {
                    return Err(Refusal::NotInForce { id: *id, status: merge.status });
                }
                Ok(DecisionEvent::MergeUndone(MergeUndone {
                    id: *id,
                    pair: merge.pair,
                    keep_apart: *keep_apart,
                    by: by.clone(),
                    reason: reason.clone(),
                }))
            }
        }
    }

    fn proposal(&self, id: MergeId) -> Result<&Merge, Refusal> {
        let merge = self.merges.get(&id).ok_or(Refusal::Unknown(id))?;
        match merge.status {
            Status::Proposed => Ok(merge),
            Status::InForce | Status::Refused | Status::Undone => {
                Err(Refusal::NotProposed { id, status: merge.status })
            }
        }
    }

    /// Whether a merge may join this pair's groups.
    fn may_join(&self, pair: Pair) -> Result<(), Refusal> {
        let [one, other] = pair;
        if one == other {
            return Err(Refusal::Itself);
        }
        let ours = self.group(one);
        if ours.contains(&other) {
            return Err(Refusal::AlreadyTogether);
        }
        match self.kept_apart(&ours, &self.group(other)) {
            Some(apart) => Err(Refusal::KeptApart(apart)),
            None => Ok(()),
        }
    }
}

/// Who is linked with whom: few with each.
type Links = BTreeMap<RegistrationId, Vec<RegistrationId>>;

fn link(links: &mut Links, [one, other]: Pair) {
    for (from, to) in [(one, other), (other, one)] {
        let linked = links.entry(from).or_default();
        if !linked.contains(&to) {
            linked.push(to);
        }
    }
}

fn unlink(links: &mut Links, [one, other]: Pair) {
    for (from, to) in [(one, other), (other, one)] {
        if let Some(linked) = links.get_mut(&from) {
            linked.retain(|other| *other != to);
            if linked.is_empty() {
                links.remove(&from);
            }
        }
    }
}

/// A link that leads from one group into the other.
fn between(links: &Links, ours: &BTreeSet<RegistrationId>, theirs: &BTreeSet<RegistrationId>) -> Option<Pair> {
    ours.iter().find_map(|one| {
        let linked = links.get(one)?;
        linked.iter().find(|other| theirs.contains(other)).map(|other| pair(*one, *other))
    })
}

/// Everything linked with `from`, over no link of the pair `without`.
fn reached(links: &Links, from: RegistrationId, without: Option<Pair>) -> BTreeSet<RegistrationId> {
    let mut reached = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(one) = waiting.pop() {
        for other in links.get(&one).into_iter().flatten() {
            if without != Some(pair(one, *other)) && reached.insert(*other) {
                waiting.push(*other);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::id;

    fn evidence(one: u128, other: u128, band: Band) -> Evidence {
        Evidence { pair: pair(id(one), id(other)), weight: 9.0, comparisons: Vec::new(), veto: None, band }
    }

    fn grounds() -> Grounds {
        evidence(1, 2, Band::Merge).grounds(Decider::Steward { name: "s".into() }, Some("同一家".into()))
    }

    fn fold(events: &[DecisionEvent]) -> Decisions {
        events.iter().fold(Decisions::default(), Decisions::evolve)
    }

    fn merge(one: u128, other: u128) -> Command {
        Command::Merge { grounds: grounds(), pair: pair(id(one), id(other)) }
    }

    fn undo(id: MergeId, keep_apart: bool) -> Command {
        Command::Undo { id, keep_apart, by: "s".into(), reason: "误".into() }
    }

    fn after(decisions: Decisions, command: &Command) -> Decisions {
        let event = decisions.decide(command).unwrap();
        decisions.evolve(&event)
    }

    #[test]
    fn other_pairs_of_a_group_are_evidence_and_no_merges() {
        let merged = fold(&[
            Decisions::default().consider(&evidence(1, 2, Band::Merge)).unwrap(),
            Decisions::default().consider(&evidence(2, 3, Band::Merge)).unwrap(),
        ]);
        assert_eq!(merged.consider(&evidence(1, 3, Band::Merge)), None);
        assert_eq!(merged.decide(&merge(1, 3)), Err(Refusal::AlreadyTogether));
    }

    #[test]
    fn a_steward_is_asked_once_about_two_groups() {
        let asked = fold(&[
            Decisions::default().consider(&evidence(1, 2, Band::Merge)).unwrap(),
            Decisions::default().consider(&evidence(1, 3, Band::Propose)).unwrap(),
        ]);
        assert_eq!(asked.consider(&evidence(2, 3, Band::Propose)), None);
        assert!(asked.consider(&evidence(2, 3, Band::Merge)).is_some(), "surer evidence needs no steward");
    }

    #[test]
    fn refused_groups_stay_apart_whoever_asks_and_through_whomever() {
        let proposed = fold(&[Decisions::default().consider(&evidence(1, 2, Band::Propose)).unwrap()]);
        let id_of = proposed.id_of(pair(id(1), id(2)));
        let refused = after(proposed, &Command::Refuse { id: id_of, by: "s".into(), reason: "两家".into() });
        assert_eq!(refused.consider(&evidence(1, 2, Band::Merge)), None);
        let joined = after(refused, &merge(2, 3));
        assert_eq!(joined.decide(&merge(1, 3)), Err(Refusal::KeptApart(pair(id(1), id(2)))));
        assert_eq!(
            joined.decide(&Command::Accept { id: id_of, by: "s".into(), reason: None }),
            Err(Refusal::NotProposed { id: id_of, status: Status::Refused })
        );
    }

    #[test]
    fn a_merge_undone_without_keeping_apart_is_made_again_by_a_steward_or_another_model_under_another_id() {
        let merged = after(Decisions::default(), &merge(1, 2));
        let first = merged.id_of(pair(id(1), id(2)));
        let parted = after(merged, &undo(first, false));
        assert_eq!(parted.consider(&evidence(1, 2, Band::Merge)), None, "no rule undoes what a steward did");
        assert_eq!(parted.decide(&undo(first, false)), Err(Refusal::NotInForce { id: first, status: Status::Undone }));
        let again = after(parted.clone(), &merge(1, 2));
        assert_ne!(again.id_of(pair(id(1), id(2))), first);
        let mut adopted = parted.clone();
        adopted.adopted(&parted.adopt().unwrap());
        assert!(adopted.consider(&evidence(1, 2, Band::Merge)).is_some());
    }

    #[test]
    fn an_undo_that_keeps_apart_outlives_the_model() {
        let merged = after(Decisions::default(), &merge(1, 2));
        let apart = after(merged.clone(), &undo(merged.id_of(pair(id(1), id(2))), true));
        let mut adopted = apart.clone();
        adopted.adopted(&apart.adopt().unwrap());
        assert_eq!(adopted.consider(&evidence(1, 2, Band::Merge)), None);
        assert_eq!(adopted.decide(&merge(1, 2)), Err(Refusal::KeptApart(pair(id(1), id(2)))));
    }

    #[test]
    fn an_undo_holds_every_member_of_one_half_apart_from_every_member_of_the_other() {
        // 1-2-3-4, split in the middle, and then on the one side.
        let chain = [(1, 2), (2, 3), (3, 4)].into_iter().fold(Decisions::default(), |decisions, (one, other)| {
            let event = decisions.consider(&evidence(one, other, Band::Merge)).unwrap();
            decisions.evolve(&event)
        });
        let id_of = |decisions: &Decisions, one, other| decisions.id_of(pair(id(one), id(other)));
        for keep_apart in [true, false] {
            let split = after(chain.clone(), &undo(id_of(&chain, 2, 3), keep_apart));
            for (one, other) in [(1, 3), (1, 4), (2, 3), (2, 4)] {
                assert_eq!(split.consider(&evidence(one, other, Band::Merge)), None, "{one} and {other}");
            }
            // Who joins a half later is held apart with it, and only as long.
            let joined = after(split.clone(), &merge(4, 5));
            assert_eq!(joined.consider(&evidence(1, 5, Band::Merge)), None);
            let left = after(joined.clone(), &undo(id_of(&joined, 4, 5), true));
            assert!(left.consider(&evidence(1, 5, Band::Merge)).is_some());
            // Of a half that falls apart, each is held apart still.
            let apart = after(split.clone(), &undo(id_of(&split, 1, 2), keep_apart));
            assert_eq!(apart.consider(&evidence(1, 4, Band::Merge)), None);
            // A steward may join two that were not named, and whoever is in that group is free of it.
            let overruled = after(apart.clone(), &merge(1, 4));
            assert_eq!(overruled.consider(&evidence(2, 4, Band::Merge)), None, "2 and 1 are apart as well");
            let adopted = {
                let mut adopted = split.clone();
                adopted.adopted(&split.adopt().unwrap());
                adopted.consider(&evidence(1, 4, Band::Merge))
            };
            assert_eq!(adopted.is_some(), !keep_apart, "another model sees anew what was not to be kept apart");
        }
    }

    #[test]
    fn a_refusal_holds_apart_whoever_was_in_the_groups() {
        let asked = fold(&[
            Decisions::default().consider(&evidence(1, 2, Band::Merge)).unwrap(),
            Decisions::default().consider(&evidence(2, 3, Band::Propose)).unwrap(),
        ]);
        let refused = Command::Refuse { id: asked.id_of(pair(id(2), id(3))), by: "s".into(), reason: "两家".into() };
        let refused = after(asked, &refused);
        let parted = after(refused.clone(), &undo(refused.id_of(pair(id(1), id(2))), false));
        assert_eq!(parted.consider(&evidence(1, 3, Band::Merge)), None, "1 was in the group that was spoken of");
    }

    #[test]
    fn a_model_is_adopted_once() {
        let mut adopted = Decisions::default();
        adopted.adopted(&Decisions::default().adopt().unwrap());
        assert_eq!((adopted.model(), adopted.adopt()), (Some(model::VERSION), None));
    }
}
