//! The women's federation's rules: what may happen to a registered station, and what follows from it. Pure functions.
//!
//! A station that works with children needs a safeguarding clearance. Without one it is registered all the same, and
//! stands as [`Situation::AwaitingClearance`]: what it does with children is not published until somebody was cleared.
//!
//! A hand-in says a station anew, whole, with one exception: a training or a clearance that was recorded since is later
//! news than a file that still has the older day, so the later day stays ([`RegisteredStation`]).

use chrono::NaiveDate;
use desk::standing::earlier;
use desk::{Standing, StandingRefusal};
use schema::finding::RuleFinding;
use schema::womens_federation::{
    SafeguardingCleared, Station, StationResumed, StationSuspended, StationWithdrawn, VolunteersTrained,
    WomensFederationEvent,
};
use schema::{MovedIn, MovedOut, Office, RegistrationId};

/// Where a registration stands.
pub type State = Standing<RegisteredStation>;

/// Whose rules these are.
const OFFICE: Office = Office::WomensFederation;

/// What is registered: what the office last declared whole, and the training and the clearance recorded beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredStation {
    declared: Station,
    trained: Option<VolunteersTrained>,
    cleared: Option<SafeguardingCleared>,
}

/// Where a registration stands, in the words of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Open.
    Open,
    /// Open, but not yet cleared for children.
    AwaitingClearance,
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
    /// Registers a new station.
    Register(Station),
    /// Says a registered one anew, whole.
    Revise(Station),
    /// A row of a list: registers what is new or was withdrawn, revises what is known.
    HandIn(Station),
    /// Volunteers of the station were trained.
    TrainVolunteers {
        /// How many.
        volunteers: u32,
        /// On which day.
        on: NaiveDate,
    },
    /// Those who work with children were cleared.
    ClearSafeguarding {
        /// On which day.
        on: NaiveDate,
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
    /// A training of nobody.
    #[error("a training needs at least one volunteer")]
    NobodyTrained,
    /// More trained than there are.
    #[error("{trained} volunteers cannot have been trained: the station has {volunteers}")]
    MoreTrainedThanVolunteers {
        /// How many it says were trained.
        trained: u32,
        /// How many the station has.
        volunteers: u32,
    },
    /// A training on a day to come.
    #[error("{on} is still to come; record the training once it was held")]
    TrainingInFuture {
        /// The day given.
        on: NaiveDate,
    },
    /// A clearance on a day to come.
    #[error("{on} is still to come; a clearance counts once it was given")]
    ClearanceInFuture {
        /// The day given.
        on: NaiveDate,
    },
    /// A clearance that is no later than the one on file.
    #[error("the clearance on file is of {known}; {on} is not later")]
    ClearanceNotLater {
        /// The day given.
        on: NaiveDate,
        /// The day on file.
        known: NaiveDate,
    },
}

impl Refusal {
    /// The same as a finding.
    pub fn finding(&self) -> RuleFinding {
        match self {
            Refusal::Standing(refusal) => refusal.said(OFFICE),
            Refusal::NobodyTrained => RuleFinding::NobodyTrained,
            Refusal::MoreTrainedThanVolunteers { trained, volunteers } => {
                RuleFinding::MoreTrainedThanVolunteers { trained: *trained, volunteers: *volunteers }
            }
            Refusal::TrainingInFuture { on } => RuleFinding::TrainingInFuture { on: *on },
            Refusal::ClearanceInFuture { on } => RuleFinding::ClearanceInFuture { on: *on },
            Refusal::ClearanceNotLater { on, known } => RuleFinding::ClearanceNotLater { on: *on, known: *known },
        }
    }
}

impl RegisteredStation {
    fn new(declared: Station) -> Self {
        RegisteredStation { declared, trained: None, cleared: None }
    }

