//! Signing in and out over HTTP.

use crate::device::DEVICE_COOKIE;
use crate::issuer::{Issuer, IssuerError, SESSION, SignedIn, Visitor};
use axum::extract::{DefaultBodyLimit, FromRequest as _, FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
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
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .route("/session/end", post(sign_out))
        .route("/.well-known/jwks.json", get(jwks))
        .with_state(desk);
    Ok(Mounted { name: "accounts", router, openapi: Description::openapi() })
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Accounts", description = "The built-in issuer: password for token."),
    paths(sign_in, who, sign_out, sign_out_by_form, jwks),
    components(schemas(Credentials, Session, Who))
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
    let device = CookieJar::from_headers(&headers).get(DEVICE_COOKIE).map(|cookie| cookie.value().to_owned());
    let visitor = Visitor { place: peer.network(), device };
    let SignedIn { token, expires, device, .. } =
        check(&desk, credentials.account, credentials.password, visitor).await?;
    let cookies = [
        (header::SET_COOKIE, cookie(COOKIE, &token, SESSION.num_seconds(), &headers)?),
        (header::SET_COOKIE, cookie(DEVICE_COOKIE, &device, DEVICE_SECONDS, &headers)?),
    ];
    if is_form {
        let next = credentials.next.as_deref().filter(|next| is_local(next)).unwrap_or("/");
        let next = [(header::LOCATION, text(next)?)];
        return Ok((StatusCode::SEE_OTHER, AppendHeaders(cookies), next).into_response());
    }
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((AppendHeaders(cookies), no_store, Json(Session { token, expires })).into_response())
}

async fn check(desk: &Desk, name: String, password: String, visitor: Visitor) -> Result<SignedIn, Problem> {
    let _permit = desk.checks.acquire().await.map_err(|error| Problem::internal(&error))?;
    let issuer = desk.issuer.clone();
    let checked = tokio::task::spawn_blocking(move || issuer.sign_in(&name, &password, &visitor)).await;
    match checked.map_err(|error| Problem::internal(&error))? {
        Ok(signed_in) => Ok(signed_in),
        Err(IssuerError::Wrong) => Err(Problem::new(StatusCode::FORBIDDEN, "wrong-credentials")
            .title("登录失败", "Not signed in")
            .zh("账号或密码不对，或账号已停用。请检查后重试；忘记密码请找系统管理员重设。")
            .en("The account or the password is wrong, or the account is disabled. Check them and try again; an \
                 administrator can set a new password.")),
        Err(IssuerError::TooMany(wait)) => {
            let seconds = wait.num_seconds() + 1;
            Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
                .zh(format!("登录失败次数过多，请 {seconds} 秒后再试。"))
                .en(format!("Too many failed sign-ins; try again in {seconds} s."))
                .header("retry-after", &seconds.to_string()))
        }
        Err(error) => Err(Problem::internal(&error)),
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

/// The issuer's public keys, as a JWK Set (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "accounts", responses(
    (status = 200, description = "The keys.", content_type = "application/jwk-set+json"),
))]
async fn jwks(State(desk): State<Desk>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "max-age=60")];
    (headers, desk.issuer.jwks()).into_response()
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
