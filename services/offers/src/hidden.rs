//! What was retracted: once-public values that are hidden wherever they were told. The rule stands at
//! [`schema::erasures::ValueRetracted`].

use crate::offer::Offer;
use schema::decisions::Compared;
use schema::resource::{Field, NAME_RETRACTED, Provider, Resource, RetractableField};
use schema::{Documents, Eligibility, Hours, Licence, Phone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Values by field, each as the text by which it is known again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Values(BTreeMap<RetractableField, BTreeSet<String>>);

/// The values of one registration that are hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden(Values);

impl Values {
    /// Those of an offer.
    pub(crate) fn of_offer(offer: &Offer) -> Values {
        let mut values = Values::default();
        Parts::of_offer(&mut offer.clone()).each(|field, value| {
            values.insert(field, value.to_owned());
            false
        });
        values
    }

    pub(crate) fn insert(&mut self, field: RetractableField, value: String) {
        self.0.entry(field).or_default().insert(value);
    }

    pub(crate) fn add(&mut self, others: Values) {
        for (field, values) in others.0 {
            self.0.entry(field).or_default().extend(values);
        }
    }

    pub(crate) fn has(&self, field: RetractableField, value: &str) -> bool {
        self.0.get(&field).is_some_and(|values| values.contains(value))
    }

    /// Takes out those that the others have as well.
    pub(crate) fn remove(&mut self, others: &Values) {
        for (field, values) in &mut self.0 {
            values.retain(|value| !others.has(*field, value));
        }
        self.0.retain(|_, values| !values.is_empty());
    }

    /// Takes out those of a field.
    pub(crate) fn remove_field(&mut self, field: RetractableField) {
        self.0.remove(&field);
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that the others have as well.
    pub(crate) fn shared_with(&self, others: &Values) -> Values {
        let mut shared = Values::default();
        for (field, values) in &self.0 {
            for value in values.iter().filter(|value| others.has(*field, value)) {
                shared.insert(*field, value.clone());
            }
        }
        shared
    }

    /// Those of one field.
    pub(crate) fn of(&self, field: RetractableField) -> impl Iterator<Item = String> + use<> {
        self.0.get(&field).cloned().unwrap_or_default().into_iter()
    }
}

impl Hidden {
    pub(crate) fn add(&mut self, field: RetractableField, values: impl IntoIterator<Item = String>) {
        self.0.0.entry(field).or_default().extend(values);
    }

    /// Shows these again.
    pub(crate) fn remove(&mut self, values: &Values) {
        self.0.remove(values);
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a value of a field is hidden, given as [`hide_in_resource`] names it.
    pub fn hides(&self, field: RetractableField, value: &str) -> bool {
        self.0.has(field, value)
    }

    /// Takes what is hidden out of an offer; the fields out of which something was taken.
    pub(crate) fn hide_in(&self, offer: &mut Offer) -> BTreeSet<RetractableField> {
        let mut fields = BTreeSet::new();
        if !self.is_empty() {
            Parts::of_offer(offer).each(|field, value| {
                let hides = self.hides(field, value);
                if hides {
                    fields.insert(field);
                }
                hides
            });
        }
        fields
    }

    /// Whether something that a registration said of a field, as the provenance of a resource has it, is hidden. What cannot
    /// be read is.
    pub fn hides_said(&self, field: Field, said: &Value) -> bool {
        let Ok(retractable) = RetractableField::try_from(field) else { return false };
        let hides = |value: &str| self.hides(retractable, value);
        match retractable {
            RetractableField::Name | RetractableField::Address | RetractableField::Fees => {
                said.as_str().is_none_or(hides)
            }
            RetractableField::Provider => holds(said, |provider: Provider| {
                self.hides(RetractableField::Name, &provider.name) || provider.credit_code.as_deref().is_some_and(hides)
            }),
            RetractableField::Phones => {
                holds(said, |phones: Vec<Phone>| phones.iter().any(|phone| hides(phone.as_str())))
            }
            RetractableField::Eligibility => {
                holds(said, |eligibility: Eligibility| eligibility.note.as_deref().is_some_and(hides))
            }
            RetractableField::Documents => {
                holds(said, |documents: Documents| documents.note.as_deref().is_some_and(hides))
            }
            RetractableField::Hours => {
                holds(said, |hours: Hours| written(&hours).is_some_and(|written| hides(&written)))
            }
            RetractableField::Licence => holds(said, |licence: Licence| licence.number().is_some_and(hides)),
        }
    }

    /// Whether a value that two registrations were compared by is hidden, as the grounds of a decision have it.
    pub fn hides_compared(&self, compared: Compared, value: &str) -> bool {
        let is = |field| self.hides(field, value);
        match compared {
            Compared::Name => is(RetractableField::Name),
            Compared::Address => is(RetractableField::Address),
            Compared::Hours => is(RetractableField::Hours),
            Compared::Phones => self.0.of(RetractableField::Phones).any(|phone| value.contains(&phone)),
            // A credit code, or what is left of a licence number: by that it is not known again.
            Compared::RegisteredBody => {
                is(RetractableField::Provider) || self.0.of(RetractableField::Licence).next().is_some()
            }
            Compared::Area | Compared::Category | Compared::Office | Compared::Veto => false,
        }
    }
}

/// Takes values out of a published resource: those for which `is_hidden` says so.
pub fn hide_in_resource(resource: &mut Resource, mut is_hidden: impl FnMut(RetractableField, &str) -> bool) -> bool {
    let mut any = false;
    let provider_name = &mut resource.provider.name;
    if provider_name != NAME_RETRACTED && is_hidden(RetractableField::Name, provider_name) {
        NAME_RETRACTED.clone_into(provider_name);
        any = true;
    }
    Parts::of_resource(resource).each(|field, value| {
        let hidden = is_hidden(field, value);
        any |= hidden;
        hidden
    });
    any
}

/// Whether an offer says a value of a field.
pub fn says(offer: &Offer, field: RetractableField, value: &str) -> bool {
    Values::of_offer(offer).of(field).any(|said| said == value)
}

/// Where the fields of which something can be retracted stand: an offer and a resource have the same in different places.
struct Parts<'a> {
    name: &'a mut String,
    credit_code: &'a mut Option<String>,
    phones: &'a mut Vec<Phone>,
    address: &'a mut Option<String>,
    eligibility: &'a mut Eligibility,
    hours: &'a mut Hours,
    fees: &'a mut Option<String>,
    documents: &'a mut Documents,
    licence: &'a mut Licence,
}

impl<'a> Parts<'a> {
    fn of_offer(offer: &'a mut Offer) -> Parts<'a> {
        Parts {
            name: &mut offer.name,
            credit_code: &mut offer.credit_code,
            phones: &mut offer.phones,
            address: &mut offer.address,
            eligibility: &mut offer.eligibility,
            hours: &mut offer.hours,
            fees: &mut offer.fees,
            documents: &mut offer.documents,
            licence: &mut offer.licence,
        }
    }

    fn of_resource(resource: &'a mut Resource) -> Parts<'a> {
        Parts {
            name: &mut resource.name,
            credit_code: &mut resource.provider.credit_code,
            phones: &mut resource.phones,
            address: &mut resource.address,
            eligibility: &mut resource.eligibility,
            hours: &mut resource.hours,
            fees: &mut resource.fees,
            documents: &mut resource.documents,
            licence: &mut resource.licence,
        }
    }

    /// Shows every value that stands there, and takes out those for which `take` says so.
    fn each(self, mut take: impl FnMut(RetractableField, &str) -> bool) {
        let mut take_text = |field, text: &mut Option<String>| {
            if text.as_deref().is_some_and(|text| take(field, text)) {
                *text = None;
            }
        };
        take_text(RetractableField::Provider, self.credit_code);
        take_text(RetractableField::Address, self.address);
        take_text(RetractableField::Eligibility, &mut self.eligibility.note);
        take_text(RetractableField::Fees, self.fees);
        take_text(RetractableField::Documents, &mut self.documents.note);
        match self.licence {
            Licence::NotRequired => {}
            Licence::Unknown { number } | Licence::Until { number, .. } => take_text(RetractableField::Licence, number),
        }
        if self.name != NAME_RETRACTED && take(RetractableField::Name, self.name) {
            NAME_RETRACTED.clone_into(self.name);
        }
        self.phones.retain(|phone| !take(RetractableField::Phones, phone.as_str()));
        if written(self.hours).is_some_and(|written| take(RetractableField::Hours, &written)) {
            *self.hours = Hours::default();
        }
    }
}

/// Hours by what was written; by their rules where nothing was.
fn written(hours: &Hours) -> Option<String> {
    match (hours.text.is_empty(), hours.schedules.is_empty()) {
        (false, _) => Some(hours.text.clone()),
        (true, false) => serde_json::to_string(&hours.schedules).ok(),
        (true, true) => None,
    }
}

/// Whether what was said, if it can be read, holds something; whether or not it does, if it cannot.
fn holds<T: serde::de::DeserializeOwned>(said: &Value, hidden: impl FnOnce(T) -> bool) -> bool {
    serde_json::from_value(said.clone()).ok().is_none_or(hidden)
}
