//! What the centre shows: each resource with its versions, and the index from an area to what serves it.

use super::changes::{Change, ChangeKind, Cursor};
use super::registrations::distinct;
use super::{AsOf, Counters, Dated, Poison, Registrations, Stamp, partition_point};
use crate::opening::Opening;
use chrono::{DateTime, Utc};
use imbl::{OrdMap, OrdSet, Vector};
use schema::ids::{RegistrationId, ResourceId};
use schema::resource::{NotShown, Resource, ResourceEvent, ResourceShown};
use schema::{AreaCode, Position};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A resource as it was shown by one event, ready to be asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its fields.
    pub resource: Resource,
    /// Its hours, compiled.
    pub opening: Opening,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

/// A resource over [from, to).
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The position of the event that showed it.
    pub from: Position,
    /// The position of the event that showed it otherwise, or no longer.
    pub to: Option<Position>,
    /// What was shown.
    pub shown: Arc<Shown>,
}

/// What became of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Shown, with the fields of the version of the same position.
    Shown,
    /// Part of another.
    Absorbed {
        /// Which.
        into: ResourceId,
    },
    /// No longer shown.
    Withdrawn {
        /// Why.
        reason: NotShown,
    },
}

/// One resource, through time.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceRecord {
    /// Its id.
    pub id: ResourceId,
    /// Everything that was shown of it, the first one first.
    pub versions: Vec<Version>,
    /// What became of it and when it was recorded, the first one first.
    pub fates: Vec<Dated<(Fate, DateTime<Utc>)>>,
}

impl ResourceRecord {
    /// The version that is seen: the one shown then, or the last one before it went out of sight.
    pub fn version(&self, as_of: AsOf) -> Option<&Version> {
        let behind = self.versions.partition_point(|version| as_of.sees(version.from));
        behind.checked_sub(1).and_then(|last| self.versions.get(last))
    }

    /// What had become of it.
    pub fn fate(&self, as_of: AsOf) -> Option<&Fate> {
        as_of.latest(&self.fates).map(|(fate, _)| fate)
    }

    fn shown(&self) -> Option<&Version> {
        self.versions.last().filter(|version| version.to.is_none())
    }
}

/// One version in the index: ordered by category, name, id, each by code point, then by age.
#[derive(Clone, Debug)]
pub(crate) struct Entry(pub(crate) Version);

impl Entry {
    fn key(&self) -> (&str, &str, ResourceId, Position) {
        let resource = &self.0.shown.resource;
        (&resource.category.0, &resource.name, resource.id, self.0.from)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

/// Versions by their place in the usual order: all of them, or those that serve one area.
#[derive(Clone, Debug, Default, PartialEq)]
struct Index {
    /// What is there now, so that the past costs the present nothing.
    present: OrdSet<Entry>,
    /// Whatever was ever there.
    ever: OrdSet<ResourceId>,
    /// What was shown otherwise from a position on, or no longer: in order, so that the near past looks at little.
    ended: Vector<Dated<ResourceId>>,
}

impl Index {
    fn open(&mut self, version: &Version) {
        self.present.insert(Entry(version.clone()));
        self.ever.insert(version.shown.resource.id);
    }

    fn close(&mut self, version: &Version, stamp: Stamp) {
        self.present.remove(&Entry(version.clone()));
        self.ended.push_back(stamp.dated(version.shown.resource.id));
    }

    /// What is seen, in the usual order. Of the past: what stands as it stood then, and of whatever ended since the version
    /// of that time, if it was there.
    fn seen<'a>(
        &'a self,
        records: &'a OrdMap<ResourceId, Arc<ResourceRecord>>,
        was_there: impl Fn(&Resource) -> bool,
        as_of: AsOf,
    ) -> Vec<&'a Version> {
        let mut all: Vec<&Version> =
            self.present.iter().map(|entry| &entry.0).filter(|version| as_of.sees(version.from)).collect();
        if let AsOf::Through(_) = as_of {
            let stands = all.len();
            let known = partition_point(&self.ended, |ended| as_of.sees(ended.from));
            let since = self.ended.len() - known;
            let ended: BTreeSet<ResourceId> = if since < self.ever.len() {
                self.ended.iter().skip(known).map(|ended| ended.value).collect()
            } else {
                self.ever.iter().copied().collect()
            };
            let then = ended.iter().filter_map(|id| records.get(id)?.version(as_of));
            all.extend(then.filter(|version| {
                version.to.is_some() && as_of.within(version.from, version.to) && was_there(&version.shown.resource)
            }));
            if all.len() > stands {
                all.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
            }
        }
        all
    }
}

