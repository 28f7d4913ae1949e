//! Which row is which: how the rows of a hand-in are recognised as registrations of earlier hand-ins of the same list.
//!
//! In this order, each registration and each row at most once:
//!
//! 1. all cells equal (personal ones compared under the person's key);
//! 2. name, community (by the code that it has today) and category equal, the first such row with the first such
//!    registration, the second with the second, and so on; of one that a form moved to another county, those there before
//!    those that the list had;
//! 3. licence or team number equal, where it occurs once in the file and once among the registrations of the list.
//!
//! Then the rows that are left meet, in the same order, the registrations that were withdrawn and that a later edition of the
//! list had left out: they return under their own ids. What is left is new. Its registration's id derives from the scope in
//! which its community lies, office, list, name, community, category and the lowest ordinal that no registration of the list
//! has yet. Registrations without a row are absent: reported, and withdrawn only when the clerk confirms.
//!
//! Similar rows within one file stay separate registrations: only the centre joins them.

use crate::cell;
use crate::gazetteer::Gazetteer;
use schema::area_book::Became;
use schema::hand_in::RowMark;
use schema::{AreaCode, Category, Office, RegistrationId, Scope};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Name, community and category, as compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey([String; 3]);

impl RowKey {
    /// The key of a payload.
    pub fn new(name: &str, community: AreaCode, category: &Category) -> Self {
        RowKey([cell::fold(name), community.to_string(), cell::fold(&category.0)])
    }

    /// The key of a row, as written.
    pub fn of_cells(name: &str, community: &str, category: &str) -> Self {
        let digits: String = cell::fold(community).chars().filter(char::is_ascii_digit).collect();
        let community = digits.parse::<AreaCode>().map_or_else(|_| cell::fold(community), |code| code.to_string());
        RowKey([cell::fold(name), community, cell::fold(category)])
    }

    /// The key that an earlier hand-in left in the log.
    pub fn of_mark(mark: &RowMark) -> Self {
        RowKey(mark.key.clone())
    }

    /// The same, under the code that the community has today.
    pub fn of_today(&self, areas: &Gazetteer) -> Self {
        let Became::One(now) = self.community().map_or(Became::Unknown, |code| areas.now().became(code, None)) else {
            return self.clone();
        };
        let [name, _, category] = &self.0;
        RowKey([name.clone(), now.to_string(), category.clone()])
    }

    /// Name, community, category, as they are compared.
    pub fn parts(&self) -> &[String; 3] {
        &self.0
    }

    /// The community, if it is one that is known; a row with another is refused.
    pub fn community(&self) -> Option<AreaCode> {
        let [_, community, _] = &self.0;
        community.parse().ok()
    }
}

/// A registration of earlier hand-ins of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Which.
    pub registration: RegistrationId,
    /// Its key in the hand-in that it was last part of, or by which a form moved it to another county since.
    pub key: RowKey,
    /// Its key before a form said that it stands in another county; none when no form did.
    pub key_before: Option<RowKey>,
    /// Its licence or team number there.
    pub number: Option<String>,
    /// The digest of its cells there; none when it is not known (the hand-in was interrupted).
    pub cells: Option<String>,
    /// Where it stood, for the order of equals.
    pub place: u32,
    /// Whether it is still in force.
    pub standing: Listed,
}

/// Whether what a list has made is still in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It is.
    InForce,
    /// It was withdrawn, and the list goes on naming it: only recognised by all its cells, so that the same row does not
    /// bring it back.
    Withdrawn,
    /// It was withdrawn and the list has left it out since. A row that is about it brings it back, as what it was.
    LeftOut,
}

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// Its key.
    pub key: RowKey,
    /// Its licence or team number.
    pub number: Option<String>,
    /// The digest of its cells.
    pub cells: String,
}

/// How a row was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// All cells are as they were.
    Cells,
    /// Name, community and category.
    Key,
    /// Its number.
    Number,
    /// Not at all: it is new.
    New,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The registration.
    pub registration: RegistrationId,
    /// How that is known.
    pub by: By,
}

/// The whole of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Row by row.
    pub rows: Vec<Recognised>,
    /// Registrations in force that no row is about, in the order of their ids.
    pub absent: Vec<RegistrationId>,
}

