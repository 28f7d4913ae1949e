//! A subscription to `$all` that never ends.

use super::link::{self, Failure, Pause};
use super::recorded::{self, Recorded};
use super::{Log, LogError, Timing};
use crate::metrics;
use eventstore::{
    Client, ReadAllOptions, StreamPosition, SubscribeToAllOptions, SubscriptionEvent, SubscriptionFilter,
};
use futures::FutureExt as _;
use schema::Position;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// After how many events searched the server says where it is, even if none passed the filter.
const CHECKPOINT_EVERY: u32 = 128;

/// Events that go together from the connection to the consumer where they are there already, and how many times as many may be on
/// their way.
const TOGETHER: usize = 64;
const IN_FLIGHT: usize = 16;

/// How many events the watchdog looks at when it asks whether a silent subscription missed one.
const WATCHDOG_READS: usize = 500;

/// What a feed gives. Positions never fall; events are given once, in order.
#[derive(Debug)]
pub(crate) enum Item {
    Event(Recorded),
    /// Everything up to here has been given, and that was the head of the log when the server was asked.
    CaughtUp(Position),
    /// Everything up to here that passes the filter has been given.
    Checkpoint(Position),
    /// The subscription broke; it is being opened anew.
    Trouble(String),
}

pub(crate) struct Feed {
    log: Log,
    name: &'static str,
    prefixes: Vec<String>,
    /// Everything up to here has been given.
    reached: Option<Position>,
    caught_up: bool,
    pause: Pause,
    /// Comparisons in a row that showed a missed event.
    strikes: u32,
    /// Doubles each time a subscription is given up for its silence, so that a slow server is not asked for ever.
    strikes_allowed: u32,
    opened: u64,
    /// The latest head that was asked for.
    head: Position,
    lag: prometheus::IntGauge,
    live: Option<Live>,
}

/// An open subscription, pumped by a task of its own: the client's `next` must not be cancelled, and a client that
/// panics takes only the pump with it.
struct Live {
    client: Client,
    signals: mpsc::Receiver<Vec<Result<SubscriptionEvent, Failure>>>,
    /// Those that came and were not given yet.
    come: std::vec::IntoIter<Result<SubscriptionEvent, Failure>>,
    head_at_start: Position,
    _pump: AbortOnDropHandle<()>,
}

impl Feed {
    pub(crate) fn new(log: &Log, name: &'static str, prefixes: Vec<String>, after: Option<Position>) -> Feed {
        let timing = log.inner.timing;
        Feed {
            log: log.clone(),
            name,
            prefixes,
            reached: after,
            caught_up: false,
            pause: Pause::new(timing),
            strikes: 0,
            strikes_allowed: timing.strikes,
            opened: 0,
            head: Position::default(),
            lag: metrics::FOLLOW_LAG.with_label_values(&[name]),
            live: None,
        }
    }

    fn timing(&self) -> Timing {
        self.log.inner.timing
    }

    /// The next item. Waits for as long as it takes; dropping the wait may lose an item, so drop the feed with it.
    pub(crate) async fn next(&mut self) -> Item {
        loop {
            let Some(live) = &mut self.live else {
                if let Some(item) = self.open().await {
                    return item;
                }
                continue;
            };
            let signal = match live.come.next() {
                Some(signal) => Some(signal),
                None => {
                    let come = match live.signals.try_recv() {
                        Ok(come) => Some(come),
                        Err(mpsc::error::TryRecvError::Disconnected) => None,
                        Err(mpsc::error::TryRecvError::Empty) => {
                            match tokio::time::timeout(self.log.inner.timing.idle, live.signals.recv()).await {
                                Ok(come) => come,
                                Err(_) => match self.look_after().await {
                                    Some(item) => return item,
                                    None => continue,
                                },
                            }
                        }
                    };
                    match come {
                        Some(come) => {
                            live.come = come.into_iter();
                            continue;
                        }
                        None => None,
                    }
                }
            };
            let item = match signal {
                Some(Ok(signal)) => self.take(signal),
                Some(Err(failure)) => Some(self.broke(failure).await),
                None => {
                    let problem = "the subscription's task ended".to_owned();
                    Some(self.broke(Failure::Silence { problem, dead: true }).await)
                }
            };
            if let Some(item) = item {
                return item;
            }
        }
    }

