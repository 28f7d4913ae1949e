//! What stewards ask of the centre over HTTP.

mod policy;
mod problems;
mod retractions;

use problems::{another_scope, no_registration, no_scope, not_ready, out_of_scope};

use crate::decisions::{Command, Pair, Refusal, pair};
use crate::matching::model;
use crate::process::{Center, Unavailable};
use crate::registry::Registry;
use crate::scope::{Decided as Stands, ScopeCenter};
use crate::survivorship::{Outcome as Shown, outcome};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::command;
use chassis::http::{Body, IdempotencyKey, Problem, Trace, free_text};
use chassis::service::{Mounted, Service};
use offers::Registered;
use schema::decisions::{Decider, Grounds};
use schema::limits::length;
use schema::position::LogId;
use schema::scope::Scope;
use schema::{MergeId, RegistrationId, written};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::OpenApi as _;
use uuid::Uuid;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Desk {
    center: Center,
    clock: chassis::clock::Clock,
    log: LogId,
}

/// The routes of a centre and their description.
pub(crate) fn mounted(service: &Service, center: Center) -> Mounted {
    let counter =
        policy::Counter { log: service.log.clone(), clock: service.clock.clone(), held: center.held().clone() };
    let desk = Desk { center, clock: service.clock.clone(), log: service.log.id() };
    let router = Router::new()
        .route("/api/center/merges", post(merge))
        .route("/api/center/{scope}/merges", post(merge_in_scope))
        .route("/api/center/merges/{id}/undo", post(undo))
        .route("/api/center/merges/{id}/undo-preview", get(preview))
        .route("/api/center/proposals/{id}/accept", post(accept))
        .route("/api/center/proposals/{id}/refuse", post(refuse))
        .route("/api/center/registrations/{id}/retract", post(retractions::retract))
        .with_state(desk)
        .merge(policy::router(counter));
    Mounted { name: "center", router, openapi: Description::openapi() }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Centre",
        description = "Stewards decide on merges, retract what may be public no longer, and agree to large withdrawals. Every act is repeatable by its Idempotency-Key."
    ),
    paths(
        merge,
        merge_in_scope,
        undo,
        preview,
        accept,
        refuse,
        retractions::retract,
        policy::limit,
        policy::set_limit,
        policy::agree
    ),
    components(schemas(
        MergeRequest,
        UndoRequest,
        ReasonRequest,
        AcceptRequest,
        Decided,
        Preview,
        Half,
        Member,
        retractions::RetractRequest,
        retractions::Retracted,
        policy::Most,
        policy::Settled
    ))
)]
struct Description;

/// Two registrations that are one thing.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MergeRequest {
    /// The two registrations, of one county.
    registrations: [Uuid; 2],
    /// Why, in the steward's words; 1 to 1,000 characters.
    reason: String,
}

/// A merge to take back.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UndoRequest {
    /// Why, in the steward's words; 1 to 1,000 characters.
    reason: String,
    /// Whether the halves stay apart from now on, so that neither a rule nor a steward merges them again.
    #[serde(default = "yes")]
    keep_apart: bool,
}

fn yes() -> bool {
    true
}

/// A reason.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReasonRequest {
    /// Why, in the steward's words; 1 to 1,000 characters.
    reason: String,
}

/// A reason that may be left out.
#[derive(Debug, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AcceptRequest {
    /// Why, in the steward's words; at most 1,000 characters.
    #[serde(default)]
    reason: Option<String>,
}

/// A decision stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Decided {
    /// The merge that it is about.
    id: Uuid,
    /// Where in the log the decision stands: give it as `atLeast` to read what followed from it.
    position: String,
}

/// What undoing a merge would bring.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Preview {
    /// The merge.
    id: Uuid,
    /// What is published now.
    current: Half,
    /// What each half would publish, that of the pair's first registration first.
    halves: Vec<Half>,
}

/// What a group of registrations comes to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Half {
    /// Its registrations, the earliest registered first.
    registrations: Vec<Member>,
    /// The resource as it would be published, in the form of the `resource-` streams; null when nothing would be shown.
    #[schema(value_type = Option<Object>)]
    resource: Option<Value>,
    /// Why nothing would be shown: `suspended`, `not_publishable` or `withdrawn`.
    hidden: Option<String>,
}

