//! A file of days. Pure.

use chrono::{Datelike, NaiveDate, Weekday};
use intake::whole::{FileError, WrongRows};
use schema::calendar::{DayOff, Holiday, HolidaysDeclared, LunarMonth};
use schema::identity_number;
use schema::limits::{is_longer, length};
use std::collections::{BTreeMap, BTreeSet};

const DATE: &[&str] = &["date", "日期"];
const KIND: &[&str] = &["kind", "类别", "类型"];
const NAME: &[&str] = &["name", "名称", "节日"];
const DOCUMENT: &[&str] = &["document", "文件", "文号", "依据"];

/// What a day is said to be.
enum Kind {
    Off,
    Worked,
    LunarMonth,
}

/// A year as its rows say it.
#[derive(Default)]
struct Year {
    off: BTreeMap<NaiveDate, Vec<Holiday>>,
    worked: BTreeSet<NaiveDate>,
    lunar: BTreeMap<NaiveDate, (u8, bool)>,
    documents: BTreeSet<String>,
    last_row: u32,
}

/// Reads a file: each of its years, in order.
///
/// # Errors
/// When anything in it is wrong: half a calendar is worse than none.
pub fn read(bytes: &[u8], file_name: &str) -> Result<Vec<HolidaysDeclared>, FileError> {
    let text = intake::sheet::text(bytes, file_name)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = reader.records().filter_map(Result::ok);
    let file = || file_name.to_owned();
    let header = rows.next().ok_or_else(|| FileError::Empty { file: file() })?;
    let place = |known: &[&str]| header.iter().position(|cell| known.contains(&cell.trim().to_lowercase().as_str()));
    let (Some(date), Some(kind), Some(name), Some(document)) = (place(DATE), place(KIND), place(NAME), place(DOCUMENT))
    else {
        return Err(FileError::Header {
            file: file(),
            zh: "表头应为：日期,类别,名称,文件",
            en: "the header is date,kind,name,document",
        });
    };
    let (mut years, mut faults) = (BTreeMap::<i32, Year>::new(), WrongRows::default());
    for (at, row) in (2..).zip(rows).filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty())) {
        let cell = |place: usize| row.get(place).unwrap_or_default().trim();
        take(at, [cell(date), cell(kind), cell(name), cell(document)], &mut years, &mut faults);
    }
    // What only all rows together say is told once each of them is right.
    if faults.is_empty() {
        for (year, said) in &years {
            whole(*year, said, &mut faults);
        }
    }
    faults.none_of(file_name)?;
    if years.is_empty() {
        return Err(FileError::Empty { file: file() });
    }
    Ok(years.into_iter().map(|(year, said)| declared(year, said)).collect())
}

fn take(at: u32, [date, kind, name, document]: [&str; 4], years: &mut BTreeMap<i32, Year>, faults: &mut WrongRows) {
    let Some(day) = day(date) else {
        return faults.add(at, "date", date, "不是日期（YYYY-MM-DD）", "not a day, YYYY-MM-DD");
    };
    let kind = match kind {
        "放假" | "休" | "off" => Kind::Off,
        "上班" | "班" | "调休上班" | "work" => Kind::Worked,
        "农历月首" | "lunar" => Kind::LunarMonth,
        other => {
            return faults.add(at, "kind", other, "只能是放假、上班或农历月首", "it is off, work or lunar");
        }
    };
    let said = years.entry(day.year()).or_default();
    said.last_row = at;
    let is_new = match kind {
        Kind::Off => {
            let Some(of) = holidays(name) else {
                return faults.add(at, "name", name, "不是法定节日的名称", "not the name of a statutory holiday");
            };
            said.off.insert(day, of).is_none()
        }
        Kind::Worked => {
            if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                return faults.add(at, "date", date, "不是周六、周日，无须调休上班", "no weekend: it is worked anyway");
            }
            said.worked.insert(day)
        }
        Kind::LunarMonth => {
            let Some(month) = lunar_month(name) else {
                return faults.add(at, "name", name, "不是农历月名", "not the name of a lunar month");
            };
            said.lunar.insert(day, month).is_none()
        }
    };
    if !is_new {
        faults.add(at, "date", date, "日期重复", "the day occurs twice");
    }
    // The lunar calendar is by a standard, which is no act of the year's.
    if matches!(kind, Kind::Off | Kind::Worked) {
        if document.is_empty() {
            faults.add(at, "document", "", "没有写明文号", "the document is missing");
        } else if is_longer(document, length::NAME)
            || identity_number::last_four_in(document, identity_number::Within::Text).is_some()
        {
            faults.add(at, "document", document, "不是文号", "not the number of a document");
        } else {
            said.documents.insert(document.to_owned());
        }
    }
}

/// What only all of a year's rows together say.
fn whole(year: i32, said: &Year, faults: &mut WrongRows) {
    let at = said.last_row;
    if said.off.is_empty() {
        faults.add(at, "kind", &year.to_string(), "全年没有放假的日子", "no day of the year is off");
    }
    if said.documents.len() > 1 {
        let all: Vec<&str> = said.documents.iter().map(String::as_str).collect();
        faults.add(at, "document", &all.join("、"), "一年只能依据一个文件", "a year is declared by one document");
    }
    for day in said.off.keys().filter(|day| said.worked.contains(day)) {
        faults.add(at, "date", &day.to_string(), "同一天既放假又上班", "the day is both off and worked");
    }
    for (first, next) in said.lunar.keys().zip(said.lunar.keys().skip(1)) {
        if !(29..=30).contains(&(*next - *first).num_days()) {
            let (zh, en) = ("与上一个月首相隔不是29或30天", "not 29 or 30 days after the month before");
            faults.add(at, "date", &next.to_string(), zh, en);
        }
    }
}

