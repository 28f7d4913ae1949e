//! Divisions as dated facts. Streams `areas-<scope>_<scheme>_<edition>`: the list of one county-level unit (or of the city
//! itself), and every change of it. A change that concerns two units stands in the streams of both, and counts once.

use crate::area::{AreaCode, AreaLevel, Scheme};
use crate::event::event_enum;
use crate::limits;
use crate::written::EncodeError;
use chrono::{Datelike as _, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// One division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// Its code in the scheme of the list.
    pub code: AreaCode,
    /// Its full name, e.g. `大李官营村委会`.
    pub name: String,
    /// Its level.
    pub level: AreaLevel,
    /// The division above it; none for a province.
    pub parent: Option<AreaCode>,
}

/// A list of divisions came into force; or a part of one that is too long for one event, which counts once all of it is
/// there ([`Lists`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreasListed {
    /// Which list.
    pub scheme: Scheme,
    /// The divisions, in code order.
    pub areas: Vec<Area>,
    /// Which part this is; none when it is the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ListPart>,
}

/// A part of a list. All parts are of one county-level unit, and stand in its stream one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListPart {
    /// Counted from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl AreasListed {
    /// The list of one unit: one event, or as many as it takes.
    ///
    /// # Errors
    /// When a division cannot be written.
    pub fn cut(scheme: Scheme, areas: Vec<Area>) -> Result<Vec<AreasListed>, EncodeError> {
        let parts = limits::parts(areas)?;
        let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let part = |number| (of > 1).then_some(ListPart { number, of });
        Ok((1..).zip(parts).map(|(number, areas)| AreasListed { scheme, areas, part: part(number) }).collect())
    }
}

/// Lists of which not all parts were met yet, by unit. One that was broken off is forgotten when it begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists(BTreeMap<AreaCode, Unfinished>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unfinished {
    next: u32,
    areas: Vec<Area>,
}

impl Lists {
    /// Applies an event; gives the list that is whole with it.
    pub fn take(&mut self, listed: &AreasListed) -> Option<Vec<Area>> {
        let Some(ListPart { number, of }) = listed.part else { return Some(listed.areas.clone()) };
        let unit = listed.areas.first()?.code.at_level(AreaLevel::County);
        if number == 1 {
            self.0.insert(unit, Unfinished { next: 1, areas: Vec::new() });
        }
        let unfinished = self.0.get_mut(&unit).filter(|unfinished| unfinished.next == number)?;
        unfinished.next += 1;
        unfinished.areas.extend_from_slice(&listed.areas);
        if number < of { None } else { self.0.remove(&unit).map(|whole| whole.areas) }
    }
}

/// What sort of change a division went through. Each change leads from one old code to one new code: where several became
/// one, or one became several, there are several changes of one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaChangeKind {
    /// 更名: the name alone.
    Renamed,
    /// 改码: the code; the division is the same.
    Recoded,
    /// 撤县设区
    CountyToDistrict,
    /// 撤县设市
    CountyToCity,
    /// 撤乡设镇
    TownshipToTown,
    /// 撤镇（乡）设街道
    TownToSubdistrict,
    /// 村改居
    VillageToCommunity,
    /// 撤并: it went into another, which may have been there before.
    MergedInto,
    /// 分设: a part of it became one of its own. What had the old code may go on beside its parts.
    Split,
    /// 划转: it went to another division above. Where the code that it had there is not known, the old code is that of the
    /// division which it left, and the old name its own.
    Transferred,
    /// 新设
    Established,
    /// 撤销, without a successor.
    Abolished,
}

impl AreaChangeKind {
    /// Every kind.
    pub const ALL: [AreaChangeKind; 12] = [
        AreaChangeKind::Renamed,
        AreaChangeKind::Recoded,
        AreaChangeKind::CountyToDistrict,
        AreaChangeKind::CountyToCity,
        AreaChangeKind::TownshipToTown,
        AreaChangeKind::TownToSubdistrict,
        AreaChangeKind::VillageToCommunity,
        AreaChangeKind::MergedInto,
        AreaChangeKind::Split,
        AreaChangeKind::Transferred,
        AreaChangeKind::Established,
        AreaChangeKind::Abolished,
    ];

