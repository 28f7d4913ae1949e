//! The main question answered from the log alone.
//!
//! An independent reading of the rules, slow and plain on purpose: it folds the whole log, looks at every resource for
//! every question, and shares no code with the directory. It knows the contract (`schema`) and nothing else of the
//! product; the recurrence rules are expanded by the `rrule` crate, which the product does not use.

mod hours;

use crate::question::{Offered, Person, Question};
use chassis::log::Log;
use chrono::{DateTime, FixedOffset, Utc};
use schema::areas::AreasEvent;
use schema::resource::{Resource, ResourceEvent};
use schema::streams::Category;
use schema::{AreaCode, Audience, Condition, Eligibility, Licence, ResourceId, Scheme};
use std::collections::BTreeMap;

pub use hours::Calendar;

/// Everything that the log says of resources and divisions.
#[derive(Debug, Default)]
pub struct Oracle {
    resources: BTreeMap<ResourceId, Standing>,
    divisions: BTreeMap<AreaCode, String>,
    calendar: Calendar,
}

/// What became of a resource.
#[derive(Debug)]
pub enum Standing {
    /// It is shown.
    Shown(Box<Resource>),
    /// It is part of another.
    Absorbed(ResourceId),
    /// It is shown no more.
    Withdrawn,
}

/// Yes, unknown or no; `and` of two is the worse of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Judgement {
    Yes,
    Unknown,
    No,
}

impl Oracle {
    /// Reads the log from its first event to its last.
    pub async fn read(log: &Log) -> Oracle {
        let mut oracle = Oracle::default();
        let prefixes = [Category::Resource, Category::Areas].map(Category::prefix);
        let read = log.catch_up(&prefixes, None, |event| {
            if event.stream.starts_with(&Category::Areas.prefix()) {
                oracle.learn_divisions(&event.decode().expect("an event of divisions"));
            } else {
                oracle.learn_resource(event.decode().expect("an event of a resource"));
            }
        });
        read.await.expect("the log can be read");
        oracle
    }

    fn learn_divisions(&mut self, event: &AreasEvent) {
        if let AreasEvent::AreasListed(listed) = event
            && listed.scheme == Scheme::default()
        {
            self.divisions.extend(listed.areas.iter().map(|area| (area.code, area.name.clone())));
        }
    }

    fn learn_resource(&mut self, event: ResourceEvent) {
        match event {
            ResourceEvent::ResourcePublished(shown)
            | ResourceEvent::ResourceRevised(shown)
            | ResourceEvent::ResourceRestored(shown) => {
                self.resources.insert(shown.resource.id, Standing::Shown(Box::new(shown.resource)));
            }
            ResourceEvent::ResourceAbsorbed(absorbed) => {
                self.resources.insert(absorbed.id, Standing::Absorbed(absorbed.into));
            }
            ResourceEvent::ResourceWithdrawn(withdrawn) => {
                self.resources.insert(withdrawn.id, Standing::Withdrawn);
            }
        }
    }

    /// What became of every resource.
    pub fn resources(&self) -> &BTreeMap<ResourceId, Standing> {
        &self.resources
    }

    /// The resources that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Resource> {
        self.resources.values().filter_map(|standing| match standing {
            Standing::Shown(resource) => Some(&**resource),
            Standing::Absorbed(_) | Standing::Withdrawn => None,
        })
    }

    /// The codes of all villages and communities.
    pub fn communities(&self) -> Vec<AreaCode> {
        self.divisions.keys().copied().filter(|code| code.level() == schema::AreaLevel::Village).collect()
    }

    /// The answer to the main question, in the default order; with `include_no`, also what says no.
    pub fn answer(&self, question: &Question, include_no: bool) -> Vec<Offered> {
        let mut found: Vec<(&Resource, Judgement, AreaCode)> = Vec::new();
        for resource in self.shown() {
            let Some((reached_by, reached)) = reach(resource, question.community) else { continue };
            let verdict = verdict(resource, question).max(reached);
            if include_no || verdict != Judgement::No {
                found.push((resource, verdict, reached_by));
            }
        }
        found.sort_by_key(|(resource, ..)| {
            (resource.category.0.clone(), resource.name.clone(), resource.id.to_string())
        });
        let offered = found.into_iter().map(|(resource, verdict, reached_by)| Offered {
            id: resource.id.to_string(),
            verdict: match verdict {
                Judgement::Yes => "YES",
                Judgement::Unknown => "UNKNOWN",
                Judgement::No => "NO",
            }
            .to_owned(),
            is_open: self.calendar.is_open(&resource.hours, question.at),
            reached_by: reached_by.to_string(),
        });
        offered.collect()
    }
}

