//! Where an office's hand-ins are taken: one of a list at a time, checked or run.

use crate::books::{Books, HandIn, ListBook, Unread};
use crate::description::{Description, Refusal};
use crate::hand_in::{Ask, File, HandInError, OnProgress, failed};
use crate::moving::Moving;
use crate::report::{Open, Report, ReportRow, Summary};
use crate::retracted;
use crate::running::{Mode, Run};
use crate::workbook;
use chassis::clock::Clock;
use chassis::command::Command;
use chassis::decide::CommandError;
use chassis::log::{Log, LogError};
use chassis::records::Disclosure;
use chassis::sealed::KeyStore;
use chassis::service::Service;
use intake::Gazetteer;
use intake::sheet;
use schema::{Event, HandInId, Office, PersonalField, RegistrationId, Scope, Stream};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, Semaphore};

/// Files of one office that are read at a time.
const READ_AT_ONCE: usize = 2;

/// Where an office's hand-ins are taken. Cheap to clone; every clone is the same desk. Hand-ins of one list wait for each
/// other; those of several run side by side, and a check waits for none.
pub struct Desk<P, S, E>(Arc<Inner<P, S, E>>);

impl<P, S, E> Clone for Desk<P, S, E> {
    fn clone(&self) -> Self {
        Desk(self.0.clone())
    }
}

/// The divisions as last read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Divisions {
    /// By code and name.
    pub areas: Arc<Gazetteer>,
    /// What of them cannot be read.
    pub unread: Arc<Unread>,
}

pub(crate) struct Inner<P, S, E> {
    pub description: Description<P, S, E>,
    pub log: Log,
    keys: Arc<KeyStore>,
    helper: Option<PathBuf>,
    pub clock: Clock,
    /// What is remembered of the log. Held while it reads on, and while a file's arrival is written; never while rows are.
    books: Mutex<Books>,
    /// Held by the hand-in of a list that runs.
    lists: std::sync::Mutex<HashMap<String, Arc<Mutex<()>>>>,
    /// Held while a file is read: what a workbook unfolds to stays bounded, however many are sent at once.
    reading: Semaphore,
}

