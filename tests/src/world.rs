//! A whole Huiju to tell a story about: in one process, or every service in a process of its own.

use crate::api::Api;
use crate::process::{self, Process, Warden};
use crate::wait;
use chassis::log::Log;
use schema::Office;
use schema::streams::Category;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;
use tempfile::TempDir;

/// The services that `huiju serve` knows, but for the log, in the order in which they are started.
const SERVICES: [&str; 9] =
    ["accounts", "areas", "planning", "clinic", "womens-federation", "youth-league", "commerce", "persons", "center"];

/// Those that neither seal nor open anything.
const WITHOUT_KEYS: [&str; 3] = ["accounts", "areas", "planning"];

/// Everything runs in one process.
const UP: &str = "up";

/// The services that a scope has for itself.
const OF_A_SCOPE: [&str; 2] = ["center", "directory"];

/// A running Huiju in a folder of its own. What it started ends with it, and the folder goes.
#[derive(Debug)]
pub struct World {
    processes: BTreeMap<String, Process>,
    addresses: BTreeMap<String, String>,
    log_url: String,
    demo: bool,
    folder: TempDir,
    // A world in a static is never dropped.
    warden: Warden,
}

impl Drop for World {
    fn drop(&mut self) {
        self.processes.clear();
        self.warden.dismiss();
    }
}

impl World {
    /// `huiju up` on an empty folder, ready for requests.
    pub async fn up() -> World {
        World::together(false).await
    }

    /// `huiju up --demo`, with the demonstration loaded and acted on.
    pub async fn up_with_demo() -> World {
        World::together(true).await
    }

    async fn together(demo: bool) -> World {
        let mut world = World::empty(demo);
        world.start_up().await;
        world
    }

    /// A folder without anything running in it.
    pub fn empty(demo: bool) -> World {
        // The binary is looked for, and built if it must be, before any time is taken.
        process::huiju();
        let folder = tempfile::Builder::new().prefix("huiju-story-").tempdir().expect("a folder can be made");
        let warden = Warden::of_folder(folder.path());
        let (processes, addresses) = (BTreeMap::new(), BTreeMap::new());
        World { processes, addresses, log_url: String::new(), demo, folder, warden }
    }

    /// Every service in a process of its own, and two directories.
    pub async fn apart() -> World {
        let mut world = World::empty(false);
        world.start_log().await;
        for service in SERVICES {
            world.start_service(service, service).await;
        }
        world.start_service("directory", "directory").await;
        world.start_service("directory-2", "directory").await;
        for name in world.addresses.clone().into_keys() {
            world.ready(&name).await;
        }
        world
    }

    /// Every service in a process of its own; centre and directory once for each of these scopes, named `center-130306`
    /// and so on.
    pub async fn of_scopes(scopes: &[&str]) -> World {
        let mut world = World::empty(false);
        world.start_log().await;
        for service in SERVICES.iter().filter(|service| !OF_A_SCOPE.contains(service)) {
            world.start_service(service, service).await;
        }
        for scope in scopes {
            for service in OF_A_SCOPE {
                world.start_service(&format!("{service}-{scope}"), service).await;
            }
        }
        for name in world.addresses.clone().into_keys() {
            world.ready(&name).await;
        }
        for service in OF_A_SCOPE {
            // Whoever does not care for the scope asks the first.
            let first = world.address(&format!("{service}-{}", scopes[0])).to_owned();
            world.addresses.insert(service.to_owned(), first);
        }
        world
    }

    /// Starts `huiju up` again, or for the first time, and waits until it is ready.
    pub async fn start_up(&mut self) {
        self.launch_up();
        let deadline = if self.demo { wait::LOADED } else { wait::SOON };
        let process = self.processes.get_mut(UP).expect("it was just launched");
        // The last of what it says once everything runs; until then it says nothing of its addresses.
        process.says("the welcome", deadline, |line| line.contains("Ctrl-C stops").then_some(())).await;
        let lines = process.lines();
        let find = |scheme: &str| {
            let word = lines.iter().flat_map(|line| line.split_whitespace()).find(|word| word.starts_with(scheme));
            word.unwrap_or_else(|| panic!("the welcome names no {scheme} address: {lines:?}")).to_owned()
        };
        self.log_url = find("esdb://");
        self.addresses.insert(UP.to_owned(), find("http://").trim_end_matches('/').to_owned());
        self.ready(UP).await;
    }

