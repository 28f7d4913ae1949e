//! The schema over HTTP, as the GraphQL over HTTP specification has it: `POST` with JSON, `GET` for queries, a WebSocket
//! (graphql-transport-ws) and server-sent events (GraphQL over SSE, distinct connections) on the same path. A browser
//! that opens the path gets a query console, and GraphiQL with `?graphiql`.

mod answer;
mod console;
mod events;
mod socket;

pub use answer::to_json;

use crate::Directory;
use crate::graph::LastEventId;
use answer::{Form, answer, refusal};
use async_graphql::Request;
use async_graphql::http::parse_query_string;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chassis::auth::{Caller, MaybeCaller, Verifier};
use chassis::http::{Lang, Problem};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItemBuilder, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{OpenApi, OpenApiBuilder, ResponseBuilder};

/// The path of the one endpoint.
pub const PATH: &str = "/graphql";

/// What a request needs.
#[derive(Clone)]
struct Endpoint {
    directory: Directory,
    verifier: Verifier,
}

/// The routes.
pub fn router(directory: Directory, verifier: Verifier) -> Router {
    Router::new()
        .route(PATH, get(by_get).post(by_post))
        .merge(console::router())
        .with_state(Endpoint { directory, verifier })
}

/// Who asks. A token that was given and is no good is refused; without one it is the public.
struct Asker(Option<Caller>);

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Asker, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            return Caller::from_request_parts(parts, state).await.map(|caller| Asker(Some(caller)));
        }
        let MaybeCaller(caller) = match MaybeCaller::from_request_parts(parts, state).await {
            Ok(caller) => caller,
            Err(_) => MaybeCaller(None),
        };
        Ok(Asker(caller))
    }
}

async fn by_get(
    State(endpoint): State<Endpoint>,
    Asker(caller): Asker,
    lang: Lang,
    upgrade: Option<socket::Upgrade>,
    headers: HeaderMap,
    uri: axum::http::Uri,
) -> Response {
    if let Some(upgrade) = upgrade {
        return upgrade.serve(endpoint, caller, lang);
    }
    let query = uri.query().unwrap_or_default();
    let asks = query.split('&').any(|pair| pair.starts_with("query="));
    if !asks && answer::accepts(&headers, "text/html") {
        let wants_graphiql = query.split('&').any(|pair| pair == "graphiql");
        return if wants_graphiql { console::graphiql() } else { console::page() };
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
    match parse_query_string(query) {
        Ok(request) => respond(endpoint, request, caller, lang, &headers).await,
        Err(problem) => refusal(
            StatusCode::BAD_REQUEST,
            lang,
            &format!("查询参数无法读取：{problem}"),
            &format!("The parameters cannot be read: {problem}"),
            Form::of(&headers),
        ),
    }
}

async fn by_post(
    State(endpoint): State<Endpoint>,
    Asker(caller): Asker,
    lang: Lang,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            lang,
            "请求内容应为 JSON（Content-Type: application/json）。",
            "The body must be JSON (Content-Type: application/json).",
            Form::of(&headers),
        );
    }
    let problem = match serde_json::from_slice::<Request>(&body) {
        Ok(request) if !request.query.trim().is_empty() => {
            return respond(endpoint, request, caller, lang, &headers).await;
        }
        Ok(_) => "query".to_owned(),
        Err(problem) => problem.to_string(),
    };
    refusal(
        StatusCode::BAD_REQUEST,
        lang,
        &format!("请求内容不是 GraphQL 请求：{problem}"),
        &format!("The body is no GraphQL request: {problem}"),
        Form::of(&headers),
    )
}

async fn respond(
    endpoint: Endpoint,
    request: Request,
    caller: Option<Caller>,
    lang: Lang,
    headers: &HeaderMap,
) -> Response {
    let request = request.data(lang);
    if answer::accepts_exactly(headers, "text/event-stream") {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
        let request = match last {
            Some(last) => request.data(LastEventId(last.to_owned())),
            None => request,
        };
        return events::stream(&endpoint.directory, request, caller).into_response();
    }
    let Some(form) = Form::accepted(headers) else {
        return refusal(
            StatusCode::NOT_ACCEPTABLE,
            lang,
            "可用格式：application/graphql-response+json、application/json、text/event-stream。",
            "There are application/graphql-response+json, application/json and text/event-stream.",
            Form::GraphqlResponse,
        );
    };
    answer(&endpoint.directory.execute(request, caller).await, form)
}

/// The endpoint, as the OpenAPI document tells of it.
pub fn openapi() -> OpenApi {
    let operation = |summary: &str| {
        OperationBuilder::new()
            .tag("directory")
            .summary(Some(summary))
            .description(Some(
                "GraphQL over HTTP; WebSocket (graphql-transport-ws) and server-sent events on the same path. \
                 The schema is schema/directory.graphql, and can be asked for by introspection.",
            ))
            .response("200", ResponseBuilder::new().description("data, errors").build())
    };
    let json = ContentBuilder::new().example(Some(serde_json::json!({
        "query": "query ($community: AreaCode!) { availableServices(community: $community) { totalCount } }",
        "variables": { "community": "130306100209" },
    })));
    let post = operation("Ask the directory")
        .request_body(Some(RequestBodyBuilder::new().content("application/json", json.build()).build()));
    let item = PathItemBuilder::new()
        .operation(HttpMethod::Get, operation("Ask the directory, by parameters").build())
        .operation(HttpMethod::Post, post.build());
    OpenApiBuilder::new().paths(PathsBuilder::new().path(PATH, item.build()).build()).build()
}

#[cfg(test)]
mod tests;
