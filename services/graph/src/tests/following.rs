//! Subscriptions that have nothing to say, and those whose token ends.

use super::county;
use crate::http;
use crate::testing::{LOG, impatient};
use async_graphql::Request;
use futures::StreamExt as _;
use schema::Position;

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
