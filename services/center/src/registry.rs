//! Everything the centre knows of one scope, folded from the log, and what follows from it. Pure: it takes events in and
//! gives the decisions and publications that are due; `scope` carries them out.
//!
//! What is due never depends on how events were cut into batches, nor on which of them the centre wrote itself: its own
//! decisions and publications are folded like anyone's, by revision, so an echo changes nothing, and what another
//! centre wrote is as good as its own.

use crate::decisions::{Decisions, Pair};
use crate::matching::block::sought;
use crate::matching::place::Place;
use crate::matching::service::{OneService, one_service};
use crate::matching::{Band, Evidence, Features, PrivatePhone, band, judge};
use crate::placed::placed;
use crate::publication::{Stands, desired, difference};
use chrono::{DateTime, Utc};
use index::{Index, Slot};
use offers::{OfficeEvent, Reading, Registered};
use schema::area_book::AreaBook;
use schema::decisions::DecisionEvent;
use schema::erasures::RetractionReason;
use schema::model::ModelEvent;
use schema::resource::{ResourceEvent, RetractableField};
use schema::{AreaCode, EncodeError, MergeId, Office, PersonId, Position, RegistrationId, ResourceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

mod index;
mod reading;

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

/// One registration, with what matching needs of it. Its view and its keys follow from these, and are made when they are
/// needed.
#[derive(Clone)]
struct Entry {
    reading: Reading,
    /// Its sealed numbers, as far as they could be opened.
    private: Vec<PrivatePhone>,
    /// None while the divisions wait to be looked at: it is read with them then.
    features: Option<Features>,
    /// Its number in the index.
    slot: Slot,
}

/// Why a group may have to be published anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dirty {
    /// Where in the log it stands that it may.
    at: Position,
    /// What set it off, if that is known.
    cause: Option<Cause>,
}

/// The stream of a resource, as far as it is folded.
#[derive(Clone, Debug)]
struct Folded {
    /// What stands under its id.
    stands: Stands,
    /// How many events that are.
    events: u64,
}

/// What rules decide now.
#[derive(Clone, Debug, PartialEq)]
pub enum Due {
    /// A matching model comes into use.
    Adopt {
        /// How many events the scope's stream of models must hold for it to be right.
        after: u64,
        /// The event.
        event: ModelEvent,
    },
    /// Merges and proposals.
    Decide {
        /// How many events the scope's stream of decisions must hold for them to be right.
        after: u64,
        /// The decisions, in order.
        events: Vec<DecisionEvent>,
        /// Whose change led to them.
        about: BTreeSet<RegistrationId>,
    },
}

/// A steward's command that was carried out: what a repetition of it is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The hash of what it asked for.
    pub body: String,
    /// The merge that it was about.
    pub merge: MergeId,
    /// Where its decision stands in the log.
    pub position: Position,
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

/// Everything the centre knows of one scope.
#[derive(Clone, Default)]
pub struct Registry {
    areas: Arc<AreaBook>,
    /// The divisions by which the registrations were read, while others are known already.
    areas_before: Option<Arc<AreaBook>>,
    /// The places of villages, one for all that are there.
    places: HashMap<AreaCode, Arc<Place>>,
    entries: BTreeMap<RegistrationId, Entry>,
    by_resource: HashMap<ResourceId, RegistrationId>,
    index: Index,
    /// Of whom private numbers are open.
    opened: BTreeMap<PersonId, BTreeSet<RegistrationId>>,
    decisions: Decisions,
    /// Stewards' commands by their idempotency keys.
    remembered: HashMap<String, Remembered>,
    /// Why nothing is decided here: a stream of the scope holds what this program cannot read.
    unreadable: Option<String>,
    /// Registrations of which something cannot be read, or of whose resource: their groups are left as they are published.
    unknown: BTreeSet<RegistrationId>,
    /// Resources of which something that was published cannot be read.
    unknown_resources: BTreeSet<ResourceId>,
    /// The position of what is being applied.
    at: Position,
    /// Registrations that no rule has looked at since they changed, and where in the log that stands.
    waiting: BTreeMap<RegistrationId, Position>,
    resources: HashMap<ResourceId, Folded>,
    /// What is to be published and the log refuses for good. Something else under the same id is tried again.
    refused: HashMap<ResourceId, ResourceEvent>,
    /// Registrations whose group may have to be published anew.
    dirty: BTreeMap<RegistrationId, Dirty>,
    /// Registrations whose office took back a number that may be a person's, while the past tells of it still.
    taken_back: BTreeSet<RegistrationId>,
    /// Somebody vouches for all but what waits, and nobody has looked yet at what that means for keys.
    is_vouched: bool,
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
    /// A registry of a scope whose divisions are not known yet: nothing is read by them before they are.
    pub fn before_areas() -> Registry {
        Registry { areas_before: Some(Arc::default()), ..Registry::default() }
    }

