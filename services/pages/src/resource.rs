//! One resource: what it is, who registered it, and why each value is what it is.

use super::ask::Trouble;
use super::chrome::{AUDITORS, Chrome};
use super::division::{Step, short};
use super::format::PhoneLink;
use super::merges::{MergeLine, MergeNode, MergeNodes, merge_line};
use super::{Pages, format, values, words};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chassis::http::Lang;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Template)]
#[template(path = "resource.html")]
struct ResourcePage {
    p: Chrome,
    card: Card,
}

struct Card {
    id: String,
    name: String,
    category: String,
    kind: Option<String>,
    moved: Option<String>,
    withdrawn: bool,
    /// That its licence has lapsed, in words.
    lapsed: Option<String>,
    above: Vec<Step>,
    phones: Vec<PhoneLink>,
    facts: Vec<Fact>,
    /// What else the provider offers there.
    others: Vec<Other>,
    sources: Vec<SourceLine>,
    provenance: Vec<FieldLine>,
    for_steward: bool,
    merges: Vec<MergeLine>,
}

/// A named value on a page.
pub struct Fact {
    /// What it is called.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// Smaller lines below it.
    pub more: Vec<String>,
    /// Whether the value is Chinese whatever the page is in.
    pub chinese: bool,
}

#[derive(Deserialize)]
struct Other {
    id: String,
    category: String,
    name: String,
}

struct SourceLine {
    id: String,
    office: String,
    file: String,
    row: String,
}

struct FieldLine {
    name: String,
    rule: String,
    winner: String,
    losing: Vec<LosingLine>,
}

struct LosingLine {
    office: String,
    value: String,
}

const RESOURCE: &str = "query ($id: ID!, $atLeast: Position) { resource(id: $id, atLeast: $atLeast) {
  id redirectedFrom status kind name category provider { name creditCode } phones address
  area { name path { code name } } coverage { code name } audiences minimumAge maximumAge conditions eligibilityNote
  hours schedules { rrule dtstart opensAt durationMinutes except } isOpen fees capacity vacancy vacancyAsOf documents documentsNote homeVisits licence { standing number expires }
  sources { id office name sourceFile sourceRow } sameProvider { id category name } changedAt
  provenance { field rule winner { id office } losing { value registration { id office } } } } }";

#[derive(Deserialize)]
struct ResourceAnswer {
    resource: Option<Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    id: String,
    redirected_from: Option<String>,
    status: String,
    kind: String,
    name: String,
    category: String,
    provider: Provider,
    phones: Vec<String>,
    address: Option<String>,
    area: AreaNode,
    coverage: Vec<Step>,
    audiences: Vec<String>,
    minimum_age: Option<u64>,
    maximum_age: Option<u64>,
    conditions: Vec<String>,
    eligibility_note: Option<String>,
    hours: Option<String>,
    schedules: Vec<Schedule>,
    is_open: Option<bool>,
    fees: Option<String>,
    capacity: Option<u64>,
    vacancy: Option<u64>,
    vacancy_as_of: Option<String>,
    documents: Vec<String>,
    documents_note: Option<String>,
    home_visits: Option<bool>,
    licence: Licence,
    sources: Vec<SourceNode>,
    same_provider: Vec<Other>,
    changed_at: DateTime<Utc>,
    provenance: Vec<Provenance>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    name: String,
    credit_code: Option<String>,
}

#[derive(Deserialize)]
struct AreaNode {
    name: String,
    path: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schedule {
    rrule: String,
    dtstart: Option<NaiveDate>,
    opens_at: String,
    duration_minutes: u32,
    #[serde(default)]
    except: Vec<NaiveDate>,
}

/// A licence as the directory shows it.
#[derive(Deserialize)]
pub struct Licence {
    standing: String,
    number: Option<String>,
    expires: Option<NaiveDate>,
}

/// A registration as a source.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceNode {
    /// Its id.
    pub id: String,
    /// Whose.
    pub office: String,
    /// Its own name.
    #[serde(default)]
    pub name: String,
    /// The file it was handed in with.
    pub source_file: Option<String>,
    /// The data row.
    pub source_row: Option<i64>,
}

