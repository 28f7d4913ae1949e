//! Which pages a browser may have been made to ask by.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use std::str::FromStr;

/// Whether a request says that it comes from a page of the site it goes to, or from no page: by `Sec-Fetch-Site`, or
/// else by an `Origin` that names the `Host`. A request that says neither does not.
pub fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let (Some(origin), Some(host)) = (text("origin"), text("host")) else { return false };
    let Some((_, authority)) = origin.split_once("://") else { return false };
    authority.eq_ignore_ascii_case(host)
}

/// The other sites whose pages may ask here (CORS): none, these, or all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<Origin>);

/// One of them, as a browser writes it in `Origin` (RFC 6454, section 6.2), or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Every site: what it may ask is what the public may, or who holds a token. Never with a cookie.
    Any,
    /// `https://partner.example`, with the port if it is not the scheme's own.
    Site(HeaderValue),
}

/// No site of another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "应为 https://站点 或 * ，不带路径 an origin is a scheme, a host and perhaps a port, without a path, or *: {0:?} is not one"
)]
pub struct NotAnOrigin(String);

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Origin, NotAnOrigin> {
        if text == "*" {
            return Ok(Origin::Any);
        }
        let refused = || NotAnOrigin(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| refused())?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(refused)?;
        let authority = uri.authority().ok_or_else(refused)?.as_str();
        // What a browser sends is in lower case, and has no name, no path and no port that goes without saying.
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let written = format!("{scheme}://{authority}");
        if written != text || written != text.to_ascii_lowercase() || authority.contains('@') || text.ends_with(usual) {
            return Err(refused());
        }
        HeaderValue::from_str(text).map(Origin::Site).map_err(|_| refused())
    }
}

impl Origins {
    /// These.
    pub fn new(origins: Vec<Origin>) -> Origins {
        Origins(origins)
    }

    /// Whether no other site may ask.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every site may.
    pub fn is_any(&self) -> bool {
        self.0.contains(&Origin::Any)
    }

    /// Those that are named.
    pub fn named(&self) -> impl Iterator<Item = &HeaderValue> {
        self.0.iter().filter_map(|origin| match origin {
            Origin::Any => None,
            Origin::Site(site) => Some(site),
        })
    }

    /// Whether a request comes from a page that may use who is signed in here: of this site, or of one that is named. Where all
    /// sites may ask, none of them may do that.
    pub fn trusts(&self, headers: &HeaderMap) -> bool {
        same_origin(headers)
            || !self.is_any()
                && headers.get(header::ORIGIN).is_some_and(|origin| self.named().any(|named| named == origin))
    }

    /// Whether a request comes from another site's page that may not ask at all. What comes from no page says no `Origin`.
    pub fn refuses(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(header::ORIGIN) && !self.is_any() && !self.trusts(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect::<HeaderMap>()
    }

    #[test]
    fn only_this_sites_pages_count_as_same_origin() {
        for (pairs, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], false),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], true),
            (&[("origin", "https://a.example"), ("host", "A.example")], true),
            (&[("origin", "http://127.0.0.1:9090"), ("host", "127.0.0.1:8080")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[("host", "127.0.0.1:8080")], false),
        ] {
            assert_eq!(same_origin(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn an_origin_is_written_as_a_browser_sends_it() {
        for good in ["*", "https://a.example", "http://127.0.0.1:3000", "https://a.example:8443", "http://[::1]:3000"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "null",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example/path",
            "https://A.example",
            "https://a.example:443",
            "http://a.example:80",
            "https://me@a.example",
            "ftp://a.example",
            "https://*.example/",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_site_that_is_named_is_trusted_and_where_all_may_ask_none_is() {
        let origins = |texts: &[&str]| Origins::new(texts.iter().map(|text| text.parse().unwrap()).collect());
        let from = |origin: &str| headers(&[("origin", origin), ("host", "here.example")]);
        let cross = headers(&[("origin", "https://a.example"), ("sec-fetch-site", "cross-site")]);
        for (allowed, headers, trusts, refuses) in [
            (&[][..], from("https://a.example"), false, true),
            (&[], from("https://here.example"), true, false),
            (&[], HeaderMap::new(), false, false),
            (&["https://a.example"], from("https://a.example"), true, false),
            (&["https://a.example"], cross.clone(), true, false),
            (&["https://a.example"], from("https://b.example"), false, true),
            (&["https://a.example"], from("null"), false, true),
            (&["*"], from("https://b.example"), false, false),
            (&["*"], from("https://here.example"), true, false),
            (&["*", "https://a.example"], from("https://a.example"), false, false),
        ] {
            let origins = origins(allowed);
            assert_eq!(
                (origins.trusts(&headers), origins.refuses(&headers)),
                (trusts, refuses),
                "{allowed:?} {headers:?}"
            );
        }
    }
}
