//! What is too much to hold in memory, on disk: written once, read by its place.
//!
//! A [`Stored`] value begins in memory, where the fold makes it, and is one thing for whoever reads it: once the writer has
//! written it (`keep`) its memory is given back, and it is read again when it is asked for. The file is no truth of
//! its own: it can be thrown away and is made anew from the log.
//!
//! A block is its length (four bytes, little endian), the CRC-32 of the rest (four), and the value in MessagePack. A block that
//! does not fit its checksum is [`Damaged`], and the directory is made anew at the next start.

use arc_swap::ArcSwapOption;
use rustix::io::{ReadWriteFlags, preadv2};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::any::type_name;
use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How many bytes of blocks that were read of late stay in memory.
const RECENT_BYTES: u64 = 32 * 1024 * 1024;
/// What a file begins with, so that no block stands at zero, which is nowhere.
const MAGIC: &[u8; 8] = b"huijudir";
const HEAD: u64 = 8;

/// A block cannot be read, or is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of the directory's file is damaged: the directory is made anew from the log at the next start")]
pub struct Damaged;

/// A value that is in memory, on disk, or both.
pub struct Stored<T>(Arc<Cell<T>>);

struct Cell<T> {
    /// Where it stands on disk; zero while it does not.
    place: AtomicU64,
    here: ArcSwapOption<T>,
}

impl<T> Clone for Stored<T> {
    fn clone(&self) -> Self {
        Stored(Arc::clone(&self.0))
    }
}

impl<T: fmt::Debug> fmt::Debug for Stored<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_memory() {
            Some(value) => value.fmt(formatter),
            None => write!(formatter, "{} at {}", type_name::<T>(), self.place()),
        }
    }
}

/// Equal are those of one place, and those in memory that are of equal value.
impl<T: PartialEq> PartialEq for Stored<T> {
    fn eq(&self, other: &Self) -> bool {
        match (self.0.here.load_full(), other.0.here.load_full()) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, _) | (_, None) => self.place() == other.place(),
        }
    }
}

impl<T> Stored<T> {
    /// A value that is not on disk yet.
    pub fn new(value: T) -> Stored<T> {
        Stored(Arc::new(Cell { place: AtomicU64::new(0), here: ArcSwapOption::from_pointee(value) }))
    }

    /// What stands on disk at a place.
    pub(crate) fn at(place: u64) -> Stored<T> {
        Stored(Arc::new(Cell { place: AtomicU64::new(place), here: ArcSwapOption::empty() }))
    }

    /// Where it stands on disk; zero while it does not.
    pub(crate) fn place(&self) -> u64 {
        self.0.place.load(Ordering::Acquire)
    }

    /// The value, if it is in memory.
    pub fn in_memory(&self) -> Option<Arc<T>> {
        self.0.here.load_full()
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> Stored<T> {
    /// The value, read from disk where it is not in memory.
    ///
    /// # Errors
    /// When it cannot be read as it was written.
    pub fn read(&self, segments: &Segments) -> Result<Arc<T>, Damaged> {
        match self.in_memory() {
            Some(here) => Ok(here),
            None => self.of_block(segments.block(self.place())?, segments),
        }
    }

    /// The value, if it can be had without waiting for a disk.
    fn read_now(&self, segments: &Segments) -> Option<Result<Arc<T>, Damaged>> {
        match self.in_memory() {
            Some(here) => Some(Ok(here)),
            None => Some(segments.block_now(self.place())?.and_then(|block| self.of_block(block, segments))),
        }
    }

    fn of_block(&self, block: Vec<u8>, segments: &Segments) -> Result<Arc<T>, Damaged> {
        let value: T = rmp_serde::from_slice(&block).map_err(|error| segments.damaged(self.place(), &error))?;
        let value = Arc::new(value);
        self.0.here.store(Some(Arc::clone(&value)));
        segments.remember(Arc::clone(&self.0) as Arc<dyn Forget>, block.len());
        Ok(value)
    }
}

/// As its place: what is not on disk yet cannot be told.
impl<T> Serialize for Stored<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.place() {
            0 => Err(serde::ser::Error::custom("a value that is not on disk yet")),
            place => serializer.serialize_u64(place),
        }
    }
}

impl<'de, T> Deserialize<'de> for Stored<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Stored::at)
    }
}

/// A value whose memory can be given back.
trait Forget: Send + Sync {
    fn forget(&self);
}

