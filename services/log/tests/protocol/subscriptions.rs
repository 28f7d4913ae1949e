//! Following: the past, then the present, with nothing lost between them.

use crate::{append, client, id, server, set_metadata, soon};
use eventstore::{
    Client, Error, Position, RetryOptions, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
    Subscription, SubscriptionEvent, SubscriptionFilter,
};
use log_server::{Options, Server};

/// What a follower was told, events by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Confirmed,
    Event(u64),
    Checkpoint(u64),
    CaughtUp,
}

async fn next(subscription: &mut Subscription) -> Told {
    match soon(subscription.next_subscription_event()).await.unwrap() {
        SubscriptionEvent::Confirmed(id) => {
            assert!(!id.is_empty());
            Told::Confirmed
        }
        SubscriptionEvent::EventAppeared(event) => Told::Event(event.get_original_event().id.as_u64_pair().1),
        SubscriptionEvent::Checkpoint(position) => Told::Checkpoint(position.commit),
        SubscriptionEvent::CaughtUp => Told::CaughtUp,
        other => panic!("{other:?}"),
    }
}

/// Everything up to and with something.
async fn until(subscription: &mut Subscription, last: Told) -> Vec<Told> {
    let mut told = Vec::new();
    while told.last() != Some(&last) {
        told.push(next(subscription).await);
    }
    told
}

async fn follow(client: &Client, filter: SubscriptionFilter, from: StreamPosition<Position>) -> Subscription {
    client.subscribe_to_all(&SubscribeToAllOptions::default().position(from).filter(filter)).await
}

fn at(commit: u64) -> StreamPosition<Position> {
    StreamPosition::Position(Position { commit, prepare: commit })
}

#[tokio::test]
async fn a_follower_of_a_stream_gets_the_past_then_the_present() {
    use Told::{CaughtUp, Confirmed, Event};
    let (server, client) = server().await;
    append(&client, "s", 0..3).await;
    append(&client, "other", 100..103).await;
    let starting = |from| SubscribeToStreamOptions::default().start_from(from);
    let mut whole = client.subscribe_to_stream("s", &starting(StreamPosition::Start)).await;
    let mut rest = client.subscribe_to_stream("s", &starting(StreamPosition::Position(1))).await;
    let mut new = client.subscribe_to_stream("s", &starting(StreamPosition::End)).await;
    let mut future = client.subscribe_to_stream("later", &starting(StreamPosition::Start)).await;
    assert_eq!(until(&mut whole, CaughtUp).await, [Confirmed, Event(0), Event(1), Event(2), CaughtUp]);
    assert_eq!(until(&mut rest, CaughtUp).await, [Confirmed, Event(2), CaughtUp]);
    assert_eq!(until(&mut new, CaughtUp).await, [Confirmed, CaughtUp]);
    assert_eq!(until(&mut future, CaughtUp).await, [Confirmed, CaughtUp]);
    append(&client, "s", 3..5).await;
    append(&client, "later", 50..51).await;
    append(&client, "s", 5..6).await;
    for follower in [&mut whole, &mut rest, &mut new] {
        assert_eq!(until(follower, Event(5)).await, [Event(3), Event(4), Event(5)]);
    }
    assert_eq!(next(&mut future).await, Event(50));
    server.stop().await;
}

#[tokio::test]
async fn a_follower_of_a_stream_goes_on_through_its_deletion() {
    let (server, client) = server().await;
    append(&client, "s", 0..2).await;
    let mut follower =
        client.subscribe_to_stream("s", &SubscribeToStreamOptions::default().start_from(StreamPosition::Start)).await;
    until(&mut follower, Told::CaughtUp).await;
    client.delete_stream("s", &Default::default()).await.unwrap();
    append(&client, "s", 2..3).await;
    assert_eq!(next(&mut follower).await, Told::Event(2));
    server.stop().await;
}

