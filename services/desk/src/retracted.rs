//! What was retracted of registrations, as the log has it now.

use chassis::decide::CommandError;
use chassis::log::Log;
use schema::erasures::{ErasureEvent, RetractionReason};
use schema::resource::RetractableField;
use schema::{Position, RegistrationId, Scope, Stream};

/// That a value is hidden.
pub(crate) struct Retracted {
    pub(crate) registration: RegistrationId,
    pub(crate) field: RetractableField,
    pub(crate) reason: RetractionReason,
    pub(crate) position: Position,
}

/// Everything that was retracted in a scope, in order.
pub(crate) async fn in_scope<R>(log: &Log, scope: Scope) -> Result<Vec<Retracted>, CommandError<R>> {
    let mut all = Vec::new();
    for recorded in log.read_stream(&Stream::Erasures(scope).to_string()).await? {
        match recorded.decode().map_err(|problem| recorded.unreadable(problem))? {
            ErasureEvent::ValueRetracted(retracted) => all.push(Retracted {
                registration: retracted.registration,
                field: retracted.field,
                reason: retracted.reason,
                position: recorded.position,
            }),
            ErasureEvent::KeyStoreAdopted(_)
            | ErasureEvent::PersonErasureOrdered(_)
            | ErasureEvent::PersonErased(_) => {}
        }
    }
    Ok(all)
}
