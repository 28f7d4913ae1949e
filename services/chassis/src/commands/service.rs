//! A service of commands, each decided on one stream.

use super::{Act, Document, answered, json_body, key, with_problems};
use crate::auth::{Caller, Role};
use crate::decide::{self, CommandError};
use crate::http::{Body, Problem};
use crate::service::{Mounted, Service};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, Utc};
use schema::Event;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

/// How the state that commands are decided on comes from the events of a stream. Plain functions.
pub struct Rules<S, E> {
    /// Before any event.
    pub initial: fn() -> S,
    /// The state after one event more.
    pub evolve: fn(S, &E) -> S,
}

impl<S, E> Clone for Rules<S, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, E> Copy for Rules<S, E> {}

/// What a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// What its path names as `{id}`.
    Named(&'a str),
    /// What it makes; whatever derives from the key is the same for a repetition.
    New {
        /// The idempotency key.
        key: &'a str,
    },
}

/// Who wants something, and when.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// Now.
    pub now: DateTime<Utc>,
    /// The county's today.
    pub today: NaiveDate,
}

/// One command: who may give it, on which stream it is decided, and how. Plain functions.
pub struct Verb<S, B, E> {
    /// Its name in the OpenAPI document.
    pub name: &'static str,
    /// What it does, in both languages.
    pub summary: &'static str,
    /// Who may give it; an admin always may.
    pub roles: &'static [Role],
    /// The stream; none when the path names nothing that could be.
    pub stream: fn(Target<'_>) -> Option<String>,
    /// The rules: the events that carry it out, none when all is as it wants already. May run more than once.
    pub decide: fn(&S, &B, &Wish<'_>) -> Result<Vec<E>, Problem>,
}

impl<S, B, E> Clone for Verb<S, B, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, B, E> Copy for Verb<S, B, E> {}

/// A command was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CommandDone)]
pub struct Done {
    /// The stream that it was decided on.
    pub stream: String,
    /// Where in the log its last event stands: give it as `atLeast` to read what followed from it.
    pub position: String,
    /// Whether it had been carried out before.
    pub repeated: bool,
    /// Whether it changed anything, now or the first time.
    pub changed: bool,
}

/// A service of commands, being set up; [`CommandService::mount`] gives its routes and their description.
pub struct CommandService<S, E> {
    name: &'static str,
    service: Service,
    rules: Rules<S, E>,
    router: Router,
    document: Document,
}

impl<S, E> CommandService<S, E>
where
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    /// A service without commands yet.
    pub fn new(service: &Service, name: &'static str, title: &str, rules: Rules<S, E>) -> Self {
        let (service, document) = (service.clone(), Document::new(name, title));
        CommandService { name, service, rules, router: Router::new(), document }
    }

    /// Takes a command: POST at a whole path, in which `{id}` may stand, with a body `B` in JSON.
    pub fn command<B>(mut self, path: &'static str, verb: Verb<S, B, E>) -> Self
    where
        B: Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static,
    {
        self.describe::<B>(path, verb.name, verb.summary);
        let rules = self.rules;
        let handler = async move |State(service): State<Service>,
                                  Path(names): Path<BTreeMap<String, String>>,
                                  act: Act,
                                  Body(body): Body<B>| {
            let id = names.get("id").map(String::as_str);
            carry_out(&service, rules, verb, &act, id, &body).await.map(Json)
        };
        self.router = self.router.route(path, post(handler).with_state(self.service.clone()));
        self
    }

    fn describe<B: ToSchema>(&mut self, path: &str, name: &str, summary: &str) {
        let (wanted, done) = (self.document.know::<B>(), self.document.know::<Done>());
        let mut operation = self.document.operation(name, summary).parameter(key());
        if path.contains("{id}") {
            let id = ParameterBuilder::new().name("id").parameter_in(ParameterIn::Path).required(Required::True);
            let text = ObjectBuilder::new().schema_type(Type::String);
            operation = operation.parameter(id.schema(Some(text.build())).build());
        }
        let operation =
            operation.request_body(Some(json_body(wanted))).response("200", answered("办理完成 Done", done));
        let meanings = [
            ("400", "请求有误 A header is missing or the body is no JSON"),
            ("401", "未登录 No token, or one that is not valid"),
            ("403", "无权操作 Another role"),
            ("404", "没有找到 There is no such thing"),
            ("409", "与现状冲突 The rules forbid it as things stand"),
            ("413", "内容太大 The body is too large"),
            ("415", "内容不是JSON The body is not said to be JSON"),
            ("422", "不符合规定 A value cannot be so, or the key was used for something else"),
            ("503", "暂时不可用 The log is away"),
        ];
        self.document.add(path, HttpMethod::Post, with_problems(operation, &meanings));
    }

    /// What it answers over HTTP.
    pub fn mount(self) -> Mounted {
        Mounted { name: self.name, router: self.router, openapi: self.document.finish() }
    }
}

async fn carry_out<S, B, E>(
    service: &Service,
    rules: Rules<S, E>,
    verb: Verb<S, B, E>,
    act: &Act,
    id: Option<&str>,
    body: &B,
) -> Result<Done, Problem>
where
    S: Send + Sync,
    B: Serialize + Sync,
    E: Event + Send + Sync,
{
    act.caller.require_role(verb.roles)?;
    let target = id.map_or(Target::New { key: &act.key.0 }, Target::Named);
    let stream = (verb.stream)(target)
        .ok_or_else(|| Problem::not_found("没有找到，请核对编号。", "There is no such thing; check its id."))?;
    let (now, today) = (service.clock.now(), service.clock.today());
    let command = act.command(&json!({ "verb": verb.name, "id": id, "body": body }), act.caller.office, now)?;
    let wish = Wish { caller: &act.caller, now, today };
    let decide = |state: &S| (verb.decide)(state, body, &wish);
    let handled = decide::handle(&service.log, &stream, &command, (rules.initial)(), rules.evolve, decide).await;
    let (outcome, _) = handled.map_err(|error: CommandError<Problem>| Problem::from(error))?;
    Ok(Done {
        position: outcome.position.token(service.log.id()),
        repeated: outcome.repeated,
        changed: outcome.changed,
        stream,
    })
}
