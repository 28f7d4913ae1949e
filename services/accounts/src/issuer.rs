//! The issuer: who has an account, and who gets a token.

mod demo;
mod files;
mod script;

pub use demo::DemoAccount;

use crate::attempts::Attempts;
use crate::device::Devices;
use crate::password::{self, Hashed};
use crate::store::{Account, Found, Store};
use chassis::auth::{Role, Signer, SignerError};
use chassis::clock::Clock;
use chassis::http::Peer;
use chassis::keys::{self, NoRandomness};
use chassis::records::{self, SignIn};
use chrono::{DateTime, TimeDelta, Utc};
use schema::{AreaCode, Office, identity_number};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// The accounts' file in the data directory.
pub const ACCOUNTS_FILE: &str = "accounts.db";

/// The issuer's secret key in the data directory, in PKCS #8.
pub const KEY_FILE: &str = "issuer.pk8";

/// The issuer's public keys in the data directory: what verifiers read.
pub const JWKS_FILE: &str = "jwks.json";

/// How long somebody stays signed in: a working day.
pub const SESSION: TimeDelta = TimeDelta::hours(10);

/// The longest time a token for scripts is good for.
const TOKEN_LONGEST: TimeDelta = TimeDelta::days(366);

/// For so long after the end of a script's token it is told that there was one.
const TOKEN_REMEMBERED: TimeDelta = TimeDelta::days(184);

/// The name of the first account.
const ADMIN: &str = "admin";

/// Passwords have so many characters at least (NIST SP 800-63B) and at most.
const PASSWORD_LEAST: usize = 8;
const PASSWORD_MOST: usize = 200;

/// Names have so many characters at most.
const NAME_MOST: usize = 64;

/// Who acts for whoever has a shell on the machine.
const SHELL: &str = "shell";

/// The built-in issuer of one data directory. Clones are the same issuer.
///
/// Every token names a grant: an account's, or its own if it is a script's. Disabling or deleting an account, changing what
/// it may do, or its password, revokes its grant, and with it every token that is out.
#[derive(Clone)]
pub struct Issuer {
    inner: Arc<Inner>,
    /// Who changes accounts by it.
    actor: Arc<str>,
}

struct Inner {
    store: Mutex<Store>,
    jwks: PathBuf,
    attempts: Mutex<Attempts>,
    devices: Devices,
    signer: Signer,
    clock: Clock,
}

/// The account that a first start makes. Its password is told here and nowhere again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAdmin {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// From where somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The address.
    pub peer: Peer,
    /// The cookie by which their browser is known again, if it has one.
    pub device: Option<String>,
}

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Their token.
    pub token: String,
    /// Their account.
    pub account: Account,
    /// Until when the token is good.
    pub expires: DateTime<Utc>,
    /// The cookie by which their browser is known again.
    pub device: String,
}

