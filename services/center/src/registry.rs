//! Everything the centre knows, folded from the log, and what follows from it. Pure: it takes events in and gives the
//! decisions and publications that are due; [`crate::process`] carries them out.
//!
//! What is due never depends on how events were cut into batches, nor on which of them the centre wrote itself: its own
//! decisions and publications are folded like anyone's, by revision, so an echo changes nothing, and what another
//! centre wrote is as good as its own.

use crate::decisions::{Command, Decisions, Pair};
use crate::matching::block::{Key, keys};
use crate::matching::{Band, Features, Verdict, band, judge};
use crate::publication::{Published, desired, difference};
use crate::reading::{OfficeEvent, Reading, Registered};
use chrono::{DateTime, Utc};
use schema::area_book::AreaBook;
use schema::areas::AreasEvent;
use schema::decisions::DecisionEvent;
use schema::resource::ResourceEvent;
use schema::{RegistrationId, ResourceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The event that set something off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// The event.
    pub event: Uuid,
    /// The act of a person that it belongs to.
    pub correlation: Uuid,
    /// When it was recorded.
    pub recorded: DateTime<Utc>,
}

/// One registration, with what matching needs of it.
#[derive(Clone, Debug)]
struct Entry {
    reading: Reading,
    view: Registered,
    features: Features,
    keys: Vec<Key>,
}

/// The decisions of a scope as far as they are known.
#[derive(Clone, Debug, Default)]
struct Scope {
    decisions: Decisions,
    /// How many events of its stream are folded.
    folded: u64,
    /// Its stream holds what this program cannot read: no rule decides here.
    unreadable: bool,
    /// Registrations that no rule has looked at since they changed.
    waiting: BTreeSet<RegistrationId>,
}

impl Scope {
    /// Has the rules look at what an undo parted: while it was one group, one question about it was enough, and what
    /// was kept apart from one half was kept apart from both. A restart would look at it too.
    fn look_at_halves(&mut self, pair: Pair) {
        for one in pair {
            self.waiting.extend(self.decisions.group(one));
        }
    }
}

/// What stands under a resource id, and how many events of its stream are folded.
#[derive(Clone, Debug)]
struct Standing {
    published: Published,
    folded: u64,
}

/// Decisions that rules make now.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// In which scope.
    pub scope: String,
    /// How many events its stream must hold for them to be right.
    pub after: u64,
    /// The decisions, in order.
    pub events: Vec<DecisionEvent>,
    /// Whose change led to them.
    pub about: BTreeSet<RegistrationId>,
}

/// Something to publish.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// Under which id.
    pub id: ResourceId,
    /// How many events its stream must hold for it to be right.
    pub after: u64,
    /// The event.
    pub event: ResourceEvent,
    /// What set it off, if that is known.
    pub cause: Option<Cause>,
}

/// Everything the centre knows.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    areas: AreaBook,
    areas_changed: bool,
    entries: BTreeMap<RegistrationId, Entry>,
    by_resource: HashMap<ResourceId, RegistrationId>,
    blocks: HashMap<Key, BTreeSet<RegistrationId>>,
    scopes: BTreeMap<String, Scope>,
    standing: HashMap<ResourceId, Standing>,
    /// Registrations whose group may have to be published anew, and why.
    unsettled: BTreeMap<RegistrationId, Option<Cause>>,
}

impl Publication {
    /// Whether it shows something, rather than leads elsewhere or hides.
    pub fn shows(&self) -> bool {
        match self.event {
            ResourceEvent::ResourcePublished(_)
            | ResourceEvent::ResourceRevised(_)
            | ResourceEvent::ResourceRestored(_) => true,
            ResourceEvent::ResourceAbsorbed(_) | ResourceEvent::ResourceWithdrawn(_) => false,
        }
    }
}

