//! An event of whichever office.

use crate::step::Step;
use crate::{clinic, commerce, womens_federation, youth_league};
use schema::clinic::ClinicEvent;
use schema::commerce::CommerceEvent;
use schema::womens_federation::WomensFederationEvent;
use schema::youth_league::YouthLeagueEvent;
use schema::{DecodeError, Event, Office, Shape};

/// An event of whichever office.
#[derive(Clone, Debug, PartialEq)]
pub enum OfficeEvent {
    /// Of a clinic.
    Clinic(ClinicEvent),
    /// Of the women's federation.
    WomensFederation(WomensFederationEvent),
    /// Of the youth league.
    YouthLeague(YouthLeagueEvent),
    /// Of the commerce office.
    Commerce(CommerceEvent),
}

impl OfficeEvent {
    /// Reads an event of `office`.
    ///
    /// # Errors
    /// When the office has no such event, or its data are not of its shape.
    pub fn decode(office: Office, shape: &Shape, data: &[u8]) -> Result<Self, DecodeError> {
        match office {
            Office::Clinic => ClinicEvent::decode(shape, data).map(OfficeEvent::Clinic),
            Office::WomensFederation => WomensFederationEvent::decode(shape, data).map(OfficeEvent::WomensFederation),
            Office::YouthLeague => YouthLeagueEvent::decode(shape, data).map(OfficeEvent::YouthLeague),
            Office::Commerce => CommerceEvent::decode(shape, data).map(OfficeEvent::Commerce),
        }
    }

    /// Whose it is.
    pub fn office(&self) -> Office {
        match self {
            OfficeEvent::Clinic(_) => Office::Clinic,
            OfficeEvent::WomensFederation(_) => Office::WomensFederation,
            OfficeEvent::YouthLeague(_) => Office::YouthLeague,
            OfficeEvent::Commerce(_) => Office::Commerce,
        }
    }

    /// Its name.
    pub fn event_type(&self) -> &'static str {
        match self {
            OfficeEvent::Clinic(event) => event.event_type(),
            OfficeEvent::WomensFederation(event) => event.event_type(),
            OfficeEvent::YouthLeague(event) => event.event_type(),
            OfficeEvent::Commerce(event) => event.event_type(),
        }
    }

    /// What it does to the registration.
    pub fn step(&self) -> Step {
        match self {
            OfficeEvent::Clinic(event) => clinic::step(event),
            OfficeEvent::WomensFederation(event) => womens_federation::step(event),
            OfficeEvent::YouthLeague(event) => youth_league::step(event),
            OfficeEvent::Commerce(event) => commerce::step(event),
        }
    }
}