    /// Turns what the server said into an item, if there is news in it.
    fn take(&mut self, signal: SubscriptionEvent) -> Option<Item> {
        self.strikes = 0;
        match signal {
            SubscriptionEvent::EventAppeared(event) => {
                let event = Recorded::from_client(event)?;
                if self.reached.is_some_and(|reached| event.position <= reached) {
                    return None;
                }
                self.well();
                self.reached = Some(event.position);
                self.show_lag();
                Some(Item::Event(event))
            }
            SubscriptionEvent::Checkpoint(position) => self.advance(recorded::position(position)).map(Item::Checkpoint),
            SubscriptionEvent::CaughtUp => {
                self.well();
                let head = self.live.as_ref().map(|live| live.head_at_start).unwrap_or_default();
                self.advance(head);
                self.caught_up = true;
                Some(Item::CaughtUp(self.reached.unwrap_or_default()))
            }
            SubscriptionEvent::Confirmed(_)
            | SubscriptionEvent::FirstStreamPosition(_)
            | SubscriptionEvent::LastStreamPosition(_)
            | SubscriptionEvent::LastAllPosition(_)
            | SubscriptionEvent::FellBehind => None,
        }
    }

    /// Notes that everything up to a position has been given; none if that is no news.
    fn advance(&mut self, position: Position) -> Option<Position> {
        if position == Position::default() || self.reached.is_some_and(|reached| position <= reached) {
            return None;
        }
        self.reached = Some(position);
        self.show_lag();
        Some(position)
    }

    fn show_lag(&self) {
        let behind = self.head.commit.saturating_sub(self.reached.unwrap_or_default().commit);
        self.lag.set(i64::try_from(behind).unwrap_or(i64::MAX));
    }

    fn well(&mut self) {
        self.pause.reset();
        self.strikes_allowed = self.timing().strikes;
    }

    /// Opens a subscription after the last event given; says what went wrong.
    async fn open(&mut self) -> Option<Item> {
        let client = match self.log.take_client(self.opened > 0) {
            Ok(client) => client,
            Err(error) => return Some(self.broke(Failure::Answer(error)).await),
        };
        let head_at_start = match self.log.greet(&client).await {
            Ok(head) => head,
            Err(failure) => return Some(self.broke(failure).await),
        };
        let mut options = SubscribeToAllOptions::default();
        if let Some(reached) = self.reached.filter(|reached| *reached != Position::default()) {
            let position = eventstore::Position { commit: reached.commit, prepare: reached.prepare };
            options = options.position(StreamPosition::Position(position));
        }
        if !self.prefixes.is_empty() {
            let filter = SubscriptionFilter::on_stream_name().max(CHECKPOINT_EVERY);
            options = options.filter(self.prefixes.iter().fold(filter, |filter, prefix| filter.add_prefix(prefix)));
        }
        let mut subscription = client.subscribe_to_all(&options).await;
        let (sender, signals) = mpsc::channel(IN_FLIGHT);
        let pump = tokio::spawn(async move {
            let mut come = Vec::new();
            loop {
                let next = subscription.next_subscription_event();
                tokio::pin!(next);
                // What is there already goes together.
                let signal = match next.as_mut().now_or_never() {
                    Some(signal) => signal,
                    None => {
                        if !come.is_empty() && sender.send(std::mem::take(&mut come)).await.is_err() {
                            return;
                        }
                        next.await
                    }
                };
                let over = signal.is_err();
                come.push(signal.map_err(Failure::from));
                if over || come.len() == TOGETHER {
                    let sent = sender.send(std::mem::take(&mut come)).await;
                    if over || sent.is_err() {
                        return;
                    }
                }
            }
        });
        if self.opened > 0 {
            metrics::RESUBSCRIPTIONS.with_label_values(&[self.name]).inc();
        }
        self.opened += 1;
        self.head = head_at_start;
        self.show_lag();
        let come = Vec::new().into_iter();
        self.live = Some(Live { client, signals, come, head_at_start, _pump: AbortOnDropHandle::new(pump) });
        None
    }