    /// The kind in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            AreaChangeKind::Renamed => "更名",
            AreaChangeKind::Recoded => "改码",
            AreaChangeKind::CountyToDistrict => "撤县设区",
            AreaChangeKind::CountyToCity => "撤县设市",
            AreaChangeKind::TownshipToTown => "撤乡设镇",
            AreaChangeKind::TownToSubdistrict => "撤镇设街道",
            AreaChangeKind::VillageToCommunity => "村改居",
            AreaChangeKind::MergedInto => "撤并",
            AreaChangeKind::Split => "分设",
            AreaChangeKind::Transferred => "划转",
            AreaChangeKind::Established => "新设",
            AreaChangeKind::Abolished => "撤销",
        }
    }

    /// The kind in English.
    pub fn en(self) -> &'static str {
        match self {
            AreaChangeKind::Renamed => "renamed",
            AreaChangeKind::Recoded => "given another code",
            AreaChangeKind::CountyToDistrict => "county made a district",
            AreaChangeKind::CountyToCity => "county made a city",
            AreaChangeKind::TownshipToTown => "township made a town",
            AreaChangeKind::TownToSubdistrict => "town made a subdistrict",
            AreaChangeKind::VillageToCommunity => "village made a community",
            AreaChangeKind::MergedInto => "merged into another",
            AreaChangeKind::Split => "split",
            AreaChangeKind::Transferred => "transferred",
            AreaChangeKind::Established => "established",
            AreaChangeKind::Abolished => "abolished",
        }
    }
}

/// When a change took effect, as far as that is known: `2015`, or `2015-07-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum ChangeDate {
    /// In that year; which day is not known. Put in order, it is the first of January.
    Year(u16),
    /// On that day.
    Day(NaiveDate),
}

/// Not a year from 1900 to 2200, nor a day in one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a year (2015) nor a day (2015-07-23)")]
pub struct NotAChangeDate(pub String);

impl ChangeDate {
    /// The first day on which it may have been so.
    pub fn day(self) -> NaiveDate {
        match self {
            ChangeDate::Year(year) => NaiveDate::from_ymd_opt(year.into(), 1, 1).unwrap_or_default(),
            ChangeDate::Day(day) => day,
        }
    }

    /// The year.
    pub fn year(self) -> i32 {
        match self {
            ChangeDate::Year(year) => year.into(),
            ChangeDate::Day(day) => day.year(),
        }
    }

    /// Whether it is known to be later than `day`.
    pub fn is_after(self, day: NaiveDate) -> bool {
        match self {
            ChangeDate::Year(year) => i32::from(year) > day.year(),
            ChangeDate::Day(on) => on > day,
        }
    }
}

impl FromStr for ChangeDate {
    type Err = NotAChangeDate;
    fn from_str(text: &str) -> Result<Self, NotAChangeDate> {
        let refused = || NotAChangeDate(text.to_owned());
        let date = match text.len() {
            4 => ChangeDate::Year(text.parse().map_err(|_| refused())?),
            _ => ChangeDate::Day(text.parse().map_err(|_| refused())?),
        };
        if (1900..=2200).contains(&date.year()) { Ok(date) } else { Err(refused()) }
    }
}

impl TryFrom<String> for ChangeDate {
    type Error = NotAChangeDate;
    fn try_from(text: String) -> Result<Self, NotAChangeDate> {
        text.parse()
    }
}

impl From<ChangeDate> for String {
    fn from(date: ChangeDate) -> String {
        date.to_string()
    }
}

impl fmt::Display for ChangeDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeDate::Year(year) => write!(f, "{year}"),
            ChangeDate::Day(day) => write!(f, "{day}"),
        }
    }
}

/// A dated change of one division. What stood on the old code stands on the new one from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AreaChanged {
    /// Which list the codes are of.
    pub scheme: Scheme,
    /// What sort of change.
    pub kind: AreaChangeKind,
    /// When it took effect.
    pub on: ChangeDate,
    /// What happened, in the words of the source, e.g. `撤县设区`.
    pub words: String,
    /// The code before, if there was one.
    pub old_code: Option<AreaCode>,
    /// The name before.
    pub old_name: Option<String>,
    /// The code after, if there is one.
    pub new_code: Option<AreaCode>,
    /// The name after.
    pub new_name: Option<String>,
    /// The document that ordered it.
    pub document: Option<String>,
    /// What of this could not be confirmed, in the words of whoever wrote it down.
    pub unconfirmed: Option<String>,
}

