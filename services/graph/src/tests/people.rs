//! How many people live where services reach and where none does: against asking each community, and against somebody who
//! tries to work out small counts.

use crate::Graph;
use crate::testing::{Tale, Told, asked, code, published, resource};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, proptest};
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::population::{CommunityCount, CountedGroup, PopulationCounted, PopulationEvent};
use schema::resource::Resource;
use schema::{AreaCode, Category, Scheme};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::runtime::Runtime;

/// Two towns of one county, one of another.
const VILLAGES: [&str; 6] =
    ["130306100209", "130306100210", "130306100211", "130306101209", "130322100201", "130322100202"];
const CATEGORIES: [&str; 2] = ["助餐", "助浴"];
/// What a service may serve.
const SERVES: [&str; 9] = [
    "130306100209",
    "130306100210",
    "130306100211",
    "130306101209",
    "130322100201",
    "130306100000",
    "130322100000",
    "130306000000",
    "130300000000",
];
const AT: &str = "at: \"2026-03-02T11:00:00+08:00\"";
const REACH: [&str; 4] = ["own", "town", "wider", "none"];

fn divisions() -> Told {
    let area = |code: AreaCode| Area {
        code,
        name: format!("第{code}"),
        level: code.level(),
        parent: code.with_ancestors().nth(1),
    };
    let codes: BTreeSet<AreaCode> = VILLAGES.iter().flat_map(|village| code(village).with_ancestors()).collect();
    let areas = codes.into_iter().map(area).collect();
    let listed = AreasListed { scheme: Scheme::default(), areas, part: None };
    Told::of("areas-130306_statistical_2023", &AreasEvent::AreasListed(listed))
}

/// The n-th service, of the n-th category or the next, for what it serves.
fn service(number: u128, (category, serves): (usize, usize)) -> Told {
    let place = code(SERVES[serves]);
    let stands = VILLAGES.iter().map(|village| code(village)).find(|village| place.contains(*village)).unwrap();
    let category = Category(CATEGORIES[category].to_owned());
    published(Resource { area: stands, coverage: vec![place], category, ..resource(number) })
}

fn counted(on: &str, group: CountedGroup, counts: &[(&str, u32)]) -> Vec<Told> {
    let count = |(village, count): &(&str, u32)| CommunityCount {
        area: code(village),
        counts: BTreeMap::from([(group, *count)]),
    };
    let communities: Vec<CommunityCount> = counts.iter().map(count).collect();
    let mut told = Vec::new();
    for scope in ["130306", "130322"] {
        let here = communities.iter().filter(|community| community.area.to_string().starts_with(scope));
        let event =
            PopulationCounted {
                on: on.parse().unwrap(), source: "年报".into(), communities: here.cloned().collect()
            };
        told.push(Told::of(format!("population-{scope}"), &PopulationEvent::PopulationCounted(event)));
    }
    told
}

fn tale(services: &[(usize, usize)], counts: &[Option<u32>]) -> Tale {
    let known: Vec<(&str, u32)> =
        VILLAGES.iter().zip(counts).filter_map(|(village, count)| Some((*village, (*count)?))).collect();
    let services = (1..).zip(services).map(|(number, of)| service(number, *of));
    let people = counted("2025-12-31", CountedGroup::SixtyAndOver, &known);
    Tale::of(std::iter::once(divisions()).chain(services).chain(people))
}

/// A directory that was told a tale, and is asked from outside of any task.
struct Asked(Graph, Runtime);

impl Asked {
    fn of(tale: &Tale) -> Asked {
        Asked(tale.directory(), tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap())
    }

    fn ask(&self, query: &str) -> Value {
        let mut answer = self.1.block_on(asked(&self.0, query));
        assert_eq!(answer["errors"], Value::Null, "{query}");
        answer["data"].take()
    }
}

const PERSONS: &str = "persons { exactly atLeast atMost shown }";

