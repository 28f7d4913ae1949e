//! What is asked of the directory as it is now, and questions that are wrong.

use super::{code_of, county};
use crate::testing::{Told, VILLAGE, asked, asked_by, caller, code, impatient, merged, registration, start};
use crate::{Graph, testing};
use async_graphql::Request;
use chassis::auth::Role;
use chassis::http::Lang;
use futures::StreamExt;
use schema::area::AreaLevel;
use schema::ids::ResourceId;
use schema::position::LogId;
use schema::{Shape, Stream};
use serde_json::{Value, json};

const MAIN: &str = "query ($community: AreaCode!, $person: PersonInput, $at: DateTime, $no: Boolean) {
    availableServices(community: $community, audience: ELDERS, person: $person, at: $at, includeNo: $no, first: 20) {
      totalCount
      pageInfo { hasNextPage endCursor }
      edges { cursor verdict reasons { code message } isOpen reachedBy { code name level }
        node { id name category provider { name } phone address area { code name level } minimumAge maximumAge hours fees vacancy
               sources { id office sourceFile sourceRow } } } } }";

async fn main_question(directory: &Graph, variables: Value, lang: Lang) -> Value {
    let request = Request::new(MAIN).variables(async_graphql::Variables::from_json(variables)).data(lang);
    crate::http::to_json(&directory.execute(request, None).await)
}

#[tokio::test]
async fn the_main_question_is_answered_with_verdicts_and_reasons() {
    let directory = county().directory();
    let answer = main_question(
        &directory,
        json!({ "community": VILLAGE, "person": { "age": 78, "conditions": ["LIVES_ALONE"] }, "at": "2026-03-02T11:00:00+08:00" }),
        Lang::Zh,
    )
    .await;
    assert_eq!(answer["errors"], Value::Null);
    let services = &answer["data"]["availableServices"];
    assert_eq!(services["totalCount"], 1, "one is for 80 and over, the licence of the other has lapsed");
    let edge = &services["edges"][0];
    assert_eq!((&edge["verdict"], &edge["isOpen"]), (&json!("YES"), &json!(true)));
    assert_eq!(edge["reasons"], json!([{ "code": "AUDIENCE_MET", "message": "服务对象：老年人" }]));
    assert_eq!(edge["reachedBy"], json!({ "code": VILLAGE, "name": "大李官营村委会", "level": "VILLAGE" }));
    let id = registration(1).to_string();
    assert_eq!(
        edge["node"]["sources"][0],
        json!({ "id": id, "office": "COMMERCE", "sourceFile": null, "sourceRow": null })
    );
}

#[tokio::test]
async fn what_a_newer_program_said_is_shown_as_unknown_rather_than_as_it_was() {
    let mut tale = county();
    // Of the first the office said something, of the clinic, whose licence has lapsed, the centre did.
    let admired = Told::newer(format!("commerce-{}", registration(1)), &Shape::of("MerchantAdmired", 1), &json!({}));
    let moved = Stream::Resource(ResourceId::of(registration(3))).to_string();
    let moved = Told::newer(moved, &Shape::of("ResourceRevised", 2), &json!({}));
    for newer in [admired, moved] {
        tale.tell_at(newer, start() + chrono::TimeDelta::hours(1)).unwrap_err();
    }
    let directory = tale.directory();
    let asked = json!({ "community": VILLAGE, "at": "2026-03-02T11:00:00+08:00" });
    let answer = main_question(&directory, asked, Lang::Zh).await;
    assert_eq!(answer["errors"], Value::Null);
    let edges = answer["data"]["availableServices"]["edges"].as_array().unwrap();
    let said = |edge: &Value| (edge["verdict"].clone(), edge["isOpen"].clone(), edge["reasons"][0]["code"].clone());
    let unknown = (json!("UNKNOWN"), Value::Null, json!("LATEST_UNREADABLE"));
    let said: Vec<_> = edges.iter().map(said).collect();
    assert_eq!(said, [unknown.clone(), unknown, (json!("UNKNOWN"), json!(true), json!("AGE_UNKNOWN"))]);

    let question = "{ registrations { nodes { status } } unknown: registrations(status: UNKNOWN) { totalCount }
                      resources { nodes { status } } }";
    let answer = asked_by(&directory, question, caller(Role::Steward, None)).await;
    let statuses = |of: &str| {
        let nodes = answer["data"][of]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses("registrations"), ["UNKNOWN", "REGISTERED", "REGISTERED"]);
    assert_eq!(answer["data"]["unknown"]["totalCount"], 1);
    assert_eq!(statuses("resources").iter().filter(|status| *status == "UNKNOWN").count(), 2);
}