impl<T: Send + Sync> Forget for Cell<T> {
    fn forget(&self) {
        self.here.store(None);
    }
}

/// A value that can be written.
pub(crate) trait Keep: fmt::Debug + Send + Sync {
    /// Its bytes; none when it is on disk already.
    fn bytes(&self) -> Result<Option<Vec<u8>>, rmp_serde::encode::Error>;
    /// Where it is to stand on disk, for what names it; zero takes that back.
    fn put_at(&self, place: u64);
    /// It stands on disk: its memory can be given back.
    fn kept(&self);
}

impl<T: Serialize + fmt::Debug + Send + Sync> Keep for Stored<T> {
    fn bytes(&self) -> Result<Option<Vec<u8>>, rmp_serde::encode::Error> {
        match self.in_memory().filter(|_| self.place() == 0) {
            Some(value) => rmp_serde::to_vec_named(&*value).map(Some),
            None => Ok(None),
        }
    }

    fn put_at(&self, place: u64) {
        self.0.place.store(place, Ordering::Release);
    }

    fn kept(&self) {
        self.0.here.store(None);
    }
}

/// Those of the values that a fold has made and nobody has written yet. What was made is the same whether it was written or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unwritten {
    /// What is asked seldom: it is written apart, so that what is asked often lies close together.
    aside: Vec<Arc<dyn Keep>>,
    rest: Vec<Arc<dyn Keep>>,
}

impl PartialEq for Unwritten {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Unwritten {
    /// A value that is to be written, noted.
    pub(crate) fn stored<T: Serialize + fmt::Debug + Send + Sync + 'static>(&mut self, value: T) -> Stored<T> {
        let stored = Stored::new(value);
        self.rest.push(Arc::new(stored.clone()));
        stored
    }

    /// The same of one that is asked seldom. The others may name it.
    pub(crate) fn stored_aside<T: Serialize + fmt::Debug + Send + Sync + 'static>(&mut self, value: T) -> Stored<T> {
        let stored = Stored::new(value);
        self.aside.push(Arc::new(stored.clone()));
        stored
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.aside.len() + self.rest.len()
    }

    fn clear(&mut self) {
        self.aside.clear();
        self.rest.clear();
    }
}

/// The file of blocks. One writer; any number of readers.
pub struct Segments {
    /// None where everything stays in memory.
    file: Option<File>,
    path: PathBuf,
    /// How long the file is.
    end: AtomicU64,
    is_damaged: AtomicBool,
    recent: Mutex<Recent>,
}

/// What was read of late, the oldest first.
#[derive(Default)]
struct Recent {
    values: VecDeque<(Arc<dyn Forget>, u64)>,
    bytes: u64,
}

impl Default for Segments {
    fn default() -> Self {
        Segments::in_memory()
    }
}

impl fmt::Debug for Segments {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Segments({}, {} bytes)", self.path.display(), self.end.load(Ordering::Relaxed))
    }
}

/// They hold values, and are none.
impl PartialEq for Segments {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Segments {
    /// None: what is made stays in memory.
    pub fn in_memory() -> Segments {
        Segments {
            file: None,
            path: PathBuf::new(),
            end: AtomicU64::new(HEAD),
            is_damaged: AtomicBool::new(false),
            recent: Mutex::default(),
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
        Ok(Segments { file: Some(file), path: path.to_owned(), end: AtomicU64::new(end), ..Segments::in_memory() })
    }

    /// Whether what is made goes to disk.
    pub(crate) fn is_on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// How long the file is.
    pub(crate) fn end(&self) -> u64 {
        self.end.load(Ordering::Acquire)
    }

    /// Whether a block could not be read.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged.load(Ordering::Acquire)
    }

    /// Writes what was made, in one go, and gives its memory back.
    ///
    /// # Errors
    /// When it cannot be written: then it stays in memory.
    pub(crate) fn keep(&self, unwritten: &mut Unwritten) -> io::Result<()> {
        let Some(file) = &self.file else {
            unwritten.clear();
            return Ok(());
        };
        let mut put: Vec<&Arc<dyn Keep>> = Vec::with_capacity(unwritten.len());
        let blocks = self.blocks_of(unwritten, &mut put).and_then(|blocks| {
            file.write_all_at(&blocks, self.end())?;
            Ok(blocks.len() as u64)
        });
        let length = blocks.inspect_err(|_| {
            for value in &put {
                value.put_at(0);
            }
        })?;
        self.end.fetch_add(length, Ordering::AcqRel);
        for value in put {
            value.kept();
        }
        unwritten.clear();
        Ok(())
    }

