//! A mobile number in a column about a person is that person's: matched by, told to the desk, and otherwise nowhere.

use crate::demo::demo;
use schema::Office;
use serde_json::json;
use std::collections::BTreeSet;
use stories::files::{self, cell};
use stories::mobiles;

/// The mobiles of the federation's heads that no office gave for a service.
fn of_heads() -> BTreeSet<String> {
    let cells = |office: Office, column: &'static str| {
        files::rows(office).into_iter().flat_map(move |row| mobiles::in_cell(cell(&row, column)))
    };
    let mut heads: BTreeSet<String> = cells(Office::WomensFederation, "负责人电话").collect();
    let services = [(Office::Clinic, "联系电话"), (Office::YouthLeague, "联络电话"), (Office::Commerce, "电话")];
    for number in services.into_iter().flat_map(|(office, column)| cells(office, column)) {
        heads.remove(&number);
    }
    heads
}

#[tokio::test]
async fn no_mobile_of_a_head_is_in_an_answer_or_a_file_of_the_demonstration() {
    let world = demo().await;
    let heads = of_heads();
    assert!(heads.len() > 100, "{}", heads.len());
    let tells = |found: BTreeSet<String>| found.intersection(&heads).cloned().collect::<Vec<_>>();
    assert_eq!(tells(mobiles::in_files(world.folder())), Vec::<String>::new(), "files of the log and of the keys");

    let all = "query ($first: Int, $after: String) { registrations(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { phones resource { phone phones address name
            provenance { field losing { value } } } } } } }";
    let shown = "query ($first: Int, $after: String) { resources(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { phone phones address name
            provenance { field losing { value } } } } } }";
    let merges = "query ($first: Int, $after: String) { mergeHistory(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { evidence { comparison left right } } } } }";
    for (asker, query, field) in [
        (world.public(), shown, "resources"),
        (world.clerk(Office::Clinic).await, all, "registrations"),
        (world.clerk(Office::WomensFederation).await, merges, "mergeHistory"),
        (world.clerk(Office::Commerce).await, merges, "mergeHistory"),
    ] {
        let answer = serde_json::to_string(&asker.all(query, field, json!({})).await).unwrap();
        assert_eq!(tells(mobiles::in_bytes(answer.as_bytes())), Vec::<String>::new(), "{field}");
        assert!(!mobiles::in_bytes(answer.as_bytes()).is_empty(), "{field}: a service's own mobile is told");
        assert!(field != "mergeHistory" || answer.contains("不公开"), "evidence says that there is something");
    }
    // A steward is told what was compared.
    let answer = serde_json::to_string(&world.steward().await.all(merges, "mergeHistory", json!({})).await).unwrap();
    assert!(!answer.contains("不公开") && !tells(mobiles::in_bytes(answer.as_bytes())).is_empty());
}

#[tokio::test]
async fn the_desk_and_a_steward_are_told_a_heads_mobile() {
    let world = demo().await;
    let rows = files::rows(Office::WomensFederation);
    let (number, row) =
        (1..).zip(&rows).find(|(_, row)| !mobiles::in_cell(cell(row, "负责人电话")).is_empty()).unwrap();
    let mobile = mobiles::in_cell(cell(row, "负责人电话")).into_iter().next().unwrap();
    let query = "query ($name: String!) { registrations(office: WOMENS_FEDERATION, name: $name, first: 20) {
        nodes { id sourceRow } } }";
    let steward = world.steward().await;
    let data = steward.ask(query, json!({ "name": cell(row, "站点名称") })).await;
    let nodes = data["registrations"]["nodes"].as_array().unwrap();
    let id = nodes.iter().find(|node| node["sourceRow"] == number).unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/womens-federation/registrations/{id}");
    for api in [world.clerk(Office::WomensFederation).await, steward] {
        let seen = api.get(&path).await.success().body;
        let phones = seen["registration"]["phones"].to_string();
        assert!(phones.contains(&mobile), "{phones}");
    }
    for api in [world.clerk(Office::Clinic).await, world.public()] {
        let refused = api.get(&path).await;
        assert!(matches!(refused.status, 401 | 403) && !refused.text.contains(&mobile), "{}", refused.text);
    }
}
