//! What was retracted is told by nothing: not now, not of the past, not of what was put together of it.

use crate::testing::*;
use directory::projection::*;
use directory::scopes::Reads;
use proptest::prelude::*;
use schema::commerce::{CommerceEvent, Merchant};
use schema::decisions::{Compared, Comparison, DecisionEvent, Grounds, Level, MergeProposed, RegistrationsMerged};
use schema::finding::CellFinding;
use schema::hand_in::{Finding, HandInEvent, HandInReceived, RowFate, RowsSettled, SettledRow, Severity};
use schema::ids::HandInId;
use schema::registration::{Doubt, Quote};
use schema::resource::{
    Field, FieldProvenance, LosingValue, Resource, ResourceEvent, ResourceShown, RetractableField, Rule,
};
use schema::{Office, ResourceId, Stream};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Everything that the directory tells of what is here, as of some position.
fn everything(as_of: &str) -> [String; 4] {
    let resource = "name provider { name } phone phones address hours fees eligibilityNote
        provenance { field rule losing { value } }";
    let list = |name: &str, nodes: &str| format!("{name}(first: 9{as_of}) {{ nodes {{ {nodes} }} }}");
    let registration =
        "id name phones address fees hours creditCode doubts { column value reason } resource { name phones }";
    let merge = "id status members { name phones } evidence { comparison left right }";
    [
        format!("{{ {} }}", list("registrations", registration)),
        format!("{{ {} }}", list("resources", &format!("id {resource} versions {{ at resource {{ {resource} }} }}"))),
        format!(
            "{{ {} {} }}",
            list("mergeHistory", merge),
            list("handIns", "rows { nodes { row findings { value reason } } }")
        ),
        format!("{{ recentChanges(first: 200{as_of}) {{ nodes {{ kind name registrations {{ name }} }} }} }}"),
    ]
}

