//! Where something is null: a variable that may not be, a field that failed.

use super::county;
use crate::testing::{caller, starting};
use crate::{Graph, http};
use async_graphql::{Request, Variables};
use chassis::auth::Role;
use serde_json::{Value, json};

async fn answered(directory: &Graph, query: &str, variables: Value) -> Value {
    let request = Request::new(query).variables(Variables::from_json(variables));
    http::to_json(&directory.execute(request, None).await)
}

#[tokio::test]
async fn a_null_for_a_variable_that_must_be_something_is_refused_and_drops_no_filter() {
    let directory = county().directory();
    for (query, variables) in [
        ("query ($o: Office!) { resources(office: $o) { totalCount } }", json!({ "o": null })),
        ("query ($a: AreaCode!) { resources(area: $a) { totalCount } }", json!({ "a": null })),
        ("query ($p: Position!) { resources(asOfPosition: $p) { totalCount } }", json!({ "p": null })),
        ("query ($p: Position!) { resources(atLeast: $p) { totalCount } }", json!({})),
        ("query ($k: [ChangeKind!]!) { recentChanges(kinds: $k) { totalCount } }", json!({ "k": null })),
        ("query ($k: [ChangeKind!]) { recentChanges(kinds: $k) { totalCount } }", json!({ "k": [null] })),
        ("query ($id: ID!, $no: Boolean!) { resource(id: $id) @skip(if: $no) { id } }", json!({ "id": "x" })),
    ] {
        let answer = answered(&directory, query, variables).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_VARIABLE", "{query}: {answer}");
        assert!(answer.get("data").is_none(), "nothing was executed: {answer}");
    }
    let query = "query ($o: Office) { resources(office: $o) { totalCount } }";
    assert_eq!(answered(&directory, query, json!({ "o": null })).await["data"]["resources"]["totalCount"], 3);
}

#[tokio::test]
async fn what_failed_is_null_beside_its_error_and_takes_with_it_only_what_cannot_be_without() {
    let directory = county().directory();
    // `merge` may be null; `registrations` may not, and it stands in the answer itself.
    let merge = answered(&directory, "{ counters { resources } merge(id: \"x\") { id } }", json!({})).await;
    assert_eq!(merge["data"], json!({ "counters": { "resources": 3 }, "merge": null }));
    assert_eq!(merge["errors"][0]["path"], json!(["merge"]));
    let alone = answered(&directory, "{ merge(id: \"x\") { id } }", json!({})).await;
    assert_eq!(alone["data"], json!({ "merge": null }));
    let both = answered(
        &directory,
        "{ counters { resources } merge(id: \"x\") { id } registrations { totalCount } }",
        json!({}),
    );
    let both = both.await;
    assert_eq!((both.get("data"), both["errors"].as_array().unwrap().len()), (Some(&Value::Null), 2));
}

#[tokio::test]
async fn fields_stand_in_the_order_in_which_they_were_asked_for() {
    let directory = county().directory();
    let query = "{ b: resources { totalCount } a: counters { resources } c: position }";
    let answer = http::to_text(&directory.execute(Request::new(query), None).await);
    let at = |key: &str| answer.find(&format!("\"{key}\":")).unwrap();
    assert!(at("b") < at("a") && at("a") < at("c"), "{answer}");
}

#[tokio::test]
async fn a_subscription_that_lacks_a_variable_says_so() {
    use futures::StreamExt as _;
    let query = "subscription ($area: AreaCode!) { directoryChanges(area: $area) { cursor } }";
    let mut answers = starting().execute_stream(Request::new(query), caller(Role::Steward, None));
    let answer = http::to_json(&answers.next().await.unwrap());
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_VARIABLE", "{answer}");
}
