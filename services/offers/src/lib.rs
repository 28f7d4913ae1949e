//! What the offices' events come to: one registration, in the directory's words, where it stands with its office, and
//! what of it may not be shown.
//!
//! What was retracted ([`schema::erasures::ValueRetracted`]) is [`Hidden`]: a reading shows none of it, and whoever keeps what
//! was told before asks here what of it is hidden.
//!
//! Each office says its own words; a file here for each office turns them into [`Step`]s, and one fold, [`Reading`], into
//! the view, [`Registered`]. The centre matches and publishes by it and the directory answers by it, so that a resource
//! card and the registration behind it cannot say two things. Nobody else reads an office's events to understand them;
//! the offices' own rules (`domain`) decide by their own states.
//!
//! Pure: no clock, no I/O, nothing awaited.

mod clinic;
mod commerce;
mod hidden;
mod offer;
mod office_event;
mod reading;
mod registered;
mod step;
mod womens_federation;
mod youth_league;

pub use hidden::{Hidden, hide_in_resource, says};
pub use offer::Offer;
pub use office_event::OfficeEvent;
pub use reading::Reading;
pub use registered::{Registered, Standing, SuspendedBy, Withheld, WithheldPart};
pub use step::{Clearance, Said, Step};

#[cfg(test)]
mod tests;
