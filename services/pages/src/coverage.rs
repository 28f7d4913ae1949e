//! Where services reach and where none does: what a planner looks for, by division and category.

use super::ask::{Nodes, Trouble};
use super::chrome::Chrome;
use super::division::{Area, PlaceLink, Step, above, short};
use super::{Pages, words};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chassis::auth::{Caller, Role};
use schema::{AreaCode, AreaLevel};
use serde::Deserialize;
use serde_json::json;

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePage {
    p: Chrome,
    name: String,
    code: String,
    above: Vec<PlaceLink>,
    communities: i64,
    kinds: Vec<CategoryRow>,
    below: Vec<DivisionRow>,
    /// How many people were counted; empty where nobody was.
    counted: Vec<GroupRow>,
    owed: Vec<OwedRow>,
    /// The documents of what is owed, each once.
    lists: Vec<ListLine>,
    /// Whether a list could not be read.
    lists_unread: bool,
    /// For planners alone: what was looked for in vain; nothing for others.
    in_vain: Option<Vec<InVainRow>>,
}

#[derive(Template)]
#[template(path = "coverage-where.html")]
struct WherePage {
    p: Chrome,
    counties: Vec<PlaceLink>,
}

/// A category over the whole division.
struct CategoryRow {
    name: String,
    own: i64,
    town: i64,
    wider: i64,
    none: i64,
    without: Vec<PlaceLink>,
    /// How many people live where there is none, by group, in the order of the groups counted.
    people: Vec<PersonsCell>,
}

/// A group of people, counted over the whole division.
struct GroupRow {
    name: String,
    shown: String,
    not_counted: i64,
    days: String,
    sources: String,
}

/// An item of what is owed to elders.
struct OwedRow {
    name: String,
    kind: String,
    owed_to: String,
    fulfilled_by: String,
    /// None, own, town, wider; nothing where no category fulfils it.
    reached: Option<[i64; 4]>,
    /// How many of those to whom it is owed live where there is none.
    people: Option<PersonsCell>,
    unconfirmed: String,
}

/// A list of what is owed, and its document.
struct ListLine {
    name: String,
    issued_by: String,
    document: String,
    from: String,
    unconfirmed: String,
}

/// What was looked for in vain.
struct InVainRow {
    name: String,
    shown: String,
}

/// A division directly below, with how many of its communities have nothing of each category.
struct DivisionRow {
    href: String,
    name: String,
    communities: i64,
    none: Vec<i64>,
}

const COVERAGE: &str = "query ($area: AreaCode!, $atLeast: Position, $planner: Boolean!) {
  area(code: $area, atLeast: $atLeast) { code name level status path { code name } }
  coverage(area: $area, atLeast: $atLeast) { communities
    categories { category own town wider none without(first: 100) { code name } people { none { persons { shown } notCounted } } }
    population { group name persons { shown } notCounted countedFrom countedTo sources }
    basicServices { name kindName owedTo { words } fulfilledBy unconfirmed communities { own town wider none }
      people { none { persons { shown } notCounted } } list { name issuedBy document inForceFrom unconfirmed } }
    unanswered @include(if: $planner) { category count { shown } }
    children { area { code name } communities categories { none } } } }";

const COUNTIES: &str = "{ areas(level: COUNTY, first: 1000) { nodes { code name path { code name } } } }";

