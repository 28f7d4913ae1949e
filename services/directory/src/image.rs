//! The directory as it stood at a position, on disk: a start reads it and follows the log from there.
//!
//! It is believed only where it fits: written by the same program, of the same log, for the same scopes, beside the file of
//! blocks that it points into, and whole. Otherwise it is thrown away, and the log is folded from its beginning.
//!
//! Sections, each its length (eight bytes, little endian), the CRC-32 of the rest (four), and MessagePack: a head, what is not told in
//! rows, what the rows share, the rows in chunks, and an empty section at the end.

use crate::projection::{Imaged, Restoring, Row, Rows, Snapshot};
use crate::segments::Segments;
use schema::position::LogId;
use schema::selection::ScopeSelection;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::{Arc, mpsc};

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
    let blocks = snapshot.segments.end();
    snapshot.segments.sync()?;
    let file = File::create(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    section(&mut out, &Head::of(log, &snapshot.held, blocks))?;
    section(&mut out, &snapshot.imaged())?;
    let mut rows = Rows::default();
    for chunk in rows.chunks(&snapshot.resources, CHUNK) {
        section(&mut out, &chunk)?;
    }
    section(&mut out, &Vec::<Row>::new())?;
    section(&mut out, &rows.rest(&snapshot.resources))?;
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
    // One processor reads and checks while the other makes rows of it.
    let (sections, sent) = mpsc::sync_channel::<io::Result<Vec<u8>>>(4);
    let resources = std::thread::scope(|threads| {
        threads.spawn(move || {
            loop {
                let bytes = bytes(&mut file);
                let is_end = bytes.is_err();
                if sections.send(bytes).is_err() || is_end {
                    return;
                }
            }
        });
        let mut restoring = Restoring::default();
        loop {
            let bytes = sent.recv().map_err(io::Error::other)??;
            let rows: Vec<Row> = rmp_serde::from_slice(&bytes).map_err(io::Error::other)?;
            if rows.is_empty() {
                break;
            }
            restoring.take(rows);
        }
        let rest = sent.recv().map_err(io::Error::other)??;
        let rest = rmp_serde::from_slice(&rest).map_err(io::Error::other)?;
        restoring.finish(rest).map_err(io::Error::other)
    })?;
    Ok(Snapshot::restored(imaged, resources, held.clone(), Arc::new(segments)))
}

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
    pub(crate) fn imaged(folder: &Path, mut snapshot: Snapshot) -> Snapshot {
        snapshot.segments.keep(&mut snapshot.unwritten).unwrap();
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

    #[test]
    fn what_was_retracted_is_in_no_file_once_it_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let mut tale = Tale::of([registered(1), published(resource(1))]);
        let phone = resource(1).phones[0].as_str().to_owned();
        let mut snapshot = on_disk(folder.path());
        tale.tell_on(&mut snapshot, None);
        snapshot.segments.keep(&mut snapshot.unwritten).unwrap();
        let stands = || {
            let bytes = fs::read(folder.path().join("blocks")).unwrap();
            bytes.windows(phone.len()).any(|window| window == phone.as_bytes())
        };
        assert!(stands());
        tale.tell(retracted(1, RetractableField::Phones));
        tale.tell_on(&mut snapshot, None);
        snapshot.segments.keep(&mut snapshot.unwritten).unwrap();
        for place in std::mem::take(&mut snapshot.retracted) {
            snapshot.segments.erase(place).unwrap();
        }
        assert!(!stands());
        let shown = Arc::clone(snapshot.resources.iter(AsOf::Latest)[0]);
        assert!(shown.details.read(&snapshot.segments).unwrap().phones.is_empty());
    }
}
