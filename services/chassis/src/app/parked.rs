//! What the process has set aside, for those who look after the data.

use crate::auth::{Caller, Role};
use crate::health::{Health, Parked, ParkedKind};
use crate::http::Problem;
use crate::service::Service;
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What is set aside, the latest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ParkedList {
    parked: Vec<ParkedRow>,
}

/// Something that was set aside.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ParkedRow {
    /// The part of the process that set it aside.
    part: String,
    /// The scope that it concerns, if its stream names one.
    #[schema(example = "130306")]
    scope: Option<String>,
    /// `event`: one of the log that cannot be read or applied. `publication`: one that the log refuses.
    #[schema(value_type = String)]
    kind: ParkedKind,
    /// The stream.
    stream: String,
    /// The event's number in it, if it stands there.
    revision: Option<u64>,
    /// The event's type.
    event_type: String,
    /// Why.
    reason: InBoth,
    /// Since when: when the event was written, or when the publication was first refused since the process started.
    since: DateTime<Utc>,
}

/// A text in Chinese and English.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct InBoth {
    zh: String,
    en: String,
}

/// What the parts of a process have set aside, the latest first.
pub fn parked(health: &Health) -> Vec<(String, Parked)> {
    let parts = health.reports().into_iter();
    let mut all: Vec<_> =
        parts.flat_map(|part| part.parked.into_iter().map(move |parked| (part.name.clone(), parked))).collect();
    all.sort_by_key(|(_, parked)| std::cmp::Reverse(parked.since));
    all
}

/// What is set aside.
///
/// Events that this process can make nothing of, and publications that the log refuses. The rest goes on without them.
#[utoipa::path(get, path = "/api/parked", tag = "operation", responses(
    (status = 200, description = "What is set aside, the latest first.", body = ParkedList),
    (status = 401, description = "Nobody is signed in."),
    (status = 403, description = "For stewards and admins."),
))]
pub(super) async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<ParkedList>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let row = |(part, parked): (String, Parked)| ParkedRow {
        part,
        scope: parked.scope().map(|scope| scope.to_string()),
        kind: parked.kind,
        stream: parked.stream,
        revision: parked.revision,
        event_type: parked.event_type,
        reason: InBoth { zh: parked.reason_zh, en: parked.reason },
        since: parked.since,
    };
    Ok(Json(ParkedList { parked: parked(&service.health).into_iter().map(row).collect() }))
}
