//! Rows of a table into counts. Pure.
//!
//! One row is one community: its code or its name, as in the lists of the offices, and a column for each group that was
//! counted. A blank cell was not counted, `0` is nobody. The day for which the counts are true stands in a column, or holds
//! for the whole file.

use chrono::NaiveDate;
use intake::cell::{self, is_blank};
use intake::{CODES_OF_VILLAGES, COMMUNITY, COUNTY, Column, Gazetteer, Line, PlaceColumns, TOWN, Trouble};
use schema::finding::{CellFinding, NamedArea, PopulationFinding};
use schema::hand_in::{Finding, Severity};
use schema::limits::quoted;
use schema::population::{CommunityCount, CountedGroup};
use schema::{AreaCode, AreaLevel, Quote};
use std::collections::{BTreeMap, HashMap};

const CODE: Column = Column::required("村居代码", "Code of the community").also(CODES_OF_VILLAGES).or(&COMMUNITY);

const ADDRESS: Column = Column::hint("地址", "Address");

const ON: Column = Column::hint("统计时点", "Day of the count").also(&[
    "统计日期",
    "统计时间",
    "截止日期",
    "截止时间",
    "截至日期",
    "截至时间",
    "数据时点",
    "数据日期",
    "时点",
    "普查时点",
]);

macro_rules! groups {
    ($($column:ident $group:ident $name:literal $english:literal [$($alias:literal),* $(,)?];)+) => {
        $(const $column: Column = Column::hint($name, $english).also(&[$($alias),*]);)+

        /// The columns of groups, and the group that each counts.
        const GROUPS: &[(Column, CountedGroup)] = &[$(($column, CountedGroup::$group)),+];

        /// The columns of a table of counts.
        pub const COLUMNS: &[Column] = &[CODE, COMMUNITY, TOWN, COUNTY, ADDRESS, ON, $($column),+];
    };
}

groups! {
    RESIDENTS Residents "常住人口" "Residents" ["常住人口数", "常住总人口", "总人口", "人口数", "人口总数", "总人口数"];
    SIXTY SixtyAndOver "60周岁及以上老年人" "60 and over" [
        "60岁及以上", "60周岁及以上", "60岁以上", "60周岁以上", "60岁及以上老年人", "60岁以上老年人", "60周岁以上老年人",
        "60岁及以上老年人口", "60岁以上老年人口", "60周岁以上老年人口", "60周岁及以上老年人口", "60岁及以上人口", "60岁以上人口",
        "60周岁及以上人口", "60岁及以上人数", "60岁以上人数", "60周岁及以上老年人数", "60岁及以上老年人数", "60岁以上老年人数",
        "老年人口", "老年人数", "老年人总数", "老年人口数", "老年人口总数", "60+",
    ];
    SIXTY_FIVE SixtyFiveAndOver "65周岁及以上老年人" "65 and over" [
        "65岁及以上", "65周岁及以上", "65岁以上", "65周岁以上", "65岁及以上老年人", "65岁以上老年人", "65周岁以上老年人",
        "65岁及以上老年人口", "65岁以上老年人口", "65周岁以上老年人口", "65周岁及以上老年人口", "65岁及以上人口", "65岁以上人口",
        "65周岁及以上人口", "65岁及以上人数", "65岁以上人数", "65岁及以上老年人数", "65岁以上老年人数", "65+",
    ];
    EIGHTY EightyAndOver "80周岁及以上老年人" "80 and over" [
        "80岁及以上", "80周岁及以上", "80岁以上", "80周岁以上", "80岁及以上老年人", "80岁以上老年人", "80周岁以上老年人",
        "80岁及以上老年人口", "80岁以上老年人口", "80周岁以上老年人口", "80周岁及以上老年人口", "80岁及以上人口", "80岁以上人口",
        "80周岁及以上人口", "80岁及以上人数", "80岁以上人数", "80岁及以上老年人数", "80岁以上老年人数", "80岁以上高龄",
        "80岁以上高龄老人", "80岁以上高龄老年人", "80岁及以上高龄老年人", "80周岁以上高龄老人", "高龄", "高龄老人", "高龄老年人",
        "高龄老年人数", "高龄老人数", "高龄人数", "80+",
    ];
    ALONE LivingAlone "独居老年人" "Elders who live alone" ["独居", "独居老人", "独居老人数", "独居老年人数", "独居人数", "独居老年人口"];
    EMPTY EmptyNest "空巢老年人" "Elders whose children live elsewhere" [
        "空巢", "空巢老人", "空巢老人数", "空巢老年人数", "空巢人数", "空巢老年人口",
    ];
    LEFT LeftBehind "留守老年人" "Elders left behind" ["留守", "留守老人", "留守老人数", "留守老年人数", "留守人数", "农村留守老年人"];
    CARE CareDependent "失能老年人" "Elders dependent on care" [
        "失能", "失能老人", "失能老人数", "失能老年人数", "失能人数", "失能老年人口", "生活不能自理老年人", "不能自理老人",
    ];
    PARTLY PartlyCareDependent "半失能老年人" "Elders partly dependent on care" [
        "半失能", "半失能老人", "半失能老人数", "半失能老年人数", "半失能人数", "部分失能老年人", "半自理老人",
    ];
    DEMENTIA Dementia "失智老年人" "Elders with dementia" ["失智", "失智老人", "失智老人数", "失智老年人数", "认知障碍老年人", "认知症老年人"];
    DESTITUTE FiveGuarantee "特困老年人" "Destitute elders" [
        "特困", "特困老人", "特困老人数", "特困老年人数", "特困供养老年人", "五保老人", "五保",
    ];
    LOW LowIncome "低保老年人" "Elders on the minimum living allowance" ["低保", "低保老人", "低保老人数", "低保老年人数"];
    DISABLED Disabled "残疾老年人" "Disabled elders" ["残疾", "残疾老人", "残疾老人数", "残疾老年人数", "老年残疾人"];
    SPECIAL SpecialFamily "计划生育特殊家庭老年人" "Elders of special families" [
        "计生特殊家庭老年人", "计生特殊家庭", "计划生育特殊家庭", "特殊家庭老年人", "失独老人", "失独老年人", "失独",
    ];
}

