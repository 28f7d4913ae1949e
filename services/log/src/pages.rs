//! Reading in pages, each from its own moment, so that a slow reader holds up neither the writer nor the write-ahead
//! file.

use crate::filter::{Filter, FilterError};
use crate::retention;
use crate::rows::{Recorded, Stream, signed, stream, unsigned};
use prost::bytes::Bytes;
use rusqlite::{Connection, OpenFlags, Row};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Events looked at in one page.
pub const PAGE_EVENTS: usize = 512;

/// Bytes of bodies after which a page ends early.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Pages read at the same time; other readers wait their turn.
const CONCURRENT_PAGES: usize = 8;

/// Which way a read goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From old to new.
    Forwards,
    /// From new to old.
    Backwards,
}

/// Why a page was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream has no visible past: it never existed or is soft-deleted.
    #[error("the stream is not found")]
    NotFound,
    /// The stream is closed for ever.
    #[error("the stream {0:?} is deleted")]
    Deleted(String),
    /// The reader's filter cannot be applied.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The file cannot be read.
    #[error("the log cannot be read: {0}")]
    Database(#[from] rusqlite::Error),
    /// The server is stopping.
    #[error("the log is closed")]
    Closed,
}

/// A page of `$all`.
#[derive(Debug, Default)]
pub struct AllPage {
    /// What was found, in reading order.
    pub found: Vec<Found>,
    /// Position of the last event looked at, whether it passed or not; none if there was nothing to look at.
    pub reached: Option<u64>,
    /// Events looked at since the last window ended.
    pub searched: u32,
    /// Whether there was nothing more to look at.
    pub end: bool,
}

/// What a scan of `$all` comes upon.
#[derive(Debug)]
pub enum Found {
    /// An event that passes the filter.
    Event(Arc<Recorded>),
    /// The end of a window, at this position.
    WindowEnd(u64),
}

/// What a reader of `$all` looks for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The events wanted; all if none.
    pub filter: Option<Arc<Filter>>,
    /// After how many events looked at a window ends; zero for never.
    pub window: u32,
}

impl Search {
    /// Adds an event that was looked at to a page.
    pub fn look(&self, page: &mut AllPage, event: Arc<Recorded>) -> Result<(), FilterError> {
        let passes = self.passes(&event.stream, &event.event_type)?;
        let position = event.position;
        if passes {
            page.found.push(Found::Event(event));
        }
        self.count(page, position);
        Ok(())
    }

    fn passes(&self, stream: &str, event_type: &str) -> Result<bool, FilterError> {
        self.filter.as_ref().map_or(Ok(true), |filter| filter.passes(stream, event_type))
    }

    fn count(&self, page: &mut AllPage, position: u64) {
        page.reached = Some(position);
        page.searched += 1;
        if self.window > 0 && page.searched >= self.window {
            page.searched = 0;
            page.found.push(Found::WindowEnd(position));
        }
    }
}

/// A page of a stream.
#[derive(Debug)]
pub struct StreamPage {
    /// The visible events, in reading order.
    pub events: Vec<Recorded>,
    /// The first revision that may be visible.
    pub first: u64,
    /// Revision of the stream's last event.
    pub last: Option<u64>,
    /// Whether there is nothing more in this direction.
    pub end: bool,
}

/// Connections that read.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Semaphore,
}

impl Readers {
    /// Connections to this file, opened as they are needed.
    pub fn new(path: PathBuf) -> Readers {
        Readers { path, idle: Mutex::default(), turns: Semaphore::new(CONCURRENT_PAGES) }
    }

