//! Two registrations compared, field by field, and what speaks against any merge of them.

use super::PrivatePhone;
use super::address::{self, Agreement, House};
use super::model;
use super::name::{self, Name, one_character_apart, slip};
use super::place::{self, Place};
use super::service::{OneService, one_service};
use offers::Registered;
use schema::area_book::AreaBook;
use schema::decisions::{Compared, Comparison, Decider, Grounds, Level, Veto};
use schema::{Category, Office, Quote, RegistrationId, Schedule};
use std::sync::Arc;

/// What matching needs of a registration, computed once.
#[derive(Clone, PartialEq)]
pub struct Features {
    /// Whose features.
    pub id: RegistrationId,
    /// Who registered it.
    pub office: Office,
    /// Where it is; one for all that are there.
    pub place: Arc<Place>,
    /// Its name.
    pub name: Name,
    /// Its category.
    pub category: Category,
    /// Its numbers, those that its office sealed among them.
    pub phones: Vec<String>,
    /// Its address.
    pub house: Option<House>,
    /// Its credit code.
    pub credit_code: Option<String>,
    /// Its licence number, letters and digits only.
    pub licence: Option<String>,
    /// Its number in a register of its own.
    pub register_number: Option<String>,
    /// Its hours, as a text that is equal when they are.
    pub hours: Option<String>,
    is_named: bool,
    /// None in what is kept to be compared: few pairs come so far that anyone asks what was compared.
    shown: Option<Box<Shown>>,
}

/// The values as a steward should see them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    name: Option<String>,
    address: Option<String>,
    area: String,
    hours: Option<String>,
    phones: Vec<Quote>,
}

/// As grounds say it; nothing of nothing.
fn said(text: Option<&str>) -> Vec<Quote> {
    text.into_iter().map(|text| Quote::Said(text.to_owned())).collect()
}

impl Features {
    /// Reads a registration for matching, with those of its sealed numbers that could be opened.
    pub fn read(registered: &Registered, private: &[PrivatePhone], areas: &AreaBook) -> Features {
        Features::read_at(Arc::new(Features::place_of(registered, areas)), registered, private, areas)
    }

    /// Where a registration is. In a village this follows from its code alone.
    pub fn place_of(registered: &Registered, areas: &AreaBook) -> Place {
        let offer = &registered.offer;
        let [address, written] = [offer.address.as_deref().unwrap_or_default(), written(registered)];
        let texts = [offer.village_name.as_deref().unwrap_or_default(), address, written];
        place::locate(offer.area, &texts, areas)
    }

    /// Reads a registration whose place is known.
    pub fn read_at(place: Arc<Place>, registered: &Registered, private: &[PrivatePhone], areas: &AreaBook) -> Features {
        let offer = &registered.offer;
        let public = offer.phones.iter();
        let private = private.iter().filter(|phone| !offer.phones.contains(&phone.number));
        let address = offer.address.as_deref().unwrap_or_default();
        let written = written(registered);
        let name = name::read(written, &place);
        let house = address::read(address, &place);
        let hours = if offer.hours.is_known() {
            let mut schedules = offer.hours.schedules.clone();
            schedules.sort();
            Some(schedules.iter().map(same_schedule).collect())
        } else {
            let text = name::plain(&offer.hours.text);
            (!text.is_empty()).then_some(text)
        };
        Features {
            id: registered.id,
            office: registered.office,
            name,
            category: offer.category.clone(),
            phones: public
                .clone()
                .chain(private.clone().map(|phone| &phone.number))
                .map(|phone| phone.as_str().to_owned())
                .collect(),
            house,
            credit_code: offer.credit_code.clone(),
            licence: offer.licence.number().map(alphanumeric).filter(|n| !n.is_empty()),
            register_number: offer.register_number.as_deref().map(alphanumeric).filter(|n| !n.is_empty()),
            hours,
            is_named: !written.is_empty(),
            shown: Some(Box::new(Shown {
                name: Some(written.to_owned()).filter(|name| !name.is_empty()),
                address: offer.address.clone(),
                area: areas.name(offer.area).map_or_else(|| offer.area.to_string(), str::to_owned),
                hours: Some(offer.hours.text.clone()).filter(|text| !text.is_empty()),
                phones: public
                    .map(|phone| Quote::Said(phone.to_string()))
                    .chain(private.map(|phone| Quote::Sealed(phone.sealed.clone())))
                    .collect(),
            })),
            place,
        }
    }

