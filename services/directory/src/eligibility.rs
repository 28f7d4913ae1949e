//! Who may use a service: a pure, three-valued judgement with its reasons.
//!
//! The question names a group of the public (the audience asked for) and may describe a person. The rules, all of
//! them:
//!
//! 1. **Audience.** A service is for the asker when one of its audiences is the group asked for, or is everyone
//!    (`ALL`), or is a group the person is *known* to belong to: elders from 60, children under 18 (by the age
//!    given), women (by the sex given), disabled (by a condition named). None of these: no. The office named no
//!    audience at all: unknown. What is known of the person outweighs the group asked for: who is 50 is no elder,
//!    however they ask, unless the service takes elders from 50.
//! 2. **Age.** The asker's age is the age given; without one it is the range of the group asked for: elders 60 and
//!    over, children up to 17, everybody else any age. Wholly inside the service's bounds: yes; wholly outside: no;
//!    partly: unknown. An absent bound is open.
//! 3. **Conditions.** None asked by the service: yes. One of them named for the person: yes. All of them denied
//!    for the person: no. Otherwise unknown. Who lost the only child is a special family, and who is known to be no
//!    special family did not ([`Condition::implies`]); no other condition follows from another.
//!
//!    Where the office's words name groups that differ ([`Eligibility::groups`]), these three are asked of each, and the
//!    best answer counts. A group with a limit that no field holds is unknown at best; one that names circumstances and
//!    no people, beside others that do, is for who is known to be in them.
//! 4. **Licence.** Lapsed on the day asked about, in the county's time: no. Needed, with its term not said: unknown.
//! 5. **Coverage.** A resource that names no area it serves is asked about where it stands, and is unknown there.
//! 6. **Residence.** Who is said to live outside all that a service serves: no. Whose place of residence is a wider division
//!    of which it serves a part: unknown. Nothing is asked of who did not say where they live: they are taken to live where
//!    they ask.
//! 7. **Household.** Whose household is registered outside all that it serves: unknown, since no office has a column that
//!    says whether it asks for that (户籍).
//!
//! Any no makes the verdict no; else any unknown makes it unknown; else it is yes.

use crate::projection::Brief;
use chrono::NaiveDate;
use schema::eligibility::{Audience, Condition, Eligibility, EligibleGroup};
use schema::licence::Licence;
use schema::{AreaCode, Words};

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
    /// 性别
    pub sex: Option<Sex>,
    /// Conditions known to hold.
    pub conditions: ConditionSet,
    /// Conditions known not to hold.
    pub not_conditions: ConditionSet,
    /// 常住地: where the person lives.
    pub residence: Option<AreaCode>,
    /// 户籍地: where the person's household is registered.
    pub household: Option<AreaCode>,
}

impl Person {
    /// Whether a condition is known to hold, named itself or by one that implies it.
    pub fn is(&self, condition: Condition) -> bool {
        let implied = |named: &&Condition| named.implies() == Some(condition) && self.conditions.contains(**named);
        self.conditions.contains(condition) || Condition::ALL.iter().find(implied).is_some()
    }

