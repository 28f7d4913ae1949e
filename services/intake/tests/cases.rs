//! The cases from the field, by the names of their files: what is read of each is right or doubted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it does is part of the tests"
)]

mod divisions;

use divisions::divisions;
use intake::{Column, cell, sheet};
use schema::Eligibility;

const NAME: Column = Column::required("站点名称", "Name").also(&["机构名称", "商户名称"]);
const CODE: Column = Column::required("村社代码", "Code").also(&["所在村居代码", "所在地代码"]);
const CELL: Column = Column::optional("服务对象", "For whom");
const HOURS: Column = Column::optional("开放时间", "Hours");
const PHONE: Column = Column::optional("负责人电话", "Telephone").of_contacts_telephones();
const PRICE: Column = Column::optional("老年人协议价(元)", "Price");
const UNTIL: Column = Column::optional("许可证有效期至", "Until");
const COVERAGE: Column = Column::optional("服务范围代码", "Area served");
const COLUMNS: &[Column] = &[NAME, CODE, CELL, HOURS, PHONE, PRICE, UNTIL, COVERAGE];

fn cells(file: &str, column: &Column) -> Vec<String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/cases").join(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    let sheet = sheet::read(&bytes, file, COLUMNS).unwrap_or_else(|error| panic!("{error:?}"));
    sheet.lines.iter().map(|line| line.cell(column).to_owned()).collect()
}

fn for_whom(written: &str) -> (Eligibility, bool) {
    let read = cell::audience::audience(written);
    (read.value.unwrap(), !read.troubles.is_empty())
}

#[test]
fn audience_in_brackets() {
    let bounds = [65, 80, 75, 60, 60, 65, 65, 65];
    let cells = cells("audience_in_brackets.csv", &CELL);
    assert_eq!(cells.len(), bounds.len());
    for (written, from) in cells.iter().zip(bounds) {
        let (read, doubted) = for_whom(written);
        assert_eq!((read.minimum_age, doubted), (Some(from), false), "{written}: {read:?}");
        assert_eq!(read.conditions.is_empty(), !(written.contains("独居") || written.contains("失能")), "{written}");
    }
}

#[test]
fn audience_negated() {
    for written in cells("audience_negated.csv", &CELL) {
        let (read, doubted) = for_whom(&written);
        assert!(doubted && read.conditions.is_empty(), "{written}: {read:?}");
        assert!(read.groups.iter().all(|group| group.limited && group.conditions.is_empty()), "{written}: {read:?}");
        assert!(!read.groups.is_empty(), "{written}");
    }
}

#[test]
fn audience_numbers_that_are_no_ages() {
    for written in cells("audience_numbers_that_are_no_ages.csv", &CELL) {
        let (read, _) = for_whom(&written);
        assert_eq!((read.minimum_age, read.maximum_age), (None, None), "{written}: {read:?}");
        assert!(!read.audiences.contains(&schema::Audience::Children), "{written}: {read:?}");
    }
}

#[test]
fn hours_of_the_field() {
    for file in ["hours_afternoon_by_the_clock_face.csv", "hours_whole_day.csv", "hours_half_a_day_closed.csv"] {
        for written in cells(file, &HOURS) {
            let read = cell::hours::hours(&written);
            let hours = read.value.unwrap();
            assert!(hours.is_known() || !read.troubles.is_empty(), "{written}");
            for schedule in &hours.schedules {
                let opens = schedule.opens_at.format("%H:%M").to_string();
                assert!(opens.as_str() >= "08:00" && schedule.duration_minutes < 1440, "{written}: {schedule:?}");
            }
        }
    }
}

#[test]
fn fax_before_telephone_elder_price_free_and_licence_without_end_9999() {
    let numbering = cell::numbering::Numbering::of("130306".parse().unwrap());
    let phones: Vec<String> = cells("fax_before_telephone.csv", &PHONE)
        .iter()
        .map(|written| cell::phone::phones(written, numbering).value.unwrap_or_default())
        .map(|phones| phones.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(phones, ["+863357130091", ""]);
    let prices: Vec<_> =
        cells("elder_price_free.csv", &PRICE).iter().map(|price| cell::number::fen(price).value).collect();
    assert_eq!(prices, [Some(0), Some(0), Some(1_200)]);
    let read = cell::date::last_day(&cells("licence_without_end_9999.csv", &UNTIL)[0]);
    assert_eq!((read.is_error(), read.troubles[0].code.code()), (false, "DATE_OPEN_ENDED"));
}

#[test]
fn coverage_in_brackets() {
    let divisions = divisions();
    let (excepted, beside) = ("130306100209".parse().unwrap(), "130306100210".parse().unwrap());
    let town = "130306100000".parse().unwrap();
    let read = cells("coverage_in_brackets.csv", &COVERAGE)
        .iter()
        .map(|written| cell::area::areas(written, &divisions, Some(beside)))
        .map(|read| {
            let codes: Vec<_> = read.troubles.iter().map(|trouble| trouble.code.code().to_owned()).collect();
            let served = read.value.unwrap_or_default();
            assert!(!served.contains(&excepted) && !served.contains(&town), "{served:?}");
            (served.contains(&beside), served.len() > 1, codes)
        })
        .collect::<Vec<_>>();
    let but_one = (true, true, vec!["COVERAGE_EXCEPTED".to_owned()]);
    let expected =
        [but_one.clone(), but_one, (true, false, vec![]), (false, false, vec!["COVERAGE_UNCLEAR".to_owned()])];
    assert_eq!(read, expected);
}
