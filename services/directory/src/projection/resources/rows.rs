//! The resources as rows of an image, and back.
//!
//! What can be told from the rest is left out: what is there now is the last step of each record.

use super::index::{Entry, Index};
use super::present::Present;
use super::record::{Gone, ResourceRecord, Step, Steps};
use super::shown::{Brief, Details, JudgedAs, Shared, Shown};
use super::{Resources, index_codes};
use crate::opening::Opening;
use crate::segments::Stored;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, Vector};
use schema::eligibility::Eligibility;
use schema::ids::{RegistrationId, ResourceId};
use schema::licence::Licence;
use schema::resource::{MemberSource, Provider};
use schema::{AreaCode, Dated, Documents, Office, Position, Vacancy};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What many rows say alike, each at its number.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Tables {
    categories: Vec<Arc<str>>,
    providers: Vec<Arc<Provider>>,
    eligibilities: Vec<Arc<Eligibility>>,
    documents: Vec<Arc<Documents>>,
    licences: Vec<Arc<Licence>>,
    openings: Vec<Arc<Opening>>,
}

/// One version.
#[derive(Debug, Serialize, Deserialize)]
struct ShownRow(
    /// The event's position, commit and prepare.
    (u64, u64),
    /// When it was recorded.
    #[serde(with = "crate::times")]
    DateTime<Utc>,
    Box<str>,
    /// Category, provider, eligibility, documents, licence, opening.
    [u32; 6],
    AreaCode,
    Box<[AreaCode]>,
    Option<Vacancy>,
    Option<bool>,
    Vec<(RegistrationId, Office)>,
    Box<[u64]>,
    Stored<Details>,
);

#[derive(Debug, Serialize, Deserialize)]
enum StepRow {
    Shown(ShownRow),
    Gone(Gone),
}

/// One resource.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row(ResourceId, Vec<StepRow>);

/// What is not told row by row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Rest {
    tables: Tables,
    ended: Vec<(Option<AreaCode>, Vector<Dated<ResourceId>>)>,
    behind: Vec<(RegistrationId, Vec<Dated<Option<ResourceId>>>)>,
}

/// Makes rows of resources.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    tables: Tables,
    /// Where a value stands in its table, by its address.
    numbers: HashMap<(u8, usize), u32>,
}

impl Rows {
    /// With what the rows share, which is told before them: whoever reads them makes of each what it was at once.
    pub(crate) fn of(resources: &Resources) -> Rows {
        let mut rows = Rows::default();
        for shown in resources.by_id.values().flat_map(ResourceRecord::steps).filter_map(Step::shown) {
            rows.numbers_of(shown);
        }
        rows
    }

    /// The rows, so many at a time: what is there now, in the usual order, then what is there no more.
    pub(crate) fn chunks<'r>(
        &'r mut self,
        resources: &'r Resources,
        size: usize,
    ) -> impl Iterator<Item = Vec<Row>> + 'r {
        let there = resources.all.present.iter().filter_map(|entry| resources.by_id.get_key_value(&entry.id()));
        let gone = resources.by_id.iter().filter(|(_, record)| record.shown().is_none());
        let mut records = there.chain(gone);
        std::iter::from_fn(move || {
            let rows: Vec<Row> = records.by_ref().take(size).map(|(id, record)| self.row(*id, record)).collect();
            (!rows.is_empty()).then_some(rows)
        })
    }

    /// What is not told row by row.
    pub(crate) fn rest(&self, resources: &Resources) -> Rest {
        let of_areas = resources.serving.iter().map(|(code, index)| (Some(*code), index));
        let ended = of_areas.chain([(None, &resources.all)]).filter(|(_, index)| !index.ended.is_empty());
        let ended = ended.map(|(code, index)| (code, index.ended.clone())).collect();
        let behind = resources.behind.iter().map(|(id, under)| (*id, under.to_vec()));
        Rest { behind: behind.collect(), tables: self.tables.clone(), ended }
    }

    fn numbers_of(&mut self, shown: &Shown) -> [u32; 6] {
        let said = &shown.resource;
        [
            number(&mut self.numbers, &mut self.tables.categories, 0, &said.category),
            number(&mut self.numbers, &mut self.tables.providers, 1, &said.provider),
            number(&mut self.numbers, &mut self.tables.eligibilities, 2, &said.eligibility),
            number(&mut self.numbers, &mut self.tables.documents, 3, &said.documents),
            number(&mut self.numbers, &mut self.tables.licences, 4, &said.licence),
            number(&mut self.numbers, &mut self.tables.openings, 5, &shown.opening),
        ]
    }

    fn row(&mut self, id: ResourceId, record: &ResourceRecord) -> Row {
        let step = |step: &Step| match step {
            Step::Shown(shown) => StepRow::Shown(self.shown(shown)),
            Step::Gone(gone) => StepRow::Gone(Gone::clone(gone)),
        };
        Row(id, record.steps().iter().map(step).collect())
    }

    fn shown(&mut self, shown: &Shown) -> ShownRow {
        let (said, numbers) = (&shown.resource, self.numbers_of(shown));
        ShownRow(
            (shown.from.commit, shown.from.prepare),
            shown.at,
            said.name.clone(),
            numbers,
            said.area,
            said.coverage.clone(),
            said.vacancy,
            said.home_visits,
            said.sources.iter().map(|source| (source.registration, source.office)).collect(),
            said.numbers.clone(),
            shown.details,
        )
    }
}

