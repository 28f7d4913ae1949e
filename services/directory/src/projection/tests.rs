mod made_otherwise;

use super::*;
use crate::image::tests::{imaged, on_disk};
use crate::search::{Search, What};
use crate::tale::*;
use chrono::TimeDelta;
use places::{Asked, Manner};
use proptest::prelude::*;
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::commerce::{CommerceEvent, Inspection, MerchantSuspended, MerchantWithdrawn};
use schema::decisions::{DecisionEvent, MergeRefused};
use schema::hand_in::{HandInCompleted, HandInEvent, HandInReceived, RowFate, RowsSettled, SettledRow};
use schema::ids::{HandInId, ResourceId};
use schema::position::{LogId, PositionError};
use schema::progress::ProgressReached;
use schema::resource::{NotShown, ResourceAbsorbed, ResourceEvent, ResourceShown, ResourceWithdrawn};
use schema::{AreaCode, MovedIn, MovedOut, RegistrationId, Scheme, Shape};
use uuid::Uuid;

fn own(n: u128) -> ResourceId {
    ResourceId::of(registration(n))
}

/// What a group of registrations is shown as, under the first one's id.
fn group(members: &[u128]) -> schema::resource::Resource {
    let mut shown = resource(members[0]);
    shown.sources = members.iter().flat_map(|n| resource(*n).sources).collect();
    shown
}

fn revised(resource: schema::resource::Resource) -> Told {
    Told::resource(&ResourceEvent::ResourceRevised(ResourceShown { resource }))
}

fn restored(resource: schema::resource::Resource) -> Told {
    Told::resource(&ResourceEvent::ResourceRestored(ResourceShown { resource }))
}

fn absorbed(n: u128, into: u128) -> Told {
    Told::resource(&ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id: own(n), into: own(into) }))
}

fn withdrawn(n: u128) -> Told {
    let reason = NotShown::Withdrawn;
    Told::resource(&ResourceEvent::ResourceWithdrawn(ResourceWithdrawn { id: own(n), reason }))
}

fn refused(a: u128, b: u128) -> Told {
    Told::decision(&DecisionEvent::MergeRefused(MergeRefused {
        id: merge_id(a, b),
        pair: pair(a, b),
        by: "wang".to_owned(),
        reason: "两家店".to_owned(),
    }))
}

fn changes(snapshot: &Snapshot) -> Vec<Arc<Change>> {
    let all = (0..snapshot.changes.len()).map(|index| snapshot.changes.get(index, &snapshot.segments));
    all.map(|change| change.unwrap().unwrap()).collect()
}

fn served(snapshot: &Snapshot, area: &str, as_of: AsOf) -> Vec<ResourceId> {
    let found = snapshot.resources.serving(code(area), as_of);
    found.map(|serving| serving.shown.resource.id).collect()
}

#[test]
fn an_event_taken_in_twice_changes_nothing() {
    let tale = Tale::of([registered(1), published(resource(1)), merged(1, 1)]);
    let mut twice = tale.snapshot.clone();
    let first = tale.positions()[0];
    let told = registered(1);
    drop(told);
    let again = Tale::of([registered(1)]);
    let input_position = again.positions()[0];
    assert_eq!(first, input_position);
    let before = twice.clone();
    twice
        .apply(&Input {
            stream: &format!("commerce-{}", registration(1)),
            event_type: "MerchantRegistered",
            data: b"not even JSON",
            metadata: b"",
            position: first,
            log: LOG,
        })
        .unwrap();
    assert_eq!(twice, before);
}

#[test]
fn what_cannot_be_read_is_refused_and_leaves_the_picture_as_it_was() {
    let mut tale = Tale::of([registered(1)]);
    let before = tale.snapshot.clone();
    let refused = [
        Told::clinic(2, &ClinicEventOf::suspended()),
        Told::of("commerce-17", &CommerceEvent::MerchantSuspended(MerchantSuspended { reason: String::new() })),
        Told::of(format!("import-{}", Uuid::nil()), &HandInEvent::RowsSettled(RowsSettled { rows: Vec::new() })),
        undone(1, 2),
    ];
    for event in refused {
        assert!(tale.tell_at(event, start()).is_err());
    }
    let Snapshot { position, last, progress, .. } = tale.snapshot.clone();
    assert_eq!(tale.snapshot, Snapshot { position, last, progress, ..before });
}

#[test]
fn a_checkpoint_of_another_log_settles_nothing_and_is_refused_by_name() {
    let mut tale = Tale::of([registered(1)]);
    let [first] = tale.positions()[..] else { panic!("one event was told") };
    let elsewhere = ProgressReached { through: first.of(LogId(LOG.0 ^ 1)), rules: None };
    let told = Told::of("checkpoint-130306_center", &ProgressEvent::ProgressReached(elsewhere));
    assert_eq!(tale.tell_at(told, start()), Err(Poison::AnotherLog(PositionError::AnotherLog)));
    assert!(!tale.snapshot.has_settled(first, Reads::Everything));
    tale.tell(through(first));
    assert!(tale.snapshot.has_settled(first, Reads::Everything));
}

