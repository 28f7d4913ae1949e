//! Who may use what, on which day: one line a case, with the reasons and with what would have to be true.

use super::*;
use Condition::{CareDependent, Dementia, LivesAlone, LowIncome, PartlyCareDependent};
use schema::AreaCode;

/// One case.
struct Case {
    /// What the office said of whom it is for.
    service: Eligibility,
    asked: Audience,
    person: Person,
    verdict: Verdict,
    reasons: &'static [&'static str],
    /// What would have to be true, reason by reason, alternatives of one reason with `|` between them.
    needs: &'static [&'static str],
}

fn check(cases: Vec<(&'static str, Case)>) {
    for (name, case) in cases {
        let mut resource = resource(1);
        resource.eligibility = case.service;
        let assessment = assess(&Brief::of(&resource), case.asked, &case.person, day("2026-03-02"));
        let reasons: Vec<Reason> = assessment.reasons().collect();
        let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
        assert_eq!((assessment.verdict, codes.as_slice()), (case.verdict, case.reasons), "{name}");
        let needs: Vec<String> = reasons
            .iter()
            .map(|reason| {
                reason.needs(&Brief::of(&resource)).iter().map(|need| need.message(true)).collect::<Vec<_>>().join("|")
            })
            .collect();
        if case.verdict == Verdict::Yes {
            assert!(needs.iter().all(String::is_empty), "{name}: a yes needs nothing: {needs:?}");
        } else {
            assert_eq!(needs, case.needs, "{name}");
        }
        for need in reasons.iter().flat_map(|reason| reason.needs(&Brief::of(&resource))) {
            assert!(need.message(false).is_ascii() && need.message(false).ends_with('.'), "{name}: {need:?}");
        }
    }
}

fn case(
    service: Eligibility,
    person: Person,
    verdict: Verdict,
    reasons: &'static [&'static str],
    needs: &'static [&'static str],
) -> Case {
    Case { service, asked: Audience::Elders, person, verdict, reasons, needs }
}

fn asked(audience: Audience, case: Case) -> Case {
    Case { asked: audience, ..case }
}

fn for_whom(audiences: &[Audience]) -> Eligibility {
    Eligibility { audiences: audiences.to_vec(), ..Eligibility::default() }
}

fn elders() -> Eligibility {
    for_whom(&[Audience::Elders])
}

fn from_months(minimum: Option<u16>, maximum: Option<u16>) -> Eligibility {
    Eligibility {
        minimum_age: minimum.map(|months| u8::try_from(months / 12).unwrap()),
        maximum_age: maximum.map(|months| u8::try_from(months / 12).unwrap()),
        minimum_months: minimum,
        maximum_months: maximum,
        ..for_whom(&[Audience::Children])
    }
}

fn in_months(age: u16) -> Person {
    Person { age_months: Some(age), ..Person::default() }
}

