//! One pair of registrations side by side, with what speaks for and against merging them.

use super::ask::Trouble;
use super::chrome::{AUDITORS, Chrome, STEWARDS};
use super::division::{Step, short};
use super::merges::{HasId, MergeLine, MergeNode, done_in_words, merge_line};
use super::resource::{Fact, Licence};
use super::sign_in::require;
use super::{Pages, format, values, words};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::http::Lang;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

#[derive(Template)]
#[template(path = "merge.html")]
struct MergePage {
    p: Chrome,
    done: Option<String>,
    merge: MergeView,
}

struct MergeView {
    line: MergeLine,
    sides: Vec<Side>,
    left: String,
    right: String,
    evidence: Vec<EvidenceLine>,
    may_decide: bool,
    is_open: bool,
    is_proposed: bool,
    is_settled: bool,
    is_in_force: bool,
}

struct Side {
    name: String,
    office: String,
    resource: Option<String>,
    facts: Vec<Fact>,
}

struct EvidenceLine {
    name: String,
    level: String,
    mark: &'static str,
    weight: String,
    left: String,
    right: String,
}

const MERGE: &str = concat!(
    "query ($id: ID!, $atLeast: Position) { merge(id: $id, atLeast: $atLeast) { ",
    merge_line!(),
    " evidence { comparison level weight left right } } pair: merge(id: $id) { members {
        name office sourceFile sourceRow status category address phones area { name path { code name } } coverage { code name }
        audiences minimumAge maximumAge conditions hours fees capacity creditCode licence { standing number expires }
        registeredOn resource { id } } } }"
);

#[derive(Deserialize)]
struct MergeAnswer {
    merge: Option<MergeWithEvidence>,
    pair: Option<Pair>,
}

#[derive(Deserialize)]
struct MergeWithEvidence {
    #[serde(flatten)]
    node: MergeNode,
    evidence: Vec<Comparison>,
}

#[derive(Deserialize)]
struct Comparison {
    comparison: String,
    level: String,
    weight: f64,
    left: Option<String>,
    right: Option<String>,
}

#[derive(Deserialize)]
struct Pair {
    members: Vec<Registration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    name: String,
    office: String,
    source_file: Option<String>,
    source_row: Option<i64>,
    status: String,
    category: String,
    address: Option<String>,
    #[serde(default)]
    phones: Vec<String>,
    area: Area,
    #[serde(default)]
    coverage: Vec<Step>,
    #[serde(default)]
    audiences: Vec<String>,
    minimum_age: Option<u64>,
    maximum_age: Option<u64>,
    #[serde(default)]
    conditions: Vec<String>,
    hours: Option<String>,
    fees: Option<String>,
    capacity: Option<i64>,
    credit_code: Option<String>,
    licence: Option<Licence>,
    registered_on: Option<NaiveDate>,
    resource: Option<HasId>,
}

#[derive(Deserialize)]
struct Area {
    path: Vec<Step>,
}

/// `GET /steward/merges/{id}`: a pair side by side, with what speaks for and against.
pub async fn page(State(pages): State<Pages>, p: Chrome, Path(id): Path<String>) -> Response {
    if let Err(response) = require(&p, AUDITORS) {
        return *response;
    }
    match show(&pages, &p, &id).await {
        Ok(response) => response,
        Err(trouble) => trouble.page(&p),
    }
}

async fn show(pages: &Pages, p: &Chrome, id: &str) -> Result<Response, Trouble> {
    let id = id.parse::<uuid::Uuid>().map_err(|_| Trouble::Missing)?.to_string();
    let answer: MergeAnswer = pages.ask(p, MERGE, json!({ "id": id, "atLeast": p.at_least })).await?;
    let (Some(merge), Some(pair)) = (answer.merge, answer.pair) else { return Err(Trouble::Missing) };
    let may_decide = p.is_any(STEWARDS);
    // Two registrations of one office are told apart by their rows.
    let alike = matches!(pair.members.as_slice(), [one, other] if one.office == other.office);
    let side_name = |member: Option<&Registration>| match member {
        Some(member) => {
            let office = words::of(words::OFFICES, &member.office, p.lang);
            match member.source_row.filter(|_| alike) {
                Some(row) => p.of(office, &row_in_words(row, p.lang)),
                None => office.to_owned(),
            }
        }
        None => String::new(),
    };
    let view = MergeView {
        left: side_name(pair.members.first()),
        right: side_name(pair.members.get(1)),
        sides: aligned(pair.members.into_iter().map(|member| side(member, p)).collect(), p),
        evidence: merge.evidence.into_iter().map(|comparison| evidence(comparison, p)).collect(),
        may_decide,
        is_open: merge.node.status == "PROPOSED" && !merge.node.is_settled(),
        is_proposed: may_decide && merge.node.status == "PROPOSED" && !merge.node.is_settled(),
        is_settled: merge.node.status == "PROPOSED" && merge.node.is_settled(),
        is_in_force: may_decide && merge.node.status == "IN_FORCE",
        line: merge.node.line(p),
    };
    Ok(p.page(StatusCode::OK, &MergePage { p: p.clone(), done: done_in_words(p), merge: view }))
}

