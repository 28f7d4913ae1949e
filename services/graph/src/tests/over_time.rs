//! The past, what a question waits for, and subscriptions.

use super::{code_of, county};
use crate::testing::{
    Tale, Told, asked, code, impatient, merged, published, registered, registration, resource, start, through,
};
use crate::{Graph, testing};
use async_graphql::Request;
use futures::StreamExt;
use schema::ids::ResourceId;
use schema::resource::{ResourceAbsorbed, ResourceEvent};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_write_can_be_read_once_the_centre_has_acted_on_it() {
    let mut tale = county();
    let written = tale.tell(registered(4));
    let directory = impatient(&tale);
    let query = format!("{{ position(atLeast: \"{}\") }}", written.token(testing::LOG));
    assert_eq!(code_of(&directory, &query).await, "NOT_YET", "the centre has not acted on it");

    let waiting = tokio::spawn({
        let directory = tale.directory();
        let query = query.clone();
        tale.tell(through(written));
        let snapshot = tale.snapshot.clone();
        async move {
            let answer = asked(&directory, &query);
            let publish = async {
                tokio::task::yield_now().await;
                directory.read_model.publish(snapshot);
            };
            tokio::join!(answer, publish).0
        }
    });
    let answer = waiting.await.unwrap();
    assert!(answer["errors"].is_null(), "{answer}");
}

#[tokio::test]
async fn the_past_is_as_it_was_and_before_everything_there_is_nothing() {
    let mut tale = county();
    let before = *tale.positions().last().unwrap();
    let time = start() + chrono::TimeDelta::minutes(9);
    tale.tell(published(resource(4)));
    let directory = tale.directory();
    let total = async |argument: String| {
        let query = format!("{{ resources({argument}) {{ totalCount }} }}");
        asked(&directory, &query).await["data"]["resources"]["totalCount"].clone()
    };
    assert_eq!(total("first: 0".to_owned()).await, 4);
    assert_eq!(total(format!("asOfPosition: \"{}\"", before.token(testing::LOG))).await, 3);
    assert_eq!(total(format!("asOf: \"{}\"", time.to_rfc3339())).await, 3);
    assert_eq!(total("asOf: \"1999-01-01T00:00:00Z\"".to_owned()).await, 0);
}

#[tokio::test]
async fn the_past_is_told_from_the_present_by_whoever_keeps_objects_by_their_ids() {
    let mut tale = county();
    let at = tale.positions().last().unwrap().token(testing::LOG);
    let id = ResourceId::of(registration(1));
    tale.tell(published(resource(1)));
    let directory = tale.directory();
    let query =
        format!("{{ resource(id: \"{id}\") {{ id versions {{ resource {{ __typename resourceId name }} }} }} }}");
    let now = asked(&directory, &query).await;
    let versions = now["data"]["resource"]["versions"].as_array().unwrap();
    assert!(versions.len() > 1, "{now}");
    for version in versions {
        assert_eq!(version["resource"]["__typename"], "PastResource");
        assert_eq!(version["resource"]["resourceId"], id.to_string());
    }
    assert!(now["extensions"].is_null(), "{now}");
    let no_id =
        asked(&directory, &format!("{{ resource(id: \"{id}\") {{ versions {{ resource {{ id }} }} }} }}")).await;
    assert!(no_id["errors"][0]["message"].as_str().unwrap().contains("PastResource"), "{no_id}");

    for past in [format!("asOfPosition: \"{at}\""), format!("asOf: \"{}\"", start().to_rfc3339())] {
        let then = asked(&directory, &format!("{{ resource(id: \"{id}\", {past}) {{ id }} }}")).await;
        assert_eq!(then["extensions"], json!({ "asOf": { "clientCache": "BYPASS" } }), "{then}");
    }
}

