//! What a steward decides, and takes back.

use chassis::log::Log;
use schema::ResourceId;
use schema::resource::Resource;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stories::api::Api;
use stories::oracle::Oracle;
use stories::wait;
use stories::world::World;

const REGISTRATIONS: &str = "query ($first: Int, $after: String) { registrations(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id name area { code } resource { id sources { id } } } } } }";

/// Two registrations of one county, each alone in its own resource.
pub(crate) async fn two_apart(api: &Api) -> [String; 2] {
    let edges = api.all(REGISTRATIONS, "registrations", json!({})).await;
    let alone = |edge: &Value| edge["node"]["resource"]["sources"].as_array().is_some_and(|sources| sources.len() == 1);
    let mut of_county: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| alone(edge)) {
        let county = edge["node"]["area"]["code"].as_str().unwrap()[..6].to_owned();
        of_county.entry(county).or_default().push(edge["node"]["id"].as_str().unwrap().to_owned());
    }
    let county = of_county.into_values().find(|registrations| registrations.len() >= 2);
    let registrations = county.expect("two registrations of one county that stand alone");
    [registrations[0].clone(), registrations[registrations.len() - 1].clone()]
}

/// The merges of a status.
async fn merges(api: &Api, status: &str) -> Vec<Value> {
    let query = "query ($status: MergeStatus!, $first: Int, $after: String) {
        mergeHistory(status: $status, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
            edges { node { id status probability members { id office sourceFile sourceRow resource { id } }
                evidence { comparison level weight left right } decidedBy { kind name } decidedAt reason
                undo { by at reason } } } } }";
    let edges = api.all(query, "mergeHistory", json!({ "status": status })).await;
    edges.into_iter().map(|mut edge| edge["node"].take()).collect()
}

/// Everything that is shown, as the log has it.
async fn published(log: &Log) -> BTreeMap<ResourceId, Resource> {
    Oracle::read(log).await.shown().map(|resource| (resource.id, resource.clone())).collect()
}

/// The resource that a registration is shown in, at a position.
async fn resource_of(api: &Api, registration: &str, at: Value) -> Value {
    let query = "query ($id: ID!, $atLeast: Position, $asOf: Position) {
        registration(id: $id, atLeast: $atLeast, asOfPosition: $asOf) { resource { id name sources { id } } } }";
    let mut variables = at;
    variables["id"] = json!(registration);
    let mut data = api.ask(query, variables).await;
    data["registration"]["resource"].take()
}

fn ids(resource: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> =
        resource["sources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn an_undone_merge_leaves_the_directory_as_if_it_had_never_been_made() {
    a_merge_is_made_and_undone(World::up_with_overlaps(40).await).await;
}

#[tokio::test]
async fn a_merge_is_undone_just_so_when_every_service_is_its_own_process() {
    a_merge_is_made_and_undone(World::apart().await.with_overlaps(40).await).await;
}

async fn a_merge_is_made_and_undone(world: World) {
    let log = world.log().await;
    let steward = world.steward().await;
    let before = published(&log).await;
    let before_position = log.head().await.unwrap().token(log.id());
    let pair = two_apart(&steward).await;
    let apart: Vec<Value> =
        [resource_of(&steward, &pair[0], json!({})).await, resource_of(&steward, &pair[1], json!({})).await].into();

    // A merge answers with its id and a position; whoever passes the position on sees what it did.
    let body = json!({ "registrations": pair, "reason": "实地看过，是同一家" });
    let merged = steward.post("/api/center/merges", "merge", &body).await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let (id, position) = (merged.text_of("id"), merged.text_of("position"));
    let together = resource_of(&steward, &pair[0], json!({ "atLeast": position })).await;
    let mut expected: Vec<&str> = pair.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids(&together), expected);

    // The absorbed id leads to the other.
    let kept = together["id"].as_str().unwrap();
    let gone = apart.iter().map(|resource| resource["id"].as_str().unwrap()).find(|id| *id != kept).unwrap();
    let redirect = "query ($id: ID!) { resource(id: $id) { id redirectedFrom } }";
    let data = world.public().ask(redirect, json!({ "id": gone })).await;
    assert_eq!(data["resource"], json!({ "id": kept, "redirectedFrom": gone }));

    // The history says who, when, why.
    let history = merges(&steward, "IN_FORCE").await;
    let entry = history.iter().find(|merge| merge["id"] == id).expect("the merge is in the history");
    assert_eq!(entry["decidedBy"]["kind"], "STEWARD");
    assert_eq!(entry["reason"], "实地看过，是同一家");

    // The past is as it was.
    let past = resource_of(&steward, &pair[0], json!({ "asOf": before_position })).await;
    assert_eq!(past, apart[0]);

    // A look at what would come back, and the undoing.
    let preview = steward.get(&format!("/api/center/merges/{id}/undo-preview")).await.success();
    for resource in &apart {
        let name = resource["name"].as_str().unwrap();
        assert!(preview.text.contains(name), "the preview does not name {name}: {}", preview.text);
    }
    let body = json!({ "reason": "看错了", "keepApart": true });
    let undone = steward.post(&format!("/api/center/merges/{id}/undo"), "undo", &body).await.success();
    let again = resource_of(&steward, &pair[1], json!({ "atLeast": undone.text_of("position") })).await;
    assert_eq!(again, apart[1]);
    world.settled().await;
    let after = published(&log).await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (id, resource) in &after {
        assert_eq!(resource, &before[id]);
    }
    let entry =
        merges(&steward, "UNDONE").await.into_iter().find(|merge| merge["id"] == id.as_str()).expect("it is kept");
    assert_eq!(entry["undo"]["reason"], "看错了");
}

