//! Where a registration stands with its office, whatever the office: the life cycle that all of them share. Pure.
//!
//! A registration is in force, may be suspended and go on, and is withdrawn in the end; registering it again puts it in
//! force once more, and what it was suspended for before is over. One whose provider moves to another county ends here and
//! goes on there under another id ([`crate::moving`]). What is registered (`R`), the events, the words of the
//! commands and every rule that only one office has are the office's own; it asks here whether a step may be taken
//! ([`Standing::vacant`], [`Standing::current`], [`Standing::going_on`], [`Standing::paused`]), and its fold takes it.

use chrono::NaiveDate;
use schema::finding::RuleFinding;
use schema::{Office, RegistrationId};

/// Where a registration stands. `R` is what is registered.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Standing<R> {
    /// Nothing was registered under this id.
    #[default]
    Unregistered,
    /// Registered, for the first time or again.
    InForce(R),
    /// Closed for a while.
    Suspended {
        /// What is registered.
        registered: R,
        /// Why, in the clerk's words.
        reason: String,
    },
    /// No longer offered.
    Withdrawn {
        /// What was registered.
        registered: R,
        /// Why, in the clerk's words.
        reason: String,
        /// Why it was suspended when it was withdrawn, if it was: whoever takes that back must not open it.
        suspended: Option<String>,
    },
    /// Its provider moved to another county.
    Transferred {
        /// What was registered.
        registered: R,
        /// What it is from then on.
        to: RegistrationId,
    },
}

/// Where a registration stands forbids what is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingRefusal {
    /// Registering under an id that is taken.
    #[error("registered already")]
    AlreadyRegistered,
    /// A command about nothing.
    #[error("nothing is registered under this id")]
    NotRegistered,
    /// A command about what is no longer offered.
    #[error("withdrawn: {reason}")]
    Withdrawn {
        /// Why it was.
        reason: String,
    },
    /// A command about what is registered in another county now.
    #[error("registered in another county now, as {to}")]
    Transferred {
        /// What it is there.
        to: RegistrationId,
    },
    /// Suspending twice.
    #[error("suspended already: {reason}")]
    AlreadySuspended {
        /// Why it is.
        reason: String,
    },
    /// Resuming what was not suspended.
    #[error("not suspended")]
    NotSuspended,
}

impl<R> Standing<R> {
    /// What is or was registered.
    pub fn registered(&self) -> Option<&R> {
        match self {
            Standing::Unregistered => None,
            Standing::InForce(registered)
            | Standing::Suspended { registered, .. }
            | Standing::Withdrawn { registered, .. }
            | Standing::Transferred { registered, .. } => Some(registered),
        }
    }

