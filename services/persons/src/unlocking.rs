//! How a process gets at the keys.

use crate::carrying_out::{self, Erasing};
use crate::domain::{self, Command, Erasures, Refusal};
use chassis::clock::Clock;
use chassis::command;
use chassis::decide::{self, CommandError};
use chassis::log::{Log, LogError};
use chassis::sealed::{KeyError, KeyStore};
use schema::Scope;
use schema::streams::Stream;
use std::path::PathBuf;
use uuid::Uuid;

/// Where the keys are.
#[derive(Clone, Debug)]
pub struct KeyPlace {
    /// The file.
    pub path: PathBuf,
    /// Whether a new store may be made although the log's own is not there: what was sealed before is lost then.
    pub accept_loss: bool,
}

/// The keys cannot be used, and the process must not start.
#[derive(Debug, thiserror::Error)]
pub enum LockedOut {
    /// The file is not there, and the log holds values that were sealed under its keys.
    #[error(
        "密钥库 {path} 不存在，而日志里的个人信息是用密钥库 {store} 加密的。请把备份的密钥库放回此处，或用 --keys 指明它在哪里；\
         确无备份时，可加 --new-keys 新建一个，但以前加密的姓名等将永远无法读出。\n\
         The key store {path} is not there, but personal values in the log are sealed under the keys of store {store}. Put \
         its backup back, or say with --keys where it is; if there is no backup, --new-keys makes a new one, and what was \
         sealed before can never be read again."
    )]
    Lost {
        /// Where it was looked for.
        path: String,
        /// The store that the log names.
        store: Uuid,
    },
    /// The file holds the keys of something else.
    #[error(
        "密钥库 {path} 是 {found}，而日志里的个人信息是用密钥库 {store} 加密的。请用 --keys 指明本系统的密钥库，或放回它的备份。\n\
         The key store {path} is {found}, but personal values in the log are sealed under the keys of store {store}. Say with \
         --keys where this installation's store is, or put its backup back."
    )]
    Another {
        /// The file.
        path: String,
        /// Its store.
        found: Uuid,
        /// The store that the log names.
        store: Uuid,
    },
    /// The file cannot be used.
    #[error("密钥库 {path} 不能使用 the key store {path} cannot be used: {error}")]
    Keys {
        /// The file.
        path: String,
        /// Why.
        error: KeyError,
    },
    /// The orders to erase cannot be read or carried out, so nothing may be opened.
    #[error(transparent)]
    Orders(#[from] Erasing),
    /// The log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// Opens the installation's key store, and does to it what the orders to erase in the log say, before it opens anything
/// else. Makes the store, and writes in the log that it is in use, if no store ever was.
pub async fn unlock(log: &Log, place: &KeyPlace, clock: &Clock) -> Result<KeyStore, LockedOut> {
    let erasures = carrying_out::read(log).await?;
    let path = place.path.display().to_string();
    let is_there = place.path.exists();
    if let (false, Some(store), false) = (is_there, erasures.store(), place.accept_loss) {
        return Err(LockedOut::Lost { path, store });
    }
    let locked = |error: KeyError| LockedOut::Keys { path: path.clone(), error };
    let keys = KeyStore::open(&place.path).map_err(locked)?;
    let (found, instead) = (keys.id().map_err(locked)?, !is_there && place.accept_loss);
    match erasures.store() {
        Some(store) if store == found => {}
        Some(store) if !instead => return Err(LockedOut::Another { path: path.clone(), found, store }),
        Some(_) | None => adopt(log, found, instead, clock).await.map_err(|refused| match refused {
            Adopting::Another(store) => LockedOut::Another { path: path.clone(), found, store },
            Adopting::Failed(error) => error.into(),
        })?,
    }
    carrying_out::apply(&erasures, &keys, clock.today()).map_err(locked)?;
    Ok(keys)
}

enum Adopting {
    Another(Uuid),
    Failed(Erasing),
}

/// Writes in the log which store is in use, unless it stands there.
async fn adopt(log: &Log, store: Uuid, instead: bool, clock: &Clock) -> Result<(), Adopting> {
    let stream = Stream::Erasures(Scope::NATION).to_string();
    let said = command::Command::of("service:persons", format!("{store}:adopted"), &store, clock.now())
        .map_err(|error| Adopting::Failed(LogError::from(error).into()))?;
    let decide = |state: &Erasures| domain::decide(state, Command::Adopt { store, instead }, clock.today());
    match decide::handle(log, &stream, &said, Erasures::default(), domain::evolve, decide).await {
        Ok((_, state)) if state.store() == Some(store) => Ok(()),
        Ok((_, state)) => Err(state.store().map_or(Adopting::Failed(Erasing::Conflict), Adopting::Another)),
        Err(CommandError::Refused(Refusal::AnotherStore(known))) => Err(Adopting::Another(known)),
        Err(CommandError::Refused(_) | CommandError::KeyReused { .. } | CommandError::Conflict) => {
            Err(Adopting::Failed(Erasing::Conflict))
        }
        Err(CommandError::Log(error)) => Err(Adopting::Failed(error.into())),
        Err(CommandError::Unreadable(unreadable)) => Err(Adopting::Failed(unreadable.problem.into())),
    }
}