/// What a steward is told, latest and as of every position there was.
fn answers(tale: &Tale) -> Vec<[Value; 4]> {
    let directory = tale.directory();
    let tokens = tale.positions().into_iter().map(|position| format!(", asOfPosition: \"{}\"", position.token(LOG)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = |as_of: String| {
        everything(&as_of).map(|question| {
            let steward = caller(chassis::auth::Role::Steward, None);
            let answer = runtime.block_on(asked_by(&directory, &question, steward));
            assert_eq!(answer.get("errors"), None, "{answer}");
            answer
        })
    };
    [String::new()].into_iter().chain(tokens).map(asked).collect()
}

/// Words that no other registration and no other variant says.
fn name(n: u128, variant: u32) -> String {
    format!("第{n}家{variant}号店")
}

fn phone(n: u128, variant: u32) -> String {
    format!("+86335566{n}{variant}69")
}

fn address(n: u128, variant: u32) -> String {
    format!("滨河路{n}{variant}号")
}

fn discount(n: u128, variant: u32) -> String {
    format!("会员{n}{variant}折")
}

const FIELDS: [RetractableField; 4] =
    [RetractableField::Name, RetractableField::Phones, RetractableField::Address, RetractableField::Fees];

fn value(n: u128, field: RetractableField, variant: u32) -> String {
    match field {
        RetractableField::Name => name(n, variant),
        RetractableField::Phones => phone(n, variant),
        RetractableField::Address => address(n, variant),
        RetractableField::Fees => discount(n, variant),
        RetractableField::Provider
        | RetractableField::Eligibility
        | RetractableField::Hours
        | RetractableField::Documents
        | RetractableField::Licence => unreachable!("not said here"),
    }
}

fn said(n: u128, variant: u32) -> Merchant {
    Merchant {
        name: name(n, variant),
        phones: vec![phone(n, variant).parse().unwrap()],
        address: Some(address(n, variant)),
        elder_discount: Some(discount(n, variant)),
        doubts: vec![Doubt {
            column: "电话".to_owned(),
            value: Some(Quote::Said(format!("{}（本人）", phone(n, variant)))),
            code: CellFinding::InspectionResultUnknown.into(),
        }],
        ..merchant(n)
    }
}

/// A resource as a centre puts it together that has heard of no retraction.
fn shown(a: (u128, u32), b: (u128, u32)) -> Resource {
    let (of_a, of_b) = (said(a.0, a.1), said(b.0, b.1));
    let mut resource = resource(a.0);
    resource.name.clone_from(&of_a.name);
    resource.provider.name.clone_from(&of_a.name);
    resource.phones = of_a.phones.into_iter().chain(of_b.phones).collect();
    resource.address = of_a.address;
    resource.fees = Some(format!("老年人协议价8元；{}", discount(a.0, a.1)));
    let field = |field, value: String| FieldProvenance {
        field,
        winner: Some(registration(a.0)),
        rule: Rule::MostRecent,
        more_losing: 0,
        losing: vec![LosingValue { registration: registration(b.0), value: value.into() }],
    };
    if a.0 != b.0 {
        resource.sources.extend(crate::testing::resource(b.0).sources);
        resource.provenance = vec![
            field(Field::Name, of_b.name),
            field(Field::Address, address(b.0, b.1)),
            field(Field::Fees, format!("老年人协议价8元；{}", discount(b.0, b.1))),
        ];
    }
    resource
}

fn compared(a: (u128, u32), b: (u128, u32)) -> Grounds {
    let (left, right) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    let comparison = |comparison, of: fn(u128, u32) -> String| Comparison {
        comparison,
        level: Level::Similar,
        weight: 1.0,
        left: vec![Quote::Said(of(left.0, left.1))],
        right: vec![Quote::Said(of(right.0, right.1))],
    };
    let comparisons = vec![
        comparison(Compared::Name, name),
        comparison(Compared::Phones, |n, variant| format!("{}、+863350000000", phone(n, variant))),
        comparison(Compared::Address, address),
    ];
    Grounds { comparisons, ..grounds(rule()) }
}

fn received(number: u128) -> (HandInId, Told) {
    let id = HandInId(Uuid::from_u128((0x0013_0306 << 104) + number));
    let received = HandInReceived {
        id,
        office: Office::Commerce,
        list: "main".to_owned(),
        extent: schema::Extent::Whole,
        file: "commerce.csv".to_owned(),
        digest: String::new(),
        rows: 1,
        columns: Vec::new(),
        notes: Vec::new(),
    };
    (id, Told::of(Stream::HandIn(id).to_string(), &HandInEvent::HandInReceived(received)))
}

fn settled(id: HandInId, n: u128, quote: String) -> Told {
    let finding = Finding {
        column: Some("电话".to_owned()),
        value: Some(Quote::Said(quote.clone())),
        code: CellFinding::CategoryUnknown { category: quote }.into(),
        severity: Severity::Warning,
    };
    let row = SettledRow {
        row: 1,
        fate: RowFate::Registered,
        registration: Some(registration(n)),
        findings: vec![finding],
        mark: None,
    };
    Told::of(Stream::HandIn(id).to_string(), &HandInEvent::RowsSettled(RowsSettled { rows: vec![row] }))
}

#[derive(Clone, Debug)]
enum Happening {
    Say(u128, u32),
    Retract(u128, RetractableField),
    Show(u128, u128),
    Withdraw(u128),
    Propose(u128, u128),
    Merge(u128, u128),
    HandIn(u128),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = 1..=4_u128;
    let two = (one.clone(), one.clone());
    proptest::collection::vec(
        prop_oneof![
            5 => (one.clone(), 0..3_u32).prop_map(|(n, variant)| Happening::Say(n, variant)),
            4 => (one.clone(), proptest::sample::select(&FIELDS[..])).prop_map(|(n, field)| Happening::Retract(n, field)),
            4 => two.clone().prop_map(|(a, b)| Happening::Show(a, b)),
            1 => one.clone().prop_map(Happening::Withdraw),
            1 => two.clone().prop_map(|(a, b)| Happening::Propose(a, b)),
            2 => two.prop_map(|(a, b)| Happening::Merge(a, b)),
            2 => one.prop_map(Happening::HandIn),
        ],
        1..24,
    )
}

/// What was said so far, and what of it must be told by nothing.
#[derive(Default)]
struct Known {
    said: BTreeMap<u128, Vec<u32>>,
    hidden: BTreeSet<String>,
}

impl Known {
    fn now(&self, n: u128) -> Option<(u128, u32)> {
        self.said.get(&n).and_then(|variants| Some((n, *variants.last()?)))
    }

    fn both(&self, a: u128, b: u128) -> Option<[(u128, u32); 2]> {
        Some([self.now(a)?, self.now(b)?])
    }

    /// The events of a happening; none when nothing of it can be.
    fn tell(&mut self, happening: &Happening, step: usize) -> Vec<Told> {
        match happening {
            Happening::Say(n, variant) => {
                let merchant = said(*n, *variant);
                let is_first = !self.said.contains_key(n);
                self.said.entry(*n).or_default().push(*variant);
                vec![Told::commerce(
                    *n,
                    &match is_first {
                        true => CommerceEvent::MerchantRegistered(merchant),
                        false => CommerceEvent::MerchantRevised(merchant),
                    },
                )]
            }
            Happening::Retract(n, field) => {
                let Some(variants) = self.said.get(n) else { return Vec::new() };
                self.hidden.extend(variants.iter().map(|variant| value(*n, *field, *variant)));
                vec![retracted(*n, *field)]
            }
            Happening::Show(a, b) => {
                let revised = |[a, b]: [_; 2]| ResourceEvent::ResourceRevised(ResourceShown { resource: shown(a, b) });
                self.both(*a, *b).map(|both| Told::resource(&revised(both))).into_iter().collect()
            }
            Happening::Withdraw(n) => {
                let withdrawn = schema::resource::ResourceWithdrawn {
                    id: ResourceId::of(registration(*n)),
                    reason: schema::resource::NotShown::Withdrawn,
                };
                vec![Told::resource(&ResourceEvent::ResourceWithdrawn(withdrawn))]
            }
            Happening::Propose(a, b) | Happening::Merge(a, b) => {
                let Some([one, other]) = self.both(*a, *b).filter(|_| a != b) else { return Vec::new() };
                let (id, pair, grounds) = (merge_id(*a, *b), pair(*a, *b), compared(one, other));
                vec![Told::decision(&match happening {
                    Happening::Propose(..) => DecisionEvent::MergeProposed(MergeProposed { id, pair, grounds }),
                    _ => DecisionEvent::RegistrationsMerged(RegistrationsMerged { id, pair, grounds }),
                })]
            }
            Happening::HandIn(n) => {
                let Some((n, variant)) = self.now(*n) else { return Vec::new() };
                let (id, received) = received(step as u128 + 1);
                vec![received, settled(id, n, format!("{}找人", phone(n, variant)))]
            }
        }
    }

    /// What is told of a registration: the last said, unless that is hidden.
    fn is_shown(&self, n: u128, field: RetractableField) -> Option<String> {
        let (n, variant) = self.now(n)?;
        Some(value(n, field, variant)).filter(|value| !self.hidden.contains(value))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn nothing_that_was_retracted_is_in_any_answer_and_what_was_not_is(happenings in happenings()) {
        let (mut tale, mut known) = (Tale::default(), Known::default());
        for (step, happening) in happenings.iter().enumerate() {
            let before = tale.snapshot.moments.latest().clone();
            for told in known.tell(happening, step) {
                tale.tell(told);
            }
            if let Happening::Retract(..) = happening {
                prop_assert_eq!(&before, tale.snapshot.moments.latest(), "the counts stay");
            }
        }
        let answers = answers(&tale);
        for answer in answers.iter().flatten() {
            let text = answer.to_string();
            for hidden in &known.hidden {
                prop_assert!(!text.contains(hidden.as_str()), "{hidden} in {answer:#}");
            }
        }
        let latest = answers[0][0].to_string();
        for (n, field) in (1..=4).flat_map(|n| FIELDS.map(|field| (n, field))) {
            if let Some(value) = known.is_shown(n, field) {
                prop_assert!(latest.contains(&value), "{value} is not hidden and is missing in {latest}");
            }
        }
        prop_assert!(tale.rebuilt(None) == tale.snapshot);
    }
}

#[tokio::test]
async fn a_registration_says_what_of_it_was_retracted_and_who_follows_is_told() {
    let mut tale = Tale::of([Told::commerce(1, &CommerceEvent::MerchantRegistered(said(1, 0)))]);
    tale.tell(retracted(1, RetractableField::Phones));
    let query = format!(
        "{{ registration(id: \"{}\") {{ phones withheld {{ everything audience field reason }}
              retractions {{ field reason at by }} doubts {{ value code }} }}
            recentChanges(first: 1) {{ nodes {{ kind name }} }} }}",
        registration(1)
    );
    let seen = |by: Value, doubts: Value| {
        json!({
            "registration": {
                "phones": [],
                "withheld": [{ "everything": false, "audience": null, "field": "phones", "reason": "RETRACTED" }],
                "retractions": [
                    { "field": "phones", "reason": "PERSON_OBJECTED", "at": "2026-03-02T00:01:00+00:00", "by": by }
                ],
                "doubts": doubts,
            },
            "recentChanges": { "nodes": [{ "kind": "RETRACTED", "name": name(1, 0) }] },
        })
    };
    let directory = tale.directory();
    assert_eq!(asked(&directory, &query).await["data"], seen(Value::Null, Value::Null));
    let steward = caller(chassis::auth::Role::Steward, None);
    let doubts = json!([{ "value": "", "code": "RETRACTED" }]);
    assert_eq!(asked_by(&directory, &query, steward).await["data"], seen("wang".into(), doubts));
}