    /// The station as it stands, with the training and the clearance that were recorded since it was declared.
    pub fn station(&self) -> Station {
        Station {
            volunteers_trained_on: self
                .trained
                .as_ref()
                .map(|trained| trained.on)
                .or(self.declared.volunteers_trained_on),
            safeguarding_cleared_on: self
                .cleared
                .as_ref()
                .map(|clear| clear.on)
                .or(self.declared.safeguarding_cleared_on),
            ..self.declared.clone()
        }
    }

    /// A station as a list says it, but never with an earlier training or clearance than was recorded.
    fn kept_recorded(&self, station: Station) -> Station {
        Station {
            volunteers_trained_on: station.volunteers_trained_on.max(self.trained.as_ref().map(|trained| trained.on)),
            safeguarding_cleared_on: station.safeguarding_cleared_on.max(self.cleared.as_ref().map(|clear| clear.on)),
            ..station
        }
    }

    /// What follows when a station is declared anew: what was recorded and is not repeated is forgotten.
    fn declared_anew(self, declared: Station) -> Self {
        RegisteredStation {
            trained: self.trained.filter(|trained| declared.volunteers_trained_on == Some(trained.on)),
            cleared: self.cleared.filter(|cleared| declared.safeguarding_cleared_on == Some(cleared.on)),
            declared,
        }
    }
}

/// Where the registration stands; none when nothing was registered.
pub fn situation(state: &State) -> Option<Situation> {
    Some(match state {
        Standing::Unregistered => return None,
        Standing::InForce(registered) if registered.station().awaits_clearance() => Situation::AwaitingClearance,
        Standing::InForce(_) => Situation::Open,
        Standing::Suspended { .. } => Situation::Suspended,
        Standing::Withdrawn { .. } => Situation::Withdrawn,
        Standing::Transferred { .. } => Situation::MovedOut,
    })
}

/// What happens when an office asks.
pub fn decide(state: &State, command: Command, context: &Context) -> Result<Vec<WomensFederationEvent>, Refusal> {
    match command {
        Command::Register(station) => {
            state.vacant()?;
            Ok(vec![WomensFederationEvent::StationRegistered(sound(station, context)?)])
        }
        Command::Revise(station) => {
            let known = state.current()?.station();
            revised_unless_same(&known, sound(station, context)?)
        }
        Command::HandIn(station) => match state.listed()? {
            None => Ok(vec![WomensFederationEvent::StationRegistered(sound(station, context)?)]),
            Some(registered) => {
                let known = registered.kept_recorded(registered.declared.clone());
                revised_unless_same(&known, registered.kept_recorded(sound(station, context)?))
            }
        },
        Command::TrainVolunteers { volunteers, on } => train(state.current()?, volunteers, on, context),
        Command::ClearSafeguarding { on } => clear(state.current()?, on, context),
        Command::Suspend { reason } => {
            state.going_on()?;
            Ok(vec![WomensFederationEvent::StationSuspended(StationSuspended { reason })])
        }
        Command::Resume { reason } => {
            state.paused()?;
            Ok(vec![WomensFederationEvent::StationResumed(StationResumed { reason })])
        }
        Command::Withdraw { reason } => withdraw(state, reason),
    }
}

/// What happens when it is withdrawn, whoever asks: a clerk, or its absence from a list.
pub fn withdraw(state: &State, reason: String) -> Result<Vec<WomensFederationEvent>, Refusal> {
    state.current()?;
    Ok(vec![WomensFederationEvent::StationWithdrawn(StationWithdrawn { reason })])
}

/// What happens where a station comes from another county: it is opened as it is now declared, the training and the clearance that were
/// recorded since, if they still hold, follow, and it stays
/// suspended if it was. `before` is where it stands with the county that it leaves.
pub fn move_in(before: &State, arrival: MovedIn<Station>) -> Vec<WomensFederationEvent> {
    let declared_first = before.registered().and_then(|known| known.declared.registered_on);
    let registered_on = earlier(declared_first, arrival.registration.registered_on);
    let arrival = MovedIn { registration: Station { registered_on, ..arrival.registration }, ..arrival };
    let kept = before.registered().cloned().map(|known| known.declared_anew(arrival.registration.clone()));
    let mut events = vec![WomensFederationEvent::StationMovedIn(arrival)];
    events.extend(kept.into_iter().flat_map(|kept| recorded(kept, before.suspension())));
    events
}

