//! How streams are named: the one place that makes a name and the one place that reads one.
//!
//! After its category, and the hyphen at which EventStoreDB splits, every name begins with the six digits of a scope, so
//! that the prefix `clinic-130306` is one county's clinics on any server. Ids begin with the same digits
//! ([`crate::ids`]). Only `huiju-log`, which says which log this is, bears no scope.

use crate::area::Scheme;
use crate::areas::AreasEvent;
use crate::calendar::CalendarEvent;
use crate::clinic::ClinicEvent;
use crate::commerce::CommerceEvent;
use crate::decisions::DecisionEvent;
use crate::erasures::ErasureEvent;
use crate::event::Event as _;
use crate::hand_in::HandInEvent;
use crate::ids::{HandInId, RegistrationId, ResourceId};
use crate::model::ModelEvent;
use crate::office::Office;
use crate::policy::PolicyEvent;
use crate::population::PopulationEvent;
use crate::progress::ProgressEvent;
use crate::questions::QuestionsEvent;
use crate::resource::ResourceEvent;
use crate::scope::Scope;
use crate::scopes::ScopesEvent;
use crate::womens_federation::WomensFederationEvent;
use crate::youth_league::YouthLeagueEvent;
use std::fmt;
use std::str::FromStr;

/// What comes before the first hyphen. Holds none itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// The registrations of one office, one stream each.
    Office(Office),
    /// What the centre publishes, a stream for each resource.
    Resource,
    /// Hand-ins, one stream each.
    HandIn,
    /// The centre's decisions in a scope.
    Decisions,
    /// What a county has settled: limits, what is owed to elders; later whom it trusts for which field, and periods.
    Policy,
    /// How many people live in the communities of a scope.
    Population,
    /// How many questions about a scope's communities found nothing.
    Questions,
    /// The matching models that came into use in a scope.
    Model,
    /// Holidays, and days that are worked instead.
    Calendar,
    /// Orders to erase, and that they were carried out.
    Erasures,
    /// The divisions of one county-level unit in one edition of one list.
    Areas,
    /// How far a processor has acted in a scope.
    Checkpoint,
    /// Which division belongs to which scope.
    Scopes,
    /// The identity of the log.
    Log,
}

impl Category {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Category> {
        Office::ALL.into_iter().map(Category::Office).chain([
            Category::Resource,
            Category::HandIn,
            Category::Decisions,
            Category::Policy,
            Category::Population,
            Category::Questions,
            Category::Model,
            Category::Calendar,
            Category::Erasures,
            Category::Areas,
            Category::Checkpoint,
            Category::Scopes,
            Category::Log,
        ])
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Category::Office(office) => office.category(),
            Category::Resource => "resource",
            Category::HandIn => "import",
            Category::Decisions => "decisions",
            Category::Policy => "policy",
            Category::Population => "population",
            Category::Questions => "questions",
            Category::Model => "model",
            Category::Calendar => "calendar",
            Category::Erasures => "erasures",
            Category::Areas => "areas",
            Category::Checkpoint => "checkpoint",
            Category::Scopes => "scopes",
            Category::Log => "huiju",
        }
    }

    /// What follows the hyphen, in words: for the list of streams.
    pub fn pattern(self) -> &'static str {
        match self {
            Category::Office(_) => "<registration id>",
            Category::Resource => "<resource id>",
            Category::HandIn => "<hand-in id>",
            Category::Decisions
            | Category::Policy
            | Category::Population
            | Category::Questions
            | Category::Model
            | Category::Calendar
            | Category::Erasures => "<scope>",
            Category::Areas => "<scope>_<scheme>_<edition>",
            Category::Checkpoint => "<scope>_<processor>",
            Category::Scopes => "000000",
            Category::Log => "log",
        }
    }

    /// The types of the events that stand in the category's streams; none where none is written yet.
    pub fn event_types(self) -> &'static [&'static str] {
        match self {
            Category::Office(Office::Clinic) => ClinicEvent::TYPES,
            Category::Office(Office::WomensFederation) => WomensFederationEvent::TYPES,
            Category::Office(Office::YouthLeague) => YouthLeagueEvent::TYPES,
            Category::Office(Office::Commerce) => CommerceEvent::TYPES,
            Category::Resource => ResourceEvent::TYPES,
            Category::HandIn => HandInEvent::TYPES,
            Category::Decisions => DecisionEvent::TYPES,
            Category::Model => ModelEvent::TYPES,
            Category::Policy => PolicyEvent::TYPES,
            Category::Population => PopulationEvent::TYPES,
            Category::Questions => QuestionsEvent::TYPES,
            Category::Calendar => CalendarEvent::TYPES,
            Category::Erasures => ErasureEvent::TYPES,
            Category::Areas => AreasEvent::TYPES,
            Category::Checkpoint => ProgressEvent::TYPES,
            Category::Scopes => ScopesEvent::TYPES,
            // Written by whoever connects first, below anything that knows events.
            Category::Log => &["LogIdentified"],
        }
    }

    /// The prefix of the category's streams, as a `$all` filter takes it: every scope's.
    pub fn prefix(self) -> String {
        format!("{}-", self.name())
    }
}

