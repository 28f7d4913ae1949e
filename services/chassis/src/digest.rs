//! Telling whether two bodies say the same.

use schema::{EncodeError, written};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The SHA-256, in hexadecimal, of a command's body as canonical JSON: no spaces, members in the order of their names.
///
/// # Errors
/// When it cannot be written as JSON: two such bodies must not look alike.
pub fn body_hash<T: Serialize + ?Sized>(body: &T) -> Result<String, EncodeError> {
    let mut text = Vec::new();
    canonical(&written::json(body)?, &mut text);
    Ok(hexadecimal(&Sha256::digest(&text)))
}

fn canonical(value: &Value, into: &mut Vec<u8>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => plain(value, into),
        Value::Array(items) => {
            into.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(index, into);
                canonical(item, into);
            }
            into.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name.as_str());
            into.push(b'{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                separate(index, into);
                plain(name, into);
                into.push(b':');
                canonical(member, into);
            }
            into.push(b'}');
        }
    }
}

fn separate(index: usize, into: &mut Vec<u8>) {
    if index > 0 {
        into.push(b',');
    }
}

/// What has no parts. Writing it to memory cannot fail.
fn plain(value: &impl Serialize, into: &mut Vec<u8>) {
    let _ = serde_json::to_writer(into, value);
}

/// Bytes in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_members_does_not_change_a_bodys_hash() {
        let one: Value = serde_json::from_str(r#"{"b": [1, {"y": null, "x": "文"}], "a": 1.5}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a":1.5,"b":[1,{"x":"文","y":null}]}"#).unwrap();
        assert_eq!(body_hash(&one).unwrap(), body_hash(&other).unwrap());
        assert_ne!(body_hash(&one).unwrap(), body_hash(&json!({"a": 1.5})).unwrap());
        assert_eq!(
            body_hash(&json!({})).unwrap(),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "the SHA-256 of {{}}"
        );
    }
}
