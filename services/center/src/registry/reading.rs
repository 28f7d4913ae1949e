//! Registrations as they are read for matching: with the divisions as they are known, and with those of their sealed numbers
//! that could be opened.

use super::{Entry, Registry, soil};
use crate::matching::place::Place;
use crate::matching::{Features, PrivatePhone};
use crate::parallel::in_parallel;
use crate::placed::{placed, reads_alike};
use offers::Reading;
use schema::area_book::AreaBook;
use schema::{AreaCode, AreaLevel, PersonId, RegistrationId, Sealed};
use std::collections::HashMap;
use std::sync::Arc;

impl Registry {
    /// What matching compares of a registration; none while the divisions wait to be looked at.
    pub(super) fn features(&mut self, reading: &Reading, private: &[PrivatePhone]) -> Option<Features> {
        self.areas_before.is_none().then(|| read(&mut self.places, &self.areas, reading, private))
    }

    /// The sealed numbers of a registration that nobody has opened yet.
    pub fn sealed_phones(&self, id: RegistrationId) -> Vec<Sealed> {
        let Some(Entry { reading, private, .. }) = self.entries.get(&id) else { return Vec::new() };
        if !reading.is_sealed() {
            return Vec::new();
        }
        let is_opened = |sealed: &Sealed| private.iter().any(|phone| phone.sealed == *sealed);
        let mut sealed = reading.view().offer.sealed_phones;
        sealed.retain(|sealed| !is_opened(sealed));
        sealed
    }

    /// Takes sealed numbers of a registration that were opened, to be compared with those of others.
    pub fn note_opened(&mut self, id: RegistrationId, opened: Vec<PrivatePhone>) {
        for phone in &opened {
            self.opened.entry(phone.sealed.person).or_default().insert(id);
        }
        self.read_with(id, |private| private.extend(opened));
    }

    /// Forgets what was opened of a person: they are to be erased.
    pub fn forget(&mut self, person: PersonId) {
        for id in self.opened.remove(&person).unwrap_or_default() {
            self.read_with(id, |private| private.retain(|phone| phone.sealed.person != person));
        }
    }

    /// Reads a registration anew with other private numbers.
    fn read_with(&mut self, id: RegistrationId, change: impl FnOnce(&mut Vec<PrivatePhone>)) {
        let Some(Entry { reading, mut private, .. }) = self.entries.get(&id).cloned() else { return };
        change(&mut private);
        let features = self.features(&reading, &private);
        self.enter(id, reading, private, features);
    }

    /// Enters a registration as it is read now.
    pub(super) fn enter(
        &mut self,
        id: RegistrationId,
        reading: Reading,
        private: Vec<PrivatePhone>,
        features: Option<Features>,
    ) {
        self.waiting.insert(id, self.at);
        let before = self.entries.remove(&id);
        let category = features.as_ref().map(|features| &features.category);
        let is_other = |entry: &Entry| entry.features.as_ref().map(|features| &features.category) != category;
        if before.as_ref().is_some_and(is_other) {
            self.look_at_group(id);
        }
        let slot = before.as_ref().map_or_else(|| self.index.slot_for(id), |entry| entry.slot);
        let uncrowded = self.index.change(slot, before.and_then(|entry| entry.features).as_ref(), features.as_ref());
        self.look_again(&uncrowded);
        self.entries.insert(id, Entry { reading, private, features, slot });
    }

    /// Reads anew, with the divisions as they are now known, every registration of which they say something else than
    /// before. What stands on another code than before is to be published under it. One that is read for the first time
    /// was marked when it was applied.
    pub(super) fn refresh(&mut self) {
        let Some(before) = self.areas_before.take() else { return };
        self.places.clear();
        let mut alike: HashMap<AreaCode, bool> = HashMap::new();
        let mut concerned = Vec::new();
        for (id, entry) in &self.entries {
            let mut reads_alike = |code| *alike.entry(code).or_insert_with(|| reads_alike(code, &before, &self.areas));
            if entry.features.is_none() || !entry.reading.codes().all(&mut reads_alike) {
                concerned.push(*id);
            }
        }
        let is_first = self.index.is_empty();
        let mut again = Vec::new();
        for (id, features) in self.read_all(&concerned) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let before = entry.features.replace(features);
            if !is_first {
                again.extend(self.index.change(entry.slot, before.as_ref(), entry.features.as_ref()));
            }
            if before.is_some() {
                soil(&mut self.dirty, id, self.at, None);
                again.push(id);
            }
        }
        if is_first {
            let read = self.entries.values().filter_map(|entry| Some((entry.slot, entry.features.as_ref()?)));
            self.index.fill(&read.collect::<Vec<_>>());
        }
        self.look_again(&again);
        if std::mem::take(&mut self.is_vouched) {
            // Each that has changed may have left a key that too many had.
            let uncrowded = self.index.once_too_common(self.waiting.len());
            self.look_again(&uncrowded);
            // And its category may be another.
            for id in self.waiting.keys().copied().collect::<Vec<_>>() {
                self.look_at_group(id);
            }
        }
    }

    /// Reads registrations for matching.
    fn read_all(&mut self, ids: &[RegistrationId]) -> Vec<(RegistrationId, Features)> {
        let parts = in_parallel(ids, |ids| {
            let mut places = self.places.clone();
            let read = |id: &RegistrationId| {
                let Entry { reading, private, .. } = self.entries.get(id)?;
                Some((*id, read(&mut places, &self.areas, reading, private)))
            };
            let read: Vec<_> = ids.iter().filter_map(read).collect();
            (places, read)
        });
        let mut all = Vec::with_capacity(ids.len());
        for (places, read) in parts {
            self.places.extend(places);
            all.extend(read);
        }
        all
    }
}

/// Reads a registration for matching.
fn read(
    places: &mut HashMap<AreaCode, Arc<Place>>,
    areas: &AreaBook,
    reading: &Reading,
    private: &[PrivatePhone],
) -> Features {
    let view = &placed(reading.view(), areas);
    let code = view.offer.area;
    let place = if code.level() == AreaLevel::Village {
        Arc::clone(places.entry(code).or_insert_with(|| Arc::new(Features::place_of(view, areas))))
    } else {
        Arc::new(Features::place_of(view, areas))
    };
    Features::read_at(place, view, private, areas).untold()
}
