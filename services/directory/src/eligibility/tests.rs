use super::*;

mod table;
use crate::tale::resource;
use schema::eligibility::Eligibility;
use schema::resource::Resource;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn judge(change: impl Fn(&mut Resource), asked: Audience, person: Person) -> (Verdict, Vec<&'static str>) {
    let mut resource = resource(1);
    resource.eligibility = Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() };
    change(&mut resource);
    let assessment = assess(&Brief::of(&resource), asked, &person, day("2026-03-02"));
    (assessment.verdict, assessment.reasons().map(Reason::code).collect())
}

fn aged(age: u8) -> Person {
    Person { age: Some(age), ..Person::default() }
}

fn knowing(conditions: &[Condition], not: &[Condition]) -> Person {
    Person {
        age: Some(78),
        sex: None,
        conditions: conditions.iter().copied().collect(),
        not_conditions: not.iter().copied().collect(),
        ..Person::default()
    }
}

#[test]
fn a_service_for_eighty_and_over_is_unknown_to_elders_in_general_and_never_hidden() {
    let over_80 = |resource: &mut Resource| resource.eligibility.minimum_age = Some(80);
    assert_eq!(judge(over_80, Audience::Elders, Person::default()), (Verdict::Unknown, vec!["AGE_UNKNOWN"]));
    assert_eq!(judge(over_80, Audience::Elders, aged(80)).0, Verdict::Yes);
    assert_eq!(judge(over_80, Audience::Elders, aged(79)), (Verdict::No, vec!["AGE_BELOW_MINIMUM"]));
}

#[test]
fn an_absent_age_bound_is_open() {
    assert_eq!(judge(|_| (), Audience::Elders, Person::default()), (Verdict::Yes, vec!["AUDIENCE_MET"]));
    assert_eq!(judge(|_| (), Audience::Elders, aged(104)).0, Verdict::Yes);
    let up_to_70 = |resource: &mut Resource| resource.eligibility.maximum_age = Some(70);
    assert_eq!(judge(up_to_70, Audience::Elders, Person::default()), (Verdict::Unknown, vec!["AGE_UNKNOWN"]));
    assert_eq!(judge(up_to_70, Audience::Elders, aged(71)), (Verdict::No, vec!["AGE_ABOVE_MAXIMUM"]));
}

#[test]
fn elders_are_sixty_and_over_and_children_under_eighteen_however_they_ask() {
    let elders = |_: &mut Resource| ();
    assert_eq!(judge(elders, Audience::Elders, aged(50)), (Verdict::No, vec!["AGE_BELOW_MINIMUM"]));
    assert_eq!(judge(elders, Audience::Elders, aged(59)).0, Verdict::No);
    assert_eq!(judge(elders, Audience::Elders, aged(60)), (Verdict::Yes, vec!["AUDIENCE_MET"]));
    assert_eq!(judge(elders, Audience::All, aged(50)), (Verdict::No, vec!["AGE_BELOW_MINIMUM"]));
    assert!(Reason::AgeBelowMinimum.message(&Brief::of(&resource(1)), true).contains("60岁及以上"));
    let from_55 = |resource: &mut Resource| resource.eligibility.minimum_age = Some(55);
    assert_eq!(judge(from_55, Audience::Elders, aged(57)).0, Verdict::Yes);
    assert_eq!(judge(from_55, Audience::Elders, aged(54)).0, Verdict::No);
    let children = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Children];
    assert_eq!(judge(children, Audience::Children, aged(17)).0, Verdict::Yes);
    assert_eq!(judge(children, Audience::Children, aged(30)), (Verdict::No, vec!["AGE_ABOVE_MAXIMUM"]));
    assert_eq!(judge(children, Audience::Children, Person::default()).0, Verdict::Yes);
    let women = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Women];
    let of = |sex| Person { sex: Some(sex), ..aged(70) };
    assert_eq!(judge(women, Audience::Women, of(Sex::Male)).0, Verdict::No);
    assert_eq!(judge(women, Audience::Women, of(Sex::Female)).0, Verdict::Yes);
    let disabled = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Disabled];
    assert_eq!(judge(disabled, Audience::Disabled, knowing(&[], &[Condition::Disabled])).0, Verdict::No);
    let elders_or_disabled =
        |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Elders, Audience::Disabled];
    let young = Person { age: Some(50), ..knowing(&[Condition::Disabled], &[]) };
    assert_eq!(judge(elders_or_disabled, Audience::Elders, young).0, Verdict::Yes);
    // Nobody said that they are not.
    assert_eq!(judge(elders_or_disabled, Audience::Elders, aged(50)), (Verdict::Unknown, vec!["CONDITION_UNKNOWN"]));
    let fit = Person { age: Some(50), ..knowing(&[], &[Condition::Disabled]) };
    assert_eq!(judge(elders_or_disabled, Audience::Elders, fit), (Verdict::No, vec!["AUDIENCE_NOT_MET"]));
}

