//! Appending: what the sender believes, repeated sending, sizes.

use crate::{all_of, event, events, revisions, server};
use eventstore::{AppendToStreamOptions, CurrentRevision, Error, EventData, ExpectedRevision};

fn expecting(expected: ExpectedRevision) -> AppendToStreamOptions {
    AppendToStreamOptions::default().expected_revision(expected)
}

#[tokio::test]
async fn every_belief_meets_every_state_of_a_stream() {
    use CurrentRevision::{Current, NoStream as Missing};
    use ExpectedRevision::{Any, Exact, NoStream, StreamExists};
    // What the stream holds, what the sender believes, and the revision written or the one the belief met.
    let table = [
        (0, Any, Ok(0)),
        (0, NoStream, Ok(0)),
        (0, StreamExists, Err(Missing)),
        (0, Exact(0), Err(Missing)),
        (2, Any, Ok(2)),
        (2, NoStream, Err(Current(1))),
        (2, StreamExists, Ok(2)),
        (2, Exact(0), Err(Current(1))),
        (2, Exact(1), Ok(2)),
        (2, Exact(2), Err(Current(1))),
    ];
    let (server, client) = server().await;
    for (number, (length, expected, outcome)) in table.into_iter().enumerate() {
        let stream = format!("stream-{number}");
        if length > 0 {
            client.append_to_stream(stream.as_str(), &expecting(Any), events(0..length)).await.unwrap();
        }
        let written = client.append_to_stream(stream.as_str(), &expecting(expected), event(100)).await;
        match (written, outcome) {
            (Ok(written), Ok(revision)) => assert_eq!(written.next_expected_version, revision, "{length} {expected:?}"),
            (Err(Error::WrongExpectedVersion { expected: told, current }), Err(met)) => {
                assert_eq!((told, current), (expected, met), "{length} {expected:?}");
            }
            (written, outcome) => panic!("{length} {expected:?}: {written:?} instead of {outcome:?}"),
        }
    }
    server.stop().await;
}
