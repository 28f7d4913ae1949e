//! Registrations one at a time: the HTTP interface under `/api/<office>/registrations`.
//!
//! An office gives its rules, its form and its commands as values ([`Office`], [`Window::command`]); everything that all
//! four would write alike is here: who may ask, the idempotency key, the id of a new registration, reading the form
//! with the row function of the list, the decide loop, the words of a refusal, and the OpenAPI document.
//!
//! ```text
//! POST /api/<office>/registrations               registers; 201 and Location
//! GET  /api/<office>/registrations/{id}          as it stands
//! PUT  /api/<office>/registrations/{id}          says it anew, whole; if it stands in another county now, it moves there
//!                                                and is answered with its id there
//! POST /api/<office>/registrations/{id}/<verb>   the office's own commands
//! ```
//!
//! The id of a registration made here derives from office and idempotency key, so a repeated request meets the stream
//! that the first one made. Every command is answered with a [`Done`].

mod answer;
mod document;
mod field;
mod request;
mod window;
pub mod words;

pub use crate::report::Open;
pub use answer::{Done, Opened, Seen};
pub use field::{Field, columns};
pub use request::{Id, Note, Reason};
pub use window::{Asked, Office, Window};
