//! The directory: everything that the offices registered and the centre decided, folded into memory and answered over
//! GraphQL.
//!
//! - [`projection`] folds the log (pure), [`eligibility`] judges who may use a service (pure), [`opening`] whether it
//!   is open (pure).
//! - [`graph`] is the schema; [`http`] carries it: POST, GET, WebSocket, server-sent events.
//! - [`follower`] is the one writer; whoever asks takes an immutable snapshot without a lock.

pub mod eligibility;
mod figures;
pub mod follower;
pub mod graph;
pub mod http;
pub mod opening;
pub mod projection;
pub mod scopes;
pub mod source;

#[cfg(test)]
mod pages_tests;
#[cfg(test)]
mod retraction_tests;
#[cfg(test)]
mod testing;

use async_graphql::{Request, Response};
use chassis::answers::{Answers, Asker};
use chassis::auth::Caller;
use chassis::clock::Clock;
use chassis::http::Lang;
use chassis::sealed::KeyStore;
use chassis::service::{Mounted, Service, StartError};
use figures::Figures;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use graph::GraphSchema;
use schema::position::LogId;
use schema::selection::ScopeSelection;
use serde_json::Value;
use source::Source;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How a directory is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether it shows the demonstration's invented providers, and says so.
    pub demo: bool,
    /// The scopes that it holds.
    pub scopes: ScopeSelection,
}

/// The directory, as everything in the process asks it. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    source: Arc<Source>,
    schema: GraphSchema,
    figures: Figures,
}

impl Directory {
    /// An empty directory of a log, for these scopes, that opens nothing personal. Its figures are shown by no registry yet.
    pub fn new(log: LogId, clock: Clock, shutdown: CancellationToken, held: ScopeSelection) -> Directory {
        Directory::with_keys(log, Arc::new(KeyStore::absent()), clock, shutdown, held)
    }

    /// The same, with what opens personal values for those who may see them.
    pub fn with_keys(
        log: LogId,
        keys: Arc<KeyStore>,
        clock: Clock,
        shutdown: CancellationToken,
        held: ScopeSelection,
    ) -> Directory {
        let source = Arc::new(Source::new(log, clock, shutdown, held));
        Directory { schema: graph::schema(Arc::clone(&source), keys), source, figures: Figures::new() }
    }

    /// Executes a query for a caller. Errors are in the language that the request carries as data ([`Lang`]).
    pub async fn execute(&self, request: Request, caller: Option<Caller>) -> Response {
        let (mut request, lang) = prepared(request, caller);
        let start = Instant::now();
        let response = match graph::read(&mut request) {
            Ok(_) => graph::finish(self.schema.execute(request).await, lang),
            Err(fault) => graph::refusal(fault, lang),
        };
        self.figures.answered(start.elapsed(), response.is_ok());
        response
    }

    /// Executes a query, or follows a subscription until the process ends, for a caller.
    pub fn execute_stream(&self, request: Request, caller: Option<Caller>) -> BoxStream<'static, Response> {
        let (mut request, lang) = prepared(request, caller);
        let responses = match graph::read(&mut request) {
            Ok(_) => self.schema.execute_stream(request),
            Err(fault) => stream::once(async move { graph::refusal(fault, lang) }).boxed(),
        };
        let subscribed = self.figures.subscribed();
        responses
            .map(move |response| {
                let _ = &subscribed;
                graph::finish(response, lang)
            })
            .take_until(self.source.shutdown.clone().cancelled_owned())
            .boxed()
    }

    /// Marked as changed whenever a snapshot is published.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.source.changes()
    }

    /// Where its answers come from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
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

impl Answers for Directory {
    fn ask(&self, query: &str, variables: Value, asker: Asker) -> BoxFuture<'_, Value> {
        let request = request_of(query, variables, asker.lang);
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

/// Starts the directory: it follows the log until the process ends, and is ready once it has caught up. Gives back what
/// pages ask, too.
///
/// # Errors
/// When its figures cannot be registered.
pub fn mount(service: &Service, options: Options) -> Result<(Mounted, Directory), StartError> {
    let Options { demo, scopes } = options;
    let (log, keys) = (service.log.id(), service.keys.clone());
    let directory = Directory::with_keys(log, keys, service.clock.clone(), service.shutdown.clone(), scopes);
    directory.figures.register(&service.metrics)?;
    service.tasks.spawn(follower::run(service.clone(), directory.clone()));
    let router = http::router(directory.clone(), service.auth.clone(), demo);
    Ok((Mounted { name: "directory", router, openapi: http::openapi() }, directory))
}
