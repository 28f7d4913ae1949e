//! What the handlers take out of a request.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use chassis::http::Problem;
use schema::RegistrationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The registration that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub RegistrationId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Problem> {
        let id = Path::<String>::from_request_parts(parts, state).await.ok().and_then(|Path(id)| id.parse().ok());
        id.map(Id).ok_or_else(nothing_there)
    }
}

/// No registration under that id.
pub(super) fn nothing_there() -> Problem {
    Problem::not_found("没有这条登记，请核对登记编号。", "There is no such registration; check its id.")
}

/// The body of a command that must say why.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// 原因: why, in the clerk's words.
    pub reason: String,
}

impl Reason {
    /// The reason, if there is one.
    pub fn said(self) -> Result<String, Problem> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            let (zh, en) = ("请写明原因。", "Say why.");
            return Err(Problem::unprocessable("reason-missing", zh, en)
                .error(serde_json::json!({ "path": "reason", "code": "MISSING", "zh": zh, "en": en })));
        }
        Ok(reason.to_owned())
    }
}

/// The body of a command that may say why.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// 说明: why, if there is something to say.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Note {
    /// What was said, if anything.
    pub fn said(self) -> Option<String> {
        self.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty())
    }
}
