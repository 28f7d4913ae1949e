//! The files that stories hand in.

use crate::process::workspace;
use schema::Office;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The divisions of Qinhuangdao.
pub fn areas() -> PathBuf {
    workspace().join("schema/areas/130300.csv")
}

/// An office's hand-in of the demonstration.
pub fn hand_in(office: Office) -> PathBuf {
    workspace().join(format!("ops/demo/{}.csv", office.category()))
}

/// A file of `tests/data`.
pub fn data(name: &str) -> PathBuf {
    workspace().join("tests/data").join(name)
}

/// The data rows of an office's hand-in of the demonstration, each by column name.
pub fn rows(office: Office) -> Vec<Vec<(String, String)>> {
    table(&hand_in(office))
}

/// The rows of a CSV file with a header, in UTF-8 with or without a byte-order mark.
pub fn table(path: &Path) -> Vec<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        rows.push(header.iter().cloned().zip(record.iter().map(str::to_owned)).collect());
    }
    rows
}

/// Writes rows as a clerk's spreadsheet program would save them.
pub fn write_table(path: &Path, rows: &[Vec<(String, String)>]) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(first) = rows.first() {
        writer.write_record(first.iter().map(|(name, _)| name)).expect("memory can be written");
    }
    for row in rows {
        writer.write_record(row.iter().map(|(_, cell)| cell)).expect("memory can be written");
    }
    let bytes = writer.into_inner().expect("memory can be written");
    std::fs::write(path, [&b"\xef\xbb\xbf"[..], &bytes].concat()).expect("the file can be written");
}

/// The first `count` rows of an office's hand-in of the demonstration, as a file of the same name in a folder.
pub fn beginning(office: Office, count: usize, folder: &Path) -> PathBuf {
    let path = folder.join(format!("{}.csv", office.category()));
    let rows = rows(office);
    write_table(&path, &rows[..count.min(rows.len())]);
    path
}

/// The cell of a column.
pub fn cell<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    let found = row.iter().find(|(name, _)| name == column);
    found.map_or_else(|| panic!("no column {column}"), |(_, cell)| cell.as_str())
}

/// Writes another text into the cell of a column.
pub fn set_cell(row: &mut [(String, String)], column: &str, text: &str) {
    let found = row.iter_mut().find(|(name, _)| name == column);
    found.unwrap_or_else(|| panic!("no column {column}")).1 = text.to_owned();
}

/// All rows about the first `entities` entities of `tests/data/truth.csv` that were registered more than once, as one
/// file for each office.
pub fn overlapping(entities: usize, folder: &Path) -> Vec<(Office, PathBuf)> {
    let truth = table(&data("truth.csv"));
    let mut rows_of: BTreeMap<u32, Vec<(Office, usize)>> = BTreeMap::new();
    for line in &truth {
        let number = |column: &str| cell(line, column).parse::<u32>().expect("a number");
        let row = usize::try_from(number("row")).expect("a row");
        rows_of.entry(number("entity")).or_default().push((cell(line, "office").parse().expect("an office"), row));
    }
    let chosen: Vec<(Office, usize)> =
        rows_of.into_values().filter(|rows| rows.len() > 1).take(entities).flatten().collect();
    let file = |office: Office| {
        let all = rows(office);
        let mut numbers: Vec<usize> = chosen.iter().filter(|(of, _)| *of == office).map(|(_, row)| *row).collect();
        numbers.sort_unstable();
        let picked: Vec<_> = numbers.into_iter().map(|number| all[number - 1].clone()).collect();
        let path = folder.join(format!("{}.csv", office.category()));
        write_table(&path, &picked);
        (office, path)
    };
    Office::ALL.map(file).into()
}
