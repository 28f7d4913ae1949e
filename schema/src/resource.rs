//! What the centre publishes: the canonical resources of the directory. Streams `resource-<id>`.
//!
//! A reader of these streams needs no merge logic: each carries the outcome whole, and says field by field which
//! registration won, by which rule, and what the others said.

pub mod v1;

use crate::area::AreaCode;
use crate::documents::Documents;
use crate::eligibility::Eligibility;
use crate::event::event_enum;
use crate::hours::Hours;
use crate::ids::{RegistrationId, ResourceId};
use crate::licence::Licence;
use crate::office::Office;
use crate::phone::Phone;
use crate::places::Vacancy;
use crate::service::{Category, Kind};
use crate::vocabulary::vocabulary;
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
    /// All places that it has for the public (床位、名额、日供份数、可结对数), free or not.
    pub capacity: Option<u32>,
    /// How many of them are free, and on which day that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vacancy: Option<Vacancy>,
    /// What a person must bring.
    #[serde(default, skip_serializing_if = "Documents::is_empty")]
    pub documents: Documents,
    /// Whether it comes to the home.
    pub home_visits: Option<bool>,
    /// The licence it needs.
    pub licence: Licence,
    /// The registrations of the group that are in force, in order of registration.
    pub sources: Vec<MemberSource>,
    /// Field by field, why the value is what it is. Field names as in this struct.
    pub provenance: Vec<FieldProvenance>,
}

impl Resource {
    /// The fields that are other in another version, by their codes, and `sources` where others stand behind it.
    pub fn differences(&self, other: &Resource) -> Vec<&'static str> {
        let Resource { id: _, kind, name, category, provider, phones, address, area, coverage, .. } = self;
        let Resource { eligibility, hours, fees, capacity, vacancy, documents, home_visits, licence, sources, .. } =
            self;
        let fields = [
            (Field::Kind, *kind != other.kind),
            (Field::Name, *name != other.name),
            (Field::Category, *category != other.category),
            (Field::Provider, *provider != other.provider),
            (Field::Phones, *phones != other.phones),
            (Field::Address, *address != other.address),
            (Field::Area, *area != other.area),
            (Field::Coverage, *coverage != other.coverage),
            (Field::Eligibility, *eligibility != other.eligibility),
            (Field::Hours, *hours != other.hours),
            (Field::Fees, *fees != other.fees),
            (Field::Capacity, *capacity != other.capacity),
            (Field::Vacancy, *vacancy != other.vacancy),
            (Field::Documents, *documents != other.documents),
            (Field::HomeVisits, *home_visits != other.home_visits),
            (Field::Licence, *licence != other.licence),
        ];
        let differ = fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field.code());
        differ.chain((*sources != other.sources).then_some("sources")).collect()
    }
}

/// Who provides a resource (HSDS `organization`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its unified social credit code, if known.
    pub credit_code: Option<String>,
}

impl Provider {
    /// Whether another is the same body: by its credit code (GB 32100), or where one of them gives none by its name.
    pub fn is(&self, other: &Provider) -> bool {
        match (&self.credit_code, &other.credit_code) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None | Some(_), None) | (None, Some(_)) => !self.name.is_empty() && self.name == other.name,
        }
    }
}

/// A registration that stands behind a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct MemberSource {
    /// The registration.
    pub registration: RegistrationId,
    /// Whose.
    pub office: Office,
}

vocabulary! {
    /// A field of a resource, as provenance names it. See [`RetractableField`] for what can be hidden of it.
    pub enum Field {
        Kind = "kind", "类型", "Kind";
        Name = "name", "名称", "Name";
        Category = "category", "服务类别", "Category";
        /// Name and credit code.
        Provider = "provider", "提供者", "Provider";
        Phones = "phones", "电话", "Telephone";
        Address = "address", "地址", "Address";
        Area = "area", "所在地", "Place";
        Coverage = "coverage", "服务范围", "Area served";
        Eligibility = "eligibility", "服务对象", "Whom it is for";
        Hours = "hours", "开放时间", "Hours";
        Fees = "fees", "收费", "Fees";
        Capacity = "capacity", "名额", "Places";
        /// Free places, with their day.
        Vacancy = "vacancy", "空余名额", "Free places";
        Documents = "documents", "所需材料", "What to bring";
        HomeVisits = "home_visits", "可否上门", "Home visits";
        Licence = "licence", "执业许可", "Licence";
    }
}

/// A field of which values can be retracted: one in which an office's own words or numbers stand. Of the others an office
/// chooses from a list, and says what is right by a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Field", into = "Field")]
#[schemars(with = "Field")]
pub enum RetractableField {
    /// The name, wherever it stands; [`NAME_RETRACTED`] stands for it.
    Name,
    /// The provider's credit code. Its name is that of the registration.
    Provider,
    /// Telephone numbers, each by itself.
    Phones,
    /// The address.
    Address,
    /// The office's words on whom it is for. Age, audiences and conditions stay.
    Eligibility,
    /// The hours, with the rules that were read out of them.
    Hours,
    /// What it costs.
    Fees,
    /// The office's words on what to bring. The codes stay.
    Documents,
    /// The number of the licence. The day until which it holds stays.
    Licence,
}

/// What is shown in place of a name that was retracted.
pub const NAME_RETRACTED: &str = "名称已撤下";

impl RetractableField {
    /// All of them.
    pub const ALL: [RetractableField; 9] = [
        RetractableField::Name,
        RetractableField::Provider,
        RetractableField::Phones,
        RetractableField::Address,
        RetractableField::Eligibility,
        RetractableField::Hours,
        RetractableField::Fees,
        RetractableField::Documents,
        RetractableField::Licence,
    ];

