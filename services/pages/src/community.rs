//! What an elder can use in a community, and the divisions above it on the way there.

use super::ask::{PageInfo, Trouble};
use super::asked::Form;
use super::chrome::{Chrome, Pairs};
use super::division::{Area, PlaceLink, Step, above, short};
use super::format::PhoneLink;
use super::{Pages, format, words};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chassis::http::Lang;
use schema::{AreaCode, AreaLevel};
use serde::Deserialize;
use serde_json::json;

/// How many services stand on one page.
const OFFERS: i32 = 40;

#[derive(Template)]
#[template(path = "community.html")]
struct Community {
    p: Chrome,
    place: DivisionView,
    form: Form,
    total: i64,
    asked: String,
    groups: Vec<Group>,
    kinds: Vec<KindLink>,
    elsewhere: Vec<Elsewhere>,
    /// What the town is called here: 本镇, 本乡, 本街道.
    this_town: &'static str,
    as_of: String,
    open_word: String,
    shut_word: String,
    first_page: Option<Onward>,
    next_page: Option<Onward>,
}

/// Where more of an answer is: an address, or, where the question tells of a person, what the form sends again with it.
enum Onward {
    Link(String),
    Button { name: &'static str, value: String },
}

impl Onward {
    fn after(form: &Form, code: &str, after: Option<&str>) -> Onward {
        match form.tells_of_someone() {
            true => Onward::Button { name: "after", value: after.unwrap_or_default().to_owned() },
            false => Onward::Link(form.address(code, &form.category, after)),
        }
    }

    fn category(form: &Form, code: &str, category: &str) -> Onward {
        match form.tells_of_someone() {
            true => Onward::Button { name: "category", value: category.to_owned() },
            false => Onward::Link(format!("{}#services", form.address(code, category, None))),
        }
    }
}

/// A category to keep to, with how many services it has there.
struct KindLink {
    name: String,
    onward: Onward,
    count: usize,
    current: bool,
}

struct DivisionView {
    code: String,
    name: String,
    is_community: bool,
    above: Vec<PlaceLink>,
    below: Vec<PlaceLink>,
    /// Whether its code is no longer in use.
    ended: bool,
    successors: Vec<PlaceLink>,
}

/// What is equally near.
struct Group {
    nearness: String,
    name: &'static str,
    anchor: String,
    offers: Vec<Offer>,
}

/// What the town has and the village has not.
struct Elsewhere {
    id: String,
    name: String,
    category: String,
    area: String,
}

struct Offer {
    id: String,
    name: String,
    category: String,
    verdict: String,
    verdict_mark: &'static str,
    reasons: Vec<String>,
    open: Option<bool>,
    reach: Option<String>,
    phones: Vec<PhoneLink>,
    address: Option<String>,
    hours: String,
    fees: Option<String>,
}

const SERVICES: &str = "query ($community: AreaCode!, $person: PersonInput, $at: DateTime, $includeNo: Boolean!, $category: String, $first: Int!, $after: String) {
  area(code: $community) { code name level status successors { code name } path { code name } children(first: 500) { nodes { code name } } }
  availableServices(community: $community, audience: ELDERS, person: $person, at: $at, includeNo: $includeNo, category: $category, orderBy: NEAREST, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { verdict reasons { code message } isOpen nearness reachedBy { code name level }
      node { id name category phones address fees hours } }
    facets { categories { category count } }
    elsewhereInTown(first: 12) { id name category area { name } } } }";

const DIVISION: &str = "query ($community: AreaCode!) { area(code: $community) { code name level status successors { code name } path { code name } children(first: 500) { nodes { code name } } } }";

