//! What of the world outside a process lets in, and how: set by whoever starts it.

use super::rates::RateLimits;
use crate::http::{Origins, Proxies};
use axum::http::{HeaderName, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Who outside may ask, from where, and how often. By default no page of another site, and everybody as often as they like.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// The other sites whose pages may ask.
    pub origins: Origins,
    /// The proxies that are believed when they say who asks.
    pub proxies: Proxies,
    /// How often each client may ask.
    pub rates: Option<RateLimits>,
    /// Routes that count what is asked for themselves ([`super::Client`]), since they refuse in a form of their own.
    pub count_by_themselves: Vec<&'static str>,
}

/// How long a browser may believe what it was told of another site's page: as long as any does.
const BELIEVED: Duration = Duration::from_secs(2 * 60 * 60);

/// What a page of another site may do: use every method that there is, send any header, read the headers that mean something. None
/// where no other site may ask: a browser then keeps the answer from the page by itself.
pub(super) fn cross_origin(origins: &Origins) -> Option<CorsLayer> {
    if origins.is_none() {
        return None;
    }
    let read = [
        header::LOCATION,
        header::RETRY_AFTER,
        HeaderName::from_static("ratelimit"),
        HeaderName::from_static("ratelimit-policy"),
        HeaderName::from_static("traceparent"),
    ];
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // `*` would leave out `Authorization`.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(read)
        .max_age(BELIEVED);
    Some(match origins.is_any() {
        true => layer.allow_origin(tower_http::cors::Any),
        false => layer.allow_origin(AllowOrigin::list(origins.named().cloned())).allow_credentials(true),
    })
}
