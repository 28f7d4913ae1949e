//! Which registration a row is about, when rows are corrected, moved about, alike, or speak of persons.

use crate::office::{all, county, fates, merchants, run};
use desk::Report;
use schema::hand_in::RowFate;
use schema::{PersonId, PersonalField};

#[tokio::test]
async fn a_corrected_name_keeps_the_registration_by_its_number() {
    let (_county, desk) = county().await;
    let first = run(&desk, &merchants(5)).await;
    let mut rows = merchants(5);
    rows[3] = rows[3].replace("第4便民店", "第四便民店");
    rows.swap(0, 4);
    let second = run(&desk, &rows).await;
    assert_eq!((second.counts.revised, second.counts.unchanged, second.counts.absent), (1, 4, 0));
    assert_eq!(second.rows[3].registration, first.rows[3].registration);
    assert_eq!(second.rows[0].registration, first.rows[4].registration);
}

#[tokio::test]
async fn a_refused_row_leaves_the_registration_that_it_is_about_as_it_is() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(3)).await;
    let mut rows = merchants(3);
    rows[1] = rows[1].replace("每天 8:00-20:00", "每天25:00-8:00");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Refused, RowFate::Unchanged]);
    assert!(second.absent.is_empty(), "its row is there, if wrong");
    rows[1] = rows[1].replace("每天25:00-8:00", "每天 8:00-18:00");
    let third = run(&desk, &rows).await;
    assert_eq!(third.rows[1].registration, first.rows[1].registration);
    assert_eq!(third.counts.revised, 1);
    assert_eq!(
        county.all_events().await,
        [("MerchantRegistered".to_owned(), 3), ("MerchantRevised".to_owned(), 1)].into()
    );
}

#[tokio::test]
async fn similar_rows_stay_separate_registrations() {
    let (_county, desk) = county().await;
    let twin = |phone: &str| format!("便民店,,助购,130306100209,王一,{phone},每天 8:00-20:00,2024-01-01");
    let rows = vec![twin("0335-3000001"), twin("0335-3000001"), twin("0335-3000002")];
    let first = run(&desk, &rows).await;
    let ids: std::collections::BTreeSet<_> = first.rows.iter().map(|row| row.registration).collect();
    assert_eq!((first.counts.registered, ids.len()), (3, 3));
    let reversed: Vec<String> = rows.into_iter().rev().collect();
    let second = run(&desk, &reversed).await;
    assert_eq!(second.counts.unchanged, 3);
    assert_eq!(second.rows[0].registration, first.rows[2].registration);
}

#[tokio::test]
async fn names_of_persons_are_nowhere_in_clear_and_a_new_keeper_is_a_change() {
    let (county, desk) = county().await;
    let mut rows = merchants(3);
    rows[1] = rows[1].replace("王2", "欧阳秀英");
    run(&desk, &rows).await;
    rows[1] = rows[1].replace("欧阳秀英", "司马秀兰");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Revised, RowFate::Unchanged]);
    let everything = format!("{:?}", all(&county).await);
    assert!(!everything.contains("欧阳秀英") && !everything.contains("司马秀兰"));
}

#[tokio::test]
async fn rows_that_differ_by_their_keeper_only_are_told_apart_whatever_their_order() {
    let (_county, desk) = county().await;
    let of = |keeper: &str| format!("便民店,,助购,130306100209,{keeper},0335-3000001,每天 8:00-20:00,2024-01-01");
    let first = run(&desk, &[of("王一"), of("李二"), of("张三")]).await;
    let second = run(&desk, &[of("张三"), of("王一"), of("李二")]).await;
    assert_eq!(second.counts.unchanged, 3);
    let ids = |report: &Report| report.rows.iter().map(|row| row.registration.unwrap()).collect::<Vec<_>>();
    let before = ids(&first);
    assert_eq!(ids(&second), [before[2], before[0], before[1]]);
}

#[tokio::test]
async fn whoever_was_erased_is_not_brought_back_by_an_unchanged_row() {
    let (county, desk) = county().await;
    let mut rows = merchants(3);
    let first = run(&desk, &rows).await;
    let person = PersonId::contact_of(first.rows[1].registration.unwrap());
    assert!(county.service.keys.erase(person).unwrap());
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Revised, RowFate::Unchanged, RowFate::Unchanged]);
    rows[0] = rows[0].replace("0335-3000099", "0335-3000098");
    assert_eq!(fates(&run(&desk, &rows).await), [RowFate::Revised, RowFate::Unchanged, RowFate::Unchanged]);
    assert!(county.service.keys.seal_if_known(person, PersonalField::ContactName, "王2").unwrap().is_none());
}