    /// Applies an event of a registration's stream.
    pub fn apply_office(
        &mut self,
        id: RegistrationId,
        event: &OfficeEvent,
        effective_at: DateTime<Utc>,
        cause: Option<Cause>,
    ) {
        let before = self.entries.get(&id).map(|entry| entry.reading.clone());
        if let Some(reading) = Reading::fold(before, id, event, effective_at) {
            self.apply_reading(id, reading, cause);
        }
    }

    /// Notes that a value was retracted: what is hidden of it is neither compared nor published any more.
    pub fn apply_retracted(
        &mut self,
        id: RegistrationId,
        field: RetractableField,
        reason: RetractionReason,
        cause: Option<Cause>,
    ) {
        if let Some(mut reading) = self.entries.get(&id).map(|entry| entry.reading.clone()) {
            reading.retract(field, reason);
            self.apply_reading(id, reading, cause);
        }
    }

    fn apply_reading(&mut self, id: RegistrationId, reading: Reading, cause: Option<Cause>) {
        self.dirty.insert(id, Dirty { at: self.at, cause });
        self.by_resource.insert(ResourceId::of(id), id);
        match reading.took_back_a_number() {
            true => self.taken_back.insert(id),
            false => self.taken_back.remove(&id),
        };
        let mut private = self.entries.get(&id).map(|entry| entry.private.clone()).unwrap_or_default();
        if !private.is_empty() {
            let sealed = reading.view().offer.sealed_phones;
            private.retain(|phone| sealed.contains(&phone.sealed));
        }
        let features = self.features(&reading, &private);
        match self.entries.get_mut(&id) {
            Some(entry) if features.is_some() && entry.features == features => {
                entry.reading = reading;
                entry.private = private;
            }
            Some(_) | None => self.enter(id, reading, private, features),
        }
    }

    /// Takes the divisions as they are now known. What that means for the registrations is worked out when it is needed.
    pub fn apply_areas(&mut self, areas: Arc<AreaBook>) {
        let before = std::mem::replace(&mut self.areas, areas);
        self.areas_before.get_or_insert(before);
    }

    /// Applies the event numbered `revision` of the scope's stream of models.
    pub fn apply_model(&mut self, revision: u64, event: &ModelEvent) {
        if revision == self.decisions.models() {
            self.decisions.adopted(event);
        }
    }

    /// Applies the decision numbered `revision`. One that is folded already, or that comes after one that is not,
    /// changes nothing.
    pub fn apply_decision(&mut self, revision: u64, event: &DecisionEvent, cause: Option<Cause>) {
        if revision == self.decisions.folded() {
            self.decisions.apply(event);
            if let DecisionEvent::MergeUndone(undone) = event {
                self.look_at_halves(undone.pair);
            }
            self.unsettle(event, cause);
        }
    }

    /// Remembers that a steward's command was carried out.
    pub fn remember(&mut self, key: String, done: Remembered) {
        self.remembered.insert(key, done);
    }

    /// What came of a steward's command with this idempotency key, if there was one.
    pub fn remembered(&self, key: &str) -> Option<&Remembered> {
        self.remembered.get(key)
    }

    /// Notes that the decision numbered `revision` cannot be read, and why: nothing is decided here from now on.
    pub fn note_unreadable_decision(&mut self, revision: u64, reason: String) {
        if revision == self.decisions.folded() {
            self.decisions.skip();
        }
        self.decide_no_more(reason);
    }

