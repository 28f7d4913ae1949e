//! A station with several services is several resources; neighbours of like names are asked about.

use schema::Office;
use serde_json::{Value, json};
use std::path::PathBuf;
use stories::wait;
use stories::world::World;

const VILLAGE: &str = "130306100209";

async fn handed_in(world: &World, office: Office, name: &str, rows: &[&str]) {
    let file: PathBuf = world.file(name);
    std::fs::write(&file, rows.join("\n")).unwrap();
    world.must_import(office.path(), &file).await;
}

async fn with_divisions() -> World {
    let world = World::up().await;
    world.load_areas().await;
    world
}

const RESOURCES: &str =
    "query ($v: AreaCode!) { availableServices(community: $v, audience: ALL, includeNo: true, first: 100) {
    nodes { id name category hours sources { id office } sameProvider { id category } } } }";

async fn resources(world: &World) -> Vec<Value> {
    let answer = world.public().ask(RESOURCES, json!({ "v": VILLAGE })).await;
    answer["availableServices"]["nodes"].as_array().unwrap().clone()
}

fn categories(of: &Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|one| one["category"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_service_of_a_station_is_found_by_itself_and_leads_to_the_others() {
    let world = with_divisions().await;
    let rows = [
        "站点名称,服务项目,村社代码,地址,服务区域代码,负责人电话,服务对象,开放时间,登记日期",
        "大李官营丹桂服务站,日间照料,130306100209,大李官营村文化路7号,,0335-7130066,60岁以上老年人,周一至周五 8:00-17:00,2026-01-05",
        "大李官营丹桂服务站,助餐,130306100209,大李官营村文化路7号,,0335-7130066,80岁以上老年人,每天 11:00-12:30,2026-01-05",
        "大李官营丹桂服务站,助浴,130306100209,大李官营村文化路7号,,0335-7130066,失能老人,周三 14:00-16:00,2026-01-05",
        "大李官营丹桂服务站,文体活动,130306100209,大李官营村文化路7号,,0335-7130066,老年人,周六 9:00-11:00,2026-01-05",
    ];
    handed_in(&world, Office::WomensFederation, "one_station_four_services.csv", &rows).await;
    // Another office knows its meals, and a third calls whatever it does a convenience.
    let rows = [
        "商户名称,业态,经营地址,所在地代码,电话,营业时间,登记日期",
        "大李官营丹桂服务站,助餐,文化路7号,130306100209,0335-7130066,每天 11:00-12:30,2026-02-01",
    ];
    handed_in(&world, Office::Commerce, "meals.csv", &rows).await;
    world.settled().await;

    let all = resources(&world).await;
    assert_eq!(categories(&json!(all)), ["助浴", "助餐", "文体活动", "日间照料"], "{all:?}");
    for one in &all {
        let others = categories(&one["sameProvider"]);
        let mut together: Vec<&str> = others.iter().copied().chain(one["category"].as_str()).collect();
        together.sort_unstable();
        assert_eq!(together, ["助浴", "助餐", "文体活动", "日间照料"]);
        let sources = one["sources"].as_array().unwrap().len();
        assert_eq!(sources, if one["category"] == "助餐" { 2 } else { 1 }, "{one}");
    }
    let page = world.public().get(&format!("/resources/{}", all[0]["id"].as_str().unwrap())).await.success();
    assert!(page.text.contains("同一单位在这里的其他服务") && page.text.contains("日间照料"), "{}", page.text);
}

#[tokio::test]
async fn five_services_of_one_station_that_differ_in_nothing_else_are_five_with_nothing_to_undo() {
    let world = with_divisions().await;
    let header = "站点名称,服务项目,村社代码,地址,负责人电话,服务对象,开放时间,登记日期";
    let services = ["日间照料", "助餐", "助浴", "文体活动", "康复护理"];
    let rows = services.map(|service| {
        format!(
            "大李官营梧桐幸福院,{service},130306100209,大李官营村文化路88号,0335-7130088,老年人,周一至周五 8:00-17:00,2026-01-05"
        )
    });
    let rows: Vec<&str> = std::iter::once(header).chain(rows.iter().map(String::as_str)).collect();
    handed_in(&world, Office::WomensFederation, "one_station_five_services_undo.csv", &rows).await;
    world.settled().await;
    let all = resources(&world).await;
    assert_eq!(all.len(), 5, "{all:?}");
    for one in &all {
        assert_eq!(categories(&one["sameProvider"]).len(), 4, "{one}");
    }
    let counters = world.public().ask("{ counters { registrations merges proposals } }", json!({})).await;
    assert_eq!(counters["counters"], json!({ "registrations": 5, "merges": 0, "proposals": 0 }));
}

#[tokio::test]
async fn whatever_a_steward_parted_no_rule_joins_again_by_way_of_another() {
    let world = with_divisions().await;
    // One canteen as five offices' lists have it: every two of them are one by rule.
    let row = |number: u32| {
        format!(
            "大李官营丹桂食堂,N{number},助餐,文化路9号,130306100209,0335-7130088,每天 11:00-12:30,2026-01-0{number}"
        )
    };
    let rows: Vec<String> = (1..=5).map(row).collect();
    let header = "商户名称,编号,业态,经营地址,所在地代码,电话,营业时间,登记日期";
    let rows: Vec<&str> = std::iter::once(header).chain(rows.iter().map(String::as_str)).collect();
    handed_in(&world, Office::Commerce, "canteen.csv", &rows).await;
    world.settled().await;
    assert_eq!(resources(&world).await.len(), 1);
    let steward = world.steward().await;
    let query = "{ mergeHistory(status: IN_FORCE, first: 20) { nodes { id decidedBy { kind } } } }";
    let mut undone = 0;
    while let Some(merge) = steward.ask(query, json!({})).await["mergeHistory"]["nodes"].get(0) {
        let path = format!("/api/center/merges/{}/undo", merge["id"].as_str().unwrap());
        let body = json!({ "reason": "不是同一家", "keepApart": true });
        let answer = steward.post(&path, &format!("undo-{undone}"), &body).await.success();
        let at_least = json!({ "p": answer.body["position"] });
        steward.ask("query ($p: Position!) { counters(atLeast: $p) { merges } }", at_least).await;
        undone += 1;
        assert!(undone <= 4, "four merges made one of five, and no rule makes another");
    }
    world.settled().await;
    assert_eq!((undone, resources(&world).await.len()), (4, 5));
}

#[tokio::test]
async fn neighbours_of_like_names_and_other_telephones_are_never_one_by_rule() {
    let world = with_divisions().await;
    let rows = [
        "站点名称,服务项目,村社代码,地址,负责人电话,登记日期",
        "大李官营益民超市,便民服务,130306100209,大李官营村市场街1号,0335-7131001,2026-01-05",
        "大李官营福来超市,便民服务,130306100209,大李官营村市场街2号,0335-7131002,2026-01-05",
        "大李官营李记餐馆,助餐,130306100209,大李官营村市场街3号,0335-7131003,2026-01-05",
    ];
    handed_in(&world, Office::WomensFederation, "neighbours_with_like_names_womens_federation.csv", &rows).await;
    let rows = [
        "队伍名称,服务内容,所在地代码,活动地点,领队,联络电话,登记日期",
        "大李官营宜民超市,便民服务,130306100209,大李官营村市场街1号,王某,13833521001,2026-02-05",
        "大李官营新福来超市,便民服务,130306100209,大李官营村市场街2号,王某,13833521002,2026-02-05",
        "大李官营老李记餐馆,助餐,130306100209,大李官营村市场街3号,王某,13833521003,2026-02-05",
    ];
    handed_in(&world, Office::YouthLeague, "neighbours_with_like_names_youth_league.csv", &rows).await;
    world.settled().await;
    let query = "{ counters { registrations merges proposals } }";
    let counters = world.public().ask(query, json!({})).await;
    assert_eq!(counters["counters"]["registrations"], 6);
    assert_eq!(counters["counters"]["merges"], 0, "{counters}");
    let steward = world.steward().await;
    wait::until("a steward to be asked", wait::SOON, async || {
        let asked = steward.ask("{ mergeHistory(status: PROPOSED, first: 20) { totalCount } }", json!({})).await;
        if asked["mergeHistory"]["totalCount"] == 3 { Ok(()) } else { Err(asked.to_string()) }
    })
    .await;
}
