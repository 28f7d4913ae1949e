//! Hand-ins against a real log: repeated, corrected, interrupted, withdrawn; and their routes.
//!
//! The office is the smallest there can be, in the words of commerce.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod county;

use axum::Router;
use chassis::auth::Role;
use chassis::clock::Clock;
use chassis::command::{Command, new_events};
use chassis::log::Recorded;
use chassis::service::{Mounted, Service, StartError};
use county::County;
use desk::{Ask, Description, Desk, File, HandInError, Key, Moves, Refusal, Report};
use intake::{COMMUNITY, COUNTY, Column, PlaceColumns, Row, RowKey, TOWN, Telephones};
use schema::commerce::{CommerceEvent, Merchant, MerchantWithdrawn};
use schema::finding::RuleFinding;
use schema::hand_in::RowFate;
use schema::{Audience, Eligibility, MovedOut, Office, PersonId, PersonalField, RegistrationId, Shape};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;
use tower::ServiceExt as _;

const NAME: Column = Column::required("商户名称", "Name");
const NUMBER: Column = Column::optional("编号", "Number");
const CATEGORY: Column = Column::required("业态", "Trade");
const VILLAGE: Column = Column::required("所在地代码", "Village code").or(&COMMUNITY);
const KEEPER: Column = Column::optional("经营者", "Keeper").personal();
const PHONE: Column = Column::optional("电话", "Telephone").of_telephones();
const KEEPER_PHONE: Column = Column::hint("经营者电话", "Telephone of the keeper").of_contacts_telephones();
const HOURS: Column = Column::optional("营业时间", "Opening hours");
const ADDRESS: Column = Column::hint("经营地址", "Address");
const REGISTERED: Column = Column::optional("登记日期", "Registered on");
const COLUMNS: &[Column] =
    &[NAME, NUMBER, CATEGORY, VILLAGE, KEEPER, PHONE, KEEPER_PHONE, HOURS, REGISTERED, COUNTY, TOWN, COMMUNITY];
const PLACE: PlaceColumns =
    PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &ADDRESS };

fn draft(row: &mut Row<'_>) -> Option<Merchant> {
    let name = row.required_text(&NAME);
    let number = row.text(&NUMBER);
    let category = row.category(&CATEGORY);
    let village = row.community(&PLACE);
    let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &KEEPER_PHONE, village);
    let contact = row.contact(&KEEPER, of_contact);
    let hours = row.hours(&HOURS);
    let registered_on = row.date(&REGISTERED);
    Some(Merchant {
        name: name?,
        // Stands for the number here.
        address: number,
        category: category?,
        village: village?,
        contact,
        phones,
        hours,
        registered_on,
        delivery: Vec::new(),
        eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
        credit_code: None,
        elder_discount: None,
        elder_price_fen: None,
        minimum_order_fen: None,
        meals_a_day: None,
        inspection: None,
        source: row.source(),
        doubts: row.doubts(),
    })
}

#[derive(Clone, Debug, Default, PartialEq)]
enum State {
    #[default]
    Nothing,
    Open(Box<Merchant>),
    Withdrawn,
    MovedOut(RegistrationId),
}

