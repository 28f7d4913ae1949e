//! Finding by what people type: divisions by however their names are written ([`places`]), services and who provides them by their
//! names and how these sound, and by the numbers to call. Of the present alone.
//!
//! Two things are kept that derive from a snapshot: the names of divisions, until divisions change, and for each service the letters
//! that its name, its provider and its numbers are made of, in two words of 64 bits. What changed since is looked at besides, until it
//! is so much that the whole is made anew. Whatever is found is compared with the snapshot that is asked, so that what is kept may be
//! older, or newer, and the answer is that of the snapshot.

use crate::projection::{Lately, Shown, Snapshot};
use places::{Asked, Found, Manner, NameSort, Named, Places, sound, written};
use schema::ids::{OrganizationId, ResourceId};
use schema::{AreaCode, AreaLevel, AsOf, Position, Scheme, Scope};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// After how many changes what is kept of services is made anew.
const ANEW_AFTER: u64 = 4_096;

/// How many services that fit are compared with one another; of a word that more share, those of the scope that is near come first.
const COMPARED: usize = 4_096;

/// How few digits are no number: emergency numbers have three.
const FEWEST_DIGITS: usize = 3;

/// How many digits at the end of a number tell it apart.
const FEWEST_AT_THE_END: usize = 4;

/// What is kept. A reader makes it when it is first asked for; others wait for that.
#[derive(Debug, Default)]
pub struct Search {
    places: Mutex<Option<(Position, Arc<Places>)>>,
    services: Mutex<Option<Arc<Services>>>,
}

/// What is asked for among services: a service, an organization or a number that was found, by a service that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// How what was asked for stands to what was found.
    pub manner: Manner,
    /// The service.
    pub shown: Arc<Shown>,
    /// What of it fits: its name, its provider's, or the number with its plus sign.
    pub matched: String,
}

/// What of services is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Their names.
    Name,
    /// Who provides them; one service of each.
    Provider,
    /// Their numbers.
    Number,
}

impl Search {
    /// Divisions, the best first.
    pub fn divisions(&self, snapshot: &Snapshot, asked: &Asked<'_>) -> Vec<Found> {
        self.places(snapshot).find(asked)
    }

    /// How much memory what is kept takes, in bytes: of divisions, and of services.
    pub fn bytes(&self, snapshot: &Snapshot) -> (usize, usize) {
        (self.places(snapshot).bytes(), self.services(snapshot).entries.capacity() * size_of::<Entry>())
    }

    fn places(&self, snapshot: &Snapshot) -> Arc<Places> {
        let mut kept = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = snapshot.areas.changed();
        match &*kept {
            Some((position, places)) if *position == changed => Arc::clone(places),
            Some(_) | None => {
                let places = Arc::new(places_of(snapshot));
                *kept = Some((changed, Arc::clone(&places)));
                places
            }
        }
    }

    fn services(&self, snapshot: &Snapshot) -> Arc<Services> {
        let mut kept = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = snapshot.resources.lately();
        let is_near = |services: &&Arc<Services>| lately.count().abs_diff(services.count) <= ANEW_AFTER;
        match kept.as_ref().filter(is_near) {
            Some(services) => Arc::clone(services),
            None => {
                let services = Arc::new(Services::of(snapshot));
                *kept = Some(Arc::clone(&services));
                services
            }
        }
    }

