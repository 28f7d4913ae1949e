//! Files in the layouts that counties send.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod workbook;

use intake::{COMMUNITY, COUNTY, Column, Sheet, SheetError, TELEPHONES, TOWN, sheet};
use workbook::{Cell, Workbook};

const NAME: Column = Column::required("商户名称", "Name").also(&["店名"]);
const CODE: Column = Column::required("所在地代码", "Village code");
const PHONE: Column = Column::optional("电话", "Telephone").also(&["联系电话"]);
const PRICE: Column = Column::optional("老年人协议价(元)", "Elder price");
const DATE: Column = Column::optional("登记日期", "Registered on");
const COLUMNS: &[Column] = &[NAME, CODE, PHONE, PRICE, DATE];

fn read(bytes: impl AsRef<[u8]>) -> Result<Sheet, SheetError> {
    sheet::read(bytes.as_ref(), "名单", COLUMNS)
}

/// Rows as `name|code|phone|price|date`.
fn rows(bytes: impl AsRef<[u8]>) -> Vec<String> {
    let sheet = read(bytes).unwrap_or_else(|error| panic!("{error:?}"));
    let row = |line: &intake::Line| COLUMNS.iter().map(|column| line.cell(column)).collect::<Vec<_>>().join("|");
    sheet.lines.iter().map(row).collect()
}

fn codes(sheet: &Sheet) -> Vec<&str> {
    sheet.notes.iter().map(|note| note.code.code()).collect()
}

#[test]
fn encodings_and_separators() {
    let text = "商户名称,所在地代码,电话\n益民超市,130306100209,\"0335-1,5\"\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bare_utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    for (bytes, what) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (format!("\u{FEFF}{text}").into_bytes(), "UTF-8 with a mark"),
        (gb.into_owned(), "GB 18030"),
        (utf16, "UTF-16 with a mark"),
        (bare_utf16, "UTF-16 without"),
        (
            text.replace(",所", "\t所")
                .replace(",电", "\t电")
                .replace("市,1", "市\t1")
                .replace(",\"", "\t\"")
                .into_bytes(),
            "tabs",
        ),
        (
            text.replace(",所", ";所").replace(",电", ";电").replace("市,1", "市;1").replace(",\"", ";\"").into_bytes(),
            "semicolons",
        ),
        (text.replace('\n', "\r\n").into_bytes(), "CRLF"),
    ] {
        assert_eq!(rows(bytes), ["益民超市|130306100209|0335-1,5||"], "{what}");
    }
}

#[test]
fn the_header_is_found_among_titles_in_any_order_and_wording() {
    for (text, what) in [
        (
            "2026年第三季度登记表,,\n\n填报单位：商务局,,\n序号,商户名称,所在地代码\n1,甲,130306\n",
            "titles above, serial numbers",
        ),
        ("所在地代码,商户名称\n130306,甲\n", "another order"),
        (" 商户 名称 ,所在地\u{3000}代码\n甲,130306\n", "blanks"),
        ("\"商户\n名称\",\"所在地\n代码\"\n甲,130306\n", "line breaks"),
        ("*商户名称（必填）,所在地代码（12位）\n甲,130306\n", "stars and remarks in brackets"),
        ("店名：,所在地代码\n甲,130306\n", "another name"),
        ("商户名称,所在地代码,,备注栏\n甲,130306,,好\n", "columns that nobody asked for"),
        ("商户名称,所在地代码\n商户名称,所在地代码\n甲,130306\n", "the header twice"),
    ] {
        assert_eq!(rows(text), ["甲|130306|||"], "{what}");
    }
    // Brackets in full width, and left out.
    assert_eq!(rows("商户名称,所在地代码,老年人协议价（元）\n甲,130306,15\n"), ["甲|130306||15|"]);
    assert_eq!(rows("商户名称,所在地代码,老年人协议价\n甲,130306,15\n"), ["甲|130306||15|"]);
    // A header of two rows.
    assert_eq!(rows("商户名称,所在地代码,联系方式,\n,,联系人,联系电话\n甲,130306,王,110\n"), ["甲|130306|110||"]);
}

