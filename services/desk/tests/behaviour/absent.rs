//! Registrations that the newest hand-in of a list leaves out.

use crate::office::{county, merchants, run};
use desk::{Ask, HandInError};

#[tokio::test]
async fn what_is_absent_stays_in_force_until_a_clerk_confirms() {
    let (county, desk) = county().await;
    let first = run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(4)).await;
    let gone: std::collections::BTreeSet<_> = first.rows[4..].iter().map(|row| row.registration.unwrap()).collect();
    assert_eq!(second.absent.iter().copied().collect::<std::collections::BTreeSet<_>>(), gone);
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);
    assert!(
        matches!(desk.withdraw_absent(first.id, &Ask::by("clerk-1")).await, Ok(report) if report.withdrawn.is_empty())
    );
    let done = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(done.withdrawn, second.absent);
    let head = county.service.log.head().await.unwrap();
    let again = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap();
    assert_eq!(again.withdrawn, done.withdrawn);
    assert_eq!(county.service.log.head().await.unwrap(), head);
    let third = run(&desk, &merchants(6)).await;
    assert_eq!(
        (third.counts.unchanged, third.counts.registered, third.counts.absent),
        (4, 2, 0),
        "they come back as new ones"
    );
}

#[tokio::test]
async fn only_the_latest_hand_in_can_confirm_what_is_absent() {
    let (_county, desk) = county().await;
    run(&desk, &merchants(6)).await;
    let second = run(&desk, &merchants(5)).await;
    run(&desk, &merchants(7)).await;
    let refused = desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await;
    assert!(matches!(refused, Err(HandInError::Superseded(id)) if id == second.id));
}

#[tokio::test]
async fn a_clerk_of_one_county_withdraws_nothing_of_another() {
    let (county, desk) = county().await;
    run(&desk, &merchants(8)).await;
    // Rows 6 to 8 are left out; row 7 lies in 昌黎.
    let second = run(&desk, &merchants(5)).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    let refused = desk.withdraw_absent(second.id, &clerk).await;
    assert!(matches!(refused, Err(HandInError::NotYours(area)) if area.county() == "130306"));
    assert_eq!(county.all_events().await.get("MerchantWithdrawn"), None);
    assert_eq!(desk.withdraw_absent(second.id, &Ask::by("clerk-1")).await.unwrap().withdrawn.len(), 3);
}
