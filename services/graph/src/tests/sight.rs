//! Who sees what of registrations and decisions.

use super::county;
use crate::testing::{
    Tale, Told, asked, asked_by, caller, merge_id, merged, proposed, published, registered, registration, resource,
};
use crate::{Graph, testing};
use async_graphql::Request;
use chassis::auth::Role;
use futures::StreamExt;
use schema::commerce::{CommerceEvent, ElderPriceAgreed, Inspection};
use schema::decisions::{Compared, Comparison, DecisionEvent, Level, MergeProposed};
use schema::eligibility::Eligibility;
use schema::ids::ResourceId;
use schema::resource::{NotShown, ResourceEvent, ResourceShown, ResourceWithdrawn};
use schema::womens_federation::{SafeguardingCleared, Station, WomensFederationEvent};
use schema::{Office, Quote};
use serde_json::{Value, json};

#[tokio::test]
async fn a_clerk_sees_their_own_office_and_a_steward_everything() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    tale.tell(merged(1, 2));
    let directory = tale.directory();
    let total = async |query: &str, who| {
        let answer = asked_by(&directory, query, who).await;
        let error = &answer["errors"][0]["extensions"]["code"];
        let list = answer["data"].as_object().and_then(|data| data.values().next());
        list.map_or_else(|| error.clone(), |list| list["totalCount"].clone())
    };
    let steward = || caller(Role::Steward, None);
    let clinic = || caller(Role::Clerk, Some(Office::Clinic));
    for (query, who, expected) in [
        ("{ registrations { totalCount } }", steward(), json!(3)),
        ("{ registrations(office: CLINIC) { totalCount } }", steward(), json!(1)),
        ("{ registrations { totalCount } }", clinic(), json!(1)),
        ("{ registrations(office: COMMERCE) { totalCount } }", clinic(), json!("FORBIDDEN")),
        ("{ registrations { totalCount } }", caller(Role::Operator, None), json!("FORBIDDEN")),
        ("{ mergeHistory { totalCount } }", steward(), json!(2)),
        ("{ mergeHistory(status: PROPOSED) { totalCount } }", steward(), json!(1)),
        ("{ mergeHistory(kind: STEWARD) { totalCount } }", steward(), json!(0)),
        (
            "{ mergeHistory(actor: \"above_merge_threshold\", from: \"2026-03-02T00:11:00Z\") { totalCount } }",
            steward(),
            json!(1),
        ),
        ("{ mergeHistory { totalCount } }", clinic(), json!(1)),
    ] {
        assert_eq!(total(query, who.clone()).await, expected, "{query} {who:?}");
    }
    let query = format!("{{ merge(id: \"{}\") {{ status }} }}", merge_id(1, 2));
    let refused = asked_by(&directory, &query, clinic()).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "it joins two registrations of commerce");
}

#[tokio::test]
async fn what_stands_behind_a_registration_is_for_those_who_may_see_it() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    let directory = tale.directory();
    let query = format!(
        "{{ registration(id: \"{}\") {{ name sourceFile sourceRow resource {{ id }} doubts {{ code }} merges {{ status evidence {{ comparison weight left right }} decidedBy {{ kind name }} }} }} }}",
        registration(3)
    );
    let open = asked(&directory, &query).await["data"]["registration"].clone();
    assert_eq!((&open["sourceFile"], &open["sourceRow"]), (&json!("clinic.csv"), &json!(9)));
    assert_eq!((&open["doubts"], &open["merges"]), (&Value::Null, &Value::Null));
    let own = asked_by(&directory, &query, caller(Role::Clerk, Some(Office::Clinic))).await;
    assert_eq!(
        own["data"]["registration"]["merges"][0]["decidedBy"],
        json!({ "kind": "RULE", "name": "above_merge_threshold" })
    );
}

