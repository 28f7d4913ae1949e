//! What the events of a registration come to, told as an office would tell them.

use crate::{OfficeEvent, Reading, Registered, Standing, SuspendedBy, Withheld, WithheldPart};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use schema::clinic::{ClinicEvent, LicenceRenewed, Practice, PracticeSuspended, PracticeWithdrawn};
use schema::commerce::{CommerceEvent, ElderPriceAgreed, Inspection, Merchant, MerchantResumed, MerchantSuspended};
use schema::erasures::RetractionReason;
use schema::resource::{NAME_RETRACTED, NotShown, RetractableField};
use schema::womens_federation::{SafeguardingCleared, Station, WomensFederationEvent};
use schema::youth_league::{PairingOffered, Team, YouthLeagueEvent};
use schema::{Audience, Category, Contact, Documents, Eligibility, Hours, Licence, RegistrationId, Sealed};
use uuid::Uuid;

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(day)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn fold(events: &[OfficeEvent]) -> Option<Registered> {
    let id = RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + 1));
    let mut reading = None;
    for (event, day) in events.iter().zip(1..) {
        reading = Reading::fold(reading, id, event, at(day));
    }
    reading.map(|reading| reading.view())
}

fn seen(events: &[OfficeEvent]) -> Registered {
    fold(events).unwrap()
}

fn merchant() -> Merchant {
    Merchant {
        delivery: vec!["130306100000".parse().unwrap()],
        phones: vec!["+863355669699".parse().unwrap()],
        elder_discount: Some("60岁以上8折".into()),
        meals_a_day: Some(40),
        eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
        registered_on: Some(day("2024-02-01")),
        ..Merchant::named("康乐家政", Category("助洁".into()), "130306100209".parse().unwrap())
    }
}

fn station(category: &str, audiences: &[Audience]) -> Station {
    Station {
        village_name: Some("大李官营".into()),
        eligibility: Eligibility { audiences: audiences.to_vec(), ..Eligibility::default() },
        places: Some(12),
        ..Station::named("妇女儿童之家", Category(category.into()), "130306100209".parse().unwrap())
    }
}

fn practice() -> Practice {
    Practice {
        licence: Licence::Unknown { number: Some("PDY1".into()) },
        home_visits: Some(true),
        fees: Some("挂号费1元".into()),
        ..Practice::named("大李官营村卫生室", Category("助医".into()), "130306100209".parse().unwrap())
    }
}

fn of_commerce(event: CommerceEvent) -> OfficeEvent {
    OfficeEvent::Commerce(event)
}

fn registered(merchant: Merchant) -> OfficeEvent {
    of_commerce(CommerceEvent::MerchantRegistered(merchant))
}

fn opened(station: Station) -> OfficeEvent {
    OfficeEvent::WomensFederation(WomensFederationEvent::StationRegistered(station))
}

fn cleared() -> OfficeEvent {
    let on = day("2024-05-01");
    OfficeEvent::WomensFederation(WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on }))
}

#[test]
fn a_failed_inspection_suspends_until_one_is_passed_whatever_the_clerk_says() {
    let inspected = |passed| Inspection { on: Some(day("2024-03-01")), passed };
    let failed = registered(Merchant { inspection: Some(inspected(false)), ..merchant() });
    let resumed = of_commerce(CommerceEvent::MerchantResumed(MerchantResumed { reason: None }));
    let passed = of_commerce(CommerceEvent::MerchantInspected(inspected(true)));
    let by_inspection = Standing::Suspended(SuspendedBy::Inspection { on: Some(day("2024-03-01")) });
    for (events, standing) in [
        (vec![failed.clone()], &by_inspection),
        (vec![failed.clone(), resumed], &by_inspection),
        (vec![failed.clone(), passed.clone()], &Standing::InForce),
        (vec![failed, registered(merchant())], &by_inspection),
        (vec![passed], &Standing::InForce),
    ] {
        let seen = fold(&events);
        let Some(seen) = seen else {
            assert_eq!(events.len(), 1, "an inspection of what was never registered says nothing");
            continue;
        };
        assert_eq!(seen.standing, *standing);
        let hidden = (*standing == by_inspection).then_some(NotShown::FailedInspection);
        assert_eq!(seen.not_shown(), hidden);
    }
}