/// The issuer could not do it.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The name is not one.
    #[error("账号名应为 1 至 64 个小写字母、数字、点、横线或下划线 a name has 1 to 64 of a-z 0-9 . - _: {0:?}")]
    Name(String),
    /// There is such an account already, or was one.
    #[error("账号名 {0} 已经用过，请换一个 the name {0} is or was an account's; take another")]
    Taken(String),
    /// There is no such account.
    #[error("没有账号 {0} there is no account {0}")]
    Unknown(String),
    /// A clerk acts for an office; which?
    #[error("经办人必须指定部门 a clerk needs an office")]
    OfficeMissing,
    /// Only clerks act for an office.
    #[error("只有经办人才有部门 only a clerk has an office")]
    OfficeUnfit,
    /// Somebody must be able to manage accounts.
    #[error("{0} 是唯一启用的管理员，请先另建一个管理员 {0} is the only admin who can sign in: make another first")]
    LastAdmin(String),
    /// There is no such token of a script.
    #[error("没有令牌 {0} there is no token {0}")]
    UnknownToken(Uuid),
    /// The password is too short or too long.
    #[error("密码应有 8 至 200 个字符 a password has 8 to 200 characters")]
    Password,
    /// Tokens are not good for that long.
    #[error("令牌有效期须在 1 秒至 366 天之间 a token is good for 1 second to 366 days")]
    Lifetime,
    /// Name or password is wrong, or the account is shut; which, is not said.
    #[error("账号或密码不对 the account or the password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("尝试过多，请等 {} 秒 too many attempts: wait {} s", .0.num_seconds() + 1, .0.num_seconds() + 1)]
    TooMany(TimeDelta),
    /// The accounts' file.
    #[error("账号库出错 the accounts cannot be used: {0}")]
    Store(#[from] rusqlite::Error),
    /// A file of the issuer.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// What happened.
        error: io::Error,
    },
    /// The issuer's key.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// No secret can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl Issuer {
    /// Opens the issuer of a data directory. The first time, makes its key; always leaves its public keys, and what is
    /// revoked, in [`JWKS_FILE`] for verifiers to read.
    pub fn open(data: impl AsRef<Path>, clock: Clock) -> Result<Issuer, IssuerError> {
        let data = data.as_ref();
        let signer = Signer::from_pkcs8(&files::key(&data.join(KEY_FILE))?)?;
        let store = Mutex::new(Store::open(&data.join(ACCOUNTS_FILE))?);
        let devices = Devices::under(signer.pkcs8());
        let jwks = data.join(JWKS_FILE);
        let inner = Inner { store, jwks, attempts: Mutex::default(), devices, signer, clock };
        let issuer = Issuer { inner: Arc::new(inner), actor: SHELL.into() };
        issuer.change(|_| Ok(()))?;
        Ok(issuer)
    }

    /// The same issuer, for what somebody does with it.
    pub fn by(&self, actor: &str) -> Issuer {
        Issuer { actor: actor.into(), ..self.clone() }
    }

    /// Makes the first admin if nobody is one. Its password is returned this once; none if there is an admin.
    pub fn first_admin(&self) -> Result<Option<FirstAdmin>, IssuerError> {
        if self.list()?.iter().any(|account| account.role == Role::Admin) {
            return Ok(None);
        }
        let password = keys::draw_password(4)?;
        match self.create_account(ADMIN, Role::Admin, None, None, &password) {
            Ok(()) => Ok(Some(FirstAdmin { name: ADMIN.to_owned(), password })),
            // Another process was quicker, and told.
            Err(IssuerError::Taken(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes an account.
    pub fn create_account(
        &self,
        name: &str,
        role: Role,
        office: Option<Office>,
        area: Option<AreaCode>,
        password: &str,
    ) -> Result<(), IssuerError> {
        check_name(name)?;
        check_office(role, office)?;
        let account = Account { name: name.to_owned(), role, office, area, disabled: false };
        let hashed = hash(password)?;
        if !self.store().insert(&account, &hashed, self.now())? {
            return Err(IssuerError::Taken(name.to_owned()));
        }
        self.tell(name, "made");
        Ok(())
    }

    /// Gives an account another password. Its sessions end.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), IssuerError> {
        let hashed = hash(password)?;
        self.change_account(name, |store| store.set_password(name, &hashed))?;
        self.tell(name, "given another password");
        Ok(())
    }

    /// Exchanges an account's password for another one, by who knows it. Its sessions end; a new one begins.
    ///
    /// # Errors
    /// Those of [`Issuer::sign_in`] for the present password.
    pub fn change_password(
        &self,
        name: &str,
        present: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SignedIn, IssuerError> {
        self.sign_in(name, present, visitor)?;
        self.by(name).set_password(name, password)?;
        // Somebody may have shut it meanwhile.
        let found = self.store().find(name)?.filter(|found| !found.account.disabled);
        self.session(found.ok_or(IssuerError::Wrong)?)
    }

    /// Shuts an account: it can sign in no more, and its sessions end.
    pub fn disable(&self, name: &str) -> Result<(), IssuerError> {
        self.change_account(name, |store| store.set_disabled(name, true))?;
        self.tell(name, "disabled");
        Ok(())
    }

    /// Opens an account that was shut.
    pub fn enable(&self, name: &str) -> Result<(), IssuerError> {
        let found = self.store().set_disabled(name, false)?;
        self.known(name, found)?;
        self.tell(name, "enabled");
        Ok(())
    }

    /// Changes what an account may do, for whom and where, and if said whether it is shut, in one act. Its sessions end.
    pub fn assign(
        &self,
        name: &str,
        role: Role,
        office: Option<Office>,
        area: Option<AreaCode>,
        disabled: Option<bool>,
    ) -> Result<(), IssuerError> {
        check_office(role, office)?;
        let account = Account { name: name.to_owned(), role, office, area, disabled: false };
        self.change_account(name, |store| {
            disabled.map(|disabled| store.set_disabled(name, disabled)).transpose()?;
            store.set_duties(&account)
        })?;
        self.tell(name, "given other duties");
        match disabled {
            Some(true) => self.tell(name, "disabled"),
            Some(false) => self.tell(name, "enabled"),
            None => {}
        }
        Ok(())
    }

    /// Deletes an account. Its sessions end; its name is given to nobody again, since the log goes on naming it.
    pub fn delete(&self, name: &str) -> Result<(), IssuerError> {
        self.change_account(name, |store| store.delete(name))?;
        self.tell(name, "deleted");
        Ok(())
    }

    /// All accounts, by name.
    pub fn list(&self) -> Result<Vec<Account>, IssuerError> {
        Ok(self.store().list()?)
    }

    /// Exchanges a password for a token. Slow, to make guessing slow.
    ///
    /// # Errors
    /// [`IssuerError::Wrong`], and [`IssuerError::TooMany`] after failures of the account from this place, of the place, or of
    /// the account from everywhere; a browser that signed in to the account before is held up by its own failures alone.
    pub fn sign_in(&self, name: &str, password: &str, visitor: &Visitor) -> Result<SignedIn, IssuerError> {
        let now = self.now();
        // What can be no account's name is looked up, and written, nowhere.
        let may_be = check_name(name).is_ok() && password.len() <= 4 * PASSWORD_MOST;
        let name = if may_be { name } else { "" };
        let device = visitor.device.as_ref().and_then(|cookie| self.inner.devices.known(name, cookie));
        let counted = self.attempts().counted(name, visitor.peer.network(), device);
        if let Some(wait) = self.attempts().wait(&counted, now) {
            let known = self.store().find(name)?.map(|found| found.account.name);
            records::sign_in(known.as_deref(), visitor.peer, SignIn::Waits);
            return Err(IssuerError::TooMany(wait));
        }
        let found = if may_be { self.store().find(name)? } else { None };
        let matches = may_be && password::matches(password, found.as_ref().map(|found| &found.password));
        match found {
            Some(found) if matches && !found.account.disabled => {
                self.attempts().succeeded(&counted);
                records::sign_in(Some(name), visitor.peer, SignIn::Done);
                self.session(found)
            }
            found => {
                self.attempts().failed(&counted, now);
                // Whatever a stranger typed may be a password: the name is told of an account alone.
                let account = found.as_ref().map(|found| found.account.name.as_str());
                records::sign_in(account, visitor.peer, SignIn::Wrong);
                Err(IssuerError::Wrong)
            }
        }
    }

    /// The public keys, as a JWK Set, with the grants that are revoked.
    pub fn jwks(&self) -> Result<String, IssuerError> {
        let revoked = self.store().revoked(self.now())?;
        Ok(self.inner.signer.jwks_without(&revoked))
    }

    /// A token for who has just proved to be the account's holder.
    fn session(&self, found: Found) -> Result<SignedIn, IssuerError> {
        let (now, Found { account, grant, .. }) = (self.now(), found);
        let token = self.inner.signer.sign_under(Some(grant), &account.caller(), now, SESSION)?;
        let device = self.inner.devices.issue(&account.name)?;
        Ok(SignedIn { token, device, account, expires: now + SESSION })
    }

    /// Changes an account and ends its sessions, unless nobody could then manage accounts.
    fn change_account(
        &self,
        name: &str,
        change: impl FnOnce(&Store) -> Result<bool, rusqlite::Error>,
    ) -> Result<(), IssuerError> {
        // The last session began no later than now.
        let until = self.now() + SESSION + TimeDelta::minutes(1);
        let is_admin = |account: &Account| account.role == Role::Admin && !account.disabled;
        self.change(|store| {
            let had_admin = store.list()?.iter().any(is_admin);
            self.known(name, change(store)?)?;
            if had_admin && !store.list()?.iter().any(is_admin) {
                return Err(IssuerError::LastAdmin(name.to_owned()));
            }
            Ok(store.end_sessions(name, until)?)
        })
    }

    /// Changes what verifiers must know. What is revoked is published before it is committed and while no other process
    /// changes anything, so that no older state is ever published over a newer one.
    fn change<T>(&self, change: impl FnOnce(&Store) -> Result<T, IssuerError>) -> Result<T, IssuerError> {
        let now = self.now();
        self.store().atomically(|store| {
            let outcome = change(store)?;
            store.forget(now, now - TOKEN_REMEMBERED)?;
            let revoked = store.revoked(now)?;
            files::publish(&self.inner.jwks, &self.inner.signer.jwks_without(&revoked))?;
            Ok(outcome)
        })
    }

    fn tell(&self, account: &str, what: &str) {
        records::account(account, &self.actor, what);
    }

    fn known(&self, name: &str, found: bool) -> Result<(), IssuerError> {
        if found { Ok(()) } else { Err(IssuerError::Unknown(name.to_owned())) }
    }

    fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.inner.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.inner.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_name(name: &str) -> Result<(), IssuerError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    // It stands as the actor in every envelope.
    let is_a_persons = identity_number::is_in(name);
    if name.is_empty() || name.len() > NAME_MOST || !name.bytes().all(fits) || is_a_persons {
        return Err(IssuerError::Name(name.to_owned()));
    }
    Ok(())
}

fn check_office(role: Role, office: Option<Office>) -> Result<(), IssuerError> {
    match (role == Role::Clerk, office) {
        (true, None) => Err(IssuerError::OfficeMissing),
        (false, Some(_)) => Err(IssuerError::OfficeUnfit),
        (true, Some(_)) | (false, None) => Ok(()),
    }
}

fn hash(password: &str) -> Result<Hashed, IssuerError> {
    if !(PASSWORD_LEAST..=PASSWORD_MOST).contains(&password.chars().count()) {
        return Err(IssuerError::Password);
    }
    Ok(password::hash(password)?)
}