#[test]
fn groups_that_differ_are_judged_each_for_itself_and_a_limit_that_no_field_holds_is_unknown() {
    use schema::EligibleGroup;
    let of = |audiences: &[Audience], minimum_age, conditions: &[Condition], limited| EligibleGroup {
        audiences: audiences.to_vec(),
        minimum_age,
        conditions: conditions.to_vec(),
        limited,
        ..EligibleGroup::default()
    };
    let groups = |groups: Vec<EligibleGroup>| {
        move |resource: &mut Resource| {
            resource.eligibility.groups = groups.clone();
            resource.eligibility.note = Some("原文".to_owned());
        }
    };
    let over_80_or_disabled =
        groups(vec![of(&[Audience::Elders], Some(80), &[], false), of(&[Audience::Disabled], None, &[], false)]);
    for (person, verdict) in [
        (aged(85), Verdict::Yes),
        (aged(70), Verdict::Unknown),
        (Person { age: Some(70), ..knowing(&[], &[Condition::Disabled]) }, Verdict::No),
        (knowing(&[Condition::Disabled], &[]), Verdict::Yes),
        (Person::default(), Verdict::Unknown),
    ] {
        assert_eq!(judge(&over_80_or_disabled, Audience::Elders, person).0, verdict);
    }
    let limited = groups(vec![of(&[Audience::Elders], Some(60), &[], true)]);
    assert_eq!(judge(&limited, Audience::Elders, aged(78)), (Verdict::Unknown, vec!["LIMIT_UNCLEAR"]));
    assert_eq!(judge(&limited, Audience::Elders, aged(50)).0, Verdict::No);
    let elders_and_others = groups(vec![of(&[Audience::Elders], None, &[], false), EligibleGroup::unclear()]);
    assert_eq!(judge(&elders_and_others, Audience::Elders, aged(78)).0, Verdict::Yes);
    assert_eq!(judge(&elders_and_others, Audience::Elders, aged(50)), (Verdict::Unknown, vec!["AUDIENCE_UNKNOWN"]));
    let elders_or_poor =
        groups(vec![of(&[Audience::Elders], None, &[], false), of(&[], None, &[Condition::LowIncome], false)]);
    let poor = Person { age: Some(50), ..knowing(&[Condition::LowIncome], &[]) };
    assert_eq!(judge(&elders_or_poor, Audience::Elders, poor).0, Verdict::Yes);
    assert_eq!(judge(&elders_or_poor, Audience::Elders, aged(50)), (Verdict::Unknown, vec!["CONDITION_UNKNOWN"]));
    let neither = Person { age: Some(50), ..knowing(&[], &[Condition::LowIncome]) };
    assert_eq!(judge(&elders_or_poor, Audience::Elders, neither).0, Verdict::No);
    assert_eq!(judge(&elders_or_poor, Audience::Children, Person::default()).0, Verdict::No);
    let closed = |resource: &mut Resource| resource.eligibility.groups = vec![EligibleGroup::unclear()];
    assert_eq!(judge(closed, Audience::Elders, aged(78)), (Verdict::Unknown, vec!["AUDIENCE_UNKNOWN"]));
    let mut in_doubt = resource(1);
    closed(&mut in_doubt);
    assert!(
        Reason::AudienceUnknown.message(&Brief::of(&in_doubt), true).contains("疑问"),
        "not that the office did not say for whom"
    );
    for reason in Reason::ALL.iter().copied() {
        let mut resource = resource(1);
        over_80_or_disabled(&mut resource);
        assert!(
            !reason.message(&Brief::of(&resource), true).is_ascii()
                && reason.message(&Brief::of(&resource), false).ends_with('.')
        );
    }
}

#[test]
fn a_service_for_everyone_is_for_elders_too() {
    let for_all = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::All];
    assert_eq!(judge(for_all, Audience::Elders, Person::default()).0, Verdict::Yes);
    assert_eq!(judge(for_all, Audience::Children, Person::default()).0, Verdict::Yes);
}