    /// Why it is suspended or withdrawn, in the clerk's words.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Standing::Unregistered | Standing::InForce(_) | Standing::Transferred { .. } => None,
            Standing::Suspended { reason, .. } | Standing::Withdrawn { reason, .. } => Some(reason),
        }
    }

    /// Why it is suspended, in the clerk's words.
    pub fn suspension(&self) -> Option<&str> {
        match self {
            Standing::Suspended { reason, .. } => Some(reason),
            Standing::Unregistered
            | Standing::InForce(_)
            | Standing::Withdrawn { .. }
            | Standing::Transferred { .. } => None,
        }
    }

    /// What was withdrawn, and why it was suspended then, if it was: what taking the withdrawal back brings again.
    pub fn withdrawn(&self) -> Option<(&R, Option<&str>)> {
        match self {
            Standing::Withdrawn { registered, suspended, .. } => Some((registered, suspended.as_deref())),
            Standing::Unregistered
            | Standing::InForce(_)
            | Standing::Suspended { .. }
            | Standing::Transferred { .. } => None,
        }
    }

    /// What it is in another county now.
    pub fn transferred_to(&self) -> Option<RegistrationId> {
        match self {
            Standing::Transferred { to, .. } => Some(*to),
            Standing::Unregistered | Standing::InForce(_) | Standing::Suspended { .. } | Standing::Withdrawn { .. } => {
                None
            }
        }
    }

    /// That nothing was ever registered here, so that something can be.
    pub fn vacant(&self) -> Result<(), StandingRefusal> {
        match self {
            Standing::Unregistered => Ok(()),
            Standing::InForce(_)
            | Standing::Suspended { .. }
            | Standing::Withdrawn { .. }
            | Standing::Transferred { .. } => Err(StandingRefusal::AlreadyRegistered),
        }
    }

    /// What is registered, in force or suspended: what a command may act on.
    pub fn current(&self) -> Result<&R, StandingRefusal> {
        match self {
            Standing::Unregistered => Err(StandingRefusal::NotRegistered),
            Standing::InForce(registered) | Standing::Suspended { registered, .. } => Ok(registered),
            Standing::Withdrawn { reason, .. } => Err(StandingRefusal::Withdrawn { reason: reason.clone() }),
            Standing::Transferred { to, .. } => Err(StandingRefusal::Transferred { to: *to }),
        }
    }

    /// What a row of a list revises; none where it registers, for the first time or again.
    pub fn listed(&self) -> Result<Option<&R>, StandingRefusal> {
        match self {
            Standing::Unregistered | Standing::Withdrawn { .. } => Ok(None),
            Standing::InForce(_) | Standing::Suspended { .. } | Standing::Transferred { .. } => {
                self.current().map(Some)
            }
        }
    }

    /// What is registered and not suspended: what can be suspended.
    pub fn going_on(&self) -> Result<&R, StandingRefusal> {
        match self {
            Standing::Suspended { reason, .. } => Err(StandingRefusal::AlreadySuspended { reason: reason.clone() }),
            Standing::Unregistered
            | Standing::InForce(_)
            | Standing::Withdrawn { .. }
            | Standing::Transferred { .. } => self.current(),
        }
    }

    /// What is suspended: what can go on.
    pub fn paused(&self) -> Result<&R, StandingRefusal> {
        match self {
            Standing::Suspended { registered, .. } => Ok(registered),
            Standing::InForce(_) => Err(StandingRefusal::NotSuspended),
            Standing::Unregistered | Standing::Withdrawn { .. } | Standing::Transferred { .. } => self.current(),
        }
    }

    /// Whether it still has to be closed here, now that it is open in another county.
    pub fn leaving(&self, to: RegistrationId) -> Result<bool, StandingRefusal> {
        if self.transferred_to() == Some(to) {
            return Ok(false);
        }
        self.current().map(|_| true)
    }

    /// After it was registered, for the first time or again: in force, whatever it was withdrawn or suspended for.
    pub fn register(self, registered: R) -> Self {
        Standing::InForce(registered)
    }

    /// After what is registered changed, wherever it stands.
    pub fn change(self, change: impl FnOnce(R) -> R) -> Self {
        match self {
            Standing::Unregistered => Standing::Unregistered,
            Standing::InForce(registered) => Standing::InForce(change(registered)),
            Standing::Suspended { registered, reason } => {
                Standing::Suspended { registered: change(registered), reason }
            }
            Standing::Withdrawn { registered, reason, suspended } => {
                Standing::Withdrawn { registered: change(registered), reason, suspended }
            }
            Standing::Transferred { registered, to } => Standing::Transferred { registered: change(registered), to },
        }
    }

    /// After it was suspended.
    pub fn suspend(self, reason: &str) -> Self {
        match self {
            Standing::InForce(registered) => Standing::Suspended { registered, reason: reason.to_owned() },
            Standing::Unregistered
            | Standing::Suspended { .. }
            | Standing::Withdrawn { .. }
            | Standing::Transferred { .. } => self,
        }
    }

    /// After it went on.
    pub fn resume(self) -> Self {
        match self {
            Standing::Suspended { registered, .. } => Standing::InForce(registered),
            Standing::Unregistered
            | Standing::InForce(_)
            | Standing::Withdrawn { .. }
            | Standing::Transferred { .. } => self,
        }
    }

    /// After it was withdrawn.
    pub fn withdraw(self, reason: &str) -> Self {
        match self {
            Standing::InForce(registered) => {
                Standing::Withdrawn { registered, reason: reason.to_owned(), suspended: None }
            }
            Standing::Suspended { registered, reason: suspended } => {
                Standing::Withdrawn { registered, reason: reason.to_owned(), suspended: Some(suspended) }
            }
            Standing::Unregistered | Standing::Withdrawn { .. } | Standing::Transferred { .. } => self,
        }
    }

    /// After it went on in another county.
    pub fn transfer(self, to: RegistrationId) -> Self {
        match self {
            Standing::InForce(registered) | Standing::Suspended { registered, .. } => {
                Standing::Transferred { registered, to }
            }
            Standing::Unregistered | Standing::Withdrawn { .. } | Standing::Transferred { .. } => self,
        }
    }
}

