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
