//! The files that pages link to, held in the binary. Each is linked with a digest of its content, so that a browser may
//! keep it for ever and an upgrade is seen at once.

use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Name, media type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("huiju.css", "text/css; charset=utf-8", include_str!("../templates/assets/huiju.css")),
    ("huiju.svg", "image/svg+xml", include_str!("../templates/assets/huiju.svg")),
    ("huiju.js", JAVASCRIPT, include_str!("../templates/assets/huiju.js")),
    ("office.js", JAVASCRIPT, include_str!("../templates/assets/office.js")),
    ("steward.js", JAVASCRIPT, include_str!("../templates/assets/steward.js")),
    ("live.js", JAVASCRIPT, include_str!("../templates/assets/live.js")),
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Where a page finds the file of this name.
pub fn link(name: &str) -> String {
    let content = FILES.iter().find(|(known, _, _)| *known == name).map_or("", |(_, _, content)| content);
    format!("/assets/{name}?v={:08x}", digest(content))
}

/// Answers with one of the files. Only the address that a page links to is kept for ever.
pub async fn file(Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    match FILES.iter().find(|(known, _, _)| *known == name) {
        Some((_, media, content)) => {
            let is_linked = query.as_deref() == Some(&format!("v={:08x}", digest(content)));
            let kept = if is_linked { "public, max-age=31536000, immutable" } else { "no-cache" };
            let headers = [
                (header::CONTENT_TYPE, *media),
                (header::CACHE_CONTROL, kept),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, *content).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// FNV-1a: tells two versions of a file apart, nothing more.
fn digest(content: &str) -> u32 {
    content.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_linked_under_another_address() {
        assert_ne!(digest("a"), digest("b"));
        assert!(link("huiju.css").starts_with("/assets/huiju.css?v="));
        assert_ne!(digest(""), digest(FILES[0].2));
    }
}
