//! The youth league's service against a real log: lists and forms, and what is repeated.

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use county::{County, bytes_of, file, first_rows};
use desk::Report;
use schema::Office;
use schema::hand_in::RowFate;
use serde_json::{Value, json};

async fn county() -> County {
    County::with(Office::YouthLeague, youth_league::mount).await
}

async fn hand_in(county: &County, bytes: &[u8]) -> Report {
    county::taken(youth_league::import(&county.service, bytes, "youth_league.csv", &mut |_| ()).await)
}

fn team() -> Value {
    json!({
        "name": "富裕庄青年志愿者服务队", "teamNumber": "ZYH94058337", "category": "探访关爱", "village": "130306105226",
        "coverage": ["130306105226"], "leader": "萧萍庆", "phones": ["0335-3342210"],
        "activityTimes": "每月第一个周六 9:00-11:00", "nextActivityOn": "2026-12-28", "volunteers": 46,
        "pairingPlaces": 29, "audience": "老年人，残疾人",
    })
}

#[tokio::test]
async fn every_row_of_the_demonstration_is_registered_and_past_activities_are_doubted() {
    let county = county().await;
    let list = file("ops/demo/youth_league.csv");
    let report = hand_in(&county, &list).await;
    county::is_explained(&report);
    let refused: Vec<_> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).collect();
    assert_eq!((report.counts.rows, refused.as_slice()), (669, [].as_slice()));
    let past = String::from_utf8(list.clone()).unwrap();
    // The days of November before the 23rd, on which this county's clock stands.
    let past = past.lines().filter(|line| (1..23).any(|day| line.contains(&format!(",2026-11-{day:02},")))).count();
    assert!(past > 100);
    assert_eq!(report.counts.warned as usize, past);
    for row in report.rows.iter().filter(|row| !row.findings.is_empty()) {
        assert_eq!(row.findings.iter().map(|found| found.code.as_str()).collect::<Vec<_>>(), ["ACTIVITY_PAST"]);
    }
    let head = county.service.log.head().await.unwrap();
    let again = hand_in(&county, &list).await;
    assert!(again.repeated && again.rows == report.rows);
    assert_eq!(county.service.log.head().await.unwrap(), head, "the same file again leaves nothing");
}

#[tokio::test]
async fn a_team_whose_activity_is_past_goes_in_without_it_and_the_words_are_kept() {
    let county = county().await;
    let report = hand_in(&county, &bytes_of(&first_rows("youth_league", 1))).await;
    let path = format!("{}/{}", county.registrations(), report.rows[0].registration.unwrap());
    let seen = county.see(&path).await;
    assert_eq!(seen["registration"]["nextActivityOn"], Value::Null);
    let words = ("下次活动日期2026-11-01已经过去，未登记", "the next activity, 2026-11-01, is past; it was left out");
    let doubt = json!({ "column": "下次活动日期", "value": "2026-11-01", "code": "ACTIVITY_PAST", "zh": words.0, "en": words.1 });
    assert_eq!(seen["doubts"], json!([doubt]));
}

#[tokio::test]
async fn a_row_without_a_leader_is_refused() {
    let county = county().await;
    let mut lines = first_rows("youth_league", 3);
    lines[2] = lines[2].replace("萧萍庆", "  ");
    let report = hand_in(&county, &bytes_of(&lines)).await;
    assert_eq!((report.counts.registered, report.counts.refused), (2, 1));
    let finding = &report.rows[1].findings[0];
    assert_eq!((finding.column.as_str(), finding.code.as_str()), ("领队", "NO_LEADER"));
    assert_eq!(county.all_events().await, [("TeamRegistered".to_owned(), 2)].into());
}

#[tokio::test]
async fn a_corrected_list_revises_exactly_what_changed_even_after_activities_have_passed() {
    let county = county().await;
    let mut lines = first_rows("youth_league", 30);
    assert_eq!(hand_in(&county, &bytes_of(&lines)).await.counts.registered, 30);
    county.service.clock.advance(chrono::TimeDelta::days(20));
    lines[2] = lines[2].replace("0335-3342210", "0335-3342211");
    let second = hand_in(&county, &bytes_of(&lines)).await;
    let of = |fate: RowFate| second.rows.iter().filter(|row| row.fate == fate).map(|row| row.row).collect::<Vec<_>>();
    assert_eq!((of(RowFate::Revised), second.counts.unchanged), (vec![2], 29));
    let events = county.all_events().await;
    assert_eq!(events, [("TeamRegistered".to_owned(), 30), ("TeamRevised".to_owned(), 1)].into());
}

#[tokio::test]
async fn every_command_is_done_once_however_often_it_is_sent() {
    let county = county().await;
    county.done_once(&county.registrations(), team()).await;
    let (_, path) = county.registered("k-1", &team()).await;
    let mut other = team();
    other["volunteers"] = json!(50);
    county.done_once(&path, other).await;
    county.done_once(&format!("{path}/schedule-activity"), json!({ "on": "2026-12-05" })).await;
    county.done_once(&format!("{path}/offer-pairing"), json!({ "places": 7 })).await;
    county.done_once(&format!("{path}/rest"), json!({ "reason": "考试" })).await;
    county.done_once(&format!("{path}/resume"), json!({ "reason": "考完" })).await;
    county.done_once(&format!("{path}/disband"), json!({ "reason": "毕业" })).await;
}

#[tokio::test]
async fn a_team_is_seen_as_the_form_has_it_and_put_back_unchanged() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &team()).await;
    let seen = county.see(&path).await;
    assert_eq!((&seen["situation"], &seen["registration"]["leader"]), (&json!("active"), &json!("萧萍庆")));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), seen["registration"].clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
}

#[tokio::test]
async fn refusals_have_codes_and_words_in_both_languages() {
    let county = county().await;
    let mut alone = team();
    alone["leader"] = json!("");
    let answer = county.post(&county.registrations(), "k-0", alone).await;
    assert_eq!((answer.status, &answer.body["errors"][0]["code"]), (422, &json!("NO_LEADER")));
    let mut late = team();
    late["nextActivityOn"] = json!("2026-11-22");
    county.refused(&county.registrations(), late, 422, "ACTIVITY_IN_THE_PAST").await;
    let (_, path) = county.registered("k-1", &team()).await;
    county
        .refused(&format!("{path}/schedule-activity"), json!({ "on": "2026-11-22" }), 422, "ACTIVITY_IN_THE_PAST")
        .await;
    county.refused(&format!("{path}/resume"), json!({}), 409, "NOT_RESTING").await;
    county.done_once(&format!("{path}/rest"), json!({ "reason": "考试" })).await;
    county.refused(&format!("{path}/schedule-activity"), json!({ "on": "2026-12-22" }), 409, "RESTING").await;
    county.done_once(&format!("{path}/disband"), json!({ "reason": "毕业" })).await;
    county.refused(&path, team(), 409, "DISBANDED").await;
}