#[derive(Deserialize)]
struct CoverageAnswer {
    area: Option<Area>,
    coverage: Coverage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Coverage {
    communities: i64,
    categories: Vec<CategoryNode>,
    population: Vec<PopulationNode>,
    basic_services: Option<Vec<BasicServiceNode>>,
    #[serde(default)]
    unanswered: Option<Vec<UnansweredNode>>,
    children: Vec<ChildNode>,
}

#[derive(Deserialize)]
struct Persons {
    shown: String,
}

#[derive(Deserialize)]
struct Reached {
    none: PeopleNode,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PeopleNode {
    persons: Option<Persons>,
    not_counted: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PopulationNode {
    group: String,
    name: String,
    persons: Option<Persons>,
    not_counted: i64,
    counted_from: Option<String>,
    counted_to: Option<String>,
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BasicServiceNode {
    name: String,
    kind_name: String,
    owed_to: OwedToNode,
    fulfilled_by: Vec<String>,
    unconfirmed: Option<String>,
    communities: Option<CommunitiesNode>,
    people: Option<Reached>,
    list: ListNode,
}

#[derive(Deserialize)]
struct OwedToNode {
    words: String,
}

#[derive(Deserialize)]
struct CommunitiesNode {
    own: i64,
    town: i64,
    wider: i64,
    none: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListNode {
    name: String,
    issued_by: String,
    document: String,
    in_force_from: String,
    unconfirmed: Option<String>,
}

#[derive(Deserialize)]
struct UnansweredNode {
    category: Option<String>,
    count: Persons,
}

#[derive(Deserialize)]
struct CategoryNode {
    category: String,
    own: i64,
    town: i64,
    wider: i64,
    none: i64,
    without: Vec<Step>,
    #[serde(default)]
    people: Vec<Reached>,
}

#[derive(Deserialize)]
struct ChildNode {
    area: Step,
    communities: i64,
    categories: Vec<Lacking>,
}

#[derive(Deserialize)]
struct Lacking {
    none: i64,
}

#[derive(Deserialize)]
struct CountiesAnswer {
    areas: Nodes<Area>,
}

/// `GET /coverage`: where to look; straight to the area to which whoever is signed in is bound.
pub async fn choose(State(pages): State<Pages>, p: Chrome) -> Response {
    if let Some(own) = p.caller.as_ref().and_then(|caller| caller.area).filter(|own| own.level() < AreaLevel::Village) {
        return Redirect::temporary(&format!("/coverage/{own}")).into_response();
    }
    let answer: Result<CountiesAnswer, Trouble> = pages.ask(&p, COUNTIES, json!({})).await;
    match answer {
        Ok(CountiesAnswer { areas }) => {
            let link = |area: &Area| PlaceLink {
                path: above(&area.path, &area.code).map(|step| short(&step.name)).collect::<Vec<_>>().join(" "),
                ..link(&area.code, &area.name)
            };
            let counties = areas.nodes.iter().map(link).collect();
            p.clone().page(StatusCode::OK, &WherePage { p, counties })
        }
        Err(trouble) => trouble.page(&p),
    }
}

/// `GET /coverage/{code}`: a county, a city, a town.
pub async fn page(State(pages): State<Pages>, p: Chrome, Path(code): Path<String>) -> Response {
    match show(&pages, &p, &code).await {
        Ok(response) => response,
        Err(trouble) => trouble.page(&p),
    }
}

async fn show(pages: &Pages, p: &Chrome, code: &str) -> Result<Response, Trouble> {
    let code: AreaCode = code.parse().map_err(|_| Trouble::Missing)?;
    if code.level() == AreaLevel::Village {
        return Ok(Redirect::temporary(&format!("/communities/{code}")).into_response());
    }
    let is_planner = p.is_any(&[Role::Planner, Role::Admin])
        && p.caller.as_ref().and_then(Caller::bound_to).is_none_or(|own| own.contains(code));
    let variables = json!({ "area": code.to_string(), "atLeast": p.at_least, "planner": is_planner });
    let CoverageAnswer { area, coverage } = pages.ask(p, COVERAGE, variables).await?;
    let area = area.ok_or(Trouble::Missing)?;
    let lists_unread = coverage.basic_services.is_none();
    let owed = coverage.basic_services.unwrap_or_default();
    let unanswered = coverage.unanswered.filter(|_| is_planner);
    let kinds = coverage.categories.into_iter().map(|of| CategoryRow {
        name: words::of(words::CATEGORIES, &of.category, p.lang).to_owned(),
        own: of.own,
        town: of.town,
        wider: of.wider,
        none: of.none,
        without: of.without.iter().map(community).collect(),
        people: of.people.iter().map(|people| persons(&people.none, p)).collect(),
    });
    let below = coverage.children.into_iter().map(|child| DivisionRow {
        href: format!("/coverage/{}", child.area.code),
        name: short(&child.area.name),
        communities: child.communities,
        none: child.categories.iter().map(|lacking| lacking.none).collect(),
    });
    let page = CoveragePage {
        p: p.clone(),
        name: short(&area.name),
        above: above(&area.path, &area.code).map(|step| link(&step.code, &step.name)).collect(),
        code: area.code,
        communities: coverage.communities,
        kinds: kinds.collect(),
        below: below.collect(),
        counted: coverage.population.into_iter().map(|group| counted(group, p)).collect(),
        lists: lists(&owed),
        owed: owed.into_iter().map(|item| owed_row(item, p)).collect(),
        lists_unread,
        in_vain: unanswered.map(|found| found.into_iter().map(|one| in_vain(one, p)).collect()),
    };
    Ok(p.page(StatusCode::OK, &page))
}

/// How many people, and below it of how many communities that is not known.
struct PersonsCell {
    shown: String,
    lacking: String,
}

/// How many people: as it may be told, and what is not known.
fn persons(people: &PeopleNode, p: &Chrome) -> PersonsCell {
    let lacking = match (&people.persons, people.not_counted) {
        (None, _) | (Some(_), 0) => String::new(),
        (Some(_), lacking) => p.lang.pick(format!("另有{lacking}个未统计"), format!("and {lacking} not counted")),
    };
    let shown =
        people.persons.as_ref().map_or_else(|| p.t("未统计", "not counted").to_owned(), |one| one.shown.clone());
    PersonsCell { shown, lacking }
}

fn counted(group: PopulationNode, p: &Chrome) -> GroupRow {
    let days = match (group.counted_from, group.counted_to) {
        (Some(from), Some(to)) if from == to => from,
        (Some(from), Some(to)) => p.lang.pick(format!("{from}至{to}"), format!("{from} to {to}")),
        (Some(day), None) | (None, Some(day)) => day,
        (None, None) => String::new(),
    };
    GroupRow {
        shown: group.persons.map_or_else(|| p.t("未统计", "not counted").to_owned(), |persons| persons.shown),
        not_counted: group.not_counted,
        name: match p.english() {
            true => words::of(words::COUNTED, &group.group, p.lang).to_owned(),
            false => group.name,
        },
        days,
        sources: group.sources.join(p.t("、", ", ")),
    }
}

fn owed_row(item: BasicServiceNode, p: &Chrome) -> OwedRow {
    let categories = item.fulfilled_by.iter().map(|category| words::of(words::CATEGORIES, category, p.lang));
    OwedRow {
        fulfilled_by: categories.collect::<Vec<_>>().join(p.t("、", ", ")),
        people: item.people.map(|people| persons(&people.none, p)),
        reached: item.communities.map(|of| [of.none, of.own, of.town, of.wider]),
        name: item.name,
        kind: item.kind_name,
        owed_to: item.owed_to.words,
        unconfirmed: item.unconfirmed.unwrap_or_default(),
    }
}

fn lists(owed: &[BasicServiceNode]) -> Vec<ListLine> {
    let mut lines: Vec<ListLine> = Vec::new();
    for ListNode { name, issued_by, document, in_force_from, unconfirmed } in owed.iter().map(|item| &item.list) {
        if !lines.iter().any(|line| line.name == *name && line.document == *document) {
            lines.push(ListLine {
                name: name.clone(),
                issued_by: issued_by.clone(),
                document: document.clone(),
                from: in_force_from.clone(),
                unconfirmed: unconfirmed.clone().unwrap_or_default(),
            });
        }
    }
    lines
}

fn in_vain(one: UnansweredNode, p: &Chrome) -> InVainRow {
    let name = match &one.category {
        Some(category) => words::of(words::CATEGORIES, category, p.lang).to_owned(),
        None => p.t("不限类别", "Whatever there is").to_owned(),
    };
    InVainRow { name, shown: one.count.shown }
}

fn link(code: &str, name: &str) -> PlaceLink {
    PlaceLink { href: format!("/coverage/{code}"), code: code.to_owned(), name: short(name), path: String::new() }
}

fn community(step: &Step) -> PlaceLink {
    PlaceLink { href: format!("/communities/{}", step.code), ..link(&step.code, &step.name) }
}
