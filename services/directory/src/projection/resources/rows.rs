//! The resources as rows of an image, and back.
//!
//! What can be told from the rest is left out: what is there now is the last step of each record, and under which resource a
//! registration is shown is told only where it is more than the first version that names it.

use super::index::{Entry, Index};
use super::record::{Gone, ResourceRecord, Step, Steps};
use super::shown::{Brief, Details, Shared, Shown};
use super::{Lately, Resources, ShownUnder, index_codes};
use crate::opening::Opening;
use crate::segments::Stored;
use chrono::DateTime;
use imbl::{OrdMap, OrdSet, Vector};
use schema::eligibility::Eligibility;
use schema::ids::{RegistrationId, ResourceId};
use schema::licence::Licence;
use schema::resource::{MemberSource, Provider};
use schema::{AreaCode, Dated, Documents, Office, Position, Vacancy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

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
    /// The event's position (commit and prepare), and when it was recorded in nanoseconds since 1970.
    (u64, u64, i64),
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
    /// The rows, so many at a time.
    pub(crate) fn chunks<'r>(
        &'r mut self,
        resources: &'r Resources,
        size: usize,
    ) -> impl Iterator<Item = Vec<Row>> + 'r {
        let mut records = resources.by_id.iter();
        std::iter::from_fn(move || {
            let rows: Vec<Row> = records.by_ref().take(size).map(|(id, record)| self.row(*id, record)).collect();
            (!rows.is_empty()).then_some(rows)
        })
    }

    /// What is left once every row was made.
    pub(crate) fn rest(self, resources: &Resources) -> Rest {
        let of_areas = resources.serving.iter().map(|(code, index)| (Some(*code), index));
        let ended = of_areas.chain([(None, &resources.all)]).filter(|(_, index)| !index.ended.is_empty());
        let ended = ended.map(|(code, index)| (code, index.ended.clone())).collect();
        let behind = resources.behind.iter().filter_map(|(id, under)| match under {
            ShownUnder::One(_) => None,
            ShownUnder::More(all) => Some((*id, all.to_vec())),
        });
        Rest { behind: behind.collect(), tables: self.tables, ended }
    }

    fn row(&mut self, id: ResourceId, record: &ResourceRecord) -> Row {
        let step = |step: &Step| match step {
            Step::Shown(shown) => StepRow::Shown(self.shown(shown)),
            Step::Gone(gone) => StepRow::Gone(Gone::clone(gone)),
        };
        Row(id, record.steps().iter().map(step).collect())
    }

    fn shown(&mut self, shown: &Shown) -> ShownRow {
        let said = &shown.resource;
        let numbers = [
            number(&mut self.numbers, &mut self.tables.categories, 0, &said.category),
            number(&mut self.numbers, &mut self.tables.providers, 1, &said.provider),
            number(&mut self.numbers, &mut self.tables.eligibilities, 2, &said.eligibility),
            number(&mut self.numbers, &mut self.tables.documents, 3, &said.documents),
            number(&mut self.numbers, &mut self.tables.licences, 4, &said.licence),
            number(&mut self.numbers, &mut self.tables.openings, 5, &shown.opening),
        ];
        ShownRow(
            (shown.from.commit, shown.from.prepare, shown.at.timestamp_nanos_opt().unwrap_or_default()),
            said.name.clone(),
            numbers,
            said.area,
            said.coverage.clone(),
            said.vacancy,
            said.home_visits,
            said.sources.iter().map(|source| (source.registration, source.office)).collect(),
            said.numbers.clone(),
            shown.details.clone(),
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

/// Makes resources of rows.
#[derive(Debug, Default)]
pub(crate) struct Restoring(Vec<Row>);

/// A row that names what no table holds.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a row names what no table holds")]
pub(crate) struct NoSuchNumber;

impl Restoring {
    /// Takes in some rows; they come in the order of their ids.
    pub(crate) fn take(&mut self, rows: Vec<Row>) {
        self.0.extend(rows);
    }

    /// All that was taken in, with its indexes.
    pub(crate) fn finish(self, rest: Rest) -> Result<Resources, NoSuchNumber> {
        let Rest { tables, ended, behind } = rest;
        let mut shared = tables.shared();
        let records = self.0.into_iter().map(|Row(id, steps)| Ok((id, tables.record(id, steps, &mut shared)?)));
        let by_id: Vec<(ResourceId, ResourceRecord)> = records.collect::<Result<_, NoSuchNumber>>()?;
        let shown = by_id.iter().filter_map(|(_, record)| record.shown());
        let mut present: Vec<Entry<&Arc<Shown>>> = shown.map(Entry::of).collect();
        present.sort_unstable();
        let all: OrdSet<_> = present.iter().map(Entry::owned).collect();
        let mut serving: BTreeMap<AreaCode, Vec<&Entry<&Arc<Shown>>>> = BTreeMap::new();
        for entry in &present {
            for code in index_codes(&entry.shown.resource) {
                serving.entry(code).or_default().push(entry);
            }
        }
        let index = |of: Vec<&Entry<&Arc<Shown>>>| Index {
            present: of.into_iter().map(Entry::owned).collect(),
            ..Index::default()
        };
        let mut serving: OrdMap<AreaCode, Index> = serving.into_iter().map(|(code, of)| (code, index(of))).collect();
        let mut under: OrdMap<RegistrationId, ShownUnder> =
            behind.into_iter().map(|(id, all)| (id, ShownUnder::More(Arc::new(all)))).collect();
        let mut first: Vec<(RegistrationId, &Arc<Shown>)> = Vec::with_capacity(by_id.len());
        for shown in by_id.iter().flat_map(|(_, record)| record.steps()).filter_map(Step::shown) {
            first.extend(shown.resource.sources.iter().map(|source| (source.registration, shown)));
        }
        first.sort_by_key(|(id, shown)| (*id, shown.from));
        first.dedup_by_key(|(id, _)| *id);
        for (id, shown) in first {
            under.entry(id).or_insert_with(|| ShownUnder::One(Arc::clone(shown)));
        }
        let mut all = Index { present: all, ..Index::default() };
        for (code, ended) in ended {
            let index = code.map_or(&mut all, |code| serving.entry(code).or_default());
            index.changed = ended.iter().map(|dated| dated.value).collect();
            index.ended = ended;
        }
        Ok(Resources {
            by_id: by_id.into_iter().collect(),
            serving,
            all,
            behind: under,
            shared,
            lately: Lately::default(),
        })
    }
}

impl Tables {
    fn record(&self, id: ResourceId, steps: Vec<StepRow>, shared: &mut Shared) -> Result<ResourceRecord, NoSuchNumber> {
        let mut step = |row: StepRow| match row {
            StepRow::Shown(row) => self.shown(id, row, shared).map(|shown| Step::Shown(Arc::new(shown))),
            StepRow::Gone(gone) => Ok(Step::Gone(Arc::new(gone))),
        };
        let steps: Vec<Step> = steps.into_iter().map(&mut step).collect::<Result<_, _>>()?;
        Ok(ResourceRecord(match <[Step; 1]>::try_from(steps) {
            Ok([step]) => Steps::One(step),
            Err(steps) => Steps::More(Arc::new(steps)),
        }))
    }

    fn shown(&self, id: ResourceId, row: ShownRow, shared: &mut Shared) -> Result<Shown, NoSuchNumber> {
        let ShownRow(when, name, numbers, area, coverage, vacancy, home_visits, sources, called, details) = row;
        let (commit, prepare, at) = when;
        let [category, provider, eligibility, documents, licence, opening] = numbers;
        let eligibility = at_number(&self.eligibilities, eligibility)?;
        let licence = at_number(&self.licences, licence)?;
        let documents = at_number(&self.documents, documents)?;
        let resource = Brief {
            judged_as: shared.judged_as(&eligibility, &licence, (vacancy, &documents), &coverage),
            id,
            name,
            category: at_number(&self.categories, category)?,
            provider: at_number(&self.providers, provider)?,
            area,
            coverage,
            eligibility,
            vacancy,
            documents,
            home_visits,
            licence,
            sources: sources.into_iter().map(|(registration, office)| MemberSource { registration, office }).collect(),
            numbers: called,
        };
        let from = Position { commit, prepare };
        let (opening, at) = (at_number(&self.openings, opening)?, DateTime::from_timestamp_nanos(at));
        Ok(Shown { resource, opening, from, at, details })
    }

    fn shared(&self) -> Shared {
        let Tables { categories, providers, eligibilities, documents, licences, openings } = self.clone();
        Shared::of(categories, providers, eligibilities, documents, licences, openings)
    }
}

fn at_number<T: ?Sized>(table: &[Arc<T>], number: u32) -> Result<Arc<T>, NoSuchNumber> {
    table.get(number as usize).cloned().ok_or(NoSuchNumber)
}
