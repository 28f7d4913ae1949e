//! The files that clerks handed in: what became of each row, and in which file and row a registration now stands.

use super::{AsOf, Counters, Dated, Poison, Registrations, Stamp};
use chrono::{DateTime, Utc};
use imbl::OrdMap;
use schema::hand_in::{Finding, HandInCompleted, HandInEvent, HandInReceived, SettledRow};
use schema::ids::{HandInId, RegistrationId};
use schema::{Event, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A file that was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandIn {
    /// What arrived.
    pub received: HandInReceived,
    /// The position of its first event.
    pub from: Position,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Who handed it in: the subject of a token; none when the metadata does not say.
    pub by: Option<String>,
    /// The rows that are settled, in chunks.
    pub rows: Vec<Dated<Arc<[SettledRow]>>>,
    /// Registrations of earlier files of the list that no row is about.
    pub absent: Vec<Dated<RegistrationId>>,
    /// The sums, once every row is settled.
    pub completed: Option<Dated<Completed>>,
    /// Registrations that were absent from it and were withdrawn (true), or put back after that (false), in order.
    withdrawals: Vec<Dated<(RegistrationId, bool)>>,
}

/// The end of a hand-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Completed {
    /// When.
    pub at: DateTime<Utc>,
    /// The sums.
    pub sums: HandInCompleted,
}

impl HandIn {
    /// The rows that are settled, in order.
    pub fn rows(&self, as_of: AsOf) -> impl Iterator<Item = &SettledRow> {
        self.rows.iter().filter(move |chunk| as_of.sees(chunk.from)).flat_map(|chunk| chunk.value.iter())
    }

    /// The registrations that were absent from it and are withdrawn, in the order of their ids.
    pub fn withdrawn(&self, as_of: AsOf) -> BTreeSet<RegistrationId> {
        let mut withdrawn = BTreeSet::new();
        for Dated { value: (registration, gone), .. } in self.withdrawals.iter().filter(|dated| as_of.sees(dated.from))
        {
            if *gone {
                withdrawn.insert(*registration)
            } else {
                withdrawn.remove(registration)
            };
        }
        withdrawn
    }

    /// The sums, if every row was settled.
    pub fn completed(&self, as_of: AsOf) -> Option<&Completed> {
        self.completed.as_ref().filter(|completed| as_of.sees(completed.from)).map(|completed| &completed.value)
    }
}

/// Where a registration stands in the latest accepted file of its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowPlace {
    /// The list within the office.
    pub list: Arc<str>,
    /// The file's name.
    pub file: Arc<str>,
    /// The data row, from 1, header not counted.
    pub row: u32,
}

/// Every hand-in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HandIns {
    by_id: OrdMap<HandInId, Arc<HandIn>>,
    in_order: OrdMap<Position, HandInId>,
    places: OrdMap<RegistrationId, Vec<Dated<RowPlace>>>,
}

