//! What happened, entry by entry: for the live page, for dashboards, for partners who keep a copy.

use super::area::Area;
use super::enums::{ChangeKind, MergeStatus, Office};
use super::errors::Fault;
use super::merge::Merge;
use super::paging::{Page, Window, connection, how_many};
use super::resource::{self, Resource};
use super::scalars::Time;
use super::sight::{Sight, sight};
use super::view::is_held;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use directory::projection::{self, AsOf, Cursor, Party, View};
use schema::ids::ResourceId;
use schema::position::LogId;
use std::sync::Arc;

/// One thing that happened to a registration, a resource or a merge. Holds nothing personal. What happened to a resource is
/// told to everyone; what happened to a registration, or that two were merged, while the directory shows them; the rest to
/// those who list it with `registrations` and `mergeHistory`.
#[derive(Clone)]
pub struct Change {
    view: View,
    change: Arc<projection::Change>,
    log: LogId,
    caught_up: Option<bool>,
}

impl Change {
    /// A change, its divisions named as they are in `view`.
    pub fn of(view: &View, change: &Arc<projection::Change>, log: LogId) -> Change {
        Change { view: view.clone(), change: Arc::clone(change), log, caught_up: None }
    }

    /// The same, as a subscription tells of it: whether nothing more is known behind it.
    pub fn told(self, caught_up: bool) -> Change {
        Change { caught_up: Some(caught_up), ..self }
    }

    fn area_code(&self) -> Option<schema::AreaCode> {
        self.change.areas.first().copied()
    }

    async fn differences(&self, id: ResourceId) -> Result<Vec<&'static str>, Fault> {
        let position = self.change.cursor.position;
        let record = self.view.snapshot.resources.record(id, AsOf::Through(position));
        let now = record.and_then(|record| record.version_from(position));
        let before = record.and_then(|record| record.version_before(position));
        let (Some(before), Some(now)) = (before, now) else { return Ok(Vec::new()) };
        let details = resource::details(&self.view, &[Arc::clone(before), Arc::clone(now)]).await?;
        let [then, since] = &*details else { return Ok(Vec::new()) };
        Ok(before.resource_with(then).differences(&now.resource_with(since)))
    }
}

/// One thing that happened to a registration, a resource or a merge. Holds nothing personal. What happened to a resource is
/// told to everyone; what happened to a registration, or that two were merged, while the directory shows them; the rest to
/// those who list it with `registrations` and `mergeHistory`.
#[Object]
impl Change {
    /// Where it stands in the list of changes; pass it as `after` to go on behind it.
    async fn cursor(&self) -> String {
        self.change.cursor.token(self.log)
    }

    /// Of a subscription: whether this was the last that was known when it was told, so that from here on what comes is new. A
    /// subscription with nothing behind its `after` tells nothing until something happens: `changes(first: 0, after:)` says whether
    /// that is so. Null in a list.
    async fn caught_up(&self) -> Option<bool> {
        self.caught_up
    }

    /// What sort of thing happened.
    async fn kind(&self) -> ChangeKind {
        self.change.kind.into()
    }

    /// When it was recorded.
    async fn at(&self) -> Time {
        Time(self.change.at)
    }

    /// The name of the registration or resource; of a merge, that of its first registration.
    async fn name(&self) -> &str {
        &self.change.name
    }

    /// Its category; none of a merge.
    async fn category(&self) -> Option<&str> {
        self.change.category.as_deref()
    }

    /// Where it is.
    async fn area(&self) -> Option<Area> {
        self.area_code().map(|code| Area::declared(&self.view, code))
    }

    /// The office, of a registration.
    async fn office(&self) -> Option<Office> {
        self.change.office.map(Office::from)
    }

    /// The registration, of a change to one.
    async fn registration_id(&self) -> Option<ID> {
        match (&*self.change.parties, self.change.merge) {
            ([party], None) => Some(ID(party.id.to_string())),
            _ => None,
        }
    }

    /// The resource, of a change to one.
    async fn resource_id(&self) -> Option<ID> {
        self.change.resource.map(|id| ID(id.to_string()))
    }

    /// The resource that absorbed it.
    async fn into_resource_id(&self) -> Option<ID> {
        self.change.into.map(|id| ID(id.to_string()))
    }