#[tokio::test]
async fn a_follower_of_all_starts_after_its_place() {
    use Told::{CaughtUp, Confirmed, Event};
    let (server, client) = server().await;
    append(&client, "a", 0..1).await;
    let place = append(&client, "b", 1..2).await;
    append(&client, "a", 2..3).await;
    let starting = |from| SubscribeToAllOptions::default().position(from);
    let mut whole = client.subscribe_to_all(&starting(StreamPosition::Start)).await;
    let mut zero = client.subscribe_to_all(&starting(at(0))).await;
    let mut rest = client.subscribe_to_all(&starting(at(place))).await;
    let mut new = client.subscribe_to_all(&starting(StreamPosition::End)).await;
    assert_eq!(until(&mut whole, CaughtUp).await, [Confirmed, Event(0), Event(1), Event(2), CaughtUp]);
    assert_eq!(until(&mut zero, CaughtUp).await, [Confirmed, Event(0), Event(1), Event(2), CaughtUp]);
    assert_eq!(until(&mut rest, CaughtUp).await, [Confirmed, Event(2), CaughtUp]);
    assert_eq!(until(&mut new, CaughtUp).await, [Confirmed, CaughtUp]);
    append(&client, "c", 3..6).await;
    for follower in [&mut whole, &mut zero, &mut rest, &mut new] {
        assert_eq!(until(follower, Event(5)).await, [Event(3), Event(4), Event(5)]);
    }
    server.stop().await;
}

