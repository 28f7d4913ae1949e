//! BatchAppend: many appends on one call, each in one or more parts under an id of its own, each answered by itself.
//!
//! Appends are written in the order in which their last parts arrive. One that is refused is answered and leaves the
//! others alone.

use crate::clock;
use crate::expected::Expected;
use crate::messages;
use crate::proposal::{MAX_APPEND, proposed, writable};
use crate::status;
use crate::storage::Storage;
use crate::wire;
use crate::wire::streams::batch_append_req::options::{DeadlineOption, ExpectedStreamPosition};
use crate::wire::streams::{BatchAppendReq, BatchAppendResp, batch_append_req, batch_append_resp};
use crate::writer::{Change, Proposed, Refusal, Write, Written};
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesOrdered;
use futures::{Stream, StreamExt};
use prost::Message;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

/// Answers to a call.
pub type Answers = ReceiverStream<Result<BatchAppendResp, Status>>;

/// Appends of one call that may wait for the writer, and appends that may be under way in parts; a client who has more
/// is not read further, or is hung up on.
const IN_FLIGHT: usize = 1024;

/// Takes appends until the client has no more or the server stops.
pub fn serve(
    storage: Arc<Storage>,
    requests: impl Stream<Item = Result<BatchAppendReq, Status>> + Send + Unpin + 'static,
    stopping: CancellationToken,
) -> Answers {
    let (answers, receiver) = mpsc::channel(IN_FLIGHT);
    tokio::spawn(async move {
        let session = Session { storage, parts: HashMap::new(), waiting: FuturesOrdered::new() };
        let ended = tokio::select! {
            ended = session.run(requests, &answers) => ended,
            () = stopping.cancelled() => Err(status::stopping()),
        };
        if let Err(status) = ended {
            // An error means that the client has gone.
            let _ = answers.send(Err(status)).await;
        }
    });
    ReceiverStream::new(receiver)
}

/// One call.
struct Session {
    storage: Arc<Storage>,
    /// Appends whose last part has not come.
    parts: HashMap<Uuid, Parts>,
    /// Answers that are on their way, in the order of the appends.
    waiting: FuturesOrdered<BoxFuture<'static, BatchAppendResp>>,
}

/// An append whose last part has not come.
struct Parts {
    /// Whom to answer: what the client calls the append, its stream and what it expects of that.
    reply: Reply,
    /// The append so far, or why it is refused as soon as its last part has come.
    append: Result<Append, Refused>,
}

struct Append {
    stream: String,
    expected: Expected,
    /// In ticks; none for one that lies beyond all clocks.
    deadline: Option<i64>,
    events: Vec<Proposed>,
    bytes: usize,
}

/// What every answer repeats.
#[derive(Clone)]
struct Reply {
    id: Option<wire::Uuid>,
    stream: Option<wire::StreamIdentifier>,
    expected: Option<batch_append_resp::ExpectedStreamPosition>,
}

/// Why an append is not done.
enum Refused {
    /// It makes no sense.
    Invalid(String),
    /// It is too large.
    TooLarge,
    /// Its last part came after its deadline.
    Late,
    /// The writer says so.
    Write(Refusal),
}

impl Session {
    async fn run(
        mut self,
        mut requests: impl Stream<Item = Result<BatchAppendReq, Status>> + Unpin,
        answers: &mpsc::Sender<Result<BatchAppendResp, Status>>,
    ) -> Result<(), Status> {
        let mut more = true;
        while more || !self.waiting.is_empty() {
            tokio::select! {
                Some(answer) = self.waiting.next() => {
                    if answers.send(Ok(answer)).await.is_err() {
                        return Ok(());
                    }
                }
                request = requests.next(), if more && self.waiting.len() < IN_FLIGHT => match request {
                    Some(request) => self.take(request?).await?,
                    None => more = false,
                },
                () = answers.closed() => return Ok(()),
            }
        }
        Ok(())
    }

    async fn take(&mut self, request: BatchAppendReq) -> Result<(), Status> {
        let id = messages::parse_id(request.correlation_id.clone())
            .ok_or_else(|| status::invalid("an append of a batch needs a correlation id that is a UUID"))?;
        let mut parts = match (self.parts.remove(&id), request.options) {
            (Some(parts), _) => parts,
            (None, Some(options)) => Parts::begin(request.correlation_id, options),
            (None, None) => return Err(status::invalid("the first part of an append holds its options")),
        };
        parts.add(request.proposed_messages);
        if request.is_final {
            let answer = finish(&self.storage, parts).await;
            self.waiting.push_back(answer);
        } else if self.parts.len() < IN_FLIGHT {
            self.parts.insert(id, parts);
        } else {
            return Err(Status::resource_exhausted(format!("more than {IN_FLIGHT} appends are under way in parts")));
        }
        Ok(())
    }
}

