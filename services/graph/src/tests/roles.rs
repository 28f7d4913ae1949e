//! Who knows of what: the table of roles in ARCHITECTURE, cell by cell.

use super::county;
use crate::testing::{Tale, Told, asked_by, merge_id, merged, practice, proposed, registered, registration, station};
use crate::{Graph, testing};
use async_graphql::Request;
use chassis::auth::{Caller, Role};
use futures::StreamExt as _;
use schema::clinic::{ClinicEvent, PracticeSuspended};
use schema::commerce::{CommerceEvent, MerchantSuspended, MerchantWithdrawn};
use schema::hand_in::{HandInEvent, HandInReceived};
use schema::womens_federation::{Station, WomensFederationEvent};
use schema::{Audience, Eligibility, Extent, HandInId, Office, Position, Source, Stream};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The county's three, of which 1 and 3 are proposed to be one and 1 and 2 are; a merchant 4 that is suspended, one 5 that
/// was withdrawn, a children's home 6 that awaits its clearance, and a practice 7 that is suspended and proposed to be 4.
fn tale() -> Tale {
    let mut tale = county();
    let words = || "停业整顿".to_owned();
    let children = Eligibility { audiences: vec![Audience::Children], ..Eligibility::default() };
    let home = Station { eligibility: children, ..station(6) };
    let Source::HandIn { hand_in, .. } = practice(3).source else { panic!("it was handed in") };
    for told in [
        registered(4),
        Told::commerce(4, &CommerceEvent::MerchantSuspended(MerchantSuspended { reason: words() })),
        registered(5),
        Told::commerce(5, &CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason: words() })),
        Told::womens_federation(6, &WomensFederationEvent::StationRegistered(home)),
        Told::clinic(7, &ClinicEvent::PracticeRegistered(practice(7))),
        Told::clinic(7, &ClinicEvent::PracticeSuspended(PracticeSuspended { reason: words() })),
        proposed(1, 3),
        merged(1, 2),
        proposed(4, 7),
        received(hand_in),
    ] {
        tale.tell(told);
    }
    tale
}

/// A file of clinics that another clerk handed in for the county.
fn received(id: HandInId) -> Told {
    let received = HandInReceived {
        id,
        office: Office::Clinic,
        list: "default".to_owned(),
        extent: Extent::Whole,
        file: "clinic.csv".to_owned(),
        digest: "d".to_owned(),
        rows: 9,
        columns: Vec::new(),
        notes: Vec::new(),
    };
    Told::of(Stream::HandIn(id).to_string(), &HandInEvent::HandInReceived(received))
}

/// What one caller is told, in short words.
async fn seen(directory: &Graph, who: Option<Caller>) -> [String; 6] {
    let ask = async |query: String| asked_by(directory, &query, who.clone()).await;
    let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    let total = |answer: &Value, list: &str| match answer["data"][list]["totalCount"].as_u64() {
        Some(total) => total.to_string(),
        None => code(answer),
    };
    let (mut known, mut in_their_words) = (String::new(), String::new());
    for n in 1..=7 {
        let query =
            format!("{{ registration(id: \"{}\") {{ name statusReason doubts {{ code }} }} }}", registration(n));
        let one = &ask(query).await["data"]["registration"];
        if one.is_object() {
            known.push_str(&n.to_string());
        }
        if one["doubts"].is_array() {
            in_their_words.push_str(&n.to_string());
            assert_eq!(one["statusReason"].is_string(), [4, 5, 7].contains(&n), "{one}");
        }
    }
    let listed = total(&ask("{ registrations { totalCount } }".to_owned()).await, "registrations");
    let mut merges = Vec::new();
    for (one, other) in [(1, 3), (1, 2), (4, 7)] {
        let answer = ask(format!("{{ merge(id: \"{}\") {{ id }} }}", merge_id(one, other))).await;
        merges.push(if answer["data"]["merge"].is_object() { "seen".to_owned() } else { code(&answer) });
    }
    merges.dedup();
    let hand_ins = total(&ask("{ handIns { totalCount } }".to_owned()).await, "handIns");

    let told =
        ask("{ recentChanges(first: 100) { nodes { kind registrations { registrationId } } } }".to_owned()).await;
    let mut told: Vec<String> = told["data"]["recentChanges"]["nodes"].as_array().unwrap().iter().map(brief).collect();
    told.reverse();
    assert_eq!(followed(directory, who.clone(), told.len()).await, told, "the subscription tells the same");
    let of_resources = ["PUBLISHED"; 3];
    assert!(of_resources.iter().all(|kind| told.iter().any(|one| one == kind)), "{told:?}");
    told.retain(|one| !of_resources.contains(&one.as_str()));
    [known, in_their_words, listed, merges.join(" "), hand_ins, told.join(" ")]
}

