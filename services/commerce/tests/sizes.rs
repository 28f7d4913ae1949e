//! However much is handed in, no event is larger than a log takes, and nothing of it is lost.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what it does is part of the tests")]

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use chassis::log::{Expected, Metadata, NewEvent, Recorded};
use county::{County, bytes_of, first_rows};
use desk::{Ask, Desk, File, Report, Withdrawal};
use proptest::prelude::{Just, Strategy, prop};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use schema::Office;
use schema::hand_in::{HandInEvent, RowFate};
use schema::limits::EVENT_BYTES;
use std::collections::BTreeMap;

async fn county() -> County {
    County::with(Office::Commerce, commerce::mount).await
}

async fn hand_in(county: &County, lines: &[String]) -> Report {
    county::taken(commerce::import(&county.service, &bytes_of(lines), "commerce.csv", &mut |_| ()).await)
}

async fn all(county: &County) -> Vec<Recorded> {
    let mut all = Vec::new();
    let prefixes = ["commerce-".to_owned(), "import-".to_owned()];
    county.service.log.catch_up(&prefixes, None, |event| all.push(event)).await.unwrap();
    all
}

fn count(events: &[Recorded]) -> BTreeMap<&str, usize> {
    events.iter().fold(BTreeMap::new(), |mut count, event| {
        *count.entry(event.event_type.as_str()).or_default() += 1;
        count
    })
}

fn none_is_too_large(events: &[Recorded]) {
    for event in events {
        assert!(event.data.len() <= EVENT_BYTES, "{} has {} bytes", event.event_type, event.data.len());
    }
}

/// A list of so many merchants that are told apart.
fn list(rows: usize) -> Vec<String> {
    let mut lines = vec!["商户名称,业态,所在地代码".to_owned()];
    lines.extend((1..=rows).map(|row| format!("第{row}便民店,助购,130306100209")));
    lines
}

#[tokio::test]
async fn a_list_whose_rows_all_have_many_findings_and_long_values_is_taken_in_whole() {
    is_taken_in_whole(200, 1_800).await;
}

#[tokio::test]
#[ignore = "half a minute optimised, many otherwise: cargo test --release -p commerce --test sizes -- --ignored"]
async fn so_is_one_of_thirty_thousand_rows() {
    is_taken_in_whole(600, 29_400).await;
}

async fn is_taken_in_whole(taken: usize, refused: usize) {
    let county = county().await;
    let words = "看不懂的说法".repeat(30);
    let mut lines = vec![
        "商户名称,业态,所在地代码,电话,营业时间,老年人协议价(元),起送价(元),日供餐份数,最近检查日期,最近检查结果,登记日期".to_owned(),
    ];
    for row in 1..=taken + refused {
        let hours = if row <= taken { words.clone() } else { format!("25:00-26:00 {words}") };
        lines.push(format!(
            "第{row}店,助购,130306100209,{words},{hours},{words},{words},{words},{words},{words},{words}"
        ));
    }
    let report = hand_in(&county, &lines).await;
    assert!(report.complete);
    assert_eq!((report.counts.registered as usize, report.counts.refused as usize), (taken, refused));
    for (row, number) in report.rows.iter().zip(1..) {
        assert_eq!((row.row, row.fate == RowFate::Refused), (number, number as usize > taken));
        assert!(row.findings.len() >= 8, "{}", row.findings.len());
    }
    let events = all(&county).await;
    none_is_too_large(&events);
    let again = Desk::new(&county.service, commerce::rows::description());
    let stored = again.report(report.id, &Ask::by("clerk-1"), true).await.unwrap().unwrap();
    assert_eq!((stored.rows, stored.counts), (report.rows, report.counts), "the log tells the same");
}

