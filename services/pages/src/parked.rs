//! What the process has set aside.

use super::chrome::{Chrome, STEWARDS};
use super::sign_in::require;
use super::{Pages, format};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chassis::app::parked;
use chassis::health::{Parked, ParkedKind};

#[derive(Template)]
#[template(path = "parked.html")]
struct ParkedPage {
    p: Chrome,
    rows: Vec<Row>,
}

struct Row {
    scope: String,
    what: String,
    stream: String,
    event_type: String,
    reason: String,
    since: String,
}

/// `GET /steward/parked`: what could not be read, and what could not be published.
pub async fn page(State(pages): State<Pages>, p: Chrome) -> Response {
    if let Err(response) = require(&p, STEWARDS) {
        return *response;
    }
    let rows = parked(&pages.health).into_iter().map(|(_, parked)| row(parked, &p)).collect();
    p.clone().page(StatusCode::OK, &ParkedPage { p, rows })
}

fn row(parked: Parked, p: &Chrome) -> Row {
    let what = match parked.kind {
        ParkedKind::Event => p.t("读不懂的记录", "An event that cannot be read"),
        ParkedKind::Publication => p.t("公布不了的内容", "A publication that is refused"),
    };
    Row {
        scope: parked.scope().map(|scope| scope.to_string()).unwrap_or_default(),
        what: what.to_owned(),
        stream: match parked.revision {
            Some(revision) => format!("{} #{revision}", parked.stream),
            None => parked.stream,
        },
        event_type: parked.event_type,
        reason: p.lang.pick(parked.reason_zh, parked.reason),
        since: format::date_time(parked.since, p.lang),
    }
}
