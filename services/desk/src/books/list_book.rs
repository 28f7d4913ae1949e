//! What a hand-in of a list looks at.

use super::{Known, List, Unread};
use crate::hand_in::HandInError;
use intake::Gazetteer;
use intake::lineage::{Earlier, Listed};
use schema::{HandInId, RegistrationId};
use std::collections::HashMap;
use std::sync::Arc;

/// What a desk knew of one list when a hand-in of it began. Nobody else waits while a file is held against it.
pub(crate) struct ListBook {
    pub areas: Arc<Gazetteer>,
    pub unread: Arc<Unread>,
    /// The registrations that the list has made.
    pub registrations: HashMap<RegistrationId, Known>,
    /// The list.
    pub list: List,
}

impl ListBook {
    /// Whether a hand-in can be held against it: the divisions are known, and nothing that it depends on beside its
    /// registrations is unreadable.
    pub(crate) fn allows(&self, hand_in: HandInId) -> Result<(), HandInError> {
        if self.areas.is_empty() {
            return Err(HandInError::NoAreas);
        }
        Ok(self.unread.hand_in_of(hand_in.scope())?)
    }

    /// The registrations that rows of a hand-in can be about: all of its list but those that it made itself before it was
    /// interrupted.
    pub(crate) fn earlier(&self, hand_in: HandInId) -> Vec<Earlier> {
        self.registrations
            .iter()
            .filter(|(_, known)| !known.is_of(hand_in))
            .filter(|(_, known)| match known.moved_to {
                // What this hand-in itself moved before it was interrupted stands for it where it stood.
                Some(to) => self.registrations.get(&to).is_some_and(|moved| moved.is_of(hand_in)),
                None => !known.withdrawn || known.last.is_some(),
            })
            .map(|(registration, known)| Earlier {
                registration: *registration,
                key: known.key.of_today(&self.areas),
                key_before: known.key_before.as_ref().map(|key| key.of_today(&self.areas)),
                number: known.number.clone(),
                cells: known.cells.clone(),
                place: known.place,
                standing: self.standing(known, hand_in),
            })
            .collect()
    }

    /// Where a registration stood when a hand-in began.
    fn standing(&self, known: &Known, hand_in: HandInId) -> Listed {
        match known.last {
            Some(last) if known.was_gone(hand_in) && last < self.list.whole => Listed::LeftOut,
            Some(_) | None if known.was_gone(hand_in) => Listed::Withdrawn,
            Some(_) | None => Listed::InForce,
        }
    }

    /// Whether no row has named a registration since before the latest whole edition.
    pub(crate) fn is_left_out(&self, registration: RegistrationId) -> bool {
        let known = self.registrations.get(&registration);
        known.is_some_and(|known| known.last.is_none_or(|last| last < self.list.whole))
    }

    /// How many registrations of the list are in force.
    pub(crate) fn in_force(&self) -> usize {
        self.registrations.values().filter(|known| !known.withdrawn).count()
    }

    /// Whether a row of a hand-in about a registration brings it back.
    pub(crate) fn returns(&self, registration: RegistrationId, hand_in: HandInId) -> bool {
        let known = self.registrations.get(&registration);
        known.is_some_and(|known| self.standing(known, hand_in) == Listed::LeftOut)
    }

    /// Registrations that were opened in another county and not yet closed here, and what they became there: whoever moved
    /// them was interrupted. Without those that this hand-in moves, which ends that itself.
    pub(crate) fn half_moved(&self, hand_in: HandInId) -> Vec<(RegistrationId, RegistrationId)> {
        let open = self.registrations.iter().filter(|(_, known)| !known.withdrawn);
        let moved = open.filter_map(|(from, known)| Some((*from, known.moved_to?)));
        moved.filter(|(_, to)| !self.registrations.get(to).is_some_and(|there| there.is_of(hand_in))).collect()
    }

    /// Whether an id is some registration's already, other than of this hand-in's own making. An id of a row derives from its
    /// list too: no other list can have it.
    pub(crate) fn is_taken(&self, registration: RegistrationId, hand_in: HandInId) -> bool {
        self.registrations.get(&registration).is_some_and(|known| !known.is_of(hand_in))
    }
}
