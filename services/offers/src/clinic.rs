//! The clinics' events.

use crate::offer::Offer;
use crate::step::{Clearance, Said, Step};
use schema::Kind;
use schema::clinic::{ClinicEvent, Practice};

/// What an event of a clinic does to the registration.
pub fn step(event: &ClinicEvent) -> Step {
    match event {
        ClinicEvent::PracticeRegistered(practice) => Step::Registered(Box::new(said(practice))),
        ClinicEvent::PracticeRevised(practice) => Step::Revised(Box::new(said(practice))),
        ClinicEvent::LicenceRenewed(renewed) => {
            Step::LicenceRenewed { number: renewed.number.clone(), expires: renewed.expires }
        }
        ClinicEvent::PracticeSuspended(suspended) => Step::Suspended(suspended.reason.clone()),
        ClinicEvent::PracticeResumed(_) => Step::Resumed,
        ClinicEvent::PracticeWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason.clone()),
        ClinicEvent::PracticeMovedIn(moved) => Step::MovedIn {
            said: Box::new(said(&moved.registration)),
            from: moved.transferred_from,
            first_registered_at: moved.first_registered_at,
            retracted: moved.retracted.clone(),
        },
        ClinicEvent::PracticeMovedOut(moved) => Step::MovedOut(moved.transferred_to),
    }
}

fn said(practice: &Practice) -> Said {
    Said {
        offer: Offer {
            kind: Kind::Service,
            name: practice.name.clone(),
            category: practice.category.clone(),
            credit_code: practice.credit_code.as_ref().map(|code| code.as_str().to_owned()),
            phones: practice.phones.clone(),
            address: practice.address.clone(),
            area: practice.village,
            coverage: practice.coverage.clone(),
            eligibility: practice.eligibility.clone(),
            hours: practice.sessions.clone(),
            fees: practice.fees.clone(),
            capacity: practice.beds,
            vacancy: practice.vacancy,
            documents: practice.documents.clone(),
            home_visits: practice.home_visits,
            licence: practice.licence.clone(),
            register_number: None,
            village_name: None,
            sealed_phones: practice.contact.as_ref().map(|contact| contact.phones.clone()).unwrap_or_default(),
        },
        terms: None,
        clearance: Clearance::NotNeeded,
        inspection: None,
        registered_on: practice.registered_on,
        source: practice.source.clone(),
        doubts: practice.doubts.clone(),
    }
}
