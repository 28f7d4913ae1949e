//! Personal values under a key per person, kept outside the log. Destroying the key erases the person.

mod cipher;
mod store;

pub use store::{KEYS_FILE, KeyError, KeyStore, restrict};