/// A registration.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Member {
    /// Which.
    id: Uuid,
    /// Whose: `clinic`, `womens_federation`, `youth_league` or `commerce`.
    #[schema(value_type = String)]
    office: schema::Office,
    /// Its name as the office wrote it.
    name: String,
}

/// Merge two registrations.
#[utoipa::path(post, path = "/api/center/merges", tag = "center", request_body = MergeRequest,
    params(("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 201, description = "They are one from here on.", body = Decided),
        (status = 404, description = "There is no such registration."),
        (status = 409, description = "They are one already, or it was decided that they stay apart."),
        (status = 421, description = "Another process holds their scope."),
        (status = 422, description = "They are of different scopes, or no reason is given, or the key was used otherwise."),
    ))]
async fn merge(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Body(body): Body<MergeRequest>,
) -> Result<(StatusCode, Json<Decided>), Problem> {
    Ok((StatusCode::CREATED, desk.merge(None, &caller, key, &trace, body).await?))
}

/// Merge two registrations of a scope. As `/api/center/merges`, under an address by which a proxy finds the process that
/// holds the scope.
#[utoipa::path(post, path = "/api/center/{scope}/merges", tag = "center", request_body = MergeRequest,
    params(("scope" = String, Path, description = "The six digits with which the registrations' ids begin."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 201, description = "They are one from here on.", body = Decided),
        (status = 404, description = "There is no such registration."),
        (status = 409, description = "They are one already, or it was decided that they stay apart."),
        (status = 421, description = "Another process holds the scope."),
        (status = 422, description = "They are of another scope, or no reason is given, or the key was used otherwise."),
    ))]
async fn merge_in_scope(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Path(scope): Path<String>,
    Body(body): Body<MergeRequest>,
) -> Result<(StatusCode, Json<Decided>), Problem> {
    let scope = scope.parse().map_err(|_| no_scope(&scope))?;
    Ok((StatusCode::CREATED, desk.merge(Some(scope), &caller, key, &trace, body).await?))
}

/// Undo a merge.
#[utoipa::path(post, path = "/api/center/merges/{id}/undo", tag = "center", request_body = UndoRequest,
    params(("id" = Uuid, Path, description = "The merge."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "The group is split in two.", body = Decided),
        (status = 404, description = "There is no such merge."),
        (status = 421, description = "Another process holds its scope."),
        (status = 409, description = "It is not in force."),
    ))]
async fn undo(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Path(id): Path<String>,
    Body(body): Body<UndoRequest>,
) -> Result<Json<Decided>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let reason = checked(&body.reason)?;
    let id = merge_id(&id)?;
    let said = desk.said(&caller, key, &trace, &json!({ "undo": id, "body": body }))?;
    let wants = Command::Undo { id, keep_apart: body.keep_apart, by: caller.subject.clone(), reason };
    desk.decide(&caller, id, &said, &wants).await
}

/// Accept a proposal.
#[utoipa::path(post, path = "/api/center/proposals/{id}/accept", tag = "center", request_body = AcceptRequest,
    params(("id" = Uuid, Path, description = "The proposal."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "The two are one from here on.", body = Decided),
        (status = 404, description = "There is no such proposal."),
        (status = 421, description = "Another process holds its scope."),
        (status = 409, description = "It is not open any more, or it was decided that the two stay apart."),
    ))]
async fn accept(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Decided>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let body: AcceptRequest = if body.is_empty() {
        AcceptRequest::default()
    } else {
        serde_json::from_slice(&body).map_err(|error| {
            let error = schema::identity_number::masked(&error.to_string());
            Problem::bad_request(
                "body-not-json",
                format!("请求内容不符合要求：{error}。"),
                format!("The body is not as it should be: {error}."),
            )
        })?
    };
    let reason = match body.reason.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(reason) => Some(checked(reason)?),
    };
    let id = merge_id(&id)?;
    let said = desk.said(&caller, key, &trace, &json!({ "accept": id, "body": body }))?;
    let wants = Command::Accept { id, by: caller.subject.clone(), reason };
    desk.decide(&caller, id, &said, &wants).await
}

