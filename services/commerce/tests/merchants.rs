//! The commerce office's service against a real log: lists and forms, and what is repeated.

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use county::{County, bytes_of, file, first_rows};
use desk::Report;
use schema::Office;
use schema::hand_in::RowFate;
use serde_json::{Value, json};

async fn county() -> County {
    County::with(Office::Commerce, commerce::mount).await
}

async fn hand_in(county: &County, bytes: &[u8]) -> Report {
    county::taken(commerce::import(&county.service, bytes, "commerce.csv", &mut |_| ()).await)
}

fn canteen() -> Value {
    json!({
        "name": "北张各庄老年食堂", "creditCode": "91130306778470657R", "category": "助餐", "village": "130306105259",
        "address": "台营镇北张各庄村滨河路260", "delivery": ["130306105"], "keeper": "黄霞", "phones": ["4089616"],
        "hours": "周一至周五 11:00-12:30", "elderDiscount": "65岁以上9折", "elderPriceFen": 1250, "minimumOrderFen": 0,
        "mealsADay": 150, "inspectedOn": "2026-05-08", "inspectionPassed": true,
    })
}

#[tokio::test]
async fn every_row_of_the_demonstration_is_registered() {
    let county = county().await;
    let list = file("ops/demo/commerce.csv");
    let report = hand_in(&county, &list).await;
    county::is_explained(&report);
    let refused: Vec<_> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).collect();
    assert_eq!((report.counts.rows, refused.as_slice()), (1049, [].as_slice()));
    let head = county.service.log.head().await.unwrap();
    let again = hand_in(&county, &list).await;
    assert!(again.repeated && again.rows == report.rows);
    assert_eq!(county.service.log.head().await.unwrap(), head, "the same file again leaves nothing");
}

#[tokio::test]
async fn every_row_of_a_messy_list_meets_its_fate() {
    let county = county().await;
    let report = hand_in(&county, &file("tests/data/messy/commerce.csv")).await;
    county::is_explained(&report);
    county::meets_expectations(&report, "commerce.csv");
    let registered: usize = county.all_events().await.values().sum();
    assert_eq!(registered, report.counts.registered as usize, "the good rows went in");
}

#[tokio::test]
async fn a_failed_inspection_in_a_list_registers_and_suspends() {
    let county = county().await;
    let mut lines = first_rows("commerce", 2);
    lines[1] = lines[1].replace("合格", "不合格");
    let report = hand_in(&county, &bytes_of(&lines)).await;
    assert_eq!(report.counts.registered, 2);
    let path = format!("{}/{}", county.registrations(), report.rows[0].registration.unwrap());
    assert_eq!(county.see(&path).await["situation"], "suspendedByInspection");
    county.refused(&format!("{path}/resume"), json!({}), 409, "INSPECTION_NOT_PASSED").await;
    county.done_once(&format!("{path}/record-inspection"), json!({ "on": "2026-11-22", "passed": true })).await;
    assert_eq!(county.see(&path).await["situation"], "trading");
}

#[tokio::test]
async fn a_corrected_list_revises_exactly_what_changed() {
    let county = county().await;
    let mut lines = first_rows("commerce", 30);
    assert_eq!(hand_in(&county, &bytes_of(&lines)).await.counts.registered, 30);
    lines[2] = lines[2].replace(",8,15,100,", ",9,15,100,");
    lines[3] = lines[3].replace("枣园屯福寿家政", "枣园屯福寿家政服务部");
    lines.remove(30);
    let second = hand_in(&county, &bytes_of(&lines)).await;
    let of = |fate: RowFate| second.rows.iter().filter(|row| row.fate == fate).map(|row| row.row).collect::<Vec<_>>();
    assert_eq!((of(RowFate::Revised), of(RowFate::Registered)), (vec![2, 3], vec![]), "renamed under its credit code");
    assert_eq!((second.counts.unchanged, second.counts.absent), (27, 1));
}

