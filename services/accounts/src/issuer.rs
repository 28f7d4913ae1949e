//! The issuer: who has an account, and who gets a token.

use crate::attempts::Attempts;
use crate::device::Devices;
use crate::password::{self, Hashed};
use crate::store::{Account, Store};
use chassis::auth::{Caller, Role, Signer, SignerError};
use chassis::clock::Clock;
use chassis::keys::{self, NoRandomness};
use chassis::sealed::restrict;
use chrono::{DateTime, TimeDelta, Utc};
use schema::{AreaCode, Office, identity_number};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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

/// The name of the first account.
const ADMIN: &str = "admin";

/// Passwords have so many characters at least (NIST SP 800-63B) and at most.
const PASSWORD_LEAST: usize = 8;
const PASSWORD_MOST: usize = 200;

/// Names have so many characters at most.
const NAME_MOST: usize = 64;

/// The built-in issuer of one data directory. Clones are the same issuer.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
    store: Mutex<Store>,
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
    /// The address, or the network that stands for it.
    pub place: IpAddr,
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

/// An account of the demonstration, whose password everybody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// What it may do.
    pub role: Role,
    /// The office it acts for.
    pub office: Option<Office>,
    /// What it is, in Chinese and English, for whoever reads the list.
    pub title: String,
}