/// The narrowest served division that contains the community, and how sure that is: where an office named no division,
/// the resource is found where it stands, and nobody knows how far it serves.
fn reach(resource: &Resource, community: AreaCode) -> Option<(AreaCode, Judgement)> {
    if resource.coverage.is_empty() {
        return contains(resource.area, community).then_some((resource.area, Judgement::Unknown));
    }
    // A code ends in zeros from its level down, so of two that contain the same community the larger is the narrower.
    let reaching = resource.coverage.iter().copied().filter(|served| contains(*served, community));
    reaching.max().map(|served| (served, Judgement::Yes))
}

/// Whether a community lies in a division, read off the digits: the division's own, without the zeros at its end that
/// fill it up, begin the community's.
fn contains(division: AreaCode, community: AreaCode) -> bool {
    let digits = division.to_string();
    let significant = [2, 4, 6, 9, 12].into_iter().find(|length| digits[*length..].bytes().all(|byte| byte == b'0'));
    community.to_string().starts_with(&digits[..significant.expect("twelve digits are followed by nothing")])
}

fn verdict(resource: &Resource, question: &Question) -> Judgement {
    let person = question.person.clone().unwrap_or_default();
    whom(&resource.eligibility, &person).max(licence(&resource.licence, question.at))
}

/// Where the office named groups that differ, the best of them counts.
fn whom(eligibility: &Eligibility, person: &Person) -> Judgement {
    let for_elders =
        |audiences: &[Audience]| audiences.iter().any(|one| matches!(one, Audience::Elders | Audience::All));
    let addressed =
        for_elders(&eligibility.audiences) || eligibility.groups.iter().any(|group| for_elders(&group.audiences));
    let judged = |eligibility: &Eligibility| {
        [audience(eligibility, person, addressed), age(eligibility, person), conditions(eligibility, person)]
            .into_iter()
            .max()
    };
    let each = eligibility.groups.iter().map(|group| {
        let whole = Eligibility {
            audiences: group.audiences.clone(),
            minimum_age: group.minimum_age,
            maximum_age: group.maximum_age,
            conditions: group.conditions.clone(),
            ..Eligibility::default()
        };
        match (group.audiences.is_empty() && !group.conditions.is_empty(), group.limited) {
            // Circumstances beside people: for who is in them.
            (true, _) if conditions(&whole, person) == Judgement::Unknown && !addressed => Judgement::No,
            (true, limited) => {
                let verdict = conditions(&whole, person).max(age(&whole, person));
                if limited { verdict.max(Judgement::Unknown) } else { verdict }
            }
            (false, limited) => {
                let verdict = judged(&whole).expect("there are three");
                if limited { verdict.max(Judgement::Unknown) } else { verdict }
            }
        }
    });
    each.min().or_else(|| judged(eligibility)).expect("there are three")
}