fn description() -> Description<Merchant, State, CommerceEvent> {
    Description {
        office: Office::Commerce,
        columns: COLUMNS,
        key: Key { name: &NAME, community: PLACE, category: &CATEGORY, number: Some(&NUMBER) },
        draft,
        payload: |event| match event {
            CommerceEvent::MerchantRegistered(merchant) | CommerceEvent::MerchantRevised(merchant) => Some(merchant),
            CommerceEvent::MerchantMovedIn(moved) => Some(&moved.registration),
            CommerceEvent::MerchantInspected(_)
            | CommerceEvent::ElderPriceAgreed(_)
            | CommerceEvent::MerchantSuspended(_)
            | CommerceEvent::MerchantResumed(_)
            | CommerceEvent::MerchantWithdrawn(_)
            | CommerceEvent::MerchantMovedOut(_) => None,
        },
        source: |merchant| &merchant.source,
        key_of: |merchant| RowKey::new(&merchant.name, merchant.village, &merchant.category),
        number_of: |merchant| merchant.address.clone(),
        registered_on: |merchant| merchant.registered_on,
        withdrawn_by: &["MerchantWithdrawn", "MerchantMovedOut"],
        initial: State::default,
        evolve: |_, event| match event {
            CommerceEvent::MerchantRegistered(merchant) | CommerceEvent::MerchantRevised(merchant) => {
                State::Open(Box::new(merchant.clone()))
            }
            CommerceEvent::MerchantMovedIn(moved) => State::Open(Box::new(moved.registration.clone())),
            CommerceEvent::MerchantMovedOut(moved) => State::MovedOut(moved.transferred_to),
            CommerceEvent::MerchantInspected(_)
            | CommerceEvent::ElderPriceAgreed(_)
            | CommerceEvent::MerchantSuspended(_)
            | CommerceEvent::MerchantResumed(_)
            | CommerceEvent::MerchantWithdrawn(_) => State::Withdrawn,
        },
        submit: |state, merchant, _| match state {
            State::Nothing if merchant.name.contains("违规") => {
                Err(Refusal::new(RuleFinding::ElderPriceNotPositive).about(&NAME))
            }
            State::Nothing => Ok(vec![CommerceEvent::MerchantRegistered(merchant)]),
            State::Open(old) if Merchant { source: old.source.clone(), ..merchant.clone() } == **old => Ok(vec![]),
            State::Open(_) => Ok(vec![CommerceEvent::MerchantRevised(merchant)]),
            State::Withdrawn | State::MovedOut(_) => {
                Err(Refusal::new(RuleFinding::Withdrawn { office: Office::Commerce, reason: "停业".into() }))
            }
        },
        withdraw: |state, reason| match state {
            State::Open(_) => {
                Ok(vec![CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: reason.to_owned() })])
            }
            State::Nothing | State::Withdrawn | State::MovedOut(_) => Ok(vec![]),
        },
        moves: Moves {
            open: |_, arrival| vec![CommerceEvent::MerchantMovedIn(arrival)],
            close: |state, to| match state {
                State::MovedOut(gone) if *gone == to => Ok(vec![]),
                State::Open(_) => Ok(vec![CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: to })]),
                State::Nothing | State::Withdrawn | State::MovedOut(_) => {
                    Err(Refusal::new(RuleFinding::NotRegistered { office: Office::Commerce }))
                }
            },
            came: |event| if let CommerceEvent::MerchantMovedIn(moved) = event { Some(moved) } else { None },
            went: |state| if let State::MovedOut(to) = state { Some(*to) } else { None },
        },
    }
}

type Merchants = Desk<Merchant, State, CommerceEvent>;

fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi): (Router, _) = desk::http::routes(Desk::new(service, description()));
    Ok(Mounted { name: "commerce", router, openapi })
}

async fn county() -> (County, Merchants) {
    let county = County::with(Office::Commerce, mount).await;
    let desk = Desk::new(&county.service, description());
    (county, desk)
}

const HEADER: &str = "商户名称,编号,业态,所在地代码,经营者,电话,营业时间,登记日期";

/// A row of a merchant with a number of its own.
fn merchant(number: u32) -> String {
    let villages = ["130306100209", "130306100248", "130306101209", "130322100229"];
    let village = villages[number as usize % villages.len()];
    format!(
        "第{number}便民店,N{number},助购,{village},王{number},0335-30000{:02},每天 8:00-20:00,2024-01-{:02}",
        number % 100,
        number % 28 + 1
    )
}

fn merchants(rows: u32) -> Vec<String> {
    (1..=rows).map(merchant).collect()
}

fn file(rows: &[String]) -> File {
    File {
        name: "商户.csv".into(),
        list: File::MAIN.into(),
        bytes: format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes().into(),
    }
}

