//! The one writer: follows the log, folds each event, publishes what came of it.

use crate::Directory;
use crate::projection::{Input, Snapshot, prefixes};
use chassis::follow::{Followed, Verdict, follow};
use chassis::log::Recorded;
use chassis::service::Service;

/// The follower's name, in figures and under `/readyz`.
pub const NAME: &str = "directory";

/// Follows the log from its beginning until the process ends.
pub async fn run(service: Service, directory: Directory) {
    let mut writer = Writer::new(directory);
    follow(&service.log, NAME, prefixes(), None, &service.health, service.shutdown.clone(), |followed| {
        writer.take_in(followed)
    })
    .await;
}

/// The snapshot that is being written.
struct Writer {
    directory: Directory,
    snapshot: Snapshot,
    has_caught_up: bool,
}

impl Writer {
    fn new(directory: Directory) -> Writer {
        Writer { directory, snapshot: Snapshot::default(), has_caught_up: false }
    }

    fn take_in(&mut self, followed: Followed<'_>) -> Verdict {
        match followed {
            Followed::Event(event) => {
                let taken = self.snapshot.apply(&input(event));
                self.publish();
                taken.map_or_else(|poison| Verdict::Park(poison.to_string()), |()| Verdict::Continue)
            }
            Followed::CaughtUp(position) => {
                self.has_caught_up = true;
                self.reach(position)
            }
            Followed::Checkpoint(position) => self.reach(position),
        }
    }

    fn reach(&mut self, position: schema::Position) -> Verdict {
        self.snapshot.reach(position);
        self.publish();
        Verdict::Continue
    }

    /// Shows the snapshot, unless it is still a part of what stood in the log when the process began.
    fn publish(&mut self) {
        if !self.has_caught_up {
            return;
        }
        self.directory.figures.published(&self.snapshot);
        self.directory.source.publish(self.snapshot.clone());
    }
}

fn input(event: &Recorded) -> Input<'_> {
    Input {
        stream: &event.stream,
        event_type: &event.event_type,
        data: &event.data,
        metadata: &event.metadata,
        position: event.position,
        created: event.created,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LOG, start};
    use chassis::clock::Clock;
    use schema::Position;

    /// An event that means nothing to the directory stands for any other here.
    fn event(commit: u64) -> Recorded {
        Recorded {
            id: uuid::Uuid::from_u128(commit.into()),
            stream: "import-13030600-0000-8000-8000-000000000001".to_owned(),
            revision: commit,
            event_type: "Unheard".to_owned(),
            position: Position { commit, prepare: commit },
            created: start(),
            data: Default::default(),
            metadata: Default::default(),
        }
    }

    #[test]
    fn nothing_is_shown_before_all_that_stood_in_the_log_is_folded() {
        let directory = Directory::new(LOG, Clock::fixed(start()), Default::default());
        let mut writer = Writer::new(directory.clone());
        let head = Position { commit: 3, prepare: 3 };
        for commit in 1..=2 {
            writer.take_in(Followed::Event(&event(commit)));
            writer.take_in(Followed::Checkpoint(Position { commit, prepare: commit }));
            assert!(directory.source().latest().is_none(), "a part was shown");
        }
        writer.take_in(Followed::CaughtUp(head));
        assert_eq!(directory.source().latest().map(|latest| latest.position), Some(head));
    }
}
