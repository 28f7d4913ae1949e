//! Who may use a service: a pure, three-valued judgement with its reasons, and what would have to be true for a yes.
//!
//! The question names a group of the public (the audience asked for) and may describe a person. The rules, all of
//! them:
//!
//! 1. **Audience.** A service is for the asker when one of its audiences is the group asked for, or is everyone
//!    (`ALL`), or is a group the person is *known* to belong to: elders from 60, children under 18 (by the age
//!    given), women (by the sex given), disabled (by a condition or a grade). What is known of the person outweighs the group
//!    asked for: who is 50 is no elder, however they ask, unless the service takes elders from 50. Where a service is addressed
//!    to the group asked for and to others, or to a part of that group (老年妇女), and nothing was said of whether the person
//!    is of those others: unknown. A service for other groups alone is not what was asked for, unless the person is known to
//!    be of them: no. The office named no audience at all: unknown.
//! 2. **Age.** The asker's age is the age given, in months or in full years; without one it is the range of the group asked
//!    for: elders 60 and over, children up to 17, everybody else any age. Wholly inside the service's bounds: yes; wholly
//!    outside: no; partly: unknown. An absent bound is open.
//! 3. **Conditions.** None asked by the service: yes. One of them named for the person: yes. All of them denied
//!    for the person: no. Otherwise unknown. Who lost the only child is a special family, and who is known to be no
//!    special family did not ([`Condition::implies`]); no other condition follows from another. Where the service asks for
//!    degrees of 失能 or grades of 残疾, the condition holds in one of these alone: another is a no, one that was not said is
//!    unknown. Who has a degree is 失能, of whichever; who has a mild or moderate one is 半失能, the older word. What was
//!    assessed until a day that is past, or from a day to come, is not known ([`Person::on`]).
//!
//!    Where the office's words name groups that differ ([`Eligibility::groups`]), these three are asked of each, and the
//!    best answer counts. A group with a limit that no field holds is unknown at best; one that names circumstances and
//!    no people, beside others that do, is for who is in them.
//! 4. **Licence.** Lapsed on the day asked about, in the county's time: no. Needed, with its term not said: unknown.
//! 5. **Term.** Before the first day or after the last on which the office offers it to anybody: no.
//! 6. **Free places.** Full on a day not longer ago than a count of free places is believed
//!    ([`schema::Vacancy::HOLDS_DAYS`]): unknown, until one becomes free. So many free on a day longer ago, or after the day asked about:
//!    unknown too. Nothing said of free places changes nothing, as nothing said of hours does not: of a helpline there
//!    are none, and of most that have places nobody ever says how many are free. Whether one is free is then answered beside the
//!    verdict, as unknown ([`schema::Vacancy::on`]).
//! 7. **Coverage.** A resource that names no area it serves is asked about where it stands, and is unknown there.
//! 8. **Residence.** Who is said to live outside all that a service serves: no. Whose place of residence is a wider division
//!    of which it serves a part: unknown. Nothing is asked of who did not say where they live: they are taken to live where
//!    they ask.
//! 9. **Household.** Where the office asks for a household (户籍) of the village, town, county, city or province where it is:
//!    no for one registered outside, unknown for one that was not said. 本地户籍 without how far that reaches is what it serves at
//!    least and its city at most. Where it says nothing of that, who is registered outside what it serves is unknown.
//!
//! Papers to bring are told with a yes. Nobody is asked whether they have them.
//!
//! Any no makes the verdict no; else any unknown makes it unknown; else it is yes.

mod need;
mod reason;

pub use need::{Need, NeededField};
pub use reason::Reason;

use crate::projection::{Brief, JudgedAs};
use chrono::NaiveDate;
use schema::eligibility::{
    Audience, CareDegree, Condition, DisabilityGrade, Eligibility, EligibleGroup, LocalHousehold,
};
use schema::licence::Licence;
use schema::{AreaCode, AreaLevel};

/// The answer to "may this person use this service".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// 符合条件
    Yes,
    /// 待核实: something that decides was not said, by the office or of the person.
    Unknown,
    /// 不符合
    No,
}

/// A person's sex, as far as a service for women asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// 女
    Female,
    /// 男
    Male,
}

