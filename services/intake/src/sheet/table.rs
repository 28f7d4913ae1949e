//! The table within a sheet: its header, its data rows, and what stands around them.

use super::{Grid, GridRow, Grids, Headings, Line, MOST_ROWS, Sheet, SheetError, note};
use crate::cell::{fold, is_invisible};
use crate::column::{Column, Note};
use std::sync::Arc;

/// The header stands among the first so many rows.
pub(super) const HEADER_WITHIN: usize = 60;

/// Where the header is, and which cell of a row belongs to which column.
struct Header {
    /// How many rows of the grid come before the first data row.
    data_from: usize,
    at: u32,
    /// Per column of the office, the place in a row.
    places: Vec<Option<usize>>,
    /// What stands in the header, by place.
    words: Vec<String>,
}

impl Header {
    fn found(&self) -> usize {
        self.places.iter().flatten().count()
    }
}

/// The table of the first grid that has all required columns.
pub(super) fn find(grids: Grids, columns: &'static [Column]) -> Result<Sheet, SheetError> {
    let Grids { grids, mut notes } = grids;
    let mut incomplete: Option<Header> = None;
    let mut found: Option<(Grid, Header)> = None;
    let mut others = Vec::new();
    for grid in grids {
        let Some(header) = header(&grid.rows, columns) else { continue };
        let complete = columns.iter().zip(&header.places).all(|(column, place)| place.is_some() || !column.required);
        if !complete {
            if incomplete.as_ref().is_none_or(|known| header.found() > known.found()) {
                incomplete = Some(header);
            }
        } else if found.is_none() {
            found = Some((grid, header));
        } else {
            others.extend(grid.name);
        }
    }
    let Some((grid, header)) = found else {
        return Err(incomplete.map_or_else(|| no_header(columns), |header| columns_missing(&header, columns)));
    };
    if !others.is_empty() {
        notes.push(note(
            "OTHER_SHEETS",
            format!(
                "只导入了工作表“{}”；还有表头相同的工作表没有导入：{}",
                grid.name.as_deref().unwrap_or_default(),
                others.join("、")
            ),
            format!(
                "only the sheet {:?} was read; others have the same header: {}",
                grid.name.as_deref().unwrap_or_default(),
                others.join(", ")
            ),
        ));
    }
    remark_on_columns(&header, columns, &mut notes);
    let lines = lines(&grid.rows, &header, columns, &mut notes)?;
    if lines.is_empty() {
        let error = SheetError::new("NO_ROWS", "表头下面没有数据行", "there is no row below the header")
            .remedy("请核对是不是交错了文件", "check whether it is the right file");
        return Err(error.at(header.at));
    }
    let mut read: Vec<(usize, &String)> = header
        .places
        .iter()
        .flatten()
        .filter_map(|place| header.words.get(*place).map(|word| (*place, word)))
        .collect();
    read.sort_unstable();
    Ok(Sheet { columns: read.into_iter().map(|(_, word)| word.clone()).collect(), lines, notes })
}

/// How many columns the best header row names: for finding the separator of a text file.
pub(super) fn most_columns_named(rows: &[GridRow], columns: &'static [Column]) -> usize {
    header(rows, columns).map_or(0, |header| header.found())
}

/// The row, or pair of rows, that names the most columns; of equals a single row, then the first.
fn header(rows: &[GridRow], columns: &'static [Column]) -> Option<Header> {
    let mut best: Option<(usize, bool, Header)> = None;
    let names: Vec<Names> = columns.iter().map(Names::of).collect();
    for (index, row) in rows.iter().take(HEADER_WITHIN).enumerate() {
        let single = named(row.cells.clone(), &names, index + 1, row.at);
        let pair = rows.get(index + 1).map(|below| {
            let width = row.cells.len().max(below.cells.len());
            let cell =
                |row: &GridRow, place: usize| row.cells.get(place).filter(|cell| !cell.trim().is_empty()).cloned();
            let words =
                (0..width).map(|place| cell(below, place).or_else(|| cell(row, place)).unwrap_or_default()).collect();
            named(words, &names, index + 2, row.at)
        });
        for (is_single, candidate) in [(true, Some(single)), (false, pair)] {
            let Some(candidate) = candidate else { continue };
            let score = candidate.found();
            if best.as_ref().is_none_or(|(most, single, _)| score > *most || (score == *most && is_single && !*single))
            {
                best = Some((score, is_single, candidate));
            }
        }
    }
    let required = columns.iter().filter(|column| column.required).count();
    let least = required.div_ceil(2).max(2).min(columns.len());
    best.filter(|(score, ..)| *score >= least).map(|(_, _, header)| header)
}

/// The names of a column, folded: as they are, and without what stands in brackets.
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

