//! One field for whatever somebody typed.

use super::{code_of, county};
use crate::testing::{Tale, Told, VILLAGE, asked, asked_by, caller, code, published, registration, resource};
use chassis::auth::Role;
use proptest::prelude::{ProptestConfig, proptest};
use schema::areas::{AreaCalled, AreasEvent};
use schema::ids::ResourceId;
use schema::resource::{NotShown, ResourceEvent, ResourceWithdrawn};
use schema::{Office, Scheme};
use serde_json::{Value, json};

/// The county, in which the village is also called 大李庄 and a bath stands.
fn with_names() -> Tale {
    let mut tale = county();
    let called = AreaCalled { scheme: Scheme::default(), code: code(VILLAGE), name: "大李庄".to_owned() };
    tale.tell(Told::of("areas-130306_statistical_2023", &AreasEvent::AreaAlsoCalled(called)));
    let mut bath = resource(4);
    bath.name = "幸福浴室".to_owned();
    bath.category.0 = "助浴".to_owned();
    bath.provider.name = "抚宁区康乐养老服务中心".to_owned();
    bath.phones = vec!["+8613933500000".parse().unwrap(), "+863356012345".parse().unwrap()];
    tale.tell(published(bath));
    tale
}

const HIT: &str = "kind how matched name area { code name } category { code } resource { name } organization { name }";