    /// Starts `huiju up`, where it was before if it ran before, and waits for nothing.
    pub fn launch_up(&mut self) {
        let data = self.data();
        let before = self.addresses.get(UP).map_or("127.0.0.1:0", |url| url.trim_start_matches("http://")).to_owned();
        let mut arguments = vec!["up", "--data", &data, "--listen", &before];
        if self.demo {
            arguments.push("--demo");
        }
        let process = Process::start(UP, process::command(&arguments), self.folder.path());
        self.processes.insert(UP.to_owned(), process);
    }

    async fn start_log(&mut self) {
        // A log that comes back must be where its clients look for it.
        let listen =
            self.log_url.strip_prefix("esdb://").and_then(|rest| rest.split('?').next()).unwrap_or("127.0.0.1:0");
        let listen = listen.to_owned();
        let data = self.folder.path().join("log").display().to_string();
        let command = process::command(&["serve", "log", "--data", &data, "--listen", &listen]);
        let mut process = Process::start("log", command, self.folder.path());
        self.log_url = process.says("its address", wait::SOON, |line| address(line, "esdb://")).await;
        self.processes.insert("log".to_owned(), process);
    }

    /// Starts `huiju serve <service>` under a name of its own; again where it was before, if it ran before.
    async fn start_service(&mut self, name: &str, service: &str) {
        let keys = self.file("accounts/jwks.json").display().to_string();
        self.start_with_keys(name, service, &keys).await;
    }

    async fn start_with_keys(&mut self, name: &str, service: &str, keys: &str) {
        let before = self.addresses.get(name).map(|url| url.trim_start_matches("http://").to_owned());
        let listen = before.unwrap_or_else(|| "127.0.0.1:0".to_owned());
        let data = self.folder.path().join(name).display().to_string();
        let mut arguments = vec!["serve", service, "--log", &self.log_url, "--data", &data, "--listen", &listen];
        arguments.extend(["--jwks", keys]);
        // One key store for all, as an installation has it.
        let key_store = self.file("keys/keys.db").display().to_string();
        if !WITHOUT_KEYS.contains(&service) && self.processes.contains_key("log") {
            arguments.extend(["--keys", &key_store]);
        }
        if let Some(scope) = scope_of(name, service) {
            arguments.extend(["--scope", scope]);
        }
        let mut process = Process::start(name, process::command(&arguments), self.folder.path());
        let url = process.says("its address", wait::SOON, |line| address(line, "http://")).await;
        self.addresses.insert(name.to_owned(), url);
        self.processes.insert(name.to_owned(), process);
    }

    /// Starts a service again that was stopped or killed, at the same address, and waits until it is ready.
    pub async fn start_again(&mut self, name: &str) {
        match name {
            UP => self.start_up().await,
            "log" => self.start_log().await,
            "directory-2" => self.start_service(name, "directory").await,
            name => {
                let service = OF_A_SCOPE.into_iter().find(|service| scope_of(name, service).is_some());
                self.start_service(name, service.unwrap_or(name)).await;
            }
        }
        if name != "log" {
            self.ready(name).await;
        }
    }

    /// Waits until a process says that it is ready.
    pub async fn ready(&self, name: &str) {
        let url = format!("{}/readyz", self.address(name));
        let http = reqwest::Client::new();
        wait::until(&format!("{name} to be ready"), wait::LOADED, async || {
            let answer = http.get(&url).send().await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let body = answer.text().await.unwrap_or_default();
            if status == 200 { Ok(()) } else { Err(format!("{status}: {body}")) }
        })
        .await;
    }

