//! Answers made smaller on the way, for who says that they can read that (`Accept-Encoding`: `br`, `gzip`).

use axum::Router;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate as _, SizeAbove};

/// The smallest answer that is made smaller, in bytes: one that fits into a packet arrives no sooner.
const SMALLEST: u64 = 1_024;

/// How the media types begin whose bodies are compressed already, and of events, each of which is to arrive when it happens.
const AS_THEY_ARE: [&str; 8] = [
    "text/event-stream",
    "image/",
    "font/",
    "video/",
    "application/zip",
    "application/gzip",
    "application/vnd.openxmlformats",
    "application/octet-stream",
];

/// Around a whole application, the outermost: whatever makes another answer of one must see it as it was written.
pub(super) fn compressed(router: Router) -> Router {
    router.layer(CompressionLayer::new().compress_when(SizeAbove::new(SMALLEST).and(is_worth_it)))
}

fn is_worth_it(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.starts_with("image/svg") || !AS_THEY_ARE.iter().any(|kind| media.starts_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, Response};
    use axum::routing::get;
    use tower::ServiceExt as _;

    fn app() -> Router {
        let answers = |media: &'static str, bytes: usize| {
            get(async move || ([("content-type", media)], "汇聚 ".repeat(bytes / 7)))
        };
        let router = Router::new()
            .route("/json", answers("application/json", 7_000))
            .route("/page", answers("text/html; charset=utf-8", 7_000))
            .route("/small", answers("application/json", 700))
            .route("/events", answers("text/event-stream", 7_000))
            .route("/photograph", answers("image/png", 7_000))
            .route("/drawing", answers("image/svg+xml", 7_000))
            .route("/workbook", answers("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 7_000))
            .route("/done", get(async || ([("content-encoding", "gzip")], "x".repeat(7_000))));
        compressed(router)
    }

    async fn asked(path: &str, accepted: &str) -> Response<Body> {
        let request = Request::get(path).header("accept-encoding", accepted).body(Body::empty()).unwrap();
        app().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_as_small_as_its_reader_can_read_it() {
        for (path, accepted, expected) in [
            ("/json", "gzip, deflate, br, zstd", Some("br")),
            ("/json", "gzip", Some("gzip")),
            ("/json", "br;q=0.1, gzip", Some("gzip")),
            ("/json", "br;q=0, identity", None),
            ("/json", "zstd", None),
            ("/page", "br", Some("br")),
            ("/drawing", "gzip", Some("gzip")),
            ("/small", "br", None),
            ("/events", "br", None),
            ("/photograph", "br", None),
            ("/workbook", "br", None),
            ("/done", "br", Some("gzip")),
        ] {
            let response = asked(path, accepted).await;
            let encoding = response.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(encoding.as_deref(), expected, "{path} {accepted}");
            if path == "/json" {
                assert_eq!(
                    response.headers()["vary"],
                    "accept-encoding",
                    "a cache must know, also of one that is as it was"
                );
            }
            let length = response.headers().contains_key("content-length");
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().len();
            assert_eq!(expected.is_some() && path != "/done", bytes < 300, "{path} {accepted}: {bytes}");
            assert!(expected.is_none() || path == "/done" || !length, "{path}: the length is another now");
        }
    }
}
