//! What happens, as it happens: nothing lost and nothing twice over a reconnect.

use super::changes::{Change, Filter, MergeActivity};
use super::counters::Counters;
use super::enums::ChangeKind;
use super::errors::Fault;
use super::place::within;
use super::scalars::{AreaCode, Position};
use super::sight::sight;
use super::view::read_model;
use async_graphql::{Context, Result};
use directory::projection::{self, Cursor, Snapshot, View};
use directory::read_model::ReadModel;
use directory::scopes::Reads;
use directory::segments::Damaged;
use futures::Stream;
use futures::stream::{self, StreamExt as _};
use schema::position::PositionError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The cursor of the last item that a client of server-sent events has got; it comes in the header that a browser sends
/// by itself when it reconnects, and goes before the `after` of the question.
#[derive(Clone, Debug)]
pub struct LastEventId(pub String);

/// That a subscription is told as server-sent events, whose every event has an id by which a browser goes on. Where it begins is told
/// here, so that whoever is broken off before anything has happened goes on from there.
#[derive(Clone)]
pub struct AsEvents(Arc<Mutex<Option<oneshot::Sender<String>>>>);

impl AsEvents {
    /// What a question carries, and where it is told at what place its answer begins.
    pub fn new() -> (AsEvents, oneshot::Receiver<String>) {
        let (begins, told) = oneshot::channel();
        (AsEvents(Arc::new(Mutex::new(Some(begins)))), told)
    }

    fn begins(&self, place: String) {
        if let Some(begins) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // Nobody listens any more: then nobody goes on either.
            let _ = begins.send(place);
        }
    }
}

/// What happens, as it happens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subscription;

/// What happens, as it happens.
#[async_graphql::Subscription]
impl Subscription {
    /// Every change of a registration, a resource or a merge that the caller knows of (see `Change`). Each has a cursor:
    /// subscribe again with the last one as `after` and everything behind it comes, then what is new, nothing lost and
    /// nothing twice. A position token is a cursor too: that of the end of its event.
    async fn directory_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is there, inside it, or serves it.")] area: Option<AreaCode>,
        #[graphql(desc = "Go on behind this cursor; with what is new when not said.")] after: Option<String>,
        #[graphql(desc = "Only changes of these kinds.")] kinds: Option<Vec<ChangeKind>>,
    ) -> Result<impl Stream<Item = Change> + use<>> {
        let read_model = Arc::clone(read_model(ctx)?);
        let log = read_model.log;
        let filter = Filter { sight: sight(ctx), area: check(ctx, area)?, kinds };
        let changes = follow(read_model, begin(ctx, after).await?, move |view, change| {
            filter.lets_pass(view, change).then(|| Change::of(view, change, log))
        });
        Ok(changes.map(|(change, caught_up)| change.told(caught_up)))
    }

    /// How many there are of everything: now, and again whenever that is another number, four times a second at most.
    async fn counters(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Counters> + use<>> {
        Ok(counts(Arc::clone(read_model(ctx)?)))
    }

    /// Every step of a merge: proposed, in force, refused, undone. What is proposed or refused is told to those who see
    /// `mergeHistory`. Resumes as `directoryChanges` does.
    async fn merge_activity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only merges of which one registration is there.")] area: Option<AreaCode>,
        #[graphql(desc = "Go on behind this cursor; with what is new when not said.")] after: Option<String>,
    ) -> Result<impl Stream<Item = MergeActivity> + use<>> {
        let read_model = Arc::clone(read_model(ctx)?);
        let log = read_model.log;
        let filter = Filter { sight: sight(ctx), area: check(ctx, area)?, kinds: None };
        let steps = follow(read_model, begin(ctx, after).await?, move |view, change| {
            filter.lets_pass(view, change).then(|| MergeActivity::of(view, change, log)).flatten()
        });
        Ok(steps.map(|(step, caught_up)| step.told(caught_up)))
    }
}

/// The division to follow, by the code that it has today. Refuses one that no list has, since nothing would ever be told of
/// it, and what another directory holds. Before the directory has caught up with its log, nothing can be said of either.
fn check(ctx: &Context<'_>, area: Option<AreaCode>) -> Result<Option<schema::AreaCode>> {
    let read_model = read_model(ctx)?;
    let Some(latest) = read_model.latest() else { return Ok(area.map(|area| area.0)) };
    let checked = Reads::list(area.map(|area| area.0)).check(&latest, read_model.held());
    checked.map_err(|out_of_scope| Fault::OutOfScope(out_of_scope).of(ctx))?;
    within(&View::latest(latest), area).map_err(|fault| fault.of(ctx))
}

/// Behind what a subscription begins. Where it begins with what is new, a browser is told what place that is.
async fn begin(ctx: &Context<'_>, after: Option<String>) -> Result<Option<Cursor>> {
    let cursor = start(ctx, after).await?;
    let read_model = read_model(ctx)?;
    if let (None, Some(as_events), Some(latest)) = (cursor, ctx.data_opt::<AsEvents>(), read_model.latest()) {
        as_events.begins(latest.position.token(read_model.log));
    }
    Ok(cursor)
}

