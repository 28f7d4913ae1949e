//! Merchants that move to another county: by a row of a list, by a form, there and back, and after an interruption.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what it does is part of the tests")]

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use chassis::auth::Role;
use chassis::log::{Expected, Metadata, NewEvent, Recorded};
use county::{County, bytes_of, first_rows};
use desk::Report;
use schema::hand_in::RowFate;
use schema::{Office, RegistrationId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

async fn county() -> County {
    County::with(Office::Commerce, commerce::mount).await
}

async fn hand_in(county: &County, lines: &[String]) -> Report {
    county::taken(commerce::import(&county.service, &bytes_of(lines), "commerce.csv", &mut |_| ()).await)
}

/// Three merchants of 抚宁区; the first has a credit code.
fn before() -> Vec<String> {
    first_rows("commerce", 3)
}

/// The same list after the first has moved to 昌黎县.
fn after() -> Vec<String> {
    let mut lines = before();
    lines[1] = lines[1].replace("130306105259", "130322103222").replace("130306105000", "130322103000");
    lines
}

fn moved(scope: &str, before: RegistrationId) -> RegistrationId {
    RegistrationId::moved(scope.parse().unwrap(), before)
}

fn path(county: &County, id: RegistrationId) -> String {
    format!("{}/{id}", county.registrations())
}

fn fates(report: &Report) -> Vec<RowFate> {
    report.rows.iter().map(|row| row.fate).collect()
}

#[tokio::test]
async fn a_merchant_whose_row_says_another_county_goes_on_there() {
    let county = county().await;
    let old = hand_in(&county, &before()).await.rows[0].registration.unwrap();
    county.post(&format!("{}/suspend", path(&county, old)), "k-1", json!({ "reason": "搬迁" })).await;
    let check = county.see(&path(&county, old)).await;
    let report = hand_in(&county, &after()).await;
    let new = moved("130322", old);
    assert_eq!(report.rows[0].registration, Some(new));
    assert_eq!(fates(&report), [RowFate::Revised, RowFate::Unchanged, RowFate::Unchanged]);
    assert_eq!(report.absent, [], "what moved is not missing");
    let gone = ["MerchantRegistered", "MerchantSuspended", "MerchantMovedOut"];
    assert_eq!(county.events(&old.to_string()).await, gone);
    assert_eq!(county.events(&new.to_string()).await, ["MerchantMovedIn", "MerchantSuspended"]);
    let (there, here) = (county.see(&path(&county, new)).await, county.see(&path(&county, old)).await);
    assert_eq!((&here["situation"], &here["transferredTo"]), (&json!("movedOut"), &json!(new)));
    assert_eq!((&there["situation"], &there["transferredFrom"]), (&json!("suspended"), &json!(old)));
    assert_eq!(there["registration"]["registeredOn"], check["registration"]["registeredOn"]);
    assert_eq!(there["registration"]["keeper"], check["registration"]["keeper"], "the name is opened there as well");
}

#[tokio::test]
async fn what_a_row_says_nothing_of_moves_along_but_for_where_it_was() {
    let county = county().await;
    let old = hand_in(&county, &before()).await.rows[0].registration.unwrap();
    let stood = county.see(&path(&county, old)).await["registration"].clone();
    let mut lines = before();
    lines[1] = "北张各庄老年食堂,91130306778470657R,助餐,,130322103222,,,,看情况,,,,,,,".to_owned();
    let report = hand_in(&county, &lines).await;
    let new = moved("130322", old);
    assert_eq!((fates(&report)[0], report.rows[0].registration), (RowFate::Revised, Some(new)));
    let kept = report.rows[0].findings.iter().filter(|finding| finding.code.as_str() == "EARLIER_KEPT");
    assert_eq!(kept.map(|finding| finding.column.as_str()).collect::<Vec<_>>(), ["营业时间"]);
    let there = county.see(&path(&county, new)).await["registration"].clone();
    for field in ["keeper", "phones", "hours", "elderDiscount", "elderPriceFen", "mealsADay", "registeredOn"] {
        assert!(!stood[field].is_null(), "{field} of {stood}");
        assert_eq!(there[field], stood[field], "{field}");
    }
    assert!(stood["address"].is_string() && stood["delivery"].is_array(), "{stood}");
    assert_eq!((&there["address"], &there["delivery"]), (&Value::Null, &json!([])), "{there}");
    // Its keeper is another contact there: whom the old id names can be erased by itself.
    let contact = async |id| county.see(&path(&county, id)).await["contactPerson"].clone();
    assert_ne!(contact(old).await, contact(new).await);
    // Handed in once more with others, it changes nothing.
    lines.truncate(3);
    assert_eq!(fates(&hand_in(&county, &lines).await)[0], RowFate::Unchanged);
}

#[tokio::test]
async fn later_hand_ins_find_what_moved_and_may_move_it_back() {
    let county = county().await;
    let first = hand_in(&county, &before()).await.rows[0].registration.unwrap();
    hand_in(&county, &after()).await;
    let mut fewer_meals = after();
    fewer_meals[1] = fewer_meals[1].replace(",150,", ",90,");
    let report = hand_in(&county, &fewer_meals).await;
    let second = moved("130322", first);
    assert_eq!((fates(&report)[0], report.rows[0].registration), (RowFate::Revised, Some(second)));
    assert_eq!(report.absent, []);
    let report = hand_in(&county, &before()).await;
    let third = moved("130306", second);
    assert_eq!((fates(&report)[0], report.rows[0].registration), (RowFate::Revised, Some(third)));
    assert!(third != first && report.absent.is_empty());
    let see = async |id| county.see(&path(&county, id)).await["transferredTo"].clone();
    assert_eq!((see(first).await, see(second).await), (json!(second), json!(third)));
    assert_eq!(see(third).await, Value::Null);
}

#[tokio::test]
async fn a_form_moves_a_merchant_once_and_its_list_finds_it() {
    let county = county().await;
    let old = hand_in(&county, &before()).await.rows[0].registration.unwrap();
    let new = moved("130322", old);
    let mut form = county.see(&path(&county, old)).await["registration"].clone();
    form["village"] = json!("130322103222");
    form["delivery"] = json!(["130322103"]);
    let (clerk, at) = (county.clerk(), path(&county, old));
    let put = async |key: &str, form: &Value| county.send("PUT", &at, Some(&clerk), Some(key), form.clone()).await;
    let done = put("k-1", &form).await;
    assert_eq!((done.status, &done.body["id"], &done.body["repeated"]), (200, &json!(new), &json!(false)));
    let again = put("k-1", &form).await;
    assert_eq!((&again.body["id"], &again.body["position"]), (&json!(new), &done.body["position"]));
    assert_eq!(again.body["repeated"], json!(true));
    let mut other_form = form.clone();
    other_form["village"] = json!("130322103220");
    assert_eq!(put("k-1", &other_form).await.status, 422, "the key was for something else");
    let refused = put("k-2", &other_form).await;
    assert_eq!((refused.status, &refused.body["code"]), (409, &json!("TRANSFERRED")));
    assert!(refused.body["detail"].as_str().unwrap().contains(&new.to_string()), "{}", refused.body);
    let suspend = county.post(&format!("{at}/suspend"), "k-3", json!({ "reason": "修路" })).await;
    assert_eq!(suspend.body["code"], json!("TRANSFERRED"));
    assert_eq!(county.events(&new.to_string()).await, ["MerchantMovedIn"]);

    // The list as it was, but for another row: the form's change stays, as any other does.
    let mut lines = before();
    lines[2] = lines[2].replace("18695546417", "18695546418");
    let report = hand_in(&county, &lines).await;
    assert_eq!((fates(&report)[0], report.rows[0].registration), (RowFate::Unchanged, Some(new)));
    // The list brought up to date, with and without a number to know it by.
    let report = hand_in(&county, &after()).await;
    assert_eq!((report.rows[0].registration, report.absent), (Some(new), vec![]));
}

#[tokio::test]
async fn a_list_without_numbers_finds_what_a_form_moved_by_where_it_is_now() {
    let county = county().await;
    let unnumbered = |lines: Vec<String>| lines.iter().map(|line| line.replace("91130306778470657R", "")).collect();
    let (before, after): (Vec<String>, Vec<String>) = (unnumbered(before()), unnumbered(after()));
    let old = hand_in(&county, &before).await.rows[0].registration.unwrap();
    let mut form = county.see(&path(&county, old)).await["registration"].clone();
    form["village"] = json!("130322103222");
    form["delivery"] = json!(["130322103"]);
    let done = county.send("PUT", &path(&county, old), Some(&county.clerk()), Some("k-1"), form).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let report = hand_in(&county, &after).await;
    assert_eq!((report.rows[0].registration, report.absent), (Some(moved("130322", old)), vec![]));
}

#[tokio::test]
async fn a_clerk_of_one_county_moves_nothing_to_another() {
    let county = county().await;
    let old = hand_in(&county, &before()).await.rows[0].registration.unwrap();
    let mut form = county.see(&path(&county, old)).await["registration"].clone();
    form["village"] = json!("130322103222");
    form["delivery"] = json!(["130322103"]);
    for area in ["130306", "130322"] {
        let clerk = county.token(Role::Clerk, Some(Office::Commerce), Some(area));
        let done = county.send("PUT", &path(&county, old), Some(&clerk), Some(area), form.clone()).await;
        assert_eq!(done.status, 403, "{area}: {}", done.body);
    }
    assert_eq!(county.events(&old.to_string()).await, ["MerchantRegistered"]);
}

#[tokio::test]
async fn a_merchant_that_delivers_beyond_its_county_is_registered_with_the_city() {
    let county = county().await;
    let mut form = json!({
        "name": "鲜达配送", "category": "助购", "village": "130306100209", "delivery": ["130306100", "130322103"],
        "keeper": "黄霞", "phones": ["0335-4089616"],
    });
    county.refused(&county.registrations(), form.clone(), 422, "form-refused").await;
    let refused = county.post(&county.registrations(), "k-1", form.clone()).await;
    let error = &refused.body["errors"][0];
    assert_eq!((&error["code"], &error["path"]), (&json!("COVERAGE_BEYOND_COUNTY"), &json!("delivery")));
    assert!(error["remedyZh"].as_str().unwrap().contains("130300000000"), "{error}");
    form["village"] = json!("130300000000");
    let (id, _) = county.registered("k-2", &form).await;
    assert!(id.starts_with("130300"), "{id}");
}

/// Every event of the office and its hand-ins, in the order of the log.
async fn all(county: &County) -> Vec<Recorded> {
    let mut events = Vec::new();
    let prefixes = ["commerce-".to_owned(), "import-".to_owned()];
    county.service.log.catch_up(&prefixes, None, |event| events.push(event)).await.unwrap();
    events
}

fn by_stream(events: Vec<Recorded>) -> BTreeMap<String, Vec<(String, String, Value)>> {
    let mut streams: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for event in events {
        let data = serde_json::from_slice(&event.data).unwrap();
        streams.entry(event.stream).or_default().push((event.event_type, event.id.to_string(), data));
    }
    streams
}

#[tokio::test]
async fn a_move_that_was_interrupted_anywhere_ends_as_if_it_had_not_been() {
    let undisturbed = county().await;
    hand_in(&undisturbed, &before()).await;
    let known = all(&undisturbed).await.len();
    let expected = hand_in(&undisturbed, &after()).await;
    let whole = all(&undisturbed).await;
    let events: Vec<&str> = whole[known..].iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(
        events,
        ["HandInReceived", "MerchantMovedIn", "MerchantMovedOut", "RowsSettled", "HandInCompleted"],
        "first opened, then closed"
    );
    for written in known..whole.len() {
        // What the log held when the process died; another process has the same keys and nothing in memory.
        let keys = undisturbed.service.keys.clone();
        let county = County::with_keys(keys, Office::Commerce, commerce::mount).await;
        for event in &whole[..written] {
            let copy = NewEvent {
                id: event.id,
                event_type: event.event_type.clone(),
                data: serde_json::from_slice(&event.data).unwrap(),
                metadata: Metadata::Given(serde_json::from_slice(&event.metadata).unwrap()),
            };
            county.service.log.append(&event.stream, Expected::Any, vec![copy]).await.unwrap();
        }
        let report = hand_in(&county, &after()).await;
        let last = &whole[written - 1].event_type;
        assert_eq!((report.id, report.rows, report.absent), (expected.id, expected.rows.clone(), vec![]), "{last}");
        assert_eq!(by_stream(all(&county).await), by_stream(whole.clone()), "cut after {last}");
    }
}