    /// Services, the best first: at most `asked.most`, and each organization once.
    pub fn services_by(&self, snapshot: &Snapshot, what: What, asked: &Asked<'_>) -> Vec<Hit> {
        let Some(wanted) = Wanted::of(what, asked.text) else { return Vec::new() };
        let services = self.services(snapshot);
        // What is kept and what is asked for are of two moments: what changed between them is looked at by itself.
        let (kept, now) = (&services.lately, snapshot.resources.lately());
        let between = if now.count() >= services.count {
            now.since(services.count).map(Iterator::collect)
        } else {
            kept.since(now.count()).map(Iterator::collect)
        };
        let between: BTreeSet<ResourceId> = between.unwrap_or_default();
        let near = asked.near.map(|near| snapshot.scopes.scope_of(near));
        let is_near = |id: ResourceId| near.is_none_or(|near: Scope| id.scope() == near);
        let of_entries = services.entries.iter().filter(|entry| wanted.may_be_in(entry)).map(|entry| &entry.shown);
        let unchanged = || of_entries.clone().filter(|shown| !between.contains(&shown.resource.id));
        let changed = between.iter().filter_map(|id| snapshot.resources.shown_now(*id));
        let in_order = unchanged().filter(|shown| is_near(shown.resource.id)).chain(changed);
        let in_order = in_order.chain(unchanged().filter(|shown| !is_near(shown.resource.id)));
        let is_within = |shown: &Shown| match asked.within {
            Some(within) => within.contains(shown.resource.area),
            None => snapshot.held.holds(shown.resource.id.scope()),
        };
        let found = in_order.filter(|shown| is_within(shown)).filter_map(|shown| wanted.found_in(shown)).take(COMPARED);
        let mut found: Vec<Hit> = found.collect();
        let key = |hit: &Hit| {
            let resource = &hit.shown.resource;
            (
                hit.manner,
                distance(asked.near, resource.area),
                hit.matched.chars().count(),
                hit.matched.clone(),
                resource.id,
            )
        };
        found.sort_by_cached_key(key);
        if what == What::Provider {
            let mut once = HashSet::new();
            found.retain(|hit| {
                once.insert(OrganizationId::of(hit.shown.resource.id, &hit.shown.resource.provider).to_string())
            });
        }
        found.truncate(asked.most);
        found
    }
}

/// How many levels lie between two divisions.
fn distance(near: Option<AreaCode>, area: AreaCode) -> usize {
    const LEVELS: [AreaLevel; 5] =
        [AreaLevel::Village, AreaLevel::Town, AreaLevel::County, AreaLevel::City, AreaLevel::Province];
    near.map_or(0, |near| {
        LEVELS.iter().position(|level| near.at_level(*level) == area.at_level(*level)).unwrap_or(LEVELS.len())
    })
}

/// The names of divisions: their own, what people call them, and what they or what they lay in were called.
fn places_of(snapshot: &Snapshot) -> Places {
    let divisions = snapshot.areas.at(Scheme::default(), AsOf::Latest);
    let own = divisions.iter(None).map(|area| Named { code: area.code, name: &area.name, sort: NameSort::Own });
    let called = divisions.all_also_called();
    let called = called.map(|(code, name)| Named { code, name, sort: NameSort::AlsoCalled });
    let former = divisions.all_former_names().into_iter().flat_map(|(name, came, lay_in)| {
        let lay_in: Vec<AreaCode> = lay_in.difference(&came).copied().collect();
        let came = came.into_iter().map(move |code| Named { code, name, sort: NameSort::Former });
        came.chain(lay_in.into_iter().map(move |code| Named { code, name, sort: NameSort::LayIn }))
    });
    // A name that it has is no former one.
    let former = former.filter(|former| divisions.name(former.code) != Some(former.name));
    Places::of(own.chain(called).chain(former))
}

/// A service, and of which letters its names are made.
#[derive(Debug)]
struct Entry {
    shown: Arc<Shown>,
    name: u64,
    provider_and_numbers: u64,
}

/// Every service that was shown at one moment, by id.
#[derive(Debug)]
struct Services {
    count: u64,
    lately: Lately,
    entries: Vec<Entry>,
}

impl Services {
    fn of(snapshot: &Snapshot) -> Services {
        let mut providers: BTreeMap<usize, u64> = BTreeMap::new();
        let mut entries: Vec<Entry> = Vec::new();
        for shown in snapshot.resources.shown_by_id() {
            let resource = &shown.resource;
            // Many are of one provider, which is held once.
            let provider = Arc::as_ptr(&resource.provider).addr();
            let provider = *providers.entry(provider).or_insert_with(|| spoken(&resource.provider.name));
            let numbers = resource.numbers.iter().fold(0, |bits, number| bits | sound::signature(&number.to_string()));
            let (name, provider_and_numbers) = (spoken(&resource.name), provider | numbers);
            entries.push(Entry { shown: Arc::clone(shown), name, provider_and_numbers });
        }
        entries.shrink_to_fit();
        let lately = snapshot.resources.lately().clone();
        Services { count: lately.count(), lately, entries }
    }
}

