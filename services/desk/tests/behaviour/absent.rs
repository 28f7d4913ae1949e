//! Registrations that the newest edition of a list leaves out: withdrawn when a clerk says which, put back when that was a
//! slip; and lists of which only what changed is handed in.

use crate::county::County;
use crate::office::{Merchants, county, description, fates, file, merchants, run};
use chassis::command::Command;
use chassis::decide::handle;
use desk::withdrawal::Unsure;
use desk::{Ask, Desk, File, HandInError, Report, Standing, Withdrawal};
use schema::commerce::{CommerceEvent, MerchantSuspended};
use schema::hand_in::RowFate;
use schema::policy::{LargeWithdrawalAgreed, PolicyEvent};
use schema::{Extent, Office, RegistrationId, Stream};
use std::collections::BTreeSet;

fn clerk() -> Ask {
    Ask::by("clerk-1")
}

async fn changes(desk: &Merchants, rows: &[String]) -> Report {
    let file = File { extent: Extent::Changes, ..file(rows) };
    desk.run(&file, &clerk(), &mut |_| ()).await.unwrap()
}

/// Where a registration stands.
async fn standing(county: &County, registration: RegistrationId) -> Standing<schema::commerce::Merchant> {
    let stream = Stream::Registration(Office::Commerce, registration).to_string();
    let events = county.service.log.read_stream(&stream).await.unwrap();
    events.iter().fold(Standing::default(), |state, event| {
        (description().evolve)(state, &event.decode::<CommerceEvent>().unwrap())
    })
}

async fn in_force(county: &County, registrations: &[RegistrationId]) -> Vec<bool> {
    let mut all = Vec::new();
    for registration in registrations {
        all.push(standing(county, *registration).await.current().is_ok());
    }
    all
}

/// Something happens to a registration outside of any hand-in.
async fn happens(county: &County, registration: RegistrationId, event: CommerceEvent) {
    let stream = Stream::Registration(Office::Commerce, registration).to_string();
    let command = Command::of("clerk-1", format!("{event:?}"), &"", county.service.clock.now()).unwrap();
    let say = |(): &()| Ok::<_, desk::Refusal>(vec![event.clone()]);
    handle(&county.service.log, &stream, &command, (), |(), _: &CommerceEvent| (), say).await.unwrap();
}

#[tokio::test]
async fn more_than_a_county_lets_one_hand_in_withdraw_waits_for_a_stewards_agreement() {
    let (county, desk) = county().await;
    run(&desk, &merchants(20)).await;
    county.lets_withdraw(5).await;
    let second = run(&desk, &merchants(1)).await;
    // Each county counts its own.
    let scope = "130306".parse().unwrap();
    let here: Vec<_> = second.absent.iter().copied().filter(|absent| absent.scope() == scope).collect();
    assert!(here.len() > 8 && here.len() < second.absent.len(), "{}", here.len());
    let needed =
        |count| Err(format!("{:?}", HandInError::AgreementNeeded { hand_in: second.id, scope, count, most: 5 }));
    let withdraw = async |registrations: &[RegistrationId]| {
        let done = desk.withdraw_absent(second.id, &Withdrawal::counted(registrations), &clerk()).await;
        done.map(|report| report.withdrawn.len()).map_err(|error| format!("{error:?}"))
    };
    assert_eq!(withdraw(&second.absent).await, needed(here.len()));
    assert_eq!(in_force(&county, &second.absent).await, vec![true; second.absent.len()], "nothing was withdrawn");
    assert_eq!(withdraw(&here[..3]).await, Ok(3));
    assert_eq!(withdraw(&here[3..6]).await, needed(6), "in parts it is as many");
    assert_eq!(withdraw(&here[3..5]).await, Ok(5));

    let most = u32::try_from(here.len()).unwrap();
    let agreed = |most| LargeWithdrawalAgreed { hand_in: second.id, most, agreed_by: "steward-1".into() };
    county.settles(PolicyEvent::LargeWithdrawalAgreed(agreed(most - 1))).await;
    assert_eq!(withdraw(&second.absent).await, needed(here.len()), "a steward agreed to one less");
    county.settles(PolicyEvent::LargeWithdrawalAgreed(agreed(most))).await;
    assert_eq!(withdraw(&second.absent).await, Ok(second.absent.len()));

    // Another hand-in is another matter.
    run(&desk, &merchants(19)).await;
    let again = run(&desk, &merchants(1)).await;
    let done = desk.withdraw_absent(again.id, &Withdrawal::counted(&again.absent), &clerk()).await;
    assert!(matches!(done, Err(HandInError::AgreementNeeded { most: 5, .. })), "{done:?}");
}