/// The issuer could not do it.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The name is not one.
    #[error("账号名应为 1 至 64 个小写字母、数字、点、横线或下划线 a name has 1 to 64 of a-z 0-9 . - _: {0:?}")]
    Name(String),
    /// There is such an account already.
    #[error("账号 {0} 已存在 there is an account {0} already")]
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
    /// Opens the issuer of a data directory. The first time, makes its key; always leaves its public keys in
    /// [`JWKS_FILE`] for verifiers to read.
    pub fn open(data: impl AsRef<Path>, clock: Clock) -> Result<Issuer, IssuerError> {
        let data = data.as_ref();
        let signer = Signer::from_pkcs8(&key(&data.join(KEY_FILE))?)?;
        publish(&data.join(JWKS_FILE), &signer.jwks())?;
        let store = Mutex::new(Store::open(&data.join(ACCOUNTS_FILE))?);
        let devices = Devices::under(signer.pkcs8());
        Ok(Issuer(Arc::new(Inner { store, attempts: Mutex::default(), devices, signer, clock })))
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
        if role != Role::Clerk && office.is_some() {
            return Err(IssuerError::OfficeUnfit);
        }
        let account = Account { name: name.to_owned(), role, office, area, disabled: false };
        let hashed = hash(password)?;
        if self.store().insert(&account, &hashed, self.now())? {
            tracing::info!(account = name, %role, "an account was made");
            Ok(())
        } else {
            Err(IssuerError::Taken(name.to_owned()))
        }
    }

    /// Gives an account another password.
    pub fn set_password(&self, name: &str, password: &str) -> Result<(), IssuerError> {
        let hashed = hash(password)?;
        self.known(name, self.store().set_password(name, &hashed)?)?;
        tracing::info!(account = name, "a password was set");
        Ok(())
    }

    /// Shuts an account: it can sign in no more. A session that runs ends when its token expires.
    pub fn disable(&self, name: &str) -> Result<(), IssuerError> {
        self.known(name, self.store().set_disabled(name, true)?)?;
        tracing::info!(account = name, "an account was disabled");
        Ok(())
    }

    /// Opens an account that was shut.
    pub fn enable(&self, name: &str) -> Result<(), IssuerError> {
        self.known(name, self.store().set_disabled(name, false)?)?;
        tracing::info!(account = name, "an account was enabled");
        Ok(())
    }

    /// All accounts, by name.
    pub fn list(&self) -> Result<Vec<Account>, IssuerError> {
        Ok(self.store().list()?)
    }

    /// A token for scripts on this machine, of no account.
    pub fn mint_token(
        &self,
        role: Role,
        office: Option<Office>,
        area: Option<AreaCode>,
        lifetime: Duration,
    ) -> Result<String, IssuerError> {
        check_office(role, office)?;
        let lifetime = TimeDelta::from_std(lifetime).map_err(|_| IssuerError::Lifetime)?;
        if lifetime < TimeDelta::seconds(1) || lifetime > TOKEN_LONGEST {
            return Err(IssuerError::Lifetime);
        }
        let subject = match office {
            Some(office) => format!("script:{role}-{office}"),
            None => format!("script:{role}"),
        };
        let caller = Caller { subject, role, office, area };
        Ok(self.0.signer.sign(&caller, self.now(), lifetime)?)
    }

    /// The accounts of the demonstration, made if they are not there.
    pub fn ensure_demo_accounts(&self) -> Result<Vec<DemoAccount>, IssuerError> {
        let area = "130300".parse::<AreaCode>().ok();
        let accounts = demo_accounts();
        let present = self.list()?;
        for account in &accounts {
            // Hashing seven passwords at every start would be noticed.
            if let Some(known) = present.iter().find(|known| known.name == account.name) {
                if known.disabled {
                    self.enable(&known.name)?;
                }
                continue;
            }
            match self.create_account(&account.name, account.role, account.office, area, &account.password) {
                Ok(()) | Err(IssuerError::Taken(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(accounts)
    }

    /// Shuts the accounts of the demonstration, whose passwords everybody knows. How many were open.
    pub fn retire_demo_accounts(&self) -> Result<usize, IssuerError> {
        let demo = demo_accounts();
        let is_demo = |account: &&Account| demo.iter().any(|demo| demo.name == account.name);
        let open: Vec<Account> = self.list()?.into_iter().filter(|account| !account.disabled).collect();
        let mut retired = 0;
        for account in open.iter().filter(is_demo) {
            self.disable(&account.name)?;
            retired += 1;
        }
        Ok(retired)
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
        let device = visitor.device.as_ref().and_then(|cookie| self.0.devices.known(name, cookie));
        let counted = self.attempts().counted(name, visitor.place, device);
        if let Some(wait) = self.attempts().wait(&counted, now) {
            return Err(IssuerError::TooMany(wait));
        }
        let found = if may_be { self.store().find(name)? } else { None };
        let matches = may_be && password::matches(password, found.as_ref().map(|(_, hashed)| hashed));
        match found {
            Some((account, _)) if matches && !account.disabled => {
                self.attempts().succeeded(&counted);
                let token = self.0.signer.sign(&account.caller(), now, SESSION)?;
                tracing::info!(account = name, place = %visitor.place, "somebody signed in");
                Ok(SignedIn { token, device: self.0.devices.issue(name)?, account, expires: now + SESSION })
            }
            found => {
                self.attempts().failed(&counted, now);
                // Whatever a stranger typed may be a password: the name is told of an account alone.
                let account = found.as_ref().map_or("none", |(account, _)| account.name.as_str());
                tracing::info!(account, place = %visitor.place, "a sign-in failed");
                Err(IssuerError::Wrong)
            }
        }
    }

    /// The public keys, as a JWK Set.
    pub fn jwks(&self) -> String {
        self.0.signer.jwks()
    }

    fn known(&self, name: &str, found: bool) -> Result<(), IssuerError> {
        if found { Ok(()) } else { Err(IssuerError::Unknown(name.to_owned())) }
    }

    fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.0.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn demo_accounts() -> Vec<DemoAccount> {
    let clerk = |office: Office| DemoAccount {
        name: format!("demo-{office}"),
        password: format!("demo-{office}"),
        role: Role::Clerk,
        office: Some(office),
        title: format!("演示账号：{}经办人 demo clerk, {}", office.name_zh(), office.name_en()),
    };
    let other = |role: Role| DemoAccount {
        name: format!("demo-{role}"),
        password: format!("demo-{role}"),
        role,
        office: None,
        title: format!("演示账号：{} demo {role}", role.name_zh()),
    };
    let others = [Role::Steward, Role::Planner, Role::Partner];
    Office::ALL.into_iter().map(clerk).chain(others.into_iter().map(other)).collect()
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
    if role == Role::Clerk && office.is_none() { Err(IssuerError::OfficeMissing) } else { Ok(()) }
}

fn hash(password: &str) -> Result<Hashed, IssuerError> {
    if !(PASSWORD_LEAST..=PASSWORD_MOST).contains(&password.chars().count()) {
        return Err(IssuerError::Password);
    }
    Ok(password::hash(password)?)
}

/// The issuer's key; made now if there is none. Two processes that start at once agree on one: a finished file is put
/// in place only if there is none yet.
fn key(path: &Path) -> Result<Vec<u8>, IssuerError> {
    let failed = |error| IssuerError::File { path: path.display().to_string(), error };
    match std::fs::read(path) {
        Ok(key) => return Ok(key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let signer = Signer::draw()?;
    let draft = path.with_extension(format!("{}.new", keys::draw_id()?.simple()));
    write(&draft, signer.pkcs8()).map_err(failed)?;
    let placed = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(failed)?;
    match placed {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    std::fs::read(path).map_err(failed)
}

/// Puts the public keys where verifiers read them, whole or not at all.
fn publish(path: &Path, jwks: &str) -> Result<(), IssuerError> {
    let failed = |error| IssuerError::File { path: path.display().to_string(), error };
    if std::fs::read_to_string(path).is_ok_and(|old| old == jwks) {
        return Ok(());
    }
    let draft = path.with_extension(format!("{}.new", keys::draw_id()?.simple()));
    std::fs::write(&draft, jwks).map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)
}

/// Writes a secret that only its owner may read, and is sure that it is on the disk.
fn write(path: &Path, secret: &[u8]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    restrict(path)?;
    file.write_all(secret)?;
    file.sync_all()
}