/// Every resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resources {
    by_id: OrdMap<ResourceId, Arc<ResourceRecord>>,
    serving: OrdMap<AreaCode, Index>,
    all: Index,
    behind: OrdMap<RegistrationId, Vec<Dated<Option<ResourceId>>>>,
}

/// What an id stands for.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The resource.
    pub record: Arc<ResourceRecord>,
    /// Whether the id asked for was another one.
    pub redirected: bool,
}

impl Resources {
    pub(super) fn fold(
        &mut self,
        event: ResourceEvent,
        registrations: &Registrations,
        stamp: Stamp,
        counters: &mut Counters,
    ) -> Result<Vec<Change>, Poison> {
        let (id, kind, fate, mut shown) = match event {
            ResourceEvent::ResourcePublished(ResourceShown { resource }) => {
                (resource.id, ChangeKind::Published, Fate::Shown, Some(resource))
            }
            ResourceEvent::ResourceRevised(ResourceShown { resource }) => {
                (resource.id, ChangeKind::ResourceRevised, Fate::Shown, Some(resource))
            }
            ResourceEvent::ResourceRestored(ResourceShown { resource }) => {
                (resource.id, ChangeKind::Restored, Fate::Shown, Some(resource))
            }
            ResourceEvent::ResourceAbsorbed(absorbed) => {
                (absorbed.id, ChangeKind::Absorbed, Fate::Absorbed { into: absorbed.into }, None)
            }
            ResourceEvent::ResourceWithdrawn(withdrawn) => {
                (withdrawn.id, ChangeKind::ResourceWithdrawn, Fate::Withdrawn { reason: withdrawn.reason }, None)
            }
        };
        // The centre may not have heard of a retraction when it wrote this.
        if let Some(resource) = &mut shown {
            hide(resource, registrations, stamp.position);
        }
        let mut record = match self.by_id.get(&id) {
            Some(record) => ResourceRecord::clone(record),
            None => ResourceRecord { id, versions: Vec::new(), fates: Vec::new() },
        };
        let before = record.shown().cloned();
        let last_shown = record.versions.last().map(|version| Arc::clone(&version.shown));
        let into = match &fate {
            Fate::Absorbed { into } => Some(*into),
            Fate::Shown | Fate::Withdrawn { .. } => None,
        };
        if let Some(before) = &before {
            self.close(before, stamp);
            if let Some(last) = record.versions.last_mut() {
                last.to = Some(stamp.position);
            }
        }
        counters.resource_moved(before.is_some(), shown.is_some());
        let now = shown.map(|resource| {
            let opening = Opening::compile(&resource.hours);
            let shown = Arc::new(Shown { resource, opening, at: stamp.recorded_at });
            Version { from: stamp.position, to: None, shown }
        });
        if let Some(version) = &now {
            self.open(version);
            record.versions.push(version.clone());
        }
        self.note_members(id, before.as_ref(), now.as_ref(), stamp);
        record.fates.push(stamp.dated((fate, stamp.recorded_at)));
        self.by_id.insert(id, Arc::new(record));

        // Absorbed or withdrawn without ever having been shown: nobody saw it, nobody is told.
        let Some(described) = now.as_ref().map(|version| &version.shown).or(last_shown.as_ref()) else {
            return Ok(Vec::new());
        };
        let mut areas = vec![described.resource.area];
        areas.extend(&described.resource.coverage);
        areas.extend(before.iter().flat_map(|version| &version.shown.resource.coverage));
        Ok(vec![Change {
            cursor: Cursor::default(),
            kind,
            at: stamp.recorded_at,
            name: described.resource.name.as_str().into(),
            category: Some(described.resource.category.0.as_str().into()),
            areas: distinct(areas),
            office: None,
            resource: Some(id),
            into,
            merge: None,
            parties: Box::new([]),
        }])
    }

    /// Hides what was retracted of a registration in every version of whatever it was shown under. The ids of these.
    pub(super) fn hide(&mut self, registration: RegistrationId, registrations: &Registrations) -> BTreeSet<ResourceId> {
        let under = self.behind.get(&registration).into_iter().flatten().filter_map(|dated| dated.value);
        let ids: BTreeSet<ResourceId> = under.chain([ResourceId::of(registration)]).collect();
        for id in &ids {
            let Some(record) = self.by_id.get(id) else { continue };
            let mut record = ResourceRecord::clone(record);
            for version in &mut record.versions {
                let mut shown = Shown::clone(&version.shown);
                if hide(&mut shown.resource, registrations, version.from) {
                    shown.opening = Opening::compile(&shown.resource.hours);
                    let before = std::mem::replace(&mut version.shown, Arc::new(shown));
                    if version.to.is_none() {
                        self.replace(&Version { shown: before, ..*version }, version);
                    }
                }
            }
            self.by_id.insert(*id, Arc::new(record));
        }
        ids
    }