#[tokio::test]
async fn what_is_absent_stays_in_force_until_a_clerk_says_which_of_it_is_withdrawn() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(4)).await;
    let gone: BTreeSet<_> = first.rows[4..].iter().map(|row| row.registration.unwrap()).collect();
    assert_eq!(second.absent.iter().copied().collect::<BTreeSet<_>>(), gone);
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);

    let one = Withdrawal::counted(&second.absent[..1]);
    let done = desk.withdraw_absent(second.id, &one, &clerk()).await.unwrap();
    assert_eq!(done.withdrawn, second.absent[..1]);
    assert_eq!(in_force(&county, &second.absent).await, [false, true]);
    let head = county.service.log.head().await.unwrap();
    let again = desk.withdraw_absent(second.id, &one, &clerk()).await.unwrap();
    assert_eq!((again.repeated, &again.withdrawn), (true, &done.withdrawn));
    assert_eq!(county.service.log.head().await.unwrap(), head);
    let other = Withdrawal { registrations: vec![second.absent[1]], count: None };
    assert_eq!(desk.withdraw_absent(second.id, &other, &clerk()).await.unwrap().withdrawn.len(), 2);
}

#[tokio::test]
async fn nothing_is_withdrawn_that_is_not_absent_or_of_which_the_number_is_not_said() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(30)).await;
    let second = run(&desk, &merchants(6)).await;
    let head = county.service.log.head().await.unwrap();
    let ask = async |withdrawal: Withdrawal| match desk.withdraw_absent(second.id, &withdrawal, &clerk()).await {
        Err(HandInError::Unsure(unsure)) => unsure,
        other => panic!("{other:?}"),
    };
    let registrations = second.absent.clone();
    assert_eq!(
        ask(Withdrawal { registrations: registrations.clone(), count: None }).await,
        Unsure::Count { chosen: 24, said: None }
    );
    assert_eq!(ask(Withdrawal { registrations, count: Some(23) }).await, Unsure::Count { chosen: 24, said: Some(23) });
    let named = first.rows[0].registration.unwrap();
    assert_eq!(ask(Withdrawal::counted(&[second.absent[0], named])).await, Unsure::NotAbsent(named));
    assert_eq!(ask(Withdrawal::default()).await, Unsure::NothingChosen);
    assert_eq!(county.service.log.head().await.unwrap(), head);
}

#[tokio::test]
async fn rows_that_changed_say_nothing_of_the_others() {
    let (county, desk) = county().await;
    let whole = run(&desk, &merchants(40)).await;
    let mut rows = merchants(41)[38..].to_vec();
    rows[0] = rows[0].replace("0335-3000039", "0335-3000099");
    let report = changes(&desk, &rows).await;
    assert_eq!(fates(&report), [RowFate::Revised, RowFate::Unchanged, RowFate::Registered]);
    assert_eq!((report.extent, report.counts.absent, &report.absent), (Extent::Changes, 0, &vec![]));
    let all: Vec<RegistrationId> = whole.rows.iter().map(|row| row.registration.unwrap()).collect();
    assert!(in_force(&county, &all).await.iter().all(|in_force| *in_force));
    // The same rows as the whole list are another hand-in, and leave the others out.
    let whole = run(&desk, &rows).await;
    assert_eq!((whole.repeated, whole.counts.unchanged, whole.counts.absent), (false, 3, 38));
}

#[tokio::test]
async fn what_a_row_of_changes_names_is_not_absent_any_more() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(6)).await;
    let fewer = run(&desk, &merchants(4)).await;
    changes(&desk, &merchants(5)[4..]).await;
    let named = desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk()).await;
    assert!(matches!(named, Err(HandInError::Unsure(Unsure::NotAbsent(_)))), "{named:?}");
    let mut left = fewer.absent.clone();
    left.retain(|absent| !matches!(&named, Err(HandInError::Unsure(Unsure::NotAbsent(named))) if named == absent));
    assert_eq!(desk.withdraw_absent(fewer.id, &Withdrawal::counted(&left), &clerk()).await.unwrap().withdrawn, left);
}

#[tokio::test]
async fn what_returns_to_its_list_returns_under_its_own_id() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(8)).await;
    let fewer = run(&desk, &merchants(4)).await;
    desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk()).await.unwrap();
    run(&desk, &merchants(4)[..3]).await;
    // As it was, with another telephone, and known by its number alone.
    let mut rows = merchants(7);
    rows[5] = rows[5].replace("0335-3000006", "0335-3000099");
    rows[6] = rows[6].replace("第7便民店", "第七便民店");
    let back = run(&desk, &rows).await;
    let ids = |report: &Report| report.rows.iter().map(|row| row.registration.unwrap()).collect::<Vec<_>>();
    assert_eq!(ids(&back), ids(&first)[..7]);
    assert_eq!((back.counts.registered, back.counts.unchanged, back.counts.absent), (3, 4, 0));
    assert!(in_force(&county, &ids(&back)).await.iter().all(|in_force| *in_force));
    let again = run(&desk, &merchants(7)).await;
    assert_eq!((again.counts.revised, again.counts.unchanged), (2, 5), "they are the list's again");
    // Another desk, as after a restart, knows the same.
    let other = Desk::new(&county.service, description());
    assert_eq!(ids(&run(&other, &merchants(8)).await), ids(&first));
}

