mod moved_log;
mod pages;
mod retractions;
mod scopes;

use crate::execution::sdl;
use crate::testing::{
    Tale, Told, VILLAGE, asked, asked_by, caller, code, impatient, merge_id, merged, practice, proposed, published,
    registered, registration, resource, start, through,
};
use crate::{Graph, testing};
use async_graphql::Request;
use chassis::auth::Role;
use chassis::http::Lang;
use futures::StreamExt;
use schema::area::{AreaLevel, Scheme};
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::clinic::ClinicEvent;
use schema::commerce::{CommerceEvent, ElderPriceAgreed, Inspection};
use schema::decisions::{Compared, Comparison, DecisionEvent, Level, MergeProposed};
use schema::eligibility::{Condition, Eligibility};
use schema::ids::ResourceId;
use schema::licence::Licence;
use schema::position::LogId;
use schema::resource::{NotShown, ResourceAbsorbed, ResourceEvent, ResourceWithdrawn};
use schema::womens_federation::{SafeguardingCleared, Station, WomensFederationEvent};
use schema::{Office, Quote, Shape, Stream};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/directory.graphql");

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::write(Path::new(COMMITTED), sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(committed == sdl(), "schema/directory.graphql is not what is served: write it with HUIJU_BLESS=1");
}

#[tokio::test]
async fn every_type_field_argument_and_value_says_what_it_means() {
    let directory = Tale::default().directory();
    let answer = asked(
        &directory,
        "{ __schema { types { name description fields { name description args { name description } }
           inputFields { name description } enumValues { name description } } } }",
    )
    .await;
    let mut silent = Vec::new();
    let said = |thing: &Value| thing["description"].as_str().is_some_and(|text| !text.is_empty());
    for kind in answer["data"]["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // Those of the language itself are not ours to describe.
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        if !said(kind) {
            silent.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for member in kind[part].as_array().into_iter().flatten() {
                if !said(member) {
                    silent.push(format!("{name}.{}", member["name"]));
                }
                for argument in member["args"].as_array().into_iter().flatten().filter(|argument| !said(argument)) {
                    silent.push(format!("{name}.{}({})", member["name"], argument["name"]));
                }
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
}

/// Two canteens and a clinic in a listed village.
fn county() -> Tale {
    let listed = |code: &str, name: &str| Area {
        code: testing::code(code),
        name: name.to_owned(),
        level: testing::code(code).level(),
        parent: testing::code(code).with_ancestors().nth(1),
    };
    let list = |scheme, areas| {
        Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(AreasListed { scheme, areas, part: None }))
    };
    let mut over_80 = resource(2);
    over_80.eligibility.minimum_age = Some(80);
    over_80.coverage = vec![code("130306100")];
    let mut clinic = resource(3);
    clinic.category.0 = "助医".to_owned();
    clinic.licence = Licence::Until { number: None, expires: "2026-02-01".parse().unwrap() };
    clinic.eligibility.conditions = vec![Condition::LivesAlone];
    Tale::of([
        list(
            Scheme::Statistical2023,
            vec![
                listed("130306", "抚宁区"),
                listed("130306100", "抚宁镇"),
                listed(VILLAGE, "大李官营村委会"),
                listed("130306101", "留守营镇"),
            ],
        ),
        list(Scheme::Statistical2023, vec![listed("130371", "秦皇岛市经济技术开发区"), listed("130371200", "渤海乡")]),
        list(Scheme::CivilAffairs2026, vec![listed("130306105", "留守营镇"), listed("130304103", "渤海乡")]),
        Told::of(
            "areas-130306_statistical_2023",
            &AreasEvent::AreaChanged(AreaChanged {
                scheme: Scheme::Statistical2023,
                kind: AreaChangeKind::CountyToDistrict,
                on: ChangeDate::Year(2015),
                words: "撤县设区".to_owned(),
                old_code: Some(code("130323")),
                old_name: Some("抚宁县".to_owned()),
                new_code: Some(code("130306")),
                new_name: Some("抚宁区".to_owned()),
                document: None,
                unconfirmed: None,
            }),
        ),
        registered(1),
        registered(2),
        Told::clinic(3, &ClinicEvent::PracticeRegistered(practice(3))),
        published(resource(1)),
        published(over_80),
        published(clinic),
    ])
}

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

async fn code_of(directory: &Graph, query: &str) -> String {
    let answer = asked(directory, query).await;
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error in {answer}")).to_owned()
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
async fn a_write_can_be_read_once_the_centre_has_acted_on_it() {
    let mut tale = county();
    let written = tale.tell(registered(4));
    let directory = impatient(&tale);
    let query = format!("{{ position(atLeast: \"{}\") }}", written.token(testing::LOG));
    assert_eq!(code_of(&directory, &query).await, "NOT_YET", "the centre has not acted on it");

    let waiting = tokio::spawn({
        let directory = tale.directory();
        let query = query.clone();
        tale.tell(through(written));
        let snapshot = tale.snapshot.clone();
        async move {
            let answer = asked(&directory, &query);
            let publish = async {
                tokio::task::yield_now().await;
                directory.source.publish(snapshot);
            };
            tokio::join!(answer, publish).0
        }
    });
    let answer = waiting.await.unwrap();
    assert!(answer["errors"].is_null(), "{answer}");
}

#[tokio::test]
async fn the_past_is_as_it_was_and_before_everything_there_is_nothing() {
    let mut tale = county();
    let before = *tale.positions().last().unwrap();
    let time = start() + chrono::TimeDelta::minutes(9);
    tale.tell(published(resource(4)));
    let directory = tale.directory();
    let total = async |argument: String| {
        let query = format!("{{ resources({argument}) {{ totalCount }} }}");
        asked(&directory, &query).await["data"]["resources"]["totalCount"].clone()
    };
    assert_eq!(total("first: 0".to_owned()).await, 4);
    assert_eq!(total(format!("asOfPosition: \"{}\"", before.token(testing::LOG))).await, 3);
    assert_eq!(total(format!("asOf: \"{}\"", time.to_rfc3339())).await, 3);
    assert_eq!(total("asOf: \"1999-01-01T00:00:00Z\"".to_owned()).await, 0);
}

#[tokio::test]
async fn an_old_id_leads_to_the_resource_and_says_so() {
    let mut tale = county();
    let (gone, into) = (ResourceId::of(registration(2)), ResourceId::of(registration(1)));
    tale.tell(Told::resource(&ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id: gone, into })));
    let directory = tale.directory();
    let query = format!("{{ resource(id: \"{gone}\") {{ id redirectedFrom status }} }}");
    let answer = asked(&directory, &query).await;
    assert_eq!(
        answer["data"]["resource"],
        json!({ "id": into.to_string(), "redirectedFrom": gone.to_string(), "status": "SHOWN" })
    );
    let nothing = asked(&directory, "{ resource(id: \"nothing\") { id } }").await;
    assert_eq!(nothing, json!({ "data": { "resource": null } }));
}

