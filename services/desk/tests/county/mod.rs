//! A county with one office in it, for the tests of the offices: a log in memory, the divisions of Qinhuangdao, a clock
//! that stands at 2026-11-23, tokens for whoever is needed, and a clerk's browser.
//!
//! Each office's tests take this file in by its path; it is no part of any library.
#![allow(dead_code, reason = "no office uses all of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::decide::new_events;
use chassis::health::Health;
use chassis::log::{Expected, Log, Metadata, NewEvent};
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service, StartError};
use chrono::TimeDelta;
use log_server::{Options, Server};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::hand_in::{RowFate, Severity};
use schema::streams::Category;
use schema::{Office, Scheme, Shape, Stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

pub struct County {
    pub service: Service,
    office: Office,
    router: Router,
    signer: Signer,
    _server: Server,
}

/// What an office answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Value,
}

impl County {
    pub async fn with(office: Office, mount: impl FnOnce(&Service) -> Result<Mounted, StartError>) -> County {
        County::with_keys(Arc::new(KeyStore::in_memory().unwrap()), office, mount).await
    }

    /// The same with the keys of another one.
    pub async fn with_keys(
        keys: Arc<KeyStore>,
        office: Office,
        mount: impl FnOnce(&Service) -> Result<Mounted, StartError>,
    ) -> County {
        let server = Server::start(Options::in_memory()).await.unwrap();
        let log = Log::connect(&server.url()).await.unwrap();
        let signer = Signer::draw().unwrap();
        let clock = Clock::fixed("2026-11-23T02:00:00Z".parse().unwrap());
        list_areas(&log).await;
        let service = Service {
            helper: None,
            log,
            data: std::env::temp_dir(),
            auth: Verifier::from_jwks(&signer.jwks()).unwrap().with_clock(clock.clone()),
            clock,
            keys,
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            health: Health::new(),
            metrics: prometheus::Registry::new(),
        };
        let mounted = mount(&service).unwrap();
        assert_eq!(mounted.name, office.path());
        let router = chassis::app::app(&service, vec![mounted]);
        County { service, office, router, signer, _server: server }
    }

    pub fn token(&self, role: Role, office: Option<Office>, area: Option<&str>) -> String {
        let area = area.map(|area| area.parse().unwrap());
        let caller = Caller { subject: format!("{role}-1"), role, office, area };
        self.signer.sign(&caller, self.service.clock.now(), TimeDelta::hours(1)).unwrap()
    }

    /// The office's application, for requests of another shape than [`County::send`] makes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What the county's stewards settle.
    pub async fn settles(&self, event: schema::policy::PolicyEvent) {
        let stream = Stream::Policy("130306".parse().unwrap()).to_string();
        let key = format!("{event:?}");
        let command = Command::of("steward-1", key, &"", self.service.clock.now()).unwrap();
        let events = new_events(&stream, &command, &[event]).unwrap();
        let stands = self.service.log.read_stream(&stream).await.unwrap();
        let expected = stands.last().map_or(Expected::NoStream, |last| Expected::Revision(last.revision));
        self.service.log.append(&stream, expected, events).await.unwrap();
    }

    /// One hand-in may withdraw so many registrations.
    pub async fn lets_withdraw(&self, most: u32) {
        let set = schema::policy::WithdrawalLimitSet { most, set_by: "steward-1".into() };
        self.settles(schema::policy::PolicyEvent::WithdrawalLimitSet(set)).await;
    }

    pub fn clerk(&self) -> String {
        self.token(Role::Clerk, Some(self.office), None)
    }

    pub fn registrations(&self) -> String {
        format!("/api/{}/registrations", self.office)
    }

    /// A request as it is, with or without token and key.
    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, key: Option<&str>, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            location: parts.headers.get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// A clerk of the office posts.
    pub async fn post(&self, path: &str, key: &str, body: Value) -> Answer {
        self.send("POST", path, Some(&self.clerk()), Some(key), body).await
    }