#[derive(Deserialize)]
struct Provenance {
    field: String,
    rule: String,
    winner: Option<Whose>,
    losing: Vec<Losing>,
}

#[derive(Deserialize)]
struct Losing {
    value: Value,
    registration: Whose,
}

#[derive(Deserialize)]
struct Whose {
    id: String,
    office: String,
}

const MERGES: &str = concat!(
    "query ($registration: ID!) { mergeHistory(registration: $registration, first: 50) { nodes { ",
    merge_line!(),
    " } } }"
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MergesAnswer {
    merge_history: MergeNodes,
}

/// `GET /resources/{id}`
pub async fn page(State(pages): State<Pages>, p: Chrome, Path(id): Path<String>) -> Response {
    match show(&pages, &p, &id).await {
        Ok(response) => response,
        Err(trouble) => trouble.page(&p),
    }
}

async fn show(pages: &Pages, p: &Chrome, id: &str) -> Result<Response, Trouble> {
    let (id, from) = match id.parse::<uuid::Uuid>() {
        Ok(id) => (id.to_string(), p.query("from").filter(|from| from.parse::<uuid::Uuid>().is_ok())),
        Err(_) => return Err(Trouble::Missing),
    };
    let answer: ResourceAnswer = pages.ask(p, RESOURCE, json!({ "id": id, "atLeast": p.at_least })).await?;
    let resource = answer.resource.ok_or(Trouble::Missing)?;
    if resource.id != id {
        return Ok(Redirect::temporary(&format!("/resources/{}?from={id}", resource.id)).into_response());
    }
    let for_steward = p.is_any(AUDITORS);
    let mut merges: Vec<MergeNode> = Vec::new();
    if for_steward {
        for source in &resource.sources {
            let answer: MergesAnswer = pages.ask(p, MERGES, json!({ "registration": source.id })).await?;
            for merge in answer.merge_history.nodes {
                if merges.iter().all(|known| known.id != merge.id) {
                    merges.push(merge);
                }
            }
        }
    }
    let merges = merges.iter().map(|merge| merge.line(p)).collect();
    Ok(p.page(StatusCode::OK, &ResourcePage { p: p.clone(), card: card(resource, from, for_steward, merges, p) }))
}

fn card(resource: Resource, moved: Option<String>, for_steward: bool, merges: Vec<MergeLine>, p: &Chrome) -> Card {
    let facts = facts(&resource, p);
    let office = |code: &str| words::of(words::OFFICES, code, p.lang).to_owned();
    // Two registrations of one office are told apart by their rows.
    let whose = |whose: &Whose| match resource
        .sources
        .iter()
        .find(|source| source.id == whose.id)
        .and_then(|source| source.source_row)
    {
        Some(row) if resource.sources.iter().filter(|source| source.office == whose.office).count() > 1 => match p.lang
        {
            Lang::Zh => format!("{}（第{row}行）", office(&whose.office)),
            Lang::En => format!("{} (row {row})", office(&whose.office)),
        },
        Some(_) | None => office(&whose.office),
    };
    let provenance = resource
        .provenance
        .iter()
        .map(|field| FieldLine {
            name: words::of(words::FIELDS, &field.field, p.lang).to_owned(),
            rule: rule_in_words(&field.rule, p.lang),
            winner: match (field.rule.as_str(), &field.winner) {
                ("agreed", _) => p.t("各家", "all").to_owned(),
                (_, Some(winner)) => whose(winner),
                (_, None) => p.t("多家", "several").to_owned(),
            },
            losing: field
                .losing
                .iter()
                .map(|losing| LosingLine {
                    office: whose(&losing.registration),
                    value: match values::in_words(&field.field, &losing.value, p.lang) {
                        blank if blank.is_empty() => p.t("（未填）", "(blank)").to_owned(),
                        value => value,
                    },
                })
                .collect(),
        })
        .collect();
    let lapsed = resource.lapsed().then(|| resource.licence.in_words(p.lang));
    Card {
        lapsed,
        category: words::of(words::CATEGORIES, &resource.category, p.lang).to_owned(),
        kind: Some(words::of(words::KINDS, &resource.kind, p.lang).to_owned()),
        moved: moved.or(resource.redirected_from),
        withdrawn: !matches!(resource.status.as_str(), "SHOWN" | "LAPSED"),
        above: resource
            .area
            .path
            .into_iter()
            .skip(2)
            .map(|step| Step { name: short(&step.name), code: step.code })
            .collect(),
        phones: resource.phones.iter().map(|phone| PhoneLink::of(phone)).collect(),
        others: resource
            .same_provider
            .into_iter()
            .map(|other| Other { category: words::of(words::CATEGORIES, &other.category, p.lang).to_owned(), ..other })
            .collect(),
        sources: resource
            .sources
            .iter()
            .map(|source| SourceLine {
                id: source.id.clone(),
                office: office(&source.office),
                file: source.source_file.clone().unwrap_or_else(|| p.t("在线填报", "form").to_owned()),
                row: source.source_row.map(|row| row.to_string()).unwrap_or_default(),
            })
            .collect(),
        id: resource.id,
        name: resource.name,
        facts,
        provenance,
        for_steward,
        merges,
    }
}

/// A rule in words; one per office is spelled from its name.
fn rule_in_words(rule: &str, lang: Lang) -> String {
    words::of(words::RULES, rule, lang).to_owned()
}

fn facts(resource: &Resource, p: &Chrome) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut push = |name: &'static str, value: String, more: Vec<String>, chinese: bool| {
        if !value.is_empty() {
            facts.push(Fact { name, value, more, chinese });
        }
    };
    let zh = |zh: &'static str, en: &'static str| match p.lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let (hours, original) = hours_in_words(resource, p);
    push(zh("开放时间", "Hours"), hours, original, false);
    push(zh("地址", "Address"), resource.address.clone().unwrap_or_default(), Vec::new(), true);
    push(zh("所在地", "AreaNode"), short(&resource.area.name), Vec::new(), true);
    push(
        zh("服务范围", "Area served"),
        resource.coverage.iter().map(|area| short(&area.name)).collect::<Vec<_>>().join("、"),
        Vec::new(),
        true,
    );
    push(zh("服务对象", "Whom it is for"), whom(resource, p.lang), Vec::new(), false);
    push(zh("收费", "Fees"), resource.fees.clone().unwrap_or_default(), Vec::new(), true);
    push(
        zh("名额", "Places"),
        resource.capacity.map(|places| places.to_string()).unwrap_or_default(),
        Vec::new(),
        false,
    );
    let vacancy = values::vacancy(resource.vacancy, resource.vacancy_as_of.as_deref(), p.lang);
    push(zh("空余名额", "Free places"), vacancy, Vec::new(), false);
    let named = resource.documents.iter().map(|kind| words::of(words::DOCUMENTS, kind, p.lang));
    let documents = match &resource.documents_note {
        Some(note) => note.clone(),
        None => named.collect::<Vec<_>>().join(zh("、", ", ")),
    };
    push(zh("所需材料", "What to bring"), documents, Vec::new(), true);
    let visits = resource.home_visits.map(|visits| {
        if visits { zh("可以上门", "Comes to the home") } else { zh("不上门", "Does not come to the home") }
    });
    push(zh("上门服务", "Home visits"), visits.unwrap_or_default().to_owned(), Vec::new(), false);
    push(zh("执业许可", "Licence"), resource.licence.in_words(p.lang), Vec::new(), false);
    let provider = if resource.provider.name == resource.name { String::new() } else { resource.provider.name.clone() };
    push(zh("提供者", "Provider"), provider, Vec::new(), true);
    push(
        zh("统一社会信用代码", "Credit code"),
        resource.provider.credit_code.clone().unwrap_or_default(),
        Vec::new(),
        false,
    );
    push(zh("最近更新", "Last changed"), format::date_time(resource.changed_at, p.lang), Vec::new(), false);
    facts
}

