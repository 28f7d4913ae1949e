//! Two counties, each with a centre and a directory of its own on one log, are what one installation of both is.

use crate::demo::demo;
use crate::killed::{assert_alike, groups, proposals};
use crate::main_question::{any_question, assert_same};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stories::api::Api;
use stories::dice::Dice;
use stories::files;
use stories::oracle::Oracle;
use stories::question::ask;
use stories::registrations;
use stories::wait;
use stories::world::World;

const COUNTIES: [&str; 2] = ["130306", "130322"];

const RESOURCES: &str = "query ($area: AreaCode, $first: Int, $after: String) {
    resources(area: $area, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node {
        id name category phone address area { code name level } minimumAge maximumAge hours fees vacancy
        sources { id office sourceFile sourceRow } provenance { field rule winner { id } losing { value } } } } } }";
const REGISTRATIONS: &str = "query ($area: AreaCode, $first: Int, $after: String) {
    registrations(area: $area, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges {
        node { id name office status sourceFile sourceRow area { code } resource { id } } } } }";
const MERGES: &str = "query ($area: AreaCode, $first: Int, $after: String) {
    mergeHistory(area: $area, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges {
        node { id status probability members { id office sourceFile sourceRow } decidedBy { kind name } decidedAt reason
            evidence { comparison level weight left right } } } } }";
const CHANGES: &str = "query ($area: AreaCode, $first: Int, $after: String) {
    recentChanges(area: $area, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges {
        node { cursor kind at name category registrationId resourceId intoResourceId mergeId } } } }";

/// A world whose two counties have handed in what the demonstration's offices hand in.
async fn two_counties() -> World {
    let world = World::of_scopes(&COUNTIES).await;
    world.load_areas().await;
    for office in schema::Office::ALL {
        world.must_import(office.path(), &files::hand_in(office)).await;
    }
    for county in COUNTIES {
        shows(&world.public_in(county), &world.last_said().await).await;
    }
    world
}

/// Waits until a directory shows a position.
async fn shows(api: &Api, position: &str) {
    let query = "query ($p: Position!) { counters(atLeast: $p) { registrations } }";
    wait::until("the directory to show everything", wait::LOADED, async || {
        let answer = api.graphql(query, json!({ "p": position })).await;
        if answer["errors"].is_null() { Ok(()) } else { Err(answer["errors"].to_string()) }
    })
    .await;
}

/// What stands in the two counties.
fn of_the_counties<K: ToString + Ord, V>(all: BTreeMap<K, V>) -> BTreeMap<K, V> {
    all.into_iter().filter(|(id, _)| COUNTIES.iter().any(|county| id.to_string().starts_with(county))).collect()
}

#[tokio::test]
async fn two_counties_each_by_itself_are_what_one_installation_of_both_is() {
    let mut world = two_counties().await;
    let (log, one_log) = (world.log().await, demo().await.log().await);
    let (oracle, one_oracle) = (Oracle::read(&log).await, Oracle::read(&one_log).await);
    let (apart, together) = (of_the_counties(groups(&oracle)), of_the_counties(groups(&one_oracle)));
    assert!(together.len() > 1000);
    assert_alike("resource", &apart, &together);
    assert_alike("proposal", &proposals(&log, &oracle).await, &proposals(&one_log, &one_oracle).await);

    world.add_directory("whole").await;
    let whole = world.public_of("whole").with_token(world.token("planner", None).await);
    shows(&whole, &world.last_said().await).await;
    let mut dice = Dice::new(1_303);
    let communities = oracle.communities();
    for county in COUNTIES {
        let own = world.public_in(county).with_token(world.token("planner", None).await);
        for (query, field) in [
            (RESOURCES, "resources"),
            (REGISTRATIONS, "registrations"),
            (MERGES, "mergeHistory"),
            (CHANGES, "recentChanges"),
        ] {
            let area = json!({ "area": county });
            let expected = whole.all(query, field, area.clone()).await;
            assert!(expected.len() > 100, "{field} of {county}: {}", expected.len());
            assert_eq!(own.all(query, field, area).await, expected, "{field} of {county}");
        }
        // Whatever an id leads to, absorbed ones included.
        let query = "query ($id: ID!) { resource(id: $id) { id name status sources { id } } }";
        for id in oracle.resources().keys().filter(|id| id.to_string().starts_with(county)).step_by(9) {
            let id = json!({ "id": id });
            assert_eq!(own.ask(query, id.clone()).await, whole.ask(query, id).await);
        }
        for _ in 0..60 {
            let mut question = any_question(&mut dice, &communities);
            while question.community.county() != county {
                question = any_question(&mut dice, &communities);
            }
            let answered = ask(&own, &question, true).await;
            assert_eq!(answered, ask(&whole, &question, true).await);
            assert_same(&question, &answered, &oracle.answer(&question, true));
        }
        what_another_holds_is_told(&own, county, &oracle).await;
    }
    a_steward_decides_where_the_scope_is_held(&world).await;
}

