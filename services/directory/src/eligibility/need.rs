//! What would have to be true: for each reason that is no yes, and for papers to bring, what of the person, of the day or of the office's words would
//! make it one.

use super::reason::{care_degrees_in_words, day_in_words, grades_in_words, named_conditions};
use super::{AgeBounds, OPEN, Reason, Sex, household_division};
use crate::projection::Brief;
use chrono::NaiveDate;
use schema::eligibility::{Audience, CareDegree, Condition, DisabilityGrade, EligibleGroup};
use schema::{AreaCode, Documents, Words};

/// What has to be another, or to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeededField {
    /// The person's age.
    Age,
    /// The person's sex.
    Sex,
    /// A condition of the person's.
    Conditions,
    /// The degree to which the person depends on care.
    CareDegree,
    /// The grade of the person's disability.
    DisabilityGrade,
    /// Where the person lives.
    Residence,
    /// Where the person's household is registered.
    Household,
    /// The day that is asked about.
    Day,
    /// The office has to say whom it is for.
    Eligibility,
    /// The office has to say which area it serves.
    Coverage,
    /// The office has to say that the licence holds.
    Licence,
    /// A place has to be free.
    Vacancy,
    /// Papers have to be brought.
    Documents,
    /// What was last said of it has to be read.
    Registration,
}

impl NeededField {
    /// All of them.
    pub const ALL: &'static [NeededField] = &[
        NeededField::Age,
        NeededField::Sex,
        NeededField::Conditions,
        NeededField::CareDegree,
        NeededField::DisabilityGrade,
        NeededField::Residence,
        NeededField::Household,
        NeededField::Day,
        NeededField::Eligibility,
        NeededField::Coverage,
        NeededField::Licence,
        NeededField::Vacancy,
        NeededField::Documents,
        NeededField::Registration,
    ];

    /// What it is called.
    pub fn words(self) -> Words {
        let (zh, en) = match self {
            NeededField::Age => ("年龄", "age"),
            NeededField::Sex => ("性别", "sex"),
            NeededField::Conditions => ("条件", "conditions"),
            NeededField::CareDegree => ("失能等级", "degree of care dependence"),
            NeededField::DisabilityGrade => ("残疾等级", "grade of disability"),
            NeededField::Residence => ("常住地", "place of residence"),
            NeededField::Household => ("户籍地", "place of the household"),
            NeededField::Day => ("日期", "day"),
            NeededField::Eligibility => ("服务对象", "whom it is for"),
            NeededField::Coverage => ("服务范围", "area served"),
            NeededField::Licence => ("执业许可", "licence"),
            NeededField::Vacancy => ("空余名额", "free places"),
            NeededField::Documents => ("所需材料", "what to bring"),
            NeededField::Registration => ("登记内容", "registration"),
        };
        Words { zh, en }
    }
}

/// One way in which a reason would be no obstacle. Of several needs of one reason, one is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// An age, in full months, both ends included; none is no end.
    Age {
        /// The youngest.
        minimum: Option<u16>,
        /// The oldest.
        maximum: Option<u16>,
    },
    /// This sex.
    Sex(Sex),
    /// One of these conditions.
    Conditions(Vec<Condition>),
    /// 失能 in one of these degrees.
    CareDegree(Vec<CareDegree>),
    /// 残疾 of one of these grades.
    DisabilityGrade(Vec<DisabilityGrade>),
    /// Living in one of these divisions.
    Residence(Vec<AreaCode>),
    /// A household registered in one of these divisions.
    Household(Vec<AreaCode>),
    /// A day from the one to the other, both included.
    Day {
        /// The first.
        from: Option<NaiveDate>,
        /// The last.
        until: Option<NaiveDate>,
    },
    /// That a place becomes free.
    Vacancy,
    /// These papers, brought along.
    Documents(Documents),
    /// That the office says so: whom it is for, which area it serves, until when its licence holds, or anything that can be
    /// read.
    Said(NeededField),
}

impl Need {
    /// What has to be another, or to be said.
    pub fn field(&self) -> NeededField {
        match self {
            Need::Age { .. } => NeededField::Age,
            Need::Sex(_) => NeededField::Sex,
            Need::Conditions(_) => NeededField::Conditions,
            Need::CareDegree(_) => NeededField::CareDegree,
            Need::DisabilityGrade(_) => NeededField::DisabilityGrade,
            Need::Residence(_) => NeededField::Residence,
            Need::Household(_) => NeededField::Household,
            Need::Day { .. } => NeededField::Day,
            Need::Vacancy => NeededField::Vacancy,
            Need::Documents(_) => NeededField::Documents,
            Need::Said(field) => *field,
        }
    }

