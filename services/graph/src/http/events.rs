//! Server-sent events, in the distinct connections mode of the GraphQL over SSE protocol: `next` for each result, then
//! `complete`. Each event's id is where its item stands, whether or not the question asks for that, so that a browser which
//! reconnects goes on behind it; a subscription to what is new begins with the id of where it begins.

use super::answer::to_text;
use crate::Graph;
use crate::execution::PLACE;
use crate::subscription::AsEvents;
use async_graphql::{Request, Response};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::IntoResponse;
use chassis::auth::{Caller, Credential};
use futures::future::{FusedFuture as _, FutureExt as _};
use futures::stream::{self, Stream, StreamExt};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often something is sent when nothing happens, so that nobody in between takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// The results of a request as they come, for as long as its token is good.
pub fn stream(
    directory: &Graph,
    request: Request,
    caller: Option<Caller>,
    credential: Option<Credential>,
) -> axum::response::Response {
    let (as_events, begins) = AsEvents::new();
    let request = request.data(as_events);
    let shutdown = directory.read_model().shutdown.clone();
    let results = directory.execute_stream(request, caller).map(|response| next(&response));
    // Broken off because the process ends, it is not complete: the client is to come back.
    let complete =
        stream::once(async move { (!shutdown.is_cancelled()).then(complete) }).filter_map(std::future::ready);
    // Nor is it when the token is good no longer: who comes back with it is told.
    let whole = results.chain(complete).take_until(Box::pin(Credential::lapse_of(credential)));
    let body = Body::from_stream(kept_alive(whole, begins).map(|event| Ok::<Bytes, Infallible>(Bytes::from(event))));
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache"),
        // A proxy that collects an answer before it passes it on would hold the events back.
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

/// The same, after the id of where it begins if that is told, and with a comment wherever nothing else comes for a while.
fn kept_alive(
    events: impl Stream<Item = String> + Send + 'static,
    begins: oneshot::Receiver<String>,
) -> impl Stream<Item = String> + Send {
    // What an event alone says that has no data: the id by which to go on.
    let begins = begins.map(|told| told.ok().map(|place| format!("id: {place}\n\n"))).fuse();
    stream::unfold((events.boxed(), begins), |(mut events, mut begins)| async move {
        loop {
            tokio::select! {
                // It is told before anything else is.
                biased;
                told = &mut begins, if !begins.is_terminated() => {
                    if let Some(id) = told {
                        return Some((id, (events, begins)));
                    }
                }
                event = events.next() => {
                    let event = event?;
                    let id =
                        if begins.is_terminated() { None } else { (&mut begins).now_or_never().flatten() };
                    return Some((id.unwrap_or_default() + &event, (events, begins)));
                }
                () = tokio::time::sleep(KEEP_ALIVE) => return Some((":\n\n".to_owned(), (events, begins))),
            }
        }
    })
}

/// An answer is one line of JSON, and a place has no line in it.
fn next(response: &Response) -> String {
    let place = response.http_headers.get(PLACE).and_then(|place| place.to_str().ok());
    let id = place.map(|place| format!("id: {place}\n")).unwrap_or_default();
    format!("event: next\n{id}data: {}\n\n", to_text(response))
}

/// With data that are empty, as the protocol has it: browsers throw away an event without any, and what stands there some
/// clients take for one more result.
fn complete() -> String {
    "event: complete\ndata:\n\n".to_owned()
}
