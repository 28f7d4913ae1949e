//! The commerce office's rules: what may happen to a registered merchant, and what follows from it. Pure functions.
//!
//! A failed inspection suspends a merchant, whoever reports it, and nothing but a passed one lifts that: not a clerk, not
//! a list that leaves the inspection out, not even withdrawing and registering again
//! ([`Situation::SuspendedByInspection`]). A clerk's own suspension stands beside it and outlives it.
//!
//! A hand-in says a merchant anew, whole, with one exception: an inspection that was recorded since is later news than
//! a file with an older one or none, and an agreed price stays where the file gives none ([`RegisteredMerchant`]).

use chrono::NaiveDate;
use desk::standing::earlier;
use desk::{Standing, StandingRefusal};
use schema::commerce::{
    CommerceEvent, ElderPriceAgreed, Inspection, Merchant, MerchantResumed, MerchantSuspended, MerchantWithdrawn,
};
use schema::finding::RuleFinding;
use schema::{MovedIn, MovedOut, Office, RegistrationId};

/// Where a registration stands; suspended only if the clerk did it. A failed inspection stands beside it, with what is
/// registered.
pub type State = Standing<RegisteredMerchant>;

/// Whose rules these are.
const OFFICE: Office = Office::Commerce;

/// What is registered: what the office last declared whole, and the inspection and the price recorded beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredMerchant {
    declared: Merchant,
    inspected: Option<Inspection>,
    agreed: Option<ElderPriceAgreed>,
    /// Whether the last inspection that anybody told of was failed.
    failed: bool,
}

/// Where a registration stands, in the words of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Open.
    Trading,
    /// Closed since a failed inspection.
    SuspendedByInspection,
    /// Closed for a while by the clerk.
    Suspended,
    /// No longer offered.
    Withdrawn,
    /// Registered in another county now.
    MovedOut,
}

/// What an office can ask.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a new merchant.
    Register(Merchant),
    /// Says a registered one anew, whole.
    Revise(Merchant),
    /// A row of a list: registers what is new or was withdrawn, revises what is known.
    HandIn(Merchant),
    /// The premises were inspected.
    RecordInspection {
        /// The day.
        on: NaiveDate,
        /// Whether it was passed.
        passed: bool,
    },
    /// Agrees a price for elders.
    AgreeElderPrice {
        /// In fen.
        price_fen: u32,
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
    /// Resuming after a failed inspection.
    #[error("the last inspection was failed; only a passed one opens this merchant again")]
    InspectionNotPassed,
    /// An inspection on a day to come.
    #[error("{on} is still to come; record the inspection once it was made")]
    InspectionInFuture {
        /// The day given.
        on: NaiveDate,
    },
    /// An inspection before the one on file.
    #[error("the inspection on file is of {known}; {on} is before it")]
    InspectionOutOfOrder {
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
            Refusal::InspectionNotPassed => RuleFinding::InspectionNotPassed,
            Refusal::InspectionInFuture { on } => RuleFinding::InspectionInFuture { on: *on },
            Refusal::InspectionOutOfOrder { on, known } => RuleFinding::InspectionOutOfOrder { on: *on, known: *known },
        }
    }
}

impl RegisteredMerchant {
    fn new(declared: Merchant, before: Option<&RegisteredMerchant>) -> Self {
        let failed = still_failed(&declared, before.is_some_and(|before| before.failed));
        RegisteredMerchant { declared, inspected: None, agreed: None, failed }
    }

    /// The merchant as it stands, with the inspection and the price that were recorded since it was declared.
    pub fn merchant(&self) -> Merchant {
        Merchant {
            inspection: self.inspected.clone().or_else(|| self.declared.inspection.clone()),
            elder_price_fen: self.agreed.as_ref().map(|agreed| agreed.price_fen).or(self.declared.elder_price_fen),
            ..self.declared.clone()
        }
    }

    /// A merchant as a list says it; a later inspection that was recorded stays, and a price where the list gives none.
    fn kept_recorded(&self, merchant: Merchant) -> Merchant {
        let inspection = match (&self.inspected, merchant.inspection) {
            (Some(recorded), Some(listed)) if listed.on > recorded.on => Some(listed),
            (Some(recorded), Some(_) | None) => Some(recorded.clone()),
            (None, listed) => listed,
        };
        let elder_price_fen = merchant.elder_price_fen.or(self.agreed.as_ref().map(|agreed| agreed.price_fen));
        Merchant { inspection, elder_price_fen, ..merchant }
    }

