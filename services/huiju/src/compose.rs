//! What every service of a process shares.

use crate::Failure;
use crate::arguments::{Keys, Tokens};
use accounts::JWKS_FILE;
use chassis::auth::{Expectations, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::Log;
use chassis::sealed::{KEYS_FILE, KeyStore, private_directory};
use chassis::service::Service;
use persons::KeyPlace;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The parts of a [`Service`] that every service of a process shares.
pub(crate) fn service(log: Log, keys: KeyStore, data: &Path, auth: Verifier, shutdown: CancellationToken) -> Service {
    Service {
        log,
        data: data.to_path_buf(),
        helper: chassis::child::this_program().ok(),
        auth,
        clock: Clock::system(),
        keys: Arc::new(keys),
        shutdown,
        tasks: TaskTracker::new(),
        health: Health::default(),
        metrics: prometheus::Registry::new(),
    }
}

/// Trusts the built-in issuer, whose keys may come later, and the one that the process was told of.
pub(crate) fn verifier(tokens: &Tokens, data: &Path) -> Verifier {
    let built_in = Verifier::from_jwks_file(data.join(JWKS_FILE));
    let Some(jwks) = &tokens.jwks else { return built_in };
    let other = match jwks.starts_with("http://") || jwks.starts_with("https://") {
        true => Verifier::from_jwks_url(jwks),
        false => Verifier::from_jwks_file(jwks),
    };
    built_in.and(other.expecting(Expectations {
        issuer: tokens.issuer.clone(),
        audience: tokens.audience.clone(),
        role_claim: tokens.role_claim.clone(),
        office_claim: tokens.office_claim.clone(),
        area_claim: tokens.area_claim.clone(),
    }))
}

/// Makes the data directory, which only its owner may enter: keys and accounts lie in it.
pub(crate) fn data_directory(data: &Path) -> Result<(), Failure> {
    private_directory(data).map_err(|error| {
        format!("无法建立或保护数据目录 cannot make or protect the data directory {}: {error}", data.display()).into()
    })
}

/// Whether the process has been told of a key store, or has one in its data directory.
pub(crate) fn has_keys(keys: &Keys, data: &Path) -> bool {
    keys.keys.is_some() || data.join(KEYS_FILE).exists()
}

/// The installation's key store, with every order to erase carried out on it.
pub(crate) async fn unlock(log: &Log, keys: &Keys, data: &Path) -> Result<KeyStore, Failure> {
    let path = keys.keys.clone().unwrap_or_else(|| data.join(KEYS_FILE));
    let place = KeyPlace { path, accept_loss: keys.new_keys };
    Ok(persons::unlock(log, &place, &Clock::system()).await?)
}
