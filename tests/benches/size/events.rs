//! What the bench appends to the log: divisions, services as the centre publishes them, and a service that is shown anew.

use crate::rows::{Rows, Service};
use chassis::clock::Clock;
use chassis::log::{Expected, Log, Metadata, NewEvent};
use futures::StreamExt;
use schema::{Office, RegistrationId, ResourceId, Scope, Stream};
use serde_json::{Value, json};
use stories::divisions;

/// Appends on their way at a time.
const IN_FLIGHT: usize = 256;
/// When everything was published.
const PUBLISHED: &str = "2026-11-24T10:00:00+08:00";

/// Appends the divisions, one list for each county-level unit, and the services. How many events that were.
pub async fn publish(log: &Log, rows: &Rows) -> usize {
    let lists = divisions::lists(&rows.areas).map(|(stream, data)| (stream, "AreasListed", data));
    let mut count = append_all(log, lists).await;
    let services = rows.services.iter().map(|service| {
        let id = resource_id(service);
        (Stream::Resource(id), "ResourcePublished", json!({ "resource": resource(id, service) }))
    });
    count += append_all(log, services).await;
    count
}

async fn append_all(log: &Log, events: impl Iterator<Item = (Stream, &'static str, Value)>) -> usize {
    let appends = futures::stream::iter(events).map(|(stream, event_type, data)| {
        let log = log.clone();
        tokio::spawn(async move {
            let stream = stream.to_string();
            let id = schema::ids::derive(&[&stream, "bench", "0"]);
            let metadata = json!({ "$correlationId": id, "actor": "service:center", "effective_at": PUBLISHED,
                "recorded_at": PUBLISHED, "key": stream, "body": "", "schema": format!("{event_type}/1") });
            let event = NewEvent { id, event_type: event_type.to_owned(), data, metadata: Metadata::Given(metadata) };
            log.append(&stream, Expected::NoStream, vec![event]).await.expect("the log takes it");
        })
    });
    let mut appended = appends.buffer_unordered(IN_FLIGHT);
    let mut count = 0;
    while let Some(done) = appended.next().await {
        done.expect("no append panics");
        count += 1;
    }
    count
}

fn registration_id(service: &Service) -> RegistrationId {
    RegistrationId::of_form(Scope::of_digits(service.area), Office::Commerce, &service.id)
}

/// What a service is called in the log.
pub fn resource_id(service: &Service) -> ResourceId {
    ResourceId::of(registration_id(service))
}

/// A service as the centre publishes it.
fn resource(id: ResourceId, service: &Service) -> Value {
    let registration = registration_id(service);
    let fields = ["name", "category", "phones", "address", "hours", "eligibility"];
    let provenance = fields.map(|field| json!({ "field": field, "winner": registration, "rule": "only_value" }));
    json!({
        "id": id, "kind": "service", "name": service.name, "category": service.category,
        "provider": { "name": service.provider, "credit_code": null },
        "phones": [service.phone], "address": service.address, "area": service.area, "coverage": [service.coverage],
        "eligibility": service.eligibility(), "hours": service.hours(), "fees": null, "vacancy": service.places,
        "home_visits": null, "licence": { "standing": "not_required" },
        "sources": [{ "registration": registration, "office": "commerce" }], "provenance": provenance,
    })
}

/// A service that costs something else from now on: whatever was answered for a place that it serves is to be answered anew.
#[derive(Clone, Debug)]
pub struct Touch {
    id: ResourceId,
    resource: Value,
}

impl Touch {
    /// Of this service.
    pub fn of(service: &Service) -> Touch {
        let id = resource_id(service);
        Touch { id, resource: resource(id, service) }
    }

    /// Appends it. The service's id, and the fees by which it can be told that somebody has read the event.
    pub async fn append(mut self, log: &Log) -> (ResourceId, String) {
        let now = Clock::system().now();
        let fees = format!("免费，{}起", now.to_rfc3339());
        self.resource["fees"] = json!(fees);
        let stream = Stream::Resource(self.id).to_string();
        let id = schema::ids::derive(&[&stream, &fees]);
        let metadata = json!({ "$correlationId": id, "actor": "service:center", "effective_at": now, "recorded_at": now,
            "key": id, "body": "", "schema": "ResourceRevised/1" });
        let data = json!({ "resource": self.resource });
        let event =
            NewEvent { id, event_type: "ResourceRevised".to_owned(), data, metadata: Metadata::Given(metadata) };
        log.append(&stream, Expected::StreamExists, vec![event]).await.expect("the log takes it");
        (self.id, fees)
    }
}
