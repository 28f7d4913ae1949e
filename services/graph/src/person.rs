//! What is said of the person who asks.

use super::enums::{CareDegree, Condition, Sex};
use super::errors::Fault;
use super::place::within;
use super::scalars::{AreaCode, Date};
use async_graphql::InputObject;
use async_graphql::resolver_utils::EnumType;
use chrono::NaiveDate;
use directory::eligibility::{self, ConditionSet, Person, Term};
use directory::projection::View;
use schema::DisabilityGrade;
use schema::eligibility::OLDEST_AGE;

/// What is known of the person who asks. What is absent is unknown, and an answer that depends on it is `UNKNOWN`.
#[derive(InputObject, Default)]
pub struct PersonInput {
    /// Age in full years.
    pub age: Option<i32>,
    /// 月龄: age in full months, for small children: services for them count in months. Where both are given, these months
    /// are of those years. There is no day of birth here: it says who somebody is, and nothing more of what they may use.
    pub age_months: Option<i32>,
    /// Sex; only services for women ask for it.
    pub sex: Option<Sex>,
    /// Circumstances that are known to hold.
    pub conditions: Option<Vec<Condition>>,
    /// Circumstances that are known not to hold.
    pub not_conditions: Option<Vec<Condition>>,
    /// 失能等级: how far the person depends on care, as assessed. Who has a degree is `CARE_DEPENDENT`.
    pub care_degree: Option<CareDegree>,
    /// 残疾等级: the grade on the certificate of disability, 1 (the severest) to 4. Who has one is `DISABLED`.
    pub disability_grade: Option<i32>,
    /// From when until when what is said of circumstances holds, such as the term of an assessment. What does not hold on the
    /// day asked about is not known then, neither way.
    pub terms: Option<Vec<ConditionTermInput>>,
    /// 常住地: where the person lives, by a code of the declared list. What does not serve it says no. Where they ask when not
    /// said.
    pub residence: Option<AreaCode>,
    /// 户籍地: where the person's household is registered, by a code of the declared list. What asks for a local household says
    /// no to one elsewhere; where its office said nothing of that, one outside what it serves is `UNKNOWN`.
    pub household: Option<AreaCode>,
}

/// From when until when something that is known of a circumstance holds.
#[derive(InputObject)]
pub struct ConditionTermInput {
    /// Of which; the term of `CARE_DEPENDENT` is that of the degree too, the one of `DISABLED` that of the grade.
    pub condition: Condition,
    /// The first day; long since when not said.
    pub from: Option<Date>,
    /// The last day; without end when not said.
    pub until: Option<Date>,
}

impl PersonInput {
    /// The person as known on a day, if what is said of them can be so.
    ///
    /// # Errors
    /// What cannot be so.
    pub fn read(self, view: &View, day: NaiveDate) -> Result<Person, Fault> {
        let age = match self.age {
            None => None,
            Some(age) => match u8::try_from(age) {
                Ok(years) if years <= OLDEST_AGE => Some(years),
                Ok(_) | Err(_) => return Err(Fault::BadAge(age)),
            },
        };
        let age_months = match self.age_months {
            None => None,
            Some(age) => match u16::try_from(age) {
                Ok(months) if months / 12 <= u16::from(OLDEST_AGE) => Some(months),
                Ok(_) | Err(_) => return Err(Fault::BadAgeMonths(age)),
            },
        };
        if let (Some(years), Some(months)) = (age, age_months)
            && months / 12 != u16::from(years)
        {
            return Err(Fault::AgesDiffer { years, months });
        }
        let grade = |number: i32| u8::try_from(number).ok().and_then(DisabilityGrade::of_number);
        let disability_grade = match self.disability_grade {
            None => None,
            Some(number) => Some(grade(number).ok_or(Fault::BadDisabilityGrade(number))?),
        };
        let set = |conditions: &[Condition]| -> ConditionSet {
            conditions.iter().copied().map(schema::Condition::from).collect()
        };
        let conditions = self.conditions.unwrap_or_default();
        let person = Person {
            age,
            age_months,
            sex: self.sex.map(eligibility::Sex::from),
            conditions: set(&conditions),
            not_conditions: set(self.not_conditions.as_deref().unwrap_or_default()),
            lapsed: ConditionSet::default(),
            care_degree: self.care_degree.map(schema::CareDegree::from),
            disability_grade,
            residence: within(view, self.residence)?,
            household: within(view, self.household)?,
        };
        // Who has a degree or a grade is named as who it says they are.
        let named = conditions.into_iter().chain([Condition::CareDependent, Condition::Disabled]);
        let mut said = named.map(|condition| (condition, schema::Condition::from(condition)));
        if let Some((both, _)) = said.find(|(_, condition)| person.is(*condition) && person.is_not(*condition)) {
            let name = Condition::items().iter().find(|item| item.value == both);
            return Err(Fault::Contradiction(name.map_or_else(String::new, |item| item.name.to_owned())));
        }
        let term = |term: ConditionTermInput| Term {
            condition: term.condition.into(),
            from: term.from.map(|day| day.0),
            until: term.until.map(|day| day.0),
        };
        let terms: Vec<Term> = self.terms.into_iter().flatten().map(term).collect();
        Ok(person.on(&terms, day))
    }
}
