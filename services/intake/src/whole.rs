//! Files that are taken in whole or not at all: half a list of divisions, or half a calendar, is worse than none.

use crate::sheet::SheetError;
use schema::identity_number;
use schema::limits::quoted;

/// How many bad rows are named before the rest is only counted.
const NAMED: usize = 100;

/// One thing wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct WrongRow {
    /// The row as a spreadsheet numbers it, the header being 1.
    pub row: u32,
    /// The column, if it is about one.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
    /// The reason, in Chinese.
    pub zh: String,
    /// The reason, in English.
    pub en: String,
}

/// A file of which nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is not text.
    #[error(transparent)]
    Text(#[from] SheetError),
    /// Its header does not name the columns.
    #[error("{file}: {en}")]
    Header {
        /// The file.
        file: String,
        /// What the header should be, in Chinese.
        zh: &'static str,
        /// The same in English.
        en: &'static str,
    },
    /// Rows are wrong.
    #[error("{file}: {count} rows are wrong")]
    Rows {
        /// The file.
        file: String,
        /// The first hundred.
        places: Vec<WrongRow>,
        /// All of them.
        count: usize,
    },
    /// There is no row.
    #[error("{file}: there is no row below the header")]
    Empty {
        /// The file.
        file: String,
    },
}

impl FileError {
    /// What is said of it, in Chinese and in English.
    pub fn sentences(&self) -> (String, String) {
        match self {
            FileError::Text(error) => error.sentences(),
            FileError::Header { file, zh, en } => (format!("{file}：{zh}。"), format!("{file}: {en}.")),
            FileError::Rows { file, count, .. } => (
                format!("{file}：有{count}处错误，整个文件没有导入。"),
                format!("{file}: {count} places are wrong; nothing of the file was taken in."),
            ),
            FileError::Empty { file } => {
                (format!("{file}：表头下面没有数据行。"), format!("{file}: there is no row below the header."))
            }
        }
    }

    /// Where it is wrong, each place as JSON.
    pub fn places(&self) -> Vec<serde_json::Value> {
        match self {
            FileError::Text(error) => vec![serde_json::json!(**error)],
            FileError::Rows { places, .. } => places.iter().map(|place| serde_json::json!(place)).collect(),
            FileError::Header { .. } | FileError::Empty { .. } => Vec::new(),
        }
    }
}

/// What is wrong with the rows of a file, as it is read.
#[derive(Debug, Default)]
pub struct WrongRows {
    places: Vec<WrongRow>,
    count: usize,
}

impl WrongRows {
    /// Notes one. What stands there is quoted short, and an identity number in it is masked.
    pub fn add(&mut self, row: u32, column: &'static str, value: &str, zh: &str, en: &str) {
        self.count += 1;
        if self.places.len() < NAMED {
            let value = quoted(&identity_number::masked(value));
            self.places.push(WrongRow { row, column, value, zh: zh.to_owned(), en: en.to_owned() });
        }
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Nothing, if no row is wrong.
    ///
    /// # Errors
    /// When one is.
    pub fn none_of(self, file: &str) -> Result<(), FileError> {
        let WrongRows { places, count } = self;
        if count == 0 { Ok(()) } else { Err(FileError::Rows { file: file.to_owned(), places, count }) }
    }
}
