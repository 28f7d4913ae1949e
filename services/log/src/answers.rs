//! The stream of answers to a read, from the task that reads to the connection.

use crate::messages::Answer;
use crate::status;
use futures::StreamExt;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;

/// Batches that may wait for a slow client; its reader waits then too.
const WAITING_BATCHES: usize = 2;

enum Batch {
    Answers(Vec<Answer>),
    Finished,
    Failed(Status),
}

/// The reader's end.
#[derive(Clone)]
pub struct AnswerSink(mpsc::Sender<Batch>);

/// The client has gone.
#[derive(Debug)]
pub struct Gone;

impl AnswerSink {
    /// Passes answers on, waiting for room.
    pub async fn send(&self, answers: Vec<Answer>) -> Result<(), Gone> {
        self.0.send(Batch::Answers(answers)).await.map_err(|_| Gone)
    }

    /// Ends the answers well.
    pub async fn finish(&self) {
        // An error means that the client has gone, which is as good an end.
        let _ = self.0.send(Batch::Finished).await;
    }

    /// Ends the answers with an error.
    pub async fn fail(&self, status: Status) {
        let _ = self.0.send(Batch::Failed(status)).await;
    }

    /// Waits until the client has gone.
    pub async fn left(&self) {
        self.0.closed().await;
    }
}

/// The connection's end. Unless the reader says that it has finished, the stream ends with an error: a reader that
/// died must not look like one that read everything.
pub struct Answers {
    batches: mpsc::Receiver<Batch>,
    ready: VecDeque<Answer>,
    ended: bool,
    interrupted: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Answers {
    /// Both ends.
    pub fn open() -> (AnswerSink, Answers) {
        let (line, batches) = mpsc::channel(WAITING_BATCHES);
        (AnswerSink(line), Answers { batches, ready: VecDeque::new(), ended: false, interrupted: None })
    }

    /// Ends the answers at once, as unavailable, when the server stops.
    pub fn until(mut self, stopping: CancellationToken) -> Answers {
        self.interrupted = Some(Box::pin(stopping.cancelled_owned()));
        self
    }

    /// Waits until it is known whether the reader fails before it has anything to say.
    pub async fn begun(mut self) -> Result<Answers, Status> {
        if let Some(first) = self.next().await.transpose()? {
            self.ready.push_front(first);
        }
        Ok(self)
    }
}

impl futures::Stream for Answers {
    type Item = Result<Answer, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Some(interrupted) = &mut self.interrupted
            && interrupted.as_mut().poll(cx).is_ready()
        {
            self.ended = true;
            return Poll::Ready(Some(Err(status::stopping())));
        }
        loop {
            if let Some(answer) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(answer)));
            }
            let end = match ready!(self.batches.poll_recv(cx)) {
                Some(Batch::Answers(answers)) => {
                    self.ready = answers.into();
                    continue;
                }
                Some(Batch::Finished) => None,
                Some(Batch::Failed(status)) => Some(Err(status)),
                None => Some(Err(status::stopping())),
            };
            self.ended = true;
            return Poll::Ready(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_dies_does_not_look_finished() {
        let (line, mut answers) = Answers::open();
        line.send(vec![Answer::default()]).await.unwrap();
        drop(line);
        assert!(answers.next().await.unwrap().is_ok());
        assert_eq!(answers.next().await.unwrap().unwrap_err().code(), tonic::Code::Unavailable);
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_reader_that_finishes_ends_well() {
        let (line, mut answers) = Answers::open();
        line.finish().await;
        assert!(answers.next().await.is_none());
    }

    #[tokio::test]
    async fn a_reader_that_fails_at_once_is_known_before_the_answers_begin() {
        let (line, answers) = Answers::open();
        line.fail(Status::not_found("nothing here")).await;
        assert_eq!(answers.begun().await.err().map(|status| status.code()), Some(tonic::Code::NotFound));

        let (line, answers) = Answers::open();
        line.send(vec![Answer::default(), Answer::default()]).await.unwrap();
        line.fail(Status::not_found("later")).await;
        let told: Vec<_> = answers.begun().await.unwrap().map(|answer| answer.is_ok()).collect().await;
        assert_eq!(told, [true, true, false]);
    }

    #[tokio::test]
    async fn a_stopping_server_interrupts_an_idle_reader() {
        let stopping = CancellationToken::new();
        let (_line, answers) = Answers::open();
        let mut answers = answers.until(stopping.clone());
        stopping.cancel();
        assert_eq!(answers.next().await.unwrap().unwrap_err().code(), tonic::Code::Unavailable);
        assert!(answers.next().await.is_none());
    }
}
