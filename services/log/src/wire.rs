//! The messages and service traits generated from `proto/`. Field numbers and meanings are those of the public protocol.

#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::wildcard_imports)]

tonic::include_proto!("event_store.client");

pub mod streams {
    tonic::include_proto!("event_store.client.streams");
}

pub mod server_features {
    tonic::include_proto!("event_store.client.server_features");
}

pub mod gossip {
    tonic::include_proto!("event_store.client.gossip");
}
