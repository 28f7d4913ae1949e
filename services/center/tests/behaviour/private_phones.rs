//! Numbers that an office sealed: they speak for a merge as any other does, and are told to nobody.

use crate::stage::{COUNTY, Stage, registration, scope};
use schema::decisions::{Compared, DecisionEvent};
use schema::erasures::{ErasureEvent, ErasureGround, PersonErasureOrdered};
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{Category, Contact, PersonId, PersonalField, Position, Quote, Sealed, Stream};

const NUMBER: &str = "+8613812345678";

impl Stage {
    fn sealed(&self, number: u128) -> Sealed {
        self.keys.seal(PersonId::contact_of(registration(number)), PersonalField::ContactPhone, NUMBER).unwrap()
    }

    /// A station of which nothing but its head's number could say that it is another's twin.
    async fn station_of_head(&self, number: u128, village: u32) -> Position {
        let station = Station {
            contact: Some(Contact { name: None, phones: vec![self.sealed(number)] }),
            ..Station::named(
                format!("第{village}庄老年食堂"),
                Category("助餐".into()),
                format!("{COUNTY}1002{village:02}").parse().unwrap(),
            )
        };
        let stream = format!("womens_federation-{}", registration(number));
        self.append(&stream, &WomensFederationEvent::StationRegistered(station), i64::try_from(number).unwrap()).await
    }
}

#[tokio::test]
async fn a_sealed_number_in_common_is_evidence_and_stands_sealed_in_the_grounds() {
    let stage = Stage::new().await;
    let (_, shutdown, running) = stage.run();
    stage.station_of_head(1, 1).await;
    let last = stage.station_of_head(2, 1).await;
    stage.acted_on(last).await;
    let decisions = stage.decisions().await;
    let [DecisionEvent::MergeProposed(proposed)] = decisions.as_slice() else { panic!("{decisions:?}") };
    let phones = proposed.grounds.comparisons.iter().find(|one| one.comparison == Compared::Phones).unwrap();
    assert_eq!(phones.left, [Quote::Sealed(stage.sealed(1))]);
    assert_eq!(phones.right, [Quote::Sealed(stage.sealed(2))]);
    for event in stage.everything().await {
        let told = String::from_utf8_lossy(&event.data).contains("13812345678");
        assert!(!told, "{} tells the number", event.stream);
    }
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn what_was_opened_of_somebody_is_forgotten_once_they_are_to_be_erased() {
    let stage = Stage::new().await;
    let (_, shutdown, running) = stage.run();
    let known = stage.station_of_head(1, 1).await;
    stage.acted_on(known).await;
    let person = PersonId::contact_of(registration(1));
    let ground = ErasureGround::PersonRequested;
    let ordered = PersonErasureOrdered { person, ground, ordered_by: "admin".into(), hold: None };
    let stream = Stream::Erasures(scope(COUNTY)).to_string();
    stage.append(&stream, &ErasureEvent::PersonErasureOrdered(ordered), 2).await;
    let last = stage.station_of_head(3, 1).await;
    stage.acted_on(last).await;
    assert_eq!(stage.decisions().await, [], "the number of who was erased speaks for nothing");
    shutdown.cancel();
    running.await.unwrap();
}
