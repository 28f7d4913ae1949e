//! Which events of a stream its metadata leaves visible. Pure.

use crate::clock::TICKS_PER_SECOND;
use serde_json::{Map, Value};

/// The `$tb` of a soft-deleted stream.
pub const ALL_HIDDEN: u64 = i64::MAX as u64;

/// The type of the events that hold a stream's metadata.
pub const METADATA_TYPE: &str = "$metadata";

/// The limits that stream metadata may set. Other members of the metadata mean nothing to reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Retention {
    /// `$maxCount`: only so many of the newest events are visible.
    pub max_count: Option<u64>,
    /// `$maxAge`, in seconds: older events are invisible.
    pub max_age: Option<u64>,
    /// `$tb`: events before this revision are invisible.
    pub truncate_before: u64,
}

impl Retention {
    /// What a metadata event says. Metadata that is not a JSON object, and members of the wrong kind, set no limit.
    pub fn from_metadata(data: &[u8]) -> Retention {
        let Ok(Value::Object(members)) = serde_json::from_slice(data) else { return Retention::default() };
        let number = |name: &str| members.get(name).and_then(Value::as_u64);
        Retention {
            max_count: number("$maxCount").filter(|count| *count > 0),
            max_age: number("$maxAge").filter(|seconds| *seconds > 0),
            truncate_before: number("$tb").unwrap_or(0).min(ALL_HIDDEN),
        }
    }

    /// Whether every event is hidden until the next append.
    pub fn soft_deleted(&self) -> bool {
        self.truncate_before == ALL_HIDDEN
    }

    /// The first revision that may be visible in a stream whose last event has revision `last`.
    pub fn first_visible(&self, last: Option<u64>) -> u64 {
        let next = last.map_or(0, |last| last + 1);
        let by_count = self.max_count.map_or(0, |count| next.saturating_sub(count));
        self.truncate_before.max(by_count)
    }

    /// The earliest `created` that is visible at a time, both in ticks.
    pub fn visible_since(&self, now: i64) -> i64 {
        let Some(seconds) = self.max_age else { return i64::MIN };
        now.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(TICKS_PER_SECOND))
    }
}

/// Metadata that says what `metadata` says but hides the events before a revision.
pub fn truncated_before(metadata: &[u8], revision: u64) -> Vec<u8> {
    let mut members = match serde_json::from_slice(metadata) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.insert("$tb".to_owned(), revision.into());
    Value::Object(members).to_string().into_bytes()
}

/// The stream that a metadata stream describes.
pub fn described_by(stream: &str) -> Option<&str> {
    stream.strip_prefix("$$")
}

/// The stream that holds the metadata of a stream.
pub fn metadata_stream(stream: &str) -> String {
    format!("$${stream}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_metadata() {
        let all = Retention::from_metadata(br#"{"$maxCount":3,"$maxAge":60,"$tb":5,"$acl":{},"own":1}"#);
        assert_eq!(all, Retention { max_count: Some(3), max_age: Some(60), truncate_before: 5 });
        for nothing in [&b""[..], b"{", b"[]", br#"{"$maxCount":"3"}"#, br#"{"$maxCount":0,"$tb":-1}"#] {
            assert_eq!(Retention::from_metadata(nothing), Retention::default());
        }
    }

    #[test]
    fn the_stricter_of_count_and_truncation_wins() {
        let counted = Retention { max_count: Some(2), ..Retention::default() };
        assert_eq!(counted.first_visible(Some(9)), 8);
        assert_eq!(counted.first_visible(Some(0)), 0);
        assert_eq!(counted.first_visible(None), 0);
        assert_eq!(Retention { truncate_before: 9, ..counted }.first_visible(Some(9)), 9);
        assert_eq!(Retention { truncate_before: 3, ..counted }.first_visible(Some(9)), 8);
    }

    #[test]
    fn age_hides_what_was_created_too_long_ago() {
        let aged = Retention { max_age: Some(2), ..Retention::default() };
        assert_eq!(aged.visible_since(50_000_000), 30_000_000);
        assert_eq!(Retention::default().visible_since(50_000_000), i64::MIN);
    }

    #[test]
    fn bringing_a_stream_back_keeps_its_other_metadata() {
        let deleted = truncated_before(br#"{"$maxCount":3,"own":1}"#, ALL_HIDDEN);
        assert!(Retention::from_metadata(&deleted).soft_deleted());
        let back = truncated_before(&deleted, 4);
        assert_eq!(serde_json::from_slice::<Value>(&back).unwrap(), serde_json::json!({"$maxCount":3,"own":1,"$tb":4}));
    }
}
