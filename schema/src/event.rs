//! How an event is named, written and read.
//!
//! Whoever reads an event sees its latest shape only. When a shape changes, the old one moves to a module `v1` beside it
//! and says how it becomes the next (`From<v1::Moved> for Moved`), and the event's line in [`event_enum!`] names it:
//! `Moved(Moved, before: [v1::Moved])`. The log keeps `Moved/1` for ever; what is written from then on is `Moved/2`.

use crate::limits;
use crate::written::{self, EncodeError};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

pub use crate::event_enum;

/// The type and the version of an event's data: `PracticeRegistered/1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Shape {
    /// The type's name.
    pub event_type: String,
    /// Counted from 1.
    pub version: u32,
}

impl Shape {
    /// A version of a type.
    pub fn of(event_type: impl Into<String>, version: u32) -> Shape {
        Shape { event_type: event_type.into(), version }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.event_type, self.version)
    }
}

/// Not the name of a type and a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a type and a version, as PracticeRegistered/1 is")]
pub struct NoShape(pub String);

impl FromStr for Shape {
    type Err = NoShape;
    fn from_str(text: &str) -> Result<Shape, NoShape> {
        let read = text.split_once('/').and_then(|(event_type, version)| {
            let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
            let version = version.parse().ok().filter(|version| digits && *version > 0)?;
            (!event_type.is_empty()).then(|| Shape::of(event_type, version))
        });
        read.ok_or_else(|| NoShape(text.to_owned()))
    }
}

impl TryFrom<String> for Shape {
    type Error = NoShape;
    fn try_from(text: String) -> Result<Shape, NoShape> {
        text.parse()
    }
}

impl From<Shape> for String {
    fn from(shape: Shape) -> String {
        shape.to_string()
    }
}

/// A closed set of events that one service writes. Made by [`event_enum!`].
pub trait Event: Sized {
    /// Every type name of the set.
    const TYPES: &'static [&'static str];

    /// The type name under which the log keeps this event.
    fn event_type(&self) -> &'static str;

    /// The version of its shape, which is the latest.
    fn version(&self) -> u32;

    /// The event's data, as the log keeps it.
    ///
    /// # Errors
    /// When they cannot be written so that they would be read again as they are, or are larger than an event may be.
    fn data(&self) -> Result<Value, EncodeError>;

    /// The JSON Schema of the data of every type and version.
    fn json_schemas() -> Vec<(Shape, schemars::Schema)>;

    /// Reads the data of an event as its envelope names their shape. Older shapes become the latest.
    ///
    /// # Errors
    /// What this program does not know, and what is not of its shape, told apart.
    fn decode(shape: &Shape, data: &[u8]) -> Result<Self, DecodeError>;

    /// The type and version for the envelope's `schema`.
    fn shape(&self) -> Shape {
        Shape::of(self.event_type(), self.version())
    }
}

/// An event could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No event of this set has that type: written by a newer Huiju, or not by Huiju.
    #[error("no event type {0:?} is known here")]
    UnknownType(String),
    /// The type is known, not in this version: written by a newer Huiju.
    #[error("{shape} is not known here, only up to version {latest}")]
    UnknownVersion {
        /// What the envelope says.
        shape: Shape,
        /// The latest version that is known.
        latest: u32,
    },
    /// Its metadata are no envelope: not written by Huiju, or by a newer one.
    #[error("the envelope of a {event_type} cannot be read: {problem}")]
    Envelope {
        /// The type.
        event_type: String,
        /// What did not fit, and where.
        problem: String,
    },
    /// The envelope speaks of another type than the event has.
    #[error("the envelope of a {event_type} says {shape}")]
    AnotherType {
        /// The event's type.
        event_type: String,
        /// What the envelope says.
        shape: Shape,
    },
    /// Type and version are known; the data are not of that shape, or hold a value that is not known here.
    #[error("{event_type} cannot be read: {problem}")]
    Data {
        /// The type.
        event_type: String,
        /// What did not fit, and where.
        problem: String,
    },
}

