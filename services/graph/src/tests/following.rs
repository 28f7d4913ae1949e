//! Subscriptions that have nothing to say, and those whose token ends.

use super::{code_of, county};
use crate::http;
use crate::testing::{
    LOG, Tale, Told, asked, asked_by, caller, holding, impatient, merged, published, published_in, registered,
    resource, retracted,
};
use async_graphql::Request;
use chassis::auth::Role;
use futures::StreamExt as _;
use schema::Position;
use schema::resource::{NotShown, ResourceEvent, ResourceShown, ResourceWithdrawn, RetractableField};
use serde_json::{Value, json};

#[tokio::test]
async fn a_subscription_that_could_never_speak_is_refused() {
    let tale = county();
    let directory = impatient(&tale);
    let beyond = Position { commit: 1_000_000, prepare: 1_000_000 }.token(LOG);
    for (query, code) in [
        ("directoryChanges(area: \"990000\") { cursor }".to_owned(), "UNKNOWN_AREA"),
        ("mergeActivity(area: \"990000\") { cursor }".to_owned(), "UNKNOWN_AREA"),
        (format!("directoryChanges(after: \"{beyond}\") {{ cursor }}"), "NOT_YET"),
        (format!("mergeActivity(after: \"{beyond}\") {{ cursor }}"), "NOT_YET"),
        ("directoryChanges(after: \"nonsense\") { cursor }".to_owned(), "BAD_CURSOR"),
    ] {
        let mut answers = directory.execute_stream(Request::new(format!("subscription {{ {query} }}")), None);
        let answer = http::to_json(&answers.next().await.unwrap());
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{query}: {answer}");
    }
}

#[tokio::test]
async fn the_code_of_a_former_county_follows_what_it_became() {
    let directory = county().directory();
    let beginning = Position::default().token(LOG);
    let query = format!("subscription {{ directoryChanges(area: \"130323\", after: \"{beginning}\") {{ kind }} }}");
    let mut answers = directory.execute_stream(Request::new(query), None);
    assert_eq!(http::to_json(&answers.next().await.unwrap())["data"]["directoryChanges"]["kind"], "REGISTERED");
}

const FEED: &str =
    "nodes { cursor kind name changed resource { id name status } resourceId intoResourceId } endCursor caughtUp";

async fn page(tale: &Tale, arguments: &str) -> Value {
    let query = format!("{{ changes({arguments}) {{ {FEED} }} }}");
    let mut answer = asked_by(&tale.directory(), &query, caller(Role::Steward, None)).await;
    assert_eq!(answer["errors"], Value::Null, "{query}");
    answer["data"]["changes"].take()
}

