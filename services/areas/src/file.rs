//! A file of divisions, or of their changes. Pure.

use chrono::NaiveDate;
use intake::whole::{FileError, WrongRows};
use schema::areas::{Area, AreaCalled, AreaChangeKind, AreaChanged, ChangeDate};
use schema::identity_number::{self, Within};
use schema::limits::{is_longer, length};
use schema::{AreaCode, AreaLevel, Scheme, Scope};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A list, by county-level unit (the six digits), each in code order.
    List(BTreeMap<Scope, Vec<Area>>),
    /// Changes, in the file's order.
    Changes(Vec<AreaChanged>),
    /// What people call divisions beside, in the file's order.
    Names(Vec<SaidName>),
}

/// That people call a division so, or do not any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidName {
    /// The row of the file that says so.
    pub row: u32,
    /// The division and the name.
    pub called: AreaCalled,
    /// Whether it is so called.
    pub is_called: bool,
}

const LIST: &[(&str, &[&str])] = &[
    ("code", &["code", "代码", "区划代码"]),
    ("name", &["name", "名称", "区划名称"]),
    ("level", &["level", "级别", "层级"]),
    ("parent", &["parent", "上级", "上级代码", "parent_code"]),
];

const CHANGES: &[(&str, &[&str])] = &[
    ("year", &["year", "date", "年份", "年", "日期", "生效日期"]),
    ("type", &["type", "类型", "变更类型"]),
    ("old_code", &["old_code", "原代码", "旧代码"]),
    ("old_name", &["old_name", "原名称", "旧名称"]),
    ("new_code", &["new_code", "新代码"]),
    ("new_name", &["new_name", "新名称"]),
    ("doc_no", &["doc_no", "文号", "文件"]),
    ("unconfirmed", &["unconfirmed", "待核实", "未核实"]),
];

const NAMES: &[(&str, &[&str])] = &[
    ("code", &["code", "代码", "区划代码"]),
    ("also_called", &["also_called", "又称", "俗称", "别称", "别名"]),
    ("no_longer", &["no_longer", "不再使用", "停用"]),
];

/// The kinds of change by the words in which sources write them.
const KINDS: &[(AreaChangeKind, &[&str])] = &[
    (AreaChangeKind::Renamed, &["更名", "改名", "renamed"]),
    (AreaChangeKind::Recoded, &["同名改码", "改码", "代码变更", "recoded"]),
    (AreaChangeKind::CountyToDistrict, &["撤县设区", "撤市设区", "county_to_district"]),
    (AreaChangeKind::CountyToCity, &["撤县设市", "county_to_city"]),
    (AreaChangeKind::TownshipToTown, &["撤乡设镇", "乡改镇", "township_to_town"]),
    (AreaChangeKind::TownToSubdistrict, &["撤镇设街道", "撤乡设街道", "镇改街道", "town_to_subdistrict"]),
    (AreaChangeKind::VillageToCommunity, &["村改居", "撤村设居", "撤村建居", "village_to_community"]),
    (AreaChangeKind::MergedInto, &["撤并", "并入", "合并", "撤销并入", "撤村并居", "merged_into"]),
    (AreaChangeKind::Split, &["分设", "拆分", "析置", "析设", "split"]),
    (AreaChangeKind::Transferred, &["划转", "划归", "划入", "乡镇划转", "transferred"]),
    (AreaChangeKind::Established, &["新设", "设立", "新建", "established"]),
    (AreaChangeKind::Abolished, &["撤销", "abolished"]),
];

/// What a header is to be.
const HEADER: (&str, &str) = (
    "表头既不是区划表（code,name,level,parent），也不是变更表（year,type,old_code,old_name,new_code,new_name）或俗称表（code,also_called）",
    "the header is neither that of a list (code,name,level,parent), of changes (year,type,old_code,old_name,new_code,new_name) nor of what divisions are also called (code,also_called)",
);

