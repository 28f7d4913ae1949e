//! The pages over a real directory: every question they ask fits the schema, and the live page loses and repeats
//! nothing when the directory behind it starts anew.

use crate::Graph;
use crate::testing::{self, LOG, Tale, merged, proposed, published, registered, registration, resource, through};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use futures::StreamExt;
use pages::Pages;
use schema::ResourceId;
use schema::area::{AreaLevel, Scheme};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::resource::{MemberSource, Resource, ResourceAbsorbed, ResourceEvent};
use schema::{Office, Position};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

fn areas() -> testing::Told {
    let area = |code: &str, name: &str, level, parent: Option<&str>| Area {
        code: code.parse().unwrap(),
        name: name.to_owned(),
        level,
        parent: parent.map(|parent| parent.parse().unwrap()),
    };
    let areas = vec![
        area("130000", "河北省", AreaLevel::Province, None),
        area("130300", "秦皇岛市", AreaLevel::City, Some("130000")),
        area("130306", "抚宁区", AreaLevel::County, Some("130300")),
        area("130306100", "抚宁镇", AreaLevel::Town, Some("130306")),
        area(testing::VILLAGE, "大李官营村委会", AreaLevel::Village, Some("130306100")),
    ];
    let listed = AreasEvent::AreasListed(AreasListed { scheme: Scheme::Statistical2023, areas, part: None });
    testing::Told::of("areas-130306_statistical_2023", &listed)
}

/// Four registrations: one and two are merged, three and four are proposed.
fn tale() -> Tale {
    let whole = Resource {
        sources: [1, 2].map(|n| MemberSource { registration: registration(n), office: Office::Commerce }).to_vec(),
        ..resource(1)
    };
    let absorbed = ResourceAbsorbed { id: resource(2).id, into: resource(1).id };
    Tale::of([
        areas(),
        registered(1),
        registered(2),
        registered(3),
        registered(4),
        merged(1, 2),
        proposed(3, 4),
        published(whole),
        testing::Told::resource(&ResourceEvent::ResourceAbsorbed(absorbed)),
        published(resource(3)),
        published(resource(4)),
        through(Position { commit: 100, prepare: 100 }),
    ])
}

fn router(directory: &Graph) -> axum::Router {
    let clock = Clock::fixed(testing::start());
    Pages::new(Arc::new(directory.clone()), clock, true, CancellationToken::new()).router()
}

