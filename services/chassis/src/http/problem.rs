//! Everything that is not an answer (RFC 9457).

use super::Lang;
use crate::decide::CommandError;
use crate::log::{LogError, Unreadable};
use crate::sealed::KeyError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::EncodeError;
use serde_json::{Map, Value, json};
use std::fmt;

/// Why a request was not done, in Chinese and English. The answer is in the language that the request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// What programs go by; part of the problem's type `urn:huiju:problem:<code>`.
    pub code: &'static str,
    /// What is wrong and what to do, in Chinese.
    pub detail_zh: String,
    /// What is wrong and what to do, in English.
    pub detail_en: String,
    /// The places that are wrong, each with its own words.
    pub errors: Vec<Value>,
    rest: Box<Rest>,
}

/// What few problems have, apart so that a problem stays small enough to be returned by value.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rest {
    /// The kind in Chinese and English, if the status does not name it well enough.
    title: Option<(String, String)>,
    members: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem without a detail yet.
    pub fn new(status: StatusCode, code: &'static str) -> Problem {
        Problem {
            status,
            code,
            detail_zh: String::new(),
            detail_en: String::new(),
            errors: Vec::new(),
            rest: Box::default(),
        }
    }

    /// Says what is wrong and what to do, in Chinese.
    pub fn zh(self, detail: impl Into<String>) -> Problem {
        Problem { detail_zh: detail.into(), ..self }
    }

    /// Says what is wrong and what to do, in English.
    pub fn en(self, detail: impl Into<String>) -> Problem {
        Problem { detail_en: detail.into(), ..self }
    }

    /// Names the kind of problem better than its status does.
    pub fn title(mut self, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        self.rest.title = Some((zh.into(), en.into()));
        self
    }

    /// Adds a place that is wrong, e.g. `{"path", "zh", "en"}`.
    pub fn error(mut self, error: Value) -> Problem {
        self.errors.push(error);
        self
    }

    /// Adds places that are wrong.
    pub fn errors(mut self, errors: impl IntoIterator<Item = Value>) -> Problem {
        self.errors.extend(errors);
        self
    }

    /// Adds a member to the body.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Problem {
        self.rest.members.push((name, value.into()));
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: &'static str, value: &str) -> Problem {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.rest.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// A thing that is not there.
    pub fn not_found(zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "not-found").zh(zh).en(en)
    }

    /// A request that cannot be understood.
    pub fn bad_request(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, code).zh(zh).en(en)
    }

    /// A request that is understood and that the rules forbid.
    pub fn unprocessable(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code).zh(zh).en(en)
    }

    /// A fault of ours. The cause is for the log, never for the answer.
    pub fn internal(cause: &dyn fmt::Display) -> Problem {
        tracing::error!(%cause, "a request failed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal")
            .zh("系统内部出错，操作没有完成。请稍后再试；如仍出错，请把编号告诉管理员。")
            .en("Something went wrong on our side and the request was not done. Try again later; if it stays so, tell \
                 the administrator the number.")
    }

    /// The body, as RFC 9457 has it, in one language.
    pub fn body(&self, lang: Lang) -> Value {
        let (title_zh, title_en) = match &self.rest.title {
            Some((zh, en)) => (zh.as_str(), en.as_str()),
            None => titles(self.status),
        };
        let mut body = Map::new();
        let mut member = |name: &str, value: Value| {
            body.insert(name.to_owned(), value);
        };
        member("type", json!(format!("urn:huiju:problem:{}", self.code)));
        member("title", json!(lang.pick(title_zh, title_en)));
        member("status", json!(self.status.as_u16()));
        member("code", json!(self.code));
        let detail = lang.pick(&self.detail_zh, &self.detail_en);
        if !detail.is_empty() {
            member("detail", json!(detail));
        }
        if !self.errors.is_empty() {
            member("errors", json!(self.errors));
        }
        for (name, value) in &self.rest.members {
            member(name, value.clone());
        }
        Value::Object(body)
    }

    /// The answer, in one language.
    pub fn respond(&self, lang: Lang) -> Response {
        let mut response = (self.status, self.body(lang).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in &self.rest.headers {
            headers.append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl IntoResponse for Problem {
    /// In Chinese; the layers of [`crate::app`] turn it into the language asked for.
    fn into_response(self) -> Response {
        self.respond(Lang::Zh)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail_en)
    }
}

impl std::error::Error for Problem {}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Problem {
        match error {
            LogError::Unavailable(cause) => {
                tracing::warn!(cause, "a request failed because the log is away");
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "log-unavailable")
                    .zh("事件日志暂时无法访问。请用同一个 Idempotency-Key 稍后重试，不会重复办理。")
                    .en("The log cannot be reached at the moment. Try again later with the same Idempotency-Key; nothing \
                         will be done twice.")
                    .header("retry-after", "5")
            }
            LogError::WrongExpectedRevision { .. } => Problem::conflict(),
            LogError::Unwritable(EncodeError::TooLarge { bytes, most, .. }) => {
                let (bytes, most) = (bytes.div_ceil(1024), most / 1024);
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "event-too-large")
                    .zh(format!("一次登记的内容共{bytes} KiB，超过{most} KiB，没有保存。请写得短一些，或分成几次办理。"))
                    .en(format!(
                        "What is to be recorded takes {bytes} KiB, of at most {most}; nothing was kept. Shorten it, or do it in \
                         several steps."
                    ))
            }
            error @ (LogError::StreamDeleted
            | LogError::Refused(_)
            | LogError::Unwritable(EncodeError::Unwritable { .. })
            | LogError::AnotherLog
            | LogError::Nonsense(_)
            | LogError::Address { .. }) => Problem::internal(&error),
        }
    }
}