/// What is known of the person who asks. Everything absent is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// In full years.
    pub age: Option<u8>,
    /// In full months, for children; says more than the years.
    pub age_months: Option<u16>,
    /// 性别
    pub sex: Option<Sex>,
    /// Conditions known to hold.
    pub conditions: ConditionSet,
    /// Conditions known not to hold.
    pub not_conditions: ConditionSet,
    /// Conditions of which what was known does not hold on the day asked about.
    pub lapsed: ConditionSet,
    /// 失能 in this degree. Who has one is [`Condition::CareDependent`].
    pub care_degree: Option<CareDegree>,
    /// 残疾 of this grade. Who has one is [`Condition::Disabled`].
    pub disability_grade: Option<DisabilityGrade>,
    /// 常住地: where the person lives.
    pub residence: Option<AreaCode>,
    /// 户籍地: where the person's household is registered.
    pub household: Option<AreaCode>,
}

impl Person {
    /// Whether a condition is known to hold, named itself or by one that implies it.
    pub fn is(&self, condition: Condition) -> bool {
        let graded = (condition == Condition::CareDependent && self.care_degree.is_some())
            || (condition == Condition::Disabled && self.disability_grade.is_some());
        let implied = |named: &&Condition| named.implies() == Some(condition) && self.conditions.contains(**named);
        graded || self.conditions.contains(condition) || Condition::ALL.iter().find(implied).is_some()
    }

    /// Whether a condition is known not to hold, because it or one that it implies was denied.
    pub fn is_not(&self, condition: Condition) -> bool {
        let denied = |condition| self.not_conditions.contains(condition);
        denied(condition) || condition.implies().is_some_and(denied)
    }

    /// The person as known on a day: what was assessed for a term that does not hold the day is not known any more, neither
    /// way. The term of 失能 is that of its degree, the one of 残疾 that of its grade.
    #[must_use]
    pub fn on(mut self, terms: &[Term], day: NaiveDate) -> Person {
        for term in terms.iter().filter(|term| !term.holds(day)) {
            self.lapsed.insert(term.condition);
            self.conditions.remove(term.condition);
            self.not_conditions.remove(term.condition);
            self.care_degree = self.care_degree.filter(|_| term.condition != Condition::CareDependent);
            self.disability_grade = self.disability_grade.filter(|_| term.condition != Condition::Disabled);
        }
        self
    }
}

/// From when until when something that is known of a person's condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Of which condition.
    pub condition: Condition,
    /// The first day; long since when not said.
    pub from: Option<NaiveDate>,
    /// The last day; without end when not said.
    pub until: Option<NaiveDate>,
}

impl Term {
    fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A set of conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConditionSet(u32);

impl ConditionSet {
    /// Whether `condition` is in it.
    pub fn contains(self, condition: Condition) -> bool {
        self.0 & bit(condition) != 0
    }

    /// What is in both.
    pub fn intersection(self, other: ConditionSet) -> ConditionSet {
        ConditionSet(self.0 & other.0)
    }

    fn insert(&mut self, condition: Condition) {
        self.0 |= bit(condition);
    }

    fn remove(&mut self, condition: Condition) {
        self.0 &= !bit(condition);
    }

    /// Whether nothing is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Condition> for ConditionSet {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        ConditionSet(conditions.into_iter().fold(0, |set, condition| set | bit(condition)))
    }
}

fn bit(condition: Condition) -> u32 {
    1 << (condition as u32)
}

/// A verdict with everything that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    found: u32,
}

impl Assessment {
    fn new() -> Self {
        Assessment { verdict: Verdict::Yes, found: 0 }
    }

    /// Of a service of which something cannot be read: nothing is known of it, whatever was said before.
    pub fn unreadable() -> Self {
        let mut assessment = Assessment::new();
        assessment.find(Reason::LatestUnreadable);
        assessment
    }

    fn find(&mut self, reason: Reason) {
        self.found |= 1 << (reason as u32);
        self.verdict = self.verdict.max(reason.verdict());
    }

    /// Finds everything that another found.
    fn take(&mut self, other: Assessment) {
        self.found |= other.found;
        self.verdict = self.verdict.max(other.verdict);
    }

    /// Of two groups of which one is enough: the better verdict, with the reasons of both where they are equal.
    fn or(self, other: Assessment) -> Assessment {
        match self.verdict.cmp(&other.verdict) {
            std::cmp::Ordering::Less => self,
            std::cmp::Ordering::Greater => other,
            std::cmp::Ordering::Equal => Assessment { found: self.found | other.found, ..self },
        }
    }

    /// The reasons for the verdict: of a no those for no, of an unknown those for unknown, of a yes what was met.
    pub fn reasons(self) -> impl Iterator<Item = Reason> {
        let found =
            move |reason: &Reason| self.found & (1 << (*reason as u32)) != 0 && reason.verdict() == self.verdict;
        Reason::ALL.iter().copied().filter(found)
    }
}

