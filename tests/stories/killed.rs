//! A hand-in that is killed at any moment and run again ends as if nothing had happened.

use crate::demo::demo;
use chassis::log::{Log, Recorded};
use schema::{DecodeError, Envelope, Event, Office, ResourceId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
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
    let prefixes = Office::ALL.map(Office::stream_prefix);
    let read =
        log.catch_up(&prefixes, None, |event| streams.entry(event.stream.clone()).or_default().push(told(&event)));
    read.await.unwrap();
    streams
}

fn told(event: &Recorded) -> Told {
    let mut data: Value = serde_json::from_slice(&event.data).unwrap();
    forget_ciphertext(&mut data);
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

/// The key of a sealed value is drawn by chance, so its ciphertext differs from one installation to the next.
fn forget_ciphertext(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if name == "ciphertext" {
                    *field = json!("sealed");
                } else {
                    forget_ciphertext(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_ciphertext),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What the directory shows and where every other id leads, without the resources themselves.
fn groups(oracle: &Oracle) -> BTreeMap<ResourceId, Value> {
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

/// The merges in force, and the open proposals, as pairs.
async fn decisions(log: &Log) -> BTreeMap<String, String> {
    use schema::decisions::DecisionEvent;
    let mut pairs = BTreeMap::new();
    let prefixes = ["decisions-".to_owned()];
    let read = log.catch_up(&prefixes, None, |event| match event.decode::<DecisionEvent>().unwrap() {
        DecisionEvent::MatchingModelAdopted(_) => {}
        DecisionEvent::MergeProposed(proposed) => {
            pairs.insert(proposed.id.to_string(), "proposed".to_owned());
        }
        DecisionEvent::RegistrationsMerged(merged) => {
            pairs.insert(merged.id.to_string(), "merged".to_owned());
        }
        DecisionEvent::MergeRefused(refused) => {
            pairs.insert(refused.id.to_string(), "refused".to_owned());
        }
        DecisionEvent::MergeUndone(undone) => {
            pairs.insert(undone.id.to_string(), "undone".to_owned());
        }
    });
    read.await.unwrap();
    pairs
}

/// The first difference between two maps, in words short enough to read.
fn assert_alike<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
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
    let expected_groups = groups(&Oracle::read(&undisturbed_log).await);
    let expected_decisions = decisions(&undisturbed_log).await;
    assert!(expected_streams.len() > 3000);

    let mut dice = Dice::new(rounds);
    let mut left = rounds;
    while left > 0 {
        let mut world = World::empty(true);
        // The first kill falls anywhere into what a whole load takes here and now; the next ones into what is left.
        let mut patience = Duration::from_secs(if cfg!(debug_assertions) { 25 } else { 6 });
        for _ in 0..left.min(KILLS_OF_ONE_LOAD) {
            let moment = Duration::from_millis(dice.below(u64::try_from(patience.as_millis()).unwrap()));
            let begun = Instant::now();
            world.launch_up();
            // Dies at its moment, or when it is already done.
            wait::until("the moment of the kill", wait::LOADED, async || {
                let is_done = world.process("up").lines().iter().any(|line| line.contains("Ctrl-C stops"));
                if begun.elapsed() >= moment || is_done { Ok(()) } else { Err("not yet") }
            })
            .await;
            world.kill("up");
            patience = patience * 3 / 4;
            left -= 1;
        }
        world.start_up().await;
        let log = world.log().await;
        assert_alike("stream", &office_streams(&log).await, &expected_streams);
        assert_alike("resource", &groups(&Oracle::read(&log).await), &expected_groups);
        assert_alike("decision", &decisions(&log).await, &expected_decisions);

        // Ctrl-C, and once more: nothing is imported or decided twice, and it is there at once.
        let before = all_but_the_chassis(&log).await;
        assert!(world.interrupt("up", wait::SOON).await.success());
        let begun = Instant::now();
        world.start_up().await;
        let took = begun.elapsed();
        assert!(
            took < Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 }),
            "it took {took:?} to come back"
        );
        assert_eq!(all_but_the_chassis(&world.log().await).await, before, "something was written again");
    }
}

/// How many events there are of each category that means anything.
async fn all_but_the_chassis(log: &Log) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    let mut prefixes: Vec<String> = Office::ALL.map(Office::stream_prefix).into();
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
    let prefixes: Vec<String> =
        Office::ALL.map(Office::stream_prefix).into_iter().chain(["import-".to_owned()]).collect();
    let read = log.catch_up(&prefixes, None, |event| {
        count += 1;
        let types: &[&str] = match Office::of_stream(&event.stream) {
            Some(Office::Clinic) => schema::clinic::ClinicEvent::TYPES,
            Some(Office::WomensFederation) => schema::womens_federation::WomensFederationEvent::TYPES,
            Some(Office::YouthLeague) => schema::youth_league::YouthLeagueEvent::TYPES,
            Some(Office::Commerce) => schema::commerce::CommerceEvent::TYPES,
            None => schema::hand_in::HandInEvent::TYPES,
        };
        if !types.contains(&event.event_type.as_str()) {
            unknown.push(event.event_type.clone());
        }
    });
    read.await.unwrap();
    assert!(count > 3000 && unknown.is_empty(), "{count} events, of unknown types {unknown:?}");
}
