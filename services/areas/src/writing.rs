//! How a file goes into the log, whichever of its streams is written.

use chassis::decide;
use chassis::log::{Expected, Log, LogError, NewEvent};
use intake::whole::FileError;
use schema::{DecodeError, Position};

/// How often a unit is looked at again after somebody else wrote to it.
pub(crate) const ATTEMPTS: usize = 5;

/// A file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A stream of divisions cannot be read.
    #[error("the divisions in the log cannot be read: {0}")]
    Corrupt(#[from] DecodeError),
}

/// Appends events one run after the other, each as large as the log takes at once. Whoever was interrupted between two finds
/// what is there when the same file is handed in again.
pub(crate) async fn append(
    log: &Log,
    stream: &str,
    expected: Expected,
    events: Vec<NewEvent>,
) -> Result<Option<Position>, LogError> {
    let (mut expected, mut position) = (expected, None);
    for run in decide::appends(events)? {
        let appended = log.append(stream, expected, run).await?;
        expected = Expected::Revision(appended.revision);
        position = Some(appended.position);
    }
    Ok(position)
}