#[tokio::test]
async fn filters_choose_by_stream_and_by_type() {
    let by_stream = SubscriptionFilter::on_stream_name;
    let by_type = SubscriptionFilter::on_event_type;
    let table = [
        (by_stream().add_prefix("clinic-"), vec![0, 1]),
        (by_stream().add_prefix("clinic-").add_prefix("shop-"), vec![0, 1, 4, 5]),
        (by_stream().regex("^(clinic|team)-"), vec![0, 1, 2, 3]),
        (by_stream().regex("^(?!clinic-)[^$]"), vec![2, 3, 4, 5]),
        (by_type().add_prefix("Type1"), vec![1, 4]),
        (by_type().exclude_system_events(), vec![0, 1, 2, 3, 4, 5]),
    ];
    let (server, client) = server().await;
    append(&client, "clinic-1", 0..1).await;
    append(&client, "clinic-2", 1..2).await;
    append(&client, "team-1", 2..4).await;
    set_metadata(&client, "clinic-1", 1, r#"{"own":1}"#).await;
    append(&client, "shop-1", 4..6).await;
    for (filter, expected) in table {
        let mut follower = follow(&client, filter.clone(), StreamPosition::Start).await;
        let told = until(&mut follower, Told::CaughtUp).await;
        let events = told.iter().filter_map(|told| if let Told::Event(number) = told { Some(*number) } else { None });
        assert_eq!(events.collect::<Vec<_>>(), expected, "{filter:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_filter_that_cannot_be_used_is_refused() {
    let (server, client) = server().await;
    let mut follower = follow(&client, SubscriptionFilter::on_stream_name().regex("("), StreamPosition::Start).await;
    let refused = soon(follower.next()).await;
    let Err(Error::Grpc { code, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(format!("{code:?}"), "InvalidArgument");
    server.stop().await;
}

#[tokio::test]
async fn a_filtered_follower_hears_how_far_the_past_was_searched() {
    use Told::{CaughtUp, Checkpoint, Confirmed, Event};
    let (server, client) = server().await;
    // Positions run from 1, so event n stands at n + 1.
    append(&client, "noise", 0..25).await;
    append(&client, "clinic-1", 25..26).await;
    let head = append(&client, "noise", 26..32).await;
    assert_eq!(head, 32);
    let filter = SubscriptionFilter::on_stream_name().add_prefix("clinic-").max(10);
    let mut follower = follow(&client, filter.clone(), StreamPosition::Start).await;
    let told = until(&mut follower, CaughtUp).await;
    let expected = [Confirmed, Checkpoint(10), Checkpoint(20), Event(25), Checkpoint(30), Checkpoint(32), CaughtUp];
    assert_eq!(told, expected);
    // At the very end there is no second word about the same place.
    let mut late = follow(&client, filter, at(32)).await;
    assert_eq!(until(&mut late, CaughtUp).await, [Confirmed, CaughtUp]);
    server.stop().await;
}

#[tokio::test]
async fn a_filtered_follower_hears_of_live_events_that_do_not_pass() {
    use Told::{CaughtUp, Checkpoint, Event};
    let (server, client) = server().await;
    append(&client, "clinic-1", 0..1).await;
    let filter = SubscriptionFilter::on_stream_name().add_prefix("clinic-");
    let mut follower = follow(&client, filter, StreamPosition::Start).await;
    until(&mut follower, CaughtUp).await;
    for number in 1..4 {
        let place = append(&client, "noise", number..number + 1).await;
        assert_eq!(next(&mut follower).await, Checkpoint(place));
    }
    append(&client, "clinic-1", 4..5).await;
    assert_eq!(next(&mut follower).await, Event(4));
    // Under load it hears now and then, and in the end of the last place.
    let place = append(&client, "noise", 5..2000).await;
    let told = until(&mut follower, Checkpoint(place)).await;
    assert!(told.len() < 100, "{told:?}");
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_lost_or_repeated_while_others_append() {
    let (server, client) = server().await;
    let writer = tokio::spawn({
        let client = client.clone();
        async move {
            for number in 0..3000_u64 {
                let stream = format!("s-{}", number % 7);
                let event = crate::event(number);
                client.append_to_stream(stream, &Default::default(), event).await.unwrap();
            }
        }
    });
    let mut followers = Vec::new();
    for _ in 0..4 {
        let client = client.clone();
        followers.push(tokio::spawn(async move {
            let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
            let mut follower = client.subscribe_to_all(&options).await;
            for number in 0..3000 {
                assert_eq!(soon(follower.next()).await.unwrap().get_original_event().id, id(number));
            }
        }));
    }
    writer.await.unwrap();
    for follower in followers {
        follower.await.unwrap();
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stopping_server_ends_followers_with_an_error() {
    let (server, client) = server().await;
    append(&client, "s", 0..3).await;
    let mut all = client.subscribe_to_all(&SubscribeToAllOptions::default()).await;
    let mut stream = client.subscribe_to_stream("s", &SubscribeToStreamOptions::default()).await;
    until(&mut all, Told::CaughtUp).await;
    until(&mut stream, Told::CaughtUp).await;
    let stopped = tokio::spawn(server.stop());
    for follower in [&mut all, &mut stream] {
        let ended = soon(follower.next()).await;
        assert!(matches!(ended, Err(Error::ServerError(_))), "{ended:?}");
    }
    soon(stopped).await.unwrap();
}

#[tokio::test]
async fn a_follower_who_retries_goes_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let options = |listen| Options { data: Some(directory.path().to_path_buf()), listen };
    let server = Server::start(options("127.0.0.1:0".parse().unwrap())).await.unwrap();
    let (address, log) = (server.address(), client(&server.url()));
    append(&log, "s", 0..3).await;
    let retry = RetryOptions::default().retry_forever();
    let mut follower = log
        .subscribe_to_all(&SubscribeToAllOptions::default().position(StreamPosition::Start).retry_options(retry))
        .await;
    for number in 0..3 {
        assert_eq!(soon(follower.next()).await.unwrap().get_original_event().id, id(number));
    }
    let (_, next) = tokio::join!(
        async {
            server.stop().await;
            let server = Server::start(options(address)).await.unwrap();
            append(&client(&server.url()), "s", 3..4).await;
            server
        },
        soon(follower.next())
    );
    assert_eq!(next.unwrap().get_original_event().id, id(3));
}
