//! What must not be kept is not: nobody's identity number, and no text that is longer than its field, by any way in.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what it does is part of the tests")]

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use county::{County, bytes_of, first_rows};
use desk::{Ask, Desk, File, HandInError, Report};
use schema::Office;
use schema::hand_in::RowFate;
use serde_json::{Value, json};

/// A valid number, and all of it that may be said.
const NUMBER: &str = "11010519491231002X";
const LAST_FOUR: &str = "002X";

async fn county() -> County {
    County::with(Office::Commerce, commerce::mount).await
}

async fn hand_in(county: &County, name: &str, list: &str, lines: &[String]) -> Result<Report, HandInError> {
    let desk = Desk::new(&county.service, commerce::rows::description());
    let file =
        File { name: name.into(), list: list.into(), extent: schema::Extent::Whole, bytes: bytes_of(lines).into() };
    let ask = Ask::by("clerk-1");
    let checked = desk.check(&file, &ask).await;
    let done = desk.run(&file, &ask, &mut |_| ()).await;
    if let (Ok(checked), Ok(done)) = (&checked, &done) {
        assert_eq!(checked.rows, done.rows, "a check says what a run then does");
    }
    done
}

/// All that the log holds, as one text.
async fn all_that_is_kept(county: &County) -> String {
    let mut all = String::new();
    let keep = |event: chassis::log::Recorded| {
        all.push_str(&String::from_utf8_lossy(&event.data));
        all.push_str(&String::from_utf8_lossy(&event.metadata));
    };
    county.service.log.catch_up(&[], None, keep).await.unwrap();
    all
}