#[tokio::test]
async fn any_merge_by_rule_can_be_undone_and_is_not_made_again() {
    let world = World::up_with_overlaps(40).await;
    let log = world.log().await;
    let steward = world.steward().await;
    let in_force = merges(&steward, "IN_FORCE").await;
    let by_rule = in_force.iter().find(|merge| merge["decidedBy"]["kind"] == "RULE").expect("a merge by rule");
    assert!(by_rule["probability"].as_f64().unwrap() > 0.5);
    assert!(!by_rule["evidence"].as_array().unwrap().is_empty());
    let id = by_rule["id"].as_str().unwrap();
    let members: Vec<&str> =
        by_rule["members"].as_array().unwrap().iter().map(|member| member["id"].as_str().unwrap()).collect();
    let body = json!({ "reason": "同名的两家" });
    let undone = steward.post(&format!("/api/center/merges/{id}/undo"), "undo", &body).await.success();
    let position = undone.text_of("position");
    let one = resource_of(&steward, members[0], json!({ "atLeast": position })).await;
    let other = resource_of(&steward, members[1], json!({ "atLeast": position })).await;
    assert_ne!(one["id"], other["id"]);

    // The centre, started anew, decides nothing again.
    let decided = async || {
        let mut count = 0;
        log.catch_up(&["decisions-".to_owned()], None, |_| count += 1).await.unwrap();
        count
    };
    let before = decided().await;
    let mut world = world;
    assert!(world.interrupt("up", wait::SOON).await.success());
    world.start_up().await;
    world.settled().await;
    let log = world.log().await;
    let mut after = 0;
    log.catch_up(&["decisions-".to_owned()], None, |_| after += 1).await.unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_proposal_is_accepted_or_refused_and_never_asked_again() {
    let world = World::up_with_overlaps(120).await;
    let steward = world.steward().await;
    let proposals = merges(&steward, "PROPOSED").await;
    assert!(proposals.len() >= 2, "{} proposals make no story", proposals.len());
    let id = |index: usize| proposals[index]["id"].as_str().unwrap();
    assert!(!proposals[0]["evidence"].as_array().unwrap().is_empty());

    let refused = steward
        .post(&format!("/api/center/proposals/{}/refuse", id(0)), "refuse", &json!({ "reason": "总店和分店" }))
        .await
        .success();
    let last = proposals.len() - 1;
    steward
        .post(&format!("/api/center/proposals/{}/accept", id(last)), "accept", &json!({ "reason": "同一家" }))
        .await
        .success();
    world.settled().await;
    assert!(!refused.text_of("position").is_empty());
    let status = async |id: &str| {
        let data = steward
            .ask("query ($id: ID!) { merge(id: $id) { status decidedBy { kind } reason } }", json!({ "id": id }))
            .await;
        data["merge"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!((status(id(0)).await.as_str(), status(id(last)).await.as_str()), ("REFUSED", "IN_FORCE"));
    let again = steward.post(&format!("/api/center/proposals/{}/accept", id(0)), "accept-refused", &json!({})).await;
    assert!((400..500).contains(&again.status), "a refused proposal was accepted: {}", again.text);
    assert_eq!(again.content_type, "application/problem+json");
}

#[tokio::test]
async fn whoever_may_not_decide_is_told_so() {
    let world = World::up_with_overlaps(20).await;
    let pair = two_apart(&world.steward().await).await;
    let body = json!({ "registrations": pair, "reason": "无权" });
    let nobody = world.public().post("/api/center/merges", "nobody", &body).await;
    assert_eq!((nobody.status, nobody.content_type.as_str()), (401, "application/problem+json"));
    let clerk = world.clerk(schema::Office::Clinic).await.post("/api/center/merges", "clerk", &body).await;
    assert_eq!((clerk.status, clerk.content_type.as_str()), (403, "application/problem+json"));
    // The public sees the directory, and neither registrations one by one nor who decided what.
    let history = "{ mergeHistory(first: 1) { totalCount } }";
    let refused = world.public().graphql(history, json!({})).await;
    assert!(!refused["errors"].is_null(), "{refused}");
}

#[tokio::test]
async fn a_position_is_waited_for_and_one_of_another_log_refused() {
    let world = World::up_with_overlaps(5).await;
    let log = world.log().await;
    let mut position = log.head().await.unwrap();
    world
        .public()
        .ask(
            "query ($p: Position!) { counters(atLeast: $p) { registrations } }",
            json!({ "p": world.last_said().await }),
        )
        .await;
    position.commit += 1_000_000;
    position.prepare += 1_000_000;
    let query = "query ($p: Position!) { areas(name: \"大李官营\", first: 1, atLeast: $p) { totalCount } }";
    let code = world.public().refusal(query, json!({ "p": position.token(log.id()) })).await;
    assert_eq!(code, "NOT_YET");
    let other = schema::position::LogId(log.id().0 ^ 1);
    let code = world.public().refusal(query, json!({ "p": position.token(other) })).await;
    assert_ne!(code, "NOT_YET");
    let code_of_nonsense = world.public().refusal(query, json!({ "p": "yesterday" })).await;
    assert!(!code_of_nonsense.is_empty());
}