#[test]
fn a_clerks_suspension_is_told_with_its_reason_and_is_over_when_it_is_registered_again() {
    let suspended = of_commerce(CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "装修".into() }));
    let by_clerk = Standing::Suspended(SuspendedBy::Clerk { reason: "装修".into() });
    assert_eq!(seen(&[registered(merchant()), suspended.clone()]).standing, by_clerk);

    let clinic = |event| OfficeEvent::Clinic(event);
    let events = [
        clinic(ClinicEvent::PracticeRegistered(practice())),
        clinic(ClinicEvent::PracticeSuspended(PracticeSuspended { reason: "装修".into() })),
        clinic(ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason: "停业".into() })),
        clinic(ClinicEvent::PracticeRevised(practice())),
        clinic(ClinicEvent::PracticeRegistered(practice())),
    ];
    let gone = Standing::Withdrawn { reason: "停业".into() };
    assert_eq!(seen(&events[..3]).standing, gone);
    assert_eq!(seen(&events[..4]).standing, gone, "a revision brings nothing back");
    assert_eq!(seen(&events).standing, Standing::InForce, "what it was suspended for before is over");
    assert_eq!(seen(&events).registered_at, at(1), "it stays as old as it was");
}

#[test]
fn an_agreed_price_is_part_of_the_fees() {
    let agreed = of_commerce(CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen: 1_250 }));
    assert_eq!(seen(&[registered(merchant())]).offer.fees.as_deref(), Some("60岁以上8折"));
    assert_eq!(seen(&[registered(merchant()), agreed]).offer.fees.as_deref(), Some("老年人协议价12.5元；60岁以上8折"));
}

#[test]
fn a_renewed_licence_keeps_the_number_that_is_not_said_again() {
    let expires = day("2030-01-01");
    for (said, number) in [(None, "PDY1"), (Some("PDY2"), "PDY2")] {
        let renewed = LicenceRenewed { number: said.map(str::to_owned), expires };
        let events = [ClinicEvent::PracticeRegistered(practice()), ClinicEvent::LicenceRenewed(renewed)];
        let seen = seen(&events.map(OfficeEvent::Clinic));
        assert_eq!(seen.offer.licence, Licence::Until { number: Some(number.into()), expires });
    }
}

#[test]
fn places_that_a_team_offers_are_its_capacity() {
    let person = schema::PersonId(Uuid::from_u128(7));
    let team = Team {
        team_number: Some("1300001".into()),
        meeting_place: Some("村委会".into()),
        ..Team::named(
            "青春志愿服务队",
            Category("探访关爱".into()),
            "130306100209".parse().unwrap(),
            Contact { name: Some(Sealed { person, ciphertext: "AAAA".into() }), phones: Vec::new() },
        )
    };
    let events =
        [YouthLeagueEvent::TeamRegistered(team), YouthLeagueEvent::PairingOffered(PairingOffered { places: 5 })];
    let seen = seen(&events.map(OfficeEvent::YouthLeague));
    assert_eq!((seen.offer.capacity, seen.offer.kind), (Some(5), schema::Kind::Team));
    assert_eq!(seen.offer.register_number.as_deref(), Some("1300001"));
}

#[test]
fn work_with_children_is_withheld_before_it_is_cleared_and_nothing_else_is() {
    use Audience::{Children, Elders, Women};
    let children = Some(WithheldPart::Audience(Children));
    let everything = Some(WithheldPart::Everything);
    for (category, said, shown, withheld) in [
        ("儿童关爱", vec![Children, Women], vec![Women], children),
        ("日间照料", vec![Children, Elders], vec![Elders], children),
        ("儿童关爱", vec![Children], vec![], everything),
        ("儿童关爱", vec![], vec![], everything),
        ("儿童关爱", vec![Women], vec![Women], None),
        ("日间照料", vec![], vec![], None),
        ("日间照料", vec![Elders], vec![Elders], None),
    ] {
        let waiting = seen(&[opened(station(category, &said))]);
        assert_eq!(waiting.offer.eligibility.audiences, shown, "{category} {said:?}");
        let because = NotShown::AwaitsClearance;
        assert_eq!(waiting.withheld, Vec::from_iter(withheld.map(|part| Withheld { part, because })));
        assert_eq!(waiting.not_shown(), (withheld == everything).then_some(because), "{category} {said:?}");

        let after = seen(&[opened(station(category, &said)), cleared()]);
        assert_eq!((after.offer.eligibility.audiences, after.withheld), (said, vec![]), "{category}");
    }
}

/// What happened to a registration: an event of its office, or a retraction.
enum Happened {
    Said(Box<OfficeEvent>),
    Retracted(RetractableField),
    Removed(RetractableField),
}

