//! Sealing while a row is read, when the reader can not fail.

use chassis::sealed::KeyError;
use intake::row::unsealed;
use schema::{PersonId, Sealed};
use std::cell::RefCell;

/// A sealed value, or none in its place when the keys failed; the first failure is kept for whoever runs the row.
pub(crate) fn sealing(
    failed: &RefCell<Option<KeyError>>,
    person: PersonId,
    sealed: Result<Sealed, KeyError>,
) -> Sealed {
    sealed.unwrap_or_else(|error| {
        failed.borrow_mut().get_or_insert(error);
        unsealed(person)
    })
}
