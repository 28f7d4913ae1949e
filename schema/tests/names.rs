//! Every stream name, event type and id derivation, as one page that a reviewer can see change.
//!
//! `HUIJU_BLESS=1 cargo test -p schema` writes it anew.

#![allow(clippy::unwrap_used, reason = "what it does is part of the tests")]

use schema::ids::DERIVATIONS;
use schema::streams::{Category, Processor};
use std::fmt::Write as _;
use std::path::Path;

/// The page, from the code.
fn page() -> String {
    let mut page = String::from(
        "# Names that last\n\nMade from the code by `HUIJU_BLESS=1 cargo test -p schema`; compared by the same test without it.\n\n\
         ## Streams\n\n| stream | events |\n| --- | --- |\n",
    );
    for category in Category::all() {
        let events = match category.event_types() {
            [] => "none yet".to_owned(),
            types => types.join(", "),
        };
        writeln!(page, "| `{}{}` | {events} |", category.prefix(), category.pattern()).unwrap();
    }
    let processors = Processor::ALL.map(Processor::name).join(", ");
    write!(page, "\nProcessors: {processors}.\n\n## Ids\n\n").unwrap();
    page.push_str(
        "A UUIDv8 (RFC 9562, section 5.8): the six digits of the scope in binary-coded decimal, then the end of the SHA-1 over \
         tag, scope and parts. The ids of events and acts are UUIDv5 and bear no scope.\n\n| id | tag | from |\n| --- | --- | --- |\n",
    );
    for derivation in DERIVATIONS {
        writeln!(page, "| {} | `{}` | {} |", derivation.id, derivation.tag, derivation.from.join(", ")).unwrap();
    }
    page
}

#[test]
fn the_page_of_names_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("NAMES.md");
    let page = page();
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "schema/NAMES.md is not up to date; run with HUIJU_BLESS=1");
}

#[test]
fn no_event_type_stands_in_two_categories() {
    let mut all: Vec<&str> = Category::all().flat_map(|category| category.event_types().iter().copied()).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
