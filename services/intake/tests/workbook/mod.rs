//! The smallest XLSX that tests need: stored (not compressed) parts in a ZIP archive.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

use std::fmt::Write as _;

#[allow(dead_code)]
pub enum Cell {
    Empty,
    Text(&'static str),
    Number(f64),
    Bool(bool),
    /// A number formatted as a day.
    Date(f64),
    /// A fraction of a day formatted as a time.
    Time(f64),
    /// A formula with its value.
    Formula(&'static str),
    /// A formula that nobody has calculated.
    Uncalculated,
}

struct Page {
    name: &'static str,
    visible: bool,
    rows: Vec<Vec<Cell>>,
    merged: Vec<&'static str>,
    stray: Option<(&'static str, &'static str)>,
    hidden_rows: Vec<usize>,
    hidden_columns: Vec<usize>,
}

#[derive(Default)]
pub struct Workbook(Vec<Page>);

impl Workbook {
    pub fn sheet(mut self, name: &'static str, visible: bool, rows: Vec<Vec<Cell>>) -> Self {
        self.0.push(Page {
            name,
            visible,
            rows,
            merged: Vec::new(),
            stray: None,
            hidden_rows: Vec::new(),
            hidden_columns: Vec::new(),
        });
        self
    }

    /// Merges cells of the last sheet.
    pub fn merge(mut self, cells: &'static str) -> Self {
        self.0.last_mut().unwrap().merged.push(cells);
        self
    }

    /// Hides a row of the last sheet, counted from 1.
    #[allow(dead_code)]
    pub fn hide_row(mut self, row: usize) -> Self {
        self.0.last_mut().unwrap().hidden_rows.push(row);
        self
    }

    /// Hides a column of the last sheet, counted from 1.
    #[allow(dead_code)]
    pub fn hide_column(mut self, column: usize) -> Self {
        self.0.last_mut().unwrap().hidden_columns.push(column);
        self
    }

    /// One more cell on the last sheet.
    #[allow(dead_code)]
    pub fn stray(mut self, at: &'static str, text: &'static str) -> Self {
        self.0.last_mut().unwrap().stray = Some((at, text));
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut parts = vec![
            ("[Content_Types].xml".to_owned(), self.types()),
            ("_rels/.rels".to_owned(), RELATIONS.replace("@", "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/>")),
            ("xl/workbook.xml".to_owned(), self.workbook()),
            ("xl/_rels/workbook.xml.rels".to_owned(), self.relations()),
            ("xl/styles.xml".to_owned(), STYLES.to_owned()),
        ];
        for (index, page) in self.0.iter().enumerate() {
            parts.push((format!("xl/worksheets/sheet{}.xml", index + 1), page.xml()));
        }
        archive(&parts)
    }

    fn types(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>",
        );
        for index in 1..=self.0.len() {
            write!(text, "<Override PartName=\"/xl/worksheets/sheet{index}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>").unwrap();
        }
        text + "</Types>"
    }

    fn workbook(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>",
        );
        for (index, page) in (1..).zip(&self.0) {
            let state = if page.visible { "visible" } else { "hidden" };
            write!(text, "<sheet name=\"{}\" sheetId=\"{index}\" state=\"{state}\" r:id=\"rId{index}\"/>", page.name)
                .unwrap();
        }
        text + "</sheets></workbook>"
    }

    fn relations(&self) -> String {
        let mut text = String::new();
        for index in 1..=self.0.len() {
            write!(text, "<Relationship Id=\"rId{index}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{index}.xml\"/>").unwrap();
        }
        text.push_str("<Relationship Id=\"rId99\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>");
        RELATIONS.replace("@", &text)
    }
}

impl Page {
    fn xml(&self) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
        );
        if !self.hidden_columns.is_empty() {
            text.push_str("<cols>");
            for column in &self.hidden_columns {
                write!(text, "<col min=\"{column}\" max=\"{column}\" hidden=\"1\"/>").unwrap();
            }
            text.push_str("</cols>");
        }
        text.push_str("<sheetData>");
        for (row, cells) in (1..).zip(&self.rows) {
            let hidden = if self.hidden_rows.contains(&row) { " hidden=\"1\"" } else { "" };
            write!(text, "<row r=\"{row}\"{hidden}>").unwrap();
            for (column, cell) in ('A'..).zip(cells) {
                let at = format!("{column}{row}");
                match cell {
                    Cell::Empty => Ok(()),
                    Cell::Text(words) => write!(text, "<c r=\"{at}\" t=\"inlineStr\"><is><t>{words}</t></is></c>"),
                    Cell::Number(number) => write!(text, "<c r=\"{at}\"><v>{number}</v></c>"),
                    Cell::Bool(truth) => write!(text, "<c r=\"{at}\" t=\"b\"><v>{}</v></c>", u8::from(*truth)),
                    Cell::Date(serial) => write!(text, "<c r=\"{at}\" s=\"1\"><v>{serial}</v></c>"),
                    Cell::Time(fraction) => write!(text, "<c r=\"{at}\" s=\"2\"><v>{fraction}</v></c>"),
                    Cell::Uncalculated => write!(text, "<c r=\"{at}\"><f>A1&amp;\"\"</f></c>"),
                    Cell::Formula(value) => {
                        write!(text, "<c r=\"{at}\" t=\"str\"><f>A1&amp;\"\"</f><v>{value}</v></c>")
                    }
                }
                .unwrap();
            }
            text.push_str("</row>");
        }
        if let Some((at, words)) = self.stray {
            let row = at.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            write!(text, "<row r=\"{row}\"><c r=\"{at}\" t=\"inlineStr\"><is><t>{words}</t></is></c></row>").unwrap();
        }
        text.push_str("</sheetData>");
        if !self.merged.is_empty() {
            text.push_str("<mergeCells>");
            for cells in &self.merged {
                write!(text, "<mergeCell ref=\"{cells}\"/>").unwrap();
            }
            text.push_str("</mergeCells>");
        }
        text + "</worksheet>"
    }
}

const RELATIONS: &str = "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">@</Relationships>";

/// Three formats of cells: as they are, a day (14), a time (20).
const STYLES: &str = "<?xml version=\"1.0\"?><styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/><xf numFmtId=\"20\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

/// An ODS workbook of these tables, each `<table:table ...>...</table:table>`.
#[allow(dead_code)]
pub fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>";
    archive(&[
        ("mimetype".to_owned(), "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        ("META-INF/manifest.xml".to_owned(), manifest.to_owned()),
        ("content.xml".to_owned(), content),
    ])
}

/// A ZIP archive of stored parts (APPNOTE 4.3).
fn archive(parts: &[(String, String)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in parts {
        let offset = bytes.len() as u32;
        let size = content.len() as u32;
        let mut fields = Vec::new();
        for field in [20u16, 0, 0, 0, 0] {
            fields.extend(field.to_le_bytes());
        }
        for field in [crc32(content.as_bytes()), size, size] {
            fields.extend(field.to_le_bytes());
        }
        fields.extend((name.len() as u16).to_le_bytes());
        fields.extend(0u16.to_le_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&fields);
        bytes.extend(name.as_bytes());
        bytes.extend(content.as_bytes());
        directory.extend(b"PK\x01\x02");
        directory.extend(20u16.to_le_bytes());
        directory.extend(&fields);
        directory.extend([0u8; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, length) = (bytes.len() as u32, directory.len() as u32);
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0u8; 4]);
    for count in [parts.len() as u16, parts.len() as u16] {
        bytes.extend(count.to_le_bytes());
    }
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend(0u16.to_le_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
