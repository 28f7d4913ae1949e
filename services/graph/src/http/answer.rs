//! A response of the schema as an answer over HTTP: media type and status.

use crate::errors::{NAME_NOT_LISTED, NOT_LISTED, OUT_OF_SCOPE, RATE_LIMITED};
use crate::kept::Kept;
use async_graphql::{Response as Executed, ServerError, Value};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chassis::http::{Lang, asks_for, preferred};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// The two media types of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/graphql-response+json`: the status says whether the request could be executed.
    GraphqlResponse,
    /// `application/json`: 200 for every request that could be read.
    Json,
}

impl Form {
    /// The one that is accepted; none when neither is.
    pub fn accepted(headers: &HeaderMap) -> Option<Form> {
        // Who does not name the newer type is taken for a client that knows no other.
        let forms: &[&str] = if asks_for(headers, GRAPHQL) { &[GRAPHQL, JSON] } else { &[JSON] };
        preferred(headers, forms).map(|media| if media == GRAPHQL { Form::GraphqlResponse } else { Form::Json })
    }

    /// The one that is accepted, or the one that is usual.
    pub fn of(headers: &HeaderMap) -> Form {
        Form::accepted(headers).unwrap_or(Form::Json)
    }

    fn media_type(self) -> &'static str {
        match self {
            Form::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Form::Json => "application/json; charset=utf-8",
        }
    }
}

/// A response as JSON. One that was never executed has no `data`, as the specification asks.
pub struct Written<'a>(pub &'a Executed);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.0.errors.is_empty() {
            map.serialize_entry("errors", &self.0.errors)?;
        }
        if !is_request_error(self.0) {
            map.serialize_entry("data", &self.0.data)?;
        }
        if !self.0.extensions.is_empty() {
            map.serialize_entry("extensions", &self.0.extensions)?;
        }
        map.end()
    }
}

/// Whether nothing was executed: the document could not be read or does not fit the schema.
pub fn is_request_error(response: &Executed) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The status of what is not answered here, not to this client or not now: whatever the form of the answer, since whoever stands in
/// between is to see it.
fn turned_away(response: &Executed) -> Option<StatusCode> {
    response.errors.iter().find_map(|error| match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => match code.as_str() {
            OUT_OF_SCOPE => Some(StatusCode::MISDIRECTED_REQUEST),
            NOT_LISTED => Some(StatusCode::FORBIDDEN),
            NAME_NOT_LISTED => Some(StatusCode::NOT_FOUND),
            RATE_LIMITED => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        },
        _ => None,
    })
}

/// A response as a JSON value.
pub fn to_json(response: &Executed) -> serde_json::Value {
    serde_json::to_value(Written(response)).unwrap_or_else(|error| unwritable(&error))
}

/// A response as JSON text.
pub fn to_text(response: &Executed) -> String {
    serde_json::to_string(&Written(response)).unwrap_or_else(|error| unwritable(&error).to_string())
}

/// What is said in place of a response that cannot be written: nothing, never that there is nothing.
fn unwritable(error: &serde_json::Error) -> serde_json::Value {
    tracing::error!(%error, "an answer cannot be written");
    serde_json::json!({ "data": null, "errors": [{ "message": "the answer cannot be written" }] })
}

/// The answer that was written already.
pub fn written(answer: Bytes, form: Form) -> Response {
    (StatusCode::OK, headers(form), answer).into_response()
}

/// The answer that is kept, or that the client has it already. It may be kept by who asks, and is asked for again with its tag.
pub(crate) fn tagged(Kept { text, tag, .. }: Kept, form: Form, asked: &HeaderMap) -> Response {
    let tag = tag.to_string();
    let has_it = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok()).any(|tags| {
        // Weak comparison (RFC 9110, 13.1.2).
        let known = |known: &str| known == "*" || known.trim_start_matches("W/") == tag.trim_start_matches("W/");
        tags.split(',').map(str::trim).any(known)
    });
    let mut answer = match has_it {
        true => (StatusCode::NOT_MODIFIED, headers(form)).into_response(),
        false => written(text, form),
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// The answer that a response makes.
pub fn answer(response: &Executed, form: Form) -> Response {
    let status = match (turned_away(response), form) {
        (Some(status), _) => status,
        (None, Form::GraphqlResponse) if is_request_error(response) => StatusCode::BAD_REQUEST,
        (None, Form::GraphqlResponse | Form::Json) => StatusCode::OK,
    };
    (status, headers(form), to_text(response)).into_response()
}

fn headers(form: Form) -> [(HeaderName, HeaderValue); 3] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        // An answer depends on who asks and on what happens next.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie")),
    ]
}

/// The answer to a request that is no GraphQL request.
pub fn refusal(status: StatusCode, lang: Lang, zh: &str, en: &str, form: Form) -> Response {
    let mut error = ServerError::new(lang.pick(zh, en), None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", "BAD_REQUEST");
    error.extensions = Some(extensions);
    let mut response = Executed::from_errors(vec![error]);
    response.extensions = BTreeMap::new();
    let mut answer = answer(&response, form);
    *answer.status_mut() = status;
    answer
}
