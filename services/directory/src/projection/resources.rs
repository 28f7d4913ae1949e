//! What the centre shows: each resource with its versions, and the index from an area to what serves it.

mod index;
mod lately;
mod present;
mod record;
mod rows;
mod shown;

pub use lately::Lately;
pub use record::{Fate, ResourceRecord, Version};
pub(crate) use rows::{Beside, Records, Restoring, Row, Rows};
pub use shown::{Brief, Details, JudgedAs, Shown};

use super::changes::{Change, ChangeKind, Cursor};
use super::registrations::distinct;
use super::{AsOf, Counters, Dated, Poison, Registrations, Stamp};
use crate::segments::{Damaged, Segments, Written};
use imbl::OrdMap;
use index::{Entry, Index, Merged};
use record::{Gone, Step, Steps};
use schema::ids::{RegistrationId, ResourceId};
use schema::resource::{Resource, ResourceEvent, ResourceShown};
use schema::{AreaCode, Position};
use shown::{Shared, Unshared, hide, may_hide};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    by_id: OrdMap<ResourceId, ResourceRecord>,
    serving: OrdMap<AreaCode, Index>,
    all: Index,
    /// Under which resource each registration was shown, but for those that were shown under the one that bears their id alone, from
    /// when it first named them.
    behind: OrdMap<RegistrationId, Arc<Vec<Dated<Option<ResourceId>>>>>,
    shared: Shared,
    lately: Lately,
    /// Whether what is there now stands in no index yet, since nobody asks.
    is_unindexed: bool,
}

/// What an id stands for.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The resource.
    pub record: ResourceRecord,
    /// Its id.
    pub id: ResourceId,
    /// Whether the id asked for was another one.
    pub redirected: bool,
}

/// Something that serves an area.
#[derive(Clone, Copy, Debug)]
pub struct Serving<'r> {
    /// The narrowest area through which it does.
    pub through: AreaCode,
    /// What is shown of it.
    pub shown: &'r Arc<Shown>,
    /// What it is judged by.
    pub judged_as: JudgedAs,
}

/// What an event tells of a resource.
#[derive(Debug)]
pub(super) struct ToldOfResource {
    id: ResourceId,
    kind: ChangeKind,
    fate: Fate,
    shown: Option<(Unshared, Written<Details>)>,
}

impl ToldOfResource {
    pub(super) fn of(event: ResourceEvent) -> ToldOfResource {
        let shown = |kind, ResourceShown { resource }| ToldOfResource {
            id: resource.id,
            kind,
            fate: Fate::Shown,
            shown: Some(Unshared::of(resource)),
        };
        let gone = |id, kind, fate| ToldOfResource { id, kind, fate, shown: None };
        match event {
            ResourceEvent::ResourcePublished(published) => shown(ChangeKind::Published, published),
            ResourceEvent::ResourceRevised(revised) => shown(ChangeKind::ResourceRevised, revised),
            ResourceEvent::ResourceRestored(restored) => shown(ChangeKind::Restored, restored),
            ResourceEvent::ResourceAbsorbed(absorbed) => {
                gone(absorbed.id, ChangeKind::Absorbed, Fate::Absorbed { into: absorbed.into })
            }
            ResourceEvent::ResourceWithdrawn(withdrawn) => {
                gone(withdrawn.id, ChangeKind::ResourceWithdrawn, Fate::Withdrawn { reason: withdrawn.reason })
            }
        }
    }
}

