//! What a group of registrations is shown as: which value of each field survives, and why. A pure function of the
//! group: it knows neither the merges that made it nor the order in which anything arrived.
//!
//! Only registrations in force speak. Between two that disagree, in this order:
//!
//! | field | rule |
//! | --- | --- |
//! | name | what most say; else the most complete; else the most recent |
//! | kind, category | what most say, words for everything not counted if there is another; else what the office says whose field it is; else the most recent |
//! | provider | the most recent credit code, under the name of the registration that gave it |
//! | phones | all, those that most say first, then the most recent first |
//! | address | the most complete, else the most recent |
//! | area | the most precise; then what most say; then the most recent |
//! | coverage | all, without what lies in another |
//! | eligibility | the most recent that says more than "everyone" |
//! | hours | the most recent that is understood; else the most recent that says anything |
//! | fees, capacity, documents | the most recent |
//! | vacancy | of the latest day, then the most recent |
//! | home visits, licence | what the clinics say: of visits the most recent, of licences the one that holds longest |

use crate::matching::model::VAGUE_CATEGORIES;
use offers::Registered;
use schema::licence::Licence;
use schema::limits::{self, json_bytes};
use schema::resource::{Field, FieldProvenance, LosingValue, MemberSource, NotShown, Provider, Resource, Rule};
use schema::{
    AreaCode, Audience, Category, Eligibility, EncodeError, Hours, Office, Phone, ResourceId, Vacancy, written,
};
use serde::Serialize;
use std::cmp::Reverse;

/// How many bytes of one resource the values may have that were not taken: a group may have any number of members.
const LOSING_BYTES: usize = limits::EVENT_BYTES / 4;

/// What a group comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is shown.
    Shown(Box<Resource>),
    /// Nobody in it still offers anything that may be shown: why not.
    Hidden(NotShown),
}

/// The id under which a group is shown: that of its earliest-registered member, withdrawn ones included. None for a
/// group of nobody.
pub fn head<'a>(group: impl IntoIterator<Item = &'a Registered>) -> Option<ResourceId> {
    group.into_iter().min_by_key(|member| member.seniority()).map(|member| ResourceId::of(member.id))
}

/// What a group comes to. None for a group of nobody.
///
/// # Errors
/// When a value cannot be written as it is.
pub fn outcome(group: &[&Registered]) -> Result<Option<Outcome>, EncodeError> {
    let Some(id) = head(group.iter().copied()) else { return Ok(None) };
    let mut members: Vec<&Registered> = group.iter().copied().filter(|member| member.not_shown().is_none()).collect();
    members.sort_by_key(|member| member.seniority());
    Ok(Some(match shown(id, &members)? {
        Some(resource) => Outcome::Shown(Box::new(resource)),
        None => Outcome::Hidden(why_hidden(group)),
    }))
}

/// The mildest of the reasons: one that is only suspended may come back.
fn why_hidden(group: &[&Registered]) -> NotShown {
    group.iter().filter_map(|member| member.not_shown()).min().unwrap_or(NotShown::Withdrawn)
}

/// The resource of these members, all in force, the senior first; none without members.
fn shown(id: ResourceId, members: &[&Registered]) -> Result<Option<Resource>, EncodeError> {
    let mut fields = Fields { members, provenance: Vec::new(), losing_bytes: 0, unwritable: None };
    let resource = put_together(id, members, &mut fields);
    match fields.unwritable {
        Some(unwritable) => Err(unwritable),
        None => Ok(resource.map(|resource| Resource { provenance: fields.provenance, ..resource })),
    }
}

