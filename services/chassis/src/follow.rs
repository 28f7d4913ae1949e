//! The follow loop: every event of some streams, once and in order, for as long as the process runs.

use crate::clock::Clock;
use crate::health::{Health, Parked, ParkedKind, Probe, Why};
use crate::log::{Feed, Item, Log, LogError, Recorded};
use crate::metrics;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use schema::Position;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Items that wait for an asynchronous consumer.
const WAITING: usize = 256;

/// How many events are decoded in one go, beside what is done with those before them.
const DECODED_AT_ONCE: usize = 128;

/// How many of these are under way.
const AHEAD: usize = 4;

/// What a follower is given. Positions never fall.
#[derive(Debug)]
pub enum Followed<'a, D> {
    /// An event, and what was decoded of it.
    Event(&'a Recorded, D),
    /// Everything up to here has been given, and that was the head of the log when the server was asked. Comes again
    /// after every interruption.
    CaughtUp(Position),
    /// Everything up to here that passes the filter has been given. Comes now and then.
    Checkpoint(Position),
    /// Nothing waits to be given just now: whoever does things in batches does them now.
    Waiting,
}

/// [`Followed`], owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowedOwned {
    /// An event.
    Event(Recorded),
    /// Everything up to here has been given, and that was the head of the log when the server was asked.
    CaughtUp(Position),
    /// Everything up to here that passes the filter has been given.
    Checkpoint(Position),
}

/// What a follower made of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It applied it, or it is none of its concern.
    Continue,
    /// It can make nothing of it, for this reason. The event is parked; the follower goes on with the next.
    Park(Why),
}

/// Gives `each` every event after a position, in streams that begin with one of the prefixes (in every stream, if
/// there are none), until shut down. Each event comes once and in order per call of this function.
///
/// What can be made of an event by itself, `decode` makes: where many wait, on other threads and ahead of `each`.
///
/// The subscription is opened anew whenever it breaks or falls silent, on a new client where the old one is dead.
/// The follower's probe is there, and not ready, before the future is first polled; it is ready once the follower has
/// caught up for the first time, and stays so while the log is away.
#[expect(clippy::too_many_arguments, reason = "each is one thing, and the two functions stand last")]
pub fn follow<'f, D: Send + 'static>(
    log: &Log,
    name: &'static str,
    prefixes: Vec<String>,
    after: Option<Position>,
    health: &Health,
    shutdown: CancellationToken,
    decode: impl Fn(&Recorded) -> D + Send + Sync + 'static,
    each: impl FnMut(Followed<'_, D>) -> Handling + Send + 'f,
) -> BoxFuture<'f, ()> {
    let watch = Watch::new(name, health);
    let feed = Feed::new(log, name, prefixes, after);
    let follower = Follower { watch, ahead: VecDeque::new(), decode: Arc::new(decode), each: Box::new(each) };
    Box::pin(follower.run(feed, shutdown))
}

/// What becomes of an event by itself.
type Decode<D> = Arc<dyn Fn(&Recorded) -> D + Send + Sync>;

/// What a follower does with what it is given.
type Each<'f, D> = Box<dyn FnMut(Followed<'_, D>) -> Handling + Send + 'f>;

/// What a feed gave, in its order.
enum Given<D> {
    /// Events that wait to be decoded, fewer than are decoded in one go.
    Few(Vec<Recorded>),
    Decoding(JoinHandle<Vec<(Recorded, D)>>),
    /// What is no event.
    Other(Item),
}

struct Follower<'f, D> {
    watch: Watch,
    ahead: VecDeque<Given<D>>,
    decode: Decode<D>,
    each: Each<'f, D>,
}

impl<D: Send + 'static> Follower<'_, D> {
    async fn run(mut self, mut feed: Feed, shutdown: CancellationToken) {
        let stop = shutdown.cancelled();
        tokio::pin!(stop);
        while !shutdown.is_cancelled() {
            let next = feed.next();
            tokio::pin!(next);
            let item = loop {
                if let Some(item) = next.as_mut().now_or_never() {
                    break item;
                }
                if self.ahead.is_empty() {
                    (self.each)(Followed::Waiting);
                    tokio::select! {
                        biased;
                        () = &mut stop => return self.watch.end(),
                        item = next.as_mut() => break item,
                    }
                }
                self.take().await;
            };
            self.add(item);
            if self.ahead.len() > AHEAD {
                self.take().await;
            }
        }
        self.watch.end();
    }

    /// Puts what came behind what came before.
    fn add(&mut self, item: Item) {
        let event = match item {
            Item::Event(event) => event,
            Item::CaughtUp(_) | Item::Checkpoint(_) | Item::Trouble(_) => {
                return self.ahead.push_back(Given::Other(item));
            }
        };
        let Some(Given::Few(mut events)) = self.ahead.pop_back_if(|given| matches!(given, Given::Few(_))) else {
            return self.ahead.push_back(Given::Few(vec![event]));
        };
        events.push(event);
        self.ahead.push_back(if events.len() < DECODED_AT_ONCE {
            Given::Few(events)
        } else {
            let decode = Arc::clone(&self.decode);
            let decoded = move |event: Recorded| {
                let decoded = decode(&event);
                (event, decoded)
            };
            Given::Decoding(tokio::task::spawn_blocking(move || events.into_iter().map(decoded).collect()))
        });
    }

