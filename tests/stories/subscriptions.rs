//! Whoever follows the directory misses nothing and sees nothing twice, whatever restarts in between.

use schema::Office;
use serde_json::{Value, json};
use std::time::Duration;
use stories::api::Api;
use stories::files;
use stories::subscription::{OverSse, OverWebSocket};
use stories::wait;
use stories::world::World;

const CHANGES: &str = "subscription ($after: String) { directoryChanges(after: $after) { cursor kind name } }";
const ACTIVITY: &str = "subscription ($after: String) { mergeActivity(after: $after) { cursor status mergeId } }";

/// Either way of subscribing.
enum Following {
    WebSocket(OverWebSocket),
    Sse(OverSse),
}

impl Following {
    async fn open(over: &str, api: &Api, query: &str, after: &Value) -> Following {
        let variables = json!({ "after": after });
        match over {
            "WebSocket" => Following::WebSocket(OverWebSocket::open(api, query, variables).await),
            _ => Following::Sse(OverSse::open(api, query, variables).await),
        }
    }

    async fn next(&mut self, field: &str, deadline: Duration) -> Option<Value> {
        let data = match self {
            Following::WebSocket(socket) => socket.next(deadline).await,
            Following::Sse(events) => events.next(deadline).await,
        };
        data.map(|mut data| data[field].take())
    }

    /// Reads on until an entry has the cursor of the last that there is.
    async fn until(&mut self, field: &str, last: &str, seen: &mut Vec<Value>) {
        while seen.last().is_none_or(|entry| entry["cursor"] != last) {
            let next = self.next(field, wait::SOON).await;
            seen.push(next.unwrap_or_else(|| panic!("{field} ended or fell silent before {last}, after {seen:#?}")));
        }
    }
}

/// All changes of the directory after a cursor, oldest first.
async fn changes_since(api: &Api, cursor: &str) -> Vec<Value> {
    let query = "query ($first: Int, $after: String) { recentChanges(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { cursor kind name } } } }";
    let newest_first = api.all(query, "recentChanges", json!({})).await;
    let mut changes: Vec<Value> = newest_first.into_iter().map(|mut edge| edge["node"].take()).collect();
    changes.reverse();
    let known = changes.iter().position(|change| change["cursor"] == cursor);
    changes.split_off(known.map_or_else(|| panic!("no change has the cursor {cursor}"), |index| index + 1))
}

async fn newest_cursor(api: &Api) -> String {
    let data = api.ask("{ recentChanges(first: 1) { nodes { cursor } } }", json!({})).await;
    data["recentChanges"]["nodes"][0]["cursor"].as_str().expect("a change").to_owned()
}

#[tokio::test]
async fn a_dashboard_goes_on_where_it_was_when_its_directory_is_killed_and_comes_back() {
    let mut world = World::apart().await;
    world.load_areas().await;
    let hand_ins = files::overlapping(40, world.folder());
    let file_of = |office: Office| hand_ins.iter().find(|(of, _)| *of == office).unwrap().1.clone();
    world.must_import("clinic", &file_of(Office::Clinic)).await;
    world.settled().await;
    let start = newest_cursor(&world.public()).await;

    // Two dashboards follow from the same place, each in its own way.
    let mut seen = [Vec::new(), Vec::new()];
    let ways = ["WebSocket", "SSE"];
    let mut following = Vec::new();
    for way in ways {
        following.push(Following::open(way, &world.public(), CHANGES, &json!(start)).await);
    }
    world.must_import("commerce", &file_of(Office::Commerce)).await;
    for (one, seen) in following.iter_mut().zip(&mut seen) {
        for _ in 0..7 {
            seen.push(one.next("directoryChanges", wait::SOON).await.expect("a change"));
        }
    }

    // The directory dies; more happens; it comes back and they go on after the last they saw.
    world.kill("directory");
    drop(following);
    world.must_import("womens-federation", &file_of(Office::WomensFederation)).await;
    world.start_again("directory").await;
    world.must_import("youth-league", &file_of(Office::YouthLeague)).await;
    world.settled().await;

    // The directory that never went away knows what there was to see.
    let expected = changes_since(&world.public_of("directory-2"), &start).await;
    let last = expected.last().unwrap()["cursor"].as_str().unwrap().to_owned();
    for (way, mut seen) in ways.into_iter().zip(seen) {
        let after = seen.last().unwrap()["cursor"].clone();
        let mut again = Following::open(way, &world.public(), CHANGES, &after).await;
        again.until("directoryChanges", &last, &mut seen).await;
        assert_eq!(seen, expected, "over {way}");
    }
}

