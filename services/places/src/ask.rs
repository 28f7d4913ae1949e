//! Asking the index.

use crate::index::{Bearer, NameSort, Places};
use crate::sound;
use crate::written::{self, behind_endings, core, endings};
use fst::{IntoStreamer as _, Streamer as _};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use memchr::memmem;
use schema::{AreaCode, AreaLevel};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

/// The longest text that is looked for, in characters; of a longer one nothing is found. No division's name with all above it is
/// half as long.
pub const LONGEST: usize = 100;

/// How many divisions one way of matching looks at: what more share is too vague to say which is meant.
const LOOKED_AT: usize = 20_000;

/// How many ways there may be of taking the beginning of a text for the name of a division above.
const CHAINS: usize = 32;

/// In how many of these a name is looked for in ways that look at all names.
const THOROUGHLY: usize = 3;

/// How many divisions a beginning may mean.
const MEANT: usize = 256;

/// How a name was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manner {
    /// It is what was asked for, but for the words that say of which sort it is.
    Exact,
    /// What was asked for is its pinyin.
    Pinyin,
    /// What was asked for is its initials.
    Initials,
    /// It begins with what was asked for.
    Prefix,
    /// Its pinyin does.
    PinyinPrefix,
    /// Its initials do.
    InitialsPrefix,
    /// It contains what was asked for.
    Contained,
    /// It sounds as what was asked for.
    Homophone,
    /// It is one slip away.
    NearSpelling,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What somebody typed.
    pub text: &'a str,
    /// Only in this division.
    pub within: Option<AreaCode>,
    /// Of what fits equally, the nearest to this one first.
    pub near: Option<AreaCode>,
    /// How many at most.
    pub most: usize,
}

/// A division that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its code.
    pub code: AreaCode,
    /// How.
    pub manner: Manner,
    /// By which of its names.
    pub sort: NameSort,
    /// That name, as names are compared.
    pub name: String,
}

/// How well a division fits; the least is the best.
type Fit = (Manner, bool, u8, NameSort, u8, AreaLevel, AreaCode);

/// What is left of a text behind the names of divisions above, and in which of these.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rest<'t> {
    text: &'t str,
    within: Option<Vec<Above>>,
}

/// A division that a beginning means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Above {
    code: AreaCode,
    /// Whether it lay in what the beginning names, and may be meant itself by what stands behind.
    is_part: bool,
}

impl Above {
    fn has(self, code: AreaCode) -> bool {
        self.code.contains(code) && (self.is_part || self.code != code)
    }
}

/// The endings of divisions in pinyin, and by initials.
static SPOKEN_ENDINGS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let spoken = endings().map(|ending| {
        let reading = sound::reading(ending);
        let initials = reading.initials();
        (reading.letters, initials)
    });
    spoken.collect::<BTreeSet<_>>().into_iter().collect()
});

/// The peoples after whom divisions are named, in pinyin.
static SPOKEN_PEOPLES: LazyLock<Vec<String>> =
    LazyLock::new(|| written::peoples().map(|people| sound::reading(people).letters).collect());

impl Places {
    /// The divisions that fit what is asked for, the best first.
    pub fn find(&self, asked: &Asked<'_>) -> Vec<Found> {
        // A text may only grow when it is made normal by a few characters that stand for several.
        if asked.text.chars().nth(4 * LONGEST).is_some() {
            return Vec::new();
        }
        let text = written::normal(asked.text);
        if text.is_empty() || text.chars().nth(LONGEST).is_some() {
            return Vec::new();
        }
        let mut search = Search { places: self, asked, found: HashMap::new() };
        search.run(&text);
        search.best()
    }
}

struct Search<'p, 'a> {
    places: &'p Places,
    asked: &'a Asked<'a>,
    found: HashMap<AreaCode, (Fit, u32, &'p str)>,
}

impl<'p> Search<'p, '_> {
    fn run(&mut self, text: &str) {
        let is_han = written::has_han(text);
        let mut rests = vec![Rest { text, within: None }];
        self.chains(text, None, is_han, &mut rests);
        let manners: &[Manner] = if is_han {
            &[Manner::Exact, Manner::Prefix, Manner::Contained, Manner::Homophone, Manner::NearSpelling]
        } else {
            // Names in letters are few, but there are some.
            &[
                Manner::Exact,
                Manner::Pinyin,
                Manner::Initials,
                Manner::Prefix,
                Manner::PinyinPrefix,
                Manner::InitialsPrefix,
                Manner::NearSpelling,
            ]
        };
        for manner in manners {
            if *manner == Manner::NearSpelling && self.is_known(&[Manner::Exact, Manner::Pinyin, Manner::Initials]) {
                break;
            }
            let looks_at_all = matches!(manner, Manner::Contained | Manner::NearSpelling);
            let most = if looks_at_all { THOROUGHLY } else { rests.len() };
            for rest in rests.iter().take(most) {
                self.by(*manner, rest);
            }
            // Who writes out where it lies, and what it is called, means that.
            let is_written_out = self.found.values().any(|(fit, ..)| fit.0 <= Manner::Pinyin && fit.1);
            if self.found.len() >= self.asked.most || is_written_out {
                break;
            }
        }
    }

