//! How surely a clerk has to say that registrations which a list left out are withdrawn: the more they are, the more surely.
//! Pure.

use schema::RegistrationId;
use std::collections::BTreeSet;

/// Above so many, their number has to be typed.
const MANY: usize = 20;
/// Up to so many never need it.
const FEW: usize = 3;
/// Above one in so many of what the list has in force, it has to be typed too.
const ONE_IN: usize = 20;

/// What a clerk asks to be withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which, of those that the hand-in found absent.
    pub registrations: Vec<RegistrationId>,
    /// How many they are, as the clerk has typed it.
    pub count: Option<usize>,
}

/// What is asked is not certain enough.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsure {
    /// Nothing was chosen.
    #[error("no registration was chosen")]
    NothingChosen,
    /// One of them is not absent, or no longer.
    #[error("{0} is not absent")]
    NotAbsent(RegistrationId),
    /// So many are withdrawn only when their number is typed.
    #[error("the number of them, {chosen}, has to be said, not {said:?}")]
    Count {
        /// How many were chosen.
        chosen: usize,
        /// What was typed.
        said: Option<usize>,
    },
}

/// Whether the number has to be typed of so many out of what a list has in force.
pub fn is_counted(chosen: usize, in_force: usize) -> bool {
    chosen > MANY || (chosen > FEW && chosen.saturating_mul(ONE_IN) > in_force)
}

impl Withdrawal {
    /// Of all these, said with their number.
    pub fn counted(registrations: &[RegistrationId]) -> Withdrawal {
        Withdrawal { registrations: registrations.to_vec(), count: Some(registrations.len()) }
    }

    /// Whether it is as sure as it has to be, of a hand-in that left `absent` out of a list that has `in_force` in force.
    pub fn check(&self, absent: &[RegistrationId], in_force: usize) -> Result<(), Unsure> {
        if self.registrations.is_empty() {
            return Err(Unsure::NothingChosen);
        }
        let absent: BTreeSet<&RegistrationId> = absent.iter().collect();
        if let Some(other) = self.registrations.iter().find(|chosen| !absent.contains(chosen)) {
            return Err(Unsure::NotAbsent(*other));
        }
        let chosen: BTreeSet<&RegistrationId> = self.registrations.iter().collect();
        let (chosen, said) = (chosen.len(), self.count);
        let is_sure = match said {
            Some(count) => count == chosen,
            None => !is_counted(chosen, in_force),
        };
        if is_sure { Ok(()) } else { Err(Unsure::Count { chosen, said }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::{Office, Scope};

    fn absent(count: usize) -> Vec<RegistrationId> {
        let scope: Scope = "130306".parse().unwrap();
        (0..count).map(|number| RegistrationId::of_form(scope, Office::Clinic, &number.to_string())).collect()
    }

    #[test]
    fn the_more_are_withdrawn_the_more_surely_it_has_to_be_said() {
        for (chosen, in_force, counted) in [
            (1, 1, false),
            (3, 3, false),
            (4, 79, true),
            (4, 80, false),
            (20, 400, false),
            (20, 399, true),
            (21, 100_000, true),
            (766, 804, true),
        ] {
            assert_eq!(is_counted(chosen, in_force), counted, "{chosen} of {in_force}");
            let withdrawal = |count| Withdrawal { registrations: absent(chosen), count };
            let check = |count| withdrawal(count).check(&absent(chosen), in_force);
            assert_eq!(check(None).is_err(), counted, "{chosen} of {in_force}");
            assert_eq!(check(Some(chosen)), Ok(()));
            assert_eq!(check(Some(chosen + 1)), Err(Unsure::Count { chosen, said: Some(chosen + 1) }));
        }
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        let twice = [absent(2), absent(2)].concat();
        let check = |count| Withdrawal { registrations: twice.clone(), count }.check(&absent(2), 100);
        assert_eq!((check(None), check(Some(2))), (Ok(()), Ok(())));
        assert_eq!(check(Some(4)), Err(Unsure::Count { chosen: 2, said: Some(4) }));
    }

    #[test]
    fn only_what_is_absent_can_be_chosen_and_something_has_to_be() {
        let withdrawal = Withdrawal { registrations: absent(3), count: None };
        assert_eq!(withdrawal.check(&absent(2), 100), Err(Unsure::NotAbsent(absent(3)[2])));
        assert_eq!(Withdrawal::default().check(&absent(2), 100), Err(Unsure::NothingChosen));
    }
}
