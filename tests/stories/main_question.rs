//! "What services are available to elders in this community?", held against an independent reader of the log.

use crate::demo::demo;
use chrono::{DateTime, TimeDelta, Utc};
use schema::{AreaCode, Condition};
use stories::dice::Dice;
use stories::oracle::Oracle;
use stories::question::{CONDITIONS, Offered, Person, Question, ask};

/// When the questions with a fixed person are asked: a Monday, 10:00 in the county.
pub(crate) const MONDAY_MORNING: &str = "2026-03-02T02:00:00Z";

fn lives_alone_at_78() -> Person {
    Person { age: Some(78), conditions: vec![Condition::LivesAlone], ..Person::default() }
}

/// The same answer, or the first difference in words.
fn assert_same(question: &Question, asked: &[Offered], expected: &[Offered]) {
    if asked == expected {
        return;
    }
    let missing: Vec<&Offered> = expected.iter().filter(|one| !asked.contains(one)).collect();
    let surplus: Vec<&Offered> = asked.iter().filter(|one| !expected.contains(one)).collect();
    panic!(
        "{question:?}\nthe directory gives {} and the log {}\nonly in the log: {missing:#?}\nonly in the directory: {surplus:#?}",
        asked.len(),
        expected.len()
    );
}

#[tokio::test]
async fn a_person_of_78_who_lives_alone_is_told_in_three_villages_what_the_log_says() {
    let world = demo().await;
    let oracle = Oracle::read(&world.log().await).await;
    let api = world.public();
    for community in ["130306100209", "130306100248", "130306101209"] {
        for at in [MONDAY_MORNING, "2026-03-07T01:30:00Z", "2027-01-31T20:00:00Z"] {
            let question = Question {
                community: community.parse().unwrap(),
                person: Some(lives_alone_at_78()),
                at: at.parse().unwrap(),
            };
            let expected = oracle.answer(&question, false);
            assert!(!expected.is_empty(), "nothing is offered in {community}, which makes no story");
            assert_same(&question, &ask(&api, &question, false).await, &expected);
            assert_same(&question, &ask(&api, &question, true).await, &oracle.answer(&question, true));
        }
    }
}

#[tokio::test]
async fn two_hundred_people_anywhere_at_any_time_are_told_what_the_log_says() {
    let world = demo().await;
    let oracle = Oracle::read(&world.log().await).await;
    let communities = oracle.communities();
    let api = world.public();
    let mut dice = Dice::new(20_260_302);
    let mut offered = 0;
    for round in 0..200 {
        let question = any_question(&mut dice, &communities);
        let include_no = round % 4 == 0;
        let expected = oracle.answer(&question, include_no);
        assert_same(&question, &ask(&api, &question, include_no).await, &expected);
        offered += expected.len();
    }
    assert!(offered > 1000, "200 questions with {offered} answers show little");
}

fn any_question(dice: &mut Dice, communities: &[AreaCode]) -> Question {
    // Two counties of nine registered anything; most questions are asked there.
    let registered: Vec<AreaCode> =
        communities.iter().copied().filter(|code| ["130306", "130322"].contains(&code.county().as_str())).collect();
    let community = if dice.one_in(10) { *dice.one_of(communities) } else { *dice.one_of(&registered) };
    let person = (!dice.one_in(6)).then(|| any_person(dice));
    let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let at = start + TimeDelta::minutes(i64::try_from(dice.below(4 * 365 * 24 * 60)).unwrap());
    Question { community, person, at }
}

fn any_person(dice: &mut Dice) -> Person {
    let age = (!dice.one_in(5)).then(|| u8::try_from(45 + dice.below(60)).unwrap());
    let is_woman = dice.one_in(2).then(|| dice.one_in(2));
    let mut person = Person { age, is_woman, ..Person::default() };
    for condition in CONDITIONS {
        match dice.below(6) {
            0 => person.conditions.push(condition),
            1 | 2 => person.not_conditions.push(condition),
            _ => {}
        }
    }
    person
}

#[tokio::test]
async fn the_answer_says_why_and_where_it_comes_from() {
    let world = demo().await;
    let query = "query ($community: AreaCode!) {
        availableServices(community: $community, audience: ELDERS, person: { age: 78, conditions: [LIVES_ALONE] },
                          at: \"2026-03-02T02:00:00Z\", first: 20) {
            totalCount
            pageInfo { hasNextPage endCursor }
            edges { cursor verdict reasons { code message } isOpen reachedBy { code name level }
                node { id name category provider { name } phone address area { code name level } minimumAge maximumAge hours
                       fees vacancy sources { id office sourceFile sourceRow } } } } }";
    let data = world.public().ask(query, serde_json::json!({ "community": "130306100209" })).await;
    let edges = data["availableServices"]["edges"].as_array().unwrap();
    assert!(!edges.is_empty());
    for edge in edges {
        assert!(!edge["reasons"].as_array().unwrap().is_empty(), "no reason: {edge}");
        let sources = edge["node"]["sources"].as_array().unwrap();
        assert!(!sources.is_empty(), "no source: {edge}");
        for source in sources {
            assert!(source["sourceFile"].as_str().unwrap().ends_with(".csv"), "{source}");
            assert!(source["sourceRow"].as_u64().unwrap() >= 1, "{source}");
        }
    }
}
