//! `POST /api/areas/imports`.

use crate::import::{self, AreasReport};
use crate::writing::ImportError;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chassis::auth::Caller;
use chassis::http::Problem;
use chassis::http::upload;
use chassis::service::Service;
use schema::Scheme;
use serde::Deserialize;
use serde_json::json;
use utoipa::openapi::OpenApi;

/// The villages of the whole country, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

pub(crate) fn routes(service: &Service) -> (Router, OpenApi) {
    let router = Router::new()
        .route("/api/areas/imports", post(hand_in))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service.clone());
    (router, describe())
}

#[derive(Deserialize)]
struct HandInQuery {
    scheme: Option<String>,
    #[serde(default)]
    check: bool,
    file: Option<String>,
}

async fn hand_in(
    State(service): State<Service>,
    caller: Caller,
    query: Result<Query<HandInQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<AreasReport>), Problem> {
    caller.require_role(&[])?;
    let Query(query) = query.map_err(|rejection| upload::query_malformed(&rejection))?;
    let scheme = query.scheme.as_deref().map_or(Ok(Scheme::default()), scheme_of)?;
    let file = upload::file(request, query.file, &[], BODY_LIMIT).await?;
    let report = if query.check {
        import::check(&service, &file.bytes, &file.name, scheme).await?
    } else {
        import::import_as(&service, &file.bytes, &file.name, scheme, &caller.subject).await?
    };
    let status = if report.position.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report)))
}

fn scheme_of(text: &str) -> Result<Scheme, Problem> {
    Scheme::ALL.into_iter().find(|scheme| text == scheme.slug()).ok_or_else(|| {
        Problem::bad_request(
            "scheme-unknown",
            "scheme 只能是 statistical_2023 或 civil_affairs_2026。",
            "scheme is statistical_2023 or civil_affairs_2026.",
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
        "openapi": "3.1.0", "info": { "title": "Divisions", "version": "1" },
        "paths": { "/api/areas/imports": { "post": {
            "tags": ["areas"], "operationId": "areas_import", "summary": "Take in a list of divisions, of their dated changes, or of what people call them",
            "description": "CSV with the columns code,name,level,parent or year,type,old_code,old_name,new_code,new_name,doc_no, or code,also_called,no_longer. One bad row refuses the file; the same file again changes nothing. For administrators.",
            "parameters": [
                { "name": "scheme", "in": "query", "required": false, "schema": { "type": "string", "enum": ["statistical_2023", "civil_affairs_2026"], "default": "statistical_2023" } },
                { "name": "check", "in": "query", "required": false, "schema": { "type": "boolean" }, "description": "Only say what would happen" },
                { "name": "file", "in": "query", "required": false, "schema": { "type": "string" }, "description": "The file's name, when the body is the file itself" },
            ],
            "requestBody": { "required": true, "content": {
                "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": { "file": { "type": "string", "format": "binary" } } } },
                "text/csv": {},
            } },
            "responses": {
                "200": report("A check, or nothing new"), "201": report("Taken in"),
                "400": problem("No file, or a scheme that is not known"), "401": problem("No token"),
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
        assert!(document.paths.paths.contains_key("/api/areas/imports"));
    }
}