/// The resource, but for where its values come from, which is in the fields.
fn put_together<'a>(id: ResourceId, members: &'a [&'a Registered], fields: &mut Fields<'a>) -> Option<Resource> {
    let name = fields.name()?;
    let (category, chose) = fields.category()?;
    let kind = fields.settle(Field::Kind, |member| member.offer.kind, chose.winner, chose.rule)?;
    let provider = fields.provider(&name)?;
    let phones = fields.phones();
    let address = fields.address();
    let area = fields.area()?;
    let coverage = fields.coverage(area);
    let eligibility = fields.eligibility()?;
    let hours = fields.hours()?;
    let fees = fields.most_recent(Field::Fees, |member| member.offer.fees.clone());
    let capacity = fields.most_recent(Field::Capacity, |member| member.offer.capacity);
    let vacancy = fields.vacancy();
    let said = |member: &Registered| Some(&member.offer.documents).filter(|said| !said.is_empty()).cloned();
    let documents = fields.most_recent(Field::Documents, said).unwrap_or_default();
    let home_visits = fields.home_visits();
    let licence = fields.licence();
    let sources =
        members.iter().map(|member| MemberSource { registration: member.id, office: member.office }).collect();
    Some(Resource {
        id,
        kind,
        name,
        category,
        provider,
        phones,
        address,
        area,
        coverage,
        eligibility,
        hours,
        fees,
        capacity,
        vacancy,
        documents,
        home_visits,
        licence,
        sources,
        provenance: Vec::new(),
    })
}

/// Which member won a field, and by which rule.
#[derive(Clone, Copy)]
struct Choice<'a> {
    winner: &'a Registered,
    rule: Rule,
}

struct Fields<'a> {
    members: &'a [&'a Registered],
    provenance: Vec<FieldProvenance>,
    /// How many bytes the values have that were not taken.
    losing_bytes: usize,
    /// The first value that cannot be written.
    unwritable: Option<EncodeError>,
}

impl<'a> Fields<'a> {
    /// Records the winner's value of a field, and what others said; gives the value.
    fn settle<T: PartialEq + Serialize>(
        &mut self,
        field: Field,
        value: impl Fn(&Registered) -> T,
        winner: &'a Registered,
        rule: Rule,
    ) -> Option<T> {
        self.settle_said(field, |member| Some(value(member)), winner, rule)
    }

    /// As `settle`, of a field that not every member says.
    fn settle_said<T: PartialEq + Serialize>(
        &mut self,
        field: Field,
        value: impl Fn(&Registered) -> Option<T>,
        winner: &'a Registered,
        rule: Rule,
    ) -> Option<T> {
        let won = value(winner)?;
        let said = self.members.iter().filter_map(|member| Some((*member, value(member)?)));
        let (mut speakers, mut losing, mut more_losing) = (0, Vec::new(), 0);
        for (member, said) in said {
            speakers += 1;
            if said == won {
                continue;
            }
            match self.losing(member, &said) {
                Ok(Some(value)) => losing.push(value),
                Ok(None) => more_losing += 1,
                Err(unwritable) => {
                    self.unwritable.get_or_insert(unwritable);
                }
            }
        }
        let rule = match (speakers, losing.is_empty() && more_losing == 0) {
            (1, _) => Rule::OnlyValue,
            (_, true) => Rule::Agreed,
            (_, false) => rule,
        };
        self.provenance.push(FieldProvenance { field, winner: Some(winner.id), rule, losing, more_losing });
        Some(won)
    }

    /// What a member said and was not taken; none when that would be too much for an event.
    fn losing<T: Serialize>(&mut self, member: &Registered, said: &T) -> Result<Option<LosingValue>, EncodeError> {
        let value = LosingValue { registration: member.id, value: written::json(said)? };
        let bytes = json_bytes(&value)?;
        if self.losing_bytes + bytes > LOSING_BYTES {
            return Ok(None);
        }
        self.losing_bytes += bytes;
        Ok(Some(value))
    }

    /// Records a value put together from several members.
    fn put_together<T: PartialEq>(&mut self, field: Field, value: impl Fn(&Registered) -> Vec<T>) {
        let speakers: Vec<&Registered> =
            self.members.iter().copied().filter(|member| !value(member).is_empty()).collect();
        let (winner, rule) = match speakers.as_slice() {
            [] => return,
            [only] => (Some(only.id), Rule::OnlyValue),
            [first, rest @ ..] if rest.iter().all(|other| value(other) == value(first)) => {
                (Some(first.id), Rule::Agreed)
            }
            [..] => (None, Rule::Union),
        };
        let (losing, more_losing) = (Vec::new(), 0);
        self.provenance.push(FieldProvenance { field, winner, rule, losing, more_losing });
    }