    /// The resource, as it is now, of a change to one; what absorbed it, if that is so. The last that was shown, of one that
    /// is shown no more: see its `status`.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn resource(&self, ctx: &Context<'_>) -> Result<Option<Resource>> {
        let Some(id) = self.change.resource else { return Ok(None) };
        Resource::resolve(&self.view, id).await.map_err(|fault| fault.of(ctx))
    }

    /// What is other than in the version before, of a resource that was shown before: in `snake_case`, as
    /// `FieldProvenance.field` is, with `sources` for the registrations behind it.
    async fn changed(&self, ctx: &Context<'_>) -> Result<Vec<&'static str>> {
        let Some(id) = self.change.resource else { return Ok(Vec::new()) };
        self.differences(id).await.map_err(|fault| fault.of(ctx))
    }

    /// The merge, of a decision.
    async fn merge_id(&self) -> Option<ID> {
        self.change.merge.map(|id| ID(id.to_string()))
    }

    /// The registrations it is about, as they were: one, or the two of a merge; none of a resource.
    async fn registrations(&self) -> Vec<ChangeRegistration> {
        parties(&self.view, &self.change)
    }
}

fn parties(view: &View, change: &projection::Change) -> Vec<ChangeRegistration> {
    change.parties.iter().map(|party| ChangeRegistration { view: view.clone(), party: party.clone() }).collect()
}

/// A registration that a change is about, as it was when it happened.
pub struct ChangeRegistration {
    view: View,
    party: Party,
}

/// A registration that a change is about, as it was when it happened. Many changes tell of one registration, each of it as it then
/// was, so it has no `id` of its own.
#[Object]
impl ChangeRegistration {
    /// The registration.
    async fn registration_id(&self) -> ID {
        ID(self.party.id.to_string())
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.party.name
    }

    /// Whose it is.
    async fn office(&self) -> Office {
        self.party.office.into()
    }

    /// Where it is.
    async fn area(&self) -> Area {
        Area::declared(&self.view, self.party.area)
    }
}

/// One step of a merge: proposed, in force, refused or undone.
pub struct MergeActivity {
    view: View,
    change: Arc<projection::Change>,
    status: projection::MergeStatus,
    log: LogId,
    caught_up: bool,
}

impl MergeActivity {
    /// The same, with whether nothing more is known behind it.
    pub fn told(self, caught_up: bool) -> MergeActivity {
        MergeActivity { caught_up, ..self }
    }

    /// The step that a change is, if it is one.
    pub fn of(view: &View, change: &Arc<projection::Change>, log: LogId) -> Option<MergeActivity> {
        let status = match change.kind {
            projection::ChangeKind::Proposed => projection::MergeStatus::Proposed,
            projection::ChangeKind::Merged => projection::MergeStatus::InForce,
            projection::ChangeKind::Refused => projection::MergeStatus::Refused,
            projection::ChangeKind::Undone => projection::MergeStatus::Undone,
            projection::ChangeKind::Registered
            | projection::ChangeKind::Revised
            | projection::ChangeKind::Suspended
            | projection::ChangeKind::Resumed
            | projection::ChangeKind::Withdrawn
            | projection::ChangeKind::Retracted
            | projection::ChangeKind::Published
            | projection::ChangeKind::ResourceRevised
            | projection::ChangeKind::Absorbed
            | projection::ChangeKind::Restored
            | projection::ChangeKind::ResourceWithdrawn => return None,
        };
        Some(MergeActivity { view: view.clone(), change: Arc::clone(change), status, log, caught_up: false })
    }
}

/// One step of a merge: proposed, in force, refused or undone.
#[Object]
impl MergeActivity {
    /// Where it stands in the list of changes; pass it as `after` to go on behind it.
    async fn cursor(&self) -> String {
        self.change.cursor.token(self.log)
    }

    /// Whether this was the last step that was known when it was told; see `Change.caughtUp`.
    async fn caught_up(&self) -> bool {
        self.caught_up
    }

    /// Where the merge stood after this step.
    async fn status(&self) -> MergeStatus {
        self.status.into()
    }

    /// When it was recorded.
    async fn at(&self) -> Time {
        Time(self.change.at)
    }

    /// The merge.
    async fn merge_id(&self) -> Option<ID> {
        self.change.merge.map(|id| ID(id.to_string()))
    }

    /// Where the first of the two is.
    async fn area(&self) -> Option<Area> {
        self.change.areas.first().map(|code| Area::declared(&self.view, *code))
    }