/// Behind what a subscription, or a page of the feed, begins: the header of a reconnecting browser, else `after`, else nothing yet. One beyond what
/// the directory knows is waited for like `atLeast`: after a log was put back to an earlier state, it would be for ever.
pub(crate) async fn start(ctx: &Context<'_>, after: Option<String>) -> Result<Option<Cursor>> {
    let read_model = read_model(ctx)?;
    let last = ctx.data_opt::<LastEventId>().map(|last| last.0.clone());
    let cursor = last.or(after).map(|cursor| Cursor::from_token(&cursor, read_model.log)).transpose();
    let cursor = cursor.map_err(|problem| match problem {
        PositionError::Malformed => Fault::BadCursor.of(ctx),
        PositionError::AnotherLog => Fault::BadPosition(problem).of(ctx),
    })?;
    if let (Some(cursor), Some(_)) = (cursor, read_model.latest()) {
        let reached = read_model.once(|snapshot| snapshot.position >= cursor.position).await;
        reached.map_err(|_| Fault::NotYet.of(ctx))?;
    }
    Ok(cursor)
}

/// How long the same numbers are not told again, however fast they change.
const BREATH: Duration = Duration::from_millis(250);

/// The counters of the latest snapshot, then again whenever what they count has changed.
fn counts(read_model: Arc<ReadModel>) -> impl Stream<Item = Counters> {
    let published = read_model.changes();
    let told: Option<projection::Counters> = None;
    stream::unfold((read_model, published, told), |(read_model, mut published, told)| async move {
        loop {
            published.borrow_and_update();
            if let Some(latest) = read_model.latest() {
                let mut view = View::latest(latest);
                let counted = |view: &View| projection::Counters {
                    through: schema::Position::default(),
                    ..view.snapshot.moments.latest().clone()
                };
                if told.as_ref() != Some(&counted(&view)) {
                    if told.is_some() {
                        tokio::time::sleep(BREATH).await;
                        view = View::latest(read_model.latest()?);
                    }
                    let token = |position: schema::Position| Position(position.token(read_model.log));
                    let now = view.snapshot.moments.latest().clone();
                    let counters = Counters::of(&now, token(view.position()), token(now.through));
                    let told = Some(counted(&view));
                    return Some((counters, (read_model, published, told)));
                }
            }
            published.changed().await.ok()?;
        }
    })
}

/// How many changes are looked at before others get their turn.
const AT_ONCE: usize = 1024;

struct Following<T, F> {
    read_model: Arc<ReadModel>,
    published: watch::Receiver<()>,
    after: Option<Cursor>,
    /// The place of the next change to look at; none until there is a snapshot.
    next: Option<usize>,
    /// What is to be told next: it was looked for in order to say of the one before whether it is the last.
    found: Option<T>,
    pick: F,
}

/// Where a follower begins among the changes of a snapshot.
fn place(snapshot: &Snapshot, after: Option<Cursor>) -> Result<usize, Damaged> {
    match after {
        None => Ok(snapshot.changes.len()),
        Some(after) => snapshot.changes.partition_point(|change| change.cursor <= after, &snapshot.segments),
    }
}

/// The changes behind a cursor that `pick` makes something of, then those to come, for ever; each with whether it is the last of those that
/// are known. When the process ends it is for whoever carries the stream to break it off: a client that is told of an end does not
/// come back.
fn follow<T, F>(read_model: Arc<ReadModel>, after: Option<Cursor>, pick: F) -> impl Stream<Item = (T, bool)>
where
    F: Fn(&View, &Arc<projection::Change>) -> Option<T> + Send + Sync + 'static,
    T: Send + 'static,
{
    let published = read_model.changes();
    let next = read_model.latest().and_then(|latest| place(&latest, after).ok());
    let following = Following { read_model, published, after, next, found: None, pick };
    stream::unfold(following, |mut following| async move {
        loop {
            // What cannot be read breaks the stream off: the client comes back, and is told on where it was.
            let further = following.look_on().await.ok()?;
            match (following.found.take(), further) {
                (Some(found), further) => {
                    let caught_up = further.is_none();
                    following.found = further;
                    return Some(((found, caught_up), following));
                }
                (None, Some(further)) => following.found = Some(further),
                (None, None) => following.published.changed().await.ok()?,
            }
        }
    })
}

impl<T, F> Following<T, F>
where
    F: Fn(&View, &Arc<projection::Change>) -> Option<T>,
{
    /// The next change in the latest snapshot that something is made of.
    async fn look_on(&mut self) -> Result<Option<T>, Damaged> {
        self.published.borrow_and_update();
        let Some(latest) = self.read_model.latest() else { return Ok(None) };
        let mut next = match self.next {
            Some(next) => next,
            None => place(&latest, self.after)?,
        };
        let view = View::latest(latest);
        let mut looked_at = 0;
        while let Some(change) = view.snapshot.changes.get(next, &view.snapshot.segments)? {
            next += 1;
            self.next = Some(next);
            // A directory that starts anew may not yet have got to where the client already was.
            let is_new = self.after.is_none_or(|after| change.cursor > after);
            if is_new && let Some(item) = (self.pick)(&view, &change) {
                return Ok(Some(item));
            }
            looked_at += 1;
            if looked_at % AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
        }
        self.next = Some(next);
        Ok(None)
    }
}
