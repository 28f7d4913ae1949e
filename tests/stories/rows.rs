//! Every row that a clerk hands in meets a fate that can be looked up, and meets it once.

use crate::demo::demo;
use chassis::log::Log;
use schema::streams::Category;
use schema::{Office, Position};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use stories::files::{self, cell, set_cell};
use stories::registrations::office_of;
use stories::world::World;

/// How many streams each office has, and the position of the last event of any office or hand-in.
async fn in_the_log(log: &Log) -> (BTreeMap<Office, usize>, Option<Position>) {
    let mut streams: BTreeMap<Office, BTreeSet<String>> = BTreeMap::new();
    let mut last = None;
    let prefixes: Vec<String> =
        Office::ALL.map(Category::Office).map(Category::prefix).into_iter().chain(["import-".to_owned()]).collect();
    let read = log.catch_up(&prefixes, None, |event| {
        last = Some(event.position);
        if let Some(office) = office_of(&event.stream) {
            streams.entry(office).or_default().insert(event.stream);
        }
    });
    read.await.unwrap();
    (streams.into_iter().map(|(office, streams)| (office, streams.len())).collect(), last)
}

fn graphql_name(office: Office) -> String {
    office.category().to_uppercase()
}

/// The counts of the newest hand-in of an office, by its own HTTP interface.
async fn counts(world: &World, office: Office) -> Value {
    let listed = world.clerk(office).await.get(&format!("/api/{office}/imports")).await.success();
    let newest = listed.body.get(0).or_else(|| listed.body["imports"].get(0)).or_else(|| listed.body["handIns"].get(0));
    newest.unwrap_or_else(|| panic!("no hand-in in {}", listed.text)).clone()
}

#[tokio::test]
async fn all_3734_rows_are_accounted_for_by_report_log_and_graphql() {
    let world = demo().await;
    let (streams, _) = in_the_log(&world.log().await).await;
    let steward = world.steward().await;
    let mut rows = 0;
    for office in Office::ALL {
        let in_file = files::rows(office).len() as u64;
        let hand_in = counts(world, office).await;
        let count = |name: &str| hand_in["counts"][name].as_u64().unwrap_or_else(|| panic!("no {name} in {hand_in}"));
        assert_eq!(count("rows"), in_file, "{office}");
        assert_eq!(count("registered") + count("revised") + count("unchanged") + count("refused"), in_file, "{office}");
        assert_eq!(count("registered"), streams[&office] as u64, "{office}: the log");

        let variables = json!({ "office": graphql_name(office) });
        let query = "query ($office: Office!) { registrations(office: $office) { totalCount }
            handIns(office: $office) { nodes { rowCount registered revised unchanged refused warned
                refusals: rows(fate: REFUSED, first: 100) { totalCount nodes { row findings { column reason remedy } } } } } }";
        let data = steward.ask(query, variables).await;
        assert_eq!(data["registrations"]["totalCount"], count("registered"), "{office}: GraphQL");
        let known = &data["handIns"]["nodes"][0];
        for name in ["registered", "revised", "unchanged", "refused", "warned"] {
            assert_eq!(known[name], count(name), "{office}: {name}");
        }
        assert_eq!(known["rowCount"], in_file);
        assert_eq!(known["refusals"]["totalCount"], count("refused"));
        for refusal in known["refusals"]["nodes"].as_array().unwrap() {
            let finding = &refusal["findings"][0];
            assert!(!finding["reason"].as_str().unwrap().is_empty(), "{office}: no reason: {refusal}");
        }
        rows += in_file;
    }
    assert_eq!(rows, 3734);
}

#[tokio::test]
async fn handing_the_same_files_in_again_changes_nothing() {
    let world = demo().await;
    let log = world.log().await;
    let before = in_the_log(&log).await;
    for office in Office::ALL {
        world.must_import(office.path(), &files::hand_in(office)).await;
    }
    assert_eq!(in_the_log(&log).await, before);
}