#[tokio::test]
async fn elders_in_general_see_what_is_for_some_of_them_as_unknown() {
    let directory = county().directory();
    let answer = main_question(&directory, json!({ "community": VILLAGE }), Lang::En).await;
    let edges = answer["data"]["availableServices"]["edges"].as_array().unwrap();
    let verdicts: Vec<&str> = edges.iter().map(|edge| edge["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["YES", "UNKNOWN"]);
    assert_eq!(edges[1]["reasons"][0]["code"], "AGE_UNKNOWN");
    assert_eq!(edges[1]["reasons"][0]["message"], "Only for ages 80 and over; the age is to be checked.");
    assert_eq!(edges[1]["reachedBy"]["level"], "TOWN");

    let answer = main_question(&directory, json!({ "community": VILLAGE, "no": true }), Lang::En).await;
    // 医 comes before 餐 by code point.
    let no = &answer["data"]["availableServices"]["edges"][0];
    assert_eq!((&no["verdict"], &no["reasons"][0]["code"]), (&json!("NO"), &json!("LICENCE_LAPSED")));
}

#[tokio::test]
async fn a_page_goes_on_behind_its_cursor() {
    let directory = county().directory();
    let page = async |after: &str| {
        let query = format!(
            "{{ availableServices(community: \"{VILLAGE}\", includeNo: true, first: 1{after}) {{
                 pageInfo {{ hasNextPage hasPreviousPage endCursor }} nodes {{ name }} totalCount }} }}"
        );
        asked(&directory, &query).await["data"]["availableServices"].clone()
    };
    let mut names = Vec::new();
    let mut after = String::new();
    loop {
        let page = page(&after).await;
        assert_eq!(page["totalCount"], 3);
        names.push(page["nodes"][0]["name"].as_str().unwrap().to_owned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
    assert_eq!(names, ["大李官营3号食堂", "大李官营1号食堂", "大李官营2号食堂"]);
}

#[tokio::test]
async fn a_wrong_question_is_told_what_is_wrong_with_it() {
    let tale = county();
    let directory = impatient(&tale);
    let zero = schema::Position::default();
    let ahead = schema::Position { commit: 1 << 40, prepare: 1 << 40 }.token(testing::LOG);
    let elsewhere = zero.token(LogId(8));
    for (query, code) in [
        ("{ availableServices(community: \"130306999999\") { totalCount } }".to_owned(), "UNKNOWN_AREA"),
        ("{ availableServices(community: \"大李官营\") { totalCount } }".to_owned(), "BAD_AREA_CODE"),
        (
            format!("{{ availableServices(community: \"{VILLAGE}\", person: {{ age: -1 }}) {{ totalCount }} }}"),
            "BAD_AGE",
        ),
        (
            format!(
                "{{ availableServices(community: \"{VILLAGE}\", person: {{ conditions: [DISABLED], notConditions: [DISABLED] }}) {{ totalCount }} }}"
            ),
            "CONTRADICTION",
        ),
        ("{ areas(first: 1001) { totalCount } }".to_owned(), "FIRST_OUT_OF_RANGE"),
        ("{ areas(after: \"x\") { totalCount } }".to_owned(), "BAD_CURSOR"),
        (format!("{{ position(atLeast: \"{ahead}\") }}"), "NOT_YET"),
        (format!("{{ position(asOfPosition: \"{ahead}\") }}"), "NOT_YET"),
        (format!("{{ position(atLeast: \"{elsewhere}\") }}"), "BAD_POSITION"),
        ("{ position(atLeast: \"soon\") }".to_owned(), "BAD_POSITION"),
        (
            format!("{{ position(asOf: \"2026-01-01T00:00:00Z\", asOfPosition: \"{}\") }}", zero.token(testing::LOG)),
            "AS_OF_TWICE",
        ),
        ("{ registrations { totalCount } }".to_owned(), "UNAUTHENTICATED"),
        ("{ mergeHistory { totalCount } }".to_owned(), "UNAUTHENTICATED"),
        ("{ handIns { totalCount } }".to_owned(), "UNAUTHENTICATED"),
        ("{ nothing }".to_owned(), "BAD_QUERY"),
        ("{".to_owned(), "BAD_QUERY"),
    ] {
        assert_eq!(code_of(&directory, &query).await, code, "{query}");
    }
}

#[tokio::test]
async fn errors_come_in_the_language_that_is_asked_for() {
    let directory = county().directory();
    let message = async |lang| {
        let request = Request::new("{ area(code: \"x\") { name } }").data(lang);
        crate::http::to_json(&directory.execute(request, None).await)["errors"][0]["message"].to_string()
    };
    assert!(message(Lang::Zh).await.contains("不是行政区划代码"));
    assert!(message(Lang::En).await.contains("is not a division code"));
}

#[tokio::test]
async fn a_code_of_the_other_list_does_not_cross_silently() {
    let directory = county().directory();
    let ask = async |code: &str| {
        let query = format!(
            "{{ availableServices(community: \"{code}\", scheme: CIVIL_AFFAIRS_2026) {{
                 community {{ code scheme }} askedAs {{ code name scheme }} }} }}"
        );
        asked(&directory, &query).await
    };
    let crossed = ask("130306105").await;
    assert_eq!(
        crossed["data"]["availableServices"],
        json!({
            "community": { "code": "130306101000", "scheme": "STATISTICAL_2023" },
            "askedAs": { "code": "130306105000", "name": "留守营镇", "scheme": "CIVIL_AFFAIRS_2026" },
        }),
        "the town of the same name in the same county, and it says so"
    );
    let elsewhere = ask("130304103").await["errors"][0]["extensions"].clone();
    assert_eq!(
        (&elsewhere["code"], &elsewhere["suggestion"]),
        (&json!("SCHEME_NOT_CROSSED"), &json!("130371200000")),
        "the town of that name lies in another county of the city, for a person to look at"
    );
    assert_eq!(ask("130306106").await["errors"][0]["extensions"]["code"], "UNKNOWN_AREA");
}

