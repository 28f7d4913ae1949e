//! How many people live in a community, as dated counts. Streams `population-<scope>`.
//!
//! Counts are aggregates that somebody made elsewhere (a register, a census, a survey) and handed in: never a person, nor
//! anything of one. The log keeps the numbers as they were handed in; whoever shows them goes through [`Persons`], which
//! never tells a small one.

use crate::area::AreaCode;
use crate::event::event_enum;
use crate::limits;
use crate::vocabulary::vocabulary;
use crate::written::EncodeError;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::AddAssign;

vocabulary! {
    /// A group of people who are counted. One may be in several.
    pub enum CountedGroup {
        /// All who live there (常住人口).
        Residents = "residents", "常住人口", "residents";
        /// 老年人 (老年人权益保障法, article 2).
        SixtyAndOver = "sixty_and_over", "60周岁及以上老年人", "60 and over";
        SixtyFiveAndOver = "sixty_five_and_over", "65周岁及以上老年人", "65 and over";
        /// 高龄老年人.
        EightyAndOver = "eighty_and_over", "80周岁及以上老年人", "80 and over";
        LivingAlone = "living_alone", "独居老年人", "elders who live alone";
        EmptyNest = "empty_nest", "空巢老年人", "elders whose children live elsewhere";
        LeftBehind = "left_behind", "留守老年人", "elders left behind in the village";
        /// Of any degree, 半失能 not among them where that is counted apart (GB/T 42195-2022 has degrees instead).
        CareDependent = "care_dependent", "失能老年人", "elders dependent on care";
        /// An older word; the standard has 轻度失能 and 中度失能.
        PartlyCareDependent = "partly_care_dependent", "半失能老年人", "elders partly dependent on care";
        Dementia = "dementia", "失智老年人", "elders with dementia";
        FiveGuarantee = "five_guarantee", "特困老年人", "destitute elders (five guarantees)";
        LowIncome = "low_income", "低保老年人", "elders on the minimum living allowance";
        Disabled = "disabled", "残疾老年人", "disabled elders";
        SpecialFamily = "special_family", "计划生育特殊家庭老年人", "elders of special families of family planning";
    }
}

impl CountedGroup {
    /// The narrowest group that is counted and holds everyone of this one, if there is one: more are never counted of this
    /// than of that.
    pub fn within(self) -> Option<CountedGroup> {
        match self {
            CountedGroup::Residents => None,
            CountedGroup::SixtyAndOver => Some(CountedGroup::Residents),
            CountedGroup::EightyAndOver => Some(CountedGroup::SixtyFiveAndOver),
            CountedGroup::SixtyFiveAndOver
            | CountedGroup::LivingAlone
            | CountedGroup::EmptyNest
            | CountedGroup::LeftBehind
            | CountedGroup::CareDependent
            | CountedGroup::PartlyCareDependent
            | CountedGroup::Dementia
            | CountedGroup::FiveGuarantee
            | CountedGroup::LowIncome
            | CountedGroup::Disabled
            | CountedGroup::SpecialFamily => Some(CountedGroup::SixtyAndOver),
        }
    }
}

/// What was counted in one community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommunityCount {
    /// The village or community, by its code in the declared list.
    pub area: AreaCode,
    /// How many persons, by group. A group that is absent was not counted.
    pub counts: BTreeMap<CountedGroup, u32>,
}

/// People were counted in some communities of the scope. What is said of a community and a group replaces what was said of
/// them for the same day; an earlier day's count stays, and a later one counts from its day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PopulationCounted {
    /// 统计时点: the day for which the counts are true.
    pub on: NaiveDate,
    /// Where they come from, in the words of whoever handed them in.
    pub source: String,
    /// In code order.
    pub communities: Vec<CommunityCount>,
}

impl PopulationCounted {
    /// The counts of one day and source: as many events as they take.
    ///
    /// # Errors
    /// When a count cannot be written.
    pub fn cut(
        on: NaiveDate,
        source: &str,
        communities: Vec<CommunityCount>,
    ) -> Result<Vec<PopulationCounted>, EncodeError> {
        let event = |communities| PopulationCounted { on, source: source.to_owned(), communities };
        Ok(limits::parts(communities)?.into_iter().map(event).collect())
    }
}

event_enum! {
    /// What happens to what is known of the people of a scope.
    pub enum PopulationEvent {
        /// They were counted.
        PopulationCounted(PopulationCounted),
    }
}

/// Counts below this are not told.
pub const SMALL: u32 = 5;