    /// The value of the member that said something most recently.
    fn most_recent<T: PartialEq + Serialize>(
        &mut self,
        field: Field,
        value: impl Fn(&Registered) -> Option<T>,
    ) -> Option<T> {
        let winner = latest(self.members.iter().copied().filter(|member| value(member).is_some()))?;
        self.settle_said(field, value, winner, Rule::MostRecent)
    }

    /// A name that was retracted is no name, unless nobody has another.
    fn name(&mut self) -> Option<String> {
        let named: Vec<&Registered> = self.members.iter().copied().filter(|member| member.is_named()).collect();
        let speakers = if named.is_empty() { self.members.to_vec() } else { named };
        let choice = match majority(&speakers, |member| &member.offer.name) {
            Some(winner) => Choice { winner, rule: Rule::Majority },
            None => {
                let length = |member: &Registered| member.offer.name.chars().count();
                let longest = speakers.iter().map(|member| length(member)).max()?;
                let complete: Vec<&Registered> =
                    speakers.iter().copied().filter(|member| length(member) == longest).collect();
                let rule =
                    if same(&complete, |member| &member.offer.name) { Rule::MostComplete } else { Rule::MostRecent };
                Choice { winner: latest(complete.iter().copied())?, rule }
            }
        };
        let winner = choice.winner;
        let said =
            |member: &Registered| (member.is_named() || member.id == winner.id).then(|| member.offer.name.clone());
        self.settle_said(Field::Name, said, winner, choice.rule)
    }

    fn category(&mut self) -> Option<(Category, Choice<'a>)> {
        let specific: Vec<&Registered> =
            self.members.iter().copied().filter(|member| !is_vague(&member.offer.category)).collect();
        let speakers = if specific.is_empty() { self.members.to_vec() } else { specific };
        let choice = match majority(&speakers, |member| &member.offer.category) {
            Some(winner) if speakers.len() > 1 => Choice { winner, rule: Rule::Majority },
            Some(winner) => Choice { winner, rule: Rule::MostSpecific },
            None => {
                let own_field = |member: &&Registered| authority(&member.offer.category) == Some(member.office);
                let in_charge = latest(speakers.iter().copied().filter(own_field));
                match in_charge {
                    Some(winner) => Choice { winner, rule: Rule::authority_of(winner.office) },
                    None => Choice { winner: latest(speakers.iter().copied())?, rule: Rule::MostRecent },
                }
            }
        };
        let category =
            self.settle(Field::Category, |member| member.offer.category.clone(), choice.winner, choice.rule)?;
        Some((category, choice))
    }

    fn provider(&mut self, name: &str) -> Option<Provider> {
        let provider = |member: &Registered| Provider {
            name: if member.is_named() { member.offer.name.clone() } else { name.to_owned() },
            credit_code: member.offer.credit_code.clone(),
        };
        let coded = self.members.iter().copied().filter(|member| member.offer.credit_code.is_some());
        match latest(coded) {
            Some(winner) => {
                let said = |member: &Registered| member.offer.credit_code.is_some().then(|| provider(member));
                self.settle_said(Field::Provider, said, winner, Rule::VerifiedCreditCode)
            }
            None => {
                let winner = self.members.iter().copied().find(|member| member.offer.name == name)?;
                self.settle(Field::Provider, provider, winner, Rule::AsName)
            }
        }
    }