#[tokio::test]
async fn a_clerk_sees_their_own_office_and_a_steward_everything() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    tale.tell(merged(1, 2));
    let directory = tale.directory();
    let total = async |query: &str, who| {
        let answer = asked_by(&directory, query, who).await;
        let error = &answer["errors"][0]["extensions"]["code"];
        let list = answer["data"].as_object().and_then(|data| data.values().next());
        list.map_or_else(|| error.clone(), |list| list["totalCount"].clone())
    };
    let steward = || caller(Role::Steward, None);
    let clinic = || caller(Role::Clerk, Some(Office::Clinic));
    for (query, who, expected) in [
        ("{ registrations { totalCount } }", steward(), json!(3)),
        ("{ registrations(office: CLINIC) { totalCount } }", steward(), json!(1)),
        ("{ registrations { totalCount } }", clinic(), json!(1)),
        ("{ registrations(office: COMMERCE) { totalCount } }", clinic(), json!("FORBIDDEN")),
        ("{ registrations { totalCount } }", caller(Role::Operator, None), json!("FORBIDDEN")),
        ("{ mergeHistory { totalCount } }", steward(), json!(2)),
        ("{ mergeHistory(status: PROPOSED) { totalCount } }", steward(), json!(1)),
        ("{ mergeHistory(kind: STEWARD) { totalCount } }", steward(), json!(0)),
        (
            "{ mergeHistory(actor: \"above_merge_threshold\", from: \"2026-03-02T00:11:00Z\") { totalCount } }",
            steward(),
            json!(1),
        ),
        ("{ mergeHistory { totalCount } }", clinic(), json!(1)),
    ] {
        assert_eq!(total(query, who.clone()).await, expected, "{query} {who:?}");
    }
    let query = format!("{{ merge(id: \"{}\") {{ status }} }}", merge_id(1, 2));
    let refused = asked_by(&directory, &query, clinic()).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "it joins two registrations of commerce");
}

