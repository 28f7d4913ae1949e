//! What a centre answers to: until its checkpoint says that it has, something may follow.

use crate::decisions::DecisionEvent;
use crate::erasures::ErasureEvent;
use crate::office::Office;
use crate::scope::Scope;
use crate::streams::{Category, Stream};

/// Whose centre answers to an event: until its checkpoint says that it has, something may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// That of one scope.
    Of(Scope),
    /// That of every scope with registrations that reads the divisions of this unit ([`crate::selection::reads_areas`]).
    ReadersOf(Scope),
}

/// The streams of a scope in which what its centre answers to may stand. What it answers to of the divisions stands in
/// [`Category::Areas`].
pub fn center_inputs() -> Vec<Category> {
    Office::ALL.into_iter().map(Category::Office).chain([Category::Decisions, Category::Erasures]).collect()
}

/// What an event says, where its stream alone does not tell whether a centre answers to it.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// One of decisions.
    Decision(&'a DecisionEvent),
    /// One of erasures.
    Erasure(&'a ErasureEvent),
}

/// Whose centre answers to an event of `stream`; none when no centre does. `content` is the event itself where the stream is
/// one of decisions or of erasures and it could be read.
///
/// Centres answer to everything that offices say of a registration, to divisions, to what stewards decide, and to
/// retractions. What their own rules decide and what they publish is acted on by being there, so they never answer
/// themselves. Of a hand-in they make nothing but what its rows led to; persons' keys are nothing to them.
pub fn center_answers(stream: Stream, content: Option<Content<'_>>) -> Option<Answering> {
    match stream {
        Stream::Registration(_, id) => Some(Answering::Of(id.scope())),
        Stream::Areas(unit, _) => Some(Answering::ReadersOf(unit)),
        Stream::Decisions(scope) | Stream::Erasures(scope) => {
            content.is_some_and(answered).then_some(Answering::Of(scope))
        }
        Stream::HandIn(_)
        | Stream::Resource(_)
        | Stream::Policy(_)
        | Stream::Population(_)
        | Stream::Questions(_)
        | Stream::Model(_)
        | Stream::Calendar(_)
        | Stream::Checkpoint(..)
        | Stream::Scopes
        | Stream::Log => None,
    }
}

fn answered(content: Content<'_>) -> bool {
    match content {
        Content::Decision(decision) => decision.by_steward(),
        Content::Erasure(ErasureEvent::ValueRetracted(_)) => true,
        Content::Erasure(
            ErasureEvent::KeyStoreAdopted(_) | ErasureEvent::PersonErasureOrdered(_) | ErasureEvent::PersonErased(_),
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decisions::{Decider, DecidingRule, Grounds, MergeUndone, RegistrationsMerged};
    use crate::erasures::{PersonErased, RetractionReason, ValueRetracted};
    use crate::ids::{MergeId, PersonId, RegistrationId};
    use crate::resource::RetractableField;

    #[test]
    fn a_centre_answers_to_offices_divisions_stewards_and_retractions_and_never_to_itself() {
        let scope: Scope = "130306".parse().unwrap();
        let pair = ["a", "b"].map(|key| RegistrationId::of_form(scope, Office::Clinic, key));
        let id = MergeId::of(pair[0], pair[1], 0);
        let undone = MergeUndone { id, pair, keep_apart: true, by: "steward".into(), reason: "不是同一家".into() };
        let grounds = Grounds {
            probability: None,
            weight: None,
            comparisons: Vec::new(),
            model: "m".into(),
            decided_by: Decider::Rule { name: DecidingRule::AboveMergeThreshold },
            on_behalf_of: None,
            reason: None,
        };
        let by_steward = DecisionEvent::MergeUndone(undone);
        let by_rule = DecisionEvent::RegistrationsMerged(RegistrationsMerged { id, pair, grounds });
        let retracted = ErasureEvent::ValueRetracted(ValueRetracted {
            registration: pair[0],
            field: RetractableField::Phones,
            reason: RetractionReason::PersonObjected,
            retracted_by: "steward".into(),
        });
        let erased = ErasureEvent::PersonErased(PersonErased { person: PersonId::contact_of(pair[0]) });
        let of = Some(Answering::Of(scope));
        for (stream, told, answering) in [
            ("clinic-13030600-0000-8000-8000-000000000001", None, of),
            ("womens_federation-13030600-0000-8000-8000-000000000001", None, of),
            ("import-13030600-0000-8000-8000-000000000001", None, None),
            ("areas-130306_statistical_2023", None, Some(Answering::ReadersOf(scope))),
            ("decisions-130306", Some(Content::Decision(&by_steward)), of),
            ("decisions-130306", Some(Content::Decision(&by_rule)), None),
            ("decisions-130306", None, None),
            ("erasures-130306", Some(Content::Erasure(&retracted)), of),
            ("erasures-130306", Some(Content::Erasure(&erased)), None),
            ("erasures-130306", None, None),
            ("model-130306", None, None),
            ("policy-130306", None, None),
            ("population-130306", None, None),
            ("questions-130306", None, None),
            ("resource-13030600-0000-8000-8000-000000000001", None, None),
            ("checkpoint-130306_center", None, None),
            ("huiju-log", None, None),
        ] {
            let stream: Stream = stream.parse().unwrap();
            assert_eq!(center_answers(stream, told), answering, "{stream} {told:?}");
            let followed = center_inputs().contains(&stream.category()) || stream.category() == Category::Areas;
            assert!(followed || answering.is_none(), "{stream} is answered and not followed");
        }
    }
}
