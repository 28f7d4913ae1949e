//! One row of one office, from the clerk's file to the answer that an elder is given.

use crate::main_question::MONDAY_MORNING;
use schema::clinic::ClinicEvent;
use schema::resource::ResourceEvent;
use schema::{Office, ResourceId, Source, Stream};
use serde_json::json;
use stories::files::{self, cell};
use stories::oracle::Oracle;
use stories::question::{Question, ask};
use stories::world::World;

/// Hands in a file with one clinic and follows its row through the log to both surfaces of the directory.
async fn one_row_travels(world: &World, directories: &[&str]) {
    world.load_areas().await;
    // 苏庄卫生室: round the clock, for everyone, with a licence until 2029.
    let row = files::rows(Office::Clinic).swap_remove(1);
    let file = world.file("one.csv");
    files::write_table(&file, std::slice::from_ref(&row));
    world.must_import("clinic", &file).await;
    world.settled().await;

    // The office said it in its own words, in a stream of the registration's own.
    let log = world.log().await;
    let mut registered = Vec::new();
    log.catch_up(&["clinic-".to_owned()], None, |event| registered.push(event)).await.unwrap();
    assert_eq!(registered.len(), 1);
    let ClinicEvent::PracticeRegistered(practice) = registered[0].decode().unwrap() else {
        panic!("{:?}", registered[0])
    };
    assert_eq!(practice.name, cell(&row, "机构名称"));
    assert!(
        matches!(&practice.source, Source::HandIn { file, row: 1, .. } if file == "one.csv"),
        "{:?}",
        practice.source
    );
    let contact = practice.contact.expect("a contact");
    let kept = String::from_utf8(registered[0].data.to_vec()).unwrap();
    assert!(!kept.contains(cell(&row, "负责人")), "the log holds a person's name in clear");
    assert!(!contact.name.expect("a name").ciphertext.is_empty());
    let envelope = registered[0].envelope().unwrap();
    assert_eq!(envelope.office, Some(Office::Clinic));

    // The centre published it under the id that the registration brings with it.
    let registration = match registered[0].stream.parse() {
        Ok(Stream::Registration(Office::Clinic, id)) => id,
        other => panic!("{other:?}"),
    };
    let id = ResourceId::of(registration);
    let published = log.read_stream(&Stream::Resource(id).to_string()).await.unwrap();
    let ResourceEvent::ResourcePublished(shown) = published[0].decode().unwrap() else { panic!("{published:?}") };
    assert_eq!(shown.resource.name, practice.name);

    // The directory answers with it, and says which row of which file it comes from.
    let community = practice.village;
    let question = Question { community, person: None, at: MONDAY_MORNING.parse().unwrap() };
    for directory in directories {
        let api = world.public_of(directory);
        let offered = ask(&api, &question, false).await;
        assert_eq!(offered.len(), 1, "{directory}");
        assert_eq!(
            (offered[0].id.as_str(), offered[0].verdict.as_str(), offered[0].is_open, offered[0].reached_by.as_str()),
            (id.to_string().as_str(), "YES", Some(true), community.to_string().as_str())
        );
        let sources =
            "query ($id: ID!) { resource(id: $id) { name phone sources { id office sourceFile sourceRow } } }";
        let data = api.ask(sources, json!({ "id": id })).await;
        assert_eq!(data["resource"]["phone"], "+863355669699");
        let source = json!([{ "id": registration, "office": "CLINIC", "sourceFile": "one.csv", "sourceRow": 1 }]);
        assert_eq!(data["resource"]["sources"], source);
    }
    assert_eq!(Oracle::read(&log).await.answer(&question, false), ask(&world.public(), &question, false).await);
}

#[tokio::test]
async fn a_row_travels_from_a_clerks_file_to_the_answer_in_one_process() {
    let world = World::up().await;
    one_row_travels(&world, &["directory"]).await;
}

#[tokio::test]
async fn a_row_travels_just_so_when_every_service_is_its_own_process_and_two_directories_agree() {
    let world = World::apart().await;
    one_row_travels(&world, &["directory", "directory-2"]).await;

    // A little more of everything, and both directories give the same answers, which are the log's.
    for office in Office::ALL {
        let file = files::beginning(office, 120, world.folder());
        world.must_import(office.path(), &file).await;
    }
    world.settled().await;
    let oracle = Oracle::read(&world.log().await).await;
    let mut communities: Vec<_> = oracle.shown().flat_map(|resource| resource.coverage.clone()).collect();
    communities.sort_unstable();
    communities.dedup();
    let villages = communities.into_iter().filter(|code| code.level() == schema::AreaLevel::Village);
    for community in villages.step_by(7) {
        let question = Question { community, person: None, at: MONDAY_MORNING.parse().unwrap() };
        let one = ask(&world.public_of("directory"), &question, true).await;
        let other = ask(&world.public_of("directory-2"), &question, true).await;
        assert_eq!(one, other);
        assert_eq!(one, oracle.answer(&question, true));
    }
}
