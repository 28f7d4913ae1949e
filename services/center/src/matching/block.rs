//! Which pairs are worth comparing: those that share a key. Every key holds a place, so that the work grows with the
//! registrations and not with their square.

use super::compare::Features;
use schema::AreaCode;

/// Something that two registrations of one thing are likely to share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A category in a village.
    Category(AreaCode, String),
    /// A trade that a name speaks of, in a village.
    Trade(AreaCode, usize),
    /// A bare name in a town.
    Name(AreaCode, String),
    /// A number in a town.
    Phone(AreaCode, String),
    /// A house in a village.
    House(AreaCode, String),
    /// A credit code or licence in a town.
    Body(AreaCode, String),
}

/// The keys of a registration. One whose place is not even a town has none, and is matched with nothing.
pub fn keys(features: &Features) -> Vec<Key> {
    let mut keys = Vec::new();
    let Some(town) = features.place.town else { return keys };
    if features.is_named() {
        keys.push(Key::Name(town, features.name.bare.iter().collect()));
    }
    keys.extend(features.phones.iter().map(|phone| Key::Phone(town, phone.clone())));
    let bodies =
        [features.organisation(), features.licence.as_deref().and_then(tail), features.register_number.as_deref()];
    keys.extend(bodies.into_iter().flatten().map(|body| Key::Body(town, body.to_owned())));
    if let Some(village) = features.place.village {
        keys.push(Key::Category(village, features.category.0.clone()));
        keys.extend(features.name.trades.iter().map(|trade| Key::Trade(village, *trade)));
        if let Some(number) = features.house.as_ref().and_then(|house| house.number.clone()) {
            keys.push(Key::House(village, number));
        }
    }
    keys
}

/// The nine characters at the end of a licence number, where it holds those of a credit code.
fn tail(licence: &str) -> Option<&str> {
    licence.get(licence.len().checked_sub(9)?..)
}
