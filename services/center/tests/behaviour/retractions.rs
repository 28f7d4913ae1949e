//! What a steward retracts.

use crate::api::Site;
use crate::process::written_by_a_newer_one;
use crate::stage::{COUNTY, NEIGHBOUR, Stage, registration, registration_in};
use center::publication::Published;
use chassis::auth::Role;
use schema::commerce::{CommerceEvent, Merchant};
use schema::erasures::{ErasureEvent, PersonErased};
use schema::resource::{Field, Resource};
use schema::{Category, MovedIn, MovedOut, PersonId, RegistrationId, ResourceId, Shape, Stream};
use serde_json::{Value, json};

fn path(id: RegistrationId) -> String {
    format!("/api/center/registrations/{id}/retract")
}

fn of(field: &str) -> Value {
    json!({ "field": field, "reason": "published_by_mistake" })
}

async fn shown(site: &Site, number: u128) -> Resource {
    match site.stands(number).await {
        Published::Shown(resource) => *resource,
        other @ (Published::Absorbed(_) | Published::Withdrawn(_)) => panic!("{number} is not shown: {other:?}"),
    }
}

/// Retracts a field of a registration and waits until the centre has acted on it.
async fn retract(site: &Site, number: u128, field: &str) -> Value {
    let key = format!("{number}-{field}");
    let (status, made) = site.post(&path(registration(number)), &key, of(field)).await;
    assert_eq!(status, 201, "{made}");
    site.stage.acted_on(site.position(&made)).await;
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_retracted_is_published_anew_without_it_and_stays_so_after_a_restart() {
    let site = Site::new().await;
    let last = site.stage.canteens(1).await;
    site.stage.acted_on(last).await;
    let before = shown(&site, 4).await;
    assert_eq!(before.address.as_deref(), Some("建设路99号"));

    let made = retract(&site, 4, "address").await;
    let after = shown(&site, 4).await;
    let provenance = before.provenance.iter().filter(|one| one.field != Field::Address).cloned().collect();
    assert_eq!(after, Resource { address: None, provenance, ..before });
    assert_eq!(made["registration"], registration(4).to_string());

    let all = site.stage.everything().await.len();
    let (status, again) = site.post(&path(registration(4)), "4-address", of("address")).await;
    assert_eq!((status, again), (201, made), "a retry is answered alike");
    let (status, problem) = site.post(&path(registration(4)), "4-address", of("name")).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("idempotency-key-reused")), "{problem}");
    assert_eq!(site.stage.everything().await.len(), all);

    let anew = Site::on(site.stage.clone(), &[]);
    let one_more = anew.stage.merchant(9, 7, "第7庄老年食堂", None).await;
    anew.stage.acted_on(one_more).await;
    assert_eq!(shown(&anew, 4).await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_of_the_group_is_shown_and_at_last_nobody_says_it() {
    let site = Site::new().await;
    let last = site.stage.canteens(1).await;
    site.stage.acted_on(last).await;
    retract(&site, 1, "name").await;
    let group = shown(&site, 1).await;
    assert_eq!(group.name, "第0庄村长者食堂", "the fuller of those that are left");
    assert_eq!(group.provider.name, group.name);
    assert!(!format!("{:?}", group.provenance).contains("撤下"), "what stands for a name is nobody's name");
    for (number, phones) in [(1, 1), (2, 1), (3, 0)] {
        retract(&site, number, "phones").await;
        assert_eq!(shown(&site, 1).await.phones.len(), phones, "after {number}");
    }
    assert_eq!(group.sources.len(), 3, "what was decided stays");
    for number in [2, 3] {
        retract(&site, number, "name").await;
    }
    assert_eq!(shown(&site, 1).await.name, "名称已撤下");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_retracted_is_refused() {
    let site = Site::on(Stage::new().await, &[COUNTY]);
    let last = site.stage.canteens(1).await;
    site.stage.acted_on(last).await;
    for (id, body, status, code) in [
        (registration(4), of("kind"), 422, "field-not-retractable"),
        (registration(4), of("colour"), 422, "field-not-retractable"),
        (registration(4), of("fees"), 422, "nothing-to-retract"),
        (registration(4), json!({ "field": "phones", "reason": "because" }), 422, "reason-unknown"),
        (registration(99), of("phones"), 404, "not-found"),
        (registration_in(NEIGHBOUR, 1), of("phones"), 421, "OUT_OF_SCOPE"),
    ] {
        let (told, problem) = site.post(&path(id), "k", body.clone()).await;
        assert_eq!((told, problem["code"].as_str()), (status, Some(code)), "{body} {problem}");
    }
    let (status, _) = site.ask("POST", &path(registration(4)), Role::Planner, Some("k"), Some(of("phones"))).await;
    assert_eq!(status, 403);
    let erasures = site.stage.log.read_stream(&Stream::Erasures(registration(4).scope()).to_string()).await.unwrap();
    assert_eq!(erasures.len(), 0);
}

fn merchant(village: &str) -> Merchant {
    Merchant {
        address: Some("滨河路1号".into()),
        phones: vec!["+863354089777".parse().unwrap()],
        ..Merchant::named("顺安助浴点", Category("助浴".into()), village.parse().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_retracted_under_every_id_that_a_registration_had() {
    for asked in 0..2 {
        let site = Site::new().await;
        let ids = [registration(1), registration_in(NEIGHBOUR, 1)];
        let [from, to] = ids.map(|id| format!("commerce-{id}"));
        site.stage.append(&from, &CommerceEvent::MerchantRegistered(merchant("130306100201")), 1).await;
        let arrived = CommerceEvent::MerchantMovedIn(MovedIn {
            transferred_from: ids[0],
            first_registered_at: chrono::DateTime::UNIX_EPOCH,
            registration: merchant("130322100201"),
            retracted: Vec::new(),
        });
        site.stage.append(&to, &arrived, 2).await;
        let left = CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: ids[1] });
        let last = site.stage.append(&from, &left, 3).await;
        site.stage.acted_on(last).await;

        let (status, made) = site.post(&path(ids[asked]), "k", of("phones")).await;
        assert_eq!(status, 201, "{made}");
        for id in ids {
            let stream = Stream::Erasures(id.scope()).to_string();
            let said = site.stage.log.read_stream(&stream).await.unwrap();
            let [only] = &said[..] else { panic!("one retraction of {id}: {said:?}") };
            let ErasureEvent::ValueRetracted(retracted) = only.decode().unwrap() else { panic!("{only:?}") };
            assert_eq!((retracted.registration, retracted.retracted_by.as_str()), (id, "s-1"));
        }
        site.stage.acted_on(site.position(&made)).await;
        let Published::Shown(there) = site.stage.published().await[&ResourceId::of(ids[1])].clone() else {
            panic!("it is shown where it went")
        };
        assert_eq!(there.phones, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_an_office_takes_back_is_retracted_once_wherever_it_was_said() {
    let stage = Stage::new().await;
    let ids = [registration_in(NEIGHBOUR, 1), registration(1)];
    let [from, to] = ids.map(|id| format!("commerce-{id}"));
    let calling = |village: &str, number: &str| Merchant { phones: vec![number.parse().unwrap()], ..merchant(village) };
    let (mobile, line) = ("+8613800138000", "+863354089777");
    let first = CommerceEvent::MerchantRegistered(calling("130322100201", mobile));
    stage.append(&from, &first, 1).await;
    let arrived = CommerceEvent::MerchantMovedIn(MovedIn {
        transferred_from: ids[0],
        first_registered_at: chrono::DateTime::UNIX_EPOCH,
        registration: calling("130306100201", mobile),
        retracted: Vec::new(),
    });
    stage.append(&to, &arrived, 2).await;
    stage.append(&from, &CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: ids[1] }), 3).await;
    let other = format!("commerce-{}", registration(2));
    stage.append(&other, &CommerceEvent::MerchantRegistered(calling("130306100202", line)), 4).await;
    stage.append(&other, &CommerceEvent::MerchantRevised(calling("130306100202", "+863354089778")), 5).await;
    let took_back = CommerceEvent::MerchantRevised(calling("130306100201", line));
    let last = stage.append(&to, &took_back, 6).await;
    // A centre that starts on it, and two beside one another that start on what it wrote.
    for centres in [1, 2] {
        let running: Vec<_> = (0..centres).map(|_| stage.run()).collect();
        stage.acted_on(last).await;
        let asked = stage.merchant(9 + centres, 7, "第7庄老年食堂", None).await;
        stage.acted_on(asked).await;
        for (health, shutdown, task) in running {
            stage.quiet(&health).await;
            shutdown.cancel();
            task.await.unwrap();
        }
        let mut retracted: Vec<_> = stage.everything().await;
        retracted.retain(|event| event.stream.starts_with("erasures-"));
        let of: Vec<RegistrationId> = retracted
            .iter()
            .map(|event| match event.decode().unwrap() {
                ErasureEvent::ValueRetracted(retracted) => retracted.registration,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(of, ids, "there first, each once, and nothing of a station's line");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_persons_ask_nothing_of_a_centre_and_what_it_cannot_read_stops_it() {
    let stage = Stage::new().await;
    let (health, shutdown, running) = stage.run();
    let last = stage.canteens(1).await;
    stage.acted_on(last).await;
    let before = stage.quiet(&health).await;
    let person = PersonId::contact_of(registration(1));
    let erased = ErasureEvent::PersonErased(PersonErased { person });
    for scope in [COUNTY, NEIGHBOUR] {
        stage.append(&format!("erasures-{scope}"), &erased, 1).await;
    }
    assert_eq!(stage.quiet(&health).await.len(), before.len() + 2, "nothing is written in answer");

    let newer = Shape::of("EverythingRetracted", 1);
    written_by_a_newer_one(&stage, &format!("erasures-{COUNTY}"), newer, json!({})).await;
    let asked = stage.merchant(9, 7, "第7庄老年食堂", None).await;
    let all = stage.quiet(&health).await;
    let through = all.iter().filter(|event| event.event_type == "ProgressReached").map(|event| event.position);
    assert!(through.max() < Some(asked), "nobody says that it was acted on");
    let stopped = health.reports().into_iter().any(|report| format!("{report:?}").contains("EverythingRetracted"));
    assert!(stopped, "{:?}", health.reports());
    shutdown.cancel();
    running.await.unwrap();
}