/// How the data of one version are read. The function of an older version is [`older`].
pub type Reader<T> = fn(&[u8]) -> serde_json::Result<T>;

/// Reads data of an older shape and makes them the latest.
///
/// # Errors
/// When they are not of that shape.
pub fn older<Old: DeserializeOwned + Into<T>, T>(data: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice::<Old>(data).map(Into::into)
}

/// Reads data of a type of which `older` versions came before the latest.
///
/// # Errors
/// See [`DecodeError`].
pub fn read<T: DeserializeOwned>(shape: &Shape, data: &[u8], older: &[Reader<T>]) -> Result<T, DecodeError> {
    let read = match usize::try_from(shape.version).unwrap_or(usize::MAX).checked_sub(1) {
        Some(before) if before < older.len() => older.get(before).map(|read| read(data)),
        Some(before) if before == older.len() => Some(serde_json::from_slice(data)),
        Some(_) | None => None,
    };
    let latest = u32::try_from(older.len()).unwrap_or(u32::MAX).saturating_add(1);
    read.ok_or_else(|| DecodeError::UnknownVersion { shape: shape.clone(), latest })?
        .map_err(|problem| DecodeError::Data { event_type: shape.to_string(), problem: problem.to_string() })
}

/// The data of an event. See [`Event::data`].
///
/// # Errors
/// When it cannot be written, or is larger than an event may be.
pub fn write<T: Serialize>(payload: &T) -> Result<Value, EncodeError> {
    let data = written::json(payload)?;
    let (bytes, most) = (limits::json_bytes(&data)?, limits::EVENT_BYTES);
    if bytes > most {
        return Err(EncodeError::TooLarge { what: std::any::type_name::<T>(), bytes, most });
    }
    Ok(data)
}

/// Declares an enum of events, one tuple variant each, and its [`Event`] implementation. A variant's name is its type
/// name. The shapes that it had before are named behind its payload, the oldest first.
#[macro_export]
macro_rules! event_enum {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident($payload:ty $(, before: [$($old:ty),+])?),)+
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

            fn version(&self) -> u32 {
                match self {
                    $($name::$variant(_) => 1 $($(+ { let _ = stringify!($old); 1 })+)?,)+
                }
            }

            fn data(&self) -> Result<serde_json::Value, $crate::EncodeError> {
                match self {
                    $($name::$variant(payload) => $crate::event::write(payload),)+
                }
            }

            fn json_schemas() -> Vec<($crate::event::Shape, schemars::Schema)> {
                let mut all = Vec::new();
                $(let shapes = [$($(schemars::schema_for!($old),)+)? schemars::schema_for!($payload)];
                all.extend((1..).zip(shapes).map(|(version, schema)| {
                    ($crate::event::Shape::of(stringify!($variant), version), schema)
                }));)+
                all
            }

            fn decode(shape: &$crate::event::Shape, data: &[u8]) -> Result<Self, $crate::event::DecodeError> {
                $(if shape.event_type == stringify!($variant) {
                    let older: &[$crate::event::Reader<$payload>] = &[$($($crate::event::older::<$old, $payload>),+)?];
                    return $crate::event::read::<$payload>(shape, data, older).map($name::$variant);
                })+
                Err($crate::event::DecodeError::UnknownType(shape.event_type.clone()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_a_type_and_a_version() {
        assert_eq!("PracticeRegistered/12".parse(), Ok(Shape::of("PracticeRegistered", 12)));
        assert_eq!(Shape::of("PracticeRegistered", 2).to_string(), "PracticeRegistered/2");
        for bad in
            ["", "PracticeRegistered", "PracticeRegistered/", "/1", "A/0", "A/-1", "A/+1", "A/1/2", "A/99999999999"]
        {
            assert_eq!(bad.parse::<Shape>(), Err(NoShape(bad.to_owned())), "{bad}");
        }
    }
}
