//! The installation's one key store.

use super::cipher::{self, Key};
use super::private;
use crate::keys::{self, NoRandomness};
use aws_lc_rs::hmac;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use schema::{PersonId, PersonalField, Sealed};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The file in a data directory that holds the keys.
pub const KEYS_FILE: &str = "keys.db";

/// How long to wait for another process that writes keys.
const BUSY_SECONDS: u64 = 10;

/// The number of a person's first key. A later key of the same person has a greater one.
const FIRST: u16 = 1;

/// The keys of all persons, in a file of their own. Several processes may use the file at the same time.
///
/// A person is *closed* once their erasure has been ordered: nothing of theirs is opened, nothing is sealed for them, and
/// they never get a key again. Their key may outlive that, if the law requires what it opens to be kept until a day.
pub struct KeyStore(Option<Mutex<Connection>>);

/// The key of one person. Not to be kept: the person may be erased while it is held.
pub struct PersonKey {
    person: PersonId,
    number: u16,
    key: Key,
}

impl PersonKey {
    /// Seals a value. The same value gives the same text.
    pub fn seal(&self, field: PersonalField, value: &str) -> Result<Sealed, KeyError> {
        cipher::seal(&self.key, self.number, self.person, field, value).ok_or(KeyError::Cipher)
    }
}

/// A key could not be read, made or destroyed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file.
    #[error("密钥库无法读写 the keys cannot be used: {0}")]
    Store(#[from] rusqlite::Error),
    /// No key can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The file or its permissions.
    #[error("密钥库文件无法保护 the keys' file cannot be protected: {0}")]
    Io(#[from] std::io::Error),
    /// Others than the owner may enter the directory.
    #[error(
        "目录 {0} 不只本人可以进入，密钥库不能放在这里；请执行 chmod 700 {0}，或用 --keys 换一个目录 \
         others may enter the directory {0}, so the keys must not lie there: chmod 700 {0}, or name another one with --keys"
    )]
    OpenDirectory(String),
    /// This process was started without a key store.
    #[error("本进程没有密钥库，请用 --keys 指明 this process has no key store; name it with --keys")]
    Absent,
    /// A value could not be encrypted.
    #[error("the value cannot be sealed")]
    Cipher,
}

impl KeyStore {
    /// Opens the file, or makes it, in a directory that only its owner may enter. The file is its owner's only.
    pub fn open(path: &Path) -> Result<KeyStore, KeyError> {
        private::require_private_directory(path)?;
        private::touch(path)?;
        KeyStore::prepare_file(Connection::open(path)?)
    }

    /// Keys that are gone when the process is: for tests.
    pub fn in_memory() -> Result<KeyStore, KeyError> {
        KeyStore::prepare_file(Connection::open_in_memory()?)
    }

    /// The key store of a process that has none: it opens nothing, and to seal is an error.
    pub fn absent() -> KeyStore {
        KeyStore(None)
    }

    fn prepare_file(connection: Connection) -> Result<KeyStore, KeyError> {
        connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
        // Otherwise a query is compiled anew for each person: SQLite would plan by the value that is bound.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // A destroyed key must be gone from the disk: freed pages are overwritten, and the journal, which holds the
        // pages as they were, is cut to nothing. A write-ahead log would keep old pages.
        connection.execute_batch(
            "PRAGMA secure_delete = ON;
             PRAGMA journal_mode = TRUNCATE;
             PRAGMA synchronous = FULL;
             CREATE TABLE IF NOT EXISTS store (
                 one INTEGER PRIMARY KEY CHECK (one = 1), id BLOB NOT NULL, secret BLOB NOT NULL
             ) STRICT;
             CREATE TABLE IF NOT EXISTS keys (
                 person BLOB NOT NULL, number INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY (person, number)
             ) WITHOUT ROWID, STRICT;
             CREATE TABLE IF NOT EXISTS closed (person BLOB PRIMARY KEY) WITHOUT ROWID, STRICT;",
        )?;
        let identity = (keys::draw_id()?.into_bytes(), keys::draw::<32>()?);
        connection.execute("INSERT OR IGNORE INTO store (one, id, secret) VALUES (1, ?1, ?2)", identity)?;
        Ok(KeyStore(Some(Mutex::new(connection))))
    }

