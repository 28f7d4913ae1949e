//! The counter of an office: hand-ins from the file to the log, registrations by form, and the life cycle that the
//! registrations of all offices share.
//!
//! An office describes its list once, as a value, and gets the whole of an import: what [`intake`] reads of a file, the
//! events, the report and the HTTP routes.
//!
//! # How an office uses it
//!
//! ```no_run
//! use desk::{Description, Moves, Refusal, Standing, StandingRefusal};
//! use intake::{COMMUNITY, COUNTY, Column, PlaceColumns, Row, RowKey, TOWN, Telephones};
//! use schema::commerce::{CommerceEvent, Merchant, MerchantWithdrawn};
//! use schema::{Eligibility, Audience, MovedOut, Office};
//!
//! // 1. The columns, as the office's own form prints them. `required`: without it the whole file is refused.
//! const NAME: Column = Column::required("商户名称", "Name").also(&["名称", "店名"]);
//! const CATEGORY: Column = Column::required("业态", "Trade");
//! const VILLAGE: Column = Column::required("所在地代码", "Village code").or(&COMMUNITY);
//! const DELIVERY: Column = Column::optional("配送范围代码", "Delivery area codes");
//! const KEEPER: Column = Column::optional("经营者", "Keeper").personal(); // sealed, never in a digest in clear
//! const PHONE: Column = Column::optional("电话", "Telephone").of_telephones();
//! const MOBILE: Column = Column::hint("经营者电话", "Telephone of the keeper").of_contacts_telephones(); // mobiles sealed
//! const ADDRESS: Column = Column::optional("经营地址", "Address");
//! const HOURS: Column = Column::optional("营业时间", "Opening hours");
//! const REGISTERED: Column = Column::optional("登记日期", "Registered on");
//! const COLUMNS: &[Column] =
//!     &[NAME, CATEGORY, VILLAGE, DELIVERY, ADDRESS, KEEPER, PHONE, MOBILE, HOURS, REGISTERED, COUNTY, TOWN, COMMUNITY];
//! // The community: a code, or names in the columns that lists often have for them.
//! const PLACE: PlaceColumns = PlaceColumns { code: &VILLAGE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &ADDRESS };
//!
//! // 2. One row into the payload. Every `row.xyz(&COLUMN)` reads, records what it found wrong or doubtful, and goes on,
//! //    so that one row's report names all its faults at once. `?` only on what the payload cannot be without.
//! fn draft(row: &mut Row<'_>) -> Option<Merchant> {
//!     let name = row.required_text(&NAME);
//!     let category = row.category(&CATEGORY);
//!     let village = row.community(&PLACE);
//!     let delivery = row.areas(&DELIVERY, village);
//!     let Telephones { public: phones, of_contact } = row.telephones(&PHONE, &MOBILE, village);
//!     let contact = row.contact(&KEEPER, of_contact);
//!     let hours = row.hours(&HOURS);
//!     let registered_on = row.date(&REGISTERED);
//!     Some(Merchant {
//!         name: name?, category: category?, village: village?, delivery, contact, phones, hours, registered_on,
//!         eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
//!         credit_code: None, address: row.text(&ADDRESS), elder_discount: None, elder_price_fen: None, minimum_order_fen: None,
//!         meals_a_day: None, documents: schema::Documents::default(), inspection: None,
//!         source: row.source(),
//!         doubts: row.doubts(), // last: what was doubted above goes into the payload
//!     })
//! }
//!
//! // 3. The description: plain functions. `submit` and `withdraw` are the office's `decide` in two commands.
//! fn description() -> Description<Merchant, Standing<Merchant>, CommerceEvent> {
//!     fn refused(refusal: StandingRefusal) -> Refusal { Refusal::new(refusal.said(Office::Commerce)) }
//!     Description {
//!         office: Office::Commerce,
//!         columns: COLUMNS,
//!         key: desk::Key { name: &NAME, community: PLACE, category: &CATEGORY, number: None },
//!         draft,
//!         payload: CommerceEvent::registration,
//!         source: |merchant| &merchant.source,
//!         key_of: |merchant| RowKey::new(&merchant.name, merchant.village, &merchant.category),
//!         number_of: |_| None,
//!         registered_on: |merchant| merchant.registered_on,
//!         withdrawn_by: &["MerchantWithdrawn", "MerchantMovedOut"],
//!         initial: Standing::default,
//!         evolve: |standing, event| match event {
//!             CommerceEvent::MerchantRegistered(merchant) => standing.register(merchant.clone()),
//!             CommerceEvent::MerchantRevised(merchant) => standing.change(|_| merchant.clone()),
//!             CommerceEvent::MerchantSuspended(suspended) => standing.suspend(&suspended.reason),
//!             CommerceEvent::MerchantResumed(_) => standing.resume(),
//!             CommerceEvent::MerchantWithdrawn(withdrawn) => standing.withdraw(&withdrawn.reason),
//!             CommerceEvent::MerchantMovedIn(moved) => standing.register(moved.registration.clone()),
//!             CommerceEvent::MerchantMovedOut(moved) => standing.transfer(moved.transferred_to),
//!             CommerceEvent::MerchantInspected(_) | CommerceEvent::ElderPriceAgreed(_) => standing,
//!         },
//!         // Of what stood, whatever a row says nothing of stays.
//!         registered: |standing| standing.registered().cloned(),
//!         keep: |keeping, said, stood| {
//!             keeping.keep_doubts(&mut said.doubts, stood.doubts);
//!             keeping.keep_here(&DELIVERY, &mut said.delivery, stood.delivery);
//!             keeping.keep_here(&ADDRESS, &mut said.address, stood.address);
//!             keeping.keep_contact((&KEEPER, &MOBILE), &mut said.contact, stood.contact);
//!             keeping.keep_of(&[&PHONE, &MOBILE], &mut said.phones, stood.phones);
//!             keeping.keep(&HOURS, &mut said.hours, stood.hours);
//!             keeping.keep(&REGISTERED, &mut said.registered_on, stood.registered_on);
//!         },
//!         // Registers a new one, revises a known one; no event when nothing but `source` would change.
//!         submit: |standing, merchant, _today| match standing.listed().map_err(refused)? {
//!             None => Ok(vec![CommerceEvent::MerchantRegistered(merchant)]),
//!             Some(old) if (Merchant { source: old.source.clone(), ..merchant.clone() }) == *old => Ok(vec![]),
//!             Some(_) => Ok(vec![CommerceEvent::MerchantRevised(merchant)]),
//!         },
//!         withdraw: |standing, reason| {
//!             standing.current().map_err(refused)?;
//!             Ok(vec![CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: reason.to_owned() })])
//!         },
//!         // As it was when it was withdrawn. (A real office says of a suspended one that it is suspended, too.)
//!         put_back: |standing| match standing.withdrawn() {
//!             Some((merchant, _)) => vec![CommerceEvent::MerchantRegistered(merchant.clone())],
//!             None => vec![],
//!         },
//!         // Opened in the county that it moves to, then closed in the one that it leaves.
//!         moves: Moves {
//!             open: |_, arrival| vec![CommerceEvent::MerchantMovedIn(arrival)],
//!             close: |standing, to| Ok(match standing.leaving(to).map_err(refused)? {
//!                 true => vec![CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: to })],
//!                 false => vec![],
//!             }),
//!             came: CommerceEvent::arrival,
//!             went: Standing::transferred_to,
//!         },
//!     }
//! }
//!
//! // 4. A desk takes hand-ins for the running service; its routes are merged into the office's router.
//! # async fn mount(service: &chassis::service::Service) {
//! let desk = desk::Desk::new(service, description());
//! let (router, openapi) = desk::http::routes(desk.clone());
//! // In the same process (`huiju up --demo`):
//! let file = desk::File { name: "commerce.csv".into(), list: "main".into(), extent: schema::Extent::Whole, bytes: vec![].into() };
//! let ask = desk::Ask::by("service:demo");
//! let report = desk.run(&file, &ask, &mut |progress| println!("{} of {}", progress.settled, progress.of)).await;
//! # }
//! ```
//!
//! # What a hand-in leaves in the log
//!
//! One stream `import-<hand-in>`: received, rows settled and registrations absent, in parts that each fit into an event, completed. The hand-in's id derives
//! from office, list, how many hand-ins of the list were completed before, and the file's keyed digest; every event id
//! derives from it. So a hand-in that was killed at any moment is run again by handing in the same file again, and ends
//! as if it had never been interrupted; and a file that is the list's latest is answered with its own report.

mod absent;
mod books;
mod cells;
mod counts;
mod description;
mod desk;
mod hand_in;
pub mod http;
pub mod moving;
pub mod registrations;
mod report;
mod retracted;
mod running;
mod sealing;
pub mod standing;
pub mod withdrawal;
mod workbook;

pub use counts::Counts;
pub use description::{Description, Key, Refusal};
pub use desk::Desk;
pub use hand_in::{Ask, File, HandInError, Importing, OnProgress, Progress};
pub use moving::Moves;
pub use report::{Open, Report, ReportFinding, ReportNote, ReportRow, Summary};
pub use standing::{Standing, StandingRefusal};
pub use withdrawal::Withdrawal;
pub use workbook::{UNFOLD, unfold_as_child, unfold_workbook};
