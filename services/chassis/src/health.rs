//! Whether the process can be relied on, and what its parts say of themselves.

use crate::log::LogError;
use chrono::{DateTime, Utc};
use schema::scope::Scope;
use schema::streams::Stream;
use schema::{DecodeError, EncodeError, Position};
use serde::Serialize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much of what is parked a probe keeps to show; the count goes on beyond.
const PARKED_SHOWN: usize = 100;

/// The health of a process: all its probes. Clones are the same health.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Vec<Probe>>>);

/// What one part of the process says of itself. Clones are the same probe. Not ready until it says so.
#[derive(Clone, Debug)]
pub struct Probe(Arc<State>);

#[derive(Debug)]
struct State {
    name: String,
    ready: AtomicBool,
    commit: AtomicU64,
    prepare: AtomicU64,
    parked: AtomicU64,
    text: Mutex<Text>,
}

#[derive(Debug, Default)]
struct Text {
    trouble: Option<String>,
    parked: Vec<Parked>,
}

/// Something that was set aside so that the rest goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// What it is.
    pub kind: ParkedKind,
    /// Its stream.
    pub stream: String,
    /// Its number in the stream, if it stands there.
    pub revision: Option<u64>,
    /// Its type.
    pub event_type: String,
    /// Why, in English.
    pub reason: String,
    /// Why, in Chinese.
    pub reason_zh: String,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

/// What was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkedKind {
    /// An event that nothing can be made of.
    Event,
    /// An event that is to be written and that the log refuses.
    Publication,
}

impl Parked {
    /// The scope that its stream names.
    pub fn scope(&self) -> Option<Scope> {
        self.stream.parse::<Stream>().ok()?.scope()
    }
}

/// Why something was set aside, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl From<String> for Why {
    fn from(en: String) -> Why {
        Why { zh: format!("本程序无法处理：{en}"), en }
    }
}

impl From<&DecodeError> for Why {
    fn from(error: &DecodeError) -> Why {
        let zh = match error {
            DecodeError::UnknownType(event_type) => {
                format!("本程序不认识事件类型“{event_type}”，可能由更新的版本写入。")
            }
            DecodeError::UnknownVersion { shape, latest } => {
                format!("{shape}由更新的版本写入，本程序只认识到第{latest}版。")
            }
            DecodeError::Envelope { problem, .. } => format!("事件的元数据读不懂：{problem}"),
            DecodeError::AnotherType { event_type, shape } => {
                format!("事件类型是“{event_type}”，元数据里写的却是{shape}。")
            }
            DecodeError::Data { problem, .. } => format!("事件的内容与其类型不符，或含有本程序不认识的值：{problem}"),
        };
        Why { zh, en: error.to_string() }
    }
}

impl From<&LogError> for Why {
    fn from(error: &LogError) -> Why {
        let zh = match error {
            LogError::Unwritable(EncodeError::TooLarge { bytes, most, .. }) => {
                format!("内容共{}KiB，一个事件最多{}KiB，写不进日志。", bytes.div_ceil(1024), most / 1024)
            }
            LogError::Unwritable(EncodeError::Unwritable { problem, .. }) => format!("内容无法写成JSON：{problem}"),
            LogError::StreamDeleted => "它的流已从日志中永久删除。".to_owned(),
            LogError::Refused(problem) => format!("日志服务拒绝写入：{problem}"),
            LogError::WrongExpectedRevision { .. } => "同时有别的程序在写同一个流。".to_owned(),
            LogError::Unavailable(problem) => format!("日志暂时无法访问：{problem}"),
            LogError::AnotherLog => "这个地址上换了另一份日志。".to_owned(),
            LogError::Nonsense(problem) => format!("日志服务的回答不合协议：{problem}"),
            LogError::Address { problem, .. } => format!("日志地址有误：{problem}"),
        };
        Why { zh, en: error.to_string() }
    }
}

/// A probe at one moment, as `/readyz` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The part.
    pub name: String,
    /// Whether it does its work.
    pub ready: bool,
    /// How far in the log it has come, if it follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What stands in its way at the moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// How often it has set something aside since the process started.
    #[serde(skip_serializing_if = "is_zero", rename = "parkedCount")]
    pub parked_count: u64,
    /// What is set aside at the moment, the latest last. For stewards: see `/api/parked`.
    #[serde(skip)]
    pub parked: Vec<Parked>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Health {
    /// A health without probes, which is ready.
    pub fn new() -> Health {
        Health::default()
    }

    /// The probe of that name; a new one is not ready.
    pub fn register(&self, name: impl Into<String>) -> Probe {
        let name = name.into();
        let mut probes = lock(&self.0);
        if let Some(probe) = probes.iter().find(|probe| probe.0.name == name) {
            return probe.clone();
        }
        let probe = Probe(Arc::new(State {
            name,
            ready: AtomicBool::new(false),
            commit: AtomicU64::new(0),
            prepare: AtomicU64::new(0),
            parked: AtomicU64::new(0),
            text: Mutex::default(),
        }));
        probes.push(probe.clone());
        probe
    }

    /// Whether every probe is ready.
    pub fn is_ready(&self) -> bool {
        lock(&self.0).iter().all(Probe::is_ready)
    }

    /// All probes, in the order in which they registered.
    pub fn reports(&self) -> Vec<Report> {
        lock(&self.0).iter().map(Probe::report).collect()
    }
}