    /// Which store this is: drawn when it was made, the same for all copies of it.
    pub fn id(&self) -> Result<Uuid, KeyError> {
        let id = self.connection()?.query_row("SELECT id FROM store", [], |row| row.get(0))?;
        Ok(Uuid::from_bytes(id))
    }

    /// A digest of what may hold personal data, in hexadecimal: HMAC-SHA-256 under a secret of this store. Who has the
    /// log alone cannot try out what was digested.
    pub fn digest(&self, bytes: &[u8]) -> Result<String, KeyError> {
        let secret: [u8; 32] = self.connection()?.query_row("SELECT secret FROM store", [], |row| row.get(0))?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), bytes);
        Ok(crate::digest::hexadecimal(tag.as_ref()))
    }

    /// Seals a value of a person, making a key if the person has none. The same value gives the same text.
    ///
    /// For a person whose erasure has been ordered the text is empty: nothing is kept of the value.
    pub fn seal(&self, person: PersonId, field: PersonalField, value: &str) -> Result<Sealed, KeyError> {
        let sealed = self.key_or_new(person)?.map(|key| key.seal(field, value)).transpose()?;
        Ok(sealed.unwrap_or(Sealed { person, ciphertext: String::new() }))
    }

    /// Seals a value of a person who has a key; none for one who has none, or is to be erased. Makes no key: for asking
    /// whether a value is still the same.
    pub fn seal_if_known(
        &self,
        person: PersonId,
        field: PersonalField,
        value: &str,
    ) -> Result<Option<Sealed>, KeyError> {
        self.key_of(person)?.map(|key| key.seal(field, value)).transpose()
    }

    /// The key under which values of a person are sealed now; none for one who has none, or is to be erased. For who seals
    /// several values of a person in one go: a look into the file costs many times what sealing does.
    pub fn key_of(&self, person: PersonId) -> Result<Option<PersonKey>, KeyError> {
        Ok(self.latest_key(person)?.map(|(number, key)| PersonKey { person, number, key }))
    }

    /// The same, making a key if the person has none.
    pub fn key_or_new(&self, person: PersonId) -> Result<Option<PersonKey>, KeyError> {
        if let Some(key) = self.key_of(person)? {
            return Ok(Some(key));
        }
        self.prepare(&[person])?;
        self.key_of(person)
    }

    /// Opens a value. None if the person's erasure has been ordered, or the text was not sealed as this field of this
    /// person.
    pub fn open_sealed(&self, field: PersonalField, sealed: &Sealed) -> Option<String> {
        let parts = cipher::parts(sealed)?;
        match self.key(sealed.person, parts.number) {
            Ok(key) => cipher::open(&key?, sealed.person, field, parts),
            Err(error) => {
                tracing::error!(%error, "the keys cannot be read");
                None
            }
        }
    }

    /// Whether anything that was sealed for a person can still be opened, or could be but for an order that holds it.
    pub fn has_key(&self, person: PersonId) -> Result<bool, KeyError> {
        let connection = self.connection()?;
        let mut query = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM keys WHERE person = ?1)")?;
        Ok(query.query_row([person.0.as_bytes()], |row| row.get(0))?)
    }

    /// Whether a person's erasure has been ordered, as far as this store was told.
    pub fn is_closed(&self, person: PersonId) -> Result<bool, KeyError> {
        let connection = self.connection()?;
        let mut query = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM closed WHERE person = ?1)")?;
        Ok(query.query_row([person.0.as_bytes()], |row| row.get(0))?)
    }

    /// From now on opens nothing of a person and seals nothing for them. Their keys stay.
    pub fn close(&self, person: PersonId) -> Result<(), KeyError> {
        self.connection()?.execute("INSERT OR IGNORE INTO closed (person) VALUES (?1)", [person.0.as_bytes()])?;
        Ok(())
    }

    /// Closes a person and destroys their keys, and with them every value sealed for them. False if there was no key.
    pub fn erase(&self, person: PersonId) -> Result<bool, KeyError> {
        let mut connection = self.connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR IGNORE INTO closed (person) VALUES (?1)", [person.0.as_bytes()])?;
        let destroyed = transaction.execute("DELETE FROM keys WHERE person = ?1", [person.0.as_bytes()])?;
        transaction.commit()?;
        Ok(destroyed > 0)
    }

    /// Makes the keys of many persons at once: one write to the disk instead of one each. Who has a key keeps it; who is
    /// to be erased gets none.
    pub fn prepare(&self, persons: &[PersonId]) -> Result<(), KeyError> {
        if persons.is_empty() {
            return Ok(());
        }
        let mut connection = self.connection()?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO keys (person, number, key) SELECT ?1, ?2, ?3
                 WHERE NOT EXISTS (SELECT 1 FROM keys WHERE person = ?1)
                   AND NOT EXISTS (SELECT 1 FROM closed WHERE person = ?1)",
            )?;
            for person in persons {
                insert.execute((person.0.as_bytes(), FIRST, keys::draw::<32>()?))?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// The key under which values of a person are sealed now, with its number.
    fn latest_key(&self, person: PersonId) -> Result<Option<(u16, Key)>, KeyError> {
        if self.0.is_none() {
            return Ok(None);
        }
        let connection = self.connection()?;
        let mut query = connection.prepare_cached(
            "SELECT number, key FROM keys WHERE person = ?1 AND NOT EXISTS (SELECT 1 FROM closed WHERE person = ?1)
             ORDER BY number DESC LIMIT 1",
        )?;
        Ok(query.query_row([person.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    fn key(&self, person: PersonId, number: u16) -> Result<Option<Key>, KeyError> {
        if self.0.is_none() {
            return Ok(None);
        }
        let connection = self.connection()?;
        let mut query = connection.prepare_cached(
            "SELECT key FROM keys WHERE person = ?1 AND number = ?2
             AND NOT EXISTS (SELECT 1 FROM closed WHERE person = ?1)",
        )?;
        Ok(query.query_row((person.0.as_bytes(), number), |row| row.get(0)).optional()?)
    }

    fn connection(&self) -> Result<MutexGuard<'_, Connection>, KeyError> {
        let connection = self.0.as_ref().ok_or(KeyError::Absent)?;
        Ok(connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: PersonalField = PersonalField::ContactName;

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn a_sealed_value_opens_and_is_the_same_text_each_time() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), NAME, "王秀英").unwrap();
        assert_eq!(store.open_sealed(NAME, &sealed).as_deref(), Some("王秀英"));
        assert_eq!(sealed, store.seal(person(1), NAME, "王秀英").unwrap());
        assert_ne!(sealed.ciphertext, store.seal(person(1), NAME, "王秀兰").unwrap().ciphertext);
        assert_ne!(
            sealed.ciphertext,
            store.seal(person(1), PersonalField::NotUnderstood, "王秀英").unwrap().ciphertext
        );
        assert_ne!(sealed.ciphertext, store.seal(person(2), NAME, "王秀英").unwrap().ciphertext);
    }

    #[test]
    fn whoever_was_erased_stays_so_and_nothing_is_sealed_for_them_again() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), NAME, "王秀英").unwrap();
        assert!(store.erase(person(1)).unwrap());
        assert!(!store.erase(person(1)).unwrap());
        assert_eq!(store.open_sealed(NAME, &sealed), None);
        store.prepare(&[person(1)]).unwrap();
        assert_eq!(store.seal(person(1), NAME, "王秀英").unwrap().ciphertext, "");
        assert_eq!(store.seal_if_known(person(1), NAME, "王秀英").unwrap(), None);
        assert!(store.is_closed(person(1)).unwrap() && !store.is_closed(person(2)).unwrap());
    }

    #[test]
    fn a_closed_person_is_opened_to_nobody_though_the_key_is_still_there() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), NAME, "王秀英").unwrap();
        store.close(person(1)).unwrap();
        assert_eq!(store.open_sealed(NAME, &sealed), None);
        assert_eq!(store.seal(person(1), NAME, "王秀英").unwrap().ciphertext, "");
        assert!(store.erase(person(1)).unwrap(), "the key was still there");
    }

    #[test]
    fn a_value_moved_to_another_person_or_field_does_not_open() {
        let store = KeyStore::in_memory().unwrap();
        let sealed = store.seal(person(1), NAME, "x").unwrap();
        store.prepare(&[person(1), person(2)]).unwrap();
        assert_eq!(store.open_sealed(NAME, &Sealed { person: person(2), ..sealed.clone() }), None);
        assert_eq!(store.open_sealed(PersonalField::NotUnderstood, &sealed), None);
        assert_eq!(store.open_sealed(NAME, &sealed).as_deref(), Some("x"));
    }

    #[test]
    fn a_later_key_seals_anew_and_the_earlier_one_still_opens_what_it_sealed() {
        let store = KeyStore::in_memory().unwrap();
        let before = store.seal(person(1), NAME, "x").unwrap();
        let whose = person(1);
        let second = (whose.0.as_bytes(), 2_u16, [9_u8; 32]);
        store
            .connection()
            .unwrap()
            .execute("INSERT INTO keys (person, number, key) VALUES (?1, ?2, ?3)", second)
            .unwrap();
        let after = store.seal(person(1), NAME, "x").unwrap();
        assert_ne!(before, after);
        for sealed in [&before, &after] {
            assert_eq!(store.open_sealed(NAME, sealed).as_deref(), Some("x"));
        }
        store.erase(person(1)).unwrap();
        for sealed in [&before, &after] {
            assert_eq!(store.open_sealed(NAME, sealed), None);
        }
    }

    #[test]
    fn keys_outlive_the_process_and_a_destroyed_one_is_gone_from_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys").join(KEYS_FILE);
        let sealed = KeyStore::open(&path).unwrap().seal(person(1), NAME, "x").unwrap();
        let store = KeyStore::open(&path).unwrap();
        assert_eq!(store.open_sealed(NAME, &sealed).as_deref(), Some("x"));
        let (_, key) = store.latest_key(person(1)).unwrap().unwrap();
        let on_disk = || {
            let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
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

    #[test]
    fn several_stores_of_one_file_agree_on_every_key_and_on_every_erasure() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys").join(KEYS_FILE);
        let seal_all = || {
            let store = KeyStore::open(&path).unwrap();
            (0..40).map(|number| store.seal(person(number), NAME, "x").unwrap()).collect::<Vec<_>>()
        };
        let all = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(seal_all)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(all.iter().all(|one| one == &all[0]), "each store sealed with the same keys");
        let (one, other) = (KeyStore::open(&path).unwrap(), KeyStore::open(&path).unwrap());
        assert_eq!(other.open_sealed(NAME, &all[0][7]).as_deref(), Some("x"));
        one.erase(person(7)).unwrap();
        assert_eq!(other.open_sealed(NAME, &all[0][7]), None);
        assert_eq!(other.seal(person(7), NAME, "x").unwrap().ciphertext, "");
    }

    #[test]
    fn a_store_keeps_its_identity_and_another_one_has_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys").join(KEYS_FILE);
        let (id, digest) = {
            let store = KeyStore::open(&path).unwrap();
            (store.id().unwrap(), store.digest(b"a file").unwrap())
        };
        let again = KeyStore::open(&path).unwrap();
        assert_eq!((again.id().unwrap(), again.digest(b"a file").unwrap()), (id, digest.clone()));
        let other = KeyStore::in_memory().unwrap();
        assert!(other.id().unwrap() != id && other.digest(b"a file").unwrap() != digest);
    }

    #[test]
    fn a_process_without_a_key_store_opens_nothing_and_cannot_seal() {
        let sealed = KeyStore::in_memory().unwrap().seal(person(1), NAME, "x").unwrap();
        let absent = KeyStore::absent();
        assert_eq!(absent.open_sealed(NAME, &sealed), None);
        assert!(matches!(absent.seal(person(1), NAME, "x"), Err(KeyError::Absent)));
    }

    #[cfg(unix)]
    #[test]
    fn file_and_directory_are_their_owners_only() {
        use crate::sealed::private_directory;
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let allow = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new").join(KEYS_FILE);
        KeyStore::open(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700), "made so");
        allow(&path, 0o644);
        KeyStore::open(&path).unwrap();
        assert_eq!(mode(&path), 0o600, "set right");
        allow(path.parent().unwrap(), 0o750);
        assert!(
            matches!(KeyStore::open(&path), Err(KeyError::OpenDirectory(_))),
            "whose directory it is, is not ours to say"
        );
        private_directory(path.parent().unwrap()).unwrap();
        KeyStore::open(&path).unwrap();
    }
}
