//! The routes that every process has.

use super::{Problem, layers, parked};
use crate::metrics;
use crate::service::{Mounted, Service};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use prometheus::{Encoder as _, TextEncoder};
use serde_json::json;
use std::sync::Arc;
use utoipa::OpenApi as _;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

/// One application of the services of a process: their routes, the platform's, problems for whatever is not there, and
/// the layers around all.
pub fn app(service: &Service, mounted: Vec<Mounted>) -> Router {
    let info = InfoBuilder::new()
        .title("汇聚 Huiju")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Registrations of four offices, the centre's merges, one directory."))
        .build();
    let mut openapi = OpenApiBuilder::new().info(info).build();
    openapi.merge(Description::openapi());
    let mut router = Router::new();
    for part in mounted {
        openapi.merge(part.openapi);
        router = router.merge(part.router);
    }
    let whole = router
        .merge(platform_routes(service, openapi))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || no_such_address());
    layers(whole, service)
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(parked::list), components(schemas(parked::ParkedList)))]
struct Description;

/// `/healthz`, `/readyz`, `/metrics`, `/openapi.json` and `/api/parked`, without layers.
pub fn platform_routes(service: &Service, openapi: OpenApi) -> Router {
    metrics::register(&service.metrics);
    let openapi = Arc::new(openapi);
    Router::new()
        .route("/healthz", get(async || Json(json!({ "status": "ok" }))))
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

pub(super) fn no_such_address() -> Problem {
    Problem::not_found("没有这个地址，请检查网址。", "There is nothing at this address; check the URL.")
}

async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
        .zh("此地址不支持该请求方法。")
        .en("This address does not take this method.")
}