const PLACE: PlaceColumns = PlaceColumns { code: &CODE, above: &[&COUNTY, &TOWN], name: &COMMUNITY, address: &ADDRESS };

/// What a table is read against.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The divisions.
    pub areas: &'a Gazetteer,
    /// The area for which whoever hands it in acts. What lies outside is refused.
    pub within: Option<AreaCode>,
    /// The day of rows that name none.
    pub on: Option<NaiveDate>,
    /// The county's today: no count is of a later day.
    pub today: NaiveDate,
}

/// What was counted in one community for one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The day.
    pub on: NaiveDate,
    /// The community and the counts.
    pub count: CommunityCount,
}

/// One row, read.
#[derive(Clone, Debug, PartialEq)]
pub struct CountedRow {
    /// Counted from 1, header not counted.
    pub row: u32,
    /// What it says; none where it is refused.
    pub counted: Option<Counted>,
    /// What was found wrong or doubtful.
    pub findings: Vec<Finding>,
}

/// Reads the rows of a table. A row with an error is refused, the others count.
pub fn read(lines: &[Line], reading: Reading<'_>) -> Vec<CountedRow> {
    let mut seen: HashMap<(AreaCode, NaiveDate), u32> = HashMap::new();
    lines.iter().map(|line| row(line, reading, &mut seen)).collect()
}

/// Findings of one row.
struct Found<'l> {
    line: &'l Line,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, column: &Column, trouble: Trouble) {
        let said = self.line.cell(column);
        let value = (!said.is_empty() && !self.line.is_shifted()).then(|| Quote::Said(quoted(said)));
        let column = Some(self.line.heading(column));
        self.findings.push(Finding { column, value, code: trouble.code, severity: trouble.severity });
    }

    fn refuse(&mut self, column: &Column, code: PopulationFinding) {
        self.add(column, Trouble::error(code));
    }

    fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

fn row(line: &Line, reading: Reading<'_>, seen: &mut HashMap<(AreaCode, NaiveDate), u32>) -> CountedRow {
    let mut found = Found { line, findings: set_aside(line) };
    let area = place(line, reading, &mut found);
    let on = day(line, reading, &mut found);
    let counts = counts(line, &mut found);
    if let (Some(area), Some(on), false) = (area, on, found.is_refused()) {
        let first = *seen.entry((area, on)).or_insert(line.number);
        if first != line.number {
            found.refuse(&CODE, PopulationFinding::Repeated { area: named(area, reading.areas), row: first });
        }
    }
    let is_refused = found.is_refused();
    let counted = area.zip(on).filter(|_| !is_refused);
    CountedRow {
        row: line.number,
        counted: counted.map(|(area, on)| Counted { on, count: CommunityCount { area, counts } }),
        findings: found.findings,
    }
}

/// What must not be kept, and rows whose cells stand under the wrong headings.
fn set_aside(line: &Line) -> Vec<Finding> {
    let shifted = line.is_shifted().then(|| Finding {
        column: None,
        value: None,
        code: CellFinding::RowShifted.into(),
        severity: Severity::Error,
    });
    let aside = line.set_aside().iter().map(|aside| Finding {
        column: Some(aside.heading.clone()),
        value: (!aside.begins.is_empty()).then(|| Quote::Said(aside.begins.clone())),
        code: aside.why.clone().into(),
        severity: Severity::Error,
    });
    shifted.into_iter().chain(aside).collect()
}