    fn phones(&mut self) -> Vec<Phone> {
        self.put_together(Field::Phones, |member| member.offer.phones.clone());
        let mut order: Vec<&Registered> = self.members.to_vec();
        order.sort_by_key(|member| Reverse(member.recency()));
        let mut phones: Vec<Phone> = Vec::new();
        for phone in order.iter().flat_map(|member| &member.offer.phones) {
            if !phones.contains(phone) {
                phones.push(phone.clone());
            }
        }
        let said_by = |phone: &Phone| self.members.iter().filter(|member| member.offer.phones.contains(phone)).count();
        // Stable: of those that as many say, the most recent stays first.
        phones.sort_by_key(|phone| Reverse(said_by(phone)));
        phones
    }

    fn address(&mut self) -> Option<String> {
        let length = |member: &Registered| member.offer.address.as_ref().map(|address| address.chars().count());
        let longest = self.members.iter().filter_map(|member| length(member)).max()?;
        let complete = self.members.iter().copied().filter(|member| length(member) == Some(longest));
        let winner = latest(complete)?;
        self.settle_said(Field::Address, |member| member.offer.address.clone(), winner, Rule::MostComplete)
    }

    fn area(&mut self) -> Option<AreaCode> {
        let finest = self.members.iter().map(|member| member.offer.area.level()).max()?;
        let precise: Vec<&Registered> =
            self.members.iter().copied().filter(|member| member.offer.area.level() == finest).collect();
        let choice = if same(&precise, |member| &member.offer.area) {
            Choice { winner: latest(precise.iter().copied())?, rule: Rule::MostPrecise }
        } else {
            match majority(&precise, |member| &member.offer.area) {
                Some(winner) => Choice { winner, rule: Rule::Majority },
                None => Choice { winner: latest(precise.iter().copied())?, rule: Rule::MostRecent },
            }
        };
        self.settle(Field::Area, |member| member.offer.area, choice.winner, choice.rule)
    }

    /// What the members serve together. One that says nothing serves where it is.
    fn coverage(&mut self, area: AreaCode) -> Vec<AreaCode> {
        self.put_together(Field::Coverage, |member| member.offer.coverage.clone());
        let mut all: Vec<AreaCode> = self.members.iter().flat_map(|member| member.offer.coverage.clone()).collect();
        if all.is_empty() {
            all.push(area);
        }
        all.sort();
        all.dedup();
        let inside_another = |code: &AreaCode| all.iter().any(|other| other != code && other.contains(*code));
        all.iter().copied().filter(|code| !inside_another(code)).collect()
    }

    fn eligibility(&mut self) -> Option<Eligibility> {
        let specific = self.members.iter().copied().filter(|member| says_whom(&member.offer.eligibility));
        let spoken = self.members.iter().copied().filter(|member| !member.offer.eligibility.audiences.is_empty());
        let (winner, rule) = match latest(specific) {
            Some(winner) => (winner, Rule::MostRecentSpecific),
            None => (latest(spoken).or_else(|| latest(self.members.iter().copied()))?, Rule::MostRecent),
        };
        let said = |member: &Registered| {
            let eligibility = &member.offer.eligibility;
            (member.id == winner.id || *eligibility != Eligibility::default()).then(|| eligibility.clone())
        };
        self.settle_said(Field::Eligibility, said, winner, rule)
    }

    fn hours(&mut self) -> Option<Hours> {
        let known = self.members.iter().copied().filter(|member| member.offer.hours.is_known());
        let written = self.members.iter().copied().filter(|member| !member.offer.hours.text.is_empty());
        match (latest(known), latest(written)) {
            (Some(winner), _) => {
                let said = |member: &Registered| {
                    let hours = &member.offer.hours;
                    (hours.is_known() || !hours.text.is_empty()).then(|| hours.clone())
                };
                self.settle_said(Field::Hours, said, winner, Rule::MostRecentKnown)
            }
            (None, Some(winner)) => {
                let said = |member: &Registered| {
                    let hours = &member.offer.hours;
                    (!hours.text.is_empty()).then(|| hours.clone())
                };
                self.settle_said(Field::Hours, said, winner, Rule::MostRecent)
            }
            (None, None) => Some(Hours::default()),
        }
    }

