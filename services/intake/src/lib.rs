//! Reads what people write: files in the encodings and layouts that counties really send, cells in the words that clerks
//! really write, divisions by their names, and which row is which registration. Pure: nothing here knows a log, a clock or
//! a key; what is wrong is a finding that says which row and column.
//!
//! # What the parsers decide
//!
//! Each page of [`cell`] says how it reads, and what it leaves to a person. In short: a blank is never wrong unless the
//! column must be filled; words that are understood become values; words that are not become a doubt (a warning in the
//! report, a [`schema::Doubt`] in the payload, the text kept); only what cannot be so (month 13, `25:00`, a wrong check
//! character, a code that no division has) refuses the row.
//!
//! # Which row is which
//!
//! See [`lineage`]. The registration's id derives from office, list and the key under which it was first handed in.

pub mod cell;
mod column;
mod gazetteer;
mod keeping;
pub mod lineage;
mod read;
pub mod row;
pub mod sheet;
pub mod whole;
mod whose;

pub use column::{
    CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, DOCUMENTS, PlaceColumns, REMARK, STATE, TELEPHONES, TOWN, VACANCY,
    VACANCY_ON,
};
pub use gazetteer::{Gazetteer, Named};
pub use keeping::{Keeping, MayBeBlank, Unsaid};
pub use lineage::RowKey;
pub use read::{Read, Trouble};
pub use row::{Places, Row, Telephones, says_vacancy};
pub use sheet::{Fault, Line, Sheet, SheetError};
pub use whose::Whose;
