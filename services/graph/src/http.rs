//! The schema over HTTP, as the GraphQL over HTTP specification has it: `POST` with JSON, `GET` for queries, a WebSocket
//! (graphql-transport-ws) and server-sent events (GraphQL over SSE, distinct connections) on the same path. A browser
//! that opens the path gets a query console.

mod answer;
mod console;
mod events;
mod socket;

pub use answer::{to_json, to_text};

use crate::available::InAddress;
use crate::cost;
use crate::documents;
use crate::errors::{self, Fault};
use crate::kept::{Kept, Key};
use crate::operations::Operations;
use crate::subscription::LastEventId;
use crate::unanswered::ByRobot;
use crate::{Answered, Graph};
use answer::{Form, answer, refusal};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Variables};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chassis::app::Client;
use chassis::auth::{Caller, Credential, MaybeCaller, MaybeCredential, Verifier};
use chassis::http::{Lang, Problem, asks_for, is_robot};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItemBuilder, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{OpenApi, OpenApiBuilder, ResponseBuilder};

/// The path of the one endpoint.
pub const PATH: &str = "/graphql";

/// The largest request, in bytes: the longest text of a query, and a thousand variables.
const BODY_LIMIT: usize = 256 * 1024;

/// What a request needs.
struct Endpoint {
    directory: Graph,
    verifier: Verifier,
    /// Whether the providers it answers with are invented, which the page says.
    demo: bool,
    /// The only operations that are answered, if not all are.
    operations: Option<Operations>,
}

/// How the directory is served.
#[derive(Debug, Default)]
pub struct Serving {
    /// The providers that it answers with are invented, which the page says.
    pub demo: bool,
    /// Only these operations are answered. What the pages of this process ask does not come this way.
    pub operations: Option<Operations>,
}

/// The routes.
pub fn router(directory: Graph, verifier: Verifier, serving: Serving) -> Router {
    let Serving { demo, operations } = serving;
    Router::new()
        .route(PATH, get(by_get).post(by_post).layer(DefaultBodyLimit::max(BODY_LIMIT)))
        .merge(console::router())
        .with_state(Arc::new(Endpoint { directory, verifier, demo, operations }))
}

impl Endpoint {
    /// Lets a request pass that may be answered here.
    fn admit(&self, request: &mut Request) -> Result<(), Fault> {
        self.operations.as_ref().map_or(Ok(()), |operations| operations.admit(request))
    }
}

/// Who asks, by which token, and how often. A token that was given and is no good is refused; without one it is the public.
struct Asker {
    caller: Option<Caller>,
    credential: Option<Credential>,
    /// None where nobody counts.
    client: Option<Client>,
}

impl Asker {
    /// Counts one question more.
    fn asks(&self) -> Result<(), Fault> {
        count(self.client.as_ref())
    }
}

/// Counts one question more of a client.
fn count(client: Option<&Client>) -> Result<(), Fault> {
    let Some(client) = client else { return Ok(()) };
    client.asks().map_err(|too_often| Fault::RateLimited { again: too_often.again })
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Asker, Problem> {
        let Ok(MaybeCredential(credential)) = MaybeCredential::from_request_parts(parts, state).await;
        let client = parts.extensions.get::<Client>().cloned();
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let caller = Caller::from_request_parts(parts, state).await?;
            return Ok(Asker { caller: Some(caller), credential, client });
        }
        let MaybeCaller(caller) = match MaybeCaller::from_request_parts(parts, state).await {
            Ok(caller) => caller,
            Err(_) => MaybeCaller(None),
        };
        Ok(Asker { caller, credential, client })
    }
}

/// A question as it comes over the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    /// None where it is named by its digest.
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
    /// What its document is called (GraphQL over HTTP, appendix A, a draft); `doc_id` in clients that follow Relay's guide.
    #[serde(alias = "doc_id")]
    document_id: Option<String>,
}

impl Asked {
    /// The request; why it is none, if it has no document.
    fn into_request(self) -> Result<Request, &'static str> {
        let is_named = self.document_id.is_some() || self.extensions.as_ref().is_some_and(documents::names_one);
        if self.query.is_none() && !is_named {
            return Err("missing field `query`");
        }
        let variables = Variables::from_json(Value::Object(self.variables.unwrap_or_default()));
        let mut request = Request::new(self.query.unwrap_or_default()).variables(variables);
        request.operation_name = self.operation_name;
        let extensions = self.extensions.into_iter().flatten();
        request
            .extensions
            .0
            .extend(extensions.filter_map(|(name, value)| Some((name, async_graphql::Value::from_json(value).ok()?))));
        if let Some(id) = self.document_id {
            request.extensions.0.insert(documents::EXTENSION.to_owned(), documents::names(&id));
        }
        Ok(request)
    }
}

/// A question as it comes in the address: variables and extensions are JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
    #[serde(alias = "doc_id")]
    document_id: Option<String>,
}

