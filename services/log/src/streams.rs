//! The service that clients use: reading, following, appending, deleting.

use crate::answers::{Answers, Gone};
use crate::batch;
use crate::clock;
use crate::expected::Expected;
use crate::filter::{Filter, On};
use crate::links::Telling;
use crate::messages::{self, IdForm};
use crate::pages::{self, Direction, Found, ReadError, Search};
use crate::proposal::{MAX_APPEND, proposed, stream_name, writable};
use crate::retention;
use crate::status;
use crate::storage::Storage;
use crate::subscription::{self, Following, StreamStart};
use crate::wire;
use crate::wire::streams::{
    self, append_req, append_resp, delete_req, delete_resp, read_req, tombstone_req, tombstone_resp,
};
use crate::writer::{Change, Refusal, Write};
use read_req::filter_options::Window;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use uuid::Uuid;

/// The window of a filtered subscription whose client names none, as with the real server.
const DEFAULT_WINDOW: u32 = 32;

/// The service.
#[derive(Debug)]
pub struct Streams {
    storage: Arc<Storage>,
    stopping: CancellationToken,
    subscriptions: AtomicU64,
}

impl Streams {
    /// The service over an open log, until the server stops.
    pub fn new(storage: Arc<Storage>, stopping: CancellationToken) -> Streams {
        Streams { storage, stopping, subscriptions: AtomicU64::new(0) }
    }

    fn following(&self, telling: Telling) -> Following {
        let number = self.subscriptions.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::new_v5(&self.storage.log_id, &[clock::now().to_be_bytes(), number.to_be_bytes()].concat());
        Following { id: id.to_string(), telling }
    }

    async fn write(&self, stream: String, expected: Expected, change: Change) -> Result<Option<u64>, Status> {
        let write = Write { stream, expected, change };
        let written = self.storage.write(write).await.map_err(|refusal| status::of_write(&refusal))?;
        Ok(written.position)
    }
}

#[tonic::async_trait]
impl streams::streams_server::Streams for Streams {
    type ReadStream = Answers;
    type BatchAppendStream = batch::Answers;

    async fn read(&self, request: Request<streams::ReadReq>) -> Result<Response<Answers>, Status> {
        let options = request.into_inner().options.ok_or_else(|| status::invalid("a read needs options"))?;
        let storage = Arc::clone(&self.storage);
        let ids = match options.uuid_option.and_then(|option| option.content) {
            Some(read_req::uuid_option::Content::String(_)) => IdForm::Text,
            Some(read_req::uuid_option::Content::Structured(_)) | None => IdForm::Halves,
        };
        let telling = Telling { ids, resolve_links: options.resolve_links };
        let direction = match options.read_direction {
            0 => Direction::Forwards,
            1 => Direction::Backwards,
            other => return Err(status::invalid(format!("there is no read direction {other}"))),
        };
        let search = match options.filter_option {
            Some(read_req::options::FilterOption::Filter(filter)) => search(filter)?,
            Some(read_req::options::FilterOption::NoFilter(_)) | None => Search::default(),
        };
        let count = match options.count_option {
            Some(read_req::options::CountOption::Count(count)) => Some(count),
            Some(read_req::options::CountOption::Subscription(_)) => None,
            None => return Err(status::invalid("a read needs a count or to be a subscription")),
        };
        if count.is_none() && direction == Direction::Backwards {
            return Err(status::invalid("a subscription runs forwards"));
        }
        let mut of_metadata = false;
        let answers = match options.stream_option {
            Some(read_req::options::StreamOption::Stream(stream)) => {
                if search.filter.is_some() {
                    return Err(status::invalid("only reads of $all can be filtered"));
                }
                let name = stream_name(stream.stream_identifier)?;
                of_metadata = retention::described_by(&name).is_some();
                let from = stream.revision_option.ok_or_else(|| status::invalid("a read needs a place to start"))?;
                let positions = options.control_option.is_some_and(|control| control.compatibility >= 1);
                match count {
                    Some(count) => {
                        read_stream(storage, StreamRead { name, from, direction, count, telling, positions })
                    }
                    None => subscription::stream(storage, self.following(telling), name, start(from)),
                }
            }
            Some(read_req::options::StreamOption::All(all)) => {
                use read_req::all_options::AllOption;
                let from = all.all_option.ok_or_else(|| status::invalid("a read needs a place to start"))?;
                match count {
                    Some(count) => {
                        let from = match from {
                            AllOption::Position(position) => position.commit_position,
                            AllOption::Start(_) => 0,
                            AllOption::End(_) => u64::MAX,
                        };
                        read_all(storage, AllRead { from, direction, count, telling, filter: search.filter })
                    }
                    None => {
                        let after = match from {
                            AllOption::Position(position) => Some(position.commit_position),
                            AllOption::Start(_) => Some(0),
                            AllOption::End(_) => None,
                        };
                        subscription::all(storage, self.following(telling), after, search)
                    }
                }
            }
            None => return Err(status::invalid("a read needs a stream")),
        };
        let answers = answers.until(self.stopping.clone());
        // A subscription is answered at once, a read when it has something to say: clients take an error that comes
        // before anything else for the answer to the call. Of metadata the Rust client expects it later.
        let waits = count.is_some() && !of_metadata;
        Ok(Response::new(if waits { answers.begun().await? } else { answers }))
    }

