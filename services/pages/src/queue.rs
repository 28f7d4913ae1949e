//! The queue of proposed merges.

use super::Pages;
use super::ask::Trouble;
use super::chrome::{Chrome, Pairs, STEWARDS};
use super::merges::{HistoryAnswer, MERGES, MergeLine, MergeNode, done_in_words, merge_line};
use super::sign_in::require;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chassis::app::parked;
use serde_json::json;

/// How many proposals are asked for at once, and how often at most.
const PROPOSALS: (usize, usize) = (500, 20);

#[derive(Template)]
#[template(path = "steward.html")]
struct Queue {
    p: Chrome,
    done: Option<String>,
    total: usize,
    /// How much is set aside.
    parked: usize,
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

/// `GET /steward`: what waits for a decision, most alike first.
pub async fn page(State(pages): State<Pages>, p: Chrome, Query(pairs): Pairs) -> Response {
    if let Err(response) = require(&p, STEWARDS) {
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
                parked: parked(&pages.health).len(),
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
        let answer: HistoryAnswer = pages.ask(p, PROPOSED, variables).await?;
        all.extend(answer.merge_history.nodes);
        after = answer.merge_history.page_info.next().map(ToOwned::to_owned);
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}
