//! Whose work is in the binary, and under which licence: THIRD-PARTY.md, made from what cargo resolves.
//!
//! `HUIJU_BLESS=1` writes it anew.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;
use stories::process::workspace;

/// The same wherever the test runs.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

const HEAD: &str = "# Third-party notices 第三方软件声明

The crates that the `huiju` binary is made of, as `Cargo.lock` has them for Linux on x86-64, with the licence that each declares as an
SPDX expression. The text of a licence stands at `https://spdx.org/licenses/<identifier>.html`; each crate's own copy, with its
copyright notices, in its source as published: `https://docs.rs/crate/<crate>/<version>/source/`. Three crates carry C sources:
`libsqlite3-sys` SQLite (public domain), `aws-lc-sys` AWS-LC (under the licences in its row), `libmimalloc-sys` mimalloc (MIT).

Written by `HUIJU_BLESS=1` (`make bless`), compared by the tests.

| crate | version | licence | source |
| --- | --- | --- | --- |
";

/// A row for every crate from a registry that is reached from `huiju` by dependencies that are neither of tests nor of builds.
fn notices() -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", PLATFORM])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let by_id = |values: &Value| -> BTreeMap<String, Value> {
        values.as_array().unwrap().iter().map(|value| (text(&value["id"]), value.clone())).collect()
    };
    let (packages, nodes) = (by_id(&metadata["packages"]), by_id(&metadata["resolve"]["nodes"]));
    let binary = packages.iter().find(|(_, package)| package["name"] == "huiju").unwrap().0.clone();
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![binary]);
    while let Some(id) = waiting.pop() {
        let normal = |kinds: &Value| kinds.as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        let dependencies = nodes[&id]["deps"].as_array().unwrap().iter();
        waiting.extend(
            dependencies
                .filter(|one| normal(&one["dep_kinds"]))
                .map(|one| text(&one["pkg"]))
                .filter(|id| !reached.contains(id)),
        );
        reached.insert(id);
    }
    let rows: BTreeSet<(String, String, String, String)> = reached
        .iter()
        .map(|id| &packages[id])
        .filter(|package| !package["source"].is_null())
        .map(|package| {
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            let source = match package["repository"].as_str() {
                Some(repository) => repository.trim_end_matches('/').to_owned(),
                None => format!("https://crates.io/crates/{name}"),
            };
            // An older way to write a choice.
            let licence = text(&package["license"]).replace(" / ", " OR ").replace('/', " OR ");
            assert!(!licence.is_empty(), "{name} {version} declares no licence");
            (name, version, licence, source)
        })
        .collect();
    let mut page = HEAD.to_owned();
    for (name, version, licence, source) in rows {
        writeln!(page, "| {name} | {version} | {licence} | {source} |").unwrap();
    }
    page
}

#[test]
fn every_crate_in_the_binary_is_listed_with_its_licence() {
    let path = workspace().join("THIRD-PARTY.md");
    let page = notices();
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "THIRD-PARTY.md is not what Cargo.lock says; write it with HUIJU_BLESS=1");
}
