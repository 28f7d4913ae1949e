//! Merges as the lines of a list: in the queue, in the history, below a resource.

use super::ask::{Nodes, PageInfo};
use super::chrome::Chrome;
use super::{format, words};
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// What a list shows of a merge.
macro_rules! merge_line {
    () => {
        "id status probability reason decidedAt proposedAt decidedBy { kind name } undo { by at reason keepApart }
         members { office name resource { id } }"
    };
}
pub(super) use merge_line;

/// How many merges stand on one page.
pub const MERGES: usize = 30;

/// A merge as lists ask for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MergeNode {
    /// Its id.
    pub id: String,
    /// Its standing: `PROPOSED`, `IN_FORCE`, `REFUSED` or `UNDONE`.
    pub status: String,
    /// How likely the two are one and the same, 0 to 1; none when a steward decided without the model.
    pub probability: Option<f64>,
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
    pub fn is_settled(&self) -> bool {
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

/// A page of the history of merges.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryAnswer {
    /// The connection.
    pub merge_history: Merges,
}

/// Some of the merges that were asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merges {
    /// How many there are in all.
    pub total_count: i64,
    /// Where this page ends.
    pub page_info: PageInfo,
    /// The merges of this page.
    pub nodes: Vec<MergeNode>,
}

/// What was just done, in words.
pub fn done_in_words(p: &Chrome) -> Option<String> {
    let words = match p.done.as_deref()? {
        "merged" => p.t("已归并。目录已更新。", "Merged. The directory shows one resource."),
        "refused" => p.t("已记录：不归并，今后不再提示。", "Noted: left apart, and not asked about again."),
        "undone" => p.t("已撤销归并，恢复为归并前。", "Undone: as before the merge."),
        _ => return None,
    };
    Some(words.to_owned())
}

/// Something that is known by its id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HasId {
    /// The id.
    pub id: String,
}
