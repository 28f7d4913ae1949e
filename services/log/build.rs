//! Compiles the wire messages with a pure Rust compiler, so that building needs no protoc.

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let services = ["streams.proto", "server_features.proto", "gossip.proto"];
    let messages = protox::compile(services, [Path::new("proto")])?;
    tonic_prost_build::configure()
        .build_client(false)
        // The bodies of events are shared between the page that was read and every message made of it.
        .bytes(".event_store.client.streams")
        .compile_fds(messages)?;
    Ok(())
}
