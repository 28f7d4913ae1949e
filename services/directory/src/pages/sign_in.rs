//! Signing in, and the preferences that anybody may set.

use super::Pages;
use super::chrome::{Chrome, LANG_COOKIE, TEXT_COOKIE, inside, lang_of, preference};
use super::visit::Pairs;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn {
    p: Chrome,
    next: String,
    refused: bool,
}

/// `GET /sign-in`
pub async fn page(State(_pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    let next = pairs.iter().find(|(name, _)| name == "next").map_or("", |(_, value)| value.as_str());
    let next = match inside(next) {
        "/" => home_of(&p).to_owned(),
        next => next.to_owned(),
    };
    form(p, next, false)
}

/// The form that leads to `next`; `refused` when the caller's own account may not see it.
pub fn form(p: Chrome, next: String, refused: bool) -> Response {
    let status = if refused { StatusCode::FORBIDDEN } else { StatusCode::OK };
    p.clone().page(status, &SignIn { p, next, refused })
}

/// Where somebody goes who signed in without wanting anything in particular: decided after signing in.
fn home_of(_p: &Chrome) -> &'static str {
    "/desk"
}

/// `GET /desk`: the first page of whoever is signed in.
pub async fn desk(p: Chrome) -> Response {
    let to = match &p.caller {
        None => "/sign-in",
        Some(_) if p.is_any(super::chrome::STEWARDS) => "/steward",
        Some(_) if p.is_any(super::chrome::CLERKS) => "/office",
        Some(_) if p.is_any(super::chrome::AUDITORS) => "/steward/history",
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