async fn hits(tale: &Tale, arguments: &str) -> Vec<Value> {
    let answer = asked(&tale.directory(), &format!("{{ search({arguments}) {{ hits {{ {HIT} }} }} }}")).await;
    answer["data"]["search"]["hits"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[tokio::test]
async fn whatever_is_typed_the_first_hit_is_what_is_meant() {
    let tale = with_names();
    for (text, kind, how, what) in [
        ("大李官营", "AREA", "EXACT", VILLAGE),
        ("抚宁镇大李官营村", "AREA", "EXACT", VILLAGE),
        ("抚宁县大李官营", "AREA", "EXACT", VILLAGE),
        ("daliguanying", "AREA", "PINYIN", VILLAGE),
        ("dlgy", "AREA", "INITIALS", VILLAGE),
        ("大里关营", "AREA", "HOMOPHONE", VILLAGE),
        ("大李宫营", "AREA", "NEAR_SPELLING", VILLAGE),
        ("大李庄", "AREA", "EXACT", VILLAGE),
        ("130306100209", "AREA", "EXACT", VILLAGE),
        ("抚宁县", "AREA", "EXACT", "130306000000"),
        ("吃饭", "NEED", "EXACT", "助餐"),
        ("洗澡", "NEED", "EXACT", "助浴"),
        ("洗枣", "NEED", "HOMOPHONE", "助浴"),
        ("哪里能看病", "NEED", "CONTAINED", "助医"),
        ("幸福浴室", "SERVICE", "EXACT", "幸福浴室"),
        ("xingfuyushi", "SERVICE", "PINYIN", "幸福浴室"),
        ("康乐养老", "ORGANIZATION", "CONTAINED", "抚宁区康乐养老服务中心"),
        ("0335-6012345", "TELEPHONE", "EXACT", "+863356012345"),
        ("6012345", "TELEPHONE", "CONTAINED", "+863356012345"),
        ("+86 139 3350 0000", "TELEPHONE", "EXACT", "+8613933500000"),
    ] {
        let hits = hits(&tale, &format!("text: \"{text}\"")).await;
        let first = &hits[0];
        let said = [&first["area"]["code"], &first["category"]["code"], &first["matched"]];
        assert_eq!((&first["kind"], &first["how"]), (&json!(kind), &json!(how)), "{text}: {hits:?}");
        assert!(said.contains(&&json!(what)), "{text}: {hits:?}");
    }
}

#[tokio::test]
async fn a_hit_says_by_which_name_and_leads_to_what_it_is() {
    let tale = with_names();
    let of = async |text: &str| hits(&tale, &format!("text: \"{text}\"")).await.remove(0);
    assert_eq!((&of("大李官营").await["name"], &of("大李庄").await["name"]), (&json!("OWN"), &json!("ALSO_CALLED")));
    assert_eq!(of("抚宁县").await["name"], json!("FORMER"));
    let number = of("6012345").await;
    assert_eq!((&number["resource"]["name"], &number["organization"]), (&json!("幸福浴室"), &Value::Null));
    let provider = of("抚宁区康乐养老服务中心").await;
    assert_eq!(provider["organization"]["name"], "抚宁区康乐养老服务中心");
    assert_eq!(provider["resource"]["name"], "幸福浴室");
    let village = asked(&tale.directory(), &format!("{{ area(code: \"{VILLAGE}\") {{ alsoCalled }} }}")).await;
    assert_eq!(village["data"]["area"]["alsoCalled"], json!(["大李庄"]));
}

#[tokio::test]
async fn kinds_place_and_number_narrow_what_is_found() {
    let tale = with_names();
    let all = hits(&tale, "text: \"食堂\"").await;
    assert!(all.len() > 2, "{all:?}");
    assert!(hits(&tale, "text: \"食堂\", kinds: [SERVICE]").await.iter().all(|hit| hit["kind"] == "SERVICE"));
    assert_eq!(hits(&tale, "text: \"食堂\", first: 1").await.len(), 1);
    assert_eq!(hits(&tale, "text: \"食堂\", first: 0").await.len(), 0);
    assert!(hits(&tale, "text: \"食堂\", kinds: [SERVICE], within: \"130306101\"").await.is_empty());
    assert_eq!(hits(&tale, "text: \"大李官营\", kinds: [AREA], within: \"130306101\"").await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_found_is_what_the_directory_shows_to_everyone() {
    let mut tale = with_names();
    let found = async |tale: &Tale, who| {
        let query = "{ search(text: \"幸福浴室\", kinds: [SERVICE, TELEPHONE, ORGANIZATION]) { hits { matched } } }";
        asked_by(&tale.directory(), query, who).await["data"]["search"]["hits"].clone()
    };
    let before = found(&tale, None).await;
    assert_eq!(before, json!([{ "matched": "幸福浴室" }]));
    for who in [caller(Role::Steward, None), caller(Role::Operator, None), caller(Role::Clerk, Some(Office::Clinic))] {
        assert_eq!(found(&tale, who).await, before);
    }
    let id = ResourceId::of(registration(4));
    let gone = ResourceWithdrawn { id, reason: NotShown::Withdrawn };
    tale.tell(Told::resource(&ResourceEvent::ResourceWithdrawn(gone)));
    assert_eq!(found(&tale, caller(Role::Steward, None)).await, json!([]));
    let number = hits(&tale, "text: \"6012345\"").await;
    assert_eq!(number, Vec::<Value>::new(), "nor by its number");
}

#[tokio::test]
async fn hostile_texts_find_nothing_or_are_refused() {
    let directory = with_names().directory();
    let ask = async |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        asked(&directory, &format!("{{ search(text: {text}) {{ hits {{ matched }} }} }}")).await
    };
    for text in ["", "   ", "。，！…", "\u{0}\u{7}\u{200b}", "🙂🙂"] {
        assert_eq!(ask(text).await["data"]["search"]["hits"], json!([]), "{text:?}");
    }
    for text in ["大".repeat(101), "d".repeat(10_000), " ".repeat(10_000)] {
        let query = format!("{{ search(text: \"{text}\") {{ hits {{ matched }} }} }}");
        assert_eq!(code_of(&directory, &query).await, "TEXT_TOO_LONG");
    }
    for (arguments, code) in [
        ("text: \"大\", first: 1001", "FIRST_OUT_OF_RANGE"),
        ("text: \"大\", within: \"999999\"", "UNKNOWN_AREA"),
        ("text: \"大\", near: \"999999\"", "UNKNOWN_AREA"),
    ] {
        assert_eq!(code_of(&directory, &format!("{{ search({arguments}) {{ hits {{ matched }} }} }}")).await, code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,120}") {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let typed = serde_json::to_string(&text).unwrap();
        let answer = runtime.block_on(async {
            asked(&with_names().directory(), &format!("{{ search(text: {typed}) {{ hits {{ kind matched }} }} }}")).await
        });
        let is_long = text.chars().count() > 100;
        let code = &answer["errors"][0]["extensions"]["code"];
        proptest::prop_assert!(answer["data"]["search"]["hits"].is_array() != is_long, "{answer}");
        proptest::prop_assert!(!is_long || code == "TEXT_TOO_LONG", "{answer}");
    }
}
