//! The built-in issuer: accounts, passwords, and the tokens they are exchanged for.
//!
//! Accounts are kept in a database of their own in the data directory, never in the log: nothing about them is for
//! others to follow, and a password's hash must be forgettable. Whoever has accounts elsewhere uses an OpenID Connect
//! issuer instead and does without this service.
//!
//! A token is good until it expires or its grant is revoked: by disabling or deleting the account, changing its password or
//! what it may do, or taking a script's token back. What is revoked stands beside the public keys, so that every verifier
//! knows without asking.

mod api;
mod attempts;
mod device;
mod issuer;
mod password;
mod store;

pub use api::{Session, mount};
pub use issuer::{
    ACCOUNTS_FILE, DemoAccount, FirstAdmin, Issuer, IssuerError, JWKS_FILE, KEY_FILE, SESSION, SignedIn, Visitor,
};
pub use store::{Account, ScriptToken};