#[test]
fn ages() {
    let from_80 = || Eligibility { minimum_age: Some(80), ..elders() };
    let to_6 = || Eligibility { minimum_age: Some(3), maximum_age: Some(6), ..for_whom(&[Audience::Children]) };
    let infants = || from_months(Some(6), Some(36));
    use Audience::Children;
    use Verdict::{No, Unknown, Yes};
    check(vec![
        ("老年人, 60", case(elders(), aged(60), Yes, &["AUDIENCE_MET"], &[])),
        ("老年人, 59", case(elders(), aged(59), No, &["AGE_BELOW_MINIMUM"], &["年龄：60岁及以上"])),
        ("老年人, 50", case(elders(), aged(50), No, &["AGE_BELOW_MINIMUM"], &["年龄：60岁及以上"])),
        (
            "老年人, 50, asked of everybody",
            asked(Audience::All, case(elders(), aged(50), No, &["AGE_BELOW_MINIMUM"], &["年龄：60岁及以上"])),
        ),
        ("老年人, 719 months", case(elders(), in_months(719), No, &["AGE_BELOW_MINIMUM"], &["年龄：60岁及以上"])),
        ("老年人, 720 months", case(elders(), in_months(720), Yes, &["AUDIENCE_MET"], &[])),
        ("老年人, age not said", case(elders(), Person::default(), Yes, &["AUDIENCE_MET"], &[])),
        (
            "80岁以上, age not said",
            case(from_80(), Person::default(), Unknown, &["AGE_UNKNOWN"], &["年龄：80岁及以上"]),
        ),
        ("80岁以上, 79", case(from_80(), aged(79), No, &["AGE_BELOW_MINIMUM"], &["年龄：80岁及以上"])),
        ("80岁以上, 80", case(from_80(), aged(80), Yes, &["AUDIENCE_MET", "AGE_MET"], &[])),
        ("3-6岁, 6", asked(Children, case(to_6(), aged(6), Yes, &["AUDIENCE_MET", "AGE_MET"], &[]))),
        ("3-6岁, 83 months", asked(Children, case(to_6(), in_months(83), Yes, &["AUDIENCE_MET", "AGE_MET"], &[]))),
        (
            "3-6岁, 84 months",
            asked(Children, case(to_6(), in_months(84), No, &["AGE_ABOVE_MAXIMUM"], &["年龄：3至6岁"])),
        ),
        (
            "6-36个月, 5 months",
            asked(Children, case(infants(), in_months(5), No, &["AGE_BELOW_MINIMUM"], &["年龄：6至36个月"])),
        ),
        ("6-36个月, 6 months", asked(Children, case(infants(), in_months(6), Yes, &["AUDIENCE_MET", "AGE_MET"], &[]))),
        (
            "6-36个月, 36 months",
            asked(Children, case(infants(), in_months(36), Yes, &["AUDIENCE_MET", "AGE_MET"], &[])),
        ),
        (
            "6-36个月, 37 months",
            asked(Children, case(infants(), in_months(37), No, &["AGE_ABOVE_MAXIMUM"], &["年龄：6至36个月"])),
        ),
        (
            "6-36个月, in the first year of life",
            asked(Children, case(infants(), aged(0), Unknown, &["AGE_UNKNOWN"], &["年龄：6至36个月"])),
        ),
        ("6-36个月, 1", asked(Children, case(infants(), aged(1), Yes, &["AUDIENCE_MET", "AGE_MET"], &[]))),
        (
            "6-36个月, 3: only on the birthday's month",
            asked(Children, case(infants(), aged(3), Unknown, &["AGE_UNKNOWN"], &["年龄：6至36个月"])),
        ),
        ("6-36个月, 4", asked(Children, case(infants(), aged(4), No, &["AGE_ABOVE_MAXIMUM"], &["年龄：6至36个月"]))),
        (
            "儿童, 18",
            asked(Children, case(for_whom(&[Children]), aged(18), No, &["AGE_ABOVE_MAXIMUM"], &["年龄：17岁及以下"])),
        ),
        (
            "who is not said",
            case(Eligibility::default(), aged(78), Unknown, &["AUDIENCE_UNKNOWN"], &["服务对象：须由登记单位写明"]),
        ),
    ]);
}

#[test]
fn sex_and_groups_that_stand_beside_one_another() {
    use Audience::{Children, Disabled, Elders, Women};
    use Verdict::{No, Unknown, Yes};
    let man = || Person { sex: Some(Sex::Male), ..aged(70) };
    let woman = || Person { sex: Some(Sex::Female), ..aged(70) };
    let old_women = || Eligibility { minimum_age: Some(60), ..for_whom(&[Women]) };
    let either = || for_whom(&[Elders, Women]);
    let fifty = |sex| Person { sex, ..aged(50) };
    let able = |age| Person { age: Some(age), ..knowing(&[], &[Condition::Disabled]) };
    check(vec![
        ("妇女, a woman", case(for_whom(&[Women]), woman(), Yes, &["AUDIENCE_MET"], &[])),
        ("妇女, a man", case(for_whom(&[Women]), man(), No, &["AUDIENCE_NOT_MET"], &["性别：女"])),
        (
            "妇女, asked of elders, sex not said",
            case(for_whom(&[Women]), aged(70), No, &["AUDIENCE_NOT_MET"], &["性别：女"]),
        ),
        (
            "妇女, asked of women, sex not said",
            asked(Women, case(for_whom(&[Women]), aged(30), Yes, &["AUDIENCE_MET"], &[])),
        ),
        ("老年妇女, sex not said", case(old_women(), aged(70), Unknown, &["SEX_UNKNOWN"], &["性别：女"])),
        ("老年妇女, a man", case(old_women(), man(), No, &["AUDIENCE_NOT_MET"], &["性别：女"])),
        ("老年妇女, a woman", case(old_women(), woman(), Yes, &["AUDIENCE_MET", "AGE_MET"], &[])),
        ("老年妇女, elders in general", case(old_women(), Person::default(), Unknown, &["SEX_UNKNOWN"], &["性别：女"])),
        (
            "老年人、妇女, a man of 50",
            case(either(), fifty(Some(Sex::Male)), No, &["AUDIENCE_NOT_MET"], &["年龄：60岁及以上|性别：女"]),
        ),
        ("老年人、妇女, somebody of 50", case(either(), fifty(None), Unknown, &["SEX_UNKNOWN"], &["性别：女"])),
        (
            "老年人、残疾人, 50",
            case(for_whom(&[Elders, Disabled]), aged(50), Unknown, &["CONDITION_UNKNOWN"], &["条件：残疾"]),
        ),
        (
            "老年人、残疾人, 50 and not disabled",
            case(for_whom(&[Elders, Disabled]), able(50), No, &["AUDIENCE_NOT_MET"], &["年龄：60岁及以上|条件：残疾"]),
        ),
        (
            "儿童、妇女 are other groups than the one asked for",
            case(for_whom(&[Children, Women]), aged(78), No, &["AUDIENCE_NOT_MET"], &["年龄：17岁及以下|性别：女"]),
        ),
    ]);
}

