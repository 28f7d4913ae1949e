//! Versions in the usual order: by category, name, id, each by code point.

use super::super::{Stamp, Touched};
use super::present::{self, Present};
use super::record::{ResourceRecord, Step};
use super::shown::{Brief, JudgedAs, Shown};
use crate::journal::partition_point;
use imbl::{OrdMap, OrdSet, Vector};
use schema::ids::ResourceId;
use schema::{AreaCode, AsOf, Dated, Position};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A version with its place in the usual order: by category, name, id, each by code point, then by age. Most that are compared
/// differ in how their texts begin, which stands here, so that few are looked at where they lie in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<S> {
    /// The first half, and the second.
    category: (u64, u64),
    name: u64,
    pub(super) judged_as: JudgedAs,
    pub(super) shown: S,
}

impl<S: Borrow<Arc<Shown>>> Entry<S> {
    pub(super) fn of(shown: S) -> Entry<S> {
        let resource = &shown.borrow().resource;
        let (category, name) = (category_begins(&resource.category), begins::<8>(&resource.name));
        let judged_as = resource.judged_as;
        Entry { category, name: u64::from_be_bytes(name), judged_as, shown }
    }

    pub(super) fn id(&self) -> ResourceId {
        self.shown.borrow().resource.id
    }

    fn key(&self) -> (&str, &str, ResourceId, Position) {
        let shown = self.shown.borrow();
        (&shown.resource.category, &shown.resource.name, shown.resource.id, shown.from)
    }
}

impl Entry<Arc<Shown>> {
    pub(super) fn borrowed(&self) -> Entry<&Arc<Shown>> {
        Entry { category: self.category, name: self.name, judged_as: self.judged_as, shown: &self.shown }
    }
}

impl Entry<&Arc<Shown>> {
    pub(super) fn owned(&self) -> Entry<Arc<Shown>> {
        Entry { category: self.category, name: self.name, judged_as: self.judged_as, shown: Arc::clone(self.shown) }
    }
}

/// The first bytes of a text, and zeros behind a shorter one.
fn begins<const N: usize>(text: &str) -> [u8; N] {
    let mut first = [0; N];
    for (to, from) in first.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    first
}

/// The first fifteen bytes of a category, then zero if that is all of it: only then are those of one beginning of one category.
fn category_begins(category: &str) -> (u64, u64) {
    let [first @ .., last] = &mut begins::<16>(category);
    let is_all = category.len() <= first.len() && !first.iter().take(category.len()).any(|byte| *byte == 0);
    *last = u8::from(!is_all);
    let mut all = [0; 16];
    for (to, from) in all.iter_mut().zip(first.iter().chain([&*last])) {
        *to = *from;
    }
    let all = u128::from_be_bytes(all);
    #[expect(clippy::cast_possible_truncation, reason = "the halves")]
    let halves = ((all >> 64) as u64, all as u64);
    halves
}

impl<S: Borrow<Arc<Shown>>> PartialEq for Entry<S> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<S: Borrow<Arc<Shown>>> Eq for Entry<S> {}

impl<S: Borrow<Arc<Shown>>> PartialOrd for Entry<S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<S: Borrow<Arc<Shown>>> Ord for Entry<S> {
    fn cmp(&self, other: &Self) -> Ordering {
        let is_one_category = self.category.1 & 0xff == 0;
        let names = || if is_one_category { self.name.cmp(&other.name) } else { Ordering::Equal };
        self.category.cmp(&other.category).then_with(names).then_with(|| self.key().cmp(&other.key()))
    }
}

/// Versions by their place in the usual order: all of them, or those that serve one area.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    /// What is there now, so that the past costs the present nothing.
    pub(super) present: Present,
    /// Of what something was shown otherwise, or no longer, at any time.
    pub(super) changed: OrdSet<ResourceId>,
    /// The same from a position on: in order, so that the near past looks at little.
    pub(super) ended: Vector<Dated<ResourceId>>,
    /// When something came or went.
    pub(super) touched: Touched,
}

impl Index {
    pub(super) fn open(&mut self, shown: &Arc<Shown>) {
        self.present.insert(Entry::of(Arc::clone(shown)));
        self.touched.touch(shown.from);
    }

    pub(super) fn close(&mut self, shown: &Arc<Shown>, stamp: Stamp) {
        self.present.remove(&Entry::of(Arc::clone(shown)));
        self.end(shown, stamp);
    }

    /// Notes that a version is no longer what is shown.
    pub(super) fn end(&mut self, shown: &Arc<Shown>, stamp: Stamp) {
        self.changed.insert(shown.resource.id);
        self.ended.push_back(stamp.dated(shown.resource.id));
        self.touched.touch(stamp.position);
    }

