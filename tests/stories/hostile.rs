//! Workbooks that are made to take a service down, each of a few kilobytes. The process that serves everybody answers on, and
//! takes no more memory than for a list.

use schema::Office;
use std::io::{Cursor, Write as _};
use std::time::{Duration, Instant};
use stories::world::World;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What all of them may cost the process that serves, in bytes.
const MOST: u64 = 256 << 20;

/// And in time: what a child is given, and some for the way.
const LONGEST: Duration = Duration::from_secs(75);

/// The parts of an archive, made one after another so that no large one is ever held whole.
struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn new() -> Archive {
        Archive(ZipWriter::new(Cursor::new(Vec::new())))
    }

    fn part(mut self, name: &str, text: &str) -> Archive {
        self.0.start_file(name, SimpleFileOptions::default()).unwrap();
        self.0.write_all(text.as_bytes()).unwrap();
        self
    }

    /// A part of one text, repeated between two others.
    fn repeated(mut self, name: &str, (before, text, after): (&str, &str, &str), times: usize) -> Archive {
        self = self.part(name, before);
        for _ in 0..times {
            self.0.write_all(text.as_bytes()).unwrap();
        }
        self.0.write_all(after.as_bytes()).unwrap();
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.finish().unwrap().into_inner()
    }
}

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook of one sheet and of shared strings, but for these two parts.
fn xlsx() -> Archive {
    let types = "http://schemas.openxmlformats.org/package/2006/content-types";
    let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    Archive::new()
        .part("[Content_Types].xml", &format!("<Types xmlns=\"{types}\"/>"))
        .part(
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        )
        .part(
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{office}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        )
        .part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
            ),
        )
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const STRINGS: &str = "xl/sharedStrings.xml";

fn sheet(cells: &str) -> String {
    format!("<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\">{cells}</row></sheetData></worksheet>")
}

/// Says that it has a hundred thousand million strings, and has none.
fn a_count_that_is_believed() -> Vec<u8> {
    let strings = format!("<sst xmlns=\"{MAIN}\" count=\"100000000000\" uniqueCount=\"100000000000\"></sst>");
    xlsx().part(STRINGS, &strings).part(SHEET, &sheet("<c r=\"A1\"><v>1</v></c>")).bytes()
}

/// Two cells, the first and the last that a sheet can have.
fn two_cells_far_apart() -> Vec<u8> {
    let cells = "<c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c>";
    xlsx().part(SHEET, &sheet(cells)).bytes()
}

/// The same in the old format's place for it: a workbook of the binary kind.
fn binary() -> Vec<u8> {
    Archive::new().part("[Content_Types].xml", "<Types/>").part("xl/workbook.bin", "\u{1}").bytes()
}

/// One cell, repeated over sixty thousand rows of a thousand columns.
fn repeated_cells() -> Vec<u8> {
    let content = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
        xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\">\
        <office:body><office:spreadsheet><table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"60000\">\
        <table:table-cell table:number-columns-repeated=\"1000\" office:value-type=\"string\"><text:p>甲</text:p></table:table-cell>\
        </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    Archive::new()
        .part("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        .part("content.xml", content)
        .part("META-INF/manifest.xml", "<manifest/>")
        .bytes()
}

/// One string of four hundred megabytes.
fn a_long_string() -> Vec<u8> {
    let megabyte = "a".repeat(1 << 20);
    let before = format!("<sst xmlns=\"{MAIN}\"><si><t>");
    xlsx()
        .repeated(STRINGS, (&before, &megabyte, "</t></si></sst>"), 400)
        .part(SHEET, &sheet("<c r=\"A1\" t=\"s\"><v>0</v></c>"))
        .bytes()
}

/// More rows than any list has, each with a cell of its own.
fn many_rows() -> Vec<u8> {
    let before = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>");
    let row = "<row><c><v>1</v></c><c><v>2</v></c></row>";
    xlsx().repeated(SHEET, (&before, row, "</sheetData></worksheet>"), 3_000_000).bytes()
}

/// The archive's directory says how much it unfolds to; what stands before the archive moves it away from where it is looked
/// for.
fn behind_junk(archive: &[u8]) -> Vec<u8> {
    [b"PK\x03\x04".as_slice(), &[0; 100], archive].concat()
}

/// The most memory that a process has held, in bytes.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system says");
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_made_to_take_the_service_down_is_refused_and_everybody_else_is_served() {
    let mut world = World::up().await;
    world.load_areas().await;
    let clerk = world.clerk(Office::Commerce).await;
    let process = world.process("up").id();
    let before = peak(process);
    let long = a_long_string();
    for (number, (what, file)) in [
        ("a count that is believed", a_count_that_is_believed()),
        ("two cells far apart", two_cells_far_apart()),
        ("a workbook of the binary kind", binary()),
        ("repeated cells", repeated_cells()),
        ("a long string", long.clone()),
        ("the same behind junk", behind_junk(&long)),
        ("many rows behind junk", behind_junk(&many_rows())),
        ("no end of commas", b",".repeat(4 << 20)),
        ("no end of quotation marks", b"\"\"".repeat(2 << 20)),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(file.len() < 16 << 20, "{what} is small enough to be sent");
        let start = Instant::now();
        let (path, key) = ("/api/commerce/imports?check=true", format!("hostile-{number}"));
        let sent = clerk.hand_in_or_not(path, &key, "名单.xlsx", file);
        let answer = tokio::time::timeout(LONGEST, sent).await.unwrap_or_else(|_| panic!("{what} takes too long"));
        let answer = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(answer.status, 422, "{what}: {}", answer.text);
        assert!(answer.body["code"].is_string() && answer.body["detail"].is_string(), "{what}: {}", answer.text);
        let healthy = world.public().get("/healthz").await;
        assert_eq!(healthy.status, 200, "{what}");
        let (code, mib) = (&answer.body["errors"][0]["code"], peak(process).saturating_sub(before) >> 20);
        eprintln!("{what}: {code} after {:.1} s, {mib} MiB more", start.elapsed().as_secs_f64());
    }
    let taken = peak(process).saturating_sub(before);
    assert!(taken < MOST, "{} MiB more", taken >> 20);
    // And a list is still read, each time: a child must not end by chance.
    let federation = world.clerk(Office::WomensFederation).await;
    let workbook = std::fs::read(stories::files::data("messy/womens_federation.xlsx")).unwrap();
    for number in 0..30 {
        let path = "/api/womens-federation/imports?check=true";
        federation.hand_in(path, &format!("workbook-{number}"), "名单.xlsx", workbook.clone()).await.success();
    }
    let list = stories::files::beginning(Office::Commerce, 5, world.folder());
    let answer = clerk.hand_in("/api/commerce/imports", "sound", "名单.csv", std::fs::read(list).unwrap()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
}