impl AreaChanged {
    /// Whether only a part of what had the old code is meant.
    pub fn is_of_a_part(&self) -> bool {
        match (self.kind, self.old_code, self.new_code) {
            (AreaChangeKind::Split, _, _) => true,
            (AreaChangeKind::Transferred, Some(old), Some(new)) => old.level() < new.level(),
            (
                AreaChangeKind::Transferred
                | AreaChangeKind::Renamed
                | AreaChangeKind::Recoded
                | AreaChangeKind::CountyToDistrict
                | AreaChangeKind::CountyToCity
                | AreaChangeKind::TownshipToTown
                | AreaChangeKind::TownToSubdistrict
                | AreaChangeKind::VillageToCommunity
                | AreaChangeKind::MergedInto
                | AreaChangeKind::Established
                | AreaChangeKind::Abolished,
                _,
                _,
            ) => false,
        }
    }
}

/// A name that people have for a division beside that of its list: 大李庄 for 大李官营村. Several divisions may be called alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct AreaCalled {
    /// Which list the code is of.
    pub scheme: Scheme,
    /// The division.
    pub code: AreaCode,
    /// What it is called.
    pub name: String,
}

event_enum! {
    /// What happens to divisions.
    pub enum AreasEvent {
        /// A list came into force.
        AreasListed(AreasListed),
        /// A division changed.
        AreaChanged(AreaChanged),
        /// People call a division so.
        AreaAlsoCalled(AreaCalled),
        /// They do not any more, or never did: it is found by that name no longer.
        AreaNoLongerCalled(AreaCalled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event as _;

    fn villages(count: u32, name: &str) -> Vec<Area> {
        let area = |number: u32| {
            let code: AreaCode = format!("130306{:03}{:03}", 100 + number / 900, 100 + number % 900).parse().unwrap();
            Area { code, name: format!("{name}{number}"), level: code.level(), parent: code.with_ancestors().nth(1) }
        };
        (0..count).map(area).collect()
    }

    #[test]
    fn a_list_that_is_too_long_for_an_event_is_cut_and_counts_as_the_whole_one() {
        use crate::area_book::AreaBook;
        let short = villages(10, "村");
        assert_eq!(AreasListed::cut(Scheme::default(), short.clone()).unwrap().len(), 1);
        let long = villages(6_000, &"名".repeat(40));
        let parts = AreasListed::cut(Scheme::default(), long.clone()).unwrap();
        assert!(parts.len() > 2);
        let events: Vec<AreasEvent> = parts.into_iter().map(AreasEvent::AreasListed).collect();
        for event in &events {
            assert!(limits::json_bytes(&event.data().unwrap()).unwrap() <= limits::EVENT_BYTES);
        }
        let whole = AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas: long, part: None });
        let refused = whole.data().unwrap_err();
        assert!(matches!(refused, EncodeError::TooLarge { .. }), "{refused}");
        let after = |events: &[&AreasEvent]| {
            let mut book = AreaBook::default();
            for event in events {
                book.apply(event);
            }
            book
        };
        let first = AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas: short, part: None });
        let cut: Vec<&AreasEvent> = std::iter::once(&first).chain(&events).collect();
        assert_eq!(after(&cut), after(&[&first, &whole]));
        // Broken off after its first part, then written anew.
        let again: Vec<&AreasEvent> = [&first, &events[0]].into_iter().chain(&events).collect();
        assert_eq!(after(&again), after(&[&first, &whole]));
        assert_eq!(after(&[&first, &events[0]]).len(), after(&[&first]).len(), "half a list is none");
    }

    #[test]
    fn a_date_is_a_year_or_a_day_and_nothing_else() {
        assert_eq!("2015".parse(), Ok(ChangeDate::Year(2015)));
        assert_eq!("2015-07-23".parse::<ChangeDate>().unwrap().to_string(), "2015-07-23");
        for wrong in ["", "15", "2015-13", "2015-02-30", "0015", "9999", "二〇一五"] {
            assert!(wrong.parse::<ChangeDate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_year_is_after_a_day_only_when_all_of_it_is() {
        let day = "2023-06-30".parse().unwrap();
        assert!(!ChangeDate::Year(2023).is_after(day));
        assert!(ChangeDate::Year(2024).is_after(day));
        assert!(ChangeDate::Day("2023-07-01".parse().unwrap()).is_after(day));
    }
}
