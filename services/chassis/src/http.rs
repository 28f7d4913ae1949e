//! How a service speaks HTTP: what it is asked, and what it answers when it cannot do as asked.
//!
//! Handlers return `Result<_, Problem>`; what [`crate::app`] puts around them makes a [`Problem`] of whatever else goes wrong.

mod accept;
mod extract;
mod origin;
mod peer;
mod problem;
mod robot;
mod text;
mod trace;
pub mod upload;

pub use accept::{asks_for, preferred};
pub(crate) use extract::KEY_LENGTH;
pub use extract::{BODY_LIMIT, Body, IdempotencyKey, Lang, too_large};
pub use ipnet::IpNet;
pub use origin::{NotAnOrigin, Origin, Origins, same_origin};
pub(crate) use peer::{Connected, network};
pub use peer::{Peer, Proxies, network_of};
pub use problem::Problem;
pub use robot::is_robot;
pub use text::free_text;
pub use trace::Trace;
