//! The description of every command and of what is asked over plain HTTP, as a reviewer sees it change: schema/openapi.json.
//!
//! `HUIJU_BLESS=1` writes it anew.

use stories::process::workspace;
use stories::world::World;

#[tokio::test]
async fn the_openapi_document_is_the_one_in_schema() {
    let world = World::up().await;
    let mut served = world.public().get("/openapi.json").await.success().body;
    // It is the contract's, whatever the number of the release.
    served["info"]["version"].take();
    let document = format!("{}\n", serde_json::to_string_pretty(&served).unwrap());
    let path = workspace().join("schema/openapi.json");
    if std::env::var_os("HUIJU_BLESS").is_some() {
        std::fs::write(&path, &document).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == document, "schema/openapi.json is not what is served; write it with HUIJU_BLESS=1");
}