/// Reads a file under a scheme. A change that is dated after `today` is wrong: what stands on a code goes over on the day
/// of the change, not on the day on which it is announced.
pub fn read(bytes: &[u8], file_name: &str, scheme: Scheme, today: NaiveDate) -> Result<Content, FileError> {
    let text = intake::sheet::text(bytes, file_name)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = reader.records().filter_map(Result::ok);
    let file = || file_name.to_owned();
    let first = rows.next().ok_or_else(|| FileError::Empty { file: file() })?;
    let list = Header::find(&first, LIST).filter(|header| header.has("code") && header.has("name"));
    let changes = Header::find(&first, CHANGES).filter(|header| header.has("year") && header.has("new_code"));
    let names = Header::find(&first, NAMES).filter(|header| header.has("code") && header.has("also_called"));
    let mut faults = WrongRows::default();
    let content = match (names, list, changes) {
        (Some(header), ..) => Content::Names(also_called(rows, &header, scheme, &mut faults)),
        (None, Some(header), _) => Content::List(divisions(rows, &header, &mut faults)),
        (None, None, Some(header)) => Content::Changes(dated(rows, &header, scheme, today, &mut faults)),
        (None, None, None) => return Err(FileError::Header { file: file(), zh: HEADER.0, en: HEADER.1 }),
    };
    faults.none_of(file_name)?;
    let empty = match &content {
        Content::List(units) => units.is_empty(),
        Content::Changes(changes) => changes.is_empty(),
        Content::Names(names) => names.is_empty(),
    };
    if empty { Err(FileError::Empty { file: file() }) } else { Ok(content) }
}

/// The places of columns in a row.
struct Header(Vec<(&'static str, usize)>);

impl Header {
    fn find(row: &csv::StringRecord, names: &'static [(&'static str, &'static [&'static str])]) -> Option<Header> {
        let place = |known: &[&str]| row.iter().position(|cell| known.contains(&cell.trim().to_lowercase().as_str()));
        let found: Vec<_> = names.iter().filter_map(|(name, known)| place(known).map(|place| (*name, place))).collect();
        (!found.is_empty()).then_some(Header(found))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    fn cell<'r>(&self, row: &'r csv::StringRecord, name: &str) -> &'r str {
        let place = self.0.iter().find(|(known, _)| *known == name).map(|(_, place)| *place);
        place.and_then(|place| row.get(place)).unwrap_or_default().trim()
    }
}

fn numbered(rows: impl Iterator<Item = csv::StringRecord>) -> impl Iterator<Item = (u32, csv::StringRecord)> {
    (2..).zip(rows).filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty()))
}

fn divisions(
    rows: impl Iterator<Item = csv::StringRecord>,
    header: &Header,
    faults: &mut WrongRows,
) -> BTreeMap<Scope, Vec<Area>> {
    let mut units: BTreeMap<Scope, Vec<Area>> = BTreeMap::new();
    let mut seen: HashMap<AreaCode, String> = HashMap::new();
    for (at, row) in numbered(rows) {
        let cell = |name| header.cell(&row, name);
        texts_may_be_kept(at, &row, header, faults);
        let Some(code) = code_of(cell("code")) else {
            faults.add(at, "code", cell("code"), NO_CODE.0, NO_CODE.1);
            continue;
        };
        if cell("name").is_empty() {
            faults.add(at, "name", "", "没有名称", "the name is missing");
        }
        let level = level(cell("level"));
        // A county without towns (金门县) stands for its own town and village in national lists: 350527, 350527000, 350527000000.
        let stands_below = cell("code").len() > 6 || level > Some(AreaLevel::County);
        let may_come_again = code.level() <= AreaLevel::City || (code.level() == AreaLevel::County && stands_below);
        if may_come_again && seen.get(&code).is_some_and(|known| known == cell("name")) {
            continue;
        }
        // 东莞市 is listed as a city and once more as its own county.
        let is_its_own_county = code.level() == AreaLevel::City && level == Some(AreaLevel::County);
        if !cell("level").is_empty() && level != Some(code.level()) && !is_its_own_county {
            faults.add(at, "level", cell("level"), "级别与代码不符", "the level does not agree with the code");
        }
        match seen.entry(code) {
            Entry::Vacant(new) => {
                new.insert(cell("name").to_owned());
            }
            Entry::Occupied(_) => faults.add(at, "code", cell("code"), "代码重复", "the code occurs twice"),
        }
        let above = code.with_ancestors().nth(1);
        let parent = match cell("parent") {
            "" => above,
            given => match code_of(given) {
                Some(parent) if parent == code && is_its_own_county => above,
                Some(parent) if parent != code && parent.contains(code) => Some(parent),
                Some(_) | None => {
                    faults.add(
                        at,
                        "parent",
                        given,
                        "上级代码不包含本级",
                        "the division above does not contain this one",
                    );
                    None
                }
            },
        };
        let area = Area { code, name: cell("name").to_owned(), level: code.level(), parent };
        units.entry(Scope::of_digits(code)).or_default().push(area);
    }
    for areas in units.values_mut() {
        areas.sort_unstable_by_key(|area| area.code);
    }
    units
}

