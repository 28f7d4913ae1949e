//! The one writer: follows the log, folds each event, publishes what came of it.

use crate::metrics::Metrics;
use crate::projection::{Input, Snapshot, prefixes};
use crate::read_model::ReadModel;
use chassis::follow::{Followed, Handling, follow};
use chassis::health::Health;
use chassis::log::{Log, Recorded};
use schema::position::LogId;
use std::sync::Arc;

/// The follower's name, in metrics and under `/readyz`.
pub const NAME: &str = "directory";

/// Follows the log from its beginning until the process ends.
pub async fn run(log: Log, health: Health, read_model: Arc<ReadModel>, metrics: Metrics) {
    let (prefixes, shutdown) = (prefixes(read_model.held()), read_model.shutdown.clone());
    let mut writer = Writer::new(read_model, metrics);
    follow(&log, NAME, prefixes, None, &health, shutdown, |followed| writer.apply(followed)).await;
}

/// The snapshot that is being written.
struct Writer {
    read_model: Arc<ReadModel>,
    metrics: Metrics,
    snapshot: Snapshot,
    has_caught_up: bool,
}

impl Writer {
    fn new(read_model: Arc<ReadModel>, metrics: Metrics) -> Writer {
        let snapshot = Snapshot::of(read_model.held().clone());
        Writer { read_model, metrics, snapshot, has_caught_up: false }
    }

    fn apply(&mut self, followed: Followed<'_>) -> Handling {
        match followed {
            Followed::Event(event) => {
                let applied = self.snapshot.apply(&input(event, self.read_model.log));
                self.publish();
                applied.map_or_else(|poison| Handling::Park(poison.to_string().into()), |()| Handling::Continue)
            }
            Followed::CaughtUp(position) => {
                self.has_caught_up = true;
                self.reach(position)
            }
            Followed::Checkpoint(position) => self.reach(position),
        }
    }

    fn reach(&mut self, position: schema::Position) -> Handling {
        self.snapshot.reach(position);
        self.publish();
        Handling::Continue
    }

    /// Shows the snapshot, unless it is still a part of what stood in the log when the process began.
    fn publish(&mut self) {
        if !self.has_caught_up {
            return;
        }
        self.metrics.published(&self.snapshot);
        self.read_model.publish(self.snapshot.clone());
    }
}

fn input(event: &Recorded, log: LogId) -> Input<'_> {
    Input {
        stream: &event.stream,
        event_type: &event.event_type,
        data: &event.data,
        metadata: &event.metadata,
        position: event.position,
        log,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tale::{LOG, start};
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
            data: Default::default(),
            metadata: Default::default(),
        }
    }

    #[test]
    fn nothing_is_shown_before_all_that_stood_in_the_log_is_folded() {
        let read_model = ReadModel::new(LOG, Clock::fixed(start()), Default::default(), Default::default());
        let read_model = Arc::new(read_model);
        let mut writer = Writer::new(Arc::clone(&read_model), Metrics::default());
        let head = Position { commit: 3, prepare: 3 };
        for commit in 1..=2 {
            writer.apply(Followed::Event(&event(commit)));
            writer.apply(Followed::Checkpoint(Position { commit, prepare: commit }));
            assert!(read_model.latest().is_none(), "a part was shown");
        }
        writer.apply(Followed::CaughtUp(head));
        assert_eq!(read_model.latest().map(|latest| latest.position), Some(head));
    }
}
