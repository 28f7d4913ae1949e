//! What is written down of who came, what they asked for, and whose data they read: for an inquiry, and as long as the
//! Cybersecurity Law asks (网络安全法, article 21 (3): six months at least).
//!
//! A line of JSON for each, in one file a day (by UTC) in a folder of the data directory. Never what a query, a form or a file said:
//! of a request only its path. What happens *in* the county's data, and by whom, is in the log; these are not events and
//! nothing follows them.

use crate::http::{Peer, Trace};
use crate::sealed::{KeyStore, private_directory};
use axum::http::StatusCode;
use schema::identity_number;
use schema::limits::quoted;
use schema::{PersonalField, Sealed};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};

/// The folder in the data directory.
pub const RECORDS_FOLDER: &str = "records";

/// So many days' files are kept, which is more than six months.
const DAYS_KEPT: usize = 190;

/// The target of all records; what comes behind it is the kind.
pub(crate) const TARGET: &str = "huiju_record";

/// The target of the one kind that is too frequent for the lines that an operator reads.
pub(crate) const ACCESS: &str = "huiju_record::access";

/// Writes what is still under way when it is dropped.
pub struct Records(#[expect(dead_code, reason = "its drop is what counts")] WorkerGuard);

/// The file that records go to, and what keeps it written.
pub(crate) fn writer(folder: &Path) -> std::io::Result<(NonBlocking, Records)> {
    private_directory(folder)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("records")
        .filename_suffix("jsonl")
        .max_log_files(DAYS_KEPT)
        .build(folder)
        .map_err(std::io::Error::other)?;
    // A record waits rather than being lost.
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(files);
    Ok((writer, Records(guard)))
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
    if matches!(path, "/healthz" | "/readyz" | "/metrics") {
        return;
    }
    let (status, ms) = (status.as_u16(), u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    let path = identity_number::masked(&quoted(path));
    tracing::info!(target: "huiju_record::access", account, place = %peer.0, method, path, status, ms, trace = %trace.id.simple(), "access");
}
