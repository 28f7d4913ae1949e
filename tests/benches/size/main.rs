//! A directory at size: many services published, asked the main question by age alone, as the peers of this field can be
//! asked it too, with them and with what no endpoint can beat, in one run.
//!
//! ```text
//! cargo bench -p stories --bench size -- --services 10000
//! cargo bench -p stories --bench size -- --data DIR --folder DIR --memory-limit 900 \
//!     --peer mercurius=http://127.0.0.1:4101/graphql,/path/query.graphql,PROCESS,PROCESS
//! ```
//!
//! `--data DIR` holds `areas.csv` (code, parent, level 1 to 5, name), `organisations.csv` (id, name), `services.csv` and
//! `queries.csv` (community, age), as a generator wrote them for this and for other products. Without it, services are
//! made up over the divisions of the demonstration. The same rows always become the same events. With `--folder DIR` the log is
//! kept there, and the next run with it publishes nothing again; each run leaves the touching events of half a minute in it.
//!
//! `--peer NAME=URL,QUERYFILE[,PROCESS...]`, as often as wanted, is a GraphQL server on this machine that holds the same rows
//! ([`peers`]). `--memory-limit MIB` is the limit of log and directory together, the page cache of their files included ([`group`]).
//! Paths are whole ones: cargo runs a bench in a folder of its own.
//!
//! Forty answers of the directory and of each peer are held against a reader of the rows that shares no code with the directory.
//! Then one after the other is asked by `wrk`, round by round, while nothing else is at work here; each figure is the middle of the
//! rounds. The directory is asked
//!
//! - what no answer was kept of: each request is another;
//! - 100,000 questions by a Zipf law, while an event a second touches what is asked about;
//! - one question again and again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

mod ceiling;
mod driver;
mod events;
mod group;
mod peers;
mod process;
mod questions;
mod rows;
mod table;

use chassis::log::Log;
use driver::{Driver, Law, Load, Measured};
use events::Touch;
use group::Group;
use peers::Peer;
use process::{Clock, Took};
use questions::{Golden, OURS, Popular, Whom};
use rows::Rows;
use schema::ResourceId;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use stories::api::Api;
use stories::process::{self as huiju, Process};
use stories::wait;
use table::{Row, thousands};

/// How often everybody is asked in turn.
const ROUNDS: usize = 3;
/// On how many connections.
const CONNECTIONS: [usize; 2] = [1, 32];
/// How long each is asked before it is measured.
const WARM_UP: Duration = Duration::from_secs(3);
/// The same of answers that are kept, which have to be there first.
const FILLED: Duration = Duration::from_secs(60);
/// How often a touching event is appended.
const TOUCHED_EVERY: Duration = Duration::from_secs(1);
/// How many touching events there are before they come again.
const TOUCHES: usize = 64;
/// Long enough to publish and fold a million services.
const LONG: Duration = Duration::from_secs(1_800);

const ANOTHER: &str = "Huiju, each request another";
const KEPT: &str = "Huiju, questions by a Zipf law, touched every second";
const ONE: &str = "Huiju, one question again and again";
const CEILING: &str = "bare axum, the same bytes each time";

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(length) = after(ceiling::FLAG).next() {
        ceiling::serve(length.parse().expect("a length")).await;
        return ExitCode::SUCCESS;
    }
    driver::need_wrk();
    let peers: Vec<Peer> = after("--peer").map(|given| Peer::read(&given)).collect();
    let limit: Option<u64> = after("--memory-limit").next().map(|given| match given.parse() {
        Ok(limit) => limit,
        Err(_) => refuse(
            &format!("--memory-limit {given}：应为整数，单位 MiB"),
            &format!("--memory-limit {given}: a whole number of MiB is wanted"),
        ),
    });
    let made = tempfile::tempdir().expect("a folder can be made");
    let folder = after("--folder").next().map_or_else(|| made.path().to_owned(), PathBuf::from);
    let driver = Driver::new(&folder);
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use `cargo bench`");
    }
    let rows = match after("--data").next() {
        Some(data) => Rows::read(Path::new(&data)),
        None => Rows::made(after("--services").next().map_or(10_000, |count| count.parse().expect("--services N"))),
    };
    println!("{} divisions, {} services, {} of them active", rows.areas.len(), rows.all, rows.services.len());
    let golden = questions::golden(&rows);
    publish(&folder, &rows).await;

    let group = limit.and_then(|limit| match Group::new(limit) {
        Ok(group) => Some(group),
        Err(problem) => {
            println!("  memory is not limited: {problem}");
            None
        }
    });
    let mut bench = Bench { folder, rows, golden, driver, peers, group, clock: Clock::watch(), figures: Vec::new() };
    bench.run(limit).await
}

/// What stands behind a flag, each time that it is given.
fn after(flag: &str) -> impl Iterator<Item = String> {
    let given: Vec<String> = std::env::args().collect();
    let found: Vec<String> = given.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1].clone()).collect();
    found.into_iter()
}

/// Says what stands against a run, and ends the program.
pub(crate) fn refuse(zh: &str, en: &str) -> ! {
    eprintln!("{zh} {en}");
    std::process::exit(2)
}

