//! The executable schema, and what a request goes through before it.

use crate::completion::{self, Types};
use crate::cost::Telling;
use crate::descriptions;
use crate::documents::{Document, Documents};
use crate::errors::Fault;
use crate::organization::Organizations;
use crate::query::Query;
use crate::subscription::{AsEvents, Subscription};
use crate::variables;
use crate::view::OF_THE_PAST;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, ServiceDocument};
use async_graphql::{EmptyMutation, Request, Response, SDLExportOptions, Schema, Value, Variables, value};
use axum::http::HeaderValue;
use chassis::sealed::KeyStore;
use directory::read_model::ReadModel;
use std::any::TypeId;
use std::sync::Arc;

/// The schema with its data.
pub type GraphSchema = Schema<Query, EmptyMutation, Subscription>;

/// How many fields a question may ask for, counting each as often as its list is long.
pub const COMPLEXITY: usize = 100_000;

/// The schema over a read model, with what opens personal values.
pub fn schema(read_model: Arc<ReadModel>, keys: Arc<KeyStore>) -> GraphSchema {
    let schema = Schema::build(Query, EmptyMutation, Subscription).data(read_model).data(keys);
    schema.data(Organizations::default()).limit_complexity(COMPLEXITY).finish()
}

/// The same schema, whose answers say what the question cost.
pub fn schema_telling_cost(read_model: Arc<ReadModel>, keys: Arc<KeyStore>) -> GraphSchema {
    let schema = Schema::build(Query, EmptyMutation, Subscription).data(read_model).data(keys);
    schema.data(Organizations::default()).extension(Telling).finish()
}

/// The types of a schema's fields.
pub fn types(schema: &GraphSchema) -> Types {
    // The library reads what it has written; should it not, answers are left as it makes them.
    let document = async_graphql::parser::parse_schema(schema.sdl());
    Types::of(&document.unwrap_or(ServiceDocument { definitions: Vec::new() }))
}

/// The header under which an answer to a subscription carries where its item stands. It does not leave the process.
pub const PLACE: &str = "x-huiju-place";

/// A request that may be executed, remembered for its answer.
pub struct Asked {
    document: Option<Arc<Document>>,
    operation: Option<String>,
    variables: Variables,
    /// The document that is executed asks more than this one: of what may be of several types, which it is, and where an item stands.
    asks_more: bool,
}

impl Asked {
    /// What a request asks for.
    ///
    /// # Errors
    /// When its document is not to be had ([`Documents::of`]), or it lacks a variable that its operation must have.
    pub fn of(request: &mut Request, documents: &Documents, types: &Types) -> Result<Asked, Fault> {
        let document = documents.of(request)?;
        let mut asks_more = false;
        if let Some(document) = &document {
            let mut executed = ExecutableDocument::clone(&document.executable);
            completion::spread_subscriptions(&mut executed);
            asks_more = types.ask_for_types(&mut executed);
            if request.data.contains_key(&TypeId::of::<AsEvents>()) {
                asks_more |= types.ask_for_places(&mut executed);
            }
            request.set_parsed_query(executed);
        }
        let (operation, variables) = (request.operation_name.clone(), request.variables.clone());
        let asked = Asked { document, operation, variables, asks_more };
        if let Some((_, operation)) = asked.operation() {
            variables::check(operation, &asked.variables)?;
        }
        Ok(asked)
    }

    fn operation(&self) -> Option<(&ExecutableDocument, &async_graphql::parser::types::OperationDefinition)> {
        let document = &self.document.as_deref()?.executable;
        Some((document, variables::operation(document, self.operation.as_deref())?))
    }

    /// The answer with what failed in it in its place.
    pub fn complete(&self, types: &Types, mut response: Response) -> Response {
        if response.http_headers.remove(OF_THE_PAST).is_some() {
            // Objects of the past have the ids of those of the present.
            response.extensions.insert("asOf".to_owned(), value!({ "clientCache": "BYPASS" }));
        }
        if let Some(place) = completion::place(&response.data).and_then(|place| HeaderValue::from_str(place).ok()) {
            response.http_headers.insert(PLACE, place);
        }
        let Some((document, operation)) = self.operation() else { return response };
        let is_whole = response.errors.is_empty() && operation.selection_set.node.items.len() <= 1;
        if !is_whole || self.asks_more {
            let data = match std::mem::take(&mut response.data) {
                // Executed, and every field failed.
                Value::Null if response.errors.iter().any(|error| !error.path.is_empty()) => {
                    Value::Object(IndexMap::new())
                }
                data => data,
            };
            let root = completion::root(operation.ty);
            response.data = completion::complete(types, root, document, operation, &self.variables, data);
        }
        descriptions::answer_in_both(operation, &mut response.data);
        response
    }
}

/// The schema in the schema definition language, as it is committed.
pub fn sdl() -> String {
    let schema = Schema::build(Query, EmptyMutation, Subscription).finish();
    let sdl = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
    descriptions::in_both(&sdl)
}
