//! An operation that is prepared is answered as the executor answers it, byte by byte.

use super::county;
use crate::Graph;
use crate::execution;
use crate::http::to_text;
use crate::testing::{VILLAGE, answered, asked_twice};
use async_graphql::parser::types::{BaseType, FieldDefinition, ServiceDocument, Type, TypeKind, TypeSystemDefinition};
use async_graphql::{Request, Variables};
use chassis::http::Lang;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What of these types the executor must answer: what has arguments, a context, or must be read.
const FOR_THE_EXECUTOR: [&str; 9] = [
    "Area.children",
    "AvailableServiceConnection.elsewhereInTown",
    "Resource.isOpen",
    "Resource.licence",
    "Resource.provenance",
    "Resource.sameProvider",
    "Resource.sources",
    "Resource.status",
    "Resource.versions",
];

struct Sdl(BTreeMap<String, Vec<FieldDefinition>>);

impl Sdl {
    fn read() -> Sdl {
        let ServiceDocument { definitions } = async_graphql::parser::parse_schema(execution::sdl()).unwrap();
        let objects = definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(of) => match of.node.kind {
                TypeKind::Object(object) => {
                    let fields = object.fields.into_iter().map(|field| field.node).collect();
                    Some((of.node.name.node.to_string(), fields))
                }
                _ => None,
            },
            _ => None,
        });
        Sdl(objects.collect())
    }

    /// Everything of a type, so many levels down, and of objects at the end their `__typename`.
    fn all(&self, of: &str, depth: usize) -> String {
        let Some(fields) = self.0.get(of) else { return String::new() };
        let plain = fields.iter().filter(|field| field.arguments.is_empty());
        let told = plain.filter(|field| {
            let name = field.name.node.as_str();
            !FOR_THE_EXECUTOR.contains(&format!("{of}.{name}").as_str())
        });
        let asked = told.filter_map(|field| {
            let (name, inner) = (&field.name.node, named(&field.ty.node));
            match (self.0.contains_key(inner), depth) {
                (false, _) => Some(name.to_string()),
                (true, 0) => None,
                (true, _) => Some(format!("{name} {}", self.all(inner, depth - 1))),
            }
        });
        format!("{{ __typename {} }}", asked.collect::<Vec<_>>().join(" "))
    }
}

fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

async fn asked(directory: &Graph, query: &str) -> (String, Option<String>) {
    asked_twice(directory, || Request::new(query)).await
}

#[tokio::test]
async fn whatever_is_told_from_its_object_alone_is_written_as_the_executor_writes_it() {
    let (tale, sdl) = (county(), Sdl::read());
    let question = format!("availableServices(community: \"{VILLAGE}\", includeNo: true, audience: ALL)");
    for (path, of) in [
        (&[][..], "AvailableServiceConnection"),
        (&["edges"], "AvailableServiceEdge"),
        (&["edges", "node"], "Resource"),
        (&["nodes"], "Resource"),
        (&["nodes", "provider"], "Organization"),
        (&["nodes", "area"], "Area"),
    ] {
        let directory = tale.directory();
        let mut left = BTreeSet::new();
        for field in &sdl.0[of] {
            let name = field.name.node.as_str();
            let mut asked_for = format!("{name} {}", sdl.all(named(&field.ty.node), 2));
            for around in path.iter().rev() {
                asked_for = format!("{around} {{ {asked_for} }}");
            }
            let (executed, written) = asked(&directory, &format!("{{ {question} {{ {asked_for} }} }}")).await;
            assert!(!executed.contains("\"errors\""), "{executed}");
            match written {
                Some(written) => assert_eq!(written, executed),
                None => drop(left.insert(format!("{of}.{name}"))),
            }
        }
        let expected = FOR_THE_EXECUTOR.iter().filter(|left| left.starts_with(&format!("{of}.")));
        assert_eq!(left, expected.map(|left| (*left).to_owned()).collect());
    }
}

