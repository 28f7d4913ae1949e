//! One who follows a village: as little as reads what comes and knows it again, so that thousands cost this program little.

use schema::AreaCode;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

const QUERY: &str = "subscription ($area: AreaCode, $after: String) { directoryChanges(area: $area, after: $after) { cursor kind name caughtUp resource { id name area { code name } } } }";

/// How it is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    Events,
    WebSocket,
}

/// That one heard of an event.
#[derive(Debug)]
pub struct Heard {
    pub number: usize,
    pub round: u32,
    pub at: Instant,
}

/// The name by which the event of a round is known again.
pub fn mark(round: u32) -> String {
    format!("ROUND{round:05}")
}

/// A subscription that goes on until it is left.
pub struct Follower(JoinHandle<()>);

impl Follower {
    /// Connects and subscribes to all that comes behind a position.
    pub async fn open(
        (number, over): (usize, Over),
        address: &str,
        (area, after): (AreaCode, &str),
        round: &Arc<AtomicU32>,
        heard: UnboundedSender<Heard>,
    ) -> Follower {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let operation = json!({ "query": QUERY, "variables": { "area": area, "after": after } });
        let upgraded = match over {
            Over::Events => {
                let body = operation.to_string();
                let head = format!(
                    "POST /graphql HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(head.as_bytes()).await.expect("it is taken");
                head_of(&mut stream, "HTTP/1.1 200").await
            }
            Over::WebSocket => {
                let head = format!(
                    "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await.expect("it is taken");
                let upgraded = head_of(&mut stream, "HTTP/1.1 101").await;
                let introduction = frame(TEXT, json!({ "type": "connection_init" }).to_string().as_bytes());
                let subscribe = json!({ "id": "1", "type": "subscribe", "payload": operation });
                stream.write_all(&introduction).await.expect("it is taken");
                stream.write_all(&frame(TEXT, subscribe.to_string().as_bytes())).await.expect("it is taken");
                upgraded
            }
        };
        let reading = Reading { number, over, stream, buffer: upgraded, round: Arc::clone(round), heard };
        Follower(tokio::spawn(reading.follow()))
    }

    /// Breaks off.
    pub fn leave(self) {
        self.0.abort();
    }
}

/// Reads the head of an answer, which must begin so; gives what came behind it.
async fn head_of(stream: &mut TcpStream, begins: &str) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(512);
    loop {
        assert!(stream.read_buf(&mut buffer).await.expect("an answer") > 0, "it is closed");
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            assert!(head.starts_with(begins), "{head}");
            return buffer.split_off(end + 4);
        }
    }
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A frame of a client: masked, with a mask of nothing.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | kind];
    match u16::try_from(payload.len()).expect("a short message") {
        short @ 0..=125 => frame.push(0x80 | u8::try_from(short).expect("below 126")),
        long => {
            frame.push(0x80 | 126);
            frame.extend(long.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The first frame of a server's that is there whole, and its length with its head.
fn first(buffer: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (kind, short) = (buffer.first()? & 0x0f, usize::from(buffer.get(1)? & 0x7f));
    let (begin, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes([*buffer.get(2)?, *buffer.get(3)?]))),
        127 => panic!("a message of more than 64 KiB"),
        short => (2, short),
    };
    Some((kind, buffer.get(begin..begin + length)?, begin + length))
}

struct Reading {
    number: usize,
    over: Over,
    stream: TcpStream,
    buffer: Vec<u8>,
    round: Arc<AtomicU32>,
    heard: UnboundedSender<Heard>,
}

impl Reading {
    async fn follow(mut self) {
        loop {
            let at = Instant::now();
            match self.over {
                Over::Events => self.take_events(at),
                Over::WebSocket => self.take_frames(at).await,
            }
            let read = self.stream.read_buf(&mut self.buffer).await.expect("it goes on");
            assert!(read > 0, "{} is closed", self.number);
        }
    }

    /// Events end with a blank line, whatever pieces they come in.
    fn take_events(&mut self, at: Instant) {
        while let Some(end) = self.buffer.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
            self.hear(&event, at);
        }
    }

    async fn take_frames(&mut self, at: Instant) {
        while let Some((kind, payload, length)) = first(&self.buffer) {
            let payload = payload.to_vec();
            self.buffer.drain(..length);
            match kind {
                PING => self.stream.write_all(&frame(PONG, &payload)).await.expect("it is taken"),
                CLOSE => panic!("{} is closed: {}", self.number, String::from_utf8_lossy(&payload)),
                _ => self.hear(&payload, at),
            }
        }
    }

    /// Everything that is told must be of this round: nothing is late and nothing comes twice.
    fn hear(&self, told: &[u8], at: Instant) {
        let says = |what: &[u8]| told.windows(what.len()).any(|part| part == what);
        assert!(!says(b"\"errors\""), "{}", String::from_utf8_lossy(told));
        if says(b"directoryChanges") {
            let round = self.round.load(Ordering::SeqCst);
            let known = says(mark(round).as_bytes());
            assert!(known, "{} hears in round {round}: {}", self.number, String::from_utf8_lossy(told));
            let _ = self.heard.send(Heard { number: self.number, round, at });
        }
    }
}
