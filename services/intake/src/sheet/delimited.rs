//! Text files: which encoding, which separator.

use super::{Grid, GridRow, Grids, MOST_COLUMNS, SheetError, kind, table};
use crate::column::Column;
use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

/// A longer line, in bytes, is of no list; one of commas alone would cost many times its length.
const MOST_BYTES_IN_A_LINE: usize = 1 << 20;

/// A quoted cell with more line breaks than this is a quotation mark that was never closed.
const MOST_LINES_IN_A_CELL: usize = 40;

/// The rows of a text file, read with the separator under which its header can be found.
pub(super) fn grids(bytes: &[u8], columns: &'static [Column]) -> Result<Grids, SheetError> {
    let text = decode(bytes)?;
    if let Some(refused) = kind::refused_text(&text) {
        return Err(refused);
    }
    if let Some(at) = text.lines().position(|line| line.len() > MOST_BYTES_IN_A_LINE) {
        let at = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
        let error = SheetError::new(
            "LINE_TOO_LONG",
            format!("第{at}行太长，不像登记表的一行"),
            format!("line {at} is too long to be a row of a list"),
        );
        return Err(error.remedy("请核对是不是交错了文件", "check whether it is the right file").at(at));
    }
    let mut best: Option<(usize, u8)> = None;
    for separator in [b',', b'\t', b';', b'|'] {
        if !text.as_bytes().contains(&separator) {
            continue;
        }
        let head = rows(&text, separator, table::HEADER_WITHIN)?;
        let score = table::most_columns_named(&head, columns);
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, separator));
        }
    }
    let separator = best.map_or(b',', |(_, separator)| separator);
    let rows = rows(&text, separator, usize::MAX)?;
    Ok(Grids { grids: vec![Grid { name: None, rows }], notes: Vec::new() })
}

pub(super) fn decode(bytes: &[u8]) -> Result<String, SheetError> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let rest = bytes.get(length..).unwrap_or_default();
        return whole(encoding, rest);
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(SheetError::new("FILE_EMPTY", "文件是空的", "the file is empty")
            .remedy("请交含表头和数据的表格", "hand in a table with a header and rows"));
    }
    if bytes.contains(&0) {
        // UTF-16 without a mark: every other byte of plain letters and separators is zero.
        let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).take(512).filter(|byte| **byte == 0).count();
        let (even, odd) = (zeros(0), zeros(1));
        if even == odd {
            return Err(not_a_table());
        }
        return whole(if odd > even { UTF_16LE } else { UTF_16BE }, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => whole(GB18030, bytes),
    }
}

/// The text, if all of it is of this encoding.
fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, SheetError> {
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) if !text.contains('\0') => Ok(text.into_owned()),
        Some(_) | None => Err(not_a_table()),
    }
}

fn not_a_table() -> SheetError {
    SheetError::new(
        "FILE_UNREADABLE",
        "读不出文字：既不是UTF-8、GB 18030的文本表格，也不是Excel工作簿",
        "neither text in UTF-8 or GB 18030, nor a workbook",
    )
    .remedy("请在表格软件里另存为xlsx或CSV后再交", "save it as XLSX or CSV and hand it in again")
}

fn rows(text: &str, separator: u8, most: usize) -> Result<Vec<GridRow>, SheetError> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records().take(most) {
        let Ok(record) = record else { return Err(not_a_table()) };
        let at = record.position().map_or(0, |position| {
            // The reader stands before the line breaks that it skips on the way to the row.
            let ahead =
                usize::try_from(position.byte()).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
            let skipped =
                ahead.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
            u32::try_from(position.line())
                .unwrap_or(u32::MAX)
                .saturating_add(u32::try_from(skipped).unwrap_or(u32::MAX))
        });
        let cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(str::to_owned).collect();
        if cells.iter().any(|cell| cell.matches('\n').count() > MOST_LINES_IN_A_CELL) {
            let error = SheetError::new(
                "QUOTE_UNCLOSED",
                format!("第{at}行起有一个双引号没有配对，后面的内容连成了一格"),
                format!("a quotation mark opened in line {at} is never closed; what follows runs together"),
            )
            .remedy("请删去单独的双引号，或另存为xlsx再交", "remove the single quotation mark, or save it as XLSX");
            return Err(error.at(at));
        }
        rows.push(GridRow { at, cells, ..GridRow::default() });
    }
    Ok(rows)
}