impl Probe {
    /// Says whether this part does its work.
    pub fn ready(&self, ready: bool) {
        self.0.ready.store(ready, Ordering::Release);
    }

    /// Says how far in the log this part has come.
    pub fn at(&self, position: Position) {
        self.0.commit.store(position.commit, Ordering::Release);
        self.0.prepare.store(position.prepare, Ordering::Release);
    }

    /// Says what stands in its way, or that nothing does any more. Does not change whether it is ready: a directory
    /// that has lost the log still answers from what it knows.
    pub fn trouble(&self, trouble: Option<String>) {
        lock(&self.0.text).trouble = trouble;
    }

    /// Records what was set aside. What is already, and is tried again in vain, stays where it is with the latest reason.
    pub(crate) fn park(&self, parked: Parked) {
        self.0.parked.fetch_add(1, Ordering::AcqRel);
        let mut text = lock(&self.0.text);
        let same = |known: &&mut Parked| {
            (known.kind, &known.stream, known.revision) == (parked.kind, &parked.stream, parked.revision)
        };
        if let Some(known) = text.parked.iter_mut().find(same) {
            *known = Parked { since: known.since, ..parked };
            return;
        }
        if text.parked.len() >= PARKED_SHOWN {
            text.parked.remove(0);
        }
        text.parked.push(parked);
    }

    /// Says that what was to be written to a stream and was set aside is written now, or need not be any more.
    pub fn unpark(&self, stream: &str) {
        lock(&self.0.text).parked.retain(|parked| parked.kind != ParkedKind::Publication || parked.stream != stream);
    }

    /// Whether it said that it does its work.
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Acquire)
    }

    /// The probe at this moment.
    pub fn report(&self) -> Report {
        let position =
            Position { commit: self.0.commit.load(Ordering::Acquire), prepare: self.0.prepare.load(Ordering::Acquire) };
        let text = lock(&self.0.text);
        Report {
            name: self.0.name.clone(),
            ready: self.is_ready(),
            position: (position != Position::default()).then_some(position),
            trouble: text.trouble.clone(),
            parked_count: self.0.parked.load(Ordering::Acquire),
            parked: text.parked.clone(),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_when_all_its_parts_are() {
        let health = Health::new();
        assert!(health.is_ready());
        let (one, other) = (health.register("one"), health.register("other"));
        one.ready(true);
        assert!(!health.is_ready());
        other.ready(true);
        assert!(health.is_ready());
    }

    #[test]
    fn the_same_name_is_the_same_probe() {
        let health = Health::new();
        health.register("one").ready(true);
        assert!(health.register("one").is_ready());
        assert_eq!(health.reports().len(), 1);
    }

    #[test]
    fn parked_events_are_counted_beyond_what_is_shown() {
        let probe = Health::new().register("one");
        for revision in 0..150 {
            probe.park(parked("s", Some(revision), "r"));
        }
        let report = probe.report();
        assert_eq!((report.parked_count, report.parked.len()), (150, PARKED_SHOWN));
        assert_eq!(report.parked.last().and_then(|parked| parked.revision), Some(149));
    }

    #[test]
    fn what_is_refused_again_waits_since_the_first_time_until_it_is_written() {
        let probe = Health::new().register("one");
        let first = parked("resource-a", None, "too large");
        probe.park(first.clone());
        probe.park(parked("resource-b", None, "too large"));
        let later = first.since + chrono::TimeDelta::hours(1);
        probe.park(Parked { since: later, ..parked("resource-a", None, "still too large") });
        let shown = probe.report().parked;
        let of_a = shown.iter().find(|parked| parked.stream == "resource-a").unwrap();
        assert_eq!((shown.len(), of_a.since, of_a.reason.as_str()), (2, first.since, "still too large"));
        probe.unpark("resource-a");
        assert_eq!(probe.report().parked.len(), 1);
    }

    fn parked(stream: &str, revision: Option<u64>, reason: &str) -> Parked {
        let kind = if revision.is_some() { ParkedKind::Event } else { ParkedKind::Publication };
        let (stream, event_type, reason) = (stream.to_owned(), "T".to_owned(), reason.to_owned());
        Parked { kind, stream, revision, event_type, reason_zh: reason.clone(), reason, since: DateTime::UNIX_EPOCH }
    }
}