    /// Notes that an event of a registration cannot be read, and why: what it is now is not known, so nothing is decided
    /// here from now on, and its group stays as it is published.
    pub fn note_unreadable_office(&mut self, id: RegistrationId, reason: String) {
        self.unknown.insert(id);
        self.decide_no_more(reason);
    }

    /// Notes that something that was published under an id cannot be read, and why: nothing more is published under it,
    /// and nothing is decided here from now on.
    pub fn note_unreadable_published(&mut self, id: ResourceId, reason: String) {
        self.unknown_resources.insert(id);
        self.decide_no_more(reason);
    }

    /// Has nothing decided in this scope any more, because a stream of it holds what this program cannot read.
    pub fn decide_no_more(&mut self, reason: String) {
        self.unreadable.get_or_insert(reason);
    }

    /// Why nothing is decided here, if that is so.
    pub fn unreadable(&self) -> Option<&str> {
        self.unreadable.as_deref()
    }

    /// Has the rules look at what an undo parted: while it was one group, one question about it was enough, and what
    /// was kept apart from one half was kept apart from both. A restart would look at it too.
    fn look_at_halves(&mut self, pair: Pair) {
        for one in pair {
            self.look_at_group(one);
        }
    }

    /// Has the rules look at a whole group: also when one of it has another category, since each of the others may fit now
    /// where it did not.
    fn look_at_group(&mut self, of: RegistrationId) {
        let group = self.decisions.group(of);
        self.look_again(&group);
    }

    /// Applies the event numbered `revision` of a resource's stream.
    pub fn apply_published(&mut self, id: ResourceId, revision: u64, event: &ResourceEvent) {
        if self.resources.get(&id).is_none_or(|folded| folded.events <= revision) {
            self.resources.insert(id, Folded { stands: Stands::after(event), events: revision + 1 });
            self.refused.remove(&id);
            if let Some(registration) = self.by_resource.get(&id) {
                soil(&mut self.dirty, *registration, self.at, None);
            }
        }
    }

    /// Notes that something cannot be published as it is: all else goes on without it.
    pub fn note_refused(&mut self, publication: Publication) {
        self.refused.insert(publication.id, publication.event);
    }

    /// Whether something that is due was refused for good.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Takes the decisions as the log has them, in place of those that are known.
    pub fn replace_decisions(&mut self, decisions: Decisions) {
        let undone = decisions.undone_since(&self.decisions);
        self.decisions = decisions;
        for pair in undone {
            self.look_at_halves(pair);
        }
        for id in self.entries.keys() {
            soil(&mut self.dirty, *id, self.at, None);
        }
    }

    /// What led to a decision of a rule: the latest of the events about its pair that are not settled yet.
    pub fn cause_of(&self, event: &DecisionEvent) -> Option<Cause> {
        let pair = event.pair();
        let causes = pair.iter().filter_map(|one| self.dirty.get(one)?.cause);
        causes.max_by_key(|cause| (cause.recorded, cause.event))
    }

    /// What is applied from here on stands at this position of the log.
    pub fn stand_at(&mut self, position: Position) {
        self.at = position;
    }

    /// Marks everything as not looked at: after a start, when a crash may have come between any two writes.
    pub fn doubt_everything(&mut self) {
        for id in self.entries.keys() {
            soil(&mut self.dirty, *id, self.at, None);
            self.waiting.insert(*id, self.at);
        }
    }

    /// After a start: the same rules have acted on everything up to here, and all that follows from it stands. Only what
    /// came after is looked at.
    pub fn vouched_up_to(&mut self, through: Position) {
        self.waiting.retain(|_, at| *at > through);
        self.dirty.retain(|_, dirty| dirty.at > through);
        self.is_vouched = true;
    }

    fn unsettle(&mut self, event: &DecisionEvent, cause: Option<Cause>) {
        let pair: Pair = match event {
            DecisionEvent::RegistrationsMerged(merged) => merged.pair,
            DecisionEvent::MergeUndone(undone) => undone.pair,
            DecisionEvent::MergeProposed(_) | DecisionEvent::MergeRefused(_) => return,
        };
        for one in pair {
            soil(&mut self.dirty, one, self.at, cause);
        }
    }

