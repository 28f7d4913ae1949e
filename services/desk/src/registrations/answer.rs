//! What the handlers answer, and how findings and refusals become problems.

use super::Field;
use crate::description::Refusal;
use crate::report::{Open, shown};
use axum::http::StatusCode;
use chassis::http::Problem;
use chassis::records::Disclosure;
use schema::finding::{RuleFinding, Words};
use schema::hand_in::{Finding, Severity};
use schema::registration::{Contact, Doubt};
use schema::{FindingCode, PersonalField, Quote};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What came of a command; the same for its repetitions, but for `repeated`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Done {
    /// The registration. Another one than was asked for, when it moved to another county.
    pub id: Uuid,
    /// The position of the command's last event, to be passed as `atLeast` to whoever must have seen it.
    pub position: String,
    /// Whether the same command had been carried out before.
    pub repeated: bool,
    /// Whether anything changed, now or the first time.
    pub changed: bool,
    /// What was doubtful in the form and left out of what was registered, the words kept; as in a report of a hand-in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Something in a form that was not understood, or that a clerk should know.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// The field.
    pub path: Option<String>,
    /// The column of the list that means the same.
    pub column: Option<String>,
    /// What stood there.
    pub value: String,
    /// A stable code.
    pub code: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

/// A registration as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Seen<F> {
    /// The registration.
    pub id: Uuid,
    /// Where it stands, in the office's words.
    pub situation: &'static str,
    /// Why it stands so, in the clerk's words, if that was asked for.
    pub reason: Option<String>,
    /// The position of its last event.
    pub position: String,
    /// What is registered, as the form has it. To change it, change this and PUT it back.
    pub registration: F,
    /// The person of whom a name or a number was sealed for it: by this id they are erased. Neither is told once they were.
    #[serde(rename = "contactPerson", skip_serializing_if = "Option::is_none")]
    pub contact_person: Option<Uuid>,
    /// What was not understood when it was last said whole.
    pub doubts: Vec<Doubted>,
    /// What it is in another county now, if it moved there. What this one says is then history.
    #[serde(rename = "transferredTo", skip_serializing_if = "Option::is_none")]
    pub transferred_to: Option<Uuid>,
    /// What it was in another county before, if it came from there.
    #[serde(rename = "transferredFrom", skip_serializing_if = "Option::is_none")]
    pub transferred_from: Option<Uuid>,
}

/// What could be opened of who answers for a registration: nothing, once they were erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Their name.
    pub name: Option<String>,
    /// The numbers of theirs that are not the service's, in E.164.
    pub phones: Vec<String>,
}

impl Opened {
    pub(super) fn of(contact: &Contact, disclosure: &Disclosure<'_>) -> Opened {
        let phones = contact.phones.iter().filter_map(|phone| disclosure.open(PersonalField::ContactPhone, phone));
        Opened {
            name: contact.name.as_ref().and_then(|name| disclosure.open(PersonalField::ContactName, name)),
            phones: phones.collect(),
        }
    }
}

/// Words that were not understood.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Doubted {
    /// The column.
    pub column: String,
    /// What stood there.
    pub value: String,
    /// Why it was doubted.
    pub code: String,
    /// The same in words, in Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Doubted {
    pub(super) fn of(doubt: &Doubt, open: &Open<'_>) -> Doubted {
        let Words { reason_zh, reason_en, .. } = doubt.code.words();
        let (column, value) = (doubt.column.clone(), shown(doubt.value.as_ref(), open));
        Doubted { column, value, code: doubt.code.code().to_owned(), zh: reason_zh, en: reason_en }
    }
}

impl Warning {
    pub(super) fn of(finding: Finding, fields: &[Field]) -> Warning {
        let field = finding.column.as_ref().and_then(|column| fields.iter().find(|field| field.column.name == *column));
        let value = match finding.value {
            Some(Quote::Said(text)) => text,
            Some(Quote::Sealed(_)) | None => String::new(),
        };
        Warning { column: finding.column, value, ..Warning::about(&finding.code, field) }
    }

    fn about(code: &FindingCode, field: Option<&Field>) -> Warning {
        let Words { reason_zh, reason_en, remedy_zh, remedy_en } = code.words();
        Warning {
            path: field.map(|field| field.name.to_owned()),
            column: field.map(|field| field.column.name.to_owned()),
            value: String::new(),
            code: code.code().to_owned(),
            zh: reason_zh,
            en: reason_en,
            remedy_zh,
            remedy_en,
        }
    }

    fn value(self) -> Value {
        json!(self)
    }
}

/// The warnings of a form, or the problem with it (422) that names every fault at once.
pub(super) fn warnings(findings: Vec<Finding>, fields: &[Field]) -> Result<Vec<Warning>, Problem> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity == Severity::Error);
    let errors: Vec<Warning> = errors.into_iter().map(|finding| Warning::of(finding, fields)).collect();
    if errors.is_empty() {
        return Ok(warnings.into_iter().map(|finding| Warning::of(finding, fields)).collect());
    }
    let said = |of: fn(&Warning) -> &str, separator| errors.iter().map(of).collect::<Vec<_>>().join(separator);
    let (zh, en) = (said(|error| &error.zh, "；"), said(|error| &error.en, "; "));
    Err(Problem::unprocessable("form-refused", zh, en).errors(errors.into_iter().map(Warning::value)))
}

/// A refusal by the office's rules: 422 when a value is to blame, 409 when it is where the registration stands.
pub(super) fn refused(refusal: Refusal, fields: &[Field]) -> Problem {
    let Refusal { column, code } = refusal;
    let field = column.and_then(|column| fields.iter().find(|field| field.column.name == column.name));
    let status = match column {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None if matches!(*code, FindingCode::RuleFinding(RuleFinding::NotRegistered { .. })) => StatusCode::NOT_FOUND,
        None => StatusCode::CONFLICT,
    };
    let Words { reason_zh, reason_en, remedy_zh, remedy_en } = code.words();
    Problem::new(status, code.known().unwrap_or("refused"))
        .zh(format!("{reason_zh}。{remedy_zh}。"))
        .en(format!("{reason_en}; {remedy_en}."))
        .error(Warning::about(&code, field).value())
}
