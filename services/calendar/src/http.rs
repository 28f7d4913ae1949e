//! `POST /api/calendar/imports`.

use crate::import::{self, CalendarReport, ImportError};
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chassis::auth::Caller;
use chassis::http::Problem;
use chassis::http::upload;
use chassis::service::Service;
use schema::Scope;
use serde::Deserialize;
use serde_json::json;
use utoipa::openapi::OpenApi;

/// A hundred years of days, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

pub(crate) fn routes(service: &Service) -> (Router, OpenApi) {
    let router = Router::new()
        .route("/api/calendar/imports", post(hand_in))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service.clone());
    (router, describe())
}

#[derive(Deserialize)]
struct HandInQuery {
    scope: Option<String>,
    #[serde(default)]
    check: bool,
    file: Option<String>,
}

async fn hand_in(
    State(service): State<Service>,
    caller: Caller,
    query: Result<Query<HandInQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<CalendarReport>), Problem> {
    caller.require_role(&[])?;
    let Query(query) = query.map_err(|rejection| upload::query_malformed(&rejection))?;
    let scope = query.scope.as_deref().map_or(Ok(Scope::NATION), scope_of)?;
    let file = upload::file(request, query.file, &[], BODY_LIMIT).await?;
    let report = if query.check {
        import::check(&service, &file.bytes, &file.name, scope).await?
    } else {
        import::import_as(&service, &file.bytes, &file.name, scope, &caller.subject).await?
    };
    let status = if report.position.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report)))
}

fn scope_of(text: &str) -> Result<Scope, Problem> {
    text.parse().map_err(|_| {
        Problem::bad_request(
            "scope-unknown",
            "scope 应为六位数字：000000 为全国，或省、市、县的代码。",
            "scope is six digits: 000000 for the nation, or those of a province, city or county.",
        )
    })
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Problem {
        match error {
            ImportError::File(error) => {
                let (zh, en) = error.sentences();
                Problem::unprocessable("file-refused", zh, en).errors(error.places())
            }
            ImportError::Log(error) => error.into(),
            ImportError::Corrupt(error) => Problem::internal(&error),
        }
    }
}

fn describe() -> OpenApi {
    serde_json::from_value(document()).unwrap_or_else(|error| {
        tracing::error!(%error, "the description of the imports is malformed");
        OpenApi::default()
    })
}

fn document() -> serde_json::Value {
    let problem = |text: &str| json!({ "description": text, "content": { "application/problem+json": {} } });
    let report = |text: &str| json!({ "description": text, "content": { "application/json": {} } });
    json!({
        "openapi": "3.1.0", "info": { "title": "Calendars", "version": "1" },
        "paths": { "/api/calendar/imports": { "post": {
            "tags": ["calendar"], "operationId": "calendar_import", "summary": "Take in which days of a year are off",
            "description": "CSV with the columns date,kind,name,document (日期,类别,名称,文件); kind is off (放假), work (上班, a weekend that is worked) or lunar (农历月首, the first of a lunar month). A file says all of a year; what was said of the year before stands no more. One bad row refuses the file; the same file again changes nothing. For administrators.",
            "parameters": [
                { "name": "scope", "in": "query", "required": false, "schema": { "type": "string", "pattern": "^[0-9]{6}$", "default": "000000" }, "description": "Whose calendar: the nation's, or the six digits of a province, city or county, where it stands instead of those above" },
                { "name": "check", "in": "query", "required": false, "schema": { "type": "boolean" }, "description": "Only say what would happen" },
                { "name": "file", "in": "query", "required": false, "schema": { "type": "string" }, "description": "The file's name, when the body is the file itself" },
            ],
            "requestBody": { "required": true, "content": {
                "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": { "file": { "type": "string", "format": "binary" } } } },
                "text/csv": {},
            } },
            "responses": {
                "200": report("A check, or nothing new"), "201": report("Taken in"),
                "400": problem("No file, or a scope that is none"), "401": problem("No token"),
                "403": problem("Not an administrator"), "413": problem("The file is too large"),
                "422": problem("The file is wrong"), "503": problem("The log is away"),
            },
        } } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_is_described() {
        let document = serde_json::from_value::<OpenApi>(document()).unwrap();
        assert!(document.paths.paths.contains_key("/api/calendar/imports"));
    }
}
