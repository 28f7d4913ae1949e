//! The clinics' service against a real log: lists and forms, and what is repeated.

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use chassis::auth::Role;
use county::{County, bytes_of, file, first_rows};
use desk::{Ask, Desk, File, Report, Withdrawal};
use schema::hand_in::RowFate;
use schema::streams::Stream;
use schema::{Office, Shape};
use serde_json::{Value, json};

async fn county() -> County {
    County::with(Office::Clinic, clinic::mount).await
}

async fn hand_in(county: &County, bytes: &[u8]) -> Report {
    county::taken(clinic::import(&county.service, bytes, "clinic.csv", &mut |_| ()).await)
}

fn practice() -> Value {
    json!({
        "name": "苏庄卫生室", "licenceNumber": "PDY195179742", "licenceUntil": "2027-09-11", "category": "助医",
        "village": "130322103222", "address": "龙家店镇苏庄村东大街115号", "coverage": ["130322103"],
        "phones": ["5669699", "138 1234 5678"], "head": "沈洋", "sessions": "周一至周五 8:00-12:00",
        "familyDoctorTeams": 1, "homeVisits": true, "audience": "80岁以上独居老人", "registeredOn": "2019-05-17",
    })
}

#[tokio::test]
async fn every_row_of_the_demonstration_is_registered() {
    let county = county().await;
    let report = hand_in(&county, &file("ops/demo/clinic.csv")).await;
    county::is_explained(&report);
    let refused: Vec<_> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).collect();
    assert_eq!((report.counts.rows, refused.as_slice()), (804, [].as_slice()));
    assert_eq!(county.all_events().await, [("PracticeRegistered".to_owned(), 804)].into());
    let head = county.service.log.head().await.unwrap();
    let again = hand_in(&county, &file("ops/demo/clinic.csv")).await;
    assert!(again.repeated && again.rows == report.rows);
    assert_eq!(county.service.log.head().await.unwrap(), head, "the same file again leaves nothing");
}

