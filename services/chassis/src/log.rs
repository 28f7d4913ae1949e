//! The log, and the only code that speaks to it.
//!
//! [`Log`] hides what its client cannot do by itself. The client dies for good when it finds no server for a moment,
//! does not look for another node, ends a silent subscription never, waits half a second before each connection and
//! takes TLS for granted. Here a call is repeated until the server has been away for longer than
//! [`Timing::patience`], on a new client where the old one is dead; a subscription that fell silent is opened anew
//! after its last event; and whenever the server was seen to go away, it must say that it is still the same log before
//! anything is written to it.
//!
//! What the outside awaits is boxed. The code of an `async fn` is made where it is awaited: with the whole client inside,
//! that would be once more in every crate that writes an event.

mod feed;
mod link;
mod recorded;

pub(crate) use feed::{Feed, Item};
pub use recorded::{Recorded, Unreadable};

use crate::clock::Clock;
use crate::command::Command;
use crate::keys;
use crate::metrics;
use chrono::{DateTime, Utc};
use eventstore::{
    AppendToStreamOptions, Client, ClientSettings, EventData, ReadStreamOptions, StreamMetadataBuilder, StreamPosition,
};
use futures::future::BoxFuture;
use link::{Failure, Link};
use schema::position::LogId;
use schema::{EncodeError, Position, Shape, Stream};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// The stream with the one event that says which log this is. Written once, by the first who connects.
pub const IDENTITY_STREAM: Stream = Stream::Log;

/// The type of that event.
pub const IDENTITY_EVENT: &str = "LogIdentified";

/// A connection to the log. Cheap to clone; survives restarts and absences of the server.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
    clock: Clock,
}

struct Inner {
    settings: ClientSettings,
    timing: Timing,
    id: LogId,
    /// Appends and reads share a client.
    commands: Link,
    /// Clients of ended subscriptions. A client's connection task outlives the client, so they are used again.
    idle: Mutex<Vec<Client>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("id", &self.inner.id).finish_non_exhaustive()
    }
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a call goes on trying while the server is away.
    pub patience: Duration,
    /// How long one attempt may take, or one silence within a read.
    pub attempt: Duration,
    /// The first pause between attempts; it doubles each time.
    pub pause_least: Duration,
    /// The longest pause between attempts.
    pub pause_most: Duration,
    /// How long a subscription may be silent before the head of the log is compared with it.
    pub idle: Duration,
    /// After how many comparisons in a row that show an event it should have delivered a subscription counts as dead.
    pub strikes: u32,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            patience: Duration::from_secs(30),
            attempt: Duration::from_secs(10),
            pause_least: Duration::from_millis(50),
            pause_most: Duration::from_secs(2),
            idle: Duration::from_secs(1),
            strikes: 3,
        }
    }
}

/// What a stream must look like for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It has no event.
    NoStream,
    /// Its last event has this number.
    Revision(u64),
    /// It has an event.
    StreamExists,
    /// Anything.
    Any,
}

/// An event to append. The id makes a repeated append harmless, so it derives from what caused the event.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The id.
    pub id: Uuid,
    /// The type's name.
    pub event_type: String,
    /// What happened.
    pub data: serde_json::Value,
    /// What stands beside it.
    pub metadata: Metadata,
}

/// What is written beside the data of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Metadata {
    /// The envelope of a command, with the type and version of its event.
    Of(Box<Command>, Shape),
    /// What another log had there, or what is not of Huiju; written as it is.
    Given(serde_json::Value),
}

/// Events stand in the log, on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The number of the last of them in its stream.
    pub revision: u64,
    /// The position of the last of them; never zero.
    pub position: Position,
}

