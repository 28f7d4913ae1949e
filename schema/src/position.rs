//! A place in the whole log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A position in `$all`. Ordered; larger is later. Only comparable within one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// Where the event's transaction was committed.
    pub commit: u64,
    /// Where the event itself was prepared; equal to `commit` in every log that has no old explicit transactions.
    pub prepare: u64,
}

/// The identity of a log, so that a position of one is never taken for a position of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogId(pub u32);

/// A position token could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// Not a token that any Huiju wrote.
    #[error("this is not a position token")]
    Malformed,
    /// A token of another log.
    #[error("this position token belongs to another log")]
    AnotherLog,
}

impl Position {
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
}
