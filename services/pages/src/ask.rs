//! How pages understand what they asked: GraphQL, asked as whoever is signed in. A page sees nothing that a program
//! with the same token could not see.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a page could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The directory does not yet know what the page must show; it will within seconds.
    #[error("the directory has not got that far yet")]
    NotYet,
    /// There is no such thing.
    #[error("there is no such thing")]
    Missing,
    /// What was asked about went over into several divisions.
    #[error("{0}")]
    Divided(String),
    /// Something asked for was refused; the directory's own words.
    #[error("{0}")]
    Refused(String),
    /// Another directory holds it; this one's own words.
    #[error("{0}")]
    Elsewhere(String),
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
            "OUT_OF_SCOPE" => Trouble::Elsewhere(error.message),
            "UNKNOWN_AREA" => Trouble::Missing,
            "AREA_DIVIDED" => Trouble::Divided(error.message),
            "UNAUTHENTICATED" | "FORBIDDEN" => Trouble::Denied,
            _ => Trouble::Refused(error.message),
        });
    }
    serde_json::from_value(reply.data).map_err(|error| Trouble::Broken(error.to_string()))
}

/// The nodes of a connection.
#[derive(Clone, Debug, Deserialize)]
pub struct Nodes<T> {
    /// The nodes.
    pub nodes: Vec<T>,
}

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Nodes { nodes: Vec::new() }
    }
}

/// Where a page of a connection ends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// Whether there is more.
    pub has_next_page: bool,
    /// Where to go on.
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// The cursor of the next page, if there is one.
    pub fn next(&self) -> Option<&str> {
        self.end_cursor.as_deref().filter(|_| self.has_next_page)
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
        assert_eq!(failed("OUT_OF_SCOPE"), Err(Trouble::Elsewhere("m".to_owned())));
        assert_eq!(failed("BAD_AGE"), Err(Trouble::Refused("m".to_owned())));
        assert_eq!(data::<Value>(json!({ "data": { "a": 1 } })), Ok(json!({ "a": 1 })));
    }
}