#[tokio::test]
async fn no_form_is_taken_where_the_divisions_cannot_be_read_and_elsewhere_as_ever() {
    let county = county().await;
    let newer = Shape::of("AreasListed", 2);
    county.written_by_a_newer_one("areas-110100_statistical_2023", newer.clone(), json!({})).await;
    let (_, path) = county.registered("before", &practice()).await;
    county.written_by_a_newer_one("areas-130300_statistical_2023", newer, json!({})).await;
    let head = county.service.log.head().await.unwrap();
    for (method, path) in [("POST", county.registrations()), ("PUT", path)] {
        let answer = county.send(method, &path, Some(&county.clerk()), Some("after"), practice()).await;
        assert_eq!((answer.status, &answer.body["code"]), (503, &json!("unreadable-event")), "{method}");
    }
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_corrected_list_revises_exactly_what_changed() {
    let county = county().await;
    let mut lines = first_rows("clinic", 40);
    let first = hand_in(&county, &bytes_of(&lines)).await;
    assert_eq!(first.counts.registered, 40);
    lines[3] = lines[3].replace("15086751784", "15086751785");
    lines[7] = lines[7].replacen("PDY", "PDZ", 1);
    let gone = lines.remove(20);
    lines.push(format!("新{}", gone.replacen("PDY", "PDX", 1)));
    let second = hand_in(&county, &bytes_of(&lines)).await;
    let of = |fate: RowFate| second.rows.iter().filter(|row| row.fate == fate).map(|row| row.row).collect::<Vec<_>>();
    assert_eq!((of(RowFate::Revised), of(RowFate::Registered)), (vec![3, 7], vec![40]));
    assert_eq!((second.counts.unchanged, second.counts.absent), (37, 1));
    let events = county.all_events().await;
    assert_eq!(events, [("PracticeRegistered".to_owned(), 41), ("PracticeRevised".to_owned(), 2)].into());
}

#[tokio::test]
async fn absent_practices_are_withdrawn_when_confirmed_and_a_later_row_brings_them_back_under_their_id() {
    let county = county().await;
    let desk = Desk::new(&county.service, clinic::rows::description());
    let lines = first_rows("clinic", 6);
    let clerk = Ask::by("clerk-1");
    let of = |lines: &[String]| File::of_main("clinic.csv", &bytes_of(lines));
    let first = desk.run(&of(&lines), &clerk, &mut |_| ()).await.unwrap();
    let fewer = desk.run(&of(&lines[..6]), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!(fewer.absent, vec![first.rows[5].registration.unwrap()]);
    let path = format!("{}/{}", county.registrations(), fewer.absent[0]);
    assert_eq!(county.see(&path).await["situation"], "practising", "absence alone withdraws nothing");
    desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk).await.unwrap();
    assert_eq!(county.see(&path).await["situation"], "withdrawn");
    let back = desk.run(&of(&lines), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!((back.rows[5].fate, back.counts.unchanged), (RowFate::Registered, 5));
    assert_eq!(back.rows[5].registration, first.rows[5].registration);
    assert_eq!(county.see(&path).await["situation"], "practising");
}

#[tokio::test]
async fn a_practice_withdrawn_by_form_stays_so_and_its_corrected_row_registers_anew() {
    let county = county().await;
    let mut lines = first_rows("clinic", 6);
    let first = hand_in(&county, &bytes_of(&lines)).await;
    let path = format!("{}/{}", county.registrations(), first.rows[2].registration.unwrap());
    county.done_once(&format!("{path}/withdraw"), json!({ "reason": "撤并" })).await;
    lines[1] = lines[1].replace("15057812656", "15057812657");
    hand_in(&county, &bytes_of(&lines)).await;
    assert_eq!(county.see(&path).await["situation"], "withdrawn", "its row says nothing new");
    lines[3] = lines[3].replace("15086751784", "15086751785");
    let back = hand_in(&county, &bytes_of(&lines)).await;
    assert_eq!((back.rows[2].fate, back.counts.unchanged), (RowFate::Registered, 5));
    assert_ne!(back.rows[2].registration, first.rows[2].registration);
    assert_eq!(county.see(&path).await["situation"], "withdrawn");
}

#[tokio::test]
async fn every_command_is_done_once_however_often_it_is_sent() {
    let county = county().await;
    county.done_once(&county.registrations(), practice()).await;
    let (_, path) = county.registered("k-1", &practice()).await;
    let mut other = practice();
    other["beds"] = json!(4);
    county.done_once(&path, other).await;
    county.done_once(&format!("{path}/renew-licence"), json!({ "expires": "2031-09-11" })).await;
    county.done_once(&format!("{path}/suspend"), json!({ "reason": "装修" })).await;
    county.done_once(&format!("{path}/resume"), json!({ "reason": "完工" })).await;
    county.done_once(&format!("{path}/withdraw"), json!({ "reason": "撤并" })).await;
}

#[tokio::test]
async fn a_practice_is_seen_as_the_form_has_it_and_put_back_unchanged() {
    let county = county().await;
    let (id, path) = county.registered("k-1", &practice()).await;
    let seen = county.see(&path).await;
    assert_eq!((&seen["id"], &seen["situation"], &seen["reason"]), (&json!(id), &json!("practising"), &Value::Null));
    let form = &seen["registration"];
    assert_eq!(form["phones"], json!(["+863355669699", "+8613812345678"]));
    assert_eq!((&form["head"], &form["minimumAge"]), (&json!("沈洋"), &json!(80)));
    assert_eq!(form["coverage"], json!(["130322103000"]));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), form.clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
    assert_eq!(county.events(&id).await, ["PracticeRegistered"]);
}

#[tokio::test]
async fn an_id_begins_with_the_digits_of_its_county_and_a_key_makes_no_second_one_elsewhere() {
    let county = county().await;
    let (id, _) = county.registered("k-1", &practice()).await;
    assert!(id.starts_with("130322"), "{id}");
    let mut elsewhere = practice();
    elsewhere["village"] = json!("130306100209");
    elsewhere["coverage"] = json!(["130306100000"]);
    let answer = county.post(&county.registrations(), "k-1", elsewhere.clone()).await;
    assert_eq!((answer.status, &answer.body["code"]), (422, &json!("idempotency-key-reused")), "{}", answer.body);
    let (other, _) = county.registered("k-2", &elsewhere).await;
    assert!(other.starts_with("130306"), "{other}");
}

#[tokio::test]
async fn the_column_of_the_minimum_age_bounds_every_group() {
    let county = county().await;
    let list = "机构名称,服务类别,所在村居代码,服务对象,最低年龄\n甲卫生室,助医,130306100240,\"老年人,低保\",80\n";
    let report = hand_in(&county, list.as_bytes()).await;
    let stream = Stream::Registration(Office::Clinic, report.rows[0].registration.unwrap()).to_string();
    let recorded = county.service.log.read_stream(&stream).await.unwrap();
    let registered: Value = serde_json::from_slice(&recorded[0].data).unwrap();
    let eligibility = &registered["eligibility"];
    assert_eq!(eligibility["minimum_age"], 80);
    let groups = eligibility["groups"].as_array().unwrap();
    assert!(groups.len() == 2 && groups.iter().all(|group| group["minimum_age"] == 80), "{eligibility}");
}

#[tokio::test]
async fn a_name_is_kept_sealed_only() {
    let county = county().await;
    let (id, _) = county.registered("k-1", &practice()).await;
    for event in county.service.log.read_stream(&format!("clinic-{id}")).await.unwrap() {
        let all = [event.data.as_ref(), event.metadata.as_ref()].concat();
        assert!(!String::from_utf8_lossy(&all).contains("沈洋"));
    }
}

#[tokio::test]
async fn nobodys_identity_number_is_taken_in_with_a_text() {
    let county = county().await;
    let mut form = practice();
    form["fees"] = json!("免费，凭身份证11010519491231002X");
    let answer = county.post(&county.registrations(), "k-1", form).await;
    assert_eq!((answer.status, &answer.body["code"]), (422, &json!("identity-number")), "{}", answer.body);
    let (id, path) = county.registered("k-2", &practice()).await;
    let reason = json!({ "reason": "负责人440524188001010014离职" });
    county.refused(&format!("{path}/suspend"), reason, 422, "identity-number").await;
    assert_eq!(county.events(&id).await, ["PracticeRegistered"]);
}

#[tokio::test]
async fn a_practice_names_the_person_by_whose_id_its_contact_can_be_erased() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &practice()).await;
    let see = async || county.send("GET", &path, Some(&county.clerk()), None, json!(null)).await.body;
    let seen = see().await;
    assert_eq!(seen["registration"]["head"], "沈洋");
    let person = seen["contactPerson"].as_str().unwrap().parse().unwrap();
    county.service.keys.erase(person).unwrap();
    let erased = see().await;
    assert_eq!((&erased["registration"]["head"], &erased["contactPerson"]), (&json!(null), &seen["contactPerson"]));
}