    /// Does what came first.
    async fn take(&mut self) {
        match self.ahead.pop_front() {
            Some(Given::Few(events)) => {
                for event in events {
                    let decoded = (self.decode)(&event);
                    self.give(event, decoded);
                }
            }
            Some(Given::Decoding(events)) => match events.await {
                Ok(events) => {
                    for (event, decoded) in events {
                        self.give(event, decoded);
                    }
                }
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // The process ends, and this task with it.
                    Err(_) => std::future::pending().await,
                },
            },
            Some(Given::Other(item)) => {
                self.watch.before(&item);
                match &item {
                    Item::CaughtUp(position) => drop((self.each)(Followed::CaughtUp(*position))),
                    Item::Checkpoint(position) => drop((self.each)(Followed::Checkpoint(*position))),
                    Item::Event(_) | Item::Trouble(_) => {}
                }
                self.watch.after(&item);
            }
            None => {}
        }
    }

    fn give(&mut self, event: Recorded, decoded: D) {
        if let Handling::Park(reason) = (self.each)(Followed::Event(&event, decoded)) {
            park(&self.watch.probe, self.watch.name, &event, reason);
        }
        let item = Item::Event(event);
        self.watch.before(&item);
        self.watch.after(&item);
    }
}

/// Follows in a task of its own, for a consumer that has to wait between events. The task ends when shut down or when
/// the receiver is dropped; a slow consumer holds it up, and nothing is lost.
///
/// The follower's probe is ready when the consumer has been *given* everything; one that needs time of its own to
/// apply it registers a probe of its own. To set an event aside, use [`park`].
pub fn follow_stream(
    log: &Log,
    name: &'static str,
    prefixes: Vec<String>,
    after: Option<Position>,
    health: &Health,
    shutdown: CancellationToken,
) -> mpsc::Receiver<FollowedOwned> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut watch = Watch::new(name, health);
    let mut feed = Feed::new(log, name, prefixes, after);
    tokio::spawn(async move {
        let run = async {
            loop {
                let item = feed.next().await;
                watch.before(&item);
                let (owned, passed) = match item {
                    Item::Event(event) => (FollowedOwned::Event(event.clone()), Item::Event(event)),
                    Item::CaughtUp(position) => (FollowedOwned::CaughtUp(position), Item::CaughtUp(position)),
                    Item::Checkpoint(position) => (FollowedOwned::Checkpoint(position), Item::Checkpoint(position)),
                    Item::Trouble(_) => continue,
                };
                if sender.send(owned).await.is_err() {
                    return;
                }
                watch.after(&passed);
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = sender.closed() => {}
            () = run => {}
        }
        watch.end();
    });
    receiver
}

/// Sets an event aside that nothing can be made of: counted, logged, listed under `/api/parked`.
pub fn park(probe: &Probe, name: &'static str, event: &Recorded, reason: impl Into<Why>) {
    let (stream, event_type) = (event.stream.clone(), event.event_type.clone());
    let since = event.envelope().map_or_else(|_| Clock::system().now(), |envelope| envelope.recorded_at);
    let Why { zh: reason_zh, en: reason } = reason.into();
    let (kind, revision) = (ParkedKind::Event, Some(event.revision));
    set_aside(probe, name, Parked { kind, stream, revision, event_type, reason, reason_zh, since });
}

/// Sets something aside that follows from the log and that the log refuses, however often it is sent: counted, logged,
/// listed under `/api/parked` until [`Probe::unpark`] is told that its stream was written.
pub fn park_unwritten(probe: &Probe, name: &'static str, stream: String, event_type: &str, refusal: &LogError) {
    let (event_type, since) = (event_type.to_owned(), Clock::system().now());
    let Why { zh: reason_zh, en: reason } = refusal.into();
    let (kind, revision) = (ParkedKind::Publication, None);
    set_aside(probe, name, Parked { kind, stream, revision, event_type, reason, reason_zh, since });
}

fn set_aside(probe: &Probe, name: &'static str, parked: Parked) {
    metrics::PARKED.with_label_values(&[name]).inc();
    let Parked { stream, revision, event_type, reason, .. } = &parked;
    tracing::error!(follower = name, stream, revision, event_type, reason, "an event was set aside");
    probe.park(parked);
}

/// Keeps a follower's probe and metrics up to date.
struct Watch {
    name: &'static str,
    probe: Probe,
    troubled: bool,
    followed: prometheus::IntCounter,
    position: prometheus::IntGauge,
    ended: bool,
}

impl Watch {
    fn new(name: &'static str, health: &Health) -> Watch {
        Watch {
            name,
            probe: health.register(name),
            troubled: false,
            followed: metrics::FOLLOWED.with_label_values(&[name]),
            position: metrics::FOLLOW_POSITION.with_label_values(&[name]),
            ended: false,
        }
    }

    /// The follower ends because it was asked to.
    fn end(mut self) {
        self.ended = true;
    }

    fn before(&mut self, item: &Item) {
        match item {
            Item::Trouble(problem) => {
                if !self.troubled {
                    tracing::warn!(follower = self.name, problem, "the log is away; trying until it is back");
                }
                self.troubled = true;
                self.probe.trouble(Some(problem.clone()));
            }
            Item::Event(_) | Item::CaughtUp(_) | Item::Checkpoint(_) => {
                if self.troubled {
                    tracing::info!(follower = self.name, "the log is back");
                    self.troubled = false;
                    self.probe.trouble(None);
                }
            }
        }
    }

    fn after(&mut self, item: &Item) {
        let position = match item {
            Item::Event(event) => {
                self.followed.inc();
                event.position
            }
            Item::CaughtUp(position) => {
                self.probe.ready(true);
                *position
            }
            Item::Checkpoint(position) => *position,
            Item::Trouble(_) => return,
        };
        self.probe.at(position);
        self.position.set(i64::try_from(position.commit).unwrap_or(i64::MAX));
    }
}

impl Drop for Watch {
    /// A follower that panicked must not look like one that is at rest.
    fn drop(&mut self) {
        if !self.ended && std::thread::panicking() {
            self.probe.ready(false);
            self.probe.trouble(Some("the follower panicked".to_owned()));
        }
    }
}
