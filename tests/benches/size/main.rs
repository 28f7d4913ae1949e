//! A directory at size: many services published, asked the main question by age alone, as the peers of this field can be
//! asked it too. The answers are first held against a reader of the same rows that shares no code with the directory.
//!
//! ```text
//! cargo bench -p stories --bench size -- --services 10000
//! cargo bench -p stories --bench size -- --data DIR
//! ```
//!
//! `DIR` holds `areas.csv` (code, parent, level 1 to 5, name), `organisations.csv` (id, name), `services.csv` and
//! `queries.csv` (community, age), as a generator wrote them for this and for other products. Without it, services are
//! made up over the divisions of the demonstration. The same rows always become the same events. With `--folder DIR` the log is
//! kept there, and the next run with it publishes nothing again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

mod rows;

use chassis::log::{Expected, Log, Metadata, NewEvent};
use futures::StreamExt;
use rows::{Rows, Service};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::{Office, RegistrationId, ResourceId, Scheme, Scope, Stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use stories::api::{self, Api};
use stories::process::{self, Process};
use stories::wait;

/// How long each rate is measured.
const WINDOW: Duration = Duration::from_secs(8);
/// Appends on their way at a time.
const IN_FLIGHT: usize = 256;
/// How many answers are compared before anything is timed.
const COMPARED: usize = 40;
/// When it is asked, so that whoever repeats it meets the same opening hours.
const AT: &str = "2026-11-24T10:00:00+08:00";
/// Long enough to publish and fold a million services.
const LONG: Duration = Duration::from_secs(1_800);

const QUESTION: &str = "query ($community: AreaCode!, $age: Int, $at: DateTime) {
    availableServices(community: $community, audience: ELDERS, person: { age: $age }, at: $at, first: 20) {
        totalCount
        nodes { id name category minimumAge maximumAge phone address capacity hours fees area { code } provider { name } } } }";

#[tokio::main]
async fn main() {
    let rows = match arguments() {
        Wanted::Made(services) => Rows::made(services),
        Wanted::Read(folder) => Rows::read(&folder),
    };
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use `cargo bench`");
    }
    println!("{} divisions, {} services, {} of them active", rows.areas.len(), rows.all, rows.services.len());
    let made = tempfile::tempdir().expect("a folder can be made");
    let folder: PathBuf = after("--folder").map_or_else(|| made.path().to_owned(), PathBuf::from);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let at = |name: &str| folder.join(name).display().to_string();
    let command = process::command(&["serve", "log", "--data", &at("log"), "--listen", "127.0.0.1:0"]);
    let mut server = Process::start("log", command, &folder);
    let url = server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;
    let log = Log::connect(&url).await.expect("the log answers");
    let published = folder.join("published");
    if !published.exists() {
        let start = Instant::now();
        list_areas(&log, &rows).await;
        publish(&log, &rows).await;
        std::fs::write(&published, "").expect("a file can be written");
        line("published through the client", &seconds(start.elapsed()));
    }
    let start = Instant::now();
    let count = log.catch_up(&[], None, |_| {}).await.map(|_| ()).err();
    assert!(count.is_none(), "{count:?}");
    line("the client reads all of the log", &seconds(start.elapsed()));

    drop(std::fs::remove_dir_all(folder.join("directory")));
    for begins in ["from nothing to ready", "started again, to ready"] {
        let start = Instant::now();
        let command = process::command(&["serve", "directory", "--log", &url, "--data", &at("directory")]);
        let mut directory = Process::start("directory", command, &folder);
        let says = |line: &str| line.strip_prefix("listening ").map(str::to_owned);
        let address = directory.says("its address", wait::SOON, says).await;
        let api = client(&address);
        wait::until("the directory to be ready", LONG, async || {
            let answer = api.get("/readyz").await;
            if answer.status == 200 { Ok(()) } else { Err(answer.text) }
        })
        .await;
        line(begins, &seconds(start.elapsed()));
        compare(&api, &rows).await;
        line("answers that agree with the rows", &COMPARED.to_string());
        for connections in [1, 32] {
            ask_for(&address, &rows, connections, directory.id()).await;
        }
        line(
            "memory at most, and now",
            &format!("{} {}", of_process(directory.id(), "VmHWM"), of_process(directory.id(), "VmRSS")),
        );
        let start = Instant::now();
        directory.signal("TERM");
        directory.ends(LONG).await;
        line("ended", &seconds(start.elapsed()));
    }
    line(
        "memory of the log at most, and now",
        &format!("{} {}", of_process(server.id(), "VmHWM"), of_process(server.id(), "VmRSS")),
    );
    server.kill();
}

