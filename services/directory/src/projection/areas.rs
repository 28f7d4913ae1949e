//! The divisions of every scheme, each as it was from some position on.

use super::{AsOf, Dated, Stamp};
use imbl::{OrdMap, Vector};
use schema::area::{AreaCode, AreaLevel, Scheme};
use schema::areas::{Area, AreaChanged, AreasEvent};
use std::sync::Arc;

/// The divisions, by scheme and code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Areas {
    areas: OrdMap<(Scheme, AreaCode), Vec<Dated<Arc<Area>>>>,
    changes: Vector<Dated<Arc<AreaChanged>>>,
}

impl Areas {
    pub(super) fn fold(&mut self, event: AreasEvent, stamp: Stamp) {
        match event {
            AreasEvent::AreasListed(listed) => {
                for area in listed.areas {
                    let versions = self.areas.entry((listed.scheme, area.code)).or_default();
                    if versions.last().is_none_or(|last| *last.value != area) {
                        versions.push(stamp.dated(Arc::new(area)));
                    }
                }
            }
            AreasEvent::AreaChanged(change) => self.changes.push_back(stamp.dated(Arc::new(change))),
        }
    }

    /// The division of a code.
    pub fn get(&self, scheme: Scheme, code: AreaCode, as_of: AsOf) -> Option<&Arc<Area>> {
        as_of.latest(self.areas.get(&(scheme, code))?)
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
            .filter_map(move |(_, versions)| as_of.latest(versions))
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
