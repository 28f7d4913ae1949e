//! Starting and stopping.

use crate::features::Features;
use crate::gossip::Node;
use crate::socket;
use crate::storage::{OpenError, Storage};
use crate::streams::Streams;
use crate::wire::gossip::gossip_server::GossipServer;
use crate::wire::server_features::server_features_server::ServerFeaturesServer;
use crate::wire::streams::streams_server::StreamsServer;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The largest message, both ways, as with the official clients.
const MAX_MESSAGE: usize = 17 * 1024 * 1024;

/// How long clients may take to hang up when the server stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Where a server keeps its log and where it listens.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory of the log, created if missing. None for a log that goes away with the server and does not wait
    /// for the disk.
    pub data: Option<PathBuf>,
    /// A loopback address; port 0 for any free port.
    pub listen: SocketAddr,
}

impl Options {
    /// A log that goes away with the server, on any free port.
    pub fn in_memory() -> Options {
        Options { data: None, listen: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Other machines could reach the address, and there is neither encryption nor a password.
    #[error(
        "日志服务没有加密和口令，只能监听本机地址（127.0.0.1 或 ::1），不能监听 {0} \
         the log server listens on loopback addresses only (127.0.0.1 or ::1), not on {0}: it has no TLS and no credentials"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken or not this machine's.
    #[error("日志服务无法监听 the log server cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The log cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// A running server. Dropping it stops it without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    storage: Arc<Storage>,
    serving: tokio::task::JoinHandle<()>,
    /// Cancelled when nobody is served any more.
    ended: CancellationToken,
    stopping: DropGuard,
}

impl Server {
    /// Opens the log and listens. Once this returns, clients can connect.
    pub async fn start(options: Options) -> Result<Server, StartError> {
        let Options { data, listen } = options;
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let listening = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let storage = tokio::task::spawn_blocking(move || Storage::open(data.as_deref()))
            .await
            .map_err(|error| listening(io::Error::other(error)))??;
        let storage = Arc::new(storage);

        let stopping = CancellationToken::new();
        let ended = CancellationToken::new();
        let serving =
            tokio::spawn(serve(listener, address, Arc::clone(&storage), stopping.clone(), ended.clone().drop_guard()));
        tracing::info!(%address, log = %storage.log_id, head = *storage.head().borrow(), "the log server listens");
        Ok(Server { address, storage, serving, ended, stopping: stopping.drop_guard() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The connection string for the official clients. A client sleeps one discovery interval before its first try
    /// and gives up for good after the attempts; these are chosen for a server that may be restarted.
    pub fn url(&self) -> String {
        format!("esdb://{}?tls=false&discoveryInterval=50&maxDiscoverAttempts=20", self.address)
    }

    /// The identity drawn when the log was created; it stays with the data.
    pub fn log_id(&self) -> uuid::Uuid {
        self.storage.log_id
    }

    /// Ends subscriptions and reads, finishes the appends that have arrived, closes the file.
    pub async fn stop(self) {
        drop(self.stopping);
        let mut serving = self.serving;
        if tokio::time::timeout(DRAIN, &mut serving).await.is_err() {
            tracing::warn!("clients did not hang up in time");
            serving.abort();
        }
        self.storage.readers.close();
        self.storage.close().await;
        tracing::info!(address = %self.address, "the log server has stopped");
    }

    /// Resolves when the server has died: nobody is served, or nothing can be written any more.
    pub async fn stopped(&self) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = self.storage.writer_ended.cancelled() => {}
        }
    }
}

async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    storage: Arc<Storage>,
    stopping: CancellationToken,
    _ended: DropGuard,
) {
    let node = Node { id: storage.log_id, address };
    let streams = StreamsServer::new(Streams::new(storage, stopping.clone()))
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let connections =
        futures::stream::unfold(listener, |listener| async move { Some((socket::accept(&listener).await, listener)) });
    let served = tonic::transport::Server::builder()
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(8 * 1024 * 1024)
        // One client may follow and append as much as it likes, and change its mind.
        .max_concurrent_streams(65_536)
        .http2_max_pending_accept_reset_streams(Some(4096))
        .http2_max_local_error_reset_streams(Some(65_536))
        .add_service(streams)
        .add_service(ServerFeaturesServer::new(Features))
        .add_service(GossipServer::new(node))
        .serve_with_incoming_shutdown(
            tokio_stream::StreamExt::map(connections, Ok::<_, io::Error>),
            stopping.cancelled(),
        )
        .await;
    if let Err(error) = served {
        tracing::error!(%error, "the log server has failed");
    }
}