#[tokio::test]
async fn more_absent_registrations_than_one_event_holds_are_found_and_withdrawn() {
    let county = county().await;
    let rows = 7_000;
    county.lets_withdraw(10_000).await;
    let first = hand_in(&county, &list(rows)).await;
    assert_eq!(first.counts.registered as usize, rows);
    let second = hand_in(&county, &list(1)).await;
    assert_eq!((second.absent.len(), second.counts.absent as usize), (rows - 1, rows - 1));
    let desk = Desk::new(&county.service, commerce::rows::description());
    let withdrawn =
        desk.withdraw_absent(second.id, &Withdrawal::counted(&second.absent), &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(withdrawn.withdrawn.len(), rows - 1);
    let events = all(&county).await;
    none_is_too_large(&events);
    let count = count(&events);
    assert!(count["AbsentFound"] > 1 && count["AbsentWithdrawn"] > 1, "{count:?}");
    assert_eq!(count["MerchantWithdrawn"], rows - 1);
}

/// What each stream tells, without how it is cut into events.
fn told(events: &[Recorded]) -> (Vec<u32>, Vec<String>, Vec<String>) {
    let (mut rows, mut absent, mut withdrawn) = (Vec::new(), Vec::new(), Vec::new());
    for event in events.iter().filter(|event| event.stream.starts_with("import-")) {
        match event.decode::<HandInEvent>().unwrap() {
            HandInEvent::RowsSettled(settled) => rows.extend(settled.rows.iter().map(|row| row.row)),
            HandInEvent::AbsentFound(found) => absent.extend(found.registrations.iter().map(ToString::to_string)),
            HandInEvent::AbsentWithdrawn(gone) => withdrawn.extend(gone.registrations.iter().map(ToString::to_string)),
            HandInEvent::HandInReceived(_) | HandInEvent::HandInCompleted(_) | HandInEvent::WithdrawalTakenBack(_) => {}
        }
    }
    (rows, absent, withdrawn)
}

#[tokio::test]
async fn a_hand_in_that_was_interrupted_anywhere_finds_and_withdraws_each_absent_one_once() {
    let undisturbed = county().await;
    let lines = first_rows("commerce", 6);
    hand_in(&undisturbed, &lines).await;
    let known = all(&undisturbed).await.len();
    let expected = hand_in(&undisturbed, &lines[..3]).await;
    let desk = Desk::new(&undisturbed.service, commerce::rows::description());
    desk.withdraw_absent(expected.id, &Withdrawal::counted(&expected.absent), &Ask::by("clerk-1")).await.unwrap();
    let whole = all(&undisturbed).await;
    for written in known..=whole.len() {
        let keys = undisturbed.service.keys.clone();
        let county = County::with_keys(keys, Office::Commerce, commerce::mount).await;
        for event in &whole[..written] {
            let copy = NewEvent {
                id: event.id,
                event_type: event.event_type.clone(),
                data: serde_json::from_slice(&event.data).unwrap(),
                metadata: Metadata::Given(serde_json::from_slice(&event.metadata).unwrap()),
            };
            county.service.log.append(&event.stream, Expected::Any, vec![copy]).await.unwrap();
        }
        let report = hand_in(&county, &lines[..3]).await;
        assert_eq!((report.id, &report.rows, &report.absent), (expected.id, &expected.rows, &expected.absent));
        let desk = Desk::new(&county.service, commerce::rows::description());
        let done =
            desk.withdraw_absent(report.id, &Withdrawal::counted(&report.absent), &Ask::by("clerk-1")).await.unwrap();
        assert_eq!(done.withdrawn, expected.absent, "cut after {}", whole[written - 1].event_type);
        assert_eq!(told(&all(&county).await), told(&whole), "cut after {}", whole[written - 1].event_type);
    }
}

#[tokio::test]
async fn one_name_of_190000_characters_is_refused_and_the_next_is_taken() {
    let county = county().await;
    let file = |lines: &[String]| File::of_main("c.csv", &bytes_of(lines));
    let mut lines = list(3);
    lines[2] = format!("{},助购,130306100209", "名".repeat(190_000));
    let desk = Desk::new(&county.service, commerce::rows::description());
    let report = desk.run(&file(&lines), &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    assert_eq!((report.counts.registered, report.counts.refused), (2, 1));
    // Headings without end, and thousands of them.
    let mut lines = list(2);
    lines[0] = format!("{},{},{}", lines[0], "题".repeat(300_000), vec!["多余"; 5_000].join(","));
    let report = desk.run(&file(&lines), &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    assert_eq!((report.counts.unchanged, report.counts.registered, report.counts.refused), (1, 1, 0));
    none_is_too_large(&all(&county).await);
}

/// A cell as nobody should write one: runs of what the readers look for, of any length.
fn cell() -> impl Strategy<Value = String> {
    let words = [
        "周一8:00-25:00、",
        "无此村、",
        "130306100999、",
        "0335-123、",
        "老年人除外、",
        "2025.13.45",
        "\u{1}",
        "\u{200B}",
        "𠀀",
        "\\",
        "-1",
        "91130306778470657X",
        "待定",
        "助餐",
    ];
    let run = (prop::sample::select(words.to_vec()), prop::sample::select(vec![1_usize, 1, 3, 60, 400]));
    prop::collection::vec(run, 0..3)
        .prop_map(|runs| runs.iter().map(|(word, times)| word.repeat(*times)).collect::<String>())
}

fn row() -> impl Strategy<Value = String> {
    let good = [Just("北张各庄老年食堂".to_owned()), Just("助餐".to_owned()), Just("130306105259".to_owned())];
    let any = prop::collection::vec(cell(), commerce::rows::COLUMNS.len());
    (any, prop::collection::vec(prop::bool::weighted(0.7), 3), good).prop_map(|(mut cells, is_good, good)| {
        for ((place, good), is_good) in [0, 2, 4].into_iter().zip(good).zip(is_good) {
            if is_good {
                cells[place] = good;
            }
        }
        cells.join(",")
    })
}

#[tokio::test]
async fn whatever_stands_in_the_cells_each_row_has_its_fate_and_no_event_is_too_large() {
    let county = county().await;
    let desk = Desk::new(&county.service, commerce::rows::description());
    let header = commerce::rows::COLUMNS.iter().map(|column| column.name).collect::<Vec<_>>().join(",");
    let mut runner = TestRunner::deterministic();
    for list in 0..6 {
        let rows = prop::collection::vec(row(), 1..30).new_tree(&mut runner).unwrap().current();
        let bytes = bytes_of(&[std::slice::from_ref(&header), rows.as_slice()].concat());
        let file = File {
            name: "c.csv".into(),
            list: format!("list {list}"),
            extent: schema::Extent::Whole,
            bytes: bytes.into(),
        };
        let report = desk.run(&file, &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
        let stored = desk.report(report.id, &Ask::by("clerk-1"), true).await.unwrap().unwrap();
        assert!(report.complete && stored.rows == report.rows);
        for row in &report.rows {
            assert!(row.findings.len() <= 60, "{}", row.findings.len());
            assert_eq!(row.fate == RowFate::Refused, row.registration.is_none());
        }
    }
    none_is_too_large(&all(&county).await);
}
