//! Registrations as a form sends them, one at a time.

use serde_json::{Value, json};

/// A merchant that serves everyone in 大李官营村.
pub fn merchant(name: &str) -> Value {
    json!({ "name": name })
}