async fn run(desk: &Merchants, rows: &[String]) -> Report {
    let report = desk.run(&file(rows), &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    sums_agree(&report);
    report
}

fn sums_agree(report: &Report) {
    let of = |fate: RowFate| report.rows.iter().filter(|row| row.fate == fate).count() as u32;
    let counts = report.counts;
    assert_eq!(counts.rows as usize, report.rows.len());
    assert_eq!(counts.registered + counts.revised + counts.unchanged + counts.refused, counts.rows);
    assert_eq!(
        (counts.registered, counts.revised, counts.unchanged, counts.refused),
        (of(RowFate::Registered), of(RowFate::Revised), of(RowFate::Unchanged), of(RowFate::Refused))
    );
    assert_eq!(counts.absent as usize, report.absent.len());
    assert!(report.complete);
}

/// Every event of the office and its hand-ins, by stream, without when and where it was recorded.
async fn all(county: &County) -> BTreeMap<String, Vec<(String, uuid::Uuid, Value, Value)>> {
    let mut streams: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let keep = |event: Recorded| {
        let (data, mut metadata) = (json(&event.data), json(&event.metadata));
        metadata.as_object_mut().unwrap().remove("recorded_at");
        streams.entry(event.stream).or_default().push((event.event_type, event.id, data, metadata));
    };
    county.service.log.catch_up(&["commerce-".to_owned(), "import-".to_owned()], None, keep).await.unwrap();
    streams
}

fn fates(report: &Report) -> Vec<RowFate> {
    report.rows.iter().map(|row| row.fate).collect()
}

#[tokio::test]
async fn the_same_file_again_is_answered_with_its_report_and_leaves_nothing() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(40)).await;
    assert_eq!((first.counts.registered, first.repeated), (40, false));
    let head = county.service.log.head().await.unwrap();
    let again = run(&desk, &merchants(40)).await;
    assert_eq!(again, Report { repeated: true, ..first.clone() });
    assert_eq!(desk.report(first.id, Some(&Ask::by("clerk-1"))).await.unwrap(), Some(first.clone()));
    // Another desk, as after a restart.
    let other = Desk::new(&county.service, description());
    assert_eq!(run(&other, &merchants(40)).await, again);
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn everything_that_a_hand_in_writes_is_one_act_also_when_another_goes_on_with_it() {
    let (county, desk) = county().await;
    let ask = |actor: &str, key: &str| Ask { key: Some(key.to_owned()), ..Ask::by(actor) };
    desk.run(&file(&merchants(5)), &ask("clerk-1", "k-1"), &mut |_| ()).await.unwrap();
    let first = acts(&county).await;
    let by_hand = Command::of("clerk-1", "k-1", &"", Clock::system().now()).unwrap().correlation_id();
    assert_eq!(first.into_keys().collect::<Vec<_>>(), [by_hand], "actor and key say which act it is");

    killed_at(&desk, &file(&merchants(300)), 250).await;
    desk.run(&file(&merchants(300)), &ask("clerk-2", "k-3"), &mut |_| ()).await.unwrap();
    let acts = acts(&county).await;
    assert_eq!(acts.len(), 2, "{acts:?}");
    let events: usize = acts.values().sum();
    assert_eq!(events, (1 + 5 + 1 + 1) + (1 + 295 + 2 + 1), "each row once, and what is said of the hand-ins");
}

/// The acts that events of the office and its hand-ins belong to, and how many of each.
async fn acts(county: &County) -> BTreeMap<uuid::Uuid, usize> {
    let mut acts = BTreeMap::new();
    let count = |event: Recorded| *acts.entry(event.envelope().unwrap().correlation_id).or_default() += 1;
    county.service.log.catch_up(&["commerce-".to_owned(), "import-".to_owned()], None, count).await.unwrap();
    acts
}

#[tokio::test]
async fn a_check_says_what_a_run_then_does_and_leaves_nothing() {
    let (county, desk) = county().await;
    let mut rows = merchants(12);
    rows[2] = rows[2].replace("130306100209", "130399999999").replace("130322100229", "130399999999");
    rows[4] = rows[4].replace("每天 8:00-20:00", "待定");
    rows[6] = rows[6].replace("第7便民店", "违规店");
    let before = county.service.log.head().await.unwrap();
    let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(county.service.log.head().await.unwrap(), before);
    sums_agree(&check);
    let done = run(&desk, &rows).await;
    assert_eq!((check.rows.clone(), check.counts), (done.rows.clone(), done.counts));
    assert_eq!((done.counts.registered, done.counts.refused, done.counts.warned), (10, 2, 1));
    let why: Vec<(&str, &str)> = done
        .rows
        .iter()
        .flat_map(|row| &row.findings)
        .map(|found| (found.column.as_str(), found.code.as_str()))
        .collect();
    assert_eq!(
        why,
        [("所在地代码", "AREA_CODE_UNKNOWN"), ("营业时间", "HOURS_UNKNOWN"), ("商户名称", "ELDER_PRICE_NOT_POSITIVE")]
    );
    // The next file, checked against what stands.
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    rows.remove(1);
    let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
    let done = run(&desk, &rows).await;
    assert_eq!((check.rows, check.counts, check.absent.clone()), (done.rows, done.counts, done.absent));
    assert_eq!((check.counts.revised, check.counts.unchanged, check.counts.absent), (1, 8, 1));
}

#[tokio::test]
async fn a_row_is_true_from_its_day_of_registration_on_and_a_correction_from_its_hand_in() {
    let (county, desk) = county().await;
    let mut rows = merchants(1);
    let first = run(&desk, &rows).await;
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    run(&desk, &rows).await;
    let stream = format!("commerce-{}", first.rows[0].registration.unwrap());
    let events = county.service.log.read_stream(&stream).await.unwrap();
    let effective: Vec<String> =
        events.iter().map(|event| event.envelope().unwrap().effective_at.to_rfc3339()).collect();
    assert_eq!(
        effective,
        ["2024-01-01T16:00:00+00:00", "2026-11-23T02:00:00+00:00"],
        "2024-01-02 in the county, then now"
    );
}

