use crate::events::added;
use crate::stage::{
    SOON, Wire, command, connect, free_address, in_memory, number_of, numbered, on_disk, quick, turn_away, until, url,
};
use chassis::clock::Clock;
use chassis::decide::new_events;
use chassis::follow::follow_stream;
use chassis::health::Health;
use chassis::log::{Expected, IDENTITY_STREAM, Log, LogError, Metadata, NewEvent, Timing};
use chrono::{DateTime, TimeDelta, Utc};
use schema::Position;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_is_read_back_whole() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let appended =
        log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0), numbered("counter-1", 1)]).await;
    let appended = appended.unwrap();
    assert_eq!(appended.revision, 1);
    let events = log.read_stream("counter-1").await.unwrap();
    assert_eq!(events.iter().map(number_of).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(events[1].position, appended.position);
    assert_eq!(events[1].id, numbered("counter-1", 1).id);
    assert_eq!(events[1].metadata, "{}");
    assert_eq!(log.head().await.unwrap(), appended.position);
    assert_eq!(log.read_stream_from("counter-1", 1).await.unwrap().len(), 1);
    assert_eq!(log.read_stream_from("counter-1", 2).await.unwrap().len(), 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_there_has_no_events() {
    let server = in_memory().await;
    let log = connect(&server).await;
    assert_eq!(log.read_stream("counter-nobody").await, Ok(vec![]));
    assert_eq!(log.read_stream_from("counter-nobody", 7).await, Ok(vec![]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_at_a_wrong_revision_says_where_the_stream_is() {
    let server = in_memory().await;
    let log = connect(&server).await;
    log.append("counter-1", Expected::Any, vec![numbered("counter-1", 0)]).await.unwrap();
    let error = log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 1)]).await.unwrap_err();
    let LogError::WrongExpectedRevision { stream, current, .. } = &error else { panic!("{error}") };
    assert_eq!((stream.as_str(), *current), ("counter-1", Some(0)));
    let error = log.append("counter-2", Expected::Revision(3), vec![numbered("counter-2", 1)]).await.unwrap_err();
    assert!(matches!(error, LogError::WrongExpectedRevision { current: None, .. }), "{error}");
    assert!(log.append("counter-1", Expected::StreamExists, vec![numbered("counter-1", 2)]).await.is_ok());
    assert!(matches!(log.append("counter-1", Expected::Any, vec![]).await, Err(LogError::Refused(_))));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_says_when_it_was_appended_first_and_keeps_that_in_another_log() {
    let (server, other) = (in_memory().await, in_memory().await);
    let clock = Clock::fixed("2026-03-02T08:00:00.123456Z".parse().unwrap());
    let log = connect(&server).await.with_clock(clock.clone());
    let added = || new_events("counter-1", &command("k", 1), &[added(1)]).unwrap();
    let appended = log.append("counter-1", Expected::NoStream, added()).await.unwrap();
    // A retry has another time and the same ids; what stands is the first.
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(log.append("counter-1", Expected::NoStream, added()).await.unwrap(), appended);
    let events = log.read_stream("counter-1").await.unwrap();
    let recorded_at = "2026-03-02T08:00:00.123Z".parse::<DateTime<Utc>>().unwrap();
    assert_eq!(events.iter().map(|event| event.envelope().unwrap().recorded_at).collect::<Vec<_>>(), [recorded_at]);

    let moved = connect(&other).await;
    let metadata = Metadata::Given(serde_json::from_slice(&events[0].metadata).unwrap());
    let again = NewEvent { metadata, ..added().remove(0) };
    moved.append("counter-1", Expected::NoStream, vec![again]).await.unwrap();
    assert_eq!(moved.read_stream("counter-1").await.unwrap()[0].envelope(), events[0].envelope());
    server.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_append_twice_is_one_and_has_a_position() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let once = log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0)]).await.unwrap();
    log.append("counter-1", Expected::Revision(0), vec![numbered("counter-1", 1)]).await.unwrap();
    let again = log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0)]).await.unwrap();
    assert_eq!(once, again);
    assert_ne!(again.position, Position::default());
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_at_once_agrees_which_log_it_is() {
    let server = in_memory().await;
    let connecting = (0..8).map(|_| connect(&server));
    let logs = futures::future::join_all(connecting).await;
    assert!(logs.iter().all(|log| log.id() == logs[0].id()));
    assert_eq!(logs[0].read_stream(&IDENTITY_STREAM.to_string()).await.unwrap().len(), 1);
    let other = in_memory().await;
    assert_ne!(connect(&other).await.id(), logs[0].id());
    server.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_waits_for_a_server_that_is_not_up_yet() {
    let directory = tempfile::tempdir().unwrap();
    let address = free_address().await;
    let connecting = tokio::spawn(async move { Log::connect_with(&url(address), quick()).await });
    turn_away(address, 5).await;
    assert!(!connecting.is_finished());
    let server = on_disk(directory.path(), address).await;
    let log = tokio::time::timeout(SOON, connecting).await.unwrap().unwrap().unwrap();
    assert!(log.head().await.unwrap() > Position::default());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_gives_up_when_no_server_comes() {
    let timing = Timing { patience: Duration::from_millis(400), ..quick() };
    let error = Log::connect_with(&url(free_address().await), timing).await.unwrap_err();
    assert!(matches!(error, LogError::Unavailable(_)), "{error}");
    assert!(matches!(Log::connect("http://127.0.0.1:1").await, Err(LogError::Address { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_outlast_an_absence_in_which_the_client_dies() {
    let directory = tempfile::tempdir().unwrap();
    let server = on_disk(directory.path(), free_address().await).await;
    let address = server.address();
    let log = connect(&server).await;
    log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0)]).await.unwrap();
    server.stop().await;

    let waiting: Vec<_> = (1..=5)
        .map(|number| {
            let (log, stream) = (log.clone(), format!("counter-{}", number + 1));
            tokio::spawn(async move { log.append(&stream, Expected::NoStream, vec![numbered(&stream, number)]).await })
        })
        .collect();
    // A minute's absence in little: each client dies for good of the first connection that fails.
    turn_away(address, 10).await;
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    let rebuilt = chassis::metrics::CLIENT_REBUILDS.with_label_values(&["commands"]).get();
    assert!(rebuilt >= 2, "{rebuilt} clients were rebuilt");

    let server = on_disk(directory.path(), address).await;
    for waiting in waiting {
        tokio::time::timeout(SOON, waiting).await.unwrap().unwrap().unwrap();
    }
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absence_longer_than_the_patience_is_told() {
    let server = in_memory().await;
    let timing = Timing { patience: Duration::from_millis(500), ..quick() };
    let log = Log::connect_with(&url(server.address()), timing).await.unwrap();
    server.stop().await;
    let error = log.head().await.unwrap_err();
    assert!(matches!(error, LogError::Unavailable(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_answer_is_lost_is_repeated_and_stands_once() {
    let server = in_memory().await;
    let direct = connect(&server).await;
    let wire = Wire::to(server.address()).await;
    let log = Log::connect_with(&url(wire.address), quick()).await.unwrap();
    log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0)]).await.unwrap();

    wire.deafen();
    let appending = {
        let log = log.clone();
        tokio::spawn(
            async move { log.append("counter-1", Expected::Revision(0), vec![numbered("counter-1", 1)]).await },
        )
    };
    until("the append to arrive", async || direct.read_stream("counter-1").await.unwrap().len() == 2).await;
    assert!(!appending.is_finished());
    wire.cut_and_mend();

    let appended = tokio::time::timeout(SOON, appending).await.unwrap().unwrap().unwrap();
    let events = direct.read_stream("counter-1").await.unwrap();
    assert_eq!((events.len(), appended.revision, appended.position), (2, 1, events[1].position));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_log_at_the_same_address_is_not_written_to() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = on_disk(one.path(), free_address().await).await;
    let address = server.address();
    let log = connect(&server).await;
    log.append("counter-1", Expected::Any, vec![numbered("counter-1", 0)]).await.unwrap();
    let (health, stop) = (Health::new(), CancellationToken::new());
    let _followed = follow_stream(&log, "another-log", vec![], None, &health, stop.clone());
    until("the follower to follow", async || health.is_ready()).await;
    server.stop().await;
    until("the follower to notice", async || health.reports()[0].trouble.is_some()).await;
    let server = on_disk(other.path(), address).await;
    let refused = log.append("counter-1", Expected::Any, vec![numbered("counter-1", 1)]).await;
    assert_eq!(refused, Err(LogError::AnotherLog));
    stop.cancel();
    assert_eq!(connect(&server).await.read_stream("counter-1").await, Ok(vec![]));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_appends_at_once_share_a_client() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let appends = (0..100).map(|number| {
        let (log, stream) = (log.clone(), format!("counter-{number}"));
        async move { log.append(&stream, Expected::NoStream, vec![numbered(&stream, number)]).await }
    });
    let appended = futures::future::join_all(appends).await;
    let mut positions: Vec<Position> = appended.into_iter().map(|appended| appended.unwrap().position).collect();
    positions.sort();
    positions.dedup();
    assert_eq!(positions.len(), 100);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_gives_what_the_prefixes_pass_up_to_the_head() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let mut after = None;
    for number in 0..300 {
        let stream = if number % 3 == 0 { "counter-1" } else { "other-1" };
        let appended = log.append(stream, Expected::Any, vec![numbered(stream, number)]).await.unwrap();
        if number == 150 {
            after = Some(appended.position);
        }
    }
    let head = log.head().await.unwrap();
    let prefixes = ["counter-".to_owned()];
    let gather = async |after| {
        let mut numbers = Vec::new();
        let reached = log.catch_up(&prefixes, after, |event| numbers.push(number_of(&event))).await.unwrap();
        (numbers, reached)
    };
    assert_eq!(gather(None).await, ((0..300).step_by(3).collect(), Some(head)));
    assert_eq!(gather(after).await, ((153..300).step_by(3).collect(), Some(head)));
    assert_eq!(gather(Some(head)).await, (vec![], Some(head)));

    let mut all = 0;
    log.catch_up(&[], None, |_| all += 1).await.unwrap();
    assert!(all >= 301, "every stream, the log's own included: {all}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn catching_up_ends_where_no_event_passes() {
    let server = in_memory().await;
    let log = connect(&server).await;
    for number in 0..10 {
        log.append("other-1", Expected::Any, vec![numbered("other-1", number)]).await.unwrap();
    }
    let reached = log.catch_up(&["counter-".to_owned()], None, |event| panic!("{event:?}")).await.unwrap();
    assert_eq!(reached, Some(log.head().await.unwrap()));
    server.stop().await;
}
