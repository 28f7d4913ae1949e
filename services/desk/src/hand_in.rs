//! What is handed in: a file, who asks, how far its run has come, and why it could not be run.

use crate::description::Refusal;
use crate::report::Report;
use crate::withdrawal::Unsure;
use chassis::decide::CommandError;
use chassis::log::{LogError, Unreadable};
use chassis::sealed::KeyError;
use futures::future::BoxFuture;
use intake::SheetError;
use schema::{AreaCode, Extent, HandInId, Scope};
use std::sync::Arc;

/// A file as it was handed in.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, for people.
    pub name: String,
    /// The list within the office; an office with one list calls it [`File::MAIN`].
    pub list: String,
    /// Whether it is the whole list or some of its rows.
    pub extent: Extent,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl File {
    /// The list of an office that has only one.
    pub const MAIN: &'static str = "main";

    /// The whole of the only list.
    pub fn of_main(name: &str, bytes: &[u8]) -> File {
        File { name: name.to_owned(), list: File::MAIN.to_owned(), extent: Extent::Whole, bytes: bytes.into() }
    }
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
    /// The area that the clerk is bound to, if to any: rows outside it are refused, and registrations outside it are
    /// never absent.
    pub area: Option<AreaCode>,
}

impl Ask {
    /// An ask without a key.
    pub fn by(actor: impl Into<String>) -> Self {
        Ask { actor: actor.into(), key: None, traceparent: None, area: None }
    }

    /// The area that keeps who asks from reading somebody's hand-in, if one does: it is about more than that, and of
    /// somebody else.
    pub(crate) fn kept_from(&self, id: HandInId, by: &str) -> Option<AreaCode> {
        self.area.filter(|area| !id.scope().lies_in(*area) && self.actor != by)
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

/// Told how far a run has come, again and again.
pub type OnProgress<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// A hand-in on its way to its report. Boxed, so that its code is made once, in the crate of the office.
pub type Importing<'a> = BoxFuture<'a, Result<Report, HandInError>>;

/// A hand-in could not be run.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// The file is not the office's list. Nothing was taken in.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The reading of the file broke off, for no fault of the file's. Nothing was taken in.
    #[error("the reading of the file broke off: {0}")]
    Reading(String),
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
    /// What is to be withdrawn is not said as surely as it has to be. Nothing was withdrawn.
    #[error(transparent)]
    Unsure(#[from] Unsure),
    /// More registrations of a scope are to be withdrawn than its county lets one hand-in withdraw, and no steward has agreed.
    /// Nothing was withdrawn.
    #[error("{count} registrations of {scope} are to be withdrawn, more than {most}, and no steward has agreed")]
    AgreementNeeded {
        /// The hand-in.
        hand_in: HandInId,
        /// The scope.
        scope: Scope,
        /// How many of it, with those that the hand-in has withdrawn before.
        count: usize,
        /// How many its county lets one hand-in withdraw.
        most: u32,
    },
    /// Some of what a hand-in left out lies outside the area that the clerk acts for.
    #[error("some of the absent registrations lie outside {0}")]
    NotYours(AreaCode),
    /// The hand-in is about more than the area that the reader is bound to, and of somebody else.
    #[error("the hand-in is about more than {0}")]
    OutsideArea(AreaCode),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An event that the hand-in depends on cannot be read by this program. Nothing was taken in.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An event of the log could not be read.
    #[error("the log cannot be read: {0}")]
    Corrupt(String),
    /// The keys of personal values.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Another process wrote to the same registrations at the same time; hand the file in again.
    #[error("registrations changed while the file was taken in")]
    Conflict,
}

/// A command that was not carried out for a reason that no row is to blame for.
pub(crate) fn failed(error: CommandError<Refusal>) -> HandInError {
    match error {
        CommandError::Refused(refusal) => HandInError::Corrupt(refusal.to_string()),
        CommandError::KeyReused { key } => HandInError::KeyReused { key },
        CommandError::Conflict => HandInError::Conflict,
        CommandError::Log(error) => error.into(),
        CommandError::Unreadable(unreadable) => unreadable.into(),
    }
}