const HEAD: Column = Column::optional("负责人", "Head").also(&["负责人姓名", "联系人"]);
const VILLAGE: Column = Column::required("村社代码", "Village code").or(&COMMUNITY);
const CALLS: Column = Column::optional("电话", "Telephone").also(TELEPHONES).of_telephones();
const HEADS_CALLS: Column = Column::hint("负责人电话", "Telephone of the head").of_contacts_telephones();
const PLACED: &[Column] = &[NAME, VILLAGE, HEAD, CALLS, HEADS_CALLS, COUNTY, TOWN, COMMUNITY];

/// Rows as `name|village code|head|phones|the head's phones|county|town|village`.
fn placed(text: &str) -> Vec<String> {
    let sheet = sheet::read(text.as_bytes(), "名单", PLACED).unwrap_or_else(|error| panic!("{error:?}"));
    let row = |line: &intake::Line| PLACED.iter().map(|column| line.cell(column)).collect::<Vec<_>>().join("|");
    sheet.lines.iter().map(row).collect()
}

#[test]
fn a_header_of_two_rows_groups_columns() {
    for (header, telephones) in [
        ("序号,商户名称,村社代码,负责人,\n,,,姓名,联系电话\n", "|7123456"),
        ("序号,商户名称,村社代码,联系方式,\n,,,联系人,手机\n", "7123456|"),
        ("登记表,,,,\n序号,商户名称,村社代码,负责人,\n,,,姓名,电话（区号）\n甲,乙,1,2,3\n", "|7123456"),
    ] {
        let rows = placed(&format!("{header}1,甲,130306,王芳,7123456\n"));
        assert_eq!(rows, [format!("甲|130306|王芳|{telephones}|||")], "{header}");
    }
}

#[test]
fn a_telephone_is_whose_its_heading_says() {
    for (heading, telephones) in [
        ("电话", "7123456|"),
        ("服务电话", "7123456|"),
        ("手机号", "7123456|"),
        ("负责人电话", "|7123456"),
        ("站长手机", "|7123456"),
        ("电话（负责人）", "|7123456"),
        ("负责人联系电话（必填）", "|7123456"),
        ("负责人电话（对外公开）", "7123456|"),
        ("填表人电话", "|"),
        ("联系电话（填表人）", "|"),
    ] {
        let rows = placed(&format!("商户名称,村社代码,负责人,{heading}\n甲,130306,王芳,7123456\n"));
        assert_eq!(rows, [format!("甲|130306|王芳|{telephones}|||")], "{heading}");
    }
    let both =
        "商户名称,村社代码,负责人,服务电话,负责人电话,领队手机\n甲,130306,王芳,7123456,13833507493,13833507494\n";
    assert_eq!(placed(both), ["甲|130306|王芳|7123456|13833507493、13833507494|||"]);
}

#[test]
fn several_columns_of_telephones_are_one_list() {
    let text = "商户名称,村社代码,固定电话,手机号码,联系电话2\n甲,130306,7123456,13833507493,\n乙,130306,,13833507493,13833507493\n";
    assert_eq!(placed(text), ["甲|130306||7123456、13833507493||||", "乙|130306||13833507493||||"]);
}

#[test]
fn the_names_of_places_stand_for_the_code() {
    let text = "商户名称,县区,乡镇（街道）,村（社区）\n甲,抚宁区,抚宁镇,大李官营村\n乙,同上,同上,陈各庄\n";
    assert_eq!(placed(text), ["甲|||||抚宁区|抚宁镇|大李官营村", "乙|||||抚宁区|抚宁镇|陈各庄"]);
    let error = sheet::read("商户名称,乡镇,电话\n甲,抚宁镇,1\n".as_bytes(), "名单", PLACED).unwrap_err();
    assert_eq!((error.code, error.columns.as_slice()), ("COLUMNS_MISSING", &["村社代码"][..]));
    let sheet = sheet::read("商户名称,村社,负责人,电话\n甲,大李官营村,王,1\n".as_bytes(), "名单", PLACED).unwrap();
    assert!(sheet.notes.is_empty(), "{:?}", sheet.notes);
    // Nobody is told that a list lacks what no form asks for.
    let sheet = sheet::read("商户名称,村社代码,负责人,电话\n甲,130306,王,1\n".as_bytes(), "名单", PLACED).unwrap();
    assert!(sheet.notes.is_empty(), "{:?}", sheet.notes);
}

#[test]
fn the_forms_own_name_of_a_column_goes_before_others() {
    assert_eq!(rows("店名,所在地代码,商户名称,电话\n甲店,130306,甲,1\n"), ["甲|130306|1||"]);
}

