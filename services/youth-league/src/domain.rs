//! The youth league's rules: what may happen to a registered team, and what follows from it. Pure functions.
//!
//! A team has a leader (its type says so) and acts on days to come. It rests and goes on, and in the end it is
//! disbanded.
//!
//! A hand-in says a team anew, whole. An activity day that is past is no news: whether a list still has it or not, nothing
//! changes because of it. Where a list leaves the next activity or the pairing places blank, what was recorded since
//! stays ([`RegisteredTeam`]).

use chrono::NaiveDate;
use desk::standing::earlier;
use desk::{Standing, StandingRefusal};
use schema::finding::RuleFinding;
use schema::youth_league::{
    ActivityScheduled, PairingOffered, Team, TeamDisbanded, TeamResumed, TeamSuspended, YouthLeagueEvent,
};
use schema::{Doubt, FindingCode, MovedIn, MovedOut, Office, RegistrationId};

/// Where a registration stands. A suspended team rests, a withdrawn one was disbanded.
pub type State = Standing<RegisteredTeam>;

/// Whose rules these are.
const OFFICE: Office = Office::YouthLeague;

/// What is registered: what the office last declared whole, and the activity and the pairing places recorded beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredTeam {
    declared: Team,
    scheduled: Option<ActivityScheduled>,
    offered: Option<PairingOffered>,
}

/// Where a registration stands, in the words of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Active.
    Active,
    /// Resting for a while.
    Resting,
    /// No more.
    Disbanded,
    /// Registered in another county now.
    MovedOut,
}

/// What an office can ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a new team.
    Register(Team),
    /// Says a registered one anew, whole.
    Revise(Team),
    /// A row of a list: registers what is new or was disbanded, revises what is known.
    HandIn(Team),
    /// Sets the day of the next activity.
    ScheduleActivity {
        /// The day.
        on: NaiveDate,
    },
    /// Says with how many more elders volunteers can be paired.
    OfferPairing {
        /// How many.
        places: u32,
    },
    /// Rests for a while.
    Rest {
        /// Why.
        reason: String,
    },
    /// Goes on.
    Resume {
        /// Why, if there is something to say.
        reason: Option<String>,
    },
    /// Disbands the team.
    Disband {
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
    Standing(StandingRefusal),
    /// A row or a form without a leader. The payload cannot be without one, so whoever reads the words says this.
    #[error("a team needs a leader")]
    NoLeader,
    /// A command about a team that is no more.
    #[error("this team was disbanded: {reason}")]
    Disbanded {
        /// Why it was.
        reason: String,
    },
    /// An activity or a second rest for a team that rests.
    #[error("this team rests: {reason}")]
    Resting {
        /// Why it does.
        reason: String,
    },
    /// Going on without having rested.
    #[error("this team is not resting")]
    NotResting,
    /// An activity on a day that is past.
    #[error("{on} is past; an activity is announced for a day to come")]
    ActivityInThePast {
        /// The day given.
        on: NaiveDate,
    },
    /// Pairing places of a team without volunteers.
    #[error("elders cannot be paired: the team has no volunteers")]
    PairingWithoutVolunteers,
}

impl Refusal {
    /// The same as a finding.
    pub fn finding(&self) -> RuleFinding {
        match self {
            Refusal::Standing(refusal) => refusal.said(OFFICE),
            Refusal::NoLeader => RuleFinding::NoLeader,
            Refusal::Disbanded { reason } => RuleFinding::Disbanded { reason: reason.clone() },
            Refusal::Resting { reason } => RuleFinding::Resting { reason: reason.clone() },
            Refusal::NotResting => RuleFinding::NotResting,
            Refusal::ActivityInThePast { on } => RuleFinding::ActivityInThePast { on: *on },
            Refusal::PairingWithoutVolunteers => RuleFinding::PairingWithoutVolunteers,
        }
    }
}

impl RegisteredTeam {
    fn new(declared: Team) -> Self {
        RegisteredTeam { declared, scheduled: None, offered: None }
    }