    /// What is free changes by the day: the latest day counts, whoever says anything of it and whenever they did.
    fn vacancy(&mut self) -> Option<Vacancy> {
        let of = |member: &&Registered| member.offer.vacancy.map(|vacancy| (vacancy.as_of, member.recency()));
        let winner = self.members.iter().copied().filter(|member| of(member).is_some()).max_by_key(of)?;
        self.settle_said(Field::Vacancy, |member| member.offer.vacancy, winner, Rule::MostRecent)
    }

    fn home_visits(&mut self) -> Option<bool> {
        let said = |member: &&Registered| member.offer.home_visits.is_some();
        let of_clinics = self.members.iter().copied().filter(|member| member.office == Office::Clinic).filter(said);
        let (winner, rule) = match latest(of_clinics) {
            Some(winner) => (winner, Rule::authority_of(Office::Clinic)),
            None => (latest(self.members.iter().copied().filter(said))?, Rule::MostRecent),
        };
        self.settle_said(Field::HomeVisits, |member| member.offer.home_visits, winner, rule)
    }

    fn licence(&mut self) -> Licence {
        let needs_one = |member: &&Registered| member.offer.licence != Licence::NotRequired;
        let clinics = self.members.iter().copied().filter(|member| member.office == Office::Clinic).filter(needs_one);
        let winner = clinics.max_by_key(|member| match &member.offer.licence {
            Licence::Until { expires, .. } => (Some(*expires), member.recency()),
            Licence::NotRequired | Licence::Unknown { .. } => (None, member.recency()),
        });
        let Some(winner) = winner else { return Licence::NotRequired };
        let said = |member: &Registered| needs_one(&member).then(|| member.offer.licence.clone());
        self.settle_said(Field::Licence, said, winner, Rule::authority_of(Office::Clinic)).unwrap_or_default()
    }
}

fn latest<'a>(members: impl Iterator<Item = &'a Registered>) -> Option<&'a Registered> {
    members.max_by_key(|member| member.recency())
}

fn same<T: PartialEq>(members: &[&Registered], value: impl Fn(&Registered) -> &T) -> bool {
    members.windows(2).all(|two| match two {
        [one, other] => value(one) == value(other),
        [] | [_] | [_, _, ..] => true,
    })
}

/// The most recent of those who say what strictly more say than anything else.
fn majority<'a, T: PartialEq>(members: &[&'a Registered], value: impl Fn(&Registered) -> &T) -> Option<&'a Registered> {
    let votes = |member: &Registered| members.iter().filter(|other| value(other) == value(member)).count();
    let most = members.iter().map(|member| votes(member)).max()?;
    let winners: Vec<&Registered> = members.iter().copied().filter(|member| votes(member) == most).collect();
    same(&winners, &value).then(|| latest(winners.iter().copied())).flatten()
}

fn is_vague(category: &Category) -> bool {
    VAGUE_CATEGORIES.contains(&category.0.as_str())
}

/// Whether it says more than that it is for everyone.
fn says_whom(eligibility: &Eligibility) -> bool {
    let everyone = eligibility.audiences.is_empty() || eligibility.audiences == [Audience::All];
    let audiences = eligibility.audiences.clone();
    !everyone || *eligibility != Eligibility { audiences, ..Eligibility::default() }
}

/// The office whose field a category is.
fn authority(category: &Category) -> Option<Office> {
    match category.0.as_str() {
        "助医" | "康复护理" | "健康管理" | "短期托养" => Some(Office::Clinic),
        "助餐" | "助洁" | "助浴" | "助购" | "助行" | "便民服务" => Some(Office::Commerce),
        "儿童关爱" | "日间照料" | "精神慰藉" | "文体活动" => Some(Office::WomensFederation),
        "探访关爱" | "志愿服务" | "助急" => Some(Office::YouthLeague),
        // Categories are open: one that nobody here has heard of is nobody's field.
        _ => None,
    }
}

#[cfg(test)]
mod tests;
