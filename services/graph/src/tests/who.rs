//! Who may use what, as it is asked and told: degrees, months, terms, what would have to be true, and holidays.

use super::county;
use crate::Graph;
use crate::testing::{Told, VILLAGE, asked, every_day, published, registered, resource};
use schema::calendar::{CalendarEvent, DayOff, Holiday, HolidaysDeclared};
use schema::eligibility::{CareDegree, Condition};
use schema::hours::{Hours, OnlyOn};
use serde_json::{Value, json};

/// A service for elders who are moderately dependent on care or more.
fn with_a_bathing_station() -> Graph {
    let mut tale = county();
    tale.tell(registered(7));
    let mut bathing = resource(7);
    bathing.category.0 = "助浴".to_owned();
    bathing.eligibility.conditions = vec![Condition::CareDependent];
    bathing.eligibility.care_degrees = vec![CareDegree::Moderate, CareDegree::Severe, CareDegree::Total];
    tale.tell(published(bathing));
    tale.directory()
}

async fn told(directory: &Graph, person: &str) -> Value {
    let query = format!(
        "{{ availableServices(community: \"{VILLAGE}\", category: \"助浴\", includeNo: true, at: \"2026-03-02T11:00:00+08:00\",
            person: {{ {person} }}) {{ edges {{ verdict reasons {{ code
              needs {{ field careDegrees minimumAgeMonths conditions message }} }} node {{ careDegrees }} }} }} }}"
    );
    asked(directory, &query).await
}

#[tokio::test]
async fn a_degree_decides_and_a_reason_says_what_would_have_to_be_true() {
    let directory = with_a_bathing_station();
    for (person, verdict, code) in [
        ("age: 78, careDegree: SEVERE", "YES", "AUDIENCE_MET"),
        ("age: 78, careDegree: MILD", "NO", "CARE_DEGREE_NOT_MET"),
        ("age: 78, conditions: [CARE_DEPENDENT]", "UNKNOWN", "CARE_DEGREE_UNKNOWN"),
        ("age: 78, notConditions: [CARE_DEPENDENT]", "NO", "CONDITION_NOT_MET"),
        ("ageMonths: 719, careDegree: SEVERE", "NO", "AGE_BELOW_MINIMUM"),
        ("age: 60, ageMonths: 720, careDegree: SEVERE", "YES", "AUDIENCE_MET"),
        (
            "age: 78, careDegree: SEVERE, terms: [{ condition: CARE_DEPENDENT, until: \"2026-03-01\" }]",
            "UNKNOWN",
            "CONDITION_LAPSED",
        ),
        (
            "age: 78, careDegree: SEVERE, terms: [{ condition: CARE_DEPENDENT, until: \"2026-03-02\" }]",
            "YES",
            "AUDIENCE_MET",
        ),
    ] {
        let answer = told(&directory, person).await;
        let edge = &answer["data"]["availableServices"]["edges"][0];
        assert_eq!(
            (&edge["verdict"], &edge["reasons"][0]["code"]),
            (&json!(verdict), &json!(code)),
            "{person}: {answer}"
        );
        assert_eq!(edge["reasons"][0]["needs"].as_array().unwrap().is_empty(), verdict == "YES", "{person}");
    }
    let answer = told(&directory, "age: 78, careDegree: MILD").await;
    let edge = &answer["data"]["availableServices"]["edges"][0];
    let degrees = json!(["MODERATE", "SEVERE", "TOTAL"]);
    assert_eq!(edge["node"]["careDegrees"], degrees);
    let need = &edge["reasons"][0]["needs"][0];
    assert_eq!(
        (&need["field"], &need["careDegrees"], &need["conditions"]),
        (&json!("CARE_DEGREE"), &degrees, &Value::Null)
    );
    assert!(
        need["message"].as_str().is_some_and(|message| message.contains("中度失能") || message.contains("moderately"))
    );
}

