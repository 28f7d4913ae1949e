//! The one writer: follows the log, folds each event, publishes what came of it, and keeps on disk what is too much for memory
//! and from where a start goes on.

use crate::image::{self, OnThreads};
use crate::metrics::Metrics;
use crate::projection::{Decoded, Input, Snapshot, prefixes};
use crate::read_model::ReadModel;
use crate::segments::Segments;
use chassis::follow::{Followed, Handling, follow};
use chassis::health::Health;
use chassis::log::{Log, Recorded};
use futures::FutureExt as _;
use schema::position::LogId;
use schema::selection::ScopeSelection;
use schema::streams::Category;
use schema::{Position, Stream};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The follower's name, in metrics and under `/readyz`.
pub const NAME: &str = "directory";

/// After how many events a snapshot is published although more wait.
const BATCH: usize = 256;
/// After how many bytes that belong on disk they are written although more come.
const WRITTEN_AT_ONCE: usize = 4 * 1024 * 1024;
/// After how many events, and after which part of all, a new image is written while the process runs.
const IMAGE_EVERY: (usize, usize) = (100_000, 10);
/// From how many events on an image is worth writing when the process ends: fewer are folded again as quickly.
const IMAGE_AT_END: usize = 1000;

/// Follows the log until the process ends: from where the image in a folder leaves off, or from its beginning. Without a folder
/// everything stays in memory.
pub async fn run(log: Log, health: Health, read_model: Arc<ReadModel>, metrics: Metrics, folder: Option<PathBuf>) {
    let (prefixes, shutdown) = (prefixes(read_model.held()), read_model.shutdown.clone());
    let files = folder.and_then(|folder| {
        let opened = Files::open(folder);
        opened
            .inspect_err(|error| {
                tracing::warn!(%error, "the directory keeps everything in memory: its folder cannot be used");
            })
            .ok()
    });
    let mut snapshot = match &files {
        Some(files) => files.start(&log, read_model.held()).await,
        None => Snapshot::of(read_model.held().clone()),
    };
    if snapshot.moments.is_empty() {
        snapshot.index_later();
    }
    let after = Some(snapshot.position).filter(|position| *position > Position::default());
    let of = read_model.log;
    let decode = move |event: &Recorded| Decoded::of(&input(event, of));
    let mut writer = Writer::new(read_model, metrics, snapshot, files);
    follow(&log, NAME, prefixes, after, &health, shutdown, decode, |followed| writer.apply(followed)).await;
    writer.end().await;
}

/// The folder of a directory, which one process has at a time.
struct Files {
    folder: PathBuf,
    /// Locked for as long as it is open.
    _lock: File,
}

impl Files {
    fn open(folder: PathBuf) -> io::Result<Files> {
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another process uses it"),
            TryLockError::Error(error) => error,
        })?;
        Ok(Files { folder, _lock: lock })
    }

    fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    /// The image that is being written.
    fn new_image(&self) -> PathBuf {
        self.folder.join("image.new")
    }

    fn blocks(&self) -> PathBuf {
        self.folder.join("blocks")
    }

    /// What the image holds, if it fits; else nothing.
    async fn start(&self, log: &Log, held: &ScopeSelection) -> Snapshot {
        let (image, blocks, id, of) = (self.image(), self.blocks(), log.id(), held.clone());
        let read = tokio::task::spawn_blocking(move || image::read(&image, &blocks, id, &of)).await;
        match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(snapshot) if stands_in(log, &snapshot).await => {
                let (events, position) = (snapshot.moments.len(), snapshot.position.commit);
                tracing::info!(events, position, "the directory goes on from its image");
                return snapshot;
            }
            Ok(_) => {
                tracing::warn!("the log was put back to before the directory's image: it is folded from its beginning")
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::info!(%error, "the directory's image does not fit: the log is folded from its beginning")
            }
        }
        self.forget_image();
        match Segments::open(&self.blocks(), None) {
            Ok(segments) => Snapshot::on_disk(held.clone(), Arc::new(segments)),
            Err(error) => {
                tracing::warn!(%error, "the directory keeps everything in memory: its file cannot be written");
                Snapshot::of(held.clone())
            }
        }
    }

    fn forget_image(&self) {
        for path in [self.image(), self.new_image()] {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "an image of the directory cannot be removed");
            }
        }
    }
}

