//! A row, read and carried out.

use super::{Mode, Parts, Planned, Run, is_within};
use crate::cells::{SealedCells, sealed_digest};
use crate::description::Refusal;
use crate::hand_in::{HandInError, failed};
use crate::moving::Moving;
use crate::sealing::ContactKey;
use chassis::clock::{county_date, county_midnight};
use chassis::decide::{self, CommandError};
use chassis::log::Unreadable;
use intake::lineage::{By, Recognised};
use intake::row::{Context, Row};
use intake::{Keeping, Trouble, Unsaid};
use schema::finding::{AreaFinding, CellFinding, RuleFinding};
use schema::hand_in::{Finding, RowFate, RowMark, SettledRow, Severity};
use schema::{AreaCode, Event, RegistrationId, Sealed, Source, Stream};
use std::sync::PoisonError;

/// One row, read.
struct ReadRow<'k, P> {
    /// Whose personal values it holds.
    contact: ContactKey<'k>,
    /// None when the row is refused.
    payload: Option<P>,
    findings: Vec<Finding>,
    /// Of which columns nothing was said that was understood.
    unsaid: Unsaid,
}

impl<P, S, E> Run<'_, P, S, E>
where
    P: Clone + Send + Sync,
    S: Send + Sync,
    E: Event + Send + Sync,
{
    /// Reads a row and, unless this is a check, carries it out.
    pub(super) async fn settle_row(&self, row: &Planned) -> Result<SettledRow, HandInError> {
        let registration = row.recognised.registration;
        let ReadRow { contact, payload: draft, mut findings, unsaid } = self.read(row, registration)?;
        if let Some(unreadable) = &row.unreadable {
            findings.push(not_known(unreadable).in_row(&row.line));
            return Ok(refused(row, findings));
        }
        if row.unchanged {
            // It was taken in as it stands; what would be wrong with it today is for the clerk to know.
            for finding in &mut findings {
                finding.severity = Severity::Warning;
            }
            return self.settled(row, registration, RowFate::Unchanged, findings, &contact);
        }
        let Some(payload) = draft else { return Ok(refused(row, findings)) };
        if let Some(to) = self.moves_to(row, &payload) {
            return self.move_row(row, to).await;
        }
        let number = row.line.number;
        let description = self.parts.description;
        let stream = Stream::Registration(description.office, registration).to_string();
        let today = county_date(self.parts.now);
        let kept = std::sync::Mutex::new(Vec::new());
        let decide = |state: &S| {
            let mut payload = payload.clone();
            if let Some(stood) = (description.registered)(state).filter(|_| row.recognised.by != By::New) {
                let mut keeping = Keeping::of(&unsaid);
                (description.keep)(&mut keeping, &mut payload, stood);
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = keeping.kept().to_vec();
            }
            (description.submit)(state, payload, today)
        };
        let outcome = match self.parts.mode {
            Mode::Check => self.would_change(row, &stream, decide).await?,
            Mode::Run => {
                // A first event is true from its day of registration on; a later one from when it is handed in.
                let registered_on = (description.registered_on)(&payload).filter(|_| row.recognised.by == By::New);
                let effective_at = registered_on.map_or(self.parts.now, county_midnight);
                let command = self.command(format!("{}:{number}", self.parts.id), &row.cells, effective_at)?;
                let (log, nothing, evolve) = (self.parts.log, (description.initial)(), description.evolve);
                // The key of a row holds the file's digest and the row's number: it stands for nothing else.
                let handled = match row.recognised.by {
                    By::New => decide::open(log, &stream, &command, nothing, evolve, decide).await,
                    By::Cells | By::Key | By::Number => {
                        decide::handle(log, &stream, &command, nothing, evolve, decide).await
                    }
                };
                match handled {
                    Ok((outcome, _)) => Ok(outcome.changed),
                    Err(CommandError::Refused(refusal)) => Err(refusal),
                    Err(CommandError::Unreadable(unreadable)) => Err(not_known(&unreadable)),
                    Err(error) => return Err(failed(error)),
                }
            }
        };
        findings.extend(self.kept(row, &kept.into_inner().unwrap_or_else(PoisonError::into_inner)));
        match outcome {
            Ok(true) if row.recognised.by == By::New || row.returns => {
                self.settled(row, registration, RowFate::Registered, findings, &contact)
            }
            Ok(true) => self.settled(row, registration, RowFate::Revised, findings, &contact),
            Ok(false) => self.settled(row, registration, RowFate::Unchanged, findings, &contact),
            Err(refusal) => {
                findings.push(refusal.in_row(&row.line));
                Ok(refused(row, findings))
            }
        }
    }

    /// What a registration becomes whose row says that it stands in another county now.
    fn moves_to(&self, row: &Planned, payload: &P) -> Option<RegistrationId> {
        let Recognised { registration, by } = row.recognised;
        let community = (self.parts.description.key_of)(payload).community().filter(|_| by != By::New)?;
        let scope = self.parts.areas.scope_of(community);
        (scope != registration.scope()).then(|| RegistrationId::moved(scope, registration))
    }

    /// Carries out a row by which its registration moves to another county.
    async fn move_row(&self, row: &Planned, to: RegistrationId) -> Result<SettledRow, HandInError> {
        // Read once more, because whom it names is the contact of the registration there.
        let ReadRow { contact, payload: draft, mut findings, unsaid } = self.read(row, to)?;
        let Some(mut payload) = draft else { return Ok(refused(row, findings)) };
        let Parts { description, log, keys, .. } = self.parts;
        let moving = Moving { description, log, from: row.recognised.registration, to };
        let before = moving.before().await.map_err(failed)?;
        if let Some(stood) = (description.registered)(&before.state) {
            let reseal =
                |field, sealed: &Sealed| keys.open_sealed(field, sealed).map(|text| contact.seal(field, &text));
            let mut keeping = Keeping::of_moving(&unsaid, &reseal);
            (description.keep)(&mut keeping, &mut payload, stood);
            findings.extend(self.kept(row, keeping.kept()));
            contact.check()?;
        }
        let today = county_date(self.parts.now);
        let decide = |state: &S| (description.submit)(state, payload.clone(), today);
        let as_it_is = |refusal: Refusal| refusal;
        let outcome = match self.parts.mode {
            Mode::Check => moving.opening(&before, &payload, decide, as_it_is).map(drop),
            Mode::Run => {
                let key = format!("{}:{}", self.parts.id, row.line.number);
                let command = self.command(key, &row.cells, self.parts.now)?;
                match moving.carry_out(&command, &before, &payload, decide, as_it_is).await {
                    Ok(_) => Ok(()),
                    Err(CommandError::Refused(refusal)) => Err(refusal),
                    Err(error) => return Err(failed(error)),
                }
            }
        };
        match outcome {
            Ok(()) => self.settled(row, to, RowFate::Revised, findings, &contact),
            Err(refusal) => {
                findings.push(refusal.in_row(&row.line));
                Ok(refused(row, findings))
            }
        }
    }

    /// What carrying the row out would come to.
    async fn would_change(
        &self,
        row: &Planned,
        stream: &str,
        decide: impl Fn(&S) -> Result<Vec<E>, Refusal>,
    ) -> Result<Result<bool, Refusal>, HandInError> {
        let description = self.parts.description;
        let mut state = (description.initial)();
        if row.recognised.by != By::New {
            for event in self.parts.log.read_stream(stream).await? {
                let event = match event.decode::<E>() {
                    Ok(event) => event,
                    Err(problem) => return Ok(Err(not_known(&event.unreadable(problem)))),
                };
                state = (description.evolve)(state, &event);
            }
        }
        Ok(decide(&state).map(|events| !events.is_empty()))
    }

    /// That what stood was kept, of each column whose cell says something else that was not understood.
    fn kept(&self, row: &Planned, kept: &[&'static str]) -> Vec<Finding> {
        let columns = self.parts.description.columns.iter().filter(|column| kept.contains(&column.name));
        let written = columns.filter(|column| !intake::cell::is_blank(row.line.cell(column)));
        let finding = |column| Finding {
            column: Some(row.line.heading(column)),
            value: None,
            code: CellFinding::EarlierKept.into(),
            severity: Severity::Warning,
        };
        written.map(finding).collect()
    }

    /// What the row function makes of a row.
    fn read(&self, row: &Planned, registration: RegistrationId) -> Result<ReadRow<'_, P>, HandInError> {
        let keys = self.parts.keys;
        let contact = match self.parts.mode {
            Mode::Run if !row.unchanged => ContactKey::or_new(keys, registration),
            Mode::Run | Mode::Check => ContactKey::if_there(keys, registration),
        };
        let seal = |field, text: &str| contact.seal(field, text);
        let today = county_date(self.parts.now);
        let context = Context {
            areas: &self.parts.areas,
            within: self.parts.ask.area,
            today,
            seal: &seal,
            kept: self.parts.mode == Mode::Run,
        };
        let source = Source::HandIn {
            hand_in: self.parts.id,
            list: self.list.clone(),
            file: self.file.clone(),
            row: row.line.number,
        };
        let mut reading = Row::new(&row.line, context, registration, source);
        let mut payload = (self.parts.description.draft)(&mut reading);
        if let (Some(read), Some(area)) = (&payload, self.parts.ask.area)
            && !is_within(area, &(self.parts.description.key_of)(read), &self.parts.areas)
        {
            reading.record(self.parts.description.key.community.code, outside(area));
        }
        if payload.is_none() && !reading.is_refused() {
            reading.record(self.parts.description.key.name, incomplete());
        }
        if reading.is_refused() {
            payload = None;
        }
        let (unsaid, findings) = (reading.unsaid(), reading.into_findings());
        contact.check()?;
        Ok(ReadRow { contact, payload, findings, unsaid })
    }

    fn settled(
        &self,
        row: &Planned,
        registration: RegistrationId,
        fate: RowFate,
        findings: Vec<Finding>,
        contact: &ContactKey<'_>,
    ) -> Result<SettledRow, HandInError> {
        let sealed = match sealed_digest(self.parts.description, &row.line, contact)? {
            SealedCells::Digest(digest) => Some(digest),
            SealedCells::None => None,
            SealedCells::NoKey => Some("erased".to_owned()),
        };
        let mark =
            RowMark { key: row.key.parts().clone(), number: row.number.clone(), cells: row.cells.clone(), sealed };
        Ok(SettledRow { row: row.line.number, fate, registration: Some(registration), findings, mark: Some(mark) })
    }
}

/// Nothing is decided about a registration of which something cannot be read.
fn not_known(unreadable: &Unreadable) -> Refusal {
    let Unreadable { stream, revision, event_type, .. } = unreadable;
    let (stream, event_type) = (stream.clone(), event_type.clone());
    Refusal::new(RuleFinding::UnreadableEvent { stream, revision: *revision, event_type })
}

fn refused(row: &Planned, findings: Vec<Finding>) -> SettledRow {
    SettledRow { row: row.line.number, fate: RowFate::Refused, registration: None, findings, mark: None }
}

fn outside(area: AreaCode) -> Trouble {
    Trouble::error(AreaFinding::NotYours { area })
}

/// For a row function that gives no payload and does not say why.
fn incomplete() -> Trouble {
    Trouble::error(CellFinding::Incomplete)
}
