//! Identifiers, and how each is derived, so that a retry or a second run arrives at the same one.

use crate::extent::Extent;
use crate::office::Office;
use crate::resource::Provider;
use crate::scope::Scope;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The namespace of every UUID (RFC 9562, section 5.5) that Huiju derives. Never changes.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x68_75_69_6a_75_2d_4e_53_80_00_00_00_00_00_00_01);

/// A UUIDv5 in Huiju's namespace over `parts`, for what bears no scope: the ids of events and of acts. Each part is
/// preceded by its length, so that no two lists of parts run together.
pub fn derive(parts: &[&str]) -> Uuid {
    let mut name = String::new();
    for part in parts {
        name.push_str(&part.len().to_string());
        name.push(':');
        name.push_str(part);
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// How one kind of id derives: a UUIDv8 (RFC 9562, section 5.8) whose first three bytes are the digits of the scope in
/// binary-coded decimal, and whose rest is the end of the SHA-1 that [`derive()`] takes over the tag, the scope and the
/// parts. 98 bits of it are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derivation {
    /// The kind of id.
    pub id: &'static str,
    /// What tells its derivation from any other.
    pub tag: &'static str,
    /// What it derives from, in order. Never personal data.
    pub from: &'static [&'static str],
}

impl Derivation {
    fn of(&self, scope: Scope, parts: &[&str]) -> Uuid {
        let scoped = scope.to_string();
        let whole: Vec<&str> = [self.tag, scoped.as_str()].into_iter().chain(parts.iter().copied()).collect();
        let mut bytes = derive(&whole).into_bytes();
        let [a, b, c, ..] = &mut bytes;
        [*a, *b, *c] = scope.to_bcd();
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

const ROW: Derivation = Derivation {
    id: "registration (row of a hand-in)",
    tag: "registration",
    from: &["office", "list", "name of the service", "community", "category", "ordinal"],
};
const FORM: Derivation =
    Derivation { id: "registration (form)", tag: "registration_form", from: &["office", "idempotency key"] };
const MOVED: Derivation = Derivation {
    id: "registration (moved from another scope)",
    tag: "registration_moved",
    from: &["registration id before"],
};
const RESOURCE: Derivation = Derivation { id: "resource", tag: "resource", from: &["registration id"] };
const MERGE: Derivation = Derivation {
    id: "merge",
    tag: "merge",
    from: &["smaller registration id", "greater registration id", "times undone"],
};
const HAND_IN: Derivation = Derivation {
    id: "hand-in",
    tag: "hand_in",
    from: &["office", "list", "hand-ins completed before", "whole or changes", "keyed digest of the file"],
};
const CONTACT: Derivation = Derivation { id: "person (contact)", tag: "contact", from: &["registration id"] };
const ORGANIZATION: Derivation = Derivation {
    id: "organization",
    tag: "organization",
    from: &[
        "credit_code or name or resource",
        "the credit code (of no county then), the name as compared, or the resource id",
    ],
};

/// Every way in which an id with a scope derives.
pub const DERIVATIONS: &[Derivation] = &[ROW, FORM, MOVED, RESOURCE, MERGE, HAND_IN, CONTACT, ORGANIZATION];

/// Not an id of Huiju.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnId {
    /// No UUID.
    #[error("not a UUID: {0}")]
    NotAUuid(String),
    /// Its first three bytes are not the digits of a scope.
    #[error("{0} does not begin with the six digits of a scope")]
    NoScope(Uuid),
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "Uuid", into = "Uuid")]
        #[schemars(with = "Uuid")]
        pub struct $name(pub Uuid);

        impl $name {
            /// The scope in whose streams it stands.
            pub fn scope(self) -> Scope {
                let [a, b, c, ..] = *self.0.as_bytes();
                Scope::from_bcd([a, b, c]).unwrap_or_default()
            }
        }

        impl TryFrom<Uuid> for $name {
            type Error = NotAnId;
            fn try_from(uuid: Uuid) -> Result<Self, NotAnId> {
                let [a, b, c, ..] = *uuid.as_bytes();
                Scope::from_bcd([a, b, c]).map(|_| $name(uuid)).ok_or(NotAnId::NoScope(uuid))
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                let uuid: Uuid = text.parse().map_err(|problem: uuid::Error| NotAnId::NotAUuid(problem.to_string()))?;
                uuid.try_into()
            }
        }
    };
}

