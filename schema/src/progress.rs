//! How far a processor has acted. Streams `checkpoint-<scope>_<processor>`.

use crate::event::event_enum;
use crate::position::LogPosition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The processor has fully acted on everything up to a position, and all it wrote in answer stands before this event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProgressReached {
    /// The last position acted on. In another log it says nothing: whoever reads it there leaves it out, and says so.
    pub through: LogPosition,
    /// By which rules, as the processor names them. Whoever starts by the same ones need not look again at what came up to
    /// there. None when something of it is left undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

event_enum! {
    /// What a processor says of itself.
    pub enum ProgressEvent {
        /// It got this far.
        ProgressReached(ProgressReached),
    }
}
