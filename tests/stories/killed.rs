//! A hand-in that is killed at any moment and run again ends as if nothing had happened.

use crate::demo::demo;
use chassis::log::{Log, Recorded};
use schema::decisions::DecisionEvent;
use schema::streams::Category;
use schema::{DecodeError, Envelope, MergeId, Office, RegistrationId, ResourceId, Stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use stories::dice::Dice;
use stories::oracle::{Oracle, Standing};
use stories::wait;
use stories::world::World;

/// How often the process is killed: `HUIJU_KILL_ROUNDS`, or so often.
const ROUNDS: u64 = 4;

/// After so many kills the load is let run to its end and looked at, and a new one is begun.
const KILLS_OF_ONE_LOAD: u64 = 4;

/// What is compared of an event: all that is not a time and not drawn by chance.
#[derive(Debug, PartialEq)]
struct Told {
    id: String,
    event_type: String,
    data: Value,
    key: String,
    body: String,
    effective_at: String,
    actor: String,
}

/// The office streams as they are compared.
async fn office_streams(log: &Log) -> BTreeMap<String, Vec<Told>> {
    let mut streams: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    let prefixes = Office::ALL.map(Category::Office).map(Category::prefix);
    let read =
        log.catch_up(&prefixes, None, |event| streams.entry(event.stream.clone()).or_default().push(told(&event)));
    read.await.unwrap();
    streams
}

fn told(event: &Recorded) -> Told {
    let data: Value = serde_json::from_slice(&event.data).unwrap();
    let envelope: Result<Envelope, DecodeError> = event.envelope();
    let envelope = envelope.unwrap();
    // A hand-in's rows without a day of registration hold from the moment they were handed in.
    let registered_on = data.get("registered_on").is_some_and(|day| !day.is_null());
    Told {
        id: event.id.to_string(),
        event_type: event.event_type.clone(),
        key: envelope.key,
        body: envelope.body,
        effective_at: if registered_on { envelope.effective_at.to_string() } else { "when handed in".to_owned() },
        actor: envelope.actor,
        data,
    }
}

/// What the directory shows and where every other id leads, without the resources themselves.
pub(crate) fn groups(oracle: &Oracle) -> BTreeMap<ResourceId, Value> {
    let group = |(id, standing): (&ResourceId, &Standing)| {
        let value = match standing {
            Standing::Shown(resource) => serde_json::to_value(resource).unwrap(),
            Standing::Absorbed(into) => json!({ "into": into }),
            Standing::Withdrawn => json!("withdrawn"),
        };
        (*id, value)
    };
    // An id that was never published on the way to the outcome leads nowhere; that depends on the order of arrival.
    oracle.resources().iter().map(group).filter(|(_, value)| value.get("into").is_none()).collect()
}

/// The open proposals, each as the two resources it asks about. Which two of their registrations it names depends on which
/// of them arrived first, as does which two a merge names; what the merges make of it all does not.
pub(crate) async fn proposals(log: &Log, oracle: &Oracle) -> BTreeMap<BTreeSet<ResourceId>, usize> {
    let mut resource_of: BTreeMap<RegistrationId, ResourceId> = BTreeMap::new();
    for resource in oracle.shown() {
        resource_of.extend(resource.sources.iter().map(|source| (source.registration, resource.id)));
    }
    let mut open: BTreeMap<MergeId, [RegistrationId; 2]> = BTreeMap::new();
    let prefixes = ["decisions-".to_owned()];
    let read = log.catch_up(&prefixes, None, |event| match event.decode::<DecisionEvent>().unwrap() {
        DecisionEvent::MergeProposed(proposed) => {
            open.insert(proposed.id, proposed.pair);
        }
        DecisionEvent::RegistrationsMerged(merged) => {
            open.remove(&merged.id);
        }
        DecisionEvent::MergeRefused(refused) => {
            open.remove(&refused.id);
        }
        DecisionEvent::MergeUndone(undone) => {
            open.remove(&undone.id);
        }
    });
    read.await.unwrap();
    let mut asked = BTreeMap::new();
    for pair in open.into_values() {
        let resources: BTreeSet<ResourceId> =
            pair.iter().map(|one| resource_of.get(one).copied().unwrap_or_else(|| ResourceId::of(*one))).collect();
        *asked.entry(resources).or_insert(0) += 1;
    }
    // A proposal within what has become one group since asks nothing any more.
    asked.retain(|resources, _| resources.len() == 2);
    asked
}

/// The first difference between two maps, in words short enough to read.
pub(crate) fn assert_alike<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    killed: &BTreeMap<K, V>,
    undisturbed: &BTreeMap<K, V>,
) {
    let missing: Vec<&K> = undisturbed.keys().filter(|key| !killed.contains_key(key)).take(5).collect();
    let surplus: Vec<&K> = killed.keys().filter(|key| !undisturbed.contains_key(key)).take(5).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{what}: missing {missing:?}, surplus {surplus:?}");
    for (key, value) in killed {
        assert!(*value == undisturbed[key], "{what} {key:?}:\n killed {value:?}\n undisturbed {:?}", undisturbed[key]);
    }
}