#[tokio::test]
async fn a_corrected_name_keeps_the_registration_by_its_number() {
    let (_county, desk) = county().await;
    let first = run(&desk, &merchants(5)).await;
    let mut rows = merchants(5);
    rows[3] = rows[3].replace("第4便民店", "第四便民店");
    rows.swap(0, 4);
    let second = run(&desk, &rows).await;
    assert_eq!((second.counts.revised, second.counts.unchanged, second.counts.absent), (1, 4, 0));
    assert_eq!(second.rows[3].registration, first.rows[3].registration);
    assert_eq!(second.rows[0].registration, first.rows[4].registration);
}

#[tokio::test]
async fn a_refused_row_leaves_the_registration_that_it_is_about_as_it_is() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(3)).await;
    let mut rows = merchants(3);
    rows[1] = rows[1].replace("每天 8:00-20:00", "每天25:00-8:00");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Refused, RowFate::Unchanged]);
    assert!(second.absent.is_empty(), "its row is there, if wrong");
    rows[1] = rows[1].replace("每天25:00-8:00", "每天 8:00-18:00");
    let third = run(&desk, &rows).await;
    assert_eq!(third.rows[1].registration, first.rows[1].registration);
    assert_eq!(third.counts.revised, 1);
    assert_eq!(
        county.all_events().await,
        [("MerchantRegistered".to_owned(), 3), ("MerchantRevised".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn similar_rows_stay_separate_registrations() {
    let (_county, desk) = county().await;
    let twin = |phone: &str| format!("便民店,,助购,130306100209,王一,{phone},每天 8:00-20:00,2024-01-01");
    let rows = vec![twin("0335-3000001"), twin("0335-3000001"), twin("0335-3000002")];
    let first = run(&desk, &rows).await;
    let ids: std::collections::BTreeSet<_> = first.rows.iter().map(|row| row.registration).collect();
    assert_eq!((first.counts.registered, ids.len()), (3, 3));
    let reversed: Vec<String> = rows.into_iter().rev().collect();
    let second = run(&desk, &reversed).await;
    assert_eq!(second.counts.unchanged, 3);
    assert_eq!(second.rows[0].registration, first.rows[2].registration);
}

#[tokio::test]
async fn names_of_persons_are_nowhere_in_clear_and_a_new_keeper_is_a_change() {
    let (county, desk) = county().await;
    let mut rows = merchants(3);
    rows[1] = rows[1].replace("王2", "欧阳秀英");
    run(&desk, &rows).await;
    rows[1] = rows[1].replace("欧阳秀英", "司马秀兰");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Revised, RowFate::Unchanged]);
    let everything = format!("{:?}", all(&county).await);
    assert!(!everything.contains("欧阳秀英") && !everything.contains("司马秀兰"));
}

#[tokio::test]
async fn rows_that_differ_by_their_keeper_only_are_told_apart_whatever_their_order() {
    let (_county, desk) = county().await;
    let of = |keeper: &str| format!("便民店,,助购,130306100209,{keeper},0335-3000001,每天 8:00-20:00,2024-01-01");
    let first = run(&desk, &[of("王一"), of("李二"), of("张三")]).await;
    let second = run(&desk, &[of("张三"), of("王一"), of("李二")]).await;
    assert_eq!(second.counts.unchanged, 3);
    let ids = |report: &Report| report.rows.iter().map(|row| row.registration.unwrap()).collect::<Vec<_>>();
    let before = ids(&first);
    assert_eq!(ids(&second), [before[2], before[0], before[1]]);
}

#[tokio::test]
async fn whoever_was_erased_is_not_brought_back_by_an_unchanged_row() {
    let (county, desk) = county().await;
    let mut rows = merchants(3);
    let first = run(&desk, &rows).await;
    let person = PersonId::contact_of(first.rows[1].registration.unwrap());
    assert!(county.service.keys.erase(person).unwrap());
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Revised, RowFate::Unchanged, RowFate::Unchanged]);
    rows[0] = rows[0].replace("0335-3000099", "0335-3000098");
    assert_eq!(fates(&run(&desk, &rows).await), [RowFate::Revised, RowFate::Unchanged, RowFate::Unchanged]);
    assert!(county.service.keys.seal_if_known(person, PersonalField::ContactName, "王2").unwrap().is_none());
}

#[tokio::test]
async fn an_unchanged_row_that_would_be_refused_today_stays_with_a_warning() {
    let (county, desk) = county().await;
    let mut rows = merchants(2);
    run(&desk, &rows).await;
    // The village of row 2 is struck from the list.
    let listed = schema::areas::AreasListed {
        scheme: schema::Scheme::default(),
        areas: vec![schema::areas::Area {
            code: "130306100209".parse().unwrap(),
            name: "大李官营村委会".into(),
            level: schema::AreaLevel::Village,
            parent: None,
        }],
        part: None,
    };
    let event = schema::areas::AreasEvent::AreasListed(listed);
    let stream = "areas-130306_statistical_2023";
    let later = Command::of("test", "later", &"", Clock::system().now()).unwrap();
    let events = new_events(stream, &later, &[event]).unwrap();
    county.service.log.append(stream, chassis::log::Expected::Any, events).await.unwrap();
    rows.push(merchant(4));
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Unchanged, RowFate::Registered]);
    assert_eq!(second.rows[1].findings[0].code, "AREA_CODE_UNKNOWN");
    assert_eq!(second.counts.warned, 2, "rows 1 and 2 lie in villages that are no longer listed");
}