/// An event by which a log is known again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    stream: String,
    revision: u64,
    id: Uuid,
}

impl Mark {
    /// Notes an event of a stream, but for a checkpoint, of which a stream keeps the last alone.
    fn note(mark: &mut Option<Mark>, stream: Stream, event: &Recorded) {
        let is_lasting = match stream.category() {
            Category::Checkpoint => false,
            Category::Office(_)
            | Category::Decisions
            | Category::Resource
            | Category::HandIn
            | Category::Policy
            | Category::Population
            | Category::Questions
            | Category::Model
            | Category::Calendar
            | Category::Erasures
            | Category::Areas
            | Category::Scopes
            | Category::Log => true,
        };
        if is_lasting {
            let mark = mark.get_or_insert_with(|| Mark { stream: String::new(), revision: 0, id: event.id });
            (mark.revision, mark.id) = (event.revision, event.id);
            mark.stream.clone_from(&event.stream);
        }
    }
}

/// Whether a log still holds what a snapshot was folded from: it may have been put back to an earlier state.
async fn stands_in(log: &Log, snapshot: &Snapshot) -> bool {
    let reaches = log.head().await.is_ok_and(|head| head >= snapshot.last_event());
    let Some(mark) = snapshot.mark.as_ref().filter(|_| reaches) else { return reaches };
    let there = log.read_stream_from(&mark.stream, mark.revision).await;
    there.is_ok_and(|events| events.first().is_some_and(|event| event.revision == mark.revision && event.id == mark.id))
}

/// The snapshot that is being written.
struct Writer {
    read_model: Arc<ReadModel>,
    metrics: Metrics,
    snapshot: Snapshot,
    files: Option<Files>,
    has_caught_up: bool,
    /// Events that nobody was shown yet.
    unpublished: usize,
    /// Whether an event was set aside since the start: the next start is to tell of it again, and goes on from before it.
    has_parked: bool,
    /// How many events the latest image holds.
    imaged: usize,
    imaging: Option<JoinHandle<io::Result<()>>>,
}

impl Writer {
    fn new(read_model: Arc<ReadModel>, metrics: Metrics, snapshot: Snapshot, files: Option<Files>) -> Writer {
        let imaged = snapshot.moments.len();
        Writer {
            read_model,
            metrics,
            snapshot,
            files,
            has_caught_up: false,
            unpublished: 0,
            has_parked: false,
            imaged,
            imaging: None,
        }
    }

    fn apply(&mut self, followed: Followed<'_, Decoded>) -> Handling {
        match followed {
            Followed::Event(event, decoded) => {
                let stream = decoded.stream();
                let applied = self.snapshot.take_in(decoded, &input(event, self.read_model.log));
                if let Some(stream) = stream {
                    Mark::note(&mut self.snapshot.mark, stream, event);
                }
                self.unpublished += 1;
                if !self.snapshot.retracted.is_empty() {
                    self.publish();
                    self.erase();
                } else if self.unpublished >= BATCH {
                    self.publish();
                }
                self.has_parked |= applied.is_err();
                applied.map_or_else(|poison| Handling::Park(poison.to_string().into()), |()| Handling::Continue)
            }
            Followed::Waiting => {
                if self.unpublished > 0 {
                    self.publish();
                }
                Handling::Continue
            }
            Followed::CaughtUp(position) => {
                self.has_caught_up = true;
                self.snapshot.index(&OnThreads);
                self.reach(position)
            }
            Followed::Checkpoint(position) => self.reach(position),
        }
    }

    fn reach(&mut self, position: Position) -> Handling {
        self.snapshot.reach(position);
        self.publish();
        Handling::Continue
    }

    /// Shows the snapshot, unless it is still a part of what stood in the log when the process began.
    fn publish(&mut self) {
        self.unpublished = 0;
        if !self.has_caught_up {
            if self.snapshot.segments.waiting() >= WRITTEN_AT_ONCE {
                self.keep();
            }
            return;
        }
        self.keep();
        self.metrics.published(&self.snapshot);
        self.read_model.publish(self.snapshot.clone());
        self.image_if_due();
    }