#[test]
fn whom_the_office_did_not_name_is_unknown_never_yes() {
    let unsaid = |resource: &mut Resource| resource.eligibility.audiences.clear();
    assert_eq!(judge(unsaid, Audience::Elders, aged(78)), (Verdict::Unknown, vec!["AUDIENCE_UNKNOWN"]));
}

#[test]
fn a_service_for_another_group_is_for_an_elder_only_who_is_known_to_be_of_it() {
    let disabled = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Disabled];
    assert_eq!(judge(disabled, Audience::Elders, aged(78)), (Verdict::No, vec!["AUDIENCE_NOT_MET"]));
    assert_eq!(judge(disabled, Audience::Elders, knowing(&[Condition::Disabled], &[])).0, Verdict::Yes);
    let women = |resource: &mut Resource| resource.eligibility.audiences = vec![Audience::Women, Audience::Children];
    assert_eq!(judge(women, Audience::Elders, aged(78)).0, Verdict::No);
    let woman = Person { sex: Some(Sex::Female), ..aged(78) };
    assert_eq!(judge(women, Audience::Elders, woman).0, Verdict::Yes);
}

#[test]
fn a_condition_is_met_when_one_is_named_not_met_when_all_are_denied_and_unknown_between() {
    use Condition::{EmptyNest, LivesAlone, LowIncome};
    let alone = |resource: &mut Resource| resource.eligibility.conditions = vec![LivesAlone, EmptyNest];
    let verdict = |person| judge(alone, Audience::Elders, person);
    assert_eq!(verdict(knowing(&[EmptyNest], &[LivesAlone])), (Verdict::Yes, vec!["AUDIENCE_MET", "CONDITION_MET"]));
    assert_eq!(verdict(knowing(&[LowIncome], &[LivesAlone])), (Verdict::Unknown, vec!["CONDITION_UNKNOWN"]));
    assert_eq!(verdict(knowing(&[], &[LivesAlone, EmptyNest])), (Verdict::No, vec!["CONDITION_NOT_MET"]));
}

#[test]
fn who_lost_the_only_child_is_a_special_family_and_not_the_other_way() {
    use Condition::{LostOnlyChild, SpecialFamily};
    let special = |resource: &mut Resource| resource.eligibility.conditions = vec![SpecialFamily];
    let bereaved = |resource: &mut Resource| resource.eligibility.conditions = vec![LostOnlyChild];
    for (row, verdict, expected) in [
        (
            "asked of the family, child lost",
            judge(special, Audience::Elders, knowing(&[LostOnlyChild], &[])).0,
            Verdict::Yes,
        ),
        (
            "asked of the family, child not lost",
            judge(special, Audience::Elders, knowing(&[], &[LostOnlyChild])).0,
            Verdict::Unknown,
        ),
        (
            "asked of the bereaved, special",
            judge(bereaved, Audience::Elders, knowing(&[SpecialFamily], &[])).0,
            Verdict::Unknown,
        ),
        (
            "asked of the bereaved, not special",
            judge(bereaved, Audience::Elders, knowing(&[], &[SpecialFamily])).0,
            Verdict::No,
        ),
    ] {
        assert_eq!(verdict, expected, "{row}");
    }
}

#[test]
fn a_lapsed_licence_says_no_and_an_unknown_one_is_said() {
    let until = |last: &str| {
        let expires = day(last);
        move |resource: &mut Resource| resource.licence = Licence::Until { number: None, expires }
    };
    assert_eq!(judge(until("2026-03-02"), Audience::Elders, aged(78)).0, Verdict::Yes);
    assert_eq!(judge(until("2026-03-01"), Audience::Elders, aged(78)), (Verdict::No, vec!["LICENCE_LAPSED"]));
    let unknown = |resource: &mut Resource| resource.licence = Licence::Unknown { number: None };
    assert_eq!(judge(unknown, Audience::Elders, aged(78)), (Verdict::Unknown, vec!["LICENCE_UNKNOWN"]));
}

#[test]
fn every_no_is_given_and_a_no_outweighs_what_is_unknown() {
    let change = |resource: &mut Resource| {
        resource.eligibility.minimum_age = Some(80);
        resource.eligibility.conditions = vec![Condition::Veteran];
        resource.licence = Licence::Until { number: None, expires: day("2020-01-01") };
    };
    let (verdict, reasons) = judge(change, Audience::Elders, aged(78));
    assert_eq!((verdict, reasons), (Verdict::No, vec!["AGE_BELOW_MINIMUM", "LICENCE_LAPSED"]));
}

