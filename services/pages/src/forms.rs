//! Forms that work without scripts: what a browser sends to the services' own interfaces, and what it is then shown.
//!
//! A form has its idempotency key from the server, in the field [`KEY`]; [`THEN`] says where it leads once it is done, [`DONE`]
//! what is said there. Other fields are those of the command; a name says behind a colon what it is if it is no text:
//! `registrations:list`, `count:number`, `keepApart:flag`. With scripts the same form is sent as JSON (`huiju.js`), so that what is
//! refused can be said beside its field.

use super::chrome::{Chrome, encode, inside};
use super::preview;
use super::report;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chassis::http::Problem;
use serde_json::{Map, Number, Value};

/// The field of the idempotency key.
const KEY: &str = "idempotency-key";
/// The field of where the form leads.
const THEN: &str = "then";
/// The field of what is said there.
const DONE: &str = "done";

/// A command has so many bytes at most as a form: the ids of 200,000 registrations.
const MOST: usize = 16 << 20;

/// An answer to a program is rendered up to this size, which is more than any is that a page leads to.
const MOST_ANSWER: usize = 64 << 20;

/// What an answer that is good for a program is for whoever sent a form.
pub(super) enum Shown {
    /// Another page.
    Onward { then: String, done: Option<String> },
    /// A hand-in: its page, or, for a check, the report itself.
    HandIn,
    /// The report of a hand-in.
    Report,
    /// What undoing a merge would bring.
    Preview,
    /// As it is.
    Plain,
}

impl Shown {
    /// What a browser's request to a service's interface is to be answered with. A form becomes the command that it is, if
    /// somebody is signed in: of nobody else anything is read, and the service refuses them as they are.
    pub(super) async fn of(request: Request, is_signed_in: bool) -> Result<(Request, Shown), Problem> {
        let path = request.uri().path();
        let imports = path.starts_with("/api/") && path.contains("/imports");
        match *request.method() {
            Method::GET
                if imports && path.matches('/').count() == 4 && !path.ends_with(".csv") && !path.ends_with(".json") =>
            {
                Ok((request, Shown::Report))
            }
            Method::GET if path.starts_with("/api/center/") && path.ends_with("/undo-preview") => {
                Ok((request, Shown::Preview))
            }
            Method::POST if imports && path.ends_with("/imports") => Ok((request, Shown::HandIn)),
            Method::POST if is_signed_in && path.starts_with("/api/") && is_form(&request) => command(request).await,
            _ => Ok((request, Shown::Plain)),
        }
    }

    /// The answer for the browser.
    pub(super) async fn page(self, p: &Chrome, answer: Response) -> Response {
        if matches!(self, Shown::Plain) || !is_json(&answer) {
            return answer;
        }
        let (_, body) = answer.into_parts();
        let body = match to_bytes(body, MOST_ANSWER).await.map(|bytes| serde_json::from_slice::<Value>(&bytes)) {
            Ok(Ok(body)) => body,
            Ok(Err(error)) => return Problem::internal(&error).into_response(),
            Err(error) => return Problem::internal(&error).into_response(),
        };
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        match self {
            Shown::Onward { then, done } => {
                let then = then.replace("{id}", &encode(text("id").unwrap_or_default()));
                see_other(&onward(&then, text("position"), done.as_deref()))
            }
            Shown::HandIn if body.get("check") == Some(&Value::Bool(false)) => {
                let then = format!("/hand-ins/{}", encode(text("id").unwrap_or_default()));
                see_other(&onward(&then, text("position"), None))
            }
            Shown::HandIn | Shown::Report => report::page(p, body),
            Shown::Preview => preview::page(p, body),
            Shown::Plain => Problem::internal(&"a plain answer is not read").into_response(),
        }
    }
}

fn is_json(answer: &Response) -> bool {
    let media = answer.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    answer.status().is_success() && media.is_some_and(|media| media.starts_with(b"application/json"))
}

fn is_form(request: &Request) -> bool {
    let media = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    media.is_some_and(|media| media.starts_with(b"application/x-www-form-urlencoded"))
}

