use super::*;
use crate::samples::{id, merchant, practice, read_merchant, read_practice, read_station, station};
use offers::{Standing, SuspendedBy};
use schema::{Eligibility, RegistrationId};

fn gone() -> Standing {
    Standing::Withdrawn { reason: "停业".into() }
}

fn resting() -> Standing {
    Standing::Suspended(SuspendedBy::Clerk { reason: "装修".into() })
}

fn show(group: &[Registered]) -> Resource {
    match outcome(&group.iter().collect::<Vec<_>>()).unwrap().unwrap() {
        Outcome::Shown(resource) => *resource,
        Outcome::Hidden(reason) => panic!("hidden: {reason}"),
    }
}

fn because(resource: &Resource, field: Field) -> (Option<RegistrationId>, Rule, usize) {
    let found = resource.provenance.iter().find(|provenance| provenance.field == field).unwrap();
    (found.winner, found.rule, found.losing.len())
}

#[test]
fn a_group_is_shown_under_the_id_of_its_earliest_member_even_when_that_one_was_withdrawn() {
    let mut early = read_merchant(9, 1, merchant("老年食堂"));
    early.standing = gone();
    let late = read_station(3, 2, station("老年食堂"));
    let resource = show(&[late.clone(), early.clone()]);
    assert_eq!(resource.id, ResourceId::of(early.id));
    assert_eq!(resource.sources.iter().map(|source| source.registration).collect::<Vec<_>>(), [late.id]);
}

#[test]
fn a_group_of_which_nothing_is_in_force_is_hidden_for_the_mildest_reason() {
    let mut one = read_merchant(1, 1, merchant("老年食堂"));
    let mut other = read_station(2, 2, station("老年食堂"));
    one.standing = gone();
    other.standing = resting();
    assert_eq!(outcome(&[&one, &other]).unwrap(), Some(Outcome::Hidden(NotShown::Suspended)));
    assert_eq!(outcome(&[&one]).unwrap(), Some(Outcome::Hidden(NotShown::Withdrawn)));
}

#[test]
fn most_say_the_name_and_with_two_the_more_complete_one_is_taken() {
    let named = |number, name: &str| read_station(number, i64::try_from(number).unwrap(), station(name));
    let resource = show(&[named(1, "康乐食堂"), named(2, "庚乐食堂"), named(3, "康乐食堂")]);
    assert_eq!(
        (resource.name.as_str(), because(&resource, Field::Name)),
        ("康乐食堂", (Some(id(3)), Rule::Majority, 1))
    );
    let resource = show(&[named(1, "康乐老年食堂"), named(2, "康乐食堂")]);
    assert_eq!(because(&resource, Field::Name), (Some(id(1)), Rule::MostComplete, 1));
}

#[test]
fn a_category_for_everything_gives_way_and_else_the_office_in_charge_decides() {
    let mut vague = read_merchant(1, 9, merchant("食堂"));
    vague.offer.category = Category("助老服务".into());
    let clear = read_station(2, 1, station("食堂"));
    let resource = show(&[vague, clear]);
    assert_eq!((resource.category.0.as_str(), because(&resource, Field::Category).1), ("助餐", Rule::MostSpecific));

    let commerce = read_merchant(1, 1, merchant("食堂"));
    let mut federation = read_station(2, 9, station("食堂"));
    federation.offer.category = Category("助医".into());
    let resource = show(&[commerce, federation]);
    assert_eq!(because(&resource, Field::Category), (Some(id(1)), Rule::AuthorityOfCommerce, 1));
}

#[test]
fn the_clinic_says_the_licence_and_the_latest_expiry_wins() {
    let until = |year| Licence::Until { number: None, expires: chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap() };
    let mut one = read_practice(1, 9, practice("卫生室"));
    one.offer.licence = until(2025);
    let mut other = read_practice(2, 1, practice("卫生室"));
    other.offer.licence = until(2030);
    let unknown = read_practice(3, 20, practice("卫生室"));
    let resource = show(&[one, other, unknown, read_merchant(4, 30, merchant("卫生室"))]);
    assert_eq!(resource.licence, until(2030));
    assert_eq!(because(&resource, Field::Licence), (Some(id(2)), Rule::AuthorityOfClinic, 2));
}

#[test]
fn phones_are_put_together_those_that_most_say_first() {
    let with = |number, day, phones: &[&str]| {
        let mut registered = read_station(number, day, station("食堂"));
        registered.offer.phones = phones.iter().map(|phone| phone.parse().unwrap()).collect();
        registered
    };
    let resource = show(&[
        with(1, 1, &["+863357163001"]),
        with(2, 5, &["+8615057812656"]),
        with(3, 9, &["+863357169999", "+863357163001"]),
    ]);
    let phones: Vec<&str> = resource.phones.iter().map(Phone::as_str).collect();
    assert_eq!(phones, ["+863357163001", "+863357169999", "+8615057812656"]);
    assert_eq!(because(&resource, Field::Phones).1, Rule::Union);
}

