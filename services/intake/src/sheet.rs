//! A file into rows of text: encodings, layouts, and everything that stands around the table.
//!
//! **Files.** CSV in UTF-8 (with or without byte-order mark), UTF-16 with a mark, or GB 18030, separated by commas, tabs
//! or semicolons, quoted cells holding line breaks; XLSX, XLSM, XLS and ODS. What a file is, its first bytes say,
//! not its name; what is no table (a PDF, a Word document, a web page called `.xls`) is refused as what it is.
//!
//! **Sheets.** Every visible sheet with the header of the first: a sheet for each town is one list. Sheets that are named
//! after a time or as a copy (九月, 备份) are other editions; they and hidden sheets, which are drafts, are left alone and
//! noted.
//!
//! **Header.** The row among the first 60 that names the most columns, and at least half of those required. Spaces, line
//! breaks, full-width letters and brackets, a star for "must be filled" and remarks in brackets do not matter; columns may
//! stand in any order, under a header of two rows, and a column that gathers (电话) several times; unknown ones are noted and
//! left alone. A required column that is missing, with none to do for it, refuses the file.
//!
//! **Rows.** Counted from 1 as data rows: blank ones (a serial number alone is blank), subtotals and totals, repeated
//! headers, section headings (一、抚宁镇), the numbers of columns, the example row and the footer are not counted. `同上`, `〃` and the like mean the cell above in the same column. A merged cell
//! has its value in every row that it covers, and what was left under it is not read. Hidden rows are left alone and noted,
//! hidden columns read and noted. A row of a text file with more cells than the header is shifted, and refused. Numbers are written without `.0`, dates as `2025-03-05`.

mod delimited;
mod kind;
mod layout;
mod table;

pub(crate) use table::is_called;
mod workbook;

use crate::column::Column;
use schema::finding::{CellFinding, FileFinding};
use schema::hand_in::Note;
use schema::identity_number::{self, Within};
use schema::limits::{is_longer, length, quoted};
use serde::{Deserialize, Serialize};
use std::ops::Deref;
use std::sync::Arc;

/// At most so many data rows are read from one file; more is refused.
pub const MOST_ROWS: usize = 100_000;
/// Columns beyond so many are no part of any list; some files have a stray cell in the last one.
const MOST_COLUMNS: usize = 300;

/// A file as a table of text.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The columns that were read, in the file's order and words.
    pub columns: Vec<String>,
    /// The data rows, in the file's order.
    pub lines: Vec<Line>,
    /// What was left alone, and what a clerk should know about the file as a whole.
    pub notes: Vec<Note>,
}

/// The columns of an office, and under which heading the file has each.
#[derive(Debug)]
pub(crate) struct Headings {
    columns: &'static [Column],
    in_file: Vec<Option<String>>,
}

/// One data row.
#[derive(Clone, Debug)]
pub struct Line {
    /// The data row, from 1, header not counted.
    pub number: u32,
    /// The row as the spreadsheet numbers it, from 1.
    pub at: u32,
    headings: Arc<Headings>,
    cells: Vec<String>,
    set_aside: Vec<SetAside>,
    /// Has more cells than the header: what stands under a heading need not belong there.
    is_shifted: bool,
}

/// A cell of a row that nobody reads any further, because what it holds must not be kept. The row is refused for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// The column, if it is one of the office's.
    pub column: Option<&'static Column>,
    /// The column as the file calls it.
    pub heading: String,
    /// Why.
    pub why: CellFinding,
    /// What may be quoted of it; empty when nothing may.
    pub begins: String,
}

impl Line {
    /// A line of a form: one registration, cells by the name of their column. Unknown names are left alone.
    pub fn of_form(columns: &'static [Column], filled: &[(&str, &str)]) -> Line {
        let value_of = |column: &Column| filled.iter().find(|(name, _)| *name == column.name).map(|(_, value)| *value);
        let in_file = columns.iter().map(|column| value_of(column).map(|_| column.name.to_owned())).collect();
        let cells = columns.iter().map(|column| value_of(column).unwrap_or_default().trim().to_owned()).collect();
        Line::of(1, 1, Arc::new(Headings { columns, in_file }), cells)
    }

