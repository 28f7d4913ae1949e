//! The main question, as a program outside asks it.

use crate::api::Api;
use chrono::{DateTime, SecondsFormat, Utc};
use schema::{AreaCode, Condition};
use serde_json::{Value, json};

/// Which services are available to elders in a community?
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Where.
    pub community: AreaCode,
    /// To whom; none for elders in general.
    pub person: Option<Person>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whom is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// In full years, if known.
    pub age: Option<u8>,
    /// A woman or a man, if known.
    pub is_woman: Option<bool>,
    /// Known to be so.
    pub conditions: Vec<Condition>,
    /// Known not to be so.
    pub not_conditions: Vec<Condition>,
}

/// One answer, in the part that both the directory and the oracle give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The resource's id.
    pub id: String,
    /// `YES`, `UNKNOWN` or `NO`.
    pub verdict: String,
    /// Open at the moment; none when unknown.
    pub is_open: Option<bool>,
    /// The served division that reaches the community.
    pub reached_by: String,
}

const QUERY: &str = "
    query ($community: AreaCode!, $person: PersonInput, $at: DateTime, $no: Boolean, $first: Int, $after: String) {
        availableServices(community: $community, audience: ELDERS, person: $person, at: $at, includeNo: $no,
                          first: $first, after: $after) {
            totalCount
            pageInfo { hasNextPage endCursor }
            edges { cursor verdict isOpen reasons { code message } reachedBy { code name level } node { id name category } }
        }
    }";

/// The whole answer of a directory, in its order.
pub async fn ask(api: &Api, question: &Question, include_no: bool) -> Vec<Offered> {
    let variables = json!({
        "community": question.community.to_string(),
        "person": question.person.as_ref().map(person_input),
        "at": question.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "no": include_no,
    });
    let edges = api.all(QUERY, "availableServices", variables).await;
    edges.iter().map(offered).collect()
}

fn offered(edge: &Value) -> Offered {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("a text is missing in {edge}")).to_owned();
    Offered {
        id: text(&edge["node"]["id"]),
        verdict: text(&edge["verdict"]),
        is_open: edge["isOpen"].as_bool(),
        reached_by: text(&edge["reachedBy"]["code"]),
    }
}

fn person_input(person: &Person) -> Value {
    let names = |conditions: &[Condition]| conditions.iter().map(|one| condition_name(*one)).collect::<Vec<_>>();
    json!({
        "age": person.age,
        "sex": person.is_woman.map(|woman| if woman { "FEMALE" } else { "MALE" }),
        "conditions": names(&person.conditions),
        "notConditions": names(&person.not_conditions),
    })
}

/// The name of a condition in GraphQL.
pub fn condition_name(condition: Condition) -> &'static str {
    match condition {
        Condition::FiveGuarantee => "FIVE_GUARANTEE",
        Condition::LowIncome => "LOW_INCOME",
        Condition::NearLowIncome => "NEAR_LOW_INCOME",
        Condition::RigidExpenditure => "RIGID_EXPENDITURE",
        Condition::LivesAlone => "LIVES_ALONE",
        Condition::EmptyNest => "EMPTY_NEST",
        Condition::LeftBehind => "LEFT_BEHIND",
        Condition::CareDependent => "CARE_DEPENDENT",
        Condition::PartlyCareDependent => "PARTLY_CARE_DEPENDENT",
        Condition::Dementia => "DEMENTIA",
        Condition::Disabled => "DISABLED",
        Condition::SpecialFamily => "SPECIAL_FAMILY",
        Condition::LostOnlyChild => "LOST_ONLY_CHILD",
        Condition::PreferentialTreatment => "PREFERENTIAL_TREATMENT",
        Condition::Veteran => "VETERAN",
    }
}

/// Every condition.
pub const CONDITIONS: [Condition; 15] = [
    Condition::FiveGuarantee,
    Condition::LowIncome,
    Condition::NearLowIncome,
    Condition::RigidExpenditure,
    Condition::LivesAlone,
    Condition::EmptyNest,
    Condition::LeftBehind,
    Condition::CareDependent,
    Condition::PartlyCareDependent,
    Condition::Dementia,
    Condition::Disabled,
    Condition::SpecialFamily,
    Condition::LostOnlyChild,
    Condition::PreferentialTreatment,
    Condition::Veteran,
];
