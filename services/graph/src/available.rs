//! The main question: what is available to somebody in a community.

use super::area::Area;
use super::asking::Asking;
use super::enums::{Audience, Nearness, Office, Scheme, ServiceOrder, Verdict};
use super::errors::Fault;
use super::facets::{Facets, ServiceFacets};
use super::paging::{Page, PageInfo, Window, cost, how_many};
use super::person::PersonInput;
use super::place::place;
use super::prepared;
use super::question::{Answering, Place, Question, ServiceFilter};
use super::reason::Reason;
use super::resource::Resource;
use super::scalars::{AreaCode, Position, Time};
use super::unanswered;
use super::view::{position, see};
use async_graphql::{Context, Object, Result};
use chassis::clock::county_date;
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use directory::eligibility::{self, Assessment};
use directory::projection::{Shown, View};
use directory::read_model::ReadModel;
use directory::scopes::Reads;
use schema::position::LogId;
use std::sync::Arc;

/// Goes with a request whose question stands in its address.
pub(crate) struct InAddress;

/// One service that answers.
struct Found {
    reached_by: schema::AreaCode,
    shown: Arc<Shown>,
    assessment: Assessment,
}

/// The arguments of the question, as `Query.availableServices` describes them.
pub struct Arguments {
    pub community: AreaCode,
    pub audience: Option<Audience>,
    pub person: Option<PersonInput>,
    pub at: Option<Time>,
    pub scheme: Option<Scheme>,
    pub include_no: Option<bool>,
    pub category: Option<String>,
    pub office: Option<Office>,
    pub is_open: Option<bool>,
    pub home_visits: Option<bool>,
    pub order_by: Option<ServiceOrder>,
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    pub as_of: Option<Time>,
    pub as_of_position: Option<Position>,
    pub at_least: Option<Position>,
}

/// What of the answer is asked for that costs something.
#[derive(Clone, Copy, Debug)]
pub struct Wants {
    /// The services themselves.
    pub services: bool,
    /// How many there are of each kind.
    pub facets: bool,
    /// How many there are on all pages.
    pub count: bool,
}

impl Arguments {
    /// Whether a moment that is past is asked about.
    pub(crate) fn is_of_the_past(&self) -> bool {
        self.as_of.is_some() || self.as_of_position.is_some()
    }

    /// Whether the directory has got as far as is asked.
    pub(crate) fn can_be_answered_now(&self, read_model: &ReadModel) -> bool {
        let position = |token: &Option<Position>| position(read_model, token.clone());
        match (position(&self.as_of_position), position(&self.at_least)) {
            (Ok(as_of), Ok(at_least)) => read_model.has_got_to(as_of, at_least, Reads::At(self.community.0)),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    /// Asks the question.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) async fn answer(self, asking: &Asking<'_>, wants: Wants) -> Result<AvailableServiceConnection, Fault> {
        let read_model = asking.read_model;
        let reads = Reads::At(self.community.0);
        let view = see(read_model, self.as_of, self.as_of_position, self.at_least, reads).await?;
        if self.person.is_some() && asking.is_in_address {
            return Err(Fault::PersonInAddress);
        }
        let at = self.at.map_or(read_model.clock.now(), |at| at.0);
        let question = Question {
            community: place(&view, self.scheme.map_or(schema::Scheme::default(), Into::into), self.community.0)?,
            audience: self.audience.unwrap_or(Audience::Elders).into(),
            person: self.person.unwrap_or_default().read(&view, county_date(at))?,
            at,
            include_no: self.include_no.unwrap_or(false),
            filter: ServiceFilter {
                category: self.category,
                office: self.office.map(Into::into),
                is_open: self.is_open,
                home_visits: self.home_visits,
            },
            order: self.order_by.unwrap_or(ServiceOrder::Category),
        };
        let Arguments { first, after, last, before, .. } = self;
        let window = Window { first, after, last, before, is_counted: wants.count };
        let (as_of, is_first_page) = (view.as_of, window.after.is_none() && window.before.is_none());
        let answer = ask(view, question, window, wants, asking).await?;
        if let Some(question) = answer.in_vain() {
            unanswered::note(asking, question, as_of, is_first_page);
        }
        Ok(answer)
    }
}

/// Asks it. The cost is that of what serves the community, not of the directory. Facets are counted if they are wanted.
async fn ask(
    view: View,
    question: Question,
    window: Window,
    wants: Wants,
    asking: &Asking<'_>,
) -> Result<AvailableServiceConnection, Fault> {
    let wants_facets = wants.facets;
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
    let services = match wants.services {
        true => Resource::all(&view, page.items.iter().map(|(_, found)| Arc::clone(&found.shown)).collect()).await?,
        false => Vec::new(),
    };
    let (log, lang) = (asking.read_model.log, asking.lang);
    Ok(AvailableServiceConnection { view, page, services, question: Arc::new(question), facets, found_any, log, lang })
}

/// What is available in a community, in the order that was asked for.
pub struct AvailableServiceConnection {
    view: View,
    page: Page<Found>,
    /// What is on the page, read whole; empty where that is not asked for.
    services: Vec<Resource>,
    question: Arc<Question>,
    facets: Option<Facets>,
    /// Whether anything that may be used is on any page.
    found_any: bool,
    log: LogId,
    lang: Lang,
}

impl AvailableServiceConnection {
    /// How far the directory had got.
    pub(super) fn position_seen(&self) -> schema::Position {
        self.view.snapshot.position
    }

    /// The time that hours and licences were judged at.
    pub(super) fn judged_at(&self) -> DateTime<Utc> {
        self.question.at
    }

    /// Where.
    pub(super) fn place(&self) -> schema::AreaCode {
        self.question.community.code
    }

    /// The question, if nothing that those who ask may use was found.
    pub(super) fn in_vain(&self) -> Option<&Question> {
        (!self.found_any).then_some(&self.question)
    }
}

/// What is available in a community, in the order that was asked for.
#[prepared::fields]
#[Object]
impl AvailableServiceConnection {
    /// What is on this page, each with its verdict.
    async fn edges(&self) -> Vec<AvailableServiceEdge> {
        let edge = |(node, (cursor, found)): (&Resource, &(String, Found))| AvailableServiceEdge {
            view: self.view.clone(),
            cursor: cursor.clone(),
            node: node.clone(),
            shown: Arc::clone(&found.shown),
            assessment: found.assessment,
            reached_by: found.reached_by,
            question: Arc::clone(&self.question),
            lang: self.lang,
        };
        self.services.iter().zip(&self.page.items).map(edge).collect()
    }

    /// What is on this page.
    async fn nodes(&self) -> Vec<Resource> {
        self.services.clone()
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
    async fn position(&self) -> Position {
        Position(self.view.position().token(self.log))
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
#[prepared::fields]
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
