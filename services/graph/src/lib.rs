//! The directory over GraphQL: read only; what changes something goes to the services' own HTTP interfaces.
//!
//! The modules are the schema's parts; [`http`] carries it: POST, GET, WebSocket, server-sent events. Answers come out of
//! a snapshot of [`directory`], of which nothing here is kept.

mod area;
mod asking;
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
mod kept;
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
mod prepared;
mod query;
mod question;
mod reason;
mod registration;
mod resource;
mod scalars;
mod search;
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

use asking::Asking;
use async_graphql::{Request, Response};
use axum::body::Bytes;
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
use kept::{Kept, Key};
use metrics::Metrics;
use prepared::Written;
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
    answers: Arc<kept::Answers>,
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
            answers: Arc::new(kept::Answers::new()),
            metrics: Metrics::new(),
        }
    }

    /// Executes a query for a caller. Errors are in the language that the request carries as data ([`Lang`]).
    pub async fn execute(&self, request: Request, caller: Option<Caller>) -> Response {
        let (mut request, lang) = of_caller(request, caller);
        let start = Instant::now();
        let schema = if cost::is_asked(&request) { self.telling_cost() } else { &self.schema };
        let response = match Asked::of(&mut request, &self.documents, &self.types) {
            Ok(asked) => finish(asked.complete(&self.types, schema.execute(request).await), lang),
            Err(fault) => refusal(fault, lang),
        };
        self.metrics.answered(start.elapsed(), response.is_ok());
        response
    }

    /// What was answered to the same request and would be now.
    pub(crate) fn kept(&self, key: &Key) -> Option<Kept> {
        let start = Instant::now();
        let latest = self.read_model.latest()?;
        let kept = self.answers.get(key, &latest, self.read_model.clock.now())?;
        self.metrics.answered_again(start.elapsed());
        Some(kept)
    }

    /// Answers a query for a caller: one that was answered before, without the executor where that can be. What may be given
    /// again is kept under `key`.
    pub(crate) async fn answer(&self, mut request: Request, caller: Option<Caller>, key: Key) -> Answered {
        let start = Instant::now();
        // What is wrong with a document is for the executor to say.
        let document = self.documents.of(&mut request).ok().flatten().filter(|_| !cost::is_asked(&request));
        let name = request.operation_name.clone();
        if let Some(operation) = document.as_ref().and_then(|document| document.prepared(name.as_deref())) {
            let asking = Asking::by(&request, caller.as_ref(), &self.read_model);
            if let Some(written) = operation.answer(&asking, &request.variables, &self.types).await {
                self.metrics.answered(start.elapsed(), true);
                return self.written(written, key);
            }
        }
        let by_address = (!key.is_posted).then(|| (request.variables.clone(), asking::data(&request).copied()));
        let response = self.execute(request, caller).await;
        if let Some(document) = document.filter(|_| response.is_ok()) {
            document.prepare(name.as_deref());
            // What is asked by its address has a tag from the first time on.
            if let (Some((variables, lang)), Some(operation)) = (by_address, document.prepared(name.as_deref())) {
                let asking = Asking::again(&self.read_model, lang.unwrap_or_default());
                if let Some(written) = operation.answer(&asking, &variables, &self.types).await {
                    return self.written(written, key);
                }
            }
        }
        Answered::Executed(response)
    }

    fn written(&self, Written { text, validity }: Written, key: Key) -> Answered {
        let text = Bytes::from(text);
        let Some(validity) = validity else { return Answered::Written(text) };
        let kept = Kept::new(text);
        self.answers.keep(key, &kept, validity);
        Answered::Kept(kept)
    }

    /// Executes a query, or follows a subscription until the process ends, for a caller.
    pub fn execute_stream(&self, request: Request, caller: Option<Caller>) -> BoxStream<'static, Response> {
        let (mut request, lang) = of_caller(request, caller);
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

/// An answer.
pub(crate) enum Answered {
    /// As the executor has it.
    Executed(Response),
    /// In JSON; nothing in it failed.
    Written(Bytes),
    /// The same, for as long as it holds.
    Kept(Kept),
}

fn of_caller(mut request: Request, caller: Option<Caller>) -> (Request, Lang) {
    let lang = asking::data(&request).copied().unwrap_or_default();
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