#[test]
fn what_another_registration_says_itself_is_still_shown() {
    let same = |n| Merchant { phones: vec![phone(1, 0).parse().unwrap()], ..said(n, 0) };
    let both = |n| Told::commerce(n, &CommerceEvent::MerchantRegistered(same(n)));
    let mut group = shown((1, 0), (2, 0));
    group.phones = vec![phone(1, 0).parse().unwrap()];
    let mut tale = Tale::of([both(1), both(2), published(group), retracted(1, RetractableField::Phones)]);
    let phones = |tale: &Tale| {
        let details = tale.snapshot.resources.iter(AsOf::Latest)[0].details.read(&tale.snapshot.segments).unwrap();
        (details.phones.len(), details.address.clone())
    };
    assert_eq!(phones(&tale), (1, Some(address(1, 0))));
    tale.tell(retracted(2, RetractableField::Phones));
    assert_eq!(phones(&tale), (0, Some(address(1, 0))));
}

#[test]
fn a_retraction_is_waited_for_until_the_centre_has_acted_on_it() {
    let mut tale = Tale::of([registered(1)]);
    tale.tell(through(tale.positions()[0]));
    let position = tale.tell(retracted(1, RetractableField::Phones));
    assert!(!tale.snapshot.has_settled(position, Reads::Everything));
    tale.tell(through(position));
    assert!(tale.snapshot.has_settled(position, Reads::Everything));
}

#[test]
fn a_retraction_that_cannot_be_read_or_is_of_nothing_known_is_refused_by_name() {
    let mut tale = Tale::of([registered(1)]);
    let newer = json!({ "registration": registration(1), "field": "phones", "reason": "because", "retracted_by": "w" });
    let shape = schema::Shape::of("ValueRetracted", 1);
    let refused = tale.tell_at(Told::newer("erasures-130306".to_owned(), &shape, &newer), start());
    assert!(matches!(refused, Err(Poison::Unreadable(_))), "{refused:?}");
    let refused = tale.tell_at(retracted(7, RetractableField::Phones), start());
    assert!(matches!(refused, Err(Poison::OutOfTheBlue { .. })), "{refused:?}");
}
