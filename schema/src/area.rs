//! Division codes: GB/T 2260 for counties and above, GB/T 10114 for towns, the statistical office's code for villages
//! and communities; twelve digits in all.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A twelve-digit division code, two digits each for province, city and county, then three each for town and village;
/// a level that is not meant is zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct AreaCode(u64);

/// How far down a code reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaLevel {
    /// 省
    Province,
    /// 市
    City,
    /// 县、区
    County,
    /// 乡、镇、街道
    Town,
    /// 村、社区
    Village,
}

/// Which list a code belongs to. Two lists give the same code to different towns, so a code never crosses silently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// The statistical office's urban and rural division codes, cut of 2023-06-30. The declared edition.
    #[default]
    Statistical2023,
    /// The civil-affairs place-name list of 2026-09 (towns and above).
    CivilAffairs2026,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Scheme; 2] = [Scheme::Statistical2023, Scheme::CivilAffairs2026];
    /// The day on which divisions stood as this edition lists them. A change that is dated later is not on it.
    pub fn edition(self) -> NaiveDate {
        let day = match self {
            Scheme::Statistical2023 => NaiveDate::from_ymd_opt(2023, 6, 30),
            Scheme::CivilAffairs2026 => NaiveDate::from_ymd_opt(2026, 9, 1),
        };
        day.unwrap_or_default()
    }

    /// The part of a stream name that names scheme and edition.
    pub fn slug(self) -> &'static str {
        match self {
            Scheme::Statistical2023 => "statistical_2023",
            Scheme::CivilAffairs2026 => "civil_affairs_2026",
        }
    }
}

/// Not a division code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a division code of 6, 9 or 12 digits")]
pub struct NotAnAreaCode(pub String);

impl AreaCode {
    /// The level, from the zeros at the end.
    pub fn level(self) -> AreaLevel {
        if !self.0.is_multiple_of(1_000) {
            AreaLevel::Village
        } else if !self.0.is_multiple_of(1_000_000) {
            AreaLevel::Town
        } else if !self.0.is_multiple_of(100_000_000) {
            AreaLevel::County
        } else if !self.0.is_multiple_of(10_000_000_000) {
            AreaLevel::City
        } else {
            AreaLevel::Province
        }
    }

    /// This code cut to `level`, or unchanged when it does not reach below it.
    pub fn at_level(self, level: AreaLevel) -> AreaCode {
        let unit = match level {
            AreaLevel::Province => 10_000_000_000,
            AreaLevel::City => 100_000_000,
            AreaLevel::County => 1_000_000,
            AreaLevel::Town => 1_000,
            AreaLevel::Village => 1,
        };
        AreaCode(self.0 / unit * unit)
    }

    /// The code itself, then each level above it up to the province.
    pub fn with_ancestors(self) -> impl Iterator<Item = AreaCode> {
        let level = self.level();
        [AreaLevel::Village, AreaLevel::Town, AreaLevel::County, AreaLevel::City, AreaLevel::Province]
            .into_iter()
            .filter(move |above| *above <= level)
            .map(move |above| self.at_level(above))
    }

    /// Whether `other` is this area or lies inside it.
    pub fn contains(self, other: AreaCode) -> bool {
        other.at_level(self.level()) == self
    }

    /// The code that this one, which lies in `above`, has when `above` is given the code `other`.
    pub fn moved(self, above: AreaCode, other: AreaCode) -> AreaCode {
        AreaCode(self.0.saturating_sub(above.0).saturating_add(other.0))
    }

    /// The six digits of the county, as streams and decision scopes name it.
    pub fn county(self) -> String {
        format!("{:06}", self.0 / 1_000_000)
    }

    /// The twelve digits as a number: compact, and in code order.
    pub fn as_u64(self) -> u64 {
        self.0
    }
}

impl FromStr for AreaCode {
    type Err = NotAnAreaCode;
    /// Takes 12 digits, or 6 or 9, which mean the county or the town.
    fn from_str(text: &str) -> Result<Self, NotAnAreaCode> {
        let refused = || NotAnAreaCode(text.to_owned());
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.starts_with('0') {
            return Err(refused());
        }
        let number: u64 = text.parse().map_err(|_| refused())?;
        match text.len() {
            12 => Ok(AreaCode(number)),
            9 => Ok(AreaCode(number * 1_000)),
            6 => Ok(AreaCode(number * 1_000_000)),
            _ => Err(refused()),
        }
    }
}

impl TryFrom<String> for AreaCode {
    type Error = NotAnAreaCode;
    fn try_from(text: String) -> Result<Self, NotAnAreaCode> {
        text.parse()
    }
}

impl From<AreaCode> for String {
    fn from(code: AreaCode) -> String {
        code.to_string()
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_village_lies_in_its_town_county_city_and_province() {
        let village: AreaCode = "130306100209".parse().unwrap();
        let above: Vec<String> = village.with_ancestors().map(|code| code.to_string()).collect();
        assert_eq!(above, ["130306100209", "130306100000", "130306000000", "130300000000", "130000000000"]);
        assert!("130306".parse::<AreaCode>().unwrap().contains(village));
        assert!(!"130322".parse::<AreaCode>().unwrap().contains(village));
    }

    #[test]
    fn nine_digits_mean_the_town() {
        let town: AreaCode = "130306100".parse().unwrap();
        assert_eq!((town.to_string().as_str(), town.level()), ("130306100000", AreaLevel::Town));
        assert!("1303061".parse::<AreaCode>().is_err());
    }
}