fn named(words: Vec<String>, names: &[Names], data_from: usize, at: u32) -> Header {
    let headings: Vec<String> = words.iter().map(|word| heading(word)).collect();
    let mut places: Vec<Option<usize>> = vec![None; names.len()];
    let mut taken = vec![false; words.len()];
    // First the names as they are, then without remarks in brackets: 电话(必填).
    for whole in [true, false] {
        for (names, place) in names.iter().zip(places.iter_mut()) {
            if place.is_some() {
                continue;
            }
            let candidates = if whole { &names.whole } else { &names.short };
            let matching = |heading: &String| {
                let heading = if whole { heading.clone() } else { without_brackets(heading) };
                !heading.is_empty() && candidates.contains(&heading)
            };
            let free = headings
                .iter()
                .enumerate()
                .find(|(index, heading)| taken.get(*index) == Some(&false) && matching(heading));
            if let Some((index, _)) = free {
                *place = Some(index);
                if let Some(taken) = taken.get_mut(index) {
                    *taken = true;
                }
            }
        }
    }
    let words = words.iter().map(|word| crate::cell::normalise(word)).collect();
    Header { data_from, at, places, words }
}

fn remark_on_columns(header: &Header, columns: &'static [Column], notes: &mut Vec<Note>) {
    const SERIAL: &[&str] = &["序号", "编号", "行号", "no", "number", "id"];
    let unknown: Vec<&str> = header
        .words
        .iter()
        .enumerate()
        .filter(|(place, word)| {
            !word.is_empty() && !header.places.contains(&Some(*place)) && !SERIAL.contains(&heading(word).as_str())
        })
        .map(|(_, word)| word.as_str())
        .collect();
    if !unknown.is_empty() {
        notes.push(note(
            "COLUMNS_UNKNOWN",
            format!("这些列不在登记表里，没有导入：{}", unknown.join("、")),
            format!("these columns are not part of the list and were left alone: {}", unknown.join(", ")),
        ));
    }
    let absent: Vec<&Column> =
        columns.iter().zip(&header.places).filter(|(_, place)| place.is_none()).map(|(column, _)| column).collect();
    if !absent.is_empty() {
        let names = |of: fn(&Column) -> &'static str| absent.iter().map(|column| of(column)).collect::<Vec<_>>();
        notes.push(note(
            "COLUMNS_ABSENT",
            format!("表里没有这些列，按没有填写处理：{}", names(|column| column.name).join("、")),
            format!("the file lacks these columns; they count as blank: {}", names(|column| column.name_en).join(", ")),
        ));
    }
}

fn lines(
    rows: &[GridRow],
    header: &Header,
    columns: &'static [Column],
    notes: &mut Vec<Note>,
) -> Result<Vec<Line>, SheetError> {
    let in_file = header.places.iter().map(|place| place.and_then(|place| header.words.get(place)).cloned()).collect();
    let headings = Arc::new(Headings { columns, in_file });
    let mut lines: Vec<Line> = Vec::new();
    let mut left_out: Vec<u32> = Vec::new();
    for row in rows.iter().skip(header.data_from) {
        let mut cells: Vec<String> = header
            .places
            .iter()
            .map(|place| place.and_then(|place| row.cells.get(place)).map(|cell| trimmed(cell)).unwrap_or_default())
            .collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if is_header_again(&cells, header) || is_around_the_table(row, &cells, header.found()) {
            left_out.push(row.at);
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
                && let Some(above) = lines.last().and_then(|line: &Line| line.cells.get(place))
            {
                cell.clone_from(above);
            }
        }
        let number = u32::try_from(lines.len() + 1).unwrap_or(u32::MAX);
        lines.push(Line { number, at: row.at, headings: headings.clone(), cells });
    }
    if !left_out.is_empty() {
        let shown = left_out.iter().take(20).map(u32::to_string).collect::<Vec<_>>();
        let more = if left_out.len() > shown.len() { "…" } else { "" };
        notes.push(note(
            "ROWS_LEFT_OUT",
            format!("合计、表尾、重复表头等{}行不是数据，没有导入：表格第{}{more}行", left_out.len(), shown.join("、")),
            format!(
                "{} rows are totals, footers or repeated headers and were left alone: rows {}{more} of the sheet",
                left_out.len(),
                shown.join(", ")
            ),
        ));
    }
    Ok(lines)
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
    let same = cells.iter().zip(&header.places).filter(|(cell, place)| {
        place
            .and_then(|place| header.words.get(place))
            .is_some_and(|word| !cell.is_empty() && heading(cell) == heading(word))
    });
    same.count() * 2 > header.found()
}

/// Totals, section headings and the lines below the table.
fn is_around_the_table(row: &GridRow, cells: &[String], known: usize) -> bool {
    let mut words = row.cells.iter().map(|cell| fold(cell)).filter(|cell| !cell.is_empty());
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let serial = !first.is_empty() && first.chars().all(|character| character.is_ascii_digit());
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    is_total(&first)
        || (serial && is_total(&second))
        || (is_footer(&first)
            && (filled * 2 < known
                || row.cells.iter().map(|cell| fold(cell)).all(|cell| cell.is_empty() || is_footer(&cell))))
        || (row.banner.is_some_and(|width| width * 2 > known) && filled <= 1)
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
    let missing: Vec<&Column> = columns
        .iter()
        .zip(&header.places)
        .filter(|(column, place)| column.required && place.is_none())
        .map(|(column, _)| column)
        .collect();
    let names = |of: fn(&Column) -> &'static str| missing.iter().map(|column| of(column)).collect::<Vec<_>>();
    let strange: Vec<&str> = header
        .words
        .iter()
        .enumerate()
        .filter(|(place, word)| !word.is_empty() && !header.places.contains(&Some(*place)))
        .map(|(_, word)| word.as_str())
        .collect();
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
