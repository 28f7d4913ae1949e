//! Where an office's hand-ins are taken: one at a time, checked or run.

use crate::description::Description;
use crate::report::{Report, Summary};
use crate::sheet::{Line, SheetError};
use chassis::log::LogError;
use chassis::service::Service;
use schema::area_book::AreaBook;
use schema::hand_in::Finding;
use schema::{Event, HandInId, RegistrationId, Source};
use std::sync::Arc;

/// A file as it was handed in.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, for people.
    pub name: String,
    /// The list within the office; an office with one list calls it [`File::MAIN`].
    pub list: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl File {
    /// The list of an office that has only one.
    pub const MAIN: &'static str = "main";
}

/// Who asks, and how it is told again when repeated.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The subject of a token, or `service:<name>`.
    pub actor: String,
    /// The idempotency key, if one was given.
    pub key: Option<String>,
    /// The W3C trace context of the request.
    pub traceparent: Option<String>,
}

impl Ask {
    /// An ask without a key.
    pub fn by(actor: impl Into<String>) -> Self {
        Ask { actor: actor.into(), key: None, traceparent: None }
    }
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Rows settled.
    pub settled: u32,
    /// Rows in the file.
    pub of: u32,
}

/// A hand-in could not be run.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// The file is not the office's list. Nothing was taken in.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The divisions have not been imported, so no code can be read.
    #[error("no divisions are known; import them first")]
    NoAreas,
    /// The idempotency key was used with another file or another list.
    #[error("the key {key:?} was used for another hand-in")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// No such hand-in of this office.
    #[error("no hand-in {0} of this office")]
    Unknown(HandInId),
    /// Absent registrations can be withdrawn only after the latest completed hand-in of the list.
    #[error("hand-in {0} is not the latest completed one of its list")]
    Superseded(HandInId),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An event of the log could not be read.
    #[error("the log cannot be read: {0}")]
    Corrupt(String),
    /// Another process wrote to the same registrations at the same time; hand the file in again.
    #[error("registrations changed while the file was taken in")]
    Conflict,
}

/// Where an office's hand-ins are taken. Cheap to clone; every clone is the same desk. One hand-in at a time; others wait.
pub struct Desk<P, S, E> {
    inner: Arc<Inner<P, S, E>>,
}
