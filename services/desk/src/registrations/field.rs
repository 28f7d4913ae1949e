//! The fields of a form and the columns of the list that they fill.

use intake::Column;
use serde_json::Value;

/// One field of an office's form, and the column whose rules read it.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// The column of the list that means the same.
    pub column: &'static Column,
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    /// As the column has it.
    Same,
    /// Fen here, yuan in the column.
    Fen,
}

impl Field {
    /// A field that says what its column says.
    pub const fn new(name: &'static str, column: &'static Column) -> Self {
        Field { name, column, unit: Unit::Same }
    }

    /// A field in fen whose column is in yuan.
    pub const fn fen(name: &'static str, column: &'static Column) -> Self {
        Field { name, column, unit: Unit::Fen }
    }

    /// What a clerk would have written in the column for a value of the form.
    pub(super) fn cell(self, value: &Value) -> String {
        match (self.unit, value) {
            (Unit::Fen, Value::Number(fen)) => match fen.as_u64() {
                Some(fen) => format!("{}.{:02}", fen / 100, fen % 100),
                None => fen.to_string(),
            },
            (Unit::Fen | Unit::Same, value) => words(value),
        }
    }
}

/// The columns of a list: those of the fields, in their order, and then those that lists have beside them. `N` is how many
/// they are together.
#[expect(clippy::indexing_slicing, reason = "done by the compiler, which says so when a number is wrong")]
pub const fn columns<const N: usize>(fields: &[Field], beside: &[Column]) -> [Column; N] {
    assert!(fields.len() + beside.len() == N, "N is the number of all columns");
    let mut all = [Column::optional("", ""); N];
    let mut next = 0;
    while next < N {
        all[next] = if next < fields.len() { *fields[next].column } else { beside[next - fields.len()] };
        next += 1;
    }
    all
}

fn words(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join("、"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_is_read_as_if_a_clerk_had_written_it() {
        const PLAIN: Column = Column::optional("列", "Column");
        let cell = |value: Value| Field::new("field", &PLAIN).cell(&value);
        assert_eq!(cell(json!(["130306", "130322"])), "130306、130322");
        assert_eq!((cell(json!(true)), cell(json!(12)), cell(json!(null))), ("是".into(), "12".into(), String::new()));
        assert_eq!(Field::fen("price", &PLAIN).cell(&json!(1205)), "12.05");
    }
}
