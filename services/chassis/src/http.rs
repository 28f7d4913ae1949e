//! How a service speaks HTTP.
//!
//! [`app`] makes one application of the services of a process: their routes, the platform's (`/healthz`, `/readyz`,
//! `/metrics`, `/openapi.json`, `/api/parked`), and what every request goes through ([`layers`]). Handlers return
//! `Result<_, Problem>`; whatever else goes wrong becomes a [`Problem`] too.

mod accept;
mod extract;
mod layers;
mod parked;
mod platform;
mod problem;
mod server;
mod text;
mod trace;
pub mod upload;

pub use accept::{asks_for, preferred};
pub(crate) use extract::KEY_LENGTH;
pub use extract::{Body, IdempotencyKey, Lang};
pub use layers::{BODY_LIMIT, layers, same_origin};
pub use parked::parked;
pub use platform::{app, platform_routes};
pub use problem::Problem;
pub use server::serve;
pub use text::free_text;
pub use trace::Trace;
