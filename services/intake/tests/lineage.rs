//! Which row is which.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use intake::RowKey;
use intake::lineage::{By, Earlier, Lineage, Listed, Now, recognise};
use proptest::prelude::*;
use schema::{Category, Office, RegistrationId, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// A row of a list: its key by numbers, a number or none, and the rest of its cells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    name: u8,
    community: u8,
    number: Option<u8>,
    rest: u16,
}

impl Row {
    fn key(&self) -> RowKey {
        let village = format!("1303061002{:02}", self.community + 1).parse().unwrap();
        RowKey::new(&format!("店{}", self.name), village, &Category("助餐".to_owned()))
    }

    fn now(&self) -> Now {
        Now { key: self.key(), number: self.number.map(|number| format!("N{number}")), cells: format!("{self:?}") }
    }
}

fn take_in(earlier: &[Earlier], rows: &[Row]) -> Lineage {
    let rows: Vec<Now> = rows.iter().map(Row::now).collect();
    let taken = |id| earlier.iter().any(|one| one.registration == id);
    recognise(Office::Commerce, "main", earlier, &rows, Scope::of_digits, taken, |_, _| true)
}

/// The registrations after a file was taken in: its rows, and what is absent and still in force.
fn after(earlier: &[Earlier], rows: &[Row], lineage: &Lineage) -> Vec<Earlier> {
    let mut all: Vec<Earlier> = (1..)
        .zip(rows.iter().zip(&lineage.rows))
        .map(|(place, (row, known))| {
            let Now { key, number, cells } = row.now();
            Earlier {
                registration: known.registration,
                key,
                key_before: None,
                number,
                cells: Some(cells),
                place,
                standing: Listed::InForce,
            }
        })
        .collect();
    all.extend(earlier.iter().filter(|one| lineage.absent.contains(&one.registration)).cloned());
    all
}

fn ids(lineage: &Lineage) -> Vec<RegistrationId> {
    lineage.rows.iter().map(|row| row.registration).collect()
}

fn row() -> impl Strategy<Value = Row> {
    (0u8..4, 0u8..3, prop::option::of(0u8..30), 0u16..40).prop_map(|(name, community, number, rest)| Row {
        name,
        community,
        number,
        rest,
    })
}

fn file() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(), 1..30)
}

