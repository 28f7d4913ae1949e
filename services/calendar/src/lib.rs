//! Which days are off: a service that imports calendars of holidays.
//!
//! A file (`日期,类别,名称,文件` or `date,kind,name,document`) says of each day what it is: 放假, off, for a holiday; 上班, a weekend that
//! is worked; 农历月首, the first of a lunar month. Its years become one [`schema::calendar::HolidaysDeclared`] each, in the
//! stream `calendar-<scope>`: the nation's, or of the county, city or province that declares its own. Of a year that is said
//! again the last word counts, so a file holds all of a year. One bad row refuses the file; the same file again appends nothing.
//!
//! ```text
//! POST /api/calendar/imports?scope=000000&check=true      (admin; multipart `file`, or the raw body)
//! huiju import calendar FILE
//! ```

mod file;
mod http;
mod import;

pub use file::read;
pub use import::{CalendarReport, ImportError, check, import, import_as};
pub use intake::whole::{FileError, WrongRow};

use chassis::service::{Mounted, Service, StartError};

/// The service, for a process.
///
/// # Errors
/// None yet.
pub fn mount(service: &Service) -> Result<Mounted, StartError> {
    let (router, openapi) = http::routes(service);
    Ok(Mounted { name: "calendar", router, openapi })
}
