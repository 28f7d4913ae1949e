//! Counties side by side: what one centre of everything does, several with a scope each do, and none waits for another.

use crate::stage::{COUNTY, NEIGHBOUR, SOON, Stage, registration, registration_in, scope, selection};
use center::wait_through;
use chassis::health::Health;
use chassis::log::{Expected, NewEvent};
use schema::position::LogPosition;
use schema::progress::ProgressEvent;
use schema::{Position, ResourceId, Scope, Stream};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

fn odd(of: &str) -> NewEvent {
    NewEvent {
        id: schema::ids::derive(&["odd", of]),
        event_type: "Admired".into(),
        data: json!({}),
        metadata: chassis::log::Metadata::Given(json!({})),
    }
}

async fn acted_on(stage: &Stage, position: Position, held: &str) {
    let acted = wait_through(&stage.log, position, &selection(&[held])).await;
    acted.unwrap();
}

async fn through(stage: &Stage, county: &str) -> Position {
    let events = stage.log.read_stream(&format!("checkpoint-{county}_center")).await.unwrap();
    let read = events.iter().map(|event| event.decode().unwrap());
    let own = |through: LogPosition| through.in_log(stage.log.id()).unwrap();
    read.map(|ProgressEvent::ProgressReached(progress)| own(progress.through)).max().unwrap_or_default()
}

