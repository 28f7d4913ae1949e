//! Why a verdict is what it is: codes, and words in both languages.

use super::{ADULT_FROM, AgeBounds, ELDER_FROM, OPEN, Verdict, months};
use crate::projection::Brief;
use chrono::NaiveDate;
use schema::Words;
use schema::eligibility::{Audience, CareDegree, Condition, DisabilityGrade, Eligibility, LocalHousehold};
use schema::licence::Licence;

/// Declares the reasons: `Variant = "CODE", verdict, "中文", "English";`, the words being what the code stands for in general.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $verdict:ident, $zh:literal, $en:literal;)+) => {
        /// Why a verdict is what it is. The codes are stable; clients treat them as extensible.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// Every reason, those for yes first, then for unknown, then for no.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self {
                    $(Reason::$variant => $code,)+
                }
            }

            /// The verdict that this reason alone leads to.
            pub fn verdict(self) -> Verdict {
                match self {
                    $(Reason::$variant => Verdict::$verdict,)+
                }
            }

            /// What the code stands for, of no resource in particular.
            pub fn words(self) -> Words {
                match self {
                    $(Reason::$variant => Words { zh: $zh, en: $en },)+
                }
            }
        }
    };
}

reasons! {
    /// For one of the groups that the asker belongs to.
    AudienceMet = "AUDIENCE_MET", Yes, "属于服务对象", "For one of the groups that the person belongs to";
    /// The age is within the bounds.
    AgeMet = "AGE_MET", Yes, "年龄符合", "The age is within the bounds";
    /// A condition that is asked holds.
    ConditionMet = "CONDITION_MET", Yes, "符合所列条件之一", "One of the conditions asked holds";
    /// Papers are to be brought. Whether the person has them is not asked.
    DocumentsToBring = "DOCUMENTS_TO_BRING", Yes, "须携带材料", "Papers are to be brought";
    /// The office did not say whom it is for.
    AudienceUnknown = "AUDIENCE_UNKNOWN", Unknown, "登记单位未写明服务对象", "The office did not say whom it is for";
    /// Some of those who ask are within the age bounds and some are not.
    AgeUnknown = "AGE_UNKNOWN", Unknown, "年龄待核实", "The age is to be checked";
    /// For women or men alone, and the sex was not said.
    SexUnknown = "SEX_UNKNOWN", Unknown, "性别待核实", "The sex is to be checked";
    /// It is not known whether a condition that is asked holds.
    ConditionUnknown = "CONDITION_UNKNOWN", Unknown, "是否符合所列条件待核实", "Whether a condition asked holds is to be checked";
    /// A condition that is asked was known for a term that does not hold the day.
    ConditionLapsed = "CONDITION_LAPSED", Unknown, "条件的有效期不含当日，待重新核实",
        "What was known of a condition asked does not hold that day";
    /// It is not known how far the person depends on care.
    CareDegreeUnknown = "CARE_DEGREE_UNKNOWN", Unknown, "失能等级待核实", "The degree of care dependence is to be checked";
    /// It is not known of which grade the disability is.
    DisabilityGradeUnknown = "DISABILITY_GRADE_UNKNOWN", Unknown, "残疾等级待核实",
        "The grade of the disability is to be checked";
    /// The office's words have a limit that was not understood.
    LimitUnclear = "LIMIT_UNCLEAR", Unknown, "服务对象另有限制", "There are further limits on whom it is for";
    /// It needs a licence and the office did not say until when it holds.
    LicenceUnknown = "LICENCE_UNKNOWN", Unknown, "登记单位未写明许可证有效期", "The term of its licence was not said";
    /// The office did not say which area it serves.
    CoverageUnknown = "COVERAGE_UNKNOWN", Unknown, "登记单位未写明服务范围", "The area that it serves was not said";
    /// It serves a part of where the person lives.
    ResidenceUnknown = "RESIDENCE_UNKNOWN", Unknown, "只服务居住地的一部分", "It serves a part of where the person lives";
    /// The person's household is registered where it does not serve, or serves in part, and whether that counts was not said.
    HouseholdUnknown = "HOUSEHOLD_UNKNOWN", Unknown, "户籍是否符合待核实", "Whether the household counts is to be checked";
    /// It asks for a household registered where it serves, and where the person's is was not said.
    HouseholdUnsaid = "HOUSEHOLD_UNSAID", Unknown, "限本地户籍，户籍地待核实",
        "It asks for a local household, and where the person's is was not said";
    /// No place is free: for everybody, until one becomes free.
    NoVacancy = "NO_VACANCY", Unknown, "已满员，须等有空位", "Full; a place has to become free";
    /// How many places are free was said of another time, and is not known now.
    VacancyUnknown = "VACANCY_UNKNOWN", Unknown, "是否有空位待核实", "Whether a place is free is to be checked";
    /// Something was said of it that this program cannot read.
    LatestUnreadable = "LATEST_UNREADABLE", Unknown, "最新登记内容暂时无法识别", "The latest that was said of it cannot be read";
    /// For other groups.
    AudienceNotMet = "AUDIENCE_NOT_MET", No, "不属于服务对象", "For other groups";
    /// Too young.
    AgeBelowMinimum = "AGE_BELOW_MINIMUM", No, "年龄不足", "Too young";
    /// Too old.
    AgeAboveMaximum = "AGE_ABOVE_MAXIMUM", No, "年龄超出", "Too old";
    /// None of the conditions asked holds.
    ConditionNotMet = "CONDITION_NOT_MET", No, "不符合所要求的条件", "None of the conditions asked holds";
    /// 失能, in a degree that it does not take.
    CareDegreeNotMet = "CARE_DEGREE_NOT_MET", No, "失能等级不符合", "It does not take that degree of care dependence";
    /// 残疾, of a grade that it does not take.
    DisabilityGradeNotMet = "DISABILITY_GRADE_NOT_MET", No, "残疾等级不符合", "It does not take that grade of disability";
    /// Its licence has lapsed.
    LicenceLapsed = "LICENCE_LAPSED", No, "许可证已到期", "Its licence has lapsed";
    /// It does not serve where the person lives.
    ResidenceNotServed = "RESIDENCE_NOT_SERVED", No, "居住地不在服务范围内", "It does not serve where the person lives";
    /// It asks for a household registered where it serves, and the person's is not.
    HouseholdNotServed = "HOUSEHOLD_NOT_SERVED", No, "限本地户籍，户籍在外地",
        "It asks for a local household, and the person's is elsewhere";
    /// Offered from a later day on.
    NotYetValid = "NOT_YET_VALID", No, "尚未开始", "Not yet offered on that day";
    /// Offered until an earlier day.
    NoLongerValid = "NO_LONGER_VALID", No, "已经结束", "No longer offered on that day";
}

