//! Directories of some scopes each, however the counties are cut: what lies in its scopes each answers as one that holds all does, and
//! of the rest it says that another holds it.

use crate::Graph;
use crate::testing::{
    LOG, Tale, Told, asked_by, caller, code, holding, impatient, published_in, registered_in, registration_in,
    resource, start, through_in,
};
use chassis::auth::Role;
use chrono::TimeDelta;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_oneof, proptest};
use schema::areas::{Area, AreaChangeKind, AreaChanged, AreasEvent, AreasListed, ChangeDate};
use schema::resource::{
    MemberSource, NotShown, Resource, ResourceAbsorbed, ResourceEvent, ResourceShown, ResourceWithdrawn,
};
use schema::{Office, ResourceId, Scheme};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Four counties of one city, one of another, and the levels above the four.
const COUNTIES: [&str; 5] = ["130302", "130303", "130306", "130322", "130102"];
const CITY: &str = "130300";
const PROVINCE: &str = "130000";
const SCOPES: [&str; 7] = ["130302", "130303", "130306", "130322", "130102", CITY, PROVINCE];

/// Two villages of one town, one of another.
fn villages(county: &str) -> [String; 3] {
    ["100201", "100202", "101201"].map(|rest| format!("{county}{rest}"))
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    Register(usize, u128),
    /// A resource with one or two registrations, at a village, for something.
    Show(usize, u128, u128, usize),
    Absorb(usize, u128, u128),
    Hide(usize, u128),
    /// A division of the county becomes another, or has another name.
    Divide(usize, usize),
    Act(usize),
}

/// What may become of divisions of a county.
const CHANGES: [(AreaChangeKind, &str, &str); 6] = [
    (AreaChangeKind::MergedInto, "100201", "100202"),
    (AreaChangeKind::VillageToCommunity, "100202", "100002"),
    (AreaChangeKind::Recoded, "100", "001"),
    (AreaChangeKind::Renamed, "101201", "101201"),
    (AreaChangeKind::Split, "100201", "100203"),
    (AreaChangeKind::Abolished, "101201", "101201"),
];

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let (scope, number) = (0..SCOPES.len(), 1u128..4);
    let one = prop_oneof![
        4 => (scope.clone(), number.clone()).prop_map(|(scope, n)| Happening::Register(scope, n)),
        6 => (scope.clone(), number.clone(), number.clone(), 0usize..24)
            .prop_map(|(scope, a, b, how)| Happening::Show(scope, a, b, how)),
        1 => (scope.clone(), number.clone(), number.clone()).prop_map(|(scope, a, b)| Happening::Absorb(scope, a, b)),
        1 => (scope.clone(), number).prop_map(|(scope, n)| Happening::Hide(scope, n)),
        2 => (0..COUNTIES.len(), 0..CHANGES.len()).prop_map(|(county, change)| Happening::Divide(county, change)),
        2 => scope.prop_map(Happening::Act),
    ];
    prop::collection::vec(one, 1..60)
}

fn listed(county: &str) -> Told {
    let codes: BTreeSet<_> = villages(county).iter().flat_map(|village| code(village).with_ancestors()).collect();
    let area = |code: schema::AreaCode| Area {
        code,
        name: format!("第{code}"),
        level: code.level(),
        parent: code.with_ancestors().nth(1),
    };
    let areas = codes.into_iter().filter(|of| of.to_string().starts_with(county)).map(area).collect();
    let listed = AreasListed { scheme: Scheme::default(), areas, part: None };
    Told::of(format!("areas-{county}_statistical_2023"), &AreasEvent::AreasListed(listed))
}

fn own(scope: &str, n: u128) -> ResourceId {
    ResourceId::of(registration_in(scope, n))
}

/// What a resource of a scope is: where it stands and what it serves are of its county, or of what lies below its level.
fn shown(scope: &str, members: [u128; 2], how: usize, step: usize) -> Resource {
    let county = if COUNTIES.contains(&scope) { scope } else { COUNTIES[how % 4] };
    let villages = villages(county);
    // What is registered for the province stands in no village: directories of other cities have no name for one.
    let area = if scope == PROVINCE { code(PROVINCE) } else { code(&villages[how % 3]) };
    let coverage = match how / 3 % 4 {
        _ if scope == PROVINCE => vec![area],
        0 => vec![area],
        1 => vec![code(&villages[how % 3][..9])],
        2 => vec![code(&villages[0]), code(&villages[2])],
        _ => vec![code(scope)],
    };
    let members: BTreeSet<u128> = members.into_iter().collect();
    let id = own(scope, *members.first().unwrap());
    let sources =
        members.iter().map(|n| MemberSource { registration: registration_in(scope, *n), office: Office::Commerce });
    let mut resource = Resource { id, area, coverage, sources: sources.collect(), ..resource(1) };
    resource.name = format!("第{step}步");
    resource.category.0 = ["助餐", "助医"][how % 2].to_owned();
    resource.eligibility.minimum_age = Some(60 + u8::try_from(how).unwrap());
    resource
}

