//! The index: every name once, in order, with the divisions that have it.
//!
//! It is made for a whole nation (665,271 divisions) in tens of megabytes: names are kept by what is their own, the words that say of
//! which sort a division is apart from them; sounds and initials are finite state transducers, which hold in common what names have
//! in common at either end.

use crate::sound;
use crate::written;
use fst::Map;
use schema::AreaCode;
use std::collections::HashMap;
use std::fmt;

/// Which of its names a division is named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameSort {
    /// Its name.
    Own,
    /// What people call it.
    AlsoCalled,
    /// A name that it had before.
    Former,
    /// The former name of a division in which it lay: finds nothing by itself, and may stand before the name.
    LayIn,
}

impl NameSort {
    const ALL: [NameSort; 4] = [NameSort::Own, NameSort::AlsoCalled, NameSort::Former, NameSort::LayIn];

    fn number(self) -> u32 {
        match self {
            NameSort::Own => 0,
            NameSort::AlsoCalled => 1,
            NameSort::Former => 2,
            NameSort::LayIn => 3,
        }
    }
}

/// A name of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The division. One without a name of its own is not found.
    pub code: AreaCode,
    /// The name, as it is written.
    pub name: &'a str,
    /// Which of its names it is.
    pub sort: NameSort,
}

/// Which lists of numbers a key leads to: lists one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Lists {
    fn push(&mut self, list: impl Iterator<Item = u32>) {
        self.starts.push(count(self.numbers.len()));
        self.numbers.extend(list);
    }

    fn done(mut self) -> Lists {
        self.starts.push(count(self.numbers.len()));
        self.starts.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self
    }

    fn get(&self, list: usize) -> &[u32] {
        let (from, to) = (self.starts.get(list), self.starts.get(list + 1));
        let range = from.zip(to).map(|(from, to)| *from as usize..*to as usize);
        range.and_then(|range| self.numbers.get(range)).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        4 * (self.starts.capacity() + self.numbers.capacity())
    }
}

/// From a sound, or from initials, to the names that have it.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) map: Map<Vec<u8>>,
    lists: Lists,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.map.len())
    }
}

impl Keys {
    /// The names behind a value of the map.
    pub(crate) fn names(&self, value: u64) -> &[u32] {
        usize::try_from(value).map_or(&[], |list| self.lists.get(list))
    }

    /// The names of a key.
    pub(crate) fn of(&self, key: &str) -> &[u32] {
        self.map.get(key).map_or(&[], |value| self.names(value))
    }

    fn made(mut keys: Vec<(Piece, u32)>, letters: &str) -> Keys {
        keys.sort_unstable_by(|(one, of_one), (other, of_other)| {
            one.of(letters).cmp(other.of(letters)).then(of_one.cmp(of_other))
        });
        keys.dedup_by(|(one, of_one), (other, of_other)| of_one == of_other && one.of(letters) == other.of(letters));
        let mut lists = Lists::default();
        let same = keys.chunk_by(|(one, _), (other, _)| one.of(letters) == other.of(letters));
        let keyed = same.enumerate().filter_map(|(number, same)| {
            lists.push(same.iter().map(|(_, name)| *name));
            same.first().map(|(piece, _)| (piece.of(letters), number as u64))
        });
        // They are in order and each once, which is all that can be wrong with them.
        let map = Map::from_iter(keyed).unwrap_or_default();
        Keys { map, lists: lists.done() }
    }

    fn bytes(&self) -> usize {
        self.map.as_fst().size() + self.lists.bytes()
    }
}

/// A part of a long text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: u32,
    length: u32,
}

impl Piece {
    fn push(text: &mut String, piece: &str) -> Piece {
        let from = count(text.len());
        text.push_str(piece);
        Piece { from, length: count(piece.len()) }
    }

    fn of(self, text: &str) -> &str {
        let from = self.from as usize;
        text.get(from..from + self.length as usize).unwrap_or_default()
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Divisions by their names. See the crate.
#[derive(Default)]
pub struct Places {
    /// The divisions, in code order.
    codes: Vec<AreaCode>,
    /// The names, in order, each followed by a line break.
    pub(crate) text: String,
    /// Where each begins, and where the last ends.
    starts: Vec<u32>,
    /// The names as a transducer, for what is one slip away.
    pub(crate) names: Map<Vec<u8>>,
    /// The divisions of each name: places in `codes`, the sort of the name in the two highest bits.
    bearers: Lists,
    /// With which ending each of them has the name.
    ended: Vec<u16>,
    /// The endings.
    endings: Vec<Box<str>>,
    pub(crate) sounds: Keys,
    pub(crate) initials: Keys,
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} divisions by {} names", self.codes.len(), self.names.len())
    }
}

/// A division that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bearer<'a> {
    pub(crate) code: AreaCode,
    pub(crate) sort: NameSort,
    /// What says of which sort it is.
    pub(crate) ending: &'a str,
}

const SORT_SHIFT: u32 = 30;