/// Everything that coverage shows of people in a division.
fn shown(directory: &Asked, area: &str) -> Value {
    let cell = format!("{{ {PERSONS} notCounted }}");
    let people = format!("people {{ own {cell} town {cell} wider {cell} none {cell} }}");
    let fields = format!(
        "area {{ code }} population {{ group {PERSONS} notCounted countedFrom countedTo sources }} categories {{ category {people} }}"
    );
    directory.ask(&format!("{{ coverage(area: \"{area}\", {AT}) {{ {fields} }} }}"))
}

/// All divisions, from the province to each village, asked for one by one.
fn all_shown(directory: &Asked) -> Vec<Value> {
    let mut areas: BTreeSet<AreaCode> = BTreeSet::new();
    for village in VILLAGES {
        areas.extend(code(village).with_ancestors());
    }
    areas.iter().map(|area| shown(directory, &area.to_string())).collect()
}

/// How each village is reached by each category, by asking there.
fn ways(directory: &Asked) -> BTreeMap<(&'static str, &'static str), &'static str> {
    let mut ways = BTreeMap::new();
    for village in VILLAGES {
        let answer = directory.ask(
            &format!("{{ availableServices(community: \"{village}\", {AT}, first: 1000) {{ edges {{ nearness reachedBy {{ level }} node {{ category }} }} }} }}"),
        );
        let edges = answer["availableServices"]["edges"].as_array().unwrap();
        for category in CATEGORIES {
            let way =
                |edge: &Value| match (edge["nearness"].as_str().unwrap(), edge["reachedBy"]["level"].as_str().unwrap())
                {
                    ("COMMUNITY", _) | (_, "VILLAGE") => 0,
                    (_, "TOWN") => 1,
                    _ => 2,
                };
            let nearest = edges.iter().filter(|edge| edge["node"]["category"] == category).map(way).min();
            ways.insert((village, category), REACH[nearest.unwrap_or(3)]);
        }
    }
    ways
}

/// What the people of some villages are shown as, in another way.
fn expected(counts: &[Option<u32>], villages: impl Fn(usize) -> bool) -> Value {
    let met: Vec<Option<u32>> =
        counts.iter().enumerate().filter(|(place, _)| villages(*place)).map(|(_, count)| *count).collect();
    let known: Vec<u32> = met.iter().flatten().copied().collect();
    let not_counted = met.len() - known.len();
    if known.is_empty() && not_counted > 0 {
        return json!({ "persons": null, "notCounted": not_counted });
    }
    let large: u32 = known.iter().filter(|count| **count == 0 || **count > 4).sum();
    let small = u32::try_from(known.iter().filter(|count| (1..5).contains(*count)).count()).unwrap();
    let shown = match (large, small) {
        (_, 0) => large.to_string(),
        (0, 1) => "<5".to_owned(),
        _ => format!("{}-{}", large + small, large + 4 * small),
    };
    let exactly = (small == 0).then_some(large);
    let persons = json!({ "exactly": exactly, "atLeast": large + small, "atMost": large + 4 * small, "shown": shown });
    json!({ "persons": persons, "notCounted": not_counted })
}

fn significant(code: &str) -> &str {
    let length = [2, 4, 6, 9].into_iter().find(|length| code[*length..].bytes().all(|digit| digit == b'0'));
    &code[..length.unwrap_or(12)]
}

fn services() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..CATEGORIES.len(), 0..SERVES.len()), 0..8)
}