impl HandIns {
    pub(super) fn fold(
        &mut self,
        id: HandInId,
        event: HandInEvent,
        by: Option<String>,
        registrations: &Registrations,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<(), Poison> {
        let event_type = event.event_type();
        if let HandInEvent::HandInReceived(received) = event {
            if !self.by_id.contains_key(&id) {
                let hand_in = HandIn {
                    received,
                    from: stamp.position,
                    received_at: stamp.recorded_at,
                    by,
                    rows: Vec::new(),
                    absent: Vec::new(),
                    completed: None,
                    withdrawals: Vec::new(),
                };
                self.by_id.insert(id, Arc::new(hand_in));
                self.in_order.insert(stamp.position, id);
            }
            return Ok(());
        }
        let Some(hand_in) = self.by_id.get_mut(&id).map(Arc::make_mut) else {
            return Err(Poison::OutOfTheBlue { event_type, what: format!("hand-in {id}") });
        };
        match event {
            HandInEvent::HandInReceived(_) => {}
            HandInEvent::RowsSettled(settled) => {
                // By what a later hand-in knows a row again is of no use here, and is most of what the rows weigh.
                let has_hidden =
                    |row: &SettledRow| row.registration.is_some_and(|id| registrations.hidden(id).is_some());
                let rows = settled.rows.into_iter().map(|row| SettledRow { mark: None, ..row });
                let rows = rows.map(|row| if has_hidden(&row) { withheld(&row) } else { row });
                hand_in.rows.push(stamp.dated(rows.collect()));
            }
            HandInEvent::AbsentFound(found) => {
                hand_in.absent.extend(found.registrations.into_iter().map(|id| stamp.dated(id)));
            }
            HandInEvent::HandInCompleted(sums) => {
                if hand_in.completed.is_none() {
                    hand_in.completed = Some(stamp.dated(Completed { at: stamp.recorded_at, sums }));
                    counters.hand_ins += 1;
                    let hand_in = hand_in.clone();
                    self.place(&hand_in, stamp);
                }
            }
            HandInEvent::AbsentWithdrawn(withdrawn) => {
                hand_in.withdrawals.extend(withdrawn.registrations.into_iter().map(|id| stamp.dated((id, true))));
            }
            HandInEvent::WithdrawalTakenBack(back) => {
                hand_in.withdrawals.extend(back.registrations.into_iter().map(|id| stamp.dated((id, false))));
            }
        }
        Ok(())
    }

    /// Shows no more what was found in the rows of a registration of which something was retracted.
    pub(super) fn withhold(&mut self, registration: RegistrationId) {
        let is_of = |row: &SettledRow| row.registration == Some(registration) && !row.findings.is_empty();
        let ids = self.by_id.iter().filter(|(_, hand_in)| hand_in.rows(AsOf::Latest).any(is_of)).map(|(id, _)| *id);
        for id in ids.collect::<Vec<_>>() {
            let Some(hand_in) = self.by_id.get_mut(&id).map(Arc::make_mut) else { continue };
            for chunk in hand_in.rows.iter_mut().filter(|chunk| chunk.value.iter().any(is_of)) {
                let rows = chunk.value.iter().map(|row| if is_of(row) { withheld(row) } else { row.clone() });
                chunk.value = rows.collect();
            }
        }
    }

    /// From the end of a hand-in on, the registrations of its rows stand there.
    fn place(&mut self, hand_in: &HandIn, stamp: Stamp) {
        let (list, file): (Arc<str>, Arc<str>) =
            (hand_in.received.list.as_str().into(), hand_in.received.file.as_str().into());
        for row in hand_in.rows(AsOf::Latest) {
            if let Some(registration) = row.registration {
                let place = RowPlace { list: Arc::clone(&list), file: Arc::clone(&file), row: row.row };
                self.places.entry(registration).or_default().push(stamp.dated(place));
            }
        }
    }

    /// A hand-in, if it is known and seen.
    pub fn get(&self, id: HandInId, as_of: AsOf) -> Option<&Arc<HandIn>> {
        self.by_id.get(&id).filter(|hand_in| as_of.sees(hand_in.from))
    }

    /// Every hand-in that is seen, the newest first.
    pub fn newest_first(&self, as_of: AsOf) -> impl Iterator<Item = &Arc<HandIn>> {
        self.in_order
            .iter()
            .rev()
            .skip_while(move |(from, _)| !as_of.sees(**from))
            .filter_map(|(_, id)| self.by_id.get(id))
    }

    /// Whether a hand-in that was completed after this one has a row for a registration.
    pub fn names_since(&self, hand_in: &HandIn, registration: RegistrationId, as_of: AsOf) -> bool {
        let Some(end) = hand_in.completed.as_ref().map(|completed| completed.from) else { return false };
        let places = self.places.get(&registration).into_iter().flatten();
        places.map(|place| place.from).any(|from| from > end && as_of.sees(from))
    }

    /// Where a registration stands in the latest hand-in that has a row for it.
    pub fn place_of(&self, registration: RegistrationId, as_of: AsOf) -> Option<&RowPlace> {
        as_of.latest(self.places.get(&registration)?)
    }
}

/// A row without what was found in it.
fn withheld(row: &SettledRow) -> SettledRow {
    SettledRow { findings: row.findings.iter().map(Finding::withheld).collect(), ..row.clone() }
}
