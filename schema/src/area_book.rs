//! The divisions known at one point of the log: a fold of [`AreasEvent`]s, used by everyone who turns a code into a
//! name, asks what lies in what, or what became of an old code. There is no other reading of lists and changes.
//!
//! A list says how things stood on its edition's day, whenever it is handed in; a dated change says what happened to one
//! code. Which of the two came first in the log makes no difference: what holds follows from the latest list of each
//! unit and the set of all changes. A change that the list does not show yet is put on top of it:
//!
//! - a code that a change led away from stands no more, even while a list still has it, unless the list has it under
//!   another name (the code was given to another division) and is of a later day;
//! - a code that a change led to stands, even while no list has it, if the change is later than the list's edition, or
//!   the list still has the old code under its old name;
//! - a new name counts where the list still has the old one.
//!
//! Every version is kept, so that the book can be read as it was at any position ([`AreaBook::at`]).

mod succession;
mod view;

pub use succession::{Became, Succession};
pub use view::AreaView;

use crate::area::{AreaCode, AreaLevel, Scheme};
use crate::areas::{Area, AreaCalled, AreaChanged, AreasEvent, Lists};
use crate::as_of::{AsOf, Dated};
use crate::position::Position;
use imbl::{OrdMap, Vector};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A division as lists had it from some positions on; nothing where a new list left it out.
type Versions = Vec<Dated<Option<Arc<Area>>>>;

/// A change, with where it was first recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Recorded {
    from: Position,
    change: AreaChanged,
    /// The division that it led to, in case no list has it.
    made: Option<Area>,
}

type Changes = Vec<Arc<Recorded>>;

/// The book of one scheme. A clone costs a few reference counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaBook {
    scheme: Scheme,
    /// Every code that a list has had, and every new code of a change.
    listed: OrdMap<AreaCode, Versions>,
    /// Changes by their old code.
    from: OrdMap<AreaCode, Changes>,
    /// Changes by their new code.
    into: OrdMap<AreaCode, Changes>,
    /// Changes in the order in which they were recorded.
    changes: Vector<Arc<Recorded>>,
    /// What people call divisions beside, as it was said, by code.
    called: OrdMap<AreaCode, Vec<Dated<Called>>>,
    /// Lists of which a part is still to come.
    lists: Lists,
}

/// That people call a division so, or do not any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Called {
    name: String,
    is_called: bool,
}

impl AreaBook {
    /// An empty book of `scheme`.
    pub fn new(scheme: Scheme) -> Self {
        AreaBook { scheme, ..AreaBook::default() }
    }

    /// Applies one event, for a book that is only read as it now is.
    pub fn apply(&mut self, event: &AreasEvent) {
        self.apply_at(event, Position::default());
    }

    /// Applies one event; events of another scheme change nothing. A list replaces what was known of the county-level
    /// units that it names, so that what it leaves out is no longer listed. A change that is known already, from the
    /// stream of another unit, changes nothing.
    pub fn apply_at(&mut self, event: &AreasEvent, position: Position) {
        match event {
            AreasEvent::AreasListed(listed) if listed.scheme == self.scheme => {
                if let Some(areas) = self.lists.take(listed) {
                    self.list(&areas, position);
                }
            }
            AreasEvent::AreaChanged(change) if change.scheme == self.scheme => self.change(change, position),
            AreasEvent::AreaAlsoCalled(called) if called.scheme == self.scheme => self.call(called, true, position),
            AreasEvent::AreaNoLongerCalled(called) if called.scheme == self.scheme => {
                self.call(called, false, position)
            }
            AreasEvent::AreasListed(_)
            | AreasEvent::AreaChanged(_)
            | AreasEvent::AreaAlsoCalled(_)
            | AreasEvent::AreaNoLongerCalled(_) => {}
        }
    }

    fn call(&mut self, called: &AreaCalled, is_called: bool, position: Position) {
        let said = Called { name: called.name.clone(), is_called };
        self.called.entry(called.code).or_default().push(Dated { from: position, value: said });
    }

    fn list(&mut self, areas: &[Area], position: Position) {
        let areas: BTreeMap<AreaCode, &Area> = areas.iter().map(|area| (area.code, area)).collect();
        let units: BTreeSet<AreaCode> = areas.keys().map(|code| code.at_level(AreaLevel::County)).collect();
        for unit in units {
            // The city's own unit (130300) holds the city alone: the codes below it belong to other units.
            let of_unit = |code: &AreaCode| code.at_level(AreaLevel::County) == unit;
            let known = self.listed.range(unit..).map(|(code, _)| *code).take_while(of_unit);
            let left_out: Vec<AreaCode> = known.filter(|code| !areas.contains_key(code)).collect();
            for code in left_out {
                self.note(code, None, position);
            }
        }
        for (code, area) in areas {
            self.note(code, Some(area), position);
        }
    }

    fn note(&mut self, code: AreaCode, area: Option<&Area>, position: Position) {
        let versions = self.listed.entry(code).or_default();
        if versions.last().and_then(|last| last.value.as_deref()) == area {
            return;
        }
        versions.push(Dated { from: position, value: area.cloned().map(Arc::new) });
    }

    fn change(&mut self, change: &AreaChanged, position: Position) {
        let (old, new) = (change.old_code, change.new_code);
        let known = old.map_or_else(|| new.and_then(|new| self.into.get(&new)), |old| self.from.get(&old));
        if known.is_some_and(|known| known.iter().any(|recorded| recorded.change == *change)) {
            return;
        }
        let made = new.zip(change.new_name.clone()).map(|(code, name)| Area {
            code,
            name,
            level: code.level(),
            parent: code.with_ancestors().nth(1),
        });
        let recorded = Arc::new(Recorded { from: position, change: change.clone(), made });
        if let Some(old) = old {
            self.from.entry(old).or_default().push(Arc::clone(&recorded));
        }
        if let Some(new) = new {
            self.into.entry(new).or_default().push(Arc::clone(&recorded));
            self.listed.entry(new).or_default();
        }
        self.changes.push_back(recorded);
    }

    /// The scheme whose codes these are.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The book as it was.
    pub fn at(&self, as_of: AsOf) -> AreaView<'_> {
        AreaView { book: self, as_of }
    }

    /// The book as it is.
    pub fn now(&self) -> AreaView<'_> {
        self.at(AsOf::Latest)
    }

    /// The division that has this code today.
    pub fn get(&self, code: AreaCode) -> Option<&Area> {
        self.now().get(code)
    }

    /// What the division that has this code is called, or was when the code ended.
    pub fn name(&self, code: AreaCode) -> Option<&str> {
        self.now().name(code)
    }

    /// Names from the province down to the division itself, those that are known.
    pub fn path(&self, code: AreaCode) -> Vec<&Area> {
        self.now().path(code)
    }

    /// The divisions directly below.
    pub fn children(&self, code: AreaCode) -> impl Iterator<Item = &Area> {
        self.now().children(code)
    }

    /// Every division, in code order.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.now().iter(None)
    }

    /// How many divisions there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether no division is known yet.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The dated changes, in the order in which they were recorded, each once.
    pub fn changes(&self) -> impl Iterator<Item = &AreaChanged> {
        self.changes.iter().map(|recorded| &recorded.change)
    }
}
