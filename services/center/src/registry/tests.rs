use super::*;
use crate::samples::{at, id, merchant};
use schema::commerce::{CommerceEvent, Merchant};
use schema::decisions::{Compared, Comparison, Level};

/// Two registrations of one canteen.
fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.take_areas(Arc::new(crate::matching::sample_areas()));
    for number in 1..=2 {
        let registered = CommerceEvent::MerchantRegistered(Merchant {
            phones: vec!["+863357163001".parse().unwrap()],
            address: Some("中心街12号".to_owned()),
            ..merchant("康乐老年食堂")
        });
        registry.take_office(id(number), &OfficeEvent::Commerce(registered), at(1), None);
    }
    registry
}

fn compared(registry: &Registry, by: Compared) -> Comparison {
    let verdict = registry.judge([id(1), id(2)]).unwrap();
    verdict.comparisons.into_iter().find(|comparison| comparison.comparison == by).unwrap()
}

#[test]
fn what_was_retracted_is_compared_no_more_and_joins_nothing() {
    for (field, by) in [
        (RetractableField::Name, Compared::Name),
        (RetractableField::Phones, Compared::Phones),
        (RetractableField::Address, Compared::Address),
    ] {
        let mut registry = registry();
        let before = compared(&registry, by);
        assert!(before.weight > 0.0 && !before.left.is_empty());
        registry.take_retracted(id(1), field, None);
        // The divisions are taken in with the first decision; until then nothing is read.
        while registry.decide().is_some() {}
        let after = compared(&registry, by);
        assert_eq!((after.level, after.weight, after.left), (Level::Missing, 0.0, Vec::new()), "{field:?}");
        assert_eq!(after.right, before.right, "{field:?}: the other says it still");
    }
}

#[test]
fn two_without_a_name_are_not_alike_for_that() {
    let mut registry = registry();
    for number in 1..=2 {
        registry.take_retracted(id(number), RetractableField::Name, None);
    }
    let mut decided = Vec::new();
    while let Some(due) = registry.decide() {
        match due {
            Due::Adopt { .. } => {}
            Due::Decide { events, .. } => decided.extend(events),
        }
    }
    assert!(!decided.iter().any(|event| matches!(event, DecisionEvent::RegistrationsMerged(_))), "{decided:?}");
    assert_eq!(compared(&registry, Compared::Name).level, Level::Missing);
}

#[test]
fn a_retraction_of_what_is_not_known_changes_nothing() {
    let mut registry = registry();
    registry.take_retracted(id(7), RetractableField::Phones, None);
    assert_eq!(registry.len(), 2);
    assert_eq!(registry.ever_said(id(7), RetractableField::Phones), None);
    assert_eq!(registry.ever_said(id(1), RetractableField::Fees), Some(false));
    registry.take_retracted(id(1), RetractableField::Phones, None);
    assert_eq!(registry.ever_said(id(1), RetractableField::Phones), Some(true), "a repetition is no other answer");
}
