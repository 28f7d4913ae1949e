//! The divisions of every scheme, each as it was from some position on.

use super::{AsOf, Dated, Stamp};
use imbl::{OrdMap, Vector};
use schema::area::{AreaCode, AreaLevel, Scheme};
use schema::areas::{Area, AreaChanged, AreasEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A division as it was from some positions on; nothing where a new list left it out.
type Versions = Vec<Dated<Option<Arc<Area>>>>;

/// The divisions, by scheme and code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Areas {
    areas: OrdMap<(Scheme, AreaCode), Versions>,
    changes: Vector<Dated<Arc<AreaChanged>>>,
}

impl Areas {
    pub(super) fn fold(&mut self, event: AreasEvent, stamp: Stamp) {
        match event {
            AreasEvent::AreasListed(listed) => self.list(listed.scheme, listed.areas, stamp),
            AreasEvent::AreaChanged(change) => self.changes.push_back(stamp.dated(Arc::new(change))),
        }
    }

    /// A list replaces what was known of the county-level units that it names.
    fn list(&mut self, scheme: Scheme, listed: Vec<Area>, stamp: Stamp) {
        let listed: BTreeMap<AreaCode, Area> = listed.into_iter().map(|area| (area.code, area)).collect();
        let units: BTreeSet<AreaCode> = listed.keys().map(|code| code.at_level(AreaLevel::County)).collect();
        for unit in units {
            // The city's own unit (130300) holds the city alone: the codes below it belong to other units.
            let left_out: Vec<AreaCode> = self
                .areas
                .range((scheme, unit)..)
                .map(|((of, code), _)| (*of, *code))
                .take_while(|(of, code)| *of == scheme && code.at_level(AreaLevel::County) == unit)
                .map(|(_, code)| code)
                .filter(|code| !listed.contains_key(code))
                .collect();
            for code in left_out {
                self.note(scheme, code, None, stamp);
            }
        }
        for (code, area) in listed {
            self.note(scheme, code, Some(area), stamp);
        }
    }

    fn note(&mut self, scheme: Scheme, code: AreaCode, area: Option<Area>, stamp: Stamp) {
        let versions = self.areas.entry((scheme, code)).or_default();
        let last = versions.last().and_then(|last| last.value.as_deref());
        if last != area.as_ref() {
            versions.push(stamp.dated(area.map(Arc::new)));
        }
    }

    /// The division of a code.
    pub fn get(&self, scheme: Scheme, code: AreaCode, as_of: AsOf) -> Option<&Arc<Area>> {
        as_of.latest(self.areas.get(&(scheme, code))?)?.as_ref()
    }

    /// Every division of a scheme that lies in `within` (itself included), in code order; of the whole scheme
    /// without it.
    pub fn iter(&self, scheme: Scheme, within: Option<AreaCode>, as_of: AsOf) -> impl Iterator<Item = &Arc<Area>> {
        let first = within.or_else(|| "100000".parse().ok());
        let start = first.map(|code| (scheme, code));
        let from = start.and_then(|start| self.areas.get_next(&start)).map(|(key, _)| *key);
        from.into_iter()
            .flat_map(move |from| self.areas.range(from..))
            .take_while(move |((of, code), _)| *of == scheme && within.is_none_or(|within| within.contains(*code)))
            .filter_map(move |(_, versions)| as_of.latest(versions)?.as_ref())
    }

    /// The divisions directly below.
    pub fn children(&self, scheme: Scheme, code: AreaCode, as_of: AsOf) -> impl Iterator<Item = &Arc<Area>> {
        self.iter(scheme, Some(code), as_of).filter(move |area| area.parent == Some(code))
    }

    /// Whether anything is known of a scheme.
    pub fn knows(&self, scheme: Scheme, as_of: AsOf) -> bool {
        self.iter(scheme, None, as_of).next().is_some()
    }

    /// The dated changes that name a code, before or after, in the order in which they were recorded.
    pub fn changes_of(&self, scheme: Scheme, code: AreaCode, as_of: AsOf) -> impl Iterator<Item = &Arc<AreaChanged>> {
        self.changes(scheme, as_of).filter(move |change| change.old_code == Some(code) || change.new_code == Some(code))
    }

    /// Every dated change of a scheme.
    pub fn changes(&self, scheme: Scheme, as_of: AsOf) -> impl Iterator<Item = &Arc<AreaChanged>> {
        self.changes
            .iter()
            .filter(move |change| as_of.sees(change.from) && change.value.scheme == scheme)
            .map(|change| &change.value)
    }

    /// Names that a division had before, from the dated changes.
    pub fn former_names(&self, scheme: Scheme, code: AreaCode, as_of: AsOf) -> Vec<String> {
        let mut names: Vec<String> = self
            .changes(scheme, as_of)
            .filter(|change| change.new_code == Some(code) && change.old_name != change.new_name)
            .filter_map(|change| change.old_name.clone())
            .collect();
        names.dedup();
        names
    }

    /// Divisions whose name, or a former name, contains `text`; of one level if given. In code order.
    pub fn named(
        &self,
        scheme: Scheme,
        text: &str,
        level: Option<AreaLevel>,
        within: Option<AreaCode>,
        as_of: AsOf,
    ) -> Vec<Arc<Area>> {
        let renamed: Vec<AreaCode> = self
            .changes(scheme, as_of)
            .filter(|change| change.old_name.as_ref().is_some_and(|name| name.contains(text)))
            .filter_map(|change| change.new_code)
            .collect();
        self.iter(scheme, within, as_of)
            .filter(|area| level.is_none_or(|wanted| area.level == wanted))
            .filter(|area| area.name.contains(text) || renamed.contains(&area.code))
            .map(Arc::clone)
            .collect()
    }
}
