//! The one writer: follows the log, folds each event, publishes what came of it.

use crate::Directory;
use crate::projection::{Input, Snapshot, prefixes};
use chassis::follow::{Followed, Verdict, follow};
use chassis::log::Recorded;
use chassis::service::Service;
use schema::position::LogId;

/// The follower's name, in figures and under `/readyz`.
pub const NAME: &str = "directory";

/// Follows the log from its beginning until the process ends.
pub async fn run(service: Service, directory: Directory) {
    let mut writer = Writer::new(directory.clone());
    let prefixes = prefixes(directory.source.held());
    follow(&service.log, NAME, prefixes, None, &service.health, service.shutdown.clone(), |followed| {
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
        let snapshot = Snapshot::of(directory.source.held().clone());
        Writer { directory, snapshot, has_caught_up: false }
    }

    fn take_in(&mut self, followed: Followed<'_>) -> Verdict {
        match followed {
            Followed::Event(event) => {
                let taken = self.snapshot.apply(&input(event, self.directory.source.log));
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
    use crate::testing::{LOG, asked_by, caller, merged, published, registered, resource, start, undone};
    use chassis::auth::Role;
    use chassis::clock::Clock;
    use chassis::health::Health;
    use chassis::log::{Expected, Log, Metadata, NewEvent};
    use chrono::TimeDelta;
    use log_server::{Options, Server};
    use schema::Position;
    use tokio_util::sync::CancellationToken;

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
        let directory = Directory::new(LOG, Clock::fixed(start()), Default::default(), Default::default());
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

    /// A directory that has folded so many events of a log.
    async fn following(log: &Log, events: usize) -> Directory {
        let shutdown = CancellationToken::new();
        let directory = Directory::new(log.id(), Clock::fixed(start()), shutdown.clone(), Default::default());
        let (log, mut writer) = (log.clone(), Writer::new(directory.clone()));
        tokio::spawn(async move {
            let take_in = |followed: Followed<'_>| writer.take_in(followed);
            follow(&log, NAME, prefixes(&Default::default()), None, &Health::new(), shutdown, take_in).await;
        });
        directory.source().once(|snapshot| snapshot.moments.len() == events).await.unwrap();
        directory
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_log_whose_events_were_moved_to_another_answers_the_same_about_any_past_time() {
        let (first, second) = (Server::start(Options::in_memory()), Server::start(Options::in_memory()));
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        let clock = Clock::fixed(start());
        let log = Log::connect(&first.url()).await.unwrap().with_clock(clock.clone());
        let tale = [registered(1), registered(2), merged(1, 2), published(resource(1)), undone(1, 2), registered(3)];
        // The clock is put back once on the way.
        for (n, (told, minutes)) in tale.iter().zip([0, 10, -6, 2, 9, 1]).enumerate() {
            clock.advance(TimeDelta::minutes(minutes));
            let (stream, event) = told.event(n);
            log.append(&stream, Expected::Any, vec![event]).await.unwrap();
        }

        let moved = Log::connect(&second.url()).await.unwrap();
        let (_, other) = registered(9).event(9);
        moved.append("elsewhere-1", Expected::NoStream, vec![other]).await.unwrap();
        let mut events = Vec::new();
        log.catch_up(&prefixes(&Default::default()), None, |event| events.push(event)).await.unwrap();
        for event in &events {
            let json = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
            let metadata = Metadata::Given(json(&event.metadata));
            let event_type = event.event_type.clone();
            let again = NewEvent { id: event.id, event_type, data: json(&event.data), metadata };
            let appended = moved.append(&event.stream, Expected::Any, vec![again]).await.unwrap();
            assert_ne!(appended.position, event.position);
        }

        let (one, other) = (following(&log, tale.len()).await, following(&moved, tale.len()).await);
        let mut answers = Vec::new();
        for minute in -1..20 {
            let at = (start() + TimeDelta::minutes(minute)).to_rfc3339();
            let question = format!(
                r#"{{ registrations(asOf: "{at}") {{ nodes {{ id registeredAt }} }}
                    mergeHistory(asOf: "{at}") {{ nodes {{ id status decidedAt }} }}
                    resources(asOf: "{at}") {{ nodes {{ id }} }} }}"#
            );
            let answer = asked_by(&one, &question, caller(Role::Admin, None)).await;
            assert_eq!(answer.get("errors"), None, "{answer}");
            assert_eq!(answer, asked_by(&other, &question, caller(Role::Admin, None)).await, "as of minute {minute}");
            if answers.last() != Some(&answer) {
                answers.push(answer);
            }
        }
        assert_eq!(answers.len(), 5, "before all, then what minutes 0, 10, 15 and 16 brought: {answers:#?}");
        first.stop().await;
        second.stop().await;
    }
}
