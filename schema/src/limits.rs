//! How much may be written: how long what people write may be, and how large an event. The one table of both.
//!
//! What is longer than its limit is refused at the edge, with its place; nothing is cut in silence but what is only
//! quoted. An event that grows with what was handed in is cut into several ([`parts`]); one that is too large all the
//! same is refused before it is appended, since a log that refuses it for good would stop whoever goes on trying.

use crate::written::EncodeError;
use serde::Serialize;
use std::io;

/// The most bytes that an event's data may have as JSON: half of what a log takes in one append by default. The other half
/// leaves room for the metadata.
pub const EVENT_BYTES: usize = APPEND_BYTES / 2;

/// The most bytes that the events of one append may have together, data and metadata.
pub const APPEND_BYTES: usize = 1024 * 1024;

/// The most bytes that the items of one event have where they are cut, well below what an event may have.
const PART_BYTES: usize = EVENT_BYTES / 2;

/// How long texts may be, in characters.
pub mod length {
    /// A name: of a service, a team, a person, a place.
    pub const NAME: usize = 200;
    /// A category or a trade.
    pub const CATEGORY: usize = 100;
    /// A credit code, or the number of a licence or a team, with the remarks that lists have beside it.
    pub const NUMBER: usize = 100;
    /// An address.
    pub const ADDRESS: usize = 500;
    /// Whatever else stands in a cell or a field: hours, audience, fees, telephone numbers, codes of divisions.
    pub const WORDS: usize = 2_000;
    /// Why somebody does something.
    pub const REASON: usize = 1_000;
    /// The provision of a law, the number of a document.
    pub const CITATION: usize = 200;
    /// The name of a list within an office.
    pub const LIST: usize = 60;
    /// The name of a file.
    pub const FILE: usize = 200;
    /// What is quoted of a longer text, the headings of a file among it.
    pub const QUOTE: usize = 200;
}

/// Whether a text has more characters than `most`.
pub fn is_longer(text: &str, most: usize) -> bool {
    // No character is shorter than a byte.
    text.len() > most && text.chars().nth(most).is_some()
}

/// A text as it is quoted: its first characters, and `…` where there are more.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(length::QUOTE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// How many bytes a value has as JSON.
///
/// # Errors
/// When it cannot be written.
pub fn json_bytes<T: Serialize + ?Sized>(value: &T) -> Result<usize, EncodeError> {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let unwritable =
        |problem: serde_json::Error| EncodeError::unwritable(std::any::type_name::<T>(), problem.to_string());
    serde_json::to_writer(&mut count, value).map_err(unwritable)?;
    Ok(count.0)
}

/// Cuts items into runs that each fit into one event. Every item alone must be well below what an event may have; one
/// that is not stands alone, and its event is refused.
///
/// # Errors
/// When an item cannot be written.
pub fn parts<T: Serialize>(items: Vec<T>) -> Result<Vec<Vec<T>>, EncodeError> {
    parts_of(items, PART_BYTES, json_bytes)
}

/// Cuts items into runs that have at most `most` bytes together, by what each weighs.
///
/// # Errors
/// When an item cannot be weighed.
pub fn parts_of<T, E>(items: Vec<T>, most: usize, weigh: impl Fn(&T) -> Result<usize, E>) -> Result<Vec<Vec<T>>, E> {
    let mut parts = Vec::new();
    let (mut part, mut bytes) = (Vec::new(), 0);
    for item in items {
        // And a comma.
        let weight = weigh(&item)? + 1;
        if !part.is_empty() && bytes + weight > most {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
        bytes += weight;
        part.push(item);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_length_is_counted_in_characters() {
        assert!(!is_longer("助餐", 2) && is_longer("助餐点", 2) && !is_longer("", 0));
        assert_eq!(quoted(&"助".repeat(200)), "助".repeat(200));
        assert_eq!(quoted(&"助".repeat(201)), format!("{}…", "助".repeat(200)));
    }

    #[test]
    fn an_event_of_what_fills_every_limit_is_below_half_of_what_a_log_takes() {
        // The longest texts that one registration has, each character four bytes.
        let longest = 3 * length::NAME + length::CATEGORY + 2 * length::NUMBER + length::ADDRESS + 8 * length::WORDS;
        assert!(longest * 4 < EVENT_BYTES / 4, "{longest}");
    }

    proptest! {
        #[test]
        fn parts_are_all_items_in_order_and_each_fits(
            items in prop::collection::vec("[a-z文\"\\\\]{0,400}", 0..60), most in 500_usize..5_000,
        ) {
            let cut = parts_of(items.clone(), most, json_bytes).unwrap();
            prop_assert_eq!(cut.concat(), items);
            for part in cut {
                let bytes = json_bytes(&part).unwrap();
                prop_assert!(!part.is_empty() && (bytes <= most + 2 || part.len() == 1), "{} items have {bytes}", part.len());
            }
        }
    }
}
