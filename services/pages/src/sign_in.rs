//! Signing in, and the preferences that anybody may set.

use super::chrome::{self, Chrome, LANG_COOKIE, Pairs, TEXT_COOKIE, inside, lang_of, preference};
use askama::Template;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chassis::auth::{Caller, Role};

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn {
    p: Chrome,
    next: String,
    refused: bool,
}

/// `GET /sign-in`
pub async fn page(p: Chrome, Query(pairs): Pairs) -> Response {
    let next = pairs.iter().find(|(name, _)| name == "next").map_or("", |(_, value)| value.as_str());
    let next = match inside(next) {
        // Whoever wants nothing in particular is led on once it is known who they are.
        "/" => "/desk".to_owned(),
        next => next.to_owned(),
    };
    form(p, next, false)
}

/// The form that leads to `next`; `refused` when the caller's own account may not see it.
pub fn form(p: Chrome, next: String, refused: bool) -> Response {
    let status = if refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
    p.clone().page(status, &SignIn { p, next, refused })
}

/// The caller, if they may see a page for `roles`; else where they are sent instead.
pub fn require<'a>(p: &'a Chrome, roles: &[Role]) -> Result<&'a Caller, Box<Response>> {
    match &p.caller {
        Some(caller) if roles.contains(&caller.role) => Ok(caller),
        Some(_) => Err(Box::new(form(p.clone(), p.here.clone(), true))),
        None => Err(Box::new(Redirect::to(&format!("/sign-in?next={}", p.here_encoded())).into_response())),
    }
}

/// `GET /desk`: the first page of whoever is signed in.
pub async fn desk(p: Chrome) -> Response {
    let to = match &p.caller {
        None => "/sign-in",
        Some(_) if p.is_any(chrome::STEWARDS) => "/steward",
        Some(_) if p.is_any(chrome::CLERKS) => "/office",
        Some(_) if p.is_any(chrome::AUDITORS) => "/steward/history",
        Some(_) => "/",
    };
    Redirect::to(to).into_response()
}

/// `GET /preferences?text=large|normal&lang=zh|en&next=/...`: keeps a preference and goes back.
pub async fn preferences(Query(pairs): Pairs) -> Response {
    let mut next = "/";
    let mut kept: Vec<String> = Vec::new();
    for (name, value) in &pairs {
        match (name.as_str(), value.as_str()) {
            ("next", value) => next = inside(value),
            ("text", "large" | "normal") => kept.push(preference(TEXT_COOKIE, value)),
            ("lang", value) if lang_of(value).is_some() => kept.push(preference(LANG_COOKIE, value)),
            (_, _) => {}
        }
    }
    let mut response = Redirect::to(next).into_response();
    for cookie in kept {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}
