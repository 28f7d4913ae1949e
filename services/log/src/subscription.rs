//! Following `$all` or a stream: first what the file holds, then what is appended, for as long as the client listens.
//!
//! A follower owns nothing but its place. It reads pages from that place until there is no more, waits until the head
//! moves, and goes on; nothing can be lost between the past and the present because both are read the same way.

use crate::answers::{AnswerSink, Answers};
use crate::clock;
use crate::links::Telling;
use crate::messages;
use crate::pages::{self, AllPage, Direction, Found, ReadError, Search};
use crate::retention;
use crate::rows::TOMBSTONE_REVISION;
use crate::status;
use crate::storage::Storage;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tonic::Status;

/// How soon a follower whose filter passes nothing hears how far the log has gone.
const CHECKPOINT_DELAY: Duration = Duration::from_millis(100);

/// Why a follower ends. It never ends well: the client takes a clean end for a reason to spin.
enum End {
    /// The client no longer listens.
    Left,
    /// The client is told why.
    Failed(Status),
}

impl From<ReadError> for End {
    fn from(error: ReadError) -> End {
        End::Failed(status::of_read(&error))
    }
}

impl From<crate::filter::FilterError> for End {
    fn from(error: crate::filter::FilterError) -> End {
        End::from(ReadError::from(error))
    }
}

/// What a follower is told, apart from where it starts.
#[derive(Clone, Debug)]
pub struct Following {
    /// Named in the confirmation.
    pub id: String,
    /// How the client wants events told.
    pub telling: Telling,
}

/// Follows `$all` from after a position; from what is appended from now on if there is none.
pub fn all(storage: Arc<Storage>, following: Following, after: Option<u64>, search: Search) -> Answers {
    let (line, answers) = Answers::open();
    tokio::spawn(async move {
        let head = storage.head();
        let follower = AllFollower { storage, following, search, line: line.clone(), head };
        let Err(end) = follower.run(after).await;
        finish(&line, end).await;
    });
    answers
}

/// Follows a stream from after a revision; from its start or its end without one.
pub fn stream(storage: Arc<Storage>, following: Following, name: String, from: StreamStart) -> Answers {
    let (line, answers) = Answers::open();
    tokio::spawn(async move {
        let head = storage.head();
        let follower = StreamFollower { storage, following, name, line: line.clone(), head };
        let Err(end) = follower.run(from).await;
        finish(&line, end).await;
    });
    answers
}

/// Where a follower of a stream starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStart {
    /// With the first visible event.
    Start,
    /// With the event after this revision.
    After(u64),
    /// With the next event that is appended.
    End,
}

async fn finish(line: &AnswerSink, end: End) {
    if let End::Failed(status) = end {
        line.fail(status).await;
    }
}

struct AllFollower {
    storage: Arc<Storage>,
    following: Following,
    search: Search,
    line: AnswerSink,
    head: watch::Receiver<u64>,
}

impl AllFollower {
    async fn run(mut self, after: Option<u64>) -> Result<std::convert::Infallible, End> {
        let mut place = match after {
            Some(position) => position,
            None => self.storage.readers.read(pages::head).await?,
        };
        let mut told = place;
        let mut searched = 0;
        let mut caught_up = false;
        let mut checkpoint_due: Option<Instant> = None;
        self.send(vec![messages::confirmation(&self.following.id)]).await?;
        loop {
            self.head.borrow_and_update();
            let page = self.page(place, searched).await?;
            searched = page.searched;
            place = page.reached.unwrap_or(place);
            let mut answers = Vec::with_capacity(page.found.len() + 2);
            for found in page.found {
                match found {
                    Found::Event(event) => {
                        told = event.position;
                        answers.push(self.following.telling.tell(&self.storage.readers, &event).await?);
                    }
                    Found::WindowEnd(position) if self.search.filter.is_some() => {
                        told = position;
                        answers.push(messages::checkpoint(position));
                    }
                    Found::WindowEnd(_) => {}
                }
            }
            if page.end && !caught_up {
                caught_up = true;
                if self.search.filter.is_some() && place > told {
                    told = place;
                    answers.push(messages::checkpoint(place));
                }
                answers.push(messages::caught_up_all(clock::now(), place));
            }
            if told >= place {
                checkpoint_due = None;
            } else if caught_up {
                let now = Instant::now();
                if *checkpoint_due.get_or_insert(now + CHECKPOINT_DELAY) <= now {
                    checkpoint_due = None;
                    told = place;
                    answers.push(messages::checkpoint(place));
                }
            }
            if !answers.is_empty() {
                self.send(answers).await?;
            }
            if page.end {
                wait(&mut self.head, &self.line, checkpoint_due).await?;
            }
        }
    }

