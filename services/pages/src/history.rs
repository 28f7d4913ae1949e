//! The history of merges, for those who audit it.

use super::chrome::{AUDITORS, Chrome, Pairs, address};
use super::merges::{HistoryAnswer, MERGES, MergeLine, merge_line};
use super::sign_in::require;
use super::{Pages, format, words};
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{NaiveDate, NaiveTime};
use schema::AreaCode;
use serde_json::json;

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

impl History {
    /// What is wrong with this field, if anything.
    fn wrong_with(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|(name, _)| *name == field).map(|(_, reason)| reason.as_str())
    }
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
            ("kind", self.kind.as_str()),
            ("office", &self.office),
            ("area", &self.area),
            ("actor", &self.actor),
            ("from", &self.from),
            ("to", &self.to),
            ("after", after.unwrap_or_default()),
        ];
        address("/steward/history", fields)
    }
}

/// `GET /steward/history`: every merge that was proposed, made, refused or undone.
pub async fn page(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    if let Err(response) = require(&p, AUDITORS) {
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
    let answer: HistoryAnswer = match pages.ask(&p, HISTORY, variables).await {
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
