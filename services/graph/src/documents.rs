//! Documents that were asked of late: each is parsed and measured once. A client may name one by its digest instead of sending
//! it (automatic persisted queries, as Apollo's clients do it): `extensions.persistedQuery`, of version 1, with the SHA-256 of
//! the text in hexadecimal. Whoever names one that is not known sends the text with the digest, and may name it from then on.

use crate::errors::Fault;
use crate::limits;
use crate::prepared::Operation;
use crate::variables;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Value, value};
use lru::LruCache;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// How many are kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// The longest text of one that is kept, in bytes, so that all that are kept are at most 4 MiB of text.
const KEPT_BYTES: usize = 16 * 1024;

/// The SHA-256 of a text.
pub type TextDigest = [u8; 32];

/// The digest of a text.
pub fn digest(text: &str) -> TextDigest {
    Sha256::digest(text.as_bytes()).into()
}

/// A digest as clients write it.
pub fn hexadecimal(digest: &TextDigest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Those that were asked of late, by their digests.
#[derive(Debug)]
pub struct Documents(Mutex<LruCache<TextDigest, Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    text: Arc<str>,
    document: Arc<Document>,
}

/// A document that may be looked at.
pub struct Document {
    /// What it asks.
    pub executable: ExecutableDocument,
    /// Its operations by their names, as far as they were answered: those that need the executor each time have none.
    prepared: Mutex<HashMap<Option<String>, Option<Arc<Operation>>>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.executable.fmt(formatter)
    }
}

impl Document {
    fn new(executable: ExecutableDocument) -> Document {
        Document { executable, prepared: Mutex::default() }
    }

    /// One of its operations, if it was prepared.
    pub(crate) fn prepared(&self, name: Option<&str>) -> Option<Arc<Operation>> {
        let prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        prepared.get(&name.map(str::to_owned)).cloned().flatten()
    }

    /// Prepares one of its operations. The executor answered the document: it fits the schema.
    pub(crate) fn prepare(&self, name: Option<&str>) {
        if variables::operation(&self.executable, name).is_some() {
            let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
            let operation = prepared.entry(name.map(str::to_owned));
            operation.or_insert_with(|| Operation::of(&self.executable, name).map(Arc::new));
        }
    }
}

impl Documents {
    /// None yet.
    pub fn new() -> Documents {
        Documents(Mutex::new(LruCache::new(KEPT)))
    }

    /// The document of a request, if it is not too large to be looked at further; the request has its text then, also where
    /// it was named by its digest. None when it cannot be parsed, which is for the schema to say.
    ///
    /// # Errors
    /// When it is too large, when a digest is not known, or is that of another text.
    pub fn of(&self, request: &mut Request) -> Result<Option<Arc<Document>>, Fault> {
        let named = named(request)?;
        if request.query.is_empty()
            && let Some(named) = named
        {
            let known = self.known(&named).ok_or(Fault::PersistedQueryNotFound)?;
            request.query = known.text.to_string();
            return Ok(Some(known.document));
        }
        limits::check_text(&request.query).map_err(Fault::TooComplex)?;
        let digest = digest(&request.query);
        if named.is_some_and(|named| named != digest) {
            return Err(Fault::PersistedQueryMismatch);
        }
        if let Some(known) = self.known(&digest) {
            return Ok(Some(known.document));
        }
        let Ok(document) = async_graphql::parser::parse_query(&request.query) else { return Ok(None) };
        limits::check_document(&document).map_err(Fault::TooComplex)?;
        let document = Arc::new(Document::new(document));
        if request.query.len() <= KEPT_BYTES {
            let known = Kept { text: request.query.as_str().into(), document: Arc::clone(&document) };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).put(digest, known);
        }
        Ok(Some(document))
    }

    fn known(&self, digest: &TextDigest) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }
}

/// Whether extensions name a document by its digest.
pub fn names_one(extensions: &serde_json::Map<String, serde_json::Value>) -> bool {
    extensions.contains_key(EXTENSION)
}

/// The extension by which a request names its document.
pub const EXTENSION: &str = "persistedQuery";
const DIGEST: &str = "sha256Hash";