    /// Whether a condition is known not to hold, because it or one that it implies was denied.
    pub fn is_not(&self, condition: Condition) -> bool {
        let denied = |condition| self.not_conditions.contains(condition);
        denied(condition) || condition.implies().is_some_and(denied)
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

/// Why a verdict is what it is. The codes are stable; clients treat them as extensible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// For one of the groups that the asker belongs to.
    AudienceMet,
    /// The age is within the bounds.
    AgeMet,
    /// A condition that is asked holds.
    ConditionMet,
    /// The office did not say whom it is for.
    AudienceUnknown,
    /// Some of those who ask are within the age bounds and some are not.
    AgeUnknown,
    /// It is not known whether a condition that is asked holds.
    ConditionUnknown,
    /// The office's words have a limit that was not understood.
    LimitUnclear,
    /// It needs a licence and the office did not say until when it holds.
    LicenceUnknown,
    /// The office did not say which area it serves.
    CoverageUnknown,
    /// It serves a part of where the person lives.
    ResidenceUnknown,
    /// The person's household is registered where it does not serve, and the office did not say whether it asks for that.
    HouseholdUnknown,
    /// Something was said of it that this program cannot read.
    LatestUnreadable,
    /// For other groups.
    AudienceNotMet,
    /// Too young.
    AgeBelowMinimum,
    /// Too old.
    AgeAboveMaximum,
    /// None of the conditions asked holds.
    ConditionNotMet,
    /// Its licence has lapsed.
    LicenceLapsed,
    /// It does not serve where the person lives.
    ResidenceNotServed,
}

impl Reason {
    /// Every reason, those for yes first, then for unknown, then for no.
    pub const ALL: [Reason; 18] = [
        Reason::AudienceMet,
        Reason::AgeMet,
        Reason::ConditionMet,
        Reason::AudienceUnknown,
        Reason::AgeUnknown,
        Reason::ConditionUnknown,
        Reason::LimitUnclear,
        Reason::LicenceUnknown,
        Reason::CoverageUnknown,
        Reason::ResidenceUnknown,
        Reason::HouseholdUnknown,
        Reason::LatestUnreadable,
        Reason::AudienceNotMet,
        Reason::AgeBelowMinimum,
        Reason::AgeAboveMaximum,
        Reason::ConditionNotMet,
        Reason::LicenceLapsed,
        Reason::ResidenceNotServed,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::AudienceMet => "AUDIENCE_MET",
            Reason::AgeMet => "AGE_MET",
            Reason::ConditionMet => "CONDITION_MET",
            Reason::AudienceUnknown => "AUDIENCE_UNKNOWN",
            Reason::AgeUnknown => "AGE_UNKNOWN",
            Reason::ConditionUnknown => "CONDITION_UNKNOWN",
            Reason::LimitUnclear => "LIMIT_UNCLEAR",
            Reason::LicenceUnknown => "LICENCE_UNKNOWN",
            Reason::CoverageUnknown => "COVERAGE_UNKNOWN",
            Reason::ResidenceUnknown => "RESIDENCE_UNKNOWN",
            Reason::HouseholdUnknown => "HOUSEHOLD_UNKNOWN",
            Reason::LatestUnreadable => "LATEST_UNREADABLE",
            Reason::AudienceNotMet => "AUDIENCE_NOT_MET",
            Reason::AgeBelowMinimum => "AGE_BELOW_MINIMUM",
            Reason::AgeAboveMaximum => "AGE_ABOVE_MAXIMUM",
            Reason::ConditionNotMet => "CONDITION_NOT_MET",
            Reason::LicenceLapsed => "LICENCE_LAPSED",
            Reason::ResidenceNotServed => "RESIDENCE_NOT_SERVED",
        }
    }

    /// The verdict that this reason alone leads to.
    pub fn verdict(self) -> Verdict {
        match self {
            Reason::AudienceMet | Reason::AgeMet | Reason::ConditionMet => Verdict::Yes,
            Reason::AudienceUnknown
            | Reason::AgeUnknown
            | Reason::ConditionUnknown
            | Reason::LimitUnclear
            | Reason::LicenceUnknown
            | Reason::CoverageUnknown
            | Reason::ResidenceUnknown
            | Reason::HouseholdUnknown
            | Reason::LatestUnreadable => Verdict::Unknown,
            Reason::AudienceNotMet
            | Reason::AgeBelowMinimum
            | Reason::AgeAboveMaximum
            | Reason::ConditionNotMet
            | Reason::LicenceLapsed
            | Reason::ResidenceNotServed => Verdict::No,
        }
    }

