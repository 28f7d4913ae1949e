//! How many services there are of each kind, from the same question that lists them.

use super::area::Area;
use super::enums::Office;
use super::paging::count;
use super::prepared;
use super::question::{Answering, ServiceFilter};
use async_graphql::SimpleObject;
use directory::projection::View;
use schema::AreaLevel;
use std::collections::BTreeMap;

/// What is counted. Each kind is counted over what passes all other filters, so that it says how many there would be
/// with another choice of it.
#[derive(Clone, Debug, Default)]
pub struct Facets {
    categories: BTreeMap<String, usize>,
    offices: BTreeMap<schema::Office, usize>,
    towns: BTreeMap<schema::AreaCode, usize>,
    open: ByAnswer,
    home_visits: ByAnswer,
}

#[derive(Clone, Copy, Debug, Default)]
struct ByAnswer {
    yes: usize,
    no: usize,
    unknown: usize,
}

impl ByAnswer {
    fn count(&mut self, answer: Option<bool>) {
        match answer {
            Some(true) => self.yes += 1,
            Some(false) => self.no += 1,
            None => self.unknown += 1,
        }
    }
}

impl Facets {
    /// Counts a service.
    pub(crate) fn count(&mut self, answering: &Answering<'_>, filter: &ServiceFilter) {
        let resource = answering.resource();
        let (category, office) = (filter.fits_category(answering), filter.fits_office(answering));
        let (open, visits) = (filter.fits_open(answering), filter.fits_visits(answering));
        if office && open && visits {
            *self.categories.entry(resource.category.to_string()).or_default() += 1;
        }
        if category && open && visits {
            let mut offices: Vec<schema::Office> = resource.sources.iter().map(|source| source.office).collect();
            offices.sort_unstable();
            offices.dedup();
            for office in offices {
                *self.offices.entry(office).or_default() += 1;
            }
        }
        if category && office && open && visits {
            *self.towns.entry(resource.area.at_level(AreaLevel::Town)).or_default() += 1;
        }
        if category && office && visits {
            self.open.count(answering.is_open);
        }
        if category && office && open {
            self.home_visits.count(resource.home_visits);
        }
    }
}

/// How many services there are of each kind: of those that pass all filters but the one of that kind, so that each says what
/// another choice would find.
#[derive(SimpleObject, prepared::Fields)]
pub struct ServiceFacets {
    /// By category, by code point.
    categories: Vec<CategoryFacet>,
    /// By the office that registered them; one that two offices registered counts for both.
    offices: Vec<OfficeFacet>,
    /// By the town in which they stand, in code order; what stands in no one town by the code of what it stands in.
    towns: Vec<AreaFacet>,
    /// Whether they are open at the time asked about.
    open: AnswerFacet,
    /// Whether they come to the home.
    home_visits: AnswerFacet,
}

/// How many are of a category.
#[derive(SimpleObject, prepared::Fields)]
pub struct CategoryFacet {
    /// The category.
    category: String,
    /// How many.
    count: i32,
}

/// How many an office registered.
#[derive(SimpleObject, prepared::Fields)]
pub struct OfficeFacet {
    /// The office.
    office: Office,
    /// How many.
    count: i32,
}

/// How many stand in a division.
#[derive(SimpleObject, prepared::Fields)]
pub struct AreaFacet {
    /// The division.
    area: Area,
    /// How many.
    count: i32,
}

/// How many answer yes, no and not.
#[derive(SimpleObject, prepared::Fields)]
pub struct AnswerFacet {
    /// Yes.
    yes: i32,
    /// No.
    no: i32,
    /// Not known.
    unknown: i32,
}

impl From<ByAnswer> for AnswerFacet {
    fn from(ByAnswer { yes, no, unknown }: ByAnswer) -> AnswerFacet {
        AnswerFacet { yes: count(yes), no: count(no), unknown: count(unknown) }
    }
}

impl ServiceFacets {
    pub(crate) fn of(view: &View, counted: Facets) -> ServiceFacets {
        let Facets { categories, offices, towns, open, home_visits } = counted;
        ServiceFacets {
            categories: categories
                .into_iter()
                .map(|(category, number)| CategoryFacet { category, count: count(number) })
                .collect(),
            offices: offices
                .into_iter()
                .map(|(office, number)| OfficeFacet { office: office.into(), count: count(number) })
                .collect(),
            towns: towns
                .into_iter()
                .map(|(code, number)| AreaFacet { area: Area::declared(view, code), count: count(number) })
                .collect(),
            open: open.into(),
            home_visits: home_visits.into(),
        }
    }
}