fn tell(tale: &mut Tale, happening: Happening, step: usize) {
    let of = |event: &ResourceEvent| Told::resource(event);
    let told = match happening {
        Happening::Register(scope, n) => registered_in(SCOPES[scope], n),
        Happening::Show(scope, a, b, how) => {
            let resource = shown(SCOPES[scope], [a, b], how, step);
            of(&ResourceEvent::ResourceRevised(ResourceShown { resource }))
        }
        Happening::Absorb(scope, a, b) if a != b => {
            let (id, into) = (own(SCOPES[scope], a), own(SCOPES[scope], b));
            of(&ResourceEvent::ResourceAbsorbed(ResourceAbsorbed { id, into }))
        }
        Happening::Absorb(scope, n, _) => published_in(SCOPES[scope], n),
        Happening::Hide(scope, n) => of(&ResourceEvent::ResourceWithdrawn(ResourceWithdrawn {
            id: own(SCOPES[scope], n),
            reason: NotShown::Suspended,
        })),
        Happening::Divide(county, change) => {
            let county = COUNTIES[county];
            let (kind, old, new) = CHANGES[change];
            let is_gone = kind == AreaChangeKind::Abolished;
            let (old, new) = (code(&format!("{county}{old}")), code(&format!("{county}{new}")));
            Told::of(
                format!("areas-{county}_statistical_2023"),
                &AreasEvent::AreaChanged(AreaChanged {
                    scheme: Scheme::default(),
                    kind,
                    on: ChangeDate::Year(2020 + u16::try_from(step % 6).unwrap()),
                    words: kind.zh().to_owned(),
                    old_code: Some(old),
                    old_name: Some(format!("第{old}")),
                    new_code: (!is_gone).then_some(new),
                    new_name: (!is_gone).then(|| format!("新{new}")),
                    document: None,
                    unconfirmed: None,
                }),
            )
        }
        Happening::Act(scope) => through_in(SCOPES[scope], tale.snapshot.position),
    };
    // One clock for all: where those of scopes differ, a directory that reads both takes a time to be that of the fastest.
    let minute = i64::try_from(step * 2).unwrap();
    drop(tale.tell_at(told, start() + TimeDelta::minutes(minute)));
}

/// One question, and the county whose directory must answer it; none where any may that reads it.
struct Question {
    text: String,
    county: Option<String>,
}

/// Everything that is asked of a place or by an id, each as of some moment.
fn questions(moments: &[String]) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut ask = |county: Option<&str>, text: String| {
        questions.push(Question { text, county: county.map(str::to_owned) });
    };
    for (number, county) in COUNTIES.into_iter().enumerate() {
        let moment = &moments[number % moments.len()];
        let codes = villages(county);
        // The last two are there only once something has become them.
        let places = codes.iter().cloned().chain([format!("{county}100002"), format!("{county}001002")]);
        for (nth, place) in places.enumerate() {
            let order = ["CATEGORY", "NEAREST"][nth % 2];
            let described = "id name category area { code name } coverage { code name } minimumAge capacity vacancy
                sources { id name } provenance { field winner { id } }";
            ask(
                Some(county),
                format!(
                    "{{ availableServices(community: \"{place}\", audience: ELDERS, includeNo: true, orderBy: {order}{moment},
                         person: {{ age: 70 }}, at: \"2026-03-02T11:00:00+08:00\") {{
                         totalCount askedAs {{ code }} edges {{ cursor verdict reasons {{ code message }} isOpen
                         reachedBy {{ code name level }} node {{ {described} }} }} }} }}"
                ),
            );
        }
        for division in [county.to_owned(), format!("{county}100"), format!("{county}001"), codes[2].clone()] {
            ask(
                Some(county),
                format!("{{ resources(area: \"{division}\"{moment}) {{ totalCount nodes {{ id name }} }} }}"),
            );
            ask(
                Some(county),
                format!(
                    "{{ registrations(area: \"{division}\"{moment}) {{ totalCount nodes {{ id status resource {{ id }} area {{ code }} }} }} }}"
                ),
            );
            ask(
                Some(county),
                format!(
                    "{{ recentChanges(area: \"{division}\") {{ totalCount nodes {{ cursor kind name changed }} }} }}"
                ),
            );
            ask(
                Some(county),
                format!("{{ coverage(area: \"{division}\", at: \"2026-03-02T11:00:00+08:00\"{moment}) {{ area {{ code }} communities
                    categories {{ category own town wider none }} }} }}"),
            );
        }
    }
    for scope in SCOPES {
        for n in 1..4 {
            let (registration, county) = (registration_in(scope, n), COUNTIES.contains(&scope).then_some(scope));
            let moment = &moments[usize::try_from(n).unwrap() % moments.len()];
            ask(
                county,
                format!(
                    "{{ registration(id: \"{registration}\"{moment}) {{ id name registeredAt changedAt resource {{ id }} }} }}"
                ),
            );
            ask(
                county,
                format!(
                    "{{ resource(id: \"{}\"{moment}) {{ id redirectedFrom status name changedAt versions {{ from }} }} }}",
                    own(scope, n)
                ),
            );
        }
    }
    questions
}