#[test]
fn a_position_is_settled_once_the_centre_has_acted_on_everything_it_answers_to() {
    let mut tale = Tale::of([registered(1), registered(2)]);
    let [first, second] = tale.positions()[..] else { panic!("two events were told") };
    assert!(!tale.snapshot.has_settled(first, Reads::Everything));
    let published = tale.tell(published(resource(1)));
    tale.tell(through(first));
    assert!(tale.snapshot.has_settled(first, Reads::Everything));
    assert!(
        !tale.snapshot.has_settled(second, Reads::Everything)
            && !tale.snapshot.has_settled(published, Reads::Everything)
    );
    let checkpoint = tale.tell(through(second));
    assert!(
        tale.snapshot.has_settled(published, Reads::Everything),
        "the centre's own outputs need no further checkpoint"
    );
    assert!(tale.snapshot.has_settled(checkpoint, Reads::Everything));
    let by_rule = tale.tell(merged(1, 2));
    assert!(tale.snapshot.has_settled(by_rule, Reads::Everything));
    let by_steward = tale.tell(undone(1, 2));
    assert!(!tale.snapshot.has_settled(by_steward, Reads::Everything));
    assert!(tale.snapshot.has_settled(by_rule, Reads::Everything));
}

struct ClinicEventOf;
impl ClinicEventOf {
    fn suspended() -> schema::clinic::ClinicEvent {
        schema::clinic::ClinicEvent::PracticeSuspended(schema::clinic::PracticeSuspended { reason: String::new() })
    }
}

#[test]
fn a_resource_is_found_in_every_community_of_the_areas_it_serves_through_the_narrowest() {
    let mut shown = resource(1);
    shown.coverage = vec![code("130306"), code("130306100")];
    let tale = Tale::of([published(shown)]);
    let reached = |area: &str| -> Option<AreaCode> {
        tale.snapshot.resources.serving(code(area), AsOf::Latest).next().map(|serving| serving.through)
    };
    assert_eq!(reached("130306100209"), Some(code("130306100")));
    assert_eq!(reached("130306101209"), Some(code("130306")));
    assert_eq!(reached("130322101209"), None);
    assert_eq!(served(&tale.snapshot, "130306100209", AsOf::Latest).len(), 1, "once, though two of its areas reach it");
}

#[test]
fn services_come_by_category_name_and_id_by_code_point() {
    let named = |n: u128, category: &str, name: &str| {
        let mut shown = resource(n);
        shown.category.0 = category.to_owned();
        shown.name = name.to_owned();
        published(shown)
    };
    let mut elsewhere = resource(9);
    elsewhere.category.0 = "助医".to_owned();
    elsewhere.coverage = vec![code("130306")];
    let tale = Tale::of([
        named(1, "助餐", "乙"),
        published(elsewhere),
        named(2, "助医", "甲"),
        named(3, "助餐", "Z甲"),
        named(4, "助餐", "乙"),
    ]);
    let mut expected: Vec<(String, String, ResourceId)> = [1, 2, 3, 4, 9]
        .map(|n| {
            let record = tale.snapshot.resources.record(own(n), AsOf::Latest).unwrap();
            let shown = &record.version(AsOf::Latest).unwrap().resource;
            (shown.category.to_string(), shown.name.to_string(), shown.id)
        })
        .to_vec();
    expected.sort();
    let expected: Vec<ResourceId> = expected.into_iter().map(|(_, _, id)| id).collect();
    assert_eq!(served(&tale.snapshot, VILLAGE, AsOf::Latest), expected);
}

#[test]
fn an_absorbed_id_leads_to_what_absorbed_it_and_is_its_own_again_after_an_undo() {
    let mut tale = Tale::of([registered(1), registered(2), registered(3)]);
    for n in 1..=3 {
        tale.tell(published(resource(n)));
    }
    tale.tell(revised(group(&[2, 3])));
    tale.tell(absorbed(3, 2));
    tale.tell(revised(group(&[1, 2, 3])));
    let together = tale.tell(absorbed(2, 1));
    let resolve = |snapshot: &Snapshot, n, as_of| {
        let resolved = snapshot.resources.resolve(own(n), &snapshot.registrations, as_of).unwrap();
        (resolved.id, resolved.redirected)
    };
    assert_eq!(resolve(&tale.snapshot, 3, AsOf::Latest), (own(1), true));
    assert_eq!(tale.snapshot.resources.shown_under(registration(3), AsOf::Latest), Some(own(1)));
    assert_eq!(served(&tale.snapshot, VILLAGE, AsOf::Latest), [own(1)]);

    tale.tell(restored(group(&[2, 3])));
    tale.tell(revised(group(&[1])));
    assert_eq!(resolve(&tale.snapshot, 3, AsOf::Latest), (own(2), true));
    assert_eq!(resolve(&tale.snapshot, 2, AsOf::Latest), (own(2), false));
    assert_eq!(tale.snapshot.resources.shown_under(registration(2), AsOf::Latest), Some(own(2)));
    assert_eq!(tale.snapshot.resources.shown_under(registration(1), AsOf::Latest), Some(own(1)));
    assert_eq!(resolve(&tale.snapshot, 3, AsOf::Through(together)), (own(1), true), "as it was known then");
}

