//! What a county costs the centre, by its size:
//! `make bench-center` (10,000 and 100,000 rows, and one village of 5,000, 10,000 and 20,000), or
//! `make bench-center ROWS="county:10000 village:5000"`.
//!
//! The county is invented, as offices would have written it: their events, appended to the log on disk. The log and each
//! start of the centre are processes of their own, so that memory and time are those of one centre alone. A start ends
//! when the centre has acted on all that stands; the second start is a restart. Stewards' commands go through the
//! centre's HTTP layers, one after another, each on disk and published before it is answered.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

mod rows;

use axum::body::Body;
use axum::http::Request;
use chassis::app::app;
use chassis::auth::{Caller, Role, Signer, Verifier};
use chassis::clock::Clock;
use chassis::health::Health;
use chassis::log::{Expected, Log, NewEvent};
use chassis::sealed::KeyStore;
use chassis::service::Service;
use futures::StreamExt;
use rows::County;
use schema::selection::ScopeSelection;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Appends on their way at a time.
const IN_FLIGHT: usize = 64;
/// Merges that a steward makes, and undoes.
const MERGES: usize = 300;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--log", folder] => serve_log(Path::new(folder)).await,
        ["--center", url, rows, what] => run_center(url, rows.parse().unwrap(), *what == "steward").await,
        [] => {
            let usual = ["county:10000", "county:100000", "village:5000", "village:10000", "village:20000"];
            measure(&usual.map(str::to_owned)).await;
        }
        [_, ..] => measure(&arguments).await,
    }
}

async fn measure(what: &[String]) {
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use `make bench-center`");
    }
    let this = std::env::current_exe().unwrap();
    for what in what {
        let (kind, rows) = what.split_once(':').expect("county:ROWS or village:ROWS");
        let rows: u32 = rows.parse().expect("a number of rows");
        let county = match kind {
            "county" => County::of(rows),
            "village" => County::of_one_village(rows),
            other => panic!("county or village, not {other}"),
        };
        println!("\n{what}");
        let folder = tempfile::Builder::new().prefix("bench-center-").tempdir_in(".").unwrap();
        let mut log = Command::new(&this)
            .args(["--log", &folder.path().display().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let url = first_line(&mut log);
        let start = Instant::now();
        fill(&url, &county).await;
        line("the county written", &seconds(start.elapsed()));
        for (title, then) in [("the first start", "no more"), ("a restart, and a steward", "steward")] {
            println!("  {title}");
            let rows = rows.to_string();
            let ended = Command::new(&this).args(["--center", &url, &rows, then]).status().unwrap();
            assert!(ended.success(), "the centre ended badly");
        }
        log.kill().unwrap();
        log.wait().unwrap();
    }
}

fn line(what: &str, figure: &str) {
    println!("    {what:<44}{figure}");
}

fn seconds(elapsed: Duration) -> String {
    format!("{:>10.2} s", elapsed.as_secs_f64())
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

async fn serve_log(folder: &Path) {
    let options = log_server::Options { data: Some(folder.join("log")), ..log_server::Options::in_memory() };
    let server = log_server::Server::start(options).await.unwrap();
    println!("{}", server.url());
    std::future::pending::<()>().await;
}

/// Writes the county as its offices would have: each registration to a stream of its own.
async fn fill(url: &str, county: &County) {
    let log = Log::connect(url).await.unwrap();
    let append = |stream: String, events: Vec<NewEvent>| {
        let log = log.clone();
        tokio::spawn(async move { log.append(&stream, Expected::NoStream, events).await.unwrap() })
    };
    for (stream, events) in county.divisions() {
        append(stream, events).await.unwrap();
    }
    let appends = futures::stream::iter(county.registrations()).map(|(stream, events)| append(stream, events));
    appends.buffer_unordered(IN_FLIGHT).for_each(|done| async { _ = done.unwrap() }).await;
}

/// A part of what `/proc` says of this process, in kB.
fn memory(word: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix(word));
    found.and_then(|rest| rest.trim_matches([':', ' ', '\t', 'k', 'B']).parse().ok()).unwrap_or_default()
}

/// The processor time that this process took, by whatever the machine was shared with.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().collect::<Vec<_>>());
    // In hundredths of a second, by the kernel's interface.
    let ticks = |fields: &Vec<&str>| fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(10 * fields.as_ref().map_or(0, ticks))
}

