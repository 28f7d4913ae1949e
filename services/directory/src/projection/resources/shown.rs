//! A resource as it was shown by one event: what every question looks at in memory, all of it on disk.

use super::super::Registrations;
use crate::opening::Opening;
use crate::segments::{Damaged, Segments, Stored, Written};
use chrono::{DateTime, NaiveDate, Utc};
use imbl::HashMap;
use schema::eligibility::Eligibility;
use schema::hours::{Hours, Schedule};
use schema::ids::{RegistrationId, ResourceId};
use schema::licence::Licence;
use schema::resource::{Field, FieldProvenance, LosingValue, MemberSource, Provider, Resource, Rule};
use schema::{AreaCode, Category, Documents, Kind, Phone, Position, Vacancy};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

/// What every question looks at of a resource: the rest is on disk ([`Details`]). Fields as in
/// [`schema::resource::Resource`]; what many share is held once.
#[derive(Clone, Debug, PartialEq)]
pub struct Brief {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: Box<str>,
    /// Its category, in the county's words.
    pub category: Arc<str>,
    /// Who provides it.
    pub provider: Arc<Provider>,
    /// Where it is.
    pub area: AreaCode,
    /// The divisions that it serves.
    pub coverage: Box<[AreaCode]>,
    /// Whom it is for.
    pub eligibility: Arc<Eligibility>,
    /// How many places are free, and on which day that was said.
    pub vacancy: Option<Vacancy>,
    /// What a person must bring.
    pub documents: Arc<Documents>,
    /// Whether it comes to the home.
    pub home_visits: Option<bool>,
    /// The licence it needs.
    pub licence: Arc<Licence>,
    /// The registrations behind it.
    pub sources: Box<[MemberSource]>,
    /// The digits of the numbers to call, with the code of the country.
    pub numbers: Box<[u64]>,
    /// What it is judged by, with others that are judged alike.
    pub judged_as: JudgedAs,
}

/// A number for all that says for whom a resource is, apart from where: those of one number are judged alike, unless it is known
/// where somebody lives ([`crate::eligibility::Judge`]). Numbers are given as resources come, and mean nothing elsewhere.
#[derive(Clone, Copy, Default)]
pub struct JudgedAs(u16);

impl JudgedAs {
    /// The number; none of a resource that has to be judged by itself.
    pub fn number(self) -> Option<usize> {
        Some(usize::from(self.0)).filter(|number| *number > 0)
    }
}

/// It tells nothing that the rest does not.
impl PartialEq for JudgedAs {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for JudgedAs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// All that a resource is judged by apart from where it is, by the address of its eligibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct JudgedBy {
    eligibility: usize,
    licence: LicenceBy,
    /// Whether it was full, and on which day.
    vacancy: Option<(bool, NaiveDate)>,
    says_what_to_bring: bool,
    says_what_it_serves: bool,
}

/// What of a licence is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LicenceBy {
    NotRequired,
    Unknown,
    Until(NaiveDate),
}

impl LicenceBy {
    fn of(licence: &Licence) -> LicenceBy {
        match licence {
            Licence::NotRequired => LicenceBy::NotRequired,
            Licence::Unknown { .. } => LicenceBy::Unknown,
            Licence::Until { expires, .. } => LicenceBy::Until(*expires),
        }
    }
}

impl Brief {
    /// Of a resource that shares nothing with others.
    pub fn of(resource: &Resource) -> Brief {
        Shared::default().brief(Unshared::of(resource.clone()).0)
    }
}

/// What of a resource stays in memory, before what others say alike is shared with them: made beside the fold, so that only what stays
/// is handed over.
#[derive(Debug)]
pub(in super::super) struct Unshared {
    pub(in super::super) id: ResourceId,
    name: Box<str>,
    category: String,
    provider: Provider,
    area: AreaCode,
    coverage: Box<[AreaCode]>,
    eligibility: Eligibility,
    vacancy: Option<Vacancy>,
    documents: Documents,
    home_visits: Option<bool>,
    licence: Licence,
    pub(super) sources: Box<[MemberSource]>,
    numbers: Box<[u64]>,
    hours: Hours,
}