#[test]
fn an_id_that_was_never_shown_leads_to_where_its_registration_is_shown() {
    let tale = Tale::of([registered(1), registered(2), published(group(&[1, 2]))]);
    let resolved = tale.snapshot.resources.resolve(own(2), &tale.snapshot.registrations, AsOf::Latest).unwrap();
    assert_eq!((resolved.id, resolved.redirected), (own(1), true));
}

#[test]
fn a_failed_inspection_suspends_and_a_passed_one_lifts_only_that() {
    let inspected = |passed| Told::commerce(1, &CommerceEvent::MerchantInspected(Inspection { on: None, passed }));
    let status = |tale: &Tale| {
        let registration = tale.snapshot.registrations.get(registration(1), AsOf::Latest).unwrap();
        registration.state(AsOf::Latest).unwrap().status()
    };
    let mut tale = Tale::of([registered(1), inspected(false)]);
    assert_eq!(status(&tale), Status::Suspended);
    tale.tell(inspected(true));
    assert_eq!(status(&tale), Status::Registered);
    tale.tell(Told::commerce(1, &CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "装修".to_owned() })));
    tale.tell(inspected(true));
    assert_eq!(status(&tale), Status::Suspended, "the clerk suspended it");
    let office = tale.snapshot.moments.latest().office(Office::Commerce);
    assert_eq!(office, OfficeCount { registered: 0, suspended: 1, ..OfficeCount::default() });
}

#[test]
fn a_registration_that_comes_back_is_registered_again() {
    let paused = CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "装修".to_owned() });
    let gone = CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "停业".to_owned() });
    let told = [registered(1), Told::commerce(1, &paused), Told::commerce(1, &gone), registered(1)];
    let tale = Tale::of(told);
    let kinds: Vec<ChangeKind> = changes(&tale.snapshot).iter().map(|change| change.kind).collect();
    let expected = [ChangeKind::Registered, ChangeKind::Suspended, ChangeKind::Withdrawn, ChangeKind::Registered];
    assert_eq!(kinds, expected);
    assert_eq!(tale.snapshot.moments.latest().office(Office::Commerce).registered, 1);
}

fn hand_in(n: u128) -> HandInId {
    HandInId(Uuid::from_u128((0x0013_0306 << 104) + n))
}

fn handed_in(n: u128, file: &str, row: u32, of: u128) -> [Told; 3] {
    let stream = format!("import-{}", hand_in(n));
    let tell = |event| Told::of(stream.clone(), &event);
    [
        tell(HandInEvent::HandInReceived(HandInReceived {
            id: hand_in(n),
            office: Office::Commerce,
            list: "default".to_owned(),
            extent: schema::Extent::Whole,
            file: file.to_owned(),
            digest: String::new(),
            rows: 1,
            columns: Vec::new(),
            notes: Vec::new(),
        })),
        tell(HandInEvent::RowsSettled(RowsSettled {
            rows: vec![SettledRow {
                row,
                fate: RowFate::Unchanged,
                registration: Some(registration(of)),
                findings: Vec::new(),
                mark: None,
            }],
        })),
        tell(HandInEvent::HandInCompleted(HandInCompleted {
            registered: 0,
            revised: 0,
            unchanged: 1,
            refused: 0,
            warned: 0,
            absent: 0,
        })),
    ]
}

#[test]
fn a_registration_stands_where_the_latest_completed_hand_in_has_it() {
    let mut tale = Tale::of([registered(1)]);
    for event in handed_in(1, "a.csv", 4, 1) {
        tale.tell(event);
    }
    let row = |tale: &Tale| {
        tale.snapshot.hand_ins.place_of(registration(1), AsOf::Latest).map(|place| (place.file.to_string(), place.row))
    };
    assert_eq!(row(&tale), Some(("a.csv".to_owned(), 4)));
    let [received, settled, completed] = handed_in(2, "b.csv", 7, 1);
    tale.tell(received);
    tale.tell(settled);
    assert_eq!(row(&tale), Some(("a.csv".to_owned(), 4)), "the second file is not settled yet");
    tale.tell(completed);
    assert_eq!(row(&tale), Some(("b.csv".to_owned(), 7)));
}