    /// The reason in words about one resource, in Chinese or in English.
    pub fn message(self, resource: &Brief, chinese: bool) -> String {
        let eligibility = &resource.eligibility;
        if self.is_about_whom() && !eligibility.groups.is_empty() {
            return self.message_by(eligibility.note.as_deref(), chinese);
        }
        let bounds = AgeBounds::of_words(eligibility);
        let conditions = || conditions_in_words(&eligibility.conditions, chinese);
        let audiences = || audiences_in_words(&eligibility.audiences, chinese);
        match (self, chinese) {
            (Reason::AudienceMet, true) => format!("服务对象：{}", audiences()),
            (Reason::AudienceMet, false) => format!("It is for {}.", audiences()),
            (Reason::AgeMet, true) => format!("年龄符合：{}", bounds.in_words(true)),
            (Reason::AgeMet, false) => format!("The age is within the bounds: {}.", bounds.in_words(false)),
            (Reason::ConditionMet, true) => format!("符合所列条件之一：{}", conditions()),
            (Reason::ConditionMet, false) => format!("One of the conditions holds: {}.", conditions()),
            (Reason::LimitUnclear, true) => "服务对象另有限制，请先电话核实".to_owned(),
            (Reason::LimitUnclear, false) => "There are further limits on whom it is for; call first.".to_owned(),
            (Reason::AudienceUnknown, true) => "登记单位未写明服务对象，请先电话核实".to_owned(),
            (Reason::AudienceUnknown, false) => "The office did not say whom it is for; call first.".to_owned(),
            (Reason::AgeUnknown, true) => format!("限{}，请核对年龄", bounds.in_words(true)),
            (Reason::AgeUnknown, false) => {
                format!("Only for ages {}; the age is to be checked.", bounds.in_words(false))
            }
            (Reason::ConditionUnknown, true) => format!("须符合下列条件之一，请核实：{}", conditions()),
            (Reason::ConditionUnknown, false) => {
                format!("One of these conditions must hold, which is to be checked: {}.", conditions())
            }
            (Reason::LicenceUnknown, true) => "登记单位未写明许可证有效期，请先核实".to_owned(),
            (Reason::LicenceUnknown, false) => "The office did not say until when the licence holds.".to_owned(),
            (Reason::CoverageUnknown, true) => "登记单位未写明服务范围，请先核实".to_owned(),
            (Reason::CoverageUnknown, false) => "The office did not say which area it serves.".to_owned(),
            (Reason::ResidenceUnknown, true) => "只服务居住地的一部分，请核对住址是否在服务范围内".to_owned(),
            (Reason::ResidenceUnknown, false) => {
                "It serves a part of where the person lives; the address is to be checked.".to_owned()
            }
            (Reason::HouseholdUnknown, true) => "户籍不在服务范围内，登记单位未写明是否限本地户籍，请先核实".to_owned(),
            (Reason::HouseholdUnknown, false) => {
                "The household is registered elsewhere, and the office did not say whether it asks for that.".to_owned()
            }
            (Reason::ResidenceNotServed, true) => "居住地不在服务范围内".to_owned(),
            (Reason::ResidenceNotServed, false) => "It does not serve where the person lives.".to_owned(),
            (Reason::LatestUnreadable, true) => "最新登记内容暂时无法识别，请先向登记单位核实".to_owned(),
            (Reason::LatestUnreadable, false) => {
                "The latest that was said of it cannot be read here; ask the office first.".to_owned()
            }
            (Reason::AudienceNotMet, true) => format!("服务对象为{}", audiences()),
            (Reason::AudienceNotMet, false) => format!("It is for {} only.", audiences()),
            (Reason::AgeBelowMinimum | Reason::AgeAboveMaximum, true) => format!("限{}", bounds.in_words(true)),
            (Reason::AgeBelowMinimum | Reason::AgeAboveMaximum, false) => {
                format!("Only for ages {}.", bounds.in_words(false))
            }
            (Reason::ConditionNotMet, true) => format!("不符合所要求的条件：{}", conditions()),
            (Reason::ConditionNotMet, false) => format!("None of the conditions asked holds: {}.", conditions()),
            (Reason::LicenceLapsed, chinese) => match (&*resource.licence, chinese) {
                (Licence::Until { expires, .. }, true) => format!("许可证已于{}到期", expires.format("%Y年%-m月%-d日")),
                (Licence::Until { expires, .. }, false) => format!("Its licence lapsed after {expires}."),
                (Licence::NotRequired | Licence::Unknown { .. }, true) => "许可证已到期".to_owned(),
                (Licence::NotRequired | Licence::Unknown { .. }, false) => "Its licence has lapsed.".to_owned(),
            },
        }
    }
}