#[tokio::test]
async fn what_is_absent_stays_in_force_until_a_clerk_confirms() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(4)).await;
    let gone: std::collections::BTreeSet<_> = first.rows[4..].iter().map(|row| row.registration.unwrap()).collect();
    assert_eq!(second.absent.iter().copied().collect::<std::collections::BTreeSet<_>>(), gone);
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);
    assert!(
        matches!(desk.withdraw_absent(first.id, &Ask::by("clerk-1")).await, Ok(report) if report.withdrawn.is_empty())
    );
    let done = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(done.withdrawn, second.absent);
    let head = county.service.log.head().await.unwrap();
    let again = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(again.withdrawn, done.withdrawn);
    assert_eq!(county.service.log.head().await.unwrap(), head);
    let third = run(&desk, &merchants(6)).await;
    assert_eq!(
        (third.counts.unchanged, third.counts.registered, third.counts.absent),
        (4, 2, 0),
        "they come back as new ones"
    );
}

#[tokio::test]
async fn only_the_latest_hand_in_can_confirm_what_is_absent() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(5)).await;
    run(&desk, &merchants(7)).await;
    let refused = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await;
    assert!(matches!(refused, Err(HandInError::Superseded(id)) if id == second.id));
}

#[tokio::test]
async fn a_clerk_of_one_county_withdraws_nothing_of_another() {
    let (county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    // Rows 6 to 8 are left out; row 7 lies in 昌黎.
    let second = run(&desk, &merchants(5)).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    let refused = desk.withdraw_absent(second.id, &clerk).await;
    assert!(matches!(refused, Err(HandInError::NotYours(area)) if area.county() == "130306"));
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);
    assert_eq!(desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap().withdrawn.len(), 3);
}

#[tokio::test]
async fn a_village_is_the_same_by_its_code_and_by_its_name() {
    let (_county, desk) = county().await;
    let first = run(&desk, &merchants(4)).await;
    let named: Vec<String> = merchants(4)
        .iter()
        .map(|row| row.replace("130306100209", "抚宁镇大李官营村").replace("130306100248", "抚宁县抚宁镇陈各庄村委会"))
        .collect();
    let second = run(&desk, &named).await;
    assert_eq!((second.counts.unchanged, second.counts.warned, second.counts.absent), (4, 0, 0));
    let registrations = |report: &Report| report.rows.iter().map(|row| row.registration).collect::<Vec<_>>();
    assert_eq!(registrations(&second), registrations(&first));
}

