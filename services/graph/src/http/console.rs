//! Where a person tries questions out: a page of our own that works in an office without the Internet, with the schema's
//! descriptions, examples and what was asked before. Nothing of others runs on it: whoever opens it may be signed in as a
//! steward.

use super::Endpoint;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

const PAGE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/html; charset=utf-8");
const SCRIPT: (HeaderName, &str) = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
const STYLE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/css; charset=utf-8");

/// The files of the page.
pub fn router() -> Router<Arc<Endpoint>> {
    Router::new().route("/graphql/assets/{name}", get(file))
}

/// The page. Scripts and styles only from here, never inside another site's frame.
pub fn page(demo: bool) -> Response {
    let page = include_str!("../../assets/console/page.html");
    let page = if demo { page.replace("<!-- demo -->", DEMO) } else { page.to_owned() };
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; \
                  base-uri 'none'; frame-ancestors 'none'";
    let safe = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    ([PAGE, (header::VARY, "Accept")], safe, page).into_response()
}

/// What the demonstration says of its providers.
const DEMO: &str = "<p><strong>演示数据，服务提供者为虚构 <span lang=\"en\">Demonstration data: the providers are \
                    invented</span></strong></p>";

async fn file(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "page.js" => (SCRIPT, include_str!("../../assets/console/page.js")),
        "schema.js" => (SCRIPT, include_str!("../../assets/console/schema.js")),
        "page.css" => (STYLE, include_str!("../../assets/console/page.css")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([kind, (header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}
