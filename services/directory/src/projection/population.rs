//! How many people live in each community, as counted: what stands on a code that ended is carried to the one that came after.

use super::{AsOf, Dated, Stamp};
use chrono::NaiveDate;
use imbl::{OrdMap, Vector};
use schema::area_book::{AreaView, Became};
use schema::areas::AreaChangeKind;
use schema::population::{CountedGroup, Persons, PopulationCounted};
use schema::{AreaCode, AreaLevel};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One row of a table of counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    on: NaiveDate,
    /// By its place in [`Population::sources`].
    source: u32,
    counts: Box<[(CountedGroup, u32)]>,
}

/// Every count that was handed in, by the code under which it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// In the order of the log.
    rows: OrdMap<AreaCode, Vec<Dated<Row>>>,
    /// Where counts come from, each once.
    sources: Vector<Arc<str>>,
}

/// What is counted of a group in a community, as it may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedPersons {
    /// How many.
    pub persons: Persons,
    /// The days for which the counts are true, the first and the last: several where several communities became one.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Where they come from.
    pub sources: BTreeSet<Arc<str>>,
}

impl CountedPersons {
    /// Adds what is counted elsewhere.
    pub fn add(&mut self, other: &CountedPersons) {
        self.persons += other.persons;
        self.days = match (self.days, other.days) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (days, None) | (None, days) => days,
        };
        self.sources.extend(other.sources.iter().cloned());
    }
}

/// By community and group. What is absent was not counted, or nobody can say any more for whom it counts.
pub type ByCommunity = BTreeMap<AreaCode, BTreeMap<CountedGroup, CountedPersons>>;

/// The count that holds of a code and a group.
#[derive(Clone, Copy)]
struct Latest {
    on: NaiveDate,
    count: u32,
    source: u32,
}

/// A count that stands on a community.
struct Part {
    latest: Latest,
    /// The changes that led there from the code that it was made under; none where it was made under the community's own.
    moved: Option<Moved>,
}

struct Moved {
    /// The day of the last of them.
    since: NaiveDate,
    /// The codes that were left on the way.
    through: BTreeSet<AreaCode>,
    /// Whether it is the community itself under another code or name, and not one that was joined to it.
    continues: bool,
}

impl Population {
    pub(super) fn fold(&mut self, counted: PopulationCounted, stamp: Stamp) {
        let known = self.sources.iter().rposition(|source| **source == *counted.source);
        let source = known.unwrap_or_else(|| {
            self.sources.push_back(counted.source.into());
            self.sources.len() - 1
        });
        let source = u32::try_from(source).unwrap_or(u32::MAX);
        for community in counted.communities {
            let row = Row { on: counted.on, source, counts: community.counts.into_iter().collect() };
            self.rows.entry(community.area).or_default().push(stamp.dated(row));
        }
    }

    /// What is counted in the communities of a division by a day, as far as it is seen.
    ///
    /// Of a community and a group the latest count by that day holds; of two for one day, the one that was handed in
    /// later. A count made under a code that ended since is carried to the community that came after it; where several
    /// became one, all of them are added up, and it is not counted where one of them is not. Of a community that was
    /// divided nobody knows how many are where, until it is counted anew.
    pub fn within(&self, division: AreaCode, day: NaiveDate, divisions: AreaView<'_>, as_of: AsOf) -> ByCommunity {
        let mut parts: BTreeMap<(AreaCode, CountedGroup), Vec<Part>> = BTreeMap::new();
        for (code, rows) in &self.rows {
            for (group, latest) in latest_of(rows, day, as_of) {
                let (target, moved) = match divisions.became(*code, Some(latest.on)) {
                    Became::Itself => (*code, None),
                    Became::One(new) => (new, Some(moved(divisions, *code, new, latest.on))),
                    Became::Several(_) | Became::Nothing | Became::Within(_) | Became::Unknown => continue,
                };
                if division.contains(target) && target.level() == AreaLevel::Village {
                    parts.entry((target, group)).or_default().push(Part { latest, moved });
                }
            }
        }
        let mut counted = ByCommunity::new();
        for ((community, group), parts) in parts {
            if let Some(whole) = whole(divisions, community, parts, &self.sources) {
                counted.entry(community).or_default().insert(group, whole);
            }
        }
        counted
    }
}

fn latest_of(rows: &[Dated<Row>], day: NaiveDate, as_of: AsOf) -> impl Iterator<Item = (CountedGroup, Latest)> {
    let mut latest: BTreeMap<CountedGroup, Latest> = BTreeMap::new();
    for row in rows.iter().filter(|row| as_of.sees(row.from)).map(|row| &row.value).filter(|row| row.on <= day) {
        for (group, count) in &row.counts {
            if latest.get(group).is_none_or(|known| known.on <= row.on) {
                latest.insert(*group, Latest { on: row.on, count: *count, source: row.source });
            }
        }
    }
    latest.into_iter()
}

