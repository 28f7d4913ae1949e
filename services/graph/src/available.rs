//! The main question: what is available to somebody in a community.

use super::area::Area;
use super::enums::{Condition, Sex, Verdict};
use super::errors::{Fault, lang};
use super::paging::{Page, PageInfo};
use super::place::AskedArea;
use super::resource::{self, Resource};
use super::scalars::{AreaCode, Position, Time};
use super::view::token;
use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chassis::clock::county_date;
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use directory::eligibility::{self, Assessment, ConditionSet, Person, Reason as Ground, assess};
use directory::projection::{Shown, Version, View};
use schema::eligibility::OLDEST_AGE;
use std::sync::Arc;

/// Goes with a request whose question stands in its address.
pub(crate) struct InAddress;

/// What is known of the person who asks. What is absent is unknown, and an answer that depends on it is `UNKNOWN`.
#[derive(InputObject, Default)]
pub struct PersonInput {
    /// Age in full years.
    pub age: Option<i32>,
    /// Sex; only services for women ask for it.
    pub sex: Option<Sex>,
    /// Circumstances that are known to hold.
    pub conditions: Option<Vec<Condition>>,
    /// Circumstances that are known not to hold.
    pub not_conditions: Option<Vec<Condition>>,
    /// 常住地: where the person lives. Accepted; no rule asks for it yet.
    pub residence: Option<AreaCode>,
    /// 户籍地: where the person's household is registered. Accepted; no rule asks for it yet.
    pub household: Option<AreaCode>,
}

impl PersonInput {
    /// The person, if what is said of them can be so.
    pub fn read(self) -> Result<Person, Fault> {
        let age = match self.age {
            None => None,
            Some(age) => match u8::try_from(age) {
                Ok(years) if years <= OLDEST_AGE => Some(years),
                Ok(_) | Err(_) => return Err(Fault::BadAge(age)),
            },
        };
        let set = |conditions: Option<Vec<Condition>>| -> ConditionSet {
            conditions.into_iter().flatten().map(schema::Condition::from).collect()
        };
        let conditions = self.conditions.clone();
        let person = Person {
            age,
            sex: self.sex.map(eligibility::Sex::from),
            conditions: set(self.conditions),
            not_conditions: set(self.not_conditions),
        };
        let both = conditions.into_iter().flatten().find(|condition| person.is_not((*condition).into()));
        match both {
            Some(condition) => {
                let name = Condition::items().iter().find(|item| item.value == condition);
                Err(Fault::Contradiction(name.map_or_else(String::new, |item| item.name.to_owned())))
            }
            None => Ok(person),
        }
    }
}

/// The main question, read and found sound.
pub struct Question {
    /// Where.
    pub community: AskedArea,
    /// For whom.
    pub audience: schema::Audience,
    /// Who asks.
    pub person: Person,
    /// When it is to be so.
    pub at: DateTime<Utc>,
    /// Whether what says no is listed too.
    pub include_no: bool,
    /// Only of this category.
    pub category: Option<String>,
    /// Only what is known to be open, or closed, at that time.
    pub is_open: Option<bool>,
}

/// One service that answers.
struct Found {
    reached_by: schema::AreaCode,
    shown: Arc<Shown>,
    assessment: Assessment,
}

/// Asks it. The cost is that of what serves the community, not of the directory.
pub fn ask(
    view: View,
    question: &Question,
    first: Option<i32>,
    after: Option<String>,
) -> Result<AvailableServiceConnection, Fault> {
    let after = resource::behind(after)?;
    let day = county_date(question.at);
    let serving = view.snapshot.resources.serving(question.community.code, view.as_of);
    let answering = serving.into_iter().filter_map(|(reached_by, version)| {
        let resource = &version.shown.resource;
        if question.category.as_ref().is_some_and(|category| *category != resource.category.0) {
            return None;
        }
        let is_unread = view.snapshot.unread.of_resource(resource, view.as_of);
        let assessment = match is_unread {
            true => Assessment::unreadable(),
            false => assess(resource, question.audience, &question.person, day),
        };
        if assessment.verdict == eligibility::Verdict::No && !question.include_no {
            return None;
        }
        let is_open = || version.shown.opening.is_open(question.at).filter(|_| !is_unread);
        if question.is_open.is_some() && is_open() != question.is_open {
            return None;
        }
        Some((reached_by, version, assessment))
    });
    let cursor = |(_, version, _): &(schema::AreaCode, &Version, Assessment)| resource::cursor(version);
    let page = Page::of(answering, cursor, after, |(_, version, _), after| resource::is_behind(version, after), first)?;
    let page = page.map(|(reached_by, version, assessment)| Found {
        reached_by,
        shown: Arc::clone(&version.shown),
        assessment,
    });
    Ok(AvailableServiceConnection { view, page, community: question.community, at: question.at })
}

