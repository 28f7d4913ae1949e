//! Where services reach and where none does: what a planner looks for, by division and category.

use super::ask::{Nodes, Trouble};
use super::chrome::Chrome;
use super::division::{Area, PlaceLink, Step, above, short};
use super::{Pages, words};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
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
}

/// A division directly below, with how many of its communities have nothing of each category.
struct DivisionRow {
    href: String,
    name: String,
    communities: i64,
    none: Vec<i64>,
}

const COVERAGE: &str = "query ($area: AreaCode!, $atLeast: Position) {
  area(code: $area, atLeast: $atLeast) { code name level status path { code name } }
  coverage(area: $area, atLeast: $atLeast) { communities
    categories { category own town wider none without(first: 100) { code name } }
    children { area { code name } communities categories { none } } } }";

const COUNTIES: &str = "{ areas(level: COUNTY, first: 1000) { nodes { code name path { code name } } } }";

#[derive(Deserialize)]
struct CoverageAnswer {
    area: Option<Area>,
    coverage: Coverage,
}

#[derive(Deserialize)]
struct Coverage {
    communities: i64,
    categories: Vec<CategoryNode>,
    children: Vec<ChildNode>,
}

#[derive(Deserialize)]
struct CategoryNode {
    category: String,
    own: i64,
    town: i64,
    wider: i64,
    none: i64,
    without: Vec<Step>,
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
    let variables = json!({ "area": code.to_string(), "atLeast": p.at_least });
    let CoverageAnswer { area, coverage } = pages.ask(p, COVERAGE, variables).await?;
    let area = area.ok_or(Trouble::Missing)?;
    let kinds = coverage.categories.into_iter().map(|of| CategoryRow {
        name: words::of(words::CATEGORIES, &of.category, p.lang).to_owned(),
        own: of.own,
        town: of.town,
        wider: of.wider,
        none: of.none,
        without: of.without.iter().map(community).collect(),
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
    };
    Ok(p.page(StatusCode::OK, &page))
}

fn link(code: &str, name: &str) -> PlaceLink {
    PlaceLink { href: format!("/coverage/{code}"), code: code.to_owned(), name: short(name), path: String::new() }
}

fn community(step: &Step) -> PlaceLink {
    PlaceLink { href: format!("/communities/{}", step.code), ..link(&step.code, &step.name) }
}
