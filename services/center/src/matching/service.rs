//! A resource is one service. A station where one eats, bathes and spends the day is three, and nobody finds the bath under
//! meals. So two categories that each say what is done are joined by a steward at most, and only if two offices say them; a
//! word for everything, such as "convenience services", may be joined by rule with what another office calls the same place.

use super::Features;

/// Whether registrations can be of one service, by their categories. The least comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OneService {
    /// One office registered them under two categories that each say what is done: it tells them apart itself.
    Apart,
    /// Two offices call it by two such categories, or one office by one of them and by a word for everything: a matter of
    /// opinion or of substance, which only a person can tell.
    Doubtful,
    /// One category, or another office's word for everything beside it.
    Possible,
}

/// What the categories say of joining some registrations with some others: as much as those two of them say that fit worst.
pub fn one_service(ours: &[&Features], theirs: &[&Features]) -> OneService {
    let pairs = ours.iter().flat_map(|one| theirs.iter().map(|other| of_two(one, other)));
    pairs.min().unwrap_or(OneService::Possible)
}

fn of_two(one: &Features, other: &Features) -> OneService {
    let is_one_office = one.office == other.office;
    if one.category == other.category {
        OneService::Possible
    } else if one.specific_category().is_some() && other.specific_category().is_some() {
        if is_one_office { OneService::Apart } else { OneService::Doubtful }
    } else if is_one_office {
        OneService::Doubtful
    } else {
        OneService::Possible
    }
}
