//! What is too much to hold in memory, on disk: written once, read by its place.
//!
//! A [`Stored`] value is the place of a block. The fold puts blocks behind one another, in memory; the writer writes them to the file in
//! one go (`keep`). Whoever reads one does not see the difference, and what was read of late is not read again. The file is no truth of
//! its own: it can be thrown away and is made anew from the log.
//!
//! A block is its length (four bytes, little endian), the CRC-32 of the rest (four), and the value in MessagePack. A block that
//! does not fit its checksum is [`Damaged`], and the directory is made anew at the next start.

use lru::LruCache;
use rustix::io::{ReadWriteFlags, preadv2};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::{Any, type_name};
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many bytes of blocks that were read of late stay in memory.
const RECENT_BYTES: u64 = 32 * 1024 * 1024;
/// What a file begins with, so that no block stands at zero, which is nowhere.
const MAGIC: &[u8; 8] = b"huijudir";
const HEAD: u64 = 8;
/// What stands before a value in its block: its length and its checksum.
const BEFORE: u64 = 8;

/// A block cannot be read, or is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of the directory's file is damaged: the directory is made anew from the log at the next start")]
pub struct Damaged;

/// The place of a value in [`Segments`]. Equal are those of one place.
pub struct Stored<T> {
    place: u64,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Stored<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Stored<T> {}

impl<T> PartialEq for Stored<T> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl<T> fmt::Debug for Stored<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} at {}", type_name::<T>(), self.place)
    }
}

impl<T> Stored<T> {
    fn at(place: u64) -> Stored<T> {
        Stored { place, of: PhantomData }
    }

    /// Where its block begins.
    pub(crate) fn place(self) -> u64 {
        self.place
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Stored<T> {
    /// The value.
    ///
    /// # Errors
    /// When it cannot be read as it was written.
    pub fn read(self, segments: &Segments) -> Result<Arc<T>, Damaged> {
        match segments.read_of_late(self) {
            Some(here) => Ok(here),
            None => self.of_block(&segments.block(self.place)?, segments),
        }
    }

    /// The value, if it can be had without waiting for a disk.
    fn read_now(self, segments: &Segments) -> Option<Result<Arc<T>, Damaged>> {
        match segments.read_of_late(self) {
            Some(here) => Some(Ok(here)),
            None => Some(segments.block_now(self.place)?.and_then(|block| self.of_block(&block, segments))),
        }
    }

    fn of_block(self, block: &[u8], segments: &Segments) -> Result<Arc<T>, Damaged> {
        let value: T = rmp_serde::from_slice(block).map_err(|error| segments.damaged(self.place, &error))?;
        let value = Arc::new(value);
        segments.remember(self, &value, block.len());
        Ok(value)
    }
}

/// As its place.
impl<T> Serialize for Stored<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.place)
    }
}

impl<'de, T> Deserialize<'de> for Stored<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Stored::at)
    }
}

/// A value as its block holds it, made before it is known where that will stand.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// With room for its length and its checksum before it; empty if it could not be written.
    block: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Written<T> {
    fn of(value: &T) -> Written<T> {
        Written::of_row(value)
    }
}

impl<T> Written<T> {
    /// In MessagePack, without the names of fields, of what is read as such a value.
    pub(crate) fn of_row(value: &impl Serialize) -> Written<T> {
        let mut block = vec![0; BEFORE as usize];
        if let Err(error) = rmp_serde::encode::write(&mut block, value) {
            tracing::error!(%error, of = type_name::<T>(), "what the directory keeps on disk cannot be written");
            return Written { block: Vec::new(), of: PhantomData };
        }
        let value = block.get(BEFORE as usize..).unwrap_or_default();
        let (length, sum) = (u32::try_from(value.len()).unwrap_or(u32::MAX), crc32fast::hash(value));
        for (to, from) in block.iter_mut().zip(length.to_le_bytes().into_iter().chain(sum.to_le_bytes())) {
            *to = from;
        }
        Written { block, of: PhantomData }
    }
}

