//! What an administrator does with accounts and with the tokens of scripts.

use super::{Desk, blocking, problem};
use crate::store::{Account, ScriptToken};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::http::{Body, Problem};
use chrono::{DateTime, Utc};
use schema::{AreaCode, Office};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/api/accounts", get(accounts).post(add))
        .route("/api/accounts/{name}", get(account).patch(change).delete(remove))
        .route("/api/accounts/{name}/password", put(set_password))
        .route("/api/tokens", get(tokens).post(mint))
        .route("/api/tokens/{id}", delete(revoke))
}

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(accounts, account, add, change, remove, set_password, tokens, mint, revoke),
    components(schemas(AnAccount, NewAccount, Change, Duties, Password, AToken, NewToken, Minted))
)]
pub(super) struct Description;

/// What somebody may do, for whom and where.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Duties {
    /// `clerk`, `steward`, `planner`, `operator`, `partner` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// The office that a clerk acts for; nobody else has one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    office: Option<Office>,
    /// The division that bounds what they see and do.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    area: Option<AreaCode>,
}

/// An account.
#[derive(Serialize, utoipa::ToSchema)]
struct AnAccount {
    /// What it signs in with, and what the log names it by.
    name: String,
    /// What it may do.
    duties: Duties,
    /// Whether it may not sign in.
    disabled: bool,
}

impl From<Account> for AnAccount {
    fn from(account: Account) -> AnAccount {
        let Account { name, role, office, area, disabled } = account;
        AnAccount { name, duties: Duties { role, office, area }, disabled }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// 1 to 64 of a-z, 0-9, dot, hyphen and underscore. Never a person's name or number.
    name: String,
    /// What it may do.
    duties: Duties,
    /// 8 to 200 characters.
    password: String,
}

/// What changes; what is not named stays.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    /// What it may do from now on, whole.
    #[serde(default)]
    duties: Option<Duties>,
    /// Whether it may not sign in.
    #[serde(default)]
    disabled: Option<bool>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    /// 8 to 200 characters.
    password: String,
}

/// A token of a script.
#[derive(Serialize, utoipa::ToSchema)]
struct AToken {
    /// By what it is revoked.
    id: Uuid,
    /// What the log names it by.
    subject: String,
    /// What it may do.
    duties: Duties,
    /// When it was made.
    issued: DateTime<Utc>,
    /// Until when it is good.
    expires: DateTime<Utc>,
    /// Since when it is good no longer, if it was revoked.
    revoked: Option<DateTime<Utc>>,
}

impl From<ScriptToken> for AToken {
    fn from(token: ScriptToken) -> AToken {
        let ScriptToken { id, caller: Caller { subject, role, office, area }, issued, expires, revoked } = token;
        AToken { id, subject, duties: Duties { role, office, area }, issued, expires, revoked }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What the log calls it: `script:NAME`.
    name: String,
    /// What it may do.
    duties: Duties,
    /// For how many hours it is good: 8,784 at most.
    hours: u32,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Minted {
    /// What it is.
    made: AToken,
    /// The token, for `Authorization: Bearer`: told this once.
    token: String,
}

fn admin(caller: &Caller) -> Result<(), Problem> {
    caller.require_role(&[Role::Admin])
}

fn private<T: Serialize>(answer: T) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn found(desk: &Desk, name: &str) -> Result<Account, Problem> {
    let all = desk.issuer.list().map_err(problem)?;
    let unknown = || problem(crate::IssuerError::Unknown(name.to_owned()));
    all.into_iter().find(|account| account.name == name).ok_or_else(unknown)
}

/// The accounts, by name.
#[utoipa::path(get, path = "/api/accounts", tag = "accounts", responses(
    (status = 200, description = "All of them but the deleted ones.", body = Vec<AnAccount>),
    (status = 403, description = "The caller is no admin."),
))]
async fn accounts(State(desk): State<Desk>, caller: Caller) -> Result<Response, Problem> {
    admin(&caller)?;
    let all = desk.issuer.list().map_err(problem)?;
    Ok(private(all.into_iter().map(AnAccount::from).collect::<Vec<_>>()))
}

/// An account.
#[utoipa::path(get, path = "/api/accounts/{name}", tag = "accounts", responses(
    (status = 200, description = "It.", body = AnAccount),
    (status = 403, description = "The caller is no admin."),
    (status = 404, description = "There is none of that name."),
))]
async fn account(State(desk): State<Desk>, caller: Caller, Path(name): Path<String>) -> Result<Response, Problem> {
    admin(&caller)?;
    Ok(private(AnAccount::from(found(&desk, &name)?)))
}

