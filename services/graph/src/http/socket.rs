//! The WebSocket: the graphql-transport-ws protocol, in which one connection carries any number of operations.
//!
//! A client introduces itself first, within [`INTRODUCTION`], with a token if it has one. What breaks the protocol ends the
//! connection with the protocol's code for it; what is wrong with an operation ends that operation. When the process
//! ends, nothing is completed: the connection closes as going away, and the client is to come back.
//!
//! Clients that know only the protocol's older sibling, subscriptions-transport-ws, are understood too, whatever was
//! agreed on: some do not see what was, and speak the older one.

use super::answer::{Written, is_request_error};
use super::{Asked, Asker, Endpoint, count};
use crate::errors::{self, Fault};
use async_graphql::Response as Executed;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::Response;
use chassis::app::Client;
use chassis::auth::{Caller, Credential, Refusal, Verifier};
use chassis::http::Lang;
use futures::future::BoxFuture;
use futures::sink::{Sink, SinkExt};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tokio_stream::StreamMap;

/// The names under which the protocol and its older sibling are agreed on, the better one first.
const PROTOCOLS: [&str; 2] = ["graphql-transport-ws", "graphql-ws"];
/// How long a client may take to introduce itself.
const INTRODUCTION: Duration = Duration::from_secs(5);
/// How often a client is asked whether it is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// After how many of these without an answer it is taken to be gone.
const UNANSWERED: u32 = 2;
/// How long a client may take to make room for a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the other side may take to close.
const GOODBYE: Duration = Duration::from_secs(1);
/// How many operations a connection may carry at a time.
const OPERATIONS: usize = 100;
/// How much of what a client says is read at once, and held ready for that: they say little, and the library's 128 KiB are filled for
/// each of thousands who only listen.
const READ: usize = 4 * 1024;
/// The longest reason that a closing frame holds, in bytes (RFC 6455, section 5.5).
const REASON: usize = 123;

/// A request to speak GraphQL over a WebSocket.
pub struct Upgrade(WebSocketUpgrade);

impl<S: Send + Sync> OptionalFromRequestParts<S> for Upgrade {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Upgrade>, Infallible> {
        Ok(WebSocketUpgrade::from_request_parts(parts, state).await.ok().map(Upgrade))
    }
}

impl Upgrade {
    /// Serves the socket until its client leaves or the process ends.
    pub fn serve(self, endpoint: Arc<Endpoint>, asker: Asker, lang: Lang) -> Response {
        let upgrade = self.0.protocols(PROTOCOLS).max_message_size(super::BODY_LIMIT).read_buffer_size(READ);
        upgrade.on_upgrade(move |socket: WebSocket| async move {
            let speaks_it = socket.protocol().is_some();
            let mut conversation = Conversation::new(socket, endpoint, asker, lang);
            let ending =
                if speaks_it { conversation.hold().await } else { Ending::close(4406, "Subprotocol not acceptable") };
            conversation.end(ending).await;
        })
    }
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit {
        payload: Option<Map<String, Value>>,
    },
    Ping {
        payload: Option<Map<String, Value>>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Asked,
    },
    Complete {
        id: String,
    },
    /// The older `subscribe`.
    Start {
        id: String,
        payload: Asked,
    },
    /// The older `complete`.
    Stop {
        id: String,
    },
    /// The older way to leave.
    ConnectionTerminate {},
}

/// What is said to a client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Say<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    Next {
        id: &'a str,
        payload: Written<'a>,
    },
    /// The older `next`, and what it has for `error`.
    Data {
        id: &'a str,
        payload: Written<'a>,
    },
    Error {
        id: &'a str,
        payload: &'a [async_graphql::ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// How a conversation ends.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    /// The client left, or does not listen any more.
    Left,
    /// It is closed, with a code and its reason.
    Close(u16, String),
}

impl Ending {
    fn close(code: u16, reason: &str) -> Ending {
        let mut end = reason.len().min(REASON);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Ending::Close(code, reason[..end].to_owned())
    }

    fn not_of_the_protocol(problem: &str) -> Ending {
        Ending::close(4400, &format!("Invalid message received: {problem}"))
    }
}

