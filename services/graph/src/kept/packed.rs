//! Texts as they take little memory: each by what it has in common with others of its sort that came before (LZ4 with a dictionary).
//!
//! Answers about places of one county name the same services of the town, the county and the city, and all answers of an operation the
//! same fields. So what came before of a sort is gathered, up to a bound, into a base; what comes later is kept as what it differs by.

use axum::body::Bytes;
use lru::LruCache;
use schema::AreaCode;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How long a base may become. LZ4 looks back 64 KiB, the text itself included.
const BASE: usize = 32 * 1024;
/// Of so many texts it may become. Each time that it grows, what was packed with it before needs it as it was.
const TEXTS: usize = 4;
/// A text that is not made smaller than this part of it has little in common with its base.
const LITTLE: usize = 4;
/// After so many that had little in common with a base that can grow no further, another is begun.
const STALE: usize = 64;
/// Of so many sorts the bases are known; what was packed with another stays good.
const SORTS: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// A text made small.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    bytes: Box<[u8]>,
    length: usize,
    base: Option<Arc<Base>>,
}

impl Packed {
    pub(super) fn new(text: &[u8], base: Option<Arc<Base>>) -> Packed {
        let bytes = match &base {
            Some(base) => lz4_flex::block::compress_with_dict(text, &base.text),
            None => lz4_flex::block::compress(text),
        };
        Packed { bytes: bytes.into(), length: text.len(), base }
    }

    /// The text, byte by byte.
    pub(super) fn text(&self) -> Option<Bytes> {
        let text = match &self.base {
            Some(base) => lz4_flex::block::decompress_with_dict(&self.bytes, self.length, &base.text),
            None => lz4_flex::block::decompress(&self.bytes, self.length),
        };
        text.map(Bytes::from).map_err(|error| tracing::error!(%error, "an answer that was kept cannot be read")).ok()
    }

    /// How many bytes it takes, beside its base.
    pub(super) fn weight(&self) -> usize {
        self.bytes.len()
    }

    fn has_little_in_common(&self) -> bool {
        self.bytes.len() > self.length / LITTLE
    }
}

/// What texts are kept by. It is there for as long as one of them is, and weighs for as long.
#[derive(Debug)]
pub(super) struct Base {
    text: Box<[u8]>,
    weight: Arc<AtomicUsize>,
}

impl Base {
    fn new(text: Box<[u8]>, weight: &Arc<AtomicUsize>) -> Arc<Base> {
        weight.fetch_add(text.len(), Ordering::Relaxed);
        Arc::new(Base { text, weight: Arc::clone(weight) })
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        self.weight.fetch_sub(self.text.len(), Ordering::Relaxed);
    }
}

/// The bases that texts are packed with now: of each county one.
pub(super) struct Bases {
    latest: LruCache<Option<AreaCode>, Latest>,
    weight: Arc<AtomicUsize>,
}

struct Latest {
    base: Arc<Base>,
    /// Of how many it is made.
    texts: usize,
    /// How many had little in common with it since it can grow no further.
    unlike: usize,
}

impl Bases {
    pub(super) fn new() -> Bases {
        Bases { latest: LruCache::new(SORTS), weight: Arc::default() }
    }

    /// What a text of a county is to be packed with.
    pub(super) fn of(&mut self, county: Option<AreaCode>) -> Option<Arc<Base>> {
        self.latest.get(&county).map(|latest| Arc::clone(&latest.base))
    }

    /// Remembers a text that has little in common with what it was packed with, for those that come. It is packed with itself then.
    pub(super) fn learn(&mut self, county: Option<AreaCode>, text: &[u8], packed: Packed) -> Packed {
        if !packed.has_little_in_common() || text.len() > BASE {
            return packed;
        }
        let (begun, texts) = match self.latest.get_mut(&county) {
            Some(latest) if latest.texts == TEXTS || latest.base.text.len() + text.len() > BASE => {
                latest.unlike += 1;
                if latest.unlike < STALE {
                    return packed;
                }
                (&[][..], 0)
            }
            Some(latest) => (&*latest.base.text, latest.texts),
            None => (&[][..], 0),
        };
        let base = Base::new([begun, text].concat().into(), &self.weight);
        self.latest.put(county, Latest { base: Arc::clone(&base), texts: texts + 1, unlike: 0 });
        Packed::new(text, Some(base))
    }

    /// Forgets the base that was not asked for longest, if there is one.
    pub(super) fn forget_one(&mut self) -> bool {
        self.latest.pop_lru().is_some()
    }

    /// How many bytes all bases take by which something is kept or would be.
    pub(super) fn weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }
}
