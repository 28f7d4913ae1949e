//! What was public and may be so no longer: whoever asks, about whatever time, is not told it.

use schema::Office;
use serde_json::{Value, json};
use stories::api::Api;
use stories::registrations::{self, named};
use stories::subscription::OverSse;
use stories::wait;
use stories::world::World;

/// The name of a person and their own number, where a clerk wrote them by mistake.
const NAME: &str = "王秀英家的助浴点";
const NUMBER: &str = "4089777";
const VILLAGE: &str = "130306100209";

const RESOURCE: &str = "name phone phones address provider { name }
    provenance { field rule losing { value } } sources { id name phones }";
const COUNTERS: &str = "{ counters { registrations resources merges proposals undone } }";

/// What answers and pages tell of the two, now and as of a position before.
async fn told(world: &World, registrations: &[String; 2], resource: &str, before: &str) -> Vec<String> {
    let (steward, public) = (world.steward().await, world.public());
    let mut texts = Vec::new();
    for as_of in [Value::Null, json!(before)] {
        let query = format!(
            "query ($v: AreaCode!, $r: ID!, $one: ID!, $other: ID!, $at: Position) {{
                availableServices(community: $v, includeNo: true, first: 5, asOfPosition: $at) {{
                    totalCount nodes {{ {RESOURCE} }} }}
                resource(id: $r, asOfPosition: $at) {{ {RESOURCE} versions {{ at resource {{ {RESOURCE} }} }} }}
                one: registration(id: $one, asOfPosition: $at) {{ name phones address fees }}
                other: registration(id: $other, asOfPosition: $at) {{ name phones address fees }}
                mergeHistory(registration: $one, asOfPosition: $at) {{
                    nodes {{ evidence {{ comparison left right }} members {{ name phones }} }} }}
                recentChanges(first: 50, asOfPosition: $at) {{ nodes {{ name registrations {{ name }} }} }} }}"
        );
        let variables =
            json!({ "v": VILLAGE, "r": resource, "one": registrations[0], "other": registrations[1], "at": as_of });
        let answer = steward.ask(&query, variables).await;
        assert!(answer["resource"]["versions"].as_array().is_some_and(|all| !all.is_empty()), "{answer}");
        assert!(answer["mergeHistory"]["nodes"].as_array().is_some_and(|all| !all.is_empty()), "{answer}");
        texts.push(answer.to_string());
    }
    texts.push(public.get(&format!("/resources/{resource}")).await.success().text);
    texts.push(public.get(&format!("/communities/{VILLAGE}")).await.success().text);
    texts.push(followed_from_the_beginning(&public).await);
    texts
}

/// Every change there was, as whoever begins to follow now is told them.
async fn followed_from_the_beginning(api: &Api) -> String {
    let query = "query ($first: Int, $after: String) { recentChanges(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { cursor } } } }";
    let newest_first = api.all(query, "recentChanges", json!({})).await;
    let cursor = |edge: &Value| edge["node"]["cursor"].clone();
    let (first, last) = (cursor(newest_first.last().unwrap()), cursor(&newest_first[0]));
    let query = "subscription ($after: String) {
        directoryChanges(after: $after) { cursor kind name registrations { name } } }";
    let mut following = OverSse::open(api, query, json!({ "after": first })).await;
    let mut told = String::new();
    loop {
        let change = following.next(wait::SOON).await.expect("a change");
        told.push_str(&change.to_string());
        if change["directoryChanges"]["cursor"] == last {
            return told;
        }
    }
}

/// Where the name or the number is told, however the number is parted.
fn telling(texts: &[String], what: &str) -> Vec<usize> {
    let plain = |text: &String| text.replace(['-', ' ', '\u{a0}'], "");
    texts.iter().enumerate().filter(|(_, text)| plain(text).contains(what)).map(|(index, _)| index).collect()
}

