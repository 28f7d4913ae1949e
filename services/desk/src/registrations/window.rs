//! The window (办事窗口) of one office: where registrations are handled one at a time.

use super::answer::{self, Doubted, Warning};
use super::document::Document;
use super::request::nothing_there;
use super::{Done, Field, Id, Open, Opened, Seen};
use crate::description::Refusal;
use crate::desk::{Desk, Divisions};
use crate::hand_in::HandInError;
use crate::moving::Moving;
use crate::sealing::ContactKey;
use axum::Router;
use axum::extract::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chassis::auth::{Caller, Role};
use chassis::clock::county_midnight;
use chassis::command::Command;
use chassis::commands::Act;
use chassis::decide::{self, CommandError, Outcome};
use chassis::http::{Body, Problem};
use chassis::records::Disclosure;
use chassis::service::Service;
use chrono::{DateTime, NaiveDate, Utc};
use intake::Column;
use intake::Line;
use intake::row::{Context, Row};
use schema::limits::{is_longer, length};
use schema::registration::{Contact, Doubt};
use schema::{AreaCode, Event, PersonalField, RegistrationId, Source, Stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;

/// Everything that is particular to one office's registrations. `F` is its form, `P` the payload of its registering
/// and revising events, `C` its commands, `S` the state of one registration, `E` its events. Plain functions.
pub struct Office<F, P, C, S, E> {
    /// The fields of the form.
    pub fields: &'static [Field],
    /// A form into a payload, with the rules that read a row.
    pub draft: fn(&mut Row<'_>) -> Option<P>,
    /// A payload as the form has it, with what could be opened of its contact.
    pub form: fn(&P, Opened) -> F,
    /// Who answers for it.
    pub contact: fn(&P) -> Option<&Contact>,
    /// Registers.
    pub register: fn(P) -> C,
    /// Says anew.
    pub revise: fn(P) -> C,
    /// The office's rules. The day is the county's today.
    pub decide: fn(&S, C, NaiveDate) -> Result<Vec<E>, Refusal>,
    /// What is or was registered.
    pub registered: fn(&S) -> Option<P>,
    /// Where it lies.
    pub village: fn(&P) -> AreaCode,
    /// What was doubted in it.
    pub doubts: fn(&P) -> &[Doubt],
    /// Where a registration stands on a day, in the office's words, in camelCase; none when nothing was registered.
    pub situation: fn(&S, NaiveDate) -> Option<&'static str>,
    /// Why it stands so, in the clerk's words, if that was asked for.
    pub reason: fn(&S) -> Option<&str>,
}

impl<F, P, C, S, E> Clone for Office<F, P, C, S, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F, P, C, S, E> Copy for Office<F, P, C, S, E> {}

/// What a body asks for.
#[derive(Clone, Debug)]
pub struct Asked<C> {
    command: C,
    on: Option<NaiveDate>,
}

impl<C> Asked<C> {
    /// True from the moment of asking.
    pub fn now(command: C) -> Self {
        Asked { command, on: None }
    }

    /// True in the world since a day.
    pub fn since(on: NaiveDate, command: C) -> Self {
        Asked { command, on: Some(on) }
    }
}

/// The window of one office, being set up; [`Window::open`] gives its routes.
pub struct Window<F, P, C, S, E> {
    counter: Arc<Counter<F, P, C, S, E>>,
    router: Router,
    document: Document,
}

/// Which registration a form is about.
enum Which<'a> {
    Known(RegistrationId),
    /// One that it makes.
    New {
        key: &'a str,
    },
}

/// A form that was understood.
struct Understood<P> {
    id: RegistrationId,
    payload: P,
    /// The form as it may be remembered.
    body: Value,
    warnings: Vec<Warning>,
}

/// What the handlers share.
struct Counter<F, P, C, S, E> {
    service: Service,
    desk: Desk<P, S, E>,
    office: Office<F, P, C, S, E>,
    form: PhantomData<fn() -> F>,
}

impl<F, P, C, S, E> Window<F, P, C, S, E>
where
    F: Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static,
    P: Clone + Send + Sync + 'static,
    C: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    /// A window that registers, shows and revises.
    pub fn new(service: &Service, desk: Desk<P, S, E>, office: Office<F, P, C, S, E>) -> Self {
        let path = format!("/api/{}/registrations", desk.office());
        let one = format!("{path}/{{id}}");
        let mut document = Document::new(desk.office());
        let counter = Arc::new(Counter { service: service.clone(), desk, office, form: PhantomData });
        document.registering::<F>(&path, &one);
        let (register, see, revise) = (counter.clone(), counter.clone(), counter.clone());
        let router = Router::new()
            .route(&path, post(async move |act: Act, Body(form): Body<F>| register.register(&act, &form).await))
            .route(
                &one,
                get(async move |caller: Caller, Id(id): Id| see.see(&caller, id).await.map(Json)).put(
                    async move |act: Act, Id(id): Id, Body(form): Body<F>| {
                        revise.revise(&act, id, &form).await.map(Json)
                    },
                ),
            );
        Window { counter, router, document }
    }

    /// Takes a command of the office: `POST .../{id}/<verb>` with a body `B`.
    pub fn command<B>(
        mut self,
        verb: &'static str,
        summary: &'static str,
        ask: fn(B) -> Result<Asked<C>, Problem>,
    ) -> Self
    where
        B: Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static,
    {
        let path = format!("/api/{}/registrations/{{id}}/{verb}", self.counter.desk.office());
        self.document.command::<B>(&path, verb, summary);
        let counter = self.counter.clone();
        let handler = async move |act: Act, Id(id): Id, Body(body): Body<B>| {
            counter.command(&act, id, verb, body, ask).await.map(Json)
        };
        self.router = self.router.route(&path, post(handler));
        self
    }

    /// The routes with whole paths, and their description.
    pub fn open(self) -> (Router, OpenApi) {
        (self.router, self.document.finish())
    }
}