/// The earlier of two days of registration, as far as they are known.
pub fn earlier(one: Option<NaiveDate>, other: Option<NaiveDate>) -> Option<NaiveDate> {
    one.into_iter().chain(other).min()
}

impl StandingRefusal {
    /// The same as a finding of an office.
    pub fn said(&self, office: Office) -> RuleFinding {
        match self {
            StandingRefusal::AlreadyRegistered => RuleFinding::AlreadyRegistered { office },
            StandingRefusal::NotRegistered => RuleFinding::NotRegistered { office },
            StandingRefusal::Withdrawn { reason } => RuleFinding::Withdrawn { office, reason: reason.clone() },
            StandingRefusal::Transferred { to } => RuleFinding::Transferred { office, to: *to },
            StandingRefusal::AlreadySuspended { reason } => {
                RuleFinding::AlreadySuspended { office, reason: reason.clone() }
            }
            StandingRefusal::NotSuspended => RuleFinding::NotSuspended { office },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an office would call registering, suspending and so on.
    #[derive(Clone, Copy, Debug)]
    enum Step {
        Registered(u32),
        Changed(u32),
        Suspended,
        Resumed,
        Withdrawn,
        MovedOut,
    }

    fn elsewhere() -> RegistrationId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn moved(registered: u32) -> Standing<u32> {
        Standing::Transferred { registered, to: elsewhere() }
    }

    fn after(steps: &[Step]) -> Standing<u32> {
        steps.iter().fold(Standing::default(), |standing, step| match step {
            Step::Registered(what) => standing.register(*what),
            Step::Changed(what) => standing.change(|_| *what),
            Step::Suspended => standing.suspend("装修"),
            Step::Resumed => standing.resume(),
            Step::Withdrawn => standing.withdraw("停业"),
            Step::MovedOut => standing.transfer(elsewhere()),
        })
    }

    fn suspended(registered: u32) -> Standing<u32> {
        Standing::Suspended { registered, reason: "装修".into() }
    }

    fn withdrawn(registered: u32) -> Standing<u32> {
        Standing::Withdrawn { registered, reason: "停业".into(), suspended: None }
    }

    #[test]
    fn every_step_leads_where_it_should_and_no_step_leads_anywhere_it_should_not() {
        use Step::{Changed, MovedOut, Registered, Resumed, Suspended, Withdrawn};
        for (steps, expected) in [
            (vec![], Standing::Unregistered),
            (vec![Changed(2), Suspended, Resumed, Withdrawn], Standing::Unregistered),
            (vec![Registered(1)], Standing::InForce(1)),
            (vec![Registered(1), Resumed], Standing::InForce(1)),
            (vec![Registered(1), Changed(2)], Standing::InForce(2)),
            (vec![Registered(1), Suspended], suspended(1)),
            (vec![Registered(1), Suspended, Changed(2)], suspended(2)),
            (vec![Registered(1), Suspended, Resumed], Standing::InForce(1)),
            (vec![Registered(1), Withdrawn], withdrawn(1)),
            (
                vec![Registered(1), Suspended, Withdrawn],
                Standing::Withdrawn { registered: 1, reason: "停业".into(), suspended: Some("装修".into()) },
            ),
            (vec![Registered(1), Withdrawn, Suspended], withdrawn(1)),
            (vec![Registered(1), Withdrawn, Resumed], withdrawn(1)),
            (vec![Registered(1), Withdrawn, Changed(2)], withdrawn(2)),
            (vec![Registered(1), Withdrawn, Registered(2)], Standing::InForce(2)),
            (vec![Registered(1), Suspended, Withdrawn, Registered(2)], Standing::InForce(2)),
            (vec![MovedOut], Standing::Unregistered),
            (vec![Registered(1), MovedOut], moved(1)),
            (vec![Registered(1), Suspended, MovedOut], moved(1)),
            (vec![Registered(1), Withdrawn, MovedOut], withdrawn(1)),
            (vec![Registered(1), MovedOut, Suspended], moved(1)),
            (vec![Registered(1), MovedOut, Resumed], moved(1)),
            (vec![Registered(1), MovedOut, Withdrawn], moved(1)),
            (vec![Registered(1), MovedOut, Changed(2)], moved(2)),
        ] {
            assert_eq!(after(&steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn what_may_be_done_follows_from_where_it_stands() {
        use StandingRefusal::{AlreadyRegistered, AlreadySuspended, NotRegistered, NotSuspended};
        let gone = || StandingRefusal::Withdrawn { reason: "停业".into() };
        let closed = || AlreadySuspended { reason: "装修".into() };
        let away = || StandingRefusal::Transferred { to: elsewhere() };
        for (standing, vacant, current, going_on, paused) in [
            (Standing::Unregistered, Ok(()), Err(NotRegistered), Err(NotRegistered), Err(NotRegistered)),
            (Standing::InForce(1), Err(AlreadyRegistered), Ok(&1), Ok(&1), Err(NotSuspended)),
            (suspended(1), Err(AlreadyRegistered), Ok(&1), Err(closed()), Ok(&1)),
            (withdrawn(1), Err(AlreadyRegistered), Err(gone()), Err(gone()), Err(gone())),
            (moved(1), Err(AlreadyRegistered), Err(away()), Err(away()), Err(away())),
        ] {
            assert_eq!(standing.vacant(), vacant, "vacant: {standing:?}");
            assert_eq!(standing.current(), current, "current: {standing:?}");
            assert_eq!(standing.going_on(), going_on, "going on: {standing:?}");
            assert_eq!(standing.paused(), paused, "paused: {standing:?}");
        }
    }

    #[test]
    fn a_row_of_a_list_revises_what_is_there_and_only_what_is_there_leaves() {
        assert_eq!((Standing::<u32>::Unregistered.listed(), withdrawn(1).listed()), (Ok(None), Ok(None)));
        assert_eq!((Standing::InForce(1).listed(), suspended(1).listed()), (Ok(Some(&1)), Ok(Some(&1))));
        assert_eq!(
            (Standing::InForce(1).leaving(elsewhere()), suspended(1).leaving(elsewhere())),
            (Ok(true), Ok(true))
        );
        assert_eq!(moved(1).leaving(elsewhere()), Ok(false), "it has left already");
        assert!(withdrawn(1).leaving(elsewhere()).is_err());
        assert_eq!(moved(1).listed(), Err(StandingRefusal::Transferred { to: elsewhere() }));
    }

    #[test]
    fn the_reason_is_that_of_where_it_stands_now() {
        assert_eq!((Standing::InForce(1).reason(), suspended(1).reason()), (None, Some("装修")));
        assert_eq!((withdrawn(1).reason(), withdrawn(1).registered()), (Some("停业"), Some(&1)));
        assert_eq!(Standing::<u32>::Unregistered.registered(), None);
    }

    #[test]
    fn a_refusal_names_what_it_is_about_in_the_words_of_the_office() {
        let said = |refusal: StandingRefusal| refusal.said(Office::WomensFederation).words();
        let gone = said(StandingRefusal::Withdrawn { reason: "撤站".into() });
        assert_eq!(gone.reason_zh, "该站点已注销：撤站");
        assert_eq!(gone.reason_en, "this station was withdrawn: 撤站");
        assert_eq!(said(StandingRefusal::NotRegistered).reason_en, "no station is registered under this id");
        for refusal in [
            StandingRefusal::AlreadyRegistered,
            StandingRefusal::NotRegistered,
            StandingRefusal::Transferred { to: elsewhere() },
            StandingRefusal::AlreadySuspended { reason: "搬迁".into() },
            StandingRefusal::NotSuspended,
        ] {
            let said = said(refusal);
            assert!(!said.remedy_zh.is_empty() && !said.remedy_en.is_empty(), "{said:?}");
        }
    }
}
