//! The clerk's pages: hand in a list, see what became of it, see what the centre made of the office's registrations.

use super::ask::{Nodes, PageInfo, Trouble};
use super::chrome::{CLERKS, Chrome, Pairs, address, office_in_words};
use super::division::{Step, short};
use super::resource::{Licence, SourceNode};
use super::sign_in::require;
use super::{Pages, format, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::auth::Role;
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use schema::Office;
use serde::Deserialize;
use serde_json::json;

/// How many registrations stand on one page.
const ROWS: usize = 50;

/// The office whose pages these are, and those that may be chosen.
struct Choice {
    office: Office,
    offices: Vec<(&'static str, &'static str)>,
}

impl Choice {
    /// A clerk's own office; an admin's choice.
    fn of(p: &Chrome, pairs: &[(String, String)]) -> Option<Choice> {
        let caller = p.caller.as_ref()?;
        let named = |office: Office| (office.path(), office_in_words(office, p.lang));
        match (caller.role, caller.office) {
            (Role::Admin, own) => {
                let asked = pairs.iter().find(|(name, _)| name == "office").and_then(|(_, value)| value.parse().ok());
                let offices = Office::ALL.into_iter().map(named).collect();
                Some(Choice { office: asked.or(own).unwrap_or(Office::Clinic), offices })
            }
            (_, Some(office)) => Some(Choice { office, offices: vec![named(office)] }),
            (_, None) => None,
        }
    }
}

/// The office as the GraphQL enum has it.
fn code_of(office: Office) -> String {
    office.category().to_uppercase()
}

/// The office of a page that clerks see, or what is shown instead.
fn choose(p: &Chrome, pairs: &[(String, String)]) -> Result<Choice, Box<Response>> {
    require(p, CLERKS)?;
    Choice::of(p, pairs).ok_or_else(|| Box::new(Trouble::Denied.page(p)))
}

#[derive(Template)]
#[template(path = "office.html")]
struct OfficePage {
    p: Chrome,
    office: &'static str,
    office_name: &'static str,
    offices: Vec<(&'static str, &'static str)>,
    hand_ins: Vec<HandInLine>,
}

struct HandInLine {
    id: String,
    file: String,
    received: String,
    by: String,
    counts: Vec<String>,
    complete: bool,
}

const HAND_INS: &str =
    "query ($office: Office!, $atLeast: Position) { handIns(office: $office, first: 50, atLeast: $atLeast) { nodes {
  id file rowCount receivedAt completedAt by registered revised unchanged refused warned } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandInsAnswer {
    hand_ins: Nodes<HandInNode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandInNode {
    id: String,
    file: String,
    row_count: i64,
    received_at: DateTime<Utc>,
    completed_at: Option<DateTime<Utc>>,
    by: String,
    registered: Option<i64>,
    revised: Option<i64>,
    unchanged: Option<i64>,
    refused: Option<i64>,
    warned: Option<i64>,
}

/// `GET /office`: hand in a list.
pub async fn home(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    let choice = match choose(&p, &pairs) {
        Ok(choice) => choice,
        Err(response) => return *response,
    };
    let variables = json!({ "office": code_of(choice.office), "atLeast": p.at_least });
    let answer: HandInsAnswer = match pages.ask(&p, HAND_INS, variables).await {
        Ok(answer) => answer,
        Err(trouble) => return trouble.page(&p),
    };
    let line = |node: HandInNode| HandInLine {
        received: format::date_time(node.received_at, p.lang),
        counts: [Some(node.row_count), node.registered, node.revised, node.unchanged, node.refused, node.warned]
            .into_iter()
            .map(|count| count.map(format::thousands).unwrap_or_default())
            .collect(),
        complete: node.completed_at.is_some(),
        id: node.id,
        file: node.file,
        by: by_in_words(node.by, &p),
    };
    let template = OfficePage {
        office: choice.office.path(),
        office_name: office_in_words(choice.office, p.lang),
        offices: choice.offices,
        hand_ins: answer.hand_ins.nodes.into_iter().map(line).collect(),
        p: p.clone(),
    };
    p.page(StatusCode::OK, &template)
}

/// Who handed in. What the system did by itself is said to be the system's, not an account's.
fn by_in_words(by: String, p: &Chrome) -> String {
    if by.starts_with("service:") { p.t("系统", "the system").to_owned() } else { by }
}

#[derive(Template)]
#[template(path = "hand-in.html")]
struct HandInPage {
    p: Chrome,
    office: &'static str,
    office_name: &'static str,
    id: String,
    file: String,
    received: String,
    done: Option<String>,
    absent: Vec<AbsentLine>,
    withdrawn: Vec<AbsentLine>,
}

struct AbsentLine {
    id: String,
    name: String,
    place: String,
    resource: Option<String>,
}

const HAND_IN: &str =
    "query ($id: ID!, $atLeast: Position) { handIn(id: $id, atLeast: $atLeast) { office file receivedAt
  stillAbsent { id name area { name } resource { id } } absentWithdrawn { id name area { name } resource { id } } } }";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandInAnswer {
    hand_in: Option<HandIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandIn {
    office: String,
    file: String,
    received_at: DateTime<Utc>,
    still_absent: Vec<Absent>,
    absent_withdrawn: Vec<Absent>,
}