#[tokio::test]
async fn an_import_that_is_killed_at_any_moment_and_run_again_ends_as_if_undisturbed() {
    let rounds = std::env::var("HUIJU_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let undisturbed = demo().await;
    let undisturbed_log = undisturbed.log().await;
    let expected_streams = office_streams(&undisturbed_log).await;
    let undisturbed_oracle = Oracle::read(&undisturbed_log).await;
    let expected_groups = groups(&undisturbed_oracle);
    let expected_proposals = proposals(&undisturbed_log, &undisturbed_oracle).await;
    assert!(expected_streams.len() > 3000);

    let whole = written(undisturbed);
    let mut dice = Dice::new(rounds);
    let mut left = rounds;
    while left > 0 {
        let mut world = World::empty(true);
        // Under the same keys the same file is the same hand-in, and the same name the same text.
        std::fs::create_dir_all(world.file("data")).unwrap();
        std::fs::copy(undisturbed.file("data/keys.db"), world.file("data/keys.db")).unwrap();
        for _ in 0..left.min(KILLS_OF_ONE_LOAD) {
            left -= 1;
            // Anywhere between where it stands and the whole of it.
            let stands = written(&world);
            let moment = stands + dice.below(whole.saturating_sub(stands).max(1));
            world.launch_up();
            wait::until("the moment of the kill", wait::LOADED, async || {
                let is_done = world.process("up").lines().iter().any(|line| line.contains("Ctrl-C stops"));
                let now = written(&world);
                if now > moment || is_done { Ok(()) } else { Err(format!("{now} bytes of {moment}")) }
            })
            .await;
            world.kill("up");
        }
        world.start_up().await;
        let log = world.log().await;
        assert_alike("stream", &office_streams(&log).await, &expected_streams);
        let oracle = Oracle::read(&log).await;
        assert_alike("resource", &groups(&oracle), &expected_groups);
        assert_alike("proposal", &proposals(&log, &oracle).await, &expected_proposals);

        // Ctrl-C, and once more: nothing is imported or decided twice.
        let before = all_but_the_chassis(&log).await;
        assert!(world.interrupt("up", wait::SOON).await.success());
        world.start_up().await;
        assert_eq!(all_but_the_chassis(&world.log().await).await, before, "something was written again");
    }
}

/// How many bytes the log of a world has on disk.
fn written(world: &World) -> u64 {
    let files = std::fs::read_dir(world.file("data/log")).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// How many events there are of each category that means anything.
async fn all_but_the_chassis(log: &Log) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut prefixes: Vec<String> = Office::ALL.map(Category::Office).map(Category::prefix).into();
    prefixes.extend(["areas-", "import-", "decisions-", "resource-"].map(str::to_owned));
    let read = log.catch_up(&prefixes, None, |event| {
        let category = event.stream.split('-').next().unwrap_or_default().to_owned();
        *counts.entry(category).or_insert(0) += 1;
    });
    read.await.unwrap();
    counts
}

/// Every event type is one of the contract's: nothing was written that nobody can read.
#[tokio::test]
async fn the_log_holds_only_what_the_contract_knows() {
    let log = demo().await.log().await;
    let mut unknown = Vec::new();
    let mut count = 0;
    let read = log.catch_up(&[], None, |event| {
        if event.stream.starts_with('$') {
            return;
        }
        count += 1;
        let category = event.stream.parse().map(|stream: Stream| stream.category());
        let types = category.map(Category::event_types).unwrap_or_default();
        if !types.contains(&event.event_type.as_str()) {
            unknown.push((event.stream.clone(), event.event_type.clone()));
        }
    });
    read.await.unwrap();
    assert!(count > 3000 && unknown.is_empty(), "{count} events, of unknown types {unknown:?}");
}