    /// The team as it stands, with the activity and the pairing places that were recorded since it was declared.
    pub fn team(&self) -> Team {
        Team {
            next_activity_on: self.scheduled.as_ref().map(|scheduled| scheduled.on).or(self.declared.next_activity_on),
            pairing_places: self.offered.as_ref().map(|offered| offered.places).or(self.declared.pairing_places),
            ..self.declared.clone()
        }
    }

    /// A team as a list says it; what was recorded stays where the list says nothing.
    fn kept_recorded(&self, team: Team, today: NaiveDate) -> Team {
        let scheduled = self.scheduled.as_ref().map(|scheduled| scheduled.on).filter(|on| *on >= today);
        Team {
            next_activity_on: team.next_activity_on.or(scheduled),
            pairing_places: team.pairing_places.or(self.offered.as_ref().map(|offered| offered.places)),
            ..team
        }
    }

    /// What follows when a team is declared anew: what was recorded and is not repeated is forgotten.
    fn declared_anew(self, declared: Team) -> Self {
        RegisteredTeam {
            scheduled: self.scheduled.filter(|scheduled| declared.next_activity_on == Some(scheduled.on)),
            offered: self.offered.filter(|offered| declared.pairing_places == Some(offered.places)),
            declared,
        }
    }
}

impl From<StandingRefusal> for Refusal {
    /// The same in the league's words: a team rests, and is disbanded.
    fn from(refusal: StandingRefusal) -> Self {
        match refusal {
            StandingRefusal::Withdrawn { reason } => Refusal::Disbanded { reason },
            StandingRefusal::AlreadySuspended { reason } => Refusal::Resting { reason },
            StandingRefusal::NotSuspended => Refusal::NotResting,
            StandingRefusal::AlreadyRegistered
            | StandingRefusal::NotRegistered
            | StandingRefusal::Transferred { .. } => Refusal::Standing(refusal),
        }
    }
}

/// Where the registration stands; none when nothing was registered.
pub fn situation(state: &State) -> Option<Situation> {
    match state {
        Standing::Unregistered => None,
        Standing::InForce(_) => Some(Situation::Active),
        Standing::Suspended { .. } => Some(Situation::Resting),
        Standing::Withdrawn { .. } => Some(Situation::Disbanded),
        Standing::Transferred { .. } => Some(Situation::MovedOut),
    }
}

/// What happens when an office asks.
pub fn decide(state: &State, command: Command, context: &Context) -> Result<Vec<YouthLeagueEvent>, Refusal> {
    match command {
        Command::Register(team) => {
            state.vacant()?;
            let team = to_come(sound(team)?, context)?;
            Ok(vec![YouthLeagueEvent::TeamRegistered(team)])
        }
        Command::Revise(team) => revise(&state.current()?.team(), sound(team)?, context),
        Command::HandIn(team) => match state.listed()? {
            None => Ok(vec![YouthLeagueEvent::TeamRegistered(sound(team)?)]),
            Some(registered) => Ok(hand_in(registered, sound(team)?, context)),
        },
        Command::ScheduleActivity { on } => {
            state.going_on()?;
            if on < context.today {
                return Err(Refusal::ActivityInThePast { on });
            }
            Ok(vec![YouthLeagueEvent::ActivityScheduled(ActivityScheduled { on })])
        }
        Command::OfferPairing { places } => {
            if state.going_on()?.declared.volunteers == Some(0) && places > 0 {
                return Err(Refusal::PairingWithoutVolunteers);
            }
            Ok(vec![YouthLeagueEvent::PairingOffered(PairingOffered { places })])
        }
        Command::Rest { reason } => {
            state.going_on()?;
            Ok(vec![YouthLeagueEvent::TeamSuspended(TeamSuspended { reason })])
        }
        Command::Resume { reason } => {
            state.paused()?;
            Ok(vec![YouthLeagueEvent::TeamResumed(TeamResumed { reason })])
        }
        Command::Disband { reason } => disband(state, reason),
    }
}

/// What happens when a team is disbanded, whoever asks: a clerk, or the absence from a list.
pub fn disband(state: &State, reason: String) -> Result<Vec<YouthLeagueEvent>, Refusal> {
    state.current()?;
    Ok(vec![YouthLeagueEvent::TeamDisbanded(TeamDisbanded { reason })])
}

