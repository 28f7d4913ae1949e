//! Pages for people: visitors who look for a service, clerks who hand in what their office shares, stewards who decide
//! what is merged. Server-rendered, Chinese first; what a page shows is asked over GraphQL in-process ([`ask`]), what a
//! person changes is sent to the services' own HTTP interfaces by the browser.

mod ask;
mod asked;
mod assets;
mod chrome;
mod format;
mod live;
mod office;
mod resource;
mod sign_in;
mod steward;
mod values;
mod visit;
mod words;

#[cfg(test)]
mod fixed;
#[cfg(test)]
mod real_tests;
#[cfg(test)]
mod tests;

pub use ask::{Answers, Asker};

use askama::Template;
use axum::Router;
use axum::routing::get;
use chassis::clock::Clock;
use chrome::Chrome;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Pages {
    answers: Arc<dyn Answers>,
    clock: Clock,
    demo: bool,
    shutdown: CancellationToken,
}

/// A page that says why there is no other.
#[derive(Template)]
#[template(path = "trouble.html")]
pub(crate) struct TroublePage {
    p: Chrome,
    title: String,
    detail: String,
    again: bool,
}

impl Pages {
    /// Pages over something that answers GraphQL. `demo` says beside every provider that it is invented.
    pub fn new(answers: Arc<dyn Answers>, clock: Clock, demo: bool, shutdown: CancellationToken) -> Self {
        Pages { answers, clock, demo, shutdown }
    }

    /// The routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(visit::home))
            .route("/communities/{code}", get(visit::community))
            .route("/resources/{id}", get(resource::page))
            .route("/sign-in", get(sign_in::page))
            .route("/desk", get(sign_in::desk))
            .route("/preferences", get(sign_in::preferences))
            .route("/office", get(office::home))
            .route("/office/registrations", get(office::registrations))
            .route("/hand-ins/{id}", get(office::hand_in))
            .route("/steward", get(steward::queue))
            .route("/steward/history", get(steward::history))
            .route("/steward/merges/{id}", get(steward::merge))
            .route("/live", get(live::page))
            .route("/live/events", get(live::events))
            .route("/assets/{name}", get(assets::file))
            .with_state(self)
    }
}
