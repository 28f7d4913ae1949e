//! A place in the whole log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A position in `$all`. Ordered; larger is later. Only comparable within one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Where the event's transaction was committed.
    pub commit: u64,
    /// Where the event itself was prepared; equal to `commit` in every log that has no old explicit transactions.
    pub prepare: u64,
}

/// The identity of a log, so that a position of one is never taken for a position of another. Written as eight
/// hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct LogId(pub u32);

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl From<LogId> for String {
    fn from(id: LogId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for LogId {
    type Error = PositionError;
    fn try_from(text: String) -> Result<LogId, PositionError> {
        let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(&text, 16).ok().filter(|_| digits);
        number.map(LogId).ok_or(PositionError::Malformed)
    }
}

/// A position as an event says it. It names its log: when events are moved to another log, what they say does not
/// change, and the positions there are others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct LogPosition {
    /// The log in which it is a position.
    pub log: LogId,
    /// [`Position::commit`].
    pub commit: u64,
    /// [`Position::prepare`].
    pub prepare: u64,
}

impl LogPosition {
    /// The position, for whoever reads it in a log.
    ///
    /// # Errors
    /// [`PositionError::AnotherLog`] when it is one of another log, where it means something else.
    pub fn in_log(self, log: LogId) -> Result<Position, PositionError> {
        let LogPosition { log: own, commit, prepare } = self;
        if own == log { Ok(Position { commit, prepare }) } else { Err(PositionError::AnotherLog) }
    }
}

/// A position token could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// Not a token that any Huiju wrote.
    #[error("this is not a position token")]
    Malformed,
    /// A position of another log.
    #[error("this position belongs to another log")]
    AnotherLog,
}

impl Position {
    /// The position as an event says it.
    pub fn of(self, log: LogId) -> LogPosition {
        LogPosition { log, commit: self.commit, prepare: self.prepare }
    }

    /// The opaque token that leaves the system: log, commit, prepare, in fixed-width hexadecimal, 40 characters.
    /// Tokens of one log sort as their positions do.
    pub fn token(self, log: LogId) -> String {
        format!("{:08x}{:016x}{:016x}", log.0, self.commit, self.prepare)
    }

    /// Reads a token back. Refuses one of another log.
    pub fn from_token(token: &str, log: LogId) -> Result<Position, PositionError> {
        if token.len() != 40 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(PositionError::Malformed);
        }
        let number = |from: usize, to: usize| {
            token.get(from..to).and_then(|digits| u64::from_str_radix(digits, 16).ok()).ok_or(PositionError::Malformed)
        };
        if number(0, 8)? != u64::from(log.0) {
            return Err(PositionError::AnotherLog);
        }
        Ok(Position { commit: number(8, 24)?, prepare: number(24, 40)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_only_in_its_own_log() {
        let position = Position { commit: 77, prepare: 76 };
        let token = position.token(LogId(9));
        assert_eq!(Position::from_token(&token, LogId(9)), Ok(position));
        assert_eq!(Position::from_token(&token, LogId(8)), Err(PositionError::AnotherLog));
        assert_eq!(Position::from_token("12", LogId(9)), Err(PositionError::Malformed));
    }

    #[test]
    fn a_position_in_an_event_is_one_of_its_own_log_only() {
        let position = Position { commit: 77, prepare: 76 };
        let said = position.of(LogId(9));
        assert_eq!(serde_json::to_string(&said).unwrap(), r#"{"log":"00000009","commit":77,"prepare":76}"#);
        assert_eq!(said.in_log(LogId(9)), Ok(position));
        assert_eq!(said.in_log(LogId(8)), Err(PositionError::AnotherLog));
        for bad in ["", "9", "+0000009", "0000000g", "000000009"] {
            assert_eq!(LogId::try_from(bad.to_owned()), Err(PositionError::Malformed), "{bad}");
        }
    }
}
