//! Why a verdict is what it is, and what would have to be true.

use super::area::Area;
use super::enums::{CareDegree, Condition, Document, NeedField, Sex};
use super::prepared;
use super::scalars::Date;
use async_graphql::SimpleObject;
use chassis::http::Lang;
use directory::eligibility::{self, Need as Needed};
use directory::projection::{Brief, View};

/// Why a verdict is what it is.
#[derive(SimpleObject, prepared::Fields)]
pub struct Reason {
    /// A stable code, e.g. `AGE_UNKNOWN`, `LICENCE_LAPSED`.
    pub code: &'static str,
    /// The same in words, in the language of the request.
    pub message: String,
    /// What would have to be true for this reason not to stand against a yes; one of several is enough. Empty for what speaks
    /// for a yes, but for papers to bring.
    pub needs: Vec<Need>,
}

/// Something that would have to be true: of the person, of the day asked about, or said by the office. Only what `field` names
/// has a value.
#[derive(SimpleObject, Default, prepared::Fields)]
pub struct Need {
    /// What has to be another, or to be said.
    pub field: NeedField,
    /// The youngest age in full months; none is no bound. Whole years are twelve months each.
    pub minimum_age_months: Option<i32>,
    /// The oldest age in full months; none is no bound. Six years are 72 to 83 months.
    pub maximum_age_months: Option<i32>,
    /// The sex.
    pub sex: Option<Sex>,
    /// Circumstances of which one is enough.
    pub conditions: Option<Vec<Condition>>,
    /// Degrees of care dependence of which one is enough.
    pub care_degrees: Option<Vec<CareDegree>>,
    /// Grades of disability of which one is enough.
    pub disability_grades: Option<Vec<i32>>,
    /// Divisions of which one is enough: to live in, or for the household to be registered in.
    pub areas: Option<Vec<Area>>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// Papers to bring, all of them; what else is asked for stands in the message.
    pub documents: Option<Vec<Document>>,
    /// It in words, in the language of the request.
    pub message: String,
}

impl Reason {
    /// A reason as it is told of a resource.
    pub fn of(view: &View, resource: &Brief, reason: eligibility::Reason, lang: Lang) -> Reason {
        let chinese = lang == Lang::Zh;
        Reason {
            code: reason.code(),
            message: reason.message(resource, chinese),
            needs: reason.needs(resource).into_iter().map(|need| Need::of(view, need, chinese)).collect(),
        }
    }
}

impl Need {
    fn of(view: &View, need: Needed, chinese: bool) -> Need {
        let told = Need { field: need.field().into(), message: need.message(chinese), ..Need::default() };
        let areas = |codes: Vec<schema::AreaCode>| codes.into_iter().map(|code| Area::declared(view, code)).collect();
        match need {
            Needed::Age { minimum, maximum } => {
                Need { minimum_age_months: minimum.map(i32::from), maximum_age_months: maximum.map(i32::from), ..told }
            }
            Needed::Sex(sex) => Need { sex: Some(sex.into()), ..told },
            Needed::Conditions(conditions) => {
                Need { conditions: Some(conditions.into_iter().map(Condition::from).collect()), ..told }
            }
            Needed::CareDegree(degrees) => {
                Need { care_degrees: Some(degrees.into_iter().map(CareDegree::from).collect()), ..told }
            }
            Needed::DisabilityGrade(grades) => {
                let numbers = grades.into_iter().map(|grade| i32::from(grade.number())).collect();
                Need { disability_grades: Some(numbers), ..told }
            }
            Needed::Residence(codes) | Needed::Household(codes) => Need { areas: Some(areas(codes)), ..told },
            Needed::Day { from, until } => Need { from: from.map(Date), until: until.map(Date), ..told },
            Needed::Documents(documents) => {
                Need { documents: Some(documents.kinds.into_iter().map(Document::from).collect()), ..told }
            }
            Needed::Vacancy | Needed::Said(_) => told,
        }
    }
}