/// The blocks: those in a file, and behind them those that are to be written to it. One writer; any number of readers.
pub struct Segments {
    /// None where everything stays in memory.
    file: Option<File>,
    path: PathBuf,
    /// How much of it all stands in the file.
    written: AtomicU64,
    /// What stands behind that.
    waiting: Mutex<Vec<u8>>,
    is_damaged: AtomicBool,
    recent: Mutex<Recent>,
}

/// What was read of late, by its place.
struct Recent {
    values: LruCache<u64, (Arc<dyn Any + Send + Sync>, u64)>,
    bytes: u64,
}

impl Default for Segments {
    fn default() -> Self {
        Segments::in_memory()
    }
}

impl fmt::Debug for Segments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Segments({}, {} bytes)", self.path.display(), self.written.load(Ordering::Relaxed))
    }
}

/// They hold values, and are none.
impl PartialEq for Segments {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Segments {
    /// All in memory.
    pub fn in_memory() -> Segments {
        Segments {
            file: None,
            path: PathBuf::new(),
            written: AtomicU64::new(HEAD),
            waiting: Mutex::default(),
            is_damaged: AtomicBool::new(false),
            recent: Mutex::new(Recent { values: LruCache::unbounded(), bytes: 0 }),
        }
    }

    /// The file of a folder, cut to what is known of it; anew where nothing is.
    ///
    /// # Errors
    /// When it cannot be opened, or is shorter than what is known of it.
    pub(crate) fn open(path: &Path, known: Option<u64>) -> io::Result<Segments> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let end = match known {
            Some(end) if end >= HEAD && file.metadata()?.len() >= end => end,
            Some(_) => return Err(io::Error::new(io::ErrorKind::InvalidData, "it is shorter than it was")),
            None => {
                file.set_len(0)?;
                file.write_all_at(MAGIC, 0)?;
                HEAD
            }
        };
        file.set_len(end)?;
        Ok(Segments { file: Some(file), path: path.to_owned(), written: AtomicU64::new(end), ..Segments::in_memory() })
    }

    /// Whether what is put here goes to disk.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// How much stands in the file.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// How much does not yet.
    pub(crate) fn waiting(&self) -> usize {
        self.behind().len()
    }