#[tokio::test]
async fn a_name_that_several_villages_have_is_refused_with_their_codes_unless_one_is_the_clerks() {
    let (_county, desk) = county().await;
    let rows = [merchant(3).replace("130322100229", "下庄村")];
    let report = run(&desk, &rows).await;
    let finding = &report.rows[0].findings[0];
    assert_eq!((finding.column.as_str(), finding.code.as_str()), ("所在地代码", "AREA_NAME_AMBIGUOUS"));
    assert!(
        finding.remedy_zh.contains("代码") && finding.remedy_zh.contains("下庄村委会（13"),
        "{}",
        finding.remedy_zh
    );
    let town = finding.remedy_zh.split("下庄村委会（").nth(1).unwrap()[..9].parse().unwrap();
    let clerk = Ask { area: Some(town), ..Ask::by("clerk-2") };
    let rows = [rows[0].replace("0335-3000003", "0335-3000099")];
    let report = desk.run(&file(&rows), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!(report.rows[0].findings[0].code, "AREA_BY_NAME");
    assert_eq!(report.counts.registered, 1);
}

#[tokio::test]
async fn a_local_number_is_completed_as_the_city_of_its_row_dials() {
    let (county, desk) = county().await;
    let report = run(&desk, &[merchant(1).replace("0335-3000001", "3000001")]).await;
    let stream = format!("commerce-{}", report.rows[0].registration.unwrap());
    let event = county.service.log.read_stream(&stream).await.unwrap().remove(0);
    let data: Value = serde_json::from_slice(&event.data).unwrap();
    assert!(data.to_string().contains("+863353000001"), "{data}");
}

#[tokio::test]
async fn a_key_stands_for_one_file() {
    let (county, desk) = county().await;
    let ask = |key: &str| Ask { key: Some(key.to_owned()), ..Ask::by("clerk-1") };
    let first = desk.run(&file(&merchants(3)), &ask("k-1"), &mut |_| ()).await.unwrap();
    let other = desk.run(&file(&merchants(4)), &ask("k-1"), &mut |_| ()).await;
    assert!(matches!(other, Err(HandInError::KeyReused { key }) if key == "k-1"));
    desk.run(&file(&merchants(4)), &ask("k-2"), &mut |_| ()).await.unwrap();
    let head = county.service.log.head().await.unwrap();
    // The answer was lost and the request comes again, after another file: it must not undo that one.
    let again = desk.run(&file(&merchants(3)), &ask("k-1"), &mut |_| ()).await.unwrap();
    assert_eq!((again.id, again.repeated, again.rows), (first.id, true, first.rows));
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_clerk_of_one_county_hands_in_for_that_county_only() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    // Rows 3 and 7 lie in the other county; row 8 is left out.
    let report = desk.run(&file(&merchants(7)), &clerk, &mut |_| ()).await.unwrap();
    let refused: Vec<u32> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).map(|row| row.row).collect();
    assert_eq!((refused, report.absent.len()), (vec![], 1), "unchanged rows of the other county stay as they are");
    let mut rows = merchants(7);
    rows[2] = rows[2].replace("0335-3000003", "0335-3000099");
    rows.retain(|row| !row.starts_with("第7便民店"));
    let report = desk.run(&file(&rows), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!(report.rows[2].findings[0].code, "AREA_NOT_YOURS");
    assert_eq!(report.absent.len(), 1, "what is missing of the other county is not this clerk's to miss");
}

/// Runs a hand-in, and stops dead when so many rows are settled.
async fn killed_at(desk: &Merchants, file: &File, at: u32) {
    let reached = Arc::new(Notify::new());
    let task = tokio::spawn({
        let (desk, file, reached) = (desk.clone(), file.clone(), reached.clone());
        async move {
            let mut told = false;
            let mut tell = |progress: desk::Progress| {
                if progress.settled >= at && !told {
                    told = true;
                    reached.notify_one();
                }
            };
            desk.run(&file, &Ask::by("clerk-1"), &mut tell).await
        }
    });
    reached.notified().await;
    task.abort();
    let _ = task.await;
}

#[tokio::test]
async fn a_hand_in_that_was_killed_ends_as_if_it_had_not_been() {
    let mut rows = merchants(620);
    rows[10] = rows[10].replace("每天 8:00-20:00", "每天25:00-8:00");
    // Without a day of registration they are true from when the hand-in was received: the first time.
    for row in rows.iter_mut().skip(150) {
        row.truncate(row.rfind(',').unwrap() + 1);
    }
    rows.push("便民店,,助购,130306100209,王一,0335-3000001,每天 8:00-20:00,2024-01-01".to_owned());
    rows.push("便民店,,助购,130306100209,李二,0335-3000001,每天 8:00-20:00,2024-01-01".to_owned());
    let (undisturbed, desk) = county().await;
    let expected_report = run(&desk, &rows).await;
    let expected = all(&undisturbed).await;
    for at in [0, 1, 37, 199, 200, 201, 450, 621] {
        let killed = County::with_keys(undisturbed.service.keys.clone(), Office::Commerce, mount).await;
        let desk = Desk::new(&killed.service, description());
        killed_at(&desk, &file(&rows), at).await;
        // The process is gone; another one begins with nothing in memory.
        killed.service.clock.advance(chrono::TimeDelta::hours(30));
        let desk = Desk::new(&killed.service, description());
        let report = run(&desk, &rows).await;
        assert_eq!(report.rows, expected_report.rows, "killed at {at}");
        let got = all(&killed).await;
        assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "killed at {at}");
        for (stream, events) in &got {
            assert_eq!(events, &expected[stream], "killed at {at}: {stream}");
        }
    }
}

#[tokio::test]
async fn another_file_after_a_killed_hand_in_finds_what_that_one_registered() {
    let (county, desk) = county().await;
    killed_at(&desk, &file(&merchants(300)), 250).await;
    let made = county.all_events().await["MerchantRegistered"];
    assert!(made >= 200);
    let desk = Desk::new(&county.service, description());
    // Names corrected; the numbers say who is who.
    let rows: Vec<String> = merchants(300).iter().map(|row| row.replace("便民店", "超市")).collect();
    let report = run(&desk, &rows).await;
    assert_eq!((report.counts.revised as usize, report.counts.registered as usize), (made, 300 - made));
    assert!(report.absent.is_empty());
}

