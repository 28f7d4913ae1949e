//! The columns of an office's list.

/// One column, by the name that the office's own form prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name on the form.
    pub name: &'static str,
    /// The name in English, for reports.
    pub name_en: &'static str,
    /// Other names under which clerks hand it in.
    pub aliases: &'static [&'static str],
    /// Without this column in the header, the whole file is refused. A blank cell is another matter: the row function
    /// says which cells must be filled.
    pub required: bool,
    /// Holds personal data: compared only under the person's key, and never quoted in a report that is kept.
    pub personal: bool,
}

impl Column {
    /// A column without which the file is refused.
    pub const fn required(name: &'static str, name_en: &'static str) -> Self {
        Column { name, name_en, aliases: &[], required: true, personal: false }
    }

    /// A column that may be missing.
    pub const fn optional(name: &'static str, name_en: &'static str) -> Self {
        Column { required: false, ..Column::required(name, name_en) }
    }

    /// The same column, also known by these names.
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Column { aliases, ..self }
    }

    /// The same column, holding personal data.
    pub const fn personal(self) -> Self {
        Column { personal: true, ..self }
    }
}

pub use schema::hand_in::Note;