fn holds_none(text: &str) {
    // Any longer part of it would say who is meant.
    for part in ["110105", "19491231", "1949 1231"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

fn with_cell(lines: &[String], row: usize, column: usize, cell: &str) -> Vec<String> {
    let mut lines = lines.to_vec();
    let mut cells: Vec<&str> = lines[row].split(',').collect();
    cells[column] = cell;
    lines[row] = cells.join(",");
    lines
}

fn codes(report: &Report, row: usize) -> Vec<(&str, &str)> {
    report.rows[row].findings.iter().map(|found| (found.column.as_str(), found.code.as_str())).collect()
}

#[tokio::test]
async fn a_row_in_which_an_identity_number_stands_is_refused_wherever_it_stands() {
    let lines = first_rows("commerce", 3);
    let columns: Vec<String> = lines[0].trim_start_matches('\u{FEFF}').split(',').map(str::to_owned).collect();
    let county = county().await;
    for (column, heading) in columns.iter().enumerate() {
        let list = format!("list {column}");
        let report =
            hand_in(&county, "c.csv", &list, &with_cell(&lines, 2, column, &format!("王芳 {NUMBER}"))).await.unwrap();
        assert_eq!((report.rows[1].fate, report.counts.registered), (RowFate::Refused, 2), "{heading}");
        assert_eq!(codes(&report, 1), [(heading.as_str(), "IDENTITY_NUMBER")], "{heading}: {:?}", report.rows[1]);
        let found = &report.rows[1].findings[0];
        assert!(found.value.is_empty() && found.reason_zh.contains(LAST_FOUR) && found.reason_en.contains(LAST_FOUR));
        county::is_explained(&report);
        holds_none(&serde_json::to_string(&report).unwrap());
        holds_none(&String::from_utf8(report.to_csv()).unwrap());
    }
    holds_none(&all_that_is_kept(&county).await);
}

#[tokio::test]
async fn also_in_a_column_that_nobody_reads_and_in_what_ditto_stands_for() {
    let county = county().await;
    let mut lines = first_rows("commerce", 4);
    lines[0].push_str(",身份证");
    lines[1].push_str(",无");
    lines[2].push_str(",110105 19491231 002X");
    lines[3].push_str(",无,１１０１０５１９４９１２３１００２Ｘ");
    lines = with_cell(&lines, 4, 0, "同上");
    let report = hand_in(&county, "c.csv", "main", &lines).await.unwrap();
    assert_eq!(codes(&report, 1), [("身份证", "IDENTITY_NUMBER")]);
    let found = codes(&report, 2);
    let letters = |column: &str| !column.is_empty() && column.chars().all(|letter| letter.is_ascii_uppercase());
    assert!(found.iter().any(|(column, code)| *code == "IDENTITY_NUMBER" && letters(column)), "{found:?}");
    assert_eq!((report.counts.registered, report.counts.refused), (2, 2));
    holds_none(&all_that_is_kept(&county).await);

    let named = with_cell(&with_cell(&first_rows("commerce", 2), 1, 0, NUMBER), 2, 0, "同上");
    let report = hand_in(&county, "d.csv", "other", &named).await.unwrap();
    assert_eq!(report.counts.refused, 2, "{:?}", report.rows);
    holds_none(&all_that_is_kept(&county).await);
}

#[tokio::test]
async fn a_credit_code_and_a_number_without_a_check_are_none_in_their_own_column() {
    let county = county().await;
    let lines = first_rows("commerce", 3);
    let column = lines[0].split(',').position(|heading| heading == "统一社会信用代码").unwrap();
    // An old register number: its six digits after the region happen to be a day.
    let report = hand_in(&county, "c.csv", "main", &with_cell(&lines, 1, column, "130306491231001")).await.unwrap();
    assert_eq!(codes(&report, 0), [("统一社会信用代码", "CREDIT_CODE_OLD")]);
    let address = lines[0].split(',').position(|heading| heading == "经营地址").unwrap();
    let report = hand_in(&county, "d.csv", "main", &with_cell(&lines, 1, address, "130306491231001")).await.unwrap();
    assert_eq!(codes(&report, 0), [("经营地址", "IDENTITY_NUMBER")]);
}

#[tokio::test]
async fn a_file_whose_name_list_or_headings_hold_one_is_refused_whole() {
    let county = county().await;
    let head = county.service.log.head().await.unwrap();
    let lines = first_rows("commerce", 2);
    let named = format!("{NUMBER}.csv");
    let mut headed = lines.clone();
    headed[0].push_str(&format!(",经办人{NUMBER}"));
    for (name, list, lines) in [(named.as_str(), "main", &lines), ("c.csv", NUMBER, &lines), ("c.csv", "main", &headed)]
    {
        let refused = hand_in(&county, name, list, lines).await.unwrap_err();
        let HandInError::Sheet(fault) = &refused else { panic!("{refused}") };
        assert_eq!(fault.code, "IDENTITY_NUMBER");
        assert!(fault.zh.contains(LAST_FOUR) && fault.en.contains(LAST_FOUR), "{fault:?}");
        holds_none(&format!("{refused:?} {refused}"));
    }
    assert_eq!(county.service.log.head().await.unwrap(), head, "nothing was written");
}

fn canteen() -> Value {
    json!({
        "name": "北张各庄老年食堂", "creditCode": "91130306778470657R", "category": "助餐", "village": "130306105259",
        "address": "台营镇北张各庄村滨河路260", "delivery": ["130306105"], "keeper": "黄霞", "phones": ["4089616"],
        "hours": "周一至周五 11:00-12:30", "elderDiscount": "65岁以上9折",
    })
}

#[tokio::test]
async fn no_field_of_a_form_or_a_command_takes_one_nor_more_than_its_length() {
    let county = county().await;
    let (_, path) = county.registered("k-1", &canteen()).await;
    let head = county.service.log.head().await.unwrap();
    let long = "长".repeat(190_000);
    for field in [
        "name",
        "creditCode",
        "category",
        "village",
        "address",
        "keeper",
        "hours",
        "elderDiscount",
        "phones",
        "delivery",
    ] {
        for (text, code) in [(NUMBER, "IDENTITY_NUMBER"), (long.as_str(), "TEXT_TOO_LONG")] {
            let mut form = canteen();
            form[field] = if form[field].is_array() { json!([form[field][0], text]) } else { json!(text) };
            let refused = county.post(&county.registrations(), "k-2", form).await;
            let error = &refused.body["errors"][0];
            assert_eq!(
                (refused.status, &error["path"], &error["code"]),
                (422, &json!(field), &json!(code)),
                "{}",
                refused.body
            );
            holds_none(&refused.body.to_string());
            assert!(refused.body.to_string().len() < 4_000);
        }
    }
    for (verb, mut body) in [("suspend", json!({})), ("resume", json!({})), ("withdraw", json!({}))] {
        body["reason"] = json!(format!("经办人{NUMBER}"));
        county.refused(&format!("{path}/{verb}"), body.clone(), 422, "identity-number").await;
        body["reason"] = json!(long);
        county.refused(&format!("{path}/{verb}"), body, 422, "text-too-long").await;
    }
    let keyed = county.post(&county.registrations(), NUMBER, canteen()).await;
    assert_eq!((keyed.status, &keyed.body["code"]), (400, &json!("idempotency-key-malformed")));
    assert_eq!(county.service.log.head().await.unwrap(), head, "nothing was written");
}

#[tokio::test]
async fn a_cell_that_is_too_long_refuses_its_row_and_is_quoted_in_short() {
    let county = county().await;
    let lines = first_rows("commerce", 3);
    for (column, most) in [(0, 200), (3, 500)] {
        let long = with_cell(&lines, 2, column, &"长".repeat(190_000));
        let report = hand_in(&county, "c.csv", &format!("list {column}"), &long).await.unwrap();
        assert_eq!((report.rows[1].fate, report.counts.registered), (RowFate::Refused, 2), "{:?}", report.rows);
        let found = &report.rows[1].findings;
        assert_eq!(found.iter().map(|found| found.code.as_str()).collect::<Vec<_>>(), ["TEXT_TOO_LONG"]);
        assert!(found[0].reason_zh.contains(&most.to_string()), "{}", found[0].reason_zh);
        assert_eq!(found[0].value.chars().count(), 201);
    }
}