fn place(line: &Line, reading: Reading<'_>, found: &mut Found<'_>) -> Option<AreaCode> {
    let (column, text) = PLACE.of(line);
    let read = cell::area::area(&text, reading.areas, reading.within, line.cell(&ADDRESS));
    if read.value.is_none() && read.troubles.is_empty() {
        found.add(&CODE, Trouble::error(CellFinding::Missing { column: CODE.on_form() }));
    }
    for trouble in read.troubles {
        found.add(column, trouble);
    }
    let area = read.value?;
    let own = reading.within.filter(|own| !own.contains(area));
    if area.level() != AreaLevel::Village {
        found.refuse(column, PopulationFinding::NotOfACommunity { area: named(area, reading.areas) });
    } else if let Some(own) = own {
        let (area, own) = (named(area, reading.areas), named(own, reading.areas));
        found.refuse(column, PopulationFinding::OutsideArea { area, own });
    } else if column.name == CODE.name && !is_blank(line.cell(&COMMUNITY)) {
        let name = line.cell(&COMMUNITY);
        if !reading.areas.may_be_called(name, area) {
            let area = named(area, reading.areas);
            found.add(&COMMUNITY, Trouble::doubt(schema::finding::AreaFinding::NameDiffers { area }));
        }
    }
    Some(area)
}

fn day(line: &Line, reading: Reading<'_>, found: &mut Found<'_>) -> Option<NaiveDate> {
    // A month alone is its last day: 2025年12月 is the end of the year.
    let read = cell::date::last_day(line.cell(&ON));
    let is_said = read.value.is_some() || !read.troubles.is_empty();
    for trouble in read.troubles {
        // The whole row is about that day.
        let refusing = read.value.is_none();
        found.add(&ON, if refusing { Trouble { severity: Severity::Error, ..trouble } } else { trouble });
    }
    let on = if is_said { read.value } else { reading.on };
    match on {
        None if !is_said => found.refuse(&ON, PopulationFinding::DateMissing),
        Some(on) if on > reading.today => found.refuse(&ON, PopulationFinding::DateToCome { on }),
        None | Some(_) => {}
    }
    on
}

fn counts(line: &Line, found: &mut Found<'_>) -> BTreeMap<CountedGroup, u32> {
    let mut counts = BTreeMap::new();
    let mut is_doubted = false;
    for (column, group) in GROUPS {
        let read = cell::number::count(line.cell(column));
        is_doubted |= !read.troubles.is_empty();
        for trouble in read.troubles {
            found.add(column, trouble);
        }
        counts.extend(read.value.map(|count| (*group, count)));
    }
    if counts.is_empty() && !is_doubted {
        found.refuse(&SIXTY, PopulationFinding::Absent);
    }
    for (column, group) in GROUPS {
        let Some(count) = counts.get(group).copied() else { continue };
        let around = std::iter::successors(group.within(), |group| group.within());
        let Some((within, of)) = around.filter_map(|group| Some((group, *counts.get(&group)?))).next() else {
            continue;
        };
        if count > of {
            found.refuse(column, PopulationFinding::Exceeds { group: *group, count, within, of });
        }
    }
    counts
}

