//! Signing in and out over HTTP, and what an administrator does with accounts.

mod people;

use crate::device::DEVICE_COOKIE;
use crate::issuer::{Issuer, IssuerError, SESSION, SignedIn, Visitor};
use axum::extract::{DefaultBodyLimit, FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Form, Json, Router};
use axum_extra::extract::CookieJar;
use chassis::auth::{COOKIE, Caller, Role};
use chassis::http::{Body, Peer, Problem, asks_for, same_origin, too_large};
use chassis::service::{Mounted, Service, StartError};
use chrono::{DateTime, Utc};
use schema::{AreaCode, Office};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::OpenApi as _;

/// So many passwords are checked at the same time, each with 19 MiB; others wait.
const CHECKS: usize = 4;

/// An account, a password and a path are not longer than this, in bytes.
const MOST_BODY: usize = 4096;

/// How long a browser is known again: a year.
const DEVICE_SECONDS: i64 = 366 * 24 * 3600;

/// Signing in and out, who is signed in, and the issuer's public keys.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let desk =
        Desk { issuer: Issuer::open(&service.data, service.clock.clone())?, checks: Arc::new(Semaphore::new(CHECKS)) };
    let router = Router::new()
        .route("/session", post(sign_in).get(who).delete(sign_out))
        .route("/session/password", put(change_password))
        .merge(people::router())
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .route("/session/end", post(sign_out))
        .route("/.well-known/jwks.json", get(jwks))
        .with_state(desk);
    Ok(Mounted { name: "accounts", router, openapi: Description::openapi() })
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Accounts", description = "The built-in issuer: password for token."),
    paths(sign_in, who, sign_out, sign_out_by_form, change_password, jwks),
    components(schemas(Credentials, Session, Who, NewPassword)),
    nest((path = "/", api = people::Description))
)]
struct Description;

#[derive(Clone)]
struct Desk {
    issuer: Issuer,
    checks: Arc<Semaphore>,
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Credentials {
    /// The account's name.
    #[serde(alias = "name")]
    account: String,
    /// Its password.
    password: String,
    /// Where a form leads after it: a path of this site.
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password as it is.
    present: String,
    /// The one that takes its place: 8 to 200 characters.
    password: String,
}

/// Somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Session {
    /// For `Authorization: Bearer`. A browser has it as a cookie.
    pub token: String,
    /// Until when it is good.
    pub expires: DateTime<Utc>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Who {
    /// The account's name.
    account: String,
    /// What it may do.
    #[schema(value_type = String)]
    role: Role,
    /// The office it acts for.
    #[schema(value_type = Option<String>)]
    office: Option<Office>,
    /// The area it is bound to.
    #[schema(value_type = Option<String>)]
    area: Option<AreaCode>,
}

/// Sign in.
///
/// Takes a form or JSON of 4 KiB at most. Sets the cookie; a form is led on to `next`, JSON is answered with the token.
#[utoipa::path(post, path = "/session", tag = "accounts",
    request_body(content((Credentials = "application/json"), (Credentials = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "Signed in (JSON).", body = Session),
        (status = 303, description = "Signed in (form): to `next`."),
        (status = 400, description = "The form or the JSON is not whole."),
        (status = 413, description = "The body is too large."),
        (status = 415, description = "Neither a form nor JSON."),
        (status = 422, description = "A field is missing or not known."),
        (status = 403, description = "The account or the password is wrong."),
        (status = 429, description = "Too many failures: see Retry-After."),
    ))]
async fn sign_in(State(desk): State<Desk>, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let Ok(peer) = Peer::from_request_parts(&mut parts, &()).await;
    let headers = parts.headers.clone();
    let request = Request::from_parts(parts, body);
    let from_browser = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    if from_browser && !same_origin(&headers) {
        // Another site must not sign a visitor in under an account of its choice.
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross-site")
            .zh("请求来自其他网站的页面，已拒绝。请从本站页面登录。")
            .en("The request comes from another site's page and was refused. Sign in on this site's own page."));
    }
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|media| {
        media.to_str().is_ok_and(|media| media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"))
    });
    let credentials = if is_form {
        let form = Form::<Credentials>::from_request(request, &()).await;
        form.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::bad_request("form-invalid", "请填写账号和密码。", "Give the account and the password."),
        })?
        .0
    } else {
        Body::<Credentials>::from_request(request, &()).await?.0
    };
    let (name, password, visitor) = (credentials.account, credentials.password, visitor(peer, &headers));
    let signed_in = blocking(&desk, move |issuer| issuer.sign_in(&name, &password, &visitor)).await?;
    if is_form {
        let next = credentials.next.as_deref().filter(|next| is_local(next)).unwrap_or("/");
        let next = [(header::LOCATION, text(next)?)];
        return Ok((StatusCode::SEE_OTHER, AppendHeaders(cookies(&signed_in, &headers)?), next).into_response());
    }
    signed_in_by_json(&signed_in, &headers)
}