/// `MERGED 1 2`
fn brief(change: &Value) -> String {
    let parties = change["registrations"].as_array().unwrap().iter().map(|party| {
        let id = party["registrationId"].as_str().unwrap();
        (1..=7).find(|n| registration(*n).to_string() == id).unwrap().to_string()
    });
    std::iter::once(change["kind"].as_str().unwrap().to_owned()).chain(parties).collect::<Vec<_>>().join(" ")
}

async fn followed(directory: &Graph, who: Option<Caller>, count: usize) -> Vec<String> {
    let beginning = Position::default().token(testing::LOG);
    let query = format!(
        "subscription {{ directoryChanges(after: \"{beginning}\") {{ kind registrations {{ registrationId }} }} }}"
    );
    let items = directory.execute_stream(Request::new(query), who);
    let answers = items.take(count).collect::<Vec<_>>().await;
    answers.iter().map(|answer| brief(&crate::http::to_json(answer)["data"]["directoryChanges"])).collect()
}

#[tokio::test]
async fn each_role_knows_of_what_is_theirs_and_everyone_of_what_the_directory_shows() {
    let directory = tale().directory();
    let caller = |role, office, area: Option<&str>| {
        let area = area.map(testing::code);
        Some(Caller { subject: "wang".to_owned(), role, office, area })
    };
    let (clinic, commerce) = (Some(Office::Clinic), Some(Office::Commerce));
    let (here, elsewhere) = (Some("130306"), Some("130302"));
    let shown = "REGISTERED 1 REGISTERED 2 REGISTERED 3";
    let public = |listed: &str| {
        let told = format!("{shown} MERGED 1 2");
        ["123".to_owned(), String::new(), listed.to_owned(), listed.to_owned(), listed.to_owned(), told]
    };
    let row = |known: &str, words: &str, listed: &str, merges: &str, hand_ins: &str, told: &str| {
        [known, words, listed, merges, hand_ins, told].map(str::to_owned)
    };
    let of_four_and_five = "REGISTERED 4 SUSPENDED 4 REGISTERED 5 WITHDRAWN 5";
    let of_seven = "REGISTERED 7 SUSPENDED 7";
    let all = format!("{shown} {of_four_and_five} REGISTERED 6 {of_seven} PROPOSED 1 3 MERGED 1 2 PROPOSED 4 7");
    let everything = || row("1234567", "1234567", "7", "seen", "1", &all);
    // Of their own office's nothing lies where they act.
    let bound_elsewhere = || row("123", "", "0", "FORBIDDEN", "0", &format!("{shown} MERGED 1 2"));
    for (who, expected) in [
        (None, public("UNAUTHENTICATED")),
        (caller(Role::Operator, None, None), public("FORBIDDEN")),
        (
            caller(Role::Clerk, clinic, None),
            row(
                "1237",
                "37",
                "2",
                "seen FORBIDDEN seen",
                "1",
                &format!("{shown} {of_seven} PROPOSED 1 3 MERGED 1 2 PROPOSED 4 7"),
            ),
        ),
        (
            caller(Role::Clerk, commerce, here),
            row(
                "12345",
                "1245",
                "4",
                "seen",
                "0",
                &format!("{shown} {of_four_and_five} PROPOSED 1 3 MERGED 1 2 PROPOSED 4 7"),
            ),
        ),
        (caller(Role::Clerk, clinic, elsewhere), bound_elsewhere()),
        (caller(Role::Steward, None, None), everything()),
        (caller(Role::Steward, None, here), everything()),
        (caller(Role::Steward, None, elsewhere), bound_elsewhere()),
        (caller(Role::Planner, None, None), everything()),
        (caller(Role::Planner, None, elsewhere), bound_elsewhere()),
        (caller(Role::Partner, None, None), everything()),
        // An admin acts, and sees, everywhere.
        (caller(Role::Admin, None, elsewhere), everything()),
    ] {
        assert_eq!(seen(&directory, who.clone()).await, expected, "{who:?}");
    }
}