/// The name of a stream, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// One registration.
    Registration(Office, RegistrationId),
    /// One resource.
    Resource(ResourceId),
    /// One hand-in.
    HandIn(HandInId),
    /// The decisions of a scope.
    Decisions(Scope),
    /// The policy of a scope.
    Policy(Scope),
    /// The counts of people of a scope.
    Population(Scope),
    /// The questions about a scope that found nothing.
    Questions(Scope),
    /// The matching models of a scope.
    Model(Scope),
    /// The holidays of a scope.
    Calendar(Scope),
    /// The erasures of a scope.
    Erasures(Scope),
    /// The divisions of a scope in one list.
    Areas(Scope, Scheme),
    /// The progress of a processor in a scope.
    Checkpoint(Scope, Processor),
    /// The scopes.
    Scopes,
    /// The identity of the log.
    Log,
}

/// Who follows the log and says how far it has acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Processor {
    /// The county service centre.
    Center,
}

impl Processor {
    /// All of them.
    pub const ALL: [Processor; 1] = [Processor::Center];

    /// Its name in stream names.
    pub fn name(self) -> &'static str {
        match self {
            Processor::Center => "center",
        }
    }
}

/// No stream of Huiju is called that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no stream of Huiju is called {0:?}")]
pub struct UnknownStream(pub String);

impl Stream {
    /// Its category.
    pub fn category(self) -> Category {
        match self {
            Stream::Registration(office, _) => Category::Office(office),
            Stream::Resource(_) => Category::Resource,
            Stream::HandIn(_) => Category::HandIn,
            Stream::Decisions(_) => Category::Decisions,
            Stream::Policy(_) => Category::Policy,
            Stream::Population(_) => Category::Population,
            Stream::Questions(_) => Category::Questions,
            Stream::Model(_) => Category::Model,
            Stream::Calendar(_) => Category::Calendar,
            Stream::Erasures(_) => Category::Erasures,
            Stream::Areas(..) => Category::Areas,
            Stream::Checkpoint(..) => Category::Checkpoint,
            Stream::Scopes => Category::Scopes,
            Stream::Log => Category::Log,
        }
    }

    /// The office whose registration it is; none for any other stream.
    pub fn office(self) -> Option<Office> {
        match self.category() {
            Category::Office(office) => Some(office),
            Category::Resource
            | Category::HandIn
            | Category::Decisions
            | Category::Policy
            | Category::Population
            | Category::Questions
            | Category::Model
            | Category::Calendar
            | Category::Erasures
            | Category::Areas
            | Category::Checkpoint
            | Category::Scopes
            | Category::Log => None,
        }
    }

    /// Its scope; none for the stream that identifies the log.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Stream::Registration(_, id) => Some(id.scope()),
            Stream::Resource(id) => Some(id.scope()),
            Stream::HandIn(id) => Some(id.scope()),
            Stream::Decisions(scope)
            | Stream::Policy(scope)
            | Stream::Population(scope)
            | Stream::Questions(scope)
            | Stream::Model(scope)
            | Stream::Calendar(scope)
            | Stream::Erasures(scope)
            | Stream::Areas(scope, _)
            | Stream::Checkpoint(scope, _) => Some(scope),
            Stream::Scopes => Some(Scope::NATION),
            Stream::Log => None,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let category = self.category().name();
        match self {
            Stream::Registration(_, id) => write!(f, "{category}-{id}"),
            Stream::Resource(id) => write!(f, "{category}-{id}"),
            Stream::HandIn(id) => write!(f, "{category}-{id}"),
            Stream::Decisions(scope)
            | Stream::Policy(scope)
            | Stream::Population(scope)
            | Stream::Questions(scope)
            | Stream::Model(scope)
            | Stream::Calendar(scope)
            | Stream::Erasures(scope) => write!(f, "{category}-{scope}"),
            Stream::Areas(scope, scheme) => write!(f, "{category}-{scope}_{}", scheme.slug()),
            Stream::Checkpoint(scope, processor) => write!(f, "{category}-{scope}_{}", processor.name()),
            Stream::Scopes => write!(f, "{category}-{}", Scope::NATION),
            Stream::Log => write!(f, "{category}-log"),
        }
    }
}

