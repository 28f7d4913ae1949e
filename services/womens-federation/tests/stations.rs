//! The women's federation's service against a real log: lists and forms, and what is repeated.

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use county::{County, bytes_of, file, first_rows};
use desk::Report;
use schema::Office;
use schema::hand_in::RowFate;
use serde_json::{Value, json};

async fn county() -> County {
    County::with(Office::WomensFederation, womens_federation::mount).await
}

async fn hand_in(county: &County, name: &str, bytes: &[u8]) -> Report {
    county::taken(womens_federation::import(&county.service, bytes, name, &mut |_| ()).await)
}

fn childrens_home() -> Value {
    json!({
        "name": "东北庄儿童之家", "category": "儿童关爱", "villageName": "东北庄村委会", "village": "130322102224",
        "coverage": ["130322102224"], "head": "袁涛", "phones": ["0335-6557286"], "audience": "16岁以下儿童",
        "hours": "周六、周日 9:00-17:00", "volunteers": 28, "places": 30,
    })
}

#[tokio::test]
async fn every_row_of_the_demonstration_is_registered() {
    let county = county().await;
    let list = file("ops/demo/womens_federation.csv");
    let report = hand_in(&county, "womens_federation.csv", &list).await;
    county::is_explained(&report);
    let refused: Vec<_> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).collect();
    assert_eq!((report.counts.rows, refused.as_slice()), (1212, [].as_slice()));
    let head = county.service.log.head().await.unwrap();
    let again = hand_in(&county, "womens_federation.csv", &list).await;
    assert!(again.repeated && again.rows == report.rows);
    assert_eq!(county.service.log.head().await.unwrap(), head, "the same file again leaves nothing");
}

#[tokio::test]
async fn every_row_of_a_messy_workbook_meets_its_fate() {
    let county = county().await;
    let report = hand_in(&county, "womens_federation.xlsx", &file("tests/data/messy/womens_federation.xlsx")).await;
    county::is_explained(&report);
    county::meets_expectations(&report, "womens_federation.xlsx");
    let registered: usize = county.all_events().await.values().sum();
    assert_eq!(registered, report.counts.registered as usize, "the good rows went in");
}

#[tokio::test]
async fn a_corrected_list_revises_exactly_what_changed() {
    let county = county().await;
    let mut lines = first_rows("womens_federation", 30);
    assert_eq!(hand_in(&county, "w.csv", &bytes_of(&lines)).await.counts.registered, 30);
    lines[1] = lines[1].replace("0335-3604850", "0335-3604851");
    lines[5] = lines[5].replace("许萍红", "许萍");
    lines.push(format!("新{}", lines[9]));
    let second = hand_in(&county, "w.csv", &bytes_of(&lines)).await;
    let of = |fate: RowFate| second.rows.iter().filter(|row| row.fate == fate).map(|row| row.row).collect::<Vec<_>>();
    assert_eq!((of(RowFate::Revised), of(RowFate::Registered)), (vec![1, 5], vec![31]));
    assert_eq!((second.counts.unchanged, second.counts.absent), (28, 0));
}

#[tokio::test]
async fn a_clearance_recorded_since_outlives_a_corrected_list() {
    let county = county().await;
    let mut lines = first_rows("womens_federation", 3);
    lines[3] = lines[3].replace("2020-01-11", "");
    let first = hand_in(&county, "w.csv", &bytes_of(&lines)).await;
    let path = format!("{}/{}", county.registrations(), first.rows[2].registration.unwrap());
    assert_eq!(county.see(&path).await["situation"], "awaitingClearance");
    county.done_once(&format!("{path}/clear-safeguarding"), json!({ "on": "2026-11-20" })).await;
    lines[3] = lines[3].replace("0335-6557286", "0335-6557287");
    assert_eq!(hand_in(&county, "w.csv", &bytes_of(&lines)).await.counts.revised, 1);
    let seen = county.see(&path).await;
    assert_eq!(
        (&seen["situation"], &seen["registration"]["safeguardingClearedOn"]),
        (&json!("open"), &json!("2026-11-20"))
    );
}

#[tokio::test]
async fn every_command_is_done_once_however_often_it_is_sent() {
    let county = county().await;
    county.done_once(&county.registrations(), childrens_home()).await;
    let (_, path) = county.registered("k-1", &childrens_home()).await;
    let mut other = childrens_home();
    other["places"] = json!(4);
    county.done_once(&path, other).await;
    county.done_once(&format!("{path}/train-volunteers"), json!({ "volunteers": 12, "on": "2026-11-01" })).await;
    county.done_once(&format!("{path}/clear-safeguarding"), json!({ "on": "2026-11-01" })).await;
    county.done_once(&format!("{path}/suspend"), json!({ "reason": "搬迁" })).await;
    county.done_once(&format!("{path}/resume"), json!({ "reason": "已搬" })).await;
    county.done_once(&format!("{path}/withdraw"), json!({ "reason": "撤站" })).await;
}

