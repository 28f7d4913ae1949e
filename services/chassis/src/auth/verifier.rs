//! Telling good tokens from bad ones.

use super::jwks::GRANT;
use super::{Caller, Expectations, KeySet, Role, claims};
use crate::clock::Clock;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// How far an issuer's clock may be off.
const LEEWAY_SECONDS: i64 = 30;

/// How often keys at a URL are fetched, and so how long a token that was revoked may still be good elsewhere.
const POLL: Duration = Duration::from_secs(60);

/// How soon after a fetch an unknown key may cause another.
const POLL_LEAST: Duration = Duration::from_secs(5);

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(10);

/// Verifies tokens against the keys of the issuers that are trusted. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    trusted: Arc<[Trusted]>,
    clock: Clock,
}

/// An issuer: its keys are good for its own tokens only.
#[derive(Clone)]
struct Trusted {
    keys: Arc<KeySource>,
    expects: Arc<Expectations>,
}

enum KeySource {
    Fixed(KeySet),
    File { path: PathBuf, read: Mutex<Read> },
    Url { keys: RwLock<Arc<KeySet>>, unknown_key: Notify },
}

/// What was last read of a file, and which state of it that was.
#[derive(Default)]
struct Read {
    stamp: Option<(SystemTime, u64)>,
    keys: Arc<KeySet>,
}

/// A token is no good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not a token.
    #[error("not a token: {0}")]
    Malformed(String),
    /// It is signed in a way that its key is not used for, or not at all.
    #[error("signed with an algorithm that is not accepted")]
    Algorithm,
    /// The issuer has no such key.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature is not of its key.
    #[error("the signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Its time has not begun.
    #[error("not yet valid")]
    NotYetValid,
    /// Its issuer has taken it back.
    #[error("revoked")]
    Revoked,
    /// It is another issuer's.
    #[error("from another issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("for another audience")]
    Audience,
    /// It does not say what it must.
    #[error("claims: {0}")]
    Claims(String),
    /// It is good, and gives its holder none of our roles.
    #[error("names no role")]
    NoRole,
    /// It is good, and gives its holder several of our roles, where one is needed.
    #[error("names several roles: {0:?}")]
    SeveralRoles(Vec<Role>),
    /// It is a clerk's, and names no office.
    #[error("a clerk's token names no office")]
    NoOffice,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    aud: Option<OneOrMany>,
    /// Role, office and area stand where the issuer puts them.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Verifier {
    /// Trusts the keys of a JWK Set.
    pub fn from_jwks(json: &str) -> Result<Verifier, serde_json::Error> {
        Ok(Verifier::new(Arc::new(KeySource::Fixed(KeySet::from_json(json)?))))
    }

    /// Trusts the keys in a file, which is read again when it has changed: a key that is taken out is no longer good. The
    /// file may come later: until then no token is good.
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Verifier {
        Verifier::new(Arc::new(KeySource::File { path: path.as_ref().to_owned(), read: Mutex::default() }))
    }

    /// Trusts the keys at a URL, which is fetched now, every minute, and when a token names an unknown key, by a
    /// task that ends with the last clone of the verifier. Needs a running tokio.
    pub fn from_jwks_url(url: impl Into<String>) -> Verifier {
        let keys = Arc::new(KeySource::Url { keys: RwLock::default(), unknown_key: Notify::new() });
        tokio::spawn(poll(url.into(), Arc::downgrade(&keys)));
        Verifier::new(keys)
    }

    fn new(keys: Arc<KeySource>) -> Verifier {
        Verifier { trusted: [Trusted { keys, expects: Arc::default() }].into(), clock: Clock::system() }
    }

    /// Expects of tokens what another issuer than the built-in one says in them.
    pub fn expecting(self, expected: Expectations) -> Verifier {
        let expects = Arc::new(expected);
        let expecting = |trusted: &Trusted| Trusted { expects: Arc::clone(&expects), ..trusted.clone() };
        Verifier { trusted: self.trusted.iter().map(expecting).collect(), ..self }
    }

    /// Trusts the other's issuers as well.
    pub fn and(self, other: Verifier) -> Verifier {
        Verifier { trusted: self.trusted.iter().chain(&*other.trusted).cloned().collect(), ..self }
    }

    /// Judges times by this clock.
    pub fn with_clock(self, clock: Clock) -> Verifier {
        Verifier { clock, ..self }
    }

    /// Who holds the token. Of the issuers' refusals the one that knows its key tells the most.
    pub fn verify(&self, token: &str) -> Result<Caller, Refusal> {
        let mut refusal = Refusal::UnknownKey;
        for trusted in &*self.trusted {
            match trusted.verify(token, self.clock.now().timestamp()) {
                Ok(caller) => return Ok(caller),
                Err(Refusal::UnknownKey) => {}
                Err(other) => refusal = other,
            }
        }
        Err(refusal)
    }
}