    /// The field.
    pub fn field(self) -> Field {
        match self {
            RetractableField::Name => Field::Name,
            RetractableField::Provider => Field::Provider,
            RetractableField::Phones => Field::Phones,
            RetractableField::Address => Field::Address,
            RetractableField::Eligibility => Field::Eligibility,
            RetractableField::Hours => Field::Hours,
            RetractableField::Fees => Field::Fees,
            RetractableField::Documents => Field::Documents,
            RetractableField::Licence => Field::Licence,
        }
    }
}

impl From<RetractableField> for Field {
    fn from(retractable: RetractableField) -> Field {
        retractable.field()
    }
}

/// Of this field nothing can be retracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value of the field {0} can be retracted")]
pub struct NotRetractable(pub Field);

impl TryFrom<Field> for RetractableField {
    type Error = NotRetractable;
    fn try_from(field: Field) -> Result<RetractableField, NotRetractable> {
        RetractableField::ALL.into_iter().find(|one| one.field() == field).ok_or(NotRetractable(field))
    }
}

vocabulary! {
    /// A rule that chooses the value of a field when registrations differ.
    pub enum Rule {
        Agreed = "agreed", "各家登记一致", "All registrations agree";
        OnlyValue = "only_value", "只有一家填写", "Only one registration says";
        MostRecent = "most_recent", "取最近一次登记的值", "The most recent registration wins";
        MostRecentKnown = "most_recent_known", "取最近一次能看明白的值", "The most recent that is understood wins";
        MostRecentSpecific = "most_recent_specific", "取最近一次写得具体的值", "The most recent that is specific wins";
        MostComplete = "most_complete", "取写得最全的值", "The fullest value wins";
        MostSpecific = "most_specific", "取最具体的值", "The most specific value wins";
        MostPrecise = "most_precise", "取最精确的值", "The most precise value wins";
        Majority = "majority", "取多数登记的值", "What most registrations say";
        Union = "union", "把各家登记的合在一起", "Put together from all registrations";
        AsName = "as_name", "随名称，取同一条登记的值", "From the registration that gave the name";
        VerifiedCreditCode = "verified_credit_code", "以信用代码核对无误的登记为准",
            "From the registration with a verified credit code";
        AuthorityOfClinic = "authority_of_clinic", "以社区医院登记的为准", "The community clinics are the authority";
        AuthorityOfWomensFederation = "authority_of_womens_federation", "以妇联登记的为准",
            "The women's federation is the authority";
        AuthorityOfYouthLeague = "authority_of_youth_league", "以共青团登记的为准", "The youth league is the authority";
        AuthorityOfCommerce = "authority_of_commerce", "以商务局登记的为准", "The commerce office is the authority";
    }
}

impl Rule {
    /// That an office's word counts because the field is its own.
    pub fn authority_of(office: Office) -> Rule {
        match office {
            Office::Clinic => Rule::AuthorityOfClinic,
            Office::WomensFederation => Rule::AuthorityOfWomensFederation,
            Office::YouthLeague => Rule::AuthorityOfYouthLeague,
            Office::Commerce => Rule::AuthorityOfCommerce,
        }
    }
}

vocabulary! {
    /// Why a registration, a part of one, or a resource is not shown; the mildest first: what is only suspended may come
    /// back by itself.
    pub enum NotShown {
        Suspended = "suspended", "已暂停", "suspended by its office";
        FailedInspection = "failed_inspection", "检查不合格", "suspended until an inspection is passed";
        /// Work with children is not published before those who do it are cleared.
        AwaitsClearance = "awaits_clearance", "待涉未成年人审查", "awaits the safeguarding clearance";
        Withdrawn = "withdrawn", "已注销", "withdrawn";
        /// A value of a field, never the whole.
        Retracted = "retracted", "已撤下", "retracted";
    }
}

/// Why one field has its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldProvenance {
    /// The field.
    pub field: Field,
    /// The registration whose value won; none when the value was put together from several.
    pub winner: Option<RegistrationId>,
    /// The rule that chose it.
    pub rule: Rule,
    /// What others said and was not taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losing: Vec<LosingValue>,
    /// How many more said something else, when they are too many for an event.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_losing: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(count: &u32) -> bool {
    *count == 0
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
    /// Why: the mildest of its registrations' reasons.
    pub reason: NotShown,
}

event_enum! {
    /// What the centre publishes.
    pub enum ResourceEvent {
        /// Shown for the first time.
        ResourcePublished(ResourceShown, before: [v1::ResourceShown]),
        /// Shown with other fields.
        ResourceRevised(ResourceShown, before: [v1::ResourceShown]),
        /// Became part of another.
        ResourceAbsorbed(ResourceAbsorbed),
        /// Shown again, after it was absorbed or withdrawn.
        ResourceRestored(ResourceShown, before: [v1::ResourceShown]),
        /// No longer shown.
        ResourceWithdrawn(ResourceWithdrawn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_field_of_an_offices_own_words_can_be_retracted() {
        for field in Field::ALL.iter().copied() {
            match RetractableField::try_from(field) {
                Ok(retractable) => {
                    assert_eq!(retractable.field(), field);
                    assert_eq!(serde_json::to_value(retractable).unwrap(), field.code());
                    assert_eq!(serde_json::from_value::<RetractableField>(field.code().into()).unwrap(), retractable);
                }
                Err(refused) => {
                    assert!(serde_json::from_value::<RetractableField>(field.code().into()).is_err(), "{refused}")
                }
            }
        }
    }
}
