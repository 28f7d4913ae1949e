//! The decide loop: load, fold, decide, append at the expected revision, again on conflict.

use crate::command::{Command, KeyReused};
use crate::log::{Appended, Expected, Log, LogError, Metadata, NewEvent, Recorded, Unreadable};
use chrono::DateTime;
use schema::limits::{self, APPEND_BYTES, json_bytes};
use schema::{EncodeError, Event, Position, ids};
use serde_json::Value;
use uuid::Uuid;

/// How often a command looks again after others appended in between.
const ATTEMPTS: u32 = 12;

/// What came of a command. The same for its repetitions, but for `repeated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The stream.
    pub stream: String,
    /// The number of the command's last event; of the stream's last event if it changed nothing (0 if there is none).
    pub revision: u64,
    /// The position of that event (zero if there is none, which only a command that changed nothing can meet).
    pub position: Position,
    /// Whether the command had been carried out before.
    pub repeated: bool,
    /// Whether the command appended anything, now or the first time.
    pub changed: bool,
}

impl Outcome {
    /// Of a command whose events were just appended.
    fn of(stream: &str, appended: Appended) -> Outcome {
        let Appended { revision, position } = appended;
        Outcome { stream: stream.to_owned(), revision, position, repeated: false, changed: true }
    }
}

/// A command was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError<R> {
    /// The rules of the service forbid it.
    #[error("refused: {0}")]
    Refused(R),
    /// The key was used before, for something else.
    #[error("the idempotency key {key:?} was used before, for something else")]
    KeyReused {
        /// The key.
        key: String,
    },
    /// Others appended to the stream again and again. Nothing happened; the command can be sent again.
    #[error("others keep changing the same thing")]
    Conflict,
    /// The log could not be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The stream holds what this program cannot read, so nothing can be decided on it. Nothing happened.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl<R> From<KeyReused> for CommandError<R> {
    fn from(KeyReused { key }: KeyReused) -> CommandError<R> {
        CommandError::KeyReused { key }
    }
}

impl<R> From<EncodeError> for CommandError<R> {
    fn from(error: EncodeError) -> CommandError<R> {
        CommandError::Log(error.into())
    }
}

/// The id of a command's event: the same for every repetition of the command.
pub fn event_id(stream: &str, key: &str, index: usize) -> Uuid {
    ids::derive(&[stream, key, &index.to_string()])
}