#[test]
fn conditions_with_degrees_and_grades() {
    use CareDegree::{Mild, Moderate, Severe, Total};
    use DisabilityGrade::{First, Fourth, Second};
    use Verdict::{No, Unknown, Yes};
    let dependent = |degrees: &[CareDegree]| Eligibility {
        conditions: vec![CareDependent],
        care_degrees: degrees.to_vec(),
        ..elders()
    };
    let from_moderate = || dependent(&[Moderate, Severe, Total]);
    let of = |degree| Person { care_degree: Some(degree), ..aged(78) };
    let graded = |grade| Person { disability_grade: Some(grade), ..aged(50) };
    let severe = || Eligibility { disability_grades: vec![First, Second], ..for_whom(&[Audience::Disabled]) };
    let poor_or_severe = || Eligibility { conditions: vec![LowIncome, CareDependent], ..dependent(&[Severe, Total]) };
    check(vec![
        ("中度以上, moderate", case(from_moderate(), of(Moderate), Yes, &["AUDIENCE_MET", "CONDITION_MET"], &[])),
        ("中度以上, total", case(from_moderate(), of(Total), Yes, &["AUDIENCE_MET", "CONDITION_MET"], &[])),
        (
            "中度以上, mild",
            case(from_moderate(), of(Mild), No, &["CARE_DEGREE_NOT_MET"], &["失能等级：中度失能、重度失能、完全失能"]),
        ),
        (
            "中度以上, dependent in no degree said",
            case(
                from_moderate(),
                knowing(&[CareDependent], &[]),
                Unknown,
                &["CARE_DEGREE_UNKNOWN"],
                &["失能等级：中度失能、重度失能、完全失能"],
            ),
        ),
        (
            "中度以上, nothing said",
            case(
                from_moderate(),
                aged(78),
                Unknown,
                &["CONDITION_UNKNOWN"],
                &["失能等级：中度失能、重度失能、完全失能"],
            ),
        ),
        (
            "中度以上, not dependent",
            case(
                from_moderate(),
                knowing(&[], &[CareDependent]),
                No,
                &["CONDITION_NOT_MET"],
                &["失能等级：中度失能、重度失能、完全失能"],
            ),
        ),
        ("失能, mild", case(dependent(&[]), of(Mild), Yes, &["AUDIENCE_MET", "CONDITION_MET"], &[])),
        (
            "半失能, mild",
            case(
                Eligibility { conditions: vec![PartlyCareDependent], ..elders() },
                of(Mild),
                Yes,
                &["AUDIENCE_MET", "CONDITION_MET"],
                &[],
            ),
        ),
        (
            "半失能, severe: an older word, which nobody can tell for sure",
            case(
                Eligibility { conditions: vec![PartlyCareDependent], ..elders() },
                of(Severe),
                Unknown,
                &["CONDITION_UNKNOWN"],
                &["条件：半失能"],
            ),
        ),
        (
            "低保或重度失能, mild and poor",
            case(
                poor_or_severe(),
                Person { care_degree: Some(Mild), ..knowing(&[LowIncome], &[]) },
                Yes,
                &["AUDIENCE_MET", "CONDITION_MET"],
                &[],
            ),
        ),
        (
            "低保或重度失能, mild and not poor",
            case(
                poor_or_severe(),
                Person { care_degree: Some(Mild), ..knowing(&[], &[LowIncome]) },
                No,
                &["CONDITION_NOT_MET", "CARE_DEGREE_NOT_MET"],
                &["条件：低保对象|失能等级：重度失能、完全失能", "失能等级：重度失能、完全失能"],
            ),
        ),
        (
            "低保或重度失能, mild, of poverty nothing said",
            case(
                poor_or_severe(),
                of(Mild),
                Unknown,
                &["CONDITION_UNKNOWN"],
                &["条件：低保对象|失能等级：重度失能、完全失能"],
            ),
        ),
        ("重度残疾人, second", asked(Audience::Disabled, case(severe(), graded(Second), Yes, &["AUDIENCE_MET"], &[]))),
        (
            "重度残疾人, fourth",
            asked(
                Audience::Disabled,
                case(severe(), graded(Fourth), No, &["DISABILITY_GRADE_NOT_MET"], &["残疾等级：残疾一级、残疾二级"]),
            ),
        ),
        (
            "重度残疾人, of a grade not said",
            asked(
                Audience::Disabled,
                case(
                    severe(),
                    knowing(&[Condition::Disabled], &[]),
                    Unknown,
                    &["DISABILITY_GRADE_UNKNOWN"],
                    &["残疾等级：残疾一级、残疾二级"],
                ),
            ),
        ),
        (
            "重度残疾人, disabled people in general",
            asked(
                Audience::Disabled,
                case(
                    severe(),
                    Person::default(),
                    Unknown,
                    &["DISABILITY_GRADE_UNKNOWN"],
                    &["残疾等级：残疾一级、残疾二级"],
                ),
            ),
        ),
        ("残疾人, with a grade", case(for_whom(&[Audience::Disabled]), graded(Fourth), Yes, &["AUDIENCE_MET"], &[])),
        (
            "独居 where another circumstance is known",
            case(
                Eligibility { conditions: vec![LivesAlone], ..elders() },
                knowing(&[Dementia], &[]),
                Unknown,
                &["CONDITION_UNKNOWN"],
                &["条件：独居"],
            ),
        ),
    ]);
}