fn declared(year: i32, said: Year) -> HolidaysDeclared {
    HolidaysDeclared {
        year,
        days_off: said.off.into_iter().map(|(day, of)| DayOff { day, of }).collect(),
        working_days: said.worked.into_iter().collect(),
        lunar_months: said.lunar.into_iter().map(|(first, (month, leap))| LunarMonth { first, month, leap }).collect(),
        document: said.documents.into_iter().next().unwrap_or_default(),
    }
}

fn day(written: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"].iter().find_map(|form| NaiveDate::parse_from_str(written, form).ok())
}

/// `国庆节、中秋节`, each by its name, with or without 节.
fn holidays(written: &str) -> Option<Vec<Holiday>> {
    let one = |name: &str| {
        let name = name.trim();
        let is_called =
            |holiday: &&Holiday| holiday.name_zh() == name || holiday.name_zh().trim_end_matches('节') == name;
        Holiday::ALL.iter().find(is_called).copied().or_else(|| Holiday::from_code(name))
    };
    let mut holidays = written.split(['、', '+', '/', '|']).map(one).collect::<Option<Vec<Holiday>>>()?;
    holidays.sort_unstable();
    holidays.dedup();
    Some(holidays)
}

/// `正月`, `闰六月`, `腊月`, or its number; the second says that it is a leap month.
fn lunar_month(written: &str) -> Option<(u8, bool)> {
    const NAMES: [&str; 12] =
        ["正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"];
    let (leap, name) = written.strip_prefix('闰').map_or((false, written), |name| (true, name));
    let name = match name {
        "一月" => "正月",
        "冬月" => "十一月",
        "腊月" => "十二月",
        other => other,
    };
    let numbered = || name.parse::<u8>().ok().filter(|month| (1..=12).contains(month));
    let named = (1..=12).zip(NAMES).find(|(_, known)| *known == name).map(|(month, _)| month);
    named.or_else(numbered).map(|month| (month, leap))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<(u32, &'static str, String)> {
        match read(format!("日期,类别,名称,文件\n{text}").as_bytes(), "a.csv") {
            Err(FileError::Rows { places, .. }) => {
                places.into_iter().map(|place| (place.row, place.column, place.en)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_calendars_that_come_with_it_are_whole_and_agree_with_both_ways_of_counting() {
        for (bytes, year, off, worked, document) in [
            (&include_bytes!("../../../schema/calendar/2025.csv")[..], 2025, 28, 5, "国办发明电〔2024〕12号"),
            (&include_bytes!("../../../schema/calendar/2026.csv")[..], 2026, 33, 6, "国办发明电〔2025〕7号"),
        ] {
            let years = read(bytes, "year.csv").unwrap();
            let [declared] = years.as_slice() else { panic!("one year") };
            assert_eq!((declared.year, declared.document.as_str()), (year, document));
            assert_eq!((declared.days_off.len(), declared.working_days.len()), (off, worked), "{year}");
            // 端午 is the fifth of the fifth month, 中秋 the fifteenth of the eighth: each is off.
            for (month, day, holiday) in [(5, 5, Holiday::DragonBoat), (8, 15, Holiday::MidAutumn)] {
                let first = declared.lunar_months.iter().find(|one| one.month == month && !one.leap).unwrap().first;
                let on = first + chrono::Days::new(day - 1);
                assert!(declared.day(on).off.contains(&holiday), "{year}: {on} is no {holiday}");
                assert_eq!(declared.lunar_day(on), u8::try_from(day).ok());
            }
            // 春节 is the first of the first month.
            let first = declared.lunar_months.iter().find(|one| one.month == 1).unwrap().first;
            assert!(declared.day(first).off.contains(&Holiday::SpringFestival));
        }
    }

    #[test]
    fn one_bad_row_refuses_the_file_and_says_where() {
        for (rows, expected) in [
            ("明年,放假,元旦,文\n", (2, "date", "not a day, YYYY-MM-DD")),
            ("2026-01-01,补假,元旦,文\n", (2, "kind", "it is off, work or lunar")),
            ("2026-01-01,放假,光棍节,文\n", (2, "name", "not the name of a statutory holiday")),
            ("2026-01-01,放假,元旦,文\n2026-01-01,放假,元旦,文\n", (3, "date", "the day occurs twice")),
            ("2026-01-01,放假,元旦,文\n2026-01-05,上班,元旦,文\n", (3, "date", "no weekend: it is worked anyway")),
            ("2026-01-03,放假,元旦,文\n2026-01-03,上班,元旦,文\n", (3, "date", "the day is both off and worked")),
            ("2026-01-01,放假,元旦,\n", (2, "document", "the document is missing")),
            (
                "2026-01-01,放假,元旦,文\n2026-01-02,放假,元旦,别的\n",
                (3, "document", "a year is declared by one document"),
            ),
            ("2026-01-04,上班,元旦,文\n", (2, "kind", "no day of the year is off")),
            ("2026-01-01,放假,元旦,文\n2026-01-19,农历月首,大月,\n", (3, "name", "not the name of a lunar month")),
            (
                "2026-01-01,放假,元旦,文\n2026-01-19,农历月首,腊月,\n2026-02-27,农历月首,正月,\n",
                (4, "date", "not 29 or 30 days after the month before"),
            ),
        ] {
            let (row, column, en) = expected;
            assert_eq!(wrong(rows), [(row, column, en.to_owned())], "{rows}");
        }
        assert!(matches!(read("a,b\n1,2\n".as_bytes(), "a.csv"), Err(FileError::Header { .. })));
        assert!(matches!(read("日期,类别,名称,文件\n".as_bytes(), "a.csv"), Err(FileError::Empty { .. })));
    }
}