fn named(code: AreaCode, areas: &Gazetteer) -> NamedArea {
    NamedArea { code, name: areas.full_name(code) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use intake::sheet;
    use schema::Scheme;
    use schema::areas::{Area, AreasEvent, AreasListed};

    fn areas() -> Gazetteer {
        let mut gazetteer = Gazetteer::default();
        let mut areas = Vec::new();
        for line in include_str!("../../../schema/areas/130300.csv").lines().skip(1) {
            let mut cells = line.split(',');
            let code: AreaCode = cells.next().unwrap().parse().unwrap();
            let name = cells.next().unwrap().to_owned();
            areas.push(Area { code, name, level: code.level(), parent: code.with_ancestors().nth(1) });
        }
        gazetteer.apply(&AreasEvent::AreasListed(AreasListed { scheme: Scheme::default(), areas, part: None }));
        gazetteer
    }

    fn rows(table: &str, within: Option<&str>, on: Option<&str>) -> Vec<CountedRow> {
        let sheet = sheet::read(table.as_bytes(), "人口.csv", COLUMNS).unwrap();
        let reading = Reading {
            areas: &areas(),
            within: within.map(|code| code.parse().unwrap()),
            on: on.map(|on| on.parse().unwrap()),
            today: "2026-03-02".parse().unwrap(),
        };
        read(&sheet.lines, reading)
    }

    fn codes(row: &CountedRow) -> Vec<&str> {
        row.findings.iter().map(|finding| finding.code.code()).collect()
    }

    fn counts_of(row: &CountedRow) -> Vec<(CountedGroup, u32)> {
        row.counted.iter().flat_map(|counted| counted.count.counts.clone()).collect()
    }

    #[test]
    fn a_table_as_clerks_write_it_is_counts_by_community_and_group() {
        let table = "抚宁区老年人口统计表,,,,,,\n序号,乡镇,村（社区）,60岁及以上老年人口（人）,80岁以上高龄,独居,失能,半失能,统计时点\n\
            1,抚宁镇,大李官营村,212人,31,18,3,,2025年12月\n2,抚宁镇,小李官营村,0,,,,,2025-12-31\n,合计,,212,31,18,3,,\n";
        let rows = rows(table, Some("130306"), None);
        let (first, second) = (&rows[0], &rows[1]);
        assert_eq!(rows.len(), 2, "totals are no rows");
        assert_eq!(first.counted.as_ref().unwrap().count.area.to_string(), "130306100209");
        assert_eq!(first.counted.as_ref().unwrap().on.to_string(), "2025-12-31");
        use CountedGroup::{CareDependent, EightyAndOver, LivingAlone, SixtyAndOver};
        assert_eq!(counts_of(first), [(SixtyAndOver, 212), (EightyAndOver, 31), (LivingAlone, 18), (CareDependent, 3)]);
        assert_eq!(counts_of(second), [(SixtyAndOver, 0)], "a blank was not counted, 0 is nobody");
    }

    #[test]
    fn what_cannot_be_so_refuses_the_row_and_no_other() {
        let table = "村居代码,村社名称,60周岁及以上,80周岁及以上,统计日期\n";
        for (row, expected, is_in) in [
            ("130306100209,大李官营村,212,31,2025-12-31", &[][..], true),
            ("130306100209,大李官营村,212,若干,2025-12-31", &["NUMBER_UNKNOWN"], true),
            ("130306100209,小台头村,212,31,2025-12-31", &["AREA_NAME_DIFFERS"], true),
            ("130306100209,,21,31,2025-12-31", &["COUNT_EXCEEDS"], false),
            ("130306100209,,-1,,2025-12-31", &["NUMBER_NEGATIVE"], false),
            ("130306100209,,212,31,2026-12-31", &["COUNT_DATE_TO_COME"], false),
            ("130306100209,,212,31,2025-13-31", &["DATE_IMPOSSIBLE"], false),
            ("130306100209,,212,31,年底", &["DATE_UNKNOWN"], false),
            ("130306100209,,212,31,", &["COUNT_DATE_MISSING"], false),
            ("130306100209,,,,2025-12-31", &["COUNT_ABSENT"], false),
            ("130306100,,212,31,2025-12-31", &["COUNT_NOT_OF_A_COMMUNITY"], false),
            ("130322100201,,212,31,2025-12-31", &["COUNT_OUTSIDE_AREA"], false),
            ("130306999999,,212,31,2025-12-31", &["AREA_CODE_UNKNOWN"], false),
            (",,212,31,2025-12-31", &["MISSING"], false),
        ] {
            let found = rows(&format!("{table}{row}\n"), Some("130306"), None);
            assert_eq!((codes(&found[0]), found[0].counted.is_some()), (expected.to_vec(), is_in), "{row}");
        }
        let twice =
            "130306100209,,212,31,2025-12-31\n130306100209,,212,31,2025-12-31\n130306100209,,200,30,2024-12-31\n";
        let found = rows(&format!("{table}{twice}"), None, None);
        assert_eq!(found.iter().map(codes).collect::<Vec<_>>(), [vec![], vec!["COUNT_REPEATED"], vec![]]);
    }

    #[test]
    fn the_day_of_the_file_holds_for_rows_that_name_none() {
        let table =
            "村居代码,老年人口,统计时点\n130306100209,212,\n130306100210,80,2024年\n130306100211,80,2024-12-31\n";
        let found = rows(table, None, Some("2025-12-31"));
        let days: Vec<Option<String>> =
            found.iter().map(|row| row.counted.as_ref().map(|counted| counted.on.to_string())).collect();
        assert_eq!(days, [Some("2025-12-31".to_owned()), None, Some("2024-12-31".to_owned())], "2024年 is no day");
    }

    #[test]
    fn an_identity_number_is_kept_by_nothing() {
        let found = rows("村居代码,老年人口,独居\n130306100209,212,11010519491231002X\n", None, Some("2025-12-31"));
        assert_eq!(found[0].counted, None);
        assert!(!format!("{found:?}").contains("11010519491231002X"));
        assert_eq!(codes(&found[0]), ["IDENTITY_NUMBER"]);
    }

    #[test]
    fn no_heading_means_two_groups() {
        let mut seen = std::collections::BTreeSet::new();
        for (column, _) in GROUPS {
            for name in std::iter::once(&column.name).chain(column.aliases) {
                assert!(seen.insert(*name), "{name}");
            }
        }
    }
}