    /// A line of cells, one for each column. What must not be kept is set aside, and not in the line any more.
    fn of(number: u32, at: u32, headings: Arc<Headings>, cells: Vec<String>) -> Line {
        let mut line = Line { number, at, headings, cells, set_aside: Vec::new(), is_shifted: false };
        for (place, column) in line.headings.columns.iter().enumerate() {
            let Some(cell) = line.cells.get_mut(place) else { continue };
            let (why, begins) = if let Some(last_four) = column.identity_number_in(cell) {
                (CellFinding::IdentityNumber { last_four }, String::new())
            } else if is_longer(cell, column.most) {
                let most = u32::try_from(column.most).unwrap_or(u32::MAX);
                (CellFinding::TextTooLong { most }, quoted(cell))
            } else {
                continue;
            };
            cell.clear();
            line.set_aside.push(SetAside { column: Some(column), heading: line.headings.of(place), why, begins });
        }
        line
    }

    /// Sets the row aside for what stands in a column that is none of the office's.
    fn set_aside_for(&mut self, heading: String, last_four: String) {
        let why = CellFinding::IdentityNumber { last_four };
        self.set_aside.push(SetAside { column: None, heading, why, begins: String::new() });
    }

    /// The cells that must not be kept: for each of them the row is refused.
    pub fn set_aside(&self) -> &[SetAside] {
        &self.set_aside
    }

    /// Whether the row has more cells than the header, so that its cells stand under the wrong headings.
    pub fn is_shifted(&self) -> bool {
        self.is_shifted
    }

    /// The text of a cell, trimmed; empty when blank or when the file has no such column.
    pub fn cell(&self, column: &Column) -> &str {
        let place = self.headings.columns.iter().position(|known| known.name == column.name);
        place.and_then(|place| self.cells.get(place)).map_or("", String::as_str)
    }

    /// The column's name as the file has it, or its own when the file lacks it.
    pub fn heading(&self, column: &Column) -> String {
        let place = self.headings.columns.iter().position(|known| known.name == column.name);
        place.map_or_else(|| column.name.to_owned(), |place| self.headings.of(place))
    }
}

impl Headings {
    /// The name of a column as the file has it, or its own when the file lacks it.
    fn of(&self, place: usize) -> String {
        let own = || self.columns.get(place).map(|column| column.name.to_owned());
        self.in_file.get(place).cloned().flatten().or_else(own).unwrap_or_default()
    }
}

/// A file that could not be read as the office's list. Nothing of it is taken in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .0.file, .0.en)]
pub struct SheetError(Box<Fault>);

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The file's name.
    pub file: String,
    /// A stable code in `SCREAMING_SNAKE_CASE`.
    pub code: &'static str,
    /// Which row of the file, as the spreadsheet numbers it, where that is known.
    #[serde(rename = "row")]
    pub at: Option<u32>,
    /// The columns that are missing, where that is the reason.
    pub columns: Vec<&'static str>,
    /// The reason, in Chinese.
    pub zh: String,
    /// The reason, in English.
    pub en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl Deref for SheetError {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.0
    }
}

impl SheetError {
    /// What is said of it, in Chinese and in English: the file, what is wrong with it, what to do.
    pub fn sentences(&self) -> (String, String) {
        let Fault { file, zh, en, remedy_zh, remedy_en, .. } = &**self;
        (
            format!("{file}：{zh}。{remedy_zh}。整个文件没有导入。"),
            format!("{file}: {en}; {remedy_en}. Nothing of the file was taken in."),
        )
    }

    fn new(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (file, remedy_zh, remedy_en) = (String::new(), String::new(), String::new());
        let (zh, en) = (zh.into(), en.into());
        SheetError(Box::new(Fault { file, code, at: None, columns: Vec::new(), zh, en, remedy_zh, remedy_en }))
    }

    fn remedy(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        (self.0.remedy_zh, self.0.remedy_en) = (zh.into(), en.into());
        self
    }

    /// Says in which row of the file.
    fn at(mut self, row: u32) -> Self {
        self.0.at = Some(row);
        self
    }

    /// Says which columns are missing.
    fn lacking(mut self, columns: Vec<&'static str>) -> Self {
        self.0.columns = columns;
        self
    }

    fn in_file(mut self, file: &str) -> Self {
        self.0.file = quoted(&identity_number::masked(file));
        self
    }

    /// Somebody's identity number stands where a name does that is kept.
    fn identity_number(what_zh: &str, what_en: &str, last_four: &str) -> Self {
        SheetError::new(
            "IDENTITY_NUMBER",
            format!("{what_zh}里写有公民身份号码（末四位{last_four}）"),
            format!("{what_en} holds an identity number (its last four: {last_four})"),
        )
        .remedy("请删去身份证号后再交", "remove the identity number and hand it in again")
    }

