//! What answers come from: the latest published snapshot, and word of the next.

use crate::projection::{AsOf, Snapshot, View};
use crate::scopes::{OutOfScope, Reads};
use crate::search::Search;
use crate::segments::Damaged;
use crate::unanswered::Tally;
use arc_swap::ArcSwapOption;
use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use schema::Position;
use schema::position::LogId;
use schema::selection::ScopeSelection;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long a question waits for the directory to get as far as it asks.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The published snapshot. One writer publishes; any number of readers take it without a lock. None is published before the
/// writer has caught up with the log: a part of the directory is not an answer.
#[derive(Debug)]
pub struct ReadModel {
    published: ArcSwapOption<Snapshot>,
    changed: watch::Sender<()>,
    /// The log whose positions these are.
    pub log: LogId,
    /// What time it is.
    pub clock: Clock,
    /// How long a question waits.
    pub patience: Duration,
    /// Ends subscriptions when the process does.
    pub shutdown: CancellationToken,
    /// Questions that found nothing.
    pub unanswered: Tally,
    /// What finds by what people type.
    pub search: Search,
    /// The scopes that are held.
    held: ScopeSelection,
}

/// The directory did not get far enough in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotYet;

/// There is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoView {
    /// Not yet.
    NotYet,
    /// Not here.
    OutOfScope(OutOfScope),
    /// What it was cannot be read.
    Damaged,
}

impl From<Damaged> for NoView {
    fn from(Damaged: Damaged) -> NoView {
        NoView::Damaged
    }
}

impl From<NotYet> for NoView {
    fn from(NotYet: NotYet) -> NoView {
        NoView::NotYet
    }
}

impl ReadModel {
    /// An empty directory of a log, for these scopes.
    pub fn new(log: LogId, clock: Clock, shutdown: CancellationToken, held: ScopeSelection) -> ReadModel {
        ReadModel {
            published: ArcSwapOption::empty(),
            changed: watch::Sender::new(()),
            log,
            clock,
            patience: PATIENCE,
            shutdown,
            unanswered: Tally::default(),
            search: Search::default(),
            held,
        }
    }

    /// The scopes that are held.
    pub fn held(&self) -> &ScopeSelection {
        &self.held
    }

    /// Makes a snapshot the latest and tells whoever waits.
    pub fn publish(&self, snapshot: Snapshot) {
        self.published.store(Some(Arc::new(snapshot)));
        self.changed.send_replace(());
    }

    /// The latest snapshot; none until the log has been folded to its head once.
    pub fn latest(&self) -> Option<Arc<Snapshot>> {
        self.published.load_full()
    }

    /// Marked as changed whenever a snapshot is published.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The latest snapshot once there is one and it has got far enough.
    pub async fn once(&self, enough: impl Fn(&Snapshot) -> bool) -> Result<Arc<Snapshot>, NotYet> {
        let far_enough = || self.latest().filter(|latest| enough(latest));
        if let Some(latest) = far_enough() {
            return Ok(latest);
        }
        let mut changes = self.changes();
        let wait = async {
            loop {
                if let Some(latest) = far_enough() {
                    return Ok(latest);
                }
                tokio::select! {
                    changed = changes.changed() => changed.map_err(|_| NotYet)?,
                    () = self.shutdown.cancelled() => return Err(NotYet),
                }
            }
        };
        tokio::time::timeout(self.patience, wait).await.unwrap_or(Err(NotYet))
    }

    /// The latest snapshot that has folded `at_least` and in which the centres have acted on what of it the answer reads,
    /// seen as it was at a position.
    pub async fn view(
        &self,
        as_of: Option<Position>,
        at_least: Option<Position>,
        reads: Reads,
    ) -> Result<View, NoView> {
        // What is held elsewhere is not waited for.
        if let Some(latest) = self.latest() {
            reads.check(&latest, &self.held).map_err(NoView::OutOfScope)?;
        }
        let snapshot = self.once(|snapshot| got_to(snapshot, as_of, at_least, reads)).await?;
        reads.check(&snapshot, &self.held).map_err(NoView::OutOfScope)?;
        Ok(View { snapshot, as_of: as_of.map_or(AsOf::Latest, AsOf::Through) })
    }

    /// Whether [`ReadModel::view`] would not wait.
    pub fn has_got_to(&self, as_of: Option<Position>, at_least: Option<Position>, reads: Reads) -> bool {
        self.latest().is_some_and(|latest| got_to(&latest, as_of, at_least, reads))
    }

    /// The latest snapshot that has folded `at_least`, seen as it was at a time.
    pub async fn view_at(&self, time: DateTime<Utc>, at_least: Option<Position>, reads: Reads) -> Result<View, NoView> {
        let View { snapshot, .. } = self.view(None, at_least, reads).await?;
        let as_of = match snapshot.moments.last_time() {
            Some(last) if last <= time => AsOf::Latest,
            Some(_) => snapshot.moments.position_at(time, &snapshot.segments)?.map_or(AsOf::BeforeAll, AsOf::Through),
            None => AsOf::Latest,
        };
        Ok(View { snapshot, as_of })
    }
}

fn got_to(snapshot: &Snapshot, as_of: Option<Position>, at_least: Option<Position>, reads: Reads) -> bool {
    at_least.is_none_or(|least| snapshot.has_settled(least, reads))
        && as_of.is_none_or(|position| snapshot.position >= position)
}