#[test]
fn sections_examples_and_the_numbers_of_columns_are_no_data() {
    let text = "商户名称,所在地代码,电话\n1,2,3\n示例：益民超市,130306,1\n示例,130306,1\n一、抚宁镇,,\n甲,130306,1\n台营镇,,\n（二）台营镇：,,\n乙,130306,2\n以下空白,,\n2026年3月5日,,\n抚宁区商务局 2026年3月,,\n联系电话：0335-6012345,,\n以上情况均已核实。,,\n";
    assert_eq!(rows(text), ["示例：益民超市|130306|1||", "甲|130306|1||", "乙|130306|2||"]);
    // A name alone is wrong, and must be said so.
    assert_eq!(rows("商户名称,所在地代码,电话\n阳光小区,,\n甲,130306,1\n"), ["阳光小区||||", "甲|130306|1||"]);
}

#[test]
fn what_is_no_table_is_refused_as_what_it_is() {
    for (bytes, code) in [
        (&b"%PDF-1.4 \x00"[..], "NOT_A_TABLE"),
        ("<html><table><tr><td>商户名称</td></tr></table></html>".as_bytes(), "FILE_IS_MARKUP"),
        (b"PK\x03\x04 word/document.xml", "NOT_A_TABLE"),
        (b"\xD0\xCF\x11\xE0 E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "WORKBOOK_PROTECTED"),
    ] {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.code, code);
        assert!(!error.remedy_zh.is_empty() && !error.remedy_en.is_empty());
    }
}

#[test]
fn what_is_no_data_is_left_out_and_rows_are_counted_without_it() {
    let text = "商户名称,所在地代码,电话\n甲,130306,1\n,,\n小计,1,\n乙,130306,2\n商户名称,所在地代码,电话\n丙,130306,3\n合 计：,3家,\n\n填报单位：商务局,填报人：王某,\n注：以上数据截至九月,,\n";
    let sheet = read(text).unwrap();
    let numbers: Vec<(u32, u32, &str)> =
        sheet.lines.iter().map(|line| (line.number, line.at, line.cell(&NAME))).collect();
    assert_eq!(numbers, [(1, 2, "甲"), (2, 5, "乙"), (3, 7, "丙")]);
    assert_eq!(codes(&sheet), ["COLUMNS_ABSENT", "ROWS_LEFT_OUT"]);
}

#[test]
fn names_that_only_look_like_totals_are_data() {
    for name in ["合计便民超市", "总计会计事务所", "共计生活馆", "注册护士站", "附属医院", "负责人之家", "第一幼儿园"]
    {
        assert_eq!(rows(format!("商户名称,所在地代码,电话\n{name},130306,1\n")), [format!("{name}|130306|1||")]);
    }
    // A row of a name alone is wrong, and must be said so: it is not left out.
    assert_eq!(rows("商户名称,所在地代码,电话\n甲,,\n"), ["甲||||"]);
}

#[test]
fn ditto_signs_mean_the_cell_above_in_the_same_column() {
    let text = "商户名称,所在地代码,电话\n甲,130306,1\n乙,同上,〃\n丙,\"\"\"\",同上\n丁,130322,\n";
    assert_eq!(rows(text), ["甲|130306|1||", "乙|130306|1||", "丙|130306|1||", "丁|130322|||"]);
}

#[test]
fn a_file_that_is_not_the_list_is_refused_with_the_reason() {
    for (bytes, code) in [
        (b"".to_vec(), "FILE_EMPTY"),
        (b"  \n\n".to_vec(), "FILE_EMPTY"),
        ("甲,乙\n1,2\n".into(), "HEADER_NOT_FOUND"),
        ("商户名称,电话,登记日期\n甲,1,2\n".into(), "COLUMNS_MISSING"),
        ("商户名称,所在地代码\n".into(), "NO_ROWS"),
        ("商户名称,所在地代码\n合计,0\n".into(), "NO_ROWS"),
        (vec![0x89, 0x50, 0, 0, 0, 1, 2, 0, 0, 0xFF, 0xFE, 0], "FILE_UNREADABLE"),
        (b"PK\x03\x04 xl/workbook.xml".to_vec(), "WORKBOOK_BROKEN"),
        (format!("商户名称,所在地代码\n\"甲,130306\n{}", "乙,130306\n".repeat(60)).into_bytes(), "QUOTE_UNCLOSED"),
    ] {
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
        assert!(!error.zh.is_empty() && !error.remedy_zh.is_empty() && !error.remedy_en.is_empty());
    }
    let error = read("季报,,\n商户名称,所在地编码,登记日期\n甲,1,2\n").unwrap_err();
    assert_eq!((error.at, error.columns.as_slice()), (Some(2), &["所在地代码"][..]));
    assert!(error.remedy_zh.contains("所在地编码"), "the heading that is probably meant is named: {}", error.remedy_zh);
}

