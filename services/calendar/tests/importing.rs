//! Calendars against a real log.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what it does is part of the tests")]

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::Log;
use chassis::sealed::KeyStore;
use chassis::service::Service;
use chrono::TimeDelta;
use log_server::{Options, Server};
use schema::calendar::CalendarEvent;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

const YEAR: &[u8] = include_bytes!("../../../schema/calendar/2026.csv");

async fn process() -> (Service, Signer, Server) {
    let server = Server::start(Options::in_memory()).await.unwrap();
    let signer = Signer::draw().unwrap();
    let clock = Clock::fixed("2026-11-23T02:00:00Z".parse().unwrap());
    let service = Service {
        helper: None,
        log: Log::connect(&server.url()).await.unwrap(),
        data: std::env::temp_dir(),
        auth: Verifier::from_jwks(&signer.jwks()).unwrap().with_clock(clock.clone()),
        clock,
        keys: Arc::new(KeyStore::in_memory().unwrap()),
        shutdown: CancellationToken::new(),
        tasks: TaskTracker::new(),
        health: Health::new(),
        metrics: prometheus::Registry::new(),
    };
    (service, signer, server)
}

async fn years(service: &Service, stream: &str) -> Vec<(i32, usize)> {
    let recorded = service.log.read_stream(stream).await.unwrap();
    let of = |event: &chassis::log::Recorded| {
        let CalendarEvent::HolidaysDeclared(declared) = event.decode().unwrap();
        (declared.year, declared.days_off.len())
    };
    recorded.iter().map(of).collect()
}

#[tokio::test]
async fn a_year_is_declared_once_and_again_when_it_changes() {
    let (service, _signer, _server) = process().await;
    let first = calendar::import(&service, YEAR, "2026.csv").await.unwrap();
    assert_eq!((first.years_declared, first.position.is_some()), (vec![2026], true));
    let again = calendar::import(&service, YEAR, "2026.csv").await.unwrap();
    assert_eq!((again.years_declared, again.years_unchanged, again.position), (vec![], vec![2026], None));
    let fewer: String = String::from_utf8_lossy(YEAR)
        .lines()
        .filter(|line| !line.starts_with("2026-10-07"))
        .collect::<Vec<_>>()
        .join("\n");
    let checked = calendar::check(&service, fewer.as_bytes(), "2026.csv", schema::Scope::NATION).await.unwrap();
    assert_eq!((checked.years_declared, checked.position), (vec![2026], None));
    assert_eq!(years(&service, "calendar-000000").await, [(2026, 33)]);
    calendar::import(&service, fewer.as_bytes(), "2026.csv").await.unwrap();
    calendar::import(&service, YEAR, "2026.csv").await.unwrap();
    assert_eq!(years(&service, "calendar-000000").await, [(2026, 33), (2026, 32), (2026, 33)]);
}

#[tokio::test]
async fn an_administrator_hands_in_a_countys_calendar_and_nobody_else_does() {
    let (service, signer, _server) = process().await;
    let router = chassis::app::app(&service, vec![calendar::mount(&service).unwrap()]);
    let now = service.clock.now();
    let ask = |role: Role, query: &str| {
        let caller = Caller { subject: "somebody".to_owned(), role, office: None, area: None };
        let token = signer.sign(&caller, now, TimeDelta::hours(1)).unwrap();
        let request = Request::post(format!("/api/calendar/imports?file=2026.csv&{query}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "text/csv")
            .body(Body::from(YEAR))
            .unwrap();
        router.clone().oneshot(request)
    };
    assert_eq!(ask(Role::Steward, "scope=130306").await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(ask(Role::Admin, "scope=1303").await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(ask(Role::Admin, "scope=130306").await.unwrap().status(), StatusCode::CREATED);
    assert_eq!(ask(Role::Admin, "scope=130306").await.unwrap().status(), StatusCode::OK);
    assert_eq!(years(&service, "calendar-130306").await, [(2026, 33)]);
    assert_eq!(years(&service, "calendar-000000").await, []);
}
