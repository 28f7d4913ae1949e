//! The table within a sheet: its header, its data rows, and what stands around them.

use super::{Grid, GridRow, Grids, Headings, Line, MOST_ROWS, Sheet, SheetError, first, note};
use crate::cell::{fold, is_blank, is_invisible};
use crate::column::Column;
use crate::whose::{speaks_of_telephones, whose};
use schema::finding::FileFinding;
use schema::hand_in::Note;
use schema::identity_number::{self, Within};
use schema::limits::quoted;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The header stands among the first so many rows.
pub(super) const HEADER_WITHIN: usize = 60;

/// Where the header is, and which cell of a row belongs to which column.
struct Header {
    /// How many rows of the grid come before the first data row.
    data_from: usize,
    at: u32,
    /// Per column of the office, its places in a row: one, or several for a column that gathers.
    places: Vec<Vec<usize>>,
    /// What stands in the header, by place.
    words: Vec<String>,
    /// What stands below a heading over several columns (上午), by place.
    labels: Vec<Option<String>>,
    /// Whether a heading stands over several columns, each with a heading of its own.
    is_grouped: bool,
}

impl Header {
    fn found(&self) -> usize {
        self.places.iter().filter(|places| !places.is_empty()).count()
    }

    fn has(&self, place: usize) -> bool {
        self.places.iter().any(|places| places.contains(&place))
    }

    /// What the file calls a column: the letters of a spreadsheet where it calls it nothing.
    fn called(&self, place: usize) -> String {
        self.words.get(place).filter(|word| !word.is_empty()).cloned().unwrap_or_else(|| lettered(place))
    }

    /// Whether it has the same columns.
    fn is_like(&self, other: &Header) -> bool {
        self.places.iter().zip(&other.places).all(|(one, other)| one.is_empty() == other.is_empty())
    }

    /// Whether it has the column of this name.
    fn has_column(&self, columns: &[Column], name: &str) -> bool {
        columns.iter().zip(&self.places).any(|(column, places)| column.name == name && !places.is_empty())
    }

    /// What the file calls a column of the office.
    fn heading(&self, places: &[usize]) -> Option<String> {
        let words: Vec<&str> = places.iter().filter_map(|place| self.words.get(*place)).map(String::as_str).collect();
        (!words.is_empty()).then(|| quoted(&words.join("、")))
    }
}

/// The required columns that a header lacks and for which it has no other.
fn lacking<'c>(header: &'c Header, columns: &'static [Column]) -> impl Iterator<Item = &'static Column> + 'c {
    let lacks = move |(column, places): &(&'static Column, &'c Vec<usize>)| {
        column.required && places.is_empty() && !column.instead.is_some_and(|name| header.has_column(columns, name))
    };
    columns.iter().zip(&header.places).filter(lacks).map(|(column, _)| column)
}

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

/// How many columns the best header row names: for finding the separator of a text file.
pub(super) fn most_columns_named(rows: &[GridRow], columns: &'static [Column]) -> usize {
    header(rows, columns).map_or(0, |header| header.found())
}

/// The row, or pair of rows, that names the most columns; of equals a pair with headings over several columns, then a single
/// row, then the first.
fn header(rows: &[GridRow], columns: &'static [Column]) -> Option<Header> {
    let mut best: Option<((usize, bool, bool), Header)> = None;
    let names: Vec<Names> = columns.iter().map(Names::of).collect();
    for (index, row) in rows.iter().take(HEADER_WITHIN).enumerate() {
        let single = named(heads_of_one(row), columns, &names, index + 1, row.at);
        let pair = rows.get(index + 1).map(|below| named(heads_of_two(row, below), columns, &names, index + 2, row.at));
        for (is_single, candidate) in [(true, Some(single)), (false, pair)] {
            let Some(candidate) = candidate else { continue };
            let score = (candidate.found(), !is_single && candidate.is_grouped, is_single);
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, candidate));
            }
        }
    }
    let required = columns.iter().filter(|column| column.required).count();
    let least = required.div_ceil(2).max(2).min(columns.len());
    best.filter(|((found, ..), _)| *found >= least).map(|(_, header)| header)
}

