//! How good the centre's merges are, held against a truth that the product never sees.

use crate::api::Api;
use crate::files;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// Pairs of registrations that really are the same thing.
    pub true_pairs: usize,
    /// Pairs that stand in one group because of merges by rule.
    pub merged_pairs: usize,
    /// Of those, the ones that really are the same thing.
    pub merged_right: usize,
    /// Merges in force that a rule made.
    pub merges: usize,
    /// Of those, the ones whose two registrations really are the same thing.
    pub merges_right: usize,
    /// Open proposals.
    pub proposals: usize,
    /// Of those, the ones whose two registrations really are the same thing.
    pub proposals_right: usize,
    /// True pairs that stand in one group, or would once the right proposals were accepted.
    pub found: usize,
}

impl Quality {
    /// Of the pairs merged by rule, the part that is right.
    pub fn precision(&self) -> f64 {
        ratio(self.merged_right, self.merged_pairs)
    }

    /// Of the true pairs, the part merged or proposed.
    pub fn recall(&self) -> f64 {
        ratio(self.found, self.true_pairs)
    }

    /// Of the proposals, the part that is wrong.
    pub fn wrong_proposals(&self) -> f64 {
        ratio(self.proposals - self.proposals_right, self.proposals)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    let as_f64 = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { as_f64(part) / as_f64(whole) }
}

const REGISTRATIONS: &str = "query ($first: Int, $after: String) { registrations(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id office sourceRow } } } }";

const MERGES: &str = "query ($first: Int, $after: String) { mergeHistory(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { status members { id } decidedBy { kind } } } } }";

/// Measures a loaded demonstration through its published interfaces. The client must be a steward's.
pub async fn measure(steward: &Api) -> Quality {
    let mut entity_of_row = BTreeMap::new();
    for row in files::table(&files::data("truth.csv")) {
        let office = files::cell(&row, "office").to_uppercase();
        entity_of_row.insert((office, files::cell(&row, "row").to_owned()), files::cell(&row, "entity").to_owned());
    }
    let mut entities: BTreeMap<String, String> = BTreeMap::new();
    for edge in steward.all(REGISTRATIONS, "registrations", json!({})).await {
        let node = &edge["node"];
        let row = (text(&node["office"]), node["sourceRow"].to_string());
        let entity = entity_of_row.get(&row).unwrap_or_else(|| panic!("the truth has no {row:?}"));
        entities.insert(text(&node["id"]), entity.clone());
    }
    let mut by_rule = Vec::new();
    let mut proposed = Vec::new();
    for edge in steward.all(MERGES, "mergeHistory", json!({})).await {
        let node = &edge["node"];
        let pair = (text(&node["members"][0]["id"]), text(&node["members"][1]["id"]));
        match (node["status"].as_str(), node["decidedBy"]["kind"].as_str()) {
            (Some("IN_FORCE"), Some("RULE")) => by_rule.push(pair),
            (Some("PROPOSED"), _) => proposed.push(pair),
            _ => {}
        }
    }
    judge(&entities, &by_rule, &proposed)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

type Pair = (String, String);

/// Judges merges and proposals by what each registration really is.
fn judge(entities: &BTreeMap<String, String>, by_rule: &[Pair], proposed: &[Pair]) -> Quality {
    let is_right = |pair: &&Pair| entities[&pair.0] == entities[&pair.1];
    let merged = pairs_within(&groups(entities.keys(), by_rule.iter()));
    let right_proposals: Vec<&Pair> = proposed.iter().filter(is_right).collect();
    let reachable = pairs_within(&groups(entities.keys(), by_rule.iter().chain(right_proposals.iter().copied())));
    let mut by_entity: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (registration, entity) in entities {
        by_entity.entry(entity).or_default().push(registration);
    }
    let same: Vec<Vec<&str>> = by_entity.into_values().collect();
    let truth = pairs_within(&same);
    Quality {
        true_pairs: truth.len(),
        merged_pairs: merged.len(),
        merged_right: merged.intersection(&truth).count(),
        merges: by_rule.len(),
        merges_right: by_rule.iter().filter(is_right).count(),
        proposals: proposed.len(),
        proposals_right: right_proposals.len(),
        found: reachable.intersection(&truth).count(),
    }
}

/// The groups that pairs join registrations into.
fn groups<'a>(
    registrations: impl Iterator<Item = &'a String>,
    pairs: impl Iterator<Item = &'a Pair>,
) -> Vec<Vec<&'a str>> {
    let mut members: BTreeMap<&str, Vec<&str>> = registrations.map(|one| (one.as_str(), vec![one.as_str()])).collect();
    let mut group_of: BTreeMap<&str, &str> = members.keys().map(|one| (*one, *one)).collect();
    for (one, other) in pairs {
        let (kept, gone) = (group_of[one.as_str()], group_of[other.as_str()]);
        if kept == gone {
            continue;
        }
        let moved = members.remove(gone).unwrap_or_default();
        for registration in &moved {
            group_of.insert(registration, kept);
        }
        members.entry(kept).or_default().extend(moved);
    }
    members.into_values().collect()
}

/// Every pair within a group, the smaller id first.
fn pairs_within<'a>(groups: &[Vec<&'a str>]) -> BTreeSet<(&'a str, &'a str)> {
    let mut pairs = BTreeSet::new();
    for group in groups {
        for (index, one) in group.iter().enumerate() {
            for other in &group[index + 1..] {
                pairs.insert(if one < other { (*one, *other) } else { (*other, *one) });
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_merge_costs_precision_and_a_right_proposal_counts_as_found() {
        let entities = ["a1", "a2", "a3", "b1", "c1"].map(|one| (one.to_owned(), one[..1].to_owned()));
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        let merged = [pair("a1", "a2"), pair("b1", "a1")];
        let proposed = [pair("a2", "a3"), pair("c1", "b1")];
        let quality = judge(&entities.into_iter().collect(), &merged, &proposed);
        assert_eq!((quality.true_pairs, quality.found), (3, 3));
        assert_eq!((quality.merged_pairs, quality.merged_right), (3, 1));
        assert_eq!((quality.merges, quality.merges_right), (2, 1));
        assert_eq!((quality.proposals, quality.proposals_right), (2, 1));
    }
}
