//! What handlers take out of a request.

use super::Problem;
use super::accept::weighted;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use schema::identity_number::{self, Within};
use schema::limits::quoted;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::convert::Infallible;

/// The language of an answer: `?lang=` if given, else the one that `Accept-Language` prefers, else Chinese.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The language tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Lang {
        let query = uri.query().unwrap_or_default().as_bytes();
        let asked = form_urlencoded::parse(query).find(|(name, _)| name == "lang");
        asked.and_then(|(_, tag)| of_tag(&tag)).or_else(|| preferred(headers)).unwrap_or_default()
    }
}

fn of_tag(tag: &str) -> Option<Lang> {
    let primary = tag.split('-').next().unwrap_or(tag).trim();
    if primary.eq_ignore_ascii_case("zh") || primary == "*" {
        Some(Lang::Zh)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(Lang::En)
    } else {
        None
    }
}

/// The language of the highest weight; of equal weights the first (RFC 9110, section 12.5.4).
fn preferred(headers: &HeaderMap) -> Option<Lang> {
    let mut best: Option<(u16, Lang)> = None;
    for (range, weight) in weighted(headers, header::ACCEPT_LANGUAGE) {
        let Some(lang) = of_tag(range) else { continue };
        if weight > 0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

impl<S: Send + Sync> FromRequestParts<S> for Lang {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Lang, Infallible> {
        Ok(Lang::of(&parts.uri, &parts.headers))
    }
}

/// The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), 1 to 200 visible ASCII characters, with
/// or without the quotes of a structured field. A request without one is refused (400).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// The longest key.
pub(crate) const KEY_LENGTH: usize = 200;

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<IdempotencyKey, Problem> {
        let Some(header) = parts.headers.get("idempotency-key") else {
            return Err(Problem::bad_request(
                "idempotency-key-missing",
                "缺少请求头 Idempotency-Key。请为每项操作生成一个新值，重试时沿用原值。",
                "The header Idempotency-Key is missing. Make up a new value for each act, and repeat it when you retry.",
            ));
        };
        let text = header.to_str().unwrap_or_default().trim();
        let key = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        if key.is_empty() || key.len() > KEY_LENGTH || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Problem::bad_request(
                "idempotency-key-malformed",
                "请求头 Idempotency-Key 应为 1 至 200 个可见的 ASCII 字符。",
                "The header Idempotency-Key must be 1 to 200 visible ASCII characters.",
            ));
        }
        // It is kept with every event.
        if let Some(last_four) = identity_number::last_four_in(key, Within::Numbers) {
            return Err(Problem::bad_request(
                "idempotency-key-malformed",
                format!("请求头 Idempotency-Key 里有公民身份号码（末四位{last_four}），请另取一个值。"),
                format!(
                    "The header Idempotency-Key holds an identity number (its last four: {last_four}); use another value."
                ),
            ));
        }
        Ok(IdempotencyKey(key.to_owned()))
    }
}

/// The largest body of a request, in bytes: a spreadsheet of some hundred thousand rows.
pub const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// The body of a request, in JSON. Whatever does not fit is refused with its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body<T>, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json-required")
                .zh("请求内容应为 JSON（Content-Type: application/json）。")
                .en("The body must be JSON (Content-Type: application/json)."));
        }
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                too_large()
            } else {
                Problem::bad_request(
                    "body-unreadable",
                    "请求内容没有收全，请重试。",
                    "The body did not arrive whole; try again.",
                )
            }
        })?;
        parse(&bytes).map(Body)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let refused = |error: serde_path_to_error::Error<serde_json::Error>| {
        // Both may quote the body.
        let path = quoted(&identity_number::masked(&error.path().to_string()));
        let cause = error.into_inner();
        let problem = quoted(&identity_number::masked(&cause.to_string()));
        let place = json!({ "path": path, "line": cause.line(), "column": cause.column(), "problem": problem });
        if cause.is_data() {
            // The path of the whole is a dot.
            let (zh, en) = if path == "." {
                (format!("请求内容不对：{problem}。"), format!("The body is wrong: {problem}."))
            } else {
                (format!("请求内容的“{path}”不对：{problem}。"), format!("In the body, {path:?} is wrong: {problem}."))
            };
            Problem::unprocessable("body-invalid", zh, en).error(place)
        } else {
            Problem::bad_request(
                "body-not-json",
                format!("请求内容不是完整的 JSON（第 {} 行第 {} 列）。", cause.line(), cause.column()),
                format!("The body is not whole JSON (line {}, column {}).", cause.line(), cause.column()),
            )
            .error(place)
        }
    };
    let value = serde_path_to_error::deserialize(&mut reader).map_err(refused)?;
    match reader.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(Problem::bad_request(
            "body-not-json",
            format!("JSON 之后还有多余的内容（第 {} 行第 {} 列）。", error.line(), error.column()),
            format!("Something follows the JSON (line {}, column {}).", error.line(), error.column()),
        )),
    }
}