impl Reason {
    /// The reason in words about one resource, in Chinese or in English.
    pub fn message(self, resource: &Brief, chinese: bool) -> String {
        let eligibility = &resource.eligibility;
        if self.is_about_whom() && !eligibility.groups.is_empty() {
            return self.message_by(eligibility.note.as_deref(), chinese);
        }
        let bounds = AgeBounds::of_words(&eligibility.audiences, AgeBounds::of(eligibility));
        let conditions = || conditions_in_words(&eligibility.conditions, eligibility, chinese);
        let audiences = || audiences_in_words(&eligibility.audiences, chinese);
        let degrees = || care_degrees_in_words(&eligibility.care_degrees, chinese);
        let grades = || grades_in_words(&eligibility.disability_grades, chinese);
        match (self, chinese) {
            (Reason::AudienceMet, true) => format!("服务对象：{}", audiences()),
            (Reason::AudienceMet, false) => format!("It is for {}.", audiences()),
            (Reason::AgeMet, true) => format!("年龄符合：{}", bounds.in_words(true)),
            (Reason::AgeMet, false) => format!("The age is within the bounds: {}.", bounds.in_words(false)),
            (Reason::ConditionMet, true) => format!("符合所列条件之一：{}", conditions()),
            (Reason::ConditionMet, false) => format!("One of the conditions holds: {}.", conditions()),
            (Reason::DocumentsToBring, true) => format!("请携带：{}", resource.documents.in_words(true)),
            (Reason::DocumentsToBring, false) => format!("Bring: {}.", resource.documents.in_words(false)),
            (Reason::NoVacancy, true) => format!("{}时已满员，须等有空位", vacancy_day(resource, true)),
            (Reason::NoVacancy, false) => {
                format!("It was full on {}; a place has to become free.", vacancy_day(resource, false))
            }
            (Reason::VacancyUnknown, true) => format!("空余名额是{}的，请先电话核实", vacancy_day(resource, true)),
            (Reason::VacancyUnknown, false) => {
                format!("What was free is known of {} alone; call first.", vacancy_day(resource, false))
            }
            (Reason::LimitUnclear, true) => "服务对象另有限制，请先电话核实".to_owned(),
            (Reason::LimitUnclear, false) => "There are further limits on whom it is for; call first.".to_owned(),
            (Reason::AudienceUnknown, true) => "登记单位未写明服务对象，请先电话核实".to_owned(),
            (Reason::AudienceUnknown, false) => "The office did not say whom it is for; call first.".to_owned(),
            (Reason::AgeUnknown, true) => format!("限{}，请核对年龄", bounds.in_words(true)),
            (Reason::AgeUnknown, false) => {
                format!("Only for ages {}; the age is to be checked.", bounds.in_words(false))
            }
            (Reason::SexUnknown, true) => format!("服务对象为{}，请核对性别", audiences()),
            (Reason::SexUnknown, false) => format!("It is for {}; the sex is to be checked.", audiences()),
            // A group that is a circumstance by its name: 残疾人.
            (Reason::ConditionUnknown | Reason::ConditionLapsed, true) if eligibility.conditions.is_empty() => {
                format!("服务对象为{}，请核实", audiences())
            }
            (Reason::ConditionUnknown | Reason::ConditionLapsed, false) if eligibility.conditions.is_empty() => {
                format!("It is for {}, which is to be checked.", audiences())
            }
            (Reason::ConditionUnknown, true) => format!("须符合下列条件之一，请核实：{}", conditions()),
            (Reason::ConditionUnknown, false) => {
                format!("One of these conditions must hold, which is to be checked: {}.", conditions())
            }
            (Reason::ConditionLapsed, true) => {
                format!("须符合下列条件之一，已知的有效期不含当日，请重新核实：{}", conditions())
            }
            (Reason::ConditionLapsed, false) => {
                format!("One of these must hold; what was known does not hold that day: {}.", conditions())
            }
            (Reason::CareDegreeUnknown, true) => format!("限{}，请核实失能等级", degrees()),
            (Reason::CareDegreeUnknown, false) => {
                format!("Only for who is {}; the degree is to be checked.", degrees())
            }
            (Reason::CareDegreeNotMet, true) => format!("限{}", degrees()),
            (Reason::CareDegreeNotMet, false) => format!("Only for who is {}.", degrees()),
            (Reason::DisabilityGradeUnknown, true) => format!("限{}，请核实残疾等级", grades()),
            (Reason::DisabilityGradeUnknown, false) => {
                format!("Only for {}; the grade is to be checked.", grades())
            }
            (Reason::DisabilityGradeNotMet, true) => format!("限{}", grades()),
            (Reason::DisabilityGradeNotMet, false) => format!("Only for {}.", grades()),
            (Reason::LicenceUnknown, true) => "登记单位未写明许可证有效期，请先核实".to_owned(),
            (Reason::LicenceUnknown, false) => "The office did not say until when the licence holds.".to_owned(),
            (Reason::CoverageUnknown, true) => "登记单位未写明服务范围，请先核实".to_owned(),
            (Reason::CoverageUnknown, false) => "The office did not say which area it serves.".to_owned(),
            (Reason::ResidenceUnknown, true) => "只服务居住地的一部分，请核对住址是否在服务范围内".to_owned(),
            (Reason::ResidenceUnknown, false) => {
                "It serves a part of where the person lives; the address is to be checked.".to_owned()
            }
            (Reason::HouseholdUnknown, true) if eligibility.local_household.is_some() => {
                format!("限{}，请核对户籍地", household(eligibility, true))
            }
            (Reason::HouseholdUnknown, false) if eligibility.local_household.is_some() => {
                format!("The household must be {}, which is to be checked.", household(eligibility, false))
            }
            (Reason::HouseholdUnknown, true) => "户籍不在服务范围内，登记单位未写明是否限本地户籍，请先核实".to_owned(),
            (Reason::HouseholdUnknown, false) => {
                "The household is registered elsewhere, and the office did not say whether it asks for that.".to_owned()
            }
            (Reason::HouseholdUnsaid, true) => format!("限{}，请核对户籍地", household(eligibility, true)),
            (Reason::HouseholdUnsaid, false) => {
                format!("The household must be {}; where it is was not said.", household(eligibility, false))
            }
            (Reason::HouseholdNotServed, true) => format!("限{}", household(eligibility, true)),
            (Reason::HouseholdNotServed, false) => format!("The household must be {}.", household(eligibility, false)),
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
                (Licence::Until { expires, .. }, true) => format!("许可证已于{}到期", day_in_words(*expires, true)),
                (Licence::Until { expires, .. }, false) => format!("Its licence lapsed after {expires}."),
                (Licence::NotRequired | Licence::Unknown { .. }, true) => "许可证已到期".to_owned(),
                (Licence::NotRequired | Licence::Unknown { .. }, false) => "Its licence has lapsed.".to_owned(),
            },
            (Reason::NotYetValid, chinese) => match (eligibility.valid_from, chinese) {
                (Some(from), true) => format!("{}起提供", day_in_words(from, true)),
                (Some(from), false) => format!("It is offered from {from} on."),
                (None, true) => "尚未开始".to_owned(),
                (None, false) => "It is not offered yet.".to_owned(),
            },
            (Reason::NoLongerValid, chinese) => match (eligibility.valid_until, chinese) {
                (Some(until), true) => format!("只到{}", day_in_words(until, true)),
                (Some(until), false) => format!("It was offered until {until}."),
                (None, true) => "已经结束".to_owned(),
                (None, false) => "It is not offered any more.".to_owned(),
            },
        }
    }

    /// Whether it is about whom the service is for.
    pub(super) fn is_about_whom(self) -> bool {
        match self {
            Reason::AudienceMet
            | Reason::AgeMet
            | Reason::ConditionMet
            | Reason::AudienceUnknown
            | Reason::AgeUnknown
            | Reason::SexUnknown
            | Reason::ConditionUnknown
            | Reason::ConditionLapsed
            | Reason::CareDegreeUnknown
            | Reason::DisabilityGradeUnknown
            | Reason::LimitUnclear
            | Reason::AudienceNotMet
            | Reason::AgeBelowMinimum
            | Reason::AgeAboveMaximum
            | Reason::ConditionNotMet
            | Reason::CareDegreeNotMet
            | Reason::DisabilityGradeNotMet => true,
            Reason::LicenceUnknown
            | Reason::CoverageUnknown
            | Reason::ResidenceUnknown
            | Reason::HouseholdUnknown
            | Reason::HouseholdUnsaid
            | Reason::DocumentsToBring
            | Reason::NoVacancy
            | Reason::VacancyUnknown
            | Reason::LatestUnreadable
            | Reason::LicenceLapsed
            | Reason::ResidenceNotServed
            | Reason::HouseholdNotServed
            | Reason::NotYetValid
            | Reason::NoLongerValid => false,
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
            (
                Reason::ConditionMet | Reason::ConditionUnknown | Reason::ConditionLapsed | Reason::ConditionNotMet,
                true,
            ) => "条件",
            (
                Reason::ConditionMet | Reason::ConditionUnknown | Reason::ConditionLapsed | Reason::ConditionNotMet,
                false,
            ) => "circumstances",
            (Reason::SexUnknown, true) => "性别",
            (Reason::SexUnknown, false) => "sex",
            (Reason::CareDegreeUnknown | Reason::CareDegreeNotMet, true) => "失能等级",
            (Reason::CareDegreeUnknown | Reason::CareDegreeNotMet, false) => "degree of care dependence",
            (Reason::DisabilityGradeUnknown | Reason::DisabilityGradeNotMet, true) => "残疾等级",
            (Reason::DisabilityGradeUnknown | Reason::DisabilityGradeNotMet, false) => "grade of disability",
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

impl AgeBounds {
    /// In years where both ends are of whole years, else in months.
    pub(super) fn in_words(self, chinese: bool) -> String {
        let in_years = self.minimum.is_multiple_of(12) && (self.maximum == OPEN || self.maximum % 12 == 11);
        let (unit_zh, unit_en, of) = if in_years { ("岁", "", 12) } else { ("个月", " months", 1) };
        let (minimum, maximum) = (self.minimum / of, self.maximum / of);
        match (minimum, self.maximum, chinese) {
            (minimum, OPEN, true) => format!("{minimum}{unit_zh}及以上"),
            (minimum, OPEN, false) => format!("{minimum}{unit_en} and over"),
            (0, _, true) => format!("{maximum}{unit_zh}及以下"),
            (0, _, false) => format!("up to {maximum}{unit_en}"),
            (minimum, _, true) => format!("{minimum}至{maximum}{unit_zh}"),
            (minimum, _, false) => format!("{minimum} to {maximum}{unit_en}"),
        }
    }

    /// The ages of a group by its name.
    pub(super) fn of_audience(audience: Audience) -> Option<AgeBounds> {
        match audience {
            Audience::Elders => Some(AgeBounds { minimum: months(ELDER_FROM), maximum: OPEN }),
            Audience::Children => Some(AgeBounds { minimum: 0, maximum: months(ADULT_FROM) - 1 }),
            Audience::Women | Audience::Disabled | Audience::All => None,
        }
    }
}

/// The day of which it is known how many places are free.
fn vacancy_day(resource: &Brief, chinese: bool) -> String {
    resource.vacancy.map(|vacancy| day_in_words(vacancy.as_of, chinese)).unwrap_or_default()
}

fn household(eligibility: &Eligibility, chinese: bool) -> &'static str {
    let words = eligibility.local_household.unwrap_or(LocalHousehold::Served).words();
    if chinese { words.zh } else { words.en }
}

pub(super) fn day_in_words(day: NaiveDate, chinese: bool) -> String {
    if chinese { day.format("%Y年%-m月%-d日").to_string() } else { day.to_string() }
}

fn audiences_in_words(audiences: &[Audience], chinese: bool) -> String {
    joined(audiences.iter().map(|audience| audience.words()), chinese)
}

/// The conditions, those with degrees as the degrees that count.
fn conditions_in_words(conditions: &[Condition], eligibility: &Eligibility, chinese: bool) -> String {
    let words = conditions.iter().flat_map(|condition| -> Vec<Words> {
        if *condition == Condition::CareDependent && !eligibility.care_degrees.is_empty() {
            eligibility.care_degrees.iter().map(|degree| degree.words()).collect()
        } else if *condition == Condition::Disabled && !eligibility.disability_grades.is_empty() {
            eligibility.disability_grades.iter().map(|grade| grade.words()).collect()
        } else {
            vec![condition.words()]
        }
    });
    joined(words, chinese)
}

pub(super) fn named_conditions(conditions: &[Condition], chinese: bool) -> String {
    joined(conditions.iter().map(|condition| condition.words()), chinese)
}

pub(super) fn care_degrees_in_words(degrees: &[CareDegree], chinese: bool) -> String {
    joined(degrees.iter().map(|degree| degree.words()), chinese)
}

pub(super) fn grades_in_words(grades: &[DisabilityGrade], chinese: bool) -> String {
    joined(grades.iter().map(|grade| grade.words()), chinese)
}

fn joined(words: impl Iterator<Item = Words>, chinese: bool) -> String {
    let names: Vec<&str> = words.map(|words| if chinese { words.zh } else { words.en }).collect();
    names.join(if chinese { "、" } else { ", " })
}