/// Make an account.
#[utoipa::path(post, path = "/api/accounts", tag = "accounts", request_body = NewAccount, responses(
    (status = 201, description = "Made.", body = AnAccount),
    (status = 403, description = "The caller is no admin."),
    (status = 409, description = "The name is or was an account's."),
    (status = 422, description = "The name, the password or the office does not fit."),
))]
async fn add(
    State(desk): State<Desk>,
    caller: Caller,
    Body(NewAccount { name, duties: Duties { role, office, area }, password }): Body<NewAccount>,
) -> Result<Response, Problem> {
    admin(&caller)?;
    let made = name.clone();
    blocking(&desk, move |issuer| issuer.by(&caller.subject).create_account(&name, role, office, area, &password))
        .await?;
    let place = [(header::LOCATION, format!("/api/accounts/{made}"))];
    Ok((StatusCode::CREATED, place, private(AnAccount::from(found(&desk, &made)?))).into_response())
}

/// Change what an account may do, disable or enable it.
///
/// Its sessions end, unless it is only enabled.
#[utoipa::path(patch, path = "/api/accounts/{name}", tag = "accounts", request_body = Change, responses(
    (status = 200, description = "Changed.", body = AnAccount),
    (status = 403, description = "The caller is no admin."),
    (status = 404, description = "There is none of that name."),
    (status = 409, description = "It is the last admin who can sign in."),
    (status = 422, description = "The office does not fit the role."),
))]
async fn change(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Body(Change { duties, disabled }): Body<Change>,
) -> Result<Response, Problem> {
    admin(&caller)?;
    let issuer = desk.issuer.by(&caller.subject);
    match (duties, disabled) {
        (Some(Duties { role, office, area }), disabled) => {
            issuer.assign(&name, role, office, area, disabled).map_err(problem)?;
        }
        (None, Some(true)) => issuer.disable(&name).map_err(problem)?,
        (None, Some(false)) => issuer.enable(&name).map_err(problem)?,
        (None, None) => {}
    }
    Ok(private(AnAccount::from(found(&desk, &name)?)))
}

/// Delete an account.
///
/// Its sessions end. Its name is given to nobody again: the log goes on naming it.
#[utoipa::path(delete, path = "/api/accounts/{name}", tag = "accounts", responses(
    (status = 204, description = "Deleted."),
    (status = 403, description = "The caller is no admin."),
    (status = 404, description = "There is none of that name."),
    (status = 409, description = "It is the last admin who can sign in."),
))]
async fn remove(State(desk): State<Desk>, caller: Caller, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    admin(&caller)?;
    desk.issuer.by(&caller.subject).delete(&name).map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an account another password.
///
/// Its sessions end.
#[utoipa::path(put, path = "/api/accounts/{name}/password", tag = "accounts", request_body = Password, responses(
    (status = 204, description = "Given."),
    (status = 403, description = "The caller is no admin."),
    (status = 404, description = "There is none of that name."),
    (status = 422, description = "The password is too short or too long."),
))]
async fn set_password(
    State(desk): State<Desk>,
    caller: Caller,
    Path(name): Path<String>,
    Body(Password { password }): Body<Password>,
) -> Result<StatusCode, Problem> {
    admin(&caller)?;
    blocking(&desk, move |issuer| issuer.by(&caller.subject).set_password(&name, &password)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tokens of scripts, the newest first.
///
/// Those that ended are told of for half a year.
#[utoipa::path(get, path = "/api/tokens", tag = "accounts", responses(
    (status = 200, description = "All of them, without the tokens themselves.", body = Vec<AToken>),
    (status = 403, description = "The caller is no admin."),
))]
async fn tokens(State(desk): State<Desk>, caller: Caller) -> Result<Response, Problem> {
    admin(&caller)?;
    let all = desk.issuer.tokens().map_err(problem)?;
    Ok(private(all.into_iter().map(AToken::from).collect::<Vec<_>>()))
}

/// Make a token for a script.
#[utoipa::path(post, path = "/api/tokens", tag = "accounts", request_body = NewToken, responses(
    (status = 201, description = "Made.", body = Minted),
    (status = 403, description = "The caller is no admin."),
    (status = 422, description = "The name, the office or the hours do not fit."),
))]
async fn mint(
    State(desk): State<Desk>,
    caller: Caller,
    Body(NewToken { name, duties: Duties { role, office, area }, hours }): Body<NewToken>,
) -> Result<Response, Problem> {
    admin(&caller)?;
    let lifetime = Duration::from_secs(u64::from(hours) * 3600);
    let issuer = desk.issuer.by(&caller.subject);
    let (made, token) = issuer.mint_token(Some(&name), role, office, area, lifetime).map_err(problem)?;
    Ok((StatusCode::CREATED, private(Minted { made: made.into(), token })).into_response())
}

/// Take a script's token back.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "accounts", responses(
    (status = 204, description = "Revoked: whoever shows it is refused."),
    (status = 403, description = "The caller is no admin."),
    (status = 404, description = "There is none of that id."),
))]
async fn revoke(State(desk): State<Desk>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    admin(&caller)?;
    desk.issuer.by(&caller.subject).revoke_token(id).map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
