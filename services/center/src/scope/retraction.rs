//! A value of a registration is retracted, by a steward, or because its office took back a number that may be a person's.
//!
//! It is written, and no more: what follows from it follows when the log tells of it, after everything that was said before.

use super::{ACTOR, ScopeCenter, StewardError};
use crate::decisions::Refusal;
use chassis::command::Command;
use chassis::decide::{self, CommandError};
use chassis::log::LogError;
use offers::{OfficeEvent, Reading};
use schema::erasures::{ErasureEvent, RetractionReason, ValueRetracted};
use schema::resource::RetractableField;
use schema::scope::Scope;
use schema::streams::Stream;
use schema::{Office, Position, RegistrationId};
use std::collections::{BTreeMap, BTreeSet};

impl ScopeCenter {
    /// Retracts a value of a registration of `office`, and of what it was or is in other counties; there first, so that
    /// whoever is answered knows that it is hidden everywhere, and whoever is interrupted begins again.
    pub(crate) async fn retract(
        &self,
        said: &Command,
        office: Office,
        retracted: &ValueRetracted,
    ) -> Result<Position, StewardError> {
        if let Some(done) = self.0.state.lock().await.registry.remembered(said.key()) {
            said.repeats(&done.body).map_err(CommandError::from)?;
        }
        self.hide(said, office, retracted).await
    }

    /// Has the past tell no more of the numbers that an office took back.
    pub(super) async fn hide_taken_back(&self, registration: RegistrationId, office: Office) -> Result<(), LogError> {
        let written = async {
            let stream = Stream::Registration(office, registration).to_string();
            let events = self.0.shared.log.read_stream(&stream).await.map_err(CommandError::Log)?;
            let Some(last) = events.last() else { return Ok(()) };
            let retracted = ValueRetracted {
                registration,
                field: RetractableField::Phones,
                reason: RetractionReason::RemovedByOffice,
                retracted_by: ACTOR.to_owned(),
            };
            // What was said last is what took it back, or came after it: the same when it is tried again.
            let key = format!("center:taken-back:{}", last.id);
            let said = Command::of(ACTOR, key, &retracted, self.0.shared.clock.now()).map_err(CommandError::from)?;
            let said = match last.envelope() {
                Ok(envelope) => said.within(envelope.correlation_id).answering(last.id),
                Err(_) => said,
            };
            self.hide(&said, office, &retracted).await.map(drop)
        };
        match written.await {
            Ok(()) => Ok(()),
            Err(StewardError::Command(CommandError::Log(error))) => Err(error),
            Err(error @ StewardError::Command(CommandError::Conflict)) => Err(LogError::Unavailable(error.to_string())),
            // Something of it, or of what it was in another county, cannot be read, which is said where it is.
            Err(
                error @ (StewardError::Unreadable { .. }
                | StewardError::Command(
                    CommandError::Unreadable(_) | CommandError::Refused(_) | CommandError::KeyReused { .. },
                )),
            ) => {
                tracing::warn!(%registration, %error, "what its office took back stays in the past");
                Ok(())
            }
        }
    }

    async fn hide(&self, said: &Command, office: Office, retracted: &ValueRetracted) -> Result<Position, StewardError> {
        let itself = retracted.registration;
        let mut others: BTreeMap<Scope, Vec<ErasureEvent>> = BTreeMap::new();
        for registration in self.one_after_another(office, itself).await? {
            let event = ErasureEvent::ValueRetracted(ValueRetracted { registration, ..retracted.clone() });
            others.entry(registration.scope()).or_default().push(event);
        }
        // Its own position is that of the last event.
        let mut own = others.remove(&itself.scope()).unwrap_or_default();
        own.push(ErasureEvent::ValueRetracted(retracted.clone()));
        for (scope, events) in others {
            self.say(scope, said, events).await?;
        }
        self.say(itself.scope(), said, own).await
    }

    async fn say(&self, scope: Scope, said: &Command, events: Vec<ErasureEvent>) -> Result<Position, StewardError> {
        let stream = Stream::Erasures(scope).to_string();
        let keep = |(), _: &ErasureEvent| ();
        let outcome = decide::handle(&self.0.shared.log, &stream, said, (), keep, |()| Ok(events.clone())).await;
        let (outcome, ()) = outcome.map_err(StewardError::Command)?;
        Ok(outcome.position)
    }

    /// The ids under which a registration went before it moved here, and goes since it moved on.
    async fn one_after_another(
        &self,
        office: Office,
        registration: RegistrationId,
    ) -> Result<BTreeSet<RegistrationId>, CommandError<Refusal>> {
        let mut ids = BTreeSet::new();
        let mut unvisited = vec![registration];
        while let Some(id) = unvisited.pop() {
            if !ids.insert(id) {
                continue;
            }
            let mut reading = None;
            for event in self.0.shared.log.read_stream(&Stream::Registration(office, id).to_string()).await? {
                let envelope = event.envelope().map_err(|problem| event.unreadable(problem))?;
                let read = OfficeEvent::decode(office, &envelope.schema, &event.data)
                    .map_err(|problem| event.unreadable(problem))?;
                reading = Reading::fold(reading, id, &read, envelope.effective_at);
            }
            let view = reading.map(|reading| reading.view());
            unvisited.extend(view.iter().flat_map(|view| [view.transferred_from, view.transferred_to()]).flatten());
        }
        ids.remove(&registration);
        Ok(ids)
    }
}
