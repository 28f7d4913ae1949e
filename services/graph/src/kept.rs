//! Answers that are given again as they were, for as long as they are what would be answered: exactly, by what each was told from.
//!
//! Kept are answers of prepared operations ([`crate::prepared`]) alone. What these tell of depends on the question, on what serves the
//! places asked about, and on the time as far as they look at it; not on who asks. The directory knows when something of that was
//! touched ([`Snapshot::is_touched_since`]), whatever else happened in between. They are kept small ([`packed`]), so that many are.

mod packed;

use axum::body::Bytes;
use chassis::http::Lang;
use chrono::{DateTime, Utc};
use directory::projection::Snapshot;
use lru::LruCache;
use packed::{Bases, Packed};
use schema::{AreaCode, AreaLevel, Position};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many bytes the answers that are kept may take, made small as they are.
const BYTES: usize = 96 * 1024 * 1024;
/// What one weighs beside its text.
const BESIDE: usize = 320;
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
    pub(crate) fn new(text: Bytes) -> Kept {
        Kept { tag: Tag::of(&text), text }
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
    answers: LruCache<Key, Arc<Answer>>,
    bases: Bases,
    /// How much the answers weigh, without what they are packed with.
    bytes: usize,
    most: usize,
}

struct Answer {
    packed: Packed,
    tag: Tag,
    validity: Validity,
}

impl Answers {
    pub(crate) fn new() -> Answers {
        Answers::within(BYTES)
    }

