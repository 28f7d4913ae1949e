use super::*;
use crate::samples::{at, id, merchant};
use schema::commerce::{CommerceEvent, Merchant};
use schema::decisions::{Compared, Comparison, Level};

/// Two registrations of one canteen.
fn registry() -> Registry {
    let mut registry = Registry::default();
    registry.apply_areas(Arc::new(crate::matching::sample_areas()));
    for number in 1..=2 {
        let registered = CommerceEvent::MerchantRegistered(Merchant {
            phones: vec!["+863357163001".parse().unwrap()],
            address: Some("中心街12号".to_owned()),
            ..merchant("康乐老年食堂")
        });
        registry.apply_office(id(number), &OfficeEvent::Commerce(registered), at(1), None);
    }
    registry
}

fn compared(registry: &Registry, by: Compared) -> Comparison {
    let evidence = registry.judge([id(1), id(2)]).unwrap();
    evidence.comparisons.into_iter().find(|comparison| comparison.comparison == by).unwrap()
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
        registry.apply_retracted(id(1), field, RetractionReason::Ordered, None);
        // The divisions are applied with the first decision; until then nothing is read.
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
        registry.apply_retracted(id(number), RetractableField::Name, RetractionReason::Ordered, None);
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
    registry.apply_retracted(id(7), RetractableField::Phones, RetractionReason::Ordered, None);
    assert_eq!(registry.len(), 2);
    assert_eq!(registry.ever_said(id(7), RetractableField::Phones), None);
    assert_eq!(registry.ever_said(id(1), RetractableField::Fees), Some(false));
    registry.apply_retracted(id(1), RetractableField::Phones, RetractionReason::Ordered, None);
    assert_eq!(registry.ever_said(id(1), RetractableField::Phones), Some(true), "a repetition is no other answer");
}

fn named(number: u128, name: &str, revised: bool) -> OfficeEvent {
    // One of them gives no number; the others give different ones.
    let phones = (number > 1).then(|| format!("+86335{:07}", 7_000_000 + number * 37).parse().unwrap());
    let merchant = Merchant { phones: phones.into_iter().collect(), ..merchant(name) };
    OfficeEvent::Commerce(match revised {
        false => CommerceEvent::MerchantRegistered(merchant),
        true => CommerceEvent::MerchantRevised(merchant),
    })
}

fn decided(registry: &mut Registry) -> usize {
    let mut decided = 0;
    while let Some(due) = registry.decide() {
        match due {
            Due::Adopt { .. } => {}
            Due::Decide { events, .. } => decided += events.len(),
        }
    }
    decided
}

#[test]
fn what_too_many_share_tells_nothing_apart_until_fewer_share_it() {
    let mut registry = Registry::default();
    registry.apply_areas(Arc::new(crate::matching::sample_areas()));
    let one_too_many = u128::try_from(crate::matching::block::MOST).unwrap() + 1;
    for number in 1..=one_too_many {
        registry.apply_office(id(number), &named(number, "康乐老年食堂", false), at(1), None);
    }
    assert_eq!(decided(&mut registry), 0);
    assert!(registry.keys_too_common() > 0, "and it is said");
    registry.apply_office(id(one_too_many), &named(one_too_many, "长青理发店", true), at(2), None);
    assert!(decided(&mut registry) > 0, "those that share it are looked at again");
    assert_eq!(registry.keys_too_common(), 0);
}

#[test]
fn a_start_that_believes_a_checkpoint_still_looks_at_those_who_shared_what_too_many_shared_before() {
    let position = |at: u64| Position { commit: at, prepare: at };
    for (revised, expected) in [(false, 0), (true, 1)] {
        let mut registry = Registry::before_areas();
        let one_too_many = u128::try_from(crate::matching::block::MOST).unwrap() + 1;
        for number in 1..=one_too_many {
            registry.stand_at(position(u64::try_from(number).unwrap()));
            registry.apply_office(id(number), &named(number, "康乐老年食堂", false), at(1), None);
        }
        registry.apply_model(0, &Decisions::default().adopt().unwrap());
        if revised {
            registry.stand_at(position(900));
            registry.apply_office(id(one_too_many), &named(one_too_many, "长青理发店", true), at(2), None);
        }
        registry.apply_areas(Arc::new(crate::matching::sample_areas()));
        registry.vouched_up_to(position(800));
        assert_eq!(decided(&mut registry).min(1), expected);
    }
}

#[test]
fn divisions_that_say_nothing_new_of_where_a_registration_is_have_nobody_look_at_it() {
    use schema::areas::{Area, AreasEvent, AreasListed};
    let listed = |name: &str| {
        let area = |code: &str, name: &str, parent: &str| {
            let code: schema::AreaCode = code.parse().unwrap();
            Area { code, name: name.into(), level: code.level(), parent: parent.parse().ok() }
        };
        let areas = vec![
            area("130322000000", "昌黎县", "130300000000"),
            area("130322100000", "昌黎镇", "130322000000"),
            area("130322100201", name, "130322100000"),
        ];
        AreasEvent::AreasListed(AreasListed { scheme: schema::Scheme::default(), areas, part: None })
    };
    let mut registry = registry();
    let mut areas = crate::matching::sample_areas();
    decided(&mut registry);
    registry.publications();
    registry.settled();
    areas.apply(&listed("东庄村委会"));
    registry.apply_areas(Arc::new(areas.clone()));
    registry.refresh();
    assert!(registry.waiting.is_empty() && registry.dirty.is_empty(), "the neighbour's are not its own");
    registry.apply_office(id(3), &elsewhere(), at(3), None);
    decided(&mut registry);
    registry.settled();
    areas.apply(&listed("西庄村委会"));
    registry.apply_areas(Arc::new(areas));
    registry.refresh();
    assert_eq!(registry.waiting.keys().copied().collect::<Vec<_>>(), [id(3)], "what is there is");
}

/// One that serves a village of the neighbour.
fn elsewhere() -> OfficeEvent {
    let delivery = vec!["130322100201".parse().unwrap()];
    OfficeEvent::Commerce(CommerceEvent::MerchantRegistered(Merchant { delivery, ..merchant("同心家政") }))
}
