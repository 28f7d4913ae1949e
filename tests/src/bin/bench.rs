//! `make bench`: the figures of ARCHITECTURE.md, measured on the machine it runs on, in a folder of its own.
//!
//! Everything runs as it would in a county: the release binary in processes of its own, the log on disk with every
//! append durable before it is acknowledged, and the load coming over loopback from this program, which shares the
//! machine's cores with what it measures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

use chassis::log::{Expected, Log, Metadata, NewEvent};
use futures::StreamExt;
use schema::Office;
use schema::ids::derive;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use stories::api::Api;
use stories::dice::Dice;
use stories::matching;
use stories::oracle::Oracle;
use stories::process::{self, Process};
use stories::wait;
use stories::world::World;
use stories::{files, question, registrations};

/// How long each rate is measured.
const WINDOW: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use `make bench`");
    }
    section("machine");
    line("processor", &format!("{}, {} cores", processor(), cores()));
    line("memory", &memory());

    log_alone().await;
    whole().await;
}

fn section(title: &str) {
    println!("\n{title}");
}

fn line(what: &str, figure: &str) {
    println!("  {what:<58}{figure}");
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The value of the first line of a `/proc` file that begins with a word.
fn of_machine(file: &str, word: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let found = text.lines().find(|line| line.starts_with(word)).and_then(|line| line.split_once(':'));
    found.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn processor() -> String {
    of_machine("/proc/cpuinfo", "model name")
}

fn memory() -> String {
    of_machine("/proc/meminfo", "MemTotal")
}

/// So many in so much time, by the second.
fn per_second(count: usize, elapsed: Duration) -> String {
    let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    format!("{:>10.0} /s", count / elapsed.as_secs_f64())
}

/// The duration that this part of all is at most.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

fn p50_p99(mut durations: Vec<Duration>) -> String {
    durations.sort_unstable();
    let show = |percent| format!("{:.2} ms", percentile(&durations, percent).as_secs_f64() * 1e3);
    format!("p50 {:>10}   p99 {:>10}", show(50), show(99))
}

/// The log server by itself, through the client that every service uses.
async fn log_alone() {
    section("log: one event of about 700 bytes to an append, each on disk before it is acknowledged");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let data = folder.path().join("log").display().to_string();
    let command = process::command(&["serve", "log", "--data", &data, "--listen", "127.0.0.1:0"]);
    let mut server = Process::start("log", command, folder.path());
    let url = server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;
    let log = Log::connect(&url).await.expect("the log answers");
    let mut written = 0;
    for in_flight in [1, 64] {
        let start = Instant::now();
        let appends = futures::stream::iter(written..).take_while(|_| std::future::ready(start.elapsed() < WINDOW));
        let count = appends
            .map(|number| {
                let log = log.clone();
                tokio::spawn(async move { append(&log, number).await })
            })
            .buffer_unordered(in_flight)
            .count()
            .await;
        line(&format!("appends, {in_flight} in flight"), &per_second(count, start.elapsed()));
        written += count;
    }
    let start = Instant::now();
    let mut read = 0_usize;
    log.catch_up(&["bench-".to_owned()], None, |_| read += 1).await.expect("the log can be read");
    assert_eq!(read, written, "the log gave back another number of events");
    line(&format!("catch-up of {read} events through the client"), &per_second(read, start.elapsed()));
    server.kill();
}

async fn append(log: &Log, number: usize) {
    let id = derive(&["bench", &number.to_string()]);
    let event = NewEvent {
        id,
        event_type: "Benched".to_owned(),
        data: json!({ "number": number, "words": "汇聚".repeat(90) }),
        metadata: Metadata::Given(json!({ "actor": "bench", "key": id })),
    };
    log.append(&format!("bench-{id}"), Expected::NoStream, vec![event]).await.expect("the log takes it");
}

/// Everything together, with the demonstration's rows.
async fn whole() {
    section("import: the four hand-ins of the demonstration through `huiju import`");
    let mut world = World::up().await;
    world.load_areas().await;
    let start = Instant::now();
    let mut rows = 0;
    for office in Office::ALL {
        rows += files::rows(office).len();
        world.must_import(office.path(), &files::hand_in(office)).await;
    }
    line(&format!("rows, of {rows}"), &per_second(rows, start.elapsed()));
    world.settled().await;
    line(
        "until the centre acted on all and the directory shows it",
        &format!("{:>10.1} s", start.elapsed().as_secs_f64()),
    );

    assert!(world.interrupt("up", wait::SOON).await.success(), "it stops well");
    let start = Instant::now();
    world.start_up().await;
    line("a restart on these data, until ready", &format!("{:>10.2} s", start.elapsed().as_secs_f64()));

    section("matching: the demonstration's rows against tests/data/truth.csv");
    let steward = world.steward().await;
    let quality = matching::measure(&steward).await;
    line("merges by rule", &format!("{:>10}   {} right", quality.merges, quality.merges_right));
    line("pairs in one group by rule", &format!("{:>10}   {} right", quality.merged_pairs, quality.merged_right));
    line("precision of merges by rule (0.99 asked)", &format!("{:>10.4}", quality.precision()));
    line("proposals to stewards", &format!("{:>10}   {} right", quality.proposals, quality.proposals_right));
    line("wrong proposals (at most 0.33 asked)", &format!("{:>10.4}", quality.wrong_proposals()));
    line(
        &format!("recall over {} true pairs, proposals counted (0.85 asked)", quality.true_pairs),
        &format!("{:>10.4}", quality.recall()),
    );

    section("the main question: 200 people anywhere in two counties at any time");
    let bodies = questions(&world).await;
    for connections in [1, 32] {
        let (count, elapsed, durations) = ask_for(&world, &bodies, connections).await;
        line(
            &format!("requests, {connections} connections"),
            &format!("{}   {}", per_second(count, elapsed), p50_p99(durations)),
        );
    }

    section("from a registration to the answer that shows it");
    let durations = register_and_see(&world).await;
    line(&format!("{} registrations, one after another", durations.len()), &p50_p99(durations));

    section("a directory of its own, from nothing to ready");
    rebuild(&mut world).await;
}

const MAIN_QUESTION: &str = "query ($community: AreaCode!, $person: PersonInput, $at: DateTime) {
    availableServices(community: $community, audience: ELDERS, person: $person, at: $at, first: 20) {
        totalCount pageInfo { hasNextPage endCursor }
        edges { cursor verdict reasons { code message } isOpen reachedBy { code name level }
            node { id name category provider { name } phone address area { code name level } minimumAge maximumAge hours
                   fees vacancy sources { id office sourceFile sourceRow } } } } }";

/// Bodies of 200 different requests.
async fn questions(world: &World) -> Vec<Value> {
    let oracle = Oracle::read(&world.log().await).await;
    let mut communities = oracle.communities();
    communities.retain(|code| ["130306", "130322"].contains(&code.county().as_str()));
    let mut dice = Dice::new(7);
    let one = |dice: &mut Dice| {
        json!({ "query": MAIN_QUESTION, "variables": {
            "community": dice.one_of(&communities).to_string(),
            "person": { "age": 60 + dice.below(40), "conditions": [question::condition_name(*dice.one_of(&question::CONDITIONS))] },
            "at": format!("2026-{:02}-{:02}T{:02}:00:00Z", 1 + dice.below(12), 1 + dice.below(28), dice.below(24)),
        } })
    };
    (0..200).map(|_| one(&mut dice)).collect()
}

/// Asks on so many connections for a while. Gives how many were answered, in what time, and how long each took.
async fn ask_for(world: &World, bodies: &[Value], connections: usize) -> (usize, Duration, Vec<Duration>) {
    let start = Instant::now();
    let mut workers = Vec::new();
    for worker in 0..connections {
        // A client of its own has a connection of its own.
        let api = world.public();
        let bodies = bodies.to_vec();
        workers.push(tokio::spawn(async move {
            let mut durations = Vec::new();
            for body in bodies.iter().cycle().skip(worker * 7) {
                if start.elapsed() > WINDOW {
                    break;
                }
                let asked = Instant::now();
                let answer = stories::api::answer(api.request(reqwest::Method::POST, "/graphql").json(body)).await;
                assert!(answer.body["errors"].is_null() && answer.status == 200, "{}", answer.text);
                durations.push(asked.elapsed());
            }
            durations
        }));
    }
    let mut durations = Vec::new();
    for worker in workers {
        durations.extend(worker.await.expect("no worker panics"));
    }
    (durations.len(), start.elapsed(), durations)
}

/// Registers one merchant after another and asks for each until the directory shows it published.
async fn register_and_see(world: &World) -> Vec<Duration> {
    let clerk: Api = world.clerk(Office::Commerce).await;
    let form = registrations::form(world, Office::Commerce).await;
    let mut durations = Vec::new();
    for number in 0..200 {
        let start = Instant::now();
        let body = registrations::named(&form, &format!("测速便民超市{number}号"));
        let registered = clerk.post("/api/commerce/registrations", &format!("bench-{number}"), &body).await.success();
        let query = "query ($id: ID!, $p: Position!) { registration(id: $id, atLeast: $p) { resource { id status } } }";
        let variables = json!({ "id": registered.text_of("id"), "p": registered.text_of("position") });
        let data = clerk.ask(query, variables).await;
        assert_eq!(data["registration"]["resource"]["status"], "SHOWN", "{data}");
        durations.push(start.elapsed());
    }
    durations
}

async fn rebuild(world: &mut World) {
    let log = world.log().await;
    let mut events = 0_usize;
    log.catch_up(&[String::new()], None, |_| events += 1).await.expect("the log can be read");
    let start = Instant::now();
    world.add_directory("bench-directory").await;
    let elapsed = start.elapsed();
    line(&format!("rebuild from {events} events"), &format!("{:>10.2} s", elapsed.as_secs_f64()));
}
