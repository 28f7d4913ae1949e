//! Files that clerks handed in, and what became of each row.

use super::enums::{Extent, Office, RowFate, Severity};
use super::errors::{Fault, lang};
use super::paging::{Page, Window, connection, is_counted, page_cost};
use super::registration::Registration;
use super::scalars::Time;
use super::view::is_held;
use super::words::int;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use directory::projection::{self, Completed, View};
use schema::ids::RegistrationId;
use schema::position::LogId;
use std::sync::Arc;

/// A file that a clerk handed in.
#[derive(Clone)]
pub struct HandIn {
    view: View,
    hand_in: Arc<projection::HandIn>,
}

impl HandIn {
    /// A hand-in, as it is seen.
    pub fn of(view: &View, hand_in: &Arc<projection::HandIn>) -> HandIn {
        HandIn { view: view.clone(), hand_in: Arc::clone(hand_in) }
    }

    fn completed(&self) -> Option<&Completed> {
        self.hand_in.completed(self.view.as_of)
    }

    fn find(&self, ctx: &Context<'_>, ids: impl IntoIterator<Item = RegistrationId>) -> Vec<Registration> {
        ids.into_iter().filter_map(|id| Registration::find(ctx, &self.view, id)).collect()
    }
}

/// A file that a clerk handed in.
#[Object]
impl HandIn {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.hand_in.received.id.to_string())
    }

    /// Whose it is.
    async fn office(&self) -> Office {
        self.hand_in.received.office.into()
    }

    /// The list within the office.
    async fn list(&self) -> &str {
        &self.hand_in.received.list
    }

    /// Whether the file was the whole list or some of its rows.
    async fn extent(&self) -> Extent {
        self.hand_in.received.extent.into()
    }

    /// The file's name.
    async fn file(&self) -> &str {
        &self.hand_in.received.file
    }

    /// A digest of its bytes, in hexadecimal: the same file has the same in one installation.
    async fn digest(&self) -> &str {
        &self.hand_in.received.digest
    }

    /// How many data rows it holds.
    async fn row_count(&self) -> i32 {
        int(self.hand_in.received.rows)
    }

    /// The columns that were read, in the file's order and words.
    async fn columns(&self) -> &[String] {
        &self.hand_in.received.columns
    }

    /// What a clerk should know about the file as a whole, e.g. that a hidden sheet was left alone.
    async fn notes(&self, ctx: &Context<'_>) -> Vec<HandInNote> {
        let lang = lang(ctx);
        let notes = self.hand_in.received.notes.iter();
        notes
            .map(|note| {
                let (zh, en) = note.code.words().whole();
                let message = lang.pick(zh, en);
                HandInNote { code: note.code.code().to_owned(), message }
            })
            .collect()
    }

    /// When it arrived.
    async fn received_at(&self) -> Time {
        Time(self.hand_in.received_at)
    }

    /// When every row was settled; null until then.
    async fn completed_at(&self) -> Option<Time> {
        self.completed().map(|completed| Time(completed.at))
    }

    /// Whose account handed it in; null when the log does not say.
    async fn by(&self) -> Option<&str> {
        self.hand_in.by.as_deref()
    }

    /// Rows that became new registrations; null until all are settled.
    async fn registered(&self) -> Option<i32> {
        self.completed().map(|completed| int(completed.sums.registered))
    }

    /// Rows that changed a registration; null until all are settled.
    async fn revised(&self) -> Option<i32> {
        self.completed().map(|completed| int(completed.sums.revised))
    }

    /// Rows that left a registration as it was; null until all are settled.
    async fn unchanged(&self) -> Option<i32> {
        self.completed().map(|completed| int(completed.sums.unchanged))
    }

    /// Rows that were not taken in; null until all are settled.
    async fn refused(&self) -> Option<i32> {
        self.completed().map(|completed| int(completed.sums.refused))
    }

    /// Rows that went in with a warning, counted above as well; null until all are settled.
    async fn warned(&self) -> Option<i32> {
        self.completed().map(|completed| int(completed.sums.warned))
    }

    /// Registrations of earlier files of the list that no row is about. They stay in force until the clerk confirms
    /// that they are withdrawn.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn absent(&self, ctx: &Context<'_>) -> Vec<Registration> {
        // Until every row is settled, more of them may be found.
        let found = self.hand_in.absent.iter().filter(|_| self.completed().is_some());
        self.find(ctx, found.map(|dated| dated.value))
    }

    /// Those of them that may still be withdrawn: that are in force and of which no later file has a row.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn still_absent(&self, ctx: &Context<'_>) -> Vec<Registration> {
        let (hand_ins, as_of) = (&self.view.snapshot.hand_ins, self.view.as_of);
        let found = self.hand_in.absent.iter().filter(|_| self.completed().is_some()).map(|dated| dated.value);
        let absent = found.filter(|absent| !hand_ins.names_since(&self.hand_in, *absent, as_of));
        self.find(ctx, absent).into_iter().filter(|absent| !absent.is_withdrawn()).collect()
    }

    /// Those of them that the clerk withdrew and has not put back.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn absent_withdrawn(&self, ctx: &Context<'_>) -> Vec<Registration> {
        self.find(ctx, self.hand_in.withdrawn(self.view.as_of))
    }

    /// What became of its rows, in the file's order.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the question")]
    async fn rows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only rows of this fate.")] fate: Option<RowFate>,
        #[graphql(desc = "Only rows in which something was found, or only those in which nothing was.")]
        with_findings: Option<bool>,
        #[graphql(desc = "How many, 20 when not said, at most 1000.")] first: Option<i32>,
        #[graphql(desc = "Go on behind this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end; 20 when only `before` is said, at most 1000.")] last: Option<i32>,
        #[graphql(desc = "What stands before this cursor.")] before: Option<String>,
    ) -> Result<SettledRowConnection> {
        let window = Window { first, after, last, before, is_counted: is_counted(ctx) };
        let window: Window<u32> =
            window.read(|cursor| cursor.parse().map_err(|_| Fault::BadCursor)).map_err(|fault| fault.of(ctx))?;
        let rows = self.hand_in.rows(self.view.as_of).filter(|row| {
            fate.is_none_or(|fate| RowFate::from(row.fate) == fate)
                && with_findings.is_none_or(|with| row.findings.is_empty() != with)
        });
        let page = Page::of(rows, |row| row.row.to_string(), &window, |row, number| row.row.cmp(number))
            .map_err(|fault| fault.of(ctx))?;
        Ok(SettledRowConnection(page.map(|row| SettledRow { view: self.view.clone(), row: row.clone() })))
    }
}

