//! Files and directories that only their owner may read.

use super::KeyError;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

/// Makes a directory that only its owner may enter, or makes one that is there so.
#[cfg(unix)]
pub fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(directory = %path.display(), "others could enter the directory; now only its owner can");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// Only the owner may read a file that holds secrets.
#[cfg(unix)]
pub fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
}

/// Makes an empty file if there is none, its owner's only from the first moment; one that is there becomes so.
#[cfg(unix)]
pub(super) fn touch(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    restrict(path)
}

/// Refuses a directory that others than its owner may enter.
#[cfg(unix)]
pub(super) fn require_private_directory(file: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !directory.exists() {
        private_directory(directory)?;
    }
    let is_private = std::fs::metadata(directory)?.permissions().mode() & 0o077 == 0;
    if is_private { Ok(()) } else { Err(KeyError::OpenDirectory(directory.display().to_string())) }
}

/// Makes a directory; elsewhere than on Unix who may enter it is left to the directory above.
#[cfg(not(unix))]
pub fn private_directory(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Only the owner may read a file that holds secrets; elsewhere than on Unix that is left to the directory.
#[cfg(not(unix))]
pub fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn touch(path: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path).map(|_| ())
}

#[cfg(not(unix))]
pub(super) fn require_private_directory(file: &Path) -> Result<(), KeyError> {
    file.parent().map_or(Ok(()), |parent| std::fs::create_dir_all(parent).map_err(KeyError::from))
}
