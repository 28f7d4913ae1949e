//! The divisions, one book a scheme. What lists and changes mean, `schema::area_book` knows.

use super::{AsOf, Stamp};
use schema::area_book::{AreaBook, AreaView};
use schema::areas::AreasEvent;
use schema::{Position, Scheme};
use serde::{Deserialize, Serialize};

/// The divisions of every scheme, each as it was from some position on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Areas {
    /// Where the last event about divisions stood: they are as they were as long as this is.
    changed: Position,
    statistical: AreaBook,
    civil_affairs: AreaBook,
}

impl Default for Areas {
    fn default() -> Self {
        Areas {
            changed: Position::default(),
            statistical: AreaBook::new(Scheme::Statistical2023),
            civil_affairs: AreaBook::new(Scheme::CivilAffairs2026),
        }
    }
}

impl Areas {
    pub(super) fn fold(&mut self, event: &AreasEvent, stamp: Stamp) {
        self.changed = stamp.position;
        self.statistical.apply_at(event, stamp.position);
        self.civil_affairs.apply_at(event, stamp.position);
    }

    /// Where the last event about divisions stood.
    pub fn changed(&self) -> Position {
        self.changed
    }

    /// The divisions of a scheme, as far as they are seen.
    pub fn at(&self, scheme: Scheme, as_of: AsOf) -> AreaView<'_> {
        match scheme {
            Scheme::Statistical2023 => self.statistical.at(as_of),
            Scheme::CivilAffairs2026 => self.civil_affairs.at(as_of),
        }
    }
}
