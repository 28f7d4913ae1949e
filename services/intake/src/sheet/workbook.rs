//! Workbooks, by calamine.

use super::layout::{self, Layout};
use super::{Grid, GridRow, Grids, MOST_COLUMNS, SheetError, Unread, first, note};
use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Range, Reader, SheetType, SheetVisible, Sheets,
    open_workbook_auto_from_rs,
};
use schema::finding::FileFinding;
use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows beyond this are not read; a list this long is refused anyway.
const MOST_GRID_ROWS: u32 = 200_000;
/// Cells beyond this are not read: a small file can hold any number of equal ones.
const MOST_CELLS: usize = 2_500_000;
/// Stands in a cell whose formula has no value: what a spreadsheet shows while it fetches one.
const NOT_CALCULATED: &str = "#GETTING_DATA";
/// What the parts of a workbook may take when unpacked, in bytes.
const MOST_UNPACKED: u64 = 1 << 29;

/// Whether these are the bytes of a workbook: a ZIP archive (XLSX, ODS) or a compound file (XLS).
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

/// The visible sheets, in the workbook's order.
pub(super) fn grids(bytes: &[u8]) -> Result<Grids, Unread> {
    if unpacked_size(bytes).is_some_and(|size| size > MOST_UNPACKED) {
        return Err(Unread::TooLarge);
    }
    // The library is sound on what spreadsheets write; a workbook made to break it must not end whoever reads it.
    match catch_unwind(AssertUnwindSafe(|| read(bytes))) {
        Ok(read) => read,
        Err(_) => Err(Unread::broken("the workbook is malformed")),
    }
}

impl From<Unread> for SheetError {
    fn from(unread: Unread) -> SheetError {
        match unread {
            Unread::TooLarge => too_large(),
            Unread::TooSlow => too_slow(),
            Unread::Broken(problem) => broken(&problem),
        }
    }
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

fn too_slow() -> SheetError {
    SheetError::new("FILE_TOO_SLOW", "工作簿展开所需的时间太长", "unfolding the workbook takes too long")
        .remedy("请把登记表单独另存为xlsx或CSV后再交", "save the sheet with the list by itself, as XLSX or CSV")
}

/// The refusal of a workbook of the binary kind, which is rare and which the library cannot read within bounds.
pub(super) fn binary() -> SheetError {
    SheetError::new(
        "WORKBOOK_BINARY",
        "这是xlsb格式的工作簿，不能读取",
        "this is a workbook of the XLSB kind, which is not read",
    )
    .remedy("请在表格软件里另存为xlsx后再交", "save it as XLSX and hand it in again")
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
    let mut layouts = match workbook {
        Sheets::Xlsx(_) => layout::of_xlsx(bytes, MOST_UNPACKED),
        Sheets::Ods(_) => layout::of_ods(bytes, MOST_UNPACKED),
        Sheets::Xls(_) => HashMap::new(),
        // Refused by its bytes, unless these hide it.
        Sheets::Xlsb(_) => return Err(Unread::broken("a workbook of the XLSB kind")),
    };
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
        let layout = layouts.remove(&sheet.name).unwrap_or_default();
        let rows = rows(&mut workbook, &sheet.name, layout)?;
        read.grids.push(Grid { name: Some(sheet.name), rows });
    }
    if !hidden.is_empty() {
        let (sheets, count) = first(hidden.iter().map(String::as_str));
        read.notes.push(note(FileFinding::HiddenSheets { sheets, count }));
    }
    Ok(read)
}

type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

fn rows(workbook: &mut Sheets<Cursor<&[u8]>>, name: &str, mut layout: Layout) -> Result<Vec<GridRow>, Unread> {
    let mut cells = Cells::new();
    match workbook {
        // Cell by cell: a stray cell in the last row and column must not cost the memory of all between.
        Sheets::Xlsx(xlsx) => {
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
        }
        Sheets::Xls(xls) => {
            layout.merged = xls.merge_cells_by_sheet_name(name).unwrap_or_default();
            let range = xls.worksheet_range(name).map_err(Unread::broken)?;
            fill(&mut cells, &range);
        }
        Sheets::Ods(_) | Sheets::Xlsb(_) => {
            let range = workbook.worksheet_range(name).map_err(Unread::broken)?;
            fill(&mut cells, &range);
        }
    };
    for (row, column) in &layout.uncalculated {
        put(&mut cells, *row, *column, NOT_CALCULATED.to_owned());
    }
    let merged = spread(&mut cells, &layout.merged)?;
    Ok(cells
        .into_iter()
        .map(|(row, cells)| {
            let width = cells.keys().next_back().map_or(0, |last| last + 1);
            let mut cells = cells;
            let hidden_columns = cells.keys().copied().filter(|column| layout.hides_column(*column)).collect();
            GridRow {
                at: row + 1,
                cells: (0..width).map(|column| cells.remove(&column).unwrap_or_default()).collect(),
                merged: merged.get(&row).cloned().unwrap_or_default(),
                hidden: layout.hidden_rows.contains(&row),
                hidden_columns,
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

/// A merged cell has its value in every row that it covers (in its first column), and nothing else is in them: what stood
/// there before they were merged is kept in the file and shown to nobody. Returns, by row, the columns that its merged
/// cells cover, the first and the last.
fn spread(cells: &mut Cells, merged: &[Dimensions]) -> Result<BTreeMap<u32, Vec<(u32, u32)>>, Unread> {
    let mut across: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    let mut steps = 0usize;
    for region in merged {
        let ((top, left), (bottom, right)) = (region.start, region.end);
        if right > left {
            across.entry(top).or_default().push((left, right));
        }
        let value = cells.get(&top).and_then(|row| row.get(&left)).cloned();
        // Only rows that hold something: a merged serial number must not make rows of nothing.
        for (number, row) in cells.range_mut(top..=bottom.max(top)) {
            let covered: Vec<u32> = row.range(left..=right.max(left)).map(|(column, _)| *column).collect();
            steps += 1 + covered.len();
            if steps > MOST_CELLS {
                return Err(Unread::TooLarge);
            }
            for column in covered {
                row.remove(&column);
            }
            if let Some(value) = &value {
                row.insert(left, value.clone());
            }
            if right > left && *number > top {
                across.entry(*number).or_default().push((left, right));
            }
        }
    }
    Ok(across)
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