/// The log said no, or said nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The stream is not as expected: somebody else appended.
    #[error("{stream} is not at the expected revision: expected {expected}, is at {current:?}")]
    WrongExpectedRevision {
        /// The stream.
        stream: String,
        /// What was expected of it.
        expected: String,
        /// The number of its last event, if it has one.
        current: Option<u64>,
    },
    /// The stream was deleted for good.
    #[error("the stream was deleted")]
    StreamDeleted,
    /// The server could not be reached or did not answer in time. An append may or may not have happened; the same
    /// append, with the same event ids, can be sent again.
    #[error("the log cannot be reached: {0}")]
    Unavailable(String),
    /// The server does not do this for us: no access, too large, not supported.
    #[error("the log refused: {0}")]
    Refused(String),
    /// What was to be appended cannot be written so that it would be read as it is. Nothing was.
    #[error(transparent)]
    Unwritable(#[from] EncodeError),
    /// Another log answers at this address than the one that was connected to.
    #[error("another log than before answers at this address")]
    AnotherLog,
    /// The server's answer breaks the protocol.
    #[error("the log's answer makes no sense: {0}")]
    Nonsense(String),
    /// The address is not one of a log.
    #[error("{address:?} is not the address of a log: {problem}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The data of the event that identifies a log.
#[derive(Serialize, Deserialize)]
struct LogIdentified {
    id: Uuid,
}

impl Log {
    /// Connects to a log, e.g. `esdb://127.0.0.1:2113?tls=false`, and waits up to 30 s for its server. TLS is off for
    /// the machine itself and on for others, unless the address says otherwise.
    pub fn connect(url: &str) -> BoxFuture<'_, Result<Log, LogError>> {
        Log::connect_with(url, Timing::default())
    }

    /// Connects with other waiting times.
    pub fn connect_with(url: &str, timing: Timing) -> BoxFuture<'_, Result<Log, LogError>> {
        Box::pin(async move {
            let settings = link::settings(url)?;
            let commands = Link::new(settings.clone());
            let id = commands.attempt(timing, None, |client| identify(client, timing.attempt)).await?;
            let inner = Arc::new(Inner { settings, timing, id, commands, idle: Mutex::default() });
            Ok(Log { inner, clock: Clock::system() })
        })
    }

    /// The same connection, for whom it is another time: what it appends from here on is recorded by this clock.
    pub fn with_clock(self, clock: Clock) -> Log {
        Log { clock, ..self }
    }

    /// Which log this is: the same for all who connect to it, for as long as it lives.
    pub fn id(&self) -> LogId {
        self.inner.id
    }

    /// Appends events to a stream, all or none. Repeats the append while the server is away; the event ids make that
    /// harmless (of other servers than our own, with [`Expected::Any`] and [`Expected::StreamExists`] only as long as
    /// they remember recent ids). No events is refused; a cluster also refuses more than a mebibyte at once.
    pub fn append<'a>(
        &'a self,
        stream: &'a str,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> BoxFuture<'a, Result<Appended, LogError>> {
        Box::pin(self.append_events(stream, expected, events))
    }

    async fn append_events(
        &self,
        stream: &str,
        expected: Expected,
        events: Vec<NewEvent>,
    ) -> Result<Appended, LogError> {
        let count = events.len();
        if count == 0 {
            return Err(LogError::Refused("an append without events".to_owned()));
        }
        let options = AppendToStreamOptions::default().expected_revision(expected.into());
        let written = self
            .attempt(|client| {
                // Each attempt says when it was made; the server keeps the first that it takes, by the event ids.
                let now = self.clock.now();
                let events = events.iter().map(|event| event_data(event, now)).collect::<Result<Vec<_>, _>>();
                let options = options.clone();
                async move {
                    let answer = client.append_to_stream(stream.to_owned(), &options, events.map_err(Failure::Answer)?);
                    link::within(self.inner.timing.attempt, answer).await
                }
            })
            .await
            .map_err(|error| error.of_stream(stream));
        let outcome = match &written {
            Ok(_) => "done",
            Err(LogError::WrongExpectedRevision { .. }) => "conflict",
            Err(_) => "failed",
        };
        metrics::APPENDS.with_label_values(&[outcome]).inc();
        let written = written?;
        let category = stream.split_once('-').map_or(stream, |(category, _)| category);
        metrics::APPENDED_EVENTS.with_label_values(&[category]).inc_by(count as u64);
        let revision = written.next_expected_version;
        let position = recorded::position(written.position);
        if position != Position::default() {
            return Ok(Appended { revision, position });
        }
        // A server may answer a repeated append without a position, which the client turns into the log's start.
        let at = self.read_stream_from(stream, revision).await?;
        match at.into_iter().find(|event| event.revision == revision) {
            Some(event) => Ok(Appended { revision, position: event.position }),
            None => Err(LogError::Nonsense(format!("{stream} has no event {revision}, which was just appended"))),
        }
    }

    /// Has a stream keep its last events alone, so many of them. Others stay in `$all` until the server scavenges.
    pub fn keep_last<'a>(&'a self, stream: &'a str, count: u64) -> BoxFuture<'a, Result<(), LogError>> {
        Box::pin(async move {
            let metadata = StreamMetadataBuilder::new().max_count(count).build();
            self.attempt(|client| {
                let metadata = metadata.clone();
                async move {
                    let options = AppendToStreamOptions::default();
                    let answer = client.set_stream_metadata(stream, &options, &metadata);
                    link::within(self.inner.timing.attempt, answer).await
                }
            })
            .await
            .map(|_| ())
            .map_err(|error| error.of_stream(stream))
        })
    }

    /// All events of a stream; none if there is no such stream.
    pub fn read_stream<'a>(&'a self, stream: &'a str) -> BoxFuture<'a, Result<Vec<Recorded>, LogError>> {
        self.read_stream_from(stream, 0)
    }

    /// The events of a stream from a number on.
    pub fn read_stream_from<'a>(
        &'a self,
        stream: &'a str,
        revision: u64,
    ) -> BoxFuture<'a, Result<Vec<Recorded>, LogError>> {
        let patience = self.inner.timing.attempt;
        Box::pin(self.attempt(move |client| async move { read_stream(&client, stream, revision, patience).await }))
    }

    /// The position of the last event in `$all`; zero if there is none.
    pub fn head(&self) -> BoxFuture<'_, Result<Position, LogError>> {
        let patience = self.inner.timing.attempt;
        Box::pin(self.attempt(move |client| async move { feed::head(&client, patience).await }))
    }

    /// Gives `each` every event after a position, in streams that begin with one of the prefixes (in every stream, if
    /// there are no prefixes), up to the head of the log at the time of asking. Returns the position reached: that
    /// head or `after`, whichever is later; none if the log is empty.
    pub fn catch_up<'a>(
        &'a self,
        prefixes: &'a [String],
        after: Option<Position>,
        each: impl FnMut(Recorded) + Send + 'a,
    ) -> BoxFuture<'a, Result<Option<Position>, LogError>> {
        self.catch_up_with(prefixes, after, Box::new(each))
    }

    fn catch_up_with<'a>(
        &'a self,
        prefixes: &'a [String],
        after: Option<Position>,
        each: Box<dyn FnMut(Recorded) + Send + 'a>,
    ) -> BoxFuture<'a, Result<Option<Position>, LogError>> {
        Box::pin(self.catch_up_to_head(prefixes, after, each))
    }

    async fn catch_up_to_head(
        &self,
        prefixes: &[String],
        after: Option<Position>,
        mut each: Box<dyn FnMut(Recorded) + Send + '_>,
    ) -> Result<Option<Position>, LogError> {
        let head = self.head().await?;
        let reached = (head != Position::default()).then_some(head).max(after);
        if head <= after.unwrap_or_default() {
            return Ok(reached);
        }
        let mut feed = Feed::new(self, "catch-up", prefixes.to_vec(), after);
        loop {
            let Ok(item) = tokio::time::timeout(self.inner.timing.patience, feed.next()).await else {
                return Err(LogError::Unavailable(format!(
                    "no event came for {} s on the way to the head",
                    self.inner.timing.patience.as_secs()
                )));
            };
            match item {
                Item::Event(event) => {
                    let position = event.position;
                    if position <= head {
                        each(event);
                    }
                    if position >= head {
                        return Ok(reached);
                    }
                }
                Item::CaughtUp(position) | Item::Checkpoint(position) => {
                    if position >= head {
                        return Ok(reached);
                    }
                }
                Item::Trouble(_) => (),
            }
        }
    }

    async fn attempt<T, F>(&self, ask: impl Fn(Client) -> F) -> Result<T, LogError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        self.inner.commands.attempt(self.inner.timing, Some(self.inner.id), ask).await
    }
}