    /// Whether a block could not be read.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Acquire)
    }

    fn behind(&self) -> MutexGuard<'_, Vec<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value behind all others.
    pub(crate) fn put<T: Serialize>(&self, value: &T) -> Stored<T> {
        self.put_written(&Written::of(value))
    }

    /// The same of one that was written before.
    pub(crate) fn put_written<T>(&self, value: &Written<T>) -> Stored<T> {
        if value.block.is_empty() {
            return Stored::at(0);
        }
        let mut waiting = self.behind();
        let place = self.written() + waiting.len() as u64;
        waiting.extend_from_slice(&value.block);
        Stored::at(place)
    }

    /// Writes what was put here to the file.
    ///
    /// # Errors
    /// When it cannot be written: then it stays in memory, and is read there.
    pub(crate) fn keep(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut waiting = self.behind();
        file.write_all_at(&waiting, self.written())?;
        self.written.fetch_add(waiting.len() as u64, Ordering::AcqRel);
        waiting.clear();
        Ok(())
    }

    /// Has all that was written outlive a loss of power.
    ///
    /// # Errors
    /// When the disk says so.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    /// Overwrites a value with zeros: nothing of it may be left.
    ///
    /// # Errors
    /// When it cannot be.
    pub(crate) fn erase(&self, place: u64) -> io::Result<()> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = recent.values.pop(&place) {
            recent.bytes = recent.bytes.saturating_sub(bytes);
        }
        drop(recent);
        let length = |block: &[u8]| number(block, 0).map_or(0, |length| length as usize);
        let mut waiting = self.behind();
        if let Some(at) = place.checked_sub(self.written()) {
            let block = usize::try_from(at).ok().and_then(|at| waiting.get_mut(at..)).unwrap_or_default();
            let length = length(block);
            block.iter_mut().skip(BEFORE as usize).take(length).for_each(|byte| *byte = 0);
            return Ok(());
        }
        let Some(file) = self.file.as_ref().filter(|_| place >= HEAD) else { return Ok(()) };
        let mut before = [0; 4];
        file.read_exact_at(&mut before, place)?;
        let most = self.written().saturating_sub(place + BEFORE);
        let length = length(&before).min(usize::try_from(most).unwrap_or(usize::MAX));
        file.write_all_at(&vec![0; length], place + BEFORE)
    }

    /// The value of a block that is not in the file yet.
    fn block_behind(&self, place: u64) -> Option<Result<Vec<u8>, Damaged>> {
        if place < self.written() {
            return None;
        }
        let waiting = self.behind();
        // It may have been written in between.
        let at = usize::try_from(place.checked_sub(self.written())?).unwrap_or(usize::MAX);
        let read = |into: &mut [u8], from: u64| {
            let from = usize::try_from(from - place).unwrap_or(usize::MAX).saturating_add(at);
            let there = waiting.get(from..).unwrap_or_default();
            let read = there.len().min(into.len());
            for (to, from) in into.iter_mut().zip(there) {
                *to = *from;
            }
            Ok(read)
        };
        let end = self.written() + waiting.len() as u64;
        Some(block_by(place, end, read).map_err(|error| self.damaged(place, &error)))
    }

    fn block(&self, place: u64) -> Result<Vec<u8>, Damaged> {
        if let Some(block) = self.block_behind(place) {
            return block;
        }
        let read = |into: &mut [u8], at| match &self.file {
            Some(file) => file.read_at(into, at),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        block_by(place, self.written(), read).map_err(|error| self.damaged(place, &error))
    }

    /// A block, if it can be had without waiting for a disk.
    fn block_now(&self, place: u64) -> Option<Result<Vec<u8>, Damaged>> {
        if let Some(block) = self.block_behind(place) {
            return Some(block);
        }
        let (file, end) = (self.file.as_ref()?, self.written());
        let read = |into: &mut [u8], at| {
            let wanted = into.len().min(usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX));
            let read = preadv2(file, &mut [IoSliceMut::new(into)], at, ReadWriteFlags::NOWAIT)?;
            // Part of it would have to be waited for.
            if read < wanted { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(read) }
        };
        match block_by(place, end, read) {
            Ok(block) => Some(Ok(block)),
            // It is in no cache, or this disk cannot tell: whoever may wait finds out.
            Err(error) if error.kind() != io::ErrorKind::InvalidData => None,
            Err(error) => Some(Err(self.damaged(place, &error))),
        }
    }

    fn damaged(&self, place: u64, error: &dyn fmt::Display) -> Damaged {
        self.is_damaged.store(true, Ordering::Release);
        tracing::error!(path = %self.path.display(), place, %error, "a block of the directory cannot be read");
        Damaged
    }

    fn read_of_late<T: Send + Sync + 'static>(&self, stored: Stored<T>) -> Option<Arc<T>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let (value, _) = recent.values.get(&stored.place)?;
        Arc::clone(value).downcast().ok()
    }

    /// Keeps a value in memory until others have been read.
    fn remember<T: Send + Sync + 'static>(&self, stored: Stored<T>, value: &Arc<T>, bytes: usize) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // What a value weighs in memory is about twice its block, and its place here another hundred bytes.
        let bytes = 2 * bytes as u64 + 100;
        let value = Arc::clone(value) as Arc<dyn Any + Send + Sync>;
        recent.bytes += bytes;
        if let Some((_, before)) = recent.values.put(stored.place, (value, bytes)) {
            recent.bytes = recent.bytes.saturating_sub(before);
        }
        while recent.bytes > RECENT_BYTES {
            let Some((_, (_, bytes))) = recent.values.pop_lru() else { break };
            recent.bytes = recent.bytes.saturating_sub(bytes);
        }
    }
}

