//! What a parser makes of a cell.

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
    /// A stable code in `SCREAMING_SNAKE_CASE`.
    pub code: &'static str,
    /// The reason, in Chinese.
    pub zh: String,
    /// The reason, in English.
    pub en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl Trouble {
    /// Something that refuses the row.
    pub fn error(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (remedy_zh, remedy_en) = (String::new(), String::new());
        Trouble { severity: Severity::Error, code, zh: zh.into(), en: en.into(), remedy_zh, remedy_en }
    }

    /// Something that is only doubted.
    pub fn doubt(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Trouble { severity: Severity::Warning, ..Trouble::error(code, zh, en) }
    }

    /// The same, with what to do about it.
    pub fn remedy(self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Trouble { remedy_zh: zh.into(), remedy_en: en.into(), ..self }
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