/// A remark on a file as a whole.
#[derive(SimpleObject)]
pub struct HandInNote {
    /// A stable code.
    pub code: String,
    /// The same in words, in the language of the request.
    pub message: String,
}

/// What became of one row.
#[derive(Clone)]
pub struct SettledRow {
    view: View,
    row: schema::hand_in::SettledRow,
}

/// What became of one row.
#[Object]
impl SettledRow {
    /// The data row, from 1, header not counted.
    async fn row(&self) -> i32 {
        int(self.row.row)
    }

    /// Its fate.
    async fn fate(&self) -> RowFate {
        self.row.fate.into()
    }

    /// The registration it is about; null when it was refused.
    async fn registration(&self, ctx: &Context<'_>) -> Option<Registration> {
        Registration::find(ctx, &self.view, self.row.registration?)
    }

    /// What was found wrong or doubtful in it.
    async fn findings(&self) -> Vec<Finding> {
        self.row.findings.iter().map(|finding| Finding(finding.clone())).collect()
    }
}

/// Something found in a row.
pub struct Finding(schema::hand_in::Finding);

/// Something found in a row.
#[Object]
impl Finding {
    /// The column, as the file calls it; empty when it is about the row as a whole.
    async fn column(&self) -> &str {
        self.0.column.as_deref().unwrap_or_default()
    }

    /// What stood there; empty when nothing did, or when it is sealed.
    async fn value(&self) -> &str {
        said(self.0.value.as_ref())
    }

    /// Whether what stood there is about a person, and sealed.
    async fn is_sealed(&self) -> bool {
        is_sealed(self.0.value.as_ref())
    }

    /// A stable code.
    async fn code(&self) -> &str {
        self.0.code.code()
    }

    /// Whether the row was refused for it.
    async fn severity(&self) -> Severity {
        self.0.severity.into()
    }

    /// The reason, in the language of the request.
    async fn reason(&self, ctx: &Context<'_>) -> String {
        let words = self.0.code.words();
        lang(ctx).pick(words.reason_zh, words.reason_en)
    }

    /// What to do, in the language of the request.
    async fn remedy(&self, ctx: &Context<'_>) -> String {
        let words = self.0.code.words();
        lang(ctx).pick(words.remedy_zh, words.remedy_en)
    }

    /// The reason, in Chinese.
    async fn reason_zh(&self) -> String {
        self.0.code.words().reason_zh
    }

    /// The reason, in English.
    async fn reason_en(&self) -> String {
        self.0.code.words().reason_en
    }

    /// What to do, in Chinese.
    async fn remedy_zh(&self) -> String {
        self.0.code.words().remedy_zh
    }

    /// What to do, in English.
    async fn remedy_en(&self) -> String {
        self.0.code.words().remedy_en
    }
}

/// What stood in a cell, unless it is sealed.
pub fn said(quote: Option<&schema::Quote>) -> &str {
    match quote {
        Some(schema::Quote::Said(text)) => text,
        Some(schema::Quote::Sealed(_)) | None => "",
    }
}

/// Whether what stood in a cell is about a person, and sealed.
pub fn is_sealed(quote: Option<&schema::Quote>) -> bool {
    match quote {
        Some(schema::Quote::Sealed(_)) => true,
        Some(schema::Quote::Said(_)) | None => false,
    }
}

connection! {
    /// Rows of a file, in its order.
    SettledRowConnection,
    /// A row in a list.
    SettledRowEdge,
    SettledRow
}

connection! {
    /// Files that were handed in, the newest first.
    HandInConnection,
    /// A file in a list.
    HandInEdge,
    HandIn
}

/// A page of hand-ins.
pub(crate) fn page(
    view: &View,
    log: LogId,
    is_seen: impl Fn(&projection::HandIn) -> bool,
    window: Window,
) -> Result<HandInConnection, Fault> {
    let window = window.read(|cursor| schema::Position::from_token(&cursor, log).map_err(|_| Fault::BadCursor))?;
    let listed = view
        .snapshot
        .hand_ins
        .newest_first(view.as_of)
        .filter(|hand_in| is_held(view, hand_in.received.id.scope()))
        .filter(|hand_in| is_seen(hand_in));
    let page = Page::of(listed, |hand_in| hand_in.from.token(log), &window, |hand_in, place| place.cmp(&hand_in.from))?;
    Ok(HandInConnection(page.map(|hand_in| HandIn::of(view, hand_in))))
}
