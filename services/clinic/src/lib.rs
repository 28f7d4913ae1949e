//! The community clinics' service (社区医院).
//!
//! Its own words: practices under a licence, sessions, family-doctor teams, home visits. [`domain`] holds the rules,
//! [`rows`] the list that clerks hand in, [`api`] the form and the commands. Streams `clinic-<registration>`.

pub mod api;
pub mod domain;
pub mod rows;

use chassis::service::{Mounted, Service, StartError};
use desk::{Ask, Desk, File, Importing, OnProgress};

/// Takes registrations under `/api/clinic/registrations` and hand-ins under `/api/clinic/imports`.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let desk = Desk::new(service, rows::description());
    let (imports, described) = desk::http::routes(desk.clone());
    let (registrations, mut openapi) = api::registrations(service, desk);
    openapi.merge(described);
    Ok(Mounted { name: "clinic", router: registrations.merge(imports), openapi })
}

/// Hands a file in within this process, as a clerk's upload would.
pub fn import<'a>(service: &Service, bytes: &[u8], file_name: &str, on_progress: OnProgress<'a>) -> Importing<'a> {
    let (file, ask) = (File::of_main(file_name, bytes), Ask::by("service:clinic"));
    let desk = Desk::new(service, rows::description());
    Box::pin(async move { desk.run(&file, &ask, on_progress).await })
}
