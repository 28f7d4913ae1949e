//! `POST /api/population/imports`, `POST /api/policy/imports`.

use crate::policy::{self, PolicyError, PolicyReport};
use crate::population::{self, ImportError, Order, PopulationReport};
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use chassis::auth::{Caller, Role};
use chassis::decide::CommandError;
use chassis::http::{Problem, upload};
use chassis::service::Service;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// In bytes; what stands before Huiju lets as much through (`ops/nginx`).
const BODY_LIMIT: usize = 16 * 1024 * 1024;

pub(crate) fn routes(service: &Service) -> (Router, OpenApi) {
    let router = Router::new()
        .route("/api/population/imports", post(population))
        .route("/api/policy/imports", post(policy))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(service.clone());
    (router, describe())
}

#[derive(Deserialize)]
struct PopulationQuery {
    #[serde(default)]
    check: bool,
    on: Option<String>,
    source: Option<String>,
    file: Option<String>,
}

async fn population(
    State(service): State<Service>,
    caller: Caller,
    query: Result<Query<PopulationQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<PopulationReport>), Problem> {
    caller.require_role(&[Role::Planner])?;
    let Query(query) = query.map_err(|rejection| upload::query_malformed(&rejection))?;
    let upload = upload::file(request, query.file, &["on", "source"], BODY_LIMIT).await?;
    let on = query.on.as_deref().or(upload.said("on")).map(day).transpose()?;
    let source = query.source.or_else(|| upload.said("source").map(str::to_owned));
    let order = Order {
        file: upload.name,
        bytes: upload.bytes,
        on,
        source: source.filter(|source| !source.trim().is_empty()),
        check: query.check,
        within: caller.bound_to(),
        actor: caller.subject,
    };
    let report = population::import(&service, order).await?;
    let status = if report.position.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report)))
}

#[derive(Deserialize)]
struct PolicyQuery {
    #[serde(default)]
    check: bool,
    file: Option<String>,
}

async fn policy(
    State(service): State<Service>,
    caller: Caller,
    query: Result<Query<PolicyQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<PolicyReport>), Problem> {
    caller.require_role(&[Role::Planner])?;
    let Query(query) = query.map_err(|rejection| upload::query_malformed(&rejection))?;
    let upload = upload::file(request, query.file, &[], BODY_LIMIT).await?;
    let within = caller.bound_to();
    let report = policy::adopt(&service, &upload.bytes, &upload.name, &caller.subject, within, query.check).await?;
    let status = if report.position.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report)))
}

fn day(text: &str) -> Result<NaiveDate, Problem> {
    text.trim().parse().map_err(|_| {
        Problem::bad_request(
            "day-malformed",
            "统计时点请按年-月-日写，如 2025-12-31。",
            "Write the day as year-month-day, e.g. 2025-12-31.",
        )
    })
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Problem {
        match error {
            ImportError::File(error) => {
                let (zh, en) = error.sentences();
                Problem::unprocessable("file-refused", zh, en).error(json!(*error))
            }
            ImportError::Source => Problem::unprocessable(
                "source-refused",
                "数据来源最多200个字，不能写身份证号码。整个文件没有导入。",
                "The source has at most 200 characters and holds no identity number. Nothing of the file was taken in.",
            ),
            ImportError::Log(error) => error.into(),
            ImportError::Unreadable(error) => error.into(),
            ImportError::Reading(error) => Problem::internal(&error),
        }
    }
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Problem {
        match error {
            PolicyError::Name(error) => {
                let (zh, en) = error.sentences();
                Problem::unprocessable("file-refused", zh, en).error(json!(*error))
            }
            PolicyError::Form { at, problem } => Problem::unprocessable(
                "file-refused",
                format!("{at}：内容不合格式（{problem}）。没有导入。"),
                format!("{at}: it is not of the form ({problem}). Nothing was taken in."),
            )
            .error(json!({ "at": at, "problem": problem })),
            PolicyError::List(faults) => {
                let said = |of: fn(&schema::basic_services::ListFault) -> &str, between: &str| {
                    let faults = faults.iter().take(5).map(|fault| format!("{} {}", fault.at, of(fault)));
                    faults.collect::<Vec<_>>().join(between)
                };
                let (zh, en) = (said(|fault| &fault.zh, "；"), said(|fault| &fault.en, "; "));
                Problem::unprocessable(
                    "file-refused",
                    format!("清单有{}处错误：{zh}。没有导入。", faults.len()),
                    format!("{} places of the list are wrong: {en}. Nothing was taken in.", faults.len()),
                )
                .errors(faults.into_iter().map(|fault| json!(fault)))
            }
            PolicyError::NotTheWhole { scope, own } => Problem::new(StatusCode::FORBIDDEN, "area-required")
                .zh(format!("您的权限限于区划{own}，辖区{scope}不全在其中。"))
                .en(format!("You are bound to the area {own}, in which not all of the scope {scope} lies.")),
            PolicyError::Log(error) => error.into(),
            PolicyError::Command(error) => match error {
                CommandError::Refused(never) => match never {},
                CommandError::Log(error) => error.into(),
                CommandError::Unreadable(error) => error.into(),
                error @ (CommandError::Conflict | CommandError::KeyReused { .. }) => Problem::internal(&error),
            },
        }
    }
}

