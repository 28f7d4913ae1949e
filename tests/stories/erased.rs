//! A person who is erased: nowhere afterwards, whatever is restored, and whenever a process is killed.

use schema::erasures::ErasureEvent;
use schema::streams::{Category, Stream};
use schema::{Office, PersonId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use stories::api::Api;
use stories::files;
use stories::process;
use stories::wait;
use stories::world::World;

/// A name that nothing and nobody else of the story has.
const NAME: &str = "欧阳秀英";

/// A mobile number of theirs that nothing and nobody else has.
const NUMBER: &str = "13812340987";

/// What is personal of them.
const PERSONAL: [&str; 2] = [NAME, NUMBER];

/// Name and number as any file might hold them.
fn spellings() -> Vec<Vec<u8>> {
    let spelt = |text: &str| {
        let gb18030 = encoding_rs::GB18030.encode(text).0.into_owned();
        let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [text.as_bytes().to_vec(), gb18030, utf16]
    };
    PERSONAL.into_iter().flat_map(spelt).collect()
}

/// The files under a folder that hold the name or the number in clear.
fn files_that_tell(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_that_tell(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let tells = |name: &Vec<u8>| bytes.windows(name.len()).any(|window| window == name.as_slice());
            if spellings().iter().any(tells) {
                found.push(path);
            }
        }
    }
    found
}

/// Two clinics in a file as an old spreadsheet program saves it; the first one's head has the name and the number.
fn two_clinics(change: impl Fn(&mut Vec<Vec<(String, String)>>)) -> Vec<u8> {
    let mut rows = files::rows(Office::Clinic);
    rows.truncate(2);
    files::set_cell(&mut rows[0], "负责人", NAME);
    for (row, number) in rows.iter_mut().zip([NUMBER, ""]) {
        row.push(("负责人手机".to_owned(), number.to_owned()));
    }
    change(&mut rows);
    let line = |cells: Vec<&str>| cells.iter().map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",") + "\r\n";
    let mut text = line(rows[0].iter().map(|(name, _)| name.as_str()).collect());
    for row in &rows {
        text.push_str(&line(row.iter().map(|(_, cell)| cell.as_str()).collect()));
    }
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

/// Hands the clinics in; gives the report.
async fn hand_in(world: &World, key: &str, bytes: Vec<u8>) -> Value {
    let clerk = world.clerk(Office::Clinic).await;
    let report = clerk.hand_in("/api/clinic/imports", key, "clinic.csv", bytes).await.success();
    assert_eq!(report.body["counts"]["refused"], 0, "{}", report.text);
    world.settled().await;
    report.body
}

/// The first clinic as its clerk sees it.
async fn seen(world: &World, report: &Value) -> Value {
    let id = report["rows"][0]["registration"].as_str().unwrap();
    world.clerk(Office::Clinic).await.get(&format!("/api/clinic/registrations/{id}")).await.success().body
}

fn person_of(seen: &Value) -> PersonId {
    seen["contactPerson"].as_str().unwrap().parse().unwrap()
}

/// `huiju person erase`.
async fn erase(world: &World, person: PersonId, flags: &[&str]) -> Output {
    let token = world.token("admin", None).await;
    let person = person.to_string();
    let mut arguments = vec!["person", "erase", &person, "--ground", "person-requested"];
    arguments.extend(["--server", world.address("persons"), "--token", &token]);
    arguments.extend(flags);
    process::run(&arguments).await
}

const COUNTS: &str = "{ counters { registrations resources } }";

