//! A response of the schema as an answer over HTTP: media type and status.

use crate::errors::OUT_OF_SCOPE;
use async_graphql::{Response as Executed, ServerError, Value};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chassis::http::Lang;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;

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
        if accepts_exactly(headers, "application/graphql-response+json") {
            Some(Form::GraphqlResponse)
        } else if accepts_exactly(headers, "application/json") {
            Some(Form::Json)
        } else if accepts(headers, "application/json") {
            // Who does not care is taken for a client that knows no other.
            Some(Form::Json)
        } else {
            None
        }
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

fn ranges(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter(|range| {
            let quality = range.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
            quality.and_then(|quality| quality.trim().parse::<f32>().ok()) != Some(0.0)
        })
        .map(|range| range.split(';').next().unwrap_or_default().trim())
}

/// Whether a media type is accepted by its name.
pub fn accepts_exactly(headers: &HeaderMap, media: &str) -> bool {
    ranges(headers).any(|range| range.eq_ignore_ascii_case(media))
}

/// Whether a media type is accepted, by its name or by a range, or because nothing is said.
pub fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let (kind, _) = media.split_once('/').unwrap_or((media, ""));
    // `*/*` is what programs send that do not care; only a browser names text/html.
    let anything = media != "text/html";
    (anything && !headers.contains_key(header::ACCEPT))
        || ranges(headers).any(|range| {
            range.eq_ignore_ascii_case(media)
                || (anything && range == "*/*")
                || range.strip_suffix("/*").is_some_and(|range| range != "*" && range.eq_ignore_ascii_case(kind))
        })
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

/// Whether another directory holds what was asked for.
fn is_out_of_scope(response: &Executed) -> bool {
    let code = Value::from(OUT_OF_SCOPE);
    response.errors.iter().any(|error| error.extensions.as_ref().and_then(|more| more.get("code")) == Some(&code))
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

/// The answer that a response makes.
pub fn answer(response: &Executed, form: Form) -> Response {
    let status = match form {
        // Whatever the form: a proxy that asked the wrong directory is to see it.
        Form::GraphqlResponse | Form::Json if is_out_of_scope(response) => StatusCode::MISDIRECTED_REQUEST,
        Form::GraphqlResponse if is_request_error(response) => StatusCode::BAD_REQUEST,
        Form::GraphqlResponse | Form::Json => StatusCode::OK,
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        // An answer depends on who asks and on what happens next.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static("Accept, Accept-Language, Authorization, Cookie")),
    ];
    (status, headers, to_text(response)).into_response()
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
