//! Which pairs are worth comparing: those that share a key.
//!
//! Two of one village come to a threshold only by something that both say: a name that is one but for a slip, a number,
//! a house, a yard, a registered body. Each of these is a key, and nothing else is: neither a category nor a trade, which
//! half a village shares, carries a pair that has none of them ([`super::model`]). A key therefore has few members, however
//! many registrations a village has; one that has more than [`MOST`] tells nothing apart and is passed over, which the
//! centre says (`huiju_center_keys_too_common`).
//!
//! Every key holds a place: the village, or the town of what is known no closer than that. No service is in two villages,
//! so one of a village is looked for there and among those of its town whose village is not known.

use super::compare::Features;
use super::name::{Name, sounds};
use schema::AreaCode;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// So many registrations may share a key before it says nothing.
pub const MOST: usize = 256;
/// The shortest text in which one character left out is a slip.
const SHORTEST: usize = 3;
/// The longest: what is longer is no name that anyone wrote, and has a key for each of its characters.
const LONGEST: usize = 48;
/// Village names that are shorter are not found where they are misspelt ([`super::name`]).
const SHORT_VILLAGE: usize = 3;

/// Something that two registrations of one thing are likely to share, as a digest: two that share one by chance are
/// compared for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(u32);

/// What a key is about, without its place.
#[derive(Hash)]
enum Said<'f> {
    /// What the service is called.
    Name(&'f [char]),
    /// A name as it sounds, whole or with one character left out: a slip leaves one of these as it was.
    Sound(&'f [char]),
    /// A name behind the village's, in the same way: the village may be what is misspelt.
    Behind(&'f [char]),
    /// A number to call.
    Phone(&'f str),
    /// The number of a house, without what says where in it.
    House(&'f str),
    /// A place without a number.
    Yard(&'f [char]),
    /// A credit code, a licence or a number in a register.
    Body(&'f str),
}

/// The keys under which a registration is found. One whose place is not even a town has none, and is matched with nothing.
pub fn keys(features: &Features) -> Vec<Key> {
    let place = features.place.village.or(features.place.town);
    place.map(|place| keys_in(features, place)).unwrap_or_default()
}

/// The keys under which to look for what may be one with a registration: its own, and where a place is known only by its
/// town, those of the other villages of it. `villages` are those in which anything is registered.
pub fn sought(features: &Features, villages: &BTreeSet<AreaCode>) -> Vec<Key> {
    let Some(town) = features.place.town else { return Vec::new() };
    let mut keys = keys(features);
    if features.place.village.is_some() {
        keys.extend(keys_in(features, town));
    } else {
        let inside = villages.range(town..).take_while(|village| town.contains(**village));
        keys.extend(inside.flat_map(|village| keys_in(features, *village)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn keys_in(features: &Features, place: AreaCode) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut add = |said: Said<'_>| {
        let mut hasher = DefaultHasher::new();
        (place, said).hash(&mut hasher);
        // The upper half of a good digest is as good as any.
        keys.push(Key(u32::try_from(hasher.finish() >> 32).unwrap_or_default()));
    };
    features.phones.iter().for_each(|phone| add(Said::Phone(phone)));
    let bodies =
        [features.organisation(), features.licence.as_deref().and_then(tail), features.register_number.as_deref()];
    bodies.into_iter().flatten().for_each(|body| add(Said::Body(body)));
    if features.is_named() {
        add(Said::Name(&features.name.bare));
    }
    // Elsewhere than in a village that both are known to be in, a slip or a house is too little.
    if features.place.village == Some(place) {
        if let Some(house) = &features.house {
            match house.number.as_deref() {
                Some(number) => add(Said::House(number.split('-').next().unwrap_or(number))),
                None => add(Said::Yard(&house.street)),
            }
        }
        if features.is_named() {
            slips(&features.name, features.place.village_core.chars().count(), add);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys of a name that one with a slip in it has as well.
fn slips(name: &Name, village: usize, mut add: impl FnMut(Said<'_>)) {
    let full = sounds(&name.full);
    each_but_one(&name.sound, |text| add(Said::Sound(text)));
    if full != *name.sound {
        each_but_one(&full, |text| add(Said::Sound(text)));
    }
    let bare = sounds(&name.bare);
    if bare != *name.sound && bare != full {
        each_but_one(&bare, |text| add(Said::Sound(text)));
    }
    if village < SHORT_VILLAGE || !name.names_village {
        each_but_one(&sounds(&name.with_village), |text| add(Said::Behind(text)));
    }
}

/// A text, and what is left of it without any one of its characters.
fn each_but_one(text: &[char], mut each: impl FnMut(&[char])) {
    each(text);
    if !(SHORTEST..=LONGEST).contains(&text.len()) {
        return;
    }
    let mut rest: Vec<char> = text.iter().skip(1).copied().collect();
    each(&rest);
    for (left_out, back) in text.iter().enumerate().map(|(at, back)| (at, *back)).take(rest.len()) {
        if let Some(place) = rest.get_mut(left_out) {
            *place = back;
            each(&rest);
        }
    }
}

/// The nine characters at the end of a licence number, where it holds those of a credit code.
fn tail(licence: &str) -> Option<&str> {
    licence.get(licence.len().checked_sub(9)?..)
}
