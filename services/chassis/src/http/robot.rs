//! Programs that walk through pages by themselves.

use axum::http::{HeaderMap, header};

/// Whether a request says that a program sends it that walks through pages by itself: a search engine's, a link checker, a
/// fetch ahead of a tap that may never come. Who does not say so is taken for a person.
pub fn is_robot(headers: &HeaderMap) -> bool {
    const NAMES: [&str; 7] = ["bot", "spider", "crawl", "slurp", "headless", "lighthouse", "monitor"];
    let says = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent = says(header::USER_AGENT).to_ascii_lowercase();
    let is_ahead = says(header::HeaderName::from_static("sec-purpose")).contains("prefetch");
    is_ahead || NAMES.iter().any(|name| agent.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_robot_is_known_by_what_it_calls_itself() {
        for (name, value, expected) in [
            ("user-agent", "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", true),
            ("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)", true),
            ("user-agent", "Mozilla/5.0 (Linux; Android 13; HarmonyOS) Chrome/114 Mobile", false),
            ("user-agent", "huijing-helpline/2.1", false),
            ("sec-purpose", "prefetch;prerender", true),
            ("accept", "text/html", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HeaderName::from_static(name), value.parse().unwrap());
            assert_eq!(is_robot(&headers), expected, "{value}");
        }
    }
}
