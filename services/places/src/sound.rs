//! How names sound: pinyin without tones.

use pinyin::{ToPinyin as _, ToPinyinMulti as _};

/// How many readings of one name are kept: most names have one that people use, and a polyphone or two.
const READINGS: usize = 8;

/// A name in pinyin: its letters, and where each syllable begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// The syllables, one behind the other, in small letters; what is no character of Chinese stands as it is.
    pub letters: String,
    /// Where in the letters each begins, in bytes.
    pub begins: Vec<usize>,
}

impl Reading {
    fn push(&mut self, syllable: &str) {
        self.begins.push(self.letters.len());
        self.letters.extend(syllable.chars().map(|c| if c == 'ü' { 'v' } else { c }));
    }

    /// The first letter of each syllable.
    pub fn initials(&self) -> String {
        let first = |at: &usize| self.letters.get(*at..).and_then(|rest| rest.chars().next());
        self.begins.iter().filter_map(first).collect()
    }

    /// Whether some letters stand in it, beginning where a syllable does.
    pub fn has(&self, letters: &str) -> bool {
        self.begins.iter().any(|at| self.letters.get(*at..).is_some_and(|rest| rest.starts_with(letters)))
    }
}

/// How a normal text is read, by the commonest reading of each character.
pub fn reading(normal: &str) -> Reading {
    let mut reading = Reading::default();
    for c in normal.chars() {
        match c.to_pinyin() {
            Some(syllable) => reading.push(syllable.plain()),
            None => reading.push(c.encode_utf8(&mut [0; 4])),
        }
    }
    reading
}

/// Every way in which a normal text may be read, the commonest first; a bounded number of them.
pub fn readings(normal: &str) -> Vec<Reading> {
    let mut all = vec![Reading::default()];
    for c in normal.chars() {
        let mut syllables: Vec<&str> = Vec::new();
        let mut own = [0; 4];
        match (c.to_pinyin(), c.to_pinyin_multi()) {
            (Some(one), multi) => {
                syllables.push(one.plain());
                for other in multi.into_iter().flatten().map(|other| other.plain()) {
                    if !syllables.contains(&other) {
                        syllables.push(other);
                    }
                }
            }
            (None, _) => syllables.push(c.encode_utf8(&mut own)),
        }
        let further = syllables.get(1..).unwrap_or_default();
        let room = READINGS.saturating_sub(all.len());
        let mut more = Vec::new();
        for syllable in further {
            for before in all.iter().take(room.saturating_sub(more.len())) {
                let mut reading = before.clone();
                reading.push(syllable);
                more.push(reading);
            }
        }
        if let Some(first) = syllables.first() {
            for reading in &mut all {
                reading.push(first);
            }
        }
        all.extend(more);
    }
    all
}

/// Of which three letters a reading is made, in 64 bits: what a text lacks, no text that contains it has.
pub fn signature(letters: &str) -> u64 {
    let bytes = letters.as_bytes();
    bytes.windows(3).fold(0, |bits, three| {
        let number = three.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // Fibonacci hashing: the upper six bits are well mixed.
        bits | 1 << (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_by_its_commonest_reading_first() {
        assert_eq!(reading("大李官营").letters, "daliguanying");
        assert_eq!(reading("大李官营").initials(), "dlgy");
        assert_eq!(reading("吕庄3号").letters, "lvzhuang3hao");
        let all: Vec<String> = readings("重庆").into_iter().map(|reading| reading.letters).collect();
        assert!(all.contains(&"chongqing".to_owned()) && all.contains(&"zhongqing".to_owned()), "{all:?}");
        assert!(readings(&"长重大".repeat(30)).len() <= READINGS);
    }

    #[test]
    fn a_signature_never_lacks_what_a_part_has() {
        let whole = reading("北张各庄老年食堂");
        for part in ["老年食堂", "食堂", "张各庄", "堂"] {
            let part = reading(part).letters;
            assert_eq!(signature(&part) & !signature(&whole.letters), 0, "{part}");
            assert!(whole.has(&part), "{part}");
        }
        assert!(!whole.has("ngge"));
    }
}