/// Elders are served by what is for elders, by what is for everyone, and by what is for another group that the person is
/// known to belong to. Where a service is for elders too, or for nobody below 60, what was not said of the person is unknown.
/// Nobody knows whom a service is for whose office did not say.
fn audience(eligibility: &Eligibility, person: &Person, addressed: bool) -> Judgement {
    let so = |is: bool| if is { Judgement::Yes } else { Judgement::No };
    let may_be = addressed || eligibility.minimum_age >= Some(60);
    let unsaid = if may_be { Judgement::Unknown } else { Judgement::No };
    let belongs = |audience: &Audience| match audience {
        Audience::All => Judgement::Yes,
        Audience::Elders => {
            so(person.age.is_none_or(|age| age >= eligibility.minimum_age.map_or(60, |from| from.min(60))))
        }
        Audience::Children => so(person.age.is_some_and(|age| age < 18)),
        Audience::Women => person.is_woman.map_or(unsaid, so),
        Audience::Disabled if person.conditions.contains(&Condition::Disabled) => Judgement::Yes,
        Audience::Disabled if person.not_conditions.contains(&Condition::Disabled) => Judgement::No,
        Audience::Disabled => unsaid,
    };
    eligibility.audiences.iter().map(belongs).min().unwrap_or(Judgement::Unknown)
}

/// An absent bound is open. Elders in general are all ages from 60 on: what serves only some of them is unknown.
fn age(eligibility: &Eligibility, person: &Person) -> Judgement {
    let youngest = eligibility.minimum_age.unwrap_or(0);
    let oldest = eligibility.maximum_age.unwrap_or(u8::MAX);
    let served = |age: u8| youngest <= age && age <= oldest;
    match person.age {
        Some(age) => {
            if served(age) {
                Judgement::Yes
            } else {
                Judgement::No
            }
        }
        None => {
            let ages: Vec<bool> = (60..=u8::MAX).map(served).collect();
            match (ages.iter().all(|age| *age), ages.iter().any(|age| *age)) {
                (true, _) => Judgement::Yes,
                (false, true) => Judgement::Unknown,
                (false, false) => Judgement::No,
            }
        }
    }
}

/// Any one of the conditions is enough; what is not known of the person is unknown. Who lost the only child is a special
/// family.
fn conditions(eligibility: &Eligibility, person: &Person) -> Judgement {
    let asked = &eligibility.conditions;
    let is = |condition: &Condition| {
        person.conditions.contains(condition)
            || (*condition == Condition::SpecialFamily && person.conditions.contains(&Condition::LostOnlyChild))
    };
    let is_not = |condition: &Condition| {
        person.not_conditions.contains(condition)
            || (*condition == Condition::LostOnlyChild && person.not_conditions.contains(&Condition::SpecialFamily))
    };
    if asked.is_empty() || asked.iter().any(is) {
        Judgement::Yes
    } else if asked.iter().all(is_not) {
        Judgement::No
    } else {
        Judgement::Unknown
    }
}

/// A licence holds through its last day by the county's calendar.
fn licence(licence: &Licence, at: DateTime<Utc>) -> Judgement {
    let east_8 = FixedOffset::east_opt(8 * 3600).expect("eight hours");
    match licence {
        Licence::NotRequired => Judgement::Yes,
        Licence::Unknown { .. } => Judgement::Unknown,
        Licence::Until { expires, .. } => {
            if at.with_timezone(&east_8).date_naive() > *expires {
                Judgement::No
            } else {
                Judgement::Yes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AreaCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_division_contains_what_its_digits_begin() {
        let village = code("130306100209");
        for above in ["130306100209", "130306100", "130306", "130300000000", "130000000000"] {
            assert!(contains(code(above), village), "{above}");
        }
        for other in ["130306100208", "130306101", "130322", "140000000000"] {
            assert!(!contains(code(other), village), "{other}");
        }
    }

    #[test]
    fn elders_in_general_are_not_sure_of_what_serves_only_some_of_them() {
        let from = |minimum_age| Eligibility { minimum_age: Some(minimum_age), ..Eligibility::default() };
        let nobody = Person::default();
        assert_eq!(age(&from(60), &nobody), Judgement::Yes);
        assert_eq!(age(&from(80), &nobody), Judgement::Unknown);
        let children = Eligibility { maximum_age: Some(17), ..Eligibility::default() };
        assert_eq!(age(&children, &nobody), Judgement::No);
    }
}
