//! What stays: across restarts, after a kill, and who may open it.

use crate::{PATIENCE, append, client, event, expecting, set_metadata, soon, visible};
use eventstore::{Client, Error, ExpectedRevision, ReadAllOptions};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use log_server::{OpenError, Options, Server, StartError};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Tells the process that the kill test starts where its log is.
const DIRECTORY: &str = "LOG_SERVER_TEST_DIRECTORY";

fn options(directory: &Path) -> Options {
    Options { data: Some(directory.to_path_buf()), ..Options::in_memory() }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(options(directory.path())).await.unwrap();
    let (log, before) = (server.log_id(), client(&server.url()));
    append(&before, "s", 0..3).await;
    append(&before, "counted", 10..15).await;
    set_metadata(&before, "counted", 1, r#"{"$maxCount":2}"#).await;
    append(&before, "deleted", 20..22).await;
    before.delete_stream("deleted", &Default::default()).await.unwrap();
    append(&before, "closed", 30..31).await;
    let last = before.tombstone_stream("closed", &Default::default()).await.unwrap().unwrap();
    server.stop().await;

    let server = Server::start(options(directory.path())).await.unwrap();
    let after = client(&server.url());
    assert_eq!(server.log_id(), log);
    assert_eq!(visible(&after, "s").await.unwrap(), [0, 1, 2]);
    assert_eq!(visible(&after, "counted").await.unwrap(), [3, 4]);
    assert!(matches!(visible(&after, "deleted").await, Err(Error::ResourceNotFound)));
    assert!(matches!(visible(&after, "closed").await, Err(Error::ResourceDeleted)));
    // Retries and beliefs are judged as before; places go on.
    let again = after.append_to_stream("s", &expecting(ExpectedRevision::NoStream), event(0)).await.unwrap();
    assert_eq!(again.next_expected_version, 0);
    assert!(append(&after, "deleted", 22..23).await > last.commit);
    assert_eq!(visible(&after, "deleted").await.unwrap(), [2]);
    server.stop().await;
}

#[tokio::test]
async fn a_log_in_memory_is_gone_with_its_server() {
    let (server, log) = crate::server().await;
    append(&log, "s", 0..3).await;
    server.stop().await;
    let (server, log) = crate::server().await;
    assert!(matches!(visible(&log, "s").await, Err(Error::ResourceNotFound)));
    server.stop().await;
}

#[tokio::test]
async fn two_servers_cannot_have_the_same_log() {
    let directory = tempfile::tempdir().unwrap();
    let first = Server::start(options(directory.path())).await.unwrap();
    let second = Server::start(options(directory.path())).await;
    let Err(StartError::Open(error @ OpenError::InUse(_))) = second else { panic!("{second:?}") };
    assert!(error.to_string().contains("in use by another log server"), "{error}");
    first.stop().await;
    Server::start(options(directory.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_newer_or_foreign_file_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    Server::start(options(directory.path())).await.unwrap().stop().await;
    let path = directory.path().join("log.db");
    let set = |pragma: &str, value: i64| {
        rusqlite::Connection::open(&path).unwrap().pragma_update(None, pragma, value).unwrap();
    };
    set("user_version", 99);
    let newer = Server::start(options(directory.path())).await;
    assert!(matches!(newer, Err(StartError::Open(OpenError::Newer { found: 99, known: 1, .. }))), "{newer:?}");
    set("user_version", 1);
    set("application_id", 7);
    let foreign = Server::start(options(directory.path())).await;
    assert!(matches!(foreign, Err(StartError::Open(OpenError::Foreign(_)))), "{foreign:?}");
}

#[tokio::test]
async fn a_damaged_file_is_refused_with_the_remedy_in_both_languages() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("log.db"), "This was a log once. ".repeat(500)).unwrap();
    let damaged = Server::start(options(directory.path())).await;
    let Err(StartError::Open(error @ OpenError::Damaged { .. })) = damaged else { panic!("{damaged:?}") };
    let words = error.to_string();
    assert!(words.contains("备份") && words.contains("restore a backup") && words.contains("log.db"), "{words}");
}

#[tokio::test]
async fn addresses_that_other_machines_reach_are_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:2113"] {
        let refused = Server::start(Options { data: None, listen: address.parse().unwrap() }).await;
        let Err(error @ StartError::NotLoopback(_)) = refused else { panic!("{address}: {refused:?}") };
        assert!(error.to_string().contains("loopback"), "{error}");
    }
}

#[tokio::test]
async fn every_acknowledged_event_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    let mut next = 0;
    for round in 1..=5 {
        let (mut process, url) = start_process(directory.path());
        let log = client(&url);
        let enough = acknowledged.len() + 200 * round;
        let mut in_flight = FuturesUnordered::new();
        while acknowledged.len() < enough {
            while in_flight.len() < 64 {
                in_flight.push(write(log.clone(), next));
                next += 1;
            }
            let (number, position) = soon(in_flight.next()).await.unwrap();
            acknowledged.insert(position.unwrap(), number);
        }
        // With 64 appends on their way.
        process.kill().unwrap();
        process.wait().unwrap();
        while let Some((number, position)) = in_flight.next().await {
            acknowledged.extend(position.ok().map(|position| (position, number)));
        }
    }

    let (mut process, url) = start_process(directory.path());
    let log = client(&url);
    let mut read = log.read_all(&ReadAllOptions::default()).await.unwrap();
    let (mut found, mut numbers) = (BTreeMap::new(), BTreeSet::new());
    while let Some(event) = read.next().await.unwrap() {
        let event = event.get_original_event();
        let number = event.id.as_u64_pair().1;
        assert_eq!(event.data.as_ref(), format!("body {number}").as_bytes());
        found.insert(event.position.commit, number);
        numbers.insert(number);
    }
    let missing: Vec<_> =
        acknowledged.iter().filter(|(position, number)| found.get(position) != Some(number)).collect();
    assert!(missing.is_empty(), "acknowledged, but not there: {missing:?}");
    assert_eq!(numbers.len(), found.len(), "nothing is there twice");
    for stream in 0..8 {
        let revisions = visible(&log, &format!("s-{stream}")).await.unwrap();
        assert!(revisions.iter().copied().eq(0..revisions.len() as u64), "{revisions:?}");
    }
    process.kill().unwrap();
    process.wait().unwrap();
}

async fn write(log: Client, number: u64) -> (u64, eventstore::Result<u64>) {
    let stream = format!("s-{}", number % 8);
    let written = log.append_to_stream(stream, &expecting(ExpectedRevision::Any), event(number)).await;
    (number, written.map(|written| written.position.commit))
}

/// Starts this test binary as a server of its own; returns it with its connection string.
fn start_process(directory: &Path) -> (Child, String) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "durability::serves_when_asked_to", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
    let url = output.find_map(|line| Some(line.unwrap().split_once("esdb://")?.1.to_owned()));
    (process, format!("esdb://{}", url.expect("the server tells its address")))
}

/// The process that the kill test starts. Without a directory it has nothing to do.
#[tokio::test]
async fn serves_when_asked_to() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let server = Server::start(options(Path::new(&directory))).await.unwrap();
    println!("{}", server.url());
    // Nobody takes longer than this to kill it.
    let _ = tokio::time::timeout(PATIENCE * 5, server.stopped()).await;
}