impl Reason {
    /// Whether it is about whom the service is for.
    fn is_about_whom(self) -> bool {
        match self {
            Reason::AudienceMet
            | Reason::AgeMet
            | Reason::ConditionMet
            | Reason::AudienceUnknown
            | Reason::AgeUnknown
            | Reason::ConditionUnknown
            | Reason::LimitUnclear
            | Reason::AudienceNotMet
            | Reason::AgeBelowMinimum
            | Reason::AgeAboveMaximum
            | Reason::ConditionNotMet => true,
            Reason::LicenceUnknown
            | Reason::CoverageUnknown
            | Reason::ResidenceUnknown
            | Reason::HouseholdUnknown
            | Reason::LatestUnreadable
            | Reason::LicenceLapsed
            | Reason::ResidenceNotServed => false,
        }
    }

    /// The reason by the office's own words, where no field says them whole; none where what is in doubt is not for whom it
    /// is, but whether it is in operation.
    fn message_by(self, written: Option<&str>, chinese: bool) -> String {
        let Some(written) = written else {
            return match chinese {
                true => "登记内容有疑问，请先电话核实".to_owned(),
                false => "What the office registered is in doubt; call first.".to_owned(),
            };
        };
        let about = match (self, chinese) {
            (Reason::AgeMet | Reason::AgeUnknown | Reason::AgeBelowMinimum | Reason::AgeAboveMaximum, true) => "年龄",
            (Reason::AgeMet | Reason::AgeUnknown | Reason::AgeBelowMinimum | Reason::AgeAboveMaximum, false) => "age",
            (Reason::ConditionMet | Reason::ConditionUnknown | Reason::ConditionNotMet, true) => "条件",
            (Reason::ConditionMet | Reason::ConditionUnknown | Reason::ConditionNotMet, false) => "circumstances",
            (_, true) => "服务对象",
            (_, false) => "group of people",
        };
        match (self.verdict(), chinese) {
            (Verdict::Yes, true) => format!("{about}符合登记单位所写的“{written}”"),
            (Verdict::Yes, false) => format!("The {about} is as the office wrote: {written}."),
            (Verdict::Unknown, true) => format!("登记单位写的是“{written}”，{about}请先电话核实"),
            (Verdict::Unknown, false) => format!("The office wrote {written:?}; call first about the {about}."),
            (Verdict::No, true) => format!("{about}不符合登记单位所写的“{written}”"),
            (Verdict::No, false) => format!("The {about} is not as the office wrote: {written}."),
        }
    }
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
        Reason::ALL
            .into_iter()
            .filter(move |reason| self.found & (1 << (*reason as u32)) != 0 && reason.verdict() == self.verdict)
    }
}