impl Unshared {
    /// Of a resource, and the rest of it as its block holds it.
    pub(in super::super) fn of(resource: Resource) -> (Unshared, Written<Details>) {
        let details = Details::written(&resource);
        let number = |phone: &Phone| phone.as_str().strip_prefix('+')?.parse().ok();
        let unshared = Unshared {
            id: resource.id,
            name: resource.name.into(),
            category: resource.category.0,
            provider: resource.provider,
            area: resource.area,
            coverage: resource.coverage.into(),
            eligibility: resource.eligibility,
            vacancy: resource.vacancy,
            documents: resource.documents,
            home_visits: resource.home_visits,
            licence: resource.licence,
            sources: resource.sources.into(),
            numbers: resource.phones.iter().filter_map(number).collect(),
            hours: Hours { text: String::new(), ..resource.hours },
        };
        (unshared, details)
    }
}

/// What an event showed of a resource beside its [`Brief`] and its hours' rules: on disk, read for the page that shows it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "DetailsRow")]
pub struct Details {
    /// What sort of thing it is.
    pub kind: Kind,
    /// The numbers to call, the most useful first.
    pub phones: Vec<Phone>,
    /// Where to go, as written.
    pub address: Option<String>,
    /// The office's own words for the hours; empty when it wrote nothing.
    pub hours: String,
    /// What it costs, in words.
    pub fees: Option<String>,
    /// All places that it has for the public.
    pub capacity: Option<u32>,
    /// Field by field, why the value is what it is: as its block holds it, since it is seldom asked.
    provenance: Provenance,
}

/// The same without the names of the fields.
#[derive(Deserialize)]
struct DetailsRow(Kind, Vec<Phone>, Option<String>, String, Option<String>, Option<u32>, Provenance);

impl From<DetailsRow> for Details {
    fn from(row: DetailsRow) -> Details {
        let DetailsRow(kind, phones, address, hours, fees, capacity, provenance) = row;
        Details { kind, phones, address, hours, fees, capacity, provenance }
    }
}

/// What a [`DetailsRow`] is read from.
#[derive(Serialize)]
struct DetailsOf<'r>(Kind, &'r [Phone], Option<&'r str>, &'r str, Option<&'r str>, Option<u32>, &'r Provenance);

impl Details {
    /// Those of a resource, as their block holds them.
    fn written(resource: &Resource) -> Written<Details> {
        Written::of_row(&DetailsOf(
            resource.kind,
            &resource.phones,
            resource.address.as_deref(),
            &resource.hours.text,
            resource.fees.as_deref(),
            resource.capacity,
            &Provenance::of(resource),
        ))
    }

    /// Field by field, why the value is what it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn provenance(&self, sources: &[MemberSource]) -> Result<Vec<FieldProvenance>, Damaged> {
        self.provenance.read(sources)
    }
}

/// Rows in MessagePack, one for each field.
#[derive(Clone, Debug, PartialEq)]
struct Provenance(Vec<u8>);

/// Field and rule by their place among all; the winner as one more than its place among the sources, zero where there is none, and by
/// its id where it is no source; the values that were not taken, and how many more.
#[derive(Serialize, Deserialize)]
struct ProvenanceRow(usize, usize, usize, Option<RegistrationId>, Vec<(RegistrationId, serde_json::Value)>, u32);

impl Provenance {
    fn of(resource: &Resource) -> Provenance {
        let row = |of: &FieldProvenance| {
            let (field, rule) = (of.field as usize, of.rule as usize);
            let among = |winner| resource.sources.iter().position(|source| source.registration == winner);
            let place = of.winner.and_then(among).map_or(0, |place| place + 1);
            let other = of.winner.filter(|_| place == 0);
            let losing = of.losing.iter().map(|losing| (losing.registration, losing.value.clone())).collect();
            ProvenanceRow(field, rule, place, other, losing, of.more_losing)
        };
        let rows: Vec<ProvenanceRow> = resource.provenance.iter().map(row).collect();
        // What was read from JSON can be written as such.
        Provenance(rmp_serde::to_vec(&rows).unwrap_or_default())
    }

