//! GraphQL subscriptions, over graphql-transport-ws and over server-sent events.

use crate::api::Api;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A subscription over graphql-transport-ws.
#[derive(Debug)]
pub struct OverWebSocket {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl OverWebSocket {
    /// Opens a socket, introduces itself and subscribes.
    pub async fn open(api: &Api, query: &str, variables: Value) -> OverWebSocket {
        let url = api.url("/graphql").replacen("http://", "ws://", 1);
        let mut request = url.into_client_request().expect("an address");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        if let Some(token) = api.token() {
            let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a token is a header");
            request.headers_mut().insert("authorization", bearer);
        }
        let (socket, answer) = tokio_tungstenite::connect_async(request).await.expect("the socket opens");
        let agreed = answer.headers().get("sec-websocket-protocol").map(HeaderValue::as_bytes);
        assert_eq!(agreed, Some(&b"graphql-transport-ws"[..]), "another protocol was agreed on");
        let mut this = OverWebSocket { socket };
        this.send(&json!({ "type": "connection_init" })).await;
        let acknowledged = this.message(Duration::from_secs(10)).await.expect("an acknowledgement");
        assert_eq!(acknowledged["type"], "connection_ack");
        let payload = json!({ "query": query, "variables": variables });
        this.send(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        this
    }

    async fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("the socket takes it");
    }

    async fn message(&mut self, deadline: Duration) -> Option<Value> {
        let next = async {
            loop {
                match self.socket.next().await? {
                    Ok(Message::Text(text)) => return serde_json::from_str(&text).ok(),
                    Ok(Message::Close(_)) | Err(_) => return None,
                    Ok(_) => {}
                }
            }
        };
        tokio::time::timeout(deadline, next).await.ok().flatten()
    }

    /// The data of the next event; none when the subscription ended or nothing came in time.
    pub async fn next(&mut self, deadline: Duration) -> Option<Value> {
        loop {
            let message = self.message(deadline).await?;
            match message["type"].as_str()? {
                "next" => {
                    assert!(message["payload"]["errors"].is_null(), "{message}");
                    return Some(message["payload"]["data"].clone());
                }
                "ping" => self.send(&json!({ "type": "pong" })).await,
                "complete" => return None,
                "error" => panic!("the subscription was refused: {message}"),
                _ => {}
            }
        }
    }
}

/// A subscription over server-sent events.
#[derive(Debug)]
pub struct OverSse {
    response: reqwest::Response,
    buffer: Vec<u8>,
    last_id: Option<String>,
}

impl OverSse {
    /// Subscribes.
    pub async fn open(api: &Api, query: &str, variables: Value) -> OverSse {
        OverSse::open_behind(api, query, variables, None).await
    }

    /// Subscribes as a browser does that comes back: it sends the id of the last event that it got.
    pub async fn open_behind(api: &Api, query: &str, variables: Value, last_id: Option<&str>) -> OverSse {
        let mut request = api.request(reqwest::Method::POST, "/graphql").header("accept", "text/event-stream");
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        let body = json!({ "query": query, "variables": variables });
        let response = request.json(&body).send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let media = response.headers()["content-type"].to_str().expect("a media type").to_owned();
        assert!(media.starts_with("text/event-stream"), "{media}");
        OverSse { response, buffer: Vec::new(), last_id: None }
    }

    /// The id of the last event that came, if any had one.
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    /// The data of the next event; none when the subscription ended or nothing came in time.
    pub async fn next(&mut self, deadline: Duration) -> Option<Value> {
        tokio::time::timeout(deadline, self.event()).await.ok().flatten()
    }

    async fn event(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                let block = String::from_utf8(block).expect("events are UTF-8");
                let field = |name: &str| -> Option<String> {
                    let lines: Vec<&str> = block.lines().filter_map(|line| line.strip_prefix(name)).collect();
                    (!lines.is_empty())
                        .then(|| lines.iter().map(|line| line.trim_start()).collect::<Vec<_>>().join("\n"))
                };
                self.last_id = field("id:").or(self.last_id.take());
                match field("event:").as_deref() {
                    Some("complete") => return None,
                    Some("next") => {
                        let data: Value = serde_json::from_str(&field("data:")?).expect("JSON in an event");
                        assert!(data["errors"].is_null(), "{data}");
                        return Some(data["data"].clone());
                    }
                    Some(_) | None => {}
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.buffer.extend(chunk.iter().filter(|byte| **byte != b'\r'));
        }
    }
}
