//! Every event type has a sample that decodes and is written again as it was, and a JSON Schema that is up to date.
//!
//! `HUIJU_BLESS=1 cargo test -p schema` writes the JSON Schemas anew. Samples are never written by a program: one that
//! shipped is never edited, and a shape that changes gets a new file beside the old one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what it does is part of the tests")]

use schema::Event;
use schema::areas::AreasEvent;
use schema::clinic::ClinicEvent;
use schema::commerce::CommerceEvent;
use schema::decisions::DecisionEvent;
use schema::hand_in::HandInEvent;
use schema::progress::ProgressEvent;
use schema::resource::ResourceEvent;
use schema::scopes::ScopesEvent;
use schema::womens_federation::WomensFederationEvent;
use schema::youth_league::YouthLeagueEvent;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Asks the same of every set of events; a new set is added here and nowhere else.
macro_rules! every_set {
    ($question:ident, $into:expr) => {
        $question::<ClinicEvent>($into);
        $question::<WomensFederationEvent>($into);
        $question::<YouthLeagueEvent>($into);
        $question::<CommerceEvent>($into);
        $question::<DecisionEvent>($into);
        $question::<ResourceEvent>($into);
        $question::<AreasEvent>($into);
        $question::<HandInEvent>($into);
        $question::<ProgressEvent>($into);
        $question::<ScopesEvent>($into);
    };
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn sample(event_type: &str) -> Value {
    let path = folder("samples").join(format!("{event_type}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).collect()
}

fn all_types() -> BTreeSet<String> {
    fn types<E: Event>(all: &mut BTreeSet<String>) {
        for name in E::TYPES {
            assert!(all.insert((*name).to_owned()), "two sets have an event {name}");
        }
    }
    let mut all = BTreeSet::new();
    every_set!(types, &mut all);
    all
}

#[test]
fn every_event_type_has_a_sample_that_is_written_again_as_it_was() {
    fn check<E: Event + std::fmt::Debug>(_: ()) {
        for name in E::TYPES {
            let sample = sample(name);
            assert_eq!(sample["type"], *name);
            let data = serde_json::to_vec(&sample["data"]).unwrap();
            let event = E::decode(name, &data).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            assert_eq!(event.event_type(), *name);
            assert_eq!(event.data(), sample["data"], "{name} is written differently than it was read");
            assert_eq!(serde_json::to_value(&event).unwrap(), sample, "{name} as a whole");
        }
    }
    every_set!(check, ());
}

#[test]
fn there_is_no_sample_of_an_event_that_nobody_knows() {
    assert_eq!(names_in(&folder("samples")), all_types());
}

#[test]
fn data_of_another_shape_and_unknown_types_are_refused() {
    fn check<E: Event>(_: ()) {
        for name in E::TYPES {
            let not_an_object = E::decode(name, b"7");
            assert!(not_an_object.is_err(), "{name} takes a number");
        }
        assert!(E::decode("NoSuchEvent", b"{}").is_err());
    }
    every_set!(check, ());
}

#[test]
fn the_json_schemas_are_up_to_date() {
    fn collect<E: Event>(all: &mut Vec<(&'static str, String)>) {
        for (name, schema) in E::json_schemas() {
            all.push((name, serde_json::to_string_pretty(&schema).unwrap() + "\n"));
        }
    }
    let mut all = Vec::new();
    every_set!(collect, &mut all);
    let folder = folder("events");
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for stale in names_in(&folder).difference(&all_types()) {
            std::fs::remove_file(folder.join(format!("{stale}.json"))).unwrap();
        }
        for (name, text) in &all {
            std::fs::write(folder.join(format!("{name}.json")), text).unwrap();
        }
    }
    for (name, text) in &all {
        let committed = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap_or_default();
        assert!(committed == *text, "schema/events/{name}.json is not up to date; run with HUIJU_BLESS=1");
    }
    assert_eq!(names_in(&folder), all_types());
}
