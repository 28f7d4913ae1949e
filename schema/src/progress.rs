//! How far a processor has acted, and what the centre acts on. Streams `checkpoint-<processor>`.

use crate::decisions::DecisionEvent;
use crate::event::event_enum;
use crate::office::Office;
use crate::position::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stream of the centre's checkpoints.
pub const CENTER_CHECKPOINT: &str = "checkpoint-center";

/// The prefixes of the streams in which what the centre answers to may stand: those of the offices, of hand-ins, of
/// divisions, and of its own decisions, in which stewards decide too.
pub fn center_inputs() -> Vec<String> {
    Office::ALL
        .into_iter()
        .map(Office::stream_prefix)
        .chain(ANSWERED.map(str::to_owned))
        .chain([DECISIONS.to_owned()])
        .collect()
}

/// Whether the centre answers to an event of `stream`: until a checkpoint says that it has, something may follow from
/// it. `decision` is the event itself where the stream is one of decisions and it could be read.
///
/// It answers to everything that offices, hand-ins and divisions say, and to what stewards decide. What its own rules
/// decide and what it publishes are acted on by being there, so it never answers itself.
pub fn center_answers(stream: &str, decision: Option<&DecisionEvent>) -> bool {
    Office::of_stream(stream).is_some()
        || ANSWERED.iter().any(|prefix| stream.starts_with(prefix))
        || (stream.starts_with(DECISIONS) && decision.is_some_and(DecisionEvent::by_steward))
}

const ANSWERED: [&str; 2] = ["areas-", "import-"];
const DECISIONS: &str = "decisions-";

/// The processor has fully acted on everything up to a position, and all it wrote in answer stands before this event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressReached {
    /// The last position acted on.
    pub through: Position,
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
    use crate::decisions::{MatchingModelAdopted, MergeUndone};
    use crate::ids::{MergeId, RegistrationId};
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
        for (stream, decision, answers) in [
            ("clinic-1", None, true),
            ("womens_federation-1", None, true),
            ("import-1", None, true),
            ("areas-130306_statistical_2023", None, true),
            ("decisions-130306", Some(&undone), true),
            ("decisions-130306", Some(&adopted), false),
            ("decisions-130306", None, false),
            ("resource-1", None, false),
            (CENTER_CHECKPOINT, None, false),
            ("huiju-log", None, false),
        ] {
            assert_eq!(center_answers(stream, decision), answers, "{stream} {decision:?}");
            let followed = center_inputs().iter().any(|prefix| stream.starts_with(prefix.as_str()));
            assert!(followed || !answers, "{stream} is answered and not followed");
        }
    }
}