    /// Runs a read on a thread that may block.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let _turn = self.turns.acquire().await.map_err(|_| ReadError::Closed)?;
        let readers = Arc::clone(self);
        let reading = tokio::task::spawn_blocking(move || {
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) => connection,
                None => readers.open()?,
            };
            let result = read(&connection);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        });
        reading.await.map_err(|_| ReadError::Closed)?
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(connection)
    }

    /// Refuses further reads and closes the idle connections.
    pub fn close(&self) {
        self.turns.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A page of `$all`: forwards the events from position `from` on, backwards those before it. `searched` is what the
/// page before said.
pub fn all(
    connection: &Connection,
    from: u64,
    direction: Direction,
    search: &Search,
    searched: u32,
) -> Result<AllPage, ReadError> {
    let mut statement = connection.prepare_cached(match direction {
        Direction::Forwards => {
            "SELECT event.position, stream.name, event.revision, event.created, event.type, event.id, event.json,
                    event.metadata, event.data
             FROM event CROSS JOIN stream ON stream.id = event.stream
             WHERE event.position >= ?1 ORDER BY event.position LIMIT ?2"
        }
        Direction::Backwards => {
            "SELECT event.position, stream.name, event.revision, event.created, event.type, event.id, event.json,
                    event.metadata, event.data
             FROM event CROSS JOIN stream ON stream.id = event.stream
             WHERE event.position < ?1 ORDER BY event.position DESC LIMIT ?2"
        }
    })?;
    let mut rows = statement.query((signed(from), signed(PAGE_EVENTS as u64)))?;
    let mut page = AllPage { searched, ..AllPage::default() };
    let mut looked_at = 0;
    let mut bytes = 0;
    while bytes < PAGE_BYTES {
        let Some(row) = rows.next()? else {
            page.end = looked_at < PAGE_EVENTS;
            break;
        };
        looked_at += 1;
        if search.passes(text(row, 1)?, text(row, 4)?)? {
            let event = recorded(row, text(row, 1)?)?;
            bytes += event.data.len() + event.metadata.len();
            page.found.push(Found::Event(Arc::new(event)));
        }
        search.count(&mut page, unsigned(row, 0)?);
    }
    Ok(page)
}

/// The position that reading `$all` from its end starts from.
pub fn head(connection: &Connection) -> Result<u64, ReadError> {
    let head = connection
        .prepare_cached("SELECT max(position) FROM event")?
        .query_row([], |row| row.get::<_, Option<i64>>(0))?;
    Ok(head.and_then(|head| u64::try_from(head).ok()).unwrap_or_default())
}

/// A page of a stream, beginning with revision `from`; `limit` events at most.
///
/// A stream without visible past is `NotFound`, a tombstoned one `Deleted`, and so are its metadata.
pub fn stream_page(
    connection: &Connection,
    name: &str,
    from: u64,
    direction: Direction,
    limit: usize,
    now: i64,
) -> Result<StreamPage, ReadError> {
    // One transaction, so that the page fits what is known about the stream.
    let moment = connection.unchecked_transaction()?;
    let Stream { id, last, retention, tombstoned } = match visible(connection, name)? {
        Some(stream) => stream,
        None => return Err(ReadError::NotFound),
    };
    debug_assert!(!tombstoned);
    let mut first = retention.first_visible(last);
    if retention::described_by(name).is_some() {
        // Of metadata only the newest counts.
        first = first.max(last.unwrap_or_default());
    }
    let since = retention.visible_since(now);
    let limit = limit.min(PAGE_EVENTS);
    let mut events = Vec::new();
    let mut end = false;
    {
        let (sql, from) = match direction {
            Direction::Forwards => (
                "SELECT position, NULL, revision, created, type, id, json, metadata, data FROM event
                 WHERE stream = ?1 AND revision >= ?2 AND revision >= ?3 AND created >= ?4
                 ORDER BY revision LIMIT ?5",
                from,
            ),
            Direction::Backwards => (
                "SELECT position, NULL, revision, created, type, id, json, metadata, data FROM event
                 WHERE stream = ?1 AND revision <= ?2 AND revision >= ?3 AND created >= ?4
                 ORDER BY revision DESC LIMIT ?5",
                from,
            ),
        };
        let mut statement = moment.prepare_cached(sql)?;
        let mut rows = statement.query((id, signed(from), signed(first), since, signed(limit as u64)))?;
        let mut bytes = 0;
        while bytes < PAGE_BYTES {
            let Some(row) = rows.next()? else {
                end = events.len() < limit;
                break;
            };
            let event = recorded(row, name)?;
            bytes += event.data.len() + event.metadata.len();
            events.push(event);
        }
    }
    Ok(StreamPage { events, first, last, end })
}

/// One event of a stream, by its revision; none if it is hidden or was never there.
pub fn event(connection: &Connection, name: &str, revision: u64, now: i64) -> Result<Option<Recorded>, ReadError> {
    match stream_page(connection, name, revision, Direction::Forwards, 1, now) {
        Ok(page) => Ok(page.events.into_iter().find(|event| event.revision == revision)),
        Err(ReadError::NotFound | ReadError::Deleted(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is known about a stream that can be read: none if it has no visible past.
pub fn visible(connection: &Connection, name: &str) -> Result<Option<Stream>, ReadError> {
    if let Some(described) = retention::described_by(name)
        && stream(connection, described)?.is_some_and(|stream| stream.tombstoned)
    {
        return Err(ReadError::Deleted(described.to_owned()));
    }
    let Some(stream) = stream(connection, name)? else { return Ok(None) };
    if stream.tombstoned {
        return Err(ReadError::Deleted(name.to_owned()));
    }
    Ok((stream.last.is_some() && !stream.retention.soft_deleted()).then_some(stream))
}

fn recorded(row: &Row<'_>, stream: &str) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        position: unsigned(row, 0)?,
        stream: stream.to_owned(),
        revision: unsigned(row, 2)?,
        created: row.get(3)?,
        event_type: row.get(4)?,
        id: Uuid::from_bytes(row.get(5)?),
        json: row.get(6)?,
        metadata: blob(row, 7)?,
        data: blob(row, 8)?,
    })
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    Ok(row.get_ref(column)?.as_str()?)
}

fn blob(row: &Row<'_>, column: usize) -> rusqlite::Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(column)?.as_blob()?))
}
