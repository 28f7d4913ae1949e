//! The divisions: a service that imports their lists and dated changes.
//!
//! A list (`code,name,level,parent`) becomes one [`schema::areas::AreasListed`] per county-level unit, in the stream
//! `areas-<scope>_<scheme>_<edition>` (the province and the city have scopes of their own); a file of changes
//! (`year,type,old_code,old_name,new_code,new_name,doc_no`, the first a year or a day) becomes
//! [`schema::areas::AreaChanged`] in the streams of the unit that it led to and of the one that it left. What people call divisions
//! beside (`code,also_called`; with a third column `no_longer` that says `yes`, no longer) becomes
//! [`AreaAlsoCalled`](schema::areas::AreasEvent::AreaAlsoCalled). Which of the three a file is, its header says. One bad row refuses the whole file: half a list of divisions is worse than none.
//!
//! A county that is listed for the first time joins under its own six digits, and keeps them as its scope when it is
//! re-coded: `scopes-000000` says so ([`schema::scopes`]).
//!
//! Handing in the same file again appends nothing; a list that differs for some units appends a new list for those. A file
//! without a level (a national list comes as one file each for provinces, cities, counties, towns and villages) says
//! nothing of that level: what was listed there stays.
//!
//! ```text
//! POST /api/areas/imports?scheme=statistical_2023&check=true      (admin; multipart `file`, or the raw body)
//! huiju import areas FILE
//! ```

mod file;
mod http;
mod import;
mod scopes;
mod writing;

pub use file::{Content, SaidName, read};
pub use import::{AreasReport, check, import, import_as};
pub use intake::whole::{FileError, WrongRow};
pub use writing::ImportError;

use chassis::service::{Mounted, Service, StartError};

/// The service, for a process.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi) = http::routes(service);
    Ok(Mounted { name: "areas", router, openapi })
}
