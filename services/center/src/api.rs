//! What stewards ask of the centre over HTTP.

use crate::decisions::{Command, Decisions, Refusal, Status, pair};
use crate::matching::model;
use crate::process::Center;
use crate::reading::Registered;
use crate::registry::Registry;
use crate::survivorship::{Outcome as Shown, outcome};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::command;
use chassis::http::{Body, IdempotencyKey, Problem, Trace};
use chassis::service::{Mounted, Service};
use schema::decisions::{Decider, Grounds};
use schema::position::LogId;
use schema::{MergeId, RegistrationId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::OpenApi as _;
use uuid::Uuid;

/// The longest reason, in characters.
const REASON_LENGTH: usize = 1_000;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Desk {
    center: Center,
    clock: chassis::clock::Clock,
    log: LogId,
}

/// The routes of a centre and their description.
pub(crate) fn mounted(service: &Service, center: Center) -> Mounted {
    let desk = Desk { center, clock: service.clock.clone(), log: service.log.id() };
    let router = Router::new()
        .route("/api/center/merges", post(merge))
        .route("/api/center/merges/{id}/undo", post(undo))
        .route("/api/center/merges/{id}/undo-preview", get(preview))
        .route("/api/center/proposals/{id}/accept", post(accept))
        .route("/api/center/proposals/{id}/refuse", post(refuse))
        .with_state(desk);
    Mounted { name: "center", router, openapi: Description::openapi() }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Centre", description = "Stewards decide on merges. Every act is repeatable by its Idempotency-Key."),
    paths(merge, undo, preview, accept, refuse),
    components(schemas(MergeRequest, UndoRequest, ReasonRequest, AcceptRequest, Decided, Preview, Half, Member))
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
        (status = 422, description = "They are of different counties, or no reason is given, or the key was used otherwise."),
    ))]
async fn merge(
    State(desk): State<Desk>,
    caller: Caller,
    key: IdempotencyKey,
    trace: Trace,
    Body(body): Body<MergeRequest>,
) -> Result<(StatusCode, Json<Decided>), Problem> {
    caller.require_role(&[Role::Steward])?;
    let reason = checked(&body.reason)?;
    let [one, other] = body.registrations.map(RegistrationId);
    if one == other {
        return Err(Refusal::Itself.into());
    }
    let pair = pair(one, other);
    let decider = Decider::Steward { name: caller.subject.clone() };
    let (scope, grounds) = desk
        .look(|registry| {
            let [one, other] = pair.map(|id| registry.registered(id).ok_or_else(|| no_registration(id)));
            let (one, other) = (one?, other?);
            caller.require_area(one.offer.area)?;
            caller.require_area(other.offer.area)?;
            if one.scope != other.scope {
                return Err(another_scope());
            }
            let grounds = match registry.judge(pair) {
                Some(verdict) => verdict.grounds(decider, Some(reason)),
                None => Grounds {
                    probability: None,
                    weight: None,
                    comparisons: Vec::new(),
                    model: model::VERSION.to_owned(),
                    decided_by: decider,
                    on_behalf_of: None,
                    reason: Some(reason),
                },
            };
            Ok((one.scope.clone(), grounds))
        })
        .await??;
    let said = desk.said(&caller, key, &trace, &json!({ "merge": body }))?;
    let wants = Command::Merge { grounds, pair };
    let (outcome, decisions) = desk.center.steward(&scope, &said, &wants).await?;
    // As of right after the command, so that a repetition names the same merge even if it was undone since.
    let decided = Decided { id: decisions.id_of(pair).0, position: outcome.position.token(desk.log) };
    Ok((StatusCode::CREATED, Json(decided)))
}

/// Undo a merge.
#[utoipa::path(post, path = "/api/center/merges/{id}/undo", tag = "center", request_body = UndoRequest,
    params(("id" = Uuid, Path, description = "The merge."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "The group is split in two.", body = Decided),
        (status = 404, description = "There is no such merge."),
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
        (status = 404, description = "There is no such merge."),
        (status = 409, description = "It is not in force."),
    ))]
async fn preview(State(desk): State<Desk>, caller: Caller, Path(id): Path<String>) -> Result<Json<Preview>, Problem> {
    caller.require_role(&[Role::Steward])?;
    let id = merge_id(&id)?;
    let preview = desk
        .look(|registry| {
            let (_, decisions) = registry.scope_of(id).ok_or_else(|| Problem::from(Refusal::Unknown(id)))?;
            let halves = decisions.halves(id).ok_or_else(|| {
                let status = decisions.merge(id).map_or(Status::Undone, |merge| merge.status);
                Problem::from(Refusal::NotInForce { id, status })
            })?;
            let whole: BTreeSet<RegistrationId> = halves.iter().flatten().copied().collect();
            Ok::<_, Problem>(Preview {
                id: id.0,
                current: half(registry, &whole),
                halves: halves.iter().map(|ids| half(registry, ids)).collect(),
            })
        })
        .await??;
    Ok(Json(preview))
}

