//! The executable schema, and what a request goes through before it.

use crate::errors::Fault;
use crate::limits;
use crate::query::Query;
use crate::subscription::Subscription;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{EmptyMutation, Request, Schema};
use chassis::sealed::KeyStore;
use directory::read_model::ReadModel;
use std::sync::Arc;

/// The schema with its data.
pub type GraphSchema = Schema<Query, EmptyMutation, Subscription>;

/// How many fields a question may ask for, counting each as often as its list is long.
const COMPLEXITY: usize = 100_000;

/// The schema over a read model, with what opens personal values.
pub fn schema(read_model: Arc<ReadModel>, keys: Arc<KeyStore>) -> GraphSchema {
    Schema::build(Query, EmptyMutation, Subscription).data(read_model).data(keys).limit_complexity(COMPLEXITY).finish()
}

/// The document of a request, parsed once, if it is not too large to be looked at further. None when it cannot be parsed,
/// which is for the schema to say.
///
/// # Errors
/// When it is too large.
pub fn read(request: &mut Request) -> Result<Option<&ExecutableDocument>, Fault> {
    limits::check_text(&request.query).map_err(Fault::TooComplex)?;
    let Ok(document) = request.parsed_query() else { return Ok(None) };
    limits::check_document(document).map_err(Fault::TooComplex)?;
    Ok(Some(document))
}

/// The schema in the schema definition language, as it is committed.
pub fn sdl() -> String {
    let schema = Schema::build(Query, EmptyMutation, Subscription).finish();
    let sdl = schema.sdl();
    let mut text: String = sdl.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}
