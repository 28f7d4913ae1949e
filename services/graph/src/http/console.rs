//! Where a person tries questions out: a page of our own that works in an office without the Internet, with the schema's
//! descriptions, examples and what was asked before; and GraphiQL, which the browser loads from the Internet when it is
//! asked for.

use super::{Endpoint, PATH};
use async_graphql::http::GraphiQLSource;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/html; charset=utf-8");
const SCRIPT: (HeaderName, &str) = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
const STYLE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/css; charset=utf-8");

/// The files of the page.
pub fn router() -> Router<Endpoint> {
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

/// GraphiQL, with queries by POST and subscriptions by WebSocket on the one endpoint.
pub fn graphiql() -> Response {
    let source = GraphiQLSource::build().endpoint(PATH).subscription_endpoint(PATH).title("GraphiQL · 汇聚 Huiju");
    ([PAGE, (header::VARY, "Accept")], source.finish()).into_response()
}

async fn file(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "page.js" => (SCRIPT, include_str!("../../assets/console/page.js")),
        "schema.js" => (SCRIPT, include_str!("../../assets/console/schema.js")),
        "page.css" => (STYLE, include_str!("../../assets/console/page.css")),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([kind, (header::CACHE_CONTROL, "no-cache"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}
