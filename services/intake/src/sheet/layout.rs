//! What of a workbook is not displayed: rows and columns that are hidden, cells that others cover, formulas that nobody
//! has calculated. The library that reads the cells does not say.

use calamine::Dimensions;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// So many rows, merged regions or formulas of one sheet are looked at.
const MOST: usize = 200_000;

/// What is not displayed of one sheet. Rows and columns are counted from 0.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub merged: Vec<Dimensions>,
    pub hidden_rows: BTreeSet<u32>,
    /// First and last.
    pub hidden_columns: Vec<(u32, u32)>,
    /// Cells with a formula and no value.
    pub uncalculated: Vec<(u32, u32)>,
}

impl Layout {
    pub(super) fn hides_column(&self, column: u32) -> bool {
        self.hidden_columns.iter().any(|(first, last)| (*first..=*last).contains(&column))
    }
}

/// The layouts of an XLSX workbook, by sheet. What cannot be read is left to the library that reads the cells, which says
/// what is wrong with it.
pub(super) fn of_xlsx(bytes: &[u8], most: u64) -> HashMap<String, Layout> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return HashMap::new() };
    let Some(workbook) = part(&mut archive, "xl/workbook.xml", most) else { return HashMap::new() };
    let relations = part(&mut archive, "xl/_rels/workbook.xml.rels", most).unwrap_or_default();
    let mut targets: HashMap<String, String> = HashMap::new();
    elements(&relations, |element, _| {
        if element.local_name().as_ref() == "Relationship"
            && let (Some(id), Some(target)) = (attribute(element, "Id"), attribute(element, "Target"))
        {
            targets.insert(id, target);
        }
    });
    let mut sheets: Vec<(String, String)> = Vec::new();
    elements(&workbook, |element, _| {
        if element.local_name().as_ref() == "sheet"
            && let (Some(name), Some(id)) = (attribute(element, "name"), attribute(element, "r:id"))
            && let Some(target) = targets.get(&id)
        {
            let path = match target.strip_prefix('/') {
                Some(absolute) => absolute.to_owned(),
                None => format!("xl/{target}"),
            };
            sheets.push((name, path));
        }
    });
    let mut layouts = HashMap::new();
    for (name, path) in sheets {
        if let Some(sheet) = part(&mut archive, &path, most) {
            layouts.insert(name, sheet_of_xlsx(&sheet));
        }
    }
    layouts
}

fn sheet_of_xlsx(sheet: &str) -> Layout {
    let mut layout = Layout::default();
    let mut row = 0u32;
    let mut cell: Option<(u32, u32)> = None;
    let mut column = 0u32;
    let (mut formula, mut value) = (false, false);
    elements(sheet, |element, event| match (element.local_name().as_ref(), event) {
        ("col", ElementPart::Opens | ElementPart::Empty) if is_true(element, "hidden") => {
            let number = |name: &str| attribute(element, name).and_then(|text| text.parse::<u32>().ok());
            if let (Some(first), Some(last)) = (number("min"), number("max"))
                && layout.hidden_columns.len() < MOST
            {
                layout.hidden_columns.push((first.saturating_sub(1), last.saturating_sub(1)));
            }
        }
        ("row", ElementPart::Opens | ElementPart::Empty) => {
            row = match attribute(element, "r").and_then(|text| text.parse::<u32>().ok()) {
                Some(number) => number,
                None => row.saturating_add(1),
            };
            column = 0;
            if is_true(element, "hidden") && layout.hidden_rows.len() < MOST {
                layout.hidden_rows.insert(row.saturating_sub(1));
            }
        }
        ("c", ElementPart::Opens) => {
            let said = attribute(element, "r").and_then(|at| position(&at));
            cell = Some(said.unwrap_or((row.saturating_sub(1), column)));
            column = cell.map_or(column, |(_, at)| at).saturating_add(1);
            (formula, value) = (false, false);
        }
        ("c", ElementPart::Empty) => column = column.saturating_add(1),
        ("f", ElementPart::Opens | ElementPart::Empty) => formula = true,
        ("v" | "is", ElementPart::Opens | ElementPart::Empty) => value = true,
        ("c", ElementPart::Closes) => {
            if let (Some(at), true, false) = (cell.take(), formula, value)
                && layout.uncalculated.len() < MOST
            {
                layout.uncalculated.push(at);
            }
        }
        ("mergeCell", ElementPart::Opens | ElementPart::Empty) => {
            if let Some(region) = attribute(element, "ref").and_then(|written| region(&written))
                && layout.merged.len() < MOST
            {
                layout.merged.push(region);
            }
        }
        _ => {}
    });
    layout
}

