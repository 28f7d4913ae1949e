//! From a file of policy to the log: so far a list of what is owed to elders.
//!
//! ```json
//! { "scope": "130306", "basic_service_list": { "name": "…", "issued_by": "…", "document": "…", "in_force_from": "2026-01-01",
//!   "items": [ { "code": "visits", "name": "探访服务", "kind": "concern", "categories": ["探访关爱"],
//!                "owed_to": { "words": "独居老年人", "conditions": ["lives_alone"], "says_all": true } } ] } }
//! ```
//!
//! The nation's list, as far as it could be confirmed, is `schema/policy/000000-basic-services-2023.json`.

use chassis::clock::county_midnight;
use chassis::command::{self, Command};
use chassis::decide::{self, CommandError};
use chassis::log::LogError;
use chassis::service::Service;
use intake::SheetError;
use intake::sheet;
use schema::basic_services::{BasicServiceList, BasicServiceListAdopted, ListFault};
use schema::policy::PolicyEvent;
use schema::{AreaCode, Category, Scope, Stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::convert::Infallible;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyFile {
    scope: String,
    basic_service_list: BasicServiceList,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyReport {
    /// The file's name.
    pub file: String,
    /// Whose policy it is, by six digits.
    pub scope: String,
    /// What the list is called.
    pub name: String,
    /// How many items it has.
    pub items: usize,
    /// Of those, how many no category of the directory fulfils.
    pub items_without_category: usize,
    /// Categories that are in no catalogue: nothing may ever be registered under them.
    pub unknown_categories: Vec<String>,
    /// What somebody still has to confirm: of the list, and of each item.
    pub unconfirmed: usize,
    /// Whether nothing was written because this was a check.
    pub check: bool,
    /// Whether the scope had this very list already, so that nothing was written.
    pub unchanged: bool,
    /// The position of the event, as an opaque token; none when nothing was written.
    pub position: Option<String>,
}

/// A file of policy was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Its name.
    #[error(transparent)]
    Name(#[from] SheetError),
    /// It is not of the form.
    #[error("{at}: {problem}")]
    Form {
        /// Where.
        at: String,
        /// What does not fit.
        problem: String,
    },
    /// What it says cannot be adopted.
    #[error("{} faults in the list", .0.len())]
    List(Vec<ListFault>),
    /// It is the policy of more than whoever hands it in acts for.
    #[error("{scope} does not lie in {own}")]
    NotTheWhole {
        /// Whose policy it is.
        scope: Scope,
        /// For what they act.
        own: AreaCode,
    },
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The command was not carried out.
    #[error(transparent)]
    Command(#[from] CommandError<Infallible>),
}

/// Takes a file in, or says what that would come to. Handing in what the scope has already appends nothing.
///
/// # Errors
/// When nothing was taken in.
pub async fn adopt(
    service: &Service,
    bytes: &[u8],
    file: &str,
    actor: &str,
    within: Option<AreaCode>,
    check: bool,
) -> Result<PolicyReport, PolicyError> {
    sheet::check_names(file, "")?;
    let (scope, list) = read(bytes)?;
    if let Some(own) = within.filter(|own| !scope.lies_in(*own)) {
        return Err(PolicyError::NotTheWhole { scope, own });
    }
    let mut unknown: Vec<String> = list.items.iter().flat_map(|item| item.categories.iter().cloned()).collect();
    unknown.retain(|category| !Category::KNOWN.contains(&category.as_str()));
    unknown.sort_unstable();
    unknown.dedup();
    let mut report = PolicyReport {
        file: file.to_owned(),
        scope: scope.to_string(),
        name: list.name.clone(),
        items: list.items.len(),
        items_without_category: list.items.iter().filter(|item| item.categories.is_empty()).count(),
        unknown_categories: unknown,
        unconfirmed: list.items.iter().filter(|item| item.unconfirmed.is_some()).count()
            + usize::from(list.unconfirmed.is_some()),
        check,
        unchanged: false,
        position: None,
    };
    let stream = Stream::Policy(scope).to_string();
    if check {
        let mut latest = None;
        for event in service.log.read_stream(&stream).await? {
            let event =
                event.decode().map_err(|problem| CommandError::<Infallible>::Unreadable(event.unreadable(problem)))?;
            latest = adopted(latest, &event);
        }
        report.unchanged = latest.as_ref() == Some(&list);
        return Ok(report);
    }
    // The same list may come back after another: its place in the stream is part of what is wanted.
    let place = service.log.read_stream(&stream).await?.len();
    let key = command::body_hash(&(&list, place)).map_err(LogError::from)?;
    let command = Command::of(actor, key, &list, county_midnight(list.in_force_from)).map_err(LogError::from)?;
    let event = PolicyEvent::BasicServiceListAdopted(BasicServiceListAdopted {
        list: list.clone(),
        adopted_by: actor.to_owned(),
    });
    let decide = |latest: &Option<BasicServiceList>| {
        Ok::<_, Infallible>(if latest.as_ref() == Some(&list) { Vec::new() } else { vec![event.clone()] })
    };
    let evolve = |latest, event: &PolicyEvent| adopted(latest, event);
    let (outcome, _) = decide::handle(&service.log, &stream, &command, None, evolve, decide).await?;
    report.unchanged = !outcome.changed;
    report.position = outcome.changed.then(|| outcome.position.token(service.log.id()));
    Ok(report)
}

fn adopted(latest: Option<BasicServiceList>, event: &PolicyEvent) -> Option<BasicServiceList> {
    match event {
        PolicyEvent::BasicServiceListAdopted(adopted) => Some(adopted.list.clone()),
        PolicyEvent::WithdrawalLimitSet(_) | PolicyEvent::LargeWithdrawalAgreed(_) => latest,
    }
}

fn read(bytes: &[u8]) -> Result<(Scope, BasicServiceList), PolicyError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let file: PolicyFile = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| PolicyError::Form { at: error.path().to_string(), problem: error.inner().to_string() })?;
    let scope = file.scope.parse().map_err(|_| PolicyError::Form {
        at: "scope".to_owned(),
        problem: "not six digits of a scope / 不是六位辖区代码".to_owned(),
    })?;
    let faults = file.basic_service_list.faults();
    let written = serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let read = serde_json::to_value(&file.basic_service_list).unwrap_or_default();
    if let Some(at) = unread(written.get("basic_service_list").unwrap_or(&Value::Null), &read, "basic_service_list") {
        return Err(PolicyError::Form { at, problem: "no such field / 没有这个栏目".to_owned() });
    }
    if faults.is_empty() { Ok((scope, file.basic_service_list)) } else { Err(PolicyError::List(faults)) }
}

/// The first field of what was written that was not read: a slip of the pen would otherwise be passed over. Events are read
/// by programs that do not know every field yet; a file is somebody's today.
fn unread(written: &Value, read: &Value, at: &str) -> Option<String> {
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match written {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match read.get(name) {
            Some(read) => unread(value, read, &format!("{at}.{name}")),
            None => (!is_empty(value)).then(|| format!("{at}.{name}")),
        }),
        Value::Array(items) => (0..).zip(items).find_map(|(place, item)| {
            let place: usize = place;
            unread(item, read.get(place).unwrap_or(&Value::Null), &format!("{at}[{place}]"))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATION: &str = include_str!("../../../schema/policy/000000-basic-services-2023.json");

    #[test]
    fn the_list_of_the_nation_has_sixteen_items_and_says_what_is_not_confirmed() {
        let (scope, list) = read(NATION.as_bytes()).unwrap();
        assert_eq!((scope, list.items.len()), (Scope::NATION, 16));
        assert!(list.unconfirmed.is_some() && list.document.contains("基本养老服务体系"));
        let known = |category: &String| Category::KNOWN.contains(&category.as_str());
        assert!(list.items.iter().flat_map(|item| &item.categories).all(known));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said_with_its_place() {
        for (from, to, at) in [
            ("\"kind\": \"concern\"", "\"kind\": \"kindness\"", "basic_service_list.items[12].kind"),
            ("\"in_force_from\": \"2023-05-21\"", "\"in_force_from\": \"soon\"", "basic_service_list.in_force_from"),
            ("\"scope\": \"000000\"", "\"scope\": \"抚宁\"", "scope"),
            ("\"minimum_age\": 65", "\"minimum\": 65", "basic_service_list.items[2].owed_to.minimum"),
        ] {
            let error = read(NATION.replacen(from, to, 1).as_bytes()).unwrap_err();
            assert!(matches!(&error, PolicyError::Form { at: place, .. } if place == at), "{to}: {error}");
        }
        for (from, to, at) in [
            ("\"code\": \"visits\"", "\"code\": \"health_management\"", "items[12].code"),
            ("\"name\": \"探访服务\"", "\"name\": \" \"", "items[12].name"),
            ("\"name\": \"探访服务\"", "\"name\": \"11010519491231002X的探访\"", "items[12].name"),
        ] {
            let PolicyError::List(faults) = read(NATION.replacen(from, to, 1).as_bytes()).unwrap_err() else {
                panic!("{to}")
            };
            assert_eq!((faults.len(), faults[0].at.as_str()), (1, at));
        }
    }
}