fn describe() -> OpenApi {
    serde_json::from_value(document()).unwrap_or_else(|error| {
        tracing::error!(%error, "the description of the imports is malformed");
        OpenApi::default()
    })
}

fn document() -> Value {
    let problem = |text: &str| json!({ "description": text, "content": { "application/problem+json": {} } });
    let report = |text: &str| json!({ "description": text, "content": { "application/json": {} } });
    let parameter = |name: &str, schema: Value, text: &str| json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": text });
    json!({
        "openapi": "3.1.0", "info": { "title": "Planning", "version": "1" },
        "paths": { "/api/population/imports": { "post": {
            "tags": ["planning"], "operationId": "population_import", "summary": "Take in dated counts of people by community",
            "description": "A table (CSV or a spreadsheet) with a row for each community: its code or name, the day of the count (统计时点), and a column for each group that was counted (60周岁及以上老年人, 80周岁及以上老年人, 独居老年人, 失能老年人 and others). Aggregates alone, never persons. A row with an error is refused, the others are taken in; the same file again changes nothing. For planners, within their area.",
            "parameters": [
                parameter("on", json!({ "type": "string", "format": "date" }), "The day of rows that name none"),
                parameter("source", json!({ "type": "string" }), "Where the counts come from; the file's name when not said"),
                parameter("check", json!({ "type": "boolean" }), "Only say what would happen"),
                parameter("file", json!({ "type": "string" }), "The file's name, when the body is the file itself"),
            ],
            "requestBody": { "required": true, "content": {
                "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": {
                    "file": { "type": "string", "format": "binary" }, "on": { "type": "string", "format": "date" }, "source": { "type": "string" },
                } } },
                "text/csv": {}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
            } },
            "responses": {
                "200": report("A check, or nothing new"), "201": report("Taken in"),
                "400": problem("No file, or a day that is none"), "401": problem("No token"),
                "403": problem("Neither a planner nor an administrator"), "413": problem("The file is too large"),
                "422": problem("The file is no table of counts"), "503": problem("The log is away, or holds what this program cannot read"),
            },
        } }, "/api/policy/imports": { "post": {
            "tags": ["planning"], "operationId": "policy_import", "summary": "Adopt a list of what is owed to elders (基本养老服务清单)",
            "description": "JSON: the scope and the list, with its document, the day from which it counts, and its items: what each is, to whom it is owed, and which categories of the directory fulfil it. It takes the place of the scope's list; lists of narrower scopes add to those of wider ones. What the scope has already changes nothing. For planners who act for the whole scope.",
            "parameters": [
                parameter("check", json!({ "type": "boolean" }), "Only say what would happen"),
                parameter("file", json!({ "type": "string" }), "The file's name, when the body is the file itself"),
            ],
            "requestBody": { "required": true, "content": {
                "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": { "file": { "type": "string", "format": "binary" } } } },
                "application/json": {},
            } },
            "responses": {
                "200": report("A check, or nothing new"), "201": report("Adopted"),
                "400": problem("No file"), "401": problem("No token"),
                "403": problem("Neither an administrator nor a planner of the whole scope"), "413": problem("The file is too large"),
                "422": problem("The file is no such list"), "503": problem("The log is away, or holds what this program cannot read"),
            },
        } } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_are_described() {
        let document = serde_json::from_value::<OpenApi>(document()).unwrap();
        for path in ["/api/population/imports", "/api/policy/imports"] {
            assert!(document.paths.paths.contains_key(path), "{path}");
        }
    }
}