#[test]
fn every_reason_speaks_both_languages() {
    for reason in Reason::ALL.iter().copied() {
        let resource = resource(1);
        assert!(!reason.message(&Brief::of(&resource), true).is_ascii());
        assert!(reason.message(&Brief::of(&resource), false).ends_with('.'), "{}", reason.code());
    }
}

#[test]
fn a_full_service_says_that_a_place_has_to_become_free_and_one_without_places_says_nothing_of_them() {
    use schema::Vacancy;
    let free = |free, as_of: &str| {
        let vacancy = Some(Vacancy { free, as_of: day(as_of) });
        move |resource: &mut Resource| resource.vacancy = vacancy
    };
    let of = |change: &dyn Fn(&mut Resource)| judge(change, Audience::Elders, aged(78));
    let met = (Verdict::Yes, vec!["AUDIENCE_MET"]);
    for (name, vacancy, expected) in [
        ("three free today", free(3, "2026-03-02"), met.clone()),
        ("three free a month ago", free(3, "2026-01-30"), met.clone()),
        ("three free five weeks ago", free(3, "2026-01-29"), (Verdict::Unknown, vec!["VACANCY_UNKNOWN"])),
        ("three free tomorrow", free(3, "2026-03-03"), (Verdict::Unknown, vec!["VACANCY_UNKNOWN"])),
        ("full today", free(0, "2026-03-02"), (Verdict::Unknown, vec!["NO_VACANCY"])),
        ("full five weeks ago", free(0, "2026-01-29"), (Verdict::Unknown, vec!["VACANCY_UNKNOWN"])),
    ] {
        assert_eq!(of(&vacancy), expected, "{name}");
    }
    assert_eq!(of(&|resource| resource.capacity = None), met, "a helpline has no places");
    assert_eq!(of(&|resource| resource.capacity = Some(50)), met, "nobody ever said how many of them are free");
    let outside = judge(free(0, "2026-03-02"), Audience::Elders, aged(50));
    assert_eq!(outside, (Verdict::No, vec!["AGE_BELOW_MINIMUM"]), "who may not use it need not wait for a place");

    let needs = |change: &dyn Fn(&mut Resource), reason: Reason| {
        let mut resource = resource(1);
        change(&mut resource);
        let brief = Brief::of(&resource);
        let needs: Vec<String> = reason.needs(&brief).iter().map(|need| need.message(true)).collect();
        (reason.message(&brief, true), needs.join("|"))
    };
    let said = needs(&free(0, "2026-03-02"), Reason::NoVacancy);
    assert_eq!((said.0.as_str(), said.1.as_str()), ("2026年3月2日时已满员，须等有空位", "空余名额：须有空位"));
    let said = needs(&free(3, "2026-01-02"), Reason::VacancyUnknown);
    assert_eq!(said.1, "空余名额：须由登记单位写明");
}

#[test]
fn what_is_to_be_brought_is_told_with_a_yes_and_changes_no_verdict() {
    use schema::{Document, Documents};
    let asks =
        |kinds: &[Document], note: Option<&str>| Documents { kinds: kinds.to_vec(), note: note.map(str::to_owned) };
    for (documents, zh, en) in [
        (
            asks(&[Document::IdentityCard, Document::DisabilityCertificate], None),
            "请携带：身份证、残疾人证",
            "Bring: identity card, disability certificate.",
        ),
        (asks(&[], Some("身份证或户口本")), "请携带：身份证或户口本", "Bring: 身份证或户口本."),
    ] {
        let with = |resource: &mut Resource| resource.documents = documents.clone();
        let expected = (Verdict::Yes, vec!["AUDIENCE_MET", "DOCUMENTS_TO_BRING"]);
        assert_eq!(judge(with, Audience::Elders, aged(78)), expected);
        assert_eq!(judge(with, Audience::Elders, aged(50)), (Verdict::No, vec!["AGE_BELOW_MINIMUM"]));
        let mut resource = resource(1);
        with(&mut resource);
        let brief = Brief::of(&resource);
        let reason = Reason::DocumentsToBring;
        assert_eq!((reason.message(&brief, true).as_str(), reason.message(&brief, false).as_str()), (zh, en));
        assert_eq!(reason.needs(&brief), [Need::Documents(documents.clone())]);
    }
}
