//! The contract of Huiju: what every service may rely on and nothing else.
//!
//! Each office says what happened in its own words ([`clinic`], [`womens_federation`], [`youth_league`],
//! [`commerce`]); the offices share value types, never events. The centre's decisions ([`decisions`]) and what it
//! publishes ([`resource`]) are the other half. Everything here is a promise to strangers: a field is added, never
//! renamed, and a shape that has shipped keeps decoding for ever (`schema/samples`).
//!
//! The crate does nothing: no I/O, no clock, no randomness, no knowledge of a store.

pub mod area;
pub mod area_book;
pub mod area_name;
pub mod as_of;
pub mod basic_services;
pub mod credit_code;
pub mod documents;
pub mod eligibility;
pub mod envelope;
pub mod event;
pub mod extent;
pub mod finding;
pub mod hand_in;
pub mod hours;
pub mod identity_number;
pub mod ids;
pub mod licence;
pub mod limits;
pub mod office;
pub mod phone;
pub mod places;
pub mod position;
pub mod registration;
pub mod scope;
pub mod sealed;
pub mod selection;
pub mod service;
pub mod streams;
pub mod transfer;
pub mod vocabulary;
pub mod written;

pub mod answering;
pub mod areas;
pub mod calendar;
pub mod clinic;
pub mod commerce;
pub mod decisions;
pub mod erasures;
pub mod model;
pub mod needs;
pub mod policy;
pub mod population;
pub mod progress;
pub mod questions;
pub mod resource;
pub mod scopes;
pub mod womens_federation;
pub mod youth_league;

pub use area::{AreaCode, AreaLevel, Scheme};
pub use as_of::{AsOf, Dated};
pub use documents::{Document, Documents};
pub use eligibility::{Audience, CareDegree, Condition, DisabilityGrade, Eligibility, EligibleGroup, LocalHousehold};
pub use envelope::Envelope;
pub use event::{DecodeError, Event, Shape};
pub use extent::Extent;
pub use hours::{Hours, Schedule};
pub use ids::{HandInId, MergeId, PersonId, RegistrationId, ResourceId};
pub use licence::Licence;
pub use office::Office;
pub use phone::Phone;
pub use places::Vacancy;
pub use position::{LogPosition, Position};
pub use registration::{Contact, Doubt, Source};
pub use scope::Scope;
pub use sealed::{PersonalField, Sealed};
pub use service::{Category, Kind};
pub use streams::Stream;
pub use transfer::{MovedIn, MovedOut};
pub use vocabulary::Words;
pub use written::EncodeError;

// What is found in what people write, and the words that it quotes.
pub use finding::FindingCode;
pub use registration::Quote;
