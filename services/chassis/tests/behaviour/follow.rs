use crate::stage::{
    SOON, Wire, connect, free_address, in_memory, number_of, numbered, on_disk, quick, turn_away, until, url,
};
use chassis::follow::{Followed, FollowedOwned, Handling, follow, follow_stream};
use chassis::health::Health;
use chassis::log::{Expected, Log, Recorded};
use log_server::Server;
use schema::Position;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What a follower has been given.
#[derive(Default)]
struct Seen {
    numbers: Vec<usize>,
    positions: Vec<Position>,
    caught_up: Vec<Position>,
    reached: Position,
}

struct Follower {
    seen: Arc<Mutex<Seen>>,
    health: Health,
    task: tokio::task::JoinHandle<()>,
    stop: DropGuard,
}

impl Follower {
    fn start(log: &Log, name: &'static str, prefixes: &[&str], after: Option<Position>) -> Follower {
        let (seen, health, stop) = (Arc::<Mutex<Seen>>::default(), Health::new(), CancellationToken::new());
        let prefixes = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let given = Arc::clone(&seen);
        let each = move |followed: Followed<'_, usize>| take(&mut given.lock().unwrap(), followed);
        // What is no number is for `each` to say.
        let decode = |event: &Recorded| if event.event_type == "Numbered" { number_of(event) } else { 0 };
        let task = tokio::spawn(follow(log, name, prefixes, after, &health, stop.clone(), decode, each));
        Follower { seen, health, task, stop: stop.drop_guard() }
    }

    fn numbers(&self) -> Vec<usize> {
        self.seen.lock().unwrap().numbers.clone()
    }

    async fn has(&self, count: usize) {
        until("the events to come", async || self.seen.lock().unwrap().numbers.len() >= count).await;
    }

    async fn stop(self) -> Seen {
        drop(self.stop);
        tokio::time::timeout(SOON, self.task).await.expect("it ends when shut down").unwrap();
        Arc::into_inner(self.seen).unwrap().into_inner().unwrap()
    }
}

fn take(seen: &mut Seen, followed: Followed<'_, usize>) -> Handling {
    let position = match followed {
        Followed::Event(event, number) if event.event_type == "Numbered" => {
            seen.numbers.push(number);
            seen.positions.push(event.position);
            event.position
        }
        Followed::Event(event, _) => return Handling::Park(format!("{} means nothing to me", event.event_type).into()),
        Followed::CaughtUp(position) => {
            seen.caught_up.push(position);
            position
        }
        Followed::Checkpoint(position) => position,
        Followed::Waiting => return Handling::Continue,
    };
    assert!(position >= seen.reached, "positions never fall");
    seen.reached = position;
    Handling::Continue
}

