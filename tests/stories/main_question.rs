//! "What services are available to elders in this community?", held against an independent reader of the log.

use crate::demo::demo;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use schema::resource::Resource;
use schema::{AreaCode, Condition, Licence, Office};
use serde_json::{Value, json};
use stories::dice::Dice;
use stories::files;
use stories::oracle::Oracle;
use stories::question::{CONDITIONS, Offered, Person, Question, ask};
use stories::world::World;

/// When the questions with a fixed person are asked: a Monday, 10:00 in the county.
pub(crate) const MONDAY_MORNING: &str = "2026-03-02T02:00:00Z";

fn lives_alone_at_78() -> Person {
    Person { age: Some(78), conditions: vec![Condition::LivesAlone], ..Person::default() }
}

/// The same answer, or the first difference in words.
pub(crate) fn assert_same(question: &Question, asked: &[Offered], expected: &[Offered]) {
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

pub(crate) fn any_question(dice: &mut Dice, communities: &[AreaCode]) -> Question {
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
    // Who lost the only child is a special family: to say otherwise is refused.
    if person.conditions.contains(&Condition::LostOnlyChild) {
        person.not_conditions.retain(|condition| *condition != Condition::SpecialFamily);
    }
    person
}

#[tokio::test]
async fn the_answer_is_right_on_the_very_second_on_which_something_begins_or_ends() {
    let world = demo().await;
    let oracle = Oracle::read(&world.log().await).await;
    let communities = oracle.communities();
    let api = world.public();
    let mut dice = Dice::new(23);
    let shown: Vec<&Resource> = oracle.shown().filter(|resource| !resource.coverage.is_empty()).collect();
    for _ in 0..40 {
        let resource = *dice.one_of(&shown);
        let served = *dice.one_of(&resource.coverage);
        let within: Vec<AreaCode> = communities.iter().copied().filter(|code| served.contains(*code)).collect();
        let community = *dice.one_of(&within);
        for edge in edges(resource) {
            for at in [edge - TimeDelta::seconds(1), edge] {
                let question = Question { community, person: Some(lives_alone_at_78()), at };
                assert_same(&question, &ask(&api, &question, true).await, &oracle.answer(&question, true));
            }
        }
    }
}

/// Moments at which something about a resource may change: the end of its licence, and when it opens and closes in a
/// week of 2026.
fn edges(resource: &Resource) -> Vec<DateTime<Utc>> {
    let local = |day: NaiveDate, time: NaiveTime| (day.and_time(time) - TimeDelta::hours(8)).and_utc();
    let mut edges = Vec::new();
    if let Licence::Until { expires, .. } = &resource.licence {
        edges.push(local(*expires + TimeDelta::days(1), NaiveTime::MIN));
    }
    let saturday: NaiveDate = "2026-03-07".parse().unwrap();
    for schedule in &resource.hours.schedules {
        for day in [saturday, saturday + TimeDelta::days(2)] {
            let opens = local(day, schedule.opens_at);
            edges.extend([opens, opens + TimeDelta::minutes(i64::from(schedule.duration_minutes))]);
        }
    }
    edges
}

#[tokio::test]
async fn what_offices_rarely_say_is_judged_by_the_same_rules() {
    let world = World::up().await;
    world.load_areas().await;
    let audiences = ["残疾人", "妇女", "儿童", "", "妇女、残疾人", "60岁以上低保老人", "失能老人", "老年人"];
    let hours = [
        "周一至周五 9:00-11:30（节假日除外）",
        "每月最后一个周日 9:00-11:00",
        "22:00-6:00",
        "不定期",
        "",
        "全天24小时",
        "周一至周五 8:00-12:00，14:00-17:00；周六 9:00-11:00",
        "每月1日、15日 8:30-10:30",
    ];
    let mut rows = files::rows(Office::WomensFederation);
    rows.truncate(64);
    let village = files::cell(&rows[0], "村社代码").to_owned();
    let town = format!("{}000", &village[..9]);
    for (index, row) in rows.iter_mut().enumerate() {
        files::set_cell(row, "站点名称", &format!("少见情况第{index}站"));
        files::set_cell(row, "村社代码", &village);
        files::set_cell(row, "服务区域代码", ["", &village, &town][index % 3]);
        files::set_cell(row, "服务对象", audiences[index % 8]);
        files::set_cell(row, "开放时间", hours[index / 8]);
        files::set_cell(row, "涉未成年人审查日期", "2024-05-06");
    }
    let file = world.file("rare.csv");
    files::write_table(&file, &rows);
    world.must_import("womens-federation", &file).await;
    world.settled().await;
    let oracle = Oracle::read(&world.log().await).await;
    assert!(oracle.shown().count() >= 32, "hardly a row went in");
    let api = world.public();
    let mut dice = Dice::new(5);
    for round in 0..120 {
        let person = (round % 5 != 0).then(|| any_person(&mut dice));
        let mut question = any_question(&mut dice, &[village.parse().unwrap()]);
        question.person = person;
        assert_same(&question, &ask(&api, &question, true).await, &oracle.answer(&question, true));
    }
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

#[tokio::test]
async fn a_service_whose_licence_has_lapsed_is_told_as_such_and_nobody_is_led_to_call_it() {
    let world = demo().await;
    let query = "query ($first: Int, $after: String) { resources(first: $first, after: $after) { totalCount
        pageInfo { hasNextPage endCursor } edges { node { id status phone licence { standing } } } } }";
    let all = world.public().all(query, "resources", json!({})).await;
    let is_lapsed = |edge: &&Value| edge["node"]["licence"]["standing"] == "LAPSED";
    let lapsed: Vec<&Value> = all.iter().filter(is_lapsed).collect();
    assert!(lapsed.len() > 20, "{} lapsed", lapsed.len());
    for edge in &all {
        assert_eq!(edge["node"]["status"] == "LAPSED", is_lapsed(&edge), "{edge}");
    }
    let page = async |edge: &Value| {
        let path = format!("/resources/{}", edge["node"]["id"].as_str().unwrap());
        let request = world.public().request(reqwest::Method::GET, &path).header("accept", "text/html");
        stories::api::answer(request).await.text
    };
    let (gone, good) = (
        page(lapsed[0]).await,
        page(all.iter().find(|edge| !is_lapsed(edge) && edge["node"]["phone"].is_string()).unwrap()).await,
    );
    assert!(
        gone.contains("许可证已到期，续期之前不能提供服务") && !gone.contains("tel:") && !gone.contains("现在开放"),
        "{gone}"
    );
    assert!(!good.contains("许可证已到期") && good.contains("tel:"), "{good}");
}
