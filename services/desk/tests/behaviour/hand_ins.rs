//! Hand-ins that are repeated, checked, corrected; who may hand in, and under which key.

use crate::county::County;
use crate::office::{county, description, fates, file, killed_at, merchant, merchants, run, sums_agree};
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::decide::new_events;
use chassis::log::Recorded;
use desk::{Ask, Desk, HandInError, Report};
use schema::hand_in::RowFate;
use std::collections::BTreeMap;

#[tokio::test]
async fn the_same_file_again_is_answered_with_its_report_and_leaves_nothing() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(40)).await;
    assert_eq!((first.counts.registered, first.repeated), (40, false));
    let head = county.service.log.head().await.unwrap();
    let again = run(&desk, &merchants(40)).await;
    assert_eq!(again, Report { repeated: true, ..first.clone() });
    assert_eq!(desk.report(first.id, &Ask::by("clerk-1"), true).await.unwrap(), Some(first.clone()));
    // Another desk, as after a restart.
    let other = Desk::new(&county.service, description());
    assert_eq!(run(&other, &merchants(40)).await, again);
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn everything_that_a_hand_in_writes_is_one_act_also_when_another_goes_on_with_it() {
    let (county, desk) = county().await;
    let ask = |actor: &str, key: &str| Ask { key: Some(key.to_owned()), ..Ask::by(actor) };
    desk.run(&file(&merchants(5)), &ask("clerk-1", "k-1"), &mut |_| ()).await.unwrap();
    let first = acts(&county).await;
    let by_hand = Command::of("clerk-1", "k-1", &"", Clock::system().now()).unwrap().correlation_id();
    assert_eq!(first.into_keys().collect::<Vec<_>>(), [by_hand], "actor and key say which act it is");

    killed_at(&desk, &file(&merchants(300)), 250).await;
    desk.run(&file(&merchants(300)), &ask("clerk-2", "k-3"), &mut |_| ()).await.unwrap();
    let acts = acts(&county).await;
    assert_eq!(acts.len(), 2, "{acts:?}");
    let events: usize = acts.values().sum();
    assert_eq!(events, (1 + 5 + 1 + 1) + (1 + 295 + 2 + 1), "each row once, and what is said of the hand-ins");
}

/// The acts that events of the office and its hand-ins belong to, and how many of each.
async fn acts(county: &County) -> BTreeMap<uuid::Uuid, usize> {
    let mut acts = BTreeMap::new();
    let count = |event: Recorded| *acts.entry(event.envelope().unwrap().correlation_id).or_default() += 1;
    county.service.log.catch_up(&["commerce-".to_owned(), "import-".to_owned()], None, count).await.unwrap();
    acts
}

#[tokio::test]
async fn a_check_says_what_a_run_then_does_and_leaves_nothing() {
    let (county, desk) = county().await;
    let mut rows = merchants(12);
    rows[2] = rows[2].replace("130306100209", "130399999999").replace("130322100229", "130399999999");
    rows[4] = rows[4].replace("每天 8:00-20:00", "待定");
    rows[6] = rows[6].replace("第7便民店", "违规店");
    let before = county.service.log.head().await.unwrap();
    let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(county.service.log.head().await.unwrap(), before);
    sums_agree(&check);
    let done = run(&desk, &rows).await;
    assert_eq!((check.rows.clone(), check.counts), (done.rows.clone(), done.counts));
    assert_eq!((done.counts.registered, done.counts.refused, done.counts.warned), (10, 2, 1));
    let why: Vec<(&str, &str)> = done
        .rows
        .iter()
        .flat_map(|row| &row.findings)
        .map(|found| (found.column.as_str(), found.code.as_str()))
        .collect();
    assert_eq!(
        why,
        [("所在地代码", "AREA_CODE_UNKNOWN"), ("营业时间", "HOURS_UNKNOWN"), ("商户名称", "ELDER_PRICE_NOT_POSITIVE")]
    );
    // The next file, checked against what stands.
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    rows.remove(1);
    let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
    let done = run(&desk, &rows).await;
    assert_eq!((check.rows, check.counts, check.absent.clone()), (done.rows, done.counts, done.absent));
    assert_eq!((check.counts.revised, check.counts.unchanged, check.counts.absent), (1, 8, 1));
}

#[tokio::test]
async fn a_row_is_true_from_its_day_of_registration_on_and_a_correction_from_its_hand_in() {
    let (county, desk) = county().await;
    let mut rows = merchants(1);
    let first = run(&desk, &rows).await;
    rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
    run(&desk, &rows).await;
    let stream = format!("commerce-{}", first.rows[0].registration.unwrap());
    let events = county.service.log.read_stream(&stream).await.unwrap();
    let effective: Vec<String> =
        events.iter().map(|event| event.envelope().unwrap().effective_at.to_rfc3339()).collect();
    assert_eq!(
        effective,
        ["2024-01-01T16:00:00+00:00", "2026-11-23T02:00:00+00:00"],
        "2024-01-02 in the county, then now"
    );
}

