//! `huiju person`: erasing what is kept of a person, on a running server.

use crate::Failure;
use crate::arguments::{Erase, Person, PersonAction, Server};
use crate::server::problem_text;
use chrono::NaiveDate;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::json;

/// An order as the server shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Erasure {
    person: String,
    standing: String,
    ground: String,
    ordered_by: String,
    held_until: Option<NaiveDate>,
    law: Option<String>,
}

impl Erasure {
    fn line(&self) -> String {
        let Erasure { person, ground, ordered_by, .. } = self;
        let standing = match (self.standing.as_str(), self.held_until) {
            ("erased", _) => "已删除 erased".to_owned(),
            (_, Some(until)) => {
                let law = self.law.as_deref().unwrap_or_default();
                format!("依法保存（{law}），{until}删除 held ({law}), erased on {until}")
            }
            (_, None) => "正在删除 being erased".to_owned(),
        };
        format!("{person}  {standing}  {ground}  {ordered_by}")
    }
}

/// Erases a person, or lists the orders.
pub(crate) async fn run(person: Person) -> Result<(), Failure> {
    match person.action {
        PersonAction::Erase(erase) => self::erase(erase).await,
        PersonAction::Erasures(server) => list(&server).await,
    }
}

async fn erase(erase: Erase) -> Result<(), Failure> {
    let hold = erase.hold_until.map(|until| json!({ "until": until, "law": erase.law.unwrap_or_default() }));
    let body = json!({ "ground": erase.ground, "hold": hold });
    let key = chassis::keys::draw_id()?.to_string();
    let request = erase.server.request(Method::POST, &format!("/api/persons/{}/erasure", erase.id))?;
    let erasure: Erasure = ask(request.header("idempotency-key", key).json(&body)).await?;
    println!("{}", erasure.line());
    Ok(())
}

async fn list(server: &Server) -> Result<(), Failure> {
    let erasures: Vec<Erasure> = ask(server.request(Method::GET, "/api/persons/erasures")?).await?;
    for erasure in erasures {
        println!("{}", erasure.line());
    }
    Ok(())
}

async fn ask<T: serde::de::DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let answer = request.send().await?;
    if !answer.status().is_success() {
        return Err(problem_text(&answer.text().await?).into());
    }
    Ok(answer.json().await?)
}