#[tokio::test]
async fn a_code_of_former_times_is_answered_for_its_successor_and_says_so() {
    let directory = county().directory();
    for (asked_for, read_as, was) in [("130323", "130306000000", "抚宁县"), ("130323100209", VILLAGE, "130323100209")]
    {
        let query = format!(
            "{{ availableServices(community: \"{asked_for}\") {{ community {{ code }} askedAs {{ name status successors {{ code }} }} }} }}"
        );
        let answer = asked(&directory, &query).await["data"]["availableServices"].clone();
        let asked_as = json!({ "name": was, "status": "REPLACED", "successors": [{ "code": read_as }] });
        assert_eq!(answer, json!({ "community": { "code": read_as }, "askedAs": asked_as }), "{asked_for}");
    }
    let old = asked(
        &directory,
        "{ area(code: \"130323\") { name status level successors { name } changes { kind year date change } } }",
    )
    .await;
    assert_eq!(
        old["data"]["area"],
        json!({
            "name": "抚宁县", "status": "REPLACED", "level": "COUNTY", "successors": [{ "name": "抚宁区" }],
            "changes": [{ "kind": "COUNTY_TO_DISTRICT", "year": 2015, "date": null, "change": "撤县设区" }],
        })
    );
    let present = asked(&directory, "{ area(code: \"130306\") { status successors { name } formerNames } }").await;
    assert_eq!(present["data"]["area"], json!({ "status": "STANDS", "successors": [], "formerNames": ["抚宁县"] }));
    assert_eq!(asked(&directory, "{ area(code: \"130399\") { name } }").await["data"]["area"], Value::Null);
    // What neither has a code of today nor lay in one place is not guessed.
    assert_eq!(
        code_of(&directory, "{ availableServices(community: \"130323104209\") { totalCount } }").await,
        "UNKNOWN_AREA"
    );
}

#[tokio::test]
async fn areas_are_found_by_name_with_their_path() {
    let directory = county().directory();
    let answer = asked(
        &directory,
        "{ areas(name: \"李官营\", level: VILLAGE) { totalCount nodes { code scheme path { name } parent { name } } } }",
    )
    .await;
    let area = &answer["data"]["areas"]["nodes"][0];
    assert_eq!(area["path"], json!([{ "name": "抚宁区" }, { "name": "抚宁镇" }, { "name": "大李官营村委会" }]));
    assert_eq!((&area["code"], &area["scheme"]), (&json!(VILLAGE), &json!("STATISTICAL_2023")));
    assert_eq!(code(VILLAGE).level(), AreaLevel::Village);
}

#[tokio::test]
async fn a_question_that_asks_for_too_much_is_refused() {
    let directory = county().directory();
    let wide = "{ areas(first: 1000) { nodes { children(first: 1000) { nodes { name } } } } }";
    assert_eq!(code_of(&directory, wide).await, "TOO_COMPLEX");
    let deep = format!("{{ area(code: \"{VILLAGE}\") {} }}", "{ parent ".repeat(25) + "{ name }" + &" }".repeat(25));
    assert_eq!(code_of(&directory, &deep).await, "TOO_COMPLEX");
    // What a parser would follow until its stack ends.
    assert_eq!(code_of(&directory, &"{a".repeat(30_000)).await, "TOO_COMPLEX");
    let request = Request::new("{ a ".repeat(100)).data(Lang::En);
    let followed: Vec<_> = directory.execute_stream(request, None).collect().await;
    assert_eq!(followed[0].errors[0].message, "The brackets of a query must not nest deeper than 64.");
}

#[tokio::test]
async fn counters_count() {
    let mut tale = county();
    tale.tell(merged(1, 2));
    let directory = tale.directory();
    let answer =
        asked(&directory, "{ counters { registrations resources merges proposals byOffice { office registered } } }")
            .await;
    let counters = &answer["data"]["counters"];
    assert_eq!(
        [&counters["registrations"], &counters["resources"], &counters["merges"], &counters["proposals"]],
        [3, 3, 1, 0]
    );
    assert_eq!(counters["byOffice"][3], json!({ "office": "COMMERCE", "registered": 2 }));
}
