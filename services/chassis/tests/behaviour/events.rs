//! The events of a service that counts.

use schema::{DecodeError, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Counted {
    Added { by: i64 },
    Cleared,
}

impl Event for Counted {
    const TYPES: &'static [&'static str] = &["Added", "Cleared"];

    fn event_type(&self) -> &'static str {
        match self {
            Counted::Added { .. } => "Added",
            Counted::Cleared => "Cleared",
        }
    }

    fn data(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }

    fn json_schemas() -> Vec<(&'static str, schemars::Schema)> {
        vec![]
    }

    fn decode(event_type: &str, data: &[u8]) -> Result<Counted, DecodeError> {
        if !Counted::TYPES.contains(&event_type) {
            return Err(DecodeError::UnknownType(event_type.to_owned()));
        }
        serde_json::from_slice(data)
            .map_err(|problem| DecodeError::Data { event_type: event_type.to_owned(), problem: problem.to_string() })
    }
}

pub fn evolve(total: i64, event: &Counted) -> i64 {
    match event {
        Counted::Added { by } => total + by,
        Counted::Cleared => 0,
    }
}
