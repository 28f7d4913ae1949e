//! What is asked, what the rows say is right, and who is held to it before anything is timed.

use crate::events::{Touch, resource_id};
use crate::rows::{Rows, Service};
use schema::AreaCode;
use serde_json::{Value, json};
use stories::dice::Dice;

/// How many answers are compared before anything is timed.
pub const COMPARED: usize = 40;
/// How many there are of the questions that are asked more and less often.
const DISTINCT: usize = 100_000;
/// The ages asked about by those.
const AGES: std::ops::RangeInclusive<u8> = 60..=109;
/// When it is asked, so that whoever repeats it meets the same opening hours, and no answer is another an hour later.
const AT: &str = "2026-11-24T10:00:00+08:00";

/// The question as this project is asked.
pub const OURS: &str = "query ($community: AreaCode!, $age: Int, $at: DateTime) {
    availableServices(community: $community, audience: ELDERS, person: { age: $age }, at: $at, first: 20) {
        totalCount
        nodes { id name category minimumAge maximumAge phone address capacity hours fees area { code } provider { name } } } }";

/// A community and an age.
pub type Question = (AreaCode, u8);

/// Who is asked: the names of variables, answers and ids go by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// This project's directory, in the words of [`OURS`].
    Ours,
    /// Another product, in the words of its own document ([`crate::peers`]).
    Peer,
}

impl Whom {
    /// The variables of a question.
    pub fn variables(self, (community, age): Question) -> Value {
        match self {
            Whom::Ours => json!({ "community": community, "age": age, "at": AT }),
            Whom::Peer => json!({ "c": community, "a": age }),
        }
    }

    fn field(self) -> &'static str {
        match self {
            Whom::Ours => "availableServices",
            Whom::Peer => "servicesForElders",
        }
    }

    fn ids(self, golden: &Golden) -> &[String] {
        match self {
            Whom::Ours => &golden.ours,
            Whom::Peer => &golden.of_rows,
        }
    }
}

/// What the rows say of a question, found by looking at each of them.
pub struct Golden {
    /// The question.
    pub question: Question,
    /// How many services there are.
    pub total: usize,
    /// The ids that the first twenty have here, in order.
    pub ours: Vec<String>,
    /// The ids that the first twenty have in the rows, in order.
    pub of_rows: Vec<String>,
}

/// The first questions of the rows, with what is right.
pub fn golden(rows: &Rows) -> Vec<Golden> {
    let questions = rows.queries.iter().cycle().take(COMPARED);
    let answered = questions.map(|&(community, age)| {
        let served = rows.services.iter().filter(|service| service.coverage.contains(community) && service.takes(age));
        let (mut ours, mut of_rows) = (Vec::new(), Vec::new());
        for service in served {
            let order = (service.category.as_str(), service.name.as_str());
            ours.push((order, resource_id(service).to_string()));
            of_rows.push((order, service.id.clone()));
        }
        let total = ours.len();
        let first = |mut all: Vec<((&str, &str), String)>| {
            all.sort_unstable();
            all.into_iter().take(20).map(|(_, id)| id).collect()
        };
        Golden { question: (community, age), total, ours: first(ours), of_rows: first(of_rows) }
    });
    answered.collect()
}

/// Asks somebody at an address about each, and stops at the first answer that is not right. How long an answer is on average, in
/// bytes.
pub async fn compare((name, url): (&str, &str), whom: Whom, document: &str, golden: &[Golden]) -> usize {
    let client = reqwest::Client::builder().build().expect("a client can be made");
    let mut length = 0;
    for right in golden {
        let body = json!({ "query": document, "variables": whom.variables(right.question) });
        let request = client.post(url).header("accept", crate::driver::ACCEPT).json(&body);
        let text = match request.send().await {
            Ok(answer) => answer.text().await.unwrap_or_else(|error| panic!("{name}, {url}: {error}")),
            Err(error) => panic!("{name} does not answer at {url}: {error}"),
        };
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"));
        let (community, age) = right.question;
        let found = &answer["data"][whom.field()];
        assert_eq!(found["totalCount"], right.total, "{name}, community {community}, age {age}: {text}");
        let nodes = found["nodes"].as_array().expect("nodes");
        let found: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().expect("an id")).collect();
        assert_eq!(found, whom.ids(right), "{name}, community {community}, age {age}");
        length += text.len();
    }
    length / golden.len()
}

/// Many questions, of which the first is asked most often: the n-th a n-th as often (Zipf's law with the exponent 1).
pub struct Popular {
    /// The questions, each once.
    pub questions: Vec<Question>,
}

impl Popular {
    /// Communities and ages, the same ones for the same rows.
    pub fn of(rows: &Rows) -> Popular {
        let villages = rows.areas.iter().filter(|area| area.level == schema::AreaLevel::Village);
        let mut all: Vec<Question> = villages.flat_map(|area| AGES.map(|age| (area.code, age))).collect();
        let mut dice = Dice::new(2);
        let count = DISTINCT.min(all.len());
        for at in 0..count {
            let other = at + usize::try_from(dice.below((all.len() - at) as u64)).expect("an index");
            all.swap(at, other);
        }
        all.truncate(count);
        Popular { questions: all }
    }

    /// Events about what is asked: each about one of all services, drawn evenly as changes come. Most serve one community, some a town
    /// or a county, a few a city or a province, which touches all of its places.
    pub fn touches(rows: &Rows, count: usize) -> Vec<Touch> {
        let mut dice = Dice::new(3);
        (0..count).map(|_| Touch::of(dice.one_of::<Service>(&rows.services))).collect()
    }
}
