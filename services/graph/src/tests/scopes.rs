use crate::Graph;
use crate::testing::{
    LOG, Tale, Told, asked, asked_by, caller, code, holding, published, published_in, registered, registered_in,
    registration_in, resource, through, through_in,
};
use chassis::auth::Role;
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::resource::{ResourceAbsorbed, ResourceEvent};
use schema::{Position, ResourceId, Scheme};
use serde_json::{Value, json};

const COUNTY: &str = "130306";
const NEIGHBOUR: &str = "130322";
const CITY: &str = "130300";

/// Three scopes, each with one registration that is published and acted on.
fn city() -> Tale {
    let mut tale = Tale::of([registered(1), published(resource(1))]);
    tale.tell(registered_in(NEIGHBOUR, 2));
    tale.tell(published_in(NEIGHBOUR, 2));
    tale.tell(registered_in(CITY, 3));
    let last = tale.tell(published_in(CITY, 3));
    tale.tell(through(last));
    tale.tell(through_in(NEIGHBOUR, last));
    tale.tell(through_in(CITY, last));
    tale
}

async fn ask(directory: &Graph, query: &str) -> Value {
    asked_by(directory, query, caller(Role::Planner, None)).await
}

async fn code_of(directory: &Graph, query: &str) -> Value {
    ask(directory, query).await["errors"][0]["extensions"]["code"].clone()
}

#[tokio::test]
async fn what_another_directory_holds_is_refused_and_never_an_empty_list() {
    let tale = city();
    let (here, everywhere) = (holding(&tale, &[COUNTY]), tale.directory());
    let registration = registration_in(NEIGHBOUR, 2);
    let resource = ResourceId::of(registration);
    for query in [
        "{ availableServices(community: \"130322100201\") { totalCount } }".to_owned(),
        "{ resources(area: \"130322\") { totalCount } }".to_owned(),
        "{ registrations(area: \"130322\") { totalCount } }".to_owned(),
        "{ mergeHistory(area: \"130322\") { totalCount } }".to_owned(),
        "{ recentChanges(area: \"130322\") { totalCount } }".to_owned(),
        format!("{{ resource(id: \"{resource}\") {{ id }} }}"),
        format!("{{ registration(id: \"{registration}\") {{ id }} }}"),
        format!("{{ mergeHistory(registration: \"{registration}\") {{ totalCount }} }}"),
        // A list of the city would lack the neighbour.
        "{ resources(area: \"130300\") { totalCount } }".to_owned(),
    ] {
        let refused = asked_by(&here, &query, caller(Role::Planner, None)).await;
        let error = &refused["errors"][0];
        assert_eq!(error["extensions"]["code"], "OUT_OF_SCOPE", "{query}: {refused}");
        assert_eq!(error["extensions"]["held"], json!([COUNTY]));
        assert!(error["message"].as_str().unwrap().contains(COUNTY), "{error}");
        assert!(ask(&everywhere, &query).await["errors"].is_null(), "{query} is a question of what is held everywhere");
    }
}

#[tokio::test]
async fn lists_without_a_division_are_of_what_is_held_and_ids_of_what_is_read() {
    let tale = city();
    let everything = "{ resources { nodes { id } } registrations { totalCount } recentChanges { totalCount }
                        counters { registrations resources } }";
    for (held, count) in [(&[COUNTY][..], 1), (&[COUNTY, NEIGHBOUR], 2), (&["1303"], 3), (&[], 3), (&[CITY], 1)] {
        let answer = ask(&holding(&tale, held), everything).await;
        let data = &answer["data"];
        assert_eq!(data["resources"]["nodes"].as_array().unwrap().len(), count, "{held:?}: {answer}");
        assert_eq!(data["registrations"]["totalCount"], count);
        assert_eq!(data["recentChanges"]["totalCount"], 2 * count);
        assert_eq!(data["counters"], json!({ "registrations": count, "resources": count }));
    }
    let of_city = ResourceId::of(registration_in(CITY, 3));
    let above = ask(&holding(&tale, &[COUNTY]), &format!("{{ resource(id: \"{of_city}\") {{ id }} }}")).await;
    assert_eq!(above["data"]["resource"]["id"], json!(of_city), "the level above is read");
}

#[tokio::test]
async fn an_answer_waits_for_the_centres_of_the_scopes_that_it_reads_and_for_no_other() {
    let mut tale = city();
    let late = tale.tell(registered_in(NEIGHBOUR, 4));
    let p = |position: Position| position.token(LOG);
    let question = |village: &str| {
        format!("{{ availableServices(community: \"{village}\", atLeast: \"{}\") {{ totalCount }} }}", p(late))
    };
    let all = format!("{{ counters(atLeast: \"{}\") {{ resources }} }}", p(late));
    let (here, both) = (holding(&tale, &[COUNTY]), holding(&tale, &[COUNTY, NEIGHBOUR]));
    assert!(ask(&here, &question("130306100209")).await["errors"].is_null());
    assert!(ask(&here, &all).await["errors"].is_null(), "it does not wait for what it does not hold");
    assert!(ask(&both, &question("130306100209")).await["errors"].is_null());
    assert_eq!(code_of(&both, &question("130322100201")).await, "NOT_YET");
    assert_eq!(code_of(&both, &all).await, "NOT_YET");
    tale.tell(through_in(NEIGHBOUR, late));
    assert!(ask(&holding(&tale, &[COUNTY, NEIGHBOUR]), &all).await["errors"].is_null());

    // The levels above serve the county too: its answers wait for them.
    let late = tale.tell(registered_in(CITY, 5));
    let query =
        format!("{{ availableServices(community: \"130306100209\", atLeast: \"{}\") {{ totalCount }} }}", p(late));
    assert_eq!(code_of(&holding(&tale, &[COUNTY]), &query).await, "NOT_YET");
    let by_id =
        format!("{{ registration(id: \"{}\", atLeast: \"{}\") {{ id }} }}", registration_in(COUNTY, 1), p(late));
    assert!(
        ask(&holding(&tale, &[COUNTY]), &by_id).await["errors"].is_null(),
        "what stands in one scope reads that alone"
    );
}