const DOCUMENT: &str = "query All($community: AreaCode!, $audience: Audience = CHILDREN, $person: PersonInput, $at: DateTime,
    $includeNo: Boolean, $category: String, $office: Office, $isOpen: Boolean, $homeVisits: Boolean, $orderBy: ServiceOrder = NEAREST,
    $first: Int, $after: String, $last: Int, $before: String, $asOf: DateTime, $asOfPosition: Position, $atLeast: Position) {
  here: availableServices(community: $community, audience: $audience, person: $person, at: $at, includeNo: $includeNo,
      category: $category, office: $office, isOpen: $isOpen, homeVisits: $homeVisits, orderBy: $orderBy, first: $first,
      after: $after, last: $last, before: $before, asOf: $asOf, asOfPosition: $asOfPosition, atLeast: $atLeast) {
    ...Page facets { categories { category count } towns { area { ...Place } } } position at
  }
  else: availableServices(community: \"130306\", person: { conditions: [LIVES_ALONE] }, audience: $audience) { ...Page }
}
fragment Page on AvailableServiceConnection {
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } community { ...Place } askedAs { ...Place }
  edges { cursor verdict isOpen nearness reachedBy { ...Place } reasons { code message needs { field areas { code } message } }
    node { id name ... on Resource { name category } provider { ... { id name } } } }
}
fragment Place on Area { code name level path { name } }
query Other { position }";

