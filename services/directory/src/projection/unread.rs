//! What this program could not read, and since when: what it concerns is not known since.

use super::{AsOf, Brief};
use imbl::OrdMap;
use schema::ids::{RegistrationId, ResourceId};
use schema::{Position, Stream};
use serde::{Deserialize, Serialize};

/// The first event of a stream that could not be read, by what the stream tells of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unread {
    registrations: OrdMap<RegistrationId, Position>,
    resources: OrdMap<ResourceId, Position>,
    /// Of what is kept by scope (counts, lists, questions), by the stream's name.
    scopes: OrdMap<String, Position>,
}

impl Unread {
    /// Notes that an event of a stream could not be read, and says whether it is the first of it. What tells of no one registration or resource is said by the
    /// follower's readiness alone.
    pub(super) fn note(&mut self, stream: Stream, position: Position) -> bool {
        match stream {
            Stream::Registration(_, id) => *self.registrations.entry(id).or_insert(position) == position,
            Stream::Resource(id) => *self.resources.entry(id).or_insert(position) == position,
            Stream::Policy(_) | Stream::Population(_) | Stream::Questions(_) => {
                self.scopes.entry(stream.to_string()).or_insert(position);
                false
            }
            Stream::Decisions(_)
            | Stream::HandIn(_)
            | Stream::Model(_)
            | Stream::Calendar(_)
            | Stream::Erasures(_)
            | Stream::Areas(..)
            | Stream::Checkpoint(..)
            | Stream::Scopes
            | Stream::Log => false,
        }
    }

    /// Whether nothing was said of registrations and resources that could not be read.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.registrations.is_empty()
    }

    /// Whether something was said of a registration that could not be read.
    pub fn of_registration(&self, id: RegistrationId, as_of: AsOf) -> bool {
        self.registrations.get(&id).is_some_and(|since| as_of.sees(*since))
    }

    /// Whether something was said in a stream of a scope (of counts, lists, questions) that could not be read.
    pub fn of_stream(&self, stream: Stream, as_of: AsOf) -> bool {
        !self.scopes.is_empty() && self.scopes.get(&stream.to_string()).is_some_and(|since| as_of.sees(*since))
    }

    /// Whether something was said of a resource, or of a registration behind it, that could not be read.
    pub fn of_resource(&self, resource: &Brief, as_of: AsOf) -> bool {
        self.resources.get(&resource.id).is_some_and(|since| as_of.sees(*since))
            || resource.sources.iter().any(|source| self.of_registration(source.registration, as_of))
    }
}
