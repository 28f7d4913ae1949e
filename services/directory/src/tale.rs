//! Made-up resources, registrations and events, and the snapshot that they make: for the tests of the directory, and for
//! those of the interface over it, which takes this file in by its path.
#![allow(dead_code, reason = "neither uses all of it")]

use chassis::command::Command;
use chassis::log::{Metadata, NewEvent};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use directory::projection::{Input, Poison, Snapshot};
use schema::clinic::{ClinicEvent, Practice};
use schema::commerce::{CommerceEvent, Merchant};
use schema::decisions::{
    Compared, Comparison, Decider, DecidingRule, DecisionEvent, Grounds, Level, MergeProposed, MergeUndone,
    RegistrationsMerged,
};
use schema::eligibility::{Audience, Eligibility};
use schema::erasures::{ErasureEvent, RetractionReason, ValueRetracted};
use schema::hours::{Hours, Schedule};
use schema::ids::{HandInId, MergeId, RegistrationId, ResourceId};
use schema::licence::Licence;
use schema::position::LogId;
use schema::progress::{ProgressEvent, ProgressReached};
use schema::registration::Source;
use schema::resource::{
    Field, FieldProvenance, MemberSource, Provider, Resource, ResourceEvent, ResourceShown, RetractableField, Rule,
};
use schema::selection::ScopeSelection;
use schema::service::{Category, Kind};
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{AreaCode, Event, Office, Position, Quote, Shape, Stream};
use serde_json::json;
use uuid::Uuid;

pub const LOG: LogId = LogId(7);

/// 大李官营村.
pub const VILLAGE: &str = "130306100209";

pub fn code(text: &str) -> AreaCode {
    text.parse().unwrap()
}

pub fn registration(n: u128) -> RegistrationId {
    RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + n))
}

/// The resource that the n-th registration brings, shown by it alone.
pub fn resource(n: u128) -> Resource {
    Resource {
        id: ResourceId::of(registration(n)),
        kind: Kind::Service,
        name: format!("大李官营{n}号食堂"),
        category: Category("助餐".to_owned()),
        provider: Provider { name: format!("大李官营{n}号食堂"), credit_code: None },
        phones: vec!["+863355669699".parse().unwrap()],
        address: Some("迎宾路13号".to_owned()),
        area: code(VILLAGE),
        coverage: vec![code(VILLAGE)],
        eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
        hours: every_day(),
        fees: Some("每餐8元".to_owned()),
        capacity: Some(20),
        vacancy: None,
        documents: schema::Documents::default(),
        home_visits: None,
        licence: Licence::NotRequired,
        sources: vec![MemberSource { registration: registration(n), office: Office::Commerce }],
        provenance: vec![FieldProvenance {
            field: Field::Name,
            winner: Some(registration(n)),
            rule: Rule::OnlyValue,
            losing: Vec::new(),
            more_losing: 0,
        }],
    }
}

/// `每天 10:30-12:30`.
pub fn every_day() -> Hours {
    Hours {
        text: "每天 10:30-12:30".to_owned(),
        schedules: vec![Schedule {
            rrule: "FREQ=DAILY".to_owned(),
            dtstart: None,
            opens_at: NaiveTime::from_hms_opt(10, 30, 0).unwrap(),
            duration_minutes: 120,
            ..Schedule::default()
        }],
    }
}

pub fn merchant(n: u128) -> Merchant {
    Merchant {
        address: Some("迎宾路13号".to_owned()),
        delivery: vec![code("130306100")],
        phones: vec!["+863355669699".parse().unwrap()],
        hours: every_day(),
        elder_price_fen: Some(800),
        meals_a_day: Some(50),
        eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
        ..Merchant::named(format!("大李官营{n}号食堂"), Category("助餐".to_owned()), code(VILLAGE))
    }
}

pub fn practice(n: u128) -> Practice {
    Practice {
        licence: Licence::Unknown { number: Some("PDY1".to_owned()) },
        coverage: vec![code(VILLAGE)],
        source: Source::HandIn {
            hand_in: HandInId(Uuid::from_u128((0x0013_0306 << 104) + 1)),
            list: "default".to_owned(),
            file: "clinic.csv".to_owned(),
            row: 9,
        },
        ..Practice::named(format!("大李官营{n}号卫生室"), Category("助医".to_owned()), code(VILLAGE))
    }
}

/// A station for children and women that awaits its clearance.
pub fn station(n: u128) -> Station {
    Station {
        coverage: vec![code(VILLAGE)],
        eligibility: Eligibility { audiences: vec![Audience::Children, Audience::Women], ..Eligibility::default() },
        places: Some(12),
        ..Station::named(format!("大李官营{n}号妇女儿童之家"), Category("儿童关爱".to_owned()), code(VILLAGE))
    }
}