    fn is_known(&self, manners: &[Manner]) -> bool {
        self.found.values().any(|(fit, ..)| manners.contains(&fit.0))
    }

    fn by(&mut self, manner: Manner, rest: &Rest<'_>) {
        let text = rest.text;
        match manner {
            Manner::Exact => self.called(core(text), manner, rest),
            Manner::Prefix => self.all(self.places.beginning_with(text), manner, rest),
            Manner::Contained => self.containing(text, rest),
            Manner::Pinyin => {
                for text in without_spoken_endings(text) {
                    self.all(self.places.sounds.of(text).iter().copied(), manner, rest);
                }
            }
            Manner::Initials => {
                for text in without_initials_of_endings(text) {
                    self.all(self.places.initials.of(text).iter().copied(), manner, rest);
                }
            }
            Manner::PinyinPrefix => self.keys_beginning(&self.places.sounds, text, manner, rest),
            Manner::InitialsPrefix => self.keys_beginning(&self.places.initials, text, manner, rest),
            Manner::Homophone => {
                // Of a text in characters, the last part may be in pinyin.
                let manner = if written::has_han(text) { manner } else { Manner::Pinyin };
                for core in heard_cores(text) {
                    for reading in sound::readings(core) {
                        self.all(self.places.sounds.of(&reading.letters).iter().copied(), manner, rest);
                    }
                }
            }
            Manner::NearSpelling => self.one_slip_away(rest),
        }
    }

    fn called(&mut self, name: &str, manner: Manner, rest: &Rest<'_>) {
        let known = self.places.names.get(name).and_then(|name| u32::try_from(name).ok());
        self.all(known, manner, rest);
    }

    fn containing(&mut self, text: &str, rest: &Rest<'_>) {
        if text.chars().nth(1).is_none() {
            return;
        }
        let places = self.places;
        let mut last = None;
        let names = memmem::find_iter(places.text.as_bytes(), text).map(|at| places.name_at(at));
        let names = names.filter(move |name| last.replace(*name) != Some(*name));
        self.all(names, Manner::Contained, rest);
    }

    fn keys_beginning(&mut self, keys: &'p crate::index::Keys, text: &str, manner: Manner, rest: &Rest<'_>) {
        let mut names = Vec::new();
        let mut stream = keys.map.range().ge(text).into_stream();
        while let Some((key, value)) = stream.next() {
            if !key.starts_with(text.as_bytes()) || names.len() > LOOKED_AT {
                break;
            }
            names.extend_from_slice(keys.names(value));
        }
        self.all(names, manner, rest);
    }

    fn one_slip_away(&mut self, rest: &Rest<'_>) {
        let places = self.places;
        // Where it lies may be a chance: what is left of the text must say enough by itself.
        let least = if rest.within.is_some() { 6 } else { 5 };
        let mut names = Vec::new();
        if written::has_han(rest.text) {
            names.extend(self.names_one_slip_from(core(rest.text)));
            // The slip may be in what says of which sort it is.
            if let Some(name) = before_an_ending_with_a_slip(rest.text) {
                names.extend(places.names.get(name).and_then(|name| u32::try_from(name).ok()));
            }
        } else {
            let shortest = without_spoken_endings(rest.text).pop().filter(|shortest| shortest.len() < rest.text.len());
            for letters in [Some(rest.text), shortest].into_iter().flatten().filter(|letters| letters.len() >= least) {
                let mut stream = places.sounds.map.search(one_slip(letters)).into_stream();
                while let Some((_, value)) = stream.next() {
                    names.extend_from_slice(places.sounds.names(value));
                }
            }
        }
        self.all(names, Manner::NearSpelling, rest);
    }

