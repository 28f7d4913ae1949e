//! Sealing what a row or a form says of its contact.

use chassis::sealed::{KeyError, KeyStore, PersonKey};
use intake::row::unsealed;
use schema::{PersonId, PersonalField, RegistrationId, Sealed};
use std::cell::{OnceCell, RefCell};

/// The key of a registration's contact, looked up when it is first needed and then held as long as one row is dealt with.
pub(crate) struct ContactKey<'k> {
    keys: &'k KeyStore,
    person: PersonId,
    makes: bool,
    key: OnceCell<Option<PersonKey>>,
    failed: RefCell<Option<KeyError>>,
}

impl<'k> ContactKey<'k> {
    /// For keeping what is sealed: a key is made where there is none.
    pub(crate) fn or_new(keys: &'k KeyStore, registration: RegistrationId) -> ContactKey<'k> {
        ContactKey { makes: true, ..ContactKey::if_there(keys, registration) }
    }

    /// For comparing only.
    pub(crate) fn if_there(keys: &'k KeyStore, registration: RegistrationId) -> ContactKey<'k> {
        let person = PersonId::contact_of(registration);
        ContactKey { keys, person, makes: false, key: OnceCell::new(), failed: RefCell::new(None) }
    }

    /// A sealed value; none if the contact has no key.
    pub(crate) fn seal_if_known(&self, field: PersonalField, text: &str) -> Result<Option<Sealed>, KeyError> {
        let key = match self.key.get() {
            Some(key) => key,
            None => {
                let found =
                    if self.makes { self.keys.key_or_new(self.person)? } else { self.keys.key_of(self.person)? };
                self.key.get_or_init(|| found)
            }
        };
        key.as_ref().map(|key| key.seal(field, text)).transpose()
    }

    /// A sealed value for a reader that can not fail. Where there is no key, and where the keys failed, an empty one stands in
    /// its place; see [`ContactKey::check`].
    pub(crate) fn seal(&self, field: PersonalField, text: &str) -> Sealed {
        match self.seal_if_known(field, text) {
            Ok(sealed) => sealed.unwrap_or_else(|| unsealed(self.person)),
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                unsealed(self.person)
            }
        }
    }

    /// The first failure of [`ContactKey::seal`].
    pub(crate) fn check(&self) -> Result<(), KeyError> {
        self.failed.take().map_or(Ok(()), Err)
    }
}
