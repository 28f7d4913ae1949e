//! The rules of erasing a person. Pure.

use chrono::NaiveDate;
use schema::PersonId;
use schema::erasures::{ErasureEvent, ErasureGround, Hold, KeyStoreAdopted, PersonErased, PersonErasureOrdered};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Every order, and the key store in use: a fold of one scope's [`ErasureEvent`]s, or of several scopes'.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasures {
    store: Option<Uuid>,
    orders: BTreeMap<PersonId, Order>,
}

/// The order to erase one person, as it stands after the latest word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Why.
    pub ground: ErasureGround,
    /// Who ordered it.
    pub ordered_by: String,
    /// Until when it must be kept.
    pub hold: Option<Hold>,
    carried_out: bool,
}

/// How far an order has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fulfilment {
    /// A law requires keeping until this day.
    Held(NaiveDate),
    /// To be carried out now.
    Due,
    /// Carried out.
    Erased,
}

/// What may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Erase a person, at once or when the hold is over. Ordered again while it is held, the latest hold counts.
    Order {
        /// Whom.
        person: PersonId,
        /// Why.
        ground: ErasureGround,
        /// Until when it must be kept.
        hold: Option<Hold>,
        /// The subject of a token.
        by: String,
    },
    /// The keys of a person are destroyed.
    Complete {
        /// Whose.
        person: PersonId,
    },
    /// Use a key store; in place of the one in use only if its loss was accepted.
    Adopt {
        /// The store's identity.
        store: Uuid,
        /// Whether another one may be given up.
        instead: bool,
    },
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A hold that is over holds nothing.
    #[error("the hold is over on {0}")]
    HoldIsOver(NaiveDate),
    /// The data cannot be kept any more: the order is due or carried out.
    #[error("the order can no longer be held back")]
    TooLate,
    /// Nobody ordered it.
    #[error("nobody has ordered that")]
    NotOrdered,
    /// A law requires keeping until this day.
    #[error("it is held until {0}")]
    Held(NaiveDate),
    /// Another key store is in use.
    #[error("the key store in use is {0}")]
    AnotherStore(Uuid),
}

impl Erasures {
    /// The key store in use.
    pub fn store(&self) -> Option<Uuid> {
        self.store
    }

    /// The order to erase a person, if there is one.
    pub fn order(&self, person: PersonId) -> Option<&Order> {
        self.orders.get(&person)
    }

    /// All orders, by person.
    pub fn orders(&self) -> impl Iterator<Item = (PersonId, &Order)> {
        self.orders.iter().map(|(person, order)| (*person, order))
    }
}

impl Order {
    /// How far it has come on a day.
    pub fn fulfilment(&self, today: NaiveDate) -> Fulfilment {
        match &self.hold {
            Some(_) | None if self.carried_out => Fulfilment::Erased,
            Some(hold) if today < hold.until => Fulfilment::Held(hold.until),
            Some(_) | None => Fulfilment::Due,
        }
    }
}

/// What follows from a command on a day. No event if everything is already as it wants it.
pub fn decide(erasures: &Erasures, command: Command, today: NaiveDate) -> Result<Vec<ErasureEvent>, Refusal> {
    match command {
        Command::Order { person, ground, hold, by } => order(erasures.order(person), person, ground, hold, by, today),
        Command::Complete { person } => {
            let order = erasures.order(person).ok_or(Refusal::NotOrdered)?;
            match order.fulfilment(today) {
                Fulfilment::Held(until) => Err(Refusal::Held(until)),
                Fulfilment::Due => Ok(vec![ErasureEvent::PersonErased(PersonErased { person })]),
                Fulfilment::Erased => Ok(Vec::new()),
            }
        }
        Command::Adopt { store, instead } => match erasures.store {
            Some(known) if known == store => Ok(Vec::new()),
            Some(known) if !instead => Err(Refusal::AnotherStore(known)),
            Some(_) | None => Ok(vec![ErasureEvent::KeyStoreAdopted(KeyStoreAdopted { store })]),
        },
    }
}

fn order(
    known: Option<&Order>,
    person: PersonId,
    ground: ErasureGround,
    hold: Option<Hold>,
    by: String,
    today: NaiveDate,
) -> Result<Vec<ErasureEvent>, Refusal> {
    if let Some(known) = known {
        match (known.fulfilment(today), &hold) {
            (Fulfilment::Due | Fulfilment::Erased, None) => return Ok(Vec::new()),
            (Fulfilment::Due | Fulfilment::Erased, Some(_)) => return Err(Refusal::TooLate),
            (Fulfilment::Held(_), _) if known.ground == ground && known.hold == hold => return Ok(Vec::new()),
            (Fulfilment::Held(_), _) => {}
        }
    }
    if let Some(over) = hold.as_ref().map(|hold| hold.until).filter(|until| *until <= today) {
        return Err(Refusal::HoldIsOver(over));
    }
    let ordered = PersonErasureOrdered { person, ground, ordered_by: by, hold };
    Ok(vec![ErasureEvent::PersonErasureOrdered(ordered)])
}

