//! Asking a running server, and what it says when it refuses.

use crate::Failure;
use crate::arguments::Server;
use reqwest::{Client, Method, RequestBuilder};

impl Server {
    /// A request to the server, with the token.
    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let client = Client::builder();
        // The system's certificates are many, and take longer to read than a small hand-in takes in all.
        let client = if self.server.starts_with("http://") { client.tls_certs_only([]) } else { client };
        let request = client.build()?.request(method, format!("{}{path}", self.server));
        Ok(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }
}

/// The words of a problem document, or the text as it is.
pub(crate) fn problem_text(text: &str) -> String {
    let Ok(problem) = serde_json::from_str::<serde_json::Value>(text) else {
        return text.to_owned();
    };
    let mut lines: Vec<String> =
        ["title", "detail"].iter().filter_map(|name| problem.get(name)?.as_str()).map(str::to_owned).collect();
    if let Some(errors) = problem.get("errors").and_then(serde_json::Value::as_array) {
        lines.extend(errors.iter().map(error_text));
    }
    if problem.get("status").and_then(serde_json::Value::as_u64) == Some(401) {
        lines.push("  --token 或 HUIJU_TOKEN；`huiju token` 可签发 give --token; `huiju token` prints one".to_owned());
    }
    if lines.is_empty() { text.to_owned() } else { lines.join("\n") }
}

/// One error of a problem document: where, why in both languages, and what to do; or as it is, if it has no words.
fn error_text(error: &serde_json::Value) -> String {
    let text = |name: &str| error.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    if text("zh").is_empty() {
        return format!("  {error}");
    }
    let row = error.get("row").and_then(serde_json::Value::as_u64).map(|row| format!("第 {row} 行 row {row} "));
    let column = Some(text("column")).filter(|column| !column.is_empty()).map(|column| format!("{column} "));
    let value = Some(text("value")).filter(|value| !value.is_empty()).map(|value| format!("「{value}」"));
    format!(
        "  {}{}{}{} {}\n      {} {}",
        row.unwrap_or_default(),
        column.unwrap_or_default(),
        value.unwrap_or_default(),
        text("zh"),
        text("remedyZh"),
        text("en"),
        text("remedyEn")
    )
}
