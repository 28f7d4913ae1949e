//! What stewards retract.

use super::Desk;
use super::problems::{no_registration, no_such_reason, not_ready, not_retractable, nothing_to_retract};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chassis::auth::{Caller, Role};
use chassis::http::{Body, IdempotencyKey, Problem, Trace};
use schema::RegistrationId;
use schema::erasures::{RetractionReason, ValueRetracted};
use schema::resource::{Field, RetractableField};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// A value to retract.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RetractRequest {
    /// The field: `name`, `provider` (its credit code), `phones`, `address`, `eligibility` (the words on whom it is for),
    /// `hours`, `fees` or `licence` (its number).
    field: String,
    /// Why: `published_by_mistake`, `consent_withdrawn`, `person_objected`, `incorrect`, `ordered` or `other_law`.
    reason: String,
}

/// A value is hidden.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Retracted {
    /// Whose value it is.
    registration: Uuid,
    /// Where in the log that stands: give it as `atLeast` to read what followed from it.
    position: String,
}

/// Retract a value of a registration. Whatever it said of the field up to now is hidden, now and for who asks how things
/// stood before: in the registration, in what was published of it, in the grounds of merges, in the feed of changes; under
/// every id that it had in other counties as well. What its office says from now on is shown, unless it is the same again.
#[utoipa::path(post, path = "/api/center/registrations/{id}/retract", tag = "center", request_body = RetractRequest,
    params(("id" = Uuid, Path, description = "The registration."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 201, description = "It is hidden from here on.", body = Retracted),
        (status = 404, description = "There is no such registration."),
        (status = 421, description = "Another process holds its scope."),
        (status = 422, description = "The field cannot be retracted or was never said, or there is no such reason, or the key was used otherwise."),
    ))]
pub(super) async fn retract(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Path(id): Path<String>,
    Body(body): Body<RetractRequest>,
) -> Result<(StatusCode, Json<Retracted>), Problem> {
    caller.require_role(&[Role::Steward])?;
    let registration: RegistrationId = id.parse().map_err(|_| {
        Problem::not_found(format!("“{id}”不是登记编号。"), format!("{id:?} is not the id of a registration."))
    })?;
    let field = Field::from_code(&body.field).and_then(|field| RetractableField::try_from(field).ok());
    let field = field.ok_or_else(|| not_retractable(&body.field))?;
    let reason = RetractionReason::from_code(&body.reason).filter(|reason| reason.is_given());
    let reason = reason.ok_or_else(|| no_such_reason(&body.reason))?;
    let scope = registration.scope();
    let office = desk
        .look(scope, |registry| {
            let registered = registry.registered(registration).ok_or_else(|| no_registration(registration.0))?;
            caller.require_area(registered.offer.area)?;
            match registry.ever_said(registration, field) {
                Some(true) => Ok(registered.office),
                Some(false) | None => Err(nothing_to_retract(field)),
            }
        })
        .await?
        .ok_or_else(|| no_registration(registration.0))??;
    let said = desk.said(&caller, key, &trace, &json!({ "retract": registration, "body": body }))?;
    let center = desk.scope(scope)?.ok_or_else(not_ready)?;
    let retracted = ValueRetracted { registration, field, reason, retracted_by: caller.subject.clone() };
    let position = center.retract(&said, office, &retracted).await?;
    Ok((StatusCode::CREATED, Json(Retracted { registration: registration.0, position: position.token(desk.log) })))
}