/// What people call divisions beside, row by row.
fn also_called(
    rows: impl Iterator<Item = csv::StringRecord>,
    header: &Header,
    scheme: Scheme,
    faults: &mut WrongRows,
) -> Vec<SaidName> {
    let mut said = Vec::new();
    for (row, record) in numbered(rows) {
        let cell = |name| header.cell(&record, name);
        texts_may_be_kept(row, &record, header, faults);
        let is_called = match cell("no_longer").to_lowercase().as_str() {
            "" | "否" | "no" | "false" => Some(true),
            "是" | "yes" | "true" => Some(false),
            _ => None,
        };
        if cell("also_called").is_empty() {
            faults.add(row, "also_called", "", "没有名称", "the name is missing");
        }
        match (code_of(cell("code")), is_called) {
            (None, _) => faults.add(row, "code", cell("code"), NO_CODE.0, NO_CODE.1),
            (_, None) => faults.add(row, "no_longer", cell("no_longer"), "应为是或否", "neither yes nor no"),
            (Some(code), Some(is_called)) => {
                let called = AreaCalled { scheme, code, name: cell("also_called").to_owned() };
                said.push(SaidName { row, called, is_called });
            }
        }
    }
    said
}

/// Names and words are kept as they are: none is too long, and nobody's identity number stands in one.
fn texts_may_be_kept(at: u32, row: &csv::StringRecord, header: &Header, faults: &mut WrongRows) {
    for (column, _) in &header.0 {
        let text = header.cell(row, column);
        let most = if matches!(*column, "doc_no" | "unconfirmed") { length::ADDRESS } else { length::NAME };
        if let Some(last_four) = identity_number::last_four_in(text, Within::Text) {
            let zh = format!("写有公民身份号码（末四位{last_four}），请删去");
            faults.add(at, column, "", &zh, &format!("an identity number (its last four: {last_four}): remove it"));
        } else if is_longer(text, most) {
            faults.add(at, column, text, &format!("超过{most}个字"), &format!("more than {most} characters"));
        }
    }
}

const NO_CODE: (&str, &str) = ("不是2、4、6、9或12位的区划代码", "not a division code of 2, 4, 6, 9 or 12 digits");

/// A code as national lists write it: two digits for a province, four for a city, then as anywhere.
fn code_of(written: &str) -> Option<AreaCode> {
    match written.len() {
        2 => format!("{written}0000").parse().ok(),
        4 => format!("{written}00").parse().ok(),
        _ => written.parse().ok(),
    }
}

fn level(written: &str) -> Option<AreaLevel> {
    Some(match written.to_lowercase().as_str() {
        "province" | "省" | "省级" | "1" => AreaLevel::Province,
        "city" | "市" | "地级" | "2" => AreaLevel::City,
        "county" | "县" | "区" | "县级" | "3" => AreaLevel::County,
        "town" | "乡" | "镇" | "街道" | "乡级" | "4" => AreaLevel::Town,
        "village" | "村" | "社区" | "村级" | "5" => AreaLevel::Village,
        _ => return None,
    })
}

