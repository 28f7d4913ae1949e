//! Who came, what they asked for and whose data they read can be looked up for half a year, and nothing that they asked with.

use schema::Office;
use serde_json::{Value, json};
use stories::wait;
use stories::world::World;

fn records(world: &World) -> (Vec<Value>, String) {
    let folder = std::path::Path::new(&world.data()).join("records");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), text)
}

#[tokio::test]
async fn sign_ins_requests_changed_accounts_and_readings_of_sealed_names_are_written_down_and_no_query_is() {
    let world = World::up().await;
    world.load_areas().await;
    let password = world.add_account("zhang", "steward", None).await;
    let public = world.public();
    for said in ["geheimes-wort", &password] {
        let body = json!({ "account": "zhang", "password": said });
        public.command("POST", "/session", "k", &body).await;
    }
    public.command("POST", "/session", "k", &json!({ "account": "geheimes-wort", "password": "x" })).await;

    let clerk = world.clerk(Office::WomensFederation).await;
    let form = stories::registrations::form(&world, Office::WomensFederation).await;
    let path = "/api/womens-federation/registrations";
    let made = clerk.post(path, "k-1", &stories::registrations::named(&form, "巧手坊")).await.success().body;
    let id = made["id"].as_str().unwrap();
    assert!(clerk.get(&format!("{path}/{id}?reason=geheimer-grund")).await.success().body["registration"].is_object());
    let asked = json!({ "text": "geheime-frage" });
    clerk.graphql("query ($text: String!) { __type(name: $text) { name } }", asked).await;

    let of = |records: &[Value], kind: &str| -> Vec<Value> {
        let target = json!(format!("huiju_record::{kind}"));
        records.iter().filter(|record| record["target"] == target).cloned().collect()
    };
    let asked = |record: &&Value| record["path"] == "/graphql" && record["account"] == "script:clerk-womens-federation";
    wait::until("the last request's record", wait::SOON, async || {
        let written = of(&records(&world).0, "access").iter().any(|record| asked(&record));
        if written { Ok(()) } else { Err("it is not there") }
    })
    .await;
    let (all, text) = records(&world);
    let outcomes: Vec<(Value, Value)> =
        of(&all, "sign_in").iter().map(|one| (one["account"].clone(), one["outcome"].clone())).collect();
    assert_eq!(
        outcomes,
        [(json!("zhang"), json!("wrong")), (json!("zhang"), json!("signed in")), (Value::Null, json!("wrong"))]
    );
    let changed = of(&all, "account");
    assert!(changed.iter().any(|one| one["account"] == "zhang" && one["by"] == "shell" && one["what"] == "made"));
    let readings = of(&all, "reading");
    let read = readings.iter().find(|one| one["of"] == json!(id)).unwrap_or_else(|| panic!("{readings:?}"));
    assert_eq!(read["account"], "script:clerk-womens-federation");
    assert!(read["shown"].as_str().unwrap().contains("contact_name"), "{read}");
    let access = of(&all, "access");
    let seen = access.iter().find(|one| one["path"] == json!(format!("{path}/{id}"))).unwrap();
    assert_eq!((&seen["method"], &seen["status"], &seen["place"]), (&json!("GET"), &json!(200), &json!("127.0.0.1")));
    assert!(seen["timestamp"].is_string() && seen["trace"].is_string() && seen["ms"].is_number(), "{seen}");
    assert!(!access.iter().any(|one| one["path"] == "/readyz"), "probes tell nothing");
    for secret in ["geheim", &password, "巧手坊"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