impl Parameters {
    fn read(uri: &Uri) -> Result<Asked, String> {
        let Query(parameters) = Query::<Parameters>::try_from_uri(uri).map_err(|problem| problem.to_string())?;
        let object = |name: &str, text: Option<String>| -> Result<Option<Map<String, Value>>, String> {
            let text = text.filter(|text| !text.is_empty());
            let read = text.map(|text| serde_json::from_str(&text)).transpose();
            read.map(Option::flatten).map_err(|problem| format!("{name}: {problem}"))
        };
        Ok(Asked {
            query: parameters.query,
            operation_name: parameters.operation_name.filter(|name| !name.is_empty()),
            variables: object("variables", parameters.variables)?,
            extensions: object("extensions", parameters.extensions)?,
            document_id: parameters.document_id,
        })
    }
}

async fn by_get(
    State(endpoint): State<Arc<Endpoint>>,
    asker: Asker,
    lang: Lang,
    upgrade: Option<socket::Upgrade>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    if let Err(fault) = asker.asks() {
        return turned_away(fault, lang, &headers);
    }
    if let Some(upgrade) = upgrade {
        return upgrade.serve(endpoint, asker, lang);
    }
    let asks = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .any(|(name, _)| matches!(&*name, "query" | "extensions" | "documentId" | "doc_id"));
    // Where only what is listed is answered, nothing can be tried out.
    if !asks && endpoint.operations.is_none() && asks_for(&headers, "text/html") {
        return console::page(endpoint.demo);
    }
    if !asks {
        return refusal(
            StatusCode::BAD_REQUEST,
            lang,
            "请给出 query 参数，或用 POST 提交 JSON。",
            "Give the parameter query, or POST JSON.",
            Form::of(&headers),
        );
    }
    let key = Key::of(uri.query().unwrap_or_default().as_bytes(), false, lang);
    if let Some(again) = given_again(&endpoint, &key, &headers) {
        return again;
    }
    let asked = Parameters::read(&uri).and_then(|asked| asked.into_request().map_err(str::to_owned));
    let mut request = match asked {
        Ok(request) => request,
        Err(problem) => {
            return refusal(
                StatusCode::BAD_REQUEST,
                lang,
                &format!("查询参数无法读取：{problem}"),
                &format!("The parameters cannot be read: {problem}"),
                Form::of(&headers),
            );
        }
    };
    if let Err(fault) = endpoint.admit(&mut request) {
        return turned_away(fault, lang, &headers);
    }
    if operation(&endpoint, &mut request) == Some(OperationType::Mutation) {
        let mut refused = refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            lang,
            "GET 只能用于查询。",
            "GET is for queries only.",
            Form::of(&headers),
        );
        refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return refused;
    }
    Box::pin(respond(&endpoint, request.data(InAddress), asker, lang, &headers, key)).await
}

async fn by_post(
    State(endpoint): State<Arc<Endpoint>>,
    asker: Asker,
    lang: Lang,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if let Err(fault) = asker.asks() {
        return turned_away(fault, lang, &headers);
    }
    if !is_json(&headers) {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            lang,
            "请求内容应为 UTF-8 编码的 JSON（Content-Type: application/json）。",
            "The body must be JSON in UTF-8 (Content-Type: application/json).",
            Form::of(&headers),
        );
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => return too_large().into_response(),
        Err(_) => {
            return refusal(
                StatusCode::BAD_REQUEST,
                lang,
                "请求内容没有收全，请重试。",
                "The body did not arrive whole; try again.",
                Form::of(&headers),
            );
        }
    };
    let key = Key::of(&body, true, lang);
    if let Some(again) = given_again(&endpoint, &key, &headers) {
        return again;
    }
    let asked = serde_json::from_slice::<Asked>(&body).map_err(|problem| problem.to_string());
    match asked.and_then(|asked| asked.into_request().map_err(str::to_owned)) {
        Ok(mut request) => match endpoint.admit(&mut request) {
            Ok(()) => Box::pin(respond(&endpoint, request, asker, lang, &headers, key)).await,
            Err(fault) => turned_away(fault, lang, &headers),
        },
        Err(problem) => refusal(
            StatusCode::BAD_REQUEST,
            lang,
            &format!("请求内容不是 GraphQL 请求（一次一个查询）：{problem}"),
            &format!("The body is no GraphQL request (one at a time): {problem}"),
            Form::of(&headers),
        ),
    }
}

/// Whether the body says that it is JSON, in UTF-8 if it says in what.
fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = media.split(';').map(str::trim);
    parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            let charset = parameter.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
            charset.is_none_or(|(_, charset)| charset.trim().trim_matches('"').eq_ignore_ascii_case("utf-8"))
        })
}

/// The answer to what is not looked at.
fn turned_away(fault: Fault, lang: Lang, headers: &HeaderMap) -> Response {
    answer(&errors::refusal(fault, lang), Form::of(headers))
}

fn too_large() -> Problem {
    let kilobytes = BODY_LIMIT / 1024;
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large")
        .zh(format!("查询请求不得超过 {kilobytes} KiB。"))
        .en(format!("A query must not exceed {kilobytes} KiB."))
}