    /// Without what is told of a comparison.
    #[must_use]
    pub fn untold(self) -> Features {
        Features { shown: None, ..self }
    }

    /// Its category, if that says what it does.
    pub fn specific_category(&self) -> Option<&Category> {
        Some(&self.category).filter(|category| !model::VAGUE_CATEGORIES.contains(&category.0.as_str()))
    }

    /// Whether it has a name to compare by.
    pub fn is_named(&self) -> bool {
        self.is_named
    }

    /// The nine characters by which a body is known inside its credit code (GB 32100, places 9 to 17).
    pub fn organisation(&self) -> Option<&str> {
        self.credit_code.as_deref().and_then(|code| code.get(8..17))
    }
}

/// The name to compare by. One that was retracted is no name.
fn written(registered: &Registered) -> &str {
    if registered.is_named() { registered.offer.name.as_str() } else { "" }
}

/// A schedule as a text that is the same when the schedule is.
fn same_schedule(schedule: &Schedule) -> String {
    let Schedule { rrule, dtstart, opens_at, duration_minutes, except, also, only, closed_on, lunar_days } = schedule;
    let days = dtstart.iter().chain(except).map(|day| format!(" {day}")).collect::<String>();
    let by_calendar = match (also.as_slice(), only, closed_on.as_slice(), lunar_days.as_slice()) {
        ([], None, [], []) => String::new(),
        _ => format!(" {also:?} {only:?} {closed_on:?} {lunar_days:?}"),
    };
    format!("{rrule} {opens_at} {duration_minutes} {}{days}{by_calendar};", dtstart.is_some())
}

/// Upper-case letters and digits alone.
fn alphanumeric(text: &str) -> String {
    name::plain(text).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// What is to become of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Nothing.
    Leave,
    /// A steward is asked.
    Propose,
    /// Merged by rule.
    Merge,
}

/// A pair, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The two, smaller id first.
    pub pair: [RegistrationId; 2],
    /// The sum of prior and weights, in bits.
    pub weight: f64,
    /// The comparisons.
    pub comparisons: Vec<Comparison>,
    /// What forbids it, if anything.
    pub veto: Option<Veto>,
    /// What follows.
    pub band: Band,
}

impl Evidence {
    /// The grounds of a decision by `decider` on this evidence.
    pub fn grounds(&self, decider: Decider, reason: Option<String>) -> Grounds {
        Grounds {
            probability: Some(model::probability(self.weight)),
            weight: Some(self.weight),
            comparisons: self.comparisons.clone(),
            model: model::VERSION.to_owned(),
            decided_by: decider,
            on_behalf_of: None,
            reason,
        }
    }
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum NameLevel {
    Different,
    OfAKind,
    Akin,
    ButForTown,
    Close,
    ButForForm,
    Same,
    Exact,
}

impl NameLevel {
    fn level(self) -> Level {
        match self {
            NameLevel::Different => Level::Different,
            NameLevel::OfAKind => Level::OfAKind,
            NameLevel::Akin => Level::Similar,
            NameLevel::ButForTown => Level::SameButForTown,
            NameLevel::Close => Level::Close,
            NameLevel::ButForForm => Level::SameButForForm,
            NameLevel::Same => Level::Same,
            NameLevel::Exact => Level::Exact,
        }
    }