/// Waits until nothing more comes to the centre: what it wrote itself has come back to it.
async fn heard_itself(health: &Health) {
    let at = || health.reports().into_iter().find(|report| report.name == "center").and_then(|report| report.position);
    let (mut before, mut since) = (at(), Instant::now());
    while since.elapsed() < Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = at();
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
}

/// One start of the centre, and what a steward does then.
async fn run_center(url: &str, rows: u32, steward: bool) {
    let signer = Signer::draw().unwrap();
    let service = Service {
        helper: None,
        log: Log::connect(url).await.unwrap(),
        data: std::env::temp_dir(),
        auth: Verifier::from_jwks(&signer.jwks()).unwrap(),
        clock: Clock::system(),
        keys: Arc::new(KeyStore::in_memory().unwrap()),
        shutdown: CancellationToken::new(),
        tasks: TaskTracker::new(),
        health: Health::new(),
        metrics: prometheus::Registry::new(),
    };
    let before = memory("VmRSS");
    let (start, busy) = (Instant::now(), processor_time());
    let mounted = center::mount(&service, ScopeSelection::everything()).unwrap();
    let router = app(&service, vec![mounted]);
    while !service.health.is_ready() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    line("until it has acted on all that stands", &seconds(start.elapsed()));
    line("processor time of it", &seconds(processor_time() - busy));
    let start = Instant::now();
    heard_itself(&service.health).await;
    line("until it has heard what it wrote", &seconds(start.elapsed()));
    let per_row = |kilobytes: f64| format!("{:>10.2} kB a row", (kilobytes - before) / f64::from(rows));
    line("memory then", &per_row(memory("VmRSS")));
    line("memory at most", &per_row(memory("VmHWM")));
    for figure in service.metrics.gather() {
        let of_the_centre = ["merges", "proposals", "published", "too_common"];
        if of_the_centre.iter().any(|word| figure.name().contains(word)) {
            let sum: f64 =
                figure.get_metric().iter().map(|one| one.get_counter().get_value() + one.get_gauge().get_value()).sum();
            line(figure.name(), &format!("{sum:>10}"));
        }
    }
    if steward {
        let caller = Caller { subject: "s-1".into(), role: Role::Steward, office: None, area: None };
        let token = signer.sign(&caller, service.clock.now(), chrono::TimeDelta::hours(1)).unwrap();
        let post = async |path: String, key: String, body: Value| {
            let request = Request::post(path)
                .header("authorization", format!("Bearer {token}"))
                .header("content-type", "application/json")
                .header("idempotency-key", key)
                .body(Body::from(body.to_string()))
                .unwrap();
            let start = Instant::now();
            let response = router.clone().oneshot(request).await.unwrap();
            let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let elapsed = start.elapsed();
            (elapsed, serde_json::from_slice::<Value>(&bytes).unwrap())
        };
        let (mut merges, mut undos, mut made) = (Vec::new(), Vec::new(), Vec::new());
        // Two that stand far from one another in the list are seldom one already.
        for number in (0..rows / 2).step_by((rows as usize / 2 / MERGES).max(1)) {
            let pair = [number, number + rows / 2].map(|number| rows::id(number).to_string());
            let body = json!({ "registrations": pair, "reason": "同一家" });
            let (elapsed, answer) = post("/api/center/merges".into(), format!("m{number}"), body).await;
            if let Some(id) = answer["position"].as_str().and(answer["id"].as_str()) {
                merges.push(elapsed);
                made.push(id.to_owned());
            }
        }
        for id in made {
            let body = json!({ "reason": "误", "keepApart": true });
            let (elapsed, answer) = post(format!("/api/center/merges/{id}/undo"), format!("u{id}"), body).await;
            assert!(answer["position"].is_string(), "{answer}");
            undos.push(elapsed);
        }
        for (what, mut durations) in [("merges", merges), ("undos", undos)] {
            durations.sort_unstable();
            let at = |percent: usize| {
                let place = (durations.len() * percent / 100).min(durations.len() - 1);
                format!("{:.2} ms", durations[place].as_secs_f64() * 1e3)
            };
            let figure = format!("p50 {:>10}   p99 {:>10}", at(50), at(99));
            line(&format!("{} {what} by a steward", durations.len()), &figure);
        }
    }
    service.shutdown.cancel();
    service.tasks.close();
    service.tasks.wait().await;
}