/// Starts the log of a folder: the process, and where it is.
async fn start_log(folder: &Path, group: Option<&Group>) -> (Process, String) {
    let data = folder.join("log").display().to_string();
    let command = huiju::command(&["serve", "log", "--data", &data, "--listen", "127.0.0.1:0"]);
    let mut server = Process::start("log", within(group, command), folder);
    let url = server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;
    (server, url)
}

fn within(group: Option<&Group>, command: Command) -> Command {
    match group {
        Some(group) => group.inside(&command),
        None => command,
    }
}

/// Publishes the rows, unless the folder's log has them.
async fn publish(folder: &Path, rows: &Rows) {
    let published = folder.join("published");
    if published.exists() {
        return;
    }
    let (mut server, url) = start_log(folder, None).await;
    let log = Log::connect(&url).await.expect("the log answers");
    let start = Instant::now();
    let count = events::publish(&log, rows).await;
    println!("  {count} events published through the client in {:.1} s", start.elapsed().as_secs_f64());
    server.signal("TERM");
    server.ends(LONG).await;
    std::fs::write(&published, "").expect("a file can be written");
}

/// One run over what is published.
struct Bench {
    folder: PathBuf,
    rows: Rows,
    golden: Vec<Golden>,
    driver: Driver,
    peers: Vec<Peer>,
    group: Option<Group>,
    clock: Clock,
    /// What was found that is one figure.
    figures: Vec<(String, String)>,
}

/// A directory that answers.
struct Directory {
    process: Process,
    api: Api,
    /// Where it is asked.
    url: String,
    /// How long it took until it was ready.
    took: Took,
}

