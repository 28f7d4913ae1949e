//! The server as the unmodified official client sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod appends;
mod deletes;
mod durability;
mod links;
mod reads;
mod subscriptions;

use eventstore::{AppendToStreamOptions, Client, EventData, ExpectedRevision, ResolvedEvent};
use log_server::{Options, Server};
use std::time::Duration;
use uuid::Uuid;

/// Longer than anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that keeps nothing, and a client of it.
async fn server() -> (Server, Client) {
    let server = Server::start(Options::in_memory()).await.unwrap();
    let client = client(&server.url());
    (server, client)
}

fn client(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

/// An event whose id, type and body tell its number.
fn event(number: u64) -> EventData {
    EventData::binary(format!("Type{}", number % 3), format!("body {number}").into()).id(id(number))
}

fn events(numbers: std::ops::Range<u64>) -> Vec<EventData> {
    numbers.map(event).collect()
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x1234, number)
}

fn expecting(expected: ExpectedRevision) -> AppendToStreamOptions {
    AppendToStreamOptions::default().expected_revision(expected)
}

/// Appends events with these numbers, whatever the stream holds; returns the position of the last.
async fn append(client: &Client, stream: &str, numbers: std::ops::Range<u64>) -> u64 {
    client.append_to_stream(stream, &expecting(ExpectedRevision::Any), events(numbers)).await.unwrap().position.commit
}

/// Sets the metadata of a stream to a JSON text.
async fn set_metadata(client: &Client, stream: &str, number: u64, metadata: &'static str) {
    let event = EventData::binary("$metadata", metadata.into()).id(id(1_000_000 + number));
    client.append_to_stream(format!("$${stream}"), &expecting(ExpectedRevision::Any), event).await.unwrap();
}

/// Reads to the end.
async fn all_of(mut stream: eventstore::ReadStream) -> eventstore::Result<Vec<ResolvedEvent>> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await? {
        events.push(event);
    }
    Ok(events)
}

/// The visible revisions of a stream, read forwards.
async fn visible(client: &Client, stream: &str) -> eventstore::Result<Vec<u64>> {
    Ok(revisions(&all_of(client.read_stream(stream, &Default::default()).await?).await?))
}

fn revisions(events: &[ResolvedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.get_original_event().revision).collect()
}

/// The numbers of events, by their ids.
fn numbers(events: &[ResolvedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.get_original_event().id.as_u64_pair().1).collect()
}

/// Waits for something that must happen soon.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this should have happened by now")
}
