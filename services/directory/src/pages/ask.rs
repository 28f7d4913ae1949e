//! How pages get what they show: GraphQL, asked in-process as whoever is signed in. A page sees nothing that a program
//! with the same token could not see.

use super::chrome::Chrome;
use axum::http::StatusCode;
use axum::response::Response;
use chassis::auth::Caller;
use chassis::http::Lang;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Something that answers GraphQL: the directory, or fixed answers in a test.
pub trait Answers: Send + Sync + 'static {
    /// Executes a query; the whole response, `data` and `errors`.
    fn ask(&self, query: &str, variables: Value, asker: Asker) -> BoxFuture<'_, Value>;

    /// Runs a subscription; every item is a whole response.
    fn follow(&self, query: &str, variables: Value, asker: Asker) -> BoxStream<'static, Value>;
}

/// On whose behalf a page asks, and in which language it wants reasons and errors.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Who is signed in.
    pub caller: Option<Caller>,
    /// The language of the page.
    pub lang: Lang,
}

/// Why a page could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The directory does not yet know what the page must show; it will within seconds.
    #[error("the directory has not got that far yet")]
    NotYet,
    /// There is no such thing.
    #[error("there is no such thing")]
    Missing,
    /// Something asked for was refused; the directory's own words.
    #[error("{0}")]
    Refused(String),
    /// Whoever is signed in may not see it.
    #[error("not allowed")]
    Denied,
    /// An answer that the pages do not understand.
    #[error("the directory's answer was not understood: {0}")]
    Broken(String),
}

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Vec<ReplyError>,
}

#[derive(Deserialize)]
struct ReplyError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
struct Extensions {
    #[serde(default)]
    code: String,
}

/// The data of a response, or why there is none.
pub fn data<T: DeserializeOwned>(response: Value) -> Result<T, Trouble> {
    let reply: Reply = serde_json::from_value(response).map_err(|error| Trouble::Broken(error.to_string()))?;
    if let Some(error) = reply.errors.into_iter().next() {
        return Err(match error.extensions.code.as_str() {
            "NOT_YET" => Trouble::NotYet,
            "NOT_FOUND" | "UNKNOWN_AREA" | "NO_SUCH_AREA" => Trouble::Missing,
            "UNAUTHENTICATED" | "UNAUTHORIZED" | "FORBIDDEN" => Trouble::Denied,
            _ => Trouble::Refused(error.message),
        });
    }
    serde_json::from_value(reply.data).map_err(|error| Trouble::Broken(error.to_string()))
}

/// Asks and reads the answer.
pub async fn ask<T: DeserializeOwned>(
    answers: &dyn Answers,
    chrome: &Chrome,
    query: &str,
    variables: Value,
) -> Result<T, Trouble> {
    data(answers.ask(query, variables, chrome.asker()).await)
}

impl Trouble {
    /// The page that says so.
    pub fn page(&self, chrome: &Chrome) -> Response {
        let (status, title, detail) = match self {
            Trouble::NotYet => (
                StatusCode::SERVICE_UNAVAILABLE,
                chrome.t("正在更新", "Being updated"),
                chrome.t(
                    "刚才的变化还在写入目录，页面会自动刷新。",
                    "The last change is on its way into the directory. This page reloads by itself.",
                ),
            ),
            Trouble::Missing => (
                StatusCode::NOT_FOUND,
                chrome.t("没有找到这个页面", "Page not found"),
                chrome.t(
                    "请核对网址或编号，或者从首页重新查找。",
                    "Check the address or the number, or start again from the front page.",
                ),
            ),
            Trouble::Refused(words) => {
                (StatusCode::BAD_REQUEST, chrome.t("这样查不了", "This cannot be asked"), words.as_str())
            }
            Trouble::Denied => (
                StatusCode::FORBIDDEN,
                chrome.t("您的账号不能看这个页面", "Your account may not see this page"),
                chrome.t("请换一个账号登录。", "Sign in with another account."),
            ),
            Trouble::Broken(why) => {
                tracing::error!(%why, page = %chrome.here, "a page could not be made");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    chrome.t("页面暂时打不开", "The page cannot be shown now"),
                    chrome.t("请稍后再试。问题已经记录。", "Please try again later. The fault has been recorded."),
                )
            }
        };
        let again = matches!(self, Trouble::NotYet);
        chrome.page(
            status,
            &super::TroublePage { p: chrome.clone(), title: title.to_owned(), detail: detail.to_owned(), again },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_s_code_decides_which_page_is_shown() {
        let failed = |code: &str| {
            data::<Value>(json!({ "data": null, "errors": [{ "message": "m", "extensions": { "code": code } }] }))
        };
        assert_eq!(failed("NOT_YET"), Err(Trouble::NotYet));
        assert_eq!(failed("FORBIDDEN"), Err(Trouble::Denied));
        assert_eq!(failed("BAD_AGE"), Err(Trouble::Refused("m".to_owned())));
        assert_eq!(data::<Value>(json!({ "data": { "a": 1 } })), Ok(json!({ "a": 1 })));
    }
}
