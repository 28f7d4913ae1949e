//! Ctrl-C.

use schema::Office;
use serde_json::{Value, json};
use stories::files;
use stories::subscription::OverSse;
use stories::wait;
use stories::world::World;

#[tokio::test]
async fn ctrl_c_lets_a_hand_in_under_way_end_well_and_exits_with_0() {
    let mut world = World::up().await;
    world.load_areas().await;
    // A dashboard that follows for ever must not hold the process back.
    let query = "subscription { directoryChanges { cursor } }";
    let _following = OverSse::open(&world.public(), query, Value::Null).await;
    let clerk = world.clerk(Office::Clinic).await;
    let bytes = std::fs::read(files::beginning(Office::Clinic, 300, world.folder())).unwrap();
    let hand_in =
        tokio::spawn(
            async move { clerk.hand_in_or_not("/api/clinic/imports", "under-way", "clinic.csv", bytes).await },
        );
    let log = world.log().await;
    wait::until("the hand-in to begin", wait::SOON, async || {
        let mut begun = false;
        log.catch_up(&["import-".to_owned()], None, |_| begun = true).await.map_err(|error| error.to_string())?;
        if begun { Ok(()) } else { Err("nothing was handed in yet".to_owned()) }
    })
    .await;
    let status = world.interrupt("up", wait::SOON).await;
    assert!(status.success(), "it ended with {status}");
    let answered = hand_in.await.unwrap();

    // Whether the answer still came or not, the same file again ends with every row registered once.
    world.start_up().await;
    world.must_import("clinic", &world.file("clinic.csv")).await;
    world.settled().await;
    let total = "query { registrations(office: CLINIC) { totalCount } }";
    let registrations = world.steward().await.ask(total, json!({})).await;
    assert_eq!(registrations["registrations"]["totalCount"], 300, "the answer under way was {answered:?}");
}

#[tokio::test]
async fn every_service_of_its_own_exits_with_0_when_asked_to() {
    let mut world = World::apart().await;
    let services = ["directory-2", "directory", "center", "clinic", "commerce", "areas", "accounts", "log"];
    for service in services {
        let status = world.interrupt(service, wait::SOON).await;
        assert!(status.success(), "{service} ended with {status}");
    }
}

#[tokio::test]
async fn a_demonstration_that_starts_again_leaves_a_newer_hand_in_as_it_is() {
    let mut world = World::up_with_demo().await;
    let mut rows = files::rows(Office::Clinic);
    files::set_cell(&mut rows[0], "机构名称", "改了名的卫生室");
    let newer = world.file("clinic.csv");
    files::write_table(&newer, &rows);
    world.must_import("clinic", &newer).await;
    world.settled().await;
    let named = async |world: &World| {
        let query = "query { registrations(office: CLINIC, first: 1000) { nodes { name } } }";
        let data = world.steward().await.ask(query, json!({})).await;
        let nodes = data["registrations"]["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().filter(|node| node["name"] == "改了名的卫生室").count()
    };
    assert_eq!(named(&world).await, 1);
    assert!(world.interrupt("up", wait::SOON).await.success());
    world.start_up().await;
    assert_eq!(named(&world).await, 1, "the demonstration took a clerk's edition back");
}