#[tokio::test]
async fn a_withdrawal_by_hand_in_is_taken_back_as_one_act_and_everything_stands_as_it_did() {
    let (county, desk) = county().await;
    run(&desk, &merchants(30)).await;
    let fewer = run(&desk, &merchants(4)).await;
    let closed = CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "消防整改".to_owned() });
    happens(&county, fewer.absent[0], closed).await;
    let before = standing(&county, fewer.absent[0]).await;
    let done = desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk()).await.unwrap();
    assert_eq!((done.withdrawn.len(), in_force(&county, &fewer.absent).await.contains(&true)), (26, false));

    let back = desk.take_back(fewer.id, &clerk()).await.unwrap();
    assert_eq!((back.withdrawn.len(), back.taken_back.len()), (0, 26));
    assert_eq!(standing(&county, fewer.absent[0]).await, before, "what was suspended stays so");
    assert!(!in_force(&county, &fewer.absent).await.contains(&false));
    let head = county.service.log.head().await.unwrap();
    assert!(desk.take_back(fewer.id, &clerk()).await.unwrap().repeated);
    assert_eq!(county.service.log.head().await.unwrap(), head);

    // It can be decided otherwise again.
    let again = desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk()).await.unwrap();
    assert_eq!((again.withdrawn.len(), again.taken_back.len()), (26, 0));
    assert!(!in_force(&county, &fewer.absent).await.contains(&true));
}

#[tokio::test]
async fn what_has_changed_since_it_was_withdrawn_is_not_put_back() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(6)).await;
    let fewer = run(&desk, &merchants(4)).await;
    desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &clerk()).await.unwrap();
    // One returns with the next edition, which leaves it out again later, for good.
    run(&desk, &merchants(5)).await;
    let last = run(&desk, &merchants(4)).await;
    let returned = first.rows[4].registration.unwrap();
    desk.withdraw_absent(last.id, &Withdrawal::counted(&[returned]), &clerk()).await.unwrap();
    let back = desk.take_back(fewer.id, &clerk()).await.unwrap();
    assert_eq!((back.withdrawn.clone(), back.taken_back.len()), (vec![returned], 1));
    assert_eq!(in_force(&county, &back.withdrawn).await, [false]);
    assert_eq!(in_force(&county, &back.taken_back).await, [true]);
}

#[tokio::test]
async fn only_the_latest_whole_edition_can_confirm_what_is_absent() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(5)).await;
    run(&desk, &merchants(7)).await;
    let refused = desk.withdraw_absent(second.id, &Withdrawal::counted(&second.absent), &clerk()).await;
    assert!(matches!(refused, Err(HandInError::Superseded(id)) if id == second.id));
}

#[tokio::test]
async fn a_clerk_of_one_county_withdraws_and_puts_back_nothing_of_another() {
    let (county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    // Rows 6 to 8 are left out; row 7 lies in 昌黎.
    let second = run(&desk, &merchants(5)).await;
    let bound = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    let all = Withdrawal::counted(&second.absent);
    let refused = desk.withdraw_absent(second.id, &all, &bound).await;
    assert!(matches!(refused, Err(HandInError::NotYours(area)) if area.county() == "130306"));
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);
    assert_eq!(desk.withdraw_absent(second.id, &all, &clerk()).await.unwrap().withdrawn.len(), 3);
    assert!(matches!(desk.take_back(second.id, &bound).await, Err(HandInError::NotYours(_))));
}

#[tokio::test]
async fn a_key_stands_for_one_act_and_does_nothing_again_after_another() {
    let (county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    let fewer = run(&desk, &merchants(5)).await;
    let keyed = |key: &str| Ask { key: Some(key.to_owned()), ..clerk() };
    let one = Withdrawal::counted(&fewer.absent[..1]);
    desk.withdraw_absent(fewer.id, &one, &keyed("w-1")).await.unwrap();
    let head = county.service.log.head().await.unwrap();
    let other = desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &keyed("w-1")).await;
    assert!(matches!(&other, Err(HandInError::KeyReused { key }) if key == "w-1"), "{other:?}");
    assert_eq!(county.service.log.head().await.unwrap(), head, "nothing was withdrawn for it");

    desk.take_back(fewer.id, &keyed("t-1")).await.unwrap();
    let again = desk.withdraw_absent(fewer.id, &one, &keyed("w-1")).await.unwrap();
    assert_eq!((again.repeated, again.withdrawn.len()), (true, 0), "the answer to w-1 had been lost");
    desk.withdraw_absent(fewer.id, &Withdrawal::counted(&fewer.absent), &keyed("w-2")).await.unwrap();
    let head = county.service.log.head().await.unwrap();
    let late = desk.take_back(fewer.id, &keyed("t-1")).await.unwrap();
    assert_eq!((late.repeated, late.withdrawn.len()), (true, 3), "the answer to t-1 had been lost");
    assert_eq!(county.service.log.head().await.unwrap(), head);
    assert!(!in_force(&county, &fewer.absent).await.contains(&true));
}