#[tokio::test]
async fn nothing_is_taken_in_before_the_divisions_are_known() {
    let server = log_server::Server::start(log_server::Options::in_memory()).await.unwrap();
    let (county, _) = county().await;
    let mut service = county.service.clone();
    service.log = chassis::log::Log::connect(&server.url()).await.unwrap();
    let desk = Desk::new(&service, description());
    let refused = desk.run(&file(&merchants(1)), &Ask::by("clerk-1"), &mut |_| ()).await;
    assert!(matches!(refused, Err(HandInError::NoAreas)));
}

#[tokio::test]
async fn progress_reaches_the_end_and_the_report_is_a_table() {
    let (_county, desk) = county().await;
    let mut rows = merchants(30);
    rows[3] = rows[3].replace("每天 8:00-20:00", "待定");
    rows[5] = rows[5].replace("第6便民店", "=1+1");
    rows[7] = rows[7].replace("每天 8:00-20:00", "=25:00-8:00");
    let mut seen = Vec::new();
    let mut saw = |progress: desk::Progress| seen.push(progress.settled);
    let report = desk.run(&file(&rows), &Ask::by("clerk-1"), &mut saw).await.unwrap();
    assert!(seen.is_sorted() && seen.first() == Some(&0) && seen.last() == Some(&30));
    let csv = String::from_utf8(report.to_csv()).unwrap();
    assert!(csv.starts_with('\u{FEFF}') && csv.lines().count() == 31);
    assert!(csv.contains("4,新登记 registered,提醒 warning,营业时间,待定,HOURS_UNKNOWN"));
    assert!(csv.contains("'=25:00-8:00"), "no cell of the report is a formula");
}

struct Got {
    status: u16,
    location: Option<String>,
    text: String,
    body: Value,
}

async fn request(
    county: &County,
    method: &str,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: String,
) -> Got {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (parts, body) =
        county.router().oneshot(request.body(axum::body::Body::from(body)).unwrap()).await.unwrap().into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let location = parts.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
    Got { status: parts.status.as_u16(), location, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

#[tokio::test]
async fn the_routes_take_a_file_and_give_its_report() {
    let (county, _) = county().await;
    let imports = "/api/commerce/imports";
    let clerk = county.clerk();
    let text = |rows: &[String]| format!("{HEADER}\n{}\n", rows.join("\n"));
    let upload = |rows: &[String]| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"商户.csv\"\r\n\r\n{}\r\n--x--\r\n",
            text(rows)
        )
    };
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    let check =
        request(&county, "POST", &format!("{imports}?check=true"), Some(&clerk), &multipart, upload(&merchants(3)))
            .await;
    assert_eq!(
        (check.status, &check.body["check"], &check.body["counts"]["registered"]),
        (200, &json!(true), &json!(3))
    );
    let done = request(&county, "POST", imports, Some(&clerk), &multipart, upload(&merchants(3))).await;
    assert_eq!(
        (done.status, &done.body["file"], &done.body["complete"]),
        (201, &json!("商户.csv"), &json!(true)),
        "{}",
        done.body
    );
    let location = done.location.clone().unwrap();
    let again =
        request(&county, "POST", &format!("{imports}?file=x.csv"), Some(&clerk), &[], text(&merchants(3))).await;
    assert_eq!((again.status, &again.body["repeated"], &again.body["id"]), (200, &json!(true), &done.body["id"]));
    let seen = request(&county, "GET", &location, Some(&clerk), &[], String::new()).await;
    assert_eq!((seen.status, &seen.body), (200, &done.body));
    let table = request(&county, "GET", &format!("{location}.csv"), Some(&clerk), &[], String::new()).await;
    assert_eq!(table.status, 200);
    assert!(table.text.starts_with('\u{FEFF}'));
    let recent = request(&county, "GET", imports, Some(&clerk), &[], String::new()).await;
    assert_eq!(recent.body[0]["id"], done.body["id"]);
    // Progress, line by line.
    let lines = [("accept", "application/x-ndjson"), ("content-type", "text/csv")];
    let streamed =
        request(&county, "POST", &format!("{imports}?file=y.csv"), Some(&clerk), &lines, text(&merchants(2))).await;
    let lines: Vec<Value> = streamed.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, before) = lines.split_last().unwrap();
    assert!(before.iter().all(|line| line["of"] == 2) && last["counts"]["absent"] == 1);
    let withdraw = format!("{imports}/{}/withdraw-absent", last["id"].as_str().unwrap());
    let no_key = request(&county, "POST", &withdraw, Some(&clerk), &[], String::new()).await;
    assert_eq!((no_key.status, &no_key.body["code"]), (400, &json!("idempotency-key-missing")));
    let withdrawn =
        request(&county, "POST", &withdraw, Some(&clerk), &[("idempotency-key", "w-1")], String::new()).await;
    assert_eq!((withdrawn.status, withdrawn.body["withdrawn"].as_array().unwrap().len()), (200, 1));
}