#[test]
fn a_time_means_the_last_position_whose_greatest_time_so_far_is_not_after_it() {
    let mut tale = Tale::default();
    let minute = |n| start() + TimeDelta::minutes(n);
    for (n, time) in [(1, minute(0)), (2, minute(10)), (3, minute(5)), (4, minute(11))] {
        tale.tell_at(registered(n), time).unwrap();
    }
    let positions = tale.positions();
    let at = |time| tale.snapshot.moments.position_at(time, &tale.snapshot.segments).unwrap();
    assert_eq!(at(minute(0) - TimeDelta::seconds(1)), None);
    assert_eq!(at(minute(9)), Some(positions[0]), "the clock had been at minute ten before it was put back to five");
    assert_eq!(at(minute(10)), Some(positions[2]));
    assert_eq!(at(minute(60)), Some(positions[3]));
}

#[test]
fn a_merge_keeps_its_history() {
    let tale = Tale::of([registered(1), registered(2), proposed(1, 2), merged(1, 2), undone(1, 2)]);
    let merge = tale.snapshot.merges.get(merge_id(1, 2), AsOf::Latest).unwrap();
    let at = |n: usize| merge.state(AsOf::Through(tale.positions()[n])).map(|state| state.status);
    assert_eq!(
        [at(1), at(2), at(3), at(4)],
        [None, Some(MergeStatus::Proposed), Some(MergeStatus::InForce), Some(MergeStatus::Undone)]
    );
    let counters = tale.snapshot.moments.latest();
    assert_eq!((counters.proposals, counters.merges, counters.undone), (0, 0, 1));
    assert_eq!(merge.state(AsOf::Latest).unwrap().proposed_at, Some(start() + TimeDelta::minutes(2)));
}

#[test]
fn a_proposal_that_other_merges_have_settled_waits_for_nobody_until_one_of_them_is_undone() {
    let waiting = |tale: &Tale| tale.snapshot.moments.latest().proposals;
    let mut tale = Tale::of((1..=5).map(registered));
    tale.tell(proposed(1, 3));
    tale.tell(proposed(4, 5));
    tale.tell(merged(1, 2));
    assert_eq!(waiting(&tale), 2);
    tale.tell(merged(2, 3));
    assert_eq!(waiting(&tale), 1, "one and three are one by way of two");
    let merge = tale.snapshot.merges.get(merge_id(1, 3), AsOf::Latest).unwrap();
    assert_eq!(merge.state(AsOf::Latest).unwrap().status, MergeStatus::Proposed, "nobody decided on it");
    tale.tell(undone(1, 2));
    assert_eq!(waiting(&tale), 2);
    tale.tell(merged(1, 3));
    assert_eq!(waiting(&tale), 1, "accepted");
    tale.tell(refused(4, 5));
    assert_eq!(waiting(&tale), 0);
}

/// One of the things that may happen to one of five registrations.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Register(u128),
    Suspend(u128),
    Withdraw(u128),
    Show(u128, u128),
    Absorb(u128, u128),
    Hide(u128),
    Propose(u128, u128),
    Merge(u128, u128),
    Refuse(u128, u128),
    Undo(u128, u128),
    HandIn(u128, u32),
    List(bool),
    Change(usize),
    Act,
}

/// What may become of the village of every registration, and of what it becomes.
const AREA_CHANGES: [(AreaChangeKind, u16, &str, &str); 6] = [
    (AreaChangeKind::MergedInto, 2024, VILLAGE, "130306100210"),
    (AreaChangeKind::VillageToCommunity, 2025, "130306100210", "130306100010"),
    (AreaChangeKind::Recoded, 2026, "130306100", "130306001"),
    (AreaChangeKind::Recoded, 2026, "130306100010", VILLAGE),
    (AreaChangeKind::Split, 2025, "130306100210", "130306100211"),
    (AreaChangeKind::CountyToDistrict, 2025, "130306", "130309"),
];

fn area_changed(kind: AreaChangeKind, year: u16, old: &str, new: &str) -> AreaChanged {
    AreaChanged {
        scheme: Scheme::default(),
        kind,
        on: ChangeDate::Year(year),
        words: kind.zh().to_owned(),
        old_code: Some(code(old)),
        old_name: Some(format!("{old}村委会")),
        new_code: Some(code(new)),
        new_name: Some(format!("{new}村委会")),
        document: None,
        unconfirmed: None,
    }
}

