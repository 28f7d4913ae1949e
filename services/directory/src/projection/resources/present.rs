//! What is there now, in the usual order.

use super::index::Entry;
use super::shown::Shown;
use imbl::shared_ptr::DefaultSharedPtr;
use imbl::{OrdSet, ordset};
use std::sync::Arc;

/// So many stand in one list; more in a tree. A tree's smallest part has room for 64, and most villages are served by fewer.
const FEW: usize = 128;

/// Versions, each once. A clone costs a reference count.
#[derive(Clone, Debug)]
pub(super) enum Present {
    Few(Arc<Vec<Entry<Arc<Shown>>>>),
    Many(OrdSet<Entry<Arc<Shown>>>),
}

impl Default for Present {
    fn default() -> Present {
        Present::Few(Arc::default())
    }
}

/// However many there were in between.
impl PartialEq for Present {
    fn eq(&self, other: &Present) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Present {
    /// Of some that are in order.
    pub(super) fn of<'s>(entries: impl ExactSizeIterator<Item = Entry<&'s Arc<Shown>>>) -> Present {
        if entries.len() <= FEW {
            Present::Few(Arc::new(entries.map(|entry| entry.owned()).collect()))
        } else {
            Present::Many(entries.map(|entry| entry.owned()).collect())
        }
    }

    pub(super) fn insert(&mut self, entry: Entry<Arc<Shown>>) {
        match self {
            Present::Few(few) if few.len() < FEW => {
                if let Err(place) = few.binary_search(&entry) {
                    Arc::make_mut(few).insert(place, entry);
                }
            }
            Present::Few(few) => {
                let mut many: OrdSet<_> = few.iter().cloned().collect();
                many.insert(entry);
                *self = Present::Many(many);
            }
            Present::Many(many) => {
                many.insert(entry);
            }
        }
    }

    pub(super) fn remove(&mut self, entry: &Entry<Arc<Shown>>) {
        match self {
            Present::Few(few) => {
                if let Ok(place) = few.binary_search(entry) {
                    Arc::make_mut(few).remove(place);
                }
            }
            Present::Many(many) => {
                many.remove(entry);
            }
        }
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        match self {
            Present::Few(few) => Iter::Few(few.iter()),
            Present::Many(many) => Iter::Many(many.iter()),
        }
    }
}

pub(super) enum Iter<'p> {
    Few(std::slice::Iter<'p, Entry<Arc<Shown>>>),
    Many(ordset::Iter<'p, Entry<Arc<Shown>>, DefaultSharedPtr>),
}

impl<'p> Iterator for Iter<'p> {
    type Item = &'p Entry<Arc<Shown>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Few(few) => few.next(),
            Iter::Many(many) => many.next(),
        }
    }
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
        fn few_and_many_are_one_ordered_set(
            steps in proptest::collection::vec((0_u128..2 * FEW as u128, proptest::bool::weighted(0.7)), 0..6 * FEW)
        ) {
            let entry = |n| Entry::of(Arc::new(Shown::alone(resource(n), Position::default())));
            let (mut present, mut known) = (Present::default(), BTreeSet::new());
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
            let borrowed: Vec<_> = known.iter().map(Entry::borrowed).collect();
            prop_assert_eq!(present, Present::of(borrowed.into_iter()));
        }
    }
}
