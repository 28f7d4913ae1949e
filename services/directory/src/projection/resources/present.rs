//! What is there now, in the usual order.

use super::index::Entry;
use super::shown::Shown;
use crate::journal::partition_point;
use imbl::Vector;
use std::sync::Arc;

/// So many stand in a part when many are put in order at once; it is cut in two when twice as many have come. What is put into its
/// place later copies one part.
const PART: usize = 128;

/// Versions, each once: lists of some, none of them empty, one behind the other. Most villages are served by fewer than one list holds,
/// and a tree of them, which has room for 64 in its smallest part, would be twice as large. A clone costs a few reference counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Present(Vector<Arc<Vec<Entry<Arc<Shown>>>>>);

/// However they are cut into parts.
impl PartialEq for Present {
    fn eq(&self, other: &Present) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Present {
    /// Of some that are in order.
    pub(super) fn of(entries: &[Entry<&Arc<Shown>>]) -> Present {
        Present(entries.chunks(PART).map(|part| Arc::new(part.iter().map(Entry::owned).collect())).collect())
    }

    /// The part where an entry is, or would be.
    fn part_of(&self, entry: &Entry<Arc<Shown>>) -> usize {
        let begun = partition_point(&self.0, |part| part.first().is_some_and(|first| first <= entry));
        begun.saturating_sub(1)
    }

    pub(super) fn insert(&mut self, entry: Entry<Arc<Shown>>) {
        let at = self.part_of(&entry);
        let Some(part) = self.0.get_mut(at) else {
            return self.0.push_back(Arc::new(vec![entry]));
        };
        let Err(place) = part.binary_search(&entry) else { return };
        let part = Arc::make_mut(part);
        part.insert(place, entry);
        if part.len() == 2 * PART {
            let rest = part.split_off(PART);
            self.0.insert(at + 1, Arc::new(rest));
        }
    }

    pub(super) fn remove(&mut self, entry: &Entry<Arc<Shown>>) {
        let at = self.part_of(entry);
        let Some(part) = self.0.get_mut(at) else { return };
        let Ok(place) = part.binary_search(entry) else { return };
        if part.len() == 1 {
            self.0.remove(at);
        } else {
            Arc::make_mut(part).remove(place);
        }
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        self.0.iter().flat_map(of_part as OfPart<'_>)
    }
}

pub(super) type Iter<'p> = std::iter::FlatMap<
    imbl::vector::Iter<'p, Arc<Vec<Entry<Arc<Shown>>>>, imbl::shared_ptr::DefaultSharedPtr>,
    std::slice::Iter<'p, Entry<Arc<Shown>>>,
    OfPart<'p>,
>;

type OfPart<'p> = fn(&'p Arc<Vec<Entry<Arc<Shown>>>>) -> std::slice::Iter<'p, Entry<Arc<Shown>>>;

fn of_part(part: &Arc<Vec<Entry<Arc<Shown>>>>) -> std::slice::Iter<'_, Entry<Arc<Shown>>> {
    part.iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tale::resource;
    use proptest::prelude::*;
    use schema::Position;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn lists_behind_one_another_are_one_ordered_set(
            begin in 0_u128..5 * PART as u128,
            steps in proptest::collection::vec((0_u128..6 * PART as u128, proptest::bool::weighted(0.6)), 0..8 * PART),
        ) {
            let entry = |n| Entry::of(Arc::new(Shown::alone(resource(n), Position::default())));
            let mut known: BTreeSet<_> = (0..begin).map(entry).collect();
            let of = |known: &BTreeSet<Entry<Arc<Shown>>>| {
                Present::of(&known.iter().map(Entry::borrowed).collect::<Vec<_>>())
            };
            let mut present = of(&known);
            for (n, is_there) in steps {
                if is_there {
                    present.insert(entry(n));
                    known.insert(entry(n));
                } else {
                    present.remove(&entry(n));
                    known.remove(&entry(n));
                }
            }
            prop_assert!(present.iter().eq(known.iter()));
            prop_assert!(present.0.iter().all(|part| !part.is_empty() && part.len() < 2 * PART));
            prop_assert_eq!(present, of(&known));
        }
    }
}
