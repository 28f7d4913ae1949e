//! What a parser makes of a cell.

use schema::FindingCode;
use schema::hand_in::Severity;

/// What was read: a value, or none, and what was wrong or doubtful about it.
///
/// | | `value` | `troubles` |
/// | --- | --- | --- |
/// | blank | none | none |
/// | understood | some | none |
/// | understood in part (one of two numbers) | some | warnings |
/// | doubtful: dropped, the text is kept | none | warnings |
/// | wrong: the row is refused | none | an error |
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// The value, as far as there is one.
    pub value: Option<T>,
    /// What was found.
    pub troubles: Vec<Trouble>,
}

/// Something wrong or doubtful in one cell. The column and the cell's text are added by whoever knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whether it refuses the row.
    pub severity: Severity,
    /// What it is.
    pub code: FindingCode,
}

impl Trouble {
    /// Something that refuses the row.
    pub fn error(code: impl Into<FindingCode>) -> Self {
        Trouble { severity: Severity::Error, code: code.into() }
    }

    /// Something that is only doubted.
    pub fn doubt(code: impl Into<FindingCode>) -> Self {
        Trouble { severity: Severity::Warning, code: code.into() }
    }
}

impl<T> Read<T> {
    /// Nothing was written.
    pub const fn blank() -> Self {
        Read { value: None, troubles: Vec::new() }
    }

    /// Understood.
    pub const fn value(value: T) -> Self {
        Read { value: Some(value), troubles: Vec::new() }
    }

    /// Not understood, or wrong: no value, and why.
    pub fn trouble(trouble: Trouble) -> Self {
        Read { value: None, troubles: vec![trouble] }
    }

    /// Whether the row is refused for this cell.
    pub fn is_error(&self) -> bool {
        self.troubles.iter().any(|trouble| trouble.severity == Severity::Error)
    }

    /// The value under another type; troubles stay.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: self.value.map(with), troubles: self.troubles }
    }
}