impl Trusted {
    fn verify(&self, token: &str, now: i64) -> Result<Caller, Refusal> {
        let header = decode_header(token).map_err(|error| match error.kind() {
            // The library knows no `none`.
            ErrorKind::Json(problem) if problem.is_data() => Refusal::Algorithm,
            _ => Refusal::Malformed(error.to_string()),
        })?;
        let keys = self.keys(header.kid.as_deref());
        let key = keys.find(header.kid.as_deref()).ok_or(Refusal::UnknownKey)?;
        if header.alg != key.algorithm {
            return Err(Refusal::Algorithm);
        }
        let mut validation = Validation::new(key.algorithm);
        // Times are judged by our clock below, issuer and audience beside them.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = decode::<Claims>(token, &key.key, &validation).map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refusal::Signature,
            ErrorKind::Json(problem) => Refusal::Claims(problem.to_string()),
            _ => Refusal::Malformed(error.to_string()),
        })?;
        let grant = claims.claims.others.get(GRANT).and_then(Value::as_str).and_then(|grant| grant.parse().ok());
        if grant.is_some_and(|grant| keys.is_revoked(grant)) {
            return Err(Refusal::Revoked);
        }
        self.accept(claims.claims, now)
    }

    fn accept(&self, claims: Claims, now: i64) -> Result<Caller, Refusal> {
        let expects = &*self.expects;
        if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
            return Err(Refusal::Expired);
        }
        if claims.nbf.is_some_and(|from| from.saturating_sub(LEEWAY_SECONDS) > now) {
            return Err(Refusal::NotYetValid);
        }
        if claims.iss.as_ref() != Some(&expects.issuer) {
            return Err(Refusal::Issuer);
        }
        let is_meant = match &claims.aud {
            Some(OneOrMany::One(audience)) => *audience == expects.audience,
            Some(OneOrMany::Many(audiences)) => audiences.contains(&expects.audience),
            None => false,
        };
        if !is_meant {
            return Err(Refusal::Audience);
        }
        if claims.sub.is_empty() {
            return Err(Refusal::Claims("sub is empty".to_owned()));
        }
        let role = claims::role(&claims.others, &expects.role_claim)?;
        let office = claims::only(&claims.others, &expects.office_claim)?;
        let area = claims::only(&claims.others, &expects.area_claim)?;
        if role == Role::Clerk && office.is_none() {
            return Err(Refusal::NoOffice);
        }
        Ok(Caller { subject: claims.sub, role, office, area })
    }

    /// The keys as they are by now.
    fn keys(&self, id: Option<&str>) -> Arc<KeySet> {
        match &*self.keys {
            KeySource::Fixed(keys) => Arc::new(keys.clone()),
            KeySource::File { path, read } => {
                let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                reread(path, &mut read);
                Arc::clone(&read.keys)
            }
            KeySource::Url { keys, unknown_key } => {
                let keys = Arc::clone(&keys.read().unwrap_or_else(PoisonError::into_inner));
                if keys.find(id).is_none() {
                    unknown_key.notify_one();
                }
                keys
            }
        }
    }
}

/// Reads the file if it is not as it was. Keys that cannot be read leave the last good ones in force.
fn reread(path: &Path, read: &mut Read) {
    let stamp =
        std::fs::metadata(path).ok().and_then(|file| file.modified().ok().map(|modified| (modified, file.len())));
    if stamp.is_none() || stamp == read.stamp {
        return;
    }
    read.stamp = stamp;
    let keys = std::fs::read_to_string(path)
        .map_err(|error| error.to_string())
        .and_then(|json| KeySet::from_json(&json).map_err(|error| error.to_string()));
    match keys {
        Ok(keys) => read.keys = Arc::new(keys),
        Err(problem) => tracing::warn!(path = %path.display(), problem, "the issuer's keys cannot be read"),
    }
}

async fn poll(url: String, held: Weak<KeySource>) {
    let client = match reqwest::Client::builder().timeout(FETCH).build() {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "the issuer's keys cannot be fetched"),
    };
    loop {
        match fetch(&client, &url).await {
            Ok(fetched) => match held.upgrade().as_deref() {
                Some(KeySource::Url { keys, .. }) => {
                    *keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fetched);
                }
                Some(KeySource::Fixed(_) | KeySource::File { .. }) | None => return,
            },
            Err(problem) => tracing::warn!(url, problem, "the issuer's keys cannot be fetched; keeping the old ones"),
        }
        tokio::time::sleep(POLL_LEAST).await;
        let Some(source) = held.upgrade() else { return };
        if let KeySource::Url { unknown_key, .. } = &*source {
            // Holds the source for no longer than a poll, so that the task ends with the last verifier.
            let _ = tokio::time::timeout(POLL, unknown_key.notified()).await;
        }
    }
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<KeySet, String> {
    let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
    let json = answer.map_err(|error| error.to_string())?.text().await.map_err(|error| error.to_string())?;
    KeySet::from_json(&json).map_err(|error| error.to_string())
}