#[derive(Deserialize)]
struct Absent {
    id: String,
    name: String,
    area: Named,
    resource: Option<HasId>,
}

#[derive(Deserialize)]
struct HasId {
    id: String,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// `GET /hand-ins/{id}`: what became of a hand-in, row by row.
pub async fn hand_in(State(pages): State<Pages>, p: Chrome, Path(id): Path<String>) -> Response {
    if let Err(response) = require(&p, CLERKS) {
        return *response;
    }
    match show_hand_in(&pages, &p, &id).await {
        Ok(response) => response,
        Err(trouble) => trouble.page(&p),
    }
}

async fn show_hand_in(pages: &Pages, p: &Chrome, id: &str) -> Result<Response, Trouble> {
    let id = id.parse::<uuid::Uuid>().map_err(|_| Trouble::Missing)?.to_string();
    let answer: HandInAnswer = pages.ask(p, HAND_IN, json!({ "id": id, "atLeast": p.at_least })).await?;
    let found = answer.hand_in.ok_or(Trouble::Missing)?;
    let office = found.office.to_lowercase().parse::<Office>().map_err(|error| Trouble::Broken(error.to_string()))?;
    let own = Choice::of(p, &[]).is_some_and(|choice| choice.office == office);
    if !own && !p.is_any(&[Role::Admin]) {
        return Err(Trouble::Denied);
    }
    let line = |absent: Absent| AbsentLine {
        id: absent.id,
        name: absent.name,
        place: short(&absent.area.name),
        resource: absent.resource.map(|resource| resource.id),
    };
    let template = HandInPage {
        office: office.path(),
        office_name: office_in_words(office, p.lang),
        id,
        file: found.file,
        received: format::date_time(found.received_at, p.lang),
        done: p.done.clone(),
        absent: found.still_absent.into_iter().map(line).collect(),
        withdrawn: found.absent_withdrawn.into_iter().map(line).collect(),
        p: p.clone(),
    };
    Ok(p.page(StatusCode::OK, &template))
}

#[derive(Template)]
#[template(path = "registrations.html")]
struct RegistrationsPage {
    p: Chrome,
    office: &'static str,
    office_name: &'static str,
    offices: Vec<(&'static str, &'static str)>,
    q: String,
    status: String,
    statuses: Vec<(&'static str, &'static str)>,
    total: String,
    rows: Vec<RegistrationLine>,
    first_page: Option<String>,
    next_page: Option<String>,
}

struct RegistrationLine {
    id: String,
    name: String,
    category: String,
    place: String,
    source: String,
    status: String,
    mark: &'static str,
    resource: Option<(String, String)>,
    partners: Vec<String>,
    doubts: usize,
    withheld: Vec<String>,
}

const REGISTRATIONS: &str = "query ($office: Office!, $status: RegistrationStatus, $name: String, $first: Int!, $after: String, $atLeast: Position) {
  registrations(office: $office, status: $status, name: $name, first: $first, after: $after, atLeast: $atLeast) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id name category area { path { code name } } sourceFile sourceRow status statusReason transferredTo notShown licence { standing number expires } withheld { everything audience field reason } doubts { code }
      resource { id name sources { id office name sourceFile sourceRow } } } } }";

#[derive(Deserialize)]
struct RegistrationsAnswer {
    registrations: Registrations,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registrations {
    total_count: i64,
    page_info: PageInfo,
    nodes: Vec<Registration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    id: String,
    name: String,
    category: String,
    area: Area,
    source_file: Option<String>,
    source_row: Option<i64>,
    status: String,
    status_reason: Option<String>,
    transferred_to: Option<String>,
    not_shown: Option<String>,
    licence: Licence,
    #[serde(default)]
    withheld: Vec<Withheld>,
    #[serde(default)]
    doubts: Vec<serde_json::Value>,
    resource: Option<Resource>,
}

/// A part that is not shown.
#[derive(Deserialize)]
struct Withheld {
    everything: bool,
    audience: Option<String>,
    #[serde(default)]
    field: Option<String>,
    reason: String,
}

#[derive(Deserialize)]
struct Area {
    path: Vec<Step>,
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    name: String,
    sources: Vec<SourceNode>,
}

const STANDINGS: &[&str] = &["REGISTERED", "SUSPENDED", "WITHDRAWN"];

/// `GET /office/registrations`: what the office registered and what the centre made of each.
pub async fn registrations(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    let choice = match choose(&p, &pairs) {
        Ok(choice) => choice,
        Err(response) => return *response,
    };
    let get = |wanted: &str| {
        pairs
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.trim().chars().take(200).collect::<String>())
            .unwrap_or_default()
    };
    let (q, after) = (get("q"), get("after"));
    let status = Some(get("status")).filter(|status| STANDINGS.contains(&status.as_str())).unwrap_or_default();
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let variables = json!({
        "office": code_of(choice.office), "status": given(&status), "name": given(&q), "first": ROWS, "after": given(&after), "atLeast": p.at_least,
    });
    let answer: RegistrationsAnswer = match pages.ask(&p, REGISTRATIONS, variables).await {
        Ok(answer) => answer,
        Err(trouble) => return trouble.page(&p),
    };
    let found = answer.registrations;
    let from = |after: &str| {
        let fields = [("office", choice.office.path()), ("q", &q), ("status", &status), ("after", after)];
        address("/office/registrations", fields)
    };
    let template = RegistrationsPage {
        office: choice.office.path(),
        office_name: office_in_words(choice.office, p.lang),
        total: format::thousands(found.total_count),
        first_page: (!after.is_empty()).then(|| from("")),
        next_page: found.page_info.next().map(from),
        rows: found.nodes.into_iter().map(|node| line(node, &p)).collect(),
        statuses: STANDINGS.iter().map(|code| (*code, words::of(words::STANDINGS, code, p.lang))).collect(),
        offices: choice.offices,
        q: q.clone(),
        status: status.clone(),
        p: p.clone(),
    };
    p.page(StatusCode::OK, &template)
}