/// What stands behind a flag.
fn after(flag: &str) -> Option<String> {
    let given: Vec<String> = std::env::args().collect();
    given.iter().position(|word| word == flag).and_then(|at| given.get(at + 1)).cloned()
}

fn client(address: &str) -> Api {
    Api::new(vec![(String::new(), address.to_owned())])
}

enum Wanted {
    Made(usize),
    Read(PathBuf),
}

fn arguments() -> Wanted {
    match (after("--data"), after("--services")) {
        (Some(folder), _) => Wanted::Read(folder.into()),
        (None, Some(count)) => Wanted::Made(count.parse().expect("--services takes a number")),
        (None, None) => Wanted::Made(10_000),
    }
}

fn line(what: &str, figure: &str) {
    println!("  {what:<40}{figure}");
}

fn seconds(duration: Duration) -> String {
    format!("{:>10.2} s", duration.as_secs_f64())
}

/// The events of the divisions, one list for each county-level unit.
async fn list_areas(log: &Log, rows: &Rows) {
    let mut units: BTreeMap<Scope, Vec<Area>> = BTreeMap::new();
    for area in &rows.areas {
        units.entry(Scope::of_digits(area.code)).or_default().push(area.clone());
    }
    let scheme = Scheme::Statistical2023;
    let lists = units.into_iter().map(|(scope, areas)| {
        let listed = AreasEvent::AreasListed(AreasListed { scheme, areas, part: None });
        let data = serde_json::to_value(&listed).expect("a list can be written")["data"].take();
        (Stream::Areas(scope, scheme), "AreasListed", data)
    });
    append_all(log, lists.collect()).await;
}

async fn publish(log: &Log, rows: &Rows) {
    let published = rows.services.iter().map(|service| {
        let id = resource_id(service);
        (Stream::Resource(id), "ResourcePublished", json!({ "resource": resource(id, service) }))
    });
    append_all(log, published.collect()).await;
}