    /// What follows when a merchant is declared anew: what was recorded and is not repeated is forgotten.
    fn declared_anew(self, declared: Merchant) -> Self {
        RegisteredMerchant {
            failed: still_failed(&declared, self.failed),
            inspected: self.inspected.filter(|inspected| declared.inspection.as_ref() == Some(inspected)),
            agreed: self.agreed.filter(|agreed| declared.elder_price_fen == Some(agreed.price_fen)),
            declared,
        }
    }
}

/// Where the registration stands; none when nothing was registered.
pub fn situation(state: &State) -> Option<Situation> {
    Some(match state {
        Standing::Unregistered => return None,
        Standing::Withdrawn { .. } => Situation::Withdrawn,
        Standing::Transferred { .. } => Situation::MovedOut,
        Standing::InForce(registered) | Standing::Suspended { registered, .. } if registered.failed => {
            Situation::SuspendedByInspection
        }
        Standing::InForce(_) => Situation::Trading,
        Standing::Suspended { .. } => Situation::Suspended,
    })
}

/// What happens when an office asks.
pub fn decide(state: &State, command: Command, context: &Context) -> Result<Vec<CommerceEvent>, Refusal> {
    match command {
        Command::Register(merchant) => {
            state.vacant()?;
            Ok(vec![CommerceEvent::MerchantRegistered(sound(merchant, context)?)])
        }
        Command::Revise(merchant) => {
            let known = state.current()?.merchant();
            revised_unless_same(&known, sound(merchant, context)?)
        }
        Command::HandIn(merchant) => hand_in(state, sound(merchant, context)?),
        Command::RecordInspection { on, passed } => inspect(state.current()?, on, passed, context),
        Command::AgreeElderPrice { price_fen } => {
            state.current()?;
            Ok(vec![CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen })])
        }
        Command::Suspend { reason } => {
            state.going_on()?;
            Ok(vec![CommerceEvent::MerchantSuspended(MerchantSuspended { reason })])
        }
        Command::Resume { reason } => {
            if state.current()?.failed {
                return Err(Refusal::InspectionNotPassed);
            }
            state.paused()?;
            Ok(vec![CommerceEvent::MerchantResumed(MerchantResumed { reason })])
        }
        Command::Withdraw { reason } => withdraw(state, reason),
    }
}

/// What happens when it is withdrawn, whoever asks: a clerk, or its absence from a list.
pub fn withdraw(state: &State, reason: String) -> Result<Vec<CommerceEvent>, Refusal> {
    state.current()?;
    Ok(vec![CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason })])
}

/// What happens where a merchant comes from another county: it is opened as it is now declared, the inspection and the price that were
/// recorded since, if they still hold, follow, and it stays
/// suspended if it was. `before` is where it stands with the county that it leaves.
pub fn move_in(before: &State, arrival: MovedIn<Merchant>) -> Vec<CommerceEvent> {
    let declared_first = before.registered().and_then(|known| known.declared.registered_on);
    let registered_on = earlier(declared_first, arrival.registration.registered_on);
    let arrival = MovedIn { registration: Merchant { registered_on, ..arrival.registration }, ..arrival };
    let kept = before.registered().cloned().map(|known| known.declared_anew(arrival.registration.clone()));
    let mut events = vec![CommerceEvent::MerchantMovedIn(arrival)];
    events.extend(kept.into_iter().flat_map(|kept| recorded(kept, before.suspension())));
    events
}

/// What puts a merchant back as it was when it was withdrawn, suspended if it was; nothing where none was withdrawn.
pub fn put_back(state: &State) -> Vec<CommerceEvent> {
    let Some((known, suspended)) = state.withdrawn() else { return Vec::new() };
    let mut events = vec![CommerceEvent::MerchantRegistered(known.declared.clone())];
    events.extend(recorded(known.clone(), suspended));
    events
}