#[tokio::test]
async fn a_number_that_is_somebodys_own_is_told_to_a_steward_alone_and_to_nobody_once_they_were_erased() {
    let person = schema::PersonId::contact_of(registration(3));
    let keys = chassis::sealed::KeyStore::in_memory().unwrap();
    let own = keys.seal(person, schema::PersonalField::ContactPhone, "+8613812345678").unwrap();
    let mut grounds = testing::grounds(testing::rule());
    grounds.comparisons = vec![Comparison {
        comparison: Compared::Phones,
        level: Level::Different,
        weight: -3.5,
        left: vec![Quote::Said("+863355669699".to_owned())],
        right: vec![Quote::Said("+863355669700".to_owned()), Quote::Sealed(own)],
    }];
    let (id, pair) = (merge_id(1, 3), testing::pair(1, 3));
    let mut tale = county();
    tale.tell(Told::decision(&DecisionEvent::MergeProposed(MergeProposed { id, pair, grounds })));
    let query = format!("{{ merge(id: \"{id}\") {{ evidence {{ left right }} }} }}");
    let directory = tale.directory_with(keys);
    let right = async |directory: &Graph, role, office| {
        let answer = asked_by(directory, &query, caller(role, office)).await;
        assert_eq!(answer["data"]["merge"]["evidence"][0]["left"], "+863355669699", "{answer}");
        answer["data"]["merge"]["evidence"][0]["right"].as_str().unwrap().to_owned()
    };
    assert_eq!(right(&directory, Role::Steward, None).await, "+863355669700、+8613812345678");
    let masked = "+863355669700、不公开";
    for (role, office) in [
        (Role::Planner, None),
        (Role::Partner, None),
        (Role::Admin, None),
        (Role::Clerk, Some(Office::Clinic)),
        (Role::Clerk, Some(Office::Commerce)),
    ] {
        assert_eq!(right(&directory, role, office).await, masked, "{role:?}");
    }
    let after = chassis::sealed::KeyStore::in_memory().unwrap();
    after.erase(person).unwrap();
    assert_eq!(right(&tale.directory_with(after), Role::Steward, None).await, masked);
}

#[tokio::test]
async fn a_registration_shows_what_was_agreed_and_says_what_of_it_is_not_shown_and_why() {
    let of_all = registration(3);
    let only_children = Station {
        eligibility: Eligibility { audiences: vec![schema::Audience::Children], ..Eligibility::default() },
        ..testing::station(3)
    };
    let failed = Inspection { on: None, passed: false };
    let mut tale = Tale::of([
        registered(1),
        Told::commerce(1, &CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen: 650 })),
        Told::womens_federation(2, &WomensFederationEvent::StationRegistered(testing::station(2))),
        Told::womens_federation(3, &WomensFederationEvent::StationRegistered(only_children)),
        registered(4),
        Told::commerce(4, &CommerceEvent::MerchantInspected(failed)),
    ]);
    let query = |n| {
        let id = registration(n);
        format!(
            "{{ registration(id: \"{id}\") {{ status fees audiences notShown withheld {{ everything audience reason }} }} }}"
        )
    };
    let said = |status: &str, fees: Option<&str>, audiences: &[&str], not_shown: Option<&str>, withheld: Value| json!({ "status": status, "fees": fees, "audiences": audiences, "notShown": not_shown, "withheld": withheld });
    let children = json!([{ "everything": false, "audience": "CHILDREN", "reason": "AWAITS_CLEARANCE" }]);
    let all = json!([{ "everything": true, "audience": null, "reason": "AWAITS_CLEARANCE" }]);
    let price = Some("老年人协议价6.5元");
    let directory = tale.directory();
    for (n, expected) in [
        (1, said("REGISTERED", price, &["ALL"], None, json!([]))),
        (2, said("REGISTERED", None, &["WOMEN"], None, children)),
        (3, said("REGISTERED", None, &[], Some("AWAITS_CLEARANCE"), all)),
        (4, said("SUSPENDED", Some("老年人协议价8元"), &["ALL"], Some("FAILED_INSPECTION"), json!([]))),
    ] {
        let answer = asked_by(&directory, &query(n), caller(Role::Steward, None)).await;
        assert_eq!(answer["data"]["registration"], expected, "{n}");
    }

    let on = "2026-03-02".parse().unwrap();
    let cleared = WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on });
    tale.tell(Told::of(format!("womens_federation-{of_all}"), &cleared));
    let after = asked(&tale.directory(), &query(3)).await;
    assert_eq!(after["data"]["registration"], said("REGISTERED", None, &["CHILDREN"], None, json!([])));
}