async fn write(log: &Log, stream: &str, numbers: std::ops::Range<usize>) {
    for number in numbers {
        log.append(stream, Expected::Any, vec![numbered(stream, number)]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_is_given_the_past_then_the_present_once_and_in_order() {
    let server = in_memory().await;
    let log = connect(&server).await;
    write(&log, "counter-1", 0..20).await;
    let follower = Follower::start(&log, "past-and-present", &["counter-"], None);
    follower.has(20).await;
    until("readiness", async || follower.health.is_ready()).await;
    write(&log, "other-1", 0..5).await;
    write(&log, "counter-1", 20..40).await;
    follower.has(40).await;
    let seen = follower.stop().await;
    assert_eq!(seen.numbers, (0..40).collect::<Vec<_>>());
    assert!(!seen.caught_up.is_empty());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_starts_after_a_position_is_not_given_it_again() {
    let server = in_memory().await;
    let log = connect(&server).await;
    write(&log, "counter-1", 0..10).await;
    let after = log.read_stream("counter-1").await.unwrap()[4].position;
    let follower = Follower::start(&log, "after", &["counter-"], Some(after));
    follower.has(5).await;
    assert_eq!(follower.stop().await.numbers, (5..10).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_nothing_yet_is_ready_at_the_head() {
    let server = in_memory().await;
    let log = connect(&server).await;
    write(&log, "other-1", 0..3).await;
    let follower = Follower::start(&log, "nothing-yet", &["counter-"], None);
    assert_eq!(follower.health.reports().len(), 1, "nobody takes it for ready before it has begun");
    until("readiness", async || follower.health.is_ready()).await;
    let seen = follower.stop().await;
    assert_eq!(seen.caught_up.first(), Some(&log.head().await.unwrap()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_advances_over_events_that_are_not_for_it() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let follower = Follower::start(&log, "advances", &["counter-"], None);
    until("readiness", async || follower.health.is_ready()).await;
    write(&log, "other-1", 0..7).await;
    let head = log.head().await.unwrap();
    until("a checkpoint at the head", async || follower.seen.lock().unwrap().reached >= head).await;
    assert_eq!(follower.stop().await.numbers, Vec::<usize>::new());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_under_a_follower_loses_and_repeats_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = on_disk(directory.path(), free_address().await).await;
    let address = server.address();
    let log = connect(&server).await;
    write(&log, "counter-1", 0..10).await;
    let follower = Follower::start(&log, "restarts", &["counter-"], None);
    follower.has(10).await;
    for restart in 1..=3 {
        server = restarted(server, directory.path(), address).await;
        write(&log, "counter-1", restart * 10..restart * 10 + 10).await;
        follower.has(restart * 10 + 10).await;
    }
    let report = follower.health.reports().remove(0);
    assert!(report.ready && report.trouble.is_none(), "{report:?}");
    assert_eq!(follower.stop().await.numbers, (0..40).collect::<Vec<_>>());
    server.stop().await;
}

async fn restarted(server: Server, directory: &std::path::Path, address: std::net::SocketAddr) -> Server {
    server.stop().await;
    on_disk(directory, address).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_for_long_finds_its_followers_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let server = on_disk(directory.path(), free_address().await).await;
    let address = server.address();
    let log = connect(&server).await;
    let follower = Follower::start(&log, "away", &["counter-"], None);
    write(&log, "counter-1", 0..5).await;
    follower.has(5).await;
    server.stop().await;

    // A minute's absence in little: each client dies for good of the first connection that fails.
    turn_away(address, 5).await;
    let rebuilt = chassis::metrics::CLIENT_REBUILDS.with_label_values(&["subscriptions"]).get();
    assert!(rebuilt >= 2, "{rebuilt} clients were rebuilt");
    let report = follower.health.reports().remove(0);
    assert!(report.ready && report.trouble.is_some(), "still ready, and troubled: {report:?}");

    let server = on_disk(directory.path(), address).await;
    // Written by others while this follower does not look.
    let other = connect(&server).await;
    write(&other, "counter-1", 5..10).await;
    follower.has(10).await;
    assert_eq!(follower.stop().await.numbers, (0..10).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls_silent_is_given_up() {
    let server = in_memory().await;
    let direct = connect(&server).await;
    let wire = Wire::to(server.address()).await;
    let timing = chassis::log::Timing { attempt: Duration::from_millis(300), ..quick() };
    let log = Log::connect_with(&url(wire.address), timing).await.unwrap();
    let follower = Follower::start(&log, "silent", &["counter-"], None);
    write(&direct, "counter-1", 0..5).await;
    follower.has(5).await;

    // Nothing is closed: the client's own watch would take twenty seconds.
    wire.deafen();
    write(&direct, "counter-1", 5..10).await;
    until("the silence to be noticed", async || follower.health.reports()[0].trouble.is_some()).await;
    assert_eq!(follower.numbers().len(), 5);
    wire.cut_and_mend();
    follower.has(10).await;
    assert_eq!(follower.stop().await.numbers, (0..10).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_means_nothing_is_parked_and_counted_and_the_rest_goes_on() {
    let server = in_memory().await;
    let log = connect(&server).await;
    write(&log, "counter-1", 0..3).await;
    let mut poison = numbered("counter-1", 99);
    poison.event_type = "Poison".to_owned();
    log.append("counter-1", Expected::Any, vec![poison]).await.unwrap();
    write(&log, "counter-1", 3..6).await;

    let follower = Follower::start(&log, "poisoned", &["counter-"], None);
    follower.has(6).await;
    until("readiness", async || follower.health.is_ready()).await;
    let report = follower.health.reports().remove(0);
    assert_eq!((report.parked_count, report.parked.len()), (1, 1));
    assert_eq!((report.parked[0].stream.as_str(), report.parked[0].revision), ("counter-1", Some(3)));
    assert_eq!(report.parked[0].reason, "Poison means nothing to me");
    assert_eq!(chassis::metrics::PARKED.with_label_values(&["poisoned"]).get(), 1);
    assert_eq!(follower.stop().await.numbers, (0..6).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_consumer_loses_nothing_and_does_not_hold_up_appends() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let (health, stop) = (Health::new(), CancellationToken::new());
    let mut receiver = follow_stream(&log, "slow", vec!["counter-".to_owned()], None, &health, stop.clone());
    // Far more than fits between the connection and the consumer.
    let padding = "x".repeat(2_000);
    for batch in 0..60 {
        let stream = format!("counter-{batch}");
        let events = (0..100).map(|index| {
            let mut event = numbered(&stream, batch * 100 + index);
            event.data["padding"] = padding.clone().into();
            event
        });
        log.append(&stream, Expected::NoStream, events.collect()).await.unwrap();
    }
    let mut numbers = Vec::new();
    while numbers.len() < 6_000 {
        match tokio::time::timeout(SOON, receiver.recv()).await.unwrap().unwrap() {
            FollowedOwned::Event(event) => numbers.push(number_of(&event)),
            FollowedOwned::CaughtUp(_) | FollowedOwned::Checkpoint(_) => {}
        }
    }
    assert_eq!(numbers, (0..6_000).collect::<Vec<_>>());
    stop.cancel();
    while receiver.recv().await.is_some() {}
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_panics_does_not_look_ready() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let health = Health::new();
    write(&log, "counter-1", 0..1).await;
    let (prefixes, stop) = (vec!["counter-".to_owned()], CancellationToken::new());
    let task = tokio::spawn(follow(&log, "panics", prefixes, None, &health, stop, |_| (), |_| panic!("on purpose")));
    assert!(task.await.unwrap_err().is_panic());
    let report = health.reports().remove(0);
    assert_eq!((report.ready, report.trouble.as_deref()), (false, Some("the follower panicked")));
    server.stop().await;
}
