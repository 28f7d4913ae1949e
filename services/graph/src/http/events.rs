//! Server-sent events, in the distinct connections mode of the GraphQL over SSE protocol: `next` for each result, then
//! `complete`. Each event's id is the cursor of its item, so that a browser which reconnects goes on behind it.

use super::answer::to_text;
use crate::Graph;
use async_graphql::{Request, Response, Value};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::IntoResponse;
use chassis::auth::{Caller, Credential};
use futures::stream::{self, Stream, StreamExt};
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
    let body = Body::from_stream(kept_alive(whole).map(|event| Ok::<Bytes, Infallible>(Bytes::from(event))));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache"),
        // A proxy that collects an answer before it passes it on would hold the events back.
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

/// The same, with a comment wherever nothing else comes for a while.
fn kept_alive(events: impl Stream<Item = String> + Send + 'static) -> impl Stream<Item = String> + Send {
    stream::unfold(events.boxed(), |mut events| async move {
        tokio::select! {
            event = events.next() => event.map(|event| (event, events)),
            () = tokio::time::sleep(KEEP_ALIVE) => Some((":\n\n".to_owned(), events)),
        }
    })
}

/// An answer is one line of JSON, and a cursor has no line in it.
fn next(response: &Response) -> String {
    let id = cursor(response).map(|cursor| format!("id: {cursor}\n")).unwrap_or_default();
    format!("event: next\n{id}data: {}\n\n", to_text(response))
}

/// With data that are empty, as the protocol has it: browsers throw away an event without any, and what stands there some
/// clients take for one more result.
fn complete() -> String {
    "event: complete\ndata:\n\n".to_owned()
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
