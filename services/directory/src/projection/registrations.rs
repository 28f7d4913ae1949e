//! What the offices registered: each registration with every state it was in.

use super::changes::{Change, ChangeKind, Cursor, Party};
use super::{AsOf, Counters, Dated, Poison, Said, Stamp};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use schema::area_book::AreaView;
use schema::clinic::ClinicEvent;
use schema::commerce::{CommerceEvent, Inspection, Merchant};
use schema::ids::{RegistrationId, ResourceId};
use schema::licence::Licence;
use schema::womens_federation::WomensFederationEvent;
use schema::youth_league::YouthLeagueEvent;
use schema::{AreaCode, Event, Office, Position, Shape};
use std::sync::Arc;

/// Where a registration stands with its office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// 在册
    Registered,
    /// 暂停
    Suspended,
    /// 注销
    Withdrawn,
}

/// A registration between two events of its stream.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistrationState {
    /// What the office said.
    pub said: Arc<Said>,
    /// When this state was recorded.
    pub changed_at: DateTime<Utc>,
    /// The clerk's reason for a suspension that holds.
    suspended: Option<Arc<str>>,
    /// The clerk's reason for a withdrawal that holds.
    withdrawn: Option<Arc<str>>,
    /// What it is in another county now.
    transferred_to: Option<RegistrationId>,
    /// Whether the last inspection was failed.
    failed_inspection: bool,
}

impl RegistrationState {
    /// Where it stands.
    pub fn status(&self) -> Status {
        if self.withdrawn.is_some() || self.transferred_to.is_some() {
            Status::Withdrawn
        } else if self.suspended.is_some() || self.failed_inspection {
            Status::Suspended
        } else {
            Status::Registered
        }
    }

    /// What it is in another county now, if its provider moved there.
    pub fn transferred_to(&self) -> Option<RegistrationId> {
        self.transferred_to
    }

    /// Whether it is in an area: its village, by the code that it has today.
    pub fn is_in(&self, area: AreaCode, divisions: AreaView<'_>) -> bool {
        divisions.carried(self.said.village, None).iter().any(|now| area.contains(*now))
    }

    /// Why it is suspended or withdrawn, in the clerk's words; none when an inspection did it.
    pub fn reason(&self) -> Option<&str> {
        self.withdrawn.as_deref().or(self.suspended.as_deref())
    }
}

/// One registration.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// Whose.
    pub office: Office,
    /// What it was in another county before, if its provider came from there.
    pub transferred_from: Option<RegistrationId>,
    /// The position of its first event.
    pub from: Position,
    /// When that was recorded.
    pub registered_at: DateTime<Utc>,
    /// Every state it was in, the first one first.
    pub states: Vec<Dated<RegistrationState>>,
}

impl Registration {
    /// The state that is seen.
    pub fn state(&self, as_of: AsOf) -> Option<&RegistrationState> {
        as_of.latest(&self.states)
    }
}

/// Every registration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registrations {
    by_id: OrdMap<RegistrationId, Arc<Registration>>,
    in_order: OrdMap<Position, RegistrationId>,
    of_resource: OrdMap<ResourceId, RegistrationId>,
}

/// What an office's event does to a registration, in words that are the same for all four.
#[derive(Debug)]
pub(super) enum Step {
    Registered(Box<Said>, Option<Inspection>),
    Revised(Box<Said>, Option<Inspection>),
    LicenceRenewed(Licence),
    PlacesOffered(u32),
    Inspected(Inspection),
    /// Something that only the office keeps.
    Noted,
    Suspended(String),
    Resumed,
    Withdrawn(String),
    /// Opened under a new id; it came from another county.
    MovedIn(Box<Said>, Option<Inspection>, RegistrationId),
    /// Closed; it goes on in another county.
    MovedOut(RegistrationId),
}

