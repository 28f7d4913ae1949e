//! Who calls, and what they may do.
//!
//! A caller holds a signed token (JWT, RFC 7519): of the built-in issuer or of any OpenID Connect issuer that is told
//! the same claims. It travels as `Authorization: Bearer` or, from a browser, in the cookie [`COOKIE`].

mod caller;
mod jwks;
mod signer;
mod verifier;

pub use caller::{COOKIE, Caller, MaybeCaller, Role, UnknownRole};
pub use jwks::KeySet;
pub use signer::{Signer, SignerError};
pub use verifier::{AUDIENCE, ISSUER, Refusal, Verifier};