/// Recognises the rows of a file. `scope_of` says in which scope a new registration of a community stands. `taken` says of
/// an id whether some registration has it already. `alike` says whether the
/// personal cells of a row (by its place) are those of an earlier registration; it is only asked where several have equal
/// cells otherwise.
pub fn recognise(
    office: Office,
    list: &str,
    earlier: &[Earlier],
    rows: &[Now],
    scope_of: impl Fn(AreaCode) -> Scope,
    taken: impl Fn(RegistrationId) -> bool,
    alike: impl Fn(usize, RegistrationId) -> bool,
) -> Lineage {
    let mut earlier: Vec<&Earlier> = earlier.iter().collect();
    earlier.sort_unstable_by_key(|one| (one.place, one.registration));
    let mut known: Vec<Option<Recognised>> = vec![None; rows.len()];
    let mut used: BTreeSet<RegistrationId> = BTreeSet::new();
    let (left_out, earlier): (Vec<&Earlier>, Vec<&Earlier>) =
        earlier.into_iter().partition(|one| one.standing == Listed::LeftOut);
    let in_force: Vec<&Earlier> = earlier.iter().copied().filter(|one| one.standing == Listed::InForce).collect();

    // What is in force comes before what returns.
    for (by_all_cells, candidates) in [(&earlier, &in_force), (&left_out, &left_out)] {
        by_cells(by_all_cells, rows, &alike, &mut known, &mut used);
        by_key(candidates, rows, |one| Some(&one.key), &mut known, &mut used);
        by_key(candidates, rows, |one| one.key_before.as_ref(), &mut known, &mut used);
        by_number(candidates, rows, &mut known, &mut used);
    }

    let mut ordinals: HashMap<&RowKey, u32> = HashMap::new();
    let rows = rows
        .iter()
        .zip(known)
        .map(|(row, known)| {
            known.unwrap_or_else(|| {
                let ordinal = ordinals.entry(&row.key).or_insert(0);
                let scope = row.key.community().map(&scope_of).unwrap_or_default();
                loop {
                    let registration = RegistrationId::of_row(scope, office, list, &row.key.0, *ordinal);
                    *ordinal += 1;
                    if !taken(registration) && !used.contains(&registration) {
                        return Recognised { registration, by: By::New };
                    }
                }
            })
        })
        .collect();
    let absent: BTreeSet<RegistrationId> =
        in_force.iter().map(|one| one.registration).filter(|registration| !used.contains(registration)).collect();
    Lineage { rows, absent: absent.into_iter().collect() }
}

type Known = [Option<Recognised>];

fn settle(known: &mut Known, used: &mut BTreeSet<RegistrationId>, row: usize, registration: RegistrationId, by: By) {
    if let Some(known) = known.get_mut(row) {
        *known = Some(Recognised { registration, by });
        used.insert(registration);
    }
}

fn open_rows<'r>(rows: &'r [Now], known: &Known) -> Vec<(usize, &'r Now)> {
    rows.iter().enumerate().filter(|(index, _)| known.get(*index).is_some_and(Option::is_none)).collect()
}

fn by_cells(
    earlier: &[&Earlier],
    rows: &[Now],
    alike: &impl Fn(usize, RegistrationId) -> bool,
    known: &mut Known,
    used: &mut BTreeSet<RegistrationId>,
) {
    let mut candidates: HashMap<&str, Vec<RegistrationId>> = HashMap::new();
    for one in earlier {
        if let Some(cells) = &one.cells {
            candidates.entry(cells).or_default().push(one.registration);
        }
    }
    let mut equals: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, row) in open_rows(rows, known) {
        equals.entry(&row.cells).or_default().push(index);
    }
    for (cells, mut indexes) in equals {
        let Some(mut registrations) = candidates.remove(cells) else { continue };
        if indexes.len() > 1 || registrations.len() > 1 {
            // Equal but for whom they name: first those that name the same person.
            indexes.retain(|index| match registrations.iter().position(|registration| alike(*index, *registration)) {
                Some(place) => {
                    settle(known, used, *index, registrations.remove(place), By::Cells);
                    false
                }
                None => true,
            });
        }
        for (index, registration) in indexes.into_iter().zip(registrations) {
            settle(known, used, index, registration, By::Cells);
        }
    }
}

fn by_key(
    earlier: &[&Earlier],
    rows: &[Now],
    key: fn(&Earlier) -> Option<&RowKey>,
    known: &mut Known,
    used: &mut BTreeSet<RegistrationId>,
) {
    let mut candidates: HashMap<&RowKey, std::collections::VecDeque<RegistrationId>> = HashMap::new();
    for one in earlier {
        if let Some(key) = key(one).filter(|_| !used.contains(&one.registration)) {
            candidates.entry(key).or_default().push_back(one.registration);
        }
    }
    for (index, row) in open_rows(rows, known) {
        if let Some(registration) = candidates.get_mut(&row.key).and_then(std::collections::VecDeque::pop_front) {
            settle(known, used, index, registration, By::Key);
        }
    }
}

fn by_number(earlier: &[&Earlier], rows: &[Now], known: &mut Known, used: &mut BTreeSet<RegistrationId>) {
    // None: it occurs more than once. Rows and registrations that are recognised already count as well, because a
    // number that several share says nothing of any of them.
    let mut before: HashMap<&str, Option<RegistrationId>> = HashMap::new();
    for one in earlier {
        if let Some(number) = &one.number {
            before.entry(number).and_modify(|only| *only = None).or_insert(Some(one.registration));
        }
    }
    let mut now: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(number) = &row.number {
            now.entry(number).and_modify(|only| *only = None).or_insert(Some(index));
        }
    }
    for (number, index) in now {
        let (Some(index), Some(Some(registration))) = (index, before.get(number)) else { continue };
        if known.get(index).is_some_and(Option::is_none) && !used.contains(registration) {
            settle(known, used, index, *registration, By::Number);
        }
    }
}