impl<P, S, E> Desk<P, S, E>
where
    P: Clone + Send + Sync + 'static,
    S: Send + Sync + 'static,
    E: Event + Send + Sync + 'static,
{
    /// A desk of this process.
    pub fn new(service: &Service, description: Description<P, S, E>) -> Self {
        let books = service.health.register(format!("{}_books", description.office.category()));
        Desk(Arc::new(Inner {
            description,
            log: service.log.clone(),
            keys: service.keys.clone(),
            helper: service.helper.clone(),
            clock: service.clock.clone(),
            books: Mutex::new(Books::of(books)),
            lists: std::sync::Mutex::default(),
            reading: Semaphore::new(READ_AT_ONCE),
        }))
    }

    /// Whose desk it is.
    pub fn office(&self) -> Office {
        self.0.description.office
    }

    /// The description that it works by.
    pub fn description(&self) -> &Description<P, S, E> {
        &self.0.description
    }

    /// What handing in a file would do, without doing it.
    pub async fn check(&self, file: &File, ask: &Ask) -> Result<Report, HandInError> {
        sheet::check_names(&file.name, &file.list)?;
        let sheet = self.sheet(file).await?;
        let file_digest = self.0.keys.digest(&file.bytes)?;
        let (id, repeated, list_book) = {
            let books = self.books().await?;
            let repeated = books.latest(&file.list).is_some_and(|latest| latest.is(file, &file_digest));
            (self.next_hand_in(&books, file, ask, &file_digest), repeated, books.of_list(&file.list))
        };
        list_book.allows(id)?;
        let mut run = Run::plan(self.run_parts(Mode::Check, ask, id, &list_book), file, sheet, &list_book)?;
        run.settle(&mut |_| ()).await?;
        Ok(Report { repeated, ..run.report(file_digest) })
    }

    /// Hands a file in. Ends where an interrupted one left off; answers with the stored report when the file is the
    /// list's latest already, or when the key was used for the same file before.
    pub async fn run(&self, file: &File, ask: &Ask, on_progress: OnProgress<'_>) -> Result<Report, HandInError> {
        sheet::check_names(&file.name, &file.list)?;
        let _turn = self.turn(&file.list).await;
        let file_digest = self.0.keys.digest(&file.bytes)?;
        let before = {
            let mut books = self.books().await?;
            self.which_hand_in(&mut books, file, ask, &file_digest)?
        };
        if let WhichHandIn::Answered(id) = before {
            return self.repeated(id, ask).await;
        }
        let sheet = self.sheet(file).await?;
        // Asked again, of the same books as the list: while the file was read, it may have been completed elsewhere.
        let (which, mut list_book) = {
            let mut books = self.books().await?;
            (self.which_hand_in(&mut books, file, ask, &file_digest)?, books.of_list(&file.list))
        };
        let id = match which {
            WhichHandIn::Answered(id) => return self.repeated(id, ask).await,
            WhichHandIn::Runs(id) => id,
        };
        list_book.allows(id)?;
        if self.end_moves(&list_book, id, ask).await? {
            list_book = self.list_book(&file.list).await?;
        }
        let mut run = Run::plan(self.run_parts(Mode::Run, ask, id, &list_book), file, sheet, &list_book)?;
        run.make_keys()?;
        {
            // Nobody else can use the key for another list meanwhile.
            let books = self.books().await?;
            refuse_reused(&books, file, ask, &file_digest)?;
            run.receive(&file_digest, books.hand_ins.get(&id)).await?;
        }
        run.settle(on_progress).await?;
        run.complete().await?;
        Ok(run.report(file_digest))
    }

    /// Which hand-in this is. Answered by the one of its key, if that is complete, or by the list's latest, if that was the
    /// same file.
    fn which_hand_in(
        &self,
        books: &mut Books,
        file: &File,
        ask: &Ask,
        digest: &str,
    ) -> Result<WhichHandIn, HandInError> {
        refuse_reused(books, file, ask, digest)?;
        let begun = books.used_for(ask);
        let latest = books.latest(&file.list).filter(|latest| latest.is(file, digest));
        let Some(id) = begun.filter(|begun| begun.complete).or(latest).map(|before| before.id) else {
            let begun = begun.map(|begun| begun.id);
            return Ok(WhichHandIn::Runs(begun.unwrap_or_else(|| self.next_hand_in(books, file, ask, digest))));
        };
        // The key now stands for that hand-in: its repetition must not run the file after another came in between.
        if let Some(key) = &ask.key {
            books.keys.insert(key.clone(), id);
        }
        Ok(WhichHandIn::Answered(id))
    }

    /// The report of the hand-in that answers this one.
    async fn repeated(&self, id: HandInId, ask: &Ask) -> Result<Report, HandInError> {
        let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
        Ok(Report { repeated: true, ..report })
    }

    /// The id that handing a file in now has.
    fn next_hand_in(&self, books: &Books, file: &File, ask: &Ask, digest: &str) -> HandInId {
        let completed = books.lists.get(&file.list).map_or(0, |list| list.completed);
        HandInId::of(books.scope_of_hand_in(ask.area), self.office(), &file.list, completed, file.extent, digest)
    }

    /// Waits until no other hand-in of a list runs.
    pub(crate) async fn turn(&self, list: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut lists = self.0.lists.lock().unwrap_or_else(PoisonError::into_inner);
            lists.retain(|_, turn| Arc::strong_count(turn) > 1);
            lists.entry(list.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }

    /// The report of a hand-in of this office, complete or not, for who handed it in and for whom it is about nothing outside
    /// their area. If the reader opens what is sealed, what stands in columns about persons is opened for a clerk of the
    /// whole office and for who handed the file in.
    pub async fn report(&self, id: HandInId, reader: &Ask, opens: bool) -> Result<Option<Report>, HandInError> {
        let by = self.books().await?.hand_ins.get(&id).map(|hand_in| hand_in.actor.clone());
        if let Some(area) = by.and_then(|by| reader.kept_from(id, &by)) {
            return Err(HandInError::OutsideArea(area));
        }
        self.stored(id, Some(reader).filter(|_| opens)).await
    }

    /// The latest hand-ins that a reader may read, the newest first.
    pub async fn recent(&self, reader: &Ask, most: usize) -> Result<Vec<Summary>, HandInError> {
        let books = self.books().await?;
        let may_read = |hand_in: &&HandIn| reader.kept_from(hand_in.id, &hand_in.actor).is_none();
        let mut recent: Vec<&HandIn> = books.hand_ins.values().filter(may_read).collect();
        recent.sort_unstable_by_key(|hand_in| std::cmp::Reverse((hand_in.received_at, hand_in.id)));
        Ok(recent.into_iter().take(most).map(Summary::of).collect())
    }

    /// A completed hand-in of this office.
    pub(crate) async fn completed(&self, id: HandInId) -> Result<HandIn, HandInError> {
        let books = self.books().await?;
        books.hand_ins.get(&id).filter(|hand_in| hand_in.complete).cloned().ok_or(HandInError::Unknown(id))
    }

    /// What is known of a list.
    pub(crate) async fn list_book(&self, list: &str) -> Result<ListBook, HandInError> {
        Ok(self.books().await?.of_list(list))
    }

    /// What a desk is made of.
    pub(crate) fn inner(&self) -> &Inner<P, S, E> {
        &self.0
    }

    /// The divisions known now.
    pub(crate) async fn divisions(&self) -> Result<Divisions, HandInError> {
        let books = self.books().await?;
        if books.areas.is_empty() {
            return Err(HandInError::NoAreas);
        }
        Ok(Divisions { areas: books.areas.clone(), unread: books.unread.clone() })
    }

    /// The registration of a form with this idempotency key that stands in `scope`. A key that made a registration
    /// before keeps it, wherever the form says now that it stands: the same key never makes two.
    pub(crate) async fn of_form(&self, key: &str, scope: Scope) -> RegistrationId {
        let made = self.0.books.lock().await.forms.get(key).copied();
        made.unwrap_or_else(|| RegistrationId::of_form(scope, self.office(), key))
    }

    /// The books, with everything that the log has.
    ///
    /// They are read on before each use instead of being followed: what a clerk was told to have happened is in them, on
    /// any server, at the price of one short subscription. A follower with a filter learns where the head is with the
    /// server's next checkpoint only, which EventStoreDB may not send for long.
    async fn books(&self) -> Result<MutexGuard<'_, Books>, HandInError> {
        let mut books = self.0.books.lock().await;
        books.catch_up(&self.0.log, &self.0.description).await?;
        Ok(books)
    }

    /// Reads the file: a workbook in a child process, and all of it on a thread of its own, since it takes seconds in which others
    /// are to be served.
    async fn sheet(&self, file: &File) -> Result<sheet::Sheet, HandInError> {
        let _permit = self.0.reading.acquire().await.map_err(|closed| HandInError::Reading(closed.to_string()))?;
        let (bytes, name, columns) = (file.bytes.clone(), file.name.clone(), self.0.description.columns);
        let unfolded = match &self.0.helper {
            Some(program) if sheet::is_workbook(&bytes) => {
                Some(workbook::unfold_workbook(program, &bytes).await.map_err(HandInError::Reading)?)
            }
            Some(_) | None => None,
        };
        let unfold = |bytes: &[u8]| unfolded.unwrap_or_else(|| sheet::unfold(bytes));
        let reading = tokio::task::spawn_blocking(move || sheet::read_by(&bytes, &name, columns, unfold));
        Ok(reading.await.map_err(|error| HandInError::Reading(error.to_string()))??)
    }

    /// Closes what was opened in another county and not yet closed here, because whoever moved it was interrupted. Says
    /// whether there was anything to close.
    async fn end_moves(&self, list_book: &ListBook, id: HandInId, ask: &Ask) -> Result<bool, HandInError> {
        let half_moved = list_book.half_moved(id);
        let Inner { description, log, clock, .. } = &*self.0;
        for &(from, to) in &half_moved {
            let command = Command::of(&ask.actor, format!("{to}:moved"), &to, clock.now())
                .map_err(LogError::from)?
                .on_behalf_of(self.office())
                .traced(ask.traceparent.clone());
            match (Moving { description, log, from, to }).close(&command, |refusal: Refusal| refusal).await {
                Ok(_) => {}
                Err(CommandError::Refused(refusal)) => {
                    tracing::warn!(%from, %to, %refusal, "what was opened in another county could not be closed here");
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(!half_moved.is_empty())
    }

    fn run_parts(
        &self,
        mode: Mode,
        ask: &Ask,
        id: HandInId,
        list_book: &ListBook,
    ) -> crate::running::Parts<'_, P, S, E> {
        crate::running::Parts {
            description: &self.0.description,
            log: &self.0.log,
            keys: &self.0.keys,
            areas: list_book.areas.clone(),
            now: self.0.clock.now(),
            mode,
            ask: ask.clone(),
            id,
        }
    }

    pub(crate) async fn stored(&self, id: HandInId, reader: Option<&Ask>) -> Result<Option<Report>, HandInError> {
        let recorded = self.0.log.read_stream(&Stream::HandIn(id).to_string()).await?;
        let by = recorded.first().and_then(|first| first.envelope().ok()).map(|envelope| envelope.actor);
        let may_see = reader.is_some_and(|reader| reader.area.is_none() || by.as_ref() == Some(&reader.actor));
        let report = {
            let disclosure = Disclosure::with(&self.0.keys);
            let open: &Open<'_> =
                &|sealed| may_see.then(|| disclosure.open(PersonalField::NotUnderstood, sealed)).flatten();
            let report = Report::of_stream(&recorded, self.0.log.id(), open)
                .map_err(|error| HandInError::Corrupt(error.to_string()))?;
            if let Some(reader) = reader {
                disclosure.tell(&reader.actor, &id);
            }
            report
        };
        match report.filter(|report| report.office == self.office()) {
            Some(report) => Ok(Some(self.without_retracted(report).await?)),
            None => Ok(None),
        }
    }

    /// What was found in rows of registrations of which something was retracted may quote it, and is not told any more.
    async fn without_retracted(&self, mut report: Report) -> Result<Report, HandInError> {
        let found = report.rows.iter().filter(|row| !row.findings.is_empty()).filter_map(|row| row.registration);
        let scopes: BTreeSet<Scope> = found.map(RegistrationId::scope).collect();
        let mut retracted = BTreeSet::new();
        for scope in scopes {
            let of_scope = retracted::in_scope(&self.0.log, scope).await.map_err(failed)?;
            retracted.extend(of_scope.into_iter().map(|one| one.registration));
        }
        let is_hidden = |row: &ReportRow| row.registration.is_some_and(|id| retracted.contains(&id));
        report.rows = report.rows.into_iter().map(|row| if is_hidden(&row) { row.withheld() } else { row }).collect();
        Ok(report)
    }
}

/// Which hand-in it is when a file is handed in.
enum WhichHandIn {
    /// One that is complete: its report is the answer.
    Answered(HandInId),
    /// One that is yet to run, or to go on.
    Runs(HandInId),
}

/// An idempotency key stands for one file of one list.
fn refuse_reused(books: &Books, file: &File, ask: &Ask, digest: &str) -> Result<(), HandInError> {
    match (books.used_for(ask), &ask.key) {
        (Some(before), Some(key)) if !before.is(file, digest) => Err(HandInError::KeyReused { key: key.clone() }),
        _ => Ok(()),
    }
}
