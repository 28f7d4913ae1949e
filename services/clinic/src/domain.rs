//! The clinics' rules: what may happen to a registered practice, and what follows from it. Pure functions.
//!
//! The licence is the heart of it. A lapsed one is accepted, and said ([`situation`]); it takes the practice off
//! the directory by itself, with no event. One whose last day nobody gave is a situation of its own
//! ([`Situation::LicenceUnknown`]): said, not assumed.
//!
//! A hand-in says a practice anew, whole, with one exception: a renewal that was recorded since is later news than a
//! file that still has the old date, so the later day stays ([`RegisteredPractice`]).

use chrono::NaiveDate;
use desk::standing::earlier;
use desk::{Standing, StandingRefusal};
use schema::Licence;
use schema::clinic::{ClinicEvent, LicenceRenewed, Practice, PracticeResumed, PracticeSuspended, PracticeWithdrawn};
use schema::finding::RuleFinding;
use schema::{MovedIn, MovedOut, Office, RegistrationId};

/// Where a registration stands.
pub type State = Standing<RegisteredPractice>;

/// Whose rules these are.
const OFFICE: Office = Office::Clinic;

/// What is registered: what the office last declared whole, and the renewal that came after it or that it repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredPractice {
    declared: Practice,
    renewed: Option<LicenceRenewed>,
}

/// Where a registration stands on a day, in the words of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Open, the licence holds.
    Practising,
    /// Open, but the licence has lapsed: not in the directory until it is renewed.
    LicenceLapsed,
    /// Open; nobody said until when the licence holds.
    LicenceUnknown,
    /// Closed for a while.
    Suspended,
    /// No longer offered.
    Withdrawn,
    /// Registered in another county now.
    MovedOut,
}

/// What an office can ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a new practice.
    Register(Practice),
    /// Says a registered one anew, whole.
    Revise(Practice),
    /// A row of a list: registers what is new or was withdrawn, revises what is known.
    HandIn(Practice),
    /// The licence was renewed.
    RenewLicence {
        /// Its number, if it is another one.
        number: Option<String>,
        /// Its last day.
        expires: NaiveDate,
    },
    /// Closes for a while.
    Suspend {
        /// Why.
        reason: String,
    },
    /// Opens again.
    Resume {
        /// Why, if there is something to say.
        reason: Option<String>,
    },
    /// No longer offers it.
    Withdraw {
        /// Why.
        reason: String,
    },
}

/// What a decision needs to know of the world.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The date in the county.
    pub today: NaiveDate,
}

/// Why the rules say no.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Where it stands forbids it.
    #[error(transparent)]
    Standing(#[from] StandingRefusal),
    /// Resuming a practice whose licence has lapsed.
    #[error("the licence lapsed on {expires}; renew it before the practice opens again")]
    LicenceLapsed {
        /// Its last day.
        expires: NaiveDate,
    },
    /// A renewal whose last day is past.
    #[error("a licence that ends on {expires} has ended already")]
    RenewalAlreadyOver {
        /// The last day it gives.
        expires: NaiveDate,
    },
    /// A renewal that does not reach beyond what is known.
    #[error("the licence on file holds until {known}; {expires} is not later")]
    RenewalNotLater {
        /// The last day it gives.
        expires: NaiveDate,
        /// The last day on file.
        known: NaiveDate,
    },
    /// Home visits without a doctor who could make them.
    #[error("home visits are promised, but there is no family-doctor team to make them")]
    HomeVisitsWithoutTeam,
}

impl Refusal {
    /// The same as a finding.
    pub fn finding(&self) -> RuleFinding {
        match self {
            Refusal::Standing(refusal) => refusal.said(OFFICE),
            Refusal::LicenceLapsed { expires } => RuleFinding::LicenceLapsed { expires: *expires },
            Refusal::RenewalAlreadyOver { expires } => RuleFinding::RenewalAlreadyOver { expires: *expires },
            Refusal::RenewalNotLater { expires, known } => {
                RuleFinding::RenewalNotLater { expires: *expires, known: *known }
            }
            Refusal::HomeVisitsWithoutTeam => RuleFinding::HomeVisitsWithoutTeam,
        }
    }
}