#[derive(Deserialize)]
struct DivisionAnswer {
    area: Option<Area>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServicesAnswer {
    area: Option<Area>,
    available_services: Services,
}

#[derive(Deserialize)]
struct Facets {
    categories: Vec<CategoryCount>,
}

#[derive(Deserialize)]
struct CategoryCount {
    category: String,
    count: usize,
}

#[derive(Deserialize)]
struct ElsewhereNode {
    id: String,
    name: String,
    category: String,
    area: Called,
}

#[derive(Deserialize)]
struct Called {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Services {
    total_count: i64,
    page_info: PageInfo,
    edges: Vec<ServiceEdge>,
    facets: Facets,
    elsewhere_in_town: Vec<ElsewhereNode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceEdge {
    verdict: String,
    #[serde(default)]
    reasons: Vec<ReasonNode>,
    is_open: Option<bool>,
    nearness: String,
    reached_by: Option<Reach>,
    node: ServiceNode,
}

#[derive(Deserialize)]
struct ReasonNode {
    code: String,
    message: String,
}

#[derive(Deserialize)]
struct Reach {
    name: String,
    level: String,
}

#[derive(Deserialize)]
struct ServiceNode {
    id: String,
    name: String,
    category: String,
    #[serde(default)]
    phones: Vec<String>,
    address: Option<String>,
    fees: Option<String>,
    hours: Option<String>,
}

/// `GET /communities/{code}`: what an elder can use there. What an address says of a person is not read: addresses are
/// kept and passed on.
pub async fn page(State(pages): State<Pages>, p: Chrome, Path(code): Path<String>, Query(pairs): Pairs) -> Response {
    let pairs: Vec<_> = pairs.into_iter().filter(|(name, _)| !Form::is_of_someone(name)).collect();
    shown(&pages, &p, &code, &pairs).await
}

/// `POST /communities/{code}`: the same for somebody of whom the form tells.
pub async fn asked(State(pages): State<Pages>, p: Chrome, Path(code): Path<String>, body: Bytes) -> Response {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let mut answer = shown(&pages, &p, &code, &pairs).await;
    // Back from a service, the browser shows again what it has, instead of asking whether to send the form once more.
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
}

async fn shown(pages: &Pages, p: &Chrome, code: &str, pairs: &[(String, String)]) -> Response {
    let Ok(code) = code.parse::<AreaCode>() else { return Trouble::Missing.page(p) };
    let result = if code.level() == AreaLevel::Village {
        match services(pages, p, code, pairs).await {
            Err(Trouble::Divided(_)) => division(pages, p, code).await,
            result => result,
        }
    } else {
        division(pages, p, code).await
    };
    result.unwrap_or_else(|trouble| trouble.page(p))
}

fn place(area: &Area, is_community: bool) -> DivisionView {
    let step = |step: &Step| PlaceLink {
        href: format!("/communities/{}", step.code),
        code: step.code.clone(),
        name: short(&step.name),
        path: String::new(),
    };
    DivisionView {
        code: area.code.clone(),
        name: short(&area.name),
        is_community,
        above: above(&area.path, &area.code).map(step).collect(),
        below: area.children.nodes.iter().map(step).collect(),
        ended: !matches!(area.status.as_str(), "" | "STANDS"),
        successors: area.successors.iter().map(step).collect(),
    }
}

async fn division(pages: &Pages, p: &Chrome, code: AreaCode) -> Result<Response, Trouble> {
    let answer: DivisionAnswer = pages.ask(p, DIVISION, json!({ "community": code.to_string() })).await?;
    let area = answer.area.ok_or(Trouble::Missing)?;
    let template = Community {
        p: p.clone(),
        place: place(&area, false),
        form: Form::default(),
        total: 0,
        asked: String::new(),
        as_of: String::new(),
        groups: Vec::new(),
        kinds: Vec::new(),
        elsewhere: Vec::new(),
        this_town: "",
        open_word: String::new(),
        shut_word: String::new(),
        first_page: None,
        next_page: None,
    };
    Ok(p.page(StatusCode::OK, &template))
}

async fn services(pages: &Pages, p: &Chrome, code: AreaCode, pairs: &[(String, String)]) -> Result<Response, Trouble> {
    let form = Form::read(pairs, p.lang);
    let after = pairs
        .iter()
        .find(|(name, _)| name == "after")
        .map(|(_, value)| value.as_str())
        .filter(|after| !after.is_empty());
    let code = code.to_string();
    let mut variables = json!({
        "community": code, "person": form.person(), "includeNo": form.include_no, "first": OFFERS, "after": after,
        "category": Some(&form.category).filter(|category| !category.is_empty()),
    });
    if let (Some(at), Some(fields)) = (form.instant, variables.as_object_mut()) {
        fields.insert("at".to_owned(), json!(at));
    }
    let answer: ServicesAnswer = pages.ask(p, SERVICES, variables).await?;
    let area = answer.area.ok_or(Trouble::Missing)?;
    let later = form.instant.is_some();
    let found = answer.available_services;
    let template = Community {
        p: p.clone(),
        place: place(&area, true),
        total: found.total_count,
        asked: form.in_words(p.lang),
        as_of: format::date_time(form.instant.unwrap_or_else(|| pages.clock.now()), p.lang),
        open_word: if later { p.t("届时开放", "Open then") } else { p.t("现在开放", "Open now") }.to_owned(),
        shut_word: if later { p.t("届时不开放", "Closed then") } else { p.t("现在不开放", "Closed now") }.to_owned(),
        first_page: after.map(|_| Onward::after(&form, &code, None)),
        next_page: found.page_info.next().map(|next| Onward::after(&form, &code, Some(next))),
        groups: grouped(found.edges, &area, p),
        kinds: kinds(&found.facets, &form, &code, p),
        elsewhere: elsewhere(found.elsewhere_in_town, after, p),
        this_town: this_town(&area),
        form,
    };
    Ok(p.page(StatusCode::OK, &template))
}

/// The categories of all that was found, in their order, after one link to everything.
fn kinds(found: &Facets, form: &Form, code: &str, p: &Chrome) -> Vec<KindLink> {
    let link = |category: &str, name: &str, count| KindLink {
        name: name.to_owned(),
        onward: Onward::category(form, code, category),
        count,
        current: category == form.category,
    };
    let all = found.categories.iter().map(|kind| kind.count).sum();
    let kinds = found.categories.iter().map(|CategoryCount { category, count }| {
        link(category, words::of(words::CATEGORIES, category, p.lang), *count)
    });
    std::iter::once(link("", p.t("全部", "All"), all)).chain(kinds).collect()
}

/// What stands elsewhere in the town, at the end of the first page.
fn elsewhere(found: Vec<ElsewhereNode>, after: Option<&str>, p: &Chrome) -> Vec<Elsewhere> {
    let found = found.into_iter().filter(|_| after.is_none());
    let elsewhere = |ElsewhereNode { id, name, category, area }: ElsewhereNode| {
        let category = words::of(words::CATEGORIES, &category, p.lang).to_owned();
        Elsewhere { id, name, category, area: short(&area.name) }
    };
    found.map(elsewhere).collect()
}

/// Edges in their order, under how near they are.
fn grouped(edges: Vec<ServiceEdge>, area: &Area, p: &Chrome) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for edge in edges {
        let nearness = edge.nearness.clone();
        let offer = offer(edge, p);
        match groups.last_mut().filter(|group| group.nearness == nearness) {
            Some(group) => group.offers.push(offer),
            None => groups.push(Group {
                name: near_in_words(&nearness, area, p),
                anchor: format!("near-{}", groups.len() + 1),
                nearness,
                offers: vec![offer],
            }),
        }
    }
    groups
}

/// How near something is, in the words of whoever lives there.
fn near_in_words(nearness: &str, area: &Area, p: &Chrome) -> &'static str {
    let above = |level: usize| area.path.get(level).map_or("", |step| step.name.as_str());
    match nearness {
        "COMMUNITY" if is_community(&area.name) => p.t("就在本社区", "In this community"),
        "COMMUNITY" => p.t("就在本村", "In this village"),
        "TOWN" => match (p.lang, this_town(area)) {
            (Lang::En, _) => "Elsewhere in the town",
            (Lang::Zh, "本乡") => "在本乡",
            (Lang::Zh, "本街道") => "在本街道",
            (Lang::Zh, _) => "在本镇",
        },
        "COUNTY" if above(2).ends_with('县') => p.t("在本县", "Elsewhere in the county"),
        "COUNTY" => p.t("在本区", "Elsewhere in the district"),
        "CITY" => p.t("在本市", "Elsewhere in the city"),
        "PROVINCE" => p.t("在本省", "Elsewhere in the province"),
        _ => p.t("在外省", "In another province"),
    }
}

fn is_community(name: &str) -> bool {
    name.contains("居委会") || name.contains("社区")
}

/// What the town of a village is called there.
fn this_town(area: &Area) -> &'static str {
    let town = area.path.get(3).map_or("", |step| step.name.as_str());
    match town {
        town if town.ends_with('乡') => "本乡",
        town if town.ends_with("街道") || town.ends_with("办事处") => "本街道",
        _ => "本镇",
    }
}

