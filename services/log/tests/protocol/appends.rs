//! Appending: what the sender believes, repeated sending, sizes.

use crate::{all_of, append, event, events, expecting, id, numbers, server, visible};
use eventstore::{AppendToStreamOptions, CurrentRevision, Error, EventData, ExpectedRevision};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_belief_meets_every_state_of_a_stream() {
    use CurrentRevision::{Current, NoStream as Missing};
    use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
    // What the stream holds, what the sender believes, and the revision written or the one the belief met.
    let table = [
        (0, Any, Ok(0)),
        (0, NoStream, Ok(0)),
        (0, StreamExists, Err(Missing)),
        (0, Exact(0), Err(Missing)),
        (2, Any, Ok(2)),
        (2, NoStream, Err(Current(1))),
        (2, StreamExists, Ok(2)),
        (2, Exact(0), Err(Current(1))),
        (2, Exact(1), Ok(2)),
        (2, Exact(2), Err(Current(1))),
    ];
    let (server, client) = server().await;
    for (number, (length, expected, outcome)) in table.into_iter().enumerate() {
        let stream = format!("stream-{number}");
        if length > 0 {
            append(&client, &stream, 0..length).await;
        }
        let written = client.append_to_stream(stream.as_str(), &expecting(expected), event(100)).await;
        match (written, outcome) {
            (Ok(written), Ok(revision)) => assert_eq!(written.next_expected_version, revision, "{length} {expected:?}"),
            (Err(Error::WrongExpectedVersion { expected: told, current }), Err(met)) => {
                assert_eq!((told, current), (expected, met), "{length} {expected:?}");
            }
            (written, outcome) => panic!("{length} {expected:?}: {written:?} instead of {outcome:?}"),
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_appended_is_read_back_whole() {
    let (server, client) = server().await;
    let json = EventData::json("Opened", &serde_json::json!({"名称": "大李官营村"})).unwrap().id(id(1));
    let json = json.metadata_as_json(&serde_json::json!({"actor": "a"})).unwrap();
    let binary = EventData::binary("Noted", vec![0, 255, 7].into()).id(id(2));
    let written =
        client.append_to_stream("登记-1", &AppendToStreamOptions::default(), vec![json, binary]).await.unwrap();

    let read = all_of(client.read_stream("登记-1", &Default::default()).await.unwrap()).await.unwrap();
    assert_eq!(numbers(&read), [1, 2]);
    let (first, second) = (read[0].get_original_event(), read[1].get_original_event());
    assert_eq!((first.stream_id.as_str(), first.event_type.as_str(), first.is_json), ("登记-1", "Opened", true));
    assert_eq!(first.as_json::<serde_json::Value>().unwrap(), serde_json::json!({"名称": "大李官营村"}));
    assert_eq!(first.custom_metadata.as_ref(), br#"{"actor":"a"}"#);
    assert_eq!((second.data.as_ref(), second.is_json), (&[0, 255, 7][..], false));
    assert_eq!((second.revision, second.position), (written.next_expected_version, written.position));
    assert!(first.position.commit > 0 && first.position < second.position);
    let ticks = |event: &eventstore::RecordedEvent| event.metadata["created"].parse::<i64>().unwrap();
    assert!(ticks(first) < ticks(second), "time moves on from event to event");
    server.stop().await;
}

#[tokio::test]
async fn an_append_sent_again_succeeds_and_writes_nothing() {
    use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
    let (server, client) = server().await;
    append(&client, "s", 0..2).await;
    let first = client.append_to_stream("s", &expecting(Exact(1)), events(2..5)).await.unwrap();
    append(&client, "s", 5..8).await;

    for (expected, numbers, revision) in
        [(Exact(1), 2..5, 4), (NoStream, 0..2, 1), (Any, 2..5, 4), (StreamExists, 5..7, 6), (Exact(6), 7..8, 7)]
    {
        let again = client.append_to_stream("s", &expecting(expected), events(numbers.clone())).await.unwrap();
        assert_eq!(again.next_expected_version, revision, "{expected:?} {numbers:?}");
        if numbers == (2..5) {
            assert_eq!(again.position, first.position);
        }
    }
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    server.stop().await;
}

#[tokio::test]
async fn an_append_of_which_only_a_part_was_sent_before_is_refused() {
    use ExpectedRevision::{Any, Exact, NoStream};
    let (server, client) = server().await;
    append(&client, "s", 0..3).await;
    for (expected, numbers) in [(Exact(0), 1..9), (Any, 2..4), (NoStream, 0..4), (Exact(0), 2..3)] {
        let refused = client.append_to_stream("s", &expecting(expected), events(numbers.clone())).await;
        let Err(Error::WrongExpectedVersion { current, .. }) = refused else {
            panic!("{expected:?} {numbers:?}: {refused:?}")
        };
        assert_eq!(current, CurrentRevision::Current(2));
    }
    // The same ids in another stream are other events.
    append(&client, "t", 0..3).await;
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1, 2]);
    assert_eq!(visible(&client, "t").await.unwrap(), [0, 1, 2]);
    server.stop().await;
}

#[tokio::test]
async fn an_append_of_nothing_checks_what_the_sender_believes() {
    let (server, client) = server().await;
    append(&client, "s", 0..2).await;
    let right = client.append_to_stream("s", &expecting(ExpectedRevision::Exact(1)), vec![]).await.unwrap();
    assert_eq!(right.next_expected_version, 1);
    let wrong = client.append_to_stream("s", &expecting(ExpectedRevision::Exact(0)), vec![]).await;
    assert!(matches!(wrong, Err(Error::WrongExpectedVersion { .. })), "{wrong:?}");
    server.stop().await;
}

#[tokio::test]
async fn an_append_may_have_a_mebibyte_and_no_more() {
    let (server, client) = server().await;
    let sized = |number, bytes| EventData::binary("Large", vec![7; bytes].into()).id(id(number));
    let any = expecting(ExpectedRevision::Any);
    client.append_to_stream("s", &any, vec![sized(1, 1024 * 1024 - 10), sized(2, 10)]).await.unwrap();
    let refused = client.append_to_stream("s", &any, vec![sized(3, 1024 * 1024 - 10), sized(4, 11)]).await;
    let Err(Error::Grpc { code, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(format!("{code:?}"), "InvalidArgument");
    assert!(message.contains("1048576"), "{message}");
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1]);
    server.stop().await;
}

#[tokio::test]
async fn one_of_many_who_append_at_the_same_revision_wins() {
    let (server, client) = server().await;
    append(&client, "s", 0..1).await;
    let attempts = (1..=32).map(|number| {
        let client = client.clone();
        async move { client.append_to_stream("s", &expecting(ExpectedRevision::Exact(0)), event(number)).await }
    });
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1]);
    server.stop().await;
}