/// Asks everything that answers, with every role, and looks into every file: name and number are nowhere.
async fn is_nowhere(world: &mut World, report: &Value) {
    let (id, hand_in) = (report["rows"][0]["registration"].as_str().unwrap(), report["id"].as_str().unwrap());
    let registrations = "{ registrations(first: 20) { nodes { id sourceFile status phones resource { id name phone phones address } } } }";
    let clerk = world.clerk(Office::Clinic).await;
    let askers: [Api; 4] = [clerk, world.steward().await, world.admin().await, world.public()];
    for api in &askers {
        let mut answers = Vec::new();
        for path in [
            "/".to_owned(),
            "/office".to_owned(),
            "/office/registrations".to_owned(),
            format!("/hand-ins/{hand_in}"),
            "/steward".to_owned(),
            "/steward/history".to_owned(),
            format!("/api/clinic/registrations/{id}"),
            "/api/clinic/imports".to_owned(),
            format!("/api/clinic/imports/{hand_in}"),
            format!("/api/clinic/imports/{hand_in}.csv"),
            "/api/persons/erasures".to_owned(),
            "/metrics".to_owned(),
            "/readyz".to_owned(),
        ] {
            answers.push(api.get(&path).await.text);
        }
        answers.push(api.graphql(registrations, json!({})).await.to_string());
        answers
            .push(api.graphql("{ handIns(first: 20) { nodes { file rows { row } } } }", json!({})).await.to_string());
        for answer in answers {
            assert!(!PERSONAL.iter().any(|personal| answer.contains(personal)), "{answer}");
        }
    }
    let said = world.process("up").lines().join("\n");
    assert!(!PERSONAL.iter().any(|personal| said.contains(personal)), "{said}");
    assert_eq!(files_that_tell(world.folder()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_erased_name_is_nowhere_not_even_after_an_older_key_store_was_put_back() {
    let mut world = World::up().await;
    world.load_areas().await;
    let bytes = two_clinics(|_| ());
    let report = hand_in(&world, "first", bytes.clone()).await;
    let before = seen(&world, &report).await;
    assert_eq!(before["registration"]["head"], NAME, "the clerk is told");
    assert_eq!(before["registration"]["contactPhones"], json!([format!("+86{NUMBER}")]));
    assert_eq!(files_that_tell(world.folder()), Vec::<PathBuf>::new(), "and no file was ever told");
    let counts = world.public().ask(COUNTS, json!({})).await;
    let (keys, older) = (world.file("data/keys.db"), world.file("older.db"));
    std::fs::copy(&keys, &older).unwrap();

    let erased = erase(&world, person_of(&before), &[]).await;
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    let after = seen(&world, &report).await;
    assert_eq!((&after["registration"]["head"], &after["registration"]["contactPhones"]), (&Value::Null, &json!([])));
    assert_eq!(after["registration"]["name"], before["registration"]["name"]);
    is_nowhere(&mut world, &report).await;
    assert_eq!(world.public().ask(COUNTS, json!({})).await, counts);

    // The same file again, and a new edition of it in which the clinic moved: nobody is brought back.
    hand_in(&world, "again", bytes).await;
    let moved = two_clinics(|rows| files::set_cell(&mut rows[0], "联系电话", "0335-6098877"));
    let second = hand_in(&world, "moved", moved).await;
    assert_eq!((&second["counts"]["revised"], &second["counts"]["unchanged"]), (&json!(1), &json!(1)));
    assert_eq!(seen(&world, &second).await["registration"]["head"], Value::Null);

    // An older copy of the key store is put back.
    world.interrupt("up", wait::SOON).await;
    std::fs::copy(&older, &keys).unwrap();
    std::fs::remove_file(&older).unwrap();
    world.start_up().await;
    world.settled().await;
    assert_eq!(seen(&world, &report).await["registration"]["head"], Value::Null);
    is_nowhere(&mut world, &report).await;
    assert_eq!(world.public().ask(COUNTS, json!({})).await, counts);
}

#[tokio::test]
async fn without_its_key_store_huiju_does_not_start_and_says_which_file_it_misses() {
    let mut world = World::up().await;
    world.load_areas().await;
    let report = hand_in(&world, "first", two_clinics(|_| ())).await;
    world.interrupt("up", wait::SOON).await;
    let (keys, away) = (world.file("data/keys.db"), world.file("away.db"));
    std::fs::rename(&keys, &away).unwrap();
    let data = world.file("data").display().to_string();
    let refused = process::run(&["up", "--data", &data, "--listen", "127.0.0.1:0"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("keys.db") && said.contains("--new-keys"), "{said}");
    assert!(!keys.exists(), "no new one was made");
    std::fs::rename(&away, &keys).unwrap();
    world.start_up().await;
    assert_eq!(seen(&world, &report).await["registration"]["head"], NAME);
}

/// Kills the process that erases as soon as the order stands in the log.
async fn killed_behind_the_order(world: &mut World, person: PersonId) {
    let stream = Stream::Erasures(person.scope()).to_string();
    let log = world.log().await;
    let (api, path) = (world.admin().await, format!("/api/persons/{person}/erasure"));
    let sending = tokio::spawn(async move {
        let body = json!({ "ground": "person_requested" });
        let request = api.request(reqwest::Method::POST, &path).header("idempotency-key", "killed").json(&body);
        // There may be nobody left to answer.
        let _ = request.send().await;
    });
    wait::until("the order", wait::SOON, async || {
        let events = log.read_stream(&stream).await.map_err(|error| error.to_string())?;
        let is_order = |event: &ErasureEvent| {
            matches!(event, ErasureEvent::PersonErasureOrdered(ordered) if ordered.person == person)
        };
        let decoded = events.iter().filter_map(|event| event.decode::<ErasureEvent>().ok());
        if decoded.into_iter().any(|event| is_order(&event)) { Ok(()) } else { Err("no order yet".to_owned()) }
    })
    .await;
    world.kill("persons");
    sending.await.unwrap();
}

#[tokio::test]
async fn an_erasure_whose_process_is_killed_is_completed_when_it_starts_again() {
    let mut world = World::apart().await;
    world.load_areas().await;
    let report = hand_in(&world, "first", two_clinics(|_| ())).await;
    let before = seen(&world, &report).await;
    assert_eq!(before["registration"]["head"], NAME);
    let person = person_of(&before);
    killed_behind_the_order(&mut world, person).await;
    world.start_again("persons").await;
    let admin = world.admin().await;
    wait::until("the erasure", Duration::from_secs(60), async || {
        let answer = admin.get(&format!("/api/persons/{person}/erasure")).await;
        if answer.body["standing"] == "erased" { Ok(()) } else { Err(answer.text) }
    })
    .await;
    // The clinic is a process of its own, over the same key store.
    assert_eq!(seen(&world, &report).await["registration"]["head"], Value::Null);
    let log = world.log().await;
    let mut said = Vec::new();
    log.catch_up(&[Category::Erasures.prefix()], None, |event| said.push(event.event_type)).await.unwrap();
    assert_eq!(said, ["KeyStoreAdopted", "PersonErasureOrdered", "PersonErased"]);
    assert_eq!(files_that_tell(world.folder()), Vec::<PathBuf>::new());
}