async fn append_all(log: &Log, events: Vec<(Stream, &'static str, Value)>) {
    let appends = futures::stream::iter(events).map(|(stream, event_type, data)| {
        let log = log.clone();
        tokio::spawn(async move {
            let stream = stream.to_string();
            let id = schema::ids::derive(&[&stream, "bench", "0"]);
            let metadata = json!({ "$correlationId": id, "actor": "service:center", "effective_at": AT, "recorded_at": AT,
                "key": stream, "body": "", "schema": format!("{event_type}/1") });
            let event = NewEvent { id, event_type: event_type.to_owned(), data, metadata: Metadata::Given(metadata) };
            log.append(&stream, Expected::NoStream, vec![event]).await.expect("the log takes it");
        })
    });
    let mut appended = appends.buffer_unordered(IN_FLIGHT);
    while let Some(done) = appended.next().await {
        done.expect("no append panics");
    }
}

fn registration_id(service: &Service) -> RegistrationId {
    RegistrationId::of_form(Scope::of_digits(service.area), Office::Commerce, &service.id)
}

fn resource_id(service: &Service) -> ResourceId {
    ResourceId::of(registration_id(service))
}

/// A service as the centre publishes it.
fn resource(id: ResourceId, service: &Service) -> Value {
    let registration = registration_id(service);
    let fields = ["name", "category", "phones", "address", "hours", "eligibility"];
    let provenance = fields.map(|field| json!({ "field": field, "winner": registration, "rule": "only_value" }));
    json!({
        "id": id, "kind": "service", "name": service.name, "category": service.category,
        "provider": { "name": service.provider, "credit_code": null },
        "phones": [service.phone], "address": service.address, "area": service.area, "coverage": [service.coverage],
        "eligibility": service.eligibility(), "hours": service.hours(), "fees": null, "vacancy": service.places,
        "home_visits": null, "licence": { "standing": "not_required" },
        "sources": [{ "registration": registration, "office": "commerce" }], "provenance": provenance,
    })
}

fn body(rows: &Rows, number: usize) -> Value {
    let (community, age) = rows.queries[number % rows.queries.len()];
    json!({ "query": QUESTION, "variables": { "community": community, "age": age, "at": AT } })
}

/// Holds answers against the rows themselves: the number of services, and the ids of the first twenty in order.
async fn compare(api: &Api, rows: &Rows) {
    for number in 0..COMPARED {
        let (community, age) = rows.queries[number % rows.queries.len()];
        let mut right: Vec<(&str, &str, String)> = rows
            .services
            .iter()
            .filter(|service| service.coverage.contains(community) && service.takes(age))
            .map(|service| (service.category.as_str(), service.name.as_str(), resource_id(service).to_string()))
            .collect();
        right.sort_unstable();
        let answer = api::answer(api.request(reqwest::Method::POST, "/graphql").json(&body(rows, number))).await;
        let found = &answer.body["data"]["availableServices"];
        assert_eq!(found["totalCount"], right.len(), "{community}, {age}: {}", answer.text);
        let nodes = found["nodes"].as_array().expect("nodes");
        let ids: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().expect("an id")).collect();
        let first: Vec<&str> = right.iter().take(20).map(|(_, _, id)| id.as_str()).collect();
        assert_eq!(ids, first, "{community}, {age}");
    }
}

/// Asks on so many connections for a while.
async fn ask_for(address: &str, rows: &Rows, connections: usize, process: u32) {
    let bodies: Vec<Value> = (0..2_000).map(|number| body(rows, number)).collect();
    let before = processor_seconds(process);
    let start = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|worker| {
            // A client of its own has a connection of its own.
            let (api, bodies) = (client(address), bodies.clone());
            tokio::spawn(async move {
                let mut durations = Vec::new();
                for body in bodies.iter().cycle().skip(worker * 61) {
                    if start.elapsed() > WINDOW {
                        break;
                    }
                    let asked = Instant::now();
                    let answer = api::answer(api.request(reqwest::Method::POST, "/graphql").json(body)).await;
                    assert!(answer.body["errors"].is_null() && answer.status == 200, "{}", answer.text);
                    durations.push(asked.elapsed());
                }
                durations
            })
        })
        .collect();
    let mut durations = Vec::new();
    for worker in workers {
        durations.extend(worker.await.expect("no worker panics"));
    }
    let count = f64::from(u32::try_from(durations.len()).expect("a count"));
    let processor = (processor_seconds(process) - before) * 1e3 / count;
    durations.sort_unstable();
    let percentile =
        |percent: usize| durations[(durations.len() * percent / 100).min(durations.len() - 1)].as_secs_f64() * 1e3;
    line(
        &format!("requests, {connections} connections"),
        &format!(
            "{:>10.0} /s   p50 {:.2} ms   p99 {:.2} ms   {processor:.2} ms of the directory's processor time each",
            count / start.elapsed().as_secs_f64(),
            percentile(50),
            percentile(99)
        ),
    );
}

/// The processor time of a process so far, in seconds: less disturbed by other load than a rate is.
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    // Linux counts in hundredths of a second for whoever reads this file.
    (ticks(11) + ticks(12)) / 100.0
}

fn of_process(process: u32, word: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let found = status.lines().find(|line| line.starts_with(word)).and_then(|line| line.split_once(':'));
    found.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