/// The state after an event.
pub fn evolve(mut erasures: Erasures, event: &ErasureEvent) -> Erasures {
    match event {
        ErasureEvent::KeyStoreAdopted(adopted) => erasures.store = Some(adopted.store),
        ErasureEvent::PersonErasureOrdered(ordered) => {
            let PersonErasureOrdered { person, ground, ordered_by, hold } = ordered.clone();
            let carried_out = erasures.orders.get(&person).is_some_and(|known| known.carried_out);
            erasures.orders.insert(person, Order { ground, ordered_by, hold, carried_out });
        }
        ErasureEvent::PersonErased(erased) => {
            if let Some(order) = erasures.orders.get_mut(&erased.person) {
                order.carried_out = true;
            }
        }
        // About what was public; no key is destroyed for it.
        ErasureEvent::ValueRetracted(_) => {}
    }
    erasures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn whom() -> PersonId {
        "13030600-0000-8000-8000-000000000001".parse().unwrap()
    }

    fn to_order(hold: Option<&str>) -> Command {
        let hold = hold.map(|until| Hold { until: day(until), law: "档案法".to_owned() });
        Command::Order { person: whom(), ground: ErasureGround::PersonRequested, hold, by: "admin".to_owned() }
    }

    /// The state after commands on days, each of which must be allowed.
    fn after(commands: &[(&str, Command)]) -> Erasures {
        commands.iter().fold(Erasures::default(), |state, (today, command)| {
            decide(&state, command.clone(), day(today)).unwrap().iter().fold(state, evolve)
        })
    }

    fn fulfilment(erasures: &Erasures, today: &str) -> Fulfilment {
        erasures.order(whom()).unwrap().fulfilment(day(today))
    }

    #[test]
    fn an_order_is_due_at_once_and_erased_when_completed() {
        let ordered = after(&[("2026-03-01", to_order(None))]);
        assert_eq!(fulfilment(&ordered, "2026-03-01"), Fulfilment::Due);
        let done = after(&[("2026-03-01", to_order(None)), ("2026-03-01", Command::Complete { person: whom() })]);
        assert_eq!(fulfilment(&done, "2026-03-01"), Fulfilment::Erased);
        assert_eq!(decide(&done, Command::Complete { person: whom() }, day("2026-03-02")), Ok(Vec::new()));
        assert_eq!(decide(&done, to_order(None), day("2026-03-02")), Ok(Vec::new()));
    }

    #[test]
    fn an_order_under_a_hold_waits_and_is_due_on_its_day() {
        let held = after(&[("2026-03-01", to_order(Some("2026-06-01")))]);
        assert_eq!(fulfilment(&held, "2026-05-31"), Fulfilment::Held(day("2026-06-01")));
        let complete = || Command::Complete { person: whom() };
        assert_eq!(decide(&held, complete(), day("2026-05-31")), Err(Refusal::Held(day("2026-06-01"))));
        assert_eq!(fulfilment(&held, "2026-06-01"), Fulfilment::Due);
        assert_eq!(decide(&held, complete(), day("2026-06-01")).unwrap().len(), 1);
    }

    #[test]
    fn the_latest_hold_counts_until_the_order_is_due() {
        let longer =
            after(&[("2026-03-01", to_order(Some("2026-06-01"))), ("2026-04-01", to_order(Some("2027-01-01")))]);
        assert_eq!(fulfilment(&longer, "2026-06-01"), Fulfilment::Held(day("2027-01-01")));
        let lifted = after(&[("2026-03-01", to_order(Some("2026-06-01"))), ("2026-04-01", to_order(None))]);
        assert_eq!(fulfilment(&lifted, "2026-04-01"), Fulfilment::Due);
        let held = after(&[("2026-03-01", to_order(Some("2026-06-01")))]);
        assert_eq!(decide(&held, to_order(Some("2027-01-01")), day("2026-06-01")), Err(Refusal::TooLate));
        assert_eq!(decide(&held, to_order(Some("2026-06-01")), day("2026-04-01")), Ok(Vec::new()), "said before");
    }

    #[test]
    fn what_is_over_or_not_ordered_is_refused() {
        let nothing = Erasures::default();
        let today = day("2026-03-01");
        assert_eq!(decide(&nothing, to_order(Some("2026-03-01")), today), Err(Refusal::HoldIsOver(today)));
        assert_eq!(decide(&nothing, Command::Complete { person: whom() }, today), Err(Refusal::NotOrdered));
    }

    #[test]
    fn one_key_store_is_in_use_until_its_loss_is_accepted() {
        let adopt = |number, instead| Command::Adopt { store: Uuid::from_u128(number), instead };
        let adopted = after(&[("2026-03-01", adopt(1, false)), ("2026-03-01", adopt(1, false))]);
        assert_eq!(adopted.store(), Some(Uuid::from_u128(1)));
        let refused = decide(&adopted, adopt(2, false), day("2026-03-01"));
        assert_eq!(refused, Err(Refusal::AnotherStore(Uuid::from_u128(1))));
        let replaced = after(&[("2026-03-01", adopt(1, false)), ("2026-03-01", adopt(2, true))]);
        assert_eq!(replaced.store(), Some(Uuid::from_u128(2)));
    }
}
