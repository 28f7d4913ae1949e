//! A steward retracts a value of a registration.
//!
//! It is written, and no more: what follows from it follows when the log tells of it, after everything that was said before.

use super::{ScopeCenter, StewardError};
use crate::decisions::Refusal;
use chassis::command::Command;
use chassis::decide::{self, CommandError};
use offers::{OfficeEvent, Reading};
use schema::erasures::{ErasureEvent, ValueRetracted};
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
