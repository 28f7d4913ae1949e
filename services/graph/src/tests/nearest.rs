//! The nearest first, what there is of each kind, and what the town has that the village has not.

use crate::testing::{Tale, Told, asked, code, every_day, published, resource};
use proptest::prelude::{ProptestConfig, Strategy, any, proptest};
use schema::areas::{Area, AreasEvent, AreasListed};
use schema::resource::{MemberSource, Resource};
use schema::{AreaCode, Audience, Category, Eligibility, Hours, Office, Scheme};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HERE: &str = "130306100209";
/// Villages, towns and what is above them, the nearest to [`HERE`] first.
const PLACES: [&str; 8] = [
    HERE,
    "130306100210",
    "130306100000",
    "130306101209",
    "130306000000",
    "130322100201",
    "130300000000",
    "110101001001",
];
/// The offices that a question may be about; a service is of the one, the other, or both.
const OFFICES: [&str; 2] = ["CLINIC", "COMMERCE"];
const CATEGORIES: [&str; 3] = ["助餐", "助浴", "日间照料"];
/// Open at eleven in the morning, closed then, and nobody knows when.
const OPEN: [Option<bool>; 3] = [Some(true), Some(false), None];

#[derive(Clone, Debug)]
struct Spec {
    place: usize,
    serves: usize,
    category: usize,
    open: usize,
    offices: usize,
    visits: Option<bool>,
    /// For whom: elders, nobody said, those of 80 and over, women.
    whom: usize,
}

fn spec() -> impl Strategy<Value = Spec> {
    let what = (0..PLACES.len(), 0..PLACES.len(), 0..CATEGORIES.len(), 0..OPEN.len());
    (what, 0..3_usize, any::<Option<bool>>(), 0..4_usize).prop_map(
        |((place, serves, category, open), offices, visits, whom)| Spec {
            place,
            serves,
            category,
            open,
            offices,
            visits,
            whom,
        },
    )
}

fn made(number: u128, spec: &Spec) -> Resource {
    let closed = Hours { schedules: Vec::new(), text: "另约".into() };
    let mut hours = every_day();
    if spec.open == 1 {
        hours.schedules[0].opens_at = "15:00:00".parse().unwrap();
    }
    let plain = resource(number);
    let registration = plain.sources[0].registration;
    let offices: &[Office] =
        [&[Office::Clinic][..], &[Office::Commerce], &[Office::Clinic, Office::Commerce]][spec.offices];
    let audiences = [vec![Audience::Elders], vec![], vec![Audience::Elders], vec![Audience::Women]][spec.whom].clone();
    Resource {
        area: code(PLACES[spec.place]),
        coverage: vec![code(PLACES[spec.serves])],
        category: Category(CATEGORIES[spec.category].into()),
        hours: if OPEN[spec.open].is_some() { hours } else { closed },
        home_visits: spec.visits,
        eligibility: Eligibility { audiences, minimum_age: (spec.whom == 2).then_some(80), ..Eligibility::default() },
        sources: offices.iter().map(|office| MemberSource { registration, office: *office }).collect(),
        ..plain
    }
}

fn told(specs: &[Spec]) -> Tale {
    let area = |code: AreaCode| Area {
        code,
        name: format!("第{code}"),
        level: code.level(),
        parent: code.with_ancestors().nth(1),
    };
    let scheme = Scheme::Statistical2023;
    let areas = PLACES.iter().flat_map(|place| code(place).with_ancestors()).map(area).collect();
    let list =
        Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(AreasListed { scheme, areas, part: None }));
    let shown = (1..).zip(specs).map(|(number, spec)| published(made(number, spec)));
    Tale::of(std::iter::once(list).chain(shown))
}

const QUESTION: &str = "orderBy: NEAREST, at: \"2026-03-02T11:00:00+08:00\"";

async fn services(tale: &Tale, more: &str) -> Value {
    let query = format!(
        "{{ availableServices(community: \"{HERE}\", {QUESTION}, {more}) {{
            totalCount pageInfo {{ hasNextPage endCursor }}
            edges {{ nearness isOpen verdict node {{ id name category area {{ code }} }} }}
            facets {{ categories {{ category count }} offices {{ office count }} towns {{ area {{ code }} count }}
                      open {{ yes no unknown }} homeVisits {{ yes no unknown }} }}
            elsewhereInTown(first: 1000) {{ id category area {{ code }} }} }} }}"
    );
    let mut answer = asked(&tale.directory(), &query).await;
    assert_eq!(answer["errors"], Value::Null);
    answer["data"]["availableServices"].take()
}

