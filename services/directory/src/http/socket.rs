//! The WebSocket: the graphql-transport-ws protocol, and its older sibling for tools that know no other.

use super::Endpoint;
use crate::Directory;
use crate::graph;
use async_graphql::http::ALL_WEBSOCKET_PROTOCOLS;
use async_graphql::{Data, Executor, Request, Response as Executed};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use chassis::auth::{Caller, Verifier};
use chassis::http::Lang;
use futures::stream::{BoxStream, StreamExt};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;

/// A request to speak GraphQL over a WebSocket.
pub struct Upgrade {
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Upgrade>, Infallible> {
        let Ok(upgrade) = WebSocketUpgrade::from_request_parts(parts, state).await else { return Ok(None) };
        let Ok(protocol) = GraphQLProtocol::from_request_parts(parts, state).await else { return Ok(None) };
        Ok(Some(Upgrade { protocol, upgrade }))
    }
}

impl Upgrade {
    /// Serves the socket until its client leaves or the process ends.
    pub fn serve(self, endpoint: Endpoint, caller: Option<Caller>, lang: Lang) -> Response {
        let Endpoint { directory, verifier } = endpoint;
        let shutdown = directory.source().shutdown.clone();
        let mut data = Data::default();
        data.insert(lang);
        if let Some(caller) = caller {
            data.insert(caller);
        }
        let protocol = self.protocol;
        let upgrade = self.upgrade.protocols(ALL_WEBSOCKET_PROTOCOLS);
        upgrade
            .on_upgrade(move |socket| async move {
                let speaker = Speaker { directory, lang };
                let serving = GraphQLWebSocket::new(socket, speaker, protocol)
                    .with_data(data)
                    .on_connection_init(async move |payload| introduced(&verifier, &payload))
                    .serve();
                tokio::select! {
                    () = serving => {}
                    // Broken off without a word of completion: the client is to come back.
                    () = shutdown.cancelled() => {}
                }
            })
            .into_response()
    }
}

/// Who the client says it is when it introduces itself: a bearer token under `Authorization`, at the top or under
/// `headers`. One that is no good ends the connection.
fn introduced(verifier: &Verifier, payload: &Value) -> async_graphql::Result<Data> {
    let named = |object: &Value| -> Option<String> {
        let object = object.as_object()?;
        let (_, value) = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
        Some(value.as_str()?.to_owned())
    };
    let mut data = Data::default();
    let given = named(payload).or_else(|| payload.get("headers").and_then(named));
    if let Some(given) = given {
        let token = given.strip_prefix("Bearer ").or_else(|| given.strip_prefix("bearer ")).unwrap_or(&given);
        let caller = verifier.verify(token.trim()).map_err(|refusal| async_graphql::Error::new(refusal.to_string()))?;
        data.insert(caller);
    }
    Ok(data)
}

/// Executes what comes over the socket.
#[derive(Clone)]
struct Speaker {
    directory: Directory,
    lang: Lang,
}

impl Executor for Speaker {
    async fn execute(&self, request: Request) -> Executed {
        self.directory.execute(request.data(self.lang), None).await
    }

    fn execute_stream(&self, request: Request, session: Option<Arc<Data>>) -> BoxStream<'static, Executed> {
        let lang = self.lang;
        let subscribed = self.directory.figures.subscribed();
        let session = session.unwrap_or_default();
        let responses = self.directory.schema.execute_stream_with_session_data(request, session);
        responses
            .map(move |response| {
                let _ = &subscribed;
                graph::finish(response, lang)
            })
            .boxed()
    }
}
