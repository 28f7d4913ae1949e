//! What the centre publishes of a registration that is merged with no other, and what the directory says of that
//! registration, are the same, field by field, after whatever its office did.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test, what should not be is best met by a panic that says where"
)]

mod histories;

use center::publication::Published;
use center::registry::Registry;
use chrono::{DateTime, Duration, Utc};
use directory::projection::{AsOf, Input, RegistrationState, Snapshot};
use offers::OfficeEvent;
use proptest::prelude::*;
use schema::position::LogId;
use schema::{Event, Office, Position, RegistrationId, ResourceId, Stream};
use serde_json::json;
use uuid::Uuid;

fn id() -> RegistrationId {
    RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + 1))
}

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(day)
}

/// What stands published once the centre has applied a registration's events.
fn published(events: &[OfficeEvent]) -> Option<Published> {
    let mut registry = Registry::default();
    let mut published = None;
    for (event, day) in events.iter().zip(1..) {
        registry.apply_office(id(), event, at(day), None);
        while registry.decide().is_some() {}
        for publication in registry.publications() {
            registry.apply_published(publication.id, publication.after, &publication.event);
            if publication.id == ResourceId::of(id()) {
                published = Some(Published::after(&publication.event));
            }
        }
    }
    published
}

fn data(event: &OfficeEvent) -> serde_json::Value {
    match event {
        OfficeEvent::Clinic(event) => event.data().unwrap(),
        OfficeEvent::WomensFederation(event) => event.data().unwrap(),
        OfficeEvent::YouthLeague(event) => event.data().unwrap(),
        OfficeEvent::Commerce(event) => event.data().unwrap(),
    }
}

/// What the directory says of the registration once it has folded the same events as the log holds them.
fn said(office: Office, events: &[OfficeEvent]) -> RegistrationState {
    let mut snapshot = Snapshot::default();
    let stream = Stream::Registration(office, id()).to_string();
    for (event, day) in events.iter().zip(1..) {
        let commit = u64::try_from(day).unwrap();
        let metadata = json!({
            "$correlationId": Uuid::nil(), "actor": "li", "effective_at": at(day), "recorded_at": at(day),
            "key": day.to_string(), "body": "", "schema": format!("{}/1", event.event_type()),
        });
        let input = Input {
            stream: &stream,
            event_type: event.event_type(),
            data: &serde_json::to_vec(&data(event)).unwrap(),
            metadata: &serde_json::to_vec(&metadata).unwrap(),
            position: Position { commit, prepare: commit },
            log: LogId(7),
        };
        snapshot.apply(&input).unwrap();
    }
    snapshot.registrations.get(id(), AsOf::Latest).unwrap().state(AsOf::Latest).unwrap().clone()
}

fn agree(office: Office, events: &[OfficeEvent]) {
    let state = said(office, events);
    let (seen, offer) = (&state.seen, &state.seen.offer);
    match published(events).unwrap() {
        Published::Shown(resource) => {
            assert_eq!(seen.not_shown(), None);
            assert_eq!(*state.name, *resource.name);
            assert_eq!(resource.provider.name, resource.name);
            assert_eq!(*state.category, *resource.category.0);
            assert_eq!(offer.kind, resource.kind);
            assert_eq!(offer.credit_code, resource.provider.credit_code);
            assert_eq!(offer.phones, resource.phones);
            assert_eq!(offer.address, resource.address);
            assert_eq!(offer.area, resource.area);
            let serves = if offer.coverage.is_empty() { vec![offer.area] } else { offer.coverage.clone() };
            assert_eq!(serves, resource.coverage, "who says nothing serves where it is");
            assert_eq!(offer.eligibility, resource.eligibility);
            assert_eq!(offer.hours, resource.hours);
            assert_eq!(offer.fees, resource.fees);
            assert_eq!(offer.capacity, resource.capacity);
            assert_eq!(offer.vacancy, resource.vacancy);
            assert_eq!(offer.documents, resource.documents);
            assert_eq!(offer.home_visits, resource.home_visits);
            assert_eq!(offer.licence, resource.licence);
        }
        Published::Withdrawn(reason) => assert_eq!(seen.not_shown(), Some(reason)),
        Published::Absorbed(into) => {
            let moved_to = state.transferred_to().map(ResourceId::of);
            assert_eq!(moved_to, Some(into), "merged with nothing, so only a move leads elsewhere");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_card_and_the_registration_behind_it_say_the_same((office, events) in histories::any()) {
        agree(office, &events);
    }
}
