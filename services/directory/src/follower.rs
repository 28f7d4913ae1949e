//! The one writer: follows the log, folds each event, publishes what came of it.

use crate::Directory;
use crate::projection::{Input, Snapshot, prefixes};
use chassis::follow::{Followed, Verdict, follow};
use chassis::log::Recorded;
use chassis::service::Service;

/// The follower's name, in figures and under `/readyz`.
pub const NAME: &str = "directory";

/// While catching up, a snapshot is published after so many events; afterwards, after each.
const BATCH: usize = 2_000;

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
    unpublished: usize,
}

impl Writer {
    fn new(directory: Directory) -> Writer {
        Writer { directory, snapshot: Snapshot::default(), has_caught_up: false, unpublished: 0 }
    }

    fn take_in(&mut self, followed: Followed<'_>) -> Verdict {
        match followed {
            Followed::Event(event) => {
                let taken = self.snapshot.apply(&input(event));
                self.unpublished += 1;
                if self.has_caught_up || self.unpublished >= BATCH {
                    self.publish();
                }
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

    fn publish(&mut self) {
        self.unpublished = 0;
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