impl FromStr for Stream {
    type Err = UnknownStream;
    fn from_str(name: &str) -> Result<Self, UnknownStream> {
        read(name).ok_or_else(|| UnknownStream(name.to_owned()))
    }
}

fn read(name: &str) -> Option<Stream> {
    let (category, rest) = name.split_once('-')?;
    let category = Category::all().find(|known| known.name() == category)?;
    let scope = || rest.parse().ok();
    let scope_and = || rest.split_once('_').and_then(|(scope, what)| Some((scope.parse().ok()?, what)));
    Some(match category {
        Category::Office(office) => Stream::Registration(office, rest.parse().ok()?),
        Category::Resource => Stream::Resource(rest.parse().ok()?),
        Category::HandIn => Stream::HandIn(rest.parse().ok()?),
        Category::Decisions => Stream::Decisions(scope()?),
        Category::Policy => Stream::Policy(scope()?),
        Category::Population => Stream::Population(scope()?),
        Category::Questions => Stream::Questions(scope()?),
        Category::Model => Stream::Model(scope()?),
        Category::Calendar => Stream::Calendar(scope()?),
        Category::Erasures => Stream::Erasures(scope()?),
        Category::Areas => {
            let (scope, slug) = scope_and()?;
            Stream::Areas(scope, Scheme::ALL.into_iter().find(|scheme| scheme.slug() == slug)?)
        }
        Category::Checkpoint => {
            let (scope, processor) = scope_and()?;
            Stream::Checkpoint(scope, Processor::ALL.into_iter().find(|known| known.name() == processor)?)
        }
        Category::Scopes => (rest == Scope::NATION.to_string()).then_some(Stream::Scopes)?,
        Category::Log => (rest == "log").then_some(Stream::Log)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of(category: Category) -> Stream {
        let scope: Scope = "130306".parse().unwrap();
        let registration = RegistrationId::of_form(scope, Office::Clinic, "k");
        match category {
            Category::Office(office) => Stream::Registration(office, registration),
            Category::Resource => Stream::Resource(ResourceId::of(registration)),
            Category::HandIn => {
                Stream::HandIn(HandInId::of(scope, Office::Clinic, "main", 0, crate::Extent::Whole, "sha"))
            }
            Category::Decisions => Stream::Decisions(scope),
            Category::Policy => Stream::Policy(scope),
            Category::Population => Stream::Population(scope),
            Category::Questions => Stream::Questions(scope),
            Category::Model => Stream::Model(scope),
            Category::Calendar => Stream::Calendar(scope),
            Category::Erasures => Stream::Erasures(scope),
            Category::Areas => Stream::Areas(scope, Scheme::Statistical2023),
            Category::Checkpoint => Stream::Checkpoint(scope, Processor::Center),
            Category::Scopes => Stream::Scopes,
            Category::Log => Stream::Log,
        }
    }

    #[test]
    fn every_name_is_read_back_and_begins_with_its_scope() {
        for stream in Category::all().map(one_of) {
            let name = stream.to_string();
            assert_eq!(name.parse::<Stream>(), Ok(stream));
            let (category, rest) = name.split_once('-').unwrap();
            assert_eq!(category, stream.category().name());
            if let Some(scope) = stream.scope() {
                assert!(rest.starts_with(&scope.to_string()), "{name}");
            }
        }
    }

    #[test]
    fn what_is_not_named_so_is_no_stream_of_huiju() {
        for name in [
            "clinic",
            "clinic-7",
            "decisions-1303",
            "areas-130306",
            "areas-130306_made_up",
            "checkpoint-center",
            "$all",
            "scopes-130306",
        ] {
            assert!(name.parse::<Stream>().is_err(), "{name}");
        }
    }
}