/// What was recorded beside what is declared, and that it is suspended: the events after the one that opens it.
fn recorded(kept: RegisteredMerchant, suspended: Option<&str>) -> Vec<CommerceEvent> {
    let RegisteredMerchant { declared, inspected, agreed, failed } = kept;
    // A failed inspection comes along, also where what is said now leaves it out.
    let failed = (failed && declared.inspection.is_none()).then_some(Inspection { on: None, passed: false });
    let suspended = suspended.map(|reason| MerchantSuspended { reason: reason.to_owned() });
    let inspected = inspected.or(failed).map(CommerceEvent::MerchantInspected);
    let agreed = agreed.map(CommerceEvent::ElderPriceAgreed);
    inspected.into_iter().chain(agreed).chain(suspended.map(CommerceEvent::MerchantSuspended)).collect()
}

/// What happens where it is left: nothing more once it says so.
pub fn move_out(state: &State, to: RegistrationId) -> Result<Vec<CommerceEvent>, Refusal> {
    let moved = MovedOut { transferred_to: to };
    Ok(if state.leaving(to)? { vec![CommerceEvent::MerchantMovedOut(moved)] } else { Vec::new() })
}

/// What the registration is after an event.
pub fn evolve(state: State, event: &CommerceEvent) -> State {
    match event {
        CommerceEvent::MerchantRegistered(merchant) => {
            let registered = RegisteredMerchant::new(merchant.clone(), state.registered());
            state.register(registered)
        }
        CommerceEvent::MerchantRevised(merchant) => {
            state.change(|registered| registered.declared_anew(merchant.clone()))
        }
        CommerceEvent::MerchantInspected(inspection) => state.change(|registered| RegisteredMerchant {
            inspected: Some(inspection.clone()),
            failed: !inspection.passed,
            ..registered
        }),
        CommerceEvent::ElderPriceAgreed(agreed) => {
            state.change(|registered| RegisteredMerchant { agreed: Some(agreed.clone()), ..registered })
        }
        CommerceEvent::MerchantSuspended(MerchantSuspended { reason }) => state.suspend(reason),
        CommerceEvent::MerchantResumed(_) => state.resume(),
        CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason }) => state.withdraw(reason),
        CommerceEvent::MerchantMovedIn(moved) => {
            state.register(RegisteredMerchant::new(moved.registration.clone(), None))
        }
        CommerceEvent::MerchantMovedOut(MovedOut { transferred_to }) => state.transfer(*transferred_to),
    }
}

/// Whether the last inspection was failed: a merchant said without one leaves what was known.
fn still_failed(declared: &Merchant, before: bool) -> bool {
    declared.inspection.as_ref().map_or(before, |inspection| !inspection.passed)
}

/// The merchant, if what it says can be so.
fn sound(merchant: Merchant, context: &Context) -> Result<Merchant, Refusal> {
    match merchant.inspection.as_ref().and_then(|inspection| inspection.on) {
        Some(on) if on > context.today => Err(Refusal::InspectionInFuture { on }),
        Some(_) | None => Ok(merchant),
    }
}

fn hand_in(state: &State, merchant: Merchant) -> Result<Vec<CommerceEvent>, Refusal> {
    match state.listed()? {
        None => Ok(vec![CommerceEvent::MerchantRegistered(merchant)]),
        Some(registered) => {
            let known = registered.kept_recorded(registered.declared.clone());
            revised_unless_same(&known, registered.kept_recorded(merchant))
        }
    }
}

fn inspect(
    registered: &RegisteredMerchant,
    on: NaiveDate,
    passed: bool,
    context: &Context,
) -> Result<Vec<CommerceEvent>, Refusal> {
    if on > context.today {
        return Err(Refusal::InspectionInFuture { on });
    }
    match registered.merchant().inspection.and_then(|inspection| inspection.on) {
        Some(known) if on < known => Err(Refusal::InspectionOutOfOrder { on, known }),
        Some(_) | None => Ok(vec![CommerceEvent::MerchantInspected(Inspection { on: Some(on), passed })]),
    }
}