    /// Whether the names are one, as far as anyone could write it.
    fn is_one_name(self) -> bool {
        self >= NameLevel::ButForTown
    }
}

/// Judges a pair. Does not depend on the order of the two.
pub fn judge(one: &Features, other: &Features) -> Evidence {
    weigh(one, other, Tally { weight: model::PRIOR, comparisons: Some(Vec::new()) })
}

/// What is to become of a pair, without the reasons: most pairs that blocking lets through are left, and nobody asks
/// why.
pub fn band(one: &Features, other: &Features) -> Band {
    weigh(one, other, Tally { weight: model::PRIOR, comparisons: None }).band
}

fn weigh(one: &Features, other: &Features, mut tally: Tally) -> Evidence {
    let (left, right) = if one.id <= other.id { (one, other) } else { (other, one) };
    let both = [left, right];

    let (area_level, area_weight) = match (left.place.village, right.place.village) {
        (Some(a), Some(b)) if a == b => (Level::SameVillage, model::SAME_VILLAGE),
        (Some(_), Some(_)) => (Level::AnotherVillage, model::OTHER_VILLAGE),
        (None | Some(_), None) | (None, Some(_))
            if left.place.town.is_some() && left.place.town == right.place.town =>
        {
            (Level::SameTown, model::SAME_TOWN)
        }
        (None | Some(_), None) | (None, Some(_)) => (Level::AnotherTown, model::OTHER_VILLAGE),
    };
    tally.add(both, Compared::Area, area_level, area_weight, |_, shown| said(Some(&shown.area)));

    let are_named = both.iter().all(|of| of.is_named());
    let name_level = if are_named { name_level(&left.name, &right.name) } else { NameLevel::Different };
    let (level, name_weight) = match are_named {
        true => (name_level.level(), name_weight(name_level, &left.name, &right.name)),
        false => (Level::Missing, 0.0),
    };
    tally.add(both, Compared::Name, level, name_weight, |_, shown| said(shown.name.as_deref()));

    let (category_level, category_weight) = category(left, right, name_level);
    tally.add(both, Compared::Category, category_level, category_weight, |of, _| said(Some(&of.category.0)));

    let (office_level, office_weight) = if left.office == right.office {
        (Level::Same, model::SAME_OFFICE)
    } else {
        (Level::Different, model::TWO_OFFICES)
    };
    tally.add(both, Compared::Office, office_level, office_weight, |of, _| said(Some(of.office.category())));

    let house = left.house.as_ref().zip(right.house.as_ref()).map(|(a, b)| address::compare(a, b));
    let (phone_level, phone_weight) = phones(&left.phones, &right.phones, house);
    tally.add(both, Compared::Phones, phone_level, phone_weight, |_, shown| shown.phones.clone());

    let (address_level, address_weight) = match house {
        None => (Level::Missing, 0.0),
        Some(Agreement::Same) => (Level::SameHouse, model::ADDRESS_SAME),
        Some(Agreement::SamePlace) => (Level::SamePlace, model::ADDRESS_SAME_PLACE),
        Some(Agreement::Unclear) => (Level::Unclear, 0.0),
        Some(Agreement::Different) => (Level::Different, model::ADDRESS_DIFFERENT),
    };
    tally.add(both, Compared::Address, address_level, address_weight, |_, shown| said(shown.address.as_deref()));

    let (body_level, body_weight) = body(left, right);
    tally.add(both, Compared::RegisteredBody, body_level, body_weight, |of, _| {
        said(of.credit_code.as_deref().or(of.licence.as_deref()))
    });

    let (hours_level, hours_weight) = match (&left.hours, &right.hours) {
        (Some(a), Some(b)) if a == b => (Level::Same, model::HOURS_SAME),
        (Some(_), Some(_)) => (Level::Different, model::HOURS_DIFFERENT),
        (None | Some(_), None) | (None, Some(_)) => (Level::Missing, 0.0),
    };
    tally.add(both, Compared::Hours, hours_level, hours_weight, |_, shown| said(shown.hours.as_deref()));

    let hotline = phone_level == Level::Same && house == Some(Agreement::Different) && !name_level.is_one_name();
    let service = one_service(&[left], &[right]);
    let veto = if area_weight == model::OTHER_VILLAGE {
        Some(Veto::AnotherVillage)
    } else if left.name.ordinal.unwrap_or(1) != right.name.ordinal.unwrap_or(1) {
        Some(Veto::NumberedSiblings)
    } else if left.name.branch != right.name.branch {
        Some(Veto::BranchAndParent)
    } else if hotline {
        Some(Veto::SharedHotline)
    } else if service == OneService::Apart {
        Some(Veto::ToldApart)
    } else {
        None
    };
    if let Some(veto) = veto {
        tally.add(both, Compared::Veto, veto.level(), model::VETO, |_, _| Vec::new());
    }

    let probability = model::probability(tally.weight);
    // Neighbours take names a character off one another; whoever writes one name wrong has its number right.
    let neighbours = name_level == NameLevel::Close && phone_level == Level::Different;
    // What is true of every merge by rule, so that no chain of them can join what a veto keeps apart: one known
    // village, one number among siblings, both branches or neither, one name, and one category as far as it says one.
    let provable =
        area_level == Level::SameVillage && name_level.is_one_name() && !neighbours && service == OneService::Possible;
    let band = if veto.is_some() || probability < model::PROPOSE_FROM {
        Band::Leave
    } else if provable && probability >= model::MERGE_FROM {
        Band::Merge
    } else {
        Band::Propose
    };
    Evidence {
        pair: [left.id, right.id],
        weight: tally.weight,
        comparisons: tally.comparisons.unwrap_or_default(),
        veto,
        band,
    }
}

struct Tally {
    weight: f64,
    /// None where nobody wants to know.
    comparisons: Option<Vec<Comparison>>,
}

impl Tally {
    /// Adds the outcome of a comparison; `value` gives what was compared of each of the two.
    fn add(
        &mut self,
        both: [&Features; 2],
        comparison: Compared,
        level: Level,
        weight: f64,
        value: impl Fn(&Features, &Shown) -> Vec<Quote>,
    ) {
        self.weight += weight;
        if let Some(comparisons) = &mut self.comparisons {
            let [left, right] = both.map(|of| of.shown.as_deref().map(|shown| value(of, shown)).unwrap_or_default());
            comparisons.push(Comparison { comparison, level, weight, left, right });
        }
    }
}

fn name_level(one: &Name, other: &Name) -> NameLevel {
    if one.bare == other.bare {
        return if one.names_town != other.names_town {
            NameLevel::ButForTown
        } else if one.misspells_village != other.misspells_village {
            NameLevel::Close
        } else if one.form.zip(other.form).is_some_and(|(a, b)| a != b) {
            NameLevel::ButForForm
        } else if one.plain == other.plain {
            NameLevel::Exact
        } else {
            NameLevel::Same
        };
    }
    let long_enough = |a: &[char], b: &[char]| a.len().min(b.len()) >= 3;
    let close = |a: &[char], b: &[char]| long_enough(a, b) && slip(a, b);
    // A village of two characters misspelt in one of the names alone is still in it: compare both with the village.
    let misspelt_village = one.names_village != other.names_village && close(&one.with_village, &other.with_village);
    if misspelt_village
        || (!makes_another_word(one, other)
            && (close(&one.bare, &other.bare)
                || close(&one.full, &other.full)
                || one.sound == other.sound
                || close(&one.sound, &other.sound)))
    {
        return NameLevel::Close;
    }
    let contains = |long: &[char], short: &[char]| long.windows(short.len().max(1)).any(|part| part == short);
    let unknown = one.trades.is_empty() || other.trades.is_empty();
    match (&*one.own, &*other.own) {
        ([], _) | (_, []) if unknown || one.trades == other.trades => NameLevel::OfAKind,
        ([], _) | (_, []) => NameLevel::Different,
        _ if !unknown && one.trades.is_disjoint(other.trades) => NameLevel::Different,
        (a, b) if a == b || slip(a, b) || contains(a, b) || contains(b, a) => NameLevel::Akin,
        // Of two characters one alone makes another name (益民, 惠民).
        (a, b) if long_enough(a, b) && one_character_apart(a, b) => NameLevel::Akin,
        (_, _) => NameLevel::Different,
    }
}

/// Whether each holds a word of a trade that the other does not: a slip makes no other word, except of a part of it.
fn makes_another_word(one: &Name, other: &Name) -> bool {
    let part = |a: &str, b: &str| a.contains(b) || b.contains(a);
    let only = |of: &Name, not_of: &Name| of.words.iter().any(|word| !not_of.words.iter().any(|w| part(w, word)));
    only(one, other) && only(other, one)
}

fn name_weight(level: NameLevel, one: &Name, other: &Name) -> f64 {
    // A slip in a word of its trade looks like something of its own.
    let common = one.own.is_empty() || other.own.is_empty();
    let same = if common { model::NAME_SAME_COMMON } else { model::NAME_SAME };
    match level {
        NameLevel::Exact => same + model::NAME_TO_THE_CHARACTER,
        NameLevel::Same => same,
        NameLevel::ButForForm => same + model::NAME_OTHER_FORM,
        NameLevel::Close if common => model::NAME_CLOSE_COMMON,
        NameLevel::Close => model::NAME_CLOSE,
        NameLevel::ButForTown => model::NAME_BUT_FOR_TOWN,
        NameLevel::Akin => model::NAME_AKIN,
        NameLevel::OfAKind => model::NAME_OF_A_KIND,
        NameLevel::Different => model::NAME_DIFFERENT,
    }
}

fn category(one: &Features, other: &Features, name: NameLevel) -> (Level, f64) {
    if one.category == other.category {
        (Level::Same, if name.is_one_name() { model::CATEGORY_SAME_AS_NAMED } else { model::CATEGORY_SAME })
    } else if one.specific_category().is_none() || other.specific_category().is_none() {
        (Level::Vague, model::CATEGORY_VAGUE)
    } else {
        (
            Level::Different,
            if name.is_one_name() { model::CATEGORY_DIFFERENT_AS_NAMED } else { model::CATEGORY_DIFFERENT },
        )
    }
}

fn phones(one: &[String], other: &[String], house: Option<Agreement>) -> (Level, f64) {
    if one.is_empty() || other.is_empty() {
        return (Level::Missing, 0.0);
    }
    if one.iter().any(|number| other.contains(number)) {
        let weight = match house {
            Some(Agreement::Same | Agreement::SamePlace) => model::PHONE_SAME_UNDER_ONE_ROOF,
            Some(Agreement::Different) => model::PHONE_SAME_AT_ANOTHER_HOUSE,
            Some(Agreement::Unclear) | None => model::PHONE_SAME,
        };
        return (Level::Same, weight);
    }
    let digit_apart =
        |a: &str, b: &str| a.len() == b.len() && a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).count() == 1;
    if one.iter().any(|a| other.iter().any(|b| digit_apart(a, b))) {
        return (Level::OneDigitApart, model::PHONE_CLOSE);
    }
    (Level::Different, model::PHONE_DIFFERENT)
}

