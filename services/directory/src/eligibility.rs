//! Who may use a service: a pure, three-valued judgement with its reasons.
//!
//! The question names a group of the public (the audience asked for) and may describe a person. The rules, all of
//! them:
//!
//! 1. **Audience.** A service is for the asker when one of its audiences is the group asked for, or is everyone
//!    (`ALL`), or is a group the person is *known* to belong to: elders from 60, children under 18 (by the age
//!    given), women (by the sex given), disabled (by a condition named). None of these: no. The office named no
//!    audience at all: unknown.
//! 2. **Age.** The asker's age is the age given; without one it is the range of the group asked for: elders 60 and
//!    over, children up to 17, everybody else any age. Wholly inside the service's bounds: yes; wholly outside: no;
//!    partly: unknown. An absent bound is open. The group asked for is taken at its word: a person of 55 who asks
//!    as an elder is turned away by a minimum age, not by the audience.
//! 3. **Conditions.** None asked by the service: yes. One of them named for the person: yes. All of them denied
//!    for the person: no. Otherwise unknown. Who lost the only child is a special family, and who is known to be no
//!    special family did not ([`Condition::implies`]); no other condition follows from another.
//! 4. **Licence.** Lapsed on the day asked about, in the county's time: no. Needed, with its term not said: unknown.
//! 5. **Coverage.** A resource that names no area it serves is asked about where it stands, and is unknown there.
//!
//! Any no makes the verdict no; else any unknown makes it unknown; else it is yes. The place of residence and of
//! household registration are accepted in a question and no rule looks at them yet: no office has a column that says
//! whether it asks for them.

use chrono::NaiveDate;
use schema::Words;
use schema::eligibility::{Audience, Condition};
use schema::licence::Licence;
use schema::resource::Resource;

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
    /// It needs a licence and the office did not say until when it holds.
    LicenceUnknown,
    /// The office did not say which area it serves.
    CoverageUnknown,
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
}

impl Reason {
    /// Every reason, those for yes first, then for unknown, then for no.
    pub const ALL: [Reason; 14] = [
        Reason::AudienceMet,
        Reason::AgeMet,
        Reason::ConditionMet,
        Reason::AudienceUnknown,
        Reason::AgeUnknown,
        Reason::ConditionUnknown,
        Reason::LicenceUnknown,
        Reason::CoverageUnknown,
        Reason::LatestUnreadable,
        Reason::AudienceNotMet,
        Reason::AgeBelowMinimum,
        Reason::AgeAboveMaximum,
        Reason::ConditionNotMet,
        Reason::LicenceLapsed,
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
            Reason::LicenceUnknown => "LICENCE_UNKNOWN",
            Reason::CoverageUnknown => "COVERAGE_UNKNOWN",
            Reason::LatestUnreadable => "LATEST_UNREADABLE",
            Reason::AudienceNotMet => "AUDIENCE_NOT_MET",
            Reason::AgeBelowMinimum => "AGE_BELOW_MINIMUM",
            Reason::AgeAboveMaximum => "AGE_ABOVE_MAXIMUM",
            Reason::ConditionNotMet => "CONDITION_NOT_MET",
            Reason::LicenceLapsed => "LICENCE_LAPSED",
        }
    }

    /// The verdict that this reason alone leads to.
    pub fn verdict(self) -> Verdict {
        match self {
            Reason::AudienceMet | Reason::AgeMet | Reason::ConditionMet => Verdict::Yes,
            Reason::AudienceUnknown
            | Reason::AgeUnknown
            | Reason::ConditionUnknown
            | Reason::LicenceUnknown
            | Reason::CoverageUnknown
            | Reason::LatestUnreadable => Verdict::Unknown,
            Reason::AudienceNotMet
            | Reason::AgeBelowMinimum
            | Reason::AgeAboveMaximum
            | Reason::ConditionNotMet
            | Reason::LicenceLapsed => Verdict::No,
        }
    }

    /// The reason in words about one resource, in Chinese or in English.
    pub fn message(self, resource: &Resource, chinese: bool) -> String {
        let bounds = AgeBounds::of(resource);
        let conditions = || conditions_in_words(&resource.eligibility.conditions, chinese);
        let audiences = || audiences_in_words(&resource.eligibility.audiences, chinese);
        match (self, chinese) {
            (Reason::AudienceMet, true) => format!("服务对象：{}", audiences()),
            (Reason::AudienceMet, false) => format!("It is for {}.", audiences()),
            (Reason::AgeMet, true) => format!("年龄符合：{}", bounds.in_words(true)),
            (Reason::AgeMet, false) => format!("The age is within the bounds: {}.", bounds.in_words(false)),
            (Reason::ConditionMet, true) => format!("符合所列条件之一：{}", conditions()),
            (Reason::ConditionMet, false) => format!("One of the conditions holds: {}.", conditions()),
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
            (Reason::LicenceLapsed, chinese) => match (&resource.licence, chinese) {
                (Licence::Until { expires, .. }, true) => format!("许可证已于{}到期", expires.format("%Y年%-m月%-d日")),
                (Licence::Until { expires, .. }, false) => format!("Its licence lapsed after {expires}."),
                (Licence::NotRequired | Licence::Unknown { .. }, true) => "许可证已到期".to_owned(),
                (Licence::NotRequired | Licence::Unknown { .. }, false) => "Its licence has lapsed.".to_owned(),
            },
        }
    }
}

