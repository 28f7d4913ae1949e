//! The operations that are answered, where only those are (an allow-list, also called safelist, or trusted documents): the
//! manifests that clients' builds write. Apollo's `apollo-persisted-query-manifest`, version 1, and Relay's object of ids and texts
//! (`persistConfig` of its compiler) are read. Nothing of other texts is parsed.

use crate::documents::{self, TextDigest};
use crate::errors::Fault;
use async_graphql::Request;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The operations that are answered, by what clients call them.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    by_id: HashMap<String, Arc<str>>,
    /// The same texts, for who sends one whole.
    texts: HashSet<TextDigest>,
}

/// Why a list of operations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// It cannot be read.
    #[error("允许清单读不出 the list of operations {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// It is of neither form.
    #[error(
        "允许清单格式不对 {0} is neither a manifest of Apollo's (apollo-persisted-query-manifest, version 1) nor one of Relay's (an \
         object of ids and texts): {1}"
    )]
    Malformed(PathBuf, serde_json::Error),
    /// Something in it is no GraphQL.
    #[error("允许清单中有不能解析的查询 the operation {id} of {path} cannot be parsed: {problem}")]
    NoDocument {
        /// The file.
        path: PathBuf,
        /// What the operation is called.
        id: String,
        /// What the parser says.
        problem: String,
    },
    /// One name for two.
    #[error("同一标识对应两个不同的查询 two operations are called {0}")]
    Twice(String),
    /// A list without anything would answer nothing.
    #[error("允许清单是空的 there is no operation in {0}")]
    Empty(PathBuf),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo(Apollo),
    Relay(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct Apollo {
    #[serde(rename = "format")]
    _format: ApolloFormat,
    #[serde(rename = "version")]
    _version: One,
    operations: Vec<ApolloOperation>,
}

#[derive(Deserialize)]
enum ApolloFormat {
    #[serde(rename = "apollo-persisted-query-manifest")]
    It,
}

/// The version, which is 1.
#[derive(Deserialize)]
#[serde(try_from = "u64")]
struct One;

impl TryFrom<u64> for One {
    type Error = String;

    fn try_from(version: u64) -> Result<One, String> {
        if version == 1 { Ok(One) } else { Err(format!("version {version} is not known")) }
    }
}

#[derive(Deserialize)]
struct ApolloOperation {
    id: String,
    body: String,
}

impl Operations {
    /// Those of a manifest, or of every `*.json` in a folder.
    ///
    /// # Errors
    /// When one cannot be read, is none, or names two operations alike; when there are no operations.
    pub fn read(path: &Path) -> Result<Operations, OperationsError> {
        let unreadable = |error| OperationsError::Unreadable(path.to_path_buf(), error);
        let mut files = vec![path.to_path_buf()];
        if path.is_dir() {
            let entries = std::fs::read_dir(path).map_err(unreadable)?;
            files =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(unreadable)?;
            files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
            files.sort();
        }
        let mut operations = Operations::default();
        for file in files {
            let text = std::fs::read(&file).map_err(|error| OperationsError::Unreadable(file.clone(), error))?;
            operations.add(&file, &text)?;
        }
        if operations.by_id.is_empty() { Err(OperationsError::Empty(path.to_path_buf())) } else { Ok(operations) }
    }

    fn add(&mut self, path: &Path, manifest: &[u8]) -> Result<(), OperationsError> {
        let manifest = serde_json::from_slice(manifest)
            .map_err(|problem| OperationsError::Malformed(path.to_path_buf(), problem))?;
        let named: Vec<(String, String)> = match manifest {
            Manifest::Apollo(apollo) => apollo.operations.into_iter().map(|one| (one.id, one.body)).collect(),
            Manifest::Relay(texts) => texts.into_iter().collect(),
        };
        for (id, text) in named {
            if let Err(problem) = async_graphql::parser::parse_query(&text) {
                let problem = problem.to_string();
                return Err(OperationsError::NoDocument { path: path.to_path_buf(), id, problem });
            }
            if self.by_id.get(&id).is_some_and(|other| **other != text) {
                return Err(OperationsError::Twice(id));
            }
            self.texts.insert(documents::digest(&text));
            // A client that names documents by their digests need not know what they are called.
            self.by_id.entry(documents::hexadecimal(&documents::digest(&text))).or_insert_with(|| text.as_str().into());
            self.by_id.insert(id, text.into());
        }
        Ok(())
    }

    /// Lets a request pass that asks what is listed, under whatever name; it has its text then.
    ///
    /// # Errors
    /// When it is not, or when its name is that of another text.
    pub fn admit(&self, request: &mut Request) -> Result<(), Fault> {
        let Some(id) = documents::name_of(request) else {
            return match self.texts.contains(&documents::digest(&request.query)) {
                true => Ok(()),
                false => Err(Fault::NotListed),
            };
        };
        // A digest is the same in capitals; what else somebody calls a document is not.
        let listed = self.by_id.get(&id).or_else(|| self.by_id.get(&id.to_ascii_lowercase()));
        let text = listed.ok_or(Fault::NameNotListed)?;
        if !request.query.is_empty() && request.query != **text {
            return Err(Fault::PersistedQueryMismatch);
        }
        request.query = text.to_string();
        documents::forget_name(request);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "query A { position }";

    fn of(manifest: &serde_json::Value) -> Result<Operations, OperationsError> {
        let mut operations = Operations::default();
        operations.add(Path::new("m.json"), manifest.to_string().as_bytes()).map(|()| operations)
    }

    fn apollo(operations: serde_json::Value) -> serde_json::Value {
        json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations })
    }

    fn asking(text: &str, extension: Option<serde_json::Value>) -> Request {
        let mut request = Request::new(text);
        if let Some(extension) = extension {
            request.extensions.insert("persistedQuery".into(), async_graphql::Value::from_json(extension).unwrap());
        }
        request
    }

    #[test]
    fn what_is_listed_passes_by_its_text_its_name_or_its_digest_and_nothing_else() {
        let digest = documents::hexadecimal(&documents::digest(TEXT));
        let named = |id: &str| Some(json!({ "version": 1, "sha256Hash": id }));
        for operations in [
            of(&apollo(json!([{ "id": "One", "name": "A", "type": "query", "body": TEXT }]))).unwrap(),
            of(&json!({ "One": TEXT })).unwrap(),
        ] {
            for (text, extension, expected) in [
                (TEXT, None, Ok(())),
                ("", named("One"), Ok(())),
                ("", named(&digest), Ok(())),
                ("", named(&digest.to_uppercase()), Ok(())),
                (TEXT, named(&digest), Ok(())),
                (TEXT, named("One"), Ok(())),
                ("", named("one"), Err(Fault::NameNotListed)),
                ("", named("Two"), Err(Fault::NameNotListed)),
                (TEXT, named("Two"), Err(Fault::NameNotListed)),
                ("{ position }", named("One"), Err(Fault::PersistedQueryMismatch)),
                ("{ position }", None, Err(Fault::NotListed)),
                ("query A { position }\n", None, Err(Fault::NotListed)),
                ("", None, Err(Fault::NotListed)),
            ] {
                let mut request = asking(text, extension.clone());
                assert_eq!(operations.admit(&mut request), expected, "{text} {extension:?}");
                if expected.is_ok() {
                    assert_eq!(request.query, TEXT);
                    assert!(documents::name_of(&request).is_none(), "it is not looked up a second time");
                }
            }
        }
    }

    #[test]
    fn a_manifest_that_cannot_be_meant_is_refused() {
        assert!(of(&apollo(json!([]))).unwrap().by_id.is_empty());
        for (manifest, expected) in [
            (json!({ "format": "apollo-persisted-query-manifest", "version": 2, "operations": [] }), "neither"),
            (json!({ "format": "another", "version": 1, "operations": [] }), "neither"),
            (json!([TEXT]), "neither"),
            (json!({ "One": 1 }), "neither"),
            (json!({ "One": "{ broken" }), "cannot be parsed"),
            (apollo(json!([{ "id": "One", "body": TEXT }, { "id": "One", "body": "{ position }" }])), "two operations"),
        ] {
            let error = of(&manifest).unwrap_err().to_string();
            assert!(error.contains(expected), "{manifest}: {error}");
        }
        let twice = apollo(json!([{ "id": "One", "body": TEXT }, { "id": "One", "body": TEXT }]));
        assert!(of(&twice).is_ok(), "the same twice is the same");
    }

    #[test]
    fn a_folder_is_all_manifests_in_it_and_an_empty_one_a_mistake() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Operations::read(folder.path()), Err(OperationsError::Empty(_))));
        std::fs::write(folder.path().join("a.json"), json!({ "One": TEXT }).to_string()).unwrap();
        std::fs::write(
            folder.path().join("b.json"),
            apollo(json!([{ "id": "Two", "body": "{ position }" }])).to_string(),
        )
        .unwrap();
        std::fs::write(folder.path().join("notes.txt"), "of no concern").unwrap();
        let operations = Operations::read(folder.path()).unwrap();
        for text in [TEXT, "{ position }"] {
            assert_eq!(operations.admit(&mut Request::new(text)), Ok(()));
        }
        std::fs::write(folder.path().join("c.json"), json!({ "One": "{ position }" }).to_string()).unwrap();
        assert!(matches!(Operations::read(folder.path()), Err(OperationsError::Twice(_))));
        assert!(matches!(Operations::read(&folder.path().join("none")), Err(OperationsError::Unreadable(..))));
    }
}
