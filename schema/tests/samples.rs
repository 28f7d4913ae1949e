//! Every version of every event type has a sample that decodes, the latest is written again as it was, and each has a
//! JSON Schema that is up to date.
//!
//! The first version of `TeamRegistered` is `TeamRegistered.json`, its second `TeamRegistered_v2.json`, in `samples/` as in
//! `events/`. `HUIJU_BLESS=1 cargo test -p schema` writes the JSON Schemas anew. Samples are never written by a program:
//! one that shipped is never edited, and a shape that changes gets a new file beside the old one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what it does is part of the tests")]

use schema::areas::AreasEvent;
use schema::calendar::CalendarEvent;
use schema::clinic::ClinicEvent;
use schema::commerce::CommerceEvent;
use schema::decisions::DecisionEvent;
use schema::erasures::ErasureEvent;
use schema::hand_in::HandInEvent;
use schema::model::ModelEvent;
use schema::policy::PolicyEvent;
use schema::population::PopulationEvent;
use schema::progress::ProgressEvent;
use schema::questions::QuestionsEvent;
use schema::resource::ResourceEvent;
use schema::scopes::ScopesEvent;
use schema::womens_federation::WomensFederationEvent;
use schema::youth_league::YouthLeagueEvent;
use schema::{DecodeError, Event, Shape, event_enum};
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
        $question::<ModelEvent>($into);
        $question::<ProgressEvent>($into);
        $question::<ScopesEvent>($into);
        $question::<ErasureEvent>($into);
        $question::<PolicyEvent>($into);
        $question::<PopulationEvent>($into);
        $question::<QuestionsEvent>($into);
        $question::<CalendarEvent>($into);
    };
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The name of the files of a version of a type, without `.json`.
fn file(shape: &Shape) -> String {
    match shape.version {
        1 => shape.event_type.clone(),
        later => format!("{}_v{later}", shape.event_type),
    }
}

fn sample(folder: &Path, shape: &Shape) -> Value {
    let path = folder.join(format!("{}.json", file(shape)));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    json.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned())).collect()
}

fn shapes<E: Event>() -> Vec<Shape> {
    E::json_schemas().into_iter().map(|(shape, _)| shape).collect()
}

fn all_files() -> BTreeSet<String> {
    fn files<E: Event>(all: &mut BTreeSet<String>) {
        for shape in shapes::<E>() {
            assert!(all.insert(file(&shape)), "two sets have an event {shape}");
        }
    }
    let mut all = BTreeSet::new();
    every_set!(files, &mut all);
    all
}

/// The samples of a set lie in a folder: every version decodes, the latest is written again as it was.
fn check<E: Event + std::fmt::Debug + serde::Serialize>(folder: &Path) {
    for shape in shapes::<E>() {
        let sample = sample(folder, &shape);
        assert_eq!(sample["type"], shape.event_type);
        let data = serde_json::to_vec(&sample["data"]).unwrap();
        let event = E::decode(&shape, &data).unwrap_or_else(|problem| panic!("{shape}: {problem}"));
        assert_eq!(event.event_type(), shape.event_type);
        assert!(shape.version <= event.version(), "{shape} is newer than the latest");
        if shape.version == event.version() {
            assert_eq!(event.data().unwrap(), sample["data"], "{shape} is written differently than it was read");
            assert_eq!(serde_json::to_value(&event).unwrap(), sample, "{shape} as a whole");
        }
    }
}

#[test]
fn every_event_type_has_a_sample_that_is_written_again_as_it_was() {
    every_set!(check, &folder("samples"));
}

#[test]
fn there_is_no_sample_of_an_event_that_nobody_knows() {
    assert_eq!(names_in(&folder("samples")), all_files());
}

#[test]
fn data_of_another_shape_and_unknown_types_and_versions_are_told_apart() {
    fn check<E: Event>(_: ()) {
        for shape in shapes::<E>() {
            let not_an_object = E::decode(&shape, b"7");
            assert!(matches!(not_an_object, Err(DecodeError::Data { .. })), "{shape} takes a number");
            let newer = Shape::of(&shape.event_type, 99);
            assert!(matches!(E::decode(&newer, b"{}"), Err(DecodeError::UnknownVersion { .. })), "{newer} is read");
        }
        let unknown = E::decode(&Shape::of("NoSuchEvent", 1), b"{}");
        assert!(matches!(unknown, Err(DecodeError::UnknownType(_))));
    }
    every_set!(check, ());
}

#[test]
fn the_json_schemas_are_up_to_date() {
    fn collect<E: Event>(all: &mut Vec<(String, String)>) {
        for (shape, schema) in E::json_schemas() {
            all.push((file(&shape), serde_json::to_string_pretty(&schema).unwrap() + "\n"));
        }
    }
    let mut all = Vec::new();
    every_set!(collect, &mut all);
    let folder = folder("events");
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for stale in names_in(&folder).difference(&all_files()) {
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
    assert_eq!(names_in(&folder), all_files());
}

/// An event of no service: a walk that once said how many minutes it took, and says in seconds since.
mod walks {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// The shapes before the latest.
    pub mod v1 {
        use super::{Deserialize, JsonSchema, Serialize};

        #[derive(Serialize, Deserialize, JsonSchema)]
        pub struct Walked {
            pub minutes: u32,
        }

        impl From<Walked> for super::Walked {
            fn from(walked: Walked) -> super::Walked {
                super::Walked { seconds: walked.minutes * 60, with: None }
            }
        }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Walked {
        pub seconds: u32,
        pub with: Option<String>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub struct Rested {}
}

event_enum! {
    /// A walker's day.
    pub enum Walk {
        /// They walked.
        Walked(walks::Walked, before: [walks::v1::Walked]),
        /// They rested.
        Rested(walks::Rested),
    }
}

#[test]
fn an_old_shape_becomes_the_latest_when_it_is_read_and_only_the_latest_is_written() {
    let samples = folder("tests/walks");
    check::<Walk>(&samples);
    let files: BTreeSet<String> = shapes::<Walk>().iter().map(file).collect();
    assert_eq!(names_in(&samples), files);
    assert_eq!(files.iter().map(String::as_str).collect::<Vec<_>>(), ["Rested", "Walked", "Walked_v2"]);

    let read = |shape: &str| {
        let shape = shape.parse().unwrap();
        let data = serde_json::to_vec(&sample(&samples, &shape)["data"]).unwrap();
        Walk::decode(&shape, &data)
    };
    let old = read("Walked/1").unwrap();
    assert_eq!(old, Walk::Walked(walks::Walked { seconds: 1_200, with: None }));
    assert_eq!((old.shape(), old.data().unwrap()["seconds"].clone()), (Shape::of("Walked", 2), 1_200.into()));
    assert_eq!(read("Walked/2"), Ok(Walk::Walked(walks::Walked { seconds: 90, with: Some("li".to_owned()) })));
    let data = serde_json::to_vec(&sample(&samples, &Shape::of("Walked", 2))["data"]).unwrap();
    assert!(Walk::decode(&Shape::of("Walked", 1), &data).is_err(), "the version decides, not the data");
    let newer = Walk::decode(&Shape::of("Walked", 3), &data).unwrap_err();
    assert_eq!(newer.to_string(), "Walked/3 is not known here, only up to version 2");
}
