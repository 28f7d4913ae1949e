//! Who asks, and what they may see.

use crate::errors::Fault;
use crate::merge;
use async_graphql::{Context, Result};
use chassis::auth::{Caller, Role};
use directory::projection::{self, AsOf, ChangeKind, Party, View};
use schema::{AreaCode, Office};
use std::sync::Arc;

/// Who asks; nobody when they have not signed in.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Option<&'a Caller> {
    ctx.data_opt::<Caller>()
}

/// Whether a steward asks.
pub(crate) fn is_steward(ctx: &Context<'_>) -> bool {
    caller(ctx).is_some_and(|caller| caller.role == Role::Steward)
}

/// What somebody may see of what stands behind the directory. What the directory shows, everyone sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    reach: Reach,
    /// The area that the caller is bound to, in what they see as in what they do.
    within: Option<AreaCode>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Everything: stewards, planners, partner departments, admins.
    All,
    /// What one office handed in, and what the centre made of it: its clerks.
    Office(Office),
    /// Nothing: everybody else, and the public.
    Nothing,
}

impl Sight {
    pub(crate) fn of(caller: Option<&Caller>) -> Sight {
        let reach = match caller.map(|caller| (caller.role, caller.office)) {
            Some((Role::Steward | Role::Planner | Role::Partner | Role::Admin, _)) => Reach::All,
            Some((Role::Clerk, Some(office))) => Reach::Office(office),
            Some((Role::Clerk | Role::Operator, _)) | None => Reach::Nothing,
        };
        Sight { reach, within: caller.and_then(Caller::bound_to) }
    }

    /// Whether nothing of it is seen.
    pub(crate) fn is_nothing(self) -> bool {
        self.reach == Reach::Nothing
    }

    fn reaches_office(self, office: Office) -> bool {
        match self.reach {
            Reach::All => true,
            Reach::Office(own) => own == office,
            Reach::Nothing => false,
        }
    }

    /// Whether all that was said of a registration is seen.
    pub(crate) fn reaches(self, view: &View, registration: &projection::Registration) -> bool {
        let is_within = |area: AreaCode| {
            let (state, divisions) = (registration.state(view.as_of), view.divisions());
            state.is_some_and(|state| divisions.carried(area, None).iter().any(|area| state.is_in(*area, divisions)))
        };
        self.reaches_office(registration.office) && self.within.is_none_or(is_within)
    }

    /// Whether it is known that there is a registration: by those who see all of it, and by everyone while the
    /// directory shows it.
    pub(crate) fn knows(self, view: &View, registration: &projection::Registration) -> bool {
        let is_shown = || registration.state(view.as_of).is_some_and(|state| state.seen.not_shown().is_none());
        is_shown() || self.reaches(view, registration)
    }

    /// Whether a merge is seen: of either registration, all is.
    pub(crate) fn reaches_merge(self, view: &View, merge: &projection::Merge) -> bool {
        merge::members(view, merge).any(|member| self.reaches(view, member))
    }

    /// Whether a file that was handed in is seen: all that it is about lies in the caller's area, or they handed it in
    /// themselves.
    pub(crate) fn reaches_hand_in(self, hand_in: &projection::HandIn, caller: Option<&Caller>) -> bool {
        let is_own = || caller.is_some_and(|caller| hand_in.by.as_ref() == Some(&caller.subject));
        let is_within = |area: AreaCode| hand_in.received.id.scope().lies_in(area);
        self.reaches_office(hand_in.received.office) && (self.within.is_none_or(is_within) || is_own())
    }

    /// Whether a change is told of: one of a resource to everyone, one of registrations to those who know them both as they
    /// were then and as they are now, a question to a steward and its refusal to those who see the merge.
    pub(crate) fn is_told(self, view: &View, change: &projection::Change) -> bool {
        let then = View { snapshot: Arc::clone(&view.snapshot), as_of: AsOf::Through(change.cursor.position) };
        let of = |party: &Party| view.snapshot.registrations.get(party.id, view.as_of);
        match change.kind {
            ChangeKind::Published
            | ChangeKind::ResourceRevised
            | ChangeKind::Absorbed
            | ChangeKind::Restored
            | ChangeKind::ResourceWithdrawn => true,
            ChangeKind::Proposed | ChangeKind::Refused => {
                change.parties.iter().filter_map(of).any(|registration| self.reaches(view, registration))
            }
            ChangeKind::Registered
            | ChangeKind::Revised
            | ChangeKind::Suspended
            | ChangeKind::Resumed
            | ChangeKind::Withdrawn
            | ChangeKind::Retracted => change.parties.iter().all(|party| {
                of(party).is_some_and(|registration| self.knows(&then, registration) && self.knows(view, registration))
            }),
            ChangeKind::Merged | ChangeKind::Undone => {
                let parties = || change.parties.iter().filter_map(of);
                parties().any(|registration| self.reaches(view, registration))
                    || parties().all(|registration| self.knows(&then, registration) && self.knows(view, registration))
            }
        }
    }
}

/// What the caller may see.
pub(crate) fn sight(ctx: &Context<'_>) -> Sight {
    Sight::of(caller(ctx))
}

/// The office to which a list is to be held, for a caller who asks for `asked`: a clerk sees their own office alone.
pub(crate) fn office_in_sight(ctx: &Context<'_>, asked: Option<Office>) -> Result<Option<Office>> {
    match (sight(ctx).reach, asked) {
        (Reach::All, asked) => Ok(asked),
        (Reach::Office(own), None) => Ok(Some(own)),
        (Reach::Office(own), Some(asked)) if own == asked => Ok(Some(own)),
        (Reach::Office(_), Some(_)) => Err(Fault::Forbidden.of(ctx)),
        (Reach::Nothing, _) => Err(refused(ctx)),
    }
}

/// Refuses to list what lies in a division wholly outside the area that the caller is bound to.
pub(crate) fn check_in_sight(ctx: &Context<'_>, area: Option<AreaCode>) -> Result<()> {
    match (sight(ctx).within, area) {
        (Some(own), Some(area)) if !own.contains(area) && !area.contains(own) => {
            Err(Fault::OutsideArea { own }.of(ctx))
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// Refused: to be told to sign in, or that the role is the wrong one.
pub(crate) fn refused(ctx: &Context<'_>) -> async_graphql::Error {
    if caller(ctx).is_none() { Fault::Unauthenticated.of(ctx) } else { Fault::Forbidden.of(ctx) }
}
