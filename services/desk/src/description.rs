//! An office's list as a value.

use crate::moving::Moves;
use chrono::NaiveDate;
use intake::{Column, Keeping, Line, PlaceColumns, Row, RowKey};
use schema::hand_in::{Finding, Severity};
use schema::limits::quoted;
use schema::{FindingCode, Office, Quote, Source};

/// What makes a row the same as one of an earlier hand-in.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name of what is registered.
    pub name: &'static Column,
    /// The village or community.
    pub community: PlaceColumns,
    /// The category.
    pub category: &'static Column,
    /// A licence or team number, where the list has one.
    pub number: Option<&'static Column>,
}

/// Everything that is particular to one office's list. `P` is the payload of its registering and revising events, `S` the
/// state of one registration, `E` its events. All of it is plain functions: nothing here does I/O.
#[derive(Clone, Copy)]
pub struct Description<P, S, E> {
    /// Whose list.
    pub office: Office,
    /// Its columns, in the order of the office's own form.
    pub columns: &'static [Column],
    /// What makes a row the same as an earlier one.
    pub key: Key,
    /// One row into a payload. None when something is missing that the payload cannot be without; the row has then said
    /// so. A row that recorded an error is refused whatever this returns.
    pub draft: fn(&mut Row<'_>) -> Option<P>,
    /// The payload of an event that carries a whole one.
    pub payload: fn(&E) -> Option<&P>,
    /// Where a payload came from.
    pub source: fn(&P) -> &Source,
    /// The key of a payload.
    pub key_of: fn(&P) -> RowKey,
    /// The licence or team number of a payload, if [`Key::number`] names a column.
    pub number_of: fn(&P) -> Option<String>,
    /// The day on which the row says it was registered: from then on (00:00 in the county) it is true in the world.
    pub registered_on: fn(&P) -> Option<NaiveDate>,
    /// The types of the events after which a registration is no longer in force.
    pub withdrawn_by: &'static [&'static str],
    /// The state before the first event.
    pub initial: fn() -> S,
    /// The office's fold.
    pub evolve: fn(S, &E) -> S,
    /// What is or was registered.
    pub registered: fn(&S) -> Option<P>,
    /// Keeps of what stood whatever a row says nothing of.
    pub keep: fn(&mut Keeping<'_>, &mut P, P),
    /// Registers what is new, revises what is known. No event when nothing but the source would change. The day is the
    /// county's today.
    pub submit: fn(&S, P, NaiveDate) -> Result<Vec<E>, Refusal>,
    /// Withdraws, with the reason. No event when it is withdrawn already.
    pub withdraw: fn(&S, &str) -> Result<Vec<E>, Refusal>,
    /// What puts a registration back as it was when it was withdrawn, suspended if it was; nothing where none was.
    pub put_back: fn(&S) -> Vec<E>,
    /// How a registration moves to another county.
    pub moves: Moves<P, S, E>,
}

/// The office's rules said no. As text it is its code alone: what a clerk once wrote belongs in no log line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .code.code())]
pub struct Refusal {
    /// The column that it is about, if it is about one.
    pub column: Option<&'static Column>,
    /// Why.
    pub code: Box<FindingCode>,
}

impl Refusal {
    /// A refusal of the whole row.
    pub fn new(code: impl Into<FindingCode>) -> Self {
        Refusal { column: None, code: Box::new(code.into()) }
    }

    /// The same, because of one column.
    pub fn about(self, column: &'static Column) -> Self {
        Refusal { column: Some(column), ..self }
    }

    /// The same, located in a row. What stands in a column about a person is not quoted.
    pub(crate) fn in_row(self, line: &Line) -> Finding {
        let Refusal { column, code } = self;
        let said = column.filter(|column| !column.personal).map(|column| quoted(line.cell(column)));
        Finding {
            column: column.map(|column| line.heading(column)),
            value: said.filter(|said| !said.is_empty()).map(Quote::Said),
            code: *code,
            severity: Severity::Error,
        }
    }
}
