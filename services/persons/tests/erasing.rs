//! Erasing persons against a real log and a key store on disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::decide;
use chassis::health::Health;
use chassis::log::Log;
use chassis::sealed::{KEYS_FILE, KeyStore};
use chassis::service::Service;
use chrono::TimeDelta;
use log_server::{Options, Server};
use persons::domain::{self, Erasures};
use persons::{KeyPlace, LockedOut, unlock};
use schema::erasures::{ErasureEvent, ErasureGround, PersonErasureOrdered};
use schema::streams::{Category, Stream};
use schema::{PersonId, PersonalField, Sealed};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

const NAME: PersonalField = PersonalField::ContactName;

/// An installation: a log, and a folder with its keys.
struct Installation {
    server: Server,
    folder: TempDir,
    clock: Clock,
    signer: Signer,
}

impl Installation {
    async fn new() -> Installation {
        Installation {
            server: Server::start(Options::in_memory()).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            clock: Clock::fixed("2026-11-23T02:00:00Z".parse().unwrap()),
            signer: Signer::draw().unwrap(),
        }
    }

    fn keys_file(&self) -> std::path::PathBuf {
        self.folder.path().join("keys").join(KEYS_FILE)
    }

    async fn log(&self) -> Log {
        Log::connect(&self.server.url()).await.unwrap()
    }

    async fn unlock_at(&self, path: &Path, accept_loss: bool) -> Result<KeyStore, LockedOut> {
        let place = KeyPlace { path: path.to_owned(), accept_loss };
        unlock(&self.log().await, &place, &self.clock).await
    }

    /// A process, from its start on.
    async fn start(&self) -> Process {
        let keys = self.unlock_at(&self.keys_file(), false).await.unwrap();
        let service = Service {
            helper: None,
            log: self.log().await,
            data: self.folder.path().to_owned(),
            auth: Verifier::from_jwks(&self.signer.jwks()).unwrap().with_clock(self.clock.clone()),
            clock: self.clock.clone(),
            keys: Arc::new(keys),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            health: Health::new(),
            metrics: prometheus::Registry::new(),
        };
        let mounted = persons::mount(&service).unwrap();
        let app = chassis::app::app(&service, vec![mounted]);
        let admin = Caller { subject: "admin".to_owned(), role: Role::Admin, office: None, area: None };
        let token = self.signer.sign(&admin, self.clock.now(), TimeDelta::hours(10_000)).unwrap();
        let clerk = Caller { subject: "clerk".to_owned(), role: Role::Steward, ..admin };
        let other = self.signer.sign(&clerk, self.clock.now(), TimeDelta::hours(10_000)).unwrap();
        while !service.health.is_ready() {
            tokio::task::yield_now().await;
        }
        Process { service, app, token, other }
    }
}

struct Process {
    service: Service,
    app: Router,
    token: String,
    other: String,
}

impl Process {
    async fn send(&self, method: &str, path: &str, key: &str, body: &Value, token: &str) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn erase(&self, person: PersonId, key: &str, body: &Value) -> (StatusCode, Value) {
        self.send("POST", &format!("/api/persons/{person}/erasure"), key, body, &self.token).await
    }

    fn seal(&self, person: PersonId) -> Sealed {
        self.service.keys.seal(person, NAME, "欧阳秀英").unwrap()
    }

    fn open(&self, sealed: &Sealed) -> Option<String> {
        self.service.keys.open_sealed(NAME, sealed)
    }

    async fn events(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        let each = |event: chassis::log::Recorded| {
            let event: ErasureEvent = event.decode().unwrap();
            all.push(schema::Event::event_type(&event));
        };
        self.service.log.catch_up(&[Category::Erasures.prefix()], None, each).await.unwrap();
        all
    }
}

fn person(number: u32) -> PersonId {
    format!("13030600-0000-8000-8000-{number:012}").parse().unwrap()
}

fn requested() -> Value {
    json!({ "ground": "person_requested" })
}