fn villages_listed(after: bool) -> Told {
    let here = if after { ["130306", "130306001", "130306001010"] } else { ["130306", "130306100", VILLAGE] };
    let areas = here.map(|digits| Area {
        code: code(digits),
        name: format!("{digits}村委会"),
        level: code(digits).level(),
        parent: code(digits).with_ancestors().nth(1),
    });
    Told::of(
        "areas-130306_statistical_2023",
        &AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas: areas.to_vec(), part: None }),
    )
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = 1u128..6;
    let two = (1u128..6, 1u128..6);
    proptest::collection::vec(
        prop_oneof![
            3 => one.clone().prop_map(Happening::Register),
            1 => one.clone().prop_map(Happening::Suspend),
            1 => one.clone().prop_map(Happening::Withdraw),
            4 => two.clone().prop_map(|(a, b)| Happening::Show(a, b)),
            2 => two.clone().prop_map(|(a, b)| Happening::Absorb(a, b)),
            1 => one.clone().prop_map(Happening::Hide),
            1 => two.clone().prop_map(|(a, b)| Happening::Propose(a, b)),
            2 => two.clone().prop_map(|(a, b)| Happening::Merge(a, b)),
            1 => two.clone().prop_map(|(a, b)| Happening::Refuse(a, b)),
            1 => two.prop_map(|(a, b)| Happening::Undo(a, b)),
            1 => (one, 1u32..9).prop_map(|(a, row)| Happening::HandIn(a, row)),
            1 => any::<bool>().prop_map(Happening::List),
            2 => (0..AREA_CHANGES.len()).prop_map(Happening::Change),
            1 => Just(Happening::Act),
        ],
        1..40,
    )
}

fn tell(tale: &mut Tale, happening: Happening, step: usize) {
    let told: Vec<Told> = match happening {
        Happening::Register(n) => vec![registered(n)],
        Happening::Suspend(n) => {
            vec![Told::commerce(n, &CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "停".to_owned() }))]
        }
        Happening::Withdraw(n) => {
            vec![Told::commerce(n, &CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "停".to_owned() }))]
        }
        Happening::Show(a, b) => {
            let mut shown = group(&[a, b]);
            shown.name = format!("第{step}步");
            if step.is_multiple_of(3) {
                shown.coverage = vec![code("130306100"), code("130322")];
            }
            vec![revised(shown)]
        }
        Happening::Absorb(a, b) if a != b => vec![absorbed(a, b)],
        Happening::Absorb(a, _) | Happening::Hide(a) => vec![withdrawn(a)],
        Happening::Propose(a, b) => vec![proposed(a, b)],
        Happening::Merge(a, b) => vec![merged(a, b)],
        Happening::Refuse(a, b) => vec![refused(a, b)],
        Happening::Undo(a, b) => vec![undone(a, b)],
        Happening::HandIn(n, row) => handed_in(1000 + step as u128, "名单.csv", row, n).to_vec(),
        Happening::List(after) => vec![villages_listed(after)],
        Happening::Change(which) => {
            let (kind, year, old, new) = AREA_CHANGES[which];
            // It stands in the streams of both counties that it concerns.
            let stream =
                if step.is_multiple_of(2) { "areas-130306_statistical_2023" } else { "areas-130309_statistical_2023" };
            vec![Told::of(stream, &AreasEvent::AreaChanged(area_changed(kind, year, old, new)))]
        }
        Happening::Act => vec![through(tale.snapshot.position)],
    };
    // Time stands still now and then, and once in a while goes back.
    let minute = i64::try_from(step / 2 * 2).unwrap() - if step.is_multiple_of(7) { 5 } else { 0 };
    for event in told {
        drop(tale.tell_at(event, start() + TimeDelta::minutes(minute)));
    }
}

