//! Servers that come and go, and a wire that can be cut.

use chassis::clock::Clock;
use chassis::command::Command;
use chassis::log::{Log, Metadata, NewEvent, Timing};
use log_server::{Options, Server};
use schema::ids;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// Nothing in these tests takes longer unless it is broken.
pub const SOON: Duration = Duration::from_secs(30);

/// Waiting times for servers that are away for a moment only.
pub fn quick() -> Timing {
    Timing {
        patience: Duration::from_secs(20),
        attempt: Duration::from_secs(2),
        pause_least: Duration::from_millis(10),
        pause_most: Duration::from_millis(200),
        idle: Duration::from_millis(150),
        strikes: 2,
    }
}

pub async fn in_memory() -> Server {
    Server::start(Options { data: None, listen: any_port() }).await.unwrap()
}

pub async fn on_disk(directory: &Path, listen: SocketAddr) -> Server {
    let options = Options { data: Some(directory.to_owned()), listen };
    let start = async {
        loop {
            // The port of a server that has just stopped may be busy for a moment.
            match Server::start(options.clone()).await {
                Ok(server) => return server,
                Err(error) => {
                    eprintln!("not yet: {error}");
                    tokio::task::yield_now().await;
                }
            }
        }
    };
    tokio::time::timeout(SOON, start).await.expect("the server starts")
}

pub fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// An address at which nobody listens yet.
pub async fn free_address() -> SocketAddr {
    TcpListener::bind(any_port()).await.unwrap().local_addr().unwrap()
}

pub fn url(address: SocketAddr) -> String {
    format!("esdb://{address}")
}

pub async fn connect(server: &Server) -> Log {
    Log::connect_with(&url(server.address()), quick()).await.unwrap()
}

/// An event that says how manieth it is.
pub fn numbered(stream: &str, number: usize) -> NewEvent {
    NewEvent {
        id: ids::derive(&[stream, &number.to_string()]),
        event_type: "Numbered".to_owned(),
        data: json!({ "number": number }),
        metadata: Metadata::Given(json!({})),
    }
}

pub fn number_of(event: &chassis::log::Recorded) -> usize {
    let data: serde_json::Value = serde_json::from_slice(&event.data).unwrap();
    usize::try_from(data["number"].as_u64().unwrap()).unwrap()
}

pub fn command(key: &str, body: i64) -> Command {
    Command::of("tester", key, &body, Clock::system().now()).unwrap()
}

/// Stands in for a server that is not up: hangs up on so many connections, then goes away.
pub async fn turn_away(address: SocketAddr, connections: usize) {
    let turn_away = async {
        let listener = loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        for _ in 0..connections {
            drop(listener.accept().await.unwrap());
        }
    };
    tokio::time::timeout(SOON, turn_away).await.expect("clients keep trying");
}

/// Waits until something is so.
pub async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let wait = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(SOON, wait).await.is_ok(), "waited in vain for: {what}");
}

/// A wire between a client and a server that can lose answers, fall silent, and be cut.
pub struct Wire {
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    server: SocketAddr,
    /// Whether what the server says is lost.
    deaf: AtomicBool,
    /// Bytes lost on the way back.
    lost: AtomicUsize,
    cut: Notify,
}

impl Wire {
    pub async fn to(server: SocketAddr) -> Wire {
        let listener = TcpListener::bind(any_port()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state =
            Arc::new(State { server, deaf: AtomicBool::new(false), lost: AtomicUsize::new(0), cut: Notify::new() });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, Arc::clone(&shared)));
            }
        });
        Wire { address, state }
    }

    /// From now on, what the server says on any connection is lost.
    pub fn deafen(&self) {
        self.state.deaf.store(true, Ordering::SeqCst);
    }

    /// Cuts all connections; new ones work.
    pub fn cut_and_mend(&self) {
        self.state.deaf.store(false, Ordering::SeqCst);
        self.state.cut.notify_waiters();
    }
}

async fn carry(client: TcpStream, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(state.server).await else { return };
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut server_reads, mut server_writes) = server.into_split();
    let there = async { tokio::io::copy(&mut client_reads, &mut server_writes).await.map(drop) };
    let back = async {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let count = server_reads.read(&mut bytes).await?;
            if count == 0 {
                return Ok(());
            }
            if state.deaf.load(Ordering::SeqCst) {
                state.lost.fetch_add(count, Ordering::SeqCst);
            } else {
                client_writes.write_all(&bytes[..count]).await?;
            }
        }
    };
    tokio::select! {
        _ = there => {}
        _ = async { back.await as std::io::Result<()> } => {}
        () = state.cut.notified() => {}
    }
}
