//! Personal values under a key per person, kept outside the log. Destroying the key erases the person.
//!
//! The nonce derives from the key and the value, so that the same value of the same person is always the same text
//! and a repeated command stays the same command. That shows when a person's value has not changed, and no more; it
//! is the construction of RFC 5297 in outline, with ChaCha20-Poly1305 (RFC 8439) as the cipher.

use crate::keys::{self, NoRandomness};
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension as _};
use schema::{PersonId, Sealed};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The file in a data directory that holds the keys.
pub const KEYS_FILE: &str = "keys.db";

/// How long to wait for another process that writes keys.
const BUSY_SECONDS: u64 = 10;

/// The keys of all persons, in a file of their own.
pub struct KeyStore(Mutex<Connection>);

/// A key could not be read, made or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file.
    #[error("the keys cannot be used: {0}")]
    Store(#[from] rusqlite::Error),
    /// No key can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The file's permissions could not be set.
    #[error("the keys' file cannot be protected: {0}")]
    Io(#[from] std::io::Error),
    /// A value could not be encrypted.
    #[error("the value cannot be sealed")]
    Cipher,
}

type Key = [u8; 32];

impl KeyStore {
    /// Opens the file, or makes it, readable by its owner only.
    pub fn open(path: &Path) -> Result<KeyStore, KeyError> {
        let store = KeyStore::prepare_file(Connection::open(path)?)?;
        restrict(path)?;
        Ok(store)
    }

    /// Keys that are gone when the process is: for tests.
    pub fn in_memory() -> Result<KeyStore, KeyError> {
        KeyStore::prepare_file(Connection::open_in_memory()?)
    }

    fn prepare_file(connection: Connection) -> Result<KeyStore, KeyError> {
        connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
        // A destroyed key must be gone from the disk: freed pages are overwritten, and the journal, which holds the
        // pages as they were, is cut to nothing. A write-ahead log would keep old pages.
        connection.execute_batch(
            "PRAGMA secure_delete = ON;
             PRAGMA journal_mode = TRUNCATE;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS keys (person BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID, STRICT;",
        )?;
        Ok(KeyStore(Mutex::new(connection)))
    }

    /// Seals a value for a person, making a key if the person has none. The same value gives the same text.
    pub fn seal(&self, person: PersonId, plaintext: &str) -> Result<Sealed, KeyError> {
        let key = match self.key(person)? {
            Some(key) => key,
            None => {
                self.prepare(&[person])?;
                self.key(person)?.ok_or(KeyError::Cipher)?
            }
        };
        seal_with(&key, person, plaintext).ok_or(KeyError::Cipher)
    }

    /// Seals a value for a person who has a key; none for one who has none, or was erased. Makes no key: for asking
    /// whether a value is still the same.
    pub fn seal_if_known(&self, person: PersonId, plaintext: &str) -> Result<Option<Sealed>, KeyError> {
        let Some(key) = self.key(person)? else { return Ok(None) };
        seal_with(&key, person, plaintext).map(Some).ok_or(KeyError::Cipher)
    }

    /// Opens a value. None if the person has been erased, or the text was not sealed with this person's key.
    pub fn open_sealed(&self, sealed: &Sealed) -> Option<String> {
        match self.key(sealed.person) {
            Ok(key) => open_with(&key?, sealed),
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read");
                None
            }
        }
    }

    /// Destroys a person's key, and with it every value sealed for them. False if there was none.
    pub fn erase(&self, person: PersonId) -> Result<bool, KeyError> {
        Ok(self.lock().execute("DELETE FROM keys WHERE person = ?1", [person.0.as_bytes()])? > 0)
    }

    /// Makes the keys of many persons at once: one write to the disk instead of one each. Existing keys stay.
    pub fn prepare(&self, persons: &[PersonId]) -> Result<(), KeyError> {
        if persons.is_empty() {
            return Ok(());
        }
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached("INSERT OR IGNORE INTO keys (person, key) VALUES (?1, ?2)")?;
            for person in persons {
                insert.execute((person.0.as_bytes(), keys::draw::<32>()?))?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn key(&self, person: PersonId) -> Result<Option<Key>, KeyError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT key FROM keys WHERE person = ?1")?;
        Ok(query.query_row([person.0.as_bytes()], |row| row.get(0)).optional()?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only the owner may read a file that holds secrets.
#[cfg(unix)]
pub fn restrict(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// Only the owner may read a file that holds secrets; elsewhere than on Unix that is left to the directory.
#[cfg(not(unix))]
pub fn restrict(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn seal_with(key: &Key, person: PersonId, plaintext: &str) -> Option<Sealed> {
    let nonce = nonce(key, plaintext)?;
    let mut text = plaintext.as_bytes().to_vec();
    let aad = Aad::from(person.0.as_bytes());
    cipher(key)?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?;
    let whole = [nonce.as_slice(), &text].concat();
    Some(Sealed { person, ciphertext: URL_SAFE_NO_PAD.encode(whole) })
}

fn open_with(key: &Key, sealed: &Sealed) -> Option<String> {
    let whole = URL_SAFE_NO_PAD.decode(&sealed.ciphertext).ok()?;
    let (nonce, text) = whole.split_first_chunk::<NONCE_LEN>()?;
    let mut text = text.to_vec();
    let aad = Aad::from(sealed.person.0.as_bytes());
    let plain = cipher(key)?.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut text).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

fn cipher(key: &Key) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, derived(key, b"huiju seal").as_ref()).ok()?))
}

fn nonce(key: &Key, plaintext: &str) -> Option<[u8; NONCE_LEN]> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, derived(key, b"huiju nonce").as_ref());
    hmac::sign(&key, plaintext.as_bytes()).as_ref().first_chunk::<NONCE_LEN>().copied()
}

fn derived(key: &Key, purpose: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), purpose)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn a_sealed_value_opens_and_is_the_same_text_each_time() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), "王秀英").unwrap();
        assert_eq!(store.open_sealed(&sealed).as_deref(), Some("王秀英"));
        assert_eq!(sealed, store.seal(person(1), "王秀英").unwrap());
        assert_ne!(sealed.ciphertext, store.seal(person(1), "王秀兰").unwrap().ciphertext);
        assert_ne!(sealed.ciphertext, store.seal(person(2), "王秀英").unwrap().ciphertext);
    }

    #[test]
    fn an_erased_person_stays_erased_even_if_sealed_for_again() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), "13800000000").unwrap();
        assert!(store.erase(person(1)).unwrap());
        assert!(!store.erase(person(1)).unwrap());
        assert_eq!(store.open_sealed(&sealed), None);
        store.seal(person(1), "13800000000").unwrap();
        assert_eq!(store.open_sealed(&sealed), None);
    }

    #[test]
    fn a_value_moved_to_another_person_or_changed_does_not_open() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), "x").unwrap();
        store.prepare(&[person(1), person(2)]).unwrap();
        assert_eq!(store.open_sealed(&Sealed { person: person(2), ..sealed.clone() }), None);
        for ciphertext in ["", "AAAA", "not base64!", &format!("A{}", &sealed.ciphertext[1..])] {
            let changed = Sealed { ciphertext: ciphertext.to_owned(), ..sealed.clone() };
            assert!(changed == sealed || store.open_sealed(&changed).is_none(), "{ciphertext}");
        }
    }

    #[test]
    fn keys_outlive_the_process_and_a_destroyed_one_is_gone_from_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(KEYS_FILE);
        let sealed = KeyStore::open(&path).unwrap().seal(person(1), "x").unwrap();
        let store = KeyStore::open(&path).unwrap();
        assert_eq!(store.open_sealed(&sealed).as_deref(), Some("x"));
        let key = store.key(person(1)).unwrap().unwrap();
        let on_disk = || {
            let files = std::fs::read_dir(directory.path()).unwrap();
            files
                .filter(|file| {
                    let bytes = std::fs::read(file.as_ref().unwrap().path()).unwrap();
                    bytes.windows(key.len()).any(|window| window == key)
                })
                .count()
        };
        assert_eq!(on_disk(), 1);
        store.erase(person(1)).unwrap();
        assert_eq!(on_disk(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(KEYS_FILE);
        KeyStore::open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