/// What sort of operation a request asks for; none when it cannot be told, which is for the schema to say.
fn operation(endpoint: &Endpoint, request: &mut Request) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = endpoint.directory.documents.of(request).ok().flatten()?;
    let mut operations = document.executable.operations.iter();
    let asked = match name {
        Some(name) => operations.find(|(of, _)| of.is_some_and(|of| *of == name)),
        None => operations.next(),
    };
    asked.map(|(_, operation)| operation.node.ty)
}

/// An answer that is kept: with its tag, where it was asked for by its address.
fn kept(answer: Kept, key: &Key, form: Form, headers: &HeaderMap) -> Response {
    if key.is_posted { answer::written(answer.text, form) } else { answer::tagged(answer, form, headers) }
}

/// What was answered to the same request, if it would be now. Whoever asks for it, may: what is kept is the same for everybody.
fn given_again(endpoint: &Endpoint, key: &Key, headers: &HeaderMap) -> Option<Response> {
    let form = Form::accepted(headers).filter(|_| !cost::is_asked_in(headers))?;
    Some(kept(endpoint.directory.kept(key)?, key, form, headers))
}

/// Answers what was not answered before, or not of late. Callers box it: it is large, and whoever is given again what was answered has
/// no need of it.
async fn respond(
    endpoint: &Endpoint,
    request: Request,
    Asker { caller, credential, .. }: Asker,
    lang: Lang,
    headers: &HeaderMap,
    key: Key,
) -> Response {
    let mut request = request.data(lang);
    if cost::is_asked_in(headers) {
        cost::ask(&mut request);
    }
    let (form, follows) =
        (Form::accepted(headers), operation(endpoint, &mut request) == Some(OperationType::Subscription));
    // Some clients name every form that they can read with every question; one answer is better had in one piece.
    if asks_for(headers, "text/event-stream") && (follows || form.is_none()) {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
        let request = match last {
            Some(last) => request.data(LastEventId(last.to_owned())),
            None => request,
        };
        return events::stream(&endpoint.directory, request, caller, credential);
    }
    let request = if is_robot(headers) { request.data(ByRobot) } else { request };
    let Some(form) = form else {
        return refusal(
            StatusCode::NOT_ACCEPTABLE,
            lang,
            "可用格式：application/graphql-response+json、application/json、text/event-stream。",
            "There are application/graphql-response+json, application/json and text/event-stream.",
            Form::GraphqlResponse,
        );
    };
    if follows {
        return refusal(
            StatusCode::NOT_ACCEPTABLE,
            lang,
            "订阅请用 WebSocket（graphql-transport-ws），或以 Accept: text/event-stream 请求。",
            "Subscribe over a WebSocket (graphql-transport-ws), or with Accept: text/event-stream.",
            form,
        );
    }
    match endpoint.directory.answer(request, caller, key).await {
        Answered::Written(text) => answer::written(text, form),
        Answered::Kept(answer) => kept(answer, &key, form, headers),
        Answered::Executed(response) => answer(&response, form),
    }
}

/// The endpoint, as the OpenAPI document tells of it.
pub fn openapi() -> OpenApi {
    let operation = |summary: &str| {
        let refusals = [
            (
                "400",
                "The request cannot be read; as application/graphql-response+json, also: it does not fit the schema.",
            ),
            ("401", "The token is no good."),
            ("403", "Only registered operations are answered, and this is none (QUERY_NOT_IN_SAFELIST)."),
            ("404", "Only registered operations are answered, and none has this name (PERSISTED_QUERY_NOT_IN_LIST)."),
            ("429", "This client asks too often (RATE_LIMITED); see Retry-After, RateLimit and RateLimit-Policy."),
            ("421", "Another directory holds the scope of what is asked for (OUT_OF_SCOPE)."),
            ("406", "No media type that is accepted can be had; a subscription needs text/event-stream."),
        ];
        let answered = ResponseBuilder::new().description("data, errors");
        let operation = OperationBuilder::new()
            .tag("directory")
            .summary(Some(summary))
            .description(Some(
                "GraphQL over HTTP; WebSocket (graphql-transport-ws) and server-sent events on the same path. \
                 The schema is schema/directory.graphql, and can be asked for by introspection.",
            ))
            .response("200", answered.build());
        refusals.into_iter().fold(operation, |operation, (status, why)| {
            operation.response(status, ResponseBuilder::new().description(why).build())
        })
    };
    let json = ContentBuilder::new().example(Some(serde_json::json!({
        "query": "query ($community: AreaCode!) { availableServices(community: $community) { totalCount } }",
        "variables": { "community": "130306100209" },
    })));
    let post = operation("Ask the directory")
        .response("413", ResponseBuilder::new().description("The request is too large.").build())
        .response("415", ResponseBuilder::new().description("The body is not JSON in UTF-8.").build())
        .request_body(Some(RequestBodyBuilder::new().content("application/json", json.build()).build()));
    let item = PathItemBuilder::new()
        .operation(HttpMethod::Get, operation("Ask the directory, by parameters").build())
        .operation(HttpMethod::Post, post.build());
    OpenApiBuilder::new().paths(PathsBuilder::new().path(PATH, item.build()).build()).build()
}

#[cfg(test)]
mod tests;