/// The command that a form is.
async fn command(request: Request) -> Result<(Request, Shown), Problem> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|_| chassis::http::too_large())?;
    let (mut then, mut done, mut fields) = ("/".to_owned(), None, Map::new());
    for (name, value) in form_urlencoded::parse(&body) {
        let value = value.trim();
        match name.as_ref() {
            KEY => set(&mut parts, header::HeaderName::from_static(KEY), value)?,
            THEN => then = inside(value).to_owned(),
            DONE => done = Some(value.to_owned()).filter(|done| !done.is_empty()),
            name => field(&mut fields, name, value),
        }
    }
    let json = Value::Object(fields).to_string();
    set(&mut parts, header::CONTENT_TYPE, "application/json")?;
    set(&mut parts, header::CONTENT_LENGTH, &json.len().to_string())?;
    Ok((Request::from_parts(parts, Body::from(json)), Shown::Onward { then, done }))
}

fn set(parts: &mut Parts, name: header::HeaderName, value: &str) -> Result<(), Problem> {
    let value = HeaderValue::from_str(value).map_err(|_| {
        Problem::bad_request(
            "form-invalid",
            "表单内容不完整，请返回上一页重试。",
            "The form is not whole: go back and try again.",
        )
    })?;
    parts.headers.insert(name, value);
    Ok(())
}

/// Puts a field of a form into the command. What is blank is left out, but for a list, which may be empty, and a flag, which
/// is then not set.
fn field(fields: &mut Map<String, Value>, name: &str, value: &str) {
    let (name, kind) = name.split_once(':').unwrap_or((name, "text"));
    let filled = !value.is_empty();
    match kind {
        "list" => {
            let list = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            if let (Some(list), true) = (list.as_array_mut(), filled) {
                list.push(Value::from(value));
            }
        }
        "flag" => {
            let before = fields.get(name) == Some(&Value::Bool(true));
            fields.insert(name.to_owned(), Value::Bool(before || filled));
        }
        // What is no number is for the service to refuse.
        "number" if filled => {
            let number = value.parse::<u64>().map(|number| Value::Number(Number::from(number)));
            fields.insert(name.to_owned(), number.unwrap_or_else(|_| Value::from(value)));
        }
        _ if filled => {
            fields.insert(name.to_owned(), Value::from(value));
        }
        _ => {}
    }
}

/// An address of this site, with the position that its page must have got to and what it is to say.
fn onward(then: &str, position: Option<&str>, done: Option<&str>) -> String {
    let (address, query) = then.split_once('?').unwrap_or((then, ""));
    let mut pairs = form_urlencoded::Serializer::new(query.to_owned());
    if let Some(position) = position {
        pairs.append_pair("atLeast", position);
    }
    if let Some(done) = done {
        pairs.append_pair(DONE, done);
    }
    let query = pairs.finish();
    if query.is_empty() { address.to_owned() } else { format!("{address}?{query}") }
}

fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_what_its_name_says() {
        for (form, expected) in [
            ("reason=+%E7%9C%8B%E9%94%99%E4%BA%86+", json!({ "reason": "看错了" })),
            ("reason=", json!({})),
            ("registrations:list=&registrations:list=a&registrations:list=b", json!({ "registrations": ["a", "b"] })),
            ("registrations:list=", json!({ "registrations": [] })),
            ("count:number=5", json!({ "count": 5 })),
            ("count:number=", json!({})),
            ("count:number=five", json!({ "count": "five" })),
            ("keepApart:flag=&keepApart:flag=true", json!({ "keepApart": true })),
            ("keepApart:flag=", json!({ "keepApart": false })),
        ] {
            let mut fields = Map::new();
            for (name, value) in form_urlencoded::parse(form.as_bytes()) {
                field(&mut fields, &name, value.trim());
            }
            assert_eq!(Value::Object(fields), expected, "{form}");
        }
    }

    #[test]
    fn where_a_form_leads_keeps_what_was_asked_there() {
        assert_eq!(onward("/steward", None, None), "/steward");
        assert_eq!(onward("/a?b=c", Some("p.1"), Some("undone")), "/a?b=c&atLeast=p.1&done=undone");
    }
}