impl Registry {
    /// Takes in an event of a registration's stream.
    pub fn take_office(
        &mut self,
        id: RegistrationId,
        event: &OfficeEvent,
        effective_at: DateTime<Utc>,
        cause: Option<Cause>,
    ) {
        let before = self.entries.get(&id).map(|entry| entry.reading.clone());
        let Some(reading) = Reading::fold(before, id, event, effective_at) else { return };
        let view = reading.view();
        let features = Features::read(&view, &self.areas);
        self.unsettled.insert(id, cause);
        self.by_resource.insert(ResourceId::of(id), id);
        let same_features = self.entries.get(&id).is_some_and(|entry| entry.features == features);
        if same_features {
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.reading = reading;
                entry.view = view;
            }
        } else {
            self.index(Entry { reading, view, keys: keys(&features), features });
        }
    }

    /// Takes in an event about the divisions. What it means for the registrations is worked out when it is needed.
    pub fn take_areas(&mut self, event: &AreasEvent) {
        self.areas.apply(event);
        self.areas_changed = true;
    }

    /// Takes in the decision numbered `revision` of a scope. One that is folded already, or that comes after one that
    /// is not, changes nothing.
    pub fn take_decision(&mut self, scope: &str, revision: u64, event: &DecisionEvent, cause: Option<Cause>) {
        let known = self.scopes.entry(scope.to_owned()).or_default();
        if revision == known.folded {
            known.decisions.apply(event);
            known.folded += 1;
            if let DecisionEvent::MergeUndone(undone) = event {
                known.look_at_halves(undone.pair);
            }
            self.unsettle(event, cause);
        }
    }

    /// Notes that a scope's stream holds an event that cannot be read.
    pub fn take_unreadable_decision(&mut self, scope: &str, revision: u64) {
        let known = self.scopes.entry(scope.to_owned()).or_default();
        if revision == known.folded {
            known.folded += 1;
            known.unreadable = true;
        }
    }

    /// Takes in the event numbered `revision` of a resource's stream.
    pub fn take_published(&mut self, id: ResourceId, revision: u64, event: &ResourceEvent) {
        if self.standing.get(&id).is_none_or(|standing| standing.folded <= revision) {
            self.standing.insert(id, Standing { published: Published::after(event), folded: revision + 1 });
            if let Some(registration) = self.by_resource.get(&id) {
                self.unsettled.entry(*registration).or_insert(None);
            }
        }
    }

    /// Takes the decisions of a scope as the log has them, in place of those that are known.
    pub fn replace_decisions(&mut self, scope: &str, decisions: Decisions, folded: u64, cause: Option<Cause>) {
        let known = self.scopes.entry(scope.to_owned()).or_default();
        let undone = decisions.undone_since(&known.decisions);
        known.decisions = decisions;
        known.folded = folded;
        for pair in undone {
            known.look_at_halves(pair);
        }
        for (id, entry) in &self.entries {
            if entry.view.scope == scope {
                self.unsettled.entry(*id).or_insert(cause);
            }
        }
    }

    /// Takes in what a steward's command decided, if that follows at once on what is known: `folded` events stand in the
    /// scope's stream with it. Says whether it does.
    pub fn take_command(&mut self, scope: &str, command: &Command, folded: u64, cause: Option<Cause>) -> bool {
        let Some(known) = self.scopes.get(scope) else { return false };
        let Ok(events) = known.decisions.decide(command) else { return false };
        let first = known.folded;
        if first + u64::try_from(events.len()).unwrap_or_default() != folded {
            return false;
        }
        for (revision, event) in (first..).zip(&events) {
            self.take_decision(scope, revision, event, cause);
        }
        true
    }

    /// Has no rule decide in a scope any more, because its stream holds what this program cannot read.
    pub fn decide_no_more(&mut self, scope: &str) {
        self.scopes.entry(scope.to_owned()).or_default().unreadable = true;
    }

    /// What led to a decision of a rule: the latest of the events about its pair that are not settled yet.
    pub fn cause_of(&self, event: &DecisionEvent) -> Option<Cause> {
        let pair = event.pair()?;
        let causes = pair.iter().filter_map(|one| self.unsettled.get(one).copied().flatten());
        causes.max_by_key(|cause| (cause.recorded, cause.event))
    }

    /// Marks everything as not looked at: after a start, when a crash may have come between any two writes.
    pub fn doubt_everything(&mut self) {
        for (id, entry) in &self.entries {
            self.unsettled.entry(*id).or_insert(None);
            self.scopes.entry(entry.view.scope.clone()).or_default().waiting.insert(*id);
        }
    }

    fn unsettle(&mut self, event: &DecisionEvent, cause: Option<Cause>) {
        let pair: Pair = match event {
            DecisionEvent::RegistrationsMerged(merged) => merged.pair,
            DecisionEvent::MergeUndone(undone) => undone.pair,
            DecisionEvent::MatchingModelAdopted(_)
            | DecisionEvent::MergeProposed(_)
            | DecisionEvent::MergeRefused(_) => return,
        };
        for one in pair {
            let because = self.unsettled.entry(one).or_insert(cause);
            *because = because.or(cause);
        }
    }

    fn index(&mut self, entry: Entry) {
        let id = entry.view.id;
        self.scopes.entry(entry.view.scope.clone()).or_default().waiting.insert(id);
        for key in &entry.keys {
            self.blocks.entry(key.clone()).or_default().insert(id);
        }
        let kept = entry.keys.clone();
        if let Some(before) = self.entries.insert(id, entry) {
            for key in before.keys.iter().filter(|key| !kept.contains(key)) {
                if let Some(members) = self.blocks.get_mut(key) {
                    members.remove(&id);
                    if members.is_empty() {
                        self.blocks.remove(key);
                    }
                }
            }
        }
    }

    /// Reads every registration anew with the divisions as they are now known.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.areas_changed) {
            return;
        }
        let read_anew = |entry: &Entry| {
            let features = Features::read(&entry.view, &self.areas);
            (features != entry.features).then(|| Entry { keys: keys(&features), features, ..entry.clone() })
        };
        let changed: Vec<Entry> = self.entries.values().filter_map(read_anew).collect();
        for entry in changed {
            self.index(entry);
        }
    }

    /// The decisions that rules make now, for one scope at a time; none when all have been looked at. They count as
    /// made: whoever could not write them says so with [`Registry::replace_decisions`] and [`Registry::look_again`].
    pub fn decide(&mut self) -> Option<Due> {
        self.refresh();
        let name = self.scopes.iter().find(|(_, scope)| !scope.waiting.is_empty()).map(|(name, _)| name.clone())?;
        let mut scope = self.scopes.remove(&name)?;
        let mut about = std::mem::take(&mut scope.waiting);
        let mut events = Vec::new();
        if !scope.unreadable {
            if let Some(adopted) = scope.decisions.adopt() {
                scope.decisions.apply(&adopted);
                events.push(adopted);
                let all = self.entries.values().filter(|entry| entry.view.scope == name);
                about.extend(all.map(|entry| entry.view.id));
            }
            for verdict in self.verdicts(&about) {
                if let Some(event) = scope.decisions.consider(&verdict) {
                    scope.decisions.apply(&event);
                    let [one, _] = verdict.pair;
                    let cause = self.unsettled.get(&one).copied().flatten();
                    self.unsettle(&event, cause);
                    events.push(event);
                }
            }
        }
        let after = scope.folded;
        scope.folded += u64::try_from(events.len()).unwrap_or_default();
        self.scopes.insert(name.clone(), scope);
        Some(Due { scope: name, after, events, about })
    }

    /// Puts registrations back among those that no rule has looked at.
    pub fn look_again(&mut self, due: &Due) {
        let scope = self.scopes.entry(due.scope.clone()).or_default();
        scope.waiting.extend(due.about.iter().copied());
    }

    /// The pairs of these registrations with any other of their scope that are above a threshold: those to merge
    /// first, the surest first.
    fn verdicts(&self, about: &BTreeSet<RegistrationId>) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for entry in about.iter().filter_map(|id| self.entries.get(id)) {
            let id = entry.view.id;
            let sharing = entry.keys.iter().filter_map(|key| self.blocks.get(key)).flatten().copied();
            let others: BTreeSet<RegistrationId> =
                // A pair of two that are both looked at is judged once.
                sharing.filter(|other| *other != id && (*other > id || !about.contains(other))).collect();
            for other in others.iter().filter_map(|other| self.entries.get(other)) {
                if other.view.scope == entry.view.scope && band(&entry.features, &other.features) > Band::Leave {
                    verdicts.push(judge(&entry.features, &other.features));
                }
            }
        }
        verdicts
            .sort_by(|a, b| b.band.cmp(&a.band).then(b.weight.total_cmp(&a.weight)).then_with(|| a.pair.cmp(&b.pair)));
        verdicts
    }

    /// What has to be published now: first what is shown, then what leads elsewhere or is no longer shown, so that
    /// nothing that should be found is missing in between. Settled when it is told back by [`Registry::take_published`].
    pub fn publications(&self) -> Vec<Publication> {
        let mut seen = BTreeSet::new();
        let mut publications = Vec::new();
        for id in self.unsettled.keys() {
            if !self.entries.contains_key(id) || seen.contains(id) {
                continue;
            }
            let group = self.members(*id);
            seen.extend(group.iter().map(|member| member.id));
            let cause = group
                .iter()
                .filter_map(|member| self.unsettled.get(&member.id).copied().flatten())
                .max_by_key(|cause| (cause.recorded, cause.event));
            for (id, should) in desired(&group) {
                let standing = self.standing.get(&id);
                if let Some(event) = difference(id, standing.map(|standing| &standing.published), &should) {
                    publications.push(Publication {
                        id,
                        after: standing.map_or(0, |standing| standing.folded),
                        event,
                        cause,
                    });
                }
            }
        }
        publications.sort_by_key(|publication| (!publication.shows(), publication.id));
        publications
    }

    /// Everything that should be published is.
    pub fn settled(&mut self) {
        self.unsettled.clear();
    }

    /// The known members of the group of a registration.
    fn members(&self, id: RegistrationId) -> Vec<&Registered> {
        let Some(entry) = self.entries.get(&id) else { return Vec::new() };
        let group = self.scopes.get(&entry.view.scope).map(|scope| scope.decisions.group(id));
        self.views(&group.unwrap_or_default())
    }

    /// The known ones of some registrations.
    pub fn views(&self, ids: &BTreeSet<RegistrationId>) -> Vec<&Registered> {
        ids.iter().filter_map(|id| self.entries.get(id)).map(|entry| &entry.view).collect()
    }

    /// One registration.
    pub fn registered(&self, id: RegistrationId) -> Option<&Registered> {
        self.entries.get(&id).map(|entry| &entry.view)
    }

    /// What the model says of a pair; none when one of them is not known.
    pub fn judge(&self, [one, other]: Pair) -> Option<Verdict> {
        Some(judge(&self.entries.get(&one)?.features, &self.entries.get(&other)?.features))
    }

    /// The scope in which a merge was proposed or made, and its decisions.
    pub fn scope_of(&self, merge: schema::MergeId) -> Option<(&str, &Decisions)> {
        self.scopes
            .iter()
            .find(|(_, scope)| scope.decisions.merge(merge).is_some())
            .map(|(name, scope)| (name.as_str(), &scope.decisions))
    }

    /// The decisions of a scope.
    pub fn decisions(&self, scope: &str) -> Option<&Decisions> {
        self.scopes.get(scope).map(|scope| &scope.decisions)
    }

    /// How many events of a scope's stream are folded.
    pub fn folded(&self, scope: &str) -> u64 {
        self.scopes.get(scope).map_or(0, |scope| scope.folded)
    }

    /// What stands under every resource id, in order of id.
    pub fn published(&self) -> BTreeMap<ResourceId, &Published> {
        self.standing.iter().map(|(id, standing)| (*id, &standing.published)).collect()
    }

    /// Every registration, in order of id.
    pub fn registrations(&self) -> impl Iterator<Item = &Registered> {
        self.entries.values().map(|entry| &entry.view)
    }

    /// How many registrations are known.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was registered yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
