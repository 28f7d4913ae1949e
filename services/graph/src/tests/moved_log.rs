//! A log whose events were moved to another server answers the same.

use crate::Graph;
use crate::testing::{asked_by, caller, merged, published, registered, resource, start, undone};
use chassis::auth::Role;
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::{Expected, Log, Metadata, NewEvent};
use chassis::sealed::KeyStore;
use chrono::TimeDelta;
use directory::metrics::Metrics;
use directory::projection::prefixes;
use directory::read_model::ReadModel;
use log_server::{Options, Server};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A directory that has folded so many events of a log.
async fn following(log: &Log, events: usize) -> Graph {
    let read_model = ReadModel::new(log.id(), Clock::fixed(start()), CancellationToken::new(), Default::default());
    let read_model = Arc::new(read_model);
    tokio::spawn(directory::follower::run(
        log.clone(),
        Health::new(),
        Arc::clone(&read_model),
        Metrics::default(),
        None,
    ));
    read_model.once(|snapshot| snapshot.moments.len() == events).await.unwrap();
    Graph::new(read_model, Arc::new(KeyStore::absent()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_events_were_moved_to_another_answers_the_same_about_any_past_time() {
    let (first, second) = (Server::start(Options::in_memory()), Server::start(Options::in_memory()));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let clock = Clock::fixed(start());
    let log = Log::connect(&first.url()).await.unwrap().with_clock(clock.clone());
    let tale = [registered(1), registered(2), merged(1, 2), published(resource(1)), undone(1, 2), registered(3)];
    // The clock is put back once on the way.
    for (n, (told, minutes)) in tale.iter().zip([0, 10, -6, 2, 9, 1]).enumerate() {
        clock.advance(TimeDelta::minutes(minutes));
        let (stream, event) = told.event(n);
        log.append(&stream, Expected::Any, vec![event]).await.unwrap();
    }

    let moved = Log::connect(&second.url()).await.unwrap();
    let (_, other) = registered(9).event(9);
    moved.append("elsewhere-1", Expected::NoStream, vec![other]).await.unwrap();
    let mut events = Vec::new();
    log.catch_up(&prefixes(&Default::default()), None, |event| events.push(event)).await.unwrap();
    for event in &events {
        let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
        let metadata = Metadata::Given(json(&event.metadata));
        let event_type = event.event_type.clone();
        let again = NewEvent { id: event.id, event_type, data: json(&event.data), metadata };
        let appended = moved.append(&event.stream, Expected::Any, vec![again]).await.unwrap();
        assert_ne!(appended.position, event.position);
    }

    let (one, other) = (following(&log, tale.len()).await, following(&moved, tale.len()).await);
    let mut answers = Vec::new();
    for minute in -1..20 {
        let at = (start() + TimeDelta::minutes(minute)).to_rfc3339();
        let question = format!(
            r#"{{ registrations(asOf: "{at}") {{ nodes {{ id registeredAt }} }}
                mergeHistory(asOf: "{at}") {{ nodes {{ id status decidedAt }} }}
                resources(asOf: "{at}") {{ nodes {{ id }} }} }}"#
        );
        let answer = asked_by(&one, &question, caller(Role::Admin, None)).await;
        assert_eq!(answer.get("errors"), None, "{answer}");
        assert_eq!(answer, asked_by(&other, &question, caller(Role::Admin, None)).await, "as of minute {minute}");
        if answers.last() != Some(&answer) {
            answers.push(answer);
        }
    }
    assert_eq!(answers.len(), 5, "before all, then what minutes 0, 10, 15 and 16 brought: {answers:#?}");
    first.stop().await;
    second.stop().await;
}