/// What happens where a team comes from another county: it is opened as it is now declared, the activity and the pairing places that were
/// recorded since, if they still hold, follow, and it stays
/// suspended if it was. `before` is where it stands with the county that it leaves.
pub fn move_in(before: &State, arrival: MovedIn<Team>) -> Vec<YouthLeagueEvent> {
    let declared_first = before.registered().and_then(|known| known.declared.registered_on);
    let registered_on = earlier(declared_first, arrival.registration.registered_on);
    let arrival = MovedIn { registration: Team { registered_on, ..arrival.registration }, ..arrival };
    let kept = before.registered().cloned().map(|known| known.declared_anew(arrival.registration.clone()));
    let mut events = vec![YouthLeagueEvent::TeamMovedIn(arrival)];
    events.extend(kept.into_iter().flat_map(|kept| recorded(kept, before.suspension())));
    events
}

/// What puts a team back as it was when it was disbanded, suspended if it was; nothing where none was disbanded.
pub fn put_back(state: &State) -> Vec<YouthLeagueEvent> {
    let Some((known, suspended)) = state.withdrawn() else { return Vec::new() };
    let mut events = vec![YouthLeagueEvent::TeamRegistered(known.declared.clone())];
    events.extend(recorded(known.clone(), suspended));
    events
}

/// What was recorded beside what is declared, and that it is suspended: the events after the one that opens it.
fn recorded(kept: RegisteredTeam, suspended: Option<&str>) -> Vec<YouthLeagueEvent> {
    let RegisteredTeam { scheduled, offered, .. } = kept;
    let suspended = suspended.map(|reason| TeamSuspended { reason: reason.to_owned() });
    let scheduled = scheduled.map(YouthLeagueEvent::ActivityScheduled);
    let offered = offered.map(YouthLeagueEvent::PairingOffered);
    scheduled.into_iter().chain(offered).chain(suspended.map(YouthLeagueEvent::TeamSuspended)).collect()
}

/// What happens where it is left: nothing more once it says so.
pub fn move_out(state: &State, to: RegistrationId) -> Result<Vec<YouthLeagueEvent>, Refusal> {
    let moved = MovedOut { transferred_to: to };
    Ok(if state.leaving(to)? { vec![YouthLeagueEvent::TeamMovedOut(moved)] } else { Vec::new() })
}

/// What the registration is after an event.
pub fn evolve(state: State, event: &YouthLeagueEvent) -> State {
    match event {
        YouthLeagueEvent::TeamRegistered(team) => state.register(RegisteredTeam::new(team.clone())),
        YouthLeagueEvent::TeamRevised(team) => state.change(|registered| registered.declared_anew(team.clone())),
        YouthLeagueEvent::ActivityScheduled(scheduled) => {
            state.change(|registered| RegisteredTeam { scheduled: Some(scheduled.clone()), ..registered })
        }
        YouthLeagueEvent::PairingOffered(offered) => {
            state.change(|registered| RegisteredTeam { offered: Some(offered.clone()), ..registered })
        }
        YouthLeagueEvent::TeamSuspended(TeamSuspended { reason }) => state.suspend(reason),
        YouthLeagueEvent::TeamResumed(_) => state.resume(),
        YouthLeagueEvent::TeamDisbanded(TeamDisbanded { reason }) => state.withdraw(reason),
        YouthLeagueEvent::TeamMovedIn(moved) => state.register(RegisteredTeam::new(moved.registration.clone())),
        YouthLeagueEvent::TeamMovedOut(MovedOut { transferred_to }) => state.transfer(*transferred_to),
    }
}

/// The team, if what it says can be so.
fn sound(team: Team) -> Result<Team, Refusal> {
    match (team.pairing_places, team.volunteers) {
        (Some(1..), Some(0)) => Err(Refusal::PairingWithoutVolunteers),
        (Some(_) | None, Some(_) | None) => Ok(team),
    }
}

/// The team, if its next activity is not past.
fn to_come(team: Team, context: &Context) -> Result<Team, Refusal> {
    match team.next_activity_on {
        Some(on) if on < context.today => Err(Refusal::ActivityInThePast { on }),
        Some(_) | None => Ok(team),
    }
}

