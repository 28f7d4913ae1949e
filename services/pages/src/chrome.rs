//! What stands around every page: its language and print size, who is signed in, where they may go.

use super::assets;
use askama::Template;
use axum::extract::{FromRef, FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chassis::answers::Asker;
use chassis::auth::{COOKIE, Caller, Credential, MaybeCaller, MaybeCredential, Role};
use chassis::http::{Lang, is_robot};
use schema::Office;
use std::borrow::Cow;
use std::convert::Infallible;

/// The cookie that keeps the language.
pub const LANG_COOKIE: &str = "huiju_lang";
/// The cookie that keeps the size of print.
pub const TEXT_COOKIE: &str = "huiju_text";

/// Scripts and styles only from our own files, nothing from elsewhere, never inside another site's frame.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                              form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The parameters of a query, in their order; a name may stand more than once.
pub type Pairs = Query<Vec<(String, String)>>;

/// What all pages of one installation have in common.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edition {
    /// Whether the providers shown are invented.
    pub demo: bool,
}

/// Everything around the content of a page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// The language of the page.
    pub lang: Lang,
    /// Whether large print was chosen.
    pub large: bool,
    /// Who is signed in.
    pub caller: Option<Caller>,
    /// The token behind that.
    pub credential: Option<Credential>,
    /// Whether somebody was signed in whose token is no longer good.
    pub lapsed: bool,
    /// Whether the providers shown are invented.
    pub demo: bool,
    /// Path and query of this page, without what only this answer needed.
    pub here: String,
    /// The position that the page must have got to, after a change that led here.
    pub at_least: Option<String>,
    /// What was just done, as the form that led here names it.
    pub done: Option<String>,
    /// Whether a program that walks through pages asks for it.
    is_robot: bool,
    /// What was asked for in the address and is to be remembered: cookies.
    remember: Vec<String>,
}

/// An entry of the main navigation.
pub struct NavLink {
    /// Where it leads.
    pub href: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Whether the page shown is it or stands under it.
    pub current: bool,
    /// For `aria-current`: this very page, or one under it.
    pub current_kind: &'static str,
}

impl Chrome {
    /// A page for nobody in particular.
    #[cfg(test)]
    pub fn plain(lang: Lang, here: &str) -> Self {
        Chrome {
            lang,
            large: false,
            caller: None,
            credential: None,
            lapsed: false,
            demo: false,
            here: here.to_owned(),
            at_least: None,
            done: None,
            is_robot: false,
            remember: Vec::new(),
        }
    }

    /// The same around another address.
    pub fn at(&self, here: String) -> Self {
        Chrome { here, ..self.clone() }
    }

