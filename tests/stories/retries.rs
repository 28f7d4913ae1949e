//! A command whose answer was lost is sent again: it changes nothing and answers as the first time. Every command there
//! is, as the OpenAPI document lists them.

use chassis::clock::Clock;
use chassis::log::Log;
use schema::streams::Category;
use schema::{Office, PersonId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stories::api::{Answer, Api};
use stories::files;
use stories::registrations;
use stories::world::World;

/// One command of the OpenAPI document.
#[derive(Clone, Debug)]
struct Listed {
    method: String,
    path: String,
    /// The schema of its JSON body.
    body: Value,
}

/// Every operation that takes an idempotency key, and every one that does not and may change something.
async fn operations(api: &Api) -> (Vec<Listed>, Vec<String>) {
    let document = api.get("/openapi.json").await.success().body;
    let (mut with_key, mut without) = (Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "get" || !operation.is_object() {
                continue;
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let is_key =
                |one: &Value| one["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("idempotency-key"));
            if parameters.iter().any(is_key) {
                let mut body = operation["requestBody"]["content"]["application/json"]["schema"].clone();
                if let Some(name) = body["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
                    body = document["components"]["schemas"][name].clone();
                }
                with_key.push(Listed { method: method.to_uppercase(), path: path.clone(), body });
            } else {
                without.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    (with_key, without)
}

/// A body that a command can accept, from its schema.
fn body_of(listed: &Listed) -> Value {
    let today = Clock::system().today().to_string();
    let mut body = json!({});
    for (name, schema) in listed.body["properties"].as_object().into_iter().flatten() {
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").cloned().unwrap_or_default(),
            kind => kind.clone(),
        };
        body[name] = match (name.as_str(), kind.as_str()) {
            ("expires", _) => json!("2040-01-01"),
            ("on", _) => json!(today),
            (_, Some("integer" | "number")) => json!(12),
            (_, Some("boolean")) => json!(true),
            (_, Some("string")) => json!("说明一下"),
            (name, kind) => panic!("{} {}: what is {name} of {kind:?}?", listed.method, listed.path),
        };
    }
    body
}

/// How many events there are that mean anything.
async fn events(log: &Log) -> usize {
    let mut prefixes: Vec<String> = Office::ALL.map(Category::Office).map(Category::prefix).into();
    prefixes.extend(["areas-", "import-", "decisions-", "resource-", "erasures-", "policy-"].map(str::to_owned));
    let mut count = 0;
    log.catch_up(&prefixes, None, |_| count += 1).await.unwrap();
    count
}

/// An answer without what says that it was given before: a word in the body, and 200 where the first was 201 Created.
fn essence(answer: &Answer) -> (bool, Value) {
    let mut body = answer.body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("repeated");
    }
    ((200..300).contains(&answer.status), body)
}

/// Sends a command, sends it again, and sends another under its key.
async fn told_twice(
    world: &World,
    what: &str,
    send: impl AsyncFn() -> Answer,
    other: impl AsyncFn() -> Answer,
) -> Answer {
    let first = send().await;
    assert!((200..300).contains(&first.status), "{what}: {} {}", first.status, first.text);
    world.settled().await;
    let log = world.log().await;
    let before = events(&log).await;
    let again = send().await;
    assert_eq!(essence(&again), essence(&first), "{what}: the second answer differs");
    let reused = other().await;
    assert_eq!(
        (reused.status, reused.content_type.as_str()),
        (422, "application/problem+json"),
        "{what}: {}",
        reused.text
    );
    assert!(reused.text.contains("idempotency-key-reused"), "{what}: refused for something else: {}", reused.text);
    world.settled().await;
    assert_eq!(events(&log).await, before, "{what}: the repetition appended something");
    first
}

/// What takes no key since saying it again says nothing new.
const SAME_AGAIN: [&str; 5] = [
    "POST /graphql",
    "POST /api/areas/imports",
    "POST /api/calendar/imports",
    "POST /api/policy/imports",
    "POST /api/population/imports",
];

/// The commands of one office, in an order in which each is possible.
fn in_order(office: Office, listed: &[Listed]) -> Vec<Listed> {
    let rank = |path: &str| match path.rsplit('/').next().unwrap_or_default() {
        "suspend" | "rest" => 1,
        "resume" => 2,
        "withdraw" | "disband" => 3,
        _ => 0,
    };
    let prefix = format!("/api/{office}/registrations/{{id}}");
    let mut own: Vec<Listed> = listed.iter().filter(|one| one.path.starts_with(&prefix)).cloned().collect();
    own.sort_by_key(|one| (rank(&one.path), one.path.clone()));
    own
}

#[tokio::test]
async fn every_command_sent_twice_is_done_once_and_its_key_stands_for_it_alone() {
    let world = World::up_with_overlaps(120).await;
    let (listed, without_key) = operations(&world.public()).await;
    for operation in &without_key {
        // Signing in, accounts and tokens are no acts upon the log: an account that is made twice is refused by its name, a token
        // that is made twice is listed and taken back. A GraphQL request changes nothing, and what is handed in of divisions,
        // holidays, people or what is owed to them, and is in already, is the same.
        let may = ["/session", "/api/accounts", "/api/tokens"].iter().any(|path| operation.contains(path))
            || SAME_AGAIN.contains(&operation.as_str());
        assert!(may, "{operation} changes something and takes no idempotency key");
    }
    let mut told = BTreeSet::new();
    for office in Office::ALL {
        registrations_of(&world, office, &listed, &mut told).await;
        hand_ins_of(&world, office, &mut told).await;
    }
    decisions(&world, &mut told).await;
    erasures(&world, &mut told).await;
    retractions(&world, &mut told).await;
    policies(&world, &mut told).await;
    divisions(&world).await;
    let all: BTreeSet<String> = listed.iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    assert_eq!(told, all, "these commands are told about, those there are");
}

async fn registrations_of(world: &World, office: Office, listed: &[Listed], told: &mut BTreeSet<String>) {
    let clerk = world.clerk(office).await;
    let path = format!("/api/{office}/registrations");
    let form = registrations::form(world, office).await;
    let form_under = |name: &str| registrations::named(&form, name);
    let key = format!("{office}-register");
    let (one, other) = (form_under("重试登记站"), form_under("另一个登记站"));
    let send = async || clerk.post(&path, &key, &one).await;
    let registered = told_twice(world, &key, send, async || clerk.post(&path, &key, &other).await).await;
    told.insert(format!("POST {path}"));
    let id = registered.text_of("id");
    for command in in_order(office, listed) {
        let at = command.path.replace("{id}", &id);
        let key = format!("{office}-{}", command.path.rsplit('/').next().unwrap());
        let (one, other) = if command.method == "PUT" {
            (form_under("重试变更站"), form_under("又一个变更站"))
        } else {
            let body = body_of(&command);
            (body.clone(), changed(body))
        };
        let send = async || clerk.command(&command.method, &at, &key, &one).await;
        told_twice(world, &key, send, async || clerk.command(&command.method, &at, &key, &other).await).await;
        told.insert(format!("{} {}", command.method, command.path));
    }
}

/// The same body saying something else.
fn changed(mut body: Value) -> Value {
    let field = body.as_object_mut().and_then(|fields| fields.values_mut().next()).expect("a body with a field");
    *field = match &*field {
        Value::Number(_) => json!(13),
        Value::Bool(_) => json!(false),
        _ if field.as_str().is_some_and(|text| text.starts_with("20")) => json!("2041-01-01"),
        _ => json!("另作说明"),
    };
    body
}

async fn hand_ins_of(world: &World, office: Office, told: &mut BTreeSet<String>) {
    let clerk = world.clerk(office).await;
    let path = format!("/api/{office}/imports");
    let rows = files::rows(office);
    let write = |name: &str, rows: &[Vec<(String, String)>]| {
        let file = world.file(name);
        files::write_table(&file, rows);
        std::fs::read(file).unwrap()
    };
    let (two, one) = (write("two.csv", &rows[..2]), write("one.csv", &rows[..1]));
    let list = format!("{path}?list=retried");
    let key = format!("{office}-import");
    let send = async || clerk.hand_in(&list, &key, "list.csv", two.clone()).await;
    told_twice(world, &key, send, async || clerk.hand_in(&list, &key, "list.csv", one.clone()).await).await;
    told.insert(format!("POST {path}"));

    // The next edition of the list lacks a row; the clerk confirms that it is withdrawn.
    let report = clerk.hand_in(&list, &format!("{office}-import-2"), "list.csv", one.clone()).await.success();
    assert_eq!(report.body["absent"].as_array().map(Vec::len), Some(1), "{}", report.text);
    let withdraw = format!("{path}/{}/withdraw-absent", report.text_of("id"));
    let key = format!("{office}-withdraw-absent");
    let log = world.log().await;
    let chosen = json!({ "registrations": report.body["absent"], "count": 1 });
    let back = withdraw.replace("withdraw-absent", "take-back");
    for (at, key, body) in [(&withdraw, &key, &chosen), (&back, &format!("{office}-take-back"), &json!({}))] {
        let first = clerk.post(at, key, body).await.success();
        let before = events(&log).await;
        let again = clerk.post(at, key, body).await;
        assert_eq!(essence(&again), essence(&first));
        assert_eq!(events(&log).await, before, "{key}: the repetition appended something");
    }
    told.insert(format!("POST {path}/{{id}}/withdraw-absent"));
    told.insert(format!("POST {path}/{{id}}/take-back"));
}

async fn decisions(world: &World, told: &mut BTreeSet<String>) {
    let steward = world.steward().await;
    let pair = crate::steward::two_apart(&steward).await;
    let body = json!({ "registrations": pair, "reason": "同一家" });
    let other = json!({ "registrations": pair, "reason": "另一个理由" });
    let path = "/api/center/merges";
    let send = async || steward.post(path, "merge", &body).await;
    let merged = told_twice(world, "merge", send, async || steward.post(path, "merge", &other).await).await;
    told.insert(format!("POST {path}"));

    let path = format!("/api/center/merges/{}/undo", merged.text_of("id"));
    let send = async || steward.post(&path, "undo", &json!({ "reason": "看错了", "keepApart": false })).await;
    let otherwise = async || steward.post(&path, "undo", &json!({ "reason": "另一个理由" })).await;
    told_twice(world, "undo", send, otherwise).await;
    told.insert("POST /api/center/merges/{id}/undo".to_owned());

    let path = format!("/api/center/{}/merges", &pair[0][..6]);
    let send = async || steward.post(&path, "scoped", &body).await;
    told_twice(world, "merge in a scope", send, async || steward.post(&path, "scoped", &other).await).await;
    told.insert("POST /api/center/{scope}/merges".to_owned());

    let query = "{ mergeHistory(status: PROPOSED, first: 2) { nodes { id } } }";
    let data = steward.ask(query, json!({})).await;
    for (index, verb) in ["accept", "refuse"].into_iter().enumerate() {
        let id = data["mergeHistory"]["nodes"][index]["id"].as_str().expect("two proposals");
        let path = format!("/api/center/proposals/{id}/{verb}");
        let send = async || steward.post(&path, verb, &json!({ "reason": "看过了" })).await;
        let other = async || steward.post(&path, verb, &json!({ "reason": "另一个理由" })).await;
        told_twice(world, verb, send, other).await;
        told.insert(format!("POST /api/center/proposals/{{id}}/{verb}"));
    }
}

async fn erasures(world: &World, told: &mut BTreeSet<String>) {
    let admin = world.admin().await;
    let query = "{ registrations(office: CLINIC, first: 1) { nodes { id } } }";
    let data = world.steward().await.ask(query, json!({})).await;
    let registration = data["registrations"]["nodes"][0]["id"].as_str().expect("a registration").parse().unwrap();
    let path = format!("/api/persons/{}/erasure", PersonId::contact_of(registration));
    let send = async || admin.post(&path, "erase", &json!({ "ground": "person_requested" })).await;
    let other = async || admin.post(&path, "erase", &json!({ "ground": "recorded_in_error" })).await;
    told_twice(world, "erase", send, other).await;
    told.insert("POST /api/persons/{id}/erasure".to_owned());
}

async fn retractions(world: &World, told: &mut BTreeSet<String>) {
    let steward = world.steward().await;
    let query = "{ registrations(office: COMMERCE, first: 1) { nodes { id } } }";
    let data = steward.ask(query, json!({})).await;
    let registration = data["registrations"]["nodes"][0]["id"].as_str().expect("a registration");
    let path = format!("/api/center/registrations/{registration}/retract");
    let body = |reason: &str| json!({ "field": "name", "reason": reason });
    let send = async || steward.post(&path, "retract", &body("person_objected")).await;
    let other = async || steward.post(&path, "retract", &body("incorrect")).await;
    told_twice(world, "retract", send, other).await;
    told.insert("POST /api/center/registrations/{id}/retract".to_owned());
}

async fn policies(world: &World, told: &mut BTreeSet<String>) {
    let steward = world.steward().await;
    let data = steward.ask("{ handIns(first: 1) { nodes { id } } }", json!({})).await;
    let hand_in = data["handIns"]["nodes"][0]["id"].as_str().expect("a hand-in");
    let agree = format!("/api/center/130306/hand-ins/{hand_in}/agree-withdrawal");
    for (method, path, named) in [
        ("PUT", "/api/center/130306/withdrawal-limit", "/api/center/{scope}/withdrawal-limit"),
        ("POST", &agree, "/api/center/{scope}/hand-ins/{id}/agree-withdrawal"),
    ] {
        let send = async |most: u32| steward.command(method, path, named_key(named), &json!({ "most": most })).await;
        told_twice(world, named, async || send(150).await, async || send(151).await).await;
        told.insert(format!("{method} {named}"));
    }
}

/// A key made of the last word of a path.
fn named_key(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A file of divisions takes no key: one that is in already changes nothing.
async fn divisions(world: &World) {
    let admin = world.admin().await;
    let bytes = std::fs::read(files::areas()).unwrap();
    let log = world.log().await;
    let before = events(&log).await;
    for key in ["areas", "areas-again"] {
        admin.hand_in("/api/areas/imports", key, "130300.csv", bytes.clone()).await.success();
        assert_eq!(events(&log).await, before);
    }
}
