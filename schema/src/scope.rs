//! Scopes: the shards of the log. A county is a shard, for ever under the six digits that it had when it joined.

use crate::area::{AreaCode, AreaLevel};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The six digits of a county-level division (GB/T 2260) as it was when it joined. What stands in no one county has the
/// scope of its city (`130300`), of its province (`130000`), or of the nation (`000000`). A county that is re-coded keeps
/// its scope ([`crate::scopes`]); nothing shown to people derives from the digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Scope(u32);

/// Not the six digits of a scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope: six digits, such as 130306")]
pub struct NotAScope(pub String);

impl Scope {
    /// What stands in no one province.
    pub const NATION: Scope = Scope(0);

    /// The scope that a division's own digits name. Which scope a division belongs to today is
    /// [`crate::scopes::ScopeBook::scope_of`]'s to say: it knows the re-coded ones.
    pub fn of_digits(code: AreaCode) -> Scope {
        Scope(u32::try_from(code.as_u64() / 1_000_000).unwrap_or_default())
    }

    /// How far down the scope reaches; none for the nation.
    pub fn level(self) -> Option<AreaLevel> {
        match self.0 {
            0 => None,
            digits if digits % 10_000 == 0 => Some(AreaLevel::Province),
            digits if digits % 100 == 0 => Some(AreaLevel::City),
            _ => Some(AreaLevel::County),
        }
    }

    /// The scopes above, the nearest first: of `130306` they are `130300`, `130000` and `000000`. Whoever holds a scope
    /// reads these and decides nothing in them.
    pub fn above(self) -> impl Iterator<Item = Scope> {
        let mut above = vec![Scope(self.0 / 100 * 100), Scope(self.0 / 10_000 * 10_000), Scope::NATION];
        above.dedup();
        above.into_iter().filter(move |scope| *scope != self)
    }

    /// Whether all that stands in the scope lies in a division, by its digits.
    pub fn lies_in(self, division: AreaCode) -> bool {
        let own = Scope::of_digits(division);
        division.level() <= AreaLevel::County && (self == own || self.above().any(|above| above == own))
    }

    /// The digits in binary-coded decimal, two to a byte: how an id begins.
    pub(crate) fn to_bcd(self) -> [u8; 3] {
        let pair = |number: u32| u8::try_from(number / 10 % 10 * 16 + number % 10).unwrap_or_default();
        [pair(self.0 / 10_000), pair(self.0 / 100), pair(self.0)]
    }

    /// The scope behind three bytes of binary-coded decimal; none when one of their halves is no digit.
    pub(crate) fn from_bcd(bytes: [u8; 3]) -> Option<Scope> {
        let digits = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let add = |number: u32, digit: u8| (digit < 10).then(|| number * 10 + u32::from(digit));
        digits.into_iter().try_fold(0, add).map(Scope)
    }
}

impl FromStr for Scope {
    type Err = NotAScope;
    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let is_six_digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_six_digits);
        number.map(Scope).ok_or_else(|| NotAScope(text.to_owned()))
    }
}

impl TryFrom<String> for Scope {
    type Error = NotAScope;
    fn try_from(text: String) -> Result<Self, NotAScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.to_string()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(digits: &str) -> Scope {
        digits.parse().unwrap()
    }

    #[test]
    fn a_county_reads_its_city_its_province_and_the_nation() {
        let above = |digits: &str| scope(digits).above().map(|scope| scope.to_string()).collect::<Vec<_>>();
        assert_eq!(above("130306"), ["130300", "130000", "000000"]);
        assert_eq!(above("130300"), ["130000", "000000"]);
        assert_eq!(above("130000"), ["000000"]);
        assert!(above("000000").is_empty());
    }

    #[test]
    fn digits_survive_binary_coded_decimal() {
        for digits in ["000000", "130306", "659012", "999999"] {
            assert_eq!(Scope::from_bcd(scope(digits).to_bcd()), Some(scope(digits)));
        }
        assert_eq!(scope("130306").to_bcd(), [0x13, 0x03, 0x06]);
        assert_eq!(Scope::from_bcd([0x13, 0x0a, 0x06]), None);
    }

    #[test]
    fn a_scope_is_six_digits_and_nothing_else() {
        for text in ["13030", "1303061", "13030a", "+13030", ""] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }
}