    /// It in words, in Chinese or in English.
    pub fn message(&self, chinese: bool) -> String {
        let field = self.field().words();
        let value = match (self, chinese) {
            (Need::Age { minimum, maximum }, chinese) => {
                let bounds = AgeBounds { minimum: minimum.unwrap_or(0), maximum: maximum.unwrap_or(OPEN) };
                bounds.in_words(chinese)
            }
            (Need::Sex(Sex::Female), true) => "女".to_owned(),
            (Need::Sex(Sex::Male), true) => "男".to_owned(),
            (Need::Sex(Sex::Female), false) => "female".to_owned(),
            (Need::Sex(Sex::Male), false) => "male".to_owned(),
            (Need::Conditions(conditions), chinese) => named_conditions(conditions, chinese),
            (Need::CareDegree(degrees), chinese) => care_degrees_in_words(degrees, chinese),
            (Need::DisabilityGrade(grades), chinese) => grades_in_words(grades, chinese),
            (Need::Residence(_), true) => "在服务范围内".to_owned(),
            (Need::Residence(_), false) => "within the area served".to_owned(),
            (Need::Household(_), true) => "在所要求的地域内".to_owned(),
            (Need::Household(_), false) => "within the area asked for".to_owned(),
            (Need::Day { from, until }, chinese) => {
                let day = |day: &Option<NaiveDate>| day.map(|day| day_in_words(day, chinese)).unwrap_or_default();
                match (from, until, chinese) {
                    (Some(_), None, true) => format!("{}起", day(from)),
                    (Some(_), None, false) => format!("from {} on", day(from)),
                    (None, Some(_), true) => format!("{}止", day(until)),
                    (None, Some(_), false) => format!("until {}", day(until)),
                    (_, _, true) => format!("{}至{}", day(from), day(until)),
                    (_, _, false) => format!("{} to {}", day(from), day(until)),
                }
            }
            (Need::Vacancy, true) => "须有空位".to_owned(),
            (Need::Vacancy, false) => "one has to become free".to_owned(),
            (Need::Documents(documents), chinese) => documents.in_words(chinese),
            (Need::Said(NeededField::Licence), true) => "须在有效期内，由登记单位写明".to_owned(),
            (Need::Said(NeededField::Licence), false) => "in force, as the office has to say".to_owned(),
            (Need::Said(_), true) => "须由登记单位写明".to_owned(),
            (Need::Said(_), false) => "to be said by the office".to_owned(),
        };
        if chinese { format!("{}：{value}", field.zh) } else { format!("{}: {value}.", field.en) }
    }
}