    /// What rules decide now; none when all has been looked at. It counts as decided: whoever could not write it says so
    /// with [`Registry::replace_decisions`] and [`Registry::look_again`].
    pub fn decide(&mut self) -> Option<Due> {
        self.refresh();
        if self.waiting.is_empty() || self.unreadable.is_some() {
            return None;
        }
        if let Some(event) = self.decisions.adopt() {
            let after = self.decisions.models();
            self.decisions.adopted(&event);
            self.waiting = self.entries.keys().map(|id| (*id, self.at)).collect();
            return Some(Due::Adopt { after, event });
        }
        let about: BTreeSet<RegistrationId> = std::mem::take(&mut self.waiting).into_keys().collect();
        let after = self.decisions.folded();
        let mut events = Vec::new();
        let mut doubtful = Vec::new();
        let (merges, questions): (Vec<_>, Vec<_>) =
            self.evidence(&about).into_iter().partition(|evidence| evidence.band == Band::Merge);
        for evidence in merges {
            if self.one_service(evidence.pair) == OneService::Possible {
                events.extend(self.consider(&evidence));
            } else {
                doubtful.push(Evidence { band: Band::Propose, ..evidence });
            }
        }
        for evidence in doubtful.into_iter().chain(questions) {
            if self.one_service(evidence.pair) > OneService::Apart {
                events.extend(self.consider(&evidence));
            }
        }
        (!events.is_empty()).then_some(Due::Decide { after, events, about })
    }

    /// Takes what rules decide on the evidence of a pair as decided.
    fn consider(&mut self, evidence: &Evidence) -> Option<DecisionEvent> {
        let event = self.decisions.consider(evidence)?;
        self.decisions.apply(&event);
        let [one, _] = evidence.pair;
        let cause = self.dirty.get(&one).and_then(|dirty| dirty.cause);
        self.unsettle(&event, cause);
        Some(event)
    }

    /// What the categories say of joining the groups of a pair. A word for everything fits each of two services, but not
    /// both.
    fn one_service(&self, [one, other]: Pair) -> OneService {
        let features = |of: RegistrationId| {
            let group = self.decisions.group(of).into_iter();
            group.filter_map(|id| self.entries.get(&id)?.features.as_ref()).collect::<Vec<_>>()
        };
        one_service(&features(one), &features(other))
    }