    fn too_long(what_zh: &str, what_en: &str, most: usize) -> Self {
        SheetError::new(
            "NAME_TOO_LONG",
            format!("{what_zh}超过{most}个字"),
            format!("{what_en} has more than {most} characters"),
        )
        .remedy("请改短后再交", "shorten it and hand it in again")
    }
}

/// Whether the names that a file goes by may be kept: its own, and that of its list.
pub fn check_names(file: &str, list: &str) -> Result<(), SheetError> {
    for (name, what_zh, what_en, most) in
        [(file, "文件名", "the file's name", length::FILE), (list, "名单名称", "the name of the list", length::LIST)]
    {
        if let Some(last_four) = identity_number::last_four_in(name, Within::Text) {
            return Err(SheetError::identity_number(what_zh, what_en, &last_four).in_file(file));
        }
        if is_longer(name, most) {
            return Err(SheetError::too_long(what_zh, what_en, most).in_file(file));
        }
    }
    Ok(())
}

/// Reads a file as the list with these columns.
pub fn read(bytes: &[u8], file_name: &str, columns: &'static [Column]) -> Result<Sheet, SheetError> {
    read_by(bytes, file_name, columns, unfold)
}

/// The same, a workbook being unfolded as the caller does it.
pub fn read_by(
    bytes: &[u8],
    file_name: &str,
    columns: &'static [Column],
    unfold: impl FnOnce(&[u8]) -> Unfolded,
) -> Result<Sheet, SheetError> {
    let grids = match kind::refused(bytes) {
        Some(refused) => Err(refused),
        None if workbook::is_workbook(bytes) => unfold(bytes).map_err(SheetError::from),
        None => delimited::grids(bytes, columns),
    };
    grids.and_then(|grids| table::find(grids, columns)).map_err(|error| error.in_file(file_name))
}

/// Whether a file is a workbook and no refusal can be told from its bytes alone.
pub fn is_workbook(bytes: &[u8]) -> bool {
    workbook::is_workbook(bytes) && kind::refused(bytes).is_none()
}

/// The cells of a workbook's visible sheets, or why they were not read.
pub type Unfolded = Result<Grids, Unread>;

/// Unfolds a workbook. What that takes of memory and time is not bounded by the size of the file.
pub fn unfold(bytes: &[u8]) -> Unfolded {
    workbook::grids(bytes)
}

/// Why a workbook was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unread {
    /// It unfolds to more than is read.
    TooLarge,
    /// Unfolding it takes longer than a list does.
    TooSlow,
    /// It is no workbook that can be read, for this reason.
    Broken(String),
}

/// The text of a CSV file in any encoding that is read here.
pub fn text(bytes: &[u8], file_name: &str) -> Result<String, SheetError> {
    delimited::decode(bytes).map_err(|error| error.in_file(file_name))
}

/// Cells as they stand in a sheet, before anything is understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grid {
    /// The sheet's name, for workbooks.
    pub name: Option<String>,
    /// Row by row; rows without any cell may be left out.
    pub rows: Vec<GridRow>,
}

/// One row as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GridRow {
    /// Its number as the spreadsheet shows it, from 1.
    pub at: u32,
    /// Its cells from the first column; may end early.
    pub cells: Vec<String>,
    /// The columns that its merged cells cover, the first and the last of each.
    pub merged: Vec<(u32, u32)>,
    /// The spreadsheet does not show it.
    pub hidden: bool,
    /// Which of its cells stand in columns that the spreadsheet does not show.
    pub hidden_columns: Vec<u32>,
}

/// The grids of a file, and what was noted on the way to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grids {
    pub(crate) grids: Vec<Grid>,
    pub(crate) notes: Vec<Note>,
}

pub(crate) fn note(code: FileFinding) -> Note {
    Note { code: code.into() }
}

/// The first of several names, as a note keeps them, and how many there are. Somebody's identity number is never kept.
pub(crate) fn first<'n>(names: impl Iterator<Item = &'n str> + Clone) -> (Vec<String>, u32) {
    const SHOWN: usize = 50;
    let count = u32::try_from(names.clone().count()).unwrap_or(u32::MAX);
    (names.take(SHOWN).map(|name| quoted(&identity_number::masked(name))).collect(), count)
}
