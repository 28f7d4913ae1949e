//! What the offices registered: each registration with every state it was in.

use super::changes::{Change, ChangeKind, Cursor, Party};
use super::{AsOf, Counters, Dated, Poison, Stamp};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use offers::{Hidden, OfficeEvent, Reading, Registered, Standing, SuspendedBy};
use schema::area_book::AreaView;
use schema::erasures::{RetractionReason, ValueRetracted};
use schema::ids::{RegistrationId, ResourceId};
use schema::resource::RetractableField;
use schema::{AreaCode, Office, Position};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a registration stands with its office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// 在册
    Registered,
    /// 暂停
    Suspended,
    /// 注销
    Withdrawn,
}

/// A registration between two events of its stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegistrationState {
    /// The registration as everyone but its office sees it.
    pub seen: Arc<Registered>,
    /// Its name, shared with what tells of it.
    pub name: Arc<str>,
    /// Its category, likewise.
    pub category: Arc<str>,
    /// When this state was recorded.
    pub changed_at: DateTime<Utc>,
}

impl RegistrationState {
    fn of(reading: &Reading, before: Option<&RegistrationState>, changed_at: DateTime<Utc>) -> RegistrationState {
        let seen = reading.view();
        let kept = |was: Option<&Arc<str>>, is: &str| match was {
            Some(was) if **was == *is => Arc::clone(was),
            Some(_) | None => Arc::from(is),
        };
        RegistrationState {
            name: kept(before.map(|before| &before.name), &seen.offer.name),
            category: kept(before.map(|before| &before.category), &seen.offer.category.0),
            seen: Arc::new(seen),
            changed_at,
        }
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        match self.seen.standing {
            Standing::InForce => Status::Registered,
            Standing::Suspended(_) => Status::Suspended,
            Standing::Withdrawn { .. } | Standing::MovedOut { .. } => Status::Withdrawn,
        }
    }

    /// What it is in another county now, if its provider moved there.
    pub fn transferred_to(&self) -> Option<RegistrationId> {
        self.seen.transferred_to()
    }

    /// Whether it is in an area: its village, by the code that it has today.
    pub fn is_in(&self, area: AreaCode, divisions: AreaView<'_>) -> bool {
        divisions.carried(self.seen.offer.area, None).iter().any(|now| area.contains(*now))
    }

    /// Why it is suspended or withdrawn, in the clerk's words; none when an inspection did it.
    pub fn reason(&self) -> Option<&str> {
        match &self.seen.standing {
            Standing::Withdrawn { reason } | Standing::Suspended(SuspendedBy::Clerk { reason }) => Some(reason),
            Standing::Suspended(SuspendedBy::Inspection { .. }) | Standing::MovedOut { .. } | Standing::InForce => None,
        }
    }
}

/// One registration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// What of it was retracted, in order.
    pub retractions: Vec<Retraction>,
    /// Its stream, folded: what the next event follows on.
    reading: Reading,
}

/// That a value of a registration is hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retraction {
    /// Of which field.
    pub field: RetractableField,
    /// Why.
    pub reason: RetractionReason,
    /// Who retracted it: the subject of a token, or `service:center` where an office did.
    pub by: String,
    /// When that was recorded.
    pub at: DateTime<Utc>,
}

impl Registration {
    /// The state that is seen.
    pub fn state(&self, as_of: AsOf) -> Option<&RegistrationState> {
        as_of.latest(&self.states)
    }
}

/// Every registration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Registrations {
    by_id: OrdMap<RegistrationId, Arc<Registration>>,
    in_order: OrdMap<Position, RegistrationId>,
    of_resource: OrdMap<ResourceId, RegistrationId>,
}

