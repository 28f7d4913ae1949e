//! Whole files: the four offices' demonstration lists and the two messy hand-ins, cell by cell.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod divisions;

use divisions::divisions;
use intake::{Column, Gazetteer, Read, Sheet, cell, sheet};
use schema::Audience;
use schema::hand_in::Severity;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// How a column is read. What it gives does not matter here, only what it finds.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Name,
    Text,
    Category,
    Area,
    Areas,
    Phones,
    Hours,
    Date,
    LastDay,
    Audience,
    Count,
    Age,
    Fen,
    YesNo,
    CreditCode,
}

macro_rules! list {
    ($columns:ident, $kinds:ident: $($required:ident $name:literal $kind:ident $(as $made:ident)?),+ $(,)?) => {
        const $columns: &[Column] = &[$(Column::$required($name, $name)$(.$made())?),+];
        const $kinds: &[Kind] = &[$(Kind::$kind),+];
    };
}

list!(CLINIC, CLINIC_KINDS: required "机构名称" Name, optional "统一社会信用代码" CreditCode, optional "执业许可证号" Text,
    optional "许可证有效期至" LastDay, required "服务类别" Category, required "所在村居代码" Area, optional "详细地址" Text,
    optional "服务范围代码" Areas, optional "联系电话" Phones, optional "负责人" Text, optional "开放时间" Hours,
    optional "家庭医生团队数" Count, optional "可上门" YesNo, optional "最低年龄" Age, optional "服务对象" Audience,
    optional "床位或名额" Count, optional "收费说明" Text, optional "登记日期" Date);
list!(COMMERCE, COMMERCE_KINDS: required "商户名称" Name, optional "统一社会信用代码" CreditCode, required "业态" Category,
    optional "经营地址" Text, required "所在地代码" Area, optional "配送范围代码" Areas, optional "经营者" Text, optional "电话" Phones,
    optional "营业时间" Hours, optional "老年优惠" Text, optional "老年人协议价(元)" Fen, optional "起送价(元)" Fen,
    optional "日供餐份数" Count, optional "最近检查日期" Date, optional "最近检查结果" YesNo, optional "登记日期" Date);
list!(FEDERATION, FEDERATION_KINDS: required "站点名称" Name, required "服务项目" Category, optional "所在村社" Text,
    required "村社代码" Area, optional "地址" Text, optional "服务区域代码" Areas, optional "负责人" Text, optional "负责人电话" Phones as of_contacts_telephones,
    optional "服务对象" Audience, optional "开放时间" Hours, optional "巾帼志愿者人数" Count, optional "志愿者培训日期" Date,
    optional "涉未成年人审查日期" Date, optional "名额" Count, optional "登记日期" Date);
list!(LEAGUE, LEAGUE_KINDS: required "队伍名称" Name, optional "志愿汇编号" Text, required "服务内容" Category, optional "活动地点" Text,
    required "所在地代码" Area, optional "服务区域代码" Areas, required "领队" Text, optional "联络电话" Phones, optional "活动时间" Hours,
    optional "下次活动日期" Date, optional "注册志愿者数" Count, optional "可结对老人数" Count, optional "服务对象" Audience,
    optional "登记日期" Date);

fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn sheet_of(path: &str, columns: &'static [Column]) -> Sheet {
    sheet::read(&fs::read(repository(path)).unwrap(), path, columns).unwrap_or_else(|error| panic!("{error}"))
}

/// The column, severity and code of everything found in a row.
fn findings(
    line: &intake::Line,
    columns: &[Column],
    kinds: &[Kind],
    areas: &Gazetteer,
) -> Vec<(&'static str, Severity, &'static str)> {
    fn of<T>(read: Read<T>) -> Vec<(Severity, &'static str)> {
        read.troubles.iter().map(|trouble| (trouble.severity, trouble.code.known().unwrap())).collect()
    }
    let mut found = Vec::new();
    for (column, kind) in columns.iter().zip(kinds) {
        let text = line.cell(column);
        let troubles = match kind {
            Kind::Name if text.is_empty() => vec![(Severity::Error, "MISSING")],
            Kind::Name | Kind::Text => of(cell::text::text(text)),
            Kind::Category => of(cell::text::category(text)),
            Kind::Area => of(cell::area::area(text, areas, None, "")),
            Kind::Areas => of(cell::area::areas(text, areas, None)),
            Kind::Phones => of(cell::phone::phones(text, cell::numbering::Numbering::of("130306".parse().unwrap()))),
            Kind::Hours => of(cell::hours::hours(text)),
            Kind::Date => of(cell::date::date(text)),
            Kind::LastDay => of(cell::date::last_day(text)),
            Kind::Audience => of(cell::audience::audience(text)),
            Kind::Count => of(cell::number::count(text)),
            Kind::Age => of(cell::number::age(text)),
            Kind::Fen => of(cell::number::fen(text)),
            Kind::YesNo => of(cell::number::yes_no(text)),
            Kind::CreditCode => of(cell::credit::credit_code(text)),
        };
        found.extend(troubles.into_iter().map(|(severity, code)| (column.name, severity, code)));
    }
    found
}

