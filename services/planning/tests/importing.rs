//! Counts of people against a real log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::{Expected, Log, Metadata, NewEvent, Recorded};
use chassis::sealed::KeyStore;
use chassis::service::Service;
use chrono::TimeDelta;
use log_server::{Options, Server};
use planning::{ImportError, Order, PopulationReport, Sums};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::population::PopulationEvent;
use schema::{AreaCode, Event as _, Scheme, Shape};
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

const TABLE: &str = "乡镇,村（社区）,60岁及以上,80岁以上高龄,统计时点\n\
    抚宁镇,大李官营村,212,31,2025-12-31\n抚宁镇,小李官营村,88,90,2025-12-31\n抚宁镇,三里杨庄村,75,若干,2025-12-31\n";

async fn process() -> (Service, Signer, Server) {
    let server = Server::start(Options::in_memory()).await.unwrap();
    let signer = Signer::draw().unwrap();
    let clock = Clock::fixed("2026-03-02T02:00:00Z".parse().unwrap());
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
    let mut areas = Vec::new();
    for line in include_str!("../../../schema/areas/130300.csv").lines().skip(1) {
        let mut cells = line.split(',');
        let code: AreaCode = cells.next().unwrap().parse().unwrap();
        let name = cells.next().unwrap().to_owned();
        areas.push(Area { code, name, level: code.level(), parent: code.with_ancestors().nth(1) });
    }
    areas.retain(|area| area.code.to_string().starts_with("130306"));
    let listed = AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None });
    append(&service, "areas-130306_statistical_2023", &listed.shape(), listed.data().unwrap()).await;
    (service, signer, server)
}

async fn append(service: &Service, stream: &str, shape: &Shape, data: serde_json::Value) {
    let command = chassis::command::Command::of("li", stream, &data, service.clock.now()).unwrap();
    let event = NewEvent {
        id: chassis::decide::event_id(stream, command.key(), 0),
        event_type: shape.event_type.clone(),
        data,
        metadata: Metadata::Of(Box::new(command), shape.clone()),
    };
    service.log.append(stream, Expected::Any, vec![event]).await.unwrap();
}

fn order(table: &str) -> Order {
    Order {
        bytes: table.as_bytes().into(),
        file: "老年人口.csv".to_owned(),
        on: None,
        source: None,
        check: false,
        actor: "wang".to_owned(),
        within: "130306".parse().ok(),
    }
}

async fn recorded(service: &Service) -> Vec<Recorded> {
    service.log.read_stream("population-130306").await.unwrap()
}

fn sums(report: &PopulationReport) -> (usize, usize, usize, usize, usize) {
    let Sums { rows, counted, unchanged, refused, doubted } = report.counts;
    (rows, counted, unchanged, refused, doubted)
}

#[tokio::test]
async fn a_check_writes_nothing_and_says_what_taking_it_in_would_come_to() {
    let (service, _signer, _server) = process().await;
    let check = planning::import(&service, Order { check: true, ..order(TABLE) }).await.unwrap();
    assert_eq!((sums(&check), check.position.clone(), recorded(&service).await.len()), ((3, 2, 0, 1, 1), None, 0));
    let taken = planning::import(&service, order(TABLE)).await.unwrap();
    assert!(taken.position.is_some());
    let without = PopulationReport { check: true, position: None, ..taken };
    assert_eq!(without, check);
    let refused = &check.rows[0];
    assert_eq!((refused.row, refused.refused, refused.findings[0].code.as_str()), (2, true, "COUNT_EXCEEDS"));
    assert_eq!(refused.findings[0].reason_zh, "80周岁及以上老年人90人，多于60周岁及以上老年人88人");
    assert!(refused.findings[0].reason_en.contains("90") && refused.findings[0].column == "80岁以上高龄");
}

