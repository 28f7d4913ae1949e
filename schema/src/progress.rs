//! How far a processor has acted. Streams `checkpoint-<processor>`.

use crate::event::event_enum;
use crate::position::Position;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stream of the centre's checkpoints.
pub const CENTER_CHECKPOINT: &str = "checkpoint-center";

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
