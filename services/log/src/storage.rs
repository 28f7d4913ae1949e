//! The file: its tables, its lock, and who may open it.
//!
//! One SQLite database in WAL mode with `synchronous=FULL`: a commit returns after the data is on disk. One thread
//! writes (`writer`), any number of connections read (`pages`).

use crate::pages::Readers;
use crate::rows::unsigned;
use crate::tail::Tail;
use crate::writer::{self, Job, Refusal, Write, Written};
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The version of the tables below.
const SCHEMA_VERSION: i64 = 1;

/// Marks the file as a log of this server ("HJlg").
const APPLICATION_ID: i64 = 0x484a_6c67;

/// Appends that may wait for the writer before senders are held back.
const WAITING_WRITES: usize = 4096;

const TABLES: &str = "
    CREATE TABLE property (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
    -- Streams that have events or metadata. The limits repeat what the last metadata event says.
    CREATE TABLE stream (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        max_count INTEGER,
        max_age INTEGER,
        truncate_before INTEGER NOT NULL DEFAULT 0,
        tombstoned INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    -- What filters look at stands before the bodies, so that passing over an event reads none of its body.
    CREATE TABLE event (
        position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        created INTEGER NOT NULL,
        id BLOB NOT NULL,
        type TEXT NOT NULL,
        json INTEGER NOT NULL,
        metadata BLOB NOT NULL,
        data BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX event_of_stream ON event (stream, revision);
    CREATE INDEX event_by_id ON event (id);
";

/// Why the data cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server has it open.
    #[error(
        "{0} 正被另一个日志服务使用：请先停止它，或另选数据目录 \
         {0} is in use by another log server: stop that one first, or give this one a directory of its own"
    )]
    InUse(PathBuf),
    /// A newer version of this server wrote it.
    #[error(
        "{path} 的格式为 {found}，本版本只认到 {known}：请用写入它的版本或更新的版本 \
         {path} has format {found}, but this version reads up to {known}: use the version that wrote it or a newer one"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this version knows.
        known: i64,
    },
    /// It is some other program's database.
    #[error("{0} 不是本服务的日志 {0} is not a log of this server")]
    Foreign(PathBuf),
    /// The directory or the lock cannot be made.
    #[error("无法使用 cannot use {path}: {source}")]
    File {
        /// What was to be opened.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not as it was written.
    #[error("日志文件已损坏，请从备份恢复 the log file is damaged, restore a backup: {path}: {source}")]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The database cannot be used.
    #[error("无法使用日志文件 the log file cannot be used: {path}: {source}")]
    Database {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl OpenError {
    fn database(path: &Path, source: rusqlite::Error) -> OpenError {
        let path = path.to_path_buf();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, source },
            _ => OpenError::Database { path, source },
        }
    }
}

/// An open log.
#[derive(Debug)]
pub struct Storage {
    writes: mpsc::Sender<Job>,
    /// Read connections.
    pub readers: Arc<Readers>,
    /// The newest events, for followers who have caught up.
    pub tail: Arc<Tail>,
    /// Drawn when the log was created.
    pub log_id: Uuid,
    /// Cancelled when the writer has ended, for whatever reason.
    pub writer_ended: CancellationToken,
    head: watch::Receiver<u64>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    /// Kept for a log in memory only: the directory goes with the server.
    _temporary: Option<tempfile::TempDir>,
}

