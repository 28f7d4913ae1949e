use crate::stage::{NEIGHBOUR, SOON, Stage, registration, registration_in, selection};
use axum::body::Body;
use axum::http::Request;
use center::publication::Published;
use chassis::app::app;
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::sealed::KeyStore;
use chassis::service::Service;
use schema::{Position, ResourceId};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

#[derive(Clone)]
pub struct Site {
    pub stage: Stage,
    service: Service,
    signer: Arc<Signer>,
    router: axum::Router,
}

impl Site {
    pub async fn new() -> Site {
        Site::on(Stage::new().await, &[])
    }

    /// A centre of some scopes, with its routes.
    pub fn on(stage: Stage, held: &[&str]) -> Site {
        let signer = Arc::new(Signer::draw().unwrap());
        let service = Service {
            helper: None,
            log: stage.log.clone(),
            data: std::env::temp_dir(),
            auth: Verifier::from_jwks(&signer.jwks()).unwrap(),
            clock: Clock::system(),
            keys: Arc::new(KeyStore::in_memory().unwrap()),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
            health: Health::new(),
            metrics: prometheus::Registry::new(),
        };
        let mounted = center::mount(&service, selection(held)).unwrap();
        Site { router: app(&service, vec![mounted]), stage, service, signer }
    }

    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        role: Role,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        self.ask_as(Caller { subject: "s-1".into(), role, office: None, area: None }, method, path, key, body).await
    }

    pub async fn ask_as(
        &self,
        caller: Caller,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let token = self.signer.sign(&caller, self.service.clock.now(), chrono::TimeDelta::hours(1)).unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub async fn post(&self, path: &str, key: &str, body: Value) -> (u16, Value) {
        self.ask("POST", path, Role::Steward, Some(key), Some(body)).await
    }

    /// The position that an answer gives.
    pub fn position(&self, answer: &Value) -> Position {
        Position::from_token(answer["position"].as_str().unwrap(), self.service.log.id()).unwrap()
    }

    pub async fn stands(&self, number: u128) -> Published {
        self.stage.published().await[&ResourceId::of(registration(number))].clone()
    }
}

