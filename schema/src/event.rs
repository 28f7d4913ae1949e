//! How an event is named, written and read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A closed set of events that one service writes.
pub trait Event: Serialize + DeserializeOwned + Sized {
    /// Every type name of the set.
    const TYPES: &'static [&'static str];

    /// The type name under which the log keeps this event.
    fn event_type(&self) -> &'static str;

    /// The event's data, as the log keeps it.
    fn data(&self) -> Value;

    /// The JSON Schema of every type's data, by type name.
    fn json_schemas() -> Vec<(&'static str, schemars::Schema)>;

    /// Reads an event of type `event_type`. Unknown types and unreadable data are told apart.
    fn decode(event_type: &str, data: &[u8]) -> Result<Self, DecodeError>;

    /// The type and version for the envelope's `schema`, e.g. `ServiceRegistered/1`.
    fn schema(&self) -> String {
        format!("{}/1", self.event_type())
    }
}

/// An event could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No event of this set has that type: written by a newer Huiju, or not by Huiju.
    #[error("no event type {0:?} is known here")]
    UnknownType(String),
    /// The type is known, its data are not of its shape.
    #[error("{event_type} cannot be read: {problem}")]
    Data {
        /// The type.
        event_type: String,
        /// What did not fit, and where.
        problem: String,
    },
}

/// Declares an enum of events, one tuple variant each, and its [`Event`] implementation. A variant's name
/// is its type name.
macro_rules! event_enum {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident($payload:ty),)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(tag = "type", content = "data")]
        pub enum $name {
            $($(#[$variant_doc])* $variant($payload),)+
        }

        impl $crate::event::Event for $name {
            const TYPES: &'static [&'static str] = &[$(stringify!($variant)),+];

            fn event_type(&self) -> &'static str {
                match self {
                    $($name::$variant(_) => stringify!($variant),)+
                }
            }

            fn data(&self) -> serde_json::Value {
                match self {
                    $($name::$variant(payload) => serde_json::to_value(payload).unwrap_or(serde_json::Value::Null),)+
                }
            }

            fn json_schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$((stringify!($variant), schemars::schema_for!($payload)),)+]
            }

            fn decode(event_type: &str, data: &[u8]) -> Result<Self, $crate::event::DecodeError> {
                $(if event_type == stringify!($variant) {
                    return serde_json::from_slice::<$payload>(data).map($name::$variant).map_err(|problem| {
                        $crate::event::DecodeError::Data { event_type: event_type.to_owned(), problem: problem.to_string() }
                    });
                })+
                Err($crate::event::DecodeError::UnknownType(event_type.to_owned()))
            }
        }
    };
}

pub(crate) use event_enum;