    /// The two registrations, as they were.
    async fn registrations(&self) -> Vec<ChangeRegistration> {
        parties(&self.view, &self.change)
    }

    /// The merge as it was after this step, with its grounds. Null for those who may not see it.
    async fn merge(&self, ctx: &Context<'_>) -> Option<Merge> {
        let view =
            View { snapshot: Arc::clone(&self.view.snapshot), as_of: AsOf::Through(self.change.cursor.position) };
        let merge = view.snapshot.merges.get(self.change.merge?, view.as_of)?;
        sight(ctx).reaches_merge(&view, merge).then(|| Merge::of(&view, merge)).flatten()
    }
}

connection! {
    /// Changes, the newest first.
    ChangeConnection,
    /// A change in a list.
    ChangeEdge,
    Change
}

/// Which changes are told of.
pub(crate) struct Filter {
    /// What the caller sees.
    pub sight: Sight,
    /// Of this area; without one, of the scopes that are held.
    pub area: Option<schema::AreaCode>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<ChangeKind>>,
}

impl Filter {
    /// Whether a change is told of.
    pub fn lets_pass(&self, view: &View, change: &projection::Change) -> bool {
        let is_ours = || change.scope().is_none_or(|scope| is_held(view, scope));
        self.area.map_or_else(is_ours, |area| change.concerns(area, view.divisions()))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&change.kind.into()))
            && self.sight.is_told(view, change)
    }
}

/// Changes in the order in which they happened, from one place on.
#[derive(SimpleObject)]
pub struct ChangeFeed {
    /// What happened, the oldest first.
    nodes: Vec<Change>,
    /// Go on from here with `after`, or with the subscription `directoryChanges`: nothing before it is missing, also where
    /// `nodes` is empty.
    end_cursor: String,
    /// Whether that was all that was known. Where it was not, ask on at once; a page may hold less than was asked for, or
    /// nothing, where much was looked at that was not asked for.
    caught_up: bool,
}

/// How many changes are looked at for one page of a feed.
const LOOKED_AT: usize = 10_000;

/// What happened behind a place, the oldest first.
pub(crate) fn feed(
    view: &View,
    log: LogId,
    filter: &Filter,
    first: Option<i32>,
    after: Option<Cursor>,
) -> Result<ChangeFeed, Fault> {
    let most = how_many(first)?;
    let (changes, segments) = (&view.snapshot.changes, &view.snapshot.segments);
    let begin = match after {
        Some(after) => changes.partition_point(|change| change.cursor <= after, segments)?,
        None => 0,
    };
    let (mut nodes, mut end, mut caught_up) = (Vec::new(), after.unwrap_or_default(), true);
    let mut looked_at = 0;
    while let Some(change) = changes.get(begin + looked_at, segments)? {
        if nodes.len() == most || looked_at == LOOKED_AT {
            caught_up = false;
            break;
        }
        end = change.cursor;
        if filter.lets_pass(view, &change) {
            nodes.push(Change::of(view, &change, log));
        }
        looked_at += 1;
    }
    // Whoever has all goes on behind the last event, whether or not it changed anything.
    let end_cursor = if caught_up { view.position().token(log) } else { end.token(log) };
    Ok(ChangeFeed { nodes, end_cursor, caught_up })
}

/// A page of changes, the newest first.
pub(crate) fn page(view: &View, log: LogId, filter: &Filter, window: Window) -> Result<ChangeConnection, Fault> {
    let window = window.read(|cursor| Cursor::from_token(&cursor, log).map_err(|_| Fault::BadCursor))?;
    let (changes, segments) = (&view.snapshot.changes, &view.snapshot.segments);
    let mut damaged = None;
    let read = (0..changes.len()).rev().map_while(|index| match changes.get(index, segments) {
        Ok(change) => Some(change),
        Err(unreadable) => {
            damaged = Some(unreadable);
            None
        }
    });
    let listed =
        read.flatten().filter(|change| view.as_of.sees(change.cursor.position) && filter.lets_pass(view, change));
    let page = Page::of(listed, |change| change.cursor.token(log), &window, |change, place| place.cmp(&change.cursor))?;
    if let Some(damaged) = damaged {
        return Err(damaged.into());
    }
    Ok(ChangeConnection(page.map(|change| Change::of(view, &change, log))))
}
