//! Which registrations share a key.

use crate::matching::Features;
use crate::matching::block::{Key, MOST, keys};
use crate::parallel::in_parallel;
use schema::{AreaCode, RegistrationId};
use std::collections::BTreeSet;

/// A registration's number here.
pub(super) type Slot = u32;

/// The registrations by their keys.
#[derive(Clone, Default)]
pub(super) struct Index {
    /// A key and the number of a registration that has it: half the size that a set for each key would have.
    postings: BTreeSet<(Key, Slot)>,
    /// The registrations by number.
    registrations: Vec<RegistrationId>,
    /// The villages in which anything is or was registered.
    villages: BTreeSet<AreaCode>,
    /// Keys that more than [`MOST`] share.
    too_common: BTreeSet<Key>,
}

impl Index {
    /// A number for one that has none yet.
    pub(super) fn slot_for(&mut self, id: RegistrationId) -> Slot {
        let slot = Slot::try_from(self.registrations.len()).unwrap_or(Slot::MAX);
        self.registrations.push(id);
        slot
    }

    /// Whether nothing is entered.
    pub(super) fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }

    /// Enters registrations where nothing is entered yet.
    pub(super) fn fill(&mut self, all: &[(Slot, &Features)]) {
        let postings = in_parallel(all, |part| {
            let mut postings = Vec::new();
            for (slot, features) in part {
                postings.extend(keys(features).into_iter().map(|key| (key, *slot)));
            }
            postings
        });
        self.postings = postings.into_iter().flatten().collect();
        self.villages.extend(all.iter().filter_map(|(_, features)| features.place.village));
        self.too_common = self.counts().filter(|(_, count)| *count > MOST).map(|(key, _)| key).collect();
    }

    /// How many share each key.
    fn counts(&self) -> impl Iterator<Item = (Key, usize)> {
        let mut keys = self.postings.iter().map(|(key, _)| *key).peekable();
        std::iter::from_fn(move || {
            let key = keys.next()?;
            let mut count = 1;
            while keys.next_if_eq(&key).is_some() {
                count += 1;
            }
            Some((key, count))
        })
    }

    /// Enters a registration under its keys in place of those that it had. Gives those who share a key that was too
    /// common and is no more: they were not compared for that.
    pub(super) fn change(
        &mut self,
        slot: Slot,
        before: Option<&Features>,
        now: Option<&Features>,
    ) -> Vec<RegistrationId> {
        let (before, now) = (
            before.map(keys).unwrap_or_default(),
            now.map_or_else(Vec::new, |now| {
                self.villages.extend(now.place.village);
                keys(now)
            }),
        );
        for key in &now {
            if self.postings.insert((*key, slot)) && !self.too_common.contains(key) && self.count(*key) > MOST {
                self.too_common.insert(*key);
            }
        }
        let mut uncrowded = Vec::new();
        for key in before.iter().filter(|key| !now.contains(key)) {
            self.postings.remove(&(*key, slot));
            if self.too_common.contains(key) && self.count(*key) <= MOST {
                self.too_common.remove(key);
                uncrowded.extend(self.members(*key));
            }
        }
        uncrowded
    }

    /// Everyone who has one of these keys, but for those that too many have; in order.
    pub(super) fn sharing(&self, keys: Vec<Key>) -> Vec<RegistrationId> {
        let few = keys.into_iter().filter(|key| !self.too_common.contains(key));
        let mut sharing: Vec<RegistrationId> = few.flat_map(|key| self.members(key)).collect();
        sharing.sort_unstable();
        sharing.dedup();
        sharing
    }

    /// Those who share a key that may have been too common before so many registrations changed: they may not have been
    /// compared for it.
    pub(super) fn once_too_common(&self, changed: usize) -> Vec<RegistrationId> {
        let few = (MOST + 1).saturating_sub(changed)..=MOST;
        let once = self.counts().filter(|(_, count)| few.contains(count));
        once.flat_map(|(key, _)| self.members(key)).collect()
    }

    /// The villages in which anything is registered.
    pub(super) fn villages(&self) -> &BTreeSet<AreaCode> {
        &self.villages
    }

    /// How many keys too many share.
    pub(super) fn too_common(&self) -> usize {
        self.too_common.len()
    }

    fn members(&self, key: Key) -> impl Iterator<Item = RegistrationId> {
        let slots = self.postings.range((key, Slot::MIN)..=(key, Slot::MAX)).map(|(_, slot)| *slot);
        slots.filter_map(|slot| self.registrations.get(usize::try_from(slot).ok()?).copied())
    }

    /// How many share a key, counted up to where it is too many.
    fn count(&self, key: Key) -> usize {
        self.postings.range((key, Slot::MIN)..=(key, Slot::MAX)).take(MOST + 1).count()
    }
}
