//! The unified social credit code (统一社会信用代码), GB 32100-2015.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The characters of a code and, by their place, their values (clause 5.2: no I, O, S, V, Z).
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A code whose check character is right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct CreditCode(String);

/// What is wrong with a credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("a credit code has 18 characters, this has {0}")]
    Length(usize),
    /// A character that the standard leaves out.
    #[error("{0:?} does not occur in a credit code")]
    Character(char),
    /// The last character does not agree with the 17 before it.
    #[error("the check character should be {expected}, not {found}")]
    CheckCharacter {
        /// What the standard computes.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl CreditCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The check character over the first 17 (GB 32100-2015, clause 5.6: weights 3^i mod 31).
fn check_character(values: &[usize]) -> char {
    let mut weight = 1;
    let mut sum = 0;
    for value in values.iter().take(17) {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    let check = (31 - sum % 31) % 31;
    ALPHABET.get(check).map_or('0', |byte| char::from(*byte))
}

impl FromStr for CreditCode {
    type Err = CreditCodeError;
    fn from_str(text: &str) -> Result<Self, CreditCodeError> {
        let length = text.chars().count();
        if length != 18 {
            return Err(CreditCodeError::Length(length));
        }
        let mut values = Vec::with_capacity(18);
        for character in text.chars() {
            let value = ALPHABET.iter().position(|byte| char::from(*byte) == character);
            values.push(value.ok_or(CreditCodeError::Character(character))?);
        }
        let expected = check_character(&values);
        let found = text.chars().last().unwrap_or('0');
        if expected != found {
            return Err(CreditCodeError::CheckCharacter { expected, found });
        }
        Ok(CreditCode(text.to_owned()))
    }
}

impl TryFrom<String> for CreditCode {
    type Error = CreditCodeError;
    fn try_from(text: String) -> Result<Self, CreditCodeError> {
        text.parse()
    }
}

impl From<CreditCode> for String {
    fn from(code: CreditCode) -> String {
        code.0
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_with_the_right_check_character_is_taken() {
        assert!("91350100M000100Y43".parse::<CreditCode>().is_ok(), "the example of the standard");
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        assert_eq!(
            "91350100M000100Y44".parse::<CreditCode>(),
            Err(CreditCodeError::CheckCharacter { expected: '3', found: '4' })
        );
        assert_eq!("9135".parse::<CreditCode>(), Err(CreditCodeError::Length(4)));
        assert_eq!("91350100M000100I43".parse::<CreditCode>(), Err(CreditCodeError::Character('I')));
    }
}
