//! Hand-ins that stop half way, or that another process takes as well.

use crate::county::County;
use crate::office::{all, county, description, file, killed_at, merchants, mount, run};
use desk::{Ask, Desk, Withdrawal};
use schema::Office;
use tokio::sync::Notify;

#[tokio::test]
async fn a_hand_in_that_was_killed_ends_as_if_it_had_not_been() {
    let mut rows = merchants(620);
    rows[10] = rows[10].replace("每天 8:00-20:00", "每天25:00-8:00");
    // Without a day of registration they are true from when the hand-in was received: the first time.
    for row in rows.iter_mut().skip(150) {
        row.truncate(row.rfind(',').unwrap() + 1);
    }
    rows.push("便民店,,助购,130306100209,王一,0335-3000001,每天 8:00-20:00,2024-01-01".to_owned());
    rows.push("便民店,,助购,130306100209,李二,0335-3000001,每天 8:00-20:00,2024-01-01".to_owned());
    let (undisturbed, desk) = county().await;
    let expected_report = run(&desk, &rows).await;
    let expected = all(&undisturbed).await;
    for at in [0, 1, 37, 199, 200, 201, 450, 621] {
        let killed = County::with_keys(undisturbed.service.keys.clone(), Office::Commerce, mount).await;
        let desk = Desk::new(&killed.service, description());
        killed_at(&desk, &file(&rows), at).await;
        // The process is gone; another one begins with nothing in memory.
        killed.service.clock.advance(chrono::TimeDelta::hours(30));
        let desk = Desk::new(&killed.service, description());
        let report = run(&desk, &rows).await;
        assert_eq!(report.rows, expected_report.rows, "killed at {at}");
        let got = all(&killed).await;
        assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "killed at {at}");
        for (stream, events) in &got {
            assert_eq!(events, &expected[stream], "killed at {at}: {stream}");
        }
    }
}

#[tokio::test]
async fn a_hand_in_that_was_killed_while_it_brought_registrations_back_ends_as_if_it_had_not_been() {
    let mut rows = merchants(230);
    rows[220] = rows[220].replace("0335-3000021", "0335-3000099");
    // 210 of the list are withdrawn; the next edition has them again.
    let prepared = async |county: &County| {
        let desk = Desk::new(&county.service, description());
        run(&desk, &merchants(230)).await;
        let fewer = run(&desk, &merchants(20)).await;
        county.lets_withdraw(1_000).await;
        let clerk = Ask::by("clerk-1");
        desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk).await.unwrap();
        desk
    };
    let (undisturbed, _) = county().await;
    let expected_report = run(&prepared(&undisturbed).await, &rows).await;
    assert_eq!((expected_report.counts.registered, expected_report.counts.unchanged), (210, 20));
    let expected = all(&undisturbed).await;
    for at in [21, 120, 200, 225] {
        let killed = County::with_keys(undisturbed.service.keys.clone(), Office::Commerce, mount).await;
        killed_at(&prepared(&killed).await, &file(&rows), at).await;
        let report = run(&Desk::new(&killed.service, description()), &rows).await;
        assert_eq!(report.rows, expected_report.rows, "killed at {at}");
        assert!(all(&killed).await == expected, "killed at {at}");
    }
}

#[tokio::test]
async fn the_same_file_at_two_desks_at_once_is_one_hand_in() {
    let mut rows = merchants(430);
    rows[10] = rows[10].replace("每天 8:00-20:00", "每天25:00-8:00");
    let (undisturbed, desk) = county().await;
    let expected_report = run(&desk, &rows).await;
    let expected = all(&undisturbed).await;
    // Wherever the one is when the other begins. The last are where its end is being written.
    for at in [0, 1, 100, 200, 300, 400, 420, 430, 430, 430, 430] {
        let county = County::with_keys(undisturbed.service.keys.clone(), Office::Commerce, mount).await;
        let (one, other) = (Desk::new(&county.service, description()), Desk::new(&county.service, description()));
        let reached = Notify::new();
        let first = async {
            let mut tell = |progress: desk::Progress| {
                if progress.settled >= at {
                    reached.notify_one();
                }
            };
            one.run(&file(&rows), &Ask::by("clerk-1"), &mut tell).await.unwrap()
        };
        let second = async {
            reached.notified().await;
            run(&other, &rows).await
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((&first.rows, &second.rows), (&expected_report.rows, &expected_report.rows), "begun at {at}");
        assert!(all(&county).await == expected, "begun at {at}");
    }
}

#[tokio::test]
async fn another_file_after_a_killed_hand_in_finds_what_that_one_registered() {
    let (county, desk) = county().await;
    killed_at(&desk, &file(&merchants(300)), 250).await;
    let made = county.all_events().await["MerchantRegistered"];
    assert!(made >= 200);
    let desk = Desk::new(&county.service, description());
    // Names corrected; the numbers say who is who.
    let rows: Vec<String> = merchants(300).iter().map(|row| row.replace("便民店", "超市")).collect();
    let report = run(&desk, &rows).await;
    // What was on its way when the other was killed may have arrived since.
    assert!(report.counts.revised as usize >= made && report.absent.is_empty(), "{made}: {:?}", report.counts);
    assert_eq!(county.all_events().await["MerchantRegistered"], 300, "nobody is registered twice");
}