fn spoken(name: &str) -> u64 {
    sound::signature(&sound::reading(&written::normal(name)).letters)
}

/// What is asked for, ready to be compared.
enum Wanted {
    Name { of_provider: bool, text: String, letters: String, signature: u64 },
    Number { digits: String, signature: u64 },
}

impl Wanted {
    fn of(what: What, text: &str) -> Option<Wanted> {
        if text.chars().nth(places::LONGEST).is_some() {
            return None;
        }
        let of_provider = match what {
            What::Number => return Wanted::number(text),
            What::Provider => true,
            What::Name => false,
        };
        let text = written::normal(text);
        // A single letter says nothing; a single character may.
        if text.is_empty() || (!written::has_han(&text) && text.len() < 2) {
            return None;
        }
        let letters = sound::reading(&text).letters;
        let signature = sound::signature(&letters);
        Some(Wanted::Name { of_provider, text, letters, signature })
    }

    fn number(text: &str) -> Option<Wanted> {
        let text = written::normal(text);
        let digits = text.strip_prefix("0086").unwrap_or(&text);
        let digits = digits.strip_prefix("86").filter(|rest| rest.len() >= 10).unwrap_or(digits);
        let digits = digits.strip_prefix('0').unwrap_or(digits);
        let is_number =
            digits.len() >= FEWEST_DIGITS && digits.len() <= 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Wanted::Number { digits: digits.to_owned(), signature: sound::signature(digits) })
    }

    fn may_be_in(&self, entry: &Entry) -> bool {
        let (wanted, has) = match self {
            Wanted::Name { of_provider: false, signature, .. } => (signature, entry.name),
            Wanted::Name { of_provider: true, signature, .. } | Wanted::Number { signature, .. } => {
                (signature, entry.provider_and_numbers)
            }
        };
        wanted & !has == 0
    }

    fn found_in(&self, shown: &Arc<Shown>) -> Option<Hit> {
        let resource = &shown.resource;
        let (manner, matched) = match self {
            Wanted::Name { of_provider, text, letters, .. } => {
                let name = if *of_provider { resource.provider.name.as_str() } else { &*resource.name };
                (fits(name, text, letters)?, name.to_owned())
            }
            Wanted::Number { digits, .. } => {
                let fits = resource.numbers.iter().filter_map(|number| Some((is_number(*number, digits)?, number)));
                let (manner, number) = fits.min()?;
                (manner, format!("+{number}"))
            }
        };
        Some(Hit { manner, shown: Arc::clone(shown), matched })
    }
}

/// How a name stands to a text that is asked for, and to how that sounds.
pub fn fits(name: &str, text: &str, letters: &str) -> Option<Manner> {
    let name = written::normal(name);
    if name == *text {
        return Some(Manner::Exact);
    }
    if let Some(at) = name.find(text) {
        return Some(if at == 0 { Manner::Prefix } else { Manner::Contained });
    }
    let reading = sound::reading(&name);
    if !reading.has(letters) {
        return None;
    }
    Some(match (written::has_han(text), reading.letters == letters) {
        (true, _) => Manner::Homophone,
        (false, true) => Manner::Pinyin,
        (false, false) => Manner::PinyinPrefix,
    })
}

/// How a number stands to digits that are asked for, without the zero and the code of the country.
fn is_number(number: u64, digits: &str) -> Option<Manner> {
    let number = number.to_string();
    let national = number.strip_prefix("86").unwrap_or(&number);
    if national == digits || number == digits {
        Some(Manner::Exact)
    } else if national.starts_with(digits) {
        Some(Manner::Prefix)
    } else {
        // A number of the same place is dialled without its code.
        (digits.len() >= FEWEST_AT_THE_END && national.ends_with(digits)).then_some(Manner::Contained)
    }
}