async fn ask(directory: &Graph, query: &str) -> Value {
    asked_by(directory, query, caller(Role::Planner, None)).await
}

fn is_elsewhere(answer: &Value) -> bool {
    answer["errors"][0]["extensions"]["code"] == "OUT_OF_SCOPE"
}

/// Where two answers first differ, and what stands there in each.
fn first_difference(said: &Value, whole: &Value, at: String) -> Option<String> {
    match (said, whole) {
        (Value::Object(said), Value::Object(whole)) if said.keys().eq(whole.keys()) => {
            said.iter().find_map(|(name, said)| {
                first_difference(said, whole.get(name).unwrap_or(&Value::Null), format!("{at}.{name}"))
            })
        }
        (Value::Array(said), Value::Array(whole)) if said.len() == whole.len() => {
            let mut pairs = said.iter().zip(whole).enumerate();
            pairs.find_map(|(nth, (said, whole))| first_difference(said, whole, format!("{at}[{nth}]")))
        }
        (said, whole) => (said != whole).then(|| format!("{at}: {said}\nand not {whole}")),
    }
}

async fn agree(tale: &Tale, cut: &[Vec<&str>], moments: &[String]) {
    let whole = impatient(tale);
    let mut differing: Vec<String> = Vec::new();
    let parts: Vec<(&Vec<&str>, Graph)> = cut.iter().map(|held| (held, holding(tale, held))).collect();
    for Question { text, county } in questions(moments) {
        let answer = ask(&whole, &text).await;
        assert!(answer["data"].is_object() || !answer["errors"].is_null(), "{text}: {answer}");
        for (held, part) in &parts {
            let said = ask(part, &text).await;
            let is_right = match &county {
                Some(county) if held.contains(&county.as_str()) => said == answer,
                Some(_) => is_elsewhere(&said),
                // The levels above are read by whoever holds anything below.
                None => is_elsewhere(&said) || said == answer,
            };
            if !is_right {
                let at = first_difference(&said, &answer, String::new()).unwrap_or_default();
                differing.push(format!("{held:?} of {text}:\n{at}"));
            }
        }
    }
    differing.truncate(5);
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
    // What is asked of no place is of what is held: together that is everything, each once.
    let lists = "{ resources(first: 100) { nodes { id } } registrations(first: 100) { nodes { id } }
        recentChanges(first: 100) { nodes { cursor } } counters { registrations resources } }";
    let of = |answer: &Value, list: &str, key: &str| -> Vec<String> {
        let nodes = answer["data"][list]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        nodes.iter().map(|node| node[key].as_str().unwrap().to_owned()).collect()
    };
    let everything = ask(&whole, lists).await;
    let mut parted = Vec::new();
    for (_, part) in &parts {
        parted.push(ask(part, lists).await);
    }
    for (list, key) in [("resources", "id"), ("registrations", "id"), ("recentChanges", "cursor")] {
        let mut together: Vec<String> = parted.iter().flat_map(|answer| of(answer, list, key)).collect();
        let mut all = of(&everything, list, key);
        together.sort();
        all.sort();
        assert_eq!(together, all, "{list}");
    }
    for counted in ["registrations", "resources"] {
        let sum: i64 = parted.iter().map(|answer| answer["data"]["counters"][counted].as_i64().unwrap()).sum();
        assert_eq!(json!(sum), everything["data"]["counters"][counted], "{counted}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, max_shrink_iters: 30, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_cut_of_the_counties_answers_as_the_whole(
        happenings in happenings(),
        // In which of up to five directories each scope is.
        cut in (1usize..=5).prop_flat_map(|parts| (Just(parts), prop::collection::vec(0..parts, SCOPES.len()))),
        moments in prop::collection::vec(prop::option::of((0usize..60, prop::bool::ANY)), 3),
    ) {
        let mut tale = Tale::of(COUNTIES.map(listed));
        for (step, happening) in happenings.into_iter().enumerate() {
            tell(&mut tale, happening, step);
        }
        let (parts, places) = cut;
        let held: Vec<Vec<&str>> = (0..parts)
            .map(|part| SCOPES.into_iter().zip(&places).filter(|(_, of)| **of == part).map(|(scope, _)| scope).collect())
            .filter(|held: &Vec<&str>| !held.is_empty())
            .collect();
        let positions = tale.positions();
        let moment = |moment: &Option<(usize, bool)>| match moment {
            None => String::new(),
            Some((at, true)) => format!(", asOfPosition: \"{}\"", positions[at % positions.len()].token(LOG)),
            Some((at, false)) => {
                format!(", asOf: \"{}\"", (start() + TimeDelta::minutes(i64::try_from(*at).unwrap() * 2)).to_rfc3339())
            }
        };
        let moments: Vec<String> = moments.iter().map(moment).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(agree(&tale, &held, &moments));
    }
}
