//! How far a processor has acted, and what the centre acts on. Streams `checkpoint-<scope>_<processor>`.

use crate::decisions::DecisionEvent;
use crate::event::event_enum;
use crate::office::Office;
use crate::position::LogPosition;
use crate::scope::Scope;
use crate::streams::{Category, Processor, Stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stream of the centre's checkpoints.
pub const CENTER_CHECKPOINT: Stream = Stream::Checkpoint(Scope::NATION, Processor::Center);

/// The categories in which what the centre answers to may stand: those of the offices, of hand-ins, of divisions, and of
/// its own decisions, in which stewards decide too.
pub fn center_inputs() -> Vec<Category> {
    let offices = Office::ALL.into_iter().map(Category::Office);
    offices.chain([Category::Areas, Category::HandIn, Category::Decisions]).collect()
}

/// Whether the centre answers to an event of `stream`: until a checkpoint says that it has, something may follow from
/// it. `decision` is the event itself where the stream is one of decisions and it could be read.
///
/// It answers to everything that offices, hand-ins and divisions say, and to what stewards decide. What its own rules
/// decide and what it publishes are acted on by being there, so it never answers itself.
pub fn center_answers(stream: Stream, decision: Option<&DecisionEvent>) -> bool {
    match stream {
        Stream::Registration(..) | Stream::HandIn(_) | Stream::Areas(..) => true,
        Stream::Decisions(_) => decision.is_some_and(DecisionEvent::by_steward),
        Stream::Resource(_)
        | Stream::Policy(_)
        | Stream::Model(_)
        | Stream::Calendar(_)
        | Stream::Erasures(_)
        | Stream::Checkpoint(..)
        | Stream::Scopes
        | Stream::Log => false,
    }
}

/// The processor has fully acted on everything up to a position, and all it wrote in answer stands before this event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressReached {
    /// The last position acted on. In another log it says nothing: whoever reads it there leaves it out, and says so.
    pub through: LogPosition,
}

event_enum! {
    /// What a processor says of itself.
    pub enum ProgressEvent {
        /// It got this far.
        ProgressReached(ProgressReached),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::Scheme;
    use crate::decisions::{MatchingModelAdopted, MergeUndone};
    use crate::ids::{HandInId, MergeId, RegistrationId, ResourceId};
    use uuid::Uuid;

    #[test]
    fn the_centre_answers_to_offices_and_stewards_and_never_to_itself() {
        let pair = [RegistrationId(Uuid::from_u128(1)), RegistrationId(Uuid::from_u128(2))];
        let undone = DecisionEvent::MergeUndone(MergeUndone {
            id: MergeId(Uuid::from_u128(3)),
            pair,
            keep_apart: true,
            by: "steward".into(),
            reason: "不是同一家".into(),
        });
        let adopted = DecisionEvent::MatchingModelAdopted(MatchingModelAdopted {
            model: "huiju-2026-2".into(),
            merge_from: 0.995,
            propose_from: 0.75,
        });
        let [registration, _] = pair;
        let scope = registration.scope();
        for (stream, decision, answers) in [
            (Stream::Registration(Office::Clinic, registration), None, true),
            (Stream::Registration(Office::WomensFederation, registration), None, true),
            (Stream::HandIn(HandInId(Uuid::from_u128(4))), None, true),
            (Stream::Areas(scope, Scheme::Statistical2023), None, true),
            (Stream::Decisions(scope), Some(&undone), true),
            (Stream::Decisions(scope), Some(&adopted), false),
            (Stream::Decisions(scope), None, false),
            (Stream::Resource(ResourceId::of(registration)), None, false),
            (CENTER_CHECKPOINT, None, false),
            (Stream::Log, None, false),
        ] {
            assert_eq!(center_answers(stream, decision), answers, "{stream} {decision:?}");
            let followed = center_inputs().contains(&stream.category());
            assert!(followed || !answers, "{stream} is answered and not followed");
        }
    }
}
