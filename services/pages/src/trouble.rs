//! Pages that say why there is no other: for what a page could not show, and for what the rest of an application refused
//! to a browser.

use super::ask::Trouble;
use super::chrome::{Chrome, Edition, inside};
use super::forms::Shown;
use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use chassis::auth::{Caller, Verifier};
use chassis::http::{Problem, asks_for};

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    p: Chrome,
    title: String,
    detail: String,
    /// Whether the page loads itself again.
    again: bool,
    /// What to tell the administrator.
    number: Option<String>,
    /// The page that led here.
    back: Option<String>,
}

impl Trouble {
    /// Status, title and detail.
    fn said<'a>(&'a self, chrome: &'a Chrome) -> (StatusCode, &'a str, &'a str) {
        match self {
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
            Trouble::Refused(words) | Trouble::Divided(words) => {
                (StatusCode::BAD_REQUEST, chrome.t("这样查不了", "This cannot be asked"), words.as_str())
            }
            Trouble::Elsewhere(words) => (
                StatusCode::MISDIRECTED_REQUEST,
                chrome.t("不在本目录辖区", "Held by another directory"),
                words.as_str(),
            ),
            Trouble::Denied => (
                StatusCode::FORBIDDEN,
                chrome.t("您的账号不能看这个页面", "Your account may not see this page"),
                chrome.t("请换一个账号登录。", "Sign in with another account."),
            ),
            Trouble::Broken(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                chrome.t("页面暂时打不开", "The page cannot be shown now"),
                chrome.t("请稍后再试。问题已经记录。", "Please try again later. The fault has been recorded."),
            ),
        }
    }

    /// The page that says so.
    pub fn page(&self, chrome: &Chrome) -> Response {
        if let Trouble::Broken(why) = self {
            tracing::error!(%why, page = %schema::identity_number::masked(&chrome.here), "a page could not be made");
        }
        let (status, title, detail) = self.said(chrome);
        let again = matches!(self, Trouble::NotYet);
        chrome.page(
            status,
            &TroublePage {
                p: chrome.clone(),
                title: title.to_owned(),
                detail: detail.to_owned(),
                again,
                number: None,
                back: None,
            },
        )
    }
}

/// What the layer needs to make a page outside of all others.
#[derive(Clone)]
struct Doorway {
    edition: Edition,
    verifier: Verifier,
}

impl axum::extract::FromRef<Doorway> for Edition {
    fn from_ref(doorway: &Doorway) -> Edition {
        doorway.edition
    }
}

/// Puts around a whole application: a browser that asked for a page and is refused gets a page that says so, in the
/// language and the print that it has chosen. Programs get what they always get.
pub fn for_people(app: Router, verifier: Verifier, demo: bool) -> Router {
    let doorway = Doorway { edition: Edition { demo }, verifier };
    app.layer(middleware::from_fn_with_state(doorway, in_pages))
}

async fn in_pages(State(doorway): State<Doorway>, request: Request, next: Next) -> Response {
    if !asks_for(request.headers(), "text/html") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    asked.extensions.insert(doorway.verifier.clone());
    let is_signed_in = Caller::from_request_parts(&mut asked, &()).await.is_ok();
    let (refused, shown) = match Shown::of(Request::from_parts(parts, body), is_signed_in).await {
        Ok((request, shown)) => (next.run(request).await, shown),
        Err(problem) => (problem.into_response(), Shown::Plain),
    };
    if !is_bare_refusal(&refused) {
        if matches!(shown, Shown::Plain) {
            return refused;
        }
        let Ok(p) = Chrome::from_request_parts(&mut asked, &doorway).await;
        return shown.page(&p, refused).await;
    }
    let Ok(p) = Chrome::from_request_parts(&mut asked, &doorway).await;
    let (status, problem) = (refused.status(), refused.extensions().get::<Problem>());
    let (title, detail) = said(status, problem, &p);
    let number = refused.headers().get("traceparent").and_then(|value| value.to_str().ok()?.split('-').nth(1));
    let template = TroublePage {
        title,
        detail,
        again: false,
        number: number.filter(|_| status.is_server_error()).map(ToOwned::to_owned),
        back: back(&asked),
        p: p.clone(),
    };
    let mut page = p.page(status, &template);
    for (name, value) in refused.headers() {
        if !page.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    page
}

/// Whether a refusal is for programs only, or is the framework's own line of text. GraphQL answers errors in its own
/// form, which is left as it is.
fn is_bare_refusal(response: &Response) -> bool {
    let media = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && (response.extensions().get::<Problem>().is_some() || media.is_empty() || media.starts_with("text/plain"))
}

/// Title and detail of a refusal.
fn said(status: StatusCode, problem: Option<&Problem>, p: &Chrome) -> (String, String) {
    let trouble = match problem {
        Some(problem) if status != StatusCode::NOT_FOUND => {
            let body = problem.body(p.lang);
            let word = |name: &str| body.get(name).and_then(|word| word.as_str()).unwrap_or_default().to_owned();
            return (word("title"), word("detail"));
        }
        _ if status.is_server_error() => Trouble::Broken(status.to_string()),
        _ => Trouble::Missing,
    };
    let (_, title, detail) = trouble.said(p);
    (title.to_owned(), detail.to_owned())
}

/// The page whose form led here, if it is one of this site.
fn back(asked: &Parts) -> Option<String> {
    let headers = &asked.headers;
    let from = headers.get(header::REFERER)?.to_str().ok()?.parse::<Uri>().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    if asked.method == Method::GET || from.authority()?.as_str() != host {
        return None;
    }
    let path = from.path_and_query()?.as_str();
    (inside(path) == path).then(|| path.to_owned())
}