    fn replace(&mut self, before: &Version, now: &Version) {
        let replace = |index: &mut Index| {
            index.present.remove(&Entry(before.clone()));
            index.present.insert(Entry(now.clone()));
        };
        replace(&mut self.all);
        for code in index_codes(&now.shown.resource) {
            replace(self.serving.entry(code).or_default());
        }
    }

    fn open(&mut self, version: &Version) {
        self.all.open(version);
        for code in index_codes(&version.shown.resource) {
            self.serving.entry(code).or_default().open(version);
        }
    }

    fn close(&mut self, version: &Version, stamp: Stamp) {
        self.all.close(version, stamp);
        for code in index_codes(&version.shown.resource) {
            self.serving.entry(code).or_default().close(version, stamp);
        }
    }

    /// Notes under which resource each registration is shown. One that another resource has taken over in the meantime
    /// is left where it is.
    fn note_members(&mut self, id: ResourceId, before: Option<&Version>, now: Option<&Version>, stamp: Stamp) {
        let members = |version: Option<&Version>| -> Vec<RegistrationId> {
            version
                .map(|version| version.shown.resource.sources.iter().map(|source| source.registration).collect())
                .unwrap_or_default()
        };
        let staying = members(now);
        for gone in members(before).into_iter().filter(|member| !staying.contains(member)) {
            let shown_under = self.behind.entry(gone).or_default();
            if AsOf::Latest.latest(shown_under) == Some(&Some(id)) {
                shown_under.push(stamp.dated(None));
            }
        }
        for member in staying {
            let shown_under = self.behind.entry(member).or_default();
            if AsOf::Latest.latest(shown_under) != Some(&Some(id)) {
                shown_under.push(stamp.dated(Some(id)));
            }
        }
    }

    /// A resource under its own id, whatever became of it.
    pub fn record(&self, id: ResourceId, as_of: AsOf) -> Option<&Arc<ResourceRecord>> {
        self.by_id.get(&id).filter(|record| record.fates.first().is_some_and(|first| as_of.sees(first.from)))
    }

    /// What an id stands for: itself, or what absorbed it, or what the registration that brought the id is shown under.
    pub fn resolve(&self, id: ResourceId, registrations: &Registrations, as_of: AsOf) -> Option<Resolved> {
        let current = self.leads_to(id, as_of);
        if let Some(record) = current.and_then(|current| self.record(current, as_of))
            && record.version(as_of).is_some()
        {
            return Some(Resolved { record: Arc::clone(record), redirected: record.id != id });
        }
        let shown_under =
            registrations.bringing(id, as_of).and_then(|registration| self.shown_under(registration, as_of))?;
        let record = self.record(shown_under, as_of)?;
        Some(Resolved { record: Arc::clone(record), redirected: shown_under != id })
    }

    /// The id at the end of the absorptions that lead on from an id; one of another scope may be unknown here. None where a
    /// log holds a circle of absorptions.
    pub fn leads_to(&self, id: ResourceId, as_of: AsOf) -> Option<ResourceId> {
        let mut current = id;
        // No chain is longer than there are resources.
        for _ in 0..=self.by_id.len() {
            match self.record(current, as_of).and_then(|record| record.fate(as_of)) {
                Some(Fate::Absorbed { into }) => current = *into,
                Some(_) | None => return Some(current),
            }
        }
        None
    }

    /// The resource whose sources a registration is one of.
    pub fn shown_under(&self, registration: RegistrationId, as_of: AsOf) -> Option<ResourceId> {
        as_of.latest(self.behind.get(&registration)?).copied().flatten()
    }

    /// Every resource that is shown, by category, name, id.
    pub fn iter(&self, as_of: AsOf) -> Vec<&Version> {
        self.all.seen(&self.by_id, |_| true, as_of)
    }

    /// What is shown of some ids, or of what they lead to: each once, by category, name, id.
    pub fn among(&self, ids: &BTreeSet<ResourceId>, registrations: &Registrations, as_of: AsOf) -> Vec<&Version> {
        let resolved = ids.iter().filter_map(|id| self.resolve(*id, registrations, as_of));
        let shown = resolved.filter(|resolved| matches!(resolved.record.fate(as_of), Some(Fate::Shown)));
        let ids: BTreeSet<ResourceId> = shown.map(|resolved| resolved.record.id).collect();
        let mut found: Vec<&Version> = ids.iter().filter_map(|id| self.record(*id, as_of)?.version(as_of)).collect();
        found.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        found
    }

