//! What somebody wants done, as the log remembers it.

use chrono::{DateTime, SubsecRound as _, Utc};
use schema::{EncodeError, Envelope, Office, Shape, ids};
use serde::Serialize;
use uuid::Uuid;

pub use crate::digest::body_hash;

/// What a command says of itself beside what it wants. [`Command::of`] makes one of a person or a service that acts,
/// [`Command::part`] one of several that the same act comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    key: String,
    body: String,
    actor: String,
    office: Option<Office>,
    effective_at: DateTime<Utc>,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    traceparent: Option<String>,
}

impl Command {
    /// The command by which somebody (the subject of a token, or `service:<name>`) acts. `key` is the idempotency key
    /// of the act, the same for every repetition of it; `body` is what it wants, and is remembered by its hash.
    ///
    /// Its `$correlationId` derives from actor and key: a retry has the same, and everything that the act sets off
    /// carries it.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn of(
        actor: impl Into<String>,
        key: impl Into<String>,
        body: &impl Serialize,
        effective_at: DateTime<Utc>,
    ) -> Result<Command, EncodeError> {
        Ok(Command::of_hashed(actor, key, body_hash(body)?, effective_at))
    }

    /// A command whose body's [`body_hash`] is known.
    pub fn of_hashed(
        actor: impl Into<String>,
        key: impl Into<String>,
        body: String,
        effective_at: DateTime<Utc>,
    ) -> Command {
        let (actor, key) = (actor.into(), key.into());
        Command {
            correlation_id: ids::derive(&["correlation", &actor, &key]),
            body,
            key,
            actor,
            office: None,
            effective_at,
            causation_id: None,
            traceparent: None,
        }
    }

    /// Another command of the same act: of the same actor, under a key of its own.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn part(
        &self,
        key: impl Into<String>,
        body: &impl Serialize,
        effective_at: DateTime<Utc>,
    ) -> Result<Command, EncodeError> {
        Ok(Command { key: key.into(), body: body_hash(body)?, effective_at, ..self.clone() })
    }

    /// On behalf of an office, if of any.
    pub fn on_behalf_of(self, office: impl Into<Option<Office>>) -> Command {
        Command { office: office.into(), ..self }
    }

    /// As part of a request with this W3C trace context, if it has one.
    pub fn traced(self, traceparent: impl Into<Option<String>>) -> Command {
        Command { traceparent: traceparent.into(), ..self }
    }

    /// In answer to an event.
    pub fn answering(self, event: impl Into<Option<Uuid>>) -> Command {
        Command { causation_id: event.into(), ..self }
    }

    /// As part of an act that began elsewhere: the `$correlationId` of the event that is answered, or of what an earlier
    /// attempt wrote.
    pub fn within(self, correlation_id: Uuid) -> Command {
        Command { correlation_id, ..self }
    }

    /// The idempotency key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The act that it is part of.
    pub fn correlation_id(&self) -> Uuid {
        self.correlation_id
    }

    /// The envelope of one of its events, appended now. The only place where one is made.
    pub(crate) fn envelope(&self, schema: &Shape, now: DateTime<Utc>) -> Envelope {
        Envelope {
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            actor: self.actor.clone(),
            office: self.office,
            effective_at: self.effective_at,
            recorded_at: now.trunc_subsecs(3),
            key: self.key.clone(),
            body: self.body.clone(),
            schema: schema.clone(),
            traceparent: self.traceparent.clone(),
        }
    }

    /// The SHA-256 of what it wants.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Whether it repeats an earlier command with the same key, by the hash of what that wanted.
    ///
    /// # Errors
    /// When that wanted something else.
    pub fn repeats(&self, body: &str) -> Result<(), KeyReused> {
        if self.body == body { Ok(()) } else { Err(KeyReused { key: self.key.clone() }) }
    }
}

/// The idempotency key was used before, for something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the idempotency key {key:?} was used before, for something else")]
pub struct KeyReused {
    /// The key.
    pub key: String,
}
