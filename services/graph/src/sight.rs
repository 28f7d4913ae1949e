//! Who asks, and what they may see.

use crate::errors::Fault;
use async_graphql::{Context, Result};
use chassis::auth::{Caller, Role};
use schema::Office;

/// Who asks; nobody when they have not signed in.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Option<&'a Caller> {
    ctx.data_opt::<Caller>()
}

/// Whether a steward asks.
pub(crate) fn is_steward(ctx: &Context<'_>) -> bool {
    caller(ctx).is_some_and(|caller| caller.role == Role::Steward)
}

/// What somebody may see of what stands behind the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything: stewards, planners, partner departments, admins.
    All,
    /// What one office handed in, and what the centre made of it: its clerks.
    Office(Office),
    /// Nothing: everybody else, and the public.
    None,
}

impl Sight {
    pub(crate) fn of(caller: Option<&Caller>) -> Sight {
        match caller.map(|caller| (caller.role, caller.office)) {
            Some((Role::Steward | Role::Planner | Role::Partner | Role::Admin, _)) => Sight::All,
            Some((Role::Clerk, Some(office))) => Sight::Office(office),
            Some((Role::Clerk | Role::Operator, _)) | None => Sight::None,
        }
    }

    /// Whether it reaches one office.
    pub(crate) fn reaches(self, office: Office) -> bool {
        match self {
            Sight::All => true,
            Sight::Office(own) => own == office,
            Sight::None => false,
        }
    }
}

/// What the caller may see.
pub(crate) fn sight(ctx: &Context<'_>) -> Sight {
    Sight::of(caller(ctx))
}

/// The office to which a list is to be held, for a caller who asks for `asked`: a clerk sees their own office alone.
pub(crate) fn office_in_sight(ctx: &Context<'_>, asked: Option<Office>) -> Result<Option<Office>> {
    match (sight(ctx), asked) {
        (Sight::All, asked) => Ok(asked),
        (Sight::Office(own), None) => Ok(Some(own)),
        (Sight::Office(own), Some(asked)) if own == asked => Ok(Some(own)),
        (Sight::Office(_), Some(_)) => Err(Fault::Forbidden.of(ctx)),
        (Sight::None, _) => Err(refused(ctx)),
    }
}

/// Refused: to be told to sign in, or that the role is the wrong one.
pub(crate) fn refused(ctx: &Context<'_>) -> async_graphql::Error {
    if caller(ctx).is_none() { Fault::Unauthenticated.of(ctx) } else { Fault::Forbidden.of(ctx) }
}
