//! Personal data as the log keeps it.

use crate::ids::PersonId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value encrypted under the key of one person. The keys live outside the log; destroying a person's key erases
/// every value sealed for them, and leaves every proof over the log as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// Whose key opens it.
    pub person: PersonId,
    /// The nonce, then the ciphertext with its tag, in base64url without padding (ChaCha20-Poly1305, RFC 8439).
    pub ciphertext: String,
}