/// Refuse a proposal. The two groups stay apart from here on, and nobody is asked about them again.
#[utoipa::path(post, path = "/api/center/proposals/{id}/refuse", tag = "center", request_body = ReasonRequest,
    params(("id" = Uuid, Path, description = "The proposal."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "The two stay apart from here on.", body = Decided),
        (status = 404, description = "There is no such proposal."),
        (status = 421, description = "Another process holds its scope."),
        (status = 409, description = "It is not open any more."),
    ))]
async fn refuse(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Path(id): Path<String>,
    Body(body): Body<ReasonRequest>,
) -> Result<Json<Decided>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let reason = checked(&body.reason)?;
    let id = merge_id(&id)?;
    let said = desk.said(&caller, key, &trace, &json!({ "refuse": id, "body": body }))?;
    let wants = Command::Refuse { id, by: caller.subject.clone(), reason };
    desk.decide(&caller, id, &said, &wants).await
}

/// See what undoing a merge would bring.
#[utoipa::path(get, path = "/api/center/merges/{id}/undo-preview", tag = "center",
    params(("id" = Uuid, Path, description = "The merge.")),
    responses(
        (status = 200, description = "What is published now, and what each half would publish.", body = Preview),
        (status = 403, description = "Not a steward, or one bound to an area in which not all of it lies."),
        (status = 404, description = "There is no such merge."),
        (status = 421, description = "Another process holds its scope."),
        (status = 409, description = "It is not in force."),
    ))]
async fn preview(State(desk): State<Desk>, caller: Caller, Path(id): Path<String>) -> Result<Json<Preview>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let id = merge_id(&id)?;
    let preview = desk
        .look(id.scope(), |registry| {
            let decisions = registry.decisions();
            let merge = decisions.merge(id).ok_or_else(|| Problem::from(Refusal::Unknown(id)))?;
            let halves =
                decisions.halves(id).ok_or_else(|| Problem::from(Refusal::NotInForce { id, status: merge.status }))?;
            let whole: BTreeSet<RegistrationId> = halves.iter().flatten().copied().collect();
            for member in registry.views(&whole) {
                caller.require_area(member.offer.area)?;
            }
            Ok::<_, Problem>(Preview {
                id: id.0,
                current: half(registry, &whole)?,
                halves: halves.iter().map(|ids| half(registry, ids)).collect::<Result<_, _>>()?,
            })
        })
        .await?
        .ok_or_else(|| Problem::from(Refusal::Unknown(id)))??;
    Ok(Json(preview))
}

fn half(registry: &Registry, ids: &BTreeSet<RegistrationId>) -> Result<Half, Problem> {
    let members = registry.views(ids);
    let mut members: Vec<&Registered> = members.iter().collect();
    members.sort_by_key(|member| member.seniority());
    let (resource, hidden) = match outcome(&members)? {
        Some(Shown::Shown(resource)) => (Some(written::json(&resource)?), None),
        Some(Shown::Hidden(reason)) => (None, Some(reason.code().to_owned())),
        None => (None, None),
    };
    let member =
        |member: &&Registered| Member { id: member.id.0, office: member.office, name: member.offer.name.clone() };
    Ok(Half { registrations: members.iter().map(member).collect(), resource, hidden })
}

impl Desk {
    /// The centre of a scope; none when nothing was ever registered there.
    fn scope(&self, scope: Scope) -> Result<Option<ScopeCenter>, Problem> {
        self.center.scope(scope).map_err(|unavailable| match unavailable {
            Unavailable::OutOfScope => out_of_scope(scope, self.center.held()),
            Unavailable::NotReady => not_ready(),
        })
    }

    /// Looks at what is known of a scope; none when that is nothing.
    async fn look<T>(&self, scope: Scope, look: impl FnOnce(&Registry) -> T) -> Result<Option<T>, Problem> {
        match self.scope(scope)? {
            None => Ok(None),
            Some(center) => center.look(look).await.map(Some).ok_or_else(not_ready),
        }
    }