/// One by one, in another way: by place in [`PLACES`].
fn nearness(spec: &Spec) -> (usize, &'static str) {
    match spec.place {
        0 => (0, "COMMUNITY"),
        1 | 2 => (1, "TOWN"),
        3 | 4 => (2, "COUNTY"),
        5 | 6 => (3, "CITY"),
        _ => (5, "ELSEWHERE"),
    }
}

fn serves_here(spec: &Spec) -> bool {
    matches!(spec.serves, 0 | 2 | 4 | 6)
}

fn verdict(spec: &Spec) -> Option<(usize, &'static str)> {
    match spec.whom {
        0 => Some((0, "YES")),
        1 | 2 => Some((1, "UNKNOWN")),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_nearest_come_first_page_by_page_and_the_facets_count_what_another_choice_would_find(
        specs in proptest::collection::vec(spec(), 0..30),
        visits in any::<Option<bool>>(),
        open in any::<Option<bool>>(),
        category in proptest::option::of(0..CATEGORIES.len()),
        office in proptest::option::of(0..OFFICES.len()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tale = told(&specs);
        let named = |number: usize| resource(number as u128 + 1);
        let listed: Vec<(usize, &Spec)> = specs.iter().enumerate().filter(|(_, spec)| serves_here(spec) && verdict(spec).is_some()).collect();
        let fits_visits = |spec: &Spec| visits.is_none() || spec.visits == visits;
        let fits_open = |spec: &Spec| open.is_none() || OPEN[spec.open] == open;
        let fits_category = |spec: &Spec| category.is_none_or(|category| spec.category == category);
        let is_of = |spec: &Spec, office: usize| spec.offices == office || spec.offices == 2;
        let fits_office = |spec: &Spec| office.is_none_or(|office| is_of(spec, office));
        let mut expected: Vec<_> = listed
            .iter()
            .filter(|(_, spec)| fits_visits(spec) && fits_open(spec) && fits_category(spec) && fits_office(spec))
            .map(|(number, spec)| {
                let order = [Some(true), None, Some(false)].iter().position(|open| *open == OPEN[spec.open]).unwrap();
                let resource = named(*number);
                (nearness(spec).0, order, verdict(spec).unwrap().0, CATEGORIES[spec.category], resource.name, resource.id.to_string(), *spec)
            })
            .collect();
        expected.sort_by(|a, b| (a.0, a.1, a.2, a.3, &a.4, &a.5).cmp(&(b.0, b.1, b.2, b.3, &b.4, &b.5)));

        let mut filter = String::new();
        if let Some(visits) = visits {
            filter += &format!("homeVisits: {visits}, ");
        }
        if let Some(open) = open {
            filter += &format!("isOpen: {open}, ");
        }
        if let Some(category) = category {
            filter += &format!("category: \"{}\", ", CATEGORIES[category]);
        }
        if let Some(office) = office {
            filter += &format!("office: {}, ", OFFICES[office]);
        }
        let (mut edges, mut after) = (Vec::new(), String::new());
        let first = loop {
            let page = runtime.block_on(services(&tale, &format!("{filter}first: 4{after}")));
            assert_eq!(page["totalCount"], expected.len());
            edges.extend(page["edges"].as_array().unwrap().clone());
            if page["pageInfo"]["hasNextPage"] == false {
                break page;
            }
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        };
        let ids = |edges: &[Value]| edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&edges), expected.iter().map(|one| one.5.clone()).collect::<Vec<_>>());
        for (edge, (.., spec)) in edges.iter().zip(&expected) {
            assert_eq!(edge["nearness"], nearness(spec).1);
            assert_eq!(edge["verdict"], verdict(spec).unwrap().1);
            assert_eq!(edge["isOpen"], json!(OPEN[spec.open]));
        }

        let count = |fits: &dyn Fn(&Spec) -> bool| listed.iter().filter(|(_, spec)| fits(spec)).count();
        let facets = &first["facets"];
        for (number, name) in CATEGORIES.iter().enumerate() {
            let found = facets["categories"].as_array().unwrap().iter().find(|one| one["category"] == *name);
            let counted = found.map_or(json!(0), |one| one["count"].clone());
            assert_eq!(counted, count(&|spec| spec.category == number && fits_visits(spec) && fits_open(spec) && fits_office(spec)), "{name}");
        }
        for (number, name) in OFFICES.iter().enumerate() {
            let found = facets["offices"].as_array().unwrap().iter().find(|one| one["office"] == *name);
            let counted = found.map_or(json!(0), |one| one["count"].clone());
            assert_eq!(counted, count(&|spec| is_of(spec, number) && fits_visits(spec) && fits_open(spec) && fits_category(spec)), "{name}");
        }
        for (answer, name) in [(Some(true), "yes"), (Some(false), "no"), (None, "unknown")] {
            let of_hours = count(&|spec| OPEN[spec.open] == answer && fits_visits(spec) && fits_category(spec) && fits_office(spec));
            assert_eq!(facets["open"][name], of_hours, "{name}");
            let of_visits = count(&|spec| spec.visits == answer && fits_open(spec) && fits_category(spec) && fits_office(spec));
            assert_eq!(facets["homeVisits"][name], of_visits, "{name}");
        }
        let mut towns: BTreeMap<String, usize> = BTreeMap::new();
        for (.., spec) in &expected {
            *towns.entry(format!("{}000", &PLACES[spec.place][..9])).or_default() += 1;
        }
        let counted = facets["towns"].as_array().unwrap().iter();
        let counted: BTreeMap<String, usize> = counted
            .map(|one| (one["area"]["code"].as_str().unwrap().to_owned(), usize::try_from(one["count"].as_u64().unwrap()).unwrap()))
            .collect();
        assert_eq!(counted, towns);

        let has = |category: usize| listed.iter().any(|(_, spec)| spec.category == category);
        let mut elsewhere: Vec<(&str, String)> = specs
            .iter()
            .enumerate()
            .filter(|(_, spec)| matches!(spec.place, 0..=2) && spec.serves == 1 && verdict(spec).is_some())
            .filter(|(_, spec)| !has(spec.category) && fits_category(spec))
            .map(|(number, spec)| (CATEGORIES[spec.category], named(number).name))
            .collect();
        elsewhere.sort();
        let found: Vec<&str> = first["elsewhereInTown"].as_array().unwrap().iter().map(|one| one["category"].as_str().unwrap()).collect();
        assert_eq!(found, elsewhere.iter().map(|(category, _)| *category).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn coverage_says_of_each_community_what_the_main_question_answers_there(specs in proptest::collection::vec(spec(), 0..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let tale = told(&specs);
        let directory = tale.directory();
        let ask = |query: &str| {
            let mut answer = runtime.block_on(asked(&directory, query));
            assert_eq!(answer["errors"], Value::Null, "{query}");
            answer["data"].take()
        };
        let at = "at: \"2026-03-02T11:00:00+08:00\"";
        // How each village is reached, by asking there.
        let mut expected: BTreeMap<(String, String), [u64; 4]> = BTreeMap::new();
        let mut without: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let villages: Vec<&str> = PLACES.into_iter().filter(|place| place.starts_with("1303") && !place.ends_with("000")).collect();
        let whole = ask(&format!("{{ coverage(area: \"130300\", {at}) {{ categories {{ category }} }} }}"));
        let categories: Vec<String> = whole["coverage"]["categories"].as_array().unwrap().iter().map(|one| one["category"].as_str().unwrap().to_owned()).collect();
        for village in &villages {
            let offers = ask(&format!("{{ availableServices(community: \"{village}\", {at}, first: 1000) {{ edges {{ nearness reachedBy {{ level }} node {{ category }} }} }} }}"));
            let edges = offers["availableServices"]["edges"].as_array().unwrap();
            for category in &categories {
                let ways = edges.iter().filter(|edge| edge["node"]["category"] == **category).map(|edge| {
                    match (edge["nearness"].as_str().unwrap(), edge["reachedBy"]["level"].as_str().unwrap()) {
                        ("COMMUNITY", _) | (_, "VILLAGE") => 0,
                        (_, "TOWN") => 1,
                        _ => 2,
                    }
                });
                let way = ways.min().unwrap_or(3);
                for length in [4, 6, 9] {
                    expected.entry((village[..length].to_owned(), category.clone())).or_default()[way] += 1;
                }
                if way == 3 {
                    without.entry(category.clone()).or_default().push(village);
                }
            }
        }
        let fields = "area { code } communities categories { category own town wider none }";
        let answer = ask(&format!("{{ coverage(area: \"130300\", {at}) {{ {fields} categories {{ without {{ code }} }} children {{ {fields} children {{ {fields} }} }} }} }}"));
        let top = &answer["coverage"];
        assert_eq!(top["communities"], villages.len());
        for one in top["categories"].as_array().unwrap() {
            let named: Vec<&str> = one["without"].as_array().unwrap().iter().map(|area| area["code"].as_str().unwrap()).collect();
            let mut villages = without.get(one["category"].as_str().unwrap()).cloned().unwrap_or_default();
            villages.sort_unstable();
            assert_eq!(named, villages);
        }
        let mut open = vec![top];
        let mut seen = 0;
        while let Some(of) = open.pop() {
            seen += 1;
            let code = of["area"]["code"].as_str().unwrap();
            let prefix = &code[..[4, 6, 9].into_iter().find(|length| code[*length..].bytes().all(|digit| digit == b'0')).unwrap()];
            for one in of["categories"].as_array().unwrap() {
                let [own, town, wider, none] = expected.get(&(prefix.to_owned(), one["category"].as_str().unwrap().to_owned())).copied().unwrap_or_default();
                let counted = [&one["own"], &one["town"], &one["wider"], &one["none"]].map(|number| number.as_u64().unwrap());
                assert_eq!(counted, [own, town, wider, none], "{code} {one}");
            }
            open.extend(of["children"].as_array().into_iter().flatten());
        }
        assert_eq!(seen, 6, "a city, two counties, three towns");
        let town = ask("{ coverage(area: \"130306100\") { communities children { communities } } }");
        assert_eq!(town["coverage"], json!({ "communities": 2, "children": [] }), "communities are no children");
    }
}

#[tokio::test]
async fn a_cursor_of_another_order_is_refused() {
    let tale = told(&[]);
    let usual = crate::paging::seal(&["助餐", "甲", "13030600-0000-8000-8000-000000000001"]);
    let query =
        format!("{{ availableServices(community: \"{HERE}\", {QUESTION}, after: \"{usual}\") {{ totalCount }} }}");
    assert_eq!(super::code_of(&tale.directory(), &query).await, "BAD_CURSOR");
    let near = crate::paging::seal(&["nearest", "0", "0", "0", "助餐", "甲", "13030600-0000-8000-8000-000000000001"]);
    let query = format!("{{ availableServices(community: \"{HERE}\", after: \"{near}\") {{ totalCount }} }}");
    assert_eq!(super::code_of(&tale.directory(), &query).await, "BAD_CURSOR");
}

#[tokio::test]
async fn who_lives_where_it_does_not_serve_is_told_so() {
    let spec = |serves| Spec { place: 0, serves, category: 0, open: 0, offices: 0, visits: None, whom: 0 };
    // Serving the village, its town, the county.
    let tale = told(&[spec(0), spec(2), spec(4)]);
    for (person, verdicts) in [
        ("", ["YES", "YES", "YES"]),
        ("residence: \"130306100209\"", ["YES", "YES", "YES"]),
        ("residence: \"130306100210\"", ["NO", "YES", "YES"]),
        ("residence: \"130306101209\"", ["NO", "NO", "YES"]),
        ("residence: \"130306100000\"", ["UNKNOWN", "YES", "YES"]),
        ("residence: \"130322100201\"", ["NO", "NO", "NO"]),
        ("household: \"130322100201\"", ["UNKNOWN", "UNKNOWN", "UNKNOWN"]),
        ("household: \"130306101209\"", ["UNKNOWN", "UNKNOWN", "YES"]),
        ("residence: \"130306100209\", household: \"130306100209\"", ["YES", "YES", "YES"]),
    ] {
        let query = format!(
            "{{ availableServices(community: \"{HERE}\", person: {{ age: 78 {person} }}, includeNo: true) {{
                edges {{ verdict reasons {{ code message }} node {{ name }} }} }} }}"
        );
        let answer = asked(&tale.directory(), &query).await;
        let edges = answer["data"]["availableServices"]["edges"].as_array().unwrap();
        let found: Vec<&str> = edges.iter().map(|edge| edge["verdict"].as_str().unwrap()).collect();
        assert_eq!(found, verdicts, "{person}: {answer}");
        assert!(edges.iter().all(|edge| edge["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty())));
    }
    let query = format!(
        "{{ availableServices(community: \"{HERE}\", person: {{ residence: \"130306100299\" }}) {{ totalCount }} }}"
    );
    assert_eq!(super::code_of(&tale.directory(), &query).await, "UNKNOWN_AREA");
}
