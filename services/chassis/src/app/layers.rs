//! What every request goes through.

use super::edge::{Edge, cross_origin};
use super::rates::{self, Counting};
use crate::auth::{COOKIE, TokenHolder, Verifier};
use crate::clock::Clock;
use crate::http::{BODY_LIMIT, Lang, Origins, Peer, Problem, Proxies, Trace, too_large};
use crate::metrics;
use crate::records;
use crate::service::Service;
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use futures::FutureExt as _;
use serde_json::json;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_http::timeout::TimeoutBody;
use tracing::Instrument as _;

/// How long a client may pause while it sends a body.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// Puts around all routes: a span with the request's trace, counting, the language of problems, what pages of other sites may,
/// how often each client may ask, the check of where a browser's request comes from, the body's limit and pauses, and an answer
/// when a handler panics. The verifier and the clock reach the extractors through here.
///
/// Two layers do all of it, and not one for each: the framework copies what is inside of a layer, with all the layers further in,
/// whenever it goes through one.
pub fn layers(router: Router, service: &Service, edge: Edge) -> Router {
    let by_themselves = edge.count_by_themselves.into();
    let admission = Admission {
        counting: edge.rates.map(|limits| Counting { limits, by_themselves }),
        origins: edge.origins.clone(),
        verifier: service.auth.clone(),
        clock: service.clock.clone(),
    };
    let mut router = router.layer(middleware::from_fn_with_state(Arc::new(admission), admit));
    // Around the counting: a page must be able to read that it asks too often, and asking whether it may ask costs nothing.
    if let Some(cors) = cross_origin(&edge.origins) {
        router = router.layer(cors);
    }
    router.layer(middleware::from_fn_with_state(edge.proxies, observe))
}

/// What it takes to let a request in.
struct Admission {
    counting: Option<Counting>,
    origins: Origins,
    verifier: Verifier,
    clock: Clock,
}

async fn admit(State(admission): State<Arc<Admission>>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(admission.verifier.clone());
    request.extensions_mut().insert(admission.clock.clone());
    let let_in = |request| let_in(&admission.origins, request, next);
    match &admission.counting {
        Some(counting) => rates::count(counting, &admission.verifier, request, let_in).await,
        None => let_in(request).await,
    }
}

async fn let_in(origins: &Origins, mut request: Request, next: Next) -> Response {
    if is_of_foreign_page(origins, &request) {
        return Problem::new(StatusCode::FORBIDDEN, "cross-site")
            .zh("请求来自其他网站的页面，已拒绝。请从本站页面操作。")
            .en("The request comes from another site's page and was refused. Use this site's own pages.")
            .into_response();
    }
    DefaultBodyLimit::max(BODY_LIMIT).apply(&mut request);
    if !request.body().is_end_stream() {
        request = request.map(|body| Body::new(TimeoutBody::new(BODY_PAUSE, body)));
    }
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(panicked)
}

fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&'static str>().copied())
        .unwrap_or("a panic without words");
    Problem::internal(&format_args!("a handler panicked: {cause}")).into_response()
}

async fn observe(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(proxies);
    let trace = Trace::of(request.headers());
    let lang = Lang::of(request.uri(), request.headers());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!("request", trace_id = %trace.id.simple(), %method, route);
    let method = label(&method);
    let (peer, known) = (Peer::of_request(&request), TokenHolder::default());
    let uri = request.uri().clone();
    request.extensions_mut().insert(trace.clone());
    request.extensions_mut().insert(known.clone());

    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let took = start.elapsed();

    let status = response.status();
    records::access(known.subject(), peer, method, uri.path(), status, took, &trace);
    metrics::HTTP_REQUESTS.with_label_values(&[method, route, status.as_str()]).inc();
    metrics::HTTP_SECONDS.with_label_values(&[method, route]).observe(took.as_secs_f64());
    span.in_scope(|| tracing::debug!(status = status.as_u16(), seconds = took.as_secs_f64(), "answered"));
    let mut response = in_words(response, lang, &trace).await;
    if let Ok(value) = HeaderValue::from_str(&trace.traceparent) {
        response.headers_mut().insert("traceparent", value);
    }
    response
}

/// The method as metrics show it. Methods are made up freely by whoever asks, and a series once counted stays for ever.
fn label(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS => {
            method.as_str()
        }
        _ => "other",
    }
}

/// Says a problem in the language asked for, with the trace to tell the administrator; makes one of the refusals that
/// the framework answers by itself, in plain text. Headers that were set on the answer stay.
async fn in_words(response: Response, lang: Lang, trace: &Trace) -> Response {
    let status = response.status();
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if status == StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        None if (status.is_client_error() || status.is_server_error()) && is_plain(response.headers()) => {
            let (parts, body) = response.into_parts();
            let text = axum::body::to_bytes(body, PLAIN_LIMIT).await.unwrap_or_default();
            let problem = plain(status, &String::from_utf8_lossy(&text));
            return in_words_of(&problem, &parts.headers, lang, trace);
        }
        None => return response,
    };
    in_words_of(&problem, response.headers(), lang, trace)
}

fn in_words_of(problem: &Problem, headers: &HeaderMap, lang: Lang, trace: &Trace) -> Response {
    let mut answer = problem.clone().with("instance", format!("urn:trace:{}", trace.id.simple())).respond(lang);
    for (name, value) in headers {
        if *name != header::CONTENT_LENGTH && !answer.headers().contains_key(name) {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer
}

/// Bytes of a plain refusal that are looked at.
const PLAIN_LIMIT: usize = 4096;

fn is_plain(headers: &HeaderMap) -> bool {
    match headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(media) => media.starts_with(b"text/plain"),
        None => true,
    }
}

/// A refusal of the framework's as a problem. What it says of a request helps who sent it; what it says of itself does
/// not.
fn plain(status: StatusCode, text: &str) -> Problem {
    if status.is_server_error() {
        let mut problem = Problem::internal(&format_args!("{status}: {text}"));
        problem.status = status;
        return problem;
    }
    if status == StatusCode::NOT_FOUND {
        return no_such_address();
    }
    let problem = Problem::new(status, "request-malformed")
        .zh("请求的路径、参数、请求头或内容不合要求，请对照接口说明检查。")
        .en("The path, a parameter, a header or the body of the request is not as it should be; check it against the \
             description of this interface.");
    if text.is_empty() { problem } else { problem.error(json!({ "problem": text })) }
}

pub(super) fn no_such_address() -> Problem {
    Problem::not_found("没有这个地址，请检查网址。", "There is nothing at this address; check the URL.")
}

/// A browser sends the cookie along with what another site's page makes it ask. What changes something, and a socket,
/// must therefore come from a page of this site, or of one that is named; a token in the header needs no such proof. And what a
/// browser would not let another site's page read of an answer, it would let it read over a socket: no socket is opened for a page
/// that may not ask.
fn is_of_foreign_page(origins: &Origins, request: &Request) -> bool {
    let headers = request.headers();
    let opens_socket = headers.contains_key(header::UPGRADE);
    let changes =
        opens_socket || !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE);
    let by_cookie =
        !headers.contains_key(header::AUTHORIZATION) && CookieJar::from_headers(headers).get(COOKIE).is_some();
    changes && by_cookie && !origins.trusts(headers) || opens_socket && origins.refuses(headers)
}