/// Everything that can be asked of a snapshot, in words.
fn told_of(snapshot: &Snapshot, as_of: AsOf) -> Vec<String> {
    let mut lines = Vec::new();
    for area in [VILLAGE, "130306100210", "130322101209"] {
        for Serving { through: reached, shown, .. } in snapshot.resources.serving(code(area), as_of) {
            lines.push(format!("{area} {reached} {:?} {:?}", shown.from, shown.resource.id));
        }
    }
    lines.extend(snapshot.resources.iter(as_of).iter().map(|shown| {
        let details = shown.details.read(&snapshot.segments).unwrap();
        let provenance = details.provenance(&shown.resource.sources).unwrap();
        let whole = (shown.resource_with(&details), provenance);
        format!("{:?} {:?} {:?} {:?} {whole:?}", shown.from, shown.at, shown.resource, shown.opening)
    }));
    for n in 1..6 {
        let resolved = snapshot.resources.resolve(own(n), &snapshot.registrations, as_of);
        lines.push(format!("{:?}", resolved.map(|resolved| (resolved.id, resolved.redirected))));
        lines.push(format!("{:?}", snapshot.resources.shown_under(registration(n), as_of)));
        lines.push(format!("{:?}", snapshot.hand_ins.place_of(registration(n), as_of)));
        let found = snapshot.registrations.get(registration(n), as_of);
        lines.push(format!("{:?}", found.and_then(|found| found.state(as_of))));
        lines.extend(snapshot.merges.of(registration(n), as_of).map(|merge| format!("{:?}", merge.state(as_of))));
    }
    lines.extend(snapshot.registrations.iter(as_of).map(|registration| registration.id.to_string()));
    let divisions = snapshot.areas.at(Scheme::default(), as_of);
    lines.extend(divisions.iter(None).map(|area| format!("{area:?}")));
    for area in [VILLAGE, "130306100210", "130306100211", "130306100010", "130306001010", "130306", "130309"] {
        let here = snapshot
            .registrations
            .iter(as_of)
            .filter(|registration| registration.state(as_of).is_some_and(|state| state.is_in(code(area), divisions)));
        let here: Vec<RegistrationId> = here.map(|registration| registration.id).collect();
        lines.push(format!("{area} {:?} {here:?}", divisions.succession(code(area), None)));
    }
    lines.extend(snapshot.merges.newest_first(as_of).map(|merge| merge.id.to_string()));
    lines.extend(snapshot.hand_ins.newest_first(as_of).map(|hand_in| {
        let rows: Vec<_> = hand_in.rows(as_of).collect();
        format!("{:?} {rows:?} {:?}", hand_in.received, hand_in.completed(as_of))
    }));
    let changes = changes(snapshot);
    let changes = changes.iter().filter(|change| as_of.sees(change.cursor.position));
    lines.extend(changes.map(|change| format!("{change:?}")));
    lines.push(format!("{:?}", View { snapshot: Arc::new(snapshot.clone()), as_of }.counters()));
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn an_image_of_any_moment_and_the_log_from_there_on_are_the_log(happenings in happenings(), cuts in [0usize..40, 0..40]) {
        let mut tale = Tale::default();
        for (step, happening) in happenings.into_iter().enumerate() {
            tell(&mut tale, happening, step);
        }
        let folder = tempfile::tempdir().unwrap();
        let positions = tale.positions();
        let mut snapshot = on_disk(folder.path());
        for cut in cuts {
            tale.tell_on(&mut snapshot, positions.get(cut).copied());
            snapshot = imaged(folder.path(), snapshot);
        }
        tale.tell_on(&mut snapshot, None);
        for position in positions.into_iter().step_by(5) {
            let as_of = AsOf::Through(position);
            prop_assert_eq!(told_of(&snapshot, as_of), told_of(&tale.snapshot, as_of));
        }
        prop_assert_eq!(told_of(&snapshot, AsOf::Latest), told_of(&tale.snapshot, AsOf::Latest));
        prop_assert_eq!(found(&Search::default(), &snapshot), found(&Search::default(), &tale.snapshot));
    }
}