#[tokio::test]
async fn a_corrected_file_revises_what_changed_and_withdraws_only_what_the_clerk_confirms() {
    let world = World::up().await;
    world.load_areas().await;
    let file = files::beginning(Office::Clinic, 30, world.folder());
    world.must_import("clinic", &file).await;
    let clerk = world.clerk(Office::Clinic).await;

    // One row says something else, one is gone, one is new, and the rest stands in another order.
    let mut rows = files::rows(Office::Clinic);
    let new = rows.swap_remove(40);
    rows.truncate(30);
    set_cell(&mut rows[3], "收费说明", "凭老年证减半");
    let revised = cell(&rows[3], "机构名称").to_owned();
    let gone = cell(&rows[5], "机构名称").to_owned();
    rows.remove(5);
    rows.push(new);
    rows.reverse();
    let corrected = world.file("corrected.csv");
    files::write_table(&corrected, &rows);
    let bytes = std::fs::read(&corrected).unwrap();
    let report = clerk.hand_in("/api/clinic/imports", "corrected", "corrected.csv", bytes).await.success();
    let counts = &report.body["counts"];
    let count = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(
        (count("rows"), count("registered"), count("revised"), count("unchanged"), count("refused"), count("absent")),
        (30, 1, 1, 28, 0, 1),
        "{counts}"
    );

    // The revision is shown, the absent one still as well.
    world.settled().await;
    let named = "query ($name: String!) { registrations(office: CLINIC, name: $name, first: 10) { nodes { id name status fees } } }";
    let data = clerk.ask(named, json!({ "name": revised })).await;
    let fees: Vec<&Value> =
        data["registrations"]["nodes"].as_array().unwrap().iter().map(|node| &node["fees"]).collect();
    assert!(fees.contains(&&json!("凭老年证减半")), "{fees:?}");
    let absent = report.body["absent"][0].as_str().unwrap().to_owned();
    let status = async || {
        let data =
            clerk.ask("query ($id: ID!) { registration(id: $id) { name status } }", json!({ "id": absent })).await;
        (
            data["registration"]["name"].as_str().unwrap().to_owned(),
            data["registration"]["status"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(status().await, (gone.clone(), "REGISTERED".to_owned()));

    // Until the clerk confirms.
    let path = format!("/api/clinic/imports/{}/withdraw-absent", report.text_of("id"));
    clerk.post(&path, "confirmed", &json!({ "registrations": [absent] })).await.success();
    world.settled().await;
    assert_eq!(status().await, (gone.clone(), "WITHDRAWN".to_owned()));

    // And until the clerk takes that back.
    clerk.post(&path.replace("withdraw-absent", "take-back"), "a-slip", &json!({})).await.success();
    world.settled().await;
    assert_eq!(status().await, (gone, "REGISTERED".to_owned()));
}

/// The fate of every row in a saved report, as `expected.csv` names fates, and the columns that were found fault with.
fn fates(report: &std::path::Path) -> BTreeMap<u32, (String, BTreeSet<String>)> {
    let mut fates: BTreeMap<u32, (String, BTreeSet<String>)> = BTreeMap::new();
    for line in files::table(report) {
        let Ok(row) = cell(&line, "行号 Row").parse() else { continue };
        let refused = cell(&line, "结果 Result").ends_with("refused");
        let severity = cell(&line, "级别 Severity");
        let entry = fates.entry(row).or_insert_with(|| ("ok".to_owned(), BTreeSet::new()));
        if refused {
            entry.0 = "refused".to_owned();
        } else if severity.ends_with("warning") {
            entry.0 = "warned".to_owned();
        }
        // What refuses a row is why it is refused; warnings beside it are not.
        if !refused || severity.ends_with("error") {
            entry.1.insert(cell(&line, "列 Column").to_owned());
        }
    }
    fates
}

#[tokio::test]
async fn every_row_of_a_messy_file_meets_the_fate_that_was_expected_of_it() {
    let world = demo().await;
    let expected = files::table(&files::data("messy/expected.csv"));
    for (office, name) in [(Office::Commerce, "commerce.csv"), (Office::WomensFederation, "womens_federation.xlsx")] {
        let report = tempfile::NamedTempFile::new().unwrap();
        let path = report.path().display().to_string();
        let flags = ["--check", "--list", "messy", "--report", &path];
        let output = world.import(office.path(), &files::data(&format!("messy/{name}")), &flags).await;
        let fates = fates(report.path());
        let mut wrong = Vec::new();
        let mut rows = 0;
        for line in expected.iter().filter(|line| cell(line, "file") == name) {
            rows += 1;
            let row: u32 = cell(line, "row").parse().unwrap();
            let (fate, columns) = fates.get(&row).cloned().unwrap_or_default();
            let column_is_named = cell(line, "fate") == "ok" || columns.contains(cell(line, "column"));
            if fate != cell(line, "fate") || !column_is_named {
                wrong.push(format!("row {row}: {fate} for {columns:?}, expected {line:?}"));
            }
        }
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(wrong.is_empty(), "{name}: {} of {rows}:\n{}\n{said}", wrong.len(), wrong.join("\n"));
        assert_eq!(fates.len(), rows, "{name} has rows that nobody expected");
    }
}

#[tokio::test]
async fn a_slip_that_would_withdraw_most_of_a_list_waits_until_a_steward_has_agreed() {
    let world = World::up().await;
    world.load_areas().await;
    let rows: Vec<_> = files::rows(Office::Clinic)
        .into_iter()
        .filter(|row| cell(row, "所在村居代码").starts_with("130306"))
        .take(130)
        .collect();
    assert_eq!(rows.len(), 130);
    let bytes = |rows: &[Vec<(String, String)>]| {
        let file = world.file("clinic.csv");
        files::write_table(&file, rows);
        std::fs::read(&file).unwrap()
    };
    let (clerk, steward) = (world.clerk(Office::Clinic).await, world.steward().await);
    clerk.hand_in("/api/clinic/imports", "k-1", "clinic.csv", bytes(&rows)).await.success();
    let part = clerk.hand_in("/api/clinic/imports", "k-2", "clinic.csv", bytes(&rows[..20])).await.success().body;
    let id = part["id"].as_str().unwrap();
    let withdraw = format!("/api/clinic/imports/{id}/withdraw-absent");
    let all = json!({ "registrations": part["absent"], "count": 110 });
    let refused = clerk.post(&withdraw, "k-3", &all).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &json!("steward-agreement-required")),
        "{}",
        refused.text
    );
    assert_eq!((&refused.body["count"], &refused.body["most"]), (&json!(110), &json!(100)));
    let agree = format!("/api/center/130306/hand-ins/{id}/agree-withdrawal");
    assert_eq!(clerk.post(&agree, "k-4", &json!({ "most": 110 })).await.status, 403, "a clerk does not agree to it");
    steward.post(&agree, "k-4", &json!({ "most": 110 })).await.success();
    let done = clerk.post(&withdraw, "k-3", &all).await.success().body;
    assert_eq!(done["withdrawn"].as_array().unwrap().len(), 110);
}