/// Numbers of persons as they may be told outside the desk that counted them, alone or added up.
///
/// A count of 1 to 4 is told as `<5` and never enters a sum but as one such count. So whatever is added up, in whichever
/// way and however often, depends on nothing but on what each single count is told as, and nobody can solve for more. (That
/// a count is 0 is told: there is nobody whom it could give away.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persons {
    told: u64,
    small: u64,
}

impl Persons {
    /// One count.
    pub fn counted(count: u32) -> Persons {
        match count {
            1..SMALL => Persons { told: 0, small: 1 },
            count => Persons { told: u64::from(count), small: 0 },
        }
    }

    /// At least so many.
    pub fn at_least(self) -> u64 {
        self.told.saturating_add(self.small)
    }

    /// At most so many.
    pub fn at_most(self) -> u64 {
        self.told.saturating_add(self.small.saturating_mul(u64::from(SMALL - 1)))
    }

    /// How many, where no small count is among what was added up.
    pub fn exactly(self) -> Option<u64> {
        (self.small == 0).then_some(self.told)
    }

    /// As it is shown: `128`, `<5`, `121-124`.
    pub fn shown(self) -> String {
        match (self.told, self.small) {
            (told, 0) => told.to_string(),
            (0, 1) => format!("<{SMALL}"),
            _ => format!("{}-{}", self.at_least(), self.at_most()),
        }
    }
}

impl AddAssign for Persons {
    fn add_assign(&mut self, other: Persons) {
        self.told = self.told.saturating_add(other.told);
        self.small = self.small.saturating_add(other.small);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event as _;
    use proptest::prelude::*;

    fn sum(counts: &[u32]) -> Persons {
        let mut sum = Persons::default();
        for count in counts {
            sum += Persons::counted(*count);
        }
        sum
    }

    #[test]
    fn a_small_count_is_shown_as_such_and_a_sum_that_holds_one_as_a_span() {
        for (counts, shown, exactly) in [
            (&[][..], "0", Some(0)),
            (&[0], "0", Some(0)),
            (&[1], "<5", None),
            (&[4, 0], "<5", None),
            (&[5], "5", Some(5)),
            (&[128, 12], "140", Some(140)),
            (&[128, 3], "129-132", None),
            (&[1, 4], "2-8", None),
        ] {
            assert_eq!((sum(counts).shown().as_str(), sum(counts).exactly()), (shown, exactly), "{counts:?}");
        }
    }

    #[test]
    fn every_group_lies_in_one_that_holds_it_and_none_in_itself() {
        for group in CountedGroup::ALL {
            let around: Vec<CountedGroup> = std::iter::successors(group.within(), |group| group.within()).collect();
            assert!(!around.contains(group) && around.len() < 4, "{group:?}");
            assert!(*group == CountedGroup::Residents || around.contains(&CountedGroup::Residents), "{group:?}");
        }
    }

    #[test]
    fn counts_of_a_whole_county_are_cut_into_events_that_fit() {
        let area = |number: u32| format!("130306{:03}{:03}", 100 + number / 900, 100 + number % 900).parse().unwrap();
        let count = |number| CommunityCount {
            area: area(number),
            counts: CountedGroup::ALL.iter().map(|group| (*group, 100_000)).collect(),
        };
        let all: Vec<CommunityCount> = (0..4_000).map(count).collect();
        let parts = PopulationCounted::cut("2025-12-31".parse().unwrap(), "年报", all.clone()).unwrap();
        assert!(parts.len() > 1);
        let whole: Vec<CommunityCount> = parts.iter().flat_map(|part| part.communities.clone()).collect();
        assert_eq!(whole, all);
        for part in parts {
            let event = PopulationEvent::PopulationCounted(part);
            assert!(limits::json_bytes(&event.data().unwrap()).unwrap() <= limits::EVENT_BYTES);
        }
    }

    proptest! {
        /// Whatever is added up, another number from 1 to 4 in the place of a small one would have been told the same.
        #[test]
        fn a_sum_says_the_same_whichever_small_numbers_it_holds(
            counts in prop::collection::vec(0_u32..12, 0..20), others in prop::collection::vec(1_u32..SMALL, 20),
        ) {
            let small = |count: &u32| (1..SMALL).contains(count);
            let changed: Vec<u32> =
                counts.iter().zip(&others).map(|(count, other)| if small(count) { *other } else { *count }).collect();
            prop_assert_eq!(sum(&counts), sum(&changed));
            let truth = u64::from(counts.iter().sum::<u32>());
            prop_assert!((sum(&counts).at_least()..=sum(&counts).at_most()).contains(&truth));
        }
    }
}
