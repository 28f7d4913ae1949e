//! The OpenAPI description of a desk's routes.

use chassis::commands::PROBLEM;
use schema::Office;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// What an `Idempotency-Key` looks like.
const KEY_PATTERN: &str = "^[!-~]{1,200}$";

/// The routes of one office's desk.
pub(super) fn describe(office: Office) -> OpenApi {
    serde_json::from_value(document(office)).unwrap_or_else(|error| {
        tracing::error!(%error, "the description of the imports is malformed");
        OpenApi::default()
    })
}

fn document(office: Office) -> Value {
    let base = format!("/api/{}/imports", office.path());
    let tag = office.path();
    let problem = |text: &str| {
        json!({ "description": text, "content": { "application/problem+json": { "schema": {
        "$ref": format!("#/components/schemas/{PROBLEM}") } } } })
    };
    let report_schema = json!({ "schema": { "$ref": "#/components/schemas/ImportReport" } });
    let report = |text: &str| json!({ "description": text, "content": { "application/json": report_schema } });
    let run = |text: &str| {
        json!({ "description": text, "content": {
        "application/json": report_schema, "application/x-ndjson": {} } })
    };
    let table =
        |text: &str| json!({ "description": text, "content": { "application/json": report_schema, "text/csv": {} } });
    let bearer = json!([{ "bearer": [] }]);
    let away = || problem("The log is away");
    let id = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } });
    let key = |required: bool| {
        json!({
            "name": "Idempotency-Key", "in": "header", "required": required, "schema": { "type": "string", "pattern": KEY_PATTERN },
            "description": "The same for every repetition of the request",
        })
    };
    let list =
        json!({ "type": "string", "default": "main", "maxLength": 60, "description": "The list within the office" });
    let paths = json!({
        base.clone(): {
            "post": {
                "tags": [tag], "operationId": format!("{tag}_import"), "security": bearer,
                "summary": format!("Hand in a list of {}", office.name_en()),
                "description": "CSV (UTF-8, UTF-16 or GB 18030) or a workbook (XLSX, XLS, ODS). Good rows go in, doubtful ones with a warning, bad ones are refused one by one. The same file again changes nothing. With Accept: application/x-ndjson the answer shows progress line by line and ends with the report.",
                "parameters": [
                    { "name": "check", "in": "query", "required": false, "schema": { "type": "boolean" }, "description": "Only say what would happen" },
                    { "name": "file", "in": "query", "required": false, "schema": { "type": "string" }, "description": "The file's name, when the body is the file itself" },
                    { "name": "list", "in": "query", "required": false, "schema": list },
                    key(false),
                ],
                "requestBody": { "required": true, "content": {
                    "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": {
                        "file": { "type": "string", "format": "binary" }, "list": list } } },
                    "application/octet-stream": {},
                } },
                "responses": {
                    "200": run("A check, or a file that is the list's latest already; or a run that shows its progress"),
                    "201": report("Handed in"),
                    "400": problem("No file, or a name, a list or a key that cannot be"),
                    "401": problem("No token"), "403": problem("Not a clerk of this office"),
                    "409": problem("No divisions are known, or registrations changed meanwhile"),
                    "413": problem("The file is too large"),
                    "422": problem("The file is not the office's list, or the key was used for another import"),
                    "503": away(),
                },
            },
            "get": {
                "tags": [tag], "operationId": format!("{tag}_imports"), "summary": "The latest imports", "security": bearer,
                "responses": { "200": { "description": "The newest first", "content": { "application/json": { "schema": {
                    "type": "array", "items": { "$ref": "#/components/schemas/ImportSummary" } } } } },
                    "401": problem("No token"), "403": problem("Not a clerk of this office"), "503": away() },
            },
        },
        format!("{base}/{{id}}"): {
            "get": {
                "tags": [tag], "operationId": format!("{tag}_import_report"), "security": bearer,
                "summary": "The report of an import; as a table with .csv behind the id or Accept: text/csv",
                "parameters": [id],
                "responses": { "200": table("The report"), "401": problem("No token"),
                    "403": problem("Not a clerk of this office"), "404": problem("No such import"), "503": away() },
            },
        },
        format!("{base}/{{id}}/withdraw-absent"): {
            "post": {
                "tags": [tag], "operationId": format!("{tag}_withdraw_absent"), "security": bearer,
                "summary": "Withdraw the registrations that the list no longer has",
                "parameters": [id, key(true)],
                "responses": {
                    "200": report("The report, with what was withdrawn"),
                    "400": problem("The header Idempotency-Key is missing, or the id is none"),
                    "401": problem("No token"), "403": problem("Not a clerk of this office"),
                    "404": problem("No such import"), "409": problem("A later import of the list has been completed"),
                    "422": problem("The key was used for something else"), "503": away(),
                },
            },
        },
    });
    json!({
        "openapi": "3.1.0", "info": { "title": office.name_en(), "version": "1" }, "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn schemas() -> Value {
    let number = json!({ "type": "integer", "minimum": 0 });
    let text = json!({ "type": "string" });
    let uuid = json!({ "type": "string", "format": "uuid" });
    let names = ["rows", "registered", "revised", "unchanged", "refused", "warned", "absent"];
    let counts: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), number.clone())).collect();
    let finding: serde_json::Map<String, Value> =
        ["column", "value", "code", "reason_zh", "reason_en", "remedy_zh", "remedy_en"]
            .iter()
            .map(|name| ((*name).to_owned(), text.clone()))
            .chain([("severity".to_owned(), json!({ "type": "string", "enum": ["warning", "error"] }))])
            .collect();
    json!({
        "ImportCounts": {
            "type": "object", "properties": counts,
            "description": "registered, revised, unchanged and refused add up to rows; warned rows are among the first three",
        },
        "ImportSummary": { "type": "object", "properties": {
            "id": uuid, "list": text, "file": text, "received_at": { "type": "string", "format": "date-time" }, "actor": text,
            "complete": { "type": "boolean" }, "counts": { "$ref": "#/components/schemas/ImportCounts" } } },
        "ImportReport": { "type": "object", "properties": {
            "id": uuid, "office": text, "list": text, "file": text, "digest": text,
            "check": { "type": "boolean" }, "repeated": { "type": "boolean" }, "complete": { "type": "boolean" },
            "counts": { "$ref": "#/components/schemas/ImportCounts" },
            "notes": { "type": "array", "items": { "type": "object", "properties": { "code": text, "zh": text, "en": text } } },
            "rows": { "type": "array", "items": { "type": "object", "properties": {
                "row": number, "fate": { "type": "string", "enum": ["registered", "revised", "unchanged", "refused"] },
                "registration": { "type": ["string", "null"], "format": "uuid" },
                "findings": { "type": "array", "items": { "type": "object", "properties": finding } } } } },
            "absent": { "type": "array", "items": uuid }, "withdrawn": { "type": "array", "items": uuid },
            "position": { "type": ["string", "null"] } } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described() {
        let document = serde_json::from_value::<OpenApi>(document(Office::WomensFederation)).unwrap();
        let paths: Vec<&String> = document.paths.paths.keys().collect();
        assert_eq!(
            paths,
            [
                "/api/womens-federation/imports",
                "/api/womens-federation/imports/{id}",
                "/api/womens-federation/imports/{id}/withdraw-absent"
            ]
        );
    }
}
