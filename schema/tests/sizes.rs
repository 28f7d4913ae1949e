//! Whatever is found in the rows of a file, each event that tells of it fits, and together they tell all of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what it does is part of the tests")]

use proptest::prelude::*;
use schema::finding::{AreaFinding, CellFinding, NamedArea};
use schema::hand_in::{AbsentFound, Finding, HandInEvent, RowFate, RowsSettled, SettledRow, Severity};
use schema::limits::{self, EVENT_BYTES, json_bytes};
use schema::{Event, FindingCode, Office, Quote, RegistrationId, Scope};

/// What a cell is quoted as: every character that takes more bytes in JSON than it looks.
fn quote() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['助', '𠀀', '"', '\\', '\u{1}', 'a']), 0..=limits::length::QUOTE)
        .prop_map(String::from_iter)
}

fn code() -> impl Strategy<Value = FindingCode> {
    let similar = prop::collection::vec(quote(), 0..5);
    prop_oneof![
        quote().prop_map(|category| CellFinding::CategoryUnknown { category }.into()),
        (quote(), similar).prop_map(|(name, similar)| {
            let code = "130306100209".parse().unwrap();
            let similar = similar.into_iter().map(|name| NamedArea { code, name }).collect();
            AreaFinding::NameUnknown { name, similar }.into()
        }),
    ]
}

fn row() -> impl Strategy<Value = SettledRow> {
    let finding = (quote(), quote(), code()).prop_map(|(column, value, code)| Finding {
        column: Some(column),
        value: Some(Quote::Said(value)),
        code,
        severity: Severity::Error,
    });
    prop::collection::vec(finding, 0..=40).prop_map(|findings| SettledRow {
        row: 1,
        fate: RowFate::Refused,
        registration: None,
        findings,
        mark: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn rows_are_cut_into_events_that_fit_and_none_is_lost(rows in prop::collection::vec(row(), 0..60)) {
        let mut told = Vec::new();
        for part in limits::parts(rows.clone()).unwrap() {
            let data = HandInEvent::RowsSettled(RowsSettled { rows: part }).data().unwrap();
            prop_assert!(json_bytes(&data).unwrap() <= EVENT_BYTES);
            told.extend(serde_json::from_value::<RowsSettled>(data).unwrap().rows);
        }
        prop_assert_eq!(told, rows);
    }

    #[test]
    fn so_is_what_is_absent(count in 0_usize..40_000) {
        let id = |number: usize| RegistrationId::of_form(Scope::default(), Office::Clinic, &number.to_string());
        let absent: Vec<RegistrationId> = (0..count).map(id).collect();
        let mut told = Vec::new();
        for registrations in limits::parts(absent.clone()).unwrap() {
            let event = HandInEvent::AbsentFound(AbsentFound { registrations });
            prop_assert!(json_bytes(&event.data().unwrap()).unwrap() <= EVENT_BYTES);
            if let HandInEvent::AbsentFound(found) = event {
                told.extend(found.registrations);
            }
        }
        prop_assert_eq!(told, absent);
    }
}