impl<F, P, C, S, E> Counter<F, P, C, S, E>
where
    F: Serialize + Send + Sync + 'static,
    P: Clone + Send + Sync + 'static,
    C: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    async fn register(&self, act: &Act, form: &F) -> Result<Response, Problem> {
        act.caller.require_office(self.desk.office())?;
        let Understood { id, payload, body, warnings } =
            self.understand(form, Which::New { key: &act.key.0 }, act.caller.bound_to()).await?;
        act.caller.require_area((self.office.village)(&payload))?;
        let on = (self.desk.description().registered_on)(&payload);
        let asked = Asked { command: (self.office.register)(payload), on };
        let done = self.carry_out(act, id, "register", &body, asked, warnings).await?;
        let location = format!("/api/{}/registrations/{id}", self.desk.office());
        Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(done)).into_response())
    }

    async fn revise(&self, act: &Act, id: RegistrationId, form: &F) -> Result<Done, Problem> {
        act.caller.require_office(self.desk.office())?;
        let Understood { payload, body, warnings, .. } =
            self.understand(form, Which::Known(id), act.caller.bound_to()).await?;
        let village = (self.office.village)(&payload);
        act.caller.require_area(village)?;
        let scope = self.desk.divisions().await.map_err(not_ready)?.areas.scope_of(village);
        if scope != id.scope() {
            return self.move_to(act, id, RegistrationId::moved(scope, id), form, &body).await;
        }
        let asked = Asked::now((self.office.revise)(payload));
        self.carry_out(act, id, "revise", &body, asked, warnings).await
    }

    /// Says anew, whole, what stands in another county now.
    async fn move_to(
        &self,
        act: &Act,
        from: RegistrationId,
        to: RegistrationId,
        form: &F,
        body: &Value,
    ) -> Result<Done, Problem> {
        // Read once more, because whom it names is the contact of the registration there.
        let Understood { payload, warnings, .. } =
            self.understand(form, Which::Known(to), act.caller.bound_to()).await?;
        let (description, log) = (self.desk.description(), &self.service.log);
        let moving = Moving { description, log, from, to };
        let command = self.command_of(act, "revise", body, self.service.clock.now())?;
        let decide = |state: &S| self.decide(act, state, (self.office.revise)(payload.clone()));
        let refuse = |refusal| answer::refused(refusal, self.office.fields);
        let before = moving.before().await.map_err(|error: CommandError<Problem>| Problem::from(error))?;
        let outcome = moving.carry_out(&command, &before, &payload, decide, refuse).await.map_err(Problem::from)?;
        Ok(self.done(to, &outcome, warnings))
    }

    async fn command<B: Serialize>(
        &self,
        act: &Act,
        id: RegistrationId,
        verb: &'static str,
        body: B,
        ask: fn(B) -> Result<Asked<C>, Problem>,
    ) -> Result<Done, Problem> {
        act.caller.require_office(self.desk.office())?;
        let said = json!(body);
        let number = self.desk.description().key.number;
        refuse_texts(&said, |member| number.filter(|_| member == NUMBER).unwrap_or(&WORDS))?;
        self.carry_out(act, id, verb, &said, ask(body)?, Vec::new()).await
    }

    async fn see(&self, caller: &Caller, id: RegistrationId) -> Result<Seen<F>, Problem> {
        caller.require_role(&[Role::Clerk, Role::Steward])?;
        if caller.role == Role::Clerk {
            caller.require_office(self.desk.office())?;
        }
        let recorded = self.service.log.read_stream(&self.stream(id)).await?;
        let description = self.desk.description();
        let (mut state, mut transferred_from) = ((description.initial)(), None);
        for event in &recorded {
            let event = event.decode().map_err(|problem| event.unreadable(problem))?;
            transferred_from =
                (description.moves.came)(&event).map(|moved| moved.transferred_from.0).or(transferred_from);
            state = (description.evolve)(state, &event);
        }
        let situation = (self.office.situation)(&state, self.service.clock.today());
        let registered = (self.office.registered)(&state);
        let (Some(situation), Some(payload), Some(last)) = (situation, registered, recorded.last()) else {
            return Err(nothing_there());
        };
        caller.require_area((self.office.village)(&payload))?;
        let disclosure = Disclosure::with(&self.service.keys);
        let contact = (self.office.contact)(&payload);
        let contact_person = contact.and_then(Contact::person).map(|person| person.0);
        let opened = contact.map(|contact| Opened::of(contact, &disclosure)).unwrap_or_default();
        let registration = (self.office.form)(&payload, opened);
        let words: &Open<'_> = &|sealed| disclosure.open(PersonalField::NotUnderstood, sealed);
        let doubts: Vec<Doubted> =
            (self.office.doubts)(&payload).iter().map(|doubt| Doubted::of(doubt, words)).collect();
        disclosure.tell(&caller.subject, &id);
        Ok(Seen {
            id: id.0,
            situation,
            reason: (self.office.reason)(&state).map(str::to_owned),
            position: last.position.token(self.service.log.id()),
            registration,
            contact_person,
            doubts,
            transferred_to: (description.moves.went)(&state).map(|to| to.0),
            transferred_from,
        })
    }

    /// The payload of a form, and the form as it may be remembered: with personal values sealed.
    async fn understand(&self, form: &F, which: Which<'_>, within: Option<AreaCode>) -> Result<Understood<P>, Problem> {
        let Divisions { areas, unread } = self.desk.divisions().await.map_err(not_ready)?;
        let mut body = json!(form);
        let column_of = |member: &str| self.office.fields.iter().find(|field| field.name == member);
        refuse_texts(&body, |member| column_of(member).map_or(&WORDS, |field| field.column))?;
        let fields = self.office.fields;
        let cells: Vec<(&str, String)> = fields
            .iter()
            .map(|field| (field.column.name, field.cell(body.get(field.name).unwrap_or(&Value::Null))))
            .collect();
        let filled: Vec<(&str, &str)> = cells.iter().map(|(name, cell)| (*name, cell.as_str())).collect();
        let line = Line::of_form(self.columns(), &filled);
        let id = match which {
            Which::Known(id) => id,
            Which::New { key } => {
                // A form whose community is not understood is refused below, whatever its id.
                let community = self.desk.description().key.community.read(&line, &areas, within);
                let scope = community.map(|community| areas.scope_of(community)).unwrap_or_default();
                self.desk.of_form(key, scope).await
            }
        };
        unread.divisions_of(id.scope())?;
        let contact = ContactKey::or_new(&self.service.keys, id);
        let seal = |field, text: &str| contact.seal(field, text);
        let context = Context { areas: &areas, within, today: self.service.clock.today(), seal: &seal, kept: false };
        let mut row = Row::new(&line, context, id, Source::Form);
        let payload = (self.office.draft)(&mut row);
        let warnings = answer::warnings(row.into_findings(), fields)?;
        for (field, sealed_as) in fields.iter().filter_map(|field| Some((field, field.column.sealed_as()?))) {
            if let Some(value) = body.get_mut(field.name)
                && let said = field.cell(value)
                && !said.is_empty()
            {
                *value = json!(seal(sealed_as, &said));
            }
        }
        contact.check()?;
        match payload {
            Some(payload) => Ok(Understood { id, payload, body, warnings }),
            None => Err(Problem::internal(&"a form without faults gave no payload")),
        }
    }

    fn columns(&self) -> &'static [Column] {
        self.desk.description().columns
    }

    fn stream(&self, id: RegistrationId) -> String {
        Stream::Registration(self.desk.office(), id).to_string()
    }

    async fn carry_out(
        &self,
        act: &Act,
        id: RegistrationId,
        verb: &str,
        body: &Value,
        asked: Asked<C>,
        warnings: Vec<Warning>,
    ) -> Result<Done, Problem> {
        let Asked { command, on } = asked;
        let said = self.command_of(act, verb, body, on.map_or_else(|| self.service.clock.now(), county_midnight))?;
        let handled = decide::handle(
            &self.service.log,
            &self.stream(id),
            &said,
            (self.desk.description().initial)(),
            self.desk.description().evolve,
            |state: &S| self.decide(act, state, command.clone()),
        )
        .await;
        let (outcome, _) = handled.map_err(|error: CommandError<Problem>| Problem::from(error))?;
        Ok(self.done(id, &outcome, warnings))
    }

    /// The command that a request is.
    fn command_of(&self, act: &Act, verb: &str, body: &Value, effective_at: DateTime<Utc>) -> Result<Command, Problem> {
        let payload = json!({ "verb": verb, "body": body });
        Ok(act.command(&payload, Some(self.desk.office()), effective_at)?)
    }

    /// The office's rules, for a caller who may act where the registration stands.
    fn decide(&self, act: &Act, state: &S, command: C) -> Result<Vec<E>, Problem> {
        if let Some(known) = (self.office.registered)(state) {
            act.caller.require_area((self.office.village)(&known))?;
        }
        (self.office.decide)(state, command, self.service.clock.today())
            .map_err(|refusal| answer::refused(refusal, self.office.fields))
    }

    fn done(&self, id: RegistrationId, outcome: &Outcome, warnings: Vec<Warning>) -> Done {
        Done {
            id: id.0,
            position: outcome.position.token(self.service.log.id()),
            repeated: outcome.repeated,
            changed: outcome.changed,
            warnings,
        }
    }
}