/// What one cell of a header may be called.
#[derive(Default)]
struct Head {
    words: Vec<String>,
    /// The heading that stands over it and others.
    group: Option<String>,
    /// What it says itself below that.
    label: Option<String>,
    /// Says neither the same as the cell above nor nothing, below a heading of its own: a cell of data, rather.
    is_odd: bool,
}

fn filled(row: &GridRow, place: usize) -> Option<String> {
    row.cells.get(place).filter(|cell| !cell.trim().is_empty()).map(|cell| quoted(cell))
}

/// The heading of a merged cell of the row that covers a place and begins before it.
fn merged_over(row: &GridRow, place: usize) -> Option<String> {
    let covers = |(left, right): &&(u32, u32)| (*left as usize..=*right as usize).contains(&place);
    row.merged.iter().find(covers).and_then(|(left, _)| filled(row, *left as usize))
}

fn heads_of_one(row: &GridRow) -> Vec<Head> {
    let width = row.merged.iter().map(|(_, right)| *right as usize + 1).max().unwrap_or_default();
    (0..row.cells.len().max(width.min(row.cells.len() + 20)))
        .map(|place| match filled(row, place) {
            Some(word) => Head { words: vec![word], ..Head::default() },
            None => Head { group: merged_over(row, place), ..Head::default() },
        })
        .collect()
}

/// What each column may be called under a header of two rows: as the lower says, or as both say one after the other (负责人
/// over 姓名 and 电话), an upper cell standing for the blank ones behind it; or as the upper says where the lower is blank; or
/// as a part of the upper (开放时间 over 上午 and 下午).
fn heads_of_two(above: &GridRow, below: &GridRow) -> Vec<Head> {
    let width = above.cells.len().max(below.cells.len());
    let stands_over_several =
        |place: usize| filled(above, place + 1).is_none() && filled(below, place + 1).is_some() && place + 1 < width;
    let mut group: Option<(String, bool)> = None;
    (0..width)
        .map(|place| {
            let (upper, lower) = (filled(above, place), filled(below, place));
            let is_same = upper.as_deref().map(heading) == lower.as_deref().map(heading);
            if let Some(upper) = &upper {
                group = Some((upper.clone(), stands_over_several(place)));
            }
            let over = group.clone().filter(|(_, several)| *several && !is_same).map(|(group, _)| group);
            let both = lower.as_ref().zip(group.as_ref()).map(|(lower, (group, _))| format!("{group}{lower}"));
            let is_odd = lower.is_some() && upper.is_some() && !is_same && over.is_none();
            let label = lower.clone().filter(|_| over.is_some());
            let words = if lower.is_some() {
                [lower, both].into_iter().flatten().collect()
            } else {
                upper.into_iter().collect()
            };
            Head { words, group: over, label, is_odd }
        })
        .collect()
}

/// The names of a column, folded, its own first: as they are, and without what stands in brackets.
struct Names {
    whole: Vec<String>,
    short: Vec<String>,
}

impl Names {
    fn of(column: &Column) -> Names {
        let names = || std::iter::once(column.name).chain(column.aliases.iter().copied()).map(heading);
        Names { whole: names().collect(), short: names().map(|name| without_brackets(&name)).collect() }
    }
}

/// A heading for comparing: without blanks, stars, colons; brackets and letters in one width.
fn heading(written: &str) -> String {
    fold(written)
        .chars()
        .filter(|character| !matches!(character, '*' | '★' | '※' | ':' | '"' | '、' | '\'' | '.'))
        .collect()
}