#[tokio::test]
async fn what_cannot_be_so_of_a_person_is_refused() {
    let directory = with_a_bathing_station();
    for (person, code) in [
        ("disabilityGrade: 0", "BAD_DISABILITY_GRADE"),
        ("disabilityGrade: 5", "BAD_DISABILITY_GRADE"),
        ("ageMonths: -1", "BAD_AGE_MONTHS"),
        ("ageMonths: 1572", "BAD_AGE_MONTHS"),
        ("age: 2, ageMonths: 36", "AGES_DIFFER"),
        ("careDegree: MILD, notConditions: [CARE_DEPENDENT]", "CONTRADICTION"),
        ("disabilityGrade: 4, notConditions: [DISABLED]", "CONTRADICTION"),
    ] {
        let answer = told(&directory, person).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{person}: {answer}");
    }
    for person in ["ageMonths: 1571", "disabilityGrade: 1, conditions: [DISABLED]", "age: 3, ageMonths: 47"] {
        assert_eq!(told(&directory, person).await["errors"], Value::Null, "{person}");
    }
}

#[tokio::test]
async fn hours_by_working_days_are_null_until_a_calendar_of_the_year_is_declared() {
    let mut tale = county();
    tale.tell(registered(7));
    let mut office = resource(7);
    office.category.0 = "助浴".to_owned();
    let mut schedule = every_day().schedules[0].clone();
    schedule.only = Some(OnlyOn::WorkingDays);
    office.hours = Hours { text: "工作日 10:30-12:30".to_owned(), schedules: vec![schedule] };
    let before = tale.tell(published(office));
    let declared = |day: &str| {
        Told::of(
            "calendar-000000",
            &CalendarEvent::HolidaysDeclared(HolidaysDeclared {
                year: 2026,
                days_off: vec![DayOff { day: day.parse().unwrap(), of: vec![Holiday::Labour] }],
                working_days: vec!["2026-05-09".parse().unwrap()],
                lunar_months: Vec::new(),
                document: "国办发明电〔2025〕7号".to_owned(),
            }),
        )
    };
    tale.tell(declared("2026-05-01"));
    let directory = tale.directory();
    let is_open = async |on: &str, as_of: &str| {
        let query = format!(
            "{{ availableServices(community: \"{VILLAGE}\", category: \"助浴\", at: \"{on}T11:00:00+08:00\"{as_of}) {{
                edges {{ isOpen node {{ schedules {{ only closedOn lunarDays }} }} }} }} }}"
        );
        asked(&directory, &query).await["data"]["availableServices"]["edges"][0].clone()
    };
    for (on, expected) in [
        ("2026-05-01", json!(false)), // a Friday, off
        ("2026-05-07", json!(true)),
        ("2026-05-09", json!(true)), // a Saturday, worked
        ("2026-05-10", json!(false)),
        ("2027-05-07", Value::Null), // of which nothing was declared
    ] {
        let edge = is_open(on, "").await;
        assert_eq!(edge["isOpen"], expected, "{on}");
        assert_eq!(edge["node"]["schedules"][0]["only"], "WORKING_DAYS");
    }
    let token = before.token(schema::position::LogId(7));
    let as_of = format!(", asOfPosition: \"{token}\"");
    assert_eq!(is_open("2026-05-07", &as_of).await["isOpen"], Value::Null, "before it was declared");
}

#[tokio::test]
async fn a_cost_is_data_where_the_words_are_clear_and_words_alone_where_they_are_not() {
    for (fees, expected) in [
        (Some("每餐8元"), json!({ "isFree": false, "fen": 800, "unit": "餐" })),
        (Some("免费"), json!({ "isFree": true, "fen": 0, "unit": null })),
        (Some("80岁以上免费，其他8元/餐"), Value::Null),
        (None, Value::Null),
    ] {
        let mut tale = county();
        tale.tell(registered(7));
        let mut canteen = resource(7);
        canteen.category.0 = "助浴".to_owned();
        canteen.fees = fees.map(str::to_owned);
        tale.tell(published(canteen));
        let query = format!(
            "{{ availableServices(community: \"{VILLAGE}\", category: \"助浴\") {{ nodes {{ fees cost {{ isFree fen unit }} }} }} }}"
        );
        let node = asked(&tale.directory(), &query).await["data"]["availableServices"]["nodes"][0].clone();
        assert_eq!((&node["fees"], &node["cost"]), (&json!(fees), &expected), "{fees:?}");
    }
}