/// What is available in a community: by category, name and id, each by code point.
pub struct AvailableServiceConnection {
    view: View,
    page: Page<Found>,
    community: AskedArea,
    at: DateTime<Utc>,
}

/// What is available in a community: by category, name and id, each by code point.
#[Object]
impl AvailableServiceConnection {
    /// What is on this page, each with its verdict.
    async fn edges(&self, ctx: &Context<'_>) -> Vec<AvailableServiceEdge> {
        let lang = lang(ctx);
        let edge = |(cursor, found): &(String, Found)| AvailableServiceEdge {
            view: self.view.clone(),
            cursor: cursor.clone(),
            shown: Arc::clone(&found.shown),
            assessment: found.assessment,
            reached_by: found.reached_by,
            at: self.at,
            lang,
        };
        self.page.items.iter().map(edge).collect()
    }

    /// What is on this page.
    async fn nodes(&self) -> Vec<Resource> {
        self.page.items.iter().map(|(_, found)| Resource::found(&self.view, &found.shown)).collect()
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
        Area::declared(&self.view, self.community.code)
    }

    /// The division that was asked for, when the question was read as asked for another, `community`: because the code is of
    /// another list than the one in which registrations are kept (`community` then has the same name in the same county),
    /// or because it ended and `community` came after it. Null when the question was read as it was asked.
    async fn asked_as(&self) -> Option<Area> {
        let (scheme, code) = self.community.asked_as?;
        Some(Area::of(&self.view, scheme, code))
    }

    /// The time that hours and licences were judged at.
    async fn at(&self) -> Time {
        Time(self.at)
    }

    /// How far the directory had got.
    async fn position(&self, ctx: &Context<'_>) -> Result<Position> {
        token(ctx, self.view.position())
    }
}

/// A service with what it means for those who ask.
pub struct AvailableServiceEdge {
    view: View,
    cursor: String,
    shown: Arc<Shown>,
    assessment: Assessment,
    reached_by: schema::AreaCode,
    at: DateTime<Utc>,
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
    async fn node(&self) -> Resource {
        Resource::found(&self.view, &self.shown)
    }

    /// Whether those who ask may use it. `NO` only when the question includes what says no.
    async fn verdict(&self) -> Verdict {
        self.assessment.verdict.into()
    }

    /// Why the verdict is what it is.
    async fn reasons(&self) -> Vec<Reason> {
        let chinese = self.lang == Lang::Zh;
        let reason =
            |ground: Ground| Reason { code: ground.code(), message: ground.message(&self.shown.resource, chinese) };
        self.assessment.reasons().map(reason).collect()
    }

    /// Whether it is open at the time asked about; null when that is not known.
    async fn is_open(&self) -> Option<bool> {
        let is_unread = self.view.snapshot.unread.of_resource(&self.shown.resource, self.view.as_of);
        self.shown.opening.is_open(self.at).filter(|_| !is_unread)
    }

    /// The narrowest division it serves that the community is, or lies in.
    async fn reached_by(&self) -> Area {
        Area::declared(&self.view, self.reached_by)
    }
}

/// Why a verdict is what it is.
#[derive(SimpleObject)]
pub struct Reason {
    /// A stable code, e.g. `AGE_UNKNOWN`, `LICENCE_LAPSED`.
    pub code: &'static str,
    /// The same in words, in the language of the request.
    pub message: String,
}
