//! What was published before capacity and vacancy were told apart: places were called `vacancy` and meant all that there are.

use super::{Field, FieldProvenance, MemberSource, Provider};
use crate::area::AreaCode;
use crate::documents::Documents;
use crate::eligibility::Eligibility;
use crate::hours::Hours;
use crate::ids::ResourceId;
use crate::licence::Licence;
use crate::phone::Phone;
use crate::service::{Category, Kind};
use schemars::JsonSchema;
use serde::Deserialize;

/// As [`super::ResourceShown`].
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ResourceShown {
    /// All of it.
    pub resource: Resource,
}

/// As [`super::Resource`].
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Resource {
    /// As in the latest.
    pub id: ResourceId,
    /// As in the latest.
    pub kind: Kind,
    /// As in the latest.
    pub name: String,
    /// As in the latest.
    pub category: Category,
    /// As in the latest.
    pub provider: Provider,
    /// As in the latest.
    pub phones: Vec<Phone>,
    /// As in the latest.
    pub address: Option<String>,
    /// As in the latest.
    pub area: AreaCode,
    /// As in the latest.
    pub coverage: Vec<AreaCode>,
    /// As in the latest.
    pub eligibility: Eligibility,
    /// As in the latest.
    pub hours: Hours,
    /// As in the latest.
    pub fees: Option<String>,
    /// All places that it has for the public.
    pub vacancy: Option<u32>,
    /// As in the latest.
    pub home_visits: Option<bool>,
    /// As in the latest.
    pub licence: Licence,
    /// As in the latest.
    pub sources: Vec<MemberSource>,
    /// As in the latest, but that `vacancy` is `capacity`.
    pub provenance: Vec<FieldProvenance>,
}

impl From<ResourceShown> for super::ResourceShown {
    fn from(shown: ResourceShown) -> Self {
        let Resource { id, kind, name, category, provider, phones, address, area, coverage, .. } = shown.resource;
        let Resource { eligibility, hours, fees, vacancy, home_visits, licence, sources, mut provenance, .. } =
            shown.resource;
        for of in &mut provenance {
            if of.field == Field::Vacancy {
                of.field = Field::Capacity;
            }
        }
        super::ResourceShown {
            resource: super::Resource {
                id,
                kind,
                name,
                category,
                provider,
                phones,
                address,
                area,
                coverage,
                eligibility,
                hours,
                fees,
                capacity: vacancy,
                vacancy: None,
                documents: Documents::default(),
                home_visits,
                licence,
                sources,
                provenance,
            },
        }
    }
}