fn half(registry: &Registry, ids: &BTreeSet<RegistrationId>) -> Half {
    let mut members: Vec<&Registered> = registry.views(ids);
    members.sort_by_key(|member| member.seniority());
    let (resource, hidden) = match outcome(&members) {
        Some(Shown::Shown(resource)) => (serde_json::to_value(resource).ok(), None),
        Some(Shown::Hidden(reason)) => (None, Some(reason.to_owned())),
        None => (None, None),
    };
    let member =
        |member: &&Registered| Member { id: member.id.0, office: member.office, name: member.offer.name.clone() };
    Half { registrations: members.iter().map(member).collect(), resource, hidden }
}

impl Desk {
    async fn look<T>(&self, look: impl FnOnce(&Registry) -> T) -> Result<T, Problem> {
        self.center.look(look).await.ok_or_else(|| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready")
                .zh("服务中心正在读取已有登记，请稍后再试。")
                .en("The centre is still reading what stands; try again in a moment.")
                .header("retry-after", "2")
        })
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
        let scope = self
            .look(|registry| {
                let (scope, decisions) = registry.scope_of(id).ok_or_else(|| Problem::from(Refusal::Unknown(id)))?;
                let pair = decisions.merge(id).map(|merge| merge.pair).into_iter().flatten();
                for member in pair.filter_map(|id| registry.registered(id)) {
                    caller.require_area(member.offer.area)?;
                }
                Ok::<_, Problem>(scope.to_owned())
            })
            .await??;
        let (outcome, _): (_, Decisions) = self.center.steward(&scope, said, wants).await?;
        Ok(Json(Decided { id: id.0, position: outcome.position.token(self.log) }))
    }
}

fn merge_id(text: &str) -> Result<MergeId, Problem> {
    text.parse().map_err(|_| {
        Problem::not_found(format!("“{text}”不是归并编号。"), format!("{text:?} is not the id of a merge."))
    })
}

/// The reason, trimmed.
fn checked(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length == 0 {
        return Err(Problem::unprocessable(
            "reason-missing",
            "请填写理由，以便日后查证。",
            "Give a reason, so that others can follow the decision later.",
        )
        .error(json!({ "path": "reason" })));
    }
    if length > REASON_LENGTH {
        return Err(Problem::unprocessable(
            "reason-too-long",
            format!("理由最多 {REASON_LENGTH} 个字，现有 {length} 个。"),
            format!("A reason has at most {REASON_LENGTH} characters; this has {length}."),
        )
        .error(json!({ "path": "reason" })));
    }
    if schema::identity_number::is_in(reason) {
        return Err(Problem::identity_number("reason"));
    }
    Ok(reason.to_owned())
}

fn no_registration(id: RegistrationId) -> Problem {
    Problem::not_found(format!("没有编号为{id}的登记。"), format!("There is no registration {id}."))
        .error(json!({ "path": "registrations", "registration": id.to_string() }))
}

fn another_scope() -> Problem {
    Problem::unprocessable(
        "another-county",
        "两条登记不在同一个县区，不能归并。",
        "The two registrations are of different counties; a merge never spans counties.",
    )
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        let conflict = |code: &'static str| Problem::new(StatusCode::CONFLICT, code);
        match refusal {
            Refusal::Itself => Problem::unprocessable(
                "same-registration",
                "请选择两条不同的登记。",
                "Name two different registrations.",
            ),
            Refusal::Unknown(id) => {
                Problem::not_found(format!("没有编号为{id}的归并。"), format!("There is no merge {id}."))
            }
            Refusal::AlreadyTogether => conflict("already-together")
                .zh("这两条登记已经在同一张资源卡中，无需再归并；如要分开，请撤销相应的归并。")
                .en("The two registrations are one already. To part them, undo the merge between them."),
            Refusal::KeptApart([one, other]) => conflict("kept-apart")
                .zh("此前已决定这两边不归并，今后不再归并。")
                .en("It was decided before that these two stay apart.")
                .with("keptApart", json!([one.to_string(), other.to_string()])),
            Refusal::NotProposed { status, .. } => conflict("not-proposed")
                .zh(format!("这条提示已经处理过：{}。", status_zh(status)))
                .en(format!("This proposal is not open any more: it is {}.", status_en(status)))
                .with("status", status_name(status)),
            Refusal::NotInForce { status, .. } => conflict("not-in-force")
                .zh(format!("这项归并不在生效状态：{}。", status_zh(status)))
                .en(format!("This merge is not in force: it is {}.", status_en(status)))
                .with("status", status_name(status)),
        }
    }
}

fn status_zh(status: Status) -> &'static str {
    match status {
        Status::Proposed => "待核归并",
        Status::InForce => "已归并",
        Status::Refused => "不归并",
        Status::Undone => "已撤销归并",
    }
}

fn status_en(status: Status) -> &'static str {
    match status {
        Status::Proposed => "proposed",
        Status::InForce => "in force",
        Status::Refused => "refused",
        Status::Undone => "undone",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Proposed => "PROPOSED",
        Status::InForce => "IN_FORCE",
        Status::Refused => "REFUSED",
        Status::Undone => "UNDONE",
    }
}
