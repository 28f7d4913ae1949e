//! An event as the log gives it back.

use schema::{DecodeError, Envelope, Event, Position};
use uuid::Uuid;

/// Bytes of an event. Cheap to clone.
pub use axum::body::Bytes;

/// An event in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its stream.
    pub stream: String,
    /// Its number in the stream, from 0.
    pub revision: u64,
    /// Its place in the whole log.
    pub position: Position,
    /// Its id.
    pub id: Uuid,
    /// Its type's name.
    pub event_type: String,
    /// What happened, in JSON.
    pub data: Bytes,
    /// The envelope, in JSON.
    pub metadata: Bytes,
}

/// An event that this program cannot read: of a type or a version that it does not know, or with a value that it does not
/// know. What depends on it stops until the program is upgraded, and says which event it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {revision} of {stream}: {problem}")]
pub struct Unreadable {
    /// Its stream.
    pub stream: String,
    /// Its number in the stream.
    pub revision: u64,
    /// Its type.
    pub event_type: String,
    /// What is not known, or does not fit.
    pub problem: DecodeError,
}

impl Recorded {
    /// The event, as one that cannot be read.
    pub fn unreadable(&self, problem: DecodeError) -> Unreadable {
        let (stream, event_type) = (self.stream.clone(), self.event_type.clone());
        Unreadable { stream, revision: self.revision, event_type, problem }
    }

    /// Reads the event as one of a set, in the version that its envelope names.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(&Envelope::shape(&self.event_type, &self.metadata)?, &self.data)
    }

    /// Reads the envelope.
    pub fn envelope(&self) -> Result<Envelope, DecodeError> {
        Envelope::read(&self.event_type, &self.metadata)
    }

    /// Takes over what the client read; none for a link whose event is gone.
    pub(super) fn from_client(event: eventstore::ResolvedEvent) -> Option<Recorded> {
        let event = event.event?;
        Some(Recorded {
            stream: event.stream_id,
            revision: event.revision,
            position: position(event.position),
            id: event.id,
            event_type: event.event_type,
            data: event.data,
            metadata: event.custom_metadata,
        })
    }
}

pub(super) fn position(position: eventstore::Position) -> Position {
    Position { commit: position.commit, prepare: position.prepare }
}