fn moved(divisions: AreaView<'_>, old: AreaCode, new: AreaCode, on: NaiveDate) -> Moved {
    let changes = divisions.succession(old, Some(on)).changes;
    Moved {
        since: changes.iter().map(|change| change.on.day()).max().unwrap_or(on),
        through: changes.iter().filter_map(|change| change.old_code).chain([old]).collect(),
        continues: changes
            .iter()
            .filter(|change| change.new_code == Some(new))
            .all(|change| change.kind != AreaChangeKind::MergedInto),
    }
}

/// All that is counted of a community, if that is all of it.
fn whole(
    divisions: AreaView<'_>,
    community: AreaCode,
    parts: Vec<Part>,
    sources: &Vector<Arc<str>>,
) -> Option<CountedPersons> {
    let own = parts.iter().filter(|part| part.moved.is_none()).map(|part| part.latest.on).max();
    // What came before the community was counted is counted there.
    let is_in_own = |since: NaiveDate| own.is_some_and(|on| on >= since);
    let held = |part: &&Part| part.moved.as_ref().is_none_or(|moved| !is_in_own(moved.since));
    let holding: Vec<&Part> = parts.iter().filter(held).collect();
    let is_there = |old: AreaCode| {
        holding.iter().any(|part| part.moved.as_ref().is_some_and(|moved| moved.through.contains(&old)))
    };
    let lacks = divisions
        .changes_of(community)
        .into_iter()
        .filter(|change| change.old_code != change.new_code && !is_in_own(change.on.day()))
        .any(|change| {
            let came = change.new_code == Some(community);
            // Of one that was joined or re-coded the people came along; of a part, came or gone, nobody counted how many.
            change.is_of_a_part() || (came && change.old_code.is_some_and(|old| !is_there(old)))
        });
    let begins = own.is_some()
        || holding.iter().any(|part| part.moved.as_ref().is_some_and(|moved| moved.continues))
        || !divisions.was_listed(community);
    if lacks || !begins {
        return None;
    }
    let mut whole = CountedPersons::default();
    for part in holding {
        whole.add(&CountedPersons {
            persons: Persons::counted(part.latest.count),
            days: Some((part.latest.on, part.latest.on)),
            sources: usize::try_from(part.latest.source)
                .ok()
                .and_then(|place| sources.get(place))
                .cloned()
                .into_iter()
                .collect(),
        });
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::area_book::AreaBook;
    use schema::areas::{Area, AreaChanged, AreasEvent, AreasListed, ChangeDate};
    use schema::population::CommunityCount;
    use schema::{Position, Scheme};

    const TOWN: &str = "130306100000";
    const A: &str = "130306100209";
    const B: &str = "130306100210";
    const NEW: &str = "130306100399";
    const FAR: &str = "130322100201";

    fn code(text: &str) -> AreaCode {
        text.parse().unwrap()
    }

    fn book(changes: &[(AreaChangeKind, &str, &str, &str)]) -> AreaBook {
        let mut book = AreaBook::default();
        let area = |text: &str| {
            let code = code(text);
            Area { code, name: format!("村{text}"), level: code.level(), parent: code.with_ancestors().nth(1) }
        };
        let scheme = Scheme::default();
        let areas = ["130306000000", TOWN, A, B, "130322000000", "130322100000", FAR].map(area).to_vec();
        book.apply(&AreasEvent::AreasListed(AreasListed { scheme, areas, part: None }));
        for (kind, old, new, on) in changes {
            book.apply(&AreasEvent::AreaChanged(AreaChanged {
                scheme,
                kind: *kind,
                on: ChangeDate::Day(on.parse().unwrap()),
                words: "变更".to_owned(),
                old_code: Some(code(old)),
                old_name: Some(format!("村{old}")),
                new_code: Some(code(new)),
                new_name: Some(format!("村{new}")),
                document: None,
                unconfirmed: None,
            }));
        }
        book
    }

    fn population(counts: &[(&str, &str, u32)]) -> Population {
        let mut population = Population::default();
        for (place, (area, on, count)) in (0..).zip(counts) {
            let stamp = Stamp { position: Position { commit: place, prepare: place }, recorded_at: Default::default() };
            let count = BTreeMap::from([(CountedGroup::SixtyAndOver, *count)]);
            let communities = vec![CommunityCount { area: code(area), counts: count }];
            population.fold(PopulationCounted { on: on.parse().unwrap(), source: "表".to_owned(), communities }, stamp);
        }
        population
    }

    fn shown(population: &Population, book: &AreaBook, day: &str, as_of: AsOf) -> Vec<(String, String)> {
        let counted = population.within(code("130306"), day.parse().unwrap(), book.now(), as_of);
        counted
            .into_iter()
            .map(|(code, groups)| (code.to_string(), groups[&CountedGroup::SixtyAndOver].persons.shown()))
            .collect()
    }

    #[test]
    fn the_latest_count_by_a_day_holds_and_of_one_day_what_was_handed_in_last() {
        let counts = [(A, "2024-12-31", 100), (A, "2025-12-31", 110), (A, "2024-12-31", 101), (B, "2025-12-31", 3)];
        let (population, book) = (population(&counts), book(&[]));
        let at = |day, as_of| shown(&population, &book, day, as_of);
        let of = |counts: &[(&str, &str)]| -> Vec<(String, String)> {
            counts.iter().map(|(code, count)| ((*code).to_owned(), (*count).to_owned())).collect()
        };
        assert_eq!(at("2026-03-02", AsOf::Latest), of(&[(A, "110"), (B, "<5")]));
        assert_eq!(at("2025-06-30", AsOf::Latest), of(&[(A, "101")]));
        assert_eq!(at("2024-06-30", AsOf::Latest), of(&[]));
        let then = AsOf::Through(Position { commit: 0, prepare: 0 });
        assert_eq!(at("2026-03-02", then), of(&[(A, "100")]), "what was known then");
        let image = rmp_serde::to_vec_named(&population).unwrap();
        assert_eq!(rmp_serde::from_slice::<Population>(&image).unwrap(), population, "an image holds it");
    }

    #[test]
    fn what_stands_on_an_old_code_is_carried_to_the_new_one_and_never_guessed() {
        use AreaChangeKind::{MergedInto, Recoded, Split, Transferred};
        let day = "2025-07-01";
        for (name, changes, counts, expected) in [
            ("re-coded", vec![(Recoded, A, NEW)], vec![(A, "2024-12-31", 100)], vec![(NEW, "100")]),
            ("went to another county", vec![(Transferred, A, FAR)], vec![(A, "2024-12-31", 100)], vec![]),
            (
                "two became a new one",
                vec![(MergedInto, A, NEW), (MergedInto, B, NEW)],
                vec![(A, "2024-12-31", 100), (B, "2023-12-31", 20)],
                vec![(NEW, "120")],
            ),
            (
                "two became one, a small count among them",
                vec![(MergedInto, A, NEW), (MergedInto, B, NEW)],
                vec![(A, "2024-12-31", 100), (B, "2024-12-31", 3)],
                vec![(NEW, "101-104")],
            ),
            (
                "two became one, of which one was not counted",
                vec![(MergedInto, A, NEW), (MergedInto, B, NEW)],
                vec![(A, "2024-12-31", 100)],
                vec![],
            ),
            (
                "one went into another that goes on",
                vec![(MergedInto, A, B)],
                vec![(A, "2024-12-31", 100), (B, "2024-12-31", 20)],
                vec![(B, "120")],
            ),
            ("the one that goes on was not counted", vec![(MergedInto, A, B)], vec![(A, "2024-12-31", 100)], vec![]),
            ("the one that came was not counted", vec![(MergedInto, A, B)], vec![(B, "2024-12-31", 20)], vec![]),
            (
                "counted anew since",
                vec![(MergedInto, A, B)],
                vec![(A, "2024-12-31", 100), (B, "2025-12-31", 118)],
                vec![(B, "118")],
            ),
            ("divided", vec![(Split, A, NEW)], vec![(A, "2024-12-31", 100)], vec![]),
            (
                "divided and counted anew",
                vec![(Split, A, NEW)],
                vec![(A, "2025-12-31", 60), (NEW, "2025-12-31", 45)],
                vec![(A, "60"), (NEW, "45")],
            ),
        ] {
            let changes: Vec<_> = changes.into_iter().map(|(kind, old, new)| (kind, old, new, day)).collect();
            let found = shown(&population(&counts), &book(&changes), "2026-03-02", AsOf::Latest);
            let found: Vec<(&str, &str)> = found.iter().map(|(code, count)| (code.as_str(), count.as_str())).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_county_that_was_re_coded_keeps_its_counts() {
        let old = "130323100209";
        let changes = [(AreaChangeKind::CountyToDistrict, "130323000000", "130306000000", "2025-07-01")];
        let found = shown(&population(&[(old, "2024-12-31", 100)]), &book(&changes), "2026-03-02", AsOf::Latest);
        assert_eq!(found, [(A.to_owned(), "100".to_owned())]);
    }
}