#[tokio::test]
async fn an_old_id_leads_to_the_resource_and_says_so() {
    let mut tale = county();
    let (gone, into) = (ResourceId::of(registration(2)), ResourceId::of(registration(1)));
    tale.tell(Told::resource(&ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id: gone, into })));
    let directory = tale.directory();
    let query = format!("{{ resource(id: \"{gone}\") {{ id redirectedFrom status }} }}");
    let answer = asked(&directory, &query).await;
    assert_eq!(
        answer["data"]["resource"],
        json!({ "id": into.to_string(), "redirectedFrom": gone.to_string(), "status": "SHOWN" })
    );
    let nothing = asked(&directory, "{ resource(id: \"nothing\") { id } }").await;
    assert_eq!(nothing, json!({ "data": { "resource": null } }));
}

const CHANGES: &str = "subscription ($after: String, $area: AreaCode) { directoryChanges(after: $after, area: $area) { cursor kind name } }";

fn follow(directory: &Graph, variables: Value) -> impl futures::Stream<Item = (String, String)> + use<> {
    let request = Request::new(CHANGES).variables(async_graphql::Variables::from_json(variables));
    directory.execute_stream(request, None).map(|response| {
        let answer = crate::http::to_json(&response);
        let change = &answer["data"]["directoryChanges"];
        let text = |name: &str| change[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text("cursor"), text("kind"))
    })
}

#[tokio::test]
async fn a_subscription_that_resumes_loses_nothing_and_repeats_nothing() {
    let mut tale = Tale::of([registered(1), published(resource(1)), registered(2), published(resource(2))]);
    let directory = tale.directory();
    let beginning = schema::Position::default().token(testing::LOG);
    let whole: Vec<(String, String)> =
        follow(&directory, json!({ "after": format!("{beginning}.0") })).take(3).collect().await;
    assert_eq!(
        whole.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(),
        ["PUBLISHED", "REGISTERED", "PUBLISHED"]
    );

    // Another directory, behind at first, of which the client has already seen more.
    let later = testing::starting();
    let mut resumed = Box::pin(follow(&later, json!({ "after": whole[1].0 })));
    let early = tokio::time::timeout(Duration::from_millis(20), resumed.next()).await;
    assert!(early.is_err(), "it knows nothing yet");
    later.read_model.publish(tale.rebuilt(Some(tale.positions()[1])));
    later.read_model.publish(tale.snapshot.clone());
    assert_eq!(resumed.next().await.as_ref(), Some(&whole[2]));
    tale.tell(merged(1, 2));
    later.read_model.publish(tale.snapshot.clone());
    assert_eq!(resumed.next().await.unwrap().1, "MERGED");
}

#[tokio::test]
async fn a_directory_that_has_not_caught_up_says_so_and_answers_with_no_part() {
    let directory = testing::behind();
    let early = testing::asked(&directory, "{ counters { resources } }").await;
    assert_eq!(early["errors"][0]["extensions"]["code"], "NOT_YET", "{early}");
    directory.read_model.publish(Tale::of([registered(1), published(resource(1))]).snapshot);
    let then = testing::asked(&directory, "{ counters { resources } }").await;
    assert_eq!(then["data"]["counters"]["resources"], 1, "{then}");
}

#[tokio::test]
async fn a_subscription_to_an_area_hears_of_what_serves_it_and_of_nothing_else() {
    let mut tale = Tale::default();
    let directory = tale.directory();
    let mut there = Box::pin(follow(&directory, json!({ "area": "130322" })));
    // A subscription begins when it is first asked for an item.
    assert!(tokio::time::timeout(Duration::from_millis(20), there.next()).await.is_err());
    tale.tell(published(resource(1)));
    let mut served = resource(2);
    served.coverage = vec![code("130300")];
    tale.tell(published(served));
    directory.read_model.publish(tale.snapshot.clone());
    let (cursor, _) = there.next().await.unwrap();
    assert_eq!(
        cursor,
        tale.snapshot.changes.get(1, &tale.snapshot.segments).unwrap().unwrap().cursor.token(testing::LOG)
    );
}
