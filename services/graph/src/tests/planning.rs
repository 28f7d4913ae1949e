//! What is owed to elders here, and what was looked for in vain.

use crate::Graph;
use crate::testing::{LOG, Tale, Told, VILLAGE, asked, asked_by, code, published, publishing, resource, start};
use crate::unanswered::ByRobot;
use chassis::auth::{Caller, Role};
use chassis::sealed::KeyStore;
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::basic_services::{BasicService, BasicServiceKind, BasicServiceList, BasicServiceListAdopted, OwedTo};
use schema::policy::PolicyEvent;
use schema::population::{CommunityCount, CountedGroup, PopulationCounted, PopulationEvent};
use schema::questions::{QuestionsEvent, QuestionsUnanswered, Unanswered};
use schema::resource::Resource;
use schema::{AreaCode, Category, Condition, Office, Scheme};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A village in which a canteen stands, and one of the same town that only the town's bath serves.
const OTHER: &str = "130306100210";

fn county() -> Vec<Told> {
    let area = |code: AreaCode| Area {
        code,
        name: format!("第{code}"),
        level: code.level(),
        parent: code.with_ancestors().nth(1),
    };
    let mut codes: Vec<AreaCode> = [VILLAGE, OTHER].iter().flat_map(|village| code(village).with_ancestors()).collect();
    codes.sort_unstable();
    codes.dedup();
    let areas = codes.into_iter().map(area).collect();
    let listed = AreasListed { scheme: Scheme::default(), areas, part: None };
    let bath = Resource { coverage: vec![code("130306100")], category: Category("助浴".into()), ..resource(2) };
    let count = |area: &str, alone: u32| CommunityCount {
        area: code(area),
        counts: BTreeMap::from([(CountedGroup::SixtyAndOver, 80), (CountedGroup::LivingAlone, alone)]),
    };
    let people = PopulationCounted {
        on: "2025-12-31".parse().unwrap(),
        source: "年报".into(),
        communities: vec![count(VILLAGE, 12), count(OTHER, 3)],
    };
    vec![
        Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(listed)),
        published(resource(1)),
        published(bath),
        Told::of("population-130306", &PopulationEvent::PopulationCounted(people)),
    ]
}

fn item(code: &str, conditions: &[Condition], categories: &[&str]) -> BasicService {
    BasicService {
        code: code.to_owned(),
        name: format!("{code}服务"),
        kind: BasicServiceKind::Care,
        content: None,
        owed_to: OwedTo {
            words: "老年人".to_owned(),
            minimum_age: None,
            conditions: conditions.to_vec(),
            says_all: true,
        },
        categories: categories.iter().map(|category| (*category).to_owned()).collect(),
        unconfirmed: None,
    }
}

fn adopted(scope: &str, name: &str, items: Vec<BasicService>) -> Told {
    let list = BasicServiceList {
        name: name.to_owned(),
        issued_by: "民政局".to_owned(),
        document: "1号".to_owned(),
        issued_on: None,
        in_force_from: "2024-01-01".parse().unwrap(),
        items,
        unconfirmed: None,
    };
    let event = PolicyEvent::BasicServiceListAdopted(BasicServiceListAdopted { list, adopted_by: "wang".to_owned() });
    Told::of(format!("policy-{scope}"), &event)
}

const OWED: &str =
    "basicServices { code list { name scope } fulfilledBy owedTo { counted } communities { own town wider none }
    people { group none { persons { shown } notCounted } own { persons { shown } } } }";

#[tokio::test]
async fn each_item_that_is_owed_says_what_fulfils_it_where_it_reaches_and_how_many_are_without() {
    let mut tale = Tale::of(county());
    tale.tell(adopted("000000", "国家", vec![item("meals", &[], &["助餐"]), item("pension", &[], &[])]));
    tale.tell(adopted(
        "130306",
        "抚宁",
        vec![
            item("meals", &[Condition::LivesAlone], &["助餐", "送餐"]),
            item("wash", &[Condition::Veteran], &["助洁", "助浴"]),
        ],
    ));
    let query = format!("{{ coverage(area: \"130306\") {{ {OWED} }} }}");
    let answer = asked(&tale.directory(), &query).await;
    assert_eq!(
        answer["data"]["coverage"]["basicServices"],
        json!([
            { "code": "meals", "list": { "name": "抚宁", "scope": "130306" }, "fulfilledBy": ["助餐", "送餐"],
              "owedTo": { "counted": "LIVING_ALONE" }, "communities": { "own": 1, "town": 0, "wider": 0, "none": 1 },
              "people": { "group": "LIVING_ALONE", "none": { "persons": { "shown": "<5" }, "notCounted": 0 }, "own": { "persons": { "shown": "12" } } } },
            { "code": "pension", "list": { "name": "国家", "scope": "000000" }, "fulfilledBy": [],
              "owedTo": { "counted": "SIXTY_AND_OVER" }, "communities": null, "people": null },
            { "code": "wash", "list": { "name": "抚宁", "scope": "130306" }, "fulfilledBy": ["助洁", "助浴"],
              "owedTo": { "counted": null }, "communities": { "own": 1, "town": 1, "wider": 0, "none": 0 }, "people": null },
        ]),
        "{answer}"
    );
    let city = asked(&tale.directory(), &query.replace("130306", "130300")).await;
    assert_eq!(city["data"]["coverage"]["basicServices"][0]["list"]["name"], "国家", "{city}");
    let before = tale.positions()[3].token(LOG);
    let then = query.replace("\"130306\")", &format!("\"130306\", asOfPosition: \"{before}\")"));
    assert_eq!(asked(&tale.directory(), &then).await["data"]["coverage"]["basicServices"], json!([]));
    let newer = Told::newer("policy-130000".to_owned(), &schema::Shape::of("BasicServiceListAdopted", 9), &json!({}));
    drop(tale.tell_at(newer, start()));
    assert_eq!(asked(&tale.directory(), &query).await["data"]["coverage"]["basicServices"], Value::Null);
}

