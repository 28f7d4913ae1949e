//! Which scope a division belongs to, as dated facts. Stream `scopes-000000`, followed by all.

use crate::area::{AreaCode, AreaLevel};
use crate::event::event_enum;
use crate::scope::Scope;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A division of county level or above belongs to a scope from a day on: its own digits when it joins, and the digits
/// that it joined under when it is re-coded later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DivisionScoped {
    /// The division, by its code in the declared edition.
    pub division: AreaCode,
    /// The scope of whatever is first registered there from that day on.
    pub scope: Scope,
    /// The first day.
    pub since: NaiveDate,
}

event_enum! {
    /// What happens to scopes.
    pub enum ScopesEvent {
        /// A division belongs to a scope.
        DivisionScoped(DivisionScoped),
    }
}

/// A fold of [`ScopesEvent`]s.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeBook {
    /// By division, the scope since the latest day that an event gave.
    scopes: BTreeMap<AreaCode, (NaiveDate, Scope)>,
}

impl ScopeBook {
    /// Applies one event. Of two about one division the later day counts, of one day the later event.
    pub fn apply(&mut self, event: &ScopesEvent) {
        match event {
            ScopesEvent::DivisionScoped(scoped) => {
                let known = self.scopes.get(&scoped.division);
                if known.is_none_or(|(since, _)| *since <= scoped.since) {
                    self.scopes.insert(scoped.division, (scoped.since, scoped.scope));
                }
            }
        }
    }

    /// The scope of whatever is first registered at a place today. A division that no event speaks of has the scope of
    /// its own digits.
    pub fn scope_of(&self, place: AreaCode) -> Scope {
        let unit = place.at_level(AreaLevel::County);
        self.scopes.get(&unit).map_or_else(|| Scope::of_digits(unit), |(_, scope)| *scope)
    }

    /// Whether an event speaks of the division.
    pub fn knows(&self, division: AreaCode) -> bool {
        self.scopes.contains_key(&division)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(division: &str, scope: &str, since: i32) -> ScopesEvent {
        ScopesEvent::DivisionScoped(DivisionScoped {
            division: division.parse().unwrap(),
            scope: scope.parse().unwrap(),
            since: NaiveDate::from_ymd_opt(since, 1, 1).unwrap(),
        })
    }

    #[test]
    fn a_re_coded_county_keeps_the_scope_that_it_joined_under() {
        let mut book = ScopeBook::default();
        book.apply(&scoped("130323", "130323", 2010));
        book.apply(&scoped("130306", "130323", 2015));
        let scope_of = |place: &str| book.scope_of(place.parse().unwrap()).to_string();
        assert_eq!(scope_of("130306100209"), "130323");
        assert_eq!(scope_of("130323100209"), "130323");
        assert_eq!(scope_of("130322100209"), "130322", "nobody spoke of it");
        assert_eq!(scope_of("130300"), "130300", "the city itself");
    }

    #[test]
    fn the_later_day_counts_whichever_event_came_first() {
        let mut book = ScopeBook::default();
        book.apply(&scoped("130306", "130323", 2015));
        book.apply(&scoped("130306", "130306", 2014));
        assert_eq!(book.scope_of("130306".parse().unwrap()).to_string(), "130323");
    }
}
