//! What is written down of who came, what they asked for, and whose data they read: for an inquiry, and as long as the
//! Cybersecurity Law asks (网络安全法, article 21 (3): six months at least).
//!
//! A line of JSON for each, in one file a day (by UTC) in a folder of the data directory. Never what a query, a form or a file said:
//! of a request only its path. What happens *in* the county's data, and by whom, is in the log; these are not events and
//! nothing follows them.

use crate::clock::Clock;
use crate::http::{Peer, Trace};
use crate::sealed::{KeyStore, private_directory};
use axum::http::StatusCode;
use chrono::SecondsFormat;
use schema::identity_number;
use schema::limits::quoted;
use schema::{PersonalField, Sealed};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, BufWriter, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use std::{fmt, thread};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use uuid::fmt::Simple;

/// The folder in the data directory.
pub const RECORDS_FOLDER: &str = "records";

/// So many days' files are kept, which is more than six months.
const DAYS_KEPT: usize = 190;

/// The target of all records; what comes behind it is the kind.
pub(crate) const TARGET: &str = "huiju_record";

/// Where requests are written down, once the process does that. They are too frequent for the lines that an operator reads, and for
/// what it costs to tell each kind of record to whoever might want it.
static ACCESS: OnceLock<NonBlocking> = OnceLock::new();

/// For how long what has come is gathered. Whoever was asked by so many that this matters is spared as many writes to the file, and as
/// many wakings of the thread that writes.
const GATHERED: Duration = Duration::from_millis(10);

/// Writes what is still under way when it is dropped.
pub struct Records(#[expect(dead_code, reason = "its drop is what counts")] WorkerGuard);

/// The file that records go to, and what keeps it written. Requests are written down from now on.
pub(crate) fn writer(folder: &Path) -> io::Result<(NonBlocking, Records)> {
    private_directory(folder)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("records")
        .filename_suffix("jsonl")
        .max_log_files(DAYS_KEPT)
        .build(folder)
        .map_err(io::Error::other)?;
    // A record waits rather than being lost.
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(Gathering(BufWriter::new(files)));
    // The only refusal is that it is set already, which tests do.
    drop(ACCESS.set(writer.clone()));
    Ok((writer, Records(guard)))
}

/// Writes what came in one go, each time that it is told that nothing more is there, and rests before it looks again.
struct Gathering<W: Write>(BufWriter<W>);

impl<W: Write> Write for Gathering<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        thread::sleep(GATHERED);
        Ok(())
    }
}

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// A token was given.
    Done,
    /// The account or the password was wrong, or the account disabled.
    Wrong,
    /// There had been too many failures; the password was not looked at.
    Waits,
}

/// Somebody signed in, or tried to. `account` is an account's name, never what a stranger typed: that may be a password.
pub fn sign_in(account: Option<&str>, peer: Peer, outcome: SignIn) {
    let outcome = match outcome {
        SignIn::Done => "signed in",
        SignIn::Wrong => "wrong",
        SignIn::Waits => "too many failures",
    };
    tracing::info!(target: "huiju_record::sign_in", account, place = %peer.0, outcome, "sign-in");
}

/// An account, or a token of a script, was changed by somebody.
pub fn account(account: &str, by: &str, what: &str) {
    tracing::info!(target: "huiju_record::account", account, by, what, "account");
}

/// Sealed values on their way to somebody who may read them. That they did is written down with [`Disclosure::tell`].
pub struct Disclosure<'k> {
    keys: &'k KeyStore,
    shown: RefCell<BTreeSet<PersonalField>>,
}

impl<'k> Disclosure<'k> {
    /// Opens with these keys.
    pub fn with(keys: &'k KeyStore) -> Disclosure<'k> {
        Disclosure { keys, shown: RefCell::default() }
    }

    /// Opens a value. See [`KeyStore::open_sealed`].
    pub fn open(&self, field: PersonalField, sealed: &Sealed) -> Option<String> {
        let value = self.keys.open_sealed(field, sealed);
        if value.is_some() {
            self.shown.borrow_mut().insert(field);
        }
        value
    }

    /// Writes down who was shown which kinds of values, and of which registration, hand-in or merge. Nothing, where nothing was
    /// opened.
    pub fn tell(self, reader: &str, of: &dyn fmt::Display) {
        let shown: Vec<&str> = self.shown.into_inner().into_iter().map(PersonalField::name).collect();
        if !shown.is_empty() {
            let shown = shown.join(",");
            tracing::info!(target: "huiju_record::reading", account = reader, %of, shown, "reading");
        }
    }
}

/// A request that was answered. Probes are not written down.
pub(crate) fn access(
    account: Option<&str>,
    peer: Peer,
    method: &str,
    path: &str,
    status: StatusCode,
    took: Duration,
    trace: &Trace,
) {
    let Some(mut records) = ACCESS.get().cloned().filter(|_| !matches!(path, "/healthz" | "/readyz" | "/metrics"))
    else {
        return;
    };
    let access = Access {
        timestamp: Clock::system().now().to_rfc3339_opts(SecondsFormat::Micros, true),
        level: "INFO",
        message: "access",
        account,
        place: peer.0,
        method,
        path: &identity_number::masked(&quoted(path)),
        status: status.as_u16(),
        ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        trace: trace.id.simple(),
        target: "huiju_record::access",
    };
    if let Err(error) = access.write(&mut records) {
        tracing::error!(%error, "a request cannot be written down");
    }
}

/// A request as it is written down: as the other records are, member by member.
#[derive(Serialize)]
struct Access<'a> {
    timestamp: String,
    level: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    place: IpAddr,
    method: &'a str,
    path: &'a str,
    status: u16,
    ms: u64,
    trace: Simple,
    target: &'a str,
}

impl Access<'_> {
    /// One line in one piece, since others write as well.
    fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let mut line = Vec::with_capacity(256);
        serde_json::to_writer(&mut line, self)?;
        line.push(b'\n');
        to.write_all(&line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_line_in_one_piece_without_an_account_that_there_is_not() {
        struct Pieces(Vec<String>);
        impl Write for Pieces {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(String::from_utf8_lossy(bytes).into_owned());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let access = Access {
            timestamp: "2026-03-04T01:30:00.000000Z".to_owned(),
            level: "INFO",
            message: "access",
            account: None,
            place: "203.0.113.7".parse().unwrap(),
            method: "GET",
            path: "/\"a\"\n",
            status: 200,
            ms: 3,
            trace: uuid::Uuid::from_u128(7).simple(),
            target: "huiju_record::access",
        };
        let mut pieces = Pieces(Vec::new());
        access.write(&mut pieces).unwrap();
        assert_eq!(
            pieces.0,
            [concat!(
                r#"{"timestamp":"2026-03-04T01:30:00.000000Z","level":"INFO","message":"access","place":"203.0.113.7","method":"GET","#,
                r#""path":"/\"a\"\n","status":200,"ms":3,"trace":"00000000000000000000000000000007","target":"huiju_record::access"}"#,
                "\n"
            )]
        );
    }

    #[test]
    fn what_is_gathered_is_written_when_there_is_no_more() {
        let mut gathering = Gathering(BufWriter::new(Vec::new()));
        gathering.write_all(b"one\n").unwrap();
        gathering.write_all(b"two\n").unwrap();
        assert!(gathering.0.get_ref().is_empty());
        gathering.flush().unwrap();
        assert_eq!(gathering.0.get_ref(), b"one\ntwo\n");
    }
}
