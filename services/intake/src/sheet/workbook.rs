//! Workbooks, by calamine.

use super::{Grid, GridRow, Grids, MOST_COLUMNS, SheetError, first, note};
use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Sheets,
    open_workbook_auto_from_rs,
};
use schema::finding::FileFinding;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows beyond this are not read; a list this long is refused anyway.
const MOST_GRID_ROWS: u32 = 200_000;
/// Cells beyond this are not read: a small file can hold any number of equal ones.
const MOST_CELLS: usize = 2_500_000;
/// What the parts of a workbook may take when unpacked, in bytes.
const MOST_UNPACKED: u64 = 1 << 29;

/// Whether these are the bytes of a workbook: a ZIP archive (XLSX, XLSB, ODS) or a compound file (XLS).
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// The visible sheets, in the workbook's order.
pub(super) fn grids(bytes: &[u8]) -> Result<Grids, SheetError> {
    if unpacked_size(bytes).is_some_and(|size| size > MOST_UNPACKED) {
        return Err(too_large());
    }
    // The library is sound on what spreadsheets write; a workbook made to break it must not end the service.
    match catch_unwind(AssertUnwindSafe(|| read(bytes))) {
        Ok(Ok(grids)) => Ok(grids),
        Ok(Err(Unread::TooLarge)) => Err(too_large()),
        Ok(Err(Unread::Broken(problem))) => Err(broken(&problem)),
        Err(_) => Err(broken("the workbook is malformed")),
    }
}

/// Why a workbook was not read.
enum Unread {
    TooLarge,
    Broken(String),
}

impl Unread {
    fn broken(problem: impl std::fmt::Display) -> Self {
        Unread::Broken(problem.to_string())
    }
}

fn too_large() -> SheetError {
    SheetError::new("FILE_TOO_LARGE", "工作簿展开后太大", "the workbook is too large when unpacked")
        .remedy("请只保留登记表一个工作表再交", "keep only the sheet with the list")
}

/// The refusal of a workbook that only opens with a password.
pub(super) fn protected() -> SheetError {
    SheetError::new("WORKBOOK_PROTECTED", "工作簿设了密码，打不开", "the workbook is protected by a password")
        .remedy("请去掉密码后再交", "remove the password and hand it in again")
}

fn broken(problem: &str) -> SheetError {
    if problem.to_ascii_lowercase().contains("password") {
        return protected();
    }
    SheetError::new("WORKBOOK_BROKEN", "工作簿打不开，可能已损坏", format!("the workbook cannot be read: {problem}"))
        .remedy(
            "请在表格软件里打开后另存为xlsx再交",
            "open it in a spreadsheet program, save it as XLSX and hand it in again",
        )
}

fn read(bytes: &[u8]) -> Result<Grids, Unread> {
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(Unread::broken)?;
    let sheets = workbook.sheets_metadata().to_vec();
    let mut read = Grids { grids: Vec::new(), notes: Vec::new() };
    let mut hidden = Vec::new();
    for sheet in sheets {
        if sheet.typ != SheetType::WorkSheet {
            continue;
        }
        if sheet.visible != SheetVisible::Visible {
            hidden.push(sheet.name);
            continue;
        }
        let rows = rows(&mut workbook, &sheet.name)?;
        read.grids.push(Grid { name: Some(sheet.name), rows });
    }
    if !hidden.is_empty() {
        let (sheets, count) = first(hidden.iter().map(String::as_str));
        read.notes.push(note(FileFinding::HiddenSheets { sheets, count }));
    }
    Ok(read)
}

type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

fn rows(workbook: &mut Sheets<Cursor<&[u8]>>, name: &str) -> Result<Vec<GridRow>, Unread> {
    let mut cells = Cells::new();
    let merged: Vec<Dimensions> = match workbook {
        // Cell by cell: a stray cell in the last row and column must not cost the memory of all between.
        Sheets::Xlsx(xlsx) => {
            let merged = xlsx.merge_cells_by_sheet_name(name).unwrap_or_default();
            let mut reader = xlsx.worksheet_cells_reader(name).map_err(Unread::broken)?;
            let mut read = 0usize;
            while let Some(cell) = reader.next_cell().map_err(Unread::broken)? {
                read += 1;
                if read > MOST_CELLS {
                    return Err(Unread::TooLarge);
                }
                let (row, column) = cell.get_position();
                put(&mut cells, row, column, text_ref(cell.get_value()));
            }
            merged
        }
        Sheets::Xls(xls) => {
            let merged = xls.merge_cells_by_sheet_name(name).unwrap_or_default();
            let range = xls.worksheet_range(name).map_err(Unread::broken)?;
            fill(&mut cells, &range);
            merged
        }
        Sheets::Xlsb(_) | Sheets::Ods(_) => {
            let range = workbook.worksheet_range(name).map_err(Unread::broken)?;
            fill(&mut cells, &range);
            Vec::new()
        }
    };
    let banners = spread(&mut cells, &merged);
    Ok(cells
        .into_iter()
        .map(|(row, cells)| {
            let width = cells.keys().next_back().map_or(0, |last| last + 1);
            let mut cells = cells;
            let banner = banners.get(&row).copied();
            GridRow {
                at: row + 1,
                cells: (0..width).map(|column| cells.remove(&column).unwrap_or_default()).collect(),
                banner,
            }
        })
        .collect())
}

