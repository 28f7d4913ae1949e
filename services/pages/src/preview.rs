//! What undoing a merge would restore, as cards. The centre says it to the browser, which has it rendered here: pages know no
//! centre.

use super::chrome::{Chrome, STEWARDS};
use super::{values, words};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chassis::auth::Caller;
use chassis::http::{Body, Problem};
use serde::Deserialize;
use serde_json::Value;

/// The answer of `GET /api/center/merges/{id}/undo-preview`.
#[derive(Deserialize)]
pub struct Preview {
    current: Half,
    halves: Vec<Half>,
}

#[derive(Deserialize)]
struct Half {
    registrations: Vec<Member>,
    resource: Option<Value>,
    hidden: Option<String>,
}

#[derive(Deserialize)]
struct Member {
    office: String,
    name: String,
}

#[derive(Template)]
#[template(path = "parts/undo-preview.html")]
struct Cards {
    p: Chrome,
    cards: Vec<Card>,
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    p: Chrome,
    cards: Vec<Card>,
}

struct Card {
    name: String,
    hidden: Option<String>,
    facts: Vec<Restored>,
    members: Vec<(String, String)>,
}

/// The value of a field of a resource.
struct Restored {
    name: &'static str,
    value: String,
    differs: bool,
}

/// `POST /steward/undo-preview`: the cards of a preview.
pub async fn fragment(caller: Caller, p: Chrome, Body(preview): Body<Preview>) -> Result<Response, Problem> {
    caller.require_role(STEWARDS)?;
    let cards = cards(preview, &p);
    Ok(p.clone().page(StatusCode::OK, &Cards { p, cards }))
}

/// The whole page of a preview as the centre gives it to programs, for a browser without scripts.
pub(super) fn page(p: &Chrome, preview: Value) -> Response {
    match serde_json::from_value(preview) {
        Ok(preview) => p.page(StatusCode::OK, &PreviewPage { p: p.clone(), cards: cards(preview, p) }),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

fn cards(preview: Preview, p: &Chrome) -> Vec<Card> {
    let Preview { current, halves } = preview;
    halves.into_iter().map(|half| card(half, current.resource.as_ref(), p)).collect()
}

fn card(half: Half, current: Option<&Value>, p: &Chrome) -> Card {
    let of = |resource: Option<&Value>, field: &str| {
        let value = resource.and_then(|resource| resource.get(field)).unwrap_or(&Value::Null);
        values::in_words(field, value, p.lang)
    };
    let facts = words::FIELDS.iter().map(|(field, zh, en)| {
        let value = of(half.resource.as_ref(), field);
        Restored { name: p.t(zh, en), differs: value != of(current, field), value }
    });
    Card {
        name: match (&half.resource, half.registrations.first()) {
            (Some(resource), _) => of(Some(resource), "name"),
            (None, first) => first.map(|member| member.name.clone()).unwrap_or_default(),
        },
        hidden: half.hidden.map(|reason| words::of(words::NOT_SHOWN, &reason, p.lang).to_owned()),
        facts: facts.filter(|fact| !fact.value.is_empty() || fact.differs).collect(),
        members: half
            .registrations
            .into_iter()
            .map(|member| (words::of(words::OFFICES, &member.office, p.lang).to_owned(), member.name))
            .collect(),
    }
}