#[tokio::test]
async fn every_command_is_done_once_however_often_it_is_sent() {
    let county = county().await;
    county.done_once(&county.registrations(), canteen()).await;
    let (_, path) = county.registered("k-1", &canteen()).await;
    let mut other = canteen();
    other["mealsADay"] = json!(90);
    county.done_once(&path, other).await;
    county.done_once(&format!("{path}/record-inspection"), json!({ "on": "2026-11-01", "passed": false })).await;
    county.done_once(&format!("{path}/agree-elder-price"), json!({ "priceFen": 1200 })).await;
    county.done_once(&format!("{path}/suspend"), json!({ "reason": "修路" })).await;
    county.done_once(&format!("{path}/record-inspection"), json!({ "on": "2026-11-20", "passed": true })).await;
    county.done_once(&format!("{path}/resume"), json!({ "reason": "通车" })).await;
    county.done_once(&format!("{path}/withdraw"), json!({ "reason": "歇业" })).await;
}

#[tokio::test]
async fn a_merchant_is_seen_as_the_form_has_it_and_put_back_unchanged() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &canteen()).await;
    let seen = county.see(&path).await;
    let form = &seen["registration"];
    assert_eq!((&form["elderPriceFen"], &form["minimumOrderFen"]), (&json!(1250), &json!(0)));
    assert_eq!((&form["inspectionPassed"], &form["keeper"]), (&json!(true), &json!("黄霞")));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), form.clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
}

#[tokio::test]
async fn refusals_have_codes_and_words_in_both_languages() {
    let county = county().await;
    let mut wrong = canteen();
    wrong["creditCode"] = json!("91130306778470657A");
    county.refused(&county.registrations(), wrong, 422, "form-refused").await;
    let mut unverified = canteen();
    unverified["creditCode"] = Value::Null;
    let (_, path) = county.registered("k-1", &unverified).await;
    let inspect = format!("{path}/record-inspection");
    county.refused(&inspect, json!({ "on": "2026-11-24", "passed": true }), 422, "INSPECTION_IN_FUTURE").await;
    county.refused(&inspect, json!({ "on": "2026-05-07", "passed": true }), 422, "INSPECTION_OUT_OF_ORDER").await;
    county.refused(&format!("{path}/resume"), json!({}), 409, "NOT_SUSPENDED").await;
}

/// Columns of the list: the name, and when it is open.
const NAME: usize = 0;
const HOURS: usize = 8;

#[tokio::test]
async fn a_place_that_says_it_is_closed_keeps_no_hours_that_would_open_it_again() {
    let county = county().await;
    let lines = first_rows("commerce", 40);
    let cells = |line: &String| line.split(',').map(str::to_owned).collect::<Vec<String>>();
    // One with a credit code, so that it is known again under another name, and with hours that are understood.
    let open = lines[1..]
        .iter()
        .map(cells)
        .find(|cells| cells.len() == 16 && !cells[1].is_empty() && cells[HOURS].contains(':'));
    let open = open.unwrap();
    let schedules = async |name: &str, hours: &str| {
        let mut row = open.clone();
        (row[NAME], row[HOURS]) = (name.to_owned(), hours.to_owned());
        let report = hand_in(&county, &bytes_of(&[lines[0].clone(), row.join(",")])).await;
        let stream = format!("commerce-{}", report.rows[0].registration.unwrap());
        let events = county.service.log.read_stream(&stream).await.unwrap();
        let last: Value = serde_json::from_slice(&events.last().unwrap().data).unwrap();
        last["hours"]["schedules"].as_array().unwrap().len()
    };
    let stood = schedules(&open[NAME], &open[HOURS]).await;
    assert!(stood > 0);
    assert_eq!(schedules(&open[NAME], "看情况").await, stood, "kept");
    assert_eq!(schedules(&format!("{}（停业）", open[NAME]), "").await, 0, "closed");
}
