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
    let extent = json!({ "type": "string", "enum": ["whole", "changes"], "default": "whole",
        "description": "Whether the file is the whole list, of which what has no row is absent, or some of its rows" });
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
                    { "name": "extent", "in": "query", "required": false, "schema": extent },
                    key(false),
                ],
                "requestBody": { "required": true, "content": {
                    "multipart/form-data": { "schema": { "type": "object", "required": ["file"], "properties": {
                        "file": { "type": "string", "format": "binary" }, "list": list, "extent": extent } } },
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
                "summary": "Withdraw registrations that the list no longer has",
                "description": "Those that are chosen. More than 20, or more than 3 and above one in twenty of what the list has in force, are withdrawn only when count says how many they are.",
                "parameters": [id, key(true)],
                "requestBody": { "required": true, "content": { "application/json": { "schema": {
                    "type": "object", "required": ["registrations"], "additionalProperties": false, "properties": {
                        "registrations": { "type": "array", "minItems": 1, "items": { "type": "string", "format": "uuid" } },
                        "count": { "type": "integer", "minimum": 1 } } } } } },
                "responses": {
                    "200": report("The report, with what was withdrawn"),
                    "400": problem("The header Idempotency-Key is missing, or the id is none"),
                    "401": problem("No token"), "403": problem("Not a clerk of this office"),
                    "404": problem("No such import"), "409": problem("A later import of the whole list has been completed"),
                    "422": problem("Nothing is chosen, something that is not absent, or their number is not said; or the key was used for something else"),
                    "503": away(),
                },
            },
        },
        format!("{base}/{{id}}/take-back"): {
            "post": {
                "tags": [tag], "operationId": format!("{tag}_take_back"), "security": bearer,
                "summary": "Put back what was withdrawn because this import had left it out",
                "description": "Each registration as it was, suspended if it was. One that has changed since is left as it is and stays among the withdrawn.",
                "parameters": [id, key(true)],
                "responses": {
                    "200": report("The report, with what was put back"),
                    "400": problem("The header Idempotency-Key is missing, or the id is none"),
                    "401": problem("No token"), "403": problem("Not a clerk of this office"),
                    "404": problem("No such import"), "422": problem("The key was used for something else"), "503": away(),
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
            "id": uuid, "office": text, "list": text, "extent": { "type": "string", "enum": ["whole", "changes"] }, "file": text, "digest": text,
            "check": { "type": "boolean" }, "repeated": { "type": "boolean" }, "complete": { "type": "boolean" },
            "counts": { "$ref": "#/components/schemas/ImportCounts" },
            "notes": { "type": "array", "items": { "type": "object", "properties": { "code": text, "zh": text, "en": text } } },
            "rows": { "type": "array", "items": { "type": "object", "properties": {
                "row": number, "fate": { "type": "string", "enum": ["registered", "revised", "unchanged", "refused"] },
                "registration": { "type": ["string", "null"], "format": "uuid" },
                "findings": { "type": "array", "items": { "type": "object", "properties": finding } } } } },
            "absent": { "type": "array", "items": uuid }, "withdrawn": { "type": "array", "items": uuid },
            "taken_back": { "type": "array", "items": uuid },
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
                "/api/womens-federation/imports/{id}/take-back",
                "/api/womens-federation/imports/{id}/withdraw-absent"
            ]
        );
    }
}
