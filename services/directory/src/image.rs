//! The directory as it stood at a position, on disk: a start reads it and follows the log from there.
//!
//! It is believed only where it fits: written by the same program, of the same log, for the same scopes, beside the file of
//! blocks that it points into, and whole. Otherwise it is thrown away, and the log is folded from its beginning.
//!
//! Sections, each its length (eight bytes, little endian), the CRC-32 of the rest (four), and MessagePack: a head, what is not told in
//! rows, what the rows share, the rows in chunks, and one of no rows at the end.

use crate::projection::{Beside, Imaged, Records, Restoring, Row, Rows, Snapshot};
use crate::segments::Segments;
use schema::position::LogId;
use schema::selection::ScopeSelection;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// How many resources are in a chunk.
const CHUNK: usize = 8 * 1024;
/// A longer section is none.
const LONGEST: u64 = 4 * 1024 * 1024 * 1024;
/// By which source the image was written: see `build.rs`.
const SOURCE: &str = env!("DIRECTORY_SOURCE");

/// What an image fits.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    source: String,
    log: LogId,
    held: String,
    /// How long the file of blocks was.
    blocks: u64,
}

impl Head {
    fn of(log: LogId, held: &ScopeSelection, blocks: u64) -> Head {
        Head { source: SOURCE.to_owned(), log, held: format!("{held:?}"), blocks }
    }
}

/// Writes an image of a snapshot of which everything is on disk that goes there.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(path: &Path, log: LogId, snapshot: &Snapshot) -> io::Result<()> {
    let blocks = snapshot.segments.written();
    snapshot.segments.sync()?;
    let file = File::create(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    section(&mut out, &Head::of(log, &snapshot.held, blocks))?;
    section(&mut out, &snapshot.imaged())?;
    let mut rows = Rows::of(&snapshot.resources);
    section(&mut out, &rows.rest(&snapshot.resources))?;
    for chunk in rows.chunks(&snapshot.resources, CHUNK) {
        section(&mut out, &chunk)?;
    }
    section(&mut out, &Vec::<Row>::new())?;
    out.flush()?;
    drop(out);
    file.sync_all()
}

/// Puts a new image in the place of the one before.
///
/// # Errors
/// When it cannot be.
pub(crate) fn replace(new: &Path, path: &Path) -> io::Result<()> {
    fs::rename(new, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Reads the image, if there is one that fits, and opens the file of blocks beside it.
///
/// # Errors
/// When it does not fit, or cannot be read.
pub(crate) fn read(path: &Path, blocks: &Path, log: LogId, held: &ScopeSelection) -> io::Result<Snapshot> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let head: Head = next(&mut file)?;
    if head != Head::of(log, held, head.blocks) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is of another program, log or selection of scopes"));
    }
    let segments = Segments::open(blocks, Some(head.blocks))?;
    let imaged: Imaged = next(&mut file)?;
    let restoring = Restoring::of(next(&mut file)?);
    let records = records(&mut file, &restoring)?;
    let resources = restoring.finish(&records, &OnThreads);
    // What was only read in order to be put in order is given back beside what comes next.
    std::thread::spawn(move || drop(records));
    Ok(Snapshot::restored(imaged, resources, held.clone(), Arc::new(segments)))
}

/// Each on a thread.
pub(crate) struct OnThreads;

impl Beside for OnThreads {
    fn both<A: Send, B: Send>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
        std::thread::scope(|scope| {
            let one = scope.spawn(one);
            let other = other();
            (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
        })
    }
}

/// All that the rows tell, in order: one thread reads and checks, as many as there are processors make resources of what it read.
fn records(file: &mut (impl Read + Send), restoring: &Restoring) -> io::Result<Records> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (sections, sent) = mpsc::sync_channel::<(usize, io::Result<Vec<u8>>)>(2 * threads);
    let sent = Mutex::new(sent);
    let work = || -> io::Result<Vec<(usize, Records)>> {
        let make = |bytes: io::Result<Vec<u8>>| {
            let rows: Vec<Row> = rmp_serde::from_slice(&bytes?).map_err(io::Error::other)?;
            restoring.records(rows).map_err(io::Error::other)
        };
        let mut made = Ok(Vec::new());
        loop {
            let section = sent.lock().unwrap_or_else(PoisonError::into_inner).recv();
            // The end was read.
            let Ok((number, bytes)) = section else { return made };
            // What comes after something that cannot be read is taken all the same: nobody waits to send it.
            if let Ok(records_of) = &mut made {
                match make(bytes) {
                    Ok(records) => records_of.push((number, records)),
                    Err(error) => made = Err(error),
                }
            }
        }
    };
    let mut made = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for number in 0.. {
            let bytes = bytes(file);
            let is_last = bytes.is_err();
            if bytes.as_ref().is_ok_and(|bytes| bytes == EMPTY) || sections.send((number, bytes)).is_err() || is_last {
                break;
            }
        }
        drop(sections);
        let made = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        made.collect::<io::Result<Vec<_>>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    made.sort_unstable_by_key(|(number, _)| *number);
    Ok(made.into_iter().flat_map(|(_, records)| records).collect())
}