    /// The names of characters that are one slip away: one half of such a name is as it should be, and stands at its beginning or its
    /// end.
    fn names_one_slip_from(&self, name: &str) -> Vec<u32> {
        let places = self.places;
        let length = name.chars().count();
        let Some((half, _)) = name.char_indices().nth(length / 2).filter(|_| length > 2) else { return Vec::new() };
        let (first, second) = name.split_at(half);
        let slips = one_slip(name);
        let at_the_end = format!("{second}\n");
        let ending = memmem::find_iter(places.text.as_bytes(), &at_the_end).map(|at| places.name_at(at));
        let candidates = places.beginning_with(first).chain(ending);
        let fits = |name: &u32| matches!(slips.eval(places.name(*name)), Distance::Exact(_));
        candidates.filter(fits).collect()
    }

    /// Takes in the divisions that have some names.
    fn all(&mut self, names: impl IntoIterator<Item = u32>, manner: Manner, rest: &Rest<'_>) {
        let mut looked_at = 0;
        for name in names {
            for bearer in self.places.bearers(name) {
                looked_at += 1;
                self.take(name, bearer, manner, rest);
            }
            if looked_at > LOOKED_AT {
                return;
            }
        }
    }

    fn take(&mut self, name: u32, bearer: Bearer<'p>, manner: Manner, rest: &Rest<'_>) {
        let Bearer { code, sort, ending } = bearer;
        let is_within = self.asked.within.is_none_or(|within| within.contains(code))
            && rest.within.as_ref().is_none_or(|within| within.iter().any(|above| above.has(code)));
        if sort == NameSort::LayIn || !is_within {
            return;
        }
        let core = self.places.name(name);
        let begins = rest.text.strip_prefix(core);
        let likeness = match begins {
            Some(behind) if behind == ending => 0,
            Some(behind) if ending.starts_with(behind) => 1,
            Some(_) | None => 2,
        };
        let fit = (manner, rest.within.is_some(), likeness, sort, self.distance(code), code.level(), code);
        let known = self.found.entry(code).or_insert((fit, name, ending));
        if fit < known.0 {
            *known = (fit, name, ending);
        }
    }

    /// How many levels lie between a division and the one that is near.
    fn distance(&self, code: AreaCode) -> u8 {
        let Some(near) = self.asked.near else { return 0 };
        let levels = [AreaLevel::Village, AreaLevel::Town, AreaLevel::County, AreaLevel::City, AreaLevel::Province];
        let shared = levels.iter().position(|level| near.at_level(*level) == code.at_level(*level));
        shared.map_or(5, |levels| u8::try_from(levels).unwrap_or(5))
    }

    fn best(self) -> Vec<Found> {
        let mut found: Vec<_> = self.found.into_values().collect();
        let most = self.asked.most.min(found.len());
        if most == 0 {
            return Vec::new();
        }
        if most < found.len() {
            found.select_nth_unstable(most - 1);
            found.truncate(most);
        }
        found.sort_unstable();
        let named = |((manner, _, _, sort, _, _, code), name, ending): (Fit, u32, &str)| {
            let mut name = self.places.name(name).to_owned();
            name.push_str(ending);
            Found { code, manner, sort, name }
        };
        found.into_iter().map(named).collect()
    }