impl Step {
    pub(super) fn decode(office: Office, shape: &Shape, data: &[u8]) -> Result<Step, Poison> {
        Ok(match office {
            Office::Clinic => Step::of_clinic(ClinicEvent::decode(shape, data)?),
            Office::WomensFederation => Step::of_womens_federation(WomensFederationEvent::decode(shape, data)?),
            Office::YouthLeague => Step::of_youth_league(YouthLeagueEvent::decode(shape, data)?),
            Office::Commerce => Step::of_commerce(CommerceEvent::decode(shape, data)?),
        })
    }

    fn of_clinic(event: ClinicEvent) -> Step {
        match event {
            ClinicEvent::PracticeRegistered(practice) => Step::Registered(Box::new(practice.into()), None),
            ClinicEvent::PracticeRevised(practice) => Step::Revised(Box::new(practice.into()), None),
            ClinicEvent::LicenceRenewed(renewed) => {
                Step::LicenceRenewed(Licence::Until { number: renewed.number, expires: renewed.expires })
            }
            ClinicEvent::PracticeSuspended(suspended) => Step::Suspended(suspended.reason),
            ClinicEvent::PracticeResumed(_) => Step::Resumed,
            ClinicEvent::PracticeWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason),
            ClinicEvent::PracticeMovedIn(moved) => {
                Step::MovedIn(Box::new(moved.registration.into()), None, moved.transferred_from)
            }
            ClinicEvent::PracticeMovedOut(moved) => Step::MovedOut(moved.transferred_to),
        }
    }

    fn of_womens_federation(event: WomensFederationEvent) -> Step {
        match event {
            WomensFederationEvent::StationRegistered(station) => Step::Registered(Box::new(station.into()), None),
            WomensFederationEvent::StationRevised(station) => Step::Revised(Box::new(station.into()), None),
            WomensFederationEvent::VolunteersTrained(_) | WomensFederationEvent::SafeguardingCleared(_) => Step::Noted,
            WomensFederationEvent::StationSuspended(suspended) => Step::Suspended(suspended.reason),
            WomensFederationEvent::StationResumed(_) => Step::Resumed,
            WomensFederationEvent::StationWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason),
            WomensFederationEvent::StationMovedIn(moved) => {
                Step::MovedIn(Box::new(moved.registration.into()), None, moved.transferred_from)
            }
            WomensFederationEvent::StationMovedOut(moved) => Step::MovedOut(moved.transferred_to),
        }
    }

    fn of_youth_league(event: YouthLeagueEvent) -> Step {
        match event {
            YouthLeagueEvent::TeamRegistered(team) => Step::Registered(Box::new(team.into()), None),
            YouthLeagueEvent::TeamRevised(team) => Step::Revised(Box::new(team.into()), None),
            YouthLeagueEvent::ActivityScheduled(_) => Step::Noted,
            YouthLeagueEvent::PairingOffered(offered) => Step::PlacesOffered(offered.places),
            YouthLeagueEvent::TeamSuspended(suspended) => Step::Suspended(suspended.reason),
            YouthLeagueEvent::TeamResumed(_) => Step::Resumed,
            YouthLeagueEvent::TeamDisbanded(disbanded) => Step::Withdrawn(disbanded.reason),
            YouthLeagueEvent::TeamMovedIn(moved) => {
                Step::MovedIn(Box::new(moved.registration.into()), None, moved.transferred_from)
            }
            YouthLeagueEvent::TeamMovedOut(moved) => Step::MovedOut(moved.transferred_to),
        }
    }

    fn of_commerce(event: CommerceEvent) -> Step {
        let said = |merchant: Merchant| {
            let inspection = merchant.inspection.clone();
            (Box::new(Said::from(merchant)), inspection)
        };
        match event {
            CommerceEvent::MerchantRegistered(merchant) => {
                let (said, inspection) = said(merchant);
                Step::Registered(said, inspection)
            }
            CommerceEvent::MerchantRevised(merchant) => {
                let (said, inspection) = said(merchant);
                Step::Revised(said, inspection)
            }
            CommerceEvent::MerchantInspected(inspection) => Step::Inspected(inspection),
            CommerceEvent::ElderPriceAgreed(_) => Step::Noted,
            CommerceEvent::MerchantSuspended(suspended) => Step::Suspended(suspended.reason),
            CommerceEvent::MerchantResumed(_) => Step::Resumed,
            CommerceEvent::MerchantWithdrawn(withdrawn) => Step::Withdrawn(withdrawn.reason),
            CommerceEvent::MerchantMovedIn(moved) => {
                let (said, inspection) = said(moved.registration);
                Step::MovedIn(said, inspection, moved.transferred_from)
            }
            CommerceEvent::MerchantMovedOut(moved) => Step::MovedOut(moved.transferred_to),
        }
    }

    /// The state after this step; `None` when there is nothing that it could change.
    fn after(self, before: Option<&RegistrationState>, stamp: Stamp) -> Option<RegistrationState> {
        let failed = |inspection: Option<&Inspection>| match inspection {
            Some(inspection) => !inspection.passed,
            None => before.is_some_and(|before| before.failed_inspection),
        };
        if let Step::Registered(said, inspection) | Step::MovedIn(said, inspection, _) = self {
            // What it was suspended for before a withdrawal is over when it comes back; a failed inspection is not.
            return Some(RegistrationState {
                failed_inspection: failed(inspection.as_ref()),
                said: Arc::from(said),
                changed_at: stamp.recorded_at,
                suspended: None,
                withdrawn: None,
                transferred_to: None,
            });
        }
        let mut state = RegistrationState { changed_at: stamp.recorded_at, ..before?.clone() };
        match self {
            Step::Registered(..) | Step::MovedIn(..) | Step::Noted => {}
            Step::Revised(said, inspection) => {
                state.failed_inspection = failed(inspection.as_ref());
                state.said = Arc::from(said);
            }
            Step::LicenceRenewed(renewed) => Arc::make_mut(&mut state.said).licence = renewed_licence(&state, renewed),
            Step::PlacesOffered(places) => Arc::make_mut(&mut state.said).capacity = Some(places),
            Step::Inspected(inspection) => state.failed_inspection = !inspection.passed,
            Step::Suspended(reason) => state.suspended = Some(reason.into()),
            Step::Resumed => state.suspended = None,
            Step::Withdrawn(reason) => state.withdrawn = Some(reason.into()),
            Step::MovedOut(to) => state.transferred_to = Some(to),
        }
        Some(state)
    }

    fn is_registration(&self) -> bool {
        matches!(self, Step::Registered(..) | Step::MovedIn(..))
    }

    /// Where it came from, if this opens what came from another county.
    fn transferred_from(&self) -> Option<RegistrationId> {
        match self {
            Step::MovedIn(_, _, from) => Some(*from),
            Step::Registered(..)
            | Step::Revised(..)
            | Step::LicenceRenewed(_)
            | Step::PlacesOffered(_)
            | Step::Inspected(_)
            | Step::Noted
            | Step::Suspended(_)
            | Step::Resumed
            | Step::Withdrawn(_)
            | Step::MovedOut(_) => None,
        }
    }
}

