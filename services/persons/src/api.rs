//! Orders to erase over HTTP, for administrators.

use crate::carrying_out::{self, Erasing, carry_out};
use crate::domain::{self, Command, Erasures, Fulfilment, Order, Refusal};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::auth::Caller;
use chassis::commands::Act;
use chassis::decide;
use chassis::http::{Body, Problem, free_text};
use chassis::service::Service;
use chrono::NaiveDate;
use schema::PersonId;
use schema::erasures::{ErasureGround, Hold};
use schema::limits::length;
use schema::streams::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::OpenApi as _;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

pub(crate) fn routes(service: &Service) -> (Router, OpenApi) {
    let router = Router::new()
        .route("/api/persons/erasures", get(list))
        .route("/api/persons/{id}/erasure", post(order).get(see))
        .with_state(service.clone());
    (router, Description::openapi())
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Persons", description = "Erasing what is kept of a person."),
    paths(order, see, list),
    components(schemas(OrderBody, HoldBody, ErasureShown))
)]
struct Description;

/// An order to erase a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    /// 依据: one of person_requested, consent_withdrawn, purpose_ended, retention_ended, unlawful, required,
    /// recorded_in_error (个人信息保护法, articles 46 and 47).
    #[schema(value_type = String)]
    ground: ErasureGround,
    /// 依法保存: what a law requires to be kept until a day is erased on that day, and shown to nobody before.
    #[serde(default)]
    hold: Option<HoldBody>,
}

/// Until when a law requires keeping.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    /// The first day on which it need not be kept any more.
    until: NaiveDate,
    /// The provision.
    law: String,
}

/// An order, and how far it has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ErasureShown {
    /// Whose data.
    person: Uuid,
    /// `held`: kept until `heldUntil`, shown to nobody. `ordered`: being carried out. `erased`: the keys are destroyed.
    standing: &'static str,
    /// Why.
    ground: &'static str,
    /// Who ordered it.
    ordered_by: String,
    /// The first day on which it need not be kept any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<NaiveDate>,
    /// The provision under which it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    law: Option<String>,
}

impl ErasureShown {
    fn of(person: PersonId, order: &Order, fulfilment: Fulfilment) -> Self {
        let (name, held) = match fulfilment {
            Fulfilment::Held(_) => ("held", order.hold.clone()),
            Fulfilment::Due => ("ordered", None),
            Fulfilment::Erased => ("erased", None),
        };
        ErasureShown {
            person: person.0,
            standing: name,
            ground: order.ground.name(),
            ordered_by: order.ordered_by.clone(),
            held_until: held.as_ref().map(|hold| hold.until),
            law: held.map(|hold| hold.law),
        }
    }
}

/// The person that a path names.
struct Person(PersonId);

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Person, Problem> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Person).ok_or_else(unknown)
    }
}

/// Erase a person.
///
/// What was sealed for the person can be opened by nobody afterwards; the log keeps that it was ordered, by whom and why.
/// Cannot be undone. Under a hold it is carried out on the day that the hold ends; nobody is shown the data before, either.
#[utoipa::path(post, path = "/api/persons/{id}/erasure", tag = "persons", request_body = OrderBody,
    params(("id" = String, Path, description = "The person: `contactPerson` of a registration."),
           ("idempotency-key" = String, Header, description = "The same for every repetition.")),
    responses(
        (status = 200, description = "Erased.", body = ErasureShown),
        (status = 202, description = "Ordered, and held until a day.", body = ErasureShown),
        (status = 401, description = "No token."), (status = 403, description = "Not an administrator."),
        (status = 404, description = "Nothing is kept of such a person."),
        (status = 409, description = "It is too late to hold it back."),
        (status = 422, description = "The ground is not known, the hold is over or cites nothing, or the key was used otherwise."),
        (status = 503, description = "The log is away: the same request again completes it."),
    ))]