/// Judges whether `resource` is for those who ask, on a day in the county's time.
pub fn assess(resource: &Brief, asked: Audience, person: &Person, day: NaiveDate) -> Assessment {
    let mut assessment = whom(&resource.eligibility, asked, person);
    if resource.licence.has_lapsed(day) {
        assessment.find(Reason::LicenceLapsed);
    } else if matches!(*resource.licence, Licence::Unknown { .. }) {
        assessment.find(Reason::LicenceUnknown);
    }

    if resource.coverage.is_empty() {
        assessment.find(Reason::CoverageUnknown);
    }
    match person.residence.map(|home| ServedPart::of(home, resource)) {
        None | Some(ServedPart::Whole) => {}
        Some(ServedPart::Part) => assessment.find(Reason::ResidenceUnknown),
        Some(ServedPart::Not) => assessment.find(Reason::ResidenceNotServed),
    }
    match person.household.map(|home| ServedPart::of(home, resource)) {
        None | Some(ServedPart::Whole) => {}
        Some(ServedPart::Part | ServedPart::Not) => assessment.find(Reason::HouseholdUnknown),
    }
    assessment
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

/// Judges audience, age and conditions: of each of the groups where they differ, the best of them.
fn whom(eligibility: &Eligibility, asked: Audience, person: &Person) -> Assessment {
    let mut groups = eligibility.groups.iter().map(|group| judged(&Group::listed(group), asked, person));
    let Some(first) = groups.next() else { return judged(&Group::whole(eligibility), asked, person) };
    groups.fold(first, Assessment::or)
}

/// A group of people as it is judged.
struct Group<'e> {
    audiences: &'e [Audience],
    bounds: AgeBounds,
    conditions: &'e [Condition],
    limited: bool,
    /// One of several.
    listed: bool,
}

impl Group<'_> {
    fn whole(eligibility: &Eligibility) -> Group<'_> {
        let bounds = AgeBounds::of(eligibility.minimum_age, eligibility.maximum_age);
        let Eligibility { audiences, conditions, .. } = eligibility;
        Group { audiences, bounds, conditions, limited: false, listed: false }
    }

    fn listed(group: &EligibleGroup) -> Group<'_> {
        let EligibleGroup { audiences, minimum_age, maximum_age, conditions, limited } = group;
        let bounds = AgeBounds::of(*minimum_age, *maximum_age);
        Group { audiences, bounds, conditions, limited: *limited, listed: true }
    }
}

fn judged(group: &Group<'_>, asked: Audience, person: &Person) -> Assessment {
    let mut assessment = Assessment::new();
    let Group { audiences, bounds, conditions, limited, listed } = group;
    let is_in_circumstances = || conditions.iter().any(|condition| person.is(*condition));
    match (audiences, person.age) {
        ([], _) if *listed && !conditions.is_empty() => {
            if !is_in_circumstances() {
                assessment.find(Reason::AudienceNotMet);
            }
        }
        ([], _) => assessment.find(Reason::AudienceUnknown),
        (audiences, _) if audiences.iter().any(|group| belongs(person, asked, *group, bounds)) => {
            assessment.find(Reason::AudienceMet);
        }
        // The word of the group is a bound of age.
        ([Audience::Elders], Some(_)) if asked == Audience::Elders => assessment.find(Reason::AgeBelowMinimum),
        ([Audience::Children], Some(_)) if asked == Audience::Children => assessment.find(Reason::AgeAboveMaximum),
        (_, _) => assessment.find(Reason::AudienceNotMet),
    }

    let (youngest, oldest) = ages(person, asked);
    if oldest < bounds.minimum {
        assessment.find(Reason::AgeBelowMinimum);
    } else if youngest > bounds.maximum {
        assessment.find(Reason::AgeAboveMaximum);
    } else if youngest < bounds.minimum || oldest > bounds.maximum {
        assessment.find(Reason::AgeUnknown);
    } else if !bounds.are_open() {
        assessment.find(Reason::AgeMet);
    }

    if !conditions.is_empty() {
        if is_in_circumstances() {
            assessment.find(Reason::ConditionMet);
        } else if conditions.iter().all(|condition| person.is_not(*condition)) {
            assessment.find(Reason::ConditionNotMet);
        } else {
            assessment.find(Reason::ConditionUnknown);
        }
    }

    if *limited && assessment.verdict == Verdict::Yes {
        assessment.find(Reason::LimitUnclear);
    }
    assessment
}