proptest! {
    #[test]
    fn the_same_file_again_finds_every_row_by_its_cells(rows in file()) {
        let first = take_in(&[], &rows);
        prop_assert!(first.rows.iter().all(|row| row.by == By::New));
        let again = take_in(&after(&[], &rows, &first), &rows);
        prop_assert!(again.rows.iter().all(|row| row.by == By::Cells));
        prop_assert_eq!((ids(&again), again.absent), (ids(&first), vec![]));
    }

    #[test]
    fn every_row_is_its_own_registration(rows in file(), later in file()) {
        let first = take_in(&[], &rows);
        let second = take_in(&after(&[], &rows, &first), &later);
        let distinct: BTreeSet<_> = ids(&second).into_iter().collect();
        prop_assert_eq!(distinct.len(), later.len());
        // Whatever was there is found again or absent, never both.
        let before: BTreeSet<_> = ids(&first).into_iter().collect();
        let absent: BTreeSet<_> = second.absent.iter().copied().collect();
        let found: BTreeSet<_> = before.intersection(&distinct).copied().collect();
        prop_assert!(absent.is_disjoint(&found));
        prop_assert_eq!(absent.len() + found.len(), before.len());
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in file(), seed in any::<u64>()) {
        let first = take_in(&[], &rows);
        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for index in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(index, (state >> 33) as usize % (index + 1));
        }
        let again = take_in(&after(&[], &rows, &first), &shuffled);
        prop_assert!(again.rows.iter().all(|row| row.by == By::Cells) && again.absent.is_empty());
        // Rows with the same cells may change places among themselves.
        let of = |rows: &[Row], lineage: &Lineage| {
            let mut all: BTreeMap<String, BTreeSet<RegistrationId>> = BTreeMap::new();
            for (row, known) in rows.iter().zip(&lineage.rows) {
                all.entry(format!("{row:?}")).or_default().insert(known.registration);
            }
            all
        };
        prop_assert_eq!(of(&rows, &first), of(&shuffled, &again));
    }

    #[test]
    fn a_row_with_one_changed_cell_keeps_its_id(rows in file(), which in any::<prop::sample::Index>()) {
        let first = take_in(&[], &rows);
        let mut changed = rows.clone();
        let index = which.index(rows.len());
        changed[index].rest = 999;
        let again = take_in(&after(&[], &rows, &first), &changed);
        prop_assert_eq!(again.rows[index].by, By::Key);
        prop_assert!(again.absent.is_empty());
        // Unless its equals took the id, by having had the very same cells.
        if rows.iter().filter(|row| **row == rows[index]).count() == 1 {
            prop_assert_eq!(again.rows[index].registration, first.rows[index].registration);
        }
    }

    #[test]
    fn a_renamed_row_keeps_its_id_by_a_number_that_is_its_own(rows in file(), which in any::<prop::sample::Index>()) {
        let mut rows = rows;
        let index = which.index(rows.len());
        rows[index].number = Some(200);
        let first = take_in(&[], &rows);
        let mut renamed = rows.clone();
        renamed[index].name = 77;
        let again = take_in(&after(&[], &rows, &first), &renamed);
        prop_assert_eq!(again.rows[index].by, By::Number);
        prop_assert_eq!(ids(&again), ids(&first));
    }

    #[test]
    fn what_was_absent_comes_back_as_what_it_was(rows in file(), which in any::<prop::sample::Index>()) {
        let first = take_in(&[], &rows);
        let mut shorter = rows.clone();
        shorter.remove(which.index(rows.len()));
        let one = after(&[], &rows, &first);
        let second = take_in(&one, &shorter);
        prop_assert_eq!(second.absent.len(), 1);
        let two = after(&one, &shorter, &second);
        let third = take_in(&two, &rows);
        prop_assert!(third.absent.is_empty() && third.rows.iter().all(|row| row.by == By::Cells));
    }
}

#[test]
fn a_number_that_occurs_twice_recognises_nothing() {
    let row = |name, number| Row { name, community: 0, number: Some(number), rest: 0 };
    let rows = [row(1, 5), row(2, 5)];
    let first = take_in(&[], &rows);
    let again = take_in(&after(&[], &rows, &first), &[row(3, 5)]);
    assert_eq!(again.rows[0].by, By::New);
    assert_eq!(again.absent.len(), 2);
    // Nor does it when one of the two is recognised otherwise: the third may well be a third.
    let again = take_in(&after(&[], &rows, &first), &[row(1, 5), row(3, 5)]);
    assert_eq!((again.rows[0].by, again.rows[1].by, again.absent.len()), (By::Cells, By::New, 1));
}

#[test]
fn a_withdrawn_registration_is_known_only_by_all_its_cells() {
    let row = Row { name: 1, community: 0, number: Some(1), rest: 0 };
    let first = take_in(&[], std::slice::from_ref(&row));
    let mut earlier = after(&[], std::slice::from_ref(&row), &first);
    earlier[0].standing = Listed::Withdrawn;
    assert_eq!(
        take_in(&earlier, std::slice::from_ref(&row)).rows,
        [intake::lineage::Recognised { registration: earlier[0].registration, by: By::Cells }]
    );
    let changed = take_in(&earlier, &[Row { rest: 1, ..row }]);
    assert_eq!(changed.rows[0].by, By::New);
    assert_ne!(changed.rows[0].registration, earlier[0].registration, "what was withdrawn is not brought back");
    assert!(changed.absent.is_empty());
}

#[test]
fn the_key_does_not_depend_on_how_it_was_typed() {
    let key = |name: &str| RowKey::new(name, "130306100".parse().unwrap(), &Category("助餐".to_owned()));
    assert_eq!(key("益民超市（二）"), key("益民 超市(二) "));
    assert_ne!(key("益民超市"), key("益民超市二部"));
}