impl Places {
    /// The index of some names, in whatever order they come.
    pub fn of<'a>(named: impl IntoIterator<Item = Named<'a>>) -> Places {
        let mut places = Places::default();
        let (mut text, mut entries) = (String::new(), Vec::new());
        let mut endings: HashMap<Box<str>, u16> = HashMap::new();
        for Named { code, name, sort } in named {
            let normal = written::normal(name);
            let (core, ending) = normal.split_at(written::core_length(&normal));
            if core.is_empty() || core.chars().count() > crate::LONGEST {
                continue;
            }
            let next = u16::try_from(endings.len()).unwrap_or(u16::MAX);
            let ending = match endings.get(ending) {
                Some(known) => *known,
                // Of so many sorts there are none.
                None if next == u16::MAX => 0,
                None => *endings.entry(ending.into()).or_insert(next),
            };
            if sort == NameSort::Own {
                places.codes.push(code);
            }
            entries.push((Piece::push(&mut text, core), code, sort, ending));
        }
        places.codes.sort_unstable();
        places.codes.dedup();
        places.codes.shrink_to_fit();
        places.endings = in_their_order(endings);
        entries.sort_unstable_by(|(one, code, sort, _), (other, other_code, other_sort, _)| {
            one.of(&text).cmp(other.of(&text)).then((code, sort).cmp(&(other_code, other_sort)))
        });
        places.take(&entries, &text);
        drop((entries, text));
        places.hear();
        places
    }

    fn take(&mut self, entries: &[(Piece, AreaCode, NameSort, u16)], text: &str) {
        for same in entries.chunk_by(|(one, ..), (other, ..)| one.of(text) == other.of(text)) {
            let Some((name, ..)) = same.first() else { continue };
            let place = |code: &AreaCode| self.codes.binary_search(code).ok().map(count);
            let borne: Vec<(u32, u16)> = same
                .iter()
                .filter_map(|(_, code, sort, ending)| Some((place(code)? | sort.number() << SORT_SHIFT, *ending)))
                .collect();
            if borne.is_empty() {
                continue;
            }
            self.starts.push(count(self.text.len()));
            self.text.push_str(name.of(text));
            self.text.push('\n');
            self.ended.extend(borne.iter().map(|(_, ending)| *ending));
            self.bearers.push(borne.iter().map(|(bearer, _)| *bearer));
        }
        self.starts.push(count(self.text.len()));
        self.bearers = std::mem::take(&mut self.bearers).done();
        self.text.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.ended.shrink_to_fit();
        let names = (0..self.len()).map(|name| (self.name(name), u64::from(name)));
        self.names = Map::from_iter(names).unwrap_or_default();
    }

    /// Indexes how the names sound.
    fn hear(&mut self) {
        let (mut letters, mut sounds, mut initials) = (String::new(), Vec::new(), Vec::new());
        for name in 0..self.len() {
            for reading in sound::readings(self.name(name)) {
                initials.push((Piece::push(&mut letters, &reading.initials()), name));
                sounds.push((Piece::push(&mut letters, &reading.letters), name));
            }
        }
        self.sounds = Keys::made(sounds, &letters);
        self.initials = Keys::made(initials, &letters);
    }

    /// How many names there are.
    pub(crate) fn len(&self) -> u32 {
        count(self.starts.len().saturating_sub(1))
    }

    /// A name by its number; empty where there is none.
    pub(crate) fn name(&self, name: u32) -> &str {
        let at = |number: usize| self.starts.get(number).map(|start| *start as usize);
        let range = at(name as usize).zip(at(name as usize + 1)).map(|(from, to)| from..to.saturating_sub(1));
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The name in which a place of the text lies.
    pub(crate) fn name_at(&self, place: usize) -> u32 {
        count(self.starts.partition_point(|start| *start as usize <= place).saturating_sub(1))
    }

    /// The names that begin with a text.
    pub(crate) fn beginning_with(&self, text: &str) -> std::ops::Range<u32> {
        let mut numbers = (0, self.len());
        while numbers.0 < numbers.1 {
            let middle = u32::midpoint(numbers.0, numbers.1);
            if self.name(middle) < text { numbers.0 = middle + 1 } else { numbers.1 = middle }
        }
        let first = numbers.0;
        let mut end = (first, self.len());
        while end.0 < end.1 {
            let middle = u32::midpoint(end.0, end.1);
            if self.name(middle).starts_with(text) { end.0 = middle + 1 } else { end.1 = middle }
        }
        first..end.0
    }

    /// The divisions that have a name.
    pub(crate) fn bearers(&self, name: u32) -> impl Iterator<Item = Bearer<'_>> {
        let first = self.bearers.starts.get(name as usize).map_or(0, |first| *first as usize);
        let bearers = self.bearers.get(name as usize).iter().zip(self.ended.get(first..).unwrap_or_default());
        bearers.filter_map(|(bearer, ending)| {
            Some(Bearer {
                code: *self.codes.get((bearer & ((1 << SORT_SHIFT) - 1)) as usize)?,
                sort: *NameSort::ALL.get((bearer >> SORT_SHIFT) as usize)?,
                ending: self.endings.get(usize::from(*ending)).map_or("", |ending| &**ending),
            })
        })
    }

    /// Whether it has no name.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// How much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let endings: usize = self.endings.iter().map(|ending| 16 + ending.len()).sum();
        8 * self.codes.capacity()
            + self.text.capacity()
            + 4 * self.starts.capacity()
            + self.names.as_fst().size()
            + self.bearers.bytes()
            + 2 * self.ended.capacity()
            + endings
            + self.sounds.bytes()
            + self.initials.bytes()
    }
}

fn in_their_order(endings: HashMap<Box<str>, u16>) -> Vec<Box<str>> {
    let mut endings: Vec<(Box<str>, u16)> = endings.into_iter().collect();
    endings.sort_unstable_by_key(|(_, number)| *number);
    endings.into_iter().map(|(ending, _)| ending).collect()
}