    /// The word of the page's language.
    pub fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.lang.pick(zh, en)
    }

    /// A name with what it is of in brackets.
    pub fn of(&self, name: &str, owner: &str) -> String {
        self.lang.pick(format!("{name}（{owner}）"), format!("{name} ({owner})"))
    }

    /// Whether the page is in English.
    pub fn english(&self) -> bool {
        matches!(self.lang, Lang::En)
    }

    /// The language tag of the page.
    pub fn lang_tag(&self) -> &'static str {
        self.t("zh-CN", "en")
    }

    /// The attribute for content that is Chinese whatever the page is in.
    pub fn zh(&self) -> askama::filters::Safe<&'static str> {
        askama::filters::Safe(self.t("", " lang=\"zh-CN\""))
    }

    /// The hidden fields of a form that changes something: a key of its own, so that sending it again changes nothing twice;
    /// where it leads; and what is said there. Where no key can be drawn the service refuses the form, which has none.
    pub fn once(&self, then: &str, done: &str) -> askama::filters::Safe<String> {
        let key = chassis::keys::draw_id().map(|id| id.simple().to_string()).unwrap_or_default();
        let field = |name: &str, value: &str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
        askama::filters::Safe(field("idempotency-key", &key) + &field("then", then) + &field("done", done))
    }

    /// The address of an asset.
    pub fn asset(&self, name: &str) -> String {
        assets::link(name)
    }

    /// The address that changes a preference and comes back.
    pub fn prefer(&self, what: &str, value: &str) -> String {
        format!("/preferences?{what}={value}&next={}", self.here_encoded())
    }

    /// This page's address, for use inside a query.
    pub fn here_encoded(&self) -> String {
        encode(&self.here)
    }

    /// The caller's role in words.
    pub fn role(&self) -> &'static str {
        self.caller.as_ref().map(|caller| self.lang.pick(caller.role.name_zh(), caller.role.name())).unwrap_or_default()
    }

    /// The caller's office in words.
    pub fn office(&self) -> Option<&'static str> {
        Some(office_in_words(self.caller.as_ref()?.office?, self.lang))
    }

    /// A parameter of this page's address.
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.here.split_once('?')?;
        let found = form_urlencoded::parse(query.as_bytes()).find(|(given, _)| given == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// On whose behalf the page asks.
    pub fn asker(&self) -> Asker {
        Asker { caller: self.caller.clone(), lang: self.lang, is_robot: self.is_robot }
    }

    /// Whether the caller has one of these roles.
    pub fn is_any(&self, roles: &[Role]) -> bool {
        self.caller.as_ref().is_some_and(|caller| roles.contains(&caller.role))
    }

    /// The main navigation for whoever is signed in.
    pub fn places(&self) -> Vec<NavLink> {
        let mut places = vec![("/", self.t("查服务", "Find services"))];
        if self.is_any(&[Role::Clerk, Role::Admin]) {
            places.push(("/office", self.t("上交登记表", "Hand in")));
            places.push(("/office/registrations", self.t("登记信息", "Registrations")));
        }
        if self.is_any(STEWARDS) {
            places.push(("/steward", self.t("待核归并", "Proposed merges")));
        }
        if self.is_any(AUDITORS) {
            places.push(("/steward/history", self.t("归并记录", "Merge history")));
        }
        if self.caller.is_some() {
            places.push(("/coverage", self.t("服务覆盖", "Where services reach")));
        }
        places.push(("/live", self.t("实时动态", "Live")));
        let path = self.here.split('?').next().unwrap_or_default();
        let under = |href: &str| match href {
            "/" => path == "/" || path.starts_with("/communities") || path.starts_with("/resources"),
            "/office" => path == href || path.starts_with("/hand-ins"),
            "/steward" => path == href || path.starts_with("/steward/merges"),
            "/coverage" => path.starts_with(href),
            _ => path == href,
        };
        let place = |(href, name): (&'static str, &'static str)| NavLink {
            href,
            name,
            current: under(href),
            current_kind: if path == href { "page" } else { "true" },
        };
        places.into_iter().map(place).collect()
    }

    /// A page, with the headers that every page has.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Response {
        let body = match template.render() {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let mut response = (status, Html(body)).into_response();
        let headers = response.headers_mut();
        let mut set = |name, value| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(header::CONTENT_SECURITY_POLICY, CONTENT_POLICY);
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::REFERRER_POLICY, "same-origin");
        set(header::CONTENT_LANGUAGE, self.lang_tag());
        set(header::VARY, "Accept-Language, Cookie");
        set(header::CACHE_CONTROL, if self.caller.is_some() { "no-store" } else { "no-cache" });
        for cookie in self.remember.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Who decides on merges.
pub const STEWARDS: &[Role] = &[Role::Steward, Role::Admin];
/// Who may read the history of merges.
pub const AUDITORS: &[Role] = &[Role::Steward, Role::Planner, Role::Admin];
/// Who hands in lists.
pub const CLERKS: &[Role] = &[Role::Clerk, Role::Admin];

/// A preference, kept for a year.
pub fn preference(cookie: &str, value: &str) -> String {
    format!("{cookie}={value}; Path=/; Max-Age=31536000; SameSite=Lax")
}

/// An office in words.
pub fn office_in_words(office: Office, lang: Lang) -> &'static str {
    lang.pick(office.name_zh(), office.name_en())
}