/// Where a value stands in its table; it is appended if it is met for the first time.
fn number<T: ?Sized>(
    numbers: &mut HashMap<(u8, usize), u32>,
    table: &mut Vec<Arc<T>>,
    kind: u8,
    value: &Arc<T>,
) -> u32 {
    let address = Arc::as_ptr(value).cast::<()>() as usize;
    *numbers.entry((kind, address)).or_insert_with(|| {
        table.push(Arc::clone(value));
        u32::try_from(table.len() - 1).unwrap_or(u32::MAX)
    })
}

/// Makes resources of rows, for as many at a time as like.
#[derive(Debug)]
pub(crate) struct Restoring {
    tables: Tables,
    shared: Mutex<Shared>,
    /// Whether each eligibility is the one that is held of those alike.
    held: Vec<bool>,
    ended: Vec<(Option<AreaCode>, Vector<Dated<ResourceId>>)>,
    behind: Vec<(RegistrationId, Vec<Dated<Option<ResourceId>>>)>,
}

/// A row that names what no table holds.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a row names what no table holds")]
pub(crate) struct NoSuchNumber;

/// How two things are done beside one another.
pub(crate) trait Beside: Sync {
    fn both<A: Send, B: Send>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B);
}

/// Resources, in the order of an image's rows.
pub(crate) type Records = Vec<(ResourceId, ResourceRecord)>;

impl Restoring {
    pub(crate) fn of(Rest { tables, ended, behind }: Rest) -> Restoring {
        let shared = tables.shared();
        let held = tables.eligibilities.iter().map(|eligibility| shared.holds(eligibility)).collect();
        Restoring { shared: Mutex::new(shared), held, tables, ended, behind }
    }

    /// What some rows tell.
    pub(crate) fn records(&self, rows: Vec<Row>) -> Result<Records, NoSuchNumber> {
        let mut judged = self.judged(&rows)?.into_iter();
        rows.into_iter().map(|Row(id, steps)| Ok((id, self.record(id, steps, &mut judged)?))).collect()
    }

    /// By what each version of some rows is judged: of all in one go, since the numbers are everybody's.
    fn judged(&self, rows: &[Row]) -> Result<Vec<JudgedAs>, NoSuchNumber> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = rows.iter().flat_map(|Row(_, steps)| steps).filter_map(|step| match step {
            StepRow::Shown(row) => Some(row),
            StepRow::Gone(_) => None,
        });
        let mut judged_as = |ShownRow(_, _, _, numbers, _, coverage, vacancy, ..): &ShownRow| {
            let [_, _, eligibility, documents, licence, _] = *numbers;
            let is_held = self.held.get(eligibility as usize).copied().unwrap_or_default();
            let eligibility = at_number(&self.tables.eligibilities, eligibility)?;
            let licence = at_number(&self.tables.licences, licence)?;
            let documents = at_number(&self.tables.documents, documents)?;
            Ok(shared.judged_as((eligibility, is_held), licence, (*vacancy, documents), coverage))
        };
        shown.map(&mut judged_as).collect()
    }

    /// All of it with its indexes, which are made beside one another.
    pub(crate) fn finish(self, by_id: &Records, beside: &impl Beside) -> Resources {
        let Restoring { tables, shared, ended, behind, .. } = self;
        drop(tables);
        let (records, (present, of_areas)) = beside.both(
            || {
                let mut records: Vec<_> = by_id.clone();
                records.sort_unstable_by_key(|(id, _)| *id);
                records.into_iter().collect()
            },
            || {
                let shown = by_id.iter().filter_map(|(_, record)| record.shown());
                indexes(&shown.map(Entry::of).collect::<Vec<_>>(), beside)
            },
        );
        let mut all = Index { present, ..Index::default() };
        let index = |(code, present)| (code, Index { present, ..Index::default() });
        let mut serving: OrdMap<AreaCode, Index> = of_areas.into_iter().map(index).collect();
        for (code, ended) in ended {
            let index = code.map_or(&mut all, |code| serving.entry(code).or_default());
            index.changed = ended.iter().map(|dated| dated.value).collect();
            index.ended = ended;
        }
        let behind = behind.into_iter().map(|(id, under)| (id, Arc::new(under))).collect();
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        Resources { by_id: records, serving, all, behind, shared, ..Resources::default() }
    }
}