#[test]
fn hours_that_are_understood_win_over_later_ones_that_are_not() {
    let schedule = schema::Schedule {
        rrule: "FREQ=DAILY".into(),
        dtstart: None,
        opens_at: chrono::NaiveTime::MIN,
        duration_minutes: 1440,
        ..schema::Schedule::default()
    };
    let mut known = read_station(1, 1, station("食堂"));
    known.offer.hours = Hours { text: "全天24小时".into(), schedules: vec![schedule] };
    let mut unclear = read_station(2, 9, station("食堂"));
    unclear.offer.hours = Hours { text: "另行通知".into(), schedules: Vec::new() };
    let resource = show(&[known, unclear]);
    assert_eq!(resource.hours.text, "全天24小时");
    assert_eq!(because(&resource, Field::Hours), (Some(id(1)), Rule::MostRecentKnown, 1));
}

#[test]
fn who_said_whom_it_is_for_is_heard_over_one_who_said_everyone() {
    let mut federation = read_station(1, 1, station("食堂"));
    federation.offer.eligibility = Eligibility { minimum_age: Some(80), ..federation.offer.eligibility.clone() };
    let resource = show(&[federation, read_merchant(2, 9, merchant("食堂"))]);
    assert_eq!(resource.eligibility.minimum_age, Some(80));
    assert_eq!(because(&resource, Field::Eligibility).1, Rule::MostRecentSpecific);
}

#[test]
fn coverage_is_put_together_and_what_lies_in_another_is_left_out() {
    let resource = show(&[read_merchant(1, 1, merchant("食堂")), read_station(2, 2, station("食堂"))]);
    assert_eq!(resource.coverage, ["130306100000".parse().unwrap()]);
    let alone = show(&[read_practice(3, 1, practice("卫生室"))]);
    assert_eq!(alone.coverage, [alone.area], "one that says nothing serves where it is");
}

#[test]
fn of_a_group_too_large_for_an_event_what_was_not_taken_is_counted_and_the_rest_is_shown() {
    use schema::Event as _;
    use schema::resource::{ResourceEvent, ResourceShown};
    let group: Vec<Registered> = (1..=1_000_u32)
        .map(|number| {
            let mut registered = read_merchant(number.into(), number.into(), merchant("老年食堂"));
            registered.offer.fees = Some(format!("{number}{}", "元".repeat(1_900)));
            registered
        })
        .collect();
    let resource = show(&group);
    let fees = resource.provenance.iter().find(|provenance| provenance.field == Field::Fees).unwrap();
    assert_eq!((fees.rule, fees.winner), (Rule::MostRecent, Some(id(1_000))));
    assert!(!fees.losing.is_empty() && fees.more_losing > 0);
    assert_eq!(fees.losing.len() + usize::try_from(fees.more_losing).unwrap(), 999);
    let published = ResourceEvent::ResourcePublished(ResourceShown { resource });
    assert!(json_bytes(&published.data().unwrap()).unwrap() <= limits::EVENT_BYTES);
}

#[test]
fn the_same_group_in_any_order_is_shown_the_same() {
    let group = [
        read_merchant(1, 3, merchant("康乐食堂")),
        read_station(2, 2, station("康乐老年食堂")),
        read_station(3, 1, station("食堂")),
    ];
    let mut turned = group.clone();
    turned.reverse();
    assert_eq!(show(&group), show(&turned));
}

#[test]
fn what_is_free_is_what_was_said_of_the_latest_day_whoever_said_it_last() {
    let vacancy = |free, as_of: &str| Some(Vacancy { free, as_of: as_of.parse().unwrap() });
    let mut said_first = read_station(1, 1, station("托养中心"));
    said_first.offer.vacancy = vacancy(3, "2026-03-01");
    let mut said_last = read_station(2, 9, station("托养中心"));
    (said_last.offer.capacity, said_last.offer.vacancy) = (Some(50), vacancy(5, "2026-02-01"));
    let silent = read_station(3, 20, station("托养中心"));
    let resource = show(&[said_first, said_last, silent]);
    assert_eq!(resource.vacancy, vacancy(3, "2026-03-01"));
    assert_eq!(because(&resource, Field::Vacancy), (Some(id(1)), Rule::MostRecent, 1));
    assert_eq!((resource.capacity, because(&resource, Field::Capacity).0), (Some(50), Some(id(2))));
}

#[test]
fn what_to_bring_is_what_who_says_anything_of_it_said_last() {
    let documents = |note: &str| schema::Documents { note: Some(note.to_owned()), ..schema::Documents::default() };
    let mut early = read_station(1, 1, station("托养中心"));
    early.offer.documents = documents("身份证");
    let mut late = read_station(2, 9, station("托养中心"));
    late.offer.documents = documents("身份证或户口本");
    let resource = show(&[early, late, read_station(3, 20, station("托养中心"))]);
    assert_eq!(resource.documents, documents("身份证或户口本"));
    assert_eq!(because(&resource, Field::Documents), (Some(id(2)), Rule::MostRecent, 1));
}
