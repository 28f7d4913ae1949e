//! Telling good tokens from bad ones.

use super::{Caller, KeySet, Role};
use crate::clock::Clock;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use schema::{AreaCode, Office};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;

/// The issuer that tokens must name, unless told otherwise: the built-in one.
pub const ISSUER: &str = "huiju";

/// The audience that tokens must name, unless told otherwise.
pub const AUDIENCE: &str = "huiju";

/// How far an issuer's clock may be off.
const LEEWAY_SECONDS: i64 = 30;

/// How often keys at a URL are fetched.
const POLL: Duration = Duration::from_secs(300);

/// How soon after a fetch an unknown key may cause another.
const POLL_LEAST: Duration = Duration::from_secs(5);

/// How long a fetch may take.
const FETCH: Duration = Duration::from_secs(10);

/// Verifies tokens against an issuer's keys. Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    source: Arc<Source>,
    issuer: Arc<str>,
    audience: Arc<str>,
    clock: Clock,
}

enum Source {
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
    /// It is another issuer's.
    #[error("from another issuer")]
    Issuer,
    /// It is meant for somebody else.
    #[error("for another audience")]
    Audience,
    /// It does not say what it must.
    #[error("claims: {0}")]
    Claims(String),
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    role: Role,
    #[serde(default)]
    office: Option<Office>,
    #[serde(default)]
    area: Option<AreaCode>,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iss: Option<String>,
    #[serde(default)]
    aud: Option<OneOrMany>,
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
        Ok(Verifier::new(Source::Fixed(KeySet::from_json(json)?)))
    }

    /// Trusts the keys in a file, which is read again when it has changed: a key that is taken out is no longer good. The
    /// file may come later: until then no token is good.
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Verifier {
        Verifier::new(Source::File { path: path.as_ref().to_owned(), read: Mutex::default() })
    }

    /// Trusts the keys at a URL, which is fetched now, every five minutes, and when a token names an unknown key, by a
    /// task that ends with the last clone of the verifier. Needs a running tokio.
    pub fn from_jwks_url(url: impl Into<String>) -> Verifier {
        let source = Arc::new(Source::Url { keys: RwLock::default(), unknown_key: Notify::new() });
        tokio::spawn(poll(url.into(), Arc::downgrade(&source)));
        Verifier { source, ..Verifier::new(Source::Fixed(KeySet::default())) }
    }

    fn new(source: Source) -> Verifier {
        Verifier { source: Arc::new(source), issuer: ISSUER.into(), audience: AUDIENCE.into(), clock: Clock::system() }
    }

    /// Expects another issuer and audience than the built-in ones.
    pub fn expecting(self, issuer: &str, audience: &str) -> Verifier {
        Verifier { issuer: issuer.into(), audience: audience.into(), ..self }
    }

    /// Judges times by this clock.
    pub fn with_clock(self, clock: Clock) -> Verifier {
        Verifier { clock, ..self }
    }

    /// Who holds the token.
    pub fn verify(&self, token: &str) -> Result<Caller, Refusal> {
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
        self.accept(claims.claims)
    }

    fn accept(&self, claims: Claims) -> Result<Caller, Refusal> {
        let now = self.clock.now().timestamp();
        if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
            return Err(Refusal::Expired);
        }
        if claims.nbf.is_some_and(|from| from.saturating_sub(LEEWAY_SECONDS) > now) {
            return Err(Refusal::NotYetValid);
        }
        if claims.iss.as_deref() != Some(&*self.issuer) {
            return Err(Refusal::Issuer);
        }
        let meant = match &claims.aud {
            Some(OneOrMany::One(audience)) => audience == &*self.audience,
            Some(OneOrMany::Many(audiences)) => audiences.iter().any(|audience| audience == &*self.audience),
            None => false,
        };
        if !meant {
            return Err(Refusal::Audience);
        }
        if claims.sub.is_empty() {
            return Err(Refusal::Claims("sub is empty".to_owned()));
        }
        if claims.role == Role::Clerk && claims.office.is_none() {
            return Err(Refusal::Claims("a clerk's token names no office".to_owned()));
        }
        Ok(Caller { subject: claims.sub, role: claims.role, office: claims.office, area: claims.area })
    }

    /// The keys as they are by now.
    fn keys(&self, id: Option<&str>) -> Arc<KeySet> {
        match &*self.source {
            Source::Fixed(keys) => Arc::new(keys.clone()),
            Source::File { path, read } => {
                let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
                reread(path, &mut read);
                Arc::clone(&read.keys)
            }
            Source::Url { keys, unknown_key } => {
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

async fn poll(url: String, source: Weak<Source>) {
    let client = match reqwest::Client::builder().timeout(FETCH).build() {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "the issuer's keys cannot be fetched"),
    };
    loop {
        match fetch(&client, &url).await {
            Ok(fetched) => match source.upgrade().as_deref() {
                Some(Source::Url { keys, .. }) => {
                    *keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fetched);
                }
                Some(Source::Fixed(_) | Source::File { .. }) | None => return,
            },
            Err(problem) => tracing::warn!(url, problem, "the issuer's keys cannot be fetched; keeping the old ones"),
        }
        tokio::time::sleep(POLL_LEAST).await;
        let Some(held) = source.upgrade() else { return };
        if let Source::Url { unknown_key, .. } = &*held {
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
