//! Clients of the published interfaces: HTTP commands and GraphQL.

use serde_json::{Value, json};
use std::time::Duration;

/// A client that knows where each service listens.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    /// Prefixes of paths and the base address of who answers them; the first that fits is taken.
    bases: Vec<(String, String)>,
    token: Option<String>,
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, null when it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
    /// The media type.
    pub content_type: String,
}

impl Answer {
    /// The same answer, which must be a success.
    pub fn success(self) -> Answer {
        assert!((200..300).contains(&self.status), "{}: {}", self.status, self.text);
        self
    }

    /// A text of the body that must be there.
    pub fn text_of(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.text)).to_owned()
    }
}

impl Api {
    /// A client without a token.
    pub fn new(bases: Vec<(String, String)>) -> Api {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(300)).build().expect("a client can be made");
        Api { http, bases, token: None }
    }

    /// The same, with a token.
    pub fn with_token(mut self, token: String) -> Api {
        self.token = Some(token);
        self
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Where a path is answered.
    pub fn url(&self, path: &str) -> String {
        let base = self.bases.iter().find(|(prefix, _)| path.starts_with(prefix.as_str()));
        format!("{}{path}", base.unwrap_or_else(|| panic!("nobody answers {path}")).1)
    }

    /// A request with the token.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(reqwest::Method::GET, path)).await
    }

    /// A command with a JSON body and an idempotency key.
    pub async fn command(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        let method = method.parse().expect("an HTTP method");
        answer(self.request(method, path).header("idempotency-key", key).json(body)).await
    }

    /// POST of a command.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.command("POST", path, key, body).await
    }

    /// Hands a file in as a form does.
    pub async fn hand_in(&self, path: &str, key: &str, name: &str, bytes: Vec<u8>) -> Answer {
        self.hand_in_or_not(path, key, name, bytes).await.unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// Hands a file in to a server that may go away meanwhile.
    pub async fn hand_in_or_not(&self, path: &str, key: &str, name: &str, bytes: Vec<u8>) -> Result<Answer, String> {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let form = reqwest::multipart::Form::new().part("file", part);
        try_answer(self.request(reqwest::Method::POST, path).header("idempotency-key", key).multipart(form)).await
    }

    /// A GraphQL operation; the whole answer with `data` and `errors`.
    pub async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let answered = answer(self.request(reqwest::Method::POST, "/graphql").json(&body)).await;
        assert!(answered.body.is_object(), "GraphQL answered {}: {}", answered.status, answered.text);
        answered.body
    }

    /// A GraphQL operation that must succeed; its data.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut answered = self.graphql(query, variables).await;
        assert!(answered["errors"].is_null(), "{query}: {}", answered["errors"]);
        answered["data"].take()
    }

    /// The code of the first error of a GraphQL operation that must fail.
    pub async fn refusal(&self, query: &str, variables: Value) -> String {
        let answered = self.graphql(query, variables).await;
        let code = answered["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no error code in {answered}")).to_owned()
    }

    /// Every node of a connection, page by page. `field` is the name of the connection, whose arguments `$first` and
    /// `$after` the query passes on; each edge is given with its node.
    pub async fn all(&self, query: &str, field: &str, mut variables: Value) -> Vec<Value> {
        let mut edges = Vec::new();
        variables["first"] = json!(100);
        loop {
            let mut data = self.ask(query, variables.clone()).await;
            let total = data[field]["totalCount"].as_u64().unwrap_or_else(|| panic!("no totalCount in {data}"));
            let page = data[field]["edges"].as_array_mut().map(std::mem::take).unwrap_or_default();
            let is_empty = page.is_empty();
            edges.extend(page);
            if data[field]["pageInfo"]["hasNextPage"] != json!(true) {
                assert_eq!(edges.len() as u64, total, "the pages together are not the total");
                return edges;
            }
            assert!(!is_empty, "an empty page that says there are more");
            variables["after"] = data[field]["pageInfo"]["endCursor"].take();
        }
    }
}

/// Sends a request and takes the whole answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    try_answer(request).await.unwrap_or_else(|error| panic!("no answer: {error}"))
}

async fn try_answer(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let response = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = response.status().as_u16();
    let header = response.headers().get(reqwest::header::CONTENT_TYPE);
    let content_type = header.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await.map_err(|error| format!("{error:?}"))?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer { status, body, text, content_type })
}
