//! What the centre publishes: the canonical resources of the directory. Streams `resource-<id>`.
//!
//! A reader of these streams needs no merge logic: each carries the outcome whole, and says field by field which
//! registration won, by which rule, and what the others said.

use crate::area::AreaCode;
use crate::eligibility::Eligibility;
use crate::event::event_enum;
use crate::hours::Hours;
use crate::ids::{RegistrationId, ResourceId};
use crate::licence::Licence;
use crate::office::Office;
use crate::phone::Phone;
use crate::service::{Category, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A resource as the directory shows it. Field names follow HSDS 3 where it has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resource {
    /// Its id: that of the earliest-registered member.
    pub id: ResourceId,
    /// What sort of thing it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Category,
    /// Who provides it.
    pub provider: Provider,
    /// The numbers to call, the most useful first.
    pub phones: Vec<Phone>,
    /// Where to go, as written.
    pub address: Option<String>,
    /// The village, community or town where it is.
    pub area: AreaCode,
    /// The divisions it serves, in code order. Serves every division inside them.
    pub coverage: Vec<AreaCode>,
    /// Whom it is for.
    pub eligibility: Eligibility,
    /// When it is open.
    pub hours: Hours,
    /// What it costs, in words.
    pub fees: Option<String>,
    /// Places that it has for the public (床位、名额、日供份数、可结对数).
    pub vacancy: Option<u32>,
    /// Whether it comes to the home.
    pub home_visits: Option<bool>,
    /// The licence it needs.
    pub licence: Licence,
    /// The registrations of the group that are in force, in order of registration.
    pub sources: Vec<MemberSource>,
    /// Field by field, why the value is what it is. Field names as in this struct.
    pub provenance: Vec<FieldProvenance>,
}

/// Who provides a resource (HSDS `organization`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its unified social credit code, if known.
    pub credit_code: Option<String>,
}

/// A registration that stands behind a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct MemberSource {
    /// The registration.
    pub registration: RegistrationId,
    /// Whose.
    pub office: Office,
}

/// Why one field has its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldProvenance {
    /// The field.
    pub field: String,
    /// The registration whose value won; none when the value was put together from several.
    pub winner: Option<RegistrationId>,
    /// The rule that chose it, e.g. `most_recent`, `authority_of_clinic`, `union`, `only_value`, `agreed`.
    pub rule: String,
    /// What others said and was not taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losing: Vec<LosingValue>,
}

/// A value that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LosingValue {
    /// Whose.
    pub registration: RegistrationId,
    /// The value, as the field would have shown it.
    pub value: serde_json::Value,
}

/// A resource is shown, or is shown anew, with these fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceShown {
    /// All of it.
    pub resource: Resource,
}

/// A resource became part of another; its id redirects from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceAbsorbed {
    /// Which was absorbed.
    pub id: ResourceId,
    /// Into which.
    pub into: ResourceId,
}

/// A resource is no longer shown: nobody who registered it still offers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceWithdrawn {
    /// Which.
    pub id: ResourceId,
    /// Why: `withdrawn`, `suspended` or `not_publishable`.
    pub reason: String,
}

event_enum! {
    /// What the centre publishes.
    pub enum ResourceEvent {
        /// Shown for the first time.
        ResourcePublished(ResourceShown),
        /// Shown with other fields.
        ResourceRevised(ResourceShown),
        /// Became part of another.
        ResourceAbsorbed(ResourceAbsorbed),
        /// Shown again, after it was absorbed or withdrawn.
        ResourceRestored(ResourceShown),
        /// No longer shown.
        ResourceWithdrawn(ResourceWithdrawn),
    }
}
