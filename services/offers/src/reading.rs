//! The fold of one registration's stream.

use crate::commerce::joined;
use crate::hidden::{Hidden, Values};
use crate::offer::Offer;
use crate::office_event::OfficeEvent;
use crate::registered::{Registered, Standing, SuspendedBy, Withheld, WithheldPart};
use crate::step::{Clearance, Said, Step, Terms};
use chrono::{DateTime, NaiveDate, Utc};
use schema::erasures::RetractionReason;
use schema::resource::{NotShown, RetractableField};
use schema::{AreaCode, Audience, Eligibility, Licence, Office, Phone, RegistrationId};
use serde::{Deserialize, Serialize};

/// One registration's stream, folded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    id: RegistrationId,
    office: Office,
    registered_at: DateTime<Utc>,
    said_at: DateTime<Utc>,
    scope: String,
    said: Said,
    /// The clerk's reason for a suspension that holds.
    suspended: Option<String>,
    /// The last inspection, if it was failed: its day, if said.
    failed_inspection: Option<Option<NaiveDate>>,
    /// The clerk's reason for a withdrawal that holds.
    withdrawn: Option<String>,
    /// What it is in another county now.
    moved_to: Option<RegistrationId>,
    /// What it was in another county before.
    came_from: Option<RegistrationId>,
    /// What it said of the fields that can be retracted, and says no more.
    earlier: Values,
    /// What was retracted.
    hidden: Hidden,
    /// Of that, what its office removed itself: it is shown again when its office says it again.
    removed: Values,
}

impl Reading {
    /// Applies one event of the stream of `id`; `before` is what its earlier events gave. An event about something
    /// never registered gives nothing.
    pub fn fold(
        before: Option<Reading>,
        id: RegistrationId,
        event: &OfficeEvent,
        effective_at: DateTime<Utc>,
    ) -> Option<Reading> {
        let step = event.step();
        let retracted = match &step {
            Step::MovedIn { retracted, .. } => retracted.clone(),
            Step::Registered(_)
            | Step::Revised(_)
            | Step::LicenceRenewed { .. }
            | Step::PlacesOffered(_)
            | Step::Cleared
            | Step::ElderPriceAgreed(_)
            | Step::Inspected { .. }
            | Step::Noted
            | Step::Suspended(_)
            | Step::Resumed
            | Step::Withdrawn(_)
            | Step::MovedOut(_) => Vec::new(),
        };
        let said = before.clone();
        let mut reading = Reading::after_step(before, id, event.office(), step, effective_at)?;
        let is_another =
            |before: &Reading| before.said.offer != reading.said.offer || before.said.terms != reading.said.terms;
        if let Some(before) = said.filter(is_another) {
            reading.earlier.add(before.values());
        }
        for field in retracted {
            reading.hide_all(field);
        }
        if !reading.removed.is_empty() {
            let again = reading.removed.shared_with(&reading.said.values());
            reading.hidden.remove(&again);
            reading.removed.remove(&again);
        }
        Some(reading)
    }

    fn after_step(
        before: Option<Reading>,
        id: RegistrationId,
        office: Office,
        step: Step,
        effective_at: DateTime<Utc>,
    ) -> Option<Reading> {
        match step {
            // Only a registration brings back what was withdrawn; a revision of it does not. What it was suspended for before
            // is over then; a failed inspection is not.
            Step::Registered(said) => {
                let reading = Reading::saying(before, id, office, *said, effective_at);
                Some(Reading { withdrawn: None, suspended: None, moved_to: None, ..reading })
            }
            Step::MovedIn { said, from, first_registered_at, retracted: _ } => {
                let reading = Reading::saying(before, id, office, *said, effective_at);
                let (registered_at, came_from) = (first_registered_at, Some(from));
                Some(Reading { registered_at, came_from, withdrawn: None, suspended: None, ..reading })
            }
            Step::Revised(said) => Some(Reading::saying(before, id, office, *said, effective_at)),
            step => before.map(|before| before.after(step)),
        }
    }