/// The youngest age of an elder.
pub const ELDER_FROM: u8 = 60;
/// The youngest age that is no longer a child.
pub const ADULT_FROM: u8 = 18;

/// Whether those who ask as `asked` are, or the person is known to be, of `group`. A service that says that it takes
/// elders of 50 takes them.
fn belongs(person: &Person, asked: Audience, group: Audience, bounds: &AgeBounds) -> bool {
    let as_asked = group == asked;
    match group {
        Audience::All => true,
        Audience::Elders => {
            let from = if bounds.minimum == 0 { ELDER_FROM } else { bounds.minimum.min(ELDER_FROM) };
            person.age.map_or(as_asked, |age| age >= from)
        }
        Audience::Children => {
            let below = if bounds.maximum == u8::MAX { ADULT_FROM } else { (bounds.maximum + 1).max(ADULT_FROM) };
            person.age.map_or(as_asked, |age| age < below)
        }
        Audience::Women => person.sex.map_or(as_asked, |sex| sex == Sex::Female),
        Audience::Disabled => person.is(Condition::Disabled) || (as_asked && !person.is_not(Condition::Disabled)),
    }
}

/// The youngest and the oldest who may be asking; 255 stands for no end.
fn ages(person: &Person, asked: Audience) -> (u8, u8) {
    match (person.age, asked) {
        (Some(age), _) => (age, age),
        (None, Audience::Elders) => (ELDER_FROM, u8::MAX),
        (None, Audience::Children) => (0, ADULT_FROM - 1),
        (None, Audience::Women | Audience::Disabled | Audience::All) => (0, u8::MAX),
    }
}

/// The ages that are served, an absent bound at the end of what a `u8` holds.
struct AgeBounds {
    minimum: u8,
    maximum: u8,
}

impl AgeBounds {
    fn of(minimum: Option<u8>, maximum: Option<u8>) -> AgeBounds {
        AgeBounds { minimum: minimum.unwrap_or(0), maximum: maximum.unwrap_or(u8::MAX) }
    }

    /// As they are told: a word for an age is a bound.
    fn of_words(eligibility: &Eligibility) -> AgeBounds {
        let bounds = AgeBounds::of(eligibility.minimum_age, eligibility.maximum_age);
        match eligibility.audiences.as_slice() {
            [Audience::Elders] if bounds.minimum == 0 => AgeBounds { minimum: ELDER_FROM, ..bounds },
            [Audience::Children] if bounds.maximum == u8::MAX => AgeBounds { maximum: ADULT_FROM - 1, ..bounds },
            _ => bounds,
        }
    }

    fn are_open(&self) -> bool {
        self.minimum == 0 && self.maximum == u8::MAX
    }

    fn in_words(&self, chinese: bool) -> String {
        match (self.minimum, self.maximum, chinese) {
            (minimum, u8::MAX, true) => format!("{minimum}岁及以上"),
            (minimum, u8::MAX, false) => format!("{minimum} and over"),
            (0, maximum, true) => format!("{maximum}岁及以下"),
            (0, maximum, false) => format!("up to {maximum}"),
            (minimum, maximum, true) => format!("{minimum}至{maximum}岁"),
            (minimum, maximum, false) => format!("{minimum} to {maximum}"),
        }
    }
}

fn audiences_in_words(audiences: &[Audience], chinese: bool) -> String {
    joined(audiences.iter().map(|audience| audience.words()), chinese)
}

fn conditions_in_words(conditions: &[Condition], chinese: bool) -> String {
    joined(conditions.iter().map(|condition| condition.words()), chinese)
}

fn joined(words: impl Iterator<Item = Words>, chinese: bool) -> String {
    let names: Vec<&str> = words.map(|words| if chinese { words.zh } else { words.en }).collect();
    names.join(if chinese { "、" } else { ", " })
}

#[cfg(test)]
mod tests;
