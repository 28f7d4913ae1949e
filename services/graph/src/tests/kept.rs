//! An answer that is given again is what would be answered.

use crate::http::to_text;
use crate::kept::Key;
use crate::testing::{Tale, Told, VILLAGE, answered, code, every_day, published, publishing, resource, retracted};
use crate::{Graph, testing};
use async_graphql::{Request, Response};
use chassis::http::Lang;
use chassis::sealed::KeyStore;
use chrono::TimeDelta;
use proptest::prelude::{ProptestConfig, Strategy, prop_assert_eq, prop_oneof, proptest};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::licence::Licence;
use schema::resource::{NotShown, ResourceEvent, ResourceWithdrawn, RetractableField};
use schema::{Hours, Scheme};
use std::sync::Arc;

/// What serves the village, serves what it lies in, and serves elsewhere.
const PLACES: [&str; 5] = [VILLAGE, "130306100000", "130306000000", "130306100210", "130322100201"];

/// Something that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A service of a number is shown in a place, with hours or without, licensed for so many days.
    Shown(u128, usize, bool, Option<u8>),
    Gone(u128),
    Retracted(u128),
    /// The village is called otherwise.
    Named(u8),
    /// Nothing that any answer tells of.
    Registered(u128),
    /// So many seconds pass.
    Passed(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..5_u128, 0..PLACES.len(), proptest::bool::ANY, proptest::option::of(0..3_u8))
            .prop_map(|(number, place, open, days)| Step::Shown(number, place, open, days)),
        1 => (1..5_u128).prop_map(Step::Gone),
        1 => (1..5_u128).prop_map(Step::Retracted),
        1 => (0..3_u8).prop_map(Step::Named),
        3 => (10..20_u128).prop_map(Step::Registered),
        3 => prop_oneof![1..90_i64, 3000..4000_i64, 80_000..90_000_i64].prop_map(Step::Passed),
    ]
}

fn named(number: u8) -> Told {
    let area = |code: &str, name: String| {
        let code = testing::code(code);
        Area { code, name, level: code.level(), parent: code.with_ancestors().nth(1) }
    };
    let areas = vec![
        area("130306", "抚宁区".to_owned()),
        area("130306100", "抚宁镇".to_owned()),
        area("130306101", "留守营镇".to_owned()),
        area(VILLAGE, format!("第{number}村")),
        area("130306100210", "邻村".to_owned()),
    ];
    let listed = AreasListed { scheme: Scheme::Statistical2023, areas, part: None };
    Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(listed))
}

fn questions() -> Vec<String> {
    let at = |at: &str| format!("at: \"{at}\"");
    let given = at("2026-03-04T09:30:00+08:00");
    let everything = "totalCount edges { isOpen verdict reachedBy { name } node { name phone hours area { name } } }";
    [
        ("", "totalCount nodes { name phone address }"),
        ("", "nodes { name } at"),
        ("", "nodes { name } position"),
        ("", everything),
        ("orderBy: NEAREST", "nodes { name }"),
        ("isOpen: true", "nodes { name }"),
        (given.as_str(), everything),
        (given.as_str(), "at facets { open { yes no unknown } }"),
        ("person: { age: 70 }", everything),
    ]
    .iter()
    .map(|(arguments, fields)| format!("{{ availableServices(community: \"{VILLAGE}\", {arguments}) {{ {fields} }} }}"))
    .collect()
}