/// What a search finds: by its name, its provider, its number, in pinyin.
fn found(search: &Search, snapshot: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    for text in ["食堂", "shitang", "大李官营", "daliguanying", "5669699", "食唐", "dlgy", "2"] {
        let asked = Asked { text, within: None, near: Some(code(VILLAGE)), most: 50 };
        for what in [What::Name, What::Provider, What::Number] {
            let hits = search.services_by(snapshot, what, &asked);
            lines.extend(hits.iter().map(|hit| {
                format!(
                    "{text} {what:?} {:?} {} {:?} {:?}",
                    hit.manner, hit.matched, hit.shown.from, hit.shown.resource.id
                )
            }));
        }
        lines.extend(search.divisions(snapshot, &asked).iter().map(|found| format!("{text} {found:?}")));
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn what_is_found_is_that_of_the_snapshot_whenever_what_is_kept_was_made(happenings in happenings(), made in 0usize..40) {
        let mut tale = Tale::default();
        let mut moments = vec![tale.snapshot.clone()];
        for (step, happening) in happenings.into_iter().enumerate() {
            tell(&mut tale, happening, step);
            moments.push(tale.snapshot.clone());
        }
        let kept = Search::default();
        // Made once, it is asked of what came before it and after it.
        found(&kept, &moments[made % moments.len()]);
        for snapshot in &moments {
            prop_assert_eq!(found(&kept, snapshot), found(&Search::default(), snapshot));
            let all = snapshot.resources.iter(AsOf::Latest);
            let named = all.iter().filter(|shown| shown.resource.name.contains("食堂")).count();
            let asked = Asked { text: "食堂", within: None, near: None, most: 50 };
            let exact = kept.services_by(snapshot, What::Name, &asked);
            let exact = exact.iter().filter(|hit| hit.manner != Manner::Homophone).count();
            prop_assert_eq!(exact, named);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn rebuilt_from_the_log_it_is_the_same_and_the_past_is_what_a_log_cut_there_gives(happenings in happenings()) {
        let mut tale = Tale::default();
        for (step, happening) in happenings.into_iter().enumerate() {
            tell(&mut tale, happening, step);
        }
        prop_assert!(tale.rebuilt(None) == tale.snapshot);
        let mut open = tale.snapshot.merges.newest_first(AsOf::Latest).collect::<Vec<_>>();
        open.retain(|merge| {
            let is_proposed = merge.state(AsOf::Latest).unwrap().status == MergeStatus::Proposed;
            is_proposed && !tale.snapshot.merges.are_one(merge.pair, AsOf::Latest)
        });
        prop_assert_eq!(tale.snapshot.moments.latest().proposals as usize, open.len());
        for position in tale.positions() {
            let cut = tale.rebuilt(Some(position));
            let (filtered, cut) = (told_of(&tale.snapshot, AsOf::Through(position)), told_of(&cut, AsOf::Latest));
            prop_assert!(filtered == cut, "at {position:?}\n{:?}", filtered.iter().zip(&cut).find(|(a, b)| a != b));
        }
        prop_assert_eq!(told_of(&tale.snapshot, AsOf::BeforeAll), told_of(&Snapshot::default(), AsOf::Latest));
    }
}

#[test]
fn a_registration_that_moved_says_where_it_went_and_its_resource_leads_there() {
    let arrived = CommerceEvent::MerchantMovedIn(MovedIn {
        transferred_from: registration(1),
        first_registered_at: start(),
        retracted: Vec::new(),
        registration: merchant(2),
    });
    let left = CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: registration(2) });
    let told = [
        registered(1),
        published(resource(1)),
        Told::commerce(2, &arrived),
        Told::commerce(1, &left),
        published(resource(2)),
        absorbed(1, 2),
    ];
    let tale = Tale::of(told);
    let seen = |n| tale.snapshot.registrations.get(registration(n), AsOf::Latest).unwrap();
    let state = |n| seen(n).state(AsOf::Latest).unwrap();
    assert_eq!((state(1).status(), state(1).transferred_to()), (Status::Withdrawn, Some(registration(2))));
    assert_eq!((state(2).status(), state(2).transferred_to()), (Status::Registered, None));
    assert_eq!((seen(1).transferred_from, seen(2).transferred_from), (None, Some(registration(1))));
    let resolved = tale.snapshot.resources.resolve(own(1), &tale.snapshot.registrations, AsOf::Latest).unwrap();
    assert_eq!((resolved.id, resolved.redirected), (own(2), true));
}

#[test]
fn what_a_newer_program_said_makes_what_it_concerns_unknown_from_then_on_and_nothing_else() {
    let newer = |stream: String, shape: Shape, data: serde_json::Value| Told::newer(stream, &shape, &data);
    let merchant = |n| format!("commerce-{}", registration(n));
    let known = serde_json::to_value(registered(2).data()).unwrap();
    let mut with_a_newer_value = known.clone();
    with_a_newer_value["eligibility"]["audiences"] = serde_json::json!(["astronauts"]);
    for (shape, data) in [
        (Shape::of("MerchantAdmired", 1), serde_json::json!({})),
        (Shape::of("MerchantRevised", 2), known),
        (Shape::of("MerchantRevised", 1), with_a_newer_value),
    ] {
        let mut tale = Tale::of([registered(1), registered(2), published(resource(1)), published(group(&[2]))]);
        let before = tale.positions()[3];
        let minute = |n: i64| start() + TimeDelta::minutes(n);
        let refused = tale.tell_at(newer(merchant(2), shape.clone(), data), minute(10)).unwrap_err();
        assert!(matches!(refused, Poison::Unreadable(_)), "{shape}: {refused}");
        tale.tell_at(registered(3), minute(11)).unwrap();
        let of_commerce = |tale: &Tale| tale.snapshot.moments.latest().office(Office::Commerce);
        let counted = OfficeCount { registered: 2, unknown: 1, ..OfficeCount::default() };
        assert_eq!(of_commerce(&tale), counted, "{shape}: it is counted as unknown");
        let gone = CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "停业".to_owned() });
        tale.tell_at(Told::commerce(2, &gone), minute(12)).unwrap();
        assert_eq!(of_commerce(&tale), counted, "{shape}: whatever else is said of it");

        let Snapshot { unread, moments, .. } = &tale.snapshot;
        let since = AsOf::Through(moments.position_at(minute(10), &Segments::in_memory()).unwrap().unwrap());
        for as_of in [AsOf::Latest, since] {
            assert!(unread.of_registration(registration(2), as_of), "{shape}");
            assert!(unread.of_resource(&Brief::of(&resource(2)), as_of), "what is shown of it is not known either");
            assert!(
                !unread.of_registration(registration(1), as_of) && !unread.of_resource(&Brief::of(&resource(1)), as_of)
            );
        }
        assert!(!unread.of_registration(registration(2), AsOf::Through(before)), "it was known before");
        assert!(tale.snapshot.registrations.get(registration(3), AsOf::Latest).is_some(), "reading goes on");
        assert_eq!(tale.snapshot, tale.rebuilt(None));
    }
}

