//! The one thread that writes: it takes every write that waits into one transaction, so that many wait for the disk
//! together, and answers each after the commit.

use crate::clock;
use crate::expected::{self, Current, Decision, Expected, Lookup};
use crate::retention::{self, ALL_HIDDEN, METADATA_TYPE, Retention};
use crate::rows::{Recorded, Stream, TOMBSTONE_REVISION, TOMBSTONE_TYPE, signed, stream, unsigned};
use crate::tail::Tail;
use prost::bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// Bounds of one transaction.
const MAX_WRITES: usize = 1024;
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A write that a client asks for.
#[derive(Debug)]
pub struct Write {
    /// The stream's name.
    pub stream: String,
    /// What the client believes about the stream.
    pub expected: Expected,
    /// What to do with it.
    pub change: Change,
}

/// What a write does to its stream.
#[derive(Debug)]
pub enum Change {
    /// Adds events.
    Append(Vec<Proposed>),
    /// Hides all events until the next append.
    Delete,
    /// Closes the stream for ever.
    Tombstone,
}

/// An event to be recorded.
#[derive(Debug)]
pub struct Proposed {
    /// The id that makes a repeated append recognisable.
    pub id: Uuid,
    /// Its type.
    pub event_type: String,
    /// Whether `data` is JSON.
    pub json: bool,
    /// The writer's metadata.
    pub metadata: Bytes,
    /// The body.
    pub data: Bytes,
}

/// A durable write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Revision of the stream's last event that the write was about.
    pub revision: Option<u64>,
    /// Its position.
    pub position: Option<u64>,
}

/// Why a write was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The stream is not as the client believes.
    #[error("the stream {stream:?} is not at the expected revision")]
    WrongRevision {
        /// The stream's name.
        stream: String,
        /// What the client believes.
        expected: Expected,
        /// Revision of the stream's last event.
        current: Option<u64>,
    },
    /// The stream is deleted.
    #[error("the stream {0:?} is deleted")]
    Deleted(String),
    /// The stream never existed.
    #[error("the stream {stream:?} is not found")]
    NotFound {
        /// The stream's name.
        stream: String,
        /// What the client believes.
        expected: Expected,
    },
    /// The disk refused; nothing was written.
    #[error("the log cannot be written: {0}")]
    Storage(String),
    /// The server is stopping. The write may or may not have been done.
    #[error("the log is closed")]
    Closed,
}

/// What reaches the writer.
#[derive(Debug)]
pub enum Job {
    /// A write and where to answer.
    Write(Write, oneshot::Sender<Result<Written, Refusal>>),
    /// Finish what waits and end.
    Stop,
}

/// The writer's thread and what it owns.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    log_id: Uuid,
    /// `created` of the last event.
    created: i64,
    tail: Arc<Tail>,
    head: watch::Sender<u64>,
    // Dropped in this order: the lock is given up after the connection is closed, the end is told last.
    _lock: File,
    _ended: DropGuard,
}

impl Writer {
    /// A writer for an open database whose last event was `created` then.
    pub fn new(
        connection: Connection,
        lock: File,
        log_id: Uuid,
        created: i64,
        tail: Arc<Tail>,
        head: watch::Sender<u64>,
        ended: CancellationToken,
    ) -> Writer {
        Writer { connection, log_id, created, tail, head, _lock: lock, _ended: ended.drop_guard() }
    }