/// The refusal (413) of a body that is longer than its address takes.
pub fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large")
        .zh("请求内容超过了此地址的上限，请缩短或分成几次提交。")
        .en("The body is longer than this address takes; shorten it, or send it in parts.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    fn lang(query: &str, accept: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        Lang::of(&format!("/{query}").parse().unwrap(), &headers)
    }

    #[test]
    fn the_language_is_the_one_asked_for_and_chinese_else() {
        for (query, accept, expected) in [
            ("", "", Lang::Zh),
            ("", "fr", Lang::Zh),
            ("", "en-GB,en;q=0.9", Lang::En),
            ("", "zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("", "fr, en;q=0.4, zh;q=0.3", Lang::En),
            ("", "en;q=0, *;q=0.1", Lang::Zh),
            ("?lang=en", "zh", Lang::En),
            ("?a=b&lang=zh", "en", Lang::Zh),
            ("?lang=xx", "en", Lang::En),
        ] {
            assert_eq!(lang(query, accept), expected, "{query} {accept}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Team {
        leaders: Vec<Leader>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Leader {
        age: u8,
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let problem = parse::<Team>(br#"{"leaders": [{"age": 30}, {"age": "old"}]}"#).unwrap_err();
        assert_eq!((problem.status.as_u16(), &problem.errors[0]["path"]), (422, &json!("leaders[1].age")));
        let problem = parse::<Team>(b"{}").unwrap_err();
        assert!(problem.detail_en.starts_with("The body is wrong: missing field `leaders`"), "{problem}");
    }

    #[test]
    fn what_is_no_json_is_refused_with_line_and_column() {
        let problem = parse::<Team>(b"{\"leaders\":\n [}").unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.errors[0]["line"].as_u64()), (400, Some(2)));
        assert_eq!(parse::<Team>(b"{\"leaders\": []} x").unwrap_err().status.as_u16(), 400);
        assert_eq!(parse::<Team>(b"\xff").unwrap_err().status.as_u16(), 400);
    }

    #[tokio::test]
    async fn a_key_is_taken_with_or_without_quotes_and_refused_when_unfit() {
        async fn key(header: Option<&str>) -> Result<String, &'static str> {
            let mut request = axum::http::Request::builder();
            if let Some(header) = header {
                request = request.header("idempotency-key", header);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            IdempotencyKey::from_request_parts(&mut parts, &()).await.map(|key| key.0).map_err(|problem| problem.code)
        }
        assert_eq!(key(Some("abc-1")).await.as_deref(), Ok("abc-1"));
        assert_eq!(key(Some("\"abc-1\"")).await.as_deref(), Ok("abc-1"));
        assert_eq!(key(None).await, Err("idempotency-key-missing"));
        for unfit in ["", "\"\"", "a b", &"x".repeat(201), "k-440524188001010014"] {
            assert_eq!(key(Some(unfit)).await, Err("idempotency-key-malformed"), "{unfit:?}");
        }
    }
}