#[test]
fn what_holds_for_a_term_is_known_within_it_alone() {
    let term = |from: Option<&str>, until: Option<&str>, condition| Term {
        condition,
        from: from.map(day),
        until: until.map(day),
    };
    let severe = || Person { care_degree: Some(CareDegree::Severe), ..knowing(&[LivesAlone], &[LowIncome]) };
    let service =
        || Eligibility { conditions: vec![CareDependent], care_degrees: vec![CareDegree::Severe], ..elders() };
    let on = |terms: &[Term]| severe().on(terms, day("2026-03-02"));
    use Verdict::{Unknown, Yes};
    check(vec![
        (
            "assessed until that day",
            case(
                service(),
                on(&[term(None, Some("2026-03-02"), CareDependent)]),
                Yes,
                &["AUDIENCE_MET", "CONDITION_MET"],
                &[],
            ),
        ),
        (
            "assessed until the day before",
            case(
                service(),
                on(&[term(None, Some("2026-03-01"), CareDependent)]),
                Unknown,
                &["CONDITION_LAPSED"],
                &["失能等级：重度失能"],
            ),
        ),
        (
            "assessed from the day after",
            case(
                service(),
                on(&[term(Some("2026-03-03"), None, CareDependent)]),
                Unknown,
                &["CONDITION_LAPSED"],
                &["失能等级：重度失能"],
            ),
        ),
        (
            "a denial lapses as well",
            case(
                Eligibility { conditions: vec![LowIncome], ..elders() },
                on(&[term(None, Some("2025-12-31"), LowIncome)]),
                Unknown,
                &["CONDITION_LAPSED"],
                &["条件：低保对象"],
            ),
        ),
        (
            "the term of another condition changes nothing",
            case(
                service(),
                on(&[term(None, Some("2025-12-31"), LivesAlone)]),
                Yes,
                &["AUDIENCE_MET", "CONDITION_MET"],
                &[],
            ),
        ),
    ]);
}

#[test]
fn a_service_is_offered_from_its_first_day_to_its_last() {
    let term = |from: Option<&str>, until: Option<&str>| Eligibility {
        valid_from: from.map(day),
        valid_until: until.map(day),
        ..elders()
    };
    use Verdict::{No, Yes};
    check(vec![
        ("from that day", case(term(Some("2026-03-02"), None), aged(78), Yes, &["AUDIENCE_MET"], &[])),
        (
            "from the next day",
            case(term(Some("2026-03-03"), None), aged(78), No, &["NOT_YET_VALID"], &["日期：2026年3月3日起"]),
        ),
        ("until that day", case(term(None, Some("2026-03-02")), aged(78), Yes, &["AUDIENCE_MET"], &[])),
        (
            "until the day before",
            case(term(None, Some("2026-03-01")), aged(78), No, &["NO_LONGER_VALID"], &["日期：2026年3月1日止"]),
        ),
        (
            "a past campaign",
            case(
                term(Some("2025-10-01"), Some("2025-12-31")),
                aged(78),
                No,
                &["NO_LONGER_VALID"],
                &["日期：2025年10月1日至2025年12月31日"],
            ),
        ),
    ]);
}

