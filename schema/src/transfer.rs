//! A registration that moves to another county, because its provider does. An id keeps its scope for ever, so the
//! registration is opened there under a new one, then closed here; both say where the other is.

use crate::ids::RegistrationId;
use crate::resource::RetractableField;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Opened under a new id: its provider has come from another county. What else was recorded of it and still holds, and a
/// suspension, follow as events of their own in the same append.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MovedIn<P> {
    /// What it was until then.
    pub transferred_from: RegistrationId,
    /// From when on it was registered first, in the world's time, wherever that was.
    pub first_registered_at: DateTime<Utc>,
    /// What is registered, whole.
    pub registration: P,
    /// Of these fields what is registered was retracted before: it is hidden from the first moment, as if a
    /// [`crate::erasures::ValueRetracted`] stood here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retracted: Vec<RetractableField>,
}

/// Closed: its provider has moved to another county.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MovedOut {
    /// What it is from then on. Opened before this was written.
    pub transferred_to: RegistrationId,
}