    fn read(&self, sources: &[MemberSource]) -> Result<Vec<FieldProvenance>, Damaged> {
        let rows: Vec<ProvenanceRow> = rmp_serde::from_slice(&self.0).map_err(|_| Damaged)?;
        let of = |ProvenanceRow(field, rule, place, other, losing, more_losing)| {
            let among = place.checked_sub(1).map(|place| sources.get(place).map(|source| source.registration));
            Some(FieldProvenance {
                field: *Field::ALL.get(field)?,
                rule: *Rule::ALL.get(rule)?,
                winner: among.map_or(Some(other), |winner| winner.map(Some))?,
                losing: losing.into_iter().map(|(registration, value)| LosingValue { registration, value }).collect(),
                more_losing,
            })
        };
        rows.into_iter().map(of).collect::<Option<_>>().ok_or(Damaged)
    }
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Provenance;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Provenance, E> {
                Ok(Provenance(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A resource as it was shown by one event, ready to be asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What every question looks at.
    pub resource: Brief,
    /// Its hours, compiled.
    pub opening: Arc<Opening>,
    /// The position of the event that showed it.
    pub from: Position,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// The rest of it.
    pub details: Stored<Details>,
}

impl Shown {
    /// All of it but its provenance, given its details.
    pub fn resource_with(&self, details: &Details) -> Resource {
        let (brief, details) = (self.resource.clone(), details.clone());
        Resource {
            id: brief.id,
            kind: details.kind,
            name: brief.name.into(),
            category: Category((*brief.category).to_owned()),
            provider: Provider::clone(&brief.provider),
            phones: details.phones,
            address: details.address,
            area: brief.area,
            coverage: brief.coverage.into(),
            eligibility: Eligibility::clone(&brief.eligibility),
            hours: Hours { text: details.hours, schedules: self.opening.schedules().to_vec() },
            fees: details.fees,
            capacity: details.capacity,
            vacancy: brief.vacancy,
            documents: Documents::clone(&brief.documents),
            home_visits: brief.home_visits,
            licence: Licence::clone(&brief.licence),
            sources: brief.sources.into(),
            provenance: Vec::new(),
        }
    }

    /// All of it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, segments: &Segments) -> Result<Resource, Damaged> {
        let details = self.details.read(segments)?;
        Ok(Resource { provenance: details.provenance(&self.resource.sources)?, ..self.resource_with(&details) })
    }
}

#[cfg(test)]
impl Shown {
    /// One that shares nothing with others.
    pub(super) fn alone(resource: Resource, from: Position) -> Shown {
        let (said, details) = Unshared::of(resource);
        Shared::default().shown(said, from, DateTime::default(), Segments::in_memory().put_written(&details))
    }
}

/// What many resources say alike, held once each.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shared {
    categories: Set<str>,
    providers: Set<Provider>,
    eligibilities: Set<Eligibility>,
    documents: Set<Documents>,
    licences: Set<Licence>,
    openings: HashMap<Vec<Schedule>, Arc<Opening>>,
    judged: Judged,
}

/// The numbers that were given.
#[derive(Clone, Debug, Default)]
struct Judged(HashMap<JudgedBy, u16>);

impl PartialEq for Judged {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Judged {
    /// The number of what is judged alike; none once all are given.
    fn number(&mut self, by: JudgedBy) -> JudgedAs {
        if let Some(number) = self.0.get(&by) {
            return JudgedAs(*number);
        }
        let Ok(number) = u16::try_from(self.0.len() + 1) else { return JudgedAs::default() };
        self.0.insert(by, number);
        JudgedAs(number)
    }
}

type Set<T> = HashMap<Arc<T>, ()>;

/// How many values of a kind are compared with: what is said in more ways is seldom said alike.
const SHARED: usize = 1 << 16;

/// The value that is held of those alike, or this one; and whether it is held.
fn held<T: ?Sized + Eq + Hash, V: Borrow<T> + Into<Arc<T>>>(among: &mut Set<T>, value: V) -> (Arc<T>, bool) {
    if let Some((known, ())) = among.get_key_value(value.borrow()) {
        return (Arc::clone(known), true);
    }
    let own = value.into();
    let has_room = among.len() < SHARED;
    if has_room {
        among.insert(Arc::clone(&own), ());
    }
    (own, has_room)
}

fn shared<T: ?Sized + Eq + Hash, V: Borrow<T> + Into<Arc<T>>>(among: &mut Set<T>, value: V) -> Arc<T> {
    held(among, value).0
}

impl Shared {
    /// What is held already.
    pub(super) fn of(
        categories: Vec<Arc<str>>,
        providers: Vec<Arc<Provider>>,
        eligibilities: Vec<Arc<Eligibility>>,
        documents: Vec<Arc<Documents>>,
        licences: Vec<Arc<Licence>>,
        openings: Vec<Arc<Opening>>,
    ) -> Shared {
        fn set<T: ?Sized + Eq + Hash>(values: Vec<Arc<T>>) -> Set<T> {
            values.into_iter().take(SHARED).map(|value| (value, ())).collect()
        }
        let (categories, providers) = (set(categories), set(providers));
        let (eligibilities, documents, licences) = (set(eligibilities), set(documents), set(licences));
        let openings =
            openings.into_iter().take(SHARED).map(|opening| (opening.schedules().to_vec(), opening)).collect();
        Shared { categories, providers, eligibilities, documents, licences, openings, judged: Judged::default() }
    }