    /// Registers with a form; the id and its path.
    pub async fn registered(&self, key: &str, form: &Value) -> (String, String) {
        let answer = self.post(&self.registrations(), key, form.clone()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        let path = format!("{}/{id}", self.registrations());
        assert_eq!(answer.location.as_deref(), Some(path.as_str()));
        (id, path)
    }

    /// A clerk of the office looks.
    pub async fn see(&self, path: &str) -> Value {
        let answer = self.send("GET", path, Some(&self.clerk()), None, Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// The types of a registration's events.
    pub async fn events(&self, id: &str) -> Vec<String> {
        let recorded = self
            .service
            .log
            .read_stream(&Stream::Registration(self.office, id.parse().unwrap()).to_string())
            .await
            .unwrap();
        recorded.into_iter().map(|event| event.event_type).collect()
    }

    /// Everything in the log as text.
    pub async fn written(&self) -> String {
        let mut all = String::new();
        let each = |event: chassis::log::Recorded| {
            all.push_str(&String::from_utf8_lossy(&event.data));
            all.push_str(&String::from_utf8_lossy(&event.metadata));
        };
        self.service.log.catch_up(&[], None, each).await.unwrap();
        all
    }

    /// The types of all events of the office, with how many there are of each.
    pub async fn all_events(&self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        let prefixes = [Category::Office(self.office).prefix()];
        let count = |event: chassis::log::Recorded| *all.entry(event.event_type).or_default() += 1;
        self.service.log.catch_up(&prefixes, None, count).await.unwrap();
        all
    }

    /// A command that succeeds and leaves one event; its repetition answers the same and leaves none, and the key with
    /// another body is refused.
    pub async fn done_once(&self, path: &str, body: Value) {
        let method = if path.contains("/registrations/") && !is_command(path) { "PUT" } else { "POST" };
        let (clerk, key) = (self.clerk(), format!("once {path} {body}").replace(|c: char| !c.is_ascii_graphic(), "-"));
        let key: String = key.chars().rev().take(150).collect();
        let send = |body: Value| self.send(method, path, Some(&clerk), Some(&key), body);
        let before = self.all_events().await.values().sum::<usize>();
        let first = send(body.clone()).await;
        assert!(first.status < 300, "{path}: {}", first.body);
        assert_eq!((&first.body["repeated"], &first.body["changed"]), (&json!(false), &json!(true)), "{path}");
        assert_eq!(self.all_events().await.values().sum::<usize>(), before + 1, "{path} leaves one event");
        assert_ne!(first.body["position"].as_str().unwrap().trim_start_matches('0'), "", "a position is never zero");
        let again = send(body.clone()).await;
        let mut repeated = first.clone();
        repeated.body["repeated"] = json!(true);
        assert_eq!(again, repeated, "{path} answers as the first time");
        assert_eq!(self.all_events().await.values().sum::<usize>(), before + 1, "{path} again leaves nothing");
        let other = send(other_than(&body)).await;
        assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency-key-reused")), "{path}");
    }

    /// An event that a newer program wrote, in a stream.
    pub async fn written_by_a_newer_one(&self, stream: &str, shape: Shape, data: Value) {
        let newer = Command::of("newer", shape.to_string(), &data, Clock::system().now()).unwrap();
        let id = schema::ids::derive(&[stream, &shape.to_string()]);
        let event_type = shape.event_type.clone();
        let event = NewEvent { id, event_type, data, metadata: Metadata::Of(Box::new(newer), shape) };
        self.service.log.append(stream, Expected::Any, vec![event]).await.unwrap();
    }

    /// A command that the rules forbid, in both languages.
    pub async fn refused(&self, path: &str, body: Value, status: u16, code: &str) {
        let method = if is_command(path) || path.ends_with("registrations") { "POST" } else { "PUT" };
        let key = format!("refused-{code}");
        let zh = self.send(method, path, Some(&self.clerk()), Some(&key), body.clone()).await;
        let en = self.send(method, &format!("{path}?lang=en"), Some(&self.clerk()), Some(&key), body).await;
        assert_eq!((zh.status, zh.body["code"].as_str()), (status, Some(code)), "{path}: {}", zh.body);
        let (zh, en) = (zh.body["detail"].as_str().unwrap(), en.body["detail"].as_str().unwrap());
        // A clerk's own words stand in both as they are.
        let latin = |text: &str| text.chars().filter(char::is_ascii_alphabetic).count() > 5;
        assert!(zh.chars().any(|c| c >= '\u{4E00}') && !latin(zh) && latin(en), "{zh} / {en}");
    }
}

/// Whether a path ends in a verb, not in an id.
fn is_command(path: &str) -> bool {
    path.split_once("/registrations/").is_some_and(|(_, rest)| rest.contains('/'))
}

/// A body that differs from this one in one value and is of the same shape.
fn other_than(body: &Value) -> Value {
    let mut other = body.clone();
    for (_, value) in other.as_object_mut().unwrap().iter_mut() {
        match value {
            Value::String(text) if text.parse::<chrono::NaiveDate>().is_err() => text.push('二'),
            Value::String(text) => {
                let day: chrono::NaiveDate = text.parse().unwrap();
                *text = (day + chrono::Days::new(1)).to_string();
            }
            Value::Number(number) => *value = json!(number.as_u64().unwrap() + 1),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => continue,
        }
        return other;
    }
    json!({ "reason": "other" })
}

async fn list_areas(log: &Log) {
    let mut areas = Vec::new();
    for record in csv::Reader::from_path(repository("schema/areas/130300.csv")).unwrap().records() {
        let record = record.unwrap();
        areas.push(Area {
            code: record[0].parse().unwrap(),
            name: record[1].to_owned(),
            level: serde_json::from_value(json!(&record[2])).unwrap(),
            parent: record[3].parse().ok(),
        });
    }
    let event = AreasEvent::AreasListed(AreasListed { scheme: Scheme::Statistical2023, areas, part: None });
    let stream = "areas-130300_statistical_2023";
    let listed = Command::of("test", "areas", &"", Clock::system().now()).unwrap();
    log.append(stream, Expected::NoStream, new_events(stream, &listed, &[event]).unwrap()).await.unwrap();
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

pub fn file(path: &str) -> Vec<u8> {
    let path = repository(path);
    std::fs::read(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// The first rows of a list of the demonstration, as text with its header.
pub fn first_rows(list: &str, rows: usize) -> Vec<String> {
    let text = String::from_utf8(file(&format!("ops/demo/{list}.csv"))).unwrap();
    text.lines().take(rows + 1).map(str::to_owned).collect()
}

/// Lines as the bytes of a file.
pub fn bytes_of(lines: &[String]) -> Vec<u8> {
    lines.join("\r\n").into_bytes()
}

/// The report of a hand-in that was taken.
pub fn taken(report: Result<desk::Report, desk::HandInError>) -> desk::Report {
    report.unwrap()
}

/// What a report says of each row: its fate and whether it was warned, in the words of `messy/expected.csv`.
pub fn fate(row: &desk::ReportRow) -> &'static str {
    match row.fate {
        RowFate::Refused => "refused",
        RowFate::Registered | RowFate::Revised | RowFate::Unchanged if row.findings.is_empty() => "ok",
        RowFate::Registered | RowFate::Revised | RowFate::Unchanged => "warned",
    }
}

/// Every row of a messy file meets the fate that is expected of it, because of the column that is to blame.
pub fn meets_expectations(report: &desk::Report, file_name: &str) {
    let mut expected = 0;
    for record in csv::Reader::from_path(repository("tests/data/messy/expected.csv")).unwrap().records() {
        let record = record.unwrap();
        if &record[0] != file_name {
            continue;
        }
        expected += 1;
        let number: u32 = record[1].parse().unwrap();
        let row = report.rows.iter().find(|row| row.row == number).unwrap_or_else(|| panic!("no row {number}"));
        assert_eq!(fate(row), &record[2], "row {number} ({}): {:?}", &record[4], row.findings);
        if &record[2] != "ok" {
            let of = if &record[2] == "refused" { Severity::Error } else { Severity::Warning };
            let columns: Vec<&str> =
                row.findings.iter().filter(|found| found.severity == of).map(|found| found.column.as_str()).collect();
            assert_eq!(columns, [&record[3]], "row {number} ({}): {:?}", &record[4], row.findings);
        }
    }
    assert_eq!(report.rows.len(), expected, "every data row is accounted for, and no other");
}

/// Every finding says where, what, why and what to do, in both languages.
pub fn is_explained(report: &desk::Report) {
    for finding in report.rows.iter().flat_map(|row| &row.findings) {
        assert!(!finding.column.is_empty() && !finding.code.is_empty(), "{finding:?}");
        for zh in [&finding.reason_zh, &finding.remedy_zh] {
            assert!(zh.chars().any(|c| c >= '\u{4E00}'), "{finding:?}");
        }
        for en in [&finding.reason_en, &finding.remedy_en] {
            assert!(en.chars().any(|c| c.is_ascii_alphabetic()), "{finding:?}");
        }
    }
}