    /// Writes until told to stop, or until nobody is left who could ask.
    pub fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut stopping = false;
        while !stopping {
            let Some(first) = jobs.blocking_recv() else { break };
            let mut waiting = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Write(write, answer) => {
                        bytes += write.bytes();
                        waiting.push((write, answer));
                    }
                    Job::Stop => {
                        jobs.close();
                        stopping = true;
                    }
                }
                let full = waiting.len() >= MAX_WRITES || bytes >= MAX_BYTES;
                next = if full && !stopping { None } else { jobs.try_recv().ok() };
            }
            self.write_all(waiting);
        }
        if let Err(error) = self.connection.pragma_query_value(None, "wal_checkpoint", |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead file is left to the next start");
        }
    }

    fn write_all(&mut self, waiting: Vec<(Write, oneshot::Sender<Result<Written, Refusal>>)>) {
        if waiting.is_empty() {
            return;
        }
        let (writes, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let results = self.transaction(writes);
        match results {
            Ok((results, events)) => {
                if let Some(last) = events.last() {
                    let (position, created) = (last.position, last.created);
                    self.created = created;
                    self.tail.extend(events);
                    self.head.send_replace(position);
                }
                for (answer, result) in answers.into_iter().zip(results) {
                    // An error means that the client has gone.
                    let _ = answer.send(result);
                }
            }
            Err(error) => {
                tracing::error!(%error, writes = answers.len(), "the log cannot be written");
                for answer in answers {
                    let _ = answer.send(Err(Refusal::Storage(error.to_string())));
                }
            }
        }
    }

    /// Does the writes in one transaction. A refusal leaves no trace; an error of the database undoes all.
    #[expect(clippy::type_complexity, reason = "a result for each write, and what became durable")]
    fn transaction(&mut self, writes: Vec<Write>) -> rusqlite::Result<(Vec<Result<Written, Refusal>>, Vec<Recorded>)> {
        let head = *self.head.borrow();
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut batch = Batch {
            connection: &transaction,
            log_id: self.log_id,
            position: head,
            created: self.created,
            now: clock::now(),
            streams: HashMap::new(),
            events: Vec::new(),
        };
        let mut results = Vec::with_capacity(writes.len());
        for write in writes {
            results.push(batch.write(write)?);
        }
        let events = batch.events;
        transaction.commit()?;
        Ok((results, events))
    }
}

impl Write {
    fn bytes(&self) -> usize {
        match &self.change {
            Change::Append(events) => events.iter().map(|event| event.data.len() + event.metadata.len()).sum(),
            Change::Delete | Change::Tombstone => 0,
        }
    }
}

/// One transaction in the making.
struct Batch<'a> {
    connection: &'a Connection,
    log_id: Uuid,
    /// Of the last event.
    position: u64,
    /// Of the last event.
    created: i64,
    now: i64,
    /// Streams that this transaction has looked at, as they are by now.
    streams: HashMap<String, Option<Stream>>,
    events: Vec<Recorded>,
}

