//! Orders, carried out: at once, when a hold is over, and what an earlier process left half done.

use crate::domain::{self, Command, Erasures, Fulfilment, Order, Refusal};
use chassis::command;
use chassis::decide::{self, CommandError};
use chassis::health::Probe;
use chassis::log::{Log, LogError};
use chassis::sealed::{KeyError, KeyStore};
use chassis::service::Service;
use chrono::{DateTime, NaiveDate, Utc};
use schema::erasures::ErasureEvent;
use schema::streams::{Category, Stream};
use schema::{DecodeError, PersonId, Scope};
use std::time::Duration;

/// How often it is looked whether a hold is over or another process has left an order.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// An order could not be carried out. It stands in the log and is carried out later.
#[derive(Debug, thiserror::Error)]
pub enum Erasing {
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Written by a newer version, or not by Huiju: it may be an order, so nothing is opened as if it were none.
    #[error("日志中的删除命令读不懂，请升级 an order to erase cannot be read, a newer version is needed: {0}")]
    Corrupt(#[from] DecodeError),
    /// Others write to the same stream again and again.
    #[error("others keep writing to the same orders")]
    Conflict,
}

/// Every order of the log, in every scope.
pub(crate) async fn read(log: &Log) -> Result<Erasures, Erasing> {
    let mut erasures = Erasures::default();
    let mut trouble = None;
    let prefixes = [Category::Erasures.prefix()];
    let each = |event: chassis::log::Recorded| match event.decode::<ErasureEvent>() {
        Ok(event) => erasures = domain::evolve(std::mem::take(&mut erasures), &event),
        Err(error) => trouble = Some(error),
    };
    log.catch_up(&prefixes, None, each).await?;
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(erasures),
    }
}

/// Does to the store what the orders of the log say: the keys of whoever is to be erased are destroyed, those of whoever
/// is held are closed. Says nothing in the log.
pub(crate) fn apply(erasures: &Erasures, keys: &KeyStore, today: NaiveDate) -> Result<(), KeyError> {
    for (person, order) in erasures.orders() {
        on_store(person, order, keys, today)?;
    }
    Ok(())
}

fn on_store(person: PersonId, order: &Order, keys: &KeyStore, today: NaiveDate) -> Result<(), KeyError> {
    match order.fulfilment(today) {
        Fulfilment::Held(_) => keys.close(person),
        Fulfilment::Due | Fulfilment::Erased => keys.erase(person).map(|_| ()),
    }
}

/// Carries one order out as far as the day allows: destroys the person's keys, then says so in the log. Safe to repeat.
pub async fn carry_out(
    log: &Log,
    keys: &KeyStore,
    person: PersonId,
    order: &Order,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Fulfilment, Erasing> {
    on_store(person, order, keys, today)?;
    match order.fulfilment(today) {
        fulfilment @ (Fulfilment::Held(_) | Fulfilment::Erased) => Ok(fulfilment),
        Fulfilment::Due => {
            let stream = Stream::Erasures(person.scope()).to_string();
            let said = command::Command::of("service:persons", format!("{person}:erased"), &person, now)
                .map_err(LogError::from)?;
            let decide = |state: &Erasures| domain::decide(state, Command::Complete { person }, today);
            match decide::handle(log, &stream, &said, Erasures::default(), domain::evolve, decide).await {
                Ok(_) => Ok(Fulfilment::Erased),
                // Somebody has just ordered a hold; there is nothing left to hold, but the log shall not say otherwise.
                Err(CommandError::Refused(Refusal::Held(until))) => Ok(Fulfilment::Held(until)),
                Err(CommandError::Refused(_) | CommandError::KeyReused { .. } | CommandError::Conflict) => {
                    Err(Erasing::Conflict)
                }
                Err(CommandError::Log(error)) => Err(error.into()),
                Err(CommandError::Unreadable(unreadable)) => Err(unreadable.problem.into()),
            }
        }
    }
}

/// Carries out whatever is due, now and again, until the process is to end. Ready once that was done for the first time.
pub(crate) async fn keep_carrying_out(service: Service, probe: Probe) {
    loop {
        match carry_out_all(&service).await {
            Ok(()) => {
                probe.ready(true);
                probe.trouble(None);
            }
            Err(error) => {
                tracing::warn!(%error, "orders to erase could not be carried out; trying again");
                probe.trouble(Some(error.to_string()));
            }
        }
        tokio::select! {
            () = service.shutdown.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

async fn carry_out_all(service: &Service) -> Result<(), Erasing> {
    let (now, today) = (service.clock.now(), service.clock.today());
    for (person, order) in read(&service.log).await?.orders() {
        carry_out(&service.log, &service.keys, person, order, now, today).await?;
    }
    Ok(())
}

/// The orders of one scope.
pub(crate) async fn read_scope(log: &Log, scope: Scope) -> Result<Erasures, Erasing> {
    let mut erasures = Erasures::default();
    for event in log.read_stream(&Stream::Erasures(scope).to_string()).await? {
        erasures = domain::evolve(erasures, &event.decode()?);
    }
    Ok(erasures)
}
