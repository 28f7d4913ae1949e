//! Services that take commands: who may ask, the idempotency key, the decide loop, the answer, and the OpenAPI document, from
//! a description of each command. An office's window stands on the same parts; a service that is no office (no list, no
//! village) needs no more than [`CommandService`].

mod act;
mod document;
mod service;

pub use act::Act;
pub use document::{Document, PROBLEM, answered, json_body, key, with_problems};
pub use service::{CommandService, Done, Rules, Target, Verb, Wish};
