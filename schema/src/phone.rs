//! Telephone numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A number in E.164: `+86` and the national number without its trunk zero, e.g. `+863355669699` for 0335-5669699.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Phone(String);

/// Not a number in E.164.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a telephone number in E.164")]
pub struct NotE164(pub String);

impl Phone {
    /// Whether the number may be somebody's own: anything but a landline (固定电话) or a hotline (400, 800) of China.
    /// Mobiles of China are 1 with ten digits behind it; of foreign numbers it is not known what they are.
    pub fn may_be_personal(&self) -> bool {
        !self.0.strip_prefix("+86").is_some_and(|national| !national.starts_with('1') || national.len() < 11)
    }

    /// The number, with its plus sign.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = NotE164;
    fn from_str(text: &str) -> Result<Self, NotE164> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plausible && !digits.starts_with('0') { Ok(Phone(text.to_owned())) } else { Err(NotE164(text.to_owned())) }
    }
}

impl TryFrom<String> for Phone {
    type Error = NotE164;
    fn try_from(text: String) -> Result<Self, NotE164> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