#[tokio::test]
async fn the_same_file_again_appends_nothing_and_what_changed_is_counted_anew() {
    let (service, _signer, _server) = process().await;
    planning::import(&service, order(TABLE)).await.unwrap();
    let again = planning::import(&service, order(TABLE)).await.unwrap();
    assert_eq!((sums(&again), again.position, recorded(&service).await.len()), ((3, 0, 2, 1, 1), None, 1));
    let other = Order { actor: "li".to_owned(), ..order(TABLE) };
    assert_eq!(sums(&planning::import(&service, other).await.unwrap()).1, 0, "nor does it for somebody else");
    let changed = planning::import(&service, order(&TABLE.replace("212", "213"))).await.unwrap();
    assert_eq!(sums(&changed), (3, 1, 1, 1, 1));
    let back = planning::import(&service, order(TABLE)).await.unwrap();
    assert_eq!((sums(&back), recorded(&service).await.len()), ((3, 1, 1, 1, 1), 3), "an old number may come back");
    let event = recorded(&service).await.remove(0);
    let envelope = event.envelope().unwrap();
    assert_eq!(envelope.actor, "wang");
    assert_eq!(envelope.effective_at.to_rfc3339(), "2025-12-30T16:00:00+00:00", "true from the day of the count");
    let PopulationEvent::PopulationCounted(counted) = event.decode().unwrap();
    assert_eq!((counted.source.as_str(), counted.communities.len()), ("老年人口.csv", 2));
}

#[tokio::test]
async fn divisions_that_cannot_be_read_stop_the_import() {
    let (service, _signer, _server) = process().await;
    append(&service, "areas-130322_statistical_2023", &Shape::of("AreasListed", 9), json!({})).await;
    let refused = planning::import(&service, order(TABLE)).await.unwrap_err();
    assert!(matches!(refused, ImportError::Unreadable(_)), "{refused}");
    assert!(recorded(&service).await.is_empty());
}

#[tokio::test]
async fn an_identity_number_in_the_name_of_the_file_or_of_the_source_refuses_it() {
    let (service, _signer, _server) = process().await;
    let named = Order { file: "11010519491231002X.csv".to_owned(), ..order(TABLE) };
    assert!(matches!(planning::import(&service, named).await, Err(ImportError::File(_))));
    let source = Order { source: Some("11010519491231002X报送".to_owned()), ..order(TABLE) };
    assert!(matches!(planning::import(&service, source).await, Err(ImportError::Source)));
    assert!(recorded(&service).await.is_empty());
}

#[tokio::test]
async fn planners_of_the_area_and_admins_hand_counts_in_and_nobody_else() {
    let (service, signer, _server) = process().await;
    let router = chassis::app::app(&service, vec![planning::mount(&service).unwrap()]);
    let send = async |role: Option<Role>, area: Option<&str>| {
        let mut request = axum::http::Request::post("/api/population/imports?check=true&file=counts.csv");
        if let Some(role) = role {
            let office = (role == Role::Clerk).then_some(schema::Office::Clinic);
            let area = area.map(|area| area.parse().unwrap());
            let caller = Caller { subject: "wang".to_owned(), role, office, area };
            let token = signer.sign(&caller, service.clock.now(), TimeDelta::minutes(5)).unwrap();
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = router.clone().oneshot(request.body(axum::body::Body::from(TABLE)).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice::<serde_json::Value>(&body).unwrap())
    };
    assert_eq!(send(None, None).await.0, 401);
    for role in [Role::Clerk, Role::Steward, Role::Operator, Role::Partner] {
        assert_eq!(send(Some(role), None).await.0, 403, "{role:?}");
    }
    let (status, own) = send(Some(Role::Planner), Some("130306")).await;
    assert_eq!((status, &own["counts"]["counted"]), (200, &json!(2)));
    let (status, other) = send(Some(Role::Planner), Some("130322")).await;
    assert_eq!((status, &other["counts"]["refused"]), (200, &json!(3)));
    assert_eq!(other["rows"][0]["findings"][0]["code"], "COUNT_OUTSIDE_AREA");
    assert_eq!(send(Some(Role::Admin), Some("130322")).await.1["counts"]["counted"], 2, "an admin is bound by none");
}
