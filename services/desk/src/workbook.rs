//! Workbooks are unfolded in a child process of the same program: a small file can be made to unfold to any size, and what the
//! library does with it then, no check beforehand can bound.

use chassis::child::{self, ChildError, Limits};
use intake::sheet::{self, Unfolded, Unread};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// The argument by which the program is asked to unfold what comes by standard input.
pub const UNFOLD: &str = "unfold-workbook";

/// What unfolding one may take. The largest list that is taken in, of 100,000 rows of a clinic's 18 columns, takes 500 MB, 3 s and 37 MB
/// (a release build).
const LIMITS: Limits =
    Limits { memory: 768 << 20, processor: Duration::from_secs(30), time: Duration::from_secs(60), answer: 64 << 20 };

/// The child's part: unfolds a workbook from standard input to standard output.
pub fn unfold_as_child() -> ExitCode {
    child::answer(&LIMITS, |bytes| serde_json::to_vec(&sheet::unfold(&bytes)).unwrap_or_default())
}

/// What a child of `program` unfolds a workbook to.
///
/// # Errors
/// When there is no child to ask, with the reason.
pub async fn unfold_workbook(program: &Path, bytes: &[u8]) -> Result<Unfolded, String> {
    match child::ask(program, UNFOLD, bytes, &LIMITS).await {
        Ok(answer) => serde_json::from_slice(&answer).map_err(|error| error.to_string()),
        Err(error @ (ChildError::Ended(_) | ChildError::Slow | ChildError::Long)) => {
            tracing::warn!(%error, "a workbook was refused");
            Ok(Err(match error {
                ChildError::Slow => Unread::TooSlow,
                ChildError::Ended(_) | ChildError::Long | ChildError::Unusable(_) => Unread::TooLarge,
            }))
        }
        Err(error @ ChildError::Unusable(_)) => Err(error.to_string()),
    }
}
