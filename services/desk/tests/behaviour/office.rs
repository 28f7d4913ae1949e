//! The smallest office that there can be, in the words of commerce, and its lists.

use crate::county::County;
use axum::Router;
use chassis::log::Recorded;
use chassis::service::{Mounted, Service, StartError};
use desk::{Ask, Description, Desk, File, Key, Moves, Refusal, Report, Standing};
use intake::{COMMUNITY, COUNTY, Column, PlaceColumns, Row, RowKey, TOWN, Telephones};
use schema::commerce::{CommerceEvent, Merchant, MerchantSuspended, MerchantWithdrawn};
use schema::finding::RuleFinding;
use schema::hand_in::RowFate;
use schema::{Audience, Eligibility, Extent, MovedOut, Office};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

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

pub fn draft(row: &mut Row<'_>) -> Option<Merchant> {
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
        documents: schema::Documents::default(),
        inspection: None,
        source: row.source(),
        doubts: row.doubts(),
    })
}

pub type State = Standing<Merchant>;

pub fn description() -> Description<Merchant, State, CommerceEvent> {
    Description {
        office: Office::Commerce,
        columns: COLUMNS,
        key: Key { name: &NAME, community: PLACE, category: &CATEGORY, number: Some(&NUMBER) },
        draft,
        payload: CommerceEvent::registration,
        source: |merchant| &merchant.source,
        key_of: |merchant| RowKey::new(&merchant.name, merchant.village, &merchant.category),
        number_of: |merchant| merchant.address.clone(),
        registered_on: |merchant| merchant.registered_on,
        withdrawn_by: &["MerchantWithdrawn", "MerchantMovedOut"],
        initial: State::default,
        evolve: |state, event| match event {
            CommerceEvent::MerchantRegistered(merchant) => state.register(merchant.clone()),
            CommerceEvent::MerchantRevised(merchant) => state.change(|_| merchant.clone()),
            CommerceEvent::MerchantMovedIn(moved) => state.register(moved.registration.clone()),
            CommerceEvent::MerchantMovedOut(moved) => state.transfer(moved.transferred_to),
            CommerceEvent::MerchantSuspended(suspended) => state.suspend(&suspended.reason),
            CommerceEvent::MerchantResumed(_) => state.resume(),
            CommerceEvent::MerchantWithdrawn(withdrawn) => state.withdraw(&withdrawn.reason),
            CommerceEvent::MerchantInspected(_) | CommerceEvent::ElderPriceAgreed(_) => state,
        },
        registered: |state| state.registered().cloned(),
        keep: |keeping, said, stood| {
            keeping.keep_doubts(&mut said.doubts, stood.doubts);
            keeping.keep(&NUMBER, &mut said.address, stood.address);
            keeping.keep_contact((&KEEPER, &KEEPER_PHONE), &mut said.contact, stood.contact);
            keeping.keep_of(&[&PHONE, &KEEPER_PHONE], &mut said.phones, stood.phones);
            keeping.keep(&HOURS, &mut said.hours, stood.hours);
            keeping.keep(&REGISTERED, &mut said.registered_on, stood.registered_on);
        },
        submit: |state, merchant, _| match state.listed() {
            Err(refusal) => Err(Refusal::new(refusal.said(Office::Commerce))),
            Ok(None) if merchant.name.contains("违规") => {
                Err(Refusal::new(RuleFinding::ElderPriceNotPositive).about(&NAME))
            }
            Ok(None) => Ok(vec![CommerceEvent::MerchantRegistered(merchant)]),
            Ok(Some(old)) if Merchant { source: old.source.clone(), ..merchant.clone() } == *old => Ok(vec![]),
            Ok(Some(_)) => Ok(vec![CommerceEvent::MerchantRevised(merchant)]),
        },
        withdraw: |state, reason| match state.current() {
            Ok(_) => Ok(vec![CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: reason.to_owned() })]),
            Err(_) => Ok(vec![]),
        },
        put_back: |state| match state.withdrawn() {
            Some((merchant, suspended)) => {
                let suspended = suspended.map(|reason| MerchantSuspended { reason: reason.to_owned() });
                let mut events = vec![CommerceEvent::MerchantRegistered(merchant.clone())];
                events.extend(suspended.map(CommerceEvent::MerchantSuspended));
                events
            }
            None => vec![],
        },
        moves: Moves {
            open: |_, arrival| vec![CommerceEvent::MerchantMovedIn(arrival)],
            close: |state, to| match state.leaving(to) {
                Ok(true) => Ok(vec![CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: to })]),
                Ok(false) => Ok(vec![]),
                Err(refusal) => Err(Refusal::new(refusal.said(Office::Commerce))),
            },
            came: CommerceEvent::arrival,
            went: State::transferred_to,
        },
    }
}

pub type Merchants = Desk<Merchant, State, CommerceEvent>;

pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi): (Router, _) = desk::http::routes(Desk::new(service, description()));
    Ok(Mounted { name: "commerce", router, openapi })
}

pub async fn county() -> (County, Merchants) {
    let county = County::with(Office::Commerce, mount).await;
    let desk = Desk::new(&county.service, description());
    (county, desk)
}

pub const HEADER: &str = "商户名称,编号,业态,所在地代码,经营者,电话,营业时间,登记日期";

/// A row of a merchant with a number of its own.
pub fn merchant(number: u32) -> String {
    let villages = ["130306100209", "130306100248", "130306101209", "130322100229"];
    let village = villages[number as usize % villages.len()];
    format!(
        "第{number}便民店,N{number},助购,{village},王{number},0335-30000{:02},每天 8:00-20:00,2024-01-{:02}",
        number % 100,
        number % 28 + 1
    )
}

pub fn merchants(rows: u32) -> Vec<String> {
    (1..=rows).map(merchant).collect()
}

pub fn file(rows: &[String]) -> File {
    File {
        name: "商户.csv".into(),
        list: File::MAIN.into(),
        extent: Extent::Whole,
        bytes: format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes().into(),
    }
}

pub async fn run(desk: &Merchants, rows: &[String]) -> Report {
    let report = desk.run(&file(rows), &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    sums_agree(&report);
    report
}

pub fn sums_agree(report: &Report) {
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
pub async fn all(county: &County) -> BTreeMap<String, Vec<(String, uuid::Uuid, Value, Value)>> {
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

pub fn fates(report: &Report) -> Vec<RowFate> {
    report.rows.iter().map(|row| row.fate).collect()
}

/// Runs a hand-in, and stops dead when so many rows are settled.
pub async fn killed_at(desk: &Merchants, file: &File, at: u32) {
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
