//! The divisions: a service that takes in their lists and dated changes.
//!
//! A list (`code,name,level,parent`) becomes one [`schema::areas::AreasListed`] per county-level unit, in the stream
//! `areas-<scheme>_<unit>` (the province and the city have units of their own); a file of changes
//! (`year,type,old_code,old_name,new_code,new_name,doc_no`) becomes [`schema::areas::AreaChanged`] in the stream of the
//! unit it led to. Which of the two a file is, its header says. One bad row refuses the whole file: half a list of
//! divisions is worse than none.
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

pub use file::{Content, FileError, Place, read};
pub use import::{AreasReport, ImportError, check, import, import_as};

use chassis::service::{Mounted, Service, StartError};

/// The service, for a process.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi) = http::routes(service);
    Ok(Mounted { name: "areas", router, openapi })
}
