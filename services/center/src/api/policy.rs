//! What a county settles by its stewards: how many registrations one hand-in may withdraw, and that more are withdrawn for once.

use super::problems::{no_scope, out_of_scope};
use axum::extract::{Path, State};
use axum::routing::{post, put};
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::clock::Clock;
use chassis::commands::Act;
use chassis::decide;
use chassis::http::{Body, Problem};
use chassis::log::Log;
use schema::policy::{LargeWithdrawalAgreed, PolicyEvent, WithdrawalLimitSet, WithdrawalPolicy};
use schema::scope::Scope;
use schema::selection::ScopeSelection;
use schema::streams::Stream;
use schema::{AreaCode, HandInId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the handlers share.
#[derive(Clone)]
pub(super) struct Counter {
    pub(super) log: Log,
    pub(super) clock: Clock,
    pub(super) held: ScopeSelection,
}

pub(super) fn router(counter: Counter) -> Router {
    Router::new()
        .route("/api/center/{scope}/withdrawal-limit", put(set_limit).get(limit))
        .route("/api/center/{scope}/hand-ins/{id}/agree-withdrawal", post(agree))
        .with_state(counter)
}

/// So many registrations.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Most {
    /// At most.
    most: u32,
}

/// What is settled of withdrawals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Settled {
    /// So many registrations of the scope one hand-in withdraws without a steward's agreement.
    most: u32,
    /// So many a steward has agreed to for the hand-in that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    agreed: Option<u32>,
    /// Where in the log it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<String>,
}

/// How many registrations of a scope one hand-in withdraws without a steward's agreement.
#[utoipa::path(get, path = "/api/center/{scope}/withdrawal-limit", tag = "center",
    params(("scope" = String, Path, description = "The six digits of the scope.")),
    responses(
        (status = 200, description = "So many.", body = Settled),
        (status = 403, description = "Neither a steward nor a clerk."),
        (status = 404, description = "There is no such scope."),
    ))]
pub(super) async fn limit(
    State(counter): State<Counter>,
    caller: Caller,
    Path(scope): Path<String>,
) -> Result<Json<Settled>, Problem> {
    caller.require_role(&[Role::Steward, Role::Clerk])?;
    let scope = counter.scope(&scope)?;
    let mut policy = WithdrawalPolicy::default();
    for event in counter.log.read_stream(&Stream::Policy(scope).to_string()).await? {
        let event = event.decode().map_err(|problem| event.unreadable(problem))?;
        policy = policy.evolve(&event);
    }
    Ok(Json(Settled { most: policy.most(), agreed: None, position: None }))
}

/// Settle how many registrations of a scope one hand-in withdraws without a steward's agreement. None at all asks for agreement
/// to each; 100 where nothing was settled.
#[utoipa::path(put, path = "/api/center/{scope}/withdrawal-limit", tag = "center", request_body = Most,
    params(("scope" = String, Path, description = "The six digits of the scope."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "It is settled.", body = Settled),
        (status = 403, description = "Not a steward of the whole scope."),
        (status = 404, description = "There is no such scope."),
        (status = 421, description = "Another process holds it."),
    ))]
pub(super) async fn set_limit(
    State(counter): State<Counter>,
    act: Act,
    Path(scope): Path<String>,
    Body(Most { most }): Body<Most>,
) -> Result<Json<Settled>, Problem> {
    let scope = counter.decides(&act.caller, &scope)?;
    let event = PolicyEvent::WithdrawalLimitSet(WithdrawalLimitSet { most, set_by: act.caller.subject.clone() });
    counter
        .settle(&act, scope, json!({ "withdrawalLimit": most }), |policy| {
            if policy.most() == most { Vec::new() } else { vec![event.clone()] }
        })
        .await
        .map(|(position, policy)| Json(Settled { most: policy.most(), agreed: None, position }))
}

/// Agree that a hand-in withdraws more registrations of a scope than the limit, once a steward has seen which. The clerk then
/// withdraws them.
#[utoipa::path(post, path = "/api/center/{scope}/hand-ins/{id}/agree-withdrawal", tag = "center", request_body = Most,
    params(("scope" = String, Path, description = "The six digits of the scope."),
        ("id" = Uuid, Path, description = "The hand-in."),
        ("Idempotency-Key" = String, Header, description = "The same for every repetition of this act.")),
    responses(
        (status = 200, description = "It is agreed.", body = Settled),
        (status = 403, description = "Not a steward of the whole scope."),
        (status = 404, description = "There is no such scope or hand-in."),
        (status = 421, description = "Another process holds the scope."),
    ))]
pub(super) async fn agree(
    State(counter): State<Counter>,
    act: Act,
    Path((scope, id)): Path<(String, String)>,
    Body(Most { most }): Body<Most>,
) -> Result<Json<Settled>, Problem> {
    let scope = counter.decides(&act.caller, &scope)?;
    let unknown = || Problem::not_found("没有这次上交。", "There is no such hand-in.");
    let hand_in: HandInId = id.parse().map_err(|_| unknown())?;
    if counter.log.read_stream(&Stream::HandIn(hand_in).to_string()).await?.is_empty() {
        return Err(unknown());
    }
    let agreed_by = act.caller.subject.clone();
    let event = PolicyEvent::LargeWithdrawalAgreed(LargeWithdrawalAgreed { hand_in, most, agreed_by });
    counter
        .settle(&act, scope, json!({ "agreeWithdrawal": hand_in, "most": most }), |policy| {
            if policy.agreed(hand_in) == Some(most) { Vec::new() } else { vec![event.clone()] }
        })
        .await
        .map(|(position, policy)| Json(Settled { most: policy.most(), agreed: Some(most), position }))
}

impl Counter {
    fn scope(&self, text: &str) -> Result<Scope, Problem> {
        let scope = text.parse().map_err(|_| no_scope(text))?;
        if self.held.holds(scope) { Ok(scope) } else { Err(out_of_scope(scope, &self.held)) }
    }

    /// The scope, if the caller decides for the whole of it.
    fn decides(&self, caller: &Caller, text: &str) -> Result<Scope, Problem> {
        caller.require_role(&[Role::Steward])?;
        let scope = self.scope(text)?;
        match caller.bound_to() {
            Some(own) if !scope.lies_in(own) => Err(not_the_whole(scope, own)),
            Some(_) | None => Ok(scope),
        }
    }

    async fn settle(
        &self,
        act: &Act,
        scope: Scope,
        body: serde_json::Value,
        decide: impl Fn(&WithdrawalPolicy) -> Vec<PolicyEvent>,
    ) -> Result<(Option<String>, WithdrawalPolicy), Problem> {
        let command = act.command(&body, act.caller.office, self.clock.now())?;
        let stream = Stream::Policy(scope).to_string();
        let decide = |policy: &WithdrawalPolicy| Ok::<_, Problem>(decide(policy));
        let nothing = WithdrawalPolicy::default();
        let (outcome, policy) =
            decide::handle(&self.log, &stream, &command, nothing, WithdrawalPolicy::evolve, decide).await?;
        Ok((Some(outcome.position.token(self.log.id())), policy))
    }
}

fn not_the_whole(scope: Scope, own: AreaCode) -> Problem {
    Problem::new(axum::http::StatusCode::FORBIDDEN, "area-required")
        .zh(format!("您的权限限于区划{own}，辖区{scope}不全在其中。"))
        .en(format!("You are bound to the area {own}, in which not all of the scope {scope} lies."))
}
