//! Many who follow the directory at once, half over server-sent events and half over graphql-transport-ws: how long it takes from the
//! moment an event is said until the last of those whom it concerns has it, and what each of them weighs.
//!
//! ```text
//! cargo bench -p stories --bench subscribers
//! cargo bench -p stories --bench subscribers -- --subscribers 1,100,10000 --rounds 20 --plot FOLDER
//! ```
//!
//! Each follows one of ten villages. An event is about one village, or about the town and so about all of them. The time is
//! from before the append, so it holds the log's disk, the directory's fold, and the reading of everybody, who share two processors
//! here. Descriptors: as many as subscribers for this program, and a third more for the directory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

mod follower;
mod plot;

use chassis::log::{Expected, Log, Metadata, NewEvent};
use follower::{Follower, Heard, Over};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::event::Event;
use schema::resource::{MemberSource, Provider, Resource, ResourceEvent, ResourceShown};
use schema::{
    AreaCode, Category, Documents, Eligibility, Hours, Kind, Licence, Office, RegistrationId, ResourceId, Scheme,
    Scope, Stream,
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use stories::api::Api;
use stories::process::{self, Process};
use stories::wait;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const TOWN: &str = "130306100";
const VILLAGES: usize = 10;
/// Services in each village.
const SERVICES: usize = 50;
/// How many connect at a time.
const AT_ONCE: usize = 200;
/// Longer than anybody should wait for an event.
const LOST: Duration = Duration::from_secs(60);

fn village(number: usize) -> AreaCode {
    format!("{TOWN}{}", 201 + number).parse().expect("a code")
}

/// Whom an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    OneVillage,
    TheTown,
}