/// Judges whether `resource` is for those who ask, on a day in the county's time.
pub fn assess(resource: &Brief, asked: Audience, person: &Person, day: NaiveDate) -> Assessment {
    let mut assessment = whom(&resource.eligibility, &Asker { asked, person, resource });
    if resource.licence.has_lapsed(day) {
        assessment.find(Reason::LicenceLapsed);
    } else if matches!(*resource.licence, Licence::Unknown { .. }) {
        assessment.find(Reason::LicenceUnknown);
    }

    if resource.eligibility.valid_from.is_some_and(|from| day < from) {
        assessment.find(Reason::NotYetValid);
    }
    if resource.eligibility.valid_until.is_some_and(|until| until < day) {
        assessment.find(Reason::NoLongerValid);
    }

    match resource.vacancy.map(|vacancy| vacancy.on(day)) {
        None => {}
        Some(Some(0)) => assessment.find(Reason::NoVacancy),
        Some(Some(_)) => {}
        Some(None) => assessment.find(Reason::VacancyUnknown),
    }
    if !resource.documents.is_empty() {
        assessment.find(Reason::DocumentsToBring);
    }

    if resource.coverage.is_empty() {
        assessment.find(Reason::CoverageUnknown);
    }
    match person.residence.map(|home| ServedPart::of(home, resource)) {
        None | Some(ServedPart::Whole) => {}
        Some(ServedPart::Part) => assessment.find(Reason::ResidenceUnknown),
        Some(ServedPart::Not) => assessment.find(Reason::ResidenceNotServed),
    }
    assessment
}

/// Judges one resource after another for the same people on the same day: those that are judged alike ([`JudgedAs`]) once.
#[derive(Debug)]
pub struct Judge<'p> {
    asked: Audience,
    person: &'p Person,
    day: NaiveDate,
    /// By the number of what is judged alike; none where somebody's place of residence or household tells them apart.
    judged: Option<Vec<Option<Assessment>>>,
}

impl<'p> Judge<'p> {
    /// Of nothing yet.
    pub fn new(asked: Audience, person: &'p Person, day: NaiveDate) -> Judge<'p> {
        let by_place = person.residence.is_some() || person.household.is_some();
        Judge { asked, person, day, judged: (!by_place).then(Vec::new) }
    }

    /// As [`assess`] judges it.
    pub fn assess<'r>(&mut self, judged_as: JudgedAs, resource: impl FnOnce() -> &'r Brief) -> Assessment {
        let assess = |resource| assess(resource, self.asked, self.person, self.day);
        let (Some(judged), Some(number)) = (&mut self.judged, judged_as.number()) else { return assess(resource()) };
        if judged.len() <= number {
            judged.resize(number + 1, None);
        }
        match judged.get_mut(number) {
            Some(known) => *known.get_or_insert_with(|| assess(resource())),
            None => assess(resource()),
        }
    }
}

/// Who asks for what: the group named, what is known of the person, and the resource.
struct Asker<'a> {
    asked: Audience,
    person: &'a Person,
    resource: &'a Brief,
}

/// How much of a division a service serves.
enum ServedPart {
    Whole,
    Part,
    Not,
}

impl ServedPart {
    /// A service whose office did not say what it serves is known to serve nothing but the place where it stands, and may
    /// serve more.
    fn of(home: AreaCode, resource: &Brief) -> ServedPart {
        if resource.coverage.is_empty() {
            return if resource.area.contains(home) { ServedPart::Whole } else { ServedPart::Part };
        }
        if resource.coverage.iter().any(|served| served.contains(home)) {
            ServedPart::Whole
        } else if resource.coverage.iter().any(|served| home.contains(*served)) {
            ServedPart::Part
        } else {
            ServedPart::Not
        }
    }
}

/// Judges audience, age, conditions and household: of each of the groups where they differ, the best of them.
fn whom(eligibility: &Eligibility, asker: &Asker<'_>) -> Assessment {
    let is_addressed = |audiences: &[Audience]| audiences.contains(&asker.asked) || audiences.contains(&Audience::All);
    let addressed =
        is_addressed(&eligibility.audiences) || eligibility.groups.iter().any(|group| is_addressed(&group.audiences));
    let mut groups = eligibility.groups.iter().map(|group| judged(&Group::listed(group, addressed), asker));
    let Some(first) = groups.next() else { return judged(&Group::whole(eligibility, addressed), asker) };
    groups.fold(first, Assessment::or)
}