#[tokio::test]
async fn an_ordered_person_is_erased_at_once_and_the_log_says_who_ordered_it_and_why() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let (sealed, neighbour) = (process.seal(person(1)), process.seal(person(2)));
    let (status, body) = process.erase(person(1), "k", &requested()).await;
    assert_eq!((status, &body["standing"], &body["orderedBy"]), (StatusCode::OK, &json!("erased"), &json!("admin")));
    assert_eq!(process.open(&sealed), None);
    assert_eq!(process.open(&neighbour).as_deref(), Some("欧阳秀英"));
    let whole = ["KeyStoreAdopted", "PersonErasureOrdered", "PersonErased"];
    assert_eq!(process.events().await, whole);
    // Sent again, and ordered again by somebody else.
    assert_eq!(process.erase(person(1), "k", &requested()).await.0, StatusCode::OK);
    assert_eq!(process.erase(person(1), "l", &json!({ "ground": "unlawful" })).await.0, StatusCode::OK);
    assert_eq!(process.events().await, whole);
    let (status, body) = process.erase(person(1), "k", &json!({ "ground": "unlawful" })).await;
    assert_eq!((status, &body["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("idempotency-key-reused")));
}

#[tokio::test]
async fn who_is_not_there_and_who_may_not_ask_are_refused_and_nothing_is_written() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let sealed = process.seal(person(1));
    assert_eq!(process.erase(person(2), "k", &requested()).await.0, StatusCode::NOT_FOUND);
    let path = format!("/api/persons/{}/erasure", person(1));
    assert_eq!(process.send("POST", &path, "k", &requested(), &process.other).await.0, StatusCode::FORBIDDEN);
    let (status, _) = process.send("GET", "/api/persons/erasures", "k", &Value::Null, &process.other).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for wrong in [
        json!({ "ground": "because" }),
        json!({ "ground": "required", "hold": { "until": "2026-11-23", "law": "档案法" } }),
        json!({ "ground": "required", "hold": { "until": "2027-11-23", "law": " " } }),
    ] {
        assert_eq!(process.erase(person(1), "w", &wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(process.events().await, ["KeyStoreAdopted"]);
    assert!(process.open(&sealed).is_some());
}

#[tokio::test]
async fn what_a_law_keeps_is_shown_to_nobody_and_erased_on_its_day() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let sealed = process.seal(person(1));
    let held = json!({ "ground": "person_requested", "hold": { "until": "2027-01-01", "law": "档案法第十三条" } });
    let (status, body) = process.erase(person(1), "k", &held).await;
    assert_eq!((status, &body["heldUntil"]), (StatusCode::ACCEPTED, &json!("2027-01-01")));
    assert_eq!(process.open(&sealed), None);
    assert!(process.service.keys.has_key(person(1)).unwrap());
    // The day before, a process that starts holds it still.
    installation.clock.advance(TimeDelta::days(38));
    let again = installation.start().await;
    assert!(again.service.keys.has_key(person(1)).unwrap());
    let (_, list) = again.send("GET", "/api/persons/erasures", "k", &Value::Null, &again.token).await;
    assert_eq!((&list[0]["standing"], &list[0]["law"]), (&json!("held"), &json!("档案法第十三条")));
    installation.clock.advance(TimeDelta::days(1));
    let after = installation.start().await;
    assert!(!after.service.keys.has_key(person(1)).unwrap());
    assert_eq!(after.events().await.last(), Some(&"PersonErased"));
    let longer = json!({ "ground": "person_requested", "hold": { "until": "2028-01-01", "law": "档案法第十三条" } });
    assert_eq!(after.erase(person(1), "l", &longer).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn an_order_that_a_process_left_half_done_is_completed_by_the_next() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let sealed = process.seal(person(1));
    // What stands in the log when the process is killed behind the order.
    let ordered = ErasureEvent::PersonErasureOrdered(PersonErasureOrdered {
        person: person(1),
        ground: ErasureGround::PersonRequested,
        ordered_by: "admin".to_owned(),
        hold: None,
    });
    let stream = Stream::Erasures(person(1).scope()).to_string();
    let said = Command::of("admin", "k", &"order", installation.clock.now()).unwrap();
    let decide = |_: &Erasures| Ok::<_, String>(vec![ordered.clone()]);
    let log = installation.log().await;
    decide::handle(&log, &stream, &said, Erasures::default(), domain::evolve, decide).await.unwrap();
    // Any process that unlocks the keys carries it out before it opens anything, and the persons' process says so.
    let keys = installation.unlock_at(&installation.keys_file(), false).await.unwrap();
    assert_eq!(keys.open_sealed(NAME, &sealed), None);
    let next = installation.start().await;
    assert_eq!(next.events().await, ["KeyStoreAdopted", "PersonErasureOrdered", "PersonErased"]);
}

#[tokio::test]
async fn an_older_copy_of_the_key_store_revives_nobody() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let (sealed, neighbour) = (process.seal(person(1)), process.seal(person(2)));
    let older = installation.folder.path().join("older");
    std::fs::copy(installation.keys_file(), &older).unwrap();
    process.erase(person(1), "k", &requested()).await;
    drop(process);
    std::fs::copy(&older, installation.keys_file()).unwrap();
    let restored = installation.start().await;
    assert_eq!(restored.open(&sealed), None);
    assert!(!restored.service.keys.has_key(person(1)).unwrap(), "the key is gone, not merely closed");
    assert_eq!(restored.open(&neighbour).as_deref(), Some("欧阳秀英"));
    assert_eq!(restored.seal(person(1)).ciphertext, "", "and they never get another");
}

#[tokio::test]
async fn a_lost_or_another_key_store_is_a_refusal_to_start_until_the_loss_is_accepted() {
    let installation = Installation::new().await;
    let process = installation.start().await;
    let sealed = process.seal(person(1));
    drop(process);
    let elsewhere = installation.folder.path().join("elsewhere").join(KEYS_FILE);
    let missing = installation.unlock_at(&elsewhere, false).await;
    let Err(missing @ LockedOut::Lost { .. }) = missing else { panic!("a lost store was replaced") };
    let said = missing.to_string();
    assert!(
        said.contains(&elsewhere.display().to_string()) && said.contains("--keys") && said.contains("备份"),
        "{said}"
    );
    assert!(!elsewhere.exists(), "nothing was made in its place");
    drop(KeyStore::open(&elsewhere).unwrap());
    let another = installation.unlock_at(&elsewhere, false).await;
    assert!(matches!(another, Err(LockedOut::Another { .. })));
    std::fs::remove_file(&elsewhere).unwrap();
    let new = installation.unlock_at(&elsewhere, true).await.unwrap();
    assert_eq!(new.open_sealed(NAME, &sealed), None);
    assert!(installation.unlock_at(&elsewhere, false).await.is_ok(), "it is the one in use now");
    let given_up = installation.unlock_at(&installation.keys_file(), false).await;
    assert!(matches!(given_up, Err(LockedOut::Another { .. })));
}
