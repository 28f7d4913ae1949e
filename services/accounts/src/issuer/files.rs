//! The issuer's key, and the public keys where verifiers read them.

use super::IssuerError;
use chassis::auth::Signer;
use chassis::keys;
use chassis::sealed::restrict;
use std::io::{self, Write as _};
use std::path::Path;

/// The issuer's key; made now if there is none. Two processes that start at once agree on one: a finished file is put
/// in place only if there is none yet.
pub(super) fn key(path: &Path) -> Result<Vec<u8>, IssuerError> {
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
pub(super) fn publish(path: &Path, jwks: &str) -> Result<(), IssuerError> {
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
