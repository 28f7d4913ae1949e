//! The directory over GraphQL: read only; what changes something goes to the services' own HTTP interfaces.
//!
//! The modules are the schema's parts; [`http`] carries it: POST, GET, WebSocket, server-sent events. Answers come out of
//! a snapshot of [`directory`], of which nothing here is kept.

mod area;
mod available;
mod basic_services;
mod changes;
mod codes;
mod completion;
mod cost;
mod counters;
mod coverage;
mod descriptions;
mod documents;
mod enums;
mod errors;
mod execution;
mod facets;
mod hand_in;
pub mod http;
mod limits;
mod merge;
mod metrics;
mod node;
mod operations;
mod organization;
mod paging;
mod people;
mod person;
mod place;
mod query;
mod question;
mod reason;
mod registration;
mod resource;
mod scalars;
mod sight;
mod subscription;
mod unanswered;
mod variables;
mod view;
mod words;

#[cfg(test)]
#[path = "../../directory/src/tale.rs"]
mod tale;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use errors::OUT_OF_SCOPE;
pub use execution::sdl;
pub use http::Serving;
pub use operations::{Operations, OperationsError};

use async_graphql::{Request, Response};
use chassis::answers::{Answers, Asker};
use chassis::auth::Caller;
use chassis::http::Lang;
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service, StartError};
use completion::Types;
use directory::read_model::ReadModel;
use documents::Documents;
use errors::{finish, refusal};
use execution::{Asked, GraphSchema};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use metrics::Metrics;
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::watch;
use unanswered::ByRobot;

/// The directory, as everything in the process asks it. Cheap to clone.
#[derive(Clone)]
pub struct Graph {
    read_model: Arc<ReadModel>,
    schema: GraphSchema,
    /// The same, which says what a question costs; made when that is first asked.
    telling_cost: Arc<OnceLock<GraphSchema>>,
    keys: Arc<KeyStore>,
    types: Arc<Types>,
    documents: Arc<Documents>,
    metrics: Metrics,
}

impl Graph {
    /// Over a read model, with what opens personal values for those who may see them. Its metrics are shown by no registry yet.
    pub fn new(read_model: Arc<ReadModel>, keys: Arc<KeyStore>) -> Graph {
        let schema = execution::schema(Arc::clone(&read_model), Arc::clone(&keys));
        Graph {
            telling_cost: Arc::default(),
            keys,
            types: Arc::new(execution::types(&schema)),
            schema,
            read_model,
            documents: Arc::new(Documents::new()),
            metrics: Metrics::new(),
        }
    }

    /// Executes a query for a caller. Errors are in the language that the request carries as data ([`Lang`]).
    pub async fn execute(&self, request: Request, caller: Option<Caller>) -> Response {
        let (mut request, lang) = prepared(request, caller);
        let start = Instant::now();
        let schema = if cost::is_asked(&request) { self.telling_cost() } else { &self.schema };
        let response = match Asked::of(&mut request, &self.documents, &self.types) {
            Ok(asked) => finish(asked.complete(&self.types, schema.execute(request).await), lang),
            Err(fault) => refusal(fault, lang),
        };
        self.metrics.answered(start.elapsed(), response.is_ok());
        response
    }

    /// Executes a query, or follows a subscription until the process ends, for a caller.
    pub fn execute_stream(&self, request: Request, caller: Option<Caller>) -> BoxStream<'static, Response> {
        let (mut request, lang) = prepared(request, caller);
        let responses = match Asked::of(&mut request, &self.documents, &self.types) {
            Ok(asked) => {
                let types = Arc::clone(&self.types);
                self.schema.execute_stream(request).map(move |response| asked.complete(&types, response)).boxed()
            }
            Err(fault) => stream::once(async move { refusal(fault, lang) }).boxed(),
        };
        let subscribed = self.metrics.subscribed();
        responses
            .map(move |response| {
                let _ = &subscribed;
                finish(response, lang)
            })
            .take_until(self.read_model.shutdown.clone().cancelled_owned())
            .boxed()
    }

    fn telling_cost(&self) -> &GraphSchema {
        self.telling_cost
            .get_or_init(|| execution::schema_telling_cost(Arc::clone(&self.read_model), Arc::clone(&self.keys)))
    }

    /// Marked as changed whenever a snapshot is published.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.read_model.changes()
    }

    /// Where its answers come from.
    pub fn read_model(&self) -> &Arc<ReadModel> {
        &self.read_model
    }
}

fn prepared(mut request: Request, caller: Option<Caller>) -> (Request, Lang) {
    let lang = request
        .data
        .get(&std::any::TypeId::of::<Lang>())
        .and_then(|lang| lang.downcast_ref::<Lang>())
        .copied()
        .unwrap_or_default();
    if let Some(caller) = caller {
        request = request.data(caller);
    }
    (request, lang)
}

impl Answers for Graph {
    fn ask(&self, query: &str, variables: Value, asker: Asker) -> BoxFuture<'_, Value> {
        let mut request = request_of(query, variables, asker.lang);
        if asker.is_robot {
            request = request.data(ByRobot);
        }
        Box::pin(async move { http::to_json(&self.execute(request, asker.caller).await) })
    }

    fn follow(&self, query: &str, variables: Value, asker: Asker) -> BoxStream<'static, Value> {
        let request = request_of(query, variables, asker.lang);
        self.execute_stream(request, asker.caller).map(|response| http::to_json(&response)).boxed()
    }
}

fn request_of(query: &str, variables: Value, lang: Lang) -> Request {
    Request::new(query).variables(async_graphql::Variables::from_json(variables)).data(lang)
}

/// Serves the answers of a directory. Gives back what pages ask, too.
///
/// # Errors
/// When its metrics cannot be registered.
pub fn mount(service: &Service, read_model: Arc<ReadModel>, serving: Serving) -> Result<(Mounted, Graph), StartError> {
    let graph = Graph::new(read_model, service.keys.clone());
    graph.metrics.register(&service.metrics)?;
    let router = http::router(graph.clone(), service.auth.clone(), serving);
    Ok((Mounted { name: "directory", router, openapi: http::openapi() }, graph))
}