/// What puts a station back as it was when it was withdrawn, suspended if it was; nothing where none was withdrawn.
pub fn put_back(state: &State) -> Vec<WomensFederationEvent> {
    let Some((known, suspended)) = state.withdrawn() else { return Vec::new() };
    let mut events = vec![WomensFederationEvent::StationRegistered(known.declared.clone())];
    events.extend(recorded(known.clone(), suspended));
    events
}

/// What was recorded beside what is declared, and that it is suspended: the events after the one that opens it.
fn recorded(kept: RegisteredStation, suspended: Option<&str>) -> Vec<WomensFederationEvent> {
    let RegisteredStation { trained, cleared, .. } = kept;
    let suspended = suspended.map(|reason| StationSuspended { reason: reason.to_owned() });
    let trained = trained.map(WomensFederationEvent::VolunteersTrained);
    let cleared = cleared.map(WomensFederationEvent::SafeguardingCleared);
    trained.into_iter().chain(cleared).chain(suspended.map(WomensFederationEvent::StationSuspended)).collect()
}

/// What happens where it is left: nothing more once it says so.
pub fn move_out(state: &State, to: RegistrationId) -> Result<Vec<WomensFederationEvent>, Refusal> {
    let moved = MovedOut { transferred_to: to };
    Ok(if state.leaving(to)? { vec![WomensFederationEvent::StationMovedOut(moved)] } else { Vec::new() })
}

/// What the registration is after an event.
pub fn evolve(state: State, event: &WomensFederationEvent) -> State {
    match event {
        WomensFederationEvent::StationRegistered(station) => state.register(RegisteredStation::new(station.clone())),
        WomensFederationEvent::StationRevised(station) => {
            state.change(|registered| registered.declared_anew(station.clone()))
        }
        WomensFederationEvent::VolunteersTrained(trained) => {
            state.change(|registered| RegisteredStation { trained: Some(trained.clone()), ..registered })
        }
        WomensFederationEvent::SafeguardingCleared(cleared) => {
            state.change(|registered| RegisteredStation { cleared: Some(cleared.clone()), ..registered })
        }
        WomensFederationEvent::StationSuspended(StationSuspended { reason }) => state.suspend(reason),
        WomensFederationEvent::StationResumed(_) => state.resume(),
        WomensFederationEvent::StationWithdrawn(StationWithdrawn { reason }) => state.withdraw(reason),
        WomensFederationEvent::StationMovedIn(moved) => {
            state.register(RegisteredStation::new(moved.registration.clone()))
        }
        WomensFederationEvent::StationMovedOut(MovedOut { transferred_to }) => state.transfer(*transferred_to),
    }
}

/// The station, if what it says can be so. A training day to come is left to the clerk; a clearance to come is none.
fn sound(station: Station, context: &Context) -> Result<Station, Refusal> {
    match station.safeguarding_cleared_on {
        Some(on) if on > context.today => Err(Refusal::ClearanceInFuture { on }),
        Some(_) | None => Ok(station),
    }
}

fn train(
    registered: &RegisteredStation,
    volunteers: u32,
    on: NaiveDate,
    context: &Context,
) -> Result<Vec<WomensFederationEvent>, Refusal> {
    if volunteers == 0 {
        return Err(Refusal::NobodyTrained);
    }
    if on > context.today {
        return Err(Refusal::TrainingInFuture { on });
    }
    match registered.declared.volunteers {
        Some(there_are) if volunteers > there_are => {
            Err(Refusal::MoreTrainedThanVolunteers { trained: volunteers, volunteers: there_are })
        }
        Some(_) | None => Ok(vec![WomensFederationEvent::VolunteersTrained(VolunteersTrained { volunteers, on })]),
    }
}

