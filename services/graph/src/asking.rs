//! Who asks a question, and how it came: what an answer may depend on beside the directory.

use crate::available::InAddress;
use crate::unanswered::ByRobot;
use crate::view::read_model;
use async_graphql::{Context, Request, Result};
use chassis::auth::Caller;
use chassis::http::Lang;
use directory::read_model::ReadModel;
use std::any::{Any, TypeId};
use std::sync::Arc;

/// Who asks, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) read_model: &'a Arc<ReadModel>,
    /// Nobody when they have not signed in.
    pub(crate) caller: Option<&'a Caller>,
    /// In which language words are told.
    pub(crate) lang: Lang,
    /// Whether a program asks that walks through pages.
    pub(crate) is_robot: bool,
    /// Whether the question stands in its address.
    pub(crate) is_in_address: bool,
}

impl<'a> Asking<'a> {
    /// As a field being resolved has it.
    pub(crate) fn of(ctx: &Context<'a>) -> Result<Asking<'a>> {
        Ok(Asking {
            read_model: read_model(ctx)?,
            caller: ctx.data_opt(),
            lang: ctx.data_opt().copied().unwrap_or_default(),
            is_robot: ctx.data_opt::<ByRobot>().is_some(),
            is_in_address: ctx.data_opt::<InAddress>().is_some(),
        })
    }

    /// As one has it that was answered already, and is not counted a second time.
    pub(crate) fn again(read_model: &'a Arc<ReadModel>, lang: Lang) -> Asking<'a> {
        Asking { read_model, caller: None, lang, is_robot: true, is_in_address: true }
    }

    /// As a request has it that was not executed.
    pub(crate) fn by(request: &'a Request, caller: Option<&'a Caller>, read_model: &'a Arc<ReadModel>) -> Asking<'a> {
        Asking {
            read_model,
            caller,
            lang: data(request).copied().unwrap_or_default(),
            is_robot: data::<ByRobot>(request).is_some(),
            is_in_address: data::<InAddress>(request).is_some(),
        }
    }
}

/// What goes with a request.
pub(crate) fn data<T: Any>(request: &Request) -> Option<&T> {
    request.data.get(&TypeId::of::<T>())?.downcast_ref()
}