impl Batch<'_> {
    fn write(&mut self, write: Write) -> rusqlite::Result<Result<Written, Refusal>> {
        let Write { stream: name, expected, change } = write;
        let known = self.stream(&name)?;
        let current = Stream::current(known.as_ref());
        let decision = match &change {
            Change::Append(events) => {
                let recorded = self.recorded(known.as_ref(), expected::lookup(expected, current), events)?;
                expected::append(expected, current, &recorded)
            }
            Change::Delete => expected::delete(expected, current),
            Change::Tombstone => expected::tombstone(expected, current),
        };
        match decision {
            Decision::WrongRevision => {
                Ok(Err(Refusal::WrongRevision { stream: name, expected, current: current.last }))
            }
            Decision::Deleted => Ok(Err(Refusal::Deleted(name))),
            Decision::NotFound => Ok(Err(Refusal::NotFound { stream: name, expected })),
            Decision::Already { last } => {
                let position = self.position_of(known.as_ref(), last)?;
                Ok(Ok(Written { revision: Some(last), position }))
            }
            Decision::Write { first } => match change {
                Change::Append(events) => self.append(name, current, first, events).map(Ok),
                Change::Delete => self.delete(&name, current).map(Ok),
                Change::Tombstone => self.tombstone(name).map(Ok),
            },
        }
    }

    fn append(
        &mut self,
        name: String,
        current: Current,
        first: u64,
        events: Vec<Proposed>,
    ) -> rusqlite::Result<Written> {
        if events.is_empty() {
            return Ok(Written { revision: current.last, position: None });
        }
        if current.soft_deleted {
            let metadata = self.last_metadata(&name)?;
            self.set_metadata(&name, retention::truncated_before(&metadata, first))?;
        }
        let described = retention::described_by(&name).map(str::to_owned);
        let metadata = events.last().filter(|event| event.event_type == METADATA_TYPE).map(|event| event.data.clone());
        let stream = self.stream_or_new(&name)?;
        let mut revision = first;
        for event in events {
            self.insert(stream, &name, revision, event)?;
            revision += 1;
        }
        let last = revision - 1;
        if let Some(Some(stream)) = self.streams.get_mut(&name) {
            stream.last = Some(last);
        }
        if let (Some(described), Some(metadata)) = (described, metadata) {
            self.retain(&described, Retention::from_metadata(&metadata))?;
        }
        Ok(Written { revision: Some(last), position: Some(self.position) })
    }

    /// Hides all events of a stream; if they are hidden already, there is nothing to write.
    fn delete(&mut self, name: &str, current: Current) -> rusqlite::Result<Written> {
        if current.soft_deleted {
            let metadata = self.stream(&retention::metadata_stream(name))?;
            let last = metadata.as_ref().and_then(|stream| stream.last).unwrap_or_default();
            return Ok(Written { revision: current.last, position: self.position_of(metadata.as_ref(), last)? });
        }
        self.set_metadata(name, retention::truncated_before(b"{}", ALL_HIDDEN))?;
        Ok(Written { revision: current.last, position: Some(self.position) })
    }

    fn tombstone(&mut self, name: String) -> rusqlite::Result<Written> {
        let stream = self.stream_or_new(&name)?;
        let id = self.own_id();
        let closing = Proposed {
            id,
            event_type: TOMBSTONE_TYPE.to_owned(),
            json: false,
            metadata: Bytes::new(),
            data: Bytes::new(),
        };
        self.insert(stream, &name, TOMBSTONE_REVISION, closing)?;
        self.connection.prepare_cached("UPDATE stream SET tombstoned = 1 WHERE id = ?1")?.execute([stream])?;
        if let Some(Some(stream)) = self.streams.get_mut(&name) {
            stream.tombstoned = true;
        }
        Ok(Written { revision: None, position: Some(self.position) })
    }

    /// Appends to the metadata stream of a stream, whatever its revision.
    fn set_metadata(&mut self, name: &str, metadata: Vec<u8>) -> rusqlite::Result<()> {
        let metadata_stream = retention::metadata_stream(name);
        let current = Stream::current(self.stream(&metadata_stream)?.as_ref());
        let event = Proposed {
            id: self.own_id(),
            event_type: METADATA_TYPE.to_owned(),
            json: true,
            metadata: Bytes::new(),
            data: metadata.into(),
        };
        // A metadata stream has no metadata of its own that could hide it.
        let current = Current { soft_deleted: false, ..current };
        let first = current.last.map_or(0, |last| last + 1);
        self.append(metadata_stream, current, first, vec![event])?;
        Ok(())
    }

    fn last_metadata(&mut self, name: &str) -> rusqlite::Result<Vec<u8>> {
        let Some(stream) = self.stream(&retention::metadata_stream(name))? else { return Ok(Vec::new()) };
        let data = self
            .connection
            .prepare_cached("SELECT data FROM event WHERE stream = ?1 ORDER BY revision DESC LIMIT 1")?
            .query_row([stream.id], |row| row.get(0))
            .optional()?;
        Ok(data.unwrap_or_default())
    }

    /// Makes the limits that metadata sets those of the stream.
    fn retain(&mut self, name: &str, limits: Retention) -> rusqlite::Result<()> {
        let id = self.stream_or_new(name)?;
        self.connection
            .prepare_cached("UPDATE stream SET max_count = ?2, max_age = ?3, truncate_before = ?4 WHERE id = ?1")?
            .execute((id, limits.max_count.map(signed), limits.max_age.map(signed), signed(limits.truncate_before)))?;
        if let Some(Some(stream)) = self.streams.get_mut(name) {
            stream.retention = limits;
        }
        Ok(())
    }

    fn insert(&mut self, stream: i64, name: &str, revision: u64, event: Proposed) -> rusqlite::Result<()> {
        let position = self.position + 1;
        let created = clock::after(self.created, self.now);
        self.connection
            .prepare_cached(
                "INSERT INTO event (position, stream, revision, created, id, type, json, metadata, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                signed(position),
                stream,
                signed(revision),
                created,
                event.id.as_bytes().as_slice(),
                &event.event_type,
                event.json,
                event.metadata.as_ref(),
                event.data.as_ref(),
            ))?;
        self.position = position;
        self.created = created;
        self.events.push(Recorded {
            position,
            stream: name.to_owned(),
            revision,
            created,
            id: event.id,
            event_type: event.event_type,
            json: event.json,
            metadata: event.metadata,
            data: event.data,
        });
        Ok(())
    }

    /// An id for an event that the server itself writes next.
    fn own_id(&self) -> Uuid {
        Uuid::new_v5(&self.log_id, &(self.position + 1).to_be_bytes())
    }

    fn stream(&mut self, name: &str) -> rusqlite::Result<Option<Stream>> {
        if let Some(known) = self.streams.get(name) {
            return Ok(known.clone());
        }
        let found = stream(self.connection, name)?;
        self.streams.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    fn stream_or_new(&mut self, name: &str) -> rusqlite::Result<i64> {
        if let Some(known) = self.stream(name)? {
            return Ok(known.id);
        }
        self.connection.prepare_cached("INSERT INTO stream (name) VALUES (?1)")?.execute([name])?;
        let id = self.connection.last_insert_rowid();
        let new = Stream { id, last: None, retention: Retention::default(), tombstoned: false };
        self.streams.insert(name.to_owned(), Some(new));
        Ok(id)
    }

    /// For each proposed event, the revision at which its id is recorded, looked for as told.
    fn recorded(
        &self,
        stream: Option<&Stream>,
        lookup: Lookup,
        events: &[Proposed],
    ) -> rusqlite::Result<Vec<Option<u64>>> {
        let Some(stream) = stream else { return Ok(vec![None; events.len()]) };
        let mut recorded = Vec::with_capacity(events.len());
        for (event, offset) in events.iter().zip(0_u64..) {
            let id = event.id.as_bytes().as_slice();
            recorded.push(match lookup {
                Lookup::None => None,
                Lookup::Anywhere => self
                    .connection
                    .prepare_cached(
                        // By itself SQLite would search the stream from its end for the largest revision.
                        "SELECT max(revision) FROM event INDEXED BY event_by_id WHERE id = ?1 AND stream = ?2",
                    )?
                    .query_row((id, stream.id), |row| row.get::<_, Option<i64>>(0))?
                    .and_then(|revision| u64::try_from(revision).ok()),
                Lookup::From(first) => self
                    .connection
                    .prepare_cached("SELECT revision FROM event WHERE stream = ?2 AND revision = ?3 AND id = ?1")?
                    .query_row((id, stream.id, signed(first.saturating_add(offset))), |row| unsigned(row, 0))
                    .optional()?,
            });
        }
        Ok(recorded)
    }

    fn position_of(&self, stream: Option<&Stream>, revision: u64) -> rusqlite::Result<Option<u64>> {
        let Some(stream) = stream else { return Ok(None) };
        self.connection
            .prepare_cached("SELECT position FROM event WHERE stream = ?1 AND revision = ?2")?
            .query_row((stream.id, signed(revision)), |row| unsigned(row, 0))
            .optional()
    }
}
