//! The accounts in their file.

use crate::password::{Costs, Hashed};
use chassis::auth::{Caller, Role};
use chassis::sealed::restrict;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior};
use schema::{AreaCode, Office};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// How long to wait for another process that changes accounts.
const BUSY_SECONDS: u64 = 10;

/// An account of the built-in issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name. The subject of its tokens, and so what the log says of who did something: never a person's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The office it acts for.
    pub office: Option<Office>,
    /// The area it is bound to.
    pub area: Option<AreaCode>,
    /// Whether it was shut.
    pub disabled: bool,
}

/// A token that was made for a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptToken {
    /// By what it is revoked: the grant that it names.
    pub id: Uuid,
    /// Whose it is: the subject that the log names, and what it may do.
    pub caller: Caller,
    /// When it was made.
    pub issued: DateTime<Utc>,
    /// Until when it is good.
    pub expires: DateTime<Utc>,
    /// Since when it is good no longer, if it was taken back.
    pub revoked: Option<DateTime<Utc>>,
}

impl fmt::Display for ScriptToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Caller { subject, role, office, area } = &self.caller;
        write!(f, "{}  {subject}  {} {role}", self.id, role.name_zh())?;
        if let Some(office) = office {
            write!(f, "  {} {office}", office.name_zh())?;
        }
        if let Some(area) = area {
            write!(f, "  {area}")?;
        }
        let day = |at: DateTime<Utc>| chassis::clock::county_date(at);
        write!(f, "  {} 签发 issued  {} 到期 expires", day(self.issued), day(self.expires))?;
        if let Some(revoked) = self.revoked {
            write!(f, "  {} 已收回 revoked", day(revoked))?;
        }
        Ok(())
    }
}

impl Account {
    /// Who holds a token of this account.
    pub fn caller(&self) -> Caller {
        Caller { subject: self.name.clone(), role: self.role, office: self.office, area: self.area }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {} {}", self.name, self.role.name_zh(), self.role)?;
        if let Some(office) = self.office {
            write!(f, "  {} {office}", office.name_zh())?;
        }
        if let Some(area) = self.area {
            write!(f, "  {area}")?;
        }
        if self.disabled {
            write!(f, "  已停用 disabled")?;
        }
        Ok(())
    }
}

/// What the file is made of, version by version; its `user_version` says how many of these it has.
const VERSIONS: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS accounts (
         name TEXT PRIMARY KEY,
         role TEXT NOT NULL,
         office TEXT,
         area TEXT,
         disabled INTEGER NOT NULL DEFAULT 0,
         created TEXT NOT NULL,
         memory_kib INTEGER NOT NULL,
         passes INTEGER NOT NULL,
         lanes INTEGER NOT NULL,
         salt BLOB NOT NULL,
         hash BLOB NOT NULL
     ) WITHOUT ROWID, STRICT;",
    // Every token names the grant it was made under. A deleted account keeps its row, so that its name, which the log goes
    // on naming, is never another person's.
    "ALTER TABLE accounts ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';
     UPDATE accounts SET grant_id = lower(hex(randomblob(16)));
     ALTER TABLE accounts ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
     CREATE TABLE tokens (
         id TEXT PRIMARY KEY,
         subject TEXT NOT NULL,
         role TEXT NOT NULL,
         office TEXT,
         area TEXT,
         issued INTEGER NOT NULL,
         expires INTEGER NOT NULL,
         revoked INTEGER
     ) WITHOUT ROWID, STRICT;
     CREATE TABLE revoked_grants (grant_id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID, STRICT;",
];