/// Where a registration stood in what was handed in.
fn source_in_words(file: Option<&str>, row: Option<i64>, lang: Lang) -> String {
    match (file, row, lang) {
        (Some(file), Some(row), Lang::Zh) => format!("{file} 第{row}行"),
        (Some(file), Some(row), Lang::En) => format!("{file}, row {row}"),
        (Some(file), None, _) => file.to_owned(),
        (None, _, Lang::Zh) => "在线填报".to_owned(),
        (None, _, Lang::En) => "form".to_owned(),
    }
}

impl Withheld {
    fn in_words(&self, p: &Chrome) -> String {
        let because = words::of(words::NOT_SHOWN, &self.reason, p.lang);
        if let Some(field) = &self.field {
            let field = words::of(words::FIELDS, field, p.lang);
            return format!("{field}{}{because}", p.t("：", ": "));
        }
        let audience = self.audience.as_deref().filter(|_| !self.everything);
        match (audience.map(|code| words::of(words::AUDIENCES, code, p.lang)), p.lang) {
            (None, Lang::Zh) => format!("未公开：{because}"),
            (None, Lang::En) => format!("Not published: {because}"),
            (Some(audience), Lang::Zh) => format!("面向{audience}的部分未公开：{because}"),
            (Some(audience), Lang::En) => format!("Not published for {audience}: {because}"),
        }
    }
}

fn line(node: Registration, p: &Chrome) -> RegistrationLine {
    let place: Vec<String> = node.area.path.iter().skip(3).map(|step| short(&step.name)).collect();
    let mut status = words::of(words::STANDINGS, &node.status, p.lang).to_owned();
    // The clerk's reason; where no clerk gave one, why the directory does not show it.
    let because = node.status_reason.filter(|reason| !reason.is_empty()).or_else(|| {
        let code = node.not_shown.as_deref().filter(|_| node.status == "SUSPENDED")?;
        Some(words::of(words::NOT_SHOWN, code, p.lang).to_owned())
    });
    if let Some(reason) = because {
        status = format!("{status}{}{reason}", p.t("：", ": "));
    }
    // What is registered and may not be offered is not simply in force.
    let lapsed = node.status == "REGISTERED" && node.licence.has_lapsed();
    if lapsed {
        status =
            p.of(p.t("许可证已到期，不能提供服务", "licence lapsed, not on offer"), &node.licence.in_words(p.lang));
    }
    if node.transferred_to.is_some() {
        p.t("已迁往其他县区", "moved to another county").clone_into(&mut status);
    }
    let partners =
        node.resource.iter().flat_map(|resource| &resource.sources).filter(|source| source.id != node.id).map(
            |source| {
                let office = words::of(words::OFFICES, &source.office, p.lang);
                let from = source_in_words(source.source_file.as_deref(), source.source_row, p.lang);
                format!("{office}：{}（{from}）", source.name)
            },
        );
    RegistrationLine {
        partners: partners.collect(),
        category: words::of(words::CATEGORIES, &node.category, p.lang).to_owned(),
        place: place.join(" › "),
        source: source_in_words(node.source_file.as_deref(), node.source_row, p.lang),
        mark: match (node.status.as_str(), lapsed) {
            (_, true) => "bad",
            ("REGISTERED", false) => "plain",
            (_, false) => "no",
        },
        status,
        resource: node.resource.map(|resource| (resource.id, resource.name)),
        doubts: node.doubts.len(),
        withheld: node.withheld.iter().map(|withheld| withheld.in_words(p)).collect(),
        id: node.id,
        name: node.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chassis::auth::Caller;

    #[test]
    fn a_clerk_cannot_choose_another_office() {
        let mut p = Chrome::plain(Lang::Zh, "/office");
        p.caller =
            Some(Caller { subject: "a".to_owned(), role: Role::Clerk, office: Some(Office::Commerce), area: None });
        let choice = Choice::of(&p, &[("office".to_owned(), "clinic".to_owned())]).unwrap();
        assert_eq!((choice.office, choice.offices.len()), (Office::Commerce, 1));
    }
}
