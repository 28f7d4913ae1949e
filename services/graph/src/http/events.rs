//! Server-sent events, in the distinct connections mode of the GraphQL over SSE protocol: `next` for each result, then
//! `complete`. Each event's id is the cursor of its item, so that a browser which reconnects goes on behind it.

use super::answer::to_text;
use crate::Graph;
use async_graphql::{Request, Response, Value};
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use chassis::auth::{Caller, Credential};
use futures::stream::{self, StreamExt};
use std::convert::Infallible;
use std::time::Duration;

/// How often something is sent when nothing happens, so that nobody in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// The results of a request as they come, for as long as its token is good.
pub fn stream(
    directory: &Graph,
    request: Request,
    caller: Option<Caller>,
    credential: Option<Credential>,
) -> axum::response::Response {
    let shutdown = directory.read_model().shutdown.clone();
    let results = directory.execute_stream(request, caller).map(|response| next(&response));
    // Broken off because the process ends, it is not complete: the client is to come back.
    let complete =
        stream::once(async move { (!shutdown.is_cancelled()).then(complete) }).filter_map(std::future::ready);
    // Nor is it when the token is good no longer: who comes back with it is told.
    let whole = results.chain(complete).take_until(Box::pin(Credential::lapse_of(credential)));
    let events = Sse::new(whole.map(Ok::<Event, Infallible>)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // A proxy that collects an answer before it passes it on would hold the events back.
    ([("x-accel-buffering", "no")], events).into_response()
}

fn next(response: &Response) -> Event {
    let event = Event::default().event("next").data(to_text(response));
    match cursor(response) {
        Some(cursor) => event.id(cursor),
        None => event,
    }
}

/// Browsers throw away an event without data, and clients read the data as JSON.
fn complete() -> Event {
    Event::default().event("complete").data("null")
}

/// The cursor of the item, if the question asked for it.
fn cursor(response: &Response) -> Option<&str> {
    let Value::Object(data) = &response.data else { return None };
    let Some(Value::Object(item)) = data.values().next() else { return None };
    match item.get("cursor") {
        Some(Value::String(cursor)) => Some(cursor),
        Some(_) | None => None,
    }
}
