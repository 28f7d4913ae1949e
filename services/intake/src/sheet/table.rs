//! The table within a sheet: its header, its data rows, and what stands around them.

mod header;
mod lines;

pub(super) use header::{HEADER_WITHIN, most_columns_named};

use super::{Grid, GridRow, Grids, Sheet, SheetError, first, note};
use crate::cell::fold;
use crate::column::Column;
pub(crate) use header::is_called;
use header::{Header, columns_missing, header, heading, lacking, lettered, no_header};
use lines::read_lines;
use schema::finding::FileFinding;
use schema::hand_in::Note;
use schema::identity_number::{self, Within};
use schema::limits::quoted;

/// The table of the first grid that has all required columns, and of those after it that have the same header.
pub(super) fn find(grids: Grids, columns: &'static [Column]) -> Result<Sheet, SheetError> {
    let Grids { grids, mut notes } = grids;
    let mut incomplete: Option<Header> = None;
    let mut found: Vec<(Grid, Header)> = Vec::new();
    let mut others = Vec::new();
    for grid in grids {
        let Some(header) = header(&grid.rows, columns) else { continue };
        let is_edition = grid.name.as_deref().is_some_and(is_another_edition);
        if lacking(&header, columns).next().is_some() {
            if incomplete.as_ref().is_none_or(|known| header.found() > known.found()) {
                incomplete = Some(header);
            }
        } else if found.first().is_none_or(|(_, first)| header.is_like(first) && !is_edition) {
            found.push((grid, header));
        } else {
            others.extend(grid.name);
        }
    }
    let Some((first_grid, first_header)) = found.first() else {
        return Err(incomplete.map_or_else(|| no_header(columns), |header| columns_missing(&header, columns)));
    };
    let name = |grid: &Grid| grid.name.clone().unwrap_or_default();
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|(grid, _)| name(grid)).collect();
        let (sheets, count) = first(names.iter().map(String::as_str));
        notes.push(note(FileFinding::SheetsJoined { sheets, count }));
    }
    if !others.is_empty() {
        let read = quoted(&identity_number::masked(&name(first_grid)));
        let (others, count) = first(others.iter().map(String::as_str));
        notes.push(note(FileFinding::OtherSheets { read, others, count }));
    }
    let (at, mut lines) = (first_header.at, Vec::new());
    for (grid, header) in &found {
        headings_may_be_kept(&grid.rows, header)?;
        let mut said = Vec::new();
        remark_on_columns(grid, header, columns, &mut said);
        read_lines(grid, header, columns, &mut lines, &mut said)?;
        said.retain(|note| !notes.contains(note));
        notes.append(&mut said);
    }
    if lines.is_empty() {
        let error = SheetError::new("NO_ROWS", "表头下面没有数据行", "there is no row below the header")
            .remedy("请核对是不是交错了文件", "check whether it is the right file");
        return Err(error.at(at));
    }
    let mut read: Vec<(usize, &String)> = first_header
        .places
        .iter()
        .flatten()
        .filter_map(|place| first_header.words.get(*place).map(|word| (*place, word)))
        .collect();
    read.sort_unstable();
    Ok(Sheet { columns: read.into_iter().map(|(_, word)| word.clone()).collect(), lines, notes })
}

/// Whether a sheet is named after a time or as a copy: another edition of the list rather than a part of it.
fn is_another_edition(name: &str) -> bool {
    const COPIES: &[&str] = &[
        "备份",
        "副本",
        "旧",
        "历史",
        "模板",
        "样表",
        "示例",
        "范例",
        "上期",
        "上月",
        "往年",
        "去年",
        "草稿",
        "作废",
        "copy",
        "old",
        "bak",
        "季度",
        "上半年",
        "下半年",
    ];
    let name = fold(name);
    let is_number = |character: char| character.is_ascii_digit() || "一二三四五六七八九十〇".contains(character);
    let dated = |sign: char| {
        name.match_indices(sign)
            .any(|(at, _)| name.get(..at).and_then(|before| before.chars().next_back()).is_some_and(is_number))
    };
    COPIES.iter().any(|word| name.contains(word)) || dated('月') || dated('年')
}

/// Headings are kept with the hand-in, so nobody's identity number may stand in them.
fn headings_may_be_kept(rows: &[GridRow], header: &Header) -> Result<(), SheetError> {
    for row in rows.iter().take(header.data_from).filter(|row| row.at >= header.at) {
        for (place, cell) in row.cells.iter().enumerate() {
            if let Some(last_four) = identity_number::last_four_in(cell, Within::Text) {
                let column = lettered(place);
                let (what_zh, what_en) = (format!("表头{column}列"), format!("the heading of column {column}"));
                return Err(SheetError::identity_number(&what_zh, &what_en, &last_four).at(row.at));
            }
        }
    }
    Ok(())
}

fn remark_on_columns(grid: &Grid, header: &Header, columns: &'static [Column], notes: &mut Vec<Note>) {
    const SERIAL: &[&str] = &["序号", "编号", "行号", "no", "number", "id"];
    let unknown: Vec<&str> = header
        .words
        .iter()
        .enumerate()
        .filter(|(place, word)| !word.is_empty() && !header.has(*place) && !SERIAL.contains(&heading(word).as_str()))
        .map(|(_, word)| word.as_str())
        .collect();
    if !unknown.is_empty() {
        let (columns, count) = first(unknown.into_iter());
        notes.push(note(FileFinding::ColumnsUnknown { columns, count }));
    }
    let of_header = grid.rows.iter().take(header.data_from).rev().take(2);
    let mut hidden: Vec<usize> = of_header.flat_map(|row| &row.hidden_columns).map(|place| *place as usize).collect();
    hidden.sort_unstable();
    hidden.dedup();
    let hidden: Vec<&str> = hidden
        .into_iter()
        .filter(|place| header.has(*place))
        .filter_map(|place| header.words.get(place))
        .map(String::as_str)
        .collect();
    if !hidden.is_empty() {
        let (columns, count) = first(hidden.into_iter());
        notes.push(note(FileFinding::HiddenColumns { columns, count }));
    }
    // What a header lacks and must have, it has another column for, or the file would have been refused.
    let absent: Vec<&Column> = columns
        .iter()
        .zip(&header.places)
        .filter(|(column, places)| places.is_empty() && !column.is_hint)
        .filter(|(column, _)| !column.instead.is_some_and(|name| header.has_column(columns, name)))
        .map(|(column, _)| column)
        .collect();
    if !absent.is_empty() {
        let columns = absent.into_iter().map(Column::on_form).collect();
        notes.push(note(FileFinding::ColumnsAbsent { columns }));
    }
}
