//! What a question costs, for who asks that: the complexity that bounds it ([`COMPLEXITY`]), in `extensions.cost` of the answer.
//!
//! It is asked for, by the header `GraphQL-Cost: report` (as Hot Chocolate has it, which follows IBM's specification of GraphQL cost) or
//! by the extension `cost: "report"` of a request where there are no headers, as over a WebSocket. It is named as Shopify names it,
//! `requestedQueryCost`, since clients that read `extensions.cost` know that; beside it stands the most that a question may cost. An
//! answer to who does not ask is the same, byte by byte, as if there were none of this.

use crate::errors::OVER_COMPLEXITY;
use crate::execution::COMPLEXITY;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest, NextValidation};
use async_graphql::{Request, Response, ServerError, ValidationResult, Value, async_trait, value};
use axum::http::HeaderMap;
use std::sync::{Arc, OnceLock};

/// The name of the extension, of a request and of its answer.
const EXTENSION: &str = "cost";
/// What is to be done about it.
const REPORT: &str = "report";

/// Asks what a request costs.
pub fn ask(request: &mut Request) {
    request.extensions.0.insert(EXTENSION.to_owned(), Value::from(REPORT));
}

/// Whether headers ask what a request costs.
pub fn is_asked_in(headers: &HeaderMap) -> bool {
    headers.get("graphql-cost").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(REPORT.as_bytes()))
}

/// Whether a request asks what it costs.
pub fn is_asked(request: &Request) -> bool {
    request.extensions.get(EXTENSION) == Some(&Value::from(REPORT))
}

/// Has a schema say what each question costs, and refuse those that cost too much: that is the schema's own to do where nobody asks,
/// but does not say how much it would have been.
pub struct Telling;

impl ExtensionFactory for Telling {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Told::default())
    }
}

/// The cost of one question, once it is known.
#[derive(Default)]
struct Told(OnceLock<usize>);

#[async_trait::async_trait]
impl Extension for Told {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(ctx).await;
        let Some(cost) = self.0.get() else { return response };
        response.extension(EXTENSION, value!({ "requestedQueryCost": *cost, "maximumQueryCost": COMPLEXITY }))
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let measured = next.run(ctx).await?;
        let cost = *self.0.get_or_init(|| measured.complexity);
        if cost > COMPLEXITY { Err(vec![ServerError::new(OVER_COMPLEXITY, None)]) } else { Ok(measured) }
    }
}