async fn order(
    State(service): State<Service>,
    act: Act,
    Person(person): Person,
    Body(body): Body<OrderBody>,
) -> Result<(StatusCode, Json<ErasureShown>), Problem> {
    act.caller.require_role(&[])?;
    let (now, today) = (service.clock.now(), service.clock.today());
    let hold = body.hold.as_ref().map(hold_of).transpose()?;
    let is_known = service.keys.has_key(person).map_err(|error| Problem::internal(&error))?;
    let command = act.command(&body, None, now)?;
    let stream = Stream::Erasures(person.scope()).to_string();
    let decide = |state: &Erasures| {
        if !is_known && state.order(person).is_none() {
            return Err(unknown());
        }
        let wants = Command::Order { person, ground: body.ground, hold: hold.clone(), by: act.caller.subject.clone() };
        domain::decide(state, wants, today).map_err(|refusal| refused(&refusal))
    };
    let handled = decide::handle(&service.log, &stream, &command, Erasures::default(), domain::evolve, decide).await;
    handled.map_err(|error: decide::CommandError<Problem>| Problem::from(error))?;
    // As it stands now, which a repeated command need not have left it.
    let erasures = carrying_out::read_scope(&service.log, person.scope()).await.map_err(not_done)?;
    let order = erasures.order(person).ok_or_else(unknown)?;
    let fulfilment = carry_out(&service.log, &service.keys, person, order, now, today).await.map_err(not_done)?;
    let status = match fulfilment {
        Fulfilment::Erased => StatusCode::OK,
        Fulfilment::Held(_) | Fulfilment::Due => StatusCode::ACCEPTED,
    };
    Ok((status, Json(ErasureShown::of(person, order, fulfilment))))
}

/// How far an order has come.
#[utoipa::path(get, path = "/api/persons/{id}/erasure", tag = "persons",
    params(("id" = String, Path, description = "The person.")),
    responses(
        (status = 200, description = "The order.", body = ErasureShown),
        (status = 401, description = "No token."), (status = 403, description = "Not an administrator."),
        (status = 404, description = "Nobody ordered that."),
    ))]
async fn see(
    State(service): State<Service>,
    caller: Caller,
    Person(person): Person,
) -> Result<Json<ErasureShown>, Problem> {
    caller.require_role(&[])?;
    let erasures = carrying_out::read_scope(&service.log, person.scope()).await.map_err(not_done)?;
    let order = erasures.order(person).ok_or_else(|| {
        Problem::not_found("没有对此人的删除命令。", "Nobody has ordered that this person be erased.")
    })?;
    Ok(Json(ErasureShown::of(person, order, order.fulfilment(service.clock.today()))))
}

/// All orders, those that are held among them.
#[utoipa::path(get, path = "/api/persons/erasures", tag = "persons", responses(
    (status = 200, description = "The orders, by person.", body = [ErasureShown]),
    (status = 401, description = "No token."), (status = 403, description = "Not an administrator."),
))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<ErasureShown>>, Problem> {
    caller.require_role(&[])?;
    let today = service.clock.today();
    let erasures = carrying_out::read(&service.log).await.map_err(not_done)?;
    let shown = |(person, order): (PersonId, &Order)| ErasureShown::of(person, order, order.fulfilment(today));
    Ok(Json(erasures.orders().map(shown).collect()))
}

fn hold_of(body: &HoldBody) -> Result<Hold, Problem> {
    let law = free_text("hold.law", &body.law, length::CITATION)?;
    if law.is_empty() {
        return Err(Problem::unprocessable(
            "law-missing",
            "请写明依据哪条规定保存。",
            "Cite the provision under which it must be kept.",
        )
        .error(json!({ "path": "hold.law" })));
    }
    Ok(Hold { until: body.until, law: law.to_owned() })
}

fn unknown() -> Problem {
    Problem::not_found(
        "没有保存此人的个人信息，请核对编号：登记信息里的 contactPerson。",
        "Nothing is kept of such a person. Check the id: it is the contactPerson of a registration.",
    )
}

fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::HoldIsOver(until) => Problem::unprocessable(
            "hold-is-over",
            format!("保存期限{until}已到；不需再保存时，请不填 hold，立即删除。"),
            format!("The hold is over on {until}. What need not be kept any more is erased at once: leave hold out."),
        )
        .error(json!({ "path": "hold.until" })),
        Refusal::TooLate => Problem::new(StatusCode::CONFLICT, "too-late")
            .zh("此人的个人信息已经删除或者正在删除，无法再保存。")
            .en("The person's data is erased or being erased; it cannot be held any more."),
        Refusal::NotOrdered | Refusal::Held(_) | Refusal::AnotherStore(_) => Problem::internal(refusal),
    }
}

/// The order stands in the log; it will be carried out.
fn not_done(error: Erasing) -> Problem {
    match error {
        Erasing::Log(error) => error.into(),
        error @ (Erasing::Keys(_) | Erasing::Corrupt(_) | Erasing::Conflict) => Problem::internal(&error),
    }
}
