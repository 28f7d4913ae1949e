//! Identifiers, and how each is derived, so that a retry or a second run arrives at the same one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The namespace of every UUIDv5 (RFC 9562, section 5.5) that Huiju derives. Never changes.
pub const NAMESPACE: Uuid = Uuid::from_u128(0x68_75_69_6a_75_2d_4e_53_80_00_00_00_00_00_00_01);

/// A UUIDv5 in Huiju's namespace over `parts`. Each part is preceded by its length, so that no two lists of parts
/// run together.
pub fn derive(parts: &[&str]) -> Uuid {
    let mut name = String::new();
    for part in parts {
        name.push_str(&part.len().to_string());
        name.push(':');
        name.push_str(part);
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map($name)
            }
        }
    };
}

id! {
    /// One registration: what one office handed in about one thing. Its stream is `<office>-<id>`.
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
    /// One hand-in of a whole list. Its stream is `import-<id>`.
    HandInId
}
id! {
    /// A person whose data is sealed under a key of their own.
    PersonId
}

impl ResourceId {
    /// The resource that a registration brings with it, whether or not it is ever shown under that id.
    pub fn of(registration: RegistrationId) -> Self {
        ResourceId(derive(&["resource", &registration.to_string()]))
    }
}

impl MergeId {
    /// The merge of two registrations, after the pair has been undone `undone` times before. Symmetric in the pair;
    /// the model version is deliberately no part of it.
    pub fn of(one: RegistrationId, other: RegistrationId, undone: u32) -> Self {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        MergeId(derive(&["merge", &first.to_string(), &second.to_string(), &undone.to_string()]))
    }
}

impl PersonId {
    /// The contact person that a registration names.
    pub fn contact_of(registration: RegistrationId) -> Self {
        PersonId(derive(&["contact", &registration.to_string()]))
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
    fn parts_of_a_derived_id_do_not_run_together() {
        assert_ne!(derive(&["ab", "c"]), derive(&["a", "bc"]));
    }
}