#[tokio::test]
async fn what_a_steward_retracts_is_told_to_nobody_any_more_not_even_of_the_past() {
    let mut world = World::up().await;
    world.load_areas().await;
    let (clerk, steward) = (world.clerk(Office::Commerce).await, world.steward().await);
    let form = registrations::form(&world, Office::Commerce).await;
    let register = async |key: &str, name: &str, phone: &str| {
        let mut form = named(&form, name);
        for (field, value) in [
            ("category", json!("助浴")),
            ("creditCode", Value::Null),
            ("phones", json!([phone])),
            ("village", json!(VILLAGE)),
            ("delivery", json!([VILLAGE])),
        ] {
            form[field] = value;
        }
        clerk.post("/api/commerce/registrations", key, &form).await.success().text_of("id")
    };
    let one = register("k-1", NAME, &format!("0335-{NUMBER}")).await;
    let other = register("k-2", "顺安助浴点", "0335-4089000").await;
    let pair = [one.clone(), other];
    let body = json!({ "registrations": pair, "reason": "同一家" });
    let merged = steward.post("/api/center/merges", "merge", &body).await.success();
    let before = merged.text_of("position");
    let query = "query ($id: ID!, $at: Position) { registration(id: $id, atLeast: $at) { resource { id } } }";
    let data = steward.ask(query, json!({ "id": one, "at": before })).await;
    let resource = data["registration"]["resource"]["id"].as_str().expect("it is shown").to_owned();
    world.settled().await;
    let shown = told(&world, &pair, &resource, &before).await;
    assert_eq!(telling(&shown, NUMBER), [0, 1, 2, 3], "answers and pages tell the number");
    assert_eq!(telling(&shown, NAME), [0, 1, 2, 3, 4], "all tell the name");
    let counters = world.public().ask(COUNTERS, json!({})).await;

    let path = format!("/api/center/registrations/{one}/retract");
    let reason = "published_by_mistake";
    let mut last = Value::Null;
    for field in ["phones", "name"] {
        let body = json!({ "field": field, "reason": reason });
        let retracted = steward.post(&path, field, &body).await;
        assert_eq!(retracted.status, 201, "{}", retracted.text);
        assert_eq!(steward.post(&path, field, &body).await.body, retracted.body, "a retry is answered alike");
        last = json!(retracted.text_of("position"));
    }
    let query = "query ($id: ID!, $at: Position) { resource(id: $id, atLeast: $at) { name phones } }";
    let anew = world.public().ask(query, json!({ "id": resource, "at": last })).await;
    assert_eq!(anew["resource"], json!({ "name": "顺安助浴点", "phones": ["+863354089000"] }));

    let audit = "query ($id: ID!) { registration(id: $id) {
        name phones withheld { field reason } retractions { field reason at by } } }";
    for restarted in [false, true] {
        let texts = told(&world, &pair, &resource, &before).await;
        assert_eq!(telling(&texts, NUMBER), [] as [usize; 0], "restarted: {restarted}\n{texts:#?}");
        assert_eq!(telling(&texts, NAME), [] as [usize; 0], "restarted: {restarted}\n{texts:#?}");
        assert_eq!(world.public().ask(COUNTERS, json!({})).await, counters);
        let seen = steward.ask(audit, json!({ "id": one })).await;
        let retractions = seen["registration"]["retractions"].as_array().unwrap();
        assert_eq!(retractions.len(), 2, "{seen}");
        for (retraction, field) in retractions.iter().zip(["phones", "name"]) {
            assert_eq!((&retraction["field"], &retraction["reason"]), (&json!(field), &json!("PUBLISHED_BY_MISTAKE")));
            assert!(retraction["by"].is_string() && retraction["at"].is_string(), "{seen}");
        }
        if !restarted {
            assert!(world.interrupt("up", wait::SOON).await.success());
            world.start_up().await;
            world.settled().await;
        }
    }
    assert_eq!(steward.post(&path, "name", &json!({ "field": "name", "reason": reason })).await.body["position"], last);
}

#[tokio::test]
async fn a_number_that_its_office_deletes_is_told_of_no_time_until_its_office_says_it_again() {
    let world = World::up().await;
    world.load_areas().await;
    let log = world.log().await;
    let hand_in = async |name: &str, phone: &str| {
        let file = world.file(name);
        let rows = format!(
            "商户名称,编号,业态,经营地址,所在地代码,电话,登记日期\n顺安助浴点,N1,助浴,文化路7号,{VILLAGE},{phone},2026-01-05\n"
        );
        std::fs::write(&file, rows).unwrap();
        world.must_import(Office::Commerce.path(), &file).await;
        world.settled().await;
        json!(log.head().await.unwrap().token(log.id()))
    };
    let (steward, number) = (world.steward().await, "+8613800138000");
    let told = async |as_of: Value| {
        let query = format!(
            "query ($v: AreaCode!, $at: Position) {{
                availableServices(community: $v, includeNo: true, first: 5, asOfPosition: $at) {{
                    nodes {{ {RESOURCE} versions {{ resource {{ {RESOURCE} }} }} }} }}
                registrations(first: 5, asOfPosition: $at) {{ nodes {{ name phones }} }} }}"
        );
        let answer = steward.ask(&query, json!({ "v": VILLAGE, "at": as_of })).await;
        assert_eq!(answer["availableServices"]["nodes"].as_array().map(Vec::len), Some(1), "{answer}");
        answer.to_string().matches(number).count()
    };
    let said = hand_in("one.csv", "13800138000(公开)").await;
    let before = told(Value::Null).await;
    assert!(before > 2, "{before}");
    let removed = hand_in("two.csv", "删除").await;
    assert_eq!((told(Value::Null).await, told(said.clone()).await), (0, 0), "neither now nor of the past");
    let query = "{ registrations(first: 5) { nodes { retractions { field reason by } } } }";
    let retractions = steward.ask(query, json!({})).await;
    assert_eq!(
        retractions["registrations"]["nodes"][0]["retractions"],
        json!([{ "field": "phones", "reason": "REMOVED_BY_OFFICE", "by": "service:center" }])
    );
    hand_in("three.csv", "13800138000(公开)").await;
    assert!(told(Value::Null).await > 0, "its office says it again");
    assert_eq!((told(said).await, told(removed).await), (0, 0), "what is past stays as it is");
}
