//! The seam between what asks the read model and what answers: whoever makes a page, or helps a caller, asks in GraphQL as
//! any program would, and does not know whether the answer is made in this process.

use crate::auth::Caller;
use crate::http::Lang;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;

/// Something that answers GraphQL: the read model in this process, or fixed answers in a test.
pub trait Answers: Send + Sync + 'static {
    /// Executes a query; the whole response, `data` and `errors`.
    fn ask(&self, query: &str, variables: Value, asker: Asker) -> BoxFuture<'_, Value>;

    /// Runs a subscription; every item is a whole response.
    fn follow(&self, query: &str, variables: Value, asker: Asker) -> BoxStream<'static, Value>;
}

/// On whose behalf something is asked, and in which language reasons and errors are wanted.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Who is signed in.
    pub caller: Option<Caller>,
    /// The language.
    pub lang: Lang,
    /// Whether a program that walks through pages asks, by what it calls itself. Its questions are nobody's need.
    pub is_robot: bool,
}
