//! One application of the services of a process: their routes, the platform's (`/healthz`, `/readyz`, `/metrics`,
//! `/openapi.json`, `/api/parked`), what every request goes through ([`layers`]), and how it is served.

mod compression;
mod edge;
mod layers;
mod parked;
mod platform;
mod rates;
mod server;

pub use edge::Edge;
pub use layers::layers;
pub use parked::parked;
pub use platform::platform_routes;
pub use rates::{Client, NotARate, PUBLIC_RATE, Rate, RateLimits, TOKEN_RATE, TooOften};
pub use server::{CONNECTIONS, Limits, OF_ONE_ADDRESS, TooFewDescriptors, serve, serve_within};

use crate::http::Problem;
use crate::service::{Mounted, Service};
use axum::Router;
use axum::http::StatusCode;
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};

/// One application of the services of a process: their routes, the platform's, problems for whatever is not there, and
/// the layers around all. No page of another site may ask, and whoever may ask may ask as often as they like.
pub fn app(service: &Service, mounted: Vec<Mounted>) -> Router {
    app_within(service, mounted, Edge::default())
}

/// The same, where `edge` says who outside may ask, and how often.
pub fn app_within(service: &Service, mounted: Vec<Mounted>, edge: Edge) -> Router {
    let info = InfoBuilder::new()
        .title("汇聚 Huiju")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Registrations of four offices, the centre's merges, one directory."))
        .build();
    let mut openapi = OpenApiBuilder::new().info(info).build();
    openapi.merge(platform::description());
    let mut router = Router::new();
    for part in mounted {
        openapi.merge(part.openapi);
        router = router.merge(part.router);
    }
    let whole = router
        .merge(platform::platform_routes(service, openapi))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(async || layers::no_such_address());
    layers::layers(whole, service, edge)
}

async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
        .zh("此地址不支持该请求方法。")
        .en("This address does not take this method.")
}
