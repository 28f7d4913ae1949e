//! The shape of the workspace, as the design has it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use stories::process::workspace;

/// The crates that are services: they meet only in the log.
const SERVICES: [&str; 13] = [
    "accounts",
    "areas",
    "calendar",
    "clinic",
    "womens-federation",
    "youth-league",
    "commerce",
    "persons",
    "planning",
    "center",
    "directory",
    "graph",
    "pages",
];

/// The crates that services are made of.
const LIBRARIES: [&str; 7] = ["schema", "chassis", "offers", "intake", "places", "desk", "prepared-macros"];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 5] = ["common", "shared", "utils", "helpers", "core"];

/// A dependency of a crate: its name, and its kind (none for a normal one).
struct Dependency {
    name: String,
    kind: Option<String>,
}

fn dependencies() -> BTreeMap<String, Vec<Dependency>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(workspace())
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut crates = BTreeMap::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependency = |dependency: &Value| Dependency {
            name: dependency["name"].as_str().unwrap().to_owned(),
            kind: dependency["kind"].as_str().map(str::to_owned),
        };
        let all = package["dependencies"].as_array().unwrap().iter().map(dependency).collect();
        crates.insert(package["name"].as_str().unwrap().to_owned(), all);
    }
    crates
}

/// The crates that depend on another, by what `counts`.
fn who_depends_on(name: &str, counts: impl Fn(&str, &Dependency) -> bool) -> Vec<String> {
    let crates = dependencies();
    let depends = |(user, all): (String, Vec<Dependency>)| {
        all.iter().any(|dependency| dependency.name == name && counts(&user, dependency)).then_some(user)
    };
    crates.into_iter().filter_map(depends).collect()
}

/// Every Rust source of the workspace.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for part in ["schema", "services", "tests"] {
        collect(&workspace().join(part), &mut found);
    }
    assert!(found.len() > 50, "the workspace has more sources than {}", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn a_service_depends_on_libraries_and_on_no_service() {
    let crates = dependencies();
    for service in SERVICES {
        let ours = crates[service].iter().filter(|dependency| crates.contains_key(&dependency.name));
        for dependency in ours.filter(|dependency| dependency.kind.is_none()) {
            // GraphQL is asked over the read model.
            let is_over = service == "graph" && dependency.name == "directory";
            let name = dependency.name.as_str();
            assert!(LIBRARIES.contains(&name) || is_over, "{service} depends on {name}");
        }
        // The interface's tests hold the pages' questions to its schema.
        let testers = who_depends_on(service, |user, dependency| {
            SERVICES.contains(&user) && dependency.kind.is_some() && (user, service) != ("graph", "pages")
        });
        assert!(testers.is_empty(), "the tests of {testers:?} depend on {service}");
    }
}

#[test]
fn each_library_knows_those_below_it_alone() {
    let crates = dependencies();
    for (library, below) in [
        ("schema", &[][..]),
        ("offers", &["schema"]),
        ("intake", &["schema"]),
        ("places", &["schema"]),
        ("chassis", &["schema"]),
        ("desk", &["chassis", "intake", "offers", "schema"]),
        ("pages", &["chassis", "schema"]),
    ] {
        let ours = crates[library].iter().filter(|dependency| dependency.kind.is_none());
        let mut ours: Vec<&str> =
            ours.map(|dependency| dependency.name.as_str()).filter(|name| crates.contains_key(*name)).collect();
        ours.sort_unstable();
        assert_eq!(ours, below, "{library}");
    }
}

#[test]
fn only_the_offices_have_a_desk_and_planning_reads_and_reports_as_they_do() {
    assert_eq!(
        who_depends_on("desk", |_, dependency| dependency.kind.is_none()),
        ["clinic", "commerce", "huiju", "planning", "womens-federation", "youth-league"]
    );
}

#[test]
fn only_the_chassis_speaks_to_the_log_through_the_client() {
    // The log server's own tests hold it to the client as well.
    let users = who_depends_on("eventstore", |user, dependency| {
        !(user == "log-server" && dependency.kind.as_deref() == Some("dev"))
    });
    assert_eq!(users, ["chassis"]);
}

#[test]
fn one_crate_speaks_graphql() {
    assert_eq!(who_depends_on("async-graphql", |_, _| true), ["graph"]);
}

#[test]
fn the_contract_depends_on_nothing_that_runs() {
    let crates = dependencies();
    for dependency in &crates["schema"] {
        let is_ours = crates.contains_key(&dependency.name);
        let runs = ["tokio", "eventstore", "axum", "reqwest", "futures"].contains(&dependency.name.as_str());
        assert!(!is_ours && !runs, "schema depends on {}", dependency.name);
    }
}

#[test]
fn the_log_server_knows_nothing_of_huiju() {
    let crates = dependencies();
    let ours: Vec<&str> = crates["log-server"]
        .iter()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| crates.contains_key(*name))
        .collect();
    assert!(ours.is_empty(), "it depends on {ours:?}");
}