    /// A running process by name.
    pub fn process(&mut self, name: &str) -> &mut Process {
        self.processes.get_mut(name).unwrap_or_else(|| panic!("no {name} was started"))
    }

    /// SIGKILL to a process.
    pub fn kill(&mut self, name: &str) {
        self.processes.remove(name).unwrap_or_else(|| panic!("no {name} was started")).kill();
    }

    /// Asks a process to stop, as Ctrl-C does, and gives how it ended.
    pub async fn interrupt(&mut self, name: &str, deadline: Duration) -> ExitStatus {
        let mut process = self.processes.remove(name).unwrap_or_else(|| panic!("no {name} was started"));
        process.signal("INT");
        process.ends(deadline).await
    }

    /// The base address of a process; with `huiju up` every service is at the same.
    pub fn address(&self, name: &str) -> &str {
        self.addresses.get(name).or_else(|| self.addresses.get(UP)).unwrap_or_else(|| panic!("{name} has no address"))
    }

    /// The folder of this world.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder of this world.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data directory of `huiju up`, or of the accounts.
    pub fn data(&self) -> String {
        let name = if self.processes.contains_key("accounts") { "accounts" } else { "data" };
        self.folder.path().join(name).display().to_string()
    }

    /// The address of the log.
    pub fn log_url(&self) -> &str {
        &self.log_url
    }

    /// The log, read through the official client.
    pub async fn log(&self) -> Log {
        Log::connect(&self.log_url).await.expect("the log answers")
    }

    /// A token of the built-in issuer, made by `huiju token`.
    pub async fn token(&self, role: &str, office: Option<Office>) -> String {
        let data = self.data();
        let mut arguments = vec!["token", "--role", role, "--data", &data];
        if let Some(office) = office {
            arguments.extend(["--office", office.path()]);
        }
        let output = process::run(&arguments).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("a token is text").trim().to_owned()
    }

    /// A client without a token.
    pub fn public(&self) -> Api {
        let at = |name: &str| self.address(name).to_owned();
        let mut bases: Vec<(String, String)> =
            Office::ALL.map(|office| (format!("/api/{office}"), at(office.path()))).into();
        bases.push(("/api/center".to_owned(), at("center")));
        bases.push(("/api/areas".to_owned(), at("areas")));
        bases.push(("/api/population".to_owned(), at("planning")));
        bases.push(("/api/policy".to_owned(), at("planning")));
        bases.push(("/api/persons".to_owned(), at("persons")));
        bases.push(("/api/accounts".to_owned(), at("accounts")));
        bases.push((String::new(), at("directory")));
        Api::new(bases)
    }

    /// A client of the centre and the directory of a scope.
    pub fn public_in(&self, scope: &str) -> Api {
        let at = |name: &str| self.address(name).to_owned();
        let mut bases: Vec<(String, String)> =
            Office::ALL.map(|office| (format!("/api/{office}"), at(office.path()))).into();
        bases.push(("/api/center".to_owned(), at(&format!("center-{scope}"))));
        bases.push((String::new(), at(&format!("directory-{scope}"))));
        Api::new(bases)
    }

    /// A client that asks another directory than the first.
    pub fn public_of(&self, directory: &str) -> Api {
        Api::new(vec![(String::new(), self.address(directory).to_owned())])
    }

    /// A client with the token of a clerk of an office.
    pub async fn clerk(&self, office: Office) -> Api {
        self.public().with_token(self.token("clerk", Some(office)).await)
    }

    /// A client with a steward's token.
    pub async fn steward(&self) -> Api {
        self.public().with_token(self.token("steward", None).await)
    }

    /// A client with an administrator's token.
    pub async fn admin(&self) -> Api {
        self.public().with_token(self.token("admin", None).await)
    }

    /// `huiju import`, with more flags as given. Gives what the command wrote, and how it ended.
    pub async fn import(&self, what: &str, file: &Path, flags: &[&str]) -> std::process::Output {
        let office = what.parse::<Office>().ok();
        let token = match office {
            Some(office) => self.token("clerk", Some(office)).await,
            None => self.token("admin", None).await,
        };
        let file = file.display().to_string();
        let mut arguments = vec!["import", what, &file, "--server", self.address(what), "--token", &token];
        arguments.extend(flags);
        process::run(&arguments).await
    }