impl Storage {
    /// Opens the log in a directory, creating both where missing; without a directory, a log that goes away when
    /// it is closed and does not wait for the disk. Blocks.
    pub fn open(directory: Option<&Path>) -> Result<Storage, OpenError> {
        let (directory, temporary) = match directory {
            Some(directory) => (directory.to_path_buf(), None),
            None => {
                let temporary =
                    tempfile::tempdir().map_err(|source| OpenError::File { path: std::env::temp_dir(), source })?;
                (temporary.path().to_path_buf(), Some(temporary))
            }
        };
        std::fs::create_dir_all(&directory).map_err(|source| OpenError::File { path: directory.clone(), source })?;
        let lock = lock(&directory)?;
        let path = directory.join("log.db");
        let database = |source| OpenError::database(&path, source);

        let connection = Connection::open(&path).map_err(database)?;
        let log_id = prepare(&connection, &path, temporary.is_none())?;
        let (head, created) = newest(&connection).map_err(database)?;
        let readers = Arc::new(Readers::new(path.clone()));
        let tail = Arc::new(Tail::new(head));
        let (writes, jobs) = mpsc::channel(WAITING_WRITES);
        let (publish, head) = watch::channel(head);
        let writer_ended = CancellationToken::new();
        let writer =
            writer::Writer::new(connection, lock, log_id, created, Arc::clone(&tail), publish, writer_ended.clone());
        let writer = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run(jobs))
            .map_err(|source| OpenError::File { path, source })?;
        Ok(Storage {
            writes,
            readers,
            tail,
            log_id,
            writer_ended,
            head,
            writer: Mutex::new(Some(writer)),
            _temporary: temporary,
        })
    }

    /// The position of the last durable event, zero if there is none, and news of later ones.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    /// Hands a write to the writer and waits until it is durable or refused.
    pub async fn write(&self, write: Write) -> Result<Written, Refusal> {
        self.submit(write).await?.await
    }

    /// Hands a write to the writer. Writes are done in the order in which they are handed over; what comes back waits
    /// until this one is durable or refused.
    pub async fn submit(
        &self,
        write: Write,
    ) -> Result<impl Future<Output = Result<Written, Refusal>> + Send + use<>, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.writes.send(Job::Write(write, answer)).await.map_err(|_| Refusal::Closed)?;
        Ok(async { answered.await.map_err(|_| Refusal::Closed)? })
    }

    /// Lets the writer finish what waits, then closes the file and gives up the lock.
    pub async fn close(&self) {
        // An error means that the writer has ended already.
        let _ = self.writes.send(Job::Stop).await;
        let writer = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

/// Takes the directory for this process. The system releases it however the process ends.
fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join("log.lock");
    let file = |source| OpenError::File { path: path.clone(), source };
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_path_buf())),
        Err(TryLockError::Error(source)) => Err(file(source)),
    }
}

/// Sets up the write connection and the tables; returns the identity of the log.
fn prepare(connection: &Connection, path: &Path, durable: bool) -> Result<Uuid, OpenError> {
    let database = |source| OpenError::database(path, source);
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));

    let version = number("user_version").map_err(database)?;
    let application = number("application_id").map_err(database)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(database)?;
    if application != APPLICATION_ID && tables > 0 {
        return Err(OpenError::Foreign(path.to_path_buf()));
    }
    if version > SCHEMA_VERSION {
        return Err(OpenError::Newer { path: path.to_path_buf(), found: version, known: SCHEMA_VERSION });
    }
    (|| {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", if durable { "FULL" } else { "OFF" })?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        connection.set_prepared_statement_cache_capacity(64);
        if version == 0 {
            let create = connection.unchecked_transaction()?;
            create.execute_batch(TABLES)?;
            create.execute("INSERT INTO property (name, value) VALUES ('log-id', randomblob(16))", [])?;
            create.pragma_update(None, "application_id", APPLICATION_ID)?;
            create.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            create.commit()?;
        }
        connection.query_row("SELECT value FROM property WHERE name = 'log-id'", [], |row| {
            row.get::<_, [u8; 16]>(0).map(Uuid::from_bytes)
        })
    })()
    .map_err(database)
}

/// Position and time of the last event, zeros if there is none.
fn newest(connection: &Connection) -> rusqlite::Result<(u64, i64)> {
    let newest = connection
        .query_row("SELECT position, created FROM event ORDER BY position DESC LIMIT 1", [], |row| {
            Ok((unsigned(row, 0)?, row.get(1)?))
        })
        .optional()?;
    Ok(newest.unwrap_or_default())
}