fn both(one: u128, other: u128) -> Value {
    json!({ "registrations": [registration(one).to_string(), registration(other).to_string()], "reason": "同一家" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_of_the_whole_county_settles_how_much_is_withdrawn_at_once() {
    let site = Site::new().await;
    let limit = "/api/center/130306/withdrawal-limit";
    let as_of = |role, area: Option<&str>| Caller {
        subject: "s-1".into(),
        role,
        office: None,
        area: area.map(|area| area.parse().unwrap()),
    };
    assert_eq!(site.ask("GET", limit, Role::Steward, None, None).await, (200, json!({ "most": 100 })));
    let set = async |caller, key: &str, most: u32| {
        site.ask_as(caller, "PUT", limit, Some(key), Some(json!({ "most": most }))).await
    };
    for (caller, status) in [
        (as_of(Role::Planner, None), 403),
        (as_of(Role::Steward, Some("130306100")), 403),
        (as_of(Role::Steward, Some("130302")), 403),
        (as_of(Role::Steward, Some("130306")), 200),
        (as_of(Role::Steward, Some("130300")), 200),
        (as_of(Role::Admin, None), 200),
    ] {
        assert_eq!(set(caller.clone(), &format!("k-{}-{status}", caller.role), 40).await.0, status, "{caller:?}");
    }
    let (status, first) = set(as_of(Role::Steward, None), "k-1", 30).await;
    assert_eq!((status, &first["most"]), (200, &json!(30)));
    assert_eq!(set(as_of(Role::Steward, None), "k-1", 30).await, (200, first), "a retry is answered alike");
    assert_eq!(set(as_of(Role::Steward, None), "k-1", 31).await.0, 422, "the key was used otherwise");
    assert_eq!(site.ask("GET", limit, Role::Steward, None, None).await, (200, json!({ "most": 30 })));
    assert_eq!(site.ask("GET", "/api/center/nowhere/withdrawal-limit", Role::Steward, None, None).await.0, 404);
    let unknown = "/api/center/130306/hand-ins/13030600-5a0f-8c1e-9d0b-3f1c2a4b5d6e/agree-withdrawal";
    assert_eq!(site.post(unknown, "k-2", json!({ "most": 766 })).await.0, 404);
    assert_eq!(site.post(unknown, "k-2", json!({ "most": -1 })).await.0, 422);

    let elsewhere = Site::on(Stage::new().await, &["130302"]);
    assert_eq!(elsewhere.ask("GET", limit, Role::Steward, None, None).await.0, 421);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_merges_sees_what_an_undo_would_bring_and_undoes() {
    let site = Site::new().await;
    let last = site.stage.canteens(2).await;
    site.stage.acted_on(last).await;
    let before = site.stage.published().await;

    let (status, made) = site.post("/api/center/merges", "k1", both(1, 4)).await;
    assert_eq!(status, 201, "{made}");
    let position = site.position(&made);
    let head = ResourceId::of(registration(1));
    assert_eq!(site.stands(4).await, Published::Absorbed(head), "it is published when the answer comes");
    assert_eq!(
        site.post("/api/center/merges", "k1", both(1, 4)).await,
        (201, made.clone()),
        "a retry is answered alike"
    );
    let (status, problem) = site.post("/api/center/merges", "k1", both(1, 5)).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("idempotency-key-reused")), "{problem}");
    let (status, problem) = site.post("/api/center/merges", "k2", both(2, 4)).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("already-together")), "{problem}");
    tokio::time::timeout(SOON, site.stage.acted_on(position)).await.unwrap();

    let id = made["id"].as_str().unwrap();
    let path = format!("/api/center/merges/{id}/undo-preview");
    let (status, preview) = site.ask("GET", &path, Role::Steward, None, None).await;
    assert_eq!(status, 200, "{preview}");
    let area = "130302".parse().ok();
    let elsewhere = Caller { subject: "s-2".into(), role: Role::Steward, office: None, area };
    let (status, problem) = site.ask_as(elsewhere, "GET", &path, None, None).await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("area-required")), "{problem}");
    let undo = format!("/api/center/merges/{id}/undo");
    let (status, undone) = site.post(&undo, "k3", json!({ "reason": "两家" })).await;
    assert_eq!(status, 200, "{undone}");
    assert_eq!(site.stage.published().await, before, "as had it never been made");
    let Published::Shown(alone) = site.stands(4).await else { panic!("the half is not shown") };
    assert_eq!(preview["halves"][1]["resource"], serde_json::to_value(&alone).unwrap(), "and as the preview said");

    assert_eq!(site.post(&undo, "k3", json!({ "reason": "两家" })).await, (200, undone));
    assert_eq!(site.post("/api/center/merges", "k1", both(1, 4)).await, (201, made), "even after it was undone");
    let (status, problem) = site.post(&undo, "k4", json!({ "reason": "两家" })).await;
    assert_eq!(
        (status, problem["code"].as_str(), problem["status"].as_str()),
        (409, Some("not-in-force"), Some("UNDONE"))
    );
    let (status, problem) = site.post("/api/center/merges", "k5", both(2, 4)).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("kept-apart")), "{problem}");
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_accepted_or_refused_once() {
    let site = Site::new().await;
    // Each pair shares a name, and too little else to be sure: no address, and numbers one or more digits apart.
    for (number, village) in [(1, 1), (11, 2)] {
        site.stage.merchant(number, village, &format!("第{village}庄老年食堂"), Some("滨河路1号")).await;
        let last = site.stage.station(number + 1, village + 30, &format!("第{village}庄老年食堂"), None).await;
        site.stage.acted_on(last).await;
    }
    assert!(site.stage.decisions().await.len() <= 1, "another village is no proposal");
    let none = "/api/center/proposals/13030600-0000-8000-8000-000000000001/accept";
    assert_eq!(site.post(none, "p0", json!({})).await.0, 404);

    site.stage.merchant(21, 5, "第5庄康乐食堂", Some("滨河路1号")).await;
    let last = site.stage.station(22, 5, "第5庄康乐幸福食堂", None).await;
    site.stage.acted_on(last).await;
    site.stage.merchant(31, 6, "第6庄康乐食堂", Some("滨河路1号")).await;
    let last = site.stage.station(32, 6, "第6庄康乐幸福食堂", None).await;
    site.stage.acted_on(last).await;
    let proposals: Vec<String> = site
        .stage
        .decisions()
        .await
        .iter()
        .filter_map(|event| match event {
            schema::decisions::DecisionEvent::MergeProposed(proposed) => Some(proposed.id.to_string()),
            _ => None,
        })
        .collect();
    let [first, second] = proposals.as_slice() else { panic!("{proposals:?}") };

    let accept = format!("/api/center/proposals/{first}/accept");
    let (status, accepted) = site.ask("POST", &accept, Role::Steward, Some("p1"), None).await;
    assert_eq!((status, accepted["id"].as_str()), (200, Some(first.as_str())));
    let retried = site.ask("POST", &accept, Role::Steward, Some("p1"), None).await;
    assert_eq!(retried, (200, accepted));
    assert!(matches!(site.stands(22).await, Published::Absorbed(_)));
    let (status, problem) = site.post(&accept, "p2", json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("not-proposed")));

    let refuse = format!("/api/center/proposals/{second}/refuse");
    let (status, problem) = site.post(&refuse, "p3", json!({ "reason": "  " })).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("reason-missing")));
    let (status, problem) = site.post(&refuse, "p3", json!({ "reason": "经办人440524188001010014说不是" })).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("identity-number")));
    let (status, refused) = site.post(&refuse, "p3", json!({ "reason": "两家" })).await;
    assert_eq!((status, refused["id"].as_str()), (200, Some(second.as_str())));
    let decided = site.stage.decisions().await;
    let retried = site.post(&refuse, "p3", json!({ "reason": "两家" })).await;
    assert_eq!(retried, (200, refused), "a retry is answered alike");
    assert_eq!(site.stage.decisions().await, decided, "and changes nothing");
    let (status, problem) = site.post(&refuse, "p3", json!({ "reason": "另一个理由" })).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("idempotency-key-reused")));
    let (status, problem) = site.post(&refuse, "p5", json!({ "reason": "两家" })).await;
    assert_eq!(
        (status, problem["code"].as_str(), problem["status"].as_str()),
        (409, Some("not-proposed"), Some("REFUSED"))
    );
    let (status, problem) = site.post("/api/center/merges", "p4", both(31, 32)).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("kept-apart")));
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_is_told_why_two_registrations_cannot_be_merged() {
    let site = Site::new().await;
    site.stage.merchant(1, 1, "第1庄老年食堂", None).await;
    site.stage.merchant(2, 1, "第1庄康乐理发店", None).await;
    let last = site.stage.merchant_in(3, "130322100201", "第1庄老年食堂", None).await;
    site.stage.acted_on(last).await;
    let across = json!({ "registrations": [registration(1), registration_in(NEIGHBOUR, 3)], "reason": "同一家" });
    let (status, problem) = site.post("/api/center/merges", "k1", across.clone()).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("another-county")), "{problem}");
    assert_eq!(problem["scopes"], json!(["130306", "130322"]));
    let (status, problem) = site.post("/api/center/130322/merges", "k1", both(1, 2)).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("another-county")), "{problem}");
    let (status, problem) = site.post("/api/center/merges", "k2", both(1, 99)).await;
    assert_eq!((status, problem["code"].as_str()), (404, Some("not-found")), "{problem}");

    // What no longer exists may still be the same thing: its id leads to the other from then on.
    let gone = site.stage.withdraw_merchant(2).await;
    site.stage.acted_on(gone).await;
    let (status, made) = site.post("/api/center/merges", "k3", both(1, 2)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(site.stands(2).await, Published::Absorbed(ResourceId::of(registration(1))));
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_stewards_decide_and_every_act_has_a_key() {
    let site = Site::new().await;
    let last = site.stage.canteens(1).await;
    site.stage.acted_on(last).await;
    let (status, problem) = site.ask("POST", "/api/center/merges", Role::Planner, Some("k"), Some(both(1, 4))).await;
    assert_eq!((status, problem["code"].as_str()), (403, Some("role-required")));
    let (status, problem) = site.ask("POST", "/api/center/merges", Role::Steward, None, Some(both(1, 4))).await;
    assert_eq!((status, problem["code"].as_str()), (400, Some("idempotency-key-missing")));
    let (status, problem) = site.post("/api/center/merges", "k", both(1, 1)).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("same-registration")));
    let (status, _) = site.post("/api/center/merges", "k", both(1, 4_000)).await;
    assert_eq!(status, 404);
    let (status, _) = site.ask("POST", "/api/center/merges", Role::Admin, Some("k"), Some(both(1, 4))).await;
    assert_eq!(status, 201, "an admin is everything");
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hold_a_scope_says_so_and_which_it_holds() {
    let stage = Stage::new().await;
    stage.canteens_in(NEIGHBOUR, 1).await;
    let last = stage.canteens(1).await;
    let site = Site::on(stage, &["130306"]);
    center::wait_through(&site.service.log, last, &selection(&["130306"])).await.unwrap();
    let neighbours = json!({
        "registrations": [registration_in(NEIGHBOUR, 1), registration_in(NEIGHBOUR, 4)], "reason": "同一家"
    });
    let merge = schema::MergeId::of(registration_in(NEIGHBOUR, 1), registration_in(NEIGHBOUR, 2), 0);
    let reason = json!({ "reason": "两家" });
    for (method, path, body) in [
        ("POST", "/api/center/merges".to_owned(), Some(neighbours.clone())),
        ("POST", "/api/center/130322/merges".to_owned(), Some(neighbours)),
        ("POST", format!("/api/center/merges/{merge}/undo"), Some(reason.clone())),
        ("GET", format!("/api/center/merges/{merge}/undo-preview"), None),
        ("POST", format!("/api/center/proposals/{merge}/accept"), Some(json!({}))),
        ("POST", format!("/api/center/proposals/{merge}/refuse"), Some(reason)),
    ] {
        let (status, problem) = site.ask(method, &path, Role::Steward, Some("k"), body).await;
        assert_eq!((status, problem["code"].as_str()), (421, Some("OUT_OF_SCOPE")), "{path}: {problem}");
        assert_eq!((&problem["scope"], &problem["held"]), (&json!("130322"), &json!(["130306"])));
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("130322") && detail.contains("130306"), "{detail}");
    }
    let (status, made) = site.post("/api/center/130306/merges", "k1", both(1, 4)).await;
    assert_eq!(status, 201, "{made}");
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn stewards_at_two_centres_of_one_scope_each_get_their_decision_once() {
    let first = Site::new().await;
    let last = first.stage.canteens(8).await;
    first.stage.acted_on(last).await;
    let second = Site::on(first.stage.clone(), &[]);
    for site in [&first, &second] {
        while !site.service.health.is_ready() {
            tokio::task::yield_now().await;
        }
    }
    let at = |site: &Site, village: u128| {
        let site = site.clone();
        let pair = both(village * 4 + 1, village * 4 + 4);
        async move { site.post("/api/center/merges", &format!("k-{village}"), pair).await }
    };
    // Every other village at either, all at the same time, at the same revision of one stream.
    let all =
        futures::future::join_all((0..8).map(|village| at(if village % 2 == 0 { &first } else { &second }, village)));
    for (status, answer) in all.await {
        assert_eq!(status, 201, "{answer}");
    }
    let by_steward = first.stage.decisions().await.iter().filter(|decision| decision.by_steward()).count();
    assert_eq!(by_steward, 8);
    first.service.shutdown.cancel();
    second.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_waits_for_no_other_scope_and_is_not_left_waiting_by_one_that_is_starting() {
    let stage = Stage::new().await;
    // The neighbour can never publish: it stays in its start.
    let blocked = ResourceId::of(registration_in(NEIGHBOUR, 1)).to_string();
    let odd = chassis::log::NewEvent {
        id: schema::ids::derive(&["odd"]),
        event_type: "Admired".into(),
        data: json!({}),
        metadata: chassis::log::Metadata::Given(json!({})),
    };
    stage.log.append(&format!("resource-{blocked}"), chassis::log::Expected::Any, vec![odd]).await.unwrap();
    stage.canteens_in(NEIGHBOUR, 1).await;
    let last = stage.canteens(1).await;
    let site = Site::on(stage, &[]);
    let (status, problem) = site.post("/api/center/merges", "k", both(1, 4)).await;
    assert!(status == 201 || (status, problem["code"].as_str()) == (503, Some("not-ready")), "{status} {problem}");
    center::wait_through(&site.service.log, last, &selection(&["130306"])).await.unwrap();
    let (status, made) = tokio::time::timeout(SOON, site.post("/api/center/merges", "k", both(1, 4))).await.unwrap();
    assert_eq!(status, 201, "{made}");
    let neighbours = json!({
        "registrations": [registration_in(NEIGHBOUR, 1), registration_in(NEIGHBOUR, 4)], "reason": "同一家"
    });
    let asked = tokio::time::timeout(SOON, site.post("/api/center/merges", "k2", neighbours)).await;
    let (status, problem) = asked.expect("it does not hang");
    // It has started by now or not; what it can never publish after is an event that it cannot read.
    let code = problem["code"].as_str().unwrap();
    assert!(status == 503 && ["not-ready", "decisions-stopped"].contains(&code), "{problem}");
    site.service.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_is_told_that_the_decisions_of_a_scope_cannot_be_read() {
    let site = Site::new().await;
    let last = site.stage.canteens(1).await;
    site.stage.acted_on(last).await;
    let odd = chassis::log::NewEvent {
        id: schema::ids::derive(&["odd"]),
        event_type: "MergeAdmired".into(),
        data: json!({}),
        metadata: chassis::log::Metadata::Given(json!({})),
    };
    site.stage.log.append("decisions-130306", chassis::log::Expected::Any, vec![odd]).await.unwrap();
    // Whether or not the centre has seen it: it decides at the revision that it knows, and finds it.
    let (status, problem) = site.post("/api/center/merges", "k", both(1, 4)).await;
    assert_eq!((status, problem["code"].as_str()), (503, Some("decisions-stopped")), "{problem}");
    site.service.shutdown.cancel();
}