impl From<Expected> for eventstore::ExpectedRevision {
    fn from(expected: Expected) -> Self {
        match expected {
            Expected::NoStream => eventstore::ExpectedRevision::NoStream,
            Expected::Revision(revision) => eventstore::ExpectedRevision::Exact(revision),
            Expected::StreamExists => eventstore::ExpectedRevision::StreamExists,
            Expected::Any => eventstore::ExpectedRevision::Any,
        }
    }
}

fn event_data(event: &NewEvent, now: DateTime<Utc>) -> Result<EventData, LogError> {
    let unwritable = |problem: serde_json::Error| LogError::Refused(format!("an event cannot be written: {problem}"));
    let data = EventData::json(&event.event_type, &event.data).map_err(unwritable)?.id(event.id);
    match &event.metadata {
        Metadata::Of(command, schema) => data.metadata_as_json(&command.envelope(schema, now)),
        Metadata::Given(metadata) => data.metadata_as_json(metadata),
    }
    .map_err(unwritable)
}

async fn read_stream(
    client: &Client,
    stream: &str,
    revision: u64,
    patience: Duration,
) -> Result<Vec<Recorded>, Failure> {
    let options = ReadStreamOptions::default().forwards().position(StreamPosition::Position(revision));
    let mut events = Vec::new();
    let mut reading = match link::within(patience, client.read_stream(stream.to_owned(), &options)).await {
        Err(Failure::Answer(error)) if error == Failure::missing() => return Ok(events),
        other => other?,
    };
    loop {
        // A missing stream shows only here.
        match link::within(patience, reading.next()).await {
            Ok(Some(event)) => events.extend(Recorded::from_client(event)),
            Ok(None) => return Ok(events),
            Err(Failure::Answer(error)) if error == Failure::missing() => return Ok(events),
            Err(failure) => return Err(failure),
        }
    }
}

