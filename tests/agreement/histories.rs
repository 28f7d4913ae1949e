//! Random histories of one registration, as any of the offices would tell them.

use chrono::NaiveDate;
use offers::OfficeEvent;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use schema::clinic::{ClinicEvent, LicenceRenewed, Practice, PracticeResumed, PracticeSuspended, PracticeWithdrawn};
use schema::commerce::{
    CommerceEvent, ElderPriceAgreed, Inspection, Merchant, MerchantResumed, MerchantSuspended, MerchantWithdrawn,
};
use schema::womens_federation::{
    SafeguardingCleared, Station, StationResumed, StationSuspended, StationWithdrawn, VolunteersTrained,
    WomensFederationEvent,
};
use schema::youth_league::{
    ActivityScheduled, PairingOffered, Team, TeamDisbanded, TeamResumed, TeamSuspended, YouthLeagueEvent,
};
use schema::{
    Audience, Category, Condition, Contact, Eligibility, Hours, Licence, MovedOut, Office, PersonId, Phone,
    RegistrationId, Sealed,
};
use uuid::Uuid;

/// A history of whichever office: first a registration, then anything.
pub fn any() -> impl Strategy<Value = (Office, Vec<OfficeEvent>)> {
    let history = |first: BoxedStrategy<OfficeEvent>, then: BoxedStrategy<OfficeEvent>| {
        (first, prop::collection::vec(then, 0..8)).prop_map(|(first, then)| {
            let events: Vec<OfficeEvent> = std::iter::once(first).chain(then).collect();
            (events[0].office(), events)
        })
    };
    prop_oneof![
        history(practice().prop_map(ClinicEvent::PracticeRegistered).prop_map(OfficeEvent::Clinic).boxed(), clinic()),
        history(
            station()
                .prop_map(WomensFederationEvent::StationRegistered)
                .prop_map(OfficeEvent::WomensFederation)
                .boxed(),
            womens_federation()
        ),
        history(
            team().prop_map(YouthLeagueEvent::TeamRegistered).prop_map(OfficeEvent::YouthLeague).boxed(),
            youth_league()
        ),
        history(
            merchant().prop_map(CommerceEvent::MerchantRegistered).prop_map(OfficeEvent::Commerce).boxed(),
            commerce()
        ),
    ]
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (1_u32..28).prop_map(|day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap())
}

fn category() -> impl Strategy<Value = Category> {
    select(vec!["助餐", "儿童关爱", "探访关爱", "助老服务", "日间照料"]).prop_map(|name| Category(name.to_owned()))
}

fn eligibility() -> impl Strategy<Value = Eligibility> {
    let audiences = subsequence(Audience::ALL.to_vec(), 0..=3);
    let conditions = subsequence(Condition::ALL.to_vec(), 0..=2);
    (audiences, of(0_u8..90), conditions, of(select(vec!["慢病患者优先".to_owned()]))).prop_map(
        |(audiences, minimum_age, conditions, note)| Eligibility {
            audiences,
            minimum_age,
            conditions,
            note,
            ..Eligibility::default()
        },
    )
}

fn phones() -> impl Strategy<Value = Vec<Phone>> {
    let numbers = ["+863355669699", "+8615057812656", "+863357163001"].map(|number| number.parse().unwrap());
    subsequence(numbers.to_vec(), 0..=2)
}

fn hours() -> impl Strategy<Value = Hours> {
    select(vec!["", "另行通知", "每天 9:00-11:00"])
        .prop_map(|text| Hours { text: text.to_owned(), schedules: Vec::new() })
}

