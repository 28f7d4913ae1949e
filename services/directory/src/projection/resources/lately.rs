//! Which resources changed of late, for who keeps something that derives from all of them and wants to bring it up to date.

use imbl::Vector;
use schema::ids::ResourceId;

/// How many are remembered: who is behind by more begins anew.
const REMEMBERED: usize = 1 << 15;

/// The latest that changed, and how many changes there were in this process. It says nothing of what the directory shows: two pictures
/// are the same whatever is remembered here.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    count: u64,
    latest: Vector<ResourceId>,
}

impl PartialEq for Lately {
    fn eq(&self, _: &Lately) -> bool {
        true
    }
}

impl Lately {
    pub(super) fn note(&mut self, id: ResourceId) {
        self.count += 1;
        self.latest.push_back(id);
        if self.latest.len() > REMEMBERED {
            self.latest.pop_front();
        }
    }

    /// How many changes there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What changed after so many changes; none where that is not remembered any more.
    pub fn since(&self, count: u64) -> Option<impl Iterator<Item = ResourceId>> {
        let behind = usize::try_from(self.count.checked_sub(count)?).ok()?;
        let known = self.latest.len().checked_sub(behind)?;
        Some(self.latest.iter().skip(known).copied())
    }
}
