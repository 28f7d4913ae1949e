use super::*;
use crate::Graph;
use crate::testing::{LOG, Tale, published, registered, resource};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use serde_json::json;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinHandle;

/// The server's end of a socket.
struct Wire {
    from_client: UnboundedReceiver<Result<Message, axum::Error>>,
    to_client: UnboundedSender<Message>,
}

impl Stream for Wire {
    type Item = Result<Message, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.from_client.poll_next_unpin(cx)
    }
}

impl Sink<Message> for Wire {
    type Error = futures::channel::mpsc::SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.to_client.poll_ready_unpin(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        self.to_client.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.to_client.poll_flush_unpin(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.to_client.poll_close_unpin(cx)
    }
}

/// A client, and the conversation it has.
struct Client {
    to_server: UnboundedSender<Result<Message, axum::Error>>,
    from_server: UnboundedReceiver<Message>,
    held: JoinHandle<Ending>,
}

impl Client {
    fn connect(directory: &Graph) -> Client {
        Client::connect_with(directory, |_| ())
    }

    fn connect_with(directory: &Graph, change: impl FnOnce(&mut Conversation<Wire>)) -> Client {
        let (to_server, from_client) = unbounded();
        let (to_client, from_server) = unbounded();
        let verifier = Verifier::from_jwks(r#"{"keys":[]}"#).unwrap();
        let endpoint = Endpoint { directory: directory.clone(), verifier, demo: false, operations: None };
        let mut conversation = Conversation::new(
            Wire { from_client, to_client },
            Arc::new(endpoint),
            Asker { caller: None, credential: None, client: None },
            Lang::En,
        );
        change(&mut conversation);
        let held = tokio::spawn(async move { conversation.hold().await });
        Client { to_server, from_server, held }
    }

    async fn introduced(directory: &Graph) -> Client {
        let mut client = Client::connect(directory);
        client.say(json!({ "type": "connection_init" }));
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    fn say(&self, message: Value) {
        self.send(Message::text(message.to_string()));
    }

    fn send(&self, message: Message) {
        self.to_server.unbounded_send(Ok(message)).unwrap();
    }

    fn subscribe(&self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } }));
    }

    async fn hear(&mut self) -> Value {
        loop {
            match self.from_server.next().await.expect("a message") {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code with which the server ended it.
    async fn closed(self) -> u16 {
        match self.held.await.unwrap() {
            Ending::Close(code, reason) => {
                assert!(!reason.is_empty() && reason.len() <= REASON);
                code
            }
            Ending::Left => 0,
        }
    }
}

fn tale() -> Tale {
    Tale::of([registered(1), published(resource(1))])
}

fn changes_from_the_beginning() -> String {
    let beginning = schema::Position::default().token(LOG);
    format!("subscription {{ directoryChanges(after: \"{beginning}.0\") {{ kind }} }}")
}

#[tokio::test]
async fn a_query_is_answered_and_complete_and_its_id_is_free_again() {
    let mut client = Client::introduced(&tale().directory()).await;
    for _ in 0..2 {
        client.subscribe("q", "{ counters { resources } }");
        let next = json!({ "type": "next", "id": "q", "payload": { "data": { "counters": { "resources": 1 } } } });
        assert_eq!(client.hear().await, next);
        assert_eq!(client.hear().await, json!({ "type": "complete", "id": "q" }));
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_operation_ends_that_operation_alone() {
    let mut client = Client::introduced(&tale().directory()).await;
    client.subscribe("s", &changes_from_the_beginning());
    assert_eq!(client.hear().await["payload"]["data"]["directoryChanges"]["kind"], "PUBLISHED");
    client.subscribe("bad", "{ nothing }");
    let error = client.hear().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("bad")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "BAD_QUERY");
    client.subscribe("bad", "{ counters { merges } }");
    assert_eq!(client.hear().await["type"], "next", "its id is free again");
}

#[tokio::test]
async fn each_operation_is_counted_and_one_that_is_not_listed_is_refused_and_the_socket_stays_open() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.json"), json!({ "One": "{ counters { resources } }" }).to_string()).unwrap();
    let operations = crate::Operations::read(folder.path()).unwrap();
    let limits = chassis::app::RateLimits::new(Some("2/3600".parse().unwrap()), None);
    let mut client = Client::connect_with(&tale().directory(), |conversation| {
        Arc::get_mut(&mut conversation.endpoint).unwrap().operations = Some(operations);
        conversation.client = Some(limits.public(chassis::http::Peer("203.0.113.7".parse().unwrap())));
    });
    client.say(json!({ "type": "connection_init" }));
    client.hear().await;
    client.say(json!({ "id": "a", "type": "subscribe", "payload": { "documentId": "One" } }));
    assert_eq!(client.hear().await["payload"]["data"]["counters"]["resources"], 1);
    assert_eq!(client.hear().await["type"], "complete");
    for code in ["QUERY_NOT_IN_SAFELIST", "RATE_LIMITED"] {
        client.subscribe("b", &changes_from_the_beginning());
        let error = client.hear().await;
        assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)));
    }
}

