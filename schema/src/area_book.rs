//! The divisions known at one point of the log: a fold of [`AreasEvent`]s, used by everyone who turns a code into a
//! name or asks what lies in what.

use crate::area::{AreaCode, AreaLevel, Scheme};
use crate::areas::{Area, AreaChanged, AreasEvent};
use std::collections::{BTreeMap, BTreeSet};

/// The book of one scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AreaBook {
    scheme: Scheme,
    areas: BTreeMap<AreaCode, Area>,
    changes: Vec<AreaChanged>,
}

impl AreaBook {
    /// An empty book of `scheme`.
    pub fn new(scheme: Scheme) -> Self {
        AreaBook { scheme, ..AreaBook::default() }
    }

    /// Takes in one event; events of another scheme change nothing. A list replaces what was known of the county-level
    /// units that it names, so that what it leaves out is no longer known.
    pub fn apply(&mut self, event: &AreasEvent) {
        match event {
            AreasEvent::AreasListed(listed) if listed.scheme == self.scheme => self.list(&listed.areas),
            AreasEvent::AreaChanged(change) if change.scheme == self.scheme => self.changes.push(change.clone()),
            AreasEvent::AreasListed(_) | AreasEvent::AreaChanged(_) => {}
        }
    }

    fn list(&mut self, areas: &[Area]) {
        let units: BTreeSet<AreaCode> = areas.iter().map(|area| area.code.at_level(AreaLevel::County)).collect();
        for unit in units {
            // The city's own unit (130300) holds the city alone: the codes below it belong to other units.
            let of_unit = |code: &AreaCode| code.at_level(AreaLevel::County) == unit;
            let known: Vec<AreaCode> = self.areas.range(unit..).map(|(code, _)| *code).take_while(of_unit).collect();
            for code in known {
                self.areas.remove(&code);
            }
        }
        for area in areas {
            self.areas.insert(area.code, area.clone());
        }
    }

    /// The scheme whose codes these are.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The division of this code.
    pub fn get(&self, code: AreaCode) -> Option<&Area> {
        self.areas.get(&code)
    }

    /// The name of this code.
    pub fn name(&self, code: AreaCode) -> Option<&str> {
        self.get(code).map(|area| area.name.as_str())
    }

    /// Names from the province down to the division itself, those that are known.
    pub fn path(&self, code: AreaCode) -> Vec<&Area> {
        let mut path: Vec<&Area> = code.with_ancestors().filter_map(|above| self.get(above)).collect();
        path.reverse();
        path
    }

    /// The divisions directly below.
    pub fn children(&self, code: AreaCode) -> impl Iterator<Item = &Area> {
        // Whatever lies in a division stands behind it in code order, without a gap.
        let inside = self.areas.range(code..).map(|(_, area)| area).take_while(move |area| code.contains(area.code));
        inside.filter(move |area| area.parent == Some(code))
    }

    /// Every division, in code order.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// How many divisions are known.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether no division is known yet.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The dated changes, in the order in which they were recorded.
    pub fn changes(&self) -> &[AreaChanged] {
        &self.changes
    }

    /// Divisions of `level` (or of any) whose name contains `text`, in code order.
    pub fn named<'a>(&'a self, text: &'a str, level: Option<AreaLevel>) -> impl Iterator<Item = &'a Area> {
        self.areas
            .values()
            .filter(move |area| level.is_none_or(|wanted| area.level == wanted) && area.name.contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::areas::AreasListed;

    fn listed(codes: &[&str]) -> AreasEvent {
        let area = |code: &&str| {
            let code: AreaCode = code.parse().unwrap();
            Area { code, name: code.to_string(), level: code.level(), parent: code.with_ancestors().nth(1) }
        };
        AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas: codes.iter().map(area).collect() })
    }

    #[test]
    fn a_new_list_of_a_county_replaces_the_old_and_leaves_the_others_alone() {
        let mut book = AreaBook::default();
        book.apply(&listed(&["130300", "130306", "130306100", "130306100209", "130306100210", "130322"]));
        book.apply(&listed(&["130306", "130306100", "130306100210"]));
        let codes: Vec<String> = book.iter().map(|area| area.code.to_string()).collect();
        assert_eq!(codes, ["130300000000", "130306000000", "130306100000", "130306100210", "130322000000"]);
    }
}