fn visitor(peer: Peer, headers: &HeaderMap) -> Visitor {
    let device = CookieJar::from_headers(headers).get(DEVICE_COOKIE).map(|cookie| cookie.value().to_owned());
    Visitor { peer, device }
}

fn cookies(signed_in: &SignedIn, headers: &HeaderMap) -> Result<[(HeaderName, HeaderValue); 2], Problem> {
    Ok([
        (header::SET_COOKIE, cookie(COOKIE, &signed_in.token, SESSION.num_seconds(), headers)?),
        (header::SET_COOKIE, cookie(DEVICE_COOKIE, &signed_in.device, DEVICE_SECONDS, headers)?),
    ])
}

fn signed_in_by_json(signed_in: &SignedIn, headers: &HeaderMap) -> Result<Response, Problem> {
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let session = Session { token: signed_in.token.clone(), expires: signed_in.expires };
    Ok((AppendHeaders(cookies(signed_in, headers)?), no_store, Json(session)).into_response())
}

/// Has the issuer do what takes a password's hash, on few threads at a time.
async fn blocking<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce(&Issuer) -> Result<T, IssuerError> + Send + 'static,
) -> Result<T, Problem> {
    let _permit = desk.checks.acquire().await.map_err(|error| Problem::internal(&error))?;
    let issuer = desk.issuer.clone();
    let done = tokio::task::spawn_blocking(move || work(&issuer)).await;
    done.map_err(|error| Problem::internal(&error))?.map_err(problem)
}

/// What the issuer refused, in words.
fn problem(error: IssuerError) -> Problem {
    let conflict = |code| Problem::new(StatusCode::CONFLICT, code);
    match error {
        IssuerError::Wrong => Problem::new(StatusCode::FORBIDDEN, "wrong-credentials")
            .title("登录失败", "Not signed in")
            .zh("账号或密码不对，或账号已停用。请检查后重试；忘记密码请找系统管理员重设。")
            .en("The account or the password is wrong, or the account is disabled. Check them and try again; an \
                 administrator can set a new password."),
        IssuerError::TooMany(wait) => {
            let seconds = wait.num_seconds() + 1;
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
                .zh(format!("登录失败次数过多，请 {seconds} 秒后再试。"))
                .en(format!("Too many failed sign-ins; try again in {seconds} s."))
                .header("retry-after", &seconds.to_string())
        }
        IssuerError::Name(_) => Problem::unprocessable(
            "account-name",
            "账号名须为 1 至 64 个小写字母、数字、点、横线或下划线，且不含身份证号。",
            "A name has 1 to 64 of a-z, 0-9, dot, hyphen and underscore, and no identity number in it.",
        ),
        IssuerError::Taken(name) => conflict("account-taken")
            .zh(format!("账号名{name}已经用过，请换一个。"))
            .en(format!("The name {name} is or was an account's; take another.")),
        IssuerError::Unknown(name) => {
            Problem::not_found(format!("没有账号{name}。"), format!("There is no account {name}."))
        }
        IssuerError::UnknownToken(id) => {
            Problem::not_found(format!("没有令牌{id}。"), format!("There is no token {id}."))
        }
        IssuerError::OfficeMissing => {
            Problem::unprocessable("office-missing", "经办人必须指定部门（office）。", "A clerk needs an office.")
        }
        IssuerError::OfficeUnfit => Problem::unprocessable(
            "office-unfit",
            "只有经办人才有部门，请去掉 office。",
            "Only a clerk has an office; leave it out.",
        ),
        IssuerError::LastAdmin(name) => conflict("last-admin")
            .zh(format!("{name}是唯一启用的系统管理员，请先另建一个。"))
            .en(format!("{name} is the only administrator who can sign in; make another first.")),
        IssuerError::Password => Problem::unprocessable(
            "password-length",
            "密码须有 8 至 200 个字符。",
            "A password has 8 to 200 characters.",
        ),
        IssuerError::Lifetime => Problem::unprocessable(
            "token-lifetime",
            "令牌有效期须为 1 至 8784 小时。",
            "A token is good for 1 to 8784 hours.",
        ),
        IssuerError::Store(_) | IssuerError::File { .. } | IssuerError::Signer(_) | IssuerError::NoRandomness(_) => {
            Problem::internal(&error)
        }
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "accounts", responses(
    (status = 200, description = "The holder of the token.", body = Who),
    (status = 401, description = "Nobody is."),
))]
async fn who(caller: Caller) -> Response {
    let who = Who { account: caller.subject, role: caller.role, office: caller.office, area: caller.area };
    ([(header::CACHE_CONTROL, "no-store")], Json(who)).into_response()
}

