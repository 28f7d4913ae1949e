//! The metadata of every event.

use crate::event::{DecodeError, Shape};
use crate::office::Office;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the log keeps beside an event's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope {
    /// The one act of a person (or of a service by itself) that set this off: derived from who acted and the idempotency
    /// key of the act, so that a retry has the same, and carried by everything that follows from the act.
    #[serde(rename = "$correlationId")]
    pub correlation_id: Uuid,
    /// The event that this one answers.
    #[serde(rename = "$causationId", default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    /// Who: the subject of a token, or `service:<name>`. Never a person's name.
    pub actor: String,
    /// On behalf of which office, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Office>,
    /// When it is true in the world; may be past or future.
    pub effective_at: DateTime<Utc>,
    /// When it was appended, to the millisecond, by the clock of whoever appended it. It goes with the event when a log is
    /// moved, where the server's own time and the positions begin anew. Clocks differ and are put back, so what was known
    /// at a time goes by the greatest of these up to an event.
    pub recorded_at: DateTime<Utc>,
    /// The idempotency key of the command.
    pub key: String,
    /// The SHA-256 of the command's body, in hexadecimal: the same key with another body is refused.
    pub body: String,
    /// Type and version of the data: says how they are read.
    pub schema: Shape,
    /// The W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Envelope {
    /// Reads the metadata of an event of a type.
    ///
    /// # Errors
    /// [`DecodeError::Envelope`] when they are no envelope, [`DecodeError::AnotherType`] when it is that of another type.
    pub fn read(event_type: &str, metadata: &[u8]) -> Result<Envelope, DecodeError> {
        let envelope: Envelope = of_type(event_type, metadata)?;
        check(event_type, &envelope.schema)?;
        Ok(envelope)
    }

    /// Reads no more of the metadata of an event of a type than how its data are read.
    ///
    /// # Errors
    /// As [`Envelope::read`], but for what else stands in the metadata.
    pub fn shape(event_type: &str, metadata: &[u8]) -> Result<Shape, DecodeError> {
        #[derive(Deserialize)]
        struct Shaped {
            schema: Shape,
        }
        let Shaped { schema } = of_type(event_type, metadata)?;
        check(event_type, &schema)?;
        Ok(schema)
    }
}

fn of_type<T: DeserializeOwned>(event_type: &str, metadata: &[u8]) -> Result<T, DecodeError> {
    let problem = |problem: serde_json::Error| DecodeError::Envelope {
        event_type: event_type.to_owned(),
        problem: problem.to_string(),
    };
    serde_json::from_slice(metadata).map_err(problem)
}

fn check(event_type: &str, shape: &Shape) -> Result<(), DecodeError> {
    if shape.event_type == event_type {
        Ok(())
    } else {
        Err(DecodeError::AnotherType { event_type: event_type.to_owned(), shape: shape.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(schema: &str) -> Vec<u8> {
        let time = "2026-03-02T00:00:00.000Z";
        serde_json::to_vec(&json!({
            "$correlationId": Uuid::nil(), "actor": "li", "effective_at": time, "recorded_at": time, "key": "k", "body": "b",
            "schema": schema,
        }))
        .unwrap()
    }

    #[test]
    fn an_envelope_is_read_beside_the_event_that_it_names_only() {
        let read = Envelope::read("TeamRegistered", &metadata("TeamRegistered/2")).unwrap();
        assert_eq!(read.schema, Shape::of("TeamRegistered", 2));
        let another = Envelope::read("TeamRegistered", &metadata("TeamResumed/1")).unwrap_err();
        assert_eq!(another.to_string(), "the envelope of a TeamRegistered says TeamResumed/1");
        for bad in [&b"{}"[..], b"", b"7", &metadata("TeamRegistered"), &metadata("TeamRegistered/two")] {
            let error = Envelope::read("TeamRegistered", bad).unwrap_err();
            assert!(matches!(error, DecodeError::Envelope { .. }), "{error}");
        }
    }
}
