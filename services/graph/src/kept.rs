//! Answers that are given again as they were, for as long as they are what would be answered: exactly, by what each was told from.
//!
//! Kept are answers of prepared operations ([`crate::prepared`]) alone. What these tell of depends on the question, on what serves the
//! places asked about, and on the time as far as they look at it; not on who asks. The directory knows when something of that was
//! touched ([`Snapshot::is_touched_since`]), whatever else happened in between.

use axum::body::Bytes;
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use directory::projection::Snapshot;
use lru::LruCache;
use schema::{AreaCode, Position};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// How many bytes of answers are kept.
const BYTES: usize = 64 * 1024 * 1024;
/// What one weighs beside its text.
const BESIDE: usize = 256;
/// A longer one is not kept.
const LONGEST: usize = 256 * 1024;

/// For how long an answer is what would be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    /// Where the directory stood.
    pub(crate) position: Position,
    /// The places that were asked about.
    pub(crate) places: Vec<AreaCode>,
    /// Until, and without, this time; for ever when none.
    pub(crate) until: Option<DateTime<Utc>>,
}

impl Validity {
    fn holds(&self, latest: &Snapshot, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
            && !self.places.iter().any(|place| latest.is_touched_since(self.position, *place))
    }
}

/// An answer that may be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) text: Bytes,
    /// By which a client says that it has it.
    pub(crate) tag: Tag,
    pub(crate) validity: Validity,
}

/// The beginning of the SHA-256 of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag([u8; 16]);

impl Tag {
    fn of(text: &[u8]) -> Tag {
        let mut tag = [0; 16];
        for (to, from) in tag.iter_mut().zip(Sha256::digest(text)) {
            *to = from;
        }
        Tag(tag)
    }
}

/// As an entity tag (RFC 9110, 8.8.3): a weak one, since the same answer may come compressed.
impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "W/\"{}\"", self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

impl Kept {
    pub(crate) fn new(text: Bytes, validity: Validity) -> Kept {
        Kept { tag: Tag::of(&text), text, validity }
    }
}

/// A request, by all that an answer that is kept depends on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    digest: [u8; 32],
    /// Whether the request was posted: else it stands in its address.
    pub(crate) is_posted: bool,
}

impl Key {
    /// Of a request's text: the body that was posted, or the query of the address.
    pub(crate) fn of(text: &[u8], is_posted: bool, lang: Lang) -> Key {
        let mut digest = Sha256::new();
        digest.update([u8::from(is_posted), u8::from(lang == Lang::En)]);
        digest.update(text);
        Key { digest: digest.finalize().into(), is_posted }
    }
}

/// The answers that were given of late.
pub(crate) struct Answers(Mutex<Latest>);

struct Latest {
    answers: LruCache<Key, Kept>,
    bytes: usize,
    most: usize,
}

impl Answers {
    pub(crate) fn new() -> Answers {
        Answers::within(BYTES)
    }

    fn within(most: usize) -> Answers {
        Answers(Mutex::new(Latest { answers: LruCache::unbounded(), bytes: 0, most }))
    }

    /// What was answered, if it would be now. What would not is forgotten.
    pub(crate) fn get(&self, key: &Key, latest: &Snapshot, now: DateTime<Utc>) -> Option<Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get(key)?;
        if answer.validity.holds(latest, now) {
            return Some(answer.clone());
        }
        kept.forget(key);
        None
    }

    /// Keeps an answer, and forgets those that were not asked for longest.
    pub(crate) fn keep(&self, key: Key, answer: Kept) {
        if answer.text.len() > LONGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.forget(&key);
        kept.bytes += weight(&answer);
        kept.answers.put(key, answer);
        while kept.bytes > kept.most {
            let Some((_, oldest)) = kept.answers.pop_lru() else { break };
            kept.bytes -= weight(&oldest);
        }
    }
}

impl Latest {
    fn forget(&mut self, key: &Key) {
        if let Some(answer) = self.answers.pop(key) {
            self.bytes -= weight(&answer);
        }
    }
}

fn weight(answer: &Kept) -> usize {
    answer.text.len() + BESIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_the_latest_stays() {
        let answers = Answers::within(10 * (1000 + BESIDE));
        let key = |number: u32| Key::of(&number.to_le_bytes(), true, Lang::Zh);
        let validity = Validity { position: Position::default(), places: Vec::new(), until: None };
        let answer = |length| Kept::new(vec![b' '; length].into(), validity.clone());
        let (latest, now) = (Snapshot::default(), DateTime::default());
        for number in 0..30 {
            answers.keep(key(number), answer(1000));
            answers.keep(key(number), answer(1000));
            assert!(answers.get(&key(0), &latest, now).is_some());
        }
        let kept = (0..30).filter(|number| answers.get(&key(*number), &latest, now).is_some()).count();
        assert_eq!((kept, answers.get(&key(29), &latest, now).is_some()), (10, true));
        answers.keep(key(99), answer(LONGEST + 1));
        assert!(answers.get(&key(99), &latest, now).is_none());
        assert!(answers.get(&Key::of(&0_u32.to_le_bytes(), false, Lang::Zh), &latest, now).is_none());
        assert!(answers.get(&Key::of(&0_u32.to_le_bytes(), true, Lang::En), &latest, now).is_none());
    }
}
