//! Serving until told to stop, whoever holds how many connections open.
//!
//! HTTP/1.1 alone, as a proxy before it speaks it: a connection that says nothing is closed in time, and there are only so
//! many. `/healthz` has a few to itself, so that who watches the process learns that it is crowded and not dead.

use super::compression::compressed;
use super::platform::HEALTH;
use crate::http::{Connected, Lang, Problem, network};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use futures::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long requests in flight may take after shutdown began; live pages and subscriptions never end by themselves.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the network may leave what was sent unacknowledged, also by a reader who stopped reading.
const UNREAD: Duration = Duration::from_secs(60);

/// How long a reader may read nothing while something is there for it; then it is cut, whatever carries it: an answer, events, a
/// WebSocket. It comes back and goes on where it was.
const STALLED: Duration = Duration::from_secs(30);

/// How long a peer may be silent before it is asked whether it is still there, and how often it is asked.
const SILENT: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long to wait before accepting again when the system has no descriptor to give.
const NONE_LEFT: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many are served at a time.
    pub connections: usize,
    /// How many of them one address may hold. One of this machine may hold all: a proxy's are everybody's.
    pub of_one_address: usize,
    /// How many more are taken to answer `/healthz`, and to tell everybody else to come back.
    pub spare: usize,
    /// How long a client may take to send the head of a request, counted from the connection or from the answer before.
    pub head: Duration,
    /// How long a client may read nothing of what is there for it.
    pub unread: Duration,
}

/// So many connections a process serves at a time where it was told nothing else, and one address holds of them.
pub const CONNECTIONS: usize = 4096;
/// See [`CONNECTIONS`].
pub const OF_ONE_ADDRESS: usize = 512;

/// More connections were asked for than leave the process a quarter of its descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{connections} 个连接需要能打开 {needed} 个文件，本进程最多 {given} 个：请调高 ulimit -n（systemd 用 LimitNOFILE=） \
     {connections} connections need {needed} open files and this process may have {given}: raise ulimit -n (LimitNOFILE= of systemd)"
)]
pub struct TooFewDescriptors {
    /// So many connections.
    pub connections: usize,
    /// So many descriptors they need.
    pub needed: usize,
    /// So many the process may have.
    pub given: usize,
}

impl Limits {
    /// What this process may take: as many connections as were asked for, else [`CONNECTIONS`] or what leaves it a quarter of its
    /// descriptors, if that is less.
    ///
    /// # Errors
    /// When what was asked for needs more descriptors than there are.
    pub fn of_this_process(connections: Option<usize>, of_one_address: usize) -> Result<Limits, TooFewDescriptors> {
        Limits::within(descriptors(), connections, of_one_address)
    }

    fn within(given: usize, asked: Option<usize>, of_one_address: usize) -> Result<Limits, TooFewDescriptors> {
        match asked {
            Some(connections) if connections > given / 4 * 3 => Err(TooFewDescriptors::of(connections, given)),
            Some(connections) => Ok(Limits::of(connections, of_one_address)),
            None => Ok(Limits::usual(given, of_one_address)),
        }
    }

    fn usual(given: usize, of_one_address: usize) -> Limits {
        let most = given / 4 * 3;
        if most < CONNECTIONS {
            tracing::warn!(connections = most, "{}", TooFewDescriptors::of(CONNECTIONS, given));
        }
        Limits::of(CONNECTIONS.min(most), of_one_address)
    }

    fn of(connections: usize, of_one_address: usize) -> Limits {
        Limits { connections, of_one_address, spare: 16, head: Duration::from_secs(30), unread: STALLED }
    }
}

impl TooFewDescriptors {
    fn of(connections: usize, given: usize) -> TooFewDescriptors {
        TooFewDescriptors { connections, needed: connections.div_ceil(3).saturating_mul(4), given }
    }
}

/// How many descriptors the process may open. A shell's usual limit is for programs that look through all numbers below it;
/// this one does not, and takes what it may have.
fn descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let given = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: given.maximum, ..given };
    let now = if setrlimit(Resource::Nofile, raised).is_ok() { given.maximum } else { given.current };
    now.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