fn row_in_words(row: i64, lang: Lang) -> String {
    lang.pick(format!("第{row}行"), format!("row {row}"))
}

fn side(member: Registration, p: &Chrome) -> Side {
    let t = |zh: &'static str, en: &'static str| match p.lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    let named = |table, codes: &[String]| {
        codes.iter().map(|code| words::of(table, code, p.lang)).collect::<Vec<_>>().join("、")
    };
    let place: Vec<String> = member.area.path.iter().skip(2).map(|step| short(&step.name)).collect();
    let file = match (&member.source_file, member.source_row) {
        (Some(file), Some(row)) => match p.lang {
            Lang::Zh => format!("{file} 第{row}行"),
            Lang::En => format!("{file}, row {row}"),
        },
        (Some(file), None) => file.clone(),
        (None, _) => t("在线填报", "form").to_owned(),
    };
    let facts = [
        (t("服务类别", "Category"), words::of(words::CATEGORIES, &member.category, p.lang).to_owned()),
        (t("所在地", "Place"), place.join(" › ")),
        (t("地址", "Address"), member.address.unwrap_or_default()),
        (t("电话", "Telephone"), member.phones.iter().map(|phone| format::phone(phone)).collect::<Vec<_>>().join("、")),
        (t("开放时间", "Hours"), member.hours.unwrap_or_default()),
        (
            t("服务范围", "Area served"),
            member.coverage.iter().map(|area| short(&area.name)).collect::<Vec<_>>().join("、"),
        ),
        (t("服务对象", "For"), named(words::AUDIENCES, &member.audiences)),
        (t("年龄", "Age"), values::ages(member.minimum_age, member.maximum_age, p.lang)),
        (t("条件", "Conditions"), named(words::CONDITIONS, &member.conditions)),
        (t("名额", "Places"), member.capacity.map(|places| places.to_string()).unwrap_or_default()),
        (t("收费", "Fees"), member.fees.unwrap_or_default()),
        (t("信用代码", "Credit code"), member.credit_code.unwrap_or_default()),
        (t("许可", "Licence"), member.licence.map(|licence| licence.in_words(p.lang)).unwrap_or_default()),
        (t("登记日期", "Registered on"), member.registered_on.map(|day| format::date(day, p.lang)).unwrap_or_default()),
        (t("信息来源", "Source"), file),
        (t("状态", "Standing"), words::of(words::STANDINGS, &member.status, p.lang).to_owned()),
    ];
    let chinese = [
        t("所在地", "Place"),
        t("地址", "Address"),
        t("开放时间", "Hours"),
        t("服务范围", "Area served"),
        t("收费", "Fees"),
    ];
    let fact = |(name, value): (&'static str, String)| Fact {
        name,
        value,
        more: Vec::new(),
        chinese: chinese.contains(&name),
    };
    Side {
        office: words::of(words::OFFICES, &member.office, p.lang).to_owned(),
        name: member.name,
        resource: member.resource.map(|resource| resource.id),
        facts: facts.map(fact).into(),
    }
}

/// The sides with the same facts in the same order: what neither says is left out, what one does not say is blank.
fn aligned(mut sides: Vec<Side>, p: &Chrome) -> Vec<Side> {
    let said: Vec<&'static str> =
        sides.iter().flat_map(|side| &side.facts).filter(|fact| !fact.value.is_empty()).map(|fact| fact.name).collect();
    for side in &mut sides {
        side.facts.retain(|fact| said.contains(&fact.name));
        for fact in side.facts.iter_mut().filter(|fact| fact.value.is_empty()) {
            *fact = Fact {
                value: p.t("（未填）", "(blank)").to_owned(),
                chinese: false,
                name: fact.name,
                more: Vec::new(),
            };
        }
    }
    sides
}

fn evidence(comparison: Comparison, p: &Chrome) -> EvidenceLine {
    let shown = |value: Option<String>| match value.filter(|value| !value.is_empty()) {
        Some(value) => values::in_words(&comparison.comparison, &serde_json::Value::String(value), p.lang),
        None => p.t("（未填）", "(blank)").to_owned(),
    };
    EvidenceLine {
        left: shown(comparison.left),
        right: shown(comparison.right),
        name: words::of(words::COMPARISONS, &comparison.comparison, p.lang).to_owned(),
        level: words::of(words::LEVELS, &comparison.level, p.lang).to_owned(),
        mark: match comparison.weight {
            weight if weight > 0.5 => "yes",
            weight if weight < -0.5 => "bad",
            _ => "plain",
        },
        weight: format::weight(comparison.weight),
    }
}