    /// Writes what is too much for memory. What cannot be written stays there.
    fn keep(&mut self) -> bool {
        let kept = self.snapshot.segments.keep();
        if let Err(error) = &kept {
            tracing::error!(%error, "what the directory keeps on disk cannot be written; it stays in memory");
        }
        kept.is_ok()
    }

    /// Nothing of what was retracted stays on disk: no image names its blocks any more, and they are overwritten.
    fn erase(&mut self) {
        let places = std::mem::take(&mut self.snapshot.retracted);
        let Some(files) = &self.files else { return };
        if let Some(imaging) = self.imaging.take() {
            imaging.abort();
        }
        files.forget_image();
        self.imaged = 0;
        for place in places {
            if let Err(error) = self.snapshot.segments.erase(place) {
                tracing::error!(%error, "what was retracted cannot be taken off the directory's file");
            }
        }
    }

    fn image_if_due(&mut self) {
        self.finish_image();
        let all = self.snapshot.moments.len();
        let (every, part) = IMAGE_EVERY;
        if self.imaging.is_none() && all.saturating_sub(self.imaged) >= every.max(all / part) {
            self.begin_image();
        }
    }

    /// Begins an image of what is there now, if all that belongs on disk is.
    fn begin_image(&mut self) {
        if self.files.is_none() || self.has_parked || !self.snapshot.segments.is_on_disk() || !self.keep() {
            return;
        }
        let Some(files) = &self.files else { return };
        self.imaged = self.snapshot.moments.len();
        let (path, log, snapshot) = (files.new_image(), self.read_model.log, self.snapshot.clone());
        self.imaging = Some(tokio::task::spawn_blocking(move || image::write(&path, log, &snapshot)));
    }

    /// Puts an image that is written in the place of the one before.
    fn finish_image(&mut self) {
        let Some(written) = self.imaging.as_mut().and_then(|imaging| imaging.now_or_never()) else { return };
        self.imaging = None;
        self.settle_image(written.unwrap_or_else(|error| Err(io::Error::other(error))));
    }

    fn settle_image(&self, written: io::Result<()>) {
        let Some(files) = &self.files else { return };
        let settled = written.and_then(|()| image::replace(&files.new_image(), &files.image()));
        if let Err(error) = settled {
            tracing::warn!(%error, "no image of the directory was written: the next start folds more of the log");
        }
    }

    /// The process ends: the next start goes on from here. Of what cannot be read nothing is left to it.
    async fn end(mut self) {
        if let Some(imaging) = self.imaging.take() {
            let written = imaging.await;
            self.settle_image(written.unwrap_or_else(|error| Err(io::Error::other(error))));
        }
        if self.snapshot.segments.is_damaged() {
            if let Some(files) = &self.files {
                files.forget_image();
            }
        } else if self.has_caught_up && self.snapshot.moments.len().saturating_sub(self.imaged) >= IMAGE_AT_END {
            self.begin_image();
            if let Some(imaging) = self.imaging.take() {
                let written = imaging.await;
                self.settle_image(written.unwrap_or_else(|error| Err(io::Error::other(error))));
            }
        }
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

/// The folder of the directory in a process's data.
pub fn folder(data: &Path) -> PathBuf {
    data.join("directory")
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
        let mut writer = Writer::new(Arc::clone(&read_model), Metrics::default(), Snapshot::default(), None);
        let head = Position { commit: 3, prepare: 3 };
        for commit in 1..=2 {
            let event = event(commit);
            writer.apply(Followed::Event(&event, Decoded::of(&input(&event, LOG))));
            writer.apply(Followed::Waiting);
            writer.apply(Followed::Checkpoint(Position { commit, prepare: commit }));
            assert!(read_model.latest().is_none(), "a part was shown");
        }
        writer.apply(Followed::CaughtUp(head));
        assert_eq!(read_model.latest().map(|latest| latest.position), Some(head));
    }
}