    /// What serves an area: each resource once, with the narrowest area through which it does, by category, name, id.
    pub fn serving(&self, area: AreaCode, as_of: AsOf) -> Vec<(AreaCode, &Version)> {
        let mut found: Vec<(AreaCode, &Version)> = Vec::new();
        let mut runs = 0;
        // The narrowest first, so that of a resource that serves both a town and the county the town is kept.
        for code in area.with_ancestors() {
            if let Some(index) = self.serving.get(&code) {
                let here = index.seen(&self.by_id, |resource| serves(resource, code), as_of);
                runs += usize::from(!here.is_empty());
                found.extend(here.into_iter().map(|version| (code, version)));
            }
        }
        if runs > 1 {
            found.sort_by(|(_, left), (_, right)| sort_key(left).cmp(&sort_key(right)));
            found.dedup_by_key(|(_, version)| version.shown.resource.id);
        }
        found
    }

    /// What serves a division, any part of it, or more than it, by the division through which it does, in code order.
    pub fn reaching(&self, area: AreaCode, as_of: AsOf) -> Vec<(AreaCode, Vec<&Version>)> {
        let above = area.with_ancestors().skip(1).filter_map(|code| self.serving.get_key_value(&code));
        let inside = self.serving.range(area..).take_while(|(code, _)| area.contains(**code));
        let mut reaching: Vec<_> = above
            .chain(inside)
            .map(|(code, index)| (*code, index.seen(&self.by_id, |resource| serves(resource, *code), as_of)))
            .collect();
        reaching.sort_by_key(|(code, _)| *code);
        reaching
    }

    /// What stands in a division and serves any part of it, by category, name, id.
    pub fn standing_in(&self, area: AreaCode, as_of: AsOf) -> Vec<&Version> {
        let inside = self.serving.range(area..).take_while(|(code, _)| area.contains(**code));
        let mut found: Vec<&Version> = inside
            .flat_map(|(code, index)| index.seen(&self.by_id, |resource| serves(resource, *code), as_of))
            .filter(|version| area.contains(version.shown.resource.area))
            .collect();
        found.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        found.dedup_by_key(|version| version.shown.resource.id);
        found
    }

    /// The other services of a resource's provider where it is, by category, name, id: a station where one eats, bathes and
    /// spends the day is three resources. Looked for among what serves the place itself or what the resource serves.
    pub fn alongside(&self, resource: &Resource, as_of: AsOf) -> Vec<&Version> {
        let codes = distinct(resource.coverage.iter().copied().chain([resource.area]).collect());
        let near = codes.iter().flat_map(|code| self.serving(*code, as_of));
        let mut found: Vec<&Version> = near
            .map(|(_, version)| version)
            .filter(|version| {
                let other = &version.shown.resource;
                other.area == resource.area && other.id != resource.id && other.provider.is(&resource.provider)
            })
            .collect();
        found.sort_by(|left, right| sort_key(left).cmp(&sort_key(right)));
        found.dedup_by_key(|version| version.shown.resource.id);
        found
    }
}

/// Takes out of a resource, published at some position, what was retracted of the registrations behind it, unless another of
/// them says it as well. Whether anything was.
fn hide(resource: &mut Resource, registrations: &Registrations, from: Position) -> bool {
    let sources: Vec<RegistrationId> = resource.sources.iter().map(|source| source.registration).collect();
    if sources.iter().all(|source| registrations.hidden(*source).is_none()) {
        return false;
    }
    let hides = |source: &RegistrationId, field, value: &str| {
        registrations.hidden(*source).is_some_and(|hidden| hidden.hides(field, value))
    };
    let mut any = offers::hide_in_resource(resource, |field, value| {
        sources.iter().any(|source| hides(source, field, value))
            && !sources.iter().any(|source| registrations.openly_says(*source, field, value, from))
    });
    for provenance in &mut resource.provenance {
        let before = provenance.losing.len();
        let field = provenance.field;
        provenance.losing.retain(|losing| {
            let hidden = registrations.hidden(losing.registration);
            !hidden.is_some_and(|hidden| hidden.hides_said(field, &losing.value))
        });
        any |= provenance.losing.len() < before;
    }
    any
}

/// The areas under which a resource is found: what it serves, or, when that was not said, where it is.
fn index_codes(resource: &Resource) -> Box<[AreaCode]> {
    if resource.coverage.is_empty() { Box::new([resource.area]) } else { distinct(resource.coverage.clone()) }
}

/// Whether a resource is found under an area.
fn serves(resource: &Resource, code: AreaCode) -> bool {
    if resource.coverage.is_empty() { resource.area == code } else { resource.coverage.contains(&code) }
}

fn sort_key(version: &Version) -> (&str, &str, ResourceId) {
    let resource = &version.shown.resource;
    (&resource.category.0, &resource.name, resource.id)
}