fn told(event: OfficeEvent) -> Happened {
    Happened::Said(Box::new(event))
}

fn after(happened: impl IntoIterator<Item = Happened>) -> Reading {
    let id = RegistrationId(Uuid::from_u128((0x0013_0306 << 104) + 1));
    let mut reading: Option<Reading> = None;
    for (happened, day) in happened.into_iter().zip(1..) {
        match happened {
            Happened::Said(event) => reading = Reading::fold(reading, id, &event, at(day)),
            Happened::Retracted(field) => reading.as_mut().unwrap().retract(field, RetractionReason::Ordered),
            Happened::Removed(field) => reading.as_mut().unwrap().retract(field, RetractionReason::RemovedByOffice),
        }
    }
    reading.unwrap()
}

fn phones(seen: &Registered) -> Vec<&str> {
    seen.offer.phones.iter().map(schema::Phone::as_str).collect()
}

fn calling(numbers: &[&str]) -> Merchant {
    Merchant { phones: numbers.iter().map(|number| number.parse().unwrap()).collect(), ..merchant() }
}

fn revised(merchant: Merchant) -> Happened {
    told(of_commerce(CommerceEvent::MerchantRevised(merchant)))
}

#[test]
fn what_was_retracted_stays_hidden_when_it_is_said_again_and_what_is_new_is_shown() {
    let (first, second, third) = ("+863355669699", "+8613800000001", "+863355660000");
    let phones_after = |revisions: &[&[&str]]| {
        let earlier = [told(registered(calling(&[first]))), revised(calling(&[second]))];
        let later = revisions.iter().map(|numbers| revised(calling(numbers)));
        after(earlier.into_iter().chain([Happened::Retracted(RetractableField::Phones)]).chain(later)).view()
    };
    let hidden = [Withheld { part: WithheldPart::Field(RetractableField::Phones), because: NotShown::Retracted }];
    for (revisions, shown) in [
        (&[][..], &[][..]),
        (&[&[first, third][..]], &[third]),
        (&[&[third], &[second]], &[]),
        (&[&[third, second]], &[third]),
    ] {
        let seen = phones_after(revisions);
        assert_eq!((phones(&seen), &*seen.withheld), (shown.to_vec(), &hidden[..]), "{revisions:?}");
        assert_eq!(seen.not_shown(), None, "the rest is shown");
    }
    let seen = phones_after(&[&[third]]);
    assert_eq!((phones(&seen), &*seen.withheld), (vec![third], &[][..]), "nothing of it is hidden any more");
}

#[test]
fn what_its_office_removed_is_hidden_until_its_office_says_it_again() {
    use Happened::{Removed, Retracted};
    let (line, mobile, other) = ("+863355669699", "+8613800000001", "+8613800000002");
    let field = RetractableField::Phones;
    let begun = |numbers: &[&str]| told(registered(calling(numbers)));
    // What happened, what is hidden of it, what it shows, and whether there is a number to hide yet.
    let rows = [
        (vec![begun(&[mobile])], vec![], vec![mobile], false),
        (vec![begun(&[mobile]), revised(calling(&[]))], vec![], vec![], true),
        (vec![begun(&[mobile]), revised(calling(&[])), Removed(field)], vec![mobile], vec![], false),
        // A line is a station's; a number that another took the place of is as gone as one that none did.
        (vec![begun(&[line]), revised(calling(&[]))], vec![], vec![], false),
        (vec![begun(&[mobile]), revised(calling(&[other]))], vec![], vec![other], true),
        (vec![begun(&[mobile]), revised(calling(&[other])), Removed(field)], vec![mobile], vec![other], false),
        // Said again, also before the removal was noted.
        (
            vec![begun(&[mobile]), revised(calling(&[])), Removed(field), revised(calling(&[mobile]))],
            vec![],
            vec![mobile],
            false,
        ),
        (
            vec![begun(&[mobile]), revised(calling(&[])), revised(calling(&[mobile])), Removed(field)],
            vec![],
            vec![mobile],
            false,
        ),
        // What a steward retracted stays hidden whatever its office does.
        (
            vec![
                begun(&[mobile]),
                revised(calling(&[])),
                Removed(field),
                Retracted(field),
                revised(calling(&[mobile])),
            ],
            vec![mobile],
            vec![],
            false,
        ),
    ];
    for (number, (happened, hidden, shown, is_due)) in rows.into_iter().enumerate() {
        let reading = after(happened);
        for phone in [line, mobile, other] {
            assert_eq!(reading.hidden().hides(field, phone), hidden.contains(&phone), "row {number}, {phone}");
        }
        assert_eq!((phones(&reading.view()), reading.took_back_a_number()), (shown, is_due), "row {number}");
    }
}