    async fn page(&self, place: u64, searched: u32) -> Result<AllPage, End> {
        if let Some(events) = self.storage.tail.after(place, pages::PAGE_EVENTS) {
            let mut page = AllPage { searched, end: events.len() < pages::PAGE_EVENTS, ..AllPage::default() };
            for event in events {
                self.search.look(&mut page, event)?;
            }
            return Ok(page);
        }
        let search = self.search.clone();
        let from = place.saturating_add(1);
        let read = move |connection: &_| pages::all(connection, from, Direction::Forwards, &search, searched);
        Ok(self.storage.readers.read(read).await?)
    }

    async fn send(&self, answers: Vec<messages::Answer>) -> Result<(), End> {
        self.line.send(answers).await.map_err(|_| End::Left)
    }
}

struct StreamFollower {
    storage: Arc<Storage>,
    following: Following,
    name: String,
    line: AnswerSink,
    head: watch::Receiver<u64>,
}

impl StreamFollower {
    async fn run(mut self, from: StreamStart) -> Result<std::convert::Infallible, End> {
        let mut next = match from {
            StreamStart::Start => 0,
            StreamStart::After(revision) => revision.saturating_add(1),
            StreamStart::End => {
                let name = self.name.clone();
                let last = move |connection: &_| Ok(pages::visible(connection, &name)?.and_then(|stream| stream.last));
                self.storage.readers.read(last).await?.map_or(0, |last| last + 1)
            }
        };
        self.send(vec![messages::confirmation(&self.following.id)]).await?;
        let mut caught_up = false;
        // Everything of the stream up to this position has been delivered.
        let mut place = None;
        loop {
            let head = *self.head.borrow_and_update();
            let mut answers = Vec::new();
            let mut end = true;
            match place.and_then(|place| self.storage.tail.after(place, usize::MAX)) {
                Some(events) => {
                    for event in events.iter() {
                        place = Some(event.position);
                        if event.revision == TOMBSTONE_REVISION && self.closed_by(&event.stream) {
                            self.send(answers).await?;
                            return Err(ReadError::Deleted(event.stream.clone()).into());
                        }
                        if event.stream == self.name && event.revision >= next {
                            next = event.revision + 1;
                            answers.push(self.following.telling.tell(&self.storage.readers, event).await?);
                        }
                    }
                }
                None => {
                    let name = self.name.clone();
                    let read = move |connection: &_| {
                        let page = pages::stream_page(
                            connection,
                            &name,
                            next,
                            Direction::Forwards,
                            pages::PAGE_EVENTS,
                            clock::now(),
                        );
                        match page {
                            Ok(page) => Ok((page.events, page.end)),
                            Err(ReadError::NotFound) => Ok((Vec::new(), true)),
                            Err(error) => Err(error),
                        }
                    };
                    let (events, complete) = self.storage.readers.read(read).await?;
                    end = complete;
                    for event in events {
                        next = event.revision + 1;
                        answers.push(self.following.telling.tell(&self.storage.readers, &event).await?);
                    }
                    place = end.then_some(head);
                }
            }
            if end && !caught_up {
                caught_up = true;
                answers.push(messages::caught_up_stream(clock::now(), next));
            }
            if !answers.is_empty() {
                self.send(answers).await?;
            }
            if end {
                wait(&mut self.head, &self.line, None).await?;
            }
        }
    }

    /// Whether the tombstone of a stream ends this follower: its own, or that of the stream it reads metadata of.
    fn closed_by(&self, stream: &str) -> bool {
        stream == self.name || Some(stream) == retention::described_by(&self.name)
    }

    async fn send(&self, answers: Vec<messages::Answer>) -> Result<(), End> {
        self.line.send(answers).await.map_err(|_| End::Left)
    }
}

/// Waits until the head has moved, a checkpoint is due, or the client has left.
async fn wait(head: &mut watch::Receiver<u64>, line: &AnswerSink, due: Option<Instant>) -> Result<(), End> {
    let due = async {
        match due {
            Some(due) => sleep_until(due).await,
            None => pending().await,
        }
    };
    tokio::select! {
        moved = head.changed() => moved.map_err(|_| End::Failed(status::stopping())),
        () = due => Ok(()),
        () = line.left() => Err(End::Left),
    }
}
