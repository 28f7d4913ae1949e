//! The server as the unmodified official client sees it.

mod appends;

use eventstore::{Client, EventData, ResolvedEvent};
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

/// An event whose id and body tell its number.
fn event(number: u64) -> EventData {
    EventData::binary(format!("Type{}", number % 3), format!("body {number}").into()).id(id(number))
}

fn events(numbers: std::ops::Range<u64>) -> Vec<EventData> {
    numbers.map(event).collect()
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x1234, number)
}

/// Reads to the end.
async fn all_of(mut stream: eventstore::ReadStream) -> eventstore::Result<Vec<ResolvedEvent>> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await? {
        events.push(event);
    }
    Ok(events)
}

fn revisions(events: &[ResolvedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.get_original_event().revision).collect()
}

/// Waits for something that must happen soon.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("this should have happened by now")
}
