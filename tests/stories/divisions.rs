//! A village is joined to its neighbour, another becomes a community: what stood there is found where they are now.

use schema::Office;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use stories::api::Api;
use stories::files;
use stories::world::World;

const JOINED: &str = "130306100209";
const NEIGHBOUR: &str = "130306100210";
const VILLAGE: &str = "130306100211";
const COMMUNITY: &str = "130306100011";

/// The rows of an office that lie in one of the two villages; with the codes of today, but for the first, if `anew`.
fn rows_there(world: &World, office: Office, anew: bool) -> PathBuf {
    let mut rows = files::rows(office);
    rows.retain(|row| row.iter().any(|(_, cell)| cell == JOINED || cell == VILLAGE));
    for row in rows.iter_mut().skip(1).filter(|_| anew) {
        for (_, cell) in row.iter_mut().filter(|(_, cell)| cell == JOINED) {
            NEIGHBOUR.clone_into(cell);
        }
    }
    let path = world.folder().join(format!("{}.csv", office.category()));
    files::write_table(&path, &rows);
    path
}

/// The list after the changes: without the village that was joined, and with the community.
fn new_list(world: &World) -> PathBuf {
    let list = std::fs::read_to_string(files::areas()).unwrap();
    let lines = list.lines().filter(|line| !line.starts_with(&format!("{JOINED},")));
    let community = format!("{COMMUNITY},三里杨庄社区居委会");
    let changed: String =
        lines.map(|line| line.replace(&format!("{VILLAGE},三里杨庄村委会"), &community) + "\n").collect();
    let path = world.folder().join("130300-2024.csv");
    std::fs::write(&path, changed).unwrap();
    path
}

/// What is available in a community, by id, and the name of the community that it was read as.
async fn there(api: &Api, community: &str, position: Option<&str>) -> (BTreeSet<String>, Value) {
    let query = "query ($c: AreaCode!, $p: Position) { availableServices(community: $c, audience: ALL, includeNo: true, first: 500, asOfPosition: $p) {
        community { code } askedAs { code name status } nodes { id } } }";
    let answer = api.ask(query, json!({ "c": community, "p": position })).await["availableServices"].clone();
    let ids = answer["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned());
    (ids.collect(), json!({ "community": answer["community"]["code"], "askedAs": answer["askedAs"] }))
}

async fn what_stood_there_is_found_where_they_are_now(changes_first: bool) {
    let world = World::up().await;
    world.load_areas().await;
    for office in [Office::Clinic, Office::WomensFederation, Office::Commerce] {
        world.must_import(office.path(), &rows_there(&world, office, false)).await;
    }
    world.settled().await;
    let (public, steward) = (world.public(), world.steward().await);
    let (joined, village) = (there(&public, JOINED, None).await.0, there(&public, VILLAGE, None).await.0);
    assert!(joined.len() >= 4 && village.len() >= 3, "{joined:?} {village:?}");
    let before = world.last_said().await;

    let mut files = [files::data("areas_changes_2024.csv"), new_list(&world)];
    if !changes_first {
        files.reverse();
    }
    for file in files {
        world.must_import("areas", &file).await;
    }
    world.settled().await;

    assert!(there(&public, NEIGHBOUR, None).await.0.is_superset(&joined), "area and coverage have gone over");
    assert_eq!(there(&public, COMMUNITY, None).await.0, village);
    let (found, read_as) = there(&public, JOINED, None).await;
    assert_eq!(found, there(&public, NEIGHBOUR, None).await.0);
    let asked_as = json!({ "code": JOINED, "name": "大李官营村委会", "status": "REPLACED" });
    assert_eq!(read_as, json!({ "community": NEIGHBOUR, "askedAs": asked_as }), "an old code is answered and says so");
    let (then, read_as) = there(&public, JOINED, Some(&before)).await;
    assert_eq!((then, &read_as["askedAs"]), (joined.clone(), &Value::Null), "the past is as it was");

    let old = "query ($c: AreaCode!) { area(code: $c) { name status successors { code name } changes { kind year document } } }";
    assert_eq!(
        public.ask(old, json!({ "c": VILLAGE })).await["area"],
        json!({
            "name": "三里杨庄村委会", "status": "REPLACED",
            "successors": [{ "code": COMMUNITY, "name": "三里杨庄社区居委会" }],
            "changes": [{ "kind": "VILLAGE_TO_COMMUNITY", "year": 2024, "document": "示例〔2024〕2号" }],
        })
    );

    // The youth league comes later: one row still with the old code, the others with the new one.
    world.must_import(Office::YouthLeague.path(), &rows_there(&world, Office::YouthLeague, true)).await;
    world.settled().await;
    let handed_in = "{ handIns(office: YOUTH_LEAGUE) { nodes { registered refused rows(first: 9) { nodes { row findings { column reason } } } } } }";
    let hand_in = steward.ask(handed_in, json!({})).await["handIns"]["nodes"][0].clone();
    assert_eq!((&hand_in["registered"], &hand_in["refused"]), (&json!(4), &json!(0)));
    let notes = |row: usize| hand_in["rows"]["nodes"][row]["findings"].to_string();
    assert!(
        notes(0).contains(NEIGHBOUR) && notes(0).contains("小李官营村委会"),
        "the note names the new code: {}",
        notes(0)
    );
    assert!(!notes(1).contains(NEIGHBOUR), "{}", notes(1));

    let listed = "{ registrations(first: 50) {
        nodes { name office area { code name } coverage { code name } resource { id area { code name } } } } }";
    let registrations = steward.ask(listed, json!({})).await["registrations"]["nodes"].clone();
    let registrations = registrations.as_array().unwrap();
    assert_eq!(registrations.len(), 13);
    for one in registrations {
        let text = one.to_string();
        assert!(!text.contains(JOINED) && !text.contains(VILLAGE), "{text}");
        let areas = one["coverage"].as_array().unwrap().iter().chain([&one["area"], &one["resource"]["area"]]);
        for area in areas {
            assert!(area["name"].as_str().unwrap().ends_with(['会', '镇']), "a name and not a code: {text}");
        }
    }
    let shown_as = |office: &str, name: &str| {
        let one = registrations.iter().find(|one| one["office"] == office && one["name"] == name).unwrap();
        one["resource"]["id"].clone()
    };
    assert_eq!(
        shown_as("WOMENS_FEDERATION", "大李官营巾帼春晖志愿队"),
        shown_as("YOUTH_LEAGUE", "大李官营巾帼春晖志愿队"),
        "one on the old code and one on the new are of one village"
    );
}