pub fn registered(n: u128) -> Told {
    Told::commerce(n, &CommerceEvent::MerchantRegistered(merchant(n)))
}

pub fn grounds(decided_by: Decider) -> Grounds {
    Grounds {
        probability: Some(0.97),
        weight: Some(5.0),
        comparisons: vec![Comparison {
            comparison: Compared::Name,
            level: Level::Similar,
            weight: 4.0,
            left: vec![Quote::Said("甲".to_owned())],
            right: vec![Quote::Said("乙".to_owned())],
        }],
        model: "1".to_owned(),
        decided_by,
        on_behalf_of: None,
        reason: None,
    }
}

pub fn rule() -> Decider {
    Decider::Rule { name: DecidingRule::AboveMergeThreshold }
}

pub fn pair(a: u128, b: u128) -> [RegistrationId; 2] {
    let (a, b) = (registration(a), registration(b));
    if a <= b { [a, b] } else { [b, a] }
}

pub fn merge_id(a: u128, b: u128) -> MergeId {
    MergeId::of(registration(a), registration(b), 0)
}

pub fn merged(a: u128, b: u128) -> Told {
    Told::decision(&DecisionEvent::RegistrationsMerged(RegistrationsMerged {
        id: merge_id(a, b),
        pair: pair(a, b),
        grounds: grounds(rule()),
    }))
}

pub fn proposed(a: u128, b: u128) -> Told {
    Told::decision(&DecisionEvent::MergeProposed(MergeProposed {
        id: merge_id(a, b),
        pair: pair(a, b),
        grounds: grounds(rule()),
    }))
}

pub fn undone(a: u128, b: u128) -> Told {
    Told::decision(&DecisionEvent::MergeUndone(MergeUndone {
        id: merge_id(a, b),
        pair: pair(a, b),
        keep_apart: true,
        by: "wang".to_owned(),
        reason: "不是同一家".to_owned(),
    }))
}

pub fn retracted(n: u128, field: RetractableField) -> Told {
    Told::of(
        "erasures-130306",
        &ErasureEvent::ValueRetracted(ValueRetracted {
            registration: registration(n),
            field,
            reason: RetractionReason::PersonObjected,
            retracted_by: "wang".to_owned(),
        }),
    )
}

pub fn published(resource: Resource) -> Told {
    Told::resource(&ResourceEvent::ResourcePublished(ResourceShown { resource }))
}

/// A registration of another scope.
pub fn registration_in(scope: &str, n: u128) -> RegistrationId {
    format!("{scope}00-0000-8000-8000-{n:012x}").parse().unwrap()
}

/// A merchant registered in another scope, at the village of that number in its first town.
pub fn registered_in(scope: &str, n: u128) -> Told {
    let village = code(&format!("{scope}100201"));
    let merchant = Merchant { village, delivery: vec![village], ..merchant(n) };
    Told::of(format!("commerce-{}", registration_in(scope, n)), &CommerceEvent::MerchantRegistered(merchant))
}

/// The same, published; it serves its village.
pub fn published_in(scope: &str, n: u128) -> Told {
    let (registration, village) = (registration_in(scope, n), code(&format!("{scope}100201")));
    published(Resource {
        id: ResourceId::of(registration),
        area: village,
        coverage: vec![village],
        sources: vec![MemberSource { registration, office: Office::Commerce }],
        ..resource(n)
    })
}

/// The centre of another scope has acted so far.
pub fn through_in(scope: &str, position: Position) -> Told {
    Told::of(
        format!("checkpoint-{scope}_center"),
        &ProgressEvent::ProgressReached(ProgressReached { through: position.of(LOG), rules: None }),
    )
}

pub fn through(position: Position) -> Told {
    Told::of(
        "checkpoint-130306_center",
        &ProgressEvent::ProgressReached(ProgressReached { through: position.of(LOG), rules: None }),
    )
}

/// An event before it is recorded.
#[derive(Clone, Debug)]
pub struct Told {
    stream: String,
    shape: Shape,
    data: Vec<u8>,
}

impl Told {
    pub fn of(stream: impl Into<String>, event: &impl Event) -> Told {
        let data = serde_json::to_vec(&event.data().unwrap()).unwrap();
        Told { stream: stream.into(), shape: event.shape(), data }
    }

    /// What a newer program says.
    pub fn newer(stream: String, shape: &Shape, data: &serde_json::Value) -> Told {
        Told { stream, shape: shape.clone(), data: serde_json::to_vec(data).unwrap() }
    }