/// The layouts of an ODS workbook, by sheet.
pub(super) fn of_ods(bytes: &[u8], most: u64) -> HashMap<String, Layout> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return HashMap::new() };
    let Some(content) = part(&mut archive, "content.xml", most) else { return HashMap::new() };
    let mut layouts: BTreeMap<String, Layout> = BTreeMap::new();
    let mut name: Option<String> = None;
    let (mut row, mut next_row, mut column, mut of_columns) = (0u32, 0u32, 0u32, 0u32);
    let repeated = |element: &BytesStart<'_>, name: &str| {
        attribute(element, name).and_then(|text| text.parse::<u32>().ok()).unwrap_or(1).max(1)
    };
    elements(&content, |element, place| {
        let of = element.name();
        match (of.as_ref(), place) {
            ("table:table", ElementPart::Opens) => {
                name = attribute(element, "table:name");
                (row, column, of_columns) = (0, 0, 0);
                return;
            }
            ("table:table", ElementPart::Closes) => {
                name = None;
                return;
            }
            _ => {}
        }
        let Some(layout) = name.as_ref().map(|name| layouts.entry(name.clone()).or_default()) else { return };
        let hidden = || {
            attribute(element, "table:visibility").is_some_and(|said| matches!(said.as_str(), "collapse" | "filter"))
        };
        match (of.as_ref(), place) {
            ("table:table-column", ElementPart::Opens | ElementPart::Empty) => {
                let last = of_columns.saturating_add(repeated(element, "table:number-columns-repeated"));
                if hidden() && layout.hidden_columns.len() < MOST {
                    layout.hidden_columns.push((of_columns, last.saturating_sub(1)));
                }
                of_columns = last;
            }
            ("table:table-row", ElementPart::Opens | ElementPart::Empty) => {
                next_row = row.saturating_add(repeated(element, "table:number-rows-repeated"));
                if hidden() {
                    let room = MOST.saturating_sub(layout.hidden_rows.len());
                    layout.hidden_rows.extend((row..next_row).take(room));
                }
                column = 0;
                if place == ElementPart::Empty {
                    row = next_row;
                }
            }
            ("table:table-row", ElementPart::Closes) => row = next_row,
            ("table:table-cell" | "table:covered-table-cell", ElementPart::Opens | ElementPart::Empty) => {
                let wide = repeated(element, "table:number-columns-spanned");
                let high = repeated(element, "table:number-rows-spanned");
                if (wide > 1 || high > 1) && layout.merged.len() < MOST {
                    let end = (row.saturating_add(high - 1), column.saturating_add(wide - 1));
                    layout.merged.push(Dimensions { start: (row, column), end });
                }
                let calculated = attribute(element, "office:value-type").is_some();
                if attribute(element, "table:formula").is_some() && !calculated && layout.uncalculated.len() < MOST {
                    layout.uncalculated.push((row, column));
                }
                column = column.saturating_add(repeated(element, "table:number-columns-repeated"));
            }
            _ => {}
        }
    });
    layouts.into_iter().collect()
}

/// Where in an element the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ElementPart {
    Opens,
    Empty,
    Closes,
}

/// Calls with every element of a part, in turn, until it ends or is malformed.
fn elements(xml: &str, mut each: impl FnMut(&BytesStart<'_>, ElementPart)) {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => each(&element, ElementPart::Opens),
            Ok(Event::Empty(element)) => each(&element, ElementPart::Empty),
            Ok(Event::End(element)) => each(&BytesStart::new(element.name().as_ref()), ElementPart::Closes),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str, most: u64) -> Option<String> {
    let file = archive.by_name(name).ok()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok().flatten()?;
    let raw = found.value.as_ref();
    Some(quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), std::borrow::Cow::into_owned))
}

fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| matches!(value.as_str(), "1" | "true" | "on"))
}

/// `B4` as row and column.
fn position(at: &str) -> Option<(u32, u32)> {
    let letters = at.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = at.split_at_checked(letters)?;
    let column = letters.bytes().try_fold(0u32, |column, letter| {
        column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase().checked_sub(b'A')?) + 1)
    })?;
    Some((digits.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}

/// `B4:B6`.
fn region(written: &str) -> Option<Dimensions> {
    let (start, end) = written.split_once(':')?;
    let (start, end) = (position(start)?, position(end)?);
    (start.0 <= end.0 && start.1 <= end.1).then_some(Dimensions { start, end })
}