#[test]
fn workbooks_give_numbers_dates_and_formulas_as_text() {
    use Cell::{Bool, Date, Empty, Formula, Number, Text, Time};
    let bytes = Workbook::default()
        .sheet(
            "商户",
            true,
            vec![
                vec![Text("为老服务商户登记表")],
                vec![
                    Text("序号"),
                    Text("商户名称"),
                    Text("所在地代码"),
                    Text("电话"),
                    Text("老年人协议价（元）"),
                    Text("登记日期"),
                ],
                vec![
                    Number(1.0),
                    Text("甲"),
                    Number(130_306_100_209.0),
                    Number(13_833_507_493.0),
                    Number(15.5),
                    Date(45_231.0),
                ],
                vec![
                    Number(2.0),
                    Formula("乙"),
                    Text("130306100209"),
                    Time(0.354_166_666_7),
                    Number(8.0),
                    Number(45_231.0),
                ],
                vec![Number(3.0), Text("丙"), Number(9.113_030_677_847_06e17), Bool(true), Number(0.1 + 0.2), Empty],
            ],
        )
        .bytes();
    assert_eq!(
        rows(bytes),
        [
            "甲|130306100209|13833507493|15.5|2023-11-01",
            "乙|130306100209|8:30|8|45231",
            "丙|9.11303067784706E+17|是|0.3|",
        ]
    );
}

#[test]
fn a_merged_cell_has_its_value_in_every_row_and_a_section_heading_is_no_row() {
    use Cell::{Empty, Text};
    let bytes = Workbook::default()
        .sheet(
            "表",
            true,
            vec![
                vec![Text("登记表")],
                vec![Text("商户名称"), Text("所在地代码"), Text("电话"), Text("登记日期")],
                vec![Text("一、抚宁区")],
                vec![Text("甲"), Text("130306"), Text("1"), Text("2025.3.5")],
                vec![Text("乙"), Empty, Text("2"), Text("2025.3.5")],
                vec![Text("二、昌黎县")],
                vec![Text("丙"), Text("130322"), Text("3"), Text("2025.3.5")],
            ],
        )
        .merge("A1:D1")
        .merge("A3:D3")
        .merge("A6:D6")
        .merge("B4:B5")
        .bytes();
    assert_eq!(rows(bytes), ["甲|130306|1||2025.3.5", "乙|130306|2||2025.3.5", "丙|130322|3||2025.3.5"]);
}

#[test]
fn another_edition_of_the_list_is_left_alone_and_named() {
    use Cell::Text;
    let table = |name: &'static str| vec![vec![Text("商户名称"), Text("所在地代码")], vec![Text(name), Text("130306")]];
    let bytes = Workbook::default()
        .sheet("填表说明", true, vec![vec![Text("请如实填写")]])
        .sheet("草稿", false, table("草稿"))
        .sheet("九月", true, table("甲"))
        .sheet("八月", true, table("乙"))
        .bytes();
    let sheet = read(&bytes).unwrap();
    assert_eq!(sheet.lines[0].cell(&NAME), "甲");
    assert_eq!(codes(&sheet), ["HIDDEN_SHEETS", "OTHER_SHEETS", "COLUMNS_ABSENT"]);
    assert!(
        sheet.notes[0].code.words().reason_zh.contains("草稿")
            && sheet.notes[1].code.words().reason_zh.contains("八月")
    );
}

#[test]
fn a_stray_cell_at_the_end_of_the_sheet_costs_nothing() {
    use Cell::Text;
    let bytes = Workbook::default()
        .sheet("表", true, vec![vec![Text("商户名称"), Text("所在地代码")], vec![Text("甲"), Text("130306")]])
        .stray("XFD1048576", "x")
        .bytes();
    assert_eq!(rows(bytes), ["甲|130306|||"]);
}