/// Reads which log this is, or makes it known if nobody did yet.
async fn identify(client: Client, patience: Duration) -> Result<LogId, Failure> {
    if let Some(id) = known_id(&client, patience).await? {
        return Ok(id);
    }
    let id = keys::draw_id().map_err(|error| Failure::Answer(LogError::Refused(error.to_string())))?;
    let event = identity_event(id).map_err(Failure::Answer)?;
    let options = AppendToStreamOptions::default().expected_revision(eventstore::ExpectedRevision::NoStream);
    match link::within(patience, client.append_to_stream(IDENTITY_STREAM.to_string(), &options, event)).await {
        // Whoever came second takes the first one's word.
        Ok(_) | Err(Failure::Answer(LogError::WrongExpectedRevision { .. })) => {}
        Err(failure) => return Err(failure),
    }
    known_id(&client, patience)
        .await?
        .ok_or_else(|| Failure::Answer(LogError::Nonsense(format!("{IDENTITY_STREAM} stays empty"))))
}

fn identity_event(id: Uuid) -> Result<EventData, LogError> {
    let identified = LogIdentified { id };
    let now = Clock::system().now();
    let command = Command::of("service:chassis", id.to_string(), &identified, now)?;
    let event = NewEvent {
        id,
        event_type: IDENTITY_EVENT.to_owned(),
        data: schema::written::json(&identified)?,
        metadata: Metadata::Of(Box::new(command), Shape::of(IDENTITY_EVENT, 1)),
    };
    event_data(&event, now)
}

/// Which log answers, if it has been told.
async fn known_id(client: &Client, patience: Duration) -> Result<Option<LogId>, Failure> {
    let events = read_stream(client, &IDENTITY_STREAM.to_string(), 0, patience).await?;
    let Some(first) = events.first() else { return Ok(None) };
    let identified: LogIdentified = serde_json::from_slice(&first.data).map_err(|problem| {
        Failure::Answer(LogError::Nonsense(format!("{IDENTITY_EVENT} cannot be read: {problem}")))
    })?;
    let [a, b, c, d, ..] = *identified.id.as_bytes();
    Ok(Some(LogId(u32::from_be_bytes([a, b, c, d]))))
}