#[tokio::main]
async fn main() {
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use `cargo bench`");
    }
    let counts: Vec<usize> = after("--subscribers")
        .unwrap_or_else(|| "1,100,10000".to_owned())
        .split(',')
        .map(|count| count.parse().expect("--subscribers takes numbers"))
        .collect();
    let rounds: usize = after("--rounds").map_or(20, |rounds| rounds.parse().expect("--rounds takes a number"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let most = counts.iter().copied().max().unwrap_or(1);
    let mut running = Running::start(folder.path(), most).await;
    println!(
        "{:>11} {:<22} {:>9} {:>9} {:>9}   memory of each",
        "subscribers", "an event about", "p50, ms", "p99, ms", "last, ms"
    );
    // What a process takes once is nobody's: the first subscribers, which are not told of, have it.
    running.measure(100.min(most), 1).await;
    let mut figures = Vec::new();
    for count in counts {
        let figure = running.measure(count, rounds).await;
        for (about, [p50, p99, last]) in &figure.times {
            let memory = format!("{:.1} kB", figure.kilobytes);
            println!("{count:>11} {about:<22} {p50:>9.1} {p99:>9.1} {last:>9.1}   {memory}");
        }
        figures.push(figure);
    }
    if let Some(plot) = after("--plot").map(PathBuf::from) {
        std::fs::create_dir_all(&plot).expect("a folder can be made");
        let file = plot.join("subscribers.svg");
        std::fs::write(&file, plot::svg(&figures)).expect("a file can be written");
        println!("{}", file.display());
    }
}

/// What stands behind a flag.
fn after(flag: &str) -> Option<String> {
    let given: Vec<String> = std::env::args().collect();
    given.iter().position(|word| word == flag).and_then(|at| given.get(at + 1)).cloned()
}

/// What was measured of so many subscribers.
struct Figure {
    subscribers: usize,
    /// By what an event is about: the median and the 99th percentile of all whom it reached, and the slowest round's last, in
    /// milliseconds.
    times: Vec<(&'static str, [f64; 3])>,
    /// Resident memory of the directory for each of them.
    kilobytes: f64,
}

/// A log and a directory with something in it.
struct Running {
    log: Log,
    directory: Process,
    address: String,
    /// The revisions of the two services that are told of: the one of the first village, and the one of the town.
    revisions: [u64; 2],
    round: Arc<AtomicU32>,
    _server: Process,
}

impl Running {
    async fn start(folder: &Path, most: usize) -> Running {
        let at = |name: &str| folder.join(name).display().to_string();
        let command = process::command(&["serve", "log", "--data", &at("log"), "--listen", "127.0.0.1:0"]);
        let mut server = Process::start("log", command, folder);
        let url =
            server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;
        let log = Log::connect(&url).await.expect("the log answers");
        list_areas(&log).await;
        for number in 0..VILLAGES * SERVICES {
            let shown = ResourceShown { resource: service(number, "服务".to_owned(), village(number % VILLAGES)) };
            say(&log, &ResourceEvent::ResourcePublished(shown), Expected::NoStream).await;
        }
        let connections = (most + 64).to_string();
        let command = process::command(&[
            "serve",
            "directory",
            "--log",
            &url,
            "--data",
            &at("directory"),
            "--max-connections",
            &connections,
        ]);
        let mut directory = Process::start("directory", command, folder);
        let says = |line: &str| line.strip_prefix("listening ").map(str::to_owned);
        let address = directory.says("its address", wait::SOON, says).await;
        let api = Api::new(vec![(String::new(), address.clone())]);
        wait::until("the directory to be ready", wait::SOON, async || {
            let answer = api.get("/readyz").await;
            if answer.status == 200 { Ok(()) } else { Err(answer.text) }
        })
        .await;
        let address = address.trim_start_matches("http://").to_owned();
        Running { log, directory, address, revisions: [0; 2], round: Arc::new(AtomicU32::new(0)), _server: server }
    }

    /// Connects so many, tells them of events, and lets them go.
    async fn measure(&mut self, count: usize, rounds: usize) -> Figure {
        let before = resident(self.directory.id());
        let api = Api::new(vec![(String::new(), format!("http://{}", self.address))]);
        let after = api.ask("{ position }", json!({})).await["position"].as_str().expect("a position").to_owned();
        let (heard, mut hears) = unbounded_channel();
        let mut followers = Vec::with_capacity(count);
        for batch in (0..count).collect::<Vec<_>>().chunks(AT_ONCE) {
            let opening = batch.iter().map(|number| {
                let over = if number % 2 == 0 { Over::Events } else { Over::WebSocket };
                let area = village(number / 2 % VILLAGES);
                Follower::open((*number, over), &self.address, (area, &after), &self.round, heard.clone())
            });
            followers.extend(futures::future::join_all(opening).await);
        }
        // All have subscribed only once each was told something.
        self.round_of(About::TheTown, count, &mut hears).await;
        let kilobytes = (resident(self.directory.id()) - before) / count as f64;
        let mut times = Vec::new();
        for (about, name) in [(About::OneVillage, "one village of ten"), (About::TheTown, "all of them")] {
            let (mut all, mut last) = (Vec::new(), 0.0f64);
            for _ in 0..rounds {
                let took = self.round_of(about, count, &mut hears).await;
                last = took.iter().copied().fold(last, f64::max);
                all.extend(took);
            }
            all.sort_by(f64::total_cmp);
            if !all.is_empty() {
                let at = |share: f64| all[((all.len() - 1) as f64 * share) as usize];
                times.push((name, [at(0.5), at(0.99), last]));
            }
        }
        for follower in followers {
            follower.leave();
        }
        Figure { subscribers: count, times, kilobytes }
    }

    /// Says one event and waits until all whom it concerns have it: how long each took, in milliseconds.
    async fn round_of(&mut self, about: About, count: usize, hears: &mut UnboundedReceiver<Heard>) -> Vec<f64> {
        let round = self.round.fetch_add(1, Ordering::SeqCst) + 1;
        // The first village has a follower, however few there are.
        let (concerned, which, coverage) = match about {
            About::OneVillage => ((0..count).filter(|number| number / 2 % VILLAGES == 0).count(), 0, village(0)),
            About::TheTown => (count, 1, TOWN.parse().expect("a code")),
        };
        let shown = ResourceShown { resource: service(which, follower::mark(round), coverage) };
        let start = Instant::now();
        say(&self.log, &ResourceEvent::ResourceRevised(shown), Expected::Revision(self.revisions[which])).await;
        self.revisions[which] += 1;
        let mut took = Vec::with_capacity(concerned);
        while took.len() < concerned {
            let heard = tokio::time::timeout(LOST, hears.recv()).await;
            let heard =
                heard.ok().flatten().unwrap_or_else(|| panic!("{} of {concerned} heard of {round}", took.len()));
            assert_eq!(heard.round, round, "{} hears twice, or what is not for it", heard.number);
            if about == About::OneVillage {
                assert_eq!(heard.number / 2 % VILLAGES, 0, "it is about another village");
            }
            took.push(heard.at.duration_since(start).as_secs_f64() * 1e3);
        }
        took
    }
}

async fn list_areas(log: &Log) {
    let codes = std::iter::once(TOWN.parse::<AreaCode>().expect("a code")).chain((0..VILLAGES).map(village));
    let mut all: Vec<AreaCode> = codes.flat_map(AreaCode::with_ancestors).collect();
    all.sort();
    all.dedup();
    let area = |code: AreaCode| Area {
        code,
        name: format!("第{code}"),
        level: code.level(),
        parent: code.with_ancestors().nth(1),
    };
    let (scheme, areas) = (Scheme::Statistical2023, all.into_iter().map(area).collect());
    let listed = AreasEvent::AreasListed(AreasListed { scheme, areas, part: None });
    let scope: Scope = "130306".parse().expect("a scope");
    append(log, &Stream::Areas(scope, scheme).to_string(), &listed, Expected::NoStream).await;
}

async fn say(log: &Log, event: &ResourceEvent, expected: Expected) {
    let id = match event {
        ResourceEvent::ResourcePublished(shown)
        | ResourceEvent::ResourceRevised(shown)
        | ResourceEvent::ResourceRestored(shown) => shown.resource.id,
        ResourceEvent::ResourceAbsorbed(absorbed) => absorbed.id,
        ResourceEvent::ResourceWithdrawn(withdrawn) => withdrawn.id,
    };
    append(log, &Stream::Resource(id).to_string(), event, expected).await;
}

async fn append(log: &Log, stream: &str, event: &impl Event, expected: Expected) {
    let now = chassis::clock::Clock::system().now();
    let data: Value = event.data().expect("it can be written");
    let id = schema::ids::derive(&[stream, &data.to_string()]);
    let metadata = json!({ "$correlationId": id, "actor": "service:center", "effective_at": now, "recorded_at": now,
        "key": id, "body": "", "schema": event.shape().to_string() });
    let event_type = event.event_type().to_owned();
    let event = NewEvent { id, event_type, data, metadata: Metadata::Given(metadata) };
    log.append(stream, expected, vec![event]).await.expect("the log takes it");
}

/// The n-th service, in the village of its number.
fn service(number: usize, name: String, coverage: AreaCode) -> Resource {
    let scope: Scope = "130306".parse().expect("a scope");
    let registration = RegistrationId::of_form(scope, Office::Commerce, &number.to_string());
    Resource {
        id: ResourceId::of(registration),
        kind: Kind::Service,
        name: name.clone(),
        category: Category("助餐".to_owned()),
        provider: Provider { name, credit_code: None },
        phones: vec!["+863355669699".parse().expect("a number")],
        address: Some("迎宾路13号".to_owned()),
        area: village(number % VILLAGES),
        coverage: vec![coverage],
        eligibility: Eligibility::default(),
        hours: Hours::default(),
        fees: None,
        capacity: None,
        vacancy: None,
        documents: Documents::default(),
        home_visits: None,
        licence: Licence::NotRequired,
        sources: vec![MemberSource { registration, office: Office::Commerce }],
        provenance: Vec::new(),
    }
}

/// Resident memory of a process, in kB.
fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its resident memory");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse().ok()).expect("a number")
}