#[tokio::test]
async fn a_registration_is_led_to_the_group_that_keeps_its_id_in_sight_and_to_nothing_out_of_sight() {
    let mut tale = Tale::of([registered(1), registered(2), registered(3), published(resource(3))]);
    // The first one is suspended: the group goes on under its id, with the second alone as its source.
    let mut group = resource(1);
    group.sources = resource(2).sources;
    tale.tell(published(group));
    let gone = ResourceId::of(registration(3));
    let reason = NotShown::Suspended;
    tale.tell(Told::resource(&ResourceEvent::ResourceWithdrawn(ResourceWithdrawn { id: gone, reason })));
    let directory = tale.directory();
    let query = "{ registrations { nodes { resource { id } } } }";
    let answer = asked_by(&directory, query, caller(Role::Steward, None)).await;
    let nodes = answer["data"]["registrations"]["nodes"].clone();
    let group = json!({ "resource": { "id": ResourceId::of(registration(1)).to_string() } });
    assert_eq!(nodes, json!([group, group, { "resource": null }]));
}

#[tokio::test]
async fn that_two_were_merged_is_open_to_all_while_both_are_shown_and_its_grounds_are_not() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    tale.tell(merged(1, 2));
    let directory = tale.directory();
    let query = format!(
        "subscription {{ mergeActivity(after: \"{}\") {{ status mergeId registrations {{ name office }} merge {{ probability }} }} }}",
        schema::Position::default().token(testing::LOG)
    );
    let activity = async |who| {
        let mut items = directory.execute_stream(Request::new(&query), who);
        crate::http::to_json(&items.next().await.unwrap())["data"]["mergeActivity"].clone()
    };
    let open = activity(None).await;
    assert_eq!((&open["status"], &open["registrations"][1]["office"]), (&json!("IN_FORCE"), &json!("COMMERCE")));
    assert_eq!(open["merge"], Value::Null);
    let first = activity(caller(Role::Planner, None)).await;
    assert_eq!((&first["status"], &first["merge"]["probability"]), (&json!("PROPOSED"), &json!(0.97)));
}