/// Values that clients give, and values that they should not.
fn values() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let given = |values: Vec<Value>| proptest::option::of(proptest::sample::select(values));
    let person = prop_oneof![
        4 => (0..120_i32, proptest::option::of(proptest::sample::select(vec!["FEMALE", "MALE"])))
            .prop_map(|(age, sex)| json!({ "age": age, "sex": sex })),
        1 => Just(json!({ "age": 70, "terms": [{ "condition": "DISABLED", "until": "2026-01-01" }] })),
        1 => Just(json!({ "age": 70, "terms": [{ "condition": "DISABLED", "unheard": 1 }] })),
        1 => Just(json!({ "age": 70, "unheard": true })),
        1 => Just(json!({ "conditions": ["LIVES_ALONE"], "notConditions": "LIVES_ALONE" })),
        1 => Just(json!({ "age": "seventy" })),
        1 => Just(json!([])),
        1 => Just(Value::Null),
    ];
    let where_and_whom = (
        proptest::sample::select(vec![
            json!(VILLAGE),
            json!("130306100"),
            json!("130323"),
            json!("1"),
            json!(130306),
            Value::Null,
        ]),
        given(vec![json!("ELDERS"), json!("ALL"), json!("all"), Value::Null]),
        proptest::option::of(person),
        given(vec![json!("2026-03-02T11:00:00+08:00"), json!("2031-01-01T00:00:00Z"), json!("yesterday"), Value::Null]),
    );
    let filters = (
        given(vec![json!(true), json!(false), Value::Null, json!(1)]),
        given(vec![json!("助餐"), json!(""), json!(3)]),
        given(vec![json!("CLINIC"), json!("COMMERCE"), json!("MINE")]),
        given(vec![json!(true), json!(false)]),
        given(vec![json!(true), json!(false)]),
        given(vec![json!("CATEGORY"), json!("NEAREST"), Value::Null]),
    );
    let page = (
        given(vec![json!(1), json!(2), json!(0), json!(-1), json!(1000), json!(1001), json!(1.5), json!("2")]),
        given(vec![json!("bmVhcg"), json!("%"), Value::Null]),
        given(vec![json!(1), json!(-1)]),
        given(vec![json!("bmVhcg")]),
    );
    let when = (
        given(vec![json!("2026-03-01T00:00:00Z"), json!("2020-01-01T00:00:00Z"), Value::Null]),
        given(vec![json!("nowhere"), Value::Null]),
        given(vec![json!("nowhere"), Value::Null]),
        any::<bool>(),
    );
    (where_and_whom, filters, page, when).prop_map(|(one, two, three, (as_of, as_of_position, at_least, is_plain))| {
        let (community, audience, person, at) = one;
        let (include_no, category, office, is_open, home_visits, order_by) = two;
        let (first, after, last, before) = three;
        let all = [
            ("community", Some(community)),
            ("audience", audience),
            ("person", person),
            ("at", at),
            ("includeNo", include_no),
            ("category", category),
            ("office", office),
            ("isOpen", is_open),
            ("homeVisits", home_visits),
            ("orderBy", order_by),
        ];
        // Most of the rest is refused, and would hide what is not.
        let rest = [
            ("first", first),
            ("after", after),
            ("last", last),
            ("before", before),
            ("asOf", as_of),
            ("asOfPosition", as_of_position),
            ("atLeast", at_least),
        ];
        let rest = rest.into_iter().filter(|_| !is_plain);
        all.into_iter().chain(rest).filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_given_for_the_variables_of_a_prepared_operation_is_answered_or_refused_as_by_the_executor(
        given in values(),
        in_english: bool,
    ) {
        thread_local! {
            static DIRECTORY: Graph = county().directory();
            static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        }
        let request = |variables: Value| {
            let lang = if in_english { Lang::En } else { Lang::Zh };
            Request::new(DOCUMENT).variables(Variables::from_json(variables)).data(lang)
        };
        let named = |variables: Value| request(variables).operation_name("All");
        let (executed, told) = DIRECTORY.with(|directory| RUNTIME.with(|runtime| runtime.block_on(async {
            drop(answered(directory, named(json!({ "community": VILLAGE })), None).await);
            let executed = to_text(&directory.execute(named(json!(given)), None).await);
            (executed, answered(directory, named(json!(given)), None).await)
        })));
        match told {
            Ok(text) => prop_assert_eq!(text, executed),
            Err(response) => {
                prop_assert!(executed.contains("\"errors\""), "it need not be executed: {}", executed);
                prop_assert_eq!(to_text(&response), executed);
            }
        }
    }
}

#[tokio::test]
async fn what_the_executor_must_answer_is_left_to_it() {
    let question = format!("availableServices(community: \"{VILLAGE}\")");
    for document in [
        "{ position }".to_owned(),
        format!("{{ {question} {{ totalCount @include(if: true) }} }}"),
        format!("{{ {question} {{ ... on AvailableServiceConnection @skip(if: false) {{ totalCount }} }} }}"),
        format!("{{ {question} {{ nodes {{ ... on Node {{ id }} }} }} }}"),
        format!("{{ {question} {{ nodes {{ versions {{ status }} }} }} }}"),
        format!("{{ {question} {{ totalCount }} position }}"),
        format!("{{ __typename {question} {{ totalCount }} }}"),
    ] {
        let (executed, written) = asked(&county().directory(), &document).await;
        assert!(written.is_none() && executed.starts_with("{\"data\":"), "{document} {executed}");
    }
    // What is refused is not prepared, and stays refused.
    let refused = format!("{{ {question} {{ unheard }} }}");
    let (executed, written) = asked(&county().directory(), &refused).await;
    assert!(written.is_none() && executed.contains("\"errors\""));
}

#[tokio::test]
async fn what_a_question_costs_is_bounded_as_by_the_executor() {
    let directory = county().directory();
    let all = Sdl::read().all("AvailableServiceConnection", 2);
    let document =
        format!("query ($first: Int) {{ availableServices(community: \"{VILLAGE}\", first: $first) {all} }}");
    let with = |first: i32| Request::new(&*document).variables(Variables::from_json(json!({ "first": first })));
    let (executed, written) = asked_twice(&directory, || with(10)).await;
    assert_eq!(written, Some(executed));
    let refused = answered(&directory, with(1000), None).await.unwrap_err();
    assert!(refused.is_err());
}