impl RegisteredPractice {
    fn new(declared: Practice) -> Self {
        RegisteredPractice { declared, renewed: None }
    }

    /// The practice with the licence that is in force.
    pub fn practice(&self) -> Practice {
        match &self.renewed {
            None => self.declared.clone(),
            Some(renewed) => {
                Practice { licence: renewed_licence(&self.declared.licence, renewed), ..self.declared.clone() }
            }
        }
    }

    /// A practice as a list says it, but never with a licence that ends before a recorded renewal does.
    fn kept_renewed(&self, practice: Practice) -> Practice {
        match (&self.renewed, &practice.licence) {
            (Some(renewed), Licence::Until { expires, .. }) if *expires >= renewed.expires => practice,
            (Some(renewed), licence) => Practice { licence: renewed_licence(licence, renewed), ..practice },
            (None, _) => practice,
        }
    }

    /// What follows when a practice is declared anew: a renewal that it does not repeat is forgotten.
    fn declared_anew(self, declared: Practice) -> Self {
        let repeated = |renewed: &LicenceRenewed| last_day(&declared.licence) == Some(renewed.expires);
        RegisteredPractice { renewed: self.renewed.filter(repeated), declared }
    }
}

/// Where the registration stands on a day; none when nothing was registered.
pub fn situation(state: &State, day: NaiveDate) -> Option<Situation> {
    Some(match state {
        Standing::Unregistered => return None,
        Standing::InForce(registered) => match registered.practice().licence {
            Licence::Unknown { .. } => Situation::LicenceUnknown,
            licence if licence.has_lapsed(day) => Situation::LicenceLapsed,
            Licence::Until { .. } | Licence::NotRequired => Situation::Practising,
        },
        Standing::Suspended { .. } => Situation::Suspended,
        Standing::Withdrawn { .. } => Situation::Withdrawn,
        Standing::Transferred { .. } => Situation::MovedOut,
    })
}

/// What happens when an office asks.
pub fn decide(state: &State, command: Command, context: &Context) -> Result<Vec<ClinicEvent>, Refusal> {
    match command {
        Command::Register(practice) => {
            state.vacant()?;
            Ok(vec![ClinicEvent::PracticeRegistered(sound(practice)?)])
        }
        Command::Revise(practice) => {
            let known = state.current()?.practice();
            revised_unless_same(&known, sound(practice)?)
        }
        Command::HandIn(practice) => match state.listed()? {
            None => Ok(vec![ClinicEvent::PracticeRegistered(sound(practice)?)]),
            Some(registered) => {
                let known = registered.kept_renewed(registered.declared.clone());
                revised_unless_same(&known, registered.kept_renewed(sound(practice)?))
            }
        },
        Command::RenewLicence { number, expires } => renew(state.current()?, number, expires, context),
        Command::Suspend { reason } => {
            state.going_on()?;
            Ok(vec![ClinicEvent::PracticeSuspended(PracticeSuspended { reason })])
        }
        Command::Resume { reason } => {
            if let Licence::Until { expires, .. } = state.paused()?.practice().licence
                && expires < context.today
            {
                return Err(Refusal::LicenceLapsed { expires });
            }
            Ok(vec![ClinicEvent::PracticeResumed(PracticeResumed { reason })])
        }
        Command::Withdraw { reason } => withdraw(state, reason),
    }
}

/// What happens when it is withdrawn, whoever asks: a clerk, or its absence from a list.
pub fn withdraw(state: &State, reason: String) -> Result<Vec<ClinicEvent>, Refusal> {
    state.current()?;
    Ok(vec![ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason })])
}