    /// What is seen, in the usual order. Of the past: what stands as it stood then, and of whatever ended since the version
    /// of that time, if it was there.
    pub(super) fn seen<'a>(
        &'a self,
        records: &'a OrdMap<ResourceId, ResourceRecord>,
        was_there: impl Fn(&Brief) -> bool,
        as_of: AsOf,
    ) -> Vec<Entry<&'a Arc<Shown>>> {
        let present = self.present.iter().map(Entry::borrowed);
        let mut all: Vec<Entry<&Arc<Shown>>> = match as_of {
            AsOf::Latest => present.collect(),
            AsOf::Through(_) | AsOf::BeforeAll => present.filter(|entry| as_of.sees(entry.shown.from)).collect(),
        };
        if let AsOf::Through(_) = as_of {
            let stands = all.len();
            let known = partition_point(&self.ended, |ended| as_of.sees(ended.from));
            let since = self.ended.len() - known;
            let ended: BTreeSet<ResourceId> = if since < self.changed.len() {
                self.ended.iter().skip(known).map(|ended| ended.value).collect()
            } else {
                self.changed.iter().copied().collect()
            };
            let then = ended.iter().filter_map(|id| {
                let seen = records.get(id)?.seen(as_of);
                // What stands now is among what stands.
                let shown = seen.last().and_then(Step::shown)?;
                (seen.len() < records.get(id)?.steps().len()).then_some(shown)
            });
            all.extend(then.filter(|shown| was_there(&shown.resource)).map(Entry::of));
            if all.len() > stands {
                all.sort();
            }
        }
        all
    }
}

/// Several runs of what is there now, each in the usual order, as one: each version once, with the area of the first run that
/// has it.
pub(super) struct Merged<'r>(Vec<Run<'r>>);

struct Run<'r> {
    area: AreaCode,
    next: &'r Entry<Arc<Shown>>,
    rest: present::Iter<'r>,
}

impl<'r> Merged<'r> {
    pub(super) fn of(indexes: impl Iterator<Item = (AreaCode, &'r Index)>) -> Merged<'r> {
        let run = |(area, index): (AreaCode, &'r Index)| {
            let mut rest = index.present.iter();
            Some(Run { area, next: rest.next()?, rest })
        };
        Merged(indexes.filter_map(run).collect())
    }

    /// Passes over the next of a run.
    fn pass(&mut self, run: usize) {
        match self.0.get_mut(run).and_then(|run| Some((run.rest.next()?, run))) {
            Some((next, run)) => run.next = next,
            None => drop(self.0.remove(run)),
        }
    }
}

impl<'r> Iterator for Merged<'r> {
    type Item = (AreaCode, Entry<&'r Arc<Shown>>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.0.first()?;
        let (mut least, mut area, mut run) = (first.next, first.area, 0);
        let mut other = 1;
        while let Some(Run { area: its, next, .. }) = self.0.get(other) {
            match (**next).cmp(least) {
                Ordering::Less => (least, area, run) = (*next, *its, other),
                Ordering::Equal => {
                    // One that comes to an end is gone, and the next stands in its place.
                    let runs = self.0.len();
                    self.pass(other);
                    if self.0.len() < runs {
                        continue;
                    }
                }
                Ordering::Greater => {}
            }
            other += 1;
        }
        self.pass(run);
        Some((area, least.borrowed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_entries_is_that_of_their_texts(
            texts in proptest::collection::vec(("[a助\\x00]{0,7}|日间照料服务[ab]?|[^b]{0,20}", "[a村\\x00]{0,4}", 0u128..3), 2..20)
        ) {
            let shown = |(category, name, n): &(String, String, u128)| {
                let mut resource = crate::tale::resource(*n);
                (resource.category.0, resource.name) = (category.clone(), name.clone());
                Arc::new(Shown::alone(resource, Position::default()))
            };
            let mut all: Vec<Arc<Shown>> = texts.iter().map(shown).collect();
            let mut entries: Vec<Entry<Arc<Shown>>> = all.iter().cloned().map(Entry::of).collect();
            entries.sort();
            all.sort_by(|left, right| {
                let key = |shown: &Shown| {
                    (shown.resource.category.to_string(), shown.resource.name.to_string(), shown.resource.id)
                };
                key(left).cmp(&key(right))
            });
            let texts = |shown: &Arc<Shown>| format!("{:?}", shown.resource);
            let of_entries: Vec<String> = entries.iter().map(|entry| texts(&entry.shown)).collect();
            prop_assert_eq!(of_entries, all.iter().map(texts).collect::<Vec<_>>());
        }
    }
}