#[tokio::test]
async fn the_heads_own_number_has_a_field_of_its_own_and_comes_back_in_it() {
    let county = county().await;
    let mut form = practice();
    form["contactPhones"] = json!(["13900001111", "0335-5669700"]);
    let (id, path) = county.registered("k-1", &form).await;
    let seen = county.see(&path).await;
    let (phones, own) = (&seen["registration"]["phones"], &seen["registration"]["contactPhones"]);
    assert_eq!(
        phones,
        &json!(["+863355669699", "+8613812345678", "+863355669700"]),
        "a column of the service is public"
    );
    assert_eq!(own, &json!(["+8613900001111"]));
    let back = county.send("PUT", &path, Some(&county.clerk()), Some("k-2"), seen["registration"].clone()).await;
    assert_eq!((back.status, &back.body["changed"]), (200, &json!(false)), "{}", back.body);
    let steward = county.token(chassis::auth::Role::Steward, None, None);
    let to_steward = county.send("GET", &path, Some(&steward), None, json!(null)).await;
    assert_eq!(to_steward.body["registration"]["contactPhones"], json!(["+8613900001111"]));
    let elsewhere = county.token(chassis::auth::Role::Steward, None, Some("130302"));
    let refused = county.send("GET", &path, Some(&elsewhere), None, json!(null)).await;
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("area-required")), "{}", refused.body);
    for event in county.service.log.read_stream(&format!("clinic-{id}")).await.unwrap() {
        assert!(!String::from_utf8_lossy(&event.data).contains("13900001111"));
    }
}