/// What happens where a practice comes from another county: it is opened as it is now declared, the renewal that was recorded since, if it still
/// holds, follows, and it stays
/// suspended if it was. `before` is where it stands with the county that it leaves.
pub fn move_in(before: &State, arrival: MovedIn<Practice>) -> Vec<ClinicEvent> {
    let declared_first = before.registered().and_then(|known| known.declared.registered_on);
    let registered_on = earlier(declared_first, arrival.registration.registered_on);
    let arrival = MovedIn { registration: Practice { registered_on, ..arrival.registration }, ..arrival };
    let kept = before.registered().cloned().map(|known| known.declared_anew(arrival.registration.clone()));
    let mut events = vec![ClinicEvent::PracticeMovedIn(arrival)];
    events.extend(kept.into_iter().flat_map(|kept| recorded(kept, before.suspension())));
    events
}

/// What puts a practice back as it was when it was withdrawn, suspended if it was; nothing where none was withdrawn.
pub fn put_back(state: &State) -> Vec<ClinicEvent> {
    let Some((known, suspended)) = state.withdrawn() else { return Vec::new() };
    let mut events = vec![ClinicEvent::PracticeRegistered(known.declared.clone())];
    events.extend(recorded(known.clone(), suspended));
    events
}

/// What was recorded beside what is declared, and that it is suspended: the events after the one that opens it.
fn recorded(kept: RegisteredPractice, suspended: Option<&str>) -> Vec<ClinicEvent> {
    let suspended = suspended.map(|reason| PracticeSuspended { reason: reason.to_owned() });
    let renewed = kept.renewed.map(ClinicEvent::LicenceRenewed);
    renewed.into_iter().chain(suspended.map(ClinicEvent::PracticeSuspended)).collect()
}

/// What happens where it is left: nothing more once it says so.
pub fn move_out(state: &State, to: RegistrationId) -> Result<Vec<ClinicEvent>, Refusal> {
    let moved = MovedOut { transferred_to: to };
    Ok(if state.leaving(to)? { vec![ClinicEvent::PracticeMovedOut(moved)] } else { Vec::new() })
}

/// What the registration is after an event.
pub fn evolve(state: State, event: &ClinicEvent) -> State {
    match event {
        ClinicEvent::PracticeRegistered(practice) => state.register(RegisteredPractice::new(practice.clone())),
        ClinicEvent::PracticeRevised(practice) => state.change(|registered| registered.declared_anew(practice.clone())),
        ClinicEvent::LicenceRenewed(renewed) => {
            state.change(|registered| RegisteredPractice { renewed: Some(renewed.clone()), ..registered })
        }
        ClinicEvent::PracticeSuspended(PracticeSuspended { reason }) => state.suspend(reason),
        ClinicEvent::PracticeResumed(_) => state.resume(),
        ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason }) => state.withdraw(reason),
        ClinicEvent::PracticeMovedIn(moved) => state.register(RegisteredPractice::new(moved.registration.clone())),
        ClinicEvent::PracticeMovedOut(MovedOut { transferred_to }) => state.transfer(*transferred_to),
    }
}

/// The practice, if what it says can be so.
fn sound(practice: Practice) -> Result<Practice, Refusal> {
    match (practice.home_visits, practice.family_doctor_teams) {
        (Some(true), Some(0)) => Err(Refusal::HomeVisitsWithoutTeam),
        (Some(_) | None, Some(_) | None) => Ok(practice),
    }
}

fn renew(
    registered: &RegisteredPractice,
    number: Option<String>,
    expires: NaiveDate,
    context: &Context,
) -> Result<Vec<ClinicEvent>, Refusal> {
    if expires < context.today {
        return Err(Refusal::RenewalAlreadyOver { expires });
    }
    match last_day(&registered.practice().licence) {
        Some(known) if expires <= known => Err(Refusal::RenewalNotLater { expires, known }),
        Some(_) | None => Ok(vec![ClinicEvent::LicenceRenewed(LicenceRenewed { number, expires })]),
    }
}

/// No event when nothing but where it came from would change.
fn revised_unless_same(known: &Practice, practice: Practice) -> Result<Vec<ClinicEvent>, Refusal> {
    let same = Practice { source: known.source.clone(), ..practice.clone() } == *known;
    Ok(if same { Vec::new() } else { vec![ClinicEvent::PracticeRevised(practice)] })
}

