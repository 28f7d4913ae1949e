//! Persons: who is to be erased, and the key store that their data is sealed under.
//!
//! An order to erase stands in the log before anything is destroyed; then the person's keys go, then the log says that
//! they are gone. A process that is killed in between completes it when it starts again: [`unlock`] is how any process
//! gets at the keys, and it carries every order of the log out on the store before anything can be opened. A store that
//! was put back from an older copy therefore revives nobody.
//!
//! Which store it must be, the log says as well: one that is missing, empty or another's is a refusal to start.
//!
//! ```text
//! POST /api/persons/{id}/erasure   {"ground": "person_requested"}     (admin)
//! GET  /api/persons/{id}/erasure, GET /api/persons/erasures           (admin)
//! huiju person erase ID --ground person_requested
//! ```

mod api;
mod carrying_out;
pub mod domain;
mod unlocking;

pub use carrying_out::{Erasing, carry_out};
pub use unlocking::{KeyPlace, LockedOut, unlock};

use chassis::service::{Mounted, Service, StartError};

/// The service, for a process.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let probe = service.health.register("erasures");
    service.tasks.spawn(carrying_out::keep_carrying_out(service.clone(), probe));
    let (router, openapi) = api::routes(service);
    Ok(Mounted { name: "persons", router, openapi })
}
