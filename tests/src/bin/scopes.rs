//! What it costs a process to follow 50 scopes out of a log of the nation, and all of them:
//! `cargo run --release --locked -p stories --bin scopes -- [EVENTS] [FOLDER]` (default: a million events, below the
//! current folder; the figures of ARCHITECTURE.md are of ten million).
//!
//! The log is made anew: small events of 2,800 scopes, as counties would write them side by side. Each reader is a
//! process of its own that follows through the chassis with one subscription, as centre and directory do, and says how
//! long it took to the head and what memory it took at most.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

use chassis::log::{Expected, Log, Metadata, NewEvent};
use futures::StreamExt;
use schema::selection::{ScopeChoice, ScopeSelection};
use schema::streams::{Category, Stream};
use schema::{Office, RegistrationId, Scope};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use stories::process::{self, Process};
use stories::wait;

/// Counties of the nation, about.
const SCOPES: u32 = 2_800;
/// The scopes of a process that holds several.
const FOLLOWED: u32 = 50;
/// Events of one registration, appended at once.
const AT_ONCE: usize = 50;
/// Appends on their way at a time.
const IN_FLIGHT: usize = 32;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [read, url, what, chosen] = arguments.as_slice()
        && read == "--read"
    {
        return follow(url, what, chosen).await;
    }
    let events: usize = arguments.first().map_or(1_000_000, |events| events.parse().expect("a number of events"));
    let place = PathBuf::from(arguments.get(1).map_or(".", String::as_str));
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use --release");
    }
    let folder = tempfile::Builder::new().prefix("bench-scopes-").tempdir_in(place).expect("a folder can be made");
    let data = folder.path().join("log").display().to_string();
    let command = process::command(&["serve", "log", "--data", &data, "--listen", "127.0.0.1:0"]);
    let mut server = Process::start("log", command, folder.path());
    let url = server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;

    let start = Instant::now();
    fill(&url, events).await;
    println!("{events} events of {SCOPES} scopes written in {:.1} s", start.elapsed().as_secs_f64());
    let fifty: Vec<String> = (0..FOLLOWED).map(|number| scope(number * (SCOPES / FOLLOWED)).to_string()).collect();
    let fifty = fifty.join(",");
    let this = std::env::current_exe().expect("a program knows where it is");
    for (what, which, chosen) in [
        ("decisions of 50 scopes", "decisions", fifty.as_str()),
        ("everything of 50 scopes", "all", fifty.as_str()),
        ("everything of one scope", "all", &fifty[..6]),
        ("everything", "all", ""),
    ] {
        let output = Command::new(&this).args(["--read", &url, which, chosen]).output().expect("the reader starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        print!("{what:<26}{}", String::from_utf8_lossy(&output.stdout));
    }
    server.kill();
}

/// The scope of a county by its number: 29 provinces, some ten cities each, ten counties a city.
fn scope(number: u32) -> Scope {
    let (province, city, county) = (11 + number / 100, 1 + number / 10 % 10, 1 + number % 10);
    format!("{province:02}{city:02}{county:02}").parse().expect("six digits")
}

/// Half of it registrations, the rest what a centre writes about them.
async fn fill(url: &str, events: usize) {
    let log = Log::connect(url).await.expect("the log answers");
    let appends = futures::stream::iter(0..events / AT_ONCE).map(|call| {
        let log = log.clone();
        tokio::spawn(async move {
            let number = u32::try_from(call).expect("not so many");
            let scope = scope(number % SCOPES);
            let registration = RegistrationId::of_form(scope, Office::Clinic, &number.to_string());
            let stream = match number / SCOPES % 2 {
                0 => Stream::Registration(Office::Clinic, registration),
                _ => Stream::Decisions(scope),
            };
            let event = |index: usize| NewEvent {
                id: schema::ids::derive(&["scopes", &number.to_string(), &index.to_string()]),
                event_type: "Measured".to_owned(),
                data: json!({ "number": number, "index": index }),
                metadata: Metadata::Given(json!({ "actor": "bench" })),
            };
            let events = (0..AT_ONCE).map(event).collect();
            log.append(&stream.to_string(), Expected::Any, events).await.expect("the log takes it");
        })
    });
    appends.buffer_unordered(IN_FLIGHT).for_each(|done| async { done.expect("no append is lost") }).await;
}

/// Follows to the head, counting what comes for each scope that is held.
async fn follow(url: &str, which: &str, chosen: &str) {
    let choices = chosen.split(',').filter(|choice| !choice.is_empty());
    let held: ScopeSelection = choices.map(|choice| choice.parse::<ScopeChoice>().expect("a scope")).collect();
    let offices = Office::ALL.into_iter().map(Category::Office);
    let others = [Category::Resource, Category::HandIn, Category::Checkpoint, Category::Decisions];
    let prefixes = match which {
        "decisions" => held.prefixes(&[Category::Decisions], &[]),
        _ => held.prefixes(&[], &offices.chain(others).collect::<Vec<_>>()),
    };
    let log = Log::connect(url).await.expect("the log answers");
    let start = Instant::now();
    let (mut came, mut kept) = (0_u64, BTreeMap::<Scope, u64>::new());
    let read = log.catch_up(&prefixes, None, |event| {
        came += 1;
        let scope = event.stream.parse().ok().and_then(|stream: Stream| stream.scope());
        if let Some(scope) = scope.filter(|scope| held.reads(*scope)) {
            *kept.entry(scope).or_default() += 1;
        }
    });
    read.await.expect("the log can be read");
    let seconds = start.elapsed().as_secs_f64();
    let kept: u64 = kept.values().sum();
    println!(
        "{seconds:>8.2} s  {} prefixes, {came} events came, {kept} kept, at most {} of memory",
        prefixes.len(),
        peak_memory()
    );
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "an unknown amount".to_owned(), |peak| peak.trim().to_owned())
}