fn key(query: &str) -> Key {
    Key::of(query.as_bytes(), true, Lang::Zh)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_between(steps in proptest::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut tale = Tale::of([named(0)]);
        let read_model = publishing(&tale);
        let directory = Graph::new(Arc::clone(&read_model), Arc::new(KeyStore::absent()));
        let mut known = std::collections::BTreeSet::new();
        for step in steps {
            match step {
                Step::Shown(number, place, open, days) => {
                    let mut shown = resource(number);
                    (shown.area, shown.coverage) = (code(PLACES[place]), vec![code(PLACES[place])]);
                    shown.hours = if open { every_day() } else { Hours::default() };
                    if let Some(days) = days {
                        let until = read_model.clock.today() + TimeDelta::days(i64::from(days));
                        shown.licence = Licence::Until { number: None, expires: until };
                    }
                    if known.insert(number) {
                        tale.tell(testing::registered(number));
                    }
                    tale.tell(published(shown));
                }
                Step::Gone(number) if known.contains(&number) => {
                    let gone = ResourceWithdrawn { id: resource(number).id, reason: NotShown::ALL[0] };
                    tale.tell(Told::resource(&ResourceEvent::ResourceWithdrawn(gone)));
                }
                Step::Retracted(number) if known.contains(&number) => {
                    tale.tell(retracted(number, RetractableField::Phones));
                }
                Step::Named(number) => drop(tale.tell(named(number))),
                Step::Registered(number) => if known.insert(number) {
                    tale.tell(testing::registered(number));
                },
                Step::Passed(seconds) => read_model.clock.advance(TimeDelta::seconds(seconds)),
                Step::Gone(_) | Step::Retracted(_) => {}
            }
            read_model.publish(tale.snapshot.clone());
            for query in questions() {
                let executed = runtime.block_on(directory.execute(Request::new(&*query), None));
                let again = directory.kept(&key(&query));
                if let Some(again) = again {
                    prop_assert_eq!(std::str::from_utf8(&again.text).unwrap(), to_text(&executed));
                }
                // Prepared the first time, kept the second.
                for _ in 0..2 {
                    drop(runtime.block_on(answered(&directory, Request::new(&*query), None)));
                }
            }
        }
    }
}

/// Asks, and then whether it is kept.
async fn is_kept(directory: &Graph, query: &str) -> bool {
    for _ in 0..2 {
        let told: Result<String, Response> = answered(directory, Request::new(query), None).await;
        assert!(told.map_or_else(|response| response.is_ok(), |_| true), "{query}");
    }
    directory.kept(&key(query)).is_some()
}

#[tokio::test]
async fn what_is_kept_stays_until_something_touches_it() {
    let mut tale = Tale::of([named(0), testing::registered(1), published(resource(1))]);
    let read_model = publishing(&tale);
    let directory = Graph::new(Arc::clone(&read_model), Arc::new(KeyStore::absent()));
    let of_the_day = format!("{{ availableServices(community: \"{VILLAGE}\") {{ nodes {{ name }} }} }}");
    let of_the_minute = format!("{{ availableServices(community: \"{VILLAGE}\") {{ edges {{ isOpen }} }} }}");
    let of_a_time = format!(
        "{{ availableServices(community: \"{VILLAGE}\", at: \"2026-03-04T09:30:00+08:00\") {{ edges {{ isOpen }} at }} }}"
    );
    let all = [&of_the_day, &of_the_minute, &of_a_time];
    let kept = || all.map(|query| directory.kept(&key(query)).is_some());
    for query in all {
        assert!(is_kept(&directory, query).await, "{query}");
    }
    for (asks, because) in [
        ("position", "it tells how far the directory had got"),
        ("at", "it tells the time at which it was asked"),
        ("nodes { status }", "the executor answers it"),
    ] {
        let query = format!("{{ availableServices(community: \"{VILLAGE}\") {{ {asks} }} }}");
        assert!(!is_kept(&directory, &query).await, "{because}");
    }
    let in_vain = "{ availableServices(community: \"130306101\") { nodes { name } } }";
    assert!(!is_kept(&directory, in_vain).await, "each that finds nothing is counted");
    // Nothing that the answers tell of.
    tale.tell(testing::registered(2));
    let mut elsewhere = resource(2);
    (elsewhere.area, elsewhere.coverage) = (code("130306100210"), vec![code("130306100210")]);
    tale.tell(published(elsewhere));
    read_model.publish(tale.snapshot.clone());
    assert_eq!(kept(), [true, true, true]);
    read_model.clock.advance(TimeDelta::seconds(60));
    assert_eq!(kept(), [true, false, true], "a minute later it may be closed");
    read_model.clock.advance(TimeDelta::days(1));
    assert_eq!(kept(), [false, false, true], "a day later a licence may have lapsed");
    tale.tell(retracted(1, RetractableField::Phones));
    read_model.publish(tale.snapshot.clone());
    assert_eq!(kept(), [false, false, false]);
}
