//! Soft deletes, which the next append undoes, and tombstones, which nothing undoes.

use crate::{all_of, append, event, expecting, numbers, server, set_metadata, soon, visible};
use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
use eventstore::{
    Client, DeleteStreamOptions, Error, ExpectedRevision, ReadAllOptions, StreamMetadataResult, StreamPosition,
    SubscribeToStreamOptions, SubscriptionEvent, TombstoneStreamOptions,
};

async fn delete(client: &Client, stream: &str, expected: ExpectedRevision) -> eventstore::Result<u64> {
    let options = DeleteStreamOptions::default().expected_revision(expected);
    Ok(client.delete_stream(stream, &options).await?.unwrap().commit)
}

async fn tombstone(client: &Client, stream: &str, expected: ExpectedRevision) -> eventstore::Result<u64> {
    let options = TombstoneStreamOptions::default().expected_revision(expected);
    Ok(client.tombstone_stream(stream, &options).await?.unwrap().commit)
}

fn is_wrong_version<T>(result: &eventstore::Result<T>) -> bool {
    matches!(result, Err(Error::Grpc { code, .. }) if format!("{code:?}") == "FailedPrecondition")
}

#[tokio::test]
async fn a_deleted_stream_is_not_found_and_comes_back_with_the_next_revision() {
    for expected in [Any, NoStream, Exact(2)] {
        let (server, client) = server().await;
        append(&client, "s", 0..3).await;
        set_metadata(&client, "s", 1, r#"{"$maxCount":100,"own":7}"#).await;
        delete(&client, "s", Any).await.unwrap();
        assert!(matches!(visible(&client, "s").await, Err(Error::ResourceNotFound)));

        let back = client.append_to_stream("s", &expecting(expected), event(3)).await.unwrap();
        assert_eq!(back.next_expected_version, 3, "{expected:?}");
        append(&client, "s", 4..5).await;
        assert_eq!(visible(&client, "s").await.unwrap(), [3, 4]);
        let metadata = client.get_stream_metadata("s", &Default::default()).await.unwrap();
        let StreamMetadataResult::Success(metadata) = metadata else { panic!("it has metadata") };
        assert_eq!(metadata.metadata().truncate_before, Some(3));
        server.stop().await;
    }
}

#[tokio::test]
async fn a_delete_is_decided_by_what_the_sender_believes() {
    let (server, client) = server().await;
    for expected in [Any, StreamExists, NoStream] {
        assert!(matches!(delete(&client, "never", expected).await, Err(Error::ResourceNotFound)), "{expected:?}");
    }
    append(&client, "s", 0..3).await;
    for expected in [Exact(1), Exact(3), NoStream] {
        assert!(is_wrong_version(&delete(&client, "s", expected).await), "{expected:?}");
    }
    assert_eq!(visible(&client, "s").await.unwrap(), [0, 1, 2]);
    let position = delete(&client, "s", Exact(2)).await.unwrap();
    // Again, in every way that does not claim that it is there.
    assert_eq!(delete(&client, "s", Exact(2)).await.unwrap(), position);
    assert_eq!(delete(&client, "s", Any).await.unwrap(), position);
    assert!(is_wrong_version(&delete(&client, "s", Exact(1)).await));
    assert!(matches!(delete(&client, "s", StreamExists).await, Err(Error::ResourceDeleted)));
    let append = client.append_to_stream("s", &expecting(StreamExists), event(9)).await;
    assert!(matches!(append, Err(Error::ResourceDeleted)));
    let append = client.append_to_stream("s", &expecting(Exact(1)), event(9)).await;
    assert!(matches!(append, Err(Error::WrongExpectedVersion { .. })));
    server.stop().await;
}

#[tokio::test]
async fn a_tombstone_is_final() {
    let (server, client) = server().await;
    append(&client, "s", 0..3).await;
    assert!(is_wrong_version(&tombstone(&client, "s", Exact(1)).await));
    tombstone(&client, "s", Exact(2)).await.unwrap();
    for expected in [Any, NoStream, StreamExists, Exact(2)] {
        let append = client.append_to_stream("s", &expecting(expected), event(9)).await;
        assert!(matches!(append, Err(Error::ResourceDeleted)), "{expected:?} {append:?}");
        assert!(matches!(tombstone(&client, "s", expected).await, Err(Error::ResourceDeleted)), "{expected:?}");
        assert!(matches!(delete(&client, "s", expected).await, Err(Error::ResourceDeleted)), "{expected:?}");
    }
    assert!(matches!(visible(&client, "s").await, Err(Error::ResourceDeleted)));
    // What was written stays in `$all`.
    let all = all_of(client.read_all(&ReadAllOptions::default()).await.unwrap()).await.unwrap();
    assert_eq!(numbers(&all[..3]), [0, 1, 2]);
    assert_eq!(all[3].get_original_event().event_type, "$streamDeleted");
    server.stop().await;
}

#[tokio::test]
async fn a_stream_that_never_was_can_be_tombstoned_unless_it_must_exist() {
    let (server, client) = server().await;
    assert!(matches!(tombstone(&client, "a", StreamExists).await, Err(Error::ResourceNotFound)));
    tombstone(&client, "a", Any).await.unwrap();
    tombstone(&client, "b", NoStream).await.unwrap();
    for stream in ["a", "b"] {
        let append = client.append_to_stream(stream, &expecting(NoStream), event(1)).await;
        assert!(matches!(append, Err(Error::ResourceDeleted)));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stream_with_metadata_alone_can_be_deleted() {
    let (server, client) = server().await;
    for (stream, expected) in [("a", Any), ("b", NoStream), ("c", StreamExists)] {
        set_metadata(&client, stream, 1, r#"{"own":7}"#).await;
        delete(&client, stream, expected).await.unwrap();
        client.append_to_stream(stream, &expecting(NoStream), event(1)).await.unwrap();
        assert_eq!(visible(&client, stream).await.unwrap(), [0]);
    }
    server.stop().await;
}

#[tokio::test]
async fn metadata_of_a_tombstoned_stream_can_be_set_but_not_read() {
    let (server, client) = server().await;
    append(&client, "s", 0..1).await;
    tombstone(&client, "s", Any).await.unwrap();
    set_metadata(&client, "s", 1, r#"{"own":7}"#).await;
    let metadata = client.get_stream_metadata("s", &Default::default()).await.unwrap();
    assert!(matches!(metadata, StreamMetadataResult::Deleted));
    assert!(matches!(visible(&client, "s").await, Err(Error::ResourceDeleted)));
    server.stop().await;
}

/// Clients hand an error that comes before any answer to the caller, and a later one to whoever reads on.
#[tokio::test]
async fn a_read_of_a_tombstoned_stream_fails_at_once() {
    let (server, client) = server().await;
    append(&client, "s", 0..1).await;
    tombstone(&client, "s", Any).await.unwrap();
    let read = client.read_stream("s", &Default::default()).await;
    assert!(matches!(read.err(), Some(Error::ResourceDeleted)));
    server.stop().await;
}

#[tokio::test]
async fn a_tombstone_ends_those_who_follow_the_stream() {
    let (server, client) = server().await;
    append(&client, "s", 0..1).await;
    let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut following = client.subscribe_to_stream("s", &options).await;
    while !matches!(soon(following.next_subscription_event()).await.unwrap(), SubscriptionEvent::CaughtUp) {}
    tombstone(&client, "s", Any).await.unwrap();
    assert!(matches!(soon(following.next()).await, Err(Error::ResourceDeleted)));
    let mut late = client.subscribe_to_stream("s", &options).await;
    assert!(matches!(soon(late.next()).await, Err(Error::ResourceDeleted)));
    server.stop().await;
}