#[tokio::test]
async fn what_stands_behind_a_registration_is_for_those_who_may_see_it() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    let directory = tale.directory();
    let query = format!(
        "{{ registration(id: \"{}\") {{ name sourceFile sourceRow resource {{ id }} doubts {{ code }} merges {{ status evidence {{ comparison weight left right }} decidedBy {{ kind name }} }} }} }}",
        registration(3)
    );
    let open = asked(&directory, &query).await["data"]["registration"].clone();
    assert_eq!((&open["sourceFile"], &open["sourceRow"]), (&json!("clinic.csv"), &json!(9)));
    assert_eq!((&open["doubts"], &open["merges"]), (&Value::Null, &Value::Null));
    let own = asked_by(&directory, &query, caller(Role::Clerk, Some(Office::Clinic))).await;
    assert_eq!(
        own["data"]["registration"]["merges"][0]["decidedBy"],
        json!({ "kind": "RULE", "name": "above_merge_threshold" })
    );
}

#[tokio::test]
async fn a_number_that_is_somebodys_own_is_told_to_a_steward_alone_and_to_nobody_once_they_were_erased() {
    let person = schema::PersonId::contact_of(registration(3));
    let keys = chassis::sealed::KeyStore::in_memory().unwrap();
    let own = keys.seal(person, schema::PersonalField::ContactPhone, "+8613812345678").unwrap();
    let mut grounds = testing::grounds(testing::rule());
    grounds.comparisons = vec![Comparison {
        comparison: Compared::Phones,
        level: Level::Different,
        weight: -3.5,
        left: vec![Quote::Said("+863355669699".to_owned())],
        right: vec![Quote::Said("+863355669700".to_owned()), Quote::Sealed(own)],
    }];
    let (id, pair) = (merge_id(1, 3), testing::pair(1, 3));
    let mut tale = county();
    tale.tell(Told::decision(&DecisionEvent::MergeProposed(MergeProposed { id, pair, grounds })));
    let query = format!("{{ merge(id: \"{id}\") {{ evidence {{ left right }} }} }}");
    let directory = tale.directory_with(keys);
    let right = async |directory: &Graph, role, office| {
        let answer = asked_by(directory, &query, caller(role, office)).await;
        assert_eq!(answer["data"]["merge"]["evidence"][0]["left"], "+863355669699", "{answer}");
        answer["data"]["merge"]["evidence"][0]["right"].as_str().unwrap().to_owned()
    };
    assert_eq!(right(&directory, Role::Steward, None).await, "+863355669700、+8613812345678");
    let masked = "+863355669700、不公开";
    for (role, office) in [
        (Role::Planner, None),
        (Role::Partner, None),
        (Role::Admin, None),
        (Role::Clerk, Some(Office::Clinic)),
        (Role::Clerk, Some(Office::Commerce)),
    ] {
        assert_eq!(right(&directory, role, office).await, masked, "{role:?}");
    }
    let after = chassis::sealed::KeyStore::in_memory().unwrap();
    after.erase(person).unwrap();
    assert_eq!(right(&tale.directory_with(after), Role::Steward, None).await, masked);
}