#[tokio::test]
async fn merges_are_followed_as_they_happen_and_from_any_earlier_one() {
    let world = World::up_with_overlaps(40).await;
    let steward = world.steward().await;
    let history = "query ($first: Int, $after: String) { mergeHistory(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { id status } } } }";
    let merges = steward.all(history, "mergeHistory", json!({})).await;
    assert!(merges.len() > 5, "{} merges make no story", merges.len());

    // Live: a merge by a steward arrives at both.
    let mut socket = Following::open("WebSocket", &steward, ACTIVITY, &Value::Null).await;
    let mut events = Following::open("SSE", &steward, ACTIVITY, &Value::Null).await;
    let pair = crate::steward::two_apart(&steward).await;
    let body = json!({ "registrations": pair, "reason": "同一家" });
    let merged = steward.post("/api/center/merges", "live-merge", &body).await.success();
    let id = merged.text_of("id");
    let first = socket.next("mergeActivity", wait::SOON).await.expect("an activity");
    assert_eq!((first["mergeId"].as_str(), first["status"].as_str()), (Some(id.as_str()), Some("IN_FORCE")));
    assert_eq!(events.next("mergeActivity", wait::SOON).await, Some(first.clone()));

    // From the merge on, in a new subscription: its undoing, and not the merge again.
    let undo = json!({ "reason": "看错了", "keepApart": true });
    steward.post(&format!("/api/center/merges/{id}/undo"), "live-undo", &undo).await.success();
    let mut later = Following::open("SSE", &steward, ACTIVITY, &first["cursor"]).await;
    let undone = later.next("mergeActivity", wait::SOON).await.expect("an activity");
    assert_eq!((undone["mergeId"].as_str(), undone["status"].as_str()), (Some(id.as_str()), Some("UNDONE")));
}

#[tokio::test]
async fn whoever_is_disabled_hears_no_more_over_what_was_open_and_nobody_else_notices() {
    let world = World::up_with_overlaps(10).await;
    let password = world.add_account("wang", "steward", None).await;
    let other = world.add_account("li", "steward", None).await;
    let signed_in = async |name: &str, password: &str| {
        let body = json!({ "account": name, "password": password });
        let session = world.public().command("POST", "/session", "k", &body).await.success();
        world.public().with_token(session.text_of("token"))
    };
    let (gone, stays) = (signed_in("wang", &password).await, signed_in("li", &other).await);
    let (mut heard, mut unheard) = (Vec::new(), Vec::new());
    for way in ["WebSocket", "SSE"] {
        heard.push(Following::open(way, &stays, ACTIVITY, &Value::Null).await);
        unheard.push(Following::open(way, &gone, ACTIVITY, &Value::Null).await);
    }
    let pair = crate::steward::two_apart(&stays).await;
    let body = json!({ "registrations": pair, "reason": "同一家" });
    let merged = stays.post("/api/center/merges", "before", &body).await.success().text_of("id");
    for following in heard.iter_mut().chain(&mut unheard) {
        let told = following.next("mergeActivity", wait::SOON).await.expect("all are told");
        assert_eq!(told["mergeId"], json!(merged));
    }

    let admin = world.admin().await;
    let disabled = async |disabled: bool| {
        let changed = admin.command("PATCH", "/api/accounts/wang", "k", &json!({ "disabled": disabled })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    };
    disabled(true).await;
    for following in &mut unheard {
        // Longer than anyone waits: it must end by itself.
        let ended = following.next("mergeActivity", Duration::from_secs(3600));
        assert_eq!(tokio::time::timeout(wait::SOON, ended).await.expect("it ends"), None);
    }
    let undo = json!({ "reason": "看错了", "keepApart": false });
    stays.post(&format!("/api/center/merges/{merged}/undo"), "after", &undo).await.success();
    for following in &mut heard {
        let told = following.next("mergeActivity", wait::SOON).await.expect("who stays is told");
        assert_eq!(told["status"], "UNDONE");
    }
    assert_eq!(gone.get("/session").await.status, 401);
    disabled(false).await;
    assert_eq!(gone.get("/session").await.status, 401, "the session is over all the same");
}