fn trouble(health: &Health) -> Option<String> {
    health.reports().into_iter().find(|report| report.name == "center").and_then(|report| report.trouble)
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let look = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, look).await.expect("it comes to be")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_centres_of_a_scope_each_publish_what_one_of_everything_would() {
    let stage = Stage::new().await;
    let (one, stop_one, running_one) = stage.run_holding(&[COUNTY]);
    let (other, stop_other, running_other) = stage.run_holding(&[NEIGHBOUR]);
    stage.canteens_in(COUNTY, 4).await;
    let last = stage.canteens_in(NEIGHBOUR, 4).await;
    stage.acted_on(last).await;
    stage.quiet(&one).await;
    stage.quiet(&other).await;
    assert_eq!(stage.published().await, stage.expected().await);
    for county in [COUNTY, NEIGHBOUR] {
        let decisions = stage.decisions_in(county).await;
        assert_eq!(decisions.len(), 8, "two merges for each of four canteens");
        assert!(decisions.iter().all(|decision| decision.id().scope() == scope(county)));
    }
    stop_one.cancel();
    stop_other.cancel();
    running_one.await.unwrap();
    running_other.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_writes_nothing_into_a_scope_that_it_does_not_hold() {
    let stage = Stage::new().await;
    let (health, shutdown, running) = stage.run_holding(&[COUNTY]);
    stage.canteens_in(NEIGHBOUR, 1).await;
    let last = stage.canteens_in(COUNTY, 1).await;
    acted_on(&stage, last, COUNTY).await;
    let all = stage.quiet(&health).await;
    let written = all.iter().filter(|event| event.metadata.windows(14).any(|part| part == b"service:center"));
    let scopes: BTreeSet<Scope> =
        written.map(|event| event.stream.parse::<Stream>().unwrap().scope().unwrap()).collect();
    assert_eq!(scopes, BTreeSet::from([scope(COUNTY)]));
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_cannot_publish_holds_no_other_up_and_is_named() {
    let stage = Stage::new().await;
    // Nobody can publish after what cannot be read.
    let blocked = Stream::Resource(ResourceId::of(registration_in(NEIGHBOUR, 1))).to_string();
    stage.log.append(&blocked, Expected::Any, vec![odd(&blocked)]).await.unwrap();
    stage.canteens_in(NEIGHBOUR, 1).await;
    let first = stage.canteens_in(COUNTY, 1).await;
    let (health, shutdown, running) = stage.run();
    acted_on(&stage, first, COUNTY).await;
    let named = until(async || trouble(&health)).await;
    assert!(named.starts_with("130322: ") && !named.contains(COUNTY), "{named}");

    // What comes while the neighbour is in trouble is acted on.
    let then = stage.merchant(41, 20, "第20庄老年食堂", None).await;
    acted_on(&stage, then, COUNTY).await;
    assert!(through(&stage, COUNTY).await >= then);
    assert_eq!(through(&stage, NEIGHBOUR).await, Position::default(), "nobody says that the neighbour is acted on");
    assert!(stage.published().await.contains_key(&ResourceId::of(registration(41))));
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_will_never_take_is_set_aside_listed_and_all_else_is_published() {
    let stage = Stage::new().await;
    // Another program than ours wrote it: the name alone fits into an event, the resource that has it twice does not.
    stage.merchant(40, 19, &"名".repeat(160_000), None).await;
    let then = stage.merchant(41, 20, "第20庄老年食堂", None).await;
    // Whoever starts after it finds it as well: nobody vouches for what was left undone.
    for _ in 0..2 {
        let (health, shutdown, running) = stage.run();
        acted_on(&stage, then, COUNTY).await;
        stage.quiet(&health).await;
        let shown = stage.published().await;
        assert!(shown.contains_key(&ResourceId::of(registration(41))));
        assert!(!shown.contains_key(&ResourceId::of(registration(40))));
        let parked: Vec<_> = health.reports().into_iter().flat_map(|report| report.parked).collect();
        let stream = Stream::Resource(ResourceId::of(registration(40))).to_string();
        assert_eq!(parked.len(), 1, "{parked:?}");
        assert_eq!((&parked[0].stream, parked[0].event_type.as_str()), (&stream, "ResourcePublished"));
        assert_eq!(trouble(&health), None);
        assert_eq!(rules(&stage).await, None);
        shutdown.cancel();
        running.await.unwrap();
    }
    // Once it is put right it is shown.
    let (_, shutdown, running) = stage.run();
    let right = stage.merchant(40, 19, "第19庄老年食堂", None).await;
    acted_on(&stage, right, COUNTY).await;
    assert!(stage.published().await.contains_key(&ResourceId::of(registration(40))));
    assert_eq!(rules(&stage).await.as_deref(), Some(center::RULES));
    shutdown.cancel();
    running.await.unwrap();
}

/// By which rules the last checkpoint of the county was written.
async fn rules(stage: &Stage) -> Option<String> {
    let events = stage.log.read_stream(&format!("checkpoint-{COUNTY}_center")).await.unwrap();
    let ProgressEvent::ProgressReached(progress) = events.last().unwrap().decode().unwrap();
    progress.rules
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_decision_cannot_be_read_nothing_is_decided_and_elsewhere_it_goes_on() {
    let stage = Stage::new().await;
    let unreadable = Stream::Decisions(scope(NEIGHBOUR)).to_string();
    stage.log.append(&unreadable, Expected::Any, vec![odd(&unreadable)]).await.unwrap();
    stage.canteens_in(NEIGHBOUR, 1).await;
    let last = stage.canteens_in(COUNTY, 1).await;
    let (health, shutdown, running) = stage.run();
    acted_on(&stage, last, COUNTY).await;
    stage.quiet(&health).await;
    assert_eq!(stage.decisions_in(COUNTY).await.len(), 2);
    assert_eq!(stage.log.read_stream(&unreadable).await.unwrap().len(), 1);
    assert!(stage.log.read_stream(&Stream::Model(scope(NEIGHBOUR)).to_string()).await.unwrap().is_empty());
    let shown = stage.published().await;
    for number in 1..=4 {
        assert!(shown.contains_key(&ResourceId::of(registration_in(NEIGHBOUR, number))), "each is shown as it came");
    }
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_divisions_is_waited_for_by_every_scope_that_reads_them_and_by_no_other() {
    let stage = Stage::new().await;
    let far = "140100";
    stage.list_areas(far, "清徐").await;
    stage.canteens_in(far, 1).await;
    stage.canteens_in(NEIGHBOUR, 1).await;
    let last = stage.canteens_in(COUNTY, 1).await;
    let (health, shutdown, running) = stage.run();
    stage.acted_on(last).await;
    stage.quiet(&health).await;
    let before = through(&stage, far).await;

    let listed = stage.list_areas(NEIGHBOUR, "新昌黎").await;
    stage.acted_on(listed).await;
    stage.quiet(&health).await;
    assert!(through(&stage, NEIGHBOUR).await >= listed);
    assert!(through(&stage, COUNTY).await >= listed, "the counties of a city read each other's divisions");
    assert_eq!(through(&stage, far).await, before, "another province has nothing to say to it");
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_of_a_city_holds_its_counties_and_one_of_its_own_level_holds_none() {
    let stage = Stage::new().await;
    stage.canteens_in(COUNTY, 1).await;
    let last = stage.merchant_in(9, "130300000000", "秦皇岛市救助站", None).await;
    let (own, stop_own, running_own) = stage.run_holding(&["130300"]);
    acted_on(&stage, last, "130300").await;
    stage.quiet(&own).await;
    let published: Vec<ResourceId> = stage.published().await.into_keys().collect();
    assert_eq!(published, [ResourceId::of(registration_in("130300", 9))]);
    stop_own.cancel();
    running_own.await.unwrap();

    let (whole, stop_whole, running_whole) = stage.run_holding(&["1303"]);
    acted_on(&stage, last, "1303").await;
    stage.quiet(&whole).await;
    assert_eq!(stage.published().await, stage.expected().await);
    stop_whole.cancel();
    running_whole.await.unwrap();
}
