//! The follow loop: every event of some streams, once and in order, for as long as the process runs.

use crate::health::{Health, Parked, Probe};
use crate::log::{Feed, Item, Log, Recorded};
use crate::metrics;
use futures::future::BoxFuture;
use schema::Position;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Items that wait for an asynchronous consumer.
const WAITING: usize = 256;

/// What a follower is given. Positions never fall.
#[derive(Clone, Copy, Debug)]
pub enum Followed<'a> {
    /// An event.
    Event(&'a Recorded),
    /// Everything up to here has been given, and that was the head of the log when the server was asked. Comes again
    /// after every interruption.
    CaughtUp(Position),
    /// Everything up to here that passes the filter has been given. Comes now and then.
    Checkpoint(Position),
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
pub enum Verdict {
    /// It took it in, or it is none of its concern.
    Continue,
    /// It can make nothing of it, for this reason. The event is counted, logged and listed under `/readyz`; the
    /// follower goes on with the next.
    Park(String),
}

/// Gives `each` every event after a position, in streams that begin with one of the prefixes (in every stream, if
/// there are none), until shut down. Each event comes once and in order per call of this function.
///
/// The subscription is opened anew whenever it breaks or falls silent, on a new client where the old one is dead.
/// The follower's probe is there, and not ready, before the future is first polled; it is ready once the follower has
/// caught up for the first time, and stays so while the log is away.
pub fn follow<'f>(
    log: &Log,
    name: &'static str,
    prefixes: Vec<String>,
    after: Option<Position>,
    health: &Health,
    shutdown: CancellationToken,
    each: impl FnMut(Followed<'_>) -> Verdict + Send + 'f,
) -> BoxFuture<'f, ()> {
    let watch = Watch::new(name, health);
    let feed = Feed::new(log, name, prefixes, after);
    boxed_run(watch, feed, shutdown, Box::new(each))
}

/// What a follower does with what it is given.
type Each<'f> = Box<dyn FnMut(Followed<'_>) -> Verdict + Send + 'f>;

fn boxed_run(watch: Watch, feed: Feed, shutdown: CancellationToken, each: Each<'_>) -> BoxFuture<'_, ()> {
    Box::pin(run(watch, feed, shutdown, each))
}

async fn run(mut watch: Watch, mut feed: Feed, shutdown: CancellationToken, mut each: Each<'_>) {
    let stop = shutdown.cancelled();
    tokio::pin!(stop);
    loop {
        let item = tokio::select! {
            biased;
            () = &mut stop => break,
            item = feed.next() => item,
        };
        watch.before(&item);
        let verdict = match &item {
            Item::Event(event) => each(Followed::Event(event)),
            Item::CaughtUp(position) => each(Followed::CaughtUp(*position)),
            Item::Checkpoint(position) => each(Followed::Checkpoint(*position)),
            Item::Trouble(_) => Verdict::Continue,
        };
        if let (Verdict::Park(reason), Item::Event(event)) = (verdict, &item) {
            park(&watch.probe, watch.name, event, reason);
        }
        watch.after(&item);
    }
    watch.end();
}

/// Follows in a task of its own, for a consumer that has to wait between events. The task ends when shut down or when
/// the receiver is dropped; a slow consumer holds it up, and nothing is lost.
///
/// The follower's probe is ready when the consumer has been *given* everything; one that needs time of its own to take
/// it in registers a probe of its own. To set an event aside, use [`park`].
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

/// Sets an event aside that nothing can be made of: counted, logged, listed under `/readyz`.
pub fn park(probe: &Probe, name: &'static str, event: &Recorded, reason: String) {
    let Recorded { revision, position, .. } = *event;
    let (stream, event_type) = (event.stream.clone(), event.event_type.clone());
    set_aside(probe, name, Parked { stream, revision, position, event_type, reason });
}

/// Sets something aside that follows from the log and cannot be written to it, now or later: counted, logged, listed under
/// `/readyz`.
pub fn park_unwritten(probe: &Probe, name: &'static str, stream: String, event_type: &str, reason: String) {
    let event_type = event_type.to_owned();
    set_aside(probe, name, Parked { stream, revision: 0, position: Position::default(), event_type, reason });
}

fn set_aside(probe: &Probe, name: &'static str, parked: Parked) {
    metrics::PARKED.with_label_values(&[name]).inc();
    let Parked { stream, revision, event_type, reason, .. } = &parked;
    tracing::error!(follower = name, stream, revision, event_type, reason, "an event was set aside");
    probe.park(parked);
}

/// Keeps a follower's probe and figures up to date.
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
