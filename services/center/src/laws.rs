//! What must hold whatever happens: of 500 random histories each.

use crate::decisions::{Command, Decisions, Status, pair};
use crate::publication::{Published, desired};
use crate::registry::{Due, Registry};
use crate::samples;
use offers::OfficeEvent;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::Index;
use schema::area_book::AreaBook;
use schema::clinic::{ClinicEvent, PracticeSuspended, PracticeWithdrawn};
use schema::decisions::{Decider, DecisionEvent, Grounds};
use schema::model::ModelEvent;
use schema::resource::ResourceEvent;
use schema::womens_federation::{StationSuspended, StationWithdrawn, WomensFederationEvent};
use schema::{Category, Event, Hours, MergeId, Position, RegistrationId, ResourceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A registration out of few possibilities, so that many are alike.
#[derive(Clone, Debug)]
struct Spec {
    clinic: bool,
    name: usize,
    category: usize,
    phone: usize,
    house: usize,
    village: usize,
    day: i64,
}

const NAMES: [&str; 7] = [
    "大李官营老年食堂",
    "大李官营村长者食堂",
    "大李官营康乐助餐点",
    "大李官营康乐助餐服务点",
    "大李官营康乐助餐点（二）",
    "抚宁镇大李官营老年食堂",
    "陈各庄老年食堂",
];

const CATEGORIES: [&str; 3] = ["助餐", "日间照料", "助老服务"];

fn spec() -> impl Strategy<Value = Spec> {
    of_categories(CATEGORIES.len())
}

/// Of categories that say what is done.
fn specific() -> impl Strategy<Value = Spec> {
    of_categories(CATEGORIES.len() - 1)
}

fn of_categories(categories: usize) -> impl Strategy<Value = Spec> {
    (any::<bool>(), 0..NAMES.len(), 0..categories, 0..4_usize, 0..4_usize, 0..5_usize, 0..40_i64).prop_map(
        |(clinic, name, category, phone, house, village, day)| Spec {
            clinic,
            name,
            category,
            phone,
            house,
            village,
            day,
        },
    )
}

impl Spec {
    fn event(&self, revised: bool) -> OfficeEvent {
        let category = Category(CATEGORIES[self.category].into());
        let phones: Vec<_> = [None, Some("+863357163001"), Some("+863357163002"), Some("+863358000000")][self.phone]
            .map(|phone| phone.parse().unwrap())
            .into_iter()
            .collect();
        let address = [None, Some("抚宁镇大李官营村滨河路2号"), Some("滨河路2"), Some("大李官营建设路9号")][self.house];
        let address = address.map(str::to_owned);
        let village = ["130306100209", "130306100209", "130306100209", "130306100000", "130306100248"][self.village];
        let village = village.parse().unwrap();
        let hours = Hours { text: format!("第{}种", self.day % 3), schedules: Vec::new() };
        if self.clinic {
            let practice = schema::clinic::Practice {
                category,
                phones,
                address,
                village,
                sessions: hours,
                ..samples::practice(NAMES[self.name])
            };
            OfficeEvent::Clinic(match revised {
                false => ClinicEvent::PracticeRegistered(practice),
                true => ClinicEvent::PracticeRevised(practice),
            })
        } else {
            let station = schema::womens_federation::Station {
                category,
                phones,
                address,
                village,
                hours,
                ..samples::station(NAMES[self.name])
            };
            OfficeEvent::WomensFederation(match revised {
                false => WomensFederationEvent::StationRegistered(station),
                true => WomensFederationEvent::StationRevised(station),
            })
        }
    }
}

fn areas() -> Arc<AreaBook> {
    Arc::new(crate::matching::sample_areas())
}

/// One event of the log.
enum Said {
    Office(RegistrationId, OfficeEvent, i64),
    Model(u64, ModelEvent),
    Decision(u64, DecisionEvent),
    Published(ResourceId, u64, ResourceEvent),
}

/// One scope's part of a log in memory, and a centre on it.
#[derive(Default)]
struct World {
    registry: Registry,
    log: Vec<Said>,
    /// How much of the log was applied when the centre last said that it had acted on it.
    through: u64,
    models: u64,
    decisions: Vec<DecisionEvent>,
    /// The categories of what was in the two groups that a rule joined, when it did, with the offices.
    joined: Vec<[Vec<(bool, Category)>; 2]>,
    resources: BTreeMap<ResourceId, Vec<ResourceEvent>>,
    clinics: BTreeMap<RegistrationId, bool>,
}

impl World {
    fn new() -> World {
        let mut world = World::default();
        world.registry.apply_areas(areas());
        world
    }

    fn say(&mut self, id: RegistrationId, event: OfficeEvent, day: i64) {
        self.registry.stand_at(self.head());
        self.registry.apply_office(id, &event, samples::at(day), None);
        self.clinics.insert(id, matches!(event, OfficeEvent::Clinic(_)));
        self.log.push(Said::Office(id, event, day));
    }

    /// Writes what is due and says so; gives how many events that were.
    fn act(&mut self) -> usize {
        let reached = self.log.len() as u64;
        let written = self.answer();
        self.through = reached;
        written
    }

    /// Writes what is due; gives how many events that were.
    fn answer(&mut self) -> usize {
        let mut written = 0;
        while let Some(due) = self.registry.decide() {
            match due {
                Due::Adopt { after, event } => {
                    assert_eq!(self.models, after, "adopted at the revision of the stream");
                    written += 1;
                    self.log.push(Said::Model(after, event));
                    self.models += 1;
                }
                Due::Decide { after, events, .. } => {
                    assert_eq!(self.decisions.len() as u64, after, "decided at the revision of the stream");
                    written += events.len();
                    let events = events.iter().map(|event| {
                        DecisionEvent::decode(&event.shape(), event.data().unwrap().to_string().as_bytes()).unwrap()
                    });
                    for (revision, event) in (after..).zip(events) {
                        if let DecisionEvent::RegistrationsMerged(merged) = &event {
                            self.joined.push(merged.pair.map(|one| self.categories(one)));
                        }
                        self.log.push(Said::Decision(revision, event.clone()));
                        self.decisions.push(event);
                    }
                }
            }
        }
        for publication in self.registry.publications() {
            let stream = self.resources.entry(publication.id).or_default();
            assert_eq!(stream.len() as u64, publication.after, "published at the revision of the stream");
            self.registry.apply_published(publication.id, publication.after, &publication.event);
            // As a reader of the log gets it, through JSON.
            let json = publication.event.data().unwrap().to_string();
            let event = ResourceEvent::decode(&publication.event.shape(), json.as_bytes()).unwrap();
            self.log.push(Said::Published(publication.id, publication.after, event));
            stream.push(publication.event);
            written += 1;
        }
        assert_eq!(self.registry.publications(), Vec::new(), "nothing is published twice");
        self.registry.settled();
        written
    }

    /// Of the group of a registration as the log has it: whether a clinic registered it, and under which category.
    fn categories(&self, of: RegistrationId) -> Vec<(bool, Category)> {
        let group = self.decisions.iter().fold(Decisions::default(), Decisions::evolve).group(of);
        let registered = self.registry.views(&group);
        registered.into_iter().map(|one| (one.office == schema::Office::Clinic, one.offer.category)).collect()
    }

    /// The centre dies and starts on what stands in the log, and on its word, or on that of nobody.
    fn restart(&mut self, believe: bool) {
        self.registry = Registry::before_areas();
        for (at, said) in (1..).zip(&self.log) {
            self.registry.stand_at(Position { commit: at, prepare: at });
            match said {
                Said::Office(id, event, day) => self.registry.apply_office(*id, event, samples::at(*day), None),
                Said::Model(revision, event) => self.registry.apply_model(*revision, event),
                Said::Decision(revision, event) => self.registry.apply_decision(*revision, event, None),
                Said::Published(id, revision, event) => self.registry.apply_published(*id, *revision, event),
            }
        }
        self.registry.apply_areas(areas());
        // What concerns everything is before the first checkpoint here: one model, one list of divisions.
        if believe && self.through > 0 {
            self.registry.vouched_up_to(Position { commit: self.through, prepare: self.through });
        } else {
            self.registry.doubt_everything();
        }
    }

    /// Where the next event stands.
    fn head(&self) -> Position {
        let at = self.log.len() as u64 + 1;
        Position { commit: at, prepare: at }
    }

    fn published(&self) -> BTreeMap<ResourceId, Published> {
        let last = |events: &Vec<ResourceEvent>| events.last().map(Published::after);
        self.resources.iter().filter_map(|(id, events)| Some((*id, last(events)?))).collect()
    }

    fn groups(&self) -> BTreeSet<BTreeSet<RegistrationId>> {
        self.registry.registrations().map(|id| self.registry.decisions().group(id)).collect()
    }

    fn ids(&self) -> Vec<RegistrationId> {
        self.registry.registrations().collect()
    }

    fn merges(&self) -> Vec<MergeId> {
        self.registry.decisions().merges().map(|(id, _)| id).collect()
    }

    /// A steward's command; whether it was carried out.
    fn steward(&mut self, command: &Command) -> bool {
        let Ok(event) = self.registry.decisions().decide(command) else { return false };
        self.registry.stand_at(self.head());
        self.registry.apply_decision(self.decisions.len() as u64, &event, None);
        self.log.push(Said::Decision(self.decisions.len() as u64, event.clone()));
        self.decisions.push(event);
        true
    }

    /// What would be published had the merges that `left_out` names never been made.
    fn published_without(&self, left_out: impl Fn(MergeId) -> bool) -> BTreeMap<ResourceId, Published> {
        let mut published = BTreeMap::new();
        let kept = self.decisions.iter().filter(|event| match event {
            DecisionEvent::RegistrationsMerged(merged) => !left_out(merged.id),
            DecisionEvent::MergeUndone(undone) => !left_out(undone.id),
            DecisionEvent::MergeProposed(_) | DecisionEvent::MergeRefused(_) => true,
        });
        let without = kept.fold(Decisions::default(), Decisions::evolve);
        for id in self.registry.registrations() {
            let group = self.registry.views(&without.group(id));
            published.extend(desired(&group.iter().collect::<Vec<_>>()).unwrap());
        }
        published
    }
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Register(Spec),
    Revise(Index, Spec),
    Suspend(Index),
    Withdraw(Index),
    Merge(Index, Index),
    Accept(Index),
    Refuse(Index),
    Undo(Index, bool),
    /// With what is due written, but no word of it, or not even that; believing the last word, or nobody.
    Restart {
        answered: bool,
        believe: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => spec().prop_map(Step::Register),
        2 => (any::<Index>(), spec()).prop_map(|(which, spec)| Step::Revise(which, spec)),
        1 => any::<Index>().prop_map(Step::Suspend),
        1 => any::<Index>().prop_map(Step::Withdraw),
        3 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Step::Merge(one, other)),
        2 => any::<Index>().prop_map(Step::Accept),
        1 => any::<Index>().prop_map(Step::Refuse),
        4 => (any::<Index>(), any::<bool>()).prop_map(|(which, keep)| Step::Undo(which, keep)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(answered, believe)| Step::Restart { answered, believe }),
    ]
}

