//! A client that is replaced when it is dead.

use super::{LogError, Timing};
use crate::keys;
use crate::metrics;
use eventstore::{Client, ClientSettings};
use schema::position::LogId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What the client is told if the address does not say: it sleeps one interval before every connection, and gives up
/// for ever after its attempts, of which the first never connects.
const DISCOVERY_INTERVAL_MILLIS: u32 = 20;
const DISCOVERY_ATTEMPTS: u32 = 3;

/// A client is replaced after so many failures in a row, even if it claims to live: it never looks for another node.
const FAILURES_BEFORE_REBUILD: u32 = 3;

/// What came of one attempt.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server answered; trying again brings the same.
    Answer(LogError),
    /// No answer; another attempt may bring one.
    Silence {
        /// What happened.
        problem: String,
        /// Whether this client will never work again.
        dead: bool,
    },
}

impl Failure {
    /// The answer for a stream that does not exist.
    pub(super) fn missing() -> LogError {
        LogError::Refused("there is no such stream".to_owned())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Answer(error) => error.fmt(f),
            Failure::Silence { problem, .. } => f.write_str(problem),
        }
    }
}

impl LogError {
    /// Says of which stream the server spoke; its answer does not.
    pub(super) fn of_stream(self, name: &str) -> LogError {
        match self {
            LogError::WrongExpectedRevision { expected, current, .. } => {
                LogError::WrongExpectedRevision { stream: name.to_owned(), expected, current }
            }
            other => other,
        }
    }
}

impl From<eventstore::Error> for Failure {
    fn from(error: eventstore::Error) -> Failure {
        use eventstore::Error;
        let silence = |dead| Failure::Silence { problem: error.to_string(), dead };
        let refused = || Failure::Answer(LogError::Refused(error.to_string()));
        match &error {
            Error::ConnectionClosed | Error::GrpcConnectionError(_) => silence(true),
            // The client has already gone over to the leader it was told of.
            Error::ServerError(_) | Error::DeadlineExceeded | Error::NotLeaderException(_) => silence(false),
            Error::Grpc { code, .. } => match format!("{code:?}").as_str() {
                // An operation that timed out on the server; a call that either side dropped.
                "Aborted" | "Cancelled" => silence(false),
                _ => refused(),
            },
            Error::ResourceNotFound => Failure::Answer(Failure::missing()),
            Error::ResourceDeleted => Failure::Answer(LogError::StreamDeleted),
            Error::WrongExpectedVersion { expected, current } => Failure::Answer(LogError::WrongExpectedRevision {
                stream: String::new(),
                expected: expected.to_string(),
                current: match current {
                    eventstore::CurrentRevision::Current(revision) => Some(*revision),
                    eventstore::CurrentRevision::NoStream => None,
                },
            }),
            Error::InternalParsingError(_)
            | Error::AccessDenied
            | Error::ResourceAlreadyExists
            | Error::UnsupportedFeature
            | Error::InternalClientError
            | Error::InitializationError(_)
            | Error::IllegalStateError(_) => refused(),
        }
    }
}

/// Waits for an answer of the client, but not for ever: reads have no deadline of their own.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = eventstore::Result<T>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer.map_err(Failure::from),
        Err(_) => Err(Failure::Silence { problem: format!("no answer for {} s", patience.as_secs()), dead: false }),
    }
}

/// Reads an address and adds what a client needs to be quick and to live.
pub(super) fn settings(address: &str) -> Result<ClientSettings, LogError> {
    let problem = |problem: String| LogError::Address { address: address.to_owned(), problem };
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let given: Vec<String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, _)| name.trim().to_ascii_lowercase())
        .collect();
    let mut parameters: Vec<String> = query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let mut supply = |name: &str, value: String| {
        if !given.contains(&name.to_ascii_lowercase()) {
            parameters.push(format!("{name}={value}"));
        }
    };
    supply("discoveryInterval", DISCOVERY_INTERVAL_MILLIS.to_string());
    supply("maxDiscoverAttempts", DISCOVERY_ATTEMPTS.to_string());
    // A follower may be behind: a command that read there would meet a conflict each time it looks again.
    supply("nodePreference", "leader".to_owned());
    if is_this_machine(place) {
        supply("tls", "false".to_owned());
    }
    let place = place.strip_suffix('/').unwrap_or(place);
    let whole = format!("{place}?{}", parameters.join("&"));
    let settings: ClientSettings = whole.parse().map_err(|error| problem(format!("{error}")))?;
    if settings.hosts().is_empty() || settings.hosts().iter().any(|host| host.host.is_empty()) {
        return Err(problem("it names no host".to_owned()));
    }
    Ok(settings)
}