    /// Said whole: for the first time, or anew.
    fn saying(before: Option<Reading>, id: RegistrationId, office: Office, said: Said, at: DateTime<Utc>) -> Reading {
        let inspection = said.inspection;
        let mut reading = match before {
            None => Reading {
                id,
                office,
                registered_at: at,
                said_at: at,
                scope: id.scope().to_string(),
                said,
                suspended: None,
                failed_inspection: None,
                withdrawn: None,
                moved_to: None,
                came_from: None,
                earlier: Values::default(),
                hidden: Hidden::default(),
                removed: Values::default(),
            },
            Some(before) => Reading { said, said_at: before.said_at.max(at), ..before },
        };
        if let Some((passed, on)) = inspection {
            reading.failed_inspection = (!passed).then_some(on);
        }
        reading
    }

    /// After a step that changes something of what was said.
    fn after(mut self, step: Step) -> Reading {
        match step {
            Step::Registered(_) | Step::Revised(_) | Step::MovedIn { .. } | Step::Noted => {}
            Step::LicenceRenewed { number, expires } => {
                let licence = &mut self.said.offer.licence;
                let number = number.or_else(|| licence.number().map(str::to_owned));
                *licence = Licence::Until { number, expires };
            }
            Step::PlacesOffered(places) => self.said.offer.capacity = Some(places),
            Step::Cleared => self.said.clearance = self.said.clearance.cleared(),
            Step::ElderPriceAgreed(price) => {
                let terms = self.said.terms.get_or_insert_default();
                terms.elder_price_fen = Some(price);
                self.said.offer.fees = terms.in_words();
            }
            Step::Inspected { on, passed } => self.failed_inspection = (!passed).then_some(on),
            Step::Suspended(reason) => self.suspended = Some(reason),
            Step::Resumed => self.suspended = None,
            Step::Withdrawn(reason) => self.withdrawn = Some(reason),
            Step::MovedOut(to) => self.moved_to = Some(to),
        }
        self
    }

    /// Hides what was said of a field up to here, or of what its office removed what is said no more. See
    /// [`schema::erasures::ValueRetracted`].
    pub fn retract(&mut self, field: RetractableField, reason: RetractionReason) {
        match reason {
            RetractionReason::PublishedByMistake
            | RetractionReason::ConsentWithdrawn
            | RetractionReason::PersonObjected
            | RetractionReason::Incorrect
            | RetractionReason::Ordered
            | RetractionReason::OtherLaw => self.hide_all(field),
            RetractionReason::RemovedByOffice => {
                let gone: Vec<String> = self.said_no_more(field).collect();
                gone.iter().for_each(|value| self.removed.insert(field, value.clone()));
                self.hidden.add(field, gone);
            }
        }
    }

    fn hide_all(&mut self, field: RetractableField) {
        self.removed.remove_field(field);
        self.hidden.add(field, self.earlier.of(field).chain(self.values().of(field)));
    }

    /// What was said of a field, is said no more, and is not hidden. What moved to another county says nothing any more.
    fn said_no_more(&self, field: RetractableField) -> impl Iterator<Item = String> {
        let (said, said_then) = match self.moved_to {
            None => (self.said.values(), Values::default()),
            Some(_) => (Values::default(), self.said.values()),
        };
        let ever = self.earlier.of(field).chain(said_then.of(field));
        ever.filter(move |value| !said.has(field, value) && !self.hidden.hides(field, value))
    }

    /// Whether its office has taken back a number that may be a person's, and it is still told of how things stood before.
    /// That does not go by what moved to another county: the registration that it became there says whether it is.
    pub fn took_back_a_number(&self) -> bool {
        let is_told = |number: &String| !self.hidden.hides(RetractableField::Phones, number);
        let mut earlier =
            self.earlier.of(RetractableField::Phones).filter(is_told).filter_map(|number| number.parse().ok());
        self.moved_to.is_none()
            && earlier.any(|number: Phone| number.may_be_personal() && !self.said.offer.phones.contains(&number))
    }

    /// What it says of the fields that can be retracted, and what of that it shows: a part of a merchant's terms.
    fn values(&self) -> Values {
        let mut values = self.said.values();
        if !self.hidden.is_empty() {
            values.add(Values::of_offer(&self.view().offer));
        }
        values
    }

    /// What is hidden of it.
    pub fn hidden(&self) -> &Hidden {
        &self.hidden
    }