impl Resources {
    pub(super) fn fold(
        &mut self,
        told: ToldOfResource,
        whole: impl FnOnce() -> Option<Resource>,
        registrations: &Registrations,
        stamp: Stamp,
        counters: &mut Counters,
        segments: &Segments,
    ) -> Result<Vec<Change>, Poison> {
        let ToldOfResource { id, kind, fate, shown } = told;
        let record = self.by_id.get(&id);
        let before = record.and_then(ResourceRecord::shown).cloned();
        let last_shown = record.and_then(|record| record.version(AsOf::Latest)).cloned();
        let into = match fate {
            Fate::Absorbed { into } => Some(into),
            Fate::Shown | Fate::Withdrawn { .. } => None,
        };
        counters.resource_moved(before.is_some(), shown.is_some());
        let now = shown.map(|(said, details)| {
            // The centre may not have heard of a retraction when it wrote this.
            let told = may_hide(&said.sources, registrations).then(whole).flatten().map(|mut resource| {
                hide(&mut resource, registrations, stamp.position);
                Unshared::of(resource)
            });
            let (said, details) = told.unwrap_or((said, details));
            let details = segments.put_written(&details);
            Arc::new(self.shared.shown(said, stamp.position, stamp.recorded_at, details))
        });
        let step = match &now {
            Some(shown) => Step::Shown(Arc::clone(shown)),
            None => Step::Gone(Arc::new(Gone { from: stamp.position, at: stamp.recorded_at, fate })),
        };
        let is_first = record.is_none();
        let record = ResourceRecord::and(record, step);
        if !self.is_unindexed {
            self.lately.note(id);
        }
        self.by_id.insert(id, record);
        if let Some(before) = &before {
            self.close(before, stamp);
        }
        if let Some(now) = &now {
            self.open(now);
        }
        self.note_members((id, is_first), before.as_ref(), now.as_ref(), stamp);

        // Absorbed or withdrawn without ever having been shown: nobody saw it, nobody is told.
        let Some(described) = now.as_ref().or(last_shown.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut areas = vec![described.resource.area];
        areas.extend(&described.resource.coverage);
        areas.extend(before.iter().flat_map(|shown| &shown.resource.coverage));
        Ok(vec![Change {
            cursor: Cursor::default(),
            kind,
            at: stamp.recorded_at,
            name: (*described.resource.name).into(),
            category: Some(Arc::clone(&described.resource.category)),
            areas: distinct(areas),
            office: None,
            resource: Some(id),
            into,
            merge: None,
            parties: Box::new([]),
        }])
    }

    /// Hides what was retracted of a registration in every version of whatever it was shown under. The ids of these, and where
    /// stands on disk what must not be there any more.
    ///
    /// # Errors
    /// When what was shown cannot be read.
    pub(super) fn hide(
        &mut self,
        registration: RegistrationId,
        registrations: &Registrations,
        segments: &Segments,
    ) -> Result<(BTreeSet<ResourceId>, Vec<u64>), Damaged> {
        let under = self.under(registration);
        let under = under.iter().filter_map(|dated| dated.value);
        let ids: BTreeSet<ResourceId> = under.chain([ResourceId::of(registration)]).collect();
        let mut left = Vec::new();
        for id in &ids {
            let Some(record) = self.by_id.get(id) else { continue };
            let mut steps = record.steps().to_vec();
            for index in 0..steps.len() {
                let Some(Step::Shown(before)) = steps.get(index).cloned() else { continue };
                let mut resource = before.read(segments)?;
                if hide(&mut resource, registrations, before.from) {
                    let (said, details) = Unshared::of(resource);
                    let details = segments.put_written(&details);
                    let now = Arc::new(self.shared.shown(said, before.from, before.at, details));
                    left.push(before.details.place());
                    if index + 1 == steps.len() {
                        self.replace(&before, &now);
                    }
                    if let Some(step) = steps.get_mut(index) {
                        *step = Step::Shown(now);
                    }
                }
            }
            let steps = match <[Step; 1]>::try_from(steps) {
                Ok([step]) => Steps::One(step),
                Err(steps) => Steps::More(Arc::new(steps)),
            };
            self.by_id.insert(*id, ResourceRecord(steps));
            self.lately.note(*id);
        }
        Ok((ids, left))
    }

    fn replace(&mut self, before: &Arc<Shown>, now: &Arc<Shown>) {
        if self.is_unindexed {
            return;
        }
        let replace = |index: &mut Index| {
            index.present.remove(&Entry::of(Arc::clone(before)));
            index.present.insert(Entry::of(Arc::clone(now)));
        };
        replace(&mut self.all);
        for code in index_codes(&now.resource) {
            replace(self.serving.entry(code).or_default());
        }
    }

    fn open(&mut self, shown: &Arc<Shown>) {
        if self.is_unindexed {
            return;
        }
        self.all.open(shown);
        for code in index_codes(&shown.resource) {
            self.serving.entry(code).or_default().open(shown);
        }
    }

    fn close(&mut self, shown: &Arc<Shown>, stamp: Stamp) {
        let close = if self.is_unindexed { Index::end } else { Index::close };
        close(&mut self.all, shown, stamp);
        for code in index_codes(&shown.resource) {
            close(self.serving.entry(code).or_default(), shown, stamp);
        }
    }

    /// Leaves what is there now out of the indexes until all that stands in the log is folded: what is put in order at once costs less
    /// than what is put in its place one by one.
    pub(super) fn index_later(&mut self) {
        self.is_unindexed = self.by_id.is_empty();
    }

    /// Makes the indexes of what is there now, if they were left for later.
    pub(super) fn index(&mut self, beside: &impl Beside) {
        if !std::mem::take(&mut self.is_unindexed) {
            return;
        }
        let shown: Vec<&Arc<Shown>> = self.by_id.values().filter_map(ResourceRecord::shown).collect();
        let (all, serving) = rows::present(&shown, beside);
        self.all.present = all;
        for (code, present) in serving {
            self.serving.entry(code).or_default().present = present;
        }
    }

    /// Notes under which resource each registration is shown. One that another resource has taken over in the meantime
    /// is left where it is.
    fn note_members(
        &mut self,
        (id, is_first): (ResourceId, bool),
        before: Option<&Arc<Shown>>,
        now: Option<&Arc<Shown>>,
        stamp: Stamp,
    ) {
        let members = |shown: Option<&Arc<Shown>>| -> Vec<RegistrationId> {
            shown
                .map(|shown| shown.resource.sources.iter().map(|source| source.registration).collect())
                .unwrap_or_default()
        };
        let staying = members(now);
        for gone in members(before).into_iter().filter(|member| !staying.contains(member)) {
            if self.shown_under(gone, AsOf::Latest) == Some(id) {
                self.note_member(gone, stamp.dated(None));
            }
        }
        for member in staying {
            // As nearly all are: what its own resource tells is found there.
            let is_its_own = is_first && !self.behind.contains_key(&member) && ResourceId::of(member) == id;
            if !is_its_own && self.shown_under(member, AsOf::Latest) != Some(id) {
                self.note_member(member, stamp.dated(Some(id)));
            }
        }
    }

    fn note_member(&mut self, member: RegistrationId, under: Dated<Option<ResourceId>>) {
        let mut all = self.under(member);
        all.push(under);
        self.behind.insert(member, Arc::new(all));
    }

    /// Under which resource a registration was shown, through time.
    fn under(&self, registration: RegistrationId) -> Vec<Dated<Option<ResourceId>>> {
        match self.behind.get(&registration) {
            Some(under) => under.to_vec(),
            None => self.under_its_own(registration).into_iter().collect(),
        }
    }

    /// The first time that the resource of a registration's id named it.
    fn under_its_own(&self, registration: RegistrationId) -> Option<Dated<Option<ResourceId>>> {
        let id = ResourceId::of(registration);
        let names = |shown: &&Arc<Shown>| shown.resource.sources.iter().any(|of| of.registration == registration);
        let first = self.by_id.get(&id)?.steps().iter().filter_map(Step::shown).find(names)?;
        Some(Dated { from: first.from, value: Some(id) })
    }

    /// Which resources changed of late.
    pub fn lately(&self) -> &Lately {
        &self.lately
    }

    /// Everything that is shown now, by id.
    pub fn shown_by_id(&self) -> impl Iterator<Item = &Arc<Shown>> {
        self.by_id.values().filter_map(ResourceRecord::shown)
    }

    /// What is shown now under an id.
    pub fn shown_now(&self, id: ResourceId) -> Option<&Arc<Shown>> {
        self.by_id.get(&id).and_then(ResourceRecord::shown)
    }

    /// A resource under its own id, whatever became of it.
    pub fn record(&self, id: ResourceId, as_of: AsOf) -> Option<&ResourceRecord> {
        self.by_id.get(&id).filter(|record| !record.seen(as_of).is_empty())
    }

    /// What an id stands for: itself, or what absorbed it, or what the registration that brought the id is shown under.
    pub fn resolve(&self, id: ResourceId, registrations: &Registrations, as_of: AsOf) -> Option<Resolved> {
        let current = self.leads_to(id, as_of);
        if let Some(current) = current
            && let Some(record) = self.record(current, as_of)
            && record.version(as_of).is_some()
        {
            return Some(Resolved { record: record.clone(), id: current, redirected: current != id });
        }
        let shown_under =
            registrations.bringing(id, as_of).and_then(|registration| self.shown_under(registration, as_of))?;
        let record = self.record(shown_under, as_of)?.clone();
        Some(Resolved { record, id: shown_under, redirected: shown_under != id })
    }

    /// The id at the end of the absorptions that lead on from an id; one of another scope may be unknown here. None where a
    /// log holds a circle of absorptions.
    pub fn leads_to(&self, id: ResourceId, as_of: AsOf) -> Option<ResourceId> {
        let mut current = id;
        // No chain is longer than there are resources.
        for _ in 0..=self.by_id.len() {
            match self.record(current, as_of).and_then(|record| record.fate(as_of)) {
                Some(Fate::Absorbed { into }) => current = into,
                Some(_) | None => return Some(current),
            }
        }
        None
    }

    /// The resource whose sources a registration is one of.
    pub fn shown_under(&self, registration: RegistrationId, as_of: AsOf) -> Option<ResourceId> {
        match self.behind.get(&registration) {
            Some(under) => as_of.latest(under).copied().flatten(),
            None => self.under_its_own(registration).filter(|under| as_of.sees(under.from))?.value,
        }
    }

    /// Every resource that is shown, by category, name, id.
    pub fn iter(&self, as_of: AsOf) -> Vec<&Arc<Shown>> {
        shown(self.all.seen(&self.by_id, |_| true, as_of))
    }

    /// What is shown of some ids, or of what they lead to: each once, by category, name, id.
    pub fn among(&self, ids: &BTreeSet<ResourceId>, registrations: &Registrations, as_of: AsOf) -> Vec<&Arc<Shown>> {
        let resolved = ids.iter().filter_map(|id| self.resolve(*id, registrations, as_of));
        let shown = resolved.filter(|resolved| matches!(resolved.record.fate(as_of), Some(Fate::Shown)));
        let ids: BTreeSet<ResourceId> = shown.map(|resolved| resolved.id).collect();
        let found = ids.iter().filter_map(|id| self.record(*id, as_of)?.version(as_of)).map(Entry::of);
        in_order(found.collect())
    }

    /// Whether something that serves an area, or served it, was shown, shown otherwise or no longer since a position.
    pub(super) fn is_touched_since(&self, position: Position, area: AreaCode) -> bool {
        let touched = |code| self.serving.get(&code).is_some_and(|index| index.touched.is_since(position));
        area.with_ancestors().any(touched)
    }

    /// What serves an area: each resource once, with the narrowest area through which it does, by category, name, id.
    pub fn serving(&self, area: AreaCode, as_of: AsOf) -> impl Iterator<Item = Serving<'_>> {
        // The narrowest first, so that of a resource that serves both a town and the county the town is kept.
        let indexes = area.with_ancestors().filter_map(|code| Some((code, self.serving.get(&code)?)));
        let (present, past) = match as_of {
            AsOf::Latest => (Some(Merged::of(indexes)), Vec::new()),
            AsOf::Through(_) | AsOf::BeforeAll => (None, self.served(indexes, as_of)),
        };
        let serving = |(through, Entry { judged_as, shown, .. })| Serving { through, shown, judged_as };
        present.into_iter().flatten().chain(past).map(serving)
    }