/// A value for use in a query.
pub fn encode(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// A path with what of a query is not blank.
pub fn address<'f>(path: &str, query: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let mut pairs = query.into_iter().filter(|(_, value)| !value.is_empty()).peekable();
    if pairs.peek().is_none() {
        return path.to_owned();
    }
    let start = format!("{path}?");
    let before = start.len();
    form_urlencoded::Serializer::for_suffix(start, before).extend_pairs(pairs).finish()
}

/// An address inside this site, or the front page: a sign-in must not lead elsewhere.
pub fn inside(next: &str) -> &str {
    let leads_away = !next.starts_with('/') || next.starts_with("//") || next.contains(['\\', '\r', '\n', '\t']);
    if leads_away { "/" } else { next }
}

/// This page's address without the parameters that belong to one answer only.
fn here(path: &str, query: &[(Cow<'_, str>, Cow<'_, str>)]) -> String {
    let kept = query.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    address(path, kept.filter(|(name, _)| !matches!(*name, "lang" | "text" | "atLeast" | "done")))
}

/// A language by its short name.
pub fn lang_of(name: &str) -> Option<Lang> {
    match name {
        "zh" | "zh-CN" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

impl<S> FromRequestParts<S> for Chrome
where
    S: Send + Sync,
    Edition: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Edition { demo } = Edition::from_ref(state);
        let cookies = CookieJar::from_headers(&parts.headers);
        let cookie = |name: &str| cookies.get(name).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
        let query: Vec<_> = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect();
        let here = here(parts.uri.path(), &query);
        let once = |name: &str| {
            let found = query.iter().find(|(given, value)| given == name && !value.is_empty());
            found.map(|(_, value)| value.to_string())
        };
        let (at_least, done, text) = (once("atLeast"), once("done"), once("text"));
        let asked = once("lang").and_then(|lang| lang_of(&lang));
        let Ok(accepted) = Lang::from_request_parts(parts, state).await;
        let lang = asked.or_else(|| lang_of(&cookie(LANG_COOKIE))).unwrap_or(accepted);
        let Ok(MaybeCaller(caller)) = MaybeCaller::from_request_parts(parts, state).await;
        let Ok(MaybeCredential(credential)) = MaybeCredential::from_request_parts(parts, state).await;
        let text = text.filter(|text| matches!(text.as_str(), "large" | "normal"));
        let large = text.clone().unwrap_or_else(|| cookie(TEXT_COOKIE)) == "large";
        let mut remember: Vec<String> = text.map(|text| preference(TEXT_COOKIE, &text)).into_iter().collect();
        remember.extend(asked.map(|lang| preference(LANG_COOKIE, lang.pick("zh", "en"))));
        let lapsed = caller.is_none() && cookies.get(COOKIE).is_some();
        let is_robot = is_robot(&parts.headers);
        Ok(Chrome { lang, large, caller, credential, lapsed, demo, here, at_least, done, is_robot, remember })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_only_to_pages_of_this_site() {
        for (next, to) in [
            ("/office?office=clinic", "/office?office=clinic"),
            ("https://elsewhere.example/", "/"),
            ("//elsewhere.example/", "/"),
            ("/\\elsewhere.example", "/"),
            ("", "/"),
        ] {
            assert_eq!(inside(next), to);
        }
    }

    #[test]
    fn a_query_value_is_encoded_whole() {
        assert_eq!(encode("/a?b=1&c=村"), "%2Fa%3Fb%3D1%26c%3D%E6%9D%91");
        assert_eq!(address("/a", [("q", "张 &=?"), ("none", ""), ("r", "1")]), "/a?q=%E5%BC%A0+%26%3D%3F&r=1");
        assert_eq!(address("/a", [("none", "")]), "/a");
    }
}