#[tokio::test]
async fn a_registration_shows_what_was_agreed_and_says_what_of_it_is_not_shown_and_why() {
    let of_all = registration(3);
    let only_children = Station {
        eligibility: Eligibility { audiences: vec![schema::Audience::Children], ..Eligibility::default() },
        ..testing::station(3)
    };
    let failed = Inspection { on: None, passed: false };
    let mut tale = Tale::of([
        registered(1),
        Told::commerce(1, &CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen: 650 })),
        Told::womens_federation(2, &WomensFederationEvent::StationRegistered(testing::station(2))),
        Told::womens_federation(3, &WomensFederationEvent::StationRegistered(only_children)),
        registered(4),
        Told::commerce(4, &CommerceEvent::MerchantInspected(failed)),
    ]);
    let query = |n| {
        let id = registration(n);
        format!(
            "{{ registration(id: \"{id}\") {{ status fees audiences notShown withheld {{ everything audience reason }} }} }}"
        )
    };
    let said = |status: &str, fees: Option<&str>, audiences: &[&str], not_shown: Option<&str>, withheld: Value| json!({ "status": status, "fees": fees, "audiences": audiences, "notShown": not_shown, "withheld": withheld });
    let children = json!([{ "everything": false, "audience": "CHILDREN", "reason": "AWAITS_CLEARANCE" }]);
    let all = json!([{ "everything": true, "audience": null, "reason": "AWAITS_CLEARANCE" }]);
    let price = Some("老年人协议价6.5元");
    let directory = tale.directory();
    for (n, expected) in [
        (1, said("REGISTERED", price, &["ALL"], None, json!([]))),
        (2, said("REGISTERED", None, &["WOMEN"], None, children)),
        (3, said("REGISTERED", None, &[], Some("AWAITS_CLEARANCE"), all)),
        (4, said("SUSPENDED", Some("老年人协议价8元"), &["ALL"], Some("FAILED_INSPECTION"), json!([]))),
    ] {
        assert_eq!(asked(&directory, &query(n)).await["data"]["registration"], expected, "{n}");
    }

    let on = "2026-03-02".parse().unwrap();
    let cleared = WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on });
    tale.tell(Told::of(format!("womens_federation-{of_all}"), &cleared));
    let after = asked(&tale.directory(), &query(3)).await;
    assert_eq!(after["data"]["registration"], said("REGISTERED", None, &["CHILDREN"], None, json!([])));
}

