//! The data rows of a table, and the lines around it that are none.

use super::header::{Header, heading, lettered};
use crate::cell::{fold, is_blank, is_invisible};
use crate::column::Column;
use crate::sheet::{Grid, GridRow, Headings, Line, MOST_ROWS, SheetError, first, note};
use schema::finding::FileFinding;
use schema::hand_in::Note;
use schema::identity_number::{self, Within};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads the data rows of one grid, behind those that were read before.
pub(super) fn read_lines(
    grid: &Grid,
    header: &Header,
    columns: &'static [Column],
    lines: &mut Vec<Line>,
    notes: &mut Vec<Note>,
) -> Result<(), SheetError> {
    let in_file = header.places.iter().map(|places| header.heading(places)).collect();
    let headings = Arc::new(Headings { columns, in_file });
    let folded: Vec<Option<String>> =
        headings.in_file.iter().map(|word: &Option<String>| word.as_deref().map(heading)).collect();
    let (mut left_out, mut hidden, mut unnamed) = (Vec::new(), Vec::new(), BTreeSet::new());
    // As the file has it: what a line sets aside, `同上` below it means as well.
    let mut above: Vec<String> = Vec::new();
    for row in grid.rows.iter().skip(header.data_from) {
        let mut cells: Vec<String> =
            header.places.iter().zip(columns).map(|(places, column)| gathered(row, places, column, header)).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if is_header_again(&cells, &folded, header.found()) || is_around_the_table(row, &cells, header.found()) {
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

/// A header that a printer repeats on each page: more than half of the columns that were found say what they are called.
fn is_header_again(cells: &[String], headings: &[Option<String>], found: usize) -> bool {
    let (mut same, mut others) = (0, 0);
    for (cell, word) in cells.iter().zip(headings) {
        let Some(word) = word else { continue };
        if !cell.is_empty() && heading(cell) == *word {
            same += 1;
        } else {
            others += 1;
        }
        if same * 2 > found || others * 2 >= found {
            break;
        }
    }
    same * 2 > found
}

/// Totals, section headings, examples and the lines below the table.
fn is_around_the_table(row: &GridRow, cells: &[String], known: usize) -> bool {
    // Of most rows the first two say that they are data.
    let words = || row.cells.iter().map(|cell| fold(cell)).filter(|cell| !cell.is_empty());
    let beginning: Vec<String> = words().take(2).collect();
    let first = beginning.first().map(String::as_str).unwrap_or_default();
    let second = beginning.get(1).map(String::as_str).unwrap_or_default();
    let serial = !first.is_empty() && first.chars().all(|character| character.is_ascii_digit());
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    is_total(first)
        || (serial && is_total(second))
        || (is_footer(first) && (filled * 2 < known || words().all(|cell| is_footer(&cell))))
        || (row.merged.iter().any(|(left, right)| (right - left + 1) as usize * 2 > known) && filled <= 1)
        || (known >= 3 && beginning.len() == 1 && is_line_of_its_own(first))
        || is_example(first)
        || (is_column_number(second) && are_column_numbers(&words().collect::<Vec<_>>(), known))
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

fn is_column_number(word: &str) -> bool {
    "甲乙丙丁".contains(word) || word.parse::<u32>().is_ok()
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
