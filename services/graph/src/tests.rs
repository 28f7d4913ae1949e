mod asking;
mod cuts;
mod following;
mod kept;
mod moved_log;
mod nearest;
mod nulls;
mod over_time;
mod pages;
mod people;
mod planning;
mod prepared;
mod released;
mod retractions;
mod roles;
mod scopes;
mod search;
mod sight;
mod who;

use crate::execution::sdl;
use crate::testing::{Tale, Told, VILLAGE, asked, code, practice, published, registered, resource};
use crate::{Graph, testing};
use schema::area::Scheme;
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::clinic::ClinicEvent;
use schema::eligibility::Condition;
use schema::licence::Licence;
use serde_json::Value;
use std::path::Path;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/directory.graphql");

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::write(Path::new(COMMITTED), sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(committed == sdl(), "schema/directory.graphql is not what is served: write it with HUIJU_BLESS=1");
}

#[tokio::test]
async fn every_type_field_argument_and_value_says_what_it_means_in_both_languages() {
    let directory = Tale::default().directory();
    let answer = asked(
        &directory,
        "{ __schema { types { name description fields { name description args { name description } }
           inputFields { name description } enumValues { name description } } } }",
    )
    .await;
    let mut silent = Vec::new();
    let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    let in_both =
        |text: &str| text.starts_with(is_chinese) && text.contains(|letter: char| letter.is_ascii_alphabetic());
    let said = |thing: &Value| thing["description"].as_str().is_some_and(in_both);
    for kind in answer["data"]["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        // Those of the language itself, and of a federation of graphs, are not ours to describe.
        if name.starts_with('_') || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        if !said(kind) {
            silent.push(name.to_owned());
        }
        for part in ["fields", "inputFields", "enumValues"] {
            let is_ours = |member: &&Value| !member["name"].as_str().unwrap().starts_with('_');
            for member in kind[part].as_array().into_iter().flatten().filter(is_ours) {
                if !said(member) {
                    silent.push(format!("{name}.{}", member["name"]));
                }
                for argument in member["args"].as_array().into_iter().flatten().filter(|argument| !said(argument)) {
                    silent.push(format!("{name}.{}({})", member["name"], argument["name"]));
                }
            }
        }
    }
    assert!(silent.is_empty(), "the Chinese of what is new belongs into schema/descriptions.jsonl: {silent:?}");
}

/// Two canteens and a clinic in a listed village.
fn county() -> Tale {
    let listed = |code: &str, name: &str| Area {
        code: testing::code(code),
        name: name.to_owned(),
        level: testing::code(code).level(),
        parent: testing::code(code).with_ancestors().nth(1),
    };
    let list = |scheme, areas| {
        Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(AreasListed { scheme, areas, part: None }))
    };
    let mut over_80 = resource(2);
    over_80.eligibility.minimum_age = Some(80);
    over_80.coverage = vec![code("130306100")];
    let mut clinic = resource(3);
    clinic.category.0 = "助医".to_owned();
    clinic.licence = Licence::Until { number: None, expires: "2026-02-01".parse().unwrap() };
    clinic.eligibility.conditions = vec![Condition::LivesAlone];
    Tale::of([
        list(
            Scheme::Statistical2023,
            vec![
                listed("130306", "抚宁区"),
                listed("130306100", "抚宁镇"),
                listed(VILLAGE, "大李官营村委会"),
                listed("130306101", "留守营镇"),
            ],
        ),
        list(Scheme::Statistical2023, vec![listed("130371", "秦皇岛市经济技术开发区"), listed("130371200", "渤海乡")]),
        list(Scheme::CivilAffairs2026, vec![listed("130306105", "留守营镇"), listed("130304103", "渤海乡")]),
        Told::of(
            "areas-130306_statistical_2023",
            &AreasEvent::AreaChanged(AreaChanged {
                scheme: Scheme::Statistical2023,
                kind: AreaChangeKind::CountyToDistrict,
                on: ChangeDate::Year(2015),
                words: "撤县设区".to_owned(),
                old_code: Some(code("130323")),
                old_name: Some("抚宁县".to_owned()),
                new_code: Some(code("130306")),
                new_name: Some("抚宁区".to_owned()),
                document: None,
                unconfirmed: None,
            }),
        ),
        registered(1),
        registered(2),
        Told::clinic(3, &ClinicEvent::PracticeRegistered(practice(3))),
        published(resource(1)),
        published(over_80),
        published(clinic),
    ])
}

async fn code_of(directory: &Graph, query: &str) -> String {
    let answer = asked(directory, query).await;
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error in {answer}")).to_owned()
}
