//! The main question, read and found sound: which services answer it, and in which order.

use super::enums::ServiceOrder;
use super::errors::Fault;
use super::paging::{open, seal};
use super::place::AskedArea;
use super::resource;
use chassis::clock::county_date;
use chrono::{DateTime, Utc};
use directory::eligibility::{self, Assessment, Judge, Person, assess};
use directory::nearness::Nearness;
use directory::projection::{Brief, Serving, Shown, View};
use schema::ids::ResourceId;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The main question, read and found sound.
#[derive(Clone)]
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
    /// What is listed of that.
    pub filter: ServiceFilter,
    /// In which order.
    pub order: ServiceOrder,
}

/// What is listed of all that answers.
#[derive(Clone, Default)]
pub struct ServiceFilter {
    /// Only of this category.
    pub category: Option<String>,
    /// Only what an office registered.
    pub office: Option<schema::Office>,
    /// Only what is known to be open, or closed, at that time.
    pub is_open: Option<bool>,
    /// Only what is known to come to the home, or not to.
    pub home_visits: Option<bool>,
}

/// A service that answers, or would but for the filter.
pub(crate) struct Answering<'v> {
    /// The narrowest division through which it serves.
    pub(crate) reached_by: schema::AreaCode,
    /// What is shown.
    pub(crate) shown: &'v Arc<Shown>,
    /// Whether it is for those who ask.
    pub(crate) assessment: Assessment,
    /// Whether it is open; none where nobody asks, too.
    pub(crate) is_open: Option<bool>,
}

impl Answering<'_> {
    pub(crate) fn resource(&self) -> &Brief {
        &self.shown.resource
    }
}

impl ServiceFilter {
    pub(crate) fn lets_through(&self, one: &Answering<'_>) -> bool {
        self.fits_category(one) && self.fits_office(one) && self.fits_open(one) && self.fits_visits(one)
    }

    /// Whether nothing but a category narrows what is listed.
    pub(crate) fn is_of_category_alone(&self) -> bool {
        self.office.is_none() && self.is_open.is_none() && self.home_visits.is_none()
    }

    pub(crate) fn fits_category(&self, one: &Answering<'_>) -> bool {
        self.category.as_ref().is_none_or(|category| **category == *one.resource().category)
    }

    pub(crate) fn fits_office(&self, one: &Answering<'_>) -> bool {
        let of = |office| one.resource().sources.iter().any(|source| source.office == office);
        self.office.is_none_or(of)
    }

    pub(crate) fn fits_open(&self, one: &Answering<'_>) -> bool {
        self.is_open.is_none() || one.is_open == self.is_open
    }

    pub(crate) fn fits_visits(&self, one: &Answering<'_>) -> bool {
        self.home_visits.is_none() || one.resource().home_visits == self.home_visits
    }
}

/// Where a service stands in an answer.
pub(crate) enum Place {
    Category(resource::Key),
    Nearest(Near, resource::Key),
}

/// What comes before the usual order where the nearest come first, as numbers: how near, whether open, the verdict.
pub(crate) type Near = [u8; 3];

impl Question {
    /// What answers, and what would but for the filter, in the usual order.
    pub(crate) fn answering<'v>(&'v self, view: &'v View, looks_at_hours: bool) -> impl Iterator<Item = Answering<'v>> {
        let day = county_date(self.at);
        let serving = view.snapshot.resources.serving(self.community.code, view.as_of);
        let mut judge = Judge::new(self.audience, &self.person, day);
        // A service is looked at where it lies in memory only if something asks for it: most are counted and no more.
        serving.filter_map(move |Serving { through: reached_by, shown, judged_as }| {
            let unread = &view.snapshot.unread;
            let is_unread = !unread.is_empty() && unread.of_resource(&shown.resource, view.as_of);
            let assessment = match is_unread {
                true => Assessment::unreadable(),
                false => judge.assess(judged_as, || &shown.resource),
            };
            if assessment.verdict == eligibility::Verdict::No && !self.include_no {
                return None;
            }
            let is_open = if looks_at_hours && !is_unread { view.is_open(shown, self.at) } else { None };
            Some(Answering { reached_by, shown, assessment, is_open })
        })
    }

    pub(crate) fn near(&self, one: &Answering<'_>) -> Near {
        let open = match one.is_open {
            Some(true) => 0,
            None => 1,
            Some(false) => 2,
        };
        [self.nearness(one.resource()) as u8, open, one.assessment.verdict as u8]
    }

    pub(crate) fn nearness(&self, resource: &Brief) -> Nearness {
        Nearness::of(resource.area, self.community.code)
    }

    /// The cursor of a service.
    pub(crate) fn cursor(&self, one: &Answering<'_>) -> String {
        match self.order {
            ServiceOrder::Category => resource::cursor(one.shown),
            ServiceOrder::Nearest => {
                let resource = one.resource();
                let near = self.near(one).map(|number| number.to_string());
                let [near, open, verdict] = near.each_ref().map(String::as_str);
                seal(&["nearest", near, open, verdict, &resource.category, &resource.name, &resource.id.to_string()])
            }
        }
    }

    /// What a cursor names.
    pub(crate) fn place_of(&self, cursor: &str) -> Result<Place, Fault> {
        match self.order {
            ServiceOrder::Category => Ok(Place::Category(resource::key(cursor)?)),
            ServiceOrder::Nearest => {
                let [order, near, open, verdict, category, name, id] = open::<7>(cursor)?;
                if order != "nearest" {
                    return Err(Fault::BadCursor);
                }
                let number = |text: String| text.parse::<u8>().map_err(|_| Fault::BadCursor);
                let near = [number(near)?, number(open)?, number(verdict)?];
                let id: ResourceId = id.parse().map_err(|_| Fault::BadCursor)?;
                Ok(Place::Nearest(near, (category, name, id)))
            }
        }
    }

    /// How a service stands to what a cursor names.
    pub(crate) fn stands(&self, one: &Answering<'_>, place: &Place) -> Ordering {
        match place {
            Place::Category(key) => resource::place(one.shown, key),
            Place::Nearest(near, key) => self.near(one).cmp(near).then_with(|| resource::place(one.shown, key)),
        }
    }

    /// What stands in the town and does not serve the community, of categories of which nothing that serves it answers: what
    /// one may ask about all the same.
    pub(crate) fn elsewhere_in_town<'v>(&self, view: &'v View) -> Vec<&'v Arc<Shown>> {
        let town = self.community.code.at_level(schema::AreaLevel::Town);
        if self.community.code == town || self.community.code.level() < schema::AreaLevel::Town {
            return Vec::new();
        }
        // None of it serves the community: what does and answers is of a category that is had, and what does and does not
        // answer is refused below, for the same verdict.
        let question = Question { include_no: false, ..self.clone() };
        let had: BTreeSet<&str> = question.answering(view, false).map(|one| &*one.shown.resource.category).collect();
        let day = county_date(self.at);
        let mut found = view.snapshot.resources.standing_in(town, view.as_of);
        found.retain(|shown| {
            let resource = &shown.resource;
            let wanted = self.filter.category.as_ref().is_none_or(|category| **category == *resource.category);
            let answers = || assess(resource, self.audience, &self.person, day).verdict != eligibility::Verdict::No;
            wanted && !had.contains(&*resource.category) && answers()
        });
        found
    }
}
