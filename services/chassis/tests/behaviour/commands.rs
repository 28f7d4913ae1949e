//! A service of commands that is no office: a desk that lends wheelchairs. It has no list, no village and no row.

use crate::http::{Site, site_of};
use axum::http::StatusCode;
use chassis::auth::Role;
use chassis::commands::{CommandService, Rules, Target, Verb, Wish};
use chassis::http::Problem;
use chassis::service::{Mounted, Service};
use chrono::NaiveDate;
use schema::event_enum;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WheelchairLent {
    until: NaiveDate,
    by: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WheelchairReturned {}

event_enum! {
    /// What happens to a loan.
    pub enum LoanEvent {
        /// It was lent.
        WheelchairLent(WheelchairLent),
        /// It came back.
        WheelchairReturned(WheelchairReturned),
    }
}

enum Loan {
    Unknown,
    Out,
    Back,
}

#[derive(Serialize, Deserialize, utoipa::ToSchema)]
struct Lend {
    until: NaiveDate,
}

#[derive(Serialize, Deserialize, utoipa::ToSchema)]
struct Return {}

fn evolve(_: Loan, event: &LoanEvent) -> Loan {
    match event {
        LoanEvent::WheelchairLent(_) => Loan::Out,
        LoanEvent::WheelchairReturned(_) => Loan::Back,
    }
}

fn lend(loan: &Loan, body: &Lend, wish: &Wish<'_>) -> Result<Vec<LoanEvent>, Problem> {
    if body.until < wish.today {
        return Err(Problem::unprocessable("over-already", "归还日期已过。", "The day of return is over."));
    }
    match loan {
        Loan::Unknown => {
            let lent = WheelchairLent { until: body.until, by: wish.caller.subject.clone() };
            Ok(vec![LoanEvent::WheelchairLent(lent)])
        }
        Loan::Out | Loan::Back => Ok(Vec::new()),
    }
}

fn take_back(loan: &Loan, _: &Return, _: &Wish<'_>) -> Result<Vec<LoanEvent>, Problem> {
    match loan {
        Loan::Unknown => Err(Problem::not_found("没有这笔借用。", "There is no such loan.")),
        Loan::Out => Ok(vec![LoanEvent::WheelchairReturned(WheelchairReturned {})]),
        Loan::Back => {
            Err(Problem::new(StatusCode::CONFLICT, "returned-already").zh("已归还。").en("It is back already."))
        }
    }
}

fn stream(target: Target<'_>) -> Option<String> {
    match target {
        Target::Named(id) => id.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| format!("loan-{id}")),
        Target::New { key } => Some(format!("loan-{key}")),
    }
}

/// All that the service is.
fn mount(service: &Service) -> Mounted {
    let rules = Rules { initial: || Loan::Unknown, evolve };
    let lending = Verb { name: "lend", summary: "借出 Lend", roles: &[Role::Operator], stream, decide: lend };
    let returning =
        Verb { name: "return", summary: "归还 Take back", roles: &[Role::Operator], stream, decide: take_back };
    CommandService::new(service, "loans", "Loans of wheelchairs", rules)
        .command("/api/loans", lending)
        .command("/api/loans/{id}/return", returning)
        .mount()
}

async fn post(site: &Site, path: &str, role: Role, key: Option<&str>, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", site.token(role));
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    site.post(path, &headers, &body.to_string()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_no_office_takes_commands_once_by_their_keys() {
    let site = site_of(|service| vec![mount(service)]).await;
    let until = |day: &str| json!({ "until": day });
    let (status, first) = post(&site, "/api/loans", Role::Operator, Some("k1"), until("2999-01-01")).await;
    assert_eq!((status, &first["changed"], &first["repeated"]), (200, &json!(true), &json!(false)), "{first}");
    let (status, again) = post(&site, "/api/loans", Role::Operator, Some("k1"), until("2999-01-01")).await;
    assert_eq!((status, &again["repeated"]), (200, &json!(true)), "{again}");
    assert_eq!((&again["stream"], &again["position"]), (&first["stream"], &first["position"]));

    for (path, role, key, body, status, code) in [
        ("/api/loans", Role::Operator, Some("k1"), until("2999-12-31"), 422, "idempotency-key-reused"),
        ("/api/loans", Role::Operator, Some("k2"), until("1999-01-01"), 422, "over-already"),
        ("/api/loans", Role::Operator, Some("k2"), json!({}), 422, "body-invalid"),
        ("/api/loans", Role::Operator, None, until("2999-01-01"), 400, "idempotency-key-missing"),
        ("/api/loans", Role::Planner, Some("k3"), until("2999-01-01"), 403, "role-required"),
        ("/api/loans/k9/return", Role::Operator, Some("r9"), json!({}), 404, "not-found"),
        ("/api/loans/k-1/return", Role::Operator, Some("r9"), json!({}), 404, "not-found"),
    ] {
        let (actual, problem) = post(&site, path, role, key, body).await;
        assert_eq!((actual, problem["code"].as_str()), (status, Some(code)), "{path} {key:?}: {problem}");
    }
    let (status, back) = post(&site, "/api/loans/k1/return", Role::Admin, Some("r1"), json!({})).await;
    assert_eq!((status, &back["stream"]), (200, &first["stream"]), "{back}");
    let (status, problem) = post(&site, "/api/loans/k1/return", Role::Operator, Some("r2"), json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("returned-already")), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_commands_stand_in_the_openapi_document_with_their_keys() {
    let site = site_of(|service| vec![mount(service)]).await;
    let (_, document) = site.get("/openapi.json").await;
    for path in ["/api/loans", "/api/loans/{id}/return"] {
        let operation = &document["paths"][path]["post"];
        let parameters = operation["parameters"].as_array().unwrap_or_else(|| panic!("{path}: {document}"));
        let is_key = |one: &Value| one["name"] == "Idempotency-Key" && one["required"] == json!(true);
        assert!(parameters.iter().any(is_key), "{operation}");
        assert_eq!(operation["tags"], json!(["loans"]));
        let body = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
        let name = body.rsplit('/').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{body}");
        let problem = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"].as_str();
        assert_eq!(problem, Some("#/components/schemas/Problem"));
    }
    assert!(document["components"]["schemas"]["CommandDone"].is_object());
}