    async fn append(
        &self,
        request: Request<Streaming<streams::AppendReq>>,
    ) -> Result<Response<streams::AppendResp>, Status> {
        let mut messages = request.into_inner();
        let first = messages.message().await?.and_then(|message| message.content);
        let Some(append_req::Content::Options(options)) = first else {
            return Err(status::invalid("an append begins with its options"));
        };
        let stream = writable(options.stream_identifier)?;
        let expected = match options.expected_stream_revision {
            Some(append_req::options::ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
            Some(append_req::options::ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
            Some(append_req::options::ExpectedStreamRevision::Any(_)) => Expected::Any,
            Some(append_req::options::ExpectedStreamRevision::StreamExists(_)) => Expected::StreamExists,
            None => return Err(status::invalid("an append needs an expected revision")),
        };
        let mut events = Vec::new();
        let mut bytes = 0;
        while let Some(message) = messages.message().await? {
            let Some(append_req::Content::ProposedMessage(event)) = message.content else {
                return Err(status::invalid("after its options an append holds events"));
            };
            bytes += event.data.len() + event.custom_metadata.len();
            if bytes > MAX_APPEND {
                return Err(status::too_large(MAX_APPEND));
            }
            events.push(proposed(event.id, event.metadata, event.custom_metadata, event.data)?);
        }
        let write = Write { stream, expected, change: Change::Append(events) };
        let result = match self.storage.write(write).await {
            Ok(written) => append_resp::Result::Success(append_resp::Success {
                current_revision_option: Some(match written.revision {
                    Some(revision) => append_resp::success::CurrentRevisionOption::CurrentRevision(revision),
                    None => append_resp::success::CurrentRevisionOption::NoStream(wire::Empty {}),
                }),
                position_option: Some(match written.position {
                    Some(position) => append_resp::success::PositionOption::Position(messages::position(position)),
                    None => append_resp::success::PositionOption::NoPosition(wire::Empty {}),
                }),
            }),
            Err(Refusal::WrongRevision { expected, current, .. }) => {
                append_resp::Result::WrongExpectedVersion(wrong_revision(expected, current))
            }
            Err(refusal) => return Err(status::of_write(&refusal)),
        };
        Ok(Response::new(streams::AppendResp { result: Some(result) }))
    }

    async fn delete(&self, request: Request<streams::DeleteReq>) -> Result<Response<streams::DeleteResp>, Status> {
        use delete_req::options::ExpectedStreamRevision;
        let options = request.into_inner().options.ok_or_else(|| status::invalid("a delete needs options"))?;
        let stream = deletable(options.stream_identifier)?;
        let expected = match options.expected_stream_revision {
            Some(ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
            Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
            Some(ExpectedStreamRevision::Any(_)) => Expected::Any,
            Some(ExpectedStreamRevision::StreamExists(_)) => Expected::StreamExists,
            None => return Err(status::invalid("a delete needs an expected revision")),
        };
        let position_option = match self.write(stream, expected, Change::Delete).await? {
            Some(position) => delete_resp::PositionOption::Position(messages::position(position)),
            None => delete_resp::PositionOption::NoPosition(wire::Empty {}),
        };
        Ok(Response::new(streams::DeleteResp { position_option: Some(position_option) }))
    }

    async fn tombstone(
        &self,
        request: Request<streams::TombstoneReq>,
    ) -> Result<Response<streams::TombstoneResp>, Status> {
        use tombstone_req::options::ExpectedStreamRevision;
        let options = request.into_inner().options.ok_or_else(|| status::invalid("a tombstone needs options"))?;
        let stream = deletable(options.stream_identifier)?;
        let expected = match options.expected_stream_revision {
            Some(ExpectedStreamRevision::Revision(revision)) => Expected::Revision(revision),
            Some(ExpectedStreamRevision::NoStream(_)) => Expected::NoStream,
            Some(ExpectedStreamRevision::Any(_)) => Expected::Any,
            Some(ExpectedStreamRevision::StreamExists(_)) => Expected::StreamExists,
            None => return Err(status::invalid("a tombstone needs an expected revision")),
        };
        let position_option = match self.write(stream, expected, Change::Tombstone).await? {
            Some(position) => tombstone_resp::PositionOption::Position(messages::position(position)),
            None => tombstone_resp::PositionOption::NoPosition(wire::Empty {}),
        };
        Ok(Response::new(streams::TombstoneResp { position_option: Some(position_option) }))
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<streams::BatchAppendReq>>,
    ) -> Result<Response<batch::Answers>, Status> {
        let answers = batch::serve(Arc::clone(&self.storage), request.into_inner(), self.stopping.clone());
        Ok(Response::new(answers))
    }
}

struct StreamRead {
    name: String,
    from: read_req::stream_options::RevisionOption,
    direction: Direction,
    count: u64,
    telling: Telling,
    /// Whether the client understands the stream's first and last revision.
    positions: bool,
}

fn read_stream(storage: Arc<Storage>, read: StreamRead) -> Answers {
    use read_req::stream_options::RevisionOption;
    let (line, answers) = Answers::open();
    tokio::spawn(async move {
        let mut from = match (read.from, read.direction) {
            (RevisionOption::Revision(revision), _) => revision,
            (RevisionOption::Start(_), _) => 0,
            (RevisionOption::End(_), _) => u64::MAX,
        };
        let asked = from;
        let mut left = read.count;
        let mut sent = false;
        loop {
            let name = read.name.clone();
            let direction = read.direction;
            let limit = usize::try_from(left).unwrap_or(usize::MAX);
            let page =
                move |connection: &_| pages::stream_page(connection, &name, from, direction, limit, clock::now());
            let page = match storage.readers.read(page).await {
                Ok(page) => page,
                // A stream that is deleted while it is read ends where it was.
                Err(ReadError::NotFound) if sent => return line.finish().await,
                Err(ReadError::NotFound) => {
                    if line.send(vec![messages::not_found(&read.name)]).await.is_ok() {
                        line.finish().await;
                    }
                    return;
                }
                Err(error) => return line.fail(status::of_read(&error)).await,
            };
            left = left.saturating_sub(page.events.len() as u64);
            let next = page.events.last().map(|event| event.revision).and_then(|last| match direction {
                Direction::Forwards => last.checked_add(1),
                Direction::Backwards => last.checked_sub(1),
            });
            let mut batch = Vec::with_capacity(page.events.len() + 2);
            for event in &page.events {
                match read.telling.tell(&storage.readers, event).await {
                    Ok(answer) => batch.push(answer),
                    Err(error) => return line.fail(status::of_read(&error)).await,
                }
            }
            sent |= !batch.is_empty();
            let end = page.end || left == 0 || next.is_none();
            if end && read.positions {
                if !sent && direction == Direction::Forwards && asked < page.first {
                    batch.push(messages::first_revision(page.first));
                }
                batch.extend(page.last.map(messages::last_revision));
            }
            if let Err(Gone) = line.send(batch).await {
                return;
            }
            match next {
                Some(next) if !end => from = next,
                _ => return line.finish().await,
            }
        }
    });
    answers
}

struct AllRead {
    /// Forwards the first position to read, backwards the first one not to.
    from: u64,
    direction: Direction,
    count: u64,
    telling: Telling,
    filter: Option<Arc<Filter>>,
}

fn read_all(storage: Arc<Storage>, read: AllRead) -> Answers {
    let (line, answers) = Answers::open();
    tokio::spawn(async move {
        let search = Search { filter: read.filter, window: 0 };
        let mut from = read.from;
        let mut left = read.count;
        while left > 0 {
            let (search, direction) = (search.clone(), read.direction);
            let page = move |connection: &_| pages::all(connection, from, direction, &search, 0);
            let page = match storage.readers.read(page).await {
                Ok(page) => page,
                Err(error) => return line.fail(status::of_read(&error)).await,
            };
            let mut batch = Vec::with_capacity(page.found.len());
            for found in page.found {
                match found {
                    Found::Event(event) if left > 0 => {
                        left -= 1;
                        match read.telling.tell(&storage.readers, &event).await {
                            Ok(answer) => batch.push(answer),
                            Err(error) => return line.fail(status::of_read(&error)).await,
                        }
                    }
                    Found::Event(_) | Found::WindowEnd(_) => {}
                }
            }
            if let Err(Gone) = line.send(batch).await {
                return;
            }
            match page.reached {
                Some(reached) if !page.end => {
                    from = match read.direction {
                        Direction::Forwards => reached + 1,
                        Direction::Backwards => reached,
                    }
                }
                _ => break,
            }
        }
        line.finish().await;
    });
    answers
}

fn start(from: read_req::stream_options::RevisionOption) -> StreamStart {
    use read_req::stream_options::RevisionOption;
    match from {
        RevisionOption::Revision(revision) => StreamStart::After(revision),
        RevisionOption::Start(_) => StreamStart::Start,
        RevisionOption::End(_) => StreamStart::End,
    }
}

fn search(options: read_req::FilterOptions) -> Result<Search, Status> {
    let (on, expression) = match options.filter {
        Some(read_req::filter_options::Filter::StreamIdentifier(expression)) => (On::Stream, expression),
        Some(read_req::filter_options::Filter::EventType(expression)) => (On::EventType, expression),
        None => return Err(status::invalid("a filter needs something to look at")),
    };
    let filter = Filter::new(on, expression.prefix, &expression.regex)
        .map_err(|error| status::of_read(&ReadError::from(error)))?;
    let window = match options.window {
        Some(Window::Max(max)) if max > 0 => max,
        Some(Window::Max(_) | Window::Count(_)) | None => DEFAULT_WINDOW,
    };
    let window = window.saturating_mul(options.checkpoint_interval_multiplier.max(1));
    Ok(Search { filter: Some(Arc::new(filter)), window })
}

fn deletable(identifier: Option<wire::StreamIdentifier>) -> Result<String, Status> {
    let name = stream_name(identifier)?;
    match retention::described_by(&name) {
        Some(_) => Err(status::invalid("metadata is not deleted but set anew")),
        None => Ok(name),
    }
}

fn wrong_revision(expected: Expected, current: Option<u64>) -> append_resp::WrongExpectedVersion {
    use append_resp::wrong_expected_version as wrong;
    let nothing = wire::Empty {};
    append_resp::WrongExpectedVersion {
        current_revision_option_20_6_0: Some(match current {
            Some(revision) => wrong::CurrentRevisionOption2060::CurrentRevision2060(revision),
            None => wrong::CurrentRevisionOption2060::NoStream2060(nothing),
        }),
        expected_revision_option_20_6_0: Some(match expected {
            Expected::Revision(revision) => wrong::ExpectedRevisionOption2060::ExpectedRevision2060(revision),
            Expected::Any | Expected::NoStream => wrong::ExpectedRevisionOption2060::Any2060(nothing),
            Expected::StreamExists => wrong::ExpectedRevisionOption2060::StreamExists2060(nothing),
        }),
        current_revision_option: Some(match current {
            Some(revision) => wrong::CurrentRevisionOption::CurrentRevision(revision),
            None => wrong::CurrentRevisionOption::CurrentNoStream(nothing),
        }),
        expected_revision_option: Some(match expected {
            Expected::Revision(revision) => wrong::ExpectedRevisionOption::ExpectedRevision(revision),
            Expected::Any => wrong::ExpectedRevisionOption::ExpectedAny(nothing),
            Expected::StreamExists => wrong::ExpectedRevisionOption::ExpectedStreamExists(nothing),
            Expected::NoStream => wrong::ExpectedRevisionOption::ExpectedNoStream(nothing),
        }),
    }
}