    /// Closes the subscription and waits a little before the next.
    async fn broke(&mut self, failure: Failure) -> Item {
        if let Some(live) = self.live.take() {
            match failure {
                Failure::Silence { dead: true, .. } => drop(live),
                Failure::Silence { dead: false, .. } | Failure::Answer(_) => self.log.give_back(live.client),
            }
        }
        self.log.inner.commands.doubt();
        let problem = failure.to_string();
        tracing::debug!(follower = self.name, problem, "the subscription broke; opening it anew");
        tokio::time::sleep(self.pause.next()).await;
        Item::Trouble(problem)
    }

    /// Asks, when nothing has come for a while, whether something should have.
    async fn look_after(&mut self) -> Option<Item> {
        let (Some(live), timing) = (&self.live, self.timing()) else { return None };
        let after = self.reached.unwrap_or_default();
        let look = async {
            let head = head(&live.client, timing.attempt).await?;
            Ok::<_, Failure>((head, look(&live.client, &self.prefixes, after, head, timing.attempt).await?))
        };
        let look = look.await.map(|(head, look)| {
            self.head = head;
            self.show_lag();
            look
        });
        match look {
            Ok(Look::NothingNew) if self.caught_up => {
                self.strikes = 0;
                None
            }
            // Servers before 23.10 do not say that a subscription has caught up.
            Ok(Look::NothingNew) => {
                self.caught_up = true;
                Some(Item::CaughtUp(after))
            }
            Ok(Look::NothingUpTo(position)) => {
                self.strikes = 0;
                self.advance(position).map(Item::Checkpoint)
            }
            Ok(Look::Missed) => {
                self.strikes += 1;
                if self.strikes < self.strikes_allowed {
                    return None;
                }
                tracing::warn!(follower = self.name, "a subscription fell silent; opening it anew");
                self.strikes = 0;
                self.strikes_allowed = self.strikes_allowed.saturating_mul(2).min(64);
                let problem = "the subscription is silent although there are newer events".to_owned();
                Some(self.broke(Failure::Silence { problem, dead: true }).await)
            }
            // The connection itself is broken, whatever the client thinks of it.
            Err(failure) => {
                let problem = failure.to_string();
                Some(self.broke(Failure::Silence { problem, dead: true }).await)
            }
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        if let Some(live) = self.live.take() {
            self.log.give_back(live.client);
        }
    }
}

impl Log {
    /// A client for a subscription. Calls and subscriptions do not share one: a consumer that is slow to take its
    /// events fills the connection's window, and would hold up the very append it waits for.
    fn take_client(&self, again: bool) -> Result<Client, LogError> {
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(client) => Ok(client),
            None => link::build(&self.inner.settings, again.then_some("subscriptions")),
        }
    }

    fn give_back(&self, client: Client) {
        self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
    }

    /// Makes sure that the same log answers, and reads its head.
    async fn greet(&self, client: &Client) -> Result<Position, Failure> {
        if super::known_id(client, self.inner.timing.attempt).await? != Some(self.inner.id) {
            return Err(Failure::Answer(LogError::AnotherLog));
        }
        head(client, self.inner.timing.attempt).await
    }
}

/// The position of the last event in `$all`; zero if there is none.
pub(super) async fn head(client: &Client, patience: Duration) -> Result<Position, Failure> {
    let options = ReadAllOptions::default().backwards().position(StreamPosition::End).max_count(1);
    let mut reading = link::within(patience, client.read_all(&options)).await?;
    let last = link::within(patience, reading.next()).await?;
    Ok(last.map_or(Position::default(), |event| recorded::position(event.get_original_event().position)))
}