/// How long the head of a request may take on a connection that is one too many.
const HEAD_OF_SPARE: Duration = Duration::from_secs(2);

/// Serves, with answers made smaller for who can read that, until shut down; then takes no new connections, lets what
/// is in flight finish for up to ten seconds, and returns.
pub fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> BoxFuture<'static, io::Result<()>> {
    serve_within(Limits::usual(descriptors(), OF_ONE_ADDRESS), listener, router, shutdown)
}

/// The same within other limits.
pub fn serve_within(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(serve_until(limits, listener, router, shutdown))
}

async fn serve_until(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let doors = Doors::new(limits);
    let router = compressed(router);
    let crowded = router.clone().layer(middleware::from_fn(only_health));
    let open = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(NONE_LEFT).await;
                    continue;
                }
            },
            () = shutdown.cancelled() => break,
        };
        // One too many even to be told so: it is closed.
        let Some(place) = doors.enter(peer.ip()) else { continue };
        tune(&stream);
        let (router, head) = match place.kind {
            Kind::Served => (router.clone(), limits.head),
            Kind::Spare => (crowded.clone(), HEAD_OF_SPARE),
        };
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(head).keep_alive(place.kind == Kind::Served);
        let service =
            TowerToHyperService::new(router.map_request(move |request: Request<Incoming>| from(request, peer)));
        let connection = server
            .serve_connection(
                TokioIo::new(Held { stream, _place: place, unread: limits.unread, stalled: None }),
                service,
            )
            .with_upgrades();
        let stop = shutdown.clone();
        open.spawn(async move {
            tokio::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, %peer, "a connection broke off");
            }
        });
    }
    drop(listener);
    open.close();
    if tokio::time::timeout(DRAIN, open.wait()).await.is_err() {
        tracing::warn!("requests were still in flight {} s after shutdown", DRAIN.as_secs());
    }
    Ok(())
}

/// A client that was gone again before it was accepted is nobody's trouble.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// An answer leaves at once, however small; a reader that is gone, or reads nothing, is found out by the system.
fn tune(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let tuned = socket.set_tcp_nodelay(true).and_then(|()| {
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(SILENT).with_interval(ASK_AGAIN))?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(UNREAD))?;
        Ok(())
    });
    if let Err(error) = tuned {
        tracing::debug!(%error, "a connection keeps the system's settings");
    }
}

fn from(mut request: Request<Incoming>, peer: SocketAddr) -> Request {
    request.extensions_mut().insert(Connected(peer.ip().to_canonical()));
    request.map(Body::new)
}

/// What is answered on a connection that is one too many.
async fn only_health(request: Request, next: Next) -> Response {
    if request.uri().path() == HEALTH {
        return next.run(request).await;
    }
    let lang = Lang::of(request.uri(), request.headers());
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-connections")
        .zh("同时打开的连接太多，请稍后再试。")
        .en("Too many connections are open; try again in a moment.")
        .header("retry-after", "5")
        .respond(lang)
}

/// Lets connections in while there is room.
struct Doors {
    limits: Limits,
    served: Arc<Semaphore>,
    spare: Arc<Semaphore>,
    addresses: Addresses,
}

/// How many connections each address holds.
type Addresses = Arc<Mutex<HashMap<IpAddr, usize>>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Served,
    Spare,
}

/// A connection's place, free again when dropped.
struct Place {
    kind: Kind,
    address: IpAddr,
    addresses: Addresses,
    _permit: OwnedSemaphorePermit,
}

impl Doors {
    fn new(limits: Limits) -> Doors {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let (served, spare) = (semaphore(limits.connections), semaphore(limits.spare));
        Doors { limits, served, spare, addresses: Addresses::default() }
    }

