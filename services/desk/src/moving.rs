//! A registration whose provider moves to another county.
//!
//! An id keeps its scope for ever, so the registration is opened there first, under an id that derives from the one it
//! had ([`RegistrationId::moved`]), and then closed here; each says where the other is. Whoever was interrupted in between
//! arrives at the same id again and only closes it. Moving back makes a third id: none is ever used twice. What was
//! retracted of it stays hidden: the event that opens it says so ([`offers`] says what that is).

use crate::description::{Description, Refusal};
use crate::retracted;
use chassis::command::Command;
use chassis::decide::{self, CommandError, Outcome};
use chassis::log::Log;
use chrono::{DateTime, Utc};
use offers::{OfficeEvent, Reading};
use schema::resource::RetractableField;
use schema::{Event, MovedIn, RegistrationId, Stream};

/// How a registration moves to another county, in an office's words.
#[derive(Clone, Copy)]
pub struct Moves<P, S, E> {
    /// What happens where it is opened, given where it stood with the county that it leaves: in one append.
    pub open: fn(&S, MovedIn<P>) -> Vec<E>,
    /// What happens where it is closed; nothing more when it is closed already and leads to that id.
    pub close: fn(&S, RegistrationId) -> Result<Vec<E>, Refusal>,
    /// What an event says of where it came from.
    pub came: fn(&E) -> Option<&MovedIn<P>>,
    /// Where it went.
    pub went: fn(&S) -> Option<RegistrationId>,
}

/// One registration on its way.
pub(crate) struct Moving<'a, P, S, E> {
    pub description: &'a Description<P, S, E>,
    pub log: &'a Log,
    pub from: RegistrationId,
    pub to: RegistrationId,
}

/// Where a registration stands before it moves.
pub(crate) struct Before<S> {
    pub state: S,
    /// From when on it was registered first; none when nothing is there.
    first_registered_at: Option<DateTime<Utc>>,
    /// The fields of which what it says is hidden.
    retracted: Vec<RetractableField>,
}

impl<P: Clone, S, E: Event> Moving<'_, P, S, E> {
    /// Reads what moves.
    pub(crate) async fn before<R>(&self) -> Result<Before<S>, CommandError<R>> {
        let mut before =
            Before { state: (self.description.initial)(), first_registered_at: None, retracted: Vec::new() };
        let mut reading: Option<Reading> = None;
        let retracted = retracted::in_scope(self.log, self.from.scope()).await?;
        let mut retracted = retracted.into_iter().filter(|one| one.registration == self.from).peekable();
        for recorded in self.log.read_stream(&self.stream(self.from)).await? {
            while let Some(one) = retracted.next_if(|one| one.position < recorded.position) {
                reading.iter_mut().for_each(|reading| reading.retract(one.field, one.reason));
            }
            let unreadable = |problem| recorded.unreadable(problem);
            let envelope = recorded.envelope().map_err(unreadable)?;
            let event = recorded.decode::<E>().map_err(unreadable)?;
            let read =
                OfficeEvent::decode(self.description.office, &envelope.schema, &recorded.data).map_err(unreadable)?;
            reading = Reading::fold(reading, self.from, &read, envelope.effective_at);
            if before.first_registered_at.is_none() {
                let came = (self.description.moves.came)(&event).map(|moved| moved.first_registered_at);
                before.first_registered_at = Some(came.unwrap_or(envelope.effective_at));
            }
            before.state = (self.description.evolve)(before.state, &event);
        }
        for one in retracted {
            reading.iter_mut().for_each(|reading| reading.retract(one.field, one.reason));
        }
        let hidden = reading.into_iter().flat_map(|reading| reading.view().withheld);
        before.retracted = hidden.filter_map(|withheld| withheld.part.retracted()).collect();
        Ok(before)
    }

    /// What opens it there: what the office's rules make of the revision (`decide`) that says it stands elsewhere, as an
    /// arrival.
    pub(crate) fn opening<R>(
        &self,
        before: &Before<S>,
        said: &P,
        decide: impl Fn(&S) -> Result<Vec<E>, R>,
        refuse: impl Fn(Refusal) -> R,
    ) -> Result<Vec<E>, R> {
        let moves = &self.description.moves;
        let revised = decide(&before.state)?;
        (moves.close)(&before.state, self.to).map_err(refuse)?;
        let Some(first_registered_at) = before.first_registered_at else { return Ok(revised) };
        // Where nothing but the county is another, as after a change of divisions, there is nothing to revise.
        let registration = revised.iter().find_map(|event| (self.description.payload)(event)).unwrap_or(said).clone();
        let retracted = before.retracted.clone();
        let arrival = MovedIn { transferred_from: self.from, first_registered_at, registration, retracted };
        Ok((moves.open)(&before.state, arrival))
    }

    /// Opens it there, or finds it opened; then closes it here. Both carry the key of the command, so that its repetition
    /// is answered with what came of it.
    pub(crate) async fn carry_out<R>(
        &self,
        command: &Command,
        before: &Before<S>,
        said: &P,
        decide: impl Fn(&S) -> Result<Vec<E>, R>,
        refuse: impl Fn(Refusal) -> R,
    ) -> Result<Outcome, CommandError<R>> {
        let evolve = self.description.evolve;
        let nothing = || (self.description.initial)();
        // An earlier attempt may have opened it already, and said something else. Once it is closed here too, the rules say
        // where it went.
        let is_gone = (self.description.moves.went)(&before.state).is_some();
        let open = |(opened, there): &(bool, S)| match opened {
            true if is_gone => decide(&before.state),
            true => decide(there),
            false => self.opening(before, said, &decide, &refuse),
        };
        let opening = |(_, there): (bool, S), event: &E| (true, evolve(there, event));
        decide::handle(self.log, &self.stream(self.to), command, (false, nothing()), opening, open).await?;
        self.close(command, refuse).await
    }

    /// Closes it here, after it was opened there.
    pub(crate) async fn close<R>(
        &self,
        command: &Command,
        refuse: impl Fn(Refusal) -> R,
    ) -> Result<Outcome, CommandError<R>> {
        let close = |here: &S| (self.description.moves.close)(here, self.to).map_err(&refuse);
        let (stream, nothing) = (self.stream(self.from), (self.description.initial)());
        let closed = decide::handle(self.log, &stream, command, nothing, self.description.evolve, close).await?;
        let (outcome, _) = closed;
        Ok(outcome)
    }

    fn stream(&self, id: RegistrationId) -> String {
        Stream::Registration(self.description.office, id).to_string()
    }
}