fn without_brackets(heading: &str) -> String {
    let mut depth = 0usize;
    let kept: String = heading
        .chars()
        .filter(|character| match character {
            '(' | '[' | '【' | '〔' => {
                depth += 1;
                false
            }
            ')' | ']' | '】' | '〕' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    if kept.is_empty() { heading.to_owned() } else { kept }
}

/// Which cell of a row is which column, when each cell may be called one of several words.
fn named(heads: Vec<Head>, columns: &'static [Column], names: &[Names], data_from: usize, at: u32) -> Header {
    let headings: Vec<Vec<String>> =
        heads.iter().map(|head| head.words.iter().map(|word| heading(word)).collect()).collect();
    let short: Vec<Vec<String>> =
        headings.iter().map(|words| words.iter().map(|word| without_brackets(word)).collect()).collect();
    let mut places: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    // Per place, which of its words was found to be a column's name.
    let mut taken: Vec<Option<usize>> = vec![None; heads.len()];
    telephones_of_persons(&headings, columns, &mut places, &mut taken);
    // First the names as they are, the form's own before others; then without remarks in brackets: 电话(必填).
    for whole in [true, false] {
        for ((names, places), column) in names.iter().zip(places.iter_mut()).zip(columns) {
            for name in if whole { &names.whole } else { &names.short } {
                if !places.is_empty() && !column.gathers() {
                    break;
                }
                let is_called = |heading: &String| {
                    // 电话1, 电话2: one column that gathers.
                    let heading =
                        if column.gathers() { heading.trim_end_matches(|c: char| c.is_ascii_digit()) } else { heading };
                    heading == name
                };
                for (place, headings) in if whole { &headings } else { &short }.iter().enumerate() {
                    let Some(taken) = taken.get_mut(place).filter(|taken| taken.is_none()) else { continue };
                    if let Some(word) = headings.iter().position(is_called) {
                        *taken = Some(word);
                        places.push(place);
                        if !column.gathers() {
                            break;
                        }
                    }
                }
            }
        }
    }
    let is_grouped = parts(&heads, columns, names, &mut places, &mut taken);
    for places in &mut places {
        places.sort_unstable();
    }
    let called = |(head, taken): (&Head, &Option<usize>)| {
        head.words.get(taken.unwrap_or(0)).map(|word| crate::cell::normalise(word)).unwrap_or_default()
    };
    let words = heads.iter().zip(&taken).map(called).collect();
    let labels = heads.into_iter().map(|head| head.label).collect();
    Header { data_from, at, places, words, labels, is_grouped }
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

/// The columns whose heading stands over several: all of its parts, or the first where the column has none. Says whether
/// the lower row is one of headings.
fn parts(
    heads: &[Head],
    columns: &'static [Column],
    names: &[Names],
    places: &mut [Vec<usize>],
    taken: &mut [Option<usize>],
) -> bool {
    let mut found = false;
    for ((names, places), column) in names.iter().zip(places.iter_mut()).zip(columns) {
        for (place, head) in heads.iter().enumerate() {
            let Some(group) = head.group.as_deref().map(heading) else { continue };
            let is_it = names.whole.contains(&group) || names.short.contains(&without_brackets(&group));
            let Some(taken) = taken.get_mut(place).filter(|taken| taken.is_none() && is_it) else { continue };
            if places.is_empty() || column.in_parts {
                *taken = Some(0);
                places.push(place);
                found |= head.label.is_some();
            }
        }
    }
    found && !heads.iter().any(|head| head.is_odd)
}

/// Finds the columns whose headings speak of somebody's telephone, before any is known by a name that it has in common
/// with the service's: 电话 below 负责人, 电话(领队). Somebody else's is no column of the list.
fn telephones_of_persons(
    headings: &[Vec<String>],
    columns: &'static [Column],
    places: &mut [Vec<usize>],
    taken: &mut [Option<usize>],
) {
    let spoken_of = |headings: &Vec<String>| {
        // 联系人 below 联系方式 is a name: the lower of two says what stands in the column.
        let is_of_telephones = headings.first().is_some_and(|lower| speaks_of_telephones(lower));
        let words = headings.iter().enumerate().filter(|_| is_of_telephones);
        words.into_iter().find_map(|(word, heading)| whose(heading).map(|whose| (word, whose)))
    };
    for ((place, headings), taken) in headings.iter().enumerate().zip(taken) {
        let Some((word, whose)) = spoken_of(headings) else { continue };
        *taken = Some(word);
        for (column, places) in columns.iter().zip(places.iter_mut()) {
            if column.telephones == Some(whose) {
                places.push(place);
            }
        }
    }
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

/// Reads the data rows of one grid, behind those that were read before.
fn read_lines(
    grid: &Grid,
    header: &Header,
    columns: &'static [Column],
    lines: &mut Vec<Line>,
    notes: &mut Vec<Note>,
) -> Result<(), SheetError> {
    let in_file = header.places.iter().map(|places| header.heading(places)).collect();
    let headings = Arc::new(Headings { columns, in_file });
    let (mut left_out, mut hidden, mut unnamed) = (Vec::new(), Vec::new(), BTreeSet::new());
    // As the file has it: what a line sets aside, `同上` below it means as well.
    let mut above: Vec<String> = Vec::new();
    for row in grid.rows.iter().skip(header.data_from) {
        let mut cells: Vec<String> =
            header.places.iter().zip(columns).map(|(places, column)| gathered(row, places, column, header)).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if is_header_again(&cells, header) || is_around_the_table(row, &cells, header.found()) {
            left_out.push(row.at);
            continue;
        }
        if row.hidden {
            hidden.push(row.at);
            continue;
        }
        if lines.len() >= MOST_ROWS {
            return Err(SheetError::new(
                "TOO_MANY_ROWS",
                format!("数据超过{MOST_ROWS}行"),
                format!("more than {MOST_ROWS} rows"),
            )
            .remedy("请分成几个文件交", "hand it in as several lists"));
        }
        for (place, cell) in cells.iter_mut().enumerate() {
            if is_ditto(cell)
                && let Some(above) = above.get(place)
            {
                cell.clone_from(above);
            }
        }
        let beyond = |(place, cell): &(usize, &String)| {
            !trimmed(cell).is_empty() && header.words.get(*place).is_none_or(String::is_empty) && !header.has(*place)
        };
        let beyond: Vec<usize> = row.cells.iter().enumerate().filter(beyond).map(|(place, _)| place).collect();
        // In a text file a comma too many moves what stands behind it; a workbook has its cells where they are.
        let is_shifted = grid.name.is_none() && beyond.iter().any(|place| *place >= header.words.len());
        if !is_shifted {
            unnamed.extend(beyond);
        }
        let number = u32::try_from(lines.len() + 1).unwrap_or(u32::MAX);
        above.clone_from(&cells);
        let mut line = Line::of(number, row.at, headings.clone(), cells);
        line.is_shifted = is_shifted;
        for (place, cell) in row.cells.iter().enumerate().filter(|(place, _)| !header.has(*place)) {
            if let Some(last_four) = identity_number::last_four_in(cell, Within::Text) {
                line.set_aside_for(header.called(place), last_four);
            }
        }
        lines.push(line);
    }
    let mut rows_noted = |mut rows: Vec<u32>, said: fn(Vec<u32>, u32) -> FileFinding| {
        if !rows.is_empty() {
            let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            rows.truncate(20);
            notes.push(note(said(rows, count)));
        }
    };
    rows_noted(left_out, |rows, count| FileFinding::RowsLeftOut { rows, count });
    rows_noted(hidden, |rows, count| FileFinding::HiddenRows { rows, count });
    if !unnamed.is_empty() {
        let letters: Vec<String> = unnamed.into_iter().map(lettered).collect();
        let (columns, count) = first(letters.iter().map(String::as_str));
        notes.push(note(FileFinding::ColumnsUnnamed { columns, count }));
    }
    Ok(())
}

/// A column as the spreadsheet letters it.
fn lettered(mut place: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(place % 26).unwrap_or_default()));
        if place < 26 {
            return letters.iter().rev().collect();
        }
        place = place / 26 - 1;
    }
}

/// What a row has in the places of one column.
fn gathered(row: &GridRow, places: &[usize], column: &Column, header: &Header) -> String {
    let mut cells: Vec<String> = Vec::with_capacity(places.len());
    for place in places {
        let Some(cell) = row.cells.get(*place).map(|cell| trimmed(cell)).filter(|cell| !cell.is_empty()) else {
            continue;
        };
        let label = header.labels.get(*place).and_then(Option::as_ref).filter(|_| column.in_parts);
        let cell = match label.map(|label| trimmed(label)) {
            Some(label) if !is_blank(&cell) && !cell.contains(&label) => format!("{label} {cell}"),
            _ => cell,
        };
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    cells.join(if column.in_parts { "，" } else { "、" })
}

fn trimmed(cell: &str) -> String {
    cell.trim_matches(|character: char| character.is_whitespace() || is_invisible(character)).to_owned()
}

/// `同上` and its signs: the cell above.
fn is_ditto(cell: &str) -> bool {
    const SIGNS: &[&str] = &["同上", "同上行", "同前", "〃", "″", "\"", "''", "〞", "“", "”", "″″", "\"\"", "′′"];
    SIGNS.contains(&cell) || (cell.chars().count() <= 6 && matches!(fold(cell).as_str(), "同上" | "(同上)" | "同上。"))
}

/// A header that a printer repeats on each page.
fn is_header_again(cells: &[String], header: &Header) -> bool {
    let same = cells.iter().zip(&header.places).filter(|(cell, places)| {
        !cell.is_empty() && header.heading(places).is_some_and(|word| heading(cell) == heading(&word))
    });
    same.count() * 2 > header.found()
}

/// Totals, section headings, examples and the lines below the table.
fn is_around_the_table(row: &GridRow, cells: &[String], known: usize) -> bool {
    let words: Vec<String> = row.cells.iter().map(|cell| fold(cell)).filter(|cell| !cell.is_empty()).collect();
    let first = words.first().map(String::as_str).unwrap_or_default();
    let second = words.get(1).map(String::as_str).unwrap_or_default();
    let serial = !first.is_empty() && first.chars().all(|character| character.is_ascii_digit());
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    is_total(first)
        || (serial && is_total(second))
        || (is_footer(first) && (filled * 2 < known || words.iter().all(|cell| is_footer(cell))))
        || (row.merged.iter().any(|(left, right)| (right - left + 1) as usize * 2 > known) && filled <= 1)
        || (known >= 3 && words.len() == 1 && is_line_of_its_own(first))
        || is_example(first)
        || are_column_numbers(&words, known)
}

/// The only cell of a row, when it heads a section or closes the table: `一、抚宁镇`, `台营镇`, `2025年3月5日`, `以下空白`.
fn is_line_of_its_own(folded: &str) -> bool {
    const SECTIONS: &[&str] = &["镇", "乡", "街道", "街道办事处", "办事处", "片区", "开发区", "管理区", "县", "区"];
    let text = folded.trim_end_matches(':').trim_matches(['(', ')']);
    let numbered = text.trim_start_matches(|character: char| "一二三四五六七八九十".contains(character));
    let is_numbered = numbered.len() < text.len() && numbered.starts_with(['、', '.', ')', ',']);
    let is_day = text.contains('年') && text.ends_with(['日', '月']) && text.chars().any(|c| c.is_ascii_digit());
    let is_page = text.chars().all(|character| character.is_ascii_digit() || matches!(character, '/' | '-' | '—'));
    is_numbered
        || is_day
        || is_page
        || (SECTIONS.iter().any(|word| text.ends_with(word)) && !text.ends_with("小区") && !text.ends_with("社区"))
        || matches!(text, "以下空白" | "以下无正文" | "完" | "本页完" | "此页以下空白")
        || text.ends_with('。')
        || text.chars().count() > 40
}

/// The row that shows how the form is filled in.
fn is_example(first: &str) -> bool {
    let text = first.trim_matches(['(', ')', '【', '】', '[', ']', ':']);
    matches!(text, "例" | "例如" | "示例" | "样例" | "举例" | "填写示例" | "填表示例" | "示例行" | "填写样例")
}

/// The numbers of the columns that stand below the header of a statistical form: `甲 乙 1 2 3 4`.
fn are_column_numbers(words: &[String], known: usize) -> bool {
    let numbers: Vec<u32> = words
        .iter()
        .skip_while(|word| "甲乙丙丁".contains(word.as_str()))
        .map_while(|word| word.parse().ok())
        .collect();
    let lettered = words.iter().take_while(|word| "甲乙丙丁".contains(word.as_str())).count();
    let in_turn = numbers.iter().zip(numbers.iter().skip(1)).all(|(one, next)| *next == one + 1);
    numbers.len() >= 3 && lettered + numbers.len() == words.len() && in_turn && words.len() * 2 > known
}

/// `合计`, `小计：`, `总计240家`, `本页合计`.
fn is_total(folded: &str) -> bool {
    let ends_in_sum = |text: &str| {
        ["合计", "小计", "总计", "共计", "累计", "总数", "合计数"]
            .iter()
            .find_map(|word| text.split_once(word).map(|(before, after)| (before.to_owned(), after.to_owned())))
    };
    let Some((before, after)) = ends_in_sum(folded) else { return false };
    let after: String = after
        .chars()
        .filter(|character| !character.is_ascii_digit() && !matches!(character, ':' | ',' | '.' | '(' | ')'))
        .collect();
    let whole = ["", "家", "个", "户", "条", "项", "处", "支", "所", "人", "份", "元", "数"].contains(&after.as_str());
    // A place or a page may be summed up: 抚宁区小计, 本页合计. A name that happens to hold the word is longer.
    whole && before.chars().count() <= 5 && !before.chars().any(|character| character.is_ascii_digit())
}

/// `填报单位：…`, `注：…`, `制表人：…`.
fn is_footer(folded: &str) -> bool {
    const WORDS: &[&str] = &[
        "填报",
        "填表",
        "制表",
        "审核",
        "审批",
        "复核",
        "主管",
        "单位负责人",
        "分管",
        "统计负责人",
        "统计人",
        "联系人",
        "经办",
        "负责人",
        "报送",
        "上报",
        "注",
        "备注",
        "说明",
        "附注",
        "附件",
        "附",
        "打印",
        "填写说明",
        "截至",
        "截止",
        "日期",
        "单位(盖章)",
        "盖章",
        "第",
        "页",
        "联系电话",
        "联系方式",
        "电话",
        "数据来源",
        "资料来源",
        "来源",
        "单位",
        "汇总",
        "经手",
        "审定",
        "领导",
        "签字",
        "签名",
        "登记人",
        "科室",
        "部门",
    ];
    let Some(word) = WORDS.iter().filter(|word| folded.starts_with(**word)).max_by_key(|word| word.len()) else {
        return false;
    };
    let rest = folded.get(word.len()..).unwrap_or_default();
    let label = rest.chars().take_while(|character| *character != ':').count();
    let page = *word == "第" && rest.contains('页') && folded.chars().count() <= 12;
    page || (rest.contains(':') && label <= 8)
        || rest.starts_with("1.")
        || rest.starts_with("1、")
        || matches!(*word, "截至" | "截止" | "填写说明" | "盖章" | "单位(盖章)")
}

fn no_header(columns: &'static [Column]) -> SheetError {
    let required: Vec<&Column> = columns.iter().filter(|column| column.required).collect();
    let names = |of: fn(&Column) -> &'static str| required.iter().map(|column| of(column)).collect::<Vec<_>>();
    let error = SheetError::new(
        "HEADER_NOT_FOUND",
        format!("前{HEADER_WITHIN}行里找不到表头；表头应有：{}", names(|column| column.name).join("、")),
        format!(
            "no header within the first {HEADER_WITHIN} rows; it should name: {}",
            names(|column| column.name_en).join(", ")
        ),
    )
    .remedy("请核对是不是交错了表，并保留表头那一行", "check whether it is the right list, and keep its header row");
    error.lacking(required.iter().map(|column| column.name).collect())
}

fn columns_missing(header: &Header, columns: &'static [Column]) -> SheetError {
    let missing: Vec<&Column> = lacking(header, columns).collect();
    let names = |of: fn(&Column) -> &'static str| missing.iter().map(|column| of(column)).collect::<Vec<_>>();
    let strange: Vec<&str> = header
        .words
        .iter()
        .enumerate()
        .filter(|(place, word)| !word.is_empty() && !header.has(*place))
        .map(|(_, word)| word.as_str())
        .collect();
    const SHOWN: usize = 20;
    let strange: Vec<String> = strange.into_iter().take(SHOWN).map(identity_number::masked).collect();
    let also = |text: &str| if strange.is_empty() { String::new() } else { format!("{text}{}", strange.join("、")) };
    let error = SheetError::new(
        "COLUMNS_MISSING",
        format!("表头（第{}行）缺少必需的列：{}", header.at, names(|column| column.name).join("、")),
        format!("the header (row {}) lacks required columns: {}", header.at, names(|column| column.name_en).join(", ")),
    )
    .remedy(
        format!("请补上这些列，或把列名改成上面的写法{}", also("；表里不认识的列名有：")),
        format!("add the columns, or give them these names{}", also("; headings that are not known: ")),
    );
    error.at(header.at).lacking(missing.iter().map(|column| column.name).collect())
}