#[tokio::test]
async fn a_list_of_a_division_outside_ones_own_is_refused_and_of_one_around_it_holds_ones_own() {
    let directory = tale().directory();
    let steward = |area: &str| {
        let area = Some(testing::code(area));
        Some(Caller { subject: "wang".to_owned(), role: Role::Steward, office: None, area })
    };
    for list in ["registrations", "mergeHistory"] {
        let asked = async |area: &str, who| {
            let answer = asked_by(&directory, &format!("{{ {list}(area: \"{area}\") {{ totalCount }} }}"), who).await;
            let code = answer["errors"][0]["extensions"]["code"].clone();
            if code.is_null() { answer["data"][list]["totalCount"].clone() } else { code }
        };
        assert_eq!(asked("130371200", steward("130306")).await, "OUTSIDE_AREA", "{list}");
        assert_ne!(asked("130306", steward("130306100")).await, json!(0), "{list}");
        assert_eq!(asked("130306", steward("130306101")).await, json!(0), "{list}");
    }
}

#[tokio::test]
async fn who_handed_a_file_in_sees_it_wherever_they_are_bound() {
    let mut tale = county();
    tale.tell(received(HandInId(uuid::Uuid::from_u128((0x0013_0300 << 104) + 1))));
    let directory = tale.directory();
    let total = async |subject: &str| {
        let area = Some(testing::code("130306"));
        let clerk = Caller { subject: subject.to_owned(), role: Role::Clerk, office: Some(Office::Clinic), area };
        asked_by(&directory, "{ handIns { totalCount } }", Some(clerk)).await["data"]["handIns"]["totalCount"].clone()
    };
    // A file for the whole city says more than one county's clerk may read.
    assert_eq!((total("wang").await, total("li").await), (json!(0), json!(1)));
}

#[tokio::test]
async fn a_past_version_names_no_source_that_is_no_longer_known() {
    let mut tale = county();
    let query = |names: &mut BTreeSet<String>, answer: &Value| {
        for version in answer["data"]["resource"]["versions"].as_array().unwrap() {
            for source in version["resource"]["sources"].as_array().unwrap() {
                names.insert(source["name"].as_str().unwrap().to_owned());
            }
        }
    };
    let reason = "歇业".to_owned();
    tale.tell(Told::commerce(1, &CommerceEvent::MerchantWithdrawn(MerchantWithdrawn { reason })));
    let directory = tale.directory();
    let id = schema::ids::ResourceId::of(registration(1));
    let asked = format!(
        "{{ resource(id: \"{id}\") {{ versions {{ resource {{ sources {{ name }} provenance {{ winner {{ name }} }} }} }} }} }}"
    );
    let (mut open, mut own) = (BTreeSet::new(), BTreeSet::new());
    query(&mut open, &asked_by(&directory, &asked, None).await);
    query(&mut own, &asked_by(&directory, &asked, testing::caller(Role::Steward, None)).await);
    assert_eq!((open.len(), own.len()), (0, 1));
}