/// A group of people as it is judged.
struct Group<'e> {
    audiences: &'e [Audience],
    bounds: AgeBounds,
    conditions: &'e [Condition],
    care_degrees: &'e [CareDegree],
    disability_grades: &'e [DisabilityGrade],
    local_household: Option<LocalHousehold>,
    limited: bool,
    /// One of several.
    listed: bool,
    /// The service is addressed to the group asked for, among others.
    addressed: bool,
}

impl Group<'_> {
    fn whole(eligibility: &Eligibility, addressed: bool) -> Group<'_> {
        let Eligibility { audiences, conditions, care_degrees, disability_grades, local_household, .. } = eligibility;
        Group {
            audiences,
            bounds: AgeBounds::of(eligibility),
            conditions,
            care_degrees,
            disability_grades,
            local_household: *local_household,
            limited: false,
            listed: false,
            addressed,
        }
    }

    fn listed(group: &EligibleGroup, addressed: bool) -> Group<'_> {
        let EligibleGroup { audiences, conditions, care_degrees, disability_grades, local_household, limited, .. } =
            group;
        Group {
            audiences,
            bounds: AgeBounds::of_group(group),
            conditions,
            care_degrees,
            disability_grades,
            local_household: *local_household,
            limited: *limited,
            listed: true,
            addressed,
        }
    }

    /// Circumstances, and nobody in particular who is in them.
    fn is_bare(&self) -> bool {
        self.listed && self.audiences.is_empty() && !self.conditions.is_empty()
    }

    /// Whether all of it, by their ages, is of the group asked for.
    fn is_part_of(&self, asked: Audience) -> bool {
        match asked {
            Audience::Elders => self.bounds.minimum >= months(ELDER_FROM),
            Audience::Children => self.bounds.maximum < months(ADULT_FROM),
            Audience::Women | Audience::Disabled | Audience::All => false,
        }
    }
}

/// Whether something that a service asks for is so, with the reason to tell.
#[derive(Clone, Copy)]
enum Holds {
    Yes,
    Unknown(Reason),
    No(Reason),
}

impl Holds {
    /// The best of several, with everything that keeps it from being better.
    fn best(several: impl Iterator<Item = Holds>) -> (Verdict, Assessment) {
        let mut best = Verdict::No;
        let (mut unknown, mut no) = (Assessment::new(), Assessment::new());
        for holds in several {
            match holds {
                Holds::Yes => return (Verdict::Yes, Assessment::new()),
                Holds::Unknown(reason) => {
                    best = Verdict::Unknown;
                    unknown.find(reason);
                }
                Holds::No(reason) => no.find(reason),
            }
        }
        (best, if best == Verdict::Unknown { unknown } else { no })
    }
}

fn judged(group: &Group<'_>, asker: &Asker<'_>) -> Assessment {
    let mut assessment = Assessment::new();
    let Asker { asked, person, resource } = *asker;
    let (conditions, of_conditions) =
        Holds::best(group.conditions.iter().map(|condition| holds(*condition, group, person)));
    if group.is_bare() {
        if conditions == Verdict::No || (conditions == Verdict::Unknown && !group.addressed) {
            assessment.find(Reason::AudienceNotMet);
        }
    } else if group.audiences.is_empty() {
        assessment.find(Reason::AudienceUnknown);
    } else {
        match Holds::best(group.audiences.iter().map(|audience| belongs(*audience, group, asker))) {
            (Verdict::Yes, _) => assessment.find(Reason::AudienceMet),
            (Verdict::Unknown, why) => assessment.take(why),
            // The word of one group is a bound of age, a grade; of several it is the groups that are not met.
            (Verdict::No, why) if group.audiences.len() == 1 => assessment.take(why),
            (Verdict::No, _) => assessment.find(Reason::AudienceNotMet),
        }
    }

    let (youngest, oldest) = ages(person, asked);
    let bounds = &group.bounds;
    if oldest < bounds.minimum {
        assessment.find(Reason::AgeBelowMinimum);
    } else if youngest > bounds.maximum {
        assessment.find(Reason::AgeAboveMaximum);
    } else if youngest < bounds.minimum || oldest > bounds.maximum {
        assessment.find(Reason::AgeUnknown);
    } else if !bounds.are_open() {
        assessment.find(Reason::AgeMet);
    }

    if !group.conditions.is_empty() {
        match conditions {
            Verdict::Yes => assessment.find(Reason::ConditionMet),
            Verdict::Unknown | Verdict::No => assessment.take(of_conditions),
        }
    }

    match (group.local_household, person.household) {
        (None, None) => {}
        (Some(_), None) => assessment.find(Reason::HouseholdUnsaid),
        (None, Some(home)) => match ServedPart::of(home, resource) {
            ServedPart::Whole => {}
            ServedPart::Part | ServedPart::Not => assessment.find(Reason::HouseholdUnknown),
        },
        (Some(local), Some(home)) => match household_part(local, home, resource) {
            ServedPart::Whole => {}
            ServedPart::Part => assessment.find(Reason::HouseholdUnknown),
            ServedPart::Not => assessment.find(Reason::HouseholdNotServed),
        },
    }

    if group.limited && assessment.verdict == Verdict::Yes {
        assessment.find(Reason::LimitUnclear);
    }
    assessment
}

