use super::*;
use std::path::Path;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/directory.graphql");

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    if std::env::var_os("HUIJU_WRITE_SCHEMA").is_some() {
        std::fs::write(Path::new(COMMITTED), sdl()).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(
        committed == sdl(),
        "schema/directory.graphql is not what is served; write it anew with HUIJU_WRITE_SCHEMA=1"
    );
}