/// Does one thing; gives the merge that it undid, if it did.
fn take_step(world: &mut World, number: u128, step: &Step) -> Option<MergeId> {
    let ids = world.ids();
    let some = |which: &Index| (!ids.is_empty()).then(|| ids[which.index(ids.len())]);
    let merges = world.merges();
    let in_status = |which: &Index, status: Status| {
        let fit: Vec<_> =
            merges.iter().filter(|id| world.registry.decisions().merge(**id).unwrap().status == status).collect();
        (!fit.is_empty()).then(|| *fit[which.index(fit.len())])
    };
    match step {
        Step::Register(spec) => world.say(samples::id(number), spec.event(false), spec.day),
        Step::Revise(which, spec) => {
            if let Some(id) = some(which) {
                // A registration stays with its office.
                let spec = Spec { clinic: world.clinics[&id], ..spec.clone() };
                world.say(id, spec.event(true), 50 + spec.day);
            }
        }
        Step::Suspend(which) => {
            if let Some(id) = some(which) {
                let reason = "修缮".to_owned();
                let event = match world.clinics[&id] {
                    true => OfficeEvent::Clinic(ClinicEvent::PracticeSuspended(PracticeSuspended { reason })),
                    false => OfficeEvent::WomensFederation(WomensFederationEvent::StationSuspended(StationSuspended {
                        reason,
                    })),
                };
                world.say(id, event, 90);
            }
        }
        Step::Withdraw(which) => {
            if let Some(id) = some(which) {
                let reason = "停办".to_owned();
                let event = match world.clinics[&id] {
                    true => OfficeEvent::Clinic(ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason })),
                    false => OfficeEvent::WomensFederation(WomensFederationEvent::StationWithdrawn(StationWithdrawn {
                        reason,
                    })),
                };
                world.say(id, event, 90);
            }
        }
        Step::Merge(one, other) => {
            if let (Some(one), Some(other)) = (some(one), some(other)) {
                world.act();
                let grounds = Grounds {
                    probability: None,
                    weight: None,
                    comparisons: Vec::new(),
                    model: "-".into(),
                    decided_by: Decider::Steward { name: "s".into() },
                    on_behalf_of: None,
                    reason: None,
                };
                world.steward(&Command::Merge { grounds, pair: pair(one, other) });
            }
        }
        Step::Accept(which) => {
            if let Some(id) = in_status(which, Status::Proposed) {
                world.steward(&Command::Accept { id, by: "s".into(), reason: None });
            }
        }
        Step::Refuse(which) => {
            if let Some(id) = in_status(which, Status::Proposed) {
                world.steward(&Command::Refuse { id, by: "s".into(), reason: "不是".into() });
            }
        }
        Step::Undo(which, keep_apart) => {
            if let Some(id) = in_status(which, Status::InForce) {
                world.act();
                let before = world.groups();
                let halves = world.registry.decisions().halves(id).unwrap();
                let command = Command::Undo { id, keep_apart: *keep_apart, by: "s".into(), reason: "误".into() };
                assert!(world.steward(&command));
                let after = world.groups();
                assert_eq!(after.len(), before.len() + 1, "an undo splits one group in two");
                assert!(halves.iter().all(|half| after.contains(half)), "and they are the halves of the preview");
                return Some(id);
            }
        }
        Step::Restart { answered, believe } => {
            if *answered {
                world.answer();
            }
            world.restart(*believe);
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_undo_gives_what_would_be_published_had_that_merge_never_been_made(steps in vec(step(), 1..40)) {
        let mut world = World::new();
        let mut undone = BTreeSet::new();
        for (number, step) in (1..).zip(&steps) {
            if let Some(id) = take_step(&mut world, number, step) {
                world.act();
                assert_eq!(world.published(), world.published_without(|other| other == id), "right after the undo");
                undone.insert(id);
            }
        }
        world.act();
        assert_eq!(world.published(), world.published_without(|id| undone.contains(&id)), "and at the end of the day");
    }

    #[test]
    fn no_merge_joins_what_is_kept_apart_and_nothing_is_decided_twice(steps in vec(step(), 1..40)) {
        let mut world = World::new();
        for (number, step) in (1..).zip(&steps) {
            take_step(&mut world, number, step);
            world.act();
        }
        for believe in [true, false] {
            world.restart(believe);
            assert_eq!(world.act(), 0, "a restarted centre has nothing to add");
        }
        let mut decisions = Decisions::default();
        // The halves of each undo and the groups of each refusal, until a steward joins two of them.
        let mut apart: Vec<[BTreeSet<RegistrationId>; 2]> = Vec::new();
        for event in &world.decisions {
            if let DecisionEvent::RegistrationsMerged(merged) = event {
                let [one, other] = merged.pair.map(|id| decisions.group(id));
                assert!(one.is_disjoint(&other), "a merge joins two groups");
                assert_eq!(decisions.kept_apart(&one, &other), None);
                let joins = |halves: &[BTreeSet<RegistrationId>; 2]| {
                    let [ours, theirs] = halves.each_ref().map(|half| (!half.is_disjoint(&one), !half.is_disjoint(&other)));
                    ours.0 && theirs.1 || ours.1 && theirs.0
                };
                match merged.grounds.decided_by.is_steward() {
                    true => apart.retain(|halves| !joins(halves)),
                    false => assert!(!apart.iter().any(joins), "no rule joins members of two halves"),
                }
            }
            decisions.apply(event);
            if matches!(event, DecisionEvent::MergeUndone(_) | DecisionEvent::MergeRefused(_)) {
                apart.push(event.pair().map(|id| decisions.group(id)));
            }
        }
        for [one, other] in &world.joined {
            let vague = |category: &Category| category.0 == "助老服务";
            for ((clinic, ours), (other_clinic, theirs)) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                let fits = ours == theirs || (clinic != other_clinic && (vague(ours) || vague(theirs)));
                assert!(fits, "a rule joined {one:?} and {other:?}");
            }
        }
        let mut ids: Vec<_> = world.decisions.iter().filter_map(|event| match event {
            DecisionEvent::RegistrationsMerged(merged) => Some(merged.id),
            DecisionEvent::MergeProposed(_) | DecisionEvent::MergeRefused(_) | DecisionEvent::MergeUndone(_) => None,
        }).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "every merge has an id of its own");
    }

    #[test]
    fn rules_reach_the_same_groups_and_publish_the_same_in_any_order_with_any_crashes(
        specs in vec(specific(), 1..14),
        order in vec(any::<Index>(), 14),
        acts in vec(0..7_u8, 14),
    ) {
        let mut straight = World::new();
        for (number, spec) in (1..).zip(&specs) {
            straight.say(samples::id(number), spec.event(false), spec.day);
        }
        straight.act();

        let mut shuffled = World::new();
        let mut left: Vec<(u128, &Spec)> = (1..).zip(&specs).collect();
        for (which, act) in order.iter().zip(&acts) {
            if left.is_empty() {
                break;
            }
            let (number, spec) = left.remove(which.index(left.len()));
            shuffled.say(samples::id(number), spec.event(false), spec.day);
            match act {
                0 => {}
                1 | 2 => {
                    shuffled.act();
                }
                3 => {
                    shuffled.act();
                    shuffled.restart(true);
                }
                4 => {
                    shuffled.answer();
                    shuffled.restart(true);
                }
                5 => shuffled.restart(true),
                _ => shuffled.restart(false),
            }
        }
        shuffled.act();
        assert_eq!(straight.groups(), shuffled.groups());
        assert_eq!(straight.published(), shuffled.published());
    }

    #[test]
    fn divisions_that_arrive_late_lead_to_the_same_groups(specs in vec(spec(), 1..14)) {
        let mut early = World::new();
        let mut late = World::default();
        for (number, spec) in (1..).zip(&specs) {
            early.say(samples::id(number), spec.event(false), spec.day);
            late.say(samples::id(number), spec.event(false), spec.day);
        }
        early.act();
        late.registry.apply_areas(areas());
        late.act();
        assert_eq!(early.groups(), late.groups());
    }
}