/// Carries a command out on a stream.
///
/// Loads and folds the stream; answers a key that it holds already, before deciding, with the first outcome and the
/// state as it was then; decides; appends at the revision that was decided on, and starts over if others appended in
/// between. `decide` may therefore run more than once. It returns no events if everything is already as the command
/// wants it.
pub async fn handle<S, E, R>(
    log: &Log,
    stream: &str,
    command: &Command,
    initial: S,
    evolve: impl Fn(S, &E) -> S,
    decide: impl Fn(&S) -> Result<Vec<E>, R>,
) -> Result<(Outcome, S), CommandError<R>>
where
    E: Event,
{
    let mut state = initial;
    let mut last: Option<(u64, Position)> = None;
    for _ in 0..ATTEMPTS {
        let fresh = log.read_stream_from(stream, last.map_or(0, |(revision, _)| revision + 1)).await?;
        if let Some(first) = remembered(&fresh, command)? {
            let last = first.revision;
            let then = fresh.iter().take_while(|event| event.revision <= last);
            return Ok((first, fold(then, state, &evolve)?));
        }
        state = fold(fresh.iter(), state, &evolve)?;
        last = fresh.last().map(|event| (event.revision, event.position)).or(last);
        let events = decide(&state).map_err(CommandError::Refused)?;
        if events.is_empty() {
            let (revision, position) = last.unwrap_or_default();
            let outcome = Outcome { stream: stream.to_owned(), revision, position, repeated: false, changed: false };
            return Ok((outcome, state));
        }
        let expected = last.map_or(Expected::NoStream, |(revision, _)| Expected::Revision(revision));
        match log.append(stream, expected, new_events(stream, command, &events)?).await {
            Ok(appended) => {
                return Ok((Outcome::of(stream, appended), events.iter().fold(state, &evolve)));
            }
            Err(LogError::WrongExpectedRevision { .. }) => {
                tracing::debug!(stream, key = command.key(), "others appended in between; deciding again");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(CommandError::Conflict)
}

/// Carries a command out on a stream that is not expected to be there yet, as [`handle`] does, but without reading it
/// first. When the stream is there, or the rules say no to what is new, it is read after all.
///
/// The caller answers for it that the command's key was used for nothing else: an event that the log has already under the
/// same id is not written again, and what it says is not compared.
pub async fn open<S, E, R>(
    log: &Log,
    stream: &str,
    command: &Command,
    initial: S,
    evolve: impl Fn(S, &E) -> S,
    decide: impl Fn(&S) -> Result<Vec<E>, R>,
) -> Result<(Outcome, S), CommandError<R>>
where
    E: Event,
{
    if let Ok(events) = decide(&initial)
        && !events.is_empty()
    {
        match log.append(stream, Expected::NoStream, new_events(stream, command, &events)?).await {
            Ok(appended) => {
                return Ok((Outcome::of(stream, appended), events.iter().fold(initial, &evolve)));
            }
            Err(LogError::WrongExpectedRevision { .. }) => {
                tracing::debug!(stream, key = command.key(), "the stream is there; reading it");
            }
            Err(error) => return Err(error.into()),
        }
    }
    handle(log, stream, command, initial, evolve, decide).await
}

/// The outcome of an earlier run of this command, from the events that carry its key.
fn remembered<R>(recorded: &[Recorded], command: &Command) -> Result<Option<Outcome>, CommandError<R>> {
    let mut found = None;
    for event in recorded {
        let envelope = event.envelope().map_err(|problem| event.unreadable(problem))?;
        if envelope.key != command.key() {
            continue;
        }
        command.repeats(&envelope.body)?;
        found = Some(Outcome {
            stream: event.stream.clone(),
            revision: event.revision,
            position: event.position,
            repeated: true,
            changed: true,
        });
    }
    Ok(found)
}

fn fold<'a, S, E: Event>(
    recorded: impl Iterator<Item = &'a Recorded>,
    initial: S,
    evolve: impl Fn(S, &E) -> S,
) -> Result<S, Unreadable> {
    let mut state = initial;
    for event in recorded {
        state = evolve(state, &event.decode().map_err(|problem| event.unreadable(problem))?);
    }
    Ok(state)
}

/// The events of a command as the log takes them: ids derived from the key, the command in every envelope.
///
/// # Errors
/// When one of them cannot be written so that it would be read as it is, or is larger than an event may be; then none is.
pub fn new_events<E: Event>(stream: &str, command: &Command, events: &[E]) -> Result<Vec<NewEvent>, EncodeError> {
    events
        .iter()
        .enumerate()
        .map(|(index, event)| Ok(new_event(stream, command, index, event, event.data()?)))
        .collect()
}

/// The event of a command that has this place among its events, with its data as they are written.
pub fn new_event<E: Event>(stream: &str, command: &Command, index: usize, event: &E, data: Value) -> NewEvent {
    NewEvent {
        id: event_id(stream, command.key(), index),
        event_type: event.event_type().to_owned(),
        data,
        metadata: Metadata::Of(Box::new(command.clone()), event.shape()),
    }
}

/// Cuts events into runs that each fit into one append. Each run is all or none; the runs are not.
///
/// # Errors
/// When one of them cannot be written.
pub fn appends(events: Vec<NewEvent>) -> Result<Vec<Vec<NewEvent>>, EncodeError> {
    // Leaves room for what the metadata say of the moment of the append.
    const MOST: usize = APPEND_BYTES - 64 * 1024;
    limits::parts_of(events, MOST, |event| {
        let metadata = match &event.metadata {
            Metadata::Of(command, shape) => json_bytes(&command.envelope(shape, DateTime::UNIX_EPOCH))?,
            Metadata::Given(metadata) => json_bytes(metadata)?,
        };
        Ok(json_bytes(&event.data)? + metadata + 64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_over_the_limit_is_refused_and_many_below_it_are_cut_into_appends() {
        use schema::hand_in::{AbsentFound, HandInEvent};
        use schema::scope::Scope;
        let command = Command::of("test", "k", &"", DateTime::UNIX_EPOCH).unwrap();
        let absent = |count: usize| {
            let id = schema::RegistrationId::of_form(Scope::default(), schema::Office::Clinic, "k");
            HandInEvent::AbsentFound(AbsentFound { registrations: vec![id; count] })
        };
        let refused = new_events("import-1", &command, &[absent(30_000)]).unwrap_err();
        assert!(matches!(refused, EncodeError::TooLarge { .. }), "{refused}");
        let events = new_events("import-1", &command, &vec![absent(10_000); 5]).unwrap();
        let runs = appends(events.clone()).unwrap();
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(runs.concat(), events);
    }

    #[test]
    fn event_ids_differ_by_stream_key_and_index_only() {
        assert_eq!(event_id("s-1", "k", 0), event_id("s-1", "k", 0));
        assert_ne!(event_id("s-1", "k", 0), event_id("s-1", "k", 1));
        assert_ne!(event_id("s-1", "k", 0), event_id("s-2", "k", 0));
        assert_ne!(event_id("s-1", "k", 0), event_id("s-1", "l", 0));
    }
}