fn is_this_machine(place: &str) -> bool {
    let authority = place.split_once("://").map_or(place, |(_, rest)| rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = authority.split('/').next().unwrap_or(authority);
    let host = if host.starts_with('[') {
        host.split_inclusive(']').next().unwrap_or(host)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    host == "localhost" || host == "[::1]" || host.starts_with("127.")
}

/// A client for calls, replaced when it is dead.
pub(super) struct Link {
    settings: ClientSettings,
    slot: Mutex<Slot>,
}

struct Slot {
    generation: u64,
    client: Option<Client>,
    failures: u32,
    /// Whether the server has been asked which log it is since the last failure.
    verified: bool,
}

impl Link {
    pub(super) fn new(settings: ClientSettings) -> Link {
        Link { settings, slot: Mutex::new(Slot { generation: 0, client: None, failures: 0, verified: false }) }
    }

    /// Asks until there is an answer or the patience is at its end. After a failure the server must first say that it
    /// is still the `known` log.
    pub(super) async fn attempt<T, F>(
        &self,
        timing: Timing,
        known: Option<LogId>,
        ask: impl Fn(Client) -> F,
    ) -> Result<T, LogError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let deadline = Instant::now() + timing.patience;
        let mut pause = Pause::new(timing);
        loop {
            let (generation, client, verified) = self.client()?;
            let outcome = match known {
                Some(known) if !verified => match super::known_id(&client, timing.attempt).await {
                    Ok(Some(id)) if id == known => ask(client).await,
                    Ok(_) => Err(Failure::Answer(LogError::AnotherLog)),
                    Err(failure) => Err(failure),
                },
                _ => ask(client).await,
            };
            let problem = match outcome {
                Ok(answer) => {
                    self.answered(generation, true);
                    return Ok(answer);
                }
                Err(Failure::Answer(error)) => {
                    self.answered(generation, error != LogError::AnotherLog);
                    return Err(error);
                }
                Err(Failure::Silence { problem, dead }) => {
                    self.failed(generation, dead);
                    problem
                }
            };
            let pause = pause.next();
            if Instant::now() + pause >= deadline {
                return Err(LogError::Unavailable(problem));
            }
            tracing::debug!(problem, "the log does not answer; trying again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Has the server say which log it is before the next call: something else has seen it go away, and the client
    /// may have found another one without a word.
    pub(super) fn doubt(&self) {
        self.slot().verified = false;
    }

    fn client(&self) -> Result<(u64, Client, bool), LogError> {
        let mut slot = self.slot();
        if let Some(client) = &slot.client {
            return Ok((slot.generation, client.clone(), slot.verified));
        }
        let client = build(&self.settings, if slot.generation == 0 { None } else { Some("commands") })?;
        slot.generation += 1;
        slot.failures = 0;
        slot.verified = false;
        slot.client = Some(client.clone());
        Ok((slot.generation, client, false))
    }

    fn answered(&self, generation: u64, verified: bool) {
        let mut slot = self.slot();
        if slot.generation == generation {
            slot.failures = 0;
            slot.verified = verified;
        }
    }

    fn failed(&self, generation: u64, dead: bool) {
        let mut slot = self.slot();
        if slot.generation != generation {
            return;
        }
        slot.failures += 1;
        slot.verified = false;
        if dead || slot.failures >= FAILURES_BEFORE_REBUILD {
            slot.client = None;
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new client; `replaces` says for which use one died before it.
pub(super) fn build(settings: &ClientSettings, replaces: Option<&str>) -> Result<Client, LogError> {
    if let Some(usage) = replaces {
        metrics::CLIENT_REBUILDS.with_label_values(&[usage]).inc();
    }
    Client::new(settings.clone()).map_err(|error| LogError::Refused(error.to_string()))
}

/// Growing pauses between attempts, each spread over its upper half so that many do not return at once.
pub(super) struct Pause {
    timing: Timing,
    next: Duration,
}

impl Pause {
    pub(super) fn new(timing: Timing) -> Pause {
        Pause { timing, next: timing.pause_least }
    }

    pub(super) fn next(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(self.timing.pause_most);
        whole.mul_f64(0.5 + keys::jitter() / 2.0)
    }

    pub(super) fn reset(&mut self) {
        self.next = self.timing.pause_least;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_itself_is_spoken_to_without_tls_and_others_with_it() {
        assert!(!settings("esdb://127.0.0.1:2113").unwrap().is_secure_mode_enabled());
        assert!(!settings("esdb://localhost:2113/").unwrap().is_secure_mode_enabled());
        assert!(!settings("esdb://admin:changeit@localhost:2113").unwrap().is_secure_mode_enabled());
        assert!(settings("esdb://log.example:2113").unwrap().is_secure_mode_enabled());
        assert!(!settings("esdb://log.example:2113?tls=false").unwrap().is_secure_mode_enabled());
        assert!(settings("esdb://127.0.0.1:2113?tls=true").unwrap().is_secure_mode_enabled());
    }

    #[test]
    fn an_address_keeps_its_own_waiting_times() {
        let plain = settings("esdb://127.0.0.1:2113?tls=false").unwrap();
        assert_eq!((plain.discovery_interval().as_millis(), plain.max_discover_attempts()), (20, 3));
        let own = settings("esdb://127.0.0.1:2113?discoveryInterval=70&MaxDiscoverAttempts=9").unwrap();
        assert_eq!((own.discovery_interval().as_millis(), own.max_discover_attempts()), (70, 9));
    }

    #[test]
    fn several_nodes_stay_several() {
        assert_eq!(settings("esdb://a.example:2113,b.example:2113,c.example:2113").unwrap().hosts().len(), 3);
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for address in ["", "127.0.0.1:2113", "http://127.0.0.1:2113", "esdb://"] {
            assert!(matches!(settings(address), Err(LogError::Address { .. })), "{address}");
        }
    }

    #[test]
    fn pauses_grow_to_their_limit_and_never_beyond() {
        let timing = Timing::default();
        let mut pause = Pause::new(timing);
        let pauses: Vec<Duration> = (0..12).map(|_| pause.next()).collect();
        assert!(pauses[0] <= timing.pause_least && pauses[0] >= timing.pause_least / 2);
        assert!(pauses[11] <= timing.pause_most && pauses[11] >= timing.pause_most / 2);
        pause.reset();
        assert!(pause.next() <= timing.pause_least);
    }
}