#[tokio::test]
async fn the_time_of_an_event_hangs_on_no_other_scopes_clock() {
    let mut tale = Tale::default();
    // The neighbour's clock is an hour fast.
    let (fast, right) = (crate::testing::start() + chrono::TimeDelta::hours(1), crate::testing::start());
    tale.tell_at(registered_in(NEIGHBOUR, 2), fast).unwrap();
    tale.tell_at(registered(1), right).unwrap();
    let query = format!("{{ registration(id: \"{}\") {{ registeredAt }} }}", registration_in(COUNTY, 1));
    let (alone, both) = (ask(&holding(&tale, &[COUNTY]), &query).await, ask(&tale.directory(), &query).await);
    assert!(alone["errors"].is_null(), "{alone}");
    assert_eq!(alone, both);
}

#[tokio::test]
async fn the_centres_have_acted_as_far_as_the_one_that_is_least_far() {
    let mut tale = city();
    let through = async |tale: &Tale| asked(&tale.directory(), "{ counters { through } }").await["data"].clone();
    let before = through(&tale).await;
    let first = tale.tell(registered_in(NEIGHBOUR, 4));
    let second = tale.tell(registered(5));
    tale.tell(crate::testing::through(second));
    assert_eq!(through(&tale).await, before, "the neighbour is behind");
    tale.tell(through_in(NEIGHBOUR, first));
    assert_eq!(through(&tale).await["counters"]["through"], json!(second.token(LOG)));
}

/// A county that was re-coded before it joined: its scope has the digits of today.
fn recoded() -> Tale {
    let mut tale = city();
    let listed = |digits: &str| Area {
        code: code(digits),
        name: format!("{digits}村委会"),
        level: code(digits).level(),
        parent: code(digits).with_ancestors().nth(1),
    };
    let areas = [COUNTY, "130306100", "130306100209", NEIGHBOUR].map(listed).to_vec();
    let stream = || format!("areas-{COUNTY}_statistical_2023");
    tale.tell(Told::of(
        stream(),
        &AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None }),
    ));
    tale.tell(Told::of(
        stream(),
        &AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            kind: AreaChangeKind::CountyToDistrict,
            on: ChangeDate::Year(2015),
            words: "撤县设区".to_owned(),
            old_code: Some(code("130323")),
            old_name: Some("抚宁县".to_owned()),
            new_code: Some(code(COUNTY)),
            new_name: Some("抚宁区".to_owned()),
            document: None,
            unconfirmed: None,
        }),
    ));
    tale
}

#[tokio::test]
async fn an_old_code_is_asked_of_who_holds_what_came_after_it() {
    let tale = recoded();
    for query in [
        "{ availableServices(community: \"130323\") { totalCount } }",
        "{ availableServices(community: \"130323100209\") { totalCount } }",
        "{ resources(area: \"130323\") { totalCount } }",
        "{ registrations(area: \"130323\") { totalCount } }",
        "{ recentChanges(area: \"130323\") { totalCount } }",
    ] {
        let (here, everywhere) = (ask(&holding(&tale, &[COUNTY]), query).await, ask(&tale.directory(), query).await);
        assert!(here["errors"].is_null(), "{query}: {here}");
        assert_eq!(here, everywhere, "{query}");
        let elsewhere = ask(&holding(&tale, &[NEIGHBOUR]), query).await;
        let extensions = &elsewhere["errors"][0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["scope"]), (&json!("OUT_OF_SCOPE"), &json!(COUNTY)), "{query}");
    }
    let all = "{ areas(within: \"130323\") { nodes { code } } }";
    let codes = json!([{ "code": "130306000000" }, { "code": "130306100000" }, { "code": "130306100209" }]);
    assert_eq!(ask(&tale.directory(), all).await["data"]["areas"]["nodes"], codes);
}

#[tokio::test]
async fn a_resource_that_went_to_another_county_is_asked_for_there() {
    let mut tale = city();
    let (old, new) = (resource(1).id, ResourceId::of(registration_in(NEIGHBOUR, 2)));
    tale.tell(Told::resource(&ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id: old, into: new })));
    let query = format!("{{ resource(id: \"{old}\") {{ id redirectedFrom }} }}");
    let gone = ask(&holding(&tale, &[COUNTY]), &query).await;
    let extensions = &gone["errors"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["scope"]), (&json!("OUT_OF_SCOPE"), &json!(NEIGHBOUR)), "{gone}");
    let found = ask(&tale.directory(), &query).await;
    assert_eq!(found["data"]["resource"], json!({ "id": new, "redirectedFrom": old }));
}