/// Whether both are of one registered body, by credit code, by licence, or by the one holding the other's number.
fn body(one: &Features, other: &Features) -> (Level, f64) {
    if let (Some(a), Some(b)) = (&one.credit_code, &other.credit_code) {
        return if a == b {
            (Level::SameCreditCode, model::BODY_SAME)
        } else {
            (Level::DifferentCreditCode, model::BODY_DIFFERENT)
        };
    }
    let registers = one.register_number.as_ref().zip(other.register_number.as_ref());
    if registers.is_some_and(|(a, b)| a == b) {
        return (Level::SameRegisterNumber, model::REGISTER_NUMBER_SAME);
    }
    if let (Some(a), Some(b)) = (&one.licence, &other.licence) {
        return if a == b {
            (Level::SameLicence, model::BODY_SAME)
        } else {
            (Level::DifferentLicence, model::LICENCE_DIFFERENT)
        };
    }
    let holds = |licensed: &Features, coded: &Features| {
        licensed.licence.as_deref().zip(coded.organisation()).is_some_and(|(licence, body)| licence.contains(body))
    };
    if holds(one, other) || holds(other, one) {
        return (Level::LicenceOfTheCreditCode, model::BODY_SAME);
    }
    (Level::Missing, 0.0)
}

#[cfg(test)]
mod tests;