/// The division in which a household must be registered; none where nobody said how far 本地 reaches, or where the resource
/// is known to stand in a wider one only.
fn household_division(local: LocalHousehold, resource: &Brief) -> Option<AreaCode> {
    let level = match local {
        LocalHousehold::Served => return None,
        LocalHousehold::Village => AreaLevel::Village,
        LocalHousehold::Town => AreaLevel::Town,
        LocalHousehold::County => AreaLevel::County,
        LocalHousehold::City => AreaLevel::City,
        LocalHousehold::Province => AreaLevel::Province,
    };
    (resource.area.level() >= level).then(|| resource.area.at_level(level))
}

/// How much of where a household is registered counts.
fn household_part(local: LocalHousehold, home: AreaCode, resource: &Brief) -> ServedPart {
    let Some(division) = household_division(local, resource) else {
        return match ServedPart::of(home, resource) {
            ServedPart::Not if resource.area.at_level(AreaLevel::City).contains(home) => ServedPart::Part,
            part => part,
        };
    };
    if division.contains(home) {
        ServedPart::Whole
    } else if home.contains(division) {
        ServedPart::Part
    } else {
        ServedPart::Not
    }
}

/// Whether a condition that a group asks for holds, in a degree that it asks for.
fn holds(condition: Condition, group: &Group<'_>, person: &Person) -> Holds {
    let unsaid = || match person.lapsed.contains(condition) {
        true => Holds::Unknown(Reason::ConditionLapsed),
        false => Holds::Unknown(Reason::ConditionUnknown),
    };
    if condition == Condition::CareDependent && !group.care_degrees.is_empty() {
        match person.care_degree {
            Some(degree) if group.care_degrees.contains(&degree) => return Holds::Yes,
            Some(_) => return Holds::No(Reason::CareDegreeNotMet),
            None if person.is(condition) => return Holds::Unknown(Reason::CareDegreeUnknown),
            None => {}
        }
    } else if condition == Condition::Disabled && person.is(condition) {
        return of_grade(group, person);
    } else {
        let is_partly = matches!(person.care_degree, Some(CareDegree::Mild | CareDegree::Moderate));
        if person.is(condition) || (condition == Condition::PartlyCareDependent && is_partly) {
            return Holds::Yes;
        }
    }
    if person.is_not(condition) { Holds::No(Reason::ConditionNotMet) } else { unsaid() }
}

/// Whether the disability of somebody who is known to have one is of a grade that a group asks for.
fn of_grade(group: &Group<'_>, person: &Person) -> Holds {
    match person.disability_grade {
        _ if group.disability_grades.is_empty() => Holds::Yes,
        Some(grade) if group.disability_grades.contains(&grade) => Holds::Yes,
        Some(_) => Holds::No(Reason::DisabilityGradeNotMet),
        None => Holds::Unknown(Reason::DisabilityGradeUnknown),
    }
}

/// The youngest age of an elder.
pub const ELDER_FROM: u8 = 60;
/// The youngest age that is no longer a child.
pub const ADULT_FROM: u8 = 18;