fn name() -> impl Strategy<Value = String> {
    select(vec!["康乐食堂", "妇女儿童之家", "青春服务队", "前村卫生室"]).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = Option<String>> {
    of(select(vec!["迎宾路13号", "村委会院内", "无", "60岁以上8折"]).prop_map(str::to_owned))
}

fn licence() -> impl Strategy<Value = Licence> {
    let number = || of(select(vec!["PDY1", "PDY2"]).prop_map(str::to_owned));
    prop_oneof![
        number().prop_map(|number| Licence::Unknown { number }),
        (number(), day()).prop_map(|(number, expires)| Licence::Until { number, expires }),
    ]
}

fn practice() -> impl Strategy<Value = Practice> {
    (name(), category(), eligibility(), phones(), hours(), text(), licence(), of(any_bool()), of(0_u32..50)).prop_map(
        |(name, category, eligibility, phones, sessions, fees, licence, home_visits, beds)| Practice {
            licence,
            address: fees.clone(),
            coverage: vec!["130306100000".parse().unwrap()],
            phones,
            sessions,
            home_visits,
            eligibility,
            beds,
            fees,
            ..Practice::named(name, category, "130306100209".parse().unwrap())
        },
    )
}

fn station() -> impl Strategy<Value = Station> {
    (name(), category(), eligibility(), phones(), hours(), text(), of(day()), of(0_u32..50)).prop_map(
        |(name, category, eligibility, phones, hours, address, safeguarding_cleared_on, places)| Station {
            address,
            phones,
            eligibility,
            hours,
            safeguarding_cleared_on,
            places,
            ..Station::named(name, category, "130306100209".parse().unwrap())
        },
    )
}

fn team() -> impl Strategy<Value = Team> {
    (name(), category(), eligibility(), phones(), hours(), text(), of(0_u32..50)).prop_map(
        |(name, category, eligibility, phones, activity_times, meeting_place, pairing_places)| Team {
            meeting_place,
            phones,
            activity_times,
            pairing_places,
            eligibility,
            ..Team::named(
                name,
                category,
                "130306100209".parse().unwrap(),
                Contact {
                    name: Some(Sealed { person: PersonId(Uuid::from_u128(7)), ciphertext: "AAAA".into() }),
                    phones: vec![Sealed { person: PersonId(Uuid::from_u128(7)), ciphertext: "AAAA".into() }],
                },
            )
        },
    )
}

fn merchant() -> impl Strategy<Value = Merchant> {
    let terms = (text(), of(0_u32..3_000), of(0_u32..3_000));
    let inspection = of((of(day()), any_bool()).prop_map(|(on, passed)| Inspection { on, passed }));
    (name(), category(), eligibility(), phones(), hours(), terms, inspection, of(0_u32..50)).prop_map(
        |(name, category, eligibility, phones, hours, terms, inspection, meals_a_day)| {
            let (elder_discount, elder_price_fen, minimum_order_fen) = terms;
            Merchant {
                delivery: vec!["130306100209".parse().unwrap()],
                phones,
                hours,
                elder_discount,
                elder_price_fen,
                minimum_order_fen,
                meals_a_day,
                eligibility,
                inspection,
                ..Merchant::named(name, category, "130306100209".parse().unwrap())
            }
        },
    )
}

fn any_bool() -> impl Strategy<Value = bool> {
    select(vec![true, false])
}

fn elsewhere() -> RegistrationId {
    RegistrationId(Uuid::from_u128((0x0013_0322 << 104) + 1))
}

fn why() -> String {
    "装修".to_owned()
}

fn clinic() -> BoxedStrategy<OfficeEvent> {
    let number = of(select(vec!["PDY3".to_owned()]));
    prop_oneof![
        practice().prop_map(ClinicEvent::PracticeRegistered),
        practice().prop_map(ClinicEvent::PracticeRevised),
        (number, day()).prop_map(|(number, expires)| ClinicEvent::LicenceRenewed(LicenceRenewed { number, expires })),
        Just(ClinicEvent::PracticeSuspended(PracticeSuspended { reason: why() })),
        Just(ClinicEvent::PracticeResumed(PracticeResumed { reason: None })),
        Just(ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason: why() })),
    ]
    .prop_map(OfficeEvent::Clinic)
    .boxed()
}

fn womens_federation() -> BoxedStrategy<OfficeEvent> {
    prop_oneof![
        station().prop_map(WomensFederationEvent::StationRegistered),
        station().prop_map(WomensFederationEvent::StationRevised),
        day().prop_map(|on| WomensFederationEvent::VolunteersTrained(VolunteersTrained { volunteers: 3, on })),
        day().prop_map(|on| WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on })),
        Just(WomensFederationEvent::StationSuspended(StationSuspended { reason: why() })),
        Just(WomensFederationEvent::StationResumed(StationResumed { reason: None })),
        Just(WomensFederationEvent::StationWithdrawn(StationWithdrawn { reason: why() })),
    ]
    .prop_map(OfficeEvent::WomensFederation)
    .boxed()
}

fn youth_league() -> BoxedStrategy<OfficeEvent> {
    prop_oneof![
        team().prop_map(YouthLeagueEvent::TeamRegistered),
        team().prop_map(YouthLeagueEvent::TeamRevised),
        day().prop_map(|on| YouthLeagueEvent::ActivityScheduled(ActivityScheduled { on })),
        (0_u32..9).prop_map(|places| YouthLeagueEvent::PairingOffered(PairingOffered { places })),
        Just(YouthLeagueEvent::TeamSuspended(TeamSuspended { reason: why() })),
        Just(YouthLeagueEvent::TeamResumed(TeamResumed { reason: None })),
        Just(YouthLeagueEvent::TeamDisbanded(TeamDisbanded { reason: why() })),
    ]
    .prop_map(OfficeEvent::YouthLeague)
    .boxed()
}

fn commerce() -> BoxedStrategy<OfficeEvent> {
    prop_oneof![
        merchant().prop_map(CommerceEvent::MerchantRegistered),
        merchant().prop_map(CommerceEvent::MerchantRevised),
        any_bool().prop_map(|passed| CommerceEvent::MerchantInspected(Inspection { on: None, passed })),
        (0_u32..3_000).prop_map(|price_fen| CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen })),
        Just(CommerceEvent::MerchantSuspended(MerchantSuspended { reason: why() })),
        Just(CommerceEvent::MerchantResumed(MerchantResumed { reason: None })),
        Just(CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: why() })),
        Just(CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: elsewhere() })),
    ]
    .prop_map(OfficeEvent::Commerce)
    .boxed()
}