/// Sign out.
///
/// Takes the cookie away. The token itself is good until it expires. A form is led to the first page.
#[utoipa::path(delete, path = "/session", tag = "accounts", responses(
    (status = 200, description = "Signed out."),
    (status = 303, description = "Signed out (form): to the first page."),
))]
async fn sign_out(headers: HeaderMap) -> Result<Response, Problem> {
    let cookie = cookie(COOKIE, "", 0, &headers)?;
    if asks_for(&headers, "text/html") {
        let first = HeaderValue::from_static("/");
        return Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, first)]).into_response());
    }
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "signedOut": true }))).into_response())
}

/// Sign out, for a form.
#[utoipa::path(post, path = "/session/end", tag = "accounts", responses(
    (status = 200, description = "Signed out."),
    (status = 303, description = "Signed out (form): to the first page."),
))]
#[expect(dead_code, reason = "describes the second route of `sign_out`")]
async fn sign_out_by_form() {}

/// Exchange one's own password.
///
/// Ends every session of the account; this browser gets a new one, and its cookie.
#[utoipa::path(put, path = "/session/password", tag = "accounts", request_body = NewPassword, responses(
    (status = 200, description = "Exchanged: another token.", body = Session),
    (status = 401, description = "Nobody is signed in."),
    (status = 403, description = "The present password is wrong, or the caller is no account of this issuer."),
    (status = 422, description = "The new password is too short or too long."),
    (status = 429, description = "Too many failures: see Retry-After."),
))]
async fn change_password(
    State(desk): State<Desk>,
    caller: Caller,
    peer: Peer,
    headers: HeaderMap,
    Body(passwords): Body<NewPassword>,
) -> Result<Response, Problem> {
    let visitor = visitor(peer, &headers);
    let NewPassword { present, password } = passwords;
    let name = caller.subject;
    let signed_in = blocking(&desk, move |issuer| issuer.change_password(&name, &present, &password, &visitor)).await?;
    signed_in_by_json(&signed_in, &headers)
}

/// The issuer's public keys, as a JWK Set (RFC 7517), with the grants that are revoked in the member `huiju_revoked`.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "accounts", responses(
    (status = 200, description = "The keys.", content_type = "application/jwk-set+json"),
))]
async fn jwks(State(desk): State<Desk>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "max-age=60")];
    match desk.issuer.jwks() {
        Ok(jwks) => (headers, jwks).into_response(),
        Err(error) => problem(error).into_response(),
    }
}

/// A cookie: out of reach of scripts, sent by no other site's page, and over TLS only if the visitor came over TLS.
fn cookie(name: &str, value: &str, seconds: i64, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let over_tls = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if over_tls { "; Secure" } else { "" };
    text(&format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"))
}

fn text(value: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(value).map_err(|error| Problem::internal(&error))
}

/// Whether an address stays on this site, however a browser reads it: backslashes count as slashes, and tabs and line
/// breaks are dropped.
fn is_local(next: &str) -> bool {
    let after = next.strip_prefix('/');
    after.is_some_and(|after| !after.starts_with(['/', '\\'])) && next.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_local() {
        for local in ["/", "/desk", "/steward?tab=1#a", "/a/%E5%8C%BB"] {
            assert!(is_local(local), "{local}");
        }
        for foreign in
            ["", "desk", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil", "/a b", "/医"]
        {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