/// Hands an append to the writer, before any that is finished later.
async fn finish(storage: &Storage, parts: Parts) -> BoxFuture<'static, BatchAppendResp> {
    let Parts { reply, append } = parts;
    let append = match append {
        Ok(append) if append.deadline.is_some_and(|deadline| deadline <= clock::now()) => Err(Refused::Late),
        other => other,
    };
    let Append { stream, expected, events, .. } = match append {
        Ok(append) => append,
        Err(refused) => return std::future::ready(reply.refused(&refused)).boxed(),
    };
    match storage.submit(Write { stream, expected, change: Change::Append(events) }).await {
        Ok(written) => async move { reply.to(written.await) }.boxed(),
        Err(refusal) => std::future::ready(reply.to(Err(refusal))).boxed(),
    }
}

impl Parts {
    fn begin(id: Option<wire::Uuid>, options: batch_append_req::Options) -> Parts {
        use batch_append_resp::ExpectedStreamPosition as Told;
        let (expected, told) = match options.expected_stream_position {
            Some(ExpectedStreamPosition::StreamPosition(revision)) => {
                (Some(Expected::Revision(revision)), Some(Told::StreamPosition(revision)))
            }
            Some(ExpectedStreamPosition::NoStream(())) => (Some(Expected::NoStream), Some(Told::NoStream(()))),
            Some(ExpectedStreamPosition::Any(())) => (Some(Expected::Any), Some(Told::Any(()))),
            Some(ExpectedStreamPosition::StreamExists(())) => {
                (Some(Expected::StreamExists), Some(Told::StreamExists(())))
            }
            None => (None, None),
        };
        let reply = Reply { id, stream: options.stream_identifier.clone(), expected: told };
        let append = match (writable(options.stream_identifier), expected) {
            (Err(status), _) => Err(Refused::Invalid(status.message().to_owned())),
            (_, None) => Err(Refused::Invalid("an append needs an expected revision".to_owned())),
            (Ok(stream), Some(expected)) => {
                let deadline = options.deadline_option.as_ref().and_then(deadline);
                Ok(Append { stream, expected, deadline, events: Vec::new(), bytes: 0 })
            }
        };
        Parts { reply, append }
    }

    fn add(&mut self, events: Vec<batch_append_req::ProposedMessage>) {
        let Ok(append) = &mut self.append else { return };
        for event in events {
            append.bytes += event.data.len() + event.custom_metadata.len();
            if append.bytes > MAX_APPEND {
                self.append = Err(Refused::TooLarge);
                return;
            }
            match proposed(event.id, event.metadata, event.custom_metadata, event.data) {
                Ok(event) => append.events.push(event),
                Err(status) => {
                    self.append = Err(Refused::Invalid(status.message().to_owned()));
                    return;
                }
            }
        }
    }
}

/// When an append is too late, in ticks. A duration runs from now; the Rust client fills it with a point in time, which
/// then lies decades ahead.
fn deadline(option: &DeadlineOption) -> Option<i64> {
    let ticks =
        |seconds: i64, nanos: i32| seconds.checked_mul(clock::TICKS_PER_SECOND)?.checked_add(i64::from(nanos) / 100);
    match option {
        DeadlineOption::Deadline21100(time) => ticks(time.seconds, time.nanos),
        DeadlineOption::Deadline(duration) => clock::now().checked_add(ticks(duration.seconds, duration.nanos)?),
    }
}

impl Reply {
    fn to(self, written: Result<Written, Refusal>) -> BatchAppendResp {
        use batch_append_resp::success::{CurrentRevisionOption, PositionOption};
        match written {
            Ok(Written { revision, position }) => {
                self.with(batch_append_resp::Result::Success(batch_append_resp::Success {
                    current_revision_option: Some(
                        revision.map_or(CurrentRevisionOption::NoStream(()), CurrentRevisionOption::CurrentRevision),
                    ),
                    position_option: Some(position.map_or(PositionOption::NoPosition(()), |position| {
                        PositionOption::Position(messages::position(position))
                    })),
                }))
            }
            Err(refusal) => self.refused(&Refused::Write(refusal)),
        }
    }

