//! Where services reach and where none does: for planners. The same services answer as to the main question for a group of the
//! public in general, so that a village that is told to have nothing is one whose page is empty.

use super::area::Area;
use super::basic_services::{BasicServiceCoverage, BasicServiceList, CommunitiesReached, OwedTo};
use super::enums::CountedGroup;
use super::errors::Fault;
use super::paging::{count, how_many};
use super::people::{ByReach, People, PeopleReached, Population};
use super::scalars::{Position, Time};
use super::sight::{caller, refused};
use super::unanswered::UnansweredQuestions;
use super::view::token;
use async_graphql::{Context, Object, Result};
use chassis::auth::Role;
use chassis::clock::county_date;
use chrono::{DateTime, Utc};
use directory::eligibility::{Person, Verdict, assess};
use directory::projection::{Shown, View};
use schema::{AreaCode, AreaLevel, Audience, Scope, Stream};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Some of the categories, by their places in the list of them.
type Categories = u128;

/// How many categories are told apart.
const MOST: usize = Categories::BITS as usize;

/// What reaches a community, and how.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    /// What stands there, or names it.
    own: Categories,
    /// What serves the whole of its town.
    town: Categories,
    /// What serves the whole of its county, or more.
    wider: Categories,
}

/// What reaches each community of a division.
#[derive(Debug)]
struct ByCommunity {
    categories: Vec<String>,
    /// In code order.
    communities: Vec<(AreaCode, Reached)>,
    /// How many people live there.
    people: People,
}

/// Where services reach in a division.
pub struct Coverage {
    view: View,
    code: AreaCode,
    at: DateTime<Utc>,
    counted: Arc<ByCommunity>,
}

/// Looks at every community of a division. The cost is that of what serves the division or a part of it.
pub async fn ask(view: View, code: AreaCode, audience: Audience, at: DateTime<Utc>) -> Result<Coverage> {
    let of = view.clone();
    // A province holds a million services.
    let counted = tokio::task::spawn_blocking(move || counted(&of, code, audience, at)).await?;
    Ok(Coverage { view, code, at, counted: Arc::new(counted) })
}

fn counted(view: &View, code: AreaCode, audience: Audience, at: DateTime<Utc>) -> ByCommunity {
    let day = county_date(at);
    let person = Person::default();
    let answers = |shown: &&Arc<Shown>| {
        let resource = &shown.resource;
        view.snapshot.unread.of_resource(resource, view.as_of)
            || assess(resource, audience, &person, day).verdict != Verdict::No
    };
    // By the division through which they reach.
    let mut reaching: BTreeMap<AreaCode, Vec<&Arc<Shown>>> = BTreeMap::new();
    for (through, versions) in view.snapshot.resources.reaching(code, view.as_of) {
        reaching.insert(through, versions.into_iter().filter(answers).collect());
    }
    let found = reaching.values().flatten().map(|shown| &*shown.resource.category);
    let categories: Vec<String> = found.collect::<BTreeSet<&str>>().into_iter().take(MOST).map(str::to_owned).collect();
    let bit = |shown: &Shown| {
        let place = categories.binary_search_by(|category| (**category).cmp(&shown.resource.category));
        place.map_or(0, |place| 1 << place)
    };
    let mut through: BTreeMap<AreaCode, Categories> = BTreeMap::new();
    let mut standing: BTreeMap<AreaCode, Categories> = BTreeMap::new();
    for (reached_by, versions) in &reaching {
        for shown in versions {
            *through.entry(*reached_by).or_default() |= bit(shown);
            // What stands there and serves more serves it as well.
            if reached_by.contains(shown.resource.area) {
                *standing.entry(shown.resource.area).or_default() |= bit(shown);
            }
        }
    }
    let of = |by: &BTreeMap<AreaCode, Categories>, code: AreaCode| by.get(&code).copied().unwrap_or_default();
    let communities = view.divisions().iter(Some(code)).filter(|area| area.level == AreaLevel::Village).map(|area| {
        let above = [AreaLevel::County, AreaLevel::City, AreaLevel::Province];
        let wider = above.into_iter().fold(0, |wider, level| wider | of(&through, area.code.at_level(level)));
        let own = of(&through, area.code) | of(&standing, area.code);
        (area.code, Reached { own, town: of(&through, area.code.at_level(AreaLevel::Town)), wider })
    });
    ByCommunity { communities: communities.collect(), categories, people: People::within(view, code, day) }
}