    fn within(most: usize) -> Answers {
        Answers(Mutex::new(Latest { answers: LruCache::unbounded(), bases: Bases::new(), bytes: 0, most }))
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was answered, if it would be now. What would not is forgotten.
    pub(crate) fn get(&self, key: &Key, latest: &Snapshot, now: DateTime<Utc>) -> Option<Kept> {
        let answer = Arc::clone(self.latest().answers.get(key)?);
        if answer.validity.holds(latest, now) {
            return Some(Kept { text: answer.packed.text()?, tag: answer.tag });
        }
        self.latest().forget(key, Some(&answer));
        None
    }

    /// Keeps an answer, and forgets those that were not asked for longest.
    pub(crate) fn keep(&self, key: Key, Kept { text, tag }: &Kept, validity: Validity) {
        if text.len() > LONGEST {
            return;
        }
        let county = validity.places.first().map(|place| place.at_level(AreaLevel::County));
        let base = self.latest().bases.of(county);
        // Not under the lock: it takes some microseconds.
        let packed = Packed::new(text, base);
        let mut latest = self.latest();
        let packed = latest.bases.learn(county, text, packed);
        latest.forget(&key, None);
        let answer = Arc::new(Answer { packed, tag: *tag, validity });
        latest.bytes += answer.weight();
        latest.answers.put(key, answer);
        while latest.weight() > latest.most {
            if !latest.forget_oldest() && !latest.bases.forget_one() {
                break;
            }
        }
    }
}

impl Latest {
    /// Forgets what is kept under a key; if one is named, that one alone.
    fn forget(&mut self, key: &Key, answer: Option<&Arc<Answer>>) {
        let is_it = |kept: &Arc<Answer>| answer.is_none_or(|answer| Arc::ptr_eq(kept, answer));
        if self.answers.peek(key).is_some_and(is_it)
            && let Some(answer) = self.answers.pop(key)
        {
            self.bytes -= answer.weight();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let oldest = self.answers.pop_lru();
        if let Some((_, answer)) = &oldest {
            self.bytes -= answer.weight();
        }
        oldest.is_some()
    }

    fn weight(&self) -> usize {
        self.bytes + self.bases.weight()
    }
}

impl Answer {
    fn weight(&self) -> usize {
        self.packed.weight() + BESIDE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    fn key(number: u32) -> Key {
        Key::of(&number.to_le_bytes(), true, Lang::Zh)
    }

    fn of(place: &str) -> Validity {
        Validity { position: Position::default(), places: vec![place.parse().unwrap()], until: None }
    }

    /// Bytes that nothing makes smaller.
    fn noise(seed: u32, length: usize) -> Vec<u8> {
        let digests = (0_u32..).flat_map(|number| Sha256::digest([seed.to_le_bytes(), number.to_le_bytes()].concat()));
        digests.take(length).collect()
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for_and_the_latest_stays() {
        let answers = Answers::within(200 * 1000);
        let (latest, now) = (Snapshot::default(), DateTime::default());
        let is_kept = |number: u32| answers.get(&key(number), &latest, now).is_some();
        let keep = |number: u32| {
            answers.keep(key(number), &Kept::new(noise(number, 1000).into()), of("130306100209"));
        };
        for number in 0..1000 {
            keep(number);
            keep(number);
            assert!(is_kept(0), "what is asked for again and again, after {number} others");
            assert!(answers.latest().weight() <= 200 * 1000);
        }
        let kept = (0..1000).filter(|number| is_kept(*number)).count();
        assert!((80..=155).contains(&kept) && is_kept(999), "{kept}");
        answers.keep(key(5000), &Kept::new(vec![b' '; LONGEST + 1].into()), of("130306100209"));
        assert!(!is_kept(5000));
        let zero = 999_u32.to_le_bytes();
        assert!(answers.get(&Key::of(&zero, false, Lang::Zh), &latest, now).is_none());
        assert!(answers.get(&Key::of(&zero, true, Lang::En), &latest, now).is_none());
    }

    /// Twenty services of a county that has forty, each with an id and an address of its own.
    fn about(county: u32, number: u32) -> Bytes {
        let service = |at: u32| {
            let digest = Sha256::digest([county.to_le_bytes(), at.to_le_bytes()].concat());
            let id: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            format!(
                r#"{{"id":"{id}","name":"{at}号养老服务站","address":"抚宁镇{id}路{at}号","hours":"周一至周五 8:00-12:00"}}"#
            )
        };
        let services: Vec<String> = (0..20).map(|at| service((number + at * (1 + number % 7)) % 40)).collect();
        format!(r#"{{"data":{{"availableServices":{{"totalCount":{number},"nodes":[{}]}}}}}}"#, services.join(","))
            .into()
    }

    #[test]
    fn answers_about_places_of_a_county_take_a_sixth_of_what_they_are_or_less() {
        let answers = Answers::new();
        let counties = [(1, "130306"), (2, "130322"), (3, "110101")];
        let mut whole = 0;
        for number in 0..100 {
            for (county, code) in counties {
                let kept = Kept::new(about(county, number));
                whole += kept.text.len();
                answers.keep(key(number * 10 + county), &kept, of(&format!("{code}100{:03}", 200 + number % 9)));
            }
        }
        let packed = answers.latest().weight() - 300 * BESIDE;
        assert!(packed * 6 < whole, "{packed} of {whole}");
        for number in 0..100 {
            for (county, _) in counties {
                let again = answers.get(&key(number * 10 + county), &Snapshot::default(), DateTime::default());
                assert_eq!(again.unwrap(), Kept::new(about(county, number)));
            }
        }
    }

    #[test]
    fn what_services_once_were_is_not_what_answers_are_kept_by_for_ever() {
        let answers = Answers::new();
        let keep = |number: u32, text: &Bytes| answers.keep(key(number), &Kept::new(text.clone()), of("130306100209"));
        let grown = |from: u32, county: u32| {
            let before = answers.latest().weight();
            for number in from..from + 10 {
                keep(number, &about(county, number));
            }
            answers.latest().weight() - before - 10 * BESIDE
        };
        // As often as it takes until a base is full.
        for turn in 1..5 {
            grown(turn * 100, turn);
        }
        let changed = grown(2000, 9);
        for number in 3000..3100 {
            keep(number, &about(9, number));
        }
        let later = grown(4000, 9);
        assert!(later * 3 < changed * 2, "{later} {changed}");
    }

    /// Something that was answered: of parts that others have, and of its own.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            (0..12_u32).prop_map(|shared| noise(shared, 700)),
            vec(any::<u8>(), 0..300),
            (0..40_000_usize).prop_map(|length| vec![b'x'; length]),
            any::<u32>().prop_map(|seed| noise(seed, 9_000)),
        ];
        vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_given_again_is_what_it_was_and_all_of_it_weighs_no_more_than_it_may(
            most in 1_000..400_000_usize,
            kept in vec((0..30_u32, 0..3_usize, text()), 1..80),
        ) {
            let answers = Answers::within(most);
            let places = ["130306100209", "130306101201", "110101001001"];
            let mut told = std::collections::HashMap::new();
            for (number, place, text) in kept {
                answers.keep(key(number), &Kept::new(text.clone().into()), of(places[place]));
                told.insert(number, text);
                for (number, text) in &told {
                    if let Some(again) = answers.get(&key(*number), &Snapshot::default(), DateTime::default()) {
                        prop_assert_eq!(&again, &Kept::new(text.clone().into()));
                    }
                }
                let latest = answers.latest();
                prop_assert!(latest.weight() <= most);
                let each: usize = latest.answers.iter().map(|(_, answer)| answer.weight()).sum();
                prop_assert_eq!(latest.bytes, each);
                drop(latest);
            }
            let mut latest = answers.latest();
            while latest.forget_oldest() || latest.bases.forget_one() {}
            prop_assert_eq!(latest.weight(), 0);
        }
    }
}