fn counts() -> impl Strategy<Value = Vec<Option<u32>>> {
    let count = (any::<bool>(), 0_u32..14, 0_u8..6).prop_map(|(is_counted, small, kind)| match kind {
        0 => Some(0),
        1 => Some(small * 40),
        _ => is_counted.then_some(small),
    });
    prop::collection::vec(count, VILLAGES.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn people_are_counted_where_the_main_question_says_that_they_have_something_or_nothing(
        services in services(), counts in counts(),
    ) {
        let directory = Asked::of(&tale(&services, &counts));
        let ways = ways(&directory);
        for answer in all_shown(&directory) {
            let of = &answer["coverage"];
            let area = of["area"]["code"].as_str().unwrap();
            let lies_in = |place: usize| VILLAGES[place].starts_with(significant(area));
            let population = of["population"].as_array().unwrap();
            // Of every group that is counted where it was asked about.
            let is_counted_here = (0..counts.len()).any(|place| lies_in(place) && counts[place].is_some());
            assert_eq!(population.len(), usize::from(is_counted_here));
            for group in population {
                let whole = json!({ "persons": group["persons"], "notCounted": group["notCounted"] });
                assert_eq!(whole, expected(&counts, lies_in), "{area}");
                let day = if group["persons"].is_null() { Value::Null } else { json!("2025-12-31") };
                assert_eq!((&group["countedFrom"], &group["countedTo"]), (&day, &day));
            }
            for category in of["categories"].as_array().unwrap() {
                let name = CATEGORIES.into_iter().find(|known| category["category"] == *known).unwrap();
                for people in category["people"].as_array().unwrap() {
                    for reach in REACH {
                        let is_reached = |place: usize| lies_in(place) && ways[&(VILLAGES[place], name)] == reach;
                        assert_eq!(people[reach], expected(&counts, is_reached), "{area} {name} {reach}");
                    }
                }
            }
        }
    }

    /// Whoever asks everything about every division learns of a small count that it is from 1 to 4: any other would have been
    /// answered the same.
    #[test]
    fn other_small_counts_are_answered_the_same(
        services in services(), counts in counts(), others in prop::collection::vec(1_u32..5, VILLAGES.len()),
    ) {
        let small = |count: u32| (1..5).contains(&count);
        let changed: Vec<Option<u32>> =
            counts.iter().zip(&others).map(|(count, other)| count.map(|count| if small(count) { *other } else { count })).collect();
        let shown = |counts: &[Option<u32>]| all_shown(&Asked::of(&tale(&services, counts)));
        assert_eq!(shown(&counts), shown(&changed));
    }

    /// The same by an adversary who knows the divisions and how each is reached, writes down what is shown as bounds of sums, and
    /// tries every assignment of small counts: each hidden one may still be any of 1 to 4.
    #[test]
    fn sums_give_no_small_count_away(services in services(), counts in counts()) {
        let directory = Asked::of(&tale(&services, &counts));
        let ways = ways(&directory);
        let mut bounds: Vec<(Vec<usize>, u64, u64)> = Vec::new();
        let mut note = |villages: Vec<usize>, cell: &Value| {
            let persons = &cell["persons"];
            if let (Some(least), Some(most)) = (persons["atLeast"].as_u64(), persons["atMost"].as_u64()) {
                bounds.push((villages, least, most));
                bounds.extend(persons["exactly"].as_u64().map(|exactly| (bounds.last().unwrap().0.clone(), exactly, exactly)));
            }
        };
        let places = |lies_in: &dyn Fn(usize) -> bool| (0..VILLAGES.len()).filter(|place| counts[*place].is_some() && lies_in(*place)).collect::<Vec<_>>();
        for answer in all_shown(&directory) {
            let of = &answer["coverage"];
            let area = of["area"]["code"].as_str().unwrap();
            let here = |place: usize| VILLAGES[place].starts_with(significant(area));
            for group in of["population"].as_array().unwrap() {
                note(places(&here), group);
            }
            for category in of["categories"].as_array().unwrap() {
                let name = CATEGORIES.into_iter().find(|known| category["category"] == *known).unwrap();
                for (people, reach) in category["people"].as_array().unwrap().iter().flat_map(|people| REACH.map(|reach| (people, reach))) {
                    note(places(&|place| here(place) && ways[&(VILLAGES[place], name)] == reach), &people[reach]);
                }
            }
        }
        let hidden: Vec<usize> = (0..VILLAGES.len()).filter(|place| counts[*place].is_some_and(|count| (1..5).contains(&count))).collect();
        let mut possible: Vec<BTreeSet<u64>> = vec![BTreeSet::new(); hidden.len()];
        for guess in 0..4_u64.pow(u32::try_from(hidden.len()).unwrap()) {
            let digit = |at: usize| guess / 4_u64.pow(u32::try_from(at).unwrap()) % 4 + 1;
            let value = |place: &usize| match hidden.iter().position(|known| known == place) {
                Some(at) => digit(at),
                None => u64::from(counts[*place].unwrap_or_default()),
            };
            let fits = bounds.iter().all(|(villages, least, most)| {
                (*least..=*most).contains(&villages.iter().map(value).sum::<u64>())
            });
            if fits {
                (0..hidden.len()).for_each(|at| { possible[at].insert(digit(at)); });
            }
        }
        assert!(possible.iter().all(|values| values.len() == 4), "{counts:?}: {possible:?}");
    }
}

#[test]
fn two_villages_that_became_one_do_not_give_each_other_away() {
    let merged = |old: &str| {
        AreasEvent::AreaChanged(AreaChanged {
            scheme: Scheme::default(),
            kind: AreaChangeKind::MergedInto,
            on: ChangeDate::Day("2026-01-10".parse().unwrap()),
            words: "撤并".to_owned(),
            old_code: Some(code(old)),
            old_name: Some(format!("第{}", code(old))),
            new_code: Some(code(VILLAGES[1])),
            new_name: Some(format!("第{}", code(VILLAGES[1]))),
            document: None,
            unconfirmed: None,
        })
    };
    let then_and_now = |small: u32| {
        let counts = [Some(small), Some(20), None, None, None, None];
        let mut tale = tale(&[], &counts);
        let before = tale.positions().last().unwrap().token(crate::testing::LOG);
        tale.tell(Told::of("areas-130306_statistical_2023", &merged(VILLAGES[0])));
        let directory = Asked::of(&tale);
        let village = |more: &str| {
            directory.ask(&format!(
                "{{ coverage(area: \"{}\", {AT} {more}) {{ population {{ {PERSONS} }} }} }}",
                VILLAGES[1]
            ))
        };
        (village(&format!(", asOfPosition: \"{before}\"")), village(""))
    };
    let (then, now) = then_and_now(3);
    assert_eq!(then["coverage"]["population"][0]["persons"]["shown"], "20");
    assert_eq!(now["coverage"]["population"][0]["persons"]["shown"], "21-24");
    assert_eq!(then_and_now(1), (then, now), "with one person it would have been answered the same");
}

#[test]
fn counts_count_from_their_day_and_what_cannot_be_read_is_not_known() {
    let mut tale = tale(&[], &[Some(100), Some(50), None, None, Some(70), None]);
    for told in counted("2026-02-01", CountedGroup::SixtyAndOver, &[(VILLAGES[0], 110)]) {
        tale.tell(told);
    }
    let whole = |tale: &Tale, at: &str| {
        Asked::of(tale).ask(&format!("{{ coverage(area: \"130300\", at: \"{at}\") {{ population {{ group name {PERSONS} notCounted countedFrom countedTo sources }} }} }}"))["coverage"]["population"].take()
    };
    let now = whole(&tale, "2026-03-02T11:00:00+08:00");
    assert_eq!(
        now,
        json!([{ "group": "SIXTY_AND_OVER", "name": "60周岁及以上老年人", "notCounted": 3, "sources": ["年报"],
            "countedFrom": "2025-12-31", "countedTo": "2026-02-01",
            "persons": { "exactly": 230, "atLeast": 230, "atMost": 230, "shown": "230" } }])
    );
    assert_eq!(whole(&tale, "2026-01-15T11:00:00+08:00")[0]["persons"]["shown"], "220");
    assert_eq!(whole(&tale, "2025-01-15T11:00:00+08:00"), json!([]), "nobody had been counted");
    let newer = Told::newer("population-130306".to_owned(), &schema::Shape::of("PopulationCounted", 9), &json!({}));
    drop(tale.tell_at(newer, crate::testing::start()));
    let unread = whole(&tale, "2026-03-02T11:00:00+08:00");
    assert_eq!((&unread[0]["persons"]["shown"], &unread[0]["notCounted"]), (&json!("70"), &json!(5)));
}
