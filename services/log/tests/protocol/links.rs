//! Links, told with or without the events that they name.

use crate::{all_of, append, expecting, id, server, set_metadata, soon};
use eventstore::{
    Client, EventData, ExpectedRevision, ReadAllOptions, ReadStreamOptions, ResolvedEvent, StreamPosition,
    SubscribeToAllOptions, SubscribeToStreamOptions, SubscriptionEvent,
};

/// Appends a link to an event.
async fn link(client: &Client, stream: &str, number: u64, target: &str) {
    let link = EventData::binary("$>", target.to_owned().into()).id(id(number));
    client.append_to_stream(stream, &expecting(ExpectedRevision::Any), link).await.unwrap();
}

/// The numbers of the event and of the link.
fn told(event: &ResolvedEvent) -> (Option<u64>, Option<u64>) {
    let number = |event: &eventstore::RecordedEvent| event.id.as_u64_pair().1;
    (event.event.as_ref().map(number), event.link.as_ref().map(number))
}

async fn stage(client: &Client) {
    append(client, "s", 0..3).await;
    link(client, "links", 10, "1@s").await;
    link(client, "links", 11, "0@s").await;
    link(client, "links", 12, "9@s").await;
    link(client, "links", 13, "0@nowhere").await;
    link(client, "links", 14, "no link").await;
    // Hides the event that link 11 names.
    set_metadata(client, "s", 1, r#"{"$tb":1}"#).await;
}

const RESOLVED: [(Option<u64>, Option<u64>); 5] =
    [(Some(1), Some(10)), (None, Some(11)), (None, Some(12)), (None, Some(13)), (None, Some(14))];

#[tokio::test]
async fn a_link_comes_with_its_event_if_that_is_asked_for() {
    let (server, client) = server().await;
    stage(&client).await;
    let plain = all_of(client.read_stream("links", &ReadStreamOptions::default()).await.unwrap()).await.unwrap();
    assert_eq!(plain.iter().map(told).collect::<Vec<_>>(), (10..15).map(|n| (Some(n), None)).collect::<Vec<_>>());

    let options = ReadStreamOptions::default().resolve_link_tos();
    let resolved = all_of(client.read_stream("links", &options).await.unwrap()).await.unwrap();
    assert_eq!(resolved.iter().map(told).collect::<Vec<_>>(), RESOLVED);
    let event = resolved[0].event.as_ref().unwrap();
    assert_eq!((event.stream_id.as_str(), event.revision), ("s", 1));

    let all = all_of(client.read_all(&ReadAllOptions::default().resolve_link_tos()).await.unwrap()).await.unwrap();
    assert_eq!(all[3..8].iter().map(told).collect::<Vec<_>>(), RESOLVED);
    assert_eq!(told(&all[0]), (Some(0), None));
    server.stop().await;
}

#[tokio::test]
async fn a_follower_gets_links_with_their_events_too() {
    let (server, client) = server().await;
    stage(&client).await;
    let stream = SubscribeToStreamOptions::default().start_from(StreamPosition::Start).resolve_link_tos();
    let mut of_stream = client.subscribe_to_stream("links", &stream).await;
    let all = SubscribeToAllOptions::default().position(StreamPosition::End).resolve_link_tos();
    let mut of_all = client.subscribe_to_all(&all).await;
    while !matches!(soon(of_all.next_subscription_event()).await.unwrap(), SubscriptionEvent::CaughtUp) {}
    for expected in RESOLVED {
        assert_eq!(told(&soon(of_stream.next()).await.unwrap()), expected);
    }
    link(&client, "links", 20, "2@s").await;
    for follower in [&mut of_stream, &mut of_all] {
        assert_eq!(told(&soon(follower.next()).await.unwrap()), (Some(2), Some(20)));
    }
    server.stop().await;
}
