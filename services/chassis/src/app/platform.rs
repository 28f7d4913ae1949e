//! The routes that every process has.

use super::parked;
use crate::http::Problem;
use crate::metrics;
use crate::service::Service;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus::{Encoder as _, TextEncoder};
use serde_json::json;
use std::sync::Arc;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

#[derive(utoipa::OpenApi)]
#[openapi(paths(parked::list), components(schemas(parked::ParkedList)))]
struct Described;

/// How the documented ones of them are described.
pub(super) fn description() -> OpenApi {
    Described::openapi()
}

/// Whether the process answers at all.
pub(super) const HEALTH: &str = "/healthz";

/// The routes of those who watch the process.
pub(super) const WATCHED: [&str; 3] = [HEALTH, "/readyz", "/metrics"];

/// `/healthz`, `/readyz`, `/metrics`, `/openapi.json` and `/api/parked`, without layers.
pub fn platform_routes(service: &Service, openapi: OpenApi) -> Router {
    metrics::register(&service.metrics);
    let openapi = Arc::new(openapi);
    Router::new()
        .route(HEALTH, get(async || Json(json!({ "status": "ok" }))))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_text))
        .route("/api/parked", get(parked::list))
        .route("/openapi.json", get(async move || Json((*openapi).clone())))
        .with_state(service.clone())
}

async fn ready(State(service): State<Service>) -> Response {
    let ready = service.health.is_ready() && !service.shutdown.is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": ready, "parts": service.health.reports() });
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn metrics_text(State(service): State<Service>) -> Result<Response, Problem> {
    let mut text = Vec::new();
    TextEncoder::new().encode(&service.metrics.gather(), &mut text).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
