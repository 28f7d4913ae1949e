//! The youth league's events.

use crate::offer::Offer;
use crate::step::{Clearance, Said, Step};
use schema::youth_league::{Team, YouthLeagueEvent};
use schema::{Kind, Licence};

/// What an event of the youth league does to the registration.
pub fn step(event: &YouthLeagueEvent) -> Step {
    match event {
        YouthLeagueEvent::TeamRegistered(team) => Step::Registered(Box::new(said(team))),
        YouthLeagueEvent::TeamRevised(team) => Step::Revised(Box::new(said(team))),
        YouthLeagueEvent::ActivityScheduled(_) => Step::Noted,
        YouthLeagueEvent::PairingOffered(offered) => Step::PlacesOffered(offered.places),
        YouthLeagueEvent::TeamSuspended(suspended) => Step::Suspended(suspended.reason.clone()),
        YouthLeagueEvent::TeamResumed(_) => Step::Resumed,
        YouthLeagueEvent::TeamDisbanded(disbanded) => Step::Withdrawn(disbanded.reason.clone()),
        YouthLeagueEvent::TeamMovedIn(moved) => Step::MovedIn {
            said: Box::new(said(&moved.registration)),
            from: moved.transferred_from,
            first_registered_at: moved.first_registered_at,
            retracted: moved.retracted.clone(),
        },
        YouthLeagueEvent::TeamMovedOut(moved) => Step::MovedOut(moved.transferred_to),
    }
}

fn said(team: &Team) -> Said {
    let is_team = matches!(team.category.0.as_str(), "探访关爱" | "志愿服务") || team.name.contains("队");
    Said {
        offer: Offer {
            kind: if is_team { Kind::Team } else { Kind::Service },
            name: team.name.clone(),
            category: team.category.clone(),
            credit_code: None,
            phones: team.phones.clone(),
            address: team.meeting_place.clone(),
            area: team.village,
            coverage: team.coverage.clone(),
            eligibility: team.eligibility.clone(),
            hours: team.activity_times.clone(),
            fees: None,
            capacity: team.pairing_places,
            vacancy: team.vacancy,
            documents: team.documents.clone(),
            home_visits: None,
            licence: Licence::NotRequired,
            register_number: team.team_number.clone(),
            village_name: None,
            sealed_phones: team.leader.phones.clone(),
        },
        terms: None,
        clearance: Clearance::NotNeeded,
        inspection: None,
        registered_on: team.registered_on,
        source: team.source.clone(),
        doubts: team.doubts.clone(),
    }
}
