use crate::stage::{COUNTY, NEIGHBOUR, Stage, registration, scope};
use center::decisions::Decisions;
use center::matching::model;
use center::publication::Published;
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::log::{Expected, Metadata, NewEvent, Recorded};
use schema::decisions::{Decider, DecidingRule, DecisionEvent, Grounds, RegistrationsMerged};
use schema::model::ModelEvent;
use schema::position::LogId;
use schema::progress::{ProgressEvent, ProgressReached};
use schema::{MergeId, Position, ResourceId, Shape, Stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const CHECKPOINT: &str = "checkpoint-130306_center";

async fn through(stage: &Stage) -> Position {
    let events = stage.log.read_stream(CHECKPOINT).await.unwrap();
    assert_eq!(events.len(), 1, "of the checkpoints the stream keeps the last");
    let ProgressEvent::ProgressReached(progress) = events[0].decode().unwrap();
    progress.through.in_log(stage.log.id()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn registrations_of_one_thing_are_published_as_one_and_the_others_lead_to_it() {
    let stage = Stage::new().await;
    let (_, shutdown, running) = stage.run();
    let last = stage.canteens(3).await;
    stage.acted_on(last).await;

    let published = stage.published().await;
    assert_eq!(published, stage.expected().await);
    let resource = |number| &published[&ResourceId::of(registration(number))];
    let Published::Shown(canteen) = resource(1) else { panic!("{:?}", resource(1)) };
    assert_eq!(
        canteen.sources.iter().map(|source| source.registration).collect::<Vec<_>>(),
        [1, 2, 3].map(registration)
    );
    assert_eq!(resource(2), &Published::Absorbed(canteen.id));
    assert!(matches!(resource(4), Published::Shown(_)), "the hairdresser stays alone");

    let outputs_before_checkpoint = {
        let all = stage.everything().await;
        let checkpoint = all.iter().rfind(|event| event.stream == CHECKPOINT).unwrap().position;
        all.iter().filter(|event| event.stream.starts_with("resource-")).all(|event| event.position < checkpoint)
    };
    assert!(outputs_before_checkpoint, "what was written in answer stands before the checkpoint");
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_centre_writes_in_answer_belongs_to_the_act_that_set_it_off() {
    let stage = Stage::new().await;
    let (_, shutdown, running) = stage.run();
    let last = stage.canteens(2).await;
    stage.acted_on(last).await;
    let all = stage.everything().await;
    let by_id: BTreeMap<_, _> = all.iter().map(|event| (event.id, event)).collect();
    let mut answers = 0;
    for event in &all {
        let envelope = event.envelope().unwrap();
        let Some(cause) = envelope.causation_id else { continue };
        let cause = by_id[&cause];
        assert!(cause.stream.starts_with("commerce-") || cause.stream.starts_with("womens_federation-"));
        assert_eq!(envelope.correlation_id, cause.envelope().unwrap().correlation_id, "{}", event.event_type);
        assert!(cause.position < event.position);
        answers += 1;
    }
    let published = all.iter().filter(|event| event.stream.starts_with("resource-")).count();
    let merged = all.iter().filter(|event| event.event_type == "RegistrationsMerged").count();
    assert_eq!((answers, merged), (published + merged, 4), "only the model's adoption and checkpoints answer nothing");
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_in_asks_nothing_of_the_centre_and_it_never_answers_itself() {
    let stage = Stage::new().await;
    let (health, shutdown, running) = stage.run();
    let last = stage.canteens(2).await;
    stage.acted_on(last).await;
    let before = stage.quiet(&health).await;
    assert!(through(&stage).await >= last);
    let handed_in = stage.hand_in().await;
    stage.acted_on(handed_in).await;
    let rest = stage.quiet(&health).await;
    assert_eq!(rest.len(), before.len() + 1, "nothing is written in answer to the end of a hand-in");
    // Its own events have come back to it by now; another input wakes it, and brings one checkpoint and nothing else.
    let gone = stage.withdraw_merchant(4).await;
    stage.acted_on(gone).await;
    let after = stage.quiet(&health).await;
    let new: Vec<&str> = after[rest.len()..].iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(new, ["MerchantWithdrawn", "ResourceWithdrawn", "ProgressReached"]);
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_decision_and_publication_is_made_up_for() {
    let stage = Stage::new().await;
    let last = stage.canteens(2).await;
    // As a centre that died after its decision left it: decided, nothing published, no checkpoint.
    let pair = [registration(1), registration(2)];
    let grounds = Grounds {
        probability: None,
        weight: None,
        comparisons: Vec::new(),
        model: model::VERSION.into(),
        decided_by: Decider::Rule { name: DecidingRule::AboveMergeThreshold },
        on_behalf_of: None,
        reason: None,
    };
    let id = MergeId::of(pair[0], pair[1], 0);
    let adopted = Decisions::default().adopt().unwrap();
    let stream = Stream::Decisions(scope(COUNTY)).to_string();
    stage.append(&Stream::Model(scope(COUNTY)).to_string(), &adopted, 1).await;
    stage.append(&stream, &DecisionEvent::RegistrationsMerged(RegistrationsMerged { id, pair, grounds }), 1).await;

    let (health, shutdown, running) = stage.run();
    stage.acted_on(last).await;
    stage.quiet(&health).await;
    assert_eq!(stage.published().await, stage.expected().await);
    assert_eq!(models(&stage).await, [adopted], "nothing is decided twice");
    assert_eq!(stage.decisions().await.iter().filter(|event| event.id() == id).count(), 1);
    shutdown.cancel();
    running.await.unwrap();

    // A start on a log where nothing is due writes nothing.
    let before = stage.everything().await.len();
    let (health, shutdown, running) = stage.run();
    stage.quiet(&health).await;
    assert_eq!(stage.everything().await.len(), before);
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_centre_killed_at_any_moment_comes_to_the_same_in_the_end() {
    let stage = Stage::new().await;
    let mut last = Position::default();
    for (round, villages) in (1..=20_u64).zip([6, 12].into_iter().cycle()) {
        if round <= 2 {
            last = stage.canteens(villages).await;
        }
        let (center, health) = stage.center(&[]);
        let running = center.run(health, tokio_util::sync::CancellationToken::new());
        // Dropped wherever it is.
        assert!(tokio::time::timeout(Duration::from_millis(round * 7), running).await.is_err());
    }
    let (health, shutdown, running) = stage.run();
    stage.acted_on(last).await;
    stage.quiet(&health).await;
    assert_eq!(stage.published().await, stage.expected().await);
    let merges = stage.decisions().await.iter().filter(|event| event_is_merge(event)).count();
    assert_eq!(merges, 24, "two merges for each of twelve canteens, none twice");
    shutdown.cancel();
    running.await.unwrap();
}

async fn models(stage: &Stage) -> Vec<ModelEvent> {
    let events = stage.log.read_stream(&Stream::Model(scope(COUNTY)).to_string()).await.unwrap();
    events.iter().map(|event| event.decode().unwrap()).collect()
}

fn event_is_merge(event: &DecisionEvent) -> bool {
    matches!(event, DecisionEvent::RegistrationsMerged(_))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_centres_that_collide_look_again_and_agree() {
    let stage = Stage::new().await;
    let (one, stop_one, running_one) = stage.run();
    let (other, stop_other, running_other) = stage.run();
    let last = stage.canteens(12).await;
    stage.acted_on(last).await;
    stage.quiet(&one).await;
    stage.quiet(&other).await;
    stage.quiet(&one).await;

    assert_eq!(stage.published().await, stage.expected().await);
    let mut decisions = Decisions::default();
    let events = stage.decisions().await;
    for event in &events {
        if let DecisionEvent::RegistrationsMerged(merged) = event {
            assert!(!decisions.group(merged.pair[0]).contains(&merged.pair[1]), "the merges are a forest");
        }
        decisions.apply(event);
    }
    assert_eq!(events.iter().filter(|event| event_is_merge(event)).count(), 24);
    assert_eq!(models(&stage).await.len(), 1);
    stop_one.cancel();
    stop_other.cancel();
    running_one.await.unwrap();
    running_other.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_looks_again_at_what_no_centre_of_the_same_rules_vouches_for_and_at_nothing_else() {
    for (rules, is_believed) in [(Some(center::RULES), true), (Some("other rules"), false), (None, false)] {
        let stage = Stage::new().await;
        let before = stage.canteens(2).await;
        // Nothing was published, though: so it shows what is looked at.
        let through = before.of(stage.log.id());
        let said = ProgressReached { through, rules: rules.map(str::to_owned) };
        stage.append(CHECKPOINT, &ProgressEvent::ProgressReached(said), 1).await;
        let (health, shutdown, running) = stage.run();
        stage.quiet(&health).await;
        if is_believed {
            assert_eq!(stage.published().await, BTreeMap::new());
        } else {
            assert_eq!(stage.published().await, stage.expected().await, "{rules:?}");
        }
        // What comes then is compared with all that was there.
        let last = stage.station(100, 1, "第1庄老年食堂", Some("第1庄村滨河路2号")).await;
        stage.acted_on(last).await;
        let published = stage.published().await;
        let joined = &published[&ResourceId::of(registration(100))];
        assert!(matches!(joined, Published::Absorbed(_)), "{rules:?}: {joined:?}");
        shutdown.cancel();
        running.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_of_another_log_does_not_count_and_is_named() {
    let stage = Stage::new().await;
    let last = stage.canteens(1).await;
    let far = Position { commit: u64::MAX >> 1, prepare: 0 }.of(LogId(stage.log.id().0 ^ 1));
    stage.append(CHECKPOINT, &ProgressEvent::ProgressReached(ProgressReached { through: far, rules: None }), 1).await;
    let (health, shutdown, running) = stage.run();
    stage.acted_on(last).await;
    let reports = health.reports();
    let parked = reports.iter().flat_map(|report| &report.parked).collect::<Vec<_>>();
    let [parked] = parked[..] else { panic!("{parked:?}") };
    assert_eq!((parked.event_type.as_str(), parked.stream.as_str()), ("ProgressReached", CHECKPOINT));
    assert!(parked.reason.contains("another log"), "{}", parked.reason);
    shutdown.cancel();
    running.await.unwrap();
}

/// A type, a version and a value that this program does not know, for the stream of a merchant.
fn newer_events(registered: &Recorded) -> [(Shape, Value); 3] {
    let known: Value = serde_json::from_slice(&registered.data).unwrap();
    let mut with_a_newer_value = known.clone();
    with_a_newer_value["eligibility"]["audiences"] = json!(["astronauts"]);
    [
        (Shape::of("MerchantAdmired", 1), json!({})),
        (Shape::of("MerchantRevised", 2), known),
        (Shape::of("MerchantRevised", 1), with_a_newer_value),
    ]
}

pub async fn written_by_a_newer_one(stage: &Stage, stream: &str, shape: Shape, data: Value) {
    let newer = Command::of("newer", shape.to_string(), &data, Clock::system().now()).unwrap();
    let id = schema::ids::derive(&[stream, &shape.to_string()]);
    let event_type = shape.event_type.clone();
    let event = NewEvent { id, event_type, data, metadata: Metadata::Of(Box::new(newer), shape) };
    stage.log.append(stream, Expected::Any, vec![event]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_program_said_stops_decisions_in_its_county_and_what_it_concerns_and_nothing_else() {
    for kind in 0..3 {
        let stage = Stage::new().await;
        let first = stage.canteens(1).await;
        let (health, shutdown, running) = stage.run();
        stage.acted_on(first).await;
        stage.quiet(&health).await;
        let acted_on = through(&stage).await;
        let alone = stage.published().await[&ResourceId::of(registration(4))].clone();
        let stream = format!("commerce-{}", registration(4));
        let registered = stage.log.read_stream(&stream).await.unwrap().remove(0);
        let (shape, data) = newer_events(&registered)[kind].clone();
        written_by_a_newer_one(&stage, &stream, shape.clone(), data).await;

        // The one that it concerns, two more of the county that would be one, and the neighbours.
        stage.withdraw_merchant(4).await;
        stage.merchant(8, 7, "第7庄老年食堂", Some("抚宁镇第7庄村滨河路8号")).await;
        stage.station(9, 7, "第7庄长者食堂", Some("抚宁镇第7庄村滨河路8号")).await;
        stage.canteens_in(NEIGHBOUR, 1).await;
        stage.quiet(&health).await;
        let published = stage.published().await;
        assert_eq!(published[&ResourceId::of(registration(4))], alone, "{shape}: it stays as it was");
        for number in [8, 9] {
            let shown = &published[&ResourceId::of(registration(number))];
            assert!(matches!(shown, Published::Shown(_)), "{shape}: each is shown as it came: {shown:?}");
        }
        assert_eq!(stage.decisions_in(COUNTY).await.len(), 2, "{shape}: no rule decides here any more");
        assert_eq!(stage.decisions_in(NEIGHBOUR).await.len(), 2, "{shape}: and goes on deciding elsewhere");
        assert_eq!(through(&stage).await, acted_on, "{shape}: nobody says that all was acted on");

        let reports = health.reports();
        let report = reports.iter().find(|report| report.name == "center").unwrap();
        let trouble = report.trouble.as_deref().unwrap();
        assert!(trouble.starts_with("130306: nothing is decided: event 1 of commerce-"), "{shape}: {trouble}");
        assert_eq!(report.parked.first().map(|parked| parked.event_type.as_str()), Some(shape.event_type.as_str()));
        shutdown.cancel();
        running.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_divisions_cannot_be_read_no_rule_decides_and_elsewhere_as_ever() {
    for (unit, decided) in [("110101", 2), ("130300", 0)] {
        let stage = Stage::new().await;
        let areas = format!("areas-{unit}_statistical_2023");
        written_by_a_newer_one(&stage, &areas, Shape::of("AreasListed", 2), json!({})).await;
        stage.canteens(1).await;
        let (health, shutdown, running) = stage.run();
        stage.quiet(&health).await;
        assert_eq!(stage.decisions_in(COUNTY).await.len(), decided, "{unit}");
        shutdown.cancel();
        running.await.unwrap();
    }
}
