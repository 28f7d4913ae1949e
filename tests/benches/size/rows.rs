//! The rows that the bench publishes and compares with: read from a folder, or made up.

use schema::areas::Area;
use schema::{AreaCode, AreaLevel};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use stories::dice::Dice;
use stories::process::workspace;

/// Everything that is published, and what is asked.
pub struct Rows {
    /// The divisions.
    pub areas: Vec<Area>,
    /// The services in force.
    pub services: Vec<Service>,
    /// How many there are, in force or not.
    pub all: usize,
    /// Communities and ages to ask for.
    pub queries: Vec<(AreaCode, u8)>,
}

/// One service.
pub struct Service {
    /// Its id in the file.
    pub id: String,
    /// Who provides it.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// The groups it is for, as events name them.
    pub audiences: Vec<String>,
    /// The youngest age.
    pub minimum_age: Option<u8>,
    /// The oldest age.
    pub maximum_age: Option<u8>,
    /// Where it is.
    pub area: AreaCode,
    /// What it serves.
    pub coverage: AreaCode,
    /// When it is open, e.g. `1-5 09:00-12:00,14:00-18:00`: days from Monday, then spans.
    pub open: String,
    /// Places.
    pub places: u32,
    /// Its number, E.164.
    pub phone: String,
    /// Where to go.
    pub address: String,
}

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const CATEGORIES: [&str; 6] = ["助餐", "助医", "助浴", "日间照料", "康复护理", "文体活动"];
const OPEN: [&str; 4] = ["1-5 08:30-17:30", "1-5 09:00-12:00,14:00-18:00", "1-7 08:00-20:00", "2,4,6 09:00-16:00"];

impl Service {
    /// Whether it is for an elder of this age: addressed to elders or everyone, within its bounds.
    pub fn takes(&self, age: u8) -> bool {
        self.audiences.iter().any(|audience| audience == "elders" || audience == "all")
            && self.minimum_age.is_none_or(|least| least <= age)
            && self.maximum_age.is_none_or(|most| age <= most)
    }

    /// Whom it is for, as an event says it.
    pub fn eligibility(&self) -> Value {
        let mut said = json!({ "audiences": self.audiences });
        for (name, bound) in [("minimum_age", self.minimum_age), ("maximum_age", self.maximum_age)] {
            if let Some(bound) = bound {
                said[name] = bound.into();
            }
        }
        said
    }

    /// When it is open, as an event says it.
    pub fn hours(&self) -> Value {
        let (days, spans) = self.open.split_once(' ').expect("days and spans");
        let number = |day: &str| day.parse::<usize>().expect("a day");
        let days: Vec<&str> = match days.split_once('-') {
            Some((first, last)) => DAYS[number(first) - 1..number(last)].to_vec(),
            None => days.split(',').map(|day| DAYS[number(day) - 1]).collect(),
        };
        let minutes = |time: &str| {
            let (hour, minute) = time.split_once(':').expect("a time");
            hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute")
        };
        let schedules = spans.split(',').map(|span| {
            let (from, to) = span.split_once('-').expect("a span");
            json!({ "rrule": format!("FREQ=WEEKLY;BYDAY={}", days.join(",")), "opens_at": format!("{from}:00"),
                    "duration_minutes": minutes(to) - minutes(from) })
        });
        json!({ "text": self.open, "schedules": schedules.collect::<Vec<_>>() })
    }
}

impl Rows {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Rows {
        let providers: HashMap<String, String> =
            table(&folder.join("organisations.csv")).map(|row| (row["id"].clone(), row["name"].clone())).collect();
        let mut all = 0;
        let mut services = Vec::new();
        for row in table(&folder.join("services.csv")) {
            all += 1;
            if row["status"] == "active" {
                services.push(Service {
                    provider: providers[&row["org"]].clone(),
                    name: row["name"].clone(),
                    category: row["category"].clone(),
                    audiences: row["audience"].split('|').map(str::to_owned).collect(),
                    minimum_age: row["min_age"].parse().ok(),
                    maximum_age: row["max_age"].parse().ok(),
                    area: code(&row["area"]),
                    coverage: code(&row["coverage"]),
                    open: row["hours"].clone(),
                    places: row["capacity"].parse().expect("places"),
                    phone: format!("+86{}", row["phone"].replace('-', "").trim_start_matches('0')),
                    address: row["address"].clone(),
                    id: row["id"].clone(),
                });
            }
        }
        let queries = table(&folder.join("queries.csv"));
        let queries = queries.map(|row| (code(&row["community"]), row["age"].parse().expect("an age"))).collect();
        Rows { areas: areas(&folder.join("areas.csv")), services, all, queries }
    }

    /// Makes services up over the divisions of the demonstration: four in five for their own community, the others for
    /// their town or county.
    pub fn made(count: usize) -> Rows {
        let areas = areas(&workspace().join("schema/areas/130300.csv"));
        let communities: Vec<AreaCode> =
            areas.iter().filter(|area| area.level == AreaLevel::Village).map(|area| area.code).collect();
        let mut dice = Dice::new(1);
        let services = (0..count).map(|number| {
            let area = *dice.one_of(&communities);
            let level = match dice.below(100) {
                0..80 => AreaLevel::Village,
                80..94 => AreaLevel::Town,
                _ => AreaLevel::County,
            };
            let category = *dice.one_of(&CATEGORIES);
            Service {
                id: format!("made-{number}"),
                provider: format!("第{}服务中心", number / 20),
                name: format!("{category}服务点{number}"),
                category: category.to_owned(),
                audiences: vec![(*dice.one_of(&["elders", "elders", "all", "children"])).to_owned()],
                minimum_age: [None, Some(60), Some(70), Some(80)][usize::try_from(dice.below(4)).expect("an index")],
                maximum_age: None,
                area,
                coverage: area.at_level(level),
                open: (*dice.one_of(&OPEN)).to_owned(),
                places: 5,
                phone: format!("+86335{:07}", 2_000_000 + dice.below(6_000_000)),
                address: format!("人民路{}号", dice.below(300)),
            }
        });
        let services: Vec<Service> = services.collect();
        let ages = [60, 65, 70, 75, 80, 85, 90];
        let queries = (0..2_000).map(|_| (*dice.one_of(&communities), *dice.one_of(&ages))).collect();
        Rows { areas, all: services.len(), services, queries }
    }
}

fn code(text: &str) -> AreaCode {
    text.parse().expect("a division code")
}

/// The rows of a file, by the names of its columns.
fn table(path: &Path) -> impl Iterator<Item = HashMap<String, String>> + use<> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let names: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    reader.into_records().map(move |record| {
        let record = record.expect("a row");
        names.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
    })
}

/// A file of divisions; a parent that it does not give is the division above.
fn areas(path: &Path) -> Vec<Area> {
    let read = table(path).map(|row| {
        let code = code(&row["code"]);
        Area { code, name: row["name"].clone(), level: code.level(), parent: code.with_ancestors().nth(1) }
    });
    let mut areas: Vec<Area> = read.collect();
    areas.sort_unstable_by_key(|area| area.code);
    areas
}