impl Problem {
    fn conflict() -> Problem {
        Problem::new(StatusCode::CONFLICT, "conflict")
            .zh("其他人正在修改同一内容，请刷新后再试。")
            .en("Somebody else is changing the same thing. Look again, then try again.")
    }
}

impl<R: Into<Problem>> From<CommandError<R>> for Problem {
    fn from(error: CommandError<R>) -> Problem {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::KeyReused { key } => Problem::unprocessable(
                "idempotency-key-reused",
                format!("Idempotency-Key“{key}”已用于另一项内容不同的请求，请换一个新的。"),
                format!("The Idempotency-Key {key:?} was used for another request with other content; use a new one."),
            ),
            CommandError::Conflict => Problem::conflict(),
            CommandError::Log(error) => error.into(),
            CommandError::Unreadable(unreadable) => unreadable.into(),
        }
    }
}

impl From<Unreadable> for Problem {
    fn from(unreadable: Unreadable) -> Problem {
        tracing::error!(%unreadable, "a request needs an event that cannot be read");
        let Unreadable { stream, revision, event_type, .. } = unreadable;
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unreadable-event")
            .zh(format!(
                "记录{stream}的第{revision}条（{event_type}）含有本程序不能识别的内容，在程序升级之前，与之有关的事项不能办理。请联系系统管理员。"
            ))
            .en(format!(
                "Event {revision} of {stream} ({event_type}) holds what this program does not know. What depends on it \
                 cannot be done until the program is upgraded; tell the administrator."
            ))
            .with("event", json!({ "stream": stream, "revision": revision, "type": event_type }))
    }
}

impl From<EncodeError> for Problem {
    fn from(error: EncodeError) -> Problem {
        LogError::from(error).into()
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Problem {
        Problem::internal(&error)
    }
}

fn titles(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::BAD_REQUEST => ("请求有误", "Bad request"),
        StatusCode::UNAUTHORIZED => ("未登录", "Not signed in"),
        StatusCode::FORBIDDEN => ("无权操作", "Not allowed"),
        StatusCode::NOT_FOUND => ("没有找到", "Not found"),
        StatusCode::METHOD_NOT_ALLOWED => ("不支持的方法", "Method not allowed"),
        StatusCode::CONFLICT => ("与现状冲突", "Conflict"),
        StatusCode::PAYLOAD_TOO_LARGE => ("内容过大", "Too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("格式不支持", "Unsupported format"),
        StatusCode::UNPROCESSABLE_ENTITY => ("不符合规定", "Against the rules"),
        StatusCode::TOO_MANY_REQUESTS => ("过于频繁", "Too many attempts"),
        StatusCode::SERVICE_UNAVAILABLE => ("暂时不可用", "Temporarily unavailable"),
        _ if status.is_server_error() => ("系统出错", "Internal error"),
        _ => ("未能完成", "Not done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_the_same_in_both_languages() {
        let problem = Problem::unprocessable("no-leader", "志愿队必须有负责人。", "A team needs a leader.")
            .error(json!({"path": "leader"}))
            .with("position", "00");
        assert_eq!(
            problem.body(Lang::En),
            json!({
                "type": "urn:huiju:problem:no-leader", "title": "Against the rules", "status": 422, "code": "no-leader",
                "detail": "A team needs a leader.", "errors": [{"path": "leader"}], "position": "00",
            })
        );
        assert_eq!(problem.body(Lang::Zh)["detail"], "志愿队必须有负责人。");
        let response = problem.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }

    #[test]
    fn an_event_over_the_limit_is_for_the_asker_to_shorten() {
        let refused = EncodeError::TooLarge { what: "AbsentFound", bytes: 900_000, most: 524_288 };
        let problem = Problem::from(LogError::from(refused));
        assert_eq!((problem.status.as_u16(), problem.code), (413, "event-too-large"));
        assert!(problem.body(Lang::Zh)["detail"].to_string().contains("879 KiB，超过512 KiB"));
    }

    #[test]
    fn a_fault_of_ours_does_not_tell_strangers_its_cause() {
        let problem = Problem::from(LogError::Nonsense("secret".to_owned()));
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.body(Lang::En).to_string().contains("secret"));
    }
}