/// The accounts, the tokens of scripts, and the grants that are revoked.
pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Store, rusqlite::Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
        connection.execute_batch("PRAGMA secure_delete = ON; PRAGMA journal_mode = TRUNCATE;")?;
        let store = Store(connection);
        store.atomically(|store| {
            let version: i64 = store.0.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            for (number, script) in (1..).zip(VERSIONS) {
                if number > version {
                    store.0.execute_batch(script)?;
                    store.0.pragma_update(None, "user_version", number)?;
                }
            }
            Ok::<(), rusqlite::Error>(())
        })?;
        if let Err(error) = restrict(path) {
            tracing::warn!(%error, path = %path.display(), "the accounts' file cannot be protected");
        }
        Ok(store)
    }

    /// Does all of it or nothing, while no other process changes the file.
    pub(crate) fn atomically<T, E: From<rusqlite::Error>>(
        &self,
        change: impl FnOnce(&Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = Transaction::new_unchecked(&self.0, TransactionBehavior::Immediate)?;
        let outcome = change(self)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// False if there is an account of that name already, or was one.
    pub(crate) fn insert(
        &self,
        account: &Account,
        password: &Hashed,
        now: DateTime<Utc>,
    ) -> Result<bool, rusqlite::Error> {
        let mut insert = self.0.prepare_cached(
            "INSERT OR IGNORE INTO accounts
                 (name, role, office, area, created, memory_kib, passes, lanes, salt, hash, grant_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, lower(hex(randomblob(16))))",
        )?;
        let inserted = insert.execute((
            &account.name,
            account.role.name(),
            account.office.map(Office::path),
            account.area.map(|area| area.to_string()),
            now.to_rfc3339(),
            password.costs.memory_kib,
            password.costs.passes,
            password.costs.lanes,
            password.salt,
            password.hash,
        ))?;
        Ok(inserted > 0)
    }

    /// False if there is no such account.
    pub(crate) fn set_password(&self, name: &str, password: &Hashed) -> Result<bool, rusqlite::Error> {
        let mut update = self.0.prepare_cached(
            "UPDATE accounts SET memory_kib = ?2, passes = ?3, lanes = ?4, salt = ?5, hash = ?6
             WHERE name = ?1 AND NOT deleted",
        )?;
        let costs = password.costs;
        let updated =
            update.execute((name, costs.memory_kib, costs.passes, costs.lanes, password.salt, password.hash))?;
        Ok(updated > 0)
    }

    /// False if there is no such account.
    pub(crate) fn set_disabled(&self, name: &str, disabled: bool) -> Result<bool, rusqlite::Error> {
        let update = "UPDATE accounts SET disabled = ?2 WHERE name = ?1 AND NOT deleted";
        Ok(self.0.execute(update, (name, disabled))? > 0)
    }

    /// False if there is no such account.
    pub(crate) fn set_duties(&self, account: &Account) -> Result<bool, rusqlite::Error> {
        let update = "UPDATE accounts SET role = ?2, office = ?3, area = ?4 WHERE name = ?1 AND NOT deleted";
        let (office, area) = (account.office.map(Office::path), account.area.map(|area| area.to_string()));
        Ok(self.0.execute(update, (&account.name, account.role.name(), office, area))? > 0)
    }

    /// Leaves nothing of an account but that there was one of that name. False if there is no such account.
    pub(crate) fn delete(&self, name: &str) -> Result<bool, rusqlite::Error> {
        let update = "UPDATE accounts SET deleted = 1, disabled = 1, office = NULL, area = NULL, salt = x'', hash = x''
                      WHERE name = ?1 AND NOT deleted";
        Ok(self.0.execute(update, [name])? > 0)
    }

    /// Revokes the grant under which the account's tokens were made, for as long as one of them may be good, and gives it
    /// another one.
    pub(crate) fn end_sessions(&self, name: &str, until: DateTime<Utc>) -> Result<(), rusqlite::Error> {
        let revoke = "INSERT OR IGNORE INTO revoked_grants SELECT grant_id, ?2 FROM accounts WHERE name = ?1";
        self.0.execute(revoke, (name, until.timestamp()))?;
        self.0.execute("UPDATE accounts SET grant_id = lower(hex(randomblob(16))) WHERE name = ?1", [name])?;
        Ok(())
    }

    /// The grants whose tokens are good no longer although their time is not over.
    pub(crate) fn revoked(&self, now: DateTime<Utc>) -> Result<Vec<Uuid>, rusqlite::Error> {
        let mut select =
            self.0.prepare_cached("SELECT grant_id FROM revoked_grants WHERE until > ?1 ORDER BY grant_id")?;
        select.query_map([now.timestamp()], |row| read(row, 0)?.ok_or_else(missing))?.collect()
    }

    /// Forgets the grants under which no token can be good any more, and tokens of scripts that ended before a time.
    pub(crate) fn forget(&self, now: DateTime<Utc>, tokens_before: DateTime<Utc>) -> Result<(), rusqlite::Error> {
        self.0.execute("DELETE FROM revoked_grants WHERE until <= ?1", [now.timestamp()])?;
        self.0.execute("DELETE FROM tokens WHERE expires < ?1", [tokens_before.timestamp()])?;
        Ok(())
    }

    pub(crate) fn list(&self) -> Result<Vec<Account>, rusqlite::Error> {
        let mut select = self.0.prepare_cached(
            "SELECT name, role, office, area, disabled FROM accounts WHERE NOT deleted ORDER BY name",
        )?;
        select.query_map([], account)?.collect()
    }

    pub(crate) fn find(&self, name: &str) -> Result<Option<Found>, rusqlite::Error> {
        let mut select = self.0.prepare_cached(
            "SELECT name, role, office, area, disabled, memory_kib, passes, lanes, salt, hash, grant_id
             FROM accounts WHERE name = ?1 AND NOT deleted",
        )?;
        let found = select.query_row([name], |row| {
            let costs = Costs { memory_kib: row.get(5)?, passes: row.get(6)?, lanes: row.get(7)? };
            let password = Hashed { costs, salt: row.get(8)?, hash: row.get(9)? };
            Ok(Found { account: account(row)?, password, grant: read(row, 10)?.ok_or_else(missing)? })
        });
        found.optional()
    }

    pub(crate) fn insert_token(&self, token: &ScriptToken) -> Result<(), rusqlite::Error> {
        let Caller { subject, role, office, area } = &token.caller;
        self.0.execute(
            "INSERT INTO tokens (id, subject, role, office, area, issued, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                token.id.to_string(),
                subject,
                role.name(),
                office.map(Office::path),
                area.map(|area| area.to_string()),
                token.issued.timestamp(),
                token.expires.timestamp(),
            ),
        )?;
        Ok(())
    }

    /// Takes a script's token back. False if there is none of that id.
    pub(crate) fn revoke_token(&self, id: Uuid, now: DateTime<Utc>) -> Result<bool, rusqlite::Error> {
        let (id, now) = (id.to_string(), now.timestamp());
        let update = "UPDATE tokens SET revoked = coalesce(revoked, ?2) WHERE id = ?1";
        let found = self.0.execute(update, (&id, now))? > 0;
        self.0
            .execute("INSERT OR IGNORE INTO revoked_grants SELECT id, expires + 60 FROM tokens WHERE id = ?1", [&id])?;
        Ok(found)
    }

    /// The tokens of scripts, the newest first.
    pub(crate) fn tokens(&self) -> Result<Vec<ScriptToken>, rusqlite::Error> {
        let mut select = self.0.prepare_cached(
            "SELECT subject, role, office, area, id, issued, expires, revoked FROM tokens ORDER BY issued DESC, id",
        )?;
        let token = |row: &Row<'_>| {
            let caller = Caller {
                subject: row.get(0)?,
                role: read(row, 1)?.ok_or_else(missing)?,
                office: read(row, 2)?,
                area: read(row, 3)?,
            };
            let time = |column| -> Result<Option<DateTime<Utc>>, rusqlite::Error> {
                Ok(row.get::<_, Option<i64>>(column)?.and_then(|at| DateTime::from_timestamp(at, 0)))
            };
            Ok(ScriptToken {
                id: read(row, 4)?.ok_or_else(missing)?,
                caller,
                issued: time(5)?.ok_or_else(missing)?,
                expires: time(6)?.ok_or_else(missing)?,
                revoked: time(7)?,
            })
        };
        select.query_map([], token)?.collect()
    }
}

/// An account with what only signing in needs of it.
pub(crate) struct Found {
    pub account: Account,
    pub password: Hashed,
    /// Under which its tokens are made.
    pub grant: Uuid,
}

fn read<T: FromStr>(row: &Row<'_>, column: usize) -> Result<Option<T>, rusqlite::Error>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse()).transpose().map_err(|error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

fn missing() -> rusqlite::Error {
    rusqlite::Error::QueryReturnedNoRows
}

fn account(row: &Row<'_>) -> Result<Account, rusqlite::Error> {
    Ok(Account {
        name: row.get(0)?,
        role: read(row, 1)?.ok_or_else(missing)?,
        office: read(row, 2)?,
        area: read(row, 3)?,
        disabled: row.get(4)?,
    })
}