    fn served<'r>(
        &'r self,
        indexes: impl Iterator<Item = (AreaCode, &'r Index)>,
        as_of: AsOf,
    ) -> Vec<(AreaCode, Entry<&'r Arc<Shown>>)> {
        let mut found: Vec<(AreaCode, Entry<&Arc<Shown>>)> = Vec::new();
        for (code, index) in indexes {
            let here = index.seen(&self.by_id, |resource| serves(resource, code), as_of);
            found.extend(here.into_iter().map(|entry| (code, entry)));
        }
        found.sort_by_key(|(_, entry)| *entry);
        found.dedup_by(|(_, left), (_, right)| left == right);
        found
    }

    /// What serves a division, any part of it, or more than it, by the division through which it does, in code order.
    pub fn reaching(&self, area: AreaCode, as_of: AsOf) -> Vec<(AreaCode, Vec<&Arc<Shown>>)> {
        let above = area.with_ancestors().skip(1).filter_map(|code| self.serving.get_key_value(&code));
        let inside = self.serving.range(area..).take_while(|(code, _)| area.contains(**code));
        let mut reaching: Vec<_> = above
            .chain(inside)
            .map(|(code, index)| (*code, shown(index.seen(&self.by_id, |resource| serves(resource, *code), as_of))))
            .collect();
        reaching.sort_by_key(|(code, _)| *code);
        reaching
    }

