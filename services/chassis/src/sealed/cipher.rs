//! How a sealed text is made and read.
//!
//! base64url without padding of: the format (1 byte), the number of the key (2 bytes, big-endian), then what
//! AES-256-GCM-SIV (RFC 8452) makes of the padded value, its tag last. The plaintext is the value in UTF-8, a byte 0x80
//! and as many zeros as make a multiple of 32 bytes (the padding of ISO/IEC 7816-4), so that the text tells no more of the
//! value's length. The associated data are format, key number, person and field: a text that was moved to another person
//! or another field does not open.
//!
//! **Why the nonce is fixed.** The same value of the same person must give the same text: a repeated command has the
//! same body then, and an unchanged row of a file is known for one. AES-GCM-SIV is made for that: under one nonce,
//! nothing is learned but whether plaintext *and* associated data of two messages are the same (RFC 8452, sections 1 and
//! 9), which is what is wanted here; person and field stand in the associated data, so equality shows only between two
//! statements of one field of one person. With one nonce the bound on a key is the birthday bound of 2^64 blocks
//! (section 9 asks for less than 2^48 in all); a key belongs to one person, of whom a few values of a few blocks are
//! sealed.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schema::{PersonId, PersonalField, Sealed};

/// The only format so far: the one described above.
const FORMAT: u8 = 1;

/// A value is padded to a multiple of so many bytes.
const BLOCK: usize = 32;

/// The key of one person.
pub(super) type Key = [u8; 32];

/// The text of a value. None if the cipher fails, which it has no reason to.
pub(super) fn seal(key: &Key, number: u16, person: PersonId, field: PersonalField, value: &str) -> Option<Sealed> {
    let mut text = padded(value);
    let bound = associated(FORMAT, number, person, field);
    encrypt(key, [0; NONCE_LEN], &bound, &mut text)?;
    let [high, low] = number.to_be_bytes();
    let whole = [&[FORMAT, high, low], text.as_slice()].concat();
    Some(Sealed { person, ciphertext: URL_SAFE_NO_PAD.encode(whole) })
}

/// A sealed text, taken apart.
pub(super) struct Parts {
    /// Under which of the person's keys it is.
    pub(super) number: u16,
    text: Vec<u8>,
}

/// Takes a text apart; none if it is no sealed text of a format that is known.
pub(super) fn parts(sealed: &Sealed) -> Option<Parts> {
    let whole = URL_SAFE_NO_PAD.decode(&sealed.ciphertext).ok()?;
    let ([format, high, low], text) = whole.split_first_chunk::<3>()?;
    (*format == FORMAT).then(|| Parts { number: u16::from_be_bytes([*high, *low]), text: text.to_vec() })
}

/// The value. None if it was sealed under another key, for another person or for another field, or was changed.
pub(super) fn open(key: &Key, person: PersonId, field: PersonalField, parts: Parts) -> Option<String> {
    let Parts { number, mut text } = parts;
    let plain = decrypt(key, [0; NONCE_LEN], &associated(FORMAT, number, person, field), &mut text)?;
    String::from_utf8(unpadded(plain)?.to_vec()).ok()
}

fn associated(format: u8, number: u16, person: PersonId, field: PersonalField) -> Vec<u8> {
    [&[format], number.to_be_bytes().as_slice(), person.0.as_bytes(), field.name().as_bytes()].concat()
}

fn padded(value: &str) -> Vec<u8> {
    let mut text = value.as_bytes().to_vec();
    text.push(0x80);
    text.resize(text.len().next_multiple_of(BLOCK), 0);
    text
}

fn unpadded(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().rposition(|byte| *byte != 0)?;
    let (value, mark) = text.get(..=end)?.split_at_checked(end)?;
    (mark == [0x80]).then_some(value)
}

/// AEAD_AES_256_GCM_SIV of RFC 8452, the tag appended.
fn encrypt(key: &Key, nonce: [u8; NONCE_LEN], bound: &[u8], text: &mut Vec<u8>) -> Option<()> {
    cipher(key)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), text).ok()
}