impl ByReach {
    /// Where a community belongs, by the nearest of some categories.
    fn of(&mut self, reached: Reached, categories: Categories) -> &mut Vec<AreaCode> {
        let has = |reached: Categories| reached & categories != 0;
        if has(reached.own) {
            &mut self.own
        } else if has(reached.town) {
            &mut self.town
        } else if has(reached.wider) {
            &mut self.wider
        } else {
            &mut self.none
        }
    }
}

impl Coverage {
    /// The communities, by how any of some categories reaches them.
    fn by_reach(&self, categories: Categories) -> ByReach {
        let mut by = ByReach::default();
        for (code, reached) in self.reached() {
            by.of(*reached, categories).push(*code);
        }
        by
    }

    fn reached(&self) -> impl Iterator<Item = &(AreaCode, Reached)> {
        let all = &self.counted.communities;
        let begin = all.partition_point(|(code, _)| *code < self.code);
        all.get(begin..).into_iter().flatten().take_while(|(code, _)| self.code.contains(*code))
    }
}

/// Where services reach in a division, and where none does: by category, how many of its communities have one of their own,
/// how many only one of their town or county, how many none.
#[Object]
impl Coverage {
    /// The division.
    async fn area(&self) -> Area {
        Area::declared(&self.view, self.code)
    }

    /// How many villages and communities it has.
    async fn communities(&self) -> i32 {
        count(self.reached().count())
    }

    /// How many people live in it, by group, as counted by the day of `at`: of every group that was counted in any community
    /// of the division that was asked about. Empty where nobody was counted.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn population(&self) -> Vec<Population> {
        let communities: Vec<AreaCode> = self.reached().map(|(code, _)| *code).collect();
        self.counted.people.population(&communities)
    }

    /// By category, by code point: every category of which anything serves the division that was asked about, or a part of it.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn categories(&self) -> Vec<CategoryCoverage> {
        let mut categories: Vec<CategoryCoverage> = self
            .counted
            .categories
            .iter()
            .map(|category| CategoryCoverage {
                view: self.view.clone(),
                category: category.clone(),
                counted: Arc::clone(&self.counted),
                by: ByReach::default(),
            })
            .collect();
        for (code, reached) in self.reached() {
            for (place, of) in categories.iter_mut().enumerate() {
                of.by.of(*reached, 1 << place).push(*code);
            }
        }
        categories
    }

    /// 基本养老服务清单: each item that is owed to elders here on the day of `at`, by the lists of the county, the city, the province
    /// and the nation, and how many communities what fulfils it reaches. Null when a list could not be read; empty where none
    /// was adopted.
    #[graphql(complexity = "30 * child_complexity + 1")]
    async fn basic_services(&self) -> Option<Vec<BasicServiceCoverage>> {
        let (snapshot, as_of) = (&self.view.snapshot, self.view.as_of);
        let scope = snapshot.scopes.scope_of(self.code);
        let is_unread = |scope: Scope| snapshot.unread.of_stream(Stream::Policy(scope), as_of);
        if std::iter::once(scope).chain(scope.above()).any(is_unread) {
            return None;
        }
        let owed = snapshot.basic_services.owed(scope, county_date(self.at), as_of);
        let coverage = |owed: directory::projection::OwedService| {
            let item = owed.item;
            let place = |category: &String| self.counted.categories.binary_search(category).ok();
            let categories =
                item.categories.iter().filter_map(place).fold(0, |all: Categories, place| all | 1 << place);
            let by = (!item.categories.is_empty()).then(|| self.by_reach(categories));
            let people = by.as_ref().zip(item.owed_to.counted());
            BasicServiceCoverage {
                people: people.and_then(|(by, group)| self.counted.people.reached(by, Some(group)).pop()),
                communities: by.as_ref().map(|by| CommunitiesReached {
                    own: count(by.own.len()),
                    town: count(by.town.len()),
                    wider: count(by.wider.len()),
                    none: count(by.none.len()),
                }),
                kind: item.kind.into(),
                kind_name: item.kind.name_zh(),
                owed_to: OwedTo::of(&item.owed_to),
                list: BasicServiceList::of(owed.scope, &owed.list),
                code: item.code,
                name: item.name,
                content: item.content,
                unconfirmed: item.unconfirmed,
                fulfilled_by: item.categories,
            }
        };
        Some(owed.into_iter().map(coverage).collect())
    }

    /// Questions about what lies in it that found nothing, until the day of `at`, by category: whatever there is first, then the
    /// categories by code point. For planners, within their area. Null when what was counted could not be read.
    ///
    /// Counted are questions of the public, of operators and of partners, by community, category and day, and nothing of who
    /// asked. A question just asked is there within a quarter of an hour.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn unanswered(&self, ctx: &Context<'_>) -> Result<Option<Vec<UnansweredQuestions>>> {
        let planner = caller(ctx).filter(|caller| matches!(caller.role, Role::Planner | Role::Admin));
        let Some(planner) = planner else { return Err(refused(ctx)) };
        if let Some(own) = planner.bound_to().filter(|own| !own.contains(self.code)) {
            return Err(Fault::OutsideArea { own }.of(ctx));
        }
        let snapshot = &self.view.snapshot;
        let mut scopes: BTreeSet<Scope> = self.reached().map(|(code, _)| snapshot.scopes.scope_of(*code)).collect();
        scopes.insert(snapshot.scopes.scope_of(self.code));
        if scopes.iter().any(|scope| snapshot.unread.of_stream(Stream::Questions(*scope), self.view.as_of)) {
            return Ok(None);
        }
        let by_category = snapshot.questions.within(self.code, county_date(self.at), self.view.as_of);
        let told = |(category, asked): (Option<Arc<str>>, _)| UnansweredQuestions::of(category.as_deref(), asked);
        Ok(Some(by_category.into_iter().map(told).collect()))
    }

    /// The same of the divisions directly below it, in code order; empty where those are communities.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn children(&self) -> Vec<Coverage> {
        let below = self.view.divisions().children(self.code);
        below
            .filter(|area| area.level < AreaLevel::Village)
            .map(|area| Coverage {
                view: self.view.clone(),
                code: area.code,
                at: self.at,
                counted: Arc::clone(&self.counted),
            })
            .collect()
    }

    /// The time at which licences were judged.
    async fn at(&self) -> Time {
        Time(self.at)
    }

    /// How far the directory had got.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        token(ctx, self.view.position())
    }
}

