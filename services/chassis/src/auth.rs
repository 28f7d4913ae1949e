//! Who calls, and what they may do.
//!
//! A caller holds a signed token (JWT, RFC 7519): of the built-in issuer, or of an OpenID Connect issuer whose
//! [`Expectations`] say what its tokens name and where. It travels as `Authorization: Bearer` or, from a browser, in the cookie [`COOKIE`].

mod caller;
mod claims;
mod credential;
mod jwks;
mod signer;
mod verifier;

pub use caller::{COOKIE, Caller, MaybeCaller, Role, UnknownRole};
pub(crate) use caller::{TokenHolder, Verified};
pub use claims::{AUDIENCE, Expectations, ISSUER};
pub use credential::{Credential, MaybeCredential};
pub use jwks::KeySet;
pub use signer::{Signer, SignerError};
pub use verifier::{Refusal, Verifier};