fn put(cells: &mut Cells, row: u32, column: u32, text: String) {
    if row < MOST_GRID_ROWS && usize::try_from(column).is_ok_and(|column| column < MOST_COLUMNS) && !text.is_empty() {
        cells.entry(row).or_default().insert(column, text);
    }
}

fn fill(cells: &mut Cells, range: &Range<Data>) {
    let (top, left) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let place = |offset: usize, first: u32| u32::try_from(offset).unwrap_or(u32::MAX).saturating_add(first);
        put(cells, place(row, top), place(column, left), text(value));
    }
}

/// A merged cell has its value in every row that it covers (in its first column); returns, for rows with a cell merged
/// across several columns, how many.
fn spread(cells: &mut Cells, merged: &[Dimensions]) -> BTreeMap<u32, usize> {
    let last_row = cells.keys().next_back().copied().unwrap_or_default();
    let mut banners = BTreeMap::new();
    for region in merged {
        let ((top, left), (bottom, right)) = (region.start, region.end);
        if right > left && top == bottom {
            let width = banners.entry(top).or_insert(0);
            *width = (*width).max((right - left + 1) as usize);
        }
        let Some(value) = cells.get(&top).and_then(|row| row.get(&left)).cloned() else { continue };
        for row in top.saturating_add(1)..=bottom.min(last_row) {
            // Only into rows that hold something: a merged serial number must not make rows of nothing.
            if let Some(row) = cells.get_mut(&row) {
                row.entry(left).or_insert_with(|| value.clone());
            }
        }
    }
    banners
}

fn text(value: &Data) -> String {
    match value {
        Data::Int(number) => number.to_string(),
        Data::Float(number) => decimal(*number),
        Data::String(text) => text.clone(),
        Data::Bool(truth) => truth_word(*truth),
        Data::DateTime(moment) => moment_text(moment),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(error) => error.to_string(),
        Data::Empty => String::new(),
    }
}

fn text_ref(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth_word(*truth),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn truth_word(truth: bool) -> String {
    if truth { "是".to_owned() } else { "否".to_owned() }
}

/// A number as it was meant: whole ones without a point. From 10^15 on a spreadsheet keeps no digit for certain, and
/// the text says so by its exponent.
fn decimal(number: f64) -> String {
    if number.abs() >= 1e15 {
        return format!("{number:E}").replace('E', "E+");
    }
    let text = format!("{number:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A date as `2025-03-05`, with its time if it has one; a time of day alone as `8:30`.
fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, ..) = moment.to_ymd_hms_milli();
    if moment.is_duration() || (0.0..1.0).contains(&moment.as_f64()) {
        return format!("{hour}:{minute:02}");
    }
    match (hour, minute) {
        (0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {hour}:{minute:02}"),
    }
}

/// The sum of the unpacked sizes in a ZIP archive's directory (APPNOTE 4.3.12), if it is one.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0u64, |number, byte| (number << 8) | u64::from(*byte)))
    };
    let end = (0..=bytes.len().checked_sub(22)?)
        .rev()
        .take(66_000)
        .find(|at| bytes.get(*at..at + 4) == Some(b"PK\x05\x06"))?;
    let mut at = usize::try_from(number(end + 16, 4)?).ok()?;
    let mut sum = 0u64;
    while bytes.get(at..at.checked_add(4)?) == Some(b"PK\x01\x02") {
        sum = sum.saturating_add(number(at + 24, 4)?);
        let lengths = [28, 30, 32].iter().map(|field| number(at + field, 2)).sum::<Option<u64>>()?;
        at = at.checked_add(46)?.checked_add(usize::try_from(lengths).ok()?)?;
    }
    Some(sum)
}