/// A form may repeat an activity that has passed since; it may not announce one.
fn revise(known: &Team, team: Team, context: &Context) -> Result<Vec<YouthLeagueEvent>, Refusal> {
    let team = if team.next_activity_on == known.next_activity_on { team } else { to_come(team, context)? };
    let same = Team { source: known.source.clone(), ..team.clone() } == *known;
    Ok(if same { Vec::new() } else { vec![YouthLeagueEvent::TeamRevised(team)] })
}

/// No event when nothing but the source, or an activity that is past, would change.
fn hand_in(registered: &RegisteredTeam, team: Team, context: &Context) -> Vec<YouthLeagueEvent> {
    let known = registered.kept_recorded(registered.declared.clone(), context.today);
    let team = registered.kept_recorded(team, context.today);
    let same =
        Team { source: known.source.clone(), ..without_past(team.clone(), context) } == without_past(known, context);
    if same { Vec::new() } else { vec![YouthLeagueEvent::TeamRevised(team)] }
}

/// A team without an activity that is past, and without the doubt about one.
fn without_past(team: Team, context: &Context) -> Team {
    let is_about_past =
        |doubt: &Doubt| matches!(doubt.code, FindingCode::RuleFinding(RuleFinding::ActivityPast { .. }));
    Team {
        next_activity_on: team.next_activity_on.filter(|on| *on >= context.today),
        doubts: team.doubts.into_iter().filter(|doubt| !is_about_past(doubt)).collect(),
        ..team
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{Audience, Category, Contact, Eligibility, PersonId, Sealed, ids::derive};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn team() -> Team {
        Team {
            team_number: Some("ZYH94058337".into()),
            next_activity_on: Some(day("2026-12-28")),
            volunteers: Some(46),
            pairing_places: Some(29),
            eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
            ..Team::named(
                "富裕庄青年志愿者服务队",
                Category("探访关爱".into()),
                "130306105226".parse().unwrap(),
                Contact {
                    name: Some(Sealed { person: PersonId(derive(&["test"])), ciphertext: "sealed".into() }),
                    phones: Vec::new(),
                },
            )
        }
    }

    fn next_on(on: Option<&str>) -> Team {
        Team { next_activity_on: on.map(day), ..team() }
    }

    fn registered(team: Team) -> YouthLeagueEvent {
        YouthLeagueEvent::TeamRegistered(team)
    }

    fn revised(team: Team) -> YouthLeagueEvent {
        YouthLeagueEvent::TeamRevised(team)
    }

    fn scheduled(on: &str) -> YouthLeagueEvent {
        YouthLeagueEvent::ActivityScheduled(ActivityScheduled { on: day(on) })
    }

    fn offered(places: u32) -> YouthLeagueEvent {
        YouthLeagueEvent::PairingOffered(PairingOffered { places })
    }

    fn rested() -> YouthLeagueEvent {
        YouthLeagueEvent::TeamSuspended(TeamSuspended { reason: "考试".into() })
    }

    fn resumed() -> YouthLeagueEvent {
        YouthLeagueEvent::TeamResumed(TeamResumed { reason: None })
    }

    fn disbanded() -> YouthLeagueEvent {
        YouthLeagueEvent::TeamDisbanded(TeamDisbanded { reason: "毕业".into() })
    }

    fn given(events: &[YouthLeagueEvent]) -> State {
        events.iter().fold(State::default(), evolve)
    }

    #[track_caller]
    fn check_on(
        today: &str,
        given_events: &[YouthLeagueEvent],
        when: Command,
        then: Result<Vec<YouthLeagueEvent>, Refusal>,
    ) {
        assert_eq!(decide(&given(given_events), when, &Context { today: day(today) }), then);
    }

    #[track_caller]
    fn check(given_events: &[YouthLeagueEvent], when: Command, then: Result<Vec<YouthLeagueEvent>, Refusal>) {
        check_on("2026-11-23", given_events, when, then);
    }

    fn schedule(on: &str) -> Command {
        Command::ScheduleActivity { on: day(on) }
    }

    #[test]
    fn a_team_is_registered_rests_goes_on_and_is_disbanded_as_its_standing_allows() {
        use StandingRefusal::{AlreadyRegistered, NotRegistered};
        let (active, resting) = ([registered(team())], [registered(team()), rested()]);
        let (gone, gone_resting) = ([registered(team()), disbanded()], [registered(team()), rested(), disbanded()]);
        let rest = || Command::Rest { reason: "考试".into() };
        let resume = || Command::Resume { reason: None };
        let disband = || Command::Disband { reason: "毕业".into() };
        let no = |refusal| Err(Refusal::Standing(refusal));
        let ended = || Err(Refusal::Disbanded { reason: "毕业".into() });
        for (given, when, then) in [
            (&[][..], Command::Register(team()), Ok(vec![registered(team())])),
            (&[], Command::Revise(team()), no(NotRegistered)),
            (&[], schedule("2026-12-01"), no(NotRegistered)),
            (&[], rest(), no(NotRegistered)),
            (&active, Command::Register(team()), no(AlreadyRegistered)),
            (&active, rest(), Ok(vec![rested()])),
            (&active, resume(), Err(Refusal::NotResting)),
            (&resting, rest(), Err(Refusal::Resting { reason: "考试".into() })),
            (&resting, resume(), Ok(vec![resumed()])),
            (&resting, disband(), Ok(vec![disbanded()])),
            (&gone, Command::Revise(team()), ended()),
            (&gone, schedule("2026-12-01"), ended()),
            (&gone, disband(), ended()),
            (&gone, Command::HandIn(team()), Ok(vec![registered(team())])),
            (&gone_resting, Command::HandIn(team()), Ok(vec![registered(team())])),
        ] {
            check(given, when, then);
        }
        let back = given(&[gone_resting.as_slice(), &[registered(team())]].concat());
        assert_eq!(situation(&back), Some(Situation::Active), "it comes back active");
    }

    #[test]
    fn no_activity_is_announced_in_the_past() {
        let active = [registered(team())];
        let refused = || Err(Refusal::ActivityInThePast { on: day("2026-11-22") });
        check(&active, schedule("2026-11-22"), refused());
        check(&active, schedule("2026-11-23"), Ok(vec![scheduled("2026-11-23")]));
        check(&[], Command::Register(next_on(Some("2026-11-22"))), refused());
        check(&active, Command::Revise(next_on(Some("2026-11-22"))), refused());
    }

    #[test]
    fn a_form_may_repeat_an_activity_that_has_passed_since() {
        let long_ago = [registered(next_on(Some("2026-11-01")))];
        let other = Team { volunteers: Some(50), ..next_on(Some("2026-11-01")) };
        check(&long_ago, Command::Revise(other.clone()), Ok(vec![revised(other)]));
    }

    #[test]
    fn a_resting_team_announces_nothing_and_offers_nothing() {
        let resting = [registered(team()), rested()];
        let refused = || Err(Refusal::Resting { reason: "考试".into() });
        check(&resting, schedule("2026-12-01"), refused());
        check(&resting, Command::OfferPairing { places: 3 }, refused());
        let going_on = [resting.as_slice(), &[resumed()]].concat();
        assert_eq!(situation(&given(&going_on)), Some(Situation::Active));
        check(&going_on, schedule("2026-12-01"), Ok(vec![scheduled("2026-12-01")]));
    }

    #[test]
    fn a_resting_team_can_be_revised() {
        let resting = [registered(team()), rested()];
        let other = Team { volunteers: Some(50), ..team() };
        check(&resting, Command::Revise(other.clone()), Ok(vec![revised(other.clone())]));
        check(&resting, Command::HandIn(other.clone()), Ok(vec![revised(other)]));
    }

    #[test]
    fn nobody_is_paired_with_a_team_without_volunteers() {
        let nobody = Team { volunteers: Some(0), pairing_places: None, ..team() };
        let refused = || Err(Refusal::PairingWithoutVolunteers);
        check(&[registered(nobody.clone())], Command::OfferPairing { places: 1 }, refused());
        check(&[registered(nobody.clone())], Command::OfferPairing { places: 0 }, Ok(vec![offered(0)]));
        check(&[], Command::HandIn(Team { pairing_places: Some(2), ..nobody }), refused());
    }

    #[test]
    fn a_list_whose_activity_has_passed_since_changes_nothing() {
        // Handed in while 11-25 was to come; on 11-30 the reader drops the day and doubts it.
        let on_file = [registered(next_on(Some("2026-11-25")))];
        let code = RuleFinding::ActivityPast { on: day("2026-11-25") }.into();
        let value = Some(schema::Quote::Said("2026-11-25".into()));
        let doubt = Doubt { column: "下次活动日期".into(), value, code };
        let read_later = Team { doubts: vec![doubt], ..next_on(None) };
        check_on("2026-11-30", &on_file, Command::HandIn(read_later.clone()), Ok(vec![]));
        let changed = Team { volunteers: Some(50), ..read_later };
        check_on("2026-11-30", &on_file, Command::HandIn(changed.clone()), Ok(vec![revised(changed)]));
    }

    #[test]
    fn what_was_recorded_stays_where_a_list_says_nothing() {
        let silent = Team { pairing_places: None, ..next_on(None) };
        let on_file = [registered(silent.clone()), scheduled("2026-12-05"), offered(7)];
        check(&on_file, Command::HandIn(silent.clone()), Ok(vec![]));
        let more = Team { volunteers: Some(50), ..silent };
        let kept = revised(Team { next_activity_on: Some(day("2026-12-05")), pairing_places: Some(7), ..more.clone() });
        check(&on_file, Command::HandIn(more.clone()), Ok(vec![kept.clone()]));
        check(&[on_file.as_slice(), &[kept]].concat(), Command::HandIn(more), Ok(vec![]));
    }

    #[test]
    fn the_same_list_again_leaves_what_was_recorded_since() {
        let on_file = [registered(team()), scheduled("2026-12-05"), offered(7)];
        check(&on_file, Command::HandIn(team()), Ok(vec![]));
        let team = given(&on_file).registered().unwrap().team();
        assert_eq!((team.next_activity_on, team.pairing_places), (Some(day("2026-12-05")), Some(7)));
    }

    fn elsewhere() -> RegistrationId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn arrival(registration: Team) -> MovedIn<Team> {
        MovedIn {
            transferred_from: "13032200-0000-8000-8000-000000000001".parse().unwrap(),
            first_registered_at: "2019-05-16T16:00:00Z".parse().unwrap(),
            registration,
            retracted: Vec::new(),
        }
    }

    #[test]
    fn a_team_that_moves_takes_its_activity_its_places_its_rest_and_its_first_day_along() {
        let first = Team { registered_on: Some(day("2019-05-17")), ..team() };
        let since = [scheduled("2026-12-05"), offered(7), rested()];
        let before = given(&[[registered(first)].as_slice(), &since].concat());
        let declared =
            Team { village: "130322103222".parse().unwrap(), pairing_places: Some(7), ..next_on(Some("2026-12-05")) };
        let declared_later = Team { registered_on: Some(day("2026-11-23")), ..declared.clone() };
        let opened = Team { registered_on: Some(day("2019-05-17")), ..declared };
        let events = move_in(&before, arrival(declared_later));
        let expected = [[YouthLeagueEvent::TeamMovedIn(arrival(opened.clone()))].as_slice(), &since].concat();
        assert_eq!(events, expected);
        assert_eq!(given(&events), before.change(|known| known.declared_anew(opened)));
    }

    #[test]
    fn a_team_that_moved_is_left_once_and_nothing_more_happens_to_it() {
        let left = YouthLeagueEvent::TeamMovedOut(MovedOut { transferred_to: elsewhere() });
        let open = given(&[registered(team())]);
        assert_eq!(move_out(&open, elsewhere()), Ok(vec![left.clone()]));
        let gone = evolve(open, &left);
        assert_eq!(situation(&gone), Some(Situation::MovedOut));
        assert_eq!(move_out(&gone, elsewhere()), Ok(vec![]));
        let events = [registered(team()), left];
        let refused = || Err(Refusal::Standing(StandingRefusal::Transferred { to: elsewhere() }));
        for command in [Command::HandIn(team()), Command::Revise(team()), Command::Rest { reason: "考试".into() }] {
            check(&events, command, refused());
        }
    }
}