    /// `huiju import`, which must succeed.
    pub async fn must_import(&self, what: &str, file: &Path) {
        let output = self.import(what, file, &[]).await;
        assert!(
            output.status.success(),
            "import of {} ended with {}\n{}{}",
            file.display(),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Loads the divisions of Qinhuangdao.
    pub async fn load_areas(&self) {
        self.must_import("areas", &crate::files::areas()).await;
    }

    /// `huiju up` with the divisions and a few rows of every office, chosen so that the offices often mean the same
    /// thing: all rows about the first so many entities that were registered more than once.
    pub async fn up_with_overlaps(entities: usize) -> World {
        World::up().await.with_overlaps(entities).await
    }

    /// The same in a world that holds nothing yet.
    pub async fn with_overlaps(self, entities: usize) -> World {
        let world = self;
        world.load_areas().await;
        for (office, file) in crate::files::overlapping(entities, world.folder()) {
            world.must_import(office.path(), &file).await;
        }
        world.settled().await;
        world
    }

    /// Starts one more directory and waits until it is ready.
    pub async fn add_directory(&mut self, name: &str) {
        let keys = Path::new(&self.data()).join("jwks.json").display().to_string();
        self.start_with_keys(name, "directory", &keys).await;
        self.ready(name).await;
    }

    /// Makes an account and gives its password.
    pub async fn add_account(&self, name: &str, role: &str, office: Option<Office>) -> String {
        let password = format!("{name}-of-a-story");
        let data = self.data();
        let mut arguments = vec!["account", "--data", &data, "add", name, "--role", role];
        if let Some(office) = office {
            arguments.extend(["--office", office.path()]);
        }
        let output = process::run_with_input(&arguments, &format!("{password}\n")).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        password
    }

    /// The position of the last event that the centre answers to, as a token: what offices, hand-ins, divisions and
    /// stewards said. What the centre itself wrote in answer comes later.
    pub async fn last_said(&self) -> String {
        let log = self.log().await;
        let mut last = schema::Position::default();
        let offices = Office::ALL.into_iter().map(Category::Office);
        let inputs = offices.chain([Category::Areas, Category::HandIn, Category::Decisions]);
        let prefixes: Vec<String> = inputs.map(Category::prefix).collect();
        let read = log.catch_up(&prefixes, None, |event| {
            if event.envelope().is_ok_and(|envelope| envelope.actor != "service:center") {
                last = event.position;
            }
        });
        read.await.expect("the log can be read");
        last.token(log.id())
    }

    /// Waits until the centre has acted on everything in the log, and every directory shows it.
    pub async fn settled(&self) {
        let position = self.last_said().await;
        let mut directories = vec![self.public()];
        if self.addresses.contains_key("directory-2") {
            directories.push(self.public_of("directory-2"));
        }
        let query = "query ($p: Position!) { counters(atLeast: $p) { registrations } }";
        for directory in directories {
            wait::until("the directory to show everything", wait::LOADED, async || {
                let answer = directory.graphql(query, json!({ "p": position })).await;
                match answer["errors"].as_array() {
                    None => Ok(()),
                    Some(errors) => Err(format!("{errors:?}")),
                }
            })
            .await;
        }
    }
}

/// The scope that a process holds, by its name.
fn scope_of<'n>(name: &'n str, service: &str) -> Option<&'n str> {
    let scope = name.strip_prefix(service)?.strip_prefix('-')?;
    OF_A_SCOPE.contains(&service).then_some(scope).filter(|scope| scope.len() == 6)
}

/// The address after `listening`, if the line says one.
fn address(line: &str, scheme: &str) -> Option<String> {
    let address = line.strip_prefix("listening ")?;
    address.starts_with(scheme).then(|| address.trim().to_owned())
}