impl Registrations {
    pub(super) fn fold(
        &mut self,
        id: RegistrationId,
        event: &OfficeEvent,
        effective_at: DateTime<Utc>,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<Vec<Change>, Poison> {
        let office = event.office();
        let known = self.by_id.get(&id);
        let before = known.and_then(|registration| registration.state(AsOf::Latest)).cloned();
        let reading = known.map(|registration| registration.reading.clone());
        let reading = Reading::fold(reading, id, event, effective_at).ok_or_else(|| Poison::OutOfTheBlue {
            event_type: event.event_type(),
            what: format!("registration {id}"),
        })?;
        let state = RegistrationState::of(&reading, before.as_ref(), stamp.recorded_at);
        let (was, is) = (before.as_ref().map(RegistrationState::status), state.status());
        counters.registration_moved(office, was, is);
        let step = event.step();
        let kind = kind(before.as_ref(), &state, step.registers());
        let change = change(kind, id, office, before.as_ref(), &state, stamp);
        match self.by_id.get_mut(&id) {
            Some(registration) => {
                let registration = Arc::make_mut(registration);
                registration.states.push(stamp.dated(state));
                registration.reading = reading;
            }
            None => {
                let registration = Registration {
                    id,
                    office,
                    transferred_from: step.transferred_from(),
                    from: stamp.position,
                    registered_at: stamp.recorded_at,
                    states: vec![stamp.dated(state)],
                    retractions: Vec::new(),
                    reading,
                };
                self.by_id.insert(id, Arc::new(registration));
                self.in_order.insert(stamp.position, id);
                self.of_resource.insert(ResourceId::of(id), id);
            }
        }
        Ok(vec![change])
    }

    /// Hides values in every state that a registration was in.
    pub(super) fn retract(&mut self, retracted: &ValueRetracted, stamp: Stamp) -> Result<Change, Poison> {
        let id = retracted.registration;
        let registration = self.by_id.get_mut(&id).map(Arc::make_mut);
        let registration = registration
            .ok_or_else(|| Poison::OutOfTheBlue { event_type: "ValueRetracted", what: format!("registration {id}") })?;
        registration.reading.retract(retracted.field, retracted.reason);
        for state in registration.states.iter_mut().map(|dated| &mut dated.value) {
            let mut seen = Registered::clone(&state.seen);
            seen.hide(registration.reading.hidden());
            if *state.name != *seen.offer.name {
                state.name = seen.offer.name.as_str().into();
            }
            state.seen = Arc::new(seen);
        }
        registration.retractions.push(Retraction {
            field: retracted.field,
            reason: retracted.reason,
            by: retracted.retracted_by.clone(),
            at: stamp.recorded_at,
        });
        let state = registration
            .state(AsOf::Latest)
            .ok_or_else(|| Poison::OutOfTheBlue { event_type: "ValueRetracted", what: format!("registration {id}") })?;
        Ok(change(ChangeKind::Retracted, id, registration.office, None, state, stamp))
    }

    /// What is hidden of a registration, if anything is.
    pub(super) fn hidden(&self, id: RegistrationId) -> Option<&Hidden> {
        self.by_id.get(&id).map(|registration| registration.reading.hidden()).filter(|hidden| !hidden.is_empty())
    }

    /// Whether a registration openly said a value by some position: whoever showed it by then has it from there too.
    pub(super) fn openly_says(&self, id: RegistrationId, field: RetractableField, value: &str, by: Position) -> bool {
        let states = self.by_id.get(&id).into_iter().flat_map(|registration| &registration.states);
        states.take_while(|state| state.from <= by).any(|state| offers::says(&state.value.seen.offer, field, value))
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
        let state = registration.state(AsOf::Latest)?;
        let name = Arc::clone(&state.name);
        Some(Party { id, office: registration.office, name, area: state.seen.offer.area })
    }
}

fn kind(before: Option<&RegistrationState>, state: &RegistrationState, is_registration: bool) -> ChangeKind {
    match (before.map(RegistrationState::status), state.status()) {
        (None, _) => ChangeKind::Registered,
        (Some(Status::Withdrawn), Status::Registered | Status::Suspended) if is_registration => ChangeKind::Registered,
        (Some(Status::Registered), Status::Suspended) => ChangeKind::Suspended,
        (Some(Status::Suspended), Status::Registered) => ChangeKind::Resumed,
        (Some(Status::Registered | Status::Suspended), Status::Withdrawn) => ChangeKind::Withdrawn,
        (Some(_), _) => ChangeKind::Revised,
    }
}

fn change(
    kind: ChangeKind,
    id: RegistrationId,
    office: Office,
    before: Option<&RegistrationState>,
    state: &RegistrationState,
    stamp: Stamp,
) -> Change {
    let offer = &state.seen.offer;
    let mut areas: Vec<AreaCode> = vec![offer.area];
    areas.extend(&offer.coverage);
    if let Some(before) = before {
        areas.push(before.seen.offer.area);
        areas.extend(&before.seen.offer.coverage);
    }
    let party = Party { id, office, name: Arc::clone(&state.name), area: offer.area };
    Change {
        cursor: Cursor::default(),
        kind,
        at: stamp.recorded_at,
        name: Arc::clone(&state.name),
        category: Some(Arc::clone(&state.category)),
        areas: distinct(areas),
        office: Some(office),
        resource: None,
        into: None,
        merge: None,
        parties: Box::new([party]),
    }
}

/// The areas without repetition, the first one staying first.
pub fn distinct(areas: Vec<AreaCode>) -> Box<[AreaCode]> {
    let mut kept: Vec<AreaCode> = Vec::with_capacity(areas.len());
    for area in areas {
        if !kept.contains(&area) {
            kept.push(area);
        }
    }
    kept.into_boxed_slice()
}
