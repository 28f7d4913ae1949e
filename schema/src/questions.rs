//! How many questions found nothing. Streams `questions-<scope>`.
//!
//! Each directory counts for itself, and says from time to time what was added since it last did; whoever reads adds up, so
//! that several directories count together. Counted are questions, never who asked nor what they said of themselves.

use crate::area::AreaCode;
use crate::event::event_enum;
use crate::population::SMALL;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Questions of one day about one community that found nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unanswered {
    /// The county's day on which they were asked.
    pub on: NaiveDate,
    /// The division that they were about, by its code in the declared list.
    pub area: AreaCode,
    /// The category that they asked for; none where they asked for whatever there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// So many, of those that this directory had not counted before.
    pub count: u32,
}

/// Questions found nothing: to be added to what was counted before, by this directory and by others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionsUnanswered {
    /// By day, division and category.
    pub questions: Vec<Unanswered>,
}

event_enum! {
    /// What is known of what people looked for.
    pub enum QuestionsEvent {
        /// They found nothing.
        QuestionsUnanswered(QuestionsUnanswered),
    }
}

/// Numbers of questions as they may be told, alone or added up: each number in steps of five.
///
/// They grow from day to day, and what was told yesterday can be taken from what is told today. In steps of five, what is so
/// learnt of a day is that something was asked, never how little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    least: u64,
    most: u64,
}

impl Asked {
    /// One number.
    pub fn counted(count: u64) -> Asked {
        let step = u64::from(SMALL);
        let below = (count / step).saturating_mul(step);
        match count {
            0 => Asked::default(),
            _ => Asked { least: below.max(1), most: below.saturating_add(step - 1) },
        }
    }

    /// Whether nothing was asked.
    pub fn is_none(self) -> bool {
        self.most == 0
    }

    /// At least so many.
    pub fn at_least(self) -> u64 {
        self.least
    }

    /// At most so many.
    pub fn at_most(self) -> u64 {
        self.most
    }

    /// As it is shown: `0`, `<5`, `10-14`.
    pub fn shown(self) -> String {
        match (self.least, self.most) {
            (0, 0) => "0".to_owned(),
            (1, most) if most < u64::from(SMALL) => format!("<{SMALL}"),
            (least, most) => format!("{least}-{most}"),
        }
    }
}

impl AddAssign for Asked {
    fn add_assign(&mut self, other: Asked) {
        self.least = self.least.saturating_add(other.least);
        self.most = self.most.saturating_add(other.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_questions_is_told_in_steps_of_five() {
        for (counts, shown) in [
            (&[][..], "0"),
            (&[0], "0"),
            (&[1], "<5"),
            (&[4], "<5"),
            (&[5], "5-9"),
            (&[9], "5-9"),
            (&[10, 3], "11-18"),
            (&[1, 2], "2-8"),
        ] {
            let mut sum = Asked::default();
            for count in counts {
                sum += Asked::counted(*count);
            }
            assert_eq!(sum.shown(), shown, "{counts:?}");
            let truth: u64 = counts.iter().sum();
            assert!((sum.at_least()..=sum.at_most()).contains(&truth), "{counts:?}");
        }
    }
}
