//! The front page: find a community by its name, or step by step.

use super::Pages;
use super::ask::Trouble;
use super::chrome::{Chrome, Pairs};
use super::division::{Area, PlaceLink, link, short};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use schema::AreaCode;
use serde::Deserialize;
use serde_json::json;

/// How many places a search lists.
const PLACES: usize = 50;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    p: Chrome,
    q: String,
    found: Option<Vec<PlaceLink>>,
    total: usize,
    counties: Vec<PlaceLink>,
}

const FIND: &str = "query ($name: String!) { areas(name: $name, first: 400) { totalCount nodes { code name level path { code name } } } }";
const COUNTIES: &str =
    "{ areas(level: COUNTY, first: 60) { totalCount nodes { code name level path { code name } } } }";

#[derive(Deserialize)]
struct Found {
    areas: Hits,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hits {
    total_count: usize,
    nodes: Vec<Area>,
}

/// `GET /`: find a community by name or code.
pub async fn home(State(pages): State<Pages>, p: Chrome, Query(query): Pairs) -> Response {
    let q: String = query
        .iter()
        .find(|(name, _)| name == "q")
        .map(|(_, value)| value.trim().chars().filter(|c| !c.is_control()).take(60).collect())
        .unwrap_or_default();
    let result = if q.is_empty() { counties(&pages, &p).await } else { search(&pages, &p, q).await };
    result.unwrap_or_else(|trouble| trouble.page(&p))
}

async fn counties(pages: &Pages, p: &Chrome) -> Result<Response, Trouble> {
    let found: Found = pages.ask(p, COUNTIES, json!({})).await?;
    let counties = found.areas.nodes.iter().map(link).collect();
    Ok(p.page(StatusCode::OK, &Home { p: p.clone(), q: String::new(), found: None, total: 0, counties }))
}

async fn search(pages: &Pages, p: &Chrome, q: String) -> Result<Response, Trouble> {
    let digits: String = q.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect();
    if digits.len() == q.chars().filter(|c| !c.is_whitespace()).count() && digits.parse::<AreaCode>().is_ok() {
        return Ok(Redirect::to(&format!("/communities/{digits}")).into_response());
    }
    // The longest word is the most telling one; the others must stand somewhere on its path.
    let mut words: Vec<&str> =
        q.split([' ', '　', '，', ',', '、', '/', '›']).filter(|word| !word.is_empty()).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    let Some((name, others)) = words.split_first() else { return counties(pages, p).await };
    let mut found = find(pages, p, name).await?;
    if found.nodes.is_empty()
        && let Some(stem) = stem(name)
    {
        found = find(pages, p, stem).await?;
    }
    let mut hits = found.nodes;
    hits.retain(|area| {
        others.iter().all(|word| area.name.contains(word) || area.path.iter().any(|step| step.name.contains(word)))
    });
    hits.sort_by_key(|area| (area.level != "VILLAGE", !short(&area.name).starts_with(name), area.code.clone()));
    let total = if others.is_empty() { found.total_count } else { hits.len() };
    let found = hits.iter().take(PLACES).map(link).collect();
    Ok(p.page(StatusCode::OK, &Home { p: p.clone(), q, found: Some(found), total, counties: Vec::new() }))
}

async fn find(pages: &Pages, p: &Chrome, name: &str) -> Result<Hits, Trouble> {
    let found: Found = pages.ask(p, FIND, json!({ "name": name })).await?;
    Ok(found.areas)
}

/// `大李官营村` is listed as `大李官营村委会`, but `金山小区` may be listed as `金山社区居委会`: what is left without the
/// word for the sort of place.
fn stem(name: &str) -> Option<&str> {
    ["村民委员会", "居民委员会", "村委会", "居委会", "社区", "小区", "村", "镇", "乡"]
        .into_iter()
        .find_map(|ending| name.strip_suffix(ending))
        .filter(|stem| !stem.is_empty())
}
