//! What this server can do, asked by every client before its first call.

use crate::wire::Empty;
use crate::wire::server_features::server_features_server::ServerFeatures;
use crate::wire::server_features::{SupportedMethod, SupportedMethods};
use tonic::{Request, Response, Status};

/// The server version whose single-node behaviour this server follows.
const VERSION: &str = "24.6.0";

/// The service. It names only what is there: clients turn to other ways for what it leaves out.
#[derive(Debug)]
pub struct Features;

#[tonic::async_trait]
impl ServerFeatures for Features {
    async fn get_supported_methods(&self, _: Request<Empty>) -> Result<Response<SupportedMethods>, Status> {
        let method = |name: &str, features: &[&str]| SupportedMethod {
            method_name: name.to_owned(),
            service_name: "event_store.client.streams.streams".to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        };
        Ok(Response::new(SupportedMethods {
            methods: vec![
                method("read", &["position", "events"]),
                method("append", &[]),
                method("batchappend", &["deadline_duration"]),
                method("delete", &[]),
                method("tombstone", &[]),
            ],
            event_store_server_version: VERSION.to_owned(),
        }))
    }
}