/// A section of no rows.
const EMPTY: &[u8] = &[0x90];

fn section<T: Serialize>(out: &mut impl Write, value: &T) -> io::Result<()> {
    let bytes = rmp_serde::to_vec_named(value).map_err(io::Error::other)?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
    out.write_all(&bytes)
}

fn next<T: DeserializeOwned>(file: &mut impl Read) -> io::Result<T> {
    rmp_serde::from_slice(&bytes(file)?).map_err(io::Error::other)
}

fn bytes(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut length, mut sum) = ([0; 8], [0; 4]);
    file.read_exact(&mut length)?;
    file.read_exact(&mut sum)?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a section of it is longer than any is"));
    }
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    let is_whole = bytes.len() as u64 == length && crc32fast::hash(&bytes) == u32::from_le_bytes(sum);
    is_whole.then_some(bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a section of it is damaged"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::tale::{LOG, Tale, published, registered, resource, retracted};
    use schema::AsOf;
    use schema::resource::RetractableField;

    /// An image of a snapshot, written and read.
    pub(crate) fn imaged(folder: &Path, snapshot: Snapshot) -> Snapshot {
        snapshot.segments.keep().unwrap();
        let path = folder.join("image");
        super::write(&path, LOG, &snapshot).unwrap();
        super::read(&path, &folder.join("blocks"), LOG, &snapshot.held).unwrap()
    }

    /// Nothing yet, with a file of blocks.
    pub(crate) fn on_disk(folder: &Path) -> Snapshot {
        let segments = Segments::open(&folder.join("blocks"), None).unwrap();
        Snapshot::on_disk(ScopeSelection::everything(), Arc::new(segments))
    }

    #[test]
    fn an_image_that_is_damaged_anywhere_or_does_not_fit_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let tale = Tale::of([registered(1), published(resource(1)), registered(2), published(resource(2))]);
        let mut snapshot = on_disk(folder.path());
        tale.tell_on(&mut snapshot, None);
        drop(imaged(folder.path(), snapshot));
        let (path, blocks) = (folder.path().join("image"), folder.path().join("blocks"));
        let everything = ScopeSelection::everything();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            fs::write(&path, &damaged).unwrap();
            assert!(super::read(&path, &blocks, LOG, &everything).is_err(), "byte {at} of {}", whole.len());
        }
        for length in (0..whole.len()).step_by(7) {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(super::read(&path, &blocks, LOG, &everything).is_err(), "cut to {length}");
        }
        fs::write(&path, &whole).unwrap();
        assert!(super::read(&path, &blocks, LogId(8), &everything).is_err(), "of another log");
        let county: ScopeSelection = ["130306".parse().unwrap()].into_iter().collect();
        assert!(super::read(&path, &blocks, LOG, &county).is_err(), "of other scopes");
        assert!(super::read(&path, &blocks, LOG, &everything).is_ok());
        let shorter = fs::metadata(&blocks).unwrap().len() - 1;
        fs::File::options().write(true).open(&blocks).unwrap().set_len(shorter).unwrap();
        assert!(super::read(&path, &blocks, LOG, &everything).is_err(), "the file of blocks is shorter than it was");
    }

    /// Longer than what may wait to be read, and of nothing that is read.
    #[test]
    fn an_image_of_many_sections_that_tell_nothing_is_refused_and_nobody_waits_for_ever() {
        let nothing = Snapshot::default();
        let restoring = Restoring::of(Rows::of(&nothing.resources).rest(&nothing.resources));
        let mut sections = Vec::new();
        for number in 0..1000 {
            section(&mut sections, &number).unwrap();
        }
        section(&mut sections, &Vec::<Row>::new()).unwrap();
        assert!(records(&mut &*sections, &restoring).is_err());
    }

    #[test]
    fn what_was_retracted_is_in_no_file_once_it_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let mut tale = Tale::of([registered(1), published(resource(1))]);
        let phone = resource(1).phones[0].as_str().to_owned();
        let mut snapshot = on_disk(folder.path());
        tale.tell_on(&mut snapshot, None);
        snapshot.segments.keep().unwrap();
        let stands = || {
            let bytes = fs::read(folder.path().join("blocks")).unwrap();
            bytes.windows(phone.len()).any(|window| window == phone.as_bytes())
        };
        assert!(stands());
        tale.tell(retracted(1, RetractableField::Phones));
        tale.tell_on(&mut snapshot, None);
        snapshot.segments.keep().unwrap();
        for place in std::mem::take(&mut snapshot.retracted) {
            snapshot.segments.erase(place).unwrap();
        }
        assert!(!stands());
        let shown = Arc::clone(snapshot.resources.iter(AsOf::Latest)[0]);
        assert!(shown.details.read(&snapshot.segments).unwrap().phones.is_empty());
    }
}