/// Which of the two protocols a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    TransportWs,
    Older,
}

/// What an operation yields; nothing at its end.
type Yield = Option<Executed>;

/// A socket and everything that goes on over it.
struct Conversation<S> {
    socket: S,
    endpoint: Arc<Endpoint>,
    lang: Lang,
    /// Who asks: who the request to connect was from, until the client introduces itself as somebody.
    caller: Option<Caller>,
    /// Whose every operation is counted.
    client: Option<Client>,
    /// Ends when the token by which they were let in is good no longer.
    lapse: BoxFuture<'static, ()>,
    is_introduced: bool,
    dialect: Dialect,
    operations: StreamMap<String, BoxStream<'static, Yield>>,
    introduction: Duration,
    keep_alive: Duration,
}

impl<S> Conversation<S>
where
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message> + Unpin,
{
    fn new(socket: S, endpoint: Arc<Endpoint>, asker: Asker, lang: Lang) -> Conversation<S> {
        let Asker { caller, credential, client } = asker;
        Conversation {
            socket,
            endpoint,
            lang,
            caller,
            client,
            lapse: Box::pin(Credential::lapse_of(credential)),
            is_introduced: false,
            dialect: Dialect::TransportWs,
            operations: StreamMap::new(),
            introduction: INTRODUCTION,
            keep_alive: KEEP_ALIVE,
        }
    }

    /// Speaks until one side ends it.
    async fn hold(&mut self) -> Ending {
        let shutdown = self.endpoint.directory.read_model().shutdown.clone();
        tokio::select! {
            Err(ending) = self.take_turns() => if shutdown.is_cancelled() { going_away() } else { ending },
            () = shutdown.cancelled() => going_away(),
        }
    }

    async fn take_turns(&mut self) -> Result<Infallible, Ending> {
        let introduction = tokio::time::sleep(self.introduction);
        tokio::pin!(introduction);
        let mut keep_alive = tokio::time::interval(self.keep_alive);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        keep_alive.reset();
        let mut unanswered = 0;
        loop {
            tokio::select! {
                message = self.socket.next() => {
                    unanswered = 0;
                    match message {
                        Some(Ok(message)) => self.hear(message).await?,
                        Some(Err(_)) | None => return Err(Ending::Left),
                    }
                }
                Some((id, yielded)) = self.operations.next() => self.pass_on(&id, yielded).await?,
                () = &mut self.lapse => return Err(Ending::close(4403, "Forbidden: the token has expired")),
                () = &mut introduction, if !self.is_introduced => {
                    return Err(Ending::close(4408, "Connection initialisation timeout"));
                }
                _ = keep_alive.tick() => {
                    if unanswered == UNANSWERED {
                        return Err(Ending::Left);
                    }
                    unanswered += 1;
                    self.send(Message::Ping(Default::default())).await?;
                }
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Ending> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Ending::not_of_the_protocol("it is not text")),
            // The library answers those of the transport itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(Ending::Left),
        };
        let said = serde_json::from_str(&text).map_err(|problem| Ending::not_of_the_protocol(&problem.to_string()))?;
        match said {
            Said::ConnectionInit { .. } if self.is_introduced => {
                Err(Ending::close(4429, "Too many initialisation requests"))
            }
            Said::ConnectionInit { payload } => {
                let introduced = introduced(&self.endpoint.verifier, &payload.unwrap_or_default());
                // A token that is no good is refused, not ignored.
                let introduced = introduced.map_err(|_| Ending::close(4403, "Forbidden"))?;
                if let Some((caller, credential)) = introduced {
                    self.client = self.client.as_ref().map(|client| client.known_as(&caller.subject));
                    self.caller = Some(caller);
                    self.lapse = Box::pin(credential.lapses());
                }
                self.is_introduced = true;
                self.say(&Say::ConnectionAck).await
            }
            Said::Ping { payload } => self.say(&Say::Pong { payload }).await,
            Said::Pong {} => Ok(()),
            Said::Subscribe { id, payload } => self.begin(id, payload).await,
            Said::Start { id, payload } => {
                self.dialect = Dialect::Older;
                self.begin(id, payload).await
            }
            Said::Complete { id } => {
                self.operations.remove(&id);
                Ok(())
            }
            Said::Stop { id } => match self.operations.remove(&id) {
                Some(_) => self.say(&Say::Complete { id: &id }).await,
                None => Ok(()),
            },
            Said::ConnectionTerminate {} => Err(Ending::Left),
        }
    }

    async fn begin(&mut self, id: String, asked: Asked) -> Result<(), Ending> {
        if !self.is_introduced {
            return Err(Ending::close(4401, "Unauthorized"));
        }
        if id.is_empty() {
            return Err(Ending::not_of_the_protocol("an id must not be empty"));
        }
        if self.operations.contains_key(&id) {
            return Err(Ending::close(4409, &format!("Subscriber for {id} already exists")));
        }
        let mut request = asked.into_request().map_err(Ending::not_of_the_protocol)?.data(self.lang);
        let admitted = match self.operations.len() {
            OPERATIONS.. => Err(Fault::TooManyOperations(OPERATIONS)),
            _ => count(self.client.as_ref()).and_then(|()| self.endpoint.admit(&mut request)),
        };
        if let Err(fault) = admitted {
            let refused = errors::refusal(fault, self.lang);
            return self.say(&Say::Error { id: &id, payload: &refused.errors }).await;
        }
        let responses = self.endpoint.directory.execute_stream(request, self.caller.clone());
        self.operations.insert(id, responses.map(Some).chain(stream::once(async { None })).boxed());
        Ok(())
    }

    async fn pass_on(&mut self, id: &str, yielded: Yield) -> Result<(), Ending> {
        match yielded {
            // What ends because the process does is not complete.
            None if self.endpoint.directory.read_model().shutdown.is_cancelled() => Err(going_away()),
            None => {
                self.operations.remove(id);
                self.say(&Say::Complete { id }).await
            }
            Some(response) => match self.dialect {
                Dialect::Older => self.say(&Say::Data { id, payload: Written(&response) }).await,
                Dialect::TransportWs if is_request_error(&response) => {
                    self.operations.remove(id);
                    self.say(&Say::Error { id, payload: &response.errors }).await
                }
                Dialect::TransportWs => self.say(&Say::Next { id, payload: Written(&response) }).await,
            },
        }
    }

    async fn say(&mut self, say: &Say<'_>) -> Result<(), Ending> {
        match serde_json::to_string(say) {
            Ok(text) => self.send(Message::text(text)).await,
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written");
                Err(Ending::close(1011, "the answer cannot be written"))
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Ending> {
        match tokio::time::timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ending::Left),
        }
    }

    /// Closes, and waits a moment for the other side to close too, so that the code arrives.
    async fn end(mut self, ending: Ending) {
        let Ending::Close(code, reason) = ending else { return };
        let close = async {
            let frame = CloseFrame { code, reason: reason.into() };
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
        };
        // One that does not close in time is left.
        let _ = tokio::time::timeout(GOODBYE, close).await;
    }
}

fn going_away() -> Ending {
    Ending::close(1001, "Going away")
}

/// Who the client says it is when it introduces itself: a bearer token under `Authorization`, at the top or under
/// `headers`; nobody when it gives none.
fn introduced(verifier: &Verifier, payload: &Map<String, Value>) -> Result<Option<(Caller, Credential)>, Refusal> {
    let named = |object: &Map<String, Value>| -> Option<String> {
        let (_, value) = object.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"))?;
        Some(value.as_str()?.to_owned())
    };
    let given = named(payload).or_else(|| payload.get("headers").and_then(Value::as_object).and_then(named));
    let Some(given) = given else { return Ok(None) };
    let token = given.strip_prefix("Bearer ").or_else(|| given.strip_prefix("bearer ")).unwrap_or(&given);
    let caller = verifier.verify(token.trim())?;
    Ok(Some((caller, Credential::of(verifier.clone(), token.trim().to_owned()))))
}

#[cfg(test)]
mod tests;