/// Asked for the other county, a directory and a centre name it and what they hold, over HTTP with 421.
async fn what_another_holds_is_told(own: &Api, county: &str, oracle: &Oracle) {
    let other = COUNTIES.into_iter().find(|other| *other != county).unwrap();
    let village = oracle.communities().into_iter().find(|code| code.county() == other).unwrap();
    let resource = oracle.shown().find(|resource| resource.id.to_string().starts_with(other)).unwrap();
    let registration = resource.sources[0].registration;
    for query in [
        format!("{{ availableServices(community: \"{village}\") {{ totalCount }} }}"),
        format!("{{ resources(area: \"{other}\") {{ totalCount }} }}"),
        format!("{{ resource(id: \"{}\") {{ id }} }}", resource.id),
        format!("{{ registration(id: \"{registration}\") {{ id }} }}"),
        "{ resources(area: \"130300\") { totalCount } }".to_owned(),
    ] {
        let request = own.request(reqwest::Method::POST, "/graphql").json(&json!({ "query": query }));
        let answer = stories::api::answer(request).await;
        assert_eq!(answer.status, 421, "{query}: {}", answer.text);
        let error = &answer.body["errors"][0];
        assert_eq!(error["extensions"]["code"], "OUT_OF_SCOPE", "{query}: {}", answer.text);
        assert_eq!(error["extensions"]["held"], json!([county]));
        let words = error["message"].as_str().unwrap();
        assert!(words.contains(county) && !words.is_ascii(), "{words}");
    }
    let page = own.get(&format!("/communities/{village}")).await;
    assert_eq!(page.status, 421);
    assert!(page.text.contains("不在本目录"), "{}", page.text);
    // What is asked of everything is answered of what is held.
    let all = own.ask("{ resources(first: 1000) { nodes { id } } areas(first: 1) { totalCount } }", json!({})).await;
    let ids = all["resources"]["nodes"].as_array().unwrap();
    assert!(!ids.is_empty() && ids.iter().all(|node| node["id"].as_str().unwrap().starts_with(county)));
    assert!(all["areas"]["totalCount"].as_u64().unwrap() > 100);
}

async fn a_steward_decides_where_the_scope_is_held(world: &World) {
    let token = world.token("steward", None).await;
    let [first, second] = COUNTIES.map(|county| world.public_in(county).with_token(token.clone()));
    let pair = crate::steward::two_apart(&first).await;
    let body = json!({ "registrations": pair, "reason": "同一家" });
    let refused = second.post("/api/center/merges", "k", &body).await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (421, Some("OUT_OF_SCOPE")), "{}", refused.text);
    let merged = first.post("/api/center/130306/merges", "k", &body).await.success();
    let position = merged.text_of("position");
    let query =
        "query ($id: ID!, $p: Position!) { registration(id: $id, atLeast: $p) { resource { sources { id } } } }";
    let shown = first.ask(query, json!({ "id": pair[0], "p": position })).await;
    let sources: Vec<&Value> = shown["registration"]["resource"]["sources"].as_array().unwrap().iter().collect();
    assert_eq!(sources.len(), 2);
    // The other county has nothing to wait for.
    second.ask("query ($p: Position!) { counters(atLeast: $p) { resources } }", json!({ "p": position })).await;
}

#[tokio::test]
async fn a_county_whose_centre_is_killed_waits_for_it_and_its_neighbour_does_not() {
    let mut world = World::of_scopes(&COUNTIES).await;
    world.load_areas().await;
    let office = schema::Office::WomensFederation;
    let form = registrations::form(&world, office).await;
    let clerk = world.clerk(office).await;
    let register = async |county: &str, name: &str, key: &str| {
        let mut form = registrations::named(&form, name);
        let village = if county == "130306" { "130306100209" } else { "130322100006" };
        form["village"] = json!(village);
        form["coverage"] = json!([village]);
        let answer = clerk.post(&format!("/api/{office}/registrations"), key, &form).await.success();
        let id = answer.text_of("id");
        assert!(id.starts_with(county), "{id}");
        json!({ "id": id, "p": answer.text_of("position") })
    };
    let shown = "query ($id: ID!, $p: Position!) { registration(id: $id, atLeast: $p) { resource { name } } }";
    let [one, other] = COUNTIES.map(|county| world.public_in(county));

    world.kill("center-130306");
    let waiting = register("130306", "抚宁区妇联第一站", "k1").await;
    let going_on = register("130322", "昌黎县妇联第一站", "k2").await;
    let answer = other.ask(shown, going_on).await;
    assert_eq!(answer["registration"]["resource"]["name"], "昌黎县妇联第一站");
    assert_eq!(one.refusal(shown, waiting.clone()).await, "NOT_YET");
    let going_on = register("130322", "昌黎县妇联第二站", "k3").await;
    assert_eq!(other.ask(shown, going_on).await["registration"]["resource"]["name"], "昌黎县妇联第二站");

    world.start_again("center-130306").await;
    assert_eq!(one.ask(shown, waiting).await["registration"]["resource"]["name"], "抚宁区妇联第一站");
}
