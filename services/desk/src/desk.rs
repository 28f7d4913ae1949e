//! Where an office's hand-ins are taken: one at a time, checked or run.

use crate::books::{Books, HandIn, Unread};
use crate::description::{Description, Refusal};
use crate::hand_in::{Ask, File, HandInError, OnProgress, failed};
use crate::moving::Moving;
use crate::report::{Open, Report, ReportRow, Summary};
use crate::retracted;
use crate::running::{IN_FLIGHT, Mode, Run, is_within};
use chassis::clock::Clock;
use chassis::command::{self, Command, CommandError};
use chassis::log::{Log, LogError};
use chassis::sealed::KeyStore;
use chassis::service::Service;
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};
use intake::Gazetteer;
use intake::sheet;
use schema::hand_in::{AbsentWithdrawn, HandInEvent};
use schema::limits;
use schema::{AreaCode, Event, HandInId, Office, PersonalField, RegistrationId, Scope, Stream};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, MutexGuard};

/// How many hand-ins can be listed.
const MOST_RECENT: usize = 200;

/// Where an office's hand-ins are taken. Cheap to clone; every clone is the same desk. One hand-in at a time; others
/// wait.
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

struct Inner<P, S, E> {
    description: Description<P, S, E>,
    log: Log,
    keys: Arc<KeyStore>,
    clock: Clock,
    books: Mutex<Books>,
    /// The divisions and the latest hand-ins as last read, for those who need not wait for a hand-in to end.
    divisions: RwLock<Divisions>,
    recent: RwLock<Arc<[Summary]>>,
    /// The idempotency keys of forms, and the registration that each made.
    forms: RwLock<HashMap<String, RegistrationId>>,
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
            clock: service.clock.clone(),
            books: Mutex::new(Books::of(books)),
            divisions: RwLock::default(),
            recent: RwLock::new(Arc::from([])),
            forms: RwLock::default(),
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
        let books = self.books().await?;
        let sheet = self.sheet(file, &books).await?;
        let file_digest = self.0.keys.digest(&file.bytes)?;
        let list = books.lists.get(&file.list).copied().unwrap_or_default();
        let latest = list.latest.and_then(|id| books.hand_ins.get(&id));
        let repeated = latest.is_some_and(|latest| latest.digest == file_digest);
        let id =
            HandInId::of(books.scope_of_hand_in(ask.area), self.office(), &file.list, list.completed, &file_digest);
        books.unread.hand_in_of(id.scope())?;
        let mut run = Run::plan(self.run_parts(Mode::Check, ask, id, &books), file, sheet, &books)?;
        run.settle(&mut |_| ()).await?;
        Ok(Report { repeated, ..run.report(file_digest) })
    }

    /// Hands a file in. Ends where an interrupted one left off; answers with the stored report when the file is the
    /// list's latest already, or when the key was used for the same file before.
    pub async fn run(&self, file: &File, ask: &Ask, on_progress: OnProgress<'_>) -> Result<Report, HandInError> {
        sheet::check_names(&file.name, &file.list)?;
        let mut books = self.books().await?;
        let file_digest = self.0.keys.digest(&file.bytes)?;
        let list = books.lists.get(&file.list).copied().unwrap_or_default();
        let by_key = ask.key.as_ref().and_then(|key| books.keys.get(key)).and_then(|id| books.hand_ins.get(id));
        if let (Some(before), Some(key)) = (by_key, &ask.key)
            && (before.digest != file_digest || before.list != file.list)
        {
            return Err(HandInError::KeyReused { key: key.clone() });
        }
        let latest = list.latest.and_then(|id| books.hand_ins.get(&id)).filter(|latest| latest.digest == file_digest);
        let answered = by_key.filter(|before| before.complete).or(latest).map(|before| before.id);
        if let Some(id) = answered {
            // The key now stands for that hand-in: its repetition must not run the file after another came in between.
            if let Some(key) = &ask.key {
                books.keys.insert(key.clone(), id);
            }
            let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
            return Ok(Report { repeated: true, ..report });
        }
        let id = match by_key {
            Some(before) => before.id,
            None => {
                HandInId::of(books.scope_of_hand_in(ask.area), self.office(), &file.list, list.completed, &file_digest)
            }
        };
        let sheet = self.sheet(file, &books).await?;
        books.unread.hand_in_of(id.scope())?;
        self.end_moves(&mut books, id, ask).await?;
        let mut run = Run::plan(self.run_parts(Mode::Run, ask, id, &books), file, sheet, &books)?;
        run.receive(&file_digest, books.hand_ins.get(&id)).await?;
        run.settle(on_progress).await?;
        run.complete().await?;
        // What was appended comes back through the log.
        self.read_on(&mut books).await?;
        Ok(run.report(file_digest))
    }

    /// The report of a hand-in of this office, complete or not. What stands in columns about persons is opened for a clerk of
    /// the whole office and for who handed the file in; without a reader for nobody.
    pub async fn report(&self, id: HandInId, reader: Option<&Ask>) -> Result<Option<Report>, HandInError> {
        self.stored(id, reader).await
    }

    /// The latest hand-ins, the newest first. While one runs, those that there were when it began.
    pub async fn recent(&self, most: usize) -> Result<Vec<Summary>, HandInError> {
        if let Ok(mut books) = self.0.books.try_lock() {
            self.read_on(&mut books).await?;
        }
        let recent = self.0.recent.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(recent.iter().take(most).cloned().collect())
    }

    /// Withdraws the registrations that the latest hand-in of a list left out and that are still in force. To be asked
    /// for by a person who has seen them.
    pub async fn withdraw_absent(&self, id: HandInId, ask: &Ask) -> Result<Report, HandInError> {
        let mut books = self.books().await?;
        let hand_in = books.hand_ins.get(&id).filter(|hand_in| hand_in.complete).ok_or(HandInError::Unknown(id))?;
        let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
        let is_withdrawn: BTreeSet<RegistrationId> = report.withdrawn.iter().copied().collect();
        let left: Vec<RegistrationId> =
            report.absent.iter().copied().filter(|absent| !is_withdrawn.contains(absent)).collect();
        if left.is_empty() {
            return Ok(Report { repeated: true, ..report });
        }
        if books.lists.get(&hand_in.list).and_then(|list| list.latest) != Some(id) {
            return Err(HandInError::Superseded(id));
        }
        books.unread.hand_in_of(id.scope())?;
        if let Some(unreadable) = left.iter().find_map(|absent| books.unread.of_registration(*absent)) {
            return Err(unreadable.clone().into());
        }
        let lies_in = |area: AreaCode, registration: &RegistrationId| {
            books.registrations.get(registration).is_none_or(|known| is_within(area, &known.key, &books.areas))
        };
        if let Some(area) = ask.area
            && !left.iter().all(|registration| lies_in(area, registration))
        {
            return Err(HandInError::NotYours(area));
        }
        let reason = format!("{}（{}）里已没有此项，经办人确认注销", hand_in.file, hand_in.list);
        let act = self.withdrawal(ask, hand_in)?;
        let mut withdrawn = is_withdrawn.len();
        // Part by part, so that whoever goes on with an interrupted withdrawal knows what is done.
        for part in limits::parts(left).map_err(LogError::from)? {
            let registrations = self.withdraw_each(id, &act, &reason, part).await?;
            if !registrations.is_empty() {
                self.say_withdrawn(id, &act, withdrawn, &registrations).await?;
                withdrawn += registrations.len();
            }
        }
        let repeated = withdrawn > 0 && withdrawn == is_withdrawn.len();
        self.read_on(&mut books).await?;
        let report = self.stored(id, Some(ask)).await?.ok_or(HandInError::Unknown(id))?;
        Ok(Report { repeated, ..report })
    }

    /// Withdraws registrations, each in its own stream; gives those that are.
    async fn withdraw_each(
        &self,
        id: HandInId,
        act: &Command,
        reason: &str,
        registrations: Vec<RegistrationId>,
    ) -> Result<Vec<RegistrationId>, HandInError> {
        let Inner { description, log, clock, .. } = &*self.0;
        let of_one = act.part(format!("{id}:withdraw"), &id, clock.now()).map_err(LogError::from)?;
        let decide = |state: &S| (description.withdraw)(state, reason);
        let one = async |registration: RegistrationId| {
            let stream = Stream::Registration(self.office(), registration).to_string();
            let nothing = (description.initial)();
            match command::handle(log, &stream, &of_one, nothing, description.evolve, decide).await {
                Ok(_) => Ok(Some(registration)),
                Err(CommandError::Refused(refusal)) => {
                    tracing::warn!(%registration, %refusal, "an absent registration could not be withdrawn");
                    Ok(None)
                }
                Err(error) => Err(failed(error)),
            }
        };
        let mut waiting: Vec<BoxFuture<'_, _>> = Vec::with_capacity(registrations.len());
        for registration in registrations {
            waiting.push(Box::pin(one(registration)));
        }
        let done: Vec<Option<RegistrationId>> =
            futures::stream::iter(waiting).buffered(IN_FLIGHT).try_collect().await?;
        Ok(done.into_iter().flatten().collect())
    }

    /// Writes that registrations are withdrawn, after so many that were written before.
    async fn say_withdrawn(
        &self,
        id: HandInId,
        act: &Command,
        before: usize,
        registrations: &[RegistrationId],
    ) -> Result<(), HandInError> {
        let stream = Stream::HandIn(id).to_string();
        let part = match before {
            0 => act.clone(),
            before => act.part(format!("{id}:withdrawn:{before}"), &id, self.0.clock.now()).map_err(LogError::from)?,
        };
        let event = || HandInEvent::AbsentWithdrawn(AbsentWithdrawn { registrations: registrations.to_vec() });
        let decide = |known: &BTreeSet<RegistrationId>| -> Result<Vec<HandInEvent>, Refusal> {
            Ok(if registrations.iter().all(|one| known.contains(one)) { Vec::new() } else { vec![event()] })
        };
        let evolve = |mut known: BTreeSet<RegistrationId>, event: &HandInEvent| {
            if let HandInEvent::AbsentWithdrawn(withdrawn) = event {
                known.extend(&withdrawn.registrations);
            }
            known
        };
        command::handle(&self.0.log, &stream, &part, BTreeSet::new(), evolve, decide).await.map_err(failed)?;
        Ok(())
    }

    /// The divisions known now. While a hand-in runs, those that were known when it began.
    pub(crate) async fn divisions(&self) -> Result<Divisions, HandInError> {
        let known = self.0.divisions.read().unwrap_or_else(PoisonError::into_inner).clone();
        let known = if known.areas.is_empty() || self.0.books.try_lock().is_ok() {
            let books = self.books().await?;
            Divisions { areas: books.areas.clone(), unread: books.unread.clone() }
        } else {
            known
        };
        if known.areas.is_empty() { Err(HandInError::NoAreas) } else { Ok(known) }
    }

    /// The registration of a form with this idempotency key that stands in `scope`. A key that made a registration
    /// before keeps it, wherever the form says now that it stands: the same key never makes two.
    pub(crate) fn of_form(&self, key: &str, scope: Scope) -> RegistrationId {
        let forms = self.0.forms.read().unwrap_or_else(PoisonError::into_inner);
        forms.get(key).copied().unwrap_or_else(|| RegistrationId::of_form(scope, self.office(), key))
    }

    /// Remembers what a form with this idempotency key made.
    pub(crate) fn made_by_form(&self, key: &str, id: RegistrationId) {
        self.0.forms.write().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), id);
    }

    /// The books, with everything that the log has.
    async fn books(&self) -> Result<MutexGuard<'_, Books>, HandInError> {
        let mut books = self.0.books.lock().await;
        self.read_on(&mut books).await?;
        Ok(books)
    }

    async fn read_on(&self, books: &mut Books) -> Result<(), HandInError> {
        books.catch_up(&self.0.log, &self.0.description).await?;
        let divisions = Divisions { areas: books.areas.clone(), unread: books.unread.clone() };
        *self.0.divisions.write().unwrap_or_else(PoisonError::into_inner) = divisions;
        let forms = books.forms.drain();
        self.0.forms.write().unwrap_or_else(PoisonError::into_inner).extend(forms);
        let mut recent: Vec<&HandIn> = books.hand_ins.values().collect();
        recent.sort_unstable_by_key(|hand_in| std::cmp::Reverse((hand_in.received_at, hand_in.id)));
        let recent = recent.into_iter().take(MOST_RECENT).map(Summary::of).collect();
        *self.0.recent.write().unwrap_or_else(PoisonError::into_inner) = recent;
        Ok(())
    }

    /// Reads the file, on a thread of its own: a large workbook takes seconds in which others are to be served.
    async fn sheet(&self, file: &File, books: &Books) -> Result<sheet::Sheet, HandInError> {
        let (bytes, name, columns) = (file.bytes.clone(), file.name.clone(), self.0.description.columns);
        let reading = tokio::task::spawn_blocking(move || sheet::read(&bytes, &name, columns));
        let sheet = reading.await.map_err(|error| HandInError::Reading(error.to_string()))??;
        if books.areas.is_empty() { Err(HandInError::NoAreas) } else { Ok(sheet) }
    }

    /// Closes what was opened in another county and not yet closed here, because whoever moved it was interrupted.
    async fn end_moves(&self, books: &mut Books, id: HandInId, ask: &Ask) -> Result<(), HandInError> {
        let half_moved = books.half_moved(id);
        if half_moved.is_empty() {
            return Ok(());
        }
        let Inner { description, log, clock, .. } = &*self.0;
        for (from, to) in half_moved {
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
        Ok(books.catch_up(log, description).await?)
    }

    fn run_parts(&self, mode: Mode, ask: &Ask, id: HandInId, books: &Books) -> crate::running::Parts<'_, P, S, E> {
        crate::running::Parts {
            description: &self.0.description,
            log: &self.0.log,
            keys: &self.0.keys,
            areas: books.areas.clone(),
            now: self.0.clock.now(),
            mode,
            ask: ask.clone(),
            id,
        }
    }

    /// The act of withdrawing what a hand-in left out.
    fn withdrawal(&self, ask: &Ask, hand_in: &HandIn) -> Result<Command, LogError> {
        let key = ask.key.clone().unwrap_or_else(|| format!("{}:withdraw", hand_in.id));
        let act = Command::of(&ask.actor, key, &hand_in.id, self.0.clock.now())?
            .on_behalf_of(self.office())
            .traced(ask.traceparent.clone());
        Ok(act.answering(hand_in.received))
    }

    async fn stored(&self, id: HandInId, reader: Option<&Ask>) -> Result<Option<Report>, HandInError> {
        let recorded = self.0.log.read_stream(&Stream::HandIn(id).to_string()).await?;
        let by = recorded.first().and_then(|first| first.envelope().ok()).map(|envelope| envelope.actor);
        let may_see = reader.is_some_and(|reader| reader.area.is_none() || by.as_ref() == Some(&reader.actor));
        let open: &Open<'_> =
            &|sealed| self.0.keys.open_sealed(PersonalField::NotUnderstood, sealed).filter(|_| may_see);
        let report = Report::of_stream(&recorded, self.0.log.id(), open)
            .map_err(|error| HandInError::Corrupt(error.to_string()))?;
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