#[tokio::test]
async fn the_routes_refuse_strangers_and_files_of_something_else() {
    let (county, _) = county().await;
    let imports = "/api/commerce/imports?file=x.csv";
    let other = county.token(Role::Clerk, Some(Office::Clinic), None);
    let body = || format!("{HEADER}\n{}\n", merchant(1));
    assert_eq!(request(&county, "POST", imports, None, &[], body()).await.status, 401);
    assert_eq!(request(&county, "POST", imports, Some(&other), &[], body()).await.status, 403);
    let clerk = county.clerk();
    let refused = request(&county, "POST", imports, Some(&clerk), &[], "甲,乙\n1,2\n".into()).await;
    assert_eq!(
        (refused.status, &refused.body["code"], &refused.body["errors"][0]["code"]),
        (422, &json!("file-refused"), &json!("HEADER_NOT_FOUND"))
    );
    let lines = [("accept", "application/x-ndjson")];
    let refused = request(&county, "POST", imports, Some(&clerk), &lines, "甲,乙\n1,2\n".into()).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("file-refused")),
        "also where progress is asked for"
    );
    let nothing = request(&county, "GET", "/api/commerce/imports/no-such", Some(&clerk), &[], String::new()).await;
    assert_eq!(nothing.status, 404);
}

/// A type, a version and a value that this program does not know.
fn newer_events(registered: &Recorded) -> [(Shape, Value); 3] {
    let known: Value = serde_json::from_slice(&registered.data).unwrap();
    let mut with_a_newer_value = known.clone();
    with_a_newer_value["eligibility"]["audiences"] = json!(["astronauts"]);
    [
        (Shape::of("MerchantAdmired", 1), json!({})),
        (Shape::of("MerchantRevised", 2), known),
        (Shape::of("MerchantRevised", 1), with_a_newer_value),
    ]
}

#[tokio::test]
async fn nothing_is_done_about_a_registration_of_which_something_cannot_be_read() {
    for kind in 0..3 {
        let (county, desk) = county().await;
        let first = run(&desk, &merchants(4)).await;
        let registration = first.rows[1].registration.unwrap();
        let stream = format!("commerce-{registration}");
        let registered = county.service.log.read_stream(&stream).await.unwrap().remove(0);
        let (shape, data) = newer_events(&registered)[kind].clone();
        county.written_by_a_newer_one(&stream, shape.clone(), data).await;

        let mut rows = merchants(5);
        rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
        let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
        let second = run(&desk, &rows).await;
        let expected =
            [RowFate::Revised, RowFate::Refused, RowFate::Unchanged, RowFate::Unchanged, RowFate::Registered];
        assert_eq!((fates(&second), fates(&check)), (expected.to_vec(), expected.to_vec()), "{shape}");
        let finding = second.rows[1].findings.last().unwrap();
        assert_eq!(finding.code, "UNREADABLE_EVENT");
        assert!(finding.reason_zh.contains(&format!("{stream}的第1条（{}）", shape.event_type)), "{finding:?}");
        assert_eq!(county.service.log.read_stream(&stream).await.unwrap().len(), 2, "nothing was added to it");

        let third = run(&desk, &merchants(1)).await;
        let refused = desk.withdraw_absent(third.id, &Ask::by("clerk-1")).await.unwrap_err();
        assert!(matches!(&refused, HandInError::Unreadable(event) if event.stream == stream), "{refused}");
        assert_eq!(chassis::http::Problem::from(refused).status.as_u16(), 503);
        let reports = county.service.health.reports();
        let parked = reports.iter().flat_map(|report| &report.parked).find(|parked| parked.stream == stream);
        assert_eq!(parked.map(|parked| parked.event_type.as_str()), Some(shape.event_type.as_str()));
    }
}

#[tokio::test]
async fn nothing_is_handed_in_where_the_divisions_cannot_be_read_and_elsewhere_as_ever() {
    let (county, desk) = county().await;
    county.written_by_a_newer_one("areas-110100_statistical_2023", Shape::of("AreasListed", 2), json!({})).await;
    run(&desk, &merchants(2)).await;
    county.written_by_a_newer_one("areas-130300_statistical_2023", Shape::of("AreasListed", 2), json!({})).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    let head = county.service.log.head().await.unwrap();
    let refused = desk.run(&file(&merchants(3)), &clerk, &mut |_| ()).await.unwrap_err();
    assert!(matches!(&refused, HandInError::Unreadable(event) if event.event_type == "AreasListed"), "{refused}");
    assert_eq!(county.service.log.head().await.unwrap(), head);
}