/// A renewal that does not repeat the number keeps the one that was said.
fn renewed_licence(state: &RegistrationState, renewed: Licence) -> Licence {
    match (renewed, &state.said.licence) {
        (Licence::Until { number: None, expires }, Licence::Until { number, .. } | Licence::Unknown { number }) => {
            Licence::Until { number: number.clone(), expires }
        }
        (renewed, Licence::Until { .. } | Licence::Unknown { .. } | Licence::NotRequired) => renewed,
    }
}

impl Registrations {
    pub(super) fn fold(
        &mut self,
        id: RegistrationId,
        office: Office,
        step: Step,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<Vec<Change>, Poison> {
        let before = self.by_id.get(&id).and_then(|registration| registration.state(AsOf::Latest)).cloned();
        let (is_registration, transferred_from) = (step.is_registration(), step.transferred_from());
        let state = step.after(before.as_ref(), stamp).ok_or_else(|| Poison::OutOfTheBlue {
            event_type: "an office's event",
            what: format!("registration {id}"),
        })?;
        let (was, is) = (before.as_ref().map(RegistrationState::status), state.status());
        counters.registration_moved(office, was, is);
        let change = change(id, office, before.as_ref(), &state, is_registration, stamp);
        match self.by_id.get_mut(&id) {
            Some(registration) => Arc::make_mut(registration).states.push(stamp.dated(state)),
            None => {
                let registration = Registration {
                    id,
                    office,
                    transferred_from,
                    from: stamp.position,
                    registered_at: stamp.recorded_at,
                    states: vec![stamp.dated(state)],
                };
                self.by_id.insert(id, Arc::new(registration));
                self.in_order.insert(stamp.position, id);
                self.of_resource.insert(ResourceId::of(id), id);
            }
        }
        Ok(vec![change])
    }

    /// A registration, if it is known and seen.
    pub fn get(&self, id: RegistrationId, as_of: AsOf) -> Option<&Arc<Registration>> {
        self.by_id.get(&id).filter(|registration| as_of.sees(registration.from))
    }

    /// Every registration that is seen, in the order in which they were registered.
    pub fn iter(&self, as_of: AsOf) -> impl Iterator<Item = &Arc<Registration>> {
        self.in_order.iter().take_while(move |(from, _)| as_of.sees(**from)).filter_map(|(_, id)| self.by_id.get(id))
    }

    /// The registration that brought a resource id with it.
    pub fn bringing(&self, resource: ResourceId, as_of: AsOf) -> Option<RegistrationId> {
        let id = *self.of_resource.get(&resource)?;
        self.get(id, as_of).map(|registration| registration.id)
    }

    /// A registration as a change tells of it.
    pub(super) fn party(&self, id: RegistrationId) -> Option<Party> {
        let registration = self.by_id.get(&id)?;
        let said = &registration.state(AsOf::Latest)?.said;
        Some(Party { id, office: registration.office, name: Arc::clone(&said.name), area: said.village })
    }
}

fn change(
    id: RegistrationId,
    office: Office,
    before: Option<&RegistrationState>,
    state: &RegistrationState,
    is_registration: bool,
    stamp: Stamp,
) -> Change {
    let kind = match (before.map(RegistrationState::status), state.status()) {
        (None, _) => ChangeKind::Registered,
        (Some(Status::Withdrawn), Status::Registered | Status::Suspended) if is_registration => ChangeKind::Registered,
        (Some(Status::Registered), Status::Suspended) => ChangeKind::Suspended,
        (Some(Status::Suspended), Status::Registered) => ChangeKind::Resumed,
        (Some(Status::Registered | Status::Suspended), Status::Withdrawn) => ChangeKind::Withdrawn,
        (Some(_), _) => ChangeKind::Revised,
    };
    let said = &state.said;
    let mut areas: Vec<AreaCode> = vec![said.village];
    areas.extend(&said.coverage);
    if let Some(before) = before.filter(|before| !Arc::ptr_eq(&before.said, said)) {
        areas.push(before.said.village);
        areas.extend(&before.said.coverage);
    }
    let party = Party { id, office, name: Arc::clone(&said.name), area: said.village };
    Change {
        cursor: Cursor::default(),
        kind,
        at: stamp.recorded_at,
        name: Arc::clone(&said.name),
        category: Some(Arc::clone(&said.category)),
        areas: distinct(areas),
        office: Some(office),
        resource: None,
        into: None,
        merge: None,
        parties: Box::new([party]),
    }
}

/// The areas without repetition, the first one staying first.
pub(crate) fn distinct(areas: Vec<AreaCode>) -> Box<[AreaCode]> {
    let mut kept: Vec<AreaCode> = Vec::with_capacity(areas.len());
    for area in areas {
        if !kept.contains(&area) {
            kept.push(area);
        }
    }
    kept.into_boxed_slice()
}
