//! Since when what answers about a division may be other: for who keeps an answer.

use schema::{Position, Stream};

/// The position of the last event that touched something. It is not part of what a snapshot says: after a start, nobody keeps an
/// answer from before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Touched(Position);

impl PartialEq for Touched {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Touched {
    pub(super) fn touch(&mut self, position: Position) {
        self.0 = self.0.max(position);
    }

    pub(super) fn is_since(self, position: Position) -> bool {
        self.0 > position
    }
}

/// Whether what a stream tells may change any answer of what is available, beside what is found under the divisions that a resource
/// of it serves or served.
pub(super) fn touches_everything(stream: Stream) -> bool {
    match stream {
        // Names of divisions and what they became, days off, what was retracted.
        Stream::Areas(..) | Stream::Scopes | Stream::Calendar(_) | Stream::Erasures(_) => true,
        // What is shown is told by resources, whatever it was made of.
        Stream::Resource(_)
        | Stream::Registration(..)
        | Stream::Decisions(_)
        | Stream::HandIn(_)
        | Stream::Policy(_)
        | Stream::Population(_)
        | Stream::Questions(_)
        | Stream::Model(_)
        | Stream::Checkpoint(..)
        | Stream::Log => false,
    }
}