    /// Whether it ever said anything of a field.
    pub fn ever_said(&self, field: RetractableField) -> bool {
        self.earlier.of(field).chain(self.said.values().of(field)).next().is_some()
    }

    /// The codes of where it is and of what it serves, as its office said them.
    pub fn codes(&self) -> impl Iterator<Item = AreaCode> {
        std::iter::once(self.said.offer.area).chain(self.said.offer.coverage.iter().copied())
    }

    /// Whether it says anything that its office sealed.
    pub fn is_sealed(&self) -> bool {
        !self.said.offer.sealed_phones.is_empty()
    }

    /// The registration in the directory's words.
    pub fn view(&self) -> Registered {
        let mut view = self.unhidden();
        if self.hidden.is_empty() {
            return view;
        }
        // A merchant's terms are hidden one by one, before they are put into words.
        if let Some(terms) = &self.said.terms {
            let clauses = terms.clauses();
            let is_shown = |clause: &String| !self.hidden.hides(RetractableField::Fees, clause);
            let shown: Vec<String> = clauses.iter().filter(|clause| is_shown(clause)).cloned().collect();
            if shown.len() < clauses.len() {
                view.offer.fees = joined(&shown);
                view.withhold(RetractableField::Fees);
            }
        }
        view.hide(&self.hidden);
        view
    }

    fn unhidden(&self) -> Registered {
        let mut offer = self.said.offer.clone();
        let withheld = withhold(&mut offer, self.said.clearance);
        Registered {
            id: self.id,
            office: self.office,
            registered_at: self.registered_at,
            said_at: self.said_at,
            transferred_from: self.came_from,
            scope: self.scope.clone(),
            standing: self.standing(),
            withheld,
            offer,
            registered_on: self.said.registered_on,
            source: self.said.source.clone(),
            doubts: self.said.doubts.clone(),
        }
    }

    fn standing(&self) -> Standing {
        if let Some(to) = self.moved_to {
            return Standing::MovedOut { to };
        }
        match (&self.withdrawn, &self.suspended, self.failed_inspection) {
            (Some(reason), _, _) => Standing::Withdrawn { reason: reason.clone() },
            (None, Some(reason), _) => Standing::Suspended(SuspendedBy::Clerk { reason: reason.clone() }),
            (None, None, Some(on)) => Standing::Suspended(SuspendedBy::Inspection { on }),
            (None, None, None) => Standing::InForce,
        }
    }
}

impl Said {
    /// What it says of the fields that can be retracted, value by value.
    fn values(&self) -> Values {
        let mut values = Values::of_offer(&self.offer);
        for clause in self.terms.iter().flat_map(Terms::clauses) {
            values.insert(RetractableField::Fees, clause);
        }
        values
    }
}

impl Clearance {
    fn cleared(self) -> Clearance {
        match self {
            Clearance::NotNeeded => Clearance::NotNeeded,
            Clearance::Awaited | Clearance::Given => Clearance::Given,
        }
    }
}

/// Takes out of an offer what may not be shown, and says what and why.
fn withhold(offer: &mut Offer, clearance: Clearance) -> Vec<Withheld> {
    match clearance {
        Clearance::NotNeeded | Clearance::Given => Vec::new(),
        Clearance::Awaited => {
            let because = NotShown::AwaitsClearance;
            let Eligibility { audiences, groups, .. } = &mut offer.eligibility;
            let (said, listed) = (audiences.len(), groups.len());
            audiences.retain(|audience| *audience != Audience::Children);
            // A group of which nobody can tell who is meant may be children.
            groups.retain_mut(|group| {
                let (named, unclear) =
                    (group.audiences.len(), group.audiences.is_empty() && group.conditions.is_empty());
                group.audiences.retain(|audience| *audience != Audience::Children);
                !unclear && (named == 0 || !group.audiences.is_empty())
            });
            // Child care by its category alone, addressed to nobody in particular, is work with children and nothing
            // else; so is what is left when no group is.
            let part = if audiences.is_empty() || (groups.is_empty() && listed > 0) {
                WithheldPart::Everything
            } else if audiences.len() < said || groups.len() < listed {
                WithheldPart::Audience(Audience::Children)
            } else {
                return Vec::new();
            };
            vec![Withheld { part, because }]
        }
    }
}
