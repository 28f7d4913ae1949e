//! A registration whose provider moves to another county, and what a kill in the middle of it leaves.

use chassis::log::Log;
use schema::{Office, RegistrationId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stories::api::Api;
use stories::files;
use stories::registrations::{self, named};
use stories::wait;
use stories::world::World;

const REGISTRATION: &str = "query ($id: ID!, $at: Position) { registration(id: $id, atLeast: $at) {
    id status transferredTo transferredFrom registeredOn area { code } resource { id sources { id } } } }";
const RESOURCE: &str = "query ($id: ID!, $at: Position) { resource(id: $id, atLeast: $at) { id sources { id } } }";

async fn registration(api: &Api, id: &Value, at: &Value) -> Value {
    api.ask(REGISTRATION, json!({ "id": id, "at": at })).await["registration"].take()
}

async fn resource(api: &Api, id: &Value, at: &Value) -> Value {
    api.ask(RESOURCE, json!({ "id": id, "at": at })).await["resource"].take()
}

fn moved(scope: &str, before: &str) -> String {
    let before: RegistrationId = before.parse().unwrap();
    RegistrationId::moved(scope.parse().unwrap(), before).to_string()
}

#[tokio::test]
async fn a_merchant_that_moves_to_another_county_and_back_is_found_where_it_is_under_every_id_that_it_had() {
    let world = World::up().await;
    world.load_areas().await;
    let (clerk, public) = (world.clerk(Office::Commerce).await, world.public());
    let mut here = named(&registrations::form(&world, Office::Commerce).await, "顺安助浴点");
    for (field, value) in
        [("category", json!("助浴")), ("creditCode", Value::Null), ("phones", json!(["0335-4089777"]))]
    {
        here[field] = value;
    }
    let mut there = here.clone();
    there["village"] = json!("130322103222");
    there["delivery"] = json!(["130322103"]);

    let first = clerk.post("/api/commerce/registrations", "k-1", &here).await.success().body;
    let path = |id: &Value| format!("/api/commerce/registrations/{}", id.as_str().unwrap());
    let shown = registration(&public, &first["id"], &first["position"]).await;
    let old_resource = &shown["resource"]["id"];
    assert!(old_resource.is_string(), "{shown}");

    let second = clerk.command("PUT", &path(&first["id"]), "k-2", &there).await.success().body;
    assert_eq!(second["id"], moved("130322", first["id"].as_str().unwrap()));
    let again = clerk.command("PUT", &path(&first["id"]), "k-2", &there).await.success().body;
    assert_eq!((&again["id"], &again["position"]), (&second["id"], &second["position"]));
    let at = &second["position"];
    let (left, arrived) =
        (registration(&clerk, &first["id"], at).await, registration(&public, &second["id"], at).await);
    assert!(registration(&public, &first["id"], at).await.is_null(), "what was withdrawn is no longer public");
    assert_eq!((&left["status"], &left["transferredTo"]), (&json!("WITHDRAWN"), &second["id"]));
    assert_eq!((&arrived["status"], &arrived["transferredFrom"]), (&json!("REGISTERED"), &first["id"]));
    assert_eq!(arrived["registeredOn"], shown["registeredOn"], "its history goes on");
    assert_eq!(arrived["area"]["code"], "130322103222");
    assert_eq!(resource(&public, old_resource, at).await["sources"], json!([{ "id": second["id"] }]));
    assert_eq!(clerk.get(&path(&first["id"])).await.success().body["transferredTo"], second["id"]);

    let third = clerk.command("PUT", &path(&second["id"]), "k-3", &here).await.success().body;
    assert_eq!(third["id"], moved("130306", second["id"].as_str().unwrap()));
    assert_ne!(third["id"], first["id"]);
    let led = resource(&public, old_resource, &third["position"]).await;
    assert_eq!(led["sources"], json!([{ "id": third["id"] }]));
    assert_eq!(registration(&public, &third["id"], &Value::Null).await["status"], "REGISTERED");
}

/// The types of the office's events, by stream.
async fn streams(log: &Log) -> BTreeMap<String, Vec<String>> {
    let mut streams: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let keep = |event: chassis::log::Recorded| streams.entry(event.stream).or_default().push(event.event_type);
    log.catch_up(&["commerce-".to_owned()], None, keep).await.unwrap();
    streams
}

/// SIGKILL in the middle of a hand-in that moves sixty merchants, 32 of them at a time: some are opened there and not yet
/// closed here.
#[tokio::test]
async fn a_killed_hand_in_that_moves_merchants_leaves_none_in_two_counties_once_it_was_handed_in_again() {
    let mut world = World::apart().await;
    world.load_areas().await;
    let clerk = world.clerk(Office::Commerce).await;
    let numbered = |row: &&Vec<(String, String)>| {
        files::cell(row, "所在地代码").starts_with("130306") && !files::cell(row, "统一社会信用代码").is_empty()
    };
    let of_one_code: BTreeMap<String, Vec<(String, String)>> = files::rows(Office::Commerce)
        .iter()
        .filter(numbered)
        .map(|row| (files::cell(row, "统一社会信用代码").to_owned(), row.clone()))
        .collect();
    let mut rows: Vec<_> = of_one_code.into_values().take(60).collect();
    assert_eq!(rows.len(), 60);
    let bytes = |rows: &[Vec<(String, String)>]| {
        let file = world.file("merchants.csv");
        files::write_table(&file, rows);
        std::fs::read(&file).unwrap()
    };
    let before = clerk.hand_in("/api/commerce/imports", "k-1", "merchants.csv", bytes(&rows)).await.success().body;
    let ids = |report: &Value| -> Vec<String> {
        report["rows"].as_array().unwrap().iter().map(|row| row["registration"].as_str().unwrap().to_owned()).collect()
    };
    let old = ids(&before);
    for row in &mut rows {
        files::set_cell(row, "所在地代码", "130322103222");
        files::set_cell(row, "配送范围代码", "130322103000");
    }
    let moving = bytes(&rows);
    let log = world.log().await;
    let handing_in = tokio::spawn({
        let (clerk, moving) = (world.clerk(Office::Commerce).await, moving.clone());
        async move { clerk.hand_in_or_not("/api/commerce/imports", "k-2", "merchants.csv", moving).await }
    });
    wait::until("the first to move", wait::SOON, async || {
        let opened = streams(&log).await.values().flatten().any(|event| event == "MerchantMovedIn");
        if opened { Ok(()) } else { Err("nobody moved yet") }
    })
    .await;
    world.kill("commerce");
    drop(handing_in.await);
    world.start_again("commerce").await;

    let report = clerk.hand_in("/api/commerce/imports", "k-2", "merchants.csv", moving).await.success().body;
    let expected: Vec<String> = old.iter().map(|id| moved("130322", id)).collect();
    assert_eq!((ids(&report), &report["absent"]), (expected.clone(), &json!([])));
    let streams = streams(&log).await;
    let events = |id: &String| streams[&format!("commerce-{id}")].clone();
    for (left, arrived) in old.iter().zip(&expected) {
        assert_eq!(events(left), ["MerchantRegistered", "MerchantMovedOut"]);
        assert_eq!(events(arrived), ["MerchantMovedIn"]);
    }
    assert_eq!(streams.len(), 120, "nothing was registered twice");
}