/// The value of the block at a place, checked, of what ends somewhere.
fn block_by(place: u64, end: u64, read: impl Fn(&mut [u8], u64) -> io::Result<usize>) -> io::Result<Vec<u8>> {
    if place < HEAD {
        return Err(io::ErrorKind::NotFound.into());
    }
    // Most blocks are read whole at once.
    let mut first = [0; 512];
    let some = read(&mut first, place)?;
    let (Some(length), Some(sum)) = (number(&first, 0), number(&first, 4)) else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if length as u64 > end.saturating_sub(place + BEFORE) || some < BEFORE as usize {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than the file"));
    }
    let mut block = vec![0; length];
    let mut had = length.min(some - BEFORE as usize);
    if let (Some(into), Some(from)) = (block.get_mut(..had), first.get(BEFORE as usize..BEFORE as usize + had)) {
        into.copy_from_slice(from);
    }
    while let Some(rest) = block.get_mut(had..).filter(|rest| !rest.is_empty()) {
        match read(rest, place + BEFORE + had as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => had += more,
        }
    }
    match crc32fast::hash(&block) == sum {
        true => Ok(block),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is another")),
    }
}

/// Four bytes at a place as a number.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}

/// So many blocks are read on an async thread if none of them has to be waited for.
const READ_AT_ONCE: usize = 64;

/// Several values, those that have to be waited for read in one go off the async threads.
///
/// # Errors
/// When one cannot be read.
pub async fn read_all<T>(segments: &Arc<Segments>, values: Vec<Stored<T>>) -> Result<Vec<Arc<T>>, Damaged>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let mut all = Vec::with_capacity(values.len());
    // What lies in the system's cache is had sooner than another thread is woken.
    for value in values.iter().take(READ_AT_ONCE) {
        match value.read_now(segments) {
            Some(read) => all.push(read?),
            None => break,
        }
    }
    if all.len() == values.len() {
        return Ok(all);
    }
    let segments = Arc::clone(segments);
    let read = move || values.iter().map(|value| value.read(&segments)).collect();
    tokio::task::spawn_blocking(read).await.unwrap_or(Err(Damaged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_is_the_same_wherever_its_block_stands(
            steps in proptest::collection::vec((any::<bool>(), ".{0,300}", proptest::bool::weighted(0.2)), 1..60)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("blocks");
            let segments = Segments::open(&path, None).unwrap();
            let (mut all, mut erased) = (Vec::new(), Vec::new());
            for (is_kept, text, is_erased) in steps {
                let stored = segments.put(&text);
                if is_kept {
                    segments.keep().unwrap();
                }
                if is_erased && !text.is_empty() {
                    segments.erase(stored.place()).unwrap();
                    erased.push(stored);
                } else {
                    all.push((stored, text));
                }
            }
            for (stored, text) in &all {
                prop_assert_eq!(&*stored.read(&segments).unwrap(), text);
                prop_assert_eq!(&*stored.read_now(&segments).unwrap().unwrap(), text);
            }
            segments.keep().unwrap();
            let again = Segments::open(&path, Some(segments.written())).unwrap();
            for (stored, text) in &all {
                prop_assert_eq!(&*stored.read(&again).unwrap(), text);
            }
            prop_assert!(!again.is_damaged());
            for stored in erased {
                prop_assert!(stored.read(&again).is_err());
            }
        }
    }

    #[test]
    fn what_cannot_be_written_stays_in_memory_and_is_read_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        drop(Segments::open(&path, None).unwrap());
        // A file that was opened to be read alone.
        let segments = Segments { file: Some(File::open(&path).unwrap()), ..Segments::in_memory() };
        let stored = segments.put(&"北张各庄老年食堂");
        assert!(segments.keep().is_err() && segments.waiting() > 0);
        let stored: Stored<String> = Stored::at(stored.place());
        assert_eq!(*stored.read(&segments).unwrap(), "北张各庄老年食堂");
    }
}
