//! What of a row is compared with the row of an earlier hand-in, and kept for the next.

use crate::description::Description;
use crate::sealing::ContactKey;
use chassis::sealed::KeyError;
use intake::cell::numbering::Numbering;
use intake::cell::phone::{self, Divided};
use intake::{Line, Whose};
use schema::PersonalField;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;

/// The SHA-256 over the cells that hold no personal data and over what is public in the others, with their columns' names.
/// Blank cells count as missing columns do, so that a column without content changes nothing.
pub(crate) fn cells_digest<P, S, E>(
    line: &Line,
    description: &Description<P, S, E>,
    numbering: Option<Numbering>,
) -> String {
    let mut text = String::new();
    for column in description.columns {
        let cell = match (column.personal, column.telephones) {
            (false, _) => Cow::Borrowed(line.cell(column)),
            (true, None) => Cow::Borrowed(""),
            (true, Some(_)) => {
                let read = phone::telephones(line.cell(column), numbering).value.unwrap_or_default();
                let public = read.iter().filter(|telephone| !telephone.is_kept()).map(|one| one.number.as_str());
                Cow::Owned(public.collect::<Vec<_>>().join("、"))
            }
        };
        if !cell.is_empty() {
            text.push_str(&format!("{}:{}{}:{}", column.name.len(), column.name, cell.len(), cell));
        }
    }
    digest(text.as_bytes())
}

/// Whether a row gives a number that is kept for the desk.
pub(crate) fn keeps_mobiles<P, S, E>(
    line: &Line,
    description: &Description<P, S, E>,
    numbering: Option<Numbering>,
) -> bool {
    let of = |whose: Whose| {
        let columns = description.columns.iter().filter(move |column| column.telephones == Some(whose));
        columns.flat_map(|column| phone::telephones(line.cell(column), numbering).value.unwrap_or_default())
    };
    let of_service = of(Whose::Service).map(|telephone| telephone.number).collect();
    !Divided::of(of_service, of(Whose::Contact).collect()).kept.is_empty()
}

/// The cells of a row that hold personal data: column, as what they are sealed, text.
pub(crate) fn personal_cells<'l, P, S, E>(
    description: &Description<P, S, E>,
    line: &'l Line,
) -> impl Iterator<Item = (&'static str, PersonalField, &'l str)> {
    let columns = description.columns.iter().filter_map(|column| Some((column, column.sealed_as()?)));
    columns.map(|(column, field)| (column.name, field, line.cell(column))).filter(|(.., cell)| !cell.is_empty())
}

/// What of a row is sealed.
pub(crate) enum SealedCells {
    /// The row names nobody.
    None,
    /// The person has no key: never had one, or was erased.
    NoKey,
    /// The SHA-256 over the ciphertexts, which tells nothing without the key.
    Digest(String),
}

/// The digest of the cells of a row that hold personal data.
pub(crate) fn sealed_digest<P, S, E>(
    description: &Description<P, S, E>,
    line: &Line,
    contact: &ContactKey<'_>,
) -> Result<SealedCells, KeyError> {
    let mut ciphertexts = String::new();
    for (name, field, cell) in personal_cells(description, line) {
        let Some(sealed) = contact.seal_if_known(field, cell)? else {
            return Ok(SealedCells::NoKey);
        };
        ciphertexts.push_str(&format!("{name}={};", sealed.ciphertext));
    }
    Ok(if ciphertexts.is_empty() { SealedCells::None } else { SealedCells::Digest(digest(ciphertexts.as_bytes())) })
}

/// The SHA-256 of bytes, in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