    pub fn data(&self) -> serde_json::Value {
        serde_json::from_slice(&self.data).unwrap()
    }

    /// As a log takes it: the `n`th that somebody told.
    pub fn event(&self, n: usize) -> (String, NewEvent) {
        let data = serde_json::from_slice(&self.data).unwrap();
        let command = Command::of("li", n.to_string(), &data, start()).unwrap();
        let metadata = Metadata::Of(Box::new(command), self.shape.clone());
        let id = Uuid::from_u128(n.try_into().unwrap());
        (self.stream.clone(), NewEvent { id, event_type: self.shape.event_type.clone(), data, metadata })
    }

    pub fn commerce(n: u128, event: &CommerceEvent) -> Told {
        Told::of(format!("commerce-{}", registration(n)), event)
    }

    pub fn clinic(n: u128, event: &ClinicEvent) -> Told {
        Told::of(format!("clinic-{}", registration(n)), event)
    }

    pub fn womens_federation(n: u128, event: &WomensFederationEvent) -> Told {
        Told::of(format!("womens_federation-{}", registration(n)), event)
    }

    pub fn decision(event: &DecisionEvent) -> Told {
        Told::of("decisions-130306", event)
    }

    pub fn resource(event: &ResourceEvent) -> Told {
        let id = match event {
            ResourceEvent::ResourcePublished(shown)
            | ResourceEvent::ResourceRevised(shown)
            | ResourceEvent::ResourceRestored(shown) => shown.resource.id,
            ResourceEvent::ResourceAbsorbed(absorbed) => absorbed.id,
            ResourceEvent::ResourceWithdrawn(withdrawn) => withdrawn.id,
        };
        Told::of(Stream::Resource(id).to_string(), event)
    }
}

/// A log in memory, folded as it is told.
#[derive(Clone, Debug, Default)]
pub struct Tale {
    pub snapshot: Snapshot,
    told: Vec<(Told, Position, DateTime<Utc>)>,
}

pub fn start() -> DateTime<Utc> {
    "2026-03-02T00:00:00Z".parse().unwrap()
}

impl Tale {
    pub fn of(events: impl IntoIterator<Item = Told>) -> Tale {
        let mut tale = Tale::default();
        for event in events {
            tale.tell(event);
        }
        tale
    }

    /// Records an event a minute after the one before, and folds it.
    pub fn tell(&mut self, event: Told) -> Position {
        let time = start() + TimeDelta::minutes(self.told.len().try_into().unwrap());
        self.tell_at(event, time).expect("can be taken in")
    }

    pub fn tell_at(&mut self, event: Told, time: DateTime<Utc>) -> Result<Position, Poison> {
        let commit = u64::try_from(self.told.len()).unwrap() * 10;
        let position = Position { commit, prepare: commit };
        self.told.push((event, position, time));
        let (event, ..) = self.told.last().unwrap();
        apply(&mut self.snapshot, event, position, time)?;
        Ok(position)
    }

    pub fn positions(&self) -> Vec<Position> {
        self.told.iter().map(|(_, position, _)| *position).collect()
    }

    /// A snapshot folded anew from the events up to and including a position.
    pub fn rebuilt(&self, through: Option<Position>) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (event, position, time) in &self.told {
            if through.is_none_or(|through| *position <= through) {
                drop(apply(&mut snapshot, event, *position, *time));
            }
        }
        snapshot
    }

    /// Folds those of the events that come after what a snapshot has taken in.
    pub fn tell_on(&self, snapshot: &mut Snapshot, through: Option<Position>) {
        for (event, position, time) in &self.told {
            if through.is_none_or(|through| *position <= through) {
                drop(apply(snapshot, event, *position, *time));
            }
        }
    }

    /// A snapshot of some scopes, folded from the same events.
    pub fn held_by(&self, held: &ScopeSelection) -> Snapshot {
        let mut snapshot = Snapshot::of(held.clone());
        for (event, position, time) in &self.told {
            drop(apply(&mut snapshot, event, *position, *time));
        }
        snapshot
    }
}

fn apply(snapshot: &mut Snapshot, event: &Told, position: Position, recorded_at: DateTime<Utc>) -> Result<(), Poison> {
    let metadata = serde_json::to_vec(&json!({
        "$correlationId": Uuid::nil(), "actor": "li", "effective_at": recorded_at,
        "recorded_at": recorded_at, "key": "k", "body": "b", "schema": event.shape.to_string(),
    }));
    snapshot.apply(&Input {
        stream: &event.stream,
        event_type: &event.shape.event_type,
        data: &event.data,
        metadata: &metadata.unwrap(),
        position,
        log: LOG,
    })
}
