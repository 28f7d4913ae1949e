//! GraphiQL, on which a person tries questions out. All its files are in the binary: the page works in an office
//! without the Internet.

use super::Endpoint;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// The files that the page needs, compressed ones with every browser's leave.
pub fn router() -> Router<Endpoint> {
    Router::new().route("/graphql/assets/{name}", get(file))
}

/// The page.
pub fn page() -> Response {
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    ([kind, (header::VARY, "Accept")], include_str!("../../assets/graphiql/page.html")).into_response()
}

const SCRIPT: (HeaderName, &str) = (header::CONTENT_TYPE, "text/javascript; charset=utf-8");
const STYLE: (HeaderName, &str) = (header::CONTENT_TYPE, "text/css; charset=utf-8");

async fn file(Path(name): Path<String>) -> Response {
    let (kind, gzipped): (_, &'static [u8]) = match name.as_str() {
        "graphiql.js" => (SCRIPT, include_bytes!("../../assets/graphiql/graphiql-3.9.0.min.js.gz")),
        "graphiql.css" => (STYLE, include_bytes!("../../assets/graphiql/graphiql-3.9.0.min.css.gz")),
        "react.js" => (SCRIPT, include_bytes!("../../assets/graphiql/react-18.3.1.min.js.gz")),
        "react-dom.js" => (SCRIPT, include_bytes!("../../assets/graphiql/react-dom-18.3.1.min.js.gz")),
        "page.js" => {
            let caching = (header::CACHE_CONTROL, "no-cache");
            return ([SCRIPT, caching], include_str!("../../assets/graphiql/page.js")).into_response();
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let caching = (header::CACHE_CONTROL, "public, max-age=86400");
    ([kind, caching, (header::CONTENT_ENCODING, "gzip")], gzipped).into_response()
}