    /// Puts registrations back among those that no rule has looked at.
    pub fn look_again<'a>(&mut self, about: impl IntoIterator<Item = &'a RegistrationId>) {
        self.waiting.extend(about.into_iter().map(|id| (*id, self.at)));
    }

    /// The pairs of these registrations with any other that are above a threshold: those to merge
    /// first, the surest first.
    fn evidence(&self, about: &BTreeSet<RegistrationId>) -> Vec<Evidence> {
        let mut all = Vec::new();
        for id in about {
            let Some(ours) = self.entries.get(id).and_then(|entry| entry.features.as_ref()) else { continue };
            // A pair of two that are both looked at is judged once.
            let others = self.index.sharing(sought(ours, self.index.villages()));
            for other in others.iter().filter(|other| *other != id && (*other > id || !about.contains(other))) {
                let Some(theirs) = self.entries.get(other).and_then(|entry| entry.features.as_ref()) else { continue };
                if band(ours, theirs) > Band::Leave {
                    all.extend(self.judge([*id, *other]));
                }
            }
        }
        all.sort_by(|a, b| b.band.cmp(&a.band).then(b.weight.total_cmp(&a.weight)).then_with(|| a.pair.cmp(&b.pair)));
        all
    }

    /// How many keys so many share that nobody is looked for by them.
    pub fn keys_too_common(&self) -> usize {
        self.index.too_common()
    }

    /// A registration whose office took back a number that may be a person's, with its office: the past must not tell of it
    /// any more. It counts as done until it is applied.
    pub fn taken_back(&mut self) -> Option<(RegistrationId, Office)> {
        while let Some(id) = self.taken_back.pop_first() {
            if let Some(entry) = self.entries.get(&id) {
                return Some((id, entry.reading.view().office));
            }
        }
        None
    }

    /// Puts one back that could not be written.
    pub fn still_taken_back(&mut self, id: RegistrationId) {
        self.taken_back.insert(id);
    }

    /// What has to be published now: first what is shown, then what leads elsewhere or is no longer shown, so that
    /// nothing that should be found is missing in between. Settled when it is told back by [`Registry::apply_published`].
    pub fn publications(&mut self) -> Vec<Publication> {
        let mut seen = BTreeSet::new();
        let mut publications = Vec::new();
        let mut unwritable: Vec<(RegistrationId, EncodeError)> = Vec::new();
        for id in self.dirty.keys() {
            if !self.entries.contains_key(id) || seen.contains(id) {
                continue;
            }
            let group = self.members(*id);
            let group: Vec<&Registered> = group.iter().collect();
            seen.extend(group.iter().map(|member| member.id));
            if self.is_unknown(&group) {
                continue;
            }
            let cause = group
                .iter()
                .filter_map(|member| self.dirty.get(&member.id)?.cause)
                .max_by_key(|cause| (cause.recorded, cause.event));
            let desired = match desired(&group) {
                Ok(desired) => desired,
                Err(error) => {
                    unwritable.push((*id, error));
                    continue;
                }
            };
            for (id, should) in desired {
                let folded = self.resources.get(&id);
                let event = difference(id, folded.map(|folded| &folded.stands), should);
                if let Some(event) = event.filter(|event| self.refused.get(&id) != Some(event)) {
                    publications.push(Publication {
                        id,
                        after: folded.map_or(0, |folded| folded.events),
                        event,
                        cause,
                    });
                }
            }
        }
        for (id, error) in unwritable {
            self.note_unreadable_office(id, error.to_string());
        }
        publications.sort_by_key(|publication| (!publication.shows(), publication.id));
        publications
    }

    /// Whether something of a group, or of what is published of it, cannot be read.
    fn is_unknown(&self, group: &[&Registered]) -> bool {
        let unknown =
            |id: RegistrationId| self.unknown.contains(&id) || self.unknown_resources.contains(&ResourceId::of(id));
        group.iter().any(|member| unknown(member.id))
    }

    /// Everything that should be published is.
    pub fn settled(&mut self) {
        self.dirty.clear();
    }

    /// The known members of the group of a registration.
    fn members(&self, id: RegistrationId) -> Vec<Registered> {
        self.views(&self.decisions.group(id))
    }

    /// The known ones of some registrations.
    pub fn views(&self, ids: &BTreeSet<RegistrationId>) -> Vec<Registered> {
        ids.iter().filter_map(|id| self.registered(*id)).collect()
    }

    /// One registration.
    pub fn registered(&self, id: RegistrationId) -> Option<Registered> {
        self.entries.get(&id).map(|entry| placed(entry.reading.view(), &self.areas))
    }

    /// Whether a registration ever said anything of a field; none when it is not known.
    pub fn ever_said(&self, id: RegistrationId, field: RetractableField) -> Option<bool> {
        self.entries.get(&id).map(|entry| entry.reading.ever_said(field))
    }

    /// What the model says of a pair; none when one of them is not known.
    pub fn judge(&self, [one, other]: Pair) -> Option<Evidence> {
        let features = |id| {
            let entry = self.entries.get(&id)?;
            Some(Features::read(&self.registered(id)?, &entry.private, &self.areas))
        };
        Some(judge(&features(one)?, &features(other)?))
    }

    /// What is decided.
    pub fn decisions(&self) -> &Decisions {
        &self.decisions
    }

    /// Every registration, in order.
    pub fn registrations(&self) -> impl Iterator<Item = RegistrationId> {
        self.entries.keys().copied()
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

/// Marks a registration whose group may have to be published anew; a cause that is known stays.
fn soil(dirty: &mut BTreeMap<RegistrationId, Dirty>, id: RegistrationId, at: Position, cause: Option<Cause>) {
    let mark = dirty.entry(id).or_insert(Dirty { at, cause });
    *mark = Dirty { at, cause: mark.cause.or(cause) };
}

#[cfg(test)]
mod tests;
