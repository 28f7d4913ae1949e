//! Links: events of a type of their own whose body names another event by revision and stream. A client may ask to be
//! told both at once.

use crate::clock;
use crate::messages::{self, Answer, IdForm};
use crate::pages::{self, ReadError, Readers};
use crate::rows::Recorded;
use std::sync::Arc;

/// The type of the events that are links.
const LINK_TYPE: &str = "$>";

/// How a client wants events told.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// How ids are written.
    pub ids: IdForm,
    /// Whether a link comes with the event that it names.
    pub resolve_links: bool,
}

impl Telling {
    /// An event as an answer. A link whose event is hidden or was never there comes alone.
    pub async fn tell(self, readers: &Arc<Readers>, event: &Recorded) -> Result<Answer, ReadError> {
        if !self.resolve_links || event.event_type != LINK_TYPE {
            return Ok(messages::event(event, self.ids));
        }
        let target = match target(&event.data) {
            Some((revision, stream)) => {
                let stream = stream.to_owned();
                readers.read(move |connection| pages::event(connection, &stream, revision, clock::now())).await?
            }
            None => None,
        };
        Ok(messages::link(event, target.as_ref(), self.ids))
    }
}

/// What the body of a link names, `revision@stream`.
fn target(body: &[u8]) -> Option<(u64, &str)> {
    let (revision, stream) = std::str::from_utf8(body).ok()?.split_once('@')?;
    Some((revision.parse().ok()?, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_of_a_link_names_revision_and_stream() {
        assert_eq!(target(b"7@clinic-1"), Some((7, "clinic-1")));
        assert_eq!(target(b"0@a@b"), Some((0, "a@b")));
        for nothing in [&b""[..], b"7", b"@s", b"-1@s", b"x@s", b"\xff@s"] {
            assert_eq!(target(nothing), None);
        }
    }
}
