//! How many questions found nothing, by community and category.

use super::{AsOf, Dated, Stamp};
use chrono::NaiveDate;
use imbl::OrdMap;
use schema::AreaCode;
use schema::questions::{Asked, QuestionsUnanswered};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a question was about: where, and for which category; none for whatever there is.
type About = (AreaCode, Option<Arc<str>>);

/// Questions that found nothing, as the directories told of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Questions(OrdMap<About, Vec<Dated<(NaiveDate, u32)>>>);

impl Questions {
    pub(super) fn fold(&mut self, told: QuestionsUnanswered, stamp: Stamp) {
        for questions in told.questions {
            let about = (questions.area, questions.category.map(Arc::from));
            self.0.entry(about).or_default().push(stamp.dated((questions.on, questions.count)));
        }
    }

    /// Those about a division and what lies in it, until a day, by category; none stands for whatever there is. What is told
    /// of sums depends on nothing but on what is told of each community and category.
    pub fn within(&self, division: AreaCode, day: NaiveDate, as_of: AsOf) -> BTreeMap<Option<Arc<str>>, Asked> {
        let mut by_category: BTreeMap<Option<Arc<str>>, Asked> = BTreeMap::new();
        let first: About = (division, None);
        let inside = self.0.range(first..).take_while(|((area, _), _)| division.contains(*area));
        for ((_, category), told) in inside {
            let seen = told.iter().filter(|told| as_of.sees(told.from) && told.value.0 <= day);
            let asked = Asked::counted(seen.map(|told| u64::from(told.value.1)).sum());
            if !asked.is_none() {
                *by_category.entry(category.clone()).or_default() += asked;
            }
        }
        by_category
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::Position;
    use schema::questions::Unanswered;

    #[test]
    fn what_several_directories_tell_adds_up_by_community_and_is_told_as_of_any_day() {
        let mut questions = Questions::default();
        let told = [
            ("130306100209", Some("助浴"), "2026-03-01", 2),
            ("130306100209", Some("助浴"), "2026-03-02", 4),
            ("130306100210", Some("助浴"), "2026-03-02", 1),
            ("130306100209", None, "2026-03-02", 1),
            ("130322100201", Some("助餐"), "2026-03-02", 9),
        ];
        for (place, (area, category, on, count)) in (0..).zip(told) {
            let unanswered = Unanswered {
                on: on.parse().unwrap(),
                area: area.parse().unwrap(),
                category: category.map(str::to_owned),
                count,
            };
            let stamp = Stamp { position: Position { commit: place, prepare: place }, recorded_at: Default::default() };
            questions.fold(QuestionsUnanswered { questions: vec![unanswered] }, stamp);
        }
        let shown = |area: &str, day: &str, as_of| -> Vec<(String, String)> {
            let found = questions.within(area.parse().unwrap(), day.parse().unwrap(), as_of);
            found
                .into_iter()
                .map(|(category, asked)| (category.as_deref().unwrap_or("-").to_owned(), asked.shown()))
                .collect()
        };
        let of = |counts: &[(&str, &str)]| -> Vec<(String, String)> {
            counts.iter().map(|(category, count)| ((*category).to_owned(), (*count).to_owned())).collect()
        };
        assert_eq!(shown("130306100209", "2026-03-02", AsOf::Latest), of(&[("-", "<5"), ("助浴", "5-9")]));
        assert_eq!(shown("130306100209", "2026-03-01", AsOf::Latest), of(&[("助浴", "<5")]));
        assert_eq!(shown("130306", "2026-03-02", AsOf::Latest), of(&[("-", "<5"), ("助浴", "6-13")]));
        assert_eq!(shown("130300", "2026-03-02", AsOf::Latest), of(&[("-", "<5"), ("助浴", "6-13"), ("助餐", "5-9")]));
        let then = AsOf::Through(Position { commit: 0, prepare: 0 });
        assert_eq!(shown("130300", "2026-03-02", then), of(&[("助浴", "<5")]));
        let image = rmp_serde::to_vec_named(&questions).unwrap();
        assert_eq!(rmp_serde::from_slice::<Questions>(&image).unwrap(), questions, "an image holds it");
    }
}