    /// The blocks of what was made, each put at its place: what others name before them.
    fn blocks_of<'u>(&self, unwritten: &'u Unwritten, put: &mut Vec<&'u Arc<dyn Keep>>) -> io::Result<Vec<u8>> {
        let (mut blocks, begin) = (Vec::new(), self.end());
        for value in unwritten.aside.iter().chain(&unwritten.rest) {
            let Some(bytes) = value.bytes().map_err(io::Error::other)? else { continue };
            let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
            value.put_at(begin + blocks.len() as u64);
            put.push(value);
            blocks.extend_from_slice(&length.to_le_bytes());
            blocks.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
            blocks.extend_from_slice(&bytes);
        }
        Ok(blocks)
    }

    /// Has all that was written outlive a loss of power.
    ///
    /// # Errors
    /// When the disk says so.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    /// Overwrites a block with zeros: nothing of it may be left.
    ///
    /// # Errors
    /// When it cannot be.
    pub(crate) fn erase(&self, place: u64) -> io::Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| place >= HEAD) else { return Ok(()) };
        let mut length = [0; 4];
        file.read_exact_at(&mut length, place)?;
        let length = u64::from(u32::from_le_bytes(length)).min(self.end().saturating_sub(place + 8));
        file.write_all_at(&vec![0; usize::try_from(length).map_err(io::Error::other)?], place + 8)
    }

    fn block(&self, place: u64) -> Result<Vec<u8>, Damaged> {
        let read = |into: &mut [u8], at| match &self.file {
            Some(file) => file.read_at(into, at),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        self.block_by(place, read).map_err(|error| self.damaged(place, &error))
    }

    /// A block, if it can be had without waiting for a disk.
    fn block_now(&self, place: u64) -> Option<Result<Vec<u8>, Damaged>> {
        let file = self.file.as_ref()?;
        let read = |into: &mut [u8], at| {
            let wanted = into.len().min(usize::try_from(self.end().saturating_sub(at)).unwrap_or(usize::MAX));
            let read = preadv2(file, &mut [IoSliceMut::new(into)], at, ReadWriteFlags::NOWAIT)?;
            // Part of it would have to be waited for.
            if read < wanted { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(read) }
        };
        match self.block_by(place, read) {
            Ok(block) => Some(Ok(block)),
            // It is in no cache, or this disk cannot tell: whoever may wait finds out.
            Err(error) if error.kind() != io::ErrorKind::InvalidData => None,
            Err(error) => Some(Err(self.damaged(place, &error))),
        }
    }

    fn block_by(&self, place: u64, read: impl Fn(&mut [u8], u64) -> io::Result<usize>) -> io::Result<Vec<u8>> {
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
        if length as u64 > self.end().saturating_sub(place + 8) || some < 8 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is longer than the file"));
        }
        let mut block = vec![0; length];
        let mut had = length.min(some - 8);
        if let (Some(into), Some(from)) = (block.get_mut(..had), first.get(8..8 + had)) {
            into.copy_from_slice(from);
        }
        while let Some(rest) = block.get_mut(had..).filter(|rest| !rest.is_empty()) {
            match read(rest, place + 8 + had as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => had += more,
            }
        }
        match crc32fast::hash(&block) == sum {
            true => Ok(block),
            false => Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is another")),
        }
    }

    pub(crate) fn damaged(&self, place: u64, error: &dyn fmt::Display) -> Damaged {
        self.is_damaged.store(true, Ordering::Release);
        tracing::error!(path = %self.path.display(), place, %error, "a block of the directory cannot be read");
        Damaged
    }

    /// Keeps a value in memory until others have been read.
    fn remember(&self, value: Arc<dyn Forget>, bytes: usize) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        // What a value weighs in memory is about twice its block.
        let bytes = 2 * bytes as u64;
        recent.bytes += bytes;
        recent.values.push_back((value, bytes));
        while recent.bytes > RECENT_BYTES {
            let Some((oldest, bytes)) = recent.values.pop_front() else { break };
            oldest.forget();
            recent.bytes = recent.bytes.saturating_sub(bytes);
        }
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