#[test]
fn every_field_that_can_be_retracted_is_taken_out_and_the_others_stay() {
    let station = OfficeEvent::Clinic(ClinicEvent::PracticeRegistered(Practice {
        credit_code: Some("91350100M000100Y43".parse().unwrap()),
        address: Some("迎宾路13号".into()),
        phones: vec!["+863355669699".parse().unwrap()],
        sessions: Hours { text: "找王大夫".into(), schedules: Vec::new() },
        eligibility: Eligibility {
            minimum_age: Some(60), note: Some("找王大夫登记".into()), ..Eligibility::default()
        },
        documents: Documents { note: Some("找王大夫开证明".into()), ..Documents::default() },
        ..practice()
    }));
    let before = after([told(station.clone())]).view().offer;
    for field in RetractableField::ALL {
        let reading = after([told(station.clone()), Happened::Retracted(field)]);
        assert!(reading.ever_said(field));
        let offer = reading.view().offer;
        let mut expected = before.clone();
        match field {
            RetractableField::Name => expected.name = NAME_RETRACTED.to_owned(),
            RetractableField::Provider => expected.credit_code = None,
            RetractableField::Phones => expected.phones.clear(),
            RetractableField::Address => expected.address = None,
            RetractableField::Eligibility => expected.eligibility.note = None,
            RetractableField::Hours => expected.hours = Hours::default(),
            RetractableField::Fees => expected.fees = None,
            RetractableField::Documents => expected.documents.note = None,
            RetractableField::Licence => expected.licence = Licence::Unknown { number: None },
        }
        assert_eq!(offer, expected, "{field:?}");
    }
}

#[test]
fn a_merchants_terms_are_hidden_one_by_one() {
    let agreed = || told(of_commerce(CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen: 1_250 })));
    let said = || told(registered(merchant()));
    let seen = after([said(), Happened::Retracted(RetractableField::Fees), agreed()]).view();
    assert_eq!(seen.offer.fees.as_deref(), Some("老年人协议价12.5元"), "the discount is not said again with the price");
    let seen = after([said(), agreed(), Happened::Retracted(RetractableField::Fees)]).view();
    assert_eq!(seen.offer.fees, None);

    let minimum = |minimum| Merchant { minimum_order_fen: Some(minimum), ..merchant() };
    let retracted = || Happened::Retracted(RetractableField::Fees);
    let parts = [said(), retracted(), revised(minimum(1_500)), agreed()];
    let reading = after(parts.into_iter().chain([revised(minimum(2_000)), retracted()]));
    assert!(
        reading.hidden().hides(RetractableField::Fees, "老年人协议价12.5元；起送价15元"),
        "as it was shown in between"
    );
}

#[test]
fn what_was_doubted_may_quote_what_was_retracted_and_is_quoted_no_more() {
    let code = schema::finding::CellFinding::InspectionResultUnknown.into();
    let doubt =
        schema::Doubt {
            column: "电话".into(), value: Some(schema::Quote::Said("找王姐13800000001".into())), code
        };
    let doubted = told(registered(Merchant { doubts: vec![doubt.clone()], ..merchant() }));
    let seen = after([doubted, Happened::Retracted(RetractableField::Phones)]).view();
    assert_eq!(seen.doubts, [doubt.withheld()]);
    assert!(!format!("{seen:?}").contains("13800000001"));
}

#[test]
fn what_moves_to_another_county_takes_along_what_is_hidden_of_it() {
    let moved = |retracted| {
        told(of_commerce(CommerceEvent::MerchantMovedIn(schema::MovedIn {
            transferred_from: RegistrationId(Uuid::from_u128((0x0013_0322 << 104) + 1)),
            first_registered_at: at(0),
            registration: merchant(),
            retracted,
        })))
    };
    assert_eq!(phones(&after([moved(vec![])]).view()), ["+863355669699"]);
    let hidden = || moved(vec![RetractableField::Phones]);
    assert_eq!(phones(&after([hidden()]).view()), [] as [&str; 0]);
    assert_eq!(phones(&after([hidden(), revised(merchant())]).view()), [] as [&str; 0]);
}
