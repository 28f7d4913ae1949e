//! The interface over what a [`Tale`] told.

pub use crate::tale::*;

use crate::kept::{Kept, Key};
use crate::{Answered, Graph, http};
use async_graphql::{Request, Response};
use chassis::clock::Clock;
use chassis::http::Lang;
use chassis::sealed::KeyStore;
use directory::projection::Snapshot;
use directory::read_model::ReadModel;
use schema::Office;
use schema::selection::{ScopeChoice, ScopeSelection};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

impl Tale {
    pub fn directory(&self) -> Graph {
        self.directory_with(KeyStore::absent())
    }

    pub fn directory_with(&self, keys: KeyStore) -> Graph {
        let read_model = read_model(ScopeSelection::everything());
        read_model.publish(self.snapshot.clone());
        Graph::new(Arc::new(read_model), Arc::new(keys))
    }
}

/// A read model that was told this, and can be told more.
pub fn publishing(tale: &Tale) -> Arc<ReadModel> {
    let read_model = read_model(ScopeSelection::everything());
    read_model.publish(tale.snapshot.clone());
    Arc::new(read_model)
}

fn read_model(held: ScopeSelection) -> ReadModel {
    ReadModel::new(LOG, Clock::fixed(start()), CancellationToken::new(), held)
}

/// A directory that has not caught up with its log yet.
pub fn starting() -> Graph {
    Graph::new(Arc::new(read_model(ScopeSelection::everything())), Arc::new(KeyStore::absent()))
}

/// What a query answers, its data and errors.
pub async fn asked(directory: &Graph, query: &str) -> serde_json::Value {
    asked_by(directory, query, None).await
}

/// The same, for somebody. It is asked again, in case the operation is prepared now: that must not make a difference.
pub async fn asked_by(directory: &Graph, query: &str, caller: Option<chassis::auth::Caller>) -> serde_json::Value {
    let first = http::to_json(&directory.execute(Request::new(query), caller.clone()).await);
    // Prepares what it can, and answers by it.
    drop(answered(directory, Request::new(query), caller.clone()).await);
    if let Ok(text) = answered(directory, Request::new(query), caller).await {
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), first, "{query}");
    }
    first
}

/// What a request is answered without the executor; else what the executor says.
pub async fn answered(
    directory: &Graph,
    request: Request,
    caller: Option<chassis::auth::Caller>,
) -> Result<String, Response> {
    let key = Key::of(request.query.as_bytes(), true, Lang::Zh);
    match directory.answer(request, caller, key).await {
        Answered::Written(text) | Answered::Kept(Kept { text, .. }) => Ok(String::from_utf8(text.to_vec()).unwrap()),
        Answered::Executed(response) => Err(response),
    }
}

/// What a request is answered without the executor, once it was answered by it: the two texts, of which there is one where the
/// executor must answer.
pub async fn asked_twice(directory: &Graph, request: impl Fn() -> Request) -> (String, Option<String>) {
    let executed = match answered(directory, request(), None).await {
        Err(response) => http::to_text(&response),
        Ok(_) => panic!("it was prepared before"),
    };
    match answered(directory, request(), None).await {
        Ok(text) => (executed, Some(text)),
        Err(_) => (executed, None),
    }
}

pub fn caller(role: chassis::auth::Role, office: Option<Office>) -> Option<chassis::auth::Caller> {
    Some(chassis::auth::Caller { subject: "wang".to_owned(), role, office, area: None })
}

/// A token that is good for five minutes of a clock, looked at again and again.
pub fn credential() -> (Clock, chassis::auth::Credential) {
    let (signer, clock) = (chassis::auth::Signer::draw().unwrap(), Clock::fixed(start()));
    let verifier = chassis::auth::Verifier::from_jwks(&signer.jwks()).unwrap().with_clock(clock.clone());
    let holder = caller(chassis::auth::Role::Steward, None).unwrap();
    let token = signer.sign(&holder, clock.now(), chrono::TimeDelta::minutes(5)).unwrap();
    let credential = chassis::auth::Credential::of(verifier, token).looked_at_every(Duration::from_millis(2));
    (clock, credential)
}

/// A patient directory is of no use in a test that waits in vain.
pub fn impatient(tale: &Tale) -> Graph {
    over(ScopeSelection::everything(), Some(tale.snapshot.clone()))
}

/// An impatient directory of some scopes that was told the same.
pub fn holding(tale: &Tale, held: &[&str]) -> Graph {
    let held: ScopeSelection = held.iter().map(|choice| choice.parse::<ScopeChoice>().unwrap()).collect();
    let snapshot = tale.held_by(&held);
    over(held, Some(snapshot))
}

/// An impatient directory that has not caught up with its log yet.
pub fn behind() -> Graph {
    over(ScopeSelection::everything(), None)
}

fn over(held: ScopeSelection, snapshot: Option<Snapshot>) -> Graph {
    let mut read_model = read_model(held);
    read_model.patience = Duration::from_millis(30);
    if let Some(snapshot) = snapshot {
        read_model.publish(snapshot);
    }
    Graph::new(Arc::new(read_model), Arc::new(KeyStore::absent()))
}