/// The hours as understood, and below them the office's own words where they differ.
fn hours_in_words(resource: &Resource, p: &Chrome) -> (String, Vec<String>) {
    let own = resource.hours.clone().unwrap_or_default();
    let understood: Vec<String> = resource.schedules.iter().filter_map(|schedule| schedule.in_words(p.lang)).collect();
    let mut words = match (understood.is_empty() || understood.len() < resource.schedules.len(), own.is_empty()) {
        (true, true) => p.t("不详，请打电话问", "Unknown: please ask by telephone").to_owned(),
        (true, false) => own.clone(),
        (false, _) => understood.join(p.t("；", "; ")),
    };
    match resource.is_open.filter(|_| !resource.lapsed()) {
        Some(true) => words.push_str(p.t("（现在开放）", " (open now)")),
        Some(false) => words.push_str(p.t("（现在不开放）", " (closed now)")),
        None => {}
    }
    let original = if own.is_empty() || words.starts_with(&own) {
        Vec::new()
    } else {
        vec![format!("{}{own}", p.t("登记原文：", "As registered: "))]
    };
    (words, original)
}

impl Schedule {
    fn in_words(&self, lang: Lang) -> Option<String> {
        let opens = NaiveTime::parse_from_str(&self.opens_at, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(&self.opens_at, "%H:%M"))
            .ok()?;
        let mut words = format::schedule(&self.rrule, opens, self.duration_minutes, lang)?;
        if let Some(from) = self.dtstart {
            words.push_str(&match lang {
                Lang::Zh => format!("（{}起）", format::date(from, lang)),
                Lang::En => format!(" (from {})", format::date(from, lang)),
            });
        }
        if !self.except.is_empty() {
            let days: Vec<String> = self.except.iter().map(|day| format::date(*day, lang)).collect();
            words.push_str(&match lang {
                Lang::Zh => format!("（{}除外）", days.join("、")),
                Lang::En => format!(" (except {})", days.join(", ")),
            });
        }
        Some(words)
    }
}