/// What a request calls its document, whether or not that is a digest.
pub fn name_of(request: &Request) -> Option<String> {
    match request.extensions.get(EXTENSION)? {
        Value::Object(extension) => match extension.get(DIGEST)? {
            Value::String(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes the name of its document from a request, which has its text.
pub fn forget_name(request: &mut Request) {
    request.extensions.remove(EXTENSION);
}

/// How a request names its document that does so by `documentId` (GraphQL over HTTP, appendix A, a draft): as automatic persisted
/// queries do.
pub fn names(id: &str) -> Value {
    value!({ "version": 1, DIGEST: id.strip_prefix("sha256:").unwrap_or(id) })
}

/// The digest by which a request names its document, if it does.
fn named(request: &Request) -> Result<Option<TextDigest>, Fault> {
    let Some(extension) = request.extensions.get(EXTENSION).filter(|extension| **extension != Value::Null) else {
        return Ok(None);
    };
    let Value::Object(extension) = extension else { return Err(Fault::PersistedQueryNotSupported) };
    let version = extension.get("version");
    match (version, extension.get(DIGEST)) {
        (Some(Value::Number(version)), Some(Value::String(digest))) if version.as_u64() == Some(1) => {
            Ok(Some(read(digest).ok_or(Fault::PersistedQueryMismatch)?))
        }
        (Some(_) | None, Some(_) | None) => Err(Fault::PersistedQueryNotSupported),
    }
}

/// Thirty-two bytes in hexadecimal.
fn read(digits: &str) -> Option<TextDigest> {
    let mut digest = TextDigest::default();
    if digits.len() != 2 * digest.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..digits.len()).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn digest(text: &str) -> String {
        hexadecimal(&super::digest(text))
    }

    fn asking(query: &str, extension: serde_json::Value) -> Request {
        let mut request = Request::new(query);
        request.extensions.insert(EXTENSION.to_owned(), Value::from_json(extension).unwrap());
        request
    }

    fn by_digest(query: &str, digest: &str) -> Request {
        asking(query, json!({ "version": 1, "sha256Hash": digest }))
    }

    #[test]
    fn a_document_is_named_once_it_was_sent_with_its_digest() {
        let documents = Documents::new();
        let text = "{ counters { resources } }";
        let mut named = by_digest("", &digest(text));
        assert_eq!(documents.of(&mut named).err(), Some(Fault::PersistedQueryNotFound));
        assert!(documents.of(&mut by_digest(text, &digest(text))).unwrap().is_some());
        assert!(documents.of(&mut named).unwrap().is_some());
        assert_eq!(named.query, text);
        // One that was only asked is known as well: a digest tells nobody more than the text.
        documents.of(&mut Request::new("{ position }")).unwrap();
        let upper = digest("{ position }").to_uppercase();
        assert!(documents.of(&mut by_digest("", &upper)).unwrap().is_some());
    }

    #[test]
    fn what_is_wrong_with_a_digest_is_said_and_nothing_is_kept_under_it() {
        let documents = Documents::new();
        let text = "{ position }";
        for (query, extension, fault) in [
            (text, json!({ "version": 1, "sha256Hash": digest("{ counters }") }), Fault::PersistedQueryMismatch),
            (text, json!({ "version": 1, "sha256Hash": "xyz" }), Fault::PersistedQueryMismatch),
            ("", json!({ "version": 1, "sha256Hash": "é".repeat(32) }), Fault::PersistedQueryMismatch),
            (text, json!({ "version": 2, "sha256Hash": digest(text) }), Fault::PersistedQueryNotSupported),
            ("", json!({ "version": 1 }), Fault::PersistedQueryNotSupported),
            ("", json!("x"), Fault::PersistedQueryNotSupported),
        ] {
            assert_eq!(documents.of(&mut asking(query, extension.clone())).err(), Some(fault), "{extension}");
        }
        for digest in [digest("{ counters }"), digest(text)] {
            assert_eq!(documents.of(&mut by_digest("", &digest)).err(), Some(Fault::PersistedQueryNotFound));
        }
        assert!(documents.of(&mut asking(text, json!(null))).unwrap().is_some(), "null is as if it were not there");
    }

    #[test]
    fn what_cannot_be_parsed_is_too_large_or_too_long_is_not_kept() {
        let documents = Documents::new();
        assert!(documents.of(&mut Request::new("{ broken")).unwrap().is_none());
        let deep = "{ a ".repeat(limits::DEPTH + 1) + &"} ".repeat(limits::DEPTH + 1);
        assert!(matches!(documents.of(&mut Request::new(&*deep)), Err(Fault::TooComplex(_))));
        let long = format!("{{ position }} #{}", "x".repeat(KEPT_BYTES));
        assert!(documents.of(&mut Request::new(&*long)).unwrap().is_some());
        for text in ["{ broken", &deep, &long] {
            assert_eq!(documents.of(&mut by_digest("", &digest(text))).err(), Some(Fault::PersistedQueryNotFound));
        }
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for_and_the_latest_stay() {
        let documents = Documents::new();
        let text = |number: usize| format!("{{ a{number}: position }}");
        for number in 0..KEPT.get() + 5 {
            documents.of(&mut Request::new(text(number))).unwrap();
            documents.of(&mut Request::new(text(0))).unwrap();
        }
        let knows = |number| documents.of(&mut by_digest("", &digest(&text(number)))).is_ok();
        assert!(knows(0) && knows(KEPT.get() + 4) && !knows(1));
    }
}