#[tokio::test]
async fn an_organization_is_found_by_the_id_that_its_resources_name_whatever_happens_to_one_of_them() {
    let mut tale = county();
    let mut coded = resource(7);
    coded.provider.credit_code = Some("91130306778470657R".to_owned());
    tale.tell(published(coded.clone()));
    let directory = tale.directory();
    let ids = asked(&directory, "{ resources(first: 50) { nodes { id provider { id name creditCode } } } }").await;
    let nodes = ids["data"]["resources"]["nodes"].as_array().unwrap().clone();
    let of = |code: bool| {
        let is_it = |node: &&Value| node["provider"]["creditCode"].is_string() == code;
        nodes.iter().find(is_it).unwrap()["provider"].clone()
    };
    for provider in [of(true), of(false)] {
        let id = provider["id"].as_str().unwrap();
        let query = format!(
            "{{ node(id: \"{id}\") {{ ... on Organization {{ id name creditCode }} }}
                _entities(representations: [{{ __typename: \"Organization\", id: \"{id}\" }}]) {{ ... on Organization {{ id name creditCode }} }} }}"
        );
        for _ in 0..2 {
            let answer = asked(&directory, &query).await;
            assert_eq!(answer["data"], json!({ "node": provider, "_entities": [provider] }), "{answer}");
        }
    }
    // Its name changes, and it is who it was.
    let id = of(true)["id"].clone();
    coded.provider.name = "改名后的食堂".to_owned();
    tale.tell(Told::resource(&ResourceEvent::ResourceRevised(ResourceShown { resource: coded })));
    directory.read_model().publish(tale.snapshot.clone());
    let answer = asked(&directory, &format!("{{ node(id: {id}) {{ ... on Organization {{ name }} }} }}")).await;
    assert_eq!(answer["data"]["node"]["name"], "改名后的食堂", "{answer}");
}

#[tokio::test]
async fn whatever_has_an_id_is_found_by_it_alone_by_those_who_know_of_it() {
    let mut tale = county();
    tale.tell(proposed(1, 3));
    let directory = tale.directory();
    let (shown, asked_about) = (ResourceId::of(registration(1)).to_string(), merge_id(1, 3).to_string());
    let registered = registration(3).to_string();
    let nobody = "13030600-0000-8000-8000-00000000ffff";
    let ids = json!([shown, registered, asked_about, nobody, "nonsense"]).to_string();
    // What failed in one of several stands beside what did not, of the type that it is.
    let query = format!(
        "{{ nodes(ids: {ids}) {{ __typename id ...Named ... on Merge {{ status }} }} one: node(id: \"{shown}\") {{ ... on Node {{ id }} }}
            none: node(id: \"{nobody}\") {{ id }} }}
         fragment Named on Resource {{ name isOpen }} "
    );
    for (who, expected) in [
        (None, json!([{ "__typename": "Resource" }, { "__typename": "Registration" }, null, null, null])),
        (
            caller(Role::Steward, None),
            json!([{ "__typename": "Resource" }, { "__typename": "Registration" }, { "__typename": "Merge" }, null, null]),
        ),
    ] {
        let answer = asked_by(&directory, &query, who).await;
        assert_eq!(answer["errors"], Value::Null);
        let nodes = answer["data"]["nodes"].as_array().unwrap();
        let types: Vec<Value> = nodes
            .iter()
            .map(|node| if node.is_null() { Value::Null } else { json!({ "__typename": node["__typename"] }) })
            .collect();
        assert_eq!(json!(types), expected);
        assert_eq!((&nodes[0]["id"], &nodes[0]["name"]), (&json!(shown), &json!("大李官营1号食堂")), "{answer}");
        assert_eq!(nodes[1], json!({ "__typename": "Registration", "id": registered }), "and no more than was asked");
        assert_eq!((&answer["data"]["one"], &answer["data"]["none"]), (&json!({ "id": shown }), &Value::Null));
    }
    let some = json!([nobody, shown, ResourceId::of(registration(2)), shown, "nonsense"]).to_string();
    let listed = asked(
        &directory,
        &format!(
            "{{ resources(ids: {some}) {{ totalCount nodes {{ id }} }} none: resources(ids: []) {{ totalCount }} }}"
        ),
    )
    .await;
    let second = ResourceId::of(registration(2)).to_string();
    assert_eq!(listed["data"]["resources"], json!({ "totalCount": 2, "nodes": [{ "id": shown }, { "id": second }] }));
    assert_eq!(listed["data"]["none"]["totalCount"], 0, "none of none, and not everything");
    let many = json!(vec![shown; 1001]).to_string();
    assert_eq!(
        super::code_of(&directory, &format!("{{ resources(ids: {many}) {{ totalCount }} }}")).await,
        "FIRST_OUT_OF_RANGE"
    );
    assert_eq!(super::code_of(&directory, &format!("{{ nodes(ids: {many}) {{ id }} }}")).await, "FIRST_OUT_OF_RANGE");
    let elsewhere = testing::holding(&tale, &["130322"]);
    for query in ["node(id: ID) { id }", "nodes(ids: [ID]) { id }", "resources(ids: [ID]) { totalCount }"] {
        let query = format!("{{ {} }}", query.replace("ID", &format!("\"{}\"", ResourceId::of(registration(1)))));
        assert_eq!(super::code_of(&elsewhere, &query).await, "OUT_OF_SCOPE", "{query}");
    }
}