    /// Merges two registrations, of a given scope if one is given.
    async fn merge(
        &self,
        scope: Option<Scope>,
        caller: &Caller,
        key: IdempotencyKey,
        trace: &Trace,
        body: MergeRequest,
    ) -> Result<Json<Decided>, Problem> {
        caller.require_role(&[Role::Steward])?;
        let reason = checked(&body.reason)?;
        let [one, other] = body.registrations.map(|id| RegistrationId::try_from(id).map_err(|_| no_registration(id)));
        let pair = pair(one?, other?);
        let [one, other] = pair;
        if one == other {
            return Err(Refusal::Itself.into());
        }
        if one.scope() != other.scope() || scope.is_some_and(|scope| scope != one.scope()) {
            return Err(another_scope(scope, pair));
        }
        let decider = Decider::Steward { name: caller.subject.clone() };
        let grounds = self
            .look(one.scope(), |registry| {
                let [one, other] = pair.map(|id| registry.registered(id).ok_or_else(|| no_registration(id.0)));
                let (one, other) = (one?, other?);
                caller.require_area(one.offer.area)?;
                caller.require_area(other.offer.area)?;
                Ok::<_, Problem>(grounds(registry, pair, decider, reason))
            })
            .await?
            .ok_or_else(|| no_registration(one.0))??;
        let said = self.said(caller, key, trace, &json!({ "merge": body }))?;
        self.carry_out(one.scope(), &said, &Command::Merge { grounds, pair }).await
    }

    fn said(
        &self,
        caller: &Caller,
        key: IdempotencyKey,
        trace: &Trace,
        body: &Value,
    ) -> Result<command::Command, Problem> {
        let said = command::Command::of(&caller.subject, key.0, body, self.clock.now())?;
        Ok(said.on_behalf_of(caller.office).traced(trace.traceparent.clone()))
    }

    /// Carries out a command about a merge that is known.
    async fn decide(
        &self,
        caller: &Caller,
        id: MergeId,
        said: &command::Command,
        wants: &Command,
    ) -> Result<Json<Decided>, Problem> {
        self.look(id.scope(), |registry| {
            let merge = registry.decisions().merge(id).ok_or_else(|| Problem::from(Refusal::Unknown(id)))?;
            for member in merge.pair.iter().filter_map(|id| registry.registered(*id)) {
                caller.require_area(member.offer.area)?;
            }
            Ok::<_, Problem>(())
        })
        .await?
        .ok_or_else(|| Problem::from(Refusal::Unknown(id)))??;
        self.carry_out(id.scope(), said, wants).await
    }

    async fn carry_out(
        &self,
        scope: Scope,
        said: &command::Command,
        wants: &Command,
    ) -> Result<Json<Decided>, Problem> {
        let center = self.scope(scope)?.ok_or_else(not_ready)?;
        let Stands { id, position } = center.steward(said, wants).await?;
        Ok(Json(Decided { id: id.0, position: position.token(self.log) }))
    }
}

/// What the model says of a pair that a steward merges, as far as it says anything.
fn grounds(registry: &Registry, pair: Pair, decider: Decider, reason: String) -> Grounds {
    match registry.judge(pair) {
        Some(evidence) => evidence.grounds(decider, Some(reason)),
        None => Grounds {
            probability: None,
            weight: None,
            comparisons: Vec::new(),
            model: model::VERSION.to_owned(),
            decided_by: decider,
            on_behalf_of: None,
            reason: Some(reason),
        },
    }
}

fn merge_id(text: &str) -> Result<MergeId, Problem> {
    text.parse().map_err(|_| {
        Problem::not_found(format!("“{text}”不是归并编号。"), format!("{text:?} is not the id of a merge."))
    })
}

/// The reason, trimmed.
fn checked(reason: &str) -> Result<String, Problem> {
    let reason = free_text("reason", reason, length::REASON)?;
    if reason.is_empty() {
        return Err(Problem::unprocessable(
            "reason-missing",
            "请填写理由，以便日后查证。",
            "Give a reason, so that others can follow the decision later.",
        )
        .error(json!({ "path": "reason" })));
    }
    Ok(reason.to_owned())
}