id! {
    /// One registration: what one office handed in about one thing. Its stream is `<office>-<id>`, its scope that of the
    /// place where the provider stood when it was first registered.
    RegistrationId
}
id! {
    /// One resource of the directory. Every registration brings one ([`ResourceId::of`]); a merged group is shown under
    /// the id of its earliest-registered member and the others redirect to it.
    ResourceId
}
id! {
    /// One merge, from its proposal to its undoing ([`MergeId::of`]).
    MergeId
}
id! {
    /// One hand-in of a whole list. Its stream is `import-<id>`, its scope that of the clerk's area.
    HandInId
}
id! {
    /// A body that provides resources ([`OrganizationId::of`]). It has no stream: what is known of it is what its resources say.
    OrganizationId
}
id! {
    /// A person whose data is sealed under a key of their own.
    PersonId
}

impl RegistrationId {
    /// The registration of a row that no earlier hand-in knows: the `ordinal`th of the list with this name, community and
    /// category.
    pub fn of_row(scope: Scope, office: Office, list: &str, key: &[String; 3], ordinal: u32) -> Self {
        let [name, community, category] = key;
        let parts = [office.category(), list, name, community, category, &ordinal.to_string()];
        RegistrationId(ROW.of(scope, &parts))
    }

    /// The registration that a form with this idempotency key makes.
    pub fn of_form(scope: Scope, office: Office, key: &str) -> Self {
        RegistrationId(FORM.of(scope, &[office.category(), key]))
    }

    /// What a registration becomes when its provider moves to another scope. Moving back makes a third one.
    pub fn moved(scope: Scope, before: RegistrationId) -> Self {
        RegistrationId(MOVED.of(scope, &[&before.to_string()]))
    }
}

impl ResourceId {
    /// The resource that a registration brings with it, whether or not it is ever shown under that id.
    pub fn of(registration: RegistrationId) -> Self {
        ResourceId(RESOURCE.of(registration.scope(), &[&registration.to_string()]))
    }
}

impl MergeId {
    /// The merge of two registrations of one scope, after the pair has been undone `undone` times before. Symmetric in
    /// the pair; the model version is deliberately no part of it.
    pub fn of(one: RegistrationId, other: RegistrationId, undone: u32) -> Self {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        let parts = [first.to_string(), second.to_string(), undone.to_string()];
        MergeId(MERGE.of(first.scope(), &parts.each_ref().map(String::as_str)))
    }
}

impl HandInId {
    /// The hand-in of a file with this keyed digest, as the whole list or as changes, after `completed` hand-ins of the
    /// list.
    pub fn of(scope: Scope, office: Office, list: &str, completed: u32, extent: Extent, digest: &str) -> Self {
        HandInId(HAND_IN.of(scope, &[office.category(), list, &completed.to_string(), extent.name(), digest]))
    }
}

impl OrganizationId {
    /// Who provides a resource: whoever has its unified social credit code (GB 32100), wherever in the nation; without one whoever is
    /// called so in the resource's scope, however the name is spaced and set; without either whoever provides this resource.
    pub fn of(resource: ResourceId, provider: &Provider) -> Self {
        let name = compared(&provider.name);
        let (scope, parts) = match (&provider.credit_code, name.as_str()) {
            (Some(code), _) => (Scope::NATION, ["credit_code", code.as_str()]),
            (None, "") => {
                return OrganizationId(ORGANIZATION.of(resource.scope(), &["resource", &resource.to_string()]));
            }
            (None, name) => (resource.scope(), ["name", name]),
        };
        OrganizationId(ORGANIZATION.of(scope, &parts))
    }
}

/// A name without its spaces, with letters, digits and signs of one width and of one case.
fn compared(name: &str) -> String {
    let narrow = |letter: char| match u32::from(letter) {
        // The full-width forms of ASCII (Unicode, Halfwidth and Fullwidth Forms).
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(letter),
        _ => letter,
    };
    name.chars().filter(|letter| !letter.is_whitespace()).map(narrow).flat_map(char::to_lowercase).collect()
}

