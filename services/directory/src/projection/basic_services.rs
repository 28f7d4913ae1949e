//! What is owed to elders, as the lists of each scope have it.

use super::{AsOf, Dated, Stamp};
use chrono::NaiveDate;
use imbl::OrdMap;
use schema::Scope;
use schema::basic_services::{BasicService, BasicServiceList};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The lists, by scope, in the order in which they were adopted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BasicServiceLists(OrdMap<Scope, Vec<Dated<Arc<BasicServiceList>>>>);

/// An item that is owed in a division.
#[derive(Clone, Debug, PartialEq)]
pub struct OwedService {
    /// The item.
    pub item: BasicService,
    /// The list that has it.
    pub list: Arc<BasicServiceList>,
    /// Whose list that is.
    pub scope: Scope,
}

impl BasicServiceLists {
    pub(super) fn fold(&mut self, scope: Scope, list: BasicServiceList, stamp: Stamp) {
        self.0.entry(scope).or_default().push(stamp.dated(Arc::new(list)));
    }

    /// The list that counts in a scope on a day: of those that do by then, the one of the latest first day, and of these what
    /// was adopted last.
    pub fn in_force(&self, scope: Scope, day: NaiveDate, as_of: AsOf) -> Option<&Arc<BasicServiceList>> {
        let seen = self.0.get(&scope)?.iter().filter(|list| as_of.sees(list.from)).map(|list| &list.value);
        seen.filter(|list| list.in_force_from <= day).max_by_key(|list| list.in_force_from)
    }

    /// What is owed where a scope and those above it have settled it: the widest list first, each in its own order. An item
    /// that a narrower list names again is the narrower one's, in the place where it stood.
    pub fn owed(&self, scope: Scope, day: NaiveDate, as_of: AsOf) -> Vec<OwedService> {
        let mut scopes: Vec<Scope> = std::iter::once(scope).chain(scope.above()).collect();
        scopes.reverse();
        let mut owed: Vec<OwedService> = Vec::new();
        for scope in scopes {
            let Some(list) = self.in_force(scope, day, as_of) else { continue };
            for item in &list.items {
                let own = OwedService { item: item.clone(), list: Arc::clone(list), scope };
                match owed.iter_mut().find(|known| known.item.code == item.code) {
                    Some(known) => *known = own,
                    None => owed.push(own),
                }
            }
        }
        owed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::Position;
    use schema::basic_services::{BasicServiceKind, OwedTo};

    fn list(name: &str, from: &str, items: &[(&str, &str)]) -> BasicServiceList {
        let item = |(code, name): &(&str, &str)| BasicService {
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            kind: BasicServiceKind::Care,
            content: None,
            owed_to: OwedTo {
                words: "老年人".to_owned(), minimum_age: None, conditions: Vec::new(), says_all: true
            },
            categories: Vec::new(),
            unconfirmed: None,
        };
        BasicServiceList {
            name: name.to_owned(),
            issued_by: "民政局".to_owned(),
            document: "1号".to_owned(),
            issued_on: None,
            in_force_from: from.parse().unwrap(),
            items: items.iter().map(item).collect(),
            unconfirmed: None,
        }
    }

    #[test]
    fn a_narrower_list_adds_to_the_wider_ones_and_stands_in_their_place_where_it_names_an_item_again() {
        let mut lists = BasicServiceLists::default();
        let adopted = [
            ("000000", list("国家", "2023-05-21", &[("visits", "探访服务"), ("assess", "能力评估")])),
            ("130000", list("河北", "2024-01-01", &[("assess", "能力综合评估")])),
            ("130306", list("抚宁", "2025-01-01", &[("meals", "助餐"), ("visits", "每周探访")])),
            ("130306", list("抚宁二", "2026-01-01", &[("visits", "每日探访")])),
            ("130322", list("昌黎", "2024-01-01", &[("bath", "助浴")])),
        ];
        for (place, (scope, list)) in (0..).zip(adopted) {
            let stamp = Stamp { position: Position { commit: place, prepare: place }, recorded_at: Default::default() };
            lists.fold(scope.parse().unwrap(), list, stamp);
        }
        let owed = |scope: &str, day: &str, as_of| -> Vec<String> {
            let owed = lists.owed(scope.parse().unwrap(), day.parse().unwrap(), as_of);
            owed.into_iter().map(|owed| format!("{} {}", owed.list.name, owed.item.name)).collect()
        };
        assert_eq!(owed("130306", "2025-06-01", AsOf::Latest), ["抚宁 每周探访", "河北 能力综合评估", "抚宁 助餐"]);
        assert_eq!(
            owed("130306", "2026-06-01", AsOf::Latest),
            ["抚宁二 每日探访", "河北 能力综合评估"],
            "a new list replaces the old"
        );
        assert_eq!(owed("130306", "2023-06-01", AsOf::Latest), ["国家 探访服务", "国家 能力评估"]);
        let then = AsOf::Through(Position { commit: 1, prepare: 1 });
        assert_eq!(owed("130306", "2026-06-01", then), ["国家 探访服务", "河北 能力综合评估"], "as was known then");
        assert_eq!(
            owed("130300", "2026-06-01", AsOf::Latest),
            ["国家 探访服务", "河北 能力综合评估"],
            "a county's list is its own"
        );
        assert_eq!(owed("130322", "2022-06-01", AsOf::Latest), Vec::<String>::new());
        let image = rmp_serde::to_vec_named(&lists).unwrap();
        assert_eq!(rmp_serde::from_slice::<BasicServiceLists>(&image).unwrap(), lists, "an image holds it");
    }
}
