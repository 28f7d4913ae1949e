//! The main question: what is available to somebody in a community.

use super::area::Area;
use super::enums::{Nearness, ServiceOrder, Verdict};
use super::errors::{Fault, lang};
use super::facets::{Facets, ServiceFacets};
use super::paging::{Page, PageInfo, Window, cost, how_many};
use super::question::{Answering, Place, Question};
use super::reason::Reason;
use super::resource::Resource;
use super::scalars::{Position, Time};
use super::view::token;
use async_graphql::{Context, Object, Result};
use chassis::http::Lang;
use directory::eligibility::{self, Assessment};
use directory::projection::{Shown, View};
use std::sync::Arc;

/// Goes with a request whose question stands in its address.
pub(crate) struct InAddress;

/// One service that answers.
struct Found {
    reached_by: schema::AreaCode,
    shown: Arc<Shown>,
    assessment: Assessment,
}

/// Asks it. The cost is that of what serves the community, not of the directory. Facets are counted if they are wanted.
pub fn ask(
    view: View,
    question: Question,
    window: Window,
    wants_facets: bool,
) -> Result<AvailableServiceConnection, Fault> {
    let window = window.read(|cursor| question.place_of(&cursor))?;
    // Facets are counted over all pages.
    let window = Window { is_counted: window.is_counted || wants_facets, ..window };
    let is_nearest = question.order == ServiceOrder::Nearest;
    let looks_at_hours = question.filter.is_open.is_some() || is_nearest || wants_facets;
    let mut facets = wants_facets.then(Facets::default);
    let mut found_any = false;
    let page = {
        let answering = question.answering(&view, looks_at_hours).filter(|one| {
            if let Some(facets) = &mut facets {
                facets.count(one, &question.filter);
            }
            let is_listed = question.filter.lets_through(one);
            found_any |= is_listed && one.assessment.verdict != eligibility::Verdict::No;
            is_listed
        });
        let cursor = |one: &Answering<'_>| question.cursor(one);
        let stands = |one: &Answering<'_>, place: &Place| question.stands(one, place);
        let page = if is_nearest {
            let mut answering: Vec<Answering<'_>> = answering.collect();
            // They come in the usual order, and stay in it where they are equally near.
            answering.sort_by_key(|one| question.near(one));
            Page::of(answering, cursor, &window, stands)?
        } else {
            Page::of(answering, cursor, &window, stands)?
        };
        page.map(|Answering { reached_by, shown, assessment, .. }| Found {
            reached_by,
            shown: Arc::clone(shown),
            assessment,
        })
    };
    Ok(AvailableServiceConnection { view, page, question: Arc::new(question), facets, found_any })
}

/// What is available in a community, in the order that was asked for.
pub struct AvailableServiceConnection {
    view: View,
    page: Page<Found>,
    question: Arc<Question>,
    facets: Option<Facets>,
    /// Whether anything that may be used is on any page.
    found_any: bool,
}

impl AvailableServiceConnection {
    /// The question, if nothing that those who ask may use was found.
    pub(super) fn in_vain(&self) -> Option<&Question> {
        (!self.found_any).then_some(&self.question)
    }
}

/// What is available in a community, in the order that was asked for.
#[Object]
impl AvailableServiceConnection {
    /// What is on this page, each with its verdict.
    async fn edges(&self, ctx: &Context<'_>) -> Result<Vec<AvailableServiceEdge>> {
        let lang = lang(ctx);
        let edge = |(node, (cursor, found)): (Resource, &(String, Found))| AvailableServiceEdge {
            view: self.view.clone(),
            cursor: cursor.clone(),
            node,
            shown: Arc::clone(&found.shown),
            assessment: found.assessment,
            reached_by: found.reached_by,
            question: Arc::clone(&self.question),
            lang,
        };
        Ok(self.resources(ctx).await?.into_iter().zip(&self.page.items).map(edge).collect())
    }

    /// What is on this page.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Resource>> {
        self.resources(ctx).await
    }

    /// What stands before and behind this page.
    async fn page_info(&self) -> PageInfo {
        self.page.info()
    }

    /// How many there are on all pages.
    async fn total_count(&self) -> i32 {
        self.page.total()
    }

    /// The division that the question was read as, with the list that its code is of.
    async fn community(&self) -> Area {
        Area::declared(&self.view, self.question.community.code)
    }

    /// The division that was asked for, when the question was read as asked for another, `community`: because the code is of
    /// another list than the one in which registrations are kept (`community` then has the same name in the same county),
    /// or because it ended and `community` came after it. Null when the question was read as it was asked.
    async fn asked_as(&self) -> Option<Area> {
        let (scheme, code) = self.question.community.asked_as?;
        Some(Area::of(&self.view, scheme, code))
    }

    /// The time that hours and licences were judged at.
    async fn at(&self) -> Time {
        Time(self.question.at)
    }

    /// How many there are of each kind, on all pages.
    async fn facets(&self) -> ServiceFacets {
        ServiceFacets::of(&self.view, self.facets.clone().unwrap_or_default())
    }

    /// 本镇另有: what stands elsewhere in the town and is not registered for this community, of categories of which nothing
    /// answers here. By category, name and id. Whoever offers it may make an exception, or not: call first. Empty for a
    /// question about a town or more.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn elsewhere_in_town(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
    ) -> Result<Vec<Resource>> {
        let most = how_many(first).map_err(|fault| fault.of(ctx))?;
        let found = self.question.elsewhere_in_town(&self.view).into_iter().take(most).cloned().collect();
        Resource::all(&self.view, found).await.map_err(|fault| fault.of(ctx))
    }

    /// How far the directory had got.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        token(ctx, self.view.position())
    }
}

impl AvailableServiceConnection {
    /// What is on this page, read whole.
    async fn resources(&self, ctx: &Context<'_>) -> Result<Vec<Resource>> {
        let shown = self.page.items.iter().map(|(_, found)| Arc::clone(&found.shown)).collect();
        Resource::all(&self.view, shown).await.map_err(|fault| fault.of(ctx))
    }
}

/// A service with what it means for those who ask.
pub struct AvailableServiceEdge {
    view: View,
    cursor: String,
    node: Resource,
    shown: Arc<Shown>,
    assessment: Assessment,
    reached_by: schema::AreaCode,
    question: Arc<Question>,
    lang: Lang,
}

/// A service with what it means for those who ask.
#[Object]
impl AvailableServiceEdge {
    /// Pass it as `after` to go on behind this one.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The service.
    async fn node(&self) -> &Resource {
        &self.node
    }

    /// Whether those who ask may use it. `NO` only when the question includes what says no.
    async fn verdict(&self) -> Verdict {
        self.assessment.verdict.into()
    }

    /// Why the verdict is what it is, and of each reason what would have to be true for a yes.
    async fn reasons(&self) -> Vec<Reason> {
        let reason = |ground| Reason::of(&self.view, &self.shown.resource, ground, self.lang);
        self.assessment.reasons().map(reason).collect()
    }

    /// Whether it is open at the time asked about; null when that is not known, as where its hours go by holidays and no
    /// calendar of the year is known.
    async fn is_open(&self) -> Option<bool> {
        let is_unread = self.view.snapshot.unread.of_resource(&self.shown.resource, self.view.as_of);
        self.view.is_open(&self.shown, self.question.at).filter(|_| !is_unread)
    }

    /// How near it is.
    async fn nearness(&self) -> Nearness {
        self.question.nearness(&self.shown.resource).into()
    }

    /// The narrowest division it serves that the community is, or lies in.
    async fn reached_by(&self) -> Area {
        Area::declared(&self.view, self.reached_by)
    }
}