async fn get(directory: &Graph, path: &str) -> (StatusCode, String) {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let admin = Caller { subject: "admin".to_owned(), role: Role::Admin, office: None, area: None };
    let signer = Signer::draw().unwrap();
    let token = signer.sign(&admin, Clock::system().now(), chrono::TimeDelta::minutes(1)).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    request.extensions_mut().insert(Verifier::from_jwks(&signer.jwks()).unwrap());
    let response = router(directory).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

#[tokio::test]
async fn every_page_is_made_of_what_a_real_directory_answers() {
    let directory = tale().directory();
    let first = ResourceId::of(registration(1));
    let merge = testing::merge_id(3, 4);
    for (path, says) in [
        ("/".to_owned(), "抚宁区"),
        ("/?q=%E6%8A%9A%E5%AE%81%20%E5%A4%A7%E6%9D%8E%E5%AE%98%E8%90%A5%E6%9D%91".to_owned(), "秦皇岛市 › 抚宁区 › 抚宁镇"),
        ("/communities/130306".to_owned(), "抚宁镇"),
        ("/communities/130306100209".to_owned(), "大李官营1号食堂"),
        ("/communities/130306100209?age=78&is=LIVES_ALONE&not=DISABLED&no=1&at=2026-03-02T11:00".to_owned(), "届时开放"),
        ("/communities/130306100209?category=%E5%8A%A9%E9%A4%90".to_owned(), "大李官营3号食堂"),
        (format!("/resources/{first}"), "取值依据"),
        ("/office?office=commerce".to_owned(), "还没有上交过"),
        ("/office/registrations?office=commerce".to_owned(), "大李官营4号食堂"),
        ("/office/registrations?office=commerce&status=WITHDRAWN&q=x".to_owned(), "没有这样的登记"),
        ("/steward".to_owned(), "大李官营3号食堂（商务局） 与 大李官营4号食堂（商务局）"),
        (format!("/steward/merges/{merge}"), "判断依据"),
        ("/steward/history?status=IN_FORCE&kind=RULE&office=COMMERCE&area=130306&actor=&from=2026-03-01&to=2026-03-02".to_owned(), "按规则自动归并"),
        ("/live".to_owned(), "大李官营1号食堂（商务局） ＋ 大李官营2号食堂（商务局）"),
    ] {
        let (status, page) = get(&directory, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        assert!(page.contains(says), "{path}: {page}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let directory = tale().directory();
    let nobody = uuid::Uuid::nil();
    for path in [
        "/communities/999999999999".to_owned(),
        "/communities/130306100999".to_owned(),
        "/communities/x".to_owned(),
        format!("/resources/{nobody}"),
        format!("/steward/merges/{nobody}"),
        format!("/hand-ins/{nobody}"),
    ] {
        let (status, page) = get(&directory, &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {page}");
    }
}

#[tokio::test]
async fn the_id_of_an_absorbed_resource_leads_to_the_one_it_is_part_of() {
    let directory = tale().directory();
    let (status, _) = get(&directory, &format!("/resources/{}", ResourceId::of(registration(2)))).await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
}

#[tokio::test]
async fn a_page_that_must_show_a_write_says_so_while_the_directory_is_behind() {
    let directory = testing::impatient(&tale());
    let ahead = Position { commit: 1_000_000, prepare: 1_000_000 }.token(LOG);
    let (status, page) = get(&directory, &format!("/steward?atLeast={ahead}")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("正在更新") && page.contains("http-equiv=\"refresh\""));
}

/// A browser on the live page: what it has been sent so far.
struct Watching {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Watching {
    async fn connect(directory: &Graph, after: &str, last: Option<&str>) -> Watching {
        let mut request = Request::builder().uri(format!("/live/events?after={after}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = router(directory).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Watching { body: response.into_body().into_data_stream(), text: String::new() }
    }

    fn entries(&self) -> Vec<String> {
        let events = self.text.split("\n\n").filter(|event| event.contains("event: entry"));
        events.filter_map(|event| Some(event.lines().find_map(|line| line.strip_prefix("id: "))?.to_owned())).collect()
    }

    async fn until(&mut self, count: usize) -> Vec<String> {
        while self.entries().len() < count {
            let next = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let chunk = next.expect("an entry comes").unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.entries()
    }
}

#[tokio::test]
async fn the_live_page_loses_and_repeats_nothing_when_the_directory_starts_anew() {
    let mut tale = tale();
    let directory = tale.directory();
    let begin = Position::default().token(LOG);
    let mut before = Watching::connect(&directory, &begin, None).await;
    // Four registrations and a merge; a proposal is not for a passer-by.
    let seen = before.until(5).await;

    // It starts anew and has not even got to where the browser was; meanwhile two more are registered.
    let half = tale.positions()[3];
    let anew = Tale::default().directory();
    anew.read_model.publish(tale.rebuilt(Some(half)));
    let mut after = Watching::connect(&anew, &begin, seen.last().map(String::as_str)).await;
    tale.tell(registered(5));
    tale.tell(registered(6));
    anew.read_model.publish(tale.snapshot.clone());
    let new = after.until(2).await;

    // Together they are what somebody sees who was never disconnected.
    let mut all = Watching::connect(&anew, &begin, None).await;
    let whole = all.until(7).await;
    assert_eq!([seen, new].concat(), whole);
}

#[tokio::test]
async fn a_cursor_of_another_log_makes_the_browser_load_the_page_anew() {
    let directory = tale().directory();
    let foreign = Position::default().token(schema::position::LogId(99));
    let mut watching = Watching::connect(&directory, &foreign, None).await;
    while !watching.text.contains("event: anew") {
        let chunk = tokio::time::timeout(Duration::from_secs(10), watching.body.next()).await.expect("it is said");
        watching.text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
}