/// How many communities of a division have a service of a category, and through what.
pub struct CategoryCoverage {
    view: View,
    category: String,
    counted: Arc<ByCommunity>,
    by: ByReach,
}

/// How many communities of a division have a service of a category, and through what. Each counts once, by the nearest.
#[Object]
impl CategoryCoverage {
    /// The category in the county's words, e.g. 助餐.
    async fn category(&self) -> &str {
        &self.category
    }

    /// 本村有: something stands there, or is registered for it by name.
    async fn own(&self) -> i32 {
        count(self.by.own.len())
    }

    /// 只有镇上的: nothing of their own, but something serves the whole of their town.
    async fn town(&self) -> i32 {
        count(self.by.town.len())
    }

    /// 只有县里的: nothing of their own or of their town, but something serves the whole of their county, or more.
    async fn wider(&self) -> i32 {
        count(self.by.wider.len())
    }

    /// 没有: nothing serves them.
    async fn none(&self) -> i32 {
        count(self.by.none.len())
    }

    /// How many people that is, by group: of every group that was counted in any community of the division that was asked
    /// about.
    #[graphql(complexity = "if group.is_some() { 1 } else { 8 } * child_complexity + 1")]
    async fn people(
        &self,
        #[graphql(desc = "Of this group alone, whether or not it was counted.")] group: Option<CountedGroup>,
    ) -> Vec<PeopleReached> {
        self.counted.people.reached(&self.by, group.map(Into::into))
    }

    /// Those that nothing serves, in code order.
    #[graphql(complexity = "super::paging::cost(first, child_complexity)")]
    async fn without(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
    ) -> Result<Vec<Area>> {
        let most = how_many(first).map_err(|fault: Fault| fault.of(ctx))?;
        Ok(self.by.none.iter().take(most).map(|code| Area::declared(&self.view, *code)).collect())
    }
}
