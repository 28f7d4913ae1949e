//! The page on which a person tries questions out.

use super::Endpoint;
use async_graphql::http::GraphiQLSource;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use chassis::http::Lang;

/// The files that the page needs.
pub fn router() -> Router<Endpoint> {
    Router::new()
}

/// The page.
pub fn page(_: Lang) -> Response {
    Html(GraphiQLSource::build().endpoint(super::PATH).subscription_endpoint(super::PATH).finish()).into_response()
}