/// A verdict with everything that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    found: u16,
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
        self.found |= 1 << (reason as u16);
        self.verdict = self.verdict.max(reason.verdict());
    }

    /// The reasons for the verdict: of a no those for no, of an unknown those for unknown, of a yes what was met.
    pub fn reasons(self) -> impl Iterator<Item = Reason> {
        Reason::ALL
            .into_iter()
            .filter(move |reason| self.found & (1 << (*reason as u16)) != 0 && reason.verdict() == self.verdict)
    }
}

/// Judges whether `resource` is for those who ask, on a day in the county's time.
pub fn assess(resource: &Resource, asked: Audience, person: &Person, day: NaiveDate) -> Assessment {
    let mut assessment = Assessment::new();
    let eligibility = &resource.eligibility;

    if eligibility.audiences.is_empty() {
        assessment.find(Reason::AudienceUnknown);
    } else if eligibility.audiences.iter().any(|group| belongs(person, asked, *group)) {
        assessment.find(Reason::AudienceMet);
    } else {
        assessment.find(Reason::AudienceNotMet);
    }

    let bounds = AgeBounds::of(resource);
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

    let asked_conditions = &eligibility.conditions;
    if !asked_conditions.is_empty() {
        if asked_conditions.iter().any(|condition| person.is(*condition)) {
            assessment.find(Reason::ConditionMet);
        } else if asked_conditions.iter().all(|condition| person.is_not(*condition)) {
            assessment.find(Reason::ConditionNotMet);
        } else {
            assessment.find(Reason::ConditionUnknown);
        }
    }

    if resource.licence.has_lapsed(day) {
        assessment.find(Reason::LicenceLapsed);
    } else if matches!(resource.licence, Licence::Unknown { .. }) {
        assessment.find(Reason::LicenceUnknown);
    }

    if resource.coverage.is_empty() {
        assessment.find(Reason::CoverageUnknown);
    }
    assessment
}

/// The youngest age of an elder.
pub const ELDER_FROM: u8 = 60;
/// The youngest age that is no longer a child.
pub const ADULT_FROM: u8 = 18;

/// Whether those who ask as `asked` are, or the person is known to be, of `group`.
fn belongs(person: &Person, asked: Audience, group: Audience) -> bool {
    if group == asked {
        return true;
    }
    match group {
        Audience::All => true,
        Audience::Elders => person.age.is_some_and(|age| age >= ELDER_FROM),
        Audience::Children => person.age.is_some_and(|age| age < ADULT_FROM),
        Audience::Women => person.sex == Some(Sex::Female),
        Audience::Disabled => person.conditions.contains(Condition::Disabled),
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

/// The ages a resource serves, an absent bound at the end of what a `u8` holds.
struct AgeBounds {
    minimum: u8,
    maximum: u8,
}

impl AgeBounds {
    fn of(resource: &Resource) -> AgeBounds {
        AgeBounds {
            minimum: resource.eligibility.minimum_age.unwrap_or(0),
            maximum: resource.eligibility.maximum_age.unwrap_or(u8::MAX),
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
