//! The steward's pages: the queue of proposals, one pair with its evidence, the history of merges.

use super::ask::{Trouble, ask};
use super::chrome::{AUDITORS, Chrome, STEWARDS, encode};
use super::resource::{Fact, Licence};
use super::visit::{Nodes, PageInfo, Pairs, Step, short};
use super::{Pages, format, values, words};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::http::Lang;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use schema::AreaCode;
use serde::Deserialize;
use serde_json::json;

/// What a list shows of a merge.
macro_rules! merge_line {
    () => {
        "id status probability reason decidedAt proposedAt decidedBy { kind name } undo { by at reason keepApart }
         members { office name resource { id } }"
    };
}
pub(super) use merge_line;

/// How many merges stand on one page.
const MERGES: usize = 30;
/// How many proposals are asked for at once, and how often at most.
const PROPOSALS: (usize, usize) = (500, 20);

/// A merge as lists ask for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MergeNode {
    /// Its id.
    pub id: String,
    status: String,
    probability: Option<f64>,
    reason: Option<String>,
    decided_at: DateTime<Utc>,
    decided_by: Decider,
    undo: Option<Undo>,
    members: Vec<Member>,
}

#[derive(Clone, Debug, Deserialize)]
struct Decider {
    kind: String,
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Undo {
    by: String,
    at: DateTime<Utc>,
    reason: String,
    keep_apart: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Member {
    office: String,
    name: String,
    resource: Option<HasId>,
}

/// The merges of a list.
pub type MergeNodes = Nodes<MergeNode>;

/// A merge as a line of a list.
pub struct MergeLine {
    /// Its id.
    pub id: String,
    /// Its standing in words.
    pub status: String,
    /// The badge's colour.
    pub mark: &'static str,
    /// The two names.
    pub title: String,
    /// Who decided, and when.
    pub decided: String,
    /// Why, in the decider's words.
    pub reason: Option<String>,
    /// Who undid it, when and why.
    pub undone: Option<String>,
    /// The probability, 0 to 1.
    pub score: Option<f64>,
    /// The probability in words.
    pub percent: String,
}

impl MergeNode {
    /// The merge as a line of a list.
    pub fn line(&self, p: &Chrome) -> MergeLine {
        let names: Vec<String> = self
            .members
            .iter()
            .map(|member| p.of(&member.name, words::of(words::OFFICES, &member.office, p.lang)))
            .collect();
        MergeLine {
            id: self.id.clone(),
            status: words::of(words::STATUSES, &self.status, p.lang).to_owned(),
            mark: match self.status.as_str() {
                "PROPOSED" => "unknown",
                "IN_FORCE" => "yes",
                _ => "no",
            },
            title: names.join(p.t(" 与 ", " and ")),
            decided: self.decided_in_words(p),
            reason: self.reason.clone().filter(|reason| !reason.is_empty()),
            undone: self.undo.as_ref().map(|undo| undo.in_words(p)),
            score: self.probability,
            percent: self.probability.map(format::percent).unwrap_or_default(),
        }
    }

    /// Whether the two became one resource by other merges, so that there is nothing left to decide.
    fn is_settled(&self) -> bool {
        let mut shown = self.members.iter().map(|member| &member.resource);
        match (shown.next(), shown.next()) {
            (Some(Some(one)), Some(Some(other))) => one == other,
            _ => false,
        }
    }

    fn decided_in_words(&self, p: &Chrome) -> String {
        let at = format::date_time(self.decided_at, p.lang);
        let by_rule = self.decided_by.kind == "RULE";
        let rule = words::of(words::DECISION_RULES, &self.decided_by.name, p.lang);
        let who = &self.decided_by.name;
        match (self.status.as_str(), by_rule, p.lang) {
            ("PROPOSED", _, Lang::Zh) => format!("{at} 由规则提出：{rule}"),
            ("PROPOSED", _, Lang::En) => format!("proposed by rule on {at}: {rule}"),
            (_, true, Lang::Zh) => format!("{at} 按规则自动归并：{rule}"),
            (_, true, Lang::En) => format!("merged by rule on {at}: {rule}"),
            ("REFUSED", false, Lang::Zh) => format!("{at} 资源管理员 {who} 决定不归并"),
            ("REFUSED", false, Lang::En) => format!("left apart by {who} on {at}"),
            (_, false, Lang::Zh) => format!("{at} 资源管理员 {who} 归并"),
            (_, false, Lang::En) => format!("merged by {who} on {at}"),
        }
    }
}

impl Undo {
    fn in_words(&self, p: &Chrome) -> String {
        let (at, by, reason) = (format::date_time(self.at, p.lang), &self.by, &self.reason);
        match (p.lang, self.keep_apart) {
            (Lang::Zh, true) => format!("{at} 由 {by} 撤销：{reason}（今后不再提示）"),
            (Lang::Zh, false) => format!("{at} 由 {by} 撤销：{reason}"),
            (Lang::En, true) => format!("undone by {by} on {at}: {reason} (kept apart from then on)"),
            (Lang::En, false) => format!("undone by {by} on {at}: {reason}"),
        }
    }
}

#[derive(Template)]
#[template(path = "steward.html")]
struct Queue {
    p: Chrome,
    done: Option<String>,
    total: usize,
    merges: Vec<MergeLine>,
    first_page: Option<String>,
    next_page: Option<String>,
}

const PROPOSED: &str = concat!(
    "query ($first: Int!, $after: String, $atLeast: Position) { mergeHistory(status: PROPOSED, first: $first, after: $after, atLeast: $atLeast) {
       totalCount pageInfo { hasNextPage endCursor } nodes { ",
    merge_line!(),
    " } } }"
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryAnswer {
    merge_history: Merges,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merges {
    total_count: i64,
    page_info: PageInfo,
    nodes: Vec<MergeNode>,
}

/// What was just done, in words.
fn done_in_words(p: &Chrome) -> Option<String> {
    let words = match p.done.as_deref()? {
        "merged" => p.t("已归并。目录已更新。", "Merged. The directory shows one resource."),
        "refused" => p.t("已记录：不归并，今后不再提示。", "Noted: left apart, and not asked about again."),
        "undone" => p.t("已撤销归并，恢复为归并前。", "Undone: as before the merge."),
        _ => return None,
    };
    Some(words.to_owned())
}

/// `GET /steward`: what waits for a decision, most alike first.
pub async fn queue(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    if let Err(response) = p.require(STEWARDS) {
        return *response;
    }
    let number = pairs
        .iter()
        .find(|(name, _)| name == "page")
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .unwrap_or(1)
        .max(1);
    match proposals(&pages, &p).await {
        Ok(mut all) => {
            all.retain(|proposal| !proposal.is_settled());
            all.sort_by(|a, b| {
                let (left, right) = (a.probability.unwrap_or_default(), b.probability.unwrap_or_default());
                right.total_cmp(&left).then_with(|| a.id.cmp(&b.id))
            });
            let total = all.len();
            let shown =
                all.iter().skip((number - 1).saturating_mul(MERGES)).take(MERGES).map(|merge| merge.line(&p)).collect();
            let template = Queue {
                done: done_in_words(&p),
                total,
                merges: shown,
                first_page: (number > 1).then(|| "/steward".to_owned()),
                next_page: (number.saturating_mul(MERGES) < total).then(|| format!("/steward?page={}", number + 1)),
                p: p.clone(),
            };
            p.page(StatusCode::OK, &template)
        }
        Err(trouble) => trouble.page(&p),
    }
}

/// Every proposal. The directory lists them by time, the queue by likeness.
async fn proposals(pages: &Pages, p: &Chrome) -> Result<Vec<MergeNode>, Trouble> {
    let (first, times) = PROPOSALS;
    let (mut all, mut after) = (Vec::new(), None::<String>);
    for _ in 0..times {
        let variables = json!({ "first": first, "after": after, "atLeast": p.at_least });
        let answer: HistoryAnswer = ask(&*pages.answers, p, PROPOSED, variables).await?;
        all.extend(answer.merge_history.nodes);
        after = answer.merge_history.page_info.next().map(ToOwned::to_owned);
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}

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

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct HasId {
    id: String,
}

/// `GET /steward/merges/{id}`: a pair side by side, with what speaks for and against.
pub async fn merge(State(pages): State<Pages>, p: Chrome, Path(id): Path<String>) -> Response {
    if let Err(response) = p.require(AUDITORS) {
        return *response;
    }
    match show(&pages, &p, &id).await {
        Ok(response) => response,
        Err(trouble) => trouble.page(&p),
    }
}

async fn show(pages: &Pages, p: &Chrome, id: &str) -> Result<Response, Trouble> {
    let id = id.parse::<uuid::Uuid>().map_err(|_| Trouble::Missing)?.to_string();
    let answer: MergeAnswer = ask(&*pages.answers, p, MERGE, json!({ "id": id, "atLeast": p.at_least })).await?;
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
        sides: pair.members.into_iter().map(|member| side(member, p)).collect(),
        evidence: merge.evidence.into_iter().map(|comparison| evidence(comparison, p)).collect(),
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
    let fact = |(name, value): (&'static str, String)| Fact { name, value, more: Vec::new(), chinese: true };
    Side {
        office: words::of(words::OFFICES, &member.office, p.lang).to_owned(),
        name: member.name,
        resource: member.resource.map(|resource| resource.id),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).map(fact).collect(),
    }
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

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    p: Chrome,
    filter: Filter,
    wrong: Vec<(&'static str, String)>,
    statuses: Vec<(&'static str, &'static str)>,
    deciders: Vec<(&'static str, &'static str)>,
    offices: Vec<(&'static str, &'static str)>,
    total: i64,
    merges: Vec<MergeLine>,
    first_page: Option<String>,
    next_page: Option<String>,
}

#[derive(Default)]
struct Filter {
    status: String,
    kind: String,
    office: String,
    area: String,
    actor: String,
    from: String,
    to: String,
}

const HISTORY: &str = concat!(
    "query ($area: AreaCode, $office: Office, $actor: String, $kind: DeciderKind, $status: MergeStatus, $from: DateTime, $to: DateTime,
            $first: Int!, $after: String, $atLeast: Position) {
       mergeHistory(area: $area, office: $office, actor: $actor, kind: $kind, status: $status, from: $from, to: $to,
                    first: $first, after: $after, atLeast: $atLeast) {
         totalCount pageInfo { hasNextPage endCursor } nodes { ",
    merge_line!(),
    " } } }"
);

impl Filter {
    /// The variables of the query, and what is wrong with what was entered. A wrong filter is left out and said.
    fn read(pairs: &[(String, String)], p: &Chrome) -> (Filter, serde_json::Value, Vec<(&'static str, String)>) {
        let get = |wanted: &str| {
            pairs
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.trim().chars().take(100).collect::<String>())
                .unwrap_or_default()
        };
        let filter = Filter {
            status: get("status"),
            kind: get("kind"),
            office: get("office"),
            area: get("area"),
            actor: get("actor"),
            from: get("from"),
            to: get("to"),
        };
        let (mut variables, mut wrong) = (serde_json::Map::new(), Vec::new());
        let known = |table: &'static [(&'static str, &'static str, &'static str)], code: &str| {
            table.iter().any(|(known, _, _)| *known == code)
        };
        for (name, value, table) in [
            ("status", &filter.status, words::STATUSES),
            ("kind", &filter.kind, words::DECIDERS),
            ("office", &filter.office, words::OFFICES),
        ] {
            if known(table, value) {
                variables.insert(name.to_owned(), json!(value));
            }
        }
        if !filter.actor.is_empty() {
            variables.insert("actor".to_owned(), json!(filter.actor));
        }
        if !filter.area.is_empty() {
            match filter.area.parse::<AreaCode>() {
                Ok(area) => drop(variables.insert("area".to_owned(), json!(area))),
                Err(_) => wrong.push((
                    "area",
                    p.t("区划代码应为6、9或12位数字。", "An area code has 6, 9 or 12 digits.").to_owned(),
                )),
            }
        }
        // The day `to` counts whole.
        for (name, value, time) in [
            ("from", &filter.from, NaiveTime::MIN),
            ("to", &filter.to, NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default()),
        ] {
            if value.is_empty() {
                continue;
            }
            match value.parse::<NaiveDate>().ok().and_then(|day| format::instant(day.and_time(time))) {
                Some(at) => drop(variables.insert(name.to_owned(), json!(at))),
                None => wrong
                    .push((name, p.t("日期请写成 2026-11-23 的样子。", "Write the date like 2026-11-23.").to_owned())),
            }
        }
        (filter, serde_json::Value::Object(variables), wrong)
    }

    fn address(&self, after: Option<&str>) -> String {
        let fields = [
            ("status", self.status.as_str()),
            ("kind", &self.kind),
            ("office", &self.office),
            ("area", &self.area),
            ("actor", &self.actor),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after.unwrap_or_default()),
        ];
        let parts: Vec<String> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        format!("/steward/history?{}", parts.join("&"))
    }
}

/// `GET /steward/history`: every merge that was proposed, made, refused or undone.
pub async fn history(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    if let Err(response) = p.require(AUDITORS) {
        return *response;
    }
    let (filter, mut variables, wrong) = Filter::read(&pairs, &p);
    let after = pairs
        .iter()
        .find(|(name, _)| name == "after")
        .map(|(_, value)| value.clone())
        .filter(|after| !after.is_empty());
    if let Some(fields) = variables.as_object_mut() {
        fields.insert("first".to_owned(), json!(MERGES));
        fields.insert("after".to_owned(), json!(after));
        fields.insert("atLeast".to_owned(), json!(p.at_least));
    }
    let answer: HistoryAnswer = match ask(&*pages.answers, &p, HISTORY, variables).await {
        Ok(answer) => answer,
        Err(trouble) => return trouble.page(&p),
    };
    let found = answer.merge_history;
    let named = |table: &'static [(&'static str, &'static str, &'static str)]| {
        table.iter().map(|(code, zh, en)| (*code, if p.english() { *en } else { *zh })).collect::<Vec<_>>()
    };
    let template = History {
        statuses: named(words::STATUSES),
        deciders: named(words::DECIDERS),
        offices: named(words::OFFICES),
        wrong,
        total: found.total_count,
        merges: found.nodes.iter().map(|merge| merge.line(&p)).collect(),
        first_page: after.is_some().then(|| filter.address(None)),
        next_page: found.page_info.next().map(|next| filter.address(Some(next))),
        filter,
        p: p.clone(),
    };
    p.page(StatusCode::OK, &template)
}
