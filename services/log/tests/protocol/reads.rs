//! Reading streams and `$all` in both directions, and what metadata hides.

use crate::{all_of, append, event, expecting, numbers, revisions, server, set_metadata, soon, visible};
use eventstore::{
    Client, Error, ExpectedRevision, Position, ReadAllOptions, ReadEvent, ReadStreamOptions, StreamMetadata,
    StreamMetadataResult, StreamPosition,
};

const NONE: [u64; 0] = [];

async fn stream(client: &Client, options: &ReadStreamOptions) -> Vec<u64> {
    revisions(&all_of(client.read_stream("s", options).await.unwrap()).await.unwrap())
}

#[tokio::test]
async fn a_stream_is_read_from_either_end_and_from_the_middle() {
    use StreamPosition::{End, Position, Start};
    let (server, client) = server().await;
    append(&client, "other", 100..110).await;
    append(&client, "s", 0..6).await;
    let read = ReadStreamOptions::default;
    assert_eq!(stream(&client, &read()).await, [0, 1, 2, 3, 4, 5]);
    assert_eq!(stream(&client, &read().position(Position(4))).await, [4, 5]);
    assert_eq!(stream(&client, &read().position(Position(1)).max_count(2)).await, [1, 2]);
    assert_eq!(stream(&client, &read().position(Position(6))).await, NONE);
    assert_eq!(stream(&client, &read().position(End).forwards()).await, NONE);
    assert_eq!(stream(&client, &read().backwards().position(End)).await, [5, 4, 3, 2, 1, 0]);
    assert_eq!(stream(&client, &read().backwards().position(End).max_count(1)).await, [5]);
    assert_eq!(stream(&client, &read().backwards().position(Position(2))).await, [2, 1, 0]);
    assert_eq!(stream(&client, &read().backwards().position(Position(u64::MAX)).max_count(2)).await, [5, 4]);
    assert_eq!(stream(&client, &read().position(Start).backwards()).await, [0]);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_of_several_pages_is_read_whole() {
    let (server, client) = server().await;
    for hundred in 0..13 {
        append(&client, "s", hundred * 100..(hundred + 1) * 100).await;
    }
    let forwards = stream(&client, &ReadStreamOptions::default()).await;
    assert_eq!(forwards, (0..1300).collect::<Vec<_>>());
    let backwards = ReadStreamOptions::default().backwards().position(StreamPosition::End);
    assert_eq!(stream(&client, &backwards).await, (0..1300).rev().collect::<Vec<_>>());
    let all = all_of(client.read_all(&ReadAllOptions::default()).await.unwrap()).await.unwrap();
    assert_eq!(numbers(&all), (0..1300).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn a_missing_stream_is_not_found() {
    let (server, client) = server().await;
    assert!(matches!(visible(&client, "nowhere").await, Err(Error::ResourceNotFound)));
    let backwards = ReadStreamOptions::default().backwards().position(StreamPosition::End);
    let read = all_of(client.read_stream("nowhere", &backwards).await.unwrap()).await;
    assert!(matches!(read, Err(Error::ResourceNotFound)));
    server.stop().await;
}

#[tokio::test]
async fn a_read_tells_the_last_revision_and_where_the_visible_past_begins() {
    let (server, client) = server().await;
    append(&client, "s", 0..6).await;
    set_metadata(&client, "s", 1, r#"{"$tb":4}"#).await;
    let mut read = client.read_stream("s", &ReadStreamOptions::default()).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = read.next_read_event().await.unwrap() {
        told.push(match event {
            ReadEvent::Event(event) => format!("event {}", event.get_original_event().revision),
            ReadEvent::FirstStreamPosition(revision) => format!("first {revision}"),
            ReadEvent::LastStreamPosition(revision) => format!("last {revision}"),
            ReadEvent::LastAllStreamPosition(_) => panic!("this is no read of $all"),
        });
    }
    assert_eq!(told, ["event 4", "event 5", "last 5"]);
    server.stop().await;
}

#[tokio::test]
async fn all_is_read_from_either_end_and_from_the_middle() {
    use StreamPosition::{End, Position as At, Start};
    let (server, client) = server().await;
    for number in 0..6 {
        append(&client, &format!("s-{}", number % 2), number..number + 1).await;
    }
    let all = all_of(client.read_all(&ReadAllOptions::default()).await.unwrap()).await.unwrap();
    assert_eq!(numbers(&all), [0, 1, 2, 3, 4, 5]);
    let places: Vec<Position> = all.iter().map(|event| event.get_original_event().position).collect();
    assert!(places.is_sorted() && places[0].commit > 0 && places.iter().all(|at| at.commit == at.prepare));

    let read = ReadAllOptions::default;
    for (case, (options, expected)) in [
        (read().position(At(places[2])), vec![2, 3, 4, 5]),
        (read().position(At(places[2])).max_count(2), vec![2, 3]),
        (read().position(End).forwards(), vec![]),
        (read().backwards().position(End), vec![5, 4, 3, 2, 1, 0]),
        (read().backwards().position(End).max_count(1), vec![5]),
        // Places are borders: backwards the event at the place is not part.
        (read().backwards().position(At(places[2])), vec![1, 0]),
        (read().position(Start).backwards(), vec![]),
    ]
    .into_iter()
    .enumerate()
    {
        let events = all_of(client.read_all(&options).await.unwrap()).await.unwrap();
        assert_eq!(numbers(&events), expected, "case {case}");
    }
    server.stop().await;
}

#[tokio::test]
async fn metadata_hides_by_count_and_by_revision_and_can_be_taken_back() {
    let (server, client) = server().await;
    append(&client, "s", 0..6).await;
    let metadata = StreamMetadata::builder().max_count(2).insert_custom_property("own", 1).build();
    client.set_stream_metadata("s", &expecting(ExpectedRevision::NoStream), &metadata).await.unwrap();
    assert_eq!(visible(&client, "s").await.unwrap(), [4, 5]);
    append(&client, "s", 6..7).await;
    assert_eq!(visible(&client, "s").await.unwrap(), [5, 6]);
    let backwards = ReadStreamOptions::default().backwards().position(StreamPosition::End);
    assert_eq!(stream(&client, &backwards).await, [6, 5]);

    set_metadata(&client, "s", 1, r#"{"$tb":3}"#).await;
    assert_eq!(visible(&client, "s").await.unwrap(), [3, 4, 5, 6]);
    set_metadata(&client, "s", 2, r#"{"$tb":100}"#).await;
    assert_eq!(visible(&client, "s").await.unwrap(), NONE);
    set_metadata(&client, "s", 3, "{}").await;
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1, 2, 3, 4, 5, 6]);
    // `$all` keeps what streams hide.
    let all = all_of(client.read_all(&ReadAllOptions::default()).await.unwrap()).await.unwrap();
    assert_eq!(all.len(), 7 + 4);
    server.stop().await;
}

#[tokio::test]
async fn metadata_hides_by_age() {
    let (server, client) = server().await;
    append(&client, "s", 0..3).await;
    set_metadata(&client, "s", 1, r#"{"$maxAge":1}"#).await;
    soon(async {
        while !visible(&client, "s").await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    append(&client, "s", 3..4).await;
    assert_eq!(visible(&client, "s").await.unwrap(), [3]);
    server.stop().await;
}

#[tokio::test]
async fn metadata_is_read_as_it_was_last_set() {
    let (server, client) = server().await;
    let newest = ReadStreamOptions::default().backwards().position(StreamPosition::End).max_count(1);
    let none = client.get_stream_metadata("s", &newest).await.unwrap();
    assert!(matches!(none, StreamMetadataResult::NotFound));
    for count in 1..=3 {
        let metadata = StreamMetadata::builder().max_count(count).build();
        client.set_stream_metadata("s", &expecting(ExpectedRevision::Any), &metadata).await.unwrap();
    }
    for options in [newest, ReadStreamOptions::default()] {
        let StreamMetadataResult::Success(metadata) = client.get_stream_metadata("s", &options).await.unwrap() else {
            panic!("metadata was set")
        };
        assert_eq!((metadata.version(), metadata.metadata().max_count), (2, Some(3)));
    }
    // A stream with metadata alone has no events, but exists for who requires that.
    assert!(matches!(visible(&client, "s").await, Err(Error::ResourceNotFound)));
    client.append_to_stream("s", &expecting(ExpectedRevision::StreamExists), event(1)).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_reader_who_stops_halfway_holds_up_nobody() {
    let (server, client) = server().await;
    for hundred in 0..60 {
        append(&client, "s", hundred * 100..(hundred + 1) * 100).await;
    }
    let mut halted = Vec::new();
    for _ in 0..30 {
        // On a connection of its own: what one connection may carry unread is the client's limit, not the server's.
        let client = crate::client(&server.url());
        let mut read = client.read_all(&ReadAllOptions::default()).await.unwrap();
        read.next().await.unwrap();
        halted.push(read);
    }
    soon(append(&client, "s", 6000..6001)).await;
    assert_eq!(soon(visible(&client, "s")).await.unwrap().len(), 6001);
    drop(halted);
    server.stop().await;
}
