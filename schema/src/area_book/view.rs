//! The book as it was at a position: what stands, what it is called, what lies in it.

use super::{AreaBook, Changes, Recorded};
use crate::area::{AreaCode, AreaLevel, Scheme};
use crate::area_name::core_of;
use crate::areas::{Area, AreaChangeKind, AreaChanged};
use crate::as_of::AsOf;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A book, and how much of it is seen.
#[derive(Clone, Copy, Debug)]
pub struct AreaView<'b> {
    pub(super) book: &'b AreaBook,
    pub(super) as_of: AsOf,
}

impl<'b> AreaView<'b> {
    /// The scheme whose codes these are.
    pub fn scheme(self) -> Scheme {
        self.book.scheme
    }

    /// The division that has this code.
    pub fn get(self, code: AreaCode) -> Option<&'b Area> {
        if self.has_ended(code) { None } else { self.shown(code) }
    }

    /// What the division that has this code is called, or was when the code ended.
    pub fn name(self, code: AreaCode) -> Option<&'b str> {
        self.shown(code).map(|area| area.name.as_str()).or_else(|| self.last_name(code))
    }

    /// From the province down to the division itself, those that stand.
    pub fn path(self, code: AreaCode) -> Vec<&'b Area> {
        let mut path: Vec<&Area> = code.with_ancestors().filter_map(|above| self.get(above)).collect();
        path.reverse();
        path
    }

    /// Every division that lies in `within` (itself included), in code order; all of them without it.
    pub fn iter(self, within: Option<AreaCode>) -> impl Iterator<Item = &'b Area> {
        let first = within.or_else(|| self.book.listed.get_min().map(|(code, _)| *code));
        // Whatever lies in a division stands behind it in code order, without a gap.
        let known = first.into_iter().flat_map(|first| self.book.listed.range(first..)).map(|(code, _)| *code);
        known
            .take_while(move |code| within.is_none_or(|within| within.contains(*code)))
            .filter_map(move |code| self.get(code))
    }

    /// The divisions directly below.
    pub fn children(self, code: AreaCode) -> impl Iterator<Item = &'b Area> {
        self.iter(Some(code)).filter(move |area| area.parent == Some(code))
    }

    /// Whether any division is known.
    pub fn is_empty(self) -> bool {
        self.iter(None).next().is_none()
    }

    /// The dated changes that name a code, before or after, in order of date.
    pub fn changes_of(self, code: AreaCode) -> Vec<&'b AreaChanged> {
        let from = self.from(code).filter(|change| change.new_code != Some(code));
        let mut changes: Vec<&AreaChanged> = self.into(code).chain(from).collect();
        changes.sort_by_key(|change| (change.on.day(), change.new_code));
        changes
    }

    /// Names that a division had before, under this code or an earlier one, the latest first.
    pub fn former_names(self, code: AreaCode) -> Vec<&'b str> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = BTreeSet::from([code]);
        let mut next = vec![code];
        while let Some(code) = next.pop() {
            let mut earlier: Vec<&AreaChanged> = self.into(code).filter(|change| continues(change)).collect();
            earlier.sort_by_key(|change| std::cmp::Reverse(change.on.day()));
            names.extend(earlier.iter().filter_map(|change| change.old_name.as_deref()));
            next.extend(earlier.iter().filter_map(|change| change.old_code).filter(|old| seen.insert(*old)));
        }
        let present = self.name(code);
        let mut once = BTreeSet::new();
        names.retain(|name| Some(*name) != present && once.insert(*name));
        names
    }

    /// What people call the division of a code beside its name, in the order of the names.
    pub fn also_called(self, code: AreaCode) -> Vec<&'b str> {
        let said = self.book.called.get(&code).into_iter().flatten().filter(|said| self.as_of.sees(said.from));
        let mut names = BTreeSet::new();
        for said in said.map(|said| &said.value) {
            if said.is_called {
                names.insert(said.name.as_str());
            } else {
                names.remove(said.name.as_str());
            }
        }
        names.into_iter().collect()
    }

    /// Every division that people call otherwise beside, with what they call it; by the code of today.
    pub fn all_also_called(self) -> impl Iterator<Item = (AreaCode, &'b str)> {
        let by_code = self.book.called.keys().map(move |code| (*code, self.also_called(*code)));
        by_code.flat_map(move |(code, names)| {
            let today = if names.is_empty() { Vec::new() } else { self.carried(code, None) };
            today.into_iter().flat_map(move |today| names.clone().into_iter().map(move |name| (today, name)))
        })
    }

    /// Every former name that changes tell of, with the codes of today that came of what was so called, and with those that came of what
    /// lay in it.
    pub fn all_former_names(self) -> Vec<(&'b str, BTreeSet<AreaCode>, BTreeSet<AreaCode>)> {
        let seen = self.book.changes.iter().filter(|recorded| self.as_of.sees(recorded.from));
        let changes = seen.map(|recorded| &recorded.change);
        let former = changes.filter_map(|change| {
            let (name, new) = (change.old_name.as_deref()?, change.new_code?);
            let came: BTreeSet<AreaCode> = self.carried(new, None).into_iter().collect();
            let had = change.old_code.filter(|_| !change.is_of_a_part());
            let lay_in = had.map(|old| self.carried(old, None).into_iter().collect()).unwrap_or_default();
            Some((name, came, lay_in))
        });
        former.collect()
    }

    /// Divisions whose name contains `text`, or that a division so called went over into; of one level, or within one
    /// division, if given. In code order. Where nothing is so called, what stands before the name may be that of a
    /// division in which it lies or lay: 抚宁县石门寨镇.
    pub fn named(self, text: &str, level: Option<AreaLevel>, within: Option<AreaCode>) -> Vec<&'b Area> {
        let found = self.called(text, level, within);
        if !found.is_empty() {
            return found;
        }
        let mut found: BTreeSet<AreaCode> = BTreeSet::new();
        for (above, rest) in self.behind_the_name_of_a_county(text) {
            let called = self.called(rest, level, within);
            found.extend(called.into_iter().map(|area| area.code).filter(|code| above.contains(*code)));
        }
        found.into_iter().filter_map(|code| self.get(code)).collect()
    }

    fn called(self, text: &str, level: Option<AreaLevel>, within: Option<AreaCode>) -> Vec<&'b Area> {
        let was_called = |change: &&AreaChanged| change.old_name.as_ref().is_some_and(|name| name.contains(text));
        let known = self.book.changes.iter().filter(|recorded| self.as_of.sees(recorded.from));
        let led_to = known.map(|recorded| &recorded.change).filter(was_called).filter_map(|change| change.new_code);
        let renamed: BTreeSet<AreaCode> = led_to.flat_map(|new| self.carried(new, None)).collect();
        self.iter(within)
            .filter(|area| level.is_none_or(|wanted| area.level == wanted))
            .filter(|area| area.name.contains(text) || renamed.contains(&area.code))
            .collect()
    }

    /// The counties by whose name, or former name, a text begins, with what it says behind it; and what part of them went
    /// elsewhere.
    fn behind_the_name_of_a_county(self, text: &str) -> Vec<(AreaCode, &str)> {
        let mut found = Vec::new();
        let counties: BTreeSet<AreaCode> =
            self.book.listed.keys().copied().filter(|code| code.level() == AreaLevel::County).collect();
        let former = self.book.from.keys().copied().filter(|code| code.level() == AreaLevel::County);
        for county in counties.into_iter().chain(former).collect::<BTreeSet<_>>() {
            let rest = self.name(county).and_then(|name| text.strip_prefix(name)).filter(|rest| !rest.is_empty());
            if let Some(rest) = rest {
                found.extend(self.carried(county, None).into_iter().map(|present| (present, rest)));
            }
        }
        found
    }

    /// Which of some divisions a text names, if it names one alone: by what is its own in its name, the finest first. A
    /// name that the old division, or one in which it lay, had as well says nothing: 抚宁县 may mean any part of it.
    pub fn one_named_in(self, codes: &[AreaCode], old: AreaCode, texts: &[&str]) -> Option<AreaCode> {
        let old_names = old.with_ancestors().filter_map(|old| Some(core_of(self.name(old)?, old.level())));
        let old_names: BTreeSet<&str> = old_names.collect();
        let named_in = |text: &str, code: &AreaCode| {
            let name = self.name(*code).map(|name| core_of(name, code.level()));
            name.is_some_and(|name| name.chars().count() >= 2 && !old_names.contains(name) && text.contains(name))
        };
        texts.iter().find_map(|text| {
            let mut named: Vec<AreaCode> = codes.iter().copied().filter(|code| named_in(text, code)).collect();
            let finest = named.iter().map(|code| code.level()).max()?;
            named.retain(|code| code.level() == finest);
            if let [only] = named.as_slice() { Some(*only) } else { None }
        })
    }

    /// Whether a list ever had the code: a division that a change made is on none until the next.
    pub fn was_listed(self, code: AreaCode) -> bool {
        self.ever_listed(code).is_some()
    }

    /// What the latest list that is seen says of a code.
    pub(super) fn listed(self, code: AreaCode) -> Option<&'b Area> {
        self.as_of.latest(self.book.listed.get(&code)?)?.as_deref()
    }

    /// What the latest list that had a code called it.
    pub(super) fn ever_listed(self, code: AreaCode) -> Option<&'b str> {
        let lists = self.book.listed.get(&code).into_iter().flatten().rev();
        let mut seen = lists.filter(|version| self.as_of.sees(version.from));
        seen.find_map(|version| version.value.as_ref()).map(|area| area.name.as_str())
    }

    /// What is its own in every name that whoever had a code ever had.
    pub(super) fn all_names(self, code: AreaCode) -> BTreeSet<&'b str> {
        let in_place = |change: &&AreaChanged| change.old_code == change.new_code;
        let new = self.into(code).filter_map(|change| change.new_name.as_deref());
        let renamed = self.into(code).filter(in_place).filter_map(|change| change.old_name.as_deref());
        let old = self.from(code).filter(is_of_itself).filter_map(|change| change.old_name.as_deref());
        let listed = self.ever_listed(code);
        new.chain(renamed).chain(old).chain(listed).map(|name| core_of(name, code.level())).collect()
    }

    /// What is listed inside a division, of one level.
    pub(super) fn listed_in(self, code: AreaCode, level: AreaLevel) -> impl Iterator<Item = &'b Area> {
        let inside =
            self.book.listed.range(code..).map(|(code, _)| *code).take_while(move |inside| code.contains(*inside));
        inside.filter(move |inside| inside.level() == level).filter_map(move |inside| self.listed(inside))
    }

    /// Whether a list or a change knows the code.
    pub(super) fn knows(self, code: AreaCode) -> bool {
        self.listed(code).is_some() || self.into(code).next().is_some() || self.from(code).next().is_some()
    }

    /// Whether anything is listed inside a division, other than itself.
    pub(super) fn has_list_below(self, code: AreaCode) -> bool {
        let inside = self.book.listed.range(code..).map(|(code, _)| *code).take_while(|inside| code.contains(*inside));
        inside.skip_while(|inside| *inside == code).any(|inside| self.listed(inside).is_some())
    }

    pub(super) fn from(self, code: AreaCode) -> impl Iterator<Item = &'b AreaChanged> {
        self.seen(self.book.from.get(&code)).map(|recorded| &recorded.change)
    }

    pub(super) fn into(self, code: AreaCode) -> impl Iterator<Item = &'b AreaChanged> {
        self.seen(self.book.into.get(&code)).map(|recorded| &recorded.change)
    }

    /// Changes of codes inside a division.
    pub(super) fn changes_inside(self, code: AreaCode) -> impl Iterator<Item = &'b AreaChanged> {
        let inside = self.book.from.range(code..).take_while(move |(inside, _)| code.contains(**inside));
        inside
            .skip_while(move |(inside, _)| **inside == code)
            .flat_map(move |(_, changes)| self.seen(Some(changes)).map(|recorded| &recorded.change))
    }

    fn seen(self, changes: Option<&'b Changes>) -> impl Iterator<Item = &'b Arc<Recorded>> {
        changes.into_iter().flatten().filter(move |recorded| self.as_of.sees(recorded.from))
    }

    /// The division under a code whether or not it has ended: as listed, or as a change made it.
    pub(super) fn shown(self, code: AreaCode) -> Option<&'b Area> {
        let mut made: Vec<&Recorded> = self
            .seen(self.book.into.get(&code))
            .map(AsRef::as_ref)
            .filter(|recorded| recorded.made.is_some())
            .collect();
        made.sort_by_key(|recorded| recorded.change.on.day());
        let Some(listed) = self.listed(code) else {
            let latest = made.iter().rev().find(|recorded| self.is_news(&recorded.change));
            return latest.and_then(|recorded| recorded.made.as_ref());
        };
        // A list that still has the old name is older than the change of the name.
        let mut known = listed;
        for recorded in made.into_iter().filter(|recorded| recorded.change.old_code == Some(code)) {
            if recorded.change.old_name.as_ref() == Some(&known.name) {
                known = recorded.made.as_ref().unwrap_or(known);
            }
        }
        Some(known)
    }

    /// Whether a change whose new code no list has is too new for the lists, rather than long past.
    fn is_news(self, change: &AreaChanged) -> bool {
        if change.on.is_after(self.scheme().edition()) {
            return true;
        }
        let old = change.old_code.filter(|old| Some(*old) != change.new_code).and_then(|old| self.listed(old));
        if let (Some(old), Some(name)) = (old, &change.old_name) {
            return same_name(&old.name, name, old.level);
        }
        change.new_code.is_some_and(|new| {
            let around = new.at_level(AreaLevel::City);
            self.listed(around).is_none() && !self.has_list_below(around)
        })
    }

    /// What a code that is not shown was last called.
    pub(super) fn last_name(self, code: AreaCode) -> Option<&'b str> {
        let old = self.from(code).filter(is_of_itself);
        let old = old.filter_map(|change| Some((change.on.day(), change.old_name.as_deref()?)));
        let new = self.into(code).filter_map(|change| Some((change.on.day(), change.new_name.as_deref()?)));
        let said = old.chain(new).max();
        said.map(|(_, name)| name).or_else(|| self.ever_listed(code))
    }
}

/// Whether a division goes on after a change under another name or code, rather than in another division.
fn continues(change: &AreaChanged) -> bool {
    match change.kind {
        AreaChangeKind::MergedInto
        | AreaChangeKind::Split
        | AreaChangeKind::Established
        | AreaChangeKind::Abolished => false,
        AreaChangeKind::Renamed
        | AreaChangeKind::Recoded
        | AreaChangeKind::CountyToDistrict
        | AreaChangeKind::CountyToCity
        | AreaChangeKind::TownshipToTown
        | AreaChangeKind::TownToSubdistrict
        | AreaChangeKind::VillageToCommunity
        | AreaChangeKind::Transferred => true,
    }
}

/// Whether two names are those of one division, however its sort is written.
pub(super) fn same_name(one: &str, other: &str, level: AreaLevel) -> bool {
    core_of(one, level) == core_of(other, level)
}

/// Whether the old name of a change is that of whoever had the old code, rather than of a town whose own code is not known.
fn is_of_itself(change: &&AreaChanged) -> bool {
    change.kind != AreaChangeKind::Transferred || !change.is_of_a_part()
}