enum Look {
    /// The subscription has given all there is.
    NothingNew,
    /// There are newer events, and up to here the filter passes none.
    NothingUpTo(Position),
    /// There is a newer event that the filter passes.
    Missed,
}

async fn look(
    client: &Client,
    prefixes: &[String],
    after: Position,
    head: Position,
    patience: Duration,
) -> Result<Look, Failure> {
    if head <= after {
        return Ok(Look::NothingNew);
    }
    let from = eventstore::Position { commit: after.commit, prepare: after.prepare };
    let from = if after == Position::default() { StreamPosition::Start } else { StreamPosition::Position(from) };
    let options = ReadAllOptions::default().forwards().position(from).max_count(WATCHDOG_READS);
    let mut reading = link::within(patience, client.read_all(&options)).await?;
    let mut reached = after;
    while let Some(event) = link::within(patience, reading.next()).await? {
        let event = event.get_original_event();
        let position = recorded::position(event.position);
        if position <= after {
            continue;
        }
        if prefixes.is_empty() || prefixes.iter().any(|prefix| event.stream_id.starts_with(prefix)) {
            return Ok(if reached > after { Look::NothingUpTo(reached) } else { Look::Missed });
        }
        reached = position;
    }
    Ok(if reached > after { Look::NothingUpTo(reached) } else { Look::NothingNew })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Expected, Metadata, NewEvent};
    use serde_json::json;
    use uuid::Uuid;

    async fn append(log: &Log, stream: &str, number: u128) -> Position {
        let event = NewEvent {
            id: Uuid::from_u128(number),
            event_type: "Numbered".to_owned(),
            data: json!({}),
            metadata: Metadata::Given(json!({})),
        };
        log.append(stream, Expected::Any, vec![event]).await.unwrap().position
    }

    async fn next_event(feed: &mut Feed) -> Recorded {
        let wait = async {
            loop {
                if let Item::Event(event) = feed.next().await {
                    return event;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("an event comes")
    }

    /// A server may leave a subscription open and say nothing more on it, while the connection lives.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_subscription_that_stays_open_and_silent_is_opened_anew() {
        let server = log_server::Server::start(log_server::Options::in_memory()).await.unwrap();
        let timing = Timing { idle: Duration::from_millis(50), ..Timing::default() };
        let log = Log::connect_with(&server.url(), timing).await.unwrap();
        let mut feed = Feed::new(&log, "silent-test", vec!["a-".to_owned()], None);
        let first = append(&log, "a-1", 1).await;
        assert_eq!(next_event(&mut feed).await.position, first);

        // What a silent server looks like from here: the signals stop, and nothing ends.
        let (sender, signals) = mpsc::channel(1);
        feed.live.as_mut().unwrap().signals = signals;
        append(&log, "b-1", 2).await;
        let missed = append(&log, "a-1", 3).await;
        assert_eq!(next_event(&mut feed).await.position, missed);
        assert_eq!(feed.opened, 2);
        drop(sender);
        server.stop().await;
    }

    /// Events that are not for the feed are no sign of silence.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_subscription_with_nothing_to_say_stays_as_it_is() {
        let server = log_server::Server::start(log_server::Options::in_memory()).await.unwrap();
        let timing = Timing { idle: Duration::from_millis(20), strikes: 1, ..Timing::default() };
        let log = Log::connect_with(&server.url(), timing).await.unwrap();
        let mut feed = Feed::new(&log, "quiet-test", vec!["a-".to_owned()], None);
        let mut reached = Position::default();
        for number in 1..=10 {
            let head = append(&log, "b-1", number).await;
            while reached < head {
                match tokio::time::timeout(Duration::from_secs(30), feed.next()).await.expect("it advances") {
                    Item::CaughtUp(position) | Item::Checkpoint(position) => reached = position,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(feed.opened, 1);
        server.stop().await;
    }
}