#[tokio::test]
async fn refusals_have_codes_and_words_in_both_languages() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &practice()).await;
    let renew = format!("{path}/renew-licence");
    county.refused(&renew, json!({ "expires": "2026-11-22" }), 422, "RENEWAL_ALREADY_OVER").await;
    county.refused(&renew, json!({ "expires": "2027-09-11" }), 422, "RENEWAL_NOT_LATER").await;
    county.refused(&format!("{path}/resume"), json!({}), 409, "NOT_SUSPENDED").await;
    county.refused(&format!("{path}/suspend"), json!({ "reason": " " }), 422, "reason-missing").await;
    let mut nobody = practice();
    nobody["familyDoctorTeams"] = json!(0);
    county.refused(&path, nobody, 422, "HOME_VISITS_WITHOUT_TEAM").await;
    let nowhere = path.replace(|c: char| c.is_ascii_digit(), "0");
    county.refused(&format!("{nowhere}/withdraw"), json!({ "reason": "撤并" }), 404, "NOT_REGISTERED").await;
    assert_eq!(county.send("GET", &nowhere, Some(&county.clerk()), None, Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_form_is_told_all_its_faults_at_once() {
    let county = county().await;
    let mut form = practice();
    form["name"] = json!(" ");
    form["village"] = json!("130399100207");
    form["creditCode"] = json!("91350100M000100Y44");
    form["sessions"] = json!("周一 25:00-26:00");
    let answer = county.post(&county.registrations(), "k-1", form).await;
    assert_eq!((answer.status, &answer.body["code"]), (422, &json!("form-refused")));
    let paths: Vec<&str> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| e["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["name", "creditCode", "village", "sessions"]);
    let mut doubtful = practice();
    doubtful["sessions"] = json!("以门口通知为准");
    let answer = county.post(&county.registrations(), "k-2", doubtful).await;
    assert_eq!((answer.status, &answer.body["warnings"][0]["path"]), (201, &json!("sessions")), "{}", answer.body);
}

#[tokio::test]
async fn only_a_clerk_of_the_office_and_the_area_may() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &practice()).await;
    let post = async |token: Option<String>, key: Option<&str>| {
        county.send("POST", &county.registrations(), token.as_deref(), key, practice()).await.status
    };
    assert_eq!(post(None, Some("a")).await, 401);
    assert_eq!(post(Some(county.clerk()), None).await, 400, "a command needs a key");
    assert_eq!(post(Some(county.token(Role::Clerk, Some(Office::Commerce), None)), Some("b")).await, 403);
    assert_eq!(post(Some(county.token(Role::Steward, None, None)), Some("c")).await, 403);
    assert_eq!(post(Some(county.token(Role::Clerk, Some(Office::Clinic), Some("130306"))), Some("d")).await, 403);
    assert_eq!(post(Some(county.token(Role::Clerk, Some(Office::Clinic), Some("130322"))), Some("e")).await, 201);
    assert_eq!(post(Some(county.token(Role::Admin, None, None)), Some("f")).await, 201);

    let stranger = county.token(Role::Clerk, Some(Office::Clinic), Some("130306"));
    let withdraw = format!("{path}/withdraw");
    let answer = county.send("POST", &withdraw, Some(&stranger), Some("g"), json!({ "reason": "撤并" })).await;
    assert_eq!(answer.status, 403, "another area's practice");
    let see = async |token: String| county.send("GET", &path, Some(&token), None, Value::Null).await.status;
    assert_eq!(see(county.token(Role::Steward, None, None)).await, 200);
    assert_eq!(see(county.token(Role::Admin, None, None)).await, 200);
    assert_eq!(see(county.token(Role::Partner, None, None)).await, 403);
    assert_eq!(see(stranger).await, 403);
}

#[tokio::test]
async fn the_interface_is_described_in_openapi() {
    let county = county().await;
    let document = county.send("GET", "/openapi.json", None, None, Value::Null).await.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, method) in [
        ("/api/clinic/registrations", "post"),
        ("/api/clinic/registrations/{id}", "get"),
        ("/api/clinic/registrations/{id}", "put"),
        ("/api/clinic/registrations/{id}/renew-licence", "post"),
        ("/api/clinic/registrations/{id}/withdraw", "post"),
        ("/api/clinic/imports", "post"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    // Every schema that is referred to is there.
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}