#[tokio::test]
async fn a_station_is_seen_as_the_form_has_it_and_put_back_unchanged() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &childrens_home()).await;
    let seen = county.see(&path).await;
    assert_eq!(seen["situation"], "awaitingClearance");
    let form = &seen["registration"];
    assert_eq!((&form["audience"], &form["head"]), (&json!("16岁以下儿童"), &json!("袁涛")));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), form.clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
}

#[tokio::test]
async fn what_says_that_it_is_not_in_operation_is_registered_with_a_doubt_and_a_shifted_row_is_refused() {
    let county = county().await;
    let list = "站点名称,服务项目,村社代码,服务对象,开放时间,运营状态,备注\n\
        甲幸福院（已停业）,日间照料,130306100240,老年人,周一至周五 8:00-17:00,,\n\
        乙幸福院,日间照料,130306100240,老年人,周一至周五 8:00-17:00,筹建中,\n\
        丙幸福院,日间照料,130306100240,老年人,周一至周五 8:00-17:00,正常,该站已撤销\n\
        丁幸福院,日间照料,130306100240,老年人,周一至周五 8:00-17:00,正常,新建\n\
        戊幸福院,日间照料,130306100240,老年人,周一至周五 8:00-12:00,14:00-17:00,,王芳\n";
    let report = hand_in(&county, "list.csv", list.as_bytes()).await;
    let codes = |row: usize| report.rows[row].findings.iter().map(|found| found.code.as_str()).collect::<Vec<_>>();
    for (row, column) in ["站点名称", "运营状态", "备注"].into_iter().enumerate() {
        assert_eq!(codes(row), ["NOT_OPERATING"], "{column}");
        assert_eq!(report.rows[row].findings[0].column, column);
    }
    assert_eq!((codes(3).len(), report.rows[3].fate), (0, RowFate::Registered));
    assert_eq!(report.rows[4].fate, RowFate::Refused);
    assert!(codes(4).contains(&"ROW_SHIFTED") && report.rows[4].findings.iter().all(|found| found.value.is_empty()));
    // The form shows what was said of whom and when, and put back as it is changes nothing.
    let path = format!("{}/{}", county.registrations(), report.rows[0].registration.unwrap());
    let form = county.see(&path).await["registration"].clone();
    assert_eq!((&form["audience"], &form["hours"]), (&json!("老年人"), &json!("周一至周五 8:00-17:00")));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-1"), form).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
}

#[tokio::test]
async fn a_heads_mobile_is_for_the_desk_unless_the_form_says_that_it_is_the_stations() {
    let county = county().await;
    let mut form = childrens_home();
    form["phones"] = json!(["0335-6557286", "138 1234 5678", "13900001111（服务电话）"]);
    let answer = county.post(&county.registrations(), "k-1", form).await;
    assert_eq!(answer.body["warnings"][0]["code"], "MOBILE_KEPT", "{}", answer.body);
    assert_eq!(
        (&answer.body["warnings"][0]["path"], &answer.body["warnings"][0]["value"]),
        (&json!("phones"), &json!(""))
    );
    let path = answer.location.unwrap();
    let log = county.written().await;
    assert!(log.contains("+863356557286") && log.contains("+8613900001111"), "what is public is");
    assert!(!log.contains("13812345678") && !log.contains("1234 5678"), "{log}");

    let seen = county.see(&path).await;
    let phones = json!(["+863356557286", "+8613900001111(公开)", "+8613812345678"]);
    assert_eq!(seen["registration"]["phones"], phones);
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), seen["registration"].clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);

    let person = seen["contactPerson"].as_str().unwrap().parse().unwrap();
    county.service.keys.erase(person).unwrap();
    let erased = county.see(&path).await;
    assert_eq!(erased["registration"]["phones"], json!(["+863356557286", "+8613900001111(公开)"]));
    assert_eq!(erased["contactPerson"], seen["contactPerson"]);
}

#[tokio::test]
async fn a_station_may_have_nobodys_name_and_a_number_of_theirs() {
    let county = county().await;
    let mut form = childrens_home();
    (form["head"], form["phones"]) = (json!(null), json!(["13812345678"]));
    let (_, path) = county.registered("k-1", &form).await;
    let seen = county.see(&path).await;
    assert_eq!(
        (&seen["registration"]["head"], &seen["registration"]["phones"]),
        (&json!(null), &json!(["+8613812345678"]))
    );
    assert!(seen["contactPerson"].is_string(), "by which they can be erased");
}

