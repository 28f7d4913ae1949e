//! What a spreadsheet shows is what is read: merged and hidden cells, sheets, headings over several columns, shifted rows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod workbook;

use intake::{Column, Sheet, sheet};
use workbook::{Cell, Workbook, ods};

const NAME: Column = Column::required("站点名称", "Name");
const CODE: Column = Column::required("村社代码", "Village code");
const AUDIENCE: Column = Column::optional("服务对象", "For whom");
const HOURS: Column = Column::optional("开放时间", "Hours").also(&["服务时间"]).of_parts();
const PHONE: Column = Column::optional("负责人电话", "Telephone");
const COLUMNS: &[Column] = &[NAME, CODE, AUDIENCE, HOURS, PHONE];

fn read(bytes: &[u8]) -> Sheet {
    sheet::read(bytes, "名单", COLUMNS).unwrap_or_else(|error| panic!("{error:?}"))
}

fn case(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/cases").join(name);
    std::fs::read(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

/// Rows as `name|audience|hours`.
fn rows(sheet: &Sheet) -> Vec<String> {
    let row = |line: &intake::Line| [&NAME, &AUDIENCE, &HOURS].map(|column| line.cell(column)).join("|");
    sheet.lines.iter().map(row).collect()
}

fn notes(sheet: &Sheet) -> Vec<&str> {
    let said = |code: &&str| !matches!(*code, "COLUMNS_UNKNOWN" | "COLUMNS_ABSENT");
    sheet.notes.iter().map(|note| note.code.code()).filter(said).collect()
}

fn texts(cells: &[&'static str]) -> Vec<Cell> {
    cells.iter().map(|cell| if cell.is_empty() { Cell::Empty } else { Cell::Text(cell) }).collect()
}

const HEADER: [&str; 5] = ["站点名称", "村社代码", "服务对象", "开放时间", "负责人电话"];

#[test]
fn what_was_left_under_a_merged_cell_is_read_in_no_format() {
    let sheet = read(&case("value_left_under_a_merged_cell.xlsx"));
    let seen: Vec<&str> = sheet.lines.iter().map(|line| line.cell(&AUDIENCE)).collect();
    assert_eq!((seen[0], seen[1], seen[2]), (seen[0], seen[0], seen[0]), "the merged cell's value in all three");
    assert!(
        !seen[0].contains("儿童") && !rows(&sheet).iter().any(|row| row.contains("0:00-5:00")),
        "{:?}",
        rows(&sheet)
    );

    let merged = Workbook::default()
        .sheet(
            "表",
            true,
            vec![
                texts(&HEADER),
                texts(&["甲", "130306", "老年人", "", "1"]),
                texts(&["乙", "130306", "儿童", "", "2"]),
                texts(&["丙", "130306", "妇女", "每天8:00-9:00", "每天9:00-10:00"]),
            ],
        )
        .merge("C2:C4")
        .merge("D4:E4")
        .merge("D2:D3")
        .bytes();
    let sheet = read(&merged);
    assert_eq!(rows(&sheet), ["甲|老年人|", "乙|老年人|", "丙|老年人|每天8:00-9:00"]);
    assert_eq!(sheet.lines[2].cell(&PHONE), "", "covered to the right");

    let cell = |text: &str, more: &str| {
        format!("<table:table-cell office:value-type=\"string\"{more}><text:p>{text}</text:p></table:table-cell>")
    };
    let covered = |text: &str| {
        format!(
            "<table:covered-table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:covered-table-cell>"
        )
    };
    let line = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let header: Vec<String> = HEADER.iter().map(|word| cell(word, "")).collect();
    let over = " table:number-rows-spanned=\"2\"";
    let table = format!(
        "<table:table table:name=\"表\"><table:table-column table:number-columns-repeated=\"5\"/>{}{}{}</table:table>",
        line(&header),
        line(&[cell("甲", ""), cell("130306", ""), cell("老年人", over), cell("每天8:00-9:00", over)]),
        line(&[cell("乙", ""), cell("130306", ""), covered("儿童"), covered("0:00-5:00")]),
    );
    assert_eq!(rows(&read(&ods(&table))), ["甲|老年人|每天8:00-9:00", "乙|老年人|每天8:00-9:00"]);

    let sheet = read(&case("merged_and_hidden.xls"));
    assert_eq!(rows(&sheet)[..2], ["甲|老年人|每天8:00-9:00", "乙|老年人|每天8:00-9:00"]);
}

#[test]
fn hidden_rows_are_left_alone_and_hidden_columns_read_and_both_are_noted() {
    let sheet = read(&case("hidden_rows.xlsx"));
    assert_eq!((sheet.lines.len(), notes(&sheet)), (2, vec!["HIDDEN_ROWS"]));
    let words = sheet.notes.iter().find(|note| note.code.code() == "HIDDEN_ROWS").unwrap().code.words();
    assert!(words.reason_zh.contains("第3行"), "{}", words.reason_zh);

    let bytes = Workbook::default()
        .sheet(
            "表",
            true,
            vec![texts(&HEADER), texts(&["甲", "130306", "老年人", "", "1"]), texts(&["乙", "130306", "", "", ""])],
        )
        .hide_row(3)
        .hide_column(2)
        .hide_column(7)
        .bytes();
    let sheet = read(&bytes);
    assert_eq!((rows(&sheet).len(), sheet.lines[0].cell(&CODE)), (1, "130306"));
    assert_eq!(notes(&sheet), ["HIDDEN_COLUMNS", "HIDDEN_ROWS"]);

    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |how: &str, cells: &[&str]| {
        format!("<table:table-row{how}>{}</table:table-row>", cells.iter().map(|text| cell(text)).collect::<String>())
    };
    let table = format!(
        "<table:table table:name=\"表\"><table:table-column/><table:table-column table:visibility=\"collapse\"/>{}{}{}{}</table:table>",
        row("", &HEADER),
        row("", &["甲", "130306", "老年人"]),
        row(" table:visibility=\"filter\"", &["乙", "130306", "老年人"]),
        row("", &["丙", "130306", "老年人"]),
    );
    let sheet = read(&ods(&table));
    assert_eq!(rows(&sheet), ["甲|老年人|", "丙|老年人|"]);
    assert_eq!(notes(&sheet), ["HIDDEN_COLUMNS", "HIDDEN_ROWS"]);
}

#[test]
fn a_sheet_for_each_town_is_one_list() {
    let sheet = read(&case("a_sheet_for_each_town.xlsx"));
    assert_eq!((sheet.lines.len(), notes(&sheet)), (3, vec!["SHEETS_JOINED"]));
    assert_eq!(sheet.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3]);

    let table = |name: &'static str| vec![texts(&HEADER), texts(&[name, "130306", "同上", "", ""])];
    let bytes = Workbook::default()
        .sheet("抚宁镇", true, table("甲"))
        .sheet("台营镇", true, table("乙"))
        .sheet("留守营镇（备份）", true, table("丙"))
        .sheet("2025年", true, table("丁"))
        .sheet("草稿", false, table("戊"))
        .sheet("说明", true, vec![texts(&["填表说明"])])
        .sheet(
            "榆关镇",
            true,
            vec![texts(&["村社代码", "负责人电话", "站点名称", "服务对象", "开放时间"]), texts(&["130306", "", "己"])],
        )
        .sheet("空镇", true, vec![texts(&HEADER)])
        .sheet("旧式", true, vec![texts(&["站点名称", "村社代码"]), texts(&["庚", "130306"])])
        .bytes();
    let sheet = read(&bytes);
    let names: Vec<&str> = sheet.lines.iter().map(|line| line.cell(&NAME)).collect();
    assert_eq!(names, ["甲", "乙", "己"]);
    assert_eq!(sheet.lines[1].cell(&AUDIENCE), "同上", "nothing stands above in its own sheet");
    assert_eq!(notes(&sheet), ["HIDDEN_SHEETS", "SHEETS_JOINED", "OTHER_SHEETS"]);
}

#[test]
fn a_heading_over_several_columns_is_all_of_them() {
    let sheet = read(&case("heading_over_two_columns_hours.xlsx"));
    assert_eq!(rows(&sheet), ["河湾61号院日间照料站|老年人|上午 周一至周五 8:00-12:00，下午 周一至周五 14:00-17:00"]);
    let hours = intake::cell::hours::hours(sheet.lines[0].cell(&HOURS));
    assert!(hours.troubles.is_empty(), "{hours:?}");
    assert_eq!(hours.value.unwrap().schedules.len(), 2);

    // Merged across, and the lower row blank where the upper says it all.
    let bytes = Workbook::default()
        .sheet(
            "表",
            true,
            vec![
                texts(&["站点名称", "村社代码", "服务时间", "", "", "服务对象"]),
                texts(&["", "", "周一至周五", "周六", "周日"]),
                texts(&["甲", "130306", "8:00-17:00", "9:00-12:00", "休息", "老年人"]),
                texts(&["乙", "130306", "8:00-17:00", "", "", "老年人"]),
            ],
        )
        .merge("C1:E1")
        .bytes();
    let sheet = read(&bytes);
    assert_eq!(
        rows(&sheet),
        ["甲|老年人|周一至周五 8:00-17:00，周六 9:00-12:00，周日 休息", "乙|老年人|周一至周五 8:00-17:00"]
    );
    assert!(intake::cell::hours::hours(sheet.lines[0].cell(&HOURS)).troubles.is_empty());
    assert_eq!(
        rows(&read(
            "站点名称,村社代码,开放时间,,服务对象\n,,上午,下午,\n甲,130306,8:00-12:00,2:00-5:00,老年人\n".as_bytes()
        )),
        ["甲|老年人|上午 8:00-12:00，下午 2:00-5:00"]
    );
    // One row of headings, the heading merged over two columns.
    let bytes = Workbook::default()
        .sheet(
            "表",
            true,
            vec![
                texts(&["站点名称", "村社代码", "开放时间", "", "服务对象"]),
                texts(&["甲", "130306", "每天8:00-12:00", "14:00-17:00", "老年人"]),
            ],
        )
        .merge("C1:D1")
        .bytes();
    assert_eq!(rows(&read(&bytes)), ["甲|老年人|每天8:00-12:00，14:00-17:00"]);
    // What cannot be put together is named.
    let sheet =
        read("站点名称,村社代码,负责人电话,,服务对象\n,,办公,家庭住址,\n甲,130306,1,某街1号,老年人\n".as_bytes());
    assert_eq!(sheet.lines[0].cell(&PHONE), "1");
    let said = sheet.notes.iter().find(|note| note.code.code() == "COLUMNS_UNKNOWN").unwrap().code.words().reason_zh;
    assert!(said.contains("家庭住址"), "{said}");
    // A list without anything of the sort is read as ever.
    let sheet =
        read("站点名称,村社代码,开放时间,服务对象\n甲,130306,每天8:00-9:00,老年人\n乙,130306,,儿童\n".as_bytes());
    assert_eq!(rows(&sheet), ["甲|老年人|每天8:00-9:00", "乙|儿童|"]);
}

#[test]
fn a_row_with_more_cells_than_the_header_is_shifted() {
    let sheet = read(&case("row_longer_than_the_header.csv"));
    assert!(sheet.lines.iter().all(intake::Line::is_shifted), "{:?}", rows(&sheet));
    let text = "站点名称,村社代码,开放时间\n甲,130306,8:00-12:00,14:00-17:00\n乙,130306,8:00-12:00,,\n丙,130306,\"8:00-12:00,14:00-17:00\"\n";
    let sheet = read(text.as_bytes());
    assert_eq!(sheet.lines.iter().map(intake::Line::is_shifted).collect::<Vec<_>>(), [true, false, false]);
    // Beside the table of a workbook, or under a blank heading, it is only noted.
    let bytes = Workbook::default()
        .sheet("表", true, vec![texts(&["站点名称", "村社代码"]), texts(&["甲", "130306", "", "好"])])
        .bytes();
    let sheet = read(&bytes);
    assert!(!sheet.lines[0].is_shifted());
    assert_eq!(notes(&sheet), ["COLUMNS_UNNAMED"]);
    let sheet = read("站点名称,村社代码,\n甲,130306,好\n".as_bytes());
    assert_eq!((sheet.lines[0].is_shifted(), notes(&sheet)), (false, vec!["COLUMNS_UNNAMED"]));
}

#[test]
fn a_formula_that_nobody_calculated_is_no_blank_cell() {
    let mut row = texts(&["甲", "130306"]);
    row.push(Cell::Uncalculated);
    row.push(Cell::Formula("每天8:00-9:00"));
    let bytes = Workbook::default().sheet("表", true, vec![texts(&HEADER), row]).bytes();
    let sheet = read(&bytes);
    assert_eq!((sheet.lines[0].cell(&AUDIENCE), sheet.lines[0].cell(&HOURS)), ("#GETTING_DATA", "每天8:00-9:00"));
    let read = intake::cell::text::text(sheet.lines[0].cell(&AUDIENCE));
    assert_eq!((read.value, read.troubles[0].code.code()), (None, "FORMULA_BROKEN"));
    let cell = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let table = format!(
        "<table:table table:name=\"表\"><table:table-row>{}</table:table-row><table:table-row>{}{}<table:table-cell table:formula=\"of:=[.A1]\"/>{}</table:table-row></table:table>",
        HEADER.map(cell).concat(),
        cell("甲"),
        cell("130306"),
        cell("每天8:00-9:00"),
    );
    assert_eq!(rows(&self::read(&ods(&table))), ["甲|#GETTING_DATA|每天8:00-9:00"]);
}
