//! The metadata of every event.

use crate::office::Office;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the log keeps beside an event's data. When it was recorded is not here: that is the server's `created`.
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
    /// The idempotency key of the command.
    pub key: String,
    /// The SHA-256 of the command's body, in hexadecimal: the same key with another body is refused.
    pub body: String,
    /// Type and version, e.g. `PracticeRegistered/1`.
    pub schema: String,
    /// The W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}