/// Whatever a command says beside the number of a licence: why, as a rule.
const WORDS: Column = Column::optional("说明", "Words").at_most(length::REASON);

/// The member of a command's body that holds the number of the registration's licence or team.
const NUMBER: &str = "number";

/// The divisions are not known, so no code can be read.
fn not_ready(error: HandInError) -> Problem {
    match error {
        HandInError::NoAreas => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-areas")
            .zh("还没有导入行政区划，无法核对代码。请先导入区划。")
            .en("No divisions are known yet, so no code can be read. Import them first."),
        HandInError::Log(error) => error.into(),
        HandInError::Keys(error) => error.into(),
        HandInError::Unreadable(unreadable) => unreadable.into(),
        error @ (HandInError::Sheet(_)
        | HandInError::Reading(_)
        | HandInError::KeyReused { .. }
        | HandInError::Unknown(_)
        | HandInError::Superseded(_)
        | HandInError::AgreementNeeded { .. }
        | HandInError::NotYours(_)
        | HandInError::OutsideArea(_)
        | HandInError::Unsure(_)
        | HandInError::Corrupt(_)
        | HandInError::Conflict) => Problem::internal(&error),
    }
}

/// Refuses a body in one of whose texts somebody's identity number stands, or one of whose texts is longer than its column
/// takes. The column of a member says what belongs there.
fn refuse_texts<'c>(body: &Value, column_of: impl Fn(&str) -> &'c Column) -> Result<(), Problem> {
    let Some(members) = body.as_object() else { return Ok(()) };
    for (path, value) in members {
        let column = column_of(path);
        for text in texts(value) {
            if let Some(last_four) = column.identity_number_in(text) {
                return Err(Problem::identity_number(path, &last_four));
            }
            if is_longer(text, column.most) {
                return Err(Problem::text_too_long(path, column.most));
            }
        }
    }
    Ok(())
}

/// Every text in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