impl Reason {
    /// What of which would be enough for this reason to speak for a yes, or no longer against one. Empty for a reason
    /// for yes, but for papers to bring.
    pub fn needs(self, resource: &Brief) -> Vec<Need> {
        let eligibility = &resource.eligibility;
        let of_groups = |need: &dyn Fn(&EligibleGroup) -> Vec<Need>| -> Vec<Need> {
            let mut needs: Vec<Need> = Vec::new();
            let whole = EligibleGroup::whole(eligibility);
            let groups = if eligibility.groups.is_empty() { std::slice::from_ref(&whole) } else { &eligibility.groups };
            for found in groups.iter().flat_map(need) {
                if !needs.contains(&found) {
                    needs.push(found);
                }
            }
            // Nothing that a field holds: the office's own words decide.
            if needs.is_empty() { vec![Need::Said(NeededField::Eligibility)] } else { needs }
        };
        let served = || match &*resource.coverage {
            [] => vec![resource.area],
            coverage => coverage.to_vec(),
        };
        match self {
            Reason::AudienceMet | Reason::AgeMet | Reason::ConditionMet => Vec::new(),
            Reason::AudienceUnknown | Reason::LimitUnclear => vec![Need::Said(NeededField::Eligibility)],
            Reason::AgeUnknown | Reason::AgeBelowMinimum | Reason::AgeAboveMaximum => of_groups(&ages),
            Reason::SexUnknown => vec![Need::Sex(Sex::Female)],
            Reason::ConditionUnknown | Reason::ConditionLapsed | Reason::ConditionNotMet => of_groups(&conditions),
            Reason::CareDegreeUnknown | Reason::CareDegreeNotMet => of_groups(&|group| match &group.care_degrees {
                degrees if degrees.is_empty() => Vec::new(),
                degrees => vec![Need::CareDegree(degrees.clone())],
            }),
            Reason::DisabilityGradeUnknown | Reason::DisabilityGradeNotMet => {
                of_groups(&|group| match &group.disability_grades {
                    grades if grades.is_empty() => Vec::new(),
                    grades => vec![Need::DisabilityGrade(grades.clone())],
                })
            }
            Reason::AudienceNotMet => of_groups(&audiences),
            Reason::LicenceUnknown | Reason::LicenceLapsed => vec![Need::Said(NeededField::Licence)],
            Reason::CoverageUnknown => vec![Need::Said(NeededField::Coverage)],
            Reason::ResidenceUnknown | Reason::ResidenceNotServed => vec![Need::Residence(served())],
            Reason::HouseholdUnknown | Reason::HouseholdUnsaid | Reason::HouseholdNotServed => of_groups(&|group| {
                let divisions = |local| household_division(local, resource).map_or_else(served, |one| vec![one]);
                vec![Need::Household(group.local_household.map_or_else(served, divisions))]
            }),
            Reason::DocumentsToBring => vec![Need::Documents(Documents::clone(&resource.documents))],
            Reason::NoVacancy => vec![Need::Vacancy],
            Reason::VacancyUnknown => vec![Need::Said(NeededField::Vacancy)],
            Reason::LatestUnreadable => vec![Need::Said(NeededField::Registration)],
            Reason::NotYetValid | Reason::NoLongerValid => {
                vec![Need::Day { from: eligibility.valid_from, until: eligibility.valid_until }]
            }
        }
    }
}

fn ages(group: &EligibleGroup) -> Vec<Need> {
    age(AgeBounds::of_words(&group.audiences, AgeBounds::of_group(group))).into_iter().collect()
}

fn age(bounds: AgeBounds) -> Option<Need> {
    let (minimum, maximum) = (bounds.minimum, bounds.maximum);
    let need = Need::Age { minimum: (minimum > 0).then_some(minimum), maximum: (maximum < OPEN).then_some(maximum) };
    (!bounds.are_open()).then_some(need)
}

/// The circumstances that a group asks for, those with degrees as the degrees; of a group that is one by its name, that.
fn conditions(group: &EligibleGroup) -> Vec<Need> {
    let graded = |condition: &Condition| {
        (*condition == Condition::CareDependent && !group.care_degrees.is_empty())
            || (*condition == Condition::Disabled && !group.disability_grades.is_empty())
    };
    let asks_for = |condition: Condition| group.conditions.contains(&condition);
    let mut needs = Vec::new();
    let plain: Vec<Condition> = group.conditions.iter().copied().filter(|condition| !graded(condition)).collect();
    if !plain.is_empty() {
        needs.push(Need::Conditions(plain));
    }
    if asks_for(Condition::CareDependent) && !group.care_degrees.is_empty() {
        needs.push(Need::CareDegree(group.care_degrees.clone()));
    }
    if asks_for(Condition::Disabled) && !group.disability_grades.is_empty() {
        needs.push(Need::DisabilityGrade(group.disability_grades.clone()));
    }
    if needs.is_empty() && group.audiences.contains(&Audience::Disabled) {
        needs.push(disabled(group));
    }
    needs
}

fn disabled(group: &EligibleGroup) -> Need {
    match group.disability_grades.as_slice() {
        [] => Need::Conditions(vec![Condition::Disabled]),
        grades => Need::DisabilityGrade(grades.to_vec()),
    }
}

fn audiences(group: &EligibleGroup) -> Vec<Need> {
    if group.audiences.is_empty() {
        return conditions(group);
    }
    let need = |audience: &Audience| match audience {
        Audience::Elders | Audience::Children => {
            let named = AgeBounds::of_words(&[*audience], AgeBounds::of_group(group));
            age(named).or_else(|| AgeBounds::of_audience(*audience).and_then(age))
        }
        Audience::Women => Some(Need::Sex(Sex::Female)),
        Audience::Disabled => Some(disabled(group)),
        Audience::All => None,
    };
    group.audiences.iter().filter_map(need).collect()
}