fn clear(
    registered: &RegisteredStation,
    on: NaiveDate,
    context: &Context,
) -> Result<Vec<WomensFederationEvent>, Refusal> {
    if on > context.today {
        return Err(Refusal::ClearanceInFuture { on });
    }
    match registered.station().safeguarding_cleared_on {
        Some(known) if on <= known => Err(Refusal::ClearanceNotLater { on, known }),
        Some(_) | None => Ok(vec![WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on })]),
    }
}

/// No event when nothing but where it came from would change.
fn revised_unless_same(known: &Station, station: Station) -> Result<Vec<WomensFederationEvent>, Refusal> {
    let same = Station { source: known.source.clone(), ..station.clone() } == *known;
    Ok(if same { Vec::new() } else { vec![WomensFederationEvent::StationRevised(station)] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{Audience, Category, Eligibility};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn station() -> Station {
        Station {
            village_name: Some("西和睦营村委会".into()),
            eligibility: Eligibility { audiences: vec![Audience::Elders], ..Eligibility::default() },
            volunteers: Some(12),
            places: Some(20),
            ..Station::named("西和睦营暖阳长者餐厅", Category("助餐".into()), "130322101233".parse().unwrap())
        }
    }

    fn for_children(cleared_on: Option<&str>) -> Station {
        Station {
            name: "东北庄儿童之家".into(),
            category: Category("儿童关爱".into()),
            eligibility: Eligibility { audiences: vec![Audience::Children], ..Eligibility::default() },
            safeguarding_cleared_on: cleared_on.map(day),
            ..station()
        }
    }

    fn registered(station: Station) -> WomensFederationEvent {
        WomensFederationEvent::StationRegistered(station)
    }

    fn revised(station: Station) -> WomensFederationEvent {
        WomensFederationEvent::StationRevised(station)
    }

    fn cleared(on: &str) -> WomensFederationEvent {
        WomensFederationEvent::SafeguardingCleared(SafeguardingCleared { on: day(on) })
    }

    fn trained(volunteers: u32, on: &str) -> WomensFederationEvent {
        WomensFederationEvent::VolunteersTrained(VolunteersTrained { volunteers, on: day(on) })
    }

    fn suspended() -> WomensFederationEvent {
        WomensFederationEvent::StationSuspended(StationSuspended { reason: "搬迁".into() })
    }

    fn resumed() -> WomensFederationEvent {
        WomensFederationEvent::StationResumed(StationResumed { reason: None })
    }

    fn withdrawn() -> WomensFederationEvent {
        WomensFederationEvent::StationWithdrawn(StationWithdrawn { reason: "撤站".into() })
    }

    fn given(events: &[WomensFederationEvent]) -> State {
        events.iter().fold(State::default(), evolve)
    }

    #[track_caller]
    fn check(given_events: &[WomensFederationEvent], when: Command, then: Result<Vec<WomensFederationEvent>, Refusal>) {
        let context = Context { today: day("2026-11-23") };
        assert_eq!(decide(&given(given_events), when, &context), then);
    }

    fn train_on(volunteers: u32, on: &str) -> Command {
        Command::TrainVolunteers { volunteers, on: day(on) }
    }

    #[test]
    fn a_station_is_registered_suspended_resumed_and_withdrawn_as_its_standing_allows() {
        use StandingRefusal::{AlreadyRegistered, AlreadySuspended, NotRegistered, NotSuspended, Withdrawn};
        let (open, closed) = ([registered(station())], [registered(station()), suspended()]);
        let (gone, gone_closed) =
            ([registered(station()), withdrawn()], [registered(station()), suspended(), withdrawn()]);
        let suspend = || Command::Suspend { reason: "搬迁".into() };
        let resume = || Command::Resume { reason: None };
        let withdraw = || Command::Withdraw { reason: "撤站".into() };
        let no = |refusal| Err(Refusal::Standing(refusal));
        let ended = || Withdrawn { reason: "撤站".into() };
        for (given, when, then) in [
            (&[][..], Command::Register(station()), Ok(vec![registered(station())])),
            (&[], Command::Revise(station()), no(NotRegistered)),
            (&[], train_on(1, "2026-11-01"), no(NotRegistered)),
            (&[], Command::ClearSafeguarding { on: day("2026-11-01") }, no(NotRegistered)),
            (&open, Command::Register(station()), no(AlreadyRegistered)),
            (&open, suspend(), Ok(vec![suspended()])),
            (&open, resume(), no(NotSuspended)),
            (&closed, suspend(), no(AlreadySuspended { reason: "搬迁".into() })),
            (&closed, resume(), Ok(vec![resumed()])),
            (&closed, withdraw(), Ok(vec![withdrawn()])),
            (&gone, Command::Revise(station()), no(ended())),
            (&gone, train_on(1, "2026-11-01"), no(ended())),
            (&gone, withdraw(), no(ended())),
            (&gone, Command::HandIn(station()), Ok(vec![registered(station())])),
            (&gone_closed, Command::HandIn(station()), Ok(vec![registered(station())])),
        ] {
            check(given, when, then);
        }
        let back = given(&[gone_closed.as_slice(), &[registered(station())]].concat());
        assert_eq!(situation(&back), Some(Situation::Open), "it comes back open");
    }

    #[test]
    fn a_station_that_goes_on_still_awaits_its_clearance() {
        let events = [registered(for_children(None)), suspended(), resumed()];
        assert_eq!(situation(&given(&events)), Some(Situation::AwaitingClearance));
    }

    #[test]
    fn work_with_children_awaits_clearance() {
        let waiting = [registered(for_children(None))];
        assert_eq!(situation(&given(&waiting)), Some(Situation::AwaitingClearance));
        let clear = Command::ClearSafeguarding { on: day("2026-11-20") };
        check(&waiting, clear, Ok(vec![cleared("2026-11-20")]));
        let after = given(&[registered(for_children(None)), cleared("2026-11-20")]);
        assert_eq!(situation(&after), Some(Situation::Open));
        assert_eq!(situation(&given(&[registered(station())])), Some(Situation::Open), "elders need no clearance");
    }

    #[test]
    fn turning_to_children_without_clearance_awaits_it() {
        let events = [registered(station()), revised(for_children(None))];
        assert_eq!(situation(&given(&events)), Some(Situation::AwaitingClearance));
    }

    #[test]
    fn a_clearance_to_come_is_none() {
        let refused = || Err(Refusal::ClearanceInFuture { on: day("2026-11-24") });
        let clear = Command::ClearSafeguarding { on: day("2026-11-24") };
        check(&[registered(for_children(None))], clear, refused());
        check(&[], Command::HandIn(for_children(Some("2026-11-24"))), refused());
    }

    #[test]
    fn a_clearance_is_later_than_the_one_on_file() {
        let on_file = [registered(for_children(Some("2025-01-11")))];
        let refused = Refusal::ClearanceNotLater { on: day("2025-01-11"), known: day("2025-01-11") };
        check(&on_file, Command::ClearSafeguarding { on: day("2025-01-11") }, Err(refused));
    }

    #[test]
    fn no_more_volunteers_are_trained_than_there_are() {
        let twelve = [registered(station())];
        check(&twelve, train_on(12, "2026-11-23"), Ok(vec![trained(12, "2026-11-23")]));
        let refused = Refusal::MoreTrainedThanVolunteers { trained: 13, volunteers: 12 };
        check(&twelve, train_on(13, "2026-11-23"), Err(refused));
        check(&twelve, train_on(0, "2026-11-23"), Err(Refusal::NobodyTrained));
        let refused = Refusal::TrainingInFuture { on: day("2026-11-24") };
        check(&twelve, train_on(1, "2026-11-24"), Err(refused));
        let not_said = [registered(Station { volunteers: None, ..station() })];
        check(&not_said, train_on(40, "2026-11-01"), Ok(vec![trained(40, "2026-11-01")]));
    }

    #[test]
    fn a_suspended_station_can_be_revised_trained_and_cleared() {
        let closed = [registered(for_children(None)), suspended()];
        let other = Station { places: Some(5), ..for_children(None) };
        check(&closed, Command::Revise(other.clone()), Ok(vec![revised(other)]));
        check(&closed, train_on(3, "2026-11-01"), Ok(vec![trained(3, "2026-11-01")]));
        let state = given(&[closed.as_slice(), &[cleared("2026-11-20")]].concat());
        assert_eq!(situation(&state), Some(Situation::Suspended));
    }

    #[test]
    fn a_list_with_older_days_does_not_take_a_training_or_a_clearance_back() {
        let on_file = [registered(for_children(None)), trained(9, "2026-10-01"), cleared("2026-10-02")];
        check(&on_file, Command::HandIn(for_children(None)), Ok(vec![]));
        let fewer_places = Station { places: Some(5), ..for_children(Some("2020-01-01")) };
        let merged = revised(Station {
            volunteers_trained_on: Some(day("2026-10-01")),
            safeguarding_cleared_on: Some(day("2026-10-02")),
            ..fewer_places.clone()
        });
        check(&on_file, Command::HandIn(fewer_places.clone()), Ok(vec![merged.clone()]));
        let after = [on_file.as_slice(), &[merged]].concat();
        check(&after, Command::HandIn(fewer_places), Ok(vec![]));
    }

    fn elsewhere() -> RegistrationId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn arrival(registration: Station) -> MovedIn<Station> {
        MovedIn {
            transferred_from: "13032200-0000-8000-8000-000000000001".parse().unwrap(),
            first_registered_at: "2019-05-16T16:00:00Z".parse().unwrap(),
            registration,
            retracted: Vec::new(),
        }
    }

    #[test]
    fn a_station_that_moves_takes_its_training_its_clearance_its_suspension_and_its_first_day_along() {
        let first = Station { registered_on: Some(day("2019-05-17")), ..station() };
        let since = [trained(9, "2026-10-01"), cleared("2026-10-02"), suspended()];
        let before = given(&[[registered(first)].as_slice(), &since].concat());
        let declared = Station {
            village: "130306100209".parse().unwrap(),
            volunteers_trained_on: Some(day("2026-10-01")),
            safeguarding_cleared_on: Some(day("2026-10-02")),
            ..station()
        };
        let declared_later = Station { registered_on: Some(day("2026-11-23")), ..declared.clone() };
        let opened = Station { registered_on: Some(day("2019-05-17")), ..declared };
        let events = move_in(&before, arrival(declared_later));
        let expected = [[WomensFederationEvent::StationMovedIn(arrival(opened.clone()))].as_slice(), &since].concat();
        assert_eq!(events, expected);
        assert_eq!(given(&events), before.change(|known| known.declared_anew(opened)));
    }

    #[test]
    fn a_station_that_moved_is_left_once_and_nothing_more_happens_to_it() {
        let left = WomensFederationEvent::StationMovedOut(MovedOut { transferred_to: elsewhere() });
        let open = given(&[registered(station())]);
        assert_eq!(move_out(&open, elsewhere()), Ok(vec![left.clone()]));
        let gone = evolve(open, &left);
        assert_eq!(situation(&gone), Some(Situation::MovedOut));
        assert_eq!(move_out(&gone, elsewhere()), Ok(vec![]));
        let events = [registered(station()), left];
        let refused = || Err(Refusal::Standing(StandingRefusal::Transferred { to: elsewhere() }));
        for command in
            [Command::HandIn(station()), Command::Revise(station()), Command::Suspend { reason: "搬迁".into() }]
        {
            check(&events, command, refused());
        }
    }
}
