//! Where services are lacking, and for how many: counts and lists handed in, questions that found nothing.

use serde_json::{Value, json};
use stories::wait;
use stories::world::World;

const COUNTS: &str = "抚宁区老年人口统计表,,,,\n乡镇,村（社区）,60岁及以上,80岁以上高龄,独居\n\
    抚宁镇,大李官营村,212,31,18\n抚宁镇,小李官营村,88,9,3\n合计,,300,40,21\n";
const COVERAGE: &str = "query { coverage(area: \"130306100\") {
    population { group persons { shown } notCounted countedFrom }
    basicServices { code list { name } communities { none } }
    unanswered { category count { shown } } } }";

#[tokio::test]
async fn a_planner_learns_how_many_are_without_what_is_owed_and_what_was_looked_for_in_vain() {
    let mut world = World::up().await;
    world.load_areas().await;
    let counts = world.file("老年人口.csv");
    std::fs::write(&counts, COUNTS).unwrap();
    let without = world.import("population", &counts, &[]).await;
    let said = String::from_utf8_lossy(&without.stdout).into_owned();
    assert!(said.contains("没有写统计时点"), "rows that name no day are refused: {said}");
    for (flags, said) in [(&["--on", "2025-12-31", "--check"][..], "预检"), (&["--on", "2025-12-31"], "新记入2")] {
        let output = world.import("population", &counts, flags).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains(said), "{flags:?}: {text}");
    }
    let list = stories::process::workspace().join("schema/policy/000000-basic-services-2023.json");
    world.must_import("policy", &list).await;
    // Nobody offers anything yet.
    let question = "query ($person: PersonInput) { availableServices(community: \"130306100209\", category: \"助浴\", person: $person) { totalCount } }";
    for age in [78, 81] {
        let answer = world.public().ask(question, json!({ "person": { "age": age } })).await;
        assert_eq!(answer["availableServices"]["totalCount"], 0);
    }
    // Whoever stops the process has it told what it counted.
    assert!(world.interrupt("up", wait::SOON).await.success());
    world.start_up().await;
    let planner = world.public().with_token(world.token("planner", None).await);
    let mut answer = planner.ask(COVERAGE, Value::Null).await;
    let coverage = answer["coverage"].take();
    assert_eq!(
        coverage["population"],
        json!([
            { "group": "SIXTY_AND_OVER", "persons": { "shown": "300" }, "notCounted": coverage["population"][0]["notCounted"], "countedFrom": "2025-12-31" },
            { "group": "EIGHTY_AND_OVER", "persons": { "shown": "40" }, "notCounted": coverage["population"][0]["notCounted"], "countedFrom": "2025-12-31" },
            { "group": "LIVING_ALONE", "persons": { "shown": "19-22" }, "notCounted": coverage["population"][0]["notCounted"], "countedFrom": "2025-12-31" },
        ])
    );
    let (not_counted, all) =
        (&coverage["population"][0]["notCounted"], &coverage["basicServices"][2]["communities"]["none"]);
    assert_eq!(not_counted.as_u64().unwrap() + 2, all.as_u64().unwrap(), "{coverage}");
    assert_eq!(coverage["basicServices"].as_array().unwrap().len(), 16);
    assert_eq!(coverage["unanswered"], json!([{ "category": "助浴", "count": { "shown": "<5" } }]));
    let mut kept = String::new();
    let each = |event: chassis::log::Recorded| kept.push_str(&String::from_utf8_lossy(&event.data));
    world.log().await.catch_up(&["questions-".to_owned()], None, each).await.unwrap();
    assert!(kept.contains("\"count\":2") && !kept.contains("78") && !kept.contains("age"), "{kept}");
}
