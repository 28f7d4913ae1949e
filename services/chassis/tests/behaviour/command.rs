use crate::events::{Cleared, Counted, Weighed, added, evolve};
use crate::stage::{SOON, Wire, command, connect, in_memory, numbered, quick, until, url};
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::decide::{CommandError, Outcome, handle, open};
use chassis::log::{Expected, Log, LogError, Timing};
use chrono::TimeDelta;
use schema::Shape;
use std::cell::Cell;
use std::time::Duration;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("too much")]
struct TooMuch;

/// Adds, but never beyond a hundred; adding nothing changes nothing.
async fn add(log: &Log, stream: &str, key: &str, by: i64) -> Result<(Outcome, i64), CommandError<TooMuch>> {
    handle(log, stream, &command(key, by), 0, evolve, |total| match total + by {
        sum if sum > 100 => Err(TooMuch),
        _ if by == 0 => Ok(vec![]),
        _ => Ok(vec![added(by)]),
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_decided_on_what_the_stream_holds() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let (first, total) = add(&log, "counter-1", "a", 60).await.unwrap();
    assert_eq!((first.revision, first.repeated, first.changed, total), (0, false, true, 60));
    assert_eq!(add(&log, "counter-1", "b", 60).await, Err(CommandError::Refused(TooMuch)));
    let (second, total) = add(&log, "counter-1", "c", 40).await.unwrap();
    assert_eq!((second.revision, total), (1, 100));
    assert!(second.position > first.position);

    let events = log.read_stream("counter-1").await.unwrap();
    let envelope = events[1].envelope().unwrap();
    assert_eq!(
        (envelope.key.as_str(), envelope.actor.as_str(), envelope.schema),
        ("c", "tester", Shape::of("Added", 1))
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_changes_nothing_says_where_the_stream_is() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let (nothing, _) = add(&log, "counter-1", "a", 0).await.unwrap();
    assert!(!nothing.changed);
    let (first, _) = add(&log, "counter-1", "b", 1).await.unwrap();
    let (nothing, total) = add(&log, "counter-1", "c", 0).await.unwrap();
    assert_eq!((nothing.changed, nothing.position, nothing.revision, total), (false, first.position, 0, 1));
    server.stop().await;
}

#[test]
fn one_act_of_a_person_has_one_id_however_often_it_is_repeated_and_whatever_it_comes_to() {
    let at = Clock::system().now();
    let act = Command::of("wang", "k-1", &1, at).unwrap();
    assert_eq!(Command::of("wang", "k-1", &1, at + TimeDelta::days(1)).unwrap().correlation_id(), act.correlation_id());
    let part = act.part("k-1:row:7", &7, at).unwrap();
    assert_eq!((part.correlation_id(), part.key()), (act.correlation_id(), "k-1:row:7"));
    for other in [Command::of("li", "k-1", &1, at).unwrap(), Command::of("wang", "k-2", &1, at).unwrap()] {
        assert_ne!(other.correlation_id(), act.correlation_id());
    }
    let answer = Command::of("service:center", "center:7", &1, at)
        .unwrap()
        .within(act.correlation_id())
        .answering(act.correlation_id());
    assert_eq!(answer.correlation_id(), act.correlation_id());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_answers_as_the_first_time_whatever_happened_since() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let (first, then) = add(&log, "counter-1", "a", 60).await.unwrap();
    add(&log, "counter-1", "b", 40).await.unwrap();
    // Decided anew it would be refused.
    let (again, state) = add(&log, "counter-1", "a", 60).await.unwrap();
    assert_eq!((again, state), (Outcome { repeated: true, ..first }, then));
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_of_several_events_is_remembered_by_its_last() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let run = async || {
        let decide = |_: &i64| Ok::<_, TooMuch>(vec![added(1), Counted::Cleared(Cleared {}), added(5)]);
        handle(&log, "counter-1", &command("a", 0), 0, evolve, decide).await.unwrap()
    };
    let (first, total) = run().await;
    assert_eq!((first.revision, total), (2, 5));
    assert_eq!(run().await, (Outcome { repeated: true, ..first }, 5));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_for_something_else_is_refused() {
    let server = in_memory().await;
    let log = connect(&server).await;
    add(&log, "counter-1", "a", 1).await.unwrap();
    assert_eq!(add(&log, "counter-1", "a", 2).await, Err(CommandError::KeyReused { key: "a".to_owned() }));
    assert!(add(&log, "counter-2", "a", 2).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_collide_are_decided_one_after_the_other() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let commands = (0..8).map(|number| {
        let log = log.clone();
        tokio::spawn(async move { add(&log, "counter-1", &format!("k{number}"), 20).await })
    });
    let outcomes: Vec<_> = futures::future::join_all(commands).await.into_iter().map(Result::unwrap).collect();
    let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (5, 3));
    assert!(refused.iter().all(|refused| *refused == Err(CommandError::Refused(TooMuch))));
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 5);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_makes_the_command_decide_again_on_what_is_new() {
    let server = in_memory().await;
    let log = connect(&server).await;
    add(&log, "counter-1", "first", 10).await.unwrap();
    let seen = std::sync::Mutex::new(Vec::new());
    let (outcome, total) = handle(&log, "counter-1", &command("a", 1), 0, evolve, |total| {
        seen.lock().unwrap().push(*total);
        if *total == 10 {
            // Somebody else is quicker, between our reading and our append.
            let log = log.clone();
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(add(&log, "counter-1", "quicker", 5)).unwrap()
            });
        }
        Ok::<_, TooMuch>(vec![added(1)])
    })
    .await
    .unwrap();
    assert_eq!((outcome.revision, total), (2, 16));
    assert_eq!(*seen.lock().unwrap(), [10, 15]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_opened_is_read_only_when_it_is_there_already() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let seen = Cell::new(Vec::new());
    let run = async |key: &str, by: i64| {
        seen.take();
        let decide = |total: &i64| {
            seen.set([seen.take(), vec![*total]].concat());
            if total + by > 100 { Err(TooMuch) } else { Ok(vec![added(by)]) }
        };
        open(&log, "counter-1", &command(key, by), 0, evolve, decide).await
    };
    let (first, total) = run("a", 60).await.unwrap();
    assert_eq!((first.revision, first.changed, total, seen.take()), (0, true, 60, vec![0]));
    let (again, total) = run("a", 60).await.unwrap();
    assert_eq!((again.revision, again.position, again.changed, total), (0, first.position, true, 60));
    let (other, total) = run("b", 30).await.unwrap();
    assert_eq!((other.revision, other.changed, total, seen.take()), (1, true, 90, vec![0, 60]));
    assert_eq!(run("c", 30).await, Err(CommandError::Refused(TooMuch)), "by what stands there");
    assert_eq!(run("d", 101).await, Err(CommandError::Refused(TooMuch)));
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_answer_was_lost_answers_when_it_is_sent_again() {
    let server = in_memory().await;
    let direct = connect(&server).await;
    let wire = Wire::to(server.address()).await;
    let timing = Timing { patience: Duration::from_millis(600), attempt: Duration::from_millis(500), ..quick() };
    let log = Log::connect_with(&url(wire.address), timing).await.unwrap();

    let decisions = Cell::new(0);
    let run = async || {
        handle(&log, "counter-1", &command("a", 7), 0, evolve, |_| {
            decisions.set(decisions.get() + 1);
            if decisions.get() == 1 {
                wire.deafen();
            }
            Ok::<_, TooMuch>(vec![added(7)])
        })
        .await
    };
    let lost = run().await;
    assert!(matches!(lost, Err(CommandError::Log(LogError::Unavailable(_)))), "{lost:?}");
    until("the append to arrive", async || direct.read_stream("counter-1").await.unwrap().len() == 1).await;
    wire.cut_and_mend();

    let answered = async {
        loop {
            match run().await {
                Ok(answer) => return answer,
                Err(error) => assert!(matches!(error, CommandError::Log(LogError::Unavailable(_))), "{error:?}"),
            }
        }
    };
    let (outcome, total) = tokio::time::timeout(SOON, answered).await.unwrap();
    let events = direct.read_stream("counter-1").await.unwrap();
    assert_eq!((events.len(), outcome.position), (1, events[0].position));
    assert_eq!((outcome.repeated, outcome.changed, total, decisions.get()), (true, true, 7, 1));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_written_as_it_is_is_refused_and_nothing_is_written() {
    let server = in_memory().await;
    let log = connect(&server).await;
    let weighed = |weight: f64, pairs: &[((u8, u8), u8)]| {
        Counted::Weighed(Weighed { weight, pairs: pairs.iter().copied().collect() })
    };
    for bad in [weighed(f64::NAN, &[]), weighed(f64::INFINITY, &[]), weighed(1.0, &[((1, 2), 3)])] {
        let decide = |_: &i64| Ok::<_, TooMuch>(vec![added(1), bad.clone()]);
        let refused = handle(&log, "counter-1", &command("a", 1), 0, evolve, decide).await.unwrap_err();
        assert!(matches!(refused, CommandError::Log(LogError::Unwritable(_))), "{refused:?}");
        assert!(refused.to_string().contains("Weighed cannot be written"), "{refused}");
    }
    assert_eq!(log.read_stream("counter-1").await.unwrap().len(), 0);
    assert!(
        Command::of("tester", "a", &f64::NAN, Clock::system().now()).is_err(),
        "bodies that are alike by being null"
    );
    let decide = |_: &i64| Ok::<_, TooMuch>(vec![weighed(1.0, &[])]);
    assert!(handle(&log, "counter-1", &command("a", 1), 0, evolve, decide).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_cannot_be_read_is_not_added_to() {
    let server = in_memory().await;
    let log = connect(&server).await;
    log.append("counter-1", Expected::NoStream, vec![numbered("counter-1", 0)]).await.unwrap();
    let refused = add(&log, "counter-1", "a", 1).await.unwrap_err();
    assert!(matches!(&refused, CommandError::Unreadable(event) if event.stream == "counter-1" && event.revision == 0));
    let problem = chassis::http::Problem::from(match refused {
        CommandError::Unreadable(event) => event,
        other => panic!("{other}"),
    });
    assert_eq!((problem.status.as_u16(), problem.code), (503, "unreadable-event"));
    assert!(problem.detail_zh.contains("counter-1") && problem.detail_en.contains("Event 0 of counter-1"));
    server.stop().await;
}