fn offer(edge: ServiceEdge, p: &Chrome) -> Offer {
    Offer {
        verdict: words::of(words::VERDICTS, &edge.verdict, p.lang).to_owned(),
        verdict_mark: match edge.verdict.as_str() {
            "YES" => "yes",
            "NO" => "no",
            _ => "unknown",
        },
        reasons: edge
            .reasons
            .into_iter()
            .map(|reason| if reason.message.is_empty() { reason.code } else { reason.message })
            .collect(),
        open: edge.is_open,
        reach: edge.reached_by.map(|reach| reach_in_words(&reach.level, &reach.name, p)),
        phones: edge.node.phones.iter().map(|phone| PhoneLink::of(phone)).collect(),
        category: words::of(words::CATEGORIES, &edge.node.category, p.lang).to_owned(),
        id: edge.node.id,
        name: edge.node.name,
        address: edge.node.address.filter(|text| !text.is_empty()),
        hours: edge.node.hours.unwrap_or_default(),
        fees: edge.node.fees.filter(|text| !text.is_empty()),
    }
}

/// How far a service reaches, from where the visitor stands: `本村`, `本镇`, `全区`.
fn reach_in_words(level: &str, name: &str, p: &Chrome) -> String {
    let zh = match level {
        "VILLAGE" if is_community(name) => "服务本社区",
        "VILLAGE" => "服务本村",
        "TOWN" if name.ends_with('乡') => "服务本乡",
        "TOWN" if name.ends_with("街道") || name.ends_with("办事处") => "服务本街道",
        "TOWN" => "服务本镇",
        "COUNTY" if name.ends_with('县') => "服务全县",
        "COUNTY" => "服务全区",
        "CITY" => "服务全市",
        _ => "服务全省",
    };
    let en = match level {
        "VILLAGE" => "Serves this community",
        "TOWN" => "Serves the town",
        "COUNTY" => "Serves the county",
        "CITY" => "Serves the city",
        _ => "Serves the province",
    };
    p.t(zh, en).to_owned()
}
