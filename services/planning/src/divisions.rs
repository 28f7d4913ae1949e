//! The divisions, as the log has them when a file comes.

use chassis::log::{Log, LogError, Unreadable};
use intake::Gazetteer;
use schema::Stream;
use schema::streams::Category;

/// The divisions were not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DivisionsError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// Reads the divisions. What of them cannot be read stops the import: a code may mean another place by it.
pub(crate) async fn divisions(log: &Log) -> Result<Gazetteer, DivisionsError> {
    let mut areas = Gazetteer::default();
    let mut first: Option<Unreadable> = None;
    let prefixes = [Category::Areas.prefix(), Category::Scopes.prefix()];
    log.catch_up(&prefixes, None, |event| {
        let applied = match event.stream.parse() {
            Ok(Stream::Scopes) => event.decode().map(|event| areas.apply_scopes(&event)),
            Ok(_) | Err(_) => event.decode().map(|event| areas.apply(&event)),
        };
        if let Err(problem) = applied {
            first.get_or_insert_with(|| event.unreadable(problem));
        }
    })
    .await?;
    first.map_or(Ok(areas), |unreadable| Err(unreadable.into()))
}