fn dated(
    rows: impl Iterator<Item = csv::StringRecord>,
    header: &Header,
    scheme: Scheme,
    today: NaiveDate,
    faults: &mut WrongRows,
) -> Vec<AreaChanged> {
    let mut changes = Vec::new();
    for (at, row) in numbered(rows) {
        changes.extend(change(at, &row, header, scheme, today, faults));
    }
    changes
}

/// One row of changes; nothing when it cannot be one, which `faults` then says.
fn change(
    at: u32,
    row: &csv::StringRecord,
    header: &Header,
    scheme: Scheme,
    today: NaiveDate,
    faults: &mut WrongRows,
) -> Option<AreaChanged> {
    let cell = |name| header.cell(row, name);
    texts_may_be_kept(at, row, header, faults);
    let mut code = |name: &'static str| match cell(name) {
        "" => None,
        written => {
            let code = code_of(written);
            if code.is_none() {
                faults.add(at, name, written, NO_CODE.0, NO_CODE.1);
            }
            code
        }
    };
    let (old_code, new_code) = (code("old_code"), code("new_code"));
    let on: Option<ChangeDate> = cell("year").parse().ok();
    match on {
        None => faults.add(at, "year", cell("year"), NO_DATE.0, NO_DATE.1),
        Some(on) if on.day() > today => faults.add(at, "year", cell("year"), NOT_YET.0, NOT_YET.1),
        Some(_) => {}
    }
    let kind = kind_of(cell("type"), new_code);
    match kind {
        None => faults.add(at, "type", cell("type"), NO_KIND.0, NO_KIND.1),
        Some(kind) => {
            let is_read = |column| cell(column).is_empty() || code_of(cell(column)).is_some();
            for (column, zh, en) in misfits(kind, old_code, new_code).into_iter().filter(|misfit| is_read(misfit.0)) {
                faults.add(at, column, cell(column), zh, en);
            }
        }
    }
    let text = |name| Some(cell(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    Some(AreaChanged {
        scheme,
        kind: kind?,
        on: on?,
        words: cell("type").to_owned(),
        old_code,
        old_name: text("old_name"),
        new_code,
        new_name: text("new_name"),
        document: text("doc_no"),
        unconfirmed: text("unconfirmed"),
    })
}

const NO_DATE: (&str, &str) = ("不是年份或日期（2015或2015-07-23）", "neither a year nor a day (2015 or 2015-07-23)");
const NOT_YET: (&str, &str) =
    ("变更尚未生效，请在生效之日起导入", "the change is not in force yet; hand it in when it is");
const NO_KIND: (&str, &str) = (
    "变更类型无法识别，应为：更名、改码（同名改码）、撤县设区、撤县设市、撤乡设镇、撤镇设街道、村改居、撤并、分设、划转、新设、撤销",
    "not a known kind of change: renamed, recoded, county_to_district, county_to_city, township_to_town, town_to_subdistrict, village_to_community, merged_into, split, transferred, established, abolished",
);

/// The kind that a source's words name. What was abolished and has a new code went into that.
fn kind_of(words: &str, new_code: Option<AreaCode>) -> Option<AreaChangeKind> {
    let words = words.to_lowercase();
    let (kind, _) = KINDS.iter().find(|(_, known)| known.contains(&words.as_str()))?;
    match kind {
        AreaChangeKind::Abolished if new_code.is_some() => Some(AreaChangeKind::MergedInto),
        kind => Some(*kind),
    }
}

/// Which codes a kind of change must and must not have: the columns in which a row falls short, and why.
fn misfits(
    kind: AreaChangeKind,
    old: Option<AreaCode>,
    new: Option<AreaCode>,
) -> Vec<(&'static str, &'static str, &'static str)> {
    let (needs_old, needs_new) = match kind {
        AreaChangeKind::Established => (false, true),
        AreaChangeKind::Abolished => (true, false),
        AreaChangeKind::Renamed
        | AreaChangeKind::Recoded
        | AreaChangeKind::CountyToDistrict
        | AreaChangeKind::CountyToCity
        | AreaChangeKind::TownshipToTown
        | AreaChangeKind::TownToSubdistrict
        | AreaChangeKind::VillageToCommunity
        | AreaChangeKind::MergedInto
        | AreaChangeKind::Split
        | AreaChangeKind::Transferred => (true, true),
    };
    let mut misfits = Vec::new();
    if needs_old && old.is_none() {
        misfits.push(("old_code", "此类变更应有原代码", "this kind of change has an old code"));
    }
    if needs_new && new.is_none() {
        misfits.push(("new_code", "此类变更应有新代码", "this kind of change has a new code"));
    }
    if !needs_old && old.is_some() {
        misfits.push((
            "old_code",
            "新设不应有原代码（由原区划而来的，类型填分设）",
            "what is established has no old code; if it came out of another division, it is a split",
        ));
    }
    if kind == AreaChangeKind::Recoded && old.is_some() && old == new {
        misfits.push(("new_code", "改码的新旧代码相同", "the new code is the old one"));
    }
    misfits
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &[u8] = include_bytes!("../../../schema/areas/130300.csv");
    const CHANGED: &[u8] = include_bytes!("../../../schema/areas/130300-changes.csv");

    fn today() -> NaiveDate {
        "2026-11-26".parse().unwrap()
    }

    fn changes(rows: &str) -> Result<Content, FileError> {
        let text = format!("year,type,old_code,old_name,new_code,new_name,doc_no\n{rows}");
        read(text.as_bytes(), "x.csv", Scheme::default(), today())
    }

    #[test]
    fn the_real_list_is_read_by_unit() {
        let Content::List(units) = read(LISTED, "130300.csv", Scheme::default(), today()).unwrap() else {
            panic!("a list")
        };
        assert_eq!(units.len(), 11, "the province, the city, nine counties");
        assert_eq!(units.values().map(Vec::len).sum::<usize>(), 1 + 1 + 9 + 102 + 2_500);
        let funing = &units[&"130306".parse().unwrap()];
        let village = funing.iter().find(|area| area.code.to_string() == "130306100209").unwrap();
        assert_eq!((village.name.as_str(), village.level), ("大李官营村委会", AreaLevel::Village));
        assert_eq!(village.parent.unwrap().to_string(), "130306100000");
        assert!(funing.is_sorted_by_key(|area| area.code));
    }

    #[test]
    fn the_real_changes_are_read() {
        let Content::Changes(changes) = read(CHANGED, "changes.csv", Scheme::default(), today()).unwrap() else {
            panic!("changes")
        };
        assert_eq!(changes.len(), 16);
        let of = |kind| changes.iter().filter(|change| change.kind == kind).collect::<Vec<_>>();
        let [district] = of(AreaChangeKind::CountyToDistrict)[..] else { panic!("one county became a district") };
        assert_eq!((district.on, district.words.as_str()), (ChangeDate::Year(2015), "撤县设区"));
        assert_eq!(of(AreaChangeKind::Established)[0].old_code, None, "新设 has no code before");
        assert_eq!(of(AreaChangeKind::MergedInto)[0].words, "撤销", "what was abolished for another went into it");
        let towns = of(AreaChangeKind::Transferred);
        assert_eq!(towns.len(), 4);
        assert!(towns.iter().all(|town| town.is_of_a_part() && town.unconfirmed.is_some()));
    }

    #[test]
    fn every_known_kind_of_change_is_read_from_the_words_of_its_source() {
        for (kind, words) in KINDS {
            for word in *words {
                assert_eq!(kind_of(word, None), Some(*kind), "{word}");
            }
        }
        assert!(AreaChangeKind::ALL.iter().all(|kind| KINDS.iter().any(|(known, _)| known == kind)));
    }

    #[test]
    fn a_change_that_cannot_be_is_named_with_its_place() {
        for (row, column) in [
            ("2024,搬家,130306100209,甲,130306100210,乙,", "type"),
            ("2024,,130306100209,甲,130306100210,乙,", "type"),
            ("24,撤并,130306100209,甲,130306100210,乙,", "year"),
            ("2024-02-30,撤并,130306100209,甲,130306100210,乙,", "year"),
            ("2026-11-27,撤并,130306100209,甲,130306100210,乙,", "year"),
            ("2027,撤并,130306100209,甲,130306100210,乙,", "year"),
            ("2024,撤并,1303,甲,13030610021,乙,", "new_code"),
            ("2024,撤并,130306100209,甲,,,", "new_code"),
            ("2024,撤销,,甲,,,", "old_code"),
            ("2024,新设,130306100209,甲,130306100210,乙,", "old_code"),
            ("2024,改码,130306100209,甲,130306100209,甲,", "new_code"),
        ] {
            let Err(FileError::Rows { places, .. }) = changes(row) else { panic!("{row} is refused") };
            let [place] = places.as_slice() else { panic!("{row}: {places:?}") };
            assert_eq!((place.row, place.column), (2, column), "{row}");
            assert!(!place.zh.is_ascii() && place.en.is_ascii());
        }
    }

    #[test]
    fn a_change_is_dated_by_year_or_by_day() {
        let Ok(Content::Changes(read)) = changes(
            "2024-03-01,村改居,130306100211,甲村,130306100011,甲社区,1号\n2024,撤并,130306100209,乙,130306100210,丙,\n",
        ) else {
            panic!("both are read")
        };
        assert_eq!(read[0].on, ChangeDate::Day("2024-03-01".parse().unwrap()));
        assert_eq!(read[1].on, ChangeDate::Year(2024));
    }

    #[test]
    fn every_bad_row_is_named_with_its_place() {
        let text = "code,name,level,parent\n13030,甲,county,\n130306,抚宁区,town,\n130306,抚宁区,county,130322\n130322,,county,\n";
        let Err(FileError::Rows { places, count, .. }) = read(text.as_bytes(), "x.csv", Scheme::default(), today())
        else {
            panic!("refused")
        };
        assert_eq!(count, 5);
        let found: Vec<(u32, &str)> = places.iter().map(|place| (place.row, place.column)).collect();
        assert_eq!(found, [(2, "code"), (3, "level"), (4, "code"), (4, "parent"), (5, "name")]);
    }

    #[test]
    fn national_lists_write_short_codes_and_list_some_cities_twice() {
        let text = "code,name,cityCode,provinceCode\n44,广东省,,\n4419,东莞市,,44\n441900,东莞市,4419,44\n441900003,东城街道,,\n";
        let Content::List(units) = read(text.as_bytes(), "x.csv", Scheme::default(), today()).unwrap() else {
            panic!("a list")
        };
        let codes: Vec<String> = units.values().flatten().map(|area| area.code.to_string()).collect();
        assert_eq!(codes, ["440000000000", "441900000000", "441900003000"]);
        let levelled = "code,name,level,parent\n441900,东莞市,city,44\n441900,东莞市,county,4419\n";
        assert!(read(levelled.as_bytes(), "x.csv", Scheme::default(), today()).is_ok());
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        assert!(matches!(read(b"a,b\n1,2\n", "x.csv", Scheme::default(), today()), Err(FileError::Header { .. })));
        assert!(matches!(read(b"code,name\n", "x.csv", Scheme::default(), today()), Err(FileError::Empty { .. })));
        assert!(matches!(read(b"\x00\xff\x00", "x.csv", Scheme::default(), today()), Err(FileError::Text(_))));
        let gb = encoded("代码,名称\n130306,抚宁区\n");
        assert!(matches!(read(&gb, "x.csv", Scheme::default(), today()), Ok(Content::List(_))));
    }

    /// `代码,名称 / 130306,抚宁区` in GB 18030.
    fn encoded(_: &str) -> Vec<u8> {
        let mut bytes = vec![0xB4, 0xFA, 0xC2, 0xEB, b',', 0xC3, 0xFB, 0xB3, 0xC6, b'\n'];
        bytes.extend_from_slice(b"130306,");
        bytes.extend_from_slice(&[0xB8, 0xA7, 0xC4, 0xFE, 0xC7, 0xF8, b'\n']);
        bytes
    }
}
