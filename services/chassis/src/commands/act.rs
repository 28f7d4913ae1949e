//! What makes a request a command.

use crate::auth::Caller;
use crate::command::Command;
use crate::http::{IdempotencyKey, Problem, Trace};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use schema::{EncodeError, Office};
use serde::Serialize;

/// Who asks, under which key, as part of what.
#[derive(Clone, Debug)]
pub struct Act {
    /// Who.
    pub caller: Caller,
    /// The idempotency key.
    pub key: IdempotencyKey,
    /// The request's trace.
    pub trace: Trace,
}

impl Act {
    /// The command that the request is. `payload` is everything that it wants: the same key with another is refused.
    ///
    /// # Errors
    /// When the payload cannot be written as JSON.
    pub fn command(
        &self,
        payload: &impl Serialize,
        office: Option<Office>,
        effective_at: DateTime<Utc>,
    ) -> Result<Command, EncodeError> {
        let command = Command::of(&self.caller.subject, &self.key.0, payload, effective_at)?;
        Ok(command.on_behalf_of(office).traced(self.trace.traceparent.clone()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Act {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Act, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let key = IdempotencyKey::from_request_parts(parts, state).await?;
        let Ok(trace) = Trace::from_request_parts(parts, state).await;
        Ok(Act { caller, key, trace })
    }
}