#[test]
fn every_cell_of_the_four_lists_is_understood() {
    let areas = divisions();
    for (path, columns, kinds, rows) in [
        ("ops/demo/clinic.csv", CLINIC, CLINIC_KINDS, 804),
        ("ops/demo/commerce.csv", COMMERCE, COMMERCE_KINDS, 1049),
        ("ops/demo/womens_federation.csv", FEDERATION, FEDERATION_KINDS, 1212),
        ("ops/demo/youth_league.csv", LEAGUE, LEAGUE_KINDS, 669),
    ] {
        let sheet = sheet_of(path, columns);
        assert_eq!(sheet.lines.len(), rows, "{path}");
        assert!(sheet.notes.is_empty(), "{path}: {:?}", sheet.notes);
        for line in &sheet.lines {
            assert_eq!(findings(line, columns, kinds, &areas), [], "{path} row {}", line.number);
        }
    }
}

#[test]
fn every_row_of_the_messy_files_meets_its_fate() {
    let areas = divisions();
    let mut expected: BTreeMap<(String, u32), (String, String)> = BTreeMap::new();
    for row in csv::Reader::from_path(repository("tests/data/messy/expected.csv")).unwrap().records() {
        let row = row.unwrap();
        expected.insert((row[0].to_owned(), row[1].parse().unwrap()), (row[2].to_owned(), row[3].to_owned()));
    }
    for (file, columns, kinds) in
        [("commerce.csv", COMMERCE, COMMERCE_KINDS), ("womens_federation.xlsx", FEDERATION, FEDERATION_KINDS)]
    {
        let sheet = sheet_of(&format!("tests/data/messy/{file}"), columns);
        assert_eq!(sheet.lines.len(), 240, "{file}");
        for line in &sheet.lines {
            let found = findings(line, columns, kinds, &areas);
            let fate = if found.iter().any(|(_, severity, _)| *severity == Severity::Error) {
                "refused"
            } else if found.is_empty() {
                "ok"
            } else {
                "warned"
            };
            let column = found
                .iter()
                .find(|(_, severity, _)| fate != "refused" || *severity == Severity::Error)
                .map_or("", |found| found.0);
            let (wanted, at) = &expected[&(file.to_owned(), line.number)];
            // Of rows that are in order the expectation names what was hard about them.
            let at = if wanted == "ok" { "" } else { at };
            assert_eq!((fate, column), (wanted.as_str(), at), "{file} row {}: {found:?}", line.number);
        }
    }
}

#[test]
fn what_stands_around_the_table_is_noted_and_left_alone() {
    let sheet = sheet_of("tests/data/messy/commerce.csv", COMMERCE);
    let codes: Vec<&str> = sheet.notes.iter().map(|note| note.code.code()).collect();
    assert_eq!(codes, ["ROWS_LEFT_OUT"]);
    assert!(sheet.notes[0].code.words().reason_zh.contains("243、244"), "{}", sheet.notes[0].code.words().reason_zh);
    let sheet = sheet_of("tests/data/messy/womens_federation.xlsx", FEDERATION);
    let codes: Vec<&str> = sheet.notes.iter().map(|note| note.code.code()).collect();
    assert_eq!(codes, ["HIDDEN_SHEETS", "ROWS_LEFT_OUT"]);
    assert!(sheet.lines.iter().all(|line| line.cell(&FEDERATION[0]) != "不应导入的草稿站点"));
}

#[test]
fn ditto_means_the_cell_above() {
    let sheet = sheet_of("tests/data/messy/womens_federation.xlsx", FEDERATION);
    let audience = FEDERATION.iter().find(|column| column.name == "服务对象").unwrap();
    // In the file, row 79 says 同上 of what row 78 says.
    assert_eq!(sheet.lines[78].cell(audience), sheet.lines[77].cell(audience));
    assert!(sheet.lines.iter().all(|line| line.cell(audience) != "同上"));
    let read = cell::audience::audience(sheet.lines[78].cell(audience));
    assert!(!read.value.unwrap().audiences.contains(&Audience::All));
}

#[test]
fn a_serial_number_of_a_spreadsheet_is_its_day() {
    let sheet = sheet_of("tests/data/messy/womens_federation.xlsx", FEDERATION);
    let registered = FEDERATION.last().unwrap();
    assert_eq!(sheet.lines[5].cell(registered), "45231");
    assert_eq!(cell::date::date("45231").value, "2023-11-01".parse().ok());
}

#[test]
fn a_list_handed_in_by_the_wrong_office_is_refused_whole() {
    let bytes = fs::read(repository("ops/demo/clinic.csv")).unwrap();
    let error = sheet::read(&bytes, "clinic.csv", LEAGUE).unwrap_err();
    assert!(matches!(error.code, "COLUMNS_MISSING" | "HEADER_NOT_FOUND"), "{error:?}");
    assert!(error.columns.contains(&"队伍名称") && !error.remedy_zh.is_empty());
}