/// All that is there in the usual order, and what of it serves each area, in code order.
pub(super) fn present(shown: &[&Arc<Shown>], beside: &impl Beside) -> (Present, Vec<(AreaCode, Present)>) {
    fn in_order<'r>(shown: &[&'r Arc<Shown>]) -> Vec<Entry<&'r Arc<Shown>>> {
        let mut entries: Vec<Entry<&Arc<Shown>>> = shown.iter().map(|shown| Entry::of(*shown)).collect();
        entries.sort_unstable();
        entries
    }
    let (first, second) = shown.split_at(shown.len() / 2);
    let (mut all, second) = beside.both(|| in_order(first), || in_order(second));
    all.extend(second);
    // Two runs, which this sort finds.
    all.sort();
    indexes(&all, beside)
}

/// The same of what is in order.
fn indexes(all: &[Entry<&Arc<Shown>>], beside: &impl Beside) -> (Present, Vec<(AreaCode, Present)>) {
    beside.both(|| Present::of(all), || serving(all))
}

/// What serves each area, of all that is there, in the usual order.
fn serving(all: &[Entry<&Arc<Shown>>]) -> Vec<(AreaCode, Present)> {
    let mut serving: Vec<(AreaCode, u32)> = Vec::with_capacity(all.len());
    for (place, entry) in (0..).zip(all) {
        let mut serve = |code| serving.push((code, place));
        match &*entry.shown.resource.coverage {
            [] => serve(entry.shown.resource.area),
            [code] => serve(*code),
            _ => index_codes(&entry.shown.resource).iter().copied().for_each(serve),
        }
    }
    serving.sort_unstable();
    let of_area = |of: &[(AreaCode, u32)]| {
        let entries: Vec<_> = of.iter().filter_map(|(_, place)| all.get(*place as usize).copied()).collect();
        Some((of.first()?.0, Present::of(&entries)))
    };
    serving.chunk_by(|(one, _), (other, _)| one == other).filter_map(of_area).collect()
}

impl Restoring {
    fn record(
        &self,
        id: ResourceId,
        steps: Vec<StepRow>,
        judged: &mut impl Iterator<Item = JudgedAs>,
    ) -> Result<ResourceRecord, NoSuchNumber> {
        let mut step = |row: StepRow| match row {
            StepRow::Shown(row) => {
                self.shown(id, row, judged.next().unwrap_or_default()).map(|shown| Step::Shown(Arc::new(shown)))
            }
            StepRow::Gone(gone) => Ok(Step::Gone(Arc::new(gone))),
        };
        let steps: Vec<Step> = steps.into_iter().map(&mut step).collect::<Result<_, _>>()?;
        Ok(ResourceRecord(match <[Step; 1]>::try_from(steps) {
            Ok([step]) => Steps::One(step),
            Err(steps) => Steps::More(Arc::new(steps)),
        }))
    }

    fn shown(&self, id: ResourceId, row: ShownRow, judged_as: JudgedAs) -> Result<Shown, NoSuchNumber> {
        let ShownRow(
            (commit, prepare),
            at,
            name,
            numbers,
            area,
            coverage,
            vacancy,
            home_visits,
            sources,
            called,
            details,
        ) = row;
        let [category, provider, eligibility, documents, licence, opening] = numbers;
        let tables = &self.tables;
        let resource = Brief {
            judged_as,
            id,
            name,
            category: at_number(&tables.categories, category)?.clone(),
            provider: at_number(&tables.providers, provider)?.clone(),
            area,
            coverage,
            eligibility: at_number(&tables.eligibilities, eligibility)?.clone(),
            vacancy,
            documents: at_number(&tables.documents, documents)?.clone(),
            home_visits,
            licence: at_number(&tables.licences, licence)?.clone(),
            sources: sources.into_iter().map(|(registration, office)| MemberSource { registration, office }).collect(),
            numbers: called,
        };
        let from = Position { commit, prepare };
        let opening = at_number(&tables.openings, opening)?.clone();
        Ok(Shown { resource, opening, from, at, details })
    }
}

impl Tables {
    fn shared(&self) -> Shared {
        let Tables { categories, providers, eligibilities, documents, licences, openings } = self.clone();
        Shared::of(categories, providers, eligibilities, documents, licences, openings)
    }
}

fn at_number<T: ?Sized>(table: &[Arc<T>], number: u32) -> Result<&Arc<T>, NoSuchNumber> {
    table.get(number as usize).ok_or(NoSuchNumber)
}
