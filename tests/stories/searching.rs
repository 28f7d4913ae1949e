//! A clerk's words, a caller's words and a typing error all lead to the same village, through the running system.

use serde_json::{Value, json};
use stories::world::World;

const SEARCH: &str =
    "query ($text: String!, $kinds: [SearchKind!]) { search(text: $text, near: \"130306\", kinds: $kinds, first: 5) {
    hits { kind how matched name area { code } category { code } resource { name phone } organization { name } } } }";

async fn first(world: &World, text: &str) -> Value {
    let answer = world.public().ask(SEARCH, json!({ "text": text })).await;
    answer["search"]["hits"][0].clone()
}

#[tokio::test]
async fn whatever_a_caller_says_the_village_is_found_and_what_a_county_calls_it_too() {
    let mut world = World::up_with_demo().await;
    world.settled().await;
    for (text, how) in [
        ("抚宁镇大李官营村", "EXACT"),
        ("抚宁县大李官营", "EXACT"),
        ("daliguanying", "PINYIN"),
        ("dlgy", "INITIALS"),
        ("大里关营", "HOMOPHONE"),
    ] {
        let hit = first(&world, text).await;
        assert_eq!((&hit["area"]["code"], &hit["how"]), (&json!("130306100209"), &json!(how)), "{text}: {hit}");
    }
    assert_eq!(first(&world, "洗澡").await["category"]["code"], "助浴");
    // A service of the directory is found by its name, by its number, and by who provides it.
    let shown = "{ resources(area: \"130306\", first: 40) { nodes { name phone provider { name } } } }";
    let shown = world.public().ask(shown, Value::Null).await;
    let shown = shown["resources"]["nodes"].as_array().unwrap();
    let service = shown.iter().find(|service| service["phone"].is_string()).unwrap();
    for (kind, what) in [
        ("SERVICE", &service["name"]),
        ("TELEPHONE", &service["phone"]),
        ("ORGANIZATION", &service["provider"]["name"]),
    ] {
        let answer = world.public().ask(SEARCH, json!({ "text": what, "kinds": [kind] })).await;
        let hit = &answer["search"]["hits"][0];
        assert_eq!((&hit["how"], &hit["matched"]), (&json!("EXACT"), what), "{kind}: {answer}");
    }
    // Nobody calls it so yet; then the county says that people do, and a start that goes on from its image knows it.
    assert_ne!(first(&world, "官营大庄").await["area"]["code"], "130306100209");
    let names = world.file("俗称.csv");
    std::fs::write(&names, "代码,俗称\n130306100209,官营大庄\n").unwrap();
    world.must_import("areas", &names).await;
    world.settled().await;
    let called = json!(["130306100209", "EXACT", "ALSO_CALLED"]);
    let hit = first(&world, "guanyingdazhuang").await;
    assert_eq!((&hit["area"]["code"], &hit["how"]), (&json!("130306100209"), &json!("PINYIN")), "{hit}");
    let is_called = |hit: Value| json!([hit["area"]["code"], hit["how"], hit["name"]]);
    assert_eq!(is_called(first(&world, "官营大庄").await), called);
    assert!(world.interrupt("up", stories::wait::SOON).await.success());
    world.start_up().await;
    world.settled().await;
    assert_eq!(is_called(first(&world, "官营大庄").await), called);
    // What is too long is refused, and says so in both languages.
    let refused = world.public().graphql(SEARCH, json!({ "text": "大".repeat(101) })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "TEXT_TOO_LONG");
}
