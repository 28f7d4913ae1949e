//! What is made all at once, or told in numbers, is what it would be otherwise.

use super::*;
use schema::resource::{Field, FieldProvenance, LosingValue, Rule};

struct OneAfterTheOther;

impl Beside for OneAfterTheOther {
    fn both<A: Send, B: Send>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
        (one(), other())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn indexes_that_are_made_at_once_are_those_that_were_made_event_by_event(happenings in happenings(), cut in 0usize..40) {
        let mut tale = Tale::default();
        for (step, happening) in happenings.into_iter().enumerate() {
            tell(&mut tale, happening, step);
        }
        let mut snapshot = Snapshot::default();
        snapshot.index_later();
        if let Some(position) = tale.positions().get(cut) {
            tale.tell_on(&mut snapshot, Some(*position));
        }
        snapshot.index(&OneAfterTheOther);
        tale.tell_on(&mut snapshot, None);
        prop_assert!(snapshot == tale.snapshot);
    }

    #[test]
    fn why_a_field_has_its_value_is_read_as_it_was_told(
        told in proptest::collection::vec((0..Field::ALL.len(), 0..Rule::ALL.len(), proptest::option::of(1u128..5),
            proptest::collection::vec((1u128..5, any::<Option<String>>()), 0..3), any::<u32>()), 0..20),
    ) {
        let mut shown = group(&[1, 2]);
        shown.provenance = told.into_iter().map(|(field, rule, winner, losing, more_losing)| FieldProvenance {
            field: Field::ALL[field],
            winner: winner.map(registration),
            rule: Rule::ALL[rule],
            losing: losing.into_iter().map(|(n, value)| LosingValue { registration: registration(n), value: value.into() }).collect(),
            more_losing,
        }).collect();
        let mut tale = Tale::default();
        tale.tell(published(shown.clone()));
        let now = Arc::clone(tale.snapshot.resources.iter(AsOf::Latest)[0]);
        let details = now.details.read(&tale.snapshot.segments).unwrap();
        prop_assert_eq!(details.provenance(&now.resource.sources).unwrap(), shown.provenance);
    }
}