/// A resource of some number that says this: where it serves, whom, until when its licence holds, and of which category it is.
fn varied(
    number: u128,
    coverage: &[usize],
    whom: usize,
    licence: usize,
    category: usize,
) -> schema::resource::Resource {
    let places = [VILLAGE, "130306100000", "130306000000", "130300000000", "130306100210"];
    let mut shown = resource(number);
    shown.coverage = coverage.iter().map(|place| code(places[*place])).collect();
    shown.coverage.sort_unstable();
    shown.coverage.dedup();
    shown.category.0 = ["助餐", "助餐点", "日间照料服务中心", "日间照料服务站"][category].to_owned();
    shown.eligibility.minimum_age = [None, Some(60), Some(80)][whom];
    shown.eligibility.local_household = (whom == 1).then_some(schema::eligibility::LocalHousehold::Town);
    shown.licence = [
        schema::licence::Licence::NotRequired,
        schema::licence::Licence::Unknown { number: Some("1".to_owned()) },
        schema::licence::Licence::Until { number: Some(number.to_string()), expires: "2026-03-01".parse().unwrap() },
        schema::licence::Licence::Until { number: None, expires: "2026-03-09".parse().unwrap() },
    ][licence]
        .clone();
    let vacancy = |free, as_of: &str| Some(schema::Vacancy { free, as_of: as_of.parse().unwrap() });
    let vacancies = [None, vacancy(0, "2026-03-01"), vacancy(0, "2026-01-01"), vacancy(3, "2026-03-01")];
    shown.vacancy = vacancies[number as usize % 4];
    shown.documents.kinds = [schema::Document::IdentityCard][..number as usize % 3 / 2].to_vec();
    shown
}

proptest! {
    /// Looked for one by one, and each judged by itself.
    #[test]
    fn what_serves_a_place_comes_once_in_order_and_is_judged_as_if_it_were_alone(
        all in proptest::collection::vec(
            (proptest::collection::vec(0..5_usize, 0..4), 0..3_usize, 0..4_usize, 0..4_usize),
            0..30,
        ),
        age in proptest::option::of(50..90_u8),
        lives in 0..4_usize,
    ) {
        let all: Vec<_> = (1..).zip(&all).map(|(number, (coverage, whom, licence, category))| {
            varied(number, coverage, *whom, *licence, *category)
        }).collect();
        let tale = Tale::of(all.iter().cloned().map(published));
        let homes = [None, Some(code(VILLAGE)), Some(code("130306101")), Some(code("130306"))];
        let person = crate::eligibility::Person { age, residence: homes[lives], household: homes[3 - lives], ..Default::default() };
        let (asked, day) = (schema::Audience::Elders, "2026-03-02".parse().unwrap());
        let here = code(VILLAGE);
        let mut expected: Vec<_> = all.iter().filter_map(|resource| {
            let serves = match resource.coverage.is_empty() {
                true => vec![resource.area],
                false => resource.coverage.clone(),
            };
            let through = here.with_ancestors().find(|code| serves.contains(code))?;
            let assessed = crate::eligibility::assess(&Brief::of(resource), asked, &person, day);
            Some(((resource.category.0.clone(), resource.name.clone(), resource.id), through, assessed))
        }).collect();
        expected.sort_by(|(left, ..), (right, ..)| left.cmp(right));
        for knows_where in [true, false] {
            let person = if knows_where { person.clone() } else {
                crate::eligibility::Person { residence: None, household: None, ..person.clone() }
            };
            let mut judge = crate::eligibility::Judge::new(asked, &person, day);
            let found: Vec<_> = tale.snapshot.resources.serving(here, AsOf::Latest).map(|Serving { through, shown, judged_as }| {
                let brief = &shown.resource;
                let key = (brief.category.to_string(), brief.name.to_string(), brief.id);
                let alone = crate::eligibility::assess(brief, asked, &person, day);
                assert_eq!(judge.assess(judged_as, || brief), alone);
                (key, through, alone)
            }).collect();
            if knows_where {
                prop_assert_eq!(found, expected.clone());
            } else {
                prop_assert_eq!(found.len(), expected.len());
            }
        }
    }
}