#[tokio::test]
async fn after_the_changes_and_then_the_list_everything_is_found() {
    what_stood_there_is_found_where_they_are_now(true).await;
}

#[tokio::test]
async fn after_the_list_and_then_the_changes_everything_is_found() {
    what_stood_there_is_found_where_they_are_now(false).await;
}

#[tokio::test]
async fn a_town_that_left_its_county_is_found_where_it_is() {
    let world = World::up().await;
    world.load_areas().await;
    let changes = files::areas().with_file_name("130300-changes.csv");
    world.must_import("areas", &changes).await;
    let csv = "站点名称,服务项目,所在村社,村社代码,地址,服务区域代码,负责人,负责人电话,服务对象,开放时间\n\
        甲站,助餐,,抚宁县石门寨镇,抚宁县石门寨镇中心街1号,,张三,,老年人,每天8:00-18:00\n\
        乙站,助餐,,130323104000,抚宁县石门寨镇中心街2号,,李四,,老年人,每天8:00-18:00\n\
        丙站,助餐,,130323104000,中心街3号,,王五,,老年人,每天8:00-18:00\n";
    let file = world.folder().join("stations.csv");
    std::fs::write(&file, csv).unwrap();
    world.import(Office::WomensFederation.path(), &file, &[]).await;
    world.settled().await;
    let steward = world.steward().await;
    let query = "{ registrations { nodes { name area { code name } } } }";
    let mut registered = steward.ask(query, json!({})).await["registrations"]["nodes"].take();
    // Rows of a hand-in are registered side by side: either may come first.
    registered.as_array_mut().unwrap().sort_by_key(|node| node["name"].as_str().map(str::to_owned));
    let town = json!({ "code": "130302106000", "name": "石门寨镇" });
    assert_eq!(
        registered,
        json!([{ "name": "乙站", "area": town }, { "name": "甲站", "area": town }]),
        "by its name, also behind an old code; what may have gone elsewhere is not guessed"
    );
    let found = "{ areas(name: \"抚宁县石门寨镇\") { nodes { code } } }";
    assert_eq!(steward.ask(found, json!({})).await["areas"]["nodes"], json!([{ "code": "130302106000" }]));
    let question = "{ availableServices(community: \"130323\") { totalCount } }";
    let divided = steward.graphql(question, json!({})).await["errors"][0].clone();
    assert_eq!(divided["extensions"]["code"], "AREA_DIVIDED");
    assert_eq!(divided["extensions"]["successors"].as_array().unwrap().len(), 5);
}
