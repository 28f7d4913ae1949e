//! Pages for people: visitors who look for a service, clerks who hand in what their office shares, stewards who decide
//! what is merged. Server-rendered, Chinese first; what a page shows is asked in GraphQL through [`chassis::answers`] and
//! nothing else, what a person changes is sent to the services' own HTTP interfaces by the browser: by scripts as JSON, and
//! without them as forms, which a layer around each process understands ([`for_people`]).

mod ask;
mod asked;
mod assets;
mod chrome;
mod community;
mod coverage;
mod division;
mod find;
mod format;
mod forms;
mod history;
mod live;
mod merges;
mod office;
mod pair;
mod parked;
mod preview;
mod queue;
mod report;
mod resource;
mod sign_in;
mod trouble;
mod values;
mod words;

#[cfg(test)]
mod fixed;
#[cfg(test)]
mod tests;

use ask::Trouble;
use axum::Router;
use axum::extract::FromRef;
use axum::routing::{get, post};
use chassis::answers::Answers;
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::service::{Mounted, Service};
use chrome::{Chrome, Edition};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApiBuilder;

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Pages {
    answers: Arc<dyn Answers>,
    clock: Clock,
    edition: Edition,
    health: Health,
    shutdown: CancellationToken,
}

/// Starts the pages over something that answers. `demo` says beside every provider that it is invented.
pub fn mount(service: &Service, answers: Arc<dyn Answers>, demo: bool) -> Mounted {
    let pages = Pages::new(answers, service.clock.clone(), demo, service.shutdown.clone());
    let pages = Pages { health: service.health.clone(), ..pages };
    // Pages are for people: no program is promised anything of them.
    let openapi = OpenApiBuilder::new().build();
    Mounted { name: "pages", router: pages.router(), openapi }
}

/// Puts pages for people around the whole application of a process: what refuses a browser says so in a page, and forms are
/// understood and answered where there are no scripts.
pub fn for_people(app: Router, service: &Service, demo: bool) -> Router {
    trouble::for_people(app, service.auth.clone(), demo)
}

impl FromRef<Pages> for Edition {
    fn from_ref(pages: &Pages) -> Edition {
        pages.edition
    }
}

impl Pages {
    /// Pages over something that answers GraphQL. `demo` says beside every provider that it is invented.
    pub fn new(answers: Arc<dyn Answers>, clock: Clock, demo: bool, shutdown: CancellationToken) -> Self {
        Pages { answers, clock, edition: Edition { demo }, health: Health::new(), shutdown }
    }

    /// Asks on behalf of whoever looks at a page.
    async fn ask<T: DeserializeOwned>(&self, p: &Chrome, query: &str, variables: Value) -> Result<T, Trouble> {
        ask::data(self.answers.ask(query, variables, p.asker()).await)
    }

    /// The routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(find::home))
            .route("/communities/{code}", get(community::page).post(community::asked))
            .route("/coverage", get(coverage::choose))
            .route("/coverage/{code}", get(coverage::page))
            .route("/resources/{id}", get(resource::page))
            .route("/sign-in", get(sign_in::page))
            .route("/desk", get(sign_in::desk))
            .route("/preferences", get(sign_in::preferences))
            .route("/office", get(office::home))
            .route("/office/registrations", get(office::registrations))
            .route("/hand-ins/{id}", get(office::hand_in))
            .route("/steward", get(queue::page))
            .route("/steward/history", get(history::page))
            .route("/steward/merges/{id}", get(pair::page))
            .route("/steward/undo-preview", post(preview::fragment))
            .route("/steward/parked", get(parked::page))
            .route("/live", get(live::page))
            .route("/live/events", get(live::events))
            .route("/assets/{name}", get(assets::file))
            .with_state(self)
    }
}