    fn refused(self, refused: &Refused) -> BatchAppendResp {
        use wire::wrong_expected_version::{CurrentStreamRevisionOption, ExpectedStreamPositionOption};
        let (code, message, details) = match refused {
            Refused::Invalid(problem) => (
                Code::InvalidArgument,
                problem.clone(),
                any("BadRequest", &wire::BadRequest { message: problem.clone() }),
            ),
            Refused::TooLarge => {
                let limit = u32::try_from(MAX_APPEND).unwrap_or(u32::MAX);
                let message = format!("the events of one append may have {limit} bytes together");
                (
                    Code::InvalidArgument,
                    message,
                    any("MaximumAppendSizeExceeded", &wire::MaximumAppendSizeExceeded { max_append_size: limit }),
                )
            }
            Refused::Late => {
                (Code::DeadlineExceeded, "the deadline has passed".to_owned(), any("Timeout", &wire::Timeout {}))
            }
            Refused::Write(refusal) => {
                let message = refusal.to_string();
                match refusal {
                    Refusal::WrongRevision { expected, current, .. } => {
                        let details = wire::WrongExpectedVersion {
                            current_stream_revision_option: Some(current.map_or(
                                CurrentStreamRevisionOption::CurrentNoStream(()),
                                CurrentStreamRevisionOption::CurrentStreamRevision,
                            )),
                            expected_stream_position_option: Some(match expected {
                                Expected::Any => ExpectedStreamPositionOption::ExpectedAny(()),
                                Expected::NoStream => ExpectedStreamPositionOption::ExpectedNoStream(()),
                                Expected::StreamExists => ExpectedStreamPositionOption::ExpectedStreamExists(()),
                                Expected::Revision(revision) => {
                                    ExpectedStreamPositionOption::ExpectedStreamPosition(*revision)
                                }
                            }),
                        };
                        (Code::AlreadyExists, message, any("WrongExpectedVersion", &details))
                    }
                    Refusal::Deleted(_) | Refusal::NotFound { .. } => {
                        let details = wire::StreamDeleted { stream_identifier: self.stream.clone() };
                        (Code::NotFound, message, any("StreamDeleted", &details))
                    }
                    Refusal::Storage(_) | Refusal::Closed => {
                        (Code::Unavailable, message, any("Unknown", &wire::Unknown {}))
                    }
                }
            }
        };
        let code = i32::from(code);
        self.with(batch_append_resp::Result::Error(batch_append_resp::Status { code, message, details: Some(details) }))
    }

    fn with(self, result: batch_append_resp::Result) -> BatchAppendResp {
        BatchAppendResp {
            correlation_id: self.id,
            result: Some(result),
            stream_identifier: self.stream,
            expected_stream_position: self.expected,
        }
    }
}