#[test]
fn no_crate_and_no_module_has_an_empty_name() {
    for name in dependencies().into_keys() {
        assert!(!EMPTY_NAMES.contains(&name.as_str()), "a crate is called {name}");
    }
    for source in sources() {
        let within = source.strip_prefix(workspace()).unwrap();
        for part in within.with_extension("").components() {
            let part = part.as_os_str().to_str().unwrap();
            assert!(!EMPTY_NAMES.contains(&part), "{} is called {part}", within.display());
        }
        let text = std::fs::read_to_string(&source).unwrap();
        for line in text.lines() {
            let declared = line.trim_start().trim_start_matches("pub ").strip_prefix("mod ");
            let Some(name) = declared.and_then(|rest| rest.split([';', ' ', '{']).next()) else { continue };
            assert!(!EMPTY_NAMES.contains(&name), "{} declares a module {name}", within.display());
        }
    }
}

/// The files of one pure part: a file of that name, or a folder of it.
fn pure_part(folder: &str, name: &str) -> Vec<PathBuf> {
    let root = workspace().join("services").join(folder).join("src");
    let file = root.join(format!("{name}.rs"));
    let mut found: Vec<PathBuf> = file.exists().then_some(file).into_iter().collect();
    if root.join(name).is_dir() {
        collect(&root.join(name), &mut found);
    }
    assert!(!found.is_empty(), "services/{folder}/src has no {name}");
    found
}

#[test]
fn the_rules_are_pure() {
    // What a pure file has no use for: waiting, the time, chance, the world.
    const IMPURE: [&str; 22] = [
        "async fn",
        "async move",
        "async {",
        ".await",
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::now",
        "Clock",
        "new_v4",
        "rand::",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "tokio::",
        "reqwest",
        "println!",
        "chassis::log",
        "chassis::keys",
        "tracing::",
    ];
    let offices = ["clinic", "womens-federation", "youth-league", "commerce"];
    let mut parts: Vec<(&str, &str)> = offices.map(|office| (office, "domain")).into();
    parts.extend(["standing", "withdrawal"].map(|part| ("desk", part)));
    parts.extend(["matching", "decisions", "survivorship", "publication", "registry"].map(|part| ("center", part)));
    parts.push(("persons", "domain"));
    parts.push(("planning", "counting"));
    parts.extend(["eligibility", "opening", "projection", "scopes"].map(|part| ("directory", part)));
    let mut files: Vec<PathBuf> = parts.into_iter().flat_map(|(folder, name)| pure_part(folder, name)).collect();
    for folder in ["services/offers/src", "services/intake/src", "services/places/src"] {
        collect(&workspace().join(folder), &mut files);
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            // `self.awaits` is a field, `.await` is waiting.
            let code = code.replace(".awaits", "").replace(".awaiting", "");
            for word in IMPURE {
                assert!(!code.contains(word), "{}:{}: {word}", file.display(), number + 1);
            }
        }
    }
}

#[test]
fn a_module_with_parts_is_a_file_beside_their_folder() {
    let old: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|source| source.ends_with("mod.rs") && source.components().any(|part| part.as_os_str() == "src"))
        .collect();
    assert!(old.is_empty(), "foo.rs beside foo/, not foo/mod.rs: {old:?}");
}