fn planner(area: Option<&str>) -> Option<Caller> {
    let area = area.map(code);
    Some(Caller { subject: "zhao".to_owned(), role: Role::Planner, office: None, area })
}

#[tokio::test]
async fn only_planners_see_what_was_looked_for_in_vain_and_within_their_area() {
    let mut tale = Tale::of(county());
    let told = |area: &str, category: Option<&str>, count| Unanswered {
        on: "2026-03-01".parse().unwrap(),
        area: code(area),
        category: category.map(str::to_owned),
        count,
    };
    for questions in [
        vec![told(VILLAGE, Some("助浴"), 4), told(OTHER, Some("助浴"), 1), told(OTHER, None, 2)],
        vec![told(VILLAGE, Some("助浴"), 7)],
    ] {
        let event = QuestionsEvent::QuestionsUnanswered(QuestionsUnanswered { questions });
        tale.tell(Told::of("questions-130306", &event));
    }
    let query = "{ coverage(area: \"130306\") { unanswered { category count { atLeast atMost shown } } } }";
    let directory = tale.directory();
    let answer = asked_by(&directory, query, planner(Some("130306"))).await;
    assert_eq!(
        answer["data"]["coverage"]["unanswered"],
        json!([
            { "category": null, "count": { "atLeast": 1, "atMost": 4, "shown": "<5" } },
            { "category": "助浴", "count": { "atLeast": 11, "atMost": 18, "shown": "11-18" } },
        ]),
        "{answer}"
    );
    for (caller, refused) in [
        (None, "UNAUTHENTICATED"),
        (crate::testing::caller(Role::Partner, None), "FORBIDDEN"),
        (crate::testing::caller(Role::Clerk, Some(Office::Clinic)), "FORBIDDEN"),
        (planner(Some("130322")), "OUTSIDE_AREA"),
        (planner(Some("130306100")), "OUTSIDE_AREA"),
    ] {
        let answer = asked_by(&directory, query, caller).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], refused, "{answer}");
        assert_eq!(answer["data"]["coverage"]["unanswered"], Value::Null);
    }
    let before = query.replace("\"130306\")", "\"130306\", at: \"2026-02-01T00:00:00Z\")");
    assert_eq!(asked_by(&directory, &before, planner(None)).await["data"]["coverage"]["unanswered"], json!([]));
}

#[tokio::test]
async fn a_question_that_found_nothing_is_counted_and_no_other() {
    let read_model = publishing(&Tale::of(county()));
    let directory = Graph::new(read_model.clone(), Arc::new(KeyStore::absent()));
    let counted = async |arguments: &str, caller: Option<Caller>, is_by_robot: bool| {
        let query = format!("{{ availableServices({arguments}) {{ totalCount }} }}");
        let mut request = async_graphql::Request::new(query);
        if is_by_robot {
            request = request.data(ByRobot);
        }
        let response = directory.execute(request, caller).await;
        assert!(response.is_ok(), "{arguments}: {response:?}");
        read_model
            .unanswered
            .take()
            .into_iter()
            .map(|one| (one.area.to_string(), one.category, one.count))
            .collect::<Vec<_>>()
    };
    let here = format!("community: \"{OTHER}\"");
    let bathless = vec![(OTHER.to_owned(), Some("助餐".to_owned()), 1)];
    for (more, is_counted) in [
        (", category: \"助餐\"", true),
        (", category: \"助餐\", person: { age: 78, conditions: [LIVES_ALONE] }", true),
        ("", false),
        (", category: \"助浴\"", false),
        (", category: \"助餐\", isOpen: true", false),
        (", category: \"随便什么字\"", false),
        (", category: \"助餐\", asOf: \"2026-03-02T00:02:00Z\"", false),
    ] {
        let found = counted(&format!("{here}{more}"), None, false).await;
        assert_eq!(found, if is_counted { bathless.clone() } else { Vec::new() }, "{more}");
    }
    let question = format!("{here}, category: \"助餐\"");
    assert!(counted(&question, None, true).await.is_empty(), "a robot's");
    assert!(counted(&question, planner(None), false).await.is_empty(), "a planner looks for gaps");
    assert_eq!(counted(&question, crate::testing::caller(Role::Operator, None), false).await, bathless);
    // What says no is listed and is nothing that may be used.
    let child = format!("community: \"{VILLAGE}\", category: \"助餐\", person: {{ age: 30 }}, includeNo: true");
    assert_eq!(counted(&child, None, false).await, [(VILLAGE.to_owned(), Some("助餐".to_owned()), 1)]);
}
