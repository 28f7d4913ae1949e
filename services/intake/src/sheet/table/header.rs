//! The header of a table: which cell of a row is which column.

use crate::cell::fold;
use crate::column::Column;
use crate::sheet::{GridRow, SheetError};
use crate::whose::{speaks_of_telephones, whose};
use schema::identity_number;
use schema::limits::quoted;
use std::collections::HashSet;

/// The header stands among the first so many rows.
pub(in crate::sheet) const HEADER_WITHIN: usize = 60;

/// Where the header is, and which cell of a row belongs to which column.
pub(super) struct Header {
    /// How many rows of the grid come before the first data row.
    pub(super) data_from: usize,
    pub(super) at: u32,
    /// Per column of the office, its places in a row: one, or several for a column that gathers.
    pub(super) places: Vec<Vec<usize>>,
    /// What stands in the header, by place.
    pub(super) words: Vec<String>,
    /// What stands below a heading over several columns (上午), by place.
    pub(super) labels: Vec<Option<String>>,
    /// Whether a heading stands over several columns, each with a heading of its own.
    pub(super) is_grouped: bool,
}

impl Header {
    pub(super) fn found(&self) -> usize {
        self.places.iter().filter(|places| !places.is_empty()).count()
    }

    pub(super) fn has(&self, place: usize) -> bool {
        self.places.iter().any(|places| places.contains(&place))
    }

    /// What the file calls a column: the letters of a spreadsheet where it calls it nothing.
    pub(super) fn called(&self, place: usize) -> String {
        self.words.get(place).filter(|word| !word.is_empty()).cloned().unwrap_or_else(|| lettered(place))
    }

    /// Whether it has the same columns.
    pub(super) fn is_like(&self, other: &Header) -> bool {
        self.places.iter().zip(&other.places).all(|(one, other)| one.is_empty() == other.is_empty())
    }

    /// Whether it has the column of this name.
    pub(super) fn has_column(&self, columns: &[Column], name: &str) -> bool {
        columns.iter().zip(&self.places).any(|(column, places)| column.name == name && !places.is_empty())
    }

    /// What the file calls a column of the office.
    pub(super) fn heading(&self, places: &[usize]) -> Option<String> {
        let words: Vec<&str> = places.iter().filter_map(|place| self.words.get(*place)).map(String::as_str).collect();
        (!words.is_empty()).then(|| quoted(&words.join("、")))
    }
}

/// The required columns that a header lacks and for which it has no other.
pub(super) fn lacking<'c>(
    header: &'c Header,
    columns: &'static [Column],
) -> impl Iterator<Item = &'static Column> + 'c {
    let lacks = move |(column, places): &(&'static Column, &'c Vec<usize>)| {
        column.required && places.is_empty() && !column.instead.is_some_and(|name| header.has_column(columns, name))
    };
    columns.iter().zip(&header.places).filter(lacks).map(|(column, _)| column)
}

/// How many columns the best header row names: for finding the separator of a text file.
pub(in crate::sheet) fn most_columns_named(rows: &[GridRow], columns: &'static [Column]) -> usize {
    header(rows, columns).map_or(0, |header| header.found())
}

/// The row, or pair of rows, that names the most columns; of equals a pair with headings over several columns, then a single
/// row, then the first. Behind one that names all there are nobody looks further.
pub(super) fn header(rows: &[GridRow], columns: &'static [Column]) -> Option<Header> {
    let mut best: Option<((usize, bool, bool), Header)> = None;
    let names: Vec<Names> = columns.iter().map(Names::of).collect();
    let known: HashSet<&str> = names.iter().flat_map(Names::all).collect();
    for (index, row) in rows.iter().take(HEADER_WITHIN).enumerate() {
        let pair = rows.get(index + 1).map(|below| heads_of_two(row, below));
        for (is_single, heads) in [(true, Some(heads_of_one(row))), (false, pair)] {
            let Some(heads) = heads else { continue };
            // Rows of data name next to nothing: they are not looked at more closely.
            if best.as_ref().is_some_and(|((most, ..), _)| at_most_named(&heads, &known) < *most) {
                continue;
            }
            let data_from = index + if is_single { 1 } else { 2 };
            let candidate = named(heads, columns, &names, data_from, row.at);
            let score = (candidate.found(), !is_single && candidate.is_grouped, is_single);
            if best.as_ref().is_none_or(|(most, _)| score > *most) {
                best = Some((score, candidate));
            }
        }
        if best.as_ref().is_some_and(|((found, ..), _)| *found == columns.len()) {
            break;
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
    fn all(&self) -> impl Iterator<Item = &str> {
        self.whole.iter().chain(&self.short).map(String::as_str)
    }

    fn of(column: &Column) -> Names {
        let names = || std::iter::once(column.name).chain(column.aliases.iter().copied()).map(heading);
        Names { whole: names().collect(), short: names().map(|name| without_brackets(&name)).collect() }
    }
}

/// Whether a heading is a column's, by any of its names.
pub(crate) fn is_called(column: &Column, written: &str) -> bool {
    let (heading, names) = (heading(written), Names::of(column));
    let heading = if column.gathers() { heading.trim_end_matches(|c: char| c.is_ascii_digit()) } else { &heading };
    names.all().any(|name| name == heading || name == without_brackets(heading))
}

/// No more columns than this are named by a row: each of its places is one column's, or two of telephones.
fn at_most_named(heads: &[Head], known: &HashSet<&str>) -> usize {
    let may_name = |word: &String| {
        let heading = heading(word);
        let is_known =
            |text: &str| known.contains(text) || known.contains(text.trim_end_matches(|c: char| c.is_ascii_digit()));
        is_known(&heading) || is_known(&without_brackets(&heading)) || speaks_of_telephones(&heading)
    };
    let places = heads.iter().filter(|head| head.group.is_some() || head.words.iter().any(may_name));
    places.count() * 2
}

/// A heading for comparing: without blanks, stars, colons; brackets and letters in one width.
pub(super) fn heading(written: &str) -> String {
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

pub(super) fn no_header(columns: &'static [Column]) -> SheetError {
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

pub(super) fn columns_missing(header: &Header, columns: &'static [Column]) -> SheetError {
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

/// A column as the spreadsheet letters it.
pub(super) fn lettered(mut place: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(place % 26).unwrap_or_default()));
        if place < 26 {
            return letters.iter().rev().collect();
        }
        place = place / 26 - 1;
    }
}
