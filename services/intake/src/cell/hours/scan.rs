//! Going on behind what was read of a text.

/// What follows a word, if the text begins with it.
pub(super) fn after<'c>(rest: &'c [char], word: &str) -> Option<&'c [char]> {
    let mut left = rest;
    for character in word.chars() {
        let (first, tail) = left.split_first()?;
        if *first != character {
            return None;
        }
        left = tail;
    }
    Some(left)
}

pub(super) fn skip_blanks(mut rest: &[char]) -> &[char] {
    while let Some((' ', tail)) = rest.split_first().map(|(first, tail)| (*first, tail)) {
        rest = tail;
    }
    rest
}

pub(super) fn after_digits(rest: &[char]) -> &[char] {
    let digits = rest.iter().take_while(|character| character.is_ascii_digit()).count();
    rest.get(digits..).unwrap_or_default()
}