impl PersonId {
    /// The contact person that a registration names.
    pub fn contact_of(registration: RegistrationId) -> Self {
        PersonId(CONTACT.of(registration.scope(), &[&registration.to_string()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merge_id_does_not_depend_on_the_order_of_its_pair() {
        let (a, b) = (RegistrationId(Uuid::from_u128(1)), RegistrationId(Uuid::from_u128(2)));
        assert_eq!(MergeId::of(a, b, 0), MergeId::of(b, a, 0));
        assert_ne!(MergeId::of(a, b, 0), MergeId::of(a, b, 1));
    }

    #[test]
    fn an_id_tells_its_scope_and_derives_the_same_each_time() {
        let scope: Scope = "130306".parse().unwrap();
        let registration = RegistrationId::of_form(scope, Office::Clinic, "k");
        assert_eq!(registration, RegistrationId::of_form(scope, Office::Clinic, "k"));
        assert!(registration.to_string().starts_with("130306"), "{registration}");
        assert_eq!(registration.0.get_version_num(), 8);
        assert_eq!(registration.0.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(ResourceId::of(registration).scope(), scope);
        assert_eq!(PersonId::contact_of(registration).scope(), scope);
        let elsewhere = RegistrationId::of_form("130322".parse().unwrap(), Office::Clinic, "k");
        assert_ne!(elsewhere.0.as_bytes()[3..], registration.0.as_bytes()[3..], "the scope is part of the digest too");
    }

    #[test]
    fn a_registration_that_moves_there_and_back_is_a_third_one() {
        let (here, there): (Scope, Scope) = ("130306".parse().unwrap(), "130322".parse().unwrap());
        let first = RegistrationId::of_form(here, Office::Clinic, "k");
        let second = RegistrationId::moved(there, first);
        let third = RegistrationId::moved(here, second);
        assert_eq!((second.scope(), third.scope()), (there, here));
        assert!(third != first && RegistrationId::moved(there, third) != second);
        assert_eq!(RegistrationId::moved(there, first), second, "an interrupted move arrives at the same");
    }

    #[test]
    fn a_body_is_one_by_its_credit_code_everywhere_and_by_its_name_in_one_county() {
        let of = |scope: &str, name: &str, code: Option<&str>| {
            let registration = RegistrationId::of_form(scope.parse().unwrap(), Office::Commerce, name);
            let provider = Provider { name: name.to_owned(), credit_code: code.map(str::to_owned) };
            OrganizationId::of(ResourceId::of(registration), &provider)
        };
        let code = Some("91130306778470657R");
        assert_eq!(of("130306", "幸福食堂", code), of("130322", "另一个名称", code));
        assert_eq!(of("130306", "幸福食堂", code).scope(), Scope::NATION);
        assert_ne!(of("130306", "幸福食堂", code), of("130306", "幸福食堂", None));
        let by_name = of("130306", "幸福食堂（ABC）", None);
        assert_eq!(by_name, of("130306", " 幸福 食堂 (ａｂｃ)　", None));
        assert_eq!(by_name.scope().to_string(), "130306");
        assert_ne!(by_name, of("130322", "幸福食堂（ABC）", None));
        assert_ne!(of("130306", "", None), of("130306", " ", None), "nobody is named: each is its own");
    }

    #[test]
    fn what_does_not_begin_with_digits_is_no_id() {
        let text = "13030a00-0000-8000-8000-000000000001";
        assert!(matches!(text.parse::<RegistrationId>(), Err(NotAnId::NoScope(_))));
        assert!(matches!("7".parse::<RegistrationId>(), Err(NotAnId::NotAUuid(_))));
        assert!(serde_json::from_value::<RegistrationId>(text.into()).is_err());
    }

    #[test]
    fn no_two_derivations_share_a_tag() {
        let tags: std::collections::BTreeSet<&str> = DERIVATIONS.iter().map(|derivation| derivation.tag).collect();
        assert_eq!(tags.len(), DERIVATIONS.len());
    }

    #[test]
    fn parts_of_a_derived_id_do_not_run_together() {
        assert_ne!(derive(&["ab", "c"]), derive(&["a", "bc"]));
    }
}