#[tokio::test]
async fn a_client_that_has_enough_of_an_operation_hears_no_more_of_it() {
    let mut tale = tale();
    let directory = tale.directory();
    let mut client = Client::introduced(&directory).await;
    client.subscribe("s", &changes_from_the_beginning());
    client.hear().await;
    client.say(json!({ "type": "complete", "id": "s" }));
    client.say(json!({ "type": "complete", "id": "never begun" }));
    client.say(json!({ "type": "ping", "payload": { "n": 1 } }));
    assert_eq!(client.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
    tale.tell(registered(2));
    directory.read_model().publish(tale.snapshot.clone());
    client.say(json!({ "type": "ping" }));
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn what_breaks_the_protocol_closes_the_connection_with_its_code() {
    let directory = tale().directory();
    let said = |message: Value| Message::text(message.to_string());
    let init = || said(json!({ "type": "connection_init" }));
    let subscribe =
        |id: &str| said(json!({ "id": id, "type": "subscribe", "payload": { "query": changes_from_the_beginning() } }));
    let payload = |payload: Value| said(json!({ "id": "1", "type": "subscribe", "payload": payload }));
    for (messages, code) in [
        (vec![subscribe("1")], 4401),
        (vec![init(), init()], 4429),
        (vec![init(), subscribe("1"), subscribe("1")], 4409),
        (vec![init(), subscribe("1"), subscribe(&"长".repeat(500)), subscribe(&"长".repeat(500))], 4409),
        (vec![init(), subscribe("")], 4400),
        (vec![Message::text("{")], 4400),
        (vec![Message::text("[]")], 4400),
        (vec![Message::Binary(b"{}".to_vec().into())], 4400),
        (vec![said(json!({ "type": "begin", "id": "1", "payload": { "query": "{ position }" } }))], 4400),
        (vec![said(json!({ "type": "start", "id": "1", "payload": { "query": "{ position }" } }))], 4401),
        (vec![init(), said(json!({ "type": "connection_terminate" }))], 0),
        (vec![said(json!({ "type": "connection_init", "payload": "me" }))], 4400),
        (vec![said(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } }))], 4403),
        (vec![said(json!({ "type": "connection_init", "payload": { "headers": { "authorization": "x" } } }))], 4403),
        (vec![init(), payload(json!({}))], 4400),
        (vec![init(), payload(json!({ "query": 1 }))], 4400),
        (vec![init(), payload(json!({ "query": "{ position }", "variables": "x" }))], 4400),
        (vec![init(), payload(json!({ "query": "{ position }", "operationName": 1 }))], 4400),
        (vec![init(), payload(json!({ "query": "{ position }", "extensions": [] }))], 4400),
        (vec![init(), Message::Close(None)], 0),
    ] {
        let client = Client::connect(&directory);
        for message in &messages {
            client.send(message.clone());
        }
        assert_eq!(client.closed().await, code, "{messages:?}");
    }
}

#[tokio::test]
async fn who_does_not_introduce_themselves_in_time_or_is_gone_is_not_waited_for() {
    let directory = tale().directory();
    let soon = Duration::from_millis(20);
    let silent = Client::connect_with(&directory, |conversation| conversation.introduction = soon);
    assert_eq!(silent.closed().await, 4408);
    let gone = Client::connect_with(&directory, |conversation| conversation.keep_alive = soon);
    gone.say(json!({ "type": "connection_init" }));
    assert_eq!(gone.closed().await, 0);
}

#[tokio::test]
async fn when_the_process_ends_nothing_is_complete_and_the_client_is_to_come_back() {
    let directory = tale().directory();
    let mut client = Client::introduced(&directory).await;
    client.subscribe("s", &changes_from_the_beginning());
    client.hear().await;
    directory.read_model().shutdown.cancel();
    let mut rest = std::mem::replace(&mut client.from_server, unbounded().1);
    assert_eq!(client.closed().await, 1001);
    assert!(rest.next().await.is_none(), "no word of completion");
}

#[tokio::test]
async fn a_client_that_knows_only_the_older_protocol_is_answered_in_it() {
    let mut client = Client::introduced(&tale().directory()).await;
    let start = |id: &str, query: &str| json!({ "id": id, "type": "start", "payload": { "query": query } });
    client.say(start("q", "{ counters { resources } }"));
    let data = json!({ "type": "data", "id": "q", "payload": { "data": { "counters": { "resources": 1 } } } });
    assert_eq!(client.hear().await, data);
    assert_eq!(client.hear().await, json!({ "type": "complete", "id": "q" }));
    client.say(start("q", "{ nothing }"));
    assert_eq!(client.hear().await["payload"]["errors"][0]["extensions"]["code"], "BAD_QUERY");
    assert_eq!(client.hear().await["type"], "complete");
    client.say(start("s", &changes_from_the_beginning()));
    assert_eq!(client.hear().await["type"], "data");
    client.say(json!({ "type": "stop", "id": "s" }));
    assert_eq!(client.hear().await, json!({ "type": "complete", "id": "s" }));
}

#[tokio::test]
async fn a_connection_carries_so_many_operations_and_no_more() {
    let mut client = Client::introduced(&tale().directory()).await;
    for n in 0..=OPERATIONS {
        client.subscribe(&n.to_string(), "subscription { directoryChanges { kind } }");
    }
    let error = client.hear().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!(OPERATIONS.to_string())));
    assert_eq!(error["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
}

#[tokio::test]
async fn a_socket_ends_with_the_token_by_which_it_was_let_in() {
    let (clock, credential) = crate::testing::credential();
    let directory = tale().directory();
    let lapse = credential.lapses();
    let mut client = Client::connect_with(&directory, |conversation| conversation.lapse = Box::pin(lapse));
    client.say(json!({ "type": "connection_init" }));
    assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
    client.subscribe("s", &changes_from_the_beginning());
    assert_eq!(client.hear().await["payload"]["data"]["directoryChanges"]["kind"], "PUBLISHED");
    clock.advance(chrono::TimeDelta::minutes(10));
    assert_eq!(client.closed().await, 4403);
}