#[tokio::test]
async fn who_reads_the_feed_page_by_page_misses_nothing_gets_nothing_twice_and_knows_when_that_is_all() {
    let mut tale = county();
    tale.tell(merged(1, 2));
    tale.tell(retracted(1, RetractableField::Phones));
    let whole = "{ recentChanges(first: 1000) { nodes { cursor kind } } }";
    let newest_first = asked_by(&tale.directory(), whole, caller(Role::Steward, None)).await;
    let mut all: Vec<Value> = newest_first["data"]["recentChanges"]["nodes"].as_array().unwrap().clone();
    all.reverse();
    assert!(all.len() > 6, "{all:?}");
    let told = |nodes: &[Value]| -> Vec<Value> {
        nodes.iter().map(|node| json!({ "cursor": node["cursor"], "kind": node["kind"] })).collect()
    };
    for size in [1, 2, all.len(), 1000] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = page(&tale, &format!("first: {size}{after}")).await;
            seen.extend(page["nodes"].as_array().unwrap().clone());
            after = format!(", after: {}", page["endCursor"]);
            if page["caughtUp"] == true {
                break;
            }
        }
        assert_eq!(told(&seen), all, "{size} at a time");
        // What comes later is behind the last cursor, and nothing else is.
        let again = page(&tale, &format!("first: 5{after}")).await;
        assert_eq!((&again["nodes"], &again["caughtUp"]), (&json!([]), &json!(true)));
        let mut later = county();
        later.tell(merged(1, 2));
        later.tell(retracted(1, RetractableField::Phones));
        later.tell(registered(9));
        let news = page(&later, &format!("first: 5{after}")).await;
        assert_eq!(told(news["nodes"].as_array().unwrap()).len(), 1, "{news}");
        assert_eq!((&news["nodes"][0]["kind"], &news["caughtUp"]), (&json!("REGISTERED"), &json!(true)));
    }
    // Of kinds of which there are none it is known to be all, and where to go on.
    let none = page(&tale, "kinds: [UNDONE], first: 1").await;
    assert_eq!((&none["nodes"], &none["caughtUp"]), (&json!([]), &json!(true)));
    let beyond = Position { commit: 1_000_000, prepare: 1_000_000 }.token(LOG);
    let query = format!("{{ changes(after: \"{beyond}\") {{ caughtUp }} }}");
    assert_eq!(code_of(&impatient(&tale), &query).await, "NOT_YET");
    assert_eq!(code_of(&impatient(&tale), "{ changes(after: \"nonsense\") { caughtUp } }").await, "BAD_CURSOR");
    assert_eq!(
        code_of(&holding(&tale, &["130322"]), "{ changes(area: \"130306\") { caughtUp } }").await,
        "OUT_OF_SCOPE"
    );
}

#[tokio::test]
async fn a_change_says_what_is_other_and_what_it_is_now() {
    let first = resource(1);
    let mut second = first.clone();
    (second.name, second.fees, second.phones) = ("大李官营新食堂".to_owned(), None, Vec::new());
    let mut third = second.clone();
    third.sources.clear();
    let revised = |resource| Told::resource(&ResourceEvent::ResourceRevised(ResourceShown { resource }));
    let withdrawn = ResourceWithdrawn { id: first.id, reason: NotShown::Withdrawn };
    let tale = Tale::of([
        registered(1),
        published(first.clone()),
        revised(second),
        revised(third),
        Told::resource(&ResourceEvent::ResourceWithdrawn(withdrawn)),
        published_in("130322", 2),
    ]);
    let answer = asked(
        &tale.directory(),
        &format!("{{ changes(kinds: [PUBLISHED, RESOURCE_REVISED, RESOURCE_WITHDRAWN]) {{ {FEED} }} }}"),
    )
    .await;
    let nodes = answer["data"]["changes"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let changed: Vec<&Value> = nodes.iter().map(|node| &node["changed"]).collect();
    assert_eq!(changed, [&json!([]), &json!(["name", "phones", "fees"]), &json!(["sources"]), &json!([]), &json!([])]);
    let now = json!({ "id": first.id.to_string(), "name": "大李官营新食堂", "status": "WITHDRAWN" });
    assert!(nodes[..4].iter().all(|node| node["resource"] == now), "{nodes:?}");
}

#[tokio::test]
async fn counters_are_told_at_once_and_again_when_they_are_others() {
    let read_model = crate::testing::publishing(&county());
    let directory =
        crate::Graph::new(std::sync::Arc::clone(&read_model), std::sync::Arc::new(chassis::sealed::KeyStore::absent()));
    let mut answers =
        directory.execute_stream(Request::new("subscription { counters { resources registrations } }"), None);
    let mut next = async || http::to_json(&answers.next().await.unwrap())["data"]["counters"].clone();
    assert_eq!(next().await, json!({ "resources": 3, "registrations": 3 }));
    let mut tale = county();
    read_model.publish(tale.snapshot.clone());
    tale.tell(registered(9));
    read_model.publish(tale.snapshot.clone());
    assert_eq!(next().await, json!({ "resources": 3, "registrations": 4 }), "what is no news is not told");
}