fn decrypt<'t>(key: &Key, nonce: [u8; NONCE_LEN], bound: &[u8], text: &'t mut [u8]) -> Option<&'t [u8]> {
    let plain = cipher(key)?.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(bound), text).ok()?;
    Some(plain)
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, key).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const KEY: Key = [7; 32];

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn bytes(hexadecimal: &str) -> Vec<u8> {
        let digits = hexadecimal.as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn the_cipher_is_the_one_of_rfc_8452() {
        // Appendix C.2: one key and nonce; plaintext, associated data, result.
        let (mut key, mut nonce) = ([0; 32], [0; NONCE_LEN]);
        (key[0], nonce[0]) = (1, 3);
        for (plain, bound, result) in [
            ("", "", "07f5f4169bbf55a8400cd47ea6fd400f"),
            ("0100000000000000", "", "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"),
            ("010000000000000000000000", "", "9aab2aeb3faa0a34aea8e2b18ca50da9ae6559e48fd10f6e5c9ca17e"),
            ("0200000000000000", "01", "1de22967237a813291213f267e3b452f02d01ae33e4ec854"),
        ] {
            let mut text = bytes(plain);
            encrypt(&key, nonce, &bytes(bound), &mut text).unwrap();
            assert_eq!(text, bytes(result), "{plain} with {bound}");
            assert_eq!(decrypt(&key, nonce, &bytes(bound), &mut text).unwrap(), bytes(plain));
        }
    }

    #[test]
    fn a_text_of_this_format_stays_the_text_it_is() {
        // Whoever changes the construction changes what is in logs: this text was made by the format described above.
        let sealed = seal(&KEY, 1, person(1), PersonalField::ContactName, "王秀英").unwrap();
        assert_eq!(sealed.ciphertext, "AQABFA81IVnlRIViwB4UFHAWSLA40aWznZl_0_siyZazuThIoUD8PYBckViVDCwAR75e");
        assert_eq!(open(&KEY, person(1), PersonalField::ContactName, parts(&sealed).unwrap()).unwrap(), "王秀英");
    }

    #[test]
    fn the_text_does_not_tell_how_long_the_value_is() {
        let length =
            |value: &str| seal(&KEY, 1, person(1), PersonalField::ContactName, value).unwrap().ciphertext.len();
        assert_eq!(length(""), length("欧阳秀英秀英秀英秀英"));
        assert!(length(&"x".repeat(31)) < length(&"x".repeat(32)));
    }

    #[test]
    fn every_length_opens_as_it_was_and_zeros_at_the_end_are_kept() {
        for value in (0..70).map(|length| "x".repeat(length)).chain(["a\0\0".to_owned(), "\u{80}".to_owned()]) {
            let sealed = seal(&KEY, 1, person(1), PersonalField::ContactName, &value).unwrap();
            let opened = open(&KEY, person(1), PersonalField::ContactName, parts(&sealed).unwrap());
            assert_eq!(opened, Some(value));
        }
    }

    #[test]
    fn what_is_no_text_of_a_known_format_is_not_opened() {
        let sealed = seal(&KEY, 1, person(1), PersonalField::ContactName, "王秀英").unwrap();
        let mut whole = URL_SAFE_NO_PAD.decode(&sealed.ciphertext).unwrap();
        whole[0] = 2;
        for ciphertext in ["", "AAAA", "not base64!", "AQ", &URL_SAFE_NO_PAD.encode(&whole)] {
            let read = parts(&Sealed { ciphertext: ciphertext.to_owned(), ..sealed.clone() });
            assert!(read.is_none_or(|parts| open(&KEY, person(1), PersonalField::ContactName, parts).is_none()));
        }
    }

    #[test]
    fn a_text_is_bound_to_its_person_its_field_its_key_and_every_bit_of_it() {
        let field = PersonalField::ContactName;
        let sealed = seal(&KEY, 1, person(1), field, "王秀英").unwrap();
        let parts_of = || parts(&sealed).unwrap();
        assert!(open(&KEY, person(2), field, parts_of()).is_none());
        assert!(open(&KEY, person(1), PersonalField::NotUnderstood, parts_of()).is_none());
        assert!(open(&[8; 32], person(1), field, parts_of()).is_none());
        assert!(open(&KEY, person(1), field, Parts { number: 2, ..parts_of() }).is_none());
        for bit in 0..parts_of().text.len() * 8 {
            let mut changed = parts_of();
            changed.text[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&KEY, person(1), field, changed).is_none(), "bit {bit}");
        }
    }
}
