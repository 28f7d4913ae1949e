//! An event as it was read: all that can be made of it before what came before it is folded, so that it can be done beside the
//! fold and out of order.

use super::Input;
use super::resources::ToldOfResource;
use chrono::{DateTime, Utc};
use offers::OfficeEvent;
use schema::answering::Content;
use schema::areas::AreasEvent;
use schema::calendar::CalendarEvent;
use schema::decisions::DecisionEvent;
use schema::erasures::ErasureEvent;
use schema::hand_in::HandInEvent;
use schema::ids::{HandInId, RegistrationId};
use schema::policy::PolicyEvent;
use schema::population::PopulationEvent;
use schema::progress::ProgressEvent;
use schema::questions::QuestionsEvent;
use schema::resource::{Resource, ResourceEvent};
use schema::scopes::ScopesEvent;
use schema::streams::{Processor, UnknownStream};
use schema::{DecodeError, Envelope, Event, Scope, Stream};

/// An event that was read, or why it cannot be.
#[derive(Debug)]
pub struct Decoded {
    pub(super) stream: Result<Stream, UnknownStream>,
    /// When its envelope says that it was recorded.
    pub(super) recorded_at: Option<DateTime<Utc>>,
    pub(super) said: Result<Said, DecodeError>,
}

/// What an event says.
#[derive(Debug)]
pub(super) enum Said {
    /// With when it is true.
    OfOffice(RegistrationId, Box<OfficeEvent>, DateTime<Utc>),
    Resource(Box<ToldOfResource>),
    Decision(Box<DecisionEvent>),
    Areas(AreasEvent),
    /// With who gave it in.
    HandIn(HandInId, HandInEvent, String),
    Progress(Scope, ProgressEvent),
    Erasure(ErasureEvent),
    Scopes(ScopesEvent),
    Calendar(Scope, CalendarEvent),
    Population(PopulationEvent),
    Policy(Scope, Box<PolicyEvent>),
    Questions(QuestionsEvent),
    /// What the directory takes nothing from.
    Nothing,
}

impl Decoded {
    /// The stream of the event, if its name is one of ours.
    pub fn stream(&self) -> Option<Stream> {
        self.stream.as_ref().ok().copied()
    }

    /// Reads an event.
    pub fn of(input: &Input<'_>) -> Decoded {
        let stream: Result<Stream, UnknownStream> = input.stream.parse();
        let envelope = Envelope::read(input.event_type, input.metadata);
        let recorded_at = envelope.as_ref().ok().map(|envelope| envelope.recorded_at);
        let said = envelope.and_then(|envelope| match stream {
            Ok(stream) => Said::of(stream, envelope, input.data),
            Err(_) => Ok(Said::Nothing),
        });
        Decoded { stream, recorded_at, said }
    }
}

impl Said {
    fn of(stream: Stream, envelope: Envelope, data: &[u8]) -> Result<Said, DecodeError> {
        let shape = &envelope.schema;
        Ok(match stream {
            Stream::Registration(office, id) => {
                let event = Box::new(OfficeEvent::decode(office, shape, data)?);
                Said::OfOffice(id, event, envelope.effective_at)
            }
            Stream::Resource(_) => Said::Resource(Box::new(ToldOfResource::of(ResourceEvent::decode(shape, data)?))),
            Stream::Decisions(_) => Said::Decision(Box::new(DecisionEvent::decode(shape, data)?)),
            Stream::Areas(..) => Said::Areas(AreasEvent::decode(shape, data)?),
            Stream::HandIn(id) => Said::HandIn(id, HandInEvent::decode(shape, data)?, envelope.actor),
            Stream::Checkpoint(scope, Processor::Center) => Said::Progress(scope, ProgressEvent::decode(shape, data)?),
            Stream::Erasures(_) => Said::Erasure(ErasureEvent::decode(shape, data)?),
            Stream::Scopes => Said::Scopes(ScopesEvent::decode(shape, data)?),
            Stream::Calendar(scope) => Said::Calendar(scope, CalendarEvent::decode(shape, data)?),
            Stream::Population(_) => Said::Population(PopulationEvent::decode(shape, data)?),
            Stream::Policy(scope) => Said::Policy(scope, Box::new(PolicyEvent::decode(shape, data)?)),
            Stream::Questions(_) => Said::Questions(QuestionsEvent::decode(shape, data)?),
            Stream::Model(_) | Stream::Log => Said::Nothing,
        })
    }

    /// What it says to centres.
    pub(super) fn to_centers(&self) -> Option<Content<'_>> {
        match self {
            Said::Decision(decision) => Some(Content::Decision(decision)),
            Said::Erasure(erasure) => Some(Content::Erasure(erasure)),
            Said::OfOffice(..)
            | Said::Resource(_)
            | Said::Areas(_)
            | Said::HandIn(..)
            | Said::Progress(..)
            | Said::Scopes(_)
            | Said::Calendar(..)
            | Said::Population(_)
            | Said::Policy(..)
            | Said::Questions(_)
            | Said::Nothing => None,
        }
    }
}

/// The whole resource that an event shows, read once more.
pub(super) fn resource(input: &Input<'_>) -> Option<Resource> {
    let envelope = Envelope::read(input.event_type, input.metadata).ok()?;
    match ResourceEvent::decode(&envelope.schema, input.data).ok()? {
        ResourceEvent::ResourcePublished(shown)
        | ResourceEvent::ResourceRevised(shown)
        | ResourceEvent::ResourceRestored(shown) => Some(shown.resource),
        ResourceEvent::ResourceAbsorbed(_) | ResourceEvent::ResourceWithdrawn(_) => None,
    }
}