/// Whether those who ask are, or the person is known to be, of an audience of a group. A service that says that it takes
/// elders of 50 takes them.
fn belongs(audience: Audience, group: &Group<'_>, asker: &Asker<'_>) -> Holds {
    let Asker { asked, person, .. } = *asker;
    let unsaid = |reason: Reason| {
        if audience == asked {
            Holds::Yes
        } else if group.addressed || group.is_part_of(asked) {
            Holds::Unknown(reason)
        } else {
            Holds::No(Reason::AudienceNotMet)
        }
    };
    let (youngest, oldest) = ages(person, asked);
    let by_age = |holds: bool, fails: bool, reason: Reason| match known_age(person) {
        _ if holds => Holds::Yes,
        Some(_) if fails => Holds::No(reason),
        None if fails => Holds::No(Reason::AudienceNotMet),
        Some(_) => Holds::Unknown(Reason::AgeUnknown),
        None => unsaid(Reason::AgeUnknown),
    };
    match audience {
        Audience::All => Holds::Yes,
        Audience::Elders => {
            let from = match group.bounds.minimum {
                0 => months(ELDER_FROM),
                minimum => minimum.min(months(ELDER_FROM)),
            };
            by_age(youngest >= from, oldest < from, Reason::AgeBelowMinimum)
        }
        Audience::Children => {
            let until = match group.bounds.maximum {
                OPEN => months(ADULT_FROM) - 1,
                maximum => maximum.max(months(ADULT_FROM) - 1),
            };
            by_age(oldest <= until, youngest > until, Reason::AgeAboveMaximum)
        }
        Audience::Women => match person.sex {
            Some(Sex::Female) => Holds::Yes,
            Some(Sex::Male) => Holds::No(Reason::AudienceNotMet),
            None => unsaid(Reason::SexUnknown),
        },
        Audience::Disabled if person.is(Condition::Disabled) => of_grade(group, person),
        Audience::Disabled if person.is_not(Condition::Disabled) => Holds::No(Reason::AudienceNotMet),
        Audience::Disabled if audience == asked => of_grade(group, person),
        Audience::Disabled if person.lapsed.contains(Condition::Disabled) => unsaid(Reason::ConditionLapsed),
        Audience::Disabled => unsaid(Reason::ConditionUnknown),
    }
}

/// Stands for no end of ages.
const OPEN: u16 = u16::MAX;

/// Full years in months.
fn months(years: u8) -> u16 {
    u16::from(years) * 12
}

/// The ages in full months that somebody may have whose age is known.
fn known_age(person: &Person) -> Option<(u16, u16)> {
    match (person.age_months, person.age) {
        (Some(age), _) => Some((age, age)),
        (None, Some(age)) => Some((months(age), months(age) + 11)),
        (None, None) => None,
    }
}

/// The youngest and the oldest, in full months, who may be asking.
fn ages(person: &Person, asked: Audience) -> (u16, u16) {
    known_age(person).unwrap_or(match asked {
        Audience::Elders => (months(ELDER_FROM), OPEN),
        Audience::Children => (0, months(ADULT_FROM) - 1),
        Audience::Women | Audience::Disabled | Audience::All => (0, OPEN),
    })
}

/// The ages that are served, in full months, an absent bound at the end of what they hold. Somebody of 6 years is of 72 to 83
/// months: a bound in years takes in the whole year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct AgeBounds {
    minimum: u16,
    maximum: u16,
}

impl AgeBounds {
    fn of(eligibility: &Eligibility) -> AgeBounds {
        let Eligibility { minimum_age, maximum_age, minimum_months, maximum_months, .. } = eligibility;
        AgeBounds::between(*minimum_age, *maximum_age, *minimum_months, *maximum_months)
    }

    fn of_group(group: &EligibleGroup) -> AgeBounds {
        let EligibleGroup { minimum_age, maximum_age, minimum_months, maximum_months, .. } = group;
        AgeBounds::between(*minimum_age, *maximum_age, *minimum_months, *maximum_months)
    }

    fn between(from: Option<u8>, to: Option<u8>, from_months: Option<u16>, to_months: Option<u16>) -> AgeBounds {
        let minimum = from.map_or(0, months).max(from_months.unwrap_or(0));
        let maximum = to.map_or(OPEN, |to| months(to) + 11).min(to_months.unwrap_or(OPEN));
        AgeBounds { minimum, maximum }
    }

    /// As they are told: a word for an age is a bound.
    fn of_words(audiences: &[Audience], bounds: AgeBounds) -> AgeBounds {
        match audiences {
            [Audience::Elders] if bounds.minimum == 0 => AgeBounds { minimum: months(ELDER_FROM), ..bounds },
            [Audience::Children] if bounds.maximum == OPEN => AgeBounds { maximum: months(ADULT_FROM) - 1, ..bounds },
            _ => bounds,
        }
    }

    fn are_open(self) -> bool {
        self.minimum == 0 && self.maximum == OPEN
    }
}

#[cfg(test)]
mod tests;
