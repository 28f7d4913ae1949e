//! How many people live where services reach and where none does.

use super::enums::CountedGroup;
use super::scalars::Date;
use async_graphql::{Object, SimpleObject};
use directory::projection::{ByCommunity, CountedPersons, View};
use schema::{AreaCode, Stream, population};
use std::collections::BTreeSet;

/// A number of persons that does not tell a small one. A count of 1 to 4 is `<5`, and enters sums as one such count alone, so
/// that nothing more can be worked out from any of them.
#[derive(Clone, Copy, Debug)]
pub struct Persons(population::Persons);

/// A number of persons that does not tell a small one. A count of 1 to 4 is `<5`, and enters sums as one such count alone, so
/// that nothing more can be worked out from any of them.
#[Object]
impl Persons {
    /// Exactly so many; null where a small count is among what was added up.
    async fn exactly(&self) -> Option<i32> {
        self.0.exactly().map(number)
    }

    /// At least so many.
    async fn at_least(&self) -> i32 {
        number(self.0.at_least())
    }

    /// At most so many.
    async fn at_most(&self) -> i32 {
        number(self.0.at_most())
    }

    /// As it is shown: `128`, `<5`, `121-124`.
    async fn shown(&self) -> String {
        self.0.shown()
    }
}

pub(super) fn number(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// How many people of a group live in some communities.
#[derive(SimpleObject, Clone, Debug)]
pub struct PeopleIn {
    /// How many, in those communities that were counted; null where none of them was: nobody knows, which is not 0.
    pub persons: Option<Persons>,
    /// How many of the communities were not counted. Their people come on top.
    pub not_counted: i32,
}

/// How many people of a group live in a division, as counted.
#[derive(SimpleObject, Clone, Debug)]
pub struct Population {
    /// The group.
    pub group: CountedGroup,
    /// What it is called, in Chinese.
    pub name: &'static str,
    /// How many; null where no community was counted.
    pub persons: Option<Persons>,
    /// How many communities were not counted.
    pub not_counted: i32,
    /// 统计时点: the earliest day for which one of the counts is true.
    pub counted_from: Option<Date>,
    /// The latest.
    pub counted_to: Option<Date>,
    /// Where the counts come from, in the words of whoever handed them in.
    pub sources: Vec<String>,
}

/// How many people of a group live in the communities of a division, by how those are reached. Each community counts once, by
/// the nearest.
#[derive(SimpleObject, Clone, Debug)]
pub struct PeopleReached {
    /// The group.
    pub group: CountedGroup,
    /// What it is called, in Chinese.
    pub name: &'static str,
    /// Where there is one of their own.
    pub own: PeopleIn,
    /// Where only something of the town serves.
    pub town: PeopleIn,
    /// Where only something of the county, or more, serves.
    pub wider: PeopleIn,
    /// Where nothing serves.
    pub none: PeopleIn,
}

/// What is counted in the communities of a division.
#[derive(Debug, Default)]
pub(super) struct People {
    counted: ByCommunity,
    /// The groups that were counted in any of them, in order.
    groups: Vec<population::CountedGroup>,
}

/// Communities, added up.
#[derive(Clone, Debug, Default)]
struct Sum {
    counted: CountedPersons,
    communities: usize,
    not_counted: usize,
}

impl Sum {
    fn people(&self) -> PeopleIn {
        PeopleIn { persons: self.persons(), not_counted: number(self.not_counted as u64) }
    }

    /// Of no community at all it is known that nobody lives there.
    fn persons(&self) -> Option<Persons> {
        let is_known = self.communities == 0 || self.not_counted < self.communities;
        is_known.then_some(Persons(self.counted.persons))
    }
}

impl People {
    /// Those of a division, by a day. What stands in a stream that could not be read is not known.
    pub(super) fn within(view: &View, division: AreaCode, day: chrono::NaiveDate) -> People {
        let snapshot = &view.snapshot;
        let mut counted = snapshot.population.within(division, day, view.divisions(), view.as_of);
        counted.retain(|community, _| {
            let stream = Stream::Population(snapshot.scopes.scope_of(*community));
            !snapshot.unread.of_stream(stream, view.as_of)
        });
        let met: BTreeSet<population::CountedGroup> =
            counted.values().flat_map(|groups| groups.keys().copied()).collect();
        People { counted, groups: met.into_iter().collect() }
    }

    fn sum(&self, group: population::CountedGroup, communities: impl Iterator<Item = AreaCode>) -> Sum {
        let mut sum = Sum::default();
        for community in communities {
            sum.communities += 1;
            match self.counted.get(&community).and_then(|groups| groups.get(&group)) {
                Some(counted) => sum.counted.add(counted),
                None => sum.not_counted += 1,
            }
        }
        sum
    }

    /// How many live in some communities, by group.
    pub(super) fn population(&self, communities: &[AreaCode]) -> Vec<Population> {
        let of = |group: &population::CountedGroup| {
            let sum = self.sum(*group, communities.iter().copied());
            Population {
                group: (*group).into(),
                name: group.name_zh(),
                persons: sum.persons(),
                not_counted: number(sum.not_counted as u64),
                counted_from: sum.counted.days.map(|(first, _)| Date(first)),
                counted_to: sum.counted.days.map(|(_, last)| Date(last)),
                sources: sum.counted.sources.iter().map(ToString::to_string).collect(),
            }
        };
        self.groups.iter().map(of).collect()
    }

    /// How many live in communities that are reached so, by group; of the one group if it is given.
    pub(super) fn reached(&self, by: &ByReach, only: Option<population::CountedGroup>) -> Vec<PeopleReached> {
        let of = |group: population::CountedGroup| {
            let people = |communities: &[AreaCode]| self.sum(group, communities.iter().copied()).people();
            PeopleReached {
                group: group.into(),
                name: group.name_zh(),
                own: people(&by.own),
                town: people(&by.town),
                wider: people(&by.wider),
                none: people(&by.none),
            }
        };
        match only {
            Some(group) => vec![of(group)],
            None => self.groups.iter().map(|group| of(*group)).collect(),
        }
    }
}

/// Communities by how something reaches them.
#[derive(Clone, Debug, Default)]
pub(super) struct ByReach {
    pub(super) own: Vec<AreaCode>,
    pub(super) town: Vec<AreaCode>,
    pub(super) wider: Vec<AreaCode>,
    pub(super) none: Vec<AreaCode>,
}
