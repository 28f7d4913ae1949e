//! Divisions as dated facts. Streams `areas-<scope>_<scheme>_<edition>`: the list of one county-level unit (or of the city
//! itself), and every change of it.

use crate::area::{AreaCode, AreaLevel, Scheme};
use crate::event::event_enum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// Its code in the scheme of the list.
    pub code: AreaCode,
    /// Its full name, e.g. `大李官营村委会`.
    pub name: String,
    /// Its level.
    pub level: AreaLevel,
    /// The division above it; none for a province.
    pub parent: Option<AreaCode>,
}

/// A list of divisions came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreasListed {
    /// Which list.
    pub scheme: Scheme,
    /// The divisions, in code order.
    pub areas: Vec<Area>,
}

/// A dated change: renamed, re-coded, abolished, made new. Known by year where no day is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaChanged {
    /// Which list the codes are of.
    pub scheme: Scheme,
    /// The year in which it took effect.
    pub year: u16,
    /// What happened, in the words of the source, e.g. `撤县设区`.
    pub change: String,
    /// The code before, if there was one.
    pub old_code: Option<AreaCode>,
    /// The name before.
    pub old_name: Option<String>,
    /// The code after, if there is one.
    pub new_code: Option<AreaCode>,
    /// The name after.
    pub new_name: Option<String>,
    /// The document that ordered it.
    pub document: Option<String>,
}

event_enum! {
    /// What happens to divisions.
    pub enum AreasEvent {
        /// A list came into force.
        AreasListed(AreasListed),
        /// A division changed.
        AreaChanged(AreaChanged),
    }
}