    /// What stands in a division and serves any part of it, by category, name, id.
    pub fn standing_in(&self, area: AreaCode, as_of: AsOf) -> Vec<&Arc<Shown>> {
        let inside = self.serving.range(area..).take_while(|(code, _)| area.contains(**code));
        let found = inside
            .flat_map(|(code, index)| index.seen(&self.by_id, |resource| serves(resource, *code), as_of))
            .filter(|entry| area.contains(entry.shown.resource.area));
        in_order(found.collect())
    }

    /// The other services of a resource's provider where it is, by category, name, id: a station where one eats, bathes and
    /// spends the day is three resources. Looked for among what serves the place itself or what the resource serves.
    pub fn alongside(&self, resource: &Brief, as_of: AsOf) -> Vec<&Arc<Shown>> {
        let codes = distinct(resource.coverage.iter().copied().chain([resource.area]).collect());
        let near = codes.iter().flat_map(|code| self.serving(*code, as_of));
        let found = near.map(|serving| serving.shown).filter(|shown| {
            let other = &shown.resource;
            other.area == resource.area && other.id != resource.id && other.provider.is(&resource.provider)
        });
        in_order(found.map(Entry::of).collect())
    }
}

/// Each once, in the usual order.
fn in_order(mut entries: Vec<Entry<&Arc<Shown>>>) -> Vec<&Arc<Shown>> {
    entries.sort_unstable();
    entries.dedup();
    shown(entries)
}

fn shown(entries: Vec<Entry<&Arc<Shown>>>) -> Vec<&Arc<Shown>> {
    entries.into_iter().map(|entry| entry.shown).collect()
}

/// The areas under which a resource is found: what it serves, or, when that was not said, where it is.
fn index_codes(resource: &Brief) -> Box<[AreaCode]> {
    if resource.coverage.is_empty() { Box::new([resource.area]) } else { distinct(resource.coverage.to_vec()) }
}

/// Whether a resource is found under an area.
fn serves(resource: &Brief, code: AreaCode) -> bool {
    if resource.coverage.is_empty() { resource.area == code } else { resource.coverage.contains(&code) }
}
