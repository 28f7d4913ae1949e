//! The accounts in their file.

use crate::password::{Costs, Hashed};
use chassis::auth::{Caller, Role};
use chassis::sealed::restrict;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row};
use schema::{AreaCode, Office};
use std::fmt;
use std::path::Path;
use std::time::Duration;

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

pub(crate) struct Store(Connection);

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Store, rusqlite::Error> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(BUSY_SECONDS))?;
        connection.execute_batch(
            "PRAGMA secure_delete = ON;
             PRAGMA journal_mode = TRUNCATE;
             CREATE TABLE IF NOT EXISTS accounts (
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
        )?;
        if let Err(error) = restrict(path) {
            tracing::warn!(%error, path = %path.display(), "the accounts' file cannot be protected");
        }
        Ok(Store(connection))
    }

    /// False if there is an account of that name already.
    pub(crate) fn insert(
        &self,
        account: &Account,
        password: &Hashed,
        now: DateTime<Utc>,
    ) -> Result<bool, rusqlite::Error> {
        let mut insert = self.0.prepare_cached(
            "INSERT OR IGNORE INTO accounts (name, role, office, area, created, memory_kib, passes, lanes, salt, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
            "UPDATE accounts SET memory_kib = ?2, passes = ?3, lanes = ?4, salt = ?5, hash = ?6 WHERE name = ?1",
        )?;
        let costs = password.costs;
        let updated =
            update.execute((name, costs.memory_kib, costs.passes, costs.lanes, password.salt, password.hash))?;
        Ok(updated > 0)
    }

    /// False if there is no such account.
    pub(crate) fn set_disabled(&self, name: &str, disabled: bool) -> Result<bool, rusqlite::Error> {
        Ok(self.0.execute("UPDATE accounts SET disabled = ?2 WHERE name = ?1", (name, disabled))? > 0)
    }

    pub(crate) fn list(&self) -> Result<Vec<Account>, rusqlite::Error> {
        let mut select =
            self.0.prepare_cached("SELECT name, role, office, area, disabled FROM accounts ORDER BY name")?;
        select.query_map([], account)?.collect()
    }

    pub(crate) fn find(&self, name: &str) -> Result<Option<(Account, Hashed)>, rusqlite::Error> {
        let mut select = self.0.prepare_cached(
            "SELECT name, role, office, area, disabled, memory_kib, passes, lanes, salt, hash
             FROM accounts WHERE name = ?1",
        )?;
        let found = select.query_row([name], |row| {
            let costs = Costs { memory_kib: row.get(5)?, passes: row.get(6)?, lanes: row.get(7)? };
            Ok((account(row)?, Hashed { costs, salt: row.get(8)?, hash: row.get(9)? }))
        });
        found.optional()
    }
}

fn account(row: &Row<'_>) -> Result<Account, rusqlite::Error> {
    fn read<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Result<Option<T>, rusqlite::Error>
    where
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text: Option<String> = row.get(column)?;
        text.map(|text| text.parse()).transpose().map_err(|error: T::Err| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
        })
    }
    let missing = || rusqlite::Error::InvalidColumnName("role".to_owned());
    Ok(Account {
        name: row.get(0)?,
        role: read(row, 1)?.ok_or_else(missing)?,
        office: read(row, 2)?,
        area: read(row, 3)?,
        disabled: row.get(4)?,
    })
}