impl Bench {
    async fn run(&mut self, limit: Option<u64>) -> ExitCode {
        if self.group.is_some() {
            group::forget(&self.folder.join("log"));
        }
        let (mut server, url) = start_log(&self.folder, self.group.as_ref()).await;
        let log = Log::connect(&url).await.expect("the log answers");
        let start = self.clock.start();
        let count = count_events(&log).await;
        let took = start.took();
        let client = count / took.ran.as_secs_f64();
        self.found("events in the log", thousands(count));
        self.found("the client reads all of it in", format!("{took}: {} events/s", thousands(client)));

        drop(std::fs::remove_dir_all(self.folder.join("directory")));
        let directory = self.start_directory(&url).await;
        let loaded = count / directory.took.ran.as_secs_f64();
        let share = loaded / client * 100.0;
        let loaded = format!("{}: {} events/s, {share:.0} % of the client", directory.took, thousands(loaded));
        self.found("the directory from nothing to ready in", loaded);
        self.compare(&directory).await;
        self.found("directory once loaded, resident at most and now", process::resident(directory.process.id()));
        self.end("ended once loaded, its image written", directory).await;

        let directory = self.start_directory(&url).await;
        self.found("started again from its image, to ready in", directory.took.to_string());
        let length = self.compare(&directory).await;
        for peer in &self.peers {
            questions::compare((&peer.name, &peer.url), Whom::Peer, &peer.document, &self.golden).await;
            println!("  {} answers of {} agree with the rows", self.golden.len(), peer.name);
        }
        let rows = self.ask_all(&directory, &log, length).await;
        self.found("directory that answered, resident at most and now", process::resident(directory.process.id()));
        self.found("log, resident at most and now", process::resident(server.id()));
        if let (Some(group), Some(limit)) = (&self.group, limit) {
            let (own, peak) = (group.own(), group.peak_and_killed());
            self.found("log and directory at the end, without page cache", own);
            self.found(&format!("log and directory at most, with page cache, limit {limit} MiB"), peak);
        }
        self.end("ended once it answered", directory).await;
        server.signal("TERM");
        server.ends(LONG).await;

        println!();
        let peers: Vec<&str> = self.peers.iter().map(|peer| peer.name.as_str()).collect();
        table::rates(CONNECTIONS, &rows, CEILING, &peers);
        println!();
        table::figures(&self.figures);
        let errors: u64 = rows.iter().flat_map(|row| &row.at).map(|measured| measured.errors).sum();
        if errors > 0 {
            println!("{errors} were answered with an error, or not at all: the figures above are no measure");
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }

    /// Notes a figure for the table, and says it.
    fn found(&mut self, what: &str, figure: String) {
        println!("  {what:<62}{figure}");
        self.figures.push((what.to_owned(), figure));
    }

    async fn start_directory(&self, log: &str) -> Directory {
        let start = self.clock.start();
        let data = self.folder.join("directory").display().to_string();
        let command = huiju::command(&["serve", "directory", "--log", log, "--data", &data]);
        let mut process = Process::start("directory", within(self.group.as_ref(), command), &self.folder);
        let says = |line: &str| line.strip_prefix("listening ").map(str::to_owned);
        let address = process.says("its address", wait::SOON, says).await;
        let api = Api::new(vec![(String::new(), address.clone())]);
        wait::until("the directory to be ready", LONG, async || {
            let answer = api.get("/readyz").await;
            if answer.status == 200 { Ok(()) } else { Err(answer.text) }
        })
        .await;
        Directory { process, api, url: format!("{address}/graphql"), took: start.took() }
    }

    /// Holds the directory's answers against the rows. How long one is, in bytes.
    async fn compare(&self, directory: &Directory) -> usize {
        let length = questions::compare(("Huiju", &directory.url), Whom::Ours, OURS, &self.golden).await;
        println!("  {} answers agree with the rows, {length} bytes each", self.golden.len());
        length
    }

    async fn end(&mut self, what: &str, mut directory: Directory) {
        let start = self.clock.start();
        directory.process.signal("TERM");
        directory.process.ends(LONG).await;
        self.found(what, start.took().to_string());
    }

    /// Asks everybody in turn, round by round.
    async fn ask_all(&self, directory: &Directory, log: &Log, length: usize) -> Vec<Row> {
        let (mut ceiling, ceiling_url) = ceiling::start(length, &self.folder).await;
        let popular = Popular::of(&self.rows);
        let mut touches = Popular::touches(&self.rows, TOUCHES).into_iter().cycle();
        println!("  {} different questions by the Zipf law", popular.questions.len());
        let loads = self.loads(directory, &popular, (ceiling.id(), &ceiling_url));
        let mut measured: Vec<[Vec<Measured>; 2]> = loads.iter().map(|_| Default::default()).collect();
        let mut last = None;
        for round in 1..=ROUNDS {
            for (load, measured) in loads.iter().zip(&mut measured) {
                let is_to_fill = load.name == KEPT && round == 1;
                self.driver.warm_up(load, if is_to_fill { FILLED } else { WARM_UP }).await;
                let asking = async {
                    for (connections, measured) in CONNECTIONS.into_iter().zip(measured) {
                        let one = self.driver.measure(load, connections).await;
                        println!(
                            "  round {round}: {}, {connections} connections: {} /s, p99 {:.2} ms",
                            load.name,
                            thousands(one.rate),
                            one.p99
                        );
                        measured.push(one);
                    }
                };
                if load.name == KEPT {
                    last = touching(log, &mut touches, asking).await;
                } else {
                    asking.await;
                }
            }
        }
        ceiling.kill();
        self.has_read(directory, last.expect("something was touched")).await;
        let rows = loads.into_iter().zip(measured).map(|(load, measured)| Row {
            is_ours: [ANOTHER, KEPT, ONE].contains(&load.name.as_str()),
            name: load.name,
            at: measured.map(|all| Measured::middle(&all)),
        });
        rows.collect()
    }

    fn loads(&self, directory: &Directory, popular: &Popular, (ceiling, ceiling_url): (u32, &str)) -> Vec<Load> {
        let all = || self.rows.queries.iter();
        let ours = |name: &str, questions: &mut dyn Iterator<Item = &questions::Question>, law| {
            let variables = questions.map(|question| Whom::Ours.variables(*question));
            self.driver.load((name, &directory.url), vec![directory.process.id()], OURS, variables, law)
        };
        let mut loads = vec![
            ours(ANOTHER, &mut all(), Law::Another),
            ours(KEPT, &mut popular.questions.iter(), Law::Zipf),
            ours(ONE, &mut all().take(1), Law::Even),
        ];
        // What draws costs wrk something too: it asks the very same of both.
        let variables = popular.questions.iter().map(|question| Whom::Ours.variables(*question));
        loads.push(self.driver.load((CEILING, ceiling_url), vec![ceiling], OURS, variables, Law::Zipf));
        for peer in &self.peers {
            let variables = all().map(|question| Whom::Peer.variables(*question));
            let of = (peer.name.as_str(), peer.url.as_str());
            loads.push(self.driver.load(of, peer.processes.clone(), &peer.document, variables, Law::Even));
        }
        loads
    }

    /// Waits until the directory tells what the last touching event says: those events were no air.
    async fn has_read(&self, directory: &Directory, (id, fees): (ResourceId, String)) {
        wait::until("the directory to tell of the last event", wait::SOON, async || {
            let data = directory.api.ask("query ($id: ID!) { resource(id: $id) { fees } }", json!({ "id": id })).await;
            if data["resource"]["fees"] == fees.as_str() { Ok(()) } else { Err(data.to_string()) }
        })
        .await;
    }
}

/// Appends an event a second for as long as something lasts. The last of them.
async fn touching(
    log: &Log,
    touches: &mut impl Iterator<Item = Touch>,
    asking: impl Future<Output = ()>,
) -> Option<(ResourceId, String)> {
    let mut every = tokio::time::interval(TOUCHED_EVERY);
    let mut last = None;
    tokio::pin!(asking);
    loop {
        tokio::select! {
            () = &mut asking => return last,
            _ = every.tick() => {
                let touch = touches.next().expect("they come again");
                last = Some(touch.append(log).await);
            }
        }
    }
}

/// How many events the official client reads, all that there are.
async fn count_events(log: &Log) -> f64 {
    let mut count = 0u32;
    log.catch_up(&[], None, |_| count += 1).await.expect("the log is read");
    f64::from(count)
}