    /// Whether a value is the one that is held here of those alike.
    pub(super) fn holds(&self, eligibility: &Arc<Eligibility>) -> bool {
        self.eligibilities.get_key_value(&**eligibility).is_some_and(|(held, ())| Arc::ptr_eq(held, eligibility))
    }

    /// By what a resource is judged. Only what is held here keeps its address.
    pub(super) fn judged_as(
        &mut self,
        (eligibility, is_held): (&Arc<Eligibility>, bool),
        licence: &Licence,
        (vacancy, documents): (Option<Vacancy>, &Documents),
        coverage: &[AreaCode],
    ) -> JudgedAs {
        if !is_held {
            return JudgedAs::default();
        }
        self.judged.number(JudgedBy {
            eligibility: Arc::as_ptr(eligibility) as usize,
            licence: LicenceBy::of(licence),
            vacancy: vacancy.map(|vacancy| (vacancy.free == 0, vacancy.as_of)),
            says_what_to_bring: !documents.is_empty(),
            says_what_it_serves: !coverage.is_empty(),
        })
    }

    fn brief(&mut self, said: Unshared) -> Brief {
        let (eligibility, is_held) = held(&mut self.eligibilities, said.eligibility);
        let brings = (said.vacancy, &said.documents);
        Brief {
            judged_as: self.judged_as((&eligibility, is_held), &said.licence, brings, &said.coverage),
            id: said.id,
            name: said.name,
            category: shared(&mut self.categories, said.category),
            provider: shared(&mut self.providers, said.provider),
            area: said.area,
            coverage: said.coverage,
            eligibility,
            vacancy: said.vacancy,
            documents: shared(&mut self.documents, said.documents),
            home_visits: said.home_visits,
            licence: shared(&mut self.licences, said.licence),
            sources: said.sources,
            numbers: said.numbers,
        }
    }

    fn opening(&mut self, hours: &Hours) -> Arc<Opening> {
        if let Some(known) = self.openings.get(&hours.schedules) {
            return Arc::clone(known);
        }
        let opening = Arc::new(Opening::compile(hours));
        if self.openings.len() < SHARED {
            self.openings.insert(hours.schedules.clone(), Arc::clone(&opening));
        }
        opening
    }

    pub(super) fn shown(
        &mut self,
        said: Unshared,
        from: Position,
        at: DateTime<Utc>,
        details: Stored<Details>,
    ) -> Shown {
        Shown { opening: self.opening(&said.hours), resource: self.brief(said), from, at, details }
    }
}

/// Whether anything was retracted of registrations.
pub(super) fn may_hide(sources: &[MemberSource], registrations: &Registrations) -> bool {
    sources.iter().any(|source| registrations.hidden(source.registration).is_some())
}

/// Takes out of a resource, published at some position, what was retracted of the registrations behind it, unless another of
/// them says it as well. Whether anything was.
pub(super) fn hide(resource: &mut Resource, registrations: &Registrations, from: Position) -> bool {
    if !may_hide(&resource.sources, registrations) {
        return false;
    }
    let sources: Vec<RegistrationId> = resource.sources.iter().map(|source| source.registration).collect();
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
