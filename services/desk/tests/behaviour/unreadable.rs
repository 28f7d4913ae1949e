//! What a newer program wrote and this one cannot read.

use crate::office::{county, fates, file, merchants, run};
use chassis::log::Recorded;
use desk::{Ask, HandInError, Withdrawal};
use schema::Shape;
use schema::hand_in::RowFate;
use serde_json::{Value, json};

/// A type, a version and a value that this program does not know.
fn newer_events(registered: &Recorded) -> [(Shape, Value); 3] {
    let known: Value = serde_json::from_slice(&registered.data).unwrap();
    let mut with_a_newer_value = known.clone();
    with_a_newer_value["eligibility"]["audiences"] = json!(["astronauts"]);
    [
        (Shape::of("MerchantAdmired", 1), json!({})),
        (Shape::of("MerchantRevised", 2), known),
        (Shape::of("MerchantRevised", 1), with_a_newer_value),
    ]
}

#[tokio::test]
async fn nothing_is_done_about_a_registration_of_which_something_cannot_be_read() {
    for kind in 0..3 {
        let (county, desk) = county().await;
        let first = run(&desk, &merchants(4)).await;
        let registration = first.rows[1].registration.unwrap();
        let stream = format!("commerce-{registration}");
        let registered = county.service.log.read_stream(&stream).await.unwrap().remove(0);
        let (shape, data) = newer_events(&registered)[kind].clone();
        county.written_by_a_newer_one(&stream, shape.clone(), data).await;

        let mut rows = merchants(5);
        rows[0] = rows[0].replace("0335-3000001", "0335-3000099");
        let check = desk.check(&file(&rows), &Ask::by("clerk-1")).await.unwrap();
        let second = run(&desk, &rows).await;
        let expected =
            [RowFate::Revised, RowFate::Refused, RowFate::Unchanged, RowFate::Unchanged, RowFate::Registered];
        assert_eq!((fates(&second), fates(&check)), (expected.to_vec(), expected.to_vec()), "{shape}");
        let finding = second.rows[1].findings.last().unwrap();
        assert_eq!(finding.code, "UNREADABLE_EVENT");
        assert!(finding.reason_zh.contains(&format!("{stream}的第1条（{}）", shape.event_type)), "{finding:?}");
        assert_eq!(county.service.log.read_stream(&stream).await.unwrap().len(), 2, "nothing was added to it");

        let third = run(&desk, &merchants(1)).await;
        let refused =
            desk.withdraw_absent(third.id, &Withdrawal::counted(&third.absent), &Ask::by("clerk-1")).await.unwrap_err();
        assert!(matches!(&refused, HandInError::Unreadable(event) if event.stream == stream), "{refused}");
        assert_eq!(chassis::http::Problem::from(refused).status.as_u16(), 503);
        let reports = county.service.health.reports();
        let parked = reports.iter().flat_map(|report| &report.parked).find(|parked| parked.stream == stream);
        assert_eq!(parked.map(|parked| parked.event_type.as_str()), Some(shape.event_type.as_str()));
    }
}

#[tokio::test]
async fn nothing_is_handed_in_where_the_divisions_cannot_be_read_and_elsewhere_as_ever() {
    let (county, desk) = county().await;
    county.written_by_a_newer_one("areas-110100_statistical_2023", Shape::of("AreasListed", 2), json!({})).await;
    run(&desk, &merchants(2)).await;
    county.written_by_a_newer_one("areas-130300_statistical_2023", Shape::of("AreasListed", 2), json!({})).await;
    let clerk = Ask { area: "130306".parse().ok(), ..Ask::by("clerk-2") };
    let head = county.service.log.head().await.unwrap();
    let refused = desk.run(&file(&merchants(3)), &clerk, &mut |_| ()).await.unwrap_err();
    assert!(matches!(&refused, HandInError::Unreadable(event) if event.event_type == "AreasListed"), "{refused}");
    assert_eq!(county.service.log.head().await.unwrap(), head);
}