    /// What a text may be behind the name of a division above, former or of another rank, each time further down.
    fn chains<'t>(&self, text: &'t str, within: Option<&[Above]>, is_han: bool, rests: &mut Vec<Rest<'t>>) {
        let mut here = self.chains_by(text, within, is_han, |beginning| {
            let name = self.places.names.get(beginning).and_then(|name| u32::try_from(name).ok());
            if is_han { name.into_iter().collect() } else { self.places.sounds.of(beginning).to_vec() }
        });
        if here.is_empty() && is_han {
            here = self.chains_by(text, within, is_han, |beginning| {
                if !written::has_han(beginning) {
                    return Vec::new();
                }
                self.places.sounds.of(&sound::reading(beginning).letters).to_vec()
            });
        }
        for rest in here {
            if rests.len() >= CHAINS {
                return;
            }
            if !rests.contains(&rest) {
                rests.push(rest.clone());
                self.chains(rest.text, rest.within.as_deref(), is_han, rests);
            }
        }
    }

    fn chains_by<'t>(
        &self,
        text: &'t str,
        within: Option<&[Above]>,
        is_han: bool,
        named: impl Fn(&str) -> Vec<u32>,
    ) -> Vec<Rest<'t>> {
        let mut rests: BTreeMap<&'t str, BTreeSet<Above>> = BTreeMap::new();
        let (least, most) = if is_han { (2, 12) } else { (3, 24) };
        for (at, _) in text.char_indices().skip(least).take(most - least + 1) {
            let (beginning, behind) = text.split_at(at);
            let bearers = named(beginning).into_iter().flat_map(|name| self.places.bearers(name));
            let is_above = |bearer: &Bearer<'_>| {
                // What lay in a division that was divided is meant as it is, not as one to lie in.
                let lies_above = bearer.code.level() < AreaLevel::Village || bearer.sort == NameSort::LayIn;
                lies_above && within.is_none_or(|within| within.iter().any(|above| above.has(bearer.code)))
            };
            let above = bearers.take(LOOKED_AT).filter(is_above).take(MEANT);
            let above: Vec<Above> =
                above.map(|bearer| Above { code: bearer.code, is_part: bearer.sort == NameSort::LayIn }).collect();
            if above.is_empty() {
                continue;
            }
            let behind: Vec<&str> =
                if is_han { behind_endings(behind) } else { behind_spoken_endings(behind).collect() };
            for rest in behind.into_iter().filter(|rest| !rest.is_empty()) {
                rests.entry(rest).or_default().extend(&above);
            }
        }
        rests.into_iter().map(|(text, above)| Rest { text, within: Some(above.into_iter().collect()) }).collect()
    }
}

/// A text of letters, and what is left of it before the endings that it may have, the shortest last.
fn without_spoken_endings(text: &str) -> Vec<&str> {
    let mut all = vec![text];
    let mut next = 0;
    while let Some(text) = all.get(next).copied().filter(|_| all.len() < CHAINS) {
        next += 1;
        let words = SPOKEN_ENDINGS.iter().map(|(letters, _)| letters).chain(SPOKEN_PEOPLES.iter());
        for rest in words.filter_map(|word| text.strip_suffix(word.as_str())).filter(|rest| rest.len() >= 2) {
            if !all.contains(&rest) {
                all.push(rest);
            }
        }
    }
    all.sort_unstable_by_key(|rest| std::cmp::Reverse(rest.len()));
    all
}

fn without_initials_of_endings(text: &str) -> BTreeSet<&str> {
    let without = SPOKEN_ENDINGS.iter().filter_map(|(_, initials)| text.strip_suffix(initials.as_str()));
    std::iter::once(text).chain(without.filter(|rest| rest.len() >= 2)).collect()
}

fn behind_spoken_endings(text: &str) -> impl Iterator<Item = &str> {
    let behind = SPOKEN_ENDINGS.iter().filter_map(move |(letters, _)| text.strip_prefix(letters.as_str()));
    std::iter::once(text).chain(behind)
}

/// What one slip makes of a text: a character too many, too few, or wrong, or two in the wrong order.
fn one_slip(text: &str) -> DFA {
    static BUILDER: LazyLock<LevenshteinAutomatonBuilder> = LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
    BUILDER.build_dfa(text)
}

/// What stands before an ending of several characters of which one is wrong.
fn before_an_ending_with_a_slip(text: &str) -> Option<&str> {
    endings().filter(|ending| ending.chars().nth(1).is_some()).find_map(|ending| {
        let length = ending.chars().count();
        let at = text.char_indices().nth_back(length - 1)?.0;
        let (name, written) = text.split_at_checked(at)?;
        let wrong = written.chars().zip(ending.chars()).filter(|(one, other)| one != other).count();
        (wrong == 1 && name.chars().nth(1).is_some()).then(|| core(name))
    })
}

/// What is its own in a text of which the endings may be written with other characters of the same sound.
fn heard_cores(text: &str) -> Vec<&str> {
    let mut cores = vec![text, core(text)];
    let mut next = 0;
    while let Some(text) = cores.get(next).copied() {
        next += 1;
        let reading = sound::reading(text);
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for (letters, initials) in SPOKEN_ENDINGS.iter() {
            let Some(at) = starts.len().checked_sub(initials.len()).filter(|left| *left >= 2) else { continue };
            let heard = reading.begins.get(at).and_then(|begin| reading.letters.get(*begin..));
            let core = starts.get(at).and_then(|at| text.get(..*at));
            if let Some(core) = core.filter(|_| heard == Some(letters.as_str()))
                && !cores.contains(&core)
            {
                cores.push(core);
            }
        }
    }
    cores
}
