//! What planners bring, so that it can be said where services are lacking and for how many: how many people live in each
//! community, as dated counts ([`schema::population`]), and what is owed to elders ([`schema::basic_services`]).
//!
//! A service of its own and not a part of `areas`: divisions are the administrator's and stand or fall as a whole list, counts
//! are a planner's of one area, come row by row from clerks' tables, and say nothing of what a division is. What is counted
//! is read as the offices' lists are (`intake`, and workbooks by `desk` in a child process), and is no registration: there is
//! no lineage, no desk, no centre that acts on it.
//!
//! ```text
//! POST /api/population/imports?on=2025-12-31&check=true     (planner of the area, admin; multipart `file`, or the raw body)
//! huiju import population FILE [--on DAY] [--check]
//! POST /api/policy/imports?check=true                       (planner of the whole scope, admin; the JSON file)
//! huiju import policy FILE [--check]
//! ```

mod counting;
mod divisions;
mod policy;
mod population;
mod routes;
mod rows;

pub use counting::{COLUMNS, Counted, CountedRow, Reading, read};
pub use policy::{PolicyError, PolicyReport, adopt};
pub use population::{ImportError, Order, PopulationReport, import};
pub use rows::{RowReport, Sums};

use chassis::service::{Mounted, Service, StartError};

/// The service, for a process.
///
/// # Errors
/// None so far.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi) = routes::routes(service);
    Ok(Mounted { name: "planning", router, openapi })
}