/// A message with its name, for a field that takes any.
fn any(name: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any {
        type_url: format!("type.googleapis.com/event_store.client.{name}"),
        value: message.encode_to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batch_append_resp::Result::{Error, Success};
    use batch_append_resp::success::CurrentRevisionOption;

    fn log() -> Arc<Storage> {
        Arc::new(Storage::open(None).unwrap())
    }

    fn event(number: u64, bytes: usize) -> batch_append_req::ProposedMessage {
        batch_append_req::ProposedMessage {
            id: Some(messages::id(Uuid::from_u64_pair(1, number), messages::IdForm::Text)),
            metadata: HashMap::from([
                ("type".to_owned(), "T".to_owned()),
                ("content-type".to_owned(), "application/json".to_owned()),
            ]),
            custom_metadata: Vec::new().into(),
            data: vec![b'x'; bytes].into(),
        }
    }

    fn options(stream: &str, expected: ExpectedStreamPosition) -> batch_append_req::Options {
        batch_append_req::Options {
            stream_identifier: Some(messages::stream_name(stream)),
            expected_stream_position: Some(expected),
            deadline_option: None,
        }
    }

    /// A part of the append that the client calls by a number.
    fn part(
        append: u64,
        options: Option<batch_append_req::Options>,
        proposed_messages: Vec<batch_append_req::ProposedMessage>,
        is_final: bool,
    ) -> BatchAppendReq {
        let correlation_id = Some(messages::id(Uuid::from_u64_pair(2, append), messages::IdForm::Halves));
        BatchAppendReq { correlation_id, options, proposed_messages, is_final }
    }

    fn whole(
        append: u64,
        options: batch_append_req::Options,
        event: batch_append_req::ProposedMessage,
    ) -> BatchAppendReq {
        part(append, Some(options), vec![event], true)
    }

    async fn answers(storage: &Arc<Storage>, requests: Vec<BatchAppendReq>) -> Vec<Result<BatchAppendResp, Status>> {
        let requests = futures::stream::iter(requests.into_iter().map(Ok));
        serve(Arc::clone(storage), requests, CancellationToken::new()).collect().await
    }

    /// To which append an answer belongs, and the revision it tells or the name of what it says is wrong.
    fn told(answer: Result<BatchAppendResp, Status>) -> (u64, Result<u64, String>) {
        let answer = answer.unwrap();
        let (_, append) = messages::parse_id(answer.correlation_id).unwrap().as_u64_pair();
        assert!(answer.stream_identifier.is_some() && answer.expected_stream_position.is_some());
        match answer.result.unwrap() {
            Success(success) => match success.current_revision_option {
                Some(CurrentRevisionOption::CurrentRevision(revision)) => (append, Ok(revision)),
                other => panic!("{other:?}"),
            },
            Error(error) => {
                let name = error.details.unwrap().type_url;
                (append, Err(name.rsplit_once('.').unwrap().1.to_owned()))
            }
        }
    }

    const ANY: ExpectedStreamPosition = ExpectedStreamPosition::Any(());
    const NO_STREAM: ExpectedStreamPosition = ExpectedStreamPosition::NoStream(());

    #[tokio::test]
    async fn appends_in_parts_are_written_when_their_last_part_has_come() {
        let storage = log();
        let requests = vec![
            part(1, Some(options("a", NO_STREAM)), vec![event(1, 3)], false),
            part(2, Some(options("b", ANY)), vec![event(2, 3)], false),
            part(1, None, vec![], false),
            part(2, None, vec![event(3, 3)], true),
            part(1, None, vec![event(4, 3), event(5, 3)], true),
        ];
        let told: Vec<_> = answers(&storage, requests).await.into_iter().map(told).collect();
        assert_eq!(told, [(2, Ok(1)), (1, Ok(2))]);
        assert_eq!(*storage.head().borrow(), 5);
        storage.close().await;
    }

    #[tokio::test]
    async fn an_append_that_is_refused_leaves_the_others_alone() {
        let storage = log();
        let early = DeadlineOption::Deadline21100(prost_types::Timestamp { seconds: 1, nanos: 0 });
        let late = batch_append_req::Options { deadline_option: Some(early), ..options("a", ANY) };
        let nameless = batch_append_req::Options { stream_identifier: None, ..options("", ANY) };
        let requests = vec![
            whole(1, options("a", NO_STREAM), event(1, 3)),
            whole(2, options("a", NO_STREAM), event(2, 3)),
            part(3, Some(options("a", ANY)), vec![event(3, MAX_APPEND), event(4, 1)], false),
            part(3, None, vec![event(5, MAX_APPEND)], true),
            whole(4, late, event(6, 3)),
            whole(5, options("a", ANY), batch_append_req::ProposedMessage { id: None, ..event(7, 3) }),
            whole(6, options("a", ANY), event(8, 3)),
            // Sent again.
            whole(7, options("a", NO_STREAM), event(1, 3)),
        ];
        let told: Vec<_> = answers(&storage, requests).await.into_iter().map(told).collect();
        let no = |name: &str| Err(name.to_owned());
        assert_eq!(
            told,
            [
                (1, Ok(0)),
                (2, no("WrongExpectedVersion")),
                (3, no("MaximumAppendSizeExceeded")),
                (4, no("Timeout")),
                (5, no("BadRequest")),
                (6, Ok(1)),
                (7, Ok(0)),
            ]
        );
        let nameless = answers(&storage, vec![whole(1, nameless, event(9, 3))]).await.remove(0).unwrap();
        assert!(matches!(nameless.result, Some(Error(error)) if error.code == i32::from(Code::InvalidArgument)));
        storage.close().await;
    }

    #[tokio::test]
    async fn a_deadline_that_lies_ahead_is_kept_however_far() {
        let storage = log();
        let far = [(1_700_000_000, 0), (315_576_000_000, 0), (i64::MAX, i32::MAX), (60, 5)];
        for (number, (seconds, nanos)) in (0..).zip(far) {
            let deadline_option = Some(DeadlineOption::Deadline(prost_types::Duration { seconds, nanos }));
            let options = batch_append_req::Options { deadline_option, ..options("a", ANY) };
            let answer = answers(&storage, vec![whole(1, options, event(number, 3))]).await.remove(0);
            assert_eq!(told(answer), (1, Ok(number)), "{seconds}");
        }
        storage.close().await;
    }

    #[tokio::test]
    async fn a_part_that_belongs_to_nothing_ends_the_call() {
        let storage = log();
        let requests = vec![whole(1, options("a", ANY), event(1, 3)), part(2, None, vec![event(2, 3)], true)];
        let ended = answers(&storage, requests).await.pop().unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::InvalidArgument);
        storage.close().await;
    }

    #[tokio::test]
    async fn a_stopping_server_ends_a_call_that_has_nothing_to_say() {
        let (storage, stopping) = (log(), CancellationToken::new());
        let mut answers = serve(Arc::clone(&storage), futures::stream::pending(), stopping.clone());
        stopping.cancel();
        assert_eq!(answers.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(answers.next().await.is_none());
        storage.close().await;
    }
}