    fn enter(&self, peer: IpAddr) -> Option<Place> {
        let address = network(peer);
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let held = addresses.get(&address).copied().unwrap_or_default();
        let is_welcome = address.is_loopback() || held < self.limits.of_one_address;
        let served = is_welcome.then(|| self.served.clone().try_acquire_owned().ok()).flatten();
        let (kind, permit) = match served {
            Some(permit) => (Kind::Served, permit),
            None => (Kind::Spare, self.spare.clone().try_acquire_owned().ok()?),
        };
        *addresses.entry(address).or_default() += 1;
        Some(Place { kind, address, addresses: self.addresses.clone(), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = addresses.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

/// A socket and its place, together also when a WebSocket has taken the socket over.
struct Held {
    stream: TcpStream,
    _place: Place,
    unread: Duration,
    /// Ends when the other side has read nothing for too long; none while it reads.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Held {
    /// What came of writing, or that it has stalled.
    fn unless_stalled<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let unread = self.unread;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(unread)));
        stalled.as_mut().poll(cx).map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the reader has stalled")))
    }
}

impl AsyncRead for Held {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.unless_stalled(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.unless_stalled(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Peer;
    use axum::routing::get;
    use std::time::Instant;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;

    const FEW: Limits = Limits {
        connections: 8,
        of_one_address: 8,
        spare: 2,
        head: Duration::from_millis(500),
        unread: Duration::from_millis(500),
    };
    const SOON: Duration = Duration::from_secs(10);

    struct Served {
        /// Told when `/long` has begun.
        begun: Arc<Notify>,
        address: SocketAddr,
        shutdown: CancellationToken,
        serving: tokio::task::JoinHandle<io::Result<()>>,
    }

    async fn served(limits: Limits) -> Served {
        let begun = Arc::new(Notify::new());
        let long = {
            let begun = begun.clone();
            move || async move {
                begun.notify_one();
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        let router = Router::new()
            .route(HEALTH, get(|| async { "ok" }))
            .route("/", get(|Peer(address): Peer| async move { address.to_string() }))
            .route("/long", get(long));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), CancellationToken::new());
        let serving = tokio::spawn(serve_within(limits, listener, router, shutdown.clone()));
        Served { begun, address, shutdown, serving }
    }

    impl Served {
        async fn says(&self, bytes: &str) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream
        }

        /// All that is answered until the connection is closed.
        async fn answered(&self, bytes: &str) -> String {
            rest(self.says(bytes).await).await
        }

        async fn get(&self, path: &str) -> String {
            self.answered(&format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")).await
        }
    }

    async fn rest(mut stream: TcpStream) -> String {
        let mut text = String::new();
        // A connection that is reset says no more either.
        let _ = tokio::time::timeout(SOON, stream.read_to_string(&mut text)).await.expect("it is closed");
        text
    }

    #[test]
    fn what_was_asked_for_is_served_or_refused_and_never_quietly_less() {
        let within = |given, asked| Limits::within(given, asked, 512).map(|limits| limits.connections);
        assert_eq!((within(20_000, None), within(1_024, None)), (Ok(4_096), Ok(768)));
        assert_eq!((within(20_000, Some(12_000)), within(20_000, Some(15_000))), (Ok(12_000), Ok(15_000)));
        let short = TooFewDescriptors { connections: 12_000, needed: 16_000, given: 1_024 };
        assert_eq!(within(1_024, Some(12_000)), Err(short));
        let said = short.to_string();
        assert!(said.contains("ulimit -n") && said.contains("需要能打开 16000"), "{said}");
        assert_eq!(within(usize::MAX, Some(4)), Ok(4), "no limit is no limit");
    }

    #[tokio::test]
    async fn whoever_is_silent_in_the_head_of_a_request_is_closed_in_time() {
        let served = served(FEW).await;
        for (what, bytes) in [
            ("nothing", ""),
            ("half a line", "GET / HT"),
            ("half a head", "GET / HTTP/1.1\r\nhost: h\r\nx-"),
            ("a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM"),
            ("an answered request, then nothing", "GET / HTTP/1.1\r\nhost: h\r\n\r\n"),
        ] {
            let start = Instant::now();
            served.answered(bytes).await;
            assert!(start.elapsed() < Duration::from_secs(5), "{what}: {:?}", start.elapsed());
        }
    }

    #[tokio::test]
    async fn when_all_connections_are_held_the_health_is_still_told_and_others_are_told_to_come_back() {
        let patient = Limits { head: SOON, ..FEW };
        let served = served(patient).await;
        let mut held = Vec::new();
        for _ in 0..patient.connections {
            // Answered once, so that it is certain that it has its place.
            let mut stream = served.says("GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
            stream.read_exact(&mut [0]).await.unwrap();
            held.push(stream);
        }
        assert!(served.get("/healthz").await.starts_with("HTTP/1.1 200"));
        let crowded = served.get("/").await;
        assert!(crowded.starts_with("HTTP/1.1 503") && crowded.contains("retry-after"), "{crowded}");
        held.clear();
        // The places are free again as soon as the server has noticed.
        let free = async {
            while !served.get("/").await.starts_with("HTTP/1.1 200") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, free).await.expect("whoever leaves makes room");
    }

    /// Says when nobody is answered any more.
    struct Ends(Arc<Notify>);

    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }

    #[tokio::test]
    async fn a_reader_that_has_stalled_is_cut_and_one_that_reads_slowly_is_not() {
        let ended = Arc::new(Notify::new());
        let told = ended.clone();
        let endless = get(move || {
            let ends = Ends(told.clone());
            async move {
                let pieces = futures::stream::repeat_with(move || {
                    let _ = &ends;
                    Ok::<_, std::convert::Infallible>(vec![b'x'; 64 * 1024])
                });
                Body::from_stream(pieces)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve_within(FEW, listener, Router::new().route("/", endless), CancellationToken::new()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").await.unwrap();
        // Slower than what comes, for longer than the patience.
        let mut some = vec![0; 1024 * 1024];
        for _ in 0..12 {
            stream.read_exact(&mut some).await.unwrap();
            tokio::time::sleep(FEW.unread / 5).await;
        }
        let cut = Instant::now();
        tokio::time::timeout(SOON, ended.notified()).await.expect("it is cut");
        assert!(cut.elapsed() >= FEW.unread / 2, "{:?}", cut.elapsed());
    }

    #[tokio::test]
    async fn what_is_in_flight_is_answered_after_the_process_was_asked_to_stop() {
        let served = served(FEW).await;
        let asked = served.says("GET /long HTTP/1.1\r\nhost: h\r\n\r\n").await;
        served.begun.notified().await;
        served.shutdown.cancel();
        assert!(rest(asked).await.starts_with("HTTP/1.1 200"));
        tokio::time::timeout(SOON, served.serving).await.expect("it ends").unwrap().unwrap();
        assert!(TcpStream::connect(served.address).await.is_err(), "nobody is let in any more");
    }

    #[test]
    fn one_address_holds_some_places_and_a_proxy_of_this_machine_all() {
        let limits = Limits { connections: 10, of_one_address: 3, spare: 2, ..FEW };
        let kinds = |address: &str, count: usize| {
            let doors = Doors::new(limits);
            let places: Vec<Option<Place>> = (0..count).map(|_| doors.enter(address.parse().unwrap())).collect();
            let of = |kind| places.iter().flatten().filter(|place| place.kind == kind).count();
            (of(Kind::Served), of(Kind::Spare))
        };
        assert_eq!(kinds("203.0.113.7", 20), (3, 2));
        assert_eq!(kinds("127.0.0.1", 20), (10, 2));
        // A household has a network of IPv6 addresses.
        let doors = Doors::new(limits);
        let many: Vec<Place> = (0..4).filter_map(|n| doors.enter(format!("2001:db8::{n}").parse().unwrap())).collect();
        assert_eq!(many.iter().filter(|place| place.kind == Kind::Served).count(), 3);
        drop(many);
        assert!(doors.addresses.lock().unwrap().is_empty(), "nobody is remembered who left");
    }
}
