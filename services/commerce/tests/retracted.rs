//! What was retracted of a merchant: its report tells of it no more, and it stays hidden when the merchant moves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what it does is part of the tests")]

#[path = "../../desk/tests/county/mod.rs"]
mod county;

use chassis::command::Command;
use chassis::decide::new_events;
use chassis::log::Expected;
use county::{County, bytes_of, first_rows};
use desk::Report;
use schema::commerce::CommerceEvent;
use schema::erasures::{ErasureEvent, RetractionReason, ValueRetracted};
use schema::resource::RetractableField;
use schema::{Office, RegistrationId, Stream};
use serde_json::json;

async fn county() -> County {
    County::with(Office::Commerce, commerce::mount).await
}

async fn hand_in(county: &County, lines: &[String]) -> Report {
    county::taken(commerce::import(&county.service, &bytes_of(lines), "commerce.csv", &mut |_| ()).await)
}

async fn retract(county: &County, registration: RegistrationId, field: RetractableField) {
    let reason = RetractionReason::PublishedByMistake;
    let retracted = ValueRetracted { registration, field, reason, retracted_by: "steward".into() };
    let stream = Stream::Erasures(registration.scope()).to_string();
    let command = Command::of("steward", format!("{field:?}"), &retracted, county.service.clock.now()).unwrap();
    let events = new_events(&stream, &command, &[ErasureEvent::ValueRetracted(retracted)]).unwrap();
    county.service.log.append(&stream, Expected::Any, events).await.unwrap();
}

#[tokio::test]
async fn what_was_found_in_the_row_of_a_merchant_of_which_something_was_retracted_is_told_no_more() {
    let county = county().await;
    let mut lines = first_rows("commerce", 2);
    lines[1] = lines[1].replace("周一至周五 11:00-12:30", "找黄姐另约");
    lines[2] = lines[2].replace("每天 10:30-12:30 17:00-18:30", "找苏姐另约");
    let report = hand_in(&county, &lines).await;
    let path = format!("/api/commerce/imports/{}", report.id);
    let seen = county.see(&path).await.to_string();
    assert!(seen.contains("找黄姐另约") && seen.contains("找苏姐另约"), "{seen}");

    retract(&county, report.rows[0].registration.unwrap(), RetractableField::Hours).await;
    let seen = county.see(&path).await.to_string();
    assert!(!seen.contains("找黄姐另约") && seen.contains("找苏姐另约"), "{seen}");
    assert!(seen.contains("RETRACTED"), "that something was found is told: {seen}");
    assert_eq!(county.see(&path).await["counts"], json!(report.counts));
}

#[tokio::test]
async fn what_was_retracted_stays_hidden_under_the_id_that_it_has_in_the_other_county() {
    for (retracted, said) in [(None, vec![]), (Some(RetractableField::Phones), vec![RetractableField::Phones])] {
        let county = county().await;
        let mut lines = first_rows("commerce", 3);
        let old = hand_in(&county, &lines).await.rows[0].registration.unwrap();
        if let Some(field) = retracted {
            retract(&county, old, field).await;
        }
        lines[1] = lines[1].replace("130306105259", "130322103222").replace("130306105000", "130322103000");
        let new = hand_in(&county, &lines).await.rows[0].registration.unwrap();
        let events = county.service.log.read_stream(&format!("commerce-{new}")).await.unwrap();
        let CommerceEvent::MerchantMovedIn(arrived) = events[0].decode().unwrap() else { unreachable!("{events:?}") };
        assert_eq!((arrived.transferred_from, arrived.retracted), (old, said));
        assert!(
            json!(arrived.registration).to_string().contains("+863354089616"),
            "its office goes on with what it has"
        );
    }
}