#[tokio::test]
async fn a_registration_is_led_to_the_group_that_keeps_its_id_in_sight_and_to_nothing_out_of_sight() {
    let mut tale = Tale::of([registered(1), registered(2), registered(3), published(resource(3))]);
    // The first one is suspended: the group goes on under its id, with the second alone as its source.
    let mut group = resource(1);
    group.sources = resource(2).sources;
    tale.tell(published(group));
    let gone = ResourceId::of(registration(3));
    let reason = NotShown::Suspended;
    tale.tell(Told::resource(&ResourceEvent::ResourceWithdrawn(ResourceWithdrawn { id: gone, reason })));
    let directory = tale.directory();
    let query = "{ registrations { nodes { resource { id } } } }";
    let answer = asked_by(&directory, query, caller(Role::Steward, None)).await;
    let nodes = answer["data"]["registrations"]["nodes"].clone();
    let group = json!({ "resource": { "id": ResourceId::of(registration(1)).to_string() } });
    assert_eq!(nodes, json!([group, group, { "resource": null }]));
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

const CHANGES: &str = "subscription ($after: String, $area: AreaCode) { directoryChanges(after: $after, area: $area) { cursor kind name } }";

fn follow(directory: &Graph, variables: Value) -> impl futures::Stream<Item = (String, String)> + use<> {
    let request = Request::new(CHANGES).variables(async_graphql::Variables::from_json(variables));
    directory.execute_stream(request, None).map(|response| {
        let answer = crate::http::to_json(&response);
        let change = &answer["data"]["directoryChanges"];
        let text = |name: &str| change[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text("cursor"), text("kind"))
    })
}

#[tokio::test]
async fn a_subscription_that_resumes_loses_nothing_and_repeats_nothing() {
    let mut tale = Tale::of([registered(1), published(resource(1)), registered(2), published(resource(2))]);
    let directory = tale.directory();
    let beginning = schema::Position::default().token(testing::LOG);
    let whole: Vec<(String, String)> =
        follow(&directory, json!({ "after": format!("{beginning}.0") })).take(3).collect().await;
    assert_eq!(
        whole.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(),
        ["PUBLISHED", "REGISTERED", "PUBLISHED"]
    );

    // Another directory, behind at first, of which the client has already seen more.
    let later = testing::starting();
    let mut resumed = Box::pin(follow(&later, json!({ "after": whole[1].0 })));
    let early = tokio::time::timeout(Duration::from_millis(20), resumed.next()).await;
    assert!(early.is_err(), "it knows nothing yet");
    later.source.publish(tale.rebuilt(Some(tale.positions()[1])));
    later.source.publish(tale.snapshot.clone());
    assert_eq!(resumed.next().await.as_ref(), Some(&whole[2]));
    tale.tell(merged(1, 2));
    later.source.publish(tale.snapshot.clone());
    assert_eq!(resumed.next().await.unwrap().1, "MERGED");
}

#[tokio::test]
async fn a_directory_that_has_not_caught_up_says_so_and_answers_with_no_part() {
    let directory = testing::behind();
    let early = testing::asked(&directory, "{ counters { resources } }").await;
    assert_eq!(early["errors"][0]["extensions"]["code"], "NOT_YET", "{early}");
    directory.source.publish(Tale::of([registered(1), published(resource(1))]).snapshot);
    let then = testing::asked(&directory, "{ counters { resources } }").await;
    assert_eq!(then["data"]["counters"]["resources"], 1, "{then}");
}

#[tokio::test]
async fn a_subscription_to_an_area_hears_of_what_serves_it_and_of_nothing_else() {
    let mut tale = Tale::default();
    let directory = tale.directory();
    let mut there = Box::pin(follow(&directory, json!({ "area": "130322" })));
    // A subscription begins when it is first asked for an item.
    assert!(tokio::time::timeout(Duration::from_millis(20), there.next()).await.is_err());
    tale.tell(published(resource(1)));
    let mut served = resource(2);
    served.coverage = vec![code("130300")];
    tale.tell(published(served));
    directory.source.publish(tale.snapshot.clone());
    let (cursor, _) = there.next().await.unwrap();
    assert_eq!(cursor, tale.snapshot.changes[1].cursor.token(testing::LOG));
}

#[tokio::test]
async fn merge_activity_is_open_to_all_and_its_grounds_are_not() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    let directory = tale.directory();
    let query = format!(
        "subscription {{ mergeActivity(after: \"{}\") {{ status mergeId registrations {{ name office }} merge {{ probability }} }} }}",
        schema::Position::default().token(testing::LOG)
    );
    let activity = async |who| {
        let mut items = directory.execute_stream(Request::new(&query), who);
        crate::http::to_json(&items.next().await.unwrap())["data"]["mergeActivity"].clone()
    };
    let open = activity(None).await;
    assert_eq!((&open["status"], &open["registrations"][1]["office"]), (&json!("PROPOSED"), &json!("CLINIC")));
    assert_eq!(open["merge"], Value::Null);
    assert_eq!(activity(caller(Role::Planner, None)).await["merge"]["probability"], 0.97);
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