fn last_day(licence: &Licence) -> Option<NaiveDate> {
    match licence {
        Licence::Until { expires, .. } => Some(*expires),
        Licence::Unknown { .. } | Licence::NotRequired => None,
    }
}

/// A licence after its renewal; the number stays unless the renewal gave another.
fn renewed_licence(licence: &Licence, renewed: &LicenceRenewed) -> Licence {
    let known = match licence {
        Licence::Until { number, .. } | Licence::Unknown { number } => number.clone(),
        Licence::NotRequired => None,
    };
    Licence::Until { number: renewed.number.clone().or(known), expires: renewed.expires }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{Audience, Category, Eligibility, Source};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn until(expires: &str) -> Licence {
        Licence::Until { number: Some("PDY195179742".into()), expires: day(expires) }
    }

    fn practice() -> Practice {
        Practice {
            licence: until("2029-09-11"),
            phones: vec!["+863355669699".parse().unwrap()],
            family_doctor_teams: Some(1),
            home_visits: Some(true),
            eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
            ..Practice::named("苏庄卫生室", Category("助医".into()), "130322103222".parse().unwrap())
        }
    }

    fn with_licence(licence: Licence) -> Practice {
        Practice { licence, ..practice() }
    }

    fn registered(practice: Practice) -> ClinicEvent {
        ClinicEvent::PracticeRegistered(practice)
    }

    fn suspended() -> ClinicEvent {
        ClinicEvent::PracticeSuspended(PracticeSuspended { reason: "装修".into() })
    }

    fn withdrawn() -> ClinicEvent {
        ClinicEvent::PracticeWithdrawn(PracticeWithdrawn { reason: "停业".into() })
    }

    fn renewed(expires: &str) -> ClinicEvent {
        ClinicEvent::LicenceRenewed(LicenceRenewed { number: None, expires: day(expires) })
    }

    fn given(events: &[ClinicEvent]) -> State {
        events.iter().fold(State::default(), evolve)
    }

    #[track_caller]
    fn check(given_events: &[ClinicEvent], when: Command, then: Result<Vec<ClinicEvent>, Refusal>) {
        let context = Context { today: day("2026-11-23") };
        assert_eq!(decide(&given(given_events), when, &context), then);
    }

    fn renew_to(expires: &str) -> Command {
        Command::RenewLicence { number: None, expires: day(expires) }
    }

    #[test]
    fn a_practice_is_registered_suspended_resumed_and_withdrawn_as_its_standing_allows() {
        use StandingRefusal::{AlreadyRegistered, AlreadySuspended, NotRegistered, NotSuspended, Withdrawn};
        let (open, closed) = ([registered(practice())], [registered(practice()), suspended()]);
        let (gone, gone_closed) =
            ([registered(practice()), withdrawn()], [registered(practice()), suspended(), withdrawn()]);
        let resumed = || vec![ClinicEvent::PracticeResumed(PracticeResumed { reason: None })];
        let suspend = || Command::Suspend { reason: "装修".into() };
        let resume = || Command::Resume { reason: None };
        let withdraw = || Command::Withdraw { reason: "停业".into() };
        let no = |refusal| Err(Refusal::Standing(refusal));
        let ended = || Withdrawn { reason: "停业".into() };
        for (given, when, then) in [
            (&[][..], Command::Register(practice()), Ok(vec![registered(practice())])),
            (&[], Command::Revise(practice()), no(NotRegistered)),
            (&[], renew_to("2031-01-01"), no(NotRegistered)),
            (&open, Command::Register(practice()), no(AlreadyRegistered)),
            (&open, suspend(), Ok(vec![suspended()])),
            (&open, resume(), no(NotSuspended)),
            (&open, withdraw(), Ok(vec![withdrawn()])),
            (&closed, suspend(), no(AlreadySuspended { reason: "装修".into() })),
            (&closed, resume(), Ok(resumed())),
            (&closed, withdraw(), Ok(vec![withdrawn()])),
            (&gone, Command::Register(practice()), no(AlreadyRegistered)),
            (&gone, Command::Revise(practice()), no(ended())),
            (&gone, renew_to("2031-01-01"), no(ended())),
            (&gone, withdraw(), no(ended())),
            (&gone, Command::HandIn(practice()), Ok(vec![registered(practice())])),
            (&gone_closed, Command::HandIn(practice()), Ok(vec![registered(practice())])),
        ] {
            check(given, when, then);
        }
        let back = given(&[gone_closed.as_slice(), &[registered(practice())]].concat());
        assert_eq!(situation(&back, day("2026-11-23")), Some(Situation::Practising), "it comes back open");
    }

    #[test]
    fn a_lapsed_licence_is_accepted_and_said() {
        let lapsed = with_licence(until("2026-11-22"));
        check(&[], Command::Register(lapsed.clone()), Ok(vec![registered(lapsed.clone())]));
        let state = given(&[registered(lapsed)]);
        assert_eq!(situation(&state, day("2026-11-22")), Some(Situation::Practising), "its last day still counts");
        assert_eq!(situation(&state, day("2026-11-23")), Some(Situation::LicenceLapsed));
    }

    #[test]
    fn an_unknown_licence_is_a_situation_of_its_own_until_it_is_renewed() {
        let unknown = registered(with_licence(Licence::Unknown { number: Some("PDY1".into()) }));
        let state = given(std::slice::from_ref(&unknown));
        assert_eq!(situation(&state, day("2026-11-23")), Some(Situation::LicenceUnknown));
        let state = given(&[unknown, renewed("2030-01-01")]);
        assert_eq!(situation(&state, day("2026-11-23")), Some(Situation::Practising));
        let licence = state.registered().unwrap().practice().licence;
        assert_eq!(licence, Licence::Until { number: Some("PDY1".into()), expires: day("2030-01-01") });
    }

    #[test]
    fn a_renewal_is_later_than_today_and_than_what_is_on_file() {
        let on_file = [registered(with_licence(until("2026-03-15")))];
        check(&on_file, renew_to("2031-03-15"), Ok(vec![renewed("2031-03-15")]));
        check(&on_file, renew_to("2026-11-22"), Err(Refusal::RenewalAlreadyOver { expires: day("2026-11-22") }));
        let refused = Refusal::RenewalNotLater { expires: day("2029-09-11"), known: day("2029-09-11") };
        check(&[registered(practice())], renew_to("2029-09-11"), Err(refused));
    }

    #[test]
    fn home_visits_need_a_family_doctor_team() {
        let nobody = Practice { family_doctor_teams: Some(0), ..practice() };
        check(&[], Command::Register(nobody.clone()), Err(Refusal::HomeVisitsWithoutTeam));
        check(&[registered(practice())], Command::HandIn(nobody), Err(Refusal::HomeVisitsWithoutTeam));
        let not_said = Practice { family_doctor_teams: None, ..practice() };
        check(&[], Command::Register(not_said.clone()), Ok(vec![registered(not_said)]));
    }

    #[test]
    fn a_practice_does_not_open_again_under_a_lapsed_licence() {
        let closed = [registered(with_licence(until("2026-11-22"))), suspended()];
        let refused = Refusal::LicenceLapsed { expires: day("2026-11-22") };
        check(&closed, Command::Resume { reason: None }, Err(refused));
        let renewed = [closed.as_slice(), &[renewed("2027-11-22")]].concat();
        let resumed = ClinicEvent::PracticeResumed(PracticeResumed { reason: None });
        check(&renewed, Command::Resume { reason: None }, Ok(vec![resumed]));
    }

    #[test]
    fn a_suspended_practice_can_be_revised_and_stays_suspended() {
        let other = Practice { beds: Some(4), ..practice() };
        let closed = [registered(practice()), suspended()];
        check(&closed, Command::Revise(other.clone()), Ok(vec![ClinicEvent::PracticeRevised(other.clone())]));
        let state = given(&[closed.as_slice(), &[ClinicEvent::PracticeRevised(other)]].concat());
        assert_eq!(situation(&state, day("2026-11-23")), Some(Situation::Suspended));
    }

    #[test]
    fn the_same_row_again_changes_nothing_wherever_it_stands() {
        let row = |row| Practice {
            source: Source::HandIn {
                hand_in: schema::HandInId(schema::ids::derive(&["test"])),
                list: "main".into(),
                file: "clinic.csv".into(),
                row,
            },
            ..practice()
        };
        check(&[registered(row(1))], Command::HandIn(row(2)), Ok(vec![]));
    }

    #[test]
    fn a_list_with_the_old_date_does_not_take_a_renewal_back() {
        let on_file = [registered(with_licence(until("2026-03-15"))), renewed("2031-03-15")];
        check(&on_file, Command::HandIn(with_licence(until("2026-03-15"))), Ok(vec![]));
        let other_beds = Practice { beds: Some(9), ..with_licence(until("2026-03-15")) };
        let revised = ClinicEvent::PracticeRevised(Practice { beds: Some(9), ..with_licence(until("2031-03-15")) });
        check(&on_file, Command::HandIn(other_beds.clone()), Ok(vec![revised.clone()]));
        let after = [on_file.as_slice(), &[revised]].concat();
        check(&after, Command::HandIn(other_beds), Ok(vec![]));
    }

    #[test]
    fn a_wrong_date_is_corrected_by_a_list_or_by_a_form() {
        let typo = [registered(with_licence(until("2062-03-15")))];
        let right = with_licence(until("2026-03-15"));
        check(&typo, Command::HandIn(right.clone()), Ok(vec![ClinicEvent::PracticeRevised(right.clone())]));
        let renewed_wrongly = [registered(practice()), renewed("2099-01-01")];
        check(&renewed_wrongly, Command::Revise(right.clone()), Ok(vec![ClinicEvent::PracticeRevised(right.clone())]));
        let after = given(&[renewed_wrongly.as_slice(), &[ClinicEvent::PracticeRevised(right.clone())]].concat());
        assert_eq!(after.registered().unwrap().practice(), right);
    }

    fn elsewhere() -> RegistrationId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn arrival(registration: Practice) -> MovedIn<Practice> {
        MovedIn {
            transferred_from: "13032200-0000-8000-8000-000000000001".parse().unwrap(),
            first_registered_at: "2019-05-16T16:00:00Z".parse().unwrap(),
            registration,
            retracted: Vec::new(),
        }
    }

    #[test]
    fn a_practice_that_moves_takes_its_renewal_its_suspension_and_its_first_day_along() {
        let first = Practice { registered_on: Some(day("2019-05-17")), ..practice() };
        let since = [renewed("2031-01-01"), suspended()];
        let before = given(&[[registered(first)].as_slice(), &since].concat());
        let declared = Practice { village: "130306100209".parse().unwrap(), ..with_licence(until("2031-01-01")) };
        let declared_later = Practice { registered_on: Some(day("2026-11-23")), ..declared.clone() };
        let opened = Practice { registered_on: Some(day("2019-05-17")), ..declared };
        let events = move_in(&before, arrival(declared_later));
        let expected = [[ClinicEvent::PracticeMovedIn(arrival(opened.clone()))].as_slice(), &since].concat();
        assert_eq!(events, expected);
        assert_eq!(given(&events), before.change(|known| known.declared_anew(opened)));
    }

    #[test]
    fn a_practice_that_moved_is_left_once_and_nothing_more_happens_to_it() {
        let left = ClinicEvent::PracticeMovedOut(MovedOut { transferred_to: elsewhere() });
        let open = given(&[registered(practice())]);
        assert_eq!(move_out(&open, elsewhere()), Ok(vec![left.clone()]));
        let gone = evolve(open, &left);
        assert_eq!(situation(&gone, day("2026-11-23")), Some(Situation::MovedOut));
        assert_eq!(move_out(&gone, elsewhere()), Ok(vec![]));
        let events = [registered(practice()), left];
        let refused = || Err(Refusal::Standing(StandingRefusal::Transferred { to: elsewhere() }));
        for command in
            [Command::HandIn(practice()), Command::Revise(practice()), Command::Suspend { reason: "装修".into() }]
        {
            check(&events, command, refused());
        }
    }
}