#[tokio::test]
async fn an_unchanged_row_that_would_be_refused_today_stays_with_a_warning() {
    let (county, desk) = county().await;
    let mut rows = merchants(2);
    run(&desk, &rows).await;
    // The village of row 2 is struck from the list.
    let listed = schema::areas::AreasListed {
        scheme: schema::Scheme::default(),
        areas: vec![schema::areas::Area {
            code: "130306100209".parse().unwrap(),
            name: "大李官营村委会".into(),
            level: schema::AreaLevel::Village,
            parent: None,
        }],
        part: None,
    };
    let event = schema::areas::AreasEvent::AreasListed(listed);
    let stream = "areas-130306_statistical_2023";
    let later = Command::of("test", "later", &"", Clock::system().now()).unwrap();
    let events = new_events(stream, &later, &[event]).unwrap();
    county.service.log.append(stream, chassis::log::Expected::Any, events).await.unwrap();
    rows.push(merchant(4));
    let second = run(&desk, &rows).await;
    assert_eq!(fates(&second), [RowFate::Unchanged, RowFate::Unchanged, RowFate::Registered]);
    assert_eq!(second.rows[1].findings[0].code, "AREA_CODE_UNKNOWN");
    assert_eq!(second.counts.warned, 2, "rows 1 and 2 lie in villages that are no longer listed");
}

#[tokio::test]
async fn a_key_stands_for_one_file() {
    let (county, desk) = county().await;
    let ask = |key: &str| Ask { key: Some(key.to_owned()), ..Ask::by("clerk-1") };
    let first = desk.run(&file(&merchants(3)), &ask("k-1"), &mut |_| ()).await.unwrap();
    let other = desk.run(&file(&merchants(4)), &ask("k-1"), &mut |_| ()).await;
    assert!(matches!(other, Err(HandInError::KeyReused { key }) if key == "k-1"));
    desk.run(&file(&merchants(4)), &ask("k-2"), &mut |_| ()).await.unwrap();
    let head = county.service.log.head().await.unwrap();
    // The answer was lost and the request comes again, after another file: it must not undo that one.
    let again = desk.run(&file(&merchants(3)), &ask("k-1"), &mut |_| ()).await.unwrap();
    assert_eq!((again.id, again.repeated, again.rows), (first.id, true, first.rows));
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn a_clerk_of_one_county_hands_in_for_that_county_only() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    // Rows 3 and 7 lie in the other county; row 8 is left out.
    let report = desk.run(&file(&merchants(7)), &clerk, &mut |_| ()).await.unwrap();
    let refused: Vec<u32> = report.rows.iter().filter(|row| row.fate == RowFate::Refused).map(|row| row.row).collect();
    assert_eq!((refused, report.absent.len()), (vec![], 1), "unchanged rows of the other county stay as they are");
    let mut rows = merchants(7);
    rows[2] = rows[2].replace("0335-3000003", "0335-3000099");
    rows.retain(|row| !row.starts_with("第7便民店"));
    let report = desk.run(&file(&rows), &clerk, &mut |_| ()).await.unwrap();
    assert_eq!(report.rows[2].findings[0].code, "AREA_NOT_YOURS");
    assert_eq!(report.absent.len(), 1, "what is missing of the other county is not this clerk's to miss");
}

#[tokio::test]
async fn progress_reaches_the_end_and_the_report_is_a_table() {
    let (_county, desk) = county().await;
    let mut rows = merchants(30);
    rows[3] = rows[3].replace("每天 8:00-20:00", "待定");
    rows[5] = rows[5].replace("第6便民店", "=1+1");
    rows[7] = rows[7].replace("每天 8:00-20:00", "=25:00-8:00");
    let mut seen = Vec::new();
    let mut saw = |progress: desk::Progress| seen.push(progress.settled);
    let report = desk.run(&file(&rows), &Ask::by("clerk-1"), &mut saw).await.unwrap();
    assert!(seen.is_sorted() && seen.first() == Some(&0) && seen.last() == Some(&30));
    let csv = String::from_utf8(report.to_csv()).unwrap();
    assert!(csv.starts_with('\u{FEFF}') && csv.lines().count() == 31);
    assert!(csv.contains("4,新登记 registered,提醒 warning,营业时间,待定,HOURS_UNKNOWN"));
    assert!(csv.contains("'=25:00-8:00"), "no cell of the report is a formula");
}

#[tokio::test(flavor = "multi_thread")]
async fn hand_ins_of_one_list_wait_for_each_other_and_nothing_else_does() {
    let (_county, desk) = county().await;
    let (reached, half_way) = std::sync::mpsc::channel();
    let (go_on, paused) = std::sync::mpsc::channel::<()>();
    let first = tokio::spawn({
        let desk = desk.clone();
        async move {
            let mut pause_once = move |progress: desk::Progress| {
                if progress.settled == 20 {
                    reached.send(()).unwrap();
                    tokio::task::block_in_place(|| paused.recv().unwrap());
                }
            };
            desk.run(&file(&merchants(30)), &Ask::by("clerk-1"), &mut pause_once).await.unwrap()
        }
    });
    tokio::task::spawn_blocking(move || half_way.recv().unwrap()).await.unwrap();
    let second = tokio::spawn({
        let desk = desk.clone();
        async move { run(&desk, &merchants(5)).await }
    });
    // Many times the work of the second.
    let other = desk::File { list: "another".to_owned(), ..file(&merchants(300)) };
    let beside = desk.run(&other, &Ask::by("clerk-1"), &mut |_| ()).await.unwrap();
    assert_eq!(beside.counts.registered, 300, "another list is taken in meanwhile");
    assert_eq!(desk.check(&file(&merchants(30)), &Ask::by("clerk-1")).await.unwrap().counts.rows, 30);
    assert_eq!(desk.recent(&Ask::by("clerk-1"), 10).await.unwrap().iter().filter(|one| one.complete).count(), 1);
    assert!(!second.is_finished(), "the list is taken");
    go_on.send(()).unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!((first.counts.registered, second.counts.unchanged, second.counts.absent), (30, 5, 25));
}
