//! What stands in the tables: events as they are recorded, and streams.

use crate::expected::Current;
use crate::retention::Retention;
use prost::bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, Row};
use uuid::Uuid;

/// The revision of the event that closes a tombstoned stream.
pub const TOMBSTONE_REVISION: u64 = i64::MAX as u64;

/// The type of the event that closes a tombstoned stream.
pub const TOMBSTONE_TYPE: &str = "$streamDeleted";

/// An event as it is recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Place in `$all`: greater than zero, growing; both commit and prepare position on the wire.
    pub position: u64,
    /// The stream's name.
    pub stream: String,
    /// Place in the stream, from zero.
    pub revision: u64,
    /// When it was written, in ticks.
    pub created: i64,
    /// The id its writer gave it.
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

/// What is known about a stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its row.
    pub id: i64,
    /// Revision of its last event, visible or not.
    pub last: Option<u64>,
    /// What its metadata hides.
    pub retention: Retention,
    /// Whether it is closed for ever.
    pub tombstoned: bool,
}

impl Stream {
    /// The stream as decisions see it.
    pub fn current(stream: Option<&Stream>) -> Current {
        stream.map_or_else(Current::default, |stream| Current {
            last: stream.last,
            has_metadata: stream.last.is_none(),
            soft_deleted: stream.retention.soft_deleted(),
            tombstoned: stream.tombstoned,
        })
    }
}

/// What is known about a stream, by name.
pub fn stream(connection: &Connection, name: &str) -> rusqlite::Result<Option<Stream>> {
    connection
        .prepare_cached(
            "SELECT id, max_count, max_age, truncate_before, tombstoned,
                    (SELECT max(revision) FROM event WHERE event.stream = stream.id AND revision < ?2)
             FROM stream WHERE name = ?1",
        )?
        .query_row((name, signed(TOMBSTONE_REVISION)), |row| {
            let optional = |column| {
                Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
            };
            Ok(Stream {
                id: row.get(0)?,
                retention: Retention {
                    max_count: optional(1)?,
                    max_age: optional(2)?,
                    truncate_before: unsigned(row, 3)?,
                },
                tombstoned: row.get(4)?,
                last: optional(5)?,
            })
        })
        .optional()
}

/// A number of the wire in a column. Those beyond the column's range lie beyond every event as well.
pub fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column that is never negative.
pub fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or_default())
}
