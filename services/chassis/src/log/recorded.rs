//! An event as the log gives it back.

use chrono::{DateTime, Utc};
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
    /// When the server recorded it, to the microsecond or finer as far as the server says.
    pub created: DateTime<Utc>,
}

impl Recorded {
    /// Reads the event as one of a set.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(&self.event_type, &self.data)
    }

    /// Reads the envelope.
    pub fn envelope(&self) -> Result<Envelope, DecodeError> {
        serde_json::from_slice(&self.metadata).map_err(|problem| DecodeError::Data {
            event_type: self.event_type.clone(),
            problem: format!("the envelope of event {} of {}: {problem}", self.revision, self.stream),
        })
    }

    /// Takes over what the client read; none for a link whose event is gone.
    pub(super) fn from_client(event: eventstore::ResolvedEvent) -> Option<Recorded> {
        let event = event.event?;
        let created = event.metadata.get("created").and_then(|ticks| created(ticks)).unwrap_or(event.created);
        Some(Recorded {
            stream: event.stream_id,
            revision: event.revision,
            position: position(event.position),
            id: event.id,
            event_type: event.event_type,
            data: event.data,
            metadata: event.custom_metadata,
            created,
        })
    }
}

pub(super) fn position(position: eventstore::Position) -> Position {
    Position { commit: position.commit, prepare: position.prepare }
}

/// Reads the server's time: 100 ns ticks since 1970. The client's own field is cut to whole seconds.
fn created(ticks: &str) -> Option<DateTime<Utc>> {
    let ticks: i64 = ticks.parse().ok()?;
    let nanos = u32::try_from(ticks.rem_euclid(10_000_000) * 100).ok()?;
    DateTime::from_timestamp(ticks.div_euclid(10_000_000), nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_keeps_its_fractions() {
        let time = created("17725824000012345").unwrap();
        assert_eq!(time.to_rfc3339(), "2026-03-04T00:00:00.001234500+00:00");
        assert_eq!(created("soon"), None);
    }
}