impl Resource {
    /// Whether its licence has lapsed, so that it serves nobody whatever its hours.
    fn lapsed(&self) -> bool {
        self.status == "LAPSED"
    }
}

impl Licence {
    /// Whether it has lapsed.
    pub fn has_lapsed(&self) -> bool {
        self.standing == "LAPSED"
    }

    /// The licence in words; blank when none is needed.
    pub fn in_words(&self, lang: Lang) -> String {
        let until = self.expires.map(|day| format::date(day, lang));
        let standing = match (self.standing.as_str(), until, lang) {
            ("NOT_REQUIRED", _, _) => return String::new(),
            ("LAPSED", Some(day), Lang::Zh) => format!("已于{day}到期"),
            ("LAPSED", Some(day), Lang::En) => format!("lapsed on {day}"),
            (_, Some(day), Lang::Zh) => format!("有效期至{day}"),
            (_, Some(day), Lang::En) => format!("valid until {day}"),
            (_, None, Lang::Zh) => "有效期不详，待核实".to_owned(),
            (_, None, Lang::En) => "validity unknown, to be checked".to_owned(),
        };
        match &self.number {
            Some(number) => format!("{number} {standing}"),
            None => standing,
        }
    }
}

/// Whom a resource is for, in words.
fn whom(resource: &Resource, lang: Lang) -> String {
    let named =
        |table, codes: &[String]| codes.iter().map(|code| words::of(table, code, lang).to_owned()).collect::<Vec<_>>();
    let (comma, or) = match lang {
        Lang::Zh => ("、", "或"),
        Lang::En => (", ", " or "),
    };
    let conditions = named(words::CONDITIONS, &resource.conditions).join(or);
    let parts = [
        named(words::AUDIENCES, &resource.audiences).join(comma),
        values::ages(resource.minimum_age, resource.maximum_age, lang),
        conditions,
        resource.eligibility_note.clone().unwrap_or_default(),
    ];
    let said: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if said.is_empty() {
        return match lang {
            Lang::Zh => "登记时没有写明，待核实".to_owned(),
            Lang::En => "not said, to be checked".to_owned(),
        };
    }
    said.join(match lang {
        Lang::Zh => "，",
        Lang::En => "; ",
    })
}
