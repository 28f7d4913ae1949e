//! Personal values under a key per person, kept outside the log. Destroying the key erases the person.

mod cipher;
mod private;
mod store;

pub use private::{private_directory, restrict};
pub use store::{KEYS_FILE, KeyError, KeyStore, PersonKey};