#[tokio::test]
async fn appends_in_flight_together_get_places_of_their_own() {
    let (server, client) = server().await;
    let appends = (0..200).map(|number| {
        let client = client.clone();
        async move { append(&client, &format!("s-{}", number % 10), number..number + 1).await }
    });
    let positions = futures::future::join_all(appends).await.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(positions.len(), 200);
    for stream in 0..10 {
        assert_eq!(visible(&client, &format!("s-{stream}")).await.unwrap(), (0..20).collect::<Vec<_>>());
    }
    server.stop().await;
}

#[tokio::test]
async fn sequential_appends_do_not_wait_for_delayed_acknowledgements() {
    let (server, client) = server().await;
    append(&client, "s", 0..1).await;
    let began = std::time::Instant::now();
    for number in 1..=50 {
        append(&client, "s", number..number + 1).await;
    }
    // With the 40 ms of a delayed acknowledgement in each, 50 appends take 2 s.
    let took = began.elapsed();
    assert!(took < std::time::Duration::from_millis(1500), "{took:?}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_not_offered_is_not_advertised() {
    let (server, client) = server().await;
    let group = client.create_persistent_subscription("s", "g", &Default::default()).await;
    assert!(matches!(group, Err(Error::UnsupportedFeature)), "{group:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_batch_of_appends_is_answered_one_by_one() {
    let (server, client) = server().await;
    let batch = client.batch_append(&Default::default()).await.unwrap();
    let appends = (0..50).map(|number| batch.append_to_stream("s", ExpectedRevision::Any, vec![event(number)]));
    let written = futures::future::join_all(appends).await;
    let revisions: BTreeSet<_> = written.iter().map(|written| written.as_ref().unwrap().current_revision()).collect();
    assert_eq!(revisions, (0..50).map(Some).collect());
    let last = written.iter().filter_map(|written| written.as_ref().unwrap().current_position()).max().unwrap();
    let read = all_of(client.read_stream("s", &Default::default()).await.unwrap()).await.unwrap();
    assert_eq!(read[49].get_original_event().position, last);

    let again = batch.append_to_stream("s", ExpectedRevision::NoStream, events(0..1)).await.unwrap();
    assert_eq!(again.current_revision(), Some(0));
    // This client takes the first refusal for the end of the batch.
    let refused = batch.append_to_stream("s", ExpectedRevision::Exact(7), events(90..91)).await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(visible(&client, "s").await.unwrap().len(), 50);
    server.stop().await;
}
