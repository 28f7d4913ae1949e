use crate::stage::{SOON, connect, in_memory};
use axum::body::Body as Bytes;
use axum::extract::Path;
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::app::{Edge, app_within, serve};
use chassis::auth::{COOKIE, Caller, MaybeCaller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::http::{Body, IdempotencyKey, Lang, Problem, Trace};
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

pub(crate) struct Site {
    service: Service,
    signer: Signer,
    router: Router,
    _server: log_server::Server,
}

type Headers<'a> = &'a [(&'a str, &'a str)];

#[derive(Deserialize)]
struct Wish {
    count: u32,
}

async fn site() -> Site {
    site_of(|_| vec![wishes()]).await
}

pub(crate) async fn site_that_trusts(auth: Verifier, signer: Signer) -> Site {
    site_with(auth, signer, |_| vec![wishes()]).await
}

/// A site of these services.
pub(crate) async fn site_of(mount: impl FnOnce(&Service) -> Vec<Mounted>) -> Site {
    let signer = Signer::draw().unwrap();
    let auth = Verifier::from_jwks(&signer.jwks()).unwrap();
    site_with(auth, signer, mount).await
}

/// A site that is open to the outside so far.
pub(crate) async fn site_within(edge: Edge) -> Site {
    let signer = Signer::draw().unwrap();
    let auth = Verifier::from_jwks(&signer.jwks()).unwrap();
    site_at(auth, signer, edge, |_| vec![wishes()]).await
}

async fn site_with(auth: Verifier, signer: Signer, mount: impl FnOnce(&Service) -> Vec<Mounted>) -> Site {
    site_at(auth, signer, Edge::default(), mount).await
}

async fn site_at(auth: Verifier, signer: Signer, edge: Edge, mount: impl FnOnce(&Service) -> Vec<Mounted>) -> Site {
    let server = in_memory().await;
    let service = Service {
        helper: None,
        log: connect(&server).await,
        data: std::env::temp_dir(),
        auth,
        clock: Clock::system(),
        keys: Arc::new(KeyStore::in_memory().unwrap()),
        shutdown: CancellationToken::new(),
        tasks: TaskTracker::new(),
        health: Health::new(),
        metrics: prometheus::Registry::new(),
    };
    let mounted = mount(&service);
    Site { router: app_within(&service, mounted, edge), service, signer, _server: server }
}

fn wishes() -> Mounted {
    let routes = Router::new()
        .route(
            "/api/wishes",
            post(async |caller: Caller, key: IdempotencyKey, Body(wish): Body<Wish>| {
                caller.require_role(&[Role::Steward])?;
                Ok::<_, Problem>(Json(json!({ "key": key.0, "count": wish.count })))
            }),
        )
        .route(
            "/api/wishes/{id}",
            get(async |lang: Lang, caller: MaybeCaller, trace: Trace| {
                let caller = caller.0.map(|caller| caller.subject);
                Json(json!({ "lang": lang.tag(), "caller": caller, "trace": trace.id.simple().to_string() }))
            }),
        )
        .route("/api/wishes/{id}/parts/{part}", get(async |Path((_, part)): Path<(String, u32)>| part.to_string()))
        .route("/gone", get(async || StatusCode::NOT_FOUND))
        .route("/broken", get(async || (StatusCode::BAD_GATEWAY, "a secret cause")))
        .route("/panic", get(async || -> &'static str { panic!("a secret cause") }));
    Mounted { name: "wishes", router: routes, openapi: utoipa::openapi::OpenApi::default() }
}

impl Site {
    pub(crate) fn token(&self, role: Role) -> String {
        let caller = Caller { subject: "s-1".to_owned(), role, office: None, area: None };
        self.signer.sign(&caller, self.service.clock.now(), TimeDelta::hours(1)).unwrap()
    }

    pub(crate) async fn answered(&self, request: Request<Bytes>) -> Response<Bytes> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn ask(&self, request: Request<Bytes>) -> (StatusCode, Value, Response<()>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let value = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        (parts.status, value, Response::from_parts(parts, ()))
    }

    pub(crate) async fn wish(&self, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        self.post("/api/wishes", headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let (status, value, _) = self.ask(of(path)).await;
        (status.as_u16(), value)
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
        let mut request = Request::post(path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (status, value, _) = self.ask(request.body(Bytes::from(body.to_owned())).unwrap()).await;
        (status.as_u16(), value)
    }
}

fn of(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::empty()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_needs_a_token_a_role_a_key_and_a_sound_body() {
    let site = site().await;
    let bearer = |role| format!("Bearer {}", site.token(role));
    let (steward, clerk) = (bearer(Role::Steward), bearer(Role::Planner));
    let good = r#"{"count": 3}"#;
    let cases: [(Headers<'_>, &str, u16, &str); 7] = [
        (&[], good, 401, "unauthenticated"),
        (&[("authorization", "Bearer nonsense")], good, 401, "unauthenticated"),
        (&[("authorization", "Basic YTpi")], good, 401, "unauthenticated"),
        (&[("authorization", &steward)], good, 400, "idempotency-key-missing"),
        (&[("authorization", &clerk), ("idempotency-key", "k")], good, 403, "role-required"),
        (&[("authorization", &steward), ("idempotency-key", "k")], r#"{"count": -1}"#, 422, "body-invalid"),
        (&[("authorization", &steward), ("idempotency-key", "k")], r#"{"count": "#, 400, "body-not-json"),
    ];
    for (headers, body, status, code) in cases {
        let (actual, problem) = site.wish(headers, body).await;
        assert_eq!((actual, problem["code"].as_str()), (status, Some(code)), "{headers:?} {body}");
    }
    let (status, done) = site.wish(&[("authorization", &steward), ("idempotency-key", "k")], good).await;
    assert_eq!((status, done), (200, json!({ "key": "k", "count": 3 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_is_in_the_language_asked_for_and_names_the_trace() {
    let site = site().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = |lang: &str| {
        Request::get("/nowhere")
            .header("accept-language", lang)
            .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"))
            .body(Bytes::empty())
            .unwrap()
    };
    let (status, problem, response) = site.ask(request("en")).await;
    assert_eq!((status.as_u16(), problem["title"].as_str()), (404, Some("Not found")));
    assert_eq!(problem["type"], "urn:huiju:problem:not-found");
    assert_eq!(problem["instance"], format!("urn:trace:{trace}"));
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let (_, problem, response) = site.ask(request("fr")).await;
    assert_eq!(problem["title"], "没有找到");
    assert_eq!(response.headers()[header::CONTENT_LANGUAGE], "zh-CN");
    let (status, problem, response) = site.ask(Request::delete("/api/wishes").body(Bytes::empty()).unwrap()).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (405, Some("method-not-allowed")));
    assert_eq!(response.headers()[header::ALLOW], "POST");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_framework_refuses_by_itself_is_a_problem_too() {
    let site = site().await;
    let (status, problem, response) = site.ask(of("/api/wishes/1/parts/first?lang=en")).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (400, Some("request-malformed")));
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(problem["errors"][0]["problem"].as_str().unwrap().contains("first"), "{problem}");
    assert_eq!(site.ask(of("/api/wishes/1/parts/1")).await.1, 1);
    let (status, problem, _) = site.ask(of("/gone")).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (404, Some("not-found")));
    let (status, problem, _) = site.ask(of("/broken")).await;
    assert_eq!(status.as_u16(), 502);
    assert!(!problem.to_string().contains("secret"), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_somebody_made_up_gets_no_figure_of_its_own() {
    let site = site().await;
    for number in 0..3 {
        let method = axum::http::Method::from_bytes(format!("WISH{number}").as_bytes()).unwrap();
        let request = Request::builder().method(method).uri("/api/wishes/5").body(Bytes::empty()).unwrap();
        assert_eq!(site.ask(request).await.0.as_u16(), 405);
    }
    let (_, metrics, _) = site.ask(of("/metrics")).await;
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains(r#"{method="other",route="/api/wishes/{id}",status="405"}"#), "{metrics}");
    assert!(!metrics.contains("WISH"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_panics_answers_with_a_problem_that_hides_the_cause() {
    let site = site().await;
    let (status, problem, _) = site.ask(of("/panic")).await;
    assert_eq!((status.as_u16(), problem["code"].as_str()), (500, Some("internal")));
    assert!(!problem.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_beyond_the_limit_is_refused_with_a_problem() {
    let site = site().await;
    let bearer = format!("Bearer {}", site.token(Role::Steward));
    let body = format!(r#"{{"count": 1, "more": "{}"}}"#, "x".repeat(chassis::http::BODY_LIMIT));
    let (status, problem) = site.wish(&[("authorization", &bearer), ("idempotency-key", "k")], &body).await;
    assert_eq!((status, problem["code"].as_str()), (413, Some("body-too-large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_cookie_must_come_from_this_sites_own_page() {
    let site = site().await;
    let token = site.token(Role::Steward);
    let (cookie, bearer) = (format!("{COOKIE}={token}"), format!("Bearer {token}"));
    let key = ("idempotency-key", "k");
    let good = r#"{"count": 3}"#;
    let cases: [(Headers<'_>, u16); 6] = [
        (&[("cookie", &cookie), key], 403),
        (&[("cookie", &cookie), key, ("sec-fetch-site", "cross-site")], 403),
        (&[("cookie", &cookie), key, ("sec-fetch-site", "same-origin")], 200),
        (&[("cookie", &cookie), key, ("origin", "http://evil.example"), ("host", "a.example")], 403),
        (&[("cookie", &cookie), key, ("origin", "http://a.example"), ("host", "a.example")], 200),
        (&[("cookie", &cookie), ("authorization", &bearer), key, ("sec-fetch-site", "cross-site")], 200),
    ];
    for (headers, expected) in cases {
        let (status, answer) = site.wish(headers, good).await;
        assert_eq!(status, expected, "{headers:?}: {answer}");
    }
    let reads = Request::get("/api/wishes/1").header("cookie", &cookie).body(Bytes::empty()).unwrap();
    assert_eq!(site.ask(reads).await.1["caller"], "s-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_everyone_takes_no_token_and_a_bad_one() {
    let site = site().await;
    assert_eq!(site.ask(of("/api/wishes/1")).await.1["caller"], Value::Null);
    let bad = Request::get("/api/wishes/1").header("authorization", "Bearer x").body(Bytes::empty()).unwrap();
    let (status, answer, _) = site.ask(bad).await;
    assert_eq!((status.as_u16(), &answer["caller"], &answer["lang"]), (200, &Value::Null, &json!("zh-CN")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_tells_how_the_process_is() {
    let site = site().await;
    assert_eq!(site.ask(of("/healthz")).await.0.as_u16(), 200);
    assert_eq!(site.ask(of("/readyz")).await.0.as_u16(), 200);
    let probe = site.service.health.register("directory");
    let (status, body, _) = site.ask(of("/readyz")).await;
    assert_eq!((status.as_u16(), &body["parts"][0]["name"]), (503, &json!("directory")));
    probe.ready(true);
    assert_eq!(site.ask(of("/readyz")).await.0.as_u16(), 200);
    site.service.shutdown.cancel();
    assert_eq!(site.ask(of("/readyz")).await.0.as_u16(), 503);
    assert_eq!(site.ask(of("/openapi.json")).await.1["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));

    site.ask(of("/api/wishes/5")).await;
    let (_, metrics, _) = site.ask(of("/metrics")).await;
    let metrics = metrics.as_str().unwrap();
    assert!(
        metrics.contains(r#"huiju_http_requests_total{method="GET",route="/api/wishes/{id}",status="200"}"#),
        "{metrics}"
    );
    assert!(!metrics.contains("wishes/5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_is_answered_before_the_server_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (arrived, go_on) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let router = Router::new().route(
        "/slow",
        get({
            let (arrived, go_on) = (Arc::clone(&arrived), Arc::clone(&go_on));
            async move || {
                arrived.notify_one();
                go_on.notified().await;
                "done"
            }
        }),
    );
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, router, stop.clone()));
    let answer = tokio::spawn(reqwest::get(format!("http://{address}/slow")));
    arrived.notified().await;
    stop.cancel();
    tokio::task::yield_now().await;
    assert!(!serving.is_finished());
    go_on.notify_one();
    assert_eq!(answer.await.unwrap().unwrap().text().await.unwrap(), "done");
    tokio::time::timeout(SOON, serving).await.unwrap().unwrap().unwrap();
    let refused = reqwest::Client::builder().timeout(Duration::from_secs(2)).build().unwrap();
    assert!(refused.get(format!("http://{address}/slow")).send().await.is_err());
}