#[test]
fn where_somebody_lives_and_is_registered() {
    use Verdict::{No, Unknown, Yes};
    let village: AreaCode = "130306100209".parse().unwrap();
    let town: AreaCode = "130306100000".parse().unwrap();
    let elsewhere: AreaCode = "130322101233".parse().unwrap();
    let judge = |local_household, residence: Option<AreaCode>, household: Option<AreaCode>| {
        let mut resource = resource(1);
        resource.area = village;
        resource.coverage = vec![village];
        resource.eligibility = Eligibility { local_household, ..elders() };
        let person = Person { residence, household, ..aged(78) };
        let assessment = assess(&Brief::of(&resource), Audience::Elders, &person, day("2026-03-02"));
        let told: Vec<String> = assessment
            .reasons()
            .flat_map(|reason| {
                reason
                    .needs(&Brief::of(&resource))
                    .into_iter()
                    .map(move |need| format!("{} {:?}", reason.code(), need.field()))
            })
            .collect();
        (assessment.verdict, told)
    };
    let neighbour: AreaCode = "130306100210".parse().unwrap();
    let another_province: AreaCode = "110101001001".parse().unwrap();
    use LocalHousehold as L;
    let (served, unsaid, not) =
        ("HOUSEHOLD_UNKNOWN Household", "HOUSEHOLD_UNSAID Household", "HOUSEHOLD_NOT_SERVED Household");
    for (name, local, residence, household, verdict, told) in [
        ("nothing said, nothing asked", None, None, None, Yes, None),
        ("lives there", None, Some(village), None, Yes, None),
        ("lives elsewhere", None, Some(elsewhere), None, No, Some("RESIDENCE_NOT_SERVED Residence")),
        ("lives somewhere in the town", None, Some(town), None, Unknown, Some("RESIDENCE_UNKNOWN Residence")),
        ("registered elsewhere, nothing asked", None, None, Some(elsewhere), Unknown, Some(served)),
        ("registered there, nothing asked", None, None, Some(village), Yes, None),
        ("本地户籍, not said", Some(L::Served), None, None, Unknown, Some(unsaid)),
        ("本地户籍, there", Some(L::Served), None, Some(village), Yes, None),
        ("本地户籍, in the city", Some(L::Served), None, Some(elsewhere), Unknown, Some(served)),
        ("本地户籍, in another province", Some(L::Served), None, Some(another_province), No, Some(not)),
        ("本村户籍, in the next village", Some(L::Village), None, Some(neighbour), No, Some(not)),
        ("本村户籍, somewhere in the town", Some(L::Village), None, Some(town), Unknown, Some(served)),
        ("本镇户籍, in the next village", Some(L::Town), None, Some(neighbour), Yes, None),
        ("本县户籍, in another county", Some(L::County), None, Some(elsewhere), No, Some(not)),
        ("本市户籍, in another county", Some(L::City), None, Some(elsewhere), Yes, None),
        ("lives there, registered elsewhere, asked", Some(L::County), Some(village), Some(elsewhere), No, Some(not)),
    ] {
        let (got, needs) = judge(local, residence, household);
        assert_eq!((got, needs), (verdict, told.map(str::to_owned).into_iter().collect()), "{name}");
    }
}

#[test]
fn every_reason_that_is_no_yes_says_what_would_be_enough() {
    let every = Eligibility {
        minimum_age: Some(60),
        conditions: vec![CareDependent, Condition::Disabled],
        care_degrees: vec![CareDegree::Severe],
        disability_grades: vec![DisabilityGrade::First],
        ..elders()
    };
    for reason in Reason::ALL.iter().copied() {
        let mut resource = resource(1);
        resource.eligibility = every.clone();
        let needs = reason.needs(&Brief::of(&resource));
        let is_met = reason.verdict() == Verdict::Yes && reason != Reason::DocumentsToBring;
        assert_eq!(needs.is_empty(), is_met, "{}", reason.code());
        assert!(needs.iter().all(|need| NeededField::ALL.contains(&need.field())), "{}", reason.code());
    }
}