/// No event when nothing but where it came from would change.
fn revised_unless_same(known: &Merchant, merchant: Merchant) -> Result<Vec<CommerceEvent>, Refusal> {
    let same = Merchant { source: known.source.clone(), ..merchant.clone() } == *known;
    Ok(if same { Vec::new() } else { vec![CommerceEvent::MerchantRevised(merchant)] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{Audience, Category, Eligibility};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn merchant() -> Merchant {
        Merchant {
            meals_a_day: Some(150),
            eligibility: Eligibility { audiences: vec![Audience::All], ..Eligibility::default() },
            ..Merchant::named("北张各庄老年食堂", Category("助餐".into()), "130306105259".parse().unwrap())
        }
    }

    fn with_inspection(on: &str, passed: bool) -> Merchant {
        Merchant { inspection: Some(Inspection { on: Some(day(on)), passed }), ..merchant() }
    }

    fn registered(merchant: Merchant) -> CommerceEvent {
        CommerceEvent::MerchantRegistered(merchant)
    }

    fn revised(merchant: Merchant) -> CommerceEvent {
        CommerceEvent::MerchantRevised(merchant)
    }

    fn inspected(on: &str, passed: bool) -> CommerceEvent {
        CommerceEvent::MerchantInspected(Inspection { on: Some(day(on)), passed })
    }

    fn agreed(price_fen: u32) -> CommerceEvent {
        CommerceEvent::ElderPriceAgreed(ElderPriceAgreed { price_fen })
    }

    fn suspended() -> CommerceEvent {
        CommerceEvent::MerchantSuspended(MerchantSuspended { reason: "修路".into() })
    }

    fn resumed() -> CommerceEvent {
        CommerceEvent::MerchantResumed(MerchantResumed { reason: None })
    }

    fn withdrawn() -> CommerceEvent {
        CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: "歇业".into() })
    }

    fn given(events: &[CommerceEvent]) -> State {
        events.iter().fold(State::default(), evolve)
    }

    #[track_caller]
    fn check(given_events: &[CommerceEvent], when: Command, then: Result<Vec<CommerceEvent>, Refusal>) {
        let context = Context { today: day("2026-11-23") };
        assert_eq!(decide(&given(given_events), when, &context), then);
    }

    #[track_caller]
    fn stands(events: &[CommerceEvent], expected: Situation) {
        assert_eq!(situation(&given(events)), Some(expected));
    }

    fn inspect_on(on: &str, passed: bool) -> Command {
        Command::RecordInspection { on: day(on), passed }
    }

    fn resume() -> Command {
        Command::Resume { reason: None }
    }

    #[test]
    fn a_merchant_is_registered_suspended_resumed_and_withdrawn_as_its_standing_allows() {
        use StandingRefusal::{AlreadyRegistered, AlreadySuspended, NotRegistered, NotSuspended, Withdrawn};
        let (open, closed) = ([registered(merchant())], [registered(merchant()), suspended()]);
        let (gone, gone_closed) =
            ([registered(merchant()), withdrawn()], [registered(merchant()), suspended(), withdrawn()]);
        let suspend = || Command::Suspend { reason: "修路".into() };
        let withdraw = || Command::Withdraw { reason: "歇业".into() };
        let price = || Command::AgreeElderPrice { price_fen: 800 };
        let no = |refusal| Err(Refusal::Standing(refusal));
        let ended = || Withdrawn { reason: "歇业".into() };
        for (given, when, then) in [
            (&[][..], Command::Register(merchant()), Ok(vec![registered(merchant())])),
            (&[], Command::Revise(merchant()), no(NotRegistered)),
            (&[], inspect_on("2026-11-20", true), no(NotRegistered)),
            (&[], resume(), no(NotRegistered)),
            (&open, Command::Register(merchant()), no(AlreadyRegistered)),
            (&open, suspend(), Ok(vec![suspended()])),
            (&open, resume(), no(NotSuspended)),
            (&closed, suspend(), no(AlreadySuspended { reason: "修路".into() })),
            (&closed, resume(), Ok(vec![resumed()])),
            (&closed, withdraw(), Ok(vec![withdrawn()])),
            (&gone, Command::Revise(merchant()), no(ended())),
            (&gone, inspect_on("2026-11-20", true), no(ended())),
            (&gone, price(), no(ended())),
            (&gone, withdraw(), no(ended())),
            (&gone, Command::HandIn(merchant()), Ok(vec![registered(merchant())])),
            (&gone_closed, Command::HandIn(merchant()), Ok(vec![registered(merchant())])),
        ] {
            check(given, when, then);
        }
        stands(&[gone_closed.as_slice(), &[registered(merchant())]].concat(), Situation::Trading);
    }

    #[test]
    fn a_failed_inspection_suspends_and_a_passed_one_lifts_it() {
        let open = [registered(merchant())];
        check(&open, inspect_on("2026-11-20", false), Ok(vec![inspected("2026-11-20", false)]));
        let closed = [registered(merchant()), inspected("2026-11-20", false)];
        stands(&closed, Situation::SuspendedByInspection);
        check(&closed, resume(), Err(Refusal::InspectionNotPassed));
        check(&closed, inspect_on("2026-11-22", true), Ok(vec![inspected("2026-11-22", true)]));
        let after = [closed.as_slice(), &[inspected("2026-11-22", true)]].concat();
        stands(&after, Situation::Trading);
    }

    #[test]
    fn a_merchant_registered_with_a_failed_inspection_is_registered_and_suspended() {
        let failed = with_inspection("2026-07-06", false);
        check(&[], Command::HandIn(failed.clone()), Ok(vec![registered(failed.clone())]));
        stands(&[registered(failed)], Situation::SuspendedByInspection);
    }

    #[test]
    fn a_list_that_leaves_the_inspection_out_lifts_nothing() {
        let events = [registered(with_inspection("2026-07-06", false)), revised(merchant())];
        stands(&events, Situation::SuspendedByInspection);
        let passed = [events.as_slice(), &[revised(with_inspection("2026-08-06", true))]].concat();
        stands(&passed, Situation::Trading);
    }

    #[test]
    fn withdrawing_and_registering_again_does_not_evade_an_inspection() {
        let gone = [registered(merchant()), inspected("2026-11-20", false), withdrawn()];
        check(&gone, Command::HandIn(merchant()), Ok(vec![registered(merchant())]));
        stands(&[gone.as_slice(), &[registered(merchant())]].concat(), Situation::SuspendedByInspection);
        let closed = [registered(merchant()), suspended(), inspected("2026-11-20", false), withdrawn()];
        let back = [closed.as_slice(), &[registered(merchant()), inspected("2026-11-21", true)]].concat();
        stands(&back, Situation::Trading);
    }

    #[test]
    fn a_clerks_suspension_outlives_an_inspection() {
        let both = [registered(merchant()), suspended(), inspected("2026-11-20", false)];
        stands(&both, Situation::SuspendedByInspection);
        check(
            &both,
            Command::Suspend { reason: "修路".into() },
            Err(StandingRefusal::AlreadySuspended { reason: "修路".into() }.into()),
        );
        let passed = [both.as_slice(), &[inspected("2026-11-21", true)]].concat();
        stands(&passed, Situation::Suspended);
        check(&passed, resume(), Ok(vec![resumed()]));
        stands(&[passed.as_slice(), &[resumed()]].concat(), Situation::Trading);
    }

    #[test]
    fn an_inspection_is_neither_to_come_nor_older_than_the_last() {
        let on_file = [registered(with_inspection("2026-07-06", true))];
        let future = || Refusal::InspectionInFuture { on: day("2026-11-24") };
        check(&on_file, inspect_on("2026-11-24", true), Err(future()));
        check(&[], Command::HandIn(with_inspection("2026-11-24", true)), Err(future()));
        let older = Refusal::InspectionOutOfOrder { on: day("2026-07-05"), known: day("2026-07-06") };
        check(&on_file, inspect_on("2026-07-05", true), Err(older));
        check(&on_file, inspect_on("2026-07-06", false), Ok(vec![inspected("2026-07-06", false)]));
    }

    #[test]
    fn an_agreed_price_may_be_nothing_a_meal_for_free() {
        let open = [registered(merchant())];
        check(&open, Command::AgreeElderPrice { price_fen: 800 }, Ok(vec![agreed(800)]));
        check(&open, Command::AgreeElderPrice { price_fen: 0 }, Ok(vec![agreed(0)]));
        let free = Merchant { elder_price_fen: Some(0), ..merchant() };
        check(&[], Command::Register(free.clone()), Ok(vec![registered(free)]));
    }

    #[test]
    fn a_suspended_merchant_can_be_revised_inspected_and_given_a_price() {
        let closed = [registered(merchant()), suspended()];
        let other = Merchant { meals_a_day: Some(90), ..merchant() };
        check(&closed, Command::Revise(other.clone()), Ok(vec![revised(other)]));
        check(&closed, inspect_on("2026-11-20", true), Ok(vec![inspected("2026-11-20", true)]));
        check(&closed, Command::AgreeElderPrice { price_fen: 800 }, Ok(vec![agreed(800)]));
    }

    #[test]
    fn a_list_with_an_older_inspection_does_not_take_a_recorded_one_back() {
        let listed = with_inspection("2026-07-06", true);
        let on_file = [registered(listed.clone()), inspected("2026-11-20", false), agreed(800)];
        check(&on_file, Command::HandIn(listed.clone()), Ok(vec![]));
        let fewer_meals = Merchant { meals_a_day: Some(90), ..listed };
        let kept = revised(Merchant {
            meals_a_day: Some(90),
            elder_price_fen: Some(800),
            ..with_inspection("2026-11-20", false)
        });
        check(&on_file, Command::HandIn(fewer_meals.clone()), Ok(vec![kept.clone()]));
        let after = [on_file.as_slice(), &[kept]].concat();
        check(&after, Command::HandIn(fewer_meals), Ok(vec![]));
        stands(&after, Situation::SuspendedByInspection);
    }

    fn elsewhere() -> RegistrationId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn arrival(registration: Merchant) -> MovedIn<Merchant> {
        MovedIn {
            transferred_from: "13032200-0000-8000-8000-000000000001".parse().unwrap(),
            first_registered_at: "2019-05-16T16:00:00Z".parse().unwrap(),
            registration,
            retracted: Vec::new(),
        }
    }

    #[test]
    fn a_merchant_that_moves_takes_its_inspection_its_price_its_suspension_and_its_first_day_along() {
        let first = Merchant { registered_on: Some(day("2019-05-17")), ..merchant() };
        let since = [inspected("2026-11-20", false), agreed(800), suspended()];
        let before = given(&[[registered(first)].as_slice(), &since].concat());
        let declared = Merchant {
            village: "130322103222".parse().unwrap(),
            elder_price_fen: Some(800),
            ..with_inspection("2026-11-20", false)
        };
        let declared_later = Merchant { registered_on: Some(day("2026-11-23")), ..declared.clone() };
        let opened = Merchant { registered_on: Some(day("2019-05-17")), ..declared };
        let events = move_in(&before, arrival(declared_later));
        let expected = [[CommerceEvent::MerchantMovedIn(arrival(opened.clone()))].as_slice(), &since].concat();
        assert_eq!(events, expected);
        assert_eq!(given(&events), before.change(|known| known.declared_anew(opened)));
    }

    #[test]
    fn a_merchant_that_moved_is_left_once_and_nothing_more_happens_to_it() {
        let left = CommerceEvent::MerchantMovedOut(MovedOut { transferred_to: elsewhere() });
        let open = given(&[registered(merchant())]);
        assert_eq!(move_out(&open, elsewhere()), Ok(vec![left.clone()]));
        let gone = evolve(open, &left);
        assert_eq!(situation(&gone), Some(Situation::MovedOut));
        assert_eq!(move_out(&gone, elsewhere()), Ok(vec![]));
        let events = [registered(merchant()), left];
        let refused = || Err(Refusal::Standing(StandingRefusal::Transferred { to: elsewhere() }));
        for command in
            [Command::HandIn(merchant()), Command::Revise(merchant()), Command::Suspend { reason: "修路".into() }]
        {
            check(&events, command, refused());
        }
    }

    #[test]
    fn a_merchant_does_not_evade_a_failed_inspection_by_moving() {
        let before = given(&[registered(with_inspection("2026-07-06", false)), revised(merchant())]);
        assert_eq!(situation(&before), Some(Situation::SuspendedByInspection));
        let opened = given(&move_in(&before, arrival(merchant())));
        assert_eq!(situation(&opened), Some(Situation::SuspendedByInspection));
    }
}
