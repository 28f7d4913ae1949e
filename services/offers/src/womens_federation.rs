//! The women's federation's events.

use crate::offer::Offer;
use crate::step::{Clearance, Said, Step};
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{Kind, Licence};

/// What an event of the women's federation does to the registration.
pub fn step(event: &WomensFederationEvent) -> Step {
    match event {
        WomensFederationEvent::StationRegistered(station) => Step::Registered(Box::new(said(station))),
        WomensFederationEvent::StationRevised(station) => Step::Revised(Box::new(said(station))),
        WomensFederationEvent::VolunteersTrained(_) => Step::Noted,
        WomensFederationEvent::SafeguardingCleared(_) => Step::Cleared,
        WomensFederationEvent::StationSuspended(suspended) => Step::Suspended(suspended.reason.clone()),
        WomensFederationEvent::StationResumed(_) => Step::Resumed,
        WomensFederationEvent::StationWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason.clone()),
        WomensFederationEvent::StationMovedIn(moved) => Step::MovedIn {
            said: Box::new(said(&moved.registration)),
            from: moved.transferred_from,
            first_registered_at: moved.first_registered_at,
            retracted: moved.retracted.clone(),
        },
        WomensFederationEvent::StationMovedOut(moved) => Step::MovedOut(moved.transferred_to),
    }
}

fn said(station: &Station) -> Said {
    Said {
        offer: Offer {
            kind: Kind::Service,
            name: station.name.clone(),
            category: station.category.clone(),
            credit_code: None,
            phones: station.phones.clone(),
            address: station.address.clone(),
            area: station.village,
            coverage: station.coverage.clone(),
            eligibility: station.eligibility.clone(),
            hours: station.hours.clone(),
            fees: None,
            capacity: station.places,
            vacancy: station.vacancy,
            documents: station.documents.clone(),
            home_visits: None,
            licence: Licence::NotRequired,
            register_number: None,
            village_name: station.village_name.clone(),
            sealed_phones: station.contact.as_ref().map(|contact| contact.phones.clone()).unwrap_or_default(),
        },
        terms: None,
        clearance: match (station.awaits_clearance(), station.works_with_children()) {
            (true, _) => Clearance::Awaited,
            (false, true) => Clearance::Given,
            (false, false) => Clearance::NotNeeded,
        },
        inspection: None,
        registered_on: station.registered_on,
        source: station.source.clone(),
        doubts: station.doubts.clone(),
    }
}