#[tokio::test]
async fn who_hands_in_heads_mobiles_is_told_once_that_they_are_kept_and_no_change_of_one_is_missed() {
    let county = county().await;
    let mut lines = first_rows("womens_federation", 4);
    lines[1] = lines[1].replace("0335-3604850", "13812345678");
    lines[2] = lines[2].replace("0335-6736675", "13812345679、0335-6736675");
    let first = hand_in(&county, "w.csv", &bytes_of(&lines)).await;
    let notes: Vec<_> = first.notes.iter().filter(|note| note.code == "MOBILES_KEPT").collect();
    assert!(matches!(notes.as_slice(), [note] if note.zh.contains("公开") && note.en.contains("rows")), "{notes:?}");
    assert!(first.rows.iter().all(|row| row.findings.is_empty()), "a row is not doubted for it: {:?}", first.rows);
    let log = county.written().await;
    assert!(!log.contains("1381234567") && log.contains("+863356736675"), "{log}");

    // Another mobile, the same ones said to be the station's, another landline beside one.
    for (row, from, to) in [
        (1, "13812345678", "13812345677"),
        (1, "13812345677", "13812345677（公开）"),
        (2, "0335-6736675", "0335-6736676"),
    ] {
        lines[row] = lines[row].replace(from, to);
        let again = hand_in(&county, "w.csv", &bytes_of(&lines)).await;
        assert_eq!((again.counts.revised, again.counts.unchanged), (1, 3), "{from} became {to}");
    }
    // Of who was erased nothing comes back; what everyone may call still changes.
    let erased = first.rows[1].registration.unwrap();
    assert!(county.service.keys.erase(schema::PersonId::contact_of(erased)).unwrap());
    for (from, to, revised) in [("13812345679", "13812345670", 0), ("0335-6736676", "0335-6736677", 1)] {
        lines[2] = lines[2].replace(from, to);
        let again = hand_in(&county, "w.csv", &bytes_of(&lines)).await;
        assert_eq!(again.counts.revised, revised, "{from} became {to}");
    }
    let seen = county.see(&format!("{}/{erased}", county.registrations())).await;
    assert_eq!(seen["registration"]["phones"], json!(["+863356736677"]));
    let log = county.written().await;
    for kept in ["13812345678", "13812345679", "13812345670"] {
        assert!(!log.contains(kept), "{kept}");
    }
}

#[tokio::test]
async fn refusals_have_codes_and_words_in_both_languages() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &childrens_home()).await;
    let train = format!("{path}/train-volunteers");
    county.refused(&train, json!({ "volunteers": 29, "on": "2026-11-01" }), 422, "MORE_TRAINED_THAN_VOLUNTEERS").await;
    county.refused(&train, json!({ "volunteers": 2, "on": "2026-11-24" }), 422, "TRAINING_IN_FUTURE").await;
    let clear = format!("{path}/clear-safeguarding");
    county.refused(&clear, json!({ "on": "2026-11-24" }), 422, "CLEARANCE_IN_FUTURE").await;
    county.refused(&format!("{path}/resume"), json!({}), 409, "NOT_SUSPENDED").await;
    county.done_once(&format!("{path}/withdraw"), json!({ "reason": "撤站" })).await;
    county.refused(&path, childrens_home(), 409, "WITHDRAWN").await;
}

/// A list with the columns that a sheet of places has besides.
fn with_places(places: &str, vacancy: &str, documents: &str) -> Vec<u8> {
    let lines = first_rows("womens_federation", 1);
    let (Some(headings), Some(row)) = (lines.first(), lines.get(1)) else { return Vec::new() };
    let cells = headings.split(',').zip(row.split(','));
    let cells = cells.map(|(heading, cell)| if heading == "名额" { format!("\"{places}\"") } else { cell.to_owned() });
    let row = cells.collect::<Vec<_>>().join(",");
    bytes_of(&[format!("{headings},剩余名额,所需材料"), format!("{row},{vacancy},\"{documents}\"")])
}

#[tokio::test]
async fn places_and_free_places_are_two_things_and_silence_keeps_each() {
    let county = county().await;
    let seen = async |county: &County, report: &Report| {
        let path = format!("{}/{}", county.registrations(), report.rows[0].registration.unwrap());
        county.see(&path).await["registration"].clone()
    };
    let today = json!("2026-11-23");
    for (places, vacancy, documents, expected) in [
        ("50张（空3张）", "", "身份证、残疾证", json!([50, 3, today, "身份证、残疾人证"])),
        ("", "", "", json!([50, 3, today, "身份证、残疾人证"])),
        ("", "满员", "身份证或户口本", json!([50, 0, today, "身份证或户口本"])),
        ("60", "7（截至2026年3月1日）", "", json!([60, 7, "2026-03-01", "身份证或户口本"])),
        ("3/60", "", "", json!([60, 7, "2026-03-01", "身份证或户口本"])),
        ("60", "70", "", json!([60, 7, "2026-03-01", "身份证或户口本"])),
        ("60", "删除", "删除", json!([60, null, null, null])),
    ] {
        let report = hand_in(&county, "w.csv", &with_places(places, vacancy, documents)).await;
        let form = seen(&county, &report).await;
        let said = json!([form["places"], form["vacancy"], form["vacancyOn"], form["documents"]]);
        assert_eq!(said, expected, "{places} {vacancy} {documents}: {:?}", report.rows);
    }
    // What a list says again is so of the day on which it says so, although the row is as it was.
    let again = with_places("60", "7", "");
    hand_in(&county, "w.csv", &again).await;
    county.service.clock.advance(chrono::TimeDelta::days(27));
    let report = hand_in(&county, "w.csv", &[again, b"\n".to_vec()].concat()).await;
    assert_eq!((report.counts.revised, &seen(&county, &report).await["vacancyOn"]), (1, &json!("2026-12-20")));
}
